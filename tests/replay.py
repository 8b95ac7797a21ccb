"""What hundreds of tests begin from is loaded once and then put back, row for row.

The five contracts with their logs are registered, read, checked and hashed for every test that begins from them. The
first test of a process does so; for the others the rows that came of it are written again, all at once. A test of
the loading itself calls the loading, and `tests/test_replay.py` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from lvyue import clock

#: So many rows in one statement.
AT_ONCE = 500

#: A loading that changes a table of more rows than this is run every time: to compare them all would cost as much.
MOST_ROWS = 1

Load = Callable[[], Iterable[object]]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """一张表里的行: the columns of a table, and rows of it as the database keeps them."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        return connection.ops.quote_name(self.table)

    def without(self, others: Rows) -> Rows:
        known = {*others.rows}
        return replace(self, rows=tuple(row for row in self.rows if row not in known))

    def write(self) -> None:
        """Put them in: SQLite is quickest row by row, PostgreSQL with many rows in one statement."""
        names = ", ".join(map(connection.ops.quote_name, self.columns))
        one = f"({', '.join(['%s'] * len(self.columns))})"
        into = f"INSERT INTO {self.name} ({names}) VALUES"
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany(f"{into} {one}", self.rows)
                return
            for first in range(0, len(self.rows), AT_ONCE):
                some = self.rows[first : first + AT_ONCE]
                values = [value for row in some for value in row]
                cursor.execute(f"{into} {', '.join([one] * len(some))}", values)

    def delete(self) -> None:
        """Take them out, by the number that stands first in every table."""
        number = connection.ops.quote_name(self.columns[0])
        with connection.cursor() as cursor:
            for row in self.rows:
                cursor.execute(f"DELETE FROM {self.name} WHERE {number} = %s", [row[0]])  # noqa: S608  names of our own tables


@dataclass(frozen=True)
class Change:
    """一张表的变化: the rows that it had before a loading and after it."""

    before: Rows
    after: Rows

    def fits(self) -> bool:
        """Whether the table is as the loading found it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self.before.name} LIMIT {MOST_ROWS + 1}")  # noqa: S608  as above
            return tuple(map(tuple, cursor.fetchall())) == self.before.rows

    def make(self) -> None:
        """The table as the loading left it."""
        self.before.without(self.after).delete()
        self.after.without(self.before).write()


@dataclass(frozen=True)
class Recording:
    """录下的装入: when it was loaded, and all that it wrote."""

    moment: datetime
    changes: tuple[Change, ...]

    def fits(self, now: datetime) -> bool:
        """Nothing of it lies in the future or on another day, and it meets only tables as it found them."""
        today = self.moment.date() == now.date() and self.moment <= now
        return today and all(change.fits() for change in self.changes)


#: By what was loaded, and whether the test's own transaction held it: what waits for a commit ran only where there was one.
_KNOWN: dict[tuple[str, bool], Recording] = {}


def load_again(load: Load) -> None:
    """Everything that a loading writes, by the loading itself where it has to be, else from what it wrote before."""
    now = clock.now()
    name = f"{load.__module__}.{load.__qualname__}", connection.in_atomic_block
    known = _KNOWN.get(name)
    if known is not None and known.fits(now):
        with transaction.atomic():  # rows name each other, which is asked at the end
            for change in known.changes:
                change.make()
        return
    before = {one.table: one for one in all_rows()}
    for _ in load():
        pass
    changes = tuple(
        Change(before[one.table], one) for one in all_rows() if one != before[one.table]
    )
    if all(len(change.before.rows) <= MOST_ROWS for change in changes):
        _KNOWN[name] = Recording(now, changes)


def all_rows() -> Sequence[Rows]:
    """Every table of the database, as it keeps it."""
    found = list[Rows]()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608  as above
            rows = tuple(map(tuple, cursor.fetchall()))
            found.append(Rows(table, tuple(one[0] for one in cursor.description), rows))
    return found
