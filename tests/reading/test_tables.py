"""Tables: heads of one and two rows, groups, merged and cut cells, totals, forms; typed with tabs or ruled; nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.library import loader
from lvyue.reading.outline import Outline, outline
from lvyue.reading.paragraphs import RawTable, Text, mend
from lvyue.reading.source import Block, Cell, Grid, Line, Place, Source, SourceKind
from lvyue.reading.tables import ReadTable, read_tables
from tests.reading.samples import seed, seeds, source_of


def tables(text: str) -> list[ReadTable]:
    """The tables of a text."""
    return of_source(source_of(text))


def of_source(source: Source) -> list[ReadTable]:
    text = mend(source)
    return list(read_tables(text, outline(text)).values())


def rows(table: ReadTable) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def only(text: str) -> ReadTable:
    (table,) = tables(text)
    return table


def grids(*grids: Grid) -> ReadTable:
    """One table of ruled grids, the later ones over a page break."""
    blocks: list[Block] = [Line("第一条 清单", Place(block="p0")), *grids]
    (table,) = of_source(Source("合同.docx", "0" * 64, SourceKind.DOCX, tuple(blocks)))
    return table


def grid(
    cells: Sequence[tuple[int, int, str] | tuple[int, int, str, int, int]], *, goes_on: bool = False
) -> Grid:
    """Row, column, text, and what it spans: rows, columns."""
    laid = [
        Cell(cell[2], Place(block=f"t/r{cell[0]}/c{cell[1]}"), cell[0], cell[1], *cell[3:])
        for cell in cells
    ]
    return Grid(
        tuple(laid),
        max(cell.row + cell.rows for cell in laid),
        max(cell.column + cell.columns for cell in laid),
        Place(block="t"),
        goes_on,
    )


def flat(*lines: str, goes_on: bool = False) -> Grid:
    """A grid without spans, from lines with strokes."""
    return grid(
        [
            (row, column, text)
            for row, line in enumerate(lines)
            for column, text in enumerate(line.split("|"))
        ],
        goes_on=goes_on,
    )


SIMPLE = """第一条 设备

一、设备清单

序号\t名称\t型号\t数量
1\t核心交换机\tSW-9000\t2
2\t扩展坞\t\t4
合 计\t\t\t6
"""


def test_a_table_has_its_clause_title_columns_numbers_and_total() -> None:
    table = only(SIMPLE)

    assert (table.id, str(table.clause), table.title) == ("T1", "第一条/一", "设备清单")
    assert table.columns == ("序号", "名称", "型号", "数量")
    assert rows(table) == [
        ["1", "核心交换机", "SW-9000", "2"],
        ["2", "扩展坞", "", "4"],
        ["合计", "", "", "6"],
    ]
    assert [row.number for row in table.rows] == ["1", "2", ""]
    assert [row.total for row in table.rows] == [False, False, True]


def test_each_cell_stands_at_its_place_in_the_line() -> None:
    cell = only(SIMPLE).rows[0].cells[2]

    assert (cell.place.line, cell.place.column) == (6, 8)


def test_an_empty_model_is_not_carried_down() -> None:
    assert not any(cell.carried for row in only(SIMPLE).rows for cell in row.cells)


GROUPED = """第二条 设备

视频设备清单

序号\t设备名称\t规格型号\t数量
一、（一、二期）旧设备清单\t\t\t
1\t终端\tA1\t1
2\t音箱\t\t3

3\t话筒\tC7\t5
二、2025 年新增设备清单\t\t\t
1\t终端\tA9\t1
"""


def test_numbers_restart_under_a_group_and_a_page_break_parts_no_table() -> None:
    table = only(GROUPED)

    assert [(row.group, row.number) for row in table.rows] == [
        ("一、（一、二期）旧设备清单", "1"),
        ("一、（一、二期）旧设备清单", "2"),
        ("一、（一、二期）旧设备清单", "3"),
        ("二、2025 年新增设备清单", "1"),
    ]
    assert table.title == "视频设备清单"


TWO_ROWS = """第三条 资源

资源需求如下表所示，服务商应当按月优化。

序号\t服务\t\t计量单位\t数量
\t构成\t明细\t\t
1\t计算\tvCPU\t核\t100
2\t\t内存\tG\t200
3\t存储\t普通存储\tG\t300
4\t\t高性能存储\tG\t400
"""


def test_a_head_of_two_rows_is_flattened_and_a_merged_cell_carried_down() -> None:
    table = only(TWO_ROWS)

    assert table.columns == ("序号", "服务/构成", "服务/明细", "计量单位", "数量")
    assert [(row.cells[1].text, row.cells[1].carried) for row in table.rows] == [
        ("计算", False),
        ("计算", True),
        ("存储", False),
        ("存储", True),
    ]
    assert [row.group for row in table.rows] == ["计算", "计算", "存储", "存储"]


def test_of_two_names_the_lower_one_is_looked_for_first() -> None:
    table = only(TWO_ROWS)

    assert table.column("明细") == 2
    assert table.column("服务") == 1
    assert table.column("没有这一列") is None


def test_real_spans_give_the_same_as_flattened_ones() -> None:
    table = grids(
        grid(
            [
                (0, 0, "序号", 2, 1),
                (0, 1, "服务", 1, 2),
                (0, 3, "计量单位", 2, 1),
                (0, 4, "数量", 2, 1),
                (1, 1, "构成"),
                (1, 2, "明细"),
                *[
                    (2, column, text)
                    for column, text in enumerate(("1", "", "vCPU", "核", "100"))
                    if column != 1
                ],
                (2, 1, "计算", 2, 1),
                *[
                    (3, column, text)
                    for column, text in enumerate(("2", "", "内存", "G", "200"))
                    if column != 1
                ],
                (4, 0, "3"),
                (4, 1, "存储", 2, 1),
                (4, 2, "普通存储"),
                (4, 3, "G"),
                (4, 4, "300"),
                (5, 0, "4"),
                (5, 2, "高性能存储"),
                (5, 3, "G"),
                (5, 4, "400"),
            ]
        )
    )

    flattened = only(TWO_ROWS)

    assert table.columns == flattened.columns
    assert rows(table) == rows(flattened)
    assert [row.group for row in table.rows] == [row.group for row in flattened.rows]
    assert [row.cells[1].carried for row in table.rows] == [False, True, False, True]


def test_a_group_row_over_all_columns_is_a_group() -> None:
    table = grids(
        grid(
            [
                (0, 0, "序号"),
                (0, 1, "名称"),
                (1, 0, "第一部分 机房", 1, 2),
                (2, 0, "1"),
                (2, 1, "空调"),
            ]
        )
    )

    assert [(row.group, row.number) for row in table.rows] == [("第一部分机房", "1")]


def test_a_row_cut_by_a_page_is_whole_again() -> None:
    table = grids(
        flat("序号|岗位|人数|职责", "1|值守岗|2|按班次值守并记录", "2|巡检岗|3|每日巡检机房，"),
        flat("||| 发现隐患即报告", "3|应急岗|1|处置故障", goes_on=True),
    )

    assert rows(table) == [
        ["1", "值守岗", "2", "按班次值守并记录"],
        ["2", "巡检岗", "3", "每日巡检机房，发现隐患即报告"],
        ["3", "应急岗", "1", "处置故障"],
    ]


def test_the_first_row_of_a_page_that_is_a_row_of_its_own_stays_one() -> None:
    table = grids(
        flat("类别|名称|数量", "网络|交换机|2"), flat("|路由器|3", "主机|服务器|1", goes_on=True)
    )

    assert rows(table) == [
        ["网络", "交换机", "2"],
        ["网络", "路由器", "3"],
        ["主机", "服务器", "1"],
    ]


def test_a_head_printed_again_on_the_next_page_is_no_row() -> None:
    table = grids(
        flat("序号|名称|数量", "1|甲机|2"), flat("序号|名称|数量", "2|乙机|3", goes_on=True)
    )

    assert [row.number for row in table.rows] == ["1", "2"]


def test_a_cell_broken_over_two_lines_is_one_cell() -> None:
    table = only(
        "一、人员\n\n序号\t岗位\t要求\t人数\n1\t值守\t熟悉机房环\n境和设备\t2\n2\t巡检\t细心\t3\n"
    )

    assert rows(table) == [["1", "值守", "熟悉机房环境和设备", "2"], ["2", "巡检", "细心", "3"]]


@pytest.mark.parametrize("mark", ["1.", "1、", "(1)", "一", "①", "1"])
def test_a_row_number_of_any_kind_is_kept_as_printed(mark: str) -> None:
    table = only(f"一、清单\n\n序号\t名称\t数量\n{mark}\t交换机\t2\n\n二、其他\n")

    assert table.rows[0].number == mark


def test_a_missing_number_and_missing_last_cells_are_empty() -> None:
    table = only(
        "一、清单\n\n序号\t名称\t数量\t备注\n1\t交换机\t2\t\n\t网线\t贰\t备用\n3\t光纤\t5\n"
    )

    assert rows(table) == [
        ["1", "交换机", "2", ""],
        ["", "网线", "贰", "备用"],
        ["3", "光纤", "5", ""],
    ]
    assert [row.number for row in table.rows] == ["1", "", "3"]


def test_a_total_in_words_in_the_number_column_is_a_total() -> None:
    table = only(
        "一、费用\n\n序号\t项目\t总价\n1.\t巡检\t3000\n总价 人民币 叁仟元整。\t\t¥3,000.00\n"
    )

    assert [(row.number, row.total) for row in table.rows] == [("1.", False), ("", True)]
    assert table.rows[1].cells[2].text == "¥3,000.00"


def test_a_subtotal_belongs_to_its_group() -> None:
    table = only(
        "一、费用\n\n序号\t项目\t总价\n一、硬件\t\t\n1\t维修\t10\n小计\t\t10\n二、软件\t\t\n1\t升级\t20\n小计\t\t20\n合计\t\t30\n"
    )

    assert [(row.group, row.total) for row in table.rows] == [
        ("一、硬件", False),
        ("一、硬件", True),
        ("二、软件", False),
        ("二、软件", True),
        ("", True),
    ]


def test_labels_with_values_have_columns_without_names() -> None:
    table = only("三、账户\n\n收款单位\t某某科技有限公司\n开户银行\t某某银行\n税率\t6%\n")

    assert table.columns == ("", "")
    assert rows(table)[2] == ["税率", "6%"]


def test_two_parties_beside_each_other_are_columns() -> None:
    table = only("二、联系\n\n\t甲方\t乙方\n地址\t东路1号\t西路2号\n邮编\t100000\t\n")

    assert table.columns == ("", "甲方", "乙方")
    assert rows(table) == [["地址", "东路1号", "西路2号"], ["邮编", "100000", ""]]


def test_a_caption_is_the_title_without_its_word() -> None:
    assert only("一、清单\n\n表 2-1 系统清单\n\n序号\t名称\n1\t门户\n2\t邮件\n").title == "系统清单"


def test_a_line_with_the_unit_is_no_title() -> None:
    assert (
        only("一、费用\n\n费用明细表\n\n单位：元\n\n序号\t名称\t金额\n1\t门户\t2\n").title
        == "费用明细表"
    )


def test_the_table_inside_a_form_is_read_and_the_form_left_to_the_outline() -> None:
    form = (
        "附件：验收方案\n\n一、组织\t\t\t\n方式\t□自行 □委托\t\t\n主体\t\t\t\n"
        "二、内容\t\t\t\n序号\t环节\t内容\t标准\n"
    )

    table = tables(form)[0]

    assert table.columns == ("序号", "环节", "内容", "标准")
    assert (table.rows, table.title) == ((), "内容")


def test_a_head_that_nobody_filled_in_is_an_empty_table() -> None:
    table = only("三、人员\n\n姓名\t职务\t证书\n")

    assert (table.columns, table.rows) == (("姓名", "职务", "证书"), ())


def test_a_service_that_begins_like_a_total_is_none() -> None:
    table = only("一、费用\n\n序号\t项目\t总价\n1\t总价审核服务\t10\n2\t小计\t10\n")

    assert [row.total for row in table.rows] == [False, True]


def test_rows_between_strokes_are_rows_as_well() -> None:
    lines = ("| 序号 | 名称 |", "|---|---|", "| 1 | 交换机 |")
    blocks = tuple(Line(words, Place(line=i)) for i, words in enumerate(lines, 1))
    source = Source("合同.md", "0" * 64, SourceKind.TEXT, blocks)
    text = Text(source, (RawTable((0, 1, 2)),), ())

    (table,) = read_tables(text, Outline((), (), ())).values()

    assert (table.columns, rows(table)) == (("序号", "名称"), [["1", "交换机"]])
    assert table.rows[0].cells[1].place == Place(line=3, column=6)


def test_several_tables_are_counted_in_the_order_of_the_paper() -> None:
    found = tables(SIMPLE + "\n" + TWO_ROWS)

    assert [table.id for table in found] == ["T1", "T2"]
    assert [str(table.clause) for table in found] == ["第一条/一", "第三条/¶1"]


CELL = st.text(st.sampled_from("甲乙网线机房巡检报告值守应急设备系统"), min_size=1, max_size=6)


@given(st.lists(st.tuples(CELL, CELL, st.integers(1, 999)), min_size=1, max_size=12))
def test_any_plain_table_is_read_back_typed_or_ruled(lines: list[tuple[str, str, int]]) -> None:
    printed = [[str(i), one, other, str(count)] for i, (one, other, count) in enumerate(lines, 1)]
    typed = "\n".join("\t".join(row) for row in [["序号", "名称", "用途", "数量"], *printed])

    table = only(f"一、清单\n\n{typed}\n")
    ruled = grids(flat("序号|名称|用途|数量", *("|".join(row) for row in printed)))

    assert rows(table) == rows(ruled) == printed
    assert table.columns == ruled.columns == ("序号", "名称", "用途", "数量")


def test_a_hostile_table_loses_nothing_and_costs_no_more_than_its_size() -> None:
    begun = time.process_time()

    table = only("一、清单\n\n序号\t名称\n" + "\t".join("x" * 3000) + "\n" + "1\t网线\n" * 1000)

    assert time.process_time() - begun < 5
    assert sum(len(cell.text.split()) for cell in table.rows[0].cells) == 3000


# ── against the papers ───────────────────────────────────────────────────────────────────────────────────────────

papers_at_hand = pytest.mark.skipif(seeds() is None, reason="the original papers are not here")

#: release, its table, the table of the paper, and the columns that the release took over word for word
VERBATIM = (
    ("video-conference-2022", "T2", 3, range(9)),
    ("video-conference-2022", "T3", 4, (0, 1, 2)),
    ("video-conference-2022", "T4", 5, range(4)),
    ("video-conference-2022", "T5", 6, (0, 1, 3, 4, 5, 6, 7, 8, 9)),
    ("cloud-lease-2025", "T1", 1, range(2)),
    ("cloud-lease-2025", "T3", 3, (0, 2, 4)),
)


@papers_at_hand
@pytest.mark.parametrize(("release", "name", "number", "columns"), VERBATIM)
def test_the_rows_of_the_papers_are_those_that_people_took_down(
    release: str, name: str, number: int, columns: Sequence[int]
) -> None:
    truth = next(table for table in loader.load(release).tables if table.id == name)
    table = tables(seed(release))[number - 1]
    here = [row for row in table.rows if not row.total]
    there = [row for row in truth.rows if not row.cells[1].startswith("合计")]

    assert len(here) == len(there)
    assert table.clause == truth.clause
    for column in columns:
        assert [bare(row.cells[column].text) for row in here] == [
            bare(row.cells[column]) for row in there
        ]
    assert table.columns[0] == truth.columns[0]


def bare(text: str) -> str:
    return "".join(text.split())


@papers_at_hand
def test_the_papers_have_as_many_rows_groups_and_totals_as_were_counted() -> None:
    video = tables(seed("video-conference-2022"))
    cloud = tables(seed("cloud-lease-2025"))

    assert [len(table.rows) for table in video] == [7, 3, 2, 4, 85, 9]
    assert [len(table.rows) for table in cloud] == [27, 14, 14]
    groups = [row.group for row in video[4].rows]
    assert [groups.count(name) for name in dict.fromkeys(groups)] == [11, 74]
    units = [
        sum(int(row.cells[3].text) for row in video[4].rows if row.group == name)
        for name in dict.fromkeys(groups)
    ]
    assert units == [156, 152]
    assert [row.total for row in video[3].rows] == [False, False, False, True]
    assert sum(int(row.cells[8].text) for row in video[5].rows if not row.total) == 1118000
    assert len({row.group for row in cloud[1].rows}) == 5
    assert sum(not row.cells[2].text for row in video[4].rows) == 7


@papers_at_hand
def test_the_empty_table_of_the_plan_has_four_columns() -> None:
    (table,) = tables(seed("digital-operations-2026"))
    (truth,) = loader.load("digital-operations-2026").tables

    assert table.columns == truth.columns
    assert (table.rows, table.clause) == ((), truth.clause)
