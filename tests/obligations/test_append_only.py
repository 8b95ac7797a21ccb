"""The database keeps what somebody was reminded of, whoever asks and however (OBL-10)."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from lvyue.clock import SHANGHAI
from lvyue.obligations.models import DueEntry, ReminderSent

NOON = datetime(2026, 2, 25, 12, 0, tzinfo=SHANGHAI)


@pytest.fixture
def sent(db: None) -> ReminderSent:  # noqa: ARG001  the row is in the database
    entry = DueEntry.objects.create(
        contract_id="security-support-2026",
        title="测试合同",
        about="due",
        term="first-payment",
        says="支付首期款",
        debtor="buyer",
        verdict="not_due",
        state="open",
        due=NOON.date(),
        until=NOON,
        unit="working_days",
        provisional=False,
        **dict.fromkeys(("for_buyer", "for_department", "for_manager", "for_engineer"), False),
        leads=True,
        created_at=NOON,
        changed_at=NOON,
        release_sequence=1,
        calendar="",
        size=0,
    )
    return ReminderSent.objects.create(
        entry=entry,
        side="buyer",
        step="before-3",
        moves=0,
        stage="before",
        planned_at=NOON,
        sent_at=NOON,
        due=NOON,
        people=["buyer"],
        subject="还剩 3 个工作日",
        key="k",
    )


def refused(sql: str) -> str:
    """What the database says to this statement, which it must refuse."""
    connection.check_constraints()  # PostgreSQL empties no table while checks of its rows wait
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
        ("UPDATE", "UPDATE obligations_remindersent SET people = '[]'"),
        ("DELETE", "DELETE FROM obligations_remindersent"),
    ],
)
def test_raw_sql_neither_changes_nor_deletes(sent: ReminderSent, act: str, sql: str) -> None:
    assert f"只增不改：obligations_remindersent 不接受 {act}。" in refused(sql)

    assert ReminderSent.objects.get(pk=sent.pk).people == ["buyer"]


@pytest.mark.usefixtures("sent")
def test_neither_truncated_nor_replaced() -> None:
    columns = '"entry_id", "side", "step", "moves", "stage", "planned_at", "sent_at", "due", "people", "subject", "key"'
    sql = {
        "postgresql": "TRUNCATE obligations_remindersent",
        "sqlite": f"INSERT OR REPLACE INTO obligations_remindersent ({columns}) "  # noqa: S608  our own words
        f"SELECT {columns} FROM obligations_remindersent",
    }[connection.vendor]

    assert "只增不改" in refused(sql)
    assert ReminderSent.objects.count() == 1


@pytest.mark.usefixtures("sent")
def test_postgresql_keeps_watch_where_other_triggers_sleep() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("session_replication_role is of PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")

    assert "不接受 DELETE" in refused("DELETE FROM obligations_remindersent")
