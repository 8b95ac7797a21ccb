"""Duty: who is there (SD-01, SD-04), whether somebody answers (S5), and one log a day (D1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.core.doubts import Refused
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.duty import (
    ReachCall,
    answer_swap,
    ask_swap,
    call_duty,
    file_duty_log,
    hand_over,
    make_roster,
    mark_absent,
    take_over,
    withdraw_swap,
)
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.models import DutyLog, DutyRoster, DutySwap, ReachTest
from lvyue.helpdesk.queries import duty
from tests.helpdesk.conftest import CLOUD, LEASE, VIDEO, TakeSeat, at
from tests.helpdesk.test_attribution import proof

Now = Callable[[str], None]
Crew = Callable[..., tuple[Seat, ...]]


@pytest.fixture
def crew(seat: TakeSeat) -> Crew:
    """Two engineers of a contract: the plain one and one who is also on that contract alone."""

    def of(contract_id: str = LEASE) -> tuple[Seat, ...]:
        from lvyue.accounts.actions import appoint, create_account  # noqa: PLC0415  not before Django
        from lvyue.accounts.choices import ContractRole  # noqa: PLC0415
        from lvyue.accounts.queries import account  # noqa: PLC0415

        first = seat("engineer", contract_id)
        name = f"second-{contract_id[:8]}"
        other = account(name) or create_account(name, "测试乙", "a-long-test-password", by="测试")
        appoint(other, contract_id, ContractRole.ENGINEER, by="测试")
        return first, seat_of(other, contract_id)

    return of


def body(*groups: list[str], **more: Any) -> dict[str, Any]:
    """Day and night of twelve hours, in turns of a day."""
    shifts = [
        {"name": "白班", "class": "day", "begins": "08:00", "ends": "20:00"},
        {"name": "夜班", "class": "night", "begins": "20:00", "ends": "08:00"},
    ]
    crews = [[*groups], [*groups[1:], groups[0]]]
    for shift, order in zip(shifts, crews, strict=True):
        shift["groups"] = order  # type: ignore[assignment]
    return {"cover": "always", "shifts": shifts, **more}


@pytest.fixture
def roster(crew: Crew, seat: TakeSeat, now: Now) -> Callable[..., tuple[Seat, Seat, Seat]]:
    """``roster()``: the lead and two engineers in turns around the clock from 2026-02-01, made the day before."""

    def made(contract_id: str = LEASE) -> tuple[Seat, Seat, Seat]:
        lead = seat("supplier_manager", contract_id)
        first, second = crew(contract_id)
        now("2026-01-31 09:00:00")
        levels = [{"after": 5, "people": [second.username]}]
        told = body([first.username], [second.username], levels=levels)
        make_roster(contract_id, date(2026, 2, 1), told, by=lead)
        return lead, first, second

    return made


# ── SD-01, S5 ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sd_01_a_test_call_at_three_on_a_holiday_is_linked_with_roster_and_ticket(
    seat: TakeSeat, now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    """2:2.1(1): given a test call at 03:00 on a holiday, when answered, then roster, call and ticket are linked."""
    _lead, first, second = roster(CLOUD)
    buyer = seat("buyer", CLOUD)
    now("2026-02-18 03:00:00")
    ticket = open_ticket(
        CLOUD, NewTicket("incident", "抽测", values={"channel": "phone"}), by=buyer
    )

    call = ReachCall("000-0000", "7×24 电话", "answered", seconds=12, ticket=ticket.number)
    test = call_duty(CLOUD, call, by=buyer)

    assert (test.ticket, test.shift, test.counts) == (ticket, "夜班", True)
    there = duty.on_duty(CLOUD, at("2026-02-18 03:00:00"))
    assert test.on_duty == [*there.people]
    assert there.people[0] in (first.username, second.username)
    assert [level.after for level in there.levels] == [5]
    assert duty.missed_calls(CLOUD).count() == 0


@pytest.mark.parametrize("outcome", ["missed", "voicemail", "wrong", "busy"])
def test_sd_01_a_call_that_nobody_on_duty_answers_is_an_occurrence_for_all_to_see(
    seat: TakeSeat, now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]], outcome: str
) -> None:
    """Bad input: voicemail counted as cover. S5: missed calls become occurrences."""
    roster(LEASE)
    now("2026-02-18 03:00:00")

    call_duty(LEASE, ReachCall("000-0000", "运维负责人", outcome), by=seat("buyer"))

    (on_record,) = entries(LEASE).filter(kind="reach.tested")
    assert '"answered": false' in bytes(on_record.raw).decode()
    (day,) = duty.duty_days(LEASE, date(2026, 2, 18), date(2026, 2, 18), date(2026, 2, 19))
    assert [one.outcome for one in day.missed] == [outcome]


def test_s5_a_test_by_the_provider_alone_does_not_count(
    seat: TakeSeat, now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    lead, *_ = roster(LEASE)
    now("2026-02-18 03:00:00")

    test = call_duty(LEASE, ReachCall("000-0000", "运维负责人", "answered"), by=lead)

    assert not test.counts
    assert not entries(LEASE).filter(kind="reach.tested")
    with pytest.raises(Refused, match="不能抽测值守"):
        call_duty(LEASE, ReachCall("000-0000", "运维负责人", "answered"), by=seat("engineer"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (ReachCall("", "岗", "answered"), "号码"),
        (ReachCall("1", "岗", "perhaps"), "没有“perhaps”"),
        (ReachCall("1", "岗", "missed", at=at("2026-02-18 03:10:00")), "还没有到"),
        (ReachCall("1", "岗", "missed", ticket=99), "没有 99 号工单"),
        (ReachCall("1", "岗", "missed", evidence=("0" * 64,)), "没有这个文件"),
    ],
)
def test_a_call_that_cannot_be(seat: TakeSeat, now: Now, call: ReachCall, says: str) -> None:
    now("2026-02-18 03:00:00")
    with pytest.raises(Refused, match=says):
        call_duty(LEASE, call, by=seat("buyer"))


def test_a_roster_hole_is_a_gap(seat: TakeSeat, now: Now, crew: Crew) -> None:
    """SD-01, bad input: roster hole over shift change."""
    first, _ = crew(CLOUD)
    now("2026-02-01 09:00:00")
    told = body([first.username])
    told["shifts"] = [{**told["shifts"][0], "ends": "19:30", "groups": [[first.username]]}]
    make_roster(CLOUD, date(2026, 2, 2), told, by=seat("supplier_manager", CLOUD))

    holes = duty.duty_gaps(CLOUD, date(2026, 2, 3), date(2026, 2, 3))

    assert [(f"{one.begins:%H:%M}", f"{one.ends:%d %H:%M}") for one in holes] == [
        ("00:00", "03 08:00"),
        ("19:30", "04 00:00"),
    ]


# ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_yesterdays_roster_never_changes(
    now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    lead, first, _second = roster(LEASE)
    now("2026-02-10 12:00:00")
    before = duty.duty_turns(LEASE, date(2026, 2, 1), date(2026, 2, 10))

    with pytest.raises(Refused, match="已经过去"):
        make_roster(LEASE, date(2026, 2, 9), body([first.username]), reason="换人", by=lead)
    make_roster(LEASE, date(2026, 2, 10), body([first.username]), reason="换人", by=lead)

    after = duty.duty_turns(LEASE, date(2026, 2, 1), date(2026, 2, 10))
    began = at("2026-02-10 12:00:00")
    assert [one for one in after if one.begins < began] == [
        one for one in before if one.begins < began
    ]
    assert after != before
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        DutyRoster.objects.filter(contract_id=LEASE).update(reason="改")


def test_a_new_version_says_why(roster: Callable[..., tuple[Seat, Seat, Seat]]) -> None:
    lead, first, _ = roster(LEASE)
    with pytest.raises(Refused, match="换了值班表要写明原因"):
        make_roster(LEASE, date(2026, 2, 20), body([first.username]), by=lead)


def test_only_the_manager_makes_a_roster_of_people_who_work_here(
    seat: TakeSeat, now: Now, crew: Crew
) -> None:
    first, _ = crew(LEASE)
    now("2026-02-01 09:00:00")
    with pytest.raises(Refused, match="乙方项目经理"):
        make_roster(LEASE, date(2026, 2, 2), body([first.username]), by=first)
    told = body([seat("buyer").username])
    with pytest.raises(Refused, match="不能处理工单"):
        make_roster(LEASE, date(2026, 2, 2), told, by=seat("supplier_manager"))
    with pytest.raises(Refused, match="没有“nobody”这个账号"):
        make_roster(LEASE, date(2026, 2, 2), body(["nobody"]), by=seat("supplier_manager"))


def test_sd_04_bad_input_one_engineer_on_two_contracts_in_the_same_hour(
    seat: TakeSeat, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    _lead, first, _second = roster(LEASE)
    lead = seat("supplier_manager", CLOUD)
    seat("engineer", CLOUD)  # the same person works on both

    with pytest.raises(Refused) as refused:
        make_roster(CLOUD, date(2026, 2, 2), body([first.username]), by=lead)

    assert "已另有值班" in str(refused.value)
    assert LEASE not in str(refused.value)
    assert not DutyRoster.objects.filter(contract_id=CLOUD)


def test_sd_04_the_only_engineer_on_leave_without_a_substitute_is_a_gap(
    seat: TakeSeat, now: Now, crew: Crew
) -> None:
    first, second = crew(LEASE)
    lead = seat("supplier_manager")
    now("2026-02-01 09:00:00")
    make_roster(LEASE, date(2026, 2, 2), body([first.username]), by=lead)
    mark = {"person": first.username, "reason": "病假"}
    mark_absent(LEASE, date(2026, 2, 3), "白班", **mark, by=lead)

    (hole,) = duty.duty_gaps(LEASE, date(2026, 2, 3), date(2026, 2, 3))
    assert (hole.because, f"{hole.begins:%H:%M}") == ("白班没有人", "08:00")
    mark_absent(
        LEASE,
        date(2026, 2, 4),
        "白班",
        **mark,
        substitute=second.username,
        by=lead,
    )
    assert not duty.duty_gaps(LEASE, date(2026, 2, 4), date(2026, 2, 4))
    with pytest.raises(Refused, match="乙方项目经理"):
        mark_absent(LEASE, date(2026, 2, 5), "白班", **mark, by=first)


# ── swaps ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_swap_holds_once_both_have_said_so(
    seat: TakeSeat, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    _lead, first, second = roster(LEASE)
    third = seat("supplier_manager").username
    day = date(2026, 2, 9)
    turn = next(
        one
        for one in duty.duty_turns(LEASE, day, day)
        if one.day == day and one.people == (first.username,)
    )
    name = turn.shift.name

    swap = ask_swap(LEASE, day, name, taker=third, reason="家里有事", by=first)
    planned = [one.people for one in duty.duty_turns(LEASE, day, day) if one.begins == turn.begins]
    assert planned == [(first.username,)]
    with pytest.raises(DutySwap.DoesNotExist):
        answer_swap(LEASE, swap.pk, agree=True, by=second)
    answer_swap(LEASE, swap.pk, agree=True, by=seat("supplier_manager"))

    changed = [one.people for one in duty.duty_turns(LEASE, day, day) if one.begins == turn.begins]
    assert changed == [(third,)]
    with pytest.raises(Refused, match="已同意"):
        answer_swap(LEASE, swap.pk, agree=False, by=seat("supplier_manager"))


def test_a_swap_that_cannot_be(now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]) -> None:
    lead, first, second = roster(LEASE)
    day = date(2026, 2, 9)
    turn = next(
        one
        for one in duty.duty_turns(LEASE, day, day)
        if one.day == day and one.people == (first.username,)
    )
    name = turn.shift.name
    other = next(n for n in ("白班", "夜班") if n != name)

    with pytest.raises(Refused, match="没有这个人"):
        ask_swap(LEASE, day, other, taker=second.username, reason="事", by=first)
    with pytest.raises(Refused, match="没有“nobody”"):
        ask_swap(LEASE, day, name, taker="nobody", reason="事", by=first)
    swap = ask_swap(LEASE, day, name, taker=lead.username, reason="事", by=first)
    with pytest.raises(Refused, match="在等答复"):
        ask_swap(LEASE, day, name, taker=lead.username, reason="事", by=first)
    with pytest.raises(DutySwap.DoesNotExist):
        withdraw_swap(LEASE, swap.pk, by=second)
    assert withdraw_swap(LEASE, swap.pk, by=first).state == "withdrawn"
    now(f"{turn.begins:%Y-%m-%d %H:%M}:30")
    with pytest.raises(Refused, match="已经开始"):
        ask_swap(LEASE, day, name, taker=lead.username, reason="事", by=first)


def test_nobody_takes_a_turn_over_in_the_hours_of_another_one(
    now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]], seat: TakeSeat
) -> None:
    _lead, first, second = roster(LEASE)
    day = date(2026, 2, 9)
    mark = {"person": first.username, "substitute": second.username, "reason": "病假"}
    now("2026-02-08 12:00:00")
    turn = next(
        one
        for one in duty.duty_turns(LEASE, day, day)
        if one.day == day and one.people == (first.username,)
    )
    mark_absent(LEASE, day, turn.shift.name, **mark, by=seat("supplier_manager"))
    with pytest.raises(Refused, match=r"已在值班|没有这个人"):
        mark_absent(
            LEASE,
            day,
            turn.shift.name,
            person=second.username,
            substitute=second.username,
            reason="又",
            by=seat("supplier_manager"),
        )


# ── hand-over ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hand_over_names_what_is_open_and_somebody_else_takes_it(
    seat: TakeSeat, now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    _lead, first, second = roster(LEASE)
    now("2026-02-09 10:00:00")
    ticket = open_ticket(LEASE, NewTicket("incident", "登录不上"), by=seat("buyer"))
    there = duty.on_duty(LEASE, at("2026-02-09 10:00:00")).people
    leaves, comes = (first, second) if there == (first.username,) else (second, first)
    now("2026-02-09 20:00:30")

    note = hand_over(LEASE, "防火墙告警未消，留意", by=leaves)

    assert note.tickets == [ticket.name]
    with pytest.raises(Refused, match="不能接自己交的班"):
        take_over(LEASE, note.pk, by=leaves)
    assert take_over(LEASE, note.pk, remark="已看", by=comes).taker == comes.username
    with pytest.raises(Refused, match="已经接班"):
        take_over(LEASE, note.pk, by=comes)
    with pytest.raises(Refused, match="没有当班"):
        hand_over(LEASE, "无", by=seat("supplier_manager"))


# ── D1 ───────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXT = "一切正常，巡视两次，重启会议终端一台。"


def test_d1_one_log_a_day_by_a_person_on_the_roster(
    now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    """S3 附件1/一/3/3.3/•3: one for each day by a named person on duty."""
    lead, first, second = roster(VIDEO)
    now("2026-02-09 21:00:00")
    log = file_duty_log(VIDEO, date(2026, 2, 9), TEXT, by=first)

    assert (log.late, log.by) == (0, first.username)
    assert [row.kind for row in entries(VIDEO).filter(fact_id=log.fact)] == ["duty_log.filed"]
    with pytest.raises(Refused, match="一天一份"):
        file_duty_log(VIDEO, date(2026, 2, 9), TEXT + "补", by=second)
    with pytest.raises(Refused, match="值班表上"):
        file_duty_log(VIDEO, date(2026, 2, 8), TEXT, by=lead)
    with pytest.raises(Refused, match="还没有到"):
        file_duty_log(VIDEO, date(2026, 2, 10), TEXT, by=first)
    with pytest.raises(Refused, match="个字"):
        file_duty_log(VIDEO, date(2026, 2, 8), "正常", by=first)
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        DutyLog.objects.filter(pk=log.pk).update(late=0)


def test_d1_late_is_late_by_so_many_days_and_a_day_missed_stays_missed(
    now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    _lead, first, _second = roster(VIDEO)
    now("2026-02-12 09:00:00")
    file_duty_log(VIDEO, date(2026, 2, 9), TEXT, by=first)

    days = duty.duty_days(VIDEO, date(2026, 2, 9), date(2026, 2, 13), date(2026, 2, 12))

    assert [one.log_state for one in days] == [
        "迟记 3 天",
        "缺（已过 2 天）",
        "缺（已过 1 天）",
        "今天还没有记",
        "",
    ]


def test_d1_the_text_of_yesterday_again_is_warned_of(
    now: Now, roster: Callable[..., tuple[Seat, Seat, Seat]]
) -> None:
    _lead, first, _second = roster(VIDEO)
    now("2026-02-10 21:00:00")
    file_duty_log(VIDEO, date(2026, 2, 9), TEXT, by=first)

    with pytest.raises(Refused, match="一字不差"):
        file_duty_log(VIDEO, date(2026, 2, 10), f" {TEXT} ", by=first)
    assert file_duty_log(VIDEO, date(2026, 2, 10), TEXT, repeats=True, by=first).repeats


# ── pay ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_hours_for_pay_add_up_to_the_days(roster: Callable[..., tuple[Seat, Seat, Seat]]) -> None:
    roster(LEASE)
    told = duty.pay_hours(LEASE, date(2026, 2, 2), date(2026, 2, 28))

    assert sum(one.minutes for one in told) == timedelta(days=27) // timedelta(minutes=1)
    assert {one.kind.value for one in told} >= {"working", "holiday", "make-up"}


def test_numbers_are_masked(seat: TakeSeat, now: Now) -> None:
    now("2026-02-18 03:00:00")
    buyer = seat("buyer")
    test = call_duty(
        LEASE, ReachCall("010-55550199", "岗", "missed", evidence=(proof(buyer),)), by=buyer
    )
    assert duty.masked(test.number) == "…0199"
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        ReachTest.objects.filter(pk=test.pk).delete()


def test_a_contract_without_a_roster_has_nobody_on_duty(seat: TakeSeat) -> None:
    """It says so instead of guessing, and shows no gaps where nobody promised a roster."""
    seat("buyer")

    assert duty.on_duty(LEASE, at("2026-02-18 03:00:00")).is_empty
    assert duty.duty_gaps(LEASE, date(2026, 2, 1), date(2026, 2, 28)) == ()
