"""The database itself refuses to change an amendment that is in force, refused or withdrawn, or to delete any.

There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one:
a later migration that alters this table must lay them down again (`operations = [..., RunPython(guard)]`);
tests/contracts/test_amendments.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations

TABLE = "contracts_amendment"

REFUSED = "补充协议了结之后不再改动：{table} 不接受 {act}。要改请另立一份。"

FINAL = "OLD.state IN ('in_force', 'refused', 'withdrawn')"

POSTGRESQL_REFUSES = f"""
CREATE FUNCTION contracts_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
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

POSTGRESQL_FINAL = f"""
CREATE FUNCTION contracts_amendment_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {FINAL} THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = '{REFUSED.format(table=TABLE, act="UPDATE")}';
    END IF;
    RETURN NEW;
END
$$
"""


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "补充协议只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    yield _trigger("UPDATE", f'BEFORE UPDATE ON "{TABLE}" WHEN {FINAL}')
    yield _trigger("DELETE", f'BEFORE DELETE ON "{TABLE}"')
    # INSERT OR REPLACE deletes the old row without asking the trigger for deleting.
    same = '"id" = NEW."id" OR ("contract_id" = NEW."contract_id" AND "number" = NEW."number")'
    there = f'EXISTS (SELECT 1 FROM "{TABLE}" WHERE {same})'  # noqa: S608  constants
    yield _trigger("REPLACE", f'BEFORE INSERT ON "{TABLE}" WHEN {there}')


def _trigger(act: str, occasion: str) -> str:
    says = REFUSED.format(table=TABLE, act=act)
    name = f"{TABLE}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    yield POSTGRESQL_REFUSES
    yield POSTGRESQL_FINAL
    yield (
        f'CREATE TRIGGER "{TABLE}_append_only" BEFORE DELETE OR TRUNCATE ON "{TABLE}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION contracts_append_only()"
    )
    yield (
        f'CREATE TRIGGER "{TABLE}_final_append_only" BEFORE UPDATE ON "{TABLE}" '
        f"FOR EACH ROW EXECUTE FUNCTION contracts_amendment_final()"
    )
    # Also where session_replication_role would have triggers sleep.
    for name in (f"{TABLE}_append_only", f"{TABLE}_final_append_only"):
        yield f'ALTER TABLE "{TABLE}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [("contracts", "0004_amendment")]

    operations = [migrations.RunPython(guard)]
