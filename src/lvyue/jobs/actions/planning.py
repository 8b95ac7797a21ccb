"""按计划: each due time of a schedule is seen to by exactly one worker, in the transaction that queues its job.

The row of a due time can be written once. Whoever writes it queues the job; everybody else finds it there. Where times
were missed because nobody ran, one run stands for all of them, or none, as the schedule says.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.module_loading import import_string
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.jobs.actions.queueing import put
from lvyue.jobs.choices import RunState
from lvyue.jobs.models import ScheduledRun
from lvyue.jobs.queries import calendar, schedules
from lvyue.jobs.schedule import Missed, Schedule

log = logging.getLogger(__name__)

#: A due time is still met, and not missed, as long as workers look at it within this time.
PUNCTUAL = timedelta(minutes=10)


def keep_schedules(
    table: Sequence[Schedule] | None = None, *, seen: dict[str, datetime] | None = None
) -> int:
    """照看计划: whatever is due is queued, once. How many jobs came of it. One that cannot be queued does not stop the others.

    ``seen`` remembers for who calls this often which due times are seen to, so that the database is not asked again.
    """
    now = clock.now()
    days = calendar()
    known = {} if seen is None else seen
    found = 0
    for schedule in schedules() if table is None else table:
        due = schedule.last_until(now, days)
        if due is None or known.get(schedule.name) == due:
            continue
        try:
            found += keep(schedule, due, now)
            known[schedule.name] = due
        except Exception:
            log.exception("计划 %s 没有排上队，稍后再试", schedule.name)
    return found


def keep(schedule: Schedule, due: datetime, moment: datetime) -> bool:
    """One due time of one schedule: whether its job was queued just now, by us."""
    rows = ScheduledRun.objects.filter(schedule=schedule.name)
    last = rows.aggregate(last=Max("due_at"))["last"]
    if last is not None and last >= due:
        return False
    try:
        with transaction.atomic():
            state = _state(schedule, due, moment, first=last is None)
            run = ScheduledRun.objects.create(
                schedule=schedule.name, due_at=due, seen_at=moment, state=state
            )
            return state == RunState.QUEUED and _queue(schedule, run)
    except IntegrityError:  # another worker was quicker
        return False


def _state(schedule: Schedule, due: datetime, moment: datetime, *, first: bool) -> RunState:
    if first:
        return RunState.FIRST
    if schedule.missed is Missed.LEAVE and moment - due > PUNCTUAL:
        return RunState.MISSED
    if _runs(schedule):
        return RunState.OVERLAPPED
    return RunState.QUEUED


def _runs(schedule: Schedule) -> bool:
    """Whether the last run has not ended yet."""
    return DBTaskResult.objects.filter(
        status=TaskResultStatus.RUNNING, job__task=schedule.task, job__key=schedule.name
    ).exists()


def _queue(schedule: Schedule, run: ScheduledRun) -> bool:
    """The job, unless the last one still waits: then that one is the run."""
    task = import_string(schedule.task)
    queued = put(task, key=schedule.name, run_after=None, attempts=3, arguments={})
    if queued is not None:
        run.result_id = queued
        run.save(update_fields=["result"])
    return queued is not None


def run_now(schedule: Schedule) -> UUID | None:
    """The job of a schedule, outside of its times; None where it waits already."""
    task = import_string(schedule.task)
    return put(task, key=schedule.name, run_after=None, attempts=3, arguments={})
