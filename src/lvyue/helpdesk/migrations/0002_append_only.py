"""The database itself refuses to change or to forget what happened to a ticket.

There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one:
a later migration that alters this table must lay them down again (`operations = [..., RunPython(guard)]`);
tests/helpdesk/test_tickets.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations

TABLE = "helpdesk_ticketevent"

REFUSED = "工单经过只增不改：{table} 不接受 {act}。写错了请再记一笔。"

POSTGRESQL_REFUSES = f"""
CREATE FUNCTION helpdesk_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
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
            "工单经过只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    yield _trigger("UPDATE", f'BEFORE UPDATE ON "{TABLE}"')
    yield _trigger("DELETE", f'BEFORE DELETE ON "{TABLE}"')
    # INSERT OR REPLACE deletes the old row without asking the trigger for deleting.
    there = f'EXISTS (SELECT 1 FROM "{TABLE}" WHERE "id" = NEW."id")'  # noqa: S608  constants
    yield _trigger("REPLACE", f'BEFORE INSERT ON "{TABLE}" WHEN {there}')


def _trigger(act: str, occasion: str) -> str:
    says = REFUSED.format(table=TABLE, act=act)
    name = f"{TABLE}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    yield POSTGRESQL_REFUSES
    name = f"{TABLE}_append_only"
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{TABLE}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION helpdesk_append_only()"
    )
    # Also where session_replication_role would have triggers sleep.
    yield f'ALTER TABLE "{TABLE}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0001_tickets")]

    operations = [migrations.RunPython(guard)]
