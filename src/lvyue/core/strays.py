"""无着落的事实: facts that name something the contract does not have, or that nothing can take up.

They are kept, as every fact is, and they change nothing; but they must not vanish in silence, because the person who
recorded them believed that they would count.
"""

from __future__ import annotations

from collections.abc import Iterator

from lvyue.core.book import Book
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity
from lvyue.core.facts import Fact, is_decimal
from lvyue.core.release import Release
from lvyue.core.terms import Event, ParameterId, TermId

_BY_TERM = (
    *("term.waived", "term.excused", "term.suspended", "term.resumed"),
    *("duty.performed", "duty.breached", "duty.attested", "right.exercised"),
)
_BY_INSTALMENT = (
    *("invoice.received", "invoice.refused", "treasury.released"),
    *("payment.made", "payment.excused"),
)


def strays(release: Release, book: Book) -> tuple[Doubt, ...]:
    """One doubt for each standing fact that names nothing, in log order."""
    found = [
        *_terms(release, book),
        *_instalments(release, book),
        *_settlings(release, book),
        *_set_off(release, book),
    ]
    return tuple(doubt for _, doubt in sorted(found, key=_place))


def _place(entry: tuple[Fact, Doubt]) -> int:
    return entry[0].index


def _terms(release: Release, book: Book) -> Iterator[tuple[Fact, Doubt]]:
    for kind in _BY_TERM:
        for fact in book.all(Event(kind)):
            if TermId(fact.data["term"]) not in release.term_by_id:
                yield _stray(fact, f"没有编号为“{fact.data['term']}”的约定。")


def _instalments(release: Release, book: Book) -> Iterator[tuple[Fact, Doubt]]:
    known = {term.instalment for term in release.payments}
    for kind in _BY_INSTALMENT:
        for fact in book.all(Event(kind)):
            if fact.data["instalment"] not in known:
                numbers = "、".join(map(str, sorted(known)))
                yield _stray(fact, f"合同没有第 {fact.data['instalment']} 期（只有 {numbers}）。")


def _settlings(release: Release, book: Book) -> Iterator[tuple[Fact, Doubt]]:
    for fact in book.all(Event("doubt.settled")):
        if fact.data["doubt"] not in release.doubt_by_id:
            yield _stray(fact, f"没有编号为“{fact.data['doubt']}”的疑义。")
    for fact in book.all(Event("parameter.agreed")):
        parameter = ParameterId(fact.data["parameter"])
        if parameter not in release.parameter_by_id:
            yield _stray(fact, f"没有编号为“{parameter}”的参数。")
        elif book.span(parameter, fact.day) is None and not is_decimal(
            fact.data["value"].rstrip("% ")
        ):
            yield _stray(
                fact, f"商定的“{fact.data['value']}”读不成时限或数字；请写成 4 hours 或 99.5。"
            )


def _set_off(release: Release, book: Book) -> Iterator[tuple[Fact, Doubt]]:
    for fact in book.all(Event("setoff.demanded")):
        if release.clause_named(fact.data["clause"]) not in release.set_off_clauses:
            yield _stray(fact, f"“{fact.data['clause']}”没有约定抵扣。")


def _stray(fact: Fact, says: str) -> tuple[Fact, Doubt]:
    return fact, Doubt(
        id=DoubtId(f"stray:{fact.id}"),
        kind=DoubtKind.MISMATCH,
        severity=Severity.CONFIRM,
        places=(f"事实 {fact.id}",),
        says=says,
        mend="这条事实没有起作用：请核对编号，用 fact.withdrawn 撤回后另记。",
    )
