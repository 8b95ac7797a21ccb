"""工单统计: on time by clause, right the first time, by person, and how old what is left is; every figure with its tickets.

What was on time is what the evaluation of the contract found, not a second reckoning: the same findings as in the statement.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.calendar import SHANGHAI, day_of
from lvyue.core.clause import ClauseRef
from lvyue.core.obligation import Verdict
from lvyue.core.terms import TermId
from lvyue.core.tickets import FAULT_CAUSES, TICKET_KINDS
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.obligations.marks import BY_VERDICT, Mark
from lvyue.obligations.memo import Memo
from lvyue.obligations.queries import statement_of

_SUBJECT = re.compile(
    rf"(?:{'|'.join(kind.prefix for kind in TICKET_KINDS.values())})-0*(\d{{1,9}})(?:/\d+)?"
)

#: The second round of a ticket and those that follow: see ``Ticket.subject_of``.
_ROUND = re.compile(r"/\d+$")

#: What is done: restored or carried out, or at its end without such a step, as a letter that was answered. What was merged into
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
    """Everything of a span. A fixed number of reads, and one evaluation of the contract."""
    span = Span(first, last)
    shown = tickets(seat, department).order_by()
    mine = shown.filter(span.condition)
    finished = mine.filter(DONE)
    again = finished.filter(_reopened()).count()
    number = finished.count()
    return TicketStatistics(
        first,
        last,
        mine.count(),
        number,
        again,
        (number - again) * 1000 // number if number else None,
        tuple(_terms(seat.contract_id, mine, now)),
        tuple(_people(shown, mine, now)),
        tuple(
            KindLoad(kind, TICKET_KINDS[kind].zh, opened, done)
            for kind, opened, done in mine.values_list("kind")
            .annotate(opened=Count("pk"), done=Count("pk", filter=DONE))
            .order_by("kind")
        ),
        tuple(_causes(mine)),
        dict(sorted(Counter(_last(mine, "rate", "score").values()).items(), reverse=True)),
        tuple(_ages(shown, now)),
    )


def _reopened() -> Exists:
    return Exists(TicketEvent.objects.filter(ticket=OuterRef("pk"), name="reopen"))


def _terms(contract_id: str, mine: QuerySet[Ticket], now: datetime) -> Iterator[TermOnTime]:
    found = _findings(contract_id, mine, now)
    if not found:
        return
    release = statement_of(contract_id, day_of(now)).evaluation.release
    for term, by_verdict in sorted(found.items()):
        told = release.term_by_id[TermId(term)]
        numbers = {verdict: len(some) for verdict, some in by_verdict.items()}
        met = numbers.get(Verdict.MET, 0)
        decided = met + numbers.get(Verdict.LATE, 0) + numbers.get(Verdict.MISSED, 0)
        yield TermOnTime(
            term,
            told.says,
            told.clauses,
            tuple(
                FoundTickets(mark, numbers[verdict])
                for verdict, mark in BY_VERDICT.items()
                if numbers.get(verdict)
            ),
            decided,
            met,
            met * 1000 // decided if decided else None,
        )


def _findings(
    contract_id: str, mine: QuerySet[Ticket], now: datetime
) -> dict[str, dict[Verdict, list[int]]]:
    """The numbers of the tickets among these, by the term and by how the evaluation found them."""
    numbers = set(mine.values_list("number", flat=True))
    found = defaultdict[str, dict[Verdict, list[int]]](lambda: defaultdict(list))
    if not numbers:
        return found
    rebuilt = dict(mine.exclude(on_record="").values_list("on_record", "number"))
    for term, verdict, called in _called(contract_id, now):
        own = called if isinstance(called, int) else rebuilt.get(called)
        if own in numbers:
            found[term][verdict].append(own)
    return found


#: A finding about a ticket: the term, the verdict, and the number of the ticket or the name under which the record knew it.
Called = tuple[str, Verdict, int | str]

#: The findings of a statement that may be about tickets, read once from it: a contract has a hundred times as many.
_called_of: Memo[tuple[str, str, str, date], tuple[Called, ...]] = Memo(32)


def _called(contract_id: str, now: datetime) -> tuple[Called, ...]:
    statement = statement_of(contract_id, day_of(now))
    evaluation = statement.evaluation
    key = (contract_id, evaluation.release.digest, statement.root, day_of(now))

    def read() -> tuple[Called, ...]:
        rows = list[Called]()
        for one in evaluation.findings:
            if not one.occurrence:
                continue
            named = _SUBJECT.fullmatch(one.occurrence)
            name = (
                one.occurrence.rpartition("/")[0]
                if _ROUND.search(one.occurrence)
                else one.occurrence
            )
            rows.append((one.term, one.verdict, int(named[1]) if named is not None else name))
        return tuple(rows)

    return _called_of.get(key, read)


def _people(shown: QuerySet[Ticket], mine: QuerySet[Ticket], now: datetime) -> Iterator[PersonLoad]:
    late = Q(over=True) | Q(due_at__lt=now)
    is_open = Q(ended_at__isnull=True)
    loads = shown.filter(is_open).exclude(assignee="").values_list("assignee", "assignee_name")
    told = {
        (username, name): (number, over)
        for username, name, number, over in loads.annotate(
            held=Count("pk"), late=Count("pk", filter=late)
        )
    }
    finished = mine.filter(DONE).exclude(assignee="")
    done = {
        (username, name): number
        for username, name, number in finished.values_list("assignee", "assignee_name").annotate(
            finished=Count("pk")
        )
    }
    for who in sorted({*told, *done}, key=lambda one: one[1]):
        yield PersonLoad(*who, *told.get(who, (0, 0)), done.get(who, 0))


def _last(mine: QuerySet[Ticket], name: str, field: str) -> dict[int, str]:
    """What the last happening of a name says, by ticket. One read."""
    found = TicketEvent.objects.filter(name=name, ticket__in=mine).order_by("ticket", "index")
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
        numbers = _findings(seat.contract_id, mine, now).get(figure.term, {})
        found &= Q(
            number__in=[
                number
                for verdict, some in numbers.items()
                if figure.verdict in ("", verdict.value)
                for number in some
            ]
        )
    return found
