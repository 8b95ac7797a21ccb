"""来源: where the entries of the index come from. A room above says how far each contract is, and what came since.

The index follows by a mark, and never stands in the way of an act: recording a fact costs nothing more than before, a
bulk import stays linear, and a process that is killed has lost nothing, because the mark moves in the transaction that
enters the words. What was recorded a moment ago is brought in when somebody searches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from lvyue.search.choices import EntryKind, Whose


@dataclass(frozen=True, slots=True)
class Row:
    """一条: what a feed has to say of one thing. ``key`` names it among its kind on its contract; ``person`` and
    ``department`` are whose it is, where that decides who sees it."""

    kind: EntryKind
    key: str
    title: str
    text: str = ""
    day: date | None = None
    whose: Whose = Whose.ALL
    person: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """新到: rows in order, up to ``mark``. With ``whole`` they stand for everything of the feed's kinds on the contract; a
    feed that only grows answers a piece at a time, and says which one is the ``last``."""

    rows: Iterator[Row]
    mark: str
    whole: bool = True
    last: bool = True


@dataclass(frozen=True, slots=True)
class Feed:
    """来源: ``marks`` says how far contracts are, in a number of reads that does not grow with them; ``since`` what came after
    a mark (an empty one is the beginning)."""

    name: str
    zh: str
    kinds: frozenset[EntryKind]
    marks: Callable[[Collection[str]], Mapping[str, str]]
    since: Callable[[str, str], News]


@cache
def feeds() -> tuple[Feed, ...]:
    """Every feed, as settings.SEARCH_FEEDS names them: this room knows none of the rooms above."""
    return tuple(one for path in settings.SEARCH_FEEDS for one in import_string(path))
