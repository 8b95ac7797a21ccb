"""为什么: one term with every finding: the sentence, the clause, the strip, the facts, the ladder, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lvyue.core.facts import KINDS, Fact, FieldType
from lvyue.core.findings import Finding
from lvyue.core.instalments import deadline_proof
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.proof import Proof, RangeClaim, Rejected
from lvyue.core.release import Release
from lvyue.core.statement import Statement
from lvyue.core.terms import Parameter, Term, TermId
from lvyue.obligations.card import findings_by_term
from lvyue.obligations.marks import Count, Mark, counted, mark_of, rank, worst
from lvyue.obligations.screen import DoubtView, Stamp, doubt_views, stamp_of
from lvyue.obligations.strip import Strip, strip_of
from lvyue.obligations.wording import CHOICE_ZH, KIND_ZH, Line, anchor_of, asks, event_zh, label_of


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
class ReasonedFinding:
    """一次结论."""

    anchor: str
    mark: Mark
    occurrence: str
    because: str
    due: date | datetime | None
    opens: date | None
    provisional: bool
    strip: Strip | None
    facts: tuple[FactView, ...]
    rungs: tuple[Rung, ...]
    rejected: tuple[Rejected, ...]
    absent: tuple[Absence, ...]
    would_change: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class CitedClause:
    """引用的条款."""

    anchor: str
    ref: str
    label: str
    heading: str


@dataclass(frozen=True, slots=True)
class TermReason:
    """为什么."""

    contract: str
    contract_title: str
    demonstration: bool
    stamp: Stamp
    term: TermId
    kind: str
    says: str
    en: str
    debtor: str
    survives: bool
    mark: Mark
    counts: tuple[Count, ...]
    asks: tuple[Line, ...]
    clauses: tuple[CitedClause, ...]
    findings: tuple[ReasonedFinding, ...]
    doubts: tuple[DoubtView, ...]
    parameters: tuple[Parameter, ...]


def reason_of(statement: Statement, term_id: str, *, demonstration: bool) -> TermReason | None:
    """The reasons of one term, or None if the release has no such term."""
    release = statement.evaluation.release
    term = release.term_by_id.get(TermId(term_id))
    if term is None:
        return None
    findings = findings_by_term(statement).get(term.id, ())
    marks = [mark_of(term, finding) for finding in findings]
    mentioned = {doubt for finding in findings for doubt in finding.doubts} | {*term.doubts}
    facts = facts_by_id(statement)
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
        debtor=term.debtor.zh,
        survives=term.survives,
        mark=worst(marks),
        counts=counted(marks),
        asks=asks(term, release),
        clauses=_cited(term, release),
        findings=tuple(reasoned),
        doubts=tuple(view for view in doubt_views(statement) if view.id in mentioned),
        parameters=tuple(p for p in release.parameters if term.id in p.terms),
    )


def _order(finding: ReasonedFinding) -> int:
    return rank(finding.mark)


def _cited(term: Term, release: Release) -> tuple[CitedClause, ...]:
    return tuple(
        CitedClause(
            anchor_of(ref),
            str(ref),
            label_of(ref, release.clauses[ref].printed if ref.row is None else None),
            release.clauses[ref].heading,
        )
        for ref in term.clauses
    )


def _finding(
    term: Term, finding: Finding, statement: Statement, facts: Mapping[str, Fact], place: int
) -> ReasonedFinding:
    proof = finding.proof()
    steps = deadline_proof(finding.deadline) if finding.deadline is not None else None
    inputs = [child for child in proof.inputs if child != steps]
    return ReasonedFinding(
        anchor=f"f-{place}",
        mark=mark_of(term, finding),
        occurrence=finding.occurrence,
        because=finding.because,
        due=finding.due,
        opens=finding.opens,
        provisional=finding.provisional,
        strip=strip_of(finding.deadline),
        facts=views_in_order(finding.facts, facts),
        rungs=tuple(rung_of(child) for child in inputs),
        rejected=proof.rejected,
        absent=tuple(absence_of(claim) for claim in finding.absent),
        would_change=tuple(_would_change(finding, statement.evaluation.release, statement)),
        digest=proof.digest(),
    )


def _would_change(finding: Finding, release: Release, statement: Statement) -> Iterator[str]:
    """What a person could bring that would make the finding another."""
    settled = statement.evaluation.book.settled()
    for doubt_id in finding.doubts:
        doubt = release.doubt_by_id.get(doubt_id)
        if doubt is None or doubt_id in settled or finding.verdict is not Verdict.NOT_DECIDABLE:
            continue
        papers = "、".join(doubt.needs)
        yield f"疑义“{doubt.says}”解决：{doubt.owner.zh}提供{papers or '双方签署的文书'}。"
    for claim in finding.absent:
        about = f"（{claim.subject}）" if claim.subject else ""
        yield f"若至 {claim.until[:10]} 其实已有“{event_zh(claim.event)}”{about}，登记该事实并附凭证。"
    match finding.verdict:
        case Verdict.LATE:
            yield "对方认可的免责文书，或期限之前的书面豁免；事后追认不改变结论。"
        case Verdict.MISSED:
            yield "对方认可的免责文书；晚到的履行会把“未履行”变为“迟延履行”。"
        case Verdict.NOT_DUE if finding.due is not None:
            yield f"在 {finding.due_day} 当天或之前登记履行的事实；过期没有记录，即为未履行。"
        case Verdict.ATTESTED_ONLY:
            yield "检测或复核的记录；声明本身不足以证明。"
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
    return CHOICE_ZH.get(str(value), str(value))


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
    return Absence(event_zh(claim.event), claim.subject or "", claim.until[:16], claim.size)
