"""A machine without contracts, and contracts that cannot be read: pages that teach and pages that own up."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from lvyue.contracts.actions import register_release
from tests.conftest import Person
from tests.faces.conftest import Axe, sign_in, text_of


@pytest.mark.django_db(transaction=True)
def test_a_fresh_machine_says_what_to_do(
    browser: Chrome, live_server: LiveServer, axe: Axe, person: Person
) -> None:
    sign_in(browser, live_server, person("auditor"))
    browser.get(f"{live_server}/contracts/")

    assert "还没有合同" in text_of(browser)
    assert "lvyue demo" in text_of(browser)
    assert axe() == []


@pytest.mark.django_db
def test_a_contract_that_cannot_be_read_says_why_and_reckons_nothing(
    client: Client, person: Person
) -> None:
    register_release("broken", "坏了的合同", "{}", "0" * 64, by="测试", demonstration=False)
    client.force_login(person("buyer", "broken"))

    page = client.get("/contracts/broken/")
    listed = client.get("/contracts/").content.decode()

    assert page.status_code == HTTPStatus.CONFLICT
    assert "release.yaml 缺少字段" in page.content.decode()
    assert "这份合同现在无法计算" in listed
    assert "坏了的合同" in listed
