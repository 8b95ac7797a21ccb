"""阅读的测试: contracts of our own words in five grammars, and the original papers where they are at hand."""

from __future__ import annotations

import pytest

from tests.reading.samples import seeds


@pytest.fixture
def papers_at_hand() -> None:
    """Skips where the original papers are not."""
    if seeds() is None:
        pytest.skip("the original papers are not here")
