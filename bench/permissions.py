"""What it costs to ask whether somebody may, beside a dictionary look-up and one row read by its key in the same run.

`python bench/permissions.py` makes 1 000 contracts with ten people each. The database is SQLite in a temporary file
unless DATABASE_URL names another.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.core.management import call_command

PEOPLE = 100
PER_CONTRACT = 10


def per_call(name: str, times: int, act: Callable[[], object], bare: float | None = None) -> float:
    began = time.perf_counter()
    for _ in range(times):
        act()
    cost = (time.perf_counter() - began) / times * 1e6
    beside = f"{cost / bare:10.1f} ×" if bare else ""
    print(f"{name:52} {cost:10.2f} µs {beside}", flush=True)
    return cost


def run(count: int) -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # not what is measured
    from django.db import connection  # noqa: PLC0415

    from lvyue import clock  # noqa: PLC0415  after the settings
    from lvyue.accounts.actions import create_account  # noqa: PLC0415
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415
    from lvyue.accounts.models import Account, Appointment  # noqa: PLC0415
    from lvyue.accounts.permissions import Right, may, may_record, rulings  # noqa: PLC0415
    from lvyue.accounts.queries import seat_of, seats_of  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    people = [
        create_account(f"p{number:03}", f"某{number}", "a-long-bench-password", by="bench")
        for number in range(PEOPLE)
    ]
    roles = [*ContractRole]
    Appointment.objects.bulk_create(
        Appointment(
            account=people[(number + place) % PEOPLE],
            contract_id=f"c-{number:05}",
            role=roles[place % len(roles)],
            since=clock.now(),
            appointed_by="bench",
        )
        for number in range(count)
        for place in range(PER_CONTRACT)
    )
    somebody = people[7]
    seat = seat_of(somebody, "c-00005")
    table = {("c-00005", somebody.username): True}
    print(
        f"{connection.vendor}: {count:,} contracts, {count * PER_CONTRACT:,} appointments; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    bare = per_call(
        "a look-up in a dictionary", 200_000, lambda: table["c-00005", somebody.username]
    )
    per_call("may(seat, right)", 100_000, lambda: may(seat, Right.RECORD), bare)
    per_call("may_record(seat, kind)", 50_000, lambda: may_record(seat, "ticket.opened"), bare)
    per_call("rulings(seat): every right with its reason", 5_000, lambda: rulings(seat), bare)
    row = per_call("one account by its key", 3_000, lambda: Account.objects.get(pk=somebody.pk))
    per_call("seat_of(account, contract)", 3_000, lambda: seat_of(somebody, "c-00005"), row)
    held = len(seats_of(somebody))
    per_call(f"seats_of(account): {held} contracts at once", 300, lambda: seats_of(somebody), row)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    os.environ["DJANGO_SETTINGS_MODULE"] = "lvyue.project.settings"
    with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
        os.environ["LVYUE_HOME"] = folder
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        run(count)


main()
