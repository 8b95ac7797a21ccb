"""The page that shows every part: nothing is missing from it, and everybody can use what it shows."""

from __future__ import annotations

import re
from http import HTTPStatus
from importlib import resources

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from lvyue.obligations.marks import MARKS
from lvyue.web.icons import ICONS
from tests.conftest import Person
from tests.faces.conftest import Axe, Look, emulate, sign_in, width

TEMPLATES = resources.files("lvyue.web") / "templates"
PARTS = sorted(
    f"web/parts/{one.name}" for one in (TEMPLATES / "web" / "parts").iterdir() if one.is_file()
)

#: Parts that stand on pages of their own only, and why.
NOT_SHOWN = {
    "web/parts/audit_crumbs.html": "it is the way back to a trail, which every page of one has",
    "web/parts/audit_head.html": "it is the head of the pages of a trail",
    "web/parts/audit_roles.html": "it is the table of one page, and of the same on a contract",
    "web/parts/authenticator_new.html": "it bears a secret that is made for one person",
    "web/parts/boxes.html": "it is a list of boxes of a form that Django draws",
    "web/parts/callers.html": "it is a part of the form of a call, and names people",
    "web/parts/channel_acts.html": "its buttons act on one channel",
    "web/parts/channels_table.html": "it is the table of one page, and of the same on a contract",
    "web/parts/decide_identity.html": "its buttons act on one person who waits",
    "web/parts/duty_day.html": "it names whoever is on duty on one day of one contract",
    "web/parts/duty_views.html": "it leads to the pages of the duty of one contract",
    "web/parts/identity_fields.html": "its fields are of two forms that act on one ticket",
    "web/parts/importing.html": "it is the page of two imports, and asks where to send the file",
    "web/parts/job_state.html": "it is a mark of one page, in the words of its lifecycle",
    "web/parts/job_when.html": "it is a cell of one page",
    "web/parts/legs.html": "it is the table of two pages about deliveries",
    "web/parts/on_duty.html": "it names whoever is on duty on one contract",
    "web/parts/not_done.html": "it stands above a form that was refused",
    "web/parts/passkey_new.html": "it asks the browser for a key as soon as it is pressed",
    "web/parts/passkey_proof.html": "it asks the browser for a key as soon as it is pressed",
    "web/parts/reminder_ladder.html": "it is drawn from a term on its own page",
    "web/parts/request_number.html": "it names the request that drew the page",
    "web/parts/reveal.html": "its button shows personal data, with a reason",
    "web/parts/ticket_verify.html": "its form acts on one ticket",
    "web/parts/similar.html": "it is asked for while somebody types",
    "web/parts/ticket_ways.html": "it leads to the pages of one ticket",
    "web/parts/tried.html": "it stands below a refusal",
    "web/parts/known_picker.html": "its fields bear the ids of the controls in the masthead",
    "web/parts/statement_paper.html": "it is the whole of a page",
    "web/parts/ticket_clock.html": "it is one clock of one ticket, drawn as long as it has run",
    "web/parts/ticket_crumbs.html": "it is the way back to the tickets of a contract",
    "web/parts/ticket_due.html": "it is the cell of several lists of tickets",
    "web/parts/ticket_extras.html": "its forms act on one ticket",
    "web/parts/ticket_head.html": "it is the head of the pages of one ticket",
    "web/parts/ticket_views.html": "it leads between the pages of the desk of one contract",
    "web/parts/term_reminders.html": "it is one section of the page of a term",
}


def included(template: str) -> set[str]:
    """Every template that one is made of, however deep."""
    found: set[str] = set()
    waiting = [template]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        text = TEMPLATES.joinpath(name).read_text("utf-8")
        waiting += re.findall(r'{%\s*(?:include|extends)\s+"([^"]+)"', text)
    return found


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_on_the_page_or_says_why_not(part: str) -> None:
    assert (part in included("web/styleguide.html")) != (part in NOT_SHOWN)


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(NOT_SHOWN) <= set(PARTS)


@pytest.mark.django_db
def test_it_shows_each_mark_and_each_icon_to_anybody_who_has_signed_in(
    client: Client, person: Person
) -> None:
    address = reverse("web:styleguide")
    assert client.get(address).status_code == HTTPStatus.FOUND

    client.force_login(person("auditor"))
    html = client.get(address).content.decode()

    for mark in MARKS:
        assert f'class="note is-{mark.key}' in html, mark.key
    for name in ICONS:
        assert f"</svg> {name}</span>" in html, name
    assert " style=" not in html
    for state in ("期金额未知", "kind-make-up", "kind-holiday", "cell gap", "这份合同现在无法计算"):
        assert state in html, state


@pytest.mark.django_db(transaction=True)
def test_everybody_can_use_what_it_shows(
    browser: Chrome, live_server: LiveServer, person: Person, look: Look, axe: Axe
) -> None:
    sign_in(browser, live_server, person("auditor"))
    browser.get(f"{live_server}{reverse('web:styleguide')}")

    look("styleguide")

    assert axe() == []
    width(browser, 390)
    emulate(browser, dark=True)
    assert axe() == []


@pytest.mark.parametrize("name", sorted(ICONS))
def test_an_icon_is_one_line_inside_its_field(name: str) -> None:
    numbers = re.findall(r"(?<![a-z\d.])\d+(?:\.\d+)?", ICONS[name])

    assert re.fullmatch(r"[MLHVCcasqlhvmz0-9 .,-]+", ICONS[name])
    assert all(0 <= float(number) <= 24 for number in numbers)
