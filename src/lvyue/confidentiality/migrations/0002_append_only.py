"""The database itself keeps the disclosure register as it was written.

What was given and what was taken is never changed. A request stays what it was when somebody consented to it, a consent
stays what it was when it was given, and a request that is closed does not open again. A link only counts up. Nothing is
deleted.

There is no way back. On SQLite Django alters a table by copying it into a new one, and the triggers go with the old one: a
later migration that alters one of these tables must lay them down again (`operations = [..., RunPython(guard)]`);
tests/confidentiality/test_append_only.py says so when it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import migrations

#: Rows that are written once, each with what makes a row the same row.
WRITTEN_ONCE = {
    "confidentiality_disclosedfile": (
        '"id" = NEW."id"',
        '"disclosure_id" = NEW."disclosure_id" AND "sha256" = NEW."sha256"',
    ),
    "confidentiality_handover": ('"id" = NEW."id"',),
}

DISCLOSURE, LINK = "confidentiality_disclosure", "confidentiality_disclosurelink"

#: Rows that move on, each with what makes it the same row.
MOVING = {
    DISCLOSURE: (
        '"id" = NEW."id"',
        '"contract_id" = NEW."contract_id" AND "number" = NEW."number"',
    ),
    LINK: ('"id" = NEW."id"', '"digest" = NEW."digest"'),
}

_APPLICATION = (
    *("id", "contract_id", "number", "recipient", "contact", "purpose", "until", "basis", "side"),
    *("applied_by", "applied_name", "applied_at"),
)
_CONSENT = ("paper", "paper_day", "paper_sha256", "consent_by", "consent_name", "consent_at")
_PROMISE = ("id", "disclosure_id", "digest", "made_by", "made_at", "expires_at", "most")

REFUSED = "对外提供台账只增不改：{table} 不接受 {act}。"


def changed(columns: tuple[str, ...], differs: str) -> str:
    """That one of these columns would not stay as it is. ``differs`` is how this database compares with NULL."""
    return "(" + " OR ".join(f'OLD."{one}" {differs} NEW."{one}"' for one in columns) + ")"


def wrong(table: str, differs: str) -> str:
    """When an update of a row that moves on is refused."""
    if table == LINK:
        return f'{changed(_PROMISE, differs)} OR NEW."used" < OLD."used"'
    return (
        f'OLD."closed_at" IS NOT NULL OR {changed(_APPLICATION, differs)} '
        f'OR (OLD."consent_at" IS NOT NULL AND {changed(_CONSENT, differs)})'
    )


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(
            "对外提供台账只能放在 SQLite 或 PostgreSQL 里：别的数据库没有防改触发器。"
        )
    for statement in statements():
        schema_editor.execute(statement, params=None)


def sqlite() -> Iterator[str]:
    for table, sames in (WRITTEN_ONCE | MOVING).items():
        when = f" WHEN {wrong(table, 'IS NOT')}" if table in MOVING else ""
        yield _trigger(table, "UPDATE", f'BEFORE UPDATE ON "{table}"{when}')
        yield _trigger(table, "DELETE", f'BEFORE DELETE ON "{table}"')
        # INSERT OR REPLACE deletes the old row without asking the trigger for deleting.
        there = " OR ".join(f'EXISTS (SELECT 1 FROM "{table}" WHERE {same})' for same in sames)  # noqa: S608  constants
        yield _trigger(table, "REPLACE", f'BEFORE INSERT ON "{table}" WHEN {there}')


def _trigger(table: str, act: str, occasion: str) -> str:
    says = REFUSED.format(table=table, act=act)
    name = f"{table}_no_{act.lower()}"
    return f"CREATE TRIGGER \"{name}\" {occasion} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def postgresql() -> Iterator[str]:
    """The function that refuses stands in the migrations of accounts."""
    for table in WRITTEN_ONCE | MOVING:
        whole, row = f"{table}_append_only", f"{table}_row_append_only"
        acts = "DELETE OR TRUNCATE" if table in MOVING else "UPDATE OR DELETE OR TRUNCATE"
        yield (
            f'CREATE TRIGGER "{whole}" BEFORE {acts} ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION accounts_append_only()"
        )
        if table in MOVING:
            yield (
                f'CREATE TRIGGER "{row}" BEFORE UPDATE ON "{table}" FOR EACH ROW '
                f"WHEN ({wrong(table, 'IS DISTINCT FROM')}) EXECUTE FUNCTION accounts_append_only()"
            )
        # Also where session_replication_role would have triggers sleep.
        for name in (whole, row) if table in MOVING else (whole,):
            yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'


class Migration(migrations.Migration):
    dependencies = [
        ("confidentiality", "0001_first"),
        ("accounts", "0003_append_only"),
    ]

    operations = [migrations.RunPython(guard)]
