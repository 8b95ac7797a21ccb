"""令牌: what can be done with the secrets by which programs act, and how one of them is taken at the door.

Only hashes are kept. A token may what its account may and what it was given, from where it was given, until its end; and
a token never makes another token. The owner of a service account stands for it: nobody else makes tokens for it, not
even an administrator, who would otherwise see through it what administrators do not see.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from lvyue import clock
from lvyue.accounts.actions.conditions import not_allowed, plain_name
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import Scope
from lvyue.accounts.models import Account, Token
from lvyue.accounts.queries import bearer_of, token_by_secret
from lvyue.accounts.scopes import comes_from, networks, whole
from lvyue.core.doubts import Refused, malformed

#: How long a token may work, in days.
TOKEN_DAYS = 366

#: What every token begins with, so that one that leaks is recognised.
TOKEN_PREFIX = "lvyue_"  # noqa: S105  the beginning of all tokens is no secret

#: For so long the old secret works beside the new one, so that a program can be changed while it runs.
BOTH_WORK = timedelta(hours=24)

#: How often it is written down that a token was used, or turned away, at most.
WRITTEN_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """新令牌: the row, and the secret that nobody can read again."""

    token: Token
    secret: str


@transaction.atomic
def create_token(
    account: Account,
    name: str,
    days: int,
    *,
    by: Account | str,
    scopes: Collection[str] = tuple(Scope),
    addresses: str = "",
) -> NewToken:
    """建立令牌: a program may then act as this person, as far as the scopes go. The secret is answered once."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    _refuse_unless_theirs(account, by)
    name = plain_name(name, "用途")
    _refuse_unless_a_year(days)
    now = clock.now()
    live = Token.objects.filter(account=account, revoked_at__isnull=True, expires_at__gt=now)
    if live.filter(name=name).exists():
        says = f"已有一个用途为“{name}”的令牌。"
        raise Refused([malformed("用途", says, "请换一个用途，或先吊销原来的令牌。")])
    chosen, allowed = _scopes(scopes), networks(addresses)
    secret = _new_secret()
    token = Token.objects.create(
        account=account,
        name=name,
        digest=_digest(secret),
        created_at=now,
        expires_at=now + timedelta(days=days),
        scopes=chosen,
        addresses=[*allowed],
    )
    after = {
        "name": name,
        "expires": token.expires_at.isoformat(timespec="minutes"),
        "scopes": _in_words(chosen),
        "addresses": "、".join(allowed),
    }
    audit("token.created", by=by, about=account.username, after=after)
    return NewToken(token, secret)


@transaction.atomic
def rotate_token(token: Token, *, by: Account | str, days: int | None = None) -> NewToken:
    """更换令牌: a new secret; the old one works for a day more. What it may and its name stay.

    Only a person may also give it a new end: a program that holds a token could otherwise keep it for ever.
    """
    token = _locked(token)
    _refuse_unless_theirs(token.account, by, program=days is None)
    now = clock.now()
    if token.revoked_at is not None or token.expires_at <= now:
        says = f"令牌“{token.name}”已失效或已吊销。"
        raise Refused([malformed("令牌", says, "请另建一个令牌。")])
    secret = _new_secret()
    token.old_digest, token.old_until = token.digest, now + BOTH_WORK
    token.digest = _digest(secret)
    if days is not None:
        _refuse_unless_a_year(days)
        token.expires_at = now + timedelta(days=days)
    token.save(update_fields=["digest", "old_digest", "old_until", "expires_at"])
    after = {"name": token.name, "expires": token.expires_at.isoformat(timespec="minutes")}
    audit("token.rotated", by=by, about=token.account.username, after=after)
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(token: Token, *, by: Account | str) -> None:
    """吊销令牌: it works no longer, from now on and for good, neither its new secret nor its old one."""
    token = _locked(token)
    _refuse_unless_theirs(token.account, by, program=True)
    if token.revoked_at is None:
        _revoke(token, by=by)


def _revoke(token: Token, *, by: Account | str) -> None:
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    audit("token.revoked", by=by, about=token.account.username, before={"name": token.name})


def revoke_all(account: Account, *, by: Account | str) -> None:
    """Every token that still works: whoever held one might not be the person who holds the account from now on."""
    live = Token.objects.select_for_update().filter(
        account=account, revoked_at__isnull=True, expires_at__gt=clock.now()
    )
    for token in live:
        _revoke(token, by=by)


def use_token(secret: str, *, address: str) -> Account | None:
    """以令牌进门: who acts by it, with ``scopes``; nobody where it does not work, or not from this address."""
    now = clock.now()
    token = token_by_secret(secret, now)
    if token is None:
        return None
    recent = now - WRITTEN_EVERY
    if not comes_from(address, token.addresses):
        _turn_away(token, address)
        return None
    if token.last_used_at is None or token.last_used_at < recent:
        unwritten = Q(last_used_at__isnull=True) | Q(last_used_at__lt=recent)
        Token.objects.filter(unwritten, pk=token.pk).update(
            last_used_at=now, last_used_from=address
        )
    return bearer_of(token)


def _turn_away(token: Token, address: str) -> None:
    """Somebody has the secret and is not where it belongs: that is written down, and on the page of its owner."""
    now = clock.now()
    unwritten = Q(refused_at__isnull=True) | Q(refused_at__lt=now - WRITTEN_EVERY)
    with transaction.atomic():
        first = Token.objects.filter(unwritten, pk=token.pk).update(
            refused_at=now, refused_from=address
        )
        if first:
            after = {"name": token.name, "address": address}
            audit("token.elsewhere", by="令牌", about=token.account.username, after=after)


# ── what must be so ──────────────────────────────────────────────────────────────────────────────────────────────


def _locked(token: Token) -> Token:
    found = Token.objects.select_for_update(of=("self",)).select_related("account")
    return found.get(pk=token.pk)


def _refuse_unless_theirs(account: Account, by: Account | str, *, program: bool = False) -> None:
    """A person's own tokens, or those of a service account that they answer for; an administrator only ends them."""
    if not isinstance(by, Account):
        return
    service = getattr(account, "service", None)
    mine = by.pk == account.pk or (service is not None and service.owner_id == by.pk)
    if not mine:
        raise Refused(
            [not_allowed(str(account), "令牌只能由本人或服务账号的负责人建立、更换和吊销。")]
        )
    if by.scopes is not None and not program:
        says = "令牌不能生出令牌，也不能给自己延期。"
        raise Refused([not_allowed("令牌", says, "请登录网页办理。")])


def _refuse_unless_a_year(days: int) -> None:
    if not 1 <= days <= TOKEN_DAYS:
        says = f"有效期 {days} 天超出范围。"
        raise Refused([malformed("有效期", says, f"请取 1 到 {TOKEN_DAYS} 天。")])


def _scopes(chosen: Collection[str]) -> list[str]:
    unknown = [one for one in chosen if one not in Scope.values]
    if unknown:
        says = f"没有“{unknown[0][:40]}”这种权限。"
        raise Refused([malformed("权限", says, f"请从中选：{'、'.join(Scope.values)}。")])
    found = whole(chosen)
    return [one.value for one in Scope if one in found]


def _in_words(scopes: Collection[str]) -> str:
    return "、".join(Scope(one).label for one in scopes)


def _new_secret() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
