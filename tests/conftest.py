"""What every test may count on.

A test that asks for the database or for a browser is marked `db` or `browser` by itself, so that
`-m db` is all of them and nobody can forget. `make test` runs everything on SQLite, and then `-m "db and
not browser"` again on a PostgreSQL of its own: what a browser shows does not depend on the database, and every
page is also asked for without one.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from lvyue.accounts.models import Account

#: ``person("buyer", "security-support-2026")``: somebody who is just this on just these contracts.
Person = Callable[..., "Account"]

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
    max_examples=150,
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


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Eight thousand tests and all that they import stay to the end: the collector need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,  # noqa: ARG001  a database for each worker
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """SQLite in a file, as in service: in memory all threads would share one connection."""
    from django.db import connection  # noqa: PLC0415  not before Django is set up

    if connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture
def person(db: None) -> Person:  # noqa: ARG001  people are in the database
    """`person("buyer", contract_id, …)`: an account with this role on these contracts; the same one when asked again."""
    from lvyue.accounts.actions import appoint, create_account  # noqa: PLC0415  not before Django is set up
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415
    from lvyue.accounts.models import Account  # noqa: PLC0415

    def somebody(role: str, *contracts: str) -> Account:
        username = f"{role.replace('_', '-')}-{len(contracts)}"
        account = Account.objects.filter(username=username).first() or create_account(
            username,
            f"测试{username}",
            "a-long-test-password",
            by="测试",
            administrator=role == "administrator",
        )
        for contract_id in contracts if role != "administrator" else ():
            appoint(account, contract_id, ContractRole(role), by="测试")
        return account

    return somebody


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> None:
    """Passwords of tests are hashed quickly: what a slow hash costs is Django's to test."""
    from django.conf import settings as django_settings  # noqa: PLC0415

    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True, scope="session")
def _nobody_works_in_the_background() -> None:
    """Jobs of tests are done when the test says so."""
    from django.conf import settings as django_settings  # noqa: PLC0415

    django_settings.WORKER = "elsewhere"


@pytest.fixture(autouse=True, scope="session")
def _transactional_tests_may_empty_the_audit_trail() -> None:
    """Whatever a test does to people is audited, and the audit trail refuses to be emptied."""
    from tests.evidence.guards import let_transactional_tests_empty_the_log  # noqa: PLC0415  not before Django is set up

    let_transactional_tests_empty_the_log()
