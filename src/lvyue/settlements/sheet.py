"""结算页: from the price to what is payable, each amount with its ladder; interest and claims beside it, never inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.release import Release
from lvyue.core.settlement import Alternative, Damages, Interest, Line
from lvyue.core.statement import Statement
from lvyue.core.terms import TermId
from lvyue.obligations.card import ContractCard, card_of
from lvyue.obligations.reason import FactView, Rung, fact_view, facts_by_id, rung_of, views_in_order
from lvyue.obligations.screen import DoubtView, Stamp, doubt_views, raised_view, stamp_of
from lvyue.obligations.strip import Strip, strip_of
from lvyue.obligations.wording import event_zh
from lvyue.settlements.waterfall import Waterfall, waterfall_of


@dataclass(frozen=True, slots=True)
class Priced:
    """有推导的金额; ``name`` says whose or what, ``clause`` where it stands."""

    name: str
    clause: str
    says: str
    money: Money | None
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """一期款."""

    name: str
    term: TermId
    says: str
    clause: str
    state: str
    state_zh: str
    because: str
    amount: Money | None
    upper: Money | None
    paid: Money
    unpaid: Money | None
    due: date | None
    settled_on: date | None
    provisional: bool
    waits_for: tuple[str, ...]
    strip: Strip | None
    rungs: tuple[Rung, ...]
    facts: tuple[FactView, ...]
    raised: tuple[DoubtView, ...]
    doubts: tuple[DoubtView, ...]


@dataclass(frozen=True, slots=True)
class InterestView:
    """逾期违约金."""

    term: TermId
    name: str
    clause: str
    start: date
    days: int
    overdue_days: int
    excused_days: int
    money: Money
    capped: bool
    rungs: tuple[Rung, ...]
    readings: tuple[Priced, ...]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """主张的违约责任: a sum only where the clause and the facts give one; the rest are alternatives and missing steps."""

    clause: str
    fact: FactView | None
    debtor: str
    money: Money | None
    says: str
    alternatives: tuple[Priced, ...]
    needs: tuple[str, ...]
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """结算行."""

    says: str
    amount: Money
    clause: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class SettlementSheet:
    """结算页. ``payable`` None: something that should be payable cannot be decided, and ``undecided`` says what."""

    card: ContractCard
    stamp: Stamp
    instalments: tuple[InstalmentView, ...]
    refunds: tuple[InstalmentView, ...]
    interest: tuple[InterestView, ...]
    claims: tuple[ClaimView, ...]
    lines: tuple[LineView, ...]
    payable: Money | None
    undecided: tuple[str, ...]
    waterfall: Waterfall
    hash: str


def sheet_of(statement: Statement, *, demonstration: bool) -> SettlementSheet:
    """The settlement of a statement, for people."""
    settlement, release = statement.settlement, statement.evaluation.release
    return SettlementSheet(
        card=card_of(statement, demonstration=demonstration),
        stamp=stamp_of(statement),
        instalments=tuple(_instalment(one, statement) for one in settlement.instalments),
        refunds=tuple(_instalment(one, statement) for one in settlement.refunds),
        interest=tuple(_interest(one) for one in settlement.interest),
        claims=tuple(_claim(one, statement, release) for one in settlement.damages),
        lines=tuple(_line(line) for line in settlement.lines),
        payable=settlement.payable,
        undecided=tuple(
            one.because for one in settlement.instalments if one.state is PaymentState.NOT_DECIDABLE
        ),
        waterfall=waterfall_of(statement),
        hash=statement.as_json()["hash"],
    )


def _instalment(one: Instalment, statement: Statement) -> InstalmentView:
    facts = facts_by_id(statement)
    figure = one.amount or one.upper
    mentioned = {*one.doubts}
    return InstalmentView(
        name=f"第{one.term.instalment}期" if one.term.instalment else "返还",
        term=one.term.id,
        says=one.term.says,
        clause=str(one.term.clauses[0]),
        state=one.state.value,
        state_zh=one.state.zh,
        because=one.because,
        amount=one.amount.money if one.amount is not None else None,
        upper=one.upper.money if one.upper is not None else None,
        paid=one.paid,
        unpaid=one.unpaid,
        due=one.due_day,
        settled_on=one.settled_on,
        provisional=one.due is not None and one.due.provisional,
        waits_for=tuple(event_zh(event) for event in one.waits_for),
        strip=strip_of(one.due),
        rungs=(rung_of(figure.proof),) if figure is not None else (),
        facts=views_in_order(one.facts, facts),
        raised=tuple(raised_view(doubt) for doubt in one.raised),
        doubts=tuple(
            view
            for view in doubt_views(statement)
            if view.id in mentioned and view.settled_on is None
        ),
    )


def _interest(one: Interest) -> InterestView:
    clause = str(one.term.clauses[0])
    return InterestView(
        term=one.term.id,
        name=f"第{one.instalment}期",
        clause=clause,
        start=one.start,
        days=one.days,
        overdue_days=one.overdue_days,
        excused_days=one.excused_days,
        money=one.figure.money,
        capped=one.capped,
        rungs=(rung_of(one.figure.proof),),
        readings=tuple(
            Priced(
                reading.says,
                clause,
                f"自 {reading.start} 起 {reading.days} 天",
                reading.figure.money,
                (rung_of(reading.figure.proof),),
            )
            for reading in one.readings
        ),
    )


_NAMES = {
    "gain": "违约所得",
    "loss": "所受损失",
    "fallback": "协商未成时",
    "floor": "下限",
}


def _alternative(one: Alternative) -> Priced:
    return Priced(
        _NAMES.get(one.name, one.name),
        one.clause,
        one.says,
        one.figure.money if one.figure is not None else None,
        (rung_of(one.figure.proof),) if one.figure is not None else (),
    )


def _claim(one: Damages, statement: Statement, release: Release) -> ClaimView:
    facts = facts_by_id(statement)
    clause = str(one.clause) if one.clause is not None else one.asked
    heading = ""
    if one.clause is not None and one.clause in release.clauses:
        heading = release.clauses[one.clause].heading
    return ClaimView(
        clause=clause,
        fact=fact_view(facts[one.fact]) if one.fact in facts else None,
        debtor=one.debtor.zh if one.debtor is not None else "",
        money=one.figure.money if one.figure is not None else None,
        says=heading or one.proof.says,
        alternatives=tuple(_alternative(alternative) for alternative in one.alternatives),
        needs=one.needs,
        rungs=_of_claim(one),
    )


def _of_claim(one: Damages) -> tuple[Rung, ...]:
    if one.figure is None:
        return ()
    rungs: Sequence[Rung] = rung_of(one.proof).rungs
    return tuple(rungs) or (rung_of(one.figure.proof),)


def _line(line: Line) -> LineView:
    return LineView(line.says, line.amount, line.clause, (rung_of(line.proof),))
