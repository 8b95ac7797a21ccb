"""Secrets that we must be able to say again: sealed by a key that comes from the settings."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from lvyue.accounts.sealing import seal, unseal
from lvyue.core.doubts import Refused


@pytest.mark.parametrize("text", ["口令 😀", "x" * 5000, "\n\0"])
def test_what_is_sealed_is_read_again_and_never_looks_the_same(text: str) -> None:
    sealed = seal(text)

    assert text not in sealed
    assert sealed != seal(text)
    assert unseal(sealed) == text


def test_nothing_stays_nothing() -> None:
    assert (seal(""), unseal("")) == ("", "")


def test_another_key_is_told_and_the_former_one_may_be_kept_beside(settings: Settings) -> None:
    sealed, former = seal("口令"), settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-key"  # noqa: S105  of tests

    with pytest.raises(Refused, match="另一个 LVYUE_SECRET_KEY"):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(sealed) == "口令"


@pytest.mark.parametrize("text", ["x", "gAAAAA==", "赵", "\udcff"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        unseal(text)


def test_a_sealed_text_that_was_tampered_with_is_refused() -> None:
    sealed = seal("口令")

    with pytest.raises(Refused):
        unseal(sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:])
