"""Signing in with a second step at a real browser: six digits, and a passkey of the browser's own authenticator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.support import expected_conditions as arrived
from selenium.webdriver.support.ui import WebDriverWait

from lvyue import clock
from lvyue.accounts.actions import create_account
from lvyue.accounts.models import Account
from lvyue.accounts.queries import factors_of
from tests.faces.conftest import Axe, Look

PASSWORD = "a-long-test-password"  # noqa: S105  of tests


@pytest.fixture
def chief(transactional_db: None) -> Account:  # noqa: ARG001  the server reads what is committed
    return create_account("chief", "总管", PASSWORD, by="测试", administrator=True)


@pytest.fixture
def authenticator(browser: Chrome) -> Iterator[None]:
    """A device inside the browser, which recognises its owner."""
    options = VirtualAuthenticatorOptions()
    options.has_user_verification = True
    options.is_user_verified = True
    options.has_resident_key = True
    browser.add_virtual_authenticator(options)
    yield
    browser.remove_virtual_authenticator()


def at(browser: Chrome, path: str) -> None:
    WebDriverWait(browser, 20).until(arrived.url_contains(path))


def click(browser: Chrome, words: str) -> None:
    there = (By.XPATH, f"//main//*[self::button or self::a][contains(., '{words}')]")
    WebDriverWait(browser, 20).until(arrived.element_to_be_clickable(there)).click()


def password(browser: Chrome, server: str) -> None:
    browser.get(f"{server}/sign-in/")
    browser.find_element(By.NAME, "username").send_keys("chief")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    click(browser, "登录")


@pytest.mark.usefixtures("chief")
def test_an_administrator_adds_an_app_and_signs_in_with_its_digits(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe
) -> None:
    password(browser, live_server.url)
    at(browser, "/sign-in/enrol/")
    assert axe() == []
    look("enrol")
    secret = browser.find_element(By.CSS_SELECTOR, "main li code").text.replace(" ", "")
    app = pyotp.TOTP(secret)
    browser.find_element(By.NAME, "secret_code").send_keys(app.at(clock.now()))
    click(browser, "加验证器")
    click(browser, "已经收好")
    at(browser, "/")
    browser.find_element(By.ID, "me").click()
    WebDriverWait(browser, 20).until(
        arrived.element_to_be_clickable((By.XPATH, "//button[contains(., '退出')]"))
    ).click()
    at(browser, "/sign-in/")

    password(browser, live_server.url)
    at(browser, "/sign-in/second-step/")
    assert axe() == []
    look("second-step")
    browser.find_element(By.ID, "id_secret_code").send_keys(
        app.at(clock.now() + timedelta(seconds=30))
    )
    click(browser, "登录")
    WebDriverWait(browser, 20).until(arrived.presence_of_element_located((By.ID, "me")))

    browser.get(f"{live_server.url}/account/security/")
    assert axe() == []
    look("security")


@pytest.mark.usefixtures("authenticator")
def test_an_administrator_adds_a_passkey_and_signs_in_with_it(
    browser: Chrome, live_server: LiveServer, chief: Account
) -> None:
    server = live_server.url.replace("127.0.0.1", "localhost")  # keys are for names
    password(browser, server)
    at(browser, "/sign-in/enrol/")
    click(browser, "加通行密钥")
    click(browser, "已经收好")
    at(browser, "/")
    assert len(factors_of(chief).passkeys) == 1
    browser.delete_all_cookies()

    password(browser, server)
    at(browser, "/sign-in/second-step/")
    click(browser, "用通行密钥")

    WebDriverWait(browser, 20).until(arrived.presence_of_element_located((By.ID, "me")))
    (key,) = factors_of(chief).passkeys
    assert key.last_used_at is not None
