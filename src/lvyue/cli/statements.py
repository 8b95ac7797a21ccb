"""差异与推演 on the command line: two statements of one facts file, and one with something supposed."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from lvyue.cli.answers import as_json, refusals, say
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact, FactId, parse_at, read_line
from lvyue.core.money import Money
from lvyue.core.statement import Statement, state
from lvyue.evidence.files import read_facts
from lvyue.library import calendar_files, loader

P = ParamSpec("P")
R = TypeVar("R")


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """A day as YYYY-MM-DD."""
    if value is None:
        return None
    at = parse_at(value)
    if isinstance(at, str):
        raise click.BadParameter(at, ctx, param)
    if isinstance(at, datetime):
        raise click.BadParameter(f"“{value}”应只写到日，例如 2026-12-31。", ctx, param)
    return at


def _contract_and_facts(command: Callable[P, R]) -> Callable[P, R]:
    @click.argument("contract")
    @click.option(
        "--facts",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        required=True,
        help="事实文件：每行一个 JSON。",
    )
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        return command(*args, **kwargs)

    return wrapped


@click.command("difference")
@_contract_and_facts
@click.option("--as-of", callback=_day, required=True, help="现在：截至哪一天（含当日）。")
@click.option("--size", type=click.IntRange(min=0), help="现在：只用前多少条事实。")
@click.option("--from-as-of", callback=_day, help="原来：截至哪一天；省去则同上。")
@click.option("--from-size", type=click.IntRange(min=0), help="原来：只用前多少条事实。")
@as_json
@refusals
def difference(
    *,
    contract: str,
    facts: Path,
    as_of: date,
    size: int | None,
    from_as_of: date | None,
    from_size: int | None,
    json_: bool,
) -> None:
    """差异：两份履约情况表之间变了的结论和金额，以及是哪些事实造成的。"""
    before = _stated(contract, facts, from_as_of or as_of, from_size)
    _tell(before, _stated(contract, facts, as_of, size), json_=json_)


@click.command("what-if")
@_contract_and_facts
@click.option("--as-of", callback=_day, required=True, help="截至哪一天（含当日）。")
@click.option("--then", callback=_day, help="假设换到哪一天。")
@click.option("--add", multiple=True, help="假设的事实：一个 JSON，不写 id。可以多次。")
@click.option("--without", multiple=True, help="拿掉的事实的编号。可以多次。")
@as_json
@refusals
def what_if(
    *,
    contract: str,
    facts: Path,
    as_of: date,
    then: date | None,
    add: tuple[str, ...],
    without: tuple[str, ...],
    json_: bool,
) -> None:
    """推演：假设多几条、少几条事实或换一天，会有什么不同。什么都不保存。"""
    now = _stated(contract, facts, as_of, None)
    supposed = [_supposed(line, number) for number, line in enumerate(add, start=1)]
    _tell(now, _supposing(contract, facts, then or as_of, supposed, without), json_=json_)


def _stated(contract: str, facts: Path, as_of: date, size: int | None) -> Statement:
    prefix = read_facts(facts, size)
    calendar = calendar_files.default_calendar(None, None)
    release = loader.load(contract)
    return state(release, prefix.facts, calendar, as_of, size=prefix.size, root=prefix.root)


def _supposed(line: str, number: int) -> Fact:
    place = f"假设的第 {number} 条事实"
    try:
        row = json.loads(line)
    except ValueError as error:
        raise Refused([malformed(place, f"不是有效的 JSON：{error}。")]) from error
    if not isinstance(row, dict):
        raise Refused([malformed(place, "不是 JSON 对象。")])
    row["id"] = f"supposed-{number}"
    read = read_line(json.dumps(row, ensure_ascii=False).encode(), 0, place)
    if isinstance(read, Fact):
        return read
    raise Refused(read)


def _supposing(
    contract: str, facts: Path, as_of: date, added: list[Fact], without: tuple[str, ...]
) -> Statement:
    from lvyue.obligations.suppose import SUPPOSED, scratch

    recorded = read_facts(facts, None).facts
    supposed = scratch(recorded, added, {FactId(one) for one in without})
    calendar = calendar_files.default_calendar(None, None)
    release = loader.load(contract)
    return state(release, supposed, calendar, as_of, size=len(supposed), root=SUPPOSED)


def _tell(before: Statement, after: Statement, *, json_: bool) -> None:
    from lvyue.obligations.difference import difference_of

    found = difference_of(before, after)
    if json_:
        say(found.as_json())
        return
    if found.is_empty:
        click.echo("结论和金额都没有变化。")
    for one in found.money:
        was, now = _amount(one.before, one.state_before), _amount(one.after, one.state_after)
        by = f"  相差 {one.by}" if one.by else ""
        click.echo(f"¥ {one.what}  {one.clause}  {was} → {now}{by}")
    for row in found.findings:
        was = row.before.word if row.before else "没有这一项"
        now = row.after.word if row.after else "没有这一项"
        because = "、".join(fact.id for fact in row.facts)
        click.echo(
            f"{row.clause} {row.occurrence}  {was} → {now}  {row.because_after}"
            + (f"  [{because}]" if because else "")
        )


def _amount(money: Money | None, state_zh: str) -> str:
    return " ".join(part for part in ("" if money is None else str(money), state_zh) if part)
