"""设置渠道: by what matters come to the desk. Either side's lead sets them up; secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.sealing import seal, unseal
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.helpdesk.actions.writing import require
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import DeskChannel
from lvyue.helpdesk.roads import address_doubts, settings_of
from lvyue.notices.texts import one_line

NAME = 80

#: A contract has so many channels at most.
MOST = 50


@transaction.atomic
def set_up_channel(
    kind: DeskKind,
    name: str,
    address: str = "",
    settings: Mapping[str, str] | None = None,
    secret: str = "",
    *,
    by: Seat,
) -> DeskChannel:
    """设置渠道: ``Refused`` with everything that is wrong. What lay in a mailbox before is not taken in."""
    require(may(by, Right.DESK_CHANNELS), "渠道")
    kind, name, address = DeskKind(kind), one_line(name), one_line(address)
    kept, doubts = settings_of(kind, settings or {}, secret)
    doubts += [*_name_doubts(name), *address_doubts(kind, address)]
    if DeskChannel.objects.filter(contract_id=by.contract_id).count() >= MOST:
        doubts.append(malformed("渠道", f"已有 {MOST} 个。", "请停用并改用不用的。"))
    if doubts:
        raise Refused(doubts)
    now = clock.now()
    try:
        with transaction.atomic():
            made = DeskChannel.objects.create(
                contract_id=by.contract_id,
                kind=kind,
                name=name,
                address=address,
                settings=kept,
                secret=seal(secret),
                set_by=by.username,
                set_at=now,
                changed_at=now,
            )
    except IntegrityError:
        raise _taken(name) from None
    _audit("desk_channel.set_up", made, by, after=_told(made))
    return made


@transaction.atomic
def change_channel(
    channel_id: int,
    name: str,
    address: str,
    settings: Mapping[str, str],
    secret: str = "",
    *,
    by: Seat,
) -> DeskChannel:
    """更改渠道: an empty secret leaves the one that there is. ``DeskChannel.DoesNotExist`` for those of other contracts."""
    require(may(by, Right.DESK_CHANNELS), "渠道")
    channel = _held(channel_id, by)
    before = _told(channel)
    kind, name, address = DeskKind(channel.kind), one_line(name), one_line(address)
    kept, doubts = settings_of(kind, settings, secret or unseal(channel.secret))
    doubts += [*_name_doubts(name), *address_doubts(kind, address)]
    if doubts:
        raise Refused(doubts)
    elsewhere = {one: channel.settings.get(one) != kept.get(one) for one in ("host", "folder")}
    if any(elsewhere.values()):  # numbers of another mailbox mean other letters
        channel.progress = {}
    channel.name, channel.address, channel.settings = name, address, kept
    channel.changed_at, channel.down_since, channel.says = clock.now(), None, ""
    if secret:
        channel.secret = seal(secret)
    try:
        with transaction.atomic():
            channel.save()
    except IntegrityError:
        raise _taken(name) from None
    _audit("desk_channel.changed", channel, by, before=before, after=_told(channel))
    return channel


@transaction.atomic
def switch_channel(channel_id: int, *, on: bool, reason: str, by: Seat) -> DeskChannel:
    """启用或停用: with the reason, since users are told that they can reach the desk there."""
    require(may(by, Right.DESK_CHANNELS), "渠道")
    channel = _held(channel_id, by)
    reason = one_line(reason, 500)
    if not reason:
        raise Refused([malformed("理由", "没有填写理由。", "请写明理由，它会留在留痕里。")])
    if channel.active is not on:
        channel.active, channel.changed_at = on, clock.now()
        channel.save(update_fields=["active", "changed_at"])
        state = {"state": "启用" if on else "停用"}
        _audit("desk_channel.switched", channel, by, after=state, reason=reason)
    return channel


def _held(channel_id: int, by: Seat) -> DeskChannel:
    held = DeskChannel.objects.select_for_update()
    return held.get(pk=channel_id, contract_id=by.contract_id)


def _name_doubts(name: str) -> list[Doubt]:
    if 0 < len(name) <= NAME:
        return []
    return [malformed("名称", f"{len(name)} 个字。", f"请写 1 至 {NAME} 个字。")]


def _taken(name: str) -> Refused:
    return Refused([malformed("名称", f"这份合同已有名为“{name}”的渠道。", "请换一个名称。")])


def _told(channel: DeskChannel) -> dict[str, object]:
    settings = {
        name: one
        for name, one in channel.settings.items()
        if one and name not in ("authority", "token", "people")
    }
    return {"name": channel.name, "address": channel.address, "values": settings}


def _audit(
    act: str,
    channel: DeskChannel,
    by: Seat,
    *,
    before: object = None,
    after: object = None,
    reason: str = "",
) -> None:
    audit(
        act,
        by=by,
        contract_id=by.contract_id,
        about=channel.name,
        before=before,
        after=after,
        reason=reason,
    )
