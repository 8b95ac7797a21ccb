"""The tables of a sample contract as an xlsx annex, one sheet each."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter

from tools.sample_papers.content import BANNER, Cell, Grid, Paper

#: the file says this day whenever it is made, so that the same papers are the same bytes
DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's properties have no zone

_WIDE = 22


def sheets(paper: Paper) -> bytes:
    """A workbook with a sheet for each table that has a title."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": paper.says, "comments": BANNER, "created": DAY})
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    bold = book.add_format({"border": 1, "bold": True, "text_wrap": True, "align": "center"})
    for grid in paper.items:
        if isinstance(grid, Grid) and grid.title:
            sheet = book.add_worksheet(grid.title)
            sheet.set_footer(f"&L{BANNER}")
            sheet.set_column(0, grid.columns - 1, _WIDE)
            sheet.repeat_rows(0, grid.heads - 1)
            for row, column, cell in placed(grid):
                form = bold if row < grid.heads else plain
                if cell.columns > 1 or cell.rows > 1:
                    last = row + cell.rows - 1, column + cell.columns - 1
                    sheet.merge_range(row, column, *last, cell.text, form)
                else:
                    _write(sheet, row, column, cell, form)
    book.close()
    return out.getvalue()


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, form: object
) -> None:
    """Whole numbers as numbers, as people type them; everything else as the text it is."""
    if cell.text.isdigit():
        sheet.write_number(row, column, int(cell.text), form)
    else:
        sheet.write_string(row, column, cell.text, form)


def placed(grid: Grid) -> list[tuple[int, int, Cell]]:
    """Each cell with its row and column: cells that reach down push those below to the right."""
    taken: set[tuple[int, int]] = set()
    out: list[tuple[int, int, Cell]] = []
    for row, cells in enumerate(grid.rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            taken |= {
                (row + down, column + across)
                for down in range(cell.rows)
                for across in range(cell.columns)
            }
            out.append((row, column, cell))
            column += cell.columns
    return out
