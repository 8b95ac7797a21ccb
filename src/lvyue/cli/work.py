"""办作业: a worker of its own, for who runs several, or wants them apart from the process that serves."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from lvyue.cli.answers import as_json, refusals, say, with_django


@click.command("work")
@click.option(
    "--queue", "queues", multiple=True, help="只办这个队列的作业；可以写几次。不写则全部。"
)
@click.option("--once", is_flag=True, help="办完现在到期的就结束。")
@as_json
@refusals
def work(*, queues: tuple[str, ...], once: bool, json_: bool) -> None:
    """办理后台作业；可以同时开几个，同一项作业不会有两个进程同时办。Ctrl-C 或 SIGTERM：办完手上的再停。"""
    with_django()
    if once:
        _once(queues, json_=json_)
    else:
        _until_stopped(queues)


def _once(queues: tuple[str, ...], *, json_: bool) -> None:
    from lvyue.jobs.actions.planning import keep_schedules
    from lvyue.jobs.actions.working import Queues, reap, work_off

    reap()
    keep_schedules()
    done = work_off(Queues(only=queues))
    if json_:
        say({"done": done})
    else:
        click.echo(f"办理了 {done} 项作业。")


def _until_stopped(queues: tuple[str, ...]) -> None:
    from lvyue.jobs.actions.working import Queues
    from lvyue.jobs.worker import LANES, Crew

    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopping.set()

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    crew = Crew([Queues(only=queues)] if queues else LANES)
    crew.start()
    click.echo("正在办理作业；Ctrl-C 停止。", err=True)
    stopping.wait()
    if not crew.stop():
        click.echo("手上的作业没有在限定时间内办完，留给别的进程。", err=True)
