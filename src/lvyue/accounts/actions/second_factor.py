"""两步验证: what somebody shows besides the password: six digits of an app, a recovery code on paper, or a passkey.

The six digits are those of RFC 6238: SHA-1, thirty seconds, one step of skew to either side, each code once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from unicodedata import normalize

import pyotp
from django.db import transaction

from lvyue import clock
from lvyue.accounts import sealing
from lvyue.accounts.actions import end_logins, refuse_while_locked, wrong
from lvyue.accounts.actions.conditions import (
    locked,
    plain_reason,
    refuse_unless_administrator,
    refuse_unless_own,
    refused,
)
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import ContractRole, SignInWay
from lvyue.accounts.models import (
    Account,
    Authenticator,
    Passkey,
    RecoveryCode,
    SecondStepRule,
)
from lvyue.accounts.queries import must_take_second_step
from lvyue.core.doubts import Refused, malformed

#: One step of the clock, in seconds, and how many steps a telephone may be off to either side.
STEP, SKEW = 30, 1

#: So many recovery codes there are, each of so many characters of an alphabet without what looks alike.
CODES, LENGTH, ALPHABET = 10, 16, "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


# ── the authenticator ────────────────────────────────────────────────────────────────────────────────────────────


def new_secret() -> str:
    """新密钥: for an app, not yet anybody's."""
    return pyotp.random_base32()


def provisioning(account: Account, secret: str) -> str:
    """The address that an app reads from the square."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name="履约 Lvyue")


@transaction.atomic
def add_authenticator(account: Account, secret: str, code: str, *, by: Account) -> tuple[str, ...]:
    """加验证器: only whoever shows a code of it has it. The recovery codes, where these are the first; shown once."""
    account = own_account(account, by)
    if Authenticator.objects.filter(account=account).exists():
        raise refused(account, "已经有一个验证器。", "要换手机，请先去掉原来的。")
    step = _step_of(secret, code)
    if step is None:
        raise Refused([malformed("动态验证码", "验证码不对。", _MEND)])
    Authenticator.objects.create(
        account=account, sealed=sealing.seal(secret), created_at=clock.now(), last_step=step
    )
    audit("second_factor.added", by=by, about=account.username, after={"factor": "验证器"})
    return first_recovery_codes(account)


_MEND = "请核对手机的时间，等下一个 30 秒的新码再输；每个码只能用一次。"


def _step_of(secret: str, code: str) -> int | None:
    """The step of the clock at which an app shows this code, as far as a telephone may be off."""
    code = "".join(normalize("NFKC", code).split())
    now = int(clock.now().timestamp()) // STEP
    app = pyotp.TOTP(secret, interval=STEP)
    fits = [
        step
        for step in range(now - SKEW, now + SKEW + 1)
        if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())
    ]
    return fits[-1] if fits else None


@transaction.atomic
def code_fits(account: Account, code: str) -> bool:
    """验证动态验证码: and use it up, so that whoever looked over a shoulder cannot use it again."""
    app = Authenticator.objects.select_for_update().filter(account=account).first()
    if app is None:
        return False
    step = _step_of(sealing.unseal(app.sealed), code)
    if step is None or step <= app.last_step:
        return False
    app.last_step, app.last_used_at = step, clock.now()
    app.save(update_fields=["last_step", "last_used_at"])
    return True


@transaction.atomic
def remove_authenticator(account: Account, *, by: Account) -> None:
    """去掉验证器: by whom it is. There is none where it is gone already."""
    account = own_account(account, by)
    removed, _ = Authenticator.objects.filter(account=account).delete()
    if removed:
        audit("second_factor.removed", by=by, about=account.username, before={"factor": "验证器"})
        after_removal(account)


# ── recovery codes ───────────────────────────────────────────────────────────────────────────────────────────────


def first_recovery_codes(account: Account) -> tuple[str, ...]:
    """Those that come with the first factor; none where there are some."""
    if RecoveryCode.objects.filter(account=account).exists():
        return ()
    return _made(account)


@transaction.atomic
def make_recovery_codes(account: Account, *, by: Account) -> tuple[str, ...]:
    """重出恢复码: ten new ones, shown once; those of before work no longer."""
    account = own_account(account, by)
    if not has_factor(account):
        raise refused(account, "还没有两步验证，恢复码没有用处。", "请先加验证器或通行密钥。")
    audit("recovery_codes.made", by=by, about=account.username)
    return _made(account)


def _made(account: Account) -> tuple[str, ...]:
    RecoveryCode.objects.filter(account=account).delete()
    codes = tuple(
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(LENGTH // 4))
        for _ in range(CODES)
    )
    now = clock.now()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=_digest(code), created_at=now) for code in codes
    )
    return codes


def _digest(code: str) -> str:
    """Sixteen characters by chance are nothing that anybody guesses from a hash, so a quick one is enough."""
    letters = "".join(one for one in normalize("NFKC", code).upper() if one.isalnum())
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def recovery_code_fits(account: Account, code: str) -> bool:
    """用恢复码: once; two who ask at once with the same code get in once."""
    used = RecoveryCode.objects.filter(
        account=account, digest=_digest(code), used_at__isnull=True
    ).update(used_at=clock.now())
    if used:
        left = RecoveryCode.objects.filter(account=account, used_at__isnull=True).count()
        audit("recovery_code.used", by=account, about=account.username, after={"left": left})
    return bool(used)


def show(account: Account, code: str, *, address: str) -> SignInWay:
    """出示第二步: the digits of the app or a recovery code. A wrong one counts like a wrong password."""
    refuse_while_locked(account, "动态验证码", address=address)
    if code_fits(account, code):
        return SignInWay.TOTP
    if recovery_code_fits(account, code):
        return SignInWay.RECOVERY
    says = "验证码不对，或者已经用过。"
    raise wrong(account, "动态验证码", says, _MEND, address=address)


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def has_factor(account: Account) -> bool:
    return (
        Authenticator.objects.filter(account=account).exists()
        or Passkey.objects.filter(account=account).exists()
    )


def after_removal(account: Account) -> None:
    """Where a factor was removed: the last one stays with whoever must have one, and takes the recovery codes along."""
    if has_factor(account):
        return
    if must_take_second_step(account):
        says = "您的角色必须两步验证，这是最后一种。"
        raise refused(account, says, "请先加另一种，再去掉这一种。")
    RecoveryCode.objects.filter(account=account).delete()


def own_account(account: Account, by: Account) -> Account:
    """A person's factors are their own business; those of the demonstration would lock out whoever comes next."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    refuse_unless_own(account, by, "两步验证只能由本人办理。")
    if account.demonstration:
        says = "演示账号的密码是公开的，加了两步验证别人就登录不了。"
        raise refused(account, says, "请用正式账号。")
    return account


@transaction.atomic
def reset(account: Account, *, by: Account | str, reason: str) -> None:
    """重设两步验证: everything was lost. By another administrator or at the machine; whoever must have one adds it anew."""
    account = locked(account, by=by)
    reason = plain_reason(reason)
    if isinstance(by, Account) and by.pk == account.pk:
        says = "不能重设自己的两步验证。"
        raise refused(account, says, "请在“我的账号”换，或由另一位系统管理员办理。")
    gone = [
        model.objects.filter(account=account).delete()[0]
        for model in (Authenticator, Passkey, RecoveryCode)
    ]
    end_logins(account)
    before = dict(zip(("authenticator", "passkeys", "codes"), gone, strict=True))
    audit("second_factor.reset", by=by, about=account.username, before=before, reason=reason)


@transaction.atomic
def require_of(roles: Collection[ContractRole], *, by: Account | str) -> None:
    """规定哪些角色必须两步验证: administrators must in any case."""
    refuse_unless_administrator(by)
    if isinstance(by, Account) and by.demonstration:
        says = "演示管理员的密码是公开的，不能规定所有人怎样登录。"
        raise refused(by, says, "请由正式的系统管理员办理。")
    wanted = {role.value for role in roles}
    known = set(SecondStepRule.objects.values_list("role", flat=True))
    if wanted == known:
        return
    SecondStepRule.objects.exclude(role__in=wanted).delete()
    SecondStepRule.objects.bulk_create(SecondStepRule(role=role) for role in wanted - known)

    def words(some: set[str]) -> dict[str, str]:
        return {"roles": "、".join(role.label for role in ContractRole if role.value in some)}

    audit("second_factor.rule", by=by, about="两步验证", before=words(known), after=words(wanted))
