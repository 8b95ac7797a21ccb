"""Which of two clauses prevails: five combinators, and what they do to a whole release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from lvyue.core.doubts import DoubtKind, Refused, Severity
from lvyue.core.evaluation import evaluate
from lvyue.core.facts import Fact, FactId
from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.core.precedence import (
    AUTHORITY,
    Candidate,
    Direction,
    Order,
    Resolution,
    Special,
    SpecialRule,
    resolve,
)
from lvyue.core.release import Release
from lvyue.core.release import slots as slots_of
from lvyue.library import loader
from lvyue.library.calendar_files import default_calendar

SLOT = "confidentiality.report"
UNRANKED = Order(clause=None, ranks=(), later_wins=False)
RANKED = Order(clause="main 3", ranks=(("main", 2), ("annex", 2), ("bid", 4)), later_wins=True)

ONE_HOUR = Candidate("1 hour", "main 7.2", "main", weight=60)
FOUR_HOURS = Candidate("4 hours", "annex 2.3", "annex", weight=240)
A_DAY = Candidate("1 day", "bid 5", "bid", weight=1440)


def ranked(*special: Special) -> Order:
    return Order(RANKED.clause, RANKED.ranks, RANKED.later_wins, special)


def whichever_comes_first(
    candidates: Sequence[Candidate[str]], order: Order, subject: str | None = None
) -> Resolution[str]:
    """Resolved in every order in which the file may have them, with one answer."""
    found: list[Resolution[str]] = [
        resolve(SLOT, list(rows), order, subject=subject) for rows in permutations(candidates)
    ]
    assert {one.value for one in found} == {found[0].value}
    assert {frozenset(lost.what for lost in one.proof.rejected) for one in found} == {
        frozenset(lost.what for lost in found[0].proof.rejected)
    }
    assert {one.doubt is None for one in found} == {found[0].doubt is None}
    return found[0]


# ── no rule needed ───────────────────────────────────────────────────────────────────────────────────────────────


def test_one_clause_alone_holds() -> None:
    assert resolve(SLOT, [ONE_HOUR], UNRANKED).value == "1 hour"


def test_nothing_said_is_a_doubt_and_no_value() -> None:
    """没有条款规定"""
    found: Resolution[str] = resolve(SLOT, [], RANKED)

    assert found.value is None
    assert found.doubt is not None
    assert found.doubt.kind is DoubtKind.SILENT


def test_equal_values_merge_and_keep_all_their_citations() -> None:
    same = [ONE_HOUR, Candidate("1 hour", "annex 9", "annex"), Candidate("1 hour", "bid 1", "bid")]

    found = whichever_comes_first(same, UNRANKED)

    assert found.value == "1 hour"
    assert found.doubt is None
    assert set(found.proof.clauses) == {"main 7.2", "annex 9", "bid 1"}
    assert found.proof.rejected == ()


def test_two_values_without_a_rule_are_a_doubt_that_quotes_both() -> None:
    """两条规定不一致,而合同没有写哪条优先"""
    found = whichever_comes_first([ONE_HOUR, A_DAY], UNRANKED)

    assert found.value is None
    assert found.doubt is not None
    assert found.doubt.kind is DoubtKind.CONTRADICTING
    assert found.doubt.severity is Severity.BLOCK
    assert set(found.doubt.places) == {"main 7.2", "bid 5"}
    assert "main 7.2 规定 1 hour" in found.doubt.says
    assert "bid 5 规定 1 day" in found.doubt.says


# ── rank of documents, and lateness inside one rank ──────────────────────────────────────────────────────────────


def test_the_document_of_better_rank_wins_and_the_loser_stays_with_the_reason() -> None:
    """各文件不一致的,以次序在先者为准"""
    found = whichever_comes_first([A_DAY, ONE_HOUR], RANKED)

    assert found.value == "1 hour"
    (lost,) = found.proof.rejected
    assert lost.what == "bid 5：1 day"
    assert lost.why == "main 3 次序在先者为准"
    assert lost.clauses == ("bid 5",)
    assert "main 3" in found.proof.clauses


def test_inside_one_rank_the_later_signature_wins_where_the_paper_says_so() -> None:
    """同一层次的文件以时间较后者为准"""
    early = Candidate("1 hour", "main 7.2", "main", signed=date(2026, 1, 1))
    late = Candidate("4 hours", "annex 2.3", "annex", signed=date(2026, 2, 1))

    assert whichever_comes_first([early, late], RANKED).value == "4 hours"

    silent = Order(RANKED.clause, RANKED.ranks, later_wins=False)
    assert whichever_comes_first([early, late], silent).doubt is not None


@pytest.mark.parametrize("signed", [None, date(2026, 2, 1)])
def test_lateness_decides_nothing_where_a_date_is_missing_or_the_same(signed: date | None) -> None:
    here = Candidate("1 hour", "main 7.2", "main", signed=date(2026, 2, 1))
    there = Candidate("4 hours", "annex 2.3", "annex", signed=signed)

    assert whichever_comes_first([here, there], RANKED).doubt is not None


def test_a_document_without_a_rank_keeps_ranks_from_deciding() -> None:
    stranger = Candidate("2 hours", "minutes 1", "minutes")

    assert whichever_comes_first([ONE_HOUR, stranger], RANKED).doubt is not None


# ── explicit override ────────────────────────────────────────────────────────────────────────────────────────────

OVERRIDE = Special(
    "amendment", SpecialRule.OVERRIDE, "supplement 1", over="bid 5", under="main 7.2"
)


def test_an_override_beats_rank() -> None:
    """补充协议写明以投标承诺代替正文"""
    found = whichever_comes_first([ONE_HOUR, A_DAY], ranked(OVERRIDE))

    assert found.value == "1 day"
    assert [lost.why for lost in found.proof.rejected] == ["supplement 1 明示排除"]


def test_an_override_of_a_clause_that_does_not_speak_here_changes_nothing() -> None:
    assert whichever_comes_first([ONE_HOUR, FOUR_HOURS], ranked(OVERRIDE)).doubt is not None


# ── special rules for one subject ────────────────────────────────────────────────────────────────────────────────


def strictest(direction: Direction | None) -> Special:
    return Special("confidentiality", SpecialRule.STRICTEST, "main 9.1.2", direction=direction)


@pytest.mark.parametrize(
    ("direction", "value"), [(Direction.LESS, "1 hour"), (Direction.MORE, "1 day")]
)
def test_the_strictest_holds_in_the_direction_that_is_declared(
    direction: Direction, value: str
) -> None:
    """保密约定不一致的,从严适用"""
    order = ranked(strictest(direction))

    assert (
        whichever_comes_first([ONE_HOUR, FOUR_HOURS, A_DAY], order, "confidentiality").value
        == value
    )


def test_without_a_direction_nobody_knows_what_is_strict() -> None:
    found = whichever_comes_first([ONE_HOUR, A_DAY], ranked(strictest(None)), "confidentiality")

    assert found.value is None
    assert found.doubt is not None
    assert found.doubt.mend == "请说明哪个方向为严。"


def test_values_that_cannot_be_weighed_cannot_be_strictest() -> None:
    vague = Candidate("promptly", "annex 3", "annex")
    order = ranked(strictest(Direction.LESS))

    assert whichever_comes_first([ONE_HOUR, vague], order, "confidentiality").doubt is not None


def test_what_an_authority_demands_holds() -> None:
    """以主管单位的最新要求为准"""
    demand = Candidate("30 minutes", "rules 4", AUTHORITY)
    order = ranked(Special("confidentiality", SpecialRule.AUTHORITY, "main 4.3.1"))

    assert whichever_comes_first([ONE_HOUR, demand], order, "confidentiality").value == "30 minutes"


def test_until_the_authority_has_spoken_nothing_holds() -> None:
    order = ranked(Special("confidentiality", SpecialRule.AUTHORITY, "main 4.3.1"))
    found = whichever_comes_first([ONE_HOUR, A_DAY], order, "confidentiality")

    assert found.value is None
    assert found.doubt is not None
    assert found.doubt.mend == "请提供主管单位的要求。"


def test_a_choice_waits_for_whoever_may_choose() -> None:
    """甲方可选择其中一种方式"""
    order = ranked(Special("confidentiality", SpecialRule.CHOICE, "main 9.1.3"))
    found = whichever_comes_first([ONE_HOUR, A_DAY], order, "confidentiality")

    assert found.value is None
    assert found.doubt is not None
    assert found.doubt.mend == "由有权一方书面选择。"
    assert "main 9.1.3" in found.proof.clauses


def test_a_special_rule_speaks_for_its_own_subject_only() -> None:
    order = ranked(Special("assessment", SpecialRule.CHOICE, "main 4.3.1"))

    assert whichever_comes_first([ONE_HOUR, A_DAY], order, "confidentiality").value == "1 hour"


# ── a release in which one clause is overruled ───────────────────────────────────────────────────────────────────

CALENDAR = default_calendar(None, None)
DEMAND = [Fact(FactId("f1"), "leak.known", date(2026, 3, 2), None, {}, 0)]

Change = Callable[[dict[str, Any]], None]


def written(change: Change, *terms: Mapping[str, Any]) -> Release:
    """The contract of 2026 with a few terms more and its order of documents changed."""
    raw = loader.read_folder(loader.HERE / "security-support-2026")
    raw = {**raw, "precedence": dict(raw["precedence"]), "terms": [*raw["terms"], *terms]}
    change(raw)
    return loader.structure(raw)


def reported(name: str, clause: str, within: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "deadline_after_event",
        "clauses": [clause],
        "debtor": "supplier",
        "says": f"知悉泄密后 {within} 内书面报告",
        "triggers": ["leak.known"],
        "done": ["leak.reported"],
        "within": within,
        "slot": SLOT,
    }


def leave(_: dict[str, Any]) -> None:
    """Change nothing."""


def annex_below_main(raw: dict[str, Any]) -> None:
    raw["precedence"]["special"] = []
    raw["documents"] = [
        {**row, "rank": 3} if row["id"] == "保密协议" else row for row in raw["documents"]
    ]


def strict_is_shorter(raw: dict[str, Any]) -> None:
    rule = {"subject": "confidentiality", "rule": "strictest", "clause": "main 9.1.2"}
    raw["precedence"]["special"] = [{**rule, "direction": "less"}]


def judged(release: Release) -> dict[str, Finding]:
    """Each term at the end of 10 March, when both times are over."""
    evaluation = evaluate(release, DEMAND, CALENDAR, date(2026, 3, 10))
    return {finding.term: finding for finding in evaluation.findings}


IN_MAIN = reported("report-main", "main 7.2.3", "5 calendar-days")
IN_ANNEX = reported("report-annex", "保密协议 2.2(4)", "2 calendar-days")


def test_two_terms_of_a_slot_that_nothing_parts_are_refused_when_a_release_is_loaded() -> None:
    with pytest.raises(Refused) as refused:
        written(leave, IN_MAIN, IN_ANNEX)

    (doubt,) = refused.value.doubts
    assert doubt.places == (f"事项 {SLOT}",)
    assert "main 7.2.3" in doubt.says
    assert "保密协议 2.2(4)" in doubt.says


def test_two_terms_of_a_slot_that_agree_need_no_rule() -> None:
    release = written(
        leave, IN_MAIN, reported("report-annex", "保密协议 2.2(4)", "5 calendar-days")
    )

    found = judged(release)

    assert found["report-main"].verdict is found["report-annex"].verdict is Verdict.MISSED


@pytest.mark.parametrize(
    "rows", [(IN_MAIN, IN_ANNEX), (IN_ANNEX, IN_MAIN)], ids=["as written", "turned round"]
)
@pytest.mark.parametrize(
    ("change", "holds", "lost", "why"),
    [
        (annex_below_main, "report-main", "report-annex", "main 3 次序在先者为准"),
        (strict_is_shorter, "report-annex", "report-main", "main 9.1.2 从严者适用"),
    ],
    ids=["by rank", "the strictest"],
)
def test_the_term_that_lost_its_slot_does_not_govern_and_says_why(
    rows: Sequence[Mapping[str, Any]], change: Change, holds: str, lost: str, why: str
) -> None:
    release = written(change, *rows)

    found = judged(release)
    winner, loser = found[holds], found[lost]

    assert winner.verdict is Verdict.MISSED
    assert loser.verdict is Verdict.NOT_TRIGGERED
    assert why in loser.because
    assert [rejected.why for proof in loser.inputs for rejected in proof.rejected] == [why]


def test_the_resolution_of_a_slot_is_part_of_no_other() -> None:
    release = written(strict_is_shorter, IN_MAIN, IN_ANNEX)

    assert set(slots_of(release)) == {SLOT}
