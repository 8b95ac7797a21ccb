"""条款号的写法: a printed number as a reference writes it."""

from __future__ import annotations

from lvyue.core.clause import MAIN, BadClause, ClauseRef
from lvyue.reading.markers import Marker, Style
from lvyue.reading.titles import bare

_HAN = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
#: what a second document of the same name is called after
ORDINALS = _HAN[2:]


def segment(marker: Marker) -> str:
    """The number as a reference writes it: 第四章, 一, (一), 3.3, (1), a, ①."""
    value, inner = marker.value, bare(marker.label).strip("、.:()")
    match marker.style:
        case Style.HAN:
            return han(value)
        case Style.HAN_BRACKET:
            return f"({han(value)})"
        case Style.BRACKET | Style.HALF_BRACKET:
            return f"({value})"
        case Style.DECIMAL:
            return ".".join(map(str, marker.numbers))
        case Style.LETTER | Style.LETTER_BRACKET | Style.ROMAN:
            # A bullet that was a letter has none on paper.
            letters = inner if inner.isascii() and inner.isalpha() else chr(ord("a") + value - 1)
            return letters if marker.style is Style.LETTER else f"({letters})"
        case Style.CIRCLE:
            return chr(ord("①") + value - 1)
        case Style.BOOK | Style.CHAPTER | Style.SECTION | Style.ARTICLE:
            return inner if inner[:1] == "第" else f"第{han(value)}{marker.style.value[-1]}"
        case Style.DIVISION:
            return f"第{han(value)}部分"
        case _:
            return str(value)


def han(value: int) -> str:
    """A clause number in Chinese numerals: 十二, 一百零五."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    words = f"{_HAN[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _HAN[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + _HAN[ones]


def names_document(name: str) -> bool:
    """Whether a reference can name a document so."""
    try:
        ClauseRef(name)
    except BadClause:
        return False
    return True


def is_spaced(document: str, first: str) -> bool:
    """Whether references of a document join their numbers as the paper does (``main 7.2.8``), by the first of them."""
    if document == MAIN:
        return first[0] in "¶•" or first[0].isascii()
    return "/" not in str(ClauseRef(document, ("一", "一")))
