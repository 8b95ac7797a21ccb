"""A small contract to order, and facts about it, in the words of the domain.

``contract_with`` keeps the paper of a real release (its clauses, documents and days) and puts the given terms in its place, so
that a test shows the one clause it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from lvyue.core.calendar import SHANGHAI, Calendar, Span
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId, DoubtKind, Severity
from lvyue.core.evaluation import Evaluation, evaluate
from lvyue.core.facts import Fact, FactId, standing
from lvyue.core.findings import Finding
from lvyue.core.money import Money, Rate
from lvyue.core.proof import RangeClaim
from lvyue.core.release import ContractDoubt, Release
from lvyue.core.settlement import Settlement, settle
from lvyue.core.terms import (
    DeadlineAfterEvent,
    Event,
    Grade,
    GradeCap,
    LossRule,
    Parameter,
    ParameterId,
    Party,
    Payment,
    Penalty,
    Remainder,
    Share,
    Term,
    TermId,
    Within,
)
from lvyue.library import calendar_files, loader

PAPER = "security-support-2026"
CLAUSE = ClauseRef.parse("main 7.2.15")
OTHER_CLAUSE = ClauseRef.parse("main 11.5")
EXCESS_CLAUSE = ClauseRef.parse("main 11.7")

ASKED = Event("request.received")
ANSWERED = Event("request.replied")


def calendar() -> Calendar:
    return calendar_files.default_calendar()


def contract_with(
    *terms: Term,
    price: Money | None = None,
    doubts: tuple[ContractDoubt, ...] = (),
    start: str | None = None,
    end: str | None = None,
) -> Release:
    """A contract of exactly these terms on the paper of a real one."""
    paper = loader.load(PAPER)
    period = replace(
        paper.period,
        start=None if start is None else date.fromisoformat(start),
        end=None if end is None else date.fromisoformat(end),
        doubts=(),
    )
    return replace(
        paper, terms=terms, price=price or paper.price, doubts=doubts, parameters=(), period=period
    )


def doubt(name: str, severity: Severity = Severity.BLOCK) -> ContractDoubt:
    return ContractDoubt(
        id=DoubtId(name),
        kind=DoubtKind.BLANK,
        severity=severity,
        clauses=(CLAUSE,),
        says=f"{name}为空白",
        safe="不推定",
        mend="双方补签",
        owner=Party.BOTH,
    )


def parameter(name: str) -> Parameter:
    return Parameter(
        id=ParameterId(name),
        clauses=(CLAUSE,),
        says=name,
        unit="hours",
        owner=Party.BUYER,
        source="双方约定",
    )


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def reply_within(
    within: str | None,
    *,
    done: tuple[Event, ...] = (ANSWERED,),
    triggers: tuple[Event, ...] = (ASKED,),
    deems: Event | None = None,
    doubts: tuple[str, ...] = (),
    name: str = "reply",
) -> DeadlineAfterEvent:
    """收到申请后多久内答复; a text such as ``param:x`` stays a parameter."""
    span: Within = None
    if within is not None:
        span = ParameterId(within[6:]) if within.startswith("param:") else Span.parse(within)
    return DeadlineAfterEvent(
        id=TermId(name),
        clauses=(CLAUSE,),
        debtor=Party.SUPPLIER,
        says="按时答复",
        triggers=triggers,
        done=done,
        within=span,
        deems=deems,
        doubts=tuple(DoubtId(one) for one in doubts),
    )


def penalty(name: str = "penalty", clause: ClauseRef = OTHER_CLAUSE, **more: Any) -> Penalty:
    return Penalty(
        id=TermId(name), clauses=(clause,), debtor=Party.SUPPLIER, says="违约责任", **more
    )


def percent(number: str) -> Rate:
    return Rate.percent(number)


def grades(*table: tuple[str, str, bool]) -> GradeCap:
    return GradeCap(
        id=TermId("grades"),
        clauses=(CLAUSE,),
        debtor=Party.BUYER,
        says="等级",
        grades=tuple(Grade(name, Rate.percent(rate), exact) for name, rate, exact in table),
    )


def instalment(
    number: int,
    amount: Share | Remainder,
    *,
    conditions: tuple[str, ...] = ("contract.effective",),
    invoice: bool = False,
    within: str | None = "10 working-days",
) -> Payment:
    return Payment(
        id=TermId(f"payment-{number}"),
        clauses=(CLAUSE,),
        debtor=Party.BUYER,
        says="付款",
        instalment=number,
        amount=amount,
        conditions=tuple(Event(kind) for kind in conditions),
        invoice=invoice,
        within=None if within is None else Span.parse(within),
    )


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def happened(kind: str, day: str, subject: str | None = None, /, **data: Any) -> Fact:
    """One fact on a day or at a moment; ``log`` gives it its place. A field that is a Python word ends with ``_``."""
    when: date = (
        date.fromisoformat(day)
        if len(day) == len("2026-02-09")
        else datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    )
    named = {name.rstrip("_"): value for name, value in data.items()}
    return Fact(FactId(""), kind, when, subject, named, 0)


def log(*facts: Fact) -> list[Fact]:
    """The facts in the order of the log: f1, f2 …"""
    return [
        Fact(FactId(f"f{n}"), fact.kind, fact.at, fact.subject, fact.data, n - 1)
        for n, fact in enumerate(facts, start=1)
    ]


def claimed(clause: ClauseRef = OTHER_CLAUSE, /, **data: Any) -> Fact:
    return happened("damages.claimed", "2026-06-01", clause=str(clause), **data)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def evaluated(release: Release, facts: Iterable[Fact], as_of: str) -> Evaluation:
    return evaluate(release, list(facts), calendar(), date.fromisoformat(as_of))


def findings(release: Release, facts: Iterable[Fact], as_of: str) -> tuple[Finding, ...]:
    return evaluated(release, facts, as_of).findings


def finding(release: Release, facts: Iterable[Fact], as_of: str) -> Finding:
    """The one finding of a contract of one term at one occurrence."""
    (one,) = findings(release, facts, as_of)
    return one


def settled(release: Release, facts: Iterable[Fact], as_of: str) -> Settlement:
    return settle(evaluated(release, facts, as_of))


# ── absence ──────────────────────────────────────────────────────────────────────────────────────────────────────


def claim_holds(claim: RangeClaim, facts: Iterable[Fact]) -> bool:
    """Whether a claim of absence is literally true of a log, but for the facts that it names itself.

    A fact known only by its day is neither inside nor outside an interval that begins or ends at a moment of that day.
    """
    kind, _, rest = claim.event.partition("[")
    pairs = (pair.partition("=") for pair in rest.rstrip("]").split(",") if pair)
    where = {name: value for name, _, value in pairs}
    return not any(
        fact.kind == kind
        and fact.index < claim.size
        and fact.id not in claim.besides
        and claim.subject in (None, fact.subject)
        and all(_written(fact.data.get(name, False)) == value for name, value in where.items())
        and (claim.since is None or _sides(fact, claim.since) in ("after", "at"))
        and _sides(fact, claim.until) in ("before", "at")
        for fact in standing(facts).facts
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sides(fact: Fact, bound: str) -> str:
    """Where a fact lies: before, after or at a bound; of a day without a time and a moment of that day nobody knows."""
    at = datetime.fromisoformat(bound)
    if len(bound) == len("2026-02-09"):
        left, right = fact.day.isoformat(), bound
    elif fact.moment is None:
        left, right = fact.day.isoformat(), at.astimezone(SHANGHAI).date().isoformat()
        if left == right:
            return "unknown"
    else:
        return "at" if fact.moment == at else "before" if fact.moment < at else "after"
    return "at" if left == right else "before" if left < right else "after"


__all__ = [
    "ANSWERED",
    "ASKED",
    "CLAUSE",
    "EXCESS_CLAUSE",
    "OTHER_CLAUSE",
    "LossRule",
    "Remainder",
    "Share",
    "claim_holds",
    "claimed",
    "contract_with",
    "doubt",
    "evaluated",
    "finding",
    "findings",
    "grades",
    "happened",
    "instalment",
    "log",
    "parameter",
    "penalty",
    "percent",
    "reply_within",
    "settled",
]
