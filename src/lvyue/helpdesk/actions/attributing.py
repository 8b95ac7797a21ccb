"""归责: whose act or what event a fault or a delay is put down to. One side claims it with evidence, the other answers.

Only what the other side accepted takes time out of a clock, from the beginning to the end of that time and to no other
(OBL-03). What the buyer itself puts down to something else than the supplier needs nobody's answer: the creditor has said it.
What both put down to the supplier opens a loss file and claims nothing (SD-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of, moment_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.terms import LossRule, Party, Penalty
from lvyue.core.tickets import CAUSES, EXCUSES
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import LossFile, LossPaper, Ticket, TicketEvent
from lvyue.helpdesk.queries.attributions import claim_waiting
from lvyue.helpdesk.queries.governing import faces_of
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.obligations.ground import case_of

#: Kinds whose clock is the buyer's own: what excuses the buyer is no matter of tickets.
_BUYERS = frozenset({"reply"})


@dataclass(frozen=True, slots=True)
class CauseClaim:
    """归责主张: the cause, the report in words, the time that it took (needed for excuses), one clock alone, and the evidence."""

    cause: str
    said: str
    begins: datetime | None = None
    ends: datetime | None = None
    clock_name: str = ""
    evidence: tuple[str, ...] = ()


@transaction.atomic
def claim_cause(contract_id: str, number: int, claim: CauseClaim, *, by: Seat) -> Ticket:
    """主张归责. By the supplier it waits for the buyer; an excuse that the buyer itself names counts at once.

    Raises ``Refused`` where the report, the evidence or the time is missing or impossible.
    """
    ticket = hold(contract_id, number)
    ours = by.side is Party.BUYER
    require(may(by, Right.TICKET_APPROVE if ours else Right.TICKET_WORK), ticket.name)
    history = list(events_of(ticket))
    doubts = [*_wrong(ticket, claim, history)]
    if claim_waiting(history) is not None:
        says = "已有一个归责主张在等对方答复。"
        doubts.append(malformed(ticket.name, says, "请等答复之后再提。"))
    if doubts:
        raise Refused(doubts)
    asked = write(
        ticket,
        Entry("attribute", said=claim.said, data=_data(claim), evidence=claim.evidence),
        by=by,
        past=[one.happening for one in history],
    )
    if ours and claim.cause in EXCUSES:
        _accept(ticket, asked, "甲方自己的认定", by=by)
    return ticket


@transaction.atomic
def answer_cause(contract_id: str, number: int, *, agree: bool, said: str = "", by: Seat) -> Ticket:
    """认可归责, or contest it with a reason: always by the other side."""
    ticket = hold(contract_id, number)
    history = list(events_of(ticket))
    asked = claim_waiting(history)
    if asked is None:
        raise Refused([malformed(ticket.name, "没有等待答复的归责主张。", "请先由一方提出。")])
    theirs = asked.side == Party.BUYER.value
    require(may(by, Right.TICKET_LEAD if theirs else Right.TICKET_APPROVE), ticket.name)
    if agree:
        _accept(ticket, asked, said, by=by)
        return ticket
    if not said.strip():
        raise Refused([malformed("理由", "没有写。", "不认可归责要写明理由。")])
    past = [one.happening for one in history]
    write(ticket, Entry("contest", said=said, data={"asked": asked.index}), by=by, past=past)
    return ticket


def _accept(ticket: Ticket, asked: TicketEvent, said: str, *, by: Seat) -> None:
    data = dict(asked.data) | {"asked": asked.index, "asked_by": asked.by}
    entry = Entry("accept_cause", said=said or asked.said, data=data, evidence=(*asked.evidence,))
    accepted = write(ticket, entry, by=by)
    if asked.data["cause"] not in EXCUSES:
        _open_loss(ticket, accepted, by=by)


def _open_loss(ticket: Ticket, accepted: TicketEvent, *, by: Seat) -> None:
    """The loss file of a damage that both put down to the supplier, with all that its contract wants proved."""
    terms = case_of(ticket.contract_id, day_of(ticket.opened_at)).release.terms
    penalties = [
        one
        for one in terms
        if isinstance(one, Penalty)
        and one.debtor is Party.SUPPLIER
        and one.loss is not LossRule.NONE
        and any("归责" in need or "因果" in need for need in one.needs)
    ]
    needs = [need for one in penalties for need in one.needs] or ["归责记录", "损失凭证"]
    clauses = [str(ref) for one in penalties for ref in one.clauses]
    file = LossFile.objects.create(
        ticket=ticket,
        event=accepted.index,
        clauses=[*dict.fromkeys(clauses)],
        needs=[*dict.fromkeys(needs)],
        opened_at=clock.now(),
        opened_by=by.username,
    )
    after = {"event": accepted.index, "clauses": file.clauses, "needs": file.needs}
    audit("loss.opened", by=by, contract_id=ticket.contract_id, about=ticket.name, after=after)


@transaction.atomic
def add_loss_paper(
    contract_id: str,
    file_id: int,
    *,
    need: str,
    sha256: str,
    amount_fen: int | None = None,
    said: str = "",
    by: Seat,
) -> LossPaper:
    """归入损失材料: one file of the contract for one need. ``amount_fen`` is the loss that it proves, in fen.

    ``Refused`` without the file, or for a need that the file does not have; ``LossFile.DoesNotExist``.
    """
    file = LossFile.objects.select_related("ticket").get(
        pk=file_id, ticket__contract_id=contract_id
    )
    require(may(by, Right.TICKET_APPROVE), "损失案卷")
    doubts = []
    if need not in file.needs:
        doubts.append(malformed("材料", f"没有“{need[:40]}”。", f"可选：{'、'.join(file.needs)}。"))
    if not evidence.files(contract_id, [sha256]):
        doubts.append(malformed("凭据", "这份合同没有这个文件。", "请先把文件存为附件。"))
    if amount_fen is not None and amount_fen <= 0:
        doubts.append(malformed("金额", f"{amount_fen} 分。", "请写大于 0 的实际损失。"))
    if doubts:
        raise Refused(doubts)
    paper = LossPaper.objects.create(
        file=file,
        need=need,
        sha256=sha256,
        amount_fen=amount_fen,
        said=said,
        added_at=clock.now(),
        added_by=by.username,
    )
    after = {"need": need, "sha256": sha256, "amount_fen": amount_fen}
    about = file.ticket.name
    audit("loss.paper", by=by, contract_id=contract_id, about=about, after=after)
    return paper


# ── conditions ───────────────────────────────────────────────────────────────────────────────────────────────────


def _wrong(ticket: Ticket, claim: CauseClaim, history: Sequence[TicketEvent]) -> Iterator[Doubt]:
    if ticket.kind in _BUYERS:
        mend = "甲方的期限由双方以中止履行或豁免处理。"
        yield malformed(
            ticket.name, f"“{ticket.the_kind.zh}”计的是甲方的时间，不在这里归责。", mend
        )
    if claim.cause not in CAUSES:
        known = "、".join(CAUSES.values())
        yield malformed("原因", f"“{claim.cause[:40]}”不在可选之中。", f"可选：{known}。")
    if not claim.said.strip():
        yield malformed("归责说明", "没有写。", "请写明怎样查出来的、为什么是这个原因。")
    if not claim.evidence:
        yield malformed(
            "凭据", "没有附。", "归责要有凭据，例如供电记录、操作日志、检测报告；没有日志不能归责。"
        )
    if claim.clock_name and claim.clock_name not in _clocks(ticket, history):
        names = "、".join(sorted(_clocks(ticket, history)))
        yield malformed("时钟", f"没有“{claim.clock_name[:40]}”。", f"可选：{names}；不填为全部。")
    yield from _wrong_time(claim, history)


def _wrong_time(claim: CauseClaim, history: Sequence[TicketEvent]) -> Iterator[Doubt]:
    begins, ends = claim.begins, claim.ends
    if begins is None and ends is None:
        if claim.cause in EXCUSES:
            yield malformed("起止时间", "没有写。", "请写明这个原因占去了从几时到几时。")
        return
    if begins is None or ends is None:
        yield malformed("起止时间", "只写了一头。", "请把开始和结束都写上。")
        return
    opened = next(
        (one for one in reversed(history) if one.data.get("round") == "new"), history[0]
    ).counts_at
    if moment_of(ends) <= moment_of(begins):
        yield malformed("起止时间", "结束不晚于开始。", "请核对起止时间。")
    if moment_of(ends) > clock.now():
        yield malformed("起止时间", "结束时间还没有到。", "还在等的，请申请挂起；过去了再归责。")
    if moment_of(begins) < moment_of(opened):
        says = f"早于受理时间 {moment_of(opened):%Y-%m-%d %H:%M:%S}。"
        yield malformed("起止时间", says, "受理之前不计时，请从受理时写起。")


def _clocks(ticket: Ticket, history: Sequence[TicketEvent]) -> set[str]:
    found = faces_of(ticket, [one.happening for one in history], clock.now())
    return {face.reading.rule.name for face in found}


def _data(claim: CauseClaim) -> dict[str, Any]:
    data: dict[str, Any] = {"cause": claim.cause, "clock": claim.clock_name}
    if claim.begins is not None and claim.ends is not None:
        data["begins"] = moment_of(claim.begins).isoformat()
        data["ends"] = moment_of(claim.ends).isoformat()
    return data
