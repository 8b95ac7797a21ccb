"""提醒: whoever must be told now is told, from a terminal; or only said who would be, and what was told with its receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django
from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import parse_at


@click.command("remind")
@click.option("--dry-run", is_flag=True, help="只说会告诉谁，不写入，也不发出。")
@click.option("--as-of", help="当作这一刻，例如 2026-03-02T09:00:00+08:00；只能与 --dry-run 同用。")
@click.option("--receipts", metavar="合同", help="列出这份合同已告知的每一步和回执。")
@as_json
@refusals
def remind(*, dry_run: bool, as_of: str | None, receipts: str | None, json_: bool) -> None:
    """提醒：到期之前、最后一天、逾期和升级，该告诉谁就告诉谁，一次。"""
    now = _moment(as_of) if as_of else None
    if now is not None and not dry_run:
        refuse(["--as-of 只能与 --dry-run 同用：没有发生的时刻不能真的提醒。"])
    with_django()
    if receipts:
        _receipts(receipts, json_=json_)
        return
    from lvyue.obligations.actions import reminding

    run = reminding.remind(now, dry=dry_run)
    told = [_told(one) for one in run.sent]
    if json_:
        say({"sent": told, "looked_at": run.looked_at, "waiting": run.waiting, "dry_run": dry_run})
        return
    for one in told:
        people = "、".join(one["people"]) or "（没有人可以提醒）"
        click.echo(
            f"{one['contract']}  {one['side']}  {one['stage']}  {one['subject']}  → {people}"
        )
    done = "将告知" if dry_run else "告知"
    click.echo(f"看了 {run.looked_at} 项，{done} {len(told)} 次，{run.waiting} 份合同待更新。")


def _told(one: Any) -> dict[str, Any]:
    return {
        "contract": one.entry.contract_id,
        "term": one.entry.term,
        "occurrence": one.entry.occurrence,
        "side": one.side.zh,
        "stage": one.step.stage.zh,
        "at": one.step.at.isoformat(),
        "subject": one.told.subject,
        "people": [person.username for person in one.people],
    }


def _receipts(contract_id: str, *, json_: bool) -> None:
    from lvyue.accounts.permissions import Seat
    from lvyue.contracts.queries import contracts
    from lvyue.obligations.ladder import sent_of

    if not contracts().filter(pk=contract_id).exists():
        refuse([f"登记簿里没有编号为“{contract_id}”的合同。请核对编号。"])
    rows = sent_of(Seat("", "", contract_id, frozenset()), at_once=1000)[::-1]
    if json_:
        say(
            [
                {
                    "sent_at": one.sent_at.isoformat(),
                    "side": one.side,
                    "stage": one.stage,
                    "subject": one.subject,
                    "people": [
                        {
                            "username": person.username,
                            "read_at": person.read_at.isoformat() if person.read_at else None,
                            "ways": list(person.ways),
                        }
                        for person in one.people
                    ],
                }
                for one in rows
            ]
        )
        return
    for one in rows:
        click.echo(
            f"{one.sent_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {one.side}  {one.stage}  {one.subject}"
        )
        for person in one.people:
            read = (
                f"{person.read_at.astimezone(SHANGHAI):%m-%d %H:%M} 已读"
                if person.read_at
                else "未读"
            )
            click.echo(
                f"    {person.username}  站内已送达，{read}"
                + "".join(f"；{way}" for way in person.ways)
            )


def _moment(text: str) -> datetime:
    at = parse_at(text)
    if not isinstance(at, datetime):
        refuse([f"“{text[:40]}”不是带时区的时刻，请写成 2026-03-02T09:00:00+08:00 的样子。"])
    return at
