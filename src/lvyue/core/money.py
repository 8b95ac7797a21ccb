"""Amounts of money and the rates that act on them.

Money is a whole number of fen and a rate is an exact fraction, so nothing here can drift. One method,
``Money.at``, may split a fen; its caller names the rounding, and the name goes on the statement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import ClassVar

from lvyue.core.numerals import DIGITS, numeral


class UnreadableMoney(ValueError):
    """金额或比例读不懂: what was written is not an amount or a rate, or could be two of them."""


class SplitsFen(ValueError):
    """不足一分: an exact result was asked for and there is a remainder smaller than a fen."""


class Rounding(Enum):
    """舍入方法: how one amount is brought to a whole fen. Signs are symmetric: −1.5 goes where 1.5 goes."""

    #: 四舍五入, a half goes away from zero
    HALF_UP = "四舍五入"
    #: 四舍六入五成双, a half goes to the even fen
    HALF_EVEN = "五成双"
    #: 舍去, toward zero
    DOWN = "舍去"
    #: 进位, away from zero
    UP = "进位"
    #: 不许有余, a remainder is an error
    EXACT = "不许有余"

    def whole(self, value: Fraction) -> int:
        """The whole number this method makes of an exact fraction; ``SplitsFen`` if EXACT and it has a rest."""
        size = abs(value)
        floor = size.numerator // size.denominator
        rest = size - floor
        if rest and self is Rounding.EXACT:
            raise SplitsFen(
                f"{value} 分不是整数，而这里约定不许有余。请写明舍入方法（四舍五入、舍去或进位）及其条款依据。"
            )
        half = Fraction(1, 2)
        up = {
            Rounding.HALF_UP: rest >= half,
            Rounding.HALF_EVEN: rest > half or (rest == half and floor % 2 == 1),
            Rounding.DOWN: False,
            Rounding.UP: rest > 0,
            Rounding.EXACT: False,
        }[self]
        return (floor + up) * (1 if value >= 0 else -1)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """比例: an exact fraction of something. 0.03% a day is 3/10000, never a float."""

    value: Fraction

    ZERO: ClassVar[Rate]
    ONE: ClassVar[Rate]

    def __post_init__(self) -> None:
        """Refuses anything but a Fraction; a float has already lost what was written."""
        if not isinstance(self.value, Fraction):
            raise TypeError(
                f"比例须为 Fraction,不是 {type(self.value).__name__}。请用 Rate.percent 或 Rate.parse。"
            )

    @classmethod
    def percent(cls, number: str | int) -> Rate:
        """``Rate.percent("70")`` is 70%. The number is decimal text or an int."""
        return cls(_decimal(str(number), number) / 100)

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read ``70 %``, ``0.03%``, ``5‰``, ``万分之三``, ``百分之三十``, ``3/10``; full width is half width.

        A bare number is refused: 0.7 may be 70% or 0.7%. Raises ``UnreadableMoney``.
        """
        # NFKC would turn ‰ and ‱ into nothing useful but leaves them alone; full-width ％ becomes %.
        plain = unicodedata.normalize("NFKC", text).strip()
        if found := re.fullmatch(r"(-?[\d.]+)\s*([%‰‱])", plain):
            return cls(_decimal(found[1], text) / {"%": 100, "‰": 1000, "‱": 10000}[found[2]])
        if found := re.fullmatch(r"([百千万])分之\s*(.+)", plain):
            return cls(_spoken(found[2], text) / {"百": 100, "千": 1000, "万": 10000}[found[1]])
        if found := re.fullmatch(r"(-?\d+)\s*/\s*(\d+)", plain):
            if int(found[2]) == 0:
                raise UnreadableMoney(f"「{text}」的分母是零，不成比例。")
            return cls(Fraction(int(found[1]), int(found[2])))
        raise UnreadableMoney(
            f"「{text}」不是比例。请写成 70%、0.03%、万分之三或 3/10;只写数字分不清是不是百分数。"
        )

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.value + other.value) if _alike(self, other) else NotImplemented

    def __sub__(self, other: Rate) -> Rate:
        return Rate(self.value - other.value) if _alike(self, other) else NotImplemented

    def __mul__(self, other: Rate | int) -> Rate:
        if isinstance(other, Rate):
            return Rate(self.value * other.value)
        return Rate(self.value * other) if _is_whole(other) else NotImplemented

    def __rmul__(self, other: int) -> Rate:
        return self * other

    def __neg__(self) -> Rate:
        return Rate(-self.value)

    def __bool__(self) -> bool:
        return self.value != 0

    def __str__(self) -> str:
        """``70%`` or ``0.03%``; a fraction without a finite decimal stays one: ``1/3``."""
        hundredfold = self.value * 100
        scale = _decimal_places(hundredfold.denominator)
        if scale is None:
            return f"{self.value.numerator}/{self.value.denominator}"
        digits = abs(hundredfold.numerator) * 10**scale // hundredfold.denominator
        whole, part = divmod(digits, 10**scale)
        tail = f".{part:0{scale}d}" if scale else ""
        return f"{'-' if self.value < 0 else ''}{whole}{tail}%"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """金额: renminbi as a whole number of fen. May be negative."""

    #: whole fen, 分
    fen: int

    ZERO: ClassVar[Money]

    def __post_init__(self) -> None:
        """Refuses everything but an int; True is not one fen."""
        if not _is_whole(self.fen):
            raise TypeError(
                f'金额以整数分记，不是 {type(self.fen).__name__}。请用 Money.yuan("1200.50")。'
            )

    @classmethod
    def yuan(cls, amount: str | int) -> Money:
        """``Money.yuan("1200.50")``: plain decimal yuan. More than two decimals would split a fen: refused."""
        return cls(_fen(_decimal(str(amount), amount), amount))

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read an amount in figures as paper writes it; a bare number is yuan.

        Accepts ``1,977,800 元``, ``１２``, ``185.6万元``, ``¥ 3,667,005.66``, ``人民币 1856000 元整``,
        ``-¥5.00``. Refuses wrong groups of thousands, blanks between digits, 万 without 元, percent signs,
        parts of a fen and words (see ``words.from_words``). Raises ``UnreadableMoney``.
        """
        plain = unicodedata.normalize("NFKC", text).strip()  # ￥ becomes ¥, ，becomes a comma
        if not plain:
            raise UnreadableMoney("金额是空白。空白不是零：请填写金额，或登记为疑义。")
        found = _FIGURES.fullmatch(plain)
        if found is None:
            raise UnreadableMoney(f"「{text}」读不成金额：{_why_not(plain)}")
        number = _decimal(found["number"].replace(",", ""), text)
        scale = {None: 1, "万": 10**4, "亿": 10**8}[found["scale"]]
        sign = -1 if found["minus"] or found["inner"] else 1
        return cls(_fen(number * scale * sign, text))

    @classmethod
    def total(cls, amounts: Iterable[Money]) -> Money:
        """The sum, zero for none."""
        return sum(amounts, cls.ZERO)

    def at(self, rate: Rate, rounding: Rounding) -> Money:
        """This amount at a rate, brought to a whole fen in the named way.

        The only place where a fen may be split. The rounding acts on the exact fraction, once.
        """
        return Money(rounding.whole(self.fen * rate.value))

    def split(self, parts: int) -> tuple[Money, ...]:
        """Equal parts that add up to the whole; fen left over go one each to the first parts (最大余数法)."""
        if parts < 1:
            raise ValueError(f"不能把金额分成 {parts} 份；份数至少为 1。")
        return self.shares([Rate(Fraction(1, parts))] * parts)

    def shares(self, rates: Sequence[Rate]) -> tuple[Money, ...]:
        """Parts by rates that add up to the whole, by the method of the largest remainder (最大余数法).

        Each part is rounded down, then the fen left over go one each to the parts that lost most; of equal
        losses the earlier part gains. Rates must add up to exactly one and none may be negative.
        """
        total = sum((rate.value for rate in rates), Fraction(0))
        if total != 1 or any(rate.value < 0 for rate in rates):
            raise ValueError(f"各份比例须不为负且合计 100%，现合计 {Rate(total)}。请核对付款比例。")
        exact = [abs(self.fen) * rate.value for rate in rates]
        parts = [Rounding.DOWN.whole(share) for share in exact]
        by_loss = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
        for i in by_loss[: abs(self.fen) - sum(parts)]:
            parts[i] += 1
        sign = 1 if self.fen >= 0 else -1
        return tuple(Money(part * sign) for part in parts)

    def ratio_to(self, whole: Money) -> Rate:
        """Money over money is a rate. Raises ``ZeroDivisionError`` in words if the whole is zero."""
        if not whole:
            raise ZeroDivisionError("基数为零，算不出比例。")
        return Rate(Fraction(self.fen, whole.fen))

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen) if _alike(self, other) else NotImplemented

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen) if _alike(self, other) else NotImplemented

    def __mul__(self, times: int) -> Money:
        return Money(self.fen * times) if _is_whole(times) else NotImplemented

    def __rmul__(self, times: int) -> Money:
        return self * times

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __abs__(self) -> Money:
        return Money(abs(self.fen))

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        """``¥1,166,107.80``, negative ``-¥5.00``."""
        yuan, fen = divmod(abs(self.fen), 100)
        return f"{'-' if self.fen < 0 else ''}¥{yuan:,}.{fen:02d}"


_FIGURES = re.compile(
    r"(?:人民币)?\s*(?P<minus>-)?\s*¥?\s*(?P<inner>-)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s*(?:(?P<scale>[万亿])?\s*[元圆]整?)?"
)


def _why_not(plain: str) -> str:
    """The first reason a reader would give for not being able to read these figures."""
    reasons = (
        (r"[壹贰叁肆伍陆柒捌玖拾佰仟]", "这是大写金额，请按大写金额读取。"),
        (r"[%‰]", "这是比例，不是金额。"),
        (r"\d\s+\d", "数字中间有空格，分不清是一个数还是两个数。请去掉空格。"),
        (r"\d,", "千分位逗号须每三位一个，如 1,977,800。"),
        (r"\..*\.", "有两个小数点。"),
        (r"[万亿]$", "写了万或亿而没有写元，分不清单位。请写成 185.6万元。"),
        (r"\.", "小数点前后都要有数字，如 0.50 元。"),
    )
    for pattern, reason in reasons:
        if re.search(pattern, plain):
            return reason
    return "请写成 1,977,800 元、185.6万元 或 ¥3,667,005.66。"


def _alike(one: object, other: object) -> bool:
    return type(one) is type(other)


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _decimal(digits: str, written: object) -> Fraction:
    """Exact value of plain decimal text."""
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", digits):
        raise UnreadableMoney(
            f"「{written}」不是普通的十进制数。请只写数字和一个小数点，如 1200.50。"
        )
    return Fraction(digits)


def _fen(yuan: Fraction, written: object) -> int:
    fen = yuan * 100
    if fen.denominator != 1:
        raise UnreadableMoney(f"「{written}」含不足一分的部分。金额最小到分，请核对小数位。")
    return fen.numerator


def _spoken(text: str, written: str) -> Fraction:
    """Arabic or ordinary Chinese number up to 9999, with 点 for the decimal point: 零点五, 三十, 3."""
    if re.fullmatch(r"[0-9.]+", text):
        return _decimal(text, written)
    whole, point, part = text.partition("点")
    if point and not (part and all(char in DIGITS for char in part)):
        raise UnreadableMoney(f"「{written}」的小数部分读不懂。请写成 百分之零点五。")
    decimals = Fraction(int("".join(str(DIGITS[c]) for c in part) or "0"), 10 ** len(part))
    strung = len(whole) > 1 and not set(whole) & set(
        "十百千"
    )  # 三三 may be 33 in a clause, not in a rate
    try:
        return numeral("" if strung else whole) + decimals
    except ValueError as error:
        raise UnreadableMoney(
            f"「{written}」里的「{whole}」不成数字。请写成 三十、二十五或阿拉伯数字。"
        ) from error


def _decimal_places(denominator: int) -> int | None:
    """Decimal places that show a fraction of this denominator exactly, None if no number of them does."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


# Set last, because the constructors use the functions above.
Rate.ZERO = Rate(Fraction(0))
Rate.ONE = Rate(Fraction(1))
Money.ZERO = Money(0)
