"""走一步: the steps of a ticket's life, and the marks that are no steps: assigning, arriving, testing, noting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.tickets import FAULT_CAUSES, MARKS, NEEDS_A_REASON, SCORES
from lvyue.helpdesk.actions.conditions import wrong_to_take
from lvyue.helpdesk.actions.waiting import go_on_after
from lvyue.helpdesk.actions.writing import By, Entry, Machine, hold, require, write
from lvyue.helpdesk.choices import Audience
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.models.tickets import SHORT
from lvyue.helpdesk.queries.channels import unverified
from lvyue.helpdesk.queries.rules import may_take, role_of
from lvyue.helpdesk.queries.tickets import events_of, is_paused, restored_by
from lvyue.notices.texts import one_line

#: Marks that anybody may make who may open tickets; all others are those of whoever works on them.
_ANYBODYS = frozenset({"note", "message", "remind"})
#: Marks that the buyer's side makes.
_USERS = frozenset({"rate", "witness"})
#: Steps and marks by which somebody has laid hands on a system.
_OPERATES = frozenset({"work", "restore", "work_around", "fit", "test"})
#: Marks with actions of their own.
_ELSEWHERE = frozenset(
    {
        *("pause_asked", "pause_refused", "attribute", "contest", "accept_cause"),
        *("take_in", "split", "move", "auto_answer", "fit", "extra", "verify"),
        *("check", "review", "claim_loss", "accept_loss", "contest_loss"),
        *("remote_asked", "remote_allowed", "remote_denied", "remote_opened", "remote_ended"),
    }
)


@dataclass(frozen=True, slots=True)
class StepTaken:
    """要走的一步: its name, when, what was said, the papers that its table asks for, and files."""

    name: str
    at: datetime | None = None
    said: str = ""
    papers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@transaction.atomic
def take_step(
    contract_id: str, number: int, taken: StepTaken, *, by: Seat, seen: int | None = None
) -> Ticket:
    """走一步: refused by right, by state, by who did what before, and by what is missing; all of it at once where it can be."""
    ticket = hold(contract_id, number, seen)
    history = list(events_of(ticket))
    require(may_take(ticket, taken.name, by, restored_by(history)), ticket.name)
    step = next(one for one in ticket.life.steps if one.name == taken.name)
    if taken.name in ("pause", "merge"):
        says = f"“{step.zh}”要写明更多。"
        raise Refused([malformed(ticket.name, says, f"请从“{step.zh}”的表单办理。")])
    _refuse_unverified(ticket, taken.name)
    papers = {name: text.strip() for name, text in taken.papers.items() if text.strip()}
    if "理由" in step.needs and taken.said.strip():
        papers.setdefault("理由", taken.said.strip())
    answer = ticket.life.take(ticket.state, taken.name, role=role_of(by, step), papers=[*papers])
    doubts = [answer] if isinstance(answer, Doubt) else []
    doubts += wrong_to_take(
        ticket,
        taken.name,
        at=taken.at or clock.now(),
        papers=papers,
        data=taken.data,
        history=history,
    )
    if isinstance(answer, Doubt) or doubts:
        raise Refused(doubts)
    data: dict[str, Any] = dict(taken.data) | {"papers": papers}
    if "paper" in {spec.name for spec in ticket.the_kind.fields} and papers:
        data.setdefault("paper", next(iter(papers.values())))
    data |= _reopening(ticket, taken.name, history)
    if taken.name in ("restore", "withdraw") and is_paused(history):
        data["resumes"] = True
    if taken.name == "answer" and not ticket.assignee:
        ticket.assignee, ticket.assignee_name = by.username, by.name
    entry = Entry(taken.name, taken.at, taken.said, data, taken.evidence)
    written = write(ticket, entry, by=by, state=answer, past=[one.happening for one in history])
    if ticket.kind == "reply" and taken.name in ("answer", "withdraw"):
        go_on_after(ticket, written)
    return ticket


def _reopening(ticket: Ticket, name: str, history: list[TicketEvent]) -> dict[str, str]:
    """Before the user's confirmation the restoration never held; after it a new round begins with clocks of its own."""
    if name != "reopen":
        return {}
    if ticket.state == "restored" or not any(one.name == "confirm" for one in history):
        return {"round": "same"}
    ticket.round += 1
    return {"round": "new"}


@transaction.atomic
def make_mark(
    contract_id: str, number: int, entry: Entry, *, by: By, seen: int | None = None
) -> TicketEvent:
    """记一笔: something that happened without changing the state. Notes may be for one's own side alone."""
    ticket = hold(contract_id, number, seen)
    if entry.name not in MARKS or entry.name in _ELSEWHERE:
        known = "、".join(zh for name, zh in MARKS.items() if name not in _ELSEWHERE)
        raise Refused([malformed("事项", f"没有“{entry.name[:40]}”这一项。", f"可选：{known}。")])
    if isinstance(by, Machine):
        return write(ticket, entry, by=by)
    right = Right.TICKET_WORK
    if entry.name in _ANYBODYS:
        right = Right.TICKET_OPEN
    elif entry.name in _USERS:
        right = Right.TICKET_CONFIRM
    require(may(by, right), ticket.name)
    if entry.name in ("note", "message") and not entry.said.strip():
        raise Refused([malformed(MARKS[entry.name], "没有写内容。", "请写明要记下什么。")])
    own = (
        Audience(by.side.value)
        if by.side is not None and by.side.value in Audience.values
        else None
    )
    if entry.audience not in (Audience.BOTH, own):
        raise Refused([malformed("谁能看", "只能留给双方或本方。", "请改选双方或本方。")])
    if (wrong := _wrong_data(ticket, entry)) is not None:
        raise Refused([wrong])
    _refuse_unverified(ticket, entry.name)
    if entry.name == "device":
        entry = _name_device(ticket, entry)
    if entry.name == "assign":
        _assign(ticket, str(entry.data.get("to", "")))
    if entry.name == "level":
        ticket.level = str(entry.data.get("level", ""))[:20]
        if not entry.said.strip():
            raise Refused([malformed("改级别", "没有写理由。", "级别改了什么、为什么，要写明。")])
    return write(ticket, entry, by=by)


def _wrong_data(ticket: Ticket, entry: Entry) -> Doubt | None:
    """What is wrong with what comes with a diagnosis or with a rating; None where nothing is."""
    if entry.name == "diagnose":
        cause = str(entry.data.get("cause", ""))
        if cause and cause not in FAULT_CAUSES:
            known = "、".join(f"{name} {zh}" for name, zh in FAULT_CAUSES.items())
            return malformed("原因", f"没有“{cause[:40]}”这一类。", f"可选：{known}。")
    if entry.name == "rate":
        score = str(entry.data.get("score", ""))
        if score not in SCORES:
            return malformed("评价", f"“{score[:20]}”不是评分。", "请选 1 至 5。")
        if score in NEEDS_A_REASON and not entry.said.strip():
            return malformed("评价", "没有写理由。", f"评“{SCORES[score]}”的，请写一句为什么。")
        if ticket.done_at is None:
            return malformed("评价", "还没有办完。", "办完之后再评价。")
    return None


def _name_device(ticket: Ticket, entry: Entry) -> Entry:
    """写明设备: which device a ticket is about, said later than when it was opened or put right with a reason (F2, F3).

    A fault of a device counts among the repairs of its month from then on; what stood there before stays in the history.
    """
    device = one_line(str(entry.data.get("device", "")), SHORT + 1)
    doubts = []
    if "device" not in {one.name for one in ticket.the_kind.fields}:
        says = f"“{ticket.the_kind.zh}”没有设备这一栏。"
        doubts.append(malformed(ticket.name, says, "只有写设备的种类才写明设备。"))
    elif not 0 < len(device) <= SHORT:
        says = f"超过 {SHORT} 个字。" if device else "没有写。"
        doubts.append(malformed("设备", says, "请写设备的名称或编号，和台账上的一样。"))
    elif device == ticket.device:
        doubts.append(malformed("设备", f"已经是“{device}”。", "没有变的不用再写。"))
    elif ticket.device and not entry.said.strip():
        says = f"原来写的是“{ticket.device}”，没有写为什么改。"
        doubts.append(malformed("理由", says, "改设备要写明原来为什么写错。"))
    if doubts:
        raise Refused(doubts)
    before = {"before": ticket.device} if ticket.device else {}
    ticket.device = device
    return replace(entry, data={"device": device, **before})


def _refuse_unverified(ticket: Ticket, name: str) -> None:
    """Nobody does what somebody on the telephone asked for before it is known who asked (Z12)."""
    call = unverified(ticket) if name in _OPERATES else None
    if call is not None:
        says = f"有人来电要求“{call.operation}”，来电号码不是合同登记的，还没有核实是谁。"
        mend = "请先回拨合同登记的号码，或用别的办法核实来电人身份，再动手。"
        raise Refused([malformed(ticket.name, says, mend)])


def _assign(ticket: Ticket, username: str) -> None:
    person = accounts.account(username)
    if person is None or not person.is_active:
        raise Refused([malformed("经办人", f"没有“{username[:40]}”这个账号。", "请从名单里选。")])
    seat = accounts.seat_of(person, ticket.contract_id)
    if not may(seat, Right.TICKET_WORK):
        says = f"{person.name}在这份合同上不能处理工单。"
        raise Refused([malformed("经办人", says, "请选乙方的经办人员，或先任命。")])
    ticket.assignee, ticket.assignee_name = person.username, person.name


def for_own_side(entry: Entry, seat: Seat) -> Entry:
    """The same mark for one's own side only; who is on no side writes for both."""
    side = seat.side
    if side is None or side.value not in Audience.values:
        return entry
    return replace(entry, audience=Audience(side.value))
