"""Who hears what happened on a ticket, once, and what a queue is sorted by when the contract changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.keeping import keep_dues
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.spreading import Team, spread
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.choices import Audience
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.rules import may_open, shown_to
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.helpdesk.tasks import spread as spread_job
from lvyue.jobs.models import Job
from lvyue.notices.choices import Topic
from lvyue.notices.models import Message
from tests.helpdesk.conftest import LEASE, SECURITY, TakeSeat
from tests.helpdesk.test_instructions import agree

Now = Callable[[str], None]


def heard(seat: Seat) -> list[str]:
    """What somebody has been told of tickets, oldest first."""
    found = Message.objects.filter(account__username=seat.username, topic=Topic.TICKET)
    return [one.subject for one in found.order_by("id")]


def opened(by: Seat, kind: str = "incident", title: str = "登录不上", **values: str) -> Ticket:
    return open_ticket(by.contract_id, NewTicket(kind, title, values=values), by=by)


def test_whoever_can_answer_hears_of_a_fault_and_its_reporter_of_the_answer(
    seat: TakeSeat, now: Now
) -> None:
    department, engineer = seat("using_department"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = opened(department)

    assert spread() == 1

    assert heard(engineer) == [f"{ticket.name} 新的故障：登录不上"]
    assert heard(department) == []
    take_step(LEASE, ticket.number, StepTaken("answer", said="正在看"), by=engineer)
    spread()
    assert heard(department) == [f"{ticket.name} 由人响应：登录不上"]
    assert len(heard(engineer)) == 1


def test_nobody_is_told_twice_and_nothing_is_told_of_what_was_rolled_back(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    engineer = seat("engineer")
    opened(seat("using_department"))

    assert [spread(), spread()] == [1, 0]
    Ticket.objects.update(told=0)  # as if it had been killed before the commit of this row alone
    spread()

    assert len(heard(engineer)) == 1


def test_the_job_is_queued_with_the_ticket(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    opened(seat("using_department"))

    assert Job.objects.filter(task=spread_job.module_path, waiting=True).count() == 1


def test_a_pause_is_put_to_the_buyer_and_the_answer_to_whoever_asked(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = opened(seat("using_department"))
    make_mark(LEASE, ticket.number, Entry("assign", data={"to": engineer.username}), by=engineer)
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    ask_pause(LEASE, ticket.number, cause="power", said="机房停电检修", by=engineer)
    spread()
    before = len(heard(engineer))

    assert heard(buyer)[-1] == f"{ticket.name} 申请挂起：登录不上"
    answer_pause(LEASE, ticket.number, agree=False, said="备用电源可用", by=buyer)
    spread()
    assert heard(engineer)[before:] == [f"{ticket.name} 不同意挂起：登录不上"]


def test_a_note_of_one_side_is_told_to_nobody_of_the_other(seat: TakeSeat, now: Now) -> None:
    department, engineer = seat("using_department"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = opened(department)
    spread()
    entry = Entry("message", said="先不要告诉对方", audience=Audience.SUPPLIER)
    make_mark(LEASE, ticket.number, entry, by=engineer)
    spread()
    assert heard(department) == []

    make_mark(LEASE, ticket.number, Entry("message", said="可以告诉对方"), by=engineer)
    spread()
    assert heard(department) == [f"{ticket.name} 来往消息：登录不上"]


def test_an_order_that_the_buyer_has_not_approved_is_not_the_suppliers_to_hear(
    seat: TakeSeat, now: Now
) -> None:
    department = seat("using_department", SECURITY)
    engineer, manager = seat("engineer", SECURITY), seat("supplier_manager", SECURITY)
    buyer = seat("buyer", SECURITY)
    now("2026-03-02 10:00:00")
    ticket = opened(department, "instruction", "加装一台终端", giver="使用部门")
    spread()

    assert heard(engineer) == heard(manager) == []
    assert heard(buyer) == [f"{ticket.name} 新的指令：加装一台终端"]


def test_another_department_hears_nothing(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    other = seat("using_department", SECURITY)
    opened(seat("using_department"))
    spread()

    assert heard(other) == []
    assert heard(seat("auditor")) == []


def test_a_number_that_is_agreed_later_moves_the_end_in_the_queue(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = opened(seat("engineer", SECURITY), "sudden", "机房漏水")
    keep_dues()
    assert Ticket.objects.get().due_at is None

    agree(SECURITY, "sudden-event-report", "30 minutes")

    assert keep_dues() == 1
    due_at = Ticket.objects.get().due_at
    assert due_at is not None
    assert (due_at - ticket.opened_at).total_seconds() == 1800
    assert keep_dues() == 0


# ── who is told is who may see ──

#: Every role, and two that one person may hold together.
_SEATED = [
    *([role] for role in ContractRole),
    [ContractRole.USING_DEPARTMENT, ContractRole.BUYER],
    [ContractRole.USING_DEPARTMENT, ContractRole.AUDITOR],
    [ContractRole.ENGINEER, ContractRole.SECURITY_OFFICER],
]


@pytest.mark.parametrize("roles", _SEATED, ids="+".join)
def test_people_may_hear_what_they_may_see_and_nothing_else(
    seat: TakeSeat, now: Now, roles: list[ContractRole]
) -> None:
    """On every kind of ticket that some may not see, for notes of either side and of both."""
    now("2026-03-02 10:00:00")
    clerk, buyer = seat("using_department", SECURITY), seat("buyer", SECURITY)
    somebody = create_account("somebody", "某人", "a-long-test-password", by="测试")
    for role in roles:
        appoint(somebody, SECURITY, role, by="测试")
    seated = seat_of(somebody, SECURITY)
    asked = {"giver": "区政府"}
    for by in (clerk, buyer):
        opened(by)
        opened(by, "instruction", "请开放端口", **asked)
    approved = opened(clerk, "instruction", "请关闭端口", **asked)
    take_step(
        SECURITY, approved.number, StepTaken("approve", papers={"批准文书": "批 1 号"}), by=buyer
    )
    if may_open(seated, TICKET_KINDS["incident"]):
        opened(seated)
    seen = set(tickets(seated, "").values_list("pk", flat=True))
    for ticket in Ticket.objects.all():
        event = ticket.history.order_by("index")[0]
        for audience in Audience:
            event.audience = audience
            may_see = ticket.pk in seen and shown_to(seated, event)
            assert Team(ticket).may_know(somebody, event) == may_see, (ticket, audience)
