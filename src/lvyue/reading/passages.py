"""段与栏: the paper as a row of passages, and the labelled fields that stand in them.

A passage is a paragraph without its number, or a cell. A field is a printed label with what is filled in beside it, below it or in
the next cell; what is filled in may be blank or "none", and the two are told apart here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lvyue.core.clause import ClauseRef
from lvyue.core.terms import Party
from lvyue.reading.found import State
from lvyue.reading.outline import Node, Part, PartKind
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Paragraph, Span
from lvyue.reading.tables import ReadTable

#: what is printed for "there is none"
_NONE = re.compile(
    r"(?:无|没有|不适用|不收取|免收|免缴|不缴纳|不要求|不设|不需要|不需缴纳|暂无|[/／\\])+(?:此项)?"
)
#: what fills a place that waits for an answer; a form writes XX or an empty bracket where others rule a line
_FILLER = re.compile(r"[\s_＿—\-－﹍…·.。，,；;:：、*×xX【】\[\]〔〕（）()“”\"]+")
_MASK = re.compile(r"[\s_＿]+")

#: between the characters of a label that was set wide: 甲  方
_GAP = r"[ \t\u3000]{0,6}"
#: 甲方（采购人）（盖章）: up to two notes after a label
_NOTE = r"(?:[（(【\[][^（()）【】\[\]\n]{0,40}[）)】\]]" + _GAP + r"){0,2}"


def state_of(value: str) -> State:
    """Blank, none, or something: ``____`` and ``。`` are blank, ``无``, ``/`` and ``_/_`` are none."""
    bare = _MASK.sub("", value).strip("。，,；;：: ")
    if bare and _NONE.fullmatch(bare):
        return State.NONE
    return State.BLANK if not bare or _FILLER.fullmatch(bare) else State.FOUND


@dataclass(frozen=True, slots=True)
class Passage:
    """一段: the text of a paragraph after its number, or of a cell; ``start`` characters of the element stand before it."""

    element: int
    start: int
    text: str
    part: int
    node: Node | None
    cell: tuple[int, int] | None = None

    @property
    def clause(self) -> ClauseRef | None:
        return self.node.ref if self.node else None

    @property
    def opens(self) -> bool:
        """Whether it is the first paragraph of its clause, the one with the number."""
        return self.node is not None and self.node.elements[:1] == (self.element,)

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Where some characters of its text stand."""
        last = len(self.text) if end is None else end
        return Span(self.element, self.start + start, self.start + last, self.cell)


@dataclass(frozen=True)
class Passages:
    """全部段落: the passages of a paper in its order, with the part each stands in."""

    paper: Paper

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return self.paper.outline.parts

    @cached_property
    def all(self) -> tuple[Passage, ...]:
        """Every paragraph that is not empty."""
        return tuple(
            passage
            for index, element in enumerate(self.paper.text.elements)
            if isinstance(element, Paragraph)
            and (passage := self._passage(index, element)).text.strip()
        )

    @cached_property
    def main(self) -> tuple[Passage, ...]:
        """The paragraphs of the contract itself; of everything where no part is known to be it."""
        kinds = {i for i, part in enumerate(self.parts) if part.kind is PartKind.MAIN}
        return tuple(p for p in self.all if p.part in kinds) if kinds else self.all

    @cached_property
    def binding(self) -> tuple[Passage, ...]:
        """What stands in clauses that bind, annexes included."""
        return tuple(
            p
            for p in self.all
            if (p.node is None or p.node.binding) and self.kind(p) is not PartKind.PREFACE
        )

    @cached_property
    def tables(self) -> tuple[tuple[int, ReadTable], ...]:
        return tuple(sorted(self.paper.tables.items()))

    def main_tables(self) -> tuple[tuple[int, ReadTable], ...]:
        """The tables of the contract itself."""
        return tuple((e, t) for e, t in self.tables if self._kind_at(e) is PartKind.MAIN)

    def kind(self, passage: Passage) -> PartKind:
        return self.parts[passage.part].kind if passage.part >= 0 else PartKind.MAIN

    def part_of(self, passage: Passage) -> Part | None:
        return self.parts[passage.part] if passage.part >= 0 else None

    def heading_of(self, node: Node | None) -> str:
        """The texts of a node and of those around it, outermost first: under which headings a sentence stands."""
        if node is None:
            return ""
        known = self._headings.get(id(node))
        if known is None:
            above = self.over(node)
            known = (self.heading_of(above) + "/" if above else "") + node.text[:40]
            self._headings[id(node)] = known
        return known

    def over(self, node: Node) -> Node | None:
        """The node around a node."""
        return None if node.parent is None else self.paper.outline.nodes[node.parent]

    @cached_property
    def _headings(self) -> dict[int, str]:
        return {}

    def under(self, node: Node) -> tuple[Passage, ...]:
        """The paragraphs of a node and of everything inside it."""
        return tuple(p for p in self.all if p.node and p.node.ref.is_within(node.ref))

    def _passage(self, index: int, paragraph: Paragraph) -> Passage:
        node = self.paper.node_at(index)
        begins = node.begins if node and node.elements[:1] == (index,) else 0
        text = paragraph.text[begins:]
        lead = len(text) - len(text.lstrip())
        return Passage(index, begins + lead, text[lead:], self._part_at(index), node)

    def _part_at(self, element: int) -> int:
        return self._part_by_element.get(element, -1)

    def _kind_at(self, element: int) -> PartKind:
        part = self._part_at(element)
        return self.parts[part].kind if part >= 0 else PartKind.MAIN

    @cached_property
    def _part_by_element(self) -> Mapping[int, int]:
        return {
            element: index
            for index, part in enumerate(self.parts)
            for element in range(part.first, part.last + 1)
        }


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────────

_SENTENCE = re.compile(r"[^。；;！？\n]+[。；;！？]?")


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a text with where each begins; a semicolon ends one."""
    for found in _SENTENCE.finditer(text):
        if found[0].strip():
            yield found.start(), found[0]


#: a label with its notes is no longer, and a table that is a form has no more rows
_LABEL_LENGTH, _FORM_LENGTH = 40, 40


# ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Field:
    """栏: the label as printed without blanks, the note in brackets after it, the value, where the value stands, and whose column it is in."""

    label: str
    note: str
    value: str
    passage: Passage
    span: Span
    side: Party | None = None

    @property
    def state(self) -> State:
        return state_of(self.value)


def spaced(label: str) -> str:
    """A pattern for a label whose characters may be set wide."""
    return _GAP.join(map(re.escape, label))


class Labels:
    """栏名: labels by what they mean, as one pattern; the longest label wins."""

    def __init__(self, meanings: Mapping[str, Iterable[str]]) -> None:
        self.meaning = {label: name for name, labels in meanings.items() for label in labels}
        longest = sorted(self.meaning, key=len, reverse=True)
        body = "|".join(map(spaced, longest))
        self._pattern = re.compile(
            rf"(?<![^\s；;，,。、*|｜（(])(?P<label>{body})(?P<tail>[0-9一二三四]?){_GAP}(?P<note>{_NOTE}){_GAP}[：:]"
        )
        self._cell = re.compile(
            rf"(?P<label>{body})(?P<tail>[0-9一二三四]?){_GAP}(?P<note>{_NOTE}){_GAP}[：:]?"
        )

    def fields(self, passage: Passage) -> Iterator[Field]:
        """The fields of one paragraph, one after another: each value ends where the next label begins."""
        if "：" not in passage.text and ":" not in passage.text:
            return
        hits = list(self._pattern.finditer(passage.text))
        for position, hit in enumerate(hits):
            end = hits[position + 1].start() if position + 1 < len(hits) else len(passage.text)
            raw = passage.text[hit.end() : end]
            value = raw.strip()
            start = hit.end() + len(raw) - len(raw.lstrip())
            span = passage.span(start, start + len(value))
            yield Field(_bare(hit["label"]) + hit["tail"], hit["note"], value, passage, span)

    def label_of(self, cell: str) -> tuple[str, str] | None:
        """Label and note where a cell holds nothing but a label."""
        if len(cell) > _LABEL_LENGTH:
            return None
        found = self._cell.fullmatch(cell.strip())
        return (_bare(found["label"]) + found["tail"], found["note"]) if found else None

    def in_table(self, element: int, table: ReadTable, node: Node | None) -> Iterator[Field]:
        """The fields of a table: a label and the next cell, or a label and one column for each side."""
        if len(table.rows) > _FORM_LENGTH:
            return  # a long list is no form
        rows = [(None, tuple(table.columns))] + [
            (index, tuple(cell.text for cell in row.cells)) for index, row in enumerate(table.rows)
        ]
        sides: dict[int, Party] = {}
        for index, cells in rows:
            if heads := _sides(cells):
                sides = heads
                continue
            for column, text in enumerate(cells[:-1]):
                if not (label := self.label_of(text)):
                    continue
                targets = [c for c in sorted(sides) if c > column] or [column + 1]
                for target in targets:
                    if target < len(cells) and not self.label_of(cells[target]):
                        cell = None if index is None else (index, target)
                        yield _cell_field(
                            label, cells[target], element, node, cell, sides.get(target)
                        )


def _cell_field(
    label: tuple[str, str],
    value: str,
    element: int,
    node: Node | None,
    cell: tuple[int, int] | None,
    side: Party | None,
) -> Field:
    passage = Passage(element, 0, value, -1, node, cell)
    span = Span(element, 0, len(value) if cell else 0, cell)
    return Field(label[0], label[1], value.strip(), passage, span, side)


_SIDE = {
    "甲方": Party.BUYER,
    "乙方": Party.SUPPLIER,
    "采购人": Party.BUYER,
    "供应商": Party.SUPPLIER,
}


def _sides(cells: tuple[str, ...]) -> dict[int, Party]:
    """The columns of both sides, where a row heads them: 甲方 | 乙方."""
    heads = {i: _SIDE[bare] for i, c in enumerate(cells) if (bare := _bare(c)) in _SIDE}
    return heads if len(set(heads.values())) > 1 and _only_heads(cells) else {}


def _only_heads(cells: tuple[str, ...]) -> bool:
    """A row that heads columns has nothing else in it but perhaps 项目、内容."""
    return all(_bare(c) in _SIDE or len(_bare(c)) <= 4 for c in cells)  # noqa: PLR2004 - 信息名称


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text).strip("：:")
