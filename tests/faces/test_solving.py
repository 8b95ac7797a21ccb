"""解决工单的各页 in a real browser: usable by everybody, on a telephone too, and helpful while somebody types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.accounts.actions import appoint, create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.accounts.queries import seat_of
from lvyue.cli.demo import load_contracts
from lvyue.core.allowances import Asked, Matter
from lvyue.helpdesk.actions.consents import ask_consent
from lvyue.helpdesk.actions.knowledge import (
    ArticleText,
    follow_article,
    review_article,
    write_article,
)
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.remote import RemoteRequest, ask_remote
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import RemotePermission
from lvyue.helpdesk.queries.checklists import checklists
from lvyue.helpdesk.queries.tickets import events_of, ticket
from lvyue.obligations.queries import forget
from tests.faces.conftest import Axe, Look, by_css, follow, sign_in, text_of, width
from tests.helpdesk.conftest import LEASE, at

HERE = f"/contracts/{LEASE}/"
As = Callable[[str], str]

WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"

#: Each page, whatever its number.
PAGES = (
    *("tickets/1/solving/", "tickets/1/remote/", "tickets/1/causes/", "tickets/1/joining/"),
    *("tickets/1/review/", "tickets/reviews/", "remote/", "consents/", "knowledge/"),
    *("knowledge/new/",),
)


@pytest.fixture
def desk(transactional_db: None) -> Iterator[dict[str, Account]]:  # noqa: ARG001  the server reads what is committed
    """A major fault with its steps, an article, somebody who wants in from afar, and something to be consented to."""
    forget()
    for _ in load_contracts():
        pass
    people = {}
    for role in ("using_department", "engineer", "supplier_manager", "buyer"):
        one = create_account(
            role.replace("_", "-"), f"测试{role}", "a-long-test-password", by="测试"
        )
        Account.objects.filter(pk=one.pk).update(password_handed_over=False)
        appoint(one, LEASE, ContractRole(role), by="测试")
        people[role] = one
    seats = {role: seat_of(one, LEASE) for role, one in people.items()}
    engineer = seats["engineer"]
    with time_machine.travel(at("2026-03-02 10:00:00"), tick=False) as now:
        told = NewTicket("incident", "三楼终端连不上无线网络", level="重大")
        first = open_ticket(LEASE, told, by=seats["using_department"])
        article = write_article(
            LEASE,
            ArticleText(
                "终端连不上无线网",
                "右上角打叉",
                "地址池用尽",
                ["登录网络控制器", "释放过期地址"],
                ["用户重连后打开门户"],
                ["incident"],
            ),
            by=engineer,
        )
        review_article(LEASE, article.pk, 1, agree=True, by=seats["supplier_manager"])
        follow_article(LEASE, first.number, article.pk, by=engineer)
        wanted = RemoteRequest(
            engineer.username,
            "网络控制器",
            "释放地址，不改配置",
            at("2026-03-02 10:00:00"),
            at("2026-03-02 12:00:00"),
        )
        ask_remote(LEASE, first.number, wanted, by=engineer)
        day = at("2026-03-02 10:00:00").date()
        ask_consent(
            LEASE,
            Asked(Matter.TOOL, day, day, stops=True),
            name="抓包工具",
            purpose="定位丢包",
            licence="GPL",
            by=engineer,
        )
        now.move_to(at("2026-03-02 10:02:00"))
        take_step(LEASE, first.number, StepTaken("answer"), by=engineer)
        now.move_to(at("2026-03-02 11:00:00"))
        done = StepTaken("restore", papers={"修后测试": "三台都能上网"})
        take_step(LEASE, first.number, done, by=engineer)
    yield people
    forget()


@pytest.fixture
def signed_in(browser: Chrome, live_server: LiveServer, desk: dict[str, Account]) -> As:
    def somebody(role: str) -> str:
        sign_in(browser, live_server, desk[role])
        return str(live_server)

    return somebody


@pytest.mark.parametrize("role", ["engineer", "buyer"])
def test_everybody_can_use_the_pages_and_none_is_wider_than_a_telephone(
    browser: Chrome, signed_in: As, axe: Axe, look: Look, role: str
) -> None:
    home = signed_in(role)
    permission = RemotePermission.objects.get().pk
    for page in (*PAGES, f"remote/{permission}/"):
        browser.get(f"{home}{HERE}{page}")
        for one in browser.find_elements(By.CSS_SELECTOR, "details"):
            browser.execute_script("arguments[0].open = true", one)
        assert axe() == [], page
        width(browser, 390, 800)
        assert browser.execute_script(WIDE) <= 0, page
        width(browser, 1280, 900)
    if role == "engineer":
        browser.get(f"{home}{HERE}tickets/1/solving/")
        look("ticket-solving")


def test_a_step_is_ticked_and_an_article_is_read(
    browser: Chrome, signed_in: As, desk: dict[str, Account], axe: Axe
) -> None:
    home = signed_in("engineer")
    width(browser, 390, 800)
    browser.get(f"{home}{HERE}tickets/1/solving/")
    follow(browser, by_css('button[name="done"][value="1"]'))

    assert "1/3" in text_of(browser)
    found = ticket(seat_of(desk["engineer"], LEASE), 1)
    assert found is not None
    (made,) = checklists(events_of(found))
    assert made.done == 1
    follow(browser, by_css('a[href$="?ticket=1"]:not([href*="/new/"])'))
    assert "地址池用尽" in text_of(browser)
    assert axe() == []


def test_what_is_alike_comes_while_somebody_types_and_goes_with_the_words(
    browser: Chrome, signed_in: As, axe: Axe
) -> None:
    home = signed_in("using_department")
    browser.get(f"{home}{HERE}tickets/new/")
    title = browser.find_element(By.ID, "id_title")
    title.send_keys("五楼终端连不上无线网络")
    told = browser.find_element(By.CSS_SELECTOR, "[data-similar-told]")
    WebDriverWait(browser, 30).until(lambda _: "GZ-0001" in told.text)
    assert axe() == []
    assert "终端连不上无线网" not in told.text.replace("三楼终端连不上无线网络", "")

    title.clear()
    title.send_keys("x")
    WebDriverWait(browser, 30).until(lambda _: not told.text)


#: Where somebody writes what was done: the page, the form that opens by its link, and the field.
WRITTEN_DOWN = (
    ("tickets/2/#step-answer", "#step-answer", "said-answer"),
    ("tickets/2/#step-restore", "#step-restore", "paper-restore-0"),
    ("tickets/2/#step-note", "#step-note", "said-note"),
    ("tickets/3/#step-work_around", "#step-work_around", "paper-work_around-0"),
    ("tickets/2/joining/#letter", "#letter", "text"),
    ("tickets/1/review/", "main", "cause"),
)


@pytest.mark.parametrize(("page", "form", "field"), WRITTEN_DOWN)
def test_what_is_alike_comes_wherever_a_solution_is_written_down(
    browser: Chrome,
    signed_in: As,
    desk: dict[str, Account],
    axe: Axe,
    page: str,
    form: str,
    field: str,
) -> None:
    _two_more(desk, answered="restore" in field)
    home = signed_in("engineer")
    width(browser, 390, 800)
    browser.get(f"{home}{HERE}{page}")
    browser.find_element(By.ID, field).send_keys("门口终端连不上无线网络，释放了地址")
    told = browser.find_element(By.CSS_SELECTOR, f"{form} [data-similar-told]")
    WebDriverWait(browser, 30).until(lambda _: "终端连不上无线网" in told.text)

    offered = told.find_elements(By.CSS_SELECTOR, "a")
    assert offered
    assert all(one.is_displayed() for one in offered)
    assert browser.execute_script(WIDE) <= 0
    assert axe() == []
    browser.find_element(By.ID, field).clear()
    browser.find_element(By.ID, field).send_keys("x")
    WebDriverWait(browser, 30).until(lambda _: not told.text)


def test_steps_that_solve_nothing_ask_for_nothing_alike(
    browser: Chrome, signed_in: As, desk: dict[str, Account]
) -> None:
    _two_more(desk, answered=True)
    home = signed_in("engineer")
    browser.get(f"{home}{HERE}tickets/2/")
    asking = browser.find_elements(By.CSS_SELECTOR, "details[id^=step-]:has(form[data-similar])")

    assert {one.get_attribute("id") for one in asking} == {"step-restore", "step-note"}
    assert browser.find_elements(By.ID, "step-work")


def _two_more(people: dict[str, Account], *, answered: bool) -> None:
    """A fault like the first one, and a problem that is being looked into."""
    engineer, clerk = (seat_of(people[one], LEASE) for one in ("engineer", "using_department"))
    with time_machine.travel(at("2026-03-03 10:00:00"), tick=False):
        second = open_ticket(LEASE, NewTicket("incident", "门口终端连不上网"), by=clerk)
        if answered:
            take_step(LEASE, second.number, StepTaken("answer"), by=engineer)
        third = open_ticket(LEASE, NewTicket("problem", "终端隔几天就连不上"), by=engineer)
        take_step(LEASE, third.number, StepTaken("work"), by=engineer)
