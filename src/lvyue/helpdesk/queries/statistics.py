"""工单统计: on time by clause, right the first time, by person, and how old what is left is; every figure with its tickets.

What was on time is what the evaluation of the contract found, not a second reckoning: see ``verdicts``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.calendar import SHANGHAI, day_of
from lvyue.core.clause import ClauseRef
from lvyue.core.obligation import Verdict
from lvyue.core.tickets import FAULT_CAUSES, TICKET_KINDS
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.helpdesk.queries.verdicts import counted, numbers_under
from lvyue.obligations.marks import BY_VERDICT, Mark

#: What is done: restored or carried out, or at its end without such a step, as a letter that was answered and filed. What was merged into
#: another or taken back is nobody's work.
DONE = (Q(done_at__isnull=False) | Q(ended_at__isnull=False)) & ~Q(
    state__in=("merged", "withdrawn")
)

#: The ages of what is left, in days: from, and below.
AGES = ((0, 1), (1, 3), (3, 7), (7, 30), (30, None))


@dataclass(frozen=True, slots=True)
class Span:
    """时段: tickets that were opened from a day to a day, both included."""

    first: date
    last: date

    @property
    def condition(self) -> Q:
        begins = datetime.combine(self.first, time(), SHANGHAI)
        ends = datetime.combine(self.last + timedelta(days=1), time(), SHANGHAI)
        return Q(opened_at__gte=begins, opened_at__lt=ends)


@dataclass(frozen=True, slots=True)
class FoundTickets:
    """一个数字: how many rounds of tickets have a mark under a term."""

    mark: Mark
    number: int


@dataclass(frozen=True, slots=True)
class TermOnTime:
    """按条款: how the tickets of a span stand under one term. ``permille`` of those decided were in time; None where none is."""

    term: str
    says: str
    clauses: tuple[ClauseRef, ...]
    counts: tuple[FoundTickets, ...]
    decided: int
    met: int
    permille: int | None


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """按人: what somebody has open, how much of it is late, and what they finished of the span."""

    username: str
    name: str
    open: int
    over: int
    done: int


@dataclass(frozen=True, slots=True)
class KindLoad:
    """按种类: how many of a kind were opened in the span, and how many of them are done."""

    kind: str
    zh: str
    number: int
    done: int


@dataclass(frozen=True, slots=True)
class CauseLoad:
    """按原因: how many tickets of the span failed for a cause, as the last diagnosis of each says."""

    cause: str
    zh: str
    number: int


@dataclass(frozen=True, slots=True)
class AgeLoad:
    """积压: how many open tickets are of an age, in days; ``below`` None for no upper end."""

    from_days: int
    below: int | None
    number: int


@dataclass(frozen=True, slots=True)
class TicketStatistics:
    """工单统计 of a span. ``finished`` were done in it, ``again`` of them were sent back or opened again."""

    first: date
    last: date
    opened: int
    finished: int
    again: int
    first_time: int | None
    terms: tuple[TermOnTime, ...]
    people: tuple[PersonLoad, ...]
    kinds: tuple[KindLoad, ...]
    causes: tuple[CauseLoad, ...]
    scores: dict[str, int]
    ages: tuple[AgeLoad, ...]


def statistics(
    seat: Seat, department: str, first: date, last: date, now: datetime
) -> TicketStatistics:
    """Everything of a span. A fixed number of reads, and what the evaluation of the contract finds of its tickets."""
    span = Span(first, last)
    shown = tickets(seat, department).order_by()
    mine = shown.filter(span.condition)
    loads = _loads(mine)
    finished = sum(one.done for one in loads)
    again = mine.filter(_reopened(), DONE).count() if finished else 0
    return TicketStatistics(
        first,
        last,
        sum(one.opened for one in loads),
        finished,
        again,
        (finished - again) * 1000 // finished if finished else None,
        tuple(_terms(seat.contract_id, mine, now)),
        tuple(_people(shown, loads, now)),
        tuple(_kinds(loads)),
        tuple(_causes(mine)),
        dict(sorted(Counter(_last(mine, "rate", "score").values()).items(), reverse=True)),
        tuple(_ages(shown, now)),
    )


class _Load(NamedTuple):
    """How many tickets of a kind somebody has of a span, and how many of them are done."""

    kind: str
    username: str
    name: str
    opened: int
    done: int


def _loads(mine: QuerySet[Ticket]) -> list[_Load]:
    """All that is counted of the tickets of a span, in one read that needs no more of them than an index holds."""
    rows = mine.values_list("kind", "assignee", "assignee_name")
    counts = {"opened": Count("pk"), "done": Count("pk", filter=DONE)}
    return [_Load(*row) for row in rows.annotate(**counts)]


def _kinds(loads: Sequence[_Load]) -> Iterator[KindLoad]:
    for kind in sorted({one.kind for one in loads}):
        mine = [one for one in loads if one.kind == kind]
        opened, done = sum(one.opened for one in mine), sum(one.done for one in mine)
        yield KindLoad(kind, TICKET_KINDS[kind].zh, opened, done)


def _reopened() -> Exists:
    return Exists(TicketEvent.objects.filter(ticket=OuterRef("pk"), name="reopen"))


def _terms(contract_id: str, mine: QuerySet[Ticket], now: datetime) -> Iterator[TermOnTime]:
    numbers, names = _called(mine)
    if not numbers:
        return
    found = counted(contract_id, day_of(now), numbers, names)
    for term, by_verdict in sorted(found.numbers.items()):
        told = found.terms[term]
        met = by_verdict.get(Verdict.MET, 0)
        decided = met + by_verdict.get(Verdict.LATE, 0) + by_verdict.get(Verdict.MISSED, 0)
        yield TermOnTime(
            term,
            told.says,
            told.clauses,
            tuple(
                FoundTickets(mark, by_verdict[verdict])
                for verdict, mark in BY_VERDICT.items()
                if by_verdict.get(verdict)
            ),
            decided,
            met,
            met * 1000 // decided if decided else None,
        )


def _called(mine: QuerySet[Ticket]) -> tuple[set[int], dict[str, int]]:
    """The numbers of tickets, and the names under which the record knew some before. Two reads."""
    numbers = set(mine.values_list("number", flat=True))
    return numbers, dict(mine.exclude(on_record="").values_list("on_record", "number"))


def _people(shown: QuerySet[Ticket], loads: Sequence[_Load], now: datetime) -> Iterator[PersonLoad]:
    late = Q(over=True) | Q(due_at__lt=now)
    is_open = Q(ended_at__isnull=True)
    held = shown.filter(is_open).exclude(assignee="").values_list("assignee", "assignee_name")
    told = {
        (username, name): (number, over)
        for username, name, number, over in held.annotate(
            held=Count("pk"), late=Count("pk", filter=late)
        )
    }
    done = Counter[tuple[str, str]]()
    for one in loads:
        if one.username and one.done:
            done[one.username, one.name] += one.done
    for who in sorted({*told, *done}, key=lambda one: one[1]):
        yield PersonLoad(*who, *told.get(who, (0, 0)), done[who])


def _last(mine: QuerySet[Ticket], name: str, field: str) -> dict[int, str]:
    """What the last happening of a name says, by ticket. One read."""
    found = TicketEvent.objects.filter(name=name, ticket__in=mine).order_by("ticket_id", "index")
    rows = found.values_list("ticket_id", "data")
    return {pk: str(data[field]) for pk, data in rows if data.get(field)}


def _causes(mine: QuerySet[Ticket]) -> Iterator[CauseLoad]:
    counted = Counter(_last(mine, "diagnose", "cause").values())
    for cause, zh in FAULT_CAUSES.items():
        if counted[cause]:
            yield CauseLoad(cause, zh, counted[cause])


def _ages(shown: QuerySet[Ticket], now: datetime) -> Iterator[AgeLoad]:
    counted = shown.filter(ended_at__isnull=True).aggregate(
        **{f"age_{begins}": Count("pk", filter=age(begins, below, now)) for begins, below in AGES}
    )
    for begins, below in AGES:
        yield AgeLoad(begins, below, counted[f"age_{begins}"])


def age(begins: int, below: int | None, now: datetime) -> Q:
    """Tickets that are at least so many days old, and below so many."""
    found = Q(opened_at__lte=now - timedelta(days=begins))
    return found & Q(opened_at__gt=now - timedelta(days=below)) if below is not None else found


# ── the tickets behind a figure ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Figure:
    """一个数字是哪些工单: what the figure counted, as its link says it."""

    first: date | None = None
    last: date | None = None
    term: str = ""
    verdict: str = ""
    again: bool = False
    done: bool = False
    age: int | None = None
    cause: str = ""
    score: str = ""

    def __bool__(self) -> bool:
        return self != Figure()


def behind(seat: Seat, department: str, figure: Figure, now: datetime) -> Q:
    """The condition under which a ticket stands behind a figure."""
    found = Q()
    if figure.first is not None and figure.last is not None:
        found &= Span(figure.first, figure.last).condition
    if figure.done or figure.again:
        found &= DONE
    if figure.again:
        found &= Q(_reopened())
    if figure.age is not None:
        below = next((below for begins, below in AGES if begins == figure.age), None)
        found &= age(figure.age, below, now)
    for text, name, field in (
        (figure.cause, "diagnose", "cause"),
        (figure.score, "rate", "score"),
    ):
        if text:
            mine = tickets(seat, department).order_by().filter(found)
            found &= Q(pk__in=[pk for pk, one in _last(mine, name, field).items() if one == text])
    if figure.term:
        mine = tickets(seat, department).order_by().filter(found)
        numbers, names = _called(mine)
        at = day_of(now)
        args = (seat.contract_id, at, numbers, names, figure.term, figure.verdict)
        found &= Q(number__in=numbers_under(*args))
    return found
