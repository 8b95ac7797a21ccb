"""The waterfall: what is taken off the price, one after the other, comes to what is payable, to the fen."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.cli.demo import demonstration_ids
from lvyue.core.facts import Fact, read_line
from lvyue.core.money import Money
from lvyue.core.statement import Statement, state
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load
from lvyue.settlements.waterfall import AGREED, DISPUTED, PROPOSED, WHOLE, waterfall_of

SECURITY = "security-support-2026"
NOVEMBER = date(2026, 11, 21)


@cache
def log_of(contract_id: str) -> tuple[Fact, ...]:
    file = resources.files("lvyue.library") / "demonstration" / f"{contract_id}.jsonl"
    found = enumerate(file.read_bytes().splitlines())
    facts = [read_line(line, index, contract_id) for index, line in found]
    return tuple(fact for fact in facts if isinstance(fact, Fact))


def stated(contract_id: str, as_of: date, *, more: tuple[Fact, ...] = ()) -> Statement:
    facts = [*log_of(contract_id), *more]
    calendar = default_calendar(None, None)
    return state(load(contract_id), facts, calendar, as_of, size=len(facts), root="0" * 64)


def a_fact(kind: str, at: date, **data: object) -> Fact:
    line = {"id": f"t-{kind}", "kind": kind, "at": at.isoformat(), "data": data}
    found = read_line(json.dumps(line).encode(), 100_000, "test")
    assert isinstance(found, Fact), found
    return found


@given(st.sampled_from(demonstration_ids()), st.dates(date(2022, 1, 1), date(2027, 6, 30)))
def test_the_price_less_every_part_is_what_is_payable(contract_id: str, day: date) -> None:
    statement = stated(contract_id, day)

    first, *parts, last = waterfall_of(statement).falls

    left = (first.money or Money.ZERO) - Money.total(one.money or Money.ZERO for one in parts)
    assert first.money == statement.evaluation.release.price
    assert last.money == statement.settlement.payable
    if last.money is not None:
        assert left == last.money
    for one in (first, *parts, last):
        assert 0 <= one.left <= WHOLE
        assert 0 < one.width <= WHOLE
        assert one.href.startswith("#")


def test_a_grade_below_the_best_takes_its_share_and_says_how_sure_it_is() -> None:
    """main 5.1: 良好 at an agreed 96% of 1,856,000.00"""
    falls = {one.key: one for one in waterfall_of(stated(SECURITY, NOVEMBER)).falls}

    assert falls["deduction"].money == Money.yuan("74240")
    assert falls["deduction"].texture is AGREED
    assert falls["payable"].money == Money.yuan("482560")
    assert falls["payable"].texture is AGREED


def test_what_only_has_an_upper_limit_is_proposed() -> None:
    falls = {one.key: one for one in waterfall_of(stated(SECURITY, date(2026, 11, 1))).falls}

    assert falls["not_triggered-2"].texture is PROPOSED


def test_what_cannot_be_decided_is_open_and_no_sum() -> None:
    waterfall = waterfall_of(stated("government-cloud-2026", NOVEMBER))

    assert waterfall.falls[-1].money is None
    assert waterfall.falls[-1].texture is DISPUTED
    assert DISPUTED in waterfall.textures


def test_a_notice_of_dispute_makes_the_payable_sum_look_disputed() -> None:
    raised = a_fact("dispute.raised", NOVEMBER, about="结算书第1号")

    last = waterfall_of(stated(SECURITY, NOVEMBER, more=(raised,))).falls[-1]

    assert (last.texture, last.note) == (DISPUTED, "已有争议通知")


@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_before_anything_happened_nothing_is_payable(contract_id: str) -> None:
    empty = state(
        load(contract_id), [], default_calendar(None, None), NOVEMBER, size=0, root="0" * 64
    )

    falls = waterfall_of(empty).falls

    assert falls[0].width == WHOLE
    assert not any(one.key.startswith("paid") for one in falls)
