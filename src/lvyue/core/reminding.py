"""提醒: when somebody is told of a deadline: before it, on its last day, and after it, and who is told each time.

A plan follows from the deadline, the calendar and the parameters alone. Hour clocks run round the clock and so do their
reminders; all others are told at one hour of a working day, moved forward and never back where that day is free, so that
no holiday is counted as a day on which somebody could still act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType

from lvyue.core.calendar import SHANGHAI, Calendar, OutsideCalendar, Span, Unit
from lvyue.core.terms import Duty, Event, Term


class Stage(StrEnum):
    """阶段: what a reminder says: a date has moved; soon, today, over; what is not decidable; that the contract ends without a successor."""

    MOVED = "moved"
    BEFORE = "before"
    DAY = "day"
    PAST = "past"
    SECOND = "second"
    DOUBT = "doubt"
    RENEWAL = "renewal"

    @property
    def zh(self) -> str:
        return _STAGES[self]

    @property
    def escalates(self) -> bool:
        """Whether it is told although somebody has asked not to be reminded."""
        return self in (Stage.PAST, Stage.SECOND)


_STAGES = {
    Stage.MOVED: "日期变动",
    Stage.BEFORE: "到期之前",
    Stage.DAY: "最后一天",
    Stage.PAST: "逾期",
    Stage.SECOND: "升级",
    Stage.DOUBT: "疑义",
    Stage.RENEWAL: "续签",
}


class Audience(StrEnum):
    """告诉谁: whose turn it is; who leads the debtor's side, and the second there; who leads the other side; both leads."""

    TURN = "turn"
    LEAD = "lead"
    SECOND = "second"
    CREDITOR = "creditor"
    BOTH = "both"

    @property
    def zh(self) -> str:
        return _AUDIENCES[self]


_AUDIENCES = {
    Audience.TURN: "该办的人",
    Audience.LEAD: "义务方负责人",
    Audience.SECOND: "义务方第二人",
    Audience.CREDITOR: "对方负责人",
    Audience.BOTH: "双方负责人",
}


class Rhythm(StrEnum):
    """时限长短: parameters differ by how long a clock runs."""

    HOURS = "hours"
    LONG = "long"
    SHORT = "short"
    DAY = "day"

    @property
    def zh(self) -> str:
        return _RHYTHMS[self]


_RHYTHMS = {
    Rhythm.HOURS: "按小时、分钟计",
    Rhythm.LONG: "10 个工作日以上",
    Rhythm.SHORT: "2 至 9 个工作日",
    Rhythm.DAY: "当天或次日",
}

#: A clock in working days, or in days, is long from so many on, and short from so many.
_LONG, _SHORT = 10, 2
_LONG_DAYS, _SHORT_DAYS = 14, 3

#: A contract that ends without a successor is told so long before.
RENEWAL = (Span(60, Unit.CALENDAR_DAYS), Span(30, Unit.CALENDAR_DAYS))

#: What cannot be decided is told after so many working days of its clock.
_DOUBT = (1, 10)

#: So many units before or after are meant by nobody.
_MOST = 400

_DAY = timedelta(days=1)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_LAST_HOUR = 23


class Half(Enum):
    """一半: when half of an hour clock has run."""

    HALF = "half"


Offset = Span | Half

#: In what a reminder may be counted, for hour clocks and for all others.
CLOCK_UNITS = frozenset({Unit.MINUTES, Unit.HOURS})
DAY_UNITS = frozenset({Unit.WORKING_DAYS, Unit.CALENDAR_DAYS})


@dataclass(frozen=True, slots=True)
class Offsets:
    """提前量与升级: so long before, whether on the last day, and so long after for the second person."""

    before: tuple[Offset, ...] = ()
    after: tuple[Span, ...] = ()
    on_day: bool = True


DEFAULTS: Mapping[Rhythm, Offsets] = MappingProxyType(
    {
        Rhythm.HOURS: Offsets((Half.HALF, Span(15, Unit.MINUTES)), (Span(1, Unit.HOURS),)),
        Rhythm.LONG: Offsets((Span(3, Unit.WORKING_DAYS),), (Span(3, Unit.WORKING_DAYS),)),
        Rhythm.SHORT: Offsets((Span(1, Unit.WORKING_DAYS),), (Span(3, Unit.WORKING_DAYS),)),
        Rhythm.DAY: Offsets((), (Span(1, Unit.WORKING_DAYS),)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """提醒参数: of one side of a contract, for its own people. ``hour`` is when all but hour clocks are told."""

    offsets: Mapping[Rhythm, Offsets] = field(default_factory=lambda: DEFAULTS)
    hour: int = 9
    working_days_only: bool = True

    def __post_init__(self) -> None:
        """Refuses an hour that is none, and units that a clock of this length does not know."""
        if not 0 <= self.hour <= _LAST_HOUR:
            raise ValueError(f"提醒的钟点应为 0 至 {_LAST_HOUR}，不是 {self.hour}。")
        for rhythm, offsets in self.offsets.items():
            for one in (*offsets.before, *offsets.after):
                _refuse_unit(rhythm, one)


def _refuse_unit(rhythm: Rhythm, offset: Offset) -> None:
    known = CLOCK_UNITS if rhythm is Rhythm.HOURS else DAY_UNITS
    if isinstance(offset, Half):
        if rhythm is not Rhythm.HOURS:
            raise ValueError(f"“一半”只用于按小时、分钟计的时限，不用于{rhythm.zh}的。")
    elif offset.unit not in known or not 0 < offset.count <= _MOST:
        units = "、".join(unit.chinese for unit in Unit if unit in known)
        raise ValueError(
            f"{rhythm.zh}的时限，提醒以{units}计，数量为 1 至 {_MOST}，不是“{offset.chinese}”。"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """在走的时限: its last moment, when it began (None where nobody can say), and in what it is counted.

    ``hours``: it is counted in hours or minutes; otherwise ``until`` is the end of a day. ``working``: in working days.
    """

    until: datetime
    began: datetime | None = None
    hours: bool = False
    working: bool = False


@dataclass(frozen=True, slots=True)
class Reminder:
    """一步提醒: when, why, to whom; ``step`` names it for ever, ``shifted`` says that a free day moved it forward."""

    step: str
    stage: Stage
    at: datetime
    to: tuple[Audience, ...]
    shifted: bool = False


def rhythm_of(running: Running, calendar: Calendar) -> Rhythm:
    """How long a clock is. A date of which nobody knows when it began was known long before."""
    if running.hours:
        return Rhythm.HOURS
    if running.began is None:
        return Rhythm.LONG
    began, due = _day(running.began), _day(running.until)
    if running.working:
        days, long, short = calendar.working_days_between(began, due), _LONG, _SHORT
    else:
        days, long, short = (due - began).days, _LONG_DAYS, _SHORT_DAYS
    return Rhythm.LONG if days >= long else Rhythm.SHORT if days >= short else Rhythm.DAY


def plan(running: Running, policy: Policy, calendar: Calendar) -> tuple[Reminder, ...]:
    """Every step of a deadline in order of time. Empty where the calendar does not reach back so far."""
    try:
        rhythm = rhythm_of(running, calendar)
        offsets = policy.offsets.get(rhythm, DEFAULTS[rhythm])
        found = (
            _by_the_clock(running, offsets)
            if rhythm is Rhythm.HOURS
            else _by_the_day(running, offsets, policy, calendar)
        )
        return _in_order(found)
    except OutsideCalendar:
        return ()


def doubt_plan(began: date, policy: Policy, calendar: Calendar) -> tuple[Reminder, ...]:
    """What runs and cannot be decided: the doubt is told in the place of a date."""
    try:
        return tuple(
            Reminder(
                f"doubt:{number}",
                Stage.DOUBT,
                _at(calendar.add_working_days(began, number), policy),
                (Audience.BOTH,),
            )
            for number in _DOUBT
        )
    except OutsideCalendar:
        return ()


def renewal_plan(end: date, policy: Policy, calendar: Calendar) -> tuple[Reminder, ...]:
    """续签: a programme of several years whose contract ends, and nobody has signed the next one."""
    try:
        found = (_before(end, span, Stage.RENEWAL, policy, calendar) for span in RENEWAL)
        return _in_order(
            Reminder(one.step, one.stage, one.at, (Audience.BOTH,), one.shifted) for one in found
        )
    except OutsideCalendar:
        return ()


def strongest(steps: Iterable[Reminder], now: datetime) -> Reminder | None:
    """The last step whose time has come: who was away for days is told once, and of what counts now."""
    return max((one for one in steps if one.at <= now), key=_place, default=None)


def following(steps: Iterable[Reminder], now: datetime) -> Reminder | None:
    """The next step to come."""
    return min((one for one in steps if one.at > now), key=_place, default=None)


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_the_clock(running: Running, offsets: Offsets) -> Iterator[Reminder]:
    """Half and a quarter of an hour before, at the moment itself, and after it: by day and by night."""
    until, began = running.until, running.began
    for offset in offsets.before:
        if isinstance(offset, Half):
            if began is None:
                continue
            at = began + (until - began) / 2
        else:
            at = until - _length(offset)
        if began is None or at > began:
            yield Reminder(f"before:{_named(offset)}", Stage.BEFORE, at, (Audience.TURN,))
    yield Reminder("past", Stage.PAST, until, (Audience.LEAD, Audience.CREDITOR))
    for span in offsets.after:
        yield Reminder(
            f"after:{span}",
            Stage.SECOND,
            until + _length(span),
            (Audience.SECOND, Audience.LEAD),
        )


def _by_the_day(
    running: Running, offsets: Offsets, policy: Policy, calendar: Calendar
) -> Iterator[Reminder]:
    due, began = _day(running.until), running.began
    for offset in offsets.before:
        if isinstance(offset, Span):
            found = _before(due, offset, Stage.BEFORE, policy, calendar)
            if began is None or found.at > began:
                yield found
    if offsets.on_day:
        day = _open_day(due, policy, calendar)
        at = _at(day, policy)
        if began is not None and at < began:  # it began later on its only day
            at = min(began, running.until)
        yield Reminder("day", Stage.DAY, at, (Audience.TURN,), shifted=day != due)
    over = calendar.add_working_days(due, 1) if policy.working_days_only else due + _DAY
    yield Reminder("past", Stage.PAST, _at(over, policy), (Audience.LEAD, Audience.CREDITOR))
    for span in offsets.after:
        day = (
            calendar.add_working_days(due, span.count)
            if span.unit is Unit.WORKING_DAYS
            else due + span.count * _DAY
        )
        if policy.working_days_only and not calendar.is_working(day):
            day = calendar.add_working_days(day, 1)
        yield Reminder(
            f"after:{span}", Stage.SECOND, _at(day, policy), (Audience.SECOND, Audience.LEAD)
        )


def _before(due: date, span: Span, stage: Stage, policy: Policy, calendar: Calendar) -> Reminder:
    """So long before a day: where so many working days remain, that day included if it is one."""
    wanted = (
        calendar.add_working_days(due, -span.count - (not calendar.is_working(due)))
        if span.unit is Unit.WORKING_DAYS
        else due - span.count * _DAY
    )
    day = _open_day(wanted, policy, calendar)
    return Reminder(
        f"{stage}:{span}", stage, _at(day, policy), (Audience.TURN,), shifted=day != wanted
    )


def _open_day(day: date, policy: Policy, calendar: Calendar) -> date:
    """The day itself, or the working day before it: after it may be too late."""
    if policy.working_days_only and not calendar.is_working(day):
        return calendar.add_working_days(day, -1)
    return day


def _in_order(found: Iterable[Reminder]) -> tuple[Reminder, ...]:
    """By time; of two at one moment only the stronger is told."""
    by_time: dict[datetime, Reminder] = {}
    for one in found:
        there = by_time.get(one.at)
        if there is None or _place(one) > _place(there):
            by_time[one.at] = one
    return tuple(sorted(by_time.values(), key=_place))


_ORDER = {stage: number for number, stage in enumerate(Stage)}


def _place(one: Reminder) -> tuple[datetime, int, str]:
    return one.at, _ORDER[one.stage], one.step


def _at(day: date, policy: Policy) -> datetime:
    return datetime.combine(day, time(policy.hour), SHANGHAI)


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _length(span: Span) -> timedelta:
    return span.count * (_HOUR if span.unit is Unit.HOURS else _MINUTE)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(offset: Offset) -> str:
    return offset.value if isinstance(offset, Half) else str(offset)


def offsets_in_words(offsets: Iterable[Offset]) -> str:
    """``一半、15分钟``: as people write it and `offsets_from_words` reads it."""
    return "、".join("一半" if isinstance(one, Half) else one.chinese for one in offsets)


def offsets_from_words(text: str) -> tuple[Offset, ...]:
    """Read ``3个工作日、1 working-day`` or ``一半、15分钟``; ``ValueError`` names what it does not understand."""
    for mark in "，,；;\n":
        text = text.replace(mark, "、")
    words = ("".join(one.split()) if not one.isascii() else one for one in text.split("、"))
    return tuple(dict.fromkeys(_offset(word.strip()) for word in words if word.strip()))


def _offset(word: str) -> Offset:
    return Half.HALF if word in ("一半", Half.HALF.value) else Span.parse(word)


# ── contracts of several years ───────────────────────────────────────────────────────────────────────────────────


def asks_for_a_successor(term: Term) -> bool:
    """另签: a duty that only the signing of the next contract fulfils, or that both confirm going on (REG-09)."""
    return isinstance(term, Duty) and term.done is not None and _succeeds(term.done)


def _succeeds(event: Event) -> bool:
    return event.kind == "renewal.confirmed" or any(
        str(value).endswith("contract-signed") for _, value in event.where
    )
