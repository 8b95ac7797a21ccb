"""Parts (SD-12), tools and messages (SD-13), third parties (SD-14), added work (SD-09)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lvyue import clock
from lvyue.accounts.permissions import Seat
from lvyue.contracts.choices import AmendmentKind
from lvyue.contracts.models import Amendment
from lvyue.core.allowances import (
    ALL_IN,
    CONSENT_OR_BID,
    FEE_FOR_SCOPE,
    MESSAGES,
    NEW_PARTS,
    NO_SUBCONTRACT,
    OWN_COST,
    STOPPING,
    Asked,
    Matter,
    clauses_of,
)
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.consents import (
    answer_consent,
    ask_consent,
    end_consented,
    start_consented,
)
from lvyue.helpdesk.actions.fitting import NewPart, fit_part, note_extra_work
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.models import FittedPart, PriorConsent, Ticket
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.library import loader
from tests.helpdesk.conftest import CLOUD, DIGITAL, LEASE, SECURITY, TakeSeat
from tests.helpdesk.test_attribution import proof

Now = Callable[[str], None]
FROM = date(2026, 3, 2)
TOOL = Asked(Matter.TOOL, FROM, FROM + timedelta(days=30), stops=True)
BULK = Asked(Matter.MESSAGES, FROM, FROM)
PARTY = Asked(Matter.THIRD_PARTY, FROM, FROM + timedelta(days=30))
PART = NewPart("核心交换机", "电源模块", "SN-2026-0001", "new")


def of(contract_id: str, seat: TakeSeat) -> tuple[Seat, Seat, Seat]:
    """The buyer, the supplier's lead and an engineer of a contract."""
    return (
        seat("buyer", contract_id),
        seat("supplier_manager", contract_id),
        seat("engineer", contract_id),
    )


def ask(asked: Asked, by: Seat, **more: Any) -> PriorConsent:
    told: dict[str, Any] = {"name": "某软件", "purpose": "排障"}
    if asked.matter is Matter.TOOL:
        told["licence"] = "限期许可"
    return ask_consent(by.contract_id, asked, by=by, **(told | more))


def incident(seat: TakeSeat, now: Now, contract_id: str = LEASE) -> Ticket:
    now("2026-03-02 10:00:00")
    return open_ticket(contract_id, NewTicket("incident", "断电"), by=seat("buyer", contract_id))


@pytest.mark.parametrize(
    ("contract_id", "clauses"),
    [
        (SECURITY, ("7.2.13", "7.2.10", "9.1.1", "14", "7.2.12", "5.1", "")),
        (DIGITAL, ("7.2.14", "7.2.11", "8.1.1", "13", "7.2.13", "5.1", "7.2.2")),
        (CLOUD, ("7.2.14", "7.2.11", "8.1.1", "", "7.2.13", "5.1", "7.2.2")),
    ],
)
def test_the_terms_that_are_asked_stand_in_the_contracts(
    contract_id: str, clauses: tuple[str, ...]
) -> None:
    """What the desk goes by is what the releases say, under the clauses that they name."""
    release = loader.load(contract_id)
    third = CONSENT_OR_BID if contract_id == SECURITY else NO_SUBCONTRACT
    sets = (NEW_PARTS, STOPPING, MESSAGES, third, OWN_COST, ALL_IN, FEE_FOR_SCOPE)

    for ids, number in zip(sets, clauses, strict=True):
        found = [str(one) for one in clauses_of(release, ids)]
        if contract_id == CLOUD and ids is ALL_IN:
            continue  # its all-in price is told by its own test below
        assert (f"main {number}" in found) if number else not found, (ids, found)


# ── SD-12 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("serial", ["SN-2026-0001", "sn20260001", "ＳＮ 2026／0001"])
def test_sd_12_a_serial_already_seen_in_another_record_is_refused(
    seat: TakeSeat, now: Now, serial: str
) -> None:
    """0:7.2.13: given a serial already seen in another record, when fitted, then refused; whatever the hyphens."""
    first = incident(seat, now)
    fit_part(LEASE, first.number, PART, by=seat("engineer"))
    other = incident(seat, now, CLOUD)

    with pytest.raises(Refused, match="已经在别的记录里") as refused:
        fit_part(CLOUD, other.number, replace(PART, serial=serial), by=seat("engineer", CLOUD))

    assert LEASE not in str(refused.value)
    assert [one.name for one in events_of(first)] == ["open", "fit"]


@pytest.mark.parametrize("serial", ["", " ", "无", "n/a", "---"])
def test_sd_12_bad_input_a_missing_serial(seat: TakeSeat, now: Now, serial: str) -> None:
    ticket = incident(seat, now)
    with pytest.raises(Refused, match="没有序列号"):
        fit_part(LEASE, ticket.number, replace(PART, serial=serial), by=seat("engineer"))


@pytest.mark.parametrize("condition", ["refurbished", "used"])
def test_sd_12_bad_input_a_refurbished_part(seat: TakeSeat, now: Now, condition: str) -> None:
    ticket = incident(seat, now, SECURITY)
    part = replace(PART, condition=condition)
    with pytest.raises(Refused, match=r"main 7\.2\.13"):
        fit_part(SECURITY, ticket.number, part, by=seat("engineer", SECURITY))
    with pytest.raises(Refused, match="不能受理和处理工单"):
        fit_part(SECURITY, ticket.number, PART, by=seat("buyer", SECURITY))
    assert not FittedPart.objects.exists()


def test_what_was_fitted_is_never_changed(seat: TakeSeat, now: Now) -> None:
    fit_part(LEASE, incident(seat, now).number, PART, by=seat("engineer"))
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        FittedPart.objects.update(serial="X")


# ── SD-13 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("contract_id", "clause"),
    [(SECURITY, "main 7.2.10"), (DIGITAL, "main 7.2.11"), (CLOUD, "main 7.2.11")],
)
def test_sd_13_a_tool_with_a_licence_timer_needs_the_clients_permission(
    seat: TakeSeat, now: Now, contract_id: str, clause: str
) -> None:
    now("2026-03-02 10:00:00")
    buyer, lead, engineer = of(contract_id, seat)
    row = ask(TOOL, engineer)

    assert (row.state, row.clauses[0]) == ("asked", clause)
    with pytest.raises(Refused, match="请先取得甲方书面同意"):
        start_consented(contract_id, row.pk, by=engineer)
    with pytest.raises(Refused, match="不能批准"):
        answer_consent(contract_id, row.pk, agree=True, paper="同 1 号", by=lead)
    with pytest.raises(Refused, match="同意文书"):
        answer_consent(contract_id, row.pk, agree=True, by=buyer)
    answer_consent(contract_id, row.pk, agree=True, paper="同 1 号", by=buyer)
    assert start_consented(contract_id, row.pk, by=engineer).state == "started"
    assert end_consented(contract_id, row.pk, by=engineer).state == "ended"


def test_a_tool_that_stops_nothing_is_registered_and_used(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    engineer = seat("engineer", SECURITY)
    row = ask(replace(TOOL, stops=False), engineer, licence="MIT")

    assert row.state == "free"
    assert start_consented(SECURITY, row.pk, by=engineer).state == "started"


def test_sd_13_bad_input_a_trial_licence_that_stops_the_system(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    engineer = seat("engineer", SECURITY)
    with pytest.raises(Refused, match="没有如实登记"):
        ask(replace(TOOL, stops=False, trial=True), engineer)
    with pytest.raises(Refused, match="许可证"):
        ask(TOOL, engineer, licence="")
    assert ask(replace(TOOL, trial=True), engineer).state == "asked"


@pytest.mark.parametrize("contract_id", [SECURITY, DIGITAL, CLOUD])
def test_sd_13_a_bulk_message_job_is_blocked_without_consent(
    seat: TakeSeat, now: Now, contract_id: str
) -> None:
    now("2026-03-02 10:00:00")
    buyer, lead, engineer = of(contract_id, seat)
    row = ask(BULK, lead)
    with pytest.raises(Refused, match="不能开始"):
        start_consented(contract_id, row.pk, by=engineer)
    answer_consent(contract_id, row.pk, agree=False, said="不必要", by=buyer)
    with pytest.raises(Refused, match="甲方不同意"):
        start_consented(contract_id, row.pk, by=engineer)
    with pytest.raises(Refused, match="代表乙方书面往来"):
        ask(BULK, engineer)


# ── SD-14 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sd_14_a_subcontract_in_s1_is_refused_with_13(seat: TakeSeat, now: Now) -> None:
    """1:13: none at all, whoever might consent."""
    now("2026-03-02 10:00:00")
    for work in ("", "cryptography"):
        with pytest.raises(Refused, match=r"不得转让、分包（main 13"):
            ask(replace(PARTY, work=work), seat("supplier_manager", DIGITAL))
    assert not PriorConsent.objects.exists()


def test_sd_14_in_s2_the_assessment_with_consent_and_qualification_is_allowed(
    seat: TakeSeat, now: Now
) -> None:
    """2:13¶2: only the two assessments, with written consent, by a qualified body."""
    now("2026-03-02 10:00:00")
    buyer, lead, engineer = of(CLOUD, seat)
    good = replace(PARTY, work="cryptography", qualified_until=date(2027, 1, 1))
    row = ask(good, lead, files=(proof(lead, "资质.pdf"),))
    answer_consent(CLOUD, row.pk, agree=True, paper="同 2 号", by=buyer)
    assert start_consented(CLOUD, row.pk, by=engineer).state == "started"

    with pytest.raises(Refused, match=r"只有等保测评和密评可以委托.*main 13¶2"):
        ask(replace(good, work="development"), lead, files=(proof(lead, "资质.pdf"),))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"qualified_until": date(2026, 3, 20)}, "2026-03-20 到期"),
        ({"qualified_until": None}, "没有写密评机构的资质有效期"),
        ({"buyer_pays": True}, r"不能转给甲方"),
    ],
)
def test_sd_14_bad_input_an_expired_qualification_and_a_cost_passed_on(
    seat: TakeSeat, now: Now, more: dict[str, Any], says: str
) -> None:
    now("2026-03-02 10:00:00")
    lead = seat("supplier_manager", CLOUD)
    good = replace(PARTY, work="cryptography", qualified_until=date(2027, 1, 1))

    with pytest.raises(Refused, match=says):
        ask(replace(good, **more), lead, files=(proof(lead, "资质.pdf"),))


def test_sd_14_bad_input_consent_after_the_start(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    buyer, lead, _ = of(SECURITY, seat)
    row = ask(PARTY, lead)
    now("2026-03-03 10:00:00")

    with pytest.raises(Refused, match="事后的同意不算事先同意"):
        answer_consent(SECURITY, row.pk, agree=True, paper="同 3 号", by=buyer)
    with pytest.raises(Refused, match="已经过去"):
        ask(PARTY, lead)


def test_sd_14_in_s0_written_consent_or_named_in_the_bid(seat: TakeSeat, now: Now) -> None:
    """0:14."""
    now("2026-03-02 10:00:00")
    _buyer, lead, engineer = of(SECURITY, seat)
    assert ask(PARTY, lead).state == "asked"
    with pytest.raises(Refused, match="没有附投标文件"):
        ask(replace(PARTY, in_bid=True), lead)
    named = ask(replace(PARTY, in_bid=True), lead, files=(proof(lead, "投标分包说明.pdf"),))

    assert start_consented(SECURITY, named.pk, by=engineer).state == "started"


def test_consents_of_another_contract_are_not_there(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    row = ask(TOOL, seat("engineer", SECURITY))
    with pytest.raises(PriorConsent.DoesNotExist):
        answer_consent(CLOUD, row.pk, agree=True, paper="同", by=seat("buyer", CLOUD))


# ── SD-09 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def amendment(contract_id: str) -> int:
    """The number of a supplement that is proposed and that nobody has signed."""
    return Amendment.objects.create(
        contract_id=contract_id,
        number=90,
        kind=AmendmentKind.TOGETHER,
        state="drafted",
        title="增加一个系统",
        side="buyer",
        drafted_by="测试",
        drafted_at=clock.now(),
    ).number


def sign(number: int, effective: date) -> None:
    """Both have signed it, and it holds from a day on."""
    signed = {
        "buyer_by": "甲",
        "buyer_at": clock.now(),
        "supplier_by": "乙",
        "supplier_at": clock.now(),
    }
    Amendment.objects.filter(number=number).update(
        state="in_force", effective=effective, paper="补 1 号", fact="f-signed", **signed
    )


def test_sd_09_added_work_in_s1_is_billed_only_with_a_signed_scope_change(
    seat: TakeSeat, now: Now
) -> None:
    """12:7.2.2."""
    ticket = incident(seat, now, DIGITAL)
    lead = seat("supplier_manager", DIGITAL)

    with pytest.raises(Refused, match=r"须有双方签署的变更.*main 7\.2\.2"):
        note_extra_work(DIGITAL, ticket.number, "多接一个系统", fee_fen=100_00, by=lead)
    number = amendment(DIGITAL)
    with pytest.raises(Refused, match="还没有生效"):
        note_extra_work(
            DIGITAL, ticket.number, "多接", fee_fen=100_00, amendment_number=number, by=lead
        )
    sign(number, date(2026, 3, 1))
    note_extra_work(
        DIGITAL, ticket.number, "多接", fee_fen=100_00, amendment_number=number, by=lead
    )
    assert [one.data["fee_fen"] for one in events_of(ticket) if one.name == "extra"] == [10000]


def test_sd_09_added_work_in_s0_is_refused_with_5_1(seat: TakeSeat, now: Now) -> None:
    """0:5.1: the price is all-in, and S0 knows no fee for added scope."""
    ticket = incident(seat, now, SECURITY)
    lead = seat("supplier_manager", SECURITY)
    number = amendment(SECURITY)
    sign(number, date(2026, 3, 1))

    with pytest.raises(Refused, match=r"main 5\.1"):
        note_extra_work(
            SECURITY, ticket.number, "多接", fee_fen=1, amendment_number=number, by=lead
        )


def test_sd_09_bad_input_free_work_is_not_hidden_from_the_record(seat: TakeSeat, now: Now) -> None:
    ticket = incident(seat, now, SECURITY)
    lead = seat("supplier_manager", SECURITY)
    note_extra_work(SECURITY, ticket.number, "帮忙整理机柜", by=lead)

    (told,) = [one for one in events_of(ticket) if one.name == "extra"]
    assert (told.said, told.data["fee_fen"]) == ("帮忙整理机柜", 0)
    with pytest.raises(Refused, match="没有写"):
        note_extra_work(SECURITY, ticket.number, " ", by=lead)
    with pytest.raises(Refused, match="0 是免费"):
        note_extra_work(SECURITY, ticket.number, "多接", fee_fen=-1, by=lead)
