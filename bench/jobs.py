"""Jobs per second on SQLite and on PostgreSQL: in a thread of this process and with four processes, and after kills.

Beside it in the same run: django-tasks-db's own worker, which has no lease and no retries, and the physical limit: one
row inserted and updated, each in a transaction of its own. `python bench/jobs.py 5000` takes so many jobs, else 500.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve()
WORKERS, KILLS = 4, 6

#: No part of it may take longer: a worker that does not come up, or does not end, is told and not waited for.
PATIENCE = 150

CREATE = "CREATE TABLE job_effect (business_key varchar(40) PRIMARY KEY, calls integer NOT NULL)"
WORKER = """
import sys, django
sys.path.insert(0, sys.argv[1])
django.setup()
from lvyue.jobs.actions.working import Queues, sign_on, take, do
worker, queues = sign_on(Queues()), Queues()
while (lease := take(worker.pk, queues)) is not None:
    do(lease)
"""
PEER = """
import sys, django
sys.path.insert(0, sys.argv[1])
django.setup()
from django.core.management import call_command
call_command("db_worker", batch=True, interval=0, startup_delay=False, reload=False)
"""


def told(name: str, count: int, seconds: float) -> None:
    print(f"{name:58} {count / seconds:9,.0f} /s {seconds:8.2f} s", flush=True)


def insist(holds: bool) -> None:  # noqa: FBT001  it is the sentence
    """A number of what is not right is worth nothing."""
    if not holds:
        raise SystemExit("what was measured is not what was asked for")


def timed(name: str, count: int, act: Callable[[], object]) -> None:
    started = time.perf_counter()
    act()
    told(name, count, time.perf_counter() - started)


def crew(code: str, number: int) -> list[subprocess.Popen[bytes]]:
    return [
        subprocess.Popen([sys.executable, "-c", code, str(HERE.parent)], stderr=subprocess.DEVNULL)
        for _ in range(number)
    ]


def wait_for(workers: list[subprocess.Popen[bytes]]) -> None:
    """Until all have ended. What does not end in time is ended, and the bench with it."""
    until = time.monotonic() + PATIENCE
    try:
        for worker in workers:
            worker.wait(max(until - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        for worker in workers:
            worker.kill()
        raise SystemExit(f"workers did not end within {PATIENCE} s") from None


def run(count: int) -> None:
    import django  # noqa: PLC0415  after the settings

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415

    sys.path.insert(0, str(HERE.parent))
    jobs_effect = import_module("jobs_effect")

    from lvyue.jobs import queries  # noqa: PLC0415
    from lvyue.jobs.actions import enqueue  # noqa: PLC0415
    from lvyue.jobs.actions.working import reap, work_off  # noqa: PLC0415
    from lvyue.jobs.choices import JobState  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
    print(
        f"\n{connection.vendor}, {count} jobs that write one row each; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )

    def effects() -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), coalesce(sum(calls), 0) FROM job_effect")
            rows, calls = cursor.fetchone()
        return int(rows), int(calls)

    def fresh() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM job_effect")

    def fill(name: str) -> None:
        for number in range(count):
            enqueue(jobs_effect.effect, key=f"{name}-{number}", number=f"{name}-{number}")

    def limit() -> None:
        with connection.cursor() as cursor:
            for number in range(count):
                with transaction.atomic():
                    cursor.execute("INSERT INTO job_effect VALUES (%s, 0)", [f"bare-{number}"])
                with transaction.atomic():
                    cursor.execute(
                        "UPDATE job_effect SET calls = 1 WHERE business_key = %s",
                        [f"bare-{number}"],
                    )

    timed("physical limit: insert, then update", count, limit)
    fresh()
    timed("enqueue with a key, each in its own transaction", count, lambda: fill("one"))
    timed("do them in a thread of this process", count, work_off)
    insist(effects() == (count, count))

    def until_all(code: str, number: int, name: str) -> None:
        """From the first effect to the last, so that the starting of processes does not count."""
        fresh()
        workers = crew(code, number)
        begun = time.monotonic()
        while not (first := effects()[0]) and time.monotonic() - begun < PATIENCE:
            time.sleep(0.005)
        started = time.perf_counter()
        wait_for(workers)
        told(name, count - first, time.perf_counter() - started)
        insist(effects() == (count, count))

    fill("four")
    until_all(WORKER, WORKERS, f"do them with {WORKERS} processes")
    for number in range(count):
        jobs_effect.effect.enqueue(number=f"peer-{number}")
    until_all(PEER, 1, "django-tasks-db's own worker, 1 process")
    for number in range(count):
        jobs_effect.effect.enqueue(number=f"peers-{number}")
    until_all(PEER, WORKERS, f"django-tasks-db's own worker, {WORKERS} processes")

    fresh()
    fill("killed")
    chance = random.Random(11)
    workers = crew(WORKER, WORKERS)
    killed = 0
    done = effects()[0]
    begun = time.monotonic()
    while (
        killed < KILLS
        and any(worker.poll() is None for worker in workers)
        and time.monotonic() - begun < PATIENCE
    ):
        if effects()[0] > done:  # they are at it
            time.sleep(chance.random() / 20)
            victim = chance.choice(workers)
            if victim.poll() is None:
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                killed += 1
                workers[workers.index(victim)] = crew(WORKER, 1)[0]
            done = effects()[0]
        time.sleep(0.005)
    wait_for(workers)
    held = queries.counts()[JobState.RUNNING]
    from datetime import timedelta  # noqa: PLC0415

    reap(timedelta(0))
    work_off()
    rows, calls = effects()
    lost = count - rows
    print(
        f"{killed} workers killed at random: {lost} jobs lost, {held} were in hand and came back, "
        f"{rows - count} effects too many, {calls - rows} handlers begun again",
        flush=True,
    )
    insist(not lost)
    insist(calls - rows <= held)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    if os.environ.get("LVYUE_BENCH_JOBS"):
        run(count)
        return
    with tempfile.TemporaryDirectory() as folder:
        own = os.environ | {
            "DJANGO_SETTINGS_MODULE": "lvyue.project.settings",
            "LVYUE_HOME": folder,
            "LVYUE_BENCH_JOBS": "1",
            "LVYUE_LOG_LEVEL": "ERROR",
        }
        again = [sys.executable, str(HERE), str(count)]
        url = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        subprocess.run(again, env=own | url, check=True)
        own.pop("DATABASE_URL", None)
        tool = HERE.parent.parent / "tools" / "with_postgresql.py"
        subprocess.run([sys.executable, str(tool), *again], env=own, check=True)


if __name__ == "__main__":
    main()
