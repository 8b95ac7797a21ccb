"""段落: lines joined where a page cut a sentence, page numbers taken out, and every character still at its place.

Nothing is overwritten: a paragraph is a view of lines, and what was joined or left out is listed as a repair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from lvyue.reading.joints import Edge, Numbers, goes_on
from lvyue.reading.lines import Kind, Layout, is_full, is_indented, kinds, layout
from lvyue.reading.markers import markers
from lvyue.reading.source import Grid, Line, Place, Source


@dataclass(frozen=True, slots=True)
class Piece:
    """片段: characters ``begin`` to ``end`` of the block ``block`` of the source stand from ``start`` on in the paragraph."""

    start: int
    block: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """段落: its text without the blanks at both ends, and the pieces it was made of, in order."""

    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class RawTable:
    """未读的表: the grids, or the lines typed with tabs, that together are one table of the paper, as block indices."""

    blocks: tuple[int, ...]


Element: TypeAlias = Paragraph | RawTable


@dataclass(frozen=True, slots=True)
class Span:
    """文段: characters ``start`` to ``end`` of the element ``element`` of a document; of one cell of it where it is a table.

    ``cell`` is (row, column) of ``ReadTable.cell``.
    """

    element: int
    start: int
    end: int
    cell: tuple[int, int] | None = None


class RepairKind(StrEnum):
    """修补: what was done to the lines so that sentences are whole."""

    JOINED = "joined"
    PAGE_NUMBER = "page_number"
    RUNNING_HEAD = "running_head"
    MARKUP = "markup"
    CROWDED = "crowded"

    @property
    def zh(self) -> str:
        return {
            "joined": "接上被分页切断的句子",
            "page_number": "去掉夹在正文里的页码",
            "running_head": "去掉页眉页脚",
            "markup": "去掉排版记号",
            "crowded": "段数过多，其后的行不再分段",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Repair:
    """修补: kind, the places in the file it concerns (for ``joined`` the end of one and the start of the next), and a short quote."""

    kind: RepairKind
    places: tuple[Place, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Text:
    """全文: the paragraphs and tables of a source in reading order, and what was mended to get them."""

    source: Source
    elements: tuple[Element, ...]
    repairs: tuple[Repair, ...]


def places_of(source: Source, paragraph: Paragraph, start: int, end: int) -> Iterator[Place]:
    """Where characters ``start`` to ``end`` of a paragraph stand in the file, one place per line touched."""
    for piece in paragraph.pieces:
        low = max(start, piece.start)
        high = min(end, piece.start + piece.end - piece.begin)
        block = source.blocks[piece.block]
        if low < high and isinstance(block, Line):
            yield block.place_of(piece.begin + low - piece.start, piece.begin + high - piece.start)


# ── mending ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: ** and `code`, a lone * around words, # before a heading, > before a quotation; 7*24 stays
_MARKUP = re.compile(
    r"\*\*|__(?=[^_])(?<![_ ]__)|(?<![0-9A-Za-z*_])\*(?=[^\s*0-9])|(?<=[^\s*0-9(（])\*(?![0-9A-Za-z*_])"
)
_HEADING = re.compile(r" {0,3}#{1,6} +| {0,3}> +")
_LIST = re.compile(r" {0,8}[-*+] *(?=\S)")
_DASH = re.compile(r" {0,8}[-*+](?= )")
_INLINE = re.compile(r"[（(]([a-z])[）)]")
_QUOTE = 24
_VIEW = 200
#: rows that tell how many columns a table has
_HEAD_ROWS = 3
#: a file of more paragraphs and tables than any contract has: what follows is one last paragraph, so that a hostile one ends too
MOST_ELEMENTS = 10_000


def mend(source: Source) -> Text:
    """段落修补: the paragraphs and tables of a source, and everything that was done to get them."""
    found = kinds(source)
    return _Mender(source, found, layout(source, found)).text()


@dataclass(slots=True)
class _Open:
    """The paragraph that is being put together: its words line by line, so that a long one is joined only once."""

    words: list[str]
    pieces: list[Piece]
    #: what the next line is held against: the whole, or the two ends of a long one
    view: str
    length: int
    #: a blank line came after it
    gap: bool = False
    #: a page may have ended after it
    cut: bool = False

    @property
    def last(self) -> Piece:
        return self.pieces[-1]

    def add(self, fresh: _Open) -> None:
        self.pieces += [
            Piece(self.length + piece.start, piece.block, piece.begin, piece.end)
            for piece in fresh.pieces
        ]
        self.words += fresh.words
        self.length += fresh.length
        self.view += fresh.view
        if len(self.view) > 2 * _VIEW:
            self.view = self.view[:_VIEW] + self.view[-_VIEW:]
        self.gap = self.cut = False


class _Mender:
    """修补: one walk over the blocks of a source."""

    def __init__(self, source: Source, found: Sequence[Kind], broken: Layout) -> None:
        self.source, self.kinds, self.layout = source, found, broken
        self.elements: list[Element] = []
        self.repairs: list[Repair] = []
        self.numbers = Numbers()
        self.open: _Open | None = None
        self.crowded = False

    def text(self) -> Text:
        index = 0
        while index < len(self.source.blocks):
            index = self._take(index)
        self._close()
        return Text(self.source, tuple(_with_inline_lists(self.elements)), tuple(self.repairs))

    def _take(self, index: int) -> int:
        """Deal with the block at ``index`` and answer where to go on."""
        block, kind = self.source.blocks[index], self.kinds[index]
        if isinstance(block, Grid):
            return self._grids(index)
        match kind:
            case Kind.EMPTY:
                if self.open:
                    self.open.gap = self.open.cut = True
            case Kind.PAGE_NUMBER | Kind.RUNNING_HEAD:
                self._leave_out(block, kind)
            case Kind.ROW if not self._is_crowded():
                return self._rows(index)
            case Kind.ASIDE:
                self._aside(index, block)
            case _:
                self._words(index, block)
        return index + 1

    # words

    def _words(self, index: int, line: Line) -> None:
        fresh = self._piece(index, line)
        if fresh is None:
            return
        before = self.open
        if before is not None and self._is_crowded():
            self._crowd(before, fresh)
            return
        if before is not None and self._goes_on(before, fresh.view, line):
            self._join(before, fresh)
            return
        self._close()
        self.numbers.met(markers(fresh.view))
        self.open = fresh

    def _is_crowded(self) -> bool:
        return len(self.elements) >= MOST_ELEMENTS

    def _crowd(self, before: _Open, fresh: _Open) -> None:
        """Take whatever is left of a file that no contract is as long as into its last paragraph."""
        if not self.crowded:
            self.crowded = True
            place = self._place(fresh.pieces[0])
            self.repairs.append(Repair(RepairKind.CROWDED, (place,), fresh.view[:_QUOTE]))
        before.add(fresh)

    def _goes_on(self, before: _Open, after: str, line: Line) -> bool:
        block = self._line(before.last)
        edge = Edge(
            full=is_full(block, self.layout),
            indented=is_indented(line, self.layout),
            gap=before.gap,
            ragged=self.layout.ragged,
            close=self.layout.spaced and (self.layout.ragged or self.layout.width is not None),
            numbered=self.layout.numbered,
            last=before.last.end - before.last.begin,
        )
        return goes_on(before.view, after, edge, self.numbers)

    def _join(self, before: _Open, fresh: _Open) -> None:
        """Take a line into the open paragraph; only what a page or a blank line parted is worth a repair."""
        if before.cut or self._breaks_nothing(before):
            quote = before.view[-_QUOTE // 2 :] + "‖" + fresh.view[: _QUOTE // 2]
            ends = (self._place(before.last, at_end=True), self._place(fresh.pieces[0]))
            self.repairs.append(Repair(RepairKind.JOINED, ends, quote))
        before.add(fresh)

    def _breaks_nothing(self, before: _Open) -> bool:
        """Whether lines of this text are paragraphs, so that a joined one was cut."""
        broken = self.layout.width is not None or self.layout.ragged
        return not broken and self._line(before.last).full is None

    def _piece(self, index: int, line: Line) -> _Open | None:
        """The words of a line without blanks around them and without markup."""
        text = line.text
        begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
        cuts = self._cuts(line, begin, end)
        pieces: list[Piece] = []
        words = ""
        for cut_begin, cut_end in (*cuts, (end, end)):
            if cut_begin > begin:
                pieces.append(Piece(len(words), index, begin, cut_begin))
                words += text[begin:cut_begin]
            begin = max(begin, cut_end)
        if cuts:
            quote = text.strip()[:_QUOTE]
            self.repairs.append(Repair(RepairKind.MARKUP, (line.place,), quote))
        return _trimmed(words, pieces)

    def _cuts(self, line: Line, begin: int, end: int) -> list[tuple[int, int]]:
        """What of a line is markup: from and to."""
        text = line.text
        cuts = []
        if found := _HEADING.match(text):
            cuts.append((found.start(), found.end()))
            begin = found.end()
        if (found := _LIST.match(text, begin)) and self._hides_a_number(text[found.end() : end]):
            cuts.append((begin, found.end()))
            begin = found.end()
        elif dash := _DASH.match(text, begin):
            begin = dash.end()
        if "*" in text or "__" in text:
            cuts += [
                (found.start(), found.end())
                for found in _MARKUP.finditer(text, begin, end)
                if found[0] != "__"
            ]
        return cuts

    @staticmethod
    def _hides_a_number(rest: str) -> bool:
        found = markers(rest)
        return bool(found) and not found[0].weak

    # what is no part of the text

    def _leave_out(self, line: Line, kind: Kind) -> None:
        repair = RepairKind.PAGE_NUMBER if kind is Kind.PAGE_NUMBER else RepairKind.RUNNING_HEAD
        self.repairs.append(Repair(repair, (line.place,), line.text.strip()[:_QUOTE]))
        if self.open:
            self.open.cut = True
            # On a page whose margins are known, a full line goes on below the page number.
            self.open.gap = self.open.gap or self._line(self.open.last).full is None

    def _line(self, piece: Piece) -> Line:
        block = self.source.blocks[piece.block]
        assert isinstance(block, Line)  # noqa: S101 - pieces are made of lines only
        return block

    def _aside(self, index: int, line: Line) -> None:
        """A text box: words of the paper, but of no sentence."""
        if fresh := self._piece(index, line):
            self.elements.append(Paragraph("".join(fresh.words), tuple(fresh.pieces)))

    # tables

    def _grids(self, index: int) -> int:
        self._close()
        blocks = [index]
        at = index + 1
        while at < len(self.source.blocks):
            block = self.source.blocks[at]
            if isinstance(block, Grid):
                if not block.goes_on:
                    break
                blocks.append(at)
            elif self.kinds[at] in (Kind.PAGE_NUMBER, Kind.RUNNING_HEAD):
                self._leave_out(block, self.kinds[at])
            elif self.kinds[at] is not Kind.EMPTY:
                break
            at += 1
        self.elements.append(RawTable(tuple(blocks)))
        return at

    def _rows(self, index: int) -> int:
        self._close()
        blocks = [index]
        at, gap = index + 1, False
        while at < len(self.source.blocks):
            kind = self.kinds[at]
            block = self.source.blocks[at]
            if isinstance(block, Grid):
                break
            if kind is Kind.EMPTY:
                gap = True
            elif kind in (Kind.PAGE_NUMBER, Kind.RUNNING_HEAD):
                if not self._row_follows(at, blocks):
                    break
                self._leave_out(block, kind)
                gap = True
            elif kind is Kind.ROW and (not gap or self._same_table(blocks, at)):
                blocks.append(at)
                gap = False
            elif kind is Kind.WORDS and not gap and self._half_cell(blocks, at):
                blocks.append(at)
            else:
                break
            at += 1
        self.elements.append(RawTable(tuple(blocks)))
        return at

    def _row_follows(self, at: int, blocks: Sequence[int]) -> bool:
        """Whether the table goes on after a page number."""
        while at < len(self.kinds) and self.kinds[at] in (
            Kind.EMPTY,
            Kind.PAGE_NUMBER,
            Kind.RUNNING_HEAD,
        ):
            at += 1
        return at < len(self.kinds) and self.kinds[at] is Kind.ROW and self._same_table(blocks, at)

    def _same_table(self, blocks: Sequence[int], at: int) -> bool:
        """After a gap: as many columns, and no head of its own unless it repeats the one on the page before."""
        row, head = self._row(at), self._row(blocks[0])
        if row.count("\t") != max(self._row(i).count("\t") for i in blocks[:_HEAD_ROWS]):
            return False
        return row.split("\t")[0].strip() not in ("序号", "编号") or row.split() == head.split()

    def _half_cell(self, blocks: Sequence[int], at: int) -> bool:
        """A line without a tab right after a row that lacks cells, or between two rows of one table."""
        columns = max(self._row(i).count("\t") for i in blocks[:_HEAD_ROWS])
        if self._row(blocks[-1]).count("\t") < columns:
            return True
        following = at + 1
        return (
            following < len(self.kinds)
            and self.kinds[following] is Kind.ROW
            and self._row(following).count("\t") < columns
        )

    def _row(self, index: int) -> str:
        block = self.source.blocks[index]
        return block.text if isinstance(block, Line) else ""

    # the end of a paragraph

    def _close(self) -> None:
        if self.open is not None:
            self.elements.append(Paragraph("".join(self.open.words), tuple(self.open.pieces)))
            self.open = None

    def _place(self, piece: Piece, *, at_end: bool = False) -> Place:
        block = self._line(piece)
        begin = max(piece.begin, piece.end - 1) if at_end else piece.begin
        return block.place_of(begin, piece.end if at_end else min(piece.end, piece.begin + 1))


def _trimmed(words: str, pieces: list[Piece]) -> _Open | None:
    """Without the blanks that stood between markup and the edge of the line."""
    begin, end = len(words) - len(words.lstrip()), len(words.rstrip())
    if begin >= end:
        return None
    words = words[begin:end]
    view = words if len(words) <= 2 * _VIEW else words[:_VIEW] + words[-_VIEW:]
    return _Open([words], list(_between(pieces, begin, end)), view, len(words))


def _between(pieces: Sequence[Piece], begin: int, end: int) -> Iterator[Piece]:
    """The pieces of characters ``begin`` to ``end`` of a paragraph, as those of a paragraph of their own."""
    for piece in pieces:
        low = max(piece.start, begin)
        high = min(piece.start + piece.end - piece.begin, end)
        if low < high:
            shift = piece.begin - piece.start
            yield Piece(low - begin, piece.block, low + shift, high + shift)


def _with_inline_lists(elements: Sequence[Element]) -> Iterator[Element]:
    """（a）…（b）… inside one sentence are clauses that others refer to: each becomes a paragraph of its own."""
    letters = 0
    for at, element in enumerate(elements):
        if not isinstance(element, Paragraph):
            yield element
            continue
        starts = _letters(element.text, letters)
        following = elements[at + 1] if at + 1 < len(elements) else None
        ahead = following.text[:3] if isinstance(following, Paragraph) else ""
        goes_on = _INLINE.match(ahead)
        more = goes_on is not None and ord(goes_on[1]) - ord("a") == letters + len(starts)
        if letters + len(starts) + more < 2:  # noqa: PLR2004 - one letter is no list
            letters = 0
            yield element
            continue
        letters = letters + len(starts) if more or starts else 0
        edges = [start for start in starts if start]
        for begin, end in zip((0, *edges), (*edges, len(element.text)), strict=True):
            yield part(element, begin, end)


def _letters(text: str, expected: int) -> list[int]:
    """Where the next letters of a list stand; the first one after a colon or a stop, or at the start."""
    starts: list[int] = []
    for found in _INLINE.finditer(text):
        at = found.start()
        before = text[max(at - 4, 0) : at].rstrip()[-1:]
        if ord(found[1]) - ord("a") == expected + len(starts) and (
            not at or before in "：:；;，,。"
        ):
            starts.append(at)
    return starts


def part(paragraph: Paragraph, begin: int, end: int) -> Paragraph:
    """Characters ``begin`` to ``end`` as a paragraph of its own, blanks at its ends left out."""
    words = paragraph.text[begin:end]
    begin += len(words) - len(words.lstrip())
    end = begin + len(words.strip())
    return Paragraph(paragraph.text[begin:end], tuple(_between(paragraph.pieces, begin, end)))
