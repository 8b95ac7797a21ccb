"""推演 as a page: the difference is shown, the address carries it, and nothing is saved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.conftest import Person
from tests.faces.conftest import DAY, Axe, Look, emulate, sign_in, text_of, width

SECURITY = "security-support-2026"
AT = f"/contracts/{SECURITY}/what-if/"
HAZARD = "演示隐患-04 补丁缺失"
RECTIFIED = {"kind": "hazard.rectified", "at": "2026-11-20", "subject": HAZARD}

pytestmark = pytest.mark.usefixtures("demonstration")


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel(f"{DAY} 10:00+08:00"):
        yield


@pytest.fixture
def client(client: Client, person: Person) -> Client:
    client.force_login(person("auditor", SECURITY))
    return client


def address(*lines: Mapping[str, object], **asked: str) -> str:
    told = [f"as_of={DAY}", *(f"add={quote(json.dumps(line))}" for line in lines)]
    told += [f"{name}={quote(value)}" for name, value in asked.items()]
    return f"{AT}?{'&'.join(told)}"


def rows() -> dict[str, int]:
    """How many rows every table of ours has; the session of who looks is theirs."""
    ours = (m for m in apps.get_models() if m.__module__.startswith("lvyue."))
    return {model.__name__: model._default_manager.count() for model in ours}  # noqa: SLF001  Django's own door


def test_a_supposed_fact_is_shown_with_what_it_changes_and_no_row_is_written(
    client: Client,
) -> None:
    before = rows()

    page = client.get(address(RECTIFIED)).content.decode()
    told = client.get(address(RECTIFIED, format="json")).json()

    assert "这里什么都不保存" in page
    changed = next(one for one in told["findings"] if one["occurrence"] == HAZARD)
    assert (changed["before"], changed["after"]) == ("missed", "late")
    assert changed["facts"] == ["supposed-1"]
    assert rows() == before


def test_a_form_leads_to_an_address_that_says_it_all(client: Client) -> None:
    before = rows()
    form = {
        "as_of": DAY,
        "kind": "payment.made",
        "at": "2026年11月20日",
        "data.instalment": "2",
        "data.amount_fen": "482,560.00",
        "do": "add",
    }

    answer = client.post(AT, form)
    told = client.get(f"{answer['Location']}&format=json").json()

    assert answer.status_code == HTTPStatus.FOUND
    sums = {one["key"]: one for one in told["money"]}
    assert (sums["payable"]["before_fen"], sums["payable"]["after_fen"]) == (48_256_000, 0)
    assert (sums["payable"]["facts"], sums["payable"]["gone"]) == (["supposed-1"], [])
    assert rows() == before


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(client: Client) -> None:
    form = {"as_of": DAY, "kind": "payment.made", "at": "2026-11-20", "data.amount_fen": "很多"}

    page = client.post(AT, {**form, "add": json.dumps(RECTIFIED)}).content.decode()

    assert "缺少“期次”" in page
    assert 'value="很多"' in page
    assert HAZARD in page


def test_a_fact_taken_away_and_another_day(client: Client) -> None:
    gone = client.get(address(without="demo-043", format="json")).json()
    later = client.get(address(then="2026-12-31", format="json")).json()

    assert gone["gone"] == ["demo-043"]
    assert later["after"]["as_of"] == "2026-12-31"
    assert "instalment-2" in {one["key"] for one in later["money"]}


def test_a_parameter_as_if_both_had_agreed_it(client: Client, person: Person) -> None:
    """A number that the contract leaves open: until it is agreed, nothing that rests on it can be missed"""
    contract_id = "government-cloud-2026"
    client.force_login(person("buyer", contract_id))
    at = f"/contracts/{contract_id}/what-if/"
    page = client.get(at).content.decode()
    name = page.split('name="p.')[1].split('"')[0]

    answer = client.post(at, {f"p.{name}": "3个工作日"})
    told = client.get(f"{answer['Location']}&format=json").json()

    assert f"p.{name}=" in answer["Location"]
    assert told["facts"] == ["supposed-parameter-1"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("add=nonsense", "不是有效的 JSON"),
        ("add=[1]", "不是 JSON 对象"),
        ('add={"kind":"no.such","at":"2026-11-20"}', "没有“no.such”这种事实"),
        ('add={"kind":"payment.made","at":"2026-11-20"}', "缺少“期次”"),
        ("then=2026-02-30", "不是日期"),
    ],
)
def test_an_address_that_is_not_understood_says_so_and_shows_the_rest(
    client: Client, asked: str, says: str
) -> None:
    answer = client.get(f"{AT}?{asked}")

    assert answer.status_code == HTTPStatus.OK
    assert says in answer.content.decode()


@pytest.mark.parametrize("asked", ["without=no-such", "p.no-such-parameter=3"])
def test_what_cannot_be_supposed_is_refused_in_words(client: Client, asked: str) -> None:
    answer = client.get(f"{AT}?{asked}")

    assert answer.status_code == HTTPStatus.CONFLICT
    assert "推演不成" in answer.content.decode()


def test_too_much_for_an_address_is_still_reckoned(client: Client) -> None:
    long = {"kind": "dispute.raised", "at": "2026-11-20", "data": {"about": "长" * 3000}}

    answer = client.post(AT, {"add": json.dumps(long, ensure_ascii=False)})

    assert answer.status_code == HTTPStatus.OK
    assert "放不进地址" in answer.content.decode()


def test_nobody_without_a_role_supposes_anything(client: Client, person: Person) -> None:
    client.force_login(person("supplier_manager", "cloud-lease-2025"))

    assert client.get(AT).status_code == HTTPStatus.NOT_FOUND
    assert client.post(AT, {}).status_code == HTTPStatus.NOT_FOUND


def test_who_may_record_it_is_led_to_the_entry(client: Client, person: Person) -> None:
    auditor = client.get(address(RECTIFIED)).content.decode()
    client.force_login(person("supplier_manager", SECURITY))
    supplier = client.get(address(RECTIFIED)).content.decode()

    assert "facts/new/" not in auditor
    assert "facts/new/?kind=hazard.rectified" in supplier


def test_a_person_supposes_with_the_hand(
    browser: Chrome, live_server: LiveServer, person: Person, look: Look, axe: Axe
) -> None:
    sign_in(browser, live_server, person("buyer", SECURITY))
    browser.get(f"{live_server}{AT}?as_of={DAY}")
    Select(browser.find_element(By.ID, "kind")).select_by_value("payment.made")
    wait = WebDriverWait(browser, 20)
    wait.until(lambda page: page.find_elements(By.NAME, "data.amount_fen"))
    browser.find_element(By.NAME, "at").send_keys("2026-11-20")
    Select(browser.find_element(By.NAME, "data.instalment")).select_by_value("2")
    browser.find_element(By.NAME, "data.amount_fen").send_keys("482,560.00", Keys.ENTER)
    wait.until(lambda page: "add=" in page.current_url)

    look("what-if")
    found = axe()
    width(browser, 390)
    emulate(browser, dark=True)
    found += axe()

    assert found == []
    assert "−¥482,560.00" in text_of(browser)
