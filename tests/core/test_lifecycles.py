"""Lives as tables: every table can be walked to an end, and a refused step says why and how to mend it."""

from __future__ import annotations

import pytest

from lvyue.core.doubts import Doubt, DoubtKind, Severity
from lvyue.core.lifecycles import (
    ACCEPTANCE,
    CRYPTO_ORDER,
    LIFECYCLES,
    RECTIFICATION,
    TICKET,
    Lifecycle,
    Step,
)
from lvyue.core.tickets import TICKET_KINDS

each_life = pytest.mark.parametrize("life", LIFECYCLES, ids=lambda life: life.name)


def finals(life: Lifecycle) -> set[str]:
    return {state for state in life.states if not life.open_steps(state)}


def refused(answer: str | Doubt) -> Doubt:
    assert isinstance(answer, Doubt), f"allowed, and led to {answer}"
    return answer


# ── the tables ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_two_lifecycles_share_a_name() -> None:
    assert (
        len({life.name for life in LIFECYCLES})
        == len({life.zh for life in LIFECYCLES})
        == len(LIFECYCLES)
    )


@each_life
def test_every_step_has_its_own_name_a_chinese_name_and_someone_who_may_take_it(
    life: Lifecycle,
) -> None:
    assert len({step.name for step in life.steps}) == len(life.steps)
    for step in life.steps:
        assert step.froms, step.name
        assert step.by, step.name
        assert step.zh, step.name
        assert step.to not in step.froms, f"{step.name} leads nowhere"


@each_life
def test_no_two_states_share_a_chinese_name(life: Lifecycle) -> None:
    assert len(set(life.states.values())) == len(life.states)


#: Whoever confirmed a ticket may find it broken again; its last state is left open on purpose.
ENDLESS = {TICKET.name: "confirmed"}


@each_life
def test_from_every_state_an_end_can_be_reached(life: Lifecycle) -> None:
    ends = finals(life) or {ENDLESS[life.name]}
    assert life.reachable() == life.states.keys()

    able = set(ends)
    while more := {s for step in life.steps if step.to in able for s in step.froms} - able:
        able |= more

    assert able == life.states.keys()


@each_life
def test_steps_that_are_kept_apart_are_steps_of_the_table(life: Lifecycle) -> None:
    steps = {step.name for step in life.steps}

    for first, second in life.apart:
        assert {first, second} <= steps
        assert first != second


def test_a_table_with_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="没有登记的状态 lost"):
        Lifecycle(
            "x", "某物", {"new": "新"}, "new", (Step("go", "走", ("new",), "lost", ("buyer",)),)
        )


def test_a_table_with_a_state_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(ValueError, match="到不了的状态 island"):
        Lifecycle("x", "某物", {"new": "新", "island": "岛"}, "new", ())


# ── taking a step ────────────────────────────────────────────────────────────────────────────────────────────────


@each_life
def test_every_step_can_be_taken_from_each_of_its_states_by_each_of_its_roles(
    life: Lifecycle,
) -> None:
    for step in life.steps:
        for state in step.froms:
            for role in step.by:
                assert life.take(state, step.name, role=role, papers=step.needs) == step.to


@each_life
def test_a_step_from_any_other_state_is_refused_and_the_open_steps_are_named(
    life: Lifecycle,
) -> None:
    for step in life.steps:
        for state in life.states.keys() - set(step.froms):
            doubt = refused(life.take(state, step.name, role=step.by[0], papers=step.needs))

            open_steps = [one.zh for one in life.open_steps(state)] or ["没有后续步骤"]
            assert life.states[state] in doubt.says
            assert all(zh in doubt.mend for zh in open_steps)


@each_life
def test_a_role_that_a_step_does_not_name_is_refused_and_the_right_one_is_named(
    life: Lifecycle,
) -> None:
    for step in life.steps:
        doubt = refused(life.take(step.froms[0], step.name, role="stranger", papers=step.needs))

        assert "stranger" in doubt.says
        assert all(role in doubt.mend for role in step.by)


@each_life
def test_each_missing_paper_is_named(life: Lifecycle) -> None:
    for step in (step for step in life.steps if step.needs):
        doubt = refused(life.take(step.froms[0], step.name, role=step.by[0]))

        assert all(need in doubt.says for need in step.needs)


def test_a_refusal_reads_like_this() -> None:
    doubt = refused(ACCEPTANCE.take("reviewing", "accept", role="buyer"))

    assert doubt.kind is DoubtKind.REFUSED
    assert doubt.severity is Severity.BLOCK
    assert doubt.places == ("验收",)
    assert str(doubt) == "验收: “签署验收书”缺少：验收书。 请补齐后再办。"


def test_a_step_that_does_not_exist_is_refused_like_any_other() -> None:
    doubt = refused(ACCEPTANCE.take("accepted", "celebrate", role="buyer"))

    assert str(doubt) == "验收: “验收通过”状态下不能这样做。 可以：没有后续步骤。"


# ── separation of duties ─────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_reports_a_rectification_does_not_pass_it() -> None:
    """整改由乙方报告、由甲方复查"""
    assert ("report", "pass") in RECTIFICATION.apart

    own = RECTIFICATION.take("reported", "pass", role="supplier", papers=("复查记录",))

    assert "不能由“supplier”办理" in refused(own).says


def test_whoever_submits_for_acceptance_does_not_accept() -> None:
    assert ("submit", "accept") in ACCEPTANCE.apart

    own = ACCEPTANCE.take("reviewing", "accept", role="supplier", papers=("验收书",))

    assert refused(own).kind is DoubtKind.REFUSED


def test_applying_approving_and_allocating_keys_are_three_people() -> None:
    """密码服务：申请、批准、分配三者分离"""
    pairs = {frozenset(pair) for pair in CRYPTO_ORDER.apart}

    assert pairs == {
        frozenset({"submit", "approve"}),
        frozenset({"approve", "allocate"}),
        frozenset({"submit", "allocate"}),
    }


# ── diagrams ─────────────────────────────────────────────────────────────────────────────────────────────────────


@each_life
def test_the_diagram_draws_every_state_step_and_end(life: Lifecycle) -> None:
    lines = [line.strip() for line in life.diagram().splitlines()]

    assert lines[:2] == ["stateDiagram-v2", f"[*] --> {life.first}"]
    assert {f"{state}: {zh}" for state, zh in life.states.items()} <= set(lines)
    for step in life.steps:
        assert {f"{source} --> {step.to}: {step.zh}" for source in step.froms} <= set(lines)
    assert {f"{state} --> [*]" for state in finals(life)} <= set(lines)


def test_the_life_of_every_kind_of_ticket_is_among_them() -> None:
    assert {kind.life.name for kind in TICKET_KINDS.values()} <= {one.name for one in LIFECYCLES}
