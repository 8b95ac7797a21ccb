"""工单 in a real browser: the portal without training, the queue by keyboard, a ticket with one hand, by day and night and on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.accounts.queries import seat_of
from lvyue.cli.demo import load_contracts
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import Ticket
from lvyue.obligations.queries import forget
from tests.faces.conftest import Axe, Look, by_css, by_link, follow, sign_in, text_of, width
from tests.helpdesk.conftest import CLOUD, LEASE, at

QUEUE = f"/contracts/{LEASE}/tickets/"
As = Callable[[str], str]


@pytest.fixture
def desk(transactional_db: None) -> Iterator[dict[str, Account]]:  # noqa: ARG001  the server reads what is committed
    """A clerk, an engineer and a buyer's lead, and three tickets: one in time, one late, one paused."""
    forget()
    for _ in load_contracts():
        pass
    people = {}
    for role in ("using_department", "engineer", "buyer"):
        one = create_account(
            role.replace("_", "-"), f"测试{role}", "a-long-test-password", by="测试"
        )
        Account.objects.filter(pk=one.pk).update(password_handed_over=False)
        for contract_id in (LEASE, CLOUD):
            appoint(one, contract_id, ContractRole(role), by="测试")
        people[role] = one
    _tickets(people)
    yield people
    forget()


def _tickets(people: dict[str, Account]) -> None:
    engineer, buyer = (seat_of(people[role], LEASE) for role in ("engineer", "buyer"))
    with time_machine.travel(at("2026-03-02 10:00:00"), tick=False) as now:
        first = open_ticket(
            LEASE,
            NewTicket(
                "incident", "办公系统登录不上", values={"place": "三楼", "system": "办公系统"}
            ),
            by=buyer,
        )
        now.move_to(at("2026-03-02 10:04:00"))
        take_step(LEASE, first.number, StepTaken("answer"), by=engineer)
        ask_pause(LEASE, first.number, cause="power", said="机房停电检修，通知见附件", by=engineer)
        now.move_to(at("2026-03-02 10:20:00"))
        answer_pause(LEASE, first.number, agree=True, by=buyer)
        now.move_to(at("2026-03-02 11:00:00"))
        take_step(LEASE, first.number, StepTaken("resume"), by=engineer)
        for title in ("会议室的终端连不上网", "打印机卡纸"):
            open_ticket(LEASE, NewTicket("incident", title), by=buyer)
    with time_machine.travel(at("2026-02-13 15:00:00"), tick=False):
        new = NewTicket("request", "请开通一个端口", values={"channel": "wechat"})
        open_ticket(CLOUD, new, by=seat_of(people["buyer"], CLOUD))


@pytest.fixture
def signed_in(browser: Chrome, live_server: LiveServer, desk: dict[str, Account]) -> As:
    def somebody(role: str) -> str:
        sign_in(browser, live_server, desk[role])
        return str(live_server)

    return somebody


def test_a_clerk_reports_and_sees_how_far_it_is(browser: Chrome, signed_in: As, axe: Axe) -> None:
    home = signed_in("using_department")
    browser.get(f"{home}/report/")
    assert axe() == []
    follow(browser, by_css(f'main a[href="{QUEUE}new/"]'))
    assert axe() == []
    browser.find_element(By.ID, "id_title").send_keys("三楼会议室投影没有声音")
    follow(browser, by_css(".thumb button"))

    assert "已受理，单号 GZ-0004" in text_of(browser)
    assert "draft=" not in browser.current_url
    assert axe() == []
    browser.get(f"{home}/report/")
    assert "三楼会议室投影没有声音" in text_of(browser)


def test_what_was_typed_survives_a_lost_line_and_a_closed_tab(
    browser: Chrome, signed_in: As
) -> None:
    home = signed_in("using_department")
    browser.get(f"{home}{QUEUE}new/")
    browser.find_element(By.ID, "id_title").send_keys("网断了也要报")
    alike = (By.CSS_SELECTOR, "[data-similar-told]")
    WebDriverWait(browser, 30).until(lambda one: one.find_element(*alike).text)
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    browser.find_element(By.CSS_SELECTOR, ".thumb button").click()
    assert "现在没有网络" in text_of(browser)
    online = offline | {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", online)
    browser.get("about:blank")
    browser.get(f"{home}{QUEUE}new/")

    assert browser.find_element(By.ID, "id_title").get_attribute("value") == "网断了也要报"
    assert "请核对后再提交" in text_of(browser)
    follow(browser, by_css(".thumb button"))
    assert Ticket.objects.filter(title="网断了也要报").count() == 1
    browser.get(f"{home}{QUEUE}new/")
    assert browser.find_element(By.ID, "id_title").get_attribute("value") == ""


def test_the_queue_by_keyboard(browser: Chrome, signed_in: As, axe: Axe, look: Look) -> None:
    home = signed_in("engineer")
    browser.get(f"{home}{QUEUE}?order=new")
    assert axe() == []
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("j")
    first = browser.switch_to.active_element
    assert first.text == "打印机卡纸"
    first.send_keys("x")
    ticked = browser.find_elements(By.CSS_SELECTOR, "input[name=number]:checked")
    assert [one.get_attribute("value") for one in ticked] == ["3"]
    browser.switch_to.active_element.send_keys("j")
    assert browser.switch_to.active_element.text == "会议室的终端连不上网"
    look("tickets")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(browser, 30).until(lambda page: page.current_url.endswith("/tickets/2/"))


def test_a_ticket_is_answered_with_one_thumb(browser: Chrome, signed_in: As) -> None:
    home = signed_in("engineer")
    width(browser, 360, 700)
    browser.get(f"{home}{QUEUE}2/")
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(wide) <= 0
    button = browser.find_element(By.CSS_SELECTOR, ".thumb button")
    box = browser.execute_script("return arguments[0].getBoundingClientRect().toJSON()", button)
    assert box["height"] >= 44
    assert box["top"] > 500
    assert box["bottom"] <= 700
    follow(browser, by_css(".thumb button"))

    assert Ticket.objects.get(contract_id=LEASE, number=2).state == "answered"
    for address in (QUEUE, f"{QUEUE}new/", "/report/"):
        browser.get(f"{home}{address}")
        assert browser.execute_script(wide) <= 0, address


def test_the_clocks_of_a_ticket_are_drawn_and_told(
    browser: Chrome, signed_in: As, axe: Axe, look: Look
) -> None:
    home = signed_in("buyer")
    browser.get(f"{home}{QUEUE}1/")
    assert axe() == []
    for one in browser.find_elements(By.CSS_SELECTOR, ".amount summary"):
        one.click()
    assert "停电" in text_of(browser)
    assert axe() == []
    look("ticket")
    browser.get(f"{home}/contracts/{CLOUD}/tickets/1/")
    browser.find_element(By.CSS_SELECTOR, ".amount summary").click()
    assert axe() == []
    look("ticket-days")


def test_the_portal_looks_right(browser: Chrome, signed_in: As, look: Look) -> None:
    home = signed_in("using_department")
    browser.get(f"{home}{QUEUE}new/?device=PRN-07&place=三楼")
    look("ticket-form")
    browser.get(f"{home}{QUEUE}code/?device=PRN-07&place=三楼")
    look("device-code")
    browser.get(f"{home}/report/")
    follow(browser, by_link("帮助"))


def test_the_board_the_month_the_places_and_the_figures(
    browser: Chrome, signed_in: As, axe: Axe, look: Look
) -> None:
    home = signed_in("engineer")
    for name in ("board", "calendar", "places", "statistics"):
        asked = "?month=2026-03" if name == "calendar" else "?first=2026-02-01&last=2026-03-31"
        browser.get(f"{home}{QUEUE}{name}/{asked}")
        assert axe() == [], name
        look(f"ticket-{name}")
