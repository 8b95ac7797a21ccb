"""词表: which words stand in which entry, in the structure that each database has for it: FTS5 in SQLite, a tsvector with a
GIN index in PostgreSQL. Both hold the words that `words` made, so that both find the same; neither is a model of Django's.

Contract and kind of an entry stand among its words as words of their own: who sees three contracts of a thousand must
not pay for the thousand. They only narrow what is looked at; that a contract may be seen is asked of the row. The words
of the title stand there once more as words of titles: a common word that no title bears is told at once, without walking
all the texts that bear it. No text gives a word that begins with a sign, so none of these can be written by anybody.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from itertools import chain, repeat
from typing import Any

from django.db import connection, transaction

from lvyue.search.words import Phrase, Question, words_of

#: Made by the first migration.
TABLE = "search_posting"


@dataclass(frozen=True, slots=True)
class Posting:
    """词条: the words of one entry. ``title`` are those by which a thing is named, ``owners`` whose it is."""

    entry: int
    contract_id: str
    kind: str
    title: str
    text: str
    owners: tuple[str, ...] = ()

    @property
    def scope(self) -> tuple[str, ...]:
        owners = map(of_owner, self.owners)
        return of_contract(self.contract_id), of_kind(self.kind), *owners


def of_contract(contract_id: str) -> str:
    return f"@c:{contract_id}"


def of_kind(kind: str) -> str:
    return f"@k:{kind}"


def of_owner(name: str) -> str:
    """Of a person or a department, whatever signs stand in the name."""
    return f"@o:{sha256(name.encode()).hexdigest()[:16]}"


def of_title(word: str) -> str:
    return f":{word}"


#: Stands between two parts, so that no phrase goes on from the one into the other.
_GAP = ":"


def add(postings: Iterable[Posting]) -> None:
    """Enter words. What stands under a number already must have been taken out before."""
    if connection.vendor == "sqlite":
        _many(
            f"INSERT INTO {TABLE}(rowid, words) VALUES (%s, %s)",  # noqa: S608  our own name
            [(one.entry, _column(one)) for one in postings],
        )
    else:
        _many(
            f"INSERT INTO {TABLE}(entry, words) VALUES (%s, %s::tsvector) "  # noqa: S608  our own name
            "ON CONFLICT (entry) DO UPDATE SET words = EXCLUDED.words",
            [(one.entry, _vector(one)) for one in postings],
        )


def take_out(postings: Iterable[Posting]) -> None:
    """Remove words: just those that were entered, because SQLite keeps no copy of them."""
    if connection.vendor == "sqlite":
        _many(
            f"INSERT INTO {TABLE}({TABLE}, rowid, words) VALUES ('delete', %s, %s)",  # noqa: S608  our own name
            [(one.entry, _column(one)) for one in postings],
        )
    else:
        _many(
            f"DELETE FROM {TABLE} WHERE entry = %s",  # noqa: S608  our own name
            [(one.entry,) for one in postings],
        )


def clear() -> None:
    """Take out everything."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {TABLE}({TABLE}) VALUES ('delete-all')")  # noqa: S608  our own name
        else:
            cursor.execute(f"TRUNCATE {TABLE}")


def _many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def _column(one: Posting) -> str:
    title = words_of(one.title)
    of_titles = map(of_title, title)
    return " ".join([*one.scope, *of_titles, _GAP, *title, _GAP, *words_of(one.text)])


#: What a tsvector holds at most: positions of one word, and the last position of all.
_POSITIONS, _LAST = 255, 16_383


def _vector(one: Posting) -> str:
    """As PostgreSQL writes its own: each word with its places; the scope and the blocks have none."""
    title = words_of(one.title)
    in_order = [*map(of_title, title), _GAP, *title, _GAP, *words_of(one.text)]
    places: dict[str, list[str]] = {word: [] for word in (*one.scope, *_blocks_of(one.entry))}
    for at, word in enumerate(in_order[:_LAST], 1):
        if word != _GAP:
            places.setdefault(word, []).append(str(at))
    return " ".join(
        _quoted(word) + (f":{','.join(found[:_POSITIONS])}" if found else "")
        for word, found in places.items()
    )


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


# ── the newest first ─────────────────────────────────────────────────────────────────────────────────────────────

#: Blocks of 8 192 entries that follow each other, of 65 536, of half a million, of four millions.
_BITS = (13, 16, 19, 22)


def _block(bits: int, number: int) -> str:
    return f"@{bits}:{number}"


def _blocks_of(entry: int) -> list[str]:
    return [_block(bits, entry >> bits) for bits in _BITS]


@dataclass(frozen=True, slots=True)
class Stretch:
    """一段: the entries from ``floor`` on and below ``below``; all of them stand in one of ``blocks``, where there are any."""

    floor: int = 0
    below: int = 2**62
    blocks: tuple[str, ...] = ()


def stretches(below: int | None = None) -> Iterator[Stretch]:
    """The stretches in which one looks in turn, the newest first, each longer than the one before, until enough was found.

    SQLite walks the newest first by itself. PostgreSQL fetches every match before it sorts them, so a common word among a
    million costs a second for fifty rows. The block is one more word that must stand there, and the rarest: of a common
    word as of a rare one just what lies in the block is fetched.
    """
    if connection.vendor == "sqlite":
        yield Stretch() if below is None else Stretch(below=below)
        return
    top = _last() + 1
    top = top if below is None else min(below, top)
    for bits in chain(_BITS, repeat(_BITS[-1])):
        if top <= 0:
            return
        last = (top - 1) >> bits
        first = max(last - 1, 0)
        blocks = tuple(_block(bits, number) for number in range(first, last + 1))
        yield Stretch(first << bits, top, blocks)
        top = first << bits


def _last() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(entry) FROM {TABLE}")  # noqa: S608  our own name
        return int(cursor.fetchone()[0] or 0)


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Scope:
    """范围: of which contracts, of which kind and whose; none named is all, and somebody else must sift them."""

    contracts: Collection[str] = ()
    kind: str = ""
    owners: Collection[str] = ()


class Part(Enum):
    """何处: all of it in the title; somewhere, but not all of it in the title; or either."""

    TITLE = "title"
    REST = "rest"
    EITHER = "either"


@contextmanager
def steadily() -> Iterator[None]:
    """PostgreSQL does not know how dear it is to compare words, and would rather read every row of a large table than look
    up the words; compiles what takes a millisecond; and its
    helpers know no order. All three are turned off while somebody searches."""
    if connection.vendor == "sqlite":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), "
                "set_config('max_parallel_workers_per_gather', '0', true)"
            )
        yield


def occurring(question: Question, contracts: Collection[str], kinds: Iterable[str]) -> set[str]:
    """Among which kinds there is any candidate at all: most have none, and one statement tells that of all of them."""
    newest_first = next(stretches())
    ways = (newest_first, Stretch()) if newest_first.blocks else (Stretch(),)
    asked, given = list[str](), list[Any]()
    for kind in kinds:
        there = list[str]()
        given.append(kind)
        for way in ways:
            sql, told = _candidates(question, Scope(contracts, kind), Part.EITHER, way)
            there.append(f"EXISTS ({sql})")
            given += told
        asked.append(f"SELECT %s AS kind WHERE {' OR '.join(there)}")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), given)
        return {str(row[0]) for row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Sift:
    """筛: what must hold of the row ``e`` besides its words, in SQL with its parameters."""

    where: str
    given: tuple[Any, ...]


def among(contract_ids: Collection[str]) -> Sift:
    """The rows of contracts, however many."""
    if connection.vendor == "sqlite":
        given = json.dumps(list(contract_ids))
        return Sift("e.contract_id IN (SELECT value FROM json_each(%s))", (given,))
    return Sift("e.contract_id = ANY(%s)", (list(contract_ids),))


def newest(
    question: Question, scope: Scope, part: Part, below: int | None, sift: Sift, limit: int
) -> list[int]:
    """The numbers of so many entries, the newest first, in which everything asked for stands. One statement: it goes on to
    the next stretch only where those before had not enough."""
    asked, given = list[str](), list[Any]()
    for stretch in stretches(below):
        candidates, told = _candidates(question, scope, part, stretch)
        asked.append(_sifted(candidates, sift))
        given += [*told, *sift.given]
    if not asked:
        return []
    whole = f"SELECT n FROM ({' UNION ALL '.join(asked)}) found"  # noqa: S608  our own words
    sql = f"{whole if len(asked) > 1 else asked[0]} LIMIT {limit}"
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return sorted((int(row[0]) for row in cursor.fetchall()), reverse=True)


def _sifted(candidates: str, sift: Sift) -> str:
    """The words first, then row by row until there are enough: it must not turn that round."""
    if connection.vendor == "sqlite":
        return (
            f"SELECT e.id AS n FROM ({candidates}) c CROSS JOIN search_indexentry e ON e.id = c.n "  # noqa: S608  our own words
            f"WHERE {sift.where} ORDER BY c.n DESC"
        )
    return (
        f"(SELECT c.n FROM ({candidates} ORDER BY 1 DESC OFFSET 0) c CROSS JOIN LATERAL "  # noqa: S608  our own words
        f"(SELECT 1 FROM search_indexentry e WHERE e.id = c.n AND {sift.where} OFFSET 0) e "
        "ORDER BY c.n DESC)"
    )


def _candidates(
    question: Question, scope: Scope, part: Part, stretch: Stretch
) -> tuple[str, list[Any]]:
    """The SQL that gives the number ``n`` of each entry of a stretch in which everything asked for stands."""
    if connection.vendor == "sqlite":
        sql = (
            f"SELECT rowid AS n FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid >= %s AND rowid < %s"  # noqa: S608  our own name
        )
        return sql, [_match(question, scope, part), stretch.floor, stretch.below]
    sql = (  # plus nothing, so that it is walked by the words and not by the numbers
        f"SELECT entry + 0 AS n FROM {TABLE} WHERE words @@ %s::tsquery "  # noqa: S608  our own name
        "AND entry + 0 >= %s AND entry + 0 < %s"
    )
    return sql, [_tsquery(question, scope, part, stretch), stretch.floor, stretch.below]


def _match(question: Question, scope: Scope, part: Part) -> str:
    def phrase(one: Phrase) -> str:
        return f'"{" ".join(one.words)}"{"*" if one.begins else ""}'

    named = " AND ".join(phrase(_titled(one)) for one in question.all)
    told = named if part is Part.TITLE else " AND ".join(phrase(one) for one in question.all)
    told = f"({told})"
    if scope.contracts:
        mine = " OR ".join(f'"{of_contract(one)}"' for one in sorted(scope.contracts))
        told += f" AND ({mine})"
    if scope.kind:
        told += f' AND "{of_kind(scope.kind)}"'
    if scope.owners:
        theirs = " OR ".join(f'"{of_owner(one)}"' for one in scope.owners)
        told += f" AND ({theirs})"
    if part is Part.REST:
        told = f"({told}) NOT ({named})"
    for one in question.none:
        told = f"({told}) NOT {phrase(one)}"
    return told


def _tsquery(question: Question, scope: Scope, part: Part, stretch: Stretch) -> str:
    def phrase(one: Phrase) -> str:
        words = " <-> ".join(map(_quoted, one.words))
        return f"({words}{':*' if one.begins else ''})"

    named = " & ".join(phrase(_titled(one)) for one in question.all)
    told = named if part is Part.TITLE else " & ".join(map(phrase, question.all))
    owners = map(of_owner, scope.owners)
    for any_of in (map(of_contract, sorted(scope.contracts)), owners, stretch.blocks):
        if words := " | ".join(map(_quoted, any_of)):
            told += f" & ({words})"
    if scope.kind:
        told += f" & {_quoted(of_kind(scope.kind))}"
    if part is Part.REST:
        told += f" & !({named})"
    for one in question.none:
        told += f" & !{phrase(one)}"
    return told


def _titled(one: Phrase) -> Phrase:
    return replace(one, words=tuple(map(of_title, one.words)))
