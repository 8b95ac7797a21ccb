"""形状: the frozen views that pages show, as JSON, and the schema of that JSON; one reflection gives both.

Money becomes whole fen under ``<name>_fen``, a day or a moment its ISO text (moments by the clocks of Shanghai), a mark,
a side or any other named choice its key, a clause its canonical reference. Nothing is left out and nothing is added: what
a page can show an answer holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Literal,
    NewType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from django.http import HttpResponse
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    create_model,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from lvyue.core.calendar import Span
from lvyue.core.clause import ClauseRef
from lvyue.core.money import Money
from lvyue.library.changes import Difference as Change
from lvyue.notices.queries.inbox import Way as MessageWay
from lvyue.obligations.card import Side as CardSide
from lvyue.obligations.card import Term as ContractPeriod
from lvyue.obligations.logbook import RecordedBy
from lvyue.obligations.marks import BY_KEY, MARKS, Mark
from lvyue.obligations.plain import keys_of, plain
from lvyue.obligations.strip import Cell

#: Names under which two rooms have different things.
_NAMES: Mapping[type, str] = {
    ContractPeriod: "ContractPeriod",
    Cell: "CalendarCell",
    Change: "ReleaseChange",
    CardSide: "CardSide",
    MessageWay: "MessageWay",
}


@dataclass(frozen=True)
class OneOf:
    """一个词: out of a table; anything else is refused where it comes in, and the schema lists what there is."""

    keys: tuple[str, ...]
    about: str = ""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = {"description": self.about} if self.about else {}
        return {**handler(core), "enum": [*self.keys], **described}

    def _known(self, word: str) -> str:
        if word not in self.keys:
            raise ValueError("、".join(self.keys))
        return word


#: A mark by its key.
MarkKey = Annotated[
    str, OneOf((*BY_KEY,), "标记：" + "、".join(f"{mark.key} {mark.word}" for mark in MARKS))
]


class Shape(BaseModel):
    """What every answer is made of: all its fields, always."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """``from_`` in Python, where ``from`` is a word of the language, is ``from`` in JSON."""
        told = handler(core)
        resolved = handler.resolve_ref_schema(told)
        resolved["properties"] = {
            name.removesuffix("_"): one for name, one in resolved.get("properties", {}).items()
        }
        if "required" in resolved:
            resolved["required"] = [name.removesuffix("_") for name in resolved["required"]]
        return told


# ── the schema ───────────────────────────────────────────────────────────────────────────────────────────────────

_shapes: dict[type, type[BaseModel]] = {}
_names: dict[str, type] = {}


def shape(view: type) -> type[BaseModel]:
    """The schema of a frozen view, named after it and described by its docstring."""
    found = _shape(view)
    made = {one.__name__: one for one in _shapes.values()}
    for one in made.values():
        if not one.__pydantic_complete__:
            one.model_rebuild(_types_namespace=made)
    return found


def _shape(view: type) -> type[BaseModel]:
    name = _NAMES.get(view, view.__name__)
    if _names.setdefault(name, view) is not view:
        raise TypeError(f"Two views are called {name}: {view} and {_names[name]}. Name one apart.")
    if view not in _shapes:
        hints = get_type_hints(view)
        given: dict[str, Any] = {
            key: (_kind(hints[field]), ...) for field, key in keys_of(view).items()
        }
        _shapes[view] = create_model(name, __base__=Shape, __doc__=_first_line(view), **given)
    return _shapes[view]


def _first_line(view: type) -> str:
    return (view.__doc__ or "").strip().partition("\n")[0]


def _kind(hint: Any) -> Any:
    """The JSON type of a field."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return Union[tuple(_kind(one) for one in args)]  # noqa: UP007  made while running
    if origin is tuple and args[-1:] == (...,):
        return list_of(_kind(args[0]))
    if origin is tuple:
        return GenericAlias(tuple, tuple(_kind(one) for one in args))
    if origin in (list, Sequence, frozenset):
        return list_of(_kind(args[0]))
    if origin in (dict, Mapping):
        return GenericAlias(dict, (str, _kind(args[1])))
    if origin is Literal:
        return hint
    return _plain_kind(hint)


def _plain_kind(hint: Any) -> Any:
    if isinstance(hint, NewType):
        return _kind(hint.__supertype__)
    if hint in (str, int, bool, NoneType, date, datetime, Any):
        return hint
    if hint in _WORDS:
        return _WORDS[hint]
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Literal[tuple(one.value for one in hint)]
    if isinstance(hint, type) and is_dataclass(hint):
        return _nested(hint)
    raise TypeError(f"Nobody has said how {hint} is told in JSON.")


def _nested(view: type) -> Any:
    """The schema of a view inside another; by name where it is inside itself."""
    name = _NAMES.get(view, view.__name__)
    return ForwardRef(name) if name in _names and view not in _shapes else _shape(view)


# ── the values ───────────────────────────────────────────────────────────────────────────────────────────────────

#: Values that stand for themselves by a word, with the schema of the word.
_WORDS: Mapping[Any, Any] = {
    Money: int,
    Mark: MarkKey,
    RecordedBy: Annotated[str, OneOf(tuple(one.key for one in RecordedBy))],
    ClauseRef: str,
    Span: str,
    bytes: str,
}


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(value: Any, status: int = 200, **headers: str) -> HttpResponse:
    """JSON as it leaves the house. Schemas are checked by tests against every answer, not again while answering."""
    body = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    told = {name.replace("_", "-"): one for name, one in headers.items()}
    return HttpResponse(body, status=status, content_type="application/json", headers=told)


def list_of(kind: Any) -> Any:
    return GenericAlias(list, kind)


@cache
def page(of: type) -> type[BaseModel]:
    """The envelope of a list: ``next`` is the ``after`` of the following page, null on the last."""
    one = of if issubclass(of, BaseModel) else shape(of)
    return create_model(
        f"{one.__name__}Page",
        __base__=Shape,
        results=(list_of(one), ...),
        next=(str | None, Field(description="下一页的 after；没有更多时为 null。")),
    )


def listed(results: Sequence[Any], after: object = None) -> HttpResponse:
    return answer({"results": results, "next": None if after is None else str(after)})
