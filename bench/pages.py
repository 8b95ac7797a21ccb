"""How long pages take, and what they ask of the database, in 10, 100 and 1,000 contracts, beside a bare read of the same rows.

`python bench/pages.py` grows one database through all three sizes, first on SQLite and then on a PostgreSQL of its own;
each contract is one of the shipped releases under another name with 2,000 facts, hashed into a log that verifies.
`--contracts 10 100 --facts 500 --database sqlite` is quicker. A page is asked for through the WSGI door of the product, by
somebody who is signed in and has a part in every contract, one request after another in one process.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.util import setup_testing_defaults

import django
from django.core.management import call_command

HERE = Path(__file__).resolve()
TOOL = HERE.parent.parent / "tools" / "with_postgresql.py"

#: So many times a page is asked for; a page that is judged cold is asked for once for each of so many contracts.
WARM, COLD = 25, 10

#: What each page may take, in milliseconds.
GOALS = {"today": 200, "portfolio": 200, "contract, warm": 300}


@dataclass
class Timing:
    """Milliseconds of each request, of which so many of this process's own work, and how many questions the last one asked."""

    times: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    queries: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * 0.95))]


Timings = dict[str, Timing]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--contracts", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--facts", type=int, default=2000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--profile", help="print where the time of one page goes, by its address")
    return parser.parse_args()


def main() -> None:
    asked = options()
    if asked.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
            url = f"sqlite:///{folder}/bench.sqlite3"
            run(asked, url, Path(folder))
    if asked.database == "postgresql" and os.environ.get("DATABASE_URL", "").startswith("postgres"):
        with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
            run(asked, os.environ["DATABASE_URL"], Path(folder))
    elif asked.database != "sqlite":
        sizes = [str(number) for number in asked.contracts]
        again = [str(HERE), "--database", "postgresql", "--facts", str(asked.facts)]
        more = ["--profile", asked.profile] if asked.profile else []
        command = [sys.executable, str(TOOL), sys.executable, *again, *more, "--contracts", *sizes]
        sys.exit(subprocess.run(command, check=False).returncode)


def run(asked: argparse.Namespace, url: str, folder: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "lvyue.project.settings",
        "LVYUE_HOME": str(folder),
        "DATABASE_URL": url,
        "LVYUE_LOG_LEVEL": "ERROR",
    }
    django.setup()
    from django.db import connection  # noqa: PLC0415  after the settings

    call_command("migrate", verbosity=0)
    print(f"\n{connection.vendor}: {asked.facts:,} facts in each contract")
    person, few = people()
    measured: dict[int, Timings] = {}
    paint: dict[int, dict[str, float]] = {}
    there = 0
    for size in asked.contracts:
        grow(there, size, asked.facts, person, few)
        there = size
        browser = Browser(person, few)
        if asked.profile:
            profile(browser, asked.profile)
        measured[size] = measure(browser, size)
        paint[size] = first_paint(browser)
    verify(there)
    table(measured, paint)


# ── what is measured on ──────────────────────────────────────────────────────────────────────────────────────────


def people() -> tuple[Any, Any]:
    """Somebody who has a part in every contract, and somebody who has one in five."""
    from lvyue.accounts.actions import create_account  # noqa: PLC0415  after the settings

    made = [
        create_account(name, f"测量{name}", f"bench-{random.getrandbits(80)}", by="bench")
        for name in ("everybody", "few")
    ]
    return made[0], made[1]


def grow(begin: int, end: int, facts: int, person: Any, few: Any) -> None:
    """Contracts from one number to another: register, log, appointments, and the rows of lists as the product makes them."""
    from lvyue.obligations.actions.refreshing import refreshed  # noqa: PLC0415  after the settings

    started = time.perf_counter()
    made = contracts(begin, end, person, few)
    registered = time.perf_counter()
    count = logs(made, facts)
    logged = time.perf_counter()
    done = sum(1 for _ in refreshed())
    refreshing = time.perf_counter() - logged
    analyse()
    print(
        f"{end:>5} contracts: register {registered - started:.1f} s, "
        f"{count:,} facts {logged - registered:.1f} s "
        f"({(logged - registered) / max(count, 1) * 1e6:.0f} µs each), "
        f"{done} snapshots {refreshing:.1f} s ({refreshing / max(done, 1) * 1000:.0f} ms each)",
        flush=True,
    )


def contracts(begin: int, end: int, person: Any, few: Any) -> list[tuple[str, str]]:
    """The ids of new contracts, each with the shipped release that it is a copy of."""
    from lvyue import clock  # noqa: PLC0415  after the settings
    from lvyue.accounts.choices import ContractRole  # noqa: PLC0415
    from lvyue.accounts.models import Appointment  # noqa: PLC0415
    from lvyue.contracts.models import Contract, Release  # noqa: PLC0415
    from lvyue.library.loader import release_ids, text_of  # noqa: PLC0415

    now, shipped = clock.now(), release_ids()
    bodies = {name: json.loads(text_of(name)) for name in shipped}
    made = [(f"bench-{at:04}", shipped[at % len(shipped)]) for at in range(begin, end)]
    rows, releases, held = [], [], []
    for at, (contract_id, name) in enumerate(made, start=begin):
        body = varied(bodies[name], contract_id, at)
        title = body["title"]
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        rows.append(Contract(pk=contract_id, title=title, demonstration=True, created_at=now))
        releases.append(
            Release(
                contract_id=contract_id,
                sequence=1,
                digest=hashlib.sha256(text.encode()).hexdigest(),
                body=text,
                loaded_at=now,
                loaded_by="bench",
            )
        )
        who = [person, few] if at < 5 else [person]
        held += [
            Appointment(
                account=one,
                contract_id=contract_id,
                role=ContractRole.BUYER.value,
                since=now,
                appointed_by="bench",
            )
            for one in who
        ]
    Contract.objects.bulk_create(rows)
    Release.objects.bulk_create(releases, batch_size=100)
    Appointment.objects.bulk_create(held)
    return made


def varied(body: dict[str, Any], contract_id: str, number: int) -> dict[str, Any]:
    """A release under another name, its period a few days later."""
    period = dict(body["period"])
    for end in ("start", "end"):
        if period.get(end):
            later = date.fromisoformat(period[end]) + timedelta(days=number % 20)
            period[end] = later.isoformat()
    return body | {
        "id": contract_id,
        "title": f"{body['title']}（第 {number} 份）",
        "number": f"BENCH-{number:04}",
        "period": period,
    }


def logs(made: list[tuple[str, str]], number: int) -> int:
    """A log for each contract: the demonstration facts of its release, and tickets up to the number."""
    from django.db import connection, transaction  # noqa: PLC0415  after the settings

    from lvyue import clock  # noqa: PLC0415
    from lvyue.evidence.merkle import EMPTY_ROOT, Frontier, leaf_hash  # noqa: PLC0415
    from lvyue.evidence.models import Checkpoint, Log  # noqa: PLC0415

    now = clock.now()
    written = 0
    for begin in range(0, len(made), 50):
        some = made[begin : begin + 50]
        with transaction.atomic():
            Log.objects.bulk_create([Log(pk=one, created_at=now) for one, _ in some])
            rows: list[tuple[Any, ...]] = []
            for contract_id, name in some:
                facts = [*shipped_facts(name)[:number]]
                facts += tickets(contract_id, number - len(facts))
                hashes = [leaf_hash(leaf) for leaf, *_ in facts]
                frontier = Frontier()
                frontier.extend(hashes)
                shared = {"log_id": contract_id, "recorded_at": now, "recorded_by": "bench"}
                Checkpoint.objects.create(
                    size=0, root=EMPTY_ROOT.hex(), frontier=bytes(Frontier()), count=0, **shared
                )
                checkpoint = Checkpoint.objects.create(
                    size=frontier.size,
                    root=frontier.root().hex(),
                    frontier=bytes(frontier),
                    count=len(facts),
                    source="bench.jsonl",
                    **shared,
                )
                rows += (
                    (contract_id, at, leaf, hashed.hex(), *told, now, checkpoint.pk)
                    for at, ((leaf, *told), hashed) in enumerate(zip(facts, hashes, strict=True))
                )
            written += len(rows)
            insert(connection, rows)
    return written


def insert(connection: Any, rows: list[tuple[Any, ...]]) -> None:
    """As fast as the database takes them; the triggers of the log and its constraints are all in force."""
    from lvyue.evidence.actions import INSERT_ENTRY  # noqa: PLC0415  after the settings

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = INSERT_ENTRY[INSERT_ENTRY.index("(") : INSERT_ENTRY.index(")") + 1]
            with cursor.copy(f"COPY evidence_entry {columns} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        now = connection.ops.adapt_datetimefield_value(rows[0][9])  # one moment for all of them
        cursor.executemany(INSERT_ENTRY, ((*row[:9], now, row[10]) for row in rows))


_shipped: dict[str, list[tuple[Any, ...]]] = {}


def shipped_facts(name: str) -> list[tuple[Any, ...]]:
    """Leaf, id, kind, subject, time and day of every fact of a demonstration log."""
    from importlib import resources  # noqa: PLC0415

    from lvyue.core.facts import Fact, read_line  # noqa: PLC0415  after the settings

    if name not in _shipped:
        folder = resources.files("lvyue.library") / "demonstration"
        leaves = (folder / f"{name}.jsonl").read_bytes().splitlines()
        read = [(leaf, read_line(leaf, at, name)) for at, leaf in enumerate(leaves)]
        _shipped[name] = [
            (leaf, fact.id, fact.kind, fact.subject, fact.at.isoformat(), fact.day.isoformat())
            for leaf, fact in read
            if isinstance(fact, Fact)
        ]
    return _shipped[name]


def tickets(contract_id: str, number: int) -> Iterator[tuple[Any, ...]]:
    """Tickets of a help desk, three facts each, at other times in each contract."""
    shift = int(contract_id[-4:])
    for at in range(max(number, 0)):
        ticket, step = divmod(at, 3)
        kind = ("ticket.opened", "ticket.answered", "ticket.closed")[step]
        data = ('{"class":"incident"}', '{"automatic":false}', "{}")[step]
        day = date(2026, 2, 3) + timedelta(days=(ticket + shift) % 270)
        when = f"{day}T1{step}:{(ticket + shift) % 60:02}:00+08:00"
        identity, subject = f"t-{at:07}", f"工单-{ticket:07}"
        leaf = (
            f'{{"id":"{identity}","kind":"{kind}","at":"{when}",'
            f'"subject":"{subject}","data":{data}}}'
        ).encode()
        yield leaf, identity, kind, subject, when, day.isoformat()


def analyse() -> None:
    """What any database in service has had within a day."""
    from django.db import connection  # noqa: PLC0415  after the settings

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def verify(size: int) -> None:
    """The logs and the kept rows must be what the product itself would have written, or no figure is worth anything."""
    from lvyue.evidence.queries import verify_log  # noqa: PLC0415  after the settings
    from lvyue.obligations.actions.refreshing import check  # noqa: PLC0415

    for at in {0, size // 2, size - 1}:
        contract_id = f"bench-{at:04}"
        if doubts := verify_log(contract_id):
            sys.exit(f"{contract_id} does not verify: {doubts[0]}")
        if wrong := check(contract_id):
            sys.exit(f"{contract_id}: the kept rows differ: {wrong}")


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Browser:
    """Asks the WSGI application for pages with the cookie of a session, and counts what each asks of the database."""

    def __init__(self, person: Any, few: Any) -> None:
        from django.conf import settings  # noqa: PLC0415  after the settings
        from django.test import Client  # noqa: PLC0415

        from lvyue.project.wsgi import application  # noqa: PLC0415

        self.application = application
        self.name = settings.SESSION_COOKIE_NAME
        self.cookies = []
        for who in (person, few):
            client = Client()
            client.force_login(who)
            self.cookies.append(client.cookies[self.name].value)

    def get(self, path: str, who: int = 0) -> tuple[int, bytes]:
        address, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": f"{self.name}={self.cookies[who]}",
            "wsgi.input": io.BytesIO(),
        }
        setup_testing_defaults(environ)
        status: list[int] = []

        def started(line: str, _headers: Any, _error: Any = None, /) -> Callable[[bytes], object]:
            status.append(int(line.split(maxsplit=1)[0]))
            return io.BytesIO().write

        answer = self.application(environ, started)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return status[0], body

    def timed(self, path: str, times: int, who: int = 0, *, before: Any = None) -> Timing:
        from django.db import connection  # noqa: PLC0415  after the settings

        timing = Timing()
        for _ in range(times):
            if before is not None:
                before()
            count = Count()
            with connection.execute_wrapper(count):
                started, worked = time.perf_counter(), time.thread_time()
                status, _ = self.get(path, who)
                timing.work.append((time.thread_time() - worked) * 1000)
                timing.times.append((time.perf_counter() - started) * 1000)
            if status != 200:
                sys.exit(f"{path}: {status}")
            timing.queries = count.number
        return timing


class Count:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django calls it so
        self.number += 1
        return execute(sql, params, many, context)


def measure(browser: Browser, size: int) -> Timings:
    from lvyue.obligations.queries import forget  # noqa: PLC0415  after the settings

    one = f"/contracts/bench-{size // 2:04}/"
    term = first_term(f"bench-{size // 2:04}")
    found: Timings = {}
    for name, path, who in (
        ("today", "/", 0),
        ("today, my turn", "/?whose=mine", 0),
        ("today, all that is overdue", "/?show=overdue", 0),
        ("today of somebody with five", "/", 1),
        ("portfolio", "/contracts/", 0),
        ("portfolio by price, as a table", "/contracts/?sort=price&view=table", 0),
        ("portfolio, search", "/contracts/?q=1", 0),
        ("portfolio of somebody with five", "/contracts/", 1),
        ("calendar of all", "/calendar/", 0),
        ("contract, warm", one, 0),
        ("settlement, warm", f"{one}settlement/", 0),
        ("term, warm", f"{one}terms/{term}/", 0),
        ("calendar of a contract, warm", f"{one}calendar/", 0),
        ("API: contracts", "/api/v1/contracts", 0),
        ("API: contract, warm", f"/api/v1/contracts/bench-{size // 2:04}", 0),
    ):
        if browser.get(path, who)[0] == 404 and path.startswith("/api/"):
            continue  # not built yet
        browser.get(path, who)
        found[name] = browser.timed(path, WARM, who)
    for name, rest in (("contract, cold", ""), ("settlement, cold", "settlement/")):
        cold = Timing()
        for at in range(min(COLD, size)):
            number = at * size // min(COLD, size)
            one_time = browser.timed(f"/contracts/bench-{number:04}/{rest}", 1, before=forget)
            cold.times += one_time.times
            cold.work += one_time.work
            cold.queries = one_time.queries
        found[name] = cold
    found["limit: rows of today"] = bare(TODAY_ROWS)
    found["limit: rows of the portfolio"] = bare(PORTFOLIO_ROWS, decode=True)
    found["limit: one log, read and hashed"] = bare_log(f"bench-{size // 2:04}")
    return found


def first_term(contract_id: str) -> str:
    from lvyue.obligations.queries import open_obligations, snapshots  # noqa: PLC0415  after the settings

    row = open_obligations().filter(contract_id=contract_id).first()
    if row is not None:
        return str(row.term)
    card = snapshots().get(pk=contract_id).card
    return str(card["alarms"][0]["term"]) if card else ""


#: The rows of the three columns and of the first page, as bare as they can be asked for.
TODAY_ROWS = (
    "SELECT * FROM obligations_obligation WHERE leads AND verdict IN ('not_due', 'missed') "
    "AND until < CURRENT_TIMESTAMP ORDER BY until DESC, id DESC LIMIT 36"
)
PORTFOLIO_ROWS = "SELECT card FROM obligations_snapshot ORDER BY contract_id LIMIT 20"


def bare(sql: str, *, decode: bool = False) -> Timing:
    """The physical limit: one question to the driver, and the JSON read, without Django's models, views and templates."""
    from django.db import connection  # noqa: PLC0415  after the settings

    timing = Timing(queries=1)
    for _ in range(WARM):
        started, worked = time.perf_counter(), time.thread_time()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        if decode:
            for (card,) in rows:
                _ = json.loads(card) if isinstance(card, str) else card
        timing.work.append((time.thread_time() - worked) * 1000)
        timing.times.append((time.perf_counter() - started) * 1000)
    return timing


def bare_log(contract_id: str) -> Timing:
    """What no cold page can be faster than: the bytes of one log, each hashed and decoded once."""
    from django.db import connection  # noqa: PLC0415  after the settings

    sql = 'SELECT raw FROM evidence_entry WHERE log_id = %s ORDER BY "index"'
    timing = Timing(queries=1)
    for _ in range(COLD):
        started, worked = time.perf_counter(), time.thread_time()
        with connection.cursor() as cursor:
            cursor.execute(sql, [contract_id])
            for (raw,) in cursor.fetchall():
                leaf = bytes(raw)
                hashlib.sha256(leaf).digest()
                json.loads(leaf)
        timing.work.append((time.thread_time() - worked) * 1000)
        timing.times.append((time.perf_counter() - started) * 1000)
    return timing


def profile(browser: Browser, path: str) -> None:
    import cProfile  # noqa: PLC0415  only when asked for
    import pstats  # noqa: PLC0415

    browser.get(path)
    profiler = cProfile.Profile()
    profiler.enable()
    browser.get(path)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumtime").print_stats(45)


# ── first paint ──────────────────────────────────────────────────────────────────────────────────────────────────


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name it has there
        pass


def first_paint(browser: Browser) -> dict[str, float]:
    """Milliseconds to the first painted content in a headless Chromium, style sheets and all; nothing where there is none."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        return {}
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService  # noqa: PLC0415  not everywhere

    chrome = ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        chrome.add_argument(flag)
    with _Server(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(browser.application)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driver = Chrome(options=chrome, service=ChromeService(shutil.which("chromedriver") or ""))
        try:
            root = f"http://127.0.0.1:{server.server_port}"
            cookie = {"name": browser.name, "value": browser.cookies[0], "url": root}
            driver.execute_cdp_cmd("Network.setCookie", cookie)
            return {
                name: statistics.median(paint(driver, root + path) for _ in range(5))
                for name, path in (("today", "/"), ("contract, warm", "/contracts/bench-0000/"))
            }
        finally:
            driver.quit()
            server.shutdown()


def paint(driver: Any, address: str) -> float:
    driver.get(address)
    script = (
        "const done = arguments[0];"
        "const look = () => {const p = performance.getEntriesByName('first-contentful-paint')[0];"
        "p ? done(p.startTime) : setTimeout(look, 5);}; look();"
    )
    return float(driver.execute_async_script(script))


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────


def table(measured: dict[int, Timings], paint: dict[int, dict[str, float]]) -> None:
    sizes = [*measured]
    print("\nmedian / p95 in ms, of which work of this process, questions")
    print(f"{'':34}" + "".join(f"{f'{size:,} contracts':>28}" for size in sizes), "  growth  goal")
    for name in measured[sizes[0]]:
        found = [measured[size].get(name) for size in sizes]
        cells = "".join(f"{told(one) if one else '':>28}" for one in found)
        first, last = found[0], found[-1]
        growth = f"× {last.median / first.median:.1f}" if first and last else ""
        print(f"{name:34}{cells} {growth:>8}  {judged(name, last)}")
    for name in paint[sizes[0]]:
        cells = "".join(f"{paint[size][name]:>28.0f}" for size in sizes)
        print(f"{'first paint: ' + name:34}{cells}")


def told(one: Timing) -> str:
    return f"{one.median:.0f} / {one.p95:.0f}, {statistics.median(one.work):.0f} ({one.queries})"


def judged(name: str, last: Timing | None) -> str:
    goal = GOALS.get(name)
    if goal is None or last is None:
        return ""
    return f"{'kept' if last.p95 < goal else 'MISSED'}: p95 under {goal} ms"


if __name__ == "__main__":
    main()
