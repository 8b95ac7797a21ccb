"""复信: what the desk writes back. A person's first letter answers the ticket; what a machine writes never does.

The letter leaves by the mail channel of the platform under a number that is known beforehand, so that what comes back finds
its ticket.
"""

from __future__ import annotations

from django.db import transaction

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused, malformed
from lvyue.helpdesk.actions.stepping import StepTaken, make_mark, take_step
from lvyue.helpdesk.actions.taking import machine_of
from lvyue.helpdesk.actions.writing import By, Entry, hold, require, write
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import DeskChannel, Incoming, Outgoing, Ticket
from lvyue.notices.actions import send
from lvyue.notices.actions.delivering import message_id_of
from lvyue.notices.channels.road import Thread
from lvyue.notices.choices import ChannelKind
from lvyue.notices.texts import many_lines, one_line

#: So many letters are named in the references of an answer.
REFERENCES = 20


@transaction.atomic
def reply_by_mail(
    contract_id: str, number: int, text: str, *, by: Seat, seen: int | None = None
) -> Outgoing:
    """复信: to whoever wrote last, else to the contact of the ticket. The first one is the answer by a person.

    ``Ticket.DoesNotExist``, ``Overtaken`` and ``Refused``; where no mail can leave nothing is written down.
    """
    ticket = hold(contract_id, number, seen)
    require(may(by, Right.TICKET_WORK), ticket.name)
    if not many_lines(text):
        raise Refused([malformed("复信", "没有写内容。", "请写明要告诉对方什么。")])
    last = _last(ticket)
    address = last.address if last is not None else ticket.caller_contact
    channel = last.channel if last is not None else _mailbox(contract_id)
    if channel is None or "@" not in address:
        says = "不知道寄到哪个邮箱，或这份合同没有邮件渠道。"
        raise Refused([malformed(ticket.name, says, "请先记下对方的邮箱，或改用电话。")])
    sent = _sent(channel, ticket, address, text, by=by, automatic=False, last=last)
    told = {"channel": "mail", "to": address, "message_id": sent.message_id}
    if any(step.name == "answer" for step in ticket.life.open_steps(ticket.state)):
        take_step(contract_id, number, StepTaken("answer", said=text, data=told), by=by)
    else:
        make_mark(contract_id, number, Entry("message", said=text, data=told), by=by)
    return sent


def acknowledge(channel: DeskChannel, row: Incoming) -> Outgoing | None:
    """自动确认: once for a ticket, where the channel is set so; None where nothing leaves. It answers nothing (SD-03, V3)."""
    ticket = row.ticket
    if ticket is None or channel.settings.get("acknowledge") != "yes" or not row.address:
        return None
    if Outgoing.objects.filter(ticket=ticket).exists():
        return None
    text = (
        f"已收到您的来信，编号 {ticket.name}。这是自动确认，不是答复；工作人员会另行答复您。\n"
        f"补充情况请直接回复本信，或在标题里写明 {ticket.name}。"
    )
    machine = machine_of(channel)
    try:
        with transaction.atomic():
            sent = _sent(channel, ticket, row.address, text, by=machine, automatic=True, last=row)
            told = {"channel": "mail", "to": row.address, "message_id": sent.message_id}
            held = hold(ticket.contract_id, ticket.number)
            write(held, Entry("auto_answer", said=text, data=told, automatic=True), by=machine)
    except Refused:  # no mail channel, or a contract of the demonstration: a courtesy is not owed
        return None
    return sent


def _sent(
    channel: DeskChannel,
    ticket: Ticket,
    address: str,
    text: str,
    *,
    by: By,
    automatic: bool,
    last: Incoming | None,
) -> Outgoing:
    subject = ticket.title
    if last is not None and last.subject:
        subject = last.subject
    if ticket.name not in subject:
        subject = f"[{ticket.name}] {subject}"
    if last is not None and not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    sender = by.username if isinstance(by, Seat) else by.name
    leg = send(
        ChannelKind.MAIL,
        address,
        one_line(subject),
        text,
        key=f"desk:{ticket.contract_id}:{ticket.number}:{ticket.events}:{automatic}",
        contract_id=ticket.contract_id,
        by=by if isinstance(by, Seat) else by.name,
        thread=_thread(channel, ticket, last, automatic=automatic),
    )
    return Outgoing.objects.create(
        channel=channel,
        ticket=ticket,
        message_id=message_id_of(leg),
        leg=leg.pk,
        address=address,
        automatic=automatic,
        at=clock.now(),
        by=sender,
    )


def _thread(
    channel: DeskChannel, ticket: Ticket, last: Incoming | None, *, automatic: bool
) -> Thread:
    came = Incoming.objects.filter(ticket=ticket, channel__kind=DeskKind.MAIL).order_by("id")
    ids = [*came.values_list("outer_id", flat=True)]
    ids += (
        Outgoing.objects.filter(ticket=ticket).order_by("id").values_list("message_id", flat=True)
    )
    known = [one for one in ids if "@" in one and "#" not in one]
    nearest = last.outer_id if last is not None and "@" in last.outer_id else ""
    if nearest in known:  # the one that is answered stands last
        known = [*(one for one in known if one != nearest), nearest]
    return Thread(nearest, tuple(known[-REFERENCES:]), channel.address, automatic)


def _last(ticket: Ticket) -> Incoming | None:
    came = Incoming.objects.filter(ticket=ticket, channel__kind=DeskKind.MAIL)
    return came.exclude(address="").select_related("channel").order_by("-id").first()


def _mailbox(contract_id: str) -> DeskChannel | None:
    found = DeskChannel.objects.filter(contract_id=contract_id, kind=DeskKind.MAIL, active=True)
    return found.order_by("id").first()
