"""The database itself refuses to change or to delete that somebody was reminded.

There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one: a
later migration that alters this table must lay them down again (`operations = [..., RunPython(guard)]`);
tests/obligations/test_append_only.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations

TABLE = "obligations_remindersent"

REFUSED = "已发提醒只增不改：{table} 不接受 {act}。"

#: What makes a row the same row, for SQLite's INSERT OR REPLACE, which deletes the old one without asking.
SAME = (
    '"id" = NEW."id" OR ("entry_id" = NEW."entry_id" AND "side" = NEW."side" '
    'AND "step" = NEW."step" AND "moves" = NEW."moves")'
)


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "已发提醒只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    for act in ("UPDATE", "DELETE"):
        yield _trigger(act, f'BEFORE {act} ON "{TABLE}"')
    there = f'EXISTS (SELECT 1 FROM "{TABLE}" WHERE {SAME})'  # noqa: S608  constants
    yield _trigger("REPLACE", f'BEFORE INSERT ON "{TABLE}" WHEN {there}')


def _trigger(act: str, occasion: str) -> str:
    says = REFUSED.format(table=TABLE, act=act)
    name = f"{TABLE}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    """The function that refuses stands in the migrations of accounts."""
    name = f"{TABLE}_append_only"
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{TABLE}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION accounts_append_only()"
    )
    # Also where session_replication_role would have triggers sleep.
    yield f'ALTER TABLE "{TABLE}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [
        ("obligations", "0002_reminders"),
        ("accounts", "0003_append_only"),
    ]

    operations = [migrations.RunPython(guard)]
