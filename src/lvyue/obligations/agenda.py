"""待办: what a statement leaves open with a date: whose turn it is, by when, and which fact would settle it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat, may_record
from lvyue.core.calendar import SHANGHAI, Unit, day_of
from lvyue.core.facts import KINDS, Fact
from lvyue.core.findings import Finding
from lvyue.core.instalments import Instalment
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.statement import Statement
from lvyue.core.terms import Party, Recurring, Staffing, Term, TermId
from lvyue.obligations.reason import facts_by_id, serving, subject_of

#: What is still to be done, or is stopped and may go on. The rest is settled one way or the other.
OPEN = frozenset({Verdict.NOT_DUE, Verdict.MISSED, Verdict.SUSPENDED})


class Clock(StrEnum):
    """时钟: in what the time that is left is counted."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Turn:
    """一项待办: one open occurrence. ``until`` is the last moment in time; ``leads`` is the one that stands for ``others`` missed rounds of its term."""

    term: TermId
    occurrence: str
    clause: str
    says: str
    debtor: Party
    verdict: Verdict
    due: date
    until: datetime
    strict: date
    opens: date | None
    clock: Clock
    provisional: bool
    money: Money | None
    kind: str
    subject: str
    roles: frozenset[ContractRole]
    leads: bool = True
    others: int = 0


def end_of(day: date) -> datetime:
    """The last moment of a day: a date ends at 24:00."""
    return datetime.combine(day, time.max, SHANGHAI)


def agenda_of(statement: Statement) -> tuple[Turn, ...]:
    """Every open occurrence of a statement that has a date, nearest first; a post that is short of people since it was last counted."""
    release = statement.evaluation.release
    by_term = {one.term.id: one for one in statement.evaluation.instalments}
    facts = facts_by_id(statement)
    found = [
        _turn(release.term_by_id[finding.term], finding, by_term.get(finding.term), facts)
        for finding in _open(statement)
    ]
    found.sort(key=lambda one: (one.due, one.term, one.occurrence))
    recurring = {term.id for term in release.terms if isinstance(term, Recurring)}
    return tuple(_gathered(found, recurring))


def _open(statement: Statement) -> Iterator[Finding]:
    """What has a date and is not done. A shortage has no date of its own: it is open from the count that showed it until the next."""
    terms = statement.evaluation.release.term_by_id
    counted = {
        finding.term: finding
        for finding in statement.evaluation.findings
        if isinstance(terms[finding.term], Staffing)
    }
    for finding in statement.evaluation.findings:
        short = counted.get(finding.term) is finding and finding.verdict is Verdict.MISSED
        if short or (finding.verdict in OPEN and finding.due_day is not None):
            yield finding


def _gathered(found: list[Turn], recurring: set[TermId]) -> Iterator[Turn]:
    """Of the missed rounds of a recurring duty the latest leads: a list of ninety missed days hides all else."""
    missed: dict[TermId, list[Turn]] = {}
    for one in found:
        if one.term in recurring and one.verdict is Verdict.MISSED:
            missed.setdefault(one.term, []).append(one)
    for one in found:
        same = missed.get(one.term)
        if same is None or one.verdict is not Verdict.MISSED:
            yield one
        elif one is same[-1]:
            yield replace(one, others=len(same) - 1)
        else:
            yield replace(one, leads=False)


def _turn(
    term: Term, finding: Finding, instalment: Instalment | None, facts: Mapping[str, Fact]
) -> Turn:
    due, day, line = finding.due, finding.due_day or finding.happened, finding.deadline
    due = due or day
    if due is None or day is None:
        raise ValueError(f"{finding.term} has no date")
    event = serving(term, finding, facts)
    takes = event is not None and event.kind in KINDS
    windowed = finding.opens is not None
    return Turn(
        term=finding.term,
        occurrence=finding.occurrence,
        clause=str(finding.clause),
        says=term.says,
        debtor=finding.debtor,
        verdict=finding.verdict,
        due=day,
        until=due if isinstance(due, datetime) else end_of(day),
        strict=day if line is None or windowed else day_of(line.strict),
        opens=finding.opens,
        clock=_clock(finding),
        provisional=finding.provisional,
        money=None if instalment is None else instalment.unpaid,
        kind=event.kind if event is not None and takes else "",
        subject=subject_of(finding, facts),
        roles=_roles(event.kind, finding.debtor) if event is not None and takes else frozenset(),
    )


def _clock(finding: Finding) -> Clock:
    if isinstance(finding.due, datetime):
        return Clock.HOURS
    if finding.deadline is not None and finding.deadline.span.unit is Unit.WORKING_DAYS:
        return Clock.WORKING_DAYS
    return Clock.DAYS


@cache
def _roles(kind: str, debtor: Party) -> frozenset[ContractRole]:
    """The roles that may put the fact on record; asked where everybody asks."""
    return frozenset(
        role
        for role in ContractRole
        if may_record(Seat("", "", "", frozenset({role})), kind, debtor)
    )
