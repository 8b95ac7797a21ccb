"""检索: from a terminal, in the name of somebody; and the index, built anew or checked."""

from __future__ import annotations

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django


@click.group("search")
def search() -> None:
    """检索合同、条款、约定、事实和文件；维护索引。"""


@search.command("find")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--as", "username", required=True, help="以谁的身份查找（登录名），只见其有任职的合同。"
)
@click.option("--kind", default="", help="只要一种，如 fact、clause、term。")
@as_json
@refusals
def find(*, words: tuple[str, ...], username: str, kind: str, json_: bool) -> None:
    """按词查找；在机器上以某人的名义查找会留痕。"""
    with_django()
    from lvyue.accounts.actions import audit
    from lvyue.accounts.queries import account as account_named
    from lvyue.search import queries
    from lvyue.search.actions import catch_up
    from lvyue.search.choices import EntryKind
    from lvyue.search.queries import Asked

    account = account_named(username)
    if account is None or not account.is_active:
        refuse([f"没有启用的账号“{username}”。请用 lvyue people list 核对。"])
    audit("acted_as", by="命令行", about=username, after={"command": "search find"})
    catch_up(queries.visible_to(account))
    found = queries.find(account, Asked(" ".join(words), EntryKind(kind) if kind else None))
    if json_:
        say(
            {
                group.kind.value: [
                    {"key": hit.key, "contract": hit.contract_id, "title": hit.named}
                    for hit in group.hits
                ]
                for group in found.groups
            }
        )
        return
    for group in found.groups:
        click.echo(f"{group.kind.label} {group.told}")
        for hit in group.hits:
            click.echo(f"  {hit.named}  {hit.contract_id}  {hit.key}")
    if not found.groups:
        click.echo("没有找到。")


@search.command("rebuild")
@refusals
def rebuild() -> None:
    """清空索引，从头编入；期间检索结果不全。"""
    with_django()
    from lvyue.contracts.queries import contracts
    from lvyue.search import queries
    from lvyue.search.actions import catch_up, empty

    empty()
    ids = list(contracts().values_list("pk", flat=True))
    late = catch_up(ids)
    click.echo(f"编入 {len(ids) - len(late)} 份合同，共 {queries.size():,} 条。")
    if late:
        click.echo(f"没有编入：{'、'.join(sorted(late))}；原因见日志。")
        raise SystemExit(1)


@search.command("check")
@refusals
def check() -> None:
    """说出哪些合同还没有完全编入；有则以状态 1 结束。"""
    with_django()
    from lvyue.contracts.queries import contracts
    from lvyue.search.actions import behind

    late = behind(list(contracts().values_list("pk", flat=True)))
    for contract_id, feed, _ in late:
        click.echo(f"{contract_id}：{feed.zh}")
    click.echo(f"待编入 {len(late)} 项。")
    if late:
        raise SystemExit(1)
