"""应答: how every command answers and refuses: words or JSON on standard output, what cannot be done on standard error."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

from lvyue.core.doubts import Doubt, Refused

P = ParamSpec("P")
R = TypeVar("R")

as_json = click.option("--json", "json_", is_flag=True, help="输出 JSON。")


def say(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def refuse(doubts: Iterable[Doubt | str]) -> NoReturn:
    for doubt in doubts:
        click.echo(str(doubt), err=True)
    raise SystemExit(2)


def refusals(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what the floors below refuse into words and exit status 2."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refused as refused:
            refuse(refused.doubts)
        except (ValueError, LookupError, OverflowError) as error:
            refuse([str(error)])

    return guarded


def with_django() -> None:
    """Set Django up, and refuse in words where the database is not there yet."""
    import django

    django.setup()
    from django.db import connection

    if "contracts_contract" not in connection.introspection.table_names():
        refuse(["数据库还没有建好。请先用 lvyue register 登记合同，或用 lvyue demo 装入演示数据。"])
