"""主张损失: the supplier claims a loss against the buyer's side, with evidence, and the buyer answers (OBL-04).

A buyer in default pays what its contract says and no more: where the contract has the buyer pay direct loss alone, a claim for
indirect loss is refused with the clause. Where it says nothing of that kind the claim is kept, with the other side's answer. What
is kept here pays nothing: whether it is paid is settled by both sides or by a court.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.terms import LossRule, Party, Penalty
from lvyue.core.tickets import LOSSES
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.attributions import loss_claims
from lvyue.helpdesk.queries.governing import faces_of
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.obligations.ground import case_of

#: The greatest amount that is taken, in fen.
MOST = 10_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class LossDemand:
    """损失主张: direct or indirect, the amount in fen, what the buyer failed to do and what came of it, and the evidence."""

    nature: str
    amount_fen: int
    said: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuyersLoss:
    """甲方赔偿的范围: the terms by which the buyer pays for its default, and whether they stop at direct loss."""

    terms: tuple[Penalty, ...]
    direct_only: bool

    @property
    def clauses(self) -> list[str]:
        """The clauses of the terms, each once."""
        return [*dict.fromkeys(str(ref) for one in self.terms for ref in one.clauses)]


def buyers_loss(ticket: Ticket) -> BuyersLoss:
    """What the contract, as it stood when the ticket was opened, has the buyer pay for its own default.

    A contract that asks for proof of direct loss, and of no other, in a term of the buyer's alone stops there (S0 7.1.9, S1 and
    S2 7.1.11). A term that binds both sides is named and limits nothing by itself.
    """
    release = case_of(ticket.contract_id, day_of(ticket.opened_at)).release
    paying = [
        one
        for one in release.terms
        if isinstance(one, Penalty)
        and one.loss is not LossRule.NONE
        and any("违约" in need for need in one.needs)
    ]
    own = tuple(one for one in paying if one.debtor is Party.BUYER)
    direct = tuple(one for one in own if any("直接损失" in need for need in one.needs))
    both = tuple(one for one in paying if one.debtor is Party.BOTH)
    return BuyersLoss(own or both, bool(direct) and len(direct) == len(own))


@transaction.atomic
def claim_loss(contract_id: str, number: int, demand: LossDemand, *, by: Seat) -> TicketEvent:
    """主张甲方赔偿损失, by whoever speaks for the supplier. Kept on the ticket with its evidence, and it waits for the buyer.

    ``Refused``: indirect loss where the contract stops at direct loss, with the clause; a claim without default, amount, reason
    or evidence.
    """
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_LEAD), ticket.name)
    history = list(events_of(ticket))
    scope = buyers_loss(ticket)
    doubts = [*_wrong(demand), *_excluded(demand, scope), *_no_default(ticket, history)]
    if doubts:
        raise Refused(doubts)
    amount = Money(demand.amount_fen)
    data = {
        "nature": demand.nature,
        "amount_fen": demand.amount_fen,
        "clauses": scope.clauses,
        "loss": f"{LOSSES[demand.nature]} {amount}",
    }
    entry = Entry("claim_loss", said=demand.said, data=data, evidence=demand.evidence)
    return write(ticket, entry, by=by, past=[one.happening for one in history])


@transaction.atomic
def answer_loss(
    contract_id: str, number: int, asked: int, *, agree: bool, said: str = "", by: Seat
) -> TicketEvent:
    """答复损失主张, by the buyer's lead: accepted, or contested with the reason. It pays nothing.

    ``asked`` is the number of the happening that claimed. ``Refused`` where nothing of that number waits for an answer.
    """
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_APPROVE), ticket.name)
    history = list(events_of(ticket))
    claims = {one.event.index: one for one in loss_claims(history)}
    claim = claims.get(asked)
    if claim is None or claim.answer is not None:
        says = "没有这一条在等答复的损失主张。"
        raise Refused([malformed(ticket.name, says, "请从工单的归责页答复。")])
    if not agree and not said.strip():
        raise Refused([malformed("理由", "没有写。", "不认可损失主张要写明理由。")])
    data = {"asked": asked, "loss": str(claim.event.data["loss"])}
    entry = Entry("accept_loss" if agree else "contest_loss", said=said, data=data)
    return write(ticket, entry, by=by, past=[one.happening for one in history])


def _wrong(demand: LossDemand) -> Iterator[Doubt]:
    if demand.nature not in LOSSES:
        known = "、".join(f"{name} {zh}" for name, zh in LOSSES.items())
        yield malformed("损失的性质", f"没有“{demand.nature[:40]}”。", f"可选：{known}。")
    if not 0 < demand.amount_fen <= MOST:
        yield malformed("金额", f"{demand.amount_fen} 分。", "请写大于 0 的实际损失。")
    if not demand.said.strip():
        mend = "请写明甲方哪一项没有做到、怎样造成了这笔损失。"
        yield malformed("损失的事由", "没有写。", mend)
    if not demand.evidence:
        mend = "请附甲方违约的记录和损失凭证，例如签收回执、付款凭证、发票。"
        yield malformed("凭据", "没有附。", mend)


def _excluded(demand: LossDemand, scope: BuyersLoss) -> Iterator[Doubt]:
    if demand.nature != "indirect" or not scope.direct_only:
        return
    for one in scope.terms:
        clauses = "、".join(str(ref) for ref in one.clauses)
        says = f"{clauses}：{one.says.rstrip('。')}。间接损失不能向甲方主张。"
        yield malformed("间接损失", says, "请只主张有凭证的直接损失。")


def _no_default(ticket: Ticket, history: Sequence[TicketEvent]) -> Iterator[Doubt]:
    """A letter of which the answer is not late is no default yet: the buyer still has its time."""
    if ticket.kind != "reply":
        return
    found = faces_of(ticket, [one.happening for one in history], clock.now())
    buyers = [one.reading for one in found if one.reading.rule.debtor is Party.BUYER]
    late = (Verdict.LATE, Verdict.MISSED)
    if buyers and not any(one.verdict in late for one in buyers):
        yield malformed(ticket.name, "甲方的答复没有逾期，还不是违约。", "逾期之后再主张。")
