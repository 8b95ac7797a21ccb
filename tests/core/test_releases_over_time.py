"""补充协议: what began before its day keeps the release under which it began; what begins after follows the new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvyue.core.calendar import Span
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId
from lvyue.core.facts import Fact
from lvyue.core.findings import Finding
from lvyue.core.money import Money, Rate
from lvyue.core.obligation import Verdict
from lvyue.core.release import Release
from lvyue.core.statement import Statement, state
from lvyue.core.terms import (
    AllPaid,
    Anchor,
    Cycle,
    DeadlineBeforeDate,
    Deliverable,
    Event,
    LateInterest,
    Party,
    Payment,
    Permission,
    Recurring,
    Share,
    TermId,
)
from lvyue.core.versions import Chain, InForce, on_day, wordings_of
from lvyue.library import loader
from tests import strategies as some
from tests.core import cast

JUNE = "2026-06-01"
TEN, FIVE = "10 working-days", "5 working-days"


def version(name: str, release: Release) -> Release:
    """The same paper under a digest of its own, as a supplement would give it."""
    return replace(release, digest=sha256(name.encode()).hexdigest())


def chain(first: Release, *later: tuple[str, Release]) -> Chain:
    """The first release and each supplement's with its day."""
    return Chain(
        (
            (version("0", first), None),
            *(
                (version(str(n), release), date.fromisoformat(day))
                for n, (day, release) in enumerate(later, start=1)
            ),
        )
    )


def stated(contract: Release | Chain, facts: list[Fact], as_of: str) -> Statement:
    day = date.fromisoformat(as_of)
    return state(contract, facts, cast.calendar(), day, size=len(facts), root="0")


def judged(statement: Statement, term: str) -> list[tuple[str, str, bool]]:
    """Label, verdict and whether an older version judged it, of each finding of a term."""
    return [
        (f.occurrence, f.verdict.value, bool(f.release))
        for f in statement.evaluation.findings
        if f.term == term
    ]


def one_of(statement: Statement, occurrence: str) -> Finding:
    (one,) = [f for f in statement.evaluation.findings if f.occurrence == occurrence]
    return one


def asked(day: str, subject: str) -> Fact:
    return cast.happened("request.received", day, subject)


# ── the day it takes effect ──────────────────────────────────────────────────────────────────────────────────────


def test_a_supplement_signed_but_not_yet_in_force_changes_nothing_at_all() -> None:
    old, new = (cast.contract_with(cast.reply_within(span)) for span in (FIVE, TEN))
    facts = cast.log(asked("2026-05-20", "甲"))

    before = stated(chain(old, (JUNE, new)), facts, "2026-05-31").as_json()

    assert before == stated(version("0", old), facts, "2026-05-31").as_json()
    assert "releases" not in before


def test_only_what_begins_on_its_day_or_later_follows_a_supplement() -> None:
    """五个工作日改为十个工作日，自六月一日起"""
    old, new = (cast.contract_with(cast.reply_within(span)) for span in (FIVE, TEN))
    facts = cast.log(asked("2026-05-29", "前"), asked(JUNE, "当日"))

    statement = stated(chain(old, (JUNE, new)), facts, "2026-06-09")

    assert judged(statement, "reply") == [("前", "missed", True), ("当日", "not_due", False)]
    assert one_of(statement, "前").due == date(2026, 6, 5)
    assert one_of(statement, "当日").due == date(2026, 6, 15)


def test_a_statement_names_every_version_and_each_finding_the_one_that_judged_it() -> None:
    old, new = (cast.contract_with(cast.reply_within(span)) for span in (FIVE, TEN))
    contract = chain(old, (JUNE, new))
    first, second = (release.digest for release, _ in contract.versions)

    told = stated(contract, cast.log(asked("2026-05-29", "前"), asked(JUNE, "后")), "2026-06-09")
    body = told.as_json()

    assert body["release"] == second
    assert body["releases"] == [{"digest": first, "from": None}, {"digest": second, "from": JUNE}]
    assert [one.get("release") for one in body["findings"]] == [first, None]


def test_two_supplements_in_a_row_give_three_rules() -> None:
    releases = [cast.contract_with(cast.reply_within(span)) for span in (FIVE, TEN, "2 weeks")]
    facts = cast.log(
        asked("2026-05-29", "一"), asked("2026-06-10", "二"), asked("2026-07-10", "三")
    )

    told = stated(
        chain(releases[0], (JUNE, releases[1]), ("2026-07-01", releases[2])), facts, "2026-12-31"
    )

    assert [one_of(told, n).due for n in "一二三"] == [
        date(2026, 6, 5),
        date(2026, 6, 25),
        date(2026, 7, 24),
    ]
    assert len(told.as_json()["releases"]) == 3


def test_a_term_that_no_supplement_touched_is_judged_once_by_the_newest() -> None:
    kept = cast.reply_within(FIVE, name="kept", triggers=(Event("demand.received"),))
    old = cast.contract_with(kept, cast.reply_within(FIVE))
    new = cast.contract_with(kept, cast.reply_within(TEN))
    facts = cast.log(cast.happened("demand.received", "2026-03-02", "甲"))

    told = stated(chain(old, (JUNE, new)), facts, "2026-06-30")

    assert judged(told, "kept") == [("甲", "missed", False)]


# ── blanks, removals, additions ──────────────────────────────────────────────────────────────────────────────────


def test_a_number_filled_in_judges_what_begins_after_it() -> None:
    """Before the number there was a clock and no limit, and there still is none."""
    old, new = (cast.contract_with(cast.reply_within(span)) for span in (None, FIVE))
    facts = cast.log(asked("2026-05-04", "前"), asked("2026-06-04", "后"))

    told = stated(chain(old, (JUNE, new)), facts, "2026-07-31")

    assert judged(told, "reply") == [("前", "not_decidable", True), ("后", "missed", False)]


def test_a_number_struck_out_leaves_earlier_breaches_standing() -> None:
    old, new = (cast.contract_with(cast.reply_within(span)) for span in (FIVE, None))
    facts = cast.log(asked("2026-05-04", "前"), asked("2026-06-04", "后"))

    told = stated(chain(old, (JUNE, new)), facts, "2026-07-31")

    assert judged(told, "reply") == [("前", "missed", True), ("后", "not_decidable", False)]


def test_a_removed_term_is_still_owed_for_what_began_before() -> None:
    other = cast.penalty()
    old, new = cast.contract_with(cast.reply_within(FIVE), other), cast.contract_with(other)
    facts = cast.log(asked("2026-05-04", "前"), asked("2026-06-04", "后"))

    told = stated(chain(old, (JUNE, new)), facts, "2026-07-31")

    assert judged(told, "reply") == [("前", "missed", True)]
    assert told.as_json()["findings"][-1]["kind"] == "deadline_after_event"
    assert told.strays == ()


def test_a_removed_term_under_which_nothing_began_is_gone() -> None:
    other = cast.penalty()
    old, new = cast.contract_with(cast.reply_within(FIVE), other), cast.contract_with(other)

    told = stated(chain(old, (JUNE, new)), cast.log(asked("2026-06-04", "后")), "2026-07-31")

    assert judged(told, "reply") == []


def test_an_added_term_is_not_owed_for_what_was_before_it() -> None:
    other = cast.penalty()
    old, new = cast.contract_with(other), cast.contract_with(other, cast.reply_within(FIVE))
    early = cast.log(asked("2026-05-04", "前"))

    before = stated(chain(old, (JUNE, new)), early, "2026-07-31")
    both = stated(
        chain(old, (JUNE, new)), cast.log(*early, asked("2026-06-04", "后")), "2026-07-31"
    )

    assert judged(before, "reply") == [("", "not_triggered", False)]
    assert "自 2026-06-01 起适用" in before.evaluation.findings[-1].because
    assert judged(both, "reply") == [("后", "missed", False)]


# ── recurring duties ─────────────────────────────────────────────────────────────────────────────────────────────


def monthly(times: int, *, doubts: tuple[str, ...] = ()) -> Recurring:
    return Recurring(
        id=TermId("round"),
        clauses=(cast.CLAUSE,),
        debtor=Party.SUPPLIER,
        says="每月巡检",
        every=Cycle.MONTH,
        times=times,
        done=Event("inspection.done"),
        doubts=tuple(DoubtId(one) for one in doubts),
    )


def test_a_month_that_had_begun_keeps_its_old_count() -> None:
    """每月两次改为一次，自七月十五日起: July is still owed twice, August once."""
    old, new = (
        cast.contract_with(monthly(times), start="2026-06-01", end="2026-09-30") for times in (2, 1)
    )

    told = stated(chain(old, ("2026-07-15", new)), [], "2026-09-30")

    assert [label for label, _, _ in judged(told, "round")] == [
        "2026-06 第1次",
        "2026-06 第2次",
        "2026-07 第1次",
        "2026-07 第2次",
        "2026-08",
        "2026-09",
    ]


def test_a_period_filled_in_makes_decidable_what_begins_after() -> None:
    """期限空白由补充协议写明: months before it stay not decidable, in one line, and none is declared missed."""
    blank = cast.doubt("期限")
    old = cast.contract_with(monthly(1, doubts=("期限",)), doubts=(blank,))
    new = cast.contract_with(monthly(1), start="2026-01-01", end="2026-08-31")

    told = stated(chain(old, (JUNE, new)), [], "2026-08-15")

    assert judged(told, "round") == [
        ("2026-06-01 前", "not_decidable", True),
        ("2026-06", "missed", False),
        ("2026-07", "missed", False),
        ("2026-08", "not_due", False),
    ]
    assert [doubt.id for doubt in told.open_doubts] == ["期限"]


def test_a_longer_period_only_adds_to_what_was_owed() -> None:
    old, new = (
        cast.contract_with(monthly(1), start="2026-05-01", end=end)
        for end in ("2026-06-30", "2026-07-31")
    )

    told = stated(chain(old, ("2026-06-20", new)), [], "2026-07-15")

    assert judged(told, "round") == [
        ("2026-05", "missed", True),
        ("2026-06", "missed", True),
        ("2026-07", "not_due", False),
    ]


# ── dates before which something is due ──────────────────────────────────────────────────────────────────────────


def notice(within: str) -> DeadlineBeforeDate:
    return DeadlineBeforeDate(
        id=TermId("notice"),
        clauses=(cast.CLAUSE,),
        debtor=Party.SUPPLIER,
        says="期满前通知",
        anchor=Anchor.PERIOD_END,
        done=(Event("notice.sent"),),
        within=Span.parse(within),
    )


@pytest.mark.parametrize(
    ("old", "new", "since", "due"),
    [
        ("30 calendar-days", "60 calendar-days", "2026-11-15", "2026-12-01"),
        ("30 calendar-days", "60 calendar-days", "2026-10-01", "2026-11-01"),
        ("60 calendar-days", "30 calendar-days", "2026-11-15", "2026-11-01"),
    ],
    ids=["nobody is held to a day already past", "new in time", "it was due before"],
)
def test_a_notice_is_owed_once_and_never_by_a_day_that_was_past_when_its_rule_came(
    old: str, new: str, since: str, due: str
) -> None:
    before, after = (
        cast.contract_with(notice(span), start="2026-01-01", end="2026-12-31")
        for span in (old, new)
    )

    told = stated(chain(before, (since, after)), [], "2026-12-31")

    (found,) = told.evaluation.findings
    assert found.due == date.fromisoformat(due)


def test_the_first_of_a_series_is_the_first_whatever_it_waits_for() -> None:
    def paper(after: str) -> Release:
        event = Event(after)
        return cast.contract_with(
            Deliverable(
                id=TermId("paper"),
                clauses=(cast.CLAUSE,),
                debtor=Party.SUPPLIER,
                says="提交",
                name="方案",
                times=2,
                after=event,
                within=Span.parse(FIVE),
            )
        )

    facts = cast.log(
        cast.happened("contract.effective", "2026-05-04"),
        cast.happened("acceptance.passed", "2026-06-10"),
    )

    told = stated(
        chain(paper("contract.effective"), (JUNE, paper("acceptance.passed"))), facts, "2026-07-31"
    )

    assert judged(told, "paper") == [("第1份", "missed", True), ("第2份", "missed", True)]


# ── silence ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_silence_lapses_under_the_rule_under_which_it_began() -> None:
    accepted = Event("acceptance.passed")
    old, new = (cast.contract_with(cast.reply_within(span, deems=accepted)) for span in (TEN, FIVE))
    contract = chain(old, (JUNE, new))
    facts = cast.log(asked("2026-05-29", "前"), asked(JUNE, "后"))

    told = stated(contract, facts, "2026-12-31")

    deemed = [(f.subject, f.day) for f in told.evaluation.book.all(accepted)]
    assert deemed == [("后", date(2026, 6, 9)), ("前", date(2026, 6, 13))]


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


def half(number: int, within: str | None, condition: str) -> Payment:
    return cast.instalment(number, Share(Rate.percent(50)), conditions=(condition,), within=within)


def interest(daily: str) -> LateInterest:
    return LateInterest(
        id=TermId("late"),
        clauses=(cast.OTHER_CLAUSE,),
        debtor=Party.BUYER,
        says="逾期违约金",
        instalments=(1, 2),
        grace=Span.parse("0 calendar-days"),
        daily=Rate.percent(daily),
    )


def two_halves(within: str, daily: str, price: int) -> Release:
    return cast.contract_with(
        half(1, within, "contract.effective"),
        half(2, within, "review.passed"),
        interest(daily),
        price=Money.yuan(price),
    )


PAID_OUT = cast.log(
    cast.happened("contract.effective", "2026-04-01"), cast.happened("review.passed", "2026-06-10")
)


def test_an_instalment_that_was_complete_keeps_its_days_its_price_and_its_interest() -> None:
    old, new = two_halves(TEN, "0.03", 1000), two_halves("30 calendar-days", "0.05", 2000)

    told = stated(chain(old, (JUNE, new)), PAID_OUT, "2026-08-31")

    first, second = told.settlement.instalments
    assert (first.amount and first.amount.money, first.due_day) == (
        Money.yuan(500),
        date(2026, 4, 16),
    )
    assert (second.amount and second.amount.money, second.due_day) == (
        Money.yuan(1000),
        date(2026, 7, 10),
    )
    assert [(one.instalment, one.term.daily) for one in told.settlement.interest] == [
        (2, Rate.percent("0.05")),
        (1, Rate.percent("0.03")),
    ]
    assert first.release
    assert not second.release


def test_another_rate_of_interest_does_not_reach_back() -> None:
    """Only the interest changes: the instalment that fell due before keeps the old rate all the same."""
    old, new = two_halves(TEN, "0.03", 1000), two_halves(TEN, "0.05", 1000)

    told = stated(chain(old, (JUNE, new)), PAID_OUT, "2026-08-31")

    rates = {one.instalment: one.term.daily for one in told.settlement.interest}
    assert rates == {1: Rate.percent("0.03"), 2: Rate.percent("0.05")}


def test_the_tail_takes_up_another_price() -> None:
    """The first part was complete at the old price; what remains of the new one is the tail."""

    def paper(price: int) -> Release:
        return cast.contract_with(
            half(1, TEN, "contract.effective"),
            cast.instalment(2, cast.Remainder(TermId("grades")), conditions=("review.passed",)),
            cast.grades(("优秀", "100", True)),
            price=Money.yuan(price),
        )

    facts = cast.log(*PAID_OUT, cast.happened("assessment.graded", "2026-06-05", grade="优秀"))

    told = stated(chain(paper(1000), (JUNE, paper(1200))), facts, "2026-06-12")

    amounts = [one.amount and one.amount.money for one in told.settlement.instalments]
    assert amounts == [Money.yuan(500), Money.yuan(700)]


def test_a_clock_does_not_start_before_the_supplement_that_frees_it() -> None:
    """An invoice is no longer asked for: the days count from the supplement and not from long before."""

    def paper(*, invoice: bool) -> Release:
        share = Share(Rate.percent(50))
        return cast.contract_with(cast.instalment(1, share, invoice=invoice))

    facts = cast.log(cast.happened("contract.effective", "2026-04-01"))

    told = stated(chain(paper(invoice=True), (JUNE, paper(invoice=False))), facts, "2026-06-02")

    (one,) = told.settlement.instalments
    assert one.due_day == date(2026, 6, 15)


def test_an_instalment_struck_out_is_owed_only_if_it_was_complete() -> None:
    old = two_halves(TEN, "0.03", 1000)
    new = cast.contract_with(interest("0.03"), price=Money.yuan(1000))

    told = stated(chain(old, (JUNE, new)), PAID_OUT, "2026-08-31")

    assert [one.term.instalment for one in told.settlement.instalments] == [1]
    assert told.settlement.payable == Money.yuan(500)
    assert [one.instalment for one in told.settlement.interest] == [1]
    assert [f.term for f in told.evaluation.findings] == ["late", "payment-1"]


def test_a_refund_is_not_a_buyers_instalment_in_any_version() -> None:
    refund = replace(
        cast.instalment(0, Share(Rate.percent(50)), conditions=("contract.rescinded",)),
        amount=AllPaid(),
        debtor=Party.SUPPLIER,
    )
    first = half(1, TEN, "contract.effective")
    old = cast.contract_with(refund, first)
    new = cast.contract_with(replace(refund, within=Span.parse(FIVE)), first)

    told = stated(chain(old, (JUNE, new)), PAID_OUT, "2026-08-31")

    assert [one.term.instalment for one in told.settlement.instalments] == [1]
    assert [one.term.instalment for one in told.settlement.refunds] == [0]


def test_set_off_and_claims_follow_the_version_of_their_day() -> None:
    right = Permission(
        id=TermId("off"),
        clauses=(cast.OTHER_CLAUSE,),
        debtor=Party.BUYER,
        says="可以抵扣",
        set_off=True,
    )
    first = half(1, TEN, "contract.effective")
    old = cast.contract_with(first, right, cast.penalty(rate=Rate.percent(5)))
    new = cast.contract_with(first, cast.penalty(rate=Rate.percent(10)))
    clause = str(cast.OTHER_CLAUSE)
    facts = cast.log(
        cast.happened("contract.effective", "2026-04-01"),
        cast.happened("setoff.demanded", "2026-05-05", amount_fen=100, clause=clause, paper="一"),
        cast.happened("setoff.demanded", "2026-06-05", amount_fen=700, clause=clause, paper="二"),
        cast.happened("damages.claimed", "2026-05-05", clause=clause),
        cast.happened("damages.claimed", "2026-06-05", clause=clause),
    )

    told = stated(chain(old, (JUNE, new)), facts, "2026-08-31")

    price = told.evaluation.release.price
    (one,) = told.settlement.instalments
    assert [off.taken for off in one.set_off] == [Money(100)]
    assert [d.figure and d.figure.money.fen for d in told.settlement.damages] == [
        price.fen * 5 // 100,
        price.fen // 10,
    ]


# ── doubts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_doubt_stays_open_only_for_what_it_still_stops() -> None:
    blank = cast.doubt("空白")
    old = cast.contract_with(cast.reply_within(FIVE, doubts=("空白",)), doubts=(blank,))
    new = cast.contract_with(cast.reply_within(FIVE))
    contract = chain(old, (JUNE, new))

    stops = stated(contract, cast.log(asked("2026-05-04", "前")), "2026-07-31")
    free = stated(contract, cast.log(asked("2026-06-04", "后")), "2026-07-31")

    assert judged(stops, "reply") == [("前", "not_decidable", True)]
    assert [doubt.id for doubt in stops.open_doubts] == ["空白"]
    assert judged(free, "reply") == [("后", "missed", False)]
    assert free.open_doubts == ()


def test_a_paper_waives_an_occurrence_of_an_older_version_too() -> None:
    old, new = (cast.contract_with(cast.reply_within(span)) for span in (FIVE, TEN))
    waived = cast.happened("term.waived", "2026-05-05", "前", term="reply", paper="豁免书")
    facts = cast.log(asked("2026-05-04", "前"), waived)

    told = stated(chain(old, (JUNE, new)), facts, "2026-07-31")

    assert judged(told, "reply") == [("前", "waived", True)]


# ── the chain itself ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_better_reading_of_the_paper_stands_in_the_place_of_the_first() -> None:
    a, b = (version(name, cast.contract_with()) for name in "ab")

    assert Chain(((a, None), (b, None))).on(date(2026, 1, 1)) == (InForce(b),)


def test_of_two_supplements_of_one_day_the_later_is_in_force() -> None:
    a, b, c = (version(name, cast.contract_with()) for name in "abc")
    day = date(2026, 6, 1)

    found = Chain(((a, None), (b, day), (c, day))).on(day)

    assert found == (InForce(a, None, day), InForce(c, day))
    assert on_day(found, date(2026, 5, 31)).release is a
    assert on_day(found, day).release is c


def test_a_chain_of_nothing_of_strangers_or_out_of_order_is_refused() -> None:
    a = cast.contract_with()
    stranger = loader.load("video-conference-2022")
    day = date(2026, 6, 1)

    with pytest.raises(ValueError, match="不能为空"):
        Chain(())
    with pytest.raises(ValueError, match="别的合同"):
        Chain(((a, None), (stranger, day)))
    with pytest.raises(ValueError, match="次序颠倒"):
        Chain(((a, None), (a, day), (a, date(2026, 5, 1))))


def test_a_term_taken_out_and_put_back_has_a_gap() -> None:
    term, other = cast.reply_within(FIVE), cast.penalty()
    contract = chain(
        cast.contract_with(term, other),
        (JUNE, cast.contract_with(other)),
        ("2026-07-01", cast.contract_with(term, other)),
    )
    facts = cast.log(
        asked("2026-05-04", "一"), asked("2026-06-10", "二"), asked("2026-07-10", "三")
    )

    told = stated(contract, facts, "2026-12-31")

    assert judged(told, "reply") == [("一", "missed", True), ("三", "missed", False)]
    assert len(wordings_of(TermId("reply"), contract.on(date(2026, 12, 31)))) == 2


# ── what must always hold ────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=30)
@given(st.data())
def test_versions_that_say_the_same_change_nothing(data: st.DataObject) -> None:
    paper = data.draw(some.papers() | st.just("video-conference-2022"))
    release = loader.load(paper)
    facts, as_of = data.draw(some.logs(paper)), data.draw(some.statement_days())
    since = data.draw(some.days())

    alone = _body(state(release, facts, cast.calendar(), as_of, size=len(facts), root="0"))
    same = Chain(((release, None), (release, since)))
    twin = Chain(((version("1", release), None), (release, since)))

    assert _body(state(same, facts, cast.calendar(), as_of, size=len(facts), root="0")) == alone
    again = _body(state(twin, facts, cast.calendar(), as_of, size=len(facts), root="0"))
    for name in ("findings", "doubts", "strays", "settlement"):
        assert again[name] == alone[name]


def _body(statement: Statement) -> dict[str, object]:
    return statement.as_json()


@settings(max_examples=30)
@given(st.data())
def test_every_finding_has_its_term_and_its_doubts_in_the_release_it_is_read_by(
    data: st.DataObject,
) -> None:
    """Whatever a supplement strikes out, a page can name the term, the clause and the doubts of each finding."""
    paper = data.draw(some.papers())
    release = loader.load(paper)
    gone = data.draw(st.sets(st.sampled_from(sorted(t.id for t in release.terms)), max_size=6))
    closed = data.draw(st.sets(st.sampled_from(sorted(d.id for d in release.doubts)), max_size=6))
    terms = tuple(
        replace(t, doubts=tuple(d for d in t.doubts if d not in closed))
        for t in release.terms
        if t.id not in gone or t.kind.value == "grade_cap"
    )
    doubts = tuple(d for d in release.doubts if d.id not in closed)
    new = version("1", replace(release, terms=terms, doubts=doubts))
    facts, as_of = data.draw(some.logs(paper)), data.draw(some.statement_days())

    told = state(
        Chain(((release, None), (new, data.draw(some.days())))),
        facts,
        cast.calendar(),
        as_of,
        size=len(facts),
        root="0",
    )

    whole = told.evaluation.release
    for finding in told.evaluation.findings:
        assert finding.term in whole.term_by_id
        assert all(doubt in whole.doubt_by_id for doubt in finding.doubts)
    for term in whole.terms:
        assert all(doubt in whole.doubt_by_id for doubt in term.doubts)
    keys = [(f.term, f.occurrence, f.due, f.facts) for f in told.evaluation.findings if f.due]
    assert told.as_json()["hash"]
    assert len(keys) == len(set(keys))
    assert all(isinstance(f.clause, ClauseRef) for f in told.evaluation.findings)
    assert {f.verdict for f in told.evaluation.findings} <= set(Verdict)
