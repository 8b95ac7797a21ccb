"""演示: five real contracts with invented records, loaded through the same doors as anybody's, and served to look at.

It may run as often as one likes: what is there already is left alone.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Iterator
from importlib import resources
from typing import Any

import click

from lvyue.core.doubts import Refused, malformed

#: Who is written down as having loaded the demonstration.
BY = "演示载入"


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
    """Register each contract and import its log; a sentence for each, in Chinese with the English beside."""
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


def _say_where(host: str, port: int) -> None:
    at = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  to be shown, not to be bound
    click.echo("")
    click.echo(f"  打开 Open:  http://{f'[{at}]' if ':' in at else at}:{port}/")
    click.echo(
        "  登录：本版本没有登录，页面只读。 Sign-in: none in this version; pages are read-only."
    )
    click.echo("  演示的履约记录是编写的，不是任何单位的实际情况。 The records are invented.")
    click.echo("  停止：Ctrl-C。 Stop with Ctrl-C.")
    click.echo("")


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
    from lvyue.project.wsgi import application as door

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_after, args=(parent,), daemon=True).start()
    return door


def _leave_after(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


__all__ = ["application", "demo", "demonstration_ids", "load_demonstration"]
