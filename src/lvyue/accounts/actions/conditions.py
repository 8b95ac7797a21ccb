"""What must be so before anything is done to people: who may do it, and what a name and a reason must be like."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from lvyue.accounts.models import Account, Organisation
from lvyue.accounts.permissions import may_administer
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed

#: The longest name, and the longest reason, that anybody is asked to read.
NAME, REASON = 80, 5000

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def plain_username(text: str) -> str:
    """A name to sign in with as the platform writes it: full-width letters narrowed, capitals made small."""
    username = normalize("NFKC", text).strip().lower()
    if not _USERNAME.fullmatch(username):
        says = f"“{text[:40]}”不能作登录名。"
        mend = "请用小写字母、数字、点、连字符或下划线，以字母或数字开头，最多 80 个。"
        raise Refused([malformed("登录名", says, mend)])
    return username


def plain_name(text: str, place: str, *, most: int = NAME) -> str:
    """A name without what cannot be seen, on one line."""
    name = " ".join(
        "".join(" " if category(one) in ("Cc", "Zl", "Zp") else one for one in text).split()
    )
    if not name:
        raise Refused([malformed(place, "没有填写。", f"请填写{place}。")])
    if len(name) > most:
        says = f"有 {len(name)} 个字，最多 {most} 个。"
        raise Refused([malformed(place, says, "请写短一些。")])
    return name


def plain_reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refused([malformed("理由", "没有填写理由。", "请写明理由，它会留在留痕里。")])
    if len(reason) > REASON:
        says = f"理由有 {len(reason)} 个字，最多 {REASON} 个。"
        raise Refused([malformed("理由", says, "请写短一些，细节放进附件。")])
    return reason


def locked(account: Account, *, by: Account | str) -> Account:
    """The account as it is now, held until the end of the transaction, for whom ``by`` may change."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    refuse_unless_administrator(by, account)
    return account


def refuse_unless_administrator(
    by: Account | str, known: Account | Organisation | None = None
) -> None:
    if not isinstance(by, Account):
        return
    ruling = may_administer(administrator=by.is_administrator and by.is_active)
    if not ruling:
        raise Refused([not_allowed("系统管理", ruling.reason)])
    if by.demonstration and known is not None and not known.demonstration:
        says = "演示管理员的密码是公开的，只能管理演示的单位和账号。"
        raise Refused([not_allowed(str(known), says, "请由正式的系统管理员办理。")])


def refuse_unless_own(
    account: Account, by: Account | str, says: str = "令牌只能由本人建立和吊销。"
) -> None:
    """What is a person's own: an administrator ends it only with the password, or with the account."""
    if isinstance(by, Account) and by.pk != account.pk:
        raise Refused([not_allowed(str(account), says)])


def refused(account: Account, says: str, mend: str) -> Refused:
    return Refused([not_allowed(f"账号 {account.username}", says, mend)])


def not_allowed(place: str, says: str, mend: str = "") -> Doubt:
    return Doubt(
        id=DoubtId(f"refused:{place}"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(place,),
        says=says,
        mend=mend,
    )
