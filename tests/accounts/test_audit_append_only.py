"""The database refuses to change the audit trail, whoever asks and however."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from lvyue.accounts.actions import audit
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import audit_trail


@pytest.fixture
def entry(db: None) -> AuditEntry:  # noqa: ARG001  the audit trail is in the database
    return audit("signed_in", by="某人", about="某人", reason="原来的理由")


def refused(sql: str) -> str:
    """What the database says to this statement, which it must refuse."""
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    return str(caught.value)


@pytest.mark.parametrize(
    ("act", "sql"),
    [
        ("UPDATE", "UPDATE accounts_auditentry SET reason = '改过'"),
        ("DELETE", "DELETE FROM accounts_auditentry"),
    ],
)
def test_raw_sql_neither_changes_nor_deletes(entry: AuditEntry, act: str, sql: str) -> None:
    assert f"留痕只增不改：accounts_auditentry 不接受 {act}。" in refused(sql)

    assert audit_trail().get(pk=entry.pk).reason == "原来的理由"


def test_neither_truncated_nor_replaced(entry: AuditEntry) -> None:
    sql = {
        "postgresql": "TRUNCATE accounts_auditentry",
        "sqlite": "INSERT OR REPLACE INTO accounts_auditentry SELECT * FROM accounts_auditentry",
    }[connection.vendor]

    assert "留痕只增不改" in refused(sql)
    assert audit_trail().get(pk=entry.pk).reason == "原来的理由"


def test_postgresql_keeps_watch_where_other_triggers_sleep(entry: AuditEntry) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("session_replication_role is of PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")

    assert "不接受 UPDATE" in refused("UPDATE accounts_auditentry SET reason = '改过'")
    assert audit_trail().get(pk=entry.pk).reason == "原来的理由"


def test_a_saved_and_a_deleted_row_are_a_change(entry: AuditEntry) -> None:
    entry.reason = "改过"

    for act in (entry.save, entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(IntegrityError, match="留痕只增不改"), transaction.atomic():
            act()

    assert audit_trail().get(pk=entry.pk).reason == "原来的理由"


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_leaves_nothing_behind_and_the_guards_up(round_: int) -> None:
    assert not audit_trail().exists(), round_
    audit("signed_in", by="某人")

    assert "留痕只增不改" in refused("DELETE FROM accounts_auditentry")
