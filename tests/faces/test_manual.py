"""The manual: anybody can open it, everything in it leads somewhere, and it says nothing that the product does not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import Resolver404, resolve
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right, Seat, may, may_record
from lvyue.core.facts import KINDS
from lvyue.core.terms import Party
from lvyue.obligations.marks import MARKS
from lvyue.web import chapters
from lvyue.web.chapters import LANGUAGES, SLUGS, TABLES, ManualChapter, Table, hits, manual_of
from tests.faces.conftest import Axe, Look, by_css, emulate, follow, text_of, width
from tests.faces.pictures import LIMIT

TOP = Path(__file__).resolve().parents[2]
WEB = Path(chapters.__file__).parent
PICTURES = WEB / "static" / "web" / "manual"
HELP = sorted(path.stem for path in (WEB / "templates" / "web" / "help").glob("*.html"))


def seat(role: ContractRole) -> Seat:
    return Seat("somebody", "测试", "some-contract", frozenset({role}))


def said(client: Client, address: str, **asked: str) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == HTTPStatus.OK, address
    return unescape(answer.content.decode())


def html_of(chapter: ManualChapter) -> str:
    return "".join(section.html for section in chapter.sections)


def source(slug: str, language: str) -> str:
    return (WEB / "manual" / language / f"{slug}.md").read_text("utf-8")


# ── anybody can open it ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_nobody_needs_to_sign_in_and_nothing_is_asked_of_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        for language in LANGUAGES:
            for one in manual_of(language):
                page = said(client, one.address)
                assert one.title in page
                assert all(f'id="{section.anchor}"' in page for section in one.headed)


@pytest.mark.django_db
def test_the_sign_in_page_leads_to_it(client: Client) -> None:
    page = said(client, "/sign-in/")

    assert 'href="/manual/"' in page
    assert 'href="/manual/start/"' in page


def test_the_contents_name_every_chapter_and_the_whole_holds_them_all(client: Client) -> None:
    contents, whole = said(client, "/manual/"), said(client, "/manual/whole/")

    for one in manual_of("zh"):
        assert one.title in contents
        assert one.lead in contents
        for section in one.headed:
            assert f">{section.title}</h3>" in whole


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/manual/nothing/", "/manual/en/nothing/"])
def test_a_chapter_that_is_none_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND


# ── both languages, every link, every picture ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("slug", SLUGS)
def test_the_english_twin_has_the_same_sections_tables_and_pictures(slug: str) -> None:
    def shape(language: str) -> list[str]:
        return re.findall(
            r"^(##) |^```(table \w+)|^!\[[^]]+\](\(.+?\))", source(slug, language), re.MULTILINE
        )

    assert shape("zh") == shape("en")
    assert "### " not in source(slug, "zh") + source(slug, "en")  # sections are one level deep


def test_no_file_is_without_its_chapter() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (WEB / "manual" / language).iterdir()} == set(SLUGS)


def leads(html: str) -> Iterator[str]:
    yield from map(unescape, re.findall(r'href="([^"]+)"', html))


def lost(link: str) -> bool:
    """Whether a link leads nowhere: no such page, or no such place in a chapter of the manual."""
    path, place = urldefrag(unquote(link))
    try:
        found = resolve(path)
    except Resolver404:
        return True
    if found.url_name is None or not found.url_name.startswith("manual-chapter"):
        return bool(place)
    language = found.kwargs.get("language", "zh")
    there = [one for one in manual_of(language) if one.slug == found.kwargs["slug"]]
    return not there or bool(place and place not in {one.anchor for one in there[0].headed})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_somewhere(language: str) -> None:
    links = [link for one in manual_of(language) for link in leads(html_of(one))]

    assert len(links) > 10
    assert [link for link in links if lost(link)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_small_and_has_its_words(language: str) -> None:
    shown = [
        found
        for one in manual_of(language)
        for found in re.findall(
            r'<img src="/static/web/manual/([^"]+)" alt="([^"]+)"', html_of(one)
        )
    ]

    assert {name for name, _ in shown} == {path.name for path in PICTURES.iterdir()}
    assert all((PICTURES / name).stat().st_size < LIMIT for name, _ in shown)
    assert len(shown) <= 10


@pytest.mark.parametrize("page", HELP)
def test_the_help_beside_a_page_leads_to_its_chapter(page: str) -> None:
    html = render_to_string(f"web/help/{page}.html")

    assert 'lang="en"' in html
    manual = [link for link in leads(html) if link.startswith("/manual/")]
    assert len(manual) == 1
    assert not lost(manual[0])


def test_every_help_stands_beside_a_page() -> None:
    pages = "".join(path.read_text("utf-8") for path in (WEB / "templates" / "web").rglob("*.html"))

    assert set(re.findall(r"web/help/(\w+)\.html", pages)) == set(HELP)


# ── it says what the product does ────────────────────────────────────────────────────────────────────────────────


def rows(name: str, language: str = "zh") -> dict[str, tuple[str, ...]]:
    table: Table = TABLES[name](language)
    return {row[0]: row[1:] for row in table.rows}


def test_the_table_of_rights_says_what_the_doors_say() -> None:
    told = rows("rights")

    assert told == {
        right.zh: tuple("✓" if may(seat(role), right) else "—" for role in ContractRole)
        for right in Right
    }


def test_the_table_of_recorders_says_who_is_let_in() -> None:
    zh = {kind.zh: name for name, kind in KINDS.items()}
    told = {
        who: [zh[word] for word in kinds.split("；")] for who, (kinds,) in rows("recorders").items()
    }
    buyer, manager = seat(ContractRole.BUYER), seat(ContractRole.SUPPLIER_MANAGER)
    allowed = {
        "甲方": (True, False),
        "乙方": (False, True),
        "任何一方": (True, True),
        "双方签署，不能单方登记": (False, False),
    }

    assert sorted(name for kinds in told.values() for name in kinds) == sorted(KINDS)
    for who, (by_buyer, by_supplier) in allowed.items():
        for name in told[who]:
            assert bool(may_record(buyer, name)) is by_buyer, name
            assert bool(may_record(manager, name)) is by_supplier, name
    for name in told["按义务人"]:
        assert not may_record(buyer, name, Party.SUPPLIER)
    for name in told["按权利人"]:
        assert not may_record(buyer, name, Party.BUYER)


def test_what_engineers_must_not_and_the_department_may_record_is_so() -> None:
    zh = {kind.zh: name for name, kind in KINDS.items()}
    (formal,), (department,) = rows("formal").values(), rows("department").values()

    for word in formal[0].split("；"):
        assert not may_record(seat(ContractRole.ENGINEER), zh[word]), word
    open_to_department = {
        word
        for word, name in zh.items()
        if may_record(seat(ContractRole.USING_DEPARTMENT), name, Party.BUYER)
    }
    assert set(department[0].split("；")) == open_to_department


def test_the_legend_of_the_manual_is_the_legend_of_the_pages(client: Client) -> None:
    page = said(client, "/manual/contract/")

    for mark in MARKS:
        assert f'<span class="symbol" aria-hidden="true">{mark.symbol}</span>{mark.word}' in page
        assert mark.means in page


def test_whatever_the_manual_tells_to_press_stands_on_a_page() -> None:
    asked = {
        word
        for slug in SLUGS
        for word in re.findall(r"(?:点|到|用)\*\*(.+?)\*\*", source(slug, "zh"))
    }
    places = [*WEB.rglob("templates/**/*.html"), *WEB.rglob("*.py")]
    places.append(WEB.parent / "core" / "lifecycles.py")
    pages = "".join(path.read_text("utf-8") for path in places)
    pages += "".join(kind.zh for kind in KINDS.values())

    assert len(asked) > 20
    assert {word for word in asked if word not in pages} == set()


def test_its_words_are_those_of_the_glossary() -> None:
    glossary = [
        [cell.strip() for cell in line.strip("|").split("|")][:2]
        for line in (TOP / "GLOSSARY.md").read_text("utf-8").splitlines()
        if line.startswith("| ")
    ]
    known = {
        (zh, english)
        for many, en in glossary
        for zh in many.split(", ")
        for english in en.replace(", its entry in the register", "").split(", ")
    }
    for language in LANGUAGES:
        told = re.findall(r"^\| (\S+) \| ([^|]+) \| ", source("words", language), re.MULTILINE)
        words = {one for one in told if one[0] != "中文"}
        assert len(words) > 20
        assert words - known == set()


# ── searching ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_word_is_found_where_it_stands_and_marked(client: Client) -> None:
    page = said(client, "/manual/", q="万元")

    assert "登记事实 › 金额的单位" in page
    assert 'href="/manual/facts/#金额的单位"' in page
    assert "<mark>万元</mark>" in page


@pytest.mark.parametrize("sought", ["IDEMPOTENCY-KEY", "ｉｄｅｍｐｏｔｅｎｃｙ-key", "令牌  重发"])
def test_width_case_and_order_do_not_matter(sought: str) -> None:
    assert [hit.section.title for hit in hits(manual_of("zh"), sought)] == ["程序接口"]


def test_what_stands_in_a_heading_comes_first() -> None:
    found = hits(manual_of("zh"), "推演")

    assert found[0].chapter.slug == "what-if"
    assert len(found) > 5


def test_the_tables_are_searched_as_well() -> None:
    assert "谁登记什么" in [hit.section.title for hit in hits(manual_of("zh"), "验收通过")]


@pytest.mark.parametrize(
    "sought", ["没有这样的词", "<script>alert(1)</script>", "(", "\\", "x" * 300]
)
def test_what_is_not_there_is_said(client: Client, sought: str) -> None:
    answer = client.get("/manual/", {"q": sought})

    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.OK
    assert "<script>alert" not in page
    if sought not in ("(", "\\"):
        assert "没有找到" in page


@pytest.mark.parametrize("sought", ["", "   "])
def test_nothing_sought_shows_the_contents(client: Client, sought: str) -> None:
    assert "第一次用" in said(client, "/manual/", q=sought)


# ── to look at ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("manual", "/manual/"),
        ("manual-start", "/manual/start/"),
        ("manual-roles", "/manual/roles/"),
        ("manual-found", "/manual/?q=金额"),
        ("manual-english", "/manual/en/contract/"),
        ("manual-whole", "/manual/whole/"),
    ],
)
def test_it_is_a_page_to_look_at(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe, name: str, address: str
) -> None:
    browser.get(f"{live_server}{address}")

    look(name)

    assert axe() == []
    width(browser, 390)
    emulate(browser, dark=True)
    assert axe() == []


def test_a_reader_finds_searches_and_comes_to_the_place(
    browser: Chrome, live_server: LiveServer
) -> None:
    browser.get(f"{live_server}/manual/")
    browser.find_element(By.NAME, "q").send_keys("等额")
    follow(browser, by_css(".sift button"))
    follow(browser, lambda page: page.find_element(By.PARTIAL_LINK_TEXT, "一期钱什么时候该付"))

    heading = browser.find_element(By.CSS_SELECTOR, "h2:target")
    assert heading.text == "一期钱什么时候该付"
    assert "等额" in text_of(browser)
