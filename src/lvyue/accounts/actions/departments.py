"""部门: the parts of an organisation, and who belongs to which."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from lvyue.accounts.actions import department_in
from lvyue.accounts.actions.conditions import locked, plain_name, refuse_unless_administrator
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.models import Account, Department, Organisation
from lvyue.core.doubts import Refused, malformed


@transaction.atomic
def register_department(
    organisation: Organisation, name: str, *, by: Account | str, known: Department | None = None
) -> Department:
    """登记部门: a new one, or ``known`` under a corrected name. The same name twice is the same department."""
    refuse_unless_administrator(by, organisation)
    name = plain_name(name, "部门名称", most=200)
    there = Department.objects.filter(organisation=organisation, name=name).first()
    if known is not None:
        return _renamed(Department.objects.select_for_update().get(pk=known.pk), name, there, by)
    if there is not None:
        return there
    try:
        with transaction.atomic():
            made = Department.objects.create(organisation=organisation, name=name)
    except IntegrityError:  # two asked at once
        return Department.objects.get(organisation=organisation, name=name)
    audit("department.registered", by=by, about=organisation.pk, after={"name": name})
    return made


def _renamed(
    department: Department, name: str, there: Department | None, by: Account | str
) -> Department:
    if there is not None and there.pk != department.pk:
        says = f"这个单位已有部门“{name}”。"
        raise Refused([malformed("部门名称", says, "请换一个名称。")])
    if department.name != name:
        before, department.name = department.name, name
        department.save(update_fields=["name"])
        audit(
            "department.registered",
            by=by,
            about=department.organisation_id,
            before={"name": before},
            after={"name": name},
        )
    return department


@transaction.atomic
def move(account: Account, department: Department | None, *, by: Account | str) -> None:
    """换部门: inside the organisation that the person belongs to; None is no department."""
    account = locked(account, by=by)
    department = department_in(account.organisation, department)
    if account.department == department:
        return
    before = account.department.name if account.department else None
    account.department = department
    account.save(update_fields=["department"])
    audit(
        "account.moved",
        by=by,
        about=account.username,
        before={"department": before},
        after={"department": department.name if department else None},
    )
