"""服务账号: accounts of programs. They have no password and no face; a named person answers for each, and each has an end."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from lvyue.accounts.actions import Hashed, create_account, revoke_all
from lvyue.accounts.actions.conditions import (
    not_allowed,
    plain_name,
    plain_reason,
    refuse_unless_administrator,
)
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.models import Account, Organisation, ServiceAccount
from lvyue.accounts.queries import service_of
from lvyue.core.doubts import Refused, malformed

#: The longest purpose of a program that anybody is asked to read.
PURPOSE = 200


@transaction.atomic
def create_service_account(
    username: str,
    name: str,
    purpose: str,
    *,
    by: Account | str,
    owner: Account,
    ends_at: datetime | None,
    organisation: Organisation | None = None,
) -> ServiceAccount:
    """建立服务账号: by an administrator, for a program that somebody else answers for.

    The owner makes its tokens. An administrator does not: who keeps accounts must not see contracts by that.
    """
    refuse_unless_administrator(by)
    if ends_at is None:
        raise Refused(
            [malformed("到期", "服务账号必须有到期日。", "请填写到期日，到期前可以延长。")]
        )
    _refuse_as_owner(owner, by)
    account = create_account(
        username,
        name,
        Hashed(make_password(None)),
        by=by,
        organisation=organisation or owner.organisation,
        demonstration=owner.demonstration,
        ends_at=ends_at,
        temporary=True,
        handed_over=False,
    )
    made = ServiceAccount.objects.create(
        account=account, owner=owner, purpose=plain_name(purpose, "程序的用途", most=PURPOSE)
    )
    after = {"owner": owner.username, "purpose": made.purpose}
    audit("service_account.created", by=by, about=account.username, after=after)
    return made


@transaction.atomic
def hand_over_service(
    service: ServiceAccount, owner: Account, *, by: Account | str, reason: str
) -> None:
    """更换负责人: every token ends with it, since whoever answered for the program so far knows them."""
    refuse_unless_administrator(by, service.account)
    reason = plain_reason(reason)
    _refuse_as_owner(owner, by)
    row = ServiceAccount.objects.select_for_update().get(pk=service.pk)
    if row.owner_id == owner.pk:
        return
    before = {"owner": row.owner.username}
    row.owner = owner
    row.save(update_fields=["owner"])
    after = {"owner": owner.username}
    audit(
        "service_account.handed_over",
        by=by,
        about=row.account.username,
        before=before,
        after=after,
        reason=reason,
    )
    revoke_all(row.account, by=by)


def _refuse_as_owner(owner: Account, by: Account | str) -> None:
    if not owner.is_active or service_of(owner) is not None:
        says = "负责人要是一个启用的、真人的账号。"
        raise Refused([malformed("负责人", says, "请换一个人。")])
    if isinstance(by, Account) and by.pk == owner.pk:
        says = "系统管理员不能让服务账号归自己负责：管账号的人不因此看到合同。"
        raise Refused([not_allowed("负责人", says, "请指定使用这个程序的人。")])
