"""推演: a log prefix as it would be with facts that somebody supposes and without others. Nothing here is ever saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import Fact, FactId

#: Stands where the root of a log prefix stands: what is only supposed has none, and no address leads to it.
SUPPOSED = "supposed"


def scratch(
    recorded: Sequence[Fact], added: Sequence[Fact], without: Collection[FactId]
) -> list[Fact]:
    """The recorded facts but some, and after them the supposed ones in the order given.

    ``Refused`` if a fact to be left out is not there, or a supposed one bears an id that is taken.
    """
    doubts = [*_unknown(recorded, without), *_taken(recorded, added)]
    if doubts:
        raise Refused(doubts)
    kept = [fact for fact in recorded if fact.id not in without]
    begin = max((fact.index for fact in recorded), default=-1) + 1
    return [*kept, *(replace(fact, index=place) for place, fact in enumerate(added, start=begin))]


def _unknown(recorded: Sequence[Fact], without: Collection[FactId]) -> Iterator[Doubt]:
    known = {fact.id for fact in recorded} if without else set[FactId]()
    for one in without:
        if one not in known:
            says = f"日志里没有编号为“{one}”的事实，不能拿掉。"
            yield malformed("推演", says, "请核对编号，或取更长的一段日志。")


def _taken(recorded: Sequence[Fact], added: Sequence[Fact]) -> Iterator[Doubt]:
    known = {fact.id for fact in recorded} if added else set[FactId]()
    for fact in added:
        if fact.id in known:
            says = f"编号“{fact.id}”已经有一条事实。"
            yield malformed("推演", says, "请给假设的事实另取一个编号。")
        known.add(fact.id)
