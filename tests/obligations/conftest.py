"""The five demonstration contracts, as a fresh machine would have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lvyue.cli.demo import load_demonstration
from lvyue.obligations.queries import forget
from tests.replay import load_again


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    """Every test reckons for itself."""
    forget()
    yield
    forget()


@pytest.fixture
def demonstration(db: None) -> None:  # noqa: ARG001  the register is in the database
    load_again(load_demonstration)
