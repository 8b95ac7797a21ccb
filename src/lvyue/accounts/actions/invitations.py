"""邀请: an administrator says who may come and as what; the person alone chooses the password.

The link works once, for seven days, and until it is taken back. Only its hash is kept, so whoever reads the database
cannot use it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import appoint, create_account, department_in, end_of
from lvyue.accounts.actions.conditions import plain_name, refuse_unless_administrator
from lvyue.accounts.actions.contacts import plain_mail, set_way
from lvyue.accounts.actions.trail import audit, whose
from lvyue.accounts.choices import ContactKind, ContractRole
from lvyue.accounts.duties import Held, may_hold
from lvyue.accounts.models import Account, Appointment, Department, Invitation, Organisation
from lvyue.accounts.queries import digest_of, why_closed
from lvyue.core.doubts import Refused, malformed

#: So long a link works.
GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Offer:
    """任职: what somebody is to be on one contract, and whether that contract belongs to the demonstration."""

    contract_id: str
    role: ContractRole
    demonstration: bool


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """新邀请: the row, and the secret end of the link, which nobody can read again."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(
    name: str,
    *,
    by: Account | str,
    organisation: Organisation | None = None,
    department: Department | None = None,
    mail: str = "",
    offers: Sequence[Offer] = (),
    ends_at: datetime | None = None,
) -> NewInvitation:
    """邀请. What could not be appointed is refused now, and not when the person stands before the door."""
    refuse_unless_administrator(by, organisation)
    name = plain_name(name, "姓名")
    demonstration = isinstance(by, Account) and by.demonstration
    _refuse_impossible(name, offers, organisation, demonstration=demonstration)
    now, secret = clock.now(), secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        name=name,
        organisation=organisation,
        department=department_in(organisation, department),
        mail=plain_mail(mail) if mail.strip() else "",
        offers=[
            {"contract": one.contract_id, "role": one.role.value, "demo": one.demonstration}
            for one in offers
        ],
        ends_at=end_of(ends_at, temporary=False),
        digest=digest_of(secret),
        invited_by=whose(by)[0],
        demonstration=demonstration,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    after = {
        "name": name,
        "organisation": organisation.pk if organisation else None,
        "roles": "、".join(f"{one.contract_id} {one.role.label}" for one in offers),
        "expires": invitation.expires_at.isoformat(timespec="minutes"),
    }
    audit("invitation.made", by=by, about=f"邀请 {invitation.pk}", after=after)
    return NewInvitation(invitation, secret)


def _refuse_impossible(
    name: str, offers: Sequence[Offer], organisation: Organisation | None, *, demonstration: bool
) -> None:
    """The rules of `appoint`, for somebody who has no account yet."""
    taken: list[tuple[str, Held]] = []
    for one in offers:
        if demonstration and not one.demonstration:
            says = "演示管理员邀请的人属于演示，只能任职于演示合同。"
            raise Refused(
                [malformed(f"合同 {one.contract_id}", says, "请由正式的系统管理员邀请。")]
            )
        wanted = Held("", name, one.role, organisation.pk if organisation else None)
        there = Appointment.objects.filter(contract_id=one.contract_id, until__isnull=True)
        others = [
            Held(
                held.account.username,
                held.account.name,
                ContractRole(held.role),
                held.account.organisation_id,
            )
            for held in there.select_related("account").order_by("id")
        ]
        own = [held for contract_id, held in taken if contract_id == one.contract_id]
        ruling = may_hold(wanted, [*others, *own], administrator=False)
        if not ruling:
            mend = "请换一个角色，或先解除原来的任职。"
            raise Refused([malformed(f"合同 {one.contract_id}", ruling.reason, mend)])
        taken.append((one.contract_id, wanted))


@transaction.atomic
def revoke(invitation: Invitation, *, by: Account | str) -> None:
    """撤回邀请: the link works no longer. One that was accepted stays accepted."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    refuse_unless_administrator(by, invitation.organisation)
    if invitation.accepted_at is None and invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        before = {"name": invitation.name}
        audit("invitation.revoked", by=by, about=f"邀请 {invitation.pk}", before=before)


@transaction.atomic
def accept(secret: str, username: str, password: str) -> Account:
    """接受邀请: the account is made, with what was offered. Two who ask at once with one link make one account."""
    found = Invitation.objects.select_for_update().filter(digest=digest_of(secret)).first()
    why = why_closed(found, clock.now())
    if found is None or why:
        raise Refused([malformed("邀请", why, "请向系统管理员要新的邀请。")])
    by = _inviter(found)
    account = create_account(
        username,
        found.name,
        password,
        by=by,
        organisation=found.organisation,
        department=found.department,
        demonstration=found.demonstration,
        ends_at=found.ends_at,
        handed_over=False,
    )
    for one in found.offers:
        role = ContractRole(one["role"])
        appoint(account, one["contract"], role, by=by, demonstration=one["demo"])
    if found.mail:
        set_way(account, ContactKind.MAIL, found.mail, by=account)
    found.accepted_at, found.account = clock.now(), account
    found.save(update_fields=["accepted_at", "account"])
    audit("invitation.accepted", by=account, about=f"邀请 {found.pk}")
    return account


def _inviter(invitation: Invitation) -> Account | str:
    """In whose name the account is made: whoever invited, who must still be an administrator."""
    by = Account.objects.filter(username=invitation.invited_by).first()
    if by is not None and not (by.is_administrator and by.is_active):
        says = "邀请您的人已不再管理账号，这个邀请不再有效。"
        raise Refused([malformed("邀请", says, "请向现在的系统管理员要新的邀请。")])
    return by or invitation.invited_by
