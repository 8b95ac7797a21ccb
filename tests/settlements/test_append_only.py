"""The database itself refuses to change what an issued statement says, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from lvyue.settlements import actions
from lvyue.settlements.models import IssuedStatement, StatementStep
from tests.settlements.conftest import TakeSeat

pytestmark = pytest.mark.usefixtures("demonstration")

NOVEMBER = date(2026, 11, 21)
COLUMNS = [field.column for field in IssuedStatement._meta.concrete_fields]  # noqa: SLF001  Django's documented door
VALUES = {"issued_for": "'supplier'", "as_of": "'2026-01-01'", "issued_at": "'2026-01-01'"}
NUMBERS = {"id", "number", "size", "paid_fen", "payable_fen", "restates_id"}


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel("2026-11-21 10:00+08:00", tick=False):
        yield


@pytest.fixture
def row(seat: TakeSeat) -> IssuedStatement:
    return actions.issue(NOVEMBER, by=seat("buyer"))


def refused(sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match="不再改动"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "state"])
def test_no_column_but_the_state_changes(row: IssuedStatement, column: str) -> None:
    value = VALUES.get(column, "999" if column in NUMBERS else "'changed'")

    refused(f"UPDATE settlements_issuedstatement SET {column} = {value} WHERE id = {row.pk}")  # noqa: S608  constants


def test_no_statement_and_no_step_is_deleted(row: IssuedStatement) -> None:
    refused(f"DELETE FROM settlements_statementstep WHERE statement_id = {row.pk}")  # noqa: S608  constants
    refused(f"DELETE FROM settlements_issuedstatement WHERE id = {row.pk}")  # noqa: S608  constants


def test_no_step_is_rewritten(row: IssuedStatement) -> None:
    step = StatementStep.objects.get(statement=row)

    refused(f"UPDATE settlements_statementstep SET reason = '别的' WHERE id = {step.pk}")  # noqa: S608  constants


def test_no_confirmation_is_written_over(row: IssuedStatement, seat: TakeSeat) -> None:
    """SQLite would delete the old row for the sake of the index, without asking."""
    actions.confirm(row.number, by=seat("buyer"))
    if connection.vendor == "sqlite":
        columns = 'statement_id, act, "by", name, side, at, reason, fact'
        refused(
            f"INSERT OR REPLACE INTO settlements_statementstep ({columns}) "  # noqa: S608  constants
            f"SELECT {columns} FROM settlements_statementstep WHERE act = 'confirm'"
        )
    assert list(row.steps.values_list("act", flat=True)) == ["issue", "confirm"]


@pytest.mark.parametrize("state", ["issued", "disputed", "withdrawn"])
def test_what_both_confirmed_is_not_taken_back(
    row: IssuedStatement, seat: TakeSeat, state: str
) -> None:
    actions.confirm(row.number, by=seat("buyer"))
    actions.confirm(row.number, by=seat("supplier_manager"))

    refused(f"UPDATE settlements_issuedstatement SET state = '{state}' WHERE id = {row.pk}")  # noqa: S608  constants


def test_what_was_withdrawn_does_not_come_back(row: IssuedStatement, seat: TakeSeat) -> None:
    actions.withdraw(row.number, "录错了日期", by=seat("buyer"))

    refused(f"UPDATE settlements_issuedstatement SET state = 'issued' WHERE id = {row.pk}")  # noqa: S608  constants
