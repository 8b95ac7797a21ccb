"""填报表: one description of a table, from which come its template, its reading and the file of the rows that failed.

A table is brought as xlsx or as CSV. Nothing in it is calculated; text that looks like a formula is text, going out and
coming in. A row that cannot be read says in which column and why, and the others are read all the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from unicodedata import east_asian_width, normalize

from xlsxwriter import Workbook

from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.intake.sheets import read_xlsx
from lvyue.reading.source import Grid

#: The column in which failed rows come back with their reasons; it is not read.
TROUBLE = "问题"

#: What begins the row that explains the columns; it is not read either.
NOTE = "说明："

#: What a spreadsheet takes for the beginning of a formula, and what we put before it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: More rows than anybody fills in by hand, and more bytes than they take.
ROWS, BYTES = 5_000, 10 * 1024 * 1024
CELL = 5_000

#: No sheet is read further down than this.
DEEPEST = 100_000

BOM = b"\xef\xbb\xbf"

_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0?0:00(?::00)?)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
#: What a spreadsheet counts days from, and the days of this century in its count.
_ZERO, _SERIALS = date(1899, 12, 30), range(36_526, 73_050)
_PLACE = re.compile(r".*!([A-Z]{1,3})(\d{1,7})")

_YES = frozenset({"是", "y", "yes", "true", "1", "√", "✓", "对"})
_NO = frozenset({"否", "n", "no", "false", "0", "×", "✗", "不"})


class ColumnKind(Enum):
    """栏的种类: what stands in the cells of a column."""

    TEXT = "文字"
    DAY = "日期"
    WHOLE = "整数"
    CHOICE = "选一项"
    FLAG = "是或否"


Value = str | date | int | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """栏: what it is called in programs and in Chinese, what stands in it, and what to say to who fills it in.

    ``choices`` are codes with their words; both are understood, and the template offers the words.
    """

    key: str
    zh: str
    kind: ColumnKind = ColumnKind.TEXT
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    note: str = ""
    example: str = ""

    @property
    def says(self) -> str:
        """The words of the row that explains the columns."""
        told = ["必填" if self.required else "可不填", self.kind.value]
        if self.note:
            told.append(self.note)
        return "，".join(told)


@dataclass(frozen=True, slots=True)
class TableForm:
    """填报表的样子: its name and its columns, in order."""

    name: str
    columns: tuple[Column, ...]

    def find(self, head: str) -> Column | None:
        """The column of a head, by its Chinese name or its key."""
        plain = normalize("NFKC", head).strip().rstrip("*").strip().lower()
        return next((one for one in self.columns if plain in (one.zh.lower(), one.key)), None)


@dataclass(frozen=True, slots=True)
class Filled:
    """填好的一行: its number as a spreadsheet counts it, what it says, what stands against it, and how it was written."""

    number: int
    values: Mapping[str, Value]
    doubts: tuple[Doubt, ...]
    written: tuple[str, ...]

    def text(self, key: str) -> str:
        """The text of a column; empty where there is none."""
        found = self.values.get(key)
        return found if isinstance(found, str) else ""

    def day(self, key: str) -> date | None:
        found = self.values.get(key)
        return found if isinstance(found, date) else None


@dataclass(frozen=True, slots=True)
class FilledTable:
    """填好的表: its rows, and its head as it was written."""

    name: str
    head: tuple[str, ...]
    rows: tuple[Filled, ...]
    form: TableForm = field(repr=False)


# ── cells that are safe to open ──────────────────────────────────────────────────────────────────────────────────


def guarded(cell: str) -> str:
    """A cell that a spreadsheet takes for text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """A cell as it was meant: what `guarded` put before it is taken away again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


# ── files into rows of text ──────────────────────────────────────────────────────────────────────────────────────


def records_of(data: bytes, name: str) -> list[list[str]]:
    """The cells of a CSV or of the first sheet of an xlsx as text; row 1 is the first of the list, empty rows are empty."""
    if data.startswith(b"PK"):
        return _of_xlsx(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        says = "这是旧式的 .xls，或者加了密码。"
        raise Refused([malformed(name, says, "请在 Excel 或 WPS 中另存为 .xlsx。")])
    return csv_records(decoded(data, name), name)


def decoded(raw: bytes, name: str) -> str:
    """UTF-8 if it is that, else GB18030, which spreadsheets of here write."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    says = "既不是 UTF-8 也不是 GB18030 编码。"
    raise Refused([malformed(name, says, "请另存为“CSV UTF-8”，或改用 .xlsx。")])


def csv_records(text: str, name: str) -> list[list[str]]:
    """The rows of a CSV."""
    if "\0" in text:
        says = "文件里有空字符，不是 CSV 文本。"
        raise Refused([malformed(name, says, "表格文件请另存为“CSV UTF-8”。")])
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        says = f"读不成 CSV：{error}。"
        raise Refused([malformed(name, says, "请用电子表格打开后另存为“CSV UTF-8”。")]) from error


def _of_xlsx(data: bytes, name: str) -> list[list[str]]:
    grid = next((one for one in read_xlsx(data, name).blocks if isinstance(one, Grid)), None)
    if grid is None:
        raise Refused([malformed(name, "表格是空的。", "请从模板开始填写。")])
    rows = list[list[str]]()
    for cell in grid.cells:
        found = _PLACE.fullmatch(cell.place.block or "")
        if found is None:
            continue
        row, column = int(found[2]), _column(found[1])
        if cell.rows > 1 or cell.columns > 1:
            place = f"{name} 第 {row} 行"
            says = f"{found[1]}{found[2]} 是合并的单元格，说不清它属于哪几行。"
            raise Refused([malformed(place, says, "请取消合并，每行写全。")])
        if row > DEEPEST:
            raise _too_many(name, row, DEEPEST)
        while len(rows) < row:
            rows.append([])
        line = rows[row - 1]
        line.extend([""] * (column + 1 - len(line)))
        line[column] = cell.text
    return rows


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _too_many(name: str, rows: int, most: int = ROWS) -> Refused:
    says = f"有 {rows} 行，一次最多 {most} 行。"
    return Refused([malformed(name, says, "请分成几个文件。")])


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def read_table(form: TableForm, data: bytes, name: str) -> FilledTable:
    """Every row with what it says or what stands against it. `Refused` where the file or its head cannot be read."""
    if len(data) > BYTES:
        says = f"文件有 {len(data) >> 20} MB，最多 {BYTES >> 20} MB。"
        raise Refused([malformed(name, says, "请分成几个文件。")])
    records = records_of(data, name)
    return table_from(form, records, name)


def table_from(form: TableForm, records: Sequence[Sequence[str]], name: str) -> FilledTable:
    """The same from rows of text, the first of which is the head."""
    if len(records) > ROWS + 2:
        raise _too_many(name, len(records))
    head = tuple(cell.strip() for cell in records[0]) if records else ()
    places = _heads(form, head, name)
    rows = [
        _filled(form, places, number, cells, name)
        for number, cells in enumerate(records[1:], start=2)
        if any(cell.strip() for cell in cells) and not cells[0].strip().startswith(NOTE)
    ]
    if not rows:
        raise Refused([malformed(name, "没有要导入的行。", "请从第三行起填写，再上传。")])
    return FilledTable(name, head, tuple(rows), form)


def _heads(form: TableForm, head: Sequence[str], name: str) -> dict[str, int]:
    place = f"{name} 第 1 行"
    doubts, found = list[Doubt](), dict[str, int]()
    for at, written in enumerate(head):
        if not written or written == TROUBLE:
            continue
        column = form.find(written)
        if column is None:
            known = "、".join(one.zh for one in form.columns)
            doubts.append(
                malformed(f"{place} 列 {written[:40]}", "没有这一列。", f"应为：{known}。")
            )
        elif column.key in found:
            doubts.append(malformed(f"{place} 列 {written[:40]}", "这一列有两个。", "请删去一个。"))
        else:
            found[column.key] = at
    for column in form.columns:
        if column.required and column.key not in found:
            doubts.append(malformed(f"{place} 列 {column.zh}", "缺这一列。", "请从模板开始。"))
    if doubts:
        raise Refused(doubts)
    return found


def _filled(
    form: TableForm, places: Mapping[str, int], number: int, cells: Sequence[str], name: str
) -> Filled:
    values, doubts = dict[str, Value](), list[Doubt]()
    for column in form.columns:
        at = places.get(column.key, len(cells))
        written = unguarded(cells[at].strip()) if at < len(cells) else ""
        place = f"{name} 第 {number} 行 列 {column.zh}"
        if not written:
            values[column.key] = None
            if column.required:
                doubts.append(malformed(place, "没有填写。", "这一栏必填。"))
        elif len(written) > CELL:
            doubts.append(malformed(place, f"有 {len(written)} 个字，最多 {CELL} 个。"))
        else:
            value = _value(column, written, place)
            if isinstance(value, Doubt):
                doubts.append(value)
            else:
                values[column.key] = value
    return Filled(number, values, tuple(doubts), tuple(cells))


def _value(column: Column, written: str, place: str) -> Value | Doubt:
    plain = normalize("NFKC", written).strip()
    match column.kind:
        case ColumnKind.TEXT:
            return written
        case ColumnKind.DAY:
            day = day_of(plain)
            return day or malformed(place, f"“{written[:40]}”不是日期。", "请写成 2026-03-01。")
        case ColumnKind.WHOLE:
            if re.fullmatch(r"-?[0-9]{1,18}", whole := plain.replace(",", "").removesuffix(".0")):
                return int(whole)
            return malformed(place, f"“{written[:40]}”不是整数。", "请只写数字。")
        case ColumnKind.FLAG:
            if plain.lower() in _YES:
                return True
            if plain.lower() in _NO:
                return False
            return malformed(place, f"“{written[:40]}”不是“是”或“否”。", "请写“是”或“否”。")
        case ColumnKind.CHOICE:
            for code, word in column.choices:
                if plain.lower() in (code.lower(), word.lower(), f"{word} {code}".lower()):
                    return code
            words = "、".join(word for _, word in column.choices[:20])
            return malformed(place, f"没有“{written[:40]}”这一项。", f"可以填：{words}。")


def day_of(plain: str) -> date | None:
    """A day as people write it, and as a spreadsheet counts it."""
    found = _DAY.fullmatch(plain) or _PACKED.fullmatch(plain)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
        if re.fullmatch(r"[0-9]{5}(\.0+)?", plain) and int(float(plain)) in _SERIALS:
            return _ZERO + timedelta(days=int(float(plain)))
    except ValueError:
        return None
    return None


# ── files out ────────────────────────────────────────────────────────────────────────────────────────────────────


def template(form: TableForm, ending: str) -> bytes:
    """A file to begin with. The xlsx offers what may be chosen, and has the codes on a hidden sheet."""
    notes = [one.says for one in form.columns]
    notes[0] = NOTE + notes[0]
    rows = [notes]
    if any(one.example for one in form.columns):
        rows.append([one.example for one in form.columns])
    heads = [one.zh for one in form.columns]
    return _csv(heads, rows) if ending == "csv" else workbook(form, heads, rows)


def failed(table: FilledTable, reasons: Mapping[int, Sequence[str]], ending: str) -> bytes:
    """The rows of these numbers as they were written, with what stands against them in a last column."""
    heads = [one for one in table.head if one != TROUBLE]
    kept = [at for at, one in enumerate(table.head) if one != TROUBLE]
    rows = [
        [
            *(unguarded(row.written[at]) if at < len(row.written) else "" for at in kept),
            "；".join(reasons[row.number]),
        ]
        for row in table.rows
        if row.number in reasons
    ]
    heads.append(TROUBLE)
    return _csv(heads, rows) if ending == "csv" else workbook(table.form, heads, rows)


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return BOM + out.getvalue().encode()


def workbook(form: TableForm, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """An xlsx with these rows, which offers in each column what may be chosen there."""
    out = io.BytesIO()
    book = Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page, codes = book.add_worksheet(form.name[:31]), book.add_worksheet("代码")
    bold = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    soft = book.add_format({"font_color": "#666666", "text_wrap": True, "valign": "top"})
    choosing = 0
    for at, head in enumerate(heads):
        column = form.find(head)
        page.write_string(0, at, head, bold)
        lines = [head, *(row[at] for row in rows if at < len(row))]
        width = max(sum(1 + (east_asian_width(sign) in "WF") for sign in one) for one in lines)
        page.set_column(at, at, min(max(width + 2, 10), 40), text)
        if column is None:
            continue
        offered = [word for _, word in column.choices]
        if column.kind is ColumnKind.FLAG:
            offered = ["是", "否"]
        if offered:
            for line, (code, word) in enumerate(column.choices or (("", "是"), ("", "否"))):
                codes.write_string(line, choosing * 2, word)
                codes.write_string(line, choosing * 2 + 1, code)
            letter = _letters(choosing * 2)
            source = f"=代码!${letter}$1:${letter}${len(offered)}"
            page.data_validation(
                2,
                at,
                ROWS,
                at,
                {
                    "validate": "list",
                    "source": source,
                    "error_title": column.zh[:32],
                    "error_message": "请从列表中选一项。",
                },
            )
            choosing += 1
    for line, row in enumerate(rows, start=1):
        style = soft if row and row[0].startswith(NOTE) else text
        for at, cell in enumerate(row):
            page.write_string(line, at, cell, style)
    codes.hide()
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _letters(column: int) -> str:
    return chr(ord("A") + column)
