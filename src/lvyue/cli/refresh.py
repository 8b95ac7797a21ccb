"""更新快照: the rows of lists reckoned anew, from a terminal, and in the background of a process that serves."""

from __future__ import annotations

import logging
import threading

import click

from lvyue.cli.answers import as_json, refusals, say, with_django

log = logging.getLogger(__name__)

#: So many seconds lie between two looks for what is stale: a new day is noticed, and whatever an import left behind.
LOOK = 60.0

#: So many seconds the background leaves to whoever waits for a page, after each contract.
BREATH = 0.1


@click.command("refresh")
@click.option("--all", "all_", is_flag=True, help="全部重算，不只过期的。")
@click.option("--check", is_flag=True, help="只核对：从头重算并与现有快照比较，不写入。")
@as_json
@refusals
def refresh(*, all_: bool, check: bool, json_: bool) -> None:
    """更新列表用的快照；快照只是副本，丢了也不影响任何结论。"""
    with_django()
    if check:
        _check(json_=json_)
        return
    from lvyue.obligations.actions import refreshing

    keep_calendar()
    done = refreshing.refresh_all() if all_ else refreshing.refresh_stale()
    if json_:
        say({"refreshed": done})
    else:
        click.echo(f"更新了 {done} 份合同的快照。")


def _check(*, json_: bool) -> None:
    """Exit status 1 where anything differs: a script should notice."""
    from lvyue.contracts.queries import contracts
    from lvyue.obligations.actions import refreshing

    ids = contracts().values_list("pk", flat=True)
    wrong = {contract_id: told for contract_id in ids if (told := refreshing.check(contract_id))}
    if json_:
        say({"wrong": {contract_id: [*told] for contract_id, told in wrong.items()}})
    else:
        for contract_id, told in wrong.items():
            click.echo(f"{contract_id}：{'、'.join(told)}")
        click.echo(f"核对 {len(ids)} 份，{len(wrong)} 份不同。")
    if wrong:
        raise SystemExit(1)


def keep_fresh() -> threading.Thread:
    """Begin to refresh what is stale, now and whenever a minute has passed, until the process ends. Django must be set up."""
    thread = threading.Thread(target=_refresh_for_ever, name="refreshing", daemon=True)
    thread.start()
    return thread


def _refresh_for_ever() -> None:
    from django.db import connection

    pause = threading.Event()
    while True:
        refresh_once(pause)
        connection.close()
        pause.wait(LOOK)


def refresh_once(pause: threading.Event) -> None:
    """One look: everything that is stale, with a breath after each. A database that is away is told, and tried again later."""
    from lvyue.obligations.actions.refreshing import refreshed

    try:
        keep_calendar()
        for _ in refreshed():
            pause.wait(BREATH)
    except Exception:
        log.exception("快照没有全部更新，稍后再试")


def keep_calendar() -> None:
    """Keep the calendar that pages reckon with, so that the address of what they show can be followed after the next notice."""
    from lvyue.contracts.actions import register_calendar
    from lvyue.obligations.queries import calendar

    register_calendar(calendar(), by="系统")
