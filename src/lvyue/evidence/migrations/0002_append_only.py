"""The database itself refuses to change or to delete what the log holds.

There is no way back: a log that could be opened again would be no log. On SQLite Django alters a
table by copying it into a new one, and the triggers go with the old one. A later migration that
alters one of these tables must therefore lay them down again (`operations = [..., RunPython(guard)]`);
tests/evidence/test_append_only.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations

#: Each table with what makes a row of it the same row, for SQLite's INSERT OR REPLACE, which
#: deletes the old row without asking the triggers for deleting.
TABLES = {
    "evidence_log": ('"id" = NEW."id"',),
    "evidence_checkpoint": ('"id" = NEW."id"', '"log_id" = NEW."log_id" AND "size" = NEW."size"'),
    "evidence_entry": (
        '"id" = NEW."id"',
        '"log_id" = NEW."log_id" AND "index" = NEW."index"',
        '"log_id" = NEW."log_id" AND "fact_id" = NEW."fact_id"',
    ),
}

REFUSED = "履约日志只增不改：{table} 不接受 {act}。要更正一个事实，请导入一条 fact.corrected 或 fact.withdrawn。"

POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION evidence_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    destroys boolean := true;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN  -- of an empty table destroys nothing
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || TG_RELID::regclass || ')' INTO destroys;
    END IF;
    IF destroys THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = '{REFUSED.format(table="' || TG_TABLE_NAME || '", act="' || TG_OP || '")}';
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608  constants


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "履约日志只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    for table, sames in TABLES.items():
        yield from sqlite_guards(table, sames)


def sqlite_guards(table: str, sames: tuple[str, ...]) -> Iterator[str]:
    for act in ("UPDATE", "DELETE"):
        yield _trigger(table, act, f'BEFORE {act} ON "{table}"')
    there = " OR ".join(f'EXISTS (SELECT 1 FROM "{table}" WHERE {same})' for same in sames)  # noqa: S608  constants
    yield _trigger(table, "REPLACE", f'BEFORE INSERT ON "{table}" WHEN {there}')


def _trigger(table: str, act: str, occasion: str) -> str:
    says = REFUSED.format(table=table, act=act)
    name = f"{table}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    yield POSTGRESQL_FUNCTION
    for table in TABLES:
        yield from postgresql_guards(table)


def postgresql_guards(table: str) -> Iterator[str]:
    name = f"{table}_append_only"
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION evidence_append_only()"
    )
    # Also where session_replication_role would have triggers sleep.
    yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [migrations.RunPython(guard)]
