"""适用依据: which terms of a contract run on a ticket, in the version that was in force when it was opened, and why.

Nothing is stored of a clock but where it came from: every reading asks the contract and the log again, so that a number agreed
later, a doubt settled or a term suspended counts at once, and a recomputation cannot disagree with what a page shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lvyue.core.calendar import Pause, Pauses, day_of
from lvyue.core.clocks import ClockReading, ClockRule, Segment, segments
from lvyue.core.findings import Case, span_of
from lvyue.core.terms import DeadlineAfterEvent, Duty, Event, Term, Within
from lvyue.core.tickets import (
    TICKET_KINDS,
    Happening,
    RunningClock,
    TicketKind,
    clockable_terms,
    clocked_terms,
    measured,
    pauses_on,
    readings,
    rounds,
)
from lvyue.helpdesk.models import Ticket
from lvyue.obligations.ground import case_of
from lvyue.obligations.memo import Memo
from lvyue.obligations.queries import calendar


@dataclass(frozen=True, slots=True)
class Governing:
    """适用依据: the clocks of a ticket, and the digest of the version from which they come."""

    release: str
    clocks: tuple[RunningClock, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(one.rule.term for one in self.clocks if one.rule.term is not None)


#: A release never changes, and most of its terms never have a clock on a ticket of some kind.
_clockable: Memo[tuple[str, str], tuple[tuple[Term, tuple[Event, tuple[Event, ...]]], ...]] = Memo(
    1024
)


def governing(
    contract_id: str, kind: TicketKind, values: Mapping[str, str], on: date, subject: str = ""
) -> Governing:
    """What the contract asks of such a ticket that is opened on a day. ``subject`` is its name once it has one."""
    case = case_of(contract_id, on)
    clocks = tuple(_clocks(case, kind, values, on, subject))
    return Governing(case.release.digest, (*clocks, *measured(kind, clocks)))


def _clocks(
    case: Case, kind: TicketKind, values: Mapping[str, str], on: date, subject: str
) -> Iterator[RunningClock]:
    release = case.release
    among = _clockable.get((release.digest, kind.name), lambda: clockable_terms(release, kind))
    for term, begins, legs in clocked_terms(among, kind, values):
        limit, why = None, ""
        blocking = case.blocking(term)
        within, promptly = _within(term)
        if blocking:
            why = f"无法判定：{case.why_blocked(blocking)}"
        else:
            limit, _ = span_of(within, case, on)
            why = "" if limit is not None else _no_number(within, promptly)
        rule = ClockRule(
            term.id,
            _name_of(kind, begins, legs) or term.says,
            limit=limit,
            debtor=term.debtor,
            term=term.id,
            clauses=term.clauses,
            open_because=why,
        )
        any_leg = isinstance(term, DeadlineAfterEvent) and term.any_of
        yield RunningClock(rule, begins, legs, any_leg, _suspended(case, term, subject))


def _within(term: Term) -> tuple[Within, str | None]:
    match term:
        case DeadlineAfterEvent(within=within):
            return within, None
        case Duty(within=within, promptly=promptly):
            return within, promptly
        case _:
            return None, None


def _no_number(within: Within, promptly: str | None) -> str:
    paper = f"合同只写“{promptly}”" if promptly else "合同没有写明时限"
    return paper if within is None else f"{paper}，数字是待双方商定的参数"


def _name_of(kind: TicketKind, begins: str, legs: Sequence[Sequence[str]]) -> str:
    """What people call the time between these steps, where the kind has a name for it."""
    ends = {step for leg in legs for step in leg}
    fitting = (one for one in kind.measures if one.begins == begins and ends <= set(one.ends))
    closest = min(fitting, key=lambda one: len(one.ends), default=None)
    return closest.zh if closest is not None else ""


def _suspended(case: Case, term: Term, subject: str) -> Pauses:
    """The times in which both sides had suspended the term itself; one still running has no end."""
    found = []
    for one in case.book.suspensions(term.id, subject or None):
        if one.last is None or one.last >= one.first:
            reason = str(one.fact.data.get("paper", "中止履行"))
            found.append(Pause.of_days(one.first, one.last, reason))
    return Pauses(tuple(found))


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Face:
    """钟面: one clock of one round of a ticket as people look at it, with its life drawn in stretches."""

    round: int
    reading: ClockReading
    segments: tuple[Segment, ...]


def faces_of(
    ticket: Ticket,
    history: Sequence[Happening],
    now: datetime,
    *,
    drawn: bool = False,
    first: Governing | None = None,
) -> tuple[Face, ...]:
    """Every clock of a ticket at a moment, the newest round first; ``drawn`` with the stretches of its life.

    ``first`` are the clocks of the first round where they are known already.
    """
    found: list[Face] = []
    days = calendar()
    kind = TICKET_KINDS[ticket.kind]
    for number, part in reversed(list(enumerate(rounds(history), 1))):
        if not part:
            continue
        subject = ticket.subject_of(number)
        began = day_of(part[0].counts_at)
        known = first if number == 1 else None
        rules = known or governing(ticket.contract_id, kind, values_of(ticket), began, subject)
        for clock, reading in zip(
            rules.clocks, readings(rules.clocks, part, days, now), strict=True
        ):
            life = segments(reading, pauses_on(clock, part), days, now) if drawn else ()
            found.append(Face(number, reading, life))
    return tuple(found)


def values_of(ticket: Ticket) -> dict[str, str]:
    """The values of a ticket as the core reads them: what stands in columns and what stands in its fields."""
    said = {name: str(value) for name, value in ticket.values.items()}
    entered = {"entered": ticket.reporter_side, "channel": ticket.channel}
    return {"urgent": "", **said, **entered}


def next_due(found: Sequence[Face]) -> tuple[datetime | None, str, bool]:
    """When the next of the clocks that still run ends, its name, and whether one has ended unkept."""
    running = [one.reading for one in found if one.reading.stopped is None]
    dues = [(at, one.rule.name) for one in running if (at := one.due_moment) is not None]
    over = any(one.reading.is_over for one in found)
    due, name = min(dues, default=(None, ""))
    return due, name, over
