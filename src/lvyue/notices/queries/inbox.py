"""Reads of the inbox: only ever a person's own, and without what they may no longer know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from lvyue.accounts.models import Account
from lvyue.accounts.queries import contracts_of
from lvyue.notices.choices import ChannelKind, LegState, Topic
from lvyue.notices.models import Leg, Message

#: So many stand on one page, and so many leave in one file.
AT_ONCE, IN_A_FILE = 50, 20_000

#: What stands in the place of a message about a contract on which its reader has no role any more.
VEIL = "您已不在该合同任职，内容不再显示。"


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """收件箱筛选."""

    topic: str = ""
    contract_id: str = ""
    unread: bool = False
    before: int | None = None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """消息行: one message as its reader may see it. ``veiled`` is one whose contract is no longer theirs."""

    id: int
    at: datetime
    topic: Topic
    subject: str
    body: str
    address: str
    contract: str
    urgent: bool
    read_at: datetime | None
    veiled: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    """收件箱页: some messages, the latest first. ``before`` leads to those behind."""

    rows: tuple[InboxRow, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """去处: by which channel a message also left, and how far it came; nothing of the address but its end."""

    kind: ChannelKind
    state: LegState
    sent_at: datetime | None
    delivered_at: datetime | None
    next_at: datetime | None
    why: str


def unread_of(account: Account) -> int:
    """How many messages somebody has not read. One read of a small index."""
    return Message.objects.filter(account=account, read_at__isnull=True).count()


def messages_of(account: Account) -> QuerySet[Message]:
    return Message.objects.filter(account=account).order_by("-id")


def message_of(account: Account, message_id: int) -> Message | None:
    """One message of just this person."""
    return messages_of(account).filter(pk=message_id).first()


def inbox(account: Account, asked: InboxFilter, *, at_once: int = AT_ONCE) -> InboxPage:
    """The messages that a filter lets through. Two reads."""
    mine = frozenset(contracts_of(account))
    found = _filtered(messages_of(account), asked)
    rows = list(found[: at_once + 1])
    shown = tuple(row_of(one, mine) for one in rows[:at_once])
    return InboxPage(shown, shown[-1].id if len(rows) > at_once else None)


def seen(account: Account, message: Message) -> InboxRow:
    return row_of(message, frozenset(contracts_of(account)))


def contracts_in(account: Account) -> tuple[str, ...]:
    """The contracts of somebody's messages, for the filter; those on which they have a role now."""
    mine = contracts_of(account)
    found = Message.objects.filter(account=account, contract_id__in=mine).order_by("contract_id")
    return tuple(found.values_list("contract_id", flat=True).distinct())


def ways_of(message: Message) -> tuple[Way, ...]:
    """What left the product for a message. What went into a digest is as far as the digest."""
    legs = Leg.objects.filter(message=message).select_related("channel", "merged_into")
    return tuple(_way(one) for one in legs.order_by("id"))


def _way(leg: Leg) -> Way:
    gone = leg.merged_into or leg
    state = LegState(gone.state)
    return Way(
        ChannelKind(leg.channel.kind),
        state,
        gone.sent_at,
        gone.delivered_at,
        gone.next_at if state.open else None,
        gone.why,
    )


def _filtered(found: QuerySet[Message], asked: InboxFilter) -> QuerySet[Message]:
    if asked.topic:
        found = found.filter(topic=asked.topic)
    if asked.contract_id:
        found = found.filter(contract_id=asked.contract_id)
    if asked.unread:
        found = found.filter(read_at__isnull=True)
    if asked.before is not None:
        found = found.filter(pk__lt=asked.before)
    return found


def row_of(message: Message, mine: Collection[str]) -> InboxRow:
    veiled = bool(message.contract_id) and message.contract_id not in mine
    return InboxRow(
        id=message.pk,
        at=message.at,
        topic=Topic(message.topic),
        subject=VEIL if veiled else message.subject,
        body="" if veiled else message.body,
        address="" if veiled else message.address,
        contract="" if veiled else message.contract_id,
        urgent=message.urgent,
        read_at=message.read_at,
        veiled=veiled,
    )


__all__ = [
    "AT_ONCE",
    "IN_A_FILE",
    "VEIL",
    "InboxFilter",
    "InboxPage",
    "InboxRow",
    "Message",  # the type of what pages show, for those who may not open the tables
    "Way",
    "contracts_in",
    "inbox",
    "message_of",
    "messages_of",
    "row_of",
    "seen",
    "unread_of",
    "ways_of",
]
