"""短信: through a gateway over HTTP. Gateways differ, so an administrator says what is posted and how success is told.

The template is read before anything is put into it: whatever a text holds, it stays inside its own value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lvyue.core.doubts import Doubt, malformed
from lvyue.notices.channels.http import Answer, Unreachable, check_url, post
from lvyue.notices.channels.road import (
    Down,
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

_TEMPLATE = '{"phone": "{phone}", "text": "{text}", "id": "{id}", "key": "{secret}"}'

_HOLE = re.compile(r"\{(phone|text|id|secret|username|sign)\}")
_SEPARATORS = re.compile(r"[\s\-()（）]")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:\+?86)?0?(?:10|2\d|[3-9]\d{2})\d{7,8}|\d{7,8}|(?:400|800)\d{7}")
_LONGEST_PATTERN = 200

#: What a template is tried with, before anything is sent.
_TRIAL = Parcel("1", "13800000000", "", "试", datetime(2026, 1, 1, tzinfo=UTC))

_SERVER_ERROR, _TOO_MANY = 500, 429
_REFUSED = (401, 403)


def mobile(text: str) -> str | None:
    """手机号: eleven digits, however somebody wrote them; None where it is none."""
    found = _MOBILE.fullmatch(_SEPARATORS.sub("", text))
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Report:
    """回执: what a gateway tells afterwards of one message."""

    provider_id: str
    phone: str
    delivered: bool
    says: str


class Sms:
    """短信."""

    kind = ChannelKind.SMS
    fields = (
        Field("url", "网关地址", "例如 https://sms.example.gov/send", required=True),
        Field(
            "form",
            "提交格式",
            choices=(("json", "JSON"), ("form", "表单（x-www-form-urlencoded）")),
            default="json",
        ),
        Field(
            "template",
            "内容模板",
            "可用 {phone} 手机号、{text} 内容、{id} 编号、{username} 用户名、{secret} 密钥、{sign} 签名；"
            "表单格式写成 name=value，每行一个",
            required=True,
            default=_TEMPLATE,
            long=True,
        ),
        Field("username", "用户名", "网关要求时填写"),
        Field("sign", "短信签名", "例如【某单位】，放在内容最前面"),
        Field("header", "请求头", "例如 Authorization: Bearer {secret}；不需要则留空"),
        Field("ok_path", "成功的位置", "答复 JSON 里的位置，例如 code 或 data.0.status"),
        Field("ok_value", "成功的值", "该位置等于它才算成功，例如 0"),
        Field(
            "ok_pattern", "成功的样式", "答复不是 JSON 时，用正则表达式判断；与上面两项填一种即可"
        ),
        Field(
            "refused_pattern",
            "号码无效的样式",
            "答复符合这个正则表达式的不再试，例如 号码错误；其他失败都会再试",
        ),
        Field("id_path", "编号的位置", "答复里对方编号的位置，收回执用，例如 data.msgid"),
        Field("report_list", "回执列表的位置", "回执一次多条时，列表的位置；单条留空"),
        Field("report_id", "回执中的编号", "例如 msgid"),
        Field("report_phone", "回执中的手机号", "例如 mobile；没有留空"),
        Field("report_state", "回执中的状态", "例如 status"),
        Field("report_ok", "已送达的状态", "例如 DELIVRD"),
        Field("per_minute", "每分钟最多", "网关允许的速度", default="100", number=True),
        Field("authority", "自有证书", "网关用自建证书时，PEM 文本", long=True),
    )
    secret = Field("secret", "密钥", "网关的密钥或密码；模板里用 {secret} 引用")
    limits = (Limit(100, timedelta(minutes=1)),)
    room = 1_000

    def check(self, setup: Setup) -> list[Doubt]:
        found = check_url(setup["url"], "网关地址")
        try:
            _body(_TRIAL, setup)
        except ValueError:
            says = "模板读不出来。"
            mend = '请写成 JSON，例如 {"phone": "{phone}"}；表单格式写成 phone={phone}，每行一个。'
            found.append(malformed("内容模板", says, mend))
        if not (setup["ok_path"] and setup["ok_value"]) and not setup["ok_pattern"]:
            says = "没有写怎样算成功。"
            found.append(
                malformed("成功的位置", says, "请写成功的位置和值，或写成功的样式：看网关的说明。")
            )
        for name, zh in (("ok_pattern", "成功的样式"), ("refused_pattern", "号码无效的样式")):
            if not _is_pattern(setup[name]):
                found.append(malformed(zh, "不是正则表达式，或太长。", "例如 ^OK。"))
        if setup["header"] and not re.fullmatch(r"[\w-]+: ?[^\r\n]+", setup["header"]):
            found.append(malformed("请求头", "格式不对。", "请写成“名称: 值”。"))
        return found

    def check_target(self, target: str) -> list[Doubt]:
        if mobile(target):
            return []
        plain = _SEPARATORS.sub("", target)
        if _LANDLINE.fullmatch(plain):
            says = f"“{target[:40]}”是固定电话，收不到短信。"
        else:
            says = f"“{target[:40]}”不是手机号。"
        return [malformed("手机号", says, "请填写 11 位手机号。")]

    def not_before(self, at: datetime, key: int) -> datetime:  # noqa: ARG002  gateways take them at any time
        return at

    def send(self, parcel: Parcel, setup: Setup) -> Result:
        body, media = _body(parcel, setup)
        headers = {"Content-Type": media}
        if setup["header"]:
            name, _, value = setup["header"].partition(":")
            headers[name] = _filled(value.strip(), _holes(parcel, setup))
        try:
            answer = post(setup["url"], body, headers, authority=setup["authority"])
        except Unreachable as error:
            return Down(str(error))
        return self._read(answer, setup)

    def _read(self, answer: Answer, setup: Setup) -> Result:
        extract = setup.without_secrets(f"{answer.status} {answer.text}")
        if answer.status >= _SERVER_ERROR or answer.status == _TOO_MANY:
            return Down(f"短信网关答 {answer.status}。", extract)
        if answer.status in _REFUSED:
            return Down("短信网关不接受用户名或密钥。", extract)
        if not _succeeded(answer.text, setup):
            refused = setup["refused_pattern"]
            # JSON may say 号 as \\u53f7, and the pattern is what a person reads.
            told = json.dumps(_json(answer.text), ensure_ascii=False)
            if refused and re.search(refused, f"{answer.text}\n{told}"):
                return Permanent("短信网关说号码无效。", extract)
            return Temporary("短信网关没有收下。", extract)
        found = at_path(_json(answer.text), setup["id_path"]) if setup["id_path"] else ""
        return Sent("" if found is None else str(found)[:200], extract)

    def reports(self, told: Any, setup: Setup) -> list[Report]:
        """What a gateway calls back with: one report, or a list of them. What is not understood is left out."""
        if setup["report_list"]:
            told = at_path(told, setup["report_list"])
        some = told if isinstance(told, list) else [told]
        found = []
        for one in some[:1000]:
            provider_id = at_path(one, setup["report_id"])
            state = at_path(one, setup["report_state"])
            phone = at_path(one, setup["report_phone"]) if setup["report_phone"] else ""
            if provider_id not in (None, "") and state is not None:
                delivered = str(state) == setup["report_ok"]
                found.append(
                    Report(str(provider_id)[:200], str(phone or ""), delivered, str(state)[:100])
                )
        return found


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return len(text) <= _LONGEST_PATTERN


def _holes(parcel: Parcel, setup: Setup) -> Mapping[str, str]:
    text = f"{setup['sign']}{parcel.body or parcel.subject}"
    return {
        "phone": mobile(parcel.target) or "",
        "text": text,
        "id": parcel.id,
        "secret": setup.secret,
        "username": setup["username"],
        "sign": setup["sign"],
    }


def _filled(text: str, holes: Mapping[str, str]) -> str:
    """Each hole once; what is put in is not looked at again."""
    return _HOLE.sub(lambda hole: holes[hole[1]], text)


def _body(parcel: Parcel, setup: Setup) -> tuple[bytes, str]:
    """What is posted; ValueError where the template is none."""
    holes = _holes(parcel, setup)
    if setup["form"] == "form":
        lines = [line.strip() for line in setup["template"].splitlines() if line.strip()]
        if not all("=" in line for line in lines):
            raise ValueError(setup["template"])
        pairs = [line.split("=", 1) for line in lines]
        told = urlencode([(name, _filled(value, holes)) for name, value in pairs])
        return told.encode(), "application/x-www-form-urlencoded; charset=utf-8"
    template = json.loads(setup["template"])
    return json.dumps(_put(template, holes), ensure_ascii=False).encode(), (
        "application/json; charset=utf-8"
    )


def _put(value: Any, holes: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _filled(value, holes)
        case list():
            return [_put(one, holes) for one in value]
        case dict():
            return {name: _put(one, holes) for name, one in value.items()}
        case _:
            return value


def _succeeded(text: str, setup: Setup) -> bool:
    if setup["ok_path"]:
        found = at_path(_json(text), setup["ok_path"])
        return found is not None and str(found) == setup["ok_value"]
    return re.search(setup["ok_pattern"], text) is not None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def at_path(value: Any, path: str) -> Any:
    """What stands at ``data.0.status``; None where nothing does."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def read_report(body: bytes, media: str) -> Any:
    """The body of a call back, as JSON or as a form; None where it is neither."""
    text = body.decode("utf-8", "replace")
    if "json" in media or text.lstrip().startswith(("{", "[")):
        return _json(text)
    return dict(parse_qsl(text)) or None
