"""A contract with an empty log, and facts to put into it."""

from __future__ import annotations

import pytest

from tests.evidence.cast import opened
from tests.evidence.guards import let_transactional_tests_empty_the_log


@pytest.fixture(scope="session", autouse=True)
def _transactional_tests_empty_the_log() -> None:
    let_transactional_tests_empty_the_log()


@pytest.fixture
def contract(db: None) -> str:  # noqa: ARG001  the register is in the database
    return opened()
