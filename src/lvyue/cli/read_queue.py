"""读完排队的文件: the name under which `lvyue work --queue reading` was known before there were other jobs."""

from __future__ import annotations

import click

from lvyue.cli.answers import as_json, refusals
from lvyue.cli.work import work

#: The queue of what takes long.
QUEUE = "reading"


@click.command("read-queue")
@click.option("--once", is_flag=True, help="读完现在排队的就结束。")
@as_json
@refusals
@click.pass_context
def read_queue(context: click.Context, *, once: bool, json_: bool) -> None:
    """读页面上传、正在排队的合同文件；同 lvyue work --queue reading。"""
    context.invoke(work, queues=(QUEUE,), once=once, json_=json_)
