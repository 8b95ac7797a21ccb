"""Somebody who keeps the accounts, and somebody signed in at a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from lvyue.accounts.models import Account
from lvyue.contracts.actions import register_release
from tests.conftest import Person

#: ``browser_of(account)``: a client that is signed in as this person.
BrowserOf = Callable[..., Client]


@pytest.fixture
def administrator(person: Person) -> Account:
    return person("administrator")


@pytest.fixture
def browser_of(db: None) -> BrowserOf:  # noqa: ARG001  sessions are in the database
    def signed_in(account: Account, *, enforce_csrf_checks: bool = False) -> Client:
        client = Client(enforce_csrf_checks=enforce_csrf_checks)
        client.force_login(account)
        return client

    return signed_in


@pytest.fixture
def contracts(db: None) -> tuple[str, str]:  # noqa: ARG001  the register is in the database
    """Two contracts in the register, one of the demonstration and one real."""
    register_release("first", "第一份合同", "{}", "1" * 64, by="测试", demonstration=True)
    register_release("second", "第二份合同", "{}", "2" * 64, by="测试", demonstration=False)
    return "first", "second"
