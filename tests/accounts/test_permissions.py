"""Who may do what, as a table: every right and every kind of fact, for everybody and for those who must not."""

from __future__ import annotations

import pytest

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right, Seat, may, may_record
from lvyue.core.facts import KINDS
from lvyue.core.terms import Party

BUYER, DEPARTMENT, MANAGER, ENGINEER, AUDITOR = ContractRole


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
