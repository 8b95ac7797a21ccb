"""工具: what needs no contract: deadlines by working days, and the words for marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.api.asked import Refusing, plausible, says
from lvyue.api.habits import Listing, Short
from lvyue.api.problems import unfit
from lvyue.api.shapes import Shape, answer, page, shape
from lvyue.core.calendar import OutsideCalendar, Span, Unit, day_of, deadline
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import parse_at
from lvyue.obligations.marks import MARKS
from lvyue.obligations.queries import calendar

router = Router(tags=["工具 Tools"])


class AskedDeadline(Refusing):
    """从何时起，多长."""

    start: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$",
        description="起算日，或带时区的时刻",
        examples=["2026-02-09"],
    )
    within: int = Field(ge=0, le=10_000, description="期间的数量", examples=[10])
    unit: Unit = Field(description="期间的单位", examples=["working-days"])
    before: bool = Field(default=False, description="往前数：最迟何时")


@dataclass(frozen=True, slots=True)
class DayStep:
    """一天: how it was counted, or why it was passed over."""

    day: date
    kind: str
    counted: int | None
    note: str


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """到期日: the legal day and the strict day, with every step of the count."""

    start: date | datetime
    within: int
    unit: Unit
    before: bool
    due: date | datetime
    strict: date | datetime
    provisional: bool
    calendar: str
    steps: tuple[DayStep, ...]


@router.get("/deadline", response=says(shape(DeadlineView)), summary="到期日计算")
def deadline_of(request: HttpRequest, asked: Query[AskedDeadline]) -> HttpResponse:  # noqa: ARG001  the same for everybody
    """工作日按国务院放假通知；末日逢休息日依民法典第二百零三条顺延，严格日期也给出。"""
    start = parse_at(asked.start)
    if isinstance(start, str):
        raise unfit([malformed("查询参数 start", start)])
    plausible(day_of(start))
    if asked.unit.is_clock and not isinstance(start, datetime):
        says_ = "按小时、分钟计的期间从时刻起算。"
        raise Refused([malformed("查询参数 start", says_, f"请写成 {start}T09:00:00+08:00。")])
    notices = calendar()
    try:
        line = deadline(start, Span(asked.within, asked.unit), notices, before=asked.before)
        plausible(day_of(line.due))
        steps = tuple(DayStep(one.day, one.kind.value, one.counted, one.note) for one in line.steps)
    except (OutsideCalendar, OverflowError) as error:
        says_ = str(error) if isinstance(error, OutsideCalendar) else "期间太长。"
        raise Refused([malformed("期间", says_, "请取日历所及的日期。")]) from error
    return answer(
        DeadlineView(
            start=line.start,
            within=line.span.count,
            unit=line.span.unit,
            before=line.before,
            due=line.due,
            strict=line.strict,
            provisional=line.provisional,
            calendar=notices.digest,
            steps=steps,
        )
    )


class MarkView(Shape):
    """标记."""

    key: str
    symbol: str
    word: str
    en: str
    means: str


MARKS_SHOWN = Listing.of(MarkView, "key")


@router.get("/marks", response=says(page(MarkView)), summary="标记的图例")
@MARKS_SHOWN.described
def marks(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """每种状态的符号和文字。"""
    return MARKS_SHOWN.among(
        request,
        asked,
        [
            {
                "key": one.key,
                "symbol": one.symbol,
                "word": one.word,
                "en": one.en,
                "means": one.means,
            }
            for one in MARKS
        ],
    )
