"""挂起: a time that is taken out of a clock. The supplier asks with a reason, the buyer agrees or does not, and only then it counts.

A pause is a dated interval and not a status: it begins when it was asked for at the earliest, ends when work goes on, and a
deadline is always shown with and without it. Whose cause it was needs the other side's word (OBL-03).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import moment_of
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import PAUSE_REASONS, WORDS
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.tickets import events_of, waiting


@transaction.atomic
def ask_pause(
    contract_id: str,
    number: int,
    *,
    cause: str,
    said: str,
    clock_name: str = "",
    evidence: tuple[str, ...] = (),
    by: Seat,
    seen: int | None = None,
) -> Ticket:
    """申请挂起: with the cause and what it is about; ``clock_name`` for one clock alone. The clock runs on until the buyer agrees."""
    ticket = hold(contract_id, number, seen)
    require(may(by, Right.TICKET_WORK), ticket.name)
    if cause not in PAUSE_REASONS:
        known = "、".join(WORDS[one] for one in PAUSE_REASONS)
        raise Refused([malformed("事由", f"“{cause[:40]}”不在可选之中。", f"可选：{known}。")])
    if not said.strip():
        raise Refused(
            [malformed("说明", "没有写。", "请写明等什么、为什么不是乙方原因，最好附上凭据。")]
        )
    history = list(events_of(ticket))
    if waiting(history) is not None:
        raise Refused(
            [malformed(ticket.name, "已有一个挂起申请在等甲方答复。", "请等答复之后再申请。")]
        )
    if "pause" not in {step.name for step in ticket.life.open_steps(ticket.state)}:
        says = f"现在是“{ticket.state_zh}”，不能挂起。"
        raise Refused([malformed(ticket.name, says, "响应之后、恢复之前才可以申请挂起。")])
    data = {"cause": cause, "reason": WORDS[cause], "clock": clock_name}
    entry = Entry("pause_asked", said=said, data=data, evidence=evidence)
    write(ticket, entry, by=by, past=[one.happening for one in history])
    return ticket


@transaction.atomic
def answer_pause(
    contract_id: str,
    number: int,
    *,
    agree: bool,
    said: str = "",
    since: datetime | None = None,
    by: Seat,
    seen: int | None = None,
) -> Ticket:
    """同意挂起 or not: by the buyer. It counts from the moment that was asked for, or from a later one that the buyer names."""
    ticket = hold(contract_id, number, seen)
    require(may(by, Right.TICKET_APPROVE), ticket.name)
    history = list(events_of(ticket))
    asked = waiting(history)
    if asked is None:
        raise Refused([malformed(ticket.name, "没有等待答复的挂起申请。", "请先由乙方申请。")])
    past = [one.happening for one in history]
    if not agree:
        if not said.strip():
            raise Refused([malformed("理由", "没有写。", "不同意挂起要写明理由。")])
        write(
            ticket, Entry("pause_refused", said=said, data={"asked": asked.index}), by=by, past=past
        )
        return ticket
    begins = max(moment_of(asked.at), moment_of(since)) if since is not None else asked.at
    if begins > clock.now():
        raise Refused([malformed("从何时起", "还没有到。", "请写申请之后、现在以前的时刻。")])
    data = dict(asked.data) | {"asked": asked.index, "asked_by": asked.by, "consent": by.username}
    entry = Entry("pause", begins, said or asked.said, data, tuple(asked.evidence), proved=True)
    ended = next((s for s in ticket.life.open_steps(ticket.state) if s.name == "pause"), None)
    if ended is None:
        says = f"现在是“{ticket.state_zh}”，已经不能挂起。"
        raise Refused([malformed(ticket.name, says, "可以不同意这个申请，或另行认可归责。")])
    write(ticket, entry, by=by, state=ended.to, past=past)
    return ticket
