"""照看: whatever was left behind is found again, and administrators hear of what has long been out of order."""

from __future__ import annotations

from datetime import timedelta

from lvyue import clock
from lvyue.accounts.models import Account
from lvyue.notices.actions.queueing import wake
from lvyue.notices.actions.telling import tell
from lvyue.notices.choices import OPEN, ChannelKind, Topic
from lvyue.notices.models import Channel, Leg

#: So long a channel may be out of order before administrators are told.
LONG = timedelta(hours=1)


def sweep() -> int:
    """检查: wake each channel in which something is due, and tell of those that are down. How many were woken."""
    now = clock.now()
    due = Leg.objects.filter(state__in=OPEN, next_at__lte=now, channel__enabled=True)
    found = set(due.values_list("channel_id", flat=True).distinct())
    resting = Channel.objects.filter(pk__in=found, paused_until__gt=now)
    found -= set(resting.values_list("pk", flat=True))
    wake(found)
    for channel in Channel.objects.filter(enabled=True, down_since__lte=now - LONG):
        _tell_of(channel)
    return len(found)


def _tell_of(channel: Channel) -> None:
    waiting = Leg.objects.filter(channel=channel, state__in=OPEN).count()
    tell(
        tuple(Account.objects.filter(is_administrator=True, is_active=True)),
        topic=Topic.SYSTEM,
        subject=f"通知通道“{channel.name}”不通",
        body=f"{ChannelKind(channel.kind).label}：{channel.says}有 {waiting} 条在等，修好后会按顺序发出。",
        address=f"/channels/{channel.pk}/",
        key=f"channel-down:{channel.pk}:{channel.down_since:%Y%m%d%H%M%S}",
        by="系统",
    )
