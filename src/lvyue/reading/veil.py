"""遮盖: the words of a paper as anybody may see them, with personal data starred out, sign for sign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span
from lvyue.reading.personal import Personal

STAR = "＊"


def starred(text: str, head: int = 0, tail: int = 0) -> str:
    """As many stars as signs; ``head`` and ``tail`` signs stay where at least as many are hidden as shown."""
    if head + tail > len(text) // 2:
        head = tail = 0
    hidden = len(text) - head - tail
    return text[:head] + STAR * hidden + text[len(text) - tail :]


class Veil:
    """遮盖: reads a span like ``Paper.words``, and shows a star for every character of personal data in it."""

    def __init__(self, paper: Paper, personal: Iterable[Personal]) -> None:
        self._paper = paper
        self._hidden: dict[tuple[int, tuple[int, int] | None], list[Span]] = defaultdict(list)
        values = set()
        for one in personal:
            self._hidden[one.span.element, one.span.cell].append(one.span)
            values.add(paper.words(one.span).strip())
        #: a value of one character would star half the paper
        self._values = sorted((value for value in values if len(value) > 1), key=len, reverse=True)

    def words(self, span: Span) -> str:
        """The characters of a span; as many stars as hidden characters, so that offsets still hold."""
        text = self._paper.words(span)
        for hidden in self._hidden.get((span.element, span.cell), ()):
            low = max(hidden.start - span.start, 0)
            high = min(hidden.end - span.start, len(text))
            if low < high:
                text = text[:low] + starred(text[low:high]) + text[high:]
        return text

    def told(self, text: str) -> str:
        """Words that a reader took from the paper and tidied, so that no span is left: hidden values are starred by value."""
        for value in self._values:
            if value in text:
                text = text.replace(value, starred(value))
        return text

    def cell(self, element: int, row: int, column: int, text: str) -> str:
        """A cell of a table, whole."""
        if not self._hidden:
            return text
        return self.words(Span(element, 0, len(text), (row, column)))
