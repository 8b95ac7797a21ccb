"""Edges of evaluation that no case file shows: every verdict, legs, deemed events, pairing, blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from lvyue.core.doubts import Severity
from lvyue.core.facts import Fact
from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.core.terms import (
    Anchor,
    Availability,
    Cycle,
    DeadlineBeforeDate,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    Operator,
    ParameterId,
    Party,
    Permission,
    Prohibition,
    Recurring,
    Tally,
    Term,
    TermId,
    Threshold,
)
from lvyue.library import loader
from tests.core.cast import (
    CLAUSE,
    claim_holds,
    contract_with,
    doubt,
    finding,
    findings,
    happened,
    log,
    reply_within,
)

MAIL = Event("notice.sent", (("channel", "mail"),))
SMS = Event("notice.sent", (("channel", "sms"),))

ASKED = happened("request.received", "2026-03-02", "r1")


def replied(day: str) -> Fact:
    return happened("request.replied", day, "r1")


def by_paper(kind: str, day: str, **data: str) -> Fact:
    return happened(kind, day, "r1", term="reply", paper="演示-1", **data)


# ── the ten verdicts ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("verdict", "facts", "as_of"),
    [
        (Verdict.MET, [ASKED, replied("2026-03-05")], "2026-03-05"),
        (Verdict.LATE, [ASKED, replied("2026-03-06")], "2026-03-06"),
        (Verdict.MISSED, [ASKED], "2026-03-06"),
        (Verdict.NOT_DUE, [ASKED], "2026-03-05"),
        (Verdict.NOT_TRIGGERED, [], "2026-03-06"),
        (Verdict.SUSPENDED, [ASKED, by_paper("term.suspended", "2026-03-03")], "2026-03-06"),
        (
            Verdict.EXCUSED,
            [ASKED, by_paper("term.excused", "2026-03-09", reason="停电")],
            "2026-03-09",
        ),
        (Verdict.WAIVED, [ASKED, by_paper("term.waived", "2026-03-05")], "2026-03-06"),
    ],
)
def test_three_working_days_reach_each_verdict(
    verdict: Verdict, facts: list[Fact], as_of: str
) -> None:
    """收到后三个工作日内答复"""
    assert (
        finding(contract_with(reply_within("3 working-days")), log(*facts), as_of).verdict
        is verdict
    )


def test_without_a_number_nobody_is_late() -> None:
    """及时答复"""
    found = finding(
        contract_with(reply_within(None)), log(ASKED, replied("2027-03-02")), "2027-03-02"
    )

    assert found.verdict is Verdict.NOT_DECIDABLE
    assert found.due is None
    assert "用时 365 天" in found.because


def test_a_statement_of_having_kept_a_ban_is_only_a_statement() -> None:
    ban = Prohibition(id=TermId("ban"), clauses=(CLAUSE,), debtor=Party.SUPPLIER, says="不得外发")
    word = happened("duty.attested", "2026-03-31", term="ban")

    assert finding(contract_with(ban), log(word), "2026-03-31").verdict is Verdict.ATTESTED_ONLY
    assert finding(contract_with(ban), [], "2026-03-31").verdict is Verdict.NOT_TRIGGERED


# ── moments and days ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("2026-03-02T12:00:00", Verdict.MET),
        ("2026-03-02T12:00:01", Verdict.LATE),
        ("2026-03-02", Verdict.NOT_DECIDABLE),
        ("2026-03-03", Verdict.LATE),
    ],
)
def test_two_hours_are_kept_to_the_second_and_need_a_time(answer: str, verdict: Verdict) -> None:
    """收到后两小时内答复"""
    asked = happened("request.received", "2026-03-02T10:00:00", "r1")

    found = finding(
        contract_with(reply_within("2 hours")), log(asked, replied(answer)), "2026-03-03"
    )

    assert found.verdict is verdict


def test_hours_from_a_record_without_a_time_cannot_be_counted() -> None:
    found = finding(contract_with(reply_within("2 hours")), log(ASKED), "2026-03-09")

    assert found.verdict is Verdict.NOT_DECIDABLE
    assert found.due is None


def test_a_working_day_ends_at_midnight_and_not_with_the_office() -> None:
    asked = happened("request.received", "2026-03-02T23:59:59", "r1")
    late_night = happened("request.replied", "2026-03-05T23:59:59", "r1")

    found = finding(
        contract_with(reply_within("3 working-days")), log(asked, late_night), "2026-03-05"
    )

    assert found.verdict is Verdict.MET


def test_an_answer_before_its_question_is_none() -> None:
    asked = happened("request.received", "2026-03-02T10:00:00", "r1")
    early = happened("request.replied", "2026-03-02T09:59:59", "r1")

    found = finding(contract_with(reply_within("3 working-days")), log(asked, early), "2026-03-06")

    assert found.verdict is Verdict.MISSED


def test_what_happens_after_the_day_of_the_statement_is_not_used() -> None:
    release = contract_with(reply_within("3 working-days"))
    facts = log(ASKED, replied("2026-03-04"))

    assert finding(release, facts, "2026-03-03").verdict is Verdict.NOT_DUE
    assert finding(release, facts, "2026-03-01").verdict is Verdict.NOT_TRIGGERED


# ── pairing and legs ─────────────────────────────────────────────────────────────────────────────────────────────


def test_one_answer_serves_one_question() -> None:
    """先来先答"""
    facts = log(
        happened("request.received", "2026-03-02"),
        happened("request.received", "2026-03-02"),
        happened("request.replied", "2026-03-03"),
    )

    found = findings(contract_with(reply_within("3 working-days")), facts, "2026-03-06")

    assert [one.verdict for one in found] == [Verdict.MET, Verdict.MISSED]


def test_an_answer_about_another_subject_is_no_answer() -> None:
    other = happened("request.replied", "2026-03-03", "r2")

    assert (
        finding(
            contract_with(reply_within("3 working-days")), log(ASKED, other), "2026-03-06"
        ).verdict
        is Verdict.MISSED
    )


def sent(channel: str, at: str) -> Fact:
    return happened("notice.sent", at, "r1", channel=channel)


@pytest.mark.parametrize(
    ("legs", "verdict"),
    [
        ([sent("mail", "2026-03-03"), sent("sms", "2026-03-05")], Verdict.MET),
        ([sent("mail", "2026-03-03"), sent("sms", "2026-03-06")], Verdict.LATE),
        ([sent("mail", "2026-03-03")], Verdict.MISSED),
        ([sent("mail", "2026-03-03"), sent("mail", "2026-03-04")], Verdict.MISSED),
        ([], Verdict.MISSED),
    ],
)
def test_mail_and_message_are_both_owed_and_the_later_decides(
    legs: list[Fact], verdict: Verdict
) -> None:
    """邮件和短信都要通知"""
    release = contract_with(reply_within("3 working-days", done=(MAIL, SMS)))

    found = finding(release, log(ASKED, *legs), "2026-03-06")

    assert found.verdict is verdict
    missing = {claim.event for claim in found.absent}
    assert missing <= {str(MAIL), str(SMS)}
    assert bool(missing) == (verdict is Verdict.MISSED)


def test_joined_triggers_start_one_clock_from_the_latest() -> None:
    """验收通过并收到成果后三个工作日"""
    both = (Event("acceptance.passed"), Event("results.delivered"))
    release = contract_with(reply_within("3 working-days", triggers=both))
    passed, results = (
        happened("acceptance.passed", "2026-03-04"),
        happened("results.delivered", "2026-03-02"),
    )

    assert finding(release, log(passed), "2026-03-20").verdict is Verdict.NOT_TRIGGERED
    assert str(finding(release, log(passed, results), "2026-03-05").due) == "2026-03-09"
    assert str(finding(release, log(results, passed), "2026-03-05").due) == "2026-03-09"


# ── silence that becomes an event ────────────────────────────────────────────────────────────────────────────────

CONSENT = Event("acceptance.passed")
SILENCE = reply_within(
    "5 working-days",
    triggers=(Event("acceptance.submitted"),),
    done=(Event("acceptance.answered"),),
    deems=CONSENT,
)
AFTERWARDS = replace(
    reply_within("3 working-days", triggers=(CONSENT,)),
    id=TermId("after"),
    done=(Event("results.delivered"),),
)
SUBMITTED = happened("acceptance.submitted", "2026-03-02")


def test_silence_counts_as_consent_from_the_day_after_the_last() -> None:
    """五个工作日不答复视为通过; the clause that waits for consent then starts to run."""
    release = contract_with(SILENCE, AFTERWARDS)

    silent, waiting = findings(release, log(SUBMITTED), "2026-03-09")
    assert (silent.verdict, waiting.verdict) == (Verdict.NOT_DUE, Verdict.NOT_TRIGGERED)

    deemed, after = findings(release, log(SUBMITTED), "2026-03-10")
    assert deemed.verdict is Verdict.MET
    assert deemed.absent
    assert after.verdict is Verdict.NOT_DUE
    assert str(after.due) == "2026-03-13"
    assert after.facts == ("deemed:reply:f1",)


def test_an_answer_on_the_last_day_prevents_consent() -> None:
    answer = happened("acceptance.answered", "2026-03-09")

    _, after = findings(contract_with(SILENCE, AFTERWARDS), log(SUBMITTED, answer), "2026-03-31")

    assert after.verdict is Verdict.NOT_TRIGGERED


def test_an_answer_after_the_last_day_does_not_undo_consent() -> None:
    answer = happened("acceptance.answered", "2026-03-10")

    _, after = findings(contract_with(SILENCE, AFTERWARDS), log(SUBMITTED, answer), "2026-03-31")

    assert after.verdict is Verdict.MISSED


def test_a_blocked_clause_makes_no_consent() -> None:
    blocked = replace(SILENCE, doubts=(doubt("blank").id,))
    release = contract_with(blocked, AFTERWARDS, doubts=(doubt("blank"),))

    first, after = findings(release, log(SUBMITTED), "2026-03-31")

    assert first.verdict is Verdict.NOT_DECIDABLE
    assert after.verdict is Verdict.NOT_TRIGGERED


def test_the_log_is_not_changed_by_what_is_deemed() -> None:
    release = contract_with(SILENCE, AFTERWARDS)

    deemed, _ = findings(release, log(SUBMITTED), "2026-03-10")

    assert {claim.size for claim in deemed.absent} == {1}


# ── doubts ───────────────────────────────────────────────────────────────────────────────────────────────────────

SETTLED = happened("doubt.settled", "2026-03-03", doubt="blank", paper="演示-补充协议")


@pytest.mark.parametrize(
    ("severity", "before"),
    [
        (Severity.BLOCK, Verdict.NOT_DECIDABLE),
        (Severity.CONFIRM, Verdict.MET),
        (Severity.NOTE, Verdict.MET),
    ],
)
def test_only_a_blocking_doubt_stops_a_verdict_until_a_paper_settles_it(
    severity: Severity, before: Verdict
) -> None:
    one = doubt("blank", severity)
    release = contract_with(reply_within("3 working-days", doubts=("blank",)), doubts=(one,))
    asked, answer = ASKED, replied("2026-03-03")

    open_, closed = (
        finding(release, log(asked, answer), "2026-03-03"),
        finding(release, log(asked, answer, SETTLED), "2026-03-03"),
    )

    assert (open_.verdict, open_.doubts) == (before, (one.id,))
    assert (closed.verdict, closed.doubts) == (Verdict.MET, ())


def _kinds() -> list[Term]:
    base: dict[str, Any] = {
        "id": TermId("t"),
        "clauses": (CLAUSE,),
        "debtor": Party.SUPPLIER,
        "says": "义务",
        "doubts": (doubt("blank").id,),
    }
    drills = Tally(Event("drill.held"))
    return [
        reply_within("3 working-days", doubts=("blank",)),
        DeadlineBeforeDate(**base, anchor=Anchor.PERIOD_END, done=(), within=None),
        Recurring(**base, every=Cycle.MONTH, times=1, done=Event("duty_log.filed")),
        Threshold(**base, measure=drills, operator=Operator.AT_LEAST, bound=None),
        Deliverable(**base, name="报告"),
        Prohibition(**base),
        Entitlement(**base, item="CPU", quantity=8, unit="核"),
        Permission(**base),
        Duty(**base),
        Duty(**base, trigger=Event("incident.known"), done=Event("incident.reported")),
    ]


@pytest.mark.parametrize("term", _kinds(), ids=lambda term: term.kind.value)
def test_a_blocking_doubt_stops_every_kind_of_term(term: Term) -> None:
    release = contract_with(term, doubts=(doubt("blank"),), start="2026-01-01", end="2026-12-31")

    found = findings(release, [], "2027-01-31")

    assert {one.verdict for one in found} == {Verdict.NOT_DECIDABLE}
    assert all(one.doubts == ("blank",) for one in found)


# ── terms by kind ────────────────────────────────────────────────────────────────────────────────────────────────


def _before(within: str, *, window: bool = False) -> DeadlineBeforeDate:
    span = reply_within(within).within
    return DeadlineBeforeDate(
        id=TermId("review"),
        clauses=(CLAUSE,),
        debtor=Party.BUYER,
        says="到期前审核",
        anchor=Anchor.PERIOD_END,
        done=(Event("review.held"),),
        within=span,
        window=window,
    )


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        ("2026-12-09", Verdict.NOT_DECIDABLE),
        ("2026-12-10", Verdict.MET),
        ("2026-12-31", Verdict.MET),
        ("2027-01-01", Verdict.LATE),
        (None, Verdict.MISSED),
    ],
)
def test_a_window_has_two_ends(held: str | None, verdict: Verdict) -> None:
    """到期前十五个工作日内审核"""
    release = contract_with(
        _before("15 working-days", window=True), start="2026-01-01", end="2026-12-31"
    )
    facts = log() if held is None else log(happened("review.held", held))

    found = finding(release, facts, "2027-01-05")

    assert found.verdict is verdict
    assert str(found.opens) == "2026-12-10"


def _tally(operator: Operator, bound: int) -> Threshold:
    return Threshold(
        id=TermId("drills"),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="演练次数",
        measure=Tally(Event("drill.held")),
        operator=operator,
        bound=Fraction(bound),
    )


@pytest.mark.parametrize(
    ("operator", "held", "during", "after"),
    [
        (Operator.AT_LEAST, 1, Verdict.NOT_DUE, Verdict.MISSED),
        (Operator.AT_LEAST, 2, Verdict.MET, Verdict.MET),
        (Operator.MORE_THAN, 2, Verdict.NOT_DUE, Verdict.MISSED),
        (Operator.AT_MOST, 2, Verdict.NOT_DUE, Verdict.MET),
        (Operator.AT_MOST, 3, Verdict.MISSED, Verdict.MISSED),
        (Operator.LESS_THAN, 2, Verdict.MISSED, Verdict.MISSED),
        (Operator.LESS_THAN, 1, Verdict.NOT_DUE, Verdict.MET),
    ],
)
def test_a_count_is_decided_early_only_for_good(
    operator: Operator, held: int, during: Verdict, after: Verdict
) -> None:
    """两次以上 includes two, 超过两次 does not."""
    release = contract_with(_tally(operator, 2), start="2026-01-01", end="2026-12-31")
    facts = log(*(happened("drill.held", "2026-05-01", topic="恢复") for _ in range(held)))

    assert finding(release, facts, "2026-06-01").verdict is during
    assert finding(release, facts, "2027-01-01").verdict is after


def _exactly(held: int, as_of: str) -> Verdict:
    release = contract_with(_tally(Operator.EXACTLY, 2), start="2026-01-01", end="2026-12-31")
    facts = log(*(happened("drill.held", "2026-05-01", topic="恢复") for _ in range(held)))
    return finding(release, facts, as_of).verdict


def test_exactly_two_is_known_only_at_the_end_unless_there_are_three() -> None:
    """恰好两次"""
    assert _exactly(2, "2027-01-01") is Verdict.MET
    assert _exactly(1, "2026-06-01") is Verdict.NOT_DUE
    assert _exactly(3, "2026-06-01") is Verdict.MISSED


def test_no_outage_on_record_is_no_proof_of_availability() -> None:
    term = Threshold(
        id=TermId("up"),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="可用率",
        measure=Availability(Event("outage.recorded")),
        operator=Operator.AT_LEAST,
        bound=Fraction(99),
        unit="%",
    )
    release = contract_with(term, start="2026-01-01", end="2026-12-31")

    assert finding(release, [], "2027-01-01").verdict is Verdict.NOT_DECIDABLE


@pytest.mark.parametrize(
    ("done", "verdicts"),
    [
        (["2026-01-31", "2026-02-28"], [Verdict.MET, Verdict.MET, Verdict.NOT_DUE]),
        (["2026-02-01", "2026-02-01"], [Verdict.MISSED, Verdict.MET, Verdict.NOT_DUE]),
        ([], [Verdict.MISSED, Verdict.MISSED, Verdict.NOT_DUE]),
    ],
)
def test_a_month_is_served_by_its_own_record(done: list[str], verdicts: list[Verdict]) -> None:
    """每月一次"""
    term = Recurring(
        id=TermId("log"),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="每月一次",
        every=Cycle.MONTH,
        times=1,
        done=Event("backup.completed"),
    )
    release = contract_with(term, start="2026-01-01", end="2026-03-31")
    facts = log(*(happened("backup.completed", day) for day in done))

    assert [one.verdict for one in findings(release, facts, "2026-03-31")] == verdicts


def test_a_parameter_counts_from_the_day_it_was_agreed() -> None:
    release = contract_with(reply_within("param:reply-time"))
    agreed = happened(
        "parameter.agreed",
        "2026-03-02",
        parameter="reply-time",
        value="1 working-days",
        paper="演示-1",
    )
    later = happened(
        "parameter.agreed",
        "2026-03-10",
        parameter="reply-time",
        value="5 working-days",
        paper="演示-2",
    )
    asked = [
        happened("request.received", day, day) for day in ("2026-03-01", "2026-03-02", "2026-03-10")
    ]

    dues = [one.due for one in findings(release, log(*asked, agreed, later), "2026-03-11")]

    assert [str(due) for due in dues] == ["None", "2026-03-03", "2026-03-17"]


def test_a_parameter_agreed_in_words_that_are_no_span_agrees_nothing() -> None:
    release = contract_with(reply_within("param:reply-time"))
    agreed = happened(
        "parameter.agreed", "2026-03-01", parameter="reply-time", value="尽快", paper="演示-1"
    )

    assert finding(release, log(agreed, ASKED), "2026-12-31").verdict is Verdict.NOT_DECIDABLE


def test_five_absences_open_a_right_and_a_disputed_one_leaves_it_open() -> None:
    right = Permission(
        id=TermId("rescind"),
        clauses=(CLAUSE,),
        debtor=Party.BUYER,
        says="五次以上可解除",
        opens=Event("staff.absent"),
        at_least=5,
    )
    release = contract_with(right)
    sure = [happened("staff.absent", "2026-03-02", class_="absent") for _ in range(5)]
    disputed = happened("staff.absent", "2026-03-03", class_="late", disputed=True)

    assert finding(release, log(*sure[:4]), "2026-04-01").verdict is Verdict.NOT_TRIGGERED
    assert finding(release, log(*sure[:4], disputed), "2026-04-01").verdict is Verdict.NOT_DECIDABLE
    assert finding(release, log(*sure), "2026-04-01").verdict is Verdict.MET


def test_terms_of_one_clause_are_judged_one_by_one() -> None:
    """一小时口头，四小时书面"""
    oral = reply_within("1 hours", done=(MAIL,), name="oral")
    written = reply_within("4 hours", done=(SMS,), name="written")
    asked = happened("request.received", "2026-03-02T10:00:00", "r1")

    found = findings(
        contract_with(oral, written), log(asked, sent("sms", "2026-03-02T13:00:00")), "2026-03-02"
    )

    assert [(one.term, one.verdict, one.clause) for one in found] == [
        ("oral", Verdict.MISSED, CLAUSE),
        ("written", Verdict.MET, CLAUSE),
    ]


# ── what a finding rests on ──────────────────────────────────────────────────────────────────────────────────────


def _changes(term: Term, facts: list[Fact], as_of: str) -> tuple[Finding, Finding, Fact]:
    """A finding with all facts, the same without the last of them, and that last fact."""
    release = contract_with(term, doubts=(doubt("blank"),))
    whole = log(*facts)
    return finding(release, whole, as_of), finding(release, whole[:-1], as_of), whole[-1]


def _corrected() -> tuple[Finding, Finding, Fact]:
    moved = happened("fact.corrected", "2026-03-09", fact="f2", reason="签收单", at="2026-03-05")
    return _changes(
        reply_within("3 working-days"), [ASKED, replied("2026-03-06"), moved], "2026-03-09"
    )


def _withdrawn() -> tuple[Finding, Finding, Fact]:
    gone = happened("fact.withdrawn", "2026-03-09", fact="f2", reason="误录")
    return _changes(
        reply_within("3 working-days"), [ASKED, replied("2026-03-05"), gone], "2026-03-09"
    )


def _unblocked() -> tuple[Finding, Finding, Fact]:
    return _changes(
        reply_within("3 working-days", doubts=("blank",)),
        [ASKED, replied("2026-03-03"), SETTLED],
        "2026-03-03",
    )


def _paused() -> tuple[Finding, Finding, Fact]:
    pause = by_paper("term.suspended", "2026-03-03", until="2026-03-04")
    return _changes(
        reply_within("3 working-days"), [ASKED, replied("2026-03-09"), pause], "2026-03-09"
    )


def _due_paper() -> tuple[Finding, Finding, Fact]:
    paper = Deliverable(
        id=TermId("certificate"),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="销毁后出具证明",
        name="销毁证明",
        after=Event("carriers.demanded"),
    )
    return _changes(paper, [happened("carriers.demanded", "2026-03-02")], "2026-03-09")


@pytest.mark.parametrize("change", [_corrected, _withdrawn, _unblocked, _paused, _due_paper])
def test_a_fact_that_changes_a_verdict_is_named_in_its_proof(
    change: Callable[[], tuple[Finding, Finding, Fact]],
) -> None:
    """A verdict must follow from what its proof names: whoever checks a pack has nothing else."""
    with_it, without_it, fact = change()

    assert with_it.verdict is not without_it.verdict
    assert fact.id in {named for node in with_it.proof().walk() for named in node.facts}


def test_an_absence_claimed_of_the_log_is_true_of_the_log() -> None:
    """An answer to an earlier question must not make the claim about a later one false."""
    facts = log(
        happened("request.received", "2026-03-02"),
        happened("request.replied", "2026-03-03"),
        happened("request.received", "2026-03-04"),
    )

    _, missed = findings(contract_with(reply_within("3 working-days")), facts, "2026-03-10")

    assert missed.verdict is Verdict.MISSED
    assert all(claim_holds(claim, facts) for claim in missed.absent), [*map(str, missed.absent)]


def test_an_absence_claimed_of_one_day_says_nothing_of_the_days_before() -> None:
    """每日一份日志: the claim of a missing day must not deny the log of the day before."""
    term = Recurring(
        id=TermId("log"),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="每日一份",
        every=Cycle.DAY,
        times=1,
        done=Event("duty_log.filed"),
    )
    release = contract_with(term, start="2026-03-02", end="2026-03-03")
    facts = log(happened("duty_log.filed", "2026-03-02"))

    _, missed = findings(release, facts, "2026-03-04")

    assert missed.verdict is Verdict.MISSED
    assert all(claim_holds(claim, facts) for claim in missed.absent), [*map(str, missed.absent)]


def test_the_second_contract_knows_no_talks_and_reports_to_the_authority() -> None:
    """约谈、通报只在第一份合同里"""
    ids = {name: {term.id for term in loader.load(name).terms} for name in loader.release_ids()}

    assert "talk-and-report" in ids["security-support-2026"]
    assert "talk-and-report" not in ids["digital-operations-2026"]


def test_a_parameter_that_is_not_agreed_is_named_as_one() -> None:
    """立即报告"""
    at_once = Duty(
        id=TermId("report"),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="立即报告",
        trigger=Event("incident.known"),
        done=Event("incident.reported"),
        promptly="立即",
        within=ParameterId("x"),
    )
    known = happened("incident.known", "2026-03-02T10:00:00", "e")

    found = finding(contract_with(at_once), log(known), "2026-03-09")

    assert found.verdict is Verdict.NOT_DECIDABLE
    assert "合同只写“立即”" in found.because
