"""演示: five real contracts with invented records, loaded through the same doors as anybody's, and served to look at.

It may run as often as one likes: what is there already is left alone.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Iterator
from importlib import resources
from typing import Any

import click

from lvyue.cli.cast import BY, cast_of
from lvyue.core.doubts import Refused, malformed


def demo(host: str, port: int, serve: bool = True) -> None:  # noqa: FBT002  click hands a flag over
    """Load the demonstration and, unless told not to, serve it until somebody stops it.

    ``Refused`` if the address cannot be served: nothing has been loaded then.
    """
    if serve:
        _refuse_a_taken_address(host, port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lvyue.project.settings")

    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    for line in load_demonstration():
        click.echo(line)
    for line in load_drafts():
        click.echo(line)
    for line in load_letters():
        click.echo(line)
    for line in load_tickets():
        click.echo(line)
    from lvyue.obligations.actions.refreshing import refresh_stale

    refresh_stale()
    connections.close_all()
    if serve:
        _say_where(host, port)
        _serve(host, port)


def demonstration_ids() -> tuple[str, ...]:
    """The contracts that have a demonstration log."""
    folder = resources.files("lvyue.library") / "demonstration"
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(".jsonl")]
    return tuple(sorted(name.removesuffix(".jsonl") for name in names))


def load_demonstration() -> Iterator[str]:
    """Everything that there is to look at, step by step; a sentence for each, in Chinese with the English beside."""
    for step in (load_contracts, load_texts, load_people):
        yield from step()


def load_contracts() -> Iterator[str]:
    """Register each contract and import its log."""
    from lvyue.contracts.actions import register_release
    from lvyue.contracts.queries import releases
    from lvyue.evidence.actions import import_facts, open_log
    from lvyue.library.loader import load, text_of

    folder = resources.files("lvyue.library") / "demonstration"
    for contract_id in demonstration_ids():
        body = text_of(contract_id)
        digest = hashlib.sha256(body.encode()).hexdigest()
        title = load(contract_id).title
        known = releases().filter(contract_id=contract_id, digest=digest).exists()
        register_release(contract_id, title, body, digest, by=BY, demonstration=True)
        open_log(contract_id, by=BY)
        lines = (folder / f"{contract_id}.jsonl").read_bytes().splitlines(keepends=True)
        done = import_facts(contract_id, lines, by=BY, source=f"{contract_id}.jsonl")
        news = [] if known else ["登记合同版本"]
        news += [f"新增 {done.added} 条事实"] if done.added else []
        said = "，".join(news) or "没有变化"
        yield f"  {contract_id:<24} {title}：{said}，共 {done.size} 条事实 ({done.size} facts)"


def load_texts() -> Iterator[str]:
    """The sample text of each contract, which stands beside the life of its clauses. Silent: the contract was told of."""
    from lvyue.contracts.actions import register_text
    from lvyue.library.samples import sample

    for contract_id in demonstration_ids():
        text = sample(contract_id)
        paragraphs = {str(ref): found for ref, found in text.paragraphs.items()}
        name = f"{contract_id}.txt"
        register_text(contract_id, name, text.sha256, paragraphs, by=BY, ours=True)
    yield from ()


def load_people() -> Iterator[str]:
    """Made-up people of both sides for each contract, all with the one published password.

    Nobody of them is let in where real people work already: see `accounts.actions.close_demonstration`.
    """
    from django.contrib.auth.hashers import make_password
    from django.db import transaction

    from lvyue.accounts import queries
    from lvyue.accounts.actions import Hashed
    from lvyue.accounts.demonstration import PASSWORD

    if queries.is_administered():
        yield "  人员：已有正式的系统管理员，不装入演示人员。 Real people work here: no made-up ones."
        return
    roster = json.loads(
        (resources.files("lvyue.library") / "demonstration" / "people.json").read_text("utf-8")
    )
    usernames = {one["username"] for one in roster["people"]}
    known = queries.names_of(usernames)
    missing = [one for one in roster["people"] if one["username"] not in known]
    if missing:
        hashed = Hashed(make_password(PASSWORD))  # slow on purpose, so once for all
        with transaction.atomic():
            _load_organisations(roster["organisations"])
            for one in missing:
                _load_person(one, hashed)
    said = f"新增 {len(missing)} 个演示账号" if missing else "没有变化"
    yield f"  人员：{said}，共 {len(usernames)} 个 ({len(usernames)} people)"


def _load_organisations(roster: list[dict[str, str]]) -> None:
    """The parties under the names that their contracts give them, and those that no contract names."""
    from lvyue.accounts.actions import register_organisation
    from lvyue.library.loader import load

    for one in roster:
        name = one.get("name") or next(
            party.name for party in load(one["contract"]).parties if party.role == one["party"]
        )
        register_organisation(one["id"], name, by=BY, demonstration=True)


def _load_person(one: dict[str, Any], hashed: Any) -> None:
    from lvyue.accounts import queries
    from lvyue.accounts.actions import appoint, create_account
    from lvyue.accounts.choices import ContractRole

    account = create_account(
        one["username"],
        one["name"],
        hashed,
        by=BY,
        organisation=queries.organisation(one["organisation"]),
        administrator=one.get("administrator", False),
        demonstration=True,
    )
    for contract_id in one.get("contracts", []):
        appoint(account, contract_id, ContractRole(one["role"]), by=BY, demonstration=True)


def load_drafts() -> Iterator[str]:
    """One draft for each sample paper, in five formats, as the buyer would have brought it; whoever serves reads them."""
    from lvyue.accounts.queries import demonstration_account
    from lvyue.library.papers import papers
    from lvyue.readings.queries import drafts_of

    said = 0
    for contract_id, paper in sorted(papers().items()):
        buyer, manager = _speakers(contract_id)
        account = demonstration_account(buyer) if buyer else None
        if account is None or not manager:
            continue  # real people work here: no made-up ones
        title = f"{paper.says}（演示）"[:200]
        if not drafts_of(account).filter(title=title).exists():
            _load_draft(account, manager, title, paper)
            said += 1
    if said:
        yield f"  读入合同：新增 {said} 份样本草稿，在后台读。 {said} sample papers to read."


def _load_draft(account: Any, manager: str, title: str, paper: Any) -> None:
    from lvyue.accounts.choices import ContractRole
    from lvyue.readings.actions import bringing
    from lvyue.readings.actions.bringing import Brought
    from lvyue.readings.choices import Side

    brought = [Brought(file.name, [file.content()]) for file in paper.files]
    draft = bringing.open_draft(account, Side.BUYER, brought, title=title)
    bringing.invite(draft.pk, manager, ContractRole.SUPPLIER_MANAGER, by=account)


def load_letters() -> Iterator[str]:
    """Letters of both sides of two contracts, with contacts, receipts and one notice of two legs, as people would enter them."""
    from lvyue.cli.demo_letters import load_lease, load_security

    made = load_security("security-support-2026") + load_lease("cloud-lease-2025")
    if made:
        yield f"  函件：新增 {made} 封演示函件和联系方式。 {made} letters with contacts."


def load_tickets() -> Iterator[str]:
    """The tickets and duty logs of which the logs already tell, and one of each other thing that a help desk has."""
    from lvyue.cli.demo_desk import load_desk

    made = load_desk(demonstration_ids())
    if made:
        yield f"  服务台：按履约日志补建 {made} 张演示工单，并有值班表、来件、未接来电。 {made} tickets."


def _speakers(contract_id: str) -> tuple[str, str]:
    """The made-up people who speak for the sides of a contract, as the roster has them."""
    found = cast_of(contract_id)
    return found.get("buyer", ""), found.get("supplier_manager", "")


def _say_where(host: str, port: int) -> None:
    at = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  to be shown, not to be bound
    click.echo("")
    click.echo(f"  打开 Open:  http://{f'[{at}]' if ':' in at else at}:{port}/")
    click.echo(f"  登录 Sign in:  密码都是 password {_password()}")
    click.echo(
        "    buyer0 甲方 buyer · manager0 乙方项目经理 supplier · engineer0 乙方工程师 engineer"
    )
    click.echo("    auditor 审计 auditor · admin 系统管理员 administrator（0–4 是合同的序号）")
    click.echo("  登录页上点一个人也可以。 Or pick a person on the sign-in page.")
    click.echo("  演示的履约记录是编写的，不是任何单位的实际情况。 The records are invented.")
    click.echo("  停止：Ctrl-C。 Stop with Ctrl-C.")
    click.echo("")


def _password() -> str:
    from lvyue.accounts.demonstration import PASSWORD

    return PASSWORD


def _refuse_a_taken_address(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except (OSError, OverflowError) as error:
        place, says = f"地址 {host}:{port}", f"不能在这里提供页面：{error}。"
        mend = "请停掉占用它的程序，或换一个端口。"
        raise Refused([malformed(place, says, mend)]) from error


def _serve(host: str, port: int) -> None:
    """granian with one worker, one thread: SQLite has one writer, and a demonstration one visitor."""
    from granian.constants import Interfaces
    from granian.server import Server

    server: Any = Server(
        "lvyue.cli.demo:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        websockets=False,
        log_enabled=False,
    )
    server.serve()


def application() -> Any:
    """The WSGI door for a worker that does not outlive the process it serves, not even one that was killed."""
    from lvyue.cli.refresh import keep_fresh
    from lvyue.project.wsgi import application as door

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_after, args=(parent,), daemon=True).start()
        keep_fresh()
    return door


def _leave_after(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


__all__ = ["application", "demo", "demonstration_ids", "load_demonstration"]
