"""Duty as people ask for it: who is there now, a month with its gaps, hours for pay, the daily logs, and the calls that test it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from lvyue.accounts import queries as accounts
from lvyue.core.calendar import SHANGHAI, DayKind, day_of
from lvyue.core.rosters import (
    Change,
    Gap,
    Hours,
    Level,
    Roster,
    Turn,
    Version,
    at,
    gaps,
    holes,
    hours,
    roster_of,
    shortages,
    turns,
    wanted,
)
from lvyue.core.terms import Staffing
from lvyue.helpdesk.models import DutyHandover, DutyLog, DutyRoster, DutySwap, ReachTest
from lvyue.helpdesk.models.duty import CallOutcome, SwapState
from lvyue.obligations.logbook import release_of
from lvyue.obligations.queries import calendar

_DAY = timedelta(days=1)


# ── rosters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def rosters(contract_id: str) -> QuerySet[DutyRoster]:
    """Every version of a contract's roster, the newest first."""
    return DutyRoster.objects.filter(contract_id=contract_id).order_by("-version")


def has_roster(contract_id: str) -> bool:
    """Whether anybody has ever made one."""
    return DutyRoster.objects.filter(contract_id=contract_id).exists()


def version_of(row: DutyRoster) -> Version:
    """A row as the core reads it. What was let in once reads for ever."""
    roster = roster_of(row.begins, row.body)
    if not isinstance(roster, Roster):
        says = f"值班表 {row.pk} 读不懂：{roster[0]}"
        raise ValueError(says)  # noqa: TRY004  the row is wrong, not its type
    return Version(row.version, roster, row.made_at)


def versions(contract_id: str) -> tuple[Version, ...]:
    """Every version, the first first."""
    return tuple(version_of(row) for row in rosters(contract_id).order_by("version"))


def changes(contract_id: str, first: date, last: date) -> tuple[Change, ...]:
    """The swaps and absences in force on some days, in the order in which they came into force."""
    found = DutySwap.objects.filter(
        contract_id=contract_id, state=SwapState.AGREED, day__gte=first, day__lte=last
    ).order_by("answered_at", "id")
    return tuple(Change(one.day, one.shift, one.giver, one.taker) for one in found)


def posts(contract_id: str) -> tuple[str, ...]:
    """岗位: the posts that the contract wants filled, as its terms call them."""
    return tuple(one.post for one in release_of(contract_id).terms if isinstance(one, Staffing))


def post_counts(contract_id: str) -> dict[str, int]:
    """How many people the contract wants in each post, where it says so."""
    terms = release_of(contract_id).terms
    return {
        one.post: one.count for one in terms if isinstance(one, Staffing) and one.count is not None
    }


def duty_turns(contract_id: str, first: date, last: date) -> tuple[Turn, ...]:
    """Every turn that touches one of these days: those that begin on the day before as well."""
    before = first - _DAY
    found = turns(
        versions(contract_id), changes(contract_id, before, last), before, last, calendar()
    )
    return tuple(one for one in found if day_of(one.ends - timedelta(microseconds=1)) >= first)


def duty_gaps(contract_id: str, first: date, last: date) -> tuple[Gap, ...]:
    """空档: where on these days somebody has to be there and nobody is, or fewer than have to be."""
    known = versions(contract_id)
    found = duty_turns(contract_id, first, last)
    empty = gaps(found, wanted(known, first, last, calendar()))
    return holes(empty, shortages(found, first, last))


@dataclass(frozen=True, slots=True)
class OnDuty:
    """当班的人: at one moment, with names, who steps in, and who is called when nobody answers."""

    at: datetime
    turns: tuple[Turn, ...]
    people: tuple[str, ...]
    names: dict[str, str]
    substitutes: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def is_empty(self) -> bool:
        return not self.people


def on_duty(contract_id: str, moment: datetime) -> OnDuty:
    """Who is on duty at a moment: for assigning, for escalation, and for whoever calls."""
    day = day_of(moment)
    running = at(duty_turns(contract_id, day, day), moment)
    holding = [one for one in versions(contract_id) if one.roster.begins <= day]
    newest = max(holding, key=lambda one: one.number, default=None)
    people = tuple(dict.fromkeys(one for turn in running for one in turn.people))
    substitutes = newest.roster.substitutes if newest else ()
    levels = newest.roster.levels if newest else ()
    named = {*people, *substitutes, *(one for level in levels for one in level.people)}
    return OnDuty(moment, running, people, accounts.names_of(named), substitutes, levels)


def serves_on(contract_id: str, username: str, day: date) -> bool:
    """Whether somebody is on the roster for some part of a day."""
    return any(username in one.people for one in duty_turns(contract_id, day, day))


@dataclass(frozen=True, slots=True)
class DutyDay:
    """值班的一天: the turns that begin on it, and its gaps, missed calls and log."""

    day: date
    kind: DayKind
    turns: tuple[Turn, ...]
    gaps: tuple[Gap, ...]
    missed: tuple[ReachTest, ...]
    log: DutyLog | None
    log_state: str


def duty_days(contract_id: str, first: date, last: date, today: date) -> tuple[DutyDay, ...]:
    """A stretch of days, such as a month, with everything that is to be seen of duty on each."""
    found = duty_turns(contract_id, first, last)
    empty = duty_gaps(contract_id, first, last)
    opens, closes = (datetime.combine(day, time(), SHANGHAI) for day in (first, last + _DAY))
    missed = [*reach_tests(contract_id).filter(at__gte=opens, at__lt=closes)]
    logs = {one.day: one for one in duty_logs(contract_id, first, last)}
    days = calendar()
    rows = []
    day = first
    while day <= last:
        mine = tuple(one for one in found if one.day == day)
        log = logs.get(day)
        rows.append(
            DutyDay(
                day,
                days.kind(day),
                mine,
                tuple(one for one in empty if day_of(one.begins) == day),
                tuple(one for one in missed if day_of(one.at) == day and not answered(one)),
                log,
                _log_state(log, day, today, has_duty=any(_touches(one, day) for one in found)),
            )
        )
        day += _DAY
    return tuple(rows)


def _touches(turn: Turn, day: date) -> bool:
    return day_of(turn.begins) <= day <= day_of(turn.ends - timedelta(microseconds=1))


def _log_state(log: DutyLog | None, day: date, today: date, *, has_duty: bool) -> str:
    """已记, 迟记 N 天, 缺 or nothing: a day missed stays missed, and a late one stays late."""
    if log is not None:
        return f"迟记 {log.late} 天" if log.late else "已记"
    if not has_duty or day > today:
        return ""
    return "今天还没有记" if day == today else f"缺（已过 {(today - day).days} 天）"


def pay_hours(contract_id: str, first: date, last: date) -> tuple[Hours, ...]:
    """工时: for pay, per person, class of shift and kind of day, from the first to the last day, both included."""
    return hours(duty_turns(contract_id, first, last), calendar(), first, last)


# ── swaps and hand-overs ─────────────────────────────────────────────────────────────────────────────────────────


def swaps(contract_id: str) -> QuerySet[DutySwap]:
    """The swaps of a contract, the latest day first."""
    return DutySwap.objects.filter(contract_id=contract_id).order_by("-day", "-id")


def handovers(contract_id: str) -> QuerySet[DutyHandover]:
    """The hand-overs of a contract, newest first."""
    return DutyHandover.objects.filter(contract_id=contract_id).order_by("-at", "-id")


# ── calls and logs ───────────────────────────────────────────────────────────────────────────────────────────────


def reach_tests(contract_id: str) -> QuerySet[ReachTest]:
    """Every test call of a contract, newest first."""
    found = ReachTest.objects.filter(contract_id=contract_id)
    return found.select_related("ticket").order_by("-at", "-id")


def answered(test: ReachTest) -> bool:
    """Whether somebody on duty answered. A voice mail is no answer."""
    return test.outcome == CallOutcome.ANSWERED


def missed_calls(contract_id: str) -> QuerySet[ReachTest]:
    """没有接通: the calls of the buyer's side that nobody on duty answered."""
    return reach_tests(contract_id).filter(counts=True).exclude(outcome=CallOutcome.ANSWERED)


def masked(number: str) -> str:
    """A number as it is shown: the last four digits alone."""
    return f"…{number[-4:]}" if len(number) > len("0000") else "…"


def duty_logs(contract_id: str, first: date, last: date) -> QuerySet[DutyLog]:
    """The daily logs of some days, the latest day first."""
    found = DutyLog.objects.filter(contract_id=contract_id, day__gte=first, day__lte=last)
    return found.order_by("-day")


def duty_log(contract_id: str, day: date) -> DutyLog | None:
    """The log of one day."""
    return DutyLog.objects.filter(contract_id=contract_id, day=day).first()


def people_named(found: Iterable[Turn]) -> dict[str, str]:
    """The names of everybody on some turns, by username. One read."""
    return accounts.names_of({one for turn in found for one in (*turn.people, *turn.planned)})


__all__ = [
    "CallOutcome",
    "DutyDay",
    "DutyHandover",
    "DutyLog",
    "DutyRoster",
    "DutySwap",
    "OnDuty",
    "ReachTest",
    "answered",
    "changes",
    "duty_days",
    "duty_gaps",
    "duty_log",
    "duty_logs",
    "duty_turns",
    "handovers",
    "has_roster",
    "masked",
    "missed_calls",
    "on_duty",
    "pay_hours",
    "people_named",
    "post_counts",
    "posts",
    "reach_tests",
    "rosters",
    "serves_on",
    "swaps",
    "version_of",
    "versions",
]
