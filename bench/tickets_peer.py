"""django-helpdesk (BSD, github.com/django-helpdesk/django-helpdesk) with as many tickets as ours, measured the same way.

`bench/tickets.py` runs it in a Python of its own that has django-helpdesk and nothing of ours; by itself:
`PYTHON bench/tickets_peer.py 100000`. SQLite with the same settings as ours; one queue holds a tenth of the tickets.
"""

from __future__ import annotations

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROUNDS, WORKERS, SECONDS, AT_ONCE, QUEUES = 5, 4, 5.0, 2000, 100

START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728;"

urlpatterns: list[Any] = []


def told(name: str, number: float, unit: str, more: str = "") -> None:
    print(f"{'django-helpdesk: ' + name:56} {number:10,.1f} {unit} {more}", flush=True)


def set_up(folder: str) -> None:
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    settings.configure(
        SECRET_KEY="bench",  # noqa: S106
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tickets_peer",
        USE_TZ=True,
        SITE_ID=1,
        STATIC_URL="/static/",
        HELPDESK_KB_ENABLED=True,
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_TEAMS_MODEL="auth.User",
        HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[("auth", "0001_initial")],
        LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(Path(folder) / "peer.sqlite3"),
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 20,
                    "init_command": START,
                },
            }
        },
        INSTALLED_APPS=[
            *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"),
            *("django.contrib.sessions", "django.contrib.messages", "django.contrib.sites"),
            *("django.contrib.humanize", "django.contrib.staticfiles", "rest_framework"),
            *_present("bootstrap4form", "crispy_forms", "markdownify"),
            "helpdesk",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )
    django.setup()
    from django.contrib import admin  # noqa: PLC0415
    from django.urls import include, path  # noqa: PLC0415

    urlpatterns[:] = [
        path("admin/", admin.site.urls),
        path("", include("helpdesk.urls", namespace="helpdesk")),
    ]
    sys.modules.setdefault("tickets_peer", sys.modules["__main__"])


def _present(*names: str) -> list[str]:
    from importlib.util import find_spec  # noqa: PLC0415

    return [name for name in names if find_spec(name) is not None]


def fill(count: int) -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.contrib.sites.models import Site  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from helpdesk.models import FollowUp, Queue, Ticket  # noqa: PLC0415

    Site.objects.get_or_create(pk=1, defaults={"domain": "bench.example", "name": "bench"})
    User.objects.create_superuser("buyer", "a@b.example", "a-long-bench-password")
    queues = [
        Queue.objects.create(title=f"Q{n}", slug=f"q{n}", allow_public_submission=True)
        for n in range(QUEUES)
    ]
    began, now = time.perf_counter(), timezone.now()  # noqa: TID251  nothing of ours is here
    for begin in range(0, count, AT_ONCE):
        some = [
            Ticket(
                title=f"政务邮箱登录缓慢，第 {n} 号终端",
                queue=queues[0] if n % 10 == 0 else queues[1 + n % (QUEUES - 1)],
                status=Ticket.OPEN_STATUS if n % 20 == 0 else Ticket.CLOSED_STATUS,
                priority=3,
                created=now - timedelta(minutes=n % 400_000),
                modified=now,
                submitter_email="a@b.example",
            )
            for n in range(begin, min(begin + AT_ONCE, count))
        ]
        Ticket.objects.bulk_create(some)
        FollowUp.objects.bulk_create(
            FollowUp(ticket=ticket, date=now, title=title, public=True)
            for ticket in some
            for title in ("Opened", "Answered", "Restored", "Closed")
        )
    told("filled", count / (time.perf_counter() - began), "tickets/s")


def median_of(act: Callable[[], object]) -> float:
    act()
    times = list[float]()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def pages() -> None:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415
    from helpdesk.models import Queue, Ticket  # noqa: PLC0415

    client = Client()
    buyer: Any = User.objects.get(username="buyer")
    client.force_login(buyer)
    first = Queue.objects.get(slug="q0")
    newest = Ticket.objects.filter(queue=first).order_by("-created").first()

    def rows(word: str = "", **where: object) -> str:
        asked = {
            "filtering": {"queue__id__in": [first.pk], "status__in": [1, 2, 3, 4, 5]} | where,
            "filtering_null": {},
            "sorting": "created",
            "sortreverse": True,
            "search_string": word,
        }
        coded = base64.b64encode(json.dumps(asked).encode()).decode()
        found = reverse("helpdesk:datatables_ticket_list", args=[coded])
        return (
            f"{found}?draw=1&start=0&length=50&order[0][column]=0&order[0][dir]=desc&search[value]="
        )

    for name, path in (
        ("queue, the frame of the page", f"{reverse('helpdesk:list')}?queue={first.pk}"),
        ("queue, its 50 rows", rows()),
        ("queue, what is open", rows(status__in=[1])),
        ("queue, search: a common word", rows("登录缓慢")),
        ("queue, search: nothing found", rows("查无此事")),
        ("report by queue and month", reverse("helpdesk:run_report", args=["queuemonth"])),
        ("a ticket", reverse("helpdesk:view", args=[newest.pk if newest else 1])),
    ):

        def ask(path: str = path) -> None:
            answer = client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")

        try:
            told(name, median_of(ask), "ms")
        except Exception as error:  # noqa: BLE001  a page of the peer that does not come up is told
            print(f"django-helpdesk: {name}: {error!r}"[:200], flush=True)


def take_in(seconds: float) -> tuple[int, int]:
    """Through its own form, as its page does."""
    from django.contrib.auth.models import User  # noqa: PLC0415
    from helpdesk.forms import PublicTicketForm  # noqa: PLC0415
    from helpdesk.models import Queue  # noqa: PLC0415

    user = User.objects.get(username="buyer")
    queue = Queue.objects.get(slug="q0")
    given = {
        "queue": str(queue.pk),
        "title": "登录缓慢",
        "body": "",
        "priority": "3",
        "submitter_email": "a@b.example",
    }
    given["body"] = "登录缓慢"
    done = failed = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        try:
            form = PublicTicketForm(data=given)
            form.full_clean()
            form.save(user=user)  # which raises where something is wrong
            done += 1
        except Exception as error:  # noqa: BLE001  every failure counts
            failed += 1
            print(repr(error)[:200], flush=True)
            if failed > 20:
                break
    return done, failed


def creating(folder: str) -> None:
    done, failed = take_in(SECONDS)
    told("open a ticket, one process", done / SECONDS, "/s", f"{failed} errors")
    again = [sys.executable, __file__, "--worker", folder]
    workers = [
        subprocess.Popen(again, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(WORKERS)
    ]
    try:
        for worker in workers:
            if worker.stdout is None or worker.stdout.readline().strip() != "ready":
                raise RuntimeError("a worker did not come up")
        for worker in workers:
            if worker.stdin is not None:
                worker.stdin.write("\n")
                worker.stdin.flush()
        said = [worker.communicate(timeout=60 + 4 * SECONDS)[0] for worker in workers]
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
    counted = [[int(one) for one in text.split()[-2:]] for text in said]
    done, failed = (sum(one) for one in zip(*counted, strict=True))
    told(f"open a ticket, {WORKERS} processes", done / SECONDS, "/s", f"{failed} errors")


def main() -> None:
    if sys.argv[1] == "--worker":
        set_up(sys.argv[2])
        print("ready", flush=True)
        sys.stdin.readline()
        print(*take_in(SECONDS), flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
        set_up(folder)
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        fill(int(sys.argv[1]))
        pages()
        creating(folder)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
