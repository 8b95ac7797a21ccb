"""Amounts in words, 人民币大写: written as bills of payment demand it, and read back with suspicion.

The rules are those of the People's Bank for filling in bills (支付结算办法 附一): 整 after 元 and after 角, never
after 分; inner noughts shrink to one 零; 壹 is written before 拾.
"""

from __future__ import annotations

import re
from itertools import product

from lvyue.core.money import Money, UnreadableMoney

#: the largest amount written here is one fen below this, ten thousand 万亿 of yuan
LIMIT = Money(10**18)

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_TO_FORMAL = str.maketrans("一二两三四五六七八九十百千", "壹贰贰叁肆伍陆柒捌玖拾佰仟")
_VARIANTS = str.maketrans("〇○圆（）：", "零零元():")
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}
#: a 零 the rules permit but do not ask for
_OPTIONAL = "?"


def in_words(amount: Money) -> str:
    """大写金额: the amount in formal numerals, such as 壹佰捌拾伍万陆仟元整.

    Where the rules leave a 零 to the writer it is left out. Negative amounts begin with 负. Amounts of
    ``LIMIT`` and more are refused with ``UnreadableMoney``.
    """
    return _pattern(amount).replace(_OPTIONAL, "")


def from_words(text: str) -> Money:
    """The amount that formal or ordinary numerals write; ``UnreadableMoney`` says where it goes wrong.

    Accepted beside the canonical form: blanks anywhere, 人民币 and 大写 in front, 圆 for 元, 正 for 整, 〇 for 零, a
    missing 整, ordinary numerals (一百, 十五) if no formal one stands beside them, and the 零 that the rules leave
    to the writer. Everything else is refused, so that ``in_words(from_words(text))`` is the same amount in
    canonical form and no misprint is quietly mended.
    """
    plain = _cleaned(text)
    amount = _value(plain, text)
    if plain not in _spellings(amount):
        canonical = in_words(amount)
        at = next(
            (i for i, (a, b) in enumerate(zip(plain, canonical, strict=False)) if a != b),
            len(canonical),
        )
        raise UnreadableMoney(
            f"大写金额「{text}」写法不规范：若为 {amount}，应写作 {canonical}；从第{at + 1}个字起不同。请核对原件。"
        )
    return amount


def _pattern(amount: Money) -> str:
    """The canonical words, with ``?`` wherever a 零 is optional."""
    if abs(amount) >= LIMIT:
        raise UnreadableMoney(f"{amount} 超出大写金额的范围（不足一万万亿元）。")
    yuan, cents = divmod(abs(amount.fen), 100)
    jiao, fen = divmod(cents, 10)
    words = "负" if amount.fen < 0 else ""
    if yuan or not cents:
        words += _whole(yuan) + "元"
    if jiao:
        # 元 place nought, 角 not: a 零 may be written or left out
        words += (_OPTIONAL if yuan and yuan % 10 == 0 else "") + _DIGITS[jiao] + "角"
    elif fen and yuan:
        words += "零"
    return words + (_DIGITS[fen] + "分" if fen else "整")


def _whole(yuan: int) -> str:
    """Whole yuan in groups of four digits: 万亿, 亿, 万, and the last."""
    if yuan == 0:
        return "零"
    words, noughts, last_digit = "", False, 1
    for power, unit in ((12, "万"), (8, "亿"), (4, "万"), (0, "")):
        group = yuan // 10**power % 10**4
        if group:
            if words and (noughts or group < 1000):  # noqa: PLR2004 - the thousands place is nought
                words += "零"
            elif words and last_digit == 0:
                words += _OPTIONAL
            words += _group(group) + unit
            last_digit = group % 10
        elif power == 8 and words:  # noqa: PLR2004 - 壹万亿: the name of the group is said even if it is nought
            words += unit
        noughts = bool(words) and group == 0
    return words


def _group(number: int) -> str:
    """One to four digits, inner noughts as one 零."""
    words = ""
    for power, unit in ((3, "仟"), (2, "佰"), (1, "拾"), (0, "")):
        digit = number // 10**power % 10
        if digit:
            words += _DIGITS[digit] + unit
        elif words and number % 10**power and not words.endswith("零"):
            words += "零"
    return words


def _spellings(amount: Money) -> set[str]:
    """Every accepted spelling after cleaning: each optional 零 in or out, 整 there or not."""
    pieces = _pattern(amount).split(_OPTIONAL)
    spellings = {
        pieces[0] + "".join(zero + piece for zero, piece in zip(zeros, pieces[1:], strict=True))
        for zeros in product(("", "零"), repeat=len(pieces) - 1)
    }
    return spellings | {spelling.removesuffix("整") for spelling in spellings}


def _cleaned(text: str) -> str:
    """Without blanks and prefixes, in formal numerals, 元 and 整."""
    plain = re.sub(r"\s+", "", text).translate(_VARIANTS)
    plain = re.sub(r"^(人民币)?(\(大写\)|大写)?:?", "", plain)
    plain = re.sub(r"正$", "整", plain)
    if not plain:
        raise UnreadableMoney("大写金额是空白。空白不是零：请填写金额，或登记为疑义。")
    formal, ordinary = (
        re.search(r"[壹贰叁肆伍陆柒捌玖拾佰仟]", plain),
        re.search(r"[一二两三四五六七八九十百千]", plain),
    )
    if formal and ordinary:
        raise UnreadableMoney(
            f"大写金额「{text}」混用「{formal[0]}」与「{ordinary[0]}」两套数字。请全部改用大写数字。"
        )
    # Ordinary speech drops the 一 of a leading 十; formal writing may not.
    plain = re.sub(r"(^负?|[亿万])十", r"\1一十", plain)
    return plain.translate(_TO_FORMAL)


def _value(plain: str, text: str) -> Money:
    """Figures behind cleaned words. Order of units is checked here, noughts by comparison with the rules."""
    body = plain.removeprefix("负")
    whole, yuan, rest = body.partition("元")
    if not yuan:
        whole, rest = "", body
        if not re.search("[角分]", body):
            raise UnreadableMoney(f"大写金额「{text}」没有写元、角或分。请补全单位。")
    offset = len(plain) - len(body)
    found = re.fullmatch(
        r"零?(?:([壹贰叁肆伍陆柒捌玖])角)?零?(?:([壹贰叁肆伍陆柒捌玖])分)?整?", rest
    )
    if found is None:
        where = offset + len(whole) + len(yuan) + 1
        raise UnreadableMoney(
            f"大写金额「{text}」第{where}个字起的「{rest}」读不成角分。请核对原件。"
        )
    jiao, fen = (_DIGITS.index(digit) if digit else 0 for digit in found.groups())
    size = _whole_value(whole, offset, text) * 100 + jiao * 10 + fen
    return Money(-size if offset else size)


def _whole_value(whole: str, offset: int, text: str) -> int:
    """Whole yuan, group by group; every unit needs a digit and must be smaller than the one before."""
    total = group = 0
    digit: int | None = None
    unit_before, myriads = 10**4, ["亿", "万"]

    def refuse(place: int, why: str) -> UnreadableMoney:
        return UnreadableMoney(
            f"大写金额「{text}」第{offset + place + 1}个字「{whole[place]}」{why}。请核对原件。"
        )

    for place, char in enumerate(whole):
        if char in _DIGITS:
            if digit:
                raise refuse(place, f"前面已有数字「{whole[place - 1]}」而没有单位")
            digit = _DIGITS.index(char)
        elif char in _UNITS:
            if not digit:
                raise refuse(place, "前面没有数字")
            if _UNITS[char] >= unit_before:
                raise refuse(place, "的位次不对，应比前一个单位小")
            unit_before, group, digit = _UNITS[char], group + digit * _UNITS[char], None
        elif char in "万亿":
            group, digit = group + (digit or 0), None
            # 万 may stand once before 亿 (万亿) and once after it
            if char == "亿":
                if "亿" not in myriads or not (total or group):
                    raise refuse(place, "重复或前面没有数字")
                total, group, myriads = (total + group) * 10**8, 0, ["万"]
            else:
                if "万" not in myriads or not group:
                    raise refuse(place, "重复或前面没有数字")
                total, group = total + group * 10**4, 0
                myriads = [unit for unit in myriads if unit != "万"]
            unit_before = 10**4
        else:
            raise refuse(place, "不是大写数字")
    return total + group + (digit or 0)
