"""说明: the OpenAPI document, as precise as what it describes: problems in their own media type, no null where an address cannot say it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE

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
}

#: Where an endpoint answers only some of these, the others are taken away.
_BODILESS = ("get", "delete")


@cache
def describe(api: NinjaAPI) -> dict[str, Any]:
    """The document. It never changes while the process lives."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    found["servers"] = [{"url": "/"}]
    for address, item in found["paths"].items():
        for method, operation in item.items():
            _told(address, method, operation)
    problem = ProblemDetails.model_json_schema(ref_template=REF_TEMPLATE)
    found["components"]["schemas"] |= {**problem.pop("$defs"), "ProblemDetails": problem}
    found["components"]["securitySchemes"] = _SCHEMES
    return found


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
    }
    return name, {"value": value}
