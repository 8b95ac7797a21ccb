"""导出: any list as people take it away: xlsx for a person, CSV in UTF-8 with a BOM for whatever else opens it.

A list is exported as it is seen: the same rows, the same order, the same filter. Text that a spreadsheet would run as a
formula stays text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from unicodedata import east_asian_width
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from xlsxwriter import Workbook

from lvyue.core.calendar import SHANGHAI
from lvyue.core.money import Money
from lvyue.intake.tabular import guarded

Cell = str | int | date | datetime | Money | None

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """表: a list as it leaves the house; ``note`` stands above it (what was asked, as of when, demonstration or not)."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[Cell, ...]]
    note: str = ""


def wanted(request: HttpRequest) -> str:
    """``xlsx`` or ``csv`` where the address asks for a file, else an empty text."""
    form = request.GET.get("format", "")
    return form if form in ("xlsx", "csv") else ""


def answer(sheet: Sheet, form: str) -> HttpResponse:
    """The list as a file for saving."""
    data, media = (
        (_xlsx(sheet), XLSX) if form == "xlsx" else (_csv(sheet), "text/csv; charset=utf-8")
    )
    response = HttpResponse(data, content_type=media)
    named = quote(f"{sheet.name}.{form}")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{named}"
    return response


def _csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    writer.writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(cell: Cell) -> str:
    """As text: money in yuan without signs, moments by the clocks of Shanghai."""
    match cell:
        case None:
            return ""
        case Money():
            return _yuan(cell)
        case datetime():
            return f"{cell.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case str():
            return guarded(cell)


def _yuan(money: Money) -> str:
    sign = "-" if money.fen < 0 else ""
    return f"{sign}{abs(money.fen) // 100}.{abs(money.fen) % 100:02d}"


def _xlsx(sheet: Sheet) -> bytes:
    out = io.BytesIO()
    book = Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet(_tab(sheet.name))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    formats = {
        "money": book.add_format({"num_format": "#,##0.00"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    top = 0
    if sheet.note:
        page.write_string(0, 0, sheet.note)
        top = 1
    for at, column in enumerate(sheet.columns):
        page.write_string(top, at, column, head)
    widths = [len(column) * 2 for column in sheet.columns]
    for line, row in enumerate(sheet.rows, start=top + 1):
        for at, cell in enumerate(row):
            _write(page, (line, at), cell, formats)
            widths[at] = max(widths[at], *(len(part) for part in _seen(cell)))
    for at, width in enumerate(widths):
        page.set_column(at, at, min(max(width + 2, 8), 60))
    page.freeze_panes(top + 1, 0)
    book.close()
    return out.getvalue()


def _write(page: object, at: tuple[int, int], cell: Cell, formats: dict[str, object]) -> None:
    match cell:
        case None:
            page.write_blank(*at, None)  # type: ignore[attr-defined]
        case Money():
            page.write_number(*at, Decimal(_yuan(cell)), formats["money"])  # type: ignore[attr-defined]
        case datetime():
            local = cell.astimezone(SHANGHAI).replace(tzinfo=None)
            page.write_datetime(*at, local, formats["moment"])  # type: ignore[attr-defined]
        case date():
            page.write_datetime(*at, cell, formats["day"])  # type: ignore[attr-defined]
        case int():
            page.write_number(*at, cell)  # type: ignore[attr-defined]
        case str():
            page.write_string(*at, cell, formats["text"])  # type: ignore[attr-defined]


def _seen(cell: Cell) -> Iterator[str]:
    """The cell as wide as it looks: a Chinese character takes the room of two letters."""
    for line in _plain(cell).splitlines() or [""]:
        yield "".join("xx" if east_asian_width(one) in "WF" else one for one in line)


def _tab(name: str) -> str:
    """A name that a spreadsheet allows on a tab."""
    return "".join("-" if one in "[]:*?/\\" else one for one in name)[:31] or "表"
