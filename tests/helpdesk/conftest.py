"""The five contracts, seats on them, and a clock that a test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.cli.demo import load_contracts
from lvyue.core.calendar import SHANGHAI
from lvyue.obligations.queries import forget
from tests.conftest import Person
from tests.replay import load_again

#: ``seat("engineer", LEASE)``: somebody's seat on a contract.
TakeSeat = Callable[..., Seat]

#: ``browse("engineer", LEASE)``: a browser of somebody who is signed in.
Browse = Callable[..., Client]

SECURITY, DIGITAL = "security-support-2026", "digital-operations-2026"
CLOUD, VIDEO, LEASE = "government-cloud-2026", "video-conference-2022", "cloud-lease-2025"


def text(answer: Any) -> str:
    """The page that came as an answer."""
    return str(answer.content.decode())


def at(text: str) -> datetime:
    """A moment in Beijing: ``at("2026-02-13 10:00:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    """Every test reckons for itself."""
    forget()
    yield
    forget()


@pytest.fixture
def contracts(db: None) -> None:  # noqa: ARG001  the register is in the database
    load_again(load_contracts)


@pytest.fixture
def seat(person: Person, contracts: None) -> TakeSeat:  # noqa: ARG001  roles are on contracts
    def of(role: str, contract_id: str = LEASE) -> Seat:
        return seat_of(person(role, contract_id), contract_id)

    return of


@pytest.fixture
def now() -> Iterator[Callable[[str], None]]:
    """``now("2026-02-13 10:00:00")`` sets the clock; it does not move by itself."""
    with time_machine.travel(at("2026-02-13 09:00:00"), tick=False) as traveller:
        yield lambda text: traveller.move_to(at(text))


@pytest.fixture
def browse(person: Person, contracts: None) -> Browse:  # noqa: ARG001  roles are on contracts
    def signed_in(role: str, contract_id: str = LEASE) -> Client:
        client, account = Client(), person(role, contract_id)
        type(account).objects.filter(pk=account.pk).update(password_handed_over=False)
        assert isinstance(account, AbstractBaseUser)
        client.force_login(account)
        return client

    return signed_in
