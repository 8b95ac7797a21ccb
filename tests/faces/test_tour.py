"""A newcomer's first ten minutes: start, sign in, open, understand one red line, record one fact, see the money move.

Everything is what it will be for them: the command itself in a fresh home, its own process and its own clock, a real
browser, and only what stands on the pages. On the way the pictures of the manual are taken; with LVYUE_MAKE_PICTURES=1
they go where the manual shows them from, and somebody looks at them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from lvyue.accounts.demonstration import PASSWORD
from lvyue.library.loader import load
from tests.faces import pictures
from tests.faces.conftest import DAY, by_css, follow, text_of
from tests.faces.test_demo import START, status

pytestmark = pytest.mark.slow

SECURITY = "security-support-2026"
RED = "收到整改通知书后一周内整改完毕"
OWED, NOTHING = "¥482,560.00", "¥0.00"

Tour = Callable[[str], None]


@pytest.fixture
def demonstration_address(tmp_path: Path) -> Iterator[str]:
    """Where `lvyue demo` answers, in a home that nobody has used."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"LVYUE_HOME": str(tmp_path), "DATABASE_URL": ""}
    command = [sys.executable, "-u", "-c", START.format(port=port, serve=True)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the first page is served, which takes a minute where two cores do other things as well."""
    until = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            if status(port) == HTTPStatus.OK:
                return
        time.sleep(0.2)
    pytest.fail("the demonstration is not served")


def find(browser: Chrome, css: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, css)


def saying(words: str, within: str = "main") -> Callable[[Chrome], WebElement]:
    """The first link or button that says just this."""
    path = f".//*[self::a or self::button][normalize-space(translate(., '\u00a0', ' '))='{words}']"
    return lambda page: find(page, within).find_element(By.XPATH, path)


def press(browser: Chrome, words: str, within: str = "main") -> None:
    """Press it, and be on the page to which it leads."""
    follow(browser, saying(words, within))


def go_to_tab(browser: Chrome, word: str) -> None:
    press(browser, word, within="nav.tabs")


def fill(browser: Chrome, name: str, value: str) -> None:
    field = find(browser, f'[name="{name}"]')
    field.clear()
    field.send_keys(value)


def previewed(browser: Chrome) -> str:
    """What the right side of the form says once it has reckoned what was typed."""
    find(browser, "h1").click()  # away from the last field, so that it counts as filled in

    def reckoned(_: Chrome) -> str:
        shown = find(browser, "#preview").text
        return shown if "确认登记" in shown else ""

    return WebDriverWait(browser, 30, ignored_exceptions=[WebDriverException]).until(reckoned)


def confirm(browser: Chrome) -> None:
    for box in browser.find_elements(By.CSS_SELECTOR, "#preview [name=accepted]"):
        box.click()  # what gives pause depends on the day on which the test is run
    press(browser, "确认登记", within="#preview")
    WebDriverWait(browser, 30).until(lambda _: "已登记" in text_of(browser))


def payable(browser: Chrome) -> str:
    return find(browser, ".payable strong").text


def falls(browser: Chrome) -> dict[str, str]:
    """The steps from the price to what is payable, as they stand in the table of the picture."""
    found = dict[str, str]()
    for row in browser.find_elements(By.CSS_SELECTOR, ".waterfall .fall"):
        amount = row.find_element(By.CSS_SELECTOR, "td.number").text.replace("减", "")
        found[row.find_element(By.CSS_SELECTOR, "th a").text] = "".join(amount.split())
    return found


# ── the ten minutes ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_newcomer_understands_a_red_line_and_moves_the_money_within_ten_minutes(
    browser: Chrome, demonstration_address: str
) -> None:
    """5.2②：尾款 482,560.00 元，付了就不再应付，撤回又应付。"""
    screens: dict[str, str] = {}

    def picture(name: str) -> None:
        screens[name] = pictures.screen(browser)

    sign_in_by_the_form(browser, demonstration_address, picture)
    see_what_is_overdue_today(browser, picture)
    open_the_contract_on_the_day_of_the_manual(browser, picture)
    understand_the_red_line(browser, picture)
    assert_what_is_payable_before(browser, picture)
    record_the_payment(browser, picture)
    assert_that_nothing_is_payable_any_more(browser, picture)
    withdraw_the_payment(browser, picture)
    go_to_tab(browser, "结算")
    assert payable(browser) == OWED

    for path in pictures.write(browser, screens):
        assert path.stat().st_size < pictures.LIMIT, path


def sign_in_by_the_form(browser: Chrome, address: str, picture: Tour) -> None:
    browser.get(address)
    assert "演示人员" in text_of(browser)
    fill(browser, "username", "buyer0")
    fill(browser, "password", PASSWORD)
    picture("sign-in")
    press(browser, "登录")
    assert urlsplit(browser.current_url).path == "/"


def see_what_is_overdue_today(browser: Chrome, picture: Tour) -> None:
    said = text_of(browser)
    assert "您有任职的 2 份合同" in said
    overdue = find(browser, "#band-overdue").find_element(By.XPATH, "..").text
    assert RED in overdue
    assert "乙方" in overdue
    assert "已过" in overdue
    picture("today")


def open_the_contract_on_the_day_of_the_manual(browser: Chrome, picture: Tour) -> None:
    press(browser, load(SECURITY).title)
    browser.execute_script("document.getElementById('as_of').value = arguments[0]", DAY)
    press(browser, "查看")
    said = text_of(browser)
    for asked in ("哪里不对", "快到期的", "现在能做的"):
        assert asked in said
    assert "¥1,856,000.00" in said
    picture("contract")
    note = find(browser, "#t-hazard-rectified")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", note)
    assert "未履行" in note.text
    picture("note")


def understand_the_red_line(browser: Chrome, picture: Tour) -> None:
    """7.2.15：一周内整改完毕；起算日不计，第七天是 9 月 28 日。"""
    follow(browser, by_css("#t-hazard-rectified .why"))
    answer = find(browser, ".answer").text
    assert "未履行" in answer
    assert "应于 2026-09-28 前完成" in answer
    clause = find(browser, ".cited").text
    assert clause.startswith("7.2.15")
    assert "一周内" in clause
    proof = find(browser, ".finding[open]")
    days = [cell.text.split() for cell in proof.find_elements(By.CSS_SELECTOR, ".strip .cell")]
    assert [(day[0], day[2]) for day in days] == [
        ("9-21", "起"),
        *((f"9-{21 + number}", str(number)) for number in range(1, 8)),
    ]
    assert "中秋" in days[4]
    assert "整改通知书送达" in proof.text
    assert "至 2026-09-28 没有“隐患整改完成（经复查）”" in proof.text
    assert "什么能改变它" in proof.text
    picture("why")


def assert_what_is_payable_before(browser: Chrome, picture: Tour) -> None:
    go_to_tab(browser, "结算")
    assert payable(browser) == OWED
    assert falls(browser) == {
        "合同价款": "¥1,856,000.00",
        "考核扣减": "−¥74,240.00",
        "第1期已付": "−¥1,299,200.00",
        "现在应付": OWED,
    }
    picture("settlement")


def record_the_payment(browser: Chrome, picture: Tour) -> None:
    go_to_tab(browser, "事实")
    press(browser, "登记事实")
    press(browser, "付款", within="#kinds")
    fill(browser, "at", "2026-11-20")
    Select(find(browser, '[name="data.instalment"]')).select_by_value("2")
    fill(browser, "data.paper", "演示凭证-02")
    fill(
        browser, "data.amount_fen", "482,560.00"
    )  # last: with it the preview is complete, and stays
    change = previewed(browser)
    assert OWED in change
    assert NOTHING in change
    assert "已付清" in change
    picture("record")
    confirm(browser)
    said = text_of(browser)
    assert "已登记“付款”，日志第 395 条" in said
    assert "撤回" in said


def assert_that_nothing_is_payable_any_more(browser: Chrome, picture: Tour) -> None:
    fact = browser.current_url
    go_to_tab(browser, "结算")
    assert payable(browser) == NOTHING
    assert falls(browser)["第2期已付"] == f"−{OWED}"
    picture("paid")
    browser.get(fact)


def withdraw_the_payment(browser: Chrome, picture: Tour) -> None:
    press(browser, "撤回")
    fill(browser, "data.reason", "演示用，没有付款")
    change = previewed(browser)
    assert f"+{OWED}" in change
    picture("withdraw")
    confirm(browser)
    assert "日志第 396 条" in text_of(browser)
