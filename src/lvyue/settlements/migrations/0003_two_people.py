"""One person confirms a statement for one side only: the two confirmations are of two people.

SQLite writes a row over another one that an index says is the same without asking the triggers for deleting, so the
trigger of migration 0002 for what is written over must know the new index too.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

STEP = "settlements_statementstep"
TRIGGER = f"{STEP}_no_replace"

CONFIRMING = "('confirm', 'countersign')"
SAME = (
    '"id" = NEW."id"',
    (
        f'NEW."act" IN {CONFIRMING} AND "act" IN {CONFIRMING} '
        'AND "statement_id" = NEW."statement_id" AND "by" = NEW."by"'
    ),
)
REFUSED = f"结算书一经出具不再改动：{STEP} 不接受 REPLACE。有错请重述，即另出一份。"


def guard(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    if schema_editor.connection.vendor == "sqlite":
        _lay_down(schema_editor, *SAME)


def as_before(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001  Django hands over both
    if schema_editor.connection.vendor == "sqlite":
        _lay_down(schema_editor, SAME[0])


def _lay_down(schema_editor: Any, *sames: str) -> None:
    there = " OR ".join(f'EXISTS (SELECT 1 FROM "{STEP}" WHERE {one})' for one in sames)  # noqa: S608  constants
    schema_editor.execute(f'DROP TRIGGER "{TRIGGER}"', params=None)
    schema_editor.execute(
        f'CREATE TRIGGER "{TRIGGER}" BEFORE INSERT ON "{STEP}" WHEN {there} '
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
        params=None,
    )


class Migration(migrations.Migration):
    dependencies = [("settlements", "0002_append_only")]

    operations = [
        migrations.AddConstraint(
            model_name="statementstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("act__in", ("confirm", "countersign"))),
                fields=("statement", "by"),
                name="statement_confirmed_by_two",
            ),
        ),
        migrations.RunPython(guard, as_before),
    ]
