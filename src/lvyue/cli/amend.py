"""补充协议 from a terminal: which there are, and what one says. Proposing and signing is for people who are signed in."""

from __future__ import annotations

from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django


@click.group("amend")
def amend() -> None:
    """补充协议：只读。起草和签署请在网页上由各方本人办理。"""


@amend.command("list")
@click.argument("contract")
@as_json
@refusals
def list_command(*, contract: str, json_: bool) -> None:
    """一份合同的全部补充协议，最近的在前。"""
    with_django()
    from lvyue.contracts.queries import amendments
    from lvyue.contracts.signing import waits_for

    _refuse_unless_registered(contract)
    rows = [*amendments(contract)]
    if json_:
        say([{**_row(row), "waits": waits_for(row)} for row in rows])
        return
    for row in rows:
        waits = f"，{waits_for(row)}" if waits_for(row) else ""
        told = (row.name, row.get_kind_display(), row.title, f"{row.get_state_display()}{waits}")
        click.echo("\t".join(told))
    if not rows:
        click.echo("没有补充协议。")


@amend.command("show")
@click.argument("contract")
@click.argument("number", type=click.IntRange(min=1))
@as_json
@refusals
def show_command(*, contract: str, number: int, json_: bool) -> None:
    """一份补充协议：文字、变更、签署，以及签署之前要解决什么。"""
    with_django()
    from lvyue.contracts.queries import amendment
    from lvyue.obligations.supplement import changes_in_words, hindrances

    _refuse_unless_registered(contract)
    row = amendment(contract, number)
    if row is None:
        refuse([f"合同 {contract} 没有补充协议第{number}号。"])
    changes, problems = changes_in_words(row), hindrances(row)
    if json_:
        told = [
            {"what": c.what, "where": c.where, "before": c.before, "after": c.after}
            for c in changes
        ]
        say({**_row(row), "changes": told, "problems": [str(doubt) for doubt in problems]})
        return
    click.echo(f"{row.name} {row.title}（{row.get_kind_display()}，{row.get_state_display()}）")
    click.echo(f"生效日 {row.effective or '没有填写'}；文书 {row.paper or '没有填写'}")
    click.echo(f"理由：{row.reason or '没有填写'}")
    for one in changes:
        click.echo(f"  {one.what} {one.where}：{one.before or '—'} → {one.after or '—'}")
    click.echo(f"甲方签署：{_signed(row.buyer_name, row.buyer_at)}")
    click.echo(f"乙方签署：{_signed(row.supplier_name, row.supplier_at)}")
    for doubt in problems:
        click.echo(f"待解决：{doubt}")


def _refuse_unless_registered(contract: str) -> None:
    from lvyue.contracts.queries import contracts

    if not contracts().filter(pk=contract).exists():
        refuse([f"登记簿里没有编号为“{contract}”的合同。"])


def _row(row: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "version": row.version,
        "title": row.title,
        "paper": row.paper,
        "effective": row.effective.isoformat() if row.effective else None,
        "side": row.side,
        "signed": sorted(row.signed),
        "fact": row.fact or None,
        "release": row.release.digest if row.release is not None else None,
    }


def _signed(name: str, at: Any) -> str:
    from lvyue.core.calendar import day_of

    return f"{name} {day_of(at)}" if at is not None else "还没有"
