"""作业: the queue from a terminal: what waits, runs and failed, and what can be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click

from lvyue.cli.answers import as_json, refusals, say, with_django

STATES = ("waiting", "running", "retrying", "dead", "dropped", "done")

by_whom = click.option("--by", default="", help="谁办理的，写入留痕。")
reason_of = click.option("--reason", required=True, help="理由，写入留痕。")


@click.group("jobs")
def jobs() -> None:
    """作业：后台的队列和计划。办作业的命令是 lvyue work。"""


@jobs.command("list")
@click.option("--state", type=click.Choice(STATES), help="只看这个状态的。")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@as_json
@refusals
def list_command(*, state: str | None, limit: int, json_: bool) -> None:
    """作业，最近的在前。"""
    with_django()
    from lvyue.jobs import queries
    from lvyue.jobs.choices import JobState

    found = queries.jobs(JobState(state) if state else None, at_once=limit).jobs
    if json_:
        say([_job(one) for one in found])
        return
    for one in found:
        tried = f"第{one.attempt}次" if one.attempt else ""
        click.echo(f"{one.id}  {one.state.label}  {one.title}  {tried}  {one.trouble}".rstrip())
    told = "，".join(f"{each.label} {number}" for each, number in queries.counts().items())
    click.echo(f"共：{told}。")


@jobs.command("retry")
@click.argument("job", type=click.UUID)
@reason_of
@by_whom
@refusals
def retry_command(*, job: UUID, reason: str, by: str) -> None:
    """再试：失败或已放弃的作业放回队列。"""
    with_django()
    from lvyue.jobs.actions.deciding import retry

    retry(job, by=_here(by), reason=reason)
    click.echo("已放回队列。")


@jobs.command("drop")
@click.argument("job", type=click.UUID)
@reason_of
@by_whom
@refusals
def drop_command(*, job: UUID, reason: str, by: str) -> None:
    """放弃：不再自动办理。"""
    with_django()
    from lvyue.jobs.actions.deciding import drop

    drop(job, by=_here(by), reason=reason)
    click.echo("已放弃。")


@jobs.command("schedules")
@as_json
@refusals
def schedules_command(*, json_: bool) -> None:
    """计划：上次和下次。"""
    with_django()
    from lvyue import clock
    from lvyue.jobs import queries

    found = queries.planned(clock.now())
    if json_:
        say([_schedule(one) for one in found])
        return
    for one in found:
        due = f"{one.next_due:%Y-%m-%d %H:%M}" if one.next_due else "没有下次"
        click.echo(f"{due}  {one.schedule.name:<24} {one.schedule.zh}（{one.schedule.says}）")


@jobs.command("run")
@click.argument("schedule")
@reason_of
@by_whom
@refusals
def run_command(*, schedule: str, reason: str, by: str) -> None:
    """现在执行一项计划，不等到下次。"""
    with_django()
    from lvyue.jobs.actions.deciding import run_schedule

    queued = run_schedule(schedule, by=_here(by), reason=reason)
    click.echo("已排队。" if queued else "它已经在排队，不必再排。")


@jobs.command("workers")
@as_json
@refusals
def workers_command(*, json_: bool) -> None:
    """现在办作业的进程；一个也没有时，退出状态是 1。"""
    with_django()
    from lvyue import clock
    from lvyue.jobs import queries

    found = list(queries.workers(clock.now()))
    if json_:
        say([{"id": one.pk, "queues": one.queues, "since": one.since.isoformat()} for one in found])
    else:
        for one in found:
            click.echo(f"{one.pk}  {one.queues}  {one.since:%Y-%m-%d %H:%M}")
    if not found:
        click.echo("现在没有作业进程。请启动服务，或运行 lvyue work。", err=True)
        raise SystemExit(1)


def _here(by: str) -> str:
    return f"命令行：{by}" if by else "命令行"


def _job(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "title": one.title,
        "queue": one.queue,
        "state": one.state.value,
        "queued_at": one.queued_at.isoformat(),
        "attempt": one.attempt,
        "attempts": one.attempts,
        "trouble": one.trouble,
        "place": one.place,
    }


def _schedule(one: Any) -> dict[str, Any]:
    return {
        "name": one.schedule.name,
        "zh": one.schedule.zh,
        "says": one.schedule.says,
        "last_due": one.last_due.isoformat() if one.last_due else None,
        "next_due": one.next_due.isoformat() if one.next_due else None,
    }
