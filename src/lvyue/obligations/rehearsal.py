"""试登记: what putting a draft on record would change, and what should give a person pause before they do. Saves nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import KINDS, Fact
from lvyue.core.release import kinds_of
from lvyue.core.statement import Statement
from lvyue.core.terms import Event
from lvyue.evidence import queries as evidence
from lvyue.obligations.difference import Difference, difference_of
from lvyue.obligations.drafting import CORRECTIONS, Draft, about, same_thing, tidied
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
    came = evidence.facts_from(contract_id, seen_size) if seen_size is not None else []
    others = tuple(one for one in came if same_thing(one, fact))
    found = [
        *_others(others, size),
        *_time(fact, today, before),
        *_twins(contract_id, fact),
        *_spelling(contract_id, fact),
        *_files(contract_id, fact),
        *(_effect(fact, today, after, difference) if after is not None and difference else ()),
        *(_unreckoned(doubts) if doubts else ()),
    ]
    return Rehearsal(draft, fact, size, difference, doubts, tuple(found), others, len(came))


def _others(others: tuple[Fact, ...], size: int) -> Iterator[Misgiving]:
    """The key names the log size: what comes after the answer is asked about anew."""
    if others:
        names = "、".join(_told(one) for one in others[:3])
        yield Misgiving(
            f"others-{size}",
            f"在您填写期间，有人登记了同一件事：{names}。请看过再决定是否仍要登记。",
        )


def _time(fact: Fact, today: date, before: Statement | None) -> Iterator[Misgiving]:
    if fact.day > today:
        yield Misgiving(
            "future", f"发生日期 {fact.day} 在将来；事实是已经发生的事。到那一天才起作用。"
        )
    if fact.day < today - OLD:
        ago = (today - fact.day).days
        yield Misgiving("old", f"发生在 {ago} 天之前（{fact.day}）。请核对年份和日期。")
    begins = _begins(before)
    if begins is not None and fact.day < begins and fact.kind != "contract.effective":
        yield Misgiving("before", f"发生在合同生效（{begins}）之前。请核对日期，或确认确有其事。")


def _begins(statement: Statement | None) -> date | None:
    """The first day on which the contract can have been in force, as far as anything says so."""
    if statement is None:
        return None
    release, book = statement.evaluation.release, statement.evaluation.book
    effective = book.first(Event("contract.effective"))
    days = (release.effective, release.period.start, effective.day if effective else None)
    return min((day for day in days if day is not None), default=None)


def _twins(contract_id: str, fact: Fact) -> Iterator[Misgiving]:
    same = [
        one
        for one in evidence.facts_on(contract_id, fact.kind, fact.day)
        if about(one) == about(fact)
    ]
    if same:
        names = "、".join(_told(one) for one in same[:3])
        zh = KINDS[fact.kind].zh
        yield Misgiving("twin", f"同一天、同一对象已经有“{zh}”：{names}。可能是重复登记。")


def _told(fact: Fact) -> str:
    at = fact.at.astimezone(SHANGHAI) if isinstance(fact.at, datetime) else None
    return f"{fact.id}（{f'{at:%Y-%m-%d %H:%M}' if at else fact.day}）"


def _spelling(contract_id: str, fact: Fact) -> Iterator[Misgiving]:
    """A subject that is another one but for blanks and width answers nothing: the engine takes it at its word."""
    if fact.subject is None:
        return
    facts = evidence.recent(contract_id, KINDS.keys(), LOOKED_AT)
    known = {one.subject for one in facts if one.subject is not None}
    if fact.subject in known:
        return
    like = tidied(fact.subject).casefold()
    near = sorted(one for one in known if tidied(one).casefold() == like)
    if near:
        yield Misgiving(
            "spelling",
            f"日志里写的是“{near[0]}”，与您写的“{fact.subject}”只差写法；系统会当作两个对象。",
        )


def _files(contract_id: str, fact: Fact) -> Iterator[Misgiving]:
    """OBL-05: one file that proves two inspections proves at most one of them."""
    for file in evidence.files(contract_id, fact.evidence):
        others = evidence.facts_proved_by(contract_id, file.sha256)
        alike = [one for one in others if one.kind == fact.kind]
        if others:
            told = "、".join(f"{KINDS[one.kind].zh} {_told(one)}" for one in (alike or others)[:3])
            yield Misgiving(
                f"file-{file.sha256[:12]}",
                f"文件“{file.name}”已经用来证明：{told}。",
                must=bool(alike),
            )


def _effect(
    fact: Fact, today: date, after: Statement, difference: Difference
) -> Iterator[Misgiving]:
    """Facts that nobody listens to are kept like all others; whoever records one should know."""
    stray = next((one for one in after.strays if one.id == f"stray:{fact.id}"), None)
    heard = ALWAYS_READ | {
        kind for term in after.evaluation.release.terms for kind in kinds_of(term)
    }
    naming = [one for one in after.evaluation.findings if fact.id in one.facts]
    if stray is not None:
        yield Misgiving("stray", f"{stray.says}它会留在日志里，但不起作用。")
    elif fact.kind not in heard:
        zh = KINDS[fact.kind].zh
        yield Misgiving(
            "unheard", f"这份合同没有用到“{zh}”的约定。它会留在日志里，但不影响任何结论。"
        )
    elif not naming and difference.is_empty and fact.day <= today and fact.kind not in ALWAYS_READ:
        yield Misgiving("idle", "目前没有结论用到这条事实。请核对对象、期次和日期。", must=False)
    if any(one.provisional for one in naming):
        yield Misgiving(
            "provisional",
            "由它起算的期限落在还没有公布放假安排的年份，日期是暂定的，公布后会重算。",
        )


def _unreckoned(doubts: tuple[Doubt, ...]) -> Iterator[Misgiving]:
    yield Misgiving("unreckoned", f"现在算不出登记之后的结论：{doubts[0].says}")
