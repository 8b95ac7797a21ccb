"""What can be done with a letter: draft, rewrite, attach, issue, withdraw, send, and write down what came back.

What was issued is not written again, and what came back is not edited: a correction is another receipt that names the
first. Whether the letter is served follows from all of it by the contract's rules, each time anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from unicodedata import category

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Ruling, Seat
from lvyue.accounts.queries import Account, appointments
from lvyue.contracts.queries import contracts
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.facts import parse_at
from lvyue.core.lifecycles import LETTER
from lvyue.core.service import (
    GOES_TO,
    HAPPENINGS,
    IN_VAIN,
    Happening,
    NotYet,
    Served,
    Service,
    Way,
    after_or_with,
    only_informs,
)
from lvyue.evidence.queries import files
from lvyue.notices.actions.contacts import line, told_by
from lvyue.notices.letter_choices import LetterKind, LetterState, Side
from lvyue.notices.models import Dispatch, Letter, LetterFile, Receipt
from lvyue.notices.queries.contacts import (
    contact,
    may_sign_off,
    release_of,
    rules_of,
    standing,
)
from lvyue.notices.queries.letters import at_of, letter, service_of, standing_receipts
from lvyue.notices.serving import may_edit, may_record, may_see, may_take, may_write

TITLE, BODY, PAPER, ABOUT, NOTE, REASON, TRACKING = 200, 20_000, 200, 200, 500, 5_000, 80
FILES = 20


class Overtaken(Exception):
    """被抢先: somebody changed the letter since it was looked at. ``row`` is the letter as it is now."""

    def __init__(self, row: Letter) -> None:
        super().__init__(f"{row.name}在您打开之后被改动过。")
        self.row = row


@dataclass(frozen=True, slots=True)
class LetterText:
    """函件的文字: what a person writes of it. ``contact`` is the changed contact that a change notice tells of.

    ``term`` is the id of the term whose breach a letter of consent allows; its ``subject`` names one occurrence, or
    nothing for all of them.
    """

    title: str
    body: str = ""
    paper: str = ""
    subject: str = ""
    answers: int | None = None
    contact: int | None = None
    files: tuple[str, ...] = ()
    term: str = ""

    def tidied(self) -> LetterText:
        """The same without what cannot be seen; ``Refused`` with all that is too long or missing."""
        doubts: list[Doubt] = []

        def one(text: str, place: str, most: int) -> str:
            try:
                return line(text, place, most)
            except Refused as refused:
                doubts.extend(refused.doubts)
                return ""

        title = one(self.title, "标题", TITLE)
        paper, subject = one(self.paper, "文号", PAPER), one(self.subject, "关于什么", ABOUT)
        body = _lines(self.body)
        if not title and not doubts:
            doubts.append(malformed("标题", "没有填写。", "请写明这是什么函件。"))
        if len(body) > BODY:
            says = f"有 {len(body)} 个字，最多 {BODY} 个。"
            doubts.append(malformed("正文", says, "请写短一些，细节放进附件。"))
        if len(self.files) > FILES:
            says = f"有 {len(self.files)} 个，最多 {FILES} 个。"
            doubts.append(malformed("附件", says, "请合并成几个文件。"))
        if doubts:
            raise Refused(doubts)
        unique = tuple(dict.fromkeys(self.files))
        return replace(self, title=title, body=body, paper=paper, subject=subject, files=unique)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def draft_letter(kind: LetterKind, text: LetterText, *, by: Seat) -> Letter:
    """起草: the other side does not see it. What a department writes waits for the buyer's lead."""
    _require(may_write(by, kind))
    tidy = text.tidied()
    contracts().select_for_update().get(pk=by.contract_id)  # two take turns
    side = _side(by)
    last = Letter.objects.filter(contract_id=by.contract_id).order_by("number").last()
    if last is not None and _is_just_this(last, kind, tidy, by):
        return last  # a double click, or the back button
    row = Letter.objects.create(
        contract_id=by.contract_id,
        number=last.number + 1 if last is not None else 1,
        side=side,
        kind=kind,
        drafted_by=by.username,
        drafted_name=by.name,
        drafted_at=clock.now(),
        **_written(kind, tidy, by),
    )
    _keep_files(row, tidy.files)
    if tidy.contact is not None:
        told_by(tidy.contact, row, by=by)
    _audit(row, "drafted", by=by, after={"version": 1})
    _tell_the_lead(row, by)
    return row


def _is_just_this(row: Letter, kind: LetterKind, text: LetterText, by: Seat) -> bool:
    same = (row.title, row.body, row.paper, row.subject, row.term) == (
        *(text.title, text.body, text.paper, text.subject, text.term),
    )
    held = tuple(row.files.order_by("id").values_list("sha256", flat=True))
    state = (row.kind, row.state, row.drafted_by)
    return same and held == text.files and state == (kind, LetterState.DRAFTED, by.username)


def _written(kind: LetterKind, text: LetterText, by: Seat) -> dict[str, Any]:
    """The columns of what was written; ``Refused`` where it names what is not there."""
    answered = None
    if kind is LetterKind.ANSWER:
        found = None if text.answers is None else letter(by.contract_id, text.answers)
        if found is None or not may_see(found, by):
            raise Refused([malformed("答复的函件", "没有指明答复哪一封。", "请从来函的页面起草。")])
        if found.side == _side(by):
            says = f"{found.name}是本方发出的。"
            raise Refused([malformed("答复的函件", says, "复函是答复对方的来函。")])
        if found.state != LetterState.SERVED:
            says = f"{found.name}还没有送达本方。"
            raise Refused([malformed("答复的函件", says, "请先登记签收。")])
        answered = found
    if kind is LetterKind.CONTACT_CHANGE and text.contact is None:
        mend = "请从“联系方式”里变更的那一行起草。"
        raise Refused([malformed("联系方式", "没有指明变更了哪一个。", mend)])
    if kind is not LetterKind.CONTACT_CHANGE and text.contact is not None:
        raise Refused([malformed("联系方式", "只有联系方式变更通知才带联系方式。")])
    _refuse_unknown_files(by.contract_id, text.files)
    _refuse_unfit_term(kind, text, by)
    subject = text.subject
    if answered is not None:
        subject = answered.subject or answered.name
    elif kind is LetterKind.CONTACT_CHANGE:
        subject = f"联系方式-{text.contact}"
    return {
        "title": text.title,
        "body": text.body,
        "paper": text.paper,
        "subject": subject,
        "answers": answered,
        "term": text.term,
    }


def _refuse_unfit_term(kind: LetterKind, text: LetterText, by: Seat) -> None:
    """Consent is given to the other side, about a duty of theirs (OBL-06: 4.3.1, 7.2.6, 7.2.17)."""
    if kind is not LetterKind.CONSENT:
        if text.term:
            raise Refused([malformed("约定", "只有书面同意函才指明约定。", "请换一种函件。")])
        return
    release = release_of(by.contract_id, clock.today())
    term = None
    if release is not None:
        term = next((one for one in release.governing if one.id == text.term), None)
    if term is None:
        mend = "请从那项约定的页面起草书面同意函。"
        raise Refused([malformed("约定", "没有指明同意对方不按哪一项约定办。", mend)])
    other = _side(by).other
    if term.debtor is not other.party:
        says = f"“{term.says}”不是{other.label}单独的义务，{_side(by).label}不能单方豁免。"
        raise Refused([malformed("约定", says, "要改双方的义务，请订补充协议。")])


def _refuse_unknown_files(contract_id: str, digests: Collection[str]) -> None:
    known = {one.sha256 for one in files(contract_id, digests)}
    if lost := [one for one in digests if one not in known]:
        says = f"文件 {lost[0][:12]}… 还没有上传到这份合同。"
        raise Refused([malformed("附件", says, "请先上传。")])


def _keep_files(row: Letter, digests: Sequence[str]) -> None:
    names = {one.sha256: one.name for one in files(row.contract_id, digests)}
    row.files.exclude(sha256__in=digests).delete()
    held = set(row.files.values_list("sha256", flat=True))
    LetterFile.objects.bulk_create(
        LetterFile(letter=row, sha256=one, name=names[one]) for one in digests if one not in held
    )


@transaction.atomic
def rewrite_letter(number: int, version: int, text: LetterText, *, by: Seat) -> Letter:
    """改写: while it is a draft. ``Overtaken`` if somebody else was faster."""
    row = held_letter(number, by=by)
    _require(may_edit(row, by))
    if row.version != version:
        raise Overtaken(row)
    kind = LetterKind(row.kind)
    told = row.told_contacts.first()
    tidy = replace(
        text.tidied(),
        answers=row.answers.number if row.answers is not None else None,
        contact=told.pk if told is not None else None,
        term=row.term,
    )
    for name, value in _written(kind, tidy, by).items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=["title", "body", "paper", "subject", "answers", "term", "version"])
    _keep_files(row, tidy.files)
    _audit(row, "edited", by=by, after={"version": row.version})
    return row


@transaction.atomic
def issue_letter(number: int, version: int, *, by: Seat, dated: date | None = None) -> Letter:
    """签发: from now on not a word of it changes. Of a department's draft this is the buyer's own word.

    ``dated`` is the day that the paper bears, today unless a letter of paper is written down afterwards.
    """
    row = held_letter(number, by=by)
    _require(may_take(row, "issue", by))
    if row.version != version:
        raise Overtaken(row)
    row.state = _after(row, "issue", row.side, *(["正文"] if row.body else []))
    row.issued_by, row.issued_name, row.issued_at = by.username, by.name, clock.now()
    row.dated = dated or clock.today()
    if row.dated > clock.today():
        raise Refused(
            [malformed("落款日", f"{row.dated} 还没有到。", "请写今天或纸质函件的日期。")]
        )
    row.save(update_fields=["state", "issued_by", "issued_name", "issued_at", "dated"])
    _audit(row, "issued", by=by, after={"version": row.version})
    return row


@transaction.atomic
def withdraw_letter(number: int, reason: str, *, by: Seat) -> Letter:
    """撤回: before it was sent. Afterwards only another letter can say otherwise."""
    row = held_letter(number, by=by)
    _require(may_take(row, "withdraw", by))
    reason = _lines(reason)
    row.state = _after(row, "withdraw", row.side, *(["理由"] if reason else []))
    if len(reason) > REASON:
        says = f"有 {len(reason)} 个字，最多 {REASON} 个。"
        raise Refused([malformed("理由", says, "请写短一些。")])
    row.closed_reason = reason
    row.save(update_fields=["state", "closed_reason"])
    row.told_contacts.update(letter=None)  # it told nobody of anything
    _audit(row, "withdrawn", by=by, reason=reason)
    return row


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class NewDispatch:
    """拟送出: by which way, when, to which contact of the other side."""

    way: Way
    at: str
    contact: int | None = None
    tracking: str = ""


@transaction.atomic
def dispatch_letter(number: int, new: NewDispatch, *, by: Seat) -> Dispatch:
    """送出: one try. A way that the contract does not know informs and serves nothing, and the row says so."""
    row = held_letter(number, by=by)
    _require(may_take(row, "dispatch", by))
    at = _moment(new.at, "送出时间")
    doubts = _too_early(row, at)
    target = None
    wanted = GOES_TO.get(new.way)
    if wanted is not None:
        target = None if new.contact is None else contact(row.contract_id, new.contact)
        receiver = Side(row.side).other
        if target is None or target.side != receiver or target.kind != wanted.value:
            says = f"没有指明送往{receiver.label}的哪个{wanted.zh}。"
            mend = f"请选{receiver.label}登记的{wanted.zh}；没有登记的不能用{new.way.zh}送达。"
            doubts.append(malformed("送往", says, mend))
    if doubts:
        raise Refused(doubts)
    rules = rules_of(row.contract_id, day_of(at))
    informs = only_informs(rules, new.way)
    if not informs and target is not None and rules.confirmed_only:
        here = standing(target, day_of(at), rules)
        informs = "" if here.counts else here.because
    made = row.dispatches.create(
        order=row.dispatches.count() + 1,
        way=new.way.value,
        contact=target,
        at=at.isoformat(),
        day=day_of(at),
        tracking=line(new.tracking, "单号", TRACKING),
        only_informs=informs[:500],
        recorded_by=by.username,
        recorded_at=clock.now(),
    )
    if row.state != LetterState.DISPATCHED:
        _move(row, "dispatch", row.side)
    after = {"way": new.way.zh, "at": made.at, "number": made.order}
    _audit(row, "dispatched", by=by, after=after)
    if new.way is Way.PLATFORM:
        _tell_the_receiver(row, by)
    return made


def _too_early(row: Letter, at: date | datetime) -> list[Doubt]:
    doubts = []
    if row.dated is not None and day_of(at) < row.dated:
        says = f"{at.isoformat()} 早于落款日 {row.dated}。"
        doubts.append(malformed("送出时间", says, "签发之后才能送出。"))
    if not after_or_with(clock.now(), at):
        doubts.append(malformed("送出时间", f"{at.isoformat()} 还没有到。", "请在送出之后登记。"))
    return doubts


# ── what came back ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """拟登记的回执. ``corrects`` names the one that was wrong; ``void`` takes it back and puts nothing in its place."""

    order: int
    happening: Happening
    at: str
    evidence: str = ""
    signed_by: str = ""
    note: str = ""
    corrects: int | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """函件的进展: the letter after a receipt or a dispatch, and what its service is now."""

    letter: Letter
    service: Service
    receipt: Receipt | None = None


@transaction.atomic
def record_receipt(number: int, new: NewReceipt, *, by: Seat) -> Moved:
    """登记回执: the sender by the slip, the receiver by their own word. The service of the letter follows from it."""
    row = held_letter(number, by=by)
    _require(may_record(row, by))
    sent = row.dispatches.filter(order=new.order).first()
    if sent is None:
        says = f"{row.name}没有第 {new.order} 次送出。"
        raise Refused([malformed("送出", says, "请从函件的页面进入。")])
    old = _corrected(sent, new, by)
    if new.void and old is not None:
        at: date | datetime = at_of(old.at)
    else:
        at = _moment(new.at, "回执时间")
    same = _there_already(sent, new, at, by)
    if same is not None:
        return Moved(row, settle_letter(row), same)
    doubts = [] if new.void else _receipt_doubts(row, sent, new, at, by)
    if doubts:
        raise Refused(doubts)
    made = sent.receipts.create(
        happening=old.happening if new.void and old is not None else new.happening.value,
        at=at.isoformat(),
        day=day_of(at),
        signed_by=line(new.signed_by, "签收人", 80),
        evidence=new.evidence,
        note=line(new.note, "说明", NOTE),
        corrects=old,
        void=new.void,
        recorded_by=by.username,
        recorded_at=clock.now(),
    )
    after = {"number": sent.order, "act": made.get_happening_display(), "at": made.at}
    act = "letter.receipt_corrected" if old is not None else "letter.receipt"
    audit(
        act,
        by=by,
        contract_id=row.contract_id,
        about=row.name,
        after=after,
        reason=made.note if old is not None else "",
    )
    return Moved(row, settle_letter(row), made)


def _corrected(sent: Dispatch, new: NewReceipt, by: Seat) -> Receipt | None:
    if new.corrects is None:
        if new.void:
            raise Refused([malformed("更正", "没有指明撤销哪一条回执。")])
        return None
    old = sent.receipts.filter(pk=new.corrects).first()
    if old is None or old.void:
        raise Refused([malformed("更正", "没有这条回执。", "请从函件的页面进入。")])
    if old not in standing_receipts(list(sent.receipts.all())):
        raise Refused([malformed("更正", "这条回执已经更正过。", "请更正最新的那一条。")])
    if not line(new.note, "说明", NOTE):
        raise Refused([malformed("说明", "没有填写。", "请写明为什么更正，会留在留痕里。")])
    sides = {side.value for side in by.sides}
    recorder = old.recorded_by == by.username
    if not recorder and sent.letter.side not in sides:
        raise Refused([malformed("更正", "回执由登记的人或发出方更正。")])
    return old


def _there_already(
    sent: Dispatch, new: NewReceipt, at: date | datetime, by: Seat
) -> Receipt | None:
    """The same receipt sent twice is one."""
    if new.corrects is not None:
        return None
    same = sent.receipts.filter(
        happening=new.happening.value,
        at=at.isoformat(),
        evidence=new.evidence,
        recorded_by=by.username,
    )
    return next(iter(standing_receipts(list(same))), None)


def _receipt_doubts(
    row: Letter, sent: Dispatch, new: NewReceipt, at: date | datetime, by: Seat
) -> list[Doubt]:
    way, doubts = Way(sent.way), list[Doubt]()
    if new.happening not in HAPPENINGS[way]:
        says = f"{way.zh}没有“{new.happening.zh}”这种回执。"
        mend = f"可以是：{'、'.join(one.zh for one in HAPPENINGS[way])}。"
        doubts.append(malformed("回执", says, mend))
    if not after_or_with(at, at_of(sent.at)):
        says = f"{at.isoformat()} 早于送出 {sent.at}。"
        doubts.append(malformed("回执时间", says, "请核对两个时间。"))
    if not after_or_with(clock.now(), at):
        doubts.append(malformed("回执时间", f"{at.isoformat()} 还没有到。"))
    receiver = Side(row.side).other
    own_word = receiver.value in {side.value for side in by.sides}
    if new.evidence:
        if not files(row.contract_id, [new.evidence]):
            doubts.append(malformed("凭证", "这份文件还没有上传到这份合同。", "请先上传。"))
    elif new.happening not in IN_VAIN:
        mend = "请附上签收单、退件封面、交寄凭证或回执的照片或扫描件。"
        doubts.append(malformed("凭证", f"“{new.happening.zh}”要有凭证。", mend))
    if own_word and new.happening is not Happening.SIGNED:
        says = f"收件的一方只登记签收；“{new.happening.zh}”由发出方凭证登记。"
        doubts.append(malformed("回执", says))
    if new.happening is Happening.SIGNED and way is Way.HAND:
        signer = line(new.signed_by, "签收人", 80)
        if not signer:
            doubts.append(malformed("签收人", "没有填写。", "请照签收单填写姓名。"))
        elif not (ruling := may_sign_off(row.contract_id, receiver, signer, day_of(at))):
            mend = "请由联络人签收；换了人的，请先登记更换。"
            doubts.append(malformed("签收人", ruling.reason, mend))
    return doubts


# ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────────


def settle_letter(row: Letter) -> Service:
    """送达与否: the state of a letter is what its receipts say, whichever way they went before."""
    fresh = letter(row.contract_id, row.number)
    if fresh is None:
        raise LookupError(row.name)  # it was held a moment ago
    service = service_of(fresh)
    state, served = LetterState(row.state), None
    if isinstance(service, Served):
        served = service.on
        if state is not LetterState.SERVED:
            _move(row, "serve", "system", "回执")
    else:
        if state is LetterState.SERVED:  # no step of its life: it never was, the receipt was wrong
            row.state = LetterState.DISPATCHED
        if isinstance(service, NotYet) and _all_in_vain(fresh):
            if row.state == LetterState.DISPATCHED:
                _move(row, "fail", "system")
        elif row.state == LetterState.RETURNED:
            _move(row, "await", "system")
    if row.served_on != served or row.state != fresh.state:
        row.served_on = served
        row.save(update_fields=["state", "served_on"])
    return service


def _all_in_vain(row: Letter) -> bool:
    """Whether of every try a receipt says that it came to nothing."""
    ends = frozenset({Happening.REFUSED, Happening.RETURNED, Happening.UNREACHABLE})
    tries = list(row.dispatches.all())
    return bool(tries) and all(
        any(
            Happening(slip.happening) in ends
            for slip in standing_receipts(list(sent.receipts.all()))
        )
        for sent in tries
    )


@transaction.atomic
def note_fact(row: Letter, fact: str) -> None:
    """记下事实编号: which fact in the log the service of this letter is."""
    row.fact = fact
    row.save(update_fields=["fact"])


def _move(row: Letter, name: str, role: str, *papers: str) -> None:
    row.state = _after(row, name, role, *papers)
    if row.state != LetterState.SERVED:
        row.served_on = None
        row.save(update_fields=["state", "served_on"])


def _after(row: Letter, name: str, role: str, *papers: str) -> LetterState:
    after = LETTER.take(row.state, name, role=role, papers=papers)
    if isinstance(after, Doubt):
        raise Refused([after])
    return LetterState(after)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _leads(contract_id: str, side: Side) -> list[Account]:
    role = ContractRole.BUYER if side is Side.BUYER else ContractRole.SUPPLIER_MANAGER
    held = appointments(contract_id).filter(role=role)
    return [one.account for one in held if one.account.is_active]


def _tell(row: Letter, to: Iterable[Account], subject: str, body: str, key: str, by: Seat) -> None:
    from lvyue.notices.actions import tell  # noqa: PLC0415  the package begins with it
    from lvyue.notices.choices import Topic  # noqa: PLC0415

    tell(
        [*to],
        topic=Topic.SERVICE,
        subject=subject,
        body=body,
        address=f"/contracts/{row.contract_id}/letters/{row.number}/",
        contract_id=row.contract_id,
        key=f"letter:{row.pk}:{key}",
        by=by,
    )


def _tell_the_lead(row: Letter, by: Seat) -> None:
    """A department's draft goes to the buyer's lead, who signs it or does not (security-support-2026 7.2.20)."""
    if by.only_uses:
        says = f"使用部门起草了{row.name}“{row.title}”，等您核对签发。"
        _tell(row, _leads(row.contract_id, Side.BUYER), "有函件等您签发", says, "drafted", by)


def _tell_the_receiver(row: Letter, by: Seat) -> None:
    says = f"{Side(row.side).label}送来{row.name}“{row.title}”。在平台内送出只供知悉，正式送达以合同约定的方式为准。"
    _tell(row, _leads(row.contract_id, Side(row.side).other), "收到对方的函件", says, "sent", by)


def tell_served(row: Letter, by: Seat) -> None:
    """送达之后: both sides' leads are told, once for each day of service."""
    if row.served_on is None:
        return
    to = [*_leads(row.contract_id, Side.BUYER), *_leads(row.contract_id, Side.SUPPLIER)]
    says = f"{Side(row.side).label}的{row.name}“{row.title}”于 {row.served_on} 送达。"
    _tell(row, to, f"{row.name}已送达", says, f"served:{row.served_on}", by)


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def held_letter(number: int, *, by: Seat) -> Letter:
    """The letter, held until the end of the transaction. ``Refused`` where there is none that this person may see."""
    held = Letter.objects.select_for_update(of=("self",)).select_related("contract", "answers")
    row = held.filter(contract_id=by.contract_id, number=number).first()
    if row is None or not may_see(row, by):
        raise Refused(
            [malformed(f"合同 {by.contract_id}", f"没有函件第{number}号。", "请核对编号。")]
        )
    return row


def _side(by: Seat) -> Side:
    if by.side is None:
        says = "您不代表任何一方或同时代表双方，不能办理函件。"
        raise Refused([malformed("函件", says)])
    return Side(by.side.value)


def _require(ruling: Ruling) -> None:
    if ruling:
        return
    doubt = Doubt(
        id=DoubtId("refused:letter"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=("函件",),
        says=ruling.reason,
    )
    raise Refused([doubt])


def _moment(text: str, place: str) -> date | datetime:
    at = parse_at(text.strip())
    if isinstance(at, str):
        raise Refused([malformed(place, at)])
    return at


def _lines(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in plain if one in "\n\t" or category(one) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def _audit(
    row: Letter,
    act: str,
    *,
    by: Seat,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    audit(
        f"letter.{act}",
        by=by,
        contract_id=row.contract_id,
        about=row.name,
        after=after,
        reason=reason,
    )


__all__ = [
    "LetterText",
    "Moved",
    "NewDispatch",
    "NewReceipt",
    "Overtaken",
    "dispatch_letter",
    "draft_letter",
    "held_letter",
    "issue_letter",
    "note_fact",
    "record_receipt",
    "rewrite_letter",
    "settle_letter",
    "tell_served",
    "withdraw_letter",
]
