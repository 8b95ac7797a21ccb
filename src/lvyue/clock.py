"""时钟: the only code that asks the time.

Everything else takes the moment or the day as an argument, so that the same inputs give the same
answer in ten years. Contract time is Beijing time; a moment is always aware.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, in Asia/Shanghai."""
    return datetime.now(SHANGHAI)  # noqa: TID251  this is clock.py


def today() -> date:
    """The calendar day on which people in Asia/Shanghai are living now."""
    return now().date()
