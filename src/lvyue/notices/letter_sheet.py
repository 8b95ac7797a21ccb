"""函件的样子: frozen views of letters for pages, interface, exports and commands: the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lvyue.accounts.permissions import Ruling, Seat
from lvyue.core.service import (
    NotDecidable,
    NotYet,
    Served,
    Service,
    Way,
    only_informs,
)
from lvyue.notices.letter_choices import WEIGHTS, LetterKind, LetterState, Side
from lvyue.notices.queries.contacts import rules_of
from lvyue.notices.queries.letters import (
    Dispatch,
    Letter,
    Receipt,
    service_of,
    standing_receipts,
)
from lvyue.notices.serving import OpenStep, may_edit, may_record, open_steps
from lvyue.notices.veiling import veiled


@dataclass(frozen=True, slots=True)
class LetterRow:
    """函件一行: what it is, where it stands, since when it counts as served, and what comes next."""

    number: int
    title: str
    kind: str
    kind_zh: str
    side: str
    side_zh: str
    state: str
    state_zh: str
    paper: str
    dated: date | None
    served_on: date | None
    next: str


@dataclass(frozen=True, slots=True)
class SlipView:
    """回执: what it says, its proof, and whether it still stands."""

    id: int
    happening: str
    happening_zh: str
    at: str
    signed_by: str
    evidence: str
    note: str
    stands: bool
    void: bool
    corrects: int | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DispatchView:
    """送出: one try, with what came back of it."""

    order: int
    way: str
    way_zh: str
    at: str
    contact: int | None
    to: str
    tracking: str
    only_informs: str
    receipts: tuple[SlipView, ...]


@dataclass(frozen=True, slots=True)
class LetterService:
    """送达与否: served, waiting or undecided, with the clause, the reason and everything that was tried."""

    state: str
    on: date | None
    because: str
    mend: str
    clauses: tuple[str, ...]
    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterFileView:
    """附件 of a letter."""

    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class LetterSheet:
    """函件: all of one letter, as a person of one side may see it."""

    row: LetterRow
    version: int
    body: str
    subject: str
    term: str
    answers: int | None
    drafted_name: str
    drafted_at: datetime
    issued_name: str
    issued_at: datetime | None
    closed_reason: str
    fact: str
    files: tuple[LetterFileView, ...]
    dispatches: tuple[DispatchView, ...]
    service: LetterService
    steps: tuple[OpenStep, ...]
    editing: Ruling
    recording: Ruling
    rules: str


def row_of(one: Letter) -> LetterRow:
    """A letter as a line of the list."""
    return LetterRow(
        number=one.number,
        title=one.title,
        kind=one.kind,
        kind_zh=one.get_kind_display(),
        side=one.side,
        side_zh=one.get_side_display(),
        state=one.state,
        state_zh=one.get_state_display(),
        paper=one.paper,
        dated=one.dated,
        served_on=one.served_on,
        next=_next(one),
    )


def _next(one: Letter) -> str:
    who = Side(one.side).label
    match LetterState(one.state):
        case LetterState.DRAFTED:
            return f"等{who}签发"
        case LetterState.ISSUED:
            return f"等{who}送出"
        case LetterState.DISPATCHED:
            return "等回执"
        case LetterState.RETURNED:
            return f"没有送到，等{who}另行送达"
        case LetterState.SERVED | LetterState.WITHDRAWN:
            return ""


def sheet_of(one: Letter, seat: Seat) -> LetterSheet:
    """All of a letter."""
    sent = list(one.dispatches.all())
    on = sent[0].day if sent else (one.dated or one.drafted_at.date())
    return LetterSheet(
        row=row_of(one),
        version=one.version,
        body=one.body,
        subject=one.subject,
        term=one.term,
        answers=one.answers.number if one.answers is not None else None,
        drafted_name=one.drafted_name,
        drafted_at=one.drafted_at,
        issued_name=one.issued_name,
        issued_at=one.issued_at,
        closed_reason=one.closed_reason,
        fact=one.fact,
        files=tuple(LetterFileView(held.sha256, held.name) for held in one.files.all()),
        dispatches=tuple(_dispatch(held) for held in sent),
        service=service_view(service_of(one)),
        steps=open_steps(one, seat),
        editing=may_edit(one, seat),
        recording=may_record(one, seat),
        rules=rules_of(one.contract_id, on).says,
    )


def _dispatch(one: Dispatch) -> DispatchView:
    slips = list(one.receipts.all())
    standing = {slip.pk for slip in standing_receipts(slips)}
    to = ""
    if one.contact is not None:
        to = f"{one.contact.get_kind_display()} {veiled(one.contact.kind, one.contact.value)}"
    return DispatchView(
        order=one.order,
        way=one.way,
        way_zh=one.get_way_display(),
        at=one.at,
        contact=one.contact_id,
        to=to,
        tracking=one.tracking,
        only_informs=one.only_informs,
        receipts=tuple(_receipt(slip, stands=slip.pk in standing) for slip in slips),
    )


def _receipt(one: Receipt, *, stands: bool) -> SlipView:
    return SlipView(
        id=one.pk,
        happening=one.happening,
        happening_zh="撤销" if one.void else one.get_happening_display(),
        at=one.at,
        signed_by=veiled("name", one.signed_by),
        evidence=one.evidence,
        note=one.note,
        stands=stands,
        void=one.void,
        corrects=one.corrects_id,
        recorded_by=one.recorded_by,
        recorded_at=one.recorded_at,
    )


def service_view(service: Service) -> LetterService:
    """The answer of the law as pages and programs read it."""
    match service:
        case Served():
            clauses = tuple(map(str, service.rule.clauses))
            return LetterService("served", service.on, service.because, "", clauses, service.tried)
        case NotYet():
            return LetterService("waiting", None, service.because, service.mend, (), service.tried)
        case NotDecidable():
            places = tuple(dict.fromkeys(p for one in service.doubts for p in one.places))
            mend = "".join(dict.fromkeys(one.mend for one in service.doubts))
            return LetterService("undecided", None, service.because, mend, places, service.tried)


@dataclass(frozen=True, slots=True)
class WayView:
    """送出方式, and why it would serve nothing under this contract."""

    way: str
    zh: str
    only_informs: str


def ways_of(contract_id: str, on: date) -> tuple[WayView, ...]:
    """The ways that there are, those first that may serve."""
    rules = rules_of(contract_id, on)
    found = [WayView(way.value, way.zh, only_informs(rules, way)) for way in Way]
    return tuple(sorted(found, key=lambda one: bool(one.only_informs)))


def kinds_for(side: Side) -> tuple[tuple[str, str], ...]:
    """The kinds of letter that a side may begin from the list; the others begin where they belong."""
    apart = {LetterKind.ANSWER, LetterKind.CONTACT_CHANGE, LetterKind.CONSENT}
    return tuple(
        (kind.value, kind.label)
        for kind, weight in WEIGHTS.items()
        if side in weight.sides and kind not in apart
    )
