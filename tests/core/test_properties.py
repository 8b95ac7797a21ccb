"""What must hold of every log, every price and every day, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.facts import Fact, FactId
from lvyue.core.instalments import PaymentState
from lvyue.core.money import Money, Rate, Rounding
from lvyue.core.obligation import Verdict
from lvyue.core.proof import canonical
from lvyue.core.release import Release
from lvyue.core.statement import Statement, state
from lvyue.core.terms import LossRule, Remainder, Share, TermId
from lvyue.evidence.files import read_facts
from lvyue.library import calendar_files, loader
from tests import strategies as some
from tests.core import cast

DAY = timedelta(days=1)


def stated(release: Release, facts: list[Fact], as_of: date) -> Statement:
    calendar = calendar_files.default_calendar()
    return state(release, facts, calendar, as_of, size=len(facts), root="")


def from_file(release: Release, raw: list[bytes], as_of: date, size: int) -> bytes:
    """The bytes of a statement on the first ``size`` lines of a file."""
    prefix = read_facts(BytesIO(b"".join(raw)), size)
    calendar = calendar_files.default_calendar()
    return canonical(
        state(release, prefix.facts, calendar, as_of, size=prefix.size, root=prefix.root).as_json()
    )


# ── order, prefix, relevance ─────────────────────────────────────────────────────────────────────────────────────


@given(st.data())
def test_the_order_of_the_list_does_not_matter(data: st.DataObject) -> None:
    """Nor does stating twice."""
    paper = data.draw(some.papers())
    release = loader.load(paper)
    facts = data.draw(some.logs(paper))
    as_of = data.draw(some.statement_days())
    shuffled = data.draw(st.permutations(facts))

    assert stated(release, shuffled, as_of).as_json() == stated(release, facts, as_of).as_json()


@given(st.data())
def test_a_prefix_replays_byte_for_byte(data: st.DataObject) -> None:
    """旧日重算，字节相同: what was known then does not depend on what was logged since."""
    paper = data.draw(some.papers())
    release = loader.load(paper)
    raw = some.lines(data.draw(some.logs(paper)))
    size = data.draw(st.integers(0, len(raw)))
    as_of = data.draw(some.statement_days())

    then = from_file(release, raw[:size], as_of, size)

    assert from_file(release, raw, as_of, size) == then


@given(st.data())
def test_a_kind_that_no_term_listens_to_changes_nothing(data: st.DataObject) -> None:
    paper = data.draw(some.papers())
    release = loader.load(paper)
    facts = data.draw(some.logs(paper))
    noise = data.draw(some.facts(paper, some.unheard(paper)))
    placed = Fact(FactId("noise"), noise.kind, noise.at, noise.subject, noise.data, len(facts))
    as_of = data.draw(some.statement_days())

    quiet = some.verdicts(release, facts, as_of, len(facts))
    loud = stated(release, [*facts, placed], as_of)

    assert {(f.term, f.occurrence): f.verdict.value for f in loud.evaluation.findings} == quiet
    assert loud.settlement == replace(
        stated(release, facts, as_of).settlement, instalments=loud.settlement.instalments
    )


@given(st.data())
def test_a_fact_in_no_proof_of_a_finding_does_not_decide_it(data: st.DataObject) -> None:
    """逐一去掉没有引用的事实，结论不变."""
    paper = data.draw(some.papers())
    release = loader.load(paper)
    facts = _unmistakable(data.draw(some.logs(paper, size=12)))
    as_of = data.draw(some.statement_days())
    found = stated(release, facts, as_of).evaluation.findings
    for gone in facts:
        rest = some.verdicts(release, [f for f in facts if f is not gone], as_of, len(facts))
        for finding in found:
            named = {fact for node in finding.proof().walk() for fact in node.facts}
            if gone.id not in named:
                key = (finding.term, finding.occurrence)
                assert rest[key] == finding.verdict.value, (gone, finding)


def _unmistakable(facts: list[Fact]) -> list[Fact]:
    """One question and one answer to a subject: two of a kind about one subject are told apart only by their order."""
    first: dict[tuple[str, str | None], Fact] = {}
    for fact in facts:
        first.setdefault((fact.kind, fact.subject), fact)
    return list(first.values())


@given(st.data())
def test_time_alone_never_breaks_what_was_kept(data: st.DataObject) -> None:
    paper = data.draw(some.papers())
    release = loader.load(paper)
    as_of = data.draw(some.statement_days())
    facts = [fact for fact in data.draw(some.logs(paper)) if fact.day <= as_of]
    then = data.draw(some.later(as_of))

    kept = {
        key
        for key, verdict in some.verdicts(release, facts, as_of, len(facts)).items()
        if verdict == "met"
    }
    now = some.verdicts(release, facts, then, len(facts))

    assert [key for key in kept if now.get(key) == Verdict.MISSED.value] == []


@given(st.data())
def test_every_absence_claimed_of_a_log_is_true_of_it(data: st.DataObject) -> None:
    """区间声明逐条核对: whoever holds the log can check each claim without the engine."""
    paper = data.draw(some.papers() | st.just("cloud-lease-2025"))
    facts = data.draw(some.logs(paper))
    as_of = data.draw(some.statement_days())

    found = stated(loader.load(paper), facts, as_of).evaluation.findings

    for finding in found:
        for claim in finding.absent:
            assert cast.claim_holds(claim, facts), (finding.term, str(claim))


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.data())
def test_the_lines_sum_to_what_is_payable(data: st.DataObject) -> None:
    paper = data.draw(some.papers())
    release = loader.load(paper)
    facts = data.draw(some.logs(paper))
    as_of = data.draw(some.statement_days())

    settlement = stated(release, facts, as_of).settlement

    if settlement.payable is not None:
        assert settlement.payable == Money.total(line.amount for line in settlement.lines)
        assert settlement.payable >= Money.ZERO


@given(st.data())
def test_payable_and_paid_are_the_amount_of_each_instalment_that_is_due(
    data: st.DataObject,
) -> None:
    paper = data.draw(some.papers())
    release = loader.load(paper)
    facts = data.draw(some.logs(paper, without=frozenset({"setoff.demanded"})))
    as_of = data.draw(some.statement_days())

    settlement = stated(release, facts, as_of).settlement
    due = [
        one
        for one in settlement.instalments
        if one.state in (PaymentState.DUE, PaymentState.LATE) and one.amount is not None
    ]

    for one in due:
        assert one.amount is not None
        assert one.unpaid is not None
        assert one.unpaid + one.paid == one.amount.money
    if settlement.payable is not None:
        assert settlement.payable == Money.total(
            one.unpaid for one in due if one.unpaid is not None
        )


@given(some.prices(), st.integers(1, 24))
def test_equal_parts_of_a_price_lose_no_fen(price: Money, parts: int) -> None:
    split = price.split(parts)

    assert Money.total(split) == price
    assert max(split).fen - min(split).fen <= 1


@given(some.prices(), st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any))
def test_shares_of_a_price_lose_no_fen(price: Money, weights: list[int]) -> None:
    rates = [Rate(Fraction(weight, sum(weights))) for weight in weights]

    shares = price.shares(rates)

    assert Money.total(shares) == price
    assert all(abs(s.fen - price.fen * r.value) < 1 for s, r in zip(shares, rates, strict=True))


@given(some.prices(), st.integers(0, 100))
def test_a_share_and_the_remainder_are_the_price(price: Money, first: int) -> None:
    """首付加尾款等于最终价款, to the fen, whatever the rate rounds to."""
    release = cast.contract_with(
        cast.grades(("优秀", "100", True)),
        cast.instalment(1, Share(Rate.percent(first))),
        cast.instalment(2, Remainder(TermId("grades"))),
        price=price,
    )
    graded = cast.happened("assessment.graded", "2026-02-09", grade="优秀")

    one, two = cast.settled(release, cast.log(graded), "2026-02-09").instalments

    assert one.amount is not None
    assert two.amount is not None
    assert one.amount.money + two.amount.money == price


@given(st.data())
def test_interest_of_two_halves_is_the_interest_of_the_whole(data: st.DataObject) -> None:
    """违约金按日累计: fen-days of [a, b) and [b, c) are those of [a, c), before the one rounding."""
    release = loader.load("video-conference-2022")
    (first, *_) = release.payments
    due = _due_of(release)
    paid = data.draw(
        st.lists(st.tuples(st.integers(1, 120), st.integers(1, 20_000_000)), max_size=3)
    )
    facts = [
        *_triggering(release),
        *(
            cast.happened(
                "payment.made",
                (due + n * DAY).isoformat(),
                instalment=first.instalment,
                amount_fen=fen,
            )
            for n, fen in paid
        ),
    ]
    log = cast.log(*facts)
    middle = data.draw(st.integers(45, 150))
    end = data.draw(st.integers(middle, 200))

    half, whole = (
        _fen_days(release, log, due + middle * DAY),
        _fen_days(release, log, due + end * DAY),
    )

    assert whole - half == sum(_unpaid(release, log, due + n * DAY).fen for n in range(middle, end))


def _triggering(release: Release) -> list[Fact]:
    (first, *_) = release.payments
    amount = (
        release.price.at(first.amount.rate, Rounding.EXACT)
        if isinstance(first.amount, Share)
        else Money.ZERO
    )
    conditions = [
        cast.happened(event.kind, "2022-04-01", **dict(event.where)) for event in first.conditions
    ]
    invoice = cast.happened("invoice.received", "2022-04-01", instalment=1, amount_fen=amount.fen)
    return [*conditions, invoice]


def _due_of(release: Release) -> date:
    facts = cast.log(*_triggering(release))
    due = stated(release, facts, date(2022, 4, 1)).settlement.instalments[0].due_day
    assert due is not None
    return due


def _unpaid(release: Release, log: list[Fact], day: date) -> Money:
    (first, *_) = release.payments
    assert isinstance(first.amount, Share)
    amount = release.price.at(first.amount.rate, Rounding.EXACT)
    paid = Money.total(
        Money(f.data["amount_fen"]) for f in log if f.kind == "payment.made" and f.day <= day
    )
    return max(amount - paid, Money.ZERO)


def _fen_days(release: Release, log: list[Fact], as_of: date) -> int:
    """The exact product that interest was rounded from: balance × days, in fen-days."""
    found = stated(release, log, as_of).settlement.interest
    nodes = [node for one in found for node in one.figure.proof.walk()]
    return next((int(node.args[0]) for node in nodes if "算头不算尾" in node.says), 0)


# ── floors and caps, one fen to either side ──────────────────────────────────────────────────────────────────────

FLOOR = Money.yuan(50_000)


@pytest.mark.parametrize(
    ("price", "rate", "sum_"),
    [
        ("999999.80", "5", "50000.00"),
        ("1000000.00", "5", "50000.00"),
        ("1000000.20", "5", "50000.01"),
        ("600000.00", "5", "50000.00"),
        ("600000.00", "30", "180000.00"),
        ("166666.63", "30", "50000.00"),
        ("166666.67", "30", "50000.00"),
        ("166666.70", "30", "50000.01"),
    ],
)
def test_a_floor_bites_one_fen_below_and_not_one_above(price: str, rate: str, sum_: str) -> None:
    """不足五万元的按五万元: below 1,000,000 yuan at 5%, below 166,666.67 yuan at 30%; never rounded up to the yuan."""
    term = cast.penalty(rate=Rate.percent(rate), floor=FLOOR)

    settlement = cast.settled(
        cast.contract_with(term, price=Money.yuan(price)), cast.log(cast.claimed()), "2026-06-01"
    )

    assert _sum(settlement.damages[0]) == Money.yuan(sum_)


def _sum(claim: Any) -> Money | None:
    return None if claim.figure is None else claim.figure.money


@given(some.prices(), st.integers(1, 100), st.integers(0, 100), st.sampled_from([-1, 0, 1]))
def test_a_cap_and_a_loss_meet_at_the_fen(price: Money, rate: int, cap: int, off: int) -> None:
    """违约金不足以弥补损失的补足，以合同价款的若干成封顶"""
    agreed = price.at(Rate.percent(rate), Rounding.HALF_UP)
    most = price.at(Rate.percent(cap), Rounding.HALF_UP)
    loss = max(agreed.fen + off, 0)
    term = cast.penalty(rate=Rate.percent(rate), cap=Rate.percent(cap), loss=LossRule.TOPPED_UP)

    (claim,) = cast.settled(
        cast.contract_with(term, price=price), cast.log(cast.claimed(loss_fen=loss)), "2026-06-01"
    ).damages

    assert _sum(claim) == min(max(agreed, Money(loss)), most)


@given(some.prices(), st.integers(0, 100), st.sampled_from([-1, 0, 1]))
def test_loss_beyond_the_agreed_sum_begins_at_its_first_fen(
    price: Money, rate: int, off: int
) -> None:
    """超出部分另赔"""
    agreed = price.at(Rate.percent(rate), Rounding.HALF_UP)
    loss = max(agreed.fen + off, 0)
    term = cast.penalty(rate=Rate.percent(rate), loss=LossRule.EXCESS, excess=cast.EXCESS_CLAUSE)

    first, beyond = cast.settled(
        cast.contract_with(term, price=price), cast.log(cast.claimed(loss_fen=loss)), "2026-06-01"
    ).damages

    assert _sum(first) == agreed
    assert _sum(beyond) == Money(max(loss - agreed.fen, 0))


@given(some.prices(), st.integers(0, 100), st.sampled_from([-1, 0, 1]))
def test_only_an_equal_invoice_starts_the_clock(price: Money, rate: int, off: int) -> None:
    """等额发票"""
    amount = price.at(Rate.percent(rate), Rounding.HALF_UP)
    release = cast.contract_with(
        cast.instalment(1, Share(Rate.percent(rate)), invoice=True), price=price
    )
    billed = max(amount.fen + off, 0)
    facts = cast.log(
        cast.happened("contract.effective", "2026-02-09"),
        cast.happened("invoice.received", "2026-02-09", instalment=1, amount_fen=billed),
    )

    (one,) = cast.settled(release, facts, "2026-02-09").instalments

    assert (one.due is not None) == (billed == amount.fen)


# ── a second opinion on every figure ─────────────────────────────────────────────────────────────────────────────


@given(st.data())
def test_every_figure_is_recomputed_from_its_operands_alone(data: st.DataObject) -> None:
    """推导可以独立复算: by the little interpreter below, which shares no code with the engine."""
    paper = data.draw(some.papers() | st.just("video-conference-2022"))
    release = loader.load(paper)
    facts = data.draw(some.logs(paper))
    statement = stated(release, facts, data.draw(some.statement_days()))

    for tree in _trees(statement):
        for node in _nodes(tree):
            _check(node)


def _trees(statement: Statement) -> list[dict[str, Any]]:
    settlement = statement.settlement
    proofs = [
        *(finding.proof() for finding in statement.evaluation.findings),
        *(one.amount.proof for one in settlement.instalments if one.amount is not None),
        *(one.figure.proof for one in settlement.interest),
        *(one.proof for one in settlement.damages),
        *(line.proof for line in settlement.lines),
    ]
    return [proof.as_json() for proof in proofs]


def _nodes(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [tree, *(node for child in tree.get("inputs", ()) for node in _nodes(child))]


def _check(node: dict[str, Any]) -> None:
    op, args = node.get("op", ""), node.get("args", [])
    if op in ("", "deadline", "before"):
        return
    assert node["value"] == _recomputed(op, args), node
    if op in ("plus", "minus", "max", "min") and len(node.get("inputs", ())) == 2:
        assert args == [child["value"] for child in node["inputs"]], node
    if op == "times" and "inputs" in node:
        assert args[0] == node["inputs"][0]["value"], node


def _recomputed(op: str, args: list[str]) -> str:
    match op:
        case "given":
            return str(int(args[0]))
        case "times":
            over, under = args[1].split("/")
            return str(_rounded(int(args[0]) * int(over), int(under), args[2]))
        case "plus":
            return str(int(args[0]) + int(args[1]))
        case "minus":
            return str(int(args[0]) - int(args[1]))
        case "max":
            return str(max(map(int, args)))
        case "min":
            return str(min(map(int, args)))
        case "availability":
            whole, down = map(Fraction, args)
            exact = 100 * (whole - down) / whole
            cut = exact.numerator * 10_000 // exact.denominator
            text = f"{cut // 10_000}.{cut % 10_000:04}".rstrip("0").rstrip(".")
            return text + ("…" if Fraction(cut, 10_000) != exact else "")
        case _:
            raise AssertionError(f"没有教过的运算：{op}")


def _rounded(over: int, under: int, how: str) -> int:
    """Whole fen of a fraction that is not negative."""
    floor, rest = divmod(over, under)
    up = {
        "half_up": 2 * rest >= under,
        "half_even": 2 * rest > under or (2 * rest == under and floor % 2 == 1),
        "down": False,
        "up": rest > 0,
        "exact": False,
    }[how]
    assert how != "exact" or not rest
    return floor + up
