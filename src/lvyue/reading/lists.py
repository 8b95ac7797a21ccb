"""编号序列: which number follows which, and how deep each stands, by a stack with costs.

The same dress means different depths in different papers, so the depth of a number comes from the numbers before it. Each step has a
price: the next of a list costs nothing, a new list that begins with one costs little, a gap, a change of dress, a repetition
cost more, and so does taking the number for words. Several stacks are kept at a time and the cheapest wins; what even the cheapest had
to pay for is an anomaly that a person sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lvyue.reading.markers import RANK, Marker, Style
from lvyue.reading.nodes import AnomalyKind

_BEAM = 8
#: a file of more numbers than any contract has is read with fewer stacks, so that a hostile one ends too
_MANY, _FEW_STACKS = 4000, 2
#: what comes after so many is read as words
_MOST = 20_000
_DEEPEST = 9
#: a path this much dearer than the best never comes back: no single number costs more
_MARGIN = 9.0

_OPENS, _OPENS_DECIMAL = 1.5, 1.0
_NEW_ROOT, _ODD_ROOT = 2.0, 8.0
_GAP, _REPEAT, _BACKWARDS = 5.0, 9.0, 12.0
_DRIFT_TOP, _DRIFT, _DRIFT_NEAR, _DRIFT_BULLET = 4.0, 6.0, 2.0, 1.0
_START = 7.0
#: the very first number of a part: part of a contract may have been handed in
_EXCERPT = 4.0
_WORDS, _WEAK_WORDS, _BULLET_WORDS = 10.0, 2.5, 6.0
_SAME_DRESS, _WRONG_RANK, _HIGH_INSIDE, _POPPED, _WEAK = 6.0, 1.5, 6.0, 2.0, 2.0
_WRONG_PREFIX, _SKIPPED_LEVEL, _TOP_DECIMAL = 6.0, 3.0, 2.0
_RUNS_ON = 1.0

#: dresses that one list may mix by carelessness
_NEAR = (
    frozenset({Style.COMMA, Style.POINT, Style.PLAIN}),
    frozenset({Style.BRACKET, Style.HALF_BRACKET}),
    frozenset({Style.LETTER, Style.LETTER_BRACKET, Style.ROMAN}),
    frozenset({Style.HAN, Style.HAN_BRACKET}),
)
#: dresses that stand at the top and never inside a smaller one
_HIGH = frozenset(
    {Style.BOOK, Style.DIVISION, Style.CHAPTER, Style.SECTION, Style.ARTICLE, Style.HAN}
)
#: dresses whose count may run on under the next heading: 第二章 begins with 第四条
_RUNNING = (Style.SECTION, Style.ARTICLE, Style.HAN)


@dataclass(frozen=True, slots=True)
class Step:
    """一步: the reading that was taken (None: the number is part of the words), its depth from 1, and what was odd about it."""

    marker: Marker | None
    level: int
    odd: AnomalyKind | None


class _Entry(NamedTuple):
    """One list of the stack: how it began to be dressed, how it is dressed now, where it stands."""

    base: Style
    style: Style
    numbers: tuple[int, ...]

    @property
    def value(self) -> int:
        return self.numbers[-1]


_Stack = tuple[_Entry, ...]


class _Path(NamedTuple):
    """One way to read the numbers so far."""

    cost: float
    stack: _Stack
    running: tuple[int, ...]
    step: Step | None
    before: _Path | None


class _Move(NamedTuple):
    """One way to take a number: price, depth from 0, the list it makes or goes on with, and what is odd."""

    cost: float
    depth: int
    entry: _Entry
    odd: AnomalyKind | None


def place(items: Sequence[tuple[Marker, ...]]) -> list[Step]:
    """The depth of every number of one part of a paper."""
    width = _BEAM if len(items) <= _MANY else _FEW_STACKS
    left_over = len(items) - _MOST
    if left_over > 0:
        return [*place(items[:_MOST]), *[Step(None, 0, None)] * left_over]
    paths = [_Path(0.0, (), tuple(0 for _ in _RUNNING), None, None)]
    for readings in items:
        paths = _pruned(_all_after(paths, readings), width)
    return _steps(paths[0])


def _all_after(paths: Sequence[_Path], readings: tuple[Marker, ...]) -> list[_Path]:
    """The paths with one number more, without those that are too dear beside one found before."""
    bound = paths[0].cost + 2 * _MARGIN
    found: list[_Path] = []
    for path in paths:
        for after in _after(path, readings, bound):
            found.append(after)
            bound = min(bound, after.cost + _MARGIN)
    return found


def _steps(path: _Path) -> list[Step]:
    steps = []
    at: _Path | None = path
    while at is not None and at.step is not None:
        steps.append(at.step)
        at = at.before
    return steps[::-1]


def _pruned(paths: list[_Path], width: int) -> list[_Path]:
    """The cheapest paths with different stacks."""
    kept: dict[_Stack, _Path] = {}
    cheapest = min(path.cost for path in paths)
    for path in sorted(paths, key=lambda path: path.cost):
        if kept and path.cost > cheapest + _MARGIN:
            break
        if path.stack not in kept:
            kept[path.stack] = path
            if len(kept) == width:
                break
    return list(kept.values())


def _after(path: _Path, readings: tuple[Marker, ...], bound: float) -> Iterator[_Path]:
    for marker in readings:
        running = _ran(path.running, marker)
        so_far = path.cost + (_WEAK if marker.weak else 0)
        for move in _moves(path, marker, bound - so_far):
            cost = so_far + move.cost
            if cost > bound:
                continue
            bound = min(bound, cost + _MARGIN)
            stack = (*path.stack[: move.depth], move.entry)
            yield _Path(cost, stack, running, Step(marker, move.depth + 1, move.odd), path)
    first = readings[0]
    words = _BULLET_WORDS if first.style is Style.BULLET else _WORDS
    cost = _WEAK_WORDS if first.weak else words
    yield _Path(path.cost + cost, path.stack, path.running, Step(None, 0, None), path)


def _ran(running: tuple[int, ...], marker: Marker) -> tuple[int, ...]:
    if marker.style not in _RUNNING:
        return running
    at = _RUNNING.index(marker.style)
    return (*running[:at], marker.value, *running[at + 1 :])


def _moves(path: _Path, marker: Marker, budget: float) -> Iterator[_Move]:
    """The moves worth a look: what costs more than the budget by its kind alone is not reckoned at all."""
    stack = path.stack
    for depth, entry in enumerate(stack):
        move = _sibling(entry, marker, depth)
        if move is not None:
            yield move
    if not stack or budget >= _NEW_ROOT:
        yield _root(path, marker)
    deepest = min(len(stack), _DEEPEST)
    # A list that does not begin with one is never worth closing others for, unless its prefix or its count says where it belongs.
    lonely = marker.value > 1 and marker.style not in (Style.DECIMAL, *_RUNNING)
    for depth in range(max(deepest, 1) if lonely else 1, deepest + 1):
        popping = _POPPED * (len(stack) - depth)
        if budget < popping + _OPENS_DECIMAL:
            continue
        move = _child(path, marker, depth)
        yield _Move(move.cost + popping, depth, move.entry, move.odd)


# ── going on with a list ───────────────────────────────────────────────────────────────────────────────────────────


def _sibling(entry: _Entry, marker: Marker, depth: int) -> _Move | None:
    base, style = entry.base, marker.style
    if style is Style.BULLET:
        if entry.style is not Style.BULLET:
            return None
        return _Move(0, depth, _Entry(base, style, (entry.value + 1,)), None)
    if style is Style.DECIMAL or base is Style.DECIMAL:
        return _decimal_sibling(entry, marker, depth)
    fresh = _Entry(base, style, marker.numbers)
    if style in (base, entry.style):
        cost, odd = _counted(marker.value - entry.value)
        return _Move(cost, depth, fresh, odd)
    if marker.value != entry.value + 1:
        return None
    if base is Style.BULLET:
        return _Move(_DRIFT_BULLET, depth, _Entry(style, style, marker.numbers), AnomalyKind.DRIFT)
    near = any(base in family and style in family for family in _NEAR)
    cost = _DRIFT_NEAR if near else _DRIFT if depth else _DRIFT_TOP
    return _Move(cost, depth, fresh, AnomalyKind.DRIFT)


def _decimal_sibling(entry: _Entry, marker: Marker, depth: int) -> _Move | None:
    if marker.style is not entry.base or len(marker.numbers) != len(entry.numbers):
        return None
    cost, odd = _counted(marker.value - entry.value)
    if marker.numbers[:-1] != entry.numbers[:-1]:
        cost, odd = cost + _WRONG_PREFIX, AnomalyKind.DRIFT
    return _Move(cost, depth, _Entry(entry.base, marker.style, marker.numbers), odd)


def _counted(step: int) -> tuple[float, AnomalyKind | None]:
    """The price of a step in a list, and what is odd about it."""
    if step == 1:
        return 0.0, None
    if step > 1:
        return _GAP + min(step - 1, 5), AnomalyKind.GAP
    return (_REPEAT, AnomalyKind.REPEAT) if step == 0 else (_BACKWARDS, AnomalyKind.BACKWARDS)


# ── opening a list ─────────────────────────────────────────────────────────────────────────────────────────────────


def _root(path: _Path, marker: Marker) -> _Move:
    cost, odd = _begun(path, marker, None)
    if marker.style is Style.DECIMAL:
        cost += _TOP_DECIMAL
    if path.stack:
        higher = RANK[marker.style] < RANK[path.stack[0].base]
        cost += _NEW_ROOT if higher else _ODD_ROOT
    return _Move(cost, 0, _opened(marker), odd)


def _child(path: _Path, marker: Marker, depth: int) -> _Move:
    parent, above = path.stack[depth - 1], path.stack[:depth]
    cost, odd = _begun(path, marker, parent)
    if marker.style is Style.DECIMAL:
        cost += _prefix(parent, marker)
    else:
        cost += _OPENS
        if any(marker.style in (entry.base, entry.style) for entry in above):
            cost += _SAME_DRESS
        higher = RANK[parent.base] - RANK[marker.style]
        if higher > 0:
            cost += _HIGH_INSIDE if marker.style in _HIGH else _WRONG_RANK * higher
    return _Move(cost, depth, _opened(marker), odd)


def _opened(marker: Marker) -> _Entry:
    numbers = (1,) if marker.style is Style.BULLET else marker.numbers
    return _Entry(marker.style, marker.style, numbers)


def _begun(path: _Path, marker: Marker, parent: _Entry | None) -> tuple[float, AnomalyKind | None]:
    """What the first number of a list costs for not being one."""
    if marker.style is Style.BULLET or marker.value == 1:
        return 0.0, None
    if (
        parent is not None
        and marker.style in _RUNNING
        and marker.value == path.running[_RUNNING.index(marker.style)] + 1
    ):
        return _RUNS_ON, None
    if not path.stack:
        return _EXCERPT, AnomalyKind.START
    return _START + min(marker.value, 5), AnomalyKind.START


def _prefix(parent: _Entry, marker: Marker) -> float:
    """What a decimal costs under a heading whose number it should begin with."""
    above = parent.numbers if parent.base is Style.DECIMAL else (parent.value,)
    prefix = marker.numbers[:-1]
    if prefix == above:
        return _OPENS_DECIMAL
    if prefix[: len(above)] == above:
        return _SKIPPED_LEVEL
    return _WRONG_PREFIX
