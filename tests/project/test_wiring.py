"""What the settings put together: the headers of every answer, the way the database is opened, the time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from lvyue import clock


def test_every_answer_forbids_scripts_inside_the_page(client: Client) -> None:
    answer = client.get("/no-such-page")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_sqlite_is_opened_so_that_a_commit_survives_the_loss_of_power() -> None:
    if connection.vendor != "sqlite":
        assert connection.vendor == "postgresql"  # there is no third
        return
    with connection.cursor() as cursor:
        pragmas = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 20_000,
    }


def test_the_clock_is_aware_and_in_shanghai() -> None:
    now = clock.now()

    assert now.utcoffset() == timedelta(hours=8)
    assert clock.today() - now.date() <= timedelta(days=1)
