"""续表: a table that goes on on the next page, and a row that the page break cut in two."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from lvyue.reading.source import Block, Cell, Grid, Line

#: edges as near as this are the same, in points
_NEAR = 4.0


def continued(pages: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """The same pages, with grids that continue the one before them marked, and cut rows put together."""
    out = [list(blocks) for blocks in pages]
    for p in range(1, len(out)):
        before, after = _last(_page_before(out, p)), _first(out[p])
        if before is None or after is None:
            continue
        blocks, last = before
        upper, lower = blocks[last], out[p][after]
        if isinstance(upper, Grid) and isinstance(lower, Grid):
            joined = _joined(upper, lower)
            if joined is not None:
                blocks[last], rest = joined
                out[p][after : after + 1] = [rest] if rest is not None else []
    return out


def _page_before(pages: list[list[Block]], p: int) -> list[Block]:
    """The nearest page before that has anything on it."""
    return next((pages[n] for n in range(p - 1, -1, -1) if _first(pages[n]) is not None), [])


def _is_outside(block: Block) -> bool:
    return isinstance(block, Line) and block.outside


def _first(blocks: Sequence[Block]) -> int | None:
    return next((n for n, block in enumerate(blocks) if not _is_outside(block)), None)


def _last(blocks: list[Block]) -> tuple[list[Block], int] | None:
    found = next((n for n in range(len(blocks) - 1, -1, -1) if not _is_outside(blocks[n])), None)
    return None if found is None else (blocks, found)


def _joined(upper: Grid, lower: Grid) -> tuple[Grid, Grid | None] | None:
    """Both as parts of one table, the second without the end of a row that the first begins; None if they are two tables."""
    one, other = _edges(upper), _edges(lower)
    if not one or not other or not _same(one[0], other[0]) or not _same(one[-1], other[-1]):
        return None
    if _all_in(other, one):
        lower = _spread(lower, one)
    elif _all_in(one, other):
        upper = _spread(upper, other)
    else:
        return None
    lower = replace(lower, goes_on=True)
    if not _cuts_a_row(upper, lower):
        return upper, lower
    return _with_end_of_row(upper, lower), _without_first_row(lower)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR


def _edges(grid: Grid) -> list[float]:
    """Left edges of its columns, and the right edge of the last."""
    out: list[float] = []
    places = sorted(edge for cell in grid.cells if cell.place.box for edge in cell.place.box[::2])
    for place in places:
        if not out or place - out[-1] > _NEAR:
            out.append(place)
    return out


def _all_in(fewer: list[float], more: list[float]) -> bool:
    return all(_nearest(more, place)[1] <= _NEAR for place in fewer)


def _nearest(edges: list[float], place: float) -> tuple[int, float]:
    at = bisect_left(edges, place)
    return min(
        ((n, abs(edges[n] - place)) for n in (at - 1, at) if 0 <= n < len(edges)),
        key=lambda one: one[1],
    )


def _spread(grid: Grid, edges: list[float]) -> Grid:
    """The same cells counted in the columns of the other part."""
    cells = []
    for cell in grid.cells:
        if cell.place.box is None:
            return grid
        first = _nearest(edges, cell.place.box[0])[0]
        last = _nearest(edges, cell.place.box[2])[0]
        cells.append(replace(cell, column=first, columns=max(1, last - first)))
    return replace(grid, cells=tuple(cells), columns=len(edges) - 1)


def _cuts_a_row(upper: Grid, lower: Grid) -> bool:
    """The first row goes on with the last one: no number of its own, words only under words, and some cells stay empty.

    A merged cell that covers both pages also leaves the first column empty; but then the rest of its row is complete.
    """
    last = {cell.column: cell for cell in upper.cells if cell.row + cell.rows == upper.rows}
    first = {cell.column: cell for cell in lower.cells if cell.row == 0}
    if set(last) != set(first) or any(cell.rows > 1 for cell in first.values()):
        return False
    key = min(first)
    filled = [column for column, cell in first.items() if cell.text.strip()]
    above = [column for column, cell in last.items() if cell.text.strip()]
    return (
        key not in filled
        and key in above
        and bool(filled)
        and set(filled) < set(above)
        and len([column for column in above if column not in filled]) > len(above) / 3
    )


def _with_end_of_row(upper: Grid, lower: Grid) -> Grid:
    rest = {cell.column: cell.text for cell in lower.cells if cell.row == 0}

    def whole(cell: Cell) -> Cell:
        more = rest.get(cell.column, "").strip()
        ends = cell.row + cell.rows == upper.rows
        return replace(cell, text=f"{cell.text}\n{more}") if ends and more else cell

    return replace(upper, cells=tuple(whole(cell) for cell in upper.cells))


def _without_first_row(lower: Grid) -> Grid | None:
    if lower.rows == 1:
        return None
    cells = tuple(replace(cell, row=cell.row - 1) for cell in lower.cells if cell.row > 0)
    return replace(lower, cells=cells, rows=lower.rows - 1)
