"""服务台 from a terminal: reading its mailboxes now, what nobody has answered, and which device a ticket is about."""

from __future__ import annotations

from datetime import timedelta

import click

from lvyue.cli.answers import as_json, refusals, say, with_django
from lvyue.cli.contract import _seat as seat_on  # the one way in which a command takes a seat
from lvyue.cli.contract import as_whom
from lvyue.core.calendar import moment_of


@click.group("desk")
def desk() -> None:
    """服务台：收信、试通渠道、无人应答、写明设备。"""


@desk.command("fetch")
@as_json
@refusals
def fetch_command(*, json_: bool) -> None:
    """现在收取全部服务台信箱，同后台每分钟做的一样；有读不到的，退出状态为 1。"""
    with_django()
    from lvyue.helpdesk.actions.fetching import fetch
    from lvyue.helpdesk.queries.channels import mailboxes

    found = [(one, fetch(one)) for one in mailboxes()]
    if json_:
        rows = [
            {
                "channel": one.name,
                "contract": one.contract_id,
                "fresh": told.fresh,
                "known": told.known,
                "says": told.says,
            }
            for one, told in found
        ]
        say(rows)
    else:
        for one, told in found:
            word = told.says or f"新收 {told.fresh} 封，已有 {told.known} 封"
            click.echo(f"{one.contract_id} {one.name}：{word}")
        if not found:
            click.echo("还没有启用的邮件渠道。")
    if any(told.says for _, told in found):
        raise SystemExit(1)


@desk.command("gaps")
@click.argument("contract")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True)
@as_whom
@as_json
@refusals
def gaps_command(*, contract: str, days: int, whom: str, json_: bool) -> None:
    """一份合同没有人接的来电，和还没有人开工单的来件。"""
    with_django()
    from lvyue import clock
    from lvyue.helpdesk.queries.channels import gaps
    from lvyue.obligations.plain import plain

    seat = seat_on(contract, whom, "desk gaps")
    now = clock.now()
    found = gaps(seat.contract_id, now - timedelta(days=days), now)
    if json_:
        say(plain(found))
        return
    for one in found:
        until = f"至 {moment_of(one.until):%Y-%m-%d %H:%M}" if one.until else "至今"
        click.echo(
            f"{moment_of(one.since):%Y-%m-%d %H:%M} {until}  {one.channel}{'（拨测）' if one.test else ''}"
        )
    if not found:
        click.echo("没有无人应答的来电和来件。")


@desk.command("try")
@click.argument("contract")
@click.argument("channel", type=click.IntRange(1, 2_147_483_647))
@as_whom
@as_json
@refusals
def try_command(*, contract: str, channel: int, whom: str, json_: bool) -> None:
    """试通一个渠道：不开工单；不通的，退出状态为 1。"""
    with_django()
    from django.conf import settings

    from lvyue.core.doubts import Refused, malformed
    from lvyue.helpdesk.actions.trying import try_channel
    from lvyue.helpdesk.queries.channels import channel as one_of
    from lvyue.helpdesk.samples import hook_of

    seat = seat_on(contract, whom, "desk try")
    if one_of(seat.contract_id, channel) is None:
        says = f"没有第 {channel} 号渠道。"
        raise Refused([malformed("渠道", says, "号在渠道页的地址里。")])
    told = try_channel(channel, by=seat)
    hook = hook_of(settings.ADDRESS or "https://lvyue.example", channel)
    command = told.sample.command(hook) if told.sample is not None else ""
    if json_:
        row = {"ok": told.ok, "says": told.says, "how": told.how, "read": dict(told.read)}
        say(row | {"request": command})
    else:
        for line in (told.says, *(f"  {name}：{text}" for name, text in told.read), told.how):
            click.echo(line)
        if command:
            click.echo(command)
    if not told.ok:
        raise SystemExit(1)


@desk.command("device")
@click.argument("contract")
@click.argument("number", type=click.IntRange(1, 2_147_483_647))
@click.argument("device")
@click.option("--said", default="", help="改已写的设备，要写为什么。")
@as_whom
@as_json
@refusals
def device_command(
    *, contract: str, number: int, device: str, said: str, whom: str, json_: bool
) -> None:
    """在工单上写明设备；改已写的，要写理由。写明之后，故障算进当月的维修统计。"""
    with_django()
    from lvyue.core.doubts import Refused, malformed
    from lvyue.helpdesk.actions.stepping import make_mark
    from lvyue.helpdesk.actions.writing import Entry
    from lvyue.helpdesk.queries.tickets import ticket as ticket_for

    seat = seat_on(contract, whom, "desk device")
    if ticket_for(seat, number, "") is None:
        says = f"没有第 {number} 号工单。"
        raise Refused([malformed("工单", says, "请写工单号的数字，例如 GZ-0012 的 12。")])
    entry = Entry("device", said=said, data={"device": device})
    event = make_mark(seat.contract_id, number, entry, by=seat)
    told = {"ticket": event.ticket.name, "device": event.ticket.device}
    if json_:
        say(told)
    else:
        click.echo(f"{told['ticket']}：设备 {told['device']}。")
