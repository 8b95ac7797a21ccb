"""A list as a file: what spreadsheets make of it, and what they must not."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import openpyxl

from lvyue.core.money import Money
from lvyue.web.exports import Sheet, answer

SHEET = Sheet(
    name="付款[2026]",
    columns=("事由", "金额（元）", "日期", "时刻", "次数"),
    rows=(
        (
            "首期，七成",
            Money(129_920_000),
            date(2026, 2, 28),
            datetime(2026, 2, 28, 2, tzinfo=UTC),
            1,
        ),
        ("=HYPERLINK(1)", Money(-5), None, None, None),
    ),
    note="截至 2026-03-01",
)


def test_csv_begins_with_a_mark_and_keeps_formulas_asleep() -> None:
    body = answer(SHEET, "csv").content

    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows[1] == ["首期，七成", "1299200.00", "2026-02-28", "2026-02-28 10:00", "1"]
    assert rows[2][:2] == ["'=HYPERLINK(1)", "-0.05"]


def test_xlsx_has_numbers_for_money_and_days_for_days() -> None:
    response = answer(SHEET, "xlsx")

    page = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert page is not None
    assert page["A1"].value == "截至 2026-03-01"
    assert page["B3"].value == 1_299_200
    assert page["B3"].number_format == "#,##0.00"
    assert page["C3"].value == datetime(2026, 2, 28)  # noqa: DTZ001  a spreadsheet knows no zones
    assert page["A4"].value == "=HYPERLINK(1)"
    assert page["A4"].data_type == "s"
    assert "filename*=UTF-8''" in response["Content-Disposition"]
