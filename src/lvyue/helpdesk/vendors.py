"""各家的来信形状: what programs and vendors post to the desk, proved by the vendor's own signature and read. Writes nothing.

Whoever cannot prove it is told nothing more. Nothing that is older than five minutes is taken. DingTalk signs the time and not
the words, so one signature serves once (see ``actions.hearing``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lvyue.core.doubts import Refused, malformed
from lvyue.notices.channels import dingtalk, webhook

#: A signed word is good for so long, before and after.
GOOD_FOR = timedelta(minutes=5)

#: A vendor may be behind with what it passes on by so much; what claims to be older counts from now.
BEHIND = timedelta(days=1)

_FILES, _BLOCK, _HEAD = 20, 32, 20


class Unproved(Exception):
    """没有证明: the signature, the key or the time does not fit. Nothing more is said to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Posted:
    """投来的请求: the body byte for byte, headers in lower case, the query, and our own moment."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    now: datetime
    media: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """渠道的密钥与设置, as far as proving takes them. Never shown."""

    settings: Mapping[str, str]
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """听到: one message. ``user`` is the vendor's name of whoever sent it, ``address`` a mail address or number."""

    outer_id: str
    text: str
    at: datetime
    user: str = ""
    name: str = ""
    address: str = ""
    subject: str = ""
    thread: str = ""
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Challenge:
    """验证请求: the vendor only tries the address; ``answer`` is what it wants to hear."""

    answer: str
    media: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Proved:
    """已证明的请求: the message, and the word that must not be used again; nothing where it is not for the desk."""

    said: Said | Challenge | None
    token: str


def read_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object, or ``Refused``."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused([malformed("请求体", "不是 JSON 对象。", "请按说明的格式发送。")])
    return found


def _text(value: object, most: int = 500) -> str:
    return (
        str(value)[:most].encode("utf-8", "replace").decode()
        if isinstance(value, str | int)
        else ""
    )


def _in_time(seconds: float, now: datetime) -> None:
    if abs(now.timestamp() - seconds) > GOOD_FOR.total_seconds():
        raise Unproved


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):  # noqa: PLR2004  milliseconds of our age
        raise Unproved
    return int(text)


def _same(one: str, other: str) -> None:
    if not one or not hmac.compare_digest(one.encode("utf-8", "replace"), other.encode()):
        raise Unproved


def _moment(value: object, unit: int, now: datetime) -> datetime:
    """A vendor's moment, never in the future; what is too old or no moment at all is now."""
    try:
        at = datetime.fromtimestamp(int(str(value)) / unit, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return at if now - BEHIND <= at <= now else now


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def generic(posted: Posted, lock: Lock) -> Proved:
    """Our own shape: ``Lvyue-Timestamp`` (seconds), ``Lvyue-Signature: v1=`` HMAC-SHA256 of the seconds, a full stop and the body."""
    token = signed(posted, lock)
    told = read_object(posted.body)
    number = _text(told.get("id"), 200)
    if not number:
        raise Refused([malformed("id", "没有写。", "请给每件事一个不重复的编号。")])
    text, subject = _text(told.get("text"), 1_000_000), _text(told.get("subject"))
    if not (text or subject):
        raise Refused([malformed("text", "没有内容。", "请写 text 或 subject。")])
    said = Said(
        number,
        text,
        posted.now,
        name=_text(told.get("name"), 80),
        address=_text(told.get("address"), 254).strip().lower(),
        subject=subject,
        thread=_text(told.get("thread"), 300),
        files=_files(told.get("files")),
    )
    return Proved(said, token)


def signed(posted: Posted, lock: Lock) -> str:
    """The signature of our own shape, which was right and in time."""
    seconds = _number(posted.headers.get("lvyue-timestamp", ""))
    _in_time(seconds, posted.now)
    token = posted.headers.get("lvyue-signature", "")
    _same(token, webhook.signature(seconds, posted.body, lock.secret))
    return token


def _files(value: object) -> tuple[tuple[str, bytes], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _FILES:
        says = f"不是列表，或多于 {_FILES} 个。"
        raise Refused([malformed("files", says, "每个写成 {name, content_base64}。")])
    found = []
    for number, one in enumerate(value, 1):
        try:
            content = base64.b64decode(one["content_base64"], validate=True)
            found.append((_text(one["name"], 255), content))
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            mend = "每个写成 {name, content_base64}。"
            raise Refused([malformed(f"files 第 {number} 个", "读不出来。", mend)]) from error
    return tuple(found)


def sms(posted: Posted, lock: Lock) -> Proved:
    """A text message that a gateway passes on, as JSON or as a form; gateways do not sign, they bring a key."""
    bearer = posted.headers.get("authorization", "").removeprefix("Bearer ").strip()
    _same(bearer or posted.query.get("key", ""), lock.secret)
    if "json" in posted.media or posted.body.lstrip().startswith(b"{"):
        told: Any = read_object(posted.body)
    else:
        told = dict(parse_qsl(posted.body.decode("utf-8", "replace")))
    read = {name: _at(told, lock.settings.get(name, "")) for name in ("id", "sender", "text")}
    if not (read["sender"] and read["text"]):
        says = "没有找到手机号或内容。"
        raise Refused([malformed("请求体", says, "请核对渠道里填的位置。")])
    number = read["id"] or hashlib.sha256(posted.body).hexdigest()
    said = Said(number, read["text"], posted.now, address=read["sender"], thread=read["sender"])
    return Proved(said, "")


def _at(value: Any, path: str) -> str:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return _text(value, 100_000)


# ── vendors ──────────────────────────────────────────────────────────────────────────────────────────────────────


def wechat(posted: Posted, lock: Lock) -> Proved:
    """企业微信: SHA-1 over the sorted token, time, nonce and cipher text; the message is AES-256-CBC under the EncodingAESKey."""
    query = posted.query
    trial = "echostr" in query
    sealed = (
        query["echostr"] if trial else _element(posted.body.decode("utf-8", "replace"), "Encrypt")
    )
    token = query.get("msg_signature", "")
    parts = sorted(
        [lock.settings["token"], query.get("timestamp", ""), query.get("nonce", ""), sealed]
    )
    _same(token, hashlib.sha1("".join(parts).encode()).hexdigest())  # noqa: S324  the vendor's
    _in_time(_number(query.get("timestamp", "")), posted.now)
    inner = _opened_by_wechat(sealed, lock)
    if trial:
        return Proved(Challenge(inner), "")
    kind = _element(inner, "MsgType")
    if kind == "event":
        return Proved(None, token)
    user = _element(inner, "FromUserName")
    text = _element(inner, "Content") or f"（收到一条 {kind or '未知'} 消息，请到企业微信查看）"
    at = _moment(_element(inner, "CreateTime"), 1, posted.now)
    number = _element(inner, "MsgId") or token
    return Proved(Said(number, text, at, user=user, thread=user), token)


def _opened_by_wechat(sealed: str, lock: Lock) -> str:
    key = base64.b64decode(lock.secret + "=")
    plain = _decrypted(sealed, key, key[:16], _BLOCK)
    if len(plain) < _HEAD:
        raise Unproved
    (length,) = struct.unpack(">I", plain[16:_HEAD])
    message, receiver = plain[_HEAD : _HEAD + length], plain[_HEAD + length :]
    _same(receiver.decode("utf-8", "replace"), lock.settings["corp_id"])
    return message.decode("utf-8", "replace")


def _element(xml: str, name: str) -> str:
    """What stands in one element of a vendor's flat XML. No parser: nothing in it is ever expanded."""
    found = re.search(rf"<{name}>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))\s*</{name}>", xml, re.DOTALL)
    if found is None:
        return ""
    if found[1] is not None:
        return found[1]
    plain = found[2]
    for coded, sign in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ):
        plain = plain.replace(coded, sign)
    return plain


def ding(posted: Posted, lock: Lock) -> Proved:
    """钉钉 robot: HMAC-SHA256 of the milliseconds, a line feed and the AppSecret, in the headers."""
    milliseconds = _number(posted.headers.get("timestamp", ""))
    token = posted.headers.get("sign", "")
    _same(token, dingtalk.signature(milliseconds, lock.secret))
    _in_time(milliseconds / 1000, posted.now)
    told = read_object(posted.body)
    held = told.get("text")
    text = _text(held.get("content"), 100_000).strip() if isinstance(held, dict) else ""
    kind = _text(told.get("msgtype"), 40)
    said = Said(
        _text(told.get("msgId"), 200) or token,
        text or f"（收到一条 {kind or '未知'} 消息，请到钉钉查看）",
        _moment(told.get("createAt"), 1000, posted.now),
        user=_text(told.get("senderStaffId"), 150),
        name=_text(told.get("senderNick"), 80),
        thread=_text(told.get("conversationId"), 300),
    )
    return Proved(said, token)


def feishu(posted: Posted, lock: Lock) -> Proved:
    """飞书 events: SHA-256 of the time, the nonce, the Encrypt Key and the body; the event is AES-256-CBC under the key's SHA-256."""
    outer = read_object(posted.body)
    sealed = outer.get("encrypt")
    if not isinstance(sealed, str):
        raise Unproved  # an event in the clear proves nothing
    event = read_object(_opened_by_feishu(sealed, lock))
    if event.get("type") == "url_verification":
        _same(_text(event.get("token")), lock.settings["token"])
        answer = json.dumps({"challenge": _text(event.get("challenge"))})
        return Proved(Challenge(answer, "application/json"), "")
    stamp, nonce = (
        posted.headers.get(f"x-lark-request-{one}", "") for one in ("timestamp", "nonce")
    )
    token = posted.headers.get("x-lark-signature", "")
    words = (stamp + nonce + lock.secret).encode() + posted.body
    _same(token, hashlib.sha256(words).hexdigest())
    _in_time(_number(stamp), posted.now)
    return Proved(_feishu_message(event, lock, posted.now), token)


def _feishu_message(event: Mapping[str, Any], lock: Lock, now: datetime) -> Said | None:
    head, body = event.get("header"), event.get("event")
    if not isinstance(head, dict) or not isinstance(body, dict):
        return None
    _same(_text(head.get("token")), lock.settings["token"])
    message, sender = body.get("message"), body.get("sender")
    is_message = head.get("event_type") == "im.message.receive_v1"
    if not is_message or not isinstance(message, dict) or not isinstance(sender, dict):
        return None
    kind = _text(message.get("message_type"), 40)
    text = ""
    if kind == "text":
        text = _text(read_object(_text(message.get("content"), 100_000)).get("text"), 100_000)
    ids = sender.get("sender_id")
    user = _text(ids.get("user_id") or ids.get("open_id"), 150) if isinstance(ids, dict) else ""
    return Said(
        _text(message.get("message_id") or head.get("event_id"), 200),
        text or f"（收到一条 {kind or '未知'} 消息，请到飞书查看）",
        _moment(message.get("create_time"), 1000, now),
        user=user,
        thread=_text(message.get("chat_id"), 300),
    )


def _opened_by_feishu(sealed: str, lock: Lock) -> str:
    key = hashlib.sha256(lock.secret.encode()).digest()
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Unproved from error
    body = base64.b64encode(raw[16:]).decode()
    return _decrypted(body, key, raw[:16], 16).decode("utf-8", "replace")


def _decrypted(sealed: str, key: bytes, start: bytes, block: int) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
        reader = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
        plain = reader.update(raw) + reader.finalize()
    except (ValueError, binascii.Error) as error:
        raise Unproved from error
    left = plain[-1] if plain else 0
    if not 0 < left <= block or plain[-left:] != bytes([left]) * left:
        raise Unproved
    return plain[:-left]
