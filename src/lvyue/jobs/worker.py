"""后台: threads that do the jobs, in the process that serves or in one of their own, and stop when they are asked to.

There are two lanes, so that a scan of many minutes does not hold up a reminder. Beside them one thread keeps the list of who
works, gives back what dead workers held, and looks at the schedules. When nothing is to be done, all of it together asks
the database less than once in a second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from lvyue.jobs import bell
from lvyue.jobs.actions.planning import keep_schedules
from lvyue.jobs.actions.working import Queues, beat, do, reap, sign_off, sign_on, take
from lvyue.jobs.queries import work_is_due
from lvyue.jobs.running import BEAT

log = logging.getLogger(__name__)

#: Long work has a queue of its own, and a lane.
READING = "reading"
LANES = (Queues(but=(READING,)), Queues(only=(READING,)))

#: So many seconds lie between two looks into the queue, where nobody rings.
LOOK = 2.5

#: So many seconds a lane waits after the database did not answer.
AWAY = 5.0

#: So many seconds a job has to come to an end when its process is asked to stop.
GRACE = 20.0


class Lane(threading.Thread):
    """作业线程: takes one job after the other from its queues until it is asked to stop."""

    def __init__(self, queues: Queues, *, look: float = LOOK) -> None:
        super().__init__(name=f"jobs {queues.zh}", daemon=True)
        self.queues = queues
        self.worker = ""
        self.look = look
        self._stopping = threading.Event()
        self._awake = threading.Event()

    def run(self) -> None:
        bell.join(self._awake)
        try:
            while not self._stopping.is_set():
                try:
                    self._work()
                except Exception:
                    log.exception("作业线程出错，稍后再试")
                    self._stopping.wait(AWAY)
        finally:
            bell.leave(self._awake)
            connection.close()

    def stop(self) -> None:
        """After the job at hand; a handler that asks is told to hurry."""
        self._stopping.set()
        self._awake.set()

    def _work(self) -> None:
        """From signing on to signing off."""
        self.worker = sign_on(self.queues).pk
        try:
            while not self._stopping.is_set():
                self._awake.clear()
                while not self._stopping.is_set() and work_is_due(self.queues.of):
                    self._work_off()
                connection.close()
                self._awake.wait(self.look)
        finally:
            sign_off(self.worker)
            connection.close()

    def _work_off(self) -> None:
        while not self._stopping.is_set():
            lease = take(self.worker, self.queues)
            if lease is None:
                return
            do(lease, self._stopping)


class Crew:
    """班组: the lanes of one process, with the thread that keeps house beside them."""

    def __init__(self, lanes: Sequence[Queues] = LANES, *, look: float = LOOK) -> None:
        self.lanes = [Lane(queues, look=look) for queues in lanes]
        self._stopped = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="jobs", daemon=True)
        self._seen: dict[str, datetime] = {}

    def start(self) -> None:
        for lane in self.lanes:
            lane.start()
        self._keeper.start()

    def stop(self, grace: float = GRACE) -> bool:
        """Whether all came to an end in time. What does not is left to the next process, which notices."""
        until = time.monotonic() + grace
        for lane in self.lanes:
            lane.stop()
        for lane in self.lanes:
            lane.join(max(until - time.monotonic(), 0))
        self._stopped.set()
        self._keeper.join(max(until - time.monotonic(), 1))
        return not any(lane.is_alive() for lane in self.lanes)

    def _keep(self) -> None:
        while not self._stopped.is_set():
            try:
                beat([lane.worker for lane in self.lanes if lane.worker])
                if reap():
                    bell.ring()
                keep_schedules(seen=self._seen)
            except Exception:
                log.exception("照看作业时出错，稍后再试")
            finally:
                connection.close()
            self._stopped.wait(BEAT)


# ── in the process that serves ───────────────────────────────────────────────────────────────────────────────────

_alone = threading.Lock()
_crew: Crew | None = None


def start_embedded() -> Crew:
    """随服务启动: once for a process. It stops with the main thread, which is left the time that a job needs."""
    global _crew  # noqa: PLW0603  one for the whole process
    with _alone:
        if _crew is None:
            _crew = Crew()
            _crew.start()
            # Not a daemon: the interpreter waits for it, and it waits for the jobs at hand.
            threading.Thread(target=_stop_with, args=(_crew,), name="jobs' end").start()
        return _crew


def _stop_with(crew: Crew) -> None:
    threading.main_thread().join()
    crew.stop()
