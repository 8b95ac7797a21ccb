"""Excel 表格: each sheet of an xlsx is a grid of what its cells show; a cell is named as everybody names it, 费用!B7.

Nothing is calculated: a formula counts by the result that Excel saved. One without a saved result is told, since an empty
price is worse than none. Text that looks like a formula is text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from lxml import etree

from lvyue.intake.limits import LIMITS
from lvyue.intake.package import Package
from lvyue.intake.paragraph import Seen
from lvyue.intake.refusals import Asked, Progress, go_on, refuse, too_large
from lvyue.intake.shown import BUILT_IN, shown
from lvyue.reading.source import Block, Cell, Grid, Line, NoteKind, Place, Source, SourceKind

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WORKBOOK = "xl/workbook.xml"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_NAMELESS = re.compile(r"(sheet|工作表)\s*\d*", re.IGNORECASE)
_ERROR = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)")
At = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Book:
    """工作簿: strings and formats that the sheets refer to by number."""

    strings: list[str]
    formats: list[str]
    since_1904: bool


@dataclass(frozen=True, slots=True)
class _Sheet:
    """工作表: its name, whether it is hidden, and the member that holds it."""

    name: str
    hidden: bool
    member: str


def read_xlsx(
    data: bytes, name: str, progress: Progress | None = None, cancelled: Asked | None = None
) -> Source:
    """The sheets that a person sees, in their order."""
    seen = Seen()
    blocks: list[Block] = []
    with Package(data, name) as package:
        root = package.xml(WORKBOOK)
        if root is None:
            raise refuse(name, "文件里没有工作簿。", "请在 Excel 或 WPS 中另存一份再读入。")
        if any(member.lower().endswith("vbaproject.bin") for member in package.names()):
            seen.note(
                NoteKind.MACRO, Place(block="vba"), "文件带有宏程序，没有运行它，只读了表格。"
            )
        book = _book(package, root)
        sheets = list(_sheets(package, root))
        cells = 0
        for done, sheet in enumerate(sheets, start=1):
            go_on(name, cancelled)
            grid = _read_sheet(package, sheet, book, seen, cells)
            if progress is not None:
                progress(done, len(sheets))
            if grid is None:
                continue
            cells += len(grid.cells)
            if not _NAMELESS.fullmatch(sheet.name.strip()):
                blocks.append(Line(sheet.name, Place(block=sheet.name)))
            blocks.append(grid)
    if not blocks:
        raise refuse(name, "表格是空的，或者所有工作表都隐藏了。", "请检查是否选错了文件。")
    return Source(
        name=name,
        sha256=sha256(data).hexdigest(),
        kind=SourceKind.XLSX,
        blocks=tuple(blocks),
        notes=tuple(seen.notes()),
    )


def _sheets(package: Package, root: etree._Element) -> Iterator[_Sheet]:
    related = package.related(WORKBOOK)
    for one in root.iterfind(f"{S}sheets/{S}sheet"):
        kind, member = related.get(one.get(f"{R}id", ""), ("", ""))
        if kind == "worksheet":
            hidden = one.get("state", "visible") != "visible"
            yield _Sheet(one.get("name", ""), hidden, member)


def _book(package: Package, root: etree._Element) -> _Book:
    properties = root.find(f"{S}workbookPr")
    return _Book(
        strings=[_joined(one) for one in _children(package.xml("xl/sharedStrings.xml"), "si")],
        formats=_formats(package.xml("xl/styles.xml")),
        since_1904=properties is not None and properties.get("date1904") in {"1", "true"},
    )


def _children(root: etree._Element | None, tag: str) -> Iterator[etree._Element]:
    if root is not None:
        yield from root.iterfind(f"{S}{tag}")


def _joined(element: etree._Element) -> str:
    """The text of a string, without the reading aids (拼音) that Excel keeps beside it."""
    pieces = [
        one.text or ""
        for one in element.iter(f"{S}t")
        if (parent := one.getparent()) is not None and parent.tag != f"{S}rPh"
    ]
    return _clean("".join(pieces))


def _clean(text: str) -> str:
    unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    if not unescaped.isascii():  # halves of characters that somebody escaped one by one
        unescaped = unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _INVISIBLE.sub("", unescaped.replace("\r\n", "\n").replace("\r", "\n"))


def _formats(root: etree._Element | None) -> list[str]:
    """The number format of each style of cell."""
    if root is None:
        return []
    own = {
        _number(one.get("numFmtId")): one.get("formatCode", "General")
        for one in root.iterfind(f"{S}numFmts/{S}numFmt")
    }
    known = BUILT_IN | own
    return [
        known.get(_number(one.get("numFmtId")), "General")
        for one in root.iterfind(f"{S}cellXfs/{S}xf")
    ]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0  # noqa: PLR2004


# -------------------------------------------------------------------------------------------- a sheet


def _read_sheet(
    package: Package, sheet: _Sheet, book: _Book, seen: Seen, before: int
) -> Grid | None:
    place = Place(block=sheet.name)
    root = package.xml(sheet.member)
    if root is None:
        return None
    values = _values(root, sheet, book, seen, package.name, before)
    if sheet.hidden:
        if values:
            seen.note(
                NoteKind.HIDDEN,
                place,
                f"工作表「{sheet.name}」是隐藏的，没有读入；要读它，请先取消隐藏。",
            )
        return None
    if not values:
        return None
    return _grid(values, _merged(root), sheet, package.name)


def _values(
    root: etree._Element, sheet: _Sheet, book: _Book, seen: Seen, file: str, before: int
) -> dict[At, str]:
    """What each cell shows, by row and column from 0; hidden rows and columns left out and told."""
    out: dict[At, str] = {}
    hidden_columns = _hidden_columns(root)
    left_out = False
    row = -1
    for line in root.iterfind(f"{S}sheetData/{S}row"):
        row = _number(line.get("r")) - 1 if line.get("r") else row + 1
        hidden_row = line.get("hidden") in {"1", "true"}
        column = -1
        for cell in line.iterfind(f"{S}c"):
            found = _REFERENCE.fullmatch(cell.get("r", ""))
            column = _column(found[1]) if found else column + 1
            text = _shown(cell, book, seen, (sheet.name, column, row))
            if not text.strip():
                continue
            if hidden_row or any(first <= column <= last for first, last in hidden_columns):
                left_out = True
                continue
            out[row, column] = text
            if before + len(out) > LIMITS.cells:
                raise too_large(
                    file, "单元格", before + len(out), LIMITS.cells, "请只保留合同附件所用的表。"
                )
    if left_out and not sheet.hidden:
        seen.note(
            NoteKind.HIDDEN,
            Place(block=sheet.name),
            f"工作表「{sheet.name}」里隐藏的行或列没有读入。",
        )
    return out


def _hidden_columns(root: etree._Element) -> list[At]:
    return [
        (_number(one.get("min")) - 1, _number(one.get("max")) - 1)
        for one in root.iterfind(f"{S}cols/{S}col")
        if one.get("hidden") in {"1", "true"}
    ][: LIMITS.columns]


def _shown(cell: etree._Element, book: _Book, seen: Seen, at: tuple[str, int, int]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(f"{S}is")
        return _joined(inline) if inline is not None else ""
    value = cell.findtext(f"{S}v")
    if value is None:
        if cell.find(f"{S}f") is not None:
            name = _name(*at)
            seen.note(
                NoteKind.UNREAD,
                Place(block=name),
                f"{name} 是公式，但文件里没有存它的结果；请在 Excel 或 WPS 中打开并保存一次再读入。",
            )
        return ""
    if kind == "s":
        index = _number(value)
        return book.strings[index] if index < len(book.strings) else ""
    if kind == "b":
        return "是" if value == "1" else "否"
    if kind in {"str", "e", "d"}:
        if kind == "e" or _ERROR.fullmatch(value):
            name = _name(*at)
            seen.note(NoteKind.UNREAD, Place(block=name), f"{name} 的公式出错，显示为 {value}。")
        return _clean(value)
    style = _number(cell.get("s"))
    format_ = book.formats[style] if style < len(book.formats) else "General"
    return shown(value, format_, since_1904=book.since_1904)


def _merged(root: etree._Element) -> dict[At, At]:
    """From the upper left cell of a merged range to how many rows and columns it has."""
    out: dict[At, At] = {}
    for one in root.iterfind(f"{S}mergeCells/{S}mergeCell"):
        first, _, last = one.get("ref", "").partition(":")
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if begin and end and len(out) < LIMITS.cells:
            row, column = int(begin[2]) - 1, _column(begin[1])
            rows, columns = int(end[2]) - row, _column(end[1]) + 1 - column
            if rows > 0 and columns > 0:
                out[row, column] = (rows, columns)
    return out


def _grid(values: dict[At, str], merged: dict[At, At], sheet: _Sheet, file: str) -> Grid:
    """The used part of a sheet, from its first to its last row and column with something in it.

    Rows and columns with nothing in them are dropped, so that one cell far away does not make a grid of a million.
    """
    row_numbers = sorted({row for row, _ in values})
    column_numbers = sorted({column for _, column in values})
    if len(column_numbers) > LIMITS.columns:
        raise too_large(file, "表格的列", len(column_numbers), LIMITS.columns, "请检查这份表格。")
    rows = {number: n for n, number in enumerate(row_numbers)}
    columns = {number: n for n, number in enumerate(column_numbers)}
    cells = [
        Cell(
            text,
            Place(block=_name(sheet.name, column, row)),
            rows[row],
            columns[column],
            *_kept(merged.get((row, column), (1, 1)), row, column, row_numbers, column_numbers),
        )
        for (row, column), text in sorted(values.items())
    ]
    first = f"{_letters(column_numbers[0])}{row_numbers[0] + 1}"
    last = f"{_letters(column_numbers[-1])}{row_numbers[-1] + 1}"
    place = Place(block=f"{sheet.name}!{first}:{last}")
    return Grid(tuple(cells), len(row_numbers), len(column_numbers), place)


def _kept(span: At, row: int, column: int, row_numbers: list[int], column_numbers: list[int]) -> At:
    """A span counted in the rows and columns that were kept."""
    if span == (1, 1):
        return span
    rows = bisect_left(row_numbers, row + span[0]) - bisect_left(row_numbers, row)
    columns = bisect_left(column_numbers, column + span[1]) - bisect_left(column_numbers, column)
    return max(1, rows), max(1, columns)


@lru_cache(maxsize=LIMITS.columns)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


@lru_cache(maxsize=LIMITS.columns)
def _letters(column: int) -> str:
    out, number = "", column + 1
    while number > 0:
        number, rest = divmod(number - 1, 26)
        out = chr(ord("A") + rest) + out
    return out


def _name(sheet: str, column: int, row: int) -> str:
    """A cell as everybody names it."""
    return f"{sheet}!{_letters(column)}{row + 1}"
