"""合同页: the contract as a paper with a living margin: outline, clauses in order, and a note beside each term."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from unicodedata import normalize

from lvyue.core.clause import Clause, ClauseRef
from lvyue.core.doubts import Doubt, DoubtId, Severity
from lvyue.core.facts import KINDS, FactId, kind_zh
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.release import ContractDoubt, Release, Table
from lvyue.core.statement import Statement
from lvyue.core.terms import Event, Party, Recurring, Term, TermId, TermKind
from lvyue.obligations.card import ContractCard, card_of, findings_by_term, open_most
from lvyue.obligations.marks import (
    BY_VERDICT,
    LATE,
    MARKS,
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
from lvyue.obligations.wording import KIND_ZH, anchor_of, instalment_zh, label_of

#: Marks that the outline tells; the others are as a reader expects them to be.
_TOLD = {MISSED, LATE, UNDECIDABLE, RIGHT}


#: What the margin says aloud. The rest is as a reader expects it to be, and takes one line.
_LOUD = {mark.key for mark in MARKS} - {MET.key, NOT_DUE.key, NOT_TRIGGERED.key}


@dataclass(frozen=True, slots=True)
class Stake:
    """涉及金额: what an instalment comes to and what became of it; ``money`` is what is unpaid, None where nothing says."""

    name: str
    money: Money | None
    most: bool
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Imprint:
    """版本说明: which text stands on the page: a file that somebody brought, or a sample that we wrote."""

    name: str
    sha256: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Note:
    """旁注: one term beside its clause. ``quiet`` notes say nothing that a reader must know."""

    term: TermId
    says: str
    en: str
    kind: TermKind
    party: Party
    mark: Mark
    text: str
    detail: str
    due: date | None
    opens: date | None
    provisional: bool
    doubts: int
    blocked: bool
    quiet: bool
    facts: int
    stake: Stake | None

    @property
    def loud(self) -> bool:
        """Whether a reader must know it."""
        return self.mark.key in _LOUD

    @property
    def kind_zh(self) -> str:
        return KIND_ZH[self.kind]

    @property
    def debtor(self) -> str:
        return self.party.zh


@dataclass(frozen=True, slots=True)
class Filter:
    """筛选: which notes are shown: of one mark, one party, one kind, due within so many days, with these words. Nothing asked is all."""

    mark: Mark | None = None
    party: Party | None = None
    kind: TermKind | None = None
    within: int | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    def admits(self, note: Note, as_of: date) -> bool:
        """Whether state, party, kind and day of a note are those asked for."""
        soon = self.within is None or (
            note.due is not None and (note.due - as_of).days <= self.within
        )
        return (
            self.mark in (None, note.mark)
            and self.party in (None, note.party)
            and self.kind in (None, note.kind)
            and soon
        )

    def finds(self, text: str) -> bool:
        """Whether every word looked for stands in a text, however wide its letters."""
        if not self.words:
            return True
        folded = _folded(text)
        return all(word in folded for word in _folded(self.words).split())


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold()


@dataclass(frozen=True, slots=True)
class Tally:
    """筛选项: one word to filter by, and how many notes bear it. ``key`` is what the address says."""

    key: str
    word: str
    number: int


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
    """条款: its number, heading, text and what stands beside it; ``cells`` if it is a row of a table.

    ``heading`` is ours, ``title`` the paper's own; ``root`` is the anchor of the outermost clause around it.
    """

    anchor: str
    ref: str
    label: str
    heading: str
    level: int
    cells: tuple[str, ...]
    notes: tuple[Note, ...]
    doubts: tuple[DoubtView, ...]
    root: str
    table: str = ""
    title: str = ""
    paragraphs: tuple[str, ...] = ()

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
    mark: Mark = RIGHT


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
    imprint: Imprint | None
    shown: Filter
    marks: tuple[Count, ...]
    parties: tuple[Tally, ...]
    kinds: tuple[Tally, ...]
    soon: int
    notes: int


#: What falls due within so many days is soon.
SOON = 7


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
    statement: Statement,
    *,
    demonstration: bool,
    imprint: Imprint | None = None,
    paragraphs: Mapping[str, Sequence[str]] | None = None,
) -> ContractScreen:
    """The whole screen of a statement, with the paragraphs of its paper by clause where somebody has brought the paper."""
    release = statement.evaluation.release
    notes = _notes(statement)
    views = doubt_views(statement)
    rows = [*_rows(release, notes, views, paragraphs or {})]
    screen = ContractScreen(
        card=card_of(statement, demonstration=demonstration),
        stamp=stamp_of(statement),
        outline=_outline(release, rows),
        chapters=_chapters(release, rows),
        rights=tuple(_rights(statement)),
        blocks=tuple(d for d in views if d.severity is Severity.BLOCK and d.settled_on is None),
        doubts=views,
        strays=statement.strays,
        papers=tuple((document.title, document.here) for document in release.documents),
        imprint=imprint,
        shown=Filter(),
        marks=(),
        parties=(),
        kinds=(),
        soon=0,
        notes=sum(len(row.notes) for row in rows),
    )
    return _tallied_anew(screen, [note for row in rows for note in row.notes])


def narrowed(screen: ContractScreen, only: Filter) -> ContractScreen:
    """A whole screen with the notes that a filter wants, the clauses that bear them, and the outline of these clauses.

    Beside each choice stands how many notes it would show with everything else that is asked.
    """
    if only.is_empty:
        return screen
    as_of = screen.stamp.as_of
    rows = [row for chapter in screen.chapters for row in chapter.rows]
    found = {row.anchor: _found(row, only) for row in rows}
    kept = {
        anchor: tuple(note for note in notes if only.admits(note, as_of))
        for anchor, notes in found.items()
    }
    chapters = tuple(
        replace(chapter, rows=shown)
        for chapter in screen.chapters
        if (shown := tuple(_only(chapter.rows, kept)))
    )
    narrow = replace(
        screen,
        chapters=chapters,
        outline=tuple(_outline_of(screen.outline, chapters)),
        shown=only,
        notes=sum(map(len, kept.values())),
    )
    return _tallied_anew(narrow, [note for notes in found.values() for note in notes])


def _tallied_anew(screen: ContractScreen, found: Sequence[Note]) -> ContractScreen:
    """The counts beside the choices, of all notes that have the words."""
    only, as_of = screen.shown, screen.stamp.as_of

    def notes(without: Filter) -> list[Note]:
        return [note for note in found if without.admits(note, as_of)]

    return replace(
        screen,
        marks=counted(note.mark for note in notes(replace(only, mark=None))),
        parties=tuple(
            _tallied((n.party.value, n.party.zh) for n in notes(replace(only, party=None)))
        ),
        kinds=tuple(_tallied((n.kind.value, n.kind_zh) for n in notes(replace(only, kind=None)))),
        soon=len(notes(replace(only, within=SOON))),
    )


def _tallied(words: Iterable[tuple[str, str]]) -> Iterator[Tally]:
    """The words that occur, most frequent first."""
    for (key, word), number in Counter(words).most_common():
        yield Tally(key, word, number)


# ── notes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _notes(statement: Statement) -> Mapping[ClauseRef, Sequence[Note]]:
    """Notes by home clause, worst first."""
    out: dict[ClauseRef, list[Note]] = {}
    release = statement.evaluation.release
    stakes = {one.term.id: _stake(one) for one in statement.settlement.instalments}
    for term_id, findings in findings_by_term(statement).items():
        term = release.term_by_id[term_id]
        note = _note(term, findings, statement, stakes.get(term_id))
        out.setdefault(term.clauses[0], []).append(note)
    for notes in out.values():
        notes.sort(
            key=_badness
        )  # a stable sort: terms of one mark stay in the order of the release
    return out


def _badness(note: Note) -> int:
    return rank(note.mark)


def _stake(one: Instalment) -> Stake:
    """What is still to come of an instalment, or at most; of one that is paid, what was paid."""
    known = one.amount is not None
    money = one.paid if one.state is PaymentState.PAID else open_most(one)
    waits = "、".join(kind_zh(event) for event in one.waits_for)
    word = f"待{waits}" if waits else one.state.zh
    return Stake(instalment_zh(one.term.instalment), money, not known, one.state.value, word)


def _note(
    term: Term, findings: Sequence[Finding], statement: Statement, stake: Stake | None
) -> Note:
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
        kind=term.kind,
        party=term.debtor,
        mark=mark,
        text=text,
        detail=detail,
        due=None if coming is None else coming.due_day,
        opens=None if coming is None else coming.opens,
        provisional=(coming or first).provisional,
        doubts=len(open_doubts),
        blocked=blocked and mark is UNDECIDABLE,
        quiet=stake is None and (mark is NOT_TRIGGERED or (mark is NOT_DUE and coming is None)),
        facts=len({fact for finding in findings for fact in finding.facts}),
        stake=stake,
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
    release: Release,
    notes: Mapping[ClauseRef, Sequence[Note]],
    views: Sequence[DoubtView],
    paragraphs: Mapping[str, Sequence[str]],
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
        text = paragraphs.get(str(clause.ref), ())
        yield _row(clause, notes.get(clause.ref, ()), at_clause, text)
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
                root=_root_of(ref),
                table=title,
            )


def _root_of(ref: ClauseRef) -> str:
    return anchor_of(ClauseRef(ref.document, ref.segments[:1]))


def _row_ref(table: Table, number: str) -> ClauseRef | None:
    if not (table.id.removeprefix("T").isdecimal() and number.isdecimal()):
        return None
    place = (int(table.id.removeprefix("T")), int(number))
    return ClauseRef(table.clause.document, table.clause.segments, place)


def _row(
    clause: Clause,
    notes: Sequence[Note],
    at_clause: Mapping[str, Sequence[DoubtView]],
    paragraphs: Sequence[str],
) -> ClauseRow:
    ref = clause.ref
    title, body = _title_and_body(paragraphs)
    return ClauseRow(
        anchor=anchor_of(ref),
        ref=str(ref),
        label=label_of(ref, clause.printed),
        heading=clause.heading,
        level=min(ref.depth + 2, 6) if ref.depth else 3,
        cells=(),
        notes=tuple(notes),
        doubts=tuple(at_clause.get(str(ref), ())),
        root=_root_of(ref),
        title=title,
        paragraphs=body,
    )


#: A title is no longer than this, and is no sentence.
_TITLE = 30


def _title_and_body(paragraphs: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The title that the paper itself gives a clause, empty where it gives none, and the text below it."""
    first = paragraphs[0] if paragraphs else ""
    if not first or len(first) > _TITLE or any(stop in first for stop in "。；：，:;,"):
        return "", tuple(paragraphs)
    return first, tuple(paragraphs[1:])


def _only(rows: Sequence[ClauseRow], kept: Mapping[str, Sequence[Note]]) -> Iterator[ClauseRow]:
    """Rows that bear what a filter wants, with only these notes, under the headings that lead to them."""
    above = {ref for row in rows if kept[row.anchor] for ref in _lineage(row.ref)}
    for row in rows:
        if kept[row.anchor]:
            yield replace(row, notes=tuple(kept[row.anchor]), doubts=())
        elif row.anchor in above:
            yield replace(row, notes=(), doubts=(), paragraphs=())


def _found(row: ClauseRow, only: Filter) -> tuple[Note, ...]:
    """The notes of a clause that have the words: in themselves, or in the clause."""
    if not row.notes or not only.words:
        return row.notes
    where = " ".join((row.label, row.heading, row.title, *row.cells, *row.paragraphs))
    return tuple(
        note
        for note in row.notes
        if only.finds(f"{where} {note.says} {note.text} {note.detail} {note.en}")
    )


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
    inside: dict[str, list[ClauseRow]] = {}
    for row in rows:
        inside.setdefault(row.root, []).append(row)
    parts: dict[str, list[OutlineNode]] = {}
    for root in release.clauses.roots:
        under = inside.get(anchor_of(root.ref), [])
        marks = [note.mark for row in under for note in row.notes]
        parts.setdefault(root.ref.document, []).append(
            OutlineNode(
                anchor=anchor_of(root.ref),
                label=label_of(root.ref, root.printed),
                heading=next((row.title for row in under[:1]), "") or root.heading,
                counts=_shown(marks),
                doubts=sum(d.severity is Severity.BLOCK for row in under for d in row.doubts),
            )
        )
    return tuple(
        OutlinePart(f"d-{document}", titles.get(document, document), tuple(nodes))
        for document, nodes in parts.items()
    )


def _outline_of(
    outline: Sequence[OutlinePart], chapters: Sequence[Chapter]
) -> Iterator[OutlinePart]:
    """The outline of what a filter left: only clauses that bear something, and how much of it."""
    marks: dict[str, list[Mark]] = {}
    for chapter in chapters:
        for row in chapter.rows:
            marks.setdefault(row.root, []).extend(note.mark for note in row.notes)
    for part in outline:
        nodes = tuple(
            replace(node, counts=counted(marks[node.anchor]), doubts=0)
            for node in part.nodes
            if node.anchor in marks
        )
        if nodes:
            yield replace(part, nodes=nodes)


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
    "Filter",
    "Imprint",
    "Note",
    "OutlineNode",
    "OutlinePart",
    "Right",
    "Stake",
    "Stamp",
    "Tally",
    "doubt_views",
    "narrowed",
    "raised_view",
    "screen_of",
    "stamp_of",
]
