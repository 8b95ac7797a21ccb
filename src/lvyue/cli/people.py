"""人员: the people of the platform from a terminal: the first administrator is made here, and whoever locked themselves out let in.

Who runs these commands could open the database as well; the audit trail says that it was done here, and by whom.
"""

from __future__ import annotations

from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django

ROLES = ("buyer", "using_department", "supplier_manager", "engineer", "auditor")

by_whom = click.option("--by", default="", help="谁办理的，写入留痕。")
password_of = click.option(
    "--password",
    "password",
    prompt="密码",
    hide_input=True,
    confirmation_prompt="再输一遍",
    help="不写则在终端输入，不会显示。写在命令里的密码别人能在进程列表里看到。",
)


@click.group("people")
def people() -> None:
    """人员：单位、账号、任职和令牌。"""


@people.command("organisation")
@click.argument("organisation")
@click.argument("name")
@by_whom
@refusals
def organisation_command(*, organisation: str, name: str, by: str) -> None:
    """登记单位，或更正它的名称。"""
    _with_tables()
    from lvyue.accounts.actions import register_organisation

    found = register_organisation(organisation, name, by=_here(by))
    click.echo(f"已登记单位 {found.pk}：{found.name}。")


@people.command("add")
@click.argument("username")
@click.argument("name")
@click.option("--organisation", default="", help="单位编号。")
@click.option(
    "--administrator", is_flag=True, help="系统管理员；第一位正式管理员会停用全部演示账号。"
)
@password_of
@by_whom
@refusals
def add(
    *, username: str, name: str, organisation: str, administrator: bool, password: str, by: str
) -> None:
    """建立账号。"""
    _with_tables()
    from lvyue.accounts import queries
    from lvyue.accounts.actions import create_account

    belongs = queries.organisation(organisation) if organisation else None
    if organisation and belongs is None:
        refuse([f"没有编号为“{organisation}”的单位。请先用 lvyue people organisation 登记。"])
    account = create_account(
        username,
        name,
        password,
        by=_here(by),
        organisation=belongs,
        administrator=administrator,
    )
    click.echo(f"已建立账号 {account.username}（{account.name}）。")


@people.command("list")
@as_json
@refusals
def list_command(*, json_: bool) -> None:
    """全部账号和任职。"""
    with_django()
    from lvyue.accounts import queries

    everybody = queries.people(at_once=100_000).people
    if json_:
        say([_person(one) for one in everybody])
        return
    for one in everybody:
        states = [word for word, yes in _states(one) if yes]
        held = "；".join(f"{a.contract_id} {a.role}" for a in queries.held_by(one))
        click.echo(f"{one.username:<16} {one.name}  {'、'.join(states)}  {held}".rstrip())


@people.command("appoint")
@click.argument("username")
@click.argument("contract")
@click.argument("role", type=click.Choice(ROLES))
@by_whom
@refusals
def appoint_command(*, username: str, contract: str, role: str, by: str) -> None:
    """任命某人为一份合同的某个角色。"""
    with_django()
    from lvyue.accounts.actions import appoint
    from lvyue.accounts.choices import ContractRole
    from lvyue.contracts.queries import contracts

    known = contracts().filter(pk=contract).first()
    if known is None:
        refuse([f"登记簿里没有编号为“{contract}”的合同。请核对编号，或先用 lvyue register 登记。"])
    appointed = appoint(
        _account(username),
        contract,
        ContractRole(role),
        by=_here(by),
        demonstration=known.demonstration,
    )
    click.echo(f"已任命 {username} 为 {contract} 的{appointed.get_role_display()}。")


@people.command("dismiss")
@click.argument("username")
@click.argument("contract")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--reason", required=True, help="理由，写入留痕。")
@by_whom
@refusals
def dismiss_command(*, username: str, contract: str, role: str, reason: str, by: str) -> None:
    """解除任职。"""
    with_django()
    from lvyue.accounts import queries
    from lvyue.accounts.actions import dismiss

    held = queries.appointments(contract).filter(account__username=username, role=role).first()
    if held is None:
        refuse([f"{username} 现在没有 {contract} 的这项任职。请用 lvyue people list 核对。"])
    dismiss(held, by=_here(by), reason=reason)
    click.echo(f"已解除 {username} 在 {contract} 的{held.get_role_display()}任职。")


@people.command("password")
@click.argument("username")
@password_of
@by_whom
@refusals
def password_command(*, username: str, password: str, by: str) -> None:
    """重设密码；这个人在各处的登录都会退出，令牌都会吊销。"""
    with_django()
    from lvyue.accounts.actions import set_password

    set_password(_account(username), password, by=_here(by))
    click.echo(f"已重设 {username} 的密码。")


@people.command("token")
@click.argument("username")
@click.argument("name")
@click.option("--days", default=90, show_default=True, help="有效天数。")
@by_whom
@as_json
@refusals
def token_command(*, username: str, name: str, days: int, by: str, json_: bool) -> None:
    """为程序建立令牌：只显示这一次。"""
    with_django()
    from lvyue.accounts.actions import create_token

    made = create_token(_account(username), name, days, by=_here(by))
    if json_:
        say({"token": made.secret, "expires": made.token.expires_at.isoformat()})
    else:
        click.echo(made.secret)


def _with_tables() -> None:
    """On a fresh machine the first administrator comes before everything else."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def _here(by: str) -> str:
    """How the audit trail calls who sits at the machine; no account can have such a name."""
    return f"命令行：{by}" if by else "命令行"


def _account(username: str) -> Any:
    from lvyue.accounts import queries

    found = queries.account(username)
    if found is None:
        refuse([f"没有登录名为“{username}”的账号。请用 lvyue people list 核对。"])
    return found


def _states(one: Any) -> list[tuple[str, bool]]:
    return [
        ("停用", not one.is_active),
        ("系统管理员", one.is_administrator),
        ("演示", one.demonstration),
    ]


def _person(one: Any) -> dict[str, Any]:
    from lvyue.accounts import queries

    return {
        "username": one.username,
        "name": one.name,
        "organisation": one.organisation_id,
        "active": one.is_active,
        "administrator": one.is_administrator,
        "demonstration": one.demonstration,
        "appointments": [
            {"contract": held.contract_id, "role": held.role, "since": held.since.isoformat()}
            for held in queries.held_by(one)
        ],
    }
