"""到期条目: what reminders and calendars must know of a statement: what is open with a date, what runs without one, what ends without a successor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from lvyue.accounts.choices import ContractRole
from lvyue.core.book import Book
from lvyue.core.calendar import SHANGHAI, day_of
from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.core.reminding import asks_for_a_successor
from lvyue.core.statement import Statement
from lvyue.core.terms import Duty, Party, Term
from lvyue.obligations.agenda import Clock, agenda_of, end_of
from lvyue.obligations.choices import About
from lvyue.obligations.wording import cite

#: How the entry of all that runs without a date is named, and that of a contract without a successor.
DOUBTS, RENEWAL = "疑义", "续签"

#: So many doubts are told word for word; the rest is counted.
_TOLD = 5

#: What is settled one way or the other, so that nobody is reminded and calendars keep it.
SETTLED = frozenset({Verdict.MET, Verdict.LATE, Verdict.EXCUSED, Verdict.WAIVED})

_LEADS = frozenset({ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """条目: one occurrence as it stands now; ``roles`` may put on record what settles it."""

    about: About
    term: str
    occurrence: str
    clause: str
    says: str
    debtor: Party
    verdict: Verdict
    due: date
    until: datetime
    began: datetime | None
    unit: Clock
    provisional: bool
    doubt: str
    roles: frozenset[ContractRole]
    leads: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """全部条目: what is open, and the names of what has been settled: what is neither has gone."""

    open: tuple[Entry, ...]
    settled: frozenset[tuple[str, str]]


def entries_of(statement: Statement) -> Entries:
    """Everything that somebody may have to be told of, from one statement."""
    found = [*_dated(statement), *_undecided(statement), *_renewal(statement)]
    settled = {
        (str(one.term), one.occurrence)
        for one in statement.evaluation.findings
        if one.verdict in SETTLED
    }
    named = {(one.term, one.occurrence): one for one in found}
    return Entries(tuple(named.values()), frozenset(settled - named.keys()))


def _dated(statement: Statement) -> Iterator[Entry]:
    findings = {(one.term, one.occurrence): one for one in statement.evaluation.findings}
    for turn in agenda_of(statement):
        finding = findings[turn.term, turn.occurrence]
        yield Entry(
            about=About.DUE,
            term=turn.term,
            occurrence=turn.occurrence,
            clause=turn.clause,
            says=turn.says,
            debtor=turn.debtor,
            verdict=turn.verdict,
            due=turn.due,
            until=turn.until,
            began=_began(finding),
            unit=turn.clock,
            provisional=turn.provisional,
            doubt="",
            roles=turn.roles,
            leads=turn.leads,
        )


def _began(finding: Finding) -> datetime | None:
    """When its clock began to run, as far as anybody can say; a day begins with its first moment."""
    line = finding.deadline
    at: date | None = finding.opens
    if at is None and line is not None and not line.before:
        at = line.start
    at = at or finding.began
    return at if isinstance(at, datetime) or at is None else _morning(at)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _undecided(statement: Statement) -> Iterator[Entry]:
    """One entry for all terms whose clock has begun and whose date nobody can tell: anew only when another term joins."""
    release = statement.evaluation.release
    first: dict[str, Finding] = {}
    for one in statement.evaluation.findings:
        if one.verdict is Verdict.NOT_DECIDABLE and one.began is not None:
            there = first.get(one.term)
            if there is None or there.began is None or one.began < there.began:
                first[one.term] = one
    if not first:
        return
    runs = sorted(first.values(), key=lambda one: (one.began or date.min, one.term), reverse=True)
    began = day_of(runs[0].began or statement.evaluation.as_of)
    lines = [
        f"{cite(str(one.clause))}　{release.term_by_id[one.term].says}：{one.because}"
        for one in runs[:_TOLD]
    ]
    if len(runs) > _TOLD:
        lines.append(f"另有 {len(runs) - _TOLD} 项。")
    yield Entry(
        about=About.DOUBT,
        term="",
        occurrence=DOUBTS,
        clause="",
        says=f"{len(runs)} 项约定已经起算，但到期日无法判定",
        debtor=Party.BOTH,
        verdict=Verdict.NOT_DECIDABLE,
        due=began,
        until=end_of(began),
        began=_morning(began),
        unit=Clock.DAYS,
        provisional=False,
        doubt="\n".join(lines),
        roles=_LEADS,
        leads=True,
    )


def _signed(term: Term, book: Book) -> bool:
    return isinstance(term, Duty) and term.done is not None and book.first(term.done) is not None


def _renewal(statement: Statement) -> Iterator[Entry]:
    """The end of a contract whose paper asks for a successor, as long as nobody has signed one (REG-09)."""
    release = statement.evaluation.release
    end = release.period.end
    if end is None:
        return
    for one in statement.evaluation.findings:
        term = release.term_by_id[one.term]
        if not asks_for_a_successor(term) or _signed(term, statement.evaluation.book):
            continue
        yield Entry(
            about=About.RENEWAL,
            term=one.term,
            occurrence=RENEWAL,
            clause=str(one.clause),
            says=term.says,
            debtor=Party.BOTH,
            verdict=one.verdict,
            due=end,
            until=end_of(end),
            began=None,
            unit=Clock.DAYS,
            provisional=bool(release.period.doubts),
            doubt="",
            roles=_LEADS,
            leads=True,
        )
        return
