"""表单: rows of labels and values with boxes to tick, as they stand in an acceptance plan or a registration form.

A box nobody ticked is no answer; it is never read as 否. What is left of a box after a conversion (``<input type="checkbox"/>``)
counts as a box.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lvyue.reading.markers import markers
from lvyue.reading.paragraphs import RawTable, Text
from lvyue.reading.source import Grid, Line

_BOX = re.compile(r"<input\b[^<>]{0,80}>|[□☐▢☑☒✓✔√■]")
_TICKED = re.compile(r"[☑☒✓✔√■]|<input\b[^<>]{0,70}\bchecked")
_BROKEN = re.compile(r"<input\b(?![^<>]{0,80}>)")
_MANY_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class FormRow:
    """表单行: a heading of the form, a label with its value, or the head of a table inside it (both empty)."""

    heading: str = ""
    label: str = ""
    value: str = ""
    choices: tuple[tuple[str, bool], ...] = ()


def rows_of(text: Text, table: RawTable) -> list[list[str]]:
    """The cells of a table row by row as printed, empty ones too where they were typed."""
    rows: list[list[str]] = []
    for index in table.blocks:
        block = text.source.blocks[index]
        if isinstance(block, Line):
            rows.append([cell.strip() for cell in block.text.rstrip("\r\n").split("\t")])
        else:
            rows += _grid_rows(block)
    return rows


def _grid_rows(grid: Grid) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(grid.rows)]
    for cell in sorted(grid.cells, key=lambda cell: (cell.row, cell.column)):
        rows[cell.row].append(" ".join(cell.text.split()))
    return rows


def has_boxes(rows: Sequence[Sequence[str]]) -> bool:
    """Whether anything in a table is to be ticked; one √ in a column of marks does not make a form."""
    cells = [cell for row in rows for cell in row]
    return any("<input" in cell or _two_boxes(cell) for cell in cells)


def _two_boxes(cell: str) -> bool:
    return sum(1 for _ in _BOX.finditer(cell[:400])) > 1


def broken_boxes(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells in which the rest of a box cannot be read as one."""
    return [cell for row in rows for cell in row if "<input" in cell and _BROKEN.search(cell)]


def form_rows(rows: Sequence[Sequence[str]]) -> Iterator[FormRow]:
    """What a form asks, in the order of the paper; rows under a head of columns are a table and not asked here."""
    in_table = False
    for row in rows:
        filled = [cell for cell in row if cell]
        if not filled:
            continue
        if len(filled) == 1 and markers(filled[0]):
            in_table = False
            yield FormRow(heading=filled[0])
        elif in_table:
            continue
        elif _is_head(row, filled):
            in_table = True
            yield FormRow()
        else:
            yield from _pairs(row)


def _is_head(row: Sequence[str], filled: Sequence[str]) -> bool:
    return filled[0] == "序号" or (
        len(filled) >= _MANY_COLUMNS
        and len(filled) >= len(row) - 1
        and len(filled) % 2 == 1
        and not any(_BOX.search(cell) for cell in filled)
    )


def _pairs(row: Sequence[str]) -> Iterator[FormRow]:
    """Label, value, label, value; blank cells between a value and the next label are what is left of merged ones."""
    at = 0
    while at < len(row):
        if not row[at]:
            at += 1
            continue
        label, value = row[at], row[at + 1] if at + 1 < len(row) else ""
        at += 2
        yield FormRow(label=label, value=_plain(value), choices=tuple(choices(value)))


def choices(value: str) -> Iterator[tuple[str, bool]]:
    """The choices of a cell with boxes, each with whether its box is ticked: □ 是 / ☑ 否, or 是□ 否☑."""
    boxes = list(_BOX.finditer(value[:2000]))
    if not boxes:
        return
    before = bool(value[: boxes[0].start()].strip(" /"))
    for number, box in enumerate(boxes):
        if before:
            begin, end = boxes[number - 1].end() if number else 0, box.start()
        else:
            begin = box.end()
            end = boxes[number + 1].start() if number + 1 < len(boxes) else len(value)
        yield value[begin:end].strip(" /、,，;；"), _TICKED.match(box[0]) is not None


def _plain(value: str) -> str:
    """What is filled in: nothing where there are only boxes."""
    if not _BOX.search(value[:2000]):
        return value
    return "、".join(name for name, ticked in choices(value) if ticked)
