"""试登记: what putting a draft on record would change, and what should give a person pause before they do. Saves nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from lvyue.core.calendar import SHANGHAI, day_of
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import KINDS, Fact, parse_at
from lvyue.core.instalments import Instalment
from lvyue.core.money import Money
from lvyue.core.release import kinds_of
from lvyue.core.statement import Statement
from lvyue.core.terms import Event
from lvyue.evidence import queries as evidence
from lvyue.obligations.difference import Difference, difference_of
from lvyue.obligations.drafting import CORRECTIONS, Draft, about, same_thing, tidied
from lvyue.obligations.logbook import Fates
from lvyue.obligations.queries import log_size, statement_of, suppose

#: What happened longer ago than this is recorded late enough to be asked about.
OLD = timedelta(days=180)
#: So many earlier facts are looked at for a subject that is spelt almost the same.
LOOKED_AT = 400

#: Kinds that the engine reads whatever the terms listen to.
ALWAYS_READ = frozenset(
    {
        *CORRECTIONS,
        *("term.waived", "term.suspended", "term.resumed", "term.excused", "payment.excused"),
        *("refund.made", "service.ended", "contract.rescinded", "contract.terminated"),
        *("force_majeure.began", "force_majeure.notified", "dispute.raised", "litigation.filed"),
        "contract.effective",
    }
)


@dataclass(frozen=True, slots=True)
class Misgiving:
    """顾虑: what may be wrong though nothing is forbidden; ``must``: a person has to say that it is meant so."""

    key: str
    says: str
    must: bool = True


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """试登记: the statement before and after in their difference, and every misgiving.

    ``others`` are what somebody recorded about the same thing since the form was opened; ``news`` counts all that came.
    """

    draft: Draft
    fact: Fact
    size: int
    difference: Difference | None
    doubts: tuple[Doubt, ...]
    misgivings: tuple[Misgiving, ...]
    others: tuple[Fact, ...] = ()
    news: int = 0

    @property
    def seal(self) -> str:
        """What a confirmation must bear: it is given for just this line."""
        return hashlib.sha256(self.draft.line).hexdigest()

    def unanswered(self, accepted: frozenset[str]) -> tuple[Misgiving, ...]:
        """Misgivings that somebody still has to answer."""
        return tuple(one for one in self.misgivings if one.must and one.key not in accepted)


def rehearse(
    contract_id: str, draft: Draft, today: date, seen_size: int | None = None
) -> Rehearsal:
    """Everything that a person should see before a draft goes on record. ``Refused`` if it is no fact at all."""
    size = log_size(contract_id)
    fact = draft.read(size)
    if not isinstance(fact, Fact):
        raise Refused(fact)
    before: Statement | None = None
    after: Statement | None = None
    doubts: tuple[Doubt, ...] = ()
    try:
        before = statement_of(contract_id, today)
        after = suppose(contract_id, today, facts=[fact])
    except Refused as refused:
        doubts = refused.doubts
    difference = difference_of(before, after) if before is not None and after is not None else None
    effects = _Effects(after) if after is not None else None
    came = evidence.facts_from(contract_id, seen_size) if seen_size is not None else []
    others = tuple(one for one in came if same_thing(one, fact))
    found = [
        *_others(others, size),
        *_time(fact, today, before),
        *_likeness(fact, _Around(contract_id)),
        *(_effect(fact, effects) if effects is not None else ()),
        *(_idle(fact, today, difference, effects) if effects is not None and difference else ()),
        *(_unreckoned(doubts) if doubts else ()),
    ]
    return Rehearsal(draft, fact, size, difference, doubts, tuple(found), others, len(came))


def misgivings_about(
    contract_id: str, facts: Sequence[Fact], today: date
) -> list[tuple[Misgiving, ...]]:
    """For each row of a file, in order, the same misgivings as about a single fact; those before it count as on record."""
    before: Statement | None = None
    effects: _Effects | None = None
    doubts: tuple[Doubt, ...] = ()
    try:
        before = statement_of(contract_id, today)
        effects = _Effects(suppose(contract_id, today, facts=facts))
    except Refused as refused:
        doubts = refused.doubts
    around, told = _Around(contract_id), list[tuple[Misgiving, ...]]()
    for fact in facts:
        found = [*_time(fact, today, before), *_likeness(fact, around)]
        found += _effect(fact, effects) if effects is not None else _unreckoned(doubts)
        told.append(tuple(found))
        around.add(fact)
    return told


def _others(others: tuple[Fact, ...], size: int) -> Iterator[Misgiving]:
    """The key names the log size: what comes after the answer is asked about anew."""
    if others:
        names = "、".join(_told(one) for one in others[:3])
        yield Misgiving(
            f"others-{size}",
            f"在您填写期间，有人登记了同一件事：{names}。请看过再决定是否仍要登记。",
        )


def _time(fact: Fact, today: date, before: Statement | None) -> Iterator[Misgiving]:
    day = _day_told(fact)
    if day > today:
        yield Misgiving("future", f"发生日期 {day} 在将来；事实是已经发生的事。到那一天才起作用。")
    if day < today - OLD:
        ago = (today - day).days
        yield Misgiving("old", f"发生在 {ago} 天之前（{day}）。请核对年份和日期。")
    begins = _begins(before)
    if begins is not None and day < begins and fact.kind != "contract.effective":
        yield Misgiving("before", f"发生在合同生效（{begins}）之前。请核对日期，或确认确有其事。")


def _day_told(fact: Fact) -> date:
    """The day that somebody says something happened: of a correction the one that it brings, not that of correcting."""
    if (
        fact.kind == "fact.corrected" and "at" in fact.data
    ):  # a correction may leave the time as it is
        at = parse_at(fact.data["at"])
        return fact.day if isinstance(at, str) else day_of(at)
    return fact.day


def _begins(statement: Statement | None) -> date | None:
    """The first day on which the contract can have been in force, as far as anything says so."""
    if statement is None:
        return None
    release, book = statement.evaluation.release, statement.evaluation.book
    effective = book.first(Event("contract.effective"))
    days = (release.effective, release.period.start, effective.day if effective else None)
    return min((day for day in days if day is not None), default=None)


class _Around:
    """旁证: what stands beside a fact in the log; each thing is asked for once, however many rows a file has."""

    def __init__(self, contract_id: str) -> None:
        self.contract_id = contract_id
        self._days: dict[tuple[str, date], list[Fact]] = {}
        self._proved: dict[str, list[Fact]] = {}

    def add(self, fact: Fact) -> None:
        """Count a row of a file for the rows behind it."""
        self.on(fact.kind, fact.day).append(fact)
        for digest in fact.evidence:
            self.proved_by(digest).append(fact)

    def on(self, kind: str, day: date) -> list[Fact]:
        if (kind, day) not in self._days:
            found = evidence.facts_on(self.contract_id, kind, day)
            self._days[kind, day] = self._standing(found)
        return self._days[kind, day]

    def proved_by(self, digest: str) -> list[Fact]:
        if digest not in self._proved:
            found = evidence.facts_proved_by(self.contract_id, digest)
            self._proved[digest] = self._standing(found)
        return self._proved[digest]

    def _standing(self, found: Sequence[Fact]) -> list[Fact]:
        """What was withdrawn is nobody's twin: it may be recorded again."""
        return [one for one in found if self._fates.of(one).stands]

    @cached_property
    def _fates(self) -> Fates:
        return Fates(evidence.corrections(self.contract_id))

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The subjects that the last facts name."""
        facts = evidence.recent(self.contract_id, KINDS.keys(), LOOKED_AT)
        return frozenset(one.subject for one in facts if one.subject is not None)

    @cached_property
    def in_order(self) -> Mapping[str, str]:
        """The same, each by how it is spelt when put in order."""
        return {_in_order(one): one for one in sorted(self.subjects, reverse=True)}


def _likeness(fact: Fact, around: _Around) -> Iterator[Misgiving]:
    yield from _twins(fact, around)
    yield from _spelling(fact, around)
    yield from _files(fact, around)


def _twins(fact: Fact, around: _Around) -> Iterator[Misgiving]:
    same = [one for one in around.on(fact.kind, fact.day) if about(one) == about(fact)]
    if same:
        names = "、".join(_told(one) for one in same[:3])
        zh = KINDS[fact.kind].zh
        yield Misgiving("twin", f"同一天、同一对象已经有“{zh}”：{names}。可能是重复登记。")


def _told(fact: Fact) -> str:
    at = fact.at.astimezone(SHANGHAI) if isinstance(fact.at, datetime) else None
    return f"{fact.id}（{f'{at:%Y-%m-%d %H:%M}' if at else fact.day}）"


def _spelling(fact: Fact, around: _Around) -> Iterator[Misgiving]:
    """A subject that is another one but for blanks and width answers nothing: the engine takes it at its word."""
    if fact.subject is None or fact.subject in around.subjects:
        return
    near = around.in_order.get(_in_order(fact.subject))
    if near is not None:
        yield Misgiving(
            "spelling",
            f"日志里写的是“{near}”，与您写的“{fact.subject}”只差写法；系统会当作两个对象。",
        )


def _in_order(subject: str) -> str:
    return tidied(subject).casefold()


def _files(fact: Fact, around: _Around) -> Iterator[Misgiving]:
    """OBL-05: one file that proves two inspections proves at most one of them."""
    for file in evidence.files(around.contract_id, fact.evidence):
        others = around.proved_by(file.sha256)
        alike = [one for one in others if one.kind == fact.kind]
        if others:
            told = "、".join(f"{KINDS[one.kind].zh} {_told(one)}" for one in (alike or others)[:3])
            yield Misgiving(
                f"file-{file.sha256[:12]}",
                f"文件“{file.name}”已经用来证明：{told}。",
                must=bool(alike),
            )


class _Effects:
    """效果: what a statement makes of its facts: which of them nothing listens to, and which findings name them."""

    def __init__(self, after: Statement) -> None:
        self.price = after.evaluation.release.price
        self.instalments = after.settlement.instalments
        terms = after.evaluation.release.terms
        self.heard = ALWAYS_READ | {kind for term in terms for kind in kinds_of(term)}
        self.strays = {str(one.id): one for one in after.strays}
        self.naming = frozenset(fact for one in after.evaluation.findings for fact in one.facts)
        self.provisional = frozenset(
            fact for one in after.evaluation.findings if one.provisional for fact in one.facts
        )


def _effect(fact: Fact, effects: _Effects) -> Iterator[Misgiving]:
    """Facts that nobody listens to are kept like all others; whoever records one should know."""
    stray = effects.strays.get(f"stray:{fact.id}")
    if stray is not None:
        yield Misgiving("stray", f"{stray.says}它会留在日志里，但不起作用。")
    elif fact.kind not in effects.heard:
        zh = KINDS[fact.kind].zh
        yield Misgiving(
            "unheard", f"这份合同没有用到“{zh}”的约定。它会留在日志里，但不影响任何结论。"
        )
    if fact.kind in ("payment.made", "invoice.received"):
        yield from _too_much(fact, effects)
    if fact.id in effects.provisional:
        yield Misgiving(
            "provisional",
            "由它起算的期限落在还没有公布放假安排的年份，日期是暂定的，公布后会重算。",
        )


def _too_much(fact: Fact, effects: _Effects) -> Iterator[Misgiving]:
    """More money than the contract has: a digit or the unit may be wrong, or the instalment."""
    money, price = Money(fact.data["amount_fen"]), effects.price
    if fact.kind == "invoice.received":
        if money > price:
            says = f"发票金额 {money} 超过合同价款 {price}。请核对金额和单位。"
            yield Misgiving("too-much", says)
        return
    number = fact.data["instalment"]
    named = [one for one in effects.instalments if one.term.instalment == number]
    paid = money + _paid_besides(fact, effects.instalments)
    if paid > price:
        says = f"登记之后各期共付 {paid}，超过合同价款 {price}。请核对金额和单位。"
        yield Misgiving("too-much", says)
        return
    for one in named:
        paid, most = money + _paid_besides(fact, named), one.amount or one.upper
        if most is not None and paid > most.money:
            told = "应付" if one.amount is not None else "至多应付"
            says = f"登记之后第 {number} 期共付 {paid}，超过这一期{told}的 {most.money}。请核对金额和期次。"
            yield Misgiving("too-much", says)


def _paid_besides(fact: Fact, instalments: Sequence[Instalment]) -> Money:
    """What other facts say was paid of these instalments."""
    return Money.total(
        Money(other.data["amount_fen"])
        for one in instalments
        for other in one.payments
        if other.id != fact.id
    )


def _idle(
    fact: Fact, today: date, difference: Difference, effects: _Effects
) -> Iterator[Misgiving]:
    heard = fact.kind in effects.heard - ALWAYS_READ and f"stray:{fact.id}" not in effects.strays
    if heard and fact.id not in effects.naming and difference.is_empty and fact.day <= today:
        yield Misgiving("idle", "目前没有结论用到这条事实。请核对对象、期次和日期。", must=False)


def _unreckoned(doubts: tuple[Doubt, ...]) -> Iterator[Misgiving]:
    yield Misgiving("unreckoned", f"现在算不出登记之后的结论：{doubts[0].says}")
