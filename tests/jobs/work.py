"""Tasks of tests. A worker in another process finds them here as well."""

from __future__ import annotations

import time

from django.db import connection
from django_tasks import task

from lvyue.accounts.origin import here
from lvyue.jobs.running import PutBack, Trouble, running

#: What was called in this process, in order.
CALLS: list[str] = []

#: One line for every business key; how often the handler came by is counted.
CREATE = "CREATE TABLE job_effect (business_key varchar(40) PRIMARY KEY, calls integer NOT NULL)"


@task()
def note(name: str) -> str:
    """记一笔: the name of whoever called."""
    CALLS.append(name)
    return name


@task(queue_name="reading")
def scan(name: str) -> None:
    """扫描: long work, on a queue of its own."""
    CALLS.append(name)


@task()
def fail(words: str) -> None:
    """总出错: with words that nobody may read."""
    CALLS.append(words)
    raise ValueError(words)


@task()
def trouble(words: str, *, final: bool = False) -> None:
    """报故障: with words for an administrator."""
    raise Trouble(words, final=final)


@task()
def stop() -> None:
    """要停: as if the process were asked to end."""
    raise PutBack


@task()
def tick() -> None:
    """滴答: as a schedule calls it."""
    CALLS.append("tick")


@task()
def origin() -> None:
    """问来源: as the audit trail will write it down."""
    CALLS.append(f"{here().via} {here().request_id}")


@task()
def nap() -> None:
    """等停: until the process is asked to end."""
    job = running()
    assert job is not None
    CALLS.append("began")
    job.stopping.wait(10)
    raise PutBack


@task()
def count(number: str) -> None:
    """计数: the effect is there once however often it is called."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO job_effect VALUES (%s, 1) "
            "ON CONFLICT (business_key) DO UPDATE SET calls = job_effect.calls + 1",
            [number],
        )
    time.sleep(0.002)  # something that takes a while, so that a kill falls into it
