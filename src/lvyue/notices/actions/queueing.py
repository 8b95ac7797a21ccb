"""排队: whatever waits in a channel is sent by a job of its own, so that nobody waits for a server of somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.module_loading import import_string

from lvyue.jobs.actions import enqueue

#: By its path, since the task calls the actions of this package and they cannot know it in turn.
_DELIVER = "lvyue.notices.tasks.deliver"


def wake(channels: Iterable[int]) -> None:
    """Send what waits in these channels as soon as this transaction has been committed."""
    for channel in sorted(set(channels)):
        enqueue(import_string(_DELIVER), key=f"channel-{channel}", channel=channel)


def wake_later(channel: int, at: datetime) -> None:
    """Look again then. One job for a moment, however many asked for it."""
    key = f"channel-{channel}-{at:%m%d%H%M%S}"
    enqueue(import_string(_DELIVER), key=key, run_after=at, channel=channel)
