"""考核等级: from a grade to what the contract lets be paid: exactly, at most, or not decidable.

"97% 为上限" is an upper bound, never the value: below the top grade the parties must still agree a figure. A grade the
table does not know, or a table the paper left blank, decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lvyue.core.book import Book
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity
from lvyue.core.facts import Fact
from lvyue.core.money import Rate
from lvyue.core.proof import Figure, Proof
from lvyue.core.release import Release
from lvyue.core.terms import Event, Grade, GradeCap

_GRADED = Event("assessment.graded")


@dataclass(frozen=True, slots=True)
class FinalPrice:
    """最终合同总价: ``exact`` once it is known, ``limit`` the most it can be; both None where nothing decides."""

    exact: Figure | None
    limit: Figure | None
    grade: str | None
    proof: Proof
    doubts: tuple[Doubt, ...] = ()


def final_price(term: GradeCap, release: Release, book: Book) -> FinalPrice:
    """What the latest grade makes of the price. The price itself is the limit until there is a grade."""
    clauses = tuple(str(clause) for clause in term.clauses)
    price = Figure.given(release.price, "合同价款", str(release.price_clause))
    if not term.grades:
        return FinalPrice(
            None,
            None,
            None,
            Proof("合同没有写明考核等级与付款比例", clauses=clauses, doubts=term.doubts),
        )
    facts = book.all(_GRADED)
    if not facts:
        return FinalPrice(
            None,
            price,
            None,
            Proof("尚无考核定级，以合同价款为上限", clauses=clauses, inputs=(price.proof,)),
        )
    fact = facts[-1]
    if rivals := _rivals(facts):
        says = f"{fact.day} 有两个不同的定级：{'、'.join(rivals)}。"
        doubt = _doubt("grades-differ", clauses, says, "请用 fact.withdrawn 撤回其中一个。")
        named = tuple(one.id for one in facts if one.order == fact.order)
        proof = Proof(doubt.says, clauses=clauses, facts=named)
        return FinalPrice(None, price, None, proof, (doubt,))
    name = fact.data["grade"]
    grade = next((one for one in term.grades if one.name == name), None)
    if grade is None:
        known = "、".join(one.name for one in term.grades)
        doubt = _doubt(
            "grade-unknown",
            clauses,
            f"合同没有约定“{name}”等级如何付款（只有{known}）。",
            "请双方书面约定。",
        )
        return FinalPrice(
            None, None, name, Proof(doubt.says, clauses=clauses, facts=(fact.id,)), (doubt,)
        )
    what = f"{name}的付款{'比例' if grade.exact else '上限'}"
    limit = _graded(price.times(grade.rate, what, *clauses), fact)
    agreed = fact.data.get("agreed_percent")
    if grade.exact:
        return FinalPrice(limit, limit, name, limit.proof, _needless(agreed, grade, clauses))
    if agreed is None:
        says = f"{name}只约定上限 {grade.rate}，具体比例待双方商定"
        return FinalPrice(
            None, limit, name, Proof(says, clauses=clauses, facts=(fact.id,), inputs=(limit.proof,))
        )
    rate = Rate(Fraction(str(agreed)) / 100)
    if not Rate.ZERO <= rate <= grade.rate:
        doubt = _doubt(
            "agreed-over-cap",
            clauses,
            f"商定比例 {rate} 不在 0 至上限 {grade.rate} 之间。",
            "请更正定级记录或签署补充协议。",
        )
        proof = Proof(doubt.says, clauses=clauses, facts=(fact.id,), inputs=(limit.proof,))
        return FinalPrice(None, limit, name, proof, (doubt,))
    exact = _graded(price.times(rate, f"{name}，双方商定比例", *clauses), fact)
    return FinalPrice(exact, limit, name, exact.proof)


def _rivals(facts: Sequence[Fact]) -> list[str]:
    """Grades of the same latest time that differ: neither the order of the log nor we may choose between them."""
    last = [fact for fact in facts if fact.order == facts[-1].order]
    told = {f"{one.data['grade']} {one.data.get('agreed_percent', '')}".strip() for one in last}
    return sorted(told) if len(told) > 1 else []


def _graded(figure: Figure, fact: Fact) -> Figure:
    """The figure with the grade it rests on named in its proof."""
    return replace(figure, proof=replace(figure.proof, facts=(fact.id,)))


def _needless(agreed: object, grade: Grade, clauses: tuple[str, ...]) -> tuple[Doubt, ...]:
    """A doubt where a percentage was agreed for a grade that the contract itself pays exactly."""
    if agreed is None or Fraction(str(agreed)) / 100 == grade.rate.value:
        return ()
    says = f"{grade.name}按合同付 {grade.rate}，另记的商定比例 {agreed}% 没有采用。"
    return (
        replace(
            _doubt("agreed-needless", clauses, says, "请更正定级记录或签署补充协议。"),
            severity=Severity.CONFIRM,
        ),
    )


def _doubt(name: str, clauses: tuple[str, ...], says: str, mend: str) -> Doubt:
    return Doubt(
        id=DoubtId(name),
        kind=DoubtKind.SILENT,
        severity=Severity.BLOCK,
        places=clauses,
        says=says,
        mend=mend,
    )
