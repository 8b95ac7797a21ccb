"""阅读: what people do in their inbox, and how they say how they want to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.models import Account
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.notices.choices import ChannelKind, Topic
from lvyue.notices.models import Message, NoticeSettings
from lvyue.notices.peace import QUIET_FROM, QUIET_TO


def read(message: Message, *, by: Account) -> None:
    """阅读: the first time counts. Somebody else's message is not there to be read."""
    _own(message, by)
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=clock.now())


def unread(message: Message, *, by: Account) -> None:
    """标为未读: it stands among the new ones again."""
    _own(message, by)
    Message.objects.filter(pk=message.pk).update(read_at=None)


def read_all(*, by: Account) -> int:
    """全部标为已读. How many were new."""
    return Message.objects.filter(account=by, read_at__isnull=True).update(read_at=clock.now())


def _own(message: Message, by: Account) -> None:
    if message.account_id != by.pk:
        raise Refused([malformed("消息", "这不是您的消息。", "请打开自己的收件箱。")])


# ── how people want to be told ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Choice:
    """选择: everything that a person may choose of how to be told."""

    ways: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quiet_from: time | None = QUIET_FROM
    quiet_to: time | None = QUIET_TO
    working_days_only: bool = False
    digest_at: time | None = None
    urgent_wakes: bool = True


@transaction.atomic
def choose(choice: Choice, *, by: Account) -> NoticeSettings:
    """更改通知设置: one's own. What is on its way already leaves as it was decided."""
    if doubts := [*_unknown(choice), *_half(choice)]:
        raise Refused(doubts)
    after = {
        "ways": {topic: sorted(set(ways)) for topic, ways in choice.ways.items()},
        "quiet_from": choice.quiet_from,
        "quiet_to": choice.quiet_to,
        "working_days_only": choice.working_days_only,
        "digest_at": choice.digest_at,
        "urgent_wakes": choice.urgent_wakes,
    }
    row, _ = NoticeSettings.objects.update_or_create(
        account=by, defaults={**after, "changed_at": clock.now()}
    )
    told = {
        name: value.isoformat("minutes") if isinstance(value, time) else value
        for name, value in after.items()
    }
    audit("notice_settings.changed", by=by, about=by.username, after=told)
    return row


def _unknown(choice: Choice) -> list[Doubt]:
    personal = {kind.value for kind in ChannelKind if kind.personal}
    found: list[Doubt] = []
    for topic, ways in choice.ways.items():
        if topic not in Topic.values:
            mend = f"请用：{'、'.join(Topic.values)}。"
            found.append(malformed("话题", f"没有“{topic[:40]}”这个话题。", mend))
        found.extend(
            malformed(
                "通道", f"“{way[:40]}”不能由个人选用。", f"请用：{'、'.join(sorted(personal))}。"
            )
            for way in ways
            if way not in personal
        )
    return found


def _half(choice: Choice) -> list[Doubt]:
    if (choice.quiet_from is None) == (choice.quiet_to is None):
        return []
    says = "免打扰只写了一头。"
    return [malformed("免打扰", says, "请把起止都写上，或都留空。")]
