"""群机器人: what the robots of the three vendors share: one JSON post, and an answer with a number that says whether it was taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lvyue.core.doubts import Doubt, malformed
from lvyue.notices.channels.http import Unreachable, check_url, post
from lvyue.notices.channels.road import (
    Down,
    Field,
    Parcel,
    Permanent,
    Result,
    Sent,
    Setup,
    Temporary,
)

_OK, _TOO_MANY = 200, 429


@dataclass(frozen=True, slots=True)
class Codes:
    """回码: what the numbers of a vendor mean. One that is not here is temporary."""

    place: str
    rest: Mapping[int, timedelta] = field(default_factory=dict)
    misconfigured: Mapping[int, str] = field(default_factory=dict)
    unfit: Mapping[int, str] = field(default_factory=dict)


def text_of(parcel: Parcel, room: int, keyword: str = "") -> str:
    """What the group reads, cut where the vendor would refuse it; the address stays whole."""
    tail = "\n".join(filter(None, [parcel.address, keyword]))
    head = "\n".join(filter(None, [parcel.subject, parcel.body]))
    left = room - len(tail.encode()) - (1 if tail else 0)
    return "\n".join(filter(None, [cut(head, left), tail]))


def cut(text: str, room: int) -> str:
    """So much of a text as fits into so many bytes, with a sign where it was cut."""
    if len(text.encode()) <= room:
        return text
    sign = "…"
    kept = text.encode()[: max(0, room - len(sign.encode()))].decode("utf-8", "ignore")
    return kept + sign


def say(url: str, body: Mapping[str, Any], setup: Setup, codes: Codes) -> Result:
    """Post, and read the vendor's number."""
    data = json.dumps(body, ensure_ascii=False).encode()
    try:
        answer = post(url, data, {"Content-Type": "application/json; charset=utf-8"})
    except Unreachable as error:
        return Down(str(error))
    extract = setup.without_secrets(f"{answer.status} {answer.text}")
    if answer.status != _OK:
        after = timedelta(minutes=1) if answer.status == _TOO_MANY else None
        return Down(f"对方服务器答 {answer.status}。", extract, after)
    code = _code(answer.text, codes.place)
    if code is None:
        return Temporary("看不懂对方的答复。", extract)
    if code == 0:
        return Sent(extract=extract)
    if code in codes.rest:
        return Down(f"发得太快，对方要求停一停（{code}）。", extract, codes.rest[code])
    if code in codes.misconfigured:
        return Down(f"{codes.misconfigured[code]}（{code}）", extract)
    if code in codes.unfit:
        return Permanent(f"{codes.unfit[code]}（{code}）", extract)
    return Temporary(f"对方没有收下（{code}）。", extract)


def _code(text: str, name: str) -> int | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    code = found.get(name) if isinstance(found, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def base_field(base: str) -> Field:
    return Field("base", "服务器", "专有部署时改成自己的地址", default=base)


def check_robot(setup: Setup, what: str) -> list[Doubt]:
    found = check_url(setup["base"], "服务器")
    if not setup.secret or not setup.secret.isprintable() or " " in setup.secret:
        says = f"没有填写{what}，或其中有空格、换行。"
        found.append(malformed(what, says, "请从群机器人的设置页复制。"))
    return found


class Robot:
    """What holds for every robot: it has no addressee, and may speak at any time unless its vendor says otherwise."""

    def check_target(self, target: str) -> list[Doubt]:
        if not target:
            return []
        return [malformed("地址", "群机器人没有收信地址。", "请留空。")]

    def not_before(self, at: datetime, key: int) -> datetime:  # noqa: ARG002  the others may
        return at
