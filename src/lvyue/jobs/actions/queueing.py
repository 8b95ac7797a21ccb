"""排队: work is put into the queue in the caller's transaction, so that it exists exactly if what caused it does."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django_tasks.base import Task
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.jobs import bell
from lvyue.jobs.models import Job


def enqueue(
    task: Task[..., Any] | str,
    *,
    key: str = "",
    run_after: datetime | None = None,
    attempts: int = 5,
    **arguments: Any,
) -> None:
    """排队: a task with its arguments, which are JSON. It runs at least once after the caller's transaction has committed.

    While a job with the same task and the same ``key`` waits, it is not queued again; that one runs after this transaction too.
    What the handler does must bear being done twice. ``attempts`` says how often it is tried before a person is asked. A room whose
    actions queue its own tasks, which call its actions, names the task by its dotted path.
    """
    task = import_string(task) if isinstance(task, str) else task
    put(task, key=key, run_after=run_after, attempts=attempts, arguments=arguments)


def put(
    task: Task[..., Any],
    *,
    key: str,
    run_after: datetime | None,
    attempts: int,
    arguments: dict[str, Any],
) -> UUID | None:
    """The number of what was queued; None where the same waits already."""
    if attempts < 1:
        raise ValueError("A job that is never tried is no job")
    if key and _waits(task.module_path, key):
        return None
    due = run_after or clock.now()
    try:
        with transaction.atomic():
            found = task.using(run_after=due).enqueue(**arguments)
            Job.objects.create(
                result_id=found.id, task=task.module_path, key=key, attempts=attempts
            )
    except IntegrityError:
        if key and _waits(task.module_path, key):  # two asked at once
            return None
        raise
    transaction.on_commit(bell.ring, robust=True)
    return UUID(found.id)


def _waits(path: str, key: str) -> bool:
    """Whether the same waits. Its row is held until the caller's end: no worker may begin before what it is to see is there."""
    here = transaction.get_connection()
    held = here.in_atomic_block and here.features.has_select_for_update
    with here.cursor() as cursor:
        cursor.execute(_HELD if held else _WAITING, [path, key])
        return cursor.fetchone() is not None


#: As the ORM would ask, which takes longer to work it out than the database to answer; every act that changes facts asks. The
#: condition on the key is that of the index of what waits, so that nobody reads through all that ever ran under the same key.
_WAITING = (
    f"SELECT 1 FROM {Job._meta.db_table} job "  # noqa: S608, SLF001  names of our tables
    "WHERE job.task = %s AND job.key = %s AND job.waiting AND NOT (job.key = '')"
)
#: A worker holds the row of the result first, then that of the job, and so does whoever asks.
_HELD = (
    _WAITING.replace(
        "WHERE",
        f"JOIN {DBTaskResult._meta.db_table} result ON result.id = job.result_id "  # noqa: SLF001
        f"WHERE result.status = '{TaskResultStatus.READY}' AND",
    )
    + " FOR UPDATE OF result"
)
