"""The addresses of the interface, its description, and the page that explains it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.operation import Operation
from ninja.parser import Parser

from lvyue.api import problems
from lvyue.api.description import describe
from lvyue.api.gate import Session, Token
from lvyue.api.habits import once, tagged
from lvyue.api.problems import Problem, respond
from lvyue.api.reference import reference
from lvyue.api.routes import (
    alerts,
    amendments,
    channels,
    consents,
    desk,
    desk_channels,
    desk_hooks,
    disclosures,
    duty,
    facts,
    feeds,
    imports,
    inbox,
    jobs,
    knowledge,
    log,
    me,
    notices,
    papers,
    people,
    permissions,
    providers,
    readings,
    reminders,
    remote,
    search,
    security,
    standing,
    statements,
    tickets,
    tokens,
    tools,
    trail,
    work,
)

app_name = "api"

_ABOUT = """\
页面上能看、能办的，这里都能看、能办：同样的查询、同样的权限、同样的留痕。

金额是整数分，名称以 `_fen` 结尾；日期是 ISO 格式，时刻按北京时间；没有的值是 null。列表是 `results` 和 `next`：
把 `next` 作为下一次的 `after`。说“不”时一律是 `application/problem+json`（RFC 9457），`doubts` 逐条写明在哪里、什么问题、怎样改正。

Everything that the pages show and do: the same queries, rights and audit trail. Money is whole fen.
"""


class _Strict(Parser):
    """JSON as its standard has it: no NaN, and nothing nested beyond what anybody means."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            read = json.loads(request.body, parse_constant=_refuse_constant)
            _refuse_half_characters(read)
        except (ValueError, RecursionError) as error:
            raise HttpError(400, "请求体不是有效的 JSON。") from error
        return read


def _refuse_half_characters(value: Any) -> None:
    """What no database and no file in UTF-8 holds: the character zero, and halves of characters."""
    match value:
        case str():
            if "\0" in value:
                raise ValueError(value)
            value.encode()
        case list():
            for one in value:
                _refuse_half_characters(one)
        case dict():
            for name, one in value.items():
                _refuse_half_characters(name)
                _refuse_half_characters(one)
        case _:
            pass


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The noun and what is done with it: ``facts_record``."""
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


api = _Api(
    title="履约 Lvyue",
    version="1",
    description=_ABOUT,
    urls_namespace="api-1",
    docs_url=None,
    openapi_url=None,
    auth=[Token(), Session()],
    parser=_Strict(),
)
for module in (
    me,
    tokens,
    providers,
    security,
    work,
    search,
    readings,
    facts,
    tickets,
    statements,
    desk,
    amendments,
    reminders,
    feeds,
    alerts,
    duty,
    remote,
    consents,
    knowledge,
    desk_channels,
    desk_hooks,
    notices,
    papers,
    log,
    people,
    standing,
    trail,
    permissions,
    disclosures,
    imports,
    jobs,
    inbox,
    channels,
    tools,
):
    api.add_router("", module.router)
problems.install(api)


# ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────


View = Callable[..., HttpResponse]


def _answering(view: View) -> View:
    """Every answer of the interface: never kept by what stands between, and a problem where Django would say no in its own words."""

    @login_not_required
    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        told = once(view)(request, *args, **more)
        if told.status_code == 405:  # noqa: PLR2004  method not allowed
            allowed = told["Allow"]
            told = respond(Problem("method"))
            told["Allow"] = allowed
        told = tagged(request, told)
        told.headers.setdefault("Cache-Control", "private, no-cache")
        told.headers.setdefault("Vary", "Authorization, Cookie")
        return told

    return answered


def nowhere(request: HttpRequest) -> HttpResponse:
    """An address that is none."""
    return respond(Problem("not-found", f"没有这个地址：{request.path}"))


def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  the same for everybody
    """The description of the interface, in OpenAPI 3.1."""
    told = json.dumps(describe(api), ensure_ascii=False)
    return HttpResponse(told, content_type="application/json")


def _guarded() -> list[URLPattern]:
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    return [
        URLPattern(one.pattern, _answering(one.callback), one.default_args, one.name)
        for one in found
    ]


urlpatterns = [
    path("openapi.json", login_not_required(openapi), name="openapi"),
    path("docs", login_not_required(reference(lambda: describe(api))), name="reference"),
    *_guarded(),
    re_path(r"", _answering(nowhere)),
]
