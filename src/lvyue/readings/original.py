"""原件: the papers as they are, line by line or page by page, with the place of everything that was read of them.

A place on the left leads to what was read there, and back. Who may not see what is personal gets stars in its place, and no
pictures of pages, since a picture cannot be starred out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Paragraph, RawTable, Span
from lvyue.reading.personal import Personal
from lvyue.reading.source import Box, Grid, Line, Place, Source, SourceKind, block_zh
from lvyue.reading.veil import STAR
from lvyue.readings.binding import Bound
from lvyue.readings.review import Row

#: first and one past the last character, the thing, and whether it is its own sentence and not one that it depends on
Hit: TypeAlias = tuple[int, int, str, bool]

#: Kinds that have pages which can be shown as pictures.
PAGED = (SourceKind.PDF, SourceKind.SCAN)

#: Cells of a sheet; the name of a sheet needs no label, since it is the line itself.
_CELLS = re.compile(r"[A-Z]+\d+(?::[A-Z]+\d+)?")


@dataclass(frozen=True, slots=True)
class Segment:
    """字段: some characters of a line, the things that were read of them (the shortest first), and those that begin here."""

    text: str
    items: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()

    @property
    def leads(self) -> str:
        return self.items[0] if self.items else ""

    @property
    def all(self) -> str:
        return " ".join(self.items)


@dataclass(frozen=True, slots=True)
class OriginalCell:
    """格."""

    segments: tuple[Segment, ...]
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class OriginalBlock:
    """行或表: a line with its number, or the rows of a grid."""

    id: str
    label: str
    segments: tuple[Segment, ...] = ()
    rows: tuple[tuple[OriginalCell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Rect:
    """框: where on a page something stands, in points from the upper left corner."""

    item: str
    x: str
    y: str
    width: str
    height: str
    begins: bool


@dataclass(frozen=True, slots=True)
class OriginalPage:
    """页: its number in its paper, its size in points, and the boxes on it."""

    number: int
    width: str
    height: str
    rects: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class OriginalPaper:
    """原件之一: a paper with its lines, and with its pages where it has some."""

    order: int
    name: str
    kind: str
    blocks: tuple[OriginalBlock, ...]
    pages: tuple[OriginalPage, ...]


class Stars:
    """遮盖: every personal text of a paper, wherever it is met, as stars; or, for who may read it, nothing of the kind."""

    def __init__(self, paper: Paper, personal: Iterable[Personal], *, open_: bool) -> None:
        words = {paper.words(one.span).strip() for one in personal} if not open_ else set()
        # Longer ones first, or half a number would be left of two that begin alike.
        known = sorted((re.escape(one) for one in words if len(one) > 1), key=len, reverse=True)
        self._pattern = re.compile("|".join(known)) if known else None

    def __call__(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: STAR * len(found[0]), text)


@dataclass(slots=True)
class _Hits:
    """Where the rows stand: characters of blocks, cells of grids, boxes of pages."""

    in_lines: dict[int, list[Hit]] = field(default_factory=lambda: defaultdict(list))
    in_cells: dict[Place, list[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(list))
    on_pages: dict[int, list[tuple[Box, str, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def original_of(
    bound: Bound, paper: Paper, rows: Sequence[Row], stars: Stars
) -> tuple[OriginalPaper, ...]:
    """Every paper with the places of the rows, in the order in which they are bound."""
    hits = _hits(paper, rows)
    seen: set[str] = set()
    found = []
    for order, source in enumerate(bound.papers):
        blocks = tuple(_blocks(bound, order, hits, stars, seen))
        pages = tuple(_pages(bound, order, source, hits)) if source.kind in PAGED else ()
        found.append(OriginalPaper(order, source.name, source.kind.zh, blocks, pages))
    return tuple(found)


# ── where things stand ───────────────────────────────────────────────────────────────────────────────────────────


def _hits(paper: Paper, rows: Sequence[Row]) -> _Hits:
    hits = _Hits()
    for row in rows:
        for number, span in enumerate(row.item.spans):
            _hit(paper, span, row.item.id, hits, own=number == 0)
    return hits


def _hit(paper: Paper, span: Span, item: str, hits: _Hits, *, own: bool) -> None:
    element = paper.text.elements[span.element]
    if isinstance(element, Paragraph):
        for piece in element.pieces:
            low = max(span.start, piece.start)
            high = min(span.end, piece.start + piece.end - piece.begin)
            if low < high:
                begin = piece.begin + low - piece.start
                hits.in_lines[piece.block].append((begin, begin + high - low, item, own))
        places = paper.places(span)
    else:
        places = paper.places(span)
        if span.cell is None:
            _hit_table(paper, element, item, hits)
        for place in places:
            hits.in_cells[place].append((item, own))
    for place in places:
        if place.page is not None and place.box is not None:
            hits.on_pages[place.page].append((place.box, item, own))


def _hit_table(paper: Paper, table: RawTable, item: str, hits: _Hits) -> None:
    """A table as a whole: its first line, or the first cell of its grid."""
    for block in table.blocks[:1]:
        there = paper.text.source.blocks[block]
        if isinstance(there, Line):
            hits.in_lines[block].append((0, len(there.text), item, True))


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _blocks(
    bound: Bound, order: int, hits: _Hits, stars: Stars, seen: set[str]
) -> Iterator[OriginalBlock]:
    for block in bound.blocks_of(order):
        there = bound.source.blocks[block]
        label = _label(there.place, order, bound)
        if isinstance(there, Line):
            found = [*hits.in_lines.get(block, ()), *_typed(there, hits)]
            segments = tuple(_segments(stars(there.text), found, seen))
            yield OriginalBlock(f"b{block}", label, segments)
        else:
            yield OriginalBlock(f"b{block}", label, rows=tuple(_grid(there, hits, stars, seen)))


def _typed(line: Line, hits: _Hits) -> Iterator[Hit]:
    """What stands in a cell of a row that is typed with tabs: its place is a column of the line."""
    if "\t" not in line.text:
        return
    at = 0
    for text in line.text.split("\t"):
        for item, own in hits.in_cells.get(line.place_of(at, at + len(text)), ()):
            yield at, at + len(text), item, own
        at += len(text) + 1


def _label(place: Place, order: int, bound: Bound) -> str:
    if place.line is not None:
        before = sum(_lines(one) for one in bound.papers[:order])
        return str(place.line - before)
    if place.page is not None:
        return f"页{bound.page_of(order, place.page)}"
    path = (place.block or "").rpartition("!")[2]
    if (named := block_zh(path)) != path:
        # Beside the text there is room for a number or a word.
        return "表格" if named.startswith("表格") else named.removeprefix("第").removesuffix("段")
    return path if _CELLS.fullmatch(path) else ""


def _lines(source: Source) -> int:
    return max((block.place.line or 0 for block in source.blocks), default=0)


def _segments(text: str, found: Sequence[Hit], seen: set[str]) -> Iterator[Segment]:
    """The line cut wherever something begins or ends."""
    if not found:
        yield Segment(text)
        return
    edges = sorted({0, len(text), *(edge for low, high, *_ in found for edge in (low, high))})
    for low, high in pairwise(edges):
        if low >= len(text):
            break
        inside = sorted(
            (end - begin, item, own)
            for begin, end, item, own in found
            if begin <= low and high <= end
        )
        items = tuple(dict.fromkeys(item for _, item, _ in inside))
        begins = tuple(dict.fromkeys(item for _, item, own in inside if own and item not in seen))
        seen.update(begins)
        yield Segment(text[low:high], items, begins)


def _grid(
    grid: Grid, hits: _Hits, stars: Stars, seen: set[str]
) -> Iterator[tuple[OriginalCell, ...]]:
    by_row: Mapping[int, list[OriginalCell]] = defaultdict(list)
    for cell in sorted(grid.cells, key=lambda one: (one.row, one.column)):
        text = stars(cell.text)
        found = [(0, len(text), item, own) for item, own in hits.in_cells.get(cell.place, ())]
        segments = tuple(_segments(text, found, seen)) if text else ()
        by_row[cell.row].append(OriginalCell(segments, cell.rows, cell.columns))
    for row in range(grid.rows):
        yield tuple(by_row.get(row, ()))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pages(bound: Bound, order: int, source: Source, hits: _Hits) -> Iterator[OriginalPage]:
    before = sum(len(one.pages) for one in bound.papers[:order])
    seen: set[str] = set()
    for number, size in enumerate(source.pages, start=1):
        rects = []
        for box, item, own in hits.on_pages.get(before + number, ()):
            left, top, right, bottom = box
            rects.append(
                Rect(
                    item,
                    _points(left),
                    _points(top),
                    _points(right - left),
                    _points(bottom - top),
                    own and item not in seen,
                )
            )
            if own:
                seen.add(item)
        # Large ones first, or they would lie over the small ones and nobody could point at those.
        rects.sort(key=lambda one: -float(one.width) * float(one.height))
        yield OriginalPage(number, _points(size.width), _points(size.height), tuple(rects))


def _points(value: float) -> str:
    return f"{value:.1f}"
