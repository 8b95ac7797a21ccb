"""Duty from the terminal and by the interface: the same rights and the same answers as on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lvyue.accounts.permissions import Seat
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.duty import lay_out, make_roster, preview_roster
from lvyue.helpdesk.models import DutyLog, DutyRoster
from tests.helpdesk.conftest import LEASE, TakeSeat
from tests.helpdesk.test_duty import Crew, body, crew  # noqa: F401  a fixture

Now = Callable[[str], None]
DAY = date(2026, 3, 2)


@pytest.fixture
def staff(crew: Crew, seat: TakeSeat, now: Now) -> tuple[Seat, Seat]:  # noqa: F811
    lead, (first, second) = seat("supplier_manager"), crew()
    now("2026-03-01 09:00:00")
    levels = [{"after": 15, "people": [lead.username]}]
    make_roster(LEASE, DAY, body([first.username], [second.username], levels=levels), by=lead)
    now("2026-03-03 10:00:00")
    return first, second


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["duty", *words])


def test_the_terminal_says_who_is_there_and_fails_where_nobody_is(
    staff: tuple[Seat, Seat], now: Now
) -> None:
    _, second = staff

    told = run("now", LEASE)
    assert told.exit_code == 0
    assert second.name in told.output
    assert "15 分钟后找" in told.output
    found = json.loads(run("now", LEASE, "--json").output)
    assert found["people"] == [second.username]
    now("2026-03-01 10:00:00")
    assert run("now", LEASE).exit_code == 1
    assert run("now", "no-such-contract").exit_code == 2


def test_days_and_hours_of_the_terminal(staff: tuple[Seat, Seat], seat: TakeSeat) -> None:
    first, _ = staff
    span = ("--first", "2026-03-02", "--last", "2026-03-03")

    days = run("days", LEASE, *span).output
    assert "空档 00:00–08:00" in days
    assert "缺（已过 1 天）" in days
    assert len(json.loads(run("days", LEASE, *span, "--json").output)) == 2
    hours = json.loads(run("hours", LEASE, *span, "--json").output)
    assert sum(one["minutes"] for one in hours) == (48 - 8) * 60
    assert run("days", LEASE, "--first", "2026-03-03", "--last", "2026-03-02").exit_code == 2
    assert run("hours", LEASE, "--as", seat("assessor").username).exit_code == 2
    assert first.username in run("hours", LEASE, *span).output


def test_hours_are_those_of_last_month_unless_somebody_says_otherwise(
    staff: tuple[Seat, Seat], now: Callable[[str], None]
) -> None:
    """The roster begins on 2 March: in April, March is paid for; until the 3rd of it where only that is said."""
    first, _ = staff
    now("2026-04-15 10:00:00")
    march = run("hours", LEASE, "--first", "2026-03-01", "--last", "2026-03-31").output
    assert first.username in march
    assert run("hours", LEASE).output == march
    begun = run("hours", LEASE, "--first", "2026-03-01", "--last", "2026-03-03").output
    assert run("hours", LEASE, "--last", "2026-03-03").output == begun != march


def test_a_log_is_written_by_whoever_was_on_duty_and_read_by_all(
    staff: tuple[Seat, Seat], seat: TakeSeat
) -> None:
    first, _ = staff
    write = ("--day", "2026-03-02", "--write", "全天值守，没有报障，设备正常。")

    assert run("log", LEASE, *write).exit_code == 2
    assert run("log", LEASE, *write, "--as", seat("buyer").username).exit_code == 2
    done = run("log", LEASE, *write, "--as", first.username)
    assert "迟记 1 天" in done.output
    assert DutyLog.objects.get().late == 1
    (row,) = json.loads(run("log", LEASE, "--json").output)
    assert (row["day"], row["late"]) == ("2026-03-02", 1)


# ── laying out and looking before ──


@pytest.mark.parametrize(
    ("pattern", "groups", "says"),
    [
        ("five", [["zhang"]], "可选：三班倒"),
        ("three", [["zhang"], ["li"]], "至少要 3 组"),
        ("office", [], "没有写"),
        ("two", [["zhang"], []], "每组至少一个人"),
    ],
)
def test_a_pattern_that_cannot_be(pattern: str, groups: Any, says: str) -> None:
    with pytest.raises(Refused, match=says):
        lay_out(pattern, DAY, groups)


def test_a_preview_says_what_making_it_would_refuse_and_writes_nothing(
    staff: tuple[Seat, Seat], seat: TakeSeat
) -> None:
    first, second = staff
    lead, begins = seat("supplier_manager"), date(2026, 3, 9)
    laid = lay_out("two", begins, [[first.username], [second.username]])

    seen = preview_roster(LEASE, begins, laid, last=date(2026, 3, 10), by=lead)
    assert not seen.doubts
    assert not seen.gaps
    assert [one.people for one in seen.turns if one.day == begins] == [
        (first.username,),
        (second.username,),
    ]
    wrong = preview_roster(LEASE, DAY, {"shifts": []}, last=DAY, by=lead)
    assert wrong.doubts
    assert not wrong.turns
    past = preview_roster(LEASE, DAY, laid, last=DAY, by=lead)
    assert "已经过去" in str(past.doubts[0])
    with pytest.raises(Refused, match="乙方项目经理"):
        preview_roster(LEASE, begins, laid, last=begins, by=first)
    assert DutyRoster.objects.count() == 1
