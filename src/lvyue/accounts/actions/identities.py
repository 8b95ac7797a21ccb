"""外部身份: whose account somebody is whom a provider vouches for.

A subject is linked to an account by the person, who has signed in here and at the provider, or by an administrator, who
knows both. Never by a mail address or a name alone: both change hands, and providers let people write them themselves.
"""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.actions import Hashed, create_account
from lvyue.accounts.actions.conditions import (
    not_allowed,
    plain_reason,
    refuse_unless_administrator,
)
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import Newcomers
from lvyue.accounts.models import (
    Account,
    Identity,
    IdentityProvider,
    Login,
    Organisation,
    ProviderTicket,
)
from lvyue.accounts.providers.cas import digest
from lvyue.accounts.providers.known import Known
from lvyue.accounts.queries import service_of
from lvyue.core.doubts import Refused

#: How many strangers of one provider may wait; whoever comes later is told so, and nothing is written.
WAITING = 500


def recognise(provider: IdentityProvider, known: Known) -> Account:
    """认人: whose account this is. Who has none is refused, and waits for an administrator where the provider is set to that."""
    with (
        transaction.atomic()
    ):  # what is written down of a stranger stands although they are not let in
        found = _whose(provider, known)
    if isinstance(found, Refused):
        raise found
    return found


def _whose(provider: IdentityProvider, known: Known) -> Account | Refused:
    now = clock.now()
    rows = Identity.objects.select_related("account")
    row = rows.filter(provider=provider, subject=known.subject).first()
    if row is not None:
        row.username, row.name, row.last_seen_at = known.username, known.name, now
        row.save(update_fields=["username", "name", "last_seen_at"])
        if row.account is not None:
            return _open(row.account)
    if provider.newcomers == Newcomers.REFUSE:
        mend = "已有本地账号的，请先用密码登录，再到“我的账号”连接；没有账号的，请联系系统管理员。"
        return _closed(f"{provider.name}认得您，但这里还没有您的账号。", mend)
    if row is not None and row.refused_at is not None:
        return _closed("系统管理员没有接受这个身份。", "请联系系统管理员。")
    waiting = Identity.objects.filter(provider=provider, account__isnull=True)
    if row is None and waiting.count() >= WAITING:
        return _closed("等待批准的人太多了。", "请联系系统管理员。")
    if row is None:
        _wait(provider, known)
    says = "这里还没有您的账号，要等系统管理员批准。"
    return _closed(
        says,
        "已告诉系统管理员；批准之后就能登录。已有本地账号的，也可以先用密码登录，再到“我的账号”连接。",
    )


def _open(account: Account) -> Account | Refused:
    if account.is_active and (account.ends_at is None or account.ends_at > clock.now()):
        return account
    return _closed("这个账号已停用，不能登录。", "请联系系统管理员。")


def _wait(provider: IdentityProvider, known: Known) -> None:
    now = clock.now()
    try:
        with transaction.atomic():
            Identity.objects.create(
                provider=provider,
                subject=known.subject,
                username=known.username,
                name=known.name,
                first_seen_at=now,
                last_seen_at=now,
            )
    except IntegrityError:  # two tabs at once
        return
    after = {"name": known.name, "username": known.username}
    audit("identity.seen", by=f"身份来源 {provider.pk}", about=provider.pk, after=after)


@transaction.atomic
def link_own(provider: IdentityProvider, known: Known, *, by: Account) -> Identity:
    """连接自己的身份: the person has signed in here, and the provider vouched for them a moment ago."""
    return _link(_row(provider, known), by, by=by)


@transaction.atomic
def link(identity: Identity, account: Account, *, by: Account | str) -> Identity:
    """连接: an administrator who knows the person says whose account this is."""
    refuse_unless_administrator(by, account)
    row = Identity.objects.select_for_update().get(pk=identity.pk)
    if isinstance(by, Account) and by.pk == account.pk:
        says = "不能把别人的身份连接到自己的账号。"
        raise Refused([not_allowed("外部身份", says, "自己的请在“我的账号”里连接。")])
    return _link(row, account, by=by)


@transaction.atomic
def admit(
    identity: Identity,
    username: str,
    name: str,
    *,
    by: Account | str,
    organisation: Organisation | None = None,
) -> Account:
    """批准: a new account for somebody who waits, without a password; appointments are made afterwards, by hand."""
    refuse_unless_administrator(by)
    row = Identity.objects.select_for_update().get(pk=identity.pk)
    if row.account_id is not None:
        raise _taken()
    account = create_account(
        username,
        name,
        Hashed(make_password(None)),
        by=by,
        organisation=organisation,
        handed_over=False,
    )
    _link(row, account, by=by)
    return account


@transaction.atomic
def refuse_identity(identity: Identity, *, by: Account | str, reason: str) -> None:
    """不接受: they are told so from now on; an administrator may still link them later."""
    refuse_unless_administrator(by)
    reason = plain_reason(reason)
    row = Identity.objects.select_for_update().get(pk=identity.pk)
    if row.account_id is not None:
        raise _taken()
    if row.refused_at is None:
        row.refused_at = clock.now()
        row.save(update_fields=["refused_at"])
        about = f"{row.provider_id}：{row.username or row.subject}"[:200]
        audit("identity.refused", by=by, about=about, reason=reason)


@transaction.atomic
def unlink(identity: Identity, *, by: Account | str, reason: str) -> None:
    """解除: nobody signs in to this account by it any more."""
    row = Identity.objects.select_for_update().get(pk=identity.pk)
    account = Account.objects.get(pk=row.account_id) if row.account_id is not None else None
    reason = plain_reason(reason)
    if account is None:
        return
    if not (isinstance(by, Account) and by.pk == account.pk):
        refuse_unless_administrator(by, account)
    elif not account.has_usable_password():
        says = "您没有密码，解除之后就不能登录了。"
        raise Refused([not_allowed("外部身份", says, "请先由系统管理员为您重设密码。")])
    row.account = None
    row.save(update_fields=["account"])
    audit(
        "identity.unlinked",
        by=by,
        about=account.username,
        before={"provider": row.provider_id, "username": row.username},
        reason=reason,
    )


# ── tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def keep_ticket(provider_id: str, ticket_digest: str, login: Login) -> None:
    """By which ticket a login was opened."""
    ProviderTicket.objects.get_or_create(
        digest=ticket_digest, defaults={"provider_id": provider_id, "login": login}
    )


@transaction.atomic
def take_ticket_back(provider: IdentityProvider, ticket: str) -> bool:
    """收回票据: the provider says that somebody is out there; the login that this ticket opened here ends."""
    found = (
        ProviderTicket.objects.select_related("login__account")
        .filter(provider=provider, digest=digest(ticket))
        .first()
    )
    if found is None:
        return False
    ended = Login.objects.filter(pk=found.login_id, ended_at__isnull=True).update(
        ended_at=clock.now()
    )
    if ended:
        about = found.login.account.username
        audit("login.ended", by=f"身份来源 {provider.pk}", about=about, reason="身份来源已退出。")
    return bool(ended)


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def _row(provider: IdentityProvider, known: Known) -> Identity:
    """The row of a subject, held until the end of the transaction; made where there is none."""
    now = clock.now()
    row, _ = Identity.objects.select_for_update().get_or_create(
        provider=provider,
        subject=known.subject,
        defaults={"first_seen_at": now, "last_seen_at": now},
    )
    row.username, row.name, row.last_seen_at = known.username, known.name, now
    row.save(update_fields=["username", "name", "last_seen_at"])
    return row


def _link(row: Identity, account: Account, *, by: Account | str) -> Identity:
    if row.account_id == account.pk:
        return row
    if row.account_id is not None:
        raise _taken()
    if account.demonstration:
        says = "演示账号的密码是公开的，不能连接真人的身份。"
        raise Refused([not_allowed(f"账号 {account.username}", says, "请用正式账号。")])
    if service_of(account) is not None:
        says = "服务账号是程序用的，没有人凭它登录。"
        raise Refused([not_allowed(f"账号 {account.username}", says, "请换一个账号。")])
    other = Identity.objects.filter(provider=row.provider_id, account=account).first()
    if other is not None:
        says = f"这个账号已连接同一来源的另一个身份：{other.username or other.subject[:40]}。"
        raise Refused([not_allowed(f"账号 {account.username}", says, "请先解除原来的。")])
    row.account, row.refused_at = account, None
    row.save(update_fields=["account", "refused_at"])
    after = {"provider": row.provider_id, "username": row.username, "subject": row.subject[:80]}
    audit("identity.linked", by=by, about=account.username, after=after)
    return row


def _taken() -> Refused:
    says = "这个身份已经连接到一个账号。"
    return Refused([not_allowed("外部身份", says, "请先解除原来的连接。")])


def _closed(says: str, mend: str) -> Refused:
    return Refused([not_allowed("登录", says, mend)])
