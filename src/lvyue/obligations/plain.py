"""平铺: a frozen view as plain JSON data, for programs and for a terminal.

Money becomes whole fen under ``<name>_fen``, a day or a moment its ISO text (moments by the clocks of Shanghai), a mark,
a side or any other named choice its key, a clause its canonical reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

from lvyue.core.calendar import SHANGHAI, Span
from lvyue.core.clause import ClauseRef
from lvyue.core.money import Money
from lvyue.obligations.logbook import RecordedBy
from lvyue.obligations.marks import Mark


@cache
def keys_of(view: type) -> dict[str, str]:
    """The fields of a view with their names in JSON: money says that it is fen; what follows from the rest is not told twice."""
    hints = get_type_hints(view)
    return {
        field.name: f"{field.name}_fen" if _is_money(hints[field.name]) else field.name
        for field in fields(view)
        if field.init
    }


def _is_money(hint: Any) -> bool:
    return hint is Money or Money in get_args(hint)


def plain(value: Any) -> Any:
    """A value as JSON holds it. ``TypeError`` for what nobody has said how to tell."""
    told = _TELLERS.get(type(value))
    if told is None:
        told = _TELLERS[type(value)] = _teller(type(value))
    return told(value)


def _same(value: Any) -> Any:
    return value


def _listed(value: Any) -> list[Any]:
    return [plain(one) for one in value]


def _mapped(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): plain(one) for key, one in value.items()}


def _teller(kind: type) -> Callable[[Any], Any]:
    if is_dataclass(kind):
        keys = keys_of(kind)
        return lambda value: {key: plain(getattr(value, name)) for name, key in keys.items()}
    if issubclass(kind, Enum):
        return lambda value: value.value
    if issubclass(kind, Mapping):
        return _mapped
    if issubclass(kind, str | int):
        return _same
    raise TypeError(f"Nobody has said how {kind} is told in JSON.")


_TELLERS: dict[type, Callable[[Any], Any]] = {
    **dict.fromkeys((str, int, bool, NoneType), _same),
    float: _same,  # of what somebody wrote into a payload; no view of ours has one
    **dict.fromkeys((tuple, list, frozenset), _listed),
    dict: _mapped,
    date: date.isoformat,
    datetime: lambda at: at.astimezone(SHANGHAI).isoformat(),
    Money: lambda money: money.fen,
    Mark: lambda mark: mark.key,
    RecordedBy: lambda side: side.key,
    ClauseRef: str,
    Span: lambda span: span.chinese,
    bytes: bytes.hex,
}
