"""常用字形: characters that look like another one and are not it. A PDF often says ⽅ (a radical) where 方 is printed.

Each is replaced by exactly one character, so that places stay what they are.
"""

from __future__ import annotations

import unicodedata

#: radicals of the supplement that are whole characters and have no normal form in Unicode: each before its usual form
_RADICALS = "⺟母⺠民⻁虎⻄西⻅见⻆角⻉贝⻋车⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻬齐⻮齿⻰龙⻳龟"
_TABLE: dict[int, str] = {
    ord(radical): usual for radical, usual in zip(_RADICALS[::2], _RADICALS[1::2], strict=True)
}
for _code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF)):
    _usual = unicodedata.normalize("NFKC", chr(_code))
    if len(_usual) == 1 and _usual != chr(_code):
        _TABLE[_code] = _usual

#: one printed form for several letters; they become as many characters
LIGATURES = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}


def usual(text: str) -> str:
    """The same text, character by character, in its usual forms."""
    return text if text.isascii() else text.translate(_TABLE)


def is_wide(char: str) -> bool:
    """Han, kana and full-width signs, which need no blank between them."""
    return char >= "⺀" and (
        "⺀" <= char <= "鿿" or "豈" <= char <= "龎" or "！" <= char <= "～" or char >= "\U00020000"
    )
