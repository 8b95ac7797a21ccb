"""离任: everything that a person holds here is closed in one act, and a receipt says what it was (ACS-05).

What rooms above this one give to a person (feeds, subscriptions, drafts) is not listed here: each asks when it is used
whether the account is still in service, and an account that was switched off is not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import dismiss, end_logins, switch_off
from lvyue.accounts.actions.conditions import locked, plain_reason, refused
from lvyue.accounts.actions.standing import close_invitations_by, refuse_the_last
from lvyue.accounts.actions.tokens import revoke_all
from lvyue.accounts.actions.trail import audit, whose
from lvyue.accounts.models import (
    Account,
    Appointment,
    Authenticator,
    Departure,
    Passkey,
    RecoveryCode,
)
from lvyue.accounts.queries import holdings_of, namesakes_of
from lvyue.core.doubts import Refused, malformed


@transaction.atomic
def leave(
    account: Account,
    *,
    by: Account | str,
    reason: str,
    also: Collection[Account] = (),
    others: Collection[Account] = (),
) -> tuple[Departure, ...]:
    """离任: one receipt for each account of the person.

    Nobody leaves with an account open: where somebody of the same name and organisation has another one, it is closed
    ``also``, or named among ``others``, because that is another person.
    """
    reason = plain_reason(reason)
    account = locked(account, by=by)
    _refuse_open(account, also, others)
    leaving = [account, *(locked(one, by=by) for one in also if one.pk != account.pk)]
    return tuple(_leave(one, by=by, reason=reason) for one in leaving)


def _refuse_open(account: Account, also: Collection[Account], others: Collection[Account]) -> None:
    decided = {one.pk for one in (*also, *others)}
    still = [one for one in namesakes_of(account) if one.pk not in decided]
    if still:
        names = "、".join(one.username for one in still)
        says = f"同一单位的{account.name}还有启用的账号：{names}。离任要关闭本人的全部账号。"
        raise Refused([malformed("其他账号", says, "请一并关闭，或说明那是另一个人。")])
    known = {one.pk for one in namesakes_of(account)}
    if {one.pk for one in also} - known:
        says = "只能一并关闭同名同单位的启用账号。"
        raise Refused([malformed("其他账号", says, "请逐个办理。")])


def _leave(account: Account, *, by: Account | str, reason: str) -> Departure:
    if isinstance(by, Account) and by.pk == account.pk:
        raise refused(account, "不能为自己办离任。", "请由另一位系统管理员办理。")
    if not account.is_active and account.departures.exists() and not _holds(account):
        raise refused(account, "已经办过离任，没有什么还开着。", "收据在本页下方。")
    refuse_the_last(account)
    held = holdings_of(account)
    for appointment in Appointment.objects.filter(account=account, until__isnull=True):
        dismiss(appointment, by=by, reason=f"离任：{reason}"[:5000])
    if account.is_active:
        switch_off(account, by=by, reason=f"离任：{reason}"[:5000])
    revoke_all(account, by=by)
    end_logins(account)
    for model in (Authenticator, Passkey, RecoveryCode):
        model.objects.filter(account=account).delete()
    close_invitations_by(account, by=by)
    receipt = Departure.objects.create(
        account=account, at=clock.now(), by=whose(by)[0], reason=reason, closed=asdict(held)
    )
    after = {"receipt": receipt.pk, "closed": held.in_words()}
    audit("account.left", by=by, about=account.username, after=after, reason=reason)
    return receipt


def _holds(account: Account) -> bool:
    return bool(holdings_of(account))
