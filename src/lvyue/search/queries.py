"""Reads of the index: what somebody finds, and only where they hold a role now (REG-10).

What is found is looked at once more, word by word, before it is shown: the database only names candidates, so that the
two databases, and a structure that lags behind, can never tell different things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account, seats_of
from lvyue.search import postings
from lvyue.search.choices import EntryKind, Whose
from lvyue.search.models import IndexEntry
from lvyue.search.postings import Part, Scope
from lvyue.search.words import Question, excerpt_of, folded, marked, question_of, words_of

#: So many stand on a page of one kind, and so many of each where all kinds are shown.
AT_ONCE, OF_EACH = 50, 5

#: Counted so far, and then said to be more.
COUNTED = 1000

#: Somebody on more contracts than this is sifted by row; on fewer the words name the contracts.
NAMED = 100

#: Candidates that are looked at for one page, when quotes or another side sift them out.
LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """所查: what was typed, in which kind, on which contract, from which day to which, and where the page before ended."""

    typed: str
    kind: EntryKind | None = None
    contract_id: str = ""
    first: date | None = None
    last: date | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """找到的一条: with title and surroundings in pieces, those that were looked for marked."""

    kind: EntryKind
    key: str
    contract_id: str
    title: tuple[tuple[str, bool], ...]
    excerpt: tuple[tuple[str, bool], ...]
    day: date | None

    @property
    def named(self) -> str:
        return "".join(text for text, _ in self.title)


@dataclass(frozen=True, slots=True)
class Group:
    """一类: the first of one kind, and how many there are: more than `COUNTED` are not counted."""

    kind: EntryKind
    hits: tuple[Hit, ...]
    number: int

    @property
    def told(self) -> str:
        return f"{COUNTED:,}+" if self.number > COUNTED else f"{self.number:,}"


@dataclass(frozen=True, slots=True)
class Found:
    """结果: by kind, or a page of one kind; ``next`` leads to what is behind."""

    question: Question
    groups: tuple[Group, ...]
    next: str = ""

    @property
    def number(self) -> int:
        return sum(one.number for one in self.groups)


def find(account: Account, asked: Asked) -> Found:
    """What somebody finds. Of a contract on which they hold no role nothing tells, not even a number."""
    question = question_of(asked.typed)
    seats = {
        contract_id: seat
        for contract_id, seat in visible_to(account).items()
        if asked.contract_id in ("", contract_id)
    }
    if question.is_empty or not seats:
        return Found(question, ())
    search = _Search(question, seats, asked)
    if asked.kind is not None:
        hits, after = search.page(asked.kind, asked.after, AT_ONCE)
        return Found(question, (Group(asked.kind, hits, search.count(asked.kind)),), after)
    groups = (search.group(kind) for kind in EntryKind if search.may_hold(kind))
    return Found(question, tuple(one for one in groups if one.hits))


def visible_to(account: Account) -> dict[str, Seat]:
    """The contracts in which somebody may look, with their seat there. One read."""
    return {pk: seat for pk, seat in seats_of(account).items() if may(seat, Right.SEE)}


class _Search:
    """One question of one person."""

    def __init__(self, question: Question, seats: Mapping[str, Seat], asked: Asked) -> None:
        self._question = question
        self._seats = seats
        self._asked = asked

    def may_hold(self, kind: EntryKind) -> bool:
        """Whether it is worth while to look among a kind."""
        return postings.occurs(self._question, self._scope(kind))

    def group(self, kind: EntryKind) -> Group:
        hits, _ = self.page(kind, "", OF_EACH)
        return Group(kind, hits, self.count(kind) if len(hits) == OF_EACH else len(hits))

    def page(self, kind: EntryKind, after: str, limit: int) -> tuple[tuple[Hit, ...], str]:
        """So many hits from a place on: first what bears the words in its name, then the rest; of each the newest first."""
        titled, below = _place(after)
        hits = list[Hit]()
        place = ""
        for tier in (Part.TITLE, Part.REST) if titled else (Part.REST,):
            looked = 0
            while looked < LOOKED_AT:
                ids = self._ids(kind, below, limit + 1, tier)
                for entry in _entries(ids):
                    if len(hits) == limit:
                        return tuple(hits), place
                    place = f"{'t' if tier is Part.TITLE else 'o'}{entry.pk}"
                    if self._holds(entry):
                        hits.append(self._hit(entry))
                if len(ids) <= limit:
                    break
                looked += len(ids)
                below = ids[-1]
            below = None
        return tuple(hits), ""

    def count(self, kind: EntryKind) -> int:
        """How many there are, as the database has them, up to one more than `COUNTED`."""
        where, given = self._where(kind, None, Part.EITHER)
        inner = f"SELECT 1 FROM {postings.join()} WHERE {where} LIMIT {COUNTED + 1}"  # noqa: S608  our own words
        return _numbers(f"SELECT count(*) FROM ({inner}) AS found", given)[0]  # noqa: S608  our own words

    def _ids(self, kind: EntryKind, below: int | None, limit: int, part: Part) -> list[int]:
        found = list[int]()
        for floor in postings.floors(below):
            where, given = self._where(kind, below, part)
            sql = (
                f"SELECT e.id FROM {postings.join()} WHERE {where} AND {postings.number()} > %s "  # noqa: S608  our own words
                f"ORDER BY {postings.number()} DESC LIMIT {limit - len(found)}"
            )
            found += _numbers(sql, [*given, floor])
            if len(found) == limit:
                break
            below = floor + 1
        return found

    def _scope(self, kind: EntryKind) -> Scope:
        few = len(self._seats) <= NAMED
        return Scope(tuple(self._seats) if few else (), kind.value)

    def _where(self, kind: EntryKind, below: int | None, part: Part) -> tuple[str, list[Any]]:
        match, asked = postings.condition(self._question, self._scope(kind), part)
        where, given = [match], list[Any]([asked])
        if len(self._seats) > NAMED:
            condition, mine = postings.among(self._seats)
            where.append(condition)
            given.append(mine)
        where.append(self._sided(given))
        for condition, value in (
            (f"{postings.number()} < %s", below),
            ("e.day >= %s", self._asked.first),
            ("e.day <= %s", self._asked.last),
        ):
            if value is not None:
                where.append(condition)
                given.append(value)
        return " AND ".join(where), given

    def _sided(self, given: list[Any]) -> str:
        """What is of one side is for those who are on it there."""
        told = ["e.whose = ''"]
        for whose in (Whose.BUYER, Whose.SUPPLIER):
            mine = [
                pk for pk, seat in self._seats.items() if whose in {one.value for one in seat.sides}
            ]
            if mine:
                condition, ids = postings.among(mine)
                told.append(f"(e.whose = %s AND {condition})")
                given += [whose.value, ids]
        return f"({' OR '.join(told)})"

    def _holds(self, entry: IndexEntry) -> bool:
        """Whether it truly says so."""
        title, text = words_of(entry.title), words_of(entry.text)
        there = [title, text]
        question = self._question
        return (
            all(any(one.stands_in(words) for words in there) for one in question.all)
            and not any(one.stands_in(words) for one in question.none for words in there)
            and all(quoted in folded(f"{entry.title}\n{entry.text}") for quoted in question.exact)
        )

    def _hit(self, entry: IndexEntry) -> Hit:
        return Hit(
            EntryKind(entry.kind),
            entry.key,
            entry.contract_id,
            marked(entry.title, self._question),
            excerpt_of(entry.text, self._question),
            entry.day,
        )


def _place(after: str) -> tuple[bool, int | None]:
    """Where a page ended; from the beginning where nobody wrote that."""
    tier, number = after[:1], after[1:]
    if tier not in ("t", "o") or not (number.isascii() and number.isdecimal()):
        return True, None
    return tier == "t", min(int(number), 2**62)


def _entries(ids: Sequence[int]) -> list[IndexEntry]:
    found = IndexEntry.objects.in_bulk(ids)
    return [found[one] for one in ids if one in found]


def _numbers(sql: str, given: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return [int(row[0]) for row in cursor.fetchall()]


def size() -> int:
    """How many things can be found."""
    return IndexEntry.objects.count()
