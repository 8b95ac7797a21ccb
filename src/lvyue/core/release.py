"""合同版本: a contract as data, frozen and hashed: parties, price, period, documents, clauses, terms, parameters, doubts.

Nothing here reads a file; the library loads releases and this module checks what must hold of any release, however it
came to be: ids are unique, citations resolve, references go somewhere, slots that disagree are declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import assert_never

from lvyue.core.calendar import Span, Unit
from lvyue.core.clause import ClauseRef, ClauseTree
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity, malformed
from lvyue.core.facts import KINDS
from lvyue.core.money import Money, Rate, Rounding
from lvyue.core.precedence import Candidate, Order, Resolution, resolve
from lvyue.core.service import ServiceRules
from lvyue.core.terms import (
    Availability,
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    GradeCap,
    Judgement,
    LateInterest,
    Parameter,
    ParameterId,
    Party,
    Payment,
    Penalty,
    Permission,
    Prohibition,
    Ratio,
    Reading,
    Recurring,
    Remainder,
    Share,
    Staffing,
    Tally,
    Term,
    TermId,
    TermKind,
    Threshold,
)


class Role(StrEnum):
    """当事人及相关单位的角色."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    USING_DEPARTMENT = "using_department"
    LEAD = "lead"
    AGENCY = "agency"
    SUPERVISOR = "supervisor"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Organisation:
    """单位: organisations only; a person's data never stands in a release."""

    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """合同文件: ``rank`` 1 wins over 2, None where the paper ranks nothing; ``here``: its text is in hand.

    ``aliases`` are other names by which the paper calls it, such as 附件1 for 保密协议. ``effective`` is the day from which a
    supplement holds.
    """

    id: str
    title: str
    kind: str
    rank: int | None
    here: bool
    aliases: tuple[str, ...] = ()
    effective: date | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """服务期限: inclusive days; None where the paper is blank, with the doubts that say so."""

    start: date | None
    end: date | None
    clause: ClauseRef
    doubts: tuple[DoubtId, ...] = ()


@dataclass(frozen=True, slots=True)
class Tax:
    """税: rate and net amount as the paper prints them."""

    rate: Rate
    net: Money
    clause: ClauseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDoubt:
    """合同疑义: a doubt of the paper itself: its clauses, the safe reading until settled, what it blocks, who can settle it."""

    id: DoubtId
    kind: DoubtKind
    severity: Severity
    clauses: tuple[ClauseRef, ...]
    says: str
    safe: str
    mend: str
    owner: Party
    needs: tuple[str, ...] = ()
    blocks: tuple[TermId, ...] = ()

    @property
    def doubt(self) -> Doubt:
        """The same as a doubt of the general kind."""
        return Doubt(
            id=self.id,
            kind=self.kind,
            severity=self.severity,
            places=tuple(str(clause) for clause in self.clauses),
            says=self.says,
            mend=self.mend,
            safe=self.safe,
            owner=self.owner.zh,
            needs=self.needs,
        )


@dataclass(frozen=True, slots=True)
class TableRow:
    """表格行: its printed number, the section it stands under, its cells."""

    row: str
    group: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """表格: T1, T2 … in paper order; a row is identified by table, group and number."""

    id: str
    clause: ClauseRef
    title: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, kw_only=True)
class Release:
    """合同版本: everything the engine may know of a contract. ``digest`` is the SHA-256 of its canonical bytes."""

    id: str
    title: str
    number: str | None
    parties: tuple[Organisation, ...]
    price: Money
    price_clause: ClauseRef
    price_words: str
    tax: Tax | None
    signed: Mapping[str, date]
    effective: date | None
    effective_clause: ClauseRef
    period: Period
    documents: tuple[Document, ...]
    order: Order
    clauses: ClauseTree
    tables: tuple[Table, ...]
    parameters: tuple[Parameter, ...]
    doubts: tuple[ContractDoubt, ...]
    terms: tuple[Term, ...]
    service: ServiceRules | None = None
    digest: str = field(compare=True)

    @cached_property
    def term_by_id(self) -> Mapping[TermId, Term]:
        return {term.id: term for term in self.terms}

    @cached_property
    def doubt_by_id(self) -> Mapping[DoubtId, ContractDoubt]:
        return {doubt.id: doubt for doubt in self.doubts}

    @cached_property
    def parameter_by_id(self) -> Mapping[ParameterId, Parameter]:
        return {parameter.id: parameter for parameter in self.parameters}

    @cached_property
    def overruled(self) -> Mapping[TermId, Resolution[str]]:
        """Terms whose value lost its slot by the paper's own order, with the ruling: they do not govern."""
        out: dict[TermId, Resolution[str]] = {}
        for slot, ruling in slots(self).items():
            lost = {clause for one in ruling.proof.rejected for clause in one.clauses}
            for term in self.terms:
                if term.slot == slot and str(term.clauses[0]) in lost:
                    out[term.id] = ruling
        return out

    @cached_property
    def governing(self) -> tuple[Term, ...]:
        """The terms that are not overruled."""
        return tuple(term for term in self.terms if term.id not in self.overruled)

    @cached_property
    def payments(self) -> tuple[Payment, ...]:
        """Instalments that the buyer owes, in order."""
        found = [t for t in self.governing if isinstance(t, Payment) and t.debtor is Party.BUYER]
        return tuple(sorted(found, key=_instalment))

    @cached_property
    def penalties(self) -> tuple[Penalty, ...]:
        return tuple(term for term in self.governing if isinstance(term, Penalty))

    @cached_property
    def set_off_clauses(self) -> frozenset[ClauseRef]:
        """The clauses under which a demanded sum may be taken out of what is payable (抵扣)."""
        return frozenset(
            clause
            for term in self.governing
            if isinstance(term, Permission) and term.set_off
            for clause in term.clauses
        )

    def clause_named(self, text: str) -> ClauseRef | None:
        """The clause that a text of any dialect means, or None where it means none or several."""
        try:
            return self.clauses.resolve(text)
        except (LookupError, ValueError):
            return None

    def penalties_named(self, text: str) -> tuple[Penalty, ...]:
        """The penalties that a claim under a clause, in any dialect, means."""
        return self.penalties_at(self.clause_named(text))

    def penalties_at(self, ref: ClauseRef | None) -> tuple[Penalty, ...]:
        """Penalties whose home is this clause; else the first that rests on it; else the only one that stands below it."""
        if ref is None:
            return ()
        home = tuple(term for term in self.penalties if term.clauses[0] == ref)
        resting = tuple(term for term in self.penalties if ref in term.clauses)
        below = tuple(term for term in self.penalties if term.clauses[0].is_within(ref))
        return home or resting[:1] or (below if len(below) == 1 else ())

    def organisation(self, role: Role) -> str:
        """The name of the first organisation in a role, or an empty text."""
        return next((party.name for party in self.parties if party.role is role), "")

    def count_terms(self) -> dict[str, int]:
        """How many terms there are of each kind that occurs."""
        counts = {kind.value: 0 for kind in TermKind}
        for term in self.terms:
            counts[term.kind.value] += 1
        return {kind: count for kind, count in counts.items() if count}

    def count_doubts(self) -> dict[str, int]:
        counts = {severity.value: 0 for severity in Severity}
        for doubt in self.doubts:
            counts[doubt.severity.value] += 1
        return counts


def _instalment(payment: Payment) -> int:
    return payment.instalment


def blocks_of(term: Term, release: Release, settled: frozenset[str]) -> tuple[DoubtId, ...]:
    """The unsettled doubts of severity block that a term lists: what needs it is not decidable."""
    waiting = (doubt for doubt in term.doubts if doubt not in settled)
    return tuple(d for d in waiting if release.doubt_by_id[d].severity is Severity.BLOCK)


# ── terms that speak about the same slot ─────────────────────────────────────────────────────────────────────────


def slots(release: Release) -> Mapping[str, Resolution[str]]:
    """For every slot that several terms fill: which clause's value holds by the paper's own rules, with its proof.

    The part of a slot's name before the dot is the subject that special rules speak of (``confidentiality.report``).
    """
    rivals: dict[str, list[Term]] = {}
    for term in release.terms:
        if term.slot:
            rivals.setdefault(term.slot, []).append(term)
    return {
        slot: resolve(
            slot, [_candidate(term) for term in terms], release.order, subject=slot.split(".")[0]
        )
        for slot, terms in rivals.items()
        if len(terms) > 1
    }


def _candidate(term: Term) -> Candidate[str]:
    home = term.clauses[0]
    return Candidate(
        _disputed(term), str(home), home.document, weight=_weight(getattr(term, "within", None))
    )


def _weight(within: object) -> int | None:
    """Minutes of a span, so that 30 minutes are less than an hour; None where spans cannot be compared without a date."""
    if not isinstance(within, Span):
        return None
    minutes = _MINUTES.get(within.unit)
    return None if minutes is None else within.count * minutes


#: Working days, months and years have no fixed length: against other units only a person can say which is stricter.
_MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.CALENDAR_DAYS: 1_440, Unit.WEEKS: 10_080}


# ── what must hold of any release ────────────────────────────────────────────────────────────────────────────────


def check(release: Release) -> list[Doubt]:
    """All that is wrong with a release; an empty list means it may be used."""
    return [
        *_duplicates("约定", [term.id for term in release.terms]),
        *_duplicates("疑义", [doubt.id for doubt in release.doubts]),
        *_duplicates("参数", [parameter.id for parameter in release.parameters]),
        *_rows(release),
        *_citations(release),
        *_references(release),
        *_events(release),
        *_spans(release),
        *_slots(release),
        *_money(release),
        *_cycles(release),
    ]


def _duplicates(what: str, ids: Sequence[str]) -> Iterator[Doubt]:
    for one in sorted({i for i in ids if ids.count(i) > 1}):
        yield malformed(f"{what} {one}", "编号重复。", "每个编号只能用一次。")


def _rows(release: Release) -> Iterator[Doubt]:
    for table in release.tables:
        places = [f"{row.group or ''} 第 {row.row} 行" for row in table.rows]
        yield from _duplicates(f"表格 {table.id}", places)
        for row in table.rows:
            if len(row.cells) != len(table.columns):
                says = f"有 {len(row.cells)} 格，表头有 {len(table.columns)} 列。"
                yield malformed(f"表格 {table.id} 第 {row.row} 行", says, "请补齐或删去多余的格。")


def _citations(release: Release) -> Iterator[Doubt]:
    rows = {f"{t.clause} ({t.id} row {r.row})" for t in release.tables for r in t.rows}
    cited: list[tuple[str, tuple[ClauseRef, ...]]] = [
        *((f"约定 {t.id}", t.clauses) for t in release.terms),
        *((f"疑义 {d.id}", d.clauses) for d in release.doubts),
        *((f"参数 {p.id}", p.clauses) for p in release.parameters),
        *((f"表格 {t.id}", (t.clause,)) for t in release.tables),
        *((f"约定 {t.id}", _pointed(t)) for t in release.penalties if _pointed(t)),
        ("价款", (release.price_clause,)),
        ("生效", (release.effective_clause,)),
        ("期限", (release.period.clause,)),
        *([("送达", release.service.cited)] if release.service is not None else []),
    ]
    for who, refs in cited:
        if not refs:
            yield malformed(who, "没有引用任何条款。", "请写明所依据的条款。")
        for ref in refs:
            if ref not in release.clauses and str(ref) not in rows:
                yield malformed(who, f"引用的条款“{ref}”不在条款树中。", "请核对条款编号。")


def _pointed(term: Penalty) -> tuple[ClauseRef, ...]:
    """The clauses that a penalty leads to."""
    return tuple(ref for ref in (term.points_to, term.excess, *term.rivals) if ref is not None)


def _spans(release: Release) -> Iterator[Doubt]:
    """What starts on a day is counted in days; a period does not end before it begins; a pointer does not run in a circle."""
    period = release.period
    if period.start is not None and period.end is not None and period.end < period.start:
        yield malformed("期限", f"结束 {period.end} 早于开始 {period.start}。", "请核对原文。")
    for term in release.terms:
        if isinstance(term, Payment | DeadlineBeforeDate | Deliverable | LateInterest):
            span = term.grace if isinstance(term, LateInterest) else term.within
            if isinstance(span, Span) and span.unit.is_clock:
                yield malformed(
                    f"约定 {term.id}",
                    f"“{span.chinese}”不能按时刻计。",
                    "这里从日期起算，请用日、周或月。",
                )
    for penalty in release.penalties:
        seen: list[Penalty] = [penalty]
        while (ref := seen[-1].points_to) is not None:
            target = next(iter(release.penalties_at(ref)), None)
            if target is None:
                yield malformed(
                    f"约定 {penalty.id}", f"所指的 {ref} 没有约定违约责任。", "请核对条款编号。"
                )
                break
            if target in seen:
                yield malformed(f"约定 {penalty.id}", f"违约责任绕回了 {ref}。", "请打断循环。")
                break
            seen.append(target)


def _references(release: Release) -> Iterator[Doubt]:
    for rule in release.service.counts if release.service is not None else ():
        for doubt in rule.doubts:
            if doubt not in release.doubt_by_id:
                yield malformed("送达", f"没有疑义“{doubt}”。", "请先登记疑义。")
    for term in release.terms:
        for doubt in term.doubts:
            if doubt not in release.doubt_by_id:
                yield malformed(f"约定 {term.id}", f"没有疑义“{doubt}”。", "请先登记疑义。")
        for parameter in _parameters_of(term):
            if parameter not in release.parameter_by_id:
                yield malformed(f"约定 {term.id}", f"没有参数“{parameter}”。", "请先登记参数。")
        if isinstance(term, Payment) and isinstance(term.amount, Remainder):
            target = release.term_by_id.get(term.amount.grades)
            if not isinstance(target, GradeCap):
                yield malformed(
                    f"约定 {term.id}",
                    f"“{term.amount.grades}”不是考核等级表。",
                    "尾款须指向 grade_cap。",
                )
    for doubt_row in release.doubts:
        for term_id in doubt_row.blocks:
            if term_id not in release.term_by_id:
                yield malformed(
                    f"疑义 {doubt_row.id}", f"阻断的约定“{term_id}”不存在。", "请核对 blocks。"
                )
            elif doubt_row.id not in release.term_by_id[term_id].doubts:
                yield malformed(
                    f"疑义 {doubt_row.id}", f"约定“{term_id}”没有列出这个疑义。", "两边要写一致。"
                )
    for doubt_id in release.period.doubts:
        if doubt_id not in release.doubt_by_id:
            yield malformed("期限", f"没有疑义“{doubt_id}”。", "请先登记疑义。")


def _parameters_of(term: Term) -> Iterator[ParameterId]:
    within = getattr(term, "within", None)
    bound = getattr(term, "bound", None)
    for value in (within, bound):
        if isinstance(value, str):
            yield ParameterId(value)


def events_of(term: Term) -> Iterator[Event]:
    """Every event that a term listens to, so that loading can check kinds and fields."""
    candidates: list[object] = []
    match term:
        case DeadlineAfterEvent():
            candidates = [*term.triggers, *term.done, term.deems, term.until]
        case DeadlineBeforeDate():
            candidates = [term.anchor, *term.done]
        case Recurring():
            candidates = [term.done]
        case Threshold(measure=Reading(event=event)) | Threshold(measure=Ratio(event=event)):
            candidates = [event]
        case Threshold(measure=Availability(event=event)) | Threshold(measure=Tally(event=event)):
            candidates = [event]
        case Threshold(measure=Judgement(event=event)):
            candidates = [event]
        case Deliverable():
            candidates = [term.after]
        case Prohibition():
            candidates = [term.breach]
        case Permission():
            candidates = [term.opens]
        case Payment():
            candidates = [*term.conditions]
        case Duty():
            candidates = [term.trigger, term.done, term.until]
        case _:
            pass
    yield from (event for event in candidates if isinstance(event, Event))


def kinds_of(term: Term) -> frozenset[str]:
    """Every kind of fact that can bear on a term."""
    kinds = {event.kind for event in events_of(term)}
    match term:
        case Payment():
            kinds |= {
                "invoice.received",
                "invoice.refused",
                "payment.made",
                "setoff.demanded",
                "assessment.graded",
            }
        case LateInterest() | Penalty():
            kinds |= {"payment.made", "damages.claimed", "damages.chosen"}
        case GradeCap():
            kinds |= {"assessment.graded"}
        case Deliverable():
            kinds |= {"deliverable.submitted"}
        case Staffing():
            kinds |= {"staff.counted"}
        case Entitlement():
            kinds |= {"resource.provided"}
        case Permission():
            kinds |= {"right.exercised"}
        case Threshold(measure=Availability()):
            kinds |= {"monitoring.covered"}
        case Prohibition() | Duty():
            kinds |= {"duty.performed", "duty.breached", "duty.attested"}
        case Recurring():
            kinds |= {"contract.rescinded", "contract.terminated"}
        case DeadlineAfterEvent() | DeadlineBeforeDate() | Threshold():
            pass
        case _:
            assert_never(term)
    return frozenset(kinds)


def _events(release: Release) -> Iterator[Doubt]:
    for term in release.terms:
        for event in events_of(term):
            kind = KINDS.get(event.kind)
            if kind is None:
                yield malformed(
                    f"约定 {term.id}",
                    f"没有“{event.kind}”这种事实。",
                    "请用 lvyue facts kinds 核对。",
                )
                continue
            fields = {spec.name: spec for spec in kind.fields}
            for name, value in event.where:
                spec = fields.get(name)
                if spec is None:
                    yield malformed(
                        f"约定 {term.id}", f"“{event.kind}”没有字段“{name}”。", "请核对字段名。"
                    )
                elif spec.choices and value not in spec.choices:
                    yield malformed(
                        f"约定 {term.id}",
                        f"“{event.kind}.{name}”不能是“{value}”。",
                        f"可选 {spec.choices}。",
                    )
        for fields_needed, event in _measured_fields(term):
            known = (
                {spec.name for spec in KINDS[event.kind].fields} if event.kind in KINDS else set()
            )
            for name in fields_needed:
                if known and name not in known:
                    yield malformed(
                        f"约定 {term.id}", f"“{event.kind}”没有字段“{name}”。", "请核对字段名。"
                    )


def _measured_fields(term: Term) -> Iterator[tuple[tuple[str, ...], Event]]:
    match term:
        case Threshold(measure=Reading(event=event, field=name)):
            yield (name,), event
        case Threshold(measure=Ratio(event=event, part=part, whole=whole)):
            yield (part, whole), event
        case Threshold(measure=Judgement(event=event)):
            yield ("met",), event
        case Recurring(done=event, full=(part, whole)):
            yield (part, whole), event
        case _:
            return


def _slots(release: Release) -> Iterator[Doubt]:
    """Two terms of one slot may only disagree where a rule parts them or a doubt names both clauses."""
    for slot, resolution in slots(release).items():
        if resolution.doubt is None:
            continue
        homes = {term.clauses[0] for term in release.terms if term.slot == slot}
        if not any(homes <= set(doubt.clauses) for doubt in release.doubts):
            places = "、".join(str(home) for home in sorted(homes))
            yield malformed(
                f"事项 {slot}",
                f"{places} 规定不一致而没有登记疑义。",
                "请登记一个写明各条款的疑义。",
            )


def _disputed(term: Term) -> str:
    """The number two terms of one slot may disagree about."""
    numbers = (getattr(term, name, None) for name in ("within", "bound", "count", "times", "rate"))
    return next((str(number) for number in numbers if number is not None), "")


def _money(release: Release) -> Iterator[Doubt]:
    shares = [t for t in release.payments if isinstance(t.amount, Share)]
    for term in shares:
        if isinstance(term.amount, Share) and term.amount.stated is not None:
            reckoned = release.price.at(term.amount.rate, Rounding.HALF_UP)
            if reckoned != term.amount.stated:
                says = f"合同写明 {term.amount.stated}，按比例是 {reckoned}。"
                yield malformed(f"约定 {term.id}", says, "请登记为金额不一致的疑义。")


def _cycles(release: Release) -> Iterator[Doubt]:
    """Deemed events may trigger other terms; they must not run in a circle."""
    edges: dict[str, set[str]] = {}
    for term in release.terms:
        if isinstance(term, DeadlineAfterEvent) and term.deems is not None:
            for trigger in term.triggers:
                edges.setdefault(str(trigger), set()).add(str(term.deems))
    seen: set[str] = set()

    def reaches(start: str, goal: str) -> bool:
        seen.add(start)
        return any(n == goal or (n not in seen and reaches(n, goal)) for n in edges.get(start, ()))

    for kind in sorted(edges):
        seen.clear()
        if reaches(kind, kind):
            yield malformed(
                f"事件 {kind}", "“视为”规则首尾相接。", "请打断循环：一个事件不能由自己推定。"
            )


__all__ = [
    "ContractDoubt",
    "Document",
    "LateInterest",
    "Organisation",
    "Period",
    "Release",
    "Role",
    "Table",
    "TableRow",
    "Tax",
    "check",
    "events_of",
]
