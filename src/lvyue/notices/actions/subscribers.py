"""订阅人: the programs that may still hear of something, and the legs by which they do.

A subscription hears of its own contract, as long as its owner may subscribe there; one of the platform hears of no
contract at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, may, may_administer
from lvyue.accounts.queries import seat_of
from lvyue.notices.actions.queueing import wake
from lvyue.notices.choices import ChannelKind, Event
from lvyue.notices.models import Channel, Leg, Message


def standing(**which: object) -> list[Channel]:
    """Who may still hear of something, among ``which`` channels. Whose owner has gone is switched off, and says so."""
    found = Channel.objects.filter(kind=ChannelKind.WEBHOOK, enabled=True, **which)
    return [one for one in found.select_related("owner").order_by("id") if _stands(one)]


def _stands(channel: Channel) -> bool:
    owner = channel.owner
    if owner is None:  # set up at the machine itself
        return True
    if not owner.is_active:
        allowed = False
    elif channel.contract_id:
        seat = seat_of(owner, channel.contract_id)
        allowed = bool(may(seat, Right.SUBSCRIBE)) and seat.side == channel.side
    else:
        allowed = bool(may_administer(administrator=owner.is_administrator))
    if not allowed:
        reason = f"订阅人 {owner.username} 已无权订阅，订阅停用；同一方的负责人可以重新启用并接手。"
        channel.enabled, channel.says = False, reason
        channel.save(update_fields=["enabled", "says"])
        audit(
            "channel.switched_off",
            by="系统",
            contract_id=channel.contract_id,
            about=channel.name,
            reason=reason,
        )
    return allowed


def listening(event: Event, contract_id: str) -> list[Channel]:
    """Who subscribed to an event of this contract and may still hear of it."""
    return [one for one in standing(contract_id=contract_id) if event.value in one.events]


@transaction.atomic
def post_events(
    event: Event, told: Mapping[str, Mapping[str, object]], *, contract_id: str, at: datetime
) -> int:
    """推送事件: each of ``told``, by its business key, to whoever subscribed. How many legs there were to write.

    Call it inside the transaction of what happened. The same key twice is told once. ``address`` of each is a path of the
    interface.
    """
    channels = listening(event, contract_id) if told else []
    legs = [
        leg
        for key, one in told.items()
        for leg in legs_of(
            channels,
            event,
            {"at": at, "contract": contract_id or None, **one},
            contract_id=contract_id,
            key=key,
        )
    ]
    Leg.objects.bulk_create(legs, ignore_conflicts=True)
    wake(leg.channel_id for leg in legs)
    return len(legs)


def legs_of_messages(fresh: Sequence[Message]) -> Iterable[Leg]:
    """Of each message one for each subscription of the person whom it is for: on its contract, or on the platform."""
    owners = {one.account_id for one in fresh if not one.account.demonstration}
    channels = standing(owner__in=owners) if owners else []
    for message in fresh:
        fit = [
            one
            for one in channels
            if Event.MESSAGE.value in one.events
            and one.owner_id == message.account_id
            and one.contract_id == message.contract_id
        ]
        told = {
            "at": message.at,
            "contract": message.contract_id or None,
            "message": message.pk,
            "topic": message.topic,
            "urgent": message.urgent,
            "address": f"/api/v1/me/messages/{message.pk}",
        }
        key = f"message:{message.pk}"
        yield from legs_of(fit, Event.MESSAGE, told, contract_id=message.contract_id, key=key)


def legs_of(
    channels: Iterable[Channel],
    event: Event,
    told: Mapping[str, object],
    *,
    contract_id: str,
    key: str,
) -> list[Leg]:
    """One for each channel, not yet written. ``told`` is what the receiver reads beside the name of the event."""
    now = clock.now()
    body = json.dumps({"event": event.value} | _plain(told), ensure_ascii=False)
    return [
        Leg(
            channel=one,
            subject=event.value,
            body=body,
            contract_id=contract_id,
            key=f"event:{one.pk}:{key}",
            urgent=True,
            alone=True,
            by="系统",
            created_at=now,
            next_at=now,
            due_at=now,
        )
        for one in channels
    ]


def _plain(told: Mapping[str, object]) -> dict[str, object]:
    """Moments as they are in Shanghai, and the address in full."""
    found: dict[str, object] = {}
    for name, value in told.items():
        if isinstance(value, datetime):
            found[name] = value.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")
        else:
            found[name] = f"{settings.ADDRESS}{value}" if name == "address" else value
    return found
