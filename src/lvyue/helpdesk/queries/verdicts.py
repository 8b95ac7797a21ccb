"""按时与否: how the evaluation of a contract finds its tickets, judged anew only where something happened.

A finding about a ticket follows from the facts about that ticket and those it was merged with, from what rules over all of
them (papers, agreed numbers, corrections, and what ends a duty), from the releases, the calendar and the day. So the same
``evaluate`` that makes a statement judges some tickets on just these facts, and what it found is kept until one of them
changes: a new fact about a ticket lets go of that ticket, a ruling lets go of all, a new day of those that wait. Only tickets
that somebody asks for are judged. Nothing of it is stored; a test compares it with the statement of the whole log.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import NamedTuple

from lvyue.core.calendar import Calendar
from lvyue.core.evaluation import evaluate
from lvyue.core.facts import Fact
from lvyue.core.obligation import Verdict
from lvyue.core.terms import DeadlineAfterEvent, Duty, Event, Term, TermId
from lvyue.core.tickets import TICKET_KINDS
from lvyue.core.versions import Chain
from lvyue.evidence.facts import fact_of
from lvyue.evidence.queries import leaves_at, root_at, subjects_from
from lvyue.obligations.ground import RULINGS
from lvyue.obligations.queries import end_of, judged_by, reckoning

_SUBJECT = re.compile(
    rf"(?:{'|'.join(kind.prefix for kind in TICKET_KINDS.values())})-0*(\d{{1,9}})(?:/\d+)?"
)

#: The second round of a ticket and those that follow: see ``Ticket.subject_of``.
_ROUND = re.compile(r"/\d+$")

#: What was found of one round of a ticket: the terms and the verdicts. Tickets alike share one.
Verdicts = tuple[tuple[TermId, Verdict], ...]

#: So many rounds of tickets are judged at a time, and so many contracts are kept in mind.
AT_ONCE, CONTRACTS = 2_000, 64

#: What the days alone can change.
_WAITING = frozenset({Verdict.NOT_DUE, Verdict.SUSPENDED, Verdict.WAIVED})

_TAKES_IN = "ticket.took_in"


class _Ruling(NamedTuple):
    """What can bear on every ticket: these kinds, and facts of these events."""

    kinds: frozenset[str]
    events: tuple[Event, ...]

    def rules(self, fact: Fact) -> bool:
        return fact.kind in RULINGS or any(
            event.kind == fact.kind
            and all(fact.data.get(name) in (None, value) for name, value in event.where)
            for event in self.events
        )


@dataclass(slots=True)
class _Known:
    """What is in mind of one contract: where in its log each subject is, and what was found of those that were asked for."""

    named: str
    contract: Chain
    calendar: Calendar
    ruling: _Ruling
    as_of: date
    size: int = 0
    root: str = ""
    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    joined: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ground: list[Fact] = field(default_factory=list)
    by_number: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    found: dict[str, Verdicts] = field(default_factory=dict)
    moving: set[str] = field(default_factory=set)
    alike: dict[Verdicts, Verdicts] = field(default_factory=dict)
    terms: dict[TermId, Term] = field(default_factory=dict)

    def group_of(self, subject: str) -> set[str]:
        """A subject with all that were merged with it, one through the other."""
        group, ahead = {subject}, [subject]
        while ahead:
            new = self.joined.get(ahead.pop(), set()) - group
            group |= new
            ahead += new
        return group

    def called(self, numbers: Iterable[int], names: Iterable[str]) -> list[str]:
        """Every subject under which the record knows tickets of these numbers and of these older names."""
        return [
            *(
                subject
                for one in numbers
                if one in self.by_number
                for subject in self.by_number[one]
            ),
            *(subject for one in names if one in self.by_name for subject in self.by_name[one]),
        ]

    def let_go(self, subjects: Iterable[str]) -> None:
        for subject in subjects:
            self.found.pop(subject, None)
            self.moving.discard(subject)


_lock = Lock()
_known: OrderedDict[str, tuple[Lock, list[_Known]]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class TicketVerdicts:
    """按时与否 of some tickets: how many rounds have a verdict under a term, and the terms that were asked."""

    numbers: Mapping[TermId, Mapping[Verdict, int]]
    terms: Mapping[TermId, Term]


def counted(
    contract_id: str, as_of: date, numbers: Collection[int], names: Mapping[str, int]
) -> TicketVerdicts:
    """How the evaluation at the end of a day finds tickets: by their numbers, and by the names that the record had for some.

    ``UnknownContract`` and ``Refused`` as ``statement_of``.
    """
    lock, kept = _kept(contract_id)
    with lock:
        known, called = _judged(contract_id, as_of, numbers, names, kept)
        found = Counter(map(known.found.__getitem__, called))
        terms = dict(known.terms)
    told = defaultdict[TermId, Counter[Verdict]](Counter)
    for verdicts, times in found.items():
        for term, verdict in verdicts:
            told[term][verdict] += times
    return TicketVerdicts(told, terms)


def numbers_under(
    contract_id: str,
    as_of: date,
    numbers: Collection[int],
    names: Mapping[str, int],
    term: str,
    verdict: str = "",
) -> set[int]:
    """Which of these tickets have a verdict under a term, or any where ``verdict`` is empty."""
    lock, kept = _kept(contract_id)
    with lock:
        known, _ = _judged(contract_id, as_of, numbers, names, kept)
        asked = [
            *((one, known.by_number.get(one, ())) for one in numbers),
            *((number, known.by_name.get(name, ())) for name, number in names.items()),
        ]
        return {
            number
            for number, subjects in asked
            for subject in subjects
            for name, one in known.found[subject]
            if name == term and verdict in ("", one.value)
        }


def forget() -> None:
    """Let go of all that is in mind; nothing but time is lost."""
    with _lock:
        _known.clear()


def _kept(contract_id: str) -> tuple[Lock, list[_Known]]:
    """What is in mind of a contract, and the lock under which it is changed."""
    with _lock:
        found = _known.setdefault(contract_id, (Lock(), []))
        _known.move_to_end(contract_id)
        while len(_known) > CONTRACTS:
            _known.popitem(last=False)
        return found


def _judged(
    contract_id: str,
    as_of: date,
    numbers: Collection[int],
    names: Mapping[str, int],
    kept: list[_Known],
) -> tuple[_Known, list[str]]:
    """What is in mind, brought up to the end of the log, and the subjects of these tickets, every one of them judged."""
    with reckoning(contract_id):
        known = _at_day(contract_id, as_of, kept)
        try:
            _read_on(contract_id, known)
        except BaseException:
            kept.clear()  # half of it was taken in
            raise
        called = known.called(numbers, names)
        lacking = [one for one in called if one not in known.found]
        for some in _pieces(known, {one for each in lacking for one in known.group_of(each)}):
            _judge(contract_id, known, some)
        return known, called


def _at_day(contract_id: str, as_of: date, kept: list[_Known]) -> _Known:
    """What is in mind, where it still is of the contract as it stands; else a new beginning."""
    named, contract, calendar = judged_by(contract_id, as_of)
    known = kept[0] if kept else None
    if (
        known is None
        or (known.named, known.calendar.digest) != (named, calendar.digest)
        or (known.size and root_at(contract_id, known.size) != known.root)
        or as_of < known.as_of
        or (as_of > known.as_of and any(_is_ahead(one, known.as_of) for one in known.ground))
    ):
        known = _Known(named, contract, calendar, _ruling(contract), as_of)
        kept[:] = [known]
    if as_of > known.as_of:
        known.let_go([*known.moving])
        known.as_of = as_of
    return known


def _ruling(contract: Chain) -> _Ruling:
    """What ends a duty whatever its subject, and the silence that a clause turns into such an end."""
    terms = [term for release, _ in contract.versions for term in release.terms]
    ends = [one.until for one in terms if isinstance(one, DeadlineAfterEvent | Duty) and one.until]
    deeming = [one for one in terms if isinstance(one, DeadlineAfterEvent) and one.deems]
    events = {*ends}
    while True:
        kinds = {event.kind for event in events}
        more = {
            event
            for term in deeming
            if term.deems is not None and term.deems.kind in kinds
            for event in (*term.triggers, *term.done, *((term.until,) if term.until else ()))
            if isinstance(event, Event)
        }
        if more <= events:
            return _Ruling(frozenset({*RULINGS, *kinds}), tuple(events))
        events |= more


def _is_ahead(fact: Fact, as_of: date) -> bool:
    """Whether a ruling, or what it moves, counts only from a later day on."""
    return fact.day > as_of or str(fact.data.get("at", ""))[:10] > as_of.isoformat()


def _read_on(contract_id: str, known: _Known) -> None:
    """Take in what was put on record since."""
    size, root = end_of(contract_id)
    if size == known.size:
        return
    touched, looked_at = set[str](), list[int]()
    for index, subject, kind in subjects_from(contract_id, known.size, size):
        if subject is not None:
            if subject not in known.places:
                _call(known, subject)
            known.places[subject].append(index)
            touched.add(subject)
        if kind in known.ruling.kinds or kind == _TAKES_IN:
            looked_at.append(index)
    ruled = False
    for index, raw in leaves_at(contract_id, looked_at):
        fact = fact_of(contract_id, index, raw)
        if fact.kind == _TAKES_IN and fact.subject is not None:
            known.joined[fact.subject].add(fact.data["other"])
            known.joined[fact.data["other"]].add(fact.subject)
        if known.ruling.rules(fact):
            known.ground.append(fact)
            ruled = True
    if ruled:
        known.found.clear()
        known.moving.clear()
    else:
        known.let_go({one for subject in touched for one in known.group_of(subject)})
    known.size, known.root = size, root


def _call(known: _Known, subject: str) -> None:
    """Note by which number or name a subject is asked for."""
    ticket = _SUBJECT.fullmatch(subject)
    if ticket is not None:
        known.by_number[int(ticket[1])].append(subject)
    else:
        name = subject.rpartition("/")[0] if _ROUND.search(subject) else subject
        known.by_name[name].append(subject)


def _pieces(known: _Known, subjects: set[str]) -> Iterator[set[str]]:
    """So many at a time, in the order of the log, and none without those it was merged with."""
    left = sorted(subjects, key=lambda one: known.places.get(one, [0])[0])
    done = set[str]()
    for begin in range(0, len(left), AT_ONCE):
        some = {*left[begin : begin + AT_ONCE]} - done
        piece = some.union(*(known.group_of(one) for one in some if one in known.joined))
        done |= piece
        if piece:
            yield piece


def _judge(contract_id: str, known: _Known, subjects: set[str]) -> None:
    """Evaluate the contract on what rules and on what is on record of these subjects."""
    places = {index for one in subjects for index in known.places.get(one, ())}
    places -= {fact.index for fact in known.ground}
    leaves = leaves_at(contract_id, sorted(places))
    facts = [fact_of(contract_id, index, raw) for index, raw in leaves]
    evaluation = evaluate(
        known.contract, [*known.ground, *facts], known.calendar, known.as_of, size=known.size
    )
    found = defaultdict[str, list[tuple[TermId, Verdict]]](list)
    for one in evaluation.findings:
        if one.occurrence in subjects:
            found[one.occurrence].append((one.term, one.verdict))
            known.terms[one.term] = evaluation.release.term_by_id[one.term]
    for subject in subjects:
        verdicts = tuple(found.get(subject, ()))
        known.found[subject] = known.alike.setdefault(verdicts, verdicts)
        if any(verdict in _WAITING for _, verdict in verdicts):
            known.moving.add(subject)
    ahead = {one.subject for one in facts if one.subject and one.day > known.as_of}
    known.moving |= {one for subject in ahead for one in known.group_of(subject)}


__all__ = ["TicketVerdicts", "counted", "forget", "numbers_under"]
