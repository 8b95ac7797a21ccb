"""How tickets are found when only what changed is judged anew: always as the statement of the whole log finds them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvyue import clock
from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.evidence.actions import append_facts
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.queries import verdicts
from lvyue.helpdesk.queries.statistics import statistics
from lvyue.helpdesk.queries.verdicts import counted, numbers_under
from lvyue.obligations.marks import BY_VERDICT
from lvyue.obligations.queries import statement_of
from tests.helpdesk.conftest import LEASE, VIDEO, Browse, TakeSeat
from tests.helpdesk.test_pages import HERE

Now = Callable[[str], None]

#: Four tickets under the names that they have here, and one that the record knew before.
NUMBERS, NAMES = (1, 2, 3, 4), {"工单-7": 7}
SUBJECTS = ("GZ-0001", "GZ-0001/2", "QQ-0002", "GZ-3", "GZ-0004", "工单-7", "工单-7/2")
FIRST = date(2026, 3, 2)

#: What may be put on record about a ticket: all that opens, answers, ends, stops and joins clocks.
ABOUT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ticket.opened", {"class": "incident"}),
    ("ticket.opened", {"class": "order"}),
    ("ticket.answered", {"automatic": False}),
    ("ticket.answered", {"automatic": True}),
    ("event.occurred", {"event": "engineer-on-site"}),
    ("ticket.restored", {}),
    ("ticket.objected", {}),
    ("ticket.closed", {}),
    ("ticket.withdrawn", {}),
    ("ticket.paused", {"reason": "power"}),
    ("ticket.resumed", {}),
    ("warranty.defect", {}),
)

#: What rules over all of them, or over one term.
RULINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("parameter.agreed", {"parameter": "fault-restore-time", "value": "4 hours", "paper": "1"}),
    ("parameter.agreed", {"parameter": "fault-response-time", "value": "2 days", "paper": "2"}),
    ("doubt.settled", {"doubt": "response-times-missing", "paper": "3"}),
    ("doubt.settled", {"doubt": "kpi-9-10-scope", "paper": "4"}),
    ("term.excused", {"term": "kpi-9", "reason": "停电", "paper": "5"}),
    ("term.waived", {"term": "fault-restore", "paper": "6"}),
    ("term.suspended", {"term": "kpi-10", "paper": "7"}),
    ("term.resumed", {"term": "kpi-10", "paper": "8"}),
    ("event.occurred", {"event": "quality-warranty-ended"}),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One fact, after so many days; ``later`` is how far from that day it happened, in minutes."""

    kind: str
    data: dict[str, Any]
    subject: str | None
    days: int
    later: int


_LATER = st.sampled_from((-3000, -30, 0, 3, 4, 30, 600, 5000))
_DAYS = st.sampled_from((0, 0, 0, 1, 3))


def _steps() -> st.SearchStrategy[list[Step]]:
    def step(about: tuple[str, dict[str, Any]], subject: str | None, days: int, later: int) -> Step:
        return Step(*about, subject, days, later)

    of_ticket = st.builds(step, st.sampled_from(ABOUT), st.sampled_from(SUBJECTS), _DAYS, _LATER)
    merged = st.sampled_from(SUBJECTS).map(lambda one: ("ticket.took_in", {"other": one}))
    joined = st.builds(step, merged, st.sampled_from(SUBJECTS), _DAYS, _LATER)
    subject = st.sampled_from((None, None, *SUBJECTS))
    ruling = st.builds(step, st.sampled_from(RULINGS), subject, _DAYS, _LATER)
    named = st.integers(0, 9).map(str)
    withdrawn = named.map(lambda one: ("fact.withdrawn", {"fact": one, "reason": "误记"}))
    moved = st.builds(
        lambda one, day: ("fact.corrected", {"fact": one, "reason": "误记", "at": day}),
        named,
        st.sampled_from(("2026-03-01T10:00:00+08:00", "2026-03-05", "2026-03-20")),
    )
    mended = st.builds(step, withdrawn | moved, st.none(), _DAYS, _LATER)
    return st.lists(of_ticket | of_ticket | of_ticket | joined | ruling | mended, max_size=10)


def line(step: Step, number: int, day: date) -> bytes:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI) + timedelta(minutes=step.later)
    row = {"id": str(number), "kind": step.kind, "at": at.isoformat(), "data": step.data}
    return json.dumps(row | ({"subject": step.subject} if step.subject else {})).encode()


def found(contract_id: str, day: date) -> Counter[tuple[str, Verdict]]:
    told = counted(contract_id, day, NUMBERS, NAMES).numbers
    return Counter({(term, one): n for term, by in told.items() for one, n in by.items()})


def stated(contract_id: str, day: date) -> Counter[tuple[str, Verdict]]:
    """The same from the statement of the whole log."""
    findings = statement_of(contract_id, day).evaluation.findings
    return Counter((one.term, one.verdict) for one in findings if one.occurrence in SUBJECTS)


@pytest.mark.parametrize("contract_id", [LEASE, VIDEO])
@given(steps=_steps())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_changed_is_found_as_all_of_it_is(
    contracts: None,  # noqa: ARG001  they are in the register
    contract_id: str,
    steps: Sequence[Step],
) -> None:
    with transaction.atomic():
        day = FIRST
        for number, step in enumerate(steps):
            day += timedelta(days=step.days)
            assert found(contract_id, day) == stated(contract_id, day)  # a new day, nothing new
            with suppress(Refused), transaction.atomic():  # a correction of nothing
                append_facts(contract_id, [line(step, number, day)], by="测试")
            assert found(contract_id, day) == stated(contract_id, day)
        verdicts.forget()
        assert found(contract_id, day) == stated(contract_id, day)
        assert found(contract_id, FIRST) == stated(contract_id, FIRST)
        transaction.set_rollback(True)


def test_a_log_that_was_put_back_is_read_anew(contracts: None) -> None:  # noqa: ARG001
    opened = Step("ticket.opened", {"class": "incident"}, "GZ-0001", 0, 0)
    other = Step("ticket.opened", {"class": "incident"}, "GZ-0002", 0, 0)
    with transaction.atomic():
        append_facts(LEASE, [line(opened, 1, FIRST)], by="测试")
        assert numbers_under(LEASE, FIRST, (1, 2), {}, "kpi-9") == {1}
        transaction.set_rollback(True)
    append_facts(LEASE, [line(other, 1, FIRST)], by="测试")

    assert numbers_under(LEASE, FIRST, (1, 2), {}, "kpi-9") == {2}


def test_one_more_happening_lets_only_its_own_ticket_be_judged_again(
    browse: Browse, seat: TakeSeat, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    now("2026-03-02 10:00:00")
    buyer, engineer, client = seat("buyer"), seat("engineer"), browse("engineer")
    for number in range(6):
        open_ticket(LEASE, NewTicket("incident", f"第 {number} 件"), by=buyer)
    client.get(f"{HERE}statistics/")
    judged = list[set[str]]()
    judge = verdicts._judge  # noqa: SLF001  what it is asked is what is tested

    def told(contract_id: str, known: Any, subjects: set[str]) -> None:
        judged.append(subjects)
        judge(contract_id, known, subjects)

    monkeypatch.setattr(verdicts, "_judge", told)
    now("2026-03-02 10:04:00")
    take_step(LEASE, 3, StepTaken("answer"), by=engineer)
    page = statistics(engineer, "", clock.today(), clock.today(), clock.now())

    assert judged == [{"GZ-0003"}]
    response = next(one for one in page.terms if one.term == "kpi-9")
    assert [one.number for one in response.counts if one.mark is BY_VERDICT[Verdict.MET]] == [1]


def test_reads_do_not_grow_with_the_tickets_that_stay_as_they_are(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    buyer, reads = seat("buyer"), list[int]()
    for more in (2, 20):
        for number in range(more):
            open_ticket(LEASE, NewTicket("incident", f"第 {number} 件"), by=buyer)
        statistics(buyer, "", clock.today(), clock.today(), clock.now())
        open_ticket(LEASE, NewTicket("incident", "又一件"), by=buyer)
        with CaptureQueriesContext(connection) as read:
            statistics(buyer, "", clock.today(), clock.today(), clock.now())
        reads.append(len(read))

    assert reads[0] == reads[1] <= 20
