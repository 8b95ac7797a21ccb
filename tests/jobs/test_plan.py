"""计划: due times, days off, what was missed, and one run for one due time however many look."""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection

from lvyue.clock import SHANGHAI
from lvyue.jobs import queries
from lvyue.jobs.actions import working
from lvyue.jobs.actions.planning import keep_schedules
from lvyue.jobs.actions.working import Queues, sign_on, take, work_off
from lvyue.jobs.choices import JobState, RunState
from lvyue.jobs.models import ScheduledRun
from lvyue.jobs.schedule import Daily, Days, Every, Missed, Schedule
from lvyue.library.calendar_files import default_calendar
from tests.jobs import work

NOTE = "tests.jobs.work.tick"
HOURLY = Schedule("test.hourly", "每小时", NOTE, Every(60))
NINE = Daily(time(9))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# ── due times ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("schedule", "moment", "last", "following"),
    [
        (HOURLY, "2026-03-02T10:30", "2026-03-02T10:00", "2026-03-02T11:00"),
        (HOURLY, "2026-03-02T10:00", "2026-03-02T10:00", "2026-03-02T11:00"),
        (HOURLY, "2026-03-02T23:59", "2026-03-02T23:00", "2026-03-03T00:00"),
        (Schedule("d", "", NOTE, NINE), "2026-03-02T08:59", "2026-03-01T09:00", "2026-03-02T09:00"),
        (
            Schedule("monday", "", NOTE, Daily(time(9), frozenset({0}))),
            *("2026-03-04T12:00", "2026-03-02T09:00", "2026-03-09T09:00"),
        ),
        (
            # February has no 31st: its last day stands in.
            Schedule("monthly", "", NOTE, Daily(time(9), monthday=31)),
            *("2026-03-01T00:00", "2026-02-28T09:00", "2026-03-31T09:00"),
        ),
        (
            # The spring festival of 2026 is from 15 to 23 February; the 14th and the 28th are worked.
            Schedule("skip", "", NOTE, NINE, Days.SKIP),
            *("2026-02-20T12:00", "2026-02-14T09:00", "2026-02-24T09:00"),
        ),
        (
            # Payday on the 15th falls into the festival and moves behind it.
            Schedule("shift", "", NOTE, Daily(time(9), monthday=15), Days.SHIFT),
            *("2026-02-23T12:00", "2026-01-15T09:00", "2026-02-24T09:00"),
        ),
        (
            Schedule("make-up", "", NOTE, NINE, Days.SKIP),
            *("2026-02-28T08:00", "2026-02-27T09:00", "2026-02-28T09:00"),
        ),
    ],
)
def test_when_it_was_due_and_will_be(
    schedule: Schedule, moment: str, last: str, following: str
) -> None:
    calendar = default_calendar()

    assert schedule.last_until(at(moment), calendar) == at(last)
    assert schedule.next_after(at(moment), calendar) == at(following)


def test_a_daily_run_that_is_shifted_happens_once() -> None:
    """Nine days off shift onto the first working day behind them, which is one run and not ten."""
    shifted = Schedule("daily", "", NOTE, NINE, Days.SHIFT)

    assert shifted._on(date(2026, 2, 24), default_calendar()) == [at("2026-02-24T09:00")]  # noqa: SLF001


@pytest.mark.parametrize("minutes", [0, -5, 7, 25 * 60])
def test_minutes_that_do_not_divide_a_day_are_no_schedule(minutes: int) -> None:
    with pytest.raises(ValueError, match="divide"):
        Every(minutes)


def test_every_schedule_of_the_project_can_be_run_and_is_named_once() -> None:
    from django.utils.module_loading import import_string  # noqa: PLC0415
    from django_tasks.base import Task  # noqa: PLC0415

    table = queries.schedules()

    assert len({one.name for one in table}) == len(table)
    for one in table:
        task = import_string(one.task)
        assert isinstance(task, Task), one.task
        assert queries.title_of(one.task) != one.task, "its docstring begins with a Chinese name"


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def look(moment: str, *table: Schedule) -> int:
    """As a worker does at a moment."""
    with time_machine.travel(at(moment), tick=False):
        keep_schedules(table or (HOURLY,))
        return work_off()


def states() -> list[str]:
    return list(ScheduledRun.objects.order_by("due_at").values_list("state", flat=True))


@pytest.mark.django_db
def test_a_new_schedule_begins_with_its_next_due_time() -> None:
    assert look("2026-03-02T10:30") == 0
    assert look("2026-03-02T10:59") == 0
    assert look("2026-03-02T11:00") == 1
    assert look("2026-03-02T11:05") == 0

    assert states() == [RunState.FIRST, RunState.QUEUED]


@pytest.mark.django_db
def test_times_that_were_missed_are_made_up_for_once() -> None:
    look("2026-03-02T10:30")

    assert look("2026-03-04T09:15") == 1
    assert look("2026-03-04T09:20") == 0


@pytest.mark.django_db
def test_times_that_were_missed_are_left_where_the_schedule_says_so() -> None:
    left = Schedule("test.left", "不补", NOTE, NINE, missed=Missed.LEAVE)
    look("2026-03-02T10:30", left)

    assert look("2026-03-03T15:00", left) == 0
    assert look("2026-03-04T09:02", left) == 1
    assert states() == [RunState.FIRST, RunState.MISSED, RunState.QUEUED]


@pytest.mark.django_db
def test_a_run_that_has_not_ended_is_not_overtaken() -> None:
    look("2026-03-02T10:30")
    with time_machine.travel(at("2026-03-02T11:00"), tick=False):
        keep_schedules((HOURLY,))
        lease = take(sign_on(Queues()).pk, Queues())
        assert lease is not None

    assert look("2026-03-02T12:00") == 0
    working.finished(lease)
    assert look("2026-03-02T13:00") == 1
    assert states()[2] == RunState.OVERLAPPED


@pytest.mark.django_db
def test_one_that_cannot_be_queued_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = Schedule("test.broken", "坏了", "lvyue.nothing.there", Every(60))
    look("2026-03-02T10:30", broken, HOURLY)

    assert look("2026-03-02T11:00", broken, HOURLY) == 1
    assert "test.broken" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_once_run_a_due_time_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = at("2026-03-02T10:30")
    monkeypatch.setattr("lvyue.clock.now", lambda: now)
    keep_schedules((HOURLY,))
    now = at("2026-03-02T11:00") + timedelta(seconds=1)
    together = threading.Barrier(3, timeout=20)
    queued: list[int] = []

    def look_at_once() -> None:
        try:
            together.wait()
            queued.append(keep_schedules((HOURLY,)))
        finally:
            connection.close()

    threads = [threading.Thread(target=look_at_once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(queued) == [0, 0, 1]
    assert queries.counts()[JobState.WAITING] == 1
    assert work.CALLS == []
