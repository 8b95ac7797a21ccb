"""保持到期条目: after a contract was judged, its entries follow: what is new, what has moved and why, what is done, what has gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lvyue.obligations.choices import About, EntryState
from lvyue.obligations.entries import Entries, Entry
from lvyue.obligations.models import DueEntry, Snapshot

#: What of an entry is compared with its row, beside when it falls due.
_SAME = ("about", "clause", "says", "unit", "began", "provisional", "doubt", "leads")

_WRITTEN = (
    *("title", *_SAME, "debtor", "verdict", "state", "due", "until"),
    *("for_buyer", "for_department", "for_manager", "for_engineer"),
    *("sequence", "moves", "was", "because", "changed_at", "next_at"),
    *("release_sequence", "calendar", "size"),
)

#: What a calendar program has to notice.
_SHOWN = ("title", "clause", "says", "debtor", "state", "provisional", "until", "verdict")


def keep(snapshot: Snapshot, entries: Entries, now: datetime) -> None:
    """Inside the transaction that writes the snapshot. Rows that say the same are left as they are."""
    rows = {
        (row.term, row.occurrence): row
        for row in DueEntry.objects.filter(contract_id=snapshot.contract_id)
    }
    changed: list[DueEntry] = []
    fresh: list[DueEntry] = []
    for entry in entries.open:
        row = rows.pop((entry.term, entry.occurrence), None)
        told = _told(entry, snapshot)
        if row is None:
            basis = _basis(snapshot)
            fresh.append(
                DueEntry(
                    contract_id=snapshot.contract_id,
                    term=entry.term,
                    occurrence=entry.occurrence,
                    **told,
                    **basis,
                    created_at=now,
                    changed_at=now,
                    next_at=now,
                )
            )
        elif _differs(row, told):
            _move(row, told, snapshot, now)
            changed.append(row)
    for (term, occurrence), row in rows.items():
        state = EntryState.CANCELLED
        if (term, occurrence) in entries.settled or row.about != About.DUE:
            state = EntryState.DONE
        if row.state == EntryState.OPEN:
            row.state, row.next_at, row.changed_at = state, None, now
            row.sequence += 1
            changed.append(row)
    DueEntry.objects.bulk_create(fresh, batch_size=200)
    DueEntry.objects.bulk_update(changed, _WRITTEN, batch_size=100)


def _told(entry: Entry, snapshot: Snapshot) -> dict[str, Any]:
    roles = {role.value for role in entry.roles}
    return {
        "title": snapshot.title,
        "about": entry.about.value,
        "clause": entry.clause,
        "says": entry.says,
        "debtor": entry.debtor.value,
        "verdict": entry.verdict.value,
        "state": EntryState.OPEN.value,
        "due": entry.due,
        "until": entry.until,
        "began": entry.began,
        "unit": entry.unit.value,
        "provisional": entry.provisional,
        "doubt": entry.doubt,
        "for_buyer": "buyer" in roles,
        "for_department": "using_department" in roles,
        "for_manager": "supplier_manager" in roles,
        "for_engineer": "engineer" in roles,
        "leads": entry.leads,
    }


def _basis(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "release_sequence": snapshot.sequence,
        "calendar": snapshot.calendar,
        "size": snapshot.size,
    }


def _differs(row: DueEntry, told: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in told.items())


def _move(row: DueEntry, told: dict[str, Any], snapshot: Snapshot, now: datetime) -> None:
    """The row says what is so now; where the date is another one, also which it was and why it moved."""
    moved = row.until != told["until"]
    if moved or row.state != EntryState.OPEN or row.about != told["about"]:
        dated = row.about == told["about"] != About.DOUBT
        row.moves += 1
        row.was = row.until if moved and dated else None
        row.because = _because(row, snapshot) if row.was else ""
    if any(getattr(row, name) != told[name] for name in _SHOWN):
        row.sequence += 1
    for name, value in (told | _basis(snapshot)).items():
        setattr(row, name, value)
    row.changed_at = row.next_at = now


def _because(row: DueEntry, snapshot: Snapshot) -> str:
    """Of all that a date follows from, what is not as it was."""
    if row.release_sequence != snapshot.sequence:
        return f"合同第 {snapshot.sequence} 版生效（补充协议或更正）"
    if row.size != snapshot.size:
        first = min(row.size, snapshot.size) + 1
        which = f"第 {first} 条" if first == snapshot.size else f"第 {first} 至 {snapshot.size} 条"
        return f"日志登记了新的事实（{which}）"
    if row.calendar != snapshot.calendar:
        return "放假通知有变，日历已更新"
    return "时间推移：下一次已经开始"
