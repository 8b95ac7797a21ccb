"""The database itself refuses to change what an issued statement says, or to take back what was done on it.

Only ``state`` may change, never out of a final state, and what both have confirmed can only be replaced by a
restatement. There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go
with the old one: a later migration that alters one of these tables must lay them down again
(`operations = [..., RunPython(guard)]`); tests/settlements/test_append_only.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations

STATEMENT, STEP = "settlements_issuedstatement", "settlements_statementstep"

COLUMNS = (
    *("id", "contract_id", "number", "as_of", "size", "root", "release", "calendar", "hash"),
    *("paid_fen", "payable_fen", "restates_id", "note", "issued_by", "issued_for", "issued_at"),
)

REFUSED = "结算书一经出具不再改动：{table} 不接受 {act}。有错请重述，即另出一份。"

#: The states that nothing leaves, and the one that only a restatement ends.
UNLAWFUL = (
    "(OLD.state IN ('withdrawn', 'restated') AND NEW.state <> OLD.state) "
    "OR (OLD.state = 'agreed' AND NEW.state NOT IN ('agreed', 'restated'))"
)

POSTGRESQL_REFUSES = f"""
CREATE FUNCTION settlements_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
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

POSTGRESQL_ONLY_STATE = f"""
CREATE FUNCTION settlements_only_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'state' <> to_jsonb(OLD) - 'state' OR {UNLAWFUL} THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = '{REFUSED.format(table=STATEMENT, act="UPDATE")}';
    END IF;
    RETURN NEW;
END
$$
"""


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "结算书只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    other = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in COLUMNS)
    changed = f'BEFORE UPDATE ON "{STATEMENT}" WHEN {other} OR {UNLAWFUL}'
    yield _trigger(STATEMENT, "UPDATE", changed)
    yield _trigger(STEP, "UPDATE", f'BEFORE UPDATE ON "{STEP}"')
    for table in (STATEMENT, STEP):
        yield _trigger(table, "DELETE", f'BEFORE DELETE ON "{table}"')
    # INSERT OR REPLACE deletes the old row without asking the triggers for deleting.
    same = {
        STATEMENT: (
            '"id" = NEW."id"',
            '"contract_id" = NEW."contract_id" AND "number" = NEW."number"',
        ),
        STEP: ('"id" = NEW."id"',),
    }
    for table, sames in same.items():
        there = " OR ".join(f'EXISTS (SELECT 1 FROM "{table}" WHERE {one})' for one in sames)  # noqa: S608  constants
        yield _trigger(table, "REPLACE", f'BEFORE INSERT ON "{table}" WHEN {there}')


def _trigger(table: str, act: str, occasion: str) -> str:
    says = REFUSED.format(table=table, act=act)
    name = f"{table}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    yield POSTGRESQL_REFUSES
    yield POSTGRESQL_ONLY_STATE
    for table, acts in ((STATEMENT, "DELETE OR TRUNCATE"), (STEP, "UPDATE OR DELETE OR TRUNCATE")):
        name = f"{table}_append_only"
        yield (
            f'CREATE TRIGGER "{name}" BEFORE {acts} ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION settlements_append_only()"
        )
        # Also where session_replication_role would have triggers sleep.
        yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'
    name = f"{STATEMENT}_state_append_only"
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE ON "{STATEMENT}" '
        f"FOR EACH ROW EXECUTE FUNCTION settlements_only_state()"
    )
    yield f'ALTER TABLE "{STATEMENT}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [("settlements", "0001_first")]

    operations = [migrations.RunPython(guard)]
