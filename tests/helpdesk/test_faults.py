"""Faults: level and times (F2), repair and its count (F3), and what nobody gains by a trick (SD-03, SD-05, V3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from django.test import Client

from lvyue import clock
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import account
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.evidence.queries import corrections, entries, stands
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.repairs import count_month, count_repairs
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry, Machine, hold, write
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.repairs import repairs_of, shown_repairs
from lvyue.obligations.actions.recording import withdraw_fact
from lvyue.obligations.queries import statement_of
from tests.helpdesk.conftest import CLOUD, LEASE, VIDEO, Browse, TakeSeat, at
from tests.helpdesk.test_tickets import faces, verdicts

Now = Callable[[str], None]


def fault(by: Seat, device: str = "", title: str = "没有图像") -> Ticket:
    values = {"device": device} if device else {}
    return open_ticket(by.contract_id, NewTicket("incident", title, values=values), by=by)


def mend(ticket: Ticket, by: Seat) -> None:
    for step, papers in (("answer", {}), ("work", {}), ("restore", {"修后测试": "画面正常"})):
        take_step(ticket.contract_id, ticket.number, StepTaken(step, papers=papers), by=by)


# ── F2 ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_f2_before_the_plan_is_approved_nothing_is_judged_by_time(seat: TakeSeat, now: Now) -> None:
    """Given a S3 ticket before the plan is approved, then not decidable, with the blank named; arrival is timed too."""
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-09 10:00:00")
    ticket = fault(buyer)
    now("2022-05-09 12:00:00")
    take_step(VIDEO, ticket.number, StepTaken("answer"), by=engineer)
    make_mark(VIDEO, ticket.number, Entry("arrive"), by=engineer)

    found = faces(ticket)
    for term in ("fault-response", "fault-arrival"):
        reading = found[term].reading
        assert (reading.verdict, reading.due) == (Verdict.NOT_DECIDABLE, None)
        assert reading.stopped == at("2022-05-09 12:00:00")
        assert "没有响应、到场、修复和答复的任何时限" in reading.because
        assert Verdict.LATE not in verdicts(VIDEO, term, ticket.name)


def test_f2_bad_input_the_level_is_lowered_after_the_breach(seat: TakeSeat, now: Now) -> None:
    """Whatever the level says afterwards, the five minutes were over, and who changed it why stays on the ticket."""
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = fault(buyer)
    now("2026-03-02 10:06:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    with pytest.raises(Refused, match="理由"):
        make_mark(LEASE, ticket.number, Entry("level", data={"level": "低"}), by=engineer)
    lowered = Entry("level", data={"level": "低"}, said="用户说不急")
    make_mark(LEASE, ticket.number, lowered, by=engineer)

    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.LATE
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]
    assert ticket.history.get(name="level").said == "用户说不急"


# ── F3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_f3_twelve_failed_eleven_repaired_is_missed_and_the_open_one_named(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    tickets = []
    for number in range(12):
        now(f"2022-05-{number + 5:02} 10:00:00")
        tickets.append(fault(buyer, f"终端-{number + 1:02}"))
        if number != 7:
            mend(tickets[-1], engineer)
    now("2022-05-20 09:00:00")
    fault(buyer)
    now("2022-06-01 00:30:00")

    assert count_repairs() == 1
    assert count_repairs() == 0

    found = repairs_of(VIDEO, at("2022-05-15 00:00:00").date())
    assert (found.faulty, found.repaired, found.unnamed) == (12, 11, 1)
    assert [one.device for one in found.open] == ["终端-08"]
    (fact,) = entries(VIDEO).filter(fact_id="t-repairs-2022-05")
    assert fact.subject == "2022-05 故障设备"
    findings = statement_of(VIDEO, at("2022-06-01 00:30:00").date()).evaluation.findings
    (judged,) = [
        one
        for one in findings
        if one.term == "completeness-repair" and one.occurrence == fact.subject
    ]
    assert judged.verdict is Verdict.MISSED
    assert "91.67" in str(judged.because)
    said = AuditEntry.objects.get(act="repairs.counted").after
    assert (said or {})["open"] == [tickets[7].name]


def test_f3_what_the_user_sent_back_and_what_was_mended_later_is_not_repaired(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    back, late = fault(buyer, "终端-01"), fault(buyer, "终端-02")
    mend(back, engineer)
    take_step(VIDEO, back.number, StepTaken("reopen", said="还是没有图像"), by=buyer)
    now("2022-06-01 00:00:00")
    mend(late, engineer)

    found = repairs_of(VIDEO, at("2022-05-01 00:00:00").date())

    assert (found.faulty, found.repaired) == (2, 0)


def test_f3_a_month_that_runs_is_not_counted_and_one_without_faults_puts_nothing_on_record(
    seat: TakeSeat, now: Now
) -> None:
    now("2022-05-20 10:00:00")
    month = at("2022-05-01 00:00:00").date()
    fault(seat("buyer", VIDEO))
    with pytest.raises(Refused, match="还没有过完"):
        count_month(VIDEO, month)
    now("2022-06-01 10:00:00")

    assert not count_month(VIDEO, month)  # its one fault names no device


def test_f3_a_device_that_is_named_later_counts_and_is_mended(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    """A fault without a device is shown by name; once the engineer says which it is, it counts, and its repair too."""
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    month = at("2022-05-01 00:00:00").date()
    now("2022-05-05 10:00:00")
    ticket = fault(buyer)
    (shown,) = repairs_of(VIDEO, month).nameless
    assert shown.name == ticket.name
    page = browse("engineer", VIDEO).get(f"/contracts/{VIDEO}/tickets/{ticket.number}/")
    assert "还没有写：写明设备的故障才算进维修统计" in page.content.decode()

    post = f"/contracts/{VIDEO}/tickets/{ticket.number}/marks/"
    told = browse("engineer", VIDEO).post(post, {"mark": "device", "device": " 终端-09 "})
    assert told.status_code == 302
    assert repairs_of(VIDEO, month).nameless == ()
    assert (repairs_of(VIDEO, month).faulty, repairs_of(VIDEO, month).repaired) == (1, 0)
    mend(ticket, engineer)

    assert (repairs_of(VIDEO, month).faulty, repairs_of(VIDEO, month).repaired) == (1, 1)
    assert ticket.history.get(name="device").data == {"device": "终端-09"}
    entry = AuditEntry.objects.get(act="ticket.device")
    assert (entry.about, entry.who) == (ticket.name, engineer.username)


def test_f3_a_device_named_after_the_month_was_counted_is_counted_anew_and_the_first_count_stays(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    mend(fault(buyer, "终端-01"), engineer)
    late = fault(buyer)
    now("2022-06-01 00:30:00")
    assert count_repairs() == 1
    now("2022-07-02 09:00:00")
    make_mark(VIDEO, late.number, Entry("device", data={"device": "终端-02"}), by=engineer)

    assert count_repairs() == 1
    assert count_repairs() == 0

    counts = entries(VIDEO).filter(kind="repair.counted", fact_id__startswith="t-")
    assert [*counts.values_list("fact_id", flat=True)] == [
        "t-repairs-2022-05",
        "t-repairs-2022-05-2",
    ]
    findings = statement_of(VIDEO, at("2022-07-02 09:00:00").date()).evaluation.findings
    judged = [
        one.verdict
        for one in findings
        if one.term == "completeness-repair" and one.occurrence == "2022-05 故障设备"
    ]
    assert judged == [Verdict.MISSED]


def test_f3_a_month_of_which_every_fault_was_nameless_is_counted_once_a_device_is_named(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    late = fault(buyer)
    now("2022-06-01 00:30:00")
    assert count_repairs() == 0
    now("2022-08-02 09:00:00")
    make_mark(VIDEO, late.number, Entry("device", data={"device": "终端-02"}), by=engineer)

    assert count_repairs() == 1
    assert count_repairs() == 0
    assert entries(VIDEO).filter(fact_id="t-repairs-2022-05").exists()


def test_f3_a_count_that_was_withdrawn_for_want_of_faults_comes_back_with_the_same_figures(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    gone, late = fault(buyer, "终端-01"), fault(buyer)
    now("2022-06-01 00:30:00")
    assert count_repairs() == 1
    take_step(VIDEO, gone.number, StepTaken("withdraw", said="看错了"), by=buyer)
    assert count_repairs() == 1
    make_mark(VIDEO, late.number, Entry("device", data={"device": "终端-02"}), by=engineer)

    assert count_repairs() == 1
    assert count_repairs() == 0
    assert not stands(VIDEO, "t-repairs-2022-05")
    assert stands(VIDEO, "t-repairs-2022-05-2")


def test_f3_a_count_whose_withdrawal_was_withdrawn_stands_and_is_replaced(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    mend(fault(buyer, "终端-01"), engineer)
    late = fault(buyer)
    now("2022-06-01 00:30:00")
    assert count_repairs() == 1
    lead, first = seat("supplier_manager", VIDEO), "t-repairs-2022-05"
    withdraw_fact(VIDEO, first, reason="数错了", on=clock.today(), by=lead)
    (taken_back,) = corrections(VIDEO)
    withdraw_fact(VIDEO, taken_back.id, reason="没有数错", on=clock.today(), by=lead)
    assert stands(VIDEO, first)
    make_mark(VIDEO, late.number, Entry("device", data={"device": "终端-02"}), by=engineer)

    assert count_repairs() == 1
    assert (stands(VIDEO, first), stands(VIDEO, f"{first}-2")) == (False, True)


def test_f3_a_count_of_which_nothing_is_left_is_withdrawn_and_one_that_a_person_withdrew_stays_so(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    gone = fault(buyer, "终端-01")
    now("2022-06-05 10:00:00")
    mend(fault(buyer, "终端-02"), engineer)
    now("2022-07-01 00:30:00")
    count_month(VIDEO, at("2022-05-31 00:00:00").date())
    assert count_repairs() == 1
    lead, today = seat("supplier_manager", VIDEO), clock.today()
    withdraw_fact(VIDEO, "t-repairs-2022-06", reason="终端不在合同里", on=today, by=lead)
    take_step(VIDEO, gone.number, StepTaken("withdraw", said="看错了"), by=buyer)

    assert count_repairs() == 1
    assert count_repairs() == 0

    findings = statement_of(VIDEO, clock.today()).evaluation.findings
    counted = [
        one.occurrence for one in findings if one.term == "completeness-repair" and one.occurrence
    ]
    assert not [one for one in counted if "2022-05" in one or "2022-06" in one]


def test_f2_bad_input_a_device_that_is_empty_the_same_changed_without_a_reason_or_out_of_place(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer", VIDEO), seat("engineer", VIDEO)
    now("2022-05-05 10:00:00")
    ticket = fault(buyer)
    asked = open_ticket(VIDEO, NewTicket("question", "怎么开会"), by=buyer)

    def name(device: str, said: str = "", number: int = ticket.number, by: Seat = engineer) -> None:
        make_mark(VIDEO, number, Entry("device", said=said, data={"device": device}), by=by)

    for device, says in (("  ", "没有写"), ("长" * 201, "超过 200 个字")):
        with pytest.raises(Refused, match=says):
            name(device)
    with pytest.raises(Refused, match="没有设备这一栏"):
        name("终端-01", number=asked.number)
    with pytest.raises(Refused):
        name("终端-01", by=buyer)
    name("终端-01")
    with pytest.raises(Refused, match="已经是"):
        name("终端-01")
    with pytest.raises(Refused, match="没有写为什么改"):
        name("终端-02")
    name("终端-02", "现场看了铭牌")
    told = [one.data for one in ticket.history.filter(name="device").order_by("index")]
    assert told == [{"device": "终端-01"}, {"device": "终端-02", "before": "终端-01"}]


def test_a_device_is_named_from_a_terminal_and_nobody_names_one_on_a_ticket_of_others(
    seat: TakeSeat, now: Now
) -> None:
    engineer, auditor = seat("engineer", VIDEO), seat("auditor", VIDEO)
    department = seat("using_department", VIDEO)
    now("2022-05-05 10:00:00")
    ticket = fault(seat("buyer", VIDEO))
    run = ["desk", "device", VIDEO, str(ticket.number), "终端-05", "--as"]

    refused = CliRunner().invoke(main, [*run, auditor.username])
    unseen = CliRunner().invoke(main, [*run, department.username])
    told = CliRunner().invoke(main, [*run, engineer.username])

    assert refused.exit_code != 0
    assert "没有第" not in refused.output
    assert "没有第" in unseen.output
    assert told.exit_code == 0, told.output
    assert "终端-05" in told.output
    nowhere = CliRunner().invoke(
        main, ["desk", "device", VIDEO, "99", "终端-05", "--as", engineer.username]
    )
    assert "没有第 99 号工单" in nowhere.output


def test_repairs_stand_on_the_page_of_figures_and_a_department_sees_its_own_alone(
    seat: TakeSeat, now: Now
) -> None:
    buyer, department = seat("buyer", VIDEO), seat("using_department", VIDEO)
    now("2022-05-05 10:00:00")
    fault(buyer, "终端-01", "主会场没有图像")
    month = at("2022-05-31 00:00:00").date()
    client, person = Client(), account(buyer.username)
    assert person is not None
    client.force_login(person)

    page = client.get(f"/contracts/{VIDEO}/tickets/statistics/?last={month}").content.decode()

    assert "到月底修好 0 台" in page
    assert "终端-01" in page
    hidden = shown_repairs(department, "", month)
    assert (hidden.faulty, hidden.open) == (1, ())


# ── SD-03, SD-05, V3 ─────────────────────────────────────────────────────────────────────────────────────────────


def test_sd_03_bad_input_an_automatic_acknowledgement_is_no_reply(seat: TakeSeat, now: Now) -> None:
    now("2026-02-13 15:00:00")
    new = NewTicket("request", "请开通一个端口", values={"channel": "wechat"})
    ticket = open_ticket(CLOUD, new, by=seat("buyer", CLOUD))
    robot = Entry("auto_answer", said="已收到", automatic=True)
    write(hold(CLOUD, ticket.number), robot, by=Machine("企业微信"))
    now("2026-02-26 09:00:00")

    reading = faces(ticket)["written-request-reply"].reading

    assert reading.stopped is None
    assert reading.verdict is Verdict.MISSED


def test_sd_03_bad_input_marked_urgent_or_not_no_clock_is_gained(seat: TakeSeat, now: Now) -> None:
    """The clock of three days is of requests that are not urgent; what is urgent runs under no longer one."""
    now("2026-02-13 15:00:00")
    buyer = seat("buyer", CLOUD)
    values = {"channel": "wechat", "urgent": "true"}
    urgent = open_ticket(CLOUD, NewTicket("request", "请开通端口", values=values), by=buyer)

    assert "written-request-reply" not in faces(urgent)
    with pytest.raises(Refused, match="事项"):
        make_mark(CLOUD, urgent.number, Entry("urgent", data={"urgent": "false"}), by=buyer)


def test_sd_05_bad_input_no_end_without_the_user_and_none_before_the_report(
    seat: TakeSeat, now: Now
) -> None:
    engineer = seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = fault(seat("buyer"))
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    early = StepTaken("restore", at=at("2026-03-02 09:00:00"), papers={"修后测试": "好"})
    with pytest.raises(Refused, match="受理"):
        take_step(LEASE, ticket.number, early, by=engineer)
    now("2026-03-02 11:00:00")
    take_step(LEASE, ticket.number, StepTaken("work"), by=engineer)
    take_step(LEASE, ticket.number, StepTaken("restore", papers={"修后测试": "好"}), by=engineer)

    with pytest.raises(Refused, match="用户确认"):
        take_step(LEASE, ticket.number, StepTaken("close"), by=engineer)
