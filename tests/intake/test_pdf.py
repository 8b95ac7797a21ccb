"""PDF: from characters and lines on pages back to text, tables and places; checked on pages that the tests print themselves."""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import typst

from lvyue.core.doubts import Refused
from lvyue.intake import pdf as pdf_module
from lvyue.intake import read_file
from lvyue.intake.continued import continued
from lvyue.intake.limits import LIMITS
from lvyue.intake.pdf import read_pdf
from lvyue.intake.refusals import Cancelled
from lvyue.reading.source import (
    Block,
    Cell,
    Grid,
    Line,
    NoteKind,
    PageSize,
    Place,
    Source,
    SourceKind,
)
from tests.intake.test_hostile import read_or_refused

FONT = "Noto Serif CJK SC"
HEAD = (
    '#set page(paper: "a4", margin: 2.5cm)\n'
    f'#set text(font: "{FONT}", size: 12pt, lang: "zh")\n'
    "#set par(justify: true, first-line-indent: (amount: 2em, all: true))\n"
)
SENTENCE = "乙方应当按照本合同约定的内容和标准提供运行维护服务，发现故障后应当立即报告甲方，并在两小时内派人到达现场处理。"

#: paragraphs that differ
ARTICLES = [f"{one}{two}类事项：{SENTENCE}" for one in "甲乙丙丁戊己庚" for two in "子丑寅卯辰巳午"]

Print = Callable[..., bytes]


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Print:
    """``printed("typst markup")``: a PDF of it. Skipped where the machine has no font with Chinese in it."""
    if not any(FONT in family for family in typst.Fonts().families()):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{FONT} is not here; tools/install_test_tools.sh installs it")
        pytest.skip(f"{FONT} is not here")
    folder = tmp_path_factory.mktemp("printed")

    def compile_(markup: str, head: str = HEAD) -> bytes:
        path = folder / "paper.typ"
        path.write_text(head + markup, "utf-8")
        return typst.compile(path)

    return compile_


def lines(source: Source) -> list[Line]:
    return [block for block in source.blocks if isinstance(block, Line)]


def inside(source: Source) -> list[str]:
    return [line.text for line in lines(source) if not line.outside]


def grids(source: Source) -> list[Grid]:
    return [block for block in source.blocks if isinstance(block, Grid)]


def rows(grid: Grid) -> list[list[str]]:
    return [
        ["".join(cell.text.split()) for cell in grid.cells if cell.row == row]
        for row in range(grid.rows)
    ]


# --------------------------------------------------------------------------------------------- lines


def test_every_line_is_read_with_its_box_its_indent_and_whether_it_is_full(printed: Print) -> None:
    source = read_file(printed(f"第一条 服务内容\n\n{SENTENCE}\n"), name="a.pdf")

    assert source.kind is SourceKind.PDF
    assert source.pages == (PageSize(595.28, 841.89),)
    assert "".join(inside(source)) == f"第一条 服务内容{SENTENCE}"
    title, first, *_, last = lines(source)
    assert [(title.indented, title.full), (first.indented, first.full)] == [
        (True, False),
        (True, True),
    ]
    assert (last.indented, last.full) == (False, False)
    left, top, right, bottom = title.place.box or (0, 0, 0, 0)
    assert (title.place.page, round(left)) == (1, 95)
    assert 65 < top < 75
    assert 0 < bottom - top < 20
    assert right > left


def test_each_character_has_its_edges_so_that_a_value_is_a_box(printed: Print) -> None:
    [line] = lines(read_file(printed("价款为 1,200 元"), name="a.pdf"))

    assert len(line.edges) == len(line.text) + 1
    assert list(line.edges) == sorted(line.edges)
    at = line.text.index("1,200")
    box = line.place_of(at, at + 5).box
    assert box is not None
    assert box[2] - box[0] == pytest.approx(5 * 12 * 0.5, rel=0.2)


def test_air_between_han_and_latin_is_no_blank_and_blanks_to_fill_stay(printed: Print) -> None:
    source = read_file(
        printed("接入Wi-Fi网络。office文件3份\n\n交付时间：#h(2cm)年#h(1cm)月#h(1cm)日止\n"),
        name="a.pdf",
    )

    assert inside(source)[0] == "接入Wi-Fi网络。office文件3份"
    assert re.fullmatch(r"交付时间： {5,8}年 {3,6}月 {3,6}日止", inside(source)[1])


def test_ligatures_are_letters_again(printed: Print) -> None:
    head = '#set page(paper: "a4")\n#set text(font: "Libertinus Serif", size: 12pt)\n'

    assert inside(read_file(printed("office file flow", head), name="a.pdf")) == [
        "office file flow"
    ]


def test_two_columns_of_fields_are_read_one_after_the_other(printed: Print) -> None:
    source = read_file(
        printed(
            "#set par(first-line-indent: 0em)\n运维合同\n\n"
            "#grid(columns: (1fr, 1fr), row-gutter: 8pt, [甲方：某市数据局], [乙方：某科技公司],"
            "[地址：东街 1 号], [地址：西街 2 号], [电话：], [电话：010-1234], [甲方（盖章）], [乙方（盖章）])\n\n"
            "第一条 总则\n"
        ),
        name="a.pdf",
    )

    assert inside(source) == [
        "运维合同",
        *("甲方：某市数据局", "地址：东街 1 号", "电话：", "甲方（盖章）"),
        *("乙方：某科技公司", "地址：西街 2 号", "电话：010-1234", "乙方（盖章）"),
        "第一条 总则",
    ]


def test_columns_without_rules_are_rows_typed_with_tabs(printed: Print) -> None:
    cells = ", ".join(
        f"[{text}]"
        for text in ("序号", "服务项目", "数量", "1", "机房巡检", "12 次", "2", "应急演练", "2 次")
    )
    source = read_file(
        printed(
            f"#set par(first-line-indent: 0em)\n#grid(columns: (3cm, 6cm, 1fr), row-gutter: 8pt, {cells})\n"
        ),
        name="a.pdf",
    )

    assert inside(source) == ["序号\t服务项目\t数量", "1\t机房巡检\t12 次", "2\t应急演练\t2 次"]
    assert all(len(line.edges) == len(line.text) + 1 for line in lines(source))


def test_heads_feet_page_numbers_and_watermarks_are_outside(printed: Print) -> None:
    head = HEAD.replace(
        "margin: 2.5cm",
        "margin: 2.5cm, header: [某市运维合同], footer: context align(center)[\\- #counter(page).display() \\-],"
        " background: rotate(45deg, text(60pt, fill: luma(200))[样稿])",
    )
    source = read_file(printed("\n\n".join(ARTICLES[:40]), head), name="a.pdf")

    assert len(source.pages) == 3
    outside = {line.text for line in lines(source) if line.outside}
    assert outside == {"某市运维合同", "- 1 -", "- 2 -", "- 3 -", "样稿"}
    assert "".join(inside(source)) == "".join(ARTICLES[:40])


def test_plain_numbers_at_the_foot_that_go_up_are_page_numbers(printed: Print) -> None:
    head = HEAD.replace("margin: 2.5cm", 'margin: 2.5cm, numbering: "1"')
    source = read_file(printed("\n\n".join(ARTICLES[:30]), head), name="a.pdf")

    assert [line.text for line in lines(source) if line.outside] == ["1", "2"]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_shown(
    printed: Print, angle: int, tmp_path: Path
) -> None:
    document = pypdfium2.PdfDocument(
        printed(
            "第一条 服务内容\n\n第二条 付款\n",
            HEAD.replace('paper: "a4"', 'paper: "a4", flipped: true'),
        )
    )
    document[0].set_rotation(angle)
    document.save(tmp_path / "turned.pdf")

    source = read_file(tmp_path / "turned.pdf")

    # The words now stand sideways on the page as it is shown, and are set upright to be read.
    assert inside(source) == ["第一条 服务内容", "第二条 付款"]
    assert [note.kind for note in source.notes] == [NoteKind.TURNED]
    for line in lines(source):
        left, top, right, bottom = line.place.box or (0, 0, 0, 0)
        assert 0 <= left < right <= source.pages[0].width
        assert 0 <= top < bottom <= source.pages[0].height
        assert (bottom - top > right - left) == (angle != 180)


def test_a_table_set_sideways_is_read(printed: Print) -> None:
    source = read_file(
        printed(
            "#rotate(-90deg, reflow: true)[#table(columns: 3, [序号], [项目], [次数], [1], [巡检], [12])]"
        ),
        name="a.pdf",
    )

    assert [rows(grid) for grid in grids(source)] == [
        [["序号", "项目", "次数"], ["1", "巡检", "12"]]
    ]


# -------------------------------------------------------------------------------------------- tables


def typst_table(columns: str, cells: list[str], more: str = "") -> str:
    inner = ", ".join(
        cell if cell.startswith("table.") else f"[#{json.dumps(cell, ensure_ascii=False)}]"
        for cell in cells
    )
    return f"#table(columns: {columns}, {more}{inner})\n"


def test_a_ruled_table_with_merged_cells(printed: Print) -> None:
    cells = [
        *(
            "table.cell(rowspan: 2)[序号]",
            "table.cell(colspan: 2)[巡检]",
            "table.cell(rowspan: 2)[单价]",
        ),
        *("对象", "频次", "1", "机房", "每月", "100.00", "table.cell(colspan: 3)[合计]", "100.00"),
    ]
    source = read_file(
        printed(f"表前文字\n\n{typst_table('(2cm, 1fr, 1fr, 3cm)', cells)}\n表后文字\n"),
        name="a.pdf",
    )

    assert [type(block) for block in source.blocks] == [Line, Grid, Line]
    [grid] = grids(source)
    assert [(c.text, c.row, c.column, c.rows, c.columns) for c in grid.cells] == [
        ("序号", 0, 0, 2, 1),
        ("巡检", 0, 1, 1, 2),
        ("单价", 0, 3, 2, 1),
        ("对象", 1, 1, 1, 1),
        ("频次", 1, 2, 1, 1),
        ("1", 2, 0, 1, 1),
        ("机房", 2, 1, 1, 1),
        ("每月", 2, 2, 1, 1),
        ("100.00", 2, 3, 1, 1),
        ("合计", 3, 0, 1, 3),
        ("100.00", 3, 3, 1, 1),
    ]
    box = grid.cells[5].place.box
    assert box is not None
    assert box[2] - box[0] == pytest.approx(56.7, abs=1)


@pytest.mark.parametrize(
    "strokes",
    [
        "stroke: 0.4pt, ",
        "stroke: 2pt, ",
        'stroke: (thickness: 0.5pt, dash: "dashed"), ',
        "stroke: (x, y) => (left: if x > 0 { 0.5pt }, top: 0.5pt, bottom: 0.5pt), ",
        "fill: (x, y) => if calc.odd(y) { luma(230) }, ",
    ],
    ids=["thin", "thick", "dashed", "open at the sides", "shaded"],
)
def test_tables_are_found_however_their_lines_are_drawn(printed: Print, strokes: str) -> None:
    cells = ["序号", "内容", "次数", "1", "巡检", "12", "2", "演练", "2"]

    source = read_file(printed(typst_table("(2cm, 4cm, 3cm)", cells, strokes)), name="a.pdf")

    assert [rows(grid) for grid in grids(source)] == [
        [["序号", "内容", "次数"], ["1", "巡检", "12"], ["2", "演练", "2"]]
    ]


def test_two_tables_on_one_page_are_two_and_underlines_are_none(printed: Print) -> None:
    one, two = typst_table("2", ["甲", "乙"]), typst_table("2", ["丙", "丁"])
    source = read_file(
        printed(f"{one}\n#underline[金额：#h(3cm)]\n\n#rect[重要提示]\n\n{two}"), name="a.pdf"
    )

    assert [rows(grid) for grid in grids(source)] == [[["甲", "乙"]], [["丙", "丁"]]]
    assert inside(source)[-1] == "重要提示"


def test_a_table_inside_a_cell_belongs_to_that_cell(printed: Print) -> None:
    inner = "table.cell()[内容 #table(columns: 2, [早], [晚])]"
    source = read_file(printed(typst_table("(2cm, 6cm)", ["1", inner])), name="a.pdf")

    assert [rows(grid) for grid in grids(source)] == [[["1", "内容早晚"]]]


def test_a_table_goes_on_over_pages_and_no_row_is_lost(printed: Print) -> None:
    cells = [text for n in range(1, 81) for text in (str(n), f"设备{n}", "每月巡检并填写记录")]
    source = read_file(printed("清单\n\n" + typst_table("(2cm, 4cm, 1fr)", cells)), name="a.pdf")

    found = grids(source)
    assert [grid.goes_on for grid in found] == [False, *[True] * (len(found) - 1)]
    assert len(found) >= 3
    assert [row for grid in found for row in rows(grid)] == [
        [str(n), f"设备{n}", "每月巡检并填写记录"] for n in range(1, 81)
    ]


def test_a_row_cut_by_the_page_is_one_row(printed: Print) -> None:
    long = SENTENCE * 12
    cells = ["1", "机房", SENTENCE, "2", "网络", long, "3", "终端", SENTENCE]
    source = read_file(printed("#v(16cm)\n" + typst_table("(2cm, 3cm, 1fr)", cells)), name="a.pdf")

    assert [row for grid in grids(source) for row in rows(grid)] == [
        ["1", "机房", SENTENCE],
        ["2", "网络", long],
        ["3", "终端", SENTENCE],
    ]


def grid_of(page: int, edges: list[float], *texts: str) -> Grid:
    columns = len(edges) - 1
    cells = tuple(
        Cell(
            text,
            Place(page=page, box=(edges[n % columns], 0.0, edges[n % columns + 1], 9.0)),
            n // columns,
            n % columns,
        )
        for n, text in enumerate(texts)
    )
    return Grid(cells, len(texts) // columns, columns, Place(page=page))


def test_only_what_stands_under_each_other_goes_on() -> None:
    first = grid_of(1, [0, 50, 100], "1", "巡检")
    other = grid_of(2, [0, 30, 100], "甲", "乙")
    foot = Line("- 1 -", Place(page=1), outside=True)
    text = Line("第二条", Place(page=2))

    same: list[list[Block]] = continued([[first, foot], [grid_of(2, [0, 51, 100], "2", "演练")]])
    assert [block.goes_on for page in same for block in page if isinstance(block, Grid)] == [
        False,
        True,
    ]
    assert continued([[first], [other]]) == [[first], [other]]
    assert continued([[first], [text, first]]) == [[first], [text, first]]


def test_a_merged_group_cell_over_the_page_break_is_no_cut_row() -> None:
    edges: list[float] = [0, 20, 50, 100]
    above, below = grid_of(1, edges, "网络", "1", "巡检"), grid_of(2, edges, "", "2", "演练")

    pages = continued([[above], [below]])

    assert [rows(block) for page in pages for block in page if isinstance(block, Grid)] == [
        [["网络", "1", "巡检"]],
        [["", "2", "演练"]],
    ]


# --------------------------------------------------------------------------------- scans, broken files


def as_picture(data: bytes, pages: list[int]) -> bytes:
    """The same PDF with some pages turned into pictures of themselves."""
    document = pypdfium2.PdfDocument(data)
    out = pypdfium2.PdfDocument.new()
    for n in range(len(document)):
        if n + 1 not in pages:
            out.import_pages(document, [n])
            continue
        width, height = document[n].get_size()
        page = out.new_page(width, height)
        image = pypdfium2.PdfImage.new(out)
        image.set_bitmap(document[n].render(scale=1))
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page.insert_obj(image)
        page.gen_content()
    buffer = io.BytesIO()
    out.save(buffer)
    return buffer.getvalue()


def recognising(data: bytes, name: str, progress: object, cancelled: object) -> Source:
    """Stands for recognition: says of each page which size it has."""
    del progress, cancelled
    count = len(pypdfium2.PdfDocument(data))
    blocks = tuple(
        Line(f"识别第{n}页", Place(page=n, box=(80.0, 90.0, 200.0, 100.0)))
        for n in range(1, count + 1)
    )
    pages = (PageSize(595.0, 842.0),) * count
    return Source(name, "0" * 64, SourceKind.SCAN, blocks, pages)


THREE = "第一页\n#pagebreak()\n第二页\n#pagebreak()\n第三页\n"


def test_pages_that_are_pictures_are_recognised_and_put_back_where_they_stand(
    printed: Print,
) -> None:
    long = "\n".join(f"第{n}页正文{SENTENCE}\n#pagebreak()" for n in "一二三")
    data = as_picture(printed(long), [2])

    source = read_pdf(data, "a.pdf", recognise=recognising)

    assert [line.place.page for line in lines(source) if "识别" in line.text] == [2]
    assert "".join(inside(source)).replace(SENTENCE, "") == "第一页正文识别第1页第三页正文"
    assert source.kind is SourceKind.PDF


def test_a_scan_as_a_whole_goes_to_recognition_as_it_is(printed: Print) -> None:
    source = read_pdf(as_picture(printed(THREE), [1, 2, 3]), "a.pdf", recognise=recognising)

    assert (source.kind, inside(source)) == (
        SourceKind.SCAN,
        ["识别第1页", "识别第2页", "识别第3页"],
    )


def test_without_recognition_a_scan_is_refused_and_single_pages_are_told(printed: Print) -> None:
    data = printed(f"{SENTENCE}\n#pagebreak()\n{SENTENCE}")

    with pytest.raises(Refused, match=r"扫描件.*lvyue\[ocr\]"):
        read_pdf(as_picture(data, [1, 2]), "a.pdf")
    source = read_pdf(as_picture(data, [2]), "a.pdf")

    assert "".join(inside(source)) == SENTENCE
    assert [(note.kind, note.place.page) for note in source.notes] == [(NoteKind.UNREAD, 2)]


def hand_made(
    stream: bytes, resources: bytes = b"", catalog: bytes = b"", page: bytes = b""
) -> bytes:
    """A PDF by hand with one page of 300 × 200 points; its cross references are missing, as those of broken files are."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<<"
        + (resources or b"/Font<</F 5 0 R>>")
        + b">>"
        + page
        + b">>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj%s\nendobj\n" % (n, one) for n, one in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def test_a_file_with_broken_cross_references_is_read() -> None:
    source = read_file(
        hand_made(b"BT /F 12 Tf 20 100 Td (Contract No. 7, price 1,200) Tj ET"), name="a.pdf"
    )

    assert inside(source) == ["Contract No. 7, price 1,200"]


def test_characters_without_meaning_make_the_page_a_picture() -> None:
    garbled = b"BT /F 12 Tf 20 100 Td <0102030405060708090A0B0C0E0F101112131415161718191A1B> Tj ET"
    font = (
        b"/Font<</F<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 1/LastChar 30/Widths["
        + b"1 " * 30
        + b"]/Encoding<</Differences[1 /a]>>/CharProcs<</a 4 0 R>>>>>>"
    )

    with pytest.raises(Refused, match=r"扫描件|没有文字"):
        read_pdf(hand_made(garbled, font), "a.pdf")


def test_programs_and_remarks_of_a_pdf_are_told_and_never_run() -> None:
    script = b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(app.alert\\(1\\))>>]>>>>"
    remark = b"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(check this)>>]"
    data = hand_made(
        b"BT /F 12 Tf 20 100 Td (Contract text of one line) Tj ET", catalog=script, page=remark
    )

    source = read_file(data, name="a.pdf")

    assert inside(source) == ["Contract text of one line"]
    assert [note.kind for note in source.notes] == [NoteKind.MACRO, NoteKind.COMMENT]
    assert "check this" in source.notes[1].says


def test_what_is_filled_in_on_a_form_is_read() -> None:
    field = b"/Annots[<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[20 20 200 40]/F 4/AP<</N 6 0 R>>>>]"
    form = b"BT /F 12 Tf 2 5 Td (Filled in 2026-01-01) Tj ET"
    data = hand_made(b"BT /F 12 Tf 20 100 Td (Signed on the following day) Tj ET", page=field)
    appearance = (
        b"6 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 180 20]/Resources<</Font<</F 5 0 R>>>>/Length %d>>stream\n%s\nendstream\nendobj\n"
        % (len(form), form)
    )
    data = data.replace(b"trailer", appearance + b"trailer")

    assert inside(read_file(data, name="a.pdf")) == [
        "Signed on the following day",
        "Filled in 2026-01-01",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\nnothing at all", "损坏|没有页"),
        (hand_made(b""), "没有文字"),
        (hand_made(b"0 0 m"), "没有文字"),
    ],
)
def test_a_pdf_without_anything_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as caught:
        read_file(data, name="a.pdf")
    assert caught.value.doubts[0].mend


def test_a_pdf_cut_short_or_with_flipped_bytes_is_read_or_refused(printed: Print) -> None:
    whole = printed(SENTENCE)
    for n in range(1, 9):
        broken = bytearray(whole[: len(whole) * n // 9] if n % 2 else whole)
        for at in range(n * 37, len(broken), 4001):
            broken[at] ^= n
        assert read_or_refused(bytes(broken))


def test_too_many_pages_are_refused_and_somebody_may_cancel(
    printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = printed(THREE)
    done: list[tuple[int, int]] = []
    with pytest.raises(Cancelled):
        read_file(
            data,
            name="a.pdf",
            progress=lambda *at: done.append(at),
            cancelled=lambda: len(done) == 1,
        )
    assert done == [(1, 3)]

    monkeypatch.setattr(pdf_module, "LIMITS", replace(LIMITS, pages=2))
    with pytest.raises(Refused, match="页数太多：3，最多读 2"):
        read_file(data, name="a.pdf")


def test_a_drawing_of_a_hundred_thousand_lines_is_no_table_and_takes_no_time() -> None:
    strokes = b"".join(
        b"%d 0 m %d 200 l S 0 %d m 300 %d l S\n" % (n % 300, n % 300, n % 200, n % 200)
        for n in range(50_000)
    )
    start = time.perf_counter()

    source = read_file(
        hand_made(b"BT /F 12 Tf 20 100 Td (A plan of the site) Tj ET\n" + strokes), name="a.pdf"
    )

    assert source.blocks
    assert time.perf_counter() - start < 10
