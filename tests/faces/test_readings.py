"""A newcomer with a paper in hand: dropped, taken apart, checked, proposed; the other side confirms, and the contract runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from lvyue.accounts.actions import create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.readings import queries
from lvyue.readings.actions import bringing, jobs
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.choices import Side
from lvyue.readings.models import Draft
from tests.faces.conftest import Axe, Look, by_css, by_link, follow, press, sign_in, text_of, width
from tests.readings.conftest import PAPER, quickly


@pytest.fixture(autouse=True)
def _vault(settings: Settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    queries.forget()


def somebody(username: str) -> Account:
    return create_account(username, f"测试{username}", "a-long-test-password", by="测试")


def until(browser: Chrome, selector: str, seconds: float = 40) -> None:
    """Wait until something stands on the page."""
    end = time.monotonic() + seconds
    while not browser.find_elements(By.CSS_SELECTOR, selector):
        assert time.monotonic() < end, text_of(browser)
        time.sleep(0.1)


def until_says(browser: Chrome, words: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while words not in (said := _said(browser)):
        assert time.monotonic() < end, said
        time.sleep(0.1)


def _said(browser: Chrome) -> str:
    """What the page says; nothing between two pages."""
    try:
        return text_of(browser)
    except WebDriverException:
        return ""


def saying(words: str) -> Callable[[Chrome], WebElement]:
    """The button or link that says so."""

    def find(page: Chrome) -> WebElement:
        path = f"//main//*[self::a or self::button][contains(., '{words}')]"
        found = [one for one in page.find_elements(By.XPATH, path) if one.is_displayed()]
        assert found, f"nothing says {words}: {text_of(page)}"
        return found[0]

    return find


@pytest.fixture
def draft(transactional_db: None) -> Draft:  # noqa: ARG001  the server reads what is committed
    """Anna's draft, read, with bert of the other side on it."""
    anna = somebody("anna")
    somebody("bert")
    made = bringing.open_draft(anna, Side.BUYER, [Brought("合同.txt", [PAPER.encode()])])
    bringing.invite(made.pk, "bert", ContractRole.SUPPLIER_MANAGER, by=anna)
    jobs.read_waiting(quickly)
    made.refresh_from_db()
    return made


@pytest.mark.usefixtures("transactional_db")
def test_a_newcomer_brings_a_paper_and_it_runs(
    browser: Chrome, live_server: LiveServer, tmp_path: Path
) -> None:
    anna, bert = somebody("anna"), somebody("bert")
    paper = tmp_path / "图书馆运维合同.txt"
    paper.write_text(PAPER, "utf-8")

    # anna opens 读入 and drops the file
    sign_in(browser, live_server, anna)
    browser.get(f"{live_server}/")
    follow(browser, by_link("读入"))
    follow(browser, saying("读入一份合同"))
    browser.find_element(By.NAME, "files").send_keys(str(paper))
    follow(browser, saying("开始读入"))
    jobs.read_waiting(quickly)

    # within seconds it is taken apart, without a reload by hand
    until(browser, ".review")
    assert "湖州市图书馆业务系统运维服务合同" in text_of(browser)
    assert "¥480,000.00" in text_of(browser)

    # she checks, and accepts what is sure
    follow(browser, by_css(".chips a[href*=terms]"))
    press(browser, saying("接受所列不是猜测的"))
    until_says(browser, "刚才一并接受了")
    until(browser, ".row.is-accepted")

    # she invites the other side and proposes
    press(browser, saying("撤销这"))
    until(browser, ".review:not(:has(.row.is-accepted))")
    follow(browser, by_link("成员"))
    browser.find_element(By.ID, "id_username").send_keys("bert")
    Select(browser.find_element(By.ID, "id_role")).select_by_value("supplier_manager")
    press(browser, saying("邀请"))
    until_says(browser, "已邀请 bert")
    follow(browser, by_link("提出与确认"))
    press(browser, saying("提出第"))
    until_says(browser, "已提出，等乙方确认")
    assert "确认，合同生效" not in text_of(browser)

    # bert sees exactly that, and confirms
    browser.delete_all_cookies()
    sign_in(browser, live_server, bert)
    browser.get(f"{live_server}/readings/")
    follow(browser, saying("湖州市图书馆业务系统运维服务合同"))
    follow(browser, by_link("提出与确认"))
    press(browser, saying("确认，合同生效"))

    # and the contract runs
    until_says(browser, "双方已确认，合同生效")
    assert "/contracts/hzlib-2027-018/" in browser.current_url
    assert "运维月报" in text_of(browser)


def test_pointing_at_either_side_lights_up_the_other(
    browser: Chrome, live_server: LiveServer, draft: Draft
) -> None:
    sign_in(browser, live_server, Account.objects.get(username="anna"))
    browser.get(f"{live_server}/readings/{draft.pk}/?tab=terms")
    row = browser.find_elements(By.CSS_SELECTOR, "#read [data-item]")[1]
    item = row.get_attribute("data-item")

    browser.execute_script("arguments[0].focus()", row)

    lit = browser.find_elements(By.CSS_SELECTOR, "#original .is-lit")
    assert lit
    assert all(item in (one.get_attribute("data-items") or "").split() for one in lit)
    hit = browser.find_element(By.CSS_SELECTOR, "#original [data-items]")
    browser.execute_script(
        "arguments[0].dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))", hit
    )
    assert browser.find_elements(By.CSS_SELECTOR, "#original .is-lit")


def test_hands_on_the_keyboard(browser: Chrome, live_server: LiveServer, draft: Draft) -> None:
    sign_in(browser, live_server, Account.objects.get(username="anna"))
    browser.get(f"{live_server}/readings/{draft.pk}/?tab=terms")

    def key(one: str) -> None:
        browser.switch_to.active_element.send_keys(one)

    key("j")
    key("j")
    at = browser.switch_to.active_element.get_attribute("id")
    key("a")
    until(browser, f"#{at}.is-accepted")
    until_says(browser, "已核对 1/")
    time.sleep(0.2)
    assert browser.switch_to.active_element.get_attribute("id") == at
    key("k")
    key("x")
    until(browser, ".row.is-rejected")
    key("/")
    assert browser.switch_to.active_element.get_attribute("name") == "q"
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.execute_script("document.activeElement.blur()")
    key("j")
    key("e")
    until(browser, "[name=v-act]")
    assert "/items/" in browser.current_url


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("readings", "/readings/"),
        ("readings-new", "/readings/new/"),
        ("readings-facts", "/readings/{}/"),
        ("readings-terms", "/readings/{}/?tab=terms"),
        ("readings-clauses", "/readings/{}/?tab=clauses"),
        ("readings-doubts", "/readings/{}/?tab=doubts"),
        ("readings-settle", "/readings/{}/settle/"),
        ("readings-people", "/readings/{}/people/"),
        ("readings-compare", "/readings/{}/compare/"),
        ("readings-add", "/readings/{}/add/?stage=term"),
    ],
)
def test_pages_to_look_at(
    browser: Chrome,
    live_server: LiveServer,
    draft: Draft,
    look: Look,
    axe: Axe,
    name: str,
    place: str,
) -> None:
    sign_in(browser, live_server, Account.objects.get(username="anna"))
    browser.get(f"{live_server}{place.format(draft.pk)}")

    assert axe() == []
    look(name)
    width(browser, 390)
    assert axe() == []


def test_one_thing_to_look_at(
    browser: Chrome, live_server: LiveServer, draft: Draft, look: Look, axe: Axe
) -> None:
    sign_in(browser, live_server, Account.objects.get(username="anna"))
    browser.get(f"{live_server}/readings/{draft.pk}/?tab=terms")
    follow(browser, saying("改正"))

    assert axe() == []
    look("readings-item")
