"""承接: which version of a changed term judges which occurrence. See ``docs/algorithms/releases-over-time.md``.

Each wording of a term is judged by itself over the whole log. Of each occurrence the answer is then kept whose version was
in force on the day the occurrence's clock started. No occurrence is judged twice, and none is lost without a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, TypeAlias

from lvyue.core.calendar import day_of
from lvyue.core.doubts import DoubtId, Severity
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment
from lvyue.core.obligation import Verdict
from lvyue.core.release import ContractDoubt, Release
from lvyue.core.terms import Deliverable, Term, TermId
from lvyue.core.versions import InForce, Wording

#: The label of an occurrence, what tells it from others of that label, and its number among those that are alike.
_Key: TypeAlias = tuple[str, date | None, int]


def clock_day(finding: Finding) -> date | None:
    """The day an occurrence began: its trigger, else its window, else the day it happened, else the day it fell due."""
    if finding.deadline is not None and not finding.deadline.before:
        return day_of(finding.deadline.start)
    return finding.began or finding.opens or finding.happened or finding.due_day


class Answer(NamedTuple):
    """答案: what one wording of a term says of all its occurrences."""

    wording: Wording
    findings: tuple[Finding, ...]


def governing(answers: Sequence[Answer]) -> list[list[Finding]]:
    """The findings that each answer keeps, in the order of the answers."""
    keyed = [list(_keyed(answer)) for answer in answers]
    owner = _owners(answers, keyed)
    kept: list[list[Finding]] = []
    for place, (answer, found) in enumerate(zip(answers, keyed, strict=True)):
        mine = [finding for key, finding in found if owner.get(key) == place]
        lost = (f for later in keyed[place + 1 :] for key, f in later if key not in owner)
        kept.append([*mine, *_blanket(answer, lost)])
    return kept


def _keyed(answer: Answer) -> Iterator[tuple[_Key, Finding]]:
    """The n-th of a series is the same one whenever it falls due; an answer to a trigger is told by its trigger."""
    series = isinstance(answer.wording.term, Deliverable)
    seen: Counter[tuple[str, date | None]] = Counter()
    for finding in answer.findings:
        told = None if series or not finding.occurrence else _told_by(finding)
        seen[finding.occurrence, told] += 1
        yield (finding.occurrence, told, seen[finding.occurrence, told]), finding


def _told_by(finding: Finding) -> date | None:
    if finding.deadline is not None:
        return day_of(finding.deadline.start)
    return finding.began or finding.happened


def _owners(
    answers: Sequence[Answer], keyed: Sequence[Sequence[tuple[_Key, Finding]]]
) -> dict[_Key, int]:
    """By which answer each occurrence is judged; one that nobody owes is not in it."""
    owner: dict[_Key, int] = {}
    for place, answer in enumerate(answers):
        for key, finding in keyed[place]:
            day = clock_day(finding)
            if day is not None and answer.wording.version.covers(day):
                owner.setdefault(key, place)
    last = len(answers) - 1
    if answers[last].wording.version.until is not None:
        return owner  # the term was removed: what it still had to come is not owed
    for key, finding in keyed[last]:
        if clock_day(finding) is None:
            owner.setdefault(key, last)
    # The new wording would have begun before it was in force and the old one after: nobody is held to a day that was
    # past when its rule came, so the old wording stays.
    for place in _adjoining(answers):
        for key in {key for key, _ in keyed[place]} & {key for key, _ in keyed[last]}:
            owner.setdefault(key, place)
    return owner


def _adjoining(answers: Sequence[Answer]) -> Iterator[int]:
    """The older wordings from the last but one down, as far as no gap parts them: in a gap nothing was owed."""
    for place in reversed(range(len(answers) - 1)):
        if answers[place].wording.version.until != answers[place + 1].wording.version.since:
            return
        yield place


def _blanket(answer: Answer, lost: Iterable[Finding]) -> Iterator[Finding]:
    """What a blank made not decidable stays so for the days before it was filled."""
    version = answer.wording.version
    if version.until is None:
        return
    days = [day for finding in lost if (day := clock_day(finding)) is not None]
    if not any(version.covers(day) for day in days):
        return
    for finding in answer.findings:
        if clock_day(finding) is None and finding.verdict is Verdict.NOT_DECIDABLE:
            yield finding._replace(occurrence=f"{version.until} 前")


# ── one release to read it all by ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Whole:
    """合观: the newest release with what older versions still stand for, so that every finding has its term and doubts."""

    newest: Release
    versions: Sequence[InForce]

    def finding(self, finding: Finding) -> Finding:
        """Without the doubts that a supplement has closed, but for one that still stops this very occurrence."""
        stops = finding.verdict is Verdict.NOT_DECIDABLE
        kept = tuple(d for d in finding.doubts if self._stands(d, stops=stops))
        return finding if kept == finding.doubts else finding._replace(doubts=kept)

    def instalment(self, one: Instalment) -> Instalment:
        kept = tuple(d for d in one.doubts if self._stands(DoubtId(d), stops=True))
        return one if kept == one.doubts else replace(one, doubts=kept)

    def _stands(self, doubt: DoubtId, *, stops: bool) -> bool:
        if doubt in self.newest.doubt_by_id:
            return True
        older = (v.release.doubt_by_id.get(doubt) for v in self.versions)
        return stops and any(one is not None and one.severity is Severity.BLOCK for one in older)

    def release(self, findings: Sequence[Finding], instalments: Sequence[Instalment]) -> Release:
        """The newest release, and beside it removed terms and closed doubts on which something still rests."""
        named = {finding.term for finding in findings} | {one.term.id for one in instalments}
        cited = {doubt for finding in findings for doubt in finding.doubts}
        cited |= {DoubtId(doubt) for one in instalments for doubt in one.doubts}
        terms = [term for term in named if term not in self.newest.term_by_id]
        doubts = [doubt for doubt in cited if doubt not in self.newest.doubt_by_id]
        if not terms and not doubts:
            return self.newest
        known = {*self.newest.doubt_by_id, *doubts}
        old_terms = (self._last_term(term) for term in sorted(terms))
        old_doubts = (self._last_doubt(doubt) for doubt in sorted(doubts))
        alive = {*self.newest.term_by_id, *terms}
        return replace(
            self.newest,
            terms=(
                *self.newest.terms,
                *(replace(t, doubts=tuple(d for d in t.doubts if d in known)) for t in old_terms),
            ),
            doubts=(
                *self.newest.doubts,
                *(replace(d, blocks=tuple(t for t in d.blocks if t in alive)) for d in old_doubts),
            ),
        )

    def _last_term(self, term: TermId) -> Term:
        return next(
            v.release.term_by_id[term]
            for v in reversed(self.versions)
            if term in v.release.term_by_id
        )

    def _last_doubt(self, doubt: DoubtId) -> ContractDoubt:
        return next(
            v.release.doubt_by_id[doubt]
            for v in reversed(self.versions)
            if doubt in v.release.doubt_by_id
        )


__all__ = ["Answer", "Whole", "clock_day", "governing"]
