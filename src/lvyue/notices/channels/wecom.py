"""企业微信群机器人: the key stands in the address and nothing is signed; a text has at most 2,048 bytes.

20 posts a minute for one robot is widely quoted; we keep to it.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from lvyue.core.doubts import Doubt
from lvyue.notices.channels.road import Field, Limit, Parcel, Result, Setup
from lvyue.notices.channels.robots import Codes, Robot, base_field, check_robot, say, text_of
from lvyue.notices.choices import ChannelKind


class WeCom(Robot):
    """企业微信."""

    kind = ChannelKind.WECOM
    fields = (base_field("https://qyapi.weixin.qq.com"),)
    secret = Field("secret", "key", "机器人地址里 key= 后面的部分", required=True)
    limits = (Limit(20, timedelta(minutes=1)),)
    room = 2048

    _codes = Codes(
        "errcode",
        rest={45009: timedelta(minutes=1), 45033: timedelta(minutes=1)},
        misconfigured={93000: "机器人的 key 不对，或机器人已被移出群"},
        unfit={40008: "消息格式不被接受", 45002: "消息太长"},
    )

    def check(self, setup: Setup) -> list[Doubt]:
        return check_robot(setup, "key")

    def send(self, parcel: Parcel, setup: Setup) -> Result:
        url = f"{setup['base'].rstrip('/')}/cgi-bin/webhook/send?key={quote(setup.secret, safe='')}"
        text = text_of(parcel, self.room)
        return say(url, {"msgtype": "text", "text": {"content": text}}, setup, self._codes)
