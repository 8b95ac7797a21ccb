"""The helpers themselves: a tool that finds nothing wrong with anything is no tool."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from selenium.webdriver import Chrome

from tests.faces.conftest import Axe, Look, messages, text_of

GOOD = """<!doctype html><html lang="zh-CN"><title>履约</title>
<main><h1>履约</h1><p>合同第七条</p></main></html>"""
BAD = "<!doctype html><html><title>x</title><main><h1>x</h1><img src='data:,'></main></html>"


def page(html: str) -> str:
    return f"data:text/html;charset=utf-8,{quote(html)}"


def test_axe_passes_a_plain_page(browser: Chrome, axe: Axe) -> None:
    browser.get(page(GOOD))

    assert axe() == []
    assert "合同第七条" in text_of(browser)


def test_axe_names_a_picture_without_words_and_a_page_without_a_language(
    browser: Chrome, axe: Axe
) -> None:
    browser.get(page(BAD))

    assert {found.split(":")[0] for found in axe()} >= {"image-alt", "html-has-lang"}


def test_a_page_is_pictured_by_day_and_night_wide_and_narrow_and_on_paper(
    browser: Chrome, look: Look
) -> None:
    browser.get(page(GOOD))

    taken = look("tools")

    assert [path.name for path in taken] == [
        "tools-1280.png",
        "tools-1280-dark.png",
        "tools-390.png",
        "tools-390-dark.png",
        "tools-print.pdf",
    ]
    assert taken[0].read_bytes().startswith(b"\x89PNG")
    assert taken[-1].read_bytes().startswith(b"%PDF")


def test_a_page_wider_than_a_telephone_is_refused(browser: Chrome, look: Look) -> None:
    browser.get(page(GOOD.replace("<p>", "<p style='width:1000px'>")))

    with pytest.raises(AssertionError, match="wider than a screen of 390"):
        look("too-wide")


def test_a_script_that_fails_is_heard(browser: Chrome) -> None:
    browser.get(page(GOOD + "<script>throw new Error('出错')</script>"))

    assert any("Uncaught" in entry["message"] for entry in messages(browser))
