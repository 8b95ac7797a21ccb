"""What differs between two statements, and what would if something were supposed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.cli.demo import demonstration_ids
from lvyue.core.doubts import Refused
from lvyue.core.facts import Fact, FactId, read_line
from lvyue.core.money import Money
from lvyue.core.statement import Statement, state
from lvyue.evidence.queries import entries
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load
from lvyue.obligations.difference import Difference, difference_of
from lvyue.obligations.marks import LATE, MISSED
from lvyue.obligations.queries import log_size, statement_of, suppose
from lvyue.obligations.suppose import SUPPOSED

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
NOVEMBER = date(2026, 11, 21)
TAIL = FactId("demo-043")


@cache
def log_of(contract_id: str) -> tuple[Fact, ...]:
    lines = resources.files("lvyue.library") / "demonstration" / f"{contract_id}.jsonl"
    found = enumerate(lines.read_bytes().splitlines())
    facts = [read_line(line, index, contract_id) for index, line in found]
    return tuple(fact for fact in facts if isinstance(fact, Fact))


@cache
def stated(contract_id: str, as_of: date, size: int) -> Statement:
    facts = log_of(contract_id)[:size]
    calendar = default_calendar(None, None)
    return state(load(contract_id), facts, calendar, as_of, size=len(facts), root=f"{size:064x}")


def fact(kind: str, at: date, identity: str = "supposed-1", **data: object) -> Fact:
    return Fact(FactId(identity), kind, at, None, data, 0)


def of(found: Difference, term: str) -> list[str]:
    return [
        f"{one.before and one.before.key}→{one.after and one.after.key}"
        for one in found.findings
        if one.term == term
    ]


# ── the difference ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_a_statement_does_not_differ_from_itself(contract_id: str) -> None:
    whole = stated(contract_id, NOVEMBER, len(log_of(contract_id)))

    found = difference_of(whole, whole)

    assert found.is_empty
    assert not found.reworded
    assert not found.facts
    assert not found.gone


@given(
    st.sampled_from(demonstration_ids()),
    st.integers(0, 60),
    st.integers(0, 60),
    st.dates(date(2022, 1, 1), date(2027, 6, 30)),
)
def test_there_and_back_are_mirror_images(
    contract_id: str, one: int, other: int, day: date
) -> None:
    length = len(log_of(contract_id))
    before = stated(contract_id, day, one * length // 60)
    after = stated(contract_id, day, other * length // 60)

    there, back = difference_of(before, after), difference_of(after, before)

    def ends(found: Difference) -> set[tuple[object, ...]]:
        marks = {(c.term, c.occurrence, c.before, c.after) for c in found.findings}
        sums = {(c.key, c.before, c.after, c.state_before, c.state_after) for c in found.money}
        return {*marks, *sums}

    def turned(found: Difference) -> set[tuple[object, ...]]:
        marks = {(c.term, c.occurrence, c.after, c.before) for c in found.findings}
        sums = {(c.key, c.after, c.before, c.state_after, c.state_before) for c in found.money}
        return {*marks, *sums}

    assert ends(there) == turned(back)
    assert {f.id for f in there.facts} == {f.id for f in back.gone}
    assert difference_of(before, before).is_empty
    assert there.is_empty == back.is_empty


@given(st.sampled_from(demonstration_ids()), st.integers(0, 60))
def test_nothing_different_is_left_out(contract_id: str, part: int) -> None:
    """Where the difference is empty, every verdict, due day and sum of the two statements is the same."""
    length = len(log_of(contract_id))
    before = stated(contract_id, NOVEMBER, part * length // 60)
    after = stated(contract_id, NOVEMBER, length)

    found = difference_of(before, after)

    changed = {(one.term, one.occurrence) for one in (*found.findings, *found.reworded)}
    for one, other in ((before, after), (after, before)):
        there = {
            (f.term, f.occurrence, f.verdict, f.due, f.because) for f in other.evaluation.findings
        }
        for f in one.evaluation.findings:
            same = (f.term, f.occurrence, f.verdict, f.due, f.because) in there
            assert same or (f.term, f.occurrence) in changed
    if before.settlement.payable != after.settlement.payable:
        assert found.payable is not None


def test_a_grade_corrected_is_told_in_fen_with_the_fact_that_did_it() -> None:
    """main 8.3: the tail is what the grade leaves of the price, less the first instalment"""
    length = len(log_of(SECURITY))
    before = stated(SECURITY, NOVEMBER, length)
    corrections = [
        replace(
            fact("fact.withdrawn", NOVEMBER, "c-1", fact=TAIL, reason="定级录错"), index=length
        ),
        replace(
            fact("assessment.graded", date(2026, 11, 10), "c-2", grade="良好", agreed_percent="97"),
            index=length + 1,
        ),
    ]
    after = state(
        load(SECURITY),
        [*log_of(SECURITY), *corrections],
        default_calendar(None, None),
        NOVEMBER,
        size=length + 2,
        root="0" * 64,
    )

    found = difference_of(before, after)

    sums = {one.key: one for one in found.money}
    assert sums["instalment-2"].before == Money.yuan("482560")
    assert sums["instalment-2"].after == Money.yuan("501120")
    assert sums["instalment-2"].by == Money.yuan("18560")
    assert "c-2" in [f.id for f in sums["instalment-2"].facts]
    assert TAIL in [f.id for f in sums["instalment-2"].gone]
    assert sums["deduction"].before == Money.yuan("74240")
    assert sums["deduction"].after == Money.yuan("55680")
    assert [f.id for f in found.facts] == ["c-1", "c-2"]
    assert [f.id for f in found.gone] == [TAIL]


def test_a_payment_in_full_is_told_with_the_payment_alone() -> None:
    """main 8.3: what the amount rests on was known before; that it is paid is the news"""
    length = len(log_of(SECURITY))
    before = stated(SECURITY, NOVEMBER, length)
    terms = {"instalment": 2, "amount_fen": 48_256_000, "paper": "演示文书-付款02"}
    paid = replace(fact("payment.made", date(2026, 11, 20), "p-1", **terms), index=length)
    after = state(
        load(SECURITY),
        [*log_of(SECURITY), paid],
        default_calendar(None, None),
        NOVEMBER,
        size=length + 1,
        root="0" * 64,
    )

    there, back = difference_of(before, after).payable, difference_of(after, before).payable

    assert there is not None
    assert back is not None
    assert there.after == Money.yuan("0")
    assert ([f.id for f in there.facts], there.gone) == (["p-1"], ())
    assert (back.facts, [f.id for f in back.gone]) == ((), ["p-1"])


def test_the_difference_is_plain_data() -> None:
    length = len(log_of(SECURITY))
    found = difference_of(
        stated(SECURITY, NOVEMBER, length // 2), stated(SECURITY, NOVEMBER, length)
    )

    told = json.loads(json.dumps(found.as_json()))

    assert told["after"]["size"] == length
    assert len(told["findings"]) == len(found.findings) > 0
    assert {row["key"] for row in told["money"]} == {one.key for one in found.money}


def test_a_day_alone_makes_a_difference() -> None:
    """main 7.2.15: one week after the notice, nothing came"""
    length = len(log_of(SECURITY))
    found = difference_of(
        stated(SECURITY, date(2026, 9, 28), length), stated(SECURITY, date(2026, 9, 29), length)
    )

    changed = [one for one in found.findings if one.occurrence == "演示隐患-04 补丁缺失"]
    assert [(one.before and one.before.key, one.after) for one in changed] == [("not_due", MISSED)]


# ── supposing ────────────────────────────────────────────────────────────────────────────────────────────────────


def rows(contract_id: str) -> Sequence[str]:
    return list(entries(contract_id).values_list("leaf_hash", flat=True))


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_supposing_nothing_is_the_statement_itself(contract_id: str) -> None:
    assert suppose(contract_id, NOVEMBER) == statement_of(contract_id, NOVEMBER)
    assert suppose(contract_id, NOVEMBER, size=5) == statement_of(contract_id, NOVEMBER, 5)


@pytest.mark.usefixtures("demonstration")
def test_a_supposed_fact_changes_the_answer_and_no_row() -> None:
    """main 7.2.15: rectified two months late is late, and no longer missed"""
    logged = rows(SECURITY)
    now = statement_of(SECURITY, NOVEMBER)
    done = replace(
        fact("hazard.rectified", date(2026, 11, 20), paper="演示文书-复查04"),
        subject="演示隐患-04 补丁缺失",
    )

    then = suppose(SECURITY, NOVEMBER, facts=[done])

    changed = [c for c in difference_of(now, then).findings if c.occurrence == done.subject]
    assert [(c.before, c.after) for c in changed] == [(MISSED, LATE)]
    assert [f.id for f in changed[0].facts] == ["supposed-1"]
    assert then.root == SUPPOSED
    assert then.evaluation.book.size == log_size(SECURITY) + 1
    assert rows(SECURITY) == logged
    assert statement_of(SECURITY, NOVEMBER).as_json() == now.as_json()


@pytest.mark.usefixtures("demonstration")
def test_a_fact_taken_away_is_as_if_it_had_never_been_recorded() -> None:
    now = statement_of(SECURITY, NOVEMBER)

    then = suppose(SECURITY, NOVEMBER, without={TAIL})

    sums = {one.key: one for one in difference_of(now, then).money}
    assert sums["instalment-2"].before == Money.yuan("482560")
    assert sums["instalment-2"].after is None
    assert "金额未定" in sums["instalment-2"].state_after


@pytest.mark.usefixtures("demonstration")
def test_a_supposed_correction_moves_a_recorded_fact() -> None:
    now = statement_of(SECURITY, NOVEMBER)
    earlier = "2026-01-14"
    moved = {"fact": "demo-046", "reason": "日期写错", "at": earlier}
    correction = replace(fact("fact.corrected", NOVEMBER), data=moved)

    then = suppose(SECURITY, NOVEMBER, facts=[correction])

    found = difference_of(now, then)
    assert [f.id for f in found.facts] == ["supposed-1"]
    assert not found.gone


@pytest.mark.usefixtures("demonstration")
def test_what_cannot_be_supposed_is_said() -> None:
    with pytest.raises(Refused, match="不能拿掉"):
        suppose(SECURITY, NOVEMBER, without={FactId("no-such-fact")})
    with pytest.raises(Refused, match="已经有一条事实"):
        suppose(SECURITY, NOVEMBER, facts=[fact("handover.completed", NOVEMBER, TAIL)])
