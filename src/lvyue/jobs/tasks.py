"""The room's own work."""

from __future__ import annotations

from django_tasks import task

from lvyue.jobs.actions import housekeeping


@task()
def prune() -> int:
    """清理作业记录: what was done long ago, and who worked long ago, is forgotten; what failed stays until a person has decided."""
    return housekeeping.prune()
