"""How a transactional test may empty what only grows, and nobody else: the log of facts and the audit trail.

`transactional_db` and `live_server` empty all tables after the test, and the triggers of the
migrations named `append_only` refuse just that. `guards_down` takes them away for as long as the emptying lasts and puts back
exactly what it found in the catalogue of the database. It stands among the tests, and no code of the
product imports it: in service there is no such door.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

TABLES = (
    *("evidence_log", "evidence_checkpoint", "evidence_entry"),
    *("evidence_file", "evidence_upload"),
)


@contextmanager
def guards_down() -> Iterator[None]:
    """Every trigger that keeps a table append-only out of the way, and back again."""
    down, up = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    _run(down)
    try:
        yield
    finally:
        _run(up)


def let_transactional_tests_empty_the_log() -> None:
    """Wrap Django's emptying of the tables in `guards_down`, once for the whole session."""
    emptying = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # noqa: SLF001  Django names no other place
    if getattr(emptying, "guarded", False):
        return

    def unguarded(case: Any) -> None:
        with guards_down():
            emptying(case)

    unguarded.guarded = True  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = unguarded  # type: ignore[attr-defined]  # noqa: SLF001


def _sqlite() -> tuple[list[str], list[str]]:
    found = _ask(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE tbl_name || '_no_%'"
    )
    return [f'DROP TRIGGER "{name}"' for name, _ in found], [sql for _, sql in found]


def _postgresql() -> tuple[list[str], list[str]]:
    found = _ask(
        "SELECT tgrelid::regclass, tgname FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgname LIKE '%_append_only'"
    )
    settled = "SET CONSTRAINTS ALL IMMEDIATE"  # no table is altered while checks of its rows wait
    return (
        [settled, *(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"' for table, name in found)],
        [
            settled,
            *(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{name}"' for table, name in found),
        ],
    )


def _ask(sql: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [(str(one), str(other)) for one, other in cursor.fetchall()]


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
