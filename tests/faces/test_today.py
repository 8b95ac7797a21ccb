"""今日与到期日历 in a real browser and through the door: what each person sees, and what nobody else's contract may show."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from lvyue.library.loader import release_ids
from lvyue.obligations.actions.refreshing import refresh_stale
from tests.conftest import Person
from tests.faces.conftest import Axe, Look, emulate, leaving, sign_in, text_of, width

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
GOVERNMENT = "government-cloud-2026"

#: A Saturday in November at ten in the morning in Beijing.
NOON = datetime(2026, 11, 21, 2, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("demonstration")


@pytest.fixture
def _november(demonstration: None) -> Iterator[None]:  # noqa: ARG001  loaded before the clock is set
    """The day of these tests; only the sockets of the browser go on by the real clock."""
    with time_machine.travel(NOON, tick=True):
        refresh_stale()
        yield


def signed_in(client: Client, person: Person, role: str, *contracts: str) -> Client:
    client.force_login(person(role, *contracts))
    return client


def rows(client: Client, path: str) -> list[dict[str, str]]:
    body = client.get(path).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


def usable(browser: Chrome, axe: Axe) -> list[str]:
    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found += axe()
    width(browser, 1280)
    emulate(browser)
    return found


# ── pictures, and everybody can use them ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("today", "/"),
        ("today-overdue", "/?show=overdue&whose=theirs"),
        ("calendar", "/calendar/?month=2026-12"),
        ("due-calendar", f"/contracts/{SECURITY}/calendar/?month=2026-02"),
        ("due-calendar-day", f"/contracts/{CLOUD}/calendar/?day=2026-02-11"),
    ],
)
def test_a_page_to_look_at(
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

    assert usable(browser, axe) == []


def test_j_walks_the_rows_and_enter_says_why(
    browser: Chrome, live_server: LiveServer, person: Person
) -> None:
    sign_in(browser, live_server, person("buyer", *release_ids()))
    browser.get(f"{live_server}/")
    body = browser.find_element(By.TAG_NAME, "body")

    body.send_keys("j")
    first = browser.switch_to.active_element
    first.send_keys("j")
    second = browser.switch_to.active_element
    assert (first.get_attribute("class"), second.get_attribute("class")) == ("says", "says")
    assert first != second
    with leaving(browser):
        second.send_keys(Keys.ENTER)

    assert "/terms/" in browser.current_url


# ── whose turn it is ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("_november")
def test_a_buyer_sees_its_own_turn_and_may_record_it(client: Client, person: Person) -> None:
    """第四条/二: 甲方在验收通过后付款"""
    signed_in(client, person, "buyer", CLOUD)

    page = client.get("/?whose=mine").content.decode()

    assert "facts/new/?kind=payment.made&amp;term=second-payment" in page
    assert {row["该谁办"] for row in rows(client, "/?whose=ours&format=csv")} == {"甲方"}
    assert {row["该谁办"] for row in rows(client, "/?whose=theirs&format=csv")} == {"乙方"}


@pytest.mark.usefixtures("_november")
def test_an_engineer_is_not_offered_what_the_manager_records(
    client: Client, person: Person
) -> None:
    """演示断网-01: 断网通知由甲方或乙方登记；甲方的付款不归乙方登记"""
    signed_in(client, person, "engineer", CLOUD)

    page = client.get("/").content.decode()

    assert "second-payment" in page
    assert "kind=payment.made" not in page


@pytest.mark.usefixtures("_november")
def test_an_auditor_sees_all_and_is_offered_nothing(client: Client, person: Person) -> None:
    signed_in(client, person, "auditor", CLOUD)

    assert "facts/new/" not in client.get("/").content.decode()
    assert rows(client, "/?whose=mine&format=csv") == []
    assert rows(client, "/?format=csv")


@pytest.mark.usefixtures("_november")
def test_time_is_told_by_the_clock_that_matters(client: Client, person: Person) -> None:
    """自 2026-11-21 周六起，2026-12-01 前还有 7 个工作日"""
    signed_in(client, person, "buyer", SECURITY)

    found = {row["事项"]: row for row in rows(client, "/?format=csv")}

    tail = next(row for says, row in found.items() if "付清余款" in says)
    assert (tail["状态"], tail["到期日"], tail["剩余"]) == (
        "此后 7 个工作日",
        "2026-12-01",
        "还有 7 个工作日",
    )
    hazard = next(row for says, row in found.items() if "整改" in says)
    assert (hazard["状态"], hazard["剩余"]) == ("逾期", "已过 54 天")


@pytest.mark.usefixtures("_november")
def test_money_that_no_rule_decides_is_told(client: Client, person: Person) -> None:
    signed_in(client, person, "buyer", GOVERNMENT)

    page = client.get("/").content.decode()

    assert "卡住的钱" in page
    assert "第2期金额无法判定" in page


# ── whom it does not concern ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["supplier_manager", "engineer", "auditor", "using_department"])
@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_another_suppliers_contract_is_nowhere(
    client: Client, person: Person, role: str, query: str
) -> None:
    """REG-10: 各供应商互不可见"""
    signed_in(client, person, role, SECURITY)
    more = f"&{query[1:]}" if query else ""

    for path in (
        f"/{query}",
        f"/?show=overdue{more}",
        f"/?q=政务云{more}",
        f"/contracts/{query}",
        f"/contracts/?q=云{more}",
        f"/contracts/?as_of=2026-10-01{more}",
        f"/calendar/?month=2026-12{more}",
        f"/calendar/?day=2026-02-11{more}",
    ):
        answer = client.get(path)
        assert answer.status_code == HTTPStatus.OK, path
        body = answer.content.decode()
        for other in release_ids():
            assert other == SECURITY or other not in body, f"{other} in {path}"
        assert "政务云资源租用" not in body, path


def test_nobody_sees_the_calendar_of_a_contract_they_have_no_part_in(
    client: Client, person: Person
) -> None:
    signed_in(client, person, "supplier_manager", SECURITY)

    assert client.get(f"/contracts/{CLOUD}/calendar/").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/contracts/{SECURITY}/calendar/").status_code == HTTPStatus.OK


def test_who_has_no_contract_is_told_what_to_do(
    browser: Chrome, live_server: LiveServer, person: Person, axe: Axe
) -> None:
    sign_in(browser, live_server, person("administrator"))

    for path in ("/", "/contracts/"):
        browser.get(f"{live_server}{path}")
        assert "还没有合同" in text_of(browser)
        assert "市机管局" not in text_of(browser)
        assert axe() == []


@pytest.mark.parametrize("path", ["/", "/contracts/", "/calendar/"])
def test_nobody_comes_in_without_signing_in(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == HTTPStatus.FOUND
    assert "/sign-in/" in answer.headers["Location"]


# ── the calendar ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_days_off_and_make_up_days_are_drawn(client: Client, person: Person) -> None:
    """2026-02-28 是调休上班的周六，2026-02-17 是春节"""
    signed_in(client, person, "buyer", SECURITY)

    page = client.get(f"/contracts/{SECURITY}/calendar/?month=2026-02").content.decode()

    assert '<td class="kind-make-up"' in page
    assert '<td class="kind-holiday"' in page
    assert page.count('<td class="kind-') == 5 * 7


def test_a_year_without_a_notice_is_provisional(client: Client, person: Person) -> None:
    signed_in(client, person, "buyer", SECURITY)

    assert "放假通知尚未发布" in client.get("/calendar/?month=2031-03").content.decode()
    assert "放假通知尚未发布" not in client.get("/calendar/?month=2026-03").content.decode()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("month=2026-13", "“2026-13”不是月份"),
        ("month=<b>", "不是月份"),
        ("day=yesterday", "“yesterday”不是月份"),
        ("month=1999-01", "只能看 2000-01 至 2099-12 之间的月份。"),
        ("month=0000-01", "不是月份"),
    ],
)
@pytest.mark.parametrize("path", ["/calendar/", f"/contracts/{SECURITY}/calendar/"])
def test_a_month_that_there_is_not_is_told_and_the_page_stays(
    client: Client, person: Person, path: str, asked: str, says: str
) -> None:
    signed_in(client, person, "buyer", SECURITY)

    answer = client.get(f"{path}?{asked}")

    assert answer.status_code == HTTPStatus.OK
    assert says in answer.content.decode()


@pytest.mark.parametrize("month", ["2000-01", "2017-12", "2099-12"])
def test_a_month_outside_the_tables_is_a_page_all_the_same(
    client: Client, person: Person, month: str
) -> None:
    signed_in(client, person, "buyer", SECURITY)

    assert client.get(f"/calendar/?month={month}").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "asked", ["show=forged", "whose=forged", "show=overdue&after=forged", "after=9-9"]
)
def test_a_forged_filter_of_today_shows_the_page(
    client: Client, person: Person, asked: str
) -> None:
    signed_in(client, person, "buyer", SECURITY)

    assert client.get(f"/?{asked}").status_code == HTTPStatus.OK
