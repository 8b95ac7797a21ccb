"""编号记号: the number that begins a paragraph, in any of the styles that contracts use.

One paragraph may be read in two ways (``(i)`` is a letter or a roman number), so ``markers`` answers with all of them; which
one it is, and how deep it stands, only the list around it tells (``lvyue.reading.lists``). Nothing here looks further than the first
characters of a paragraph, so a file of one long line costs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from lvyue.core.numerals import numeral


class Style(StrEnum):
    """编号样式: how a number is dressed; full and half width are one style."""

    BOOK = "第一编"
    DIVISION = "第一部分"
    CHAPTER = "第一章"
    SECTION = "第一节"
    ARTICLE = "第一条"
    HAN = "一、"
    HAN_BRACKET = "(一)"
    COMMA = "1、"
    POINT = "1."
    PLAIN = "1"
    DECIMAL = "1.1"
    BRACKET = "(1)"
    HALF_BRACKET = "1)"
    LETTER = "a."
    LETTER_BRACKET = "(a)"
    ROMAN = "(i)"
    CIRCLE = "①"
    BULLET = "•"


#: which style stands above which where a paper uses both; equal ranks may stand either way round
RANK = {
    Style.BOOK: 0,
    Style.DIVISION: 1,
    Style.CHAPTER: 2,
    Style.SECTION: 3,
    Style.ARTICLE: 4,
    Style.HAN: 5,
    Style.HAN_BRACKET: 6,
    Style.COMMA: 7,
    Style.POINT: 7,
    Style.PLAIN: 7,
    Style.DECIMAL: 7,
    Style.BRACKET: 8,
    Style.HALF_BRACKET: 9,
    Style.LETTER: 9,
    Style.LETTER_BRACKET: 9,
    Style.ROMAN: 9,
    Style.CIRCLE: 9,
    Style.BULLET: 10,
}

_UNITS = {
    "编": Style.BOOK,
    "部分": Style.DIVISION,
    "章": Style.CHAPTER,
    "节": Style.SECTION,
    "条": Style.ARTICLE,
}


@dataclass(frozen=True, slots=True)
class Marker:
    """编号记号: style, value (several numbers for 4.1.2), how many characters it takes with the blanks after it, and as printed.

    ``weak`` marks one that is as likely to be plain words: 1 总则 beside 1 个月.
    """

    style: Style
    numbers: tuple[int, ...]
    length: int
    label: str
    weak: bool = False

    @property
    def value(self) -> int:
        """The last of its numbers."""
        return self.numbers[-1]


#: how far into a paragraph a number may reach
_REACH = 40
_HAN = "零〇一二两三四五六七八九十百"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
#: characters that are a whole number with its dress
_LIGATURES = (
    {char: (Style.CIRCLE, n) for n, char in enumerate(_CIRCLED, 1)}
    | {chr(0x3220 + n): (Style.HAN_BRACKET, n + 1) for n in range(10)}
    | {chr(0x2474 + n): (Style.BRACKET, n + 1) for n in range(20)}
    | {chr(0x2488 + n): (Style.POINT, n + 1) for n in range(20)}
    | {chr(0x249C + n): (Style.LETTER_BRACKET, n + 1) for n in range(26)}
    | {chr(0x2776 + n): (Style.CIRCLE, n + 1) for n in range(10)}
)
#: full width to half width, one character for one, so that positions stay
_HALF = {0xFF01 + n: 0x21 + n for n in range(94)} | {
    ord("．"): ".",
    ord("。"): "。",
    ord("〔"): "(",
    ord("〕"): ")",
    ord("［"): "(",
    ord("］"): ")",
    0x3000: " ",
    0xA0: " ",
    ord("\t"): " ",
}
#: words that make a number before a blank a quantity and no heading; 1 个人信息 is one
_MEASURE = (
    "个(?!人)|年(?!度)|月(?!度|报)|日(?!常|志)|天|周(?!期|报)|小时|分钟|分(?!包|类|工|期|项|级|析)|秒|元|圆|万|亿|[%‰]|次(?!要)|人(?!员|力)"
    "|名(?!词|称)|台(?!账)|套|号|楼|层|室|期(?!限|间)|级(?!别)|倍|项(?!目)|条(?!件|款)|款(?!项)|类(?!别|型)|家|处(?!理|罚|置)|路|核(?!心|查)|米"
    "|平方|千|百|吨|份(?!数)"
)
#: what a decimal may be a quantity of, or a reference with
_DECIMAL_OF = (
    "[%‰]|元|万元|亿|倍|年(?!度)|个(?:月|工作日|自然日|日历|小时)|小时|分钟|天[,，。内后前]|款(?!项)|项(?!目)|条(?!件|款)|节(?!点|能|假)"
    "|(?:GHz|Ghz|MHz|GB|TB|MB|KB|Gbps|Mbps|G|T|M|K|V|W|kW|KW|U)(?![A-Za-z])"
)

_UNIT = re.compile(
    rf"第 ?([0-9]{{1,3}}|[{_HAN}]{{1,5}}) ?(编|部分|章|节|条)"
    r"(?!款|项|目|的|之(?:规|约|前|后|外)|(?:[和及与或至到,、.]|以及) ?第|等(?:条|款|规|约)|(?:中|所|的)?(?:规定|约定|述|列|称|指)|中|第|[-—~])[:、.]? *"
)
_DECIMAL = re.compile(
    rf"([1-9][0-9]{{0,2}}(?:\.[1-9][0-9]{{0,2}}){{1,4}})(?![0-9])(?!\.? ?(?:{_DECIMAL_OF}))(?![-—~至到] ?[0-9])[、.:)]? *"
)
_COMMA = re.compile(r"([1-9][0-9]{0,2}) ?、(?! ?[0-9]{1,3} ?[、号])")
_POINT = re.compile(r"([1-9][0-9]{0,2}) ?\.(?![0-9.]) *")
_BRACKET = re.compile(r"\( ?([0-9]{1,3}) ?\) ?[、.]? *")
_HAN_BRACKET = re.compile(rf"\( ?([{_HAN}]{{1,4}}) ?\) ?[、.]? *")
_HALF_BRACKET = re.compile(r"([1-9][0-9]{0,2}) ?\) ?[、.]? *")
_HAN_HALF = re.compile(rf"([{_HAN}]{{1,4}}) ?\) ?[、.]? *")
_HAN_COMMA = re.compile(
    rf"([{_HAN}]{{1,4}}|[—–―]) ?[、.](?![0-9])(?![{_HAN}](?:级|期|线|类|季|次|楼|层)) *"
)
_LETTER = re.compile(r"([A-Za-z]) ?[.、)](?![A-Za-z.]) *")
_LETTER_BRACKET = re.compile(r"\( ?([A-Za-z]{1,4}) ?\) ?[、.]? *")
_PLAIN = re.compile(rf"([1-9][0-9]?) +(?=[一-鿿])(?!{_MEASURE})")
_HAN_PLAIN = re.compile(rf"([{_HAN}]{{1,3}}) +(?=[一-鿿])(?!{_MEASURE})")
_BULLET = re.compile(r"[•●■◆▪◦○◇★☆➢➤►▶·‣⁃] *|[-–—*] +")

#: style and pattern of the numbers that are one Arabic or Chinese numeral
_SIMPLE = (
    (Style.COMMA, _COMMA),
    (Style.POINT, _POINT),
    (Style.BRACKET, _BRACKET),
    (Style.HALF_BRACKET, _HALF_BRACKET),
    (Style.HAN_BRACKET, _HAN_BRACKET),
    (Style.HAN_BRACKET, _HAN_HALF),
    (Style.HAN, _HAN_COMMA),
)
#: a paragraph longer than this is no heading, and a number without punctuation before it is a quantity
_HEADING = 30
_STARTS = frozenset("0123456789第(-–—―*•●■◆▪◦○◇★☆➢➤►▶·‣⁃" + _HAN) | frozenset(_LIGATURES)


def narrow(text: str) -> str:
    """Half width figures, letters and brackets, character for character."""
    return text.translate(_HALF)


def markers(text: str) -> tuple[Marker, ...]:
    """The readings of the number that a paragraph begins with, the likeliest first; none where it begins with words."""
    if not text:
        return ()
    head = narrow(text[:_REACH])
    if not (head[0] in _STARTS or (head[0].isascii() and head[0].isalpha())):
        return ()
    return tuple(_read(text, head))


def _read(text: str, head: str) -> list[Marker]:
    if head[0] in _LIGATURES:
        style, value = _LIGATURES[head[0]]
        return [_marker(text, style, (value,), _blanks(head, 1))]
    if found := _UNIT.match(head):
        value = _value(found[1])
        return [_marker(text, _UNITS[found[2]], (value,), found.end())] if value else []
    if found := _DECIMAL.match(head):
        numbers = tuple(int(part) for part in found[1].split("."))
        return [_marker(text, Style.DECIMAL, numbers, found.end())]
    for style, pattern in _SIMPLE:
        if found := pattern.match(head):
            value = _value(found[1])
            if value:
                return [_marker(text, style, (value,), _blanks(head, found.end()))]
    return _lettered(text, head) or _weak(text, head) or _bulleted(text, head)


def _lettered(text: str, head: str) -> list[Marker]:
    if found := _LETTER.match(head):
        value = _ALPHABET.index(found[1].lower()) + 1
        return [_marker(text, Style.LETTER, (value,), found.end())]
    found = _LETTER_BRACKET.match(head)
    if found is None:
        return []
    inner = found[1].lower()
    readings = []
    if len(inner) == 1:
        value = _ALPHABET.index(inner) + 1
        readings.append(_marker(text, Style.LETTER_BRACKET, (value,), found.end()))
    if inner in _ROMANS:
        value = _ROMANS.index(inner) + 1
        readings.append(_marker(text, Style.ROMAN, (value,), found.end()))
    return readings


def _weak(text: str, head: str) -> list[Marker]:
    """A numeral and a blank before a short heading."""
    if len(text) > _HEADING or text[-1] in "。；;，,、：:":
        return []
    for style, pattern in ((Style.PLAIN, _PLAIN), (Style.HAN, _HAN_PLAIN)):
        if (found := pattern.match(head)) and (value := _value(found[1])):
            return [_marker(text, style, (value,), found.end(), weak=True)]
    return []


def _bulleted(text: str, head: str) -> list[Marker]:
    found = _BULLET.match(head)
    return [_marker(text, Style.BULLET, (0,), found.end())] if found else []


def _marker(
    text: str, style: Style, numbers: tuple[int, ...], length: int, *, weak: bool = False
) -> Marker:
    return Marker(style, numbers, length, text[:length].strip(), weak)


def _blanks(head: str, end: int) -> int:
    while end < len(head) and head[end] == " ":
        end += 1
    return end


def _value(text: str) -> int:
    """The numeral; 0 where it is none that a clause has."""
    if text in "—–―":  # how recognition likes to read 一
        return 1
    try:
        value = numeral(text)
    except ValueError:
        return 0
    return value if value < 1000 else 0  # noqa: PLR2004 - as clause.clause_number
