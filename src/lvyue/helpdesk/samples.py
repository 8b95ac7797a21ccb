"""样例来件: what a program or a vendor would send to a channel, signed as they sign it. Pure: it sends nothing and reads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lvyue.core.calendar import moment_of
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.vendors import Lock, Posted
from lvyue.notices.channels import dingtalk, webhook

#: What is sent with this header is proved and read, and becomes nothing.
TRIAL = "Lvyue-Trial"

#: With what the number of a sample begins. It is signed with the rest, so that a sample stays one without the header.
SAMPLE = "trial-"

#: What stands in every sample, so that nobody takes it for a matter.
WORDS = "试通：这是一条样例，不开工单"

_WECHAT_BLOCK, _AES_BLOCK = 32, 16


def hook_of(home: str, channel: int) -> str:
    """Where programs post to a channel, under the address of this machine."""
    return f"{home}/api/v1/desk/hooks/{channel}"


@dataclass(frozen=True, slots=True)
class Sample:
    """样例: a request as it would be posted; the signature is good for five minutes and serves once.

    ``shown`` are the headers as a person may see them: a key that is brought instead of a signature is not among them.
    """

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]
    shown: Mapping[str, str]

    def posted(self, now: datetime) -> Posted:
        """The same as it would come in at a moment."""
        headers = {name.lower(): one for name, one in self.headers.items()}
        return Posted(self.body, headers, self.query, now, "application/json")

    def command(self, hook: str) -> str:
        """The same as a command for the machine from which the other side sends."""
        address = f"{hook}?{urlencode(self.query)}" if self.query else hook
        lines = [f"curl -X POST '{address}'"]
        lines += [f"  -H '{name}: {one}'" for name, one in self.shown.items()]
        lines.append(f"  --data-binary '{self.body.decode()}'")
        return " \\\n".join(lines)


def sample_of(kind: DeskKind, lock: Lock, now: datetime, number: str) -> Sample:
    """A sample of a kind to which programs post, under a number of its own; ``ValueError`` for any other kind."""
    match kind:
        case DeskKind.WEBHOOK | DeskKind.FAX:
            told = {"id": f"{SAMPLE}{number}", "subject": "试通", "text": WORDS, "name": "试通"}
            return _signed(told, lock, now)
        case DeskKind.PHONE:
            began = moment_of(now).isoformat(timespec="seconds")
            return _signed({"id": f"{SAMPLE}{number}", "number": "", "began_at": began}, lock, now)
        case DeskKind.SMS:
            return _sms(lock, number)
        case DeskKind.WECHAT:
            return _wechat(lock, now, number)
        case DeskKind.DINGTALK:
            return _ding(lock, now, number)
        case DeskKind.FEISHU:
            return _feishu(lock, now, number)
        case _:
            raise ValueError(kind)


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def _made(
    headers: Mapping[str, str], body: bytes, query: Mapping[str, str] | None = None
) -> Sample:
    told = {"Content-Type": "application/json", TRIAL: "1", **headers}
    return Sample(told, body, query or {}, told)


def _signed(told: Mapping[str, str], lock: Lock, now: datetime) -> Sample:
    body, seconds = _json(told), int(now.timestamp())
    sign = webhook.signature(seconds, body, lock.secret)
    return _made({"Lvyue-Timestamp": str(seconds), "Lvyue-Signature": sign}, body)


def _sms(lock: Lock, number: str) -> Sample:
    values = {"id": f"{SAMPLE}{number}", "sender": "13800000000", "text": WORDS}
    told: dict[str, Any] = {}
    for name, value in values.items():
        *way, last = (lock.settings.get(name) or name).split(".")
        place = told
        for step in way:
            deeper = place.setdefault(step, {})
            place = deeper if isinstance(deeper, dict) else {}
        place[last] = value
    made = _made({"Authorization": f"Bearer {lock.secret}"}, _json(told))
    shown = {**made.headers, "Authorization": "Bearer 换成这个渠道的密钥"}
    return Sample(made.headers, made.body, {}, shown)


def _wechat(lock: Lock, now: datetime, number: str) -> Sample:
    seconds = int(now.timestamp())
    inner = (
        "<xml><FromUserName><![CDATA[trial]]></FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{WORDS}]]></Content><MsgId>{SAMPLE}{number}</MsgId></xml>"
    ).encode()
    key = base64.b64decode(lock.secret + "=")
    plain = number[:16].ljust(16, "0").encode() + struct.pack(">I", len(inner)) + inner
    plain += lock.settings["corp_id"].encode()
    sealed = base64.b64encode(_encrypted(plain, key, key[:16], _WECHAT_BLOCK)).decode()
    parts = sorted([lock.settings["token"], str(seconds), number, sealed])
    sign = hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324  the vendor's
    query = {"msg_signature": sign, "timestamp": str(seconds), "nonce": number}
    return _made({}, f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode(), query)


def _ding(lock: Lock, now: datetime, number: str) -> Sample:
    # the vendor signs the time and nothing else: two samples of one moment would be one
    stamp = (
        int(now.timestamp() * 1000) - int(hashlib.sha256(number.encode()).hexdigest(), 16) % 60_000
    )
    told = {
        "msgtype": "text",
        "text": {"content": WORDS},
        "msgId": f"{SAMPLE}{number}",
        "senderStaffId": "trial",
        "senderNick": "试通",
        "createAt": stamp,
    }
    sign = dingtalk.signature(stamp, lock.secret)
    return _made({"timestamp": str(stamp), "sign": sign}, _json(told))


def _feishu(lock: Lock, now: datetime, number: str) -> Sample:
    event = {
        "header": {
            "event_type": "im.message.receive_v1",
            "token": lock.settings["token"],
            "event_id": f"{SAMPLE}{number}",
        },
        "event": {
            "sender": {"sender_id": {"open_id": "trial"}},
            "message": {
                "message_id": f"{SAMPLE}{number}",
                "message_type": "text",
                "content": json.dumps({"text": WORDS}, ensure_ascii=False),
            },
        },
    }
    start = hashlib.sha256(number.encode()).digest()[:16]
    key = hashlib.sha256(lock.secret.encode()).digest()
    raw = start + _encrypted(_json(event), key, start, _AES_BLOCK)
    body = _json({"encrypt": base64.b64encode(raw).decode()})
    stamp = str(int(now.timestamp()))
    sign = hashlib.sha256((stamp + number + lock.secret).encode() + body).hexdigest()
    return _made(
        {
            "X-Lark-Request-Timestamp": stamp,
            "X-Lark-Request-Nonce": number,
            "X-Lark-Signature": sign,
        },
        body,
    )


def _encrypted(plain: bytes, key: bytes, start: bytes, block: int) -> bytes:
    left = block - len(plain) % block
    writer = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return writer.update(plain + bytes([left]) * left) + writer.finalize()
