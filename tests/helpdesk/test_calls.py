"""通话: who called, who answered, what nobody answered, and what nobody does before it is known who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.service import ContactMeans
from lvyue.evidence.actions import keep_file, open_log
from lvyue.helpdesk.actions.calling import NewCall, note_missed_call, take_call
from lvyue.helpdesk.actions.channels import set_up_channel
from lvyue.helpdesk.actions.opening import NewTicket
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.taking import note_fax, open_incoming
from lvyue.helpdesk.actions.verifying import Identity, verify_identity
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import Call, Ticket, TicketEvent
from lvyue.helpdesk.queries.callers import digits, find_callers
from lvyue.helpdesk.queries.channels import gaps, twins
from lvyue.notices.actions.contacts import NewContact, enter_contact
from lvyue.notices.letter_choices import Side
from tests.helpdesk.conftest import LEASE, TakeSeat, at
from tests.helpdesk.test_tickets import faces, incident, verdicts

Now = Callable[[str], None]

NUMBER = "13800000001"  # in nobody's hands: a number of the test


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


def contact(seat: TakeSeat, since: str = "2026-02-01", number: str = NUMBER) -> int:
    new = NewContact(
        Side.BUYER, ContactMeans.MOBILE, number, at(f"{since} 00:00:00").date(), person="李四"
    )
    return enter_contact(new, by=seat("buyer")).pk


def restart(by: TakeSeat, number: str = "13911112222") -> Call:
    """Somebody calls and wants the database restarted."""
    call = NewCall(
        number, "自称李四", new=NewTicket("incident", "数据库卡住"), operation="重启数据库"
    )
    return take_call(LEASE, call, by=by("engineer"))


def test_a_call_is_a_ticket_opened_when_it_rang_and_answered_when_somebody_did(
    seat: TakeSeat, now: Now
) -> None:
    contact(seat)
    now("2026-03-02 10:01:00")
    call = take_call(
        LEASE,
        NewCall(
            f"+86 {NUMBER[:3]} {NUMBER[3:]}",
            began_at=at("2026-03-02 10:00:00"),
            answered_at=at("2026-03-02 10:00:20"),
            new=NewTicket("incident", "登录不上"),
        ),
        by=seat("engineer"),
    )

    ticket = Ticket.objects.get()
    assert (call.ticket, call.caller, call.listed) == (ticket, "李四", True)
    assert (ticket.opened_at, ticket.state, ticket.channel) == (
        at("2026-03-02 10:00:00"),
        "answered",
        "phone",
    )
    assert faces(ticket)["kpi-9"].reading.stopped == at("2026-03-02 10:00:20")
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.MET]
    assert ticket.reporter_side == "buyer"


def test_a_call_that_was_written_down_late_counts_when_it_was_written_down(
    seat: TakeSeat, now: Now
) -> None:
    """V3 错误输入：响应时间手工补记。没有凭据，按登记时间算。"""
    now("2026-03-02 11:00:00")
    moment = at("2026-03-02 10:00:00")
    new = NewTicket("incident", "登录不上")
    call = NewCall(NUMBER, "某人", began_at=moment, answered_at=moment, new=new)
    take_call(LEASE, call, by=seat("engineer"))

    ticket = Ticket.objects.get()
    assert faces(ticket)["kpi-9"].reading.began == moment
    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.LATE
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]


def test_a_test_call_on_a_holiday_night_is_linked_or_a_gap(seat: TakeSeat, now: Now) -> None:
    """SD-01：节假日 03:00 拨测，接了的连到接听人和工单，没接的是缺口；语音信箱不算接听。"""
    engineer = seat("engineer")
    line = set_up_channel(DeskKind.PHONE, "服务热线", "010-12345678", by=seat("buyer")).pk
    now("2026-02-17 03:00:00")  # the first day of the Spring Festival
    answered = take_call(
        LEASE,
        NewCall(NUMBER, "拨测", channel=line, test=True, new=NewTicket("question", "拨测")),
        by=engineer,
    )
    assert answered.ticket is not None
    assert (answered.test, answered.answered_by) == (True, engineer.username)

    now("2026-02-18 03:01:00")
    missed = note_missed_call(
        LEASE,
        number="13800000002",
        began_at=at("2026-02-18 03:00:00"),
        ended_at=at("2026-02-18 03:01:00"),
        channel=line,
        outer_id="pbx-7",
        test=True,
        by=engineer,
    )
    again = note_missed_call(
        LEASE,
        number="13800000002",
        began_at=at("2026-02-18 03:00:00"),
        outer_id="pbx-7",
        by=engineer,
    )
    assert again == missed
    (gap,) = gaps(LEASE, at("2026-02-17 00:00:00"), at("2026-02-19 00:00:00"))
    assert (gap.channel, gap.since, gap.until, gap.test) == (
        "服务热线",
        at("2026-02-18 03:00:00"),
        None,
        True,
    )

    now("2026-02-18 03:20:00")
    take_call(LEASE, NewCall("13800000002", "拨测"), by=engineer)
    (gap,) = gaps(LEASE, at("2026-02-17 00:00:00"), at("2026-02-19 00:00:00"))
    assert gap.until == at("2026-02-18 03:20:00")


def test_a_fax_in_the_night_is_unanswered_until_it_has_a_ticket(seat: TakeSeat, now: Now) -> None:
    """F1：02:10 的传真没有开工单，渠道显示自 02:10 起无人应答。"""
    engineer = seat("engineer")
    line = set_up_channel(DeskKind.FAX, "传真", "010-12345679", by=seat("buyer")).pk
    now("2026-03-02 08:30:00")
    open_log(LEASE, by="测试")
    scan = keep_file(LEASE, "传真.pdf", [b"%PDF-1.4 a fax"], by="测试").sha256
    received = at("2026-03-02 02:10:00")
    with pytest.raises(Refused, match="没有这个文件"):
        note_fax(LEASE, line, number="010-1", received_at=received, evidence="0" * 64, by=engineer)
    with pytest.raises(Refused, match="处理工单"):
        note_fax(LEASE, line, number="010-1", received_at=received, evidence=scan, by=seat("buyer"))
    row = note_fax(LEASE, line, number="010-1", received_at=received, evidence=scan, by=engineer)

    day = (at("2026-03-02 00:00:00"), at("2026-03-03 00:00:00"))
    (gap,) = gaps(LEASE, *day)
    assert (gap.kind, gap.since, gap.until) == ("fax", received, None)

    ticket = open_incoming(LEASE, row.pk, "incident", "传真报修", by=engineer)
    assert gaps(LEASE, *day) == ()
    assert ticket.opened_at == received
    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.MISSED


def test_a_request_to_restart_from_an_unlisted_number_waits(seat: TakeSeat, now: Now) -> None:
    """Z12：未登记号码来电要求重启，核实之前不能动手；知道内情不算核实，来电之后才改的号码也不算。"""
    listed = contact(seat)
    engineer = seat("engineer")
    now("2026-03-02 10:00:00")
    call = restart(seat)
    assert call.ticket is not None
    number = call.ticket.number
    assert (call.ticket.state, call.listed) == ("answered", False)

    for step in ("work", "restore"):
        with pytest.raises(Refused, match="还没有核实"):
            take_step(LEASE, number, StepTaken(step, papers={"修后测试": "通"}), by=engineer)
    with pytest.raises(Refused, match="还没有核实"):
        make_mark(LEASE, number, Entry("work_around", said="先重启"), by=engineer)

    changed = contact(seat, "2026-03-02", "13911112222")
    knows = Identity("自称李四", "present", passed=True, operation="", note="说得出内情")
    for more, says in (
        ({"method": "callback", "contact": changed}, "之前合同就登记"),
        ({"method": "mail", "contact": listed}, "之前合同就登记"),
        ({"method": "callback"}, "之前合同就登记"),
        ({"method": "account", "username": engineer.username}, "不是这份合同的甲方人员"),
        ({"note": " "}, "核实记录"),
    ):
        with pytest.raises(Refused, match=says):
            verify_identity(LEASE, number, replace(knows, **more), by=engineer)
    with pytest.raises(Refused, match="处理工单"):
        verify_identity(LEASE, number, knows, by=seat("buyer"))
    with pytest.raises(Call.DoesNotExist):
        verify_identity(LEASE, number, knows, call=999_999, by=engineer)

    verify_identity(LEASE, number, replace(knows, passed=False, note="打不通"), by=engineer)
    with pytest.raises(Refused, match="还没有核实"):
        take_step(LEASE, number, StepTaken("work"), by=engineer)
    back = replace(knows, method="callback", contact=listed, note="回拨，本人确认")
    verify_identity(LEASE, number, back, by=engineer)
    ticket = take_step(LEASE, number, StepTaken("work"), by=engineer)
    assert ticket.state == "working"
    told = [one.data for one in TicketEvent.objects.filter(ticket=ticket, name="verify")]
    assert [one["passed"] for one in told] == [False, True]
    assert told[1]["operation"] == "重启数据库"
    call.refresh_from_db()
    assert (call.verified_how, call.verified_by) == ("callback", engineer.username)
    with pytest.raises(Refused, match="没有等待核实"):
        verify_identity(LEASE, number, back, call=call.pk, by=engineer)


def test_a_listed_number_needs_no_further_proof_but_a_choice_on_the_form_does(
    seat: TakeSeat, now: Now
) -> None:
    listed = contact(seat)
    now("2026-03-02 10:00:00")
    call = restart(seat, NUMBER)
    assert call.listed
    assert call.ticket is not None
    take_step(LEASE, call.ticket.number, StepTaken("work"), by=seat("engineer"))

    new = NewTicket("incident", "又卡住")
    chosen = NewCall("13911112222", ref=f"contact:{listed}", new=new, operation="重启")
    call = take_call(LEASE, chosen, by=seat("engineer"))
    assert (call.caller, call.listed, call.number) == ("李四", False, "13911112222")

    last = NewCall(NUMBER[-4:], ref=f"contact:{listed}", new=new, operation="重启")
    call = take_call(LEASE, last, by=seat("engineer"))
    assert (call.listed, call.number) == (False, NUMBER)


def test_a_caller_is_found_while_typing_by_those_who_take_calls(seat: TakeSeat, now: Now) -> None:
    contact(seat)
    now("2026-03-02 10:00:00")
    today = at("2026-03-02 10:00:00").date()
    engineer = seat("engineer")

    (found,) = find_callers(engineer, "李四", today)
    assert found.name == "李四"
    assert NUMBER not in found.number
    assert [one.name for one in find_callers(engineer, "0001", today)] == ["李四"]
    assert find_callers(engineer, "1", today) == ()
    assert find_callers(seat("buyer"), "李四", today) == ()
    assert find_callers(seat("engineer", "video-conference-2022"), "李四", today) == ()
    assert digits("+86 138-0000-0001") == NUMBER


def test_calls_that_cannot_be_are_refused(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    engineer = seat("engineer")
    later, before = at("2026-03-02 11:00:00"), at("2026-03-02 09:00:00")
    moment = at("2026-03-02 10:00:00")
    new = NewTicket("incident", "x")
    for call, says in (
        (NewCall(began_at=later), "还没有到"),
        (NewCall(answered_at=before, began_at=moment), "早于振铃"),
        (NewCall(answered_at=moment, ended_at=before), "早于接听"),
        (NewCall(ticket=1, new=new), "只选一样"),
        (NewCall(operation="重启"), "没有工单"),
        (NewCall(ref="contact:99"), "没有这个人"),
        (NewCall(ref="nonsense"), "没有这个人"),
    ):
        with pytest.raises(Refused, match=says):
            take_call(LEASE, call, by=engineer)
    with pytest.raises(Refused, match="处理工单"):
        take_call(LEASE, NewCall(), by=seat("buyer"))
    with pytest.raises(Refused, match="还没有到"):
        note_missed_call(LEASE, number="1", began_at=later, by=engineer)
    assert not Call.objects.exists()


def test_one_matter_told_twice_is_suggested(seat: TakeSeat, now: Now) -> None:
    """F1 错误输入：同一件事两个渠道报来。只提示，不自动合并。"""
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    first = incident(buyer)
    now("2026-03-02 10:20:00")
    second = incident(buyer)
    now("2026-03-02 19:00:00")
    incident(buyer)

    (twin,) = twins(engineer, first)
    assert twin.ticket == second
    assert twin.because == ("同一报单人", "相隔 20 分钟")
    assert len(twins(engineer, first, within=timedelta(hours=12))) == 2
