"""How fast the help desk answers among 100 000 tickets of 1 000 contracts, and how many it takes in a second.

`python bench/tickets.py` fills SQLite in a temporary file, `--tickets 1000000` so many, `--postgresql` a PostgreSQL of its
own. The first contract holds a tenth of all tickets, with their facts in its log, and is the one that is measured. Pages are
whole requests through the middleware and the templates, without the network; the goal is 200 ms for each.

Beside it in the same run: the physical limit, the same rows put in bare, one transaction for each ticket; and, where
`LVYUE_BENCH_PEER` names a Python that has django-helpdesk installed, django-helpdesk with as many tickets on SQLite.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
CONTRACTS, ROUNDS, WORKERS, SECONDS, AT_ONCE, MODELS = 1000, 9, 4, 5.0, 20_000, 400
SOURCE = "cloud-lease-2025"

#: No part of it may take longer: what does not end is told and not waited for.
PATIENCE = 3600

SYSTEMS = ("政务邮箱", "门户网站", "视频会议", "数据交换", "统一认证", "电子证照", "档案管理")
PLACES = ("一号楼机房", "二号楼 304", "政务大厅", "城东分局", "档案库房")
HAPPENED = ("登录缓慢", "收不到邮件", "页面打不开", "画面卡顿", "证书过期", "磁盘将满", "账号锁定")


def told(name: str, number: float, unit: str, more: str = "") -> None:
    print(f"{name:56} {number:10,.1f} {unit} {more}", flush=True)


def medians_of(
    act: Callable[[], object], before: Callable[[], object] | None = None
) -> tuple[float, float]:
    """Milliseconds of one act by the clock, and of this process alone; what is done ``before`` each is not measured."""
    act()
    times, own = list[float](), list[float]()
    for _ in range(ROUNDS):
        if before is not None:
            before()
        began, used = time.perf_counter(), time.process_time()
        act()
        times.append(time.perf_counter() - began)
        own.append(time.process_time() - used)
    return statistics.median(times) * 1000, statistics.median(own) * 1000


def set_up() -> None:
    import django  # noqa: PLC0415  after the settings

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # not what is measured
    settings.ALLOWED_HOSTS = ["*"]


# ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────


def register() -> tuple[list[str], Any]:
    """The contracts, all with the text of one, and the buyer's seat on the first."""
    import hashlib  # noqa: PLC0415

    from lvyue.accounts.actions import appoint, create_account  # noqa: PLC0415
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415
    from lvyue.accounts.queries import seat_of  # noqa: PLC0415
    from lvyue.contracts.actions import register_release  # noqa: PLC0415
    from lvyue.library.loader import text_of  # noqa: PLC0415

    body = text_of(SOURCE)
    digest = hashlib.sha256(body.encode()).hexdigest()
    names = [f"c-{number:04}" for number in range(CONTRACTS)]
    for name in names:
        register_release(name, f"合同 {name}", body, digest, by="bench", demonstration=False)
    buyer = create_account("buyer", "甲", "a-long-bench-password", by="bench")
    engineer = create_account("engineer", "乙", "a-long-bench-password", by="bench")
    for name in names[:10]:
        appoint(buyer, name, ContractRole.BUYER, by="bench")
        appoint(engineer, name, ContractRole.ENGINEER, by="bench")
    return names, seat_of(buyer, names[0])


def lives(seat: Any) -> list[tuple[Any, list[Any]]]:
    """Tickets with their histories as the actions build them, the oldest first, of which the filling makes copies."""
    from lvyue import clock  # noqa: PLC0415
    from lvyue.core.tickets import TICKET_KINDS  # noqa: PLC0415
    from lvyue.helpdesk.actions.opening import NewTicket, chosen_for, fields_of, ticket_row  # noqa: PLC0415
    from lvyue.helpdesk.actions.writing import Entry, bring_up, event_row  # noqa: PLC0415
    from lvyue.helpdesk.facts import drafts_of  # noqa: PLC0415
    from lvyue.helpdesk.queries.governing import faces_of  # noqa: PLC0415

    chance, now = random.Random(7), clock.now()
    found = []
    for number in range(1, MODELS + 1):
        kind = TICKET_KINDS[chance.choice(("incident", "incident", "request", "question"))]
        values = {"channel": "phone", "system": chance.choice(SYSTEMS)}
        if kind.name != "question":
            values["place"] = chance.choice(PLACES)
        opened = now - timedelta(minutes=chance.randrange(60, 300 * 1440))
        title = f"{values['system']}{chance.choice(HAPPENED)}"
        new = NewTicket(kind.name, title, values=values, at=opened, caller="某人")
        kept, _ = fields_of(kind, new.values)
        chosen = chosen_for(seat.contract_id, kind, number, kept, new, by=seat)
        ticket = ticket_row(seat.contract_id, number, kept, new, chosen, by=seat, now=now)
        steps = [("open", "", 0), ("answer", "answered", chance.randrange(1, 9))]
        if chance.random() < 0.95:
            steps += [
                ("restore", "restored", 90),
                ("confirm", "confirmed", 200),
                ("close", "closed", 210),
            ]
        events: list[Any] = []
        for name, state, later in steps:
            if state and state not in kind.life.states:
                continue
            at = opened + timedelta(minutes=later)
            event = event_row(ticket, Entry(name, at, proved=True), by=seat, now=at)
            event.facts = [draft.id for draft in drafts_of(ticket, event)]
            events.append(event)
            faces = faces_of(ticket, [one.happening for one in events], at, first=chosen)
            bring_up(ticket, event, state, faces)
        if chance.random() < 0.8:
            ticket.assignee, ticket.assignee_name = "engineer", "乙"
        found.append((ticket, events))
    return sorted(found, key=lambda one: one[0].opened_at)


def place_of(turn: int) -> int:
    """Which contract the so many-th ticket is of: every tenth of the first, the others of the rest in turn, as they come."""
    return 0 if turn % 10 == 0 else 1 + (turn - turn // 10 - 1) % (CONTRACTS - 1)


class Mould:
    """A ticket with its history, worked out once: what its copies differ in is filled in for each."""

    def __init__(self, ticket: Any, events: list[Any]) -> None:
        from lvyue.helpdesk.facts import drafts_of  # noqa: PLC0415

        self.ticket = ticket
        self.row = prepared(ticket)
        self.events = [
            (prepared(event), [(one, one.id.split("-", 2)[2]) for one in drafts_of(ticket, event)])
            for event in events
        ]

    def copy(self, contract_id: str, number: int) -> dict[str, Any]:
        title = f"{self.ticket.title}，第 {number} 号终端"
        return self.row | {"contract_id": contract_id, "number": number, "title": title}

    def history(self, number: int) -> Iterator[dict[str, Any]]:
        for row, facts in self.events:
            ids = ", ".join(f'"t-{number}-{ending}"' for _, ending in facts)
            yield row | {"facts": f"[{ids}]"}

    def lines(self, number: int) -> Iterator[bytes]:
        """What it puts on record."""
        from lvyue.core.facts import FactId  # noqa: PLC0415

        subject = f"{self.ticket.the_kind.prefix}-{number:04d}"
        for _, facts in self.events:
            for draft, ending in facts:
                yield replace(draft, id=FactId(f"t-{number}-{ending}"), subject=subject).line


def prepared(row: Any) -> dict[str, Any]:
    """The columns of a row as the database takes them in bulk, all but its own number."""
    import json  # noqa: PLC0415

    from django.db import connection  # noqa: PLC0415

    found = dict[str, Any]()
    for field in row._meta.concrete_fields:  # noqa: SLF001
        value = getattr(row, field.attname)
        if isinstance(value, (dict, list)):
            found[field.column] = json.dumps(value)
        elif not field.primary_key:
            found[field.column] = field.get_db_prep_save(value, connection)
    if connection.vendor == "postgresql":
        return {column: in_copy(value) for column, value in found.items()}
    return found


def in_copy(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return r"\N"
    return re.sub(r"[\\\n\r\t]", lambda one: f"\\{one[0]}", str(value))


def put(model: Any, rows: list[dict[str, Any]]) -> None:
    """Many rows with their numbers into a table: by COPY on PostgreSQL, else by one statement made out once."""
    from django.db import connection  # noqa: PLC0415

    table, names = model._meta.db_table, ", ".join(f'"{one}"' for one in rows[0])  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write("\t".join(map(str, row.values())) + "\n")
            return
        places = ", ".join(["%s"] * len(rows[0]))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
        cursor.executemany(statement, [[*row.values()] for row in rows])


def fill(names: list[str], seat: Any, count: int) -> None:
    """Tickets, their histories and, of the first contract, their facts, as the actions would have written them."""
    from django.core.management.color import no_style  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415

    from lvyue.evidence.actions import append_facts, open_log  # noqa: PLC0415
    from lvyue.helpdesk.models import Ticket, TicketEvent, TicketNumber  # noqa: PLC0415

    moulds = [Mould(ticket, events) for ticket, events in lives(seat)]
    began = time.perf_counter()
    open_log(names[0], by="bench")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # what points elsewhere is right, as made out above
            cursor.execute("SET session_replication_role = replica")
    last, event_id = Counter[int](), 0
    for first in range(0, count, AT_ONCE):
        tickets, events, lines = [], [], list[bytes]()
        for turn in range(first, min(first + AT_ONCE, count)):
            place = place_of(turn)
            last[place] += 1
            number = last[place]
            mould = moulds[turn * MODELS // count]
            tickets.append({"id": turn + 1} | mould.copy(names[place], number))
            for row in mould.history(number):
                event_id += 1
                events.append(row | {"id": event_id, "ticket_id": turn + 1})
            if not place:
                lines += mould.lines(number)
        with transaction.atomic():
            put(Ticket, tickets)
            put(TicketEvent, events)
            append_facts(names[0], lines, by="bench")
    TicketNumber.objects.bulk_create(
        TicketNumber(contract_id=names[place], last=number) for place, number in last.items()
    )
    with connection.cursor() as cursor:  # the next ticket gets the next number
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
        for statement in connection.ops.sequence_reset_sql(no_style(), [Ticket, TicketEvent]):
            cursor.execute(statement)
    told("filled", count / (time.perf_counter() - began), "tickets/s")


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────


def pages(contract_id: str) -> None:
    from django.test import Client  # noqa: PLC0415

    from lvyue.accounts.queries import account, seat_of  # noqa: PLC0415
    from lvyue.helpdesk.actions.opening import NewTicket, open_ticket  # noqa: PLC0415
    from lvyue.helpdesk.models import Ticket  # noqa: PLC0415

    client = Client()
    person = account("buyer")
    if person is None:
        raise SystemExit("the buyer is not there")
    client.force_login(person)
    at = f"/contracts/{contract_id}/tickets/"
    client.get("/contracts/")  # a process that has just begun reads its own modules first
    newest = Ticket.objects.filter(contract_id=contract_id).order_by("-opened_at").first()
    number = newest.number if newest is not None else 1
    asked = (
        ("queue, what is open", at),
        ("queue, everything, newest first", f"{at}?view=all&order=new"),
        ("queue, overdue", f"{at}?view=over"),
        ("queue, one kind", f"{at}?view=all&kind=incident&order=new"),
        (
            "queue, one system and place",
            f"{at}?view=all&system={SYSTEMS[0]}&place={PLACES[0]}&order=new",
        ),
        ("queue, search: a common word", f"{at}?view=all&q={HAPPENED[0]}&order=new"),
        ("queue, search: a number", f"{at}?view=all&q=GZ-0077"),
        ("queue, search: nothing found", f"{at}?view=all&q=查无此事"),
        ("board", f"{at}board/"),
        ("calendar", f"{at}calendar/"),
        ("places", f"{at}places/"),
        ("statistics, 90 days", f"{at}statistics/"),
        ("statistics, one more ticket since", f"{at}statistics/"),
        ("a ticket", f"{at}{number}/"),
    )
    seat = seat_of(person, contract_id)
    for name, path in asked:

        def ask(path: str = path) -> None:
            answer = client.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")

        def more() -> None:
            open_ticket(contract_id, NewTicket("incident", HAPPENED[0]), by=seat)

        began = time.perf_counter()
        ask()
        first = (time.perf_counter() - began) * 1000
        taken, own = medians_of(ask, more if "since" in name else None)
        over = "" if taken < 200 else "   over 200 ms"
        told(name, taken, "ms", f"{own:4.0f} ms of its own, first {first:,.0f} ms{over}")


def take_in(contract_id: str, seconds: float) -> tuple[int, int]:
    """How many tickets one process opened, and how many times it failed."""
    from lvyue.accounts.queries import account, seat_of  # noqa: PLC0415
    from lvyue.helpdesk.actions.opening import NewTicket, open_ticket  # noqa: PLC0415

    person = account("buyer")
    if person is None:
        raise SystemExit("the buyer is not there")
    seat = seat_of(person, contract_id)
    values = {"channel": "phone", "system": SYSTEMS[0]}
    done = failed = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        try:
            open_ticket(contract_id, NewTicket("incident", "登录缓慢", values=values), by=seat)
            done += 1
        except Exception as error:  # noqa: BLE001  every failure counts
            failed += 1
            print(repr(error)[:200], flush=True)
    return done, failed


def bare(seconds: float) -> float:
    """The same rows put in by bare statements, one transaction for a ticket: what the disk and the database allow."""
    from django.db import connection, transaction  # noqa: PLC0415

    tables = (
        *("helpdesk_ticket", "helpdesk_ticketevent", "evidence_checkpoint", "evidence_entry"),
        *("accounts_auditentry", "accounts_auditlink"),
    )
    rows: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table in tables:
            order = "entry_id" if table == "accounts_auditlink" else "id"
            cursor.execute(f"SELECT * FROM {table} ORDER BY {order} DESC LIMIT 1")  # noqa: S608
            rows[table] = list(cursor.fetchone())
            cursor.execute(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} LIMIT 0")  # noqa: S608
        done, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            with transaction.atomic():
                for table, values in rows.items():
                    places = ", ".join(["%s"] * len(values))
                    cursor.execute(f"INSERT INTO bare_{table} VALUES ({places})", _plain(values))  # noqa: S608
            done += 1
    return done / seconds


def _plain(values: list[Any]) -> list[Any]:
    import json  # noqa: PLC0415

    return [json.dumps(one) if isinstance(one, (dict, list)) else one for one in values]


WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
import tickets
tickets.set_up()
print("ready", flush=True)
sys.stdin.readline()
done, failed = tickets.take_in(sys.argv[2], float(sys.argv[3]))
print(done, failed, flush=True)
"""


def crew(names: list[str]) -> tuple[int, int]:
    """Four processes that begin at once, each on a contract of its own, as in life."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(HERE.parent), name, str(SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names[:WORKERS]
    ]
    said = list[str]()
    try:
        for worker in workers:
            if worker.stdout is None or worker.stdout.readline().strip() != "ready":
                raise SystemExit("a worker did not come up")
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
    return sum(done for done, _ in counted), sum(failed for _, failed in counted)


def creating(names: list[str]) -> None:
    told("physical limit: the same rows, bare", bare(SECONDS), "/s")
    take_in(names[0], 0.5)
    done, failed = take_in(names[0], SECONDS)
    told("open a ticket, one process", done / SECONDS, "/s", f"{failed} errors")
    done, failed = crew(names)
    told(f"open a ticket, {WORKERS} processes", done / SECONDS, "/s", f"{failed} errors")


def peer(count: int) -> None:
    """django-helpdesk in its own Python and its own database, so that it is nowhere in ours."""
    python = os.environ.get("LVYUE_BENCH_PEER", "")
    if not python:
        print(
            "django-helpdesk: not measured; LVYUE_BENCH_PEER names no Python that has it",
            flush=True,
        )
        return
    told_by = subprocess.run(
        [python, str(HERE.with_name("tickets_peer.py")), str(count)],
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        timeout=PATIENCE,
        check=False,
    )
    if told_by.returncode:
        print(f"django-helpdesk: not measured, it ended with {told_by.returncode}", flush=True)


def run(count: int) -> None:
    set_up()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    print(
        f"{connection.vendor}: {count:,} tickets of {CONTRACTS:,} contracts, {count // 10:,} of them on the one that is "
        f"measured, median of {ROUNDS}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    names, seat = register()
    fill(names, seat, count)
    with connection.cursor() as cursor:  # as its own housekeeping would
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    pages(names[0])
    creating(names)
    if connection.vendor == "sqlite":
        peer(count)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--tickets", type=int, default=100_000)
    asked.add_argument("--postgresql", action="store_true")
    given = asked.parse_args()
    if os.environ.get("LVYUE_BENCH_TICKETS"):
        run(given.tickets)
        return
    with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
        own = os.environ | {
            "DJANGO_SETTINGS_MODULE": "lvyue.project.settings",
            "LVYUE_HOME": folder,
            "LVYUE_BENCH_TICKETS": "1",
            "LVYUE_LOG_LEVEL": "ERROR",
        }
        again = [sys.executable, str(HERE), "--tickets", str(given.tickets)]
        if given.postgresql:
            own.pop("DATABASE_URL", None)
            tool = HERE.parent.parent / "tools" / "with_postgresql.py"
            again = [sys.executable, str(tool), *again]
        else:
            own["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        subprocess.run(again, env=own, timeout=PATIENCE, check=True)


if __name__ == "__main__":
    main()
