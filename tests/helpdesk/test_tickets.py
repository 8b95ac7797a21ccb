"""A ticket from its opening to its end: who may, what is on record, and what its clocks say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from lvyue import clock
from lvyue.accounts.permissions import Seat
from lvyue.core.clocks import ClockState
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.governing import Face, faces_of
from lvyue.helpdesk.queries.tickets import history_of
from lvyue.obligations.queries import statement_of
from tests.helpdesk.conftest import CLOUD, LEASE, TakeSeat, at

Now = Callable[[str], None]


def faces(ticket: Ticket) -> dict[str, Face]:
    """The clocks of the newest round by their names."""
    found = faces_of(ticket, history_of(ticket), clock.now(), drawn=True)
    newest = max(one.round for one in found)
    return {one.reading.rule.name: one for one in found if one.round == newest}


def verdicts(contract_id: str, term: str, subject: str) -> list[Verdict]:
    """What the evaluation of the contract says of one ticket under one term."""
    statement = statement_of(contract_id, clock.today())
    return [
        finding.verdict
        for finding in statement.evaluation.findings
        if finding.term == term and finding.occurrence == subject
    ]


def kinds_on_record(contract_id: str, subject: str) -> list[str]:
    return [row.kind for row in entries(contract_id).filter(subject=subject)]


def incident(by: Seat, title: str = "登录不上") -> Ticket:
    return open_ticket(by.contract_id, NewTicket("incident", title), by=by)


def test_a_second_too_late_is_too_late(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))
    now("2026-03-02 10:05:01")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("engineer"))

    ticket.refresh_from_db()
    face = faces(ticket)["kpi-9"]

    assert face.reading.verdict is Verdict.LATE
    assert face.reading.due == at("2026-03-02 10:05:00")
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]


def test_five_minutes_to_the_second_are_kept(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))
    now("2026-03-02 10:05:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("engineer"))

    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.MET
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.MET]


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [("2026-02-25 17:00:00", Verdict.MET), ("2026-02-26 09:00:00", Verdict.LATE)],
)
def test_three_working_days_across_the_spring_festival(
    seat: TakeSeat, now: Now, answered: str, verdict: Verdict
) -> None:
    now("2026-02-13 15:00:00")
    new = NewTicket("request", "请开通一个端口", values={"channel": "wechat"})
    ticket = open_ticket(CLOUD, new, by=seat("buyer", CLOUD))
    now(answered)
    take_step(CLOUD, ticket.number, StepTaken("answer"), by=seat("engineer", CLOUD))

    assert faces(ticket)["written-request-reply"].reading.verdict is verdict
    assert verdicts(CLOUD, "written-request-reply", ticket.name) == [verdict]


def test_a_measure_of_ours_ends_with_the_ticket(seat: TakeSeat, now: Now) -> None:
    """Nobody had to come: a ticket that is closed does not wait for an arrival until the end of days."""
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = incident(buyer)
    cause = Entry("diagnose", said="口令过期", data={"cause": "configuration"})
    make_mark(LEASE, ticket.number, cause, by=engineer)
    for by, step in (
        (engineer, StepTaken("answer")),
        (engineer, StepTaken("restore", papers={"修后测试": "登录十次都成功"})),
        (buyer, StepTaken("confirm")),
    ):
        take_step(LEASE, ticket.number, step, by=by)
    now("2026-03-02 10:30:00")
    assert faces(ticket)["arrival"].reading.state is ClockState.RUNNING
    take_step(LEASE, ticket.number, StepTaken("close"), by=engineer)

    now("2026-11-22 10:00:00")
    ended = faces(ticket)["arrival"].reading
    assert (ended.state, ended.verdict) == (ClockState.STOPPED, Verdict.NOT_TRIGGERED)
    assert ended.counted == timedelta(minutes=30)


def test_the_whole_life_is_on_record(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = incident(buyer)
    for minute, step, papers in (
        ("01", "answer", {}),
        ("02", "work", {}),
        ("30", "restore", {"修后测试": "登录十次都成功"}),
    ):
        now(f"2026-03-02 10:{minute}:00")
        take_step(LEASE, ticket.number, StepTaken(step, papers=papers), by=engineer)
    now("2026-03-02 11:00:00")
    take_step(LEASE, ticket.number, StepTaken("confirm"), by=buyer)
    why = Entry("diagnose", said="口令过期", data={"cause": "configuration"})
    make_mark(LEASE, ticket.number, why, by=engineer)
    take_step(LEASE, ticket.number, StepTaken("close"), by=engineer)

    ticket.refresh_from_db()
    assert ticket.state == "closed"
    assert ticket.ended_at is not None
    assert kinds_on_record(LEASE, ticket.name) == [
        "ticket.opened",
        "ticket.answered",
        "ticket.restored",
        "ticket.closed",
    ]


def test_an_agreed_pause_stops_the_clock_and_no_other_does(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = incident(buyer)
    now("2026-03-02 10:01:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    now("2026-03-02 10:10:00")
    ask_pause(LEASE, ticket.number, cause="power", said="机房停电检修", by=engineer)
    now("2026-03-02 10:20:00")
    restoration = faces(ticket)["fault-handling"].reading
    assert restoration.paused.total_seconds() == 0

    answer_pause(LEASE, ticket.number, agree=True, by=buyer)
    now("2026-03-02 11:10:00")
    take_step(LEASE, ticket.number, StepTaken("resume"), by=engineer)
    now("2026-03-02 12:10:00")
    papers = {"修后测试": "通"}
    take_step(LEASE, ticket.number, StepTaken("restore", papers=papers), by=engineer)

    restoration = faces(ticket)["fault-handling"].reading
    assert restoration.paused.total_seconds() == 3600
    assert restoration.counted.total_seconds() == 4200
    assert "ticket.paused" in kinds_on_record(LEASE, ticket.name)


def test_what_the_user_does_not_accept_was_never_restored(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = incident(buyer)
    for minute, step in (("01", "answer"), ("05", "restore")):
        now(f"2026-03-02 10:{minute}:00")
        papers = {"修后测试": "通"}
        take_step(LEASE, ticket.number, StepTaken(step, papers=papers), by=engineer)
    now("2026-03-02 10:30:00")
    take_step(LEASE, ticket.number, StepTaken("reopen", said="还是登录不上"), by=buyer)

    assert faces(ticket)["fault-handling"].reading.stopped is None
    book = statement_of(LEASE, clock.today()).evaluation.book
    assert not [f for f in book.by_kind["ticket.restored"] if f.subject == ticket.name]

    now("2026-03-02 11:00:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    take_step(LEASE, ticket.number, StepTaken("restore", papers={"修后测试": "通"}), by=engineer)
    assert faces(ticket)["fault-handling"].reading.stopped == at("2026-03-02 11:00:00")


def test_after_a_confirmation_a_new_round_has_clocks_of_its_own(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    ticket = incident(buyer)
    now("2026-03-02 10:04:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    take_step(LEASE, ticket.number, StepTaken("restore", papers={"修后测试": "通"}), by=engineer)
    take_step(LEASE, ticket.number, StepTaken("confirm"), by=buyer)
    now("2026-03-03 09:00:00")
    take_step(LEASE, ticket.number, StepTaken("reopen", said="又坏了"), by=buyer)
    now("2026-03-03 09:06:00")

    ticket.refresh_from_db()
    assert ticket.round == 2
    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.MISSED
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.MET]
    assert verdicts(LEASE, "kpi-9", f"{ticket.name}/2")


def test_a_time_written_down_later_counts_when_it_was_written_down(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))
    now("2026-03-02 10:30:00")
    early = at("2026-03-02 10:02:00")
    take_step(LEASE, ticket.number, StepTaken("answer", at=early), by=seat("engineer"))

    answered = TicketEvent.objects.get(ticket=ticket, name="answer")
    assert (answered.at, answered.counts_at) == (early, at("2026-03-02 10:30:00"))
    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.LATE
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]


@pytest.mark.parametrize(
    ("moment", "says"), [("2026-03-02 10:40:00", "还没有到"), ("2026-03-02 09:59:00", "早于受理")]
)
def test_no_time_of_the_future_and_none_before_the_opening(
    seat: TakeSeat, now: Now, moment: str, says: str
) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))
    now("2026-03-02 10:30:00")

    with pytest.raises(Refused, match=says):
        take_step(LEASE, ticket.number, StepTaken("answer", at=at(moment)), by=seat("engineer"))


def test_an_engineer_does_not_confirm_and_a_buyer_does_not_answer(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))

    with pytest.raises(Refused, match="处理工单"):
        take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("buyer"))
    with pytest.raises(Refused, match="不能受理"):
        take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("auditor"))
    take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("engineer"))
    with pytest.raises(Refused, match="确认"):
        take_step(LEASE, ticket.number, StepTaken("confirm"), by=seat("engineer"))


def test_nothing_is_restored_without_a_test(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))
    take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("engineer"))

    with pytest.raises(Refused, match="修后测试"):
        take_step(LEASE, ticket.number, StepTaken("restore"), by=seat("engineer"))


def test_what_happened_is_never_changed(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket = incident(seat("buyer"))

    for act in (
        lambda: TicketEvent.objects.filter(ticket=ticket).update(said="改了"),
        lambda: TicketEvent.objects.filter(ticket=ticket).delete(),
    ):
        with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
            act()
