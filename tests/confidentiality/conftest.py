"""The disclosure desk of one contract, with two files in its log and the people around it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from lvyue import clock
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.confidentiality.actions import Application
from lvyue.contracts.actions import register_release
from lvyue.evidence.actions import keep_file, open_log
from lvyue.library.loader import load, text_of
from lvyue.obligations.queries import forget
from tests.conftest import Person

SECURITY, LEASE = "security-support-2026", "cloud-lease-2025"

#: ``seat("buyer")``: somebody's seat on the security contract, or on another.
TakeSeat = Callable[..., Seat]


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture(autouse=True)
def _files_elsewhere(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


@pytest.fixture
def seat(person: Person) -> TakeSeat:
    def of(role: str, contract_id: str = SECURITY) -> Seat:
        return seat_of(person(role, contract_id), contract_id)

    return of


@dataclass(frozen=True, slots=True)
class Desk:
    """What is there to give away: two files of the contract, and the hash of one that is another contract's."""

    report: str
    sheet: str
    elsewhere: str

    def application(self, **more: object) -> Application:
        given = {
            "recipient": "某市网络安全测评中心",
            "purpose": "三级等保复测，核对上一季度的漏洞扫描结果",
            "files": (self.report,),
            "until": clock.today() + timedelta(days=10),
        }
        return Application(**given | more)  # type: ignore[arg-type]  # a test names what differs


@pytest.fixture
def desk(db: None) -> Desk:  # noqa: ARG001  the register is in the database
    for contract_id in (SECURITY, LEASE):
        body = text_of(contract_id)
        digest = hashlib.sha256(body.encode()).hexdigest()
        title = load(contract_id).title
        register_release(contract_id, title, body, digest, by="测试", demonstration=False)
        open_log(contract_id, by="测试")
    report = keep_file(SECURITY, "第三季度扫描报告.pdf", [b"%PDF-1.4 report"], by="测试")
    sheet = keep_file(SECURITY, "资产清单.xlsx", [b"PK sheet"], by="测试")
    elsewhere = keep_file(LEASE, "别家的.pdf", [b"%PDF-1.4 elsewhere"], by="测试")
    return Desk(report.sha256, sheet.sha256, elsewhere.sha256)
