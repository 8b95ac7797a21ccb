"""到期日历: a month as a wall calendar, with days off and make-up days drawn, and what falls due on each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count as Number
from django.db.models import Q

from lvyue.accounts.queries import Account
from lvyue.core.calendar import SHANGHAI, Calendar, DayKind, OutsideCalendar, day_of
from lvyue.core.findings import Finding
from lvyue.core.money import Money
from lvyue.core.obligation import DAY, Verdict
from lvyue.core.statement import Statement
from lvyue.core.terms import Party, Payment, Term
from lvyue.obligations.agenda import Clock
from lvyue.obligations.marks import BY_KEY, MARKS, Count, Mark, mark_of
from lvyue.obligations.queries import calendar, open_obligations
from lvyue.obligations.today import held

#: So many dues are written into a day; a month with more in all is listed up to the second number.
IN_A_DAY = 3
IN_A_LIST = 300

_SHORT = {DayKind.MAKE_UP: "班", DayKind.HOLIDAY: "节", DayKind.SHIFTED: "休"}


@dataclass(frozen=True, slots=True)
class Due:
    """到期: one occurrence on its day. ``strict`` is the date before the law moved it on, None where it did not."""

    contract: str
    title: str
    term: str
    says: str
    occurrence: str
    clause: str
    debtor: str
    mark: Mark
    due: date
    at: datetime | None
    strict: date | None
    provisional: bool
    money: Money | None


@dataclass(frozen=True, slots=True)
class Day:
    """一天: ``dues`` are the first that fall due, ``more`` the rest of them, ``moved`` those whose strict date this was."""

    day: date
    inside: bool
    today: bool
    past: bool
    kind: str
    kind_zh: str
    short: str
    provisional: bool
    dues: tuple[Due, ...]
    counts: tuple[Count, ...]
    more: int
    moved: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """一个月: whole weeks from Monday; ``listed`` is the list below, of one day where ``chosen``, ``left_out`` what it is too short for."""

    first: date
    previous: date
    next: date
    weeks: tuple[tuple[Day, ...], ...]
    listed: tuple[Due, ...]
    left_out: int
    number: int
    chosen: date | None
    provisional: bool
    settled_too: bool


def contract_month(statement: Statement, first: date, today: date, chosen: date | None) -> Month:
    """The month of one contract: every dated occurrence, done or not."""
    release = statement.evaluation.release
    unpaid = {one.term.id: one.unpaid for one in statement.evaluation.instalments}
    begin, end = _span(first)
    found = [
        _of_finding(
            release.id,
            release.title,
            release.term_by_id[one.term],
            one,
            unpaid.get(one.term) if one.verdict is not Verdict.MET else None,
        )
        for one in statement.evaluation.findings
        if one.due_day is not None and one.verdict is not Verdict.NOT_TRIGGERED
    ]
    shown = [
        one
        for one in found
        if begin <= one.due <= end or (one.strict is not None and begin <= one.strict <= end)
    ]
    return _month(first, today, chosen, sorted(shown, key=_order), None, settled_too=True)


def all_month(account: Account, first: date, today: date, chosen: date | None) -> Month:
    """The month of all contracts of a person: what is open. Days are counted by the database; the rows are read up to a limit."""
    begin, end = _span(first)
    mine = open_obligations().filter(contract_id__in=held(account))
    inside = mine.filter(due__gte=begin, due__lte=end)
    counted: dict[date, Counter[str]] = {}
    for due, verdict, number in (
        inside.order_by().values_list("due", "verdict").annotate(number=Number("pk"))
    ):
        counted.setdefault(due, Counter())[verdict] += number
    rows = mine.filter(
        Q(due=chosen)
        if chosen
        else Q(due__gte=begin, due__lte=end) | Q(strict__gte=begin, strict__lte=end)
    )
    found = [_of_row(row) for row in rows.order_by("due", "contract_id", "id")[:IN_A_LIST]]
    return _month(first, today, chosen, found, counted, settled_too=False)


# ── the grid ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _span(first: date) -> tuple[date, date]:
    """The days that the grid of a month shows: whole weeks, Monday to Sunday."""
    last = _following(first) - DAY
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _month(
    first: date,
    today: date,
    chosen: date | None,
    found: Sequence[Due],
    counted: Mapping[date, Counter[str]] | None,
    *,
    settled_too: bool,
) -> Month:
    begin, end = _span(first)
    days = calendar()
    by_day: dict[date, list[Due]] = {}
    moved: dict[date, list[Due]] = {}
    for one in found:
        by_day.setdefault(one.due, []).append(one)
        if one.strict is not None:
            moved.setdefault(one.strict, []).append(one)
    numbers = counted or {
        day: Counter(one.mark.key for one in dues) for day, dues in by_day.items()
    }
    grid = [
        _day(day, first, today, days, by_day.get(day, ()), moved.get(day, ()), numbers.get(day))
        for day in _each(begin, end)
    ]
    following = _following(first)
    listed = [
        one for one in found if (one.due == chosen if chosen else first <= one.due < following)
    ]
    number = sum(
        sum(marks.values())
        for day, marks in numbers.items()
        if (day == chosen if chosen else first <= day < following)
    )
    return Month(
        first=first,
        previous=(first - DAY).replace(day=1),
        next=following,
        weeks=tuple(tuple(grid[at : at + 7]) for at in range(0, len(grid), 7)),
        listed=tuple(listed[:IN_A_LIST]),
        left_out=number - len(listed[:IN_A_LIST]),
        number=number,
        chosen=chosen,
        provisional=not days.is_settled(first, following - DAY),
        settled_too=settled_too,
    )


def _each(begin: date, end: date) -> Iterator[date]:
    return (begin + timedelta(days=ahead) for ahead in range((end - begin).days + 1))


def _day(
    day: date,
    first: date,
    today: date,
    days: Calendar,
    dues: Sequence[Due],
    moved: Sequence[Due],
    marks: Counter[str] | None,
) -> Day:
    try:
        kind: DayKind | None = days.kind(day)
    except OutsideCalendar:
        kind = None
    inside = (day.year, day.month) == (first.year, first.month)
    shown = tuple(dues[:IN_A_DAY]) if inside else ()
    marks = marks or Counter()
    return Day(
        day=day,
        inside=inside,
        today=day == today,
        past=day < today,
        kind=kind.value if kind is not None else "unknown",
        kind_zh=kind.chinese if kind is not None else "日历没有收录",
        short=_SHORT.get(kind, "") if kind is not None else "",
        provisional=not days.is_published(day),
        dues=shown,
        counts=tuple(Count(mark, marks[mark.key]) for mark in MARKS if marks[mark.key]),
        more=sum(marks.values()) - len(shown),
        moved=tuple(moved) if inside else (),
    )


# ── dues ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _order(due: Due) -> tuple[date, str, str]:
    return due.due, due.term, due.occurrence


def _of_finding(
    contract_id: str, title: str, term: Term, finding: Finding, money: Money | None
) -> Due:
    due = finding.due
    day = finding.due_day or date.min
    line = finding.deadline
    strict = day if line is None or finding.opens is not None else day_of(line.strict)
    return Due(
        contract=contract_id,
        title=title,
        term=finding.term,
        says=term.says,
        occurrence=finding.occurrence,
        clause=str(finding.clause),
        debtor=finding.debtor.zh,
        mark=mark_of(term, finding),
        due=day,
        at=due.astimezone(SHANGHAI) if isinstance(due, datetime) else None,
        strict=strict if strict != day else None,
        provisional=finding.provisional,
        money=money if isinstance(term, Payment) else None,
    )


def _of_row(row: Any) -> Due:
    return Due(
        contract=row.contract_id,
        title=row.title,
        term=row.term,
        says=row.says,
        occurrence=row.occurrence,
        clause=row.clause,
        debtor=Party(row.debtor).zh,
        mark=BY_KEY[row.verdict],
        due=row.due,
        at=row.until.astimezone(SHANGHAI) if row.unit == Clock.HOURS else None,
        strict=row.strict if row.strict != row.due else None,
        provisional=row.provisional,
        money=None if row.fen is None else Money(row.fen),
    )
