"""合同页: the contract as a paper with a living margin: outline, clauses in order, and a note beside each term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lvyue.core.clause import Clause, ClauseRef
from lvyue.core.doubts import Doubt, DoubtId, Severity
from lvyue.core.facts import KINDS, FactId
from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.core.release import ContractDoubt, Release, Table
from lvyue.core.statement import Statement
from lvyue.core.terms import Event, Recurring, Term, TermId
from lvyue.obligations.card import ContractCard, card_of, findings_by_term
from lvyue.obligations.marks import (
    BY_VERDICT,
    LATE,
    MET,
    MISSED,
    NOT_DUE,
    NOT_TRIGGERED,
    RIGHT,
    UNDECIDABLE,
    Count,
    Mark,
    counted,
    mark_of,
    rank,
    worst,
)
from lvyue.obligations.wording import KIND_ZH, anchor_of, label_of

#: Marks that the outline tells; the others are as a reader expects them to be.
_TOLD = {MISSED, LATE, UNDECIDABLE, RIGHT}


@dataclass(frozen=True, slots=True)
class Note:
    """旁注: one term beside its clause. ``quiet`` notes say nothing that a reader must know."""

    term: TermId
    says: str
    en: str
    kind: str
    debtor: str
    mark: Mark
    text: str
    detail: str
    due: date | None
    opens: date | None
    provisional: bool
    doubts: int
    blocked: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class DoubtView:
    """疑义: ``settled_by`` is the paper that settled it, empty while it is open."""

    id: DoubtId
    kind: str
    severity: Severity
    places: tuple[tuple[str, str], ...]
    says: str
    safe: str
    mend: str
    owner: str
    needs: tuple[str, ...]
    blocks: tuple[tuple[TermId, str], ...]
    settled_by: str
    settled_on: date | None
    fact: FactId | None = None


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """条款: its number, our heading, the cells if it is a row of a table, and what stands beside it."""

    anchor: str
    ref: str
    label: str
    heading: str
    level: int
    cells: tuple[str, ...]
    notes: tuple[Note, ...]
    doubts: tuple[DoubtView, ...]
    table: str = ""

    @property
    def quiet(self) -> bool:
        return not self.doubts and all(note.quiet for note in self.notes)


@dataclass(frozen=True, slots=True)
class Chapter:
    """一个文件: the main contract or an annex, with its rows in paper order."""

    anchor: str
    title: str
    rows: tuple[ClauseRow, ...]


@dataclass(frozen=True, slots=True)
class OutlineNode:
    """目录的一行; ``counts`` cover everything inside it."""

    anchor: str
    label: str
    heading: str
    counts: tuple[Count, ...]
    doubts: int


@dataclass(frozen=True, slots=True)
class OutlinePart:
    """目录中的一个文件."""

    anchor: str
    title: str
    nodes: tuple[OutlineNode, ...]


@dataclass(frozen=True, slots=True)
class Right:
    """已成立的权利: a right whose condition holds; a person decides."""

    term: TermId
    says: str
    holder: str
    because: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """依据: what the page was reckoned from, so that it can be cited and reckoned again."""

    as_of: date
    size: int
    root: str
    release: str
    calendar: str


@dataclass(frozen=True, slots=True)
class ContractScreen:
    """合同页."""

    card: ContractCard
    stamp: Stamp
    outline: tuple[OutlinePart, ...]
    chapters: tuple[Chapter, ...]
    rights: tuple[Right, ...]
    blocks: tuple[DoubtView, ...]
    doubts: tuple[DoubtView, ...]
    strays: tuple[Doubt, ...]
    papers: tuple[tuple[str, bool], ...]
    shown: Mark | None
    notes: int


def stamp_of(statement: Statement) -> Stamp:
    evaluation = statement.evaluation
    return Stamp(
        evaluation.as_of,
        evaluation.book.size,
        statement.root,
        evaluation.release.digest,
        evaluation.calendar.digest,
    )


def screen_of(
    statement: Statement, *, demonstration: bool, only: Mark | None = None
) -> ContractScreen:
    """The screen of a statement; ``only`` keeps the notes of one mark, and the clauses that bear them."""
    release = statement.evaluation.release
    notes = _notes(statement)
    views = doubt_views(statement)
    rows = [*_rows(release, notes, views)]
    shown = rows if only is None else [*_only(rows, only)]
    return ContractScreen(
        card=card_of(statement, demonstration=demonstration),
        stamp=stamp_of(statement),
        outline=_outline(release, rows),
        chapters=_chapters(release, shown),
        rights=tuple(_rights(statement)),
        blocks=tuple(d for d in views if d.severity is Severity.BLOCK and d.settled_on is None),
        doubts=views,
        strays=statement.strays,
        papers=tuple((document.title, document.here) for document in release.documents),
        shown=only,
        notes=sum(len(row.notes) for row in shown),
    )


# ── notes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _notes(statement: Statement) -> Mapping[ClauseRef, Sequence[Note]]:
    """Notes by home clause, worst first."""
    out: dict[ClauseRef, list[Note]] = {}
    release = statement.evaluation.release
    for term_id, findings in findings_by_term(statement).items():
        term = release.term_by_id[term_id]
        out.setdefault(term.clauses[0], []).append(_note(term, findings, statement))
    for notes in out.values():
        notes.sort(
            key=_badness
        )  # a stable sort: terms of one mark stay in the order of the release
    return out


def _badness(note: Note) -> int:
    return rank(note.mark)


def _note(term: Term, findings: Sequence[Finding], statement: Statement) -> Note:
    marks = [mark_of(term, finding) for finding in findings]
    mark = worst(marks)
    first = min(findings, key=_badness_of(term))
    waiting = sorted(
        (f for f in findings if f.verdict is Verdict.NOT_DUE and f.due_day is not None),
        key=_due,
    )
    coming = waiting[0] if waiting else None
    settled = statement.evaluation.book.settled()
    open_doubts = [doubt for doubt in term.doubts if doubt not in settled]
    blocked = any(
        statement.evaluation.release.doubt_by_id[doubt].severity is Severity.BLOCK
        for doubt in open_doubts
    )
    text, detail = _words(term, findings, marks, first)
    return Note(
        term=term.id,
        says=term.says,
        en=term.en,
        kind=KIND_ZH[term.kind],
        debtor=term.debtor.zh,
        mark=mark,
        text=text,
        detail=detail,
        due=None if coming is None else coming.due_day,
        opens=None if coming is None else coming.opens,
        provisional=(coming or first).provisional,
        doubts=len(open_doubts),
        blocked=blocked and mark is UNDECIDABLE,
        quiet=mark is NOT_TRIGGERED or (mark is NOT_DUE and coming is None),
    )


class _badness_of:  # noqa: N801  a key function with a term
    """How bad a finding is, then how recent."""

    def __init__(self, term: Term) -> None:
        self._term = term

    def __call__(self, finding: Finding) -> tuple[int, int]:
        return rank(mark_of(self._term, finding)), -(finding.due_day or date.min).toordinal()


def _due(finding: Finding) -> date:
    return finding.due_day or date.max


def _words(
    term: Term, findings: Sequence[Finding], marks: Sequence[Mark], first: Finding
) -> tuple[str, str]:
    """One finding speaks for itself; several are counted, and the worst of them is quoted."""
    if len(findings) == 1:
        return first.because, ""
    done = sum(mark is MET for mark in marks)
    others = [
        f"{count.mark.word} {count.number}"
        for count in counted(marks)
        if count.mark not in (MET, NOT_DUE)
    ]
    noun = _noun(term)
    text = " · ".join([f"{noun} {done}/{len(findings)}", *others])
    if mark_of(term, first) in (MET, NOT_DUE):
        return text, ""
    occurrence = f"{first.occurrence}：" if first.occurrence else ""
    return text, f"{occurrence}{first.because}"


def _noun(term: Term) -> str:
    """What is counted: an inspection, a report; 次 where the fact has no name of its own."""
    event: Event | None = term.done if isinstance(term, Recurring) else None
    if event is None or event.kind not in KINDS or event.kind.startswith(("duty.", "event.")):
        return "已履行"
    return KINDS[event.kind].zh


# ── doubts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def doubt_views(statement: Statement) -> tuple[DoubtView, ...]:
    """Every doubt of the paper and every doubt that facts raised: open before settled, blocking first."""
    release, book = statement.evaluation.release, statement.evaluation.book
    settling = {fact.data["doubt"]: fact for fact in book.by_kind.get("doubt.settled", ())}
    views = []
    for doubt in release.doubts:
        view = _doubt_view(doubt, release)
        fact = settling.get(doubt.id)
        if fact is not None:
            paper = str(fact.data["paper"])
            view = replace(view, settled_by=paper, settled_on=fact.day, fact=fact.id)
        views.append(view)
    views += [
        raised_view(doubt) for one in statement.evaluation.instalments for doubt in one.raised
    ]
    severities = list(Severity)
    return tuple(
        sorted(views, key=lambda v: (v.settled_on is not None, severities.index(v.severity)))
    )


def _doubt_view(doubt: ContractDoubt, release: Release) -> DoubtView:
    return DoubtView(
        id=doubt.id,
        kind=doubt.kind.zh,
        severity=doubt.severity,
        places=tuple((anchor_of(ref), str(ref)) for ref in doubt.clauses),
        says=doubt.says,
        safe=doubt.safe,
        mend=doubt.mend,
        owner=doubt.owner.zh,
        needs=doubt.needs,
        blocks=tuple((term, release.term_by_id[term].says) for term in doubt.blocks),
        settled_by="",
        settled_on=None,
    )


def raised_view(doubt: Doubt) -> DoubtView:
    """A doubt that a fact raised, such as an invoice that differs by one fen."""
    return DoubtView(
        id=doubt.id,
        kind=doubt.kind.zh,
        severity=doubt.severity,
        places=(),
        says=doubt.says,
        safe=doubt.safe,
        mend=doubt.mend,
        owner=doubt.owner,
        needs=doubt.needs,
        blocks=(),
        settled_by="",
        settled_on=None,
    )


# ── rows, chapters, outline ──────────────────────────────────────────────────────────────────────────────────────


def _rows(
    release: Release, notes: Mapping[ClauseRef, Sequence[Note]], views: Sequence[DoubtView]
) -> Iterator[ClauseRow]:
    """Clauses in paper order, table rows after the clause that holds their table."""
    at_clause: dict[str, list[DoubtView]] = {}
    for view in views:
        if view.places and view.settled_on is None and view.severity is not Severity.NOTE:
            at_clause.setdefault(view.places[0][1], []).append(view)
    cells = {
        ref: (table, row.cells)
        for table in release.tables
        for row in table.rows
        if (ref := _row_ref(table, row.row)) is not None
    }
    in_tables: dict[ClauseRef, set[ClauseRef]] = {}
    for ref in notes:
        if ref.row is not None:
            in_tables.setdefault(ref.clause, set()).add(ref)
    for view in views:
        place = view.places[0][1] if view.places else ""
        if place in at_clause and " (T" in place:
            ref = ClauseRef.parse(place)
            in_tables.setdefault(ref.clause, set()).add(ref)
    for clause in release.clauses:
        yield _row(clause, notes.get(clause.ref, ()), at_clause)
        last = ""
        for ref in sorted(in_tables.get(clause.ref, ())):
            table, texts = cells.get(ref, (None, ()))
            title = "" if table is None or table.id == last else f"{table.title}"
            last = "" if table is None else table.id
            yield ClauseRow(
                anchor=anchor_of(ref),
                ref=str(ref),
                label=label_of(ref),
                heading="",
                level=0,
                cells=tuple(text for text in texts if text),
                notes=tuple(notes.get(ref, ())),
                doubts=tuple(at_clause.get(str(ref), ())),
                table=title,
            )


def _row_ref(table: Table, number: str) -> ClauseRef | None:
    if not (table.id.removeprefix("T").isdecimal() and number.isdecimal()):
        return None
    place = (int(table.id.removeprefix("T")), int(number))
    return ClauseRef(table.clause.document, table.clause.segments, place)


def _row(
    clause: Clause, notes: Sequence[Note], at_clause: Mapping[str, Sequence[DoubtView]]
) -> ClauseRow:
    ref = clause.ref
    return ClauseRow(
        anchor=anchor_of(ref),
        ref=str(ref),
        label=label_of(ref, clause.printed),
        heading=clause.heading,
        level=min(ref.depth + 2, 6) if ref.depth else 3,
        cells=(),
        notes=tuple(notes),
        doubts=tuple(at_clause.get(str(ref), ())),
    )


def _only(rows: Sequence[ClauseRow], mark: Mark) -> Iterator[ClauseRow]:
    """Rows that bear a mark, with only the notes that do, under the headings that lead to them."""
    kept = {
        row.anchor: replace(row, notes=found, doubts=())
        for row in rows
        if (found := tuple(note for note in row.notes if note.mark is mark))
    }
    wanted = {ref for row in rows if row.anchor in kept for ref in _lineage(row.ref)}
    for row in rows:
        if row.anchor in kept:
            yield kept[row.anchor]
        elif row.anchor in wanted:
            yield replace(row, notes=(), doubts=())


def _lineage(text: str) -> Iterator[str]:
    ref: ClauseRef | None = ClauseRef.parse(text).parent
    while ref is not None:
        yield anchor_of(ref)
        ref = ref.parent


def _chapters(release: Release, rows: Sequence[ClauseRow]) -> tuple[Chapter, ...]:
    titles = {document.id: document.title for document in release.documents}
    out: dict[str, list[ClauseRow]] = {}
    for row in rows:
        out.setdefault(ClauseRef.parse(row.ref).document, []).append(row)
    return tuple(
        Chapter(f"d-{document}", titles.get(document, document), tuple(found))
        for document, found in out.items()
    )


def _outline(release: Release, rows: Sequence[ClauseRow]) -> tuple[OutlinePart, ...]:
    titles = {document.id: document.title for document in release.documents}
    inside: dict[ClauseRef, list[ClauseRow]] = {}
    for row in rows:
        ref = ClauseRef.parse(row.ref)
        inside.setdefault(ClauseRef(ref.document, ref.segments[:1]), []).append(row)
    parts: dict[str, list[OutlineNode]] = {}
    for root in release.clauses.roots:
        under = inside.get(root.ref, [])
        marks = [note.mark for row in under for note in row.notes]
        parts.setdefault(root.ref.document, []).append(
            OutlineNode(
                anchor=anchor_of(root.ref),
                label=label_of(root.ref, root.printed),
                heading=root.heading,
                counts=_shown(marks),
                doubts=sum(d.severity is Severity.BLOCK for row in under for d in row.doubts),
            )
        )
    return tuple(
        OutlinePart(f"d-{document}", titles.get(document, document), tuple(nodes))
        for document, nodes in parts.items()
    )


def _shown(marks: Sequence[Mark]) -> tuple[Count, ...]:
    """What a reader must look at; where there is nothing of that, how much is met."""
    counts = counted(marks)
    wanted = tuple(count for count in counts if count.mark in _TOLD)
    return wanted or tuple(count for count in counts if count.mark is MET)


def _rights(statement: Statement) -> Iterator[Right]:
    release = statement.evaluation.release
    for finding in statement.evaluation.findings:
        term = release.term_by_id[finding.term]
        if mark_of(term, finding) is RIGHT:
            yield Right(finding.term, term.says, term.debtor.zh, finding.because)


__all__ = [
    "BY_VERDICT",
    "Chapter",
    "ClauseRow",
    "ContractScreen",
    "DoubtView",
    "Note",
    "OutlineNode",
    "OutlinePart",
    "Right",
    "Stamp",
    "doubt_views",
    "raised_view",
    "screen_of",
    "stamp_of",
]
