"""差异: what became different from one statement to another, in findings and in fen, each with the facts that did it.

Pure, like the statements it compares. The two may differ in anything: the day, the log, the release, the calendar, or
in facts that somebody only supposes. A later statement of the same contract compared with an earlier one is a
restatement; a supposed one compared with a real one is a what-if.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lvyue.core.facts import Fact, FactId
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.money import Money
from lvyue.core.proof import Proof
from lvyue.core.statement import Statement
from lvyue.core.terms import Remainder, TermId
from lvyue.obligations.card import open_most
from lvyue.obligations.marks import Mark, mark_of
from lvyue.obligations.reason import FactView, fact_view, facts_by_id


@dataclass(frozen=True, slots=True)
class ChangedFinding:
    """变化的结论: one term at one occurrence, before and after; None where it stood on one side only.

    ``facts`` are named by the new proof and not by the old, ``gone`` the other way round.
    """

    term: TermId
    says: str
    clause: str
    occurrence: str
    debtor: str
    before: Mark | None
    after: Mark | None
    because_before: str
    because_after: str
    due_before: date | datetime | None = None
    due_after: date | datetime | None = None
    facts: tuple[FactView, ...] = ()
    gone: tuple[FactView, ...] = ()

    @property
    def is_wording(self) -> bool:
        """说明有变: the verdict and the due day are what they were; only the sentence is another."""
        return self.before == self.after and self.due_before == self.due_after


@dataclass(frozen=True, slots=True)
class ChangedMoney:
    """变化的金额: None where the amount is not known, or where there is none; ``state_before`` and ``state_after`` say which."""

    key: str
    what: str
    before: Money | None
    after: Money | None
    clause: str
    state_before: str = ""
    state_after: str = ""
    due_before: date | None = None
    due_after: date | None = None
    facts: tuple[FactView, ...] = ()
    gone: tuple[FactView, ...] = ()

    @property
    def by(self) -> Money | None:
        """How much more it is now; None where one of the two is not known."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """差异: changed findings and sums in the order of the contract; ``reworded`` changed nothing but their sentence.

    ``facts`` count after and did not before, ``gone`` counted before. ``is_empty`` asks for consequences: facts that
    change no finding and no fen leave it true.
    """

    before: Statement = field(repr=False)
    after: Statement = field(repr=False)
    findings: tuple[ChangedFinding, ...]
    reworded: tuple[ChangedFinding, ...]
    money: tuple[ChangedMoney, ...]
    facts: tuple[Fact, ...]
    gone: tuple[Fact, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.findings or self.money)

    @property
    def arrived(self) -> tuple[FactView, ...]:
        """The facts that count after and did not before, for people."""
        return tuple(fact_view(fact) for fact in self.facts)

    @property
    def left(self) -> tuple[FactView, ...]:
        return tuple(fact_view(fact) for fact in self.gone)

    @property
    def payable(self) -> ChangedMoney | None:
        """What became of the payable sum, if it is another."""
        return next((one for one in self.money if one.key == "payable"), None)

    def as_json(self) -> dict[str, Any]:
        """The difference as plain data, with the addresses of both statements."""
        return {
            "before": _address(self.before),
            "after": _address(self.after),
            "findings": [_finding(one) for one in self.findings],
            "reworded": [_finding(one) for one in self.reworded],
            "money": [_money(one) for one in self.money],
            "facts": [fact.id for fact in self.facts],
            "gone": [fact.id for fact in self.gone],
        }


def difference_of(before: Statement, after: Statement) -> Difference:
    """Everything in which two statements of one contract differ."""
    sides = _Sides(before, after)
    changed = tuple(_changed_findings(sides))
    old, new = _facts(before), _facts(after)
    return Difference(
        before=before,
        after=after,
        findings=tuple(one for one in changed if not one.is_wording),
        reworded=tuple(one for one in changed if one.is_wording),
        money=tuple(_changed_money(sides)),
        facts=tuple(fact for fact in new.values() if fact.id not in old),
        gone=tuple(fact for fact in old.values() if fact.id not in new),
    )


def _facts(statement: Statement) -> Mapping[FactId, Fact]:
    """The recorded facts that count in a statement, in log order; what clauses deem to have happened is a conclusion."""
    by_kind = statement.evaluation.book.by_kind
    found = [
        fact for same in by_kind.values() for fact in same if not fact.id.startswith("deemed:")
    ]
    return {fact.id: fact for fact in sorted(found, key=_place)}


def _place(fact: Fact) -> tuple[int, str]:
    return fact.index, fact.id


class _Sides:
    """The two statements with every fact that either of them may name, also those that a correction took out of sight."""

    def __init__(self, before: Statement, after: Statement) -> None:
        self.before, self.after = before, after
        self._by_id: dict[str, Fact] = {}
        for statement in (before, after):
            book = statement.evaluation.book
            self._by_id |= {fact.id: fact for fact, _ in book.amended}
            self._by_id |= facts_by_id(statement)

    def only_in(self, some: Iterable[FactId], others: Iterable[FactId]) -> tuple[FactView, ...]:
        """Facts that one proof names and another does not."""
        known = set(others)
        return tuple(
            fact_view(self._by_id[one])
            for one in dict.fromkeys(some)
            if one not in known and one in self._by_id
        )


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────────

#: A term, an occurrence, and which of those that bear the same label.
_Place = tuple[TermId, str, int]


def _changed_findings(sides: _Sides) -> Iterator[ChangedFinding]:
    before, after = sides.before, sides.after
    old, new = _by_place(before), _by_place(after)
    for place in (*new, *(place for place in old if place not in new)):
        was, now = old.get(place), new.get(place)
        same = (
            was is not None
            and now is not None
            and was.because == now.because
            and was.due == now.due
            and _mark(before, was) == _mark(after, now)
        )
        if not same:
            yield _changed_finding(sides, was, now)


def _by_place(statement: Statement) -> Mapping[_Place, Finding]:
    seen: dict[tuple[TermId, str], int] = {}
    found: dict[_Place, Finding] = {}
    for finding in statement.evaluation.findings:
        label = (finding.term, finding.occurrence)
        seen[label] = seen.get(label, 0) + 1
        found[*label, seen[label]] = finding
    return found


def _mark(statement: Statement, finding: Finding | None) -> Mark | None:
    if finding is None:
        return None
    return mark_of(statement.evaluation.release.term_by_id[finding.term], finding)


def _changed_finding(sides: _Sides, was: Finding | None, now: Finding | None) -> ChangedFinding:
    before, after = sides.before, sides.after
    shown = now or was
    if shown is None:
        raise TypeError("neither statement has the finding")
    home = after if now is not None else before
    old, new = _named(was), _named(now)
    return ChangedFinding(
        term=shown.term,
        says=home.evaluation.release.term_by_id[shown.term].says,
        clause=str(shown.clause),
        occurrence=shown.occurrence,
        debtor=shown.debtor.zh,
        before=_mark(before, was),
        after=_mark(after, now),
        because_before=was.because if was is not None else "",
        because_after=now.because if now is not None else "",
        due_before=was.due if was is not None else None,
        due_after=now.due if now is not None else None,
        facts=sides.only_in(new, old),
        gone=sides.only_in(old, new),
    )


def _named(finding: Finding | None) -> tuple[FactId, ...]:
    return () if finding is None else (*finding.facts, *_cited(finding.inputs))


def _cited(proofs: Iterable[Proof]) -> tuple[FactId, ...]:
    return tuple(FactId(fact) for proof in proofs for node in proof.walk() for fact in node.facts)


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Sum:
    """One amount of a settlement as it can be compared: what it is, how much, in which state, and why."""

    what: str
    money: Money | None
    clause: str = ""
    state: str = ""
    due: date | None = None
    facts: tuple[FactId, ...] = ()

    def same_as(self, other: _Sum) -> bool:
        mine, its = (self.money, self.state, self.due), (other.money, other.state, other.due)
        return mine == its


_NONE, _UNKNOWN = "没有", "无法判定"


def _changed_money(sides: _Sides) -> Iterator[ChangedMoney]:
    old, new = dict(_sums(sides.before)), dict(_sums(sides.after))
    for key in (*new, *(key for key in old if key not in new)):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and was.same_as(now):
            continue
        shown = now or was
        if shown is None:
            continue
        named_before = was.facts if was is not None else ()
        named_after = now.facts if now is not None else ()
        yield ChangedMoney(
            key=key,
            what=shown.what,
            before=was.money if was is not None else None,
            after=now.money if now is not None else None,
            clause=shown.clause,
            state_before=was.state if was is not None else _NONE,
            state_after=now.state if now is not None else _NONE,
            due_before=was.due if was is not None else None,
            due_after=now.due if now is not None else None,
            facts=sides.only_in(named_after, named_before),
            gone=sides.only_in(named_before, named_after),
        )


def _sums(statement: Statement) -> Iterator[tuple[str, _Sum]]:
    """Every amount of a settlement by a key that stays the same from one statement to the next."""
    settlement = statement.settlement
    payable = settlement.payable
    unknown = _UNKNOWN if payable is None else ""
    # Also what a paid instalment rests on: the payment that made it vanish from the lines is the reason.
    named = tuple(fact for one in settlement.instalments for fact in _rests_on(one))
    yield "payable", _Sum("现在应付", payable, state=unknown, facts=named)
    paid = tuple(fact.id for one in settlement.instalments for fact in one.payments)
    yield "paid", _Sum("已付", settlement.paid, facts=paid)
    yield from _open_sums(settlement.instalments)
    for one in settlement.instalments:
        yield f"instalment-{one.term.instalment}", _instalment(one, f"第{one.term.instalment}期")
    yield from _deductions(statement)
    for one in settlement.instalments:
        for off in one.set_off:
            name = f"第{one.term.instalment}期抵扣"
            yield (
                f"set-off-{one.term.instalment}-{off.fact.id}",
                _Sum(name, off.taken, off.clause, facts=(off.fact.id,)),
            )
    for number, one in enumerate(settlement.refunds, start=1):
        yield f"refund-{number}", _instalment(one, "返还")
    yield from _consequences(statement)


def _open_sums(instalments: Sequence[Instalment]) -> Iterator[tuple[str, _Sum]]:
    for key, what, state in (
        ("at-stake", "待条件成就，至多", PaymentState.NOT_TRIGGERED),
        ("undecidable", "无法判定，至多", PaymentState.NOT_DECIDABLE),
    ):
        most = [open_most(one) for one in instalments if one.state is state]
        known = Money.total(money for money in most if money is not None)
        unknown = sum(money is None for money in most)
        yield key, _Sum(what, known, state=f"另有 {unknown} 期金额未知" if unknown else "")


def _rests_on(one: Instalment) -> tuple[FactId, ...]:
    proofs = (one.amount.proof,) if one.amount is not None else ()
    return (*one.facts, *_cited(proofs))


def _instalment(one: Instalment, name: str) -> _Sum:
    figure = one.amount
    return _Sum(
        name,
        figure.money if figure is not None else None,
        str(one.term.clauses[0]),
        one.state.zh if figure is not None else f"{one.state.zh}，金额未定",
        one.due_day,
        _rests_on(one),
    )


def _deductions(statement: Statement) -> Iterator[tuple[str, _Sum]]:
    """What the grade takes off the price: the price less all instalments, where each of them is known."""
    settlement = statement.settlement
    graded = [one for one in settlement.instalments if isinstance(one.term.amount, Remainder)]
    figures = [one.amount for one in settlement.instalments if one.amount is not None]
    if not graded or len(figures) < len(settlement.instalments):
        return
    taken = statement.evaluation.release.price - Money.total(one.money for one in figures)
    if taken:
        one = graded[-1]
        cited = _cited(figure.proof for figure in (one.amount,) if figure is not None)
        yield "deduction", _Sum("考核扣减", taken, str(one.term.clauses[0]), facts=cited)


def _consequences(statement: Statement) -> Iterator[tuple[str, _Sum]]:
    """Late interest and claims: beside the payable sum, never in it."""
    for late in statement.settlement.interest:
        proof = late.figure.proof
        yield (
            f"interest-{late.instalment}-{late.term.id}",
            _Sum(
                f"第{late.instalment}期逾期违约金",
                late.figure.money,
                str(late.term.clauses[0]),
                f"{late.days} 天" + ("，已达上限" if late.capped else ""),
                facts=_cited((proof,)),
            ),
        )
    for claim in statement.settlement.damages:
        clause = str(claim.clause) if claim.clause is not None else claim.asked
        cited = (claim.fact, *_cited((claim.proof,)))
        figure = claim.figure
        known = f"尚缺 {len(claim.needs)} 项" if claim.needs else ""
        yield (
            f"damages-{claim.fact}-{clause}",
            _Sum(
                "主张的违约责任",
                figure.money if figure is not None else None,
                clause,
                known if figure is not None else f"金额未定{'，' if known else ''}{known}",
                facts=cited,
            ),
        )
        for other in claim.alternatives:
            money = other.figure.money if other.figure is not None else None
            what = f"主张的违约责任，备选：{other.says}"
            yield (
                f"damages-{claim.fact}-{clause}-{other.name}",
                _Sum(what, money, other.clause, "" if money is not None else "金额未定"),
            )


# ── as data ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _address(statement: Statement) -> dict[str, Any]:
    evaluation = statement.evaluation
    return {
        "as_of": evaluation.as_of.isoformat(),
        "size": evaluation.book.size,
        "root": statement.root,
        "release": evaluation.release.digest,
        "calendar": evaluation.calendar.digest,
    }


def _at(at: date | datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _key(mark: Mark | None) -> str | None:
    return None if mark is None else mark.key


def _finding(one: ChangedFinding) -> dict[str, Any]:
    return {
        "term": one.term,
        "clause": one.clause,
        "occurrence": one.occurrence or None,
        "before": _key(one.before),
        "after": _key(one.after),
        "due_before": _at(one.due_before),
        "due_after": _at(one.due_after),
        "because_before": one.because_before,
        "because_after": one.because_after,
        "facts": [fact.id for fact in one.facts],
        "gone": [fact.id for fact in one.gone],
    }


def _money(one: ChangedMoney) -> dict[str, Any]:
    return {
        "key": one.key,
        "what": one.what,
        "clause": one.clause or None,
        "before_fen": None if one.before is None else one.before.fen,
        "after_fen": None if one.after is None else one.after.fen,
        "state_before": one.state_before,
        "state_after": one.state_after,
        "due_before": _at(one.due_before),
        "due_after": _at(one.due_after),
        "facts": [fact.id for fact in one.facts],
        "gone": [fact.id for fact in one.gone],
    }
