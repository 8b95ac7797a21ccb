"""One call by two channels, and one ticket about two things: merged and split without losing a time, a word or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from lvyue import clock
from lvyue.core.clocks import ClockState
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.evidence.actions import keep_file, open_log
from lvyue.helpdesk.actions.merging import Part, merge_tickets, split_ticket
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.tickets import events_of
from tests.helpdesk.conftest import CLOUD, LEASE, TakeSeat, at
from tests.helpdesk.test_tickets import faces, incident, verdicts

Now = Callable[[str], None]


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


def agree(contract_id: str, ticket: Ticket, term: str) -> Verdict:
    """What the ticket's own clock and the evaluation of the contract both say."""
    ticket.refresh_from_db()
    live = faces(ticket)[term].reading.verdict
    assert verdicts(contract_id, term, ticket.name) == [live]
    return live


def test_a_call_and_a_mail_about_one_thing_count_from_the_first(seat: TakeSeat, now: Now) -> None:
    """V3、F1：电话 10:00 先到、邮件 10:03 后到；留下后一单，响应仍从 10:00 算，10:05:01 即为迟。"""
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    call = incident(buyer)
    now("2026-03-02 10:03:00")
    mail = incident(buyer)
    now("2026-03-02 10:04:00")
    merge_tickets(LEASE, mail.number, call.number, reason="同一人同一件事", by=engineer)
    now("2026-03-02 10:05:01")
    take_step(LEASE, mail.number, StepTaken("answer"), by=engineer)

    assert agree(LEASE, mail, "kpi-9") is Verdict.LATE
    assert faces(mail)["kpi-9"].reading.began == at("2026-03-02 10:00:00")
    assert agree(LEASE, call, "kpi-9") is Verdict.NOT_TRIGGERED
    assert (call.state, call.merged_into_id) == ("merged", mail.pk)


def test_nobody_mends_a_breach_by_merging(seat: TakeSeat, now: Now) -> None:
    """V3 错误输入：工单合并。已经超时的那一单，并掉之后仍是超时。"""
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    kept = incident(buyer)
    now("2026-03-02 10:02:00")
    take_step(LEASE, kept.number, StepTaken("answer"), by=engineer)
    now("2026-03-02 11:00:00")
    late = incident(buyer)
    now("2026-03-02 11:30:00")
    merge_tickets(LEASE, kept.number, late.number, reason="同一件事", by=engineer)

    assert agree(LEASE, kept, "kpi-9") is Verdict.MET
    assert agree(LEASE, late, "kpi-9") is Verdict.MISSED


def test_an_answer_by_either_channel_answers_but_never_after_the_time(
    seat: TakeSeat, now: Now
) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    call = incident(buyer)
    now("2026-03-02 10:02:00")
    take_step(LEASE, call.number, StepTaken("answer"), by=engineer)
    now("2026-03-02 10:03:00")
    mail = incident(buyer)
    now("2026-03-02 10:04:00")
    merge_tickets(LEASE, mail.number, call.number, reason="同一件事", by=engineer)
    assert agree(LEASE, mail, "kpi-9") is Verdict.MET

    now("2026-03-02 12:00:00")
    forgotten = incident(buyer)
    now("2026-03-02 13:00:00")
    other = incident(buyer)
    take_step(LEASE, other.number, StepTaken("answer"), by=engineer)
    merge_tickets(LEASE, forgotten.number, other.number, reason="同一件事", by=engineer)
    assert agree(LEASE, forgotten, "kpi-9") is Verdict.MISSED


def test_a_duty_that_runs_on_one_alone_is_not_merged_away(seat: TakeSeat, now: Now) -> None:
    """SD-03：微信申请要在 3 个工作日内书面回复，不能并进没有这一期限的电话单。"""
    buyer, engineer = seat("buyer", CLOUD), seat("engineer", CLOUD)
    now("2026-02-13 10:00:00")
    written = open_ticket(
        CLOUD, NewTicket("request", "开端口", values={"channel": "wechat"}), by=buyer
    )
    call = open_ticket(CLOUD, NewTicket("request", "开端口", values={"channel": "phone"}), by=buyer)

    with pytest.raises(Refused, match=f"留下 {written.name}"):
        merge_tickets(CLOUD, call.number, written.number, reason="同一件事", by=engineer)

    merge_tickets(CLOUD, written.number, call.number, reason="同一件事", by=engineer)
    call.refresh_from_db()
    assert call.state == "merged"


def test_words_and_files_of_both_stay_readable(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    open_log(LEASE, by="测试")
    file = keep_file(LEASE, "截图.png", [b"\x89PNG a picture"], by="测试")
    kept = incident(buyer)
    new = NewTicket("incident", "登录不上", "见截图", evidence=(file.sha256,))
    lost = open_ticket(LEASE, new, by=buyer)
    merge_tickets(LEASE, kept.number, lost.number, reason="同一件事", by=engineer)

    assert TicketEvent.objects.get(ticket=kept, name="take_in").evidence == [file.sha256]
    lost.refresh_from_db()
    assert lost.body == "见截图"
    assert [one.name for one in events_of(lost)] == ["open", "merge"]


def test_a_paused_ticket_ends_its_pause_with_the_merger(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    kept, lost = incident(buyer), incident(buyer)
    now("2026-03-02 10:01:00")
    for one in (kept, lost):
        take_step(LEASE, one.number, StepTaken("answer"), by=engineer)
    ask_pause(LEASE, lost.number, cause="power", said="停电", by=engineer)
    answer_pause(LEASE, lost.number, agree=True, by=buyer)
    now("2026-03-02 10:30:00")
    merge_tickets(LEASE, kept.number, lost.number, reason="同一件事", by=engineer)
    now("2026-03-04 10:30:00")

    assert agree(LEASE, lost, "fault-handling") in (Verdict.NOT_TRIGGERED, Verdict.NOT_DECIDABLE)
    assert faces(lost)["fault-handling"].reading.state is ClockState.STOPPED


def test_what_the_user_took_back_is_no_breach(seat: TakeSeat, now: Now) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    ticket = incident(buyer)
    now("2026-03-02 10:01:00")
    take_step(LEASE, ticket.number, StepTaken("withdraw", said="自己好了"), by=buyer)
    now("2026-03-02 11:00:00")

    assert agree(LEASE, ticket, "kpi-9") is Verdict.NOT_TRIGGERED


def test_who_may_merge_and_what_is_refused(seat: TakeSeat, now: Now) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    one, other = incident(buyer), incident(buyer)

    with pytest.raises(Refused, match="处理工单"):
        merge_tickets(LEASE, one.number, other.number, reason="同", by=buyer)
    with pytest.raises(Refused, match="同一张"):
        merge_tickets(LEASE, one.number, one.number, reason="同", by=engineer)
    with pytest.raises(Refused, match="理由"):
        merge_tickets(LEASE, one.number, other.number, reason=" ", by=engineer)
    merge_tickets(LEASE, one.number, other.number, reason="同", by=engineer)
    with pytest.raises(Refused, match="不能再并入"):
        merge_tickets(LEASE, other.number, one.number, reason="同", by=engineer)
    with pytest.raises(Refused, match="不能“并入他单”"):
        merge_tickets(LEASE, one.number, other.number, reason="同", by=engineer)


def test_a_part_was_told_when_the_whole_was(seat: TakeSeat, now: Now) -> None:
    """拆单不重新起算：受理时间和由人响应的时间都照原单。"""
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    whole = incident(buyer, "登录不上，打印机也坏了")
    now("2026-03-02 10:06:00")
    take_step(LEASE, whole.number, StepTaken("answer"), by=engineer)
    now("2026-03-02 14:00:00")
    part = split_ticket(
        LEASE, whole.number, Part("incident", "打印机坏了"), reason="两件事", by=engineer
    )

    assert part.opened_at == at("2026-03-02 10:00:00")
    assert (part.state, part.parent_id) == ("answered", whole.pk)
    assert agree(LEASE, part, "kpi-9") is Verdict.LATE
    assert TicketEvent.objects.get(ticket=whole, name="split").data == {"into": part.name}

    with pytest.raises(Refused, match="处理工单"):
        split_ticket(LEASE, whole.number, Part("incident", "又一件"), reason="两件事", by=buyer)
    with pytest.raises(Refused, match="理由"):
        split_ticket(LEASE, whole.number, Part("incident", "又一件"), reason="", by=engineer)


def test_split_before_anybody_answered_stays_unanswered(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    whole = incident(seat("buyer"))
    now("2026-03-02 10:20:00")
    part = split_ticket(
        LEASE, whole.number, Part("incident", "另一件"), reason="两件事", by=seat("engineer")
    )

    assert agree(LEASE, part, "kpi-9") is Verdict.MISSED
    assert clock.now() == at("2026-03-02 10:20:00")
