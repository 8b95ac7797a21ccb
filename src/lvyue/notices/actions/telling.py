"""告知: tell people something, and send something to an address.

Telling writes one message into each person's inbox, and a leg for each channel on which the person wants to hear of such
things and can be reached. Nothing leaves here: the legs are sent by a job after the transaction, so what was rolled back was
told to nobody, and a mail server that hangs keeps nobody waiting.

Neither is audited: messages, legs and their deliveries are themselves a record that only grows, with who, when and what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from lvyue import clock
from lvyue.accounts.actions.trail import whose
from lvyue.accounts.models import Account
from lvyue.accounts.permissions import Seat
from lvyue.accounts.sealing import seal
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.library.calendar_files import default_calendar
from lvyue.notices.actions.queueing import wake
from lvyue.notices.actions.subscribers import legs_of_messages
from lvyue.notices.channels.road import Thread
from lvyue.notices.channels.table import CHANNELS
from lvyue.notices.choices import ChannelKind, LegState, Topic
from lvyue.notices.models import Channel, Leg, Message
from lvyue.notices.peace import Peace
from lvyue.notices.queries.roads import nearest, personal_channels
from lvyue.notices.queries.settings import Wishes, reach_of, wishes_of
from lvyue.notices.texts import many_lines, one_line

#: Topics that concern a contract and no single person: only of these a group may hear.
GROUP_TOPICS = frozenset({Topic.REMINDER, Topic.ESCALATION, Topic.SERVICE, Topic.ALERT})

_ROBOTS = [kind for kind in ChannelKind if kind.robot]


@transaction.atomic
def tell(
    to: Collection[Account],
    *,
    topic: Topic,
    subject: str,
    body: str,
    address: str = "",
    contract_id: str = "",
    key: str,
    urgent: bool = False,
    by: Seat | Account | str,
    group: str = "",
) -> list[Message]:
    """告知: each person once for one key, in the inbox and on the channels that they chose. Telling twice tells once.

    ``address`` is a path of the product. ``group`` is a sentence for group chats, where everybody of the contract may read
    it: no personal data, nothing of other suppliers. Without it groups hear the topic and the contract only, and only
    those of the organisations whose people are told.
    """
    if address and not (address.startswith("/") and not address.startswith("//")):
        raise ValueError(f"{address!r} is no path of the product")
    people = {one.pk: one for one in to if one.is_active}
    known = Message.objects.filter(account__in=people, key=key).in_bulk(field_name="pk")
    told = {one.account_id: one for one in known.values()}
    now = clock.now()
    fresh: list[Message] = []
    for pk, person in people.items():
        if pk in told:
            continue
        message, is_new = Message.objects.get_or_create(
            account=person,
            key=key,
            defaults={
                "topic": topic,
                "subject": one_line(subject),
                "body": many_lines(body),
                "address": address,
                "contract_id": contract_id,
                "urgent": urgent,
                "by": whose(by)[0],
                "at": now,
            },
        )
        told[pk] = message
        if is_new:
            fresh.append(message)
    legs = [
        *_personal_legs(fresh, now),
        *_posts(fresh, group, now),
        *legs_of_messages(fresh),
    ]
    Leg.objects.bulk_create(legs, ignore_conflicts=True)
    wake(leg.channel_id for leg in legs if leg.next_at <= now)
    return [told[pk] for pk in people]


# ── the legs of a message ────────────────────────────────────────────────────────────────────────────────────────


def _personal_legs(fresh: list[Message], now: datetime) -> Iterable[Leg]:
    """One for each channel that a person chose for the topic and at which they have shown that they can be reached."""
    people = [one.account for one in fresh if not one.account.demonstration]
    roads = personal_channels() if people else {}
    if not roads:
        return
    reach, wishes = reach_of(people), wishes_of(people)
    for message in fresh:
        if message.account.demonstration:
            continue
        wish = wishes[message.account_id]
        for kind in wish.ways(Topic(message.topic), urgent=message.urgent):
            channel = nearest(roads.get(kind, []), message.account)
            target = reach[message.account_id].get(kind, "")
            if channel is not None and target:
                yield _personal_leg(message, channel, target, wish, now)


def _personal_leg(
    message: Message, channel: Channel, target: str, wish: Wishes, now: datetime
) -> Leg:
    at, digest = wish.when(now, default_calendar(None, settings.CALENDARS), urgent=message.urgent)
    return Leg(
        message=message,
        channel=channel,
        target=target,
        subject=message.subject,
        body=message.body,
        contract_id=message.contract_id,
        key=f"message:{message.pk}:{channel.kind}",
        urgent=message.urgent,
        digest=digest and channel.kind == ChannelKind.MAIL,
        by=message.by,
        state=LegState.HELD if at > now else LegState.WAITING,
        created_at=now,
        next_at=at,
        due_at=at,
    )


def _posts(fresh: list[Message], group: str, now: datetime) -> Iterable[Leg]:
    """What group chats hear: once for a key, and never a word that was written for one person."""
    real = [one for one in fresh if not one.account.demonstration]
    if not real or real[0].topic not in GROUP_TOPICS or not real[0].contract_id:
        return
    first = real[0]
    organisations = {one.account.organisation_id for one in real} - {None}
    fit = Q(contract_id__in=["", first.contract_id]) & Q(organisation__in=organisations)
    if group:
        fit |= Q(contract_id=first.contract_id, organisation=None)
    for channel in Channel.objects.filter(fit, kind__in=_ROBOTS, enabled=True):
        said = group or f"合同 {first.contract_id} 有一条{Topic(first.topic).label}，请登录查看。"
        peace = Peace()
        calendar = default_calendar(None, settings.CALENDARS)
        at = now if first.urgent else peace.first_moment(now, calendar.is_working)
        yield Leg(
            channel=channel,
            subject=one_line(f"【履约】{said}"),
            body=f"/contracts/{first.contract_id}/",
            contract_id=first.contract_id,
            key=f"group:{channel.pk}:{_short(first.key)}",
            urgent=first.urgent,
            by=first.by,
            state=LegState.HELD if at > now else LegState.WAITING,
            created_at=now,
            next_at=at,
            due_at=at,
        )


# ── to an address ────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def send(
    kind: ChannelKind,
    target: str,
    subject: str,
    body: str,
    *,
    key: str,
    contract_id: str,
    by: Seat | Account | str,
    secret: str = "",
    thread: Thread | None = None,
) -> Leg:
    """寄送: to this very address, at once, whatever anybody's settings say. Sending the same twice sends it once.

    ``secret`` stands where the body says ``SEALED``: the database holds it sealed, and only until it has been sent.
    ``thread`` makes a letter the answer to another one.
    ``sent_at`` and ``delivered_at`` of the leg say when a server took it and when the other end reported its arrival.
    """
    kind = ChannelKind(kind)
    if not kind.personal:
        says = f"{kind.label}没有收信地址，不能寄给一个人。"
        raise Refused([malformed("通道", says, "请选邮件或短信。")])
    target = target.strip()
    if doubts := CHANNELS[kind].check_target(target):
        raise Refused(doubts)
    if contracts().filter(pk=contract_id, demonstration=True).exists():
        says = "这是演示合同，不向外发送。"
        raise Refused([malformed(f"合同 {contract_id}", says, "请在正式合同中办理。")])
    channel = _channel_for(kind, by)
    now = clock.now()
    leg, _ = Leg.objects.get_or_create(
        key=f"send:{kind}:{_short(target)}:{_short(key)}",
        defaults={
            "channel": channel,
            "target": target,
            "subject": one_line(subject),
            "body": many_lines(body),
            "sealed": seal(secret),
            "contract_id": contract_id,
            "urgent": True,
            "alone": True,
            "by": whose(by)[0],
            "thread": {} if thread is None else _kept(thread),
            "created_at": now,
            "next_at": now,
            "due_at": now,
        },
    )
    wake([leg.channel_id])
    return leg


def _kept(thread: Thread) -> dict[str, object]:
    return {
        "in_reply_to": thread.in_reply_to,
        "references": [*thread.references],
        "reply_to": thread.reply_to,
        "automatic": thread.automatic,
    }


def _channel_for(kind: ChannelKind, by: Seat | Account | str) -> Channel:
    username = by if isinstance(by, str) else by.username
    person = Account.objects.filter(username=username).first()
    found = personal_channels().get(kind, [])
    channel = nearest(found, person) if person else next(iter(found), None)
    if channel is None:
        says = f"还没有启用的{kind.label}通道，发不出去。"
        raise Refused(
            [malformed("通道", says, "请系统管理员在“通知通道”中配置，或改用别的送达方式。")]
        )
    return channel


def _short(text: str) -> str:
    """A key of any length as one that fits."""
    return hashlib.sha256(text.encode()).hexdigest()[:40]
