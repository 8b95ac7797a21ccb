"""Every page has its endpoint: the table in docs/api.md is walked against the addresses of both faces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from lvyue.api.problems import KINDS
from lvyue.web.urls import urlpatterns

TOP = Path(__file__).resolve().parent.parent.parent
PAGE = TOP / "docs/api.md"


def rows(mark: str) -> list[list[str]]:
    found = re.search(
        rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found
    lines = [line.strip("|").split("|") for line in found[1].splitlines()[2:]]
    return [[cell.strip() for cell in line] for line in lines]


@pytest.fixture(scope="module")
def document() -> Any:
    return Client().get("/api/v1/openapi.json").json()


def test_each_page_is_in_the_table_and_each_row_is_a_page() -> None:
    names = [name.strip("`") for name, _ in rows("pages")]

    assert sorted(names) == sorted({str(one.name) for one in urlpatterns})


def test_each_endpoint_that_the_table_names_is_there(document: Any) -> None:
    for page, told in rows("pages"):
        named = re.findall(r"`([A-Z]+) ([^`]+)`", told)
        assert named or told.startswith("—"), page
        for method, address in named:
            whole = "/api/v1" + address.replace("…", "/contracts/{contract_id}")
            assert method.lower() in document["paths"].get(whole, {}), f"{page}: {method} {whole}"


def test_each_endpoint_serves_a_page_or_says_why_there_is_more(document: Any) -> None:
    named = re.findall(r"`([A-Z]+) ([^`]+)`", PAGE.read_text("utf-8"))
    told = {
        (method, "/api/v1" + address.replace("…", "/contracts/{contract_id}"))
        for method, address in named
    }

    there = {
        (method.upper(), address) for address, item in document["paths"].items() for method in item
    }
    assert there - told == set()
    assert told - there == set()


def test_each_kind_of_problem_is_in_the_table() -> None:
    told = [(name.strip("`"), int(status), title) for name, status, title in rows("problems")]

    assert told == [(name, status, title) for name, (status, title, _) in KINDS.items()]
