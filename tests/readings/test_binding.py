"""Several papers of one contract: one text, no two places the same, and every block still at home."""

from __future__ import annotations

import pytest

from lvyue.intake import read_file
from lvyue.reading.reading import read
from lvyue.reading.source import Cell, Grid, Line, PageSize, Place, Source, SourceKind
from lvyue.readings.binding import bind
from tests.readings.conftest import PAPER


def sheet(name: str) -> Source:
    place = Place(block="费用!A1")
    cells = (
        Cell("项目", place, 0, 0),
        Cell("金额（元）", Place(block="费用!B1"), 0, 1),
        Cell("巡检", Place(block="费用!A2"), 1, 0),
        Cell("480000", Place(block="费用!B2"), 1, 1),
    )
    return Source(name, "1" * 64, SourceKind.XLSX, (Grid(cells, 2, 2, place),))


def pages(name: str, count: int) -> Source:
    lines = tuple(
        Line(f"第{n}页", Place(page=n, box=(1.0, 1.0, 9.0, 9.0))) for n in range(1, count + 1)
    )
    return Source(name, "2" * 64, SourceKind.PDF, lines, (PageSize(600.0, 800.0),) * count)


def test_one_paper_stays_as_it_is() -> None:
    paper = read_file(PAPER.encode(), name="合同.txt")

    assert bind([paper]).source is paper


def test_lines_and_pages_count_on() -> None:
    first = read_file(PAPER.encode(), name="合同.txt")
    bound = bind([first, pages("甲.pdf", 2), pages("乙.pdf", 3)])

    places = [block.place for block in bound.source.blocks]
    assert [place.page for place in places if place.page] == [1, 2, 3, 4, 5]
    assert len(set(places)) == len(places)
    assert len(bound.source.pages) == 5
    assert bound.page_of(2, 3) == 1
    assert [bound.paper_of(block) for block in bound.blocks_of(2)] == [2, 2, 2]


def test_a_sheet_goes_under_the_name_of_its_file_and_its_rows_are_read() -> None:
    paper = read_file(PAPER.encode(), name="合同.txt")
    reading = read(bind([paper, sheet("费用清单.xlsx")]).source)

    assert any("费用清单" in part.title for part in reading.paper.outline.parts)
    cells = [
        cell.text
        for table in reading.paper.tables.values()
        for row in table.rows
        for cell in row.cells
    ]
    assert "480000" in cells


def test_the_hash_of_the_whole_is_that_of_its_papers_in_their_order() -> None:
    one, other = pages("甲.pdf", 1), sheet("乙.xlsx")

    assert bind([one, other]).source.sha256 != bind([other, one]).source.sha256


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("p12", "第13段"),
        ("t18/r0/c1/p0", "表格第1行第2列"),
        ("t3", "表格"),
        ("header1/p0", "页眉"),
        ("footnote2/p0", "脚注"),
        ("p12/x0/p0", "文本框"),
        ("费用!B7", "费用!B7"),
    ],
)
def test_the_path_of_a_docx_is_told_in_words(block: str, said: str) -> None:
    assert str(Place(block=block)) == said
