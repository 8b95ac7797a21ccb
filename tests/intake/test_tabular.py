"""填报表: what people make of a template, and what spreadsheets make of it, comes in as it was meant or says why not."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.doubts import Refused
from lvyue.intake.tabular import (
    ROWS,
    TROUBLE,
    Column,
    ColumnKind,
    FilledTable,
    TableForm,
    failed,
    guarded,
    read_table,
    template,
    unguarded,
)

FORM = TableForm(
    "来客",
    (
        Column("name", "姓名", required=True, example="张三"),
        Column("day", "日期", ColumnKind.DAY),
        Column("count", "人数", ColumnKind.WHOLE),
        Column("role", "身份", ColumnKind.CHOICE, choices=(("a", "甲方"), ("b", "乙方"))),
        Column("again", "再来", ColumnKind.FLAG),
    ),
)


def csv_of(*rows: str, encoding: str = "utf-8") -> FilledTable:
    return read_table(FORM, "\r\n".join(rows).encode(encoding), "表.csv")


def xlsx_of(rows: list[list[Any]], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    if merge:
        page.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def says(table: FilledTable) -> list[str]:
    return [doubt.says for row in table.rows for doubt in row.doubts]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_template_is_read_as_one_row_of_example(ending: str) -> None:
    """The row that explains the columns is no row of data."""
    table = read_table(FORM, template(FORM, ending), f"模板.{ending}")

    assert [row.values["name"] for row in table.rows] == ["张三"]
    assert says(table) == []


def test_the_template_offers_what_may_be_chosen_and_hides_the_codes() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(FORM, "xlsx")))

    page, codes = book["来客"], book["代码"]
    offered = {str(one.sqref): one.formula1 for one in page.data_validations.dataValidation}
    assert offered == {f"D3:D{ROWS + 1}": "代码!$A$1:$A$2", f"E3:E{ROWS + 1}": "代码!$C$1:$C$2"}
    assert codes.sheet_state == "hidden"
    assert [codes["A1"].value, codes["B1"].value] == ["甲方", "a"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_whatever_the_spreadsheet_wrote_it_in(encoding: str) -> None:
    table = csv_of("姓名,身份", "张三,乙方", encoding=encoding)

    assert dict(table.rows[0].values) | {"day": None} == {
        "name": "张三", "day": None, "count": None, "role": "b", "again": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026/3/1", date(2026, 3, 1)),
        ("２０２６．３．１", date(2026, 3, 1)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("46082", date(2026, 3, 1)),
    ],
)
def test_a_day_as_people_and_spreadsheets_write_it(written: str, day: date) -> None:
    assert csv_of("姓名,日期", f"张三,{written}").rows[0].day("day") == day


def test_a_day_and_a_number_of_a_spreadsheet() -> None:
    data = xlsx_of([["姓名", "日期", "人数"], ["张三", date(2026, 2, 28), 1200]])

    row = read_table(FORM, data, "表.xlsx").rows[0]

    assert (row.day("day"), row.values["count"]) == (date(2026, 2, 28), 1200)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("张三,2026-02-30,,,", "不是日期"),
        ("张三,明天,,,", "不是日期"),
        ("张三,,两个,,", "不是整数"),
        ("张三,,1.5,,", "不是整数"),
        ("张三,,,丙方,", "没有“丙方”这一项"),
        ("张三,,,,也许", "不是“是”或“否”"),
        (",2026-03-01,,,", "没有填写"),
        (f"{'长' * 5_001},,,,", "最多 5000"),
    ],
)
def test_what_cannot_be_meant_is_told_with_row_and_column(row: str, told: str) -> None:
    table = csv_of("姓名,日期,人数,身份,再来", "李四,,,,", row)

    assert not table.rows[0].doubts
    doubt = table.rows[1].doubts[0]
    assert told in doubt.says
    assert "第 3 行 列 " in doubt.places[0]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows() -> None:
    data = xlsx_of([["姓名"], ["甲"], [None], [" "], ["乙"]])

    assert [row.number for row in read_table(FORM, data, "表.xlsx").rows] == [2, 5]


def test_a_formula_is_not_calculated() -> None:
    """Nobody has opened the file, so there is no result; the row says that the cell is empty."""
    data = xlsx_of([["姓名", "人数"], ["甲", "=1+1"], ["乙", 2]])

    rows = read_table(FORM, data, "表.xlsx").rows

    assert [row.values["count"] for row in rows] == [None, 2]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (xlsx_of([["姓名", "人数"], ["甲", 1], [None, 2]], merge="A2:A3"), "合并的单元格"),
        (xlsx_of([]), "空的"),
        ("姓名,年龄\r\n甲,1".encode(), "没有这一列"),
        ("人数\r\n1".encode(), "缺这一列"),
        ("姓名,姓名\r\n甲,乙".encode(), "有两个"),
        ("姓名\r\n".encode(), "没有要导入的行"),
        (b"", "缺这一列"),
        (b"PK\x03\x04 broken", "损坏"),
        (b"\xd0\xcf\x11\xe0old", "旧式"),
        (b"\xff\xfe\x00", "编码"),
        ("姓名\r\n甲\0".encode(), "空字符"),
        (("姓名\r\n" + "甲\r\n" * (ROWS + 2)).encode(), "最多 5000 行"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told):
        read_table(FORM, data, "表")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_failed_rows_come_back_as_a_file_that_can_be_brought_again(ending: str) -> None:
    """As they were written, with a reason in a column that is not read the next time."""
    table = csv_of("姓名,人数", "甲,1", "=乙,两", "丙,三")
    reasons = {row.number: [one.says for one in row.doubts] for row in table.rows if row.doubts}

    again = read_table(FORM, failed(table, reasons, ending), f"待改.{ending}")

    assert [row.text("name") for row in again.rows] == ["=乙", "丙"]
    assert says(again) == says(table)
    assert again.head[-1] == TROUBLE


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_nothing_that_goes_out_is_a_formula_and_it_comes_back_as_it_was(text: str) -> None:
    cell = guarded(text)

    assert not cell.startswith(("=", "+", "-", "@"))
    if not text.startswith("'"):
        assert unguarded(cell) == text


def test_a_csv_that_goes_out_is_guarded() -> None:
    table = csv_of("姓名,人数", "=cmd|' /C calc'!A0,两")
    reasons = {2: ["x"]}

    written = list(csv.reader(io.StringIO(failed(table, reasons, "csv").decode("utf-8-sig"))))

    assert written[1][0].startswith("'=")
