"""通行密钥: the two ceremonies of WebAuthn. A browser signs a challenge that stands in the session once.

``Site`` says for which name the keys are: it comes from the settings and the request that they let through, so that a
forged ``Host`` never gets a key for another name. The device must have recognised its owner (user verification), so a
stolen telephone alone opens nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lvyue import clock
from lvyue.accounts.actions import refuse_while_locked, wrong
from lvyue.accounts.actions.conditions import plain_name, refused
from lvyue.accounts.actions.second_factor import after_removal, first_recovery_codes, own_account
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.models import Account, Passkey
from lvyue.core.doubts import Refused, malformed

#: So many a person may have.
MOST = 20


@dataclass(frozen=True, slots=True)
class Site:
    """站点: the name that keys are bound to, and the origin that a browser must say it is at."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """仪式: what the browser is asked, as JSON, and the challenge to keep in the session until it answers."""

    options: str
    challenge: str


def begin_adding(account: Account, site: Site) -> Ceremony:
    """开始加通行密钥."""
    known = Passkey.objects.filter(account=account)
    options = generate_registration_options(
        rp_id=site.name,
        rp_name="履约 Lvyue",
        user_id=hashlib.sha256(f"lvyue:{account.pk}".encode()).digest(),
        user_name=account.username,
        user_display_name=account.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in known],
    )
    return Ceremony(options_to_json(options), bytes_to_base64url(options.challenge))


@transaction.atomic
def add(
    account: Account, name: str, answer: str, challenge: str, site: Site, *, by: Account
) -> tuple[str, ...]:
    """加通行密钥: what the browser answered to `begin_adding`. The recovery codes, where these are the first."""
    account = own_account(account, by)
    name = plain_name(name, "名称")
    if Passkey.objects.filter(account=account).count() >= MOST:
        raise refused(account, f"已有 {MOST} 个通行密钥。", "请先去掉不用的。")
    if not challenge:  # none was given out, or it was answered before
        raise _not_taken()
    try:
        verified = verify_registration_response(
            credential=_read(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _not_taken() from error
    credential_id = bytes_to_base64url(verified.credential_id)
    try:
        with transaction.atomic():
            Passkey.objects.create(
                account=account,
                name=name,
                credential_id=credential_id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise _not_taken() from None
    after = {"factor": "通行密钥", "name": name}
    audit("second_factor.added", by=by, about=account.username, after=after)
    return first_recovery_codes(account)


def begin_proving(account: Account, site: Site) -> Ceremony:
    """开始用通行密钥登录: only keys of this person are asked for."""
    options = generate_authentication_options(
        rp_id=site.name,
        allow_credentials=[_descriptor(one) for one in Passkey.objects.filter(account=account)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Ceremony(options_to_json(options), bytes_to_base64url(options.challenge))


@transaction.atomic
def proves(account: Account, answer: str, challenge: str, site: Site) -> bool:
    """用通行密钥: whether the browser signed this challenge with a key of this person.

    A key whose count of signatures went backwards was copied, and is not taken.
    """
    try:
        read = _read(answer)
        credential_id = str(read["id"])
    except (ValueError, KeyError, TypeError):
        return False
    key = Passkey.objects.select_for_update().filter(account=account, credential_id=credential_id)
    one = key.first()
    if one is None:
        return False
    try:
        verified = verify_authentication_response(
            credential=read,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=bytes(one.public_key),
            credential_current_sign_count=one.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    one.sign_count, one.last_used_at = verified.new_sign_count, clock.now()
    one.save(update_fields=["sign_count", "last_used_at"])
    return True


def show(account: Account, answer: str, challenge: str, site: Site, *, address: str) -> None:
    """出示通行密钥. One that does not fit counts like a wrong password."""
    refuse_while_locked(account, "通行密钥", address=address)
    if not (challenge and proves(account, answer, challenge, site)):
        says = "没有收到有效的通行密钥，可能等得太久。"
        raise wrong(account, "通行密钥", says, "请再试一次，或用别的方式。", address=address)


@transaction.atomic
def remove(passkey: Passkey, *, by: Account) -> None:
    """去掉通行密钥: by whom it is."""
    account = own_account(passkey.account, by)
    removed, _ = Passkey.objects.filter(pk=passkey.pk).delete()
    if removed:
        before = {"factor": "通行密钥", "name": passkey.name}
        audit("second_factor.removed", by=by, about=account.username, before=before)
        after_removal(account)


def _descriptor(one: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id))


def _read(answer: str) -> dict[str, Any]:
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError(answer[:40])
    return read


def _not_taken() -> Refused:
    says = "没有收到有效的通行密钥，可能等得太久，或者是从别的地址打开的。"
    return Refused([malformed("通行密钥", says, "请再加一次。")])
