"""The database keeps the disclosure register as it was written, whoever asks and however (*:7.2.17)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from lvyue import clock
from lvyue.confidentiality import actions
from lvyue.confidentiality.actions import Consent
from lvyue.confidentiality.models import DisclosedFile, Disclosure, DisclosureLink, Handover
from tests.confidentiality.conftest import Desk, TakeSeat

TABLES = ("disclosure", "disclosedfile", "disclosurelink", "handover")


@pytest.fixture
def given(desk: Desk, seat: TakeSeat) -> None:
    """A request with consent, whose files were taken once of three times."""
    manager = seat("supplier_manager")
    actions.apply(desk.application(), by=manager)
    actions.consent(1, Consent("机管函〔2026〕12 号", clock.today()), by=seat("buyer"))
    package = actions.take(actions.make_link(1, most=3, by=manager).secret, address="203.0.113.7")
    assert package is not None
    package.stream.close()


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


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("disclosure", "recipient = '别人'"),
        ("disclosure", "until = '2099-01-01'"),
        ("disclosure", "applied_by = 'nobody'"),
        ("disclosure", "paper = '另一份'"),
        ("disclosure", "consent_by = 'somebody'"),
        ("disclosure", "consent_at = NULL, state = 'applied'"),
        ("disclosedfile", "name = '另一个.pdf'"),
        ("disclosedfile", "sha256 = 'f'"),
        ("disclosurelink", "expires_at = '2099-01-01 00:00:00'"),
        ("disclosurelink", "most = 9"),
        ("disclosurelink", "used = 0"),
        ("handover", "address = '198.51.100.1'"),
    ],
)
def test_what_was_written_is_not_written_again(table: str, change: str) -> None:
    says = refused(f"UPDATE confidentiality_{table} SET {change}")  # noqa: S608  our own words

    assert f"只增不改：confidentiality_{table} 不接受 UPDATE" in says


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_deleted_emptied_or_replaced(table: str) -> None:
    name = f"confidentiality_{table}"
    again = {
        "sqlite": f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}",  # noqa: S608  our own words
        "postgresql": f"TRUNCATE {name} CASCADE",
    }[connection.vendor]

    for sql in (f"DELETE FROM {name}", again):  # noqa: S608  our own words
        assert "只增不改" in refused(sql)

    assert all(
        one.objects.count() == 1 for one in (Disclosure, DisclosedFile, DisclosureLink, Handover)
    )


@pytest.mark.usefixtures("given")
def test_what_is_closed_stays_closed(seat: TakeSeat) -> None:
    actions.revoke(1, "接收方换了人", by=seat("buyer"))

    says = refused(
        "UPDATE confidentiality_disclosure SET state = 'given', closed_at = NULL, closed_by = ''"
    )

    assert "只增不改" in says
    assert Disclosure.objects.get().state == "revoked"


@pytest.mark.django_db
def test_the_guards_are_laid_down() -> None:
    """A later migration that copies a table must lay them down again."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{}'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = '{}'::regclass",
    }[connection.vendor]
    for table in (f"confidentiality_{one}" for one in TABLES):
        moves = table.endswith(("disclosure", "link"))
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table))
            names = {name for (name,) in cursor.fetchall()}
        assert (
            names
            == {
                "sqlite": {f"{table}_no_{act}" for act in ("update", "delete", "replace")},
                "postgresql": {
                    f"{table}_append_only",
                    *([f"{table}_row_append_only"] if moves else []),
                },
            }[connection.vendor]
        )
