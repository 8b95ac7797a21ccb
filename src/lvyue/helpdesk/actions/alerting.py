"""告警成单: one ticket for one group of alerts. What is over is noted on it; no machine ever closes it, and none answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lvyue import clock
from lvyue.core.calendar import moment_of
from lvyue.core.tickets import Source
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.taking import machine_of
from lvyue.helpdesk.actions.writing import Entry, hold, write
from lvyue.helpdesk.choices import IncomingState, Side
from lvyue.helpdesk.models import DeskChannel, Incoming, Ticket
from lvyue.notices.texts import many_lines, one_line


@dataclass(frozen=True, slots=True)
class AlertTold:
    """告警, as the desk takes it: ``key`` its own number with its state, ``group`` what belongs together, ``at`` when we heard of it."""

    key: str
    group: str
    name: str
    text: str
    severity: str
    source: str
    at: datetime
    resolved: bool = False


def wants(channel: DeskChannel, source: int, severity: str) -> bool:
    """Whether a rule takes alerts of a source and a severity."""
    wanted = channel.settings.get("source") or ""
    words = channel.settings.get("severities", "").replace("，", ",").split(",")
    severities = {one.strip().lower() for one in words if one.strip()}
    return (not wanted or wanted == str(source)) and (
        not severities or severity.strip().lower() in severities
    )


@transaction.atomic
def take_alert(channel: DeskChannel, told: AlertTold) -> Ticket | None:
    """收告警: opens the ticket of its group, or is noted on the one that is open; None where it was here, or is over and nothing is open."""
    channel = DeskChannel.objects.select_for_update().get(pk=channel.pk)
    if Incoming.objects.filter(channel=channel, outer_id=told.key[:300]).exists():
        return None
    open_one = _open(channel, told.group)
    now = clock.now()
    at = min(moment_of(told.at), now)
    row = Incoming(
        channel=channel,
        outer_id=told.key[:300],
        thread=told.group[:300],
        sender=one_line(told.source, 500),
        subject=one_line(told.name, 500),
        text=many_lines(told.text),
        received_at=at,
        recorded_at=now,
    )
    if open_one is None and told.resolved:
        row.state, row.reason = IncomingState.IGNORED, "已恢复，没有打开的工单。"
    elif open_one is None:
        new = ticket_of(channel, told, at)
        open_one = open_ticket(channel.contract_id, new, by=machine_of(channel))
        row.state = IncomingState.TICKET
    else:
        row.state = IncomingState.MERGED
        _noted(channel, open_one, told, at)
    row.ticket = open_one
    row.save(force_insert=True)
    return open_one


def _open(channel: DeskChannel, group: str) -> Ticket | None:
    """The ticket of a group that is not over; where it was merged, the one into which it was."""
    told = Incoming.objects.filter(channel=channel, thread=group[:300], ticket__isnull=False)
    last = told.select_related("ticket").order_by("-id").first()
    ticket = last.ticket if last is not None else None
    while ticket is not None and ticket.merged_into is not None:
        ticket = ticket.merged_into
    return None if ticket is None or ticket.is_over else ticket


def ticket_of(channel: DeskChannel, told: AlertTold, at: datetime) -> NewTicket:
    """The ticket as which a rule opens an alert; nothing is opened."""
    return NewTicket(
        channel.settings.get("kind") or "incident",
        f"告警：{told.name}",
        told.text,
        {"channel": "alert"},
        at=at,
        level=one_line(told.severity, 20),
        because=f"由告警来源“{told.source}”送来，它属于这份合同",
        source=Source.MACHINE,
        reporter_name=told.source[:80],
        reporter_side=Side.SYSTEM,
        told={"alert": told.key[:200]},
    )


def _noted(channel: DeskChannel, ticket: Ticket, told: AlertTold, at: datetime) -> None:
    word = "监测说已恢复；是否恢复由人核实" if told.resolved else "同组又有告警"
    entry = Entry(
        "note",
        max(at, ticket.opened_at),
        f"{word}：{told.name}\n{told.text}".strip(),
        {"alert": told.key[:200]},
        source=Source.MACHINE,
    )
    write(hold(ticket.contract_id, ticket.number), entry, by=machine_of(channel))
