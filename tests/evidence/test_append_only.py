"""The database refuses to change the log, whoever asks and however."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, models, transaction
from django.test import override_settings

from lvyue.contracts.models import Contract
from lvyue.evidence.actions import import_facts, keep_file, keep_upload
from lvyue.evidence.models import Checkpoint, Entry, Log
from lvyue.evidence.queries import verify_log
from tests.evidence.cast import opened, tickets
from tests.evidence.guards import TABLES, guards_down


@pytest.fixture(autouse=True)
def _own_vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


def fill(contract: str) -> None:
    """Something in every table of this room."""
    import_facts(contract, tickets(3), by="王工", source="二月.jsonl")
    keep_file(contract, "照片.png", [b"a photograph"], by="王工")
    keep_upload(contract, "二月.jsonl", tickets(3), by="王工")


@pytest.fixture
def filled(contract: str) -> str:
    fill(contract)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # or it would refuse for checks that still wait
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return contract


def refused(sql: str, **names: str) -> str:
    """What the database says to this statement, which it must refuse."""
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(**names))
    return str(caught.value)


def column_of(table: str) -> str:
    columns = {"evidence_log": "created_at", "evidence_checkpoint": "root", "evidence_entry": "raw"}
    return columns.get(table, "sha256")


def test_every_table_of_this_room_is_guarded() -> None:
    tables = connection.introspection.django_table_names()

    assert {table for table in tables if table.startswith("evidence_")} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("act", "sql"),
    [
        ("UPDATE", "UPDATE {table} SET {column} = {column}"),
        ("DELETE", "DELETE FROM {table}"),
    ],
)
def test_raw_sql_neither_changes_nor_deletes(filled: str, table: str, act: str, sql: str) -> None:
    says = refused(sql, table=table, column=column_of(table))

    assert f"履约日志只增不改：{table} 不接受 {act}。" in says
    assert "要更正一个事实，请导入一条 fact.corrected 或 fact.withdrawn。" in says
    assert verify_log(filled) == []


@pytest.mark.parametrize("table", TABLES)
def test_postgresql_does_not_truncate(filled: str, table: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")

    says = refused("TRUNCATE {table} CASCADE", table=table)

    assert "不接受 TRUNCATE。" in says
    assert verify_log(filled) == []


def test_postgresql_keeps_watch_where_other_triggers_sleep(filled: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("session_replication_role is of PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")

    assert "不接受 UPDATE" in refused("UPDATE evidence_entry SET raw = raw")
    assert verify_log(filled) == []


@pytest.mark.parametrize("table", TABLES)
def test_sqlite_does_not_replace(filled: str, table: str) -> None:
    """INSERT OR REPLACE deletes the old row without asking the triggers for deleting."""
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is of SQLite")

    assert "不接受 REPLACE。" in refused(
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}", table=table
    )
    assert verify_log(filled) == []


@pytest.mark.parametrize(
    ("column", "value"), [("index", '"index" + 100'), ("fact_id", "\"fact_id\" || 'x'")]
)
def test_sqlite_does_not_replace_in_one_column(filled: str, column: str, value: str) -> None:
    """What is left of index and fact id still says which row it is."""
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is of SQLite")
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "evidence_entry")
    values = {name: f'"{name}"' for name, *_ in described}
    names = ", ".join(values.values())
    values |= {"id": '"id" + 100', column: value}

    says = refused(
        "INSERT OR REPLACE INTO evidence_entry ({names}) SELECT {values} FROM evidence_entry",
        names=names,
        values=", ".join(values.values()),
    )

    assert "不接受 REPLACE。" in says
    assert verify_log(filled) == []


def test_an_upsert_is_a_change(filled: str) -> None:
    entry = Entry.objects.earliest("index")
    entry.raw = b"{}"

    with pytest.raises(IntegrityError, match=r"不接受 (UPDATE|REPLACE)"), transaction.atomic():
        Entry.objects.bulk_create(
            [entry], update_conflicts=True, update_fields=["raw"], unique_fields=["id"]
        )

    assert verify_log(filled) == []


def test_a_saved_row_is_a_change(filled: str) -> None:
    rows: list[models.Model] = [
        Log.objects.get(),
        Checkpoint.objects.latest("size"),
        Entry.objects.latest("index"),
    ]
    for row in rows:
        with pytest.raises(IntegrityError, match="履约日志只增不改"), transaction.atomic():
            row.save()

    assert verify_log(filled) == []


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_leaves_nothing_behind_and_the_guards_up(round_: int) -> None:
    """The tables are emptied between the two rounds, by the door that only tests have."""
    assert not Log.objects.exists(), round_
    fill(opened())

    for table in TABLES:
        assert "履约日志只增不改" in refused("DELETE FROM {table}", table=table)


@pytest.mark.django_db(transaction=True)
def test_the_guards_come_back_after_a_fault() -> None:
    fill(opened())

    with pytest.raises(ObjectDoesNotExist), guards_down():
        Contract.objects.get(pk="nobody")

    for table in TABLES:
        assert "履约日志只增不改" in refused("DELETE FROM {table}", table=table)
