"""权限与对外提供: why somebody may or may not do a thing, who sees a thing, and what was given outside."""

from __future__ import annotations

from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django


@click.command("may")
@click.argument("person")
@click.argument("right")
@click.argument("contract")
@click.option("--kind", default="", help="哪种事实，只在问 record 时，例如 payment.made。")
@click.option("--on", default="", metavar="种类:编号", help="对哪样东西，例如 disclosure:3。")
@as_json
@refusals
def may_command(*, person: str, right: str, contract: str, kind: str, on: str, json_: bool) -> None:
    """某人在某份合同上能不能办某件事，逐条列出规则和依据。RIGHT 例如 see、record、sign、disclose。

    写了 --on 的，RIGHT 是那样东西的一步，例如 consent、confirm、withdraw；它现在的状态也在规则之内。
    """
    with_django()
    from lvyue.accounts import queries
    from lvyue.accounts.permissions import Right
    from lvyue.confidentiality.reach import explained
    from lvyue.core.facts import KINDS

    account = queries.account(person)
    if account is None:
        refuse([f"没有登录名为“{person}”的账号。请用 lvyue people list 核对。"])
    names = {one.name.lower(): one for one in Right}
    if on:
        _print(_on(on, right, queries.seat_of(account, contract)), json_=json_)
        return
    if right.lower() not in names:
        refuse([f"没有“{right}”这项权限。可以问：{'、'.join(names)}。"])
    if kind and kind not in KINDS:
        refuse([f"没有“{kind}”这种事实。请用 lvyue facts kinds 核对。"])
    asked = names[right.lower()]
    found = explained(
        queries.seat_of(account, contract), asked, kind if asked is Right.RECORD else ""
    )
    _print(found, json_=json_)


def _on(on: str, step: str, seat: Any) -> Any:
    """A step on one thing, asked as both sides would ask: who sits here could open the database."""
    from lvyue.accounts.choices import ContractRole
    from lvyue.accounts.permissions import Seat
    from lvyue.confidentiality.reach import Thing, ThingKind, explained, steps_of
    from lvyue.settlements.refusals import KINDS, act_on

    word, _, number = on.partition(":")
    if word not in {one.value for one in KINDS}:
        refuse([f"“{on}”不是“种类:编号”。种类有：{'、'.join(one.value for one in KINDS)}。"])
    kind = ThingKind(word)
    if step not in steps_of(kind):
        told = "、".join(f"{name} {zh}" for name, zh in steps_of(kind).items())
        refuse([f"{kind.zh}没有“{step}”这一步。可以问：{told}。"])
    here = Seat("", "命令行", seat.contract_id, frozenset(ContractRole))
    act = act_on(seat, Thing(kind, number), step, seen_by=here)
    if act is None:
        refuse([f"这份合同没有编号为“{number}”的{kind.zh}。请核对编号。"])
    return explained(seat, act.right, act=act)


def _print(found: Any, *, json_: bool) -> None:
    from lvyue.obligations.plain import plain

    if json_:
        say(plain(found))
        return
    click.echo(f"{found.name}（{found.roles}）{'可以' if found.ruling else '不能'}{found.asked}")
    for one in found.tried:
        click.echo(
            f"  {'✓' if one.passed else '✗'} {one.rule.zh}  {one.against}  [{one.rule.source}]"
        )


@click.command("who")
@click.argument("contract")
@click.argument("thing", default="contract")
@click.argument("id_", metavar="[编号]", default="")
@as_json
@refusals
def who_command(*, contract: str, thing: str, id_: str, json_: bool) -> None:
    """谁能看到：一份合同，或其中的 term、fact、file、letter、amendment、disclosure。"""
    with_django()
    from lvyue.accounts.choices import ContractRole
    from lvyue.accounts.permissions import Seat
    from lvyue.confidentiality.reach import Thing, ThingKind, reach_of
    from lvyue.contracts.queries import contracts
    from lvyue.obligations.plain import plain

    kinds = [one.value for one in ThingKind if one is not ThingKind.STATEMENT]
    if thing not in kinds:
        refuse([f"没有“{thing}”这种东西。可以问：{'、'.join(kinds)}。"])
    if not contracts().filter(pk=contract).exists():
        refuse([f"登记簿里没有编号为“{contract}”的合同。请核对编号。"])
    # Who sits here could open the database: asked as both sides would ask.
    here = Seat("", "命令行", contract, frozenset(ContractRole))
    reach = reach_of(here, Thing(ThingKind(thing), id_))
    if reach is None:
        refuse(["这份合同没有这样东西。请核对编号。"])
    if json_:
        say(plain(reach))
        return
    click.echo(reach.says)
    for one in reach.seers:
        what = one.rule.zh if one.ruling else one.ruling.reason
        click.echo(
            f"  {'✓' if one.ruling else '✗'} {one.name}（{'、'.join(one.roles)}）{one.since:%Y-%m-%d} 起  {what}"
        )


@click.command("disclosures")
@click.argument("contract")
@as_json
@refusals
def disclosures_command(*, contract: str, json_: bool) -> None:
    """一份合同的对外提供登记，最近的在前。"""
    with_django()
    from lvyue.confidentiality.queries import disclosures
    from lvyue.contracts.queries import contracts

    if not contracts().filter(pk=contract).exists():
        refuse([f"登记簿里没有编号为“{contract}”的合同。请核对编号。"])
    rows = list(disclosures(contract))
    if json_:
        say(
            {
                "results": [
                    {
                        "number": row.number,
                        "state": row.state,
                        "recipient": row.recipient,
                        "purpose": row.purpose,
                        "until": row.until.isoformat(),
                        "paper": row.paper,
                        "taken": vars(row)["taken"],
                    }
                    for row in rows
                ]
            }
        )
        return
    for row in rows:
        click.echo(
            f"{row.number}  {row.get_state_display()}  {row.recipient}  到 {row.until}  {row.paper}  取走 {vars(row)['taken']} 次"
        )
