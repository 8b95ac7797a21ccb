#!/usr/bin/env python3
"""How fast, and how right, is "n working days after" here and in the libraries that people use.

100,000 questions with a fixed seed, starts of every kind (weekends and holidays too), n from 1 to 30. Each library is
asked one question at a time, a date in and a date out, as a contract asks. Whoever needs much longer answers a sample and
is scaled up. The reference is a plain count over the days, which belongs to none of them.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import chinese_calendar
import holidays
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from lvyue.core.calendar import Span, Unit, deadline
from lvyue.library.calendar_files import default_calendar

QUESTIONS = 100_000
SAMPLE = 1_000
FIRST, LAST = date(2018, 1, 1), date(2026, 10, 15)
SEED = 2026


class Row(NamedTuple):
    """One line of the table: seconds per 100,000 questions, wrong answers per 100,000."""

    name: str
    seconds: float
    wrong: float


Answer = Callable[[date, int], date]


def run() -> list[str]:
    """Measure everything and give the lines of the table."""
    chance = random.Random(SEED)
    days = (LAST - FIRST).days
    questions = [
        (FIRST + timedelta(days=chance.randint(0, days)), chance.randint(1, 30))
        for _ in range(QUESTIONS)
    ]
    working = [
        day for day in range_of(FIRST, date(LAST.year, 12, 31)) if chinese_calendar.is_workday(day)
    ]
    truth = [counted(working, day, n) for day, n in questions]
    ours = default_calendar()
    spans = [Span(n, Unit.WORKING_DAYS) for n in range(31)]
    rows = [
        measure("lvyue Calendar.add_working_days", ours.add_working_days, questions, truth),
        measure(
            "lvyue deadline (with strict day, provisional flag, steps on demand)",
            lambda day, n: deadline(day, spans[n], ours).due,
            questions,
            truth,
        ),
        *(measure(name, answer, questions, truth) for name, answer in exact_libraries()),
        measure(
            f"chinese_calendar.find_workday (sample of {SAMPLE})",
            lambda day, n: chinese_calendar.find_workday(n, day),
            questions[:SAMPLE],
            truth[:SAMPLE],
        ),
    ]
    best = min(row.seconds for row in rows if not row.wrong and not row.name.startswith("lvyue"))
    head = f"{'called once per question':<68} {'s per 1e5':>9} {'wrong per 1e5':>13} {'best exact library / this':>25}"
    return [
        head,
        *(
            f"{r.name:<68} {r.seconds:>9.3f} {r.wrong:>13.0f} {best / r.seconds:>24.1f}×"
            for r in rows
        ),
    ]


def measure(name: str, answer: Answer, questions: list[tuple[date, int]], truth: list[date]) -> Row:
    """Best of three runs; of one if a run takes longer than a second."""
    seconds = []
    answers: list[date] = []
    for _ in range(3):
        start = perf_counter()
        answers = [answer(day, n) for day, n in questions]
        seconds.append(perf_counter() - start)
        if seconds[-1] > 1:
            break
    scale = QUESTIONS / len(questions)
    wrong = sum(got != expected for got, expected in zip(answers, truth, strict=True))
    return Row(name, min(seconds) * scale, wrong * scale)


def exact_libraries() -> list[tuple[str, Answer]]:
    """Those that can be right. numpy and pandas see make-up days only if all week works and days off are holidays."""
    china = holidays.country_holidays("CN", years=range(FIRST.year, LAST.year + 2))
    calendar = default_calendar()
    off = [day for day in range_of(FIRST, date(LAST.year, 12, 31)) if not calendar.is_working(day)]
    mask = np.busdaycalendar(weekmask="1111111", holidays=np.array(off, dtype="datetime64[D]"))
    offset = {
        n: pd.offsets.CustomBusinessDay(n, weekmask="1111111", holidays=off) for n in range(1, 31)
    }

    def by_numpy(day: date, n: int) -> date:
        # preceding: from a day off the count starts before it, so that the next working day is number 1
        found: Any = np.busday_offset(day, n, roll="preceding", busdaycal=mask).item()
        return found  # type: ignore[no-any-return]

    def by_pandas(day: date, n: int) -> date:
        return (pd.Timestamp(day) + offset[n]).date()  # type: ignore[no-any-return, unused-ignore]

    return [
        ("numpy.busday_offset, scalar, all-week mask", by_numpy),
        ("holidays.get_nth_working_day", china.get_nth_working_day),
        ("pandas CustomBusinessDay, all-week mask", by_pandas),
    ]


def range_of(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def counted(working: list[date], day: date, n: int) -> date:
    """The reference: of the working days after a day, the n-th."""
    return working[bisect_right(working, day) + n - 1]


def main() -> None:
    """Print the table."""
    for line in run():
        print(line)


if __name__ == "__main__":
    main()
