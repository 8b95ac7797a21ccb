"""A token with too little scope, at every endpoint that changes something; and one from another address."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from lvyue.accounts.actions import create_token
from lvyue.api.description import describe
from lvyue.api.urls import api
from lvyue.contracts.actions import register_release
from tests.conftest import Person

pytestmark = pytest.mark.django_db

#: What each scope opens beside reading: the operations that are let through the gate, and asked for a right behind it.
OPENS = {
    "read": {"statements_what_if", "papers_ruled", "tokens_rotate", "tokens_revoke"},
    "record": {
        "facts_rehearsal",
        "facts_record",
        "facts_correct",
        "facts_withdraw",
        "facts_attach",
        "desk_channels_open_incoming",
        "desk_channels_join_incoming",
        "desk_channels_ignore_incoming",
        "desk_channels_note_fax",
        "desk_channels_take_call",
        "desk_channels_note_missed",
        "desk_channels_merge",
        "desk_channels_split",
        "desk_channels_reply",
    },
    "import": {"facts_bring", "facts_commit"},
}


def changing() -> list[tuple[str, str, str]]:
    """Every operation that changes something and takes the tokens of people: its name, its method, an address."""
    found = []
    for path, methods in describe(api)["paths"].items():
        address = re.sub(r"{[^}]*contract[^}]*}", "first", path)
        address = re.sub(r"{[^}]*}", "999999", address)
        for method, operation in methods.items():
            if method in ("post", "put", "patch", "delete") and not _its_own_door(operation):
                found.append((operation["operationId"], method.upper(), address))
    return found


def _its_own_door(operation: dict[str, Any]) -> bool:
    """What takes another secret than a token of a person: senders of alerts, and of what comes to the desk."""
    return str(operation["operationId"]).startswith(("alerts_", "desk_hooks_"))


def test_too_little_is_refused_everywhere_with_what_is_missing(person: Person) -> None:
    register_release("first", "第一份合同", "{}", "1" * 64, by="测试", demonstration=True)
    buyer, client = person("buyer", "first"), Client(raise_request_exception=False)
    secrets = {
        scopes: create_token(buyer, scopes, 30, by=buyer, scopes=[scopes]).secret
        for scopes in ("read", "record", "import", "export")
    }
    through: dict[str, set[str]] = {scope: set() for scope in secrets}

    for name, method, address in changing():
        for scope, secret in secrets.items():
            told = client.generic(method, address, headers={"Authorization": f"Bearer {secret}"})
            refused = (
                told.status_code == HTTPStatus.FORBIDDEN and "令牌没有" in told.content.decode()
            )
            if not refused:
                through[scope].add(name)
            if name in ("tokens_revoke", "tokens_rotate"):
                assert told.status_code == HTTPStatus.NOT_FOUND

    reads, records = OPENS["read"], OPENS["read"] | OPENS["record"]
    assert len(changing()) > 40
    assert through["read"] == through["export"] == reads
    assert through["record"] == records
    assert through["import"] == records | OPENS["import"]


def test_an_administrators_token_that_may_only_read_administers_nothing(person: Person) -> None:
    administrator, client = person("administrator"), Client()
    secret = create_token(administrator, "看账号", 30, by=administrator, scopes=["read"]).secret
    headers = {"Authorization": f"Bearer {secret}"}

    assert client.get("/api/v1/accounts", headers=headers).status_code == HTTPStatus.OK
    told = client.post("/api/v1/accounts", {}, "application/json", headers=headers)

    assert told.status_code == HTTPStatus.FORBIDDEN
    assert "令牌没有“办理" in told.json()["detail"]


def test_from_another_address_it_is_nobody_whatever_the_header_says(person: Person) -> None:
    """Without a proxy in front, anybody could write the header."""
    buyer, client = person("buyer", "first"), Client()
    secret = create_token(buyer, "程序", 30, by=buyer, addresses="10.0.8.15").secret
    headers = {"Authorization": f"Bearer {secret}", "X-Forwarded-For": "10.0.8.15"}

    assert client.get("/api/v1/me", headers=headers).status_code == HTTPStatus.UNAUTHORIZED
    told = client.get("/api/v1/me", headers=headers, REMOTE_ADDR="10.0.8.15")

    assert told.status_code == HTTPStatus.OK


def test_a_token_changes_itself_by_the_interface(person: Person) -> None:
    buyer, client = person("buyer", "first"), Client()
    made = create_token(buyer, "程序", 30, by=buyer, scopes=["read"])

    told = client.post(
        f"/api/v1/me/tokens/{made.token.pk}/rotation",
        headers={"Authorization": f"Bearer {made.secret}"},
    )

    assert told.status_code == HTTPStatus.CREATED
    for secret in (made.secret, told.json()["token"]):
        asked = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert asked.json()["username"] == buyer.username
