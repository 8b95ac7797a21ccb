"""提醒: tell whoever must be told now, once; and what people may set about it: when, to whom, and not me.

A run asks the entries whose moment has come, by an index, and judges no contract that has not changed. What it tells, it
writes down in the same transaction as the message: killed at any point, it neither forgets nor repeats.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db import IntegrityError, transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import Account, appointments
from lvyue.contracts.queries import contracts
from lvyue.core.calendar import Calendar
from lvyue.core.doubts import Refused, malformed
from lvyue.core.reminding import Policy, Reminder, Stage, following, strongest
from lvyue.core.terms import Party
from lvyue.notices.actions.telling import tell
from lvyue.notices.choices import Topic
from lvyue.obligations.actions.recording import Denied
from lvyue.obligations.actions.refreshing import catch_up
from lvyue.obligations.agenda import Clock
from lvyue.obligations.choices import EntryState
from lvyue.obligations.models import DueEntry, ReminderPause, ReminderPolicy, ReminderSent
from lvyue.obligations.queries import (
    calendar,
    due_entries,
    reminder_pauses,
    reminder_policies,
)
from lvyue.obligations.reminders import (
    SIDES,
    STALE,
    USUAL,
    Team,
    Told,
    packed_policy,
    policy_of,
    reached,
    steps_of,
    teams_of,
    told_of,
)

log = logging.getLogger(__name__)

#: So many entries are looked at in one go, and so many contracts that have changed are judged anew before their people are told.
BATCH, CATCH_UP = 500, 50

#: The longest reason anybody is asked to read.
_REASON = 2000

#: Under this name a run writes.
SYSTEM = "系统"


@dataclass(frozen=True, slots=True)
class Sending:
    """一次告知: what one side is told of one entry now, and whom it reaches; ``also`` is a step that it tells as well."""

    entry: DueEntry
    side: Party
    step: Reminder
    told: Told
    people: tuple[Account, ...]
    also: Reminder | None = None

    @property
    def key(self) -> str:
        """Stable for a contract, a term, an occurrence, a side, a step and the date it is about."""
        entry = self.entry
        names = (entry.contract_id, entry.term, entry.occurrence, self.side, self.step.step)
        text = "\n".join(map(str, (*names, entry.moves)))
        return f"reminder:{hashlib.sha256(text.encode()).hexdigest()[:48]}"


@dataclass(slots=True)
class Run:
    """一次运行: what was told, and how many entries were looked at; with ``dry`` nothing is written."""

    now: datetime
    dry: bool = False
    sent: list[Sending] = field(default_factory=list)
    looked_at: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all entries of one contract share."""

    days: Calendar
    policies: Mapping[Party, Policy]
    teams: Mapping[Party, Team]
    paused: frozenset[tuple[int, str]]

    def reached(self, entry: DueEntry, step: Reminder, side: Party) -> tuple[Account, ...]:
        return reached(self.teams[side], entry, step, self.paused)


# ── the run ──────────────────────────────────────────────────────────────────────────────────────────────────────


def remind(now: datetime | None = None, *, dry: bool = False) -> Run:
    """提醒: everything whose moment has come. A contract whose facts have changed is judged first, so nobody is told what is done.

    Who slept through several steps of one occurrence is told the strongest, once. With ``dry`` it is only said what would
    be told.
    """
    run = Run(now or clock.now(), dry=dry)
    due = due_entries().filter(state=EntryState.OPEN, next_at__lte=run.now)
    keys = dict(due.order_by("next_at", "id").values_list("pk", "contract_id"))
    if not keys:
        return run
    among = contracts().filter(pk__in={*keys.values()}).values("pk")
    pending = catch_up(among, CATCH_UP) if not dry else frozenset[str]()
    run.waiting = len(pending)
    wanted = [pk for pk, contract_id in keys.items() if contract_id not in pending]
    found = due.order_by("contract_id", "id")
    for start in range(0, len(wanted), BATCH):
        some = found.filter(pk__in=wanted[start : start + BATCH])
        for contract_id, entries in groupby(some, key=lambda one: one.contract_id):
            _contract(run, contract_id, [*entries])
    run.looked_at = len(wanted)
    return run


def _contract(run: Run, contract_id: str, entries: Sequence[DueEntry]) -> None:
    ground = _ground(contract_id, run.now)
    sent: dict[int, set[tuple[str, str, int]]] = defaultdict(set)
    rows = ReminderSent.objects.filter(entry__in=[one.pk for one in entries])
    for entry_id, side, step, moves in rows.values_list("entry_id", "side", "step", "moves"):
        sent[entry_id].add((side, step, moves))
    quiet: list[_Look] = []
    for entry in entries:
        sendings = [*_sendings(entry, ground, sent[entry.pk], run.now)]
        look = _Look(entry, entry.changed_at, entry.next_at, _next(entry, ground, run.now))
        if run.dry:
            run.sent.extend(sendings)
        elif sendings:
            _send(run, look, sendings)
        else:
            quiet.append(look)
    if quiet and not run.dry:
        _put_off(quiet)


class _Look(NamedTuple):
    """An entry as this run saw it, and when to look again."""

    entry: DueEntry
    changed_at: datetime
    next_at: datetime | None
    again: datetime | None


def _unchanged(looks: Sequence[_Look]) -> list[_Look]:
    """Those that are still as they were seen, held until the end of the transaction. The others wait for another look already."""
    rows = DueEntry.objects.select_for_update().filter(pk__in=[one.entry.pk for one in looks])
    now = {pk: told for pk, *told in rows.values_list("pk", "changed_at", "next_at", "state")}
    return [
        one
        for one in looks
        if now.get(one.entry.pk) == [one.changed_at, one.next_at, EntryState.OPEN.value]
    ]


def _put_off(quiet: Sequence[_Look]) -> None:
    """Nothing to tell now: the next look."""
    with transaction.atomic():
        same = _unchanged(quiet)
        for one in same:
            one.entry.next_at = one.again
        DueEntry.objects.bulk_update([one.entry for one in same], ["next_at"], batch_size=200)


def _ground(contract_id: str, now: datetime) -> _Ground:
    rows = {Party(row.side): row for row in reminder_policies(contract_id)}
    seconds = {side: row.second_id for side, row in rows.items()}
    return _Ground(
        days=calendar(),
        policies={side: policy_of(rows[side].policy) if side in rows else USUAL for side in SIDES},
        teams=teams_of([*appointments(contract_id)], seconds),
        paused=frozenset(
            (row.account_id, row.term)
            for row in reminder_pauses(contract_id)
            if row.until is None or row.until > now
        ),
    )


def _sendings(
    entry: DueEntry, ground: _Ground, sent: set[tuple[str, str, int]], now: datetime
) -> Iterator[Sending]:
    """For each side the strongest step whose time has come and that it was not told; and once, that the date has moved."""
    for side in SIDES:
        steps = steps_of(entry, side, ground.policies[side], ground.days)
        step = strongest(steps, now)
        if step is not None and (
            step.at < now - STALE or _told(sent, side, step.step, entry.moves)
        ):
            step = None
        if _to_be_told_of_the_move(entry, side, sent) and steps:
            moved = Reminder(Stage.MOVED, Stage.MOVED, entry.changed_at, steps[0].to)
            said = step if step is not None and not step.stage.escalates else None
            yield _sending(entry, ground, moved, side, now, also=said)
            step = None if said else step
        if step is not None:
            yield _sending(entry, ground, step, side, now)


def _sending(
    entry: DueEntry,
    ground: _Ground,
    step: Reminder,
    side: Party,
    now: datetime,
    also: Reminder | None = None,
) -> Sending:
    people = ground.reached(entry, step, side)
    told = told_of(entry, step, side, now, ground.days)
    return Sending(entry, side, step, told, people, also)


def _told(sent: set[tuple[str, str, int]], side: Party, step: str, moves: int) -> bool:
    return (side.value, step, moves) in sent


def _to_be_told_of_the_move(entry: DueEntry, side: Party, sent: set[tuple[str, str, int]]) -> bool:
    """Only who was told the date that is no more, and once for each new one."""
    if entry.was is None or _told(sent, side, Stage.MOVED, entry.moves):
        return False
    return any(of == side.value and moves < entry.moves for of, _, moves in sent)


def _next(entry: DueEntry, ground: _Ground, now: datetime) -> datetime | None:
    coming = [
        step.at
        for side in SIDES
        if (step := following(steps_of(entry, side, ground.policies[side], ground.days), now))
    ]
    return min(coming, default=None)


def _send(run: Run, look: _Look, sendings: Sequence[Sending]) -> None:
    """Row, message and next look together. Another run that came first has told it: then nothing is left to do."""
    try:
        with transaction.atomic():
            if not _unchanged([look]):
                return
            for one in sendings:
                _write(one, run.now)
            DueEntry.objects.filter(pk=look.entry.pk).update(next_at=look.again)
    except IntegrityError:
        log.info("提醒 %s 已由另一次运行发出", look.entry)
        return
    run.sent.extend(sendings)


def _write(one: Sending, now: datetime) -> None:
    for step in (one.step, *((one.also,) if one.also else ())):
        ReminderSent.objects.create(
            entry=one.entry,
            side=one.side.value,
            step=step.step,
            moves=one.entry.moves,
            stage=step.stage.value,
            planned_at=step.at,
            sent_at=now,
            due=one.entry.due,
            people=[person.username for person in one.people],
            subject=one.told.subject[:200],
            key=one.key,
        )
    if not one.people:
        return
    term = f"terms/{one.entry.term}/" if one.entry.term else "doubts/"
    escalates = one.step.stage.escalates
    tell(
        one.people,
        topic=Topic.ESCALATION if escalates else Topic.REMINDER,
        subject=one.told.subject,
        body=one.told.body,
        address=f"/contracts/{one.entry.contract_id}/{term}",
        contract_id=one.entry.contract_id,
        key=one.key,
        urgent=one.entry.unit == Clock.HOURS,
        by=SYSTEM,
        group=one.told.group,
    )


# ── what people set ──────────────────────────────────────────────────────────────────────────────────────────────


def _may(seat: Seat, right: Right) -> None:
    ruling = may(seat, right)
    if not ruling:
        raise Denied(ruling)


@transaction.atomic
def set_policy(
    seat: Seat, policy: Policy, second: Account | None = None, *, by: Account
) -> ReminderPolicy:
    """设定提醒: when a side's own people are told. The other side's parameters are not touched and not shown."""
    _may(seat, Right.REMIND)
    side = seat.side
    if side is None:
        raise Refused([malformed("哪一方", "您不代表任何一方。", "请由一方的负责人设定。")])
    teams = teams_of([*appointments(seat.contract_id)], {})
    if second is not None and second.pk not in {one.account_id for one in teams[side].held}:
        says = "升级的第二人须在这份合同中任职于本方。"
        raise Refused([malformed("第二人", says, "请从本方人员中选。")])
    known = ReminderPolicy.objects.select_for_update().filter(
        contract_id=seat.contract_id, side=side.value
    )
    row = known.first()
    before = None if row is None else {**row.policy, "second": row.second_id}
    row, _ = ReminderPolicy.objects.update_or_create(
        contract_id=seat.contract_id,
        side=side.value,
        defaults={
            "policy": packed_policy(policy),
            "second": second,
            "changed_at": clock.now(),
            "changed_by": by.username,
        },
    )
    due_entries().filter(contract_id=seat.contract_id, state=EntryState.OPEN).update(
        next_at=clock.now()
    )
    after = {**row.policy, "second": row.second_id}
    if before != after:
        audit(
            "reminders.set",
            by=seat,
            contract_id=seat.contract_id,
            about=side.zh,
            before=before,
            after=after,
        )
    return row


@transaction.atomic
def pause(
    seat: Seat, term: str, until: datetime | None, reason: str, *, by: Account
) -> ReminderPause:
    """停止提醒: of one term or of the whole contract, for oneself alone, until a moment or for good. What is overdue is still told."""
    _may(seat, Right.SEE)
    reason = reason.strip()
    doubts = []
    if not reason or len(reason) > _REASON:
        says = "没有写理由。" if not reason else f"理由长 {len(reason)} 字，最多 {_REASON} 字。"
        doubts.append(malformed("理由", says, "请写为什么不用提醒，例如：由同事负责。"))
    if until is not None and until <= clock.now():
        doubts.append(malformed("到何时", "这个时刻已经过去。", "请选今天以后的一天，或留空。"))
    if term and not due_entries().filter(contract_id=seat.contract_id, term=term).exists():
        says = "这份合同没有提醒过这项约定。"
        doubts.append(malformed("约定", says, "请从提醒页面上选。"))
    if doubts:
        raise Refused(doubts)
    now = clock.now()
    mine = ReminderPause.objects.select_for_update().filter(
        account=by, contract_id=seat.contract_id, term=term, ended_at__isnull=True
    )
    mine.update(ended_at=now)
    made = ReminderPause.objects.create(
        account=by,
        contract_id=seat.contract_id,
        term=term,
        until=until,
        reason=reason,
        created_at=now,
    )
    after = {"term": term, "until": until.isoformat() if until else None}
    audit(
        "reminders.paused",
        by=seat,
        contract_id=seat.contract_id,
        about=term,
        after=after,
        reason=reason,
    )
    return made


@transaction.atomic
def resume(seat: Seat, pause_id: int, *, by: Account) -> bool:
    """恢复提醒: whether there was anything of one's own to end."""
    _may(seat, Right.SEE)
    mine = ReminderPause.objects.select_for_update().filter(
        pk=pause_id, account=by, contract_id=seat.contract_id, ended_at__isnull=True
    )
    row = mine.first()
    if row is None:
        return False
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    audit("reminders.resumed", by=seat, contract_id=seat.contract_id, about=row.term)
    return True
