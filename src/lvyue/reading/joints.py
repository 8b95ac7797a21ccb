"""接缝: whether the next line goes on with the sentence before it, which a page or the edge of a line cut.

The rule was measured on real contracts: a paragraph of 28 characters or more without an end, followed by a line without a number,
was cut; shorter ones are headings. Fields of heads and signature blocks are no sentences and only take back the rest of a name.
"""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.reading.markers import RANK, Marker, Style, markers, narrow
from lvyue.reading.titles import (
    annex_label,
    is_agreement,
    is_contents,
    is_end,
    is_field,
    is_notes,
    is_seal,
    is_signing,
    is_title,
    is_whereas,
    is_whole,
)

#: what ends a sentence, or leads into a list
_ENDS = frozenset("。；;：:！？!?…")
#: what may stand after the end of a sentence, and at the end of half of one
_CLOSERS = frozenset('）)】]》〉”’」』"')
#: no paragraph begins with these
_NEVER_FIRST = frozenset("，,。；;、：:）)】]》”’！？!?%％")
_GOES_ON = frozenset("的等和与及或并之是为")
_OPEN, _SHUT = "（(《【［[", "）)》】］]"
_SENTENCE = 28
#: a field is short; a sentence that begins like one is not
_FIELD = 60
_HALF_NAME, _REST_OF_NAME = 8, 26
#: of a line broken anywhere: shorter ones are headings
_BROKEN = 16
#: how far back an open bracket is looked for
_BACK = 160
_DEEPEST = 9


@dataclass(frozen=True, slots=True)
class Edge:
    """边: how the line before ends and the next begins: whether the one is full, the other indented, and a gap between them.

    ``close``: lines of this text break anywhere and blank lines part its paragraphs, so that lines without a gap are one paragraph.
    ``numbered``: every paragraph is indented, those with a number too.
    """

    full: bool | None
    indented: bool | None
    gap: bool
    ragged: bool
    close: bool
    numbered: bool
    last: int


class Numbers:
    """编号的后继: the lists that are open and how far they are; only a line break inside a sentence asks."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: list[Marker] = []

    def met(self, found: tuple[Marker, ...]) -> None:
        """A paragraph began with these readings."""
        for marker in found[:1]:
            at = next((n for n, last in enumerate(self._open) if _follows(marker, last)), None)
            if at is not None:
                del self._open[at:]
            elif RANK[marker.style] <= RANK[Style.HAN]:
                self._open = [one for one in self._open if RANK[one.style] < RANK[marker.style]]
            self._open.append(marker)
            del self._open[:-_DEEPEST]

    def may_follow(self, found: tuple[Marker, ...]) -> bool:
        """Whether one of the readings starts a list or goes on with one that is open."""
        return any(
            (marker.value == 1 and marker.style is not Style.DECIMAL)
            or RANK[marker.style] < RANK[Style.HAN]
            or marker.style is Style.BULLET
            or any(_follows(marker, last) or _opens(marker, last) for last in self._open)
            for marker in found
        )


def _follows(marker: Marker, last: Marker) -> bool:
    """The next of the same list, whatever its dress; a decimal may also close lists inside it."""
    numbers = last.numbers
    if marker.style is Style.DECIMAL:
        size = len(marker.numbers)
        return (
            last.style is Style.DECIMAL
            and size <= len(numbers)
            and marker.numbers == (*numbers[: size - 1], numbers[size - 1] + 1)
        )
    if last.style is Style.DECIMAL:
        return False
    return RANK[marker.style] == RANK[last.style] and marker.value == last.value + 1


def _opens(marker: Marker, last: Marker) -> bool:
    """The first decimal under a number."""
    above = last.numbers if last.style is Style.DECIMAL else (last.value,)
    return marker.style is Style.DECIMAL and marker.numbers == (*above, 1)


def goes_on(before: str, after: str, edge: Edge, numbers: Numbers) -> bool:
    """Whether ``after`` belongs to the paragraph ``before``."""
    found = markers(after)
    field = is_field(before) and len(before) < _FIELD
    in_sentence = edge.full and not edge.gap and not field and before[-1] not in _ENDS
    if is_end(after) or (not in_sentence and stands_alone(after)):
        return False
    if field:
        return _name_goes_on(before, after, edge, found)
    inside = edge.full and edge.indented is False and edge.numbered
    if not edge.gap and (inside or (edge.close and len(before) >= _SENTENCE and not found)):
        return True
    if is_field(after) and not in_sentence:
        return False
    if after[0] in _NEVER_FIRST or (before[-1] in _OPEN and not edge.gap):
        return True
    if edge.full and not edge.gap:
        return _fills_the_line(before, edge, found, numbers)
    if edge.close and not edge.gap:
        return len(before) >= _BROKEN and not (found and numbers.may_follow(found))
    return not found and _was_cut(before, after, edge)


def _fills_the_line(before: str, edge: Edge, found: tuple[Marker, ...], numbers: Numbers) -> bool:
    ended = before[-1] in _ENDS
    if edge.indented:
        return not ended and not found
    if found and found[0].weak:
        return not ended
    # （2） after a semicolon opens a paragraph only where （1） did
    stopped = before[-1] in "。：:！？!?"
    return not found if stopped else not numbers.may_follow(found)


def _was_cut(before: str, after: str, edge: Edge) -> bool:
    if before[-1] in _ENDS or _is_headline(before):
        return False
    if before[-1] in _CLOSERS:
        return after[0] in _GOES_ON and len(before) >= _SENTENCE
    if len(before) >= _SENTENCE:
        return True
    if edge.ragged and not edge.gap and edge.last >= _BROKEN:
        return True
    return len(before) >= _HALF_NAME and _is_open(before)


def _is_headline(before: str) -> bool:
    """A title, however long, ends without a stop."""
    return not markers(before) and is_title(before)


def _is_open(before: str) -> bool:
    tail = before[-_BACK:]
    depth = 0
    for char in tail:
        if char in _OPEN:
            depth += 1
        elif char in _SHUT and depth:
            depth -= 1
    return depth > 0


def _name_goes_on(before: str, after: str, edge: Edge, found: tuple[Marker, ...]) -> bool:
    """The name of a bank or a party over two lines: half of one before, the rest after."""
    value = narrow(before).partition(":")[2].strip()
    if not value or found or is_field(after) or is_seal(after):
        return False
    if edge.full and not edge.gap:
        return True
    return (
        len(value) >= _HALF_NAME
        and not is_whole(value)
        and len(after) <= _REST_OF_NAME
        and is_whole(after)
        and not after[0].isdigit()
        and not is_title(after)
    )


def stands_alone(text: str) -> bool:
    """A line that never goes on with a sentence."""
    return len(text) <= 60 and (  # noqa: PLR2004 - none of these is longer
        is_end(text)
        or is_signing(text)
        or is_notes(text)
        or is_contents(text)
        or is_whereas(text)
        or annex_label(text) is not None
        or is_agreement(text)
    )
