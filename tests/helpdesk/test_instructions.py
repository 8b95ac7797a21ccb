"""Only the buyer instructs (SD-08), sudden events (SD-06), demands (INC-02), letters that want an answer (OBL-04)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from lvyue import clock
from lvyue.core.clocks import ClockState
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.release import Role
from lvyue.evidence.actions import import_facts
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.attributing import CauseClaim, answer_cause, claim_cause
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.actions.waiting import stop_for_letters
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.tickets import ticket as ticket_for
from lvyue.library import loader
from tests.helpdesk.conftest import CLOUD, DIGITAL, LEASE, SECURITY, TakeSeat, at
from tests.helpdesk.test_attribution import proof
from tests.helpdesk.test_tickets import faces, verdicts

Now = Callable[[str], None]


def order(by: object, giver: str = "某主管单位", contract_id: str = SECURITY) -> Ticket:
    new = NewTicket("instruction", "请调整防火墙策略", values={"giver": giver})
    return open_ticket(contract_id, new, by=by)  # type: ignore[arg-type]


# ── SD-08 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sd_08_an_order_of_another_unit_waits_for_the_clients_written_approval(
    seat: TakeSeat, now: Now
) -> None:
    """0:7.2.20: given an order from the using unit, when a work order is created, then it waits."""
    buyer, engineer = seat("buyer", SECURITY), seat("engineer", SECURITY)
    lead = seat("supplier_manager", SECURITY)
    now("2026-03-02 10:00:00")
    told = order(engineer)
    new = NewTicket("work_order", "调整策略", values={"place": "机房"}, parent=told.number)
    work = open_ticket(SECURITY, new, by=engineer)

    with pytest.raises(Refused, match="还没有书面批准"):
        take_step(SECURITY, work.number, StepTaken("answer"), by=engineer)
    with pytest.raises(Refused, match="书面批准"):
        take_step(SECURITY, told.number, StepTaken("work"), by=engineer)
    take_step(SECURITY, told.number, StepTaken("report", papers={"告知文书": "函 1 号"}), by=lead)
    with pytest.raises(Refused, match="批准文书"):
        take_step(SECURITY, told.number, StepTaken("approve"), by=buyer)
    now("2026-03-02 12:00:00")
    approve = StepTaken("approve", papers={"批准文书": "批 1 号"})
    take_step(SECURITY, told.number, approve, by=buyer)
    now("2026-03-02 12:10:00")
    take_step(SECURITY, work.number, StepTaken("answer"), by=engineer)

    kinds = [row.kind for row in entries(SECURITY).filter(subject=told.name)]
    assert kinds == ["instruction.received", "duty.performed", "instruction.approved"]
    told_of = faces(told)["instruction-notice"].reading
    assert (told_of.verdict, told_of.stopped) == (
        Verdict.NOT_DECIDABLE,  # the contract names no time: measured, never breached
        at("2026-03-02 10:00:00"),
    )


def test_sd_08_bad_input_approval_dated_after_the_execution(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer", SECURITY), seat("engineer", SECURITY)
    now("2026-03-02 10:00:00")
    told = order(engineer)
    now("2026-03-02 12:00:00")
    approve = StepTaken("approve", papers={"批准文书": "批 1 号"})
    take_step(SECURITY, told.number, approve, by=buyer)

    early = StepTaken("work", at=at("2026-03-02 11:00:00"))
    with pytest.raises(Refused, match="先批准，后执行"):
        take_step(SECURITY, told.number, early, by=engineer)


def test_sd_08_bad_input_a_work_order_carried_out_before_the_approval(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", SECURITY), seat("engineer", SECURITY)
    now("2026-03-02 10:00:00")
    told = order(engineer)
    new = NewTicket("work_order", "调整策略", values={"place": "机房"}, parent=told.number)
    work = open_ticket(SECURITY, new, by=engineer)
    now("2026-03-02 12:00:00")
    approve = StepTaken("approve", papers={"批准文书": "批 1 号"})
    take_step(SECURITY, told.number, approve, by=buyer)

    early = StepTaken("answer", at=at("2026-03-02 11:00:00"))
    with pytest.raises(Refused, match="早于甲方批准"):
        take_step(SECURITY, work.number, early, by=engineer)


@pytest.mark.parametrize("role", ["engineer", "supplier_manager", "using_department"])
@pytest.mark.parametrize("giver", ["甲方", "采 购 人", "the buyer itself"])
def test_sd_08_bad_input_an_instruction_entered_as_if_the_client_gave_it(
    seat: TakeSeat, now: Now, role: str, giver: str
) -> None:
    now("2026-03-02 10:00:00")
    release = loader.load(SECURITY)
    named = next(one.name for one in release.parties if one.role is Role.BUYER)

    with pytest.raises(Refused, match="不能替甲方登记指令"):
        order(seat(role, SECURITY), named if giver.isascii() else giver)
    order(seat("buyer", SECURITY), named)


def test_a_departments_instruction_goes_to_the_buyer_first(seat: TakeSeat, now: Now) -> None:
    department, buyer = seat("using_department", SECURITY), seat("buyer", SECURITY)
    engineer = seat("engineer", SECURITY)
    now("2026-03-02 10:00:00")
    told, other = order(department, "某处室"), order(department, "某处室")

    assert ticket_for(engineer, told.number) is None
    assert ticket_for(buyer, told.number) == told
    approve = StepTaken("approve", papers={"批准文书": "批 1 号"})
    take_step(SECURITY, told.number, approve, by=buyer)
    assert ticket_for(engineer, told.number) == told

    take_step(SECURITY, other.number, StepTaken("withdraw", said="不用了"), by=department)
    assert ticket_for(engineer, other.number) is None


# ── SD-06 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def agree(contract_id: str, parameter: str, value: str) -> None:
    data = {"parameter": parameter, "value": value, "paper": "确认书"}
    row = {"id": "agreed-1", "kind": "parameter.agreed", "at": "2026-02-01", "data": data}
    import_facts(contract_id, [json.dumps(row).encode()], by="测试", source="")


def sudden(seat: TakeSeat, now: Now, *, said_at: str | None = None) -> Ticket:
    """Known at ten, reported at 10:40."""
    engineer = seat("engineer", SECURITY)
    now("2026-03-02 10:00:00")
    ticket = open_ticket(SECURITY, NewTicket("sudden", "机房漏水"), by=engineer)
    now("2026-03-02 10:40:00")
    tell = StepTaken(
        "tell",
        at=at(said_at) if said_at else None,
        papers={"报告方式": "电话", "报告给谁": "甲方项目负责人"},
    )
    take_step(SECURITY, ticket.number, tell, by=engineer)
    return ticket


def test_sd_06_reported_ten_minutes_late(seat: TakeSeat, now: Now) -> None:
    """0:7.2.3: learned at 10:00, reported at 10:40, 30 minutes agreed: late by ten."""
    seat("buyer", SECURITY)
    agree(SECURITY, "sudden-event-report", "30 minutes")
    ticket = sudden(seat, now)

    reading = faces(ticket)["sudden-event-report"].reading
    assert reading.verdict is Verdict.LATE
    assert reading.stopped is not None
    assert reading.due_moment is not None
    assert reading.stopped - reading.due_moment == timedelta(minutes=10)
    assert verdicts(SECURITY, "sudden-event-report", ticket.name) == [Verdict.LATE]


def test_sd_06_without_an_agreed_figure_forty_minutes_are_shown_and_no_breach(
    seat: TakeSeat, now: Now
) -> None:
    ticket = sudden(seat, now)

    reading = faces(ticket)["sudden-event-report"].reading
    assert (reading.verdict, reading.counted) == (Verdict.NOT_DECIDABLE, timedelta(minutes=40))
    assert Verdict.LATE not in verdicts(SECURITY, "sudden-event-report", ticket.name)


def test_sd_06_bad_input_the_time_of_the_report_typed_in_afterwards(
    seat: TakeSeat, now: Now
) -> None:
    seat("buyer", SECURITY)
    agree(SECURITY, "sudden-event-report", "30 minutes")
    ticket = sudden(seat, now, said_at="2026-03-02 10:20:00")

    assert faces(ticket)["sudden-event-report"].reading.verdict is Verdict.LATE


# ── INC-02 ───────────────────────────────────────────────────────────────────────────────────────────────────────


def demand(seat: TakeSeat, now: Now) -> Ticket:
    now("2026-10-02 14:00:00")
    values = {"giver": "某机关", "paper": "调 1 号", "items": "登录日志、账号清单"}
    new = NewTicket("demand", "调取资料", values=values)
    return open_ticket(DIGITAL, new, by=seat("engineer", DIGITAL))


def test_inc_02_oral_notice_is_late_by_one_minute(seat: TakeSeat, now: Now) -> None:
    """01:N2.3: received 2026-10-02 14:00 on a holiday, told at 15:01: late; disclosure waits for written consent."""
    buyer, engineer = seat("buyer", DIGITAL), seat("engineer", DIGITAL)
    ticket = demand(seat, now)
    now("2026-10-02 15:01:00")
    tell = StepTaken("tell", papers={"告知了谁": buyer.name})
    take_step(DIGITAL, ticket.number, tell, by=engineer)

    oral = [face.reading for face in faces(ticket).values() if face.reading.is_over]
    assert [one.verdict for one in oral] == [Verdict.LATE]
    assert oral[0].stopped is not None
    assert oral[0].due_moment is not None
    assert oral[0].stopped - oral[0].due_moment == timedelta(minutes=1)
    with pytest.raises(Refused, match="不能“"):
        take_step(DIGITAL, ticket.number, StepTaken("close", papers={"结果": "已给"}), by=buyer)


def test_inc_02_bad_input_oral_notice_to_the_guard_desk(seat: TakeSeat, now: Now) -> None:
    seat("buyer", DIGITAL)
    ticket = demand(seat, now)

    tell = StepTaken("tell", papers={"告知了谁": "门卫值班室"})
    with pytest.raises(Refused, match="不算告知甲方"):
        take_step(DIGITAL, ticket.number, tell, by=seat("engineer", DIGITAL))


def test_inc_02_bad_input_disclosure_wider_than_the_demand(seat: TakeSeat, now: Now) -> None:
    buyer = seat("buyer", DIGITAL)
    ticket = demand(seat, now)
    written = StepTaken("write", papers={"告知文书": "函 3 号"})
    take_step(DIGITAL, ticket.number, written, by=seat("supplier_manager", DIGITAL))
    take_step(
        DIGITAL, ticket.number, StepTaken("approve", papers={"同意文书": "同 1 号"}), by=buyer
    )

    wide = StepTaken("close", papers={"结果": "已给"}, data={"given": "登录日志、全部数据库"})
    with pytest.raises(Refused, match="全部数据库 不在要求的范围里"):
        take_step(DIGITAL, ticket.number, wide, by=buyer)
    given = StepTaken("close", papers={"结果": "已给"}, data={"given": "登录日志"})
    assert take_step(DIGITAL, ticket.number, given, by=buyer).state == "closed"


# ── OBL-04, SD-10 ────────────────────────────────────────────────────────────────────────────────────────────────


def letter(seat: TakeSeat, now: Now, parent: int | None = None, **values: str) -> Ticket:
    """Signed for on 2026-09-14, entered the day after with the signed slip."""
    lead = seat("supplier_manager", CLOUD)
    now("2026-09-15 09:00:00")
    new = NewTicket(
        "reply",
        "请答复机房供电方案",
        values={"paper": "函 7 号", "asks": "true", **values},
        at=at("2026-09-14 16:00:00"),
        evidence=(proof(lead, "签收回执.pdf"),),
        parent=parent,
    )
    return open_ticket(CLOUD, new, by=lead)


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [("2026-10-10 17:00:00", Verdict.MET), ("2026-10-12 09:00:00", Verdict.LATE)],
)
def test_obl_04_signed_for_on_14_september_is_due_on_10_october(
    seat: TakeSeat, now: Now, answered: str, verdict: Verdict
) -> None:
    """12:7.1.10: fifteen working days over the Mid-autumn and the National Day holidays."""
    ticket = letter(seat, now)
    assert str(faces(ticket)["client-reply"].reading.due) == "2026-10-10"

    now(answered)
    step = StepTaken("answer", papers={"答复文书": "复 7 号"})
    take_step(CLOUD, ticket.number, step, by=seat("buyer", CLOUD))

    assert faces(ticket)["client-reply"].reading.verdict is verdict
    assert verdicts(CLOUD, "client-reply", ticket.name) == [verdict]


def test_obl_04_when_the_client_is_late_the_clocks_that_depend_on_it_stop(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", CLOUD), seat("engineer", CLOUD)
    waits = letter(seat, now)
    now("2026-10-10 09:00:00")
    new = NewTicket("request", "请供电", values={"channel": "wechat"}, parent=waits.number)
    ticket = open_ticket(CLOUD, new, by=buyer)
    due = faces(ticket)["written-request-reply"].reading.due
    now("2026-10-16 09:00:00")
    assert faces(waits)["client-reply"].reading.verdict is Verdict.MISSED
    claim = CauseClaim(
        "buyer_operation",
        "等甲方答复函 7 号",
        at("2026-10-12 00:00:00"),
        at("2026-10-16 00:00:00"),
        evidence=(proof(engineer, "函件.txt"),),
    )
    claim_cause(CLOUD, ticket.number, claim, by=engineer)
    answer_cause(CLOUD, ticket.number, agree=True, by=buyer)

    stopped = faces(ticket)["written-request-reply"].reading
    assert stopped.due is not None
    assert due is not None
    assert stopped.due > due
    assert clock.today().isoformat() == "2026-10-16"


def test_obl_04_bad_input_a_letter_that_asks_for_no_reply(seat: TakeSeat, now: Now) -> None:
    seat("buyer", CLOUD)
    before = entries(CLOUD).filter(kind="letter.received").count()

    with pytest.raises(Refused, match="不起算答复期限"):
        letter(seat, now, asks="false")
    assert entries(CLOUD).filter(kind="letter.received").count() == before


def test_obl_04_bad_input_a_letter_that_nobody_signed_for(seat: TakeSeat, now: Now) -> None:
    now("2026-09-15 09:00:00")
    new = NewTicket("reply", "请答复", values={"paper": "函 7 号", "asks": "true"})

    with pytest.raises(Refused, match="从签收起算"):
        open_ticket(CLOUD, new, by=seat("supplier_manager", CLOUD))


@pytest.mark.parametrize("paper", ["电话答复", "口头说明"])
def test_sd_10_bad_input_a_reply_by_telephone(seat: TakeSeat, now: Now, paper: str) -> None:
    ticket = letter(seat, now)

    step = StepTaken("answer", papers={"答复文书": paper})
    with pytest.raises(Refused, match="不是书面答复"):
        take_step(CLOUD, ticket.number, step, by=seat("buyer", CLOUD))


# ── OBL-04: the clocks that depend on the answer ─────────────────────────────────────────────────────────────────


def request_under(seat: TakeSeat, parent: int | None, at_: str = "") -> Ticket:
    new = NewTicket(
        "request",
        "请供电",
        values={"channel": "wechat"},
        parent=parent,
        at=at(at_) if at_ else None,
    )
    return open_ticket(CLOUD, new, by=seat("buyer", CLOUD))


def test_obl_04_what_waits_for_a_late_answer_stops_by_itself_and_goes_on_with_it(
    seat: TakeSeat, now: Now
) -> None:
    """12:7.1.10: signed for on 2026-09-14, so late when 2026-10-10 has ended; nobody asks and nobody agrees."""
    waits = letter(seat, now)
    now("2026-10-10 09:00:00")
    ticket = request_under(seat, waits.number)
    other = request_under(seat, None)
    now("2026-10-10 23:59:59")
    assert stop_for_letters() == 0
    now("2026-10-11 00:10:00")
    assert stop_for_letters() == 1
    assert stop_for_letters() == 0

    now("2026-10-16 09:00:00")
    stopped = faces(ticket)["written-request-reply"]
    assert stopped.reading.state is ClockState.PAUSED
    assert verdicts(CLOUD, "written-request-reply", ticket.name) == [Verdict.SUSPENDED]
    assert verdicts(CLOUD, "written-request-reply", other.name) == [Verdict.MISSED]
    assert any("逾期" in one.because for one in stopped.segments)
    stop = ticket.history.get(name="pause")
    assert (stop.at, stop.by_name) == (at("2026-10-11 00:00:00"), "逾期未答复，自动停表")
    assert stop.evidence == waits.history.get(name="open").evidence != []
    fact = json.loads(bytes(entries(CLOUD).get(kind="ticket.paused").raw))
    assert fact["data"]["paper"] == "函 7 号"
    assert fact["evidence"] == stop.evidence

    step = StepTaken("answer", papers={"答复文书": "复 7 号"})
    take_step(CLOUD, waits.number, step, by=seat("buyer", CLOUD))
    running = faces(ticket)["written-request-reply"].reading
    assert running.state is ClockState.RUNNING
    assert running.paused == timedelta(days=5, hours=9)
    assert str(running.due) == "2026-10-21"  # the 19th, 20th and 21st: the 16th stood still in part
    assert verdicts(CLOUD, "written-request-reply", ticket.name) == [Verdict.NOT_DUE]
    assert verdicts(CLOUD, "client-reply", waits.name) == [Verdict.LATE]


def test_obl_04_the_ticket_from_which_the_letter_came_waits_as_well(
    seat: TakeSeat, now: Now
) -> None:
    engineer = seat("engineer", CLOUD)
    now("2026-09-14 09:00:00")
    ticket = open_ticket(CLOUD, NewTicket("incident", "机房断电"), by=seat("buyer", CLOUD))
    take_step(CLOUD, ticket.number, StepTaken("answer"), by=engineer)
    take_step(CLOUD, ticket.number, StepTaken("work"), by=engineer)
    waits = letter(seat, now, parent=ticket.number)
    now("2026-10-12 09:00:00")

    assert stop_for_letters() == 1
    ticket.refresh_from_db()
    assert ticket.state == "paused"
    back = StepTaken("withdraw", said="不再需要")
    take_step(CLOUD, waits.number, back, by=seat("supplier_manager", CLOUD))

    ticket.refresh_from_db()
    assert ticket.state == "working"
    now("2026-10-13 09:00:00")
    assert stop_for_letters() == 0


def test_obl_04_who_goes_on_without_the_answer_is_not_stopped_again(
    seat: TakeSeat, now: Now
) -> None:
    engineer = seat("engineer", CLOUD)
    waits = letter(seat, now)
    now("2026-10-10 09:00:00")
    ticket = request_under(seat, waits.number)
    take_step(CLOUD, ticket.number, StepTaken("answer"), by=engineer)
    take_step(CLOUD, ticket.number, StepTaken("work"), by=engineer)
    now("2026-10-11 00:10:00")
    assert stop_for_letters() == 1

    take_step(CLOUD, ticket.number, StepTaken("resume"), by=engineer)
    assert stop_for_letters() == 0


def test_obl_04_an_answer_that_proves_to_have_come_in_time_takes_nothing_out(
    seat: TakeSeat, now: Now
) -> None:
    buyer = seat("buyer", CLOUD)
    waits = letter(seat, now)
    now("2026-10-10 09:00:00")
    ticket = request_under(seat, waits.number)
    now("2026-10-12 09:00:00")
    assert stop_for_letters() == 1

    slip = proof(buyer, "乙方签收的复函.pdf")
    step = StepTaken(
        "answer", at("2026-10-10 16:00:00"), papers={"答复文书": "复 7 号"}, evidence=(slip,)
    )
    take_step(CLOUD, waits.number, step, by=buyer)

    reading = faces(ticket)["written-request-reply"].reading
    assert reading.paused == timedelta()
    assert reading.due == reading.due_without_pauses
    assert verdicts(CLOUD, "client-reply", waits.name) == [Verdict.MET]


def test_obl_04_bad_input_a_letter_whose_time_nobody_can_decide_stops_nothing(
    seat: TakeSeat, now: Now
) -> None:
    """S4 gives the buyer no time for an answer: the clock measures, and nobody is late."""
    lead = seat("supplier_manager", LEASE)
    now("2026-09-15 09:00:00")
    new = NewTicket(
        "reply",
        "请答复",
        values={"paper": "函 7 号", "asks": "true"},
        at=at("2026-09-14 16:00:00"),
        evidence=(proof(lead, "签收回执.pdf"),),
    )
    waits = open_ticket(LEASE, new, by=lead)
    under = NewTicket("incident", "等答复", parent=waits.number)
    open_ticket(LEASE, under, by=seat("buyer", LEASE))
    now("2026-12-01 09:00:00")
    assert faces(waits)["reply"].reading.verdict is Verdict.NOT_DECIDABLE

    assert stop_for_letters() == 0
