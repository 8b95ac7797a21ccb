"""只增不改: the statements by which the database itself refuses to change or to forget the rows of a table. Migrations run them.

There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one: a later
migration that alters such a table must lay them down again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

REFUSED = "只增不改：{table} 不接受 {act}。写错了请再记一笔。"


def guard(schema_editor: Any, tables: Sequence[str], function: str) -> None:
    """Lay the triggers for some tables; ``function`` names the PostgreSQL function that refuses, once in a database.

    Raises ``NotImplementedError`` on a database for which there are none.
    """
    vendor = schema_editor.connection.vendor
    if vendor == "sqlite":
        statements = [one for table in tables for one in _sqlite(table)]
    elif vendor == "postgresql":
        statements = [_function(function)]
        statements += [one for table in tables for one in _postgresql(table, function)]
    else:
        raise NotImplementedError("只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。")
    for statement in statements:
        schema_editor.execute(statement, params=None)


def _sqlite(table: str) -> Iterator[str]:
    yield _trigger(table, "UPDATE", f'BEFORE UPDATE ON "{table}"')
    yield _trigger(table, "DELETE", f'BEFORE DELETE ON "{table}"')
    # INSERT OR REPLACE deletes the old row without asking the trigger for deleting.
    there = f'EXISTS (SELECT 1 FROM "{table}" WHERE "id" = NEW."id")'  # noqa: S608  names of our tables
    yield _trigger(table, "REPLACE", f'BEFORE INSERT ON "{table}" WHEN {there}')


def _trigger(table: str, act: str, occasion: str) -> str:
    says = REFUSED.format(table=table, act=act)
    name = f"{table}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def _function(name: str) -> str:
    says = REFUSED.format(table="' || TG_TABLE_NAME || '", act="' || TG_OP || '")
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    destroys boolean := true;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN  -- of an empty table destroys nothing
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || TG_RELID::regclass || ')' INTO destroys;
    END IF;
    IF destroys THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{says}';
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608  names of our functions


def _postgresql(table: str, function: str) -> Iterator[str]:
    name = f"{table}_append_only"
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )
    # Also where session_replication_role would have triggers sleep.
    yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'
