"""联系方式: a mail address and a telephone number of a person, shown to work by a code that is sent there.

Who may be told something asks `queries.verified_way`: what nobody has shown to reach the person is never used.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from lvyue import clock
from lvyue.accounts import veil
from lvyue.accounts.actions.conditions import locked
from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.models import Account, ContactWay
from lvyue.core.doubts import Refused, malformed

#: So long a code counts, so often it may be tried, and so long one waits for the next.
GOOD_FOR, TRIES, APART = timedelta(minutes=10), 5, timedelta(minutes=1)

_PHONE = re.compile(r"(\+86)?1[3-9]\d{9}")


@transaction.atomic
def set_way(account: Account, kind: ContactKind, value: str, *, by: Account | str) -> ContactWay:
    """填写联系方式: by the person or an administrator. Another value must be verified anew."""
    if not (isinstance(by, Account) and by.pk == account.pk):
        account = locked(account, by=by)
    value = plain_mail(value) if kind is ContactKind.MAIL else plain_phone(value)
    way = ContactWay.objects.select_for_update().filter(account=account, kind=kind).first()
    if way is not None and way.value == value:
        return way
    before = masked(way) if way is not None else None
    way, _ = ContactWay.objects.update_or_create(
        account=account,
        kind=kind,
        defaults={
            "value": value,
            "verified_at": None,
            "code": "",
            "code_sent_at": way.code_sent_at if way is not None else None,
            "tries": 0,
        },
    )
    after = {kind.value: masked(way)}
    audit("contact.set", by=by, about=account.username, before={kind.value: before}, after=after)
    return way


@transaction.atomic
def remove_way(account: Account, kind: ContactKind, *, by: Account | str) -> None:
    """去掉联系方式."""
    if not (isinstance(by, Account) and by.pk == account.pk):
        account = locked(account, by=by)
    way = ContactWay.objects.filter(account=account, kind=kind).first()
    if way is not None:
        before = {kind.value: masked(way)}
        way.delete()
        audit("contact.removed", by=by, about=account.username, before=before)


@transaction.atomic
def new_code(account: Account, kind: ContactKind) -> str:
    """验证码: six digits to send to the person; only their hash is kept. Not more often than once a minute."""
    now, way = clock.now(), _way(account, kind)
    if way.verified_at is not None:
        raise Refused([malformed(kind.label, "已经验证过。", "不用再验证。")])
    if way.code_sent_at is not None and now - way.code_sent_at < APART:
        says = "刚刚发过验证码。"
        raise Refused([malformed(kind.label, says, "请看看是否已经收到，一分钟后可以再发。")])
    code = f"{secrets.randbelow(1_000_000):06}"
    way.code, way.code_sent_at, way.tries = _hash(way, code), now, 0
    way.save(update_fields=["code", "code_sent_at", "tries"])
    return code


def verify(account: Account, kind: ContactKind, code: str) -> None:
    """验证联系方式: the code that was sent there. A wrong one is counted although nothing else is done."""
    with transaction.atomic():
        way, now = _way(account, kind), clock.now()
        sent = way.code_sent_at
        live = bool(way.code) and sent is not None and now - sent < GOOD_FOR and way.tries < TRIES
        typed = "".join(normalize("NFKC", code).split())
        fits = live and hmac.compare_digest(way.code, _hash(way, typed))
        if fits:
            way.verified_at, way.code = now, ""
            way.save(update_fields=["verified_at", "code"])
            after = {kind.value: masked(way)}
            audit("contact.verified", by=account, about=account.username, after=after)
        elif live:
            way.tries += 1
            way.save(update_fields=["tries"])
    if not fits:
        says = "验证码不对。" if live else "验证码已经失效。"
        raise Refused([malformed("验证码", says, "请核对最近收到的一个，或重新发送。")])


def masked(way: ContactWay) -> str:
    return (veil.mail if way.kind == ContactKind.MAIL else veil.phone)(way.value)


def plain_mail(text: str) -> str:
    """An address as mail programs write it; what a header could be broken with is none."""
    value = normalize("NFKC", text).strip()
    try:
        validate_email(value)
    except ValidationError:
        says = f"“{value[:60]}”不是电子邮箱地址。"
        raise Refused([malformed("电子邮箱", says, "请写成 name@example.cn 的样子。")]) from None
    return value


def plain_phone(text: str) -> str:
    """A mobile number of the mainland, which is what a message can be sent to."""
    value = re.sub(r"[\s-]", "", normalize("NFKC", text))
    if not _PHONE.fullmatch(value):
        says = f"“{value[:40]}”不是手机号码。"
        raise Refused([malformed("手机号码", says, "请写 11 位手机号码。")])
    return value.removeprefix("+86")


def _way(account: Account, kind: ContactKind) -> ContactWay:
    way = ContactWay.objects.select_for_update().filter(account=account, kind=kind).first()
    if way is None:
        raise Refused([malformed(kind.label, "还没有填写。", f"请先填写{kind.label}。")])
    return way


def _hash(way: ContactWay, code: str) -> str:
    return hashlib.sha256(
        f"{way.pk}:{way.value}:{code}".encode("utf-8", "surrogatepass")
    ).hexdigest()
