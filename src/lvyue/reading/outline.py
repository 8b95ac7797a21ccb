"""条款树: numbers of eleven styles become a tree by a stack with costs; annexes and forms are parts of their own.

The depth of a number comes from the stack and never from its style: ``1.`` stands on the second level of one contract
and on the fourth of another. A step that costs too much is an anomaly that a person sees; it is never hidden.

What a paper does not number is written in one of two ways, as its own numbers are. A contract of chapters or articles (``第四章/一/1``)
names every paragraph (¶n) and the places around the clauses (封面, 签署页); one of decimals (``main 7.2.8(1)``) counts a heading and its one
paragraph as one clause, and names a paragraph only where there are several or where it closes a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lvyue.core.clause import MAIN, ClauseRef
from lvyue.reading.drafts import STOPS, ClauseDraft, PartDraft, is_heading
from lvyue.reading.forms import FormRow, broken_boxes, form_rows, has_boxes, rows_of
from lvyue.reading.lists import Step, place
from lvyue.reading.markers import Marker, Style, markers
from lvyue.reading.naming import ORDINALS, is_spaced, names_document, segment
from lvyue.reading.nodes import (
    Anomaly,
    AnomalyKind,
    FormField,
    Node,
    NodeKind,
    Outline,
    Part,
    PartKind,
)
from lvyue.reading.paragraphs import Paragraph, RawTable, Text
from lvyue.reading.parts import Lines, Section, sections
from lvyue.reading.titles import annex_label, is_field

__all__ = [
    "Anomaly",
    "AnomalyKind",
    "FormField",
    "Node",
    "NodeKind",
    "Outline",
    "Part",
    "PartKind",
    "outline",
]

_LEADS_IN = "：:"
_TITLE_LINE = 30
_PREAMBLE = 40


def outline(text: Text) -> Outline:
    """The clauses of a text, its parts, and what is odd about its numbers."""
    lines = Lines(
        [element.text if isinstance(element, Paragraph) else "" for element in text.elements]
    )
    found = sections(lines)
    drafts = [PartDraft(lines, section) for section in found]
    decimal = bool(drafts) and drafts[0].is_decimal
    builder = _Builder(text, lines, decimal=decimal)
    for draft in drafts:
        builder.add(draft)
    return builder.outline()


_SAYS = {
    AnomalyKind.GAP: "前面缺少编号。",
    AnomalyKind.REPEAT: "与前一项重复。",
    AnomalyKind.DRIFT: "与同一层的其他编号写法不同。",
    AnomalyKind.START: "是这一层的第一项，却不是从一开始。",
    AnomalyKind.BACKWARDS: "比前一项小。",
}


class _Builder:
    """条款树的组成: drafts become nodes with references, in the manner of the contract."""

    def __init__(self, text: Text, lines: Lines, *, decimal: bool) -> None:
        self.text, self.lines, self.decimal = text, lines, decimal
        self.nodes: list[Node] = []
        self.parts: list[Part] = []
        self.anomalies: list[Anomaly] = []
        self.fields: list[FormField] = []
        self._at: dict[int, int] = {}
        self._refs: dict[ClauseRef, int] = {}
        self._counters: dict[tuple[ClauseRef, str], int] = {}
        self._names: set[str] = {MAIN}

    def outline(self) -> Outline:
        return Outline(
            tuple(self.nodes),
            tuple(self.parts),
            tuple(self.anomalies),
            tuple(self.fields),
            self._at,
        )

    def add(self, draft: PartDraft) -> None:
        section = draft.section
        root = ClauseRef(self._name(section))
        first_node = len(self.nodes)
        self._part(draft, root.document)
        if self.decimal:
            self._recitals(draft, root)
        else:
            self._front(draft, root)
        arabic = self._is_arabic(draft, root)
        for clause in draft.roots:
            self._clause(clause, root, None, arabic=arabic)
        self._forms(draft, root)
        if not self.decimal:
            self._back(draft, root)
        if section.notes:
            self._notes_left(section, min(first_node, len(self.nodes) - 1))

    # parts

    def _part(self, draft: PartDraft, name: str) -> None:
        section = draft.section
        boxes = self._boxes(draft)
        kind = PartKind.MAIN if section.main else PartKind.FORM if boxes else PartKind.ANNEX
        label = section.label.name if section.label else ""
        aliases = tuple(dict.fromkeys(one for one in (label, section.title) if one and one != name))
        first = section.first
        if section.notes:
            title = self.lines.texts[section.notes[0]]
            notes = Part(title, title, PartKind.PREFACE, section.notes[0], section.notes[-1])
            self.parts.append(notes)
            if first == section.notes[0] and section.notes[-1] < section.last:
                first = section.notes[-1] + 1
        self.parts.append(Part(name, section.title, kind, first, section.last, aliases))

    def _boxes(self, draft: PartDraft) -> bool:
        return not draft.section.main and any(
            has_boxes(rows_of(self.text, table)) for _, table in self._tables(draft)
        )

    def _tables(self, draft: PartDraft) -> Iterator[tuple[int, RawTable]]:
        for at in range(draft.section.first, draft.section.last + 1):
            element = self.text.elements[at]
            if isinstance(element, RawTable):
                yield at, element

    def _name(self, section: Section) -> str:
        """The document in references: 附件1 in a contract of chapters, 保密协议 in one of decimals."""
        if section.main:
            return MAIN
        label = section.label.name if section.label else ""
        names = (section.title, label) if self.decimal else (label, section.title)
        for name in (*names, "附件"):
            plain = "".join(char for char in name if char not in " /()¶•")
            for candidate in (plain, *(f"{plain}{ordinal}" for ordinal in ORDINALS)):
                if plain and candidate not in self._names and names_document(candidate):
                    self._names.add(candidate)
                    return candidate
        return f"附件{len(self._names)}"

    def _is_arabic(self, draft: PartDraft, root: ClauseRef) -> bool:
        """Whether 一、 is written 1, since 1.1 stands under it."""
        if not self.decimal:
            return False
        return root.document == MAIN or draft.is_decimal

    # what stands around the clauses

    def _front(self, draft: PartDraft, root: ClauseRef) -> None:
        section = draft.section
        node = None if section.main else self._annex(section, root)
        self._notes(section, root)
        self._contents(section, root)
        if section.main:
            if draft.roots:
                self._cover([*section.titles, *draft.front, *section.recitals])
            else:
                self._unnumbered(sorted([*section.titles, *draft.front, *section.recitals]), root)
            return
        parties, words = self._parted(sorted([*draft.front, *section.recitals]))
        if parties:
            self._place_node(root.child("当事人"), NodeKind.FRONT, parties)
        if not self._boxes(draft):
            self._paragraphs(root, words, node)

    def _annex(self, section: Section, root: ClauseRef) -> int:
        """The annex as a whole: its label, its title, the lines that name it."""
        first = self.lines.texts[section.titles[0]]
        title = section.label.title if section.label else first
        begins = first.find(title[:2]) if title else len(first)
        label = first[: max(begins, 0)].strip(" ：:、")
        return self._node(
            root, NodeKind.FRONT, label, section.title, section.titles, begins=max(begins, 0)
        )

    def _parted(self, front: Sequence[int]) -> tuple[list[int], list[int]]:
        """The fields at the top of an annex, and its first sentences or table."""
        for position, at in enumerate(front):
            words = self.lines.texts[at]
            if not words or (not is_field(words) and _is_sentence(words)):
                return list(front[:position]), list(front[position:])
        return list(front), []

    def _cover(self, front: Sequence[int]) -> None:
        front = sorted(front)
        start = next(
            (
                position
                for position, at in enumerate(front)
                if len(self.lines.texts[at]) >= _PREAMBLE
                and not is_field(self.lines.texts[at])
                and self.lines.texts[at][-1] in "。，：:；"
            ),
            len(front),
        )
        for name, elements in (("封面", front[:start]), ("序言", front[start:])):
            if elements:
                binding = name == "序言"
                self._place_node(
                    ClauseRef(MAIN, (name,)), NodeKind.FRONT, elements, binding=binding
                )

    def _unnumbered(self, front: Sequence[int], root: ClauseRef) -> None:
        """A paper that numbers nothing binds all the same: from its first sentence or table on, every paragraph is a clause."""
        start = next(
            (
                position
                for position, at in enumerate(front)
                if not (words := self.lines.texts[at])
                or (words[-1] in "。；" and len(words) > _TITLE_LINE // 2)
            ),
            len(front),
        )
        self._cover(front[:start])
        self._paragraphs(root, front[start:], None)

    def _notes(self, section: Section, root: ClauseRef) -> None:
        if not section.notes:
            return
        ref = root.child("使用说明")
        parent = self._place_node(ref, NodeKind.FRONT, section.notes[:1], binding=False)
        numbered = [at for at in section.notes[1:] if self.lines.markers[at]]
        steps = dict(zip(numbered, place([self.lines.markers[at] for at in numbered]), strict=True))
        for at in section.notes[1:]:
            step = steps.get(at)
            if step is None or step.marker is None or step.level > 1:
                self._paragraph(ref, at, parent, binding=False)
            else:
                self._numbered(step, at, ref, parent, [at], arabic=False, binding=False)

    def _contents(self, section: Section, root: ClauseRef) -> None:
        if section.contents:
            self._place_node(root.child("目录"), NodeKind.FRONT, section.contents, binding=False)

    def _back(self, draft: PartDraft, root: ClauseRef) -> None:
        if draft.back:
            name = "签署页" if draft.section.main else "签署"
            self._place_node(root.child(name), NodeKind.BACK, draft.back)

    def _recitals(self, draft: PartDraft, root: ClauseRef) -> None:
        for at in draft.section.recitals:
            marker = self.lines.markers[at][0]
            label = f"鉴于 {marker.label}"
            text = self.lines.texts[at][marker.length :]
            ref = root.child(f"¶{self._next(root, '¶')}")
            self._node(ref, NodeKind.PARAGRAPH, label, text, [at], begins=marker.length)

    def _notes_left(self, section: Section, node: int) -> None:
        if node >= 0:
            says = f"《{section.title or '合同'}》里留有范本的使用说明，不是约定。"
            self.anomalies.append(Anomaly(AnomalyKind.TEMPLATE_LEFT, node, says))

    # clauses

    def _clause(
        self, clause: ClauseDraft, parent: ClauseRef, above: int | None, *, arabic: bool
    ) -> None:
        if above is None and clause.marker.style is Style.DECIMAL:
            parent, above, arabic = *self._headless(clause.marker, parent), False
        named, folded = self._before(clause)
        elements = [clause.element, *([clause.title] if clause.title is not None else []), *folded]
        node = self._numbered(clause.step, clause.element, parent, above, elements, arabic=arabic)
        ref = self.nodes[node].ref
        if clause.title is not None:
            self.nodes[node] = replace(self.nodes[node], text=self.lines.texts[clause.title])
        self._paragraphs(ref, named, node)
        for child in clause.children:
            self._clause(child, ref, node, arabic=arabic)
        self._paragraphs(ref, clause.after, node)

    def _headless(self, marker: Marker, root: ClauseRef) -> tuple[ClauseRef, int | None]:
        """The clauses above 1.1 where the paper gives their titles no number: empty ones, so that 1.1 and 2.1 are two."""
        ref, node = root, None
        if is_spaced(root.document, "1"):
            for number in marker.numbers[:-1]:
                ref = ref.child(str(number))
                if ref not in self._refs:
                    self._node(ref, NodeKind.NUMBERED, "", "", [], parent=node)
                node = self._refs[ref]
        return ref, node

    def _before(self, clause: ClauseDraft) -> tuple[list[int], list[int]]:
        """The paragraphs before the first clause inside: those with a name of their own, and those that are part of the clause."""
        if not self.decimal:
            leading = 0
            while leading < len(clause.before) and not self.lines.texts[clause.before[leading]]:
                leading += 1
            return clause.before[leading:], clause.before[:leading]
        sentences = [at for at in clause.before if self.lines.texts[at][-1:] in set(STOPS)]
        own = self.lines.texts[clause.element][clause.marker.length :]
        if len(sentences) < 2 or not is_heading(own):  # noqa: PLR2004 - one is the clause itself
            return [], clause.before
        named: list[int] = []
        folded: list[int] = []
        for at in clause.before:
            into = named if at in sentences or (named and not self.lines.texts[at]) else folded
            into.append(at)
        return named, folded

    def _numbered(
        self,
        step: Step,
        at: int,
        parent: ClauseRef,
        above: int | None,
        elements: Sequence[int],
        *,
        arabic: bool,
        binding: bool = True,
    ) -> int:
        marker = step.marker
        assert marker is not None  # noqa: S101 - only numbered elements come here
        kind = NodeKind.BULLET if marker.style is Style.BULLET else NodeKind.NUMBERED
        ref = parent.child(self._segment(marker, parent, arabic=arabic))
        repeated = self._refs.get(ref)
        if repeated is not None:
            ref = parent.child(f"¶{self._next(parent, '¶')}")
        node = self._node(
            ref,
            kind,
            marker.label,
            self.lines.texts[at][marker.length :],
            elements,
            parent=above,
            begins=marker.length,
            binding=binding,
        )
        if repeated is not None or step.odd is not None:
            self._odd(step, node, repeated)
        return node

    def _segment(self, marker: Marker, parent: ClauseRef, *, arabic: bool) -> str:
        if marker.style is Style.BULLET:
            return f"•{self._next(parent, '•')}"
        if not parent.segments and arabic:
            return str(marker.value)
        first = parent.segments[0] if parent.segments else segment(marker)
        if marker.style is Style.DECIMAL and is_spaced(parent.document, first):
            return str(marker.value)
        return segment(marker)

    def _paragraphs(self, ref: ClauseRef, elements: Sequence[int], above: int | None) -> None:
        """A node for every paragraph; a table stands with the paragraph before it; a block of fields is one paragraph."""
        last = above
        in_block = False
        for at in elements:
            words = self.lines.texts[at]
            if not words and last is not None:
                self._extend(last, at)
                in_block = False
            elif in_block and self._is_entry(at) and last is not None:
                self._extend(last, at)
            else:
                last = self._paragraph(ref, at, above)
                in_block = bool(words) and self._is_entry(at)

    def _is_entry(self, at: int) -> bool:
        """A line of a block: a field, or an annex in a list of annexes."""
        return is_field(self.lines.texts[at]) or annex_label(self.lines.texts[at]) is not None

    def _paragraph(
        self, ref: ClauseRef, at: int, above: int | None, *, binding: bool = True
    ) -> int:
        child = ref.child(f"¶{self._next(ref, '¶')}")
        return self._node(
            child,
            NodeKind.PARAGRAPH,
            "",
            self.lines.texts[at],
            [at],
            parent=above,
            binding=binding,
        )

    def _extend(self, node: int, at: int) -> None:
        one = self.nodes[node]
        self.nodes[node] = replace(one, elements=(*one.elements, at))
        self._at[at] = node

    # forms

    def _forms(self, draft: PartDraft, root: ClauseRef) -> None:
        """The fields of a form, under the headings that are rows of it; notes after it belong to its last heading."""
        if draft.section.main or not self._boxes(draft):
            return
        heading: int | None = None
        for at in draft.front:
            element = self.text.elements[at]
            if isinstance(element, RawTable):
                heading = self._form(at, rows_of(self.text, element), root, heading)
            elif heading is not None:
                self._note(at, self.nodes[heading].ref, heading)
            elif not self.decimal and at not in self._at:
                self._paragraph(root, at, self._refs.get(root))

    def _form(
        self, at: int, rows: list[list[str]], root: ClauseRef, heading: int | None
    ) -> int | None:
        for row in form_rows(rows):
            if row.heading:
                heading = self._form_heading(row.heading, root)
            elif row.label:
                self._form_field(at, row, root, heading)
            elif heading is not None and at not in self._at:
                self._extend(heading, at)
        if at not in self._at and heading is not None:
            self._extend(heading, at)
        for cell in broken_boxes(rows):
            says = f"「{cell[:20]}」里的勾选框已损坏，无法判断是否勾选。"
            self.anomalies.append(Anomaly(AnomalyKind.BROKEN_BOX, heading or 0, says))
        return heading

    def _form_heading(self, words: str, root: ClauseRef) -> int:
        marker = markers(words)[0]
        ref = root.child(self._segment(marker, root, arabic=False))
        if ref in self._refs:
            ref = root.child(f"¶{self._next(root, '¶')}")
        return self._node(ref, NodeKind.NUMBERED, marker.label, words[marker.length :], [])

    def _form_field(self, at: int, row: FormRow, root: ClauseRef, heading: int | None) -> None:
        above = root if heading is None else self.nodes[heading].ref
        ref = above.child(f"¶{self._next(above, '¶')}")
        self._node(ref, NodeKind.PARAGRAPH, "", row.label, [], parent=heading)
        self.fields.append(FormField(at, row.label, row.value, row.choices))

    def _note(self, at: int, ref: ClauseRef, above: int) -> None:
        words = self.lines.texts[at]
        label, colon, rest = words.partition("：")
        child = ref.child(f"¶{self._next(ref, '¶')}")
        if colon and len(label) <= 3:  # noqa: PLR2004 - 备注, 注
            begins = len(label) + 1
            self._node(child, NodeKind.PARAGRAPH, label, rest, [at], parent=above, begins=begins)
        else:
            self._node(child, NodeKind.PARAGRAPH, "", words, [at], parent=above)

    # nodes

    def _place_node(
        self, ref: ClauseRef, kind: NodeKind, elements: Sequence[int], *, binding: bool = True
    ) -> int:
        words = self.lines.texts[elements[0]]
        return self._node(ref, kind, "", words, elements, binding=binding)

    def _node(
        self,
        ref: ClauseRef,
        kind: NodeKind,
        label: str,
        text: str,
        elements: Sequence[int],
        *,
        parent: int | None = None,
        begins: int = 0,
        binding: bool = True,
    ) -> int:
        index = len(self.nodes)
        self._refs.setdefault(ref, index)
        if parent is None and ref.parent is not None:
            parent = self._refs.get(ref.parent)
        node = Node(ref, kind, label, text, tuple(elements), begins, parent, ref.depth, binding)
        self.nodes.append(node)
        for at in elements:
            self._at.setdefault(at, index)
        return index

    def _next(self, ref: ClauseRef, sign: str) -> int:
        number = self._counters.get((ref, sign), 0) + 1
        self._counters[ref, sign] = number
        return number

    def _odd(self, step: Step, node: int, repeated: int | None) -> None:
        label = self.nodes[node].label
        if repeated is not None:
            other = self.nodes[repeated].ref
            says = f"编号「{label}」在同一层里出现两次，前一处是 {other}。"
            self.anomalies.append(Anomaly(AnomalyKind.REPEAT, node, says))
        elif step.odd is not None:
            says = f"编号「{label}」{_SAYS[step.odd]}"
            self.anomalies.append(Anomaly(step.odd, node, says))


def _is_sentence(words: str) -> bool:
    return words[-1] in STOPS + _LEADS_IN + "，," or len(words) >= _TITLE_LINE
