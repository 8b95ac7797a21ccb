"""Reads of channels and of what went through them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils.crypto import salted_hmac

from lvyue.accounts.models import AuditLink
from lvyue.accounts.permissions import Seat
from lvyue.notices.choices import OPEN, ChannelKind, LegState, Outcome
from lvyue.notices.models import Channel, Delivery, Leg

#: The cursor that goes along the audit trail.
AUDIT = "audit"

#: So many stand on one page, and so many leave in one file.
AT_ONCE, IN_A_FILE = 50, 20_000


def channels() -> QuerySet[Channel]:
    """What administrators keep: everything but the subscriptions of the parties. With how much waits and failed."""
    found = Channel.objects.filter(~Q(kind=ChannelKind.WEBHOOK) | Q(contract_id=""))
    return _counted(found.select_related("organisation").order_by("kind", "id"))


def channel(channel_id: int) -> Channel | None:
    return channels().filter(pk=channel_id).first()


def subscriptions(seat: Seat) -> QuerySet[Channel]:
    """Those of one's own side on a contract; the other side's are not there."""
    found = Channel.objects.filter(
        kind=ChannelKind.WEBHOOK, contract_id=seat.contract_id, side=seat.side or "-"
    )
    return _counted(found.select_related("owner").order_by("id"))


def subscription(seat: Seat, channel_id: int) -> Channel | None:
    return subscriptions(seat).filter(pk=channel_id).first()


def _counted(found: QuerySet[Channel]) -> QuerySet[Channel]:
    return found.annotate(
        waiting=Count("legs", filter=Q(legs__state__in=OPEN)),
        failed=Count("legs", filter=Q(legs__state=LegState.FAILED)),
    )


@dataclass(frozen=True, slots=True)
class LegRow:
    """送信行: one leg without what it says: an administrator of channels reads nobody's letters."""

    id: int
    target: str
    state: LegState
    attempts: int
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    provider_id: str
    why: str
    event: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """送信记录行: one try, or what was heard of it."""

    at: datetime
    outcome: Outcome
    says: str
    extract: str
    by: str


@dataclass(frozen=True, slots=True)
class LegPage:
    """送信页: some legs, the latest first. ``before`` leads to those behind."""

    rows: tuple[LegRow, ...]
    before: int | None


def legs(
    of: Channel, *, state: str = "", before: int | None = None, at_once: int = AT_ONCE
) -> LegPage:
    """What went through a channel, the latest first. One read."""
    found = Leg.objects.filter(channel=of).order_by("-id")
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    some = list(found[: at_once + 1])
    rows = tuple(_row(one, ChannelKind(of.kind)) for one in some[:at_once])
    return LegPage(rows, rows[-1].id if len(some) > at_once else None)


def leg(of: Channel, leg_id: int) -> Leg | None:
    return Leg.objects.filter(channel=of, pk=leg_id).select_related("channel").first()


def row_of(one: Leg) -> LegRow:
    return _row(one, ChannelKind(one.channel.kind))


def deliveries(of: Leg) -> tuple[DeliveryRow, ...]:
    """Everything that became of a leg, in order."""
    found = Delivery.objects.filter(leg=of).order_by("id")
    return tuple(
        DeliveryRow(one.at, Outcome(one.outcome), one.says, one.extract, one.by) for one in found
    )


def _row(one: Leg, kind: ChannelKind) -> LegRow:
    state = LegState(one.state)
    return LegRow(
        id=one.pk,
        target=masked(one.target),
        state=state,
        attempts=one.attempts,
        created_at=one.created_at,
        next_at=one.next_at if state.open else None,
        sent_at=one.sent_at,
        delivered_at=one.delivered_at,
        provider_id="" if kind is ChannelKind.MAIL else one.provider_id,
        why=one.why,
        event=one.subject if kind is ChannelKind.WEBHOOK else "",
    )


def masked(target: str) -> str:
    """Of an address so much that one knows it again, and no more."""
    name, at, domain = target.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{target[:3]}****{target[-4:]}" if len(target) > 7 else target  # noqa: PLR2004  a telephone number


def hook_secret(channel_id: int) -> str:
    """回执密钥: what stands in the address to which a gateway reports. It is made of our own key and stored nowhere."""
    return salted_hmac("lvyue.notices.hook", str(channel_id), algorithm="sha256").hexdigest()[:40]


def last_sealed() -> int:
    """The last place in the chain of the audit trail."""
    return AuditLink.objects.aggregate(last=Max("sequence"))["last"] or 0


__all__ = [
    "AT_ONCE",
    "AUDIT",
    "IN_A_FILE",
    "Channel",  # the types of what pages show, for those who may not open the tables
    "DeliveryRow",
    "Leg",
    "LegPage",
    "LegRow",
    "channel",
    "channels",
    "deliveries",
    "hook_secret",
    "last_sealed",
    "leg",
    "legs",
    "masked",
    "row_of",
    "subscription",
    "subscriptions",
]
