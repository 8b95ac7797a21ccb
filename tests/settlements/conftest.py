"""The five demonstration contracts, and people who sign for either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.cli.demo import load_demonstration
from lvyue.obligations.queries import forget
from tests.conftest import Person
from tests.replay import load_again

#: ``seat("buyer")``: somebody's seat on the security contract, or on another.
TakeSeat = Callable[..., Seat]

SECURITY = "security-support-2026"


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    """Every test reckons for itself."""
    forget()
    yield
    forget()


@pytest.fixture
def demonstration(db: None) -> None:  # noqa: ARG001  the register is in the database
    load_again(load_demonstration)


@pytest.fixture
def seat(person: Person) -> TakeSeat:
    def of(role: str, contract_id: str = SECURITY) -> Seat:
        return seat_of(person(role, contract_id), contract_id)

    return of
