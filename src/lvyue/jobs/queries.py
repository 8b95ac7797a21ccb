"""Reads of the queue for whoever keeps the machine: what waits, runs and failed, what is due next, and who works.

Arguments and keys of jobs are read by nobody here: they may name people, and contracts that an administrator does not see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from inspect import getdoc
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.utils.module_loading import import_string
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from lvyue.core.calendar import Calendar
from lvyue.jobs.choices import JobState, RunState
from lvyue.jobs.models import Job, ScheduledRun, Worker
from lvyue.jobs.running import SILENCE
from lvyue.jobs.schedule import Schedule
from lvyue.library.calendar_files import default_calendar

#: So many jobs stand on a page, and so many leave in one file.
AT_ONCE, IN_A_FILE = 50, 10_000

#: The Chinese name that every docstring begins with.
_NAME = re.compile(r"\s*([^:：\n]{1,40})[:：]")


# ── schedules ────────────────────────────────────────────────────────────────────────────────────────────────────


def schedules() -> tuple[Schedule, ...]:
    """全部计划, as the table of the project has them."""
    return cast("tuple[Schedule, ...]", import_string(settings.SCHEDULES))


def calendar() -> Calendar:
    """The days off as of now."""
    return default_calendar(extra_dir=settings.CALENDARS)


@dataclass(frozen=True, slots=True)
class Planned:
    """计划的近况: when it was last seen to and what came of that, and when it is due again."""

    schedule: Schedule
    last_due: datetime | None
    last_seen: datetime | None
    last_state: RunState | None
    job: JobState | None
    next_due: datetime | None


def planned(moment: datetime) -> list[Planned]:
    """Every schedule, the next due first. Two reads."""
    days = calendar()
    table = schedules()
    last = dict(
        ScheduledRun.objects.filter(schedule__in=[one.name for one in table])
        .values_list("schedule")
        .annotate(last=Max("due_at"))
    )
    newest = ScheduledRun.objects.filter(due_at__in=set(last.values()))
    runs = {
        run.schedule: run
        for run in newest.select_related("result", "result__job")
        if last.get(run.schedule) == run.due_at
    }
    found = [_planned(one, runs.get(one.name), one.next_after(moment, days)) for one in table]
    return sorted(found, key=lambda one: (one.next_due is None, one.next_due or moment))


def _planned(schedule: Schedule, run: ScheduledRun | None, due: datetime | None) -> Planned:
    if run is None:
        return Planned(schedule, None, None, None, None, due)
    state = _state(run.result) if run.result is not None else None
    return Planned(schedule, run.due_at, run.seen_at, RunState(run.state), state, due)


# ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class JobView:
    """一项作业, without its arguments and its key."""

    id: UUID
    title: str
    task: str
    queue: str
    state: JobState
    queued_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    attempt: int
    attempts: int
    worker: str
    done: int
    of: int
    trouble: str
    place: str

    @property
    def short(self) -> str:
        """Its number as people cite it."""
        return str(self.id)[:8]

    @property
    def may_retry(self) -> bool:
        return self.state in (JobState.DEAD, JobState.DROPPED, JobState.RETRYING)

    @property
    def may_drop(self) -> bool:
        return self.state in (JobState.DEAD, JobState.WAITING, JobState.RETRYING)


_RETRYING = Q(job__begun__gt=0)
_STATES: Mapping[JobState, Q] = {
    JobState.WAITING: Q(status=TaskResultStatus.READY) & ~_RETRYING,
    JobState.RETRYING: Q(status=TaskResultStatus.READY) & _RETRYING,
    JobState.RUNNING: Q(status=TaskResultStatus.RUNNING),
    JobState.DEAD: Q(status=TaskResultStatus.FAILED) & ~Q(job__dropped=True),
    JobState.DROPPED: Q(status=TaskResultStatus.FAILED, job__dropped=True),
    JobState.DONE: Q(status=TaskResultStatus.SUCCESSFUL),
}


def counts() -> dict[JobState, int]:
    """How many jobs there are in each state. One read."""
    asked = {state.value: Count("pk", filter=one) for state, one in _STATES.items()}
    found = DBTaskResult.objects.aggregate(**asked)
    return {state: found[state.value] for state in JobState}


@dataclass(frozen=True, slots=True)
class JobPage:
    """一页作业; ``before`` leads on to older ones, and is empty on the last page."""

    jobs: tuple[JobView, ...]
    before: str = ""


def jobs(
    state: JobState | None = None,
    word: str = "",
    *,
    ended: bool = True,
    before: str = "",
    at_once: int = AT_ONCE,
) -> JobPage:
    """The jobs in a state, the newest first; ``word`` is looked for in names of tasks, queues and numbers.

    Without ``ended`` and without a state only those with which somebody or something still has to do.
    """
    rows = DBTaskResult.objects.select_related("job").order_by("-enqueued_at", "-pk")
    if state is not None:
        rows = rows.filter(_STATES[state])
    elif not ended:
        rows = rows.exclude(_STATES[JobState.DONE]).exclude(_STATES[JobState.DROPPED])
    if word:
        rows = rows.filter(_about(word))
    if (mark := _mark(before)) is not None:
        rows = rows.filter(Q(enqueued_at__lt=mark[0]) | Q(enqueued_at=mark[0], pk__lt=mark[1]))
    found = list(rows[: at_once + 1])
    more = found[at_once - 1] if len(found) > at_once else None
    told = f"{more.enqueued_at.isoformat()}_{more.pk}" if more is not None else ""
    return JobPage(tuple(view_of(row) for row in found[:at_once]), told)


def job(job_id: UUID) -> JobView | None:
    row = DBTaskResult.objects.select_related("job").filter(pk=job_id).first()
    return view_of(row) if row is not None else None


def is_underway(task: str, key: str) -> bool:
    """Whether a job for this work waits or runs. For a sweep that asks what has been left behind."""
    return Job.objects.filter(
        task=task,
        key=key,
        result__status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING),
    ).exists()


def _about(word: str) -> Q:
    paths = [one for one in _paths() if word.lower() in f"{one} {title_of(one)}".lower()]
    asked = Q(task_path__in=paths) | Q(queue_name__icontains=word)
    number = word.lower().replace("-", "")
    if re.fullmatch(r"[0-9a-f]{8,32}", number):
        first, last = UUID(number.ljust(32, "0")), UUID(number.ljust(32, "f"))
        asked |= Q(pk__gte=first, pk__lte=last)
    return asked


def _paths() -> Sequence[str]:
    return list(DBTaskResult.objects.order_by().values_list("task_path", flat=True).distinct())


def _mark(text: str) -> tuple[datetime, UUID] | None:
    """Where the last page ended; whatever is no such mark begins at the beginning."""
    at, _, number = text.partition("_")
    try:
        moment = datetime.fromisoformat(at.replace(" ", "+"))
        return (moment, UUID(number)) if moment.tzinfo is not None else None
    except ValueError:
        return None


def view_of(row: DBTaskResult[Any, Any]) -> JobView:
    """A row as it may be shown."""
    known: Job | None = getattr(row, "job", None)
    return JobView(
        id=row.pk,
        title=title_of(row.task_path),
        task=row.task_path,
        queue=row.queue_name,
        state=_state(row),
        queued_at=row.enqueued_at,
        due_at=None if row.run_after == get_date_max() else row.run_after,
        started_at=row.started_at,
        ended_at=row.finished_at,
        attempt=known.begun if known else 0,
        attempts=known.attempts if known else 0,
        worker=known.worker_id or "" if known else "",
        done=known.done if known else 0,
        of=known.of if known else 0,
        trouble=known.trouble if known else "",
        place=known.trouble_at if known else "",
    )


def _state(row: DBTaskResult[Any, Any]) -> JobState:
    known: Job | None = getattr(row, "job", None)
    match row.status:
        case TaskResultStatus.READY:
            return JobState.RETRYING if known and known.begun else JobState.WAITING
        case TaskResultStatus.RUNNING:
            return JobState.RUNNING
        case TaskResultStatus.SUCCESSFUL:
            return JobState.DONE
        case _:
            return JobState.DROPPED if known and known.dropped else JobState.DEAD


@lru_cache(maxsize=512)
def title_of(path: str) -> str:
    """The Chinese name of a task, which its docstring begins with; its path where the program has no such task any more."""
    try:
        found = import_string(path)
    except ImportError:
        return path
    written = getdoc(getattr(found, "func", found)) or ""
    named = _NAME.match(written)
    return named.group(1) if named else path


# ── workers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def workers(moment: datetime, silence: timedelta = SILENCE) -> QuerySet[Worker]:
    """Who works now: has not left, and was heard of lately."""
    alive = Worker.objects.filter(left_at__isnull=True, beat_at__gte=moment - silence)
    return alive.annotate(holding=Count("jobs")).order_by("since")


def work_is_due(
    asked: Callable[[QuerySet[DBTaskResult[Any, Any]]], QuerySet[DBTaskResult[Any, Any]]],
) -> bool:
    """Whether anything of some queues is due now. One read, and no lock."""
    return asked(DBTaskResult.objects.ready()).order_by().exists()


__all__ = [
    "JobPage",
    "JobView",
    "Planned",
    "calendar",
    "counts",
    "is_underway",
    "job",
    "jobs",
    "planned",
    "schedules",
    "title_of",
    "work_is_due",
    "workers",
]
