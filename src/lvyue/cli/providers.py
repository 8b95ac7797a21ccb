"""身份来源: the houses that know who somebody is, from a terminal: whoever runs the machine can look, try one, and switch it off.

Settings are kept on the pages, where an administrator answers for them; a provider that went wrong must be out within a
minute, also while nobody can sign in.
"""

from __future__ import annotations

from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django

by_whom = click.option("--by", default="", help="谁办理的，写入留痕。")
reason_of = click.option("--reason", required=True, help="理由，写入留痕。")


@click.group("providers")
def providers() -> None:
    """身份来源：列出、试连、启用、停用。"""


@providers.command("list")
@as_json
@refusals
def list_command(*, json_: bool) -> None:
    """全部身份来源，和连不上时还能进来的本地管理员。"""
    with_django()
    from lvyue.accounts import queries

    found = queries.providers()
    local = [one.username for one in queries.local_administrators()]
    if json_:
        say(
            {
                "providers": [
                    {"id": one.pk, "kind": one.kind, "name": one.name, "active": one.is_active}
                    for one in found
                ],
                "local_administrators": local,
            }
        )
        return
    for one in found:
        state = "启用" if one.is_active else "停用"
        click.echo(f"{one.pk:<20} {one.get_kind_display()}  {state}  {one.name}")
    click.echo(
        f"本地管理员：{'、'.join(local) or '没有；请用 lvyue people add … --administrator 建立。'}"
    )


@providers.command("check")
@click.argument("provider")
@as_json
@refusals
def check_command(*, provider: str, json_: bool) -> None:
    """试连；有一步不通过则以状态 2 结束。"""
    with_django()
    from lvyue.accounts.actions.providers import check_provider

    steps = check_provider(_provider(provider), by="命令行")
    if json_:
        say([{"what": one.what, "good": one.good, "says": one.says} for one in steps])
    else:
        for one in steps:
            click.echo(f"{'通过' if one.good else '不通过'}  {one.what}  {one.says}".rstrip())
    if not all(one.good for one in steps):
        raise SystemExit(2)


@providers.command("off")
@click.argument("provider")
@reason_of
@by_whom
@refusals
def off_command(*, provider: str, reason: str, by: str) -> None:
    """停用：不能再凭它登录，本地密码照旧。"""
    with_django()
    from lvyue.accounts.actions.providers import switch_provider_off

    switch_provider_off(_provider(provider), by=_here(by), reason=reason)
    click.echo(f"已停用身份来源 {provider}。")


@providers.command("on")
@click.argument("provider")
@reason_of
@by_whom
@refusals
def on_command(*, provider: str, reason: str, by: str) -> None:
    """启用。"""
    with_django()
    from lvyue.accounts.actions.providers import switch_provider_on

    switch_provider_on(_provider(provider), by=_here(by), reason=reason)
    click.echo(f"已启用身份来源 {provider}。")


def _here(by: str) -> str:
    """How the audit trail calls who sits at the machine; no account can have such a name."""
    return f"命令行：{by}" if by else "命令行"


def _provider(provider_id: str) -> Any:
    from lvyue.accounts import queries

    found = queries.provider(provider_id)
    if found is None:
        refuse([f"没有编号为“{provider_id}”的身份来源。请用 lvyue people providers list 核对。"])
    return found
