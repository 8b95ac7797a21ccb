"""人员: the people of the platform from a terminal: the first administrator is made here, and whoever locked themselves out let in.

Who runs these commands could open the database as well; the audit trail says that it was done here, and by whom.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django

#: Every role of a contract; written out, because the choices are known only once Django is set up.
ROLES = (
    "buyer",
    "using_department",
    "supplier_manager",
    "engineer",
    "auditor",
    "supervisor",
    "assessor",
    "security_officer",
    "crypto_approver",
    "key_manager",
    "crypto_operator",
    "crypto_auditor",
    "consenter",
)

SCOPES = ("read", "record", "import", "export", "manage")

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
        handed_over=not administrator,  # the first administrator sits here and types their own
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
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="权限，可以写几次；不写则与账号相同。",
)
@click.option("--from", "addresses", default="", help="只从这些地址或网段接受，用空格隔开。")
@by_whom
@as_json
@refusals
def token_command(
    *,
    username: str,
    name: str,
    days: int,
    scopes: tuple[str, ...],
    addresses: str,
    by: str,
    json_: bool,
) -> None:
    """为程序建立令牌：只显示这一次。"""
    with_django()
    from lvyue.accounts.actions import create_token

    made = create_token(
        _account(username),
        name,
        days,
        by=_here(by),
        scopes=scopes or SCOPES,
        addresses=addresses,
    )
    if json_:
        say({"token": made.secret, "expires": made.token.expires_at.isoformat()})
    else:
        click.echo(made.secret)


@people.command("invite")
@click.argument("name")
@click.option("--organisation", default="", help="单位编号。")
@click.option("--mail", default="", help="电子邮箱；接受邀请之后由本人验证。")
@click.option(
    "--offer",
    "offers",
    multiple=True,
    metavar="合同:角色",
    help="建好账号就有的任职，可以写几次，例如 security-support-2026:buyer。",
)
@by_whom
@as_json
@refusals
def invite_command(
    *, name: str, organisation: str, mail: str, offers: tuple[str, ...], by: str, json_: bool
) -> None:
    """邀请一个人：显示一次链接的路径，七天内有效，本人自己定登录名和密码。"""
    with_django()
    from django.urls import reverse

    from lvyue.accounts import queries
    from lvyue.accounts.actions.invitations import invite

    belongs = queries.organisation(organisation) if organisation else None
    if organisation and belongs is None:
        refuse([f"没有编号为“{organisation}”的单位。请先用 lvyue people organisation 登记。"])
    new = invite(
        name,
        by=_here(by),
        organisation=belongs,
        mail=mail,
        offers=[_offer(one) for one in offers],
    )
    path = reverse("web:invitation", args=[new.secret])
    if json_:
        say({"path": path, "expires": new.invitation.expires_at.isoformat()})
    else:
        click.echo(f"{path}\n接在本系统的网址后面交给{name}，只显示这一次。")


def _offer(text: str) -> Any:
    from lvyue.accounts.actions.invitations import Offer
    from lvyue.accounts.choices import ContractRole
    from lvyue.contracts.queries import contracts

    contract, _, role = text.partition(":")
    if role not in ContractRole.values:
        refuse([f"“{text}”不是“合同:角色”。角色有：{'、'.join(ContractRole.values)}。"])
    known = contracts().filter(pk=contract).first()
    if known is None:
        refuse([f"登记簿里没有编号为“{contract}”的合同。请核对编号，或先用 lvyue register 登记。"])
    return Offer(known.pk, ContractRole(role), known.demonstration)


@people.command("leave")
@click.argument("username")
@click.option("--reason", required=True, help="理由，写入留痕和收据。")
@click.option("--also", multiple=True, help="也是本人的同名账号，一并关闭；可以写几次。")
@click.option("--other", multiple=True, help="同名的另一个人的账号，不动；可以写几次。")
@by_whom
@refusals
def leave_command(
    *, username: str, reason: str, also: tuple[str, ...], other: tuple[str, ...], by: str
) -> None:
    """离任：停用账号，结束任职、登录、令牌、两步验证和发出的邀请。"""
    with_django()
    from lvyue.accounts.actions.leaving import leave
    from lvyue.accounts.queries import Holdings

    receipts = leave(
        _account(username),
        by=_here(by),
        reason=reason,
        also=[_account(one) for one in also],
        others=[_account(one) for one in other],
    )
    for one in receipts:
        closed = Holdings.of(one.closed).in_words() or "没有什么还开着"
        click.echo(f"{one.account.username} 离任收据第 {one.pk} 号，关闭了：{closed}。")


@people.command("unlock")
@click.argument("username")
@by_whom
@refusals
def unlock_command(*, username: str, by: str) -> None:
    """解除密码错得太多之后的登录暂停。"""
    with_django()
    from lvyue.notices.actions.security import unlock

    was = unlock(_account(username), by=_here(by))
    click.echo(f"{username} 可以再登录了。" if was else f"{username} 没有被暂停。")


@people.command("reset-second-factor")
@click.argument("username")
@click.option("--reason", required=True, help="理由，写入留痕。")
@by_whom
@refusals
def reset_second_factor_command(*, username: str, reason: str, by: str) -> None:
    """重设两步验证：手机、通行密钥和恢复码都丢了的时候。最后一位系统管理员也靠它回来。"""
    with_django()
    from lvyue.notices.actions.security import reset_second_factor

    reset_second_factor(_account(username), by=_here(by), reason=reason)
    click.echo(f"{username} 的两步验证已重设，所有登录都已结束；下次登录时按需要重新添加。")


@people.command("import")
@click.argument("kind", type=click.Choice(["people", "organisations"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commit", is_flag=True, help="写入；不写则只预览。")
@click.option("--partial", is_flag=True, help="略过不能导入的行。")
@click.option("--changes", is_flag=True, help="同意更改已有的行。")
@click.option(
    "--failed",
    "failed_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把不能导入的行写进这个文件（.xlsx 或 .csv）。",
)
@by_whom
@as_json
@refusals
def import_command(
    *,
    kind: str,
    file: Path,
    commit: bool,
    partial: bool,
    changes: bool,
    failed_to: Path | None,
    by: str,
    json_: bool,
) -> None:
    """批量导入单位或人员（xlsx 或 CSV）：先预览，加 --commit 才写入。新人收到邀请，不设密码。"""
    with_django()
    from lvyue.accounts.actions import importing
    from lvyue.accounts.actions.importing import Agreed, RowState
    from lvyue.contracts.queries import contracts
    from lvyue.intake.tabular import failed, read_table

    agreed = Agreed(partial=partial, changes=changes) if commit else None
    data, by_ = file.read_bytes(), _here(by)
    if kind == "organisations":
        table = read_table(importing.ORGANISATIONS, data, file.name)
        done = importing.bring_organisations(table, by=by_, agreed=agreed)
    else:
        known = dict(contracts().values_list("pk", "demonstration"))
        table = read_table(importing.people_form(known), data, file.name)
        done = importing.bring_people(table, known, by=by_, agreed=agreed)
    if failed_to is not None:
        failed_to.write_bytes(failed(table, done.reasons, failed_to.suffix.lstrip(".").lower()))
    _say_imported(done, json_=json_)
    if done.count(RowState.BAD) or (commit and not done.written):
        raise SystemExit(2)


def _say_imported(done: Any, *, json_: bool) -> None:
    from django.urls import reverse

    links = {
        one.invitation.name: reverse("web:invitation", args=[one.secret]) for one in done.invited
    }
    if json_:
        rows = [
            {"row": one.number, "state": one.state.name.lower(), "says": one.says,
             "reasons": [*one.reasons]}
            for one in done.rows
        ]  # fmt: skip
        say({"written": done.written, "rows": rows, "invitations": links})
        return
    for one in done.rows:
        click.echo(f"{one.number}  {one.state.zh}  {one.says}{'；'.join(one.reasons)}")
    for name, path in links.items():
        click.echo(f"邀请 {name}：{path}")
    click.echo("已写入。" if done.written else "没有写入；加 --commit 写入。")


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
