"""框线: the ruled tables of a scanned page, its underlines, and the ink that is neither.

Everything is done at half the size, in which the darkest of four pixels stands for them: hair lines survive, time does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lvyue.intake.picture import Picture

#: half-size pixels: a rule is longer than any stroke of the print in a table (12 points have 17); a row is higher
_ACROSS, _DOWN = 40, 20

#: a table is at least so wide, and has at least so many cells
_TABLE_WIDTH = 0.2
_LEAST_CELLS = 2

#: cells whose edges are nearer than this lie on the same rule
_SAME_RULE = 7


@dataclass(frozen=True, slots=True)
class Frame:
    """格: one cell of a ruled table: its inside in pixels of the page, its row and column, and what it spans."""

    left: int
    top: int
    right: int
    bottom: int
    row: int
    column: int
    rows: int
    columns: int

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True, slots=True)
class Ruled:
    """框线表: the cells of a table and its outline in pixels of the page; ``bars`` are the x of its upright rules."""

    left: int
    top: int
    right: int
    bottom: int
    cells: tuple[Frame, ...]
    rows: int
    columns: int
    bars: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Underline:
    """下划线: a rule that belongs to no table, in pixels of the page."""

    left: int
    right: int
    y: int


@dataclass(frozen=True, slots=True)
class Ground:
    """页面墨迹: tables and underlines of a page, and its ink without them, at half the size."""

    tables: tuple[Ruled, ...]
    underlines: tuple[Underline, ...]
    ink: Picture
    rules: Picture


def ground(grey: Picture, seals: Sequence[tuple[int, int, int, int]] = ()) -> Ground:
    """What is drawn on a page besides characters; the ring of a seal is no rule."""
    half = _halved(grey)
    dark = cv2.adaptiveThreshold(half, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 28)
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, _ACROSS), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_DOWN, 1), np.uint8))
    thin = _thin(across, down)
    # Rules that a rest of skew broke into steps are joined again.
    across = cv2.dilate(thin[0], np.ones((3, 9), np.uint8))
    down = cv2.dilate(thin[1], np.ones((9, 3), np.uint8))
    tables = tuple(
        sorted(
            _tables(cv2.bitwise_or(across, down), across, down),
            key=lambda table: (table.top, table.left),
        )
    )
    underlines = tuple(_underlines(across, [*(_box(table) for table in tables), *seals]))
    bare = cv2.dilate(thin[0], np.ones((3, 1), np.uint8))
    rules = _only(cv2.bitwise_or(across, down), tables, bare, underlines)
    return Ground(tables, underlines, cv2.bitwise_and(dark, 1 - rules), rules)


def _box(table: Ruled) -> tuple[int, int, int, int]:
    return table.left, table.top, table.right, table.bottom


def _only(
    rules: Picture, tables: Sequence[Ruled], bare: Picture, underlines: Sequence[Underline]
) -> Picture:
    """The rules of tables and underlines; an upright stroke of a large title is neither.

    A full stop stands hard by the end of an underline, which is therefore painted over no longer than it is.
    """
    kept = np.zeros_like(rules)
    for table in tables:
        part = _halves(_box(table), 1)
        kept[part] = rules[part]
    for line in underlines:
        part = _halves((line.left, line.y - 8, line.right, line.y + 8), 0)
        kept[part] |= bare[part]
    return kept


def _halves(box: tuple[int, int, int, int], rim: int) -> tuple[slice, slice]:
    """A box of the page in the picture of half the size."""
    left, top, right, bottom = (side // 2 for side in box)
    rows = slice(max(0, top - rim), bottom + rim)
    return rows, slice(max(0, left - rim), right + rim)


def without_rules(grey: Picture, found: Ground) -> Picture:
    """The page with its rules painted over, so that none is read as a stroke or a 1."""
    if not found.rules.any():
        return grey
    mask = cv2.resize(found.rules, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    out = grey.copy()
    out[mask > 0] = int(np.median(grey[::8, ::8]))
    return out


def _halved(grey: Picture) -> Picture:
    height, width = (side // 2 * 2 for side in grey.shape[:2])
    even = grey[:height, :width]
    darkest: Picture = np.minimum(
        np.minimum(even[::2, ::2], even[1::2, ::2]), np.minimum(even[::2, 1::2], even[1::2, 1::2])
    )
    return darkest


def _thin(across: Picture, down: Picture) -> tuple[Picture, Picture]:
    """Rules are thin: a black bar or the ring of a seal is none."""
    fat = cv2.morphologyEx(cv2.bitwise_or(across, down), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    if not fat.any():
        return across, down
    slim = 1 - cv2.dilate(fat, np.ones((5, 5), np.uint8))
    return cv2.bitwise_and(across, slim), cv2.bitwise_and(down, slim)


# -------------------------------------------------------------------------------------------- tables


def _tables(rules: Picture, across: Picture, down: Picture) -> Iterator[Ruled]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rules)
    for number in range(1, count):
        left, top, width, height, _ = (int(value) for value in stats[number])
        if width < _TABLE_WIDTH * rules.shape[1] or height < _DOWN:
            continue
        part = slice(top, top + height), slice(left, left + width)
        own = (labels[part] == number).astype(np.uint8)
        if not (own & down[part]).any() or not (own & across[part]).any():
            continue
        holes = _holes(own)
        if len(holes) >= _LEAST_CELLS:
            yield _ruled(holes, left, top, width, height)


def _holes(own: Picture) -> list[tuple[int, int, int, int]]:
    """The insides of cells: white places that the rules close off."""
    framed = cv2.copyMakeBorder(own, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - framed, connectivity=4)
    out = []
    for left, top, width, height, area in stats[1:count]:
        outside = left == 0 or top == 0
        if not outside and width >= 8 and height >= 8 and area > 0.6 * width * height:  # noqa: PLR2004 - grains; a ring
            out.append((int(left) - 1, int(top) - 1, int(left + width) - 1, int(top + height) - 1))
    return out


def _ruled(
    holes: Sequence[tuple[int, int, int, int]], left: int, top: int, width: int, height: int
) -> Ruled:
    """Cells get their rows and columns by the rules they begin and end at."""
    xs = _edges([hole[0] for hole in holes], [hole[2] for hole in holes])
    ys = _edges([hole[1] for hole in holes], [hole[3] for hole in holes])
    cells = []
    for x0, y0, x1, y1 in holes:
        column, last = _nearest(xs, x0), _nearest(xs, x1)
        row, end = _nearest(ys, y0), _nearest(ys, y1)
        cells.append(
            Frame(
                2 * (left + x0),
                2 * (top + y0),
                2 * (left + x1),
                2 * (top + y1),
                row,
                column,
                max(1, end - row),
                max(1, last - column),
            )
        )
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Ruled(
        2 * left,
        2 * top,
        2 * (left + width),
        2 * (top + height),
        tuple(cells),
        len(ys) - 1,
        len(xs) - 1,
        tuple(2 * (left + x) for x in xs),
    )


def _edges(starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    """The rules that cells begin or end at, each once: a rule is a few pixels thick and has two sides."""
    out: list[list[int]] = []
    for value in sorted([*starts, *ends]):
        if out and value - out[-1][-1] <= _SAME_RULE:
            out[-1].append(value)
        else:
            out.append([value])
    return [round(sum(group) / len(group)) for group in out]


def _nearest(edges: Sequence[int], value: int) -> int:
    return min(range(len(edges)), key=lambda place: abs(edges[place] - value))


def _underlines(across: Picture, taken: Sequence[tuple[int, int, int, int]]) -> Iterator[Underline]:
    """Rules on their own: blanks to fill in, or words that are underlined."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(across)
    for left, top, width, height, _ in stats[1:count]:
        x, y = 2 * (int(left) + int(width) / 2), 2 * (int(top) + int(height) / 2)
        inside = any(one[0] <= x <= one[2] and one[1] <= y <= one[3] for one in taken)
        if not inside and height <= 12 and width < 0.8 * across.shape[1]:  # noqa: PLR2004 - the rule under a page head is longer
            yield Underline(2 * int(left), 2 * int(left + width), int(y))


# ---------------------------------------------------------------------------------------------- ink


@dataclass(frozen=True, slots=True)
class Blot:
    """墨块: ink in the shape of text that nothing accounts for, in pixels of the page."""

    left: int
    top: int
    right: int
    bottom: int


def uncovered(
    found: Ground, boxes: Sequence[tuple[int, int, int, int]], height: float
) -> list[Blot]:
    """Ink that lies under none of the boxes and looks like text. ``height`` is that of a line, all in pixels of the page."""
    rest = found.ink.copy()
    for left, top, right, bottom in boxes:
        rest[max(0, top // 2 - 2) : bottom // 2 + 2, max(0, left // 2 - 3) : right // 2 + 3] = 0
    edge = 6
    rest[:edge], rest[-edge:], rest[:, :edge], rest[:, -edge:] = 0, 0, 0, 0
    if not rest.any():
        return []
    # Grains of a scanner are a pixel or two; strokes are longer in one direction.
    lying = cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((1, 3), np.uint8))
    rest = cv2.bitwise_or(lying, cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((3, 1), np.uint8)))
    line = max(6.0, height / 2)
    joined = cv2.dilate(rest, np.ones((3, max(3, int(line * 0.6))), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    weight = np.bincount(labels.ravel(), weights=rest.ravel(), minlength=count)
    out = []
    for number in range(1, count):
        left, top, wide, high, _ = (int(value) for value in stats[number])
        # A dash is flat and wide; a mark of punctuation is neither, and is under a strip of its line.
        if not 0.3 * line <= high <= 3 * line and not (high < line and wide >= line):
            continue
        if wide < 0.35 * line:
            continue
        if weight[number] < 0.035 * line * line:
            continue
        # A dash is read in a strip as high as its line, or it would look like a bar.
        spare = max(2, round((line - high) / 2))
        out.append(
            Blot(
                2 * max(0, left - 2),
                2 * max(0, top - spare),
                min(2 * (left + wide + 2), 2 * rest.shape[1]),
                min(2 * (top + high + spare), 2 * rest.shape[0]),
            )
        )
    return out
