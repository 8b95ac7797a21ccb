"""权限的道理：说“不”的时候说得出是哪一条、从哪里来；职责分开的两样，一个人拿不到（SYS-02、CRY-05）。"""

from __future__ import annotations

from itertools import combinations

import pytest

from lvyue.accounts.actions import appoint, create_account, register_organisation
from lvyue.accounts.choices import ContractRole, Scope
from lvyue.accounts.duties import (
    INCOMPATIBLE,
    Held,
    may_follow,
    may_hold,
    may_sign_too,
    may_speak_for_one,
)
from lvyue.accounts.permissions import (
    RULES,
    STEPS,
    Right,
    Seat,
    may,
    may_instruct,
    may_record,
    may_see_draft,
    tried,
    tried_recording,
)
from lvyue.core.doubts import Refused
from lvyue.core.facts import KINDS
from lvyue.core.lifecycles import DISCLOSURE, LIFECYCLES, STATEMENT, SUPPLEMENT, Lifecycle
from lvyue.core.recorders import RECORDERS, Recorder
from lvyue.core.terms import Party
from tests.conftest import Person


def seat(
    *roles: ContractRole, username: str = "somebody", scopes: frozenset[Scope] | None = None
) -> Seat:
    return Seat(username, "某人", "some-contract", frozenset(roles), scopes=scopes)


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", [None, *ContractRole])
def test_every_no_names_its_rule_and_where_the_rule_comes_from(
    right: Right, role: ContractRole | None
) -> None:
    asking = seat(*([role] if role else []))
    ruling = may(asking, right)
    failed = [one for one in tried(asking, right) if not one.passed]

    assert bool(ruling) is not bool(failed)
    if failed:
        assert ruling.rule == failed[0].rule.name
        assert ruling.reason == failed[0].against
    assert all(one.rule.source for one in tried(asking, right))


@pytest.mark.parametrize("role", ContractRole)
def test_the_rules_tried_are_the_rules_that_decide(role: ContractRole) -> None:
    for kind in KINDS:
        ruling = may_record(seat(role), kind)
        failed = [one for one in tried_recording(seat(role), kind) if not one.passed]

        assert (ruling.reason, ruling.rule) == (
            (failed[0].against, failed[0].rule.name) if failed else ("", "")
        )


def test_a_right_names_a_source_and_a_rule_its_words() -> None:
    assert all(right.source for right in Right)
    assert all(rule.zh and rule.says.endswith("。") and rule.source for rule in RULES.values())
    assert {
        name for steps in STEPS.values() for one in steps.values() for name in one.rules
    } <= set(RULES)


def test_the_steps_with_a_right_are_steps_of_the_lifecycles() -> None:
    steps = {one.name: {step.name for step in one.steps} for one in LIFECYCLES}

    assert {(life, name) for life, takings in STEPS.items() for name in takings} <= {
        (life, name) for life, names in steps.items() for name in names
    }


def test_a_program_may_what_its_token_says_and_its_roles_say() -> None:
    reading = frozenset({Scope.READ})

    assert may(seat(ContractRole.BUYER, scopes=reading), Right.SEE)
    assert may(seat(ContractRole.BUYER, scopes=reading), Right.SIGN).rule == "token"
    assert may(seat(ContractRole.ENGINEER, scopes=frozenset(Scope)), Right.SIGN).rule == "role"


# ── what nobody may ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind", [name for name, recorder in RECORDERS.items() if recorder is Recorder.BUYER]
)
def test_no_role_of_the_supplier_confirms_a_fact_of_the_buyer(kind: str) -> None:
    """7.1.1、SYS-02：乙方的任何角色，几个加在一起，也不能登记甲方的事实。"""
    supplier = [role for role in ContractRole if role.side is Party.SUPPLIER]

    for number in range(1, len(supplier) + 1):
        for roles in combinations(supplier, number):
            assert may_record(seat(*roles), kind).rule == "whose_fact"


@pytest.mark.parametrize("role", ["supervisor", "assessor", "crypto_auditor", "auditor"])
def test_who_looks_on_records_nothing(role: str) -> None:
    assert not [kind for kind in KINDS if may_record(seat(ContractRole(role)), kind)]


def test_who_also_audits_is_no_manager_by_that() -> None:
    """7.2.6：约束乙方的文书由负责人登记，兼一个审计也不改变。"""
    assert (
        may_record(seat(ContractRole.ENGINEER, ContractRole.AUDITOR), "invoice.received").rule
        == "formal"
    )
    both = seat(ContractRole.USING_DEPARTMENT, ContractRole.CRYPTO_APPROVER)
    assert may_record(both, "assessment.graded").rule == "department"


@pytest.mark.parametrize(
    ("role", "rule"),
    [
        ("buyer", ""),
        ("using_department", "instruct"),
        ("crypto_approver", "instruct"),
        ("supplier_manager", "instruct"),
        ("engineer", "instruct"),
        ("supervisor", "instruct"),
        ("auditor", "instruct"),
    ],
)
def test_only_the_buyer_instructs(role: str, rule: str) -> None:
    """7.2.20：使用部门的指令转甲方项目负责人批准，不直接到乙方。"""
    assert may_instruct(seat(ContractRole(role))).rule == rule


def test_the_departments_instruction_goes_to_the_buyers_lead() -> None:
    ruling = may_instruct(seat(ContractRole.USING_DEPARTMENT))

    assert "转甲方项目负责人批准" in ruling.reason
    assert "7.2.20" in RULES[ruling.rule].source
    assert (
        may_record(seat(ContractRole.USING_DEPARTMENT), "instruction.received").rule == "instruct"
    )
    assert (
        may_record(seat(ContractRole.USING_DEPARTMENT), "instruction.approved").rule == "instruct"
    )
    assert may_record(seat(ContractRole.BUYER), "instruction.approved")
    assert may_instruct(seat()).rule == "seated"


def test_a_draft_is_its_own_sides_until_it_is_proposed() -> None:
    assert not may_see_draft(seat(ContractRole.SUPPLIER_MANAGER), Party.BUYER, drafted=True)
    assert not may_see_draft(seat(ContractRole.AUDITOR), Party.BUYER, drafted=True)
    assert may_see_draft(seat(ContractRole.USING_DEPARTMENT), Party.BUYER, drafted=True)
    assert may_see_draft(seat(ContractRole.AUDITOR), Party.BUYER, drafted=False)


def test_an_acceptance_expert_looks_and_takes_nothing_home() -> None:
    assert may(seat(ContractRole.ASSESSOR), Right.SEE)
    assert not may(seat(ContractRole.ASSESSOR), Right.EXPORT)


# ── duties apart ─────────────────────────────────────────────────────────────────────────────────────────────────


def held(role: ContractRole, username: str = "one", organisation: str | None = None) -> Held:
    return Held(username, username, role, organisation)


@pytest.mark.parametrize("named", sorted("+".join(sorted(pair)) for pair in INCOMPATIBLE))
def test_what_is_kept_apart_one_person_does_not_hold(named: str) -> None:
    first, second = (ContractRole(role) for role in named.split("+"))

    for one, other in ((first, second), (second, first)):
        assert not may_hold(held(one), [held(other)], administrator=False)
        assert may_hold(held(one), [held(other, "another")], administrator=False)


def test_applicant_approver_operator_keeper_and_auditor_are_five_people() -> None:
    """CRY-05、GB/T 39786-2021 8.6 b)：申请、审批、密钥管理、操作、审计，两两不能兼任。"""
    five = [
        ContractRole.USING_DEPARTMENT,
        ContractRole.CRYPTO_APPROVER,
        ContractRole.KEY_MANAGER,
        ContractRole.CRYPTO_OPERATOR,
        ContractRole.CRYPTO_AUDITOR,
    ]

    for one, other in combinations(five, 2):
        assert not may_hold(held(one), [held(other)], administrator=False), (one, other)


def test_two_accounts_of_one_organisation_are_not_the_two_sides(db: None) -> None:  # noqa: ARG001
    office = register_organisation("one-office", "同一家单位", by="测试")
    people = [
        create_account(name, name, "a-long-test-password", by="测试", organisation=office)
        for name in ("first", "second", "third")
    ]
    appoint(people[0], "some-contract", ContractRole.BUYER, by="测试")

    with pytest.raises(Refused, match="同属一个单位"):
        appoint(people[1], "some-contract", ContractRole.ENGINEER, by="测试")

    appoint(people[1], "some-contract", ContractRole.USING_DEPARTMENT, by="测试")
    appoint(people[2], "another-contract", ContractRole.ENGINEER, by="测试")


def test_an_administrator_is_party_to_nothing(person: Person) -> None:
    with pytest.raises(Refused, match="系统管理员"):
        appoint(person("administrator"), "some-contract", ContractRole.AUDITOR, by="测试")


def test_one_person_has_several_roles_where_nothing_keeps_them_apart(person: Person) -> None:
    engineer = person("engineer", "some-contract")

    appoint(engineer, "some-contract", ContractRole.SECURITY_OFFICER, by="测试")

    with pytest.raises(Refused, match="不能兼任"):
        appoint(engineer, "some-contract", ContractRole.SUPERVISOR, by="测试")


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda one: one.name)
def test_the_steps_that_a_lifecycle_keeps_apart_are_two_peoples(lifecycle: Lifecycle) -> None:
    for first, second in lifecycle.apart:
        assert may_follow(lifecycle, second, {first: "me"}, "me").rule == "apart"
        assert may_follow(lifecycle, first, {second: "me"}, "me").rule == "apart"
        assert may_follow(lifecycle, second, {first: "me"}, "you")


def test_two_signatures_are_two_peoples_and_two_sides() -> None:
    signing = seat(ContractRole.SUPPLIER_MANAGER, username="me")

    assert may_sign_too(signing, Party.SUPPLIER, {Party.BUYER: "me"}).rule == "two_people"
    assert may_sign_too(signing, Party.SUPPLIER, {Party.BUYER: "you"})
    both = seat(ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER)
    assert may_speak_for_one(both).rule == "one_side"
    assert {SUPPLEMENT.name, STATEMENT.name, DISCLOSURE.name} <= set(STEPS)
