"""留痕: check the chain, check a file without a database, and who was allowed what when."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any

import click

from lvyue.accounts.chain import check
from lvyue.cli.answers import as_json, refusals, refuse, say, with_django


@click.group("audit")
def audit() -> None:
    """留痕：核对散列链，核对导出的文件，查某天谁有什么权限。"""


@audit.command("verify")
@as_json
@refusals
def verify_command(*, json_: bool) -> None:
    """从头核对整条链；断了就指出第一处。把显示的链头散列抄在别处，以后才能证明没有被改写。"""
    with_django()
    from lvyue.accounts.actions.trail import seal
    from lvyue.accounts.queries import verify_trail

    seal()
    found = verify_trail()
    if found.broken is not None:
        at = found.broken
        entry = f"（编号 {at.entry}）" if at.entry else ""
        refuse([f"留痕链在第 {at.sequence} 条{entry}断开：{at.says}"])
    if json_:
        say({"entries": found.entries, "head": {"sequence": found.last, "digest": found.head}})
    else:
        click.echo(f"留痕链完好：{found.last} 条，链头 {found.head}")


@audit.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--head", "known", default="", help="以前抄下的链头散列；与文件所记的比对。")
@as_json
@refusals
def check_command(*, file: Path, known: str, json_: bool) -> None:
    """核对导出的留痕（JSON 行）或整个年度留痕包（zip）：不用数据库，也不用联网。"""
    told: dict[str, Any] = {}
    found = check(_records(file, told))
    if found.broken is not None:
        refuse([f"第 {found.broken.sequence} 条：{found.broken.says}"])
    if told and found.last == told.get("sequence") and found.head != told.get("digest"):
        refuse(["最后一条的散列与文件所记的链头不同：文件末尾被换过。"])
    if known and known not in (told.get("digest"), found.head):
        refuse(["文件所记的链头与您给出的散列不同：不是同一条链，或留痕被改写过。"])
    if json_:
        say(
            {
                "entries": found.entries,
                "first": found.first,
                "last": found.last,
                "gaps": found.gaps,
                "whole": found.whole,
                "head": told or None,
            }
        )
        return
    whole = "从第一条起没有缺漏" if found.whole else f"跳过 {found.gaps} 段（筛选时未含）"
    click.echo(f"完好：{found.entries} 条，第 {found.first} 至 {found.last} 条，{whole}。")


def _records(file: Path, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of a file, or of the trail inside a pack; the head of the chain goes into ``told``."""
    with _opened(file) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig") as lines:
        for number, line in enumerate(_readable(lines, file), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(
                    f"第 {number} 行不是 JSON：{file.name} 不是导出的留痕。"
                ) from error
            if not isinstance(row, dict):
                raise ValueError(f"第 {number} 行不是留痕的记录。")  # noqa: TRY004  of the file, not of the program
            if isinstance(row.get("head"), dict):
                told.update(row["head"])
                continue
            yield row


def _opened(file: Path) -> IO[bytes]:
    """The file, or the one trail that a pack carries."""
    if not zipfile.is_zipfile(file):
        return file.open("rb")
    with zipfile.ZipFile(file) as pack:
        trails = [name for name in pack.namelist() if name.endswith(".jsonl")]
        if len(trails) != 1:
            raise ValueError(f"{file.name} 里没有留痕.jsonl：不是年度留痕包。")
        return pack.open(trails[0])  # stays open when the pack is closed


def _readable(lines: Iterable[str], file: Path) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file.name} 不是 UTF-8 文字。请给导出的留痕.jsonl，或整个年度留痕包（.zip）。"
        ) from error


@audit.command("standing")
@click.option("--contract", default="", help="一份合同：当时每个人的角色。")
@click.option("--person", default="", help="一个人（登录名）：当时在每份合同上的每项权限。")
@click.option("--on", "first", required=True, help="哪一天，例如 2026-03-03。")
@click.option("--until", "last", default="", help="到哪一天；不写就是那一天。")
@as_json
@refusals
def standing_command(*, contract: str, person: str, first: str, last: str, json_: bool) -> None:
    """某天（或一段时间）谁有什么权限。"""
    with_django()
    from lvyue.accounts import standing
    from lvyue.accounts.queries import account
    from lvyue.obligations.plain import plain

    if bool(contract) == bool(person):
        refuse(["请写 --contract 或 --person，二者之一。"])
    within = standing.period(_day(first), _day(last) if last else None)
    if contract:
        on_contract = standing.contract_standing(contract, within)
        if json_:
            say(plain(on_contract))
            return
        for one in on_contract.roles:
            _print_role(one)
        return
    found = account(person)
    if found is None:
        refuse([f"没有登录名为“{person}”的账号。请用 lvyue people list 查看。"])
    of_person = standing.person_standing(found, within)
    if json_:
        say(plain(of_person))
        return
    for doubt in of_person.doubts:
        click.echo(doubt, err=True)
    for role in of_person.roles:
        _print_role(role)
    for seat in of_person.seats:
        able = "、".join(right.zh for right in seat.rights if right.allowed)
        click.echo(f"{seat.contract_id}  {'、'.join(seat.roles)}  可以：{able}")


def _print_role(one: Any) -> None:
    until = f"{one.until:%Y-%m-%d %H:%M}" if one.until else "今"
    click.echo(
        f"{one.contract_id}  {one.role_zh}  {one.name}（{one.username}）"
        f"  {one.since:%Y-%m-%d %H:%M} 至 {until}  由 {one.appointed_by} 任命"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}”不是日期；请写成 2026-03-03 的样子。") from None
