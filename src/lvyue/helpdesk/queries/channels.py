"""Reads of channels, of what came in by them, of calls, and of what nobody has answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of
from lvyue.helpdesk.choices import CallDirection, DeskKind, IncomingState
from lvyue.helpdesk.models import Call, DeskChannel, Incoming, Ticket
from lvyue.helpdesk.queries.rules import visible

#: So long after one another two tickets of one sender, device or system may be one matter told twice.
TOLD_TWICE = timedelta(hours=4)

#: So many are suggested.
SUGGESTED = 10


def channels(contract_id: str) -> QuerySet[DeskChannel]:
    """The channels of a contract, the switched off too."""
    return DeskChannel.objects.filter(contract_id=contract_id).order_by("kind", "id")


def channel(contract_id: str, channel_id: int) -> DeskChannel | None:
    """One channel of just this contract."""
    return channels(contract_id).filter(pk=channel_id).first()


def listening(channel_id: int, *kinds: DeskKind) -> DeskChannel | None:
    """A channel that is switched on, for a machine that sends something in; of any contract."""
    return DeskChannel.objects.filter(pk=channel_id, active=True, kind__in=kinds).first()


def mailboxes() -> QuerySet[DeskChannel]:
    """Every mailbox that is to be read."""
    return DeskChannel.objects.filter(kind=DeskKind.MAIL, active=True).order_by("id")


def alert_channels() -> QuerySet[DeskChannel]:
    """Every rule by which alerts become tickets."""
    return DeskChannel.objects.filter(kind=DeskKind.ALERT, active=True).order_by("id")


def incoming(seat: Seat, *, state: str = "", before: int | None = None) -> QuerySet[Incoming]:
    """What came in, newest first, for those who work on tickets and for the buyer's lead; nothing for others."""
    if not (may(seat, Right.TICKET_WORK) or may(seat, Right.TICKET_APPROVE)):
        return Incoming.objects.none()
    found = Incoming.objects.filter(channel__contract_id=seat.contract_id)
    if state in IncomingState.values:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    return found.select_related("channel", "ticket").order_by("-id")


def incoming_of(ticket: Ticket) -> QuerySet[Incoming]:
    """What came in about a ticket, and about those that were merged into it."""
    about = Q(ticket=ticket) | Q(ticket__merged_into=ticket)
    return Incoming.objects.filter(about).select_related("channel").order_by("id")


def already_in(channel: DeskChannel, outer_ids: Collection[str]) -> frozenset[str]:
    """Which of these numbers a channel has had. One read."""
    found = Incoming.objects.filter(channel=channel, outer_id__in=outer_ids)
    return frozenset(found.values_list("outer_id", flat=True))


def calls(contract_id: str) -> QuerySet[Call]:
    """The calls of a contract, the latest first."""
    found = Call.objects.filter(contract_id=contract_id).select_related("channel", "ticket")
    return found.order_by("-began_at", "-id")


def calls_for(seat: Seat) -> QuerySet[Call]:
    """The calls of the seat's contract, for those who work on tickets and for the buyer's lead; nothing for others."""
    if not (may(seat, Right.TICKET_WORK) or may(seat, Right.TICKET_APPROVE)):
        return Call.objects.none()
    return calls(seat.contract_id)


def calls_of(ticket: Ticket) -> QuerySet[Call]:
    """The calls about a ticket."""
    return Call.objects.filter(ticket=ticket).order_by("began_at", "id")


def unverified(ticket: Ticket) -> Call | None:
    """The call that asked for an operation and whose caller nobody has verified; None where nothing stands in the way."""
    found = Call.objects.filter(ticket=ticket, listed=False, verified_at__isnull=True)
    return found.exclude(operation="").order_by("id").first()


def asked_on(ticket: Ticket, call: Call | None) -> date:
    """The day before the request came: what the contract listed then may prove who asked."""
    came = call.began_at if call is not None else ticket.opened_at
    return day_of(came) - timedelta(days=1)


# ── what nobody answered ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Gap:
    """无人应答: somebody called or wrote, and since then nobody has taken it; ``until`` None: still."""

    channel: str
    kind: str
    since: datetime
    until: datetime | None
    test: bool
    call: int | None = None
    incoming: int | None = None


def gaps(contract_id: str, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """Calls that nobody answered, and what came in and waits for a ticket, between two moments; the latest first.

    A voice box answers nobody: a call counts as answered only with the person who did. A missed call is over when the same
    number was spoken with afterwards.
    """
    found = [*_missed_calls(contract_id, since, until), *_waiting(contract_id, since, until)]
    return tuple(sorted(found, key=lambda one: one.since, reverse=True))


def _missed_calls(contract_id: str, since: datetime, until: datetime) -> Iterator[Gap]:
    rows = calls(contract_id).filter(began_at__gte=since, began_at__lte=until)
    missed = [*rows.filter(direction=CallDirection.IN, answered_at__isnull=True)]
    later = Call.objects.filter(
        contract_id=contract_id,
        number__in={one.number for one in missed if one.number},
        answered_at__isnull=False,
        began_at__gte=since,
    )
    spoken = [*later.order_by("answered_at").values_list("number", "began_at", "answered_at")]
    for one in missed:
        name = one.channel.name if one.channel is not None else "电话"
        ended = next(
            (
                answered
                for number, began, answered in spoken
                if number == one.number and began >= one.began_at
            ),
            None,
        )
        yield Gap(name, DeskKind.PHONE, one.began_at, ended, one.test, call=one.pk)


def _waiting(contract_id: str, since: datetime, until: datetime) -> Iterator[Gap]:
    rows = Incoming.objects.filter(
        channel__contract_id=contract_id,
        state=IncomingState.WAITING,
        received_at__gte=since,
        received_at__lte=until,
    )
    for one in rows.select_related("channel"):
        kind = one.channel.kind
        yield Gap(one.channel.name, kind, one.received_at, None, test=False, incoming=one.pk)


# ── told twice ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Twin:
    """可能重复: another open ticket, and what speaks for its being the same matter."""

    ticket: Ticket
    because: tuple[str, ...]


def twins(
    seat: Seat, ticket: Ticket, department: str = "", within: timedelta = TOLD_TWICE
) -> tuple[Twin, ...]:
    """Open tickets of the same caller, device or system, opened not long before or after; the nearest first.

    Only a suggestion: merging is a person's decision.
    """
    same = Q()
    if ticket.reporter and ticket.reporter_side == "buyer":
        same |= Q(reporter=ticket.reporter)
    for name in ("caller_contact", "device", "system"):
        if value := getattr(ticket, name):
            same |= Q(**{name: value})
    if not same:
        return ()
    rows = Ticket.objects.filter(visible(seat, department) & same, ended_at__isnull=True)
    near = rows.filter(
        opened_at__gte=ticket.opened_at - within, opened_at__lte=ticket.opened_at + within
    ).exclude(pk=ticket.pk)
    some = sorted(near[:100], key=lambda one: abs(one.opened_at - ticket.opened_at))
    return tuple(Twin(one, tuple(_alike(ticket, one))) for one in some[:SUGGESTED])


def _alike(one: Ticket, other: Ticket) -> Iterator[str]:
    for name, zh in (
        ("reporter", "同一报单人"),
        ("caller_contact", "同一联系方式"),
        ("device", "同一设备"),
        ("system", "同一系统"),
    ):
        if getattr(one, name) and getattr(one, name) == getattr(other, name):
            yield zh
    minutes = int(abs(one.opened_at - other.opened_at).total_seconds()) // 60
    yield f"相隔 {minutes} 分钟"


__all__ = [
    "Call",  # the types of what pages show, for those who may not open the tables
    "DeskChannel",
    "Gap",
    "Incoming",
    "Ticket",
    "Twin",
    "alert_channels",
    "already_in",
    "asked_on",
    "calls",
    "calls_for",
    "calls_of",
    "channel",
    "channels",
    "gaps",
    "incoming",
    "incoming_of",
    "listening",
    "mailboxes",
    "twins",
    "unverified",
]
