"""页面: runs of characters and ruled cells of one page become lines and grids in reading order.

Two labelled fields side by side (甲方: … 乙方: …) are two lines, the left column before the right one; rows of three or more
columns without rules are lines typed with tabs. Nothing is mended: what the page breaks stays broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from lvyue.intake.characters import is_wide
from lvyue.intake.glyphs import PageGlyphs, Run
from lvyue.intake.ruled import RuledTable
from lvyue.reading.source import Block, Box, Cell, Grid, Line, Place

#: a gap as wide as this, in Han characters, may part two columns
_COLUMN_GAP = 2.5
#: blanks between Latin words, between Han and Latin, and between Han characters, in Han characters
_WORD_GAP, _MIXED_GAP, _WIDE_GAP = 0.15, 0.6, 0.8
#: words of a phrase are one typed blank apart, in heights
_PHRASE = 0.5
#: a gap however wide is no more blanks than this
_MOST_BLANKS = 8
#: lines of a block of two columns follow each other closer than this, in heights
_FAR = 3.0
#: rows that make a table without rules
_TABLE_ROWS = 3
#: a field with its label; a side to sign for
_LABEL = re.compile(
    r"[^\s:：,，。;；]{1,16}[:：]|[（(]?[甲乙丙]\s?方|(?:委托|受托|采购|供应|发包|承包|买|卖|需|供)[人方商]"
    r"|[^\s,，。;；]{1,12}[（(][^）)]{1,10}[）)]\s*$"
)
#: what stands after a blank to fill in, and so begins no column
_AFTER_BLANK = frozenset("年月日时分元万亿角天个份次%％）)，,。；;、")


@dataclass(slots=True)
class Row:
    """页面行: the runs on one height from left to right, and before which of them stands a gap that may part columns."""

    runs: list[Run]
    gaps: list[int] = field(default_factory=list)

    @property
    def left(self) -> float:
        return self.runs[0].left

    @property
    def right(self) -> float:
        return self.runs[-1].right

    @property
    def top(self) -> float:
        return min(run.top for run in self.runs)

    @property
    def bottom(self) -> float:
        return max(run.bottom for run in self.runs)


def lines_and_grids(found: PageGlyphs, tables: list[RuledTable], page: int) -> list[Block]:
    """What a page shows, from top to bottom."""
    inside, outside = _by_table(found.runs, tables)
    blocks: list[tuple[float, Block]] = []
    for table, runs in zip(tables, inside, strict=True):
        if any(runs.values()):
            blocks.append((table.box[1], _grid(table, runs, page, found.em)))
    blocks += [
        (line.place.box[1] if line.place.box else 0.0, line)
        for line in _lines(outside, page, found.em, tables)
    ]
    return [block for _, block in _in_order(blocks)]


def _in_order(blocks: list[tuple[float, Block]]) -> list[tuple[float, Block]]:
    """Grids among lines by height; lines keep the order they have, for columns are read one after another."""
    lines = [block for block in blocks if isinstance(block[1], Line)]
    grids = [block for block in blocks if isinstance(block[1], Grid)]
    out: list[tuple[float, Block]] = []
    for line in lines:
        while grids and grids[0][0] < line[0]:
            out.append(grids.pop(0))
        out.append(line)
    return out + grids


# -------------------------------------------------------------------------------------------- tables


def _by_table(
    runs: list[Run], tables: list[RuledTable]
) -> tuple[list[dict[int, list[Run]]], list[Run]]:
    """Runs by table and cell, and those outside.

    A run is never cut: no cell is set so tight. A phrase that is printed over the edge of its cell stays in it, which shows
    by the blank typed in the middle of it.
    """
    inside: list[dict[int, list[Run]]] = [{} for _ in tables]
    outside: list[Run] = []
    before: Run | None = None
    home: list[Run] = outside
    for run in runs:
        if before is None or not _same_phrase(before, run):
            home = _home(run, tables, inside, outside)
        home.append(run)
        before = run
    return inside, outside


def _same_phrase(before: Run, run: Run) -> bool:
    gap = run.left - before.right
    return run.blanks == 1 and 0 <= gap < _PHRASE * run.height and _same_height(before, run)


def _home(
    run: Run, tables: list[RuledTable], inside: list[dict[int, list[Run]]], outside: list[Run]
) -> list[Run]:
    across, down = (run.left + run.right) / 2, run.middle
    for table, cells in zip(tables, inside, strict=True):
        left, top, right, bottom = table.box
        if top - 1 <= down <= bottom + 1 and left - 1 <= across <= right + 1:
            return cells.setdefault(table.cell_at(across, down), [])
    return outside


def _grid(table: RuledTable, runs: dict[int, list[Run]], page: int, em: float) -> Grid:
    cells = [
        Cell(
            text=_cell_text(runs.get(n, []), em),
            place=Place(page=page, box=_rounded(cell.box)),
            row=cell.row,
            column=cell.column,
            rows=cell.rows,
            columns=cell.columns,
        )
        for n, cell in enumerate(table.cells)
    ]
    cells.sort(key=lambda cell: (cell.row, cell.column))
    place = Place(page=page, box=_rounded(table.box))
    return Grid(tuple(cells), len(table.ys) - 1, len(table.xs) - 1, place)


def _cell_text(runs: list[Run], em: float) -> str:
    return "\n".join(filter(None, (_written(row.runs, em)[0] for row in _rows(runs, em))))


def _rounded(box: Box) -> Box:
    left, top, right, bottom = box
    return round(left, 2), round(top, 2), round(right, 2), round(bottom, 2)


# --------------------------------------------------------------------------------------------- lines


def _rows(runs: list[Run], em: float) -> list[Row]:
    """Runs on the same height as rows, from top to bottom, each from left to right."""
    groups: list[list[Run]] = []
    for run in sorted(runs, key=lambda one: (one.top + one.bottom, one.edges[0])):
        for group in groups[:-4:-1]:
            if _same_height(group[0], run):
                group.append(run)
                break
        else:
            groups.append([run])
    for group in groups:
        group.sort(key=lambda one: one.edges[0])
    return [Row(group, list(_gaps(group, em))) for group in groups]


def _same_height(one: Run, other: Run) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared >= 0.5 * min(one.height, other.height)


def _gaps(runs: list[Run], em: float) -> Iterator[int]:
    """Numbers of the runs before which stands a gap that may part columns; blanks typed there are part of it."""
    end = runs[0].right
    for number in range(1, len(runs)):
        run = runs[number]
        if run.left - end > _COLUMN_GAP * em:
            yield number
        end = max(end, run.right)


def _lines(runs: list[Run], page: int, em: float, tables: list[RuledTable]) -> Iterator[Line]:
    rows = _rows(runs, em)
    edges = [table.box[1] for table in tables]
    n = 0
    while n < len(rows):
        size = _columns_without_rules(rows, n, em) if rows[n].gaps else 0
        if size:
            for row in rows[n : n + size]:
                yield _line(row.runs, page, em, tabs=row.gaps)
            n += size
            continue
        block = _two_columns(rows, n, em, edges) if rows[n].gaps else []
        for side in (*(left for left, _ in block if left), *(right for _, right in block if right)):
            yield _line(side, page, em)
        if not block:
            yield _line(rows[n].runs, page, em)
        n += len(block) or 1


def _columns_without_rules(rows: list[Row], start: int, em: float) -> int:
    """How many rows from here on stand in the same three or more columns; none where they are too few."""
    first = rows[start]
    if len(first.gaps) < 2 or _is_blank_to_fill(first):  # noqa: PLR2004  three columns
        return 0
    columns = [first.runs[gap].left for gap in first.gaps]
    size = 1
    for row in rows[start + 1 :]:
        places = [row.runs[gap].left for gap in row.gaps]
        if len(places) != len(columns) or any(
            abs(a - b) > 2 * em for a, b in zip(places, columns, strict=True)
        ):
            break
        size += 1
    return size if size >= _TABLE_ROWS else 0


def _is_blank_to_fill(row: Row) -> bool:
    return any(row.runs[gap].text[0] in _AFTER_BLANK for gap in row.gaps)


def _two_columns(
    rows: list[Row], start: int, em: float, edges: list[float]
) -> list[tuple[list[Run], list[Run]]]:
    """Rows from here on that stand in two columns, each cut in two; empty where this row is a plain line."""
    gap = _labelled_gap(rows[start])
    if gap is None:
        return []
    column = rows[start].runs[gap].left
    out: list[tuple[list[Run], list[Run]]] = []
    waiting: list[tuple[list[Run], list[Run]]] = []
    before = rows[start]
    for row in rows[start:]:
        if row.top - before.bottom > _FAR * (before.bottom - before.top) or any(
            before.bottom <= edge <= row.top for edge in edges
        ):
            break
        cut = _cut_at(row, column, em)
        if cut is None:
            break
        if (
            cut[0] and not cut[1]
        ):  # on the left alone: of this block only if a row of both sides follows
            waiting.append(cut)
        else:
            out += [*waiting, cut]
            waiting = []
        before = row
    return out


def _labelled_gap(row: Row) -> int | None:
    """The gap after which another field begins."""
    for gap in row.gaps:
        if row.runs[gap].text[0] not in _AFTER_BLANK and _LABEL.match(_words(row.runs[gap:])):
            return gap
        if _LABEL.match(_words(row.runs[:gap])) is None:
            return None
    return None


def _words(runs: list[Run]) -> str:
    return "".join(run.text for run in runs)


def _cut_at(row: Row, column: float, em: float) -> tuple[list[Run], list[Run]] | None:
    """The two sides of a row at a column; None where its words run over it."""
    if row.left >= column - em:
        return [], row.runs
    for gap in row.gaps:
        if row.runs[gap - 1].right < column + em and row.runs[gap].left >= column - em:
            return row.runs[:gap], row.runs[gap:]
    return (row.runs, []) if row.right < column else None


def _line(runs: list[Run], page: int, em: float, tabs: list[int] | None = None) -> Line:
    text, edges = _written(runs, em, tabs)
    top, bottom = min(run.top for run in runs), max(run.bottom for run in runs)
    box = _rounded((edges[0], top, edges[-1], bottom))
    return Line(text, Place(page=page, box=box), edges=tuple([round(edge, 2) for edge in edges]))


def _written(runs: list[Run], em: float, tabs: list[int] | None = None) -> tuple[str, list[float]]:
    """The text of runs in a row, with the blanks that are typed or that their distance means, and the edges between characters."""
    out = [runs[0].text]
    edges = runs[0].edges[:-1]
    end = runs[0].right
    last = runs[0].text[-1]
    for number in range(1, len(runs)):
        run = runs[number]
        gap = run.left - end
        if tabs and number in tabs:
            out.append("\t")
            edges.append(end)
        else:
            blanks = max(run.blanks, _blanks(last, run.text[0], gap, em))
            if blanks:
                out.append(" " * blanks)
                edges += [end + max(gap, 0.0) * n / blanks for n in range(blanks)]
        out.append(run.text)
        edges += run.edges[:-1]
        end = max(end, run.right)
        last = run.text[-1]
    edges.append(end)
    in_order = sorted(
        edges
    )  # characters set over each other: each begins no earlier than the one before
    return "".join(out), edges if edges == in_order else list(accumulate(edges, max))


def _blanks(before: str, after: str, gap: float, em: float) -> int:
    """How many blanks a gap means. Between Han and Latin a little air is set without a blank."""
    if gap <= _WORD_GAP * em:
        return 0
    least = (_WORD_GAP, _MIXED_GAP, _WIDE_GAP)[is_wide(before) + is_wide(after)]
    if gap <= least * em:
        return 0
    return 1 if gap <= em else min(_MOST_BLANKS, round(2 * gap / em))


def askew_line(found: PageGlyphs, page: int) -> list[Line]:
    """What stands askew over the page, such as a watermark: one line outside the text."""
    text = _words(found.askew).strip()
    if not text:
        return []
    box = (
        min(run.left for run in found.askew),
        min(run.top for run in found.askew),
        max(run.right for run in found.askew),
        max(run.bottom for run in found.askew),
    )
    return [Line(text, Place(page=page, box=_rounded(box)), outside=True)]
