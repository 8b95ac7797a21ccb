"""计划: when work is due again, as data. No clock here: everything takes the moment, and the calendar that knows the working days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from lvyue.clock import SHANGHAI
from lvyue.core.calendar import Calendar, OutsideCalendar

#: Nobody looks further for the next or the last due time of a schedule.
FAR = timedelta(days=400)

WEEK = "一二三四五六日"


class Days(Enum):
    """哪些日子: what a schedule makes of days on which nobody works."""

    ALL = "每天都算"
    SKIP = "非工作日不执行"
    SHIFT = "遇非工作日顺延到下一个工作日"


class Missed(Enum):
    """错过之后: what is done about due times at which nobody ran. Never more than one run comes of them."""

    ONCE = "补一次"
    LEAVE = "不补"


@dataclass(frozen=True, slots=True)
class Every:
    """每隔多少分钟, counted from midnight, so that all workers mean the same moments. The minutes divide a day."""

    minutes: int

    def __post_init__(self) -> None:
        if self.minutes < 1 or (24 * 60) % self.minutes:
            raise ValueError(f"{self.minutes} minutes do not divide a day")

    @property
    def zh(self) -> str:
        if self.minutes % 60:
            return f"每 {self.minutes} 分钟"
        return f"每 {self.minutes // 60} 小时"

    def on(self, day: date) -> Iterator[datetime]:
        start = datetime.combine(day, time(), SHANGHAI)
        for minute in range(0, 24 * 60, self.minutes):
            yield start + timedelta(minutes=minute)


@dataclass(frozen=True, slots=True)
class Daily:
    """每天几点; with ``weekdays`` only on those days of the week, Monday being 0; with ``monthday`` only on that day of the month.

    Where a month is too short, its last day stands in.
    """

    at: time
    weekdays: frozenset[int] = frozenset(range(7))
    monthday: int = 0

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError(f"{sorted(self.weekdays)} are not days of the week")
        if not 0 <= self.monthday <= 31:  # noqa: PLR2004  days of a month
            raise ValueError(f"{self.monthday} is no day of a month")

    @property
    def zh(self) -> str:
        if self.monthday:
            when = f"每月 {self.monthday} 日"
        elif len(self.weekdays) == len(WEEK):
            when = "每天"
        else:
            when = "每周" + "、".join(WEEK[day] for day in sorted(self.weekdays))
        return f"{when} {self.at:%H:%M}"

    def on(self, day: date) -> Iterator[datetime]:
        if self.monthday:
            is_last = (day + timedelta(days=1)).month != day.month
            due = day.day == self.monthday or (is_last and day.day < self.monthday)
        else:
            due = day.weekday() in self.weekdays
        if due:
            yield datetime.combine(day, self.at, SHANGHAI)


@dataclass(frozen=True, slots=True)
class Schedule:
    """计划: which task, when, on which days, and what follows from a time that was missed. ``name`` never changes: rows know it by it."""

    name: str
    zh: str
    task: str
    when: Every | Daily
    days: Days = Days.ALL
    missed: Missed = Missed.ONCE

    @property
    def says(self) -> str:
        """In words, as the page shows it."""
        said = [self.when.zh]
        if self.days is not Days.ALL:
            said.append(self.days.value)
        said.append(f"错过的{self.missed.value}")
        return "；".join(said)

    def next_after(self, moment: datetime, calendar: Calendar) -> datetime | None:
        """The first due time after a moment; None where there is none within a year."""
        day = moment.astimezone(SHANGHAI).date()
        for ahead in range(FAR.days):
            for due in self._on(day + timedelta(days=ahead), calendar):
                if due > moment:
                    return due
        return None

    def last_until(self, moment: datetime, calendar: Calendar) -> datetime | None:
        """The latest due time that is not after a moment; None where there was none within a year."""
        day = moment.astimezone(SHANGHAI).date()
        for back in range(FAR.days):
            past = [due for due in self._on(day - timedelta(days=back), calendar) if due <= moment]
            if past:
                return past[-1]
        return None

    def _on(self, day: date, calendar: Calendar) -> list[datetime]:
        """The due times that fall on a day, in order, those included that were shifted onto it."""
        if self.days is Days.ALL:
            return list(self.when.on(day))
        if not _works(day, calendar):
            return []
        found = list(self.when.on(day))
        if self.days is Days.SHIFT:
            before = day - timedelta(days=1)
            while not _works(before, calendar):
                moved = (datetime.combine(day, due.timetz()) for due in self.when.on(before))
                found.extend(moved)
                before -= timedelta(days=1)
        return sorted(set(found))


def _works(day: date, calendar: Calendar) -> bool:
    """Before the first calendar, which nobody schedules for, a week is a week."""
    try:
        return calendar.is_working(day)
    except OutsideCalendar:
        return day.weekday() < 5  # noqa: PLR2004  Saturday
