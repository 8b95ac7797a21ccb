"""Remote work as people ask for it: permissions, who may give one for a system, and what was refused."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from lvyue.accounts import queries as accounts
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import YES, Right, Ruling, Seat, may, no
from lvyue.helpdesk.conditions import plain
from lvyue.helpdesk.models import RemoteAttempt, RemotePermission, SystemOwner, Ticket
from lvyue.helpdesk.models.remote import RemoteState


def permissions(contract_id: str) -> QuerySet[RemotePermission]:
    """Every remote permission of a contract, newest first."""
    found = RemotePermission.objects.filter(ticket__contract_id=contract_id)
    return found.select_related("ticket").order_by("-id")


def permissions_of(ticket: Ticket) -> QuerySet[RemotePermission]:
    """The remote permissions of one ticket with their commands, newest first."""
    found = RemotePermission.objects.filter(ticket=ticket)
    return found.prefetch_related("commands").order_by("-id")


def attempts(contract_id: str) -> QuerySet[RemoteAttempt]:
    """Every session that was refused on a contract, newest first."""
    found = RemoteAttempt.objects.filter(ticket__contract_id=contract_id)
    return found.select_related("ticket").order_by("-id")


def running_out(now: datetime) -> QuerySet[RemotePermission]:
    """Sessions whose time is over and which nobody has ended."""
    return RemotePermission.objects.filter(state=RemoteState.OPENED, expires__lte=now)


def owners(contract_id: str) -> dict[str, str]:
    """Whose department each system is, by the newest entry."""
    found = SystemOwner.objects.filter(contract_id=contract_id).order_by("id")
    return {one.system: one.department for one in found}


def owner_of(contract_id: str, system: str) -> str:
    """The department whose system it is; empty where it is the buyer's alone."""
    wanted = plain(system)
    return next((d for name, d in owners(contract_id).items() if plain(name) == wanted), "")


def may_consent(seat: Seat, system: str) -> Ruling:
    """Whether somebody may let others into a system: the buyer's lead, and the department whose system it is (2:2.1(2))."""
    ruling = may(seat, Right.TICKET_CONFIRM)
    if not ruling or ContractRole.BUYER in seat.roles:
        return ruling
    person = accounts.account(seat.username)
    mine = person.department.name if person is not None and person.department else ""
    owner = owner_of(seat.contract_id, system)
    if mine and owner and plain(mine) == plain(owner):
        return YES
    whose = f"是{owner}的系统" if owner else "没有登记归哪个部门"
    return no(
        "role", f"“{system}”{whose}，您不能许可别人远程登录；可以由它的部门或甲方项目负责人许可。"
    )
