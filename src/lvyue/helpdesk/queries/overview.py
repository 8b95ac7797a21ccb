"""全貌: the open tickets of a contract by state, by the day on which they are due, and by place."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q

from lvyue.accounts.permissions import Seat
from lvyue.core.calendar import SHANGHAI, DayKind, OutsideCalendar, day_of
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.queue import QueueRow, rows_of
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.obligations.queries import calendar

#: So many tickets stand in a column, on a day and at a place; beyond that they are counted.
IN_A_COLUMN, ON_A_DAY, AT_A_PLACE = 30, 4, 20
#: So many are read for a page at most.
READ = 1_000
#: What takes long to read of so many and stands on none of these pages.
NOT_SHOWN = ("body", "values", "governing")


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """看板一列: the open tickets in one state, soonest end first; ``number`` is how many there are."""

    state: str
    zh: str
    number: int
    rows: tuple[QueueRow, ...]


def board(seat: Seat, department: str, now: datetime, kind: str = "") -> tuple[BoardColumn, ...]:
    """Open tickets by state, in the order of their lives. Two reads, and one of the contract."""
    shown = tickets(seat, department).filter(ended_at__isnull=True)
    if kind:
        shown = shown.filter(kind=kind)
    numbers = shown.order_by().values_list("kind", "state").annotate(number_there=Count("pk"))
    order = [
        (name, zh)
        for one in TICKET_KINDS.values()
        if kind in ("", one.name)
        for name, zh in one.life.states.items()
    ]
    counted = defaultdict[str, int](int)
    for of_kind, state, number in numbers:
        counted[TICKET_KINDS[of_kind].life.states.get(state, state)] += number
    row = rows_of(seat.contract_id, now)
    rows = defaultdict[str, list[QueueRow]](list)
    for one in shown.order_by(F("due_at").asc(nulls_last=True), "id").defer(*NOT_SHOWN)[:READ]:
        if len(rows[one.state_zh]) < IN_A_COLUMN:
            rows[one.state_zh].append(row(one))
    states = {zh: name for name, zh in reversed(order)}
    return tuple(
        BoardColumn(states[zh], zh, counted[zh], tuple(rows[zh]))
        for zh in dict.fromkeys(zh for _, zh in order)
        if counted[zh]
    )


# ── by day ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TicketDay:
    """月历一天: what is due on it; ``more`` are not shown. ``short`` is 班, 节 or 休."""

    day: date
    inside: bool
    today: bool
    kind: str
    short: str
    rows: tuple[QueueRow, ...]
    more: int


@dataclass(frozen=True, slots=True)
class TicketMonth:
    """工单月历: whole weeks from Monday, with the open tickets on the days of their next ends."""

    first: date
    previous: date
    next: date
    weeks: tuple[tuple[TicketDay, ...], ...]
    number: int


_SHORT = {DayKind.MAKE_UP: "班", DayKind.HOLIDAY: "节", DayKind.SHIFTED: "休"}


def month(seat: Seat, department: str, first: date, now: datetime) -> TicketMonth:
    """The month that begins with ``first``. One read, and one of the contract."""
    following = (first + timedelta(days=31)).replace(day=1)
    begins, ends = (datetime.combine(one, time(), SHANGHAI) for one in (first, following))
    shown = tickets(seat, department).filter(
        ended_at__isnull=True, due_at__gte=begins, due_at__lt=ends
    )
    row = rows_of(seat.contract_id, now)
    days = defaultdict[date, list[Ticket]](list)
    for one in shown.order_by("due_at", "id").defer(*NOT_SHOWN)[:READ]:
        if one.due_at is not None:
            days[day_of(one.due_at)].append(one)

    def told(day: date) -> TicketDay:
        found = days[day] if day.month == first.month else []
        kind = _kind_of(day)
        return TicketDay(
            day,
            inside=day.month == first.month,
            today=day == day_of(now),
            kind=kind.value if kind is not None else "",
            short=_SHORT.get(kind, "") if kind is not None else "",
            rows=tuple(row(one) for one in found[:ON_A_DAY]),
            more=max(len(found) - ON_A_DAY, 0),
        )

    weeks = Weeks().monthdatescalendar(first.year, first.month)
    return TicketMonth(
        first,
        (first - timedelta(days=1)).replace(day=1),
        following,
        tuple(tuple(told(day) for day in week) for week in weeks),
        sum(len(found) for found in days.values()),
    )


def _kind_of(day: date) -> DayKind | None:
    try:
        return calendar().kind(day)
    except OutsideCalendar:
        return None


# ── by place ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """地点: the open tickets at one place; an empty name is for those that name none."""

    place: str
    number: int
    over: int
    rows: tuple[QueueRow, ...]


def places(seat: Seat, department: str, now: datetime) -> tuple[TicketPlace, ...]:
    """Open tickets by place, late ones first, then the most. Two reads, and one of the contract."""
    shown = tickets(seat, department).filter(ended_at__isnull=True)
    late = Q(over=True) | Q(due_at__lt=now)
    counted = (
        shown.order_by()
        .values_list("place")
        .annotate(number_there=Count("pk"), late_there=Count("pk", filter=late))
    )
    row = rows_of(seat.contract_id, now)
    rows = defaultdict[str, list[QueueRow]](list)
    for one in shown.order_by(F("due_at").asc(nulls_last=True), "id").defer(*NOT_SHOWN)[:READ]:
        if len(rows[one.place]) < AT_A_PLACE:
            rows[one.place].append(row(one))
    found = [
        TicketPlace(place, number, over, tuple(rows[place])) for place, number, over in counted
    ]
    return tuple(sorted(found, key=lambda one: (-one.over, -one.number, one.place)))
