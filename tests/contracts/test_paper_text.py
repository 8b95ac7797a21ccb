"""合同文本: what somebody brought is kept as it is, once, and the latest one is shown."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from lvyue.contracts.actions import register_release, register_text
from lvyue.contracts.queries import paper_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> str:
    register_release("cloud", "云租用", "{}", "0" * 64, by="测试", demonstration=False)
    return "cloud"


def test_a_contract_without_a_paper_has_no_text(contract: str) -> None:
    assert paper_text(contract) is None


def test_the_same_bytes_are_registered_once(contract: str) -> None:
    first = register_text(contract, "合同.txt", "a" * 64, {"main 1": ["一"]}, by="甲", ours=False)
    again = register_text(contract, "副本.txt", "a" * 64, {"main 1": ["二"]}, by="乙", ours=True)

    assert again.pk == first.pk
    assert again.paragraphs == {"main 1": ["一"]}
    assert (again.name, again.registered_by) == ("合同.txt", "甲")


def test_the_latest_text_is_shown(contract: str) -> None:
    register_text(contract, "旧.txt", "a" * 64, {}, by="甲", ours=True)
    register_text(contract, "新.txt", "b" * 64, {"main 1": ("一",)}, by="甲", ours=False)

    shown = paper_text(contract)

    assert shown is not None
    assert (shown.name, shown.ours) == ("新.txt", False)
    assert shown.paragraphs == {"main 1": ["一"]}


def test_paragraphs_are_read_only_when_somebody_asks(
    contract: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    register_text(contract, "合同.txt", "a" * 64, {"main 1": ["一"]}, by="甲", ours=False)

    with django_assert_num_queries(1):
        shown = paper_text(contract)
        assert shown is not None
        assert shown.sha256 == "a" * 64
    with django_assert_num_queries(1):
        assert shown.paragraphs
