"""日历条: the steps of a deadline as a strip of days, with holidays and make-up days told apart and the count beside each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from lvyue.core.calendar import SHANGHAI, DayKind, Deadline, Step, Unit

#: A longer strip keeps so many days at either end; what lies between is counted in one cell.
ENDS = 21

#: And where there is little room, so many.
BRIEF_ENDS = 6

_WEEKDAYS = "一二三四五六日"
#: The statutory festivals lie in these days of a year, whatever the moon says: 全国年节及纪念日放假办法.
_FESTIVALS = (
    ((1, 1), (1, 1), "元旦"),
    ((1, 20), (2, 25), "春节"),
    ((4, 4), (4, 6), "清明"),
    ((5, 1), (5, 2), "劳动节"),
    ((5, 25), (6, 30), "端午"),
    ((9, 5), (9, 30), "中秋"),
    ((10, 1), (10, 3), "国庆"),
    ((10, 4), (10, 9), "中秋"),
)
_SHORT = {
    DayKind.WORKING: "",
    DayKind.MAKE_UP: "班",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "节",
    DayKind.SHIFTED: "休",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """一天: ``number`` is the count it was given, None where it was passed over."""

    day: date
    at: date | datetime
    weekday: str
    kind: str
    kind_zh: str
    short: str
    number: int | None
    note: str
    starts: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """日历条: from the start to the due day; ``left_out`` days stand between ``head`` and ``tail``."""

    start: date | datetime
    span: str
    due: date | datetime
    strict: date | datetime
    before: bool
    provisional: bool
    clock: bool
    head: tuple[Cell, ...]
    tail: tuple[Cell, ...]
    left_out: int
    counted: int
    passed_over: int
    reads: str

    @property
    def brief(self) -> Strip:
        """The same strip for a narrow place, with less of its middle."""
        cells = (*self.head, *self.tail)
        if len(cells) <= 2 * BRIEF_ENDS + 1 and not self.left_out:
            return self
        return replace(
            self,
            head=cells[:BRIEF_ENDS],
            tail=cells[-BRIEF_ENDS:],
            left_out=self.left_out + len(cells) - 2 * BRIEF_ENDS,
        )


def strip_of(deadline: Deadline | None) -> Strip | None:
    """The strip of a deadline, days in calendar order."""
    if deadline is None:
        return None
    steps = sorted(deadline.steps, key=_place) if deadline.before else [*deadline.steps]
    cells = tuple(_cell(step, deadline) for step in steps)
    long = len(cells) > 2 * ENDS
    strict = _day(deadline.strict)
    passed = sum(_passed_over(cell) and cell.day <= strict for cell in cells)
    counted = sum(cell.number is not None for cell in cells)
    clock = deadline.span.unit.is_clock
    return Strip(
        start=deadline.start,
        span=deadline.span.chinese,
        due=deadline.due,
        strict=deadline.strict,
        before=deadline.before,
        provisional=deadline.provisional,
        clock=clock,
        head=cells[:ENDS] if long else cells,
        tail=cells[-ENDS:] if long else (),
        left_out=len(cells) - 2 * ENDS if long else 0,
        counted=counted,
        passed_over=passed,
        reads=_reads(deadline, cells, passed),
    )


def _day(at: date) -> date:
    return at.astimezone(SHANGHAI).date() if isinstance(at, datetime) else at


def _place(step: Step) -> date:
    return _day(step.day)


def festival_of(day: date) -> str:
    """The name of a statutory holiday; empty where the day can be none."""
    at = (day.month, day.day)
    return next((name for first, last, name in _FESTIVALS if first <= at <= last), "")


def cell_of(day: date, kind: DayKind, note: str = "", *, ends: bool = False) -> Cell:
    """One day that no deadline counts, such as one on which somebody is reminded; ``note`` says what happens on it."""
    festival = festival_of(day) if kind is DayKind.HOLIDAY else ""
    return Cell(
        day=day,
        at=day,
        weekday=_WEEKDAYS[day.weekday()],
        kind=kind.value,
        kind_zh=f"{kind.chinese} {festival}".rstrip(),
        short=festival or _SHORT[kind],
        number=None,
        note=note,
        starts=False,
        ends=ends,
    )


def _cell(step: Step, deadline: Deadline) -> Cell:
    at = step.day
    day, first = _day(at), _day(deadline.start)
    festival = festival_of(day) if step.kind is DayKind.HOLIDAY else ""
    return Cell(
        day=day,
        at=at,
        weekday=_WEEKDAYS[day.weekday()],
        kind=step.kind.value,
        kind_zh=f"{step.kind.chinese} {festival}".rstrip(),
        short=festival or _SHORT[step.kind],
        number=step.counted,
        note=step.note,
        starts=day == first,
        ends=day == deadline.due_day,
    )


def _reads(deadline: Deadline, cells: tuple[Cell, ...], passed: int) -> str:
    """One sentence that says what the strip shows."""
    match deadline.span.unit:
        case Unit.MINUTES | Unit.HOURS:
            return "按小时计的期限昼夜连续计算，休息日不停表。"
        case Unit.MONTHS | Unit.YEARS:
            text = "按对应日计算，没有对应日的取月末。"
        case Unit.WORKING_DAYS:
            text = _working_days(cells, passed)
        case Unit.CALENDAR_DAYS | Unit.WEEKS:
            paused = f"；暂停的 {passed} 天不计" if passed else ""
            text = f"起算日不计，其余逐日计入，休息日也算{paused}。"
        case _:
            assert_never(deadline.span.unit)
    if deadline.strict != deadline.due:
        text += f"严格日期 {deadline.strict} 是休息日，按民法典第二百零三条顺延至 {deadline.due}。"
    return text


def _working_days(cells: tuple[Cell, ...], passed: int) -> str:
    off = {
        kind: sum(cell.kind == kind.value and _passed_over(cell) for cell in cells)
        for kind in (DayKind.WEEKEND, DayKind.HOLIDAY, DayKind.SHIFTED)
    }
    said = "、".join(f"{kind.chinese} {number} 天" for kind, number in off.items() if number)
    made_up = [cell.day for cell in cells if cell.kind == DayKind.MAKE_UP.value and cell.number]
    text = f"起算日不计，另有 {passed} 天不计" + (f"（{said}）" if said else "") + "。"
    if made_up:
        text += f"调休上班的 {'、'.join(day.isoformat() for day in made_up)} 计入。"
    return text


def _passed_over(cell: Cell) -> bool:
    return cell.number is None and not cell.starts
