"""结论: a finding, what it is judged with, and the few words every kind of term needs to say why.

Kinds are judged one floor up: ``deadlines``, ``rounds``, ``measures`` and ``records``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from lvyue.core.book import Book
from lvyue.core.calendar import SHANGHAI, Calendar, Deadline, Span
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import DoubtId
from lvyue.core.facts import WORDS, Fact, FactId, kind_zh
from lvyue.core.instalments import deadline_proof
from lvyue.core.obligation import Verdict
from lvyue.core.proof import Proof, RangeClaim
from lvyue.core.release import Release, blocks_of
from lvyue.core.terms import (
    Anchor,
    Event,
    ParameterId,
    Party,
    Term,
    TermId,
    Within,
)


class Finding(NamedTuple):
    """结论: one term at one occurrence: the verdict, when it is due, the sentence why, and what it rests on.

    ``opens`` is the first day of a window; ``happened`` the day of a breach or reading, where nothing falls due; ``deadline`` carries the calendar steps; ``absent`` are range claims.
    ``began`` is the day an occurrence began where none of these tells it. ``release`` is the digest of the version that
    judged it, empty for the newest. ``aside`` are those of ``facts`` that were not counted: named since a correction
    took them away or moved them.
    """

    term: TermId
    clause: ClauseRef
    debtor: Party
    verdict: Verdict
    because: str
    due: date | datetime | None = None
    occurrence: str = ""
    opens: date | None = None
    happened: date | None = None
    facts: tuple[FactId, ...] = ()
    doubts: tuple[DoubtId, ...] = ()
    deadline: Deadline | None = None
    absent: tuple[RangeClaim, ...] = ()
    inputs: tuple[Proof, ...] = ()
    began: date | None = None
    release: str = ""
    aside: tuple[FactId, ...] = ()

    @property
    def provisional(self) -> bool:
        return self.deadline is not None and self.deadline.provisional

    @property
    def due_day(self) -> date | None:
        due = self.due
        return due.astimezone(SHANGHAI).date() if isinstance(due, datetime) else due

    def proof(self) -> Proof:
        """The tree behind this finding."""
        steps = (deadline_proof(self.deadline),) if self.deadline is not None else ()
        return Proof(
            self.because,
            self.verdict.value,
            clauses=(str(self.clause),),
            facts=self.facts,
            inputs=(*steps, *self.inputs),
            absent=self.absent,
            doubts=self.doubts,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """What every term is judged with."""

    release: Release
    book: Book
    calendar: Calendar
    as_of: date
    settled: frozenset[str]

    def anchor(self, anchor: Anchor) -> date | None:
        period = self.release.period
        return period.start if anchor is Anchor.PERIOD_START else period.end

    def doubts(self, term: Term) -> tuple[DoubtId, ...]:
        if not self.settled:
            return term.doubts
        return tuple(doubt for doubt in term.doubts if doubt not in self.settled)

    def blocking(self, term: Term) -> tuple[DoubtId, ...]:
        return blocks_of(term, self.release, self.settled)

    def why_blocked(self, doubts: Sequence[DoubtId]) -> str:
        return "；".join(self.release.doubt_by_id[doubt].says for doubt in doubts)

    def claim(
        self,
        event: Event,
        subject: str | None,
        until: date | datetime,
        *,
        since: date | datetime | None = None,
        besides: Sequence[FactId] = (),
    ) -> RangeClaim:
        """Absence over the whole prefix; ``besides`` names what lies in the interval and does not serve."""
        start = None if since is None else since.isoformat()
        size = self.book.size
        return RangeClaim(str(event), subject, until.isoformat(), size, start, tuple(besides))


def finding_of(term: Term, case: Case, verdict: Verdict, because: str, **more: Any) -> Finding:
    """A finding of a term; ``more`` are further fields of ``Finding``, which refuses any it does not have."""
    doubts = case.doubts(term)
    return Finding(term.id, term.clauses[0], term.debtor, verdict, because, doubts=doubts, **more)


def blocked(term: Term, case: Case, **more: object) -> Finding | None:
    """The finding of a term that a blocking doubt stops, or None."""
    blocks = case.blocking(term)
    if not blocks:
        return None
    return finding_of(
        term, case, Verdict.NOT_DECIDABLE, f"无法判定：{case.why_blocked(blocks)}", **more
    )


def suspended(term: TermId, subject: str | None, case: Case) -> Fact | None:
    """The suspension that is running at the end of ``as_of``, if there is one."""
    for one in case.book.suspensions(term, subject):
        if one.first <= case.as_of and (one.last is None or case.as_of <= one.last):
            return one.fact
    running = (began for began, ended in case.book.ticket_pauses(term, subject) if ended is None)
    return next(running, None)


def by_time(fact: Fact) -> tuple[int, int]:
    return fact.order, fact.index


def span_of(within: Within, case: Case, on: date) -> tuple[Span | None, tuple[FactId, ...]]:
    if isinstance(within, str):
        agreed = case.book.span(ParameterId(within), on)
        return (agreed[0], (agreed[1],)) if agreed else (None, ())
    return within, ()


def zh(trigger: Event | Anchor) -> str:
    if isinstance(trigger, Anchor):
        return "服务期限届满" if trigger is Anchor.PERIOD_END else "服务期限开始"
    return kind_zh(trigger.kind)


def shown(at: date | datetime) -> str:
    if isinstance(at, datetime):
        local = at.astimezone(SHANGHAI)
        return local.isoformat(" ")[: 19 if local.second else 16]
    return at.isoformat()


def zh_leg(event: Event) -> str:
    """An event in Chinese, with the words that tell it from others of its kind; slugs are for machines."""
    words = [WORDS.get(str(v), str(v)) for _, v in event.where if not isinstance(v, bool)]
    told = "、".join(word for word in words if not word.isascii() or word.isdigit())
    return zh(event) + (f"（{told}）" if told else "")


def percent(part: int, whole: int) -> str:
    """A percentage to two decimals, rounded half up, but never up to 100 while something is missing."""
    hundredths = (part * 20_000 // whole + 1) // 2
    if part < whole:
        hundredths = min(hundredths, 9_999)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def number(value: Fraction) -> str:
    """An exact number as decimal text, cut (never rounded up) after four decimals and then marked with …"""
    scaled, rest = divmod(abs(value.numerator) * 10_000, value.denominator)
    text = f"{scaled // 10_000}.{scaled % 10_000:04d}".rstrip("0").rstrip(".")
    return ("-" if value < 0 else "") + text + ("…" if rest else "")
