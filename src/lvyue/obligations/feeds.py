"""日历订阅的内容: due dates as a calendar file (RFC 5545), the same bytes for the same rows. No personal data stands in it.

A date keeps its identity for ever: when it moves the sequence grows, when it has gone it is cancelled and does not just
vanish, and while a notice still to come may move it it is tentative.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard

from lvyue.accounts.queries import Account, contracts_of
from lvyue.core.calendar import SHANGHAI
from lvyue.core.obligation import DAY, Verdict
from lvyue.core.terms import Party
from lvyue.obligations.agenda import Clock
from lvyue.obligations.choices import About, EntryState
from lvyue.obligations.queries import due_entries
from lvyue.obligations.wording import cite

MEDIA = "text/calendar; charset=utf-8"

#: A calendar shows so many days back and ahead, and so many entries at most, the nearest first.
BACK, AHEAD, MOST = timedelta(days=92), timedelta(days=731), 3000

#: A calendar program is asked to look again after so long.
_AGAIN = timedelta(hours=1)

#: What began an hour clock is drawn with so much length, so that the moment can be seen.
_LENGTH = timedelta(minutes=15)

_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class File:
    """日历文件: its bytes, and the hash by which a program asks whether they are still so."""

    data: bytes
    etag: str


def calendar_of(
    account: Account, now: datetime, *, contract_id: str = "", alarm: int | None = None
) -> File | None:
    """The due dates that a person may see now, of one contract or of all; None where they may not see that contract."""
    ids = contracts_of(account)
    if contract_id:
        if contract_id not in ids:
            return None
        ids = (contract_id,)
    rows = due_entries().filter(
        contract_id__in=ids,
        about__in=(About.DUE, About.RENEWAL),
        until__gte=now - BACK,
        until__lte=now + AHEAD,
    )
    found = [*rows[:MOST]]
    named = found[0].title if contract_id and found else "履约到期"
    return drawn(found, named, alarm)


def drawn(rows: Iterable[Any], named: str, alarm: int | None = None) -> File:
    """The rows as a calendar. Nothing in it says when it was asked for, so that the same rows are the same bytes."""
    made = Calendar()
    made.add("prodid", "-//Lvyue//due dates//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", named)
    made.add("x-wr-timezone", _ZONE)
    made.add("refresh-interval", _AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    made.add_component(_zone())
    for row in rows:
        made.add_component(_event(row, alarm))
    data: bytes = made.to_ical()
    return File(data, hashlib.sha256(data).hexdigest())


def _zone() -> Timezone:
    """Shanghai has kept one clock since 1991."""
    zone = Timezone()
    zone.add("tzid", _ZONE)
    standard = TimezoneStandard()
    standard.add("tzname", "CST")
    standard.add("dtstart", datetime(1991, 9, 15, 1))  # noqa: DTZ001  a zone is described without one
    standard.add("tzoffsetfrom", timedelta(hours=9))
    standard.add("tzoffsetto", timedelta(hours=8))
    zone.add_component(standard)
    return zone


def _event(row: Any, alarm: int | None) -> Event:
    event = Event()
    event.add("uid", f"{_name(row)}@lvyue")
    event.add("sequence", row.sequence)
    event.add("dtstamp", row.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", row.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("created", row.created_at.astimezone(UTC).replace(microsecond=0))
    for name, at in _when(row):
        event.add(name, at)
    event.add("summary", _summary(row))
    event.add("description", _description(row))
    event.add("status", _status(row))
    event.add("categories", _categories(row))
    event.add("transp", "TRANSPARENT")
    if alarm is not None and row.state == EntryState.OPEN:
        event.add_component(_alarm(row, alarm))
    return event


def _name(row: Any) -> str:
    """Of contract, term and occurrence alone: a row that is made anew is the same event."""
    names = f"{row.contract_id}\n{row.term}\n{row.occurrence}"
    return hashlib.sha256(names.encode()).hexdigest()[:32]


def _when(row: Any) -> Sequence[tuple[str, date | datetime]]:
    """A day is a day without a clock; a moment stands in Shanghai's time."""
    if row.unit == Clock.HOURS:
        until = row.until.astimezone(SHANGHAI)
        return (
            ("dtstart", _local(until - _LENGTH)),
            ("dtend", _local(until)),
        )
    return ("dtstart", row.due), ("dtend", row.due + DAY)


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(_ZONE)).replace(microsecond=0)


def _summary(row: Any) -> str:
    marks = {EntryState.DONE: "✓ ", EntryState.CANCELLED: "已取消 "}
    mark = marks.get(row.state, "暂定 " if row.provisional else "")
    says = "合同期满，须另签" if row.about == About.RENEWAL else row.says
    return f"{mark}{says}（{row.title}）"


def _description(row: Any) -> str:
    lines = [row.says, f"合同：{row.title}（{row.contract_id}）"]
    if row.clause:
        lines.append(f"条款：{cite(row.clause)}")
    if row.occurrence and row.about == About.DUE:
        lines.append(f"哪一次：{row.occurrence}")
    lines.append(f"该谁办：{Party(row.debtor).zh}")
    if row.was is not None and row.state == EntryState.OPEN:
        lines.append(f"原定 {row.was.astimezone(SHANGHAI):%Y-%m-%d}，因为{row.because}改期。")
    if row.provisional:
        lines.append("暂定：放假通知尚未发布，或所据日期待确认。")
    if row.verdict == Verdict.SUSPENDED:
        lines.append("时限已中止，恢复之后另行计算。")
    return "\n".join(lines)


def _status(row: Any) -> str:
    if row.state == EntryState.CANCELLED:
        return "CANCELLED"
    if row.state == EntryState.OPEN and (row.provisional or row.verdict == Verdict.SUSPENDED):
        return "TENTATIVE"
    return "CONFIRMED"


def _categories(row: Any) -> list[str]:
    found = ["履约", f"该{Party(row.debtor).zh}办", EntryState(row.state).label]
    return [*found, "暂定"] if row.provisional else found


def _alarm(row: Any, minutes: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _summary(row))
    alarm.add("trigger", -timedelta(minutes=minutes))
    return alarm
