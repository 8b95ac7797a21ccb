"""工单卡: one ticket with everything that a page or a program shows of it: clocks and why, history, steps, files, papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account
from lvyue.accounts.veil import masked
from lvyue.core.clause import ClauseRef
from lvyue.core.clocks import Segment
from lvyue.core.facts import WORDS
from lvyue.core.tickets import FAULT_CAUSES, SCORES, SOLVING_STEPS
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.governing import Face, faces_of
from lvyue.helpdesk.queries.queue import length
from lvyue.helpdesk.queries.rules import choices, shown_to
from lvyue.helpdesk.queries.tickets import events_of, restored_by, waiting
from lvyue.obligations.logbook import ever_of
from lvyue.obligations.marks import BY_VERDICT, Mark
from lvyue.obligations.strip import Strip, strip_of
from lvyue.reading.personal import PersonalKind

#: The rule by which a ticket is opened again, as pages print it: see ``core.tickets.rounds``.
REOPENING = (
    "用户确认之前退回的，等于没有恢复过：原来的时钟从头接着走。"
    "用户确认之后又出问题的，确认过的结果不变，另起一轮，时钟重新计。"
)


@dataclass(frozen=True, slots=True)
class ClockStretch:
    """时段: one stretch of the life of a clock; ``offset`` and ``permille`` say where in the whole it lies, in thousandths; ``lasted`` is its length in words."""

    part: str
    zh: str
    begins: datetime
    ends: datetime
    because: str
    offset: int
    permille: int
    lasted: str


@dataclass(frozen=True, slots=True)
class TicketClock:
    """工单时钟: one clock of one round at a moment: when it is due, when it would be without pauses, and why.

    Lengths are whole seconds. Without a limit it is only measured, and ``open_because`` says why.
    """

    round: int
    name: str
    zh: str
    mark: Mark
    state: str
    state_zh: str
    because: str
    limit: str
    hours: str
    open_because: str
    debtor: str
    term: str
    clauses: tuple[ClauseRef, ...]
    began: datetime | None
    stopped: datetime | None
    due: date | datetime | None
    due_without_pauses: date | datetime | None
    counted: int
    paused: int
    gross: int
    counted_zh: str
    paused_zh: str
    counted_days: int | None
    level: int | None
    provisional: bool
    stretches: tuple[ClockStretch, ...]
    strip: Strip | None

    @property
    def is_moved(self) -> bool:
        """Whether pauses moved its end."""
        return self.due is not None and self.due != self.due_without_pauses


@dataclass(frozen=True, slots=True)
class TicketFile:
    """工单附件: a file by its hash."""

    sha256: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class TicketHappening:
    """工单经过: one thing that happened, with both of its times and the one that counts."""

    index: int
    name: str
    zh: str
    at: datetime
    recorded_at: datetime
    counts_at: datetime
    by: str
    side: str
    automatic: bool
    source: str
    proved: bool
    audience: str
    said: str
    data: dict[str, Any]
    files: tuple[TicketFile, ...]
    facts: tuple[str, ...]

    @property
    def is_late_note(self) -> bool:
        """Whether it counts at another time than the one that was typed."""
        return self.counts_at != self.at

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """The papers and the fields that came with it, for reading."""
        papers = [(str(name), str(text)) for name, text in self.data.get("papers", {}).items()]
        known = [
            (zh, str(self.data[key]))
            for key, zh in _FIELDS.items()
            if self.data.get(key) and (key != "cause" or self.name == "diagnose")
        ]
        words = {"原因": FAULT_CAUSES, "评价": SCORES}
        return (*papers, *((zh, words.get(zh, WORDS).get(text, text)) for zh, text in known))


_FIELDS = {
    "reason": "事由",
    "cause": "原因",
    "loss": "损失",
    "level": "级别",
    "device": "设备",
    "before": "原来写的",
    "to": "经办人",
    "consent": "同意人",
    "score": "评价",
}


@dataclass(frozen=True, slots=True)
class TicketStep:
    """可走的一步: with the papers that its table asks for, and the reason where this person may not take it.

    ``solving`` says that a cause, a solution or an answer is written down with it, so that it helps to see what is alike.
    """

    name: str
    zh: str
    to: str
    to_zh: str
    needs: tuple[str, ...]
    allowed: bool
    reason: str
    solving: bool


@dataclass(frozen=True, slots=True)
class PauseAsked:
    """待答复的挂起申请."""

    index: int
    at: datetime
    by: str
    cause: str
    reason: str
    said: str
    clock: str


@dataclass(frozen=True, slots=True)
class RejectedContract:
    """没有选的: another contract or term that was considered, and why it was not chosen."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class GoverningTerm:
    """适用的约定: a term that runs on the ticket, with its words and clauses."""

    term: str
    says: str
    clauses: tuple[ClauseRef, ...]


@dataclass(frozen=True, slots=True)
class TicketGround:
    """适用依据: why this contract and these terms, in which version, and what was considered and not chosen."""

    release: str
    because: str
    terms: tuple[GoverningTerm, ...]
    rejected: tuple[RejectedContract, ...]


@dataclass(frozen=True, slots=True)
class TicketCard:
    """工单卡: what this person may see of a ticket at a moment, and what they may do."""

    ticket: Ticket
    caller_contact: str
    clocks: tuple[TicketClock, ...]
    history: tuple[TicketHappening, ...]
    hidden: int
    steps: tuple[TicketStep, ...]
    asked: PauseAsked | None
    ground: TicketGround

    @property
    def running(self) -> tuple[TicketClock, ...]:
        """The clocks of the newest round."""
        return tuple(one for one in self.clocks if one.round == self.ticket.round)

    @property
    def earlier(self) -> tuple[TicketClock, ...]:
        return tuple(one for one in self.clocks if one.round != self.ticket.round)


def card_of(ticket: Ticket, seat: Seat, now: datetime) -> TicketCard:
    """One ticket as this person sees it. Reads its history, the contract and its log; never writes."""
    history = list(events_of(ticket))
    faces = faces_of(ticket, [one.happening for one in history], now, drawn=True)
    mine = [one for one in history if shown_to(seat, one)]
    files = _files_of(ticket, mine)
    return TicketCard(
        ticket,
        _contact(ticket, seat),
        tuple(_clock(face) for face in faces),
        tuple(_happening(ticket, one, files) for one in mine),
        len(history) - len(mine),
        tuple(
            TicketStep(
                one.step.name,
                one.step.zh,
                one.step.to,
                ticket.life.states[one.step.to],
                one.step.needs,
                one.ruling.allowed,
                one.ruling.reason,
                one.step.name in SOLVING_STEPS,
            )
            for one in choices(ticket, seat, restored_by(history))
        ),
        _asked(history),
        _ground(ticket),
    )


def _contact(ticket: Ticket, seat: Seat) -> str:
    """How the caller is reached: for whoever works on it and for the buyer; for others starred (SYS-01)."""
    if may(seat, Right.TICKET_WORK) or may(seat, Right.TICKET_CONFIRM):
        return ticket.caller_contact
    return masked(PersonalKind.IDENTITY, ticket.caller_contact) if ticket.caller_contact else ""


def _files_of(ticket: Ticket, history: Sequence[TicketEvent]) -> dict[str, TicketFile]:
    digests = [*dict.fromkeys(sha for one in history for sha in one.evidence)]
    if not digests:
        return {}
    found = evidence.files(ticket.contract_id, digests)
    return {one.sha256: TicketFile(one.sha256, one.name, one.size) for one in found}


def _happening(ticket: Ticket, one: TicketEvent, files: dict[str, TicketFile]) -> TicketHappening:
    return TicketHappening(
        one.index,
        one.name,
        ticket.the_kind.step_zh(one.name),
        one.at,
        one.recorded_at,
        one.counts_at,
        one.by_name,
        one.side,
        one.automatic,
        one.source,
        one.proved,
        one.audience,
        one.said,
        one.data,
        tuple(files[sha] for sha in one.evidence if sha in files),
        tuple(one.facts),
    )


def _asked(history: Sequence[TicketEvent]) -> PauseAsked | None:
    one = waiting(history)
    if one is None:
        return None
    told = {name: str(one.data.get(name, "")) for name in ("cause", "reason", "clock")}
    return PauseAsked(one.index, one.at, one.by_name, said=one.said, **told)


def _ground(ticket: Ticket) -> TicketGround:
    told = ticket.governing
    known = {term.id: term for term in ever_of(ticket.contract_id).terms}
    terms = tuple(
        GoverningTerm(name, known[name].says, known[name].clauses)
        for name in told.get("terms", ())
        if name in known
    )
    rejected = tuple(RejectedContract(str(one[0]), str(one[1])) for one in told.get("rejected", ()))
    return TicketGround(ticket.release, str(told.get("because", "")), terms, rejected)


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _clock(face: Face) -> TicketClock:
    one = face.reading
    rule = one.rule
    return TicketClock(
        face.round,
        rule.name,
        rule.zh,
        BY_VERDICT[one.verdict],
        one.state.value,
        one.state.zh,
        one.because,
        rule.limit.chinese if rule.limit is not None else "",
        "按约定的服务时间" if rule.hours is not None else "全天",
        rule.open_because,
        rule.debtor.value,
        rule.term or "",
        rule.clauses,
        one.began,
        one.stopped,
        one.due,
        one.due_without_pauses,
        int(one.counted.total_seconds()),
        int(one.paused.total_seconds()),
        int(one.gross.total_seconds()),
        length(one.counted),
        length(one.paused),
        one.counted_days,
        one.level,
        one.provisional,
        _stretches(face.segments),
        strip_of(one.deadline),
    )


def _stretches(found: Sequence[Segment]) -> tuple[ClockStretch, ...]:
    if not found:
        return ()
    first = found[0].begins
    whole = (found[-1].ends - first).total_seconds() or 1

    def place(at: datetime) -> int:
        return round((at - first).total_seconds() * 1000 / whole)

    return tuple(
        ClockStretch(
            one.part.value,
            one.part.zh,
            one.begins,
            one.ends,
            one.because,
            place(one.begins),
            max(place(one.ends) - place(one.begins), 2),
            length(one.ends - one.begins),
        )
        for one in found
    )


def department_of(account: Account) -> str:
    """The name of the department to which an account belongs; empty for none."""
    return account.department.name if account.department is not None else ""
