"""The second step behind OIDC, LDAP and CAS: whoever must take it is nobody until then, whichever house vouched for them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pyotp
import pytest
import time_machine
from django.test import Client
from django.urls import URLResolver, get_resolver
from pytest_django import Settings

from lvyue import clock
from lvyue.accounts.actions import set_password
from lvyue.accounts.actions.identities import link_own
from lvyue.accounts.actions.providers import keep_provider, switch_provider_on
from lvyue.accounts.actions.second_factor import require_of
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account, Login, RecoveryCode
from lvyue.accounts.providers.known import Known
from lvyue.accounts.queries import FAILURES_OF_BOTH, audit_trail, factors_of
from tests.accounts import test_cas, test_ldap, test_oidc
from tests.accounts.directory import PASSWORD, Directory, directory
from tests.accounts.loopback import serving
from tests.accounts.test_second_factor import enrolled, next_code
from tests.conftest import Person

pytestmark = pytest.mark.django_db

#: ``come(client)``: what the browser is told after somebody showed the house who they are.
Come = Callable[..., Any]

#: ``house(account)``: a real server that vouches for this person, and how one comes through it.
House = Callable[[Account], Come]


@pytest.fixture(autouse=True)
def _at_home(settings: Settings) -> None:
    settings.ADDRESS = "http://testserver"


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("slapd")) as found:
        yield found


@contextmanager
def oidc(administrator: Account) -> Iterator[House]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is built on what its own library is giving up
        import oidc_provider_mock  # noqa: PLC0415

        zhao = oidc_provider_mock.User(sub="subject-zhao")
        with oidc_provider_mock.run_server_in_thread(
            require_nonce=True, user_claims=[zhao]
        ) as server:
            made = test_oidc.office(f"http://localhost:{server.server_port}", administrator)

            def house(account: Account) -> Come:
                link_own(made, Known("subject-zhao"), by=account)
                return lambda client, to="/contracts/": client.get(
                    test_oidc.go_there(client.get(f"{test_oidc.START}?next={to}"))
                )

            yield house


@contextmanager
def cas(administrator: Account) -> Iterator[House]:
    server = test_cas.CasServer()
    with serving(server.answer) as address:
        server.address = f"{address}/cas"
        given = {"address": server.address}
        made = keep_provider("cas", "cas", "单点登录", given, by=administrator)
        switch_provider_on(made, by=administrator, reason="接入")

        def house(account: Account) -> Come:
            link_own(made, Known("z.yi"), by=account)
            return lambda client, to="/contracts/": client.get(
                server.sign_in(client.get(f"{test_cas.START}?next={to}")["Location"], "z.yi")
            )

        yield house


@contextmanager
def ldap(administrator: Account, slapd: Directory) -> Iterator[House]:
    made = keep_provider(
        *("directory", "ldap", "单位目录", test_ldap.given(slapd)),
        by=administrator,
        secret=test_ldap.SEARCH,
    )
    switch_provider_on(made, by=administrator, reason="接入")

    def house(account: Account) -> Come:
        link_own(made, Known(test_ldap.subject(slapd, "zhao")), by=account)
        return lambda client, to="/contracts/": client.post(
            test_ldap.START, {"username": "zhao", "password": PASSWORD, "next": to}
        )

    yield house


@pytest.fixture(params=["oidc", "cas", "ldap"])
def house(request: pytest.FixtureRequest, administrator: Account) -> Iterator[House]:
    match request.param:
        case "oidc":
            standing = oidc(administrator)
        case "cas":
            standing = cas(administrator)
        case _:
            standing = ldap(administrator, request.getfixturevalue("slapd"))
    with standing as made:
        yield made


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == HTTPStatus.OK


# ── nobody before it ─────────────────────────────────────────────────────────────────────────────────────────────


def plain_pages() -> list[str]:
    """Every page and every operation whose address needs nothing filled in."""

    def under(resolver: URLResolver, before: str) -> Iterator[str]:
        for one in resolver.url_patterns:
            path = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from under(one, path)
            elif "<" not in path and "(" not in path:
                yield f"/{path}"

    return sorted(set(under(get_resolver(), "")))


def strangers_view(client: Client, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.headers.get("Location", "")


def test_an_administrator_reaches_no_page_before_the_second_step(
    client: Client, house: House, administrator: Account
) -> None:
    """Every page and operation answers as it answers somebody whom nobody knows, stage by stage."""
    come = house(administrator)
    pages = [one for one in plain_pages() if not one.startswith("/sign-in/")]
    assert len(pages) > 50
    nobody = {path: strangers_view(Client(), path) for path in pages}

    assert come(client)["Location"] == "/sign-in/enrol/"
    assert {path: strangers_view(client, path) for path in pages} == nobody
    enrolled(administrator)
    assert come(client)["Location"] == "/sign-in/second-step/"
    assert {path: strangers_view(client, path) for path in pages} == nobody

    assert strangers_view(Client(), "/people/")[0] == HTTPStatus.FOUND
    assert not audit_trail().filter(act="signed_in").exists()
    assert not Login.objects.exists()


@pytest.mark.parametrize("at", ["enrol", "second-step"])
def test_no_other_stage_is_a_way_round(
    client: Client, house: House, administrator: Account, at: str
) -> None:
    come = house(administrator)
    if at == "second-step":
        enrolled(administrator)
    come(client)
    other = {"enrol": "second-step", "second-step": "enrol"}[at]

    for path in (other, "password"):
        answer = client.post(f"/sign-in/{path}/", {"secret_code": "000000", "password": "x"})
        assert answer["Location"] == f"/sign-in/{at}/"

    assert not is_in(client)
    assert bool(factors_of(administrator)) is (at == "second-step")


# ── through it ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_has_none_yet_adds_one_and_is_shown_codes(
    client: Client, house: House, administrator: Account
) -> None:
    assert house(administrator)(client)["Location"] == "/sign-in/enrol/"
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", client.get("/sign-in/enrol/").content.decode())
    assert found is not None
    app = pyotp.TOTP(found[1].replace(" ", ""))

    wrong = client.post("/sign-in/enrol/", {"secret_code": "000000"})
    before = is_in(client)
    right = client.post("/sign-in/enrol/", {"secret_code": app.at(clock.now())})

    assert (wrong.status_code, before) == (HTTPStatus.UNPROCESSABLE_ENTITY, False)
    assert right.status_code == HTTPStatus.CREATED
    assert len(re.findall(r"<code>(\w{4}-){3}\w{4}</code>", right.content.decode())) == 10
    assert 'href="/contracts/"' in right.content.decode()
    assert is_in(client)
    assert Login.objects.get().how == "provider_totp"


def test_the_app_lets_in_and_leads_to_where_one_wanted(
    client: Client, house: House, administrator: Account
) -> None:
    app, _ = enrolled(administrator)
    house(administrator)(client)

    wrong = client.post("/sign-in/second-step/", {"secret_code": "000000"})
    right = client.post("/sign-in/second-step/", {"secret_code": next_code(app)})

    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert right["Location"] == "/contracts/"
    assert is_in(client)
    entry = audit_trail().get(act="signed_in")
    assert entry.after is not None
    assert entry.after["way"] == "统一身份认证加动态验证码"


def test_a_recovery_code_lets_in_once(client: Client, house: House, administrator: Account) -> None:
    _, codes = enrolled(administrator)
    come, other = house(administrator), Client()
    come(client)
    come(other)

    first = client.post("/sign-in/second-step/", {"secret_code": codes[3]})
    again = other.post("/sign-in/second-step/", {"secret_code": codes[3]})

    assert first["Location"] == "/contracts/"
    assert Login.objects.get().how == "provider_recovery"
    assert audit_trail().get(act="recovery_code.used").after == {"left": 9}
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not is_in(other)


def test_what_the_house_said_is_good_for_ten_minutes(
    client: Client, house: House, administrator: Account
) -> None:
    with time_machine.travel(clock.now()) as journey:
        app, _ = enrolled(administrator)
        house(administrator)(client)
        journey.shift(timedelta(minutes=11))

        answer = client.post("/sign-in/second-step/", {"secret_code": next_code(app, 0)})

        assert answer["Location"] == "/sign-in/"
        assert not is_in(client)


def test_coming_through_the_house_again_opens_no_door_that_wrong_codes_closed(
    client: Client, house: House, administrator: Account
) -> None:
    app, codes = enrolled(administrator)
    come = house(administrator)
    come(client)
    for _ in range(FAILURES_OF_BOTH):
        client.post("/sign-in/second-step/", {"secret_code": "000000"})

    come(client)
    for code in (next_code(app), codes[0]):
        answer = client.post("/sign-in/second-step/", {"secret_code": code})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY

    assert not is_in(client)
    assert RecoveryCode.objects.filter(account=administrator, used_at=None).count() == 10


# ── who else ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_for_a_role_holds_behind_a_house_as_well(
    client: Client, house: House, person: Person, administrator: Account
) -> None:
    buyer = person("buyer", "first")
    come = house(buyer)
    assert come(client)["Location"] == "/contracts/"
    client.post("/sign-out/")

    require_of([ContractRole.BUYER], by=administrator)

    assert come(client)["Location"] == "/sign-in/enrol/"
    assert not is_in(client)


def test_a_password_that_somebody_else_set_is_not_asked_for_where_none_was_shown(
    client: Client, house: House, person: Person, administrator: Account
) -> None:
    buyer = person("buyer", "first")
    set_password(buyer, "a-password-of-another", by=administrator)
    come = house(buyer)
    app, _ = enrolled(buyer)
    come(client)

    answer = client.post("/sign-in/second-step/", {"secret_code": next_code(app)})

    assert answer["Location"] == "/contracts/"
    assert is_in(client)


def test_who_was_switched_off_between_the_steps_is_out(
    client: Client, house: House, administrator: Account
) -> None:
    app, _ = enrolled(administrator)
    house(administrator)(client)
    Account.objects.filter(pk=administrator.pk).update(is_active=False)

    answer = client.post("/sign-in/second-step/", {"secret_code": next_code(app)})

    assert answer["Location"] == "/sign-in/"
    assert not is_in(client)
