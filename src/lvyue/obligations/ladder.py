"""提醒的梯子: what is to come and what was told on one contract, as the people of one side may see it.

A side sees when its own people are told, and what became of it. When the other side tells its people is the other side's
matter; an auditor sees both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account, appointments
from lvyue.core.calendar import SHANGHAI, Calendar, DayKind, OutsideCalendar
from lvyue.core.reminding import Policy, Reminder, Rhythm, Stage
from lvyue.core.terms import Party
from lvyue.notices.queries.receipts import MessageReceipt, receipts
from lvyue.obligations.agenda import Clock
from lvyue.obligations.choices import About, EntryState
from lvyue.obligations.queries import (
    calendar,
    due_entries,
    reminder_pauses,
    reminder_policies,
    reminders_sent,
)
from lvyue.obligations.reminders import (
    SIDES,
    USUAL,
    OffsetsInWords,
    Team,
    in_words,
    moment_in_words,
    policy_of,
    steps_of,
    teams_of,
)
from lvyue.obligations.strip import Cell, cell_of

#: So many occurrences are drawn, and so many of what was told.
SHOWN, SENT = 40, 100

#: A strip of more days than this is not drawn.
_STRIP = 36


@dataclass(frozen=True, slots=True)
class ReminderStep:
    """一步: when, why, to whom by what they are; ``past`` its time has come, ``told`` it was told then."""

    at: datetime
    stage: str
    to: str
    side: str
    shifted: bool
    past: bool
    told: datetime | None


@dataclass(frozen=True, slots=True)
class ReminderLadder:
    """一架梯子: one occurrence with its steps. ``was`` is the date that is no more, ``because`` why."""

    term: str
    says: str
    occurrence: str
    clause: str
    about: str
    debtor: str
    due: date
    until: datetime
    until_zh: str
    provisional: bool
    hours: bool
    was: datetime | None
    because: str
    doubt: str
    rungs: tuple[ReminderStep, ...]
    strip: tuple[Cell, ...]
    paused: bool

    @property
    def next(self) -> ReminderStep | None:
        """The next step that has not come yet."""
        return next((one for one in self.rungs if not one.past), None)


@dataclass(frozen=True, slots=True)
class SentReminder:
    """已发的一步: what was told to whom on one side, and what became of it."""

    id: int
    sent_at: datetime
    planned_at: datetime
    stage: str
    side: str
    term: str
    says: str
    occurrence: str
    due: date
    subject: str
    people: tuple[MessageReceipt, ...]


@dataclass(frozen=True, slots=True)
class Paused:
    """我停掉的: of which term, or of all, until when, and why."""

    id: int
    term: str
    says: str
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """本方的提醒参数: as a form shows them; ``second`` is whom an overdue matter reaches next."""

    side: str
    hour: int
    working_days_only: bool
    offsets: tuple[tuple[str, str, OffsetsInWords], ...]
    second: str
    set: bool


@dataclass(frozen=True, slots=True)
class Reminders:
    """提醒页: ``number`` occurrences are open, of which the nearest are drawn."""

    contract: str
    now: datetime
    ladders: tuple[ReminderLadder, ...]
    number: int
    sent: tuple[SentReminder, ...]
    pauses: tuple[Paused, ...]
    policy: PolicyShown | None
    may_set: bool

    @property
    def left_out(self) -> int:
        return self.number - len(self.ladders)


def reminders_of(
    seat: Seat, account: Account, now: datetime, *, term: str = "", shown: int = SHOWN
) -> Reminders:
    """The page of one person on one contract; of one term only where it is named. So many reads, however many entries."""
    rows = {Party(row.side): row for row in reminder_policies(seat.contract_id)}
    policies = {side: policy_of(rows[side].policy) if side in rows else USUAL for side in SIDES}
    open_ones = due_entries().filter(
        contract_id=seat.contract_id, state=EntryState.OPEN, leads=True
    )
    if term:
        open_ones = open_ones.filter(term=term)
    mine = [*reminder_pauses(seat.contract_id).filter(account=account)]
    drawn = _Drawing(seat, now, policies, calendar(), {one.term for one in mine})
    entries = [
        *open_ones.filter(until__gte=now - timedelta(days=30)).order_by("until", "id")[:shown]
    ]
    told = _told(seat, [one.pk for one in entries])
    says = {one.term: one.says for one in entries}
    return Reminders(
        contract=seat.contract_id,
        now=now,
        ladders=tuple(drawn.ladder(one, told.get(one.pk, {})) for one in entries),
        number=open_ones.count(),
        sent=sent_of(seat, term=term),
        pauses=tuple(
            Paused(
                one.pk, one.term, says.get(one.term, one.term or "全部约定"), one.until, one.reason
            )
            for one in mine
        ),
        policy=_policy(seat, rows, policies),
        may_set=bool(may(seat, Right.REMIND)),
    )


def _told(seat: Seat, ids: Sequence[int]) -> dict[int, dict[tuple[str, str, int], datetime]]:
    found: dict[int, dict[tuple[str, str, int], datetime]] = {}
    for row in _visible(seat).filter(entry__in=ids):
        found.setdefault(row.entry_id, {})[row.side, row.step, row.moves] = row.sent_at
    return found


def _visible(seat: Seat) -> Any:
    found = reminders_sent(seat.contract_id)
    return found if seat.side is None else found.filter(side=seat.side.value)


def sent_of(seat: Seat, *, term: str = "", at_once: int = SENT) -> tuple[SentReminder, ...]:
    """What one's own side was told, the latest first, with receipts. Three reads."""
    rows = _visible(seat)
    if term:
        rows = rows.filter(entry__term=term)
    some = [*rows[:at_once]]
    known = receipts([one.key for one in some])
    return tuple(
        SentReminder(
            id=one.pk,
            sent_at=one.sent_at,
            planned_at=one.planned_at,
            stage=Stage(one.stage).zh,
            side=Party(one.side).zh,
            term=one.entry.term,
            says=one.entry.says,
            occurrence=one.entry.occurrence if one.entry.about == About.DUE else "",
            due=one.due,
            subject=one.subject,
            people=known.get(one.key, ()),
        )
        for one in some
    )


def second_choices(seat: Seat) -> list[Account]:
    """Whom a side may name as its second person: everybody on it."""
    if seat.side is None:
        return []
    team: Team = teams_of([*appointments(seat.contract_id)], {})[seat.side]
    found = (one.account for one in team.held if one.account.is_active)
    return list({one.pk: one for one in found}.values())


def _policy(
    seat: Seat, rows: Mapping[Party, Any], policies: Mapping[Party, Policy]
) -> PolicyShown | None:
    side = seat.side
    if side is None:
        return None
    row = rows.get(side)
    words = in_words(policies[side])
    return PolicyShown(
        side=side.zh,
        hour=policies[side].hour,
        working_days_only=policies[side].working_days_only,
        offsets=tuple((rhythm.value, rhythm.zh, words[rhythm]) for rhythm in Rhythm),
        second=row.second.username if row is not None and row.second is not None else "",
        set=row is not None,
    )


def previewed(seat: Seat, policy: Policy, now: datetime) -> tuple[ReminderLadder, ...]:
    """The nearest ladders as they would be with other parameters of one's own side. Nothing is written."""
    side = seat.side
    if side is None:
        return ()
    drawn = _Drawing(seat, now, {side: policy}, calendar(), set())
    rows = due_entries().filter(
        contract_id=seat.contract_id, state=EntryState.OPEN, leads=True, until__gte=now
    )
    return tuple(drawn.ladder(one, {}) for one in rows.exclude(about=About.DOUBT)[:5])


class _Drawing:
    """Entries as ladders, for one seat at one moment."""

    def __init__(
        self,
        seat: Seat,
        now: datetime,
        policies: Mapping[Party, Policy],
        days: Calendar,
        paused: set[str],
    ) -> None:
        self.now, self.policies, self.days, self.paused = now, policies, days, paused
        self.sides = SIDES if seat.side is None else (seat.side,)

    def ladder(self, entry: Any, told: Mapping[tuple[str, str, int], datetime]) -> ReminderLadder:
        rungs = sorted(self._rungs(entry, told), key=lambda one: one.at)
        hours = entry.unit == Clock.HOURS
        return ReminderLadder(
            term=entry.term,
            says=entry.says,
            occurrence=entry.occurrence if entry.about == About.DUE else "",
            clause=entry.clause,
            about=entry.about,
            debtor=Party(entry.debtor).zh,
            due=entry.due,
            until=entry.until,
            until_zh=moment_in_words(entry.until, entry.unit, self.days),
            provisional=entry.provisional,
            hours=hours,
            was=entry.was,
            because=entry.because,
            doubt=entry.doubt,
            rungs=tuple(rungs),
            strip=() if hours else tuple(self._strip(entry, rungs)),
            paused=bool({"", entry.term} & self.paused),
        )

    def _rungs(
        self, entry: Any, told: Mapping[tuple[str, str, int], datetime]
    ) -> Iterator[ReminderStep]:
        for side in self.sides:
            if side not in self.policies:
                continue
            for one in steps_of(entry, side, self.policies[side], self.days):
                yield self._rung(one, side, told.get((side.value, one.step, entry.moves)))

    def _rung(self, one: Reminder, side: Party, told: datetime | None) -> ReminderStep:
        return ReminderStep(
            at=one.at,
            stage=one.stage.zh,
            to="、".join(to.zh for to in one.to),
            side=side.zh,
            shifted=one.shifted,
            past=one.at <= self.now,
            told=told,
        )

    def _strip(self, entry: Any, rungs: Sequence[ReminderStep]) -> Iterator[Cell]:
        """The days from the first step to the last, with what happens on each."""
        on: dict[date, list[str]] = {}
        for one in rungs:
            on.setdefault(one.at.astimezone(SHANGHAI).date(), []).append(one.stage)
        if not on:
            return
        first, last = min(*on, entry.due), max(*on, entry.due)
        if (last - first).days >= _STRIP:
            return
        for ahead in range((last - first).days + 1):
            day = first + timedelta(days=ahead)
            stages = list(dict.fromkeys(on.get(day, ())))
            yield cell_of(day, self._kind(day), "、".join(stages), ends=day == entry.due)

    def _kind(self, day: date) -> DayKind:
        try:
            return self.days.kind(day)
        except OutsideCalendar:
            return DayKind.WORKING
