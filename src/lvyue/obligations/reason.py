"""为什么: one term with every finding: the sentence, the clause, the strip, the facts, the ladder, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, assert_never

from lvyue.core.calendar import day_of
from lvyue.core.facts import KINDS, WORDS, Fact, FactId, FieldType
from lvyue.core.findings import Finding
from lvyue.core.instalments import deadline_proof
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.proof import Proof, RangeClaim, Rejected
from lvyue.core.release import Release
from lvyue.core.statement import Statement
from lvyue.core.terms import (
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    GradeCap,
    LateInterest,
    Parameter,
    ParameterId,
    Party,
    Payment,
    Penalty,
    Permission,
    Prohibition,
    Recurring,
    Staffing,
    Term,
    TermId,
    Threshold,
)
from lvyue.obligations.card import findings_by_term
from lvyue.obligations.marks import NOT_DUE, Count, Mark, counted, mark_of, rank, worst
from lvyue.obligations.proposal import value_zh
from lvyue.obligations.screen import DoubtView, Stamp, doubt_views, stamp_of
from lvyue.obligations.strip import Strip, strip_of
from lvyue.obligations.wording import (
    KIND_ZH,
    Line,
    anchor_of,
    asks,
    event_parts,
    event_zh,
    label_of,
)


@dataclass(frozen=True, slots=True)
class FactView:
    """事实: one leaf of the log as people read it. ``index`` is its place in the log, None for a derived fact."""

    id: str
    index: int | None
    kind: str
    at: date | datetime
    subject: str
    fields: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """阶梯: one step of the arithmetic, with what it rests on below it."""

    says: str
    op: str
    clauses: tuple[str, ...]
    facts: tuple[str, ...]
    rungs: tuple[Rung, ...]
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """缺什么: a range claim in words."""

    event: str
    subject: str
    until: str
    size: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """可登记的事实: what a form can be begun with. ``at`` is a day, or a day and a time."""

    kind: str
    says: str
    subject: str = ""
    at: str = ""
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """能改变结论的事: in words; ``fact`` is what could be supposed, ``doubt`` what a paper could settle."""

    says: str
    fact: Suggestion | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class ReasonedFinding:
    """一次结论: ``strict`` is the date before the law moved it on, None where it did not."""

    anchor: str
    mark: Mark
    occurrence: str
    because: str
    due: date | datetime | None
    strict: date | None
    opens: date | None
    provisional: bool
    strip: Strip | None
    facts: tuple[FactView, ...]
    rungs: tuple[Rung, ...]
    rejected: tuple[Rejected, ...]
    absent: tuple[Absence, ...]
    would_change: tuple[Change, ...]
    serves: Suggestion | None
    digest: str


@dataclass(frozen=True, slots=True)
class CitedClause:
    """引用的条款, with its words where somebody has brought the paper."""

    anchor: str
    ref: str
    label: str
    heading: str
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreedNumber:
    """商定的数: what the paper left open and both sides have agreed: the value in force, since when, by which fact."""

    parameter: ParameterId
    says: str
    value: str
    since: date
    fact: FactId

    @property
    def told(self) -> str:
        return f"{self.value}（双方商定，{self.since} 起，事实 {self.fact}）"


@dataclass(frozen=True, slots=True)
class TermReason:
    """为什么. ``findings`` stand worst first; ``performed``: it is met by doing something, not by measuring or refraining.

    ``parameters`` are those still to be agreed on the day of the statement, ``agreed`` those that are.
    """

    contract: str
    contract_title: str
    demonstration: bool
    stamp: Stamp
    term: TermId
    kind: str
    says: str
    en: str
    party: Party
    survives: bool
    mark: Mark
    counts: tuple[Count, ...]
    asks: tuple[Line, ...]
    clauses: tuple[CitedClause, ...]
    findings: tuple[ReasonedFinding, ...]
    doubts: tuple[DoubtView, ...]
    parameters: tuple[Parameter, ...]
    agreed: tuple[AgreedNumber, ...]
    quoted: bool = False
    performed: bool = True

    @property
    def debtor(self) -> str:
        return self.party.zh

    @property
    def worst(self) -> ReasonedFinding | None:
        """The finding that a reader must see first."""
        return self.findings[0] if self.findings else None

    @property
    def next(self) -> ReasonedFinding | None:
        """The occurrence that falls due next, where that is not the worst one."""
        waiting = [one for one in self.findings if one.mark is NOT_DUE and one.due is not None]
        coming = min(waiting, key=_due, default=None)
        return None if coming is self.worst else coming


def _due(finding: ReasonedFinding) -> date:
    return date.max if finding.due is None else day_of(finding.due)


def reason_of(
    statement: Statement,
    term_id: str,
    *,
    demonstration: bool,
    paragraphs: Mapping[str, Sequence[str]] | None = None,
) -> TermReason | None:
    """The reasons of one term, with the words of its clauses where there are any; None if the release has no such term."""
    release = statement.evaluation.release
    term = release.term_by_id.get(TermId(term_id))
    if term is None:
        return None
    findings = findings_by_term(statement).get(term.id, ())
    marks = [mark_of(term, finding) for finding in findings]
    mentioned = {doubt for finding in findings for doubt in finding.doubts} | {*term.doubts}
    facts = facts_by_id(statement)
    agreed = {one.parameter: one for one in _agreed(statement)}
    its = [parameter for parameter in release.parameters if term.id in parameter.terms]
    reasoned = sorted(
        (
            _finding(term, finding, statement, facts, place)
            for place, finding in enumerate(findings, start=1)
        ),
        key=_order,
    )
    return TermReason(
        contract=release.id,
        contract_title=release.title,
        demonstration=demonstration,
        stamp=stamp_of(statement),
        term=term.id,
        kind=KIND_ZH[term.kind],
        says=term.says,
        en=term.en,
        party=term.debtor,
        survives=term.survives,
        mark=worst(marks),
        counts=counted(marks),
        asks=asks(term, release, {name: one.told for name, one in agreed.items()}),
        clauses=_cited(term, release, paragraphs or {}),
        findings=tuple(reasoned),
        doubts=tuple(view for view in doubt_views(statement) if view.id in mentioned),
        parameters=tuple(one for one in its if one.id not in agreed),
        agreed=tuple(agreed[one.id] for one in its if one.id in agreed),
        quoted=paragraphs is not None,
        performed=not isinstance(term, _NOT_PERFORMED),
    )


def _agreed(statement: Statement) -> Iterator[AgreedNumber]:
    """The parameters whose value is in force on the day of a statement."""
    evaluation = statement.evaluation
    for one in evaluation.release.parameters:
        known = evaluation.book.agreed(one.id, evaluation.as_of)
        if known is not None:
            yield AgreedNumber(one.id, one.says, value_zh(known.value), known.day, known.fact)


def _order(finding: ReasonedFinding) -> int:
    return rank(finding.mark)


def _cited(
    term: Term, release: Release, paragraphs: Mapping[str, Sequence[str]]
) -> tuple[CitedClause, ...]:
    return tuple(
        CitedClause(
            anchor_of(ref),
            str(ref),
            label_of(ref, release.clauses[ref].printed if ref.row is None else None),
            release.clauses[ref].heading,
            tuple(paragraphs.get(str(ref.clause), ())),
        )
        for ref in term.clauses
    )


def _finding(
    term: Term, finding: Finding, statement: Statement, facts: Mapping[str, Fact], place: int
) -> ReasonedFinding:
    proof = finding.proof()
    steps = deadline_proof(finding.deadline) if finding.deadline is not None else None
    inputs = [child for child in proof.inputs if child != steps]
    serves = _suggestion(serving(term, finding, facts), subject_of(finding, facts))
    return ReasonedFinding(
        anchor=f"f-{place}",
        mark=mark_of(term, finding),
        occurrence=finding.occurrence,
        because=finding.because,
        due=finding.due,
        strict=_strict(finding),
        opens=finding.opens,
        provisional=finding.provisional,
        strip=strip_of(finding.deadline),
        facts=views_in_order(finding.facts, facts),
        rungs=tuple(rung_of(child) for child in inputs),
        rejected=proof.rejected,
        absent=tuple(absence_of(claim) for claim in finding.absent),
        would_change=tuple(_would_change(finding, statement, serves)),
        digest=proof.digest(),
        serves=serves,
    )


_NOT_PERFORMED = (Threshold, Prohibition, Permission, Penalty, LateInterest, GradeCap)


def _strict(finding: Finding) -> date | None:
    """The date that the paper alone gives, where the law has moved it to a working day."""
    line = finding.deadline
    if line is None or line.strict == line.due:
        return None
    return day_of(line.strict)


def serving(term: Term, finding: Finding, facts: Mapping[str, Fact]) -> Event | None:
    """The fact whose record bears on a finding: of several that must happen the first that is missing."""
    match term:
        case DeadlineAfterEvent() | DeadlineBeforeDate():
            there = {facts[fact].kind for fact in finding.facts if fact in facts}
            missing = [event for event in term.done if event.kind not in there]
            return next(iter([*missing, *term.done]), None)
        case Recurring():
            return term.done
        case Threshold():
            return term.measure.event
        case Deliverable():
            return Event("deliverable.submitted", (("deliverable", term.name),))
        case Payment():
            return Event("payment.made", (("instalment", term.instalment),))
        case Duty():
            return term.done or Event("duty.performed", (("term", term.id),))
        case Prohibition():
            return term.breach or Event("duty.breached", (("term", term.id),))
        case Permission():
            return Event("right.exercised", (("term", term.id),))
        case Staffing():
            return Event("staff.counted")
        case Entitlement():
            return Event("resource.provided")
        case GradeCap():
            return Event("assessment.graded")
        case Penalty() | LateInterest():
            return Event("damages.claimed")
        case _:
            assert_never(term)


def subject_of(finding: Finding, facts: Mapping[str, Fact]) -> str:
    """The subject that the answer must share with its question; a label that only names a day or a round is none."""
    named = {facts[fact].subject for fact in finding.facts if fact in facts}
    return finding.occurrence if finding.occurrence in named else ""


def _suggestion(event: Event | str | None, subject: str, at: str = "") -> Suggestion | None:
    """An event as the beginning of a form. The contract's own events have no form."""
    if event is None:
        return None
    kind, where = event_parts(str(event))
    if kind not in KINDS:
        return None
    data = tuple((name, str(value).lower()) for name, value in where if name in KINDS[kind].names)
    return Suggestion(kind, KINDS[kind].zh, subject, at, data)


def _would_change(
    finding: Finding, statement: Statement, serves: Suggestion | None
) -> Iterator[Change]:
    """What a person could bring that would make the finding another."""
    settled, release = statement.evaluation.book.settled(), statement.evaluation.release
    for doubt_id in finding.doubts:
        doubt = release.doubt_by_id.get(doubt_id)
        if doubt is None or doubt_id in settled or finding.verdict is not Verdict.NOT_DECIDABLE:
            continue
        papers = "、".join(doubt.needs)
        says = f"疑义“{doubt.says}”解决：{doubt.owner.zh}提供{papers or '双方签署的文书'}。"
        yield Change(says, doubt=doubt_id)
    for claim in finding.absent:
        about = f"（{claim.subject}）" if claim.subject else ""
        day = claim.until[:10]
        says = f"若至 {day} 其实已有“{event_zh(claim.event)}”{about}，登记该事实并附凭证。"
        at = claim.until[:16].replace("T", " ")
        yield Change(says, _suggestion(claim.event, claim.subject or "", at))
    match finding.verdict:
        case Verdict.LATE:
            yield Change("对方认可的免责文书，或期限之前的书面豁免；事后追认不改变结论。")
        case Verdict.MISSED:
            yield Change("对方认可的免责文书；晚到的履行会把“未履行”变为“迟延履行”。")
        case Verdict.NOT_DUE if finding.due_day is not None:
            term = release.term_by_id.get(finding.term)
            deems = term.deems if isinstance(term, DeadlineAfterEvent) else None
            then = f"视为{event_zh(deems)}" if deems else "为未履行"
            says = f"在 {finding.due_day} 当天或之前登记履行的事实；过期没有记录，即{then}。"
            at = finding.due_day.isoformat()
            yield Change(says, None if serves is None else replace(serves, at=at))
        case Verdict.ATTESTED_ONLY:
            yield Change("检测或复核的记录；声明本身不足以证明。")
        case _:
            pass


# ── facts, ladders, absence ──────────────────────────────────────────────────────────────────────────────────────


def facts_by_id(statement: Statement) -> Mapping[str, Fact]:
    by_kind = statement.evaluation.book.by_kind
    return {fact.id: fact for facts in by_kind.values() for fact in facts}


def views_in_order(ids: Sequence[str], facts: Mapping[str, Fact]) -> tuple[FactView, ...]:
    """Facts by when they happened, each once."""
    found = {one: facts[one] for one in ids if one in facts}
    return tuple(fact_view(fact) for fact in sorted(found.values(), key=_when))


def _when(fact: Fact) -> tuple[int, int]:
    return fact.order, fact.index


def fact_view(fact: Fact) -> FactView:
    """A fact with the Chinese names of its fields."""
    kind = KINDS.get(fact.kind)
    fields = tuple(
        (spec.zh.removesuffix("（分）"), _value(spec.type, fact.data[spec.name]))
        for spec in (kind.fields if kind is not None else ())
        if spec.name in fact.data
    )
    derived = fact.id.startswith("deemed:")
    return FactView(
        id=fact.id,
        index=None if derived else fact.index,
        kind=f"视为{kind.zh}" if derived and kind else kind.zh if kind else fact.kind,
        at=fact.at,
        subject=fact.subject or "",
        fields=fields,
    )


def _value(kind: FieldType, value: Any) -> str:
    if kind is FieldType.FEN:
        return str(Money(value))
    if kind is FieldType.BOOLEAN:
        return "是" if value else "否"
    return WORDS.get(str(value), str(value))


def rung_of(proof: Proof) -> Rung:
    """A proof as a ladder; the counted days of a deadline are drawn as a strip instead."""
    children: Sequence[Proof] = () if proof.op in ("deadline", "before") else proof.inputs
    return Rung(
        says=proof.says,
        op=proof.op,
        clauses=proof.clauses,
        facts=proof.facts,
        rungs=tuple(rung_of(child) for child in children),
        rejected=proof.rejected,
    )


def absence_of(claim: RangeClaim) -> Absence:
    return Absence(
        event_zh(claim.event), claim.subject or "", claim.until[:16].replace("T", " "), claim.size
    )
