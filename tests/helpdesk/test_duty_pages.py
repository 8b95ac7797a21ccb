"""值守页面: the month and its gaps, rosters made on a form, swaps, hand-overs, test calls, logs and hours, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lvyue.accounts.permissions import Seat
from lvyue.helpdesk.actions.duty import make_roster, mark_absent
from lvyue.helpdesk.models import DutyHandover, DutyLog, DutyRoster, DutySwap, ReachTest
from lvyue.helpdesk.queries import duty
from tests.helpdesk.conftest import CLOUD, LEASE, Browse, TakeSeat, text
from tests.helpdesk.test_duty import Crew, body, crew  # noqa: F401  a fixture

Now = Callable[[str], None]
DUTY = f"/contracts/{LEASE}/duty/"
DAY = date(2026, 3, 3)


@pytest.fixture
def staff(crew: Crew, seat: TakeSeat, now: Now) -> tuple[Seat, Seat, Seat]:  # noqa: F811
    """The lead and two engineers in turns around the clock from 2026-03-02; it is that morning."""
    lead, (first, second) = seat("supplier_manager"), crew()
    now("2026-03-01 09:00:00")
    told = body(
        [first.username],
        [second.username],
        substitutes=[lead.username],
        levels=[{"after": 15, "people": [lead.username]}],
    )
    make_roster(LEASE, date(2026, 3, 2), told, by=lead)
    now("2026-03-02 10:00:00")
    return lead, first, second


def form(**more: str) -> dict[str, Any]:
    """A roster of one office shift, as the form sends it."""
    told = {
        "do": "save",
        "begins": "2026-03-09",
        "cover": "office",
        "shift-name": ["驻场班", ""],
        "shift-class": ["office", "day"],
        "shift-begins": ["09:00", ""],
        "shift-ends": ["17:30", ""],
        "shift-days": ["working", "every"],
        "shift-turn": ["1", "1"],
        "shift-post": ["", ""],
        "shift-groups": ["engineer-1", ""],
        "levels": "15：测试乙",
        "reason": "换班次",
    }
    return told | more


# ── the month ──


def test_the_month_names_everybody_and_shows_a_gap_over_a_shift_change(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    lead, first, second = staff
    mark_absent(LEASE, DAY, "白班", person=second.username, reason="病假", by=lead)

    page = text(browse("engineer").get(DUTY))

    assert "现在值守" in page
    assert first.name in page
    assert second.name in page
    assert "空档 08:00–20:00" in page
    month = text(browse("engineer").get(f"{DUTY}month/"))
    assert "这个月有 2 段" in month  # and the morning before the first shift
    assert "空档 08:00–20:00" in month
    assert "空档 08:00–20:00" not in text(browse("engineer").get(f"{DUTY}?first=2026-03-10"))
    assert "15 分钟后找" in page
    assert "今天还没有记" in page
    assert f"现在值守：<b>{first.name}" in text(
        browse("engineer").get(f"/contracts/{LEASE}/tickets/")
    )


def test_a_month_is_read_in_a_number_of_reads_that_does_not_grow(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    lead, first, second = staff
    engineer = browse("engineer")
    counts = []
    for more in (0, 4):
        for number in range(more):
            day = date(2026, 3, 10 + number)
            who = next(
                one.people[0]
                for one in duty.duty_turns(LEASE, day, day)
                if one.day == day and one.shift.name == "白班"
            )
            mark_absent(LEASE, day, "白班", person=who, reason="病假", by=lead)
        engineer.get(DUTY)
        with CaptureQueriesContext(connection) as read:
            for page in (DUTY, f"{DUTY}month/?month=2026-03"):
                assert engineer.get(page).status_code == 200
        counts.append(len(read))

    assert counts[0] == counts[1] <= 60, counts
    assert first.username != second.username


def test_without_a_roster_the_page_says_what_to_do(browse: Browse, now: Now) -> None:
    now("2026-03-02 10:00:00")

    assert "排第一张值班表" in text(browse("supplier_manager").get(DUTY))
    engineer = text(browse("engineer").get(DUTY))
    assert "由乙方项目经理排" in engineer
    assert f"{DUTY}rosters/new/" not in engineer
    assert browse("buyer").get(f"{DUTY}month/?month=1000-01").status_code == 200
    assert browse("engineer", CLOUD).get(f"{DUTY}rosters/").status_code in (200, 404)


def test_somebody_of_another_contract_finds_no_duty_here(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    stranger = browse("security_officer", CLOUD)

    for page in ("", "month/", "rosters/", "swaps/", "handovers/", "calls/", "logs/", "hours/"):
        assert stranger.get(f"{DUTY}{page}").status_code == 404, page
    assert staff


# ── rosters ──


def test_a_roster_is_laid_out_looked_at_and_made(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    lead = browse("supplier_manager")
    _, first, second = staff
    crew_text = f"{first.username}\n{second.name}"
    told = {"do": "lay_out", "begins": "2026-03-09", "pattern": "two", "crew": crew_text}

    laid = text(lead.post(f"{DUTY}rosters/new/", told))
    assert 'value="白班"' in laid
    assert 'value="夜班"' in laid
    seen = text(lead.post(f"{DUTY}rosters/new/", form(do="preview")))
    assert "没有空档" in seen
    assert "驻场班" in seen
    assert DutyRoster.objects.count() == 1
    made = lead.post(f"{DUTY}rosters/new/", form(), follow=True)
    assert "第 2 版值班表自 2026-03-09 起施行" in text(made)
    row = DutyRoster.objects.get(version=2)
    assert row.body["shifts"][0]["groups"] == [["engineer-1"]]
    assert row.body["levels"] == [{"after": 15, "people": [second.username]}]
    assert "第 2 版" in text(browse("buyer").get(f"{DUTY}rosters/"))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"shift-groups": ["赵无此人"]}, "没有“赵无此人”这个人"),
        ({"begins": "2026-03-01"}, "已经过去"),
        ({"reason": ""}, "换了值班表要写明原因"),
        ({"shift-begins": ["九点"]}, "08:00 的样子"),
        ({"shift-turn": ["x"]}, "几天一轮"),
        ({"levels": "找张三"}, "看不懂"),
        ({"shift-post": ["保洁"]}, "合同没有“保洁”这个岗位"),
        ({"do": "lay_out", "pattern": "three", "crew": "engineer-1"}, "至少要 3 组"),
        ({"do": "lay_out", "pattern": "five", "crew": "engineer-1"}, "没有“five”"),
    ],
)
def test_a_roster_that_cannot_be_says_why_and_is_not_made(
    browse: Browse, staff: tuple[Seat, Seat, Seat], more: dict[str, Any], says: str
) -> None:
    answer = browse("supplier_manager").post(f"{DUTY}rosters/new/", form(**more))

    assert answer.status_code == 422
    assert says in text(answer)
    assert DutyRoster.objects.count() == 1
    assert staff


def test_nobody_but_the_suppliers_lead_makes_a_roster(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    for who in ("engineer", "buyer", "using_department"):
        assert browse(who).post(f"{DUTY}rosters/new/", form()).status_code == 403
        assert browse(who).post(f"{DUTY}absences/", {}).status_code == 403
    assert DutyRoster.objects.count() == 1
    assert staff


# ── swaps ──


def test_a_swap_is_asked_for_and_holds_once_the_other_agreed(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    lead, first, _ = staff
    engineer = browse("engineer")
    day = date(2026, 3, 10)
    turn = next(
        one
        for one in duty.duty_turns(LEASE, day, day)
        if one.day == day and first.username in one.people
    )
    told = {"turn": f"{day}|{turn.shift.name}", "taker": lead.username, "reason": "家里有事"}
    assert f"{day}|{turn.shift.name}" in text(engineer.get(f"{DUTY}swaps/"))

    engineer.post(f"{DUTY}swaps/ask/", told)
    again = engineer.post(f"{DUTY}swaps/ask/", told)
    assert again.status_code == 409
    assert "在等答复" in text(again)
    swap = DutySwap.objects.get()
    answer = f"{DUTY}swaps/{swap.pk}/answer/"
    assert engineer.post(answer, {"agree": "1"}).status_code == 404
    manager = browse("supplier_manager")
    assert "同意，由我值" in text(manager.get(f"{DUTY}swaps/"))
    manager.post(answer, {"agree": "1"})
    assert DutySwap.objects.get().state == "agreed"
    late = engineer.post(f"{DUTY}swaps/{swap.pk}/withdraw/")
    assert "已同意" in text(late)
    assert engineer.post(f"{DUTY}swaps/ask/", {"turn": "x"}).status_code == 409


def test_an_absence_without_a_substitute_is_a_gap_for_both_sides(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    _, _, second = staff
    told = {"turn": f"{DAY}|白班|{second.username}", "substitute": "", "reason": "病假"}

    done = browse("supplier_manager").post(f"{DUTY}absences/", told, follow=True)

    assert "那段时间是空档" in text(done)
    assert "没有人替" in text(browse("buyer").get(f"{DUTY}swaps/"))
    assert "空档 08:00–20:00" in text(browse("buyer").get(DUTY))


# ── hand-overs, calls, logs ──


def test_whoever_is_on_duty_hands_over_and_another_takes_over(
    browse: Browse, staff: tuple[Seat, Seat, Seat]
) -> None:
    engineer, manager = browse("engineer"), browse("supplier_manager")

    assert "没有当班" in text(manager.post(f"{DUTY}handovers/new/", {"notes": "无"}))
    engineer.post(f"{DUTY}handovers/new/", {"notes": "备件明天到"})
    row = DutyHandover.objects.get()
    take = f"{DUTY}handovers/{row.pk}/take/"
    assert "不能接自己交的班" in text(engineer.post(take))
    manager.post(take, {"remark": "知道了"})
    page = text(browse("buyer").get(f"{DUTY}handovers/"))
    assert "备件明天到" in page
    assert "知道了" in page
    assert staff


def test_s5_a_call_at_four_that_nobody_answered_is_missed_for_the_client_to_see(
    browse: Browse, staff: tuple[Seat, Seat, Seat], now: Now
) -> None:
    """S5: given a test call at 04:00 unanswered, when logged, then missed with time and the client sees it."""
    now("2026-03-03 04:05:00")
    told = {"number": "13800001234", "post": "运维负责人", "outcome": "missed"}
    told["at"] = "2026-03-03T04:00:00"
    buyer = browse("buyer")

    buyer.post(f"{DUTY}calls/new/", told)

    page = text(browse("using_department").get(f"{DUTY}calls/"))
    assert "04:00" in page
    assert "无人接听" in page
    assert "13800001234" not in page
    assert "04:00 抽测没有接通" in text(buyer.get(DUTY))
    assert ReachTest.objects.get().counts
    assert browse("engineer").post(f"{DUTY}calls/new/", told).status_code == 403
    wrong = buyer.post(f"{DUTY}calls/new/", told | {"number": " ", "ticket": "99"})
    assert wrong.status_code == 409
    assert "没有 99 号工单" in text(wrong)
    assert staff


def test_d1_a_log_two_days_late_says_so_and_a_day_without_one_stays_missed(
    browse: Browse, staff: tuple[Seat, Seat, Seat], now: Now
) -> None:
    """D1: given a day without a log, when it is entered two days later, then it is late by 2 days and the count shows 1 late."""
    now("2026-03-05 10:00:00")
    engineer = browse("engineer")
    told = {"day": "2026-03-03", "text": "全天值守，设备正常，没有报障。"}

    engineer.post(f"{DUTY}logs/new/", told)

    page = text(browse("buyer").get(f"{DUTY}logs/"))
    assert "迟记 2 天" in page
    assert "迟记 1 天" in page  # how many are late
    assert "缺（已过 1 天）" in page
    assert "缺 2 天" in page
    assert DutyLog.objects.get().late == 2
    for more, says in (
        ({}, "已由"),
        ({"day": "2026-03-06"}, "还没有到"),
        ({"day": ""}, "请选记哪一天的"),
        ({"day": "2026-03-04"}, "一字不差"),
    ):
        refused = engineer.post(f"{DUTY}logs/new/", told | more)
        assert refused.status_code == 409
        assert says in text(refused)
    other = browse("security_officer").post(f"{DUTY}logs/new/", told | {"day": "2026-03-04"})
    assert "没有您" in text(other)
    assert staff


# ── files ──


def test_hours_for_pay_leave_as_a_sheet_and_every_list_as_a_file(
    browse: Browse, staff: tuple[Seat, Seat, Seat], now: Now
) -> None:
    now("2026-04-01 10:00:00")
    lead: Client = browse("supplier_manager")

    page = text(lead.get(f"{DUTY}hours/"))
    assert "2026-03-01" in page
    answer = lead.get(f"{DUTY}hours/?first=2026-03-02&last=2026-03-02&format=xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert sum(int(str(row[4])) for row in rows) == (24 - 8) * 60
    for name in ("", "month/", "rosters/", "swaps/", "handovers/", "calls/", "logs/"):
        csv = lead.get(f"{DUTY}{name}?format=csv")
        assert csv["Content-Type"].startswith("text/csv"), name
    assert browse("assessor").get(f"{DUTY}hours/").status_code == 403
    assert lead.get(f"{DUTY}hours/?first=1990-01-01&last=1990-01-02").status_code in (200, 404)
    assert staff
