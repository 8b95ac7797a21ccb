"""评定: terms and facts become findings. Pure: a release, a log prefix, a calendar and a day; no clock, no default.

One pass indexes the prefix; each term is then a pure function of its own slice. Deemed events (silence as consent) come
first, because other terms may wait for them. A missing fact is never "met", a missing number is never 0, and what a
blocking doubt stops is *not decidable* and names the doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from lvyue.core.book import Book
from lvyue.core.calendar import Calendar
from lvyue.core.deadlines import after_event, before_date, deemed_by
from lvyue.core.facts import Fact, FactId
from lvyue.core.findings import Case, Finding, finding_of, suspended
from lvyue.core.instalments import Instalment, reckon
from lvyue.core.measures import threshold
from lvyue.core.obligation import Verdict
from lvyue.core.records import (
    consequence,
    deliverable,
    duty,
    entitlement,
    grade,
    payment,
    permission,
    prohibition,
    staffing,
)
from lvyue.core.release import Release, kinds_of
from lvyue.core.rounds import recurring
from lvyue.core.terms import (
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    GradeCap,
    LateInterest,
    Payment,
    Penalty,
    Permission,
    Prohibition,
    Recurring,
    Staffing,
    Term,
    Threshold,
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """评定结果: findings in the order of the terms, instalments, and the book they were read from."""

    release: Release
    calendar: Calendar
    as_of: date
    book: Book
    findings: tuple[Finding, ...]
    instalments: tuple[Instalment, ...]


def evaluate(
    release: Release,
    facts: Iterable[Fact],
    calendar: Calendar,
    as_of: date,
    *,
    size: int | None = None,
) -> Evaluation:
    """Judge every term at the end of the day ``as_of`` on a log prefix of ``size`` facts (default: as many as given).

    The order of ``facts`` does not matter beyond each fact's own index. What happened after ``as_of`` is not used.
    """
    prefix = list(facts)
    book = Book.of(prefix, as_of, len(prefix) if size is None else size)
    case = _with_deemed(Case(release, book, calendar, as_of, book.settled()))
    book = case.book
    instalments = reckon(release, book, calendar)
    by_term = {one.term.id: one for one in instalments}
    judged = (
        (term, finding)
        for term in release.terms
        for finding in _overruled(term, case) or _findings(term, case, by_term.get(term.id))
    )
    if book.by_kind.keys().isdisjoint(_PAPERS) and not book.amended:
        findings = tuple(
            finding for _, finding in judged
        )  # nobody decided anything: nothing to look up
    else:
        findings = tuple(_with_papers(_human(one, case), term, case) for term, one in judged)
    return Evaluation(release, calendar, as_of, book, findings, instalments)


def _findings(term: Term, case: Case, instalment: Instalment | None) -> Iterator[Finding]:
    match term:
        case DeadlineAfterEvent():
            yield from after_event(term, case)
        case DeadlineBeforeDate():
            yield from before_date(term, case)
        case Recurring():
            yield from recurring(term, case)
        case Threshold():
            yield from threshold(term, case)
        case Deliverable():
            yield from deliverable(term, case)
        case Prohibition():
            yield from prohibition(term, case)
        case Staffing():
            yield from staffing(term, case)
        case Entitlement():
            yield entitlement(term, case)
        case Permission():
            yield permission(term, case)
        case Payment():
            if instalment is not None:
                yield payment(instalment, case)
        case LateInterest() | Penalty():
            yield consequence(term, case)
        case GradeCap():
            yield grade(term, case)
        case Duty():
            yield from duty(term, case)
        case _:
            assert_never(term)


def _overruled(term: Term, case: Case) -> tuple[Finding, ...]:
    """A term whose value lost its slot does not govern; the finding says which rule and which clause did."""
    ruling = case.release.overruled.get(term.id)
    if ruling is None:
        return ()
    home = str(term.clauses[0])
    why = next(lost.why for lost in ruling.proof.rejected if home in lost.clauses)
    says = f"不适用：{why}，适用 {ruling.value}"
    return (finding_of(term, case, Verdict.NOT_TRIGGERED, says, inputs=(ruling.proof,)),)


def _with_deemed(case: Case) -> Case:
    """Deemed events may start the clock of another deeming term; each round is one step, and loading refuses circles."""
    terms = [t for t in case.release.governing if isinstance(t, DeadlineAfterEvent) and t.deems]
    known: set[FactId] = set()
    while new := [fact for term in terms for fact in deemed_by(term, case) if fact.id not in known]:
        known |= {fact.id for fact in new}
        case = replace(case, book=case.book.derive(new))
    return case


def _human(finding: Finding, case: Case) -> Finding:
    """Waived, excused, suspended: a paper changes a verdict, and the finding says which paper."""
    if finding.verdict in (Verdict.MET, Verdict.NOT_TRIGGERED):
        return finding
    subject = finding.occurrence or None
    done = finding.happened or finding.due_day
    for fact in case.book.about("term.waived", finding.term):
        if fact.subject not in (None, subject):
            continue
        named = (*finding.facts, fact.id)
        if done is None or fact.day <= done:
            owed = isinstance(case.release.term_by_id[finding.term], Payment)
            debt = "；应付金额不因豁免改变，须以补充协议变更" if owed else ""
            says = f"{fact.day} 书面豁免（{fact.data['paper']}）：{finding.because}{debt}"
            return finding._replace(verdict=Verdict.WAIVED, because=says, facts=named)
        says = f"{finding.because}；{fact.day} 的书面同意在后，属事后追认，不改变结论"
        finding = finding._replace(because=says, facts=named)
    if finding.verdict in (Verdict.LATE, Verdict.MISSED):
        for fact in case.book.about("term.excused", finding.term):
            if fact.subject in (None, subject):
                says = f"因“{fact.data['reason']}”免责（{fact.data['paper']}）：{finding.because}"
                named = (*finding.facts, fact.id)
                return finding._replace(verdict=Verdict.EXCUSED, because=says, facts=named)
    if finding.verdict in (Verdict.MISSED, Verdict.NOT_DUE):
        pause = suspended(finding.term, subject, case)
        if pause is not None and (done is None or pause.day <= done):
            says = f"自 {pause.day} 起中止（{pause.data['paper']}）"
            named = (*finding.facts, pause.id)
            return finding._replace(verdict=Verdict.SUSPENDED, because=says, facts=named)
    return finding


#: What people decide and what they correct; each can change a finding or must be named in it.
_PAPERS = frozenset(
    (
        *("term.waived", "term.excused", "term.suspended", "term.resumed"),
        *("doubt.settled", "fact.corrected", "fact.withdrawn"),
    )
)


def _with_papers(finding: Finding, term: Term, case: Case) -> Finding:
    """Name what changed the facts or the clock of a finding: settled doubts, pauses, corrections, withdrawn facts."""
    papers = [f.id for f in case.book.all(Event("doubt.settled")) if f.data["doubt"] in term.doubts]
    for kind in ("term.suspended", "term.resumed"):
        about = case.book.about(kind, term.id)
        papers += [f.id for f in about if f.subject in (None, finding.occurrence or None)]
    kinds = kinds_of(term)
    for fact, correction in case.book.amended:
        if fact.id in finding.facts:
            papers.append(correction.id)
        elif fact.kind in kinds:
            papers += [fact.id, correction.id]
    new = tuple(paper for paper in dict.fromkeys(papers) if paper not in finding.facts)
    return finding._replace(facts=(*finding.facts, *new)) if new else finding


__all__ = ["Evaluation", "Finding", "evaluate"]
