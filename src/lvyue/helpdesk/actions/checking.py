"""勾选步骤: a list of steps is laid on a ticket and ticked off, each step by whoever did it and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused, malformed
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.checklists import Checklist, checklists
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.notices.texts import one_line

#: The most steps of a list, and the longest of them in characters.
MOST, LONGEST = 60, 300


def lines_of(items: Sequence[str]) -> tuple[str, ...]:
    """Steps as they are kept: one line each, empty ones left out."""
    return tuple(text for one in items if (text := one_line(one)))


def wrong_steps(items: Sequence[str], place: str) -> list[str]:
    """What is wrong with the steps of a list, in words."""
    wrong = []
    if len(items) > MOST:
        wrong.append(f"{place}有 {len(items)} 步，最多 {MOST} 步。")
    wrong += [
        f"“{one[:20]}…”有 {len(one)} 个字，最多 {LONGEST} 个。"
        for one in items
        if len(one) > LONGEST
    ]
    return wrong


@transaction.atomic
def lay_checklist(
    contract_id: str, number: int, title: str, items: Sequence[str], *, by: Seat
) -> TicketEvent:
    """列出步骤: a list of one's own. ``Refused`` where it is empty, too long, or the ticket is over."""
    ticket = hold(contract_id, number)
    return lay(ticket, title, items, (), by=by)


def lay(
    ticket: Ticket,
    title: str,
    items: Sequence[str],
    tests: Sequence[str],
    *,
    by: Seat,
    article: int | None = None,
    version: int | None = None,
) -> TicketEvent:
    """The list on a ticket that is held: steps, then tests; of which article and version, where it is from one."""
    require(may(by, Right.TICKET_WORK), ticket.name)
    steps, after = lines_of(items), lines_of(tests)
    doubts = [
        malformed("步骤", says, "请分成几张清单，或写短一些。")
        for says in wrong_steps((*steps, *after), "清单")
    ]
    if not steps and not after:
        doubts.append(malformed("步骤", "没有写。", "一行写一步。"))
    if ticket.is_over:
        says = f"{ticket.name} 已经{ticket.state_zh}。"
        doubts.append(malformed(ticket.name, says, "清单只列在还没有了结的工单上。"))
    if doubts:
        raise Refused(doubts)
    name = one_line(title)[:80] or "步骤"
    data: dict[str, Any] = {"list": [*steps], "tests": [*after], "title": name}
    if article is not None:
        data |= {"article": article, "version": version}
    said = f"列出“{name}”：{len(steps)} 步{f'，{len(after)} 项测试' if after else ''}"
    return write(ticket, Entry("check", said=said, data=data), by=by)


@transaction.atomic
def tick(
    contract_id: str,
    number: int,
    index: int,
    place: int,
    *,
    done: bool = True,
    said: str = "",
    by: Seat,
) -> Checklist:
    """勾选一步, or take the tick back. ``index`` is the happening that laid the list, ``place`` the step's place in it, from 0.

    ``Refused`` where there is no such step, or where it stands so already.
    """
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_WORK), ticket.name)
    history = list(events_of(ticket))
    found = next((one for one in checklists(history) if one.index == index), None)
    if found is None or not 0 <= place < len(found.items):
        raise Refused([malformed("步骤", "没有这一步。", "请刷新后再勾。")])
    item = found.items[place]
    if (item.done_at is not None) is done:
        says = f"“{item.text}”已经{'勾过' if done else '没有勾'}。"
        raise Refused([malformed("步骤", says, "请刷新后再看。")])
    if ticket.is_over:
        says = f"{ticket.name} 已经{ticket.state_zh}。"
        raise Refused([malformed(ticket.name, says, "了结之后不再勾选。")])
    word = "做完" if done else "取消勾选"
    note = one_line(said)
    entry = Entry(
        "check",
        said=f"{word}：{item.text}{f'（{note}）' if note else ''}",
        data={"of": index, "place": place, "done": done},
    )
    write(ticket, entry, by=by, past=[one.happening for one in history])
    return next(one for one in checklists(events_of(ticket)) if one.index == index)
