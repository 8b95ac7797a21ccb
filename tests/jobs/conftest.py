"""What jobs of tests leave behind: a table with one line for every call and one for every business key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django_tasks.base import Task

from lvyue.jobs import queries
from lvyue.jobs.actions import enqueue
from lvyue.jobs.queries import JobView
from tests.jobs import work

#: ``queued(work.fails, name="x")``: put into the queue and returned as it may be shown.
Queued = Callable[..., JobView]


@pytest.fixture
def queued(db: None) -> Queued:  # noqa: ARG001  jobs are in the database
    def put(task: Task[..., Any], **arguments: Any) -> JobView:
        known = {one.id for one in queries.jobs().jobs}
        enqueue(task, **arguments)
        return next(one for one in queries.jobs().jobs if one.id not in known)

    return put


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    work.CALLS.clear()
    yield
    work.CALLS.clear()


@pytest.fixture
def effects(transactional_db: None) -> Iterator[None]:  # noqa: ARG001
    """The table that `work.count` writes into, which other processes see."""
    with connection.cursor() as cursor:
        cursor.execute(work.CREATE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE job_effect")
