"""一份合同的全文与结构: text, tables and outline together, which is what every reader of meaning starts from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lvyue.core.clause import ClauseRef
from lvyue.reading.outline import Node, Outline
from lvyue.reading.paragraphs import Paragraph, Span, Text, places_of
from lvyue.reading.source import Place
from lvyue.reading.tables import ReadTable, Tables


@dataclass(frozen=True)
class Paper:
    """全文与结构."""

    text: Text
    tables: Tables
    outline: Outline

    @cached_property
    def node_by_ref(self) -> dict[ClauseRef, Node]:
        return {node.ref: node for node in self.outline.nodes}

    def paragraph(self, element: int) -> Paragraph | None:
        """The paragraph at an element; None where a table stands there."""
        found = self.text.elements[element]
        return found if isinstance(found, Paragraph) else None

    def node_at(self, element: int) -> Node | None:
        """The node at which an element stands."""
        index = self.outline.at.get(element)
        return None if index is None else self.outline.nodes[index]

    def clause_at(self, span: Span) -> ClauseRef | None:
        """The clause in which a span stands."""
        node = self.node_at(span.element)
        return node.ref if node else None

    def words(self, span: Span) -> str:
        """The characters of a span."""
        element = self.text.elements[span.element]
        if isinstance(element, Paragraph):
            return element.text[span.start : span.end]
        table, cell = self.tables[span.element], span.cell
        return table.rows[cell[0]].cells[cell[1]].text[span.start : span.end] if cell else ""

    def places(self, span: Span) -> tuple[Place, ...]:
        """Where a span stands in the file, one place per line; a cell is one place."""
        element = self.text.elements[span.element]
        if isinstance(element, Paragraph):
            return tuple(places_of(self.text.source, element, span.start, span.end))
        table = self.tables[span.element]
        if span.cell is None:
            return (table.rows[0].cells[0].place,) if table.rows else ()
        return (table.rows[span.cell[0]].cells[span.cell[1]].place,)

    def body(self, node: Node) -> Iterator[tuple[int, int, str]]:
        """The paragraphs of a node itself: element, first character after the number, text from there on."""
        for position, element in enumerate(node.elements):
            paragraph = self.paragraph(element)
            if paragraph is not None:
                start = node.begins if position == 0 else 0
                yield element, start, paragraph.text[start:]

    def tables_of(self, node: Node) -> tuple[ReadTable, ...]:
        """The tables that stand directly at a node."""
        return tuple(self.tables[element] for element in node.elements if element in self.tables)
