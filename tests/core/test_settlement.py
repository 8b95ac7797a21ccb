"""Edges of settlement that no case file shows: set-off and its remainder, choices, rivals, ladders, refunds, the unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId
from lvyue.core.facts import Fact
from lvyue.core.instalments import PaymentState
from lvyue.core.money import Money, Rate
from lvyue.core.release import Release
from lvyue.core.settlement import Damages, Settlement
from lvyue.core.terms import (
    AllPaid,
    Base,
    Event,
    LossRule,
    Party,
    Payment,
    Penalty,
    Permission,
    Remainder,
    Share,
    TermId,
)
from tests.core.cast import (
    CLAUSE,
    EXCESS_CLAUSE,
    OTHER_CLAUSE,
    claimed,
    contract_with,
    doubt,
    evaluated,
    grades,
    happened,
    instalment,
    log,
    penalty,
    percent,
    settled,
)

THIRD_CLAUSE = ClauseRef.parse("main 11.2")
TEN_MILLION = Money.yuan(100_000)
EFFECTIVE = happened("contract.effective", "2026-02-09")
HALF = instalment(1, Share(percent("50")))


def paid(yuan: str, day: str = "2026-02-10", number: int = 1) -> Fact:
    return happened("payment.made", day, instalment=number, amount_fen=Money.yuan(yuan).fen)


def damages(term: Penalty, *facts: Fact, also: tuple[Penalty, ...] = ()) -> tuple[Damages, ...]:
    return settled(contract_with(term, *also, price=TEN_MILLION), log(*facts), "2026-06-30").damages


def money(claim: Damages) -> str:
    return "未知" if claim.figure is None else str(claim.figure.money)


def ways(claim: Damages) -> dict[str, str]:
    return {a.name: "未知" if a.figure is None else str(a.figure.money) for a in claim.alternatives}


# ── instalments ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("payments", "as_of", "state"),
    [
        ([], "2026-02-28", PaymentState.DUE),
        ([], "2026-03-01", PaymentState.LATE),
        (["49999.99"], "2026-02-28", PaymentState.DUE),
        (["49999.99", "0.01"], "2026-02-28", PaymentState.PAID),
        (["50000.01"], "2026-02-28", PaymentState.PAID),
    ],
)
def test_an_instalment_is_paid_at_its_last_fen(
    payments: list[str], as_of: str, state: PaymentState
) -> None:
    release = contract_with(HALF, price=TEN_MILLION)

    (one,) = settled(release, log(EFFECTIVE, *map(paid, payments)), as_of).instalments

    assert one.state is state


def test_money_for_another_instalment_does_not_pay_this_one() -> None:
    release = contract_with(HALF, price=TEN_MILLION)

    settlement = settled(release, log(EFFECTIVE, paid("50000", number=2)), "2026-02-28")

    assert settlement.instalments[0].state is PaymentState.DUE
    assert settlement.payable == Money.yuan(50_000)
    assert settlement.paid == Money.yuan(50_000)


def test_no_time_to_pay_in_the_paper_makes_nothing_late() -> None:
    """付款期限没有写: the sum is known, its day is not."""
    release = contract_with(instalment(1, Share(percent("50")), within=None), price=TEN_MILLION)

    settlement = settled(release, log(EFFECTIVE), "2027-02-09")

    assert settlement.instalments[0].state is PaymentState.NOT_DECIDABLE
    assert settlement.instalments[0].due is None
    assert settlement.payable is None


def test_an_unknown_tail_does_not_hide_what_is_paid() -> None:
    tail = instalment(2, Remainder(TermId("grades")), conditions=("acceptance.passed",))
    release = contract_with(grades(("良好", "97", False)), HALF, tail, price=TEN_MILLION)
    facts = log(EFFECTIVE, paid("50000"), happened("acceptance.passed", "2026-03-02"))

    settlement = settled(release, facts, "2026-03-02")

    assert settlement.payable is None
    assert settlement.paid == Money.yuan(50_000)
    assert [one.state for one in settlement.instalments] == [
        PaymentState.PAID,
        PaymentState.NOT_DECIDABLE,
    ]


@pytest.mark.parametrize(
    ("percent_", "known"),
    [("97", True), ("97.000", True), ("97.001", False), ("0", True), ("-1", False)],
)
def test_an_agreed_percentage_lies_between_nothing_and_the_limit(
    percent_: str, known: bool
) -> None:
    tail = instalment(2, Remainder(TermId("grades")))
    release = contract_with(grades(("良好", "97", False)), tail, price=TEN_MILLION)
    graded = happened("assessment.graded", "2026-03-02", grade="良好", agreed_percent=percent_)

    (one,) = settled(release, log(graded), "2026-03-02").instalments

    assert (one.amount is not None) is known
    assert one.upper is not None
    assert one.upper.money == Money.yuan(97_000)


def test_the_latest_grade_counts_and_two_of_one_day_decide_nothing() -> None:
    """同一天两个不同的定级：谁写在后面不能决定钱"""
    tail = instalment(2, Remainder(TermId("grades")))
    release = contract_with(
        grades(("优秀", "100", True), ("一般", "90", True)), tail, price=TEN_MILLION
    )
    fair, good = (
        happened("assessment.graded", "2026-03-02", grade=name) for name in ("一般", "优秀")
    )
    early = happened("assessment.graded", "2026-03-01", grade="一般")

    def amount(*facts: Fact) -> Money | None:
        (one,) = settled(release, log(*facts), "2026-03-02").instalments
        return None if one.amount is None else one.amount.money

    assert amount(fair, good) is None
    assert amount(good, fair) is None
    assert amount(good, good) == Money.yuan(100_000)
    assert amount(good, early) == Money.yuan(100_000)


def test_a_refund_is_owed_by_the_supplier_and_stands_beside_the_payable_sum() -> None:
    """解除后三个工作日内返还已付款项"""
    refund = Payment(
        id=TermId("refund"),
        clauses=(OTHER_CLAUSE,),
        debtor=Party.SUPPLIER,
        says="返还",
        instalment=0,
        amount=AllPaid(),
        conditions=(Event("contract.rescinded"),),
        invoice=False,
        within=HALF.within,
    )
    facts = log(EFFECTIVE, paid("50000"), happened("contract.rescinded", "2026-03-02"))

    settlement = settled(contract_with(HALF, refund, price=TEN_MILLION), facts, "2026-03-02")

    assert settlement.payable == Money.ZERO
    (back,) = settlement.refunds
    assert back.state is PaymentState.DUE
    assert back.amount is not None
    assert back.amount.money == Money.yuan(50_000)


# ── set-off ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _set_off(release: Release, *demands: tuple[str, str]) -> Settlement:
    facts = [
        happened(
            "setoff.demanded",
            "2026-02-11",
            amount_fen=Money.yuan(yuan).fen,
            clause=clause,
            paper="演示",
        )
        for yuan, clause in demands
    ]
    return settled(release, log(EFFECTIVE, *facts), "2026-02-28")


def _with_set_off() -> Release:
    right = Permission(
        id=TermId("set-off"),
        clauses=(CLAUSE,),
        debtor=Party.BUYER,
        says="可从合同款中抵扣",
        set_off=True,
    )
    return contract_with(HALF, right, price=TEN_MILLION)


@pytest.mark.parametrize(
    ("demanded", "payable", "rest"),
    [
        ("49999.99", "0.01", ""),
        ("50000.00", "0.00", ""),
        ("50000.01", "0.00", "余 ¥0.01 未抵"),
    ],
)
def test_set_off_takes_no_more_than_there_is_and_shows_the_rest(
    demanded: str, payable: str, rest: str
) -> None:
    settlement = _set_off(_with_set_off(), (demanded, str(CLAUSE)))

    assert settlement.payable == Money.yuan(payable)
    assert rest in settlement.lines[-1].says
    assert ("未抵" in settlement.lines[-1].says) is bool(rest)


def test_set_off_under_a_clause_without_the_right_takes_nothing() -> None:
    settlement = _set_off(_with_set_off(), ("1.00", str(OTHER_CLAUSE)), ("1.00", "main 99.9"))

    assert settlement.payable == Money.yuan(50_000)


def test_set_offs_come_one_after_the_other() -> None:
    settlement = _set_off(
        _with_set_off(), ("30000", str(CLAUSE)), ("30000", str(CLAUSE)), ("1", str(CLAUSE))
    )

    assert [line.amount for line in settlement.lines] == [
        Money.yuan(50_000), -Money.yuan(30_000), -Money.yuan(20_000),
    ]  # fmt: skip


# ── damages ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "loss", "sum_"),
    [
        (LossRule.NONE, "90000", "¥5,000.00"),
        (LossRule.ADDED, "90000", "¥95,000.00"),
        (LossRule.ADDED, None, "¥5,000.00"),
        (LossRule.TOPPED_UP, "4999.99", "¥5,000.00"),
        (LossRule.TOPPED_UP, "5000.00", "¥5,000.00"),
        (LossRule.TOPPED_UP, "5000.01", "¥5,000.01"),
        (LossRule.ALONE, "90000", "¥90,000.00"),
        (LossRule.ALONE, None, "未知"),
        (LossRule.BEYOND, "90000", "未知"),
    ],
)
def test_loss_joins_the_agreed_sum_as_the_clause_says(
    rule: LossRule, loss: str | None, sum_: str
) -> None:
    data = {} if loss is None else {"loss_fen": Money.yuan(loss).fen}

    (claim,) = damages(penalty(rate=percent("5"), loss=rule), claimed(**data))

    assert money(claim) == sum_


def test_a_percentage_of_what_was_paid_is_not_one_of_the_price() -> None:
    """已付款项的百分之二十"""
    (claim,) = damages(
        penalty(rate=percent("20"), base=Base.PAID), EFFECTIVE, paid("50000"), claimed()
    )

    assert money(claim) == "¥10,000.00"


def test_a_percentage_of_nothing_paid_is_nothing() -> None:
    (claim,) = damages(penalty(rate=percent("20"), base=Base.PAID), claimed())

    assert money(claim) == "¥0.00"


HEADS = penalty(rate=percent("30"), first=("gain", "loss"))
BOTH = {"gain_fen": 300, "loss_fen": 200}


def chosen(alternative: str, clause: ClauseRef = OTHER_CLAUSE, day: str = "2026-06-02") -> Fact:
    return happened(
        "damages.chosen", day, clause=str(clause), alternative=alternative, paper="演示"
    )


def test_the_fallback_waits_for_talks_that_failed() -> None:
    """协商未成的，按三成"""
    before, after = (
        damages(HEADS, claimed(negotiation_failed=failed))[0] for failed in (False, True)
    )

    assert (money(before), money(after)) == ("未知", "¥30,000.00")
    assert ways(before) == {"gain": "未知", "loss": "未知", "fallback": "¥30,000.00"}
    assert any("协商未成" in need for need in before.needs)
    assert not any("协商未成" in need for need in after.needs)


@pytest.mark.parametrize(
    ("alternative", "sum_"), [("gain", "¥3.00"), ("loss", "¥2.00"), ("fallback", "¥30,000.00")]
)
def test_a_written_choice_makes_one_of_the_heads_the_sum(alternative: str, sum_: str) -> None:
    (claim,) = damages(HEADS, claimed(**BOTH), chosen(alternative))

    assert money(claim) == sum_
    assert "f2" in claim.proof.facts
    assert len(claim.alternatives) == 3


def test_the_later_choice_counts() -> None:
    (claim,) = damages(HEADS, claimed(**BOTH), chosen("gain"), chosen("loss", day="2026-06-03"))

    assert money(claim) == "¥2.00"


def test_a_choice_that_is_none_of_the_heads_chooses_nothing() -> None:
    (claim,) = damages(HEADS, claimed(**BOTH), chosen("both"))

    assert money(claim) == "未知"
    assert any("不在备选" in need for need in claim.needs)


def test_a_choice_under_another_clause_is_not_one_under_this() -> None:
    (claim,) = damages(HEADS, claimed(**BOTH), chosen("gain", CLAUSE))

    assert money(claim) == "未知"


def test_rivals_are_shown_side_by_side_and_never_added() -> None:
    """数条并存而没有优先规则"""
    rival = penalty("rival", THIRD_CLAUSE, rate=percent("30"))
    own = penalty(rate=percent("5"), rivals=(THIRD_CLAUSE,))

    (open_,) = damages(own, claimed(), also=(rival,))
    (closed,) = damages(own, claimed(), chosen(str(THIRD_CLAUSE)), also=(rival,))

    assert money(open_) == "未知"
    assert ways(open_) == {str(OTHER_CLAUSE): "¥5,000.00", str(THIRD_CLAUSE): "¥30,000.00"}
    assert money(closed) == "¥30,000.00"


def test_a_clause_that_points_elsewhere_takes_that_sum_and_its_own_floor() -> None:
    """按另一条处理，但不低于五万元"""
    target = penalty("target", THIRD_CLAUSE, rate=percent("30"))
    floor = Money.yuan(50_000)

    (bare,) = damages(penalty(points_to=THIRD_CLAUSE), claimed(), also=(target,))
    (floored,) = damages(penalty(points_to=THIRD_CLAUSE, floor=floor), claimed(), also=(target,))

    assert (money(bare), money(floored)) == ("¥30,000.00", "¥50,000.00")


def test_a_figure_in_a_paper_that_is_not_here_is_not_its_floor() -> None:
    (claim,) = damages(penalty(amount_in="采购需求", floor=Money.yuan(50_000)), claimed())

    assert money(claim) == "未知"
    assert ways(claim) == {"floor": "¥50,000.00"}


def test_loss_beyond_the_sum_is_a_head_of_its_own() -> None:
    term = penalty(rate=percent("5"), loss=LossRule.EXCESS, excess=EXCESS_CLAUSE)

    first, beyond = damages(term, claimed(loss_fen=500_001))
    (alone,) = damages(term, claimed())

    assert (money(first), money(beyond)) == ("¥5,000.00", "¥0.01")
    assert beyond.clause == EXCESS_CLAUSE
    assert money(alone) == "¥5,000.00"


def test_a_claim_under_a_clause_that_is_not_in_the_paper_says_so() -> None:
    (claim,) = damages(HEADS, happened("damages.claimed", "2026-06-01", clause="main 99.9"))

    assert money(claim) == "未知"
    assert "找不到" in claim.proof.says


def test_two_claims_are_two_lines_and_no_sum() -> None:
    settlement = settled(
        contract_with(HALF, penalty(rate=percent("5")), price=TEN_MILLION),
        log(EFFECTIVE, claimed(), claimed()),
        "2026-02-28",
    )

    assert settlement.payable == Money.yuan(50_000)
    assert len(settled(
        contract_with(penalty(rate=percent("5")), price=TEN_MILLION), log(claimed(), claimed()), "2026-06-01"
    ).damages) == 2  # fmt: skip


def test_what_a_blocking_doubt_stops_has_no_figure() -> None:
    """疑义未决前不出金额: no settlement line is ever produced from a blocking doubt."""
    blocked = replace(penalty(rate=percent("5")), doubts=(DoubtId("blank"),))
    release = contract_with(blocked, price=TEN_MILLION, doubts=(doubt("blank"),))
    paper = happened("doubt.settled", "2026-06-02", doubt="blank", paper="演示")

    (before,) = settled(release, log(claimed()), "2026-06-01").damages
    (after,) = settled(release, log(claimed(), paper), "2026-06-02").damages

    assert before.proof.doubts == ("blank",)
    assert (money(before), money(after)) == ("未知", "¥5,000.00")


def test_what_a_blocking_doubt_stops_is_not_payable() -> None:
    """疑义未决前不付款"""
    blocked = replace(HALF, doubts=(DoubtId("blank"),))
    release = contract_with(blocked, price=TEN_MILLION, doubts=(doubt("blank"),))

    settlement = settled(release, log(EFFECTIVE), "2026-02-28")

    assert settlement.instalments[0].state is PaymentState.NOT_DECIDABLE
    assert settlement.payable is None


def test_the_sum_of_an_annex_is_capped_at_the_price_and_not_below() -> None:
    (claim,) = damages(
        penalty(rate=Rate.ONE, cap=Rate.ONE, loss=LossRule.ADDED), claimed(loss_fen=1)
    )

    assert money(claim) == "¥100,000.00"


def test_a_settlement_rests_on_the_same_day_as_its_findings() -> None:
    release = contract_with(HALF, price=TEN_MILLION)

    evaluation = evaluated(release, log(EFFECTIVE, paid("50000", "2026-03-02")), "2026-03-01")

    assert evaluation.as_of == date(2026, 3, 1)
    assert evaluation.instalments[0].state is PaymentState.LATE
    assert evaluation.instalments[0].paid == Money.ZERO


def test_the_refusal_of_an_invoice_is_named_where_it_stops_the_clock() -> None:
    """被退回的发票不算: why the clock does not run must be in the proof."""
    release = contract_with(replace(HALF, invoice=True), price=TEN_MILLION)
    invoice = happened("invoice.received", "2026-02-09", instalment=1, amount_fen=5_000_000)
    refusal = happened("invoice.refused", "2026-02-10", instalment=1, reason="购买方名称有误")

    (finding,) = evaluated(release, log(EFFECTIVE, invoice, refusal), "2026-02-10").findings

    assert finding.due is None
    assert "f3" in {fact for node in finding.proof().walk() for fact in node.facts}
