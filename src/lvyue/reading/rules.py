"""体检规则的骨架: what a rule is, what it looks at, and how a remark of it becomes a doubt.

A rule is a function of the docket and yields remarks; its name, kind and usual severity stand in the ``RULES`` of its
module. A rule that finds nothing is silent; a rule never guesses a value, and its words never quote personal data.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.terms import Party
from lvyue.reading.consideration import Consideration
from lvyue.reading.duties import Candidate
from lvyue.reading.identity import Identity
from lvyue.reading.outline import NodeKind, PartKind
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Paragraph, Span
from lvyue.reading.references import Reference
from lvyue.reading.tables import ReadTable

_SENTENCE = re.compile(r"[^。；;！？\n]+[。；;！？]?")

_STOP = re.compile(r"[。；;！？]")
#: so far from a wording its sentence is looked at: farther away nothing belongs to it, and hostile lines are long
REACH = 400

#: how many places a doubt names; the rest are counted
MOST_PLACES = 40


@dataclass(frozen=True, slots=True)
class PaperDoubt:
    """原文疑义: the rule that found it, kind, severity, places, and the words for a person.

    ``blocks`` names what cannot be reckoned until it is settled: price, period, grades, instalment:2, damages:<clause> …
    """

    rule: str
    kind: DoubtKind
    severity: Severity
    clauses: tuple[ClauseRef, ...]
    spans: tuple[Span, ...]
    says: str
    safe: str
    mend: str
    owner: Party
    needs: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """指摘: what a rule saw and where; what is None is as usual for the rule."""

    says: str
    mend: str
    safe: str = ""
    spans: tuple[Span, ...] = ()
    clauses: tuple[ClauseRef, ...] = ()
    kind: DoubtKind | None = None
    severity: Severity | None = None
    owner: Party | None = None
    needs: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


Check = Callable[["Docket"], Iterable[Remark]]


@dataclass(frozen=True, slots=True)
class Rule:
    """体检规则: its name in files, its Chinese name, the kind and the usual severity of its doubts, and the function."""

    name: str
    zh: str
    kind: DoubtKind
    severity: Severity
    check: Check
    owner: Party = Party.BOTH

    def run(self, docket: Docket) -> Iterator[PaperDoubt]:
        for remark in self.check(docket):
            yield PaperDoubt(
                rule=self.name,
                kind=remark.kind or self.kind,
                severity=remark.severity or self.severity,
                clauses=docket.clauses(remark),
                spans=remark.spans[:MOST_PLACES],
                says=remark.says,
                safe=remark.safe or "在解决之前不据此计算，也不认定任何一方违约。",
                mend=remark.mend,
                owner=remark.owner or self.owner,
                needs=remark.needs,
                blocks=remark.blocks,
            )


@dataclass(frozen=True, slots=True)
class Sentence:
    """句: one sentence of a paragraph, where it stands, and whether duties may come from it."""

    text: str
    span: Span
    binding: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """命中: a match of a pattern in the running text."""

    found: re.Match[str]
    span: Span
    binding: bool

    @property
    def text(self) -> str:
        return self.found[0]


@dataclass(frozen=True)
class Docket:
    """案卷: everything read so far, and the running text in one piece so that each pattern runs once."""

    paper: Paper
    references: tuple[Reference, ...]
    identity: Identity
    consideration: Consideration
    candidates: tuple[Candidate, ...]

    # ── the running text ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def paragraphs(self) -> tuple[tuple[int, str], ...]:
        return tuple(
            (element, found.text)
            for element, found in enumerate(self.paper.text.elements)
            if isinstance(found, Paragraph)
        )

    @cached_property
    def whole(self) -> str:
        """All paragraphs, a line each."""
        return "\n".join(text for _, text in self.paragraphs)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for _, text in self.paragraphs:
            starts.append(at)
            at += len(text) + 1
        return starts

    @cached_property
    def loose(self) -> frozenset[int]:
        """Elements that bind nobody: instructions of the template, covers, tables of contents, and prefaces."""
        nodes = self.paper.outline.nodes
        unbinding = {
            element
            for node in nodes
            if not node.binding and node.kind is not NodeKind.BACK
            for element in node.elements
        }
        for part in self.paper.outline.parts:
            if part.kind is PartKind.PREFACE:
                unbinding.update(range(part.first, part.last + 1))
        return frozenset(unbinding)

    def span_at(self, start: int, end: int) -> Span:
        """The span of characters of ``whole``; they never cross a line."""
        index = bisect_right(self._starts, start) - 1
        element, _ = self.paragraphs[index]
        return Span(element, start - self._starts[index], end - self._starts[index])

    def hits(self, pattern: re.Pattern[str], *near: str, loose: bool = False) -> Iterator[Hit]:
        """Every match in the binding text, or with ``loose`` in all of it.

        ``near`` are words of which every match has at least one: only their lines are searched, which is what keeps a
        hundred rules quick.
        """
        if not near:
            yield from self._everywhere(pattern, loose=loose)
            return
        for index in sorted({one for word in near for one in self._lines_with(word)}):
            element, text = self.paragraphs[index]
            binding = element not in self.loose
            if binding or loose:
                for found in pattern.finditer(text):
                    if found.start() < found.end():
                        yield Hit(found, Span(element, found.start(), found.end()), binding)

    def _everywhere(self, pattern: re.Pattern[str], *, loose: bool) -> Iterator[Hit]:
        for found in pattern.finditer(self.whole):
            if found.start() == found.end():
                continue
            span = self.span_at(found.start(), found.end())
            binding = span.element not in self.loose
            if binding or loose:
                yield Hit(found, span, binding)

    @cached_property
    def _known(self) -> dict[str, tuple[int, ...]]:
        return {}

    def _lines_with(self, word: str) -> tuple[int, ...]:
        """The paragraphs in which a word stands."""
        if word not in self._known:
            lines: list[int] = []
            at = self.whole.find(word)
            while at >= 0:
                index = bisect_right(self._starts, at) - 1
                lines.append(index)
                following = index + 1
                if following >= len(self._starts):
                    break
                at = self.whole.find(word, self._starts[following])
            self._known[word] = tuple(lines)
        return self._known[word]

    def says(self, pattern: re.Pattern[str], *near: str) -> bool:
        """Whether the binding text has it anywhere."""
        return next(self.hits(pattern, *near), None) is not None

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence, without the number that begins its clause."""
        numbers = {
            node.elements[0]: node.begins for node in self.paper.outline.nodes if node.elements
        }
        return tuple(
            Sentence(found[0], Span(element, found.start(), found.end()), binding)
            for element, text in self.paragraphs
            for binding in [element not in self.loose]
            for found in _SENTENCE.finditer(text, numbers.get(element, 0))
        )

    def around(self, span: Span) -> str:
        """The sentence in which a span stands, as far as it matters; the cell where it is in one."""
        if span.cell is not None:
            return self.paper.words(span)
        text, bounds = self.line(span.element), self._stops.get(span.element, ())
        place = bisect_right(bounds, span.start)
        start = bounds[place - 1] if place else 0
        end = bounds[place] if place < len(bounds) else len(text)
        return text[max(start, span.start - REACH) : min(end, span.end + REACH)]

    def near(self, span: Span) -> str:
        """The part of a sentence around a span, up to the commas beside it."""
        line = self.line(span.element)
        first, last = max(span.start - REACH, 0), min(span.end + REACH, len(line))
        low = max(line.rfind(mark, first, span.start) for mark in "，。；")
        ends = [at for mark in "，。；" if (at := line.find(mark, span.end, last)) >= 0]
        return line[max(low + 1, first) : min(ends, default=last)]

    def sentence_at(self, span: Span) -> tuple[int, int]:
        """The sentence in which a span begins: its element, and how many sentences stand before it."""
        return span.element, bisect_right(self._stops.get(span.element, ()), span.start)

    def line(self, element: int) -> str:
        found = self.paper.text.elements[element]
        return found.text if isinstance(found, Paragraph) else ""

    @cached_property
    def _stops(self) -> dict[int, list[int]]:
        """Where the sentences of each paragraph end."""
        return {
            element: [found.end() for found in _STOP.finditer(text)]
            for element, text in self.paragraphs
        }

    def binding_sentences(self, pattern: re.Pattern[str]) -> Iterator[Sentence]:
        for sentence in self.sentences:
            if sentence.binding and pattern.search(sentence.text):
                yield sentence

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def tables(self) -> tuple[ReadTable, ...]:
        return tuple(table for _, table in sorted(self.paper.tables.items()))

    @cached_property
    def cells(self) -> str:
        """The text of all cells, a row a line."""
        return "\n".join(
            " ".join(cell.text for cell in row.cells) for table in self.tables for row in table.rows
        )

    @cached_property
    def everything(self) -> str:
        """Paragraphs and cells together, for questions of yes or no."""
        return f"{self.whole}\n{self.cells}"

    def about(self, table: ReadTable) -> str:
        """What the paper says a table is: its title, the clause it stands in and the clauses above."""
        words = [table.title]
        node = self.paper.node_at(table.element)
        nodes = self.paper.outline.nodes
        while node is not None:
            words.append(node.text)
            node = nodes[node.parent] if node.parent is not None else None
        return " ".join(words)

    # ── clauses ──────────────────────────────────────────────────────────────────────────────────────────────────

    def clauses(self, remark: Remark) -> tuple[ClauseRef, ...]:
        """Those that the remark names, else those its spans stand in; each once, in the order given."""
        if remark.clauses:
            return tuple(dict.fromkeys(remark.clauses))
        found = (self.clause_of(span) for span in remark.spans)
        return tuple(dict.fromkeys(ref for ref in found if ref is not None))

    def clause_of(self, span: Span) -> ClauseRef | None:
        """The clause of a span; a row of a table where it is a cell."""
        ref = self.paper.clause_at(span)
        if span.cell is not None and (table := self.paper.tables.get(span.element)):
            ref = ref or table.clause
            if ref is not None and (row := row_number(table, span.cell[0])) is not None:
                return ClauseRef(ref.document, ref.segments, row)
        return ref

    def places(self, refs: Iterable[ClauseRef]) -> tuple[Span, ...]:
        """Where clauses begin."""
        nodes = self.paper.node_by_ref
        return tuple(
            Span(node.elements[0], 0, len(self.line(node.elements[0])))
            for ref in refs
            if (node := nodes.get(ref)) is not None and node.elements
        )

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The names of the parts that bind: main and the annexes."""
        return tuple(
            part.name for part in self.paper.outline.parts if part.kind is not PartKind.PREFACE
        )

    def in_main(self, span: Span) -> bool:
        ref = self.paper.clause_at(span)
        return ref is None or ref.document == MAIN


def row_number(table: ReadTable, index: int) -> tuple[int, int] | None:
    """(table, row) as a clause reference writes it: rows count from 1 in the order of the paper."""
    digits = table.id.removeprefix("T")
    return (int(digits), index + 1) if digits.isdecimal() else None


def cell_span(table: ReadTable, row: int, column: int) -> Span:
    return Span(table.element, 0, len(table.rows[row].cells[column].text), (row, column))


def spans_of(hits: Iterable[Hit]) -> tuple[Span, ...]:
    return tuple(hit.span for hit in hits)


def listed(words: Iterable[str], most: int = 6) -> str:
    """Words joined for a sentence, the first few of them."""
    each = list(dict.fromkeys(words))
    return "、".join(each[:most]) + (f" 等 {len(each)} 处" if len(each) > most else "")


# ── rules that are one phrase ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Phrase:
    """措辞: a wording that leaves something open. All its places are one doubt; ``unless`` in the same sentence clears one.

    ``near`` are words of which every match has at least one.
    """

    name: str
    zh: str
    kind: DoubtKind
    severity: Severity
    near: tuple[str, ...]
    pattern: re.Pattern[str]
    says: str
    mend: str
    safe: str = ""
    unless: re.Pattern[str] | None = None
    owner: Party = Party.BOTH
    blocks: tuple[str, ...] = ()

    def rule(self) -> Rule:
        return Rule(self.name, self.zh, self.kind, self.severity, self.check, self.owner)

    def check(self, docket: Docket) -> Iterator[Remark]:
        spans = tuple(
            hit.span
            for hit in docket.hits(self.pattern, *self.near)
            if self.unless is None or not self.unless.search(docket.around(hit.span))
        )
        if spans:
            yield Remark(
                says=self.says, mend=self.mend, safe=self.safe, spans=spans, blocks=self.blocks
            )
