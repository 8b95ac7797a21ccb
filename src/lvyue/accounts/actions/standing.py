"""账号的身份: who is an administrator, and until when an account works."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import close_demonstration, end_of
from lvyue.accounts.actions.conditions import locked, plain_reason, refused
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.models import Account, Appointment, Invitation
from lvyue.core.doubts import Refused, malformed


@transaction.atomic
def make_administrator(account: Account, *, by: Account | str, reason: str) -> None:
    """设为系统管理员: somebody who is nothing on any contract, since whoever keeps accounts sees no contract."""
    account = locked(account, by=by)
    reason = plain_reason(reason)
    if account.is_administrator:
        return
    if not account.is_active:
        raise refused(account, "账号已停用。", "请先启用账号。")
    if Appointment.objects.filter(account=account, until__isnull=True).exists():
        says = f"{account.name}在合同上有任职；系统管理员不能同时办合同的事。"
        raise refused(account, says, "请先解除任职，或另建一个管理账号。")
    account.is_administrator = True
    account.save(update_fields=["is_administrator"])
    audit("administrator.made", by=by, about=account.username, reason=reason)
    if not account.demonstration:
        close_demonstration(by=by)


@transaction.atomic
def unmake_administrator(account: Account, *, by: Account | str, reason: str) -> None:
    """不再是系统管理员: the last one stays, and nobody does it to themselves. Open invitations by them close."""
    account = locked(account, by=by)
    reason = plain_reason(reason)
    if not account.is_administrator:
        return
    if isinstance(by, Account) and by.pk == account.pk:
        raise refused(account, "不能取消自己的管理员身份。", "请由另一位系统管理员办理。")
    refuse_the_last(account)
    account.is_administrator = False
    account.save(update_fields=["is_administrator"])
    close_invitations_by(account, by=by)
    audit("administrator.unmade", by=by, about=account.username, reason=reason)


def refuse_the_last(account: Account) -> None:
    """Somebody must be left who can keep the accounts."""
    others = Account.objects.select_for_update().filter(is_administrator=True, is_active=True)
    if account.is_administrator and not others.exclude(pk=account.pk).exists():
        says = "这是最后一位启用的系统管理员，之后没有人能管理账号。"
        raise refused(account, says, "请先建立另一位系统管理员。")


def close_invitations_by(account: Account, *, by: Account | str) -> list[str]:
    """The names of those whose open invitations close."""
    open_ones = Invitation.objects.select_for_update().filter(
        invited_by=account.username, accepted_at__isnull=True, revoked_at__isnull=True
    )
    names = []
    for one in open_ones:
        one.revoked_at = clock.now()
        one.save(update_fields=["revoked_at"])
        audit("invitation.revoked", by=by, about=f"邀请 {one.pk}", before={"name": one.name})
        names.append(one.name)
    return names


@transaction.atomic
def set_end(
    account: Account, ends_at: datetime | None, *, by: Account | str, reason: str, temporary: bool
) -> None:
    """规定到期日: a temporary account must have one (ACS-03); at that moment it is nobody's any more."""
    account = locked(account, by=by)
    reason = plain_reason(reason)
    ends_at = end_of(ends_at, temporary=temporary)
    if isinstance(by, Account) and by.pk == account.pk:
        raise refused(account, "不能规定自己的到期日。", "请由另一位系统管理员办理。")
    if ends_at is not None and account.is_administrator:
        others = Account.objects.filter(
            is_administrator=True, is_active=True, ends_at__isnull=True
        ).exclude(pk=account.pk)
        if not others.exists():
            says = "这是最后一位没有到期日的系统管理员。"
            raise Refused([malformed("到期日", says, "请先建立另一位系统管理员。")])
    before = {"ends": _at(account.ends_at), "temporary": account.temporary}
    after = {"ends": _at(ends_at), "temporary": temporary}
    if before == after:
        return
    account.ends_at, account.temporary = ends_at, temporary
    account.save(update_fields=["ends_at", "temporary"])
    audit("account.ends", by=by, about=account.username, before=before, after=after, reason=reason)


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
