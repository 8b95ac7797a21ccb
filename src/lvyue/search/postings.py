"""词表: which words stand in which entry, in the structure that each database has for it: FTS5 in SQLite, a tsvector with a
GIN index in PostgreSQL. Both hold the words that `words` made, so that both find the same; neither is a model of Django's.

Contract and kind of an entry stand among its words as words of their own, with a colon that no text leaves alone: who
sees three contracts of a thousand must not pay for the thousand.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import connection

from lvyue.search.words import Phrase, Question, words_of

#: Made by the first migration.
TABLE = "search_posting"


@dataclass(frozen=True, slots=True)
class Posting:
    """词条: the words of one entry. ``title`` are those by which a thing is named."""

    entry: int
    contract_id: str
    kind: str
    title: str
    text: str

    @property
    def scope(self) -> tuple[str, str]:
        return of_contract(self.contract_id), of_kind(self.kind)


def of_contract(contract_id: str) -> str:
    return f"c:{contract_id}"


def of_kind(kind: str) -> str:
    return f"k:{kind}"


def add(postings: Iterable[Posting]) -> None:
    """Enter words. What stands under a number already must have been taken out before."""
    if connection.vendor == "sqlite":
        _many(
            f"INSERT INTO {TABLE}(rowid, title, words, scope) VALUES (%s, %s, %s, %s)",  # noqa: S608  our own name
            [(one.entry, *_columns(one)) for one in postings],
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
            f"INSERT INTO {TABLE}({TABLE}, rowid, title, words, scope) "  # noqa: S608  our own name
            "VALUES ('delete', %s, %s, %s, %s)",
            [(one.entry, *_columns(one)) for one in postings],
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


def _columns(one: Posting) -> tuple[str, str, str]:
    title, words = (" ".join(words_of(text)) for text in (one.title, one.text))
    return title, words, " ".join(one.scope)


#: What a tsvector holds at most: positions of one word, and the last position of all.
_POSITIONS, _LAST = 255, 16_383


def _vector(one: Posting) -> str:
    """As PostgreSQL writes its own: each word with its places, those of the title marked A."""
    title = words_of(one.title)
    places: dict[str, list[str]] = {word: [] for word in one.scope}
    for at, word in enumerate(title, 1):
        places.setdefault(word, []).append(f"{at}A")
    gap = len(title) + 2  # no phrase goes on from the title into the text
    for at, word in enumerate(words_of(one.text), gap):
        if at <= _LAST:
            places.setdefault(word, []).append(str(at))
    return " ".join(
        _quoted(word) + (f":{','.join(found[:_POSITIONS])}" if found else "")
        for word, found in places.items()
    )


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Scope:
    """范围: of which contracts and of which kind; no contracts named is all, and somebody else must sift them."""

    contracts: Collection[str] = ()
    kind: str = ""


class Part(Enum):
    """何处: all of it in the title; somewhere, but not all of it in the title; or either."""

    TITLE = "title"
    REST = "rest"
    EITHER = "either"


def condition(question: Question, scope: Scope, part: Part) -> tuple[str, str]:
    """The SQL that holds for an entry in which everything asked for stands, and its one parameter."""
    if connection.vendor == "sqlite":
        return f"{TABLE} MATCH %s", _match(question, scope, part)
    return f"{TABLE}.words @@ %s::tsquery", _tsquery(question, scope, part)


def occurs(question: Question, scope: Scope) -> bool:
    """Whether there is any candidate at all: most kinds have none, and that is told at once."""
    where, given = condition(question, scope, Part.EITHER)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {TABLE} WHERE {where} LIMIT 1", [given])  # noqa: S608  our own words
        return cursor.fetchone() is not None


def among(contract_ids: Collection[str]) -> tuple[str, str]:
    """The SQL that holds for the entries of contracts, however many, and its one parameter."""
    given = json.dumps(list(contract_ids))
    if connection.vendor == "sqlite":
        return "e.contract_id IN (SELECT value FROM json_each(%s))", given
    return "e.contract_id IN (SELECT jsonb_array_elements_text(%s::jsonb))", given


def join() -> str:
    """FROM and JOIN, in the order in which they are to be walked: the words first, then the rows."""
    if connection.vendor == "sqlite":
        return f"{TABLE} CROSS JOIN search_indexentry e ON e.id = {TABLE}.rowid"
    return f"{TABLE} JOIN search_indexentry e ON e.id = {TABLE}.entry"


#: The first stretch that PostgreSQL looks through, and how much longer each next one is.
_STRETCH, _LONGER = 20_000, 8


def floors(below: int | None) -> Iterator[int]:
    """The numbers down to which one looks in turn, the newest first, until enough was found; the last is 0.

    SQLite walks the newest first by itself. PostgreSQL fetches every match before it sorts them, so a common word among a
    million costs a second for fifty rows; in stretches it costs what the first of them holds.
    """
    if connection.vendor == "sqlite":
        yield 0
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(entry) FROM {TABLE}")  # noqa: S608  our own name
        last = cursor.fetchone()[0] or 0
    at, size = min(below if below is not None else last + 1, last + 1), _STRETCH
    while (at := at - size) > 0:
        yield at
        size *= _LONGER
    yield 0


def number() -> str:
    """The column by which it is walked."""
    return f"{TABLE}.rowid" if connection.vendor == "sqlite" else f"{TABLE}.entry"


def _match(question: Question, scope: Scope, part: Part) -> str:
    def phrase(one: Phrase) -> str:
        return f'"{" ".join(one.words)}"{"*" if one.begins else ""}'

    wanted = " AND ".join(phrase(one) for one in question.all)
    told = f"({{title}} : ({wanted}))" if part is Part.TITLE else f"({{title words}} : ({wanted}))"
    if scope.contracts:
        among = " OR ".join(f'"{of_contract(one)}"' for one in sorted(scope.contracts))
        told += f" AND ({{scope}} : ({among}))"
    if scope.kind:
        told += f' AND ({{scope}} : "{of_kind(scope.kind)}")'
    if part is Part.REST:
        told = f"({told}) NOT ({{title}} : ({wanted}))"
    for one in question.none:
        told = f"({told}) NOT ({{title words}} : {phrase(one)})"
    return told


def _tsquery(question: Question, scope: Scope, part: Part) -> str:
    def phrase(one: Phrase, weight: str = "") -> str:
        *whole, last = one.words
        ending = ("*" if one.begins else "") + weight
        parts = [f"{_quoted(word)}{f':{weight}' if weight else ''}" for word in whole]
        return " <-> ".join([*parts, f"{_quoted(last)}{f':{ending}' if ending else ''}"])

    named = " & ".join(f"({phrase(one, 'A')})" for one in question.all)
    told = named if part is Part.TITLE else " & ".join(f"({phrase(one)})" for one in question.all)
    if scope.contracts:
        among = " | ".join(_quoted(of_contract(one)) for one in sorted(scope.contracts))
        told += f" & ({among})"
    if scope.kind:
        told += f" & {_quoted(of_kind(scope.kind))}"
    if part is Part.REST:
        told += f" & !({named})"
    for one in question.none:
        told += f" & !({phrase(one)})"
    return told
