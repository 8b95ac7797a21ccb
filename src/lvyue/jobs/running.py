"""进行中的作业: what a handler may say and ask while it runs: how far it is, whether it should stop, and what went wrong in plain words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta

#: After so much silence a worker is taken for dead. It gives a sign every BEAT seconds, so this is half a dozen of them.
SILENCE = timedelta(seconds=60)
BEAT = 10.0


class Trouble(Exception):
    """出错: raised by a handler whose words an administrator may read.

    They name no person and nothing of a contract: "邮件服务器没有应答", never the address of a letter. Any other exception is
    shown by its kind alone. ``final`` says that trying again is of no use.
    """

    def __init__(self, says: str, *, final: bool = False) -> None:
        super().__init__(says)
        self.says = says
        self.final = final


class PutBack(Exception):
    """放回: the job goes back into the queue, and this attempt does not count. For a worker that is asked to stop."""


@dataclass(frozen=True, slots=True)
class Running:
    """手上的作业: its number, which attempt this is, and how to tell its row about progress."""

    id: str
    attempt: int
    attempts: int
    tell: Callable[[int, int], bool] = field(repr=False)
    stopping: threading.Event = field(default_factory=threading.Event, repr=False)

    def progress(self, done: int, of: int) -> bool:
        """So much is done. False where the job is somebody else's by now: stop, and write nothing."""
        return self.tell(done, of)

    @property
    def is_last(self) -> bool:
        """Whether nobody tries again after this."""
        return self.attempt >= self.attempts


_running: ContextVar[Running | None] = ContextVar("running", default=None)


def running() -> Running | None:
    """The job that this thread is at; None outside of jobs."""
    return _running.get()


@contextmanager
def at(job: Running) -> Iterator[Running]:
    """For the worker: the job is the current one for as long as this lasts."""
    token = _running.set(job)
    try:
        yield job
    finally:
        _running.reset(token)
