"""读完排队的文件: a worker of its own, for who runs several or wants them apart from the process that serves."""

from __future__ import annotations

import time

import click

from lvyue.cli.answers import as_json, refusals, say, with_django

#: So many seconds lie between two looks into the queue.
LOOK = 2.0


@click.command("read-queue")
@click.option("--once", is_flag=True, help="读完现在排队的就结束。")
@as_json
@refusals
def read_queue(*, once: bool, json_: bool) -> None:
    """读页面上传、正在排队的合同文件；可以同时开几个，谁也不会读到同一份。"""
    with_django()
    from django.db import connection

    from lvyue.readings.actions.jobs import read_waiting

    done = read_waiting()
    while not once:
        connection.close()
        time.sleep(LOOK)
        done += read_waiting()
    if json_:
        say({"read": done})
    else:
        click.echo(f"处理了 {done} 个文件。")
