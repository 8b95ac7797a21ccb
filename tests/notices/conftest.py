"""People of both sides who sit at their contracts, and a vault of their own for what they attach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from tests.conftest import Person
from tests.notices.cast import Sit, begun


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Path]:
    with override_settings(HOME=tmp_path):
        yield tmp_path


@pytest.fixture
def sit(person: Person, vault: Path) -> Sit:  # noqa: ARG001  what they attach is kept there
    """`sit("buyer", S4)`: somebody's seat on a contract of the demonstration, which is registered when first asked for."""
    registered: set[str] = set()

    def seated(role: str, contract_id: str) -> Seat:
        if contract_id not in registered:
            begun(contract_id)
            registered.add(contract_id)
        return seat_of(person(role, contract_id), contract_id)

    return seated
