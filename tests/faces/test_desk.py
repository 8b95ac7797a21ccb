"""来件、来电、值守 in a real browser: a call taken by keyboard alone, what came in and duty with one thumb."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lvyue import clock
from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.accounts.queries import seat_of
from lvyue.cli.demo import load_contracts
from lvyue.core.service import ContactMeans
from lvyue.helpdesk.actions.calling import NewCall, note_missed_call, take_call
from lvyue.helpdesk.actions.channels import set_up_channel
from lvyue.helpdesk.actions.duty import make_roster, mark_absent
from lvyue.helpdesk.actions.opening import NewTicket
from lvyue.helpdesk.actions.taking import Arrival, take_in
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import Call, DutyHandover, Incoming, Ticket
from lvyue.notices.actions.contacts import NewContact, enter_contact
from lvyue.notices.letter_choices import Side
from lvyue.obligations.queries import forget
from tests.faces.conftest import Axe, Look, by_css, follow, leaving, sign_in, text_of, width
from tests.helpdesk.conftest import LEASE

HERE = f"/contracts/{LEASE}/"
WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
As = Callable[[str], str]


@pytest.fixture
def desk(
    transactional_db: None,  # noqa: ARG001  the server reads what is committed
    tmp_path: Path,
    settings: LazySettings,
) -> Iterator[dict[str, Account]]:
    """A contract whose desk has a fax line and a roster, with a fax that waits, a missed call and a caller nobody knows."""
    settings.HOME = tmp_path
    forget()
    for _ in load_contracts():
        pass
    people = {}
    for role in ("engineer", "buyer", "supplier_manager"):
        name = role.replace("_", "-")
        one = create_account(name, f"测试{role}", "a-long-test-password", by="测试")
        Account.objects.filter(pk=one.pk).update(password_handed_over=False)
        appoint(one, LEASE, ContractRole(role), by="测试")
        people[role] = one
    engineer, buyer, lead = (seat_of(one, LEASE) for one in people.values())
    now = clock.now()
    since = (now - timedelta(days=9)).date()
    number = "13800000001"  # in nobody's hands: a number of the test
    enter_contact(
        NewContact(Side.BUYER, ContactMeans.MOBILE, number, since, person="李四"), by=buyer
    )
    line = set_up_channel(DeskKind.FAX, "值班传真", "010-12345679", by=buyer)
    take_in(
        line,
        Arrival(
            *("f-1", "010-88886666", "010-88886666", "三楼断网"),
            "\n".join(f"第 {number} 行" for number in range(200)),
            now - timedelta(hours=3),
            warnings=("附件“工具.exe”没有收下：是可执行文件。",),
        ),
    )
    note_missed_call(LEASE, number="13800000009", began_at=now - timedelta(hours=2), by=engineer)
    asks = NewCall(
        "13911112222", "自称李四", new=NewTicket("incident", "数据库卡住"), operation="重启数据库"
    )
    take_call(LEASE, asks, by=engineer)
    shift = {"name": "全天班", "class": "day", "begins": "00:00", "ends": "00:00", "turn": 2}
    shift["groups"] = [[engineer.username], [lead.username]]
    today = clock.today()
    with time_machine.travel(now - timedelta(days=3), tick=False):
        make_roster(LEASE, today - timedelta(days=1), {"shifts": [shift]}, by=lead)
    tomorrow = today + timedelta(days=1)
    mark_absent(LEASE, tomorrow, "全天班", person=lead.username, reason="病假", by=lead)
    yield people
    forget()


@pytest.fixture
def signed_in(browser: Chrome, live_server: LiveServer, desk: dict[str, Account]) -> As:
    def somebody(role: str) -> str:
        sign_in(browser, live_server, desk[role])
        return f"{live_server}{HERE}"

    return somebody


def test_a_call_is_taken_by_keyboard_alone_and_in_one_screen(
    browser: Chrome, signed_in: As, axe: Axe, look: Look
) -> None:
    home = signed_in("engineer")
    width(browser, 1280, 900)
    browser.get(f"{home}desk/calls/new/")
    assert axe() == []
    button = browser.find_element(By.CSS_SELECTOR, ".thumb button")
    box = browser.execute_script("return arguments[0].getBoundingClientRect().toJSON()", button)
    assert box["bottom"] <= 900
    field = browser.switch_to.active_element
    assert field.get_attribute("name") == "number"
    field.send_keys("0001")
    WebDriverWait(browser, 30).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, "#callers input[value^='contact:']")
    )
    assert axe() == []
    look("call-form")
    browser.switch_to.active_element.send_keys(Keys.TAB)  # the name of the caller
    browser.switch_to.active_element.send_keys(Keys.TAB)  # the choices
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("name") == "title"
    browser.switch_to.active_element.send_keys("登录不上")
    with leaving(browser):
        browser.switch_to.active_element.send_keys(Keys.ENTER)

    assert "您接听即为由人响应" in text_of(browser)
    call = Call.objects.get(ticket__title="登录不上")
    assert (call.caller, call.answered_by) == ("李四", "engineer")


def test_what_came_in_becomes_a_ticket_with_one_thumb(
    browser: Chrome, signed_in: As, axe: Axe, look: Look
) -> None:
    home = signed_in("engineer")
    width(browser, 390, 800)
    browser.get(f"{home}tickets/")
    follow(browser, by_css('a[href$="/desk/incoming/"]'))
    assert axe() == []
    assert browser.execute_script(WIDE) <= 0
    follow(browser, by_css("td a"))
    assert axe() == []
    assert browser.execute_script(WIDE) <= 0
    assert "是可执行文件" in text_of(browser)
    assert "其余 160 行" in text_of(browser)
    follow(browser, by_css("#step-ticket button"))

    ticket = Ticket.objects.get(title="三楼断网")
    assert Incoming.objects.get().ticket == ticket
    width(browser, 1280, 900)
    browser.get(f"{home}desk/incoming/?state=all")
    look("incoming")


def test_nobody_begins_before_it_is_known_who_asked(
    browser: Chrome, signed_in: As, axe: Axe, look: Look
) -> None:
    home = signed_in("engineer")
    browser.get(f"{home}tickets/{Ticket.objects.get(title='数据库卡住').number}/")
    assert "核实之前不能动手" in text_of(browser)
    assert axe() == []
    look("ticket-unverified")
    browser.find_element(By.CSS_SELECTOR, '#verify-method option[value="video"]').click()
    browser.find_element(By.ID, "verify-note").send_keys("视频见面，本人要求")
    follow(browser, by_css("#step-verify button.is-primary"))

    assert "已核实身份" in text_of(browser)
    assert "核实之前不能动手" not in text_of(browser)


def test_the_pages_of_the_desk_and_of_duty_are_for_everybody(
    browser: Chrome, signed_in: As, axe: Axe, look: Look
) -> None:
    home = signed_in("supplier_manager")
    pages = (
        *("desk/channels/", "desk/channels/new/mail/", "desk/calls/", "desk/gaps/", "desk/fax/"),
        *("duty/", "duty/month/", "duty/swaps/", "duty/handovers/", "duty/calls/", "duty/logs/"),
        *("duty/rosters/", "duty/rosters/new/", "duty/hours/"),
    )
    for page in pages:
        width(browser, 1280, 900)
        browser.get(f"{home}{page}")
        for one in browser.find_elements(By.CSS_SELECTOR, "main details:not([open]) > summary"):
            one.click()
        assert axe() == [], page
        width(browser, 390, 800)
        assert browser.execute_script(WIDE) <= 0, page
    for page in ("desk/gaps/", "duty/", "duty/month/", "duty/rosters/new/"):
        browser.get(f"{home}{page}")
        look(page.strip("/").replace("/", "-"))


def test_a_gap_stands_in_the_month_and_a_shift_is_handed_over_with_one_thumb(
    browser: Chrome, signed_in: As
) -> None:
    home = signed_in("engineer")
    tomorrow = clock.today() + timedelta(days=1)
    browser.get(f"{home}duty/month/?month={tomorrow:%Y-%m}")
    assert "空档 00:00–00:00" in text_of(browser)
    width(browser, 390, 800)
    browser.get(f"{home}duty/")
    assert "现在值守：测试engineer" in text_of(browser)
    follow(browser, by_css(".thumb a"))
    assert browser.current_url.endswith("/duty/handovers/")
    browser.find_element(By.ID, "notes").send_keys("备件明天到")
    follow(browser, by_css("#step-hand-over button"))

    assert "已交班" in text_of(browser)
    assert DutyHandover.objects.get().notes == "备件明天到"
