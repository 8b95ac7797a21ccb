"""接口说明页: the OpenAPI document as a page that people read, without a script and without the internet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue.api.problems import KINDS


@dataclass(frozen=True, slots=True)
class Given:
    """参数."""

    name: str
    place: str
    kind: str
    required: bool
    says: str


@dataclass(frozen=True, slots=True)
class Told:
    """回答."""

    status: str
    says: str
    schema: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """接口."""

    id: str
    method: str
    address: str
    summary: str
    says: str
    given: tuple[Given, ...]
    body: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """一组接口."""

    name: str
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class ShapeView:
    """形状: a schema with its members."""

    name: str
    says: str
    members: tuple[Given, ...]


_PLACES = {"query": "查询参数", "path": "地址", "header": "请求头", "cookie": "Cookie"}


def reference(document: Callable[[], dict[str, Any]]) -> Callable[[HttpRequest], HttpResponse]:
    """The view that shows a document."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        found = document()
        told = {
            "chapters": chapters(found),
            "shapes": shapes(found),
            "problems": [(name, *kind) for name, kind in KINDS.items()],
        }
        return render(request, "api/reference.html", told)

    return page


def chapters(document: dict[str, Any]) -> list[Chapter]:
    """The endpoints by their tag, in the order of the document."""
    by_tag: dict[str, list[Endpoint]] = {}
    for address, item in document["paths"].items():
        for method, operation in item.items():
            tag = operation["tags"][0]
            by_tag.setdefault(tag, []).append(_endpoint(address, method, operation))
    return [Chapter(name, tuple(found)) for name, found in by_tag.items()]


def _endpoint(address: str, method: str, operation: dict[str, Any]) -> Endpoint:
    content = operation.get("requestBody", {}).get("content", {})
    return Endpoint(
        id=operation["operationId"],
        method=method.upper(),
        address=address,
        summary=operation["summary"],
        says=operation.get("description", ""),
        given=tuple(_given(one) for one in operation["parameters"]),
        body="；".join(f"{media} {kind_of(one['schema'])}" for media, one in content.items()),
        told=tuple(_told(status, one) for status, one in operation["responses"].items()),
    )


def _given(one: dict[str, Any]) -> Given:
    says = one.get("description", "")
    place = _PLACES[one["in"]]
    return Given(one["name"], place, kind_of(one["schema"]), one["required"], says)


def _told(status: str, one: dict[str, Any]) -> Told:
    schemas = [kind_of(told["schema"]) for told in one.get("content", {}).values()]
    return Told(status, one["description"], "；".join(schemas))


def shapes(document: dict[str, Any]) -> list[ShapeView]:
    """Every schema by name."""
    found = sorted(document["components"]["schemas"].items())
    return [
        ShapeView(name, schema.get("description", ""), tuple(_members(schema)))
        for name, schema in found
    ]


def _members(schema: dict[str, Any]) -> Iterator[Given]:
    required = schema.get("required", [])
    for name, one in schema.get("properties", {}).items():
        yield Given(name, "", kind_of(one), name in required, one.get("description", ""))


#: So many choices are listed; more are counted.
CHOICES = 12


def kind_of(schema: dict[str, Any]) -> str:
    """The type of a schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return f"“{schema['const']}”"
    if "enum" in schema:
        names = [str(one) for one in schema["enum"]]
        return " | ".join(names[:CHOICES]) + (
            f" … 共 {len(names)} 种" if len(names) > CHOICES else ""
        )
    for word in ("anyOf", "allOf", "oneOf"):
        if word in schema:
            return " 或 ".join(dict.fromkeys(kind_of(one) for one in schema[word]))
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(kind_of(one) for one in schema['prefixItems'])}]"
        return f"{kind_of(schema.get('items', {}))} 的数组"
    plain = {
        "string": "文本",
        "integer": "整数",
        "boolean": "真假",
        "object": "对象",
        "null": "null",
    }
    formats = {"date": "日期", "date-time": "时刻", "binary": "字节"}
    known = formats.get(schema.get("format", ""))
    return known or plain.get(schema.get("type", ""), "任意")
