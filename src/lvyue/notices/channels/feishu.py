"""飞书群机器人: signed with HMAC-SHA256 of nothing, under the seconds, a line feed and the secret, in the body.

100 posts a minute and five a second; a body has at most 20 KB. The vendor asks to keep away from 10:00, 17:30 and other
round times, when everybody posts: what could wait leaves a little later then.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from lvyue.core.doubts import Doubt
from lvyue.notices.channels.road import Field, Limit, Parcel, Result, Setup
from lvyue.notices.channels.robots import Codes, Robot, base_field, check_robot, say, text_of
from lvyue.notices.choices import ChannelKind

#: So long after a round time nobody posts what can wait, and over so many seconds the posts are spread then.
_CROWDED, _SPREAD = timedelta(minutes=1), 120

_ROUND = (0, 30)


def signature(seconds: int, secret: str) -> str:
    """签名."""
    key = f"{seconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


class Feishu(Robot):
    """飞书."""

    kind = ChannelKind.FEISHU
    fields = (base_field("https://open.feishu.cn"),)
    secret = Field(
        "secret",
        "地址末段和签名密钥",
        "先写地址里 /hook/ 后面的部分；开了签名校验的，隔一个逗号再写密钥",
        required=True,
    )
    limits = (Limit(5, timedelta(seconds=1)), Limit(100, timedelta(minutes=1)))
    room = 18_000  # of 20 KB, with what stands around the text

    _codes = Codes(
        "code",
        rest={11232: timedelta(minutes=1)},
        misconfigured={
            19021: "签名不对，或本机时钟偏差太大",
            19022: "来源地址不在机器人的白名单",
            19024: "消息里没有机器人要求的关键词",
            19001: "机器人地址不对",
        },
        unfit={19002: "消息格式不被接受", 9499: "请求格式不被接受"},
    )

    def check(self, setup: Setup) -> list[Doubt]:
        return check_robot(setup, "地址末段和签名密钥")

    def not_before(self, at: datetime, key: int) -> datetime:
        """Away from the round times; each channel by its own number of seconds, so that not all come together again."""
        minute = at.replace(second=0, microsecond=0)
        if at.minute in _ROUND:
            return minute + _CROWDED + timedelta(seconds=key * 37 % _SPREAD)
        return at

    def send(self, parcel: Parcel, setup: Setup) -> Result:
        hook, _, secret = setup.secret.partition(",")
        body: dict[str, Any] = {
            "msg_type": "text",
            "content": {"text": text_of(parcel, self.room)},
        }
        if secret:
            seconds = int(parcel.at.timestamp())
            body = {"timestamp": str(seconds), "sign": signature(seconds, secret), **body}
        url = f"{setup['base'].rstrip('/')}/open-apis/bot/v2/hook/{quote(hook, safe='')}"
        return say(url, body, Setup(setup.settings, hook, secret), self._codes)
