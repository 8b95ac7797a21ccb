"""Excel: what a cell shows is what is read, named as everybody names it."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from lvyue.core.doubts import Refused
from lvyue.intake import read_file
from lvyue.intake.shown import shown
from lvyue.reading.source import Grid, Line, NoteKind, Source
from tests.intake.papers import xlsx


def grids(source: Source) -> list[Grid]:
    return [block for block in source.blocks if isinstance(block, Grid)]


def texts(source: Source) -> list[str]:
    return [cell.text for cell in grids(source)[0].cells]


def rows(*cells: str) -> str:
    return f"<sheetData>{''.join(cells)}</sheetData>"


@pytest.mark.parametrize(
    ("raw", "format_", "text"),
    [
        ("0.3", "0%", "30%"),
        ("0.0006", "0.00%", "0.06%"),
        ("0.30000000000000004", "General", "0.3"),
        ("1118000", "General", "1118000"),
        ("1.118E6", "General", "1118000"),
        ("1118000", "#,##0.00", "1,118,000.00"),
        ("1118000.5", "#,##0", "1,118,000.5"),
        ("99.999", "0.00", "100.00"),
        ("1118000", '"¥"#,##0.00', "¥1,118,000.00"),
        ("1118000", "[$¥-804]#,##0.00", "¥1,118,000.00"),
        ("5", '0"台"', "5台"),
        ("-12.5", "0.00_);(0.00)", "-12.50"),
        ("0", '0.00;-0.00;"-"', "0.00"),
        ("46023", "yyyy/m/d", "2026-01-01"),
        ("46023", 'yyyy"年"m"月"d"日"', "2026-01-01"),
        ("46023", "yyyy年m月", "2026年1月"),
        ("46023", "m月d日", "1月1日"),
        ("46023.75", "yyyy/m/d h:mm", "2026-01-01 18:00"),
        ("0.75", "h:mm", "18:00"),
        ("0.75", "h:mm:ss AM/PM", "18:00"),
        ("60", "yyyy/m/d", "1900-02-28"),
        ("99999999", "yyyy/m/d", "99999999"),
        ("1e400", "0.00", "1e400"),
        ("NaN", "0.00", "NaN"),
        ("abc", "0.00", "abc"),
    ],
)
def test_a_number_is_read_as_its_format_shows_it(raw: str, format_: str, text: str) -> None:
    assert shown(raw, format_) == text


def test_days_of_the_other_calendar_of_excel() -> None:
    assert shown("44561", "yyyy/m/d", since_1904=True) == "2026-01-01"


def test_a_sheet_is_a_grid_with_merged_cells_and_its_name_above() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("附件1 报价")
        sheet.merge_range("B2:D2", "报价表")
        sheet.write_row("B3", ["序号", "项目", "金额（元）"])
        sheet.write_row("B4", [1, "驻场服务"])
        sheet.write("D4", 1118000, book.add_format({"num_format": "#,##0.00"}))
        sheet.write("B5", "合计")
        sheet.write_formula("D5", "=SUM(D4)", book.add_format({"num_format": "#,##0.00"}), 1118000)
        sheet.write("C6", datetime(2026, 1, 1), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001  a day
        book.add_worksheet("Sheet2")
        hidden = book.add_worksheet("成本")
        hidden.write("A1", "秘密")
        hidden.hide()

    source = read_file(buffer.getvalue(), name="附件.xlsx")

    assert [block.text for block in source.blocks if isinstance(block, Line)] == ["附件1 报价"]
    [found] = grids(source)
    assert (found.rows, found.columns, found.place.block) == (5, 3, "附件1 报价!B2:D6")
    assert [(c.text, c.row, c.column, c.rows, c.columns) for c in found.cells] == [
        ("报价表", 0, 0, 1, 3),
        ("序号", 1, 0, 1, 1),
        ("项目", 1, 1, 1, 1),
        ("金额（元）", 1, 2, 1, 1),
        ("1", 2, 0, 1, 1),
        ("驻场服务", 2, 1, 1, 1),
        ("1,118,000.00", 2, 2, 1, 1),
        ("合计", 3, 0, 1, 1),
        ("1,118,000.00", 3, 2, 1, 1),
        (date(2026, 1, 1).isoformat(), 4, 1, 1, 1),
    ]
    assert found.cells[6].place.block == "附件1 报价!D4"
    assert [note.kind for note in source.notes] == [NoteKind.HIDDEN]
    assert "成本" in source.notes[0].says


def test_a_formula_without_a_saved_result_is_told_and_never_calculated() -> None:
    sheet = rows(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>合计</t></is></c><c r="B1"><f>1+1</f></c></row>'
    )

    source = read_file(xlsx({"价": sheet}), name="a.xlsx")

    assert texts(source) == ["合计"]
    assert [(note.kind, note.place.block) for note in source.notes] == [(NoteKind.UNREAD, "价!B1")]


def test_text_that_looks_like_a_formula_is_text_and_errors_are_told() -> None:
    sheet = rows(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>=cmd|calc</t></is></c><c r="B1" t="e"><f>x</f><v>#REF!</v></c></row>'
    )

    source = read_file(xlsx({"价": sheet}), name="a.xlsx")

    assert texts(source) == ["=cmd|calc", "#REF!"]
    assert [note.kind for note in source.notes] == [NoteKind.UNREAD]


def test_reading_aids_escapes_and_hidden_rows() -> None:
    strings = "<si><t>巡检_x000D_\n每月</t><rPh><t>xunjian</t></rPh></si>"
    sheet = "<cols><col min='3' max='3' hidden='1'/></cols>" + rows(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>0</v></c></row>'
        '<row r="2" hidden="1"><c r="A2" t="s"><v>0</v></c></row>'
        '<row r="3"><c r="A3" t="s"><v>99</v></c><c r="B3" t="b"><v>1</v></c></row>'
    )

    source = read_file(xlsx({"表": sheet}, sharedStrings=strings), name="a.xlsx")

    assert texts(source) == ["巡检\n每月", "是"]
    assert [note.kind for note in source.notes] == [NoteKind.HIDDEN]


def test_escaped_halves_of_characters_are_whole_or_unknown() -> None:
    strings = "<si><t>_xD842__xDFB7_野_xD842_</t></si>"
    sheet = rows('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')

    assert texts(read_file(xlsx({"表": sheet}, sharedStrings=strings), name="a.xlsx")) == [
        "𠮷野\ufffd"
    ]


def test_one_cell_far_away_makes_no_grid_of_a_million() -> None:
    sheet = rows(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )

    [found] = grids(read_file(xlsx({"表": sheet}), name="a.xlsx"))

    assert (found.rows, found.columns, found.cells[1].place.block) == (2, 2, "表!XFD1048576")


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(Refused, match="空的"):
        read_file(
            xlsx({"表": rows(), "!藏": rows('<row r="1"><c r="A1"><v>1</v></c></row>')}),
            name="a.xlsx",
        )
