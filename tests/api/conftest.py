"""Two contracts with their logs, and somebody of every kind with a token."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings

from lvyue.accounts.actions import appoint, create_account, create_token
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.contracts.actions import register_release
from lvyue.evidence.actions import import_facts, open_log
from lvyue.library.loader import load, text_of
from lvyue.obligations.queries import forget
from tests.conftest import Person
from tests.replay import load_again

SECURITY, LEASE = "security-support-2026", "cloud-lease-2025"
HERE = f"/api/v1/contracts/{SECURITY}"


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    """Every test reckons for itself."""
    forget()
    yield
    forget()


@pytest.fixture(autouse=True)
def _files_elsewhere(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


def register_two() -> Iterator[str]:
    """Two contracts with their logs, one after the other."""
    folder = resources.files("lvyue.library") / "demonstration"
    for contract_id in (SECURITY, LEASE):
        text = text_of(contract_id)
        digest = hashlib.sha256(text.encode()).hexdigest()
        title = load(contract_id).title
        register_release(contract_id, title, text, digest, by="测试", demonstration=True)
        open_log(contract_id, by="测试")
        lines = (folder / f"{contract_id}.jsonl").read_bytes().splitlines(keepends=True)
        import_facts(contract_id, lines, by="测试", source="演示")
        yield contract_id


@pytest.fixture
def registered(db: None) -> None:  # noqa: ARG001  the register is in the database
    """Two contracts with their logs: what a test of the interface needs, and quickly there."""
    load_again(register_two)


class Caller:
    """A program with the token of one person."""

    def __init__(self, account: Account | None) -> None:
        self.account = account
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if account is not None:
            secret = create_token(account, "测试程序", 30, by=account).secret
            self.headers["Authorization"] = f"Bearer {secret}"

    def get(
        self, address: str, asked: Mapping[str, Any] | None = None, **more: str
    ) -> HttpResponse:
        headers = self.headers | {name.replace("_", "-"): one for name, one in more.items()}
        return self.client.get(address, asked or {}, headers=headers)  # type: ignore[return-value]

    def send(
        self, address: str, body: Any = None, *, method: str = "POST", key: str = ""
    ) -> HttpResponse:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.generic(  # type: ignore[return-value]
            method,
            address,
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers=headers,
        )

    def upload(self, address: str, file: Any) -> HttpResponse:
        return self.client.post(address, {"file": file}, headers=self.headers)  # type: ignore[return-value]


Calls = Callable[[str], Caller]


@pytest.fixture
def calls(person: Person) -> Calls:
    """`calls("buyer")`: the program of somebody who is just this on the security contract.

    `calls("stranger")` is the buyer's on another contract, `calls("nobody")` has no token.
    """

    @cache
    def somebody(who: str) -> Caller:
        if who == "nobody":
            return Caller(None)
        if who == "stranger":
            account = create_account("stranger", "外人", "a-long-test-password", by="测试")
            appoint(account, LEASE, ContractRole.BUYER, by="测试")
            return Caller(account)
        return Caller(person(who, SECURITY))

    return somebody


def told(answer: Any) -> Any:
    return json.loads(answer.content)
