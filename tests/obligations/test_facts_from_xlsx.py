"""事实从 xlsx 导入: the same rows as from CSV, whatever the spreadsheet made of them."""

from __future__ import annotations

import io

import openpyxl
import pytest

from lvyue.core.doubts import Refused
from lvyue.obligations.tabular import _csv_lines, template


def test_the_template_as_xlsx_gives_the_same_lines_as_the_one_as_csv() -> None:
    _, from_csv, wrong_in_csv, _ = _csv_lines(template("csv"), "事实.csv")
    _, from_xlsx, wrong_in_xlsx, _ = _csv_lines(template("xlsx"), "事实.xlsx")

    assert wrong_in_csv == wrong_in_xlsx == {}
    assert from_xlsx == from_csv


def test_a_bad_row_of_an_xlsx_has_the_number_that_the_spreadsheet_shows() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template("xlsx")))
    page = book["事实"]
    page.cell(row=7, column=1, value="x-1")
    page.cell(row=7, column=2, value="ticket.opened")
    page.cell(row=7, column=3, value="昨天")
    out = io.BytesIO()
    book.save(out)

    _, lines, wrong, written = _csv_lines(out.getvalue(), "事实.xlsx")

    assert list(wrong) == [7]
    assert lines[6] == b"\n"
    assert written[7].startswith("x-1,ticket.opened,昨天")


def test_a_workbook_of_something_else_is_refused_in_words() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "随便"  # type: ignore[index]  # a new workbook has a sheet
    book.save(out)

    with pytest.raises(Refused, match="没有这一列"):
        _csv_lines(out.getvalue(), "别的.xlsx")
