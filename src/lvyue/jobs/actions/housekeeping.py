"""清理: the rows of what is long done are forgotten. What failed and nobody has decided about stays."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from lvyue import clock
from lvyue.jobs.models import ScheduledRun, Worker

#: So long one may look back at what was done, in days; at due times longer, since a schedule may be a yearly one.
KEPT, RUNS_KEPT = timedelta(days=14), timedelta(days=400)

#: So many rows go in one statement, so that nobody waits long for the writer of SQLite.
AT_ONCE = 5_000


def prune() -> int:
    """How many jobs were forgotten."""
    now = clock.now()
    done = Q(status=TaskResultStatus.SUCCESSFUL) | Q(
        status=TaskResultStatus.FAILED, job__dropped=True
    )
    old = DBTaskResult.objects.filter(done, finished_at__lt=now - KEPT).order_by("pk")
    found = 0
    while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        DBTaskResult.objects.filter(pk__in=ids).delete()
        found += len(ids)
    Worker.objects.filter(beat_at__lt=now - KEPT, jobs__isnull=True).delete()
    ScheduledRun.objects.filter(due_at__lt=now - RUNS_KEPT).delete()
    return found
