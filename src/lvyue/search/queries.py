"""Reads of the index: what somebody finds, and only where they hold a role now (REG-10).

What is found is looked at once more, word by word, before it is shown: the database only names candidates, so that the
two databases, and a structure that lags behind, can never tell different things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account, seats_of
from lvyue.core.terms import Party
from lvyue.search import postings
from lvyue.search.choices import EntryKind, Whose
from lvyue.search.models import IndexEntry
from lvyue.search.postings import Part, Scope, Sift
from lvyue.search.words import (
    Phrase,
    Question,
    excerpt_of,
    folded,
    marked,
    question_of,
    words_of,
)

#: So many stand on a page of one kind, and so many of each where all kinds are shown.
AT_ONCE, OF_EACH = 50, 5

#: Counted so far, and then said to be more.
COUNTED = 1000

#: For somebody on so many contracts at most the words name the contracts; on more, every row is asked.
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


@dataclass(frozen=True, slots=True)
class Owner:
    """谁的: what of using departments is somebody's: their own, and their department's; empty for none."""

    username: str
    department: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one for one in (self.username, self.department) if one)


#: Kinds whose entries say whose they are: a using department need not look at those of others.
OWNED = frozenset({EntryKind.TICKET})


def owner_of(account: Account) -> Owner:
    department = account.department
    return Owner(account.username, department.name if department is not None else "")


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
    search = _Search(question, seats, asked, owner_of(account))
    with postings.steadily():
        if asked.kind is not None:
            hits, after = search.page(asked.kind, asked.after, AT_ONCE)
            return Found(question, (Group(asked.kind, hits, search.count(asked.kind)),), after)
        groups = [search.group(kind) for kind in search.kinds()]
    return Found(question, tuple(one for one in groups if one.hits))


def visible_to(account: Account) -> dict[str, Seat]:
    """The contracts in which somebody may look, with their seat there. One read."""
    return {pk: seat for pk, seat in seats_of(account).items() if may(seat, Right.SEE)}


class _Search:
    """One question of one person."""

    def __init__(
        self, question: Question, seats: Mapping[str, Seat], asked: Asked, owner: Owner
    ) -> None:
        self._question = question
        self._contracts = tuple(seats) if len(seats) <= NAMED else ()
        self._sift = _sift_of(seats, asked, owner)
        self._owners = owner.names if all(seat.only_uses for seat in seats.values()) else ()

    def kinds(self) -> list[EntryKind]:
        """Those among which it is worth while to look."""
        there = postings.occurring(self._question, self._contracts, EntryKind.values)
        return [kind for kind in EntryKind if kind.value in there]

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
        return len(self._ids(kind, None, COUNTED + 1, Part.EITHER))

    def _ids(self, kind: EntryKind, below: int | None, limit: int, part: Part) -> list[int]:
        scope = self._scope(kind)
        return postings.newest(self._question, scope, part, below, self._sift, limit)

    def _scope(self, kind: EntryKind) -> Scope:
        return Scope(self._contracts, kind.value, self._owners if kind in OWNED else ())

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


def _sift_of(seats: Mapping[str, Seat], asked: Asked, owner: Owner) -> Sift:
    """The rows that somebody may see: of their contracts, what is of one side for those who are on it there; of these days.

    The words of a contract only narrow what is looked at: whether it may be seen is asked here.
    """
    mine = postings.among(seats)
    told, given = ["e.whose = ''"], [*mine.given]
    using = [pk for pk, seat in seats.items() if seat.only_uses]
    others = [pk for pk in seats if pk not in using]
    unsent = [pk for pk in others if seats[pk].side is not Party.SUPPLIER]
    for whose, sees in ((Whose.OWN, others), (Whose.OWN_BUYER, unsent)):
        if sees:
            there = postings.among(sees)
            told.append(f"(e.whose = %s AND {there.where})")
            given += [whose.value, *there.given]
    if using:
        there = postings.among(using)
        told.append(
            "(e.whose IN (%s, %s) AND (e.person = %s OR (e.department <> '' AND e.department = %s)) "
            f"AND {there.where})"
        )
        given += [Whose.OWN.value, Whose.OWN_BUYER.value, owner.username, owner.department]
        given += there.given
    for whose in (Whose.BUYER, Whose.SUPPLIER):
        sided = [pk for pk, seat in seats.items() if whose in {one.value for one in seat.sides}]
        if sided:
            there = postings.among(sided)
            told.append(f"(e.whose = %s AND {there.where})")
            given += [whose.value, *there.given]
    where = [mine.where, f"({' OR '.join(told)})"]
    for condition, day in (("e.day >= %s", asked.first), ("e.day <= %s", asked.last)):
        if day is not None:
            where.append(condition)
            given.append(day)
    return Sift(" AND ".join(where), tuple(given))


def _place(after: str) -> tuple[bool, int | None]:
    """Where a page ended; from the beginning where nobody wrote that."""
    tier, number = after[:1], after[1:]
    if tier not in ("t", "o") or not (number.isascii() and number.isdecimal()):
        return True, None
    return tier == "t", min(int(number), 2**62)


def _entries(ids: Sequence[int]) -> list[IndexEntry]:
    found = IndexEntry.objects.in_bulk(ids)
    return [found[one] for one in ids if one in found]


# ── what is alike ────────────────────────────────────────────────────────────────────────────────────────────────

#: So many words of what somebody types are looked for, and of each so many entries, the newest: common words cost no more.
ALIKE_WORDS, ALIKE_EACH = 16, 40

#: What is less alike is not shown, in thousandths of the weight of all words; and nothing by one word alone.
ALIKE_LEAST = 300


@dataclass(frozen=True, slots=True)
class Alike:
    """相似的一条: ``likeness`` in thousandths of the words that were typed, the rare ones weighing more."""

    kind: EntryKind
    key: str
    title: str
    likeness: int


def alike(
    owner: Owner, seat: Seat, typed: str, kind: EntryKind, limit: int = 5
) -> tuple[Alike, ...]:
    """What is most like a text among the entries of a kind that somebody may see on a contract.

    A bounded number of reads, however many entries there are: of each word the newest entries, weighed in memory.
    """
    words = [one for one in dict.fromkeys(words_of(typed)) if len(one) > 1][:ALIKE_WORDS]
    if not words or not may(seat, Right.SEE):
        return ()
    owners = owner.names if kind in OWNED and seat.only_uses else ()
    scope = Scope((seat.contract_id,), kind.value, owners)
    sift = _sift_of({seat.contract_id: seat}, Asked(typed), owner)
    counted: dict[str, int] = {}
    ids: set[int] = set()
    with postings.steadily():
        for word in words:
            question = Question((Phrase((word,)),))
            found = postings.newest(question, scope, Part.EITHER, None, sift, ALIKE_EACH)
            counted[word] = len(found)
            ids.update(found)
    weights = {word: 1000 // (4 + number) for word, number in counted.items() if number}
    whole = sum(weights.values()) + sum(1000 // 5 for number in counted.values() if not number)
    weighed = []
    for entry in IndexEntry.objects.in_bulk(ids).values():
        there = {*words_of(entry.title), *words_of(entry.text)}
        shared = [word for word in weights if word in there]
        likeness = sum(weights[word] for word in shared) * 1000 // whole
        if likeness >= ALIKE_LEAST and (len(shared) > 1 or len(words) == 1):
            weighed.append((likeness, entry.pk, entry))
    weighed.sort(key=lambda one: one[:2], reverse=True)
    return tuple(
        Alike(kind, entry.key, entry.title, likeness) for likeness, _, entry in weighed[:limit]
    )


def size() -> int:
    """How many things can be found."""
    return IndexEntry.objects.count()
