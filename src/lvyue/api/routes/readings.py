"""读入与核对: papers become drafts, drafts are decided on thing by thing, both sides confirm; the same rules as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never

from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import Account
from lvyue.api.asked import After, Name, Note, Number, Refusing, Text, Word, says
from lvyue.api.gate import caller
from lvyue.api.habits import unless_changed
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.core.clause import ClauseRef
from lvyue.readings import queries
from lvyue.readings.actions import bringing, deciding, settling
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.actions.desk import Hidden
from lvyue.readings.choices import Act, DraftState, PaperState, Side
from lvyue.readings.original import Stars
from lvyue.readings.queries import Draft
from lvyue.readings.review import Mark, Review, Row, stamp_of
from lvyue.readings.shown import shown, stars_for
from lvyue.readings.stages import Tab

router = Router(tags=["读入与核对 Readings"])

DraftId = Annotated[int, Path(ge=1, le=9_223_372_036_854_775_807, description="合同草稿号")]
ItemId = Annotated[str, Path(pattern="^i[0-9a-f]{10}$", description="读出项")]


# ── shapes ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReadingPaper:
    """读入文件: one file of a draft and how far it has come; why, where it could not be read."""

    order: int
    name: str
    sha256: str
    size: int
    state: PaperState
    page: int
    pages: int
    characters: int
    doubts: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReadingDraft:
    """合同草稿: its state, whose proposal it is, how much is decided, and its papers."""

    id: int
    title: str
    side: Side
    state: DraftState
    version: int
    proposed_by: str | None
    supplements: str | None
    contract: str | None
    amendment: int | None
    demonstration: bool
    created_at: datetime
    to_decide: int | None
    decided: int | None
    guesses: int | None
    papers: tuple[ReadingPaper, ...]


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """合同草稿, as a list has it."""

    id: int
    title: str
    side: Side
    state: DraftState
    version: int
    contract: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReadItem:
    """读出项: what it says field by field, where it stands in the file, and what was decided; ``stamp`` goes into a decision."""

    id: str
    tab: Tab
    kind: str
    clause: ClauseRef | None
    says: str
    values: Mapping[str, str]
    certainty: str | None
    places: tuple[Mapping[str, Any], ...]
    mark: Mark
    runs: bool
    stamp: int


@dataclass(frozen=True, slots=True)
class ReadDecision:
    """核对: one decision as it is on record."""

    number: int
    key: str
    act: Act
    before: Any
    after: Any
    reason: str
    by: str
    name: str
    side: Side
    at: datetime


def _enter(request: HttpRequest, draft_id: int) -> tuple[Draft, Seat]:
    found = queries.draft_of(caller(request), draft_id)
    if found is None:
        raise Http404(f"没有第 {draft_id} 号合同草稿。")
    return found


def _read(request: HttpRequest, draft_id: int) -> tuple[Draft, Seat]:
    """The draft, if the caller is on it, and has read it as it is now where If-Match says what was read."""
    found = _enter(request, draft_id)
    unless_changed(request, lambda: answer(_whole(found[0])))
    return found


def _whole(draft: Draft) -> ReadingDraft:
    papers = queries.papers_of(draft)
    review = queries.review_for(draft, papers) if queries.all_settled(papers) else None
    return ReadingDraft(
        id=draft.pk,
        title=draft.title,
        side=Side(draft.side),
        state=DraftState(draft.state),
        version=draft.version,
        proposed_by=draft.proposed_side or None,
        supplements=draft.supplements or None,
        contract=draft.contract_id or None,
        amendment=draft.amendment,
        demonstration=draft.demonstration,
        created_at=draft.created_at,
        to_decide=review.to_decide if review else None,
        decided=review.decided if review else None,
        guesses=len(review.guesses) if review else None,
        papers=tuple(
            ReadingPaper(
                one.order,
                one.name,
                one.sha256,
                one.size,
                PaperState(one.state),
                one.page,
                one.pages,
                one.characters,
                tuple(one.doubts),
            )
            for one in papers
        ),
    )


def _item(row: Row, review: Review, stars: Stars) -> ReadItem:
    one, item = shown(row, stars), row.item
    paper = review.reading.paper
    return ReadItem(
        id=item.id,
        tab=item.stage.tab,
        kind=item.stage.name,
        clause=item.clause,
        says=one.title,
        values={name: stars(value) for name, value in item.values.items()},
        certainty=item.certainty.value if item.certainty else None,
        places=tuple(place.as_json() for span in item.spans for place in paper.places(span)),
        mark=row.mark,
        runs=row.runs,
        stamp=stamp_of(row),
    )


# ── drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/readings", response=says(page(ReadingLine)), summary="合同草稿")
def readings(request: HttpRequest, asked: Query[After]) -> HttpResponse:
    """您参与的草稿，新的在前。"""
    found = queries.drafts_of(caller(request))
    if asked.index is not None:
        found = found.filter(pk__lt=asked.index)
    rows = list(found[: asked.limit + 1])
    lines = [
        ReadingLine(
            one.pk,
            one.title,
            Side(one.side),
            DraftState(one.state),
            one.version,
            one.contract_id or None,
            one.created_at,
        )
        for one in rows[: asked.limit]
    ]
    return listed(lines, lines[-1].id if len(rows) > asked.limit else None)


class AskedDraft(Refusing):
    """为谁读."""

    side: Side = Field(description="您代表哪一方")
    title: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = Field(
        "", description="名称，缺省为文件名"
    )
    supplements: Annotated[str, Field(pattern="^[-a-zA-Z0-9_]{0,80}$")] = Field(
        "", description="它补充哪份合同"
    )


@router.post("/readings", response=says(shape(ReadingDraft), 201, 413, 415), summary="读入一份合同")
def begin(request: HttpRequest, asked: Query[AskedDraft], file: File[UploadedFile]) -> HttpResponse:
    """文件原样保存，在后台读；读到哪里用草稿的 papers 看。附件另用 papers 上传。"""
    draft = bringing.open_draft(
        caller(request),
        asked.side,
        [Brought(file.name or "", file.chunks())],
        title=asked.title,
        supplements=asked.supplements,
    )
    return answer(_whole(draft), 201, Location=f"/api/v1/readings/{draft.pk}")


@router.get("/readings/{draft_id}", response=says(shape(ReadingDraft)), summary="一份草稿")
def draft(request: HttpRequest, draft_id: DraftId) -> HttpResponse:
    """状态、稿次、核对了多少、每个文件读到哪里。"""
    return answer(_whole(_enter(request, draft_id)[0]))


@router.post(
    "/readings/{draft_id}/papers",
    response=says(shape(ReadingDraft), 201, 413, 415),
    summary="补充文件",
)
def join(request: HttpRequest, draft_id: DraftId, file: File[UploadedFile]) -> HttpResponse:
    """附件排在已有文件之后；提出过的稿子因此作废。"""
    _read(request, draft_id)
    brought = [Brought(file.name or "", file.chunks())]
    bringing.add_papers(draft_id, brought, by=caller(request))
    return answer(_whole(_enter(request, draft_id)[0]), 201)


class Invited(Refusing):
    """邀请谁."""

    username: Name
    role: ContractRole


@router.post(
    "/readings/{draft_id}/members", response=says(shape(ReadingDraft), 201), summary="邀请成员"
)
def member(request: HttpRequest, draft_id: DraftId, invited: Invited) -> HttpResponse:
    """由负责人办理；对方已有负责人的，对方的人由它自己邀请；一个人只能在一方。"""
    _read(request, draft_id)
    bringing.invite(draft_id, invited.username, invited.role, by=caller(request))
    return answer(_whole(_enter(request, draft_id)[0]), 201)


# ── what was read ────────────────────────────────────────────────────────────────────────────────────────────────


class AskedItems(After):
    """哪些读出项."""

    tab: Tab | None = Field(None, description="只看这一部分")
    open: bool | None = Field(None, description="只看未核对的")
    q: Word = Field("", description="内容里的字")


@router.get("/readings/{draft_id}/items", response=says(page(ReadItem)), summary="读出项")
def items(request: HttpRequest, draft_id: DraftId, asked: Query[AskedItems]) -> HttpResponse:
    """按纸面的次序；没有读完时为空。个人信息只给双方负责人看，其他成员看到的是星号。"""
    found, seat = _enter(request, draft_id)
    papers = queries.papers_of(found)
    review = queries.review_for(found, papers) if queries.all_settled(papers) else None
    if review is None:
        return listed([])
    stars = stars_for(review, seat)
    told = (
        _item(row, review, stars)
        for row in review.rows
        if (asked.tab is None or row.item.stage.tab is asked.tab)
        and (asked.open is None or row.is_open is asked.open)
    )
    rows = [one for one in told if asked.q.strip() in one.says]
    begins = asked.index or 0
    some = rows[begins : begins + asked.limit]
    ends = begins + asked.limit
    return listed(some, ends if ends < len(rows) else None)


class Decided(Refusing):
    """怎么决定: ``stamp`` is the item's, so that nobody decides on what they have not seen."""

    act: Literal["accept", "correct", "reject", "split", "merge", "undo"]
    stamp: Annotated[int, Field(ge=0, le=9_223_372_036_854_775_807)]
    values: dict[str, Text] = Field(
        default_factory=dict, description="改正：各栏的新值，没写的不变"
    )
    acts: list[Text] = Field(default_factory=list, description="拆分：每项一句", max_length=50)
    others: list[Text] = Field(
        default_factory=list, description="合并：并进来的读出项", max_length=50
    )
    words: Text = Field("", description="合并后的文字")
    reason: Note = ""


@router.post(
    "/readings/{draft_id}/items/{item_id}/decisions",
    response=says(shape(ReadItem), 201),
    summary="核对一项",
)
def decide(
    request: HttpRequest, draft_id: DraftId, item_id: ItemId, decided: Decided
) -> HttpResponse:
    """提出过的稿子因此作废。别人先决定了的，答 409，请看过再来。"""
    found, seat = _read(request, draft_id)
    review = queries.review_for(found, queries.papers_of(found))
    if review is None or item_id not in review.by_id:
        raise Http404("没有这一项。")
    by, stamp, reason = caller(request), decided.stamp, decided.reason
    match decided.act:
        case "accept":
            deciding.accept(draft_id, item_id, by=by, stamp=stamp)
        case "correct":
            _refuse_the_hidden(review, item_id, seat)
            deciding.correct(draft_id, item_id, decided.values, by=by, stamp=stamp, reason=reason)
        case "reject":
            deciding.reject(draft_id, item_id, by=by, stamp=stamp, reason=reason)
        case "split":
            _refuse_the_hidden(review, item_id, seat)
            deciding.split(draft_id, item_id, decided.acts, by=by, stamp=stamp)
        case "merge":
            _refuse_the_hidden(review, item_id, seat)
            deciding.merge(draft_id, item_id, decided.others, decided.words, by=by, stamp=stamp)
        case "undo":
            deciding.undo(draft_id, item_id, by=by, stamp=stamp)
    return _again(found, item_id, seat)


def _refuse_the_hidden(review: Review, item_id: str, seat: Seat) -> None:
    """Who sees stars in the place of what is personal would write them into it."""
    stars = stars_for(review, seat)
    values = review.by_id[item_id].item.values.values()
    if any(stars(value) != value for value in values):
        raise Http404("这一项含个人信息，由双方负责人来改。")


def _again(found: Draft, item_id: str, seat: Seat) -> HttpResponse:
    review = queries.review_for(found, queries.papers_of(found))
    if review is None or item_id not in review.by_id:
        return answer({}, 201)
    return answer(_item(review.by_id[item_id], review, stars_for(review, seat)), 201)


class Missed(Refusing):
    """漏读了什么."""

    kind: Literal["term", "instalment", "grade", "interest", "damage"]
    clause: Name
    values: dict[str, Text]
    reason: Note = ""


@router.post("/readings/{draft_id}/items", response=says(shape(ReadItem), 201), summary="补加一项")
def add(request: HttpRequest, draft_id: DraftId, missed: Missed) -> HttpResponse:
    """原文里有而没有读出的，指明条款。"""
    found, seat = _read(request, draft_id)
    row = deciding.add(
        draft_id,
        missed.kind,
        missed.clause,
        missed.values,
        by=caller(request),
        reason=missed.reason,
    )
    return _again(found, row.item.id, seat)


@router.get("/readings/{draft_id}/decisions", response=says(page(ReadDecision)), summary="核对经过")
def decisions(request: HttpRequest, draft_id: DraftId, asked: Query[After]) -> HttpResponse:
    """谁在什么时候把什么改成了什么，先后为序；只增不改。"""
    found, seat = _enter(request, draft_id)
    review = queries.review_for(found, queries.papers_of(found))
    if review is None:
        return listed([])
    stars = stars_for(review, seat)
    rows = [one for one in queries.decisions_of(found) if one.number > (asked.index or 0)]
    some = rows[: asked.limit]
    told = [
        ReadDecision(
            one.number,
            stars(one.key),
            one.act,
            _starred(one.before, stars),
            _starred(one.after, stars),
            stars(one.reason),
            one.by,
            one.name,
            Side(one.side),
            one.at,
        )
        for one in some
    ]
    return listed(told, some[-1].number if len(rows) > asked.limit else None)


def _starred(value: Any, stars: Stars) -> Any:
    match value:
        case str():
            return stars(value)
        case dict():
            return {name: _starred(one, stars) for name, one in value.items()}
        case list():
            return [_starred(one, stars) for one in value]
        case _:
            return value


# ── settling ─────────────────────────────────────────────────────────────────────────────────────────────────────


class AskedStep(Refusing):
    """办哪一步: ``version`` names the very state that was looked at."""

    step: Literal["propose", "confirm", "return", "withdraw", "amendment"]
    version: Number
    reason: Note = ""


@router.post(
    "/readings/{draft_id}/steps", response=says(shape(ReadingDraft)), summary="提出、确认、退回"
)
def step(request: HttpRequest, draft_id: DraftId, asked: AskedStep) -> HttpResponse:
    """一方提出，另一方确认同一稿，合同生效；自己这一方提出的不能确认。"""
    _read(request, draft_id)
    try:
        done = _step(draft_id, asked, caller(request))
    except Hidden as hidden:
        raise Http404(str(hidden)) from hidden
    return answer(_whole(done))


def _step(draft_id: int, asked: AskedStep, by: Account) -> Draft:
    match asked.step:
        case "propose":
            return settling.propose(draft_id, asked.version, by=by)
        case "confirm":
            return settling.confirm(draft_id, asked.version, by=by)
        case "return":
            return settling.send_back(draft_id, asked.reason, by=by)
        case "withdraw":
            return settling.withdraw(draft_id, asked.reason, by=by)
        case "amendment":
            return settling.into_amendment(draft_id, by=by)
        case _:
            assert_never(asked.step)
