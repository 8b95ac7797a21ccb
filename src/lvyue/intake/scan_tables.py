"""扫描件的表: the cells that rules enclose, with the characters that stand in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lvyue.intake.frames import Frame, Ground, Ruled
from lvyue.intake.ocr import Char, Strip
from lvyue.intake.picture import Straight
from lvyue.intake.scan_lines import Read, rows, widened
from lvyue.reading.source import Box, Cell, Grid, Place

#: strips are kept off the rules by so much
_INSET = 3


def split(strips: Sequence[Strip], tables: Sequence[Ruled]) -> list[Strip]:
    """Strips as they are outside of tables, and cut at the rules inside: two cells are never read as one line."""
    out: list[Strip] = []
    for strip in strips:
        frames = [cell for table in tables if _meets(strip, table) for cell in table.cells]
        pieces = [piece for cell in frames if (piece := _inside(strip, cell)) is not None]
        out += pieces or [strip]
    return out


def _meets(strip: Strip, table: Ruled) -> bool:
    return (
        strip.left < table.right
        and table.left < strip.right
        and strip.top < table.bottom
        and table.top < strip.bottom
    )


def _inside(strip: Strip, cell: Frame) -> Strip | None:
    """The part of a strip in a cell; None where it only touches it."""
    left, right = max(strip.left, cell.left + _INSET), min(strip.right, cell.right - _INSET)
    top, bottom = max(strip.top, cell.top), min(strip.bottom, cell.bottom)
    if bottom - top < 0.55 * strip.height or right - left < 0.3 * strip.height:
        return None
    return Strip(left, top, right, bottom)


def crossing(strips: Sequence[Strip], ground: Ground) -> list[Strip]:
    """Strips with ink hard on both sides of an upright rule: a word that was too long for its cell."""
    out: list[Strip] = []
    for strip in strips:
        for table in ground.tables:
            frames = [cell for cell in table.cells if _inside(strip, cell) is not None]
            bars = {cell.right for cell in frames} & {_before(cell, frames) for cell in frames}
            out += [_near(strip, bar) for bar in bars if _inked(strip, bar, ground)]
    return out


def _before(cell: Frame, frames: Sequence[Frame]) -> int:
    """The right side of the cell to the left, 0 where there is none among these."""
    return max((other.right for other in frames if other.right <= cell.left), default=0)


def _near(strip: Strip, bar: int) -> Strip:
    reach = strip.height
    return Strip(
        max(strip.left, bar - reach), strip.top, min(strip.right, bar + reach), strip.bottom
    )


def _inked(strip: Strip, bar: int, ground: Ground) -> bool:
    """Within a sixth of a line of the rule on either side; a cell keeps its words further off."""
    rows = slice((strip.top + strip.height // 4) // 2, (strip.bottom - strip.height // 4) // 2)
    reach = max(3, strip.height // 6)
    middle = bar // 2 + 2  # the inside of the cell ends at the rule, which is some pixels thick
    left = ground.ink[rows, middle - reach : middle]
    right = ground.ink[rows, middle : middle + reach]
    return bool(left.any()) and bool(right.any())


def grid(
    table: Ruled, reads: Sequence[Read], page: Straight, number: int
) -> tuple[Grid, list[Box]]:
    """The table with its words, and the boxes of digits that had been read as letters."""
    held: dict[Frame, list[Read]] = {cell: [] for cell in table.cells}
    for read in reads:
        x, y = (read.strip.left + read.strip.right) / 2, (read.strip.top + read.strip.bottom) / 2
        for cell in table.cells:
            if cell.holds(x, y):
                held[cell].append(read)
                break
    cells = [_cell(frame, held[frame], page, number) for frame in table.cells]
    mended, boxes = _numeric(cells, {frame: held[frame] for frame in table.cells}, table.cells)
    box = page.points(table.left, table.top, table.right, table.bottom)
    whole = Grid(tuple(mended), table.rows, table.columns, Place(page=number, box=box))
    return whole, boxes


def _cell(frame: Frame, reads: Sequence[Read], page: Straight, number: int) -> Cell:
    texts, scores = [], []
    for row in rows(reads):
        chars = [char for read in row for char in read.chars]
        texts.append(widened("".join(char.text for char in chars)))
        scores.append([char.score for char in chars])
    flat: list[float] = []
    for place, line in enumerate(scores):
        flat += ([1.0] if place else []) + line
    return Cell(
        "\n".join(texts),
        Place(page=number, box=page.points(frame.left, frame.top, frame.right, frame.bottom)),
        frame.row,
        frame.column,
        frame.rows,
        frame.columns,
        tuple(flat),
    )


# ------------------------------------------------------------------------------------------- digits

#: what a lone digit is taken for
_LIKE_DIGITS = frozenset("一lIi|丨!L/\\’'〡OoQD〇口ZzSsBb")
_NUMERIC = re.compile(r"[¥￥]?[\d,.]+[%％]?")
_MANY = 3
_MOSTLY = 0.6


def _numeric(
    cells: Sequence[Cell], held: dict[Frame, list[Read]], frames: Sequence[Frame]
) -> tuple[list[Cell], list[Box]]:
    """In columns of numbers a lone 一 or l is the 1 that it looks like."""
    columns: dict[int, list[Cell]] = {}
    for cell in cells:
        if cell.columns == 1:
            columns.setdefault(cell.column, []).append(cell)
    numeric = {column for column, own in columns.items() if _is_numeric(own)}
    out, boxes = [], []
    for cell, frame in zip(cells, frames, strict=True):
        chars = [char for read in held[frame] for char in read.chars]
        digits = _as_digits(cell.text, chars) if cell.column in numeric else None
        if digits is not None and cell.columns == 1:
            out.append(replace(cell, text=digits, scores=tuple(c.digit[1] for c in chars)))
            if cell.place.box:
                boxes.append(cell.place.box)
        else:
            out.append(cell)
    return out, boxes


def _is_numeric(cells: Sequence[Cell]) -> bool:
    texts = [text for cell in cells if (text := cell.text.strip())]
    numbers = sum(_NUMERIC.fullmatch(text) is not None for text in texts)
    alike = sum(bool(text) and set(text) <= _LIKE_DIGITS for text in texts)
    return numbers >= _MANY and numbers + alike >= _MOSTLY * len(texts)


def _as_digits(text: str, chars: Sequence[Char]) -> str | None:
    """A text of digits and their doubles as digits; None where it is fine or is words."""
    if not text or text.isdigit() or len(chars) != len(text):
        return None
    if not all(char in _LIKE_DIGITS or char.isdigit() for char in text):
        return None
    return "".join(
        char if char.isdigit() else ("1" if char in "一lIi|丨!L/\\’'〡" else found.digit[0])
        for char, found in zip(text, chars, strict=True)
    )
