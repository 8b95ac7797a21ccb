"""The pages in a real browser, on both databases: they open, everybody can use them, and they say what is true."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from lvyue.accounts.models import Account
from lvyue.contracts.models import Contract
from lvyue.library.loader import load, release_ids
from lvyue.obligations.actions.refreshing import refresh_all
from lvyue.obligations.queries import forget
from tests.conftest import Person
from tests.faces.conftest import (
    DAY,
    Axe,
    Look,
    by_css,
    by_link,
    emulate,
    follow,
    messages,
    sign_in,
    text_of,
    width,
)

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
SILENCE = "silence-is-consent"

#: One term of each contract whose reasons are worth a picture.
WORTH = {
    SECURITY: "hazard-rectified",
    CLOUD: SILENCE,
    "digital-operations-2026": "fix-and-retest",
    "government-cloud-2026": "written-request-reply",
    "video-conference-2022": "first-payment",
}


@pytest.fixture
def auditor(demonstration: None) -> Account:  # noqa: ARG001  the demonstration brings the people
    """Who sees all five contracts and changes none: these pages are for reading."""
    return Account.objects.get(username="auditor")


@pytest.fixture
def client(client: Client, auditor: Account) -> Client:
    client.force_login(auditor)
    return client


@pytest.fixture
def browser(browser: Chrome, live_server: LiveServer, auditor: Account) -> Chrome:
    sign_in(browser, live_server, auditor)
    return browser


def find(browser: Chrome, css: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, css)


def all_of(browser: Chrome, css: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, css)


def address(contract_id: str, rest: str = "", **asked: str) -> str:
    query = "&".join(f"{name}={quote(value)}" for name, value in {"as_of": DAY, **asked}.items())
    return f"/contracts/{contract_id}/{rest}?{query}"


def usable_by_day_and_night(browser: Chrome, axe: Axe) -> list[str]:
    """What axe says of the page that is open, wide by day, then narrow and dark."""
    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found += axe()
    width(browser, 1280)
    emulate(browser)
    return found


def usable_in_turn(browser: Chrome, axe: Axe, contract_id: str) -> list[str]:
    """What axe says, in turn by day and by night: the five pages are one template, and a long page takes it twenty seconds."""
    if release_ids().index(contract_id) % 2 == 0:
        return axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found = axe()
    width(browser, 1280)
    emulate(browser)
    return found


# ── pictures, and everybody can use them ─────────────────────────────────────────────────────────────────────────


def test_the_list_is_a_page_to_look_at(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe
) -> None:
    browser.get(f"{live_server}/contracts/?as_of={DAY}")

    look("contracts")

    assert usable_by_day_and_night(browser, axe) == []
    assert len(all_of(browser, ".card")) == 5


@pytest.mark.parametrize("contract_id", release_ids())
def test_the_contract_is_the_screen(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe, contract_id: str
) -> None:
    browser.get(f"{live_server}{address(contract_id)}")

    look(f"contract-{contract_id}")

    assert usable_in_turn(browser, axe, contract_id) == []
    text = text_of(browser)
    for said in ("演示数据", "哪里不对", "快到期的", "现在能做的", "示例文本"):
        assert said in text, said
    assert len(all_of(browser, ".note:not(.is-doubt)")) == len(load(contract_id).terms)


@pytest.mark.parametrize("contract_id", release_ids())
def test_why_is_a_page_to_look_at(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe, contract_id: str
) -> None:
    browser.get(f"{live_server}{address(contract_id, f'terms/{WORTH[contract_id]}/')}")

    look(f"why-{contract_id}")

    assert usable_in_turn(browser, axe, contract_id) == []
    assert all_of(browser, ".strip .cell.ends")


@pytest.mark.parametrize("contract_id", release_ids())
def test_the_settlement_is_a_page_to_look_at(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe, contract_id: str
) -> None:
    browser.get(f"{live_server}{address(contract_id, 'settlement/')}")

    look(f"settlement-{contract_id}")

    assert usable_in_turn(browser, axe, contract_id) == []


# ── what a newcomer finds ────────────────────────────────────────────────────────────────────────────────────────


def test_a_newcomer_reaches_why_of_a_red_line_in_two_clicks(
    browser: Chrome, live_server: LiveServer
) -> None:
    browser.get(f"{live_server}/contracts/?as_of={DAY}")

    follow(browser, by_link(load(SECURITY).title))
    follow(browser, by_css(".note.is-missed .why"))

    assert "/terms/" in browser.current_url
    assert f"as_of={DAY}" in browser.current_url
    text = text_of(browser)
    for said in ("未履行", "怎么数的", "没有的记录", "什么能改变它"):
        assert said in text, said


def test_why_shows_holidays_and_the_make_up_day(browser: Chrome, live_server: LiveServer) -> None:
    """2026 年春节：2 月 14 日、28 日调休上班"""
    browser.get(f"{live_server}{address(SECURITY, 'terms/first-payment/')}")

    cells = {cell.text.split()[0]: cell for cell in all_of(browser, ".strip .cell")}

    assert "班" in cells["2-28"].text
    assert "春节" in cells["2-17"].text
    assert "counted" in str(cells["2-28"].get_attribute("class"))
    assert "counted" not in str(cells["2-17"].get_attribute("class"))


def test_a_day_changes_what_the_page_says(browser: Chrome, live_server: LiveServer) -> None:
    def said(day: str) -> str:
        browser.get(f"{live_server}{address(SECURITY, 'terms/hazard-rectified/', as_of=day)}")
        return find(browser, ".answer").text

    assert "未履行" not in said("2026-09-28")
    assert "演示隐患-04" in said("2026-09-29")


def test_the_form_asks_for_a_day_and_links_keep_it(
    browser: Chrome, live_server: LiveServer
) -> None:
    browser.get(f"{live_server}{address(CLOUD)}")
    browser.execute_script("document.getElementById('as_of').value = '2025-11-03'")
    find(browser, "#size").send_keys("20")
    follow(browser, by_css(".controls button"))

    assert "第 98 / 156 天" in text_of(browser)
    assert "只用日志前 20 条" in text_of(browser)
    link = str(find(browser, ".masthead ~ .band .button").get_attribute("href"))
    assert link.endswith("/settlement/?as_of=2025-11-03&size=20")


def test_a_filter_shows_only_what_it_names(browser: Chrome, live_server: LiveServer) -> None:
    browser.get(f"{live_server}{address(SECURITY, mark='missed')}")

    assert {one.text for one in all_of(browser, ".note .mark")} == {"✗未履行"}


def test_keys_walk_through_the_notes_and_open_the_legend(
    browser: Chrome, live_server: LiveServer
) -> None:
    browser.get(f"{live_server}{address(SECURITY)}")
    body = find(browser, "body")

    body.send_keys("j")
    body.send_keys("j")
    second = browser.switch_to.active_element.get_attribute("href")
    body.send_keys("k")
    first = browser.switch_to.active_element.get_attribute("href")
    body.send_keys("?")

    assert first
    assert second
    assert first != second
    assert find(browser, "#legend").get_attribute("open")
    assert "无法判定" in find(browser, "#legend").text


def test_the_first_tab_stop_leads_past_the_bar(browser: Chrome, live_server: LiveServer) -> None:
    browser.get(f"{live_server}{address(SECURITY)}")
    find(browser, "body").send_keys(Keys.TAB)

    assert browser.switch_to.active_element.text == "跳到正文 Skip to content"


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"as_of": "2026-13-01"}, "“2026-13-01”不是日期；请写成 2026-03-31 的样子。"),
        ({"as_of": "昨天"}, "“昨天”不是日期"),
        ({"as_of": "0001-01-01"}, "超出可查的范围"),
        ({"size": "-1"}, "“-1”不是条数"),
        ({"size": "9" * 30}, "不是条数；请写 0 或正整数。"),
        ({"size": "400"}, "日志有 394 条，不能取前 400 条；请取 0 到 394。"),
    ],
)
@pytest.mark.parametrize("rest", ["", "terms/hazard-rectified/", "settlement/"])
def test_a_value_that_is_not_understood_is_told_and_the_page_stays(
    client: Client, rest: str, asked: dict[str, str], says: str
) -> None:
    answer = client.get(f"/contracts/{SECURITY}/{rest}", asked)

    assert answer.status_code == HTTPStatus.OK
    assert says in answer.content.decode()


def test_the_list_tells_a_bad_day_too(client: Client) -> None:
    assert "不是日期" in client.get("/contracts/", {"as_of": "<b>"}).content.decode()


@pytest.mark.parametrize("path", ["/contracts/forged/", "/contracts/forged/settlement/"])
def test_a_contract_that_is_not_there_is_told_in_chinese(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "登记簿里没有编号为“forged”的合同。" in answer.content.decode()


def test_a_term_that_is_not_there_is_told_in_chinese(client: Client) -> None:
    answer = client.get(f"/contracts/{SECURITY}/terms/forged/")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "没有编号为“forged”的约定" in answer.content.decode()


def test_a_page_that_is_not_there_is_a_page_all_the_same(
    browser: Chrome, live_server: LiveServer, axe: Axe
) -> None:
    browser.get(f"{live_server}/no-such-page")

    assert "没有这一页" in text_of(browser)
    assert axe() == []
    assert [m for m in messages(browser) if "no-such-page" not in m["message"]] == []


def test_nobody_can_write_anything(client: Client) -> None:
    for path in ("/", f"/contracts/{SECURITY}/", f"/contracts/{SECURITY}/settlement/"):
        assert client.post(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


# ── craft ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_holds_no_script_and_no_style_of_its_own(client: Client) -> None:
    for path in ("/", address(CLOUD), address(CLOUD, "settlement/"), "/no-such-page"):
        html = client.get(path).content.decode()
        assert "<style" not in html
        assert " style=" not in html
        assert "<script src=" in html
        assert html.count("<script") == html.count("<script src=")
        assert "http://" not in html.replace("http://testserver", "")
        assert "https://" not in html


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/contracts/",
        f"/contracts/?as_of={DAY}",
        "/calendar/",
        f"/contracts/{SECURITY}/calendar/",
    ],
)
def test_what_was_invented_is_called_so_wherever_it_is_shown(client: Client, path: str) -> None:
    assert 'class="ribbon"' in client.get(path).content.decode()

    Contract.objects.update(demonstration=False)
    refresh_all()
    forget()

    assert 'class="ribbon"' not in client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/account/", "/people/"])
def test_an_account_of_the_demonstration_is_called_so(person: Person, path: str) -> None:
    administrator, client = person("administrator"), Client()
    client.force_login(administrator)
    assert 'class="ribbon"' not in client.get(path).content.decode()

    Account.objects.filter(pk=administrator.pk).update(demonstration=True)

    assert 'class="ribbon"' in client.get(path).content.decode()


def test_a_tick_stands_beside_its_words(client: Client) -> None:
    page = client.get("/account/").content.decode()

    assert '<label class="choice" for="password_tokens"><input type="checkbox"' in page


def test_an_administrator_is_shown_where_to_go(person: Person) -> None:
    client = Client()
    client.force_login(person("administrator"))

    page = client.get("/").content.decode()

    assert 'href="/people/">单位和人员</a>' in page
    assert 'href="/audit/">留痕</a>' in page
    assert "请联系系统管理员" not in page


def test_pages_ask_as_few_questions_as_their_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for path, number in (  # four of each: session, account, seat, unread in the inbox
        ("/contracts/", 8),
        (f"/contracts/{SECURITY}/", 8),
        (f"/contracts/{CLOUD}/", 8),
        (f"/contracts/{CLOUD}/terms/{SILENCE}/", 11),  # two for the reminders beside it
        (f"/contracts/{CLOUD}/settlement/", 9),
    ):
        client.get(path)
        with django_assert_num_queries(number):
            client.get(path)
