"""回执: what the other end tells afterwards: a gateway calls back, a mail server returns a letter.

A report may come twice, late, in the wrong order or for nothing that we sent; none of that does harm. What was delivered
stays delivered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.message import Message as Letter
from enum import Enum

from django.db import transaction

from lvyue import clock
from lvyue.notices.actions.delivering import setup_of
from lvyue.notices.channels.mail import LOOP
from lvyue.notices.channels.sms import Report, Sms, mobile, read_report
from lvyue.notices.choices import ChannelKind, LegState, Outcome
from lvyue.notices.models import Channel, Delivery, Leg

#: Of a letter that comes in, so much is read.
MOST = 1_000_000

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,200}>")


# ── text messages ────────────────────────────────────────────────────────────────────────────────────────────────


def take_reports(channel: Channel, body: bytes, media: str) -> int:
    """收短信回执. How many of them were of messages that we sent."""
    sms = Sms()
    reports = sms.reports(read_report(body, media), setup_of(channel))
    return sum(_take(channel, one) for one in reports)


@transaction.atomic
def _take(channel: Channel, report: Report) -> bool:
    found = Leg.objects.select_for_update().filter(
        channel=channel, provider_id=report.provider_id, sent_at__isnull=False
    )
    if report.phone:
        number = mobile(report.phone)
        legs = [leg for leg in found if mobile(leg.target) == number]
    else:
        legs = list(found)
    for leg in legs:
        _settle(leg, delivered=report.delivered, says=report.says)
    return bool(legs)


def _settle(leg: Leg, *, delivered: bool, says: str) -> None:
    """Nothing where it is known already, and nothing that would take a delivery back."""
    if leg.state == LegState.DELIVERED or (leg.state == LegState.FAILED and not delivered):
        return
    now = clock.now()
    if delivered:
        leg.state, leg.delivered_at, leg.why = LegState.DELIVERED, now, ""
    else:
        leg.state, leg.why = LegState.FAILED, f"对方回执：{says}"[:500]
    leg.save(update_fields=["state", "delivered_at", "why"])
    Delivery.objects.create(
        leg=leg,
        channel_id=leg.channel_id,
        at=now,
        outcome=Outcome.DELIVERED if delivered else Outcome.BOUNCED,
        says=says[:500],
    )


# ── letters that come back ───────────────────────────────────────────────────────────────────────────────────────


class Inbound(Enum):
    """来信: what a letter to the sender's address is. None of them is ever answered."""

    BOUNCED = "退信：收件地址收不到"
    DELAYED = "迟延通知：对方服务器还在试"
    DELIVERED = "送达回执"
    LOOP = "自己发出的信回来了"
    AUTOMATIC = "自动答复"
    ORDINARY = "普通来信"


@dataclass(frozen=True, slots=True)
class Taken:
    """收下: what it was, and of which legs it spoke."""

    what: Inbound
    legs: tuple[int, ...] = ()


def take_letter(raw: bytes) -> Taken:
    """收信: reports mark what they speak of; what a machine wrote, or we ourselves, is set aside; nothing is answered."""
    letter = message_from_bytes(raw[:MOST], policy=policy.default)
    if letter.get_content_type() == "multipart/report":
        what, says = _verdict(letter)
        return Taken(what, _mark(_original_ids(letter), what, says))
    if letter.get(LOOP) is not None:
        ids = _MESSAGE_ID.findall(str(letter.get("Message-ID", "")))
        return Taken(Inbound.LOOP, _mark(ids, Inbound.LOOP, Inbound.LOOP.value))
    if _by_a_machine(letter):
        return Taken(Inbound.AUTOMATIC)
    return Taken(Inbound.ORDINARY)


def _by_a_machine(letter: Letter) -> bool:
    submitted = str(letter.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(letter.get("Precedence", "")).strip().lower()
    empty = str(letter.get("Return-Path", "")).strip() == "<>"
    return submitted != "no" or precedence in ("bulk", "junk", "list", "auto_reply") or empty


def _verdict(letter: EmailMessage) -> tuple[Inbound, str]:
    """What a delivery report says of its first addressee: we write to one at a time."""
    for part in letter.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _inside(part):
            action = str(block.get("Action", "")).strip().lower()
            if not action:
                continue
            says = " ".join(
                filter(
                    None,
                    [str(block.get("Status", "")), str(block.get("Diagnostic-Code", ""))],
                )
            )
            if action == "failed":
                return Inbound.BOUNCED, says
            if action in ("delivered", "relayed", "expanded"):
                return Inbound.DELIVERED, says
            return Inbound.DELAYED, says
    return Inbound.AUTOMATIC, ""


def _original_ids(letter: EmailMessage) -> list[str]:
    """The ids of the letter that a report brings back, from the letter itself or from its headers alone."""
    found: list[str] = []
    for part in letter.walk():
        if part.get_content_type() == "message/rfc822":
            for one in _inside(part):
                found += _MESSAGE_ID.findall(str(one.get("Message-ID", "")))
        elif part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            headers = message_from_bytes(
                text if isinstance(text, bytes) else b"", policy=policy.default
            )
            found += _MESSAGE_ID.findall(str(headers.get("Message-ID", "")))
    return found


def _inside(part: Letter) -> list[Letter]:
    """The letters or blocks of headers that a part holds."""
    held = part.get_payload()
    return [one for one in held if isinstance(one, Letter)] if isinstance(held, list) else []


@transaction.atomic
def _mark(ids: list[str], what: Inbound, says: str) -> tuple[int, ...]:
    found = Leg.objects.select_for_update().filter(
        channel__kind=ChannelKind.MAIL, provider_id__in=ids[:10], sent_at__isnull=False
    )
    legs = list(found)
    if what in (Inbound.BOUNCED, Inbound.DELIVERED, Inbound.LOOP):
        for leg in legs:
            _settle(leg, delivered=what is Inbound.DELIVERED, says=says)
    return tuple(leg.pk for leg in legs)
