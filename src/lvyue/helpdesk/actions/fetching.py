"""收信: reading the mailboxes of the desk. A letter is kept before it is marked, so whoever dies between loses nothing.

How far a mailbox has been read stands in the same transaction as the letter: fetched twice, nothing is there twice. What lay
in the mailbox before the channel was set up is not the desk's.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.sealing import unseal
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.replying import acknowledge
from lvyue.helpdesk.actions.taking import Arrival, machine_of, take_in
from lvyue.helpdesk.actions.writing import Entry, hold, write
from lvyue.helpdesk.choices import IncomingState
from lvyue.helpdesk.letters import InboundLetter, Nature, read_letter
from lvyue.helpdesk.mailbox import Arrived, Door, Mailbox, MailboxTrouble, opened
from lvyue.helpdesk.models import DeskChannel, Incoming, Outgoing, Ticket
from lvyue.notices.actions.reporting import take_letter as take_report

log = logging.getLogger(__name__)

#: So many letters are taken in one go; the rest comes with the next.
AT_ONCE = 500

#: A mail server's clock may be behind ours by so much.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fetched:
    """收信结果: how many letters were new, how many were known, how many were older than the channel; ``says`` why it broke off."""

    fresh: int = 0
    known: int = 0
    older: int = 0
    says: str = ""


def fetch(channel: DeskChannel) -> Fetched:
    """收信: everything that is new in one mailbox, oldest first."""
    try:
        door = Door.of(channel.settings, unseal(channel.secret))
        with opened(door) as box:
            found = _take_all(channel, box)
    except MailboxTrouble as trouble:
        found = Fetched(says=str(trouble))
    except Refused as refused:
        found = Fetched(says=refused.doubts[0].says)
    now = clock.now()
    row = DeskChannel.objects.get(pk=channel.pk)
    row.checked_at = now
    row.down_since = (row.down_since or now) if found.says else None
    row.says = found.says[:500]
    row.save(update_fields=["checked_at", "down_since", "says"])
    return found


def _take_all(channel: DeskChannel, box: Mailbox) -> Fetched:
    counted = {"fresh": 0, "known": 0, "older": 0}
    says = ""
    last = _read_to(DeskChannel.objects.get(pk=channel.pk), box.validity)
    for uid in box.uids(last)[:AT_ONCE]:
        arrived = box.letter(uid)
        if arrived is None:
            continue
        what = _take_one(channel, arrived, box.validity)
        counted[what] += 1
        if what == "older":
            continue
        try:
            box.settle(uid)
        except MailboxTrouble as trouble:  # it has been kept; those behind it must not wait
            says = str(trouble)
    return Fetched(**counted, says=says)


def _read_to(channel: DeskChannel, validity: int) -> int:
    """The last number that was read; none where the server numbers its letters anew."""
    held = channel.progress
    return int(held.get("uid", 0)) if held.get("validity") == validity else 0


def _take_one(channel: DeskChannel, arrived: Arrived, validity: int) -> str:
    if arrived.at < channel.set_at - SKEW:
        _note(channel, arrived.uid, validity)
        return "older"
    try:
        with transaction.atomic():
            row = take_letter(
                channel, arrived.raw, arrived.at, cut=arrived.size if arrived.cut else 0
            )
            _note(channel, arrived.uid, validity)
    except Exception as error:  # a letter that we cannot bear must not stop those behind it
        log.exception("%s 的第 %s 封信读不了", channel, arrived.uid)
        with transaction.atomic():
            row = take_in(channel, _unreadable(arrived, error))
            _note(channel, arrived.uid, validity)
    return "known" if row is None else "fresh"


def _note(channel: DeskChannel, uid: int, validity: int) -> None:
    held = DeskChannel.objects.filter(pk=channel.pk)
    held.update(progress={"uid": uid, "validity": validity})


def _unreadable(arrived: Arrived, error: Exception) -> Arrival:
    return Arrival(
        "",
        "",
        "",
        "读不了的来信",
        "",
        arrived.at,
        raw=arrived.raw,
        raw_name="来信.eml",
        verdict=IncomingState.WAITING,
        reason=f"程序读不了（{type(error).__name__}），请看原件。",
    )


# ── one letter ───────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def take_letter(
    channel: DeskChannel, raw: bytes, received: datetime, *, cut: int = 0
) -> Incoming | None:
    """收一封信, at the moment at which the mail server got it; None where the very same was here before.

    ``cut`` is the size in bytes of a letter that was too large, of which only the headers were taken.
    """
    letter = read_letter(raw)
    ticket = _about(channel, letter)
    verdict, reason = _nature(channel, letter)
    if cut:
        verdict = IncomingState.WAITING
        reason = f"来信有 {cut >> 20} MB，只收下信头；请到信箱里查看全文。"
    arrival = Arrival(
        letter.message_id,
        letter.sender,
        letter.address,
        letter.subject,
        letter.text,
        received,
        thread=(letter.answers[-1] if letter.answers else letter.message_id),
        files=[(one.name, one.content) for one in letter.files],
        raw=raw,
        raw_name="来信.eml",
        warnings=letter.warnings,
        verdict=verdict,
        reason=reason,
        ticket=ticket,
    )
    row = take_in(channel, arrival)
    if row is None:
        return None
    if row.state == IncomingState.BOUNCE:
        _came_back(channel, raw)
    if row.state == IncomingState.TICKET and letter.nature is Nature.PERSON and not letter.quiet:
        acknowledge(channel, row)
    return row


def _nature(channel: DeskChannel, letter: InboundLetter) -> tuple[IncomingState | None, str]:
    own = {channel.address.lower(), channel.settings.get("username", "").lower()}
    if letter.nature is Nature.OWN or letter.address in own:
        return IncomingState.LOOP, Nature.OWN.value
    match letter.nature:
        case Nature.BOUNCE:
            return IncomingState.BOUNCE, letter.nature.value
        case Nature.REPLY:
            return IncomingState.LOOP, letter.nature.value
        case Nature.MACHINE:
            return IncomingState.WAITING, f"{letter.nature.value}，请人看是否要办。"
        case _:
            return None, ""


def _about(channel: DeskChannel, letter: InboundLetter) -> Ticket | None:
    """The ticket to which a letter belongs: by the letters that it answers, else by the number in its subject."""
    for one in letter.answers:
        sent = Outgoing.objects.filter(
            message_id=one, channel__contract_id=channel.contract_id
        ).first()
        if sent is not None:
            return sent.ticket
        came = Incoming.objects.filter(channel=channel, outer_id=one, ticket__isnull=False).first()
        if came is not None:
            return came.ticket
    for prefix, number in letter.numbers:
        found = Ticket.objects.filter(contract_id=channel.contract_id, number=number).first()
        if found is not None and found.the_kind.prefix == prefix:
            return found
    return None


def _came_back(channel: DeskChannel, raw: bytes) -> None:
    """A letter of ours did not arrive: the leg is marked, and the ticket says so, for somebody else must tell the user."""
    report = take_report(raw)
    sent = Outgoing.objects.filter(channel__contract_id=channel.contract_id, leg__in=report.legs)
    for one in sent.select_related("ticket"):
        said = f"寄往 {one.address} 的信有退信或送达回执：{report.what.value}"
        write(
            hold(one.ticket.contract_id, one.ticket.number),
            Entry("note", said=said),
            by=machine_of(channel),
        )
