"""收来件: whatever comes in is kept first, once, and then becomes a ticket, joins one, or waits for a person. Nobody is guessed.

A known sender's matter becomes a ticket at the moment at which the machine got it. An unknown sender's waits, with the reason.
What machines send each other is set aside. The row, the files, the ticket and its facts are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of, moment_of
from lvyue.core.doubts import Refused, malformed
from lvyue.core.tickets import TICKET_KINDS, Source
from lvyue.evidence.actions import keep_file, open_log
from lvyue.evidence.queries import files
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.writing import By, Entry, Machine, hold, require, write
from lvyue.helpdesk.choices import DeskKind, IncomingState, Side
from lvyue.helpdesk.letters import without_quotes
from lvyue.helpdesk.models import DeskChannel, Incoming, Ticket
from lvyue.helpdesk.models.tickets import BODY, TITLE
from lvyue.helpdesk.queries.callers import Known, known_account, known_mail, known_number
from lvyue.notices.texts import many_lines, one_line

#: In so long nobody has so many different matters.
AN_HOUR = timedelta(hours=1)

_NUMBERS = (DeskKind.SMS, DeskKind.PHONE, DeskKind.FAX)


@dataclass(frozen=True, slots=True)
class Arrival:
    """来件, before it is kept. ``received_at`` is the machine's moment; ``person`` the account that a vendor's user stands for.

    ``verdict`` and ``reason`` say what a reader already knows of it: a bounce, a loop, or why a person must look. ``ticket`` is the
    one to which it belongs by its conversation, ``belongs`` whether the sender has a part in that.
    """

    outer_id: str
    sender: str
    address: str
    subject: str
    text: str
    received_at: datetime
    thread: str = ""
    person: str = ""
    files: Sequence[tuple[str, bytes]] = ()
    raw: bytes = b""
    raw_name: str = ""
    warnings: tuple[str, ...] = ()
    verdict: IncomingState | None = None
    reason: str = ""
    ticket: Ticket | None = None


@transaction.atomic
def take_in(channel: DeskChannel, arrival: Arrival) -> Incoming | None:
    """收来件: the row, and what became of it; None where the very same was here before."""
    channel = DeskChannel.objects.select_for_update().get(pk=channel.pk)  # arrivals take turns
    now = clock.now()
    received = min(moment_of(arrival.received_at), now)
    arrival = replace(arrival, received_at=received, outer_id=_number(arrival))
    if (number := _fresh(channel, arrival)) is None:
        return None
    known = _who(channel, arrival)
    row = Incoming(
        channel=channel,
        outer_id=number,
        thread=arrival.thread[:300],
        sender=one_line(arrival.sender, 500),
        address=arrival.address[:254],
        person=known.username if known is not None else "",
        subject=one_line(arrival.subject, 500),
        text=arrival.text.replace("\0", ""),
        received_at=received,
        recorded_at=now,
        warnings=[*arrival.warnings],
        state=IncomingState.WAITING,
    )
    state, reason = _verdict(channel, arrival, known)
    row.raw, row.files, lost = _kept(channel, arrival, whole=state is not IncomingState.LOOP)
    row.warnings += lost
    if state is None:
        _into_a_ticket(channel, row, arrival, known)
    else:
        row.state, row.reason = state, reason[:500]
    row.save(force_insert=True)
    audit(
        "incoming.received",
        by=machine_of(channel).name,
        contract_id=channel.contract_id,
        about=row.ticket.name if row.ticket is not None else channel.name,
        after={"number": row.pk, "state": row.get_state_display(), "sha256": row.raw},
        reason=row.reason,
    )
    return row


def machine_of(channel: DeskChannel, side: Side = Side.SYSTEM) -> Machine:
    """The channel as whoever writes into the record."""
    return Machine(f"{channel.get_kind_display()}：{channel.name}"[:80], side)


def _number(arrival: Arrival) -> str:
    return arrival.outer_id[:250] or sha256(arrival.raw or arrival.text.encode()).hexdigest()


def _fresh(channel: DeskChannel, arrival: Arrival) -> str | None:
    """The number under which it is kept. Whoever sends something else under a number that was used does not hide it."""
    number = arrival.outer_id
    held = Incoming.objects.filter(channel=channel, outer_id=number).first()
    if held is None:
        return number
    same = held.address == arrival.address[:254] and held.text == arrival.text.replace("\0", "")
    if same and held.subject == one_line(arrival.subject, 500):
        return None
    other = f"{number}#{sha256(arrival.raw or arrival.text.encode()).hexdigest()[:40]}"
    return None if Incoming.objects.filter(channel=channel, outer_id=other).exists() else other


def _who(channel: DeskChannel, arrival: Arrival) -> Known | None:
    on = day_of(arrival.received_at)
    if arrival.person:
        return known_account(channel.contract_id, arrival.person)
    if channel.kind == DeskKind.MAIL:
        return known_mail(channel.contract_id, arrival.address, on)
    if channel.kind in _NUMBERS:
        return known_number(channel.contract_id, arrival.address, on)
    if channel.kind == DeskKind.WEBHOOK:
        mail = known_mail(channel.contract_id, arrival.address, on)
        return mail or known_number(channel.contract_id, arrival.address, on)
    return None


def _verdict(
    channel: DeskChannel, arrival: Arrival, known: Known | None
) -> tuple[IncomingState | None, str]:
    """What becomes of it: None where it goes into a ticket."""
    if arrival.verdict is not None:
        return arrival.verdict, arrival.reason
    most = int(channel.settings.get("most_per_hour") or 0)
    if most and arrival.address and _in_the_hour(channel, arrival) >= most:
        return IncomingState.LOOP, f"同一来处一小时内超过 {most} 件，当作循环。"
    if arrival.ticket is not None and (known is not None or _has_a_part(arrival)):
        return None, ""
    if known is None:
        whom = "发件地址" if channel.kind == DeskKind.MAIL else "来处"
        reason = f"不认识的{whom}：不在合同联系方式里，也不是本合同人员验证过的。"
        if arrival.ticket is not None:
            reason += f"说的可能是 {arrival.ticket.name}。"
        return IncomingState.WAITING, reason
    return None, ""


def _in_the_hour(channel: DeskChannel, arrival: Arrival) -> int:
    since = arrival.received_at - AN_HOUR
    found = Incoming.objects.filter(channel=channel, address=arrival.address[:254])
    return found.filter(received_at__gt=since, received_at__lte=arrival.received_at).count()


def _has_a_part(arrival: Arrival) -> bool:
    """Whether the sender already wrote about this ticket, or it was opened for them."""
    ticket, address = arrival.ticket, arrival.address
    if ticket is None or not address:
        return False
    told = Incoming.objects.filter(ticket=ticket, address=address).exists()
    return told or ticket.caller_contact == address


def _kept(
    channel: DeskChannel, arrival: Arrival, *, whole: bool
) -> tuple[str, list[dict[str, str]], list[str]]:
    """The thing itself and its files in the vault of the contract; what could not be kept is told."""
    by = machine_of(channel).name
    lost: list[str] = []
    named: list[dict[str, str]] = []
    if not whole or not (arrival.raw or arrival.files):
        return "", named, lost
    open_log(channel.contract_id, by=by)
    raw = ""
    if arrival.raw:
        raw = keep_file(channel.contract_id, arrival.raw_name, [arrival.raw], by=by).sha256
    for name, content in arrival.files:
        try:
            file = keep_file(channel.contract_id, name, [content], by=by)
        except Refused as refused:
            lost += [f"{one.places[0]}{one.says}" for one in refused.doubts]
        else:
            named.append({"sha256": file.sha256, "name": one_line(name, 255)})
    return raw, named, lost


# ── into a ticket ────────────────────────────────────────────────────────────────────────────────────────────────


def _into_a_ticket(
    channel: DeskChannel, row: Incoming, arrival: Arrival, known: Known | None
) -> None:
    if arrival.ticket is not None:
        side = known.side if known is not None else Side.BUYER
        join(row, arrival.ticket, by=machine_of(channel, side))
        return
    kind = channel.settings.get("kind") or "request"
    opened(row, kind, row.subject or one_line(row.text), known, by=machine_of(channel))


def opened(row: Incoming, kind: str, title: str, known: Known | None, *, by: By) -> Ticket:
    """A ticket of what came in, opened at the moment at which the machine got it."""
    values = {}
    fields = {one.name: one for one in TICKET_KINDS[kind].fields} if kind in TICKET_KINDS else {}
    if "channel" in fields and row.channel.kind in fields["channel"].choices:
        values["channel"] = row.channel.kind
    typed = row.channel.kind == DeskKind.FAX and not row.raw
    body = many_lines(row.text, BODY)
    if len(row.text) > len(body):
        body = many_lines(row.text, BODY - 100) + "\n（全文见来件原件）"
    new = NewTicket(
        kind,
        one_line(title, TITLE)
        or f"{row.channel.name} 来件 {moment_of(row.received_at):%m-%d %H:%M}",
        body,
        values,
        at=row.received_at,
        caller=known.name if known is not None else one_line(row.sender, 80),
        caller_contact=row.address[:200],
        department=known.department if known is not None else "",
        evidence=tuple(dict.fromkeys(one["sha256"] for one in row.files)),
        because=f"由渠道“{row.channel.name}”收到，它属于这份合同",
        source=Source.TYPED if typed else Source.MACHINE,
        reporter=known.username if known is not None else "",
        reporter_name=known.name if known is not None else "",
        reporter_side=known.side if known is not None else Side.BUYER,
        told={"outer_id": row.outer_id},
    )
    row.ticket = open_ticket(row.channel.contract_id, new, by=by)
    row.state = IncomingState.TICKET
    return row.ticket


def join(row: Incoming, ticket: Ticket, *, by: By) -> Ticket:
    """What came in becomes a message of a ticket; of one that was merged, of the ticket into which it was."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    ticket = hold(ticket.contract_id, ticket.number)
    said = without_quotes(row.text) if row.channel.kind == DeskKind.MAIL else row.text
    told = {"channel": row.channel.kind, "from": row.sender, "outer_id": row.outer_id}
    entry = Entry(
        "message",
        max(row.received_at, ticket.opened_at),
        said or row.subject or "（没有文字）",
        told,
        tuple(dict.fromkeys(one["sha256"] for one in row.files)),
        source=Source.MACHINE,
    )
    write(ticket, entry, by=by)
    row.ticket, row.state = ticket, IncomingState.MERGED
    return ticket


# ── by a person ──────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def open_incoming(
    contract_id: str, incoming_id: int, kind: str, title: str = "", *, by: Seat
) -> Ticket:
    """来件开成工单: by a person, who answers for it that the sender is who they say. Its clocks run from its arrival."""
    row = _waiting(contract_id, incoming_id, by)
    ticket = opened(row, kind, title or row.subject or one_line(row.text), None, by=by)
    _settled(row, "incoming.taken", by)
    return ticket


@transaction.atomic
def join_incoming(contract_id: str, incoming_id: int, number: int, *, by: Seat) -> Ticket:
    """来件并入工单: by a person. ``Ticket.DoesNotExist`` where the contract has no such ticket."""
    row = _waiting(contract_id, incoming_id, by)
    ticket = join(row, hold(contract_id, number), by=by)
    _settled(row, "incoming.merged", by)
    return ticket


@transaction.atomic
def ignore_incoming(contract_id: str, incoming_id: int, *, reason: str, by: Seat) -> Incoming:
    """不处理来件: with the reason; it stays readable."""
    row = _waiting(contract_id, incoming_id, by)
    reason = one_line(reason, 500)
    if not reason:
        raise Refused([malformed("理由", "没有写。", "请写明为什么不处理，例如广告。")])
    row.state, row.reason = IncomingState.IGNORED, reason
    _settled(row, "incoming.ignored", by)
    return row


def _waiting(contract_id: str, incoming_id: int, by: Seat) -> Incoming:
    require(may(by, Right.TICKET_WORK), "来件")
    held = Incoming.objects.select_for_update(of=("self",)).select_related("channel")
    row = held.get(pk=incoming_id, channel__contract_id=contract_id)
    if row.state in (IncomingState.TICKET, IncomingState.MERGED):
        name = row.ticket.name if row.ticket is not None else ""
        raise Refused([malformed("来件", f"已经在 {name} 里。", "请打开那张工单。")])
    return row


def _settled(row: Incoming, act: str, by: Seat) -> None:
    row.settled_by, row.settled_at = by.username, clock.now()
    row.save(update_fields=["state", "reason", "ticket", "settled_by", "settled_at"])
    about = row.ticket.name if row.ticket is not None else row.channel.name
    after = {"number": row.pk, "state": row.get_state_display()}
    audit(act, by=by, contract_id=by.contract_id, about=about, after=after, reason=row.reason)


@transaction.atomic
def note_fax(
    contract_id: str,
    channel_id: int,
    *,
    number: str,
    received_at: datetime,
    evidence: str,
    text: str = "",
    by: Seat,
) -> Incoming:
    """登记传真: a page that lies in the tray, at the moment printed on it, with its scan. It waits for a ticket."""
    require(may(by, Right.TICKET_WORK), "传真")
    channel = DeskChannel.objects.select_for_update().get(
        pk=channel_id, contract_id=contract_id, kind=DeskKind.FAX
    )
    now = clock.now()
    received = moment_of(received_at)
    if received > now:
        raise Refused([malformed("收到时间", "还没有到。", "请写传真机打印在页眉上的时间。")])
    if not files(contract_id, [evidence]):
        raise Refused(
            [malformed("扫描件", "这份合同没有这个文件。", "请先把传真的扫描件存为附件。")]
        )
    row, fresh = Incoming.objects.get_or_create(
        channel=channel,
        outer_id=f"fax:{evidence}",
        defaults={
            "sender": one_line(number, 40),
            "address": one_line(number, 40),
            "subject": "传真",
            "text": many_lines(text),
            "received_at": received,
            "recorded_at": now,
            "files": [{"sha256": evidence, "name": "传真"}],
            "state": IncomingState.WAITING,
            "reason": "人工登记的传真，等开工单。",
        },
    )
    if fresh:
        after = {"number": row.pk, "sha256": evidence}
        audit("incoming.received", by=by, contract_id=contract_id, about=channel.name, after=after)
    return row
