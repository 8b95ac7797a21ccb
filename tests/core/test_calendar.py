"""Working days, deadlines, service hours and pauses. The table of golden dates is read from the document."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lvyue.core.calendar import (
    SHANGHAI,
    BadCalendar,
    Calendar,
    CalendarRelease,
    DayKind,
    Deadline,
    NaiveMoment,
    OutsideCalendar,
    Pause,
    Pauses,
    RollOver,
    ServiceHours,
    Span,
    StillPaused,
    Unit,
    Window,
    day_of,
    deadline,
    elapsed,
    months_touched,
    quarters_touched,
    statutory_only,
    weeks_touched,
    window_before,
    years_touched,
)
from lvyue.library.calendar_files import default_calendar

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "algorithms" / "working-days.md"
CHINA = default_calendar()

DAYS = st.dates(date(2019, 1, 1), date(2029, 12, 31))
MOMENTS = st.integers(0, 9 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2019, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=seconds)
)
DAY_UNITS = [Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS]
OFFICE = ServiceHours.office((9 * 60, 12 * 60), (13 * 60, 17 * 60 + 30))


def at(text: str) -> datetime:
    """A moment in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def on(text: str) -> date:
    return date.fromisoformat(text)


def due(start: date, span: str, **how: object) -> Deadline:
    return deadline(start, Span.parse(span), CHINA, **how)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- the document


def documented_cases() -> list[tuple[str, ...]]:
    cases = (
        DOCUMENT.read_text(encoding="utf-8").split("<!-- cases -->")[1].split("<!-- /cases -->")[0]
    )
    rows = [
        tuple(cell.strip() for cell in line.strip("|\n ").split("|"))
        for line in cases.splitlines()
        if "|" in line
    ]
    return rows[2:]


def moment_or_day(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else on(text)


@pytest.mark.parametrize("row", documented_cases(), ids=" ".join)
def test_the_document_tells_the_truth(row: tuple[str, ...]) -> None:
    """文档里的每一行都要算得出来"""
    start, span, legal, strict, provisional = row

    found = due(moment_or_day(start), span.removeprefix("- "), before=span.startswith("-"))

    assert found.due == moment_or_day(legal)
    assert found.strict == moment_or_day(strict)
    assert found.provisional is (provisional == "yes")


def test_the_document_has_all_its_cases() -> None:
    """文档的例子不许悄悄变少"""
    assert len(documented_cases()) >= 30


def test_the_documents_steps_are_the_platforms() -> None:
    """文档里逐日的步骤就是平台给出的步骤"""
    blocks = re.findall(
        r"<!-- steps (\S+) (.+?) -->(.+?)<!-- /steps -->",
        DOCUMENT.read_text(encoding="utf-8"),
        re.DOTALL,
    )

    assert len(blocks) == 2
    for start, span, table in blocks:
        printed = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()
            if "|" in line
        ][2:]
        steps = due(on(start), span).steps
        assert [[str(s.day), s.kind.chinese, str(s.counted or "–")] for s in steps] == printed


# ------------------------------------------------------------------------------------------- kinds and look-ups


def test_days_have_their_kinds() -> None:
    """节假日通知逐日的性质"""
    kinds = {
        day: CHINA.kind(on(day))
        for day in ("2026-02-13", "2026-02-14", "2026-02-15", "2026-02-17", "2026-03-07")
    }

    assert list(kinds.values()) == [
        DayKind.WORKING,
        DayKind.MAKE_UP,
        DayKind.SHIFTED,
        DayKind.HOLIDAY,
        DayKind.WEEKEND,
    ]
    assert [kind.chinese for kind in DayKind] == [
        "工作日",
        "调休上班",
        "周末",
        "法定节假日",
        "调休放假",
    ]


@given(DAYS, st.integers(-400, 400))
def test_working_days_are_counted_one_by_one(day: date, n: int) -> None:
    """数工作日与逐日数结果一致，往前往后都是，超出日历表也是"""
    assume(n > 0 or day.year > 2020)
    walked, left = day, abs(n)
    while left:
        walked += timedelta(days=1 if n > 0 else -1)
        left -= CHINA.is_working(walked)

    assert CHINA.add_working_days(day, n) == walked
    assert CHINA.working_days_between(day, walked) == n


@given(DAYS, DAYS)
def test_working_days_between_counts_the_last_day_and_not_the_first(a: date, b: date) -> None:
    """首日不计，末日计入"""
    assume(a <= b)
    days = (a + timedelta(days=i) for i in range(1, (b - a).days + 1))

    assert CHINA.working_days_between(a, b) == sum(map(CHINA.is_working, days))


def test_zero_working_days_is_the_day_itself() -> None:
    """零个工作日就是当日"""
    assert CHINA.add_working_days(on("2026-02-16"), 0) == on("2026-02-16")


def test_days_before_the_first_table_are_refused() -> None:
    """日历之前的日子不猜"""
    with pytest.raises(OutsideCalendar, match="早于日历的第一天 2018-01-01"):
        CHINA.kind(on("2017-12-31"))
    with pytest.raises(OutsideCalendar, match="早于日历的第一天"):
        CHINA.add_working_days(on("2017-12-31"), 3)
    with pytest.raises(OutsideCalendar, match="往前数 5 个工作日"):
        CHINA.add_working_days(on("2018-01-03"), -5)
    with pytest.raises(OutsideCalendar, match="往前数"):
        CHINA.add_working_days(on("2018-01-01"), -1)


def test_a_calendar_is_asked_for_days_not_moments() -> None:
    """时刻要先化为北京时间的日期"""
    with pytest.raises(TypeError, match="不收时刻"):
        CHINA.add_working_days(at("2026-03-02T10:00"), 1)


def test_after_the_last_table_only_the_week_is_known() -> None:
    """没有通知的年份按周计算，且一律暂定"""
    assert CHINA.kind(on("2031-10-01")) is DayKind.WORKING
    assert not CHINA.is_published(on("2031-10-01"))
    assert not CHINA.is_published(on("2027-06-01"))
    assert CHINA.is_published(on("2026-06-01"))
    assert due(on("2031-09-30"), "1 working-day").provisional


def test_dates_stay_within_what_can_be_written() -> None:
    """超出公元 9999 年要说清楚"""
    for span in ("9000 years", "9000000 calendar-days", "9000000 working-days"):
        with pytest.raises(OutsideCalendar, match="9999"):
            due(on("2026-01-01"), span)


# ------------------------------------------------------------------------------------------- releases


def release(year: int, *days: tuple[str, DayKind], **more: object) -> CalendarRelease:
    named = {"notice": f"甲〔{year}〕1号", "issued": date(year - 1, 11, 1), "source": "通知"} | more
    return CalendarRelease(year, days=tuple((on(day), kind) for day, kind in days), **named)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "more", "words"),
    [
        ([], {"issued": None}, "没有发布日期"),
        ([("2026-01-01", DayKind.HOLIDAY)] * 2, {}, "重复或次序颠倒"),
        ([("2025-11-30", DayKind.HOLIDAY)], {}, "不在本年"),
        ([("2026-01-05", DayKind.WORKING)], {}, "不必写"),
        ([("2026-01-05", DayKind.MAKE_UP)], {}, "不是周六周日"),
    ],
)
def test_impossible_tables_are_refused(
    days: list[tuple[str, DayKind]], more: dict[str, object], words: str
) -> None:
    """通知不可能这样写"""
    with pytest.raises(BadCalendar, match=words):
        release(2026, *days, **more)


def test_a_calendar_has_no_gaps_and_no_rivals() -> None:
    """年份连续，一年一份"""
    with pytest.raises(BadCalendar, match=r"2024 年.*与 2026 年.*不连续"):
        Calendar.of([release(2024), release(2026)])
    with pytest.raises(BadCalendar, match="没有任何年份"):
        Calendar.of([])
    with pytest.raises(BadCalendar, match=r"甲〔2026〕1号与乙.*replaces"):
        Calendar.of([release(2026), release(2026, notice="乙", issued=date(2026, 3, 1))])


def test_a_later_notice_may_change_an_earlier_one() -> None:
    """调整通知从发布之日起为人所知"""
    first = release(2019)
    second = release(
        2019,
        ("2019-05-02", DayKind.SHIFTED),
        notice="乙",
        issued=date(2019, 3, 22),
        replaces=first.name,
    )

    assert Calendar.of([second, first]).kind(on("2019-05-02")) is DayKind.SHIFTED
    assert (
        Calendar.of([second, first], known_on=date(2019, 3, 21)).kind(on("2019-05-02"))
        is DayKind.WORKING
    )


def test_what_was_not_known_then_is_provisional() -> None:
    """签约时下一年的安排还没有公布，当时算出的日期只能暂定"""
    then = default_calendar(known_on=date(2025, 7, 29))

    assert then.is_published(on("2025-12-31"))
    assert not then.is_published(on("2026-01-04"))
    assert not then.is_working(on("2026-01-04"))
    assert CHINA.is_working(on("2026-01-04"))
    assert deadline(on("2025-12-31"), Span.parse("10 working-days"), then).provisional
    assert then.digest != CHINA.digest


def test_calendars_are_told_apart_by_their_digest() -> None:
    """相同的发布给出相同的摘要"""
    again = Calendar(CHINA.releases)

    assert again == CHINA
    assert hash(again) == hash(CHINA)
    assert release(2026).digest != release(2026, provisional=True).digest
    assert re.fullmatch("[0-9a-f]{64}", CHINA.digest)


def test_the_last_december_days_belong_to_the_next_notice() -> None:
    """2018 年末的安排写在 2019 年的通知里"""
    assert CHINA.kind(on("2018-12-29")) is DayKind.MAKE_UP
    assert CHINA.kind(on("2018-12-31")) is DayKind.SHIFTED
    assert default_calendar(known_on=date(2018, 6, 1)).kind(on("2018-12-31")) is DayKind.WORKING


def test_festivals_on_a_weekend_are_made_up_for_on_free_weekdays() -> None:
    """节日逢周末的补假，暂按下一个空闲的工作日估计"""
    estimate = statutory_only(2027, [on("2027-05-01"), on("2027-05-02")])

    assert [day for day, kind in estimate.days if kind is DayKind.SHIFTED] == [
        on("2027-05-03"),
        on("2027-05-04"),
    ]
    assert estimate.provisional


# ------------------------------------------------------------------------------------------- spans and moments


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("count", [0, 1, 10])
def test_spans_read_back(unit: Unit, count: int) -> None:
    """期间的两种写法都读得回来"""
    span = Span(count, unit)

    assert Span.parse(str(span)) == Span.parse(span.chinese) == span


def test_spans_have_names_in_both_languages() -> None:
    """十个工作日"""
    assert str(Span(1, Unit.WORKING_DAYS)) == "1 working-day"
    assert Span(10, Unit.WORKING_DAYS).chinese == "10个工作日"
    assert Span(6, Unit.MONTHS).chinese == "6个月"


@pytest.mark.parametrize("text", ["10 days", "10", "working-days", "1.5 hours", "-3 hours", "十日"])
def test_a_span_must_say_which_days(text: str) -> None:
    """日要写明自然日还是工作日"""
    with pytest.raises(ValueError, match="自然日还是工作日"):
        Span.parse(text)


@pytest.mark.parametrize("count", [-1, 1.5, True])
def test_a_span_has_a_whole_count(count: object) -> None:
    """期间的数量是整数"""
    with pytest.raises(ValueError, match="不小于零的整数"):
        Span(count, Unit.HOURS)  # type: ignore[arg-type]


def test_the_day_of_an_event_is_beijings() -> None:
    """以北京时间的日期为准"""
    assert day_of(datetime(2026, 3, 1, 17, 0, tzinfo=UTC)) == on("2026-03-02")
    assert day_of(on("2026-03-02")) == on("2026-03-02")
    with pytest.raises(NaiveMoment, match="没有时区"):
        day_of(datetime(2026, 3, 1, 17, 0))  # noqa: DTZ001 - what is refused


# ------------------------------------------------------------------------------------------- deadlines


@given(DAYS, st.sampled_from(DAY_UNITS), st.integers(0, 60), st.booleans())
def test_elapsed_undoes_a_deadline(start: date, unit: Unit, count: int, before: bool) -> None:
    """算出期限再倒算，还是那么多"""
    assume(not before or start.year > 2020)
    assume(not (before and unit in (Unit.MONTHS, Unit.YEARS)) or count < 12)
    found = deadline(start, Span(count, unit), CHINA, before=before, roll=RollOver.NONE)

    assert elapsed(start, found.strict, unit, CHINA) == (-count if before else count)


@given(MOMENTS, st.sampled_from([Unit.HOURS, Unit.MINUTES]), st.integers(0, 5000))
def test_elapsed_undoes_a_clock(start: datetime, unit: Unit, count: int) -> None:
    """小时和分钟也一样"""
    assert elapsed(start, deadline(start, Span(count, unit), CHINA).strict, unit, CHINA) == count


@given(DAYS, st.sampled_from(DAY_UNITS), st.integers(0, 60), st.sampled_from(RollOver))
def test_rolling_only_ever_moves_a_day_of_rest_to_later(
    start: date, unit: Unit, count: int, roll: RollOver
) -> None:
    """顺延只从休假日往后移，并且移到不再休假的第一天"""
    found = deadline(start, Span(count, unit), CHINA, roll=roll)

    assert found.due >= found.strict
    passed = [found.strict + timedelta(days=i) for i in range((found.due - found.strict).days)]
    assert not any(map(CHINA.is_working, passed))
    if roll is RollOver.REST_DAYS and unit is not Unit.WORKING_DAYS:
        assert CHINA.is_working(found.due)
    if unit is Unit.WORKING_DAYS or roll is RollOver.NONE:
        assert found.due == found.strict


@given(
    DAYS,
    st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS]),
    st.integers(1, 40),
    st.booleans(),
)
def test_steps_count_to_the_span_and_end_on_the_due_day(
    start: date, unit: Unit, count: int, before: bool
) -> None:
    """步骤从当日起，数到期间的数量，止于到期日"""
    assume(not before or start.year > 2019)
    found = deadline(start, Span(count, unit), CHINA, before=before)
    steps = found.steps

    assert steps[0].day == start
    assert steps[0].counted is None
    assert steps[-1].day == found.due
    assert [step.counted for step in steps if step.counted] == list(range(1, count + 1))
    assert next(step.day for step in steps if step.counted == count) == found.strict


def test_the_law_is_named_beside_each_step() -> None:
    """每一步写明依据"""
    notes = [step.note for step in due(on("2026-01-31"), "1 month").steps]
    rolled = [step.note for step in due(on("2026-02-10"), "1 week").steps]
    clock = [step.note for step in due(at("2026-09-30T23:30"), "1 hour").steps]

    assert "第二百零一条" in notes[0]
    assert "第二百零二条" in notes[1]
    assert rolled[-1] == "顺延至此日（民法典第二百零三条）"
    assert clock == ["起算时刻", "届满时刻，昼夜连续计算"]


def test_which_days_roll_is_a_policy() -> None:
    """末日是普通周六时，是否顺延由约定；严格日期总在旁边"""
    saturday = on("2026-03-07")

    found = {roll: due(on("2026-03-02"), "5 calendar-days", roll=roll).due for roll in RollOver}

    assert found == {
        RollOver.REST_DAYS: on("2026-03-09"),
        RollOver.HOLIDAYS_ONLY: saturday,
        RollOver.NONE: saturday,
    }
    assert due(on("2026-03-02"), "5 calendar-days").strict == saturday
    assert due(on("2026-02-10"), "1 week", roll=RollOver.HOLIDAYS_ONLY).due == on("2026-02-24")


def test_a_last_day_on_a_make_up_saturday_does_not_roll() -> None:
    """调休上班的周六不是休假日"""
    assert due(on("2026-02-21"), "1 week").due == on("2026-02-28")


def test_hours_need_a_moment_and_ignore_the_calendar() -> None:
    """小时从时刻起算，节假日不停"""
    assert due(at("2026-02-14T23:00"), "24 hours").due == at("2026-02-15T23:00")
    assert due(at("2026-02-14T23:00"), "30 minutes", before=True).due == at("2026-02-14T22:30")
    assert not due(at("2031-02-14T23:00"), "24 hours").provisional
    with pytest.raises(TypeError, match="补记事件发生的时刻"):
        due(on("2026-02-14"), "24 hours")
    with pytest.raises(TypeError, match="只有日期不够"):
        elapsed(on("2026-02-14"), on("2026-02-15"), Unit.HOURS, CHINA)


def test_a_moment_elsewhere_starts_on_beijings_day() -> None:
    """外地时刻先换成北京时间再取日期"""
    start = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)

    assert due(start, "1 working-day").due == on("2026-03-03")


@pytest.mark.parametrize(
    ("start", "span", "before", "provisional"),
    [
        ("2026-12-31", "1 working-day", False, True),
        ("2026-12-30", "1 working-day", False, False),
        ("2026-12-30", "1 calendar-day", False, False),
        ("2026-12-30", "2 calendar-days", False, True),
        ("2027-01-05", "5 calendar-days", True, False),
        ("2027-01-05", "5 working-days", True, True),
        ("2027-01-05", "2 hours", False, False),
    ],
)
def test_what_a_coming_notice_could_move_is_provisional(
    start: str, span: str, before: bool, provisional: bool
) -> None:
    """凡可能被将来的通知改变的日期都是暂定"""
    moment = at(start + "T10:00") if "hour" in span else on(start)

    assert due(moment, span, before=before).provisional is provisional


def test_a_last_day_that_cannot_roll_is_not_provisional() -> None:
    """约定不顺延的日期与通知无关"""
    assert not due(on("2027-03-01"), "5 calendar-days", roll=RollOver.NONE).provisional


def test_the_last_day_lasts_until_midnight() -> None:
    """最后一日到二十四时止"""
    found = due(on("2026-02-09"), "10 working-days")

    assert found.kept_by(at("2026-02-28T23:59:59"))
    assert not found.kept_by(at("2026-03-01T00:00"))
    assert found.kept_by(on("2026-02-28"))
    assert found.calendar_digest == CHINA.digest


def test_the_last_minute_is_in_time_and_the_next_is_not() -> None:
    """到时刻为止，差一秒也算逾期"""
    found = due(at("2026-09-30T23:30"), "1 hour")

    assert found.kept_by(at("2026-10-01T00:30"))
    assert not found.kept_by(at("2026-10-01T00:30:01"))
    assert found.kept_by(on("2026-09-30"))
    assert not found.kept_by(on("2026-10-02"))
    with pytest.raises(ValueError, match="补记时刻"):
        found.kept_by(on("2026-10-01"))


def test_months_between_ends_of_months() -> None:
    """月末对月末算一个月"""
    pairs = [
        ("2026-01-31", "2026-02-28", 1),
        ("2026-02-28", "2026-03-31", 1),
        ("2026-01-31", "2026-02-27", 0),
    ]

    assert [elapsed(on(a), on(b), Unit.MONTHS, CHINA) for a, b, _ in pairs] == [
        n for _, _, n in pairs
    ]
    assert elapsed(on("2026-03-31"), on("2026-01-31"), Unit.MONTHS, CHINA) == -2
    assert elapsed(on("2024-02-29"), on("2025-02-28"), Unit.YEARS, CHINA) == 1
    assert elapsed(on("2026-03-10"), on("2026-03-01"), Unit.WEEKS, CHINA) == -1


# ------------------------------------------------------------------------------------------- windows


def test_a_window_opens_and_closes() -> None:
    """期满前十五个工作日内:2022-12-12 开，2022-12-31 止"""
    window = window_before(on("2022-12-31"), Span.parse("15 working-days"), CHINA)

    assert (window.opens, window.closes, window.provisional) == (
        on("2022-12-12"),
        on("2022-12-31"),
        False,
    )
    assert [window.covers(on(f"2022-12-{day}")) for day in ("11", "12", "31")] == [
        False,
        True,
        True,
    ]
    assert window.covers(at("2022-12-31T23:59"))
    assert not window.covers(on("2023-01-01"))
    with pytest.raises(ValueError, match="结束早于"):
        Window(on("2026-01-02"), on("2026-01-01"))
    with pytest.raises(TypeError, match="窗口期按日计"):
        window_before(on("2022-12-31"), Span.parse("2 hours"), CHINA)


# ------------------------------------------------------------------------------------------- service hours


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02T09:00", 60, "2026-03-02T10:00"),
        ("2026-03-02T11:30", 60, "2026-03-02T13:30"),
        ("2026-03-02T17:00", 30, "2026-03-02T17:30"),  # closing time, not the next opening
        (
            "2026-03-02T11:00",
            60,
            "2026-03-02T12:00",
        ),  # the lunch hour begins, the sum stays before it
        ("2026-03-02T17:00", 31, "2026-03-03T09:01"),
        ("2026-03-02T20:00", 1, "2026-03-03T09:01"),
        ("2026-03-06T17:29", 2, "2026-03-09T09:01"),
        ("2026-02-13T17:00", 60, "2026-02-14T09:30"),  # the make-up Saturday works
        ("2026-02-14T17:00", 60, "2026-02-24T09:30"),  # over the Spring Festival
        ("2026-03-02T20:00", 0, "2026-03-02T20:00"),
    ],
)
def test_the_service_clock_runs_in_its_hours(start: str, minutes: int, end: str) -> None:
    """服务时间外不走表，正好到下班时停在下班时"""
    clock = OFFICE.on(CHINA)

    assert clock.add(at(start), minutes) == at(end)
    assert clock.elapsed(at(start), at(end)) == timedelta(minutes=minutes)


@given(MOMENTS, st.integers(1, 20000))
def test_the_service_clock_undoes_itself(start: datetime, minutes: int) -> None:
    """加上服务时间再量，还是那么多"""
    clock = OFFICE.on(CHINA)
    end = clock.add(start, minutes)

    assert clock.elapsed(start, end) == timedelta(minutes=minutes)
    assert clock.elapsed(end, start) == -timedelta(minutes=minutes)
    assert not clock.is_open(start) or clock.elapsed(start, start + timedelta(microseconds=1))


@given(MOMENTS, st.integers(0, 20000))
def test_around_the_clock_is_plain_time(start: datetime, minutes: int) -> None:
    """7×24 就是连续时间"""
    clock = ServiceHours.around_the_clock().on(CHINA)

    assert clock.add(start, minutes) == start + timedelta(minutes=minutes)


def test_a_seconds_lateness_is_seen() -> None:
    """迟一秒也量得出来"""
    clock = OFFICE.on(CHINA)

    assert clock.elapsed(at("2026-03-02T09:00"), at("2026-03-02T09:30:01")) == timedelta(
        minutes=30, seconds=1
    )


def test_service_hours_of_odd_days() -> None:
    """周六上午服务，节假日不服务，调休日可另约"""
    week = (((540, 1020),),) * 5 + (((540, 720),), ())
    hours = ServiceHours(week, make_up=((600, 660),))
    clock = hours.on(CHINA)

    assert clock.elapsed(at("2026-03-07T00:00"), at("2026-03-08T00:00")) == timedelta(hours=3)
    assert clock.elapsed(at("2026-02-14T00:00"), at("2026-02-15T00:00")) == timedelta(hours=1)
    assert clock.elapsed(at("2026-02-21T00:00"), at("2026-02-22T00:00")) == timedelta()
    assert clock.is_open(at("2026-03-07T09:00"))
    assert not clock.is_open(at("2026-03-07T12:00"))


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ((((540, 600),),) * 6, "七天"),
        (((),) * 7, "从不开放"),
        ((((600, 540),),) * 7, "由早到晚"),
        ((((540, 600), (590, 700)),) * 7, "互不重叠"),
        ((((540, 1500),),) * 7, "1440"),
    ],
)
def test_impossible_service_hours_are_refused(
    week: tuple[tuple[tuple[int, int], ...], ...], words: str
) -> None:
    """服务时间写错要指出来"""
    with pytest.raises(ValueError, match=words):
        ServiceHours(week)


def test_time_to_run_is_never_negative() -> None:
    """时限不能为负"""
    with pytest.raises(ValueError, match="不能为负"):
        OFFICE.on(CHINA).add(at("2026-03-02T09:00"), -1)


# ------------------------------------------------------------------------------------------- pauses


def paused(*hours: tuple[str, str | None]) -> Pauses:
    return Pauses(tuple(Pause(at(a), at(b) if b else None, "等待甲方") for a, b in hours))


def test_overlapping_pauses_count_once() -> None:
    """重叠的暂停只算一次，次序无关"""
    pauses = paused(
        ("2026-03-02T11:00", "2026-03-02T13:00"), ("2026-03-02T10:00", "2026-03-02T12:00")
    )

    assert pauses.merged == ((at("2026-03-02T10:00"), at("2026-03-02T13:00")),)
    assert pauses.elapsed(at("2026-03-02T09:00"), at("2026-03-02T14:00")) == timedelta(hours=2)
    assert pauses.extend(at("2026-03-02T09:00"), 120) == at("2026-03-02T14:00")
    assert pauses.extend(at("2026-03-02T09:00"), 60) == at("2026-03-02T10:00")


def test_pauses_stop_the_service_clock_too() -> None:
    """服务时间内的暂停才扣"""
    clock = OFFICE.on(CHINA)
    pauses = paused(("2026-03-02T16:30", "2026-03-03T10:00"))

    assert pauses.paused(at("2026-03-02T09:00"), at("2026-03-03T17:30"), clock) == timedelta(
        hours=2
    )
    assert pauses.extend(at("2026-03-02T16:00"), 60, clock) == at("2026-03-03T10:30")


@given(
    MOMENTS,
    st.integers(0, 3000),
    st.lists(st.tuples(st.integers(-500, 3000), st.integers(1, 600)), max_size=6),
)
def test_what_pauses_add_they_take_away(
    start: datetime, minutes: int, spans: list[tuple[int, int]]
) -> None:
    """顺延后的时限扣除暂停，还是原来的时限"""
    pauses = Pauses(
        tuple(
            Pause(start + timedelta(minutes=a), start + timedelta(minutes=a + length), "暂停")
            for a, length in spans
        )
    )

    end = pauses.extend(start, minutes)

    assert pauses.elapsed(start, end) == timedelta(minutes=minutes)


def test_an_open_pause_leaves_the_deadline_open() -> None:
    """暂停没有结束，期限算不出来"""
    pauses = paused(("2026-03-02T10:00", None))

    assert pauses.elapsed(at("2026-03-02T09:00"), at("2026-03-05T09:00")) == timedelta(hours=1)
    assert due(at("2026-03-02T09:00"), "1 hour", pauses=pauses).due == at("2026-03-02T10:00")
    for start, span in ((at("2026-03-02T09:00"), "2 hours"), (on("2026-02-27"), "2 working-days")):
        with pytest.raises(StillPaused, match="尚未结束"):
            due(start, span, pauses=pauses)


def test_paused_days_are_not_counted() -> None:
    """暂停的日子不计入，到期日顺延"""
    days = Pauses((Pause.of_days(on("2026-03-04"), on("2026-03-05"), "甲方停电"),))

    working = due(on("2026-03-02"), "5 working-days", pauses=days)
    calendar = due(on("2026-03-02"), "3 calendar-days", pauses=days)
    month = due(on("2026-03-02"), "1 month", pauses=days)

    assert working.due == on("2026-03-11")
    assert [s.counted for s in working.steps] == [None, 1, None, None, 2, None, None, 3, 4, 5]
    assert working.steps[2].note == "暂停：甲方停电"
    assert (calendar.strict, calendar.due) == (on("2026-03-07"), on("2026-03-09"))
    assert month.strict == on("2026-04-04")
    assert month.steps[2].note == "加上暂停的日数"


def test_a_pause_that_comes_into_reach_is_counted_too() -> None:
    """顺延后又碰上的暂停也要算"""
    days = Pauses(
        (
            Pause.of_days(on("2026-03-03"), on("2026-03-03"), "甲"),
            Pause.of_days(on("2026-03-05"), on("2026-03-05"), "乙"),
        )
    )

    assert due(on("2026-03-02"), "2 working-days", pauses=days).due == on("2026-03-06")


def test_pauses_have_a_start_before_their_end_and_no_place_in_lead_times() -> None:
    """暂停起止要对，提前期没有暂停"""
    with pytest.raises(ValueError, match="不晚于开始"):
        paused(("2026-03-02T10:00", "2026-03-02T10:00"))
    with pytest.raises(ValueError, match="没有暂停可言"):
        due(
            on("2026-03-02"),
            "1 week",
            before=True,
            pauses=paused(("2026-02-26T10:00", "2026-02-26T11:00")),
        )


# ------------------------------------------------------------------------------------------- slices


def test_nine_months_have_forty_weeks_and_nine_reports() -> None:
    """2022-04-01 至 2022-12-31:四十周、九个月、三个季度"""
    period = (on("2022-04-01"), on("2022-12-31"))

    assert len(weeks_touched(*period)) == 40
    assert weeks_touched(*period)[0] == ("2022-W13", on("2022-04-01"), on("2022-04-03"))
    assert [s.label for s in months_touched(*period)] == [f"2022-{m:02d}" for m in range(4, 13)]
    assert [s.label for s in quarters_touched(*period)] == ["2022-Q2", "2022-Q3", "2022-Q4"]


def test_slices_are_cut_to_the_period() -> None:
    """首尾按服务期截断"""
    period = (on("2025-12-30"), on("2026-02-02"))

    assert months_touched(*period)[-1] == ("2026-02", on("2026-02-01"), on("2026-02-02"))
    assert years_touched(*period) == (
        ("2025", on("2025-12-30"), on("2025-12-31")),
        ("2026", on("2026-01-01"), on("2026-02-02")),
    )
    assert weeks_touched(*period)[0].label == "2026-W01"
    with pytest.raises(ValueError, match="早于首日"):
        weeks_touched(period[1], period[0])


@given(DAYS, st.integers(0, 900))
def test_slices_tile_the_period(first: date, length: int) -> None:
    """各段首尾相接，不重不漏"""
    last = first + timedelta(days=length)
    for touched in (weeks_touched, months_touched, quarters_touched, years_touched):
        slices = touched(first, last)
        assert slices[0].first == first
        assert slices[-1].last == last
        assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(slices))
        assert len({s.label for s in slices}) == len(slices)
