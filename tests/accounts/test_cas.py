"""CAS 2 and 3 with a small server that keeps to the protocol: a ticket is for one service and is good once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from django.test import Client
from pytest_django import Settings

from lvyue.accounts.actions.identities import link_own
from lvyue.accounts.actions.providers import (
    check_provider,
    house_of_cas,
    keep_provider,
    switch_provider_on,
)
from lvyue.accounts.models import Account, Identity, IdentityProvider, ProviderTicket
from lvyue.accounts.providers.cas import taken_back
from lvyue.accounts.providers.known import Known, NotRecognised, Unreachable
from tests.accounts.loopback import Asked, Told, serving
from tests.conftest import Person

pytestmark = pytest.mark.django_db

START, BACK = "/sign-in/with/cas/", "/sign-in/with/cas/back/"

SERVICE = f"http://testserver{BACK}"


@dataclass
class CasServer:
    """What a CAS server does with tickets (CAS Protocol 3.0, 2.5 and 3.1)."""

    address: str = ""
    tickets: dict[str, tuple[str, str]] = field(default_factory=dict)
    said: bytes | None = None
    _numbers: Any = field(default_factory=itertools.count)

    def sign_in(self, location: str, username: str) -> str:
        """Somebody signs in here: the path to which the browser goes back."""
        service = parse_qs(urlsplit(location).query)["service"][0]
        ticket = f"ST-{next(self._numbers)}-一".encode("ascii", "ignore").decode() + "x" * 20
        self.tickets[ticket] = (service, username)
        return f"{urlsplit(service).path}?ticket={ticket}"

    def answer(self, asked: Asked) -> Told:
        if self.said is not None:
            return Told(self.said, "text/xml")
        known = self.tickets.pop(asked.one("ticket"), None)
        if asked.path not in ("/cas/p3/serviceValidate", "/cas/serviceValidate"):
            return Told(b"", status=404)
        if known is None:
            return failure("INVALID_TICKET")
        service, username = known
        if service != asked.one("service"):
            return failure("INVALID_SERVICE")
        named = (
            "<cas:attributes><cas:cn>赵一</cas:cn></cas:attributes>" if "p3" in asked.path else ""
        )
        return xml(
            f"<cas:authenticationSuccess><cas:user>{escape(username)}</cas:user>{named}"
            "</cas:authenticationSuccess>"
        )


def failure(code: str) -> Told:
    return xml(f'<cas:authenticationFailure code="{code}">no</cas:authenticationFailure>')


def xml(inner: str) -> Told:
    text = (
        f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{inner}</cas:serviceResponse>'
    )
    return Told(text.encode(), "text/xml")


@pytest.fixture(autouse=True)
def _at_home(settings: Settings) -> None:
    settings.ADDRESS = "http://testserver"


@pytest.fixture
def server() -> Iterator[CasServer]:
    made = CasServer()
    with serving(made.answer) as address:
        made.address = f"{address}/cas"
        yield made


@pytest.fixture
def provider(server: CasServer, administrator: Account) -> IdentityProvider:
    made = keep_provider("cas", "cas", "单点登录", {"address": server.address}, by=administrator)
    switch_provider_on(made, by=administrator, reason="接入")
    return made


@pytest.fixture
def zhao(person: Person, provider: IdentityProvider) -> Account:
    found = person("buyer", "first")
    link_own(provider, Known("z.yi"), by=found)
    return found


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == HTTPStatus.OK


def test_somebody_comes_in_by_a_ticket_and_leaves_there_too(
    client: Client, server: CasServer, zhao: Account
) -> None:
    out = client.get(f"{START}?next=/contracts/")["Location"]
    answer = client.get(server.sign_in(out, "z.yi"))

    assert out.startswith(f"{server.address}/login?")
    assert answer["Location"] == "/contracts/"
    assert signed_in(client)
    assert Identity.objects.get(account=zhao).name == "赵一"
    assert f'href="{server.address}/logout"' in client.post("/sign-out/").content.decode()


@pytest.mark.usefixtures("zhao")
def test_a_ticket_is_good_once_and_only_for_who_set_out(client: Client, server: CasServer) -> None:
    back = server.sign_in(client.get(START)["Location"], "z.yi")

    planted = Client()
    planted.get(back)  # by a link that somebody else sent: never set out from here
    assert not signed_in(planted)
    client.get(back)
    assert signed_in(client)
    client.post("/sign-out/")
    client.get(START)
    said = client.get(client.get(back)["Location"]).content.decode()

    assert "不认这张票据" in said
    assert not signed_in(client)


@pytest.mark.usefixtures("zhao")
def test_a_ticket_for_another_service_lets_nobody_in(client: Client, server: CasServer) -> None:
    """Another system that somebody signs in to must not be able to sign in here as them."""
    client.get(START)
    server.tickets["ST-for-another"] = ("https://other.example/", "z.yi")

    client.get(f"{BACK}?ticket=ST-for-another")

    assert not signed_in(client)


@pytest.mark.parametrize("ticket", ["", "票", "x" * 5000, "a\nb", "😀"])
@pytest.mark.usefixtures("server")
def test_what_is_no_ticket_is_not_even_shown(provider: IdentityProvider, ticket: str) -> None:
    with pytest.raises(NotRecognised, match="票据"):
        house_of_cas(provider).finish(ticket)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>",
        b"<cas:serviceResponse/>",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "不是".encode("gb18030"),
    ],
)
def test_an_answer_that_makes_no_sense_lets_nobody_in(
    server: CasServer, provider: IdentityProvider, said: bytes
) -> None:
    server.said = said

    with pytest.raises(Unreachable, match="读不懂"):
        house_of_cas(provider).finish("ST-1")


def test_version_2_says_who_but_not_the_name(
    client: Client, server: CasServer, zhao: Account, administrator: Account
) -> None:
    given = {"address": server.address, "version": "2"}
    keep_provider("cas", "cas", "单点登录", given, by=administrator)

    client.get(server.sign_in(client.get(START)["Location"], "z.yi"))

    assert signed_in(client)
    assert Identity.objects.get(account=zhao).name == ""


def test_the_check_shows_a_ticket_that_nobody_has(
    server: CasServer, provider: IdentityProvider, administrator: Account
) -> None:
    first, second = check_provider(provider, by=administrator)
    assert (first.says, second.says) == ("认得协议，不认假票据", SERVICE)

    server.tickets["ST-lvyue-check"] = (SERVICE, "z.yi")
    (step,) = check_provider(provider, by=administrator)
    assert "接受了一张假票据" in step.says


# ── signed out there ─────────────────────────────────────────────────────────────────────────────────────────────


def logout_request(ticket: str) -> dict[str, str]:
    return {
        "logoutRequest": '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'ID="1" Version="2.0"><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">'
        f"@NOT_USED@</saml:NameID><samlp:SessionIndex>{ticket}</samlp:SessionIndex>"
        "</samlp:LogoutRequest>"
    }


@pytest.mark.usefixtures("zhao")
def test_who_signs_out_there_is_out_here(client: Client, server: CasServer) -> None:
    back = server.sign_in(client.get(START)["Location"], "z.yi")
    client.get(back)
    ticket = back.partition("ticket=")[2]
    stranger = Client(enforce_csrf_checks=True)

    stranger.post(BACK, logout_request("ST-another"))
    assert signed_in(client)
    answer = stranger.post(BACK, logout_request(ticket))

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not signed_in(client)
    assert ticket not in str(ProviderTicket.objects.values().get())


@pytest.mark.parametrize(
    "message",
    [
        "",
        "x",
        "<a/>",
        "<a>" * 9000,
        '<!DOCTYPE a [<!ENTITY b SYSTEM "https://evil.example/">]><a>&b;</a>',
        '<?xml version="1.0" encoding="utf-16"?><a/>',
    ],
)
def test_what_takes_no_ticket_back_takes_none(message: str) -> None:
    assert taken_back(message) is None
