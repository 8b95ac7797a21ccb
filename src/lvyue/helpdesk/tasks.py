"""The room's own work."""

from __future__ import annotations

from django_tasks import task

from lvyue.helpdesk.actions import remote


@task()
def end_remote() -> int:
    """结束到期的远程作业: every session ends when its permission does. How many were ended."""
    return remote.end_expired()
