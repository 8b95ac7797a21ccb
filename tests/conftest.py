"""What every test may count on.

A test that asks for the database or for a browser is marked `db` or `browser` by itself, so that
`-m db` is all of them and nobody can forget. `make test` runs everything on SQLite, and then `-m db`
again on a PostgreSQL of its own.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

DATABASE_FIXTURES = frozenset(
    {
        "db",
        "transactional_db",
        "django_db_reset_sequences",
        "django_db_serialized_rollback",
        "live_server",
    }
)

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=300,
    deadline=None,  # two shared cores keep no time
    derandomize=True,  # a red build is the change's fault, and red again when run again
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


@pytest.hookimpl(tryfirst=True)  # before pytest reads -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES:
            item.add_marker("db")
        if "browser" in fixtures:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in service: in memory all threads would share one connection."""
    from django.db import connection  # noqa: PLC0415  not before Django is set up

    if connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)
