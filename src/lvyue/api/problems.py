"""问题: how the interface says no: RFC 9457, with every doubt that stood in the way, so that all can be mended in one go."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, ConfigDict, Field

from lvyue.accounts.origin import here
from lvyue.accounts.permissions import Ruling
from lvyue.contracts.actions import Overtaken as Rewritten
from lvyue.core.doubts import Doubt, Refused
from lvyue.obligations.actions.recording import AnotherFact, Denied, Overtaken, Unanswered
from lvyue.obligations.plain import plain
from lvyue.obligations.queries import UnknownContract
from lvyue.obligations.reason import fact_view

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"

#: Where the kinds of problem are explained; an address that stays, not one that must be fetched.
TYPES = "/api/v1/docs#problem-"

#: Every kind of problem: its status, its title, and what a program should do.
KINDS: dict[str, tuple[int, str, str]] = {
    "unreadable": (400, "请求读不懂", "请求不是有效的 JSON，或格式不对。改正后再发。"),
    "sign-in": (
        401,
        "需要登录",
        "没有令牌，或令牌已失效、已吊销，或不能从这个地址使用。请换一个令牌。",
    ),
    "not-allowed": (403, "不能办理", "您的角色不能这样做；说明里写着谁可以。重发没有用。"),
    "forgery": (403, "缺少防伪标记", "用网页会话调用改变数据的接口时，要带 X-CSRFToken。"),
    "not-found": (404, "没有找到", "没有这个地址，或您在这份合同中没有任职。"),
    "method": (405, "方法不对", "这个地址不接受这种方法；Allow 列出可用的。"),
    "refused": (409, "不能这样做", "读懂了，但与合同、日志或当前状态不合。doubts 逐条说明。"),
    "another-fact": (409, "编号已用", "这个 Idempotency-Key 已登记过另一条内容，见 there。"),
    "overtaken": (
        409,
        "别人先登记了",
        "您看过之后别人登记了同一件事（见 others），或改了这份补充协议（现在是第 version 稿）。",
    ),
    "misgivings": (409, "需要确认", "逐条看 misgivings；确认无误的，把 key 放进 accepted 再发。"),
    "busy": (409, "正在办", "同一个 Idempotency-Key 的请求正在办。过几秒用同一编号再发。"),
    "changed": (412, "已经变了", "If-Match 所说的不是现在的内容。请重新读取，核对之后再发。"),
    "too-large": (413, "太大", "请分几次发送。"),
    "media": (415, "内容类型不对", "请求体的 Content-Type 不对。"),
    "invalid": (422, "内容不合格式", "doubts 按字段说明哪里不对。"),
    "another-request": (422, "编号用于别的请求", "这个 Idempotency-Key 用过，那次的内容不同。"),
    "failed": (500, "服务出错", "不是您的错。请稍后再试，并告诉系统管理员。"),
}


class Trouble(BaseModel):
    """一处问题: where it is, what is wrong there, and how to mend it."""

    model_config = ConfigDict(extra="forbid")

    where: str = Field(description="在哪里")
    what: str = Field(description="什么问题")
    mend: str = Field(description="怎样改正；没有时为空")


class ProblemDetails(BaseModel):
    """问题说明 (RFC 9457): further members depend on the type."""

    type: str = Field(description="问题的种类")
    title: str = Field(description="种类的名称")
    status: int
    detail: str = Field(description="一句话说明")
    doubts: list[Trouble] = Field(description="每一处问题；可能没有")
    request_id: str = Field(description="请求编号；求助时报这个编号")


class Problem(Exception):
    """问题: raised by an endpoint that has more to say than what is refused below."""

    def __init__(
        self, kind: str, detail: str = "", doubts: Sequence[dict[str, str]] = (), **more: Any
    ) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail
        self.doubts = doubts
        self.more = more


def not_allowed(ruling: Ruling) -> Problem:
    """403 with the reason, and who may do it instead."""
    return Problem("not-allowed", ruling.reason)


def trouble(doubt: Doubt) -> dict[str, str]:
    return {"where": "；".join(doubt.places), "what": doubt.says, "mend": doubt.mend}


def unfit(doubts: Sequence[Doubt]) -> Problem:
    """422 for content that is readable but says nothing that there is."""
    return Problem("invalid", doubts[0].says if doubts else "", [trouble(one) for one in doubts])


def respond(problem: Problem) -> HttpResponse:
    """The answer to a problem."""
    status, title, advice = KINDS[problem.kind]
    body = {
        "type": f"{TYPES}{problem.kind}",
        "title": title,
        "status": status,
        "detail": problem.detail or advice,
        "doubts": [*problem.doubts],
        "request_id": here().request_id,
        **{name: plain(value) for name, value in problem.more.items()},
    }
    told = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA)
    if status == HTTPStatus.UNAUTHORIZED:
        told["WWW-Authenticate"] = 'Bearer realm="lvyue"'
    return told


def of(error: Exception) -> Problem:
    """Whatever an endpoint raises, as a problem."""
    match error:
        case Problem():
            return error
        case Denied():
            return not_allowed(error.ruling)
        case Rewritten():
            doubts = [trouble(one) for one in error.doubts]
            return Problem("overtaken", doubts[0]["what"], doubts, version=error.row.version)
        case Refused():
            doubts = [trouble(one) for one in error.doubts]
            return Problem("refused", doubts[0]["what"] if doubts else "", doubts)
        case AnotherFact():
            return Problem("another-fact", str(error), there=fact_view(error.there))
        case Overtaken():
            others = [fact_view(one) for one in error.others]
            return Problem("overtaken", str(error), others=others, size=error.size)
        case Unanswered():
            return Problem("misgivings", str(error), misgivings=error.misgivings, size=error.size)
        case UnknownContract():
            return Problem("not-found", f"登记簿里没有编号为“{error}”的合同。")
        case Http404():
            return Problem("not-found", str(error))
        case AuthenticationError():
            return Problem("sign-in")
        case ValidationError():
            doubts = [_field(one) for one in error.errors]
            return Problem("invalid", doubts[0]["what"] if doubts else "", doubts)
        case RequestDataTooBig():
            return Problem("too-large")
        case HttpError() | SuspiciousOperation():
            return Problem("unreadable")
        case _:
            return Problem("failed")


_SOURCES = {
    "query": "查询参数",
    "path": "地址",
    "body": "请求体",
    "header": "请求头",
    "file": "文件",
    "form": "表单",
}

_SAID = {
    "missing": "缺少这一项。",
    "extra_forbidden": "没有这一项。",
    "string_too_long": "太长。",
    "string_too_short": "太短。",
    "string_pattern_mismatch": "写法不对。",
    "literal_error": "不在可选的值之内。",
    "enum": "不在可选的值之内。",
    "value_error": "不在可选的值之内。",
    "int_parsing": "不是整数。",
    "int_type": "不是整数。",
    "bool_parsing": "不是 true 或 false。",
    "date_from_datetime_parsing": "不是日期；请写成 2026-03-31 的样子。",
    "date_parsing": "不是日期；请写成 2026-03-31 的样子。",
    "date_type": "不是日期；请写成 2026-03-31 的样子。",
    "string_type": "不是文本。",
    "string_unicode": "含有不成字的编码。",
    "list_type": "不是数组。",
    "dict_type": "不是对象。",
    "greater_than_equal": "太小。",
    "less_than_equal": "太大。",
    "too_long": "太多。",
}


def _field(error: dict[str, Any]) -> dict[str, str]:
    source, *rest = [str(part) for part in error["loc"]]
    place = ".".join(part for part in rest if part not in ("body", "draft"))
    says = _SAID.get(error["type"], "不合要求。")
    limits = {
        name: value for name, value in error.get("ctx", {}).items() if isinstance(value, int | str)
    }
    mend = "，".join(f"{name}：{value}" for name, value in limits.items() if name != "error")
    return {"where": f"{_SOURCES.get(source, source)} {place}".strip(), "what": says, "mend": mend}


def install(api: NinjaAPI) -> None:
    """Every error of every endpoint goes through here; what nobody foresaw is told to the operator."""

    def told(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        found = of(error) if isinstance(error, Exception) else Problem("failed")
        if found.kind == "failed":
            log.error(
                "接口出错：%s %s",
                request.method,
                request.path,
                exc_info=error if isinstance(error, Exception) else None,
            )
        return respond(found)

    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, told)
