"""条款对应: which clause of one contract is which of another, by what it says and not by its number."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import Indel

from lvyue.core.clause import ClauseRef
from lvyue.reading.outline import NodeKind
from lvyue.reading.paragraphs import Paragraph, Span
from lvyue.reading.reading import Reading
from lvyue.reading.veil import STAR, Veil

#: two clauses are the same one from this likeness on, 0 to 1
_LIKE = 0.55
#: short ones, such as headings, must be more alike
_SHORT, _LIKE_SHORT = 10, 0.8
#: at the same number much may have been rewritten
_LIKE_THERE = 0.35
#: how many clauses are looked at closely for each
_CLOSE = 6
#: a pair of signs that so many clauses have tells nothing
_COMMON = 60
#: a heading is so long
_LEAST_HEADING, _MOST_HEADING = 3, 24
#: what standing at the same number, or under parents that belong together, adds to the likeness
_SAME_NUMBER, _SAME_PARENT = 0.03, 0.04

_BLANKS = re.compile(r"\s+")
_FILLED = re.compile(
    rf"[0-9][0-9.,]*|[零〇一二三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟万亿]{{2,}}|[_＿]+|{STAR}+|[*]"
)
_SIGNS = re.compile(r"[^一-鿿A-Za-z0-9#]+")


@dataclass(frozen=True)
class Unit:
    """条款文字: one clause as it is compared: its reference, number and own words without what is personal."""

    ref: ClauseRef
    label: str
    text: str
    span: Span | None
    parent: ClauseRef | None
    children: int

    @cached_property
    def plain(self) -> str:
        """Without blanks, and every sign in one width, so that a bracket style is no difference."""
        return _BLANKS.sub("", unicodedata.normalize("NFKC", self.text))

    @property
    def heading(self) -> str:
        """Its first line where that is a heading over more text, or all there is; empty where it is a sentence."""
        first = self.text.partition("\n")[0].strip()
        return (
            first
            if _LEAST_HEADING <= len(first) <= _MOST_HEADING and first[-1] not in "。；，："
            else ""
        )

    @cached_property
    def fingerprint(self) -> str:
        """条款指纹: the same for every contract that filled the same template in differently."""
        return fingerprint(self.text)


def fingerprint(text: str) -> str:
    """条款指纹: a hash of the wording with figures, blanks and signs left out; empty for a text of only those."""
    plain = unicodedata.normalize("NFKC", text)
    bare = _SIGNS.sub("", _FILLED.sub("#", plain))
    return hashlib.sha256(bare.encode()).hexdigest()[:16] if bare.strip("#") else ""


def units_of(reading: Reading) -> tuple[Unit, ...]:
    """The clauses of a reading that say something, in the order of the paper; instructions of the template left out."""
    veil = Veil(reading.paper, reading.personal)
    nodes = reading.paper.outline.nodes
    children = Counter(node.parent for node in nodes if node.kind is NodeKind.NUMBERED)
    units = []
    for index, node in enumerate(nodes):
        if not node.binding or node.kind in (NodeKind.FRONT, NodeKind.BACK):
            continue
        spans = [
            Span(element, node.begins if place == 0 else 0, len(found.text))
            for place, element in enumerate(node.elements)
            if isinstance(found := reading.paper.text.elements[element], Paragraph)
        ]
        text = "\n".join(veil.words(span) for span in spans).strip()
        if text:
            parent = nodes[node.parent].ref if node.parent is not None else None
            units.append(
                Unit(
                    node.ref,
                    node.label,
                    text,
                    spans[0] if spans else None,
                    parent,
                    children.get(index, 0),
                )
            )
    return tuple(units)


@dataclass(frozen=True, slots=True)
class Pair:
    """对应: places of two clauses in their lists, and how alike they are; 1 is word for word."""

    before: int
    after: int
    likeness: float


def align(before: Sequence[Unit], after: Sequence[Unit]) -> tuple[Pair, ...]:
    """Each clause with at most one of the other side, in the order of the second; what is left over is lost or new."""
    mates = _Mates(before, after)
    mates.equal(same_number=True)
    mates.equal(same_number=False)
    mates.alike()
    mates.headed()
    mates.there()
    return tuple(sorted(mates.pairs, key=lambda pair: pair.after))


class _Mates:
    """配对: what is paired already, and the passes that pair the rest, the surest first."""

    def __init__(self, before: Sequence[Unit], after: Sequence[Unit]) -> None:
        self.before, self.after = before, after
        self.pairs: list[Pair] = []
        self._of_before: dict[int, int] = {}
        self._of_after: set[int] = set()
        self._by_ref: dict[ClauseRef, ClauseRef] = {}

    def _join(self, one: int, other: int, likeness: float) -> None:
        if one in self._of_before or other in self._of_after:
            return
        self._of_before[one] = other
        self._of_after.add(other)
        self._by_ref[self.before[one].ref] = self.after[other].ref
        self.pairs.append(Pair(one, other, likeness))

    def equal(self, *, same_number: bool) -> None:
        """Word for word; first at the same number, then anywhere."""
        waiting: dict[tuple[str, ClauseRef | None], list[int]] = defaultdict(list)
        for i, unit in enumerate(self.before):
            if i not in self._of_before:
                waiting[unit.plain, unit.ref if same_number else None].append(i)
        for j, unit in enumerate(self.after):
            queue = waiting.get((unit.plain, unit.ref if same_number else None))
            if j not in self._of_after and queue:
                self._join(queue.pop(0), j, 1.0)

    def alike(self) -> None:
        """Those that share most of their words, the most alike first."""
        found = sorted(
            self._likenesses(), key=lambda one: (-one[0], abs(one[1] - one[2]), one[1], one[2])
        )
        for score, i, j in found:
            self._join(i, j, min(score, 0.999))

    def _likenesses(self) -> Iterator[tuple[float, int, int]]:
        postings: dict[str, list[int]] = defaultdict(list)
        for i, unit in enumerate(self.before):
            if i not in self._of_before:
                for pair in _pairs_of_signs(unit.plain):
                    postings[pair].append(i)
        for j, unit in enumerate(self.after):
            if j in self._of_after:
                continue
            shared: Counter[int] = Counter()
            for pair in _pairs_of_signs(unit.plain):
                holders = postings.get(pair, ())
                if len(holders) <= _COMMON:
                    shared.update(holders)
            for i, _ in shared.most_common(_CLOSE):
                yield from self._judged(i, j)

    def _judged(self, i: int, j: int) -> Iterator[tuple[float, int, int]]:
        one, other = self.before[i], self.after[j]
        short = min(len(one.plain), len(other.plain)) < _SHORT
        least = _LIKE_SHORT if short else _LIKE
        score = Indel.normalized_similarity(one.plain, other.plain, score_cutoff=least)
        if score:
            at_home = one.parent is not None and self._by_ref.get(one.parent) == other.parent
            bonus = _SAME_NUMBER * (one.ref == other.ref) + _SAME_PARENT * at_home
            yield score + bonus, i, j

    def headed(self) -> None:
        """Rewritten under the same heading, where each side has that heading once."""
        old = _by_heading(self.before, set(self._of_before))
        new = _by_heading(self.after, self._of_after)
        for heading, (i, *others) in old.items():
            j, *more = new.get(heading, [-1])
            if j >= 0 and not others and not more:
                one, other = self.before[i].plain, self.after[j].plain
                self._join(i, j, Indel.normalized_similarity(one, other))

    def there(self) -> None:
        """What is left over at the same number and not all too different."""
        left = {unit.ref: i for i, unit in enumerate(self.before) if i not in self._of_before}
        for j, unit in enumerate(self.after):
            i = left.get(unit.ref)
            if i is None or j in self._of_after:
                continue
            score = Indel.normalized_similarity(
                self.before[i].plain, unit.plain, score_cutoff=_LIKE_THERE
            )
            if score:
                self._join(i, j, score)


def _by_heading(units: Sequence[Unit], taken: set[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for i, unit in enumerate(units):
        if i not in taken and unit.heading:
            found[unit.heading].append(i)
    return found


def _pairs_of_signs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
