"""How fast an inbox opens among a million messages, beside the bare SQL of the same page in the same run.

`python bench/inbox.py` takes 200 000 messages of 200 people, `python bench/inbox.py 1000000` so many. The database is
SQLite in a temporary file unless DATABASE_URL names another.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.core.management import call_command

PEOPLE, ROUNDS, AT_ONCE = 200, 25, 5_000


def median_of(act: Callable[[], object]) -> float:
    times = list[float]()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def run(count: int) -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # not what is measured
    from django.db import connection  # noqa: PLC0415  after the settings

    from lvyue import clock  # noqa: PLC0415
    from lvyue.accounts.actions import create_account  # noqa: PLC0415
    from lvyue.notices.choices import Topic  # noqa: PLC0415
    from lvyue.notices.models import Message  # noqa: PLC0415
    from lvyue.notices.queries.inbox import InboxFilter, inbox, unread_of  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    people = [
        create_account(f"p{number:03}", f"某{number}", "a-long-bench-password", by="bench")
        for number in range(PEOPLE)
    ]
    now, topics = clock.now(), [*Topic]
    before = Message.objects.count()  # what creating people told them
    for begin in range(0, count, AT_ONCE):
        Message.objects.bulk_create(
            Message(
                account=people[number % PEOPLE],
                topic=topics[number % len(topics)],
                subject=f"第 {number} 项即将到期",
                key=f"bench-{number}",
                by="bench",
                at=now,
                read_at=None if number % 50 == 0 else now,
            )
            for number in range(begin, min(begin + AT_ONCE, count))
        )
    somebody = people[0]
    print(
        f"{connection.vendor}: {count + before:,} messages of {PEOPLE} people, median of {ROUNDS} in ms; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM notices_message WHERE account_id = %s ORDER BY id DESC LIMIT 51",
                [somebody.pk],
            )
            cursor.fetchall()

    acts: tuple[tuple[str, Callable[[], object]], ...] = (
        ("bare SQL of one page", bare),
        ("inbox", lambda: inbox(somebody, InboxFilter())),
        ("inbox, unread only", lambda: inbox(somebody, InboxFilter(unread=True))),
        ("inbox, one topic", lambda: inbox(somebody, InboxFilter(topic=topics[0]))),
        ("number of unread, on every page", lambda: unread_of(somebody)),
    )
    for name, act in acts:
        print(f"{name:40} {median_of(act):8.2f}", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    os.environ["DJANGO_SETTINGS_MODULE"] = "lvyue.project.settings"
    with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
        os.environ["LVYUE_HOME"] = folder
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        run(count)


main()
