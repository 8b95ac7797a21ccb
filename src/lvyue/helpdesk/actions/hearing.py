"""听程序说: what vendors and programs post to a channel is proved, kept once, and then goes the way of everything that comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import transaction

from lvyue.accounts.sealing import unseal
from lvyue.core.calendar import moment_of
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import parse_at
from lvyue.helpdesk.actions.calling import note_missed_call
from lvyue.helpdesk.actions.taking import Arrival, take_in
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import DeskChannel, Incoming
from lvyue.helpdesk.roads import people_of
from lvyue.helpdesk.samples import SAMPLE, TRIAL
from lvyue.helpdesk.vendors import (
    GOOD_FOR,
    Challenge,
    Lock,
    Posted,
    Proved,
    Said,
    Unproved,
    ding,
    feishu,
    generic,
    read_object,
    signed,
    sms,
    wechat,
)

_READERS: Mapping[DeskKind, Callable[[Posted, Lock], Proved]] = MappingProxyType(
    {
        DeskKind.WEBHOOK: generic,
        DeskKind.FAX: generic,
        DeskKind.SMS: sms,
        DeskKind.WECHAT: wechat,
        DeskKind.DINGTALK: ding,
        DeskKind.FEISHU: feishu,
    }
)

#: Kinds to which a program may post.
HEARD = (*_READERS, DeskKind.PHONE)


class Replayed(Exception):
    """重放: a signature that has been used once. Whoever sends again signs again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """收到: what became of it; ``again`` where the very same was here before, ``state`` "trial" where it was only tried."""

    id: int | None = None
    state: str = ""
    ticket: str = ""
    again: bool = False


def hear(channel: DeskChannel, posted: Posted) -> Heard | Challenge:
    """收程序来件. Raises ``Unproved`` where the proof does not hold, ``Replayed``, and ``Refused`` for what cannot be read.

    What comes with the header of a trial is proved and read like everything else, and nothing becomes of it: no ticket, no
    call, nothing kept but the moment at which the way was tried.
    """
    lock = _lock(channel)
    if channel.kind == DeskKind.PHONE:
        return _missed(channel, posted, lock)
    proved = _READERS[DeskKind(channel.kind)](posted, lock)
    if isinstance(proved.said, Challenge):
        return proved.said
    with transaction.atomic():
        _use_once(channel, proved.token, posted.now)
        if is_trial(posted) or _is_sample(proved.said):
            return _tried(channel, posted.now)
        if proved.said is None:
            return Heard()
        row = take_in(channel, _arrival(channel, proved.said, posted))
        return _told(row)


def _lock(channel: DeskChannel) -> Lock:
    secret = unseal(channel.secret)
    if not secret:
        raise Unproved
    return Lock(channel.settings, secret)


def is_trial(posted: Posted) -> bool:
    """Whether whoever posted it only tries the way."""
    return posted.headers.get(TRIAL.lower(), "") not in ("", "0")


def _is_sample(said: object) -> bool:
    """Whether it bears the number of a sample: what the trial page shows, signed as it is, is never a matter of its own."""
    return isinstance(said, Said) and said.outer_id.startswith(SAMPLE)


def read_trial(channel: DeskChannel, posted: Posted) -> tuple[tuple[str, str], ...]:
    """What is read of something posted, in words; nothing is used and nothing written. Raises as ``hear`` does."""
    lock = _lock(channel)
    if channel.kind == DeskKind.PHONE:
        signed(posted, lock)
        call = _missed_of(posted)
        return ("编号", call.number), ("来电号码", call.caller), ("振铃", _shown(call.began))
    said = _READERS[DeskKind(channel.kind)](posted, lock).said
    if not isinstance(said, Said):
        return ()
    named = (
        *(("编号", said.outer_id), ("谁", said.name or said.user), ("号码或地址", said.address)),
        *(("标题", said.subject), ("内容", said.text), ("时间", _shown(said.at))),
    )
    return tuple((name, text) for name, text in named if text)


def _shown(at: datetime) -> str:
    return f"{moment_of(at):%Y-%m-%d %H:%M:%S}"


def _tried(channel: DeskChannel, now: datetime) -> Heard:
    DeskChannel.objects.filter(pk=channel.pk).update(checked_at=now, down_since=None, says="")
    return Heard(state="trial")


def _told(row: Incoming | None) -> Heard:
    if row is None:
        return Heard(again=True)
    return Heard(row.pk, row.state, row.ticket.name if row.ticket is not None else "")


def _use_once(channel: DeskChannel, token: str, now: datetime) -> None:
    """One signature serves once: those of the last minutes are remembered, older ones prove nothing any more."""
    if not token:
        return
    row = DeskChannel.objects.select_for_update().get(pk=channel.pk)
    since = (now - 2 * GOOD_FOR).timestamp()
    used = {one: at for one, at in row.progress.get("used", {}).items() if at > since}
    if token in used:
        raise Replayed
    used[token] = now.timestamp()
    row.progress = {**row.progress, "used": used}
    row.save(update_fields=["progress"])


def _arrival(channel: DeskChannel, said: Said, posted: Posted) -> Arrival:
    people = people_of(channel.settings) or {}
    whom = said.name or said.user or said.address
    sender = f"{whom}（{said.user}）" if said.user and said.user != whom else whom
    return Arrival(
        said.outer_id,
        sender,
        said.address or said.user,
        said.subject or said.text[:60],
        said.text,
        said.at,
        thread=said.thread,
        person=people.get(said.user, ""),
        files=said.files,
        raw=posted.body if said.files else b"",
        raw_name="来件.json",
    )


def _missed(channel: DeskChannel, posted: Posted, lock: Lock) -> Heard:
    """A telephone exchange tells of a call that nobody took."""
    token = signed(posted, lock)
    call = _missed_of(posted)
    with transaction.atomic():
        _use_once(channel, token, posted.now)
        if is_trial(posted) or call.number.startswith(SAMPLE):
            return _tried(channel, posted.now)
        row = note_missed_call(
            channel.contract_id,
            number=call.caller,
            began_at=call.began,
            ended_at=call.ended,
            channel=channel.pk,
            outer_id=call.number,
            test=call.test,
            by=channel,
        )
    return Heard(row.pk, "missed")


class _MissedCall(NamedTuple):
    number: str
    caller: str
    began: datetime
    ended: datetime | None
    test: bool


def _missed_of(posted: Posted) -> _MissedCall:
    told: dict[str, Any] = read_object(posted.body)
    began, ended = (_moment(told, name) for name in ("began_at", "ended_at"))
    number = str(told.get("id") or "")[:200]
    if began is None or not number:
        says = "没有写 id 或 began_at。"
        raise Refused([malformed("请求体", says, "请写每次呼叫的编号和振铃时间。")])
    caller = str(told.get("number") or "")[:40]
    return _MissedCall(number, caller, began, ended, told.get("test") is True)


def _moment(told: Mapping[str, Any], name: str) -> datetime | None:
    if told.get(name) is None:
        return None
    at = parse_at(told[name])
    if not isinstance(at, datetime):
        says = at if isinstance(at, str) else "只有日期。"
        raise Refused([malformed(name, says, "请写带时区的时刻。")])
    return at
