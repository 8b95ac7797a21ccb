"""钉钉群机器人: signed with HMAC-SHA256 of the milliseconds, a line feed and the secret, under the secret, in the address.

20 posts a minute; whoever goes faster is shut out for ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import quote, urlencode

from lvyue.core.doubts import Doubt, malformed
from lvyue.notices.channels.road import Field, Limit, Parcel, Result, Setup
from lvyue.notices.channels.robots import Codes, Robot, base_field, check_robot, say, text_of
from lvyue.notices.choices import ChannelKind


def signature(milliseconds: int, secret: str) -> str:
    """签名, before it is encoded for an address."""
    words = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), words, hashlib.sha256).digest()).decode()


class DingTalk(Robot):
    """钉钉."""

    kind = ChannelKind.DINGTALK
    fields = (
        base_field("https://oapi.dingtalk.com"),
        Field(
            "signed",
            "安全设置",
            "与机器人设置页上选的一致",
            choices=(("yes", "加签"), ("no", "自定义关键词或 IP 地址段")),
            default="yes",
        ),
        Field("keyword", "关键词", "选“自定义关键词”时填写，会附在每条消息后面"),
    )
    secret = Field(
        "secret",
        "access_token 和加签密钥",
        "先写地址里 access_token= 后面的部分；选“加签”的，隔一个逗号再写 SEC 开头的密钥",
        required=True,
    )
    limits = (Limit(20, timedelta(minutes=1)),)
    room = 20_000

    _codes = Codes(
        "errcode",
        rest={130101: timedelta(minutes=10)},
        misconfigured={
            310000: "安全设置不符：签名、关键词或来源地址不对",
            300001: "access_token 不对，或机器人已被移出群",
            400101: "access_token 不对",
            400102: "机器人已停用",
            400013: "群已解散",
        },
        unfit={40035: "消息格式不被接受", 460101: "消息太长"},
    )

    def check(self, setup: Setup) -> list[Doubt]:
        found = check_robot(setup, "access_token 和加签密钥")
        if setup["signed"] != "no" and not _halves(setup)[1]:
            says = "选了“加签”，但没有写加签密钥。"
            found.append(
                malformed("access_token 和加签密钥", says, "请写成：access_token,SEC密钥。")
            )
        return found

    def send(self, parcel: Parcel, setup: Setup) -> Result:
        token, secret = _halves(setup)
        asked = {"access_token": token}
        if setup["signed"] != "no":
            milliseconds = int(parcel.at.timestamp() * 1000)
            asked |= {"timestamp": str(milliseconds), "sign": signature(milliseconds, secret)}
        url = f"{setup['base'].rstrip('/')}/robot/send?{urlencode(asked, quote_via=quote, safe='')}"
        text = text_of(parcel, self.room, setup["keyword"])
        hidden = Setup(setup.settings, token, secret)
        return say(url, {"msgtype": "text", "text": {"content": text}}, hidden, self._codes)


def _halves(setup: Setup) -> tuple[str, str]:
    token, _, secret = setup.secret.partition(",")
    return token, secret
