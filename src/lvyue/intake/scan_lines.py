"""扫描件的行: strips that were read become the lines of a page, every character with its edge and its score."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rapidfuzz import fuzz

from lvyue.intake.frames import Underline
from lvyue.intake.ocr import Char, Strip
from lvyue.intake.picture import Straight
from lvyue.reading.source import Line, Place

#: strips of one line overlap by so much of their height; a gap wider than so many heights keeps two columns apart
_OVERLAP, _GAP = 0.5, 1.1

#: what a strip stands out beyond its characters, in its height: the detector grows its boxes
_PAD = 0.12

#: a character is about so much of the height of its strip
_EM = 0.72


@dataclass(frozen=True, slots=True)
class Read:
    """读出的条: a strip and its characters."""

    strip: Strip
    chars: tuple[Char, ...]

    @property
    def score(self) -> float:
        return sum(char.score for char in self.chars) / len(self.chars) if self.chars else 0.0


def rows(reads: Sequence[Read]) -> list[list[Read]]:
    """Strips that stand beside each other, from top to bottom, each row from left to right."""
    out: list[list[Read]] = []
    for read in sorted(reads, key=lambda read: read.strip.top + read.strip.bottom):
        for row in reversed(out[-4:]):
            if _beside(row[-1].strip, read.strip):
                row.append(read)
                break
        else:
            out.append([read])
    for row in out:
        row.sort(key=lambda read: read.strip.left)
    return out


def _beside(one: Strip, other: Strip) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > _OVERLAP * min(one.height, other.height)


def lines(
    reads: Sequence[Read], underlines: Sequence[Underline], page: Straight, number: int
) -> Iterator[tuple[int, Line]]:
    """The lines of running text, each with its top in pixels."""
    left_over = list(underlines)
    for row in rows(reads):
        blanks = _blanks_of(row, left_over)
        left_over = [blank for blank in left_over if blank not in blanks]
        for part in _parts(row, blanks):
            yield min(read.strip.top for read in part), _line(part, page, number)
    for blank in left_over:
        strip = Strip(blank.left, blank.y - 40, blank.right, blank.y + 6)
        yield strip.top, _line([_filled(blank, strip)], page, number)


def _blanks_of(row: Sequence[Read], underlines: Sequence[Underline]) -> list[Underline]:
    """The rules under a row of strips under which nothing was written."""
    top = min(read.strip.top for read in row)
    bottom = max(read.strip.bottom for read in row)
    height = bottom - top
    return [line for line in underlines if top + 0.5 * height <= line.y <= bottom + 0.3 * height]


def _parts(row: Sequence[Read], blanks: Sequence[Underline]) -> Iterator[list[Read]]:
    """Strips of a row that follow each other closely; blanks to fill in stand between them as ____."""
    words = [char.x for read in row for char in read.chars]
    whole = list(row)
    for blank in blanks:
        if not any(blank.left <= x <= blank.right for x in words):
            whole += [_filled(blank, row[0].strip)]
    whole = [piece for read in whole for piece in _around(read, whole)]
    whole.sort(key=lambda read: read.strip.left)
    part: list[Read] = []
    for read in whole:
        if part and read.strip.left - part[-1].strip.right > _GAP * read.strip.height:
            yield part
            part = []
        part.append(read)
    yield part


def _around(read: Read, whole: Sequence[Read]) -> Iterator[Read]:
    """A strip that runs on over a blank is cut in two there."""
    cuts = [
        other.strip
        for other in whole
        if other is not read
        and other.chars
        and other.chars[0].text == "_"
        and read.strip.left < other.strip.left
        and other.strip.right < read.strip.right
    ]
    rest = read
    for cut in sorted(cuts, key=lambda strip: strip.left):
        before = tuple(char for char in rest.chars if char.x < cut.left)
        after = tuple(char for char in rest.chars if char.x >= cut.left)
        strip = rest.strip
        yield Read(Strip(strip.left, strip.top, cut.left, strip.bottom), before)
        rest = Read(Strip(cut.right, strip.top, strip.right, strip.bottom), after)
    yield rest


def _filled(blank: Underline, beside: Strip) -> Read:
    """A blank as people type it."""
    em = _EM * beside.height
    count = max(2, round((blank.right - blank.left) / (em / 2)))
    step = (blank.right - blank.left) / count
    chars = tuple(Char("_", 1.0, blank.left + step * (i + 0.5)) for i in range(count))
    return Read(Strip(blank.left, beside.top, blank.right, beside.bottom), chars)


def _line(part: Sequence[Read], page: Straight, number: int) -> Line:
    chars = [char for read in part for char in read.chars]
    while chars and chars[0].text.isspace():
        chars.pop(0)
    while chars and chars[-1].text.isspace():
        chars.pop()
    text = widened("".join(char.text for char in chars))
    top = min(read.strip.top for read in part)
    bottom = max(read.strip.bottom for read in part)
    left = min(read.strip.left for read in part)
    right = max(read.strip.right for read in part)
    pad = _PAD * (bottom - top)
    box = page.points(left + pad, top + pad, right - pad, bottom - pad)
    edges: tuple[float, ...] = ()
    if page.turned == 0:
        edges = edges_of(chars, left + pad, right - pad, (top + bottom) / 2, page)
    return Line(
        text, Place(page=number, box=box), edges=edges, scores=tuple(char.score for char in chars)
    )


def edges_of(
    chars: Sequence[Char], left: float, right: float, y: float, page: Straight
) -> tuple[float, ...]:
    """The x positions between characters, in points: halfway between their middles."""
    if not chars:
        return ()
    xs = [char.x for char in chars]
    between = [(one + other) / 2 for one, other in pairwise(xs)]
    edges = page.across([min(left, xs[0]), *between, max(right, xs[-1])], y)
    for place in range(1, len(edges)):
        edges[place] = max(edges[place], edges[place - 1])
    return tuple(edges)


# ------------------------------------------------------------------------------------------ widths

_WIDE = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！", "(": "（", ")": "）"}
_CLOSING = frozenset("〇”’》）】、。，；：？！％")
_BEFORE_OPENING = frozenset("，；：。、")


def widened(text: str) -> str:
    """Half-width marks among Han made full-width, one for one: recognition does not tell them apart, print does.

    A bracket closes as it opened.
    """
    if not any(char in text for char in _WIDE):
        return text
    out: list[str] = []
    opened: list[str] = []
    for place, char in enumerate(text):
        before, after = out[-1] if out else "", text[place + 1 : place + 2]
        if char in "(（":
            opens = (
                _is_han(before)
                or before in _BEFORE_OPENING
                or _is_han(after)
                or after in {"“", "《"}
            )
            opened.append("（" if opens else char)
            out.append(opened[-1])
        elif char in ")）" and opened:
            out.append("）" if opened.pop() == "（" else ")")
        elif char in _WIDE and (_is_han(before) or before in _CLOSING):
            out.append(_WIDE[char])
        else:
            out.append(char)
    return "".join(out)


def _is_han(char: str) -> bool:
    return "一" <= char <= "鿿"


# ----------------------------------------------------------------------------------------- the page


def settle(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[list[Line]]:
    """What only the whole document tells: margins, so that lines know whether they are indented and full; heads and feet."""
    flagged = [list(_margins(page, pages)) for page in pages]
    return _outside(flagged, heights)


def _margins(page: Sequence[Line], pages: Sequence[Sequence[Line]]) -> Iterator[Line]:
    wide = _wide([line for other in pages for line in other])
    if not wide:
        yield from page
        return
    em = median(_em(line) for line in wide)
    left, right = _between(wide)
    own = _wide(page)
    if len(own) >= 3:  # noqa: PLR2004 - a page of a few lines has the margins of the others
        near_left, near_right = _between(own)
        # A page on which every paragraph is one line would seem to have a margin further in.
        left = near_left if abs(near_left - left) < em or near_left < left else left
        right = near_right if abs(near_right - right) < em or near_right > right else right
    for line in page:
        box = _box(line)
        yield replace(line, indented=box[0] > left + em, full=box[2] >= right - 1.6 * em)


def _between(wide: Sequence[Line]) -> tuple[float, float]:
    """The margins: where nine of ten long lines do not go beyond."""
    left = sorted(_box(line)[0] for line in wide)[len(wide) // 10]
    right = sorted(_box(line)[2] for line in wide)[-1 - len(wide) // 10]
    return left, right


def _wide(page: Sequence[Line]) -> list[Line]:
    """Lines of at least twenty characters: those say where the margins are."""
    return [line for line in page if len(line.text) >= 20 and line.place.box]  # noqa: PLR2004


def _box(line: Line) -> tuple[float, float, float, float]:
    return line.place.box or (0.0, 0.0, 0.0, 0.0)


def _em(line: Line) -> float:
    box = _box(line)
    return (box[3] - box[1]) * _EM / (1 - 2 * _PAD)


#: the part of a page's height in which heads and feet stand
_HEAD, _FOOT = 0.1, 0.9
_PAGE_NUMBER = re.compile(r"[-—–·.第\s]{0,3}\d{1,4}[-—–·.页\s]{0,3}((/|共)\s?\d{1,4}\s?页?)?")
_SAME_HEAD = 85


def _outside(pages: list[list[Line]], heights: Sequence[float]) -> list[list[Line]]:
    """Page numbers, and lines that stand on several pages in the same place, are no part of the text."""
    at_edge = [
        [line for line in page if _edge(line, height)]
        for page, height in zip(pages, heights, strict=True)
    ]
    return [
        [
            replace(line, outside=True)
            if line in edge and (_number(line) or _repeated(line, place, at_edge))
            else line
            for line in page
        ]
        for place, (page, edge) in enumerate(zip(pages, at_edge, strict=True))
    ]


def _edge(line: Line, height: float) -> bool:
    box = _box(line)
    return box[3] < _HEAD * height or box[1] > _FOOT * height


def _number(line: Line) -> bool:
    return _PAGE_NUMBER.fullmatch(line.text) is not None


def _repeated(line: Line, place: int, at_edge: Sequence[Sequence[Line]]) -> bool:
    """Whether a page nearby has the same line at the same height; heads may differ on left and right pages."""
    return any(
        abs(_box(other)[1] - _box(line)[1]) < 2 * _em(line)
        and fuzz.ratio(other.text, line.text) >= _SAME_HEAD
        for near in (place - 2, place - 1, place + 1, place + 2)
        if 0 <= near < len(at_edge)
        for other in at_edge[near]
    )
