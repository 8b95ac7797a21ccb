"""提醒的算法: when somebody is told, counted in the calendar of the contract, and what is told to whom."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.calendar import SHANGHAI, Span, Unit
from lvyue.core.reminding import (
    Audience,
    Half,
    Offsets,
    Policy,
    Reminder,
    Rhythm,
    Running,
    Stage,
    asks_for_a_successor,
    doubt_plan,
    following,
    offsets_from_words,
    offsets_in_words,
    plan,
    renewal_plan,
    rhythm_of,
    strongest,
)
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load

CALENDAR = default_calendar(None)
USUAL = Policy()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, SHANGHAI)


def days(until: str, began: str = "", *, working: bool = True) -> Running:
    return Running(
        until=end_of(date.fromisoformat(until)),
        began=at(began) if began else None,
        working=working,
    )


def told(steps: tuple[Reminder, ...]) -> list[tuple[str, Stage]]:
    return [(f"{one.at:%m-%d %H:%M}", one.stage) for one in steps]


def test_a_ten_working_day_payment_is_told_when_three_remain() -> None:
    """甲方收到发票后 10 个工作日内付款：2026-02-09 起数，春节和调休都算对，2 月 28 日（周六，上班）到期。"""
    steps = plan(days("2026-02-28", "2026-02-09 15:00"), USUAL, CALENDAR)

    assert told(steps) == [
        ("02-25 09:00", Stage.BEFORE),
        ("02-28 09:00", Stage.DAY),
        ("03-02 09:00", Stage.PAST),
        ("03-04 09:00", Stage.SECOND),
    ]
    assert CALENDAR.working_days_between(steps[0].at.date(), date(2026, 2, 28)) == 3
    assert steps[0].to == (Audience.TURN,)
    assert Audience.CREDITOR in steps[2].to  # past: the other side may see it
    assert all(one.shifted is False for one in steps)


def test_a_one_hour_notice_is_told_at_half_and_a_quarter_before_by_night_too() -> None:
    """断网后 1 小时内通知：国庆夜里 23:30 起算，30、45、60 分钟各一次，再过一小时升级。"""
    night = Running(until=at("2026-10-02 00:30"), began=at("2026-10-01 23:30"), hours=True)

    steps = plan(night, USUAL, CALENDAR)

    assert told(steps) == [
        ("10-02 00:00", Stage.BEFORE),
        ("10-02 00:15", Stage.BEFORE),
        ("10-02 00:30", Stage.PAST),
        ("10-02 01:30", Stage.SECOND),
    ]


def test_a_quarter_of_an_hour_is_not_told_before_it_began() -> None:
    short = Running(until=at("2026-03-02 09:10"), began=at("2026-03-02 09:00"), hours=True)

    assert told(plan(short, USUAL, CALENDAR)) == [
        ("03-02 09:05", Stage.BEFORE),
        ("03-02 09:10", Stage.PAST),
        ("03-02 10:10", Stage.SECOND),
    ]


def test_the_last_day_on_a_holiday_is_told_on_the_working_day_before() -> None:
    """严格日期落在假日时，提前到假前最后一个工作日，不在假日里算作还有时间。"""
    steps = plan(days("2026-10-05", "2026-09-01 09:00", working=False), USUAL, CALENDAR)

    assert [(f"{one.at:%m-%d}", one.shifted) for one in steps][:2] == [
        ("09-24", False),
        ("09-30", True),
    ]
    assert f"{steps[2].at:%m-%d}" == "10-08"


def test_days_off_count_when_a_side_says_so() -> None:
    offsets = {Rhythm.LONG: Offsets((Span(2, Unit.CALENDAR_DAYS),))}
    every_day = Policy(offsets=offsets, hour=8, working_days_only=False)

    steps = plan(days("2026-10-05", "2026-09-01 09:00", working=False), every_day, CALENDAR)

    assert [f"{one.at:%m-%d %H}" for one in steps] == ["10-03 08", "10-05 08", "10-06 08"]


def test_what_begins_on_its_last_day_is_told_when_it_begins() -> None:
    steps = plan(days("2026-03-02", "2026-03-02 16:00"), USUAL, CALENDAR)

    assert told(steps)[0] == ("03-02 16:00", Stage.DAY)


@pytest.mark.parametrize(
    ("running", "rhythm"),
    [
        (Running(until=at("2026-03-02 10:00"), hours=True), Rhythm.HOURS),
        (days("2026-03-13", "2026-02-27 09:00"), Rhythm.LONG),
        (days("2026-03-12", "2026-02-27 09:00"), Rhythm.LONG),  # 28 February is a working Saturday
        (days("2026-03-11", "2026-02-27 09:00"), Rhythm.SHORT),
        (days("2026-03-02", "2026-02-28 09:00"), Rhythm.DAY),
        (days("2026-03-14", "2026-02-28 09:00", working=False), Rhythm.LONG),
        (days("2026-03-13", "2026-02-28 09:00", working=False), Rhythm.SHORT),
        (days("2026-03-02", working=False), Rhythm.LONG),
    ],
)
def test_how_long_a_clock_is(running: Running, rhythm: Rhythm) -> None:
    assert rhythm_of(running, CALENDAR) is rhythm


def test_of_many_steps_that_were_slept_through_the_strongest_is_told() -> None:
    steps = plan(days("2026-02-28", "2026-02-09 15:00"), USUAL, CALENDAR)

    missed = strongest(steps, at("2026-03-03 12:00"))
    coming = following(steps, at("2026-03-03 12:00"))

    assert missed is not None
    assert missed.stage is Stage.PAST
    assert coming is not None
    assert coming.stage is Stage.SECOND
    assert strongest(steps, at("2026-02-25 08:59")) is None


def test_a_clock_without_a_number_is_told_as_a_doubt() -> None:
    """没有数字的时限只计时、提醒，不判违约：说疑义，不说到期日。"""
    steps = doubt_plan(date(2026, 2, 13), USUAL, CALENDAR)

    assert told(steps) == [("02-14 09:00", Stage.DOUBT), ("03-05 09:00", Stage.DOUBT)]


def test_the_end_of_a_yearly_contract_is_told_sixty_days_before() -> None:
    """一次采购管两年、合同一年一签：届满前 60 天提醒另签；2026-12-05 是周六，提前到周五。"""
    steps = renewal_plan(date(2027, 2, 3), USUAL, CALENDAR)

    assert [(f"{one.at:%Y-%m-%d}", one.shifted) for one in steps] == [
        ("2026-12-04", True),
        ("2027-01-04", False),
    ]
    assert [
        term.id for term in load("government-cloud-2026").terms if asks_for_a_successor(term)
    ] == ["second-year-contract"]


def test_before_the_first_calendar_nothing_is_told() -> None:
    assert plan(days("1999-03-02"), USUAL, CALENDAR) == ()


@pytest.mark.parametrize(
    "text",
    ["3个工作日、1个工作日", "一半、15分钟", "3 working-days, 1 working-day", "half；15分钟", ""],
)
def test_offsets_are_read_as_they_are_written(text: str) -> None:
    read = offsets_from_words(text)

    assert offsets_from_words(offsets_in_words(read)) == read


@pytest.mark.parametrize("text", ["三天", "3天", "-1个工作日", "0.5小时", "🙂", "9" * 5000, "下周"])
def test_what_is_no_offset_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="期间"):
        offsets_from_words(text)


@pytest.mark.parametrize(
    ("rhythm", "offset"),
    [
        (Rhythm.LONG, Half.HALF),
        (Rhythm.LONG, Span(2, Unit.HOURS)),
        (Rhythm.HOURS, Span(1, Unit.WORKING_DAYS)),
        (Rhythm.SHORT, Span(0, Unit.WORKING_DAYS)),
        (Rhythm.SHORT, Span(99_999, Unit.WORKING_DAYS)),
        (Rhythm.SHORT, Span(1, Unit.MONTHS)),
    ],
)
def test_a_clock_is_not_told_in_units_that_it_does_not_know(rhythm: Rhythm, offset: Span) -> None:
    with pytest.raises(ValueError, match="时限"):
        Policy(offsets={rhythm: Offsets((offset,))})


@given(
    due=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    length=st.integers(0, 60),
    working=st.booleans(),
)
def test_no_step_falls_on_a_free_day_or_before_the_clock_and_none_twice(
    due: date, length: int, *, working: bool
) -> None:
    """假日不当工作日数；开始之前不提醒；提前的都在到期之前。"""
    began = datetime.combine(due, datetime.min.time(), SHANGHAI) - timedelta(days=length)
    running = Running(until=end_of(due), began=began, working=working)

    steps = plan(running, USUAL, CALENDAR)

    assert len({one.at for one in steps}) == len({one.step for one in steps}) == len(steps)
    for one in steps:
        early = one.stage in (Stage.BEFORE, Stage.DAY)
        assert CALENDAR.is_working(one.at.date()) or one.at <= began
        assert one.at <= running.until if early else one.at > running.until
