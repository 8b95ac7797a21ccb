"""事件订阅: a signed POST to a program of the subscriber, with an id by which it knows what it has seen.

The signature is HMAC-SHA256 over the seconds, a full stop and the body. While a secret is being exchanged there are two,
and either may be checked. docs/webhooks.md tells a receiver what to do.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from lvyue.core.doubts import Doubt, malformed
from lvyue.notices.channels.http import Answer, Unreachable, check_url, post
from lvyue.notices.channels.road import (
    Field,
    Limit,
    Parcel,
    Permanent,
    Result,
    Sent,
    Setup,
    Temporary,
)
from lvyue.notices.choices import ChannelKind

#: What every secret begins with, so that one that leaks is recognised.
PREFIX = "lvyue_hook_"

_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503
_LONGEST_REST = 3600


def signature(seconds: int, body: bytes, secret: str) -> str:
    """签名."""
    words = f"{seconds}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), words, hashlib.sha256).hexdigest()


class Webhook:
    """事件订阅."""

    kind = ChannelKind.WEBHOOK
    fields = (
        Field("url", "接收地址", "例如 https://itsm.example.com/lvyue", required=True),
        Field("authority", "自有证书", "接收方用自建证书时，PEM 文本", long=True),
    )
    secret = Field("secret", "签名密钥", "由系统生成，只显示一次")
    limits = (Limit(600, timedelta(minutes=1)),)
    room = 100_000

    def check(self, setup: Setup) -> list[Doubt]:
        return check_url(setup["url"], "接收地址")

    def check_target(self, target: str) -> list[Doubt]:
        return [malformed("地址", "订阅没有收信地址。", "请留空。")] if target else []

    def not_before(self, at: datetime, key: int) -> datetime:  # noqa: ARG002  at once
        return at

    def send(self, parcel: Parcel, setup: Setup) -> Result:
        body = parcel.body.encode()
        seconds = int(parcel.at.timestamp())
        secrets = [one for one in (setup.secret, setup.former_secret) if one]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Lvyue-Id": parcel.id,
            "Lvyue-Event": parcel.subject,
            "Lvyue-Timestamp": str(seconds),
            "Lvyue-Signature": ",".join(signature(seconds, body, one) for one in secrets),
        }
        try:
            answer = post(setup["url"], body, headers, authority=setup["authority"])
        except Unreachable as error:
            return Temporary(str(error))
        return _read(answer, setup)


def _read(answer: Answer, setup: Setup) -> Result:
    extract = setup.without_secrets(f"{answer.status} {answer.text}")
    if 200 <= answer.status < 300:  # noqa: PLR2004  taken
        return Sent(extract=extract)
    if answer.status == _GONE:
        return Permanent("接收方说它不再接收（410）。", extract)
    after = None
    if answer.status in (_TOO_MANY, _UNAVAILABLE) and answer.retry_after.isdecimal():
        after = timedelta(seconds=min(int(answer.retry_after[:6]), _LONGEST_REST))
    return Temporary(f"接收方答 {answer.status}。", extract, after)
