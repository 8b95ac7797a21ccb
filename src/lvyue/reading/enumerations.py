"""列举与插入: lists of services that are one duty each, and duties that stand in brackets inside another sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvyue.reading.kinds import papers_in
from lvyue.reading.plain import plain
from lvyue.reading.sentences import MODAL, Act, Piece, Sentence, bare, hidden, sentences

_OBLIGES_ASIDE = re.compile(r"(?:甲方|乙方|双方)[^，。）)]{0,12}(?:应当?|须|不得|必须|有权)")
_LEAST_ASIDE = 12


def asides(text: str, begin: int) -> Iterator[Sentence]:
    """（但乙方仍须对分包商负责）: a duty that stands in brackets inside another sentence."""
    for start, end in hidden(text):
        inner = text[start + 1 : end - 1]
        if start < begin or text[start] not in "（(" or len(inner) < _LEAST_ASIDE:
            continue
        if _OBLIGES_ASIDE.search(inner):
            yield from sentences(text[: end - 1], start + 1)


_LIST_MARK = "、"
_LEAST_ITEMS = 3
_LEAST_ITEM = 4
_LONGEST_LISTED = 40


def listed(sentence: Sentence) -> Iterator[Act]:
    """The services of a list, one act each; none where the sentence is no list of services."""
    others, found = list[Piece](), False
    for piece in sentence.pieces:
        marks = bare(piece.text)
        if (
            MODAL.search(marks)
            or marks.count(_LIST_MARK) < _LEAST_ITEMS
            or len(papers_in(plain(marks).text)) * 2 >= marks.count(_LIST_MARK)
        ):
            others.append(piece)
            continue
        found = True
        yield from _parts(piece, _LIST)
    if found:
        for piece in others:
            if piece.mark not in "：:" and len(piece.text) >= _LEAST_ITEM:
                yield from _parts(piece, _SHORT_LIST)


_LIST = re.compile(r"、")
_SHORT_LIST = re.compile(r"、|及(?=[一-鿿]{3})")


def _parts(piece: Piece, mark: re.Pattern[str]) -> Iterator[Act]:
    """The items of one piece, each an act at its own place."""
    shown, at = bare(piece.text), 0
    for end in (*(found.start() for found in mark.finditer(shown)), len(shown)):
        if _LEAST_ITEM <= end - at <= _LONGEST_LISTED:
            yield Act(Piece(piece.start + at, piece.start + end, piece.text[at:end], ""), ())
        at = end + 1
