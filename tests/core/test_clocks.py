"""Clocks of tickets: against a slow count of minutes and days, against the evaluation, and against what other products got wrong.

The names of the cases in the middle are the threads in which users of other products reported the failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.calendar import (
    NO_PAUSES,
    SHANGHAI,
    Calendar,
    CalendarRelease,
    DayKind,
    Pause,
    Pauses,
    ServiceHours,
    Span,
    Unit,
)
from lvyue.core.clocks import ClockRule, ClockState, Part, read, segments
from lvyue.core.evaluation import evaluate
from lvyue.core.facts import Fact, FactId
from lvyue.core.obligation import Verdict
from lvyue.core.terms import DeadlineAfterEvent, TermId
from lvyue.core.tickets import (
    MARKS,
    OPEN,
    PEN,
    TICKET_KINDS,
    Happening,
    RunningClock,
    Source,
    TicketKind,
    clockable_terms,
    clocked_terms,
    moments_of,
    pauses_of,
    readings,
    refused_time,
    rounds,
    term_legs,
)
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load, release_ids

CHINA = default_calendar()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OFFICE = ServiceHours.office((540, 690), (780, 1020))  # 9:00–11:30, 13:00–17:00


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def on(rule_limit: str, hours: ServiceHours | None = None) -> ClockRule:
    return ClockRule("c", "时钟", limit=Span.parse(rule_limit), hours=hours)


# ── against a slow count ─────────────────────────────────────────────────────────────────────────────────────────

moments = st.integers(0, 40 * 24 * 60).map(lambda n: at("2026-02-05 00:00") + n * MINUTE)


@st.composite
def pauses(draw: st.DrawFn) -> Pauses:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        opens = draw(moments)
        closes = opens + draw(st.integers(1, 4 * 24 * 60)) * MINUTE
        found.append(Pause(opens, closes, "停电"))
    return Pauses(tuple(found))


def counts(moment: datetime, stood: Pauses, hours: ServiceHours | None) -> bool:
    """Whether the minute that begins now is counted: looked up in the plain tables, one minute at a time."""
    if any(
        one.opens <= moment and (one.closes is None or moment < one.closes) for one in stood.pauses
    ):
        return False
    if hours is None:
        return True
    minute = moment.hour * 60 + moment.minute
    today = hours.of(moment.date(), CHINA.kind(moment.date()))
    return any(opens <= minute < closes for opens, closes in today)


def end_by_minutes(
    began: datetime, minutes: int, stood: Pauses, hours: ServiceHours | None
) -> datetime:
    now = began
    while minutes:
        minutes -= counts(now, stood, hours)
        now += MINUTE
    return now


def end_by_days(began: date, days: int, stood: Pauses, *, working: bool) -> date:
    day = began
    while days:
        day += DAY
        midnight = datetime.combine(day, time(), SHANGHAI)
        paused = any(
            one.opens < midnight + DAY and (one.closes is None or one.closes > midnight)
            for one in stood.pauses
        )
        rests = working and CHINA.kind(day) not in (DayKind.WORKING, DayKind.MAKE_UP)
        days -= not (paused or rests)
    while not working and CHINA.kind(day) not in (DayKind.WORKING, DayKind.MAKE_UP):
        day += DAY
    return day


@given(moments, st.integers(0, 2000), pauses(), st.sampled_from([None, OFFICE]))
def test_a_clock_of_minutes_ends_where_a_slow_count_ends(
    began: datetime, minutes: int, stood: Pauses, hours: ServiceHours | None
) -> None:
    rule = ClockRule("c", "时钟", limit=Span(minutes, Unit.MINUTES), hours=hours)

    reading = read(rule, began, None, stood, CHINA, began + 100 * DAY)

    assert reading.due == end_by_minutes(began, minutes, stood, hours)


@given(moments, st.integers(0, 30), pauses(), st.booleans())
def test_a_clock_of_days_ends_where_a_slow_count_ends(
    began: datetime, days: int, stood: Pauses, working: bool
) -> None:
    unit = Unit.WORKING_DAYS if working else Unit.CALENDAR_DAYS
    rule = ClockRule("c", "时钟", limit=Span(days, unit))

    reading = read(rule, began, None, stood, CHINA, began + 100 * DAY)

    assert reading.due == end_by_days(began.date(), days, stood, working=working)


@given(moments, st.integers(1, 2000), pauses(), st.sampled_from([None, OFFICE]))
def test_at_its_end_a_clock_has_counted_just_its_limit(
    began: datetime, minutes: int, stood: Pauses, hours: ServiceHours | None
) -> None:
    rule = ClockRule("c", "时钟", limit=Span(minutes, Unit.MINUTES), hours=hours)
    due = read(rule, began, None, stood, CHINA, began).due_moment
    assert due is not None

    there = read(rule, began, due, stood, CHINA, due)
    after = read(rule, began, due + MINUTE / 60, stood, CHINA, due + MINUTE)

    assert (there.counted, there.level, there.verdict) == (minutes * MINUTE, 100, Verdict.MET)
    assert after.verdict is Verdict.LATE


@given(
    moments, st.integers(1, 3000), pauses(), st.sampled_from([None, OFFICE]), st.integers(0, 9000)
)
def test_the_stretches_of_a_life_have_no_gaps_and_add_up(
    began: datetime, minutes: int, stood: Pauses, hours: ServiceHours | None, later: int
) -> None:
    now = began + later * MINUTE
    rule = ClockRule("c", "时钟", limit=Span(minutes, Unit.MINUTES), hours=hours)
    reading = read(rule, began, None, stood, CHINA, now)

    life = segments(reading, stood, CHINA, now)

    assert [one.begins for one in life] == [began, *(one.ends for one in life)][: len(life)]
    assert sum((one.ends - one.begins for one in life), timedelta()) == now - began
    due = reading.due_moment
    if due is not None and now <= due:
        counted = sum((o.ends - o.begins for o in life if o.part is Part.COUNTED), timedelta())
        assert counted == reading.counted


@given(moments, st.integers(1, 500), pauses(), moments, moments)
def test_reading_again_says_the_same_whatever_was_read_before(
    began: datetime, minutes: int, stood: Pauses, first: datetime, second: datetime
) -> None:
    rule = ClockRule("c", "时钟", limit=Span(minutes, Unit.MINUTES))

    live = [read(rule, began, None, stood, CHINA, now) for now in sorted((first, second))]
    anew = read(rule, began, None, stood, CHINA, max(first, second))

    assert live[-1] == anew


# ── elapsed and deadline ─────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def lives(draw: st.DrawFn) -> list[Happening]:
    """Anything that may happen to a ticket, in any order, also written down late, merged, objected to, opened again."""
    opened = draw(moments)
    names = (
        *("answer", "pause", "resume", "restore", "reopen", "confirm", "close", "accept_cause"),
        *("take_in", "merge", "withdraw", "level", "note", "auto_answer", "arrive"),
    )
    found = [Happening(0, OPEN, opened, opened, source=Source.MACHINE)]
    now = opened
    for index in range(1, draw(st.integers(0, 9)) + 1):
        now += draw(st.integers(0, 4000)) * MINUTE
        name = draw(st.sampled_from(names))
        data = {"reason": "停电", "clock": draw(st.sampled_from(["", "c", "another"]))}
        if name == "accept_cause":
            ends = now - draw(st.integers(0, 500)) * MINUTE
            begins = ends - draw(st.integers(1, 3000)) * MINUTE
            data |= {"cause": "power", "begins": begins.isoformat(), "ends": ends.isoformat()}
        elif name == "take_in":
            data["since"] = (opened - draw(st.integers(0, 3000)) * MINUTE).isoformat()
        said = now - draw(st.integers(0, 600)) * MINUTE
        machine = draw(st.booleans())
        source = Source.MACHINE if machine else Source.TYPED
        found.append(Happening(index, name, said, now, source=source, data=data))
    return found


limits = st.one_of(
    st.integers(1, 4000).map(lambda n: f"{n} minutes"),
    st.integers(1, 90).map(lambda n: f"{n} hours"),
)


@given(lives(), limits, st.sampled_from([None, OFFICE]), st.integers(0, 60000))
def test_elapsed_never_disagrees_with_the_deadline(
    history: list[Happening], limit: str, hours: ServiceHours | None, later: int
) -> None:
    """Whatever happened: less than the limit has been counted exactly as long as the end has not come."""
    clock = RunningClock(on(limit, hours), OPEN, (("restore",),))
    now = history[0].at + later * MINUTE
    (found,) = readings((clock,), rounds(history)[-1], CHINA, now)
    if found.due is None or found.began is None:
        return
    until, whole = found.stopped or now, _length_of(limit)
    assert isinstance(found.due, datetime)

    assert (found.counted < whole) == (until < found.due)
    if found.counted > whole:
        assert until > found.due
    assert found.counted + found.paused <= found.gross
    assert found.is_over == (until > found.due)
    assert found.level is not None
    assert (found.level >= 100) == (until >= found.due)


@given(lives(), st.integers(1, 40), st.booleans(), st.integers(0, 60000))
def test_days_counted_never_disagree_with_the_day(
    history: list[Happening], days: int, working: bool, later: int
) -> None:
    clock = RunningClock(
        on(f"{days} {'working-days' if working else 'calendar-days'}"), OPEN, (("restore",),)
    )
    now = history[0].at + later * MINUTE
    (found,) = readings((clock,), rounds(history)[-1], CHINA, now)
    if found.due is None or found.counted_days is None:
        return
    until = found.stopped or now

    if working:  # a calendar day that is a holiday moves the end, and no count of days with it
        assert (found.counted_days < days) == (until.date() < found.due)
    if found.counted_days > days and working:
        assert until.date() > found.due
    assert found.is_over == (until.date() > found.due)


@given(lives(), limits, limits, st.integers(0, 60000))
def test_after_a_change_of_priority_all_is_as_if_it_had_always_been_so(
    history: list[Happening], before: str, after: str, later: int
) -> None:
    """A clock has no memory: what was read under another limit, or read earlier, changes nothing (frappe 2449, glpi 6902)."""
    now = history[0].at + later * MINUTE
    part = rounds(history)[-1]

    def told(limit: str, moment: datetime) -> object:
        return readings((RunningClock(on(limit), OPEN, (("restore",),)),), part, CHINA, moment)

    fresh = told(after, now)
    told(before, now)
    told(after, now - 500 * MINUTE)
    assert told(after, now) == fresh


def _length_of(limit: str) -> timedelta:
    count, unit = limit.split()
    return int(count) * (MINUTE if unit == "minutes" else 60 * MINUTE)


# ── against the evaluation ───────────────────────────────────────────────────────────────────────────────────────


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """A ticket with accepted pauses, perhaps answered, in the order in which it was written down."""
    opened = draw(moments)
    found = [(OPEN, opened)]
    now = opened
    for _ in range(draw(st.integers(0, 3))):
        now += draw(st.integers(0, 3000)) * MINUTE
        found.append(("pause", now))
        now += draw(st.integers(1, 3000)) * MINUTE
        found.append(("resume", now))
    if draw(st.booleans()):
        now += draw(st.integers(0, 6000)) * MINUTE
        found.append(("answer", now))
    return [
        Happening(index, name, moment, moment, source=Source.MACHINE, data={"reason": "停电"})
        for index, (name, moment) in enumerate(found)
    ]


def facts_of(history: Sequence[Happening], opening: str, answer: str, **more: str) -> list[Fact]:
    kinds = {OPEN: opening, "answer": answer, "pause": "ticket.paused", "resume": "ticket.resumed"}
    data = {OPEN: more, "pause": {"reason": "power"}}
    return [
        Fact(
            FactId(f"t-{one.index}"),
            kinds[one.name],
            one.at,
            "单",
            data.get(one.name, {}),
            one.index,
        )
        for one in history
    ]


CASES = [
    ("cloud-lease-2025", "kpi-9", "ticket.opened", "ticket.answered", {"class": "incident"}),
    ("government-cloud-2026", "written-request-reply", "request.received", "request.replied", {}),
    ("digital-operations-2026", "client-reply", "letter.received", "letter.answered", {}),
]


@pytest.mark.parametrize(("paper", "term", "opening", "answer", "more"), CASES)
@given(history=histories(), days=st.integers(0, 60))
def test_a_live_clock_and_the_evaluation_say_the_same(
    paper: str,
    term: str,
    opening: str,
    answer: str,
    more: dict[str, str],
    history: list[Happening],
    days: int,
) -> None:
    release = load(paper)
    day = history[0].at.date() + days * DAY
    evening = datetime.combine(day, time.max, SHANGHAI)
    ruling = release.term_by_id[TermId(term)]
    assert isinstance(ruling, DeadlineAfterEvent)
    assert isinstance(ruling.within, Span)
    rule = ClockRule(term, term, limit=ruling.within, term=TermId(term))
    known = [one for one in history if one.at <= evening]
    times = moments_of(known)

    live = read(rule, times[OPEN], times.get("answer"), pauses_of(known), CHINA, evening)
    evaluation = evaluate(release, facts_of(history, opening, answer, **more), CHINA, day)

    finding = next(f for f in evaluation.findings if f.term == term and f.occurrence == "单")
    assert finding.verdict is live.verdict
    if live.verdict in (Verdict.MET, Verdict.LATE, Verdict.MISSED):
        assert finding.due == live.due


# ── what other products got wrong ────────────────────────────────────────────────────────────────────────────────


def test_glpi_467_a_weekend_turned_into_a_working_day_counts() -> None:
    """GLPI 467: 14 and 28 February 2026 are Saturdays on which people work."""
    reading = read(
        on("1 working-days"), at("2026-02-13 10:00"), None, NO_PAUSES, CHINA, at("2026-02-13 10:00")
    )
    assert reading.due == date(2026, 2, 14)


def test_zendesk_103_a_tuesday_off_and_a_saturday_on() -> None:
    """A holiday in the week and its make-up day replace the pattern of the week, each on its own date."""
    days = ((date(2026, 9, 20), DayKind.MAKE_UP), (date(2026, 9, 22), DayKind.SHIFTED))
    calendar = Calendar([CalendarRelease(2026, "试", date(2025, 11, 1), "试", days)])
    rule = on("2 working-days")
    reading = read(rule, at("2026-09-19 09:00"), None, NO_PAUSES, calendar, at("2026-09-19 09:00"))
    assert reading.due == date(2026, 9, 21)
    later = read(rule, at("2026-09-21 09:00"), None, NO_PAUSES, calendar, at("2026-09-21 09:00"))
    assert later.due == date(2026, 9, 24)


def test_frappe_helpdesk_2212_the_clock_does_not_run_through_lunch() -> None:
    reading = read(
        on("60 minutes", OFFICE),
        at("2026-03-02 11:00"),
        None,
        NO_PAUSES,
        CHINA,
        at("2026-03-02 12:00"),
    )
    assert reading.due == at("2026-03-02 13:30")
    assert reading.state is ClockState.CLOSED_HOURS
    assert reading.counted == 30 * MINUTE


def test_osticket_1168_business_hours_skip_the_night_and_the_holiday() -> None:
    reading = read(
        on("2 hours", OFFICE),
        at("2026-02-14 16:00"),
        None,
        NO_PAUSES,
        CHINA,
        at("2026-02-14 16:00"),
    )
    assert reading.due == at(
        "2026-02-24 10:00"
    )  # the Spring Festival lasts from the 15th to the 23rd


def test_glpi_10594_limit_and_pause_are_counted_by_one_calendar() -> None:
    """A pause over a weekend takes nothing out of a limit in working days."""
    weekend = Pauses((Pause(at("2026-03-07 00:00"), at("2026-03-09 00:00"), "停电"),))
    rule = on("3 working-days")
    reading = read(rule, at("2026-03-05 10:00"), None, weekend, CHINA, at("2026-03-06 10:00"))
    assert reading.due == reading.due_without_pauses == date(2026, 3, 10)


def test_frappe_2449_hold_time_is_walked_and_not_added() -> None:
    """Twenty hours of hold over a night cost the office clock one hour, not twenty."""
    hold = Pauses((Pause(at("2026-03-02 16:00"), at("2026-03-03 09:00"), "等用户"),))
    reading = read(
        on("3 hours", OFFICE), at("2026-03-02 15:00"), None, hold, CHINA, at("2026-03-03 09:00")
    )
    assert reading.due == at("2026-03-03 11:00")
    assert reading.paused == 60 * MINUTE


def test_glpi_6902_a_pause_survives_a_change_of_the_limit() -> None:
    """Nothing is accumulated: with another limit the same pause counts just as before."""
    hold = Pauses((Pause(at("2026-03-02 10:30"), at("2026-03-02 11:30"), "等用户"),))
    for limit, due in (("2 hours", "2026-03-02 13:00"), ("4 hours", "2026-03-02 15:00")):
        reading = read(on(limit), at("2026-03-02 10:00"), None, hold, CHINA, at("2026-03-02 12:00"))
        assert reading.due == at(due)


def test_glpi_24481_nothing_is_violated_while_it_is_paused() -> None:
    hold = Pauses((Pause(at("2026-03-02 10:30"), None, "等用户"),))
    reading = read(on("1 hours"), at("2026-03-02 10:00"), None, hold, CHINA, at("2026-03-05 10:00"))
    assert (reading.state, reading.verdict) == (ClockState.PAUSED, Verdict.SUSPENDED)
    assert reading.due is None
    assert reading.due_without_pauses == at("2026-03-02 11:00")


def test_a_pause_after_the_end_saves_nothing() -> None:
    hold = Pauses((Pause(at("2026-03-02 12:00"), None, "等用户"),))
    reading = read(on("1 hours"), at("2026-03-02 10:00"), None, hold, CHINA, at("2026-03-05 10:00"))
    assert reading.verdict is Verdict.MISSED


def test_glpi_23359_time_between_done_and_objected_is_nobodys_pause() -> None:
    """What the user does not accept was never done: the clock runs from the beginning, without a hole."""
    history = [
        Happening(0, OPEN, at("2026-03-02 10:00"), at("2026-03-02 10:00")),
        Happening(1, "restore", at("2026-03-02 11:00"), at("2026-03-02 11:00")),
        Happening(2, "reopen", at("2026-03-02 13:00"), at("2026-03-02 13:00")),
    ]
    assert len(rounds(history)) == 1
    assert "restore" not in moments_of(history)
    assert not pauses_of(history)


def test_after_the_users_confirmation_a_reopening_is_a_new_round() -> None:
    times = ["10:00", "11:00", "11:30", "13:00"]
    names = [OPEN, "restore", "confirm", "reopen"]
    history = [
        Happening(n, name, at(f"2026-03-02 {when}"), at(f"2026-03-02 {when}"))
        for n, (name, when) in enumerate(zip(names, times, strict=True))
    ]
    first, second = rounds(history)
    assert moments_of(first)["restore"] == at("2026-03-02 11:00")
    assert moments_of(second) == {OPEN: at("2026-03-02 13:00")}


def test_zammad_5177_no_clock_touches_another() -> None:
    opened = at("2026-03-02 10:00")
    answered, now = at("2026-03-02 10:04"), at("2026-03-02 12:00")
    response = read(on("5 minutes"), opened, answered, NO_PAUSES, CHINA, now)
    restoration = read(on("1 hours"), opened, None, NO_PAUSES, CHINA, now)
    assert (response.verdict, restoration.verdict) == (Verdict.MET, Verdict.MISSED)


def test_objectstack_1310_waiting_for_the_customer_is_drawn_and_not_counted() -> None:
    hold = Pauses((Pause(at("2026-03-02 11:00"), at("2026-03-05 11:00"), "等待用户"),))
    began, now = at("2026-03-02 10:00"), at("2026-03-05 11:30")
    reading = read(on("2 hours"), began, None, hold, CHINA, now)
    assert reading.verdict is Verdict.NOT_DUE
    assert [(one.part, one.because) for one in segments(reading, hold, CHINA, now)] == [
        (Part.COUNTED, ""),
        (Part.PAUSED, "等待用户"),
        (Part.COUNTED, ""),
    ]


def test_a_day_is_not_twenty_four_hours() -> None:
    rule = on("1 working-days")
    reading = read(rule, at("2026-03-06 16:59"), None, NO_PAUSES, CHINA, at("2026-03-06 17:00"))
    assert reading.due == date(2026, 3, 9)


def test_the_golden_cases_of_three_contracts() -> None:
    three = read(
        on("3 working-days"), at("2026-02-13 15:00"), None, NO_PAUSES, CHINA, at("2026-02-13 15:00")
    )
    assert three.due == date(2026, 2, 25)
    letter = read(
        on("15 working-days"),
        at("2026-09-14 09:00"),
        None,
        NO_PAUSES,
        CHINA,
        at("2026-09-14 09:00"),
    )
    assert letter.due == date(2026, 10, 10)
    five = on("5 minutes")
    opened = at("2026-03-02 10:00:00")
    for answered, verdict in (("10:05:00", Verdict.MET), ("10:05:01", Verdict.LATE)):
        done = at(f"2026-03-02 {answered}")
        assert read(five, opened, done, NO_PAUSES, CHINA, done).verdict is verdict


def test_a_date_in_a_year_without_a_notice_is_provisional() -> None:
    reading = read(
        on("15 working-days"),
        at("2026-12-20 09:00"),
        None,
        NO_PAUSES,
        CHINA,
        at("2026-12-21 09:00"),
    )
    assert reading.provisional


def test_without_a_number_a_clock_measures_and_never_blames() -> None:
    rule = ClockRule("c", "恢复", open_because="合同只写“及时”")
    reading = read(rule, at("2026-03-02 10:00"), None, NO_PAUSES, CHINA, at("2027-03-02 10:00"))
    assert reading.verdict is Verdict.NOT_DECIDABLE
    assert reading.counted == 365 * DAY
    assert "只计时" in reading.because


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_time_counts_when_it_was_written_down_unless_something_bears_it_out() -> None:
    said, written = at("2026-03-02 10:02"), at("2026-03-02 10:30")
    assert Happening(1, "answer", said, written).counts_at == written
    assert Happening(1, "answer", said, written, proved=True).counts_at == said
    assert Happening(1, "answer", said, written, source=Source.MACHINE).counts_at == said
    assert Happening(1, "answer", said, said + PEN).counts_at == said


def test_an_automatic_answer_is_no_answer() -> None:
    opened = Happening(0, OPEN, at("2026-03-02 10:00"), at("2026-03-02 10:00"))
    robot = Happening(1, "answer", opened.at, opened.at, automatic=True)
    assert "answer" not in moments_of([opened, robot])


def test_two_happenings_in_one_second_keep_their_order() -> None:
    opened = Happening(0, OPEN, at("2026-03-02 10:00:00.900"), at("2026-03-02 10:00:00.900"))
    assert (
        refused_time(at("2026-03-02 10:00:00"), at("2026-03-02 10:00:01"), [opened], "answer")
        is None
    )


@pytest.mark.parametrize("kind", TICKET_KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_measures_between_things_that_can_happen_to_it(kind: TicketKind) -> None:
    steps = {step.name for step in kind.life.steps} | {OPEN} | MARKS.keys()
    for measure in kind.measures:
        assert {measure.begins, *measure.ends} <= steps
    assert {one.step for one in kind.emissions} <= steps
    assert kind.life.first in kind.life.states


def test_the_terms_that_run_on_a_written_request_of_the_cloud() -> None:
    kind = TICKET_KINDS["request"]
    among = clockable_terms(load("government-cloud-2026"), kind)
    found, spoken = (
        {term.id for term, *_ in clocked_terms(among, kind, {"channel": channel, "urgent": ""})}
        for channel in ("wechat", "phone")
    )
    assert "written-request-reply" in found
    assert "written-request-reply" not in spoken


@pytest.mark.parametrize("contract", release_ids())
@pytest.mark.parametrize("kind", TICKET_KINDS.values(), ids=lambda kind: kind.name)
def test_no_clock_is_lost_by_looking_only_at_terms_that_may_have_one(
    contract: str, kind: TicketKind
) -> None:
    release = load(contract)
    every = [(term, legs) for term in release.terms if (legs := term_legs(term)) is not None]
    choices = [
        [(one.name, said) for said in ("", *(one.choices or ("true", "false", "某处")))]
        for one in kind.fields
    ]
    among = clockable_terms(release, kind)
    given = ({"urgent": "", **dict(some)} for some in product(*choices))
    for values in islice(given, 100):
        asked = tuple(clocked_terms(among, kind, values))
        assert asked == tuple(clocked_terms(every, kind, values))
