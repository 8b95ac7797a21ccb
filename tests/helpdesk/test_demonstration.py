"""The demonstration's desk: made from what the logs already tell, adding nothing to them and contradicting nothing."""

from __future__ import annotations

import pytest

from lvyue import clock
from lvyue.cli.demo import demonstration_ids, load_contracts, load_people, load_tickets
from lvyue.core.obligation import Verdict
from lvyue.core.tickets import TICKET_KINDS
from lvyue.evidence.queries import checkpoint_at, facts_from
from lvyue.helpdesk.actions.spreading import spread
from lvyue.helpdesk.models import Call, DutyLog, DutyRoster, Incoming, RemotePermission, Ticket
from lvyue.helpdesk.queries.governing import faces_of
from lvyue.helpdesk.queries.tickets import history_of
from lvyue.notices.models import Message
from lvyue.obligations.queries import statement_of

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
        assert DutyRoster.objects.filter(contract_id=contract_id).exists()
        assert Incoming.objects.filter(channel__contract_id=contract_id, state="waiting").exists()
        assert Call.objects.filter(contract_id=contract_id, answered_at__isnull=True).exists()
    assert RemotePermission.objects.exists()
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
