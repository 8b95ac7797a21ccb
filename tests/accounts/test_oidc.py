"""OpenID Connect: with a real provider on loopback, and with one that lies in every way that the standard warns of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from pytest_django import Settings

from lvyue import clock
from lvyue.accounts.actions import create_account
from lvyue.accounts.actions.identities import link_own
from lvyue.accounts.actions.providers import (
    check_provider,
    keep_provider,
    switch_provider_off,
    switch_provider_on,
)
from lvyue.accounts.choices import Newcomers
from lvyue.accounts.models import Account, Identity, IdentityProvider, Login
from lvyue.accounts.providers.known import Known
from lvyue.accounts.queries import audit_trail
from tests.accounts.conftest import BrowserOf
from tests.accounts.loopback import Asked, Told, certify, serving
from tests.conftest import Person

pytestmark = pytest.mark.django_db

SECRET = "a-client-secret"  # noqa: S105  of tests
START, BACK = "/sign-in/with/office/", "/sign-in/with/office/back/"


@pytest.fixture(autouse=True)
def _at_home(settings: Settings) -> None:
    settings.ADDRESS = "http://testserver"


@pytest.fixture
def zhao(person: Person) -> Account:
    return person("buyer", "first")


def office(issuer: str, administrator: Account, **more: Any) -> IdentityProvider:
    """The office's provider, kept and switched on."""
    given = {"issuer": issuer, "client_id": "lvyue", **more.pop("given", {})}
    made = keep_provider(
        "office", "oidc", "统一身份认证", given, by=administrator, secret=SECRET, **more
    )
    switch_provider_on(made, by=administrator, reason="接入")
    return made


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == HTTPStatus.OK


def told(client: Client, answer: Any) -> str:
    """What the page says to which somebody is led back."""
    assert answer.status_code == HTTPStatus.FOUND
    return client.get(answer["Location"]).content.decode()


# ── a real provider ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def provider() -> Iterator[str]:
    """The issuer of an OpenID Connect provider on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is built on what its own library is giving up
        import oidc_provider_mock  # noqa: PLC0415

        zhao = oidc_provider_mock.User(sub="subject-zhao", claims={"preferred_username": "z.yi"})
        with oidc_provider_mock.run_server_in_thread(
            require_nonce=True, user_claims=[zhao]
        ) as server:
            yield f"http://localhost:{server.server_port}"


def go_there(answer: Any, subject: str = "subject-zhao") -> str:
    """What a person does at the provider, and where it sends them back to, without the host."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        back = requests.post(
            answer["Location"], data={"sub": subject}, allow_redirects=False, timeout=5
        )
    parts = urlsplit(back.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}" == "http://testserver"
    return f"{parts.path}?{parts.query}"


def test_somebody_comes_in_goes_where_they_wanted_and_leaves_there_too(
    client: Client, provider: str, administrator: Account, zhao: Account
) -> None:
    made = office(provider, administrator)
    link_own(made, Known("subject-zhao"), by=zhao)
    assert "统一身份认证" in client.get("/sign-in/").content.decode()

    out = client.get(f"{START}?next=/contracts/")
    asked = parse_qs(urlsplit(out["Location"]).query)
    answer = client.get(go_there(out))

    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://testserver{BACK}"]
    assert answer["Location"] == "/contracts/"
    assert signed_in(client)
    assert Login.objects.get().how == "provider"
    assert Identity.objects.get().username == "z.yi"

    page = client.post("/sign-out/").content.decode()
    assert not signed_in(client)
    assert f'href="{provider}/oauth2/end_session?id_token_hint=' in page
    assert "post_logout_redirect_uri=http%3A%2F%2Ftestserver%2Fsign-in%2F" in page


def test_a_forged_host_changes_nothing_of_where_people_come_back_to(
    client: Client, provider: str, administrator: Account, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    office(provider, administrator)

    there = client.get(START, headers={"Host": "evil.example"})
    out = client.get(f"{START}?home=1", headers={"Host": "evil.example"})

    assert there["Location"] == f"http://testserver{START}?home=1"
    assert parse_qs(urlsplit(out["Location"]).query)["redirect_uri"] == [f"http://testserver{BACK}"]


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_nobody_is_led_out_of_the_house(
    client: Client, provider: str, administrator: Account, zhao: Account, to: str
) -> None:
    link_own(office(provider, administrator), Known("subject-zhao"), by=zhao)

    answer = client.get(go_there(client.get(START, {"next": to})))

    assert answer["Location"] == "/"


def test_what_came_back_once_is_of_no_use_again_or_elsewhere(
    client: Client, provider: str, administrator: Account, zhao: Account
) -> None:
    link_own(office(provider, administrator), Known("subject-zhao"), by=zhao)
    back = go_there(client.get(START))

    other = Client()
    assert "不是从这里开始的" in told(other, other.get(back))
    assert client.get(back).status_code == HTTPStatus.FOUND
    client.post("/sign-out/")

    assert "用过了" in told(client, client.get(back))
    assert not signed_in(client)


def test_who_takes_too_long_begins_again(
    client: Client, provider: str, administrator: Account, zhao: Account
) -> None:
    link_own(office(provider, administrator), Known("subject-zhao"), by=zhao)
    with time_machine.travel(clock.now(), tick=False) as journey:
        back = go_there(client.get(START))
        journey.shift(601)

        assert "过期了" in told(client, client.get(back))


def test_a_stranger_is_refused_or_waits_and_gets_in_once_admitted(
    client: Client, provider: str, administrator: Account, browser_of: BrowserOf
) -> None:
    made = office(provider, administrator)
    assert "还没有您的账号" in told(client, client.get(go_there(client.get(START))))
    assert not Identity.objects.exists()

    IdentityProvider.objects.filter(pk=made.pk).update(newcomers=Newcomers.WAIT)
    for _ in range(2):
        assert "等系统管理员批准" in told(client, client.get(go_there(client.get(START))))
    waiting = Identity.objects.get()
    assert audit_trail().filter(act="identity.seen").count() == 1
    page = browser_of(administrator).post(
        f"/people/providers/office/identities/{waiting.pk}/admit/",
        {"username": "zhao-yi", "name": "赵一", "organisation": ""},
    )

    assert page.status_code == HTTPStatus.FOUND
    client.get(go_there(client.get(START)))
    assert signed_in(client)
    assert not Account.objects.get(username="zhao-yi").has_usable_password()


def test_whoever_has_the_same_mail_or_name_is_not_the_same_person(
    client: Client, provider: str, administrator: Account
) -> None:
    """邮箱会换人用，对方的登录名也由人自己写: only the subject counts."""
    create_account("z.yi", "赵一", "a-long-test-password", by="测试")
    office(provider, administrator)

    assert "还没有您的账号" in told(client, client.get(go_there(client.get(START))))
    assert not signed_in(client)


def test_somebody_connects_their_own_account_and_nobody_elses(
    provider: str, administrator: Account, zhao: Account, person: Person
) -> None:
    office(provider, administrator)
    client = Client()
    client.post("/sign-in/", {"username": zhao.username, "password": "a-long-test-password"})

    back = client.get(go_there(client.get("/account/connect/office/go/")))
    assert back["Location"] == "/account/connect/office/"
    assert not Identity.objects.filter(account=zhao).exists()  # not before they confirm it
    client.post("/account/connect/office/")
    assert Identity.objects.get(account=zhao).subject == "subject-zhao"

    other = person("engineer", "first")
    thief = Client()
    thief.post("/sign-in/", {"username": other.username, "password": "a-long-test-password"})
    thief.get(go_there(thief.get("/account/connect/office/go/")))
    said = thief.post("/account/connect/office/", follow=True).content.decode()
    assert "已经连接到一个账号" in said


def test_a_provider_that_is_switched_off_is_not_there(
    client: Client, provider: str, administrator: Account, zhao: Account
) -> None:
    made = office(provider, administrator)
    link_own(made, Known("subject-zhao"), by=zhao)
    back = go_there(client.get(START))

    switch_provider_off(made, by="命令行", reason="坏了")

    assert "统一身份认证" not in client.get("/sign-in/").content.decode()
    assert client.get(START).status_code == HTTPStatus.NOT_FOUND
    assert client.get(back).status_code == HTTPStatus.NOT_FOUND


# ── one that lies ────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def key(name: str) -> Any:
    """A key of the provider, or of somebody else; made once, and only where a test asks for it."""
    if name == "curve":
        return ECKey.generate_key("P-256", {"kid": "2"})
    return RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class House:
    """A provider under our hand: ``bend`` changes what it says of somebody, ``sign`` how it signs it."""

    bend: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    sign: Callable[[dict[str, Any]], str] = lambda claims: signed("RS256", key("own"), claims)
    issuer: str = ""
    challenge: str = ""
    nonce: str = ""
    codes: list[str] = field(default_factory=lambda: ["code"])
    said: dict[str, Any] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Told:
        match asked.path:
            case "/.well-known/openid-configuration":
                return as_json(
                    {
                        "issuer": self.issuer,
                        "authorization_endpoint": f"{self.issuer}/authorize",
                        "token_endpoint": f"{self.issuer}/token",
                        "jwks_uri": f"{self.issuer}/keys",
                        **self.said,
                    }
                )
            case "/keys":
                return as_json(KeySet([key("own"), key("curve")]).as_dict(private=False))
            case "/token":
                return self.token(asked)
            case _:
                return Told(b"", status=404)

    def token(self, asked: Asked) -> Told:
        digest = hashlib.sha256(asked.one("code_verifier").encode()).digest()
        if plain(digest) != self.challenge or asked.one("code") not in self.codes:
            return Told(b'{"error": "invalid_grant"}', status=400)
        self.codes.remove(asked.one("code"))
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "subject-zhao",
            "aud": "lvyue",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "name": "赵一 😀",
        }
        id_token = self.sign(self.bend(claims))
        return as_json({"access_token": "x", "token_type": "Bearer", "id_token": id_token})


def as_json(value: Any) -> Told:
    return Told(json.dumps(value).encode())


def signed(algorithm: str, by: Any, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": algorithm, "kid": by.kid}, claims, by, algorithms=[algorithm])


def unsigned(claims: dict[str, Any]) -> str:
    return f"{written({'alg': 'none'})}.{written(claims)}."


def signed_with_what_everybody_knows(claims: dict[str, Any]) -> str:
    """The public key taken for a secret: a library that believes the header takes it for good."""
    text = f"{written({'alg': 'HS256', 'kid': '1'})}.{written(claims)}"
    known = key("own").as_pem(private=False)
    return f"{text}.{plain(hmac.digest(known, text.encode(), 'sha256'))}"


def written(part: dict[str, Any]) -> str:
    return plain(json.dumps(part).encode())


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def standing(house: House) -> Iterator[House]:
    with serving(house.answer) as address:
        house.issuer = house.issuer or address
        yield house


def come_back(client: Client, house: House, **more: str) -> Any:
    """Sign in at this house: out, and back with a code."""
    asked = parse_qs(urlsplit(client.get(START)["Location"]).query)
    house.challenge, house.nonce = asked["code_challenge"][0], asked["nonce"][0]
    return client.get(BACK, {"code": "code", "state": asked["state"][0], **more})


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_both_usual_signatures_are_believed(
    client: Client, administrator: Account, zhao: Account, algorithm: str
) -> None:
    by = key({"RS256": "own", "ES256": "curve"}[algorithm])
    with standing(House(sign=lambda claims: signed(algorithm, by, claims))) as house:
        link_own(office(house.issuer, administrator), Known("subject-zhao"), by=zhao)

        come_back(client, house)

    assert signed_in(client)
    assert Identity.objects.get().name == "赵一 😀"


LIES: dict[str, House] = {
    "wrong nonce": House(bend=lambda claims: claims | {"nonce": "another"}),
    "no nonce": House(bend=lambda claims: {k: v for k, v in claims.items() if k != "nonce"}),
    "wrong issuer": House(bend=lambda claims: claims | {"iss": "https://evil.example"}),
    "for somebody else": House(bend=lambda claims: claims | {"aud": "another"}),
    "run out": House(bend=lambda claims: claims | {"exp": claims["iat"] - 61}),
    "from the future": House(bend=lambda claims: claims | {"iat": claims["iat"] + 61}),
    "no end": House(bend=lambda claims: {k: v for k, v in claims.items() if k != "exp"}),
    "nobody": House(bend=lambda claims: claims | {"sub": ""}),
    "no text": House(bend=lambda claims: claims | {"sub": 7}),
    "control characters": House(bend=lambda claims: claims | {"sub": "subject-zhao\x00"}),
    "too long": House(bend=lambda claims: claims | {"sub": "x" * 5000}),
    "not signed": House(sign=unsigned),
    "by another key": House(sign=lambda claims: signed("RS256", key("another"), claims)),
    "by the public key as a secret": House(sign=signed_with_what_everybody_knows),
    "no token": House(sign=lambda claims: "x"),  # noqa: ARG005  whatever is claimed
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_not_right_lets_nobody_in(
    client: Client, administrator: Account, zhao: Account, lie: str
) -> None:
    with standing(LIES[lie]) as house:
        house.codes[:] = ["code"]
        link_own(office(house.issuer, administrator), Known("subject-zhao"), by=zhao)

        said = told(client, come_back(client, house))
        house.issuer = ""

    assert "统一身份认证：对方" in said
    assert not signed_in(client)


def test_clocks_may_be_a_minute_apart(
    client: Client, administrator: Account, zhao: Account
) -> None:
    late = House(
        bend=lambda claims: claims | {"exp": claims["iat"] - 55, "iat": claims["iat"] - 99}
    )
    with standing(late) as house:
        link_own(office(house.issuer, administrator), Known("subject-zhao"), by=zhao)

        come_back(client, house)

    assert signed_in(client)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"code": "stolen"}, "没有接受这次登录"),
        ({"code": ""}, "没有带回登录的凭据"),
        ({"error": "access_denied"}, "没有让您登录"),
        ({"iss": "https://evil.example"}, "不是您去的那个"),
        ({"state": "forged"}, "不是从这里开始的"),
    ],
)
def test_what_comes_back_wrong_lets_nobody_in(
    client: Client, administrator: Account, zhao: Account, more: dict[str, str], says: str
) -> None:
    with standing(House()) as house:
        link_own(office(house.issuer, administrator), Known("subject-zhao"), by=zhao)

        assert says in told(client, come_back(client, house, **more))

    assert not signed_in(client)


# ── one that is not there ────────────────────────────────────────────────────────────────────────────────────────


def test_a_provider_that_is_down_is_told_and_administrators_still_get_in(
    client: Client, administrator: Account
) -> None:
    with serving(lambda _: Told(b"")) as address:
        gone = address
    office(gone, administrator)

    said = told(client, client.get(START))

    assert "连不上" in said
    assert "仍可以在这里登录" in said
    given = {"username": administrator.username, "password": "a-long-test-password"}
    assert client.post("/sign-in/", given).status_code == HTTPStatus.FOUND


BROKEN: dict[str, tuple[Told | None, dict[str, Any], str]] = {
    "another issuer": (None, {"issuer": "https://evil.example"}, "与设置的签发者地址不一致"),
    "in the clear": (None, {"token_endpoint": "http://evil.example/token"}, "不是 https"),
    "a redirection": (Told(b"", status=302, location="http://127.0.0.1:1/"), {}, "要转到别处"),
    "no JSON": (Told(b"<html>"), {}, "读不懂"),
    "a list": (Told(b"[]"), {}, "读不懂"),
    "not found": (Told(b"", status=404), {}, "取不到（404）"),
    "without an end": (Told(b" " * 1_100_000), {}, "太长"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_check_says_what_is_wrong(administrator: Account, what: str) -> None:
    answer, said, says = BROKEN[what]
    house = House(said=said)
    with serving(lambda asked: answer or house.answer(asked)) as address:
        house.issuer = address
        steps = check_provider(office(address, administrator), by=administrator)

    assert not steps[-1].good
    assert says in steps[-1].says


def test_the_check_of_a_good_one_tells_where_people_come_back_to(administrator: Account) -> None:
    with standing(House()) as house:
        steps = check_provider(office(house.issuer, administrator), by=administrator)

    assert [one.good for one in steps] == [True, True, True]
    assert (steps[1].says, steps[2].says) == ("2 把", f"http://testserver{BACK}")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("authority", "2 把"),
        ("nothing", "证书没有通过核对"),
        ("another name", "证书没有通过核对"),
    ],
)
def test_the_certificate_is_checked(
    administrator: Account, tmp_path: Path, given: str, says: str
) -> None:
    named = certify(tmp_path, "sso.example" if given == "another name" else "127.0.0.1")
    house = House()
    with serving(house.answer, named.context) as address:
        house.issuer = address
        authority = "" if given == "nothing" else named.authority
        made = office(address, administrator, given={"authority": authority})
        steps = check_provider(made, by=administrator)

    assert says in "".join(one.says for one in steps)


def test_the_second_step_of_the_provider_counts_where_it_says_so(
    client: Client, administrator: Account
) -> None:
    """An administrator owes a second step; the provider asked for one already, or not."""
    for second, led_to in ((True, "/"), (False, "/sign-in/enrol/")):
        with standing(House()) as house:
            made = office(house.issuer, administrator, second_step=second)
            link_own(made, Known("subject-zhao"), by=administrator)
            answer = come_back(client, house)

        assert answer["Location"] == led_to
        client.post("/sign-out/")
