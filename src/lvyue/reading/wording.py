"""措辞之别: what of a sentence was kept, removed and added, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

#: a number with its separators, a word of letters, or one sign
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|\s+|.", re.DOTALL)
#: a kept stretch of so few signs between two changes is read more easily as changed too
_ISLAND = 1


class RunKind(StrEnum):
    """变动: kept, removed, or added."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Run:
    """文字段: a stretch of words that were all kept, all removed, or all added."""

    kind: RunKind
    text: str


def words_of(text: str) -> list[str]:
    """Numbers and foreign words whole, everything else sign by sign: Chinese has no blanks to go by."""
    return [found[0] for found in _WORD.finditer(text)]


def runs(before: str, after: str) -> tuple[Run, ...]:
    """How one text becomes the other; kept and removed runs together are the first, kept and added the second."""
    old, new = words_of(before), words_of(after)
    raw: list[Run] = []
    for step in Indel.opcodes(old, new):
        was = "".join(old[step.src_start : step.src_end])
        if step.tag == "equal":
            raw.append(Run(RunKind.KEPT, was))
        elif step.tag == "delete":
            raw.append(Run(RunKind.REMOVED, was))
        elif step.tag == "insert":
            raw.append(Run(RunKind.ADDED, "".join(new[step.dest_start : step.dest_end])))
    return tuple(_merged(_without_islands(raw)))


def _without_islands(raw: list[Run]) -> Iterator[Run]:
    for place, run in enumerate(raw):
        inside = 0 < place < len(raw) - 1
        if run.kind is RunKind.KEPT and inside and len(run.text) <= _ISLAND:
            yield Run(RunKind.REMOVED, run.text)
            yield Run(RunKind.ADDED, run.text)
        else:
            yield run


def _merged(pieces: Iterable[Run]) -> Iterator[Run]:
    """Between two kept runs, one removed and one added run."""
    removed = added = ""
    for piece in pieces:
        if piece.kind is RunKind.REMOVED:
            removed += piece.text
        elif piece.kind is RunKind.ADDED:
            added += piece.text
        else:
            yield from _changed(removed, added)
            removed = added = ""
            yield piece
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Run]:
    if removed:
        yield Run(RunKind.REMOVED, removed)
    if added:
        yield Run(RunKind.ADDED, added)
