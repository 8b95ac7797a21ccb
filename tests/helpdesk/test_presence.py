"""Resident staff (SD-04): how many were in their posts is on the contract's record when the day closes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.permissions import Seat
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.duty import (
    count_day,
    count_staff,
    make_roster,
    mark_absent,
    preview_roster,
)
from lvyue.helpdesk.models import DutyRoster
from lvyue.helpdesk.queries import duty
from lvyue.helpdesk.tasks import count_staff as job
from tests.helpdesk.conftest import CLOUD, VIDEO, Browse, TakeSeat, at
from tests.helpdesk.test_tickets import verdicts

Now = Callable[[str], None]
POST = "驻场工程师"
DAY = date(2026, 3, 3)


def body(*people: str, post: str = POST) -> dict[str, Any]:
    shift = {"name": "驻场班", "class": "office", "begins": "09:00", "ends": "17:30"}
    return {"cover": "office", "shifts": [shift | {"groups": [[*people]], "post": post}]}


@pytest.fixture
def resident(seat: TakeSeat, now: Now) -> Seat:
    """The only engineer who is resident, on the roster from 2026-03-02."""
    engineer = seat("engineer", CLOUD)
    now("2026-03-01 09:00:00")
    lead = seat("supplier_manager", CLOUD)
    make_roster(CLOUD, date(2026, 3, 2), body(engineer.username), by=lead)
    return engineer


def counted(contract_id: str = CLOUD) -> list[tuple[str, str, int]]:
    found = entries(contract_id).filter(kind="staff.counted")
    rows = [row for one in found if (row := json.loads(bytes(one.raw)))["id"].startswith("t-staff")]
    return [(one["at"], one["data"]["post"], one["data"]["present"]) for one in rows]


def test_sd_04_the_only_engineer_on_leave_is_nought_of_one_when_the_day_closes(
    seat: TakeSeat, resident: Seat, now: Now
) -> None:
    """2:2.1(4): given the only engineer on leave without a substitute, when the day closes, then staffing 0 of 1 is recorded."""
    now("2026-03-02 18:00:00")
    lead = seat("supplier_manager", CLOUD)
    mark_absent(CLOUD, DAY, "驻场班", person=resident.username, reason="病假", by=lead)
    now("2026-03-04 00:20:00")

    assert job.func() == 2  # 2 March as well, when the engineer was there
    assert counted() == [("2026-03-02", POST, 1), ("2026-03-03", POST, 0)]
    assert verdicts(CLOUD, "resident-engineer", "2026-03-03") == [Verdict.MISSED]
    assert verdicts(CLOUD, "resident-engineer", "2026-03-02") == [Verdict.MET]
    assert AuditEntry.objects.filter(act="staff.counted", contract_id=CLOUD).count() == 2


@pytest.mark.usefixtures("resident")
def test_run_twice_or_after_a_night_without_the_job_nothing_is_there_twice(now: Now) -> None:
    now("2026-03-05 00:20:00")

    assert count_staff() == 3
    assert count_staff() == 0
    assert len(counted()) == 3


def test_a_substitute_is_there_and_a_day_off_asks_for_nobody(
    seat: TakeSeat, resident: Seat, now: Now
) -> None:
    lead = seat("supplier_manager", CLOUD)
    now("2026-03-02 18:00:00")
    mark_absent(
        CLOUD,
        DAY,
        "驻场班",
        person=resident.username,
        substitute=lead.username,
        reason="病假",
        by=lead,
    )
    now("2026-03-04 00:20:00")
    count_day(CLOUD, DAY)

    assert counted() == [("2026-03-03", POST, 1)]
    with pytest.raises(Refused, match="还没有过完"):
        count_day(CLOUD, date(2026, 3, 4))
    assert count_day(CLOUD, date(2026, 2, 28)).on_record == 0


def test_a_post_that_the_contract_does_not_know_is_refused(seat: TakeSeat, now: Now) -> None:
    engineer, lead = seat("engineer", CLOUD), seat("supplier_manager", CLOUD)
    now("2026-03-01 09:00:00")

    with pytest.raises(Refused, match=r"合同没有“保洁”这个岗位.*驻场工程师"):
        make_roster(CLOUD, date(2026, 3, 2), body(engineer.username, post="保洁"), by=lead)


def test_sd_04_bad_input_one_engineer_counted_on_two_contracts_in_the_same_hour(
    seat: TakeSeat, resident: Seat, now: Now
) -> None:
    """Rosters refuse it when they are made; where it is there all the same, nobody is counted, and both can read why."""
    seat("engineer", VIDEO)
    lead = seat("supplier_manager", VIDEO)
    with pytest.raises(Refused, match="已另有值班"):
        make_roster(VIDEO, date(2026, 3, 2), body(resident.username, post="驻场值守"), by=lead)
    DutyRoster.objects.create(
        contract_id=VIDEO,
        version=1,
        begins=date(2026, 3, 2),
        body=body(resident.username, post="驻场值守"),
        made_at=at("2026-03-01 10:00:00"),
        made_by="测试",
    )
    now("2026-03-03 00:20:00")

    assert count_staff() == 0
    assert (counted(CLOUD), counted(VIDEO)) == ([], [])
    told = AuditEntry.objects.filter(act="staff.not_counted")
    assert {one.contract_id for one in told} == {CLOUD, VIDEO}
    assert all("已另有值班" in one.reason for one in told)
    now("2026-03-04 00:20:00")
    assert count_day(CLOUD, date(2026, 3, 2)).undecided == 1
    assert told.count() == 2  # said in the night after that day, and once


# ── a post that is counted by heads ──

ENGINEERS = "日常运维工程师"


def five_body(people: list[str], **more: Any) -> dict[str, Any]:
    shift = {"name": "日班", "class": "office", "begins": "09:00", "ends": "18:00", "days": "every"}
    counted_so = {"post": ENGINEERS, "heads": 5, "tally": "heads", "groups": [people]}
    return {"cover": "office", "shifts": [shift | counted_so | more]}


@pytest.fixture
def five(contracts: None) -> list[str]:  # noqa: ARG001  roles are on contracts
    """The five engineers of S3 annex 1 T3 row 2, by username."""
    for place in range(1, 6):
        one = create_account(
            f"daily-{place}", f"测试日常{place}", "a-long-test-password", by="测试"
        )
        appoint(one, VIDEO, ContractRole.ENGINEER, by="测试")
    return [f"daily-{place}" for place in range(1, 6)]


def test_five_daily_engineers_on_one_shift_are_counted_shown_and_paid(
    seat: TakeSeat, browse: Browse, five: list[str], now: Now
) -> None:
    """S3 附件1/五/1 (T3 row 2): five a day; one who stays away is a gap for all to see, and four on record."""
    lead = seat("supplier_manager", VIDEO)
    now("2022-05-01 09:00:00")
    first, last = date(2022, 5, 5), date(2022, 5, 6)
    make_roster(VIDEO, first, five_body(five), by=lead)
    assert duty.duty_gaps(VIDEO, first, last) == ()
    now("2022-05-06 08:00:00")
    mark_absent(VIDEO, last, "日班", person=five[2], reason="病假", by=lead)
    (gap,) = duty.duty_gaps(VIDEO, first, last)
    assert gap.because == "日班应到 5 人，只有 4 人"
    page = browse("buyer", VIDEO).get(f"/contracts/{VIDEO}/duty/?first={first}").content.decode()
    assert "5/5 人" in page
    assert "日班应到 5 人，只有 4 人" in page
    now("2022-05-07 00:20:00")

    count_staff()

    assert counted(VIDEO) == [("2022-05-05", ENGINEERS, 5), ("2022-05-06", ENGINEERS, 4)]
    assert verdicts(VIDEO, "post-daily-engineer", "2022-05-06") == [Verdict.MISSED]
    assert verdicts(VIDEO, "post-daily-engineer", "2022-05-05") == [Verdict.MET]
    paid = {one.person: 0 for one in duty.pay_hours(VIDEO, first, last)}
    for one in duty.pay_hours(VIDEO, first, last):
        paid[one.person] += one.minutes
    assert paid == dict.fromkeys(five, 1080) | {five[2]: 540}


def test_bad_input_fewer_than_have_to_be_there_and_one_person_for_two(
    seat: TakeSeat, five: list[str], now: Now
) -> None:
    lead = seat("supplier_manager", VIDEO)
    now("2022-05-01 09:00:00")
    day = date(2022, 5, 5)
    with pytest.raises(Refused, match="只有 4 人，这一班应到 5 人"):
        make_roster(VIDEO, day, five_body(five[:4]), by=lead)
    with pytest.raises(Refused, match="写了 2 次"):
        make_roster(VIDEO, day, five_body([*five[:4], five[0]]), by=lead)
    two = five_body(five[:3], heads=3)
    late = {"name": "晚班", "begins": "17:00", "ends": "21:00", "heads": 2, "groups": [five[2:4]]}
    two["shifts"].append(two["shifts"][0] | late)
    with pytest.raises(Refused, match="同时排在“日班”和“晚班”"):
        make_roster(VIDEO, day, two, by=lead)

    seen = preview_roster(VIDEO, day, five_body(five[:4], heads=4), last=day, by=lead)
    assert seen.doubts == ()
    assert seen.short == (f"{ENGINEERS}：2022-05-05 排了 4 人，合同约定 5 人",)


def test_the_form_of_a_roster_takes_heads(
    seat: TakeSeat, browse: Browse, five: list[str], now: Now
) -> None:
    seat("supplier_manager", VIDEO)
    now("2022-05-01 09:00:00")
    page, lead = f"/contracts/{VIDEO}/duty/rosters/new/", browse("supplier_manager", VIDEO)
    form = {"begins": "2022-05-05", "cover": "office", "shift-name": "日班", "shift-days": "every"}
    form |= {"shift-begins": "09:00", "shift-ends": "18:00", "shift-class": "office"}
    form |= {"shift-turn": "1", "shift-post": ENGINEERS, "shift-heads": "5"}
    form |= {"shift-tally": "heads", "shift-groups": "、".join(five[:4]), "do": "save"}

    assert "合同写明 5 人" in lead.get(page).content.decode()
    assert "这一班应到 5 人" in lead.post(page, form).content.decode()
    made = lead.post(page, form | {"shift-groups": "、".join(five)}, follow=True)
    assert "第 1 版值班表自 2022-05-05 起施行" in made.content.decode()
    (shift,) = DutyRoster.objects.get(contract_id=VIDEO).body["shifts"]
    assert (shift["heads"], shift["tally"], len(shift["groups"][0])) == (5, "heads", 5)
