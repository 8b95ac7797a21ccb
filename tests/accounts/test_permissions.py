"""Who may do what, as a table: every right and every kind of fact, for everybody and for those who must not."""

from __future__ import annotations

import pytest

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right, Seat, may, may_record, may_record_this
from lvyue.core.facts import KINDS
from lvyue.core.recorders import SLIPS
from lvyue.core.terms import Party

BUYER, DEPARTMENT, MANAGER, ENGINEER, AUDITOR, *_ = ContractRole


def seat(*roles: ContractRole) -> Seat:
    return Seat("somebody", "某人", "some-contract", frozenset(roles))


@pytest.mark.parametrize("right", Right)
def test_who_holds_no_role_may_do_nothing_not_even_an_administrator(right: Right) -> None:
    assert not may(seat(), right)
    assert not may(Seat("root", "管理员", "some-contract", frozenset(), administrator=True), right)


@pytest.mark.parametrize("kind", KINDS)
def test_an_auditor_looks_and_records_nothing(kind: str) -> None:
    assert may(seat(AUDITOR), Right.SEE)
    ruling = may_record(seat(AUDITOR), kind)
    assert not ruling
    assert "审计" in ruling.reason


@pytest.mark.parametrize("kind", ["payment.made", "acceptance.passed", "assessment.graded"])
def test_the_supplier_does_not_confirm_for_the_buyer(kind: str) -> None:
    assert may_record(seat(BUYER), kind)
    assert "甲方" in may_record(seat(MANAGER), kind).reason
    assert not may_record(seat(ENGINEER), kind)


def test_what_both_must_confirm_nobody_records_alone() -> None:
    for role in ContractRole:
        assert not may_record(seat(role), "parameter.agreed")


def test_a_duty_is_recorded_as_performed_by_its_debtor_and_as_breached_by_the_other_side() -> None:
    assert may_record(seat(MANAGER), "duty.performed", Party.SUPPLIER)
    assert not may_record(seat(BUYER), "duty.performed", Party.SUPPLIER)
    assert may_record(seat(BUYER), "duty.breached", Party.SUPPLIER)
    assert not may_record(seat(MANAGER), "duty.breached", Party.SUPPLIER)
    assert may_record(seat(MANAGER), "term.waived", Party.BUYER)


def test_an_engineer_records_work_and_no_papers() -> None:
    assert may_record(seat(ENGINEER), "inspection.done")
    assert "项目经理" in may_record(seat(ENGINEER), "acceptance.submitted").reason
    assert may_record(seat(ENGINEER, MANAGER), "acceptance.submitted")


def test_the_using_department_reports_faults_and_grades_nobody() -> None:
    assert may_record(seat(DEPARTMENT), "ticket.opened")
    assert not may_record(seat(DEPARTMENT), "assessment.graded")


# ── this very fact ───────────────────────────────────────────────────────────────────────────────────────────────

#: What lowers what the debtor owes, or frees it, is never the debtor's alone to record: fact, data, debtor of what it is about.
NOT_THE_DEBTORS = [
    ("payment.excused", {}, None, BUYER),
    ("assessment.graded", {"grade": "良好", "agreed_percent": "50"}, None, BUYER),
    ("term.suspended", {"term": "t"}, Party.BUYER, BUYER),
    ("term.resumed", {"term": "t"}, Party.BUYER, BUYER),
    ("term.waived", {"term": "t"}, Party.SUPPLIER, MANAGER),
    ("term.excused", {"term": "t"}, Party.SUPPLIER, MANAGER),
    ("damages.chosen", {"clause": "9.3"}, Party.SUPPLIER, MANAGER),
    ("damages.claimed", {"clause": "9.3"}, Party.SUPPLIER, MANAGER),
    ("term.waived", {"term": "t"}, Party.BOTH, BUYER),
    ("term.excused", {"term": "t"}, None, MANAGER),
    ("right.exercised", {"term": "t"}, Party.BUYER, MANAGER),
]


@pytest.mark.parametrize(("kind", "data", "debtor", "role"), NOT_THE_DEBTORS)
def test_no_debtor_frees_itself(
    kind: str, data: dict[str, str], debtor: Party | None, role: ContractRole
) -> None:
    ruling = may_record_this(seat(role), kind, data, (), debtor)

    assert not ruling
    assert ruling.reason


@pytest.mark.parametrize(("kind", "receiver"), SLIPS.items())
def test_a_receipt_is_the_receivers_or_comes_with_its_slip(
    kind: str, receiver: Party | None
) -> None:
    for role in (BUYER, MANAGER):
        alone = may_record_this(seat(role), kind, {}, (), None)
        assert bool(alone) is (role.side is receiver)
        assert may_record_this(seat(role), kind, {}, ("a" * 64,), None)


def test_a_grade_without_a_percentage_is_the_buyers_to_give() -> None:
    assert may_record_this(seat(BUYER), "assessment.graded", {"grade": "良好"}, (), None)
