"""身份来源: how an administrator keeps the houses that know who somebody is, tries them, and switches them on and off.

They are rows and not settings: an office changes its directory without whoever runs the machine, more than one may be
there, and each change is on record with a name. Only the address of this house itself is a setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import switch_off as switch_account_off
from lvyue.accounts.actions.conditions import (
    not_allowed,
    plain_name,
    plain_reason,
    refuse_unless_administrator,
)
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import Newcomers, ProviderKind
from lvyue.accounts.models import Account, Identity, IdentityProvider
from lvyue.accounts.providers.cas import Cas, CasSettings
from lvyue.accounts.providers.known import Step, Unreachable
from lvyue.accounts.providers.ldap import Ldap, LdapSettings
from lvyue.accounts.providers.oidc import Oidc, OidcSettings
from lvyue.accounts.queries import local_administrators
from lvyue.accounts.sealing import seal, unseal
from lvyue.core.doubts import Refused, malformed

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

#: The longest password or client secret.
_SECRET = 1000


@transaction.atomic
def keep_provider(
    provider_id: str,
    kind: str,
    name: str,
    given: Mapping[str, Any],
    *,
    by: Account | str,
    secret: str = "",
    newcomers: str = Newcomers.REFUSE,
    second_step: bool = False,
) -> IdentityProvider:
    """设置身份来源: a new one, switched off, or other settings of one that is there. An empty secret keeps the one there is."""
    _refuse_strangers(by)
    known = IdentityProvider.objects.select_for_update().filter(pk=provider_id).first()
    if not _ID.fullmatch(provider_id):
        says = f"“{provider_id[:40]}”不能作编号。"
        raise Refused([malformed("编号", says, "请用小写字母、数字、连字符，例如 office-sso。")])
    if kind not in ProviderKind.values or (known is not None and known.kind != kind):
        says = f"种类不能是“{kind[:20]}”。"
        raise Refused([malformed("种类", says, "建好之后不能改；请另建一个。")])
    if newcomers not in Newcomers.values:
        raise Refused(
            [
                malformed(
                    "不认识的人", "没有这种办法。", f"请取其一：{'、'.join(Newcomers.values)}。"
                )
            ]
        )
    if len(secret) > _SECRET:
        raise Refused(
            [malformed("口令", f"有 {len(secret)} 个字，最多 {_SECRET} 个。", "请核对。")]
        )
    read = _read(kind, given)
    plain = {field: getattr(read, field) for field in read.__slots__}
    row = known or IdentityProvider(pk=provider_id, kind=kind, created_at=clock.now())
    _refuse_to_send_the_secret_elsewhere(known, plain, secret)
    before = _told(known) if known is not None else None
    row.name = plain_name(name, "名称")
    row.settings, row.newcomers, row.second_step = plain, newcomers, second_step
    if secret:
        row.secret = seal(secret)
    row.save()
    after = _told(row) | ({"secret": "已更换"} if secret else {})
    audit("provider.kept", by=by, about=row.pk, before=before, after=after)
    return row


#: Which settings say to whom the secret is told.
_TOLD_TO = ("issuer", "host", "port", "certificate", "authority", "address")


def _refuse_to_send_the_secret_elsewhere(
    known: IdentityProvider | None, plain: Mapping[str, Any], secret: str
) -> None:
    """Who changes the address types the secret again: a stored one is never sent to a house it was not meant for."""
    if known is None or secret or not known.secret:
        return
    if any(known.settings.get(name, "") != plain.get(name, "") for name in _TOLD_TO):
        says = "改了对方的地址或证书，原来的口令不会发给新的地址。"
        raise Refused([malformed("口令", says, "请重新填写口令。")])


def _told(row: IdentityProvider) -> dict[str, Any]:
    """What the audit trail keeps of it: everything but the secret, and of certificates that there is one."""
    told: dict[str, Any] = {name: value for name, value in row.settings.items() if value != ""}
    if told.get("authority"):
        told["authority"] = "已填写"
    return {"name": row.name, "newcomers": row.newcomers, "second_step": row.second_step, **told}


@transaction.atomic
def switch_provider_on(provider: IdentityProvider, *, by: Account | str, reason: str) -> None:
    """启用身份来源: only while somebody can still get in without it."""
    row = _locked(provider, by=by)
    reason = plain_reason(reason)
    if not local_administrators().exists():
        says = "没有能用密码登录的系统管理员；身份来源一旦连不上，就没有人能进来。"
        raise Refused([not_allowed(f"身份来源 {row.pk}", says, "请先建立一位有密码的系统管理员。")])
    if row.kind != ProviderKind.LDAP and not settings.ADDRESS:
        says = "没有设置 LVYUE_ADDRESS，对方不知道把人送回哪里。"
        raise Refused(
            [malformed(f"身份来源 {row.pk}", says, "请由管理机器的人设置本站对外的地址。")]
        )
    if not row.is_active:
        row.is_active = True
        row.save(update_fields=["is_active"])
        audit("provider.switched_on", by=by, about=row.pk, reason=reason)


@transaction.atomic
def switch_provider_off(provider: IdentityProvider, *, by: Account | str, reason: str) -> None:
    """停用身份来源: nobody signs in through it from now on. Who is in stays in; the identities stay linked."""
    row = _locked(provider, by=by)
    reason = plain_reason(reason)
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])
        audit("provider.switched_off", by=by, about=row.pk, reason=reason)


def check_provider(provider: IdentityProvider, *, by: Account | str) -> tuple[Step, ...]:
    """试连: speak to it now and tell what was found, step by step. Nothing is changed."""
    _refuse_strangers(by)
    try:
        return house_of(provider).check()
    except Unreachable as error:
        return (Step("读取设置", good=False, says=f"{error.says}{error.mend}"),)
    except Refused as refused:
        return tuple(
            Step("；".join(one.places), good=False, says=f"{one.says}{one.mend}")
            for one in refused.doubts
        )


def synchronise(provider: IdentityProvider, *, by: Account | str) -> str:
    """核对停用: whom a directory says is switched off is switched off here as well. Nobody else: who is not found is only counted.

    A wrong base would find nobody at all, and must not put a whole office out.
    """
    row = _locked_for_reading(provider, by=by)
    if row.kind != ProviderKind.LDAP or not row.is_active:
        return ""
    try:
        found = dict(house_of_directory(row).everybody())
    except (Unreachable, Refused) as error:
        says = error.says if isinstance(error, Unreachable) else error.doubts[0].says
        return _synchronised(row, f"没有核对成：{says}")
    linked = Identity.objects.select_related("account").filter(
        provider=row, account__is_active=True
    )
    out, kept, missing = 0, 0, 0
    for one in linked:
        if one.subject not in found:
            missing += 1
        elif one.account is not None and found[one.subject]:
            done = _put_out(one.account, row)
            out, kept = out + done, kept + (not done)
    says = f"目录里 {len(found)} 人；停用 {out} 人"
    says += f"；{kept} 人目录里已停用，这里不能停用，请核对" if kept else ""
    return _synchronised(
        row, says + (f"；{missing} 人在目录里找不到，请核对。" if missing else "。")
    )


def _put_out(account: Account, row: IdentityProvider) -> bool:
    try:
        with transaction.atomic():
            switch_account_off(
                account, by=f"身份来源 {row.pk}", reason=f"{row.name}里这个账号已停用。"
            )
    except Refused:  # the last administrator stays
        return False
    return True


def _synchronised(row: IdentityProvider, says: str) -> str:
    row.synchronised_at, row.synchronised = clock.now(), says[:400]
    with transaction.atomic():
        row.save(update_fields=["synchronised_at", "synchronised"])
        audit("provider.synchronised", by=f"身份来源 {row.pk}", about=row.pk, reason=says)
    return says


# ── the houses themselves ────────────────────────────────────────────────────────────────────────────────────────


def back_to(provider: IdentityProvider) -> str:
    """Where a provider sends people back to: out of our settings, and never out of what a request says its host is."""
    return f"{settings.ADDRESS}/sign-in/with/{provider.pk}/back/"


def house_of_directory(row: IdentityProvider) -> Ldap:
    return Ldap(LdapSettings.read(row.settings), unseal(row.secret))


def house_of_openid(row: IdentityProvider) -> Oidc:
    return Oidc(OidcSettings.read(row.settings), unseal(row.secret), back_to(row))


def house_of_cas(row: IdentityProvider) -> Cas:
    return Cas(CasSettings.read(row.settings), back_to(row))


def house_of(row: IdentityProvider) -> Ldap | Oidc | Cas:
    match ProviderKind(row.kind):
        case ProviderKind.LDAP:
            return house_of_directory(row)
        case ProviderKind.OIDC:
            return house_of_openid(row)
        case ProviderKind.CAS:
            return house_of_cas(row)


def _read(kind: str, given: Mapping[str, Any]) -> LdapSettings | OidcSettings | CasSettings:
    match ProviderKind(kind):
        case ProviderKind.LDAP:
            return LdapSettings.read(given)
        case ProviderKind.OIDC:
            return OidcSettings.read(given)
        case ProviderKind.CAS:
            return CasSettings.read(given)


def _locked(provider: IdentityProvider, *, by: Account | str) -> IdentityProvider:
    _refuse_strangers(by)
    return IdentityProvider.objects.select_for_update().get(pk=provider.pk)


def _locked_for_reading(provider: IdentityProvider, *, by: Account | str) -> IdentityProvider:
    """The row as it is now, without a lock: speaking to a directory takes its time."""
    _refuse_strangers(by)
    return IdentityProvider.objects.get(pk=provider.pk)


def _refuse_strangers(by: Account | str) -> None:
    """An administrator of the demonstration has a password that everybody knows, and opens no door for real people."""
    refuse_unless_administrator(by)
    if isinstance(by, Account) and by.demonstration:
        says = "演示管理员的密码是公开的，不能设置身份来源。"
        raise Refused([not_allowed("身份来源", says, "请由正式的系统管理员办理。")])


__all__ = [
    "back_to",
    "check_provider",
    "house_of_cas",
    "house_of_directory",
    "house_of_openid",
    "keep_provider",
    "switch_provider_off",
    "switch_provider_on",
    "synchronise",
]
