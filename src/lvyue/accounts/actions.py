"""What can be done to people, and the one way in which anything is written into the audit trail.

Whatever is done to organisations, accounts and appointments is done by an administrator; where ``by`` is a text it is
somebody at the machine itself (a command, the loading of the demonstration), who could open the database as well.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unicodedata import category, normalize

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import (
    Account,
    Appointment,
    AuditEntry,
    Organisation,
    SignInFailure,
    Token,
)
from lvyue.accounts.permissions import Seat, may_administer
from lvyue.accounts.queries import LOCK, locked_until
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed

#: The longest name, and the longest reason, that anybody is asked to read.
NAME, REASON = 80, 5000

#: How long a token may work, in days.
TOKEN_DAYS = 366

#: What every token begins with, so that one that leaks is recognised.
TOKEN_PREFIX = "lvyue_"  # noqa: S105  the beginning of all tokens is no secret

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_ORGANISATION = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True)
class Hashed:
    """散列: a password that was hashed before, for many accounts that share a published one."""

    text: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """新令牌: the row, and the secret that nobody can read again."""

    token: Token
    secret: str


def audit(
    act: str,
    *,
    by: Seat | Account | str,
    contract_id: str = "",
    about: str = "",
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """留痕: one entry. Call it inside the transaction of the act, so that neither stands without the other."""
    who, name, roles = _who(by)
    return AuditEntry.objects.create(
        at=clock.now(),
        who=who,
        name=name,
        roles=roles,
        contract_id=contract_id,
        act=act,
        about=about,
        before=before,
        after=after,
        reason=reason,
    )


def _who(by: Seat | Account | str) -> tuple[str, str, str]:
    if isinstance(by, Seat):
        return by.username, by.name, by.zh
    if isinstance(by, Account):
        return by.username, by.name, "系统管理员" if by.is_administrator else ""
    return by, "", ""


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def register_organisation(
    organisation_id: str, name: str, *, by: Account | str, demonstration: bool = False
) -> Organisation:
    """登记单位: a new one, or the one that is there, under a corrected name."""
    known = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    demonstration = demonstration or (isinstance(by, Account) and by.demonstration)
    _refuse_unless_administrator(by, known)
    if not _ORGANISATION.fullmatch(organisation_id):
        says = f"“{organisation_id[:40]}”不能作编号。"
        mend = "请用小写字母、数字、连字符，例如 data-centre。"
        raise Refused([malformed("单位编号", says, mend)])
    name = _name(name, "单位名称", most=200)
    if known is not None and known.name == name:
        return known
    if known is None:
        known = Organisation.objects.create(
            pk=organisation_id, name=name, demonstration=demonstration
        )
        before = None
    else:
        before, known.name = {"name": known.name}, name
        known.save(update_fields=["name"])
    audit(
        "organisation.registered", by=by, about=organisation_id, before=before, after={"name": name}
    )
    return known


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_account(
    username: str,
    name: str,
    password: str | Hashed,
    *,
    by: Account | str,
    organisation: Organisation | None = None,
    administrator: bool = False,
    demonstration: bool = False,
) -> Account:
    """建立账号: `Refused` if the name is taken. The password is kept only as a hash.

    Whom an administrator of the demonstration lets in belongs to the demonstration; and the first real administrator
    ends it: its password is known to everybody (see `close_demonstration`).
    """
    demonstration = demonstration or (isinstance(by, Account) and by.demonstration)
    _refuse_unless_administrator(by)
    account = Account(
        username=plain_username(username),
        name=_name(name, "姓名"),
        organisation=organisation,
        is_administrator=administrator,
        demonstration=demonstration,
        created_at=clock.now(),
    )
    if isinstance(password, Hashed):
        account.password = password.text
    else:
        _set_password(account, password)
    _refuse_a_taken_username(account.username)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:  # two asked at once
        _refuse_a_taken_username(account.username)
        raise
    after = {"name": account.name, "administrator": administrator}
    if organisation is not None:
        after["organisation"] = organisation.pk
    audit("account.created", by=by, about=account.username, after=after)
    if administrator and not demonstration:
        close_demonstration(by=by)
    return account


def _refuse_a_taken_username(username: str) -> None:
    taken = Account.objects.filter(username=username).first()
    if taken is not None:
        says = f"这个登录名已经有人使用：{taken.name}，{taken.created_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} 建立。"
        raise Refused([malformed(f"账号 {username}", says, "请换一个登录名，或打开已有的账号。")])


@transaction.atomic
def close_demonstration(*, by: Account | str) -> int:
    """停用演示账号: their password stands on the sign-in page, and real people work here now. How many were switched off."""
    reason = "已有正式的系统管理员；演示账号的密码是公开的。"
    found = Account.objects.select_for_update().filter(demonstration=True, is_active=True)
    for account in found:
        _switch(account, on=False, by=by, reason=reason)
    return len(found)


@transaction.atomic
def rename_account(
    account: Account, name: str, organisation: Organisation | None, *, by: Account | str
) -> None:
    """更改姓名或单位: the name to sign in with stays, since the audit trail and the log know people by it."""
    account = _locked(account, by=by)
    name = _name(name, "姓名")
    before = {"name": account.name, "organisation": account.organisation_id}
    after = {"name": name, "organisation": organisation.pk if organisation else None}
    if before == after:
        return
    account.name, account.organisation = name, organisation
    account.save(update_fields=["name", "organisation"])
    audit("account.renamed", by=by, about=account.username, before=before, after=after)


@transaction.atomic
def set_password(account: Account, password: str, *, by: Account | str) -> None:
    """重设密码: every session and every token of the account ends with it."""
    account = _locked(account, by=by)
    _set_password(account, password)
    account.save(update_fields=["password"])
    SignInFailure.objects.filter(username=account.username).delete()
    audit("account.password_set", by=by, about=account.username)
    _revoke_all(account, by=by)


def change_password(
    account: Account, old: str, new: str, *, address: str, tokens: bool = True
) -> Account:
    """修改密码: by whom it is. All other sessions end, and all tokens unless told otherwise.

    The caller keeps the session that asked. A wrong old password counts like one at the front door, and stays counted
    although nothing else is done.
    """
    if until := locked_until(account.username, address, clock.now()):
        raise _locked_out(until)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if knows := account.check_password(old):
            _change_password(account, new, tokens=tokens)
            SignInFailure.objects.filter(username=account.username, address=address).delete()
    if knows:
        return account
    if until := sign_in_failed(account.username, address=address):
        raise _locked_out(until)
    raise Refused([malformed("原密码", "原密码不对。", "请重新输入现在登录用的密码。")])


def _change_password(account: Account, new: str, *, tokens: bool) -> None:
    if account.demonstration:
        says = "演示账号的密码是公开的，不能修改：别人还要用它登录。"
        raise Refused([malformed("演示账号", says, "请用正式账号。")])
    _set_password(account, new)
    account.save(update_fields=["password"])
    audit("account.password_changed", by=account, about=account.username)
    if tokens:
        _revoke_all(account, by=account)


def _locked_out(until: datetime) -> Refused:
    at = f"{until.astimezone(clock.SHANGHAI):%H:%M}"
    mend = "忘记密码请联系系统管理员重设。"
    return Refused([malformed("原密码", f"密码错得太多，{at} 之前不能再试。", mend)])


@transaction.atomic
def switch_off(account: Account, *, by: Account | str, reason: str) -> None:
    """停用账号: out at once, with every open session and token. The last administrator stays."""
    account = _locked(account, by=by)
    reason = _reason(reason)
    if isinstance(by, Account) and by.pk == account.pk:
        raise _refused(account, "不能停用自己的账号。", "请由另一位系统管理员办理。")
    others = Account.objects.filter(is_administrator=True, is_active=True).exclude(pk=account.pk)
    if account.is_administrator and not others.exists():
        says = "这是最后一位启用的系统管理员，停用之后没有人能管理账号。"
        raise _refused(account, says, "请先建立另一位系统管理员。")
    if account.is_active:
        _switch(account, on=False, by=by, reason=reason)


@transaction.atomic
def switch_on(account: Account, *, by: Account | str, reason: str) -> None:
    """启用账号."""
    account = _locked(account, by=by)
    reason = _reason(reason)
    if not account.is_active:
        _switch(account, on=True, by=by, reason=reason)


def _switch(account: Account, *, on: bool, by: Account | str, reason: str) -> None:
    account.is_active = on
    account.save(update_fields=["is_active"])
    act = "account.switched_on" if on else "account.switched_off"
    audit(act, by=by, about=account.username, reason=reason)
    if not on:
        _revoke_all(account, by=by)


# ── appointments ─────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def appoint(
    account: Account,
    contract_id: str,
    role: ContractRole,
    *,
    by: Account | str,
    demonstration: bool | None = None,
) -> Appointment:
    """任命: nobody may act for both sides of one contract. Appointing again changes nothing.

    ``demonstration`` is whether the contract belongs to the demonstration, as the register says, which stands above
    this room; None where nobody asked.
    """
    account = _locked(account, by=by)
    if account.demonstration and demonstration is False:
        says = "演示账号的密码是公开的，只能任职于演示合同。"
        raise _refused(account, says, "请为这个人建立正式账号。")
    if isinstance(by, Account) and by.pk == account.pk:
        says = "系统管理员不能任命自己：管账号的人不因此看到合同。"
        raise _refused(account, says, "请由另一位系统管理员办理。")
    if not account.is_active:
        raise _refused(account, "账号已停用，不能任命。", "请先启用账号。")
    held = Appointment.objects.filter(account=account, contract_id=contract_id, until__isnull=True)
    for other in held:
        there = ContractRole(other.role)
        if there is role:
            return other
        if there.side is not role.side and None not in (there.side, role.side):
            place = f"合同 {contract_id}"
            says = f"{account.name}已是{there.label}，不能同时代表另一方。"
            raise Refused([malformed(place, says, "请换一个人，或先解除原来的任职。")])
    appointment = Appointment.objects.create(
        account=account,
        contract_id=contract_id,
        role=role,
        since=clock.now(),
        appointed_by=_who(by)[0],
    )
    after = {"role": role.label}
    audit("appointed", by=by, contract_id=contract_id, about=account.username, after=after)
    return appointment


@transaction.atomic
def dismiss(appointment: Appointment, *, by: Account | str, reason: str) -> None:
    """解除任职: the appointment ends now; what was done under it stands. One that has ended stays as it is."""
    account = _locked(appointment.account, by=by)
    reason = _reason(reason)
    appointment = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if appointment.until is not None:
        return
    appointment.until = clock.now()
    appointment.save(update_fields=["until"])
    audit(
        "dismissed",
        by=by,
        contract_id=appointment.contract_id,
        about=account.username,
        before={"role": ContractRole(appointment.role).label},
        reason=reason,
    )


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_token(account: Account, name: str, days: int, *, by: Account | str) -> NewToken:
    """建立令牌: a program may then act as this person, with the same rights. The secret is answered once."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    _refuse_unless_own(account, by)
    name = _name(name, "用途")
    if not 1 <= days <= TOKEN_DAYS:
        says = f"有效期 {days} 天超出范围。"
        raise Refused([malformed("有效期", says, f"请取 1 到 {TOKEN_DAYS} 天。")])
    now = clock.now()
    live = Token.objects.filter(account=account, revoked_at__isnull=True, expires_at__gt=now)
    if live.filter(name=name).exists():
        says = f"已有一个用途为“{name}”的令牌。"
        raise Refused([malformed("用途", says, "请换一个用途，或先吊销原来的令牌。")])
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        account=account,
        name=name,
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    after = {"name": name, "expires": token.expires_at.isoformat(timespec="minutes")}
    audit("token.created", by=by, about=account.username, after=after)
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(token: Token, *, by: Account | str) -> None:
    """吊销令牌: it works no longer, from now on and for good."""
    token = Token.objects.select_for_update().select_related("account").get(pk=token.pk)
    _refuse_unless_own(token.account, by)
    if token.revoked_at is None:
        _revoke(token, by=by)


def _revoke(token: Token, *, by: Account | str) -> None:
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    audit("token.revoked", by=by, about=token.account.username, before={"name": token.name})


def _revoke_all(account: Account, *, by: Account | str) -> None:
    """Every token that still works: whoever held one might not be the person who holds the account from now on."""
    live = Token.objects.select_for_update().filter(
        account=account, revoked_at__isnull=True, expires_at__gt=clock.now()
    )
    for token in live:
        _revoke(token, by=by)


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def signed_in(account: Account, *, address: str) -> None:
    """登录: who, when and from where; what failed before counts no longer."""
    SignInFailure.objects.filter(username=account.username, address=address).delete()
    audit("signed_in", by=account, about=account.username, after={"address": address})


@transaction.atomic
def signed_out(account: Account) -> None:
    """退出."""
    audit("signed_out", by=account, about=account.username)


@transaction.atomic
def sign_in_failed(username: str, *, address: str) -> datetime | None:
    """登录失败: one more wrong password. Until when nobody may try again under this name or from this address, if so."""
    now = clock.now()
    username = username[:80]
    SignInFailure.objects.filter(at__lte=now - LOCK).delete()
    SignInFailure.objects.create(username=username, address=address, at=now)
    until = locked_until(username, address, now)
    if until is not None:
        after = {"address": address}
        audit("sign_in.locked", by=username, about=username, after=after)
    return until


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def plain_username(text: str) -> str:
    """A name to sign in with as the platform writes it: full-width letters narrowed, capitals made small."""
    username = normalize("NFKC", text).strip().lower()
    if not _USERNAME.fullmatch(username):
        says = f"“{text[:40]}”不能作登录名。"
        mend = "请用小写字母、数字、点、连字符或下划线，以字母或数字开头，最多 80 个。"
        raise Refused([malformed("登录名", says, mend)])
    return username


def _name(text: str, place: str, *, most: int = NAME) -> str:
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


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refused([malformed("理由", "没有填写理由。", "请写明理由，它会留在留痕里。")])
    if len(reason) > REASON:
        says = f"理由有 {len(reason)} 个字，最多 {REASON} 个。"
        raise Refused([malformed("理由", says, "请写短一些，细节放进附件。")])
    return reason


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        says = "".join(error.messages)
        mend = "请另取一个：至少 8 个字符，不要只用数字，不要用常见的密码或登录名。"
        raise Refused([malformed("密码", says, mend)]) from error
    account.set_password(password)


def _locked(account: Account, *, by: Account | str) -> Account:
    """The account as it is now, held until the end of the transaction, for whom ``by`` may change."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    _refuse_unless_administrator(by, account)
    return account


def _refuse_unless_administrator(
    by: Account | str, known: Account | Organisation | None = None
) -> None:
    if not isinstance(by, Account):
        return
    ruling = may_administer(administrator=by.is_administrator and by.is_active)
    if not ruling:
        raise Refused([_not_allowed("系统管理", ruling.reason)])
    if by.demonstration and known is not None and not known.demonstration:
        says = "演示管理员的密码是公开的，只能管理演示的单位和账号。"
        raise Refused([_not_allowed(str(known), says, "请由正式的系统管理员办理。")])


def _refuse_unless_own(account: Account, by: Account | str) -> None:
    """Tokens are a person's own: an administrator ends them only with the password, or with the account."""
    if isinstance(by, Account) and by.pk != account.pk:
        raise Refused([_not_allowed(str(account), "令牌只能由本人建立和吊销。")])


def _refused(account: Account, says: str, mend: str) -> Refused:
    return Refused([_not_allowed(f"账号 {account.username}", says, mend)])


def _not_allowed(place: str, says: str, mend: str = "") -> Doubt:
    return Doubt(
        id=DoubtId(f"refused:{place}"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(place,),
        says=says,
        mend=mend,
    )
