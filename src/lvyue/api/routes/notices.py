"""函件、联系方式和限时通知: the same acts and the same answers as on the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import AwareDatetime, Field

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.api.asked import (
    ContractId,
    Digest,
    Note,
    Refusing,
    RowNumber,
    Text,
    Why,
    Word,
    plausible,
    says,
)
from lvyue.api.gate import enter
from lvyue.api.habits import Listing, Short
from lvyue.api.problems import Problem
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.core.service import ContactMeans, Happening, Way
from lvyue.notices.actions import contacts as registering
from lvyue.notices.actions import letters as lettering
from lvyue.notices.actions.contacts import NewContact
from lvyue.notices.actions.letters import LetterText, NewDispatch, NewReceipt, Overtaken
from lvyue.notices.actions.prompting import NewLeg, NewPrompt, open_prompt, send_prompt
from lvyue.notices.letter_choices import LetterKind, LetterState, Origin, PromptChannel
from lvyue.notices.letter_sheet import (
    DispatchView,
    LetterFileView,
    LetterRow,
    LetterService,
    row_of,
    sheet_of,
)
from lvyue.notices.queries.contacts import (
    ContactRow,
    LiaisonRow,
    contact,
    contact_rows,
    liaison_rows,
)
from lvyue.notices.queries.letters import letter, seen_by
from lvyue.notices.queries.prompts import PromptSheet, prompt, prompts
from lvyue.notices.queries.prompts import sheet_of as prompt_sheet
from lvyue.notices.serving import may_see
from lvyue.obligations.actions.serving import (
    follow_prompt,
    receive,
    record_leg,
    register_contact,
    send_letter,
)
from lvyue.obligations.queries import calendar

router = Router(tags=["函件 Letters"])

LetterNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="函件号")]
PromptNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="限时通知号")]
Small = Annotated[int, Field(ge=1, le=2_147_483_647)]
Id = Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)]
At = Annotated[
    str,
    Field(
        min_length=10, max_length=40, description="日期，或带时区的时刻", examples=["2026-03-02"]
    ),
]


@dataclass(frozen=True, slots=True)
class LetterStep:
    """可走的一步, and whether the caller may take it."""

    step: str
    zh: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LetterWhole:
    """函件: its words, every try with its receipts, and whether it is served, with clause and reason."""

    letter: LetterRow
    version: int
    body: str
    subject: str
    term: str
    answers: int | None
    drafted_at: datetime
    issued_at: datetime | None
    closed_reason: str
    fact: str
    files: tuple[LetterFileView, ...]
    dispatches: tuple[DispatchView, ...]
    service: LetterService
    steps: tuple[LetterStep, ...]


def _told(seat: Seat, number: int, status: int = 200) -> HttpResponse:
    row = letter(seat.contract_id, number)
    if row is None or not may_see(row, seat):
        raise Http404(f"没有函件第{number}号。")
    sheet = sheet_of(row, seat)
    whole = LetterWhole(
        letter=sheet.row,
        version=sheet.version,
        body=sheet.body,
        subject=sheet.subject,
        term=sheet.term,
        answers=sheet.answers,
        drafted_at=sheet.drafted_at,
        issued_at=sheet.issued_at,
        closed_reason=sheet.closed_reason,
        fact=sheet.fact,
        files=sheet.files,
        dispatches=sheet.dispatches,
        service=sheet.service,
        steps=tuple(
            LetterStep(one.step.name, one.step.zh, one.ruling.allowed, one.ruling.reason)
            for one in sheet.steps
        ),
    )
    if status == 200:  # noqa: PLR2004  nothing was made
        return answer(whole)
    return answer(whole, status, Location=f"/api/v1/contracts/{seat.contract_id}/letters/{number}")


def _there(seat: Seat, number: int) -> None:
    """Who may not see a letter is not told what else is wrong."""
    row = letter(seat.contract_id, number)
    if row is None or not may_see(row, seat):
        raise Http404(f"没有函件第{number}号。")


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────


class AskedLetters(Refusing):
    """哪些函件."""

    state: LetterState | None = Field(None, description="只看这种状态")


@router.get("/contracts/{slug:contract_id}/letters", response=says(page(LetterRow)), summary="函件")
def letters(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedLetters]
) -> HttpResponse:
    """双方送出的和本方的草稿，最近的在前。"""
    seat = enter(request, contract_id)
    found = seen_by(seat)
    return listed(
        [row_of(one) for one in (found.filter(state=asked.state) if asked.state else found)]
    )


@router.get(
    "/contracts/{slug:contract_id}/letters/{number}",
    response=says(shape(LetterWhole)),
    summary="一封函件",
)
def whole(request: HttpRequest, contract_id: ContractId, number: LetterNumber) -> HttpResponse:
    """正文、每次送出和回执、送达与否及依据。"""
    return _told(enter(request, contract_id), number)


class LetterWords(Refusing):
    """函件的文字."""

    title: Text = Field(max_length=400, description="标题")
    body: Text = Field("", max_length=20_000, description="正文")
    paper: Text = Field("", max_length=400, description="文号")
    subject: Text = Field("", max_length=400, description="关于什么，与日志里的对象写法相同")
    files: list[Digest] = Field(default_factory=list, max_length=20, description="附件的散列")


class NewLetter(LetterWords):
    """起草."""

    kind: LetterKind = Field(description="种类")
    answers: Small | None = Field(None, description="复函所答复的函件号")
    contact: Id | None = Field(None, description="变更通知所说的联系方式")
    term: Word = Field(
        "", description="书面同意函：同意对方不按哪项约定办；subject 是哪一次，不填为各次"
    )


@router.post(
    "/contracts/{slug:contract_id}/letters",
    response=says(shape(LetterWhole), 201),
    summary="起草函件",
)
def draft(request: HttpRequest, contract_id: ContractId, body: NewLetter) -> HttpResponse:
    """对方看不见；签发之后才能送出。"""
    seat = enter(request, contract_id, Right.WRITE)
    text = LetterText(
        body.title,
        body.body,
        body.paper,
        body.subject,
        body.answers,
        body.contact,
        tuple(body.files),
        body.term.strip(),
    )
    return _told(seat, lettering.draft_letter(body.kind, text, by=seat).number, 201)


class Rewritten(LetterWords):
    """改动, of the version that was read."""

    version: Small


@router.put(
    "/contracts/{slug:contract_id}/letters/{number}",
    response=says(shape(LetterWhole)),
    summary="改动草稿",
)
def rewrite(
    request: HttpRequest, contract_id: ContractId, number: LetterNumber, body: Rewritten
) -> HttpResponse:
    """别人先改了，得到 409。"""
    seat = enter(request, contract_id, Right.WRITE)
    _there(seat, number)
    text = LetterText(body.title, body.body, body.paper, body.subject, files=tuple(body.files))
    try:
        lettering.rewrite_letter(number, body.version, text, by=seat)
    except Overtaken as overtaken:
        raise Problem("overtaken", str(overtaken)) from overtaken
    return _told(seat, number)


class Issued(Refusing):
    """签发."""

    version: Small
    dated: date | None = Field(None, description="落款日，缺省为今天")


@router.post(
    "/contracts/{slug:contract_id}/letters/{number}/issue",
    response=says(shape(LetterWhole)),
    summary="签发函件",
)
def issue(
    request: HttpRequest, contract_id: ContractId, number: LetterNumber, body: Issued
) -> HttpResponse:
    """之后一个字也不能改。"""
    seat = enter(request, contract_id, Right.SERVE)
    _there(seat, number)
    try:
        lettering.issue_letter(number, body.version, by=seat, dated=plausible(body.dated))
    except Overtaken as overtaken:
        raise Problem("overtaken", str(overtaken)) from overtaken
    return _told(seat, number)


@router.post(
    "/contracts/{slug:contract_id}/letters/{number}/withdraw",
    response=says(shape(LetterWhole)),
    summary="撤回函件",
)
def withdraw(
    request: HttpRequest, contract_id: ContractId, number: LetterNumber, body: Why
) -> HttpResponse:
    """送出之前可以。"""
    seat = enter(request, contract_id, Right.WRITE)
    _there(seat, number)
    lettering.withdraw_letter(number, body.reason, by=seat)
    return _told(seat, number)


class Sent(Refusing):
    """送出."""

    way: Way = Field(description="方式")
    at: At
    contact: Id | None = Field(None, description="送往对方的哪个联系方式")
    tracking: Text = Field("", max_length=80, description="单号")


@router.post(
    "/contracts/{slug:contract_id}/letters/{number}/dispatches",
    response=says(shape(LetterWhole), 201),
    summary="登记送出",
)
def dispatch(
    request: HttpRequest, contract_id: ContractId, number: LetterNumber, body: Sent
) -> HttpResponse:
    """合同没有写的方式只供知悉，回答里会说明。"""
    seat = enter(request, contract_id, Right.SERVE)
    _there(seat, number)
    send_letter(number, NewDispatch(body.way, body.at, body.contact, body.tracking), by=seat)
    return _told(seat, number, 201)


class Slip(Refusing):
    """回执."""

    dispatch: Small = Field(description="第几次送出")
    happening: Happening = Field(description="回执种类")
    at: At
    evidence: Digest | None = Field(None, description="凭证的散列，先上传")
    signed_by: Text = Field("", max_length=80, description="签收人")
    note: Note = Field("", description="说明；更正时必须写")
    corrects: Id | None = Field(None, description="更正哪一条回执")
    void: bool = Field(default=False, description="只撤销原来那一条")


@router.post(
    "/contracts/{slug:contract_id}/letters/{number}/receipts",
    response=says(shape(LetterWhole), 201),
    summary="登记回执",
)
def receipt(
    request: HttpRequest, contract_id: ContractId, number: LetterNumber, body: Slip
) -> HttpResponse:
    """送达的，同时登记合同所等的那种事实。"""
    seat = enter(request, contract_id, Right.SERVE)
    _there(seat, number)
    new = NewReceipt(
        order=body.dispatch,
        happening=body.happening,
        at=body.at,
        evidence=body.evidence or "",
        signed_by=body.signed_by,
        note=body.note,
        corrects=body.corrects,
        void=body.void,
    )
    receive(number, new, by=seat)
    return _told(seat, number, 201)


# ── contacts ─────────────────────────────────────────────────────────────────────────────────────────────────────


CONTACTS = Listing.of(ContactRow, "id")


@router.get(
    "/contracts/{slug:contract_id}/contacts",
    response=says(page(ContactRow)),
    summary="合同联系方式",
)
@CONTACTS.described
def contacts(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """双方的登记，遮盖显示；counts 说今天算不算，because 说为什么。"""
    seat = enter(request, contract_id)
    return CONTACTS.among(request, asked, contact_rows(seat.contract_id, clock.today(), calendar()))


class Entered(Refusing):
    """登记本方的联系方式."""

    kind: ContactMeans
    value: Text = Field(min_length=1, max_length=400)
    since: date
    person: Text = Field("", max_length=80, description="收件人")
    origin: Origin = Field(Origin.TOLD, description="来源")
    known_on: date | None = Field(None, description="对方知悉日，要有凭证")
    paper: Text = Field("", max_length=200)
    evidence: Digest | None = None
    replaces: Id | None = Field(None, description="取代哪一个")


def _contact(seat: Seat, contact_id: int, status: int = 200) -> HttpResponse:
    rows = contact_rows(seat.contract_id, clock.today(), calendar())
    return answer(next(one for one in rows if one.id == contact_id), status)


@router.post(
    "/contracts/{slug:contract_id}/contacts",
    response=says(shape(ContactRow), 201),
    summary="登记联系方式",
)
def enter_contact(request: HttpRequest, contract_id: ContractId, body: Entered) -> HttpResponse:
    """变更用 replaces：原来的留着，对方收到通知之前仍有效。"""
    seat = enter(request, contract_id, Right.SERVE)
    new = NewContact(
        side=registering.own_side(seat),
        kind=body.kind,
        value=body.value,
        since=plausible(body.since) or body.since,
        person=body.person,
        origin=body.origin,
        known_on=plausible(body.known_on),
        paper=body.paper,
        evidence=body.evidence or "",
        replaces=body.replaces,
    )
    return _contact(seat, register_contact(new, by=seat).pk, 201)


def _known(seat: Seat, contact_id: int) -> None:
    if contact(seat.contract_id, contact_id) is None:
        raise Http404("没有这项联系方式。")


@router.post(
    "/contracts/{slug:contract_id}/contacts/{contact_id}/confirm",
    response=says(shape(ContactRow)),
    summary="确认对方的联系方式",
)
def confirm(request: HttpRequest, contract_id: ContractId, contact_id: RowNumber) -> HttpResponse:
    """从今天起本方受它约束。"""
    seat = enter(request, contract_id, Right.SERVE)
    _known(seat, contact_id)
    registering.confirm_contact(contact_id, by=seat)
    return _contact(seat, contact_id)


@router.post(
    "/contracts/{slug:contract_id}/contacts/{contact_id}/end",
    response=says(shape(ContactRow)),
    summary="停用联系方式",
)
def end(
    request: HttpRequest, contract_id: ContractId, contact_id: RowNumber, body: Why
) -> HttpResponse:
    """今天之后不再算；记录留着。"""
    seat = enter(request, contract_id, Right.SERVE)
    _known(seat, contact_id)
    registering.end_contact(contact_id, on=clock.today(), reason=body.reason, by=seat)
    return _contact(seat, contact_id)


@dataclass(frozen=True, slots=True)
class RevealedContact:
    """全文, told once."""

    value: str


@router.post(
    "/contracts/{slug:contract_id}/contacts/{contact_id}/reveal",
    response=says(shape(RevealedContact)),
    summary="查看联系方式全文",
)
def reveal(
    request: HttpRequest, contract_id: ContractId, contact_id: RowNumber, body: Why
) -> HttpResponse:
    """理由会留痕。"""
    seat = enter(request, contract_id, Right.REVEAL)
    _known(seat, contact_id)
    told = answer(RevealedContact(registering.reveal_contact(contact_id, body.reason, by=seat)))
    told["Cache-Control"] = "no-store"
    return told


LIAISONS = Listing.of(LiaisonRow, "id")


@router.get(
    "/contracts/{slug:contract_id}/liaisons",
    response=says(page(LiaisonRow)),
    summary="联络人",
)
@LIAISONS.described
def liaisons(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """双方现任和从前的联络人。"""
    seat = enter(request, contract_id)
    return LIAISONS.among(request, asked, liaison_rows(seat.contract_id, clock.today()))


class Named(Refusing):
    """指定或更换联络人."""

    name: Text = Field(min_length=1, max_length=80)
    since: date
    powers: Text = Field("", max_length=500)
    paper: Text = Field("", max_length=200)
    told_on: date | None = Field(None, description="更换的，书面告知对方之日")
    replaces: Id | None = Field(None, description="现任的编号")


@router.post(
    "/contracts/{slug:contract_id}/liaisons",
    response=says(shape(LiaisonRow), 201),
    summary="指定联络人",
)
def name(request: HttpRequest, contract_id: ContractId, body: Named) -> HttpResponse:
    """每方同时一位；更换要先告知。"""
    seat = enter(request, contract_id, Right.SERVE)
    row = registering.name_liaison(
        body.name,
        plausible(body.since) or body.since,
        by=seat,
        powers=body.powers,
        paper=body.paper,
        told_on=plausible(body.told_on),
        replaces=body.replaces,
    )
    rows = liaison_rows(seat.contract_id, clock.today())
    return answer(next(one for one in rows if one.id == row.pk), 201)


# ── prompt notices ───────────────────────────────────────────────────────────────────────────────────────────────


PROMPTS = Listing.of(PromptSheet, "number")


@router.get(
    "/contracts/{slug:contract_id}/prompts", response=says(page(PromptSheet)), summary="限时通知"
)
@PROMPTS.described
def prompt_list(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """每一路送到了谁、还缺谁，按时没有。"""
    seat = enter(request, contract_id)
    now = clock.now()
    return PROMPTS.among(
        request, asked, [prompt_sheet(one, now) for one in prompts(seat.contract_id)]
    )


def _prompt(seat: Seat, number: int, status: int = 200) -> HttpResponse:
    row = prompt(seat.contract_id, number)
    if row is None:
        raise Http404(f"没有限时通知第{number}号。")
    return answer(prompt_sheet(row, clock.now()), status)


@router.get(
    "/contracts/{slug:contract_id}/prompts/{number}",
    response=says(shape(PromptSheet)),
    summary="一件限时通知",
)
def one_prompt(request: HttpRequest, contract_id: ContractId, number: PromptNumber) -> HttpResponse:
    """各路、各人、各时刻。"""
    return _prompt(enter(request, contract_id), number)


class Opened(Refusing):
    """开始限时通知."""

    term: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,80}$")]
    subject: Text = Field(min_length=1, max_length=400)
    event_at: AwareDatetime = Field(description="事件时刻，带时区")
    text: Text = Field(min_length=1, max_length=2000)


@router.post(
    "/contracts/{slug:contract_id}/prompts",
    response=says(shape(PromptSheet), 201),
    summary="开始限时通知",
)
def start_prompt(request: HttpRequest, contract_id: ContractId, body: Opened) -> HttpResponse:
    """从事件时刻起计时。"""
    seat = enter(request, contract_id, Right.RECORD)
    plausible(body.event_at.date())
    new = NewPrompt(body.term, body.subject, body.event_at, body.text)
    return _prompt(seat, open_prompt(new, calendar(), by=seat).number, 201)


class LegHere(Refusing):
    """在别处发出的一路."""

    channel: PromptChannel
    contact: Id
    sent_at: AwareDatetime
    delivered_at: AwareDatetime | None = None
    failed: Text = Field("", max_length=500)
    evidence: Digest | None = None


@router.post(
    "/contracts/{slug:contract_id}/prompts/{number}/legs",
    response=says(shape(PromptSheet), 201),
    summary="登记一路",
)
def leg(
    request: HttpRequest, contract_id: ContractId, number: PromptNumber, body: LegHere
) -> HttpResponse:
    """到达要有回执；一路送到了每一个人，就登记一条“通知送达”。"""
    seat = enter(request, contract_id, Right.RECORD)
    _prompt(seat, number)
    new = NewLeg(
        channel=body.channel,
        contact=body.contact,
        sent_at=body.sent_at,
        delivered_at=body.delivered_at,
        failed=body.failed,
        evidence=body.evidence or "",
    )
    record_leg(number, new, by=seat)
    return _prompt(seat, number, 201)


@router.post(
    "/contracts/{slug:contract_id}/prompts/{number}/send",
    response=says(shape(PromptSheet)),
    summary="发出限时通知",
)
def send(request: HttpRequest, contract_id: ContractId, number: PromptNumber) -> HttpResponse:
    """用系统管理员配置的邮件和短信通道，按每一路发给每一个人。"""
    seat = enter(request, contract_id, Right.RECORD)
    _prompt(seat, number)
    send_prompt(number, by=seat)
    row = prompt(seat.contract_id, number)
    if row is not None:
        follow_prompt(row, by=seat)
    return _prompt(seat, number)
