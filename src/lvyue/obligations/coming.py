"""下一步提醒: of one term, what is told next to whom by which road and why just then, and what was told last.

As on the page of reminders a side sees its own people; an auditor sees both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import appointments
from lvyue.core.calendar import Calendar
from lvyue.core.reminding import Policy, Reminder, Stage, following, rhythm_of
from lvyue.core.terms import Party
from lvyue.notices.choices import Topic
from lvyue.notices.queries.roads import roads_of
from lvyue.obligations.agenda import Clock
from lvyue.obligations.choices import About, EntryState
from lvyue.obligations.ladder import SentReminder, sent_of
from lvyue.obligations.queries import calendar, due_entries, reminder_pauses, reminder_policies
from lvyue.obligations.reminders import (
    SIDES,
    USUAL,
    Team,
    in_words,
    moment_in_words,
    policy_of,
    reached,
    running_of,
    steps_of,
    teams_of,
)

#: So many of those that were told are shown beside a term.
LAST = 3


@dataclass(frozen=True, slots=True)
class ReminderReach:
    """收件人: somebody whom a step reaches, and by which roads, in words; never an address."""

    name: str
    roads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComingReminder:
    """下一步: when, of which occurrence, to whom on one side, and the rule behind it. Nobody in ``people`` is a gap to mend."""

    at: datetime
    stage: str
    side: str
    to: str
    people: tuple[ReminderReach, ...]
    rule: str
    occurrence: str
    due: date
    until_zh: str
    provisional: bool
    shifted: bool


@dataclass(frozen=True, slots=True)
class TermReminders:
    """一项约定的提醒: the next step of each side that one may see, soonest first, and the last that were told."""

    next: tuple[ComingReminder, ...]
    sent: tuple[SentReminder, ...]


def reminders_beside(seat: Seat, term: str, now: datetime) -> TermReminders:
    """Of one term, as one seat may see it, at ``now`` whatever day the page shows. So many reads, however many occurrences."""
    entries = [
        *due_entries().filter(
            contract_id=seat.contract_id, term=term, state=EntryState.OPEN, leads=True
        )
    ]
    sides = SIDES if seat.side is None else (seat.side,)
    found = _next(seat, entries, sides, now) if entries else []
    return TermReminders(
        tuple(sorted(found, key=lambda one: (one.at, one.side))),
        sent_of(seat, term=term, at_once=LAST),
    )


def _next(
    seat: Seat, entries: list[Any], sides: tuple[Party, ...], now: datetime
) -> list[ComingReminder]:
    rows = {Party(row.side): row for row in reminder_policies(seat.contract_id)}
    seconds = {side: row.second_id for side, row in rows.items()}
    teams = teams_of([*appointments(seat.contract_id)], seconds)
    paused = frozenset(
        (row.account_id, row.term)
        for row in reminder_pauses(seat.contract_id)
        if row.until is None or row.until > now
    )
    days = calendar()
    found = []
    for side in sides:
        policy = policy_of(rows[side].policy) if side in rows else USUAL
        steps = (
            (step, entry)
            for entry in entries
            if (step := following(steps_of(entry, side, policy, days), now)) is not None
        )
        first = min(steps, key=lambda one: (one[0].at, one[1].pk), default=None)
        if first is not None:
            rule = rule_in_words(first[1], first[0], side, policy, days, own=side in rows)
            found.append(_coming(*first, teams[side], paused, rule, days))
    return found


def _coming(
    step: Reminder,
    entry: Any,
    team: Team,
    paused: frozenset[tuple[int, str]],
    rule: str,
    days: Calendar,
) -> ComingReminder:
    people = reached(team, entry, step, paused)
    topic = Topic.ESCALATION if step.stage.escalates else Topic.REMINDER
    roads: Mapping[int, tuple[str, ...]] = roads_of(people, topic, urgent=entry.unit == Clock.HOURS)
    return ComingReminder(
        at=step.at,
        stage=step.stage.zh,
        side=team.side.zh,
        to="、".join(one.zh for one in step.to),
        people=tuple(ReminderReach(one.name, roads[one.pk]) for one in people),
        rule=rule,
        occurrence=entry.occurrence if entry.about == About.DUE else "",
        due=entry.due,
        until_zh=moment_in_words(entry.until, entry.unit, days),
        provisional=entry.provisional,
        shifted=step.shifted,
    )


def rule_in_words(
    entry: Any, step: Reminder, side: Party, policy: Policy, days: Calendar, *, own: bool
) -> str:
    """Which parameters say that somebody is told just then (OBL-10; the end of a year REG-09)."""
    if step.stage is Stage.RENEWAL:
        return "合同期满而没有另签：提前 60 日和 30 日（REG-09）"
    rhythm = rhythm_of(running_of(entry), days)
    words = in_words(policy)[rhythm]
    said = [f"提前 {words.before}" if words.before else "不提前"]
    said += ["最后一天提醒"] if words.on_day and entry.unit != Clock.HOURS else []
    said += [f"逾期 {words.after}后升级"] if words.after else []
    when = "随时，不分昼夜"
    if entry.unit != Clock.HOURS:
        when = f"{policy.hour} 时" + ("，只在工作日" if policy.working_days_only else "")
    whose = f"{side.zh}的提醒参数" + ("" if own else "（没有设定过，用通常的）")
    return f"{whose}，{rhythm.zh}的时限：{'，'.join(said)}；{when}（OBL-10）"
