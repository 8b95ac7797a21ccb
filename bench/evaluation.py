"""Judge a million facts, beside merely decoding them.

The physical limit of a statement is to read its facts: ``json.loads`` of every line (the floor), then our own reader with
all its checks. Evaluation is timed on the facts already read. Goal: at most three times the plain decoding.
"""

from __future__ import annotations

import gc
import json
import random
import sys
from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter
from typing import TypeVar

from lvyue.core.evaluation import evaluate
from lvyue.core.facts import Fact, read_line
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load

T = TypeVar("T")
CONTRACT = "cloud-lease-2025"
AS_OF = date(2026, 3, 31)


def lines(count: int) -> list[bytes]:
    """A year of plausible facts for the cloud contract, half of them tickets and their answers; the same every time."""
    chance = random.Random(20260101)
    first = date(2025, 7, 29)
    out: list[bytes] = []
    for n in range(count // 4):
        day = first + timedelta(days=chance.randrange(156))
        minute = chance.randrange(1400)
        opened = f"{day}T{minute // 60:02d}:{minute % 60:02d}:00+08:00"
        answered = f"{day}T{minute // 60:02d}:{minute % 60:02d}:{chance.randrange(60):02d}+08:00"
        row = {
            "id": f"o{n}",
            "kind": "ticket.opened",
            "at": opened,
            "subject": f"t{n}",
            "data": {"class": "incident"},
        }
        back = {
            "id": f"a{n}",
            "kind": "ticket.answered",
            "at": answered,
            "subject": f"t{n}",
            "data": {},
        }
        used = {
            "id": f"m{n}",
            "kind": "measure.taken",
            "at": opened,
            "subject": f"host{n % 260}",
            "data": {"indicator": "kpi-7", "value": f"{90 + chance.randrange(1000) / 100:.2f}"},
        }
        sent = {
            "id": f"n{n}",
            "kind": "notice.sent",
            "at": opened,
            "subject": f"t{n}",
            "data": {"channel": "mail"},
        }
        out += [json.dumps(one, ensure_ascii=False).encode() for one in (row, back, used, sent)]
    return out


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Wall seconds of one call, with the interpreter as it comes."""
    gc.collect()
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def read(raw: list[bytes]) -> list[Fact]:
    facts = []
    for index, line in enumerate(raw):
        fact = read_line(line, index, "bench")
        if not isinstance(fact, Fact):
            raise TypeError(fact)
        facts.append(fact)
    return facts


def run(count: int = 1_000_000) -> list[str]:
    release, calendar = load(CONTRACT), default_calendar()
    raw = lines(count)
    decode, _ = timed(lambda: [json.loads(line) for line in raw])
    reading, facts = timed(lambda: read(raw))
    judging, evaluation = timed(lambda: evaluate(release, facts, calendar, AS_OF))
    return [
        f"{len(raw):,} facts, {len(release.terms)} terms → {len(evaluation.findings):,} findings",
        f"  json.loads only        {decode:7.2f} s   1.00",
        f"  read and check facts   {reading:7.2f} s   {reading / decode:4.2f}",
        f"  evaluate               {judging:7.2f} s   {judging / decode:4.2f}   goal ≤ 3.00 of json.loads",
        f"                                     {judging / reading:4.2f}   of reading the same facts",
    ]


if __name__ == "__main__":
    print("\n".join(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
