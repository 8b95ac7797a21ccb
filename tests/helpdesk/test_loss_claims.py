"""Loss that the supplier claims from the buyer (OBL-04): direct loss only where the contract stops there, and always answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from lvyue.accounts.models import AuditEntry
from lvyue.accounts.permissions import Seat
from lvyue.core.doubts import Refused
from lvyue.evidence.queries import entries
from lvyue.helpdesk.actions.claiming import LossDemand, answer_loss, buyers_loss, claim_loss
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.models import LossFile, Ticket
from lvyue.helpdesk.queries.attributions import loss_claims
from lvyue.helpdesk.queries.tickets import events_of
from tests.helpdesk.conftest import CLOUD, DIGITAL, LEASE, SECURITY, VIDEO, Browse, TakeSeat
from tests.helpdesk.test_attribution import proof
from tests.helpdesk.test_instructions import letter

Now = Callable[[str], None]


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


def matter(seat: TakeSeat, contract_id: str) -> tuple[Ticket, Seat, LossDemand]:
    """A fault for which the buyer kept its room shut, whoever speaks for the supplier, and the loss of the day."""
    lead = seat("supplier_manager", contract_id)
    told = NewTicket("incident", "甲方没有开机房，人员空等一天")
    ticket = open_ticket(contract_id, told, by=seat("buyer", contract_id))
    paper = proof(lead, "进场记录.csv")
    said = "约定开机房没有开，三人空等一天，工资见凭证"
    return ticket, lead, LossDemand("direct", 150_000, said, (paper,))


@pytest.mark.parametrize(
    ("contract_id", "clause"),
    [(SECURITY, "7.1.9"), (DIGITAL, "7.1.11"), (CLOUD, "7.1.11")],
)
def test_obl_04_bad_input_indirect_loss_claimed_from_the_client_is_refused_with_the_clause(
    seat: TakeSeat, now: Now, contract_id: str, clause: str
) -> None:
    """0:7.1.9, 12:7.1.11: direct loss only when the client defaults; nothing of the claim is kept."""
    now("2026-03-02 10:00:00")
    ticket, lead, demand = matter(seat, contract_id)

    with pytest.raises(Refused, match="间接损失不能向甲方主张") as refused:
        claim_loss(contract_id, ticket.number, replace(demand, nature="indirect"), by=lead)

    (doubt,) = refused.value.doubts
    assert clause in doubt.says
    assert "直接经济损失" in doubt.says
    assert loss_claims(events_of(ticket)) == ()
    assert not AuditEntry.objects.filter(act="ticket.claim_loss").exists()


def test_direct_loss_is_kept_with_its_evidence_and_the_answer_of_the_other_side(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket, lead, demand = matter(seat, CLOUD)
    buyer = seat("buyer", CLOUD)

    claim_loss(CLOUD, ticket.number, demand, by=lead)
    (claim,) = loss_claims(events_of(ticket))
    assert (claim.nature, claim.amount_fen, claim.state_zh) == ("direct", 150_000, "待甲方答复")
    assert claim.clauses
    assert claim.event.evidence == list(demand.evidence)
    with pytest.raises(Refused, match="要写明理由"):
        answer_loss(CLOUD, ticket.number, claim.event.index, agree=False, by=buyer)
    answer_loss(CLOUD, ticket.number, claim.event.index, agree=False, said="当天机房开着", by=buyer)
    with pytest.raises(Refused, match="没有这一条"):
        answer_loss(CLOUD, ticket.number, claim.event.index, agree=True, by=buyer)
    claim_loss(CLOUD, ticket.number, replace(demand, amount_fen=1), by=lead)
    second = loss_claims(events_of(ticket))[1]
    answer_loss(CLOUD, ticket.number, second.event.index, agree=True, by=buyer)

    assert [one.state_zh for one in loss_claims(events_of(ticket))] == ["甲方有异议", "甲方已认可"]
    assert not LossFile.objects.exists()  # those are the buyer's own claims
    assert not entries(CLOUD).filter(kind="damages.claimed").exists()
    acts = AuditEntry.objects.filter(act__endswith="_loss").order_by("id")
    assert [one.act for one in acts] == [
        *("ticket.claim_loss", "ticket.contest_loss", "ticket.claim_loss", "ticket.accept_loss"),
    ]


@pytest.mark.parametrize(("contract_id", "clauses"), [(LEASE, True), (VIDEO, False)])
def test_where_the_contract_does_not_stop_at_direct_loss_indirect_loss_is_kept(
    seat: TakeSeat, now: Now, contract_id: str, clauses: bool
) -> None:
    """S4 第九条/1 has direct loss and lost gain; S3 says nothing of what the buyer pays."""
    now("2025-09-02 10:00:00" if contract_id == LEASE else "2022-05-09 10:00:00")
    ticket, lead, demand = matter(seat, contract_id)

    claim_loss(contract_id, ticket.number, replace(demand, nature="indirect"), by=lead)

    (claim,) = loss_claims(events_of(ticket))
    assert claim.nature_zh == "间接损失"
    assert bool(claim.clauses) is clauses
    assert not buyers_loss(ticket).direct_only


def test_obl_04_a_letter_of_which_the_answer_is_not_late_is_no_default(
    seat: TakeSeat, now: Now
) -> None:
    """12:7.1.10: fifteen working days from 2026-09-14 end with 2026-10-10; only then has the client defaulted."""
    lead = seat("supplier_manager", CLOUD)
    sent = letter(seat, now)
    demand = LossDemand("direct", 80_000, "没有答复，两人待工", (proof(lead, "待工.csv"),))

    now("2026-10-10 23:59:00")
    with pytest.raises(Refused, match="还不是违约"):
        claim_loss(CLOUD, sent.number, demand, by=lead)
    now("2026-10-11 00:00:01")
    claim_loss(CLOUD, sent.number, demand, by=lead)

    assert len(loss_claims(events_of(sent))) == 1


def test_bad_input_nothing_proved_nothing_said_nothing_lost_and_nobody_who_may(
    seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    ticket, lead, demand = matter(seat, CLOUD)
    empty = LossDemand("moral", 0, " ", ())

    with pytest.raises(Refused) as refused:
        claim_loss(CLOUD, ticket.number, empty, by=lead)
    assert {one.places[0] for one in refused.value.doubts} == {
        *("损失的性质", "金额", "损失的事由", "凭据"),
    }
    with pytest.raises(Refused, match="没有散列为"):
        claim_loss(CLOUD, ticket.number, replace(demand, evidence=("0" * 64,)), by=lead)
    for role in ("engineer", "buyer", "using_department"):
        with pytest.raises(Refused):
            claim_loss(CLOUD, ticket.number, demand, by=seat(role, CLOUD))
    claim_loss(CLOUD, ticket.number, demand, by=lead)
    (claim,) = loss_claims(events_of(ticket))
    with pytest.raises(Refused):
        answer_loss(CLOUD, ticket.number, claim.event.index, agree=True, by=lead)


def test_by_the_page_and_the_interface(seat: TakeSeat, browse: Browse, now: Now) -> None:
    now("2026-03-02 10:00:00")
    ticket, _, demand = matter(seat, CLOUD)
    page = f"/contracts/{CLOUD}/tickets/{ticket.number}"
    lead, buyer = browse("supplier_manager", CLOUD), browse("buyer", CLOUD)
    seen = lead.get(f"{page}/causes/").content.decode()
    assert "间接损失不能主张" in seen
    assert "主张甲方赔偿损失" in seen
    assert "提出损失主张" not in buyer.get(f"{page}/causes/").content.decode()

    def form(nature: str) -> dict[str, object]:
        file = SimpleUploadedFile("进场记录.csv", b"09:00 shut\n")
        return {"nature": nature, "loss_amount": "1,500", "loss_said": demand.said, "file": file}

    refused = lead.post(f"{page}/loss-claims/", form("indirect"))
    assert refused.status_code == 409
    assert "间接损失不能向甲方主张" in refused.content.decode()
    assert demand.said in refused.content.decode()
    kept = lead.post(f"{page}/loss-claims/", form("direct"), follow=True).content.decode()
    assert "¥1,500.00" in kept
    assert "待甲方答复" in kept
    (claim,) = loss_claims(events_of(ticket))
    told = {"agree": "1", "said": "属实"}
    done = buyer.post(f"{page}/loss-claims/{claim.event.index}/", told, follow=True)
    assert "甲方已认可" in done.content.decode()
    assert browse("engineer", CLOUD).post(f"{page}/loss-claims/", form("direct")).status_code == 403

    rows = lead.get(f"/api/v1{page}/loss-claims")
    (row,) = json.loads(rows.content)["results"]
    assert (row["nature"], row["amount_fen"], row["answer"]) == ("direct", 150_000, "属实")
