"""样本合同: the text that a shipped release shows beside the life of its clauses, written by us.

The real papers are private. A sample has the facts, figures, blanks and numbers of its release, and sentences of our own.
It is one text file, ``samples/<release>.txt``::

    # a comment
    @ main 11.5
    乙方违反驻场管理要求的，……

A line ``@ <clause>`` opens a clause; each line up to the next one is a paragraph of it, without the printed number, which
the release knows. Every clause of the release has its entry, in the order of the paper. What is wrong is refused whole, as
doubts that name the line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from lvyue.core.clause import BadClause, ClauseRef
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.release import Release
from lvyue.library.loader import load

HERE = Path(__file__).parent / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """样本合同: the paragraphs of each clause, in the order of the paper, and the hash of the file they stand in."""

    release: str
    title: str
    sha256: str
    paragraphs: Mapping[ClauseRef, tuple[str, ...]]


@lru_cache(maxsize=32)
def sample(release_id: str) -> Sample:
    """The sample of a shipped release. Raises ``Refused`` if the release is unknown, or its sample missing or wrong."""
    release = load(release_id)
    path = HERE / f"{release_id}.txt"
    if not path.is_file():
        raise Refused(
            [malformed(path.name, "这份合同没有样本文本。", "请在 samples 文件夹中补上。")]
        )
    return read_sample(path.read_bytes(), release)


def read_sample(content: bytes, release: Release) -> Sample:
    """A sample from the bytes of its file, held against its release. Raises ``Refused`` with everything that is wrong."""
    place = f"{release.id}.txt"
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        says = f"第 {error.start} 个字节起不是 UTF-8。"
        raise Refused([malformed(place, says, "请以 UTF-8 编码另存。")]) from error
    entries, doubts = _entries(lines, release, place)
    doubts += _against_the_release(entries, release, place)
    if doubts:
        raise Refused(doubts)
    paragraphs = {entry.ref: tuple(entry.paragraphs) for entry in entries}
    return Sample(
        release=release.id,
        title=release.title,
        sha256=hashlib.sha256(content).hexdigest(),
        paragraphs=MappingProxyType(paragraphs),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One clause as the file has it, and where."""

    ref: ClauseRef
    place: str
    paragraphs: list[str]


def _entries(
    lines: Sequence[str], release: Release, place: str
) -> tuple[list[_Entry], list[Doubt]]:
    """The entries of the file. A heading that names no clause takes its paragraphs with it: one doubt, not many."""
    entries: list[_Entry] = []
    doubts: list[Doubt] = []
    into: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        at, text = f"{place} 第 {number} 行", line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("@"):
            into = []
            match _clause(text.removeprefix("@").strip(), release, at):
                case ClauseRef() as ref:
                    entries.append(_Entry(ref, at, into))
                case Doubt() as doubt:
                    doubts.append(doubt)
        elif into is None:
            doubts.append(
                malformed(
                    at,
                    f"「{text[:20]}」之前没有条款。",
                    "请先写一行“@ 条款号”；说明文字以 # 开头。",
                )
            )
        else:
            into.append(text)
    return entries, doubts


def _clause(text: str, release: Release, at: str) -> ClauseRef | Doubt:
    try:
        ref = ClauseRef.parse(text)
    except BadClause as error:
        return malformed(at, str(error), "请照 clauses.yaml 写。")
    if ref.row is not None or ref not in release.clauses:
        return malformed(at, f"合同里没有条款「{ref}」。", "请照 clauses.yaml 改正或删去。")
    return ref


def _against_the_release(
    entries: Sequence[_Entry], release: Release, place: str
) -> Iterator[Doubt]:
    """Each clause once, with a text, none left out, in the order of the paper."""
    first: dict[ClauseRef, _Entry] = {}
    for entry in entries:
        if entry.ref in first:
            says = f"条款「{entry.ref}」在{first[entry.ref].place.removeprefix(place)}已经写过。"
            yield malformed(entry.place, says, "请合为一处。")
        elif not entry.paragraphs:
            yield malformed(
                entry.place, f"条款「{entry.ref}」没有文字。", "只有标题的条款，请写标题。"
            )
        first.setdefault(entry.ref, entry)
    for clause in release.clauses:
        if clause.ref not in first:
            yield malformed(place, f"缺少条款「{clause.ref}」。", "请按合同的次序补上。")
    for earlier, later in _out_of_order(list(first.values()), release):
        says = f"条款「{later.ref}」应在「{earlier.ref}」之前。"
        yield malformed(later.place, says, "请按合同的次序排列。")


def _out_of_order(entries: Sequence[_Entry], release: Release) -> Iterator[tuple[_Entry, _Entry]]:
    """Neighbours of the file that stand the other way round on paper."""
    order = release.clauses.in_paper_order([entry.ref for entry in entries])
    place = {ref: number for number, ref in enumerate(order)}
    for earlier, later in pairwise(entries):
        if place[later.ref] < place[earlier.ref]:
            yield earlier, later
