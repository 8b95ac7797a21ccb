"""The one task of bench/jobs.py, where its workers find it: it writes one row under a business key."""

from __future__ import annotations

from django.db import connection
from django_tasks import task


@task()
def effect(number: str) -> None:
    """写一行: so that a second call is seen, and does no harm."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO job_effect VALUES (%s, 1) "
            "ON CONFLICT (business_key) DO UPDATE SET calls = job_effect.calls + 1",
            [number],
        )
