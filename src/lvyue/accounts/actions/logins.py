"""登录: each open session of a person, from where it is used, and its end.

Nothing here stops anybody: the same account at two addresses at once is told to the person and to administrators
(ACS-03), who know whether somebody lent a password or only changed from one network to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import end_logins
from lvyue.accounts.actions.conditions import locked, not_allowed
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import SignInWay
from lvyue.accounts.devices import in_words, recorded
from lvyue.accounts.models import Account, AuditEntry, Login, SignInFailure
from lvyue.core.doubts import Refused

#: How exactly the time of the last page is kept; a row is not written for every page.
EXACT = timedelta(minutes=1)

#: Two addresses within so long are at once; so long one pair of them is told only once.
AT_ONCE, TOLD_ONCE = timedelta(minutes=5), timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Begun:
    """登录开始: the row, and whether the person should be told of a device that was never here before."""

    login: Login
    new_device: bool


@transaction.atomic
def begin(account: Account, how: SignInWay, *, address: str, agent: str, known: bool) -> Begun:
    """开始登录: ``known`` is whether the browser itself could show that this person was signed in at it before."""
    agent, now = recorded(agent), clock.now()
    earlier = Login.objects.filter(account=account)
    words = in_words(agent)
    places = earlier.order_by("-id").values_list("device", "address")[:200]
    seen = known or any(in_words(was) == words and at == address for was, at in places)
    new_device = not seen and bool(places) and not account.demonstration
    SignInFailure.objects.filter(username=account.username, address=address).delete()
    login = Login.objects.create(
        account=account, device=agent, address=address, how=how, since=now, seen_at=now
    )
    after = {"address": address, "way": how.label, "device": words}
    audit("signed_in", by=account, about=account.username, after=after)
    return Begun(login, new_device)


@dataclass(frozen=True, slots=True)
class Seen:
    """在线: whether a login is still open, and the two addresses from which the account is used at once, if so."""

    login: Login | None
    two_places: tuple[str, str] | None = None


def seen(account: Account, login_id: int, *, address: str) -> Seen:
    """使用: a page is asked for under a login. Most pages read one row and write none."""
    now = clock.now()
    login = Login.objects.filter(pk=login_id, account_id=account.pk, ended_at__isnull=True).first()
    if login is None:
        return Seen(None)
    before, moved = login.address, login.address != address
    if not moved and now - login.seen_at < EXACT:
        return Seen(login)
    lately = now - login.seen_at < AT_ONCE
    login.address, login.seen_at = address, now
    login.save(update_fields=["address", "seen_at"])
    other = before if moved and lately else _elsewhere(login)
    if other is None or account.demonstration:
        return Seen(login)
    pair = (min(other, address), max(other, address))
    return Seen(login, pair if _noted(account, pair) else None)


def _elsewhere(login: Login) -> str | None:
    """Another address from which the same account was used a moment ago."""
    others = Login.objects.filter(
        account_id=login.account_id, ended_at__isnull=True, seen_at__gt=login.seen_at - AT_ONCE
    ).exclude(address=login.address)
    return others.order_by("-seen_at").values_list("address", flat=True).first()


@transaction.atomic
def _noted(account: Account, pair: tuple[str, str]) -> bool:
    """Write it into the audit trail; False where it stands there already, so that nobody is told twice."""
    Account.objects.select_for_update().get(pk=account.pk)
    after = {"addresses": "、".join(pair)}
    lately = AuditEntry.objects.filter(
        who=account.username, act="sign_in.two_places", at__gt=clock.now() - TOLD_ONCE
    )
    if any(one.after == after for one in lately.order_by("-id")[:50]):
        return False
    audit("sign_in.two_places", by=account, about=account.username, after=after)
    return True


@transaction.atomic
def end(login: Login, *, by: Account | str) -> None:
    """结束一个登录: one's own, or, by an administrator, anybody's. One that has ended stays as it is."""
    account = login.account
    if not (isinstance(by, Account) and by.pk == account.pk):
        locked(account, by=by)
    ended = Login.objects.filter(pk=login.pk, ended_at__isnull=True).update(ended_at=clock.now())
    if ended:
        before = {"device": in_words(login.device), "address": login.address}
        audit("login.ended", by=by, about=account.username, before=before)


def close(login: Login) -> None:
    """退出: the person's own signing out, which is audited as that."""
    Login.objects.filter(pk=login.pk, ended_at__isnull=True).update(ended_at=clock.now())


@transaction.atomic
def end_all(account: Account, *, by: Account | str, but: Login | None = None) -> int:
    """结束全部登录: one's own but the present one, or, by an administrator, all of a person's. How many there were."""
    if not (isinstance(by, Account) and by.pk == account.pk):
        account = locked(account, by=by)
    number = end_logins(account, but=but)
    if number:
        audit("login.ended", by=by, about=account.username, before={"logins": number})
    return number


@transaction.atomic
def unlock(account: Account, *, by: Account | str) -> bool:
    """解除登录暂停: the wrong passwords under this name count no longer. Whether there were any."""
    account = locked(account, by=by)
    if isinstance(by, Account) and by.pk == account.pk:
        says = "不能解除自己的登录暂停。"
        raise Refused([not_allowed(f"账号 {account.username}", says, "请由另一位系统管理员办理。")])
    number, _ = SignInFailure.objects.filter(username=account.username).delete()
    if number:
        before = {"failures": number}
        audit("sign_in.unlocked", by=by, about=account.username, before=before)
    return bool(number)
