"""The contract as the screen: notes that open where they stand, filters, keys, paper, and nobody who must not."""

from __future__ import annotations

import csv
import io
from datetime import date
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.library.loader import load
from lvyue.obligations.marks import MISSED
from lvyue.obligations.queries import contract_screen
from lvyue.obligations.screen import Filter
from lvyue.web.views.contracts import _papers
from tests.conftest import Person
from tests.faces.conftest import DAY, Axe, emulate, sign_in, text_of

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
HAZARD = "hazard-rectified"

#: Session, account, seat, log, releases and text: the same for every filter.
QUESTIONS = 7

#: What a page asks and a file does not: how much lies unread in the inbox.
UNREAD = 1

pytestmark = pytest.mark.usefixtures("demonstration")


def page(contract_id: str, query: str = "") -> str:
    return f"/contracts/{contract_id}/?as_of={DAY}{query}"


def note_of(term: str) -> str:
    return f"/contracts/{SECURITY}/terms/{term}/note/?as_of={DAY}"


def find(browser: Chrome, css: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, css)


def wait_for(browser: Chrome, css: str) -> WebElement:
    return WebDriverWait(browser, 10).until(lambda found: found.find_element(By.CSS_SELECTOR, css))


def focused(browser: Chrome) -> WebElement:
    return browser.switch_to.active_element


# ── notes that open where they stand ─────────────────────────────────────────────────────────────────────────────


def test_a_note_opens_in_place_by_key_and_closes_again(
    browser: Chrome, live_server: LiveServer, person: Person, axe: Axe
) -> None:
    sign_in(browser, live_server, person("supplier_manager", SECURITY))
    browser.get(f"{live_server}{page(SECURITY, '&mark=missed')}")
    body = find(browser, "body")

    body.send_keys("j")
    focused(browser).send_keys("o")
    gloss = wait_for(browser, ".note .gloss")

    assert "什么能改变它" in gloss.text
    assert focused(browser).get_attribute("aria-expanded") == "true"
    assert "/terms/" not in urlsplit(browser.current_url).path
    assert axe() == []

    focused(browser).send_keys(Keys.ESCAPE)

    assert browser.find_elements(By.CSS_SELECTOR, ".gloss") == []
    assert focused(browser).get_attribute("aria-expanded") == "false"


def test_a_note_closes_with_its_own_button(
    browser: Chrome, live_server: LiveServer, person: Person
) -> None:
    sign_in(browser, live_server, person("supplier_manager", SECURITY))
    browser.get(f"{live_server}{page(SECURITY, '&mark=missed')}")

    find(browser, ".note .opens").click()
    wait_for(browser, ".gloss .closes").click()

    assert browser.find_elements(By.CSS_SELECTOR, ".gloss") == []
    find(browser, ".note .opens").click()
    assert "什么能改变它" in wait_for(browser, ".gloss").text


def test_what_is_opened_holds_the_proof_and_what_can_be_done(
    client: Client, person: Person
) -> None:
    """main 7.2.15"""
    client.force_login(person("supplier_manager", SECURITY))
    html = client.get(note_of(HAZARD), headers={"HX-Request": "true"}).content.decode()

    for said in ("未履行", "起", "演示隐患-04", "没有“隐患整改完成", "什么能改变它", "为什么"):
        assert said in html, said
    assert "<html" not in html
    link = html.partition("facts/new/?")[2].partition('"')[0].replace("&amp;", "&")
    asked = parse_qs(link)
    assert asked["kind"] == ["hazard.rectified"]
    assert asked["subject"][0].startswith("演示隐患-04")


def test_who_may_not_record_is_told_who_may(client: Client, person: Person) -> None:
    client.force_login(person("auditor", SECURITY))
    html = client.get(note_of(HAZARD), headers={"HX-Request": "true"}).content.decode()

    assert "facts/new/" not in html
    assert "您是审计，不能登记事实；可以由" in html


def test_without_a_margin_there_is_the_whole_page(client: Client, person: Person) -> None:
    client.force_login(person("buyer", SECURITY))
    answer = client.get(note_of(HAZARD))

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == f"/contracts/{SECURITY}/terms/{HAZARD}/?as_of={DAY}"


@pytest.mark.parametrize("path", [page(SECURITY), note_of(HAZARD), page(SECURITY, "&format=csv")])
def test_who_holds_no_role_there_learns_nothing(client: Client, person: Person, path: str) -> None:
    client.force_login(person("buyer", CLOUD))
    answer = client.get(path, headers={"HX-Request": "true"})

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert load(SECURITY).title not in answer.content.decode()


def test_a_term_of_another_contract_has_no_note_here(client: Client, person: Person) -> None:
    client.force_login(person("buyer", SECURITY, CLOUD))
    path = f"/contracts/{CLOUD}/terms/{HAZARD}/note/"

    assert client.get(path, headers={"HX-Request": "true"}).status_code == HTTPStatus.NOT_FOUND


# ── filter and export ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_filter_stands_in_the_address_and_says_how_much_it_found(
    browser: Chrome, live_server: LiveServer, person: Person
) -> None:
    sign_in(browser, live_server, person("buyer", SECURITY))
    browser.get(f"{live_server}{page(SECURITY)}")
    find(browser, "body").send_keys("/")
    focused(browser).send_keys("整改", Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda found: "q=" in found.current_url)

    asked = parse_qs(urlsplit(browser.current_url).query)
    assert asked["q"] == ["整改"]
    assert asked["as_of"] == [DAY]
    found = len(browser.find_elements(By.CSS_SELECTOR, ".note:not(.is-doubt)"))
    assert find(browser, ".found[role=status]").text.startswith(f"符合的约定 {found} 项")
    assert find(browser, "#q").get_attribute("value") == "整改"


def test_the_form_of_the_day_keeps_the_filter(client: Client, person: Person) -> None:
    client.force_login(person("buyer", SECURITY))
    html = client.get(page(SECURITY, "&party=supplier&q=整改")).content.decode()

    controls = html.partition('class="controls"')[2].partition("</form>")[0]
    assert 'name="party" value="supplier"' in controls
    assert 'name="q" value="整改"' in controls
    assert controls.count('name="as_of"') == 1


@pytest.mark.parametrize("query", ["mark=nonsense", "party=nobody", "kind=x", "soon="])
def test_a_filter_that_is_not_understood_asks_for_nothing_more(
    client: Client, person: Person, query: str
) -> None:
    client.force_login(person("buyer", SECURITY))

    assert client.get(page(SECURITY, f"&{query}")).status_code == HTTPStatus.OK


def test_what_is_looked_for_is_text_and_never_markup(client: Client, person: Person) -> None:
    client.force_login(person("buyer", SECURITY))
    html = client.get(page(SECURITY, "&q=<b>x</b>")).content.decode()

    assert "<b>x</b>" not in html
    assert "没有这样的约定" in html


def test_the_terms_are_exported_as_they_are_seen(client: Client, person: Person) -> None:
    client.force_login(person("auditor", SECURITY))
    body = client.get(page(SECURITY, "&mark=missed&format=csv")).content.decode("utf-8-sig")

    head, *rows = csv.reader(io.StringIO(body))
    shown = contract_screen(SECURITY, date.fromisoformat(DAY), only=Filter(mark=MISSED))
    assert head[:2] == ["条款", "约定"]
    assert [row[1] for row in rows] == [
        note.says for chapter in shown.chapters for row in chapter.rows for note in row.notes
    ]
    assert {row[4] for row in rows} == {"未履行"}


# ── speed ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_paper_is_set_once_for_everybody_and_anew_when_anything_changes(
    client: Client, person: Person
) -> None:
    def seen(role: str, query: str = "") -> str:
        client.force_login(person(role, SECURITY))
        html = client.get(page(SECURITY, query)).content.decode()
        return html.partition('<div class="paper">')[2].partition("</main>")[0]

    _papers.clear()
    buyer = seen("buyer")
    assert len(_papers) == 1

    assert seen("supplier_manager") == buyer
    assert len(_papers) == 1
    assert seen("buyer", "&size=20") != buyer
    assert seen("buyer", "&mark=missed") != buyer
    assert len(_papers) == 3


def test_the_screen_asks_as_few_questions_with_a_filter_as_without(
    client: Client, person: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(person("buyer", SECURITY))
    for query, number in (
        ("", QUESTIONS + UNREAD),
        ("&q=整改", QUESTIONS + UNREAD),
        ("&mark=missed&party=supplier", QUESTIONS + UNREAD),
        ("&format=csv", QUESTIONS),
    ):
        client.get(page(SECURITY, query))
        with django_assert_num_queries(number):
            client.get(page(SECURITY, query))


# ── keys and paper ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("key", "path"), [("t", "/"), ("c", "/contracts/")])
def test_two_keys_lead_to_the_other_pages(
    browser: Chrome, live_server: LiveServer, person: Person, key: str, path: str
) -> None:
    sign_in(browser, live_server, person("buyer", SECURITY))
    browser.get(f"{live_server}{page(SECURITY)}")

    find(browser, "body").send_keys("g", key)
    WebDriverWait(browser, 10).until(lambda found: urlsplit(found.current_url).path == path)


def test_letters_typed_into_a_field_are_letters(
    browser: Chrome, live_server: LiveServer, person: Person
) -> None:
    sign_in(browser, live_server, person("buyer", SECURITY))
    browser.get(f"{live_server}{page(SECURITY)}")

    find(browser, "#q").send_keys("gtjko?/")

    assert find(browser, "#q").get_attribute("value") == "gtjko?/"
    assert find(browser, "#legend").get_attribute("open") is None


@pytest.mark.parametrize("rest", ["", f"terms/{HAZARD}/"])
def test_paper_has_notes_below_the_clause_and_a_code_of_the_very_state(
    browser: Chrome, live_server: LiveServer, person: Person, rest: str
) -> None:
    sign_in(browser, live_server, person("buyer", SECURITY))
    browser.get(f"{live_server}/contracts/{SECURITY}/{rest}?as_of={DAY}")
    emulate(browser, media="print")

    cited = find(browser, ".citation")
    assert cited.is_displayed()
    assert find(browser, ".citation .qr-code").size["width"] > 60
    assert f"/contracts/{SECURITY}/{rest}?as_of={DAY}&size=394" in cited.text
    for gone in (".controls", ".tabs", ".help-beside", ".button"):
        assert not any(
            one.is_displayed() for one in browser.find_elements(By.CSS_SELECTOR, gone)
        ), gone
    emulate(browser)
    assert "size=394" not in text_of(browser)
