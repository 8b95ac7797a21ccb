"""价款里的约定: instalments, late interest, damages and the table of grades, as candidates beside those of sentences."""

from __future__ import annotations

from collections.abc import Iterator

from lvyue.core.terms import Party, TermKind
from lvyue.reading.candidates import Candidate, Certainty
from lvyue.reading.consideration import Consideration, Damage, Instalment
from lvyue.reading.found import State
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span


def of_money(paper: Paper, consideration: Consideration) -> Iterator[Candidate]:
    """What is paid, when, and what a breach costs."""
    for one in consideration.instalments:
        yield _instalment(paper, one)
    for late in consideration.interest:
        yield Candidate(
            TermKind.LATE_INTEREST, late.clause, late.debtor, paper.words(late.span), (late.span,),
            Certainty.SURE, limit=late.grace,
        )  # fmt: skip
    for damage in consideration.damages:
        yield _damage(paper, damage)
    yield from _grades(paper, consideration)


def _instalment(paper: Paper, one: Instalment) -> Candidate:
    conditions = "，".join(condition.raw for condition in one.conditions)
    first = next((condition.event for condition in one.conditions if condition.event), "")
    sure = one.rate is not None or one.remainder
    return Candidate(
        TermKind.PAYMENT, one.clause, Party.BUYER, paper.words(one.span), (one.span,),
        Certainty.SURE if sure else Certainty.LIKELY,
        trigger=conditions, event=first, limit=one.within, count=one.number, item=str(one.number),
    )  # fmt: skip


def _damage(paper: Paper, one: Damage) -> Candidate:
    sure = one.rate is not None or one.floor is not None
    return Candidate(
        TermKind.PENALTY, one.clause, one.debtor, paper.words(one.span), (one.span,),
        Certainty.SURE if sure else Certainty.LIKELY, trigger=one.breach,
    )  # fmt: skip


def _grades(paper: Paper, consideration: Consideration) -> Iterator[Candidate]:
    """One candidate for the table; none where the paper has no such place at all."""
    clause = consideration.grades_clause
    if clause is None or consideration.grades_state is State.ABSENT:
        return
    spans = tuple(grade.span for grade in consideration.grades)
    if not spans:
        node = paper.node_by_ref.get(clause)
        if node is None or not node.elements:
            return
        spans = tuple(Span(e, start, start + len(text)) for e, start, text in paper.body(node))[:1]
        if not spans:
            return
    yield Candidate(
        TermKind.GRADE_CAP, clause, Party.BUYER, paper.words(spans[0]), spans,
        Certainty.SURE if consideration.grades else Certainty.GUESS,
    )  # fmt: skip
