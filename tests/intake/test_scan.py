"""Scans: what is read off pictures, where it stands on the page, and that nothing on a page vanishes in silence."""

from __future__ import annotations

import io
import sys
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lvyue.core.doubts import Refused
from lvyue.intake import frames, picture, scan, scan_lines, scan_tables
from lvyue.intake.frames import Frame, Ruled, Underline
from lvyue.intake.ocr import Char, Strip
from lvyue.intake.page_reading import PageRead
from lvyue.intake.picture import Picture, Straight, straighten
from lvyue.intake.refusals import Cancelled
from lvyue.intake.scan_lines import Read
from lvyue.library.papers import papers
from lvyue.reading.source import Block, Cell, Grid, Line, NoteKind, PageSize, Place, Source

A4 = PageSize(595.0, 842.0)
slow = pytest.mark.slow


# ── pages to read: cut out of the scanned sample ─────────────────────────────────────────────────────────────────────


@cache
def page(number: int) -> Picture:
    """A page of the scanned sample contract at 200 dpi."""
    data = papers()["video-conference-2022"].files[0].content()
    with pypdfium2.PdfDocument(data) as document:
        return np.asarray(document[number - 1].render(scale=200 / 72).to_pil().convert("RGB"))


def piece(number: int, top: int, bottom: int) -> Picture:
    return page(number)[top:bottom]


def file_of(*pictures: Picture, form: str = "PNG") -> bytes:
    """Pictures as an image file that knows its resolution."""
    out = io.BytesIO()
    first, *more = [Image.fromarray(np.ascontiguousarray(one)) for one in pictures]
    extra = {"save_all": True, "append_images": more} if more else {}
    first.save(out, form, dpi=(200, 200), **extra)
    return out.getvalue()


@cache
def signature_page() -> Source:
    return scan.read_scan(file_of(piece(5, 60, 760)), "签字页.png")


def texts(source: Source) -> list[str]:
    return [block.text.replace(" ", "") for block in source.blocks if isinstance(block, Line)]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@slow
def test_lines_under_a_red_seal_are_read_and_the_seal_is_told() -> None:
    source = signature_page()

    assert "甲方（盖章）：北京市交通委员会综合事务中心" in texts(source)
    assert "签约日期：2022.4.7" in texts(source)
    seals = [note for note in source.notes if note.kind is NoteKind.SEAL]
    assert len(seals) == 1
    assert "示例市" in seals[0].says


@slow
def test_every_character_has_its_edge_and_its_score_inside_the_page() -> None:
    source = signature_page()

    for line in source.blocks:
        assert isinstance(line, Line)
        assert len(line.edges) == len(line.text) + 1
        assert all(one <= other for one, other in pairwise(line.edges))
        assert len(line.scores) == len(line.text)
        assert line.place.box is not None
        left, top, right, bottom = line.place.box
        assert 0 <= left < right <= source.pages[0].width
        assert 0 <= top < bottom <= source.pages[0].height


@slow
def test_a_ruled_table_keeps_its_cells_and_empty_ones_stay_empty() -> None:
    source = scan.read_scan(file_of(piece(2, 300, 720)), "表.png")
    (grid,) = [block for block in source.blocks if isinstance(block, Grid)]

    cells = {(cell.row, cell.column): cell.text for cell in grid.cells}

    assert (grid.rows, grid.columns) == (8, 3)
    assert [cells[row, 0] for row in range(8)] == [
        "",
        "法定代表人",
        "联系人",
        "地址",
        "邮编",
        "电话",
        "传真",
        "电子邮件",
    ]
    assert (cells[4, 1], cells[4, 2]) == ("100073", "")


@slow
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_that_lies_on_its_side_or_its_head_is_turned_and_told(turns: int) -> None:
    straight = piece(1, 60, 460)
    source = scan.read_scan(file_of(np.rot90(straight, turns)), "转.png")

    assert any("凡备有选项的条款" in text for text in texts(source))
    assert [note.kind for note in source.notes].count(NoteKind.TURNED) == 1
    across, down = source.pages[0].width, source.pages[0].height
    assert (across > down) is (turns == 2)  # the size of the page as it lies in the file
    assert all(box[2] <= across and box[3] <= down for b in source.blocks if (box := b.place.box))


@slow
def test_ink_that_gives_no_characters_is_told_with_its_place() -> None:
    """A scribble of a pen, as people leave beside a clause."""
    marked = piece(5, 60, 400).copy()
    chance = np.random.default_rng(7)
    points = np.stack([chance.integers(1100, 1350, 40), chance.integers(220, 262, 40)], axis=1)
    cv2.polylines(
        marked, [points.astype(np.int32)], isClosed=False, color=(20, 20, 20), thickness=2
    )

    source = scan.read_scan(file_of(marked), "批注.png")

    told = [
        n.place.box
        for n in source.notes
        if n.kind in {NoteKind.UNREAD, NoteKind.UNSURE} and n.place.box
    ]
    assert any(
        box[0] < 1350 * 0.36 and box[2] > 1100 * 0.36 and box[1] < 262 * 0.36 for box in told
    )
    assert "代表人（签字）：示例丁" in texts(source)


# ── pages, one after the other ───────────────────────────────────────────────────────────────────────────────────────


def blank(height: int = 200) -> Picture:
    return np.full((height, 300, 3), 255, np.uint8)


def test_pages_are_counted_while_they_are_read_and_reading_stops_between_two() -> None:
    data = file_of(blank(), blank(), blank(), form="TIFF")
    seen: list[tuple[int, int]] = []

    source = scan.read_scan(data, "三页.tif", lambda done, of: seen.append((done, of)))

    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert (len(source.pages), source.blocks) == (3, ())
    with pytest.raises(Cancelled):
        scan.read_scan(data, "三页.tif", None, lambda: True)


def test_without_the_extra_a_scan_is_turned_away_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "lvyue.intake.ocr", None)

    with pytest.raises(Refused) as refused:
        scan.read_scan(file_of(blank()), "合同.png")

    assert "lvyue[ocr]" in refused.value.doubts[0].mend


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"%PDF-1.4 nothing", b"II*\0\xff\xff"]
)
def test_a_broken_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        scan.read_scan(data, "坏.png")

    assert "打不开" in refused.value.doubts[0].says


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    """A gigapixel of white is a few kilobytes of file."""
    data = bytearray(file_of(blank()))
    data[16:24] = (60_000).to_bytes(4, "big") * 2

    with pytest.raises(Refused):
        scan.read_scan(bytes(data), "炸弹.png")


# ── setting straight ─────────────────────────────────────────────────────────────────────────────────────────────────


def ruled_paper(angle: float) -> Picture:
    """Lines of grains, as print looks from afar, rising by an angle."""
    grey = np.full((1200, 850), 245, np.uint8)
    chance = np.random.default_rng(3)
    for y in range(120, 1080, 34):
        for x in range(90, 760, 22):
            wide, high = chance.integers(8, 20), chance.integers(10, 18)
            grey[y : y + high, x : x + wide] = 30
    matrix = cv2.getRotationMatrix2D((425, 600), angle, 1)
    return cv2.warpAffine(grey, matrix, (850, 1200), borderValue=(245,))


@pytest.mark.parametrize("angle", [-3.3, -0.6, 0.0, 0.8, 2.45])
def test_the_skew_of_a_page_is_found_to_a_tenth_of_a_degree(angle: float) -> None:
    skew, lying = picture.skew_of(ruled_paper(angle))

    assert skew == pytest.approx(-angle, abs=0.11)
    assert not lying


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_a_pixel_leads_back_to_the_point_that_a_person_sees(turned: int) -> None:
    sheet = np.full((2339, 1654, 3), 250, np.uint8)
    sheet[300:312, 500:512] = 0

    straight = straighten(sheet, A4, turned=turned)
    ys, xs = np.nonzero(straight.grey < 100)
    left, top, right, bottom = straight.points(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)

    assert (left, right) == pytest.approx((500 * 595 / 1654, 512 * 595 / 1654), abs=1.5)
    assert (top, bottom) == pytest.approx((300 * 842 / 2339, 312 * 842 / 2339), abs=1.5)


def test_a_photographed_sheet_is_pulled_flat() -> None:
    table_top = np.full((1600, 1200, 3), (90, 70, 50), np.uint8)
    corners = np.array([[150, 120], [1050, 180], [1100, 1480], [90, 1420]], np.int32)
    cv2.fillConvexPoly(table_top, corners, (235, 235, 235))
    cv2.circle(table_top, (600, 800), 9, (10, 10, 10), -1)

    straight = straighten(table_top, PageSize(600, 800), photograph=True)

    assert straight.flattened
    assert float(np.median(straight.grey[:60, :60])) > 200  # paper up to the corner, and no table
    ys, xs = np.nonzero(straight.grey < 90)
    left, top, right, bottom = straight.points(xs.min(), ys.min(), xs.max(), ys.max())
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((300, 400), abs=3)


def test_red_letters_stay_and_a_red_seal_fades() -> None:
    """A letterhead is red as well; only what is round is a seal."""
    sheet = np.full((2339, 1654, 3), 250, np.uint8)
    cv2.putText(
        sheet, "OFFICE OF SAMPLES", (200, 200), cv2.FONT_HERSHEY_SIMPLEX, 3, (210, 20, 30), 10
    )
    cv2.circle(sheet, (800, 1500), 160, (210, 20, 30), 8)
    cv2.putText(sheet, "SIGNED", (700, 1510), cv2.FONT_HERSHEY_SIMPLEX, 2, (20, 20, 20), 5)

    straight = straighten(sheet, A4)

    assert len(straight.seals) == 1
    assert straight.grey[120:210, 200:1300].min() < 120
    assert straight.grey[1330:1370, 780:820].min() > 200  # the ring
    assert straight.grey[1450:1520, 700:900].min() < 90  # the signature


# ── what is drawn on a page ──────────────────────────────────────────────────────────────────────────────────────────


def drawn_table() -> Picture:
    """Three columns and four rows; the head of two columns is one cell, the first column runs over two rows."""
    sheet = np.full((1000, 1600), 250, np.uint8)
    xs, ys = [200, 500, 900, 1400], [300, 400, 500, 600, 700]
    for y in ys:
        cv2.line(sheet, (xs[0] if y != 600 else xs[1], y), (xs[-1], y), (20,), 3)
    for place, x in enumerate(xs):
        cv2.line(sheet, (x, ys[0] if place != 2 else ys[1]), (x, ys[-1]), (20,), 3)
    return sheet


def test_cells_have_their_rows_columns_and_spans() -> None:
    (table,) = frames.ground(drawn_table()).tables

    spans = {(c.row, c.column): (c.rows, c.columns) for c in table.cells}

    assert (table.rows, table.columns) == (4, 3)
    assert spans[0, 1] == (1, 2)
    assert spans[2, 0] == (2, 1)
    assert len(spans) == 10


def test_an_underline_is_no_table_and_is_not_taken_for_ink() -> None:
    sheet = np.full((600, 1600), 250, np.uint8)
    cv2.line(sheet, (400, 300), (700, 300), (20,), 3)

    found = frames.ground(sheet)

    assert found.tables == ()
    (line,) = found.underlines
    assert (line.left, line.right, line.y) == pytest.approx((400, 700, 300), abs=16)
    assert found.ink.sum() < 12  # the round ends of the pen


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────

STRAIGHT = Straight(np.zeros((10, 10), np.uint8), np.diag([0.36, 0.36, 1.0]), A4)


def strip_of(text: str, left: int, top: int = 100, em: int = 30, score: float = 0.99) -> Read:
    chars = tuple(
        Char(char, score, left + em * (i + 0.5), ("1", 0.5)) for i, char in enumerate(text)
    )
    return Read(Strip(left, top, left + em * len(text), top + 40), chars)


def lines_of(*reads: Read, underlines: tuple[Underline, ...] = ()) -> list[Line]:
    return [line for _, line in scan_lines.lines(reads, underlines, STRAIGHT, 1)]


def test_a_blank_to_fill_in_is_read_as_one() -> None:
    before, after = strip_of("服务期限：", 100), strip_of("。期内每周巡检", 430)

    (line,) = lines_of(before, after, underlines=(Underline(255, 425, 138),))

    assert line.text.startswith("服务期限：____")
    assert line.text.endswith("_。期内每周巡检")
    assert len(line.edges) == len(line.text) + 1


def test_underlined_words_are_words_and_no_blank() -> None:
    (line,) = lines_of(strip_of("服务期限：一年。", 100), underlines=(Underline(250, 310, 138),))

    assert line.text == "服务期限：一年。"


def test_two_columns_of_a_head_stay_two_lines() -> None:
    lines = lines_of(strip_of("甲方：示例一", 100), strip_of("乙方：示例二", 700))

    assert [line.text for line in lines] == ["甲方：示例一", "乙方：示例二"]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("应当赔偿,不足部分(含利息)另行支付;", "应当赔偿，不足部分（含利息）另行支付；"),
        ("人民币¥1,118,000.00元(大写:叁元整),", "人民币¥1,118,000.00元（大写：叁元整），"),
        ("(1)响应时间:8:30前", "(1)响应时间：8:30前"),
        ("见第2.2条(a)项", "见第2.2条（a）项"),
        ("IP, port (TCP)", "IP, port (TCP)"),
    ],
)
def test_marks_among_han_are_full_width(read: str, meant: str) -> None:
    assert scan_lines.widened(read) == meant


@given(st.text(alphabet="甲乙12a,:;()（）。 ", max_size=60))
def test_widening_changes_no_place(text: str) -> None:
    wide = scan_lines.widened(text)

    assert len(wide) == len(text)
    assert scan_lines.widened(wide) == wide


def body(text: str, left: float, right: float, top: float) -> Line:
    return Line(text, Place(page=1, box=(left, top, right, top + 12)))


def test_lines_know_the_margins_of_their_page() -> None:
    words = "服务人应当按月提交书面报告并接受检查不得延误任何一项工作"
    lines = [body(words, 80, 520, 100 + 20 * i) for i in range(8)]
    lines += [body(words, 104, 520, 300), body("就此完毕。", 80, 140, 320)]

    (settled,) = scan_lines.settle([lines], [842.0])

    assert (settled[8].indented, settled[8].full) == (True, True)
    assert (settled[9].indented, settled[9].full) == (False, False)


def test_page_numbers_and_repeated_heads_are_outside() -> None:
    pages = [
        [
            body("示例市运维合同", 80, 200, 40),
            body(f"第{place}条服务", 80, 300, 200),
            body(str(place), 290, 300, 800),
        ]
        for place in (1, 2, 3)
    ]

    settled = scan_lines.settle(pages, [842.0] * 3)

    assert [[line.outside for line in own] for own in settled] == [[True, False, True]] * 3


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def ruled(rows: int) -> Ruled:
    cells = tuple(
        Frame(100 + 300 * c, 100 + 60 * r, 390 + 300 * c, 155 + 60 * r, r, c, 1, 1)
        for r in range(rows)
        for c in range(2)
    )
    return Ruled(100, 100, 700, 100 + 60 * rows, cells, rows, 2, (100, 400, 700))


def filled(rows: list[tuple[str, str]]) -> tuple[Grid, int]:
    reads = [
        strip_of(text, 110 + 300 * c, 105 + 60 * r)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
        if text
    ]
    grid, mended = scan_tables.grid(ruled(len(rows)), reads, STRAIGHT, 1)
    return grid, len(mended)


def test_a_lone_one_read_as_a_letter_is_a_one_in_a_column_of_numbers_and_is_told() -> None:
    grid, mended = filled(
        [
            ("设备", "数量"),
            ("空调", "3"),
            ("机柜", "一"),
            ("电池", "12"),
            ("探头", "l"),
            ("门禁", "4"),
        ]
    )

    assert [cell.text for cell in grid.cells if cell.column == 1] == [
        "数量",
        "3",
        "1",
        "12",
        "1",
        "4",
    ]
    assert mended == 2


def test_a_one_among_words_stays_a_word() -> None:
    grid, mended = filled([("阶段", "说明"), ("一", "培训"), ("二", "验收"), ("三", "移交")])

    assert [cell.text for cell in grid.cells if cell.column == 0] == ["阶段", "一", "二", "三"]
    assert mended == 0


def test_a_strip_over_two_cells_is_cut_at_the_rule() -> None:
    (one, other) = scan_tables.split([Strip(110, 105, 600, 150)], [ruled(2)])

    assert one.right < 400 < other.left


def grid_at(page_number: int, left: float) -> PageRead:
    cell = Cell("1", Place(page=page_number), 0, 0)
    grid = Grid((cell,), 1, 4, Place(page=page_number, box=(left, 60, 500, 200)))
    return PageRead((grid,), (), A4)


@pytest.mark.parametrize(("left", "goes_on"), [(81.0, True), (140.0, False)])
def test_a_table_goes_on_over_a_page_where_its_rules_do(left: float, *, goes_on: bool) -> None:
    settled = scan.settle([grid_at(1, 80.0), grid_at(2, left)])

    (second,) = settled[1].blocks
    assert isinstance(second, Grid)
    assert second.goes_on is goes_on


def test_a_page_number_between_does_not_end_a_table() -> None:
    number = Line("7", Place(page=1, box=(290.0, 800.0, 300.0, 812.0)))
    first = grid_at(1, 80.0)
    blocks: tuple[Block, ...] = (*first.blocks, number)

    settled = scan.settle([PageRead(blocks, (), A4), grid_at(2, 80.0)])

    assert [block.goes_on for block in settled[1].blocks if isinstance(block, Grid)] == [True]
