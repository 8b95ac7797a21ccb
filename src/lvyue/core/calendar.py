"""Days, working days and the periods that a contract counts in them.

The calendar is dated evidence: one table per State Council notice, hashed. Everything here is reckoned from such
tables and from arguments; nothing asks the time. The law is Civil Code articles 200 to 204; where it leaves a choice,
the choice is an argument and has a name.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum, StrEnum
from itertools import pairwise
from typing import NamedTuple

#: Beijing time. A fixed offset, not a named zone: zones are read from files, and China has had no summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_MONDAY_TO_FRIDAY = 5
_DECEMBER = 12


class BadCalendar(ValueError):
    """日历有误: tables that contradict each other, leave a gap, or say something impossible."""


class OutsideCalendar(LookupError):
    """超出日历: a day before the first table, or after the last day that can be written."""


class NaiveMoment(ValueError):
    """时刻没有时区: a date and time that does not say where on earth."""


class StillPaused(ValueError):
    """暂停尚未结束: a deadline cannot be told while a pause without an end stands before it."""


class DayKind(StrEnum):
    """日期性质: what one day is, for someone who counts working days."""

    #: 工作日, Monday to Friday and not named by a notice
    WORKING = "working"
    #: 调休上班, a Saturday or Sunday that a notice turns into a working day
    MAKE_UP = "make-up"
    #: 周末, a Saturday or Sunday that no notice names
    WEEKEND = "weekend"
    #: 法定节假日, a day off by the State Council's regulation on festivals itself
    HOLIDAY = "holiday"
    #: 调休放假, any other day off, weekend or not, that a notice puts into a holiday
    SHIFTED = "shifted"

    @property
    def is_working(self) -> bool:
        """Whether it counts as a working day."""
        return self in (DayKind.WORKING, DayKind.MAKE_UP)

    @property
    def chinese(self) -> str:
        """The name on statements."""
        return _KIND_NAMES[self]


_KIND_NAMES = {
    DayKind.WORKING: "工作日",
    DayKind.MAKE_UP: "调休上班",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "法定节假日",
    DayKind.SHIFTED: "调休放假",
}


# ------------------------------------------------------------------------------------------- releases


@dataclass(frozen=True, slots=True)
class CalendarRelease:
    """日历发布: the days that one notice of the State Council names for one year.

    ``days`` holds only days off and make-up days, in order; every other day follows the week. A notice may also name
    the last days of the December before (New Year's Day begins there). ``issued`` is the day the notice became public. A
    provisional release stands for a year without a notice. A notice that changes an earlier one of the same year
    says so in ``replaces``, with the earlier one's ``name``. Raises ``BadCalendar``.
    """

    year: int
    notice: str | None
    issued: date | None
    source: str
    days: tuple[tuple[date, DayKind], ...]
    provisional: bool = False
    replaces: str | None = None

    def __post_init__(self) -> None:
        """Refuses a table that cannot be what a notice says."""
        where = f"{self.year} 年日历（{self.name}）"
        if not self.provisional and self.issued is None:
            raise BadCalendar(
                f"{where}没有发布日期。正式的安排必须写明发布日期；尚无通知的年份请标为暂定。"
            )
        listed = [day for day, _ in self.days]
        for earlier, later in pairwise(listed):
            if earlier >= later:
                raise BadCalendar(f"{where}的日期 {later} 重复或次序颠倒。每天只写一次，由早到晚。")
        for day, kind in self.days:
            if day.year != self.year and (day.year, day.month) != (self.year - 1, _DECEMBER):
                raise BadCalendar(f"{where}写了 {day}，不在本年，也不在上年十二月。请核对年份。")
            if kind in (DayKind.WORKING, DayKind.WEEKEND):
                raise BadCalendar(f"{where}不必写 {day} 是{kind.chinese};只写放假日和调休上班日。")
            if kind is DayKind.MAKE_UP and day.weekday() < _MONDAY_TO_FRIDAY:
                raise BadCalendar(f"{where}说 {day} 调休上班，但那天不是周六周日。请核对通知。")

    @property
    def name(self) -> str:
        """The notice's number, or its title if the number is not known."""
        return self.notice or self.source

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal over the release as canonical JSON: sorted keys, no blanks, UTF-8."""
        record = {
            "year": self.year,
            "notice": self.notice,
            "issued": self.issued.isoformat() if self.issued else None,
            "source": self.source,
            "days": [[day.isoformat(), kind.value] for day, kind in self.days],
            "provisional": self.provisional,
            "replaces": self.replaces,
        }
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def statutory_only(year: int, holidays: Iterable[date]) -> CalendarRelease:
    """暂定日历: what is known of a year before its notice: the festivals, and days in lieu of those on a weekend.

    The regulation gives the festivals and says that one on a Saturday or Sunday is made up for on a working day; which
    one, and every make-up Saturday, waits for the notice. Here the next free weekday is taken. So this is an
    estimate: of the deadlines of 2022 to 2026 it gets one in five to one in eight wrong, by up to a week.
    """
    festivals = set(holidays)
    kinds = dict.fromkeys(festivals, DayKind.HOLIDAY)
    for day in sorted(festivals):
        if day.weekday() >= _MONDAY_TO_FRIDAY:
            in_lieu = day
            while in_lieu in kinds or in_lieu.weekday() >= _MONDAY_TO_FRIDAY:
                in_lieu += _DAY
            kinds[in_lieu] = DayKind.SHIFTED
    days = tuple(sorted((day, kind) for day, kind in kinds.items() if day.year == year))
    return CalendarRelease(
        year, None, None, "尚无通知，按《全国年节及纪念日放假办法》暂定", days, provisional=True
    )


# ------------------------------------------------------------------------------------------- calendar


class Calendar:
    """日历: which days are working days, compiled from releases so that every question is one look-up.

    After the last table the week alone decides, and everything there is provisional. Before the first table there is no
    answer: ``OutsideCalendar``. Two calendars with the same digest give the same answers to everything.
    """

    __slots__ = (
        "_final_until",
        "_kinds",
        "_provisional",
        "_up",
        "_working",
        "digest",
        "first",
        "last",
        "releases",
    )

    def __init__(self, releases: Sequence[CalendarRelease]) -> None:
        """One release per year, of neighbouring years, in order; ``Calendar.of`` chooses them."""
        if not releases:
            raise BadCalendar("没有任何年份的日历。请至少提供一年。")
        for before, after in pairwise(releases):
            if after.year != before.year + 1:
                raise BadCalendar(
                    f"日历在 {before.year} 年（{before.name}）与 {after.year} 年（{after.name}）之间不连续。请补上中间年份或去掉重复年份。"
                )
        #: the releases in force, one a year
        self.releases = tuple(releases)
        #: first and last day of the tables
        self.first = date(releases[0].year, 1, 1)
        self.last = date(releases[-1].year, 12, 31)
        #: SHA-256 over the digests of the releases: put it beside every date that is reckoned here
        self.digest = hashlib.sha256("\n".join(r.digest for r in releases).encode()).hexdigest()
        self._provisional = frozenset(r.year for r in releases if r.provisional)
        self._final_until = date(min(self._provisional, default=releases[-1].year + 1) - 1, 12, 31)
        named = {day: kind for release in releases for day, kind in release.days}
        self._kinds: dict[date, DayKind] = {}
        self._working: list[date] = []
        # Working days are numbered from 0, and _up holds the number of the last one up to each day, so that a day plus
        # n working days is number _up[day] + n.
        # Keyed by date, so that a datetime, whose own date may be another, is not found and does not pass unseen.
        self._up: dict[date, int] = {}
        for day in _days(self.first, self.last):
            kind = named.get(day) or _by_week(day)
            self._kinds[day] = kind
            if kind.is_working:
                self._working.append(day)
            self._up[day] = len(self._working) - 1

    @classmethod
    def of(cls, releases: Iterable[CalendarRelease], known_on: date | None = None) -> Calendar:
        """The calendar that these releases make, as it was known at the end of the day ``known_on`` (None: all of them).

        For each year the last notice issued by then counts; a second notice must name the one it replaces. A year whose
        notice came later is provisional: its provisional release if there is one, else its festivals alone.
        Releases must cover neighbouring years. Raises ``BadCalendar``.
        """
        by_year: dict[int, list[CalendarRelease]] = {}
        for release in releases:
            siblings = by_year.setdefault(release.year, [])
            if all(release.digest != sibling.digest for sibling in siblings):
                siblings.append(release)
        return cls([_in_force(by_year[year], known_on) for year in sorted(by_year)])

    def kind(self, day: date) -> DayKind:
        """What a day is; after the last table only weekday or weekend."""
        try:
            return self._kinds[day]
        except KeyError:
            self._refuse_before_first(day)
            return _by_week(day)

    def is_working(self, day: date) -> bool:
        """Whether a day is a working day, make-up days included."""
        return self.kind(day).is_working

    def is_published(self, day: date) -> bool:
        """Whether a notice has settled the year of this day."""
        return self.first <= day <= self.last and day.year not in self._provisional

    def is_settled(self, first: date, last: date) -> bool:
        """Whether notices have settled every day from first to last, both included."""
        if last <= self._final_until and first >= self.first:
            return True
        years = range(first.year, last.year + 1)
        return self.first <= first and last <= self.last and self._provisional.isdisjoint(years)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after a day, or before it if n is negative. The day itself is never counted.

        From a day of rest the next working day is number 1. n = 0 gives the day back, whatever it is.
        """
        if n > 0:
            try:
                return self._working[self._up[day] + n]
            except LookupError:
                return self._numbered(self._up_to(day) + n, day, n)
        if n == 0:
            return day
        number = self._up_to(day - _DAY) + 1 + n if day > self.first else n
        return self._numbered(number, day, n)

    def working_days_between(self, after: date, until: date) -> int:
        """Working days in (after, until]: the first day is not counted, the last is. Negative if turned round.

        Turned round it counts [until, after), so that it undoes ``add_working_days`` in both directions.
        """
        if until >= after:
            return self._up_to(until) - self._up_to(after)
        return -(
            (self._up_to(after) - self.is_working(after))
            - (self._up_to(until) - self.is_working(until))
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Calendar({self.first} … {self.last}, {self.digest[:12]})"

    def _up_to(self, day: date) -> int:
        """Number of the last working day up to and including a day, beyond the tables too."""
        try:
            return self._up[day]
        except KeyError:
            self._refuse_before_first(day)
            return len(self._working) - 1 + _weekdays(day) - _weekdays(self.last)

    def _numbered(self, number: int, day: date, n: int) -> date:
        """The working day with a number, beyond the tables too."""
        if number < 0:
            raise OutsideCalendar(
                f"从 {day} 往前数 {-n} 个工作日，超出了日历的第一天 {self.first}。请补充更早年份的日历文件。"
            )
        beyond = number - len(self._working)
        if beyond < 0:
            return self._working[number]
        weeks, rest = divmod(_weekdays(self.last) + beyond, _MONDAY_TO_FRIDAY)
        return _from_ordinal(weeks * 7 + rest + 1)

    def _refuse_before_first(self, day: date) -> None:
        if isinstance(day, datetime):
            raise TypeError(f"日历按日查询，不收时刻 {day}。请先用 day_of 取北京时间的日期。")
        if day < self.first:
            raise OutsideCalendar(f"{day} 早于日历的第一天 {self.first}。请补充该年份的日历文件。")


def _in_force(releases: Sequence[CalendarRelease], known_on: date | None) -> CalendarRelease:
    """The release of one year that counts on a day."""
    finals = sorted(
        (r for r in releases if r.issued and not r.provisional), key=lambda r: r.issued or date.max
    )
    for earlier, later in pairwise(finals):
        if later.replaces != earlier.name:
            raise BadCalendar(
                f"{later.year} 年有两份不同的安排：{earlier.name}与{later.name}。"
                f"若后者修改前者，请在后者的 replaces 写明前者；否则删去错误的一份。"
            )
    known = [r for r in finals if known_on is None or (r.issued and r.issued <= known_on)]
    if known:
        return known[-1]
    estimates = [r for r in releases if r.provisional]
    if len(estimates) > 1:
        raise BadCalendar(f"{estimates[0].year} 年有两份不同的暂定日历。请只留一份。")
    if estimates:
        return estimates[0]
    festivals = (day for day, kind in finals[0].days if kind is DayKind.HOLIDAY)
    return statutory_only(finals[0].year, festivals)


def _by_week(day: date) -> DayKind:
    return DayKind.WORKING if day.weekday() < _MONDAY_TO_FRIDAY else DayKind.WEEKEND


def _weekdays(day: date) -> int:
    """Mondays to Fridays from the first day of year 1, which is a Monday, up to and including a day."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * _MONDAY_TO_FRIDAY + min(rest, _MONDAY_TO_FRIDAY)


def _days(first: date, last: date) -> Iterable[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))


def _from_ordinal(ordinal: int) -> date:
    if not 1 <= ordinal <= date.max.toordinal():
        raise OutsideCalendar("期限超出可以写出的日期（公元 1 年至 9999 年）。请核对数量和单位。")
    return date.fromordinal(ordinal)


# ------------------------------------------------------------------------------------------- spans and moments


class Unit(StrEnum):
    """期间单位: what a period is counted in. Days always say which days."""

    MINUTES = "minutes"
    HOURS = "hours"
    CALENDAR_DAYS = "calendar-days"
    WORKING_DAYS = "working-days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"

    @property
    def chinese(self) -> str:
        """With the measure word: 个工作日, 个月."""
        return _UNIT_NAMES[self]

    @property
    def is_clock(self) -> bool:
        """Whether it runs from a moment and not from a day (Civil Code 201, second paragraph)."""
        return self in (Unit.MINUTES, Unit.HOURS)


_UNIT_NAMES = {
    Unit.MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.CALENDAR_DAYS: "个自然日",
    Unit.WORKING_DAYS: "个工作日",
    Unit.WEEKS: "周",
    Unit.MONTHS: "个月",
    Unit.YEARS: "年",
}
_UNIT_LENGTHS = {Unit.MINUTES: _MINUTE, Unit.HOURS: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Span:
    """期间: a number of units, as in 10 working-days. Never negative; the direction belongs to the deadline."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuses fractions and negative counts."""
        if type(self.count) is not int or self.count < 0:
            raise ValueError(
                f"期间的数量须为不小于零的整数，不是 {self.count!r}。往前数请用 before。"
            )

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``10 working-days``, ``1 week`` or ``10个工作日``. Plain days are refused: they must say which."""
        found = re.fullmatch(r"\s*(\d+)\s*(\S+)\s*", text)
        unit = _SPELLINGS.get(found[2]) if found else None
        if found is None or unit is None:
            known = "、".join(unit.value for unit in Unit)
            raise ValueError(
                f"「{text}」不是期间。请写数量和单位，单位为 {known} 之一；日须写明是自然日还是工作日。"
            )
        return cls(int(found[1]), unit)

    @property
    def chinese(self) -> str:
        """``10个工作日``."""
        return f"{self.count}{self.unit.chinese}"

    def __str__(self) -> str:
        """``10 working-days``, ``1 week``."""
        return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit.value}"


_SPELLINGS = (
    {unit.value: unit for unit in Unit}
    | {unit.value.removesuffix("s"): unit for unit in Unit}
    | {name: unit for unit, name in _UNIT_NAMES.items()}
)


def moment_of(moment: datetime) -> datetime:
    """时刻: the same instant on the clocks of Beijing. Naive datetimes are refused with ``NaiveMoment``.

    All sums of hours are done on the result: adding to a clock with summer time would lose or win an hour.
    """
    if moment.utcoffset() is None:
        raise NaiveMoment(f"时刻 {moment} 没有时区。请写明，如 {moment.isoformat()}+08:00。")
    return moment.astimezone(SHANGHAI)


def day_of(moment: date) -> date:
    """日期: the day of an event in Beijing; a date is its own day. Naive datetimes are refused."""
    return moment_of(moment).date() if isinstance(moment, datetime) else moment


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


# ------------------------------------------------------------------------------------------- pauses


@dataclass(frozen=True, slots=True)
class Pause:
    """暂停: a time that is not counted, from ``opens`` up to but not including ``closes`` (None: not yet over)."""

    opens: datetime
    closes: datetime | None
    reason: str

    def __post_init__(self) -> None:
        """Brings both moments to Beijing time and refuses an end that is not after the start."""
        object.__setattr__(self, "opens", moment_of(self.opens))
        if self.closes is not None:
            object.__setattr__(self, "closes", moment_of(self.closes))
            if self.closes <= self.opens:
                raise ValueError(
                    f"暂停「{self.reason}」的结束 {self.closes} 不晚于开始 {self.opens}。请核对起止时间。"
                )

    @classmethod
    def of_days(cls, first: date, last: date | None, reason: str) -> Pause:
        """Whole days from first to last, both included; last None if it is not yet over."""
        return cls(_midnight(first), None if last is None else _midnight(last + _DAY), reason)

    def touches(self, day: date) -> bool:
        """Whether any part of a day is paused."""
        return self.opens < _midnight(day) + _DAY and (
            self.closes is None or self.closes > _midnight(day)
        )


@dataclass(frozen=True, slots=True)
class Pauses:
    """暂停时段: pauses of one clock. What overlaps is counted once; the order they are given in is of no account."""

    pauses: tuple[Pause, ...] = ()

    @property
    def merged(self) -> tuple[tuple[datetime, datetime | None], ...]:
        """The union as separate intervals in order; the last may have no end."""
        union: list[tuple[datetime, datetime | None]] = []
        for pause in sorted(self.pauses, key=lambda p: p.opens):
            if union and (union[-1][1] is None or pause.opens <= union[-1][1]):
                opens, closes = union[-1]
                later = (
                    None if closes is None or pause.closes is None else max(closes, pause.closes)
                )
                union[-1] = (opens, later)
            else:
                union.append((pause.opens, pause.closes))
        return tuple(union)

    def reasons(self, day: date) -> tuple[str, ...]:
        """Why a day is not counted; empty if it is. A day that a pause touches at all is not counted.

        That is the reading in favour of whoever must perform: nobody is called late over a day on which part of the time
        was not theirs. The law does not say; a contract that says otherwise needs pauses of whole days.
        """
        return tuple(pause.reason for pause in self.pauses if pause.touches(day))

    def paused(
        self, start: datetime, end: datetime, clock: ServiceClock | None = None
    ) -> timedelta:
        """Time from start to end that does not count, in service hours if a clock is given."""
        start, end = moment_of(start), moment_of(end)
        parts = (
            _ran(max(opens, start), min(closes or end, end), clock)
            for opens, closes in self.merged
            if opens < end and (closes is None or closes > start)
        )
        return sum(parts, timedelta())

    def elapsed(
        self, start: datetime, end: datetime, clock: ServiceClock | None = None
    ) -> timedelta:
        """Time from start to end less the pauses, in service hours if a clock is given, else round the clock."""
        return _ran(moment_of(start), moment_of(end), clock) - self.paused(start, end, clock)

    def extend(
        self, start: datetime, within: timedelta | int, clock: ServiceClock | None = None
    ) -> datetime:
        """The moment at which so much time (an int is minutes) has run since start, pauses not counted.

        Raises ``StillPaused`` if a pause without an end comes first.
        """
        left = _as_time(within)
        at = moment_of(start)
        for opens, closes in self.merged:
            if closes is not None and closes <= at:
                continue
            free = _ran(at, max(opens, at), clock)
            if free >= left:
                break
            if closes is None:
                raise StillPaused(
                    f"自 {opens} 起暂停，尚未结束，期限算不出来。请在暂停结束后重算。"
                )
            left -= free
            at = closes
        return at + left if clock is None else clock.add(at, left)

    def __bool__(self) -> bool:
        return bool(self.pauses)


NO_PAUSES = Pauses()


def _ran(start: datetime, end: datetime, clock: ServiceClock | None) -> timedelta:
    return end - start if clock is None else clock.elapsed(start, end)


def _as_time(within: timedelta | int) -> timedelta:
    time = within if isinstance(within, timedelta) else within * _MINUTE
    if time < timedelta():
        raise ValueError(f"时限不能为负（{time}）。")
    return time


# ------------------------------------------------------------------------------------------- deadlines


class RollOver(Enum):
    """顺延: which days of rest push a last day on (Civil Code 203 says 法定休假日 and does not list them)."""

    #: weekends and holidays both; the platform's default
    REST_DAYS = "法定节假日与周末"
    #: only days off that the regulation or a notice names
    HOLIDAYS_ONLY = "仅法定节假日"
    #: none; the parties agreed so, or the day is fatal
    NONE = "不顺延"


class Step(NamedTuple):
    """数日子的一步: one line of the count. ``counted`` is the number the day was given, None if it was passed over."""

    day: date
    kind: DayKind
    counted: int | None
    note: str


class Deadline(NamedTuple):
    """到期日: when a period ends, with everything needed to show how it was counted.

    ``strict`` is the end before Civil Code 203, ``due`` after it. Both are dates, or moments if the unit is hours or minutes.
    A date ends at 24:00. ``provisional``: a notice still to come may move it. Equal deadlines have equal parts and
    calendars; recompute rather than store.
    """

    due: date
    strict: date
    provisional: bool
    start: date
    span: Span
    before: bool
    roll: RollOver
    calendar: Calendar
    pauses: Pauses = NO_PAUSES

    @property
    def calendar_digest(self) -> str:
        """Which calendar was used."""
        return self.calendar.digest

    @property
    def due_day(self) -> date:
        """The day on which it falls due, in Beijing."""
        return day_of(self.due)

    def kept_by(self, moment: date) -> bool:
        """Whether something done then was in time. The last minute of a due day is; the due moment itself is.

        A date cannot be judged against a moment of the same day: ``ValueError``.
        """
        if not isinstance(self.due, datetime):
            return day_of(moment) <= self.due
        if isinstance(moment, datetime):
            return moment_of(moment) <= self.due
        if moment == self.due_day:
            raise ValueError(f"期限是 {self.due}，而完成只记了日期 {moment}。请补记时刻。")
        return moment < self.due_day

    @property
    def steps(self) -> tuple[Step, ...]:
        """The count, day by day (for months and years, month by month), made only when asked for."""
        if self.span.unit.is_clock:
            return self._clock_steps()
        if self.span.unit in (Unit.MONTHS, Unit.YEARS):
            counted = self._month_steps()
        else:
            counted = self._day_steps()
        return (*counted, *self._roll_steps())

    def _clock_steps(self) -> tuple[Step, ...]:
        ends = [
            (self.start, 0, "起算时刻"),
            *(
                (pause.opens, None, f"暂停：{pause.reason}")
                for pause in self.pauses.pauses
                if pause.opens < self.due
            ),
            (self.due, self.span.count, "届满时刻，昼夜连续计算"),
        ]
        return tuple(
            Step(moment, self.calendar.kind(day_of(moment)), n, note) for moment, n, note in ends
        )

    def _day_steps(self) -> tuple[Step, ...]:
        start, end = day_of(self.start), day_of(self.strict)
        step = -1 if self.before else 1
        steps = [Step(start, self.calendar.kind(start), None, "当日不计入（民法典第二百零一条）")]
        number = 0
        for ordinal in range(start.toordinal() + step, end.toordinal() + step, step):
            day = date.fromordinal(ordinal)
            kind = self.calendar.kind(day)
            reasons = self.pauses.reasons(day)
            rests = self.span.unit is Unit.WORKING_DAYS and not kind.is_working
            counts = not (reasons or rests)
            number += counts
            note = (
                f"暂停：{'、'.join(reasons)}"
                if reasons
                else (f"{kind.chinese}，不计" if rests else "")
            )
            steps.append(Step(day, kind, number if counts else None, note))
        return tuple(steps)

    def _month_steps(self) -> tuple[Step, ...]:
        start = day_of(self.start)
        sign, months = (-1 if self.before else 1), _in_months(self.span)
        steps = [Step(start, self.calendar.kind(start), None, "当日不计入（民法典第二百零一条）")]
        for number in range(1, months + 1):
            day = _shift_months(start, sign * number)
            note = "对应日" if day.day == start.day else "无对应日，取月末日（民法典第二百零二条）"
            steps.append(Step(day, self.calendar.kind(day), number, note))
        if self.pauses and steps[-1].day != self.strict:
            strict = day_of(self.strict)
            steps.append(Step(strict, self.calendar.kind(strict), None, "加上暂停的日数"))
        return tuple(steps)

    def _roll_steps(self) -> Iterable[Step]:
        for day in _days(day_of(self.strict) + _DAY, self.due_day):
            note = "顺延至此日" if day == self.due_day else "末日休假，顺延"
            yield Step(day, self.calendar.kind(day), None, f"{note}（民法典第二百零三条）")


def deadline(
    start: date,
    span: Span,
    calendar: Calendar,
    *,
    before: bool = False,
    roll: RollOver = RollOver.REST_DAYS,
    pauses: Pauses = NO_PAUSES,
) -> Deadline:
    """When a period that begins with an event ends, or the latest day that keeps a lead time before it.

    Civil Code 201: the day of the event is not counted. 202: months and years end on the corresponding day, else at the
    month's end. 203: a last day of rest gives way to the next day that is not (``roll``); a working day cannot be one, so
    there ``strict`` equals ``due``. Hours and minutes run from the moment, nights and holidays too, and need
    a datetime. Days, weeks and longer take a date or a moment, of which the day in Beijing counts.

    ``before`` counts back and never rolls: moving the day later would shorten the lead time that the other
    party was promised, and moving it earlier is nowhere in the law. A paused day is not counted
    (``Pauses.reasons``); months and years grow by the days paused.

    Provisional is every result that a coming notice could change: working days that run into an unpublished year, and
    a last day that lies there and could roll. Hours, and days counted back, do not depend on notices.
    """
    unit = span.unit
    if (
        unit is Unit.WORKING_DAYS and not before and not pauses.pauses
    ):  # the commonest question, asked by the 100,000
        day = day_of(start)
        last = calendar.add_working_days(day, span.count)
        return Deadline(
            last, last, not calendar.is_settled(day, last), start, span, before, roll, calendar
        )
    if unit.is_clock:
        due: date = _after_clock(start, span, pauses, before=before)
        return Deadline(due, due, False, start, span, before, roll, calendar, pauses)  # noqa: FBT003
    first = day_of(start)
    if before:
        if pauses:
            raise ValueError("提前期往前数，没有暂停可言。请只对事件之后的期限登记暂停。")
        strict = _shift(first, span, calendar, -1)
        provisional = unit is Unit.WORKING_DAYS and not calendar.is_settled(strict, first)
        return Deadline(strict, strict, provisional, start, span, before, roll, calendar)
    strict = _shift(first, span, calendar, 1)
    if pauses:
        strict = _past_pauses(first, strict, unit, calendar, pauses)
    if unit is Unit.WORKING_DAYS:
        return Deadline(
            strict,
            strict,
            not calendar.is_settled(first, strict),
            start,
            span,
            before,
            roll,
            calendar,
            pauses,
        )
    due = _rolled(strict, calendar, roll)
    provisional = roll is not RollOver.NONE and not calendar.is_settled(strict, due)
    return Deadline(due, strict, provisional, start, span, before, roll, calendar, pauses)


def elapsed(start: date, end: date, unit: Unit, calendar: Calendar) -> int:
    """Whole units from start to end, the first day not counted; negative if end lies before start.

    The inverse of ``deadline``: ``elapsed(start, deadline(start, n units).strict)`` is n for every unit, and −n for
    ``before``. Months are those whose corresponding day has been reached, a month's end standing for a day the month
    does not have; so from 31 January to 28 February is a month, and from 28 February to 31 March is also one.
    Hours and minutes need two moments. What is not whole falls away toward zero.
    """
    if unit.is_clock:
        if not (isinstance(start, datetime) and isinstance(end, datetime)):
            raise TypeError("按小时或分钟计算须有时刻，只有日期不够。请补记时刻。")
        return _toward_zero(moment_of(end) - moment_of(start), _UNIT_LENGTHS[unit])
    first, last = day_of(start), day_of(end)
    if unit is Unit.WORKING_DAYS:
        return calendar.working_days_between(first, last)
    if unit is Unit.CALENDAR_DAYS:
        return (last - first).days
    if unit is Unit.WEEKS:
        return _toward_zero(last - first, 7 * _DAY)
    sign = 1 if last >= first else -1
    months = abs((last.year - first.year) * 12 + last.month - first.month)
    if months and (_shift_months(first, sign * months) - last).days * sign > 0:
        months -= 1
    return sign * (months // 12 if unit is Unit.YEARS else months)


def _after_clock(start: date, span: Span, pauses: Pauses, *, before: bool) -> datetime:
    if not isinstance(start, datetime):
        raise TypeError(f"{span.chinese}从时刻起算，{start} 只是日期。请补记事件发生的时刻。")
    time = span.count * _UNIT_LENGTHS[span.unit]
    return moment_of(start) - time if before else pauses.extend(start, time)


def _shift(day: date, span: Span, calendar: Calendar, sign: int) -> date:
    count = sign * span.count
    match span.unit:
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(day, count)
        case Unit.CALENDAR_DAYS:
            return _from_ordinal(day.toordinal() + count)
        case Unit.WEEKS:
            return _from_ordinal(day.toordinal() + 7 * count)
        case Unit.MONTHS | Unit.YEARS:
            return _shift_months(day, sign * _in_months(span))
        case Unit.HOURS | Unit.MINUTES:
            raise TypeError(f"{span.chinese}从时刻起算，不按日计。")


def _past_pauses(first: date, strict: date, unit: Unit, calendar: Calendar, pauses: Pauses) -> date:
    """Push a last day on by one counted day for every counted day that is paused, until no more are met."""
    one = Unit.WORKING_DAYS if unit is Unit.WORKING_DAYS else Unit.CALENDAR_DAYS
    met, reached = first, strict
    open_end = pauses.merged[-1] if pauses.merged[-1][1] is None else None
    while met < reached:
        if open_end and day_of(open_end[0]) <= reached:
            raise StillPaused(
                f"自 {open_end[0]} 起暂停，尚未结束，期限算不出来。请在暂停结束后重算。"
            )
        paused = sum(
            1
            for day in _days(met + _DAY, reached)
            if pauses.reasons(day) and (one is Unit.CALENDAR_DAYS or calendar.is_working(day))
        )
        met, reached = reached, _shift(reached, Span(paused, one), calendar, 1)
    return reached


def _rolled(day: date, calendar: Calendar, roll: RollOver) -> date:
    if roll is RollOver.REST_DAYS:
        return day if calendar.is_working(day) else calendar.add_working_days(day, 1)
    if roll is RollOver.HOLIDAYS_ONLY:
        while calendar.kind(day) in (DayKind.HOLIDAY, DayKind.SHIFTED):
            day += _DAY
    return day


def _in_months(span: Span) -> int:
    return span.count * (12 if span.unit is Unit.YEARS else 1)


def _shift_months(day: date, months: int) -> date:
    """Civil Code 202: the corresponding day, or the last day of a month that has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OutsideCalendar("期限超出可以写出的日期（公元 1 年至 9999 年）。请核对数量和单位。")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _toward_zero(time: timedelta, unit: timedelta) -> int:
    return time // unit if time >= timedelta() else -(-time // unit)


# ------------------------------------------------------------------------------------------- windows


@dataclass(frozen=True, slots=True)
class Window:
    """窗口期: days on which something is to be done, both ends included. Unlike a lead time it opens, and then closes."""

    opens: date
    closes: date
    provisional: bool = False

    def __post_init__(self) -> None:
        """Refuses a window that closes before it opens."""
        if self.closes < self.opens:
            raise ValueError(f"窗口期 {self.closes} 结束早于 {self.opens} 开始。请核对起止日期。")

    def covers(self, moment: date) -> bool:
        """Whether a day, or the day of a moment, lies within."""
        return self.opens <= day_of(moment) <= self.closes


def window_before(anchor: date, span: Span, calendar: Calendar) -> Window:
    """The days from a span before an anchor up to and including the anchor's own day."""
    if span.unit.is_clock:
        raise TypeError(f"窗口期按日计，{span.chinese}请用时刻比较。")
    opening = deadline(anchor, span, calendar, before=True)
    return Window(opening.due_day, day_of(anchor), opening.provisional)


# ------------------------------------------------------------------------------------------- service hours

#: open from, open until, in minutes of the day; until may be 1440
Interval = tuple[int, int]
_MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """服务时间: when the service clock runs. 7×24 runs always; office hours follow the working days.

    ``week`` holds the opening intervals of Monday to Sunday in minutes of the day. With ``follows_working_days`` nothing
    opens on holidays and shifted days off, and a make-up day has the hours ``make_up`` (by default those of the first
    weekday that opens at all). Without it every week is alike.
    """

    week: tuple[tuple[Interval, ...], ...]
    follows_working_days: bool = True
    make_up: tuple[Interval, ...] | None = None

    def __post_init__(self) -> None:
        """Refuses weeks that are not seven days and intervals that are empty, overlap or leave the day."""
        if len(self.week) != 7:  # noqa: PLR2004 - a week
            raise ValueError(f"服务时间须写明周一至周日七天，现有 {len(self.week)} 天。")
        if not any(self.week):
            raise ValueError("服务时间一周内从不开放。请至少写一个时段。")
        for intervals in (*self.week, self.make_up or ()):
            edges = [edge for interval in intervals for edge in interval]
            if edges != sorted(set(edges)) or (
                edges and not (edges[0] >= 0 and edges[-1] <= _MINUTES_A_DAY)
            ):
                raise ValueError(
                    f"服务时段 {intervals} 有误：须在 0 至 1440 分钟之间，由早到晚，互不重叠。"
                )

    @classmethod
    def around_the_clock(cls) -> ServiceHours:
        """7×24."""
        return cls((((0, _MINUTES_A_DAY),),) * 7, follows_working_days=False)

    @classmethod
    def office(cls, *intervals: Interval) -> ServiceHours:
        """The same hours on every working day: ``office((540, 690), (780, 1020))`` is 9:00–11:30 and 13:00–17:00."""
        return cls((intervals,) * _MONDAY_TO_FRIDAY + ((), ()))

    def on(self, calendar: Calendar) -> ServiceClock:
        """The clock that runs in these hours on this calendar."""
        return ServiceClock(self, calendar)

    def of(self, day: date, kind: DayKind) -> tuple[Interval, ...]:
        """The intervals of one day."""
        if self.follows_working_days and kind in (DayKind.HOLIDAY, DayKind.SHIFTED):
            return ()
        if self.follows_working_days and kind is DayKind.MAKE_UP:
            return (
                self.make_up if self.make_up is not None else next(day for day in self.week if day)
            )
        return self.week[day.weekday()]


class ServiceClock:
    """服务时钟: service hours laid on a calendar, as a table of minutes open up to each day.

    Times are exact; only opening hours are whole minutes. Beyond the calendar's tables the clock follows the week, and
    ``is_settled`` of the calendar says so.
    """

    __slots__ = ("_base", "_open", "calendar", "hours")

    def __init__(self, hours: ServiceHours, calendar: Calendar) -> None:
        self.hours = hours
        self.calendar = calendar
        self._base = calendar.first.toordinal()
        #: minutes open before day i of the calendar; grows by years when a later day is asked for
        self._open = [0]

    def add(self, moment: datetime, within: timedelta | int) -> datetime:
        """The moment at which so much service time (an int is minutes) has run.

        A sum that ends with the day's last minute stays at closing time; it does not wait for the next opening,
        which would give the debtor a night. Nothing to run gives the moment back.
        """
        time = _as_time(within)
        if not time:
            return moment_of(moment)
        target = self._before(moment_of(moment)) + time
        minutes = -(-target // _MINUTE)
        while self._open[-1] < minutes:
            self._reach(len(self._open) + 365)
        index = bisect_left(self._open, minutes) - 1
        left = target - self._open[index] * _MINUTE
        day = _from_ordinal(self._base + index)
        for opens, closes in self._intervals(day):
            length = (closes - opens) * _MINUTE
            if left <= length:
                return _midnight(day) + opens * _MINUTE + left
            left -= length
        raise AssertionError(
            f"服务时间表与 {day} 的时段不符"
        )  # the table is the sum of the intervals

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Service time between two moments, exact; negative if turned round."""
        return self._before(moment_of(end)) - self._before(moment_of(start))

    def is_open(self, moment: datetime) -> bool:
        """Whether the clock runs at a moment; at opening time it does, at closing time it does not."""
        at = moment_of(moment)
        since = at - _midnight(at.date())
        return any(o * _MINUTE <= since < c * _MINUTE for o, c in self._intervals(at.date()))

    def _before(self, moment: datetime) -> timedelta:
        """Service time from the calendar's first day up to a moment."""
        day = moment.date()
        index = day.toordinal() - self._base
        intervals = self._intervals(day)
        self._reach(index)
        since = moment - _midnight(day)
        today = (min(since, c * _MINUTE) - o * _MINUTE for o, c in intervals if since > o * _MINUTE)
        return self._open[index] * _MINUTE + sum(today, timedelta())

    def _intervals(self, day: date) -> tuple[Interval, ...]:
        return self.hours.of(day, self.calendar.kind(day))

    def _reach(self, index: int) -> None:
        for i in range(len(self._open) - 1, index):
            intervals = self._intervals(_from_ordinal(self._base + i))
            self._open.append(self._open[-1] + sum(closes - opens for opens, closes in intervals))


# ------------------------------------------------------------------------------------------- slices of time


class Slice(NamedTuple):
    """时段: a week, month, quarter or year as far as it lies in a contract period, both ends included."""

    label: str
    first: date
    last: date


def weeks_touched(first: date, last: date) -> tuple[Slice, ...]:
    """Weeks, Monday to Sunday, that a period touches, cut to it; labelled ``2026-W07`` by ISO 8601."""

    def label(day: date) -> str:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"

    return _slices(first, last, lambda day: day + timedelta(days=6 - day.weekday()), label)


def months_touched(first: date, last: date) -> tuple[Slice, ...]:
    """Calendar months that a period touches, cut to it; labelled ``2026-02``."""
    return _slices(
        first, last, lambda day: _month_end(day.year, day.month), lambda day: f"{day:%Y-%m}"
    )


def quarters_touched(first: date, last: date) -> tuple[Slice, ...]:
    """Quarters that a period touches, cut to it; labelled ``2026-Q1``."""

    def quarter(day: date) -> int:
        return (day.month + 2) // 3

    return _slices(
        first,
        last,
        lambda day: _month_end(day.year, quarter(day) * 3),
        lambda day: f"{day.year}-Q{quarter(day)}",
    )


def years_touched(first: date, last: date) -> tuple[Slice, ...]:
    """Calendar years that a period touches, cut to it; labelled ``2026``."""
    return _slices(first, last, lambda day: date(day.year, 12, 31), lambda day: f"{day.year}")


def _slices(
    first: date, last: date, end_of: Callable[[date], date], label: Callable[[date], str]
) -> tuple[Slice, ...]:
    if last < first:
        raise ValueError(f"时段的末日 {last} 早于首日 {first}。请核对起止日期。")
    slices = []
    day = first
    while day <= last:
        end = min(end_of(day), last)
        slices.append(Slice(label(day), day, end))
        day = end + _DAY
    return tuple(slices)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
