"""方阵: the cells of a raw table as rows of equal length, whatever the file was: typed tabs, merged cells, page breaks.

Nothing is decided here about heads, groups or totals; only what belongs into one cell and one row is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lvyue.reading.paragraphs import RawTable, Text
from lvyue.reading.source import Cell, Grid, Line, Place


@dataclass(frozen=True, slots=True)
class Square:
    """格: one place of the grid; ``carried`` where a merged cell from above reaches, ``covered`` where one from the left does.

    ``wide`` and ``high`` are what a cell that begins here spans.
    """

    text: str
    place: Place
    carried: bool = False
    covered: bool = False
    wide: int = 1
    high: int = 1

    @property
    def is_filled(self) -> bool:
        """Words that were printed in this very place."""
        return bool(self.text) and not self.covered


@dataclass(frozen=True, slots=True)
class Band:
    """横排: one row of squares; ``broken`` where a page break or a gap stands before it."""

    squares: tuple[Square, ...]
    broken: bool = False

    def filled(self) -> list[int]:
        """The columns in which something stands."""
        return [i for i, square in enumerate(self.squares) if square.is_filled]


#: blanks between two Chinese characters come from lines broken in a cell, or set 合 计 apart
_LAYOUT = re.compile(r"(?<=[⺀-鿿　-〿＀-￯])\s{1,40}(?=[⺀-鿿　-〿＀-￯])")
_BLANKS = re.compile(r"\s{1,40}")
_PIPED = re.compile(r"\s{0,8}\|")
_LINE_BREAK = "\x1f"
_WIDEST = 60


def clean(text: str, *, paragraphs: bool = False) -> str:
    """A cell on one line. ``paragraphs``: its line breaks part paragraphs and are no layout."""
    if paragraphs:
        text = re.sub(r"\s*\n\s*", _LINE_BREAK, text.strip())
    words = _BLANKS.sub(" ", _LAYOUT.sub("", text.strip()))
    return words.replace(_LINE_BREAK, " ")


def bands(text: Text, table: RawTable) -> list[Band]:
    """The rows of a table, all as wide as the widest, without empty ones."""
    blocks = [(index, text.source.blocks[index]) for index in table.blocks]
    grids = [block for _, block in blocks if isinstance(block, Grid)]
    if grids:
        rows = [row for grid in grids for row in _of_grid(grid)]
    else:
        rows = list(_of_lines([(i, block) for i, block in blocks if isinstance(block, Line)]))
    width = min(_WIDEST, max((len(row.squares) for row in rows), default=0))
    wide = [_padded(row, width) for row in rows]
    return _whole([row for row in wide if row.filled()])


def _padded(row: Band, width: int) -> Band:
    missing = width - len(row.squares)
    if (
        missing < 0
    ):  # no table is that wide; its last column takes the rest, so that nothing is lost
        rest = " ".join(square.text for square in row.squares[width - 1 :] if square.text)
        return replace(
            row, squares=(*row.squares[: width - 1], replace(row.squares[width - 1], text=rest))
        )
    if not missing or not row.squares:
        return row
    empty = Square("", row.squares[-1].place)
    return replace(row, squares=row.squares + (empty,) * missing)


# ------------------------------------------------------------------------------------------- typed with tabs


def _of_lines(lines: Sequence[tuple[int, Line]]) -> Iterator[Band]:
    """One row per line; a line that goes on in the middle of a cell is joined to the row it completes."""
    typed = [(index, tuple(_typed(line))) for index, line in lines]
    width = max((len(squares) for _, squares in typed), default=0)
    before: Band | None = None
    last = -1
    for index, squares in typed:
        if not squares:  # the rule under the head of a Markdown table
            last = index
            continue
        broken = before is not None and index != last + 1
        last = index
        if before is not None and _goes_on(before, squares, width):
            before = Band(_spliced(before.squares, squares), before.broken)
            continue
        if before is not None:
            yield before
        before = Band(squares, broken)
    if before is not None:
        yield before


def _typed(line: Line) -> Iterator[Square]:
    """Cells between tabs, or between the strokes of a Markdown table."""
    words = line.text.rstrip("\r\n")
    start, sign = 0, "\t"
    if "\t" not in words and _PIPED.match(words):
        start, sign = words.index("|") + 1, "|"
        words = words[start:].rstrip().removesuffix("|")
        if not words.strip("-:| "):
            return
    for piece in words.split(sign):
        blanks = len(piece) - len(piece.lstrip())
        end = start + len(piece.rstrip())
        begin = min(start + blanks, end)
        yield Square(clean(piece), line.place_of(begin, end))
        start += len(piece) + 1


_BEGINS_ROW = re.compile(
    r"\s*(?:[0-9]{1,4}|[一二三四五六七八九十]{1,3})(?:[.、．)）]?\s*$|[.、．])"
)


def _goes_on(before: Band, squares: tuple[Square, ...], width: int) -> bool:
    """The line before lacks cells, and this one has just those, beginning with the rest of a cell."""
    have = len(before.squares)
    if have >= width or have + len(squares) - 1 > width or _BEGINS_ROW.match(squares[0].text):
        return False
    if len(squares) == 1:
        return True
    return (
        have + len(squares) - 1 == width and bool(squares[0].text) and bool(before.squares[-1].text)
    )


def _spliced(left: tuple[Square, ...], right: tuple[Square, ...]) -> tuple[Square, ...]:
    joined = replace(left[-1], text=_glued(left[-1].text, right[0].text))
    return (*left[:-1], joined, *right[1:])


def _glued(one: str, other: str) -> str:
    """Two halves of a cell: a blank only between two Latin words."""
    blank = " " if one[-1:].isascii() and other[:1].isascii() and one and other else ""
    return clean(one + blank + other)


# ------------------------------------------------------------------------------------------- ruled


def _of_grid(grid: Grid) -> Iterator[Band]:
    columns = min(grid.columns, _WIDEST)
    rows: list[list[Square | None]] = [[None] * columns for _ in range(grid.rows)]
    for cell in grid.cells:
        _lay(rows, cell)
    for number, row in enumerate(rows):
        squares = tuple(square or Square("", grid.place) for square in row)
        yield Band(squares, broken=grid.goes_on and number == 0)


def _lay(rows: list[list[Square | None]], cell: Cell) -> None:
    """A cell at its place, and what it covers to the right and below."""
    text = clean(cell.text, paragraphs=cell.place.block is not None)
    wide, high = max(1, cell.columns), max(1, cell.rows)
    if cell.row < len(rows) and rows[cell.row] and cell.column >= len(rows[cell.row]):
        edge = rows[cell.row][-1] or Square("", cell.place)
        rows[cell.row][-1] = replace(edge, text=f"{edge.text} {text}".strip(), covered=False)
        return
    for row in range(cell.row, min(cell.row + high, len(rows))):
        for column in range(cell.column, min(cell.column + wide, len(rows[row]))):
            first = row == cell.row and column == cell.column
            rows[row][column] = Square(
                text,
                cell.place,
                carried=row > cell.row,
                covered=column > cell.column,
                wide=wide if first else 1,
                high=high if first else 1,
            )


# ------------------------------------------------------------------------------------------- cut by a page


_NUMERIC = re.compile(r"[¥￥]?[-0-9.,，%]{1,30}")


def _whole(rows: list[Band]) -> list[Band]:
    """A row that a page break cut in two is one again: its second half has no key, and no figure of its own."""
    out: list[Band] = []
    for row in rows:
        if out and _is_rest(out[-1], row):
            out[-1] = replace(
                out[-1],
                squares=tuple(
                    one if not other.is_filled else replace(one, text=_glued(one.text, other.text))
                    for one, other in zip(out[-1].squares, row.squares, strict=True)
                ),
            )
        else:
            out.append(row)
    return out


def _is_rest(before: Band, row: Band) -> bool:
    filled = row.filled()
    if row.squares[0].text or any(row.squares[i].carried for i in filled):
        return False
    if not before.squares[0].text or len(before.filled()) < 2:  # noqa: PLR2004 - a group row has no rest
        return False
    if any(_NUMERIC.fullmatch(row.squares[i].text) and before.squares[i].text for i in filled):
        return False
    if row.broken:
        # a row of its own would have something where the row before has nothing more to say
        return all(before.squares[i].text for i in filled) and len(filled) < len(before.filled())
    return len(filled) == 1 and filled[0] > 1 and bool(before.squares[filled[0]].text)
