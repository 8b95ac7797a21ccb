"""How fast a log is filled and checked, beside the bare hashing of the same bytes in the same run.

`python bench/log.py` takes 100 000 facts, `python bench/log.py 1000000` takes so many. The database
is SQLite in a temporary file, with the settings of the product.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import django
from django.core.management import call_command

CONTRACT = "bench"
CHUNKS = 10

T = TypeVar("T")


def facts(count: int) -> Iterable[bytes]:
    """Tickets of a help desk, three facts each, as an export would write them."""
    for number in range(count):
        ticket, step = divmod(number, 3)
        kind = ("ticket.opened", "ticket.answered", "ticket.closed")[step]
        data = ('{"class":"incident"}', '{"automatic":false}', "{}")[step]
        day, minute = ticket % 28 + 1, ticket % 60
        yield (
            f'{{"id":"t-{number:07}","kind":"{kind}","at":"2026-02-{day:02}T1{step}:{minute:02}:00+08:00",'
            f'"subject":"工单-{ticket:07}","data":{data}}}\n'
        ).encode()


def timed(
    name: str, count: int, act: Callable[[], T], *, bare: float | None = None
) -> tuple[T, float]:
    """Do it once, and print how many facts went through in a second."""
    started = time.perf_counter()
    result = act()
    seconds = time.perf_counter() - started
    beside = f"{seconds / bare:8.1f} × bare hashing" if bare else ""
    print(f"{name:44} {count / seconds:12,.0f} /s {seconds:8.2f} s {beside}", flush=True)
    return result, seconds


def bare_hashing(path: Path) -> int:
    """One SHA-256 for each line and nothing else: what no log can be faster than."""
    with path.open("rb") as lines:
        return sum(len(sha256(line).digest()) for line in lines)


def run(count: int, folder: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "lvyue.project.settings",
        "LVYUE_HOME": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
    }
    django.setup()
    from lvyue.contracts.actions import register_release  # noqa: PLC0415  after the settings
    from lvyue.evidence.actions import import_facts, open_log  # noqa: PLC0415
    from lvyue.evidence.files import read_facts  # noqa: PLC0415
    from lvyue.evidence.lines import sift  # noqa: PLC0415
    from lvyue.evidence.merkle import Frontier, leaf_hash  # noqa: PLC0415
    from lvyue.evidence.queries import prefix, verify_log  # noqa: PLC0415

    path = folder / "facts.jsonl"
    path.write_bytes(b"".join(facts(count)))
    print(f"{count:,} facts, {path.stat().st_size / count:.0f} bytes each")
    call_command("migrate", verbosity=0)
    register_release(CONTRACT, "测量", "{}", "0" * 64, by="bench", demonstration=True)
    open_log(CONTRACT, by="bench")

    def root_only() -> str:
        frontier = Frontier()
        with path.open("rb") as lines:
            frontier.extend(leaf_hash(line[:-1]) for line in lines)
        return frontier.root().hex()

    def imported(content: Iterable[bytes], source: str) -> str:
        return import_facts(CONTRACT, content, by="bench", source=source).root

    def imported_in_chunks() -> str:
        lines, root = path.read_bytes().splitlines(keepends=True), ""
        size = -(-count // CHUNKS)
        for begin in range(0, count, size):
            root = imported(lines[begin : begin + size], f"{begin}.jsonl")
        return root

    def imported_again() -> str:
        with path.open("rb") as lines:
            return imported(lines, path.name)

    def sifted() -> int:
        with path.open("rb") as lines:
            return len(sift(lines, path.name).facts)

    _, bare = timed("bare hashing", count, lambda: bare_hashing(path))
    root, _ = timed("tree over the same lines", count, root_only, bare=bare)
    timed("reading and checking the lines", count, sifted, bare=bare)
    found, _ = timed("facts file, with its root", count, lambda: read_facts(path), bare=bare)
    filled, _ = timed(f"import into SQLite, {CHUNKS} files", count, imported_in_chunks, bare=bare)
    again, _ = timed("import of the same again", count, imported_again, bare=bare)
    taken, _ = timed("prefix, with its root", count, lambda: prefix(CONTRACT), bare=bare)
    doubts, _ = timed("verification of the log", count, lambda: verify_log(CONTRACT), bare=bare)
    if not (root == found.root == filled == again == taken.root) or doubts:
        sys.exit("the roots differ: do not believe these figures")
    print(f"root {root}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="lvyue-bench-") as folder:
        run(count, Path(folder))


if __name__ == "__main__":
    main()
