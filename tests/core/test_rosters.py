"""Rosters: turns over midnight, versions that never reach back, gaps, clashes, hours for pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.calendar import SHANGHAI, DayKind
from lvyue.core.rosters import (
    Change,
    Cover,
    Days,
    Level,
    Roster,
    Shift,
    ShiftClass,
    Tally,
    Version,
    at,
    body_of,
    called,
    clashes,
    gaps,
    holes,
    hours,
    minute_of,
    office,
    presence,
    roster_of,
    round_the_clock,
    shortages,
    turns,
    wanted,
)
from lvyue.library.calendar_files import default_calendar

CALENDAR = default_calendar(None, None)
DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def version(roster: Roster, made: str = "2026-03-01 12:00", number: int = 1) -> Version:
    return Version(number, roster, moment(made))


def three(begins: date = FIRST) -> Roster:
    return round_the_clock(begins, [["a"], ["b"], ["c"]])


def week(*versions: Version, changes: tuple[Change, ...] = ()) -> tuple[object, ...]:
    return turns(versions, changes, FIRST, FIRST + 6 * DAY, CALENDAR)


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    roster = round_the_clock(FIRST, [["a"], ["b"]], shifts=2)
    day, night = turns([version(roster)], (), FIRST, FIRST, CALENDAR)

    assert (day.shift.name, day.people, night.shift.name, night.people) == (
        *("白班", ("a",)),
        *("夜班", ("b",)),
    )
    assert (night.day, night.begins, night.ends) == (
        FIRST,
        moment("2026-03-02 20:00"),
        moment("2026-03-03 08:00"),
    )


def test_fewer_groups_than_shifts_would_serve_twice_at_once() -> None:
    with pytest.raises(ValueError, match="至少要 3 组"):
        round_the_clock(FIRST, [["a"], ["b"]])


def test_around_the_clock_nobody_serves_twice_at_once_and_no_hour_is_empty() -> None:
    days = (FIRST, FIRST + 13 * DAY)
    known = [version(three())]
    found = turns(known, (), days[0] - DAY, days[1], CALENDAR)

    assert not clashes(found[:1], found[1:])
    holes = gaps(found, wanted(known, FIRST + DAY, days[1], CALENDAR))
    assert holes == ()


def test_a_hole_over_the_shift_change_is_a_gap() -> None:
    """SD-01, bad input: roster hole over shift change."""
    crew = (("a",),)
    roster = Roster(
        FIRST,
        (
            Shift("白班", ShiftClass.DAY, 8 * 60, 20 * 60, crew),
            Shift("夜班", ShiftClass.NIGHT, 20 * 60 + 30, 8 * 60, (("b",),)),
        ),
    )
    known = [version(roster)]
    found = turns(known, (), FIRST, FIRST + DAY, CALENDAR)

    (hole, *_rest) = gaps(found, [(moment("2026-03-02 08:00"), moment("2026-03-03 08:00"))])

    assert (hole.begins, hole.ends) == (moment("2026-03-02 20:00"), moment("2026-03-02 20:30"))
    assert not _rest


def test_a_new_version_never_changes_what_had_begun_before_it_was_made() -> None:
    old = version(office(FIRST, [["a"]]))
    new = version(office(FIRST, [["b"]]), made="2026-03-04 10:00", number=2)

    found = week(old, new)

    assert [(one.day.day, one.people) for one in found] == [  # type: ignore[attr-defined]
        (2, ("a",)),
        (3, ("a",)),
        (4, ("a",)),  # it had begun at nine
        (5, ("b",)),
        (6, ("b",)),
    ]


def test_a_make_up_saturday_is_a_working_day_and_a_holiday_takes_nobodys_turn() -> None:
    roster = office(date(2026, 2, 13), [["a"], ["b"]])
    found = turns(
        [version(roster, "2026-02-01 09:00")], (), date(2026, 2, 13), date(2026, 2, 28), CALENDAR
    )

    served = [(one.day.isoformat(), one.people[0]) for one in found]
    assert served[:4] == [
        ("2026-02-13", "a"),
        ("2026-02-14", "b"),  # a make-up Saturday before the Spring Festival
        ("2026-02-24", "a"),
        ("2026-02-25", "b"),
    ]


def test_an_absence_without_a_substitute_empties_the_turn() -> None:
    change = Change(FIRST, "工作时间班", "a", "")
    known = [version(office(FIRST, [["a"]]))]
    found = turns(known, [change], FIRST, FIRST, CALENDAR)

    assert found[0].people == ()
    assert found[0].planned == ("a",)
    (hole,) = gaps(found, wanted(known, FIRST, FIRST, CALENDAR))
    assert hole.because == "工作时间班没有人"


def test_swaps_go_one_after_the_other() -> None:
    changes = (Change(FIRST, "工作时间班", "a", "b"), Change(FIRST, "工作时间班", "b", "c"))
    found = turns([version(office(FIRST, [["a"]]))], changes, FIRST, FIRST, CALENDAR)

    assert found[0].people == ("c",)


def test_one_person_in_two_places_in_the_same_hour() -> None:
    """SD-04, bad input: one engineer counted on two contracts the same hour."""
    here = turns([version(office(FIRST, [["a"]]))], (), FIRST, FIRST, CALENDAR)
    night = Roster(FIRST, (Shift("晚班", ShiftClass.NIGHT, 17 * 60, 60, (("a",),)),))
    there = turns([version(night)], (), FIRST, FIRST, CALENDAR)

    (clash,) = clashes(here, there)

    assert (clash.begins, clash.ends) == (moment("2026-03-02 17:00"), moment("2026-03-02 17:30"))


def test_hours_for_pay_are_divided_at_midnight_by_the_kind_of_day() -> None:
    """A night from the last working day into a holiday."""
    roster = Roster(
        date(2026, 9, 30), (Shift("夜班", ShiftClass.NIGHT, 20 * 60, 8 * 60, (("a",),)),)
    )
    found = turns([version(roster)], (), date(2026, 9, 30), date(2026, 9, 30), CALENDAR)

    told = {
        one.kind: one.minutes
        for one in hours(found, CALENDAR, date(2026, 9, 30), date(2026, 10, 1))
    }

    assert told == {DayKind.WORKING: 240, DayKind.HOLIDAY: 480}


def test_who_is_called_when_nobody_answers() -> None:
    roster = Roster(FIRST, (), levels=(Level(5, ("a",)), Level(15, ("b", "c"))))

    assert [one.people for one in called(roster, 4)] == []
    assert [one.people for one in called(roster, 15)] == [("a",), ("b", "c")]


@pytest.mark.parametrize(
    ("text", "minute"),
    [("08:30", 510), ("8：05", 485), ("24:00", 0), ("24:01", None), ("8:5", None)],
)
def test_times_as_people_write_them(text: str, minute: int | None) -> None:
    assert minute_of(text) == minute


def test_a_roster_that_is_wrong_says_everything_that_is() -> None:
    body = {
        "cover": "sometimes",
        "shifts": [{"name": "", "begins": "8", "ends": "20:00", "turn": 0, "groups": [[]]}],
        "levels": [{"after": 15, "people": ["a"]}, {"after": 5, "people": ["b"]}],
    }

    wrong = roster_of(FIRST, body)

    assert isinstance(wrong, list)
    assert {one.places[0] for one in wrong} == {"第 1 个班次", "升级", "须有人的时间"}


_people = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True)


@st.composite
def _rosters(draw: st.DrawFn) -> Roster:
    shifts = tuple(
        Shift(
            f"班{place}",
            draw(st.sampled_from([*ShiftClass])),
            draw(st.integers(0, 95)) * 15,
            draw(st.integers(0, 95)) * 15,
            tuple(tuple(draw(_people)) for _ in range(draw(st.integers(1, 4)))),
            draw(st.sampled_from([*Days])),
            draw(st.integers(1, 7)),
        )
        for place in range(draw(st.integers(1, 4)))
    )
    return Roster(FIRST, shifts, cover=draw(st.sampled_from([*Cover])))


@given(_rosters())
def test_a_roster_reads_back_as_it_was_written(roster: Roster) -> None:
    assert roster_of(FIRST, body_of(roster)) == roster


@given(_rosters(), st.integers(0, 14 * 96 - 1))
def test_at_every_moment_somebody_is_there_or_there_is_a_gap(roster: Roster, quarter: int) -> None:
    """Against the slow way: whoever stands at a moment covers it, and where nobody does a gap holds it, and never both."""
    last = FIRST + 13 * DAY
    known = [version(roster)]
    found = turns(known, (), FIRST, last, CALENDAR)
    stretches = list(wanted(known, FIRST, last, CALENDAR))
    holes = gaps(found, stretches)
    now = moment("2026-03-02 00:00") + timedelta(minutes=15 * quarter)

    there = any(one.people for one in at(found, now))
    needed = any(begins <= now < ends for begins, ends in stretches)
    empty = any(one.begins <= now < one.ends for one in holes)

    assert empty == (needed and not there)


@given(_rosters())
def test_hours_are_the_time_that_was_served_and_no_more(roster: Roster) -> None:
    last = FIRST + 6 * DAY
    found = turns([version(roster)], (), FIRST, last, CALENDAR)
    told = hours(found, CALENDAR, FIRST, last)
    end = moment("2026-03-09 00:00")

    served = sum(
        (min(one.ends, end) - one.begins) // timedelta(minutes=1) * len(one.people)
        for one in found
        if one.begins < end
    )
    assert sum(one.minutes for one in told) == served


# ── posts ──


def posted(*shifts: tuple[str, int, int, tuple[str, ...]]) -> list[Version]:
    made = tuple(
        Shift(name, ShiftClass.DAY, begins * 60, ends * 60, (people,), post="驻场工程师")
        for name, begins, ends, people in shifts
    )
    return [Version(1, Roster(FIRST, made), datetime(2026, 3, 1, tzinfo=SHANGHAI))]


def there(versions: list[Version], *made: Change, day: date = FIRST) -> list[tuple[int, str]]:
    found = turns(versions, made, day - DAY, day, CALENDAR)
    return [(one.present, f"{one.since:%d %H:%M}") for one in presence(found, day)]


def test_the_fewest_at_any_time_of_the_day_are_counted() -> None:
    """2:2.1(4): at least one at all times of presence."""
    versions = posted(("早班", 8, 18, ("zhang", "li")), ("晚班", 12, 20, ("li", "wang")))

    assert there(versions) == [(2, "02 08:00")]
    assert there(versions, Change(FIRST, "晚班", "wang", "")) == [(1, "02 18:00")]
    off = [Change(FIRST, "早班", one, "") for one in ("zhang", "li")]
    assert there(versions, *off) == [(0, "02 08:00")]


def test_a_shift_over_midnight_counts_on_both_of_its_days() -> None:
    versions = posted(("夜班", 20, 8, ("zhang",)))

    assert there(versions) == [(1, "02 20:00")]
    gone = Change(FIRST, "夜班", "zhang", "")
    assert there(versions, gone) == [(0, "02 20:00")]
    assert there(versions, gone, day=FIRST + DAY) == [(0, "03 00:00")]
    assert there(posted(("白班", 8, 18, ("zhang",))), day=FIRST - DAY) == []


def test_a_post_stands_in_the_body_and_only_where_there_is_one() -> None:
    roster = posted(("早班", 8, 18, ("zhang",)))[0].roster

    assert roster_of(FIRST, body_of(roster)) == roster
    assert "post" not in body_of(office(FIRST, [["zhang"]]))["shifts"][0]
    long = body_of(roster)
    long["shifts"][0]["post"] = "岗" * 81
    assert not isinstance(roster_of(FIRST, long), Roster)


# ── posts that are counted by heads ──

FIVE = ("a", "b", "c", "d", "e")


def by_heads(*shifts: tuple[str, int, int, tuple[str, ...]], heads: int = 1) -> list[Version]:
    made = tuple(
        Shift(
            *(name, ShiftClass.DAY, begins * 60, ends * 60, (people,)),
            post="日常运维工程师",
            heads=heads,
            tally=Tally.HEADS,
        )
        for name, begins, ends, people in shifts
    )
    return [Version(1, Roster(FIRST, made), datetime(2026, 3, 1, tzinfo=SHANGHAI))]


def test_five_on_one_shift_are_five_and_one_who_stays_away_is_a_shortage() -> None:
    versions = by_heads(("日班", 9, 18, FIVE), heads=5)
    away = Change(FIRST, "日班", "c", "")

    assert there(versions) == [(5, "02 09:00")]
    assert there(versions, away) == [(4, "02 09:00")]
    full = turns(versions, (), FIRST, FIRST, CALENDAR)
    assert shortages(full, FIRST, FIRST) == ()
    (short,) = shortages(turns(versions, [away], FIRST, FIRST, CALENDAR), FIRST, FIRST)
    assert (short.begins, short.ends) == (moment("2026-03-02 09:00"), moment("2026-03-02 18:00"))
    assert short.because == "日班应到 5 人，只有 4 人"


def test_heads_of_a_day_are_counted_over_its_shifts_each_person_once() -> None:
    """Three by day and two by night are five a day; at any one time there were never more than three."""
    versions = by_heads(("日班", 8, 20, ("a", "b", "c")), ("夜班", 20, 8, ("d", "e")))

    assert there(versions) == [(5, "02 08:00")]
    assert there(versions, Change(FIRST, "夜班", "d", "a")) == [(4, "02 08:00")]
    assert there(versions, day=FIRST + DAY) == [(5, "03 08:00")]
    once = by_heads(("夜班", 20, 8, ("d", "e")))
    last = [version(Roster(FIRST + DAY, three().shifts), number=2), *once]
    assert there(last, day=FIRST + DAY) == []


def test_the_night_before_a_roster_counts_nothing_of_its_first_day() -> None:
    (old,) = posted(("夜班", 20, 8, ("z",)))  # at any time, until this morning
    (day,) = by_heads(("日班", 9, 18, FIVE), heads=5)[0].roster.shifts
    night = replace(old.roster.shifts[0], post=day.post)
    versions = [
        version(Roster(FIRST + DAY, (day,)), number=2),
        version(Roster(FIRST, (night,))),
    ]

    assert there(versions, day=FIRST) == [(1, "02 20:00")]
    assert there(versions, day=FIRST + DAY) == [(5, "03 09:00")]


def test_where_nobody_is_at_all_it_is_said_once() -> None:
    versions = by_heads(("日班", 9, 18, FIVE), heads=5)
    found = turns(
        versions, [Change(FIRST, "日班", one, "") for one in FIVE], FIRST, FIRST, CALENDAR
    )
    empty = gaps(found, wanted(versions, FIRST, FIRST, CALENDAR))

    told = holes(empty, shortages(found, FIRST, FIRST))

    assert len(told) == len(empty) == 1


def test_each_of_the_five_is_paid() -> None:
    found = turns(by_heads(("日班", 9, 18, FIVE), heads=5), (), FIRST, FIRST, CALENDAR)

    told = hours(found, CALENDAR, FIRST, FIRST)

    assert {one.person: one.minutes for one in told} == dict.fromkeys(FIVE, 540)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"groups": [["a", "b", "c", "d"]]}, "第 1 组只有 4 人，这一班应到 5 人"),
        ({"groups": [["a", "b", "c", "d", "a"]]}, "第 1 组里“a”写了 2 次"),
        ({"heads": 0}, "应到人数要在 1 至 60 之间"),
        ({"heads": True}, "应到人数要在 1 至 60 之间"),
        ({"heads": "5"}, "应到人数要在 1 至 60 之间"),
        ({"tally": "sometimes"}, "没有“sometimes”"),
    ],
)
def test_heads_that_cannot_be(more: dict[str, object], says: str) -> None:
    body = body_of(by_heads(("日班", 9, 18, FIVE), heads=5)[0].roster)
    body["shifts"][0] |= more

    wrong = roster_of(FIRST, body)

    assert isinstance(wrong, list)
    assert any(says in one.says for one in wrong)


def test_heads_stand_in_the_body_and_one_post_is_counted_in_one_way() -> None:
    roster = by_heads(("日班", 9, 18, FIVE), ("夜班", 18, 9, FIVE), heads=5)[0].roster
    body = body_of(roster)

    assert roster_of(FIRST, body) == roster
    assert "heads" not in body_of(office(FIRST, [["a"]]))["shifts"][0]
    del body["shifts"][0]["tally"]
    wrong = roster_of(FIRST, body)
    assert isinstance(wrong, list)
    assert "两种算法" in wrong[0].says
