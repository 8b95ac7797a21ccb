"""通知: channels from a terminal: how they stand, a message to try one, and letters that came back to the sender's address."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django


@click.group("notices")
def notices() -> None:
    """通知：通道、试发和退信。"""


@notices.command("channels")
@as_json
@refusals
def channels_command(*, json_: bool) -> None:
    """全部通知通道：启用、通不通、在等和失败各多少。"""
    with_django()
    from lvyue.notices.queries.channels import channels

    found = [_row(one) for one in channels()]
    if json_:
        say(found)
        return
    for one in found:
        state = "启用" if one["enabled"] else "停用"
        if one["down_since"]:
            state = f"不通（自 {one['down_since']}）：{one['says']}"
        told = f"在等 {one['waiting']}，失败 {one['failed']}"
        click.echo(f"{one['id']:>4}  {one['kind']:<9} {one['name']}  {state}  {told}")
    if not found:
        click.echo("还没有通道：消息只在收件箱里。请在网页“通知通道”中配置。")


@notices.command("try")
@click.argument("channel", type=int)
@click.argument("target", default="")
@refusals
def try_command(*, channel: int, target: str) -> None:
    """试发一条：通道的编号，邮件和短信另写收信地址。"""
    with_django()
    from lvyue.notices.actions.configuring import try_out
    from lvyue.notices.channels.road import Sent
    from lvyue.notices.queries.channels import channel as channel_of

    found = channel_of(channel)
    if found is None:
        refuse([f"没有编号为 {channel} 的通道。请用 lvyue notices channels 核对。"])
    result = try_out(found, target, by="命令行")
    if not isinstance(result, Sent):
        refuse([f"{result.says}{result.extract}"])
    click.echo("对方已收下。")


@notices.command("letter-in")
@click.argument("letter", type=click.File("rb"), default="-")
@refusals
def letter_in_command(*, letter: BinaryIO) -> None:
    """收下寄到发件地址的一封信（不写文件就读标准输入）：退信和送达回执记到原信上，从不答复。"""
    with_django()
    from lvyue.notices.actions.reporting import MOST, take_letter

    taken = take_letter(letter.read(MOST))
    told = "、".join(str(one) for one in taken.legs)
    click.echo(taken.what.value + (f"；送信 {told}" if told else ""))


def _row(one: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "name": one.name,
        "enabled": one.enabled,
        "down_since": one.down_since and one.down_since.isoformat(timespec="minutes"),
        "says": one.says,
        "waiting": one.waiting,
        "failed": one.failed,
    }
