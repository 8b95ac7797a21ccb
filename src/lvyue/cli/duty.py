"""值守 from a terminal: who is there now, days with their gaps, hours for pay, and the daily log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django
from lvyue.cli.contract import _seat as seat_on  # the one way in which a command takes a seat
from lvyue.cli.contract import as_whom
from lvyue.core.calendar import moment_of

C = TypeVar("C", bound=Callable[..., Any])

#: The longest stretch of days that is told at once.
LONGEST = 366

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def _days(command: C) -> C:
    command = click.option(
        "--last", type=_DAY, help="最后一天；不填是第一天起 31 天，工时是上个月。"
    )(command)
    return click.option(
        "--first", type=_DAY, help="第一天；不填是今天，日志是 30 天前，工时是上个月。"
    )(command)


def _span(first: datetime | None, last: datetime | None, today: date) -> tuple[date, date]:
    begins = first.date() if first else today
    ends = last.date() if last else begins + timedelta(days=30)
    if not begins <= ends <= begins + timedelta(days=LONGEST):
        refuse([f"{begins} 至 {ends} 不是 1 至 {LONGEST} 天。请缩短，或核对先后。"])
    return begins, ends


def _paid(first: datetime | None, last: datetime | None, today: date) -> tuple[date, date]:
    """As the page has it: last month, unless somebody says otherwise; from the first of the month of a day that is named."""
    if first is not None:
        return _span(first, last, today)
    ends = last.date() if last else today.replace(day=1) - timedelta(days=1)
    return ends.replace(day=1), ends


@click.group("duty")
def duty() -> None:
    """值守：现在谁在、逐日的班和空档、工时、日志。"""


@duty.command("now")
@click.argument("contract")
@as_whom
@as_json
@refusals
def now_command(*, contract: str, whom: str, json_: bool) -> None:
    """现在谁值守，没有人接时找谁；没有人值守，退出状态为 1。"""
    with_django()
    from lvyue import clock
    from lvyue.helpdesk.queries.duty import on_duty

    seat = seat_on(contract, whom, "duty now")
    there = on_duty(seat.contract_id, clock.now())
    if json_:
        turns = [
            {"shift": one.shift.name, "until": one.ends.isoformat(), "people": [*one.people]}
            for one in there.turns
        ]
        levels = [{"after": one.after, "people": [*one.people]} for one in there.levels]
        say({"people": [*there.people], "turns": turns, "levels": levels})
    else:
        for turn in there.turns:
            names = "、".join(there.names.get(one, one) for one in turn.people) or "没有人"
            click.echo(f"{turn.shift.name} 至 {turn.ends:%H:%M}：{names}")
        if there.is_empty:
            click.echo("现在没有人值守。")
        for level in there.levels:
            names = "、".join(there.names.get(one, one) for one in level.people)
            click.echo(f"没有人接，{level.after} 分钟后找：{names}")
    if there.is_empty:
        raise SystemExit(1)


@duty.command("days")
@click.argument("contract")
@_days
@as_whom
@as_json
@refusals
def days_command(
    *, contract: str, first: datetime | None, last: datetime | None, whom: str, json_: bool
) -> None:
    """逐日的班、空档和日志的状况；换班之间的空档也算。"""
    with_django()
    from lvyue import clock
    from lvyue.helpdesk.queries.duty import duty_days, people_named

    seat = seat_on(contract, whom, "duty days")
    found = duty_days(seat.contract_id, *_span(first, last, clock.today()), clock.today())
    if json_:
        rows = [
            {
                "day": one.day.isoformat(),
                "kind": one.kind.value,
                "turns": [
                    {"shift": turn.shift.name, "people": [*turn.people]} for turn in one.turns
                ],
                "gaps": [
                    {
                        "begins": gap.begins.isoformat(),
                        "ends": gap.ends.isoformat(),
                        "because": gap.because,
                    }
                    for gap in one.gaps
                ],
                "missed_calls": len(one.missed),
                "log": one.log_state,
            }
            for one in found
        ]
        say(rows)
        return
    names = people_named(turn for one in found for turn in one.turns)
    for one in found:
        turns = "；".join(
            f"{turn.shift.name} {'、'.join(names.get(p, p) for p in turn.people) or '没有人'}"
            for turn in one.turns
        )
        click.echo(f"{one.day} {one.kind.chinese}  {turns}  {one.log_state}".rstrip())
        for gap in one.gaps:
            click.echo(f"  空档 {gap.begins:%H:%M}–{gap.ends:%H:%M}：{gap.because}")


@duty.command("hours")
@click.argument("contract")
@_days
@as_whom
@as_json
@refusals
def hours_command(
    *, contract: str, first: datetime | None, last: datetime | None, whom: str, json_: bool
) -> None:
    """工时：按人、班别、日子性质；跨午夜的班按午夜分开。"""
    with_django()
    from lvyue import clock
    from lvyue.helpdesk.queries.duty import pay_hours

    seat = seat_on(contract, whom, "duty hours", "EXPORT")
    found = pay_hours(seat.contract_id, *_paid(first, last, clock.today()))
    if json_:
        rows = [
            {
                "person": one.person,
                "shift_class": one.shift_class.value,
                "kind": one.kind.value,
                "minutes": one.minutes,
            }
            for one in found
        ]
        say(rows)
        return
    for one in found:
        spent = f"{one.minutes // 60}:{one.minutes % 60:02d}"
        click.echo(f"{one.person} {one.shift_class.zh} {one.kind.chinese}：{spent}")
    if not found:
        click.echo("这些日子没有排班。")


@duty.command("log")
@click.argument("contract")
@_days
@click.option("--write", "text", help="写下这一天的日志；须用 --as 指明当天值班的人。")
@click.option("--day", type=_DAY, help="写哪一天的；不填是今天。")
@click.option("--repeats", is_flag=True, help="确实与前一天一字不差。")
@as_whom
@as_json
@refusals
def log_command(
    *,
    contract: str,
    first: datetime | None,
    last: datetime | None,
    text: str | None,
    day: datetime | None,
    repeats: bool,
    whom: str,
    json_: bool,
) -> None:
    """值守日志：看一段日子的，或写一天的；迟了几天就是迟了几天。"""
    with_django()
    from lvyue import clock
    from lvyue.helpdesk.actions.duty import file_duty_log
    from lvyue.helpdesk.queries.duty import duty_logs

    right = "SEE" if text is None else "TICKET_WORK"
    if text is not None and not whom:
        refuse(["请用 --as 指明谁记日志：由当天值班的人记。"])
    seat = seat_on(contract, whom, "duty log", right)
    if text is not None:
        on = day.date() if day else clock.today()
        found = [file_duty_log(seat.contract_id, on, text, repeats=repeats, by=seat)]
    else:
        today = clock.today()
        span = _span(
            first or datetime.combine(today - timedelta(days=30), datetime.min.time()), last, today
        )
        found = [*duty_logs(seat.contract_id, *span)]
    if json_:
        rows = [
            {
                "day": one.day.isoformat(),
                "late": one.late,
                "by": one.by_name,
                "filed_at": moment_of(one.filed_at).isoformat(),
                "text": one.text,
            }
            for one in found
        ]
        say(rows)
        return
    for one in found:
        late = f"（迟记 {one.late} 天）" if one.late else ""
        click.echo(f"{one.day}{late} {one.by_name}：{one.text}")
    if not found:
        click.echo("这些日子没有日志。")
