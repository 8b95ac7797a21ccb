"""The room's work in the background: sending, and finding what should be sent."""

from __future__ import annotations

from django_tasks import task

from lvyue.notices.actions import delivering, emitting, watching
from lvyue.notices.actions.token_endings import warn_of_ending_tokens


@task(queue_name="notices")
def deliver(channel: int) -> int:
    """发送通知: what waits in one channel, in its order. Asked for twice, the second finds nothing left to do."""
    return delivering.deliver(channel)


@task(queue_name="notices")
def sweep() -> int:
    """推送事件和检查待发的通知: subscribers hear of what happened; channels in which something is due are woken."""
    return emitting.emit() + watching.sweep()


@task()
def warn_of_tokens() -> int:
    """提醒换令牌: whoever answers for a token hears of its end in time, once for each warning."""
    return warn_of_ending_tokens()
