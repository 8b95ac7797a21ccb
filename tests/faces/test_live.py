"""A real browser, a real server, a real database."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from lvyue.contracts.actions import register_release
from tests.faces.conftest import messages


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_not_there_is_answered_as_such(
    browser: Chrome, live_server: LiveServer
) -> None:
    register_release("cloud-2025", "云租用", "{}", "0" * 64, by="测试", demonstration=True)

    browser.get(f"{live_server}/no-such-page")

    assert any("/no-such-page" in entry["message"] for entry in messages(browser))
