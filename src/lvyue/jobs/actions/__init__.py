"""What can be done about jobs: put one into the queue, work, run what a schedule wants, and decide about what failed."""

from __future__ import annotations

from lvyue.jobs.actions.queueing import enqueue

__all__ = ["enqueue"]
