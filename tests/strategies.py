"""What hypothesis draws from, in the words of the domain: days and moments of a contract year, facts, logs, prices.

A drawn log is a log that the platform would accept: every fact has the fields of its kind, and texts are words that the
contract itself knows (its terms, clauses, doubts, parameters, grades), so that facts meet terms often.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from lvyue.core.calendar import SHANGHAI
from lvyue.core.evaluation import evaluate
from lvyue.core.facts import KINDS, Fact, FactId, Field, FieldType, read_line
from lvyue.core.money import Money
from lvyue.core.release import Release, events_of
from lvyue.core.terms import GradeCap
from lvyue.library import calendar_files, loader

FIRST, LAST = date(2026, 1, 1), date(2027, 2, 28)

#: Kinds by which people settle, correct or claim something: the engine reads them whatever the terms listen to.
CONTROL = frozenset(
    {
        "fact.corrected", "fact.withdrawn", "doubt.settled", "parameter.agreed", "term.waived", "term.suspended",
        "term.excused", "right.exercised", "duty.performed", "duty.breached", "duty.attested", "invoice.received",
        "invoice.refused", "payment.made", "payment.excused", "refund.made", "setoff.demanded", "damages.claimed",
        "damages.chosen", "assessment.graded", "deliverable.submitted", "staff.counted", "resource.provided",
    }
)  # fmt: skip


def papers() -> st.SearchStrategy[str]:
    """Contracts by id: a whole contract would fill pages with every example that fails."""
    return st.sampled_from(
        ["security-support-2026", "digital-operations-2026", "government-cloud-2026"]
    )


def days() -> st.SearchStrategy[date]:
    """Days around the contract year, festivals and an unpublished January included."""
    return st.dates(FIRST, LAST)


def statement_days() -> st.SearchStrategy[date]:
    """Days to state on: any, and often the last, when all has happened."""
    return days() | st.just(LAST)


def moments() -> st.SearchStrategy[datetime]:
    naive = st.datetimes(datetime(FIRST.year, 1, 1), datetime(LAST.year, 2, 28))  # noqa: DTZ001  Shanghai's, next line
    return naive.map(lambda at: at.replace(microsecond=0, tzinfo=SHANGHAI))


def prices() -> st.SearchStrategy[Money]:
    """Contract prices from one fen to ten million yuan."""
    return st.integers(1, 1_000_000_000).map(Money)


def subjects() -> st.SearchStrategy[str]:
    return st.sampled_from(["甲", "乙", "丙", "r1", "r2"])


@cache
def heard(paper: str) -> tuple[str, ...]:
    """The kinds of fact that some term of a contract listens to."""
    terms = loader.load(paper).terms
    return tuple(sorted({event.kind for term in terms for event in events_of(term)}))


@cache
def unheard(paper: str) -> tuple[str, ...]:
    """The kinds that mean nothing to a contract."""
    return tuple(sorted(set(KINDS) - set(heard(paper)) - CONTROL))


@cache
def _vocabulary(paper: str) -> dict[str, tuple[str, ...]]:
    """Words for text fields: what the contract's own terms look for, and ids."""
    release = loader.load(paper)
    words: dict[str, set[str]] = {}
    for term in release.terms:
        for event in events_of(term):
            for name, value in event.where:
                if isinstance(value, str):
                    words.setdefault(f"{event.kind}.{name}", set()).add(value)
    grades = {g.name for t in release.terms if isinstance(t, GradeCap) for g in t.grades}
    clauses = {str(term.clauses[0]) for term in release.penalties}
    words |= {
        "assessment.graded.grade": grades | {"不合格"},
        "doubt.settled.doubt": {doubt.id for doubt in release.doubts},
        "parameter.agreed.parameter": {str(one.id) for one in release.parameters} or {"x"},
        "parameter.agreed.value": {"30 minutes", "3 working-days", "尽快", "60"},
        "damages.claimed.clause": clauses,
        "damages.chosen.clause": clauses,
        "damages.chosen.alternative": {"gain", "loss", "fallback", "floor"},
        "setoff.demanded.clause": {*clauses, "main 7.1.2"},
    }
    return {name: tuple(sorted(texts)) for name, texts in words.items() if texts}


def _text(kind: str, spec: Field, release: Release) -> st.SearchStrategy[str]:
    if spec.choices:
        return st.sampled_from(spec.choices)
    known = _vocabulary(release.id).get(f"{kind}.{spec.name}")
    if known:
        return st.sampled_from(known)
    if spec.name == "term":
        return st.sampled_from(sorted(term.id for term in release.terms))
    return st.just("演示")


def _value(kind: str, spec: Field, release: Release) -> st.SearchStrategy[Any]:
    match spec.type:
        case FieldType.TEXT:
            return _text(kind, spec, release)
        case FieldType.INTEGER:
            least = spec.least or 0
            return (
                st.integers(1, 2) if spec.name == "instalment" else st.integers(max(least, 1), 12)
            )
        case FieldType.FEN:
            due = release.price.fen * 7 // 10
            return st.sampled_from([due, due - 1, due + 1, 1]) | st.integers(0, release.price.fen)
        case FieldType.DECIMAL:
            return st.sampled_from(["0", "59.9", "60", "95", "96", "97", "97.01"])
        case FieldType.DAY:
            return days().map(date.isoformat)
        case FieldType.AT:
            return days().map(date.isoformat)
        case FieldType.MOMENT:
            return moments().map(datetime.isoformat)
        case FieldType.BOOLEAN:
            return st.booleans()


@st.composite
def facts(draw: st.DrawFn, paper: str, kinds: Sequence[str]) -> Fact:
    """One fact of one of these kinds about a shipped contract, without a place in a log yet."""
    release = loader.load(paper)
    kind = draw(st.sampled_from(kinds))
    data = {
        spec.name: draw(_value(kind, spec, release))
        for spec in KINDS[kind].fields
        if spec.required or draw(st.booleans())
    }
    drawn = Fact(FactId("f"), kind, draw(days() | moments()), draw(subjects()), data, 0)
    assume(
        isinstance(read_line(lines([drawn])[0], 0, ""), Fact)
    )  # such as an end before its beginning
    return replace(drawn, id=FactId(""))


@st.composite
def stories(draw: st.DrawFn, paper: str) -> list[Fact]:
    """What usually happens, in order and with the right amounts, some of it left out: else no drawn log would ever pay."""
    price = loader.load(paper).price.fen
    first = price * 7 // 10
    about = "甲"
    told: list[tuple[str, str | None, dict[str, Any]]] = [
        ("contract.effective", None, {}),
        ("invoice.received", None, {"instalment": 1, "amount_fen": first}),
        ("payment.made", None, {"instalment": 1, "amount_fen": draw(st.integers(1, first))}),
        ("request.received", about, {}),
        ("hazard.notified", about, {}),
        ("demand.received", about, {}),
        ("demand.notified", about, {"form": draw(st.sampled_from(["oral", "written"]))}),
        ("hazard.rectified", about, {}),
        ("request.replied", about, {}),
        ("damages.claimed", None, {"clause": "main 11.5", "loss_fen": draw(st.integers(0, price))}),
        (
            "assessment.graded",
            None,
            {"grade": draw(st.sampled_from(["优秀", "良好"])), "agreed_percent": "96"},
        ),
        ("acceptance.passed", None, {}),
        ("results.delivered", None, {}),
        ("invoice.received", None, {"instalment": 2, "amount_fen": price - first}),
        (
            "setoff.demanded",
            None,
            {"amount_fen": draw(st.integers(1, price)), "clause": "main 7.1.2", "paper": "演示"},
        ),
        ("payment.made", None, {"instalment": 2, "amount_fen": draw(st.integers(1, price))}),
    ]
    kept = [one for one in told if draw(st.integers(0, 3))]
    when = sorted(draw(st.lists(days(), min_size=len(kept), max_size=len(kept))))
    return [
        Fact(FactId(""), kind, at, subject, data, 0)
        for at, (kind, subject, data) in zip(when, kept, strict=True)
    ]


@st.composite
def logs(
    draw: st.DrawFn, paper: str, *, without: frozenset[str] = frozenset(), size: int = 18
) -> list[Fact]:
    """A log of up to ``size`` facts that may matter to a contract, placed in the order in which they are drawn."""
    kinds = sorted((set(heard(paper)) | CONTROL) - without - {"fact.corrected", "fact.withdrawn"})
    likely = [
        kind
        for kind in ("contract.effective", "invoice.received", "payment.made", "damages.claimed", "assessment.graded",
                     "acceptance.passed", "results.delivered", "term.waived", "hazard.notified", "hazard.rectified")
        if kind in kinds
    ]  # fmt: skip
    told = [one for one in draw(stories(paper)) if one.kind in kinds]
    drawn = told[:size] + draw(
        st.lists(facts(paper, likely) | facts(paper, kinds), max_size=max(size - len(told), 0))
    )
    placed = [
        Fact(FactId(f"f{n}"), one.kind, one.at, one.subject, one.data, n - 1)
        for n, one in enumerate(drawn, 1)
    ]
    if placed and not without & {"fact.corrected", "fact.withdrawn"} and draw(st.booleans()):
        placed.append(draw(_correction(placed)))
    return placed


@st.composite
def _correction(draw: st.DrawFn, placed: Sequence[Fact]) -> Fact:
    data: dict[str, Any] = {
        "fact": draw(st.sampled_from([one.id for one in placed])),
        "reason": "核对",
    }
    kind = draw(st.sampled_from(["fact.corrected", "fact.withdrawn"]))
    if kind == "fact.corrected":
        data["at"] = draw(days() | moments()).isoformat()
    n = len(placed)
    return Fact(FactId(f"f{n + 1}"), kind, draw(days()), None, data, n)


def lines(placed: Sequence[Fact]) -> list[bytes]:
    """The facts as the lines of a facts file."""
    rows = (
        {
            "id": one.id,
            "kind": one.kind,
            "at": one.at.isoformat(),
            **({"subject": one.subject} if one.subject is not None else {}),
            "data": dict(one.data),
        }
        for one in placed
    )
    return [json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]


def verdicts(
    release: Release, placed: Sequence[Fact], as_of: date, size: int
) -> dict[tuple[str, str], str]:
    """Every verdict by term and occurrence, of a log that is ``size`` long."""
    found = evaluate(release, placed, calendar_files.default_calendar(), as_of, size=size).findings
    return {(one.term, one.occurrence): one.verdict.value for one in found}


def later(as_of: date) -> st.SearchStrategy[date]:
    return st.integers(0, 400).map(lambda n: as_of + timedelta(days=n))
