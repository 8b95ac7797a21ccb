"""合同卡: what a contract is, what is wrong with it or due, and where its money stands, on one card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lvyue.core.doubts import Doubt, Severity
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.release import Period, Release, Role
from lvyue.core.statement import Statement
from lvyue.core.terms import TermId
from lvyue.obligations.marks import (
    LATE,
    MISSED,
    NOT_TRIGGERED,
    Count,
    Mark,
    counted,
    mark_of,
    worst,
)

_SIDES = {Role.BUYER: "甲方", Role.SUPPLIER: "乙方", Role.USING_DEPARTMENT: "使用单位"}


class Stage(StrEnum):
    """合同阶段, by the calendar alone."""

    UNDATED = "undated"
    BEFORE = "before"
    RUNNING = "running"
    OVER = "over"

    @property
    def zh(self) -> str:
        return {
            "undated": "期限未写明",
            "before": "尚未开始",
            "running": "履约中",
            "over": "期限已满",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Term:
    """期间: day ``day`` of ``days``; both None where the paper gives no dates. ``permille`` is today's mark on a bar."""

    stage: Stage
    start: date | None
    end: date | None
    day: int | None
    days: int | None
    permille: int


@dataclass(frozen=True, slots=True)
class Side:
    """当事人: a party or another organisation, by the name of its role."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Segment:
    """价款的一段: what became of a part of the price; ``left`` and ``width`` are thousandths of it."""

    key: str
    word: str
    money: Money
    left: int
    width: int


@dataclass(frozen=True, slots=True)
class Purse:
    """钱: what is paid, payable, still at stake, and what cannot be decided.

    ``payable`` None: something that should be payable cannot be decided. ``at_stake`` are unpaid instalments whose
    conditions have not happened, at most; ``undecidable`` those that no rule decides, at most. ``unknown`` counts
    instalments for which the contract gives not even an upper limit.
    """

    price: Money
    price_words: str
    paid: Money
    payable: Money | None
    at_stake: Money
    undecidable: Money
    unknown: int
    interest: Money
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """要紧的一项: a term that was missed or performed late, and whose turn it was."""

    term: TermId
    mark: Mark
    says: str
    because: str
    debtor: str
    clause: str
    due: date | None
    more: int


@dataclass(frozen=True, slots=True)
class Coming:
    """快到期的一项: a term at its nearest date, ``left`` whole days away; ``more`` later ones follow."""

    term: TermId
    says: str
    occurrence: str
    debtor: str
    due: date
    left: int
    provisional: bool
    more: int


@dataclass(frozen=True, slots=True)
class ContractCard:
    """合同卡: ``live`` counts leave out what has not been triggered, which ``waiting`` counts."""

    id: str
    title: str
    number: str | None
    demonstration: bool
    sides: tuple[Side, ...]
    term: Term
    counts: tuple[Count, ...]
    live: tuple[Count, ...]
    waiting: int
    duties: int
    doubts: tuple[tuple[Severity, int], ...]
    purse: Purse
    alarms: tuple[Alarm, ...]
    coming: tuple[Coming, ...]
    size: int


@dataclass(frozen=True, slots=True)
class BrokenCard:
    """读不出的合同卡: a contract whose release or log cannot be read; the doubts say why and what to do."""

    id: str
    title: str
    demonstration: bool
    broken: tuple[Doubt, ...]


def card_of(statement: Statement, *, demonstration: bool) -> ContractCard:
    """The card of a statement."""
    evaluation = statement.evaluation
    release = evaluation.release
    by_term = findings_by_term(statement)
    marks = [
        worst(mark_of(release.term_by_id[term], finding) for finding in found)
        for term, found in by_term.items()
    ]
    counts = counted(marks)
    return ContractCard(
        id=release.id,
        title=release.title,
        number=release.number,
        demonstration=demonstration,
        sides=_sides(release),
        term=term_of(release.period, evaluation.as_of),
        counts=counts,
        live=tuple(count for count in counts if count.mark is not NOT_TRIGGERED),
        waiting=sum(mark is NOT_TRIGGERED for mark in marks),
        duties=len(by_term),
        doubts=_doubts(statement),
        purse=_purse(statement),
        alarms=_alarms(statement, by_term),
        coming=_coming(statement),
        size=evaluation.book.size,
    )


def findings_by_term(statement: Statement) -> Mapping[TermId, Sequence[Finding]]:
    """Findings of each term, in the order of the terms."""
    found: dict[TermId, list[Finding]] = {}
    for finding in statement.evaluation.findings:
        found.setdefault(finding.term, []).append(finding)
    return found


def _sides(release: Release) -> tuple[Side, ...]:
    named = [(role, release.organisation(role)) for role in _SIDES]
    return tuple(Side(_SIDES[role], name) for role, name in named if name)


def term_of(period: Period, as_of: date) -> Term:
    """Where a day stands in the contract period."""
    start, end = period.start, period.end
    if start is None or end is None:
        return Term(Stage.UNDATED, start, end, None, None, 0)
    days = (end - start).days + 1
    day = (as_of - start).days + 1
    if day < 1:
        return Term(Stage.BEFORE, start, end, 0, days, 0)
    if day > days:
        return Term(Stage.OVER, start, end, days, days, 1000)
    return Term(Stage.RUNNING, start, end, day, days, day * 1000 // days)


def _doubts(statement: Statement) -> tuple[tuple[Severity, int], ...]:
    """Open doubts by severity: those of the paper that nobody has settled, and those that facts have raised."""
    settled = statement.evaluation.book.settled()
    release = statement.evaluation.release
    severities = [doubt.severity for doubt in release.doubts if doubt.id not in settled]
    severities += [d.severity for one in statement.evaluation.instalments for d in one.raised]
    return tuple((severity, severities.count(severity)) for severity in Severity)


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _purse(statement: Statement) -> Purse:
    release, settlement = statement.evaluation.release, statement.settlement
    at_stake = undecidable = Money.ZERO
    unknown = 0
    for one in settlement.instalments:
        if one.state in (PaymentState.PAID, PaymentState.DUE, PaymentState.LATE):
            continue
        most = open_most(one)
        if most is None:
            unknown += 1
        elif one.state is PaymentState.NOT_DECIDABLE:
            undecidable += most
        else:
            at_stake += most
    return Purse(
        price=release.price,
        price_words=release.price_words,
        paid=settlement.paid,
        payable=settlement.payable,
        at_stake=at_stake,
        undecidable=undecidable,
        unknown=unknown,
        interest=Money.total(one.figure.money for one in settlement.interest),
        segments=tuple(_segments(statement, at_stake, undecidable, unknown)),
    )


def open_most(one: Instalment) -> Money | None:
    """The most that may still become payable of an instalment; None where nothing says."""
    limit = one.amount or one.upper
    return None if limit is None else max(limit.money - one.paid, Money.ZERO)


def _segments(
    statement: Statement, at_stake: Money, undecidable: Money, unknown: int
) -> Iterator[Segment]:
    """The price from left to right. What has no upper limit is drawn as what the price leaves over."""
    price, settlement = statement.evaluation.release.price, statement.settlement
    due = Money.total(
        one.unpaid or Money.ZERO
        for one in settlement.instalments
        if one.state in (PaymentState.DUE, PaymentState.LATE)
    )
    rest = max(price - settlement.paid - due - at_stake - undecidable, Money.ZERO)
    parts = [
        ("paid", "已付", settlement.paid),
        ("payable", "应付", due),
        ("at-stake", "待条件成就", at_stake),
        ("undecidable", "无法判定", undecidable + rest if unknown else undecidable),
    ]
    left = 0
    for key, word, money in parts:
        width = min(money.fen * 1000 // price.fen, 1000 - left) if price.fen else 0
        if width:
            yield Segment(key, word, money, left, width)
        left += width


# ── what is wrong, what is due ───────────────────────────────────────────────────────────────────────────────────


def _alarms(statement: Statement, by_term: Mapping[TermId, Sequence[Finding]]) -> tuple[Alarm, ...]:
    """Missed before late, money before the rest, then the most recent first."""
    found: list[tuple[tuple[int, int, int], Alarm]] = []
    for term_id, findings in by_term.items():
        term = statement.evaluation.release.term_by_id[term_id]
        mark = worst(mark_of(term, finding) for finding in findings)
        if mark not in (MISSED, LATE):
            continue
        bad = [finding for finding in findings if mark_of(term, finding) is mark]
        last = max(bad, key=_due_or_never)
        alarm = Alarm(
            term=term_id,
            mark=mark,
            says=term.says,
            because=last.because,
            debtor=term.debtor.zh,
            clause=str(term.clauses[0]),
            due=last.due_day,
            more=len(bad) - 1,
        )
        due = last.due_day or date.min
        found.append(((mark is LATE, term.kind.value != "payment", -due.toordinal()), alarm))
    return tuple(alarm for _, alarm in sorted(found, key=_order))


def _order(entry: tuple[tuple[int, int, int], Alarm]) -> tuple[tuple[int, int, int], str]:
    return entry[0], entry[1].term


def _due_or_never(finding: Finding) -> tuple[date, str]:
    return finding.due_day or date.min, finding.occurrence


def _coming(statement: Statement) -> tuple[Coming, ...]:
    release, as_of = statement.evaluation.release, statement.evaluation.as_of
    waiting = Counter(finding.term for finding in statement.upcoming)
    out: dict[TermId, Coming] = {}
    for finding in statement.upcoming:
        due = finding.due_day
        if due is None or finding.term in out:
            continue
        term = release.term_by_id[finding.term]
        out[finding.term] = Coming(
            term=finding.term,
            says=term.says,
            occurrence=finding.occurrence,
            debtor=term.debtor.zh,
            due=due,
            left=(due - as_of).days,
            provisional=finding.provisional,
            more=waiting[finding.term] - 1,
        )
    return tuple(out.values())
