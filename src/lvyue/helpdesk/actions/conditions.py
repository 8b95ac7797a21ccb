"""办理的条件: what else a contract asks of opening a ticket and of its steps, beyond the rights and the table of states.

Each answers with everything that stands against it, in words that name the clause. They are asked inside the action, whichever
door somebody came by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from lvyue.accounts import queries as accounts
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.core.calendar import day_of, moment_of
from lvyue.core.doubts import Doubt, malformed
from lvyue.core.release import Role
from lvyue.core.terms import Party
from lvyue.core.tickets import WAYS_TO_TELL, TicketKind, told_by
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.names import plain
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.obligations.ground import case_of

#: A step never lies before these others: approval goes before execution.
_AFTER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "instruction": {"work": ("approve",), "restore": ("approve", "work")},
    "change": {"work": ("approve",), "restore": ("work",)},
    "demand": {"approve": ("write",), "close": ("approve",)},
}

#: Steps that begin a work order which carries out somebody's order.
_BEGINS = frozenset({"answer", "work", "restore"})

#: Words of a guard room or a front desk: whoever sits there is nobody to tell (INC-02).
_DOORS = ("门卫", "保安", "前台", "传达室", "值班室", "收发室")

#: Words of an answer that is none in writing (SD-10).
_SPOKEN = ("电话", "口头", "来电", "口述")

#: What a person writes who means the buyer without naming it.
_THE_BUYER = frozenset({"甲方", "采购人", "采购单位", "买方", "本单位"})


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────


def wrong_to_open(
    contract_id: str,
    kind: TicketKind,
    values: Mapping[str, str],
    *,
    by: Seat | None,
    at: datetime,
    evidence: Sequence[str] = (),
) -> Iterator[Doubt]:
    """What stands against opening such a ticket; ``by`` None: a program opens it."""
    if kind.name == "instruction":
        yield from _not_in_the_buyers_name(contract_id, values.get("giver", ""), by, at)
    elif kind.name == "reply":
        yield from _asks_for_a_reply(values, by, evidence)


def _not_in_the_buyers_name(
    contract_id: str, giver: str, by: Seat | None, at: datetime
) -> Iterator[Doubt]:
    """Nobody but the buyer's lead writes an order down as the buyer's (S0 7.2.20, SD-08)."""
    if by is not None and ContractRole.BUYER in by.roles:
        return
    parties = case_of(contract_id, day_of(at)).release.parties
    names = {plain(one.name) for one in parties if one.role is Role.BUYER}
    said = plain(giver)
    if said in {*names, *_THE_BUYER}:
        mend = "甲方的指令由甲方项目负责人自己登记；别的单位或部门提出的，请写实际提出的单位。"
        yield malformed("谁的要求", f"“{giver}”是甲方，您不能替甲方登记指令。", mend)


def _asks_for_a_reply(
    values: Mapping[str, str], by: Seat | None, evidence: Sequence[str]
) -> Iterator[Doubt]:
    """A letter that asks for no reply starts no clock, and a clock starts with a signature for the letter (OBL-04)."""
    if values.get("asks") != "true":
        mend = "请作为普通函件送达；要求答复的，函件里要写明。"
        yield malformed("要求答复", "函件没有要求答复，不起算答复期限，不在这里登记。", mend)
    if (by is None or by.side is not Party.BUYER) and not evidence:
        mend = "请附有甲方签收的文件，或由甲方登记收到。"
        yield malformed("签收", "没有甲方签收的凭据，答复期限从签收起算。", mend)


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────


def wrong_to_take(
    ticket: Ticket,
    name: str,
    *,
    at: datetime,
    papers: Mapping[str, str],
    data: Mapping[str, object],
    history: Sequence[TicketEvent],
) -> Iterator[Doubt]:
    """What stands against a step of a ticket though its table and the person's rights allow it."""
    yield from _in_order(ticket, name, at, history)
    if ticket.kind == "incident" and name == "close":
        yield from _cause_known(ticket, history)
    elif ticket.kind == "work_order" and name in _BEGINS:
        yield from _waits_for_approval(ticket, at)
    elif ticket.kind == "reply" and name == "answer":
        yield from _in_writing(papers, data)
    elif ticket.kind == "defect" and name == "tell":
        yield from _told_somehow(papers)
    elif ticket.kind == "demand" and name == "tell":
        yield from _told_somebody(ticket, papers)
    elif ticket.kind == "demand" and name == "close":
        yield from _no_wider(ticket, data, history)


def _in_order(
    ticket: Ticket, name: str, at: datetime, history: Sequence[TicketEvent]
) -> Iterator[Doubt]:
    """An approval dated after the execution approves nothing that was executed."""
    for earlier in _AFTER.get(ticket.kind, {}).get(name, ()):
        done = [one for one in history if one.name == earlier]
        if done and _second(at) < _second(done[-1].at):
            zh, other = ticket.the_kind.step_zh(name), ticket.the_kind.step_zh(earlier)
            says = f"“{zh}”的时间早于“{other}” {moment_of(done[-1].at):%Y-%m-%d %H:%M:%S}。"
            mend = "先批准，后执行；已经先做了的，请如实说明，由甲方处理。"
            yield malformed("发生时间", says, mend)


def _second(at: datetime) -> datetime:
    return moment_of(at).replace(microsecond=0)


def _cause_known(ticket: Ticket, history: Sequence[TicketEvent]) -> Iterator[Doubt]:
    """A fault ends with its cause; where nobody found one, with a problem that goes on looking for it (F3)."""
    said = [str(one.data.get("cause", "")) for one in history if one.name == "diagnose"]
    cause = next((one for one in reversed(said) if one), "")
    if not cause:
        mend = "请先在“记一笔”里写“查明原因”，选原因，再了结。"
        yield malformed("原因", "还没有查明原因。", mend)
    elif cause == "unknown" and not ticket.children.filter(kind="problem").exists():
        mend = f"请另开一张“问题”工单接着查，上级工单写 {ticket.name}，再了结。"
        yield malformed("原因", "写的是没有查明，也没有人接着查。", mend)


def _waits_for_approval(ticket: Ticket, at: datetime) -> Iterator[Doubt]:
    """A work order that carries out somebody's order waits for the buyer's approval of it (SD-08)."""
    parent = ticket.parent
    if parent is None or parent.kind != "instruction":
        return
    approved = [one for one in events_of(parent) if one.name == "approve"]
    if not approved:
        says = f"所执行的指令 {parent.name} 现在是“{parent.state_zh}”，甲方还没有书面批准。"
        mend = "请等甲方项目负责人批准之后再办（运维合同文本 7.2.20）。"
        yield malformed(ticket.name, says, mend)
    elif _second(at) < _second(approved[-1].at):
        says = f"早于甲方批准 {moment_of(approved[-1].at):%Y-%m-%d %H:%M:%S}。"
        yield malformed("发生时间", says, "先批准，后执行；请核对时间。")


def _in_writing(papers: Mapping[str, str], data: Mapping[str, object]) -> Iterator[Doubt]:
    """A reply by telephone is no written reply (SD-10)."""
    paper = papers.get("答复文书", "")
    spoken = any(paper.startswith(word) for word in _SPOKEN)
    if spoken or data.get("channel") in ("phone", "oral"):
        mend = "请写明书面答复的文号，并送达乙方。"
        yield malformed("答复文书", "电话或口头答复不是书面答复。", mend)


def _told_somehow(papers: Mapping[str, str]) -> Iterator[Doubt]:
    """A remark in an inspection sheet tells nobody (SD-07): it has to say by which way the buyer was told."""
    if not told_by({"联系方式": papers.get("联系方式", "")}):
        known = "、".join(dict.fromkeys(WAYS_TO_TELL))
        says = f"“{papers.get('联系方式', '')[:40]}”看不出是怎样联系的；写在巡检备注里不算联系。"
        yield malformed("联系方式", says, f"请写明其中一种：{known}。")


def _told_somebody(ticket: Ticket, papers: Mapping[str, str]) -> Iterator[Doubt]:
    """Who is told of a demand is the buyer's lead by name, and not whoever sits at the door (INC-02)."""
    told = papers.get("告知了谁", "")
    if not told:
        return
    held = accounts.appointments(ticket.contract_id).filter(role=ContractRole.BUYER)
    names = {row.account.name for row in held} | {row.account.username for row in held}
    at_the_door = any(word in told for word in _DOORS)
    if at_the_door or not any(plain(name) in plain(told) for name in names if plain(name)):
        mend = f"请告知甲方项目负责人：{'、'.join(sorted(row.account.name for row in held)) or '尚未任命'}。"
        yield malformed("告知了谁", f"“{told[:40]}”不是甲方项目负责人，不算告知甲方。", mend)


def items_of(text: str) -> tuple[str, ...]:
    """What a demand asks for, item by item: separated by stops, semicolons or lines."""
    for one in "；;，,\n":
        text = text.replace(one, "、")
    return tuple(item.strip() for item in text.split("、") if item.strip())


def _no_wider(
    ticket: Ticket, data: Mapping[str, object], history: Sequence[TicketEvent]
) -> Iterator[Doubt]:
    """No more is given than was demanded, and nothing where the buyer has not consented (INC-02, INC-03)."""
    given = items_of(str(data.get("given", "")))
    if given and not any(one.name == "approve" for one in history):
        yield malformed("已提供", "甲方没有书面同意，什么也不能提供。", "请写明没有提供。")
    demanded = {plain(one) for one in items_of(str(ticket.values.get("items", "")))}
    wider = [one for one in given if plain(one) not in demanded]
    if wider:
        says = f"{'、'.join(wider)} 不在要求的范围里。"
        yield malformed("已提供", says, "只提供有权机关要求的内容；要求变了的，请另登记一件。")
