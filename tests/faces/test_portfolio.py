"""合同一览 in a browser and as files: cards and table, another day, and as many questions for five contracts as for one."""

from __future__ import annotations

import csv
import io
from http import HTTPStatus

import openpyxl
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lvyue.evidence.actions import import_facts
from lvyue.library.loader import release_ids
from lvyue.obligations.actions import refreshing
from lvyue.obligations.actions.refreshing import refresh_all
from tests.conftest import Person
from tests.faces.conftest import DAY, Axe, Look, emulate, sign_in, width

CLOUD = "cloud-lease-2025"

pytestmark = pytest.mark.usefixtures("demonstration")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("contracts", "/contracts/"),
        ("contracts-table", "/contracts/?view=table&sort=missed"),
        ("contracts-on-a-day", f"/contracts/?as_of={DAY}"),
    ],
)
def test_the_contracts_are_a_page_to_look_at(
    browser: Chrome,
    live_server: LiveServer,
    person: Person,
    look: Look,
    axe: Axe,
    name: str,
    path: str,
) -> None:
    sign_in(browser, live_server, person("buyer", *release_ids()))
    browser.get(f"{live_server}{path}")

    look(name)

    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    assert found + axe() == []
    assert len(browser.find_elements(By.CSS_SELECTOR, ".card, .card-name")) == 5


def test_a_list_is_exported_as_it_is_seen(client: Client, person: Person) -> None:
    client.force_login(person("buyer", *release_ids()))

    text = client.get("/contracts/?format=csv&sort=price").content.decode("utf-8-sig")
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get("/contracts/?format=xlsx&sort=price").content)
    ).active

    rows = list(csv.DictReader(io.StringIO(text)))
    prices = [row["合同价款（元）"] for row in rows]
    assert len(rows) == 5
    assert prices == sorted(prices, key=lambda yuan: -int(yuan.replace(".", "")))
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == list(rows[0])
    assert [row[0].value for row in sheet.iter_rows(min_row=3)] == [row["编号"] for row in rows]


@pytest.mark.parametrize(
    "asked",
    [
        "sort=forged",
        "stage=forged&has=forged&view=forged",
        "after=%27%3B--",
        "sort=next&after=forged~x",
        "q=%25_",
        "as_of=2026-13-01",
        f"as_of={DAY}&after=%3Cb%3E",
    ],
)
def test_a_forged_question_shows_the_page(client: Client, person: Person, asked: str) -> None:
    client.force_login(person("buyer", *release_ids()))

    assert client.get(f"/contracts/?{asked}").status_code == HTTPStatus.OK


def test_an_earlier_day_says_that_its_totals_are_those_of_the_page(
    client: Client, person: Person
) -> None:
    client.force_login(person("buyer", *release_ids()))

    page = client.get(f"/contracts/?as_of={DAY}").content.decode()

    assert "合计也只是本页的" in page
    assert page.count('<li class="card">') == 5


def test_lists_ask_the_same_number_of_questions_for_any_number_of_contracts(
    client: Client, person: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    refresh_all()
    for contracts in ((CLOUD,), release_ids()):
        client.force_login(person("buyer", *contracts))
        for path, number in (("/", 14), ("/contracts/", 8), ("/calendar/", 7)):
            client.get(path)
            with django_assert_num_queries(number):
                client.get(path)


def test_what_was_imported_a_moment_ago_is_never_hidden(
    client: Client, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that nobody followed up: the page reckons it anew, and if it cannot it says so."""
    refresh_all()
    client.force_login(person("buyer", CLOUD))
    line = (
        b'{"id":"test-1","kind":"payment.made","at":"2026-11-20",'
        b'"data":{"instalment":2,"amount_fen":56610780}}\n'
    )

    import_facts(CLOUD, [line], by="测试", source="测试.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr(refreshing, "refresh", _unable)
        behind = [client.get(path).content.decode() for path in ("/", "/contracts/")]
    fresh = client.get("/contracts/").content.decode()

    assert all("待更新" in page for page in behind)
    assert "待更新" not in fresh
    assert "3,887,026.00" in fresh  # all of the price is paid now
    assert "second-payment" not in client.get("/").content.decode()


def _unable(contract_id: str) -> None:
    raise OSError(contract_id)
