"""通话: a call is written down with whoever answered it; one that nobody answered is written down too, as the gap that it is.

What a caller asks to have done to a system waits until it is known who called: by a number that the contract already listed the
day before, or by a proof that somebody answers for (``verifying``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of, moment_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.tickets import SKEW
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.actions.taking import machine_of
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.choices import CallDirection, DeskKind, Side
from lvyue.helpdesk.models import Call, DeskChannel, Ticket
from lvyue.helpdesk.queries.callers import (
    Known,
    current_contacts,
    digits,
    known_account,
    known_number,
)
from lvyue.notices.texts import many_lines, one_line

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewCall:
    """新通话: who called from where, when it rang and was answered, and about what.

    ``ref`` is a caller as ``find_callers`` names one (``account:zhang``, ``contact:12``), empty for anybody else. ``answered_at``
    None: nobody answered. ``ticket`` the number of the ticket it is about; else ``new`` is opened; neither for a call that was only
    a test or came to nothing. ``operation`` is what the caller wants done to a system, in a few words.
    """

    number: str = ""
    caller: str = ""
    ref: str = ""
    direction: CallDirection = CallDirection.IN
    began_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    channel: int | None = None
    note: str = ""
    ticket: int | None = None
    new: NewTicket | None = None
    operation: str = ""
    test: bool = False
    evidence: tuple[str, ...] = field(default=())


@transaction.atomic
def take_call(contract_id: str, call: NewCall, *, by: Seat) -> Call:
    """登记通话, by the person who answered it: with its ticket, a new one or one that is there.

    A new ticket is opened when it rang and answered when somebody did; a moment that is written down long afterwards counts
    when it is written down, unless a file bears it out.

    ``Refused`` with everything that is wrong; ``Ticket.DoesNotExist`` and ``DeskChannel.DoesNotExist`` for those of other contracts.
    """
    require(may(by, Right.TICKET_WORK), "通话")
    now = clock.now()
    answered = moment_of(call.answered_at or now)
    began = moment_of(call.began_at or answered)
    doubts = _time_doubts(began, answered, call.ended_at, now)
    if call.ticket is not None and call.new is not None:
        says = "又写了已有的工单，又要新开。"
        doubts.append(malformed("工单", says, "请只选一样。"))
    if call.operation and call.ticket is None and call.new is None:
        says = "要求了操作，但没有工单。"
        doubts.append(malformed("要求的操作", says, "请新开一张工单，或选它所说的那一张。"))
    if doubts:
        raise Refused(doubts)
    channel = _line(contract_id, call.channel)
    known, listed = _caller(contract_id, call, day_of(began) - _DAY)
    row = Call(
        contract_id=contract_id,
        channel=channel,
        direction=call.direction,
        number=one_line(_whole(contract_id, call.number, known), 40),
        caller=one_line(known.name if known is not None else call.caller, 80),
        listed=listed,
        contact_id=known.contact if known is not None else None,
        began_at=began,
        answered_at=answered,
        ended_at=moment_of(call.ended_at) if call.ended_at is not None else None,
        answered_by=by.username,
        answered_name=by.name,
        test=call.test,
        note=many_lines(call.note),
        operation=one_line(call.operation, 200),
        recorded_by=by.username,
        recorded_at=now,
    )
    row.ticket = _ticket(contract_id, call, row, known, by)
    row.save(force_insert=True)
    if row.ticket is not None:
        _on_the_ticket(row, call, by)
    _audit("call.recorded", row, by)
    return row


def _time_doubts(
    began: datetime, answered: datetime, ended: datetime | None, now: datetime
) -> list[Doubt]:
    doubts = []
    for place, at in (("振铃", began), ("接听", answered), ("挂断", ended)):
        if at is not None and moment_of(at) > now + SKEW:
            doubts.append(malformed(place, "还没有到。", "请写已经发生的时间。"))
    if answered < began:
        doubts.append(malformed("接听", "早于振铃。", "请核对先后。"))
    if ended is not None and moment_of(ended) < answered:
        doubts.append(malformed("挂断", "早于接听。", "请核对先后。"))
    return doubts


def _line(contract_id: str, channel_id: int | None) -> DeskChannel | None:
    if channel_id is None:
        return None
    return DeskChannel.objects.get(pk=channel_id, contract_id=contract_id, kind=DeskKind.PHONE)


def _caller(contract_id: str, call: NewCall, on: date) -> tuple[Known | None, bool]:
    """Who it is, and whether the number itself, as it was known on a day, says so: a choice on the form only names somebody."""
    found = known_number(contract_id, call.number, on)
    if found is not None or not call.ref:
        return found, found is not None and found.side is Side.BUYER
    kind, _, key = call.ref.partition(":")
    if kind == "account" and (known := known_account(contract_id, key)) is not None:
        return known, False
    if kind == "contact" and key.isdecimal() and len(key) < 19:  # noqa: PLR2004  what the database counts to
        row = current_contacts(contract_id, clock.today()).filter(pk=int(key)).first()
        if row is not None:
            return Known(Side(row.side), row.person, contact=row.pk), False
    raise Refused([malformed("来电人", "名单里没有这个人。", "请重新选，或直接写姓名和号码。")])


#: So many last digits of a number tell it among those of one person.
_LAST_DIGITS = 3


def _whole(contract_id: str, typed: str, known: Known | None) -> str:
    """The whole number of a contact of whom only the last digits were typed; it proves no more than a choice on the form does."""
    last = digits(typed)
    if known is None or known.contact is None or len(last) < _LAST_DIGITS:
        return typed
    value = current_contacts(contract_id, clock.today()).get(pk=known.contact).value
    return value if digits(value).endswith(last) else typed


def _ticket(
    contract_id: str, call: NewCall, row: Call, known: Known | None, by: Seat
) -> Ticket | None:
    if call.ticket is not None:
        return hold(contract_id, call.ticket)
    if call.new is None:
        return None
    new = call.new
    values = {"channel": "phone", **new.values}
    made = NewTicket(
        new.kind,
        new.title,
        new.body,
        values,
        at=row.began_at,
        level=new.level,
        caller=row.caller,
        caller_contact=row.number,
        department=new.department or (known.department if known is not None else ""),
        evidence=new.evidence,
        because=new.because,
        rejected=new.rejected,
        reporter=known.username if known is not None else "",
        reporter_name=row.caller,
        reporter_side=known.side if known is not None else Side.BUYER,
        proved=True,  # earlier than it was written down: against whoever writes it
    )
    return open_ticket(contract_id, made, by=by)


def _on_the_ticket(row: Call, call: NewCall, by: Seat) -> None:
    ticket = row.ticket
    if ticket is None:
        return
    said = row.note or ("拨测" if row.test else f"{row.get_direction_display()}：{row.caller}")
    data = {"call": str(row.pk), "direction": row.direction}
    if row.operation:
        data["operation"] = row.operation
        if not row.listed:
            said += "\n来电号码不是合同登记的号码：核实来电人身份之前不能操作。"
    at = max(row.answered_at or row.began_at, ticket.opened_at)
    write(ticket, Entry("call", at, said, data, call.evidence), by=by)
    incoming = row.direction == CallDirection.IN and call.new is not None
    if incoming and any(one.name == "answer" for one in ticket.life.open_steps(ticket.state)):
        answer = StepTaken("answer", row.answered_at, "接听来电", data, evidence=call.evidence)
        take_step(row.contract_id, ticket.number, answer, by=by)
        row.ticket = Ticket.objects.get(pk=ticket.pk)


@transaction.atomic
def note_missed_call(
    contract_id: str,
    *,
    number: str,
    began_at: datetime,
    ended_at: datetime | None = None,
    channel: int | None = None,
    outer_id: str = "",
    test: bool = False,
    by: Seat | DeskChannel,
) -> Call:
    """登记未接: from the exchange's list or by a person; once for the exchange's own number. A voice box answers nobody (SD-01)."""
    if isinstance(by, Seat):
        require(may(by, Right.TICKET_WORK), "通话")
    now = clock.now()
    began = moment_of(began_at)
    if began > now + SKEW:
        raise Refused([malformed("振铃", "还没有到。", "请写已经发生的时间。")])
    if ended_at is not None and moment_of(ended_at) < began:
        raise Refused([malformed("挂断", "早于振铃。", "请核对先后。")])
    if outer_id:
        there = Call.objects.filter(contract_id=contract_id, outer_id=outer_id[:200]).first()
        if there is not None:
            return there
    known = known_number(contract_id, number, day_of(began) - _DAY)
    row = Call.objects.create(
        contract_id=contract_id,
        channel=_line(contract_id, channel),
        outer_id=outer_id[:200],
        number=one_line(number, 40),
        caller=known.name if known is not None else "",
        listed=known is not None and known.side is Side.BUYER,
        began_at=began,
        ended_at=moment_of(ended_at) if ended_at is not None else None,
        test=test,
        recorded_by=by.username if isinstance(by, Seat) else machine_of(by).name,
        recorded_at=now,
    )
    _audit("call.recorded", row, by)
    return row


def _audit(act: str, row: Call, by: Seat | DeskChannel) -> None:
    audit(
        act,
        by=by if isinstance(by, Seat) else machine_of(by).name,
        contract_id=row.contract_id,
        about=row.ticket.name if row.ticket is not None else f"通话 {row.pk}",
        after={"id": row.pk},
    )
