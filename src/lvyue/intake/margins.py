"""版心: where the text of a document begins and ends, what runs along head and foot of its pages, and their numbers.

A line is at the margin when many lines are there. What is printed at the same height of many pages, with other digits at
most, is no part of the text; neither is a number that goes up by one from page to page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from lvyue.reading.source import Block, Grid, Line, PageSize

#: page numbers stand in the outer parts of a page, among its first and last lines; GB/T 9704 sets them 28 mm from the edge
_BAND = 0.13
#: heads and feet of words stand further out, and text begins below them
_HEAD = 0.09
_OUTER_LINES = 3
#: on so large a share of all pages it is a running head
_SHARE = 0.4
#: heights that are the same, in points
_SAME = 8.0
#: lines that begin or end as near as this begin or end at the same place
_STEP = 2.0
_AT_MARGIN_SHARE = 0.04
#: of so few lines each counts
_FEW = 20
#: a line that ends this near to the margin is full, as a share of the page's width: Chinese breaks anywhere
_FULL = 0.035
#: in Han characters
_INDENT = 0.8
_DIGITS = re.compile(r"[0-9０-９]+")
#: a page number and nothing else; the second needs no other page to be one
_NUMBER = re.compile(r"[-—–·\s]*([0-9０-９]{1,4})[-—–·\s]*")
_SURE_NUMBER = re.compile(
    r"\s*(?:[-—–]\s*[0-9]{1,4}\s*[-—–]|第\s*[0-9一二三四五六七八九十百]{1,5}\s*页.{0,12}|[0-9]{1,4}\s*/\s*[0-9]{1,4})\s*"
)

Pages = Sequence[Sequence[Block]]
At = tuple[int, int]


def with_margins(pages: Pages, sizes: Sequence[PageSize]) -> list[list[Block]]:
    """The same blocks, each line told whether it is outside, indented, and full."""
    outside = _outside(pages, sizes)
    out: list[list[Block]] = []
    edges = _edges(pages, sizes, outside)
    for p, (blocks, size) in enumerate(zip(pages, sizes, strict=True)):
        left, right = edges[_shape(size)]
        out.append(
            [
                _told(block, left, right, size, outside=(p, b) in outside)
                if isinstance(block, Line)
                else block
                for b, block in enumerate(blocks)
            ]
        )
    return out


def _told(line: Line, left: float, right: float, size: PageSize, *, outside: bool) -> Line:
    if line.place.box is None:
        return line
    x0, top, x1, bottom = line.place.box
    em = max(bottom - top, 1.0)
    return replace(
        line,
        indented=x0 > left + _INDENT * em,
        full=x1 >= right - _FULL * size.width,
        outside=outside or line.outside,
    )


def _shape(size: PageSize) -> At:
    return round(size.width / 10), round(size.height / 10)


def _edges(
    pages: Pages, sizes: Sequence[PageSize], outside: set[At]
) -> dict[At, tuple[float, float]]:
    """Left and right margin for each shape of page."""
    lefts: defaultdict[At, list[float]] = defaultdict(list)
    rights: defaultdict[At, list[float]] = defaultdict(list)
    for p, (blocks, size) in enumerate(zip(pages, sizes, strict=True)):
        lefts[_shape(size)].extend(())
        for b, block in enumerate(blocks):
            if isinstance(block, Line) and block.place.box and (p, b) not in outside:
                lefts[_shape(size)].append(block.place.box[0])
                rights[_shape(size)].append(block.place.box[2])
    return {
        shape: (
            _margin(found, least=True),
            _margin(rights[shape], least=False),
        )
        for shape, found in lefts.items()
    }


def _margin(places: Iterable[float], *, least: bool) -> float:
    """The outermost place where many lines begin or end."""
    counts = Counter(round(place / _STEP) for place in places)
    if not counts:
        return 0.0
    enough = max(2, _AT_MARGIN_SHARE * counts.total()) if counts.total() > _FEW else 1
    many = [step for step in counts if counts[step] + counts[step + 1] + counts[step - 1] >= enough]
    chosen = (min if least else max)(many or counts)
    return chosen * _STEP


# --------------------------------------------------------------------------------- heads, feet, numbers

Outer = tuple[int, int, Line]


def _outside(pages: Pages, sizes: Sequence[PageSize]) -> set[At]:
    """Lines that run along head and foot of the pages, by page and block."""
    edges = [
        [(p, b, line) for b, line in edge]
        for p, (blocks, size) in enumerate(zip(pages, sizes, strict=True))
        for edge in _outer_lines(blocks, size)
    ]
    outer = [one for edge in edges for one in edge]
    found = {
        *_repeated(outer, sizes),
        *_numbered(outer),
        *((p, b) for p, b, line in outer if _SURE_NUMBER.fullmatch(line.text)),
    }
    # a head is above the text and a foot below it: what lies between two lines of the text is text
    return {
        (p, b)
        for edge in edges
        for p, b, _ in takewhile(lambda one: (one[0], one[1]) in found, edge)
    }


def _outer_lines(blocks: Sequence[Block], size: PageSize) -> list[list[tuple[int, Line]]]:
    """The first and the last lines of a page, from the edge inwards."""
    lines = [
        (block.place.box, b, block)
        for b, block in enumerate(blocks)
        if isinstance(block, Line) and block.place.box and not block.outside
    ]
    lines.sort(key=lambda one: one[0][1])
    grids = [block.place.box for block in blocks if isinstance(block, Grid) and block.place.box]
    above = min((box[1] for box in grids), default=size.height)
    below = max((box[3] for box in grids), default=0.0)
    head, foot = min(_BAND * size.height, above), max((1 - _BAND) * size.height, below)
    return [
        [(b, line) for box, b, line in lines[:_OUTER_LINES] if box[3] < head],
        [(b, line) for box, b, line in lines[::-1][:_OUTER_LINES] if box[1] > foot],
    ]


def _repeated(outer: Sequence[Outer], sizes: Sequence[PageSize]) -> set[At]:
    """The same words, other digits at most, at the same height of many pages, outside where text is usually set."""
    groups: defaultdict[tuple[str, int], list[At]] = defaultdict(list)
    for p, b, line in outer:
        key = _DIGITS.sub("#", "".join(line.text.split()))
        if line.place.box is None or not key.strip("#"):
            continue
        _, top, _, bottom = line.place.box
        if not (bottom < _HEAD * sizes[p].height or top > (1 - _HEAD) * sizes[p].height):
            continue
        step = round(top / _SAME)
        for near in (
            step,
            step + 1,
        ):  # two neighbouring steps, so that no border parts what is the same
            groups[key, near].append((p, b))
    return {
        at
        for found in groups.values()
        if len({p for p, _ in found}) >= max(2, _SHARE * len(sizes))
        for at in found
    }


def _numbered(outer: Sequence[Outer]) -> set[At]:
    """Numbers that go up with the pages."""
    offsets: defaultdict[int, list[At]] = defaultdict(list)
    for p, b, line in outer:
        found = _NUMBER.fullmatch(line.text)
        if found:
            offsets[int(found[1]) - p].append((p, b))
    return {at for found in offsets.values() if len(found) > 1 for at in found}
