"""核实身份: before anybody lays hands on a system, who asked for it is known: how that was checked, with what outcome, for what.

What somebody knows proves nothing. A number or an address counts only if the contract had listed it before the request came; one
that was changed afterwards is whoever changed it (cloud-lease-2025 第五条二 8, Z12).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.choices import Proof, Side
from lvyue.helpdesk.models import Call, Ticket
from lvyue.helpdesk.models.tickets import SHORT
from lvyue.helpdesk.queries.callers import current_contacts, known_account
from lvyue.helpdesk.queries.channels import asked_on, unverified
from lvyue.notices.texts import one_line

#: How it may be made sure who asks, by name and in words.
IDENTITY_METHODS: dict[str, str] = {one.value: str(one.label) for one in Proof}

#: Which contacts of the contract a proof needs.
_REGISTERED = {Proof.CALLBACK: ("mobile", "phone"), Proof.MAIL: ("email",)}


@dataclass(frozen=True, slots=True)
class Identity:
    """身份核对: whom somebody checked, how, with what outcome, and what is then done.

    ``contact`` is the number of the contact that was called back or written to, ``username`` who confirmed on the platform.
    """

    whom: str
    method: str
    passed: bool
    operation: str
    note: str = ""
    contact: int | None = None
    username: str = ""


@transaction.atomic
def verify_identity(
    contract_id: str, number: int, identity: Identity, *, call: int | None = None, by: Seat
) -> Ticket:
    """核实身份, on the ticket that asks for an operation. A check that failed is on record too, and lets nobody begin.

    Of a ticket about which somebody called from a number that is not the contract's, the call counts as verified: the one that
    ``call`` names, else the first that waits for it. ``Refused`` for a check that proves nothing; ``Ticket.DoesNotExist`` and
    ``Call.DoesNotExist``.
    """
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_WORK), ticket.name)
    asked = _asked(ticket, call)
    if asked is not None and not identity.operation.strip():
        identity = _about(identity, asked.operation)
    doubts = wrong_identity(contract_id, identity, asked_on(ticket, asked), by=by)
    note = one_line(identity.note, 500)
    if not note:
        mend = "请写明问了谁、对方怎样答；只说“知道内情”不算核实。"
        doubts.append(malformed("核实记录", "没有写。", mend))
    if doubts:
        raise Refused(doubts)
    data: dict[str, str | bool] = as_data(identity)
    if asked is not None:
        data["call"] = str(asked.pk)
    outcome = "通过" if identity.passed else "没有通过"
    said = f"{IDENTITY_METHODS[identity.method]}，{outcome}：{note}"
    write(ticket, Entry("verify", said=said, data=data), by=by)
    if asked is not None and identity.passed:
        _verified(asked, identity.method, note, by)
    return ticket


def _asked(ticket: Ticket, call: int | None) -> Call | None:
    """The call that waits to be verified; ``Call.DoesNotExist`` where the one that was named does not."""
    if call is None:
        found = unverified(ticket)
        return None if found is None else Call.objects.select_for_update().get(pk=found.pk)
    held = Call.objects.select_for_update().get(pk=call, ticket=ticket)
    if not held.operation or held.listed or held.verified_at is not None:
        raise Refused([malformed("通话", "没有等待核实的操作要求。", "请核对是哪一次通话。")])
    return held


def _about(identity: Identity, operation: str) -> Identity:
    return Identity(
        *(identity.whom, identity.method, identity.passed, operation),
        *(identity.note, identity.contact, identity.username),
    )


def _verified(call: Call, method: str, note: str, by: Seat) -> None:
    call.verified_at, call.verified_by = clock.now(), by.username
    call.verified_how, call.verified_note = method, note
    call.save(update_fields=["verified_at", "verified_by", "verified_how", "verified_note"])
    name = call.ticket.name if call.ticket is not None else f"通话 {call.pk}"
    after = {"id": call.pk, "way": method}
    audit(
        "call.verified", by=by, contract_id=call.contract_id, about=name, after=after, reason=note
    )


def wrong_identity(contract_id: str, identity: Identity, before: date, *, by: Seat) -> list[Doubt]:
    """What is wrong with a check: no such way, nobody named, or a contact that the contract had not listed on a day."""
    doubts = []
    if identity.method not in IDENTITY_METHODS:
        known = "、".join(IDENTITY_METHODS.values())
        says = f"没有“{identity.method[:40]}”这种办法。"
        return [malformed("身份核对", says, f"可选：{known}。")]
    for place, text in (("核对了谁", identity.whom), ("要做的操作", identity.operation)):
        if not text.strip():
            mend = "操作之前先核对甲方身份，并写明核对了谁、做什么。"
            doubts.append(malformed(place, "没有写。", mend))
    how = Proof(identity.method)
    if identity.passed and how in _REGISTERED:
        held = current_contacts(contract_id, before).filter(
            pk=identity.contact or 0, side=Side.BUYER
        )
        if not held.filter(kind__in=_REGISTERED[how]).exists():
            says = f"“{how.label}”要用来电、来件之前合同就登记的甲方联系方式。"
            mend = "请从合同联系方式里选；之后才改的号码、邮箱不能用来核实。"
            doubts.append(malformed("联系方式", says, mend))
    if identity.passed and how is Proof.ACCOUNT:
        known_one = known_account(contract_id, identity.username)
        if (
            known_one is None
            or known_one.side is not Side.BUYER
            or known_one.username == by.username
        ):
            says = f"“{identity.username[:40]}”不是这份合同的甲方人员。"
            doubts.append(malformed("登录名", says, "请由提出要求的甲方人员本人登录平台确认。"))
    return doubts


def as_data(identity: Identity) -> dict[str, str | bool]:
    """A check as it is kept with a happening."""
    return {
        "whom": one_line(identity.whom)[:SHORT],
        "method": identity.method,
        "passed": identity.passed,
        "operation": one_line(identity.operation)[:SHORT],
    }
