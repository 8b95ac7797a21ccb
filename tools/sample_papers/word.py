"""Sample contracts as docx with the numbers that Word counts by itself: no paragraph of the file contains its number.

Word keeps a counter for each level of a list. Where a paper counts as Word would, paragraphs share one list; where it does
not (a gap, a restart, a bullet in the middle), a fresh ``w:num`` with ``w:startOverride`` begins, as it does in real files.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt

from lvyue.core.numerals import numeral
from tools.sample_papers.content import BANNER, Grid, PageBreak, Paper, Paragraph, Title
from tools.sample_papers.sheets import placed

#: dates of the package and of its parts, so that the same papers are the same bytes
DAY = datetime(2026, 1, 1, tzinfo=UTC)
_ZIP_DAY = (2026, 1, 1, 0, 0, 0)
_BODY, _HEAD = "仿宋_GB2312", "黑体"


@dataclass(frozen=True, slots=True)
class Style:
    """编号样式: how Word writes a number: its format, its pattern (%1 is the level's own counter), and whether it is 1.1-like."""

    format: str
    text: str
    legal: bool = False
    font: str = ""


#: level by level; the levels above that a pattern names are counted with it
DECIMAL = (
    Style("chineseCounting", "%1、"),
    Style("decimal", "%1.%2", legal=True),
    Style("decimal", "%1.%2.%3", legal=True),
    Style("decimal", "(%4)"),
)
AGREEMENT = (
    Style("chineseCounting", "第%1条"),
    Style("decimal", "%1.%2.", legal=True),
    Style("decimal", "(%3)"),
    Style("lowerLetter", "(%4)"),
)
INTEGRITY = (
    Style("chineseCounting", "%1、"),
    Style("decimal", "%2、"),
    Style("decimal", "(%3)"),
)
LETTERS = (Style("lowerLetter", "%1."),)
BULLET = (Style("bullet", "-"),)
RECITALS = (Style("decimal", "%1、"),)

_LISTS = (DECIMAL, AGREEMENT, INTEGRITY, LETTERS, BULLET, RECITALS)


def docx(paper: Paper) -> bytes:
    """The paper as docx."""
    document = Document()
    _page(document)
    numbering = _Numbering(document)
    for item in paper.items:
        match item:
            case Title():
                _title(document, item)
            case Paragraph():
                _paragraph(document, item, numbering)
            case Grid():
                _grid(document, item)
            case PageBreak():
                document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.core_properties.author = "Lvyue"
    document.core_properties.title = paper.says
    document.core_properties.comments = BANNER
    document.core_properties.created = document.core_properties.modified = DAY
    return _settled(document)


def _settled(document: Any) -> bytes:
    """The package with fixed dates inside: a zip keeps the time at which each part was written."""
    first, out = io.BytesIO(), io.BytesIO()
    document.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            info = zipfile.ZipInfo(name, _ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(info, made.read(name))
    return out.getvalue()


def _page(document: Any) -> None:
    """A4 with the margins of GB/T 9704, and the banner at the head of each page."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    _run(section.header.paragraphs[0], BANNER, size=8)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _BODY, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY)


def _run(
    paragraph: Any, text: str, *, size: int = 12, bold: bool = False, font: str = _BODY
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    run.font.name = font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)  # noqa: SLF001 - python-docx has no other door


def _title(document: Any, title: Title) -> None:
    paragraph = document.add_paragraph()
    if title.large:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, title.text, size=18 if title.large else 14, bold=True, font=_HEAD)


def _paragraph(document: Any, item: Paragraph, numbering: _Numbering) -> None:
    paragraph = document.add_paragraph()
    if not numbering.give(paragraph, item):
        _run(paragraph, item.number)
    _run(paragraph, item.text, bold=item.heading, font=_HEAD if item.heading else _BODY)


# ------------------------------------------------------------------------------------------- numbers


@dataclass(slots=True)
class _Live:
    """A list that goes on: how far each level has counted, and the ``w:num`` that each level is written with.

    A num that begins a level at 4 would begin it at 4 again under the next parent; so it serves only until then.
    """

    base: int
    counters: list[int] = field(default_factory=lambda: [0] * 4)
    nums: list[int] = field(default_factory=list)

    def count(self, level: int, value: int) -> None:
        self.counters[level] = value
        for deeper in range(level + 1, 4):
            self.counters[deeper] = 0
            self.nums[deeper] = self.base


class _Numbering:
    """Gives paragraphs their list and level, and knows what Word will print there."""

    def __init__(self, document: Any) -> None:
        self.root = document.part.numbering_part.element
        for child in list(self.root):
            self.root.remove(child)
        for number, styles in enumerate(_LISTS):
            self.root.append(_abstract(number, styles))
        self.live: dict[tuple[int, str], _Live] = {}
        self.made = 0

    def give(self, paragraph: Any, item: Paragraph) -> bool:
        """Whether Word now numbers the paragraph. Number for number it prints what the paper prints."""
        found = _place(item)
        if found is None:
            return False
        styles, level, value = found
        number = _LISTS.index(styles)
        live = self.live.get((number, item.document))
        if live is None:
            again = any(other == number for other, _ in self.live)
            base = self._num(number, 0, 1) if again else self._num(number)
            live = self.live[number, item.document] = _Live(base, nums=[base] * 4)
        if live.counters[level] + 1 != value and styles is not BULLET:
            live.nums[level] = self._num(number, level, value)
        live.count(level, value)
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
        inner = OxmlElement("w:numPr")
        for tag, given in (("w:ilvl", level), ("w:numId", live.nums[level])):
            element = OxmlElement(tag)
            element.set(qn("w:val"), str(given))
            inner.append(element)
        properties.append(inner)
        return True

    def _num(self, number: int, level: int = 0, value: int | None = None) -> int:
        """A fresh num; with a value it begins that level anew. What is above is counted by the abstract list, and goes on."""
        self.made += 1
        anew = (
            f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{value}"/></w:lvlOverride>'
            if value is not None
            else ""
        )
        self.root.append(
            parse_xml(
                f'<w:num {nsdecls("w")} w:numId="{self.made}"><w:abstractNumId w:val="{number}"/>{anew}</w:num>'
            )
        )
        return self.made


def _abstract(number: int, styles: Sequence[Style]) -> Any:
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{style.format}"/>'
        f"{'<w:isLgl/>' if style.legal else ''}"
        f'<w:suff w:val="{"nothing" if style.text.endswith("、") else "space"}"/>'
        f'<w:lvlText w:val="{style.text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for i, style in enumerate(styles)
    )
    return parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">'
        f'<w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    )


_HAN = re.compile(r"第?([一二三四五六七八九十]+)[、条]")
_ARABIC = re.compile(r"\(?(\d+)[)、.]?")


def _place(item: Paragraph) -> tuple[tuple[Style, ...], int, int] | None:
    """List, level and value of a printed number; None where a person typed it."""
    printed = item.number.strip()
    if printed == "-":
        return BULLET, 0, 1
    if re.fullmatch(r"[a-z]\.", printed):
        return LETTERS, 0, ord(printed[0]) - ord("a") + 1
    if re.fullmatch(r"\([a-z]\)", printed):
        return AGREEMENT, 3, ord(printed[1]) - ord("a") + 1
    if found := _HAN.fullmatch(printed):
        styles = (
            AGREEMENT if printed[0] == "第" else DECIMAL if item.document == "main" else INTEGRITY
        )
        return styles, 0, numeral(found[1])
    return _counted(item, printed)


def _counted(item: Paragraph, printed: str) -> tuple[tuple[Style, ...], int, int] | None:
    if re.fullmatch(r"\d+(\.\d+)+\.?", printed):
        parts = printed.rstrip(".").split(".")
        return DECIMAL if item.document == "main" else AGREEMENT, len(parts) - 1, int(parts[-1])
    if found := _ARABIC.fullmatch(printed):
        if item.path[0].startswith("¶"):
            return RECITALS, 0, int(found[1])
        styles = {"main": DECIMAL, "保密协议": AGREEMENT}.get(item.document, INTEGRITY)
        depth = 1 if printed.endswith("、") else 3 if styles is DECIMAL else 2
        return styles, depth, int(found[1])
    return None


# -------------------------------------------------------------------------------------------- tables


def _grid(document: Any, grid: Grid) -> None:
    table = document.add_table(rows=len(grid.rows), cols=grid.columns)
    table.style = "Table Grid"
    for row, column, cell in placed(grid):
        target = table.cell(row, column)
        if cell.columns > 1 or cell.rows > 1:
            target = target.merge(table.cell(row + cell.rows - 1, column + cell.columns - 1))
        _cell(target.paragraphs[0], cell.text)
    for row in table.rows[: grid.heads]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _cell(paragraph: Any, text: str) -> None:
    """Words of a cell; ☐ is a check box that Word can tick."""
    for piece in re.split("(☐)", text):
        if piece == "☐":
            paragraph._p.append(parse_xml(_CHECK_BOX))  # noqa: SLF001
        elif piece:
            _run(paragraph, piece, size=10)


_CHECK_BOX = (
    f'<w:sdt {nsdecls("w")} xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:sdtPr>'
    '<w14:checkbox><w14:checked w14:val="0"/></w14:checkbox></w:sdtPr>'
    '<w:sdtContent><w:r><w:rPr><w:rFonts w:ascii="MS Gothic" w:eastAsia="MS Gothic" w:hAnsi="MS Gothic"/></w:rPr>'
    "<w:t>☐</w:t></w:r></w:sdtContent></w:sdt>"
)
