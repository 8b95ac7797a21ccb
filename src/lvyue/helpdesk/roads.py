"""渠道的栏目: what each kind of channel is told when it is set up, and how its secret is called. Pure data and its checks."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any

from lvyue.core.doubts import Doubt, malformed
from lvyue.core.service import ContactMeans, written
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.choices import DeskKind
from lvyue.notices.channels.http import context_of
from lvyue.notices.channels.road import Field

#: Kinds of ticket that may be made of what comes in without a person looking first.
OPENABLE = tuple(
    (kind.name, kind.zh)
    for kind in TICKET_KINDS.values()
    if any(field.name == "channel" for field in kind.fields)
)

_KIND = Field("kind", "开成哪种工单", choices=OPENABLE, default="request")
_MOST = Field(
    "most_per_hour", "每小时最多", "同一来处一小时里超过这么多，当作循环", default="30", number=True
)
_ACKNOWLEDGE = Field(
    "acknowledge",
    "自动确认收到",
    "自动确认不算由人响应。",
    choices=(("no", "不发"), ("yes", "发一封确认")),
    default="no",
)
_PEOPLE = Field(
    "people", "人员对照", '对方的用户号对应平台登录名，JSON，例如 {"zhang01": "zhang"}', long=True
)
_MAIL = (
    Field("host", "IMAP 服务器", "例如 imap.example.gov", required=True),
    Field("port", "端口", "TLS 一般是 993，STARTTLS 一般是 143", default="993", number=True),
    Field(
        "security",
        "加密",
        "不加密只可用于本机或专线。",
        choices=(("tls", "TLS（一开始就加密）"), ("starttls", "STARTTLS"), ("none", "不加密")),
        default="tls",
    ),
    Field("username", "用户名", required=True),
    Field("folder", "收件夹", default="INBOX"),
    Field("done", "读完移到", "留空则只标为已读，不移动；从不删除"),
    Field("authority", "自有证书", "单位自建的证书颁发机构，PEM 文本", long=True),
    _KIND,
    _MOST,
    _ACKNOWLEDGE,
)
_SMS = (
    Field("id", "编号的位置", "JSON 或表单里的位置，例如 msgid", default="id"),
    Field("sender", "手机号的位置", default="phone"),
    Field("text", "内容的位置", default="text"),
    _KIND,
    _MOST,
)

FIELDS: Mapping[DeskKind, tuple[Field, ...]] = {
    DeskKind.MAIL: _MAIL,
    DeskKind.SMS: _SMS,
    DeskKind.WECHAT: (
        Field("corp_id", "企业号 CorpID", required=True),
        Field("token", "回调 Token", required=True),
        _PEOPLE,
        _KIND,
        _MOST,
    ),
    DeskKind.DINGTALK: (_PEOPLE, _KIND, _MOST),
    DeskKind.FEISHU: (Field("token", "Verification Token", required=True), _PEOPLE, _KIND, _MOST),
    DeskKind.PORTAL: (),
    DeskKind.PHONE: (),
    DeskKind.QR: (),
    DeskKind.FAX: (_KIND, _MOST),
    DeskKind.WEBHOOK: (_KIND, _MOST),
    DeskKind.ALERT: (
        Field("source", "告警来源的编号", "留空：这份合同的全部来源", number=True),
        Field("severities", "只要这些级别", "逗号分隔，例如 critical,high；留空：全部"),
        Field("kind", "开成哪种工单", choices=OPENABLE, default="incident"),
    ),
}

SECRETS: Mapping[DeskKind, Field] = {
    DeskKind.MAIL: Field("secret", "密码", required=True),
    DeskKind.SMS: Field("secret", "网关送来时带的密钥", required=True),
    DeskKind.WECHAT: Field("secret", "EncodingAESKey", required=True),
    DeskKind.DINGTALK: Field("secret", "AppSecret", required=True),
    DeskKind.FEISHU: Field("secret", "Encrypt Key", required=True),
    DeskKind.WEBHOOK: Field("secret", "签名密钥", "至少 16 个字符", required=True),
    DeskKind.PHONE: Field("secret", "签名密钥", "电话交换机送来未接来电时签名用；没有则留空"),
    DeskKind.FAX: Field("secret", "签名密钥", "传真网关送来时签名用；人工登记的传真不用填"),
}

#: What an address of a kind must look like.
_ADDRESSES: Mapping[DeskKind, ContactMeans] = {
    DeskKind.MAIL: ContactMeans.EMAIL,
    DeskKind.FAX: ContactMeans.FAX,
}

_LONGEST, _SHORTEST_SECRET, _AES_KEY = 20_000, 16, 43


#: Kinds whose secret we choose ourselves.
_SIGNED = (DeskKind.WEBHOOK, DeskKind.SMS, DeskKind.FAX, DeskKind.PHONE)


def address_doubts(kind: DeskKind, address: str) -> list[Doubt]:
    """F1: a number or an address that is blank or none is refused where users are to be told it."""
    if kind in (DeskKind.MAIL, DeskKind.PHONE, DeskKind.FAX) and not address:
        says = f"{kind.label}渠道没有写号码或地址。"
        return [malformed("号码或地址", says, "请写用户能打、能发的那一个。")]
    if not address or kind not in (*_ADDRESSES, DeskKind.PHONE):
        return []
    if kind is DeskKind.PHONE:
        landline = written(ContactMeans.PHONE, address)
        mobile = written(ContactMeans.MOBILE, address)
        read = landline if isinstance(mobile, Doubt) else mobile
    else:
        read = written(_ADDRESSES[kind], address)
    return [read] if isinstance(read, Doubt) else []


def settings_of(
    kind: DeskKind, given: Mapping[str, str], secret: str
) -> tuple[dict[str, str], list[Doubt]]:
    """The settings as they are kept, and everything that is wrong with them. What is left out is as the kind has it."""
    kept: dict[str, str] = {}
    known = {one.name for one in FIELDS[kind]}
    doubts = [
        malformed(
            name[:40],
            f"{kind.label}渠道没有这一栏。",
            f"可填：{'、'.join(sorted(known)) or '无'}。",
        )
        for name in given
        if name not in known
    ]
    for one in FIELDS[kind]:
        value = (given.get(one.name) or "").strip() or one.default
        kept[one.name] = value
        doubts += _field_doubts(one, value)
    wanted = SECRETS.get(kind)
    if secret and wanted is None:
        doubts.append(malformed("密钥", f"{kind.label}渠道没有密钥。", "请留空。"))
    if wanted is not None and wanted.required and not secret:
        doubts.append(malformed(wanted.zh, "没有填写。", f"请填写{wanted.zh}。"))
    if not doubts:
        doubts += _whole_doubts(kind, kept, secret)
    return kept, doubts


def _field_doubts(one: Field, value: str) -> list[Doubt]:
    doubts = []
    if one.required and not value:
        doubts.append(malformed(one.zh, "没有填写。", f"请填写{one.zh}。"))
    if one.choices and value not in dict(one.choices):
        words = "、".join(word for _, word in one.choices)
        doubts.append(malformed(one.zh, f"“{value[:40]}”不在可选之列。", f"请选：{words}。"))
    whole = value.isascii() and value.isdecimal() and 0 < int(value or 0) < 65536  # noqa: PLR2004  ports
    if one.number and value and not whole:
        doubts.append(malformed(one.zh, f"“{value[:40]}”不是 1 到 65535 的整数。", "请改正。"))
    if len(value) > _LONGEST or (not one.long and not value.isprintable()):
        doubts.append(malformed(one.zh, "太长，或含有换行等字符。", "请改正。"))
    return doubts


def _whole_doubts(kind: DeskKind, kept: Mapping[str, str], secret: str) -> list[Doubt]:
    doubts = []
    if kind in _SIGNED and 0 < len(secret) < _SHORTEST_SECRET:
        doubts.append(
            malformed(
                "密钥", f"只有 {len(secret)} 个字符。", f"请用至少 {_SHORTEST_SECRET} 个随机字符。"
            )
        )
    if kind is DeskKind.WECHAT and not (
        len(secret) == _AES_KEY and secret.isascii() and secret.isalnum()
    ):
        doubts.append(
            malformed("EncodingAESKey", "应是 43 个字母和数字。", "请从企业微信的回调设置里复制。")
        )
    if kept.get("authority"):
        try:
            context_of(kept["authority"])
        except (ssl.SSLError, ValueError):
            says = "这不是 PEM 格式的证书。"
            doubts.append(
                malformed("自有证书", says, "请粘贴以 -----BEGIN CERTIFICATE----- 开头的文本。")
            )
    if kept.get("people") and people_of(kept) is None:
        says = "读不出来。"
        doubts.append(malformed("人员对照", says, '请写成 {"对方用户号": "平台登录名"}。'))
    return doubts


def people_of(kept: Mapping[str, str]) -> dict[str, str] | None:
    """Who a vendor's user is with us; None where it cannot be read."""
    try:
        found: Any = json.loads(kept.get("people") or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        return None
    return found
