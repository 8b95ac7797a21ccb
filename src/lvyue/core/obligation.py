"""义务: what one term asks at one time: its occurrences on the calendar, and the verdicts there are.

Everything here follows from the term and the period alone; facts come one floor up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lvyue.core.calendar import months_touched, quarters_touched, weeks_touched, years_touched
from lvyue.core.terms import Cycle

DAY = timedelta(days=1)


class Verdict(StrEnum):
    """结论: the ten answers. ``late`` was performed after its time, ``missed`` was not performed at all."""

    MET = "met"
    LATE = "late"
    MISSED = "missed"
    NOT_DUE = "not_due"
    NOT_TRIGGERED = "not_triggered"
    SUSPENDED = "suspended"
    EXCUSED = "excused"
    WAIVED = "waived"
    ATTESTED_ONLY = "attested_only"
    NOT_DECIDABLE = "not_decidable"

    @property
    def zh(self) -> str:
        return _VERDICTS[self][1]

    @property
    def mark(self) -> str:
        """The one symbol of this verdict, on every page and paper."""
        return _VERDICTS[self][0]


_VERDICTS = {
    Verdict.MET: ("✓", "已履行"),
    Verdict.LATE: ("⚠", "迟延履行"),
    Verdict.MISSED: ("✗", "未履行"),
    Verdict.NOT_DUE: ("·", "未到期"),
    Verdict.NOT_TRIGGERED: ("○", "未触发"),
    Verdict.SUSPENDED: ("‖", "中止"),
    Verdict.EXCUSED: ("◌", "免责"),
    Verdict.WAIVED: ("⌀", "书面豁免"),
    Verdict.ATTESTED_ONLY: ("✎", "仅声明"),
    Verdict.NOT_DECIDABLE: ("？", "无法判定"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """应履行的一次: a label people read, and the inclusive days in which it is to be performed."""

    label: str
    first: date
    last: date


def slots(every: Cycle, times: int, first: date, last: date) -> tuple[Slot, ...]:
    """The occurrences of a recurring duty inside a period; weeks run Monday to Sunday and are clipped to it.

    With ``times`` above one each cycle gives that many occurrences of the same days, numbered.
    """
    spans: Sequence[tuple[str, date, date]]
    match every:
        case Cycle.DAY:
            days = (last - first).days + 1
            spans = [(d.isoformat(), d, d) for d in (first + n * DAY for n in range(days))]
        case Cycle.WEEK:
            spans = weeks_touched(first, last)
        case Cycle.MONTH:
            spans = months_touched(first, last)
        case Cycle.QUARTER:
            spans = quarters_touched(first, last)
        case Cycle.YEAR:
            spans = years_touched(first, last)
        case Cycle.PERIOD:
            spans = [("合同期", first, last)]
    if times == 1:
        return tuple(Slot(label, start, end) for label, start, end in spans)
    return tuple(
        Slot(f"{label} 第{n}次", start, end)
        for label, start, end in spans
        for n in range(1, times + 1)
    )
