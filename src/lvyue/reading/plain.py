"""净文: a text as patterns see it: half width, one spelling of each sign, no blanks between figures and Han characters.

Papers write ``2026 年 12 月``, ``１０个工作日`` and ``叁拾陆 元整``. What is found in the plain text is told by its place in the
text as it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

#: one character for one character, so that places need no reckoning
_SPELLINGS = str.maketrans(
    {
        **{chr(0xFF01 + i): chr(0x21 + i) for i in range(94) if chr(0x21 + i) not in ",;!?"},
        **dict(zip("￥圓圆萬億貳參叄陸弍○ꓸ", "¥元元万亿贰叁叁陆贰零.", strict=True)),
        **dict(zip("〜∼–—－―", "~~----", strict=True)),
        **dict(zip("﹣﹪≧≦⩾⩽", "-%≥≤≥≤", strict=True)),
        **dict(zip("∗✕✖╳⨯＊", "******", strict=True)),
    }
)
#: a blank between two Latin letters or figures parts two words; every other blank is only layout
_LAYOUT = re.compile(r"\s(?:(?<![0-9A-Za-z]\s)|(?=\s{0,199}(?![0-9A-Za-z\s])))\s{0,199}")
_ANY_BLANK = re.compile(r"\s")
#: most sentences need no spelling, and to look is cheaper than to spell
_ODD = re.compile("[" + "".join(re.escape(chr(code)) for code in _SPELLINGS) + "]")


@dataclass(frozen=True, slots=True)
class At:
    """文中位置: first and one past the last character of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Plain:
    """净文: the text for matching, and where blanks were taken out of ``original``.

    From character ``cuts[i]`` of the plain text on, ``shifts[i]`` blanks are missing.
    """

    text: str
    original: str
    cuts: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()

    def _back(self, index: int) -> int:
        place = bisect_right(self.cuts, index)
        return index + (self.shifts[place - 1] if place else 0)

    def at(self, start: int, end: int) -> At:
        """The same characters in the original, blanks at either end left out."""
        return At(self._back(start), self._back(end - 1) + 1) if start < end else At(0, 0)

    def raw(self, start: int, end: int) -> str:
        """The words of the original."""
        at = self.at(start, end)
        return self.original[at.start : at.end]


@lru_cache(maxsize=1024)  # one sentence is read for money, percentages, days and time words in turn
def plain(text: str) -> Plain:
    """The plain text of a text."""
    spelled = text.translate(_SPELLINGS) if _ODD.search(text) else text
    if not _ANY_BLANK.search(spelled):
        return Plain(spelled, text)
    pieces: list[str] = []
    cuts: list[int] = []
    shifts: list[int] = []
    begin = kept = lost = 0
    for found in _LAYOUT.finditer(spelled):
        pieces.append(spelled[begin : found.start()])
        kept += found.start() - begin
        lost += found.end() - found.start()
        cuts.append(kept)
        shifts.append(lost)
        begin = found.end()
    pieces.append(spelled[begin:])
    return Plain("".join(pieces), text, tuple(cuts), tuple(shifts))
