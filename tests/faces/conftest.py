"""A headless Chromium, axe, and pictures of a page as people will have it: wide, narrow, at night, on paper.

The browser tests need Debian's chromium, chromium-driver and a font with Chinese in it. Where they
are missing a test is skipped and says so; with CI=true it fails.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from lvyue.accounts.models import Account
from lvyue.cli.demo import load_demonstration
from lvyue.obligations.queries import forget
from tests.evidence.guards import let_transactional_tests_empty_the_log
from tests.replay import load_again

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=zh-CN",
)

#: What WCAG AA asks for, in the tags of axe.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

#: The day of most tests: all five contracts have lived through something, none of it needs the clock.
DAY = "2026-11-21"

Look = Callable[[str], list[Path]]
Axe = Callable[[], list[str]]


@pytest.fixture(scope="session", autouse=True)
def _transactional_tests_empty_the_log() -> None:
    let_transactional_tests_empty_the_log()


@pytest.fixture
def demonstration(transactional_db: None) -> None:  # noqa: ARG001  the server reads what is committed
    """The five contracts with their invented logs, as `lvyue demo` loads them."""
    forget()
    load_again(load_demonstration)


def missing_tools() -> list[str]:
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    lister = shutil.which("fc-list")
    fonts = (
        subprocess.run([lister, ":lang=zh"], capture_output=True, check=False) if lister else None
    )
    if fonts is None or not fonts.stdout.strip():
        missing.append("a Chinese font")
    return missing


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    missing = missing_tools()
    if missing:
        words = f"no {', no '.join(missing)}: as root, tools/install_test_tools.sh"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    options = ChromeOptions()
    options.binary_location = cast("str", shutil.which("chromium"))
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    # Every message of the page: a refused script or a missing file is an error that nobody sees.
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Both named, so that selenium does not go looking on the network for its own.
    service = ChromeService(executable_path=shutil.which("chromedriver"))
    driver = Chrome(options=options, service=service)
    try:
        driver.set_page_load_timeout(30)
        driver.set_script_timeout(
            180
        )  # axe reads contracts of thousands of elements, on shared cores
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(_chromium: Chrome) -> Iterator[Chrome]:
    """Chromium at 1280, by day, without cookies. At the end of the test no message of the page may be left over."""
    width(_chromium, 1280)
    emulate(_chromium)
    _chromium.delete_all_cookies()
    _chromium.get_log("browser")  # type: ignore[no-untyped-call]
    yield _chromium
    left = [entry["message"] for entry in messages(_chromium) if entry["level"] == "SEVERE"]
    _chromium.get("about:blank")  # nothing of this test goes on running in the next one
    assert not left, "the page complained:\n" + "\n".join(left)


def sign_in(browser: Chrome, live_server: LiveServer, account: Account) -> None:
    """Sign somebody in without the form: the cookie of a session that Django began for them."""
    client = Client()
    client.force_login(account)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    # Not add_cookie, which needs a page of the site to be open: that page would ask for a favicon.
    browser.execute_cdp_cmd(
        "Network.setCookie",
        {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": str(live_server)},
    )


def messages(browser: Chrome) -> list[dict[str, Any]]:
    """What the page wrote to its console since it was last asked."""
    return cast("list[dict[str, Any]]", browser.get_log("browser"))  # type: ignore[no-untyped-call]


def width(browser: Chrome, pixels: int, height: int = 900) -> None:
    """The page's own width, narrower than any window may be."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": pixels < 600},
    )


def emulate(browser: Chrome, *, dark: bool = False, media: str = "") -> None:
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    calm = {"name": "prefers-reduced-motion", "value": "reduce"}
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"media": media, "features": [scheme, calm]}
    )


@pytest.fixture
def axe(browser: Chrome) -> Axe:
    """`assert axe() == []`: what keeps people from using the page that is open, one sentence each."""
    script = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")

    def run() -> list[str]:
        browser.execute_script(script)
        found = browser.execute_async_script(
            "const [rules, done] = arguments;"
            "axe.run(document, {runOnly: rules}).then(r => done(r.violations), e => done([String(e)]));",
            RULES,
        )
        return [violation_in_words(violation) for violation in found]

    return run


def violation_in_words(violation: dict[str, Any] | str) -> str:
    if isinstance(violation, str):
        return violation
    places = "; ".join(json.dumps(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']} ({places})"


@pytest.fixture
def look(browser: Chrome, request: pytest.FixtureRequest) -> Look:
    """`look("contract")`: pictures of the page that is open, by day and night, wide and narrow, and on paper.

    They are kept for someone to look at, in var/pictures or where LVYUE_PICTURES says. The page must
    not be wider than the screen, at any width.
    """
    folder = Path(os.environ.get("LVYUE_PICTURES") or request.config.rootpath / "var" / "pictures")
    folder.mkdir(parents=True, exist_ok=True)

    def pictures(name: str) -> list[Path]:
        assert re.fullmatch(r"[\w.-]+", name), f"{name!r} is no file name"
        taken = []
        for pixels in (1280, 390):
            for dark in (False, True):
                width(browser, pixels)
                emulate(browser, dark=dark)
                path = folder / f"{name}-{pixels}{'-dark' if dark else ''}.png"
                path.write_bytes(whole_page(browser))
                taken.append(path)
            overflow = browser.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{name} is {overflow} pixels wider than a screen of {pixels}"
        width(browser, 1280)
        emulate(browser)
        taken.append(folder / f"{name}-print.pdf")
        taken[-1].write_bytes(printed(browser))
        return taken

    return pictures


def whole_page(browser: Chrome) -> bytes:
    shot = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True}
    )
    return base64.b64decode(shot["data"])


def printed(browser: Chrome) -> bytes:
    """The page as A4, with the page's own print styles."""
    paper = browser.execute_cdp_cmd(
        "Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
    )
    return base64.b64decode(paper["data"])


def press(browser: Chrome, find: Callable[[Chrome], WebElement]) -> None:
    """Press what is found; once more where the page drew it anew between finding and pressing."""

    def pressed(page: Chrome) -> bool:
        element = find(page)
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        return True

    again = [StaleElementReferenceException]
    WebDriverWait(browser, 30, ignored_exceptions=again).until(pressed)


def follow(browser: Chrome, find: Callable[[Chrome], WebElement]) -> None:
    """Press what leads to another page, and wait until that page is there, however slow the machine is."""
    with leaving(browser):
        press(browser, find)


@contextmanager
def leaving(browser: Chrome) -> Iterator[None]:
    """What is done inside leads to another page: it ends when that page is there."""
    browser.execute_script("document.documentElement.dataset.left = 'yes'")
    yield
    arrived = "return document.readyState === 'complete' && !document.documentElement.dataset.left"
    WebDriverWait(browser, 60, ignored_exceptions=[WebDriverException]).until(
        lambda page: page.execute_script(arrived)
    )


def by_css(css: str) -> Callable[[Chrome], WebElement]:
    return lambda page: page.find_element(By.CSS_SELECTOR, css)


def by_link(text: str) -> Callable[[Chrome], WebElement]:
    return lambda page: page.find_element(By.LINK_TEXT, text)


def text_of(browser: Chrome) -> str:
    """What a person can read on the page that is open."""
    return browser.find_element(By.TAG_NAME, "body").text
