"""履约情况表: a statement as people read, sign and keep it: findings by clause, doubts, parameters, money, and its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from lvyue.core.findings import Finding
from lvyue.core.money import Money
from lvyue.core.statement import Statement
from lvyue.core.terms import Parameter, TermId
from lvyue.obligations.card import ContractCard, card_of
from lvyue.obligations.marks import (
    MET,
    NOT_DUE,
    NOT_TRIGGERED,
    Count,
    Mark,
    counted,
    mark_of,
)
from lvyue.obligations.reason import FactView, facts_by_id, views_in_order
from lvyue.obligations.screen import DoubtView, Stamp, doubt_views, stamp_of


@dataclass(frozen=True, slots=True)
class FindingRow:
    """结论行: one term at one occurrence."""

    term: TermId
    says: str
    mark: Mark
    occurrence: str
    debtor: str
    due: date | datetime | None
    provisional: bool
    because: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class ClauseGroup:
    """条款下的结论."""

    clause: str
    heading: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """参数行: a number that the contract leaves open, with what was agreed by the day, if anything was."""

    says: str
    owner: str
    clause: str
    value: str
    agreed_on: date | None


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """金额行: an instalment in the summary."""

    name: str
    clause: str
    amount: Money | None
    upper: Money | None
    state: str
    due: date | None
    paid: Money
    unpaid: Money | None


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """履约情况表. ``known_at`` is when the last of its facts was recorded."""

    card: ContractCard
    stamp: Stamp
    hash: str
    known_at: datetime | None
    counts: tuple[Count, ...]
    groups: tuple[ClauseGroup, ...]
    doubts: tuple[DoubtView, ...]
    parameters: tuple[ParameterRow, ...]
    money: tuple[MoneyRow, ...]
    interest: Money
    payable: Money | None

    @property
    def open(self) -> tuple[ClauseGroup, ...]:
        """The clauses with what somebody has to look at."""
        return tuple(_only(self.groups, lambda mark: mark not in (*_WELL, NOT_TRIGGERED)))

    @property
    def well(self) -> tuple[ClauseGroup, ...]:
        """The clauses with what was done in time or has time left."""
        return tuple(_only(self.groups, lambda mark: mark in _WELL))

    @property
    def waiting(self) -> tuple[ClauseGroup, ...]:
        """The clauses with what nothing has triggered yet."""
        return tuple(_only(self.groups, lambda mark: mark is NOT_TRIGGERED))

    @property
    def findings(self) -> Iterator[tuple[ClauseGroup, FindingRow]]:
        """Every row with its clause, in the order of the paper."""
        for group in self.groups:
            for row in group.rows:
                yield group, row


_WELL = (MET, NOT_DUE)


def _only(groups: Iterable[ClauseGroup], wanted: Callable[[Mark], bool]) -> Iterator[ClauseGroup]:
    for group in groups:
        rows = tuple(row for row in group.rows if wanted(row.mark))
        if rows:
            yield replace(group, rows=rows)


def paper_of(
    statement: Statement, *, demonstration: bool, known_at: datetime | None
) -> StatementPaper:
    """The paper of a statement."""
    evaluation, settlement = statement.evaluation, statement.settlement
    terms = evaluation.release.term_by_id
    return StatementPaper(
        card=card_of(statement, demonstration=demonstration),
        stamp=stamp_of(statement),
        hash=statement.as_json()["hash"],
        known_at=known_at,
        counts=counted(mark_of(terms[one.term], one) for one in evaluation.findings),
        groups=tuple(_groups(statement)),
        doubts=tuple(view for view in doubt_views(statement) if view.settled_on is None),
        parameters=tuple(_parameter(one, statement) for one in evaluation.release.parameters),
        money=tuple(_money_rows(statement)),
        interest=Money.total(one.figure.money for one in settlement.interest),
        payable=settlement.payable,
    )


def _groups(statement: Statement) -> Iterator[ClauseGroup]:
    """Findings by clause, each clause once, in the order in which the release comes to it."""
    release = statement.evaluation.release
    facts = facts_by_id(statement)
    by_clause: dict[str, tuple[str, list[FindingRow]]] = {}
    for finding in statement.evaluation.findings:
        clause = finding.clause
        heading = release.clauses[clause].heading if clause in release.clauses else ""
        _, rows = by_clause.setdefault(str(clause), (heading, []))
        term = release.term_by_id[finding.term]
        views = views_in_order(finding.facts, facts)
        rows.append(_row(finding, term.says, mark_of(term, finding), views))
    for name, (heading, rows) in by_clause.items():
        yield ClauseGroup(name, heading, tuple(rows))


def _row(finding: Finding, says: str, mark: Mark, facts: tuple[FactView, ...]) -> FindingRow:
    return FindingRow(
        term=finding.term,
        says=says,
        mark=mark,
        occurrence=finding.occurrence,
        debtor=finding.debtor.zh,
        due=finding.due,
        provisional=finding.provisional,
        because=finding.because,
        facts=facts,
    )


def _parameter(parameter: Parameter, statement: Statement) -> ParameterRow:
    evaluation = statement.evaluation
    agreed = evaluation.book.agreed(parameter.id, evaluation.as_of)
    return ParameterRow(
        says=parameter.says,
        owner=parameter.owner.zh,
        clause=str(parameter.clauses[0]),
        value=agreed.value if agreed is not None else "",
        agreed_on=agreed.day if agreed is not None else None,
    )


def _money_rows(statement: Statement) -> Iterator[MoneyRow]:
    for one in (*statement.settlement.instalments, *statement.settlement.refunds):
        yield MoneyRow(
            name=f"第{one.term.instalment}期" if one.term.instalment else "返还",
            clause=str(one.term.clauses[0]),
            amount=one.amount.money if one.amount is not None else None,
            upper=one.upper.money if one.upper is not None else None,
            state=one.state.zh,
            due=one.due_day,
            paid=one.paid,
            unpaid=one.unpaid,
        )
