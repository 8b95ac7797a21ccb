"""时钟: how long a ticket has run between two of its happenings, when that must end, and why just then.

A clock is a pure function of what happened, the calendar, the rule and a moment. Nothing is accumulated: after a change of
calendar, term, pause or time it is simply read again. Every clock of a ticket runs for itself; none moves another. The same
``deadline`` that judges terms (``core.deadlines``) says here when a clock ends, so a live view and the settlement agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from lvyue.core.calendar import (
    NO_PAUSES,
    SHANGHAI,
    Calendar,
    DayKind,
    Deadline,
    Pauses,
    ServiceClock,
    ServiceHours,
    Span,
    StillPaused,
    Unit,
    day_of,
    deadline,
    moment_of,
)
from lvyue.core.clause import ClauseRef
from lvyue.core.obligation import Verdict
from lvyue.core.terms import Party, TermId

_DAY = timedelta(days=1)
_LENGTH = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)}

#: Told when so many hundredths of the time are used up; 100 is the end itself.
LEVELS = (50, 80, 100)


@dataclass(frozen=True, slots=True)
class ClockRule:
    """时钟规则: between which two happenings, within what time, in which hours, whose duty, and after which clause.

    ``limit`` None: the contract has no number, so the clock only measures, and ``open_because`` says why. ``hours`` None: round
    the clock. ``term`` is None for clocks that no contract asks for.
    """

    name: str
    zh: str
    limit: Span | None = None
    hours: ServiceHours | None = None
    debtor: Party = Party.SUPPLIER
    term: TermId | None = None
    clauses: tuple[ClauseRef, ...] = ()
    open_because: str = ""

    def __post_init__(self) -> None:
        """Refuses service hours for limits in days: a day is counted by the calendar, whole."""
        if self.hours is not None and self.limit is not None and not self.limit.unit.is_clock:
            raise ValueError(
                f"时钟“{self.zh}”以{self.limit.unit.chinese}计，不能再限定服务时间；按分钟或小时计的才可以。"
            )


class ClockState(StrEnum):
    """时钟状态: whether it has begun, is running, stands still, or has ended."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED_HOURS = "closed_hours"
    STOPPED = "stopped"

    @property
    def zh(self) -> str:
        return _STATES[self]


_STATES = {
    ClockState.WAITING: "未开始",
    ClockState.RUNNING: "计时中",
    ClockState.PAUSED: "暂停",
    ClockState.CLOSED_HOURS: "非服务时间",
    ClockState.STOPPED: "已停止",
}


class Part(StrEnum):
    """时段性质: what a stretch of time was for a clock."""

    COUNTED = "counted"
    PAUSED = "paused"
    CLOSED = "closed"
    OVER = "over"

    @property
    def zh(self) -> str:
        return {"counted": "计时", "paused": "暂停", "closed": "不计", "over": "超时"}[self.value]


class Segment(NamedTuple):
    """时段: one stretch of a clock's life, from its beginning up to but not including its end, and why it is what it is."""

    part: Part
    begins: datetime
    ends: datetime
    because: str = ""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """时钟读数: one clock at one moment.

    ``due`` is a moment, or a date that ends at 24:00, or None where there is no number, no beginning or an open pause;
    ``due_without_pauses`` is when it would have ended had nothing been excused. ``counted`` is the time that counts,
    ``paused`` what was taken out of it, ``gross`` both and everything else between the two moments. For limits in days
    ``counted_days`` is the number of days counted. ``level`` is how many hundredths are used up, None without a number.
    """

    rule: ClockRule
    state: ClockState
    verdict: Verdict
    because: str
    began: datetime | None = None
    stopped: datetime | None = None
    due: date | datetime | None = None
    due_without_pauses: date | datetime | None = None
    counted: timedelta = timedelta()
    paused: timedelta = timedelta()
    gross: timedelta = timedelta()
    counted_days: int | None = None
    level: int | None = None
    provisional: bool = False
    deadline: Deadline | None = None

    @property
    def due_moment(self) -> datetime | None:
        """The last moment that still keeps it, for sorting; a day ends with its last microsecond."""
        return None if self.due is None else last_moment(self.due)

    @property
    def is_over(self) -> bool:
        """Whether it was or is too late."""
        return self.verdict in (Verdict.LATE, Verdict.MISSED)


def last_moment(due: date | datetime) -> datetime:
    """The last moment of a due date, or the due moment itself."""
    if isinstance(due, datetime):
        return moment_of(due)
    return datetime.combine(due, time.max, SHANGHAI)


def read(
    rule: ClockRule,
    began: datetime | None,
    stopped: datetime | None,
    pauses: Pauses,
    calendar: Calendar,
    now: datetime,
) -> ClockReading:
    """One clock at a moment. ``began`` and ``stopped`` are the moments that count; pauses are those that were accepted.

    What happened after ``now`` is not known yet. A stop before the beginning is no stop. Never raises for any history.
    """
    now = moment_of(now)
    if began is None or began > now:
        return ClockReading(rule, ClockState.WAITING, Verdict.NOT_TRIGGERED, "还没有开始")
    began = moment_of(began)
    stopped = None if stopped is None or stopped > now or stopped < began else moment_of(stopped)
    until = stopped or now
    clock = rule.hours.on(calendar) if rule.hours is not None else None
    says = f"{rule.open_because or '没有约定时限'}，只计时不判违约"
    measured = ClockReading(
        rule,
        _state(stopped, now, pauses, clock),
        Verdict.NOT_DECIDABLE,
        says,
        began=began,
        stopped=stopped,
        counted=pauses.elapsed(began, until, clock),
        paused=pauses.paused(began, until, clock),
        gross=until - began,
    )
    return measured if rule.limit is None else _judged(measured, rule.limit, pauses, calendar, now)


def _judged(
    measured: ClockReading, limit: Span, pauses: Pauses, calendar: Calendar, now: datetime
) -> ClockReading:
    """The reading of a clock with a number."""
    began, stopped = measured.began, measured.stopped
    if began is None:
        return measured
    if stopped is not None:  # what was still paused when it was done is over with that
        pauses = _closed_at(pauses, stopped)
    clock = measured.rule.hours.on(calendar) if measured.rule.hours is not None else None
    plain, _ = _ends(limit, began, NO_PAUSES, calendar, clock)
    until = stopped or now
    days = None if limit.unit.is_clock else _days_counted(limit, began, until, pauses, calendar)
    known = replace(measured, due_without_pauses=plain, counted_days=days)
    try:
        due, record = _ends(limit, began, pauses, calendar, clock)
    except StillPaused:
        return replace(known, verdict=Verdict.SUSPENDED, because="暂停尚未结束，期限待恢复之后再算")
    provisional = _is_provisional(record, began, due, calendar, clock)
    level = _level(limit, known, due)
    known = replace(known, due=due, provisional=provisional, deadline=record, level=level)
    end = last_moment(due)
    if stopped is not None:
        kept = stopped <= end
        says = "按时" if kept else f"晚于 {shown(due)}"
        return replace(known, verdict=Verdict.MET if kept else Verdict.LATE, because=says)
    if now > end:
        says = f"应于 {shown(due)} 前完成，还没有"
        return replace(known, verdict=Verdict.MISSED, because=says)
    if measured.state is ClockState.PAUSED:
        says = f"暂停中；应于 {shown(due)} 前完成"
        return replace(known, verdict=Verdict.SUSPENDED, because=says)
    return replace(known, verdict=Verdict.NOT_DUE, because=f"应于 {shown(due)} 前完成")


def shown(due: date | datetime) -> str:
    """A due date or moment on the clocks of Beijing, with seconds only where there are any."""
    if isinstance(due, datetime):
        local = moment_of(due)
        return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")
    return due.isoformat()


def _ends(
    limit: Span, began: datetime, pauses: Pauses, calendar: Calendar, clock: ServiceClock | None
) -> tuple[date | datetime, Deadline | None]:
    """When it ends, and the count that shows it. Raises ``StillPaused``."""
    if clock is not None:
        return pauses.extend(began, limit.count * _LENGTH[limit.unit], clock), None
    record = deadline(began, limit, calendar, pauses=pauses)
    return record.due, record


def _is_provisional(
    record: Deadline | None,
    began: datetime,
    due: date | datetime,
    calendar: Calendar,
    clock: ServiceClock | None,
) -> bool:
    if record is not None:
        return record.provisional
    follows = clock is not None and clock.hours.follows_working_days
    return follows and not calendar.is_settled(began.date(), day_of(due))


def _state(
    stopped: datetime | None, now: datetime, pauses: Pauses, clock: ServiceClock | None
) -> ClockState:
    if stopped is not None:
        return ClockState.STOPPED
    if any(opens <= now and (closes is None or now < closes) for opens, closes in pauses.merged):
        return ClockState.PAUSED
    if clock is not None and not clock.is_open(now):
        return ClockState.CLOSED_HOURS
    return ClockState.RUNNING


def _closed_at(pauses: Pauses, moment: datetime) -> Pauses:
    """The pauses that began before a moment; those that last beyond it end there."""
    return Pauses(
        tuple(
            pause
            if pause.closes is not None and pause.closes <= moment
            else replace(pause, closes=moment)
            for pause in pauses.pauses
            if pause.opens < moment
        )
    )


def _days_counted(
    limit: Span, began: datetime, until: datetime, pauses: Pauses, calendar: Calendar
) -> int:
    """Days counted after the first up to and including the last, as ``deadline`` counts them."""
    working = limit.unit is Unit.WORKING_DAYS
    first, last = day_of(began), day_of(until)
    whole = calendar.working_days_between(first, last) if working else (last - first).days
    taken = {
        day
        for opens, closes in pauses.merged
        for day in _days_of(opens, closes or until + _DAY, first + _DAY, last)
        if pauses.reasons(day) and (not working or calendar.is_working(day))
    }
    return whole - len(taken)


def _days_of(opens: datetime, closes: datetime, first: date, last: date) -> Iterator[date]:
    day, end = max(day_of(opens), first), min(day_of(closes), last)
    while day <= end:
        yield day
        day += _DAY


def _level(limit: Span, known: ClockReading, due: date | datetime) -> int:
    """Hundredths of the time used up, rounded down; 100 from the end on, and never before it."""
    if limit.unit.is_clock:
        part, whole = known.counted, limit.count * _LENGTH[limit.unit]
    elif limit.unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        part, whole = (known.counted_days or 0) * _DAY, limit.count * _DAY
    else:
        began = known.began or last_moment(due)
        part, whole = known.counted, max(last_moment(due) - began, _DAY)
    return 100 if not whole else max(0, part * 100 // whole)


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────

#: A drawing shows so many days at most, counted from the beginning; what lies further on is not drawn.
DRAWN_DAYS = 800


def segments(
    reading: ClockReading, pauses: Pauses, calendar: Calendar, now: datetime
) -> tuple[Segment, ...]:
    """时段: the life of a clock from its beginning to its stop, or to now, stretch by stretch without gaps.

    For limits in days every stretch is whole days, the first from the moment it began. After the due moment it is ``OVER``.
    """
    began = reading.began
    until = reading.stopped or moment_of(now)
    if began is None or until <= began:
        return ()
    if reading.stopped is not None:
        pauses = _closed_at(pauses, reading.stopped)
    until = min(until, began + DRAWN_DAYS * _DAY)
    limit = reading.rule.limit
    by_day = limit is not None and not limit.unit.is_clock
    parts = (
        _by_day(reading, began, until, pauses, calendar)
        if by_day
        else _by_moment(reading, began, until, pauses, calendar)
    )
    return tuple(_joined(_cut(parts, reading.due_moment)))


def _by_moment(
    reading: ClockReading, began: datetime, until: datetime, pauses: Pauses, calendar: Calendar
) -> Iterator[Segment]:
    hours = reading.rule.hours
    edges = {began, until}
    for pause in pauses.pauses:
        edges |= {pause.opens, pause.closes or until}
    if hours is not None:
        for day in _days_of(began, until, began.date(), until.date()):
            midnight = datetime.combine(day, time(), SHANGHAI)
            for interval in hours.of(day, calendar.kind(day)):
                edges |= {midnight + timedelta(minutes=edge) for edge in interval}
    inside = sorted(edge for edge in edges if began <= edge <= until)
    clock = hours.on(calendar) if hours is not None else None
    for begins, ends in pairwise(inside):
        why = [
            pause.reason
            for pause in pauses.pauses
            if pause.opens <= begins and (pause.closes is None or pause.closes >= ends)
        ]
        if why:
            yield Segment(Part.PAUSED, begins, ends, "、".join(dict.fromkeys(why)))
        elif clock is not None and not clock.is_open(begins):
            yield Segment(Part.CLOSED, begins, ends, "非服务时间")
        else:
            yield Segment(Part.COUNTED, begins, ends)


def _by_day(
    reading: ClockReading, began: datetime, until: datetime, pauses: Pauses, calendar: Calendar
) -> Iterator[Segment]:
    limit = reading.rule.limit
    working = limit is not None and limit.unit is Unit.WORKING_DAYS
    for day in _days_of(began, until, began.date(), until.date()):
        midnight = datetime.combine(day, time(), SHANGHAI)
        begins, ends = max(began, midnight), min(until, midnight + _DAY)
        if begins >= ends:
            continue
        why = pauses.reasons(day)
        kind = calendar.kind(day)
        if day == began.date():
            yield Segment(Part.CLOSED, begins, ends, "当日不计入")
        elif why:
            yield Segment(Part.PAUSED, begins, ends, "、".join(dict.fromkeys(why)))
        elif working and not kind.is_working:
            yield Segment(Part.CLOSED, begins, ends, kind.chinese)
        else:
            note = kind.chinese if kind is DayKind.MAKE_UP else ""
            yield Segment(Part.COUNTED, begins, ends, note)


def _cut(parts: Iterator[Segment], due: datetime | None) -> Iterator[Segment]:
    """What lies behind the end is over time, whatever else it would have been."""
    for part in parts:
        if due is None or part.ends <= due:
            yield part
        elif part.begins >= due:
            yield Segment(Part.OVER, part.begins, part.ends)
        else:
            yield part._replace(ends=due)
            yield Segment(Part.OVER, due, part.ends)


def _joined(parts: Iterator[Segment]) -> Iterator[Segment]:
    last: Segment | None = None
    for part in parts:
        if last is not None and (last.part, last.because) == (part.part, part.because):
            last = last._replace(ends=part.ends)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last
