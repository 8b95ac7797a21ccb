"""显示值: a number of a sheet as Excel shows it: 30%, 1,118,000.00, 2026-01-01. Exact, since money may stand there.

The file holds the value and the format apart. A rate of 0.3 shown as 30% must be read as 30%, and day 46023 as a date.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

#: formats that have a number and no text in the file (ECMA-376, 18.8.30); those of Chinese Excel are dates too
BUILT_IN: dict[int, str] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: "yyyy年m月",
    28: "m月d日",
    29: "m月d日",
    30: "m-d-yy",
    31: "yyyy年m月d日",
    32: "h时mm分",
    33: "h时mm分ss秒",
    36: "yyyy年m月",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    45: "mm:ss",
    46: "h:mm:ss",
    47: "mm:ss",
    49: "@",
    50: "yyyy年m月",
    51: "m月d日",
    52: "yyyy年m月",
    53: "m月d日",
    54: "m月d日",
    55: "yyyy年m月",
    56: "m月d日",
    57: "yyyy年m月",
    58: "m月d日",
}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_DATE = re.compile(r"[yYdD]|m+月|[hH]|[sS]")
_DECIMALS = re.compile(r"\.([0#?]+)")
_MINUTES = re.compile(r"(?<=[hH:时])[mM]{1,2}|[mM]{1,2}(?=[:分])")
#: Excel keeps fifteen digits; what a file writes beyond them is noise of binary fractions
_EXCEL = Context(prec=15)
#: wide enough for every digit of any number of Excel
_WHOLE = Context(prec=400, rounding=ROUND_HALF_UP)
#: no number of Excel has more digits before or after the point
_LARGEST = 308
#: the last day that Excel knows is 31 December 9999
_LAST_DAY = 2_958_465


def shown(raw: str, format_: str, *, since_1904: bool = False) -> str:
    """A number as it is shown; the raw text where it is no number."""
    try:
        number = _EXCEL.plus(Decimal(raw))
    except InvalidOperation:
        return raw
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST:
        return raw
    section = _section(format_, number)
    bare = _bare(section)
    if _DATE.search(bare):
        return _moment(number, bare, since_1904=since_1904)
    if "%" in bare:
        return _fixed(number * 100, bare) + "%"
    if "E+" in bare or "E-" in bare or "?/" in bare or not re.search("[0#?]", bare):
        return _plain(number)
    prefix, suffix = _around(section)
    return f"{prefix}{_fixed(number, bare)}{suffix}"


def _section(format_: str, number: Decimal) -> str:
    """Positive; negative; zero. A section for negatives writes no sign of its own, which nobody can read back: ours does."""
    sections = format_.split(";")
    if number == 0 and len(sections) > 2:  # noqa: PLR2004  the third is for zero
        return sections[2] if re.search("[0#?]", sections[2]) else sections[0]
    return sections[0]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def _fixed(number: Decimal, bare: str) -> str:
    """With as many decimals and as many commas as the format asks for; never fewer digits than the value has in money."""
    asked = _DECIMALS.search(bare)
    if asked is None and "." not in bare and number != number.to_integral_value():
        return (
            f"{number.normalize():,f}" if "," in bare else _plain(number)
        )  # shown rounded, but the cents are there
    least = asked[1].count("0") if asked else 0
    most = len(asked[1]) if asked else 0
    exact = -int(number.normalize().as_tuple().exponent) if number else 0
    places = max(least, min(exact, max(most, 2 if asked else 0)))
    rounded = _WHOLE.quantize(number, Decimal(1).scaleb(-places))
    return f"{rounded:,f}" if "," in bare else f"{rounded:f}"


@lru_cache(maxsize=512)
def _bare(section: str) -> str:
    """A format without its words and colours."""
    return _LITERAL.sub("", section).replace("AM/PM", "")


@lru_cache(maxsize=512)
def _around(section: str) -> tuple[str, str]:
    """Words of the format before and after the number: ¥, 元, 万元, 台."""
    first = re.search(
        "[0#?]", re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', lambda m: "\0" * len(m[0]), section)
    )
    if first is None:
        return "", ""
    before, after = section[: first.start()], section[first.start() :]
    return _words(before), _words(after)


def _words(piece: str) -> str:
    quoted = "".join(found[1] or found[2] or "" for found in _QUOTED.finditer(piece))
    currency = re.search(r"\[\$([^\]\-]*)", piece)
    sign = currency[1] if currency else ("¥" if re.search("[¥￥]", _LITERAL.sub("", piece)) else "")
    unit = "".join(re.findall(r"[元万台个次天月年人套项]", _LITERAL.sub("", piece)))
    return (sign + quoted + unit).strip()


def _moment(number: Decimal, bare: str, *, since_1904: bool) -> str:
    """A day, a time or both, written so that nobody has to guess which is the month."""
    days = int(number)
    seconds = int(((number - days) * 86_400).to_integral_value(rounding=ROUND_HALF_UP))
    if not 0 <= days <= _LAST_DAY:
        return _plain(number)
    hours = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    if seconds % 60:
        hours += f":{seconds % 60:02d}"
    without_minutes = _MINUTES.sub("", bare)
    if not re.search("[yYdD]|[mM]", without_minutes):
        return hours
    # Excel counts a 29 February 1900 that never was
    start = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)
    try:
        day = start + timedelta(days=days)
    except OverflowError:
        return _plain(number)
    text = _day(day, without_minutes)
    return f"{text} {hours}" if re.search("[hH]", bare) and seconds else text


def _day(day: date, bare: str) -> str:
    if not re.search("[dD]", bare):
        return f"{day.year}年{day.month}月"
    if not re.search("[yY]", bare):
        return f"{day.month}月{day.day}日"
    return day.isoformat()
