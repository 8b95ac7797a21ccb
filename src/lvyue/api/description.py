"""说明: the OpenAPI document, as precise as what it describes: problems in their own media type, no null where an address cannot say it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE

from lvyue.api.habits import Column, Kind, Listing
from lvyue.api.problems import KINDS, MEDIA, TYPES, ProblemDetails

_SCHEMES = {
    "Token": {
        "type": "http",
        "scheme": "bearer",
        "description": "在“我的账号”建立的令牌：lvyue_…",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "网页的会话；改变数据时另带 X-CSRFToken。",
    },
    "AlertSecret": {
        "type": "http",
        "scheme": "bearer",
        "description": "告警来源的密钥：只能送这个来源的告警。",
    },
    "DeskSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "Lvyue-Signature",
        "description": "服务台渠道对来件的签名；企业微信、钉钉、飞书、短信按各家自己的签名核对。",
    },
}

#: Where an endpoint answers only some of these, the others are taken away.
_BODILESS = ("get", "delete")


@cache
def describe(api: NinjaAPI) -> dict[str, Any]:
    """The document. It never changes while the process lives."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    found["servers"] = [{"url": "/"}]
    listings = _listings(api)
    for address, item in found["paths"].items():
        for method, operation in item.items():
            if listing := listings.get(operation["operationId"]):
                _listed(operation, listing, found["components"]["schemas"])
            _with_habits(address, method, operation)
            _told(address, method, operation)
    problem = ProblemDetails.model_json_schema(ref_template=REF_TEMPLATE)
    found["components"]["schemas"] |= {**problem.pop("$defs"), "ProblemDetails": problem}
    found["components"]["securitySchemes"] = _SCHEMES
    return found


def _listings(api: NinjaAPI) -> dict[str, Listing]:
    """The lists that say their columns, by operation."""
    return {
        api.get_openapi_operation_id(operation): operation.view_func.listing
        for _, router in api._routers  # noqa: SLF001  there is no other way to the endpoints
        for view in router.path_operations.values()
        for operation in view.operations
        if hasattr(operation.view_func, "listing")
    }


#: How a value of each kind of column is written in an address.
_WRITTEN: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string", "pattern": r"^[^\x00]*$"},
    Kind.WORD: {"type": "string"},
    Kind.NUMBER: {"type": "string", "pattern": "^-?[0-9]{1,18}$"},
    Kind.MOMENT: {
        "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}],
        "examples": ["2026-03-31", "2026-03-31T09:00:00+08:00"],
    },
    Kind.FLAG: {"type": "string", "enum": ["true", "false"]},
}

_SUFFIXES = {
    "": "就是",
    "in": "是其中之一，逗号分隔",
    "contains": "含有",
    "gte": "不早于或不小于",
    "gt": "晚于或大于",
    "lte": "不晚于或不大于",
    "lt": "早于或小于",
    "isnull": "没有",
}


#: What is no blank; spelled out, since engines of regular expressions do not agree on what is one.
_SEEN = r"[^,\x00\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def _several(column: Column) -> str:
    """Values of a column with commas between them, as an address has them: none of them blank."""
    one = "-?[0-9]{1,18}" if column.kind is Kind.NUMBER else rf"[^,\x00]*{_SEEN}[^,\x00]*"
    one = f"({'|'.join(column.choices)})" if column.choices else one
    return f"^{one}(,{one}){{0,99}}$"


def _listed(operation: dict[str, Any], listing: Listing, schemas: dict[str, Any]) -> None:
    """Every filter of a list, and rows that may hold fewer fields than all."""
    there = {one["name"] for one in operation["parameters"]}
    for name, (column, suffix) in listing.filters.items():
        if name not in there:
            written = dict(_WRITTEN[column.kind])
            if suffix == "isnull":
                written = dict(_WRITTEN[Kind.FLAG])
            elif suffix == "in":
                written = {"type": "string", "pattern": _several(column)}
            elif column.choices:
                written["enum"] = [*column.choices]
            told = f"{column.zh}：{_SUFFIXES[suffix]}"
            operation["parameters"].append(
                {"in": "query", "name": name, "required": False, "schema": written}
                | {"description": told}
            )
    for one in operation["parameters"]:
        if one["name"] == "ordering":
            one["description"] = f"{one.get('description', '')}：{'、'.join(listing.sortable)}"
            by = f"-?({'|'.join(listing.sortable)})"
            one["schema"] = {"type": "string", "pattern": f"^({by}(,{by}){{0,3}})?$"}
    body = operation["responses"][200]["content"]["application/json"]
    whole = schemas[body["schema"]["$ref"].rpartition("/")[2]]
    row = schemas[whole["properties"]["results"]["items"]["$ref"].rpartition("/")[2]]
    part = {name: one for name, one in row.items() if name != "required"}
    results = {**whole["properties"]["results"], "items": part}
    body["schema"] = {**whole, "properties": {**whole["properties"], "results": results}}


def _with_habits(address: str, method: str, operation: dict[str, Any]) -> None:
    """What every GET, every POST and every write of a row with versions understands beside its own parameters."""
    asked = operation["parameters"]
    if method == "get" and 200 in operation["responses"]:  # noqa: PLR2004
        operation["responses"][304] = {
            "description": "没有变化：If-None-Match 所说的就是现在的内容"
        }
    if method == "post" and all(one["name"] != "Idempotency-Key" for one in asked):
        asked.append(
            {"in": "header", "name": "Idempotency-Key", "required": False}
            | {"schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$"}}
            | {"description": "一次性编号：24 小时内重发得到同样的回答，不会办第二次"}
        )
        for status in (409, 422):
            operation["responses"].setdefault(status, {})
    versioned = "/amendments/{number}" in address or "/readings/{draft_id}" in address
    if versioned and method in ("post", "put"):
        asked.append(
            {"in": "header", "name": "If-Match", "required": False, "schema": {"type": "string"}}
            | {"description": "读到的 ETag：别人先改了就得到 412"}
        )
        operation["responses"][412] = {}


def _told(address: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
    responses = operation["responses"]
    if method in _BODILESS:
        responses.pop(400, None)
    if not operation["parameters"] and "requestBody" not in operation:
        responses.pop(422, None)
    if "{" not in address:
        responses.pop(404, None)
    for status, told in responses.items():
        if int(status) >= 400:  # noqa: PLR2004  from here on it is a problem
            _as_problem(int(status), told)
    operation["responses"] = {str(status): told for status, told in sorted(responses.items())}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address that does not name a parameter leaves it out: it cannot say null."""
    options = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(options) == 1:
        return {**{key: one for key, one in schema.items() if key != "anyOf"}, **options[0]}
    return schema


def _as_problem(status: int, told: dict[str, Any]) -> None:
    names = [name for name, (code, _, _) in KINDS.items() if code == status]
    told["description"] = "；".join(KINDS[name][1] for name in names)
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    told["content"] = {MEDIA: {"schema": schema, "examples": dict(map(_example, names))}}
    if status == 401:  # noqa: PLR2004  who are you
        told["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}


def _example(name: str) -> tuple[str, dict[str, Any]]:
    status, title, advice = KINDS[name]
    value = {
        "type": f"{TYPES}{name}",
        "title": title,
        "status": status,
        "detail": advice,
        "doubts": [],
        "request_id": "0f3a9c5d7e1b2846",
    }
    return name, {"value": value}
