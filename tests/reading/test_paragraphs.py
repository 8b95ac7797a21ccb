"""Sentences cut by pages are whole again, and every character still knows its place in the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.reading.paragraphs import (
    Paragraph,
    RawTable,
    RepairKind,
    Text,
    mend,
    places_of,
)
from lvyue.reading.source import Grid, Line, Place, Source, SourceKind
from tests.reading.mutations import SAME_TREE, page_breaks
from tests.reading.samples import SAMPLES, docx_of, full_text, pdf_of, seed, source_of

LONG = "乙方应当在接到通知之后尽快安排人员到达现场并且查明原因"


def words(text: Text) -> list[str]:
    return [one.text for one in text.elements if isinstance(one, Paragraph)]


def tables(text: Text) -> list[RawTable]:
    return [one for one in text.elements if isinstance(one, RawTable)]


def repaired(text: Text, kind: RepairKind) -> list[list[str]]:
    return [[str(p) for p in one.places] for one in text.repairs if one.kind is kind]


# ── sentences ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sentence_cut_by_a_page_is_whole_and_the_repair_is_listed() -> None:
    text = mend(source_of(f"4.1 {LONG}后立即修\n\n复。\n\n4.2 乙方应当留下记录。"))

    assert words(text) == [f"4.1 {LONG}后立即修复。", "4.2 乙方应当留下记录。"]
    assert repaired(text, RepairKind.JOINED) == [["第1行", "第3行"]]


def test_a_sentence_that_goes_on_with_a_party_is_no_field() -> None:
    text = mend(source_of(f"11.7 {LONG}。本合同下所述\n\n甲方因此遭受的损失由乙方承担。"))

    assert words(text) == [f"11.7 {LONG}。本合同下所述甲方因此遭受的损失由乙方承担。"]


def test_a_cut_inside_brackets_is_joined_though_the_line_is_short() -> None:
    assert words(mend(source_of("参加项目的人员（含\n\n新增人员）应当登记。"))) == [
        "参加项目的人员（含新增人员）应当登记。"
    ]


@pytest.mark.parametrize(
    "after",
    [
        "5.2 付款方式",
        "（二）审核方式",
        "第三条 期限",
        "甲方：某市信息中心",
        "附件 1：服务清单",
        "（以下无正文）",
        "保密协议",
    ],
)
def test_what_begins_anew_is_never_joined(after: str) -> None:
    assert words(mend(source_of(f"{LONG}后恢复运行\n\n{after}"))) == [f"{LONG}后恢复运行", after]


def test_a_heading_keeps_its_line() -> None:
    assert words(mend(source_of("一、服务内容\n\n乙方负责维护。"))) == [
        "一、服务内容",
        "乙方负责维护。",
    ]


def test_the_name_of_a_bank_over_two_lines_is_one_field() -> None:
    text = mend(source_of("开户行：中国某某银行股份有限公司某\n\n某新区支行\n\n账号：12"))

    assert words(text) == ["开户行：中国某某银行股份有限公司某某新区支行", "账号：12"]


def test_fields_of_a_head_are_not_sentences() -> None:
    head = (
        "地址：某市某区某某大道一千二百号某某科技园区某某大厦\n\n邮政编码：\n\n电话：\n\n合同各方"
    )

    assert len(words(mend(source_of(head)))) == 4


# ── page numbers and running heads ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "number", ["12", "- 12 -", "第 12 页 共 30 页", "12/30", "— 12 —", "第十二页"]
)
def test_a_page_number_is_no_paragraph_and_does_not_part_a_sentence(number: str) -> None:
    text = mend(source_of(f"4.1 {LONG}后立即修\n\n{number}\n\n复。"))

    assert words(text) == [f"4.1 {LONG}后立即修复。"]
    assert repaired(text, RepairKind.PAGE_NUMBER) == [["第3行"]]


@pytest.mark.parametrize("line", ["2026年", "12台", "10月15日", "1、", "12.5"])
def test_other_figures_stay(line: str) -> None:
    assert line in words(mend(source_of(f"服务内容如下：\n\n{line}\n\n乙方负责。")))


def test_a_head_that_comes_on_every_page_is_left_out() -> None:
    lines = []
    for page in range(1, 5):
        lines += [
            Line(f"某市合同 第{page}页", Place(page=page)),
            Line(f"{page}.1 乙方应当做好第{page}件事情。", Place(page=page)),
        ]
    text = mend(Source("合同.pdf", "0" * 64, SourceKind.PDF, tuple(lines)))

    assert len(words(text)) == 4
    assert len(repaired(text, RepairKind.RUNNING_HEAD)) == 4


def test_a_text_box_is_a_paragraph_of_its_own() -> None:
    lines = (
        Line(f"4.1 {LONG}后立即修", Place(block="p0")),
        Line("合同编号：某字第一号", Place(block="p0/b0"), outside=True),
        Line("复。", Place(block="p1")),
    )
    text = mend(Source("合同.docx", "0" * 64, SourceKind.DOCX, lines))

    assert set(words(text)) == {"合同编号：某字第一号", f"4.1 {LONG}后立即修复。"}


# ── markup ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("**一、定义**", "一、定义"),
        ("金额为 **1856000** 元", "金额为 1856000 元"),
        ("## 第一章 总则", "第一章 总则"),
        ("- (1) 非乙方原因；", "(1) 非乙方原因；"),
        ("- 一、应当完整。", "一、应当完整。"),
        ("-一、应当完整。", "一、应当完整。"),
        ("代表：（签字）*某人*", "代表：（签字）某人"),
        ("- 《巡检记录表》", "- 《巡检记录表》"),
        ("7*24 小时，5*8 小时", "7*24 小时，5*8 小时"),
        ("7×24*365 小时", "7×24*365 小时"),
        ("金额：_____ 元", "金额：_____ 元"),
        ('<input type="checkbox"/> 是', '<input type="checkbox"/> 是'),
    ],
)
def test_markup_is_taken_out_and_words_stay(line: str, read: str) -> None:
    assert words(mend(source_of(line))) == [read]


def test_a_list_inside_a_sentence_becomes_paragraphs() -> None:
    text = mend(source_of("(3) 协议应当约定：（a）自然人不得外传；（b）单位应当列出名单。"))

    assert words(text) == ["(3) 协议应当约定：", "（a）自然人不得外传；", "（b）单位应当列出名单。"]


def test_half_brackets_and_figures_inside_a_sentence_stay() -> None:
    line = "(3) 要求乙方按照：a) 规定；b) 收益；或 c) 损失（1）直接的（2）间接的赔偿。"

    assert words(mend(source_of(line))) == [line]


# ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_with_tabs_are_one_table_over_blank_lines_and_page_numbers() -> None:
    text = mend(source_of("清单\n\n序号\t名称\n1\t甲\n\n2\t乙\n\n7\n\n3\t丙\n\n说明如下。"))

    assert words(text) == ["清单", "说明如下。"]
    assert [table.blocks for table in tables(text)] == [(2, 3, 5, 9)]


def test_a_second_head_begins_a_second_table() -> None:
    text = mend(source_of("序号\t名称\n1\t甲\n\n序号\t型号\n1\t乙"))

    assert len(tables(text)) == 2


def test_a_head_repeated_on_the_next_page_goes_on() -> None:
    text = mend(source_of("序号\t名称\n1\t甲\n\n序号\t名称\n2\t乙"))

    assert len(tables(text)) == 1


def test_a_cell_broken_over_lines_stays_in_its_table() -> None:
    text = mend(source_of("序号\t岗位\t人数\n1\t应急保障\n工程师\t2\n2\t经理\t1"))

    assert [table.blocks for table in tables(text)] == [(0, 1, 2, 3)]


def test_a_number_with_a_tab_is_no_table() -> None:
    text = mend(source_of("1.\t乙方应当巡检。\n2.\t乙方应当记录。"))

    assert tables(text) == []
    assert len(words(text)) == 2


def test_numbers_in_the_first_column_of_a_table_are_cells() -> None:
    text = mend(source_of("序号\t项目\t单价\n1.\t巡检\t5\n2.\t演练\t6"))

    assert len(tables(text)) == 1


def test_grids_that_go_on_are_one_table() -> None:
    def grid(page: int, *, goes_on: bool) -> Grid:
        return Grid((), 0, 0, Place(page=page), goes_on)

    blocks = (
        grid(1, goes_on=False),
        Line("1", Place(page=1), outside=True),
        grid(2, goes_on=True),
        grid(2, goes_on=False),
    )
    text = mend(Source("合同.pdf", "0" * 64, SourceKind.PDF, blocks))

    assert [table.blocks for table in tables(text)] == [(0, 2), (3,)]


# ── lines broken at an edge ────────────────────────────────────────────────────────────────────────────────────────


def test_lines_of_a_pdf_are_joined_up_to_the_margin_and_no_further() -> None:
    def line(text: str, *, full: bool, indented: bool) -> Line:
        return Line(text, Place(page=1), full=full, indented=indented)

    lines = (
        line("2.1 乙方应当每", full=True, indented=True),
        line("日巡检。发现问题的，", full=True, indented=False),
        line("立即报告。", full=False, indented=False),
        line("上述义务不免除。", full=False, indented=True),
    )
    text = mend(Source("合同.pdf", "0" * 64, SourceKind.PDF, lines))

    assert words(text) == ["2.1 乙方应当每日巡检。发现问题的，立即报告。", "上述义务不免除。"]


def test_a_figure_parted_by_the_edge_of_a_line_is_one_figure() -> None:
    lines = (
        Line("2.1 全年可用率应当达到 9", Place(page=1), full=True, indented=False),
        Line("9.9%以上。", Place(page=1), full=False, indented=False),
    )
    text = mend(Source("合同.pdf", "0" * 64, SourceKind.PDF, lines))

    assert words(text) == ["2.1 全年可用率应当达到 99.9%以上。"]


# ── places ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_places(source: Source) -> None:
    """Every character of every paragraph is that character of the file, and nothing but blanks and markup is lost."""
    text = mend(source)
    used: set[tuple[int, int]] = set()
    for paragraph in text.elements:
        if not isinstance(paragraph, Paragraph):
            continue
        assert paragraph.text == paragraph.text.strip() != ""
        at = 0
        for piece in paragraph.pieces:
            block = source.blocks[piece.block]
            assert isinstance(block, Line)
            assert piece.start == at
            for offset in range(piece.end - piece.begin):
                assert paragraph.text[at + offset] == block.text[piece.begin + offset]
                assert (piece.block, piece.begin + offset) not in used
                used.add((piece.block, piece.begin + offset))
            at += piece.end - piece.begin
        assert at == len(paragraph.text)
    in_tables = {index for table in tables(text) for index in table.blocks}
    removed = {
        RepairKind.PAGE_NUMBER,
        RepairKind.RUNNING_HEAD,
    }
    left_out = {str(p) for one in text.repairs if one.kind in removed for p in one.places}
    for index, block in enumerate(source.blocks):
        if isinstance(block, Line) and index not in in_tables and str(block.place) not in left_out:
            lost = {char for n, char in enumerate(block.text) if (index, n) not in used}
            assert all(char.isspace() or char in "*-+#>" for char in lost), block.text


#: the mutations that move characters about or put marks between them
TYPED_OTHERWISE = (
    "broken at 33",
    "sentences cut by pages",
    "bold headings",
    "dashes before numbers",
    "indented",
)


@pytest.mark.parametrize("release_id", SAMPLES)
@pytest.mark.parametrize("mutation", TYPED_OTHERWISE)
def test_every_character_is_at_its_place(release_id: str, mutation: str) -> None:
    check_places(source_of(SAME_TREE[mutation](full_text(release_id))))


@pytest.mark.usefixtures("papers_at_hand")
@pytest.mark.parametrize("release_id", SAMPLES)
def test_every_character_of_the_papers_is_at_its_place(release_id: str) -> None:
    text = seed(release_id)

    check_places(source_of(text))
    check_places(docx_of(text))
    check_places(source_of(page_breaks(text)))


PIECES = st.sampled_from(
    [
        LONG, LONG + "。", "一、服务", "（一）范围", "1. 乙方", "- 表", "- (1) 项", "**粗**", "12", "", " ", "　　缩进的一段。",
        "甲方：某局", "开户行：某银行股份有限公司某", "某支行", "a\tb", "1\t二\t三", "附件1", "保密协议", "（以下无正文）",
        "约定：（a）甲；（b）乙。", "# 题", "* 项", "7*24", "使用说明", "目录", "鉴于：", "*斜*体", "__", "**", "\t缩进", "\t\t",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25))
def test_whatever_the_lines_every_character_is_at_its_place(lines: list[str]) -> None:
    check_places(source_of("\n".join(lines)))


@given(st.text(alphabet="第一1.、（）()aA ①-*#\t\n甲乙方：。附件", max_size=120))
def test_any_text_is_mended(text: str) -> None:
    check_places(source_of(text))


def test_characters_of_a_pdf_have_their_boxes() -> None:
    """A value of three characters is a box of three characters, on each of the lines it stands on."""
    source = pdf_of(f"4.1 {LONG}，金额为 1,234,567.00 元，其余按照约定。")
    paragraph = mend(source).elements[0]
    assert isinstance(paragraph, Paragraph)
    start = paragraph.text.index("1,234,567.00")

    places = list(places_of(source, paragraph, start, start + 12))

    widths = [place.box[2] - place.box[0] for place in places if place.box]
    assert [place.page for place in places] == [1] * len(places)
    assert sum(widths) == 12 * 12


def test_running_heads_and_page_numbers_of_a_pdf_are_left_out() -> None:
    text = mend(pdf_of(full_text(SAMPLES[0])))

    assert not any(one == "某市运维服务合同" for one in words(text))
    assert len(repaired(text, RepairKind.PAGE_NUMBER)) > 5
    assert len(repaired(text, RepairKind.RUNNING_HEAD)) > 5
