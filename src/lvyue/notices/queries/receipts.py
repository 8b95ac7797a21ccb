"""Reads of receipts: what became of messages that a room told under keys of its own. Who may ask is for that room to say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from lvyue.notices.choices import ChannelKind, LegState
from lvyue.notices.models import Leg, Message


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """回执: one person's message: when it was told, when it was read, and how far it came on each other road, in words."""

    username: str
    name: str
    told_at: datetime
    read_at: datetime | None
    ways: tuple[str, ...]


def receipts(keys: Collection[str]) -> dict[str, tuple[MessageReceipt, ...]]:
    """The receipts of messages, by key. Two reads."""
    legs = Leg.objects.select_related("channel", "merged_into").order_by("id")
    found = Message.objects.filter(key__in=set(keys)).select_related("account").order_by("id")
    told: dict[str, list[MessageReceipt]] = {}
    for one in found.prefetch_related(Prefetch("legs", legs, to_attr="ways")):
        told.setdefault(one.key, []).append(
            MessageReceipt(
                one.account.username,
                one.account.name,
                one.at,
                one.read_at,
                tuple(_way(leg) for leg in vars(one)["ways"]),
            )
        )
    return {key: tuple(some) for key, some in told.items()}


def _way(leg: Leg) -> str:
    gone = leg.merged_into or leg
    return f"{ChannelKind(leg.channel.kind).label} {LegState(gone.state).label}"
