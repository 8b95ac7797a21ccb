"""账: a log prefix made ready for evaluation: the facts that stand as of a day, by kind and by event.

One pass sorts the prefix by kind and time; events filter once and are remembered. What people settled on the way
(doubts, parameters, waivers, excuses, suspensions) is a fact like any other and is looked up here. Silence that a
clause turns into an event becomes a derived fact, named after the clause and the fact that started its clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter

from lvyue.core.calendar import NO_PAUSES, Pause, Pauses, Span
from lvyue.core.facts import KINDS, WORDS, Fact, FactId, FieldType, order_of, standing
from lvyue.core.terms import Event, ParameterId, TermId

_order = attrgetter("order")


#: No agreed span is longer than this, in any unit: a century of days.
LONGEST = 36_525


@dataclass(frozen=True, slots=True)
class Agreed:
    """商定: a parameter's value from a day on, and the fact that proves both sides agreed."""

    value: str
    day: date
    fact: FactId


@dataclass(frozen=True, slots=True)
class Suspension:
    """中止: the paper that suspends, the first day, and the last (None: not yet over)."""

    fact: Fact
    first: date
    last: date | None


@dataclass(eq=False)
class Book:
    """账: the standing facts of a prefix up to the end of ``as_of``, indexed by kind; ``size`` is the prefix length."""

    as_of: date
    size: int
    by_kind: Mapping[str, list[Fact]]
    amended: tuple[tuple[Fact, Fact], ...] = ()
    _events: dict[Event, Sequence[Fact]] = field(default_factory=dict)
    _groups: dict[tuple[str, str], dict[object, list[Fact]]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Iterable[Fact], as_of: date, size: int) -> Book:
        by_kind: dict[str, list[Fact]] = {}
        stand = standing(facts)
        for fact in stand.facts:
            if fact.day <= as_of:
                by_kind.setdefault(fact.kind, []).append(fact)
        for same in by_kind.values():
            same.sort(key=_order)  # stable: equal times keep the order of the log
        _count_earlier(by_kind)
        return cls(as_of, size, by_kind, (*stand.amended, *_not_accepted(by_kind)))

    def all(self, event: Event) -> Sequence[Fact]:
        """The facts of an event, by when they happened. A flag that a fact leaves out counts as false."""
        if not event.where:
            return self.by_kind.get(event.kind, ())
        found = self._events.get(event)
        if found is None:
            (name, value), *rest = event.where
            found = self._having(event.kind, name).get(value, ())
            if rest:
                found = [
                    f for f in found if all(_value(f, field) == wanted for field, wanted in rest)
                ]
            self._events[event] = found
        return found

    def _having(self, kind: str, name: str) -> Mapping[object, Sequence[Fact]]:
        """The facts of a kind by the value of one field: one pass serves every event that asks for that field."""
        groups = self._groups.get((kind, name))
        if groups is None:
            groups = {}
            for fact in self.by_kind.get(kind, ()):
                groups.setdefault(_value(fact, name), []).append(fact)
            self._groups[kind, name] = groups
        return groups

    def first(self, event: Event) -> Fact | None:
        return next(iter(self.all(event)), None)

    def about(self, kind: str, term: TermId) -> Sequence[Fact]:
        """Facts of a kind whose data names a term (``term.waived``, ``term.excused`` …)."""
        if kind not in self.by_kind:
            return ()
        return self.all(Event(kind, (("term", term),)))

    def derive(self, facts: Iterable[Fact]) -> Book:
        """A book with derived facts added; the log prefix itself is untouched."""
        by_kind = {kind: list(same) for kind, same in self.by_kind.items()}
        for fact in facts:
            if fact.day <= self.as_of:
                by_kind.setdefault(fact.kind, []).append(fact)
                by_kind[fact.kind].sort(key=_order)
        return Book(self.as_of, self.size, by_kind, self.amended)

    # ── what people settled ──────────────────────────────────────────────────────────────────────────────────

    def settled(self) -> frozenset[str]:
        """Ids of doubts that a paper has settled by ``as_of``."""
        return frozenset(fact.data["doubt"] for fact in self.by_kind.get("doubt.settled", ()))

    def agreed(self, parameter: ParameterId, on: date) -> Agreed | None:
        """The value of a parameter in force on a day; later agreements supersede earlier ones from their own day."""
        facts = self.all(Event("parameter.agreed", (("parameter", parameter),)))
        place = bisect_right([fact.day for fact in facts], on)
        if not place:
            return None
        fact = facts[place - 1]
        return Agreed(fact.data["value"], fact.day, fact.id)

    def span(self, parameter: ParameterId, on: date) -> tuple[Span, FactId] | None:
        """The agreed span of a parameter, or None while there is none (or what was agreed is not a span)."""
        agreed = self.agreed(parameter, on)
        if agreed is None:
            return None
        try:
            span = Span.parse(agreed.value)
        except ValueError:
            return None
        return (span, agreed.fact) if span.count <= LONGEST else None

    def pauses(self, term: TermId, subject: str | None) -> Pauses:
        """Suspensions of a term that are over, and pauses of its ticket; one still running is a verdict of its own."""
        found = [
            Pause.of_days(one.first, one.last, one.fact.data["paper"])
            for one in (self.suspensions(term, subject) if "term.suspended" in self.by_kind else ())
            if one.last is not None and one.last >= one.first
        ]
        for began, ended in self.ticket_pauses(term, subject):
            if ended is not None:
                found += _pause_between(began, ended)
        return Pauses(tuple(found)) if found else NO_PAUSES

    def ticket_pauses(
        self, term: TermId, subject: str | None
    ) -> tuple[tuple[Fact, Fact | None], ...]:
        """Every accepted pause of a ticket's clock with what ended it (None: not yet), in the order in which they began.

        A pause whose end was accepted with it (``until``) ends by itself, and no resumption of another one ends it.
        """
        if subject is None or "ticket.paused" not in self.by_kind:
            return ()
        began = self._about_ticket("ticket.paused", subject, term)
        ended = self._about_ticket("ticket.resumed", subject, term)
        return tuple(
            (one, _own_end(one) or next((end for end in ended if _place(end) > _place(one)), None))
            for one in began
        )

    def _about_ticket(self, kind: str, subject: str, term: TermId) -> list[Fact]:
        found = self._of_subject(kind, subject)
        return [fact for fact in found if fact.data.get("term") in (None, term)]

    def _of_subject(self, kind: str, subject: str) -> list[Fact]:
        groups = self._groups.get((kind, ""))
        if groups is None:
            groups = {}
            for fact in self.by_kind.get(kind, ()):
                groups.setdefault(fact.subject, []).append(fact)
            self._groups[kind, ""] = groups
        return groups.get(subject, [])

    def took_in(self, subject: str | None) -> Sequence[Fact]:
        """The tickets that a ticket took in."""
        if subject is None or "ticket.took_in" not in self.by_kind:
            return ()
        return self._of_subject("ticket.took_in", subject)

    def ended(self, subject: str | None) -> Fact | None:
        """What ended the clocks of a ticket without an answer: it was merged into another, or whoever brought it took it back."""
        if subject is None:
            return None
        found = [
            fact
            for kind in ("ticket.merged", "ticket.withdrawn")
            if kind in self.by_kind
            for fact in self._of_subject(kind, subject)
        ]
        return min(found, key=_order, default=None)

    def suspensions(self, term: TermId, subject: str | None) -> tuple[Suspension, ...]:
        """Every suspension of a term: to the day it names, else to the day before it was resumed, else open."""
        resumed = [
            fact.day for fact in self.about("term.resumed", term) if fact.subject in (None, subject)
        ]
        return tuple(
            Suspension(fact, fact.day, _last_day(fact, resumed))
            for fact in self.about("term.suspended", term)
            if fact.subject in (None, subject)
        )


def _not_accepted(by_kind: dict[str, list[Fact]]) -> list[tuple[Fact, Fact]]:
    """Take out restorations that the user did not accept: each with the objection that came after it."""
    objections: dict[str | None, list[Fact]] = {}
    for fact in by_kind.get("ticket.objected", ()):
        objections.setdefault(fact.subject, []).append(fact)
    if not objections:
        return []
    kept: list[Fact] = []
    void: list[tuple[Fact, Fact]] = []
    for fact in by_kind.get("ticket.restored", ()):
        against = [one for one in objections.get(fact.subject, ()) if one.order >= fact.order]
        if against:
            void.append((fact, against[0]))
        else:
            kept.append(fact)
    by_kind["ticket.restored"] = kept
    return void


def _place(fact: Fact) -> tuple[int, int]:
    """When it happened; of two at one moment the one that was written down later comes later."""
    return fact.order, fact.index


def _own_end(began: Fact) -> Fact | None:
    """The end that was accepted together with a pause, as if it were a fact of that moment; None where none was."""
    until = began.data.get("until")
    return None if until is None else replace(began, at=datetime.fromisoformat(until))


#: What opens the clocks of a ticket.
_OPENINGS = ("ticket.opened", "request.received")


def _count_earlier(by_kind: dict[str, list[Fact]]) -> None:
    """Let the clocks of a ticket that took in another run from the earlier of the two openings that are on record."""
    mergers = [one for one in by_kind.get("ticket.took_in", ()) if one.subject is not None]
    if not mergers:
        return
    opened: dict[str | None, Fact] = {}
    for kind in _OPENINGS:
        for fact in by_kind.get(kind, ()):
            held = opened.get(fact.subject)
            if fact.moment is not None and (held is None or fact.order < held.order):
                opened[fact.subject] = fact
    for merger in mergers:  # in their order: what was taken in may itself have taken in another
        mine, others = opened.get(merger.subject), opened.get(merger.data["other"])
        if mine is not None and others is not None and others.order < mine.order:
            opened[merger.subject] = replace(mine, at=others.at)
    earlier = {merger.subject: opened.get(merger.subject) for merger in mergers}
    for kind in _OPENINGS:
        kept = [_moved(fact, earlier.get(fact.subject)) for fact in by_kind.get(kind, ())]
        if kept:
            by_kind[kind] = sorted(kept, key=_order)


def _moved(fact: Fact, first: Fact | None) -> Fact:
    return fact if first is None or first.order >= fact.order else replace(fact, at=first.at)


def _pause_between(began: Fact, ended: Fact) -> list[Pause]:
    """From one moment to another; whole days where either is known only by its day."""
    reason = WORDS.get(began.data["reason"], began.data["reason"])
    if began.moment is not None and ended.moment is not None:
        return [Pause(began.moment, ended.moment, reason)] if ended.order > began.order else []
    last = ended.day - timedelta(days=1)
    return [Pause.of_days(began.day, last, reason)] if last >= began.day else []


def _last_day(fact: Fact, resumed: Sequence[date]) -> date | None:
    named = date.fromisoformat(fact.data["until"]) if "until" in fact.data else None
    back = next((day for day in resumed if day >= fact.day), None)
    resumes = None if back is None else back - timedelta(days=1)
    return min((day for day in (named, resumes) if day is not None), default=None)


_FLAGS = frozenset(
    (kind.name, spec.name)
    for kind in KINDS.values()
    for spec in kind.fields
    if spec.type is FieldType.BOOLEAN and not spec.required
)


def _value(fact: Fact, name: str) -> object:
    value = fact.data.get(name)
    return False if value is None and (fact.kind, name) in _FLAGS else value


# ── triggers and answers ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Answers:
    """应答: pairs the facts that answer with the facts that ask: same subject if there is one, first in, first out."""

    _queues: dict[str | None, tuple[Sequence[Fact], int]]
    _all: Sequence[Fact]

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> Answers:
        queues: dict[str | None, list[Fact]] = {}
        for fact in facts:
            queues.setdefault(fact.subject, []).append(fact)
        return cls({subject: (same, 0) for subject, same in queues.items()}, facts)

    def between(
        self, subject: str | None, since: date | datetime, until: date | datetime
    ) -> tuple[FactId, ...]:
        """Facts about a subject (None: about anything) from ``since`` to ``until``, both included."""
        facts = self._all if subject is None else self._queues.get(subject, ((), 0))[0]
        return within(facts, since, until)

    def take(self, ask: Fact) -> Fact | None:
        """The first unused answer that is not before ``ask``; each answer serves once."""
        subject = ask.subject
        if subject is None and None not in self._queues and len(self._queues) == 1:
            subject = next(iter(self._queues))
        queue, place = self._queues.get(subject, ((), 0))
        while place < len(queue):
            candidate = queue[place]
            place += 1
            if candidate.not_before(ask):
                self._queues[subject] = (queue, place)
                return candidate
        self._queues[subject] = (queue, place)
        return None


def within(
    facts: Sequence[Fact], since: date | datetime | None, until: date | datetime
) -> tuple[FactId, ...]:
    """The ids of facts, sorted by when they happened, from ``since`` (None: ever) to ``until``, both included."""
    first = 0 if since is None else bisect_left(facts, order_of(since), key=_order)
    last = bisect_right(facts, _ceiling(until), key=_order)
    return tuple(fact.id for fact in facts[first:last])


def _ceiling(at: date | datetime) -> int:
    if isinstance(at, datetime):
        return order_of(at)
    return order_of(at + timedelta(days=1)) - 1


def derived(
    event: Event, at: date, because: TermId, source: str, index: int, subject: str | None
) -> Fact:
    """A derived fact: the lapse of a time that a clause turns into an event. Its id names the term and what it ran from."""
    return Fact(
        FactId(f"deemed:{because}:{source}"), event.kind, at, subject, dict(event.where), index
    )


def each(facts: Sequence[Fact]) -> Iterator[tuple[str, Fact]]:
    """Facts with the label people read: the subject, else the day."""
    for fact in facts:
        yield fact.subject or fact.day.isoformat(), fact
