"""原文: what intake hands over, whatever the file was: lines and grids in reading order, each with its place.

A place is what a person can be shown: a line of a text, a box on a page, a block of a docx, a cell of a sheet. Characters of
a PDF or a scan have their own edges, so that a value of three characters is a box of three characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

#: left, top, right, bottom in points (1/72 inch) from the upper left corner of the page
Box: TypeAlias = tuple[float, float, float, float]


class SourceKind(StrEnum):
    """原文种类: what the file is, by its bytes and not by its name."""

    TEXT = "text"
    DOCX = "docx"
    PDF = "pdf"
    SCAN = "scan"
    XLSX = "xlsx"

    @property
    def zh(self) -> str:
        return {
            "text": "文本",
            "docx": "Word 文档",
            "pdf": "PDF",
            "scan": "扫描件",
            "xlsx": "Excel 表格",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Place:
    """位置: where something stands in the file: ``line`` (1-based) of a text, ``page`` (1-based) and ``box``, or the ``block`` of a docx or sheet.

    ``column`` (0-based character of the line) narrows a line; a block names its path, such as ``t18/r0/c1/p0`` or
    ``费用!B7``.
    """

    line: int | None = None
    column: int | None = None
    page: int | None = None
    box: Box | None = None
    block: str | None = None

    def as_json(self) -> Mapping[str, Any]:
        """The same for files and interfaces, with only what is known; boxes in tenths of a point."""
        out: dict[str, Any] = {}
        if self.line is not None:
            out["line"] = self.line
        if self.page is not None:
            out["page"] = self.page
        if self.box is not None:
            out["box"] = [round(edge, 1) for edge in self.box]
        if self.block is not None:
            out["block"] = self.block
        return out

    def __str__(self) -> str:
        if self.line is not None:
            return f"第{self.line}行"
        if self.page is not None:
            return f"第{self.page}页"
        return block_zh(self.block) if self.block else "原文"


#: How the path of a docx begins, or what stands in it, and what people call that.
_PARTS_OF_DOCX = (
    (re.compile(r"header\d*/"), "页眉"),
    (re.compile(r"footer\d*/"), "页脚"),
    (re.compile(r"footnote"), "脚注"),
    (re.compile(r"endnote"), "尾注"),
    (re.compile(r"[\w/]*/x\d+/"), "文本框"),
)
_PARAGRAPH = re.compile(r"p(\d+)")
_TABLE_CELL = re.compile(r"t\d+(?:/r(\d+)/c(\d+)(?:/\w+)*)?")


def block_zh(block: str) -> str:
    """A path of a docx as people say it; the cells of a sheet have their names already."""
    if found := _PARAGRAPH.fullmatch(block):
        return f"第{int(found[1]) + 1}段"
    if found := _TABLE_CELL.fullmatch(block):
        row, column = found.groups()
        return f"表格第{int(row) + 1}行第{int(column) + 1}列" if row else "表格"
    return next((zh for pattern, zh in _PARTS_OF_DOCX if pattern.match(block)), block)


@dataclass(frozen=True, slots=True)
class Line:
    """行: one line of a text or page, or one paragraph of a docx, as it stands there; nothing is mended here.

    ``edges`` (PDF and scans) are the x positions between characters, one more than there are characters; ``scores``
    (scans) say how sure the recognition is of each character, 0 to 1. ``indented`` and ``full`` (PDF and scans) tell whether
    the line begins further in than the text does, and whether it runs up to the right margin; None where the format
    does not break lines. ``numbered`` counts the leading characters that Word numbers by itself and that stand in no
    paragraph of the file. ``outside`` marks a line that is no part of the running text: a text box, a page head or foot.
    """

    text: str
    place: Place
    edges: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()
    indented: bool | None = None
    full: bool | None = None
    numbered: int = 0
    outside: bool = False

    def place_of(self, start: int, end: int) -> Place:
        """The place of some of its characters: narrower than the line where the format tells."""
        if self.place.box is not None and len(self.edges) == len(self.text) + 1:
            _, top, _, bottom = self.place.box
            return replace(self.place, box=(self.edges[start], top, self.edges[end], bottom))
        if self.place.line is not None:
            return replace(self.place, column=start)
        return self.place


@dataclass(frozen=True, slots=True)
class Cell:
    """单元格: its text (inner line breaks as they are), where its upper left corner is in the grid, and what it spans."""

    text: str
    place: Place
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """表: cells with their spans, in the order of the paper. ``goes_on``: it continues the grid before it over a page break."""

    cells: tuple[Cell, ...]
    rows: int
    columns: int
    place: Place
    goes_on: bool = False


Block: TypeAlias = Line | Grid


class NoteKind(StrEnum):
    """读入提示: what intake saw and a person should know before trusting the text."""

    INSERTED = "inserted"  #: a tracked insertion, read as text
    DELETED = "deleted"  #: a tracked deletion, left out
    COMMENT = "comment"  #: a comment in the margin
    HIDDEN = "hidden"  #: hidden text, left out
    MACRO = "macro"  #: the file carries a program, which was not run
    ENCODING = "encoding"  #: the text was not UTF-8
    CONTROL = "control"  #: control characters, taken out
    UNREAD = "unread"  #: ink on a page that no character accounts for
    UNSURE = "unsure"  #: characters that recognition is not sure of
    SEAL = "seal"  #: a red seal over text
    PICTURE = "picture"  #: a picture whose content was not read
    TURNED = "turned"  #: a page that was turned or set straight


@dataclass(frozen=True, slots=True)
class SourceNote:
    """提示: kind, where, and what a person is told."""

    kind: NoteKind
    place: Place
    says: str


@dataclass(frozen=True, slots=True)
class PageSize:
    """页面: width and height in points."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Source:
    """原文: one file, read: its hash, its kind, its blocks in reading order, and what intake noticed.

    ``pages`` is empty where the format has none. ``characters`` counts those of all blocks, blanks left out.
    """

    name: str
    sha256: str
    kind: SourceKind
    blocks: tuple[Block, ...]
    pages: tuple[PageSize, ...] = ()
    notes: tuple[SourceNote, ...] = ()

    @property
    def characters(self) -> int:
        return sum(
            sum(not char.isspace() for char in text)
            for block in self.blocks
            for text in (
                [block.text] if isinstance(block, Line) else [cell.text for cell in block.cells]
            )
        )
