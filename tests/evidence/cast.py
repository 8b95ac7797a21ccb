"""A contract with an empty log, and facts files as a person would write them."""

from __future__ import annotations

import json
from typing import Any

from lvyue.contracts.actions import register_release
from lvyue.evidence.actions import open_log

CONTRACT = "hall-2025"


def line(
    identity: str, kind: str = "ticket.restored", at: str = "2026-02-09", **more: Any
) -> bytes:
    """One line of a facts file with its end."""
    row = {"id": identity, "kind": kind, "at": at, **more}
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def tickets(count: int, begin: int = 0) -> list[bytes]:
    """So many tickets that were opened, one after the other."""
    return [
        line(
            f"t-{number:06}",
            "ticket.opened",
            f"2026-02-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00+08:00",
            subject=f"工单-{number}",
            data={"class": "incident"},
        )
        for number in range(begin, begin + count)
    ]


def withdrawal(identity: str, of: str) -> bytes:
    return line(identity, "fact.withdrawn", data={"fact": of, "reason": "重复登记"})


def correction(identity: str, of: str, at: str) -> bytes:
    return line(identity, "fact.corrected", data={"fact": of, "reason": "时间抄错", "at": at})


def opened(contract_id: str = CONTRACT) -> str:
    register_release(contract_id, "大厅运维", "{}", "0" * 64, by="装载程序", demonstration=True)
    open_log(contract_id, by="王工")
    return contract_id
