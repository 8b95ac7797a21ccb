"""字符: the characters of one page of a PDF with their boxes, in runs, as the page shows them.

The order in the file is the order of the program that wrote it and is not trusted; only characters that stand close side by
side are kept together as a run, and runs are put in order by where they stand. Everything that happens once for each
character happens here and in bulk: the rest of the way counts runs.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pypdfium2.raw as pdfium

from lvyue.intake.characters import LIGATURES, is_wide, usual
from lvyue.intake.ruled import Shown

_SPACES = frozenset(map(ord, " \u00a0\u3000\u2002\u2003\u2009"))
#: breaks that pdfium adds
_BREAKS = frozenset({0x0A, 0x0D})
#: no characters
_NOTHING = frozenset({0xFEFF, 0xAD, 0x200B, 0xFFFE, 0xFFFF})
_CUTS = _SPACES | _BREAKS | _NOTHING
#: pdfium's signs for a hyphen at the end of a line
_HYPHENS = frozenset({0x02, 0xFFFE})
#: how far apart two characters of a run may stand, and how far over each other, in heights
_TIGHT, _OVERLAP = 0.15, -0.6
#: characters whose code means nothing: no font of the file says which character they are
_GARBLED_SHARE = 0.2
#: a page of Chinese has few letters with accents; many of them are codes read as letters
_ACCENTED_SHARE = 0.3
#: an angle that is no slip of a printer, in radians
_TURNED = 0.1
#: what stands askew falls apart into runs as short as this
_SHORT = 2
_SAMPLE = 400


def _quick(function: Any, *arguments: Any) -> Callable[..., int]:
    """The same function of pdfium without ctypes looking at each argument: it is called for every character."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    quick: Callable[..., int] = ctypes.CFUNCTYPE(ctypes.c_uint, *arguments)(address or 0)
    return quick


_unicode = _quick(pdfium.FPDFText_GetUnicode, ctypes.c_void_p, ctypes.c_int)
_box = _quick(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


@dataclass(slots=True)
class Run:
    """字符段: characters close side by side, the x positions between them, and how many blanks are typed before them."""

    text: str
    edges: list[float]
    top: float
    bottom: float
    blanks: int = 0
    first: int = 0

    @property
    def left(self) -> float:
        return self.edges[0]

    @property
    def right(self) -> float:
        return self.edges[-1]

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(slots=True)
class PageGlyphs:
    """一页的字符: runs, those that stand askew, the width of a Han character, and how many codes mean nothing."""

    runs: list[Run]
    askew: list[Run] = field(default_factory=list)
    em: float = 12.0
    characters: int = 0
    garbled: int = 0

    @property
    def is_garbled(self) -> bool:
        return self.garbled > self.characters * _GARBLED_SHARE


def glyphs_of(text: pdfium.FPDF_TEXTPAGE, shown: Shown) -> PageGlyphs:
    """All characters of a page in runs."""
    count = max(0, pdfium.FPDFText_CountChars(text))
    handle = ctypes.cast(text, ctypes.c_void_p)
    boxes = (ctypes.c_float * (4 * count))()
    base = ctypes.addressof(boxes)
    codes = _codes(text, handle, count)
    for _ in map(_box, [handle] * count, range(count), range(base, base + 16 * count, 16)):
        pass
    edges = boxes[:]
    runs = _runs(
        _whole_codes(codes), *shown.boxes(edges[0::4], edges[1::4], edges[2::4], edges[3::4])
    )
    total, garbled = _meaning(codes)
    straight, askew = _by_angle(text, runs, -shown.quarters * math.pi / 2)
    return PageGlyphs(straight, askew, _em(runs), total, garbled)


def _codes(text: pdfium.FPDF_TEXTPAGE, handle: ctypes.c_void_p, count: int) -> list[int]:
    """The codes of all characters: at one stroke where pdfium leaves none out, otherwise one by one."""
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(text, 0, count, buffer) == count + 1:
        return buffer[:count]
    return list(map(_unicode, [handle] * count, range(count)))


def _whole_codes(codes: list[int]) -> list[int]:
    """The same with rare characters put together from their halves, and hyphens as hyphens."""
    if not _HYPHENS.isdisjoint(codes):
        codes = [0x2D if code in _HYPHENS else code for code in codes]
    if codes and max(codes) >= 0xD800:  # noqa: PLR2004  surrogates, or beyond
        for n in range(len(codes) - 1):
            high, low = codes[n], codes[n + 1]
            if 0xD800 <= high < 0xDC00 <= low < 0xE000:  # noqa: PLR2004
                codes[n], codes[n + 1] = 0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF), 0xFFFE
        codes = [  # what no text can hold, such as half of a character, is shown as unknown
            code if code < 0xD800 or 0xE000 <= code < 0x110000 else 0xFFFD  # noqa: PLR2004
            for code in codes
        ]
    return codes


def _runs(
    codes: Sequence[int],
    lefts: Sequence[float],
    tops: Sequence[float],
    rights: Sequence[float],
    bottoms: Sequence[float],
) -> list[Run]:
    """One pass over all characters. The usual one stands right after the one before, at the same height."""
    runs: list[Run] = []
    start = blanks = 0
    top = bottom = right = tight = overlap = 0.0
    high = low = 0.0
    is_open = False
    for n, code in enumerate(codes):
        if code in _CUTS:
            if is_open:
                runs.append(_run(codes, lefts, right, start, n, top, bottom, blanks))
                is_open, blanks = False, 0
            if code in _BREAKS:
                blanks = 0
            elif code in _SPACES and rights[n] - lefts[n] > 0.01:  # noqa: PLR2004  not one that pdfium only supposes
                blanks += 1
            continue
        left = lefts[n]
        if is_open and overlap <= left - right <= tight:
            if tops[n] == high and bottoms[n] == low:
                right = rights[n]
                continue
            if _same_line(top, bottom, tops[n], bottoms[n]):
                right, high, low = rights[n], tops[n], bottoms[n]
                top, bottom = min(top, high), max(bottom, low)
                continue
        if is_open:
            runs.append(_run(codes, lefts, right, start, n, top, bottom, blanks))
            blanks = 0
        is_open, start, right = True, n, rights[n]
        high, low = top, bottom = tops[n], bottoms[n]
        height = max(bottom - top, 1.0)
        tight, overlap = _TIGHT * height, _OVERLAP * height
    if is_open:
        runs.append(_run(codes, lefts, right, start, len(codes), top, bottom, blanks))
    return runs


def _same_line(top: float, bottom: float, other_top: float, other_bottom: float) -> bool:
    shared = min(bottom, other_bottom) - max(top, other_top)
    return shared >= 0.5 * min(bottom - top, other_bottom - other_top)


def _run(
    codes: Sequence[int],
    lefts: Sequence[float],
    right: float,
    start: int,
    end: int,
    top: float,
    bottom: float,
    blanks: int,
) -> Run:
    text = usual("".join(map(chr, codes[start:end])))
    edges = [*lefts[start:end], right]
    if not text.isascii() and not LIGATURES.keys().isdisjoint(text):
        text, edges = _letters(text, edges)
    return Run(text, edges, top, bottom, blanks, start)


def _letters(text: str, edges: list[float]) -> tuple[str, list[float]]:
    """Printed forms of several letters as these letters, each with its share of the width."""
    out: list[str] = []
    places: list[float] = []
    for n, char in enumerate(text):
        letters = LIGATURES.get(char, char)
        step = (edges[n + 1] - edges[n]) / len(letters)
        out.append(letters)
        places += [edges[n] + m * step for m in range(len(letters))]
    return "".join(out), [*places, edges[-1]]


def _em(runs: list[Run]) -> float:
    """The width of a Han character; where there is none, about the height of a line."""
    wide = [
        (run.right - run.left) / len(run.text)
        for run in runs[:_SAMPLE]
        if is_wide(run.text[0]) and is_wide(run.text[-1]) and run.text.isalpha()
    ]
    found = median(wide or [run.height for run in runs[:_SAMPLE]] or [12.0])
    return max(found, 2.0)


def _meaning(codes: list[int]) -> tuple[int, int]:
    """How many characters there are, and how many of them mean nothing."""
    total = garbled = accented = han = 0
    for code, count in Counter(codes).items():
        if code in _CUTS:
            continue
        total += count
        if 0x2E80 <= code < 0xA000:  # noqa: PLR2004
            han += count
        elif (
            (code < 0x20 and code not in _HYPHENS)  # noqa: PLR2004  controls
            or 0x80 <= code < 0xA0  # noqa: PLR2004
            or 0xE000 <= code < 0xF900  # noqa: PLR2004  private use
            or code == 0xFFFD  # noqa: PLR2004
        ):
            garbled += count
        elif 0xC0 <= code < 0x250:  # noqa: PLR2004  Latin with accents
            accented += count
    if accented > total * _ACCENTED_SHARE and han < total / 10:
        garbled += accented
    return total, garbled


def _by_angle(
    text: pdfium.FPDF_TEXTPAGE, runs: list[Run], upright: float
) -> tuple[list[Run], list[Run]]:
    """Runs that stand upright, and those askew. Only short runs can be: what stands askew falls apart."""
    straight: list[Run] = []
    askew: list[Run] = []
    for run in runs:
        if len(run.text) <= _SHORT:
            angle = (pdfium.FPDFText_GetCharAngle(text, run.first) - upright) % (2 * math.pi)
            if _TURNED < angle < 2 * math.pi - _TURNED:
                askew.append(run)
                continue
        straight.append(run)
    return straight, askew


def quarter_turns(text: pdfium.FPDF_TEXTPAGE, found: PageGlyphs, shown: int) -> int:
    """How many more quarter turns clockwise set most of the words upright; ``shown`` is how far the page is turned anyway.

    pdfium measures angles clockwise, in the page's own coordinates.
    """
    askew = sum(len(run.text) for run in found.askew)
    if askew * 2 <= found.characters:
        return 0
    counts: Counter[int] = Counter()
    total = pdfium.FPDFText_CountChars(text)
    for number in range(0, total, max(1, total // 200)):
        angle = pdfium.FPDFText_GetCharAngle(text, number)
        counts[round(angle / (math.pi / 2)) % 4] += 1
    quarters, often = counts.most_common(1)[0]
    return -(quarters + shown) % 4 if often * 2 > counts.total() else 0
