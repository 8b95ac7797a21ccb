"""平台的每一页，空的和有内容的，宽、窄、昼、夜、纸上：every page of the platform as people will have it, read by axe.

One test walks all the pages of one person, because loading the demonstration costs more than a page. The empty pages come
first: they are what a newcomer sees. Then something is put on each, through the same forms that people use.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from lvyue import clock
from lvyue.accounts.models import Account
from lvyue.accounts.queries import account, administration_trail
from lvyue.cli.demo import load_letters
from lvyue.evidence import queries as evidence
from tests.faces.conftest import Axe, Look, emulate, sign_in, width
from tests.notices.told import mail_channel

pytestmark = pytest.mark.slow

SECURITY = "/contracts/security-support-2026/"
LEASE = "/contracts/cloud-lease-2025/"

#: Whose pages, and which: what may be opened before anybody has done anything.
EMPTY = {
    "admin": (
        "/people/",
        "/people/invitations/",
        "/people/providers/",
        "/people/providers/new/oidc/",
        "/people/providers/new/ldap/",
        "/people/services/",
        "/people/organisations/office-01/",
        "/people/import/people/",
        "/people/accounts/buyer0/leave/",
        "/channels/",
        "/channels/new/mail/",
        "/channels/subscribe/",
        "/jobs/",
        "/audit/standing/",
        "/audit/packs/",
        "/audit/chain/",
    ),
    "buyer0": (
        "/account/security/",
        "/account/tokens/",
        "/account/identities/",
        "/inbox/",
        "/inbox/settings/",
        "/calendar/feeds/",
        "/search/",
        f"{SECURITY}who/",
        f"{SECURITY}why/",
        f"{SECURITY}disclosures/",
        f"{SECURITY}disclosures/new/",
        f"{SECURITY}audit/standing/",
        f"{SECURITY}audit/packs/",
        f"{SECURITY}webhooks/",
        f"{SECURITY}webhooks/new/",
        f"{SECURITY}reminders/",
        f"{SECURITY}alerts/",
        f"{SECURITY}alerts/sources/",
        f"{SECURITY}letters/",
        f"{SECURITY}letters/new/?kind=general",
        f"{SECURITY}letters/1/",
        f"{SECURITY}letters/1/print/",
        f"{SECURITY}contacts/",
        f"{SECURITY}prompts/",
    ),
    "manager4": (
        f"{LEASE}prompts/",
        f"{LEASE}prompts/1/",
        f"{LEASE}why/?person=manager4&right=sign",
    ),
}

#: What is put on them, and where it is seen afterwards.
FILLED = {
    "admin": (
        "/people/invitations/",
        "/people/services/",
        "/channels/",
        "/audit/",
        "/audit/entries/{entry}/",
        "/audit/packs/",
        "/audit/standing/?person=buyer0",
        "/jobs/schedules/audit.seal/",
    ),
    "buyer0": (
        "/account/tokens/",
        "/account/services/importer/",
        "/calendar/feeds/",
        "/search/?q=付款",
        "/search/?q=龘龘",
        f"{SECURITY}disclosures/",
        f"{SECURITY}disclosures/1/",
        f"{SECURITY}alerts/sources/",
        f"{SECURITY}audit/packs/",
        f"{SECURITY}audit/",
    ),
    "manager4": (),
}


def who(username: str) -> Account:
    found = account(username)
    assert found is not None
    return found


def seen(browser: Chrome, axe: Axe, address: str) -> list[str]:
    """What keeps people from using one page: as axe says it, and as the screen does."""
    browser.get(address)
    found = [] if browser.find_elements(By.CSS_SELECTOR, "main h1") else ["no heading"]
    found += [] if "没有这一页" not in browser.title else ["no such page"]
    for pixels, dark in ((1280, False), (390, True)):
        width(browser, pixels)
        emulate(browser, dark=dark)
        found += [f"{pixels}: {one}" for one in axe()]
        over = browser.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found += [f"{pixels}: {over} pixels too wide"] if over > 0 else []
    width(browser, 1280)
    emulate(browser)
    return found


def forms_on_paper(browser: Chrome) -> list[str]:
    """What a hand would touch and paper shows all the same, beside the question above a list."""
    emulate(browser, media="print")
    shown = browser.execute_script(
        "return [...document.querySelectorAll("
        "'nav, .button, details form, .panel > form, .pair > form, .help-beside')]"
        ".filter(one => one.checkVisibility() && !one.closest('.panel:has(table, dl, ul, ol)'))"
        ".map(one => one.className || one.tagName)"
    )
    emulate(browser)
    return [f"on paper: {one}" for one in shown]


def named(path: str) -> str:
    return "platform-" + (re.sub(r"[^\w.-]+", "-", path).strip("-") or "today")


def put(client: Client, path: str, **given: object) -> None:
    answer = client.post(path, given, follow=True)
    assert answer.status_code in (200, 201), (
        path,
        re.findall(r"<li>(.*?)</li>", answer.content.decode()),
    )


def something() -> None:
    """One of each, through the forms where demonstration people may."""
    year, later = clock.today().year, clock.today() + timedelta(days=30)
    admin, buyer = Client(), Client()
    admin.force_login(who("admin"))
    buyer.force_login(who("buyer0"))
    program = {"username": "importer", "name": "导入程序（演示）", "purpose": "每天导入工单"}
    given = {"recipient": "某市网络安全测评中心", "purpose": "三级等保复测，核对漏洞扫描结果"}
    proof = evidence.newest_files(SECURITY.split("/")[2], 1)[0].sha256

    mail_channel()
    put(admin, "/people/invitations/", name="受邀人（演示）", organisation="office-01")
    put(admin, "/people/services/", **program, owner="buyer0", until=later)
    put(admin, "/audit/packs/", year=year)
    put(buyer, "/account/tokens/", name="导出程序（演示）", scopes=["read"], days=30)
    put(buyer, "/calendar/feeds/new/", name="手机日历")
    put(buyer, f"{SECURITY}alerts/sources/", name="机房监控", kind="alertmanager")
    put(buyer, f"{SECURITY}disclosures/new/", **given, until=later, files=[proof])
    put(buyer, f"{SECURITY}audit/packs/", year=year)


@pytest.fixture
def letters(demonstration: None, settings: Any, tmp_path: Path) -> None:  # noqa: ARG001  the letters are of its contracts
    """The letters, their proofs and the contacts that `lvyue demo` writes after the contracts."""
    settings.HOME = tmp_path
    for _ in load_letters():
        pass


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("username", [*EMPTY])
def test_every_page_of_the_platform_is_usable_by_day_by_night_on_a_telephone_and_on_paper(
    browser: Chrome, live_server: LiveServer, look: Look, axe: Axe, username: str
) -> None:
    sign_in(browser, live_server, who(username))
    wrong: dict[str, list[str]] = {}

    for path in EMPTY[username]:
        found = seen(browser, axe, f"{live_server}{path}") + forms_on_paper(browser)
        wrong |= {path: found} if found else {}
    something()
    entry = administration_trail()[0].pk
    for path in (one.format(entry=entry) for one in FILLED[username]):
        found = seen(browser, axe, f"{live_server}{path}") + forms_on_paper(browser)
        look(named(path))
        wrong |= {f"{path} with something on it": found} if found else {}

    assert wrong == {}
