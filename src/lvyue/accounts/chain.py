"""留痕链: each entry is sealed by a digest over itself and the digest before it. Pure: no database, no clock.

The digest is SHA-256 over the canonical JSON (RFC 8259, UTF-8, keys in order, no blanks) of the record below without
``digest``. Whoever has the lines of an export and one digest that was written down elsewhere can tell whether any entry
was changed, left out, put in or renumbered; docs/audit.md shows the program that does it in thirty lines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: What stands before the first entry.
NOTHING = "0" * 64

#: The form of the record; another form will be another number.
FORM = 1

#: The fields of an entry that the digest covers, beside its number, its place and the digest before it.
FIELDS = (
    *("who", "name", "roles", "contract_id", "act", "about", "before", "after", "reason"),
    *("address", "request_id", "via"),
)


def record_of(sequence: int, previous: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry as it is sealed. ``entry`` is a row by its column names."""
    at: datetime = entry["at"]
    return {
        "form": FORM,
        "sequence": sequence,
        "previous": previous,
        "entry": entry["id"],
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        **{name: entry[name] for name in FIELDS},
    }


def digest_of(record: Mapping[str, Any]) -> str:
    body = {name: value for name, value in record.items() if name != "digest"}
    text = json.dumps(
        body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """断点: the first place at which a chain does not hold, and what is wrong there."""

    sequence: int
    entry: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Checked:
    """核对结果 of the lines of an export."""

    entries: int
    first: int
    last: int
    #: Places of the chain that the lines leave out, because they were filtered.
    gaps: int
    head: str
    broken: Break | None

    @property
    def whole(self) -> bool:
        """Whether nothing is missing from the first entry on."""
        return self.broken is None and self.gaps == 0 and self.first == 1


def check(records: Iterable[Mapping[str, Any]]) -> Checked:
    """Check sealed records, in the order of the chain; the first break ends it."""
    entries = gaps = first = last = 0
    head = NOTHING
    for record in records:
        sequence, entry = record.get("sequence"), record.get("entry")
        if not isinstance(sequence, int) or not isinstance(entry, int):
            broken = Break(last + 1, None, "这一行不是留痕的记录。")
            return Checked(entries, first, last, gaps, head, broken)
        says = _wrong(record, sequence, last, head)
        if says:
            return Checked(entries, first, last, gaps, head, Break(sequence, entry, says))
        if sequence != last + 1:
            gaps += 1
        entries, first, last = entries + 1, first or sequence, sequence
        head = record["digest"]
    return Checked(entries, first, last, gaps, head, None)


def _wrong(record: Mapping[str, Any], sequence: int, last: int, head: str) -> str:
    if sequence <= last:
        return f"次序不对：在第 {last} 条之后又出现第 {sequence} 条。"
    if sequence == last + 1 and record.get("previous") != head:
        return "它所接的上一条散列，不是上一条的散列：上一条或这一条被换过。"
    if record.get("digest") != digest_of(record):
        return "内容与散列不符：这一条被改过。"
    return ""
