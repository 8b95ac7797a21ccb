"""优先顺序: which of several values for one slot holds, and by which of the paper's own rules.

Five combinators are enough for the contracts we know: explicit override, strictest-of with a declared direction, outside
authority, a party's choice, and document rank (inside one rank the later signature, where the paper says so). Equal
values merge and keep all their citations. Two live different values that no rule parts are a doubt quoting both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity
from lvyue.core.proof import Proof, Rejected

Value = TypeVar("Value")

#: The document id of what an authority outside the contract demands.
AUTHORITY = "authority"


class SpecialRule(StrEnum):
    """特别规则: what a clause may say for one subject instead of the order of documents."""

    STRICTEST = "strictest"
    AUTHORITY = "authority"
    CHOICE = "choice"
    OVERRIDE = "override"


class Direction(StrEnum):
    """从严方向: fewer hours are stricter, a higher availability is stricter. It must be declared, never guessed."""

    LESS = "less"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Special:
    """特别规则: for ``subject``, by ``clause``; an override says which clause goes ``over`` which (``under``)."""

    subject: str
    rule: SpecialRule
    clause: str
    over: str | None = None
    under: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """文件次序: rank by document id (1 wins), whether the later wins inside a rank, and the clause that says so."""

    clause: str | None
    ranks: tuple[tuple[str, int], ...]
    later_wins: bool
    special: tuple[Special, ...] = ()

    def rank(self, document: str) -> int | None:
        return dict(self.ranks).get(document)


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Value]):
    """候选: one clause's value for a slot. ``weight`` orders values for strictest-of (hours, percent …)."""

    value: Value
    clause: str
    document: str
    signed: date | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Resolution(Generic[Value]):
    """裁定: the value that holds (None: nobody's), the proof with the losers, and the doubt where no rule parts them."""

    value: Value | None
    proof: Proof
    doubt: Doubt | None = None


def resolve(
    slot: str,
    candidates: Sequence[Candidate[Value]],
    order: Order,
    *,
    subject: str | None = None,
) -> Resolution[Value]:
    """Decide one slot. Steps, each leaving its losers in the proof: equality, override, special rule, rank, lateness."""
    if not candidates:
        return Resolution(None, Proof(f"{slot}：没有条款规定"), _silent(slot))
    contest = _Contest(slot, list(candidates), [], [])
    for special in order.special:
        if special.rule is SpecialRule.OVERRIDE and special.over in {
            c.clause for c in contest.live
        }:
            under = special.under
            contest.keep(lambda c: c.clause != under, special.clause, "明示排除")  # noqa: B023, used at once
    rule = next(
        (s for s in order.special if s.subject == subject and s.rule is not SpecialRule.OVERRIDE),
        None,
    )
    if contest.open and rule is not None:
        return contest.special(rule)
    if contest.open and order.clause is not None:
        contest.by_rank(order, order.clause)
    return contest.outcome("请双方书面确认适用哪一条。")


@dataclass(slots=True)
class _Contest(Generic[Value]):
    """The candidates still standing for a slot, those that lost and why, and the rules used."""

    slot: str
    live: list[Candidate[Value]]
    losers: list[Rejected]
    used: list[str]

    @property
    def open(self) -> bool:
        return any(c.value != self.live[0].value for c in self.live[1:])

    def keep(self, wins: Callable[[Candidate[Value]], bool], clause: str, why: str) -> None:
        """Let only winners stand; a rule that nobody meets decides nothing."""
        kept = [c for c in self.live if wins(c)]
        if not kept:
            return
        self.losers += [
            Rejected(f"{c.clause}：{c.value}", f"{clause} {why}", (c.clause,))
            for c in self.live
            if c not in kept
        ]
        self.live = kept
        self.used.append(clause)

    def special(self, rule: Special) -> Resolution[Value]:
        match rule.rule:
            case SpecialRule.STRICTEST:
                weights = [c.weight for c in self.live if c.weight is not None]
                if rule.direction is not None and len(weights) == len(self.live):
                    best = min(weights) if rule.direction is Direction.LESS else max(weights)
                    self.keep(lambda c: c.weight == best, rule.clause, "从严者适用")
                return self.outcome("请说明哪个方向为严。")
            case SpecialRule.AUTHORITY:
                self.keep(lambda c: c.document == AUTHORITY, rule.clause, "以主管单位要求为准")
                return self.outcome("请提供主管单位的要求。")
            case SpecialRule.CHOICE | SpecialRule.OVERRIDE:
                self.used.append(rule.clause)
                return self.outcome("由有权一方书面选择。")

    def by_rank(self, order: Order, clause: str) -> None:
        ranks = {c.clause: order.rank(c.document) for c in self.live}
        known = [rank for rank in ranks.values() if rank is not None]
        if len(known) < len(self.live):
            return
        self.keep(lambda c: ranks[c.clause] == min(known), clause, "次序在先者为准")
        signed = [c.signed for c in self.live if c.signed is not None]
        if self.open and order.later_wins and len(signed) == len(self.live):
            self.keep(lambda c: c.signed == max(signed), clause, "同一层次以时间较后者为准")

    def outcome(self, mend: str) -> Resolution[Value]:
        value = None if self.open else self.live[0].value
        stands = "无法裁定" if self.open else str(value)
        clauses = tuple(dict.fromkeys([*self.used, *(c.clause for c in self.live)]))
        proof = Proof(
            f"{self.slot}：{stands}",
            "" if self.open else stands,
            clauses=clauses,
            rejected=tuple(self.losers),
        )
        return Resolution(
            value, proof, _contradicting(self.slot, self.live, mend) if self.open else None
        )


def _silent(slot: str) -> Doubt:
    says = "没有条款规定。"
    return Doubt(
        id=DoubtId(f"silent:{slot}"),
        kind=DoubtKind.SILENT,
        severity=Severity.BLOCK,
        places=(slot,),
        says=says,
    )


def _contradicting(slot: str, live: Sequence[Candidate[Value]], mend: str) -> Doubt:
    says = "；".join(f"{c.clause} 规定 {c.value}" for c in live)
    return Doubt(
        id=DoubtId(f"contradicting:{slot}"),
        kind=DoubtKind.CONTRADICTING,
        severity=Severity.BLOCK,
        places=tuple(c.clause for c in live),
        says=f"{says}。",
        mend=mend,
    )
