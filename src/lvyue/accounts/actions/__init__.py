"""What can be done to people, and the one way in which anything is written into the audit trail.

Whatever is done to organisations, accounts and appointments is done by an administrator; where ``by`` is a text it is
somebody at the machine itself (a command, the loading of the demonstration), who could open the database as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.actions.conditions import NAME as NAME
from lvyue.accounts.actions.conditions import REASON as REASON
from lvyue.accounts.actions.conditions import (
    locked,
    plain_name,
    plain_reason,
    refuse_unless_administrator,
    refused,
)
from lvyue.accounts.actions.conditions import plain_username as plain_username
from lvyue.accounts.actions.tokens import TOKEN_DAYS as TOKEN_DAYS
from lvyue.accounts.actions.tokens import TOKEN_PREFIX as TOKEN_PREFIX
from lvyue.accounts.actions.tokens import NewToken as NewToken
from lvyue.accounts.actions.tokens import create_token as create_token
from lvyue.accounts.actions.tokens import revoke_all as revoke_all
from lvyue.accounts.actions.tokens import revoke_token as revoke_token
from lvyue.accounts.actions.tokens import rotate_token as rotate_token
from lvyue.accounts.actions.tokens import use_token as use_token
from lvyue.accounts.actions.trail import audit as audit
from lvyue.accounts.actions.trail import whose
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.duties import Held, may_hold
from lvyue.accounts.models import (
    Account,
    Appointment,
    Department,
    FormerPassword,
    Login,
    Organisation,
    SignInFailure,
)
from lvyue.accounts.queries import LOCK, local_administrators, locked_until, service_of
from lvyue.core.doubts import Refused, malformed

#: What is wrong with a password, by the word that Django has for it.
_WRONG = {
    "password_too_short": "太短。",
    "password_too_common": "太常见，别人一猜就中。",
    "password_entirely_numeric": "只有数字。",
    "password_too_similar": "太像登录名或姓名。",
}

#: So many passwords, the present one included, are not taken again.
FORMER = 5

_ORGANISATION = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True)
class Hashed:
    """散列: a password that was hashed before, for many accounts that share a published one."""

    text: str


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def register_organisation(
    organisation_id: str, name: str, *, by: Account | str, demonstration: bool = False
) -> Organisation:
    """登记单位: a new one, or the one that is there, under a corrected name."""
    known = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    demonstration = demonstration or (isinstance(by, Account) and by.demonstration)
    refuse_unless_administrator(by, known)
    if not _ORGANISATION.fullmatch(organisation_id):
        says = f"“{organisation_id[:40]}”不能作编号。"
        mend = "请用小写字母、数字、连字符，例如 data-centre。"
        raise Refused([malformed("单位编号", says, mend)])
    name = plain_name(name, "单位名称", most=200)
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
    department: Department | None = None,
    administrator: bool = False,
    demonstration: bool = False,
    ends_at: datetime | None = None,
    temporary: bool = False,
    handed_over: bool | None = None,
) -> Account:
    """建立账号: `Refused` if the name is taken. The password is kept only as a hash.

    ``handed_over`` is whether the person must choose another password at the first sign-in, because somebody else knows
    this one: so it is where an administrator set it. A temporary account must have an end (ACS-03).

    Whom an administrator of the demonstration lets in belongs to the demonstration; and the first real administrator
    ends it: its password is known to everybody (see `close_demonstration`).
    """
    demonstration = demonstration or (isinstance(by, Account) and by.demonstration)
    refuse_unless_administrator(by)
    account = Account(
        username=plain_username(username),
        name=plain_name(name, "姓名"),
        organisation=organisation,
        department=department_in(organisation, department),
        is_administrator=administrator,
        demonstration=demonstration,
        created_at=clock.now(),
        temporary=temporary,
        ends_at=end_of(ends_at, temporary=temporary),
        password_handed_over=isinstance(by, Account) if handed_over is None else handed_over,
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
    if account.ends_at is not None:
        after["ends"] = account.ends_at.isoformat(timespec="minutes")
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
    account: Account,
    name: str,
    organisation: Organisation | None,
    *,
    by: Account | str,
    reason: str = "",
    same_person: bool = False,
) -> None:
    """更改姓名或单位: the name to sign in with stays, since the audit trail and the log know people by it.

    An account is never handed on to another person (ACS-05): a new name asks why, a new name together with a new
    organisation asks whether it is still the same person, and the account of somebody who left keeps its name.
    """
    account = locked(account, by=by)
    name = plain_name(name, "姓名")
    before = {"name": account.name, "organisation": account.organisation_id}
    after = {"name": name, "organisation": organisation.pk if organisation else None}
    if before == after:
        return
    if name != account.name:
        _refuse_to_hand_on(account, organisation, reason, same_person=same_person)
    if organisation != account.organisation:
        account.department = None  # it was one of the other organisation
    account.name, account.organisation = name, organisation
    account.save(update_fields=["name", "organisation", "department"])
    audit(
        "account.renamed",
        by=by,
        about=account.username,
        before=before,
        after=after,
        reason=reason.strip(),
    )


def _refuse_to_hand_on(
    account: Account, organisation: Organisation | None, reason: str, *, same_person: bool
) -> None:
    if not account.is_active and account.departures.exists():
        says = f"{account.name}已经离任，账号不能改成别人的名字。"
        raise refused(account, says, "请为新来的人建立新账号。")
    plain_reason(reason)
    if organisation != account.organisation and not same_person:
        says = "姓名和单位一起变，像是换了一个人；账号不能转给别人。"
        raise Refused([malformed("同一人", says, "确是同一个人请勾选，否则请办离任并建立新账号。")])


@transaction.atomic
def set_password(account: Account, password: str, *, by: Account | str) -> None:
    """重设密码: every session and every token of the account ends with it."""
    account = locked(account, by=by)
    if service_of(account) is not None:
        raise refused(account, "服务账号没有密码，不能登录网页。", "请由负责人为它建立令牌。")
    _set_password(account, password)
    account.password_handed_over = not account.demonstration
    account.save(update_fields=["password", "password_handed_over"])
    end_logins(account)
    SignInFailure.objects.filter(username=account.username).delete()
    audit("account.password_set", by=by, about=account.username)
    revoke_all(account, by=by)


def change_password(
    account: Account,
    old: str,
    new: str,
    *,
    address: str,
    tokens: bool = True,
    keep: Login | None = None,
) -> Account:
    """修改密码: by whom it is. All other sessions end, and all tokens unless told otherwise.

    The caller keeps the session that asked, whose login is ``keep``. A wrong old password counts like one at the front door, and stays counted
    although nothing else is done.
    """
    if until := locked_until(account.username, address, clock.now()):
        raise _locked_out(until)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if knows := account.check_password(old):
            _change_password(account, new, tokens=tokens)
            end_logins(account, but=keep)
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
    account.password_handed_over = False
    account.save(update_fields=["password", "password_handed_over"])
    audit("account.password_changed", by=account, about=account.username)
    if tokens:
        revoke_all(account, by=account)


@transaction.atomic
def choose_password(account: Account, password: str) -> Account:
    """自己设密码: in the place of one that somebody else knows, right after showing that one. Everything else ends."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if not account.password_handed_over:
        raise Refused([malformed("密码", "您已经自己设过密码。", "要改请到“我的账号”。")])
    _change_password(account, password, tokens=True)
    end_logins(account)
    return account


def check_own_password(account: Account, password: str, *, address: str) -> None:
    """再确认本人: by the password. A wrong one counts like one at the front door."""
    refuse_while_locked(account, "密码", address=address)
    if not account.check_password(password):
        raise wrong(account, "密码", "密码不对。", "请重新输入现在登录用的密码。", address=address)


def refuse_while_locked(account: Account, place: str, *, address: str) -> None:
    """After too many wrong ones even the right one waits."""
    if until := locked_until(account.username, address, clock.now()):
        raise _locked_out(until, place)


def wrong(account: Account, place: str, says: str, mend: str, *, address: str) -> Refused:
    """What was shown is wrong: counted, and said."""
    if until := sign_in_failed(account.username, address=address):
        return _locked_out(until, place)
    return Refused([malformed(place, says, mend)])


def _locked_out(until: datetime, place: str = "原密码") -> Refused:
    at = f"{until.astimezone(clock.SHANGHAI):%H:%M}"
    mend = "忘记密码请联系系统管理员重设。"
    return Refused([malformed(place, f"密码错得太多，{at} 之前不能再试。", mend)])


@transaction.atomic
def switch_off(account: Account, *, by: Account | str, reason: str) -> None:
    """停用账号: out at once, with every open session and token. The last administrator stays."""
    account = locked(account, by=by)
    reason = plain_reason(reason)
    if isinstance(by, Account) and by.pk == account.pk:
        raise refused(account, "不能停用自己的账号。", "请由另一位系统管理员办理。")
    others = local_administrators().exclude(pk=account.pk)
    if account.is_administrator and not others.exists():
        says = "这是最后一位启用的、有密码的系统管理员，停用之后没有人能管理账号。"
        raise refused(account, says, "请先建立另一位有密码的系统管理员。")
    if account.is_active:
        _switch(account, on=False, by=by, reason=reason)


@transaction.atomic
def switch_on(account: Account, *, by: Account | str, reason: str) -> None:
    """启用账号."""
    account = locked(account, by=by)
    reason = plain_reason(reason)
    if account.ends_at is not None and account.ends_at <= clock.now():
        raise refused(account, "账号已经到期。", "请先规定新的到期日，再启用。")
    if not account.is_active:
        _switch(account, on=True, by=by, reason=reason)


@transaction.atomic
def end_expired() -> int:
    """到期: accounts whose end has come are switched off for good order; they were nobody's since that moment. How many."""
    over = Account.objects.select_for_update().filter(is_active=True, ends_at__lte=clock.now())
    for account in over:
        _switch(account, on=False, by="系统", reason="账号到期。")
    return len(over)


def _switch(account: Account, *, on: bool, by: Account | str, reason: str) -> None:
    account.is_active = on
    account.save(update_fields=["is_active"])
    act = "account.switched_on" if on else "account.switched_off"
    audit(act, by=by, about=account.username, reason=reason)
    if not on:
        revoke_all(account, by=by)
        end_logins(account)


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
    """任命: nobody may act for both sides of one contract, nor hold what `duties` keeps apart. Appointing again changes nothing.

    ``demonstration`` is whether the contract belongs to the demonstration, as the register says, which stands above
    this room; None where nobody asked.
    """
    account = locked(account, by=by)
    if account.demonstration and demonstration is False:
        says = "演示账号的密码是公开的，只能任职于演示合同。"
        raise refused(account, says, "请为这个人建立正式账号。")
    if isinstance(by, Account) and by.pk == account.pk:
        says = "系统管理员不能任命自己：管账号的人不因此看到合同。"
        raise refused(account, says, "请由另一位系统管理员办理。")
    if not account.is_active:
        raise refused(account, "账号已停用，不能任命。", "请先启用账号。")
    _refuse_more_than_the_owner(account, contract_id, role)
    held = Appointment.objects.filter(contract_id=contract_id, until__isnull=True)
    there = list(held.select_related("account").order_by("id"))
    for other in there:
        if other.account_id == account.pk and other.role == role:
            return other
    ruling = may_hold(
        _held(account, role),
        [_held(other.account, ContractRole(other.role)) for other in there],
        administrator=account.is_administrator,
    )
    if not ruling:
        place = f"合同 {contract_id}"
        raise Refused([malformed(place, ruling.reason, "请换一个人，或先解除原来的任职。")])
    appointment = Appointment.objects.create(
        account=account,
        contract_id=contract_id,
        role=role,
        since=clock.now(),
        appointed_by=whose(by)[0],
    )
    after = {"role": role.label}
    audit("appointed", by=by, contract_id=contract_id, about=account.username, after=after)
    return appointment


def _refuse_more_than_the_owner(account: Account, contract_id: str, role: ContractRole) -> None:
    """A program is nothing that whoever answers for it is not: nobody sees more through it than they may."""
    service = service_of(account)
    if service is None:
        return
    theirs = Appointment.objects.filter(
        account=service.owner, contract_id=contract_id, role=role, until__isnull=True
    )
    if not theirs.exists():
        says = f"负责人{service.owner.name}在这份合同中不是{role.label}，服务账号不能超过负责人。"
        raise refused(account, says, "请先任命负责人，或更换负责人。")


def _held(account: Account, role: ContractRole) -> Held:
    return Held(account.username, account.name, role, account.organisation_id)


@transaction.atomic
def dismiss(appointment: Appointment, *, by: Account | str, reason: str) -> None:
    """解除任职: the appointment ends now; what was done under it stands. One that has ended stays as it is."""
    account = locked(appointment.account, by=by)
    reason = plain_reason(reason)
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


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── passwords and ends ──────────────────────────────────────────────────────────────────────────────────────────────


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        says = "".join(_WRONG.get(one.code or "", "") for one in error.error_list)
        mend = "请另取一个：至少 12 个字符，不要只用数字，不要用常见的密码，也不要像登录名或姓名。"
        raise Refused([malformed("密码", says or "这个密码不行。", mend)]) from error
    if account.pk is not None:
        _leave_behind(account, password)
    account.set_password(password)


def _leave_behind(account: Account, password: str) -> None:
    """The password that is there becomes a former one; none of the last few is taken again."""
    former = FormerPassword.objects.filter(account=account).order_by("-id")
    lately = [account.password, *(one.password for one in former[: FORMER - 1])]
    if any(check_password(password, hashed) for hashed in lately):
        says = f"这个密码是最近 {FORMER} 次用过的。"
        raise Refused([malformed("密码", says, "请另取一个没有用过的。")])
    FormerPassword.objects.create(account=account, password=account.password, until=clock.now())
    kept = former.values_list("pk", flat=True)[: FORMER - 1]
    former.exclude(pk__in=list(kept)).delete()


def end_logins(account: Account, *, but: Login | None = None) -> int:
    """Every open login but one ends now; a page that was opened under it asks to sign in again. How many there were."""
    open_ones = Login.objects.filter(account=account, ended_at__isnull=True)
    if but is not None:
        open_ones = open_ones.exclude(pk=but.pk)
    return open_ones.update(ended_at=clock.now())


def department_in(
    organisation: Organisation | None, department: Department | None
) -> Department | None:
    """A department is one of the organisation that the person belongs to."""
    if department is not None and (
        organisation is None or department.organisation_id != organisation.pk
    ):
        says = f"“{department.name}”不是这个单位的部门。"
        raise Refused([malformed("部门", says, "请先选单位，再选它的部门。")])
    return department


def end_of(ends_at: datetime | None, *, temporary: bool) -> datetime | None:
    """The end of an account, which a temporary one must have, and which lies ahead."""
    if temporary and ends_at is None:
        says = "临时账号没有写到期日。"
        raise Refused([malformed("到期日", says, "请写明用到哪一天，到期自动停用。")])
    if ends_at is not None and ends_at <= clock.now():
        says = f"{ends_at.astimezone(clock.SHANGHAI):%Y-%m-%d} 已经过去。"
        raise Refused([malformed("到期日", says, "请写今天或以后的一天。")])
    return ends_at
