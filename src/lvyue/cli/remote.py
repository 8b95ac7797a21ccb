"""远程作业 from a terminal: who may log in where until when, and taking a permission back at once."""

from __future__ import annotations

from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django
from lvyue.cli.contract import _seat as seat_on  # the one way in which a command takes a seat
from lvyue.cli.contract import as_whom
from lvyue.core.calendar import moment_of

#: So many are listed.
MOST = 1000


@click.group("remote")
def remote() -> None:
    """远程作业：许可清单、收回许可。"""


def _somebody(contract: str, whom: str, command: str) -> Any:
    """A seat of somebody: a permission is seen by those who see its ticket, and of nobody's it would only be said that none is there."""
    if not whom:
        refuse(["请用 --as 指明是谁：远程许可只给看得到那张工单、那个系统的人看。"])
    return seat_on(contract, whom, command)


@remote.command("list")
@click.argument("contract")
@click.option("--open", "running", is_flag=True, help="只列还能用的：待许可、已许可、作业中。")
@as_whom
@as_json
@refusals
def list_command(*, contract: str, running: bool, whom: str, json_: bool) -> None:
    """一份合同的远程许可，最近的在前；号用来收回。"""
    with_django()
    from lvyue.helpdesk.queries.remote import permissions

    seat = _somebody(contract, whom, "remote list")
    found = permissions(seat)
    if running:
        found = found.filter(state__in=("asked", "allowed", "opened"))
    rows = [
        {
            "id": one.pk,
            "ticket": one.ticket.name,
            "system": one.system,
            "person": one.person,
            "state": one.state,
            "begins": moment_of(one.begins).isoformat(),
            "expires": moment_of(one.expires).isoformat(),
            "allowed_by": one.answered_name,
        }
        for one in found[:MOST]
    ]
    if json_:
        say(rows)
        return
    for one in found[:MOST]:
        until = f"{moment_of(one.begins):%Y-%m-%d %H:%M} 至 {moment_of(one.expires):%m-%d %H:%M}"
        click.echo(
            f"{one.pk}  {one.get_state_display()}  {one.system}  {one.person_name}  {until}  {one.ticket.name}"
        )
    if not rows:
        click.echo("没有远程许可。")


@remote.command("revoke")
@click.argument("contract")
@click.argument("permission", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="为什么收回；双方都看得到。")
@as_whom
@as_json
@refusals
def revoke_command(*, contract: str, permission: int, reason: str, whom: str, json_: bool) -> None:
    """收回一个许可；正在进行的作业即时结束。"""
    with_django()
    from lvyue.core.doubts import Refused, malformed
    from lvyue.helpdesk.actions.remote import revoke_remote
    from lvyue.helpdesk.queries.remote import permission as one_of

    seat = _somebody(contract, whom, "remote revoke")
    if one_of(seat, permission) is None:
        says = f"没有第 {permission} 号远程许可。"
        raise Refused([malformed("远程许可", says, "号见 lvyue remote list。")])
    row = revoke_remote(seat.contract_id, permission, said=reason, by=seat)
    if json_:
        say({"id": row.pk, "state": row.state})
    else:
        click.echo(f"已收回 {row.person_name} 到“{row.system}”的许可。")
