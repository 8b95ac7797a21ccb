"""表格线: the ruled lines of a page, and the cells that they enclose.

Lines come from the drawing itself and not from a picture, so this costs little; a page with no lines costs nothing. A table
is a set of lines that touch each other. Between each two neighbouring lines lies an elementary cell; those with no line
between them are one cell, which is how merged cells are found.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pypdfium2.raw as pdfium

from lvyue.intake.limits import LIMITS
from lvyue.reading.source import Box

#: across, from, to: y, left, right of a horizontal line; x, top, bottom of an upright one
Rule: TypeAlias = tuple[float, float, float]
#: a b c d e f of a PDF: x' = a x + c y + e, y' = b x + d y + f
Matrix: TypeAlias = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
#: a filled box as thin as this is a line
_THIN = 3.0
#: lines as near as this are one line: double borders, borders of neighbouring cells
_NEAR = 2.5
#: a gap in a line that is no gap: dashes, cells drawn one by one
_GAP = 4.0
#: shorter than this it is a tick or a dash
_SHORT = 4.0
#: the share of an elementary cell's side that must be drawn to close it
_DRAWN = 0.6
#: more pieces than one box has: all lines of a table as thin boxes in one path
_ONE_BOX = 8
#: beyond this many crossings it is a drawing
_CROSSINGS = 250_000
#: forms inside forms
_FORMS = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """显示方位: from the page's own coordinates, which begin below, to points from the upper left corner of what is shown.

    ``quarters`` is how many quarter turns clockwise the page is shown with.
    """

    left: float
    bottom: float
    right: float
    top: float
    quarters: int = 0

    def at(self, x: float, y: float) -> tuple[float, float]:
        match self.quarters:
            case 0:
                return x - self.left, self.top - y
            case 1:
                return y - self.bottom, x - self.left
            case 2:
                return self.right - x, y - self.bottom
            case _:
                return self.top - y, self.right - x

    def boxes(
        self,
        lefts: Sequence[float],
        tops: Sequence[float],
        rights: Sequence[float],
        bottoms: Sequence[float],
    ) -> tuple[list[float], list[float], list[float], list[float]]:
        """Left, top, right and bottom edges of many boxes at once."""
        left, bottom, right, top = self.left, self.bottom, self.right, self.top
        match self.quarters:
            case 0:
                return (
                    [x - left for x in lefts],
                    [top - y for y in tops],
                    [x - left for x in rights],
                    [top - y for y in bottoms],
                )
            case 1:
                return (
                    [y - bottom for y in bottoms],
                    [x - left for x in lefts],
                    [y - bottom for y in tops],
                    [x - left for x in rights],
                )
            case 2:
                return (
                    [right - x for x in rights],
                    [y - bottom for y in bottoms],
                    [right - x for x in lefts],
                    [y - bottom for y in tops],
                )
            case _:
                return (
                    [top - y for y in tops],
                    [right - x for x in rights],
                    [top - y for y in bottoms],
                    [right - x for x in lefts],
                )


@dataclass(slots=True)
class Drawing:
    """页面图形: what is drawn on a page apart from characters."""

    horizontal: list[Rule] = field(default_factory=list)
    upright: list[Rule] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    paths: int = 0


@dataclass(frozen=True, slots=True)
class RuledCell:
    """表格线围成的格: rows and columns it covers, and its box."""

    row: int
    column: int
    rows: int
    columns: int
    box: Box


@dataclass(frozen=True, slots=True)
class RuledTable:
    """表格线围成的表: where its lines run, its cells, and which cell each elementary cell belongs to."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[RuledCell, ...]
    owner: tuple[int, ...]

    @property
    def box(self) -> Box:
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def cell_at(self, x: float, y: float) -> int:
        """The cell at a point, or the nearest inside."""
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        row = min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)
        return self.owner[row * (len(self.xs) - 1) + column]


# ------------------------------------------------------------------------------------ what is drawn


def drawing_of(page: pdfium.FPDF_PAGE, shown: Shown) -> Drawing:
    """Lines and pictures of a page."""
    out = Drawing()
    reader = _Objects(out, shown)
    count = pdfium.FPDFPage_CountObjects(page)
    reader.read((pdfium.FPDFPage_GetObject(page, n) for n in range(count)), IDENTITY, 0)
    return out


class _Objects:
    """读页面对象: pdfium's objects one by one, those in forms with the form's own coordinates."""

    def __init__(self, out: Drawing, shown: Shown) -> None:
        self.out = out
        self.shown = shown
        self.edges = [ctypes.c_float() for _ in range(4)]
        self.point = (ctypes.c_float(), ctypes.c_float())
        self.mode = (ctypes.c_int(), ctypes.c_int())

    def read(self, objects: Iterator[pdfium.FPDF_PAGEOBJECT], matrix: Matrix, depth: int) -> None:
        for one in objects:
            kind = pdfium.FPDFPageObj_GetType(one)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self.out.paths += 1
                if self.out.paths <= LIMITS.rules:
                    self._path(one, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                box = self._bounds(one, matrix)
                if box is not None:
                    self.out.pictures.append(box)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _FORMS:
                inner = _times(_matrix(one), matrix)
                count = pdfium.FPDFFormObj_CountObjects(one)
                self.read(
                    (pdfium.FPDFFormObj_GetObject(one, n) for n in range(count)), inner, depth + 1
                )

    def _bounds(self, one: pdfium.FPDF_PAGEOBJECT, matrix: Matrix) -> Box | None:
        left, bottom, right, top = self.edges
        if not pdfium.FPDFPageObj_GetBounds(one, left, bottom, right, top):
            return None
        return self._box(left.value, bottom.value, right.value, top.value, matrix)

    def _box(self, x0: float, y0: float, x1: float, y1: float, matrix: Matrix) -> Box:
        corners = [self._at(x, y, matrix) for x in (x0, x1) for y in (y0, y1)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def _at(self, x: float, y: float, matrix: Matrix) -> tuple[float, float]:
        if matrix is IDENTITY:
            return self.shown.at(x, y)
        a, b, c, d, e, f = matrix
        return self.shown.at(a * x + c * y + e, b * x + d * y + f)

    def _path(self, one: pdfium.FPDF_PAGEOBJECT, matrix: Matrix) -> None:
        box = self._bounds(one, matrix)
        if box is None:
            return
        left, top, right, bottom = box
        # a line drawn with a pen, or a box filled so thin that it is one
        if bottom - top <= _THIN and right - left > _THIN:
            self._rule(left, (top + bottom) / 2, right, (top + bottom) / 2)
        elif right - left <= _THIN and bottom - top > _THIN:
            self._rule((left + right) / 2, top, (left + right) / 2, bottom)
        elif right - left > _THIN and bottom - top > _THIN:
            pdfium.FPDFPath_GetDrawMode(one, *self.mode)
            if self.mode[1].value or pdfium.FPDFPath_CountSegments(one) > _ONE_BOX:
                self._strokes(one, matrix)

    def _strokes(self, one: pdfium.FPDF_PAGEOBJECT, matrix: Matrix) -> None:
        """The straight pieces of a path."""
        own = _matrix(one)
        inner = matrix if own == IDENTITY else _times(own, matrix)
        start = here = None
        x, y = self.point
        for n in range(min(pdfium.FPDFPath_CountSegments(one), LIMITS.rules)):
            segment = pdfium.FPDFPath_GetPathSegment(one, n)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = self._at(x.value, y.value, inner)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO and here is not None:
                self._rule(*here, *point)
            here = point
            if pdfium.FPDFPathSegment_GetClose(segment) and start is not None:
                self._rule(*here, *start)
                here = start

    def _rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if abs(y1 - y0) <= _THIN / 2 < abs(x1 - x0):
            self.out.horizontal.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= _THIN / 2 < abs(y1 - y0):
            self.out.upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))


def _matrix(one: pdfium.FPDF_PAGEOBJECT) -> Matrix:
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(one, found):
        return IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


# ----------------------------------------------------------------------------------- what it encloses


def tables_of(drawing: Drawing) -> list[RuledTable]:
    """The tables of a page from top to bottom; those inside the cell of another are part of that cell."""
    if len(drawing.horizontal) < 2 or not drawing.upright:  # noqa: PLR2004  top and bottom
        return []
    across, upright = _merged(drawing.horizontal), _merged(drawing.upright)
    if len(across) * len(upright) > _CROSSINGS:
        return []
    found = [
        table
        for rows, columns in _touching(across, upright)
        if (table := _table(rows, columns)) is not None
    ]
    found.sort(key=lambda one: (one.box[1], one.box[0]))
    return [one for one in found if not any(_inside(one.box, other.box) for other in found)]


def _inside(inner: Box, outer: Box) -> bool:
    return (
        inner != outer
        and inner[0] > outer[0] - _NEAR
        and inner[1] > outer[1] - _NEAR
        and inner[2] < outer[2] + _NEAR
        and inner[3] < outer[3] + _NEAR
    )


def _merged(rules: list[Rule]) -> list[Rule]:
    """Pieces on one line joined to one rule, and what is too short left out."""
    out: list[Rule] = []
    for group in _grouped(rules):
        where = sum(rule[0] for rule in group) / len(group)
        group.sort(key=lambda rule: rule[1])
        begin, end = group[0][1], group[0][2]
        for _, start, stop in group[1:]:
            if start - end <= _GAP:
                end = max(end, stop)
            else:
                out.append((where, begin, end))
                begin, end = start, stop
        out.append((where, begin, end))
    return [rule for rule in out if rule[2] - rule[1] >= _SHORT]


def _grouped(rules: list[Rule]) -> Iterator[list[Rule]]:
    """Rules in groups that lie on one line."""
    rules = sorted(rules)
    group = rules[:1]
    for rule in rules[1:]:
        if rule[0] - group[0][0] > _NEAR:
            yield group
            group = []
        group.append(rule)
    if group:
        yield group


def _touching(across: list[Rule], upright: list[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Sets of lines that touch each other, however far around."""
    parent = list(range(len(across) + len(upright)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    xs = [rule[0] for rule in upright]  # merged rules come sorted
    for n, (y, left, right) in enumerate(across):
        for m in range(bisect_left(xs, left - _NEAR), bisect_right(xs, right + _NEAR)):
            _, top, bottom = upright[m]
            if top - _NEAR <= y <= bottom + _NEAR:
                parent[root(n)] = root(len(across) + m)
    sets: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for n, rule in enumerate(across):
        sets.setdefault(root(n), ([], []))[0].append(rule)
    for m, rule in enumerate(upright):
        sets.setdefault(root(len(across) + m), ([], []))[1].append(rule)
    yield from sets.values()


def _positions(lines: list[Rule], others: list[Rule]) -> list[float]:
    """Where lines run, and how far those across them reach: a table may be open at its sides."""
    wanted = sorted(
        [rule[0] for rule in lines] + [edge for rule in others for edge in (rule[1], rule[2])]
    )
    solid = sorted(rule[0] for rule in lines)
    out: list[float] = []
    for place in (*solid, *wanted):
        at = bisect_left(out, place)
        near = [out[n] for n in (at - 1, at) if 0 <= n < len(out)]
        outer = not out or place < out[0] or place > out[-1]
        if all(abs(place - other) > _GAP for other in near) and (place in solid or outer):
            out.insert(at, place)
    return out


def _table(across: list[Rule], upright: list[Rule]) -> RuledTable | None:
    """The cells that lines enclose; None where they enclose but one."""
    if len(across) < 2 or not upright:  # noqa: PLR2004
        return None
    xs, ys = _positions(upright, across), _positions(across, upright)
    width, height = len(xs) - 1, len(ys) - 1
    if width < 1 or height < 1 or not 1 < width * height <= LIMITS.rules:
        return None
    below = _closed(across, ys, xs)  # below[row][column]: a line along the lower side
    beside = _closed(upright, xs, ys)
    owner = _owners(width, height, below, beside)
    cells = _cells(owner, xs, ys, width)
    return RuledTable(tuple(xs), tuple(ys), cells, tuple(owner)) if len(cells) > 1 else None


def _closed(lines: list[Rule], places: list[float], marks: list[float]) -> list[list[bool]]:
    """For each place of a line and each stretch between two marks: whether a line is drawn there."""
    out = [[False] * (len(marks) - 1) for _ in places]
    for where, begin, end in lines:
        at = min(range(len(places)), key=lambda n: abs(places[n] - where))
        first = max(0, bisect_left(marks, begin - _GAP) - 1)
        for n in range(first, len(marks) - 1):
            if marks[n] > end:
                break
            drawn = min(end, marks[n + 1]) - max(begin, marks[n])
            if drawn >= _DRAWN * (marks[n + 1] - marks[n]):
                out[at][n] = True
    return out


def _owners(
    width: int, height: int, below: list[list[bool]], beside: list[list[bool]]
) -> list[int]:
    """For each elementary cell the first one of its merged cell, row by row."""
    owner = list(range(width * height))

    def root(n: int) -> int:
        while owner[n] != n:
            owner[n] = owner[owner[n]]
            n = owner[n]
        return n

    for row in range(height):
        for column in range(width):
            here = row * width + column
            if column + 1 < width and not beside[column + 1][row]:
                _join(owner, root(here), root(here + 1))
            if row + 1 < height and not below[row + 1][column]:
                _join(owner, root(here), root(here + width))
    return [root(n) for n in range(width * height)]


def _join(owner: list[int], one: int, other: int) -> None:
    owner[max(one, other)] = min(one, other)


def _cells(owner: list[int], xs: list[float], ys: list[float], width: int) -> tuple[RuledCell, ...]:
    """Merged cells with their spans; ``owner`` is changed to the number of the cell.

    Where lines are missing, what is joined may be no rectangle: then each elementary cell of it stands alone.
    """
    members: dict[int, list[int]] = {}
    for n, one in enumerate(owner):
        members.setdefault(one, []).append(n)
    out: list[RuledCell] = []
    for group in members.values():
        pieces = [(group[0] // width, group[0] % width, 1, 1, group)]
        if len(group) > 1:
            pieces = _pieces(group, width)
        for row, column, down, right, parts in pieces:
            box = (xs[column], ys[row], xs[column + right], ys[row + down])
            for part in parts:
                owner[part] = len(out)
            out.append(RuledCell(row, column, down, right, box))
    return tuple(out)


def _pieces(group: list[int], width: int) -> list[tuple[int, int, int, int, list[int]]]:
    """(row, column, rows, columns, elementary cells) of what is joined: one rectangle, or each alone."""
    rows, columns = [n // width for n in group], [n % width for n in group]
    tall, wide = max(rows) - min(rows) + 1, max(columns) - min(columns) + 1
    if tall * wide == len(group):
        return [(min(rows), min(columns), tall, wide, group)]
    return [(n // width, n % width, 1, 1, [n]) for n in group]
