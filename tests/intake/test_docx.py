"""Word: what a person sees on the paper is what is read, wherever Word hides it in the file."""

from __future__ import annotations

import io

import pytest
from docx import Document

from lvyue.core.doubts import Refused
from lvyue.intake import read_file
from lvyue.reading.source import Grid, Line, NoteKind, Source
from tests.intake.papers import (
    ROOT,
    abstract,
    docx,
    level,
    numbered,
    p,
    package,
    r,
    table,
    tc,
    tr,
    use,
)


def read(body: str, **parts: str) -> Source:
    return read_file(docx(body, **parts), name="合同.docx")


def lines(source: Source) -> list[str]:
    return [block.text for block in source.blocks if isinstance(block, Line)]


def grid(source: Source) -> Grid:
    [found] = [block for block in source.blocks if isinstance(block, Grid)]
    return found


def notes(source: Source) -> list[NoteKind]:
    return [note.kind for note in source.notes]


CLAUSES = abstract(
    0,
    level(0, "chineseCountingThousand", "第%1条"),
    level(1, "decimal", "%1.%2", "<w:isLgl/>"),
    level(2, "decimal", "（%3）"),
    level(3, "decimalEnclosedCircle", "%4", '<w:suff w:val="nothing"/>'),
)


def test_numbers_that_word_counts_are_part_of_the_line_and_are_told_apart() -> None:
    body = "".join(
        [
            numbered(1, 0, "服务内容"),
            numbered(1, 1, "乙方负责运行维护。"),
            numbered(1, 2, "日常巡检"),
            numbered(1, 3, "机房"),
            numbered(1, 3, "网络"),
            numbered(1, 2, "故障处理"),
            numbered(1, 1, "乙方提交报告。"),
            numbered(1, 0, "付款"),
            numbered(1, 1, "甲方按期付款。"),
            numbered(1, 2, "首付款"),
        ]
    )

    source = read(body, numbering=CLAUSES + use(1, 0))

    assert lines(source) == [
        "第一条 服务内容",
        "1.1 乙方负责运行维护。",
        "（1）日常巡检",
        "①机房",
        "②网络",
        "（2）故障处理",
        "1.2 乙方提交报告。",
        "第二条 付款",
        "2.1 甲方按期付款。",
        "（1）首付款",
    ]
    first, second = source.blocks[0], source.blocks[1]
    assert isinstance(first, Line)
    assert isinstance(second, Line)
    assert first.text[: first.numbered] == "第一条 "
    assert second.text[second.numbered :] == "乙方负责运行维护。"
    assert second.place.block == "p1"


@pytest.mark.parametrize(
    ("format_", "shown"),
    [
        ("decimal", ["1", "2", "3", "10", "11", "21"]),
        ("decimalZero", ["01", "02", "03", "10", "11", "21"]),
        ("decimalFullWidth", ["１", "２", "３", "１０", "１１", "２１"]),
        ("chineseCounting", ["一", "二", "三", "十", "十一", "二十一"]),
        ("chineseCountingThousand", ["一", "二", "三", "十", "十一", "二十一"]),
        ("japaneseCounting", ["一", "二", "三", "十", "十一", "二十一"]),
        ("ideographDigital", ["一", "二", "三", "一〇", "一一", "二一"]),
        ("chineseLegalSimplified", ["壹", "贰", "叁", "壹拾", "壹拾壹", "贰拾壹"]),
        ("ideographTraditional", ["甲", "乙", "丙", "癸", "11", "21"]),
        ("decimalEnclosedCircle", ["①", "②", "③", "⑩", "⑪", "㉑"]),
        ("lowerLetter", ["a", "b", "c", "j", "k", "u"]),
        ("upperLetter", ["A", "B", "C", "J", "K", "U"]),
        ("lowerRoman", ["i", "ii", "iii", "x", "xi", "xxi"]),
        ("upperRoman", ["I", "II", "III", "X", "XI", "XXI"]),
    ],
)
def test_each_number_format_counts_as_word_shows_it(format_: str, shown: list[str]) -> None:
    body = "".join(numbered(1, 0, "项") for _ in range(21))

    texts = lines(read(body, numbering=abstract(0, level(0, format_, "%1、")) + use(1, 0)))

    assert [texts[n] for n in (0, 1, 2, 9, 10, 20)] == [f"{number}、项" for number in shown]


def test_two_uses_of_one_list_go_on_counting_unless_one_says_where_to_start() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbering = abstract(0, level(0, "decimal", "%1.")) + use(1, 0) + use(2, 0) + use(3, 0, again)
    body = "".join(numbered(n, 0, "项") for n in (1, 1, 2, 3, 3))

    assert lines(read(body, numbering=numbering)) == ["1. 项", "2. 项", "3. 项", "1. 项", "2. 项"]


def test_a_style_gives_its_number_to_paragraphs_and_to_styles_based_on_it() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="A"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:name w:val="二级"/><w:basedOn w:val="A"/><w:pPr>'
        '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="C"><w:name w:val="三级"/><w:basedOn w:val="B"/></w:style>'
    )
    numbering = abstract(
        0,
        level(0, "chineseCounting", "%1、", '<w:pStyle w:val="A"/>'),
        level(1, "decimal", "%1.%2", "<w:isLgl/>"),
    ) + use(1, 0)
    body = "".join(
        p(text, properties=f'<w:pStyle w:val="{style}"/>{more}')
        for style, text, more in (
            ("A", "总则", ""),
            ("C", "依据", ""),
            ("B", "范围", ""),
            ("A", "无号", '<w:numPr><w:numId w:val="0"/></w:numPr>'),
            ("A", "付款", ""),
        )
    )

    source = read(body, styles=styles, numbering=numbering)

    assert lines(source) == ["一、总则", "1.1 依据", "1.2 范围", "无号", "二、付款"]


def test_bullets_are_one_mark_and_boxes_stay_boxes() -> None:
    font = '<w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr>'
    dot = f'<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF06C;"/>{font}</w:lvl>'
    box = f'<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF0A8;"/>{font}</w:lvl>'
    numbering = abstract(0, dot) + abstract(1, box) + use(1, 0) + use(2, 1)

    source = read(numbered(1, 0, "要点") + numbered(2, 0, "勾选"), numbering=numbering)

    assert lines(source) == ["• 要点", "☐ 勾选"]


def test_tracked_insertions_are_read_and_deletions_left_out_and_both_are_told() -> None:
    body = p(
        "合同价款为",
        '<w:del w:id="1"><w:r><w:delText>30</w:delText></w:r></w:del>',
        f'<w:ins w:id="2">{r("50")}</w:ins>',
        "万元。",
    )

    source = read(body)

    assert lines(source) == ["合同价款为50万元。"]
    assert notes(source) == [NoteKind.INSERTED, NoteKind.DELETED]
    assert "30" in source.notes[1].says
    assert source.notes[0].place.block == "p0"


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    body = (
        p("乙方应当", properties='<w:rPr><w:del w:id="1"/></w:rPr>') + p("按时完成。") + p("完。")
    )

    assert lines(read(body)) == ["乙方应当按时完成。", "完。"]


def test_controls_links_and_text_boxes_lose_nothing() -> None:
    box = f"<w:txbxContent>{p('合同编号：X-2026-1')}</w:txbxContent>"
    body = (
        p(
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
            f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>",
            "运维合同",
        )
        + f"<w:sdt><w:sdtContent>{p('甲方：某市数据局')}</w:sdtContent></w:sdt>"
        + p("见", f'<w:hyperlink r:id="rId9">{r("附件一")}</w:hyperlink>', "。")
        + p("乙方：", f"<w:sdt><w:sdtContent>{r('某科技公司')}</w:sdtContent></w:sdt>")
        + p(
            "联系人：",
            f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{r('请输入')}</w:sdtContent></w:sdt>",
        )
    )

    source = read(body)

    assert lines(source) == [
        "合同编号：X-2026-1",
        "运维合同",
        "甲方：某市数据局",
        "见附件一。",
        "乙方：某科技公司",
        "联系人：____",
    ]
    first = source.blocks[0]
    assert isinstance(first, Line)
    assert (first.outside, first.place.block) == (True, "p0/x0/p0")


def test_ticks_are_read_however_word_writes_them() -> None:
    def control(value: str) -> str:
        return (
            f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{value}"/></w14:checkbox></w:sdtPr>'
            f"<w:sdtContent>{r('?')}</w:sdtContent></w:sdt>"
        )

    field = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData>'
        '</w:fldChar></w:r><w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = (
        p(
            '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>',
            "是",
            '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>',
            "否",
        )
        + p(
            '<w:r><w:sym w:font="Wingdings 2" w:char="0052"/></w:r>',
            "是",
            r("&#xA3;", '<w:rFonts w:ascii="Wingdings 2"/>'),
            "否",
        )
        + p(control("1"), "是", control("0"), "否")
        + p(field, "是")
        + p("可用率", '<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>', "99%")
    )

    assert lines(read(body)) == ["☑是☐否", "☑是☐否", "☑是☐否", "☑是", "可用率≥99%"]


def test_an_unknown_symbol_is_shown_as_unknown_and_told() -> None:
    source = read(p("甲", '<w:r><w:sym w:font="Wingdings" w:char="F0FF"/></w:r>'))

    assert lines(source) == ["甲\ufffd"]
    assert notes(source) == [NoteKind.UNREAD]


def test_fields_show_their_result_and_not_their_instruction() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    body = p(
        "见第",
        mark("begin"),
        "<w:r><w:instrText>REF _x \\h</w:instrText></w:r>",
        mark("begin"),
        "<w:r><w:instrText>IF</w:instrText></w:r>",
        mark("separate"),
        r("内层"),
        mark("end"),
        mark("separate"),
        r("五"),
        mark("end"),
        "条",
    )

    assert lines(read(body)) == ["见第五条"]


def test_hidden_words_are_left_out_and_told_and_comments_too() -> None:
    body = p(
        "按时付款",
        r("（内部：可拖）", "<w:vanish/>"),
        "。",
        '<w:r><w:commentReference w:id="7"/></w:r>',
    )
    comments = f'<w:comment w:id="7">{p("这里要改")}</w:comment>'

    source = read(body, comments=comments)

    assert lines(source) == ["按时付款。"]
    assert notes(source) == [NoteKind.COMMENT, NoteKind.HIDDEN]
    assert "这里要改" in source.notes[0].says


def test_heads_feet_and_footnotes_are_outside_the_text() -> None:
    source = read(
        p("正文", '<w:r><w:footnoteReference w:id="2"/></w:r>'),
        header1=p("某市合同范本"),
        footer1=p("第 1 页"),
        footnotes=f'<w:footnote w:id="2">{p("注解")}</w:footnote><w:footnote w:id="3">{p("没人引用")}</w:footnote>',
    )

    assert [(block.text, block.outside) for block in source.blocks if isinstance(block, Line)] == [
        ("某市合同范本", True),
        ("正文", False),
        ("第 1 页", True),
        ("注解", True),
    ]


def test_merged_cells_keep_their_spans_and_nested_tables_their_words() -> None:
    inner = table(tr(tc("内一"), tc("内二")))
    body = p("表前") + table(
        tr(tc("序号", '<w:vMerge w:val="restart"/>'), tc("巡检", '<w:gridSpan w:val="2"/>')),
        tr(tc("<w:p/>", "<w:vMerge/>"), tc("内容"), tc("频次")),
        tr(tc("1"), tc(p("机房") + inner + p("网络")), tc("每月")),
        tr(tc("删"), tc("除"), tc("行"), properties='<w:del w:id="1"/>'),
    )

    source = read(body)

    found = grid(source)
    assert [(c.text, c.row, c.column, c.rows, c.columns) for c in found.cells] == [
        ("序号", 0, 0, 2, 1),
        ("巡检", 0, 1, 1, 2),
        ("内容", 1, 1, 1, 1),
        ("频次", 1, 2, 1, 1),
        ("1", 2, 0, 1, 1),
        ("机房\n内一\t内二\n网络", 2, 1, 1, 1),
        ("每月", 2, 2, 1, 1),
    ]
    assert (found.rows, found.columns, found.place.block) == (3, 3, "t1")
    assert found.cells[6].place.block == "t1/r2/c2"
    assert notes(source) == [NoteKind.DELETED]


def test_a_frame_around_text_is_text_and_two_parties_side_by_side_are_two_columns() -> None:
    framed = table(tr(tc(p("使用说明") + p("请据实填写"))))
    parties = table(
        tr(tc("甲方：某局"), tc("乙方：某公司")),
        tr(tc("地址：东街"), tc("地址：西街")),
        borders=False,
    )
    figures = table(tr(tc("项目"), tc("单价")), tr(tc("巡检"), tc("100")), borders=False)

    source = read(framed + parties + figures)

    assert lines(source) == [
        "使用说明",
        "请据实填写",
        "甲方：某局",
        "地址：东街",
        "乙方：某公司",
        "地址：西街",
    ]
    assert [cell.text for cell in grid(source).cells] == ["项目", "单价", "巡检", "100"]


def test_two_fields_on_one_line_are_two_lines_and_breaks_by_hand_break() -> None:
    body = (
        p("甲方：某局", "<w:r><w:tab/></w:r>", "乙方：某公司")
        + p("第一行", "<w:r><w:br/></w:r>", "第二行")
        + p("a", "<w:r><w:tab/></w:r>", "b", "<w:r><w:tab/></w:r>", "c")
    )

    assert lines(read(body)) == ["甲方：某局", "乙方：某公司", "第一行", "第二行", "a\tb\tc"]


def test_soft_hyphens_and_invisible_characters_vanish() -> None:
    body = p(
        "运\u00ad维\u200b合\u202e同",
        "<w:r><w:softHyphen/></w:r>",
        "A",
        "<w:r><w:noBreakHyphen/></w:r>",
        "1",
    )

    assert lines(read(body)) == ["运维合同A-1"]


def test_what_python_docx_writes_is_read_with_its_paths() -> None:
    document = Document()
    document.add_paragraph("第一条 服务内容")
    made = document.add_table(2, 2)
    made.cell(0, 0).text, made.cell(0, 1).text = "序号", "内容"
    made.cell(1, 0).text, made.cell(1, 1).text = "1", "巡检"
    buffer = io.BytesIO()
    document.save(buffer)

    source = read_file(buffer.getvalue(), name="a.docx")

    assert lines(source) == ["第一条 服务内容"]
    assert [cell.text for cell in grid(source).cells] == ["序号", "内容", "1", "巡检"]


def test_a_macro_is_not_run_and_is_told() -> None:
    data = package(
        {
            "word/document.xml": f"<w:document {ROOT}><w:body>{p('正文')}</w:body></w:document>",
            "word/vbaProject.bin": b"Sub AutoOpen()",
        }
    )

    source = read_file(data, name="合同.docm")

    assert lines(source) == ["正文"]
    assert notes(source) == [NoteKind.MACRO]


def test_a_document_without_words_is_refused_with_what_to_do() -> None:
    with pytest.raises(Refused, match=r"没有文字.*扫描件"):
        read("<w:p/>")
