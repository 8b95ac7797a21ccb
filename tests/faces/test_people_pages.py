"""The front door, the pages about people, and a form that outlives its session, in a real browser."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.accounts.demonstration import PASSWORD
from lvyue.accounts.models import Account
from lvyue.accounts.queries import account
from tests.faces.conftest import (
    Axe,
    Look,
    by_css,
    emulate,
    follow,
    leaving,
    press,
    sign_in,
    text_of,
    width,
)

SECURITY = "security-support-2026"
WRONG, LONG = "wrong", "一个够长的测试用的密码吧"  # passwords of tests


@pytest.fixture
def people(transactional_db: None) -> None:  # noqa: ARG001  the server reads what is committed
    """Five contracts without facts, which these pages do not read, and the made-up people."""
    from lvyue.cli.demo import demonstration_ids, load_people  # noqa: PLC0415  not before Django is set up
    from lvyue.contracts.actions import register_release  # noqa: PLC0415
    from lvyue.library import loader  # noqa: PLC0415

    for contract_id in demonstration_ids():
        release = loader.load(contract_id)
        register_release(
            contract_id,
            release.title,
            loader.text_of(contract_id),
            release.digest,
            by="测试",
            demonstration=True,
        )
    for _ in load_people():
        pass


def who(username: str) -> Account:
    found = account(username)
    assert found is not None
    return found


def said_at(browser: Chrome, css: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, css).text


def wait_for(browser: Chrome, path: str) -> None:
    """Until the page that was asked for is there: a busy machine takes its time."""
    WebDriverWait(browser, 20).until(lambda there: path in there.current_url, path)


def fill(browser: Chrome, **given: str) -> None:
    for name, value in given.items():
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)


def usable(browser: Chrome, axe: Axe) -> list[str]:
    """What axe says, wide by day, then narrow and dark."""
    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found += axe()
    width(browser, 1280)
    emulate(browser)
    return found


# ── the door ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("people")
def test_the_door_is_a_page_to_look_at(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe
) -> None:
    browser.get(f"{live_server}/sign-in/")

    look("sign-in")

    assert usable(browser, axe) == []
    assert browser.switch_to.active_element.get_attribute("name") == "username"
    assert PASSWORD in text_of(browser)
    for username in (
        "buyer0",
        "manager1",
        "engineer2",
        "department3",
        "buyer4",
        "auditor",
        "admin",
    ):
        assert browser.find_elements(By.CSS_SELECTOR, f"button[value={username}]"), username


@pytest.mark.usefixtures("people")
def test_one_signs_in_with_the_published_password_and_out_again(
    browser: Chrome, live_server: LiveServer
) -> None:
    browser.get(f"{live_server}/account/")
    fill(browser, username="manager0", password=WRONG)
    follow(browser, by_css("main form .is-primary"))
    assert "登录名或密码不对" in said_at(browser, "[role=alert]")

    fill(browser, username="manager0", password=PASSWORD)
    follow(browser, by_css("main form .is-primary"))
    WebDriverWait(browser, 20).until(lambda there: there.current_url.endswith("/account/"))
    assert "乙方项目经理" in text_of(browser)

    press(browser, by_css("#me summary"))
    follow(browser, by_css("#me button"))
    wait_for(browser, "/sign-in/")


@pytest.mark.usefixtures("people")
def test_one_click_enters_as_a_made_up_person(browser: Chrome, live_server: LiveServer) -> None:
    browser.get(f"{live_server}/contracts/{SECURITY}/people/")

    follow(browser, by_css("button[value=engineer0]"))

    assert browser.current_url.endswith(f"/contracts/{SECURITY}/people/")
    assert "您（乙方工程师）" in text_of(browser)


# ── pages to look at ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("name", "username", "path"),
    [
        ("people", "admin", "/people/"),
        ("person", "admin", "/people/accounts/buyer0/"),
        ("new-account", "admin", "/people/new-account/"),
        ("audit", "admin", "/audit/"),
        ("account", "auditor", "/account/"),
        ("contract-people", "engineer0", f"/contracts/{SECURITY}/people/"),
        ("contract-audit", "auditor", f"/contracts/{SECURITY}/audit/"),
        ("not-allowed", "engineer0", f"/contracts/{SECURITY}/audit/"),
    ],
)
def test_it_is_a_page_to_look_at(
    browser: Chrome,
    live_server: LiveServer,
    look: Look,
    axe: Axe,
    name: str,
    username: str,
    path: str,
) -> None:
    sign_in(browser, live_server, who(username))
    browser.get(f"{live_server}{path}")
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # a page that is refused complains of its status

    look(name)

    assert usable(browser, axe) == []
    assert browser.find_elements(By.CSS_SELECTOR, "main h1")


# ── a form that outlives its session ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("people")
def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(
    browser: Chrome, live_server: LiveServer
) -> None:
    sign_in(browser, live_server, who("admin"))
    browser.get(f"{live_server}/people/new-account/")
    fill(browser, username="zhao", name="赵一（演示）", password=LONG)
    Session.objects.all().delete()

    follow(browser, by_css("main form .is-primary"))
    wait_for(browser, "/sign-in/")
    assert "已经保留" in text_of(browser)
    fill(browser, username="admin", password=PASSWORD)
    follow(browser, by_css("main form .is-primary"))

    WebDriverWait(browser, 20).until(lambda there: "/sign-in/" not in there.current_url)
    assert browser.current_url.endswith("/people/new-account/")
    assert "请核对后再提交" in said_at(browser, ".notice")
    assert browser.find_element(By.NAME, "username").get_attribute("value") == "zhao"
    assert browser.find_element(By.NAME, "name").get_attribute("value") == "赵一（演示）"
    assert browser.find_element(By.NAME, "password").get_attribute("value") == ""

    fill(browser, password=LONG)
    follow(browser, by_css("main form .is-primary"))
    assert who("zhao").name == "赵一（演示）"


@pytest.mark.usefixtures("people")
def test_signing_in_again_in_another_window_loses_nothing(
    browser: Chrome, live_server: LiveServer
) -> None:
    sign_in(browser, live_server, who("admin"))
    browser.get(f"{live_server}/people/new-account/")
    fill(browser, username="zhao", name="赵一（演示）", password=LONG)
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    width(browser, 1280)
    try:
        browser.get(f"{live_server}/account/")
        press(browser, by_css("#me summary"))
        follow(browser, by_css("#me button"))
        wait_for(browser, "/sign-in/")
        with leaving(browser):
            browser.find_element(By.CSS_SELECTOR, "button[value=admin]").send_keys(Keys.ENTER)
        WebDriverWait(browser, 20).until(lambda there: "/sign-in/" not in there.current_url)
    finally:
        browser.close()
        browser.switch_to.window(first)

    follow(browser, by_css("main form .is-primary"))

    assert "这一页已经过期" in text_of(browser)
    assert browser.find_element(By.NAME, "username").get_attribute("value") == "zhao"
    assert account("zhao") is None
