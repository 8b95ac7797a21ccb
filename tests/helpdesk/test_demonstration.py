"""The demonstration's desk: made from what the logs already tell, adding nothing to them and contradicting nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from lvyue import clock
from lvyue.accounts.queries import account, seat_of
from lvyue.cli.demo import demonstration_ids, load_contracts, load_people, load_tickets
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.tickets import TICKET_KINDS
from lvyue.evidence.queries import checkpoint_at, facts_from
from lvyue.helpdesk.actions.recovering import rebuild_roster
from lvyue.helpdesk.actions.spreading import spread
from lvyue.helpdesk.models import (
    Article,
    Call,
    DutyLog,
    DutyRoster,
    Incoming,
    PriorConsent,
    RemotePermission,
    Ticket,
)
from lvyue.helpdesk.queries.duty import duty_turns, on_duty
from lvyue.helpdesk.queries.governing import faces_of
from lvyue.helpdesk.queries.queue import mark_of
from lvyue.helpdesk.queries.tickets import history_of
from lvyue.notices.models import Message
from lvyue.obligations.queries import statement_of
from tests.helpdesk.conftest import LEASE, TakeSeat

_DECIDED = (Verdict.MET, Verdict.LATE, Verdict.MISSED)


@pytest.fixture
def desk(db: None) -> None:  # noqa: ARG001  the desk is in the database
    for step in (load_contracts, load_people, load_tickets):
        for _ in step():
            pass


@pytest.mark.usefixtures("db")
def test_loading_the_desk_changes_no_statement() -> None:
    for step in (load_contracts, load_people):
        assert [*step()]
    today = clock.today()
    before = {one: statement_of(one, today).evaluation.findings for one in demonstration_ids()}
    sizes = {one: checkpoint_at(one).root for one in demonstration_ids()}

    assert [*load_tickets()]
    tickets = Ticket.objects.count()
    assert [*load_tickets()] == []  # it may run as often as one likes

    assert {one: checkpoint_at(one).root for one in demonstration_ids()} == sizes
    assert {
        one: statement_of(one, today).evaluation.findings for one in demonstration_ids()
    } == before
    assert Ticket.objects.count() == tickets


@pytest.mark.usefixtures("desk")
def test_every_page_of_the_desk_has_something_to_show() -> None:
    for contract_id in demonstration_ids():
        assert Ticket.objects.filter(contract_id=contract_id).count() > 15
        assert on_duty(contract_id, clock.now()).people
        assert Incoming.objects.filter(channel__contract_id=contract_id, state="waiting").exists()
        assert Call.objects.filter(contract_id=contract_id, answered_at__isnull=True).exists()
    assert RemotePermission.objects.exists()
    assert {one.state for one in PriorConsent.objects.all()} == {"asked"}
    assert {one.state for one in Article.objects.all()} == {"published"}
    assert DutyLog.objects.count() > 40
    assert all("演示" in one.body for one in Ticket.objects.all())
    spread()
    told = [one.subject for one in Message.objects.all()]
    assert told
    assert all("远程作业" in one for one in told)  # a year that was rebuilt is news to nobody


@pytest.mark.usefixtures("desk")
def test_rebuilt_tickets_say_what_the_log_says() -> None:
    for contract_id in demonstration_ids():
        opened = {one.subject for one in facts_from(contract_id, 0) if one.kind == "ticket.opened"}
        rows = {one.on_record: one for one in Ticket.objects.filter(contract_id=contract_id)}
        assert opened <= rows.keys()
        today = clock.today()
        findings = {
            (str(one.term), one.occurrence): one.verdict
            for one in statement_of(contract_id, today).evaluation.findings
        }
        for ticket in rows.values():
            assert ticket.state in TICKET_KINDS[ticket.kind].life.states
            for face in faces_of(ticket, history_of(ticket), clock.now()):
                rule, verdict = face.reading.rule, face.reading.verdict
                found = findings.get((rule.term or "", ticket.on_record))
                if verdict in _DECIDED and found in _DECIDED:
                    assert (ticket.on_record, rule.term, verdict) == (
                        ticket.on_record,
                        rule.term,
                        found,
                    )


@pytest.mark.usefixtures("desk")
def test_the_queue_says_of_a_ticket_what_its_clocks_say() -> None:
    now, seen = clock.now(), set()
    for ticket in Ticket.objects.filter(ended_at__isnull=True):
        read = {face.reading.verdict for face in faces_of(ticket, history_of(ticket), now)}
        worst = next((one for one in (Verdict.MISSED, Verdict.LATE) if one in read), None)
        mark = mark_of(ticket, now)
        shown = mark.key if mark is not None and mark.key in ("missed", "late") else None
        assert shown == worst, ticket.on_record
        seen.add(shown)
    assert seen >= {"missed", "late"}


@pytest.mark.usefixtures("desk")
def test_people_of_the_departments_find_what_they_reported() -> None:
    reporters = set(Ticket.objects.values_list("reporter", flat=True))
    assert {f"department{place}" for place in range(5)} <= reporters


@pytest.mark.usefixtures("desk")
def test_a_roster_from_elsewhere_takes_the_place_of_none_that_is_there() -> None:
    row = DutyRoster.objects.first()
    assert row is not None
    maker = account(row.made_by)
    assert maker is not None
    by = seat_of(maker, row.contract_id)
    before = clock.today() - timedelta(days=30)
    assert not rebuild_roster(row.contract_id, before, row.body, "更早的", by=by)
    assert DutyRoster.objects.filter(contract_id=row.contract_id).count() == 1


def test_a_roster_from_elsewhere_holds_from_the_morning_of_its_first_day(
    seat: TakeSeat, now: Callable[[str], None]
) -> None:
    now("2026-03-02 19:00:00")
    by = seat("supplier_manager")
    yesterday = clock.today() - timedelta(days=1)
    with pytest.raises(Refused):
        rebuild_roster(LEASE, yesterday, {"cover": "sometimes"}, "", by=by)
    shift = {"name": "白班", "class": "day", "begins": "08:00", "ends": "20:00"}
    body = {"cover": "always", "shifts": [shift | {"groups": [[by.username]]}]}

    assert rebuild_roster(LEASE, yesterday, body, "原有的", by=by)

    assert on_duty(LEASE, clock.now()).people == (by.username,)
    assert [one.day for one in duty_turns(LEASE, yesterday, yesterday)] == [yesterday]
