"""栏: what a person may write in the place of what was read, one field each, and how text becomes a value and back.

Text is what forms, files and the interface carry; a value that cannot be read is refused with the remedy. Empty text is
no value, never nought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any
from unicodedata import normalize

from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.money import Money, Rate, UnreadableMoney

#: The longest text of one field, in characters: longer than any sentence of a contract; and than the rows of any table.
LIMIT, LONG_LIMIT = 4_000, 200_000

#: More figures than any quantity of a contract has.
_DIGITS = 12


class Input(StrEnum):
    """栏的种类."""

    TEXT = "text"
    LONG = "long"
    MONEY = "money"
    PERCENT = "percent"
    DAY = "day"
    NUMBER = "number"
    DECIMAL = "decimal"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """栏: name, what a person calls it, how it is written, the choices where there are some, and a word of help."""

    name: str
    zh: str
    input: Input = Input.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    required: bool = False

    def read(self, text: str) -> Any:
        """The value of a text, None for an empty one. ``Refused`` where it is none."""
        # A row of a table may end in empty cells, which are tabs.
        plain = text.strip("\r\n ") if self.input is Input.LONG else text.strip()
        most = LONG_LIMIT if self.input is Input.LONG else LIMIT
        if self.input is Input.FLAG:
            return plain == "on"
        if not plain.strip():
            if self.required:
                raise Refused([malformed(self.zh, "没有填写。", f"请填写{self.zh}。")])
            return None
        if len(plain) > most:
            says = f"有 {len(plain)} 个字，最多 {most} 个。"
            raise Refused([malformed(self.zh, says, "请写短一些。")])
        if self.input is Input.CHOICE and plain not in dict(self.choices):
            known = "、".join(word for _, word in self.choices)
            raise Refused(
                [malformed(self.zh, f"“{plain[:40]}”不在可选的里面。", f"可选：{known}。")]
            )
        reader = _READERS.get(self.input)
        try:
            return reader(normalize("NFKC", plain)) if reader is not None else plain
        except (ValueError, UnreadableMoney) as error:
            raise Refused(
                [malformed(self.zh, f"“{plain[:40]}”读不成。", _MEND[self.input])]
            ) from error

    def shown(self, text: str) -> str:
        """The text of a value for reading: the word of a choice, a percent sign, a thousand with its comma."""
        if self.input is Input.FLAG:
            return "是" if text == "on" else "否"
        if not text:
            return ""
        if self.input is Input.CHOICE:
            return dict(self.choices).get(text, text)
        if self.input is Input.PERCENT:
            return text if "/" in text else f"{text}%"
        if self.input is Input.MONEY:
            return str(Money.yuan(text))
        return text


def values_of(fields: tuple[Field, ...], given: Mapping[str, str]) -> dict[str, Any]:
    """Every field's value. ``Refused`` with all that is wrong at once, and for a field that is not known."""
    known = {field.name for field in fields}
    doubts: list[Doubt] = [
        malformed(name[:40], "没有这一栏。", f"可填：{'、'.join(field.name for field in fields)}。")
        for name in given
        if name not in known
    ]
    values: dict[str, Any] = {}
    for field in fields:
        try:
            values[field.name] = field.read(str(given.get(field.name, "")))
        except Refused as refused:
            doubts += refused.doubts
    if doubts:
        raise Refused(doubts)
    return values


def text_of(value: Any) -> str:
    """A value as the text of its field; what is not there is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else ""
        case Money():
            sign = "-" if value.fen < 0 else ""
            return f"{sign}{abs(value.fen) // 100}.{abs(value.fen) % 100:02d}"
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _:
            return str(value)


def percent_of(value: Fraction | None) -> str:
    """A share as the text of a percentage: 70, 0.05, or 1/3 where no decimal ends."""
    return "" if value is None else str(Rate(value)).removesuffix("%")


def decimal_of(value: Fraction | None) -> str:
    """A number as a decimal, or as a fraction where no decimal ends."""
    if value is None:
        return ""
    return percent_of(value / 100)


def _percent(text: str) -> Fraction:
    text = text.removesuffix("%").strip()
    value = (Rate.parse(text) if "/" in text or "分之" in text else Rate.percent(text)).value
    if not 0 <= value <= 100:  # noqa: PLR2004  a hundredfold, which no contract has
        raise ValueError(text)
    return value


def _money(text: str) -> Money:
    money = Money.parse(text)
    if abs(money.fen) >= 10**17:
        raise ValueError(text)
    return money


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> Fraction:
    if len(text) > 2 * _DIGITS:
        raise ValueError(text)
    return Rate.percent(text).value * 100 if "/" not in text else Rate.parse(text).value


_READERS: Mapping[Input, Callable[[str], Any]] = {
    Input.MONEY: _money,
    Input.PERCENT: _percent,
    Input.DAY: date.fromisoformat,
    Input.NUMBER: _number,
    Input.DECIMAL: _decimal,
}

_MEND: Mapping[Input, str] = {
    Input.MONEY: "请写成 1977800.00 或 197.78万元 的样子。",
    Input.PERCENT: "请只写百分数，例如 70 表示 70%，0.05 表示万分之五。",
    Input.DAY: "请写成 2026-03-31 的样子。",
    Input.NUMBER: "请写一个整数。",
    Input.DECIMAL: "请写一个数，例如 99.9。",
}
