"""定夺: what an administrator does about jobs: try a failed one again, give one up, run a schedule outside of its times.

Nobody learns from it what a job is about: its arguments are shown to nobody.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.actions.conditions import plain_reason, refuse_unless_administrator
from lvyue.accounts.queries import Account
from lvyue.core.doubts import Refused, malformed
from lvyue.jobs import bell
from lvyue.jobs.actions.planning import run_now
from lvyue.jobs.models import Job
from lvyue.jobs.queries import schedules, title_of

By = Account | str


@transaction.atomic
def retry(job_id: UUID, *, by: By, reason: str) -> None:
    """再试: a failed or given-up job waits anew, with a new round of attempts. One that pauses before its next attempt runs at once."""
    refuse_unless_administrator(by)
    reason = plain_reason(reason)
    row, job = _held(job_id)
    pausing = row.status == TaskResultStatus.READY and job.begun > 0
    if row.status != TaskResultStatus.FAILED and not pausing:
        says = "它没有失败，不需要再试。"
        raise Refused([malformed(_place(row), says, "只有失败、已放弃或等着重试的作业可以再试。")])
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(
                waiting=True, worker=None, begun=0, dropped=False, done=0, of=0
            )
    except IntegrityError:
        says = "同一件事已经另有一项作业在排队。"
        raise Refused([malformed(_place(row), says, "请等那一项办完；这一项可以放弃。")]) from None
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=TaskResultStatus.READY, run_after=clock.now(), finished_at=None
    )
    audit("job.retried", by=by, about=_place(row), reason=reason)
    transaction.on_commit(bell.ring, robust=True)


@transaction.atomic
def drop(job_id: UUID, *, by: By, reason: str) -> None:
    """放弃: it is not done any more; the row stays as long as others do, and the reason for good."""
    refuse_unless_administrator(by)
    reason = plain_reason(reason)
    row, job = _held(job_id)
    if row.status not in (TaskResultStatus.READY, TaskResultStatus.FAILED) or job.dropped:
        says = "它正在进行，或者已经结束。"
        raise Refused([malformed(_place(row), says, "只有等待或失败的作业可以放弃。")])
    Job.objects.filter(pk=job.pk).update(waiting=False, worker=None, dropped=True)
    DBTaskResult.objects.filter(pk=row.pk).update(
        status=TaskResultStatus.FAILED, finished_at=clock.now()
    )
    audit("job.dropped", by=by, about=_place(row), reason=reason)


@transaction.atomic
def run_schedule(name: str, *, by: By, reason: str) -> bool:
    """现在执行: a schedule outside of its times. False where its job waits already."""
    refuse_unless_administrator(by)
    reason = plain_reason(reason)
    schedule = next((one for one in schedules() if one.name == name), None)
    if schedule is None:
        says = f"没有名为“{name[:80]}”的计划。"
        raise Refused([malformed("计划", says, "请从计划的列表中选。")])
    queued = run_now(schedule) is not None
    audit("job.schedule_run", by=by, about=schedule.zh, reason=reason)
    return queued


def _held(job_id: UUID) -> tuple[DBTaskResult[Any, Any], Job]:
    """The rows, held until the end; `Refused` where there is none by now."""
    row = DBTaskResult.objects.select_for_update().filter(pk=job_id).first()
    job = Job.objects.filter(pk=job_id).first()
    if row is None or job is None:
        raise Refused([malformed("作业", "没有这项作业，或者它早已办完。", "请刷新页面。")])
    return row, job


def _place(row: DBTaskResult[Any, Any]) -> str:
    return f"{title_of(row.task_path)} {str(row.pk)[:8]}"
