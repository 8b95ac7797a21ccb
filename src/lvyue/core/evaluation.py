"""评定: terms and facts become findings. Pure: a release, a log prefix, a calendar and a day; no clock, no default.

One pass indexes the prefix; each term is then a pure function of its own slice. Deemed events (silence as consent) come
first, because other terms may wait for them. A missing fact is never "met", a missing number is never 0, and what a
blocking doubt stops is *not decidable* and names the doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from lvyue.core.book import Book
from lvyue.core.calendar import Calendar
from lvyue.core.deadlines import after_event, before_date, deemed_by
from lvyue.core.facts import WORDS, Fact, FactId, order_of
from lvyue.core.findings import Case, Finding, finding_of, shown, suspended
from lvyue.core.instalments import Instalment, reckon
from lvyue.core.measures import threshold
from lvyue.core.obligation import DAY, Verdict
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
from lvyue.core.succession import Answer, Whole, governing
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
from lvyue.core.versions import Contract, InForce, Wording, in_force, wordings


@dataclass(frozen=True, slots=True)
class Evaluation:
    """评定结果: findings in the order of the terms, instalments, and the book they were read from.

    ``versions`` are the releases that were in force up to the day, oldest first. ``release`` is the newest of them, with
    such removed terms and closed doubts beside it as a finding still rests on.
    """

    release: Release
    calendar: Calendar
    as_of: date
    book: Book
    findings: tuple[Finding, ...]
    instalments: tuple[Instalment, ...]
    versions: tuple[InForce, ...]


def evaluate(
    contract: Contract,
    facts: Iterable[Fact],
    calendar: Calendar,
    as_of: date,
    *,
    size: int | None = None,
) -> Evaluation:
    """Judge every term at the end of the day ``as_of`` on a log prefix of ``size`` facts (default: as many as given).

    The order of ``facts`` does not matter beyond each fact's own index. What happened after ``as_of`` is not used, and a
    version that takes effect after ``as_of`` does not exist.
    """
    prefix = list(facts)
    versions = in_force(contract, as_of)
    book = Book.of(prefix, as_of, len(prefix) if size is None else size)
    settled = book.settled()
    book = _with_deemed(
        [(one, Case(one.release, book, calendar, as_of, settled)) for one in versions], book
    )
    cases = {
        one.release.digest: Case(one.release, book, calendar, as_of, settled) for one in versions
    }
    instalments = reckon(versions, book, calendar)
    if len(versions) > 1:
        return _over_time(versions, cases, instalments)
    (case,) = cases.values()
    by_term = {one.term.id: one for one in instalments}
    judged = (
        (term, finding)
        for term in case.release.terms
        for finding in _overruled(term, case) or _findings(term, case, by_term.get(term.id))
    )
    findings = _decided(judged, case)
    return Evaluation(case.release, calendar, as_of, book, findings, instalments, versions)


def _decided(judged: Iterable[tuple[Term, Finding]], case: Case) -> tuple[Finding, ...]:
    """Findings with what people decided and corrected."""
    if case.book.by_kind.keys().isdisjoint(_PAPERS) and not case.book.amended:
        return tuple(finding for _, finding in judged)  # nobody did: nothing to look up
    return tuple(_with_papers(_human(one, case), term, case) for term, one in judged)


def _over_time(
    versions: tuple[InForce, ...], cases: Mapping[str, Case], instalments: tuple[Instalment, ...]
) -> Evaluation:
    """The findings of a contract that supplements have changed: each by the version under which it began."""
    newest = versions[-1].release
    whole = Whole(newest, versions)
    reckoned = tuple(whole.instalment(one) if one.release else one for one in instalments)
    by_term = {one.term.id: one for one in reckoned}
    findings: list[Finding] = []
    for found in wordings(versions):
        term = found[-1].term
        one = by_term.get(term.id)
        if one is not None:  # its clock has chosen already
            case = cases[one.release or newest.digest]
            findings += _labelled(_decided([(one.term, payment(one, case))], case), case, whole)
        elif len(found) > 1 or found[0].version.since or found[0].version.until:
            for case, kept in _succeeding(found, cases):
                findings += _labelled(kept, case, whole)
        else:
            case = cases[newest.digest]
            judged = _overruled(term, case) or _findings(term, case, None)
            findings += _decided(((term, finding) for finding in judged), case)
    release = whole.release(findings, reckoned)
    case = cases[newest.digest]
    return Evaluation(
        release, case.calendar, case.as_of, case.book, tuple(findings), reckoned, versions
    )


def _succeeding(
    found: Sequence[Wording], cases: Mapping[str, Case]
) -> Iterator[tuple[Case, tuple[Finding, ...]]]:
    """The findings of a term whose wording changed, by the version that keeps each."""
    answers = []
    for wording in found:
        case = cases[wording.version.release.digest]
        judged = _overruled(wording.term, case) or _findings(wording.term, case, None)
        answers.append(Answer(wording, tuple(judged)))
    kept = governing(answers)
    for answer, mine in zip(answers, kept, strict=True):
        case = cases[answer.wording.version.release.digest]
        yield case, _decided(((answer.wording.term, finding) for finding in mine), case)
    version, term = found[-1]
    if not any(kept) and version.until is None:
        case = cases[version.release.digest]
        says = f"自 {version.since} 起适用，此前发生的不按这个版本判断"
        yield case, (finding_of(term, case, Verdict.NOT_TRIGGERED, says),)


def _labelled(found: Iterable[Finding], case: Case, whole: Whole) -> Iterator[Finding]:
    """Findings of an older version carry its digest."""
    digest = case.release.digest
    if digest == whole.newest.digest:
        yield from found
        return
    for finding in found:
        yield whole.finding(finding._replace(release=digest))


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


def _with_deemed(cases: Sequence[tuple[InForce, Case]], book: Book) -> Book:
    """Deemed events may start the clock of another deeming term; each round is one step, and loading refuses circles."""
    case_of = {version.release.digest: case for version, case in cases}
    deeming = [
        (wording, case_of[wording.version.release.digest])
        for found in wordings([version for version, _ in cases])
        for wording in found
        if isinstance(wording.term, DeadlineAfterEvent) and wording.term.deems
        if wording.term.id not in wording.version.release.overruled
    ]
    known: set[FactId] = set()
    while new := [fact for fact in _deemed(deeming, book) if fact.id not in known]:
        known |= {fact.id for fact in new}
        book = book.derive(new)
    return book


def _deemed(deeming: Iterable[tuple[Wording, Case]], book: Book) -> Iterator[Fact]:
    for (version, term), case in deeming:
        if isinstance(term, DeadlineAfterEvent):
            yield from deemed_by(term, replace(case, book=book), version)


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
        if pause is not None and not _too_late(pause, finding, done):
            paper = pause.data.get("paper") or WORDS.get(pause.data.get("reason", ""), "对方认可")
            says = f"自 {shown(pause.at)} 起中止（{paper}）"
            named = (*finding.facts, pause.id)
            return finding._replace(verdict=Verdict.SUSPENDED, because=says, facts=named)
    return finding


def _too_late(pause: Fact, finding: Finding, done: date | None) -> bool:
    """Whether a pause began when there was nothing left to pause: after it was done, or a ticket's after the clock had ended."""
    if pause.kind == "ticket.paused" and finding.due is not None:
        due = finding.due if isinstance(finding.due, datetime) else finding.due + DAY
        return pause.order > order_of(due)
    return done is not None and pause.day > done


#: What people decide and what they correct; each can change a finding or must be named in it.
_PAPERS = frozenset(
    (
        *("term.waived", "term.excused", "term.suspended", "term.resumed"),
        *("ticket.paused", "ticket.resumed", "ticket.objected"),
        *("doubt.settled", "fact.corrected", "fact.withdrawn"),
    )
)


def _with_papers(finding: Finding, term: Term, case: Case) -> Finding:
    """Name what changed the facts or the clock of a finding: settled doubts, pauses, corrections, withdrawn facts."""
    papers = [f.id for f in case.book.all(Event("doubt.settled")) if f.data["doubt"] in term.doubts]
    for kind in ("term.suspended", "term.resumed"):
        about = case.book.about(kind, term.id)
        papers += [f.id for f in about if f.subject in (None, finding.occurrence or None)]
    for began, ended in case.book.ticket_pauses(term.id, finding.occurrence or None):
        papers += [began.id] if ended is None else [began.id, ended.id]
    papers += [merger.id for merger in case.book.took_in(finding.occurrence or None)]
    kinds = kinds_of(term)
    aside: list[FactId] = []
    for fact, correction in case.book.amended:
        if fact.id in finding.facts:
            papers.append(correction.id)
        elif fact.kind in kinds:
            aside += [fact.id, correction.id]
    named = {*finding.facts, *papers}
    aside = [one for one in dict.fromkeys(aside) if one not in named]
    new = tuple(one for one in dict.fromkeys([*papers, *aside]) if one not in finding.facts)
    if not new:
        return finding
    return finding._replace(facts=(*finding.facts, *new), aside=tuple(aside))


__all__ = ["Evaluation", "Finding", "evaluate"]
