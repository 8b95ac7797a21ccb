"""Workers in processes of their own, killed in the middle of things: nothing is lost, and no effect is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from lvyue.jobs import queries
from lvyue.jobs.actions import enqueue
from lvyue.jobs.actions.working import Queues, reap, work_off
from lvyue.jobs.choices import JobState
from lvyue.jobs.worker import Crew
from tests.jobs import work

JOBS = 120

#: What `lvyue work` does, without the commands that take seconds to load.
WORKER = """
import django, threading
django.setup()
from lvyue.jobs.worker import Crew
Crew().start()
threading.Event().wait()
"""


def environment(home: Path) -> dict[str, str]:
    """For a process that works on the database of this test."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{quote(str(given['NAME']))}"
    else:
        user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
        url = (
            f"postgresql://{user}:{password}@:{given['PORT']}/{given['NAME']}"
            f"?host={quote(given['HOST'] or 'localhost', safe='')}"
        )
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "lvyue.project.settings",
        "LVYUE_HOME": str(home),
        "LVYUE_LOG_LEVEL": "ERROR",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path]),
    }


def counted() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT business_key, calls FROM job_effect")
        return dict(cursor.fetchall())


@pytest.mark.slow
@pytest.mark.usefixtures("effects")
def test_workers_are_killed_at_any_moment_and_everything_is_done(tmp_path: Path) -> None:
    with transaction.atomic():
        for number in range(JOBS):
            enqueue(work.count, key=str(number), number=str(number))
    command = [sys.executable, "-c", WORKER]
    crew = [
        subprocess.Popen(command, env=environment(tmp_path), stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    until = time.monotonic() + 60
    chance = random.Random(7)  # noqa: S311  no secret
    try:
        for number, worker in enumerate(crew, start=1):
            while len(counted()) < 15 * number:  # they are at it
                assert time.monotonic() < until, queries.counts()
                time.sleep(0.01)
            time.sleep(chance.random() / 50)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    finally:
        for worker in crew:
            worker.kill()
            worker.wait()

    left = queries.counts()
    reap(timedelta(0))  # as after a minute of silence
    work_off(Queues())

    done = counted()
    assert sorted(done) == sorted(str(number) for number in range(JOBS))
    assert queries.counts()[JobState.DONE] == JOBS
    # Only what was in hand when its worker died was begun a second time.
    assert sum(done.values()) - JOBS <= left[JobState.RUNNING] <= len(crew)


@pytest.mark.usefixtures("effects")
def test_a_crew_is_woken_at_once_and_stops_when_it_is_asked_to() -> None:
    """So long that nobody looks by chance: the bell rings, and a job that is told to hurry is put back."""
    crew = Crew([Queues(but=("reading",)), Queues(only=("reading",))], look=60)
    crew.start()
    until = time.monotonic() + 20
    try:
        while not all(lane.worker for lane in crew.lanes):
            assert time.monotonic() < until
            time.sleep(0.01)
        enqueue(work.scan, name="scan")
        enqueue(work.nap)
        while sorted(work.CALLS) != ["began", "scan"]:
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        assert crew.stop()

    told = queries.counts()
    assert (told[JobState.DONE], told[JobState.WAITING]) == (1, 1)
    assert not queries.workers(queries.jobs().jobs[0].queued_at).exists()
