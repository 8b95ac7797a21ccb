"""How a story goes through pages: somebody signs in at the door, reads what stands there, fills in a form, presses a button.

A visitor can press only what a page offers, with the fields that its form has, and every form carries its token against
forgery. What no page offers is sent with `forge`, as somebody would who writes the request by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from lvyue.accounts.demonstration import PASSWORD
from lvyue.cli.demo import demonstration_ids, load_people
from lvyue.contracts.actions import register_release
from lvyue.library import loader
from lvyue.obligations.queries import forget
from tests.contracts.cast import demonstrated

SECURITY = "security-support-2026"
OPERATIONS = "digital-operations-2026"
GOVERNMENT = "government-cloud-2026"
VIDEO = "video-conference-2022"
LEASE = "cloud-lease-2025"

#: The morning of every story: all five contracts have lived through something.
MORNING = "2026-11-21 10:00+08:00"


def settled_in(*contracts: str) -> None:
    """The made-up people of all five contracts, and the logs of those that the story reads."""
    forget()
    for contract_id in demonstration_ids():
        if contract_id in contracts:
            demonstrated(contract_id)
            continue
        body, release = loader.text_of(contract_id), loader.load(contract_id)
        register_release(
            contract_id, release.title, body, release.digest, by="测试", demonstration=True
        )
    for _ in load_people():
        pass


# ── reading a page ───────────────────────────────────────────────────────────────────────────────────────────────

_TAG = re.compile(r"<[^>]+>")
_UNREAD = re.compile(r"<(script|style|svg|datalist)\b.*?</\1>", re.DOTALL)


def words_of(html: str) -> str:
    """What a person reads there, in one line."""
    return " ".join(unescape(_TAG.sub(" ", _UNREAD.sub(" ", html))).split())


def between(html: str, begins: str, ends: str) -> str:
    """From one mark to the next; empty where there is none."""
    _, there, rest = html.partition(begins)
    return f"{begins}{rest.partition(ends)[0]}" if there else ""


@dataclass
class Form:
    """表单: where it goes, what it holds, and what one may press."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    ticks: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def knows(self, name: str) -> bool:
        return name in self.values or name in self.ticks or name in self.choices


class _Forms(HTMLParser):
    """Every form of a page with its fields as a browser would send them."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.found = at, list[Form]()
        self._form: Form | None = None
        self._select = self._area = self._button = ""
        self._text, self._disabled, self._value = "", False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(told.get("action") or self.at, told.get("method", "get").lower())
            self.found.append(self._form)
        elif self._form is not None:
            self._begin(self._form, tag, told)

    def _begin(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name = told.get("name", "")
        match tag:
            case "input" if told.get("type") in ("checkbox", "radio"):
                form.ticks.setdefault(name, []).append(told.get("value", "on"))
                if "checked" in told:
                    form.values.setdefault(name, []).append(told.get("value", "on"))
            case "input" if name and told.get("type") != "file":
                form.values.setdefault(name, []).append(told.get("value", ""))
            case "select":
                self._select = name
                form.choices.setdefault(name, [])
            case "option" if self._select:
                form.choices[self._select].append(told.get("value", ""))
                if "selected" in told or self._select not in form.values:
                    form.values[self._select] = [told.get("value", "")]
            case "textarea":
                self._area, self._text = name, ""
            case "button":
                self._button, self._value, self._text = name or " ", told.get("value", ""), ""
                self._disabled = "disabled" in told or told.get("type") == "button"
            case _:
                pass

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        form = self._form
        match tag:
            case "form":
                self._form = None
            case "select":
                self._select = ""
            case "textarea" if form is not None and self._area:
                form.values.setdefault(self._area, []).append(self._text.removeprefix("\n"))
                self._area = ""
            case "button" if form is not None and self._button and not self._disabled:
                word = " ".join(self._text.split())
                form.buttons.append((word, self._button.strip(), self._value))
                self._button = ""
            case _:
                pass


@dataclass(frozen=True)
class Page:
    """一页: what came back, and what stands on it."""

    status: int
    at: str
    html: str

    @property
    def main(self) -> str:
        return between(self.html, "<main", "</main>")

    @property
    def words(self) -> str:
        """The page without what is the same on all of them: what it says to this person, then what it is."""
        said = "".join(re.findall(r'<p class="notice is-.*?</p>', self.html, re.DOTALL))
        return words_of(said + self.main)

    @property
    def tabs(self) -> list[str]:
        nav = between(self.html, '<nav class="tabs"', "</nav>")
        return [words_of(one) for one in re.findall(r"<a .*?</a>", nav, re.DOTALL)]

    @property
    def offers(self) -> set[str]:
        """The words of everything that can be pressed and looks like it."""
        links = re.findall(
            r'<a(?=[^>]*class="[^"]*\bbutton\b)[^>]*>(.*?)</a>', self.main, re.DOTALL
        )
        pressed = [word for form in self.forms for word, _, _ in form.buttons]
        return {words_of(one) for one in links} | set(pressed)

    @property
    def forms(self) -> list[Form]:
        parser = _Forms(self.at)
        parser.feed(self.main)
        return parser.found

    def form_with(self, button: str) -> tuple[Form, tuple[str, str]]:
        for form in self.forms:
            for word, name, value in form.buttons:
                if word.startswith(button):
                    return form, (name, value)
        raise AssertionError(f"{self.at} offers no button “{button}”, only {self.offers}")

    def value(self, name: str) -> str:
        """What stands in a field."""
        return next(form.values[name][-1] for form in self.forms if name in form.values)

    def section(self, heading: str) -> str:
        """The words from one heading to the next of its rank."""
        for part in re.split(r"(?=<h2\b)", self.main)[1:]:
            if words_of(part).startswith(heading):
                return words_of(part)
        return ""

    def article(self, anchor: str) -> str:
        """The words of one part of the page that has an address of its own."""
        return words_of(between(self.html, f'id="{anchor}"', "</article>"))


# ── a person at a browser ────────────────────────────────────────────────────────────────────────────────────────

Typed = Mapping[str, str | Sequence[str]]


class Visitor:
    """访客: somebody of the demonstration who has signed in by the form, with the page before their eyes."""

    def __init__(self, username: str) -> None:
        self.username = username
        self.client = Client(enforce_csrf_checks=True)
        self.page = self.open("/sign-in/")
        self.sign_in()

    def sign_in(self) -> Page:
        return self.press("登录", {"username": self.username, "password": PASSWORD})

    def open(self, address: str, **asked: str) -> Page:
        return self._seen(self.client.get(address, asked or None, follow=True))

    def press(self, button: str, typed: Typed | None = None) -> Page:
        """Fill in the form that has this button, and press it."""
        form, (name, value) = self.page.form_with(button)
        for known, wanted in (typed or {}).items():
            assert form.knows(known), f"{self.page.at}: no field {known}"
            offered = form.choices.get(known) or form.ticks.get(known)
            wanted_all = [wanted] if isinstance(wanted, str) else wanted
            assert not offered or set(wanted_all) <= set(offered), (known, wanted, offered)
        sent: dict[str, Any] = form.values | dict(typed or {}) | ({name: value} if name else {})
        came_from = {"referer": f"http://testserver{self.page.at}"}
        if form.method == "get":
            return self._seen(self.client.get(form.action, sent, headers=came_from, follow=True))
        return self._seen(self.client.post(form.action, sent, headers=came_from, follow=True))

    def press_at(self, address: str, button: str, typed: Typed | None = None) -> Page:
        """Open a page and press a button there."""
        self.open(address)
        return self.press(button, typed)

    def forge(self, address: str, typed: Typed | None = None) -> Page:
        """A request that no page of theirs makes, with a token all the same."""
        token = self.client.cookies["csrftoken"].value
        told = {"csrfmiddlewaretoken": token, **(typed or {})}
        return self._seen(self.client.post(address, told, follow=True))

    def _seen(self, answer: Any) -> Page:
        asked = answer.request
        query = f"?{asked['QUERY_STRING']}" if asked["QUERY_STRING"] else ""
        self.page = Page(answer.status_code, asked["PATH_INFO"] + query, answer.content.decode())
        return self.page

    # ── what is done on more than one page ────────────────────────────────────────────────────────────────────────

    def record(self, contract_id: str, kind: str, typed: Typed, **asked: str) -> Page:
        """Look at what a fact changes, say yes to everything that is asked, and put it on record."""
        self.open(f"/contracts/{contract_id}/facts/new/", kind=kind, **asked)
        preview = self.press("看看影响", typed)
        assert preview.status == 200, preview.words
        return self.confirm()

    def confirm(self) -> Page:
        """Say yes to everything that the preview asks, and put it on record."""
        form, _ = self.page.form_with("确认登记")
        asked = form.ticks.get("accepted", [])
        return self.press("确认登记", {"accepted": asked} if asked else {})

    def settlement(self, contract_id: str, as_of: str) -> Page:
        return self.open(f"/contracts/{contract_id}/settlement/", as_of=as_of)


def path_of(page: Page) -> str:
    return urlsplit(page.at).path


def money_of(html: str) -> Iterator[int]:
    """Every amount that stands there, in fen."""
    for fen in re.findall(r'<data class="money" value="(-?\d+)"', html):
        yield int(fen)
