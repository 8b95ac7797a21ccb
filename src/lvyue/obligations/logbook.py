"""事实簿: the log of a contract as people look through it: what was recorded, by whom, what became of it, what it bears on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Any

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Ruling, Seat, may_record, may_record_this, no
from lvyue.accounts.queries import Sides, names_of, sides_of
from lvyue.contracts.queries import latest_release, releases
from lvyue.core.doubts import Refused
from lvyue.core.facts import KINDS, Fact, FactId, FactKind, FieldType
from lvyue.core.money import Money
from lvyue.core.recorders import Recorder, recorder_of
from lvyue.core.release import Release, events_of, kinds_of
from lvyue.core.terms import (
    Deliverable,
    Entitlement,
    GradeCap,
    Party,
    Permission,
    Staffing,
    Term,
    TermId,
)
from lvyue.evidence import queries as evidence
from lvyue.evidence.queries import Inclusion, Service
from lvyue.evidence.vault import Condition, condition_of
from lvyue.library.loader import load_text
from lvyue.obligations.card import findings_by_term
from lvyue.obligations.drafting import CORRECTIONS, Choice, Draft
from lvyue.obligations.marks import Mark, mark_of
from lvyue.obligations.memo import Memo
from lvyue.obligations.queries import UnknownContract, statement_of
from lvyue.obligations.reason import FactView, fact_view

#: So many facts stand on one page of the list, and so many rows leave with an export at most.
PAGE = 50
EXPORT = 20_000
#: So many subjects are suggested, out of so many facts.
SUGGESTED, LOOKED_AT = 40, 400

_releases: Memo[str, Release] = Memo(16)


def release_of(contract_id: str) -> Release:
    """The newest release of a contract, as it is read. ``UnknownContract`` if the register has none."""
    row = latest_release(contract_id)
    if row is None:
        raise UnknownContract(contract_id)
    return _releases.get(row.digest, lambda: load_text(row.body))


def ever_of(contract_id: str) -> Release:
    """The newest release with the terms that earlier ones had and it has not: they still rule what began under them."""
    newest = release_of(contract_id)
    terms = {term.id: term for term in newest.terms}
    for row in releases().filter(contract_id=contract_id).order_by("-sequence")[1:]:
        for term in _releases.get(row.digest, partial(load_text, row.body)).terms:
            terms.setdefault(term.id, term)
    return replace(newest, terms=tuple(terms.values()))


# ── who recorded what, and who may correct it ────────────────────────────────────────────────────────────────────


class RecordedBy(Enum):
    """登记方: the side of whoever recorded a fact; what was loaded before anybody signed in is nobody's."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"
    OTHERS = "others", "导入或系统"

    def __init__(self, key: str, zh: str) -> None:
        self.key = key
        self.zh = zh


@dataclass(frozen=True, slots=True)
class OnRecord:
    """在案: a fact that a correction or a withdrawal names, and who recorded it when."""

    fact: Fact
    by: str
    at: datetime


def recorded(contract_id: str, ids: Collection[str]) -> dict[FactId, OnRecord]:
    """The facts of these ids with who recorded them, and the facts that those among them that are corrections name."""
    found: dict[FactId, OnRecord] = {}
    asked = {*ids}
    while asked:
        rows = evidence.search(contract_id, ids=asked)
        new = [
            OnRecord(evidence.fact_in(row), made.recorded_by, made.recorded_at)
            for row in rows
            for made in (row.checkpoint,)
        ]
        found |= {one.fact.id: one for one in new}
        named = {one.fact.data["fact"] for one in new if one.fact.kind in CORRECTIONS}
        asked = {*named} - {*found}
    return found


def ruling_on(
    seat: Seat,
    draft: Draft | Fact,
    release: Release,
    targets: Mapping[FactId, OnRecord],
    sides: Sides,
) -> Ruling:
    """Whether a person may put this on record. What one side recorded only that side corrects or withdraws."""
    if draft.kind not in CORRECTIONS:
        debtor = debtor_of(draft, release)
        return may_record_this(seat, draft.kind, draft.data, draft.evidence, debtor)
    target = targets.get(FactId(draft.data["fact"]))
    if target is None:
        return may_record(seat, draft.kind)
    if draft.kind == target.fact.kind == "fact.corrected":
        root = target.fact.data["fact"]
        says = f"这是一条更正。请再更正一次原来的事实“{root}”：后一次更正取代前一次。"
        return no("state", says)
    side = sides.of(target.by, target.at)
    act = KINDS[draft.kind].zh
    if side is not None and side not in seat.sides:
        says = f"这条事实由{side.zh}登记，只有{side.zh}可以{act}。您可以提出异议。"
        return no("whose_fact", says)
    fact = root_of(target.fact, targets)
    ruling = may_record(seat, fact.kind, debtor_of(fact, release))
    if ruling and side is None and not _leads(seat, fact.kind):
        says = f"这条事实由系统管理员装入，单方不能{act}"
        mend = "由装入它的管理员更正，或双方以补充协议确认。您可以提出异议。"
        return no("whose_fact", f"{says}：{mend}")
    return ruling or no(ruling.rule, f"不能{act}这条事实：{ruling.reason}")


#: Whose word alone makes a fact, and who speaks it: they may also take back what was loaded for them.
_LEADS = {
    Recorder.BUYER: ContractRole.BUYER,
    Recorder.SUPPLIER: ContractRole.SUPPLIER_MANAGER,
}


def _leads(seat: Seat, kind: str) -> bool:
    """Whether facts of a kind are recorded by just the side for which this person answers."""
    return _LEADS.get(recorder_of(kind)) in seat.roles


def debtor_of(fact: Draft | Fact, release: Release) -> Party | None:
    """Whose duty a fact about a term is about, or whose breach a claim under a clause; None where it names neither."""
    if fact.kind.startswith("damages."):
        debtors = {term.debtor for term in release.penalties_named(str(fact.data.get("clause")))}
        return debtors.pop() if len(debtors) == 1 else None
    term = release.term_by_id.get(TermId(str(fact.data.get("term"))))
    return None if term is None else term.debtor


def root_of(fact: Fact, targets: Mapping[FactId, OnRecord]) -> Fact:
    """The fact at the end of a chain of corrections."""
    while fact.kind in CORRECTIONS and FactId(fact.data["fact"]) in targets:
        fact = targets[FactId(fact.data["fact"])].fact
    return fact


# ── what became of facts ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Fate:
    """现状: whether a fact stands as it was recorded, and through which correction it does not. ``at`` is its new time."""

    word: str = ""
    by: FactId | None = None
    at: str = ""

    @property
    def stands(self) -> bool:
        return self.word != "已撤回"


STANDS = Fate()


class Fates:
    """现状簿: what became of the facts of a log, from all its corrections. The same order of precedence as `core.facts`."""

    def __init__(self, corrections: Sequence[Fact]) -> None:
        self._fates: dict[FactId, Fate] = {}
        undone: set[FactId] = set()
        for one in sorted(corrections, key=_index, reverse=True):
            if one.id in undone:
                continue
            target = FactId(one.data["fact"])
            withdraws = one.kind == "fact.withdrawn"
            if withdraws:
                undone.add(target)
            if target in self._fates:
                self._fates.setdefault(one.id, Fate("已被取代", self._fates[target].by))
            elif withdraws:
                self._fates[target] = Fate("已撤回", one.id)
            else:
                self._fates[target] = Fate("已更正", one.id, one.data.get("at", ""))

    def of(self, fact: Fact) -> Fate:
        return self._fates.get(fact.id, STANDS)


def _index(fact: Fact) -> int:
    return fact.index


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sought:
    """筛选: which facts of a log are asked for; what is empty is not asked."""

    kind: str = ""
    term: str = ""
    text: str = ""
    side: RecordedBy | None = None

    @property
    def is_empty(self) -> bool:
        return self == Sought()


@dataclass(frozen=True, slots=True)
class FactLine:
    """事实行: a fact with who recorded it when, and what became of it."""

    view: FactView
    recorded_at: datetime
    recorded_by: str
    name: str
    source: str
    fate: Fate
    files: int

    @property
    def who(self) -> str:
        return self.name or self.recorded_by


@dataclass(frozen=True, slots=True)
class FactPage:
    """事实的一页: latest first; ``before`` is where the next page begins, None on the last. ``release`` gives its words."""

    lines: tuple[FactLine, ...]
    before: int | None
    release: Release


def fact_page(
    contract_id: str, sought: Sought, on: date, before: int | None = None, limit: int = PAGE
) -> FactPage:
    """One page of the facts that are sought."""
    sides = sides_of(contract_id) if sought.side is not None else Sides()
    rows = list(
        evidence.search(
            contract_id,
            kinds=[sought.kind] if sought.kind else None,
            ids=_bearing_on(contract_id, sought.term, on) if sought.term else None,
            text=sought.text,
            recorded_by=_people(sides, sought.side),
            not_by=_services(sides) if sought.side is RecordedBy.OTHERS else (),
            before=before,
        )[: limit + 1]
    )
    shown = rows[:limit]
    fates = Fates(evidence.corrections(contract_id))
    names = names_of({row.checkpoint.recorded_by for row in shown})
    release = release_of(contract_id)
    lines = tuple(_line(row, fates, names, release) for row in shown)
    return FactPage(lines, shown[-1].index if len(rows) > limit else None, release)


def _line(row: Any, fates: Fates, names: Mapping[str, str], release: Release) -> FactLine:
    """An entry with its checkpoint as a line of a list."""
    fact, by = evidence.fact_in(row), row.checkpoint.recorded_by
    return FactLine(
        view=in_words(fact, release),
        recorded_at=row.recorded_at,
        recorded_by=by,
        name=names.get(by, ""),
        source=row.checkpoint.source,
        fate=fates.of(fact),
        files=len(fact.evidence),
    )


def in_words(fact: Fact, release: Release) -> FactView:
    """A fact as people read it, with the contract's own words in the place of its ids."""
    view = fact_view(fact)
    specs = [spec for spec in KINDS[fact.kind].fields if spec.name in fact.data]
    told = (
        (label, _named_by(spec.name, value, release))
        for spec, (label, value) in zip(specs, view.fields, strict=True)
    )
    return replace(view, fields=tuple(told))


def _named_by(field: str, value: str, release: Release) -> str:
    known: Mapping[str, Mapping[Any, Any]] = {
        "term": release.term_by_id,
        "parameter": release.parameter_by_id,
        "doubt": release.doubt_by_id,
    }
    found = known.get(field, {}).get(value)
    return value if found is None else str(found.says)


def _people(sides: Sides, side: RecordedBy | None) -> list[Service] | None:
    if side is None or side is RecordedBy.OTHERS:
        return None
    return _services(Sides(tuple(one for one in sides.tenures if one.side.value == side.key)))


def _services(sides: Sides) -> list[Service]:
    return [(one.username, one.since, one.until) for one in sides.tenures]


def _bearing_on(contract_id: str, term: str, on: date) -> list[str]:
    """The ids of the facts that the findings of a term name."""
    findings = findings_by_term(statement_of(contract_id, on)).get(TermId(term), ())
    return sorted({fact for finding in findings for fact in finding.facts})


# ── one fact ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Link:
    """链环: one fact of a chain of corrections."""

    line: FactLine
    here: bool


@dataclass(frozen=True, slots=True)
class Bearing:
    """影响: a finding that a fact bears on."""

    term: TermId
    says: str
    occurrence: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class ProvingFile:
    """证明文件: a file that a fact names; ``name`` is empty where nobody here ever brought it."""

    sha256: str
    name: str
    size: int
    media_type: str
    uploaded_by: str
    uploaded_at: datetime | None
    condition: Condition
    others: tuple[FactId, ...]


@dataclass(frozen=True, slots=True)
class FactSheet:
    """事实页: one leaf of the log, whole."""

    fact: Fact
    line: FactLine
    raw: str
    checkpoint: int
    inclusion: Inclusion
    chain: tuple[Link, ...]
    root: FactId
    bearings: tuple[Bearing, ...]
    troubles: tuple[str, ...]
    files: tuple[ProvingFile, ...]
    rulings: Mapping[str, Ruling]

    @property
    def stands(self) -> bool:
        """Whether the first fact of its chain still counts: what was withdrawn has no time to correct."""
        return self.chain[0].line.fate.stands


def fact_sheet(contract_id: str, fact_id: str, seat: Seat, on: date) -> FactSheet | None:
    """Everything about one fact; None if the log of this contract does not know it."""
    row = evidence.search(contract_id, ids=[fact_id]).first()
    if row is None:
        return None
    fact = evidence.fact_in(row)
    corrections = evidence.corrections(contract_id)
    targets = recorded(contract_id, [fact.id])
    root = root_of(fact, targets)
    release = release_of(contract_id)
    chain = _chain(contract_id, root, corrections, release)
    here = next(line for line in chain if line.view.id == fact.id)
    bearings, troubles = _bearings(contract_id, fact, on)
    sides = sides_of(contract_id)
    return FactSheet(
        fact=fact,
        line=here,
        raw=bytes(row.raw).decode(errors="replace"),
        checkpoint=row.checkpoint.size,
        inclusion=evidence.inclusion(contract_id, fact.id),
        chain=tuple(Link(line, here=line is here) for line in chain),
        root=root.id,
        bearings=bearings,
        troubles=troubles,
        files=tuple(_files(contract_id, fact)),
        rulings={
            "correct": ruling_on(seat, _naming("fact.corrected", root), release, targets, sides),
            "withdraw": ruling_on(seat, _naming("fact.withdrawn", fact), release, targets, sides),
            "dispute": may_record(seat, "dispute.raised"),
            "again": may_record(seat, fact.kind, debtor_of(fact, release)),
        },
    )


def _naming(kind: str, fact: Fact) -> Draft:
    return Draft(FactId(""), kind, fact.at, None, {"fact": fact.id})


def _chain(
    contract_id: str, root: Fact, corrections: Sequence[Fact], release: Release
) -> list[FactLine]:
    """The first fact and every correction that leads to it, in the order in which they were recorded."""
    ids = {root.id}
    for one in corrections:  # in log order: a correction comes after what it names
        if one.data["fact"] in ids:
            ids.add(one.id)
    fates = Fates(corrections)
    rows = list(evidence.search(contract_id, ids=ids).order_by("index"))
    names = names_of({row.checkpoint.recorded_by for row in rows})
    return [_line(row, fates, names, release) for row in rows]


def _bearings(
    contract_id: str, fact: Fact, on: date
) -> tuple[tuple[Bearing, ...], tuple[str, ...]]:
    """The findings that name a fact today; and what is wrong where it names nothing the contract has."""
    try:
        statement = statement_of(contract_id, on)
    except Refused as refused:
        return (), tuple(str(doubt) for doubt in refused.doubts)
    terms = statement.evaluation.release.term_by_id
    bearings = tuple(
        Bearing(one.term, terms[one.term].says, one.occurrence, mark_of(terms[one.term], one))
        for one in statement.evaluation.findings
        if fact.id in one.facts and fact.id not in one.aside and one.term in terms
    )
    stray = f"stray:{fact.id}"
    return bearings, tuple(doubt.says for doubt in statement.strays if doubt.id == stray)


def _files(contract_id: str, fact: Fact) -> Iterator[ProvingFile]:
    known = {row.sha256: row for row in evidence.files(contract_id, fact.evidence)}
    for digest in fact.evidence:
        row = known.get(digest)
        proved = evidence.facts_proved_by(contract_id, digest)
        yield ProvingFile(
            sha256=digest,
            name=row.name if row is not None else "",
            size=row.size if row is not None else 0,
            media_type=row.media_type if row is not None else "",
            uploaded_by=row.uploaded_by if row is not None else "",
            uploaded_at=row.uploaded_at if row is not None else None,
            condition=condition_of(digest) if row is not None else Condition.MISSING,
            others=tuple(other.id for other in proved if other.id != fact.id),
        )


# ── what a form offers ───────────────────────────────────────────────────────────────────────────────────────────

_AREAS: tuple[tuple[str, str], ...] = (
    ("服务台与往来函件", "ticket request letter instruction notice"),
    ("付款与发票", "invoice treasury payment refund setoff damages"),
    ("验收、考核与交付", "assessment acceptance results review warranty deliverable report plan"),
    ("日常运维", "inspection duty_log reach repair archive maintenance backup restore training"),
    ("安全与应急", "hazard incident leak demand system scan penetration drill"),
    ("指标与资源", "outage monitoring measure indicator survey resource"),
    ("人员与载体", "staff carriers"),
    ("义务与权利", "duty event right term"),
    (
        "合同的生效、变更与终止",
        """contract service expiry renewal default termination dispute litigation handover account
        contact force_majeure parameter doubt""",
    ),
)

_AREA_OF = {family: area for area, families in _AREAS for family in families.split()}


@dataclass(frozen=True, slots=True)
class KindChoice:
    """可选的种类: with the reason where this person may not record it."""

    kind: FactKind
    ruling: Ruling
    heard: bool


@dataclass(frozen=True, slots=True)
class Area:
    """门类: kinds of facts about one field of work."""

    name: str
    kinds: tuple[KindChoice, ...]


def areas_for(
    seat: Seat, release: Release, text: str = ""
) -> tuple[tuple[Area, ...], list[KindChoice]]:
    """The kinds that a person may record, by area, those that the contract listens to first; then those they may not."""
    heard = {kind for term in release.terms for kind in kinds_of(term)}
    found = [
        KindChoice(kind, may_record(seat, kind.name), kind.name in heard)
        for kind in KINDS.values()
        if kind.name not in CORRECTIONS and _matches(kind, text)
    ]
    by_area: dict[str, list[KindChoice]] = {name: [] for name, _ in _AREAS}
    for one in found:
        if one.ruling:
            by_area[_AREA_OF[one.kind.name.split(".")[0]]].append(one)
    areas = tuple(
        Area(name, tuple(sorted(kinds, key=_unheard))) for name, kinds in by_area.items() if kinds
    )
    return areas, [one for one in found if not one.ruling]


def _matches(kind: FactKind, text: str) -> bool:
    area = _AREA_OF.get(kind.name.split(".")[0], "")
    return not text or any(text.lower() in told for told in (kind.zh, kind.name, area))


def _unheard(one: KindChoice) -> bool:
    return not one.heard


def choices_for(kind: FactKind, seat: Seat, release: Release) -> dict[str, tuple[Choice, ...]]:
    """What the contract knows for the fields of a kind: terms by name, instalments with their clauses, and so on."""
    found: dict[str, tuple[Choice, ...]] = {}
    for spec in kind.fields:
        match spec.name:
            case "term":
                found[spec.name] = tuple(_terms(kind, seat, release))
            case "instalment":
                found[spec.name] = tuple(
                    Choice(str(term.instalment), f"第 {term.instalment} 期：{term.says}")
                    for term in release.payments
                )
            case "parameter":
                found[spec.name] = tuple(Choice(one.id, one.says) for one in release.parameters)
            case "doubt":
                found[spec.name] = tuple(Choice(one.id, one.says) for one in release.doubts)
            case "grade":
                grades = [
                    grade
                    for term in release.governing
                    if isinstance(term, GradeCap)
                    for grade in term.grades
                ]
                found[spec.name] = tuple(Choice(one.name, one.name) for one in grades)
            case _:
                pass
    return {name: choices for name, choices in found.items() if choices}


def _terms(kind: FactKind, seat: Seat, release: Release) -> Iterator[Choice]:
    fitting = [term for term in release.governing if _fits(kind, term)]
    for term in fitting or release.governing:
        if may_record(seat, kind.name, term.debtor):
            yield Choice(term.id, f"{term.says}（{term.debtor.zh}）")


def _fits(kind: FactKind, term: Term) -> bool:
    if kind.name == "right.exercised":
        return isinstance(term, Permission)
    return kind.name in kinds_of(term)


#: Fields whose values the contract names itself, where another value is possible too.
_NAMED: Mapping[str, tuple[type[Term], str]] = {
    "deliverable": (Deliverable, "name"),
    "post": (Staffing, "post"),
    "item": (Entitlement, "item"),
}


def hints_for(contract_id: str, kind: FactKind, release: Release) -> dict[str, tuple[str, ...]]:
    """What may be meant, by input: values that the contract names, or that earlier facts carry. Anything else is taken too."""
    hints: dict[str, tuple[str, ...]] = {"subject": subjects_for(contract_id, kind, release)}
    for spec in kind.fields:
        if spec.name in _NAMED:
            cls, name = _NAMED[spec.name]
            values = {getattr(term, name) for term in release.governing if isinstance(term, cls)}
        elif spec.type is FieldType.TEXT and not spec.choices:
            values = _listened_for(kind, spec.name, release)
        else:
            continue
        hints[f"data.{spec.name}"] = tuple(sorted(values))
    return {name: values for name, values in hints.items() if values}


def _listened_for(kind: FactKind, name: str, release: Release) -> set[str]:
    """The values of a field that terms listen for, such as the names of reports."""
    return {
        str(value)
        for term in release.governing
        for event in events_of(term)
        if event.kind == kind.name
        for field, value in event.where
        if field == name
    }


def subjects_for(contract_id: str, kind: FactKind, release: Release) -> tuple[str, ...]:
    """Subjects that a new fact of a kind may be about: those that still wait for one first, latest first."""
    family = kind.name.split(".")[0]
    asking = {
        one for term in release.governing if kind.name in (heard := kinds_of(term)) for one in heard
    }
    kinds = asking | {name for name in KINDS if name.split(".")[0] == family}
    facts = evidence.recent(contract_id, kinds - CORRECTIONS, LOOKED_AT)
    done = {fact.subject for fact in facts if fact.kind == kind.name}
    subjects = list(dict.fromkeys(fact.subject for fact in facts if fact.subject is not None))
    waiting = [one for one in subjects if one not in done]
    return tuple([*waiting, *(one for one in subjects if one in done)][:SUGGESTED])


def expected_by(contract_id: str, kind: FactKind, instalment: str, on: date) -> tuple[Money, ...]:
    """The amounts that the contract waits for: of the instalment that is named, or of all that are open."""
    if not any(spec.type is FieldType.FEN for spec in kind.fields):
        return ()
    try:
        statement = statement_of(contract_id, on)
    except Refused:
        return ()
    found = []
    for one in statement.settlement.instalments:
        if instalment not in ("", str(one.term.instalment)):
            continue
        figures = (one.amount, one.upper)
        found += [figure.money for figure in figures if figure is not None]
        if one.unpaid:
            found.append(one.unpaid)
    return tuple(dict.fromkeys(found))


def owed_by(
    contract_id: str, kind: FactKind, term: str, instalment: str, on: date
) -> tuple[int, Money | None] | None:
    """The instalment that a link names by its term or number, and what is still owed of it; None where it names none."""
    if not {"instalment", "amount_fen"} <= {*kind.names} or not (term or instalment):
        return None
    try:
        statement = statement_of(contract_id, on)
    except Refused:
        return None
    for one in statement.settlement.instalments:
        if term == one.term.id or (not term and instalment == str(one.term.instalment)):
            return one.term.instalment, one.unpaid or None
    return None
