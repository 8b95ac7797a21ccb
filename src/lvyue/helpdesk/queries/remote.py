"""Remote work as people ask for it: permissions, who may give one for a system, and what was refused."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from lvyue.accounts import queries as accounts
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import YES, Right, Ruling, Seat, may, no
from lvyue.helpdesk.models import RemoteAttempt, RemotePermission, SystemOwner, Ticket
from lvyue.helpdesk.models.remote import RemoteState
from lvyue.helpdesk.names import plain
from lvyue.helpdesk.queries.tickets import tickets


def department_of(username: str) -> str:
    """The department of an account; empty where it is in none."""
    person = accounts.account(username)
    return person.department.name if person is not None and person.department else ""


def permissions(seat: Seat) -> QuerySet[RemotePermission]:
    """The remote permissions that somebody may see, newest first: of the tickets that are theirs to see, and of the systems of
    their department, whoever reported."""
    department = department_of(seat.username)
    mine = Q(ticket__in=tickets(seat, department).order_by())
    if department:
        wanted = plain(department)
        own = [name for name, of in owners(seat.contract_id).items() if plain(of) == wanted]
        mine |= Q(system__in=own, ticket__contract_id=seat.contract_id)
    return RemotePermission.objects.filter(mine).select_related("ticket").order_by("-id")


def permission(seat: Seat, permission_id: int) -> RemotePermission | None:
    """One of them by its number."""
    return permissions(seat).filter(pk=permission_id).first()


def permissions_of(ticket: Ticket) -> QuerySet[RemotePermission]:
    """The remote permissions of one ticket with their commands, newest first."""
    found = RemotePermission.objects.filter(ticket=ticket)
    return found.prefetch_related("commands").order_by("-id")


def attempts(seat: Seat) -> QuerySet[RemoteAttempt]:
    """The sessions that were refused on the tickets that somebody may see, newest first."""
    theirs = tickets(seat, department_of(seat.username)).order_by()
    found = RemoteAttempt.objects.filter(ticket__in=theirs)
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
    mine = department_of(seat.username)
    owner = owner_of(seat.contract_id, system)
    if mine and owner and plain(mine) == plain(owner):
        return YES
    whose = f"是{owner}的系统" if owner else "没有登记归哪个部门"
    return no(
        "role", f"“{system}”{whose}，您不能许可别人远程登录；可以由它的部门或甲方项目负责人许可。"
    )


__all__ = [
    "RemoteAttempt",
    "RemotePermission",
    "attempts",
    "department_of",
    "may_consent",
    "owner_of",
    "owners",
    "permission",
    "permissions",
    "permissions_of",
    "running_out",
]
