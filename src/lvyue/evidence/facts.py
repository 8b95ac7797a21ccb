"""The only bridge from rows of the log to facts of the core."""

from __future__ import annotations

from lvyue.core.doubts import Refused
from lvyue.core.facts import Fact, read_line


def fact_of(contract_id: str, index: int, raw: bytes) -> Fact:
    """The fact that an entry holds. One that was imported once and can no longer be read is refused."""
    read = read_line(raw, index, f"合同 {contract_id} 的履约日志 序号 {index}")
    if not isinstance(read, Fact):
        raise Refused(read)
    return read
