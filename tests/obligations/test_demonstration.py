"""The demonstration logs: a year each, deterministic, good and bad, and recognisable as what they are."""

from __future__ import annotations

import json
import re
from importlib import resources
from itertools import pairwise

import pytest

from lvyue.cli.demo import demonstration_ids, load_demonstration
from lvyue.contracts.queries import contracts, releases
from lvyue.core.facts import Fact, read_line
from lvyue.evidence.queries import logs, verify_log
from lvyue.library.loader import release_ids

FOLDER = resources.files("lvyue.library") / "demonstration"


def lines(contract_id: str) -> list[bytes]:
    return (FOLDER / f"{contract_id}.jsonl").read_bytes().splitlines()


def test_every_shipped_contract_has_one() -> None:
    assert demonstration_ids() == release_ids()


@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_every_line_is_a_fact_and_says_that_it_is_a_demonstration(contract_id: str) -> None:
    facts = [read_line(raw, n, contract_id) for n, raw in enumerate(lines(contract_id))]

    assert 150 <= len(facts) <= 600
    assert all(isinstance(fact, Fact) for fact in facts), facts
    for raw in lines(contract_id):
        row = json.loads(raw)
        assert row["id"].startswith("demo-")
        assert row.get("subject", "演示").startswith("演示")
        assert row["data"].get("paper", "演示").startswith("演示")


@pytest.mark.parametrize("contract_id", demonstration_ids())
def test_no_number_in_it_could_be_a_telephone_or_an_account(contract_id: str) -> None:
    for raw in lines(contract_id):
        text = re.sub(r'"amount_fen": ?\d+', "", raw.decode())
        assert not re.search(r"\d{10,}", text)


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    first = [*load_demonstration()]
    roots = {log.pk: log.checkpoints.order_by("size").values_list("size", "root") for log in logs()}
    known = {pk: [*found] for pk, found in roots.items()}
    second = [*load_demonstration()]

    assert all("新增" in line for line in first)
    assert all("没有变化" in line for line in second)
    assert {pk: [*found.all()] for pk, found in roots.items()} == known
    assert contracts().filter(demonstration=True).count() == releases().count() == 5
    assert [doubt for log in logs() for doubt in verify_log(log.pk)] == []


def test_stories_and_routine_are_numbered_each_without_a_gap() -> None:
    for contract_id in demonstration_ids():
        ids = [json.loads(raw)["id"].removeprefix("demo-") for raw in lines(contract_id)]
        stories = [int(one) for one in ids if not one.startswith("y")]
        routine = [int(one.removeprefix("y")) for one in ids if one.startswith("y")]
        for numbers in (stories, routine):
            assert numbers[0] == 1
            assert all(after - before == 1 for before, after in pairwise(numbers))
