"""Passkeys: both ceremonies with a device made of software, and every way in which an answer does not fit."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from http import HTTPStatus
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from pytest_django import Settings
from webauthn.helpers import bytes_to_base64url

from lvyue.accounts.actions import passkeys
from lvyue.accounts.actions.passkeys import Site
from lvyue.accounts.models import Account, Passkey
from lvyue.accounts.queries import audit_trail, factors_of
from lvyue.core.doubts import Refused
from tests.conftest import Person

HERE = Site("lvyue.example", "https://lvyue.example")

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


class Device:
    """设备: what a telephone does when a browser asks it, in forty lines."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def _said(self, site: str, flags: int) -> bytes:
        self.count += 1
        name = hashlib.sha256(site.encode()).digest()
        return name + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, bytes]) -> str:
        return json.dumps(
            {
                "id": bytes_to_base64url(self.id),
                "rawId": bytes_to_base64url(self.id),
                "type": "public-key",
                "response": {name: bytes_to_base64url(one) for name, one in response.items()},
                "clientExtensionResults": {},
            }
        )

    def create(self, asked: Any, site: Site = HERE, flags: int = PRESENT | VERIFIED) -> str:
        numbers = self.key.public_key().public_numbers()
        public = {
            1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big"),
        }  # fmt: skip
        data = self._said(site.name, flags | NEW_KEY) + bytes(16)
        data += struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(public)
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", asked["challenge"], site.origin),
                "attestationObject": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}),
            }
        )

    def get(self, asked: Any, site: Site = HERE, flags: int = PRESENT | VERIFIED) -> str:
        client = self._client("webauthn.get", asked["challenge"], site.origin)
        data = self._said(site.name, flags)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {"clientDataJSON": client, "authenticatorData": data, "signature": signed}
        )


def added(account: Account, device: Device, name: str = "办公电脑") -> tuple[str, ...]:
    asked = passkeys.begin_adding(account, HERE)
    answer = device.create(json.loads(asked.options))
    return passkeys.add(account, name, answer, asked.challenge, HERE, by=account)


def proves(account: Account, device: Device, **how: Any) -> bool:
    asked = passkeys.begin_proving(account, HERE)
    answer = device.get(json.loads(asked.options), **how)
    return passkeys.proves(account, answer, asked.challenge, HERE)


def test_a_device_is_added_and_proves_who_holds_it(person: Person) -> None:
    buyer, device = person("buyer", "first"), Device()

    codes = added(buyer, device)

    assert len(codes) == 10
    assert proves(buyer, device)
    key = Passkey.objects.get()
    assert (key.name, key.sign_count) == ("办公电脑", 2)
    assert audit_trail().get(act="second_factor.added").after == {
        "factor": "通行密钥",
        "name": "办公电脑",
    }


def test_several_devices_under_names_and_the_codes_come_once(person: Person) -> None:
    buyer, phone = person("buyer", "first"), Device()
    added(buyer, Device())

    assert added(buyer, phone, "我的手机 😀") == ()

    assert [one.name for one in factors_of(buyer).passkeys] == ["办公电脑", "我的手机 😀"]
    assert proves(buyer, phone)


def test_a_device_of_somebody_else_proves_nothing(person: Person) -> None:
    buyer, engineer, device = person("buyer", "first"), person("engineer", "first"), Device()
    added(buyer, device)
    added(engineer, Device())

    assert not proves(engineer, device)
    with pytest.raises(Refused, match="没有收到有效的通行密钥"):
        added(engineer, device)  # one device is one person's


@pytest.mark.parametrize(
    "how",
    [
        {"flags": PRESENT},  # nobody was recognised: a stolen telephone
        {"site": Site("lvyue.example", "https://elsewhere.example")},
        {"site": Site("elsewhere.example", "https://lvyue.example")},
    ],
    ids=["unverified", "forged-origin", "forged-host"],
)
def test_an_answer_from_elsewhere_is_not_taken(person: Person, how: dict[str, Any]) -> None:
    buyer, device = person("buyer", "first"), Device()
    added(buyer, device)

    assert not proves(buyer, device, **how)
    asked = passkeys.begin_adding(buyer, HERE)
    answer = Device().create(json.loads(asked.options), **how)
    with pytest.raises(Refused, match="没有收到有效的通行密钥"):
        passkeys.add(buyer, "新设备", answer, asked.challenge, HERE, by=buyer)


def test_a_copied_device_is_found_by_its_count(person: Person) -> None:
    buyer, device = person("buyer", "first"), Device()
    added(buyer, device)
    assert proves(buyer, device)
    device.count -= 2

    assert not proves(buyer, device)


def test_an_old_answer_to_another_question_is_not_taken(person: Person) -> None:
    buyer, device = person("buyer", "first"), Device()
    added(buyer, device)
    answer = device.get(json.loads(passkeys.begin_proving(buyer, HERE).options))

    asked = passkeys.begin_proving(buyer, HERE)
    assert not passkeys.proves(buyer, answer, asked.challenge, HERE)


@pytest.mark.parametrize("answer", ["", "[]", "{}", "null", "😀", '{"id": 1}', "{" * 5000])
def test_what_is_no_answer_is_refused_and_nothing_breaks(person: Person, answer: str) -> None:
    buyer = person("buyer", "first")
    added(buyer, Device())
    asked = passkeys.begin_proving(buyer, HERE)

    assert not passkeys.proves(buyer, answer, asked.challenge, HERE)
    with pytest.raises(Refused):
        passkeys.add(buyer, "新设备", answer, asked.challenge, HERE, by=buyer)
    with pytest.raises(Refused):
        passkeys.add(buyer, "新设备", Device().create({"challenge": ""}), "", HERE, by=buyer)


# ── through the pages ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_second_step_asks_once_and_takes_one_answer_once(
    person: Person, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["lvyue.example"]
    buyer, device = person("buyer", "first"), Device()
    added(buyer, device)
    client = Client(headers={"host": "lvyue.example"})
    site = Site("lvyue.example", "http://lvyue.example")

    def password() -> None:
        client.post("/sign-in/", {"username": "buyer-1", "password": "a-long-test-password"})

    password()
    asked = client.post("/sign-in/passkey/").json()
    assert asked["rpId"] == "lvyue.example"
    assert asked["userVerification"] == "required"
    answer = device.get(asked, site=site)
    assert (
        client.post("/sign-in/second-step/", {"secret_answer": answer}).headers["Location"] == "/"
    )
    assert client.get("/account/").status_code == HTTPStatus.OK

    client.post("/sign-out/")
    password()
    again = client.post("/sign-in/second-step/", {"secret_answer": answer})
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.get("/account/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        (["lvyue.example"], "elsewhere.example", HTTPStatus.BAD_REQUEST),
        (["*"], "elsewhere.example", HTTPStatus.CONFLICT),
        (["10.0.0.7"], "10.0.0.7", HTTPStatus.CONFLICT),
        (["[::1]"], "[::1]", HTTPStatus.CONFLICT),
    ],
    ids=["forged", "everything-allowed", "address", "address-6"],
)
def test_no_key_is_made_for_a_name_that_is_not_ours(
    person: Person, settings: Settings, allowed: list[str], host: str, status: HTTPStatus
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    administrator = person("administrator")
    client.post(
        "/sign-in/", {"username": administrator.username, "password": "a-long-test-password"}
    )
    settings.ALLOWED_HOSTS = allowed

    answer = client.post("/sign-in/passkey/", headers={"host": host})

    assert answer.status_code == status
    assert b"challenge" not in answer.content


def test_a_forged_number_removes_nobodys_key(person: Person) -> None:
    buyer, engineer = person("buyer", "first"), person("engineer", "first")
    added(engineer, Device())
    client = Client()
    client.post("/sign-in/", {"username": buyer.username, "password": "a-long-test-password"})

    number = Passkey.objects.get().pk
    answer = client.post(f"/account/security/passkeys/{number}/remove/")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert factors_of(engineer)
