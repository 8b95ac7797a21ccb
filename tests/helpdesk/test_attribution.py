"""Whose fault (SD-11), and what that does to a clock (OBL-03): claimed with evidence, answered by the other side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvyue import clock
from lvyue.accounts.permissions import Seat
from lvyue.core.book import Book
from lvyue.core.calendar import Pauses
from lvyue.core.doubts import Refused
from lvyue.core.facts import Fact, FactId
from lvyue.core.obligation import Verdict
from lvyue.core.terms import Permission
from lvyue.core.tickets import CAUSE_EVENTS, Happening, Source, pauses_of
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.attributing import (
    CauseClaim,
    add_loss_paper,
    answer_cause,
    claim_cause,
)
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import LossFile, Ticket
from lvyue.helpdesk.queries.attributions import attributions, loss_files
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.library import loader
from lvyue.obligations.actions.recording import attach_file
from tests.helpdesk.conftest import CLOUD, LEASE, SECURITY, TakeSeat, at
from tests.helpdesk.test_tickets import faces, verdicts

Now = Callable[[str], None]


def proof(by: Seat, name: str = "供电记录.csv") -> str:
    return attach_file(by.contract_id, name, [b"10:00 off\n10:18 on\n"], by=by).sha256


def late_answer(seat: TakeSeat, now: Now) -> Ticket:
    """An incident on the lease, five minutes for an answer, answered after twenty."""
    now("2026-03-02 10:00:00")
    ticket = open_ticket(LEASE, NewTicket("incident", "登录不上"), by=seat("buyer"))
    now("2026-03-02 10:20:00")
    take_step(LEASE, ticket.number, StepTaken("answer"), by=seat("engineer"))
    return ticket


def power(seat: TakeSeat, **more: object) -> CauseClaim:
    told: dict[str, object] = {
        "cause": "power",
        "said": "机房市电中断，见供电记录",
        "begins": at("2026-03-02 10:00:00"),
        "ends": at("2026-03-02 10:18:00"),
        "evidence": (proof(seat("engineer")),),
    }
    return CauseClaim(**(told | more))  # type: ignore[arg-type]


def test_obl_03_an_outage_of_the_clients_power_is_no_breach_and_the_log_is_the_evidence(
    seat: TakeSeat, now: Now
) -> None:
    """0:7.2.9, 12:7.2.10: given an outage with the client's power log, when attributed, then no breach."""
    ticket = late_answer(seat, now)
    claim = power(seat)
    claim_cause(LEASE, ticket.number, claim, by=seat("engineer"))
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]

    answer_cause(LEASE, ticket.number, agree=True, by=seat("buyer"))

    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.MET
    assert faces(ticket)["kpi-9"].reading.counted == timedelta(minutes=2)
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.MET]
    paused = entries(LEASE).get(kind="ticket.paused", subject=ticket.name)
    assert claim.evidence[0] in bytes(paused.raw).decode()


def test_obl_03_bad_input_an_excuse_without_a_report_or_a_log(seat: TakeSeat, now: Now) -> None:
    ticket = late_answer(seat, now)

    with pytest.raises(Refused) as refused:
        claim_cause(LEASE, ticket.number, CauseClaim("power", " "), by=seat("engineer"))

    assert {doubt.places[0] for doubt in refused.value.doubts} == {"归责说明", "凭据", "起止时间"}


def test_obl_03_bad_input_an_excuse_that_nobody_accepted(seat: TakeSeat, now: Now) -> None:
    ticket = late_answer(seat, now)
    claim_cause(LEASE, ticket.number, power(seat), by=seat("engineer"))

    with pytest.raises(Refused, match="甲方项目负责人"):
        answer_cause(LEASE, ticket.number, agree=True, by=seat("supplier_manager"))
    answer_cause(LEASE, ticket.number, agree=False, said="市电没有停过", by=seat("buyer"))

    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.LATE]
    assert faces(ticket)["kpi-9"].reading.verdict is Verdict.LATE
    assert [one.state_zh for one in attributions(events_of(ticket))] == ["有异议"]


def test_contesting_needs_a_reason(seat: TakeSeat, now: Now) -> None:
    ticket = late_answer(seat, now)
    claim_cause(LEASE, ticket.number, power(seat), by=seat("engineer"))

    with pytest.raises(Refused, match="理由"):
        answer_cause(LEASE, ticket.number, agree=False, by=seat("buyer"))


@pytest.mark.parametrize(
    ("begins", "ends", "says"),
    [
        ("2026-03-02 09:59:00", "2026-03-02 10:10:00", "早于受理"),
        ("2026-03-02 10:10:00", "2026-03-02 10:10:00", "不晚于开始"),
        ("2026-03-02 10:10:00", "2026-03-02 10:30:00", "还没有到"),
    ],
)
def test_an_excuse_lies_between_the_opening_and_now(
    seat: TakeSeat, now: Now, begins: str, ends: str, says: str
) -> None:
    ticket = late_answer(seat, now)

    claim = power(seat, begins=at(begins), ends=at(ends))
    with pytest.raises(Refused, match=says):
        claim_cause(LEASE, ticket.number, claim, by=seat("engineer"))


def test_sd_11_damage_by_the_providers_delay_opens_a_loss_file(seat: TakeSeat, now: Now) -> None:
    """0:7.1.3: given damage, when attributed to provider delay, then a loss file opens."""
    buyer, lead = seat("buyer", SECURITY), seat("supplier_manager", SECURITY)
    now("2026-03-02 10:00:00")
    ticket = open_ticket(SECURITY, NewTicket("incident", "硬盘损坏"), by=buyer)
    log = proof(buyer, "巡检记录.txt")
    claim = CauseClaim("supplier", "告警两天无人处理，硬盘烧毁", evidence=(log,))
    claim_cause(SECURITY, ticket.number, claim, by=buyer)
    assert not loss_files(ticket)

    with pytest.raises(Refused, match="乙方项目经理"):
        answer_cause(SECURITY, ticket.number, agree=True, by=seat("engineer", SECURITY))
    answer_cause(SECURITY, ticket.number, agree=True, by=lead)

    (file,) = loss_files(ticket)
    assert "main 7.1.3" in file.clauses
    assert not entries(SECURITY).filter(kind="damages.claimed", subject=ticket.name)
    need = file.needs[0]
    add_loss_paper(SECURITY, file.pk, need=need, sha256=log, amount_fen=120_000, by=buyer)
    with pytest.raises(Refused, match="可选"):
        add_loss_paper(SECURITY, file.pk, need="间接损失", sha256=log, by=buyer)


def test_sd_11_damage_by_the_clients_operation_is_no_claim(seat: TakeSeat, now: Now) -> None:
    """12:7.2.10: when attributed to client operation, then no claim; the contract's own right opens."""
    buyer = seat("buyer", CLOUD)
    now("2026-03-02 10:00:00")
    ticket = open_ticket(CLOUD, NewTicket("incident", "误删数据"), by=buyer)
    now("2026-03-02 11:00:00")
    log = proof(buyer, "操作日志.txt")
    claim = CauseClaim(
        "buyer_operation",
        "甲方管理员误删",
        at("2026-03-02 10:00:00"),
        at("2026-03-02 10:30:00"),
        evidence=(log,),
    )

    claim_cause(CLOUD, ticket.number, claim, by=buyer)

    assert not LossFile.objects.exists()
    on_record = [row.kind for row in entries(CLOUD).filter(subject=ticket.name)]
    assert on_record == ["ticket.opened", "ticket.paused", "event.occurred"]


def test_sd_11_bad_input_attribution_without_a_log(seat: TakeSeat, now: Now) -> None:
    ticket = late_answer(seat, now)

    with pytest.raises(Refused, match="没有日志不能归责"):
        claim_cause(LEASE, ticket.number, CauseClaim("supplier", "就是乙方"), by=seat("buyer"))


def test_every_name_of_an_accepted_cause_is_waited_for_by_some_contract() -> None:
    waited = {
        str(dict(term.opens.where).get("event"))
        for release_id in loader.release_ids()
        for term in loader.load(release_id).terms
        if isinstance(term, Permission) and term.opens is not None
    }

    assert frozenset().union(*CAUSE_EVENTS.values()) <= waited


# ── the live clock and the evaluation take the same time out ─────────────────────────────────────────────────────

_OPENED = at("2026-03-02 10:00:00")


@st.composite
def _histories(draw: st.DrawFn) -> list[Happening]:
    """Pauses one after the other, resumed or not, with accepted intervals anywhere among them, overlapping them or not."""
    history = [Happening(0, "open", _OPENED, _OPENED)]
    minute, paused = 0, False
    for index in range(1, draw(st.integers(1, 9))):
        minute += draw(st.integers(0, 40))
        moment = _OPENED + timedelta(minutes=minute)
        if draw(st.booleans()):
            first = draw(st.integers(0, 200))
            last = draw(st.integers(first + 1, 240))
            data = {
                "cause": draw(st.sampled_from(["power", "supplier", "third_party"])),
                "clock": draw(st.sampled_from(["", "kpi-9"])),
                "begins": (_OPENED + timedelta(minutes=first)).isoformat(),
                "ends": (_OPENED + timedelta(minutes=last)).isoformat(),
            }
            history.append(Happening(index, "accept_cause", moment, moment, data=data))
            continue
        data = {"cause": "power", "reason": "停电"}
        name = "resume" if paused else "pause"
        paused = not paused
        history.append(Happening(index, name, moment, moment, source=Source.MACHINE, data=data))
    return history


def _facts(history: list[Happening]) -> list[Fact]:
    """What such a history puts on record, as ``helpdesk.facts`` does it."""
    found: list[Fact] = []
    for one in history:
        kind, when, data = "", one.at, {}
        if one.name == "accept_cause" and one.data["cause"] != "supplier":
            kind, when = "ticket.paused", datetime.fromisoformat(one.data["begins"])
            data = {"reason": one.data["cause"], "until": one.data["ends"]}
            data |= {"term": one.data["clock"]} if one.data["clock"] else {}
        elif one.name in ("pause", "resume"):
            kind, data = f"ticket.{one.name}d", {"reason": "power"}
        if kind:
            found.append(Fact(FactId(f"f{one.index}"), kind, when, "GZ-0001", data, one.index))
    return found


def _merged(pauses: Pauses) -> list[tuple[datetime, datetime | None]]:
    return [one for one in pauses.merged if one[1] is not None]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(_histories())
def test_the_live_clock_and_the_evaluation_take_the_same_time_out(history: list[Happening]) -> None:
    book = Book.of(_facts(history), _OPENED.date() + timedelta(days=1), len(history))

    for term in ("kpi-9", "fault-handling"):
        live = pauses_of(history, term)
        closed = Pauses(tuple(one for one in live.pauses if one.closes is not None))
        assert _merged(book.pauses(term, "GZ-0001")) == _merged(closed)  # type: ignore[arg-type]


def test_an_accepted_interval_within_a_pause_does_not_end_it(seat: TakeSeat, now: Now) -> None:
    from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause  # noqa: PLC0415  only here

    engineer, buyer = seat("engineer"), seat("buyer")
    now("2026-03-02 10:00:00")
    ticket = open_ticket(LEASE, NewTicket("incident", "登录不上"), by=buyer)
    take_step(LEASE, ticket.number, StepTaken("answer"), by=engineer)
    now("2026-03-02 10:10:00")
    ask_pause(LEASE, ticket.number, cause="power", said="停电", by=engineer)
    answer_pause(LEASE, ticket.number, agree=True, by=buyer)
    now("2026-03-02 11:00:00")
    claim = power(seat, begins=at("2026-03-02 10:20:00"), ends=at("2026-03-02 10:30:00"))
    claim_cause(LEASE, ticket.number, claim, by=engineer)
    answer_cause(LEASE, ticket.number, agree=True, by=buyer)
    now("2026-03-02 12:10:00")
    take_step(LEASE, ticket.number, StepTaken("resume"), by=engineer)
    take_step(LEASE, ticket.number, StepTaken("restore", papers={"修后测试": "通"}), by=engineer)

    reading = faces(ticket)["fault-handling"].reading
    assert reading.paused == timedelta(hours=2)
    assert clock.now() == at("2026-03-02 12:10:00")
