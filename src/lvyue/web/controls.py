"""截至与当时所知: the day and the log size that a page is asked for, read from its address.

A value that is not understood never breaks a page: the page is shown as of today, or on the whole log, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from unicodedata import normalize
from urllib.parse import urlencode

from django.http import QueryDict

#: Dates that the parties could mean; what lies beyond is a slip of the keyboard.
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Controls:
    """``size`` None is the whole log. ``asked_as_of`` and ``asked_size`` are what links must carry on."""

    today: date
    as_of: date
    size: int | None
    asked_as_of: date | None
    as_of_error: str = ""
    size_error: str = ""

    @property
    def is_future(self) -> bool:
        return self.as_of > self.today

    def query(self, **more: str) -> str:
        """The query of a link to another page of the same day and size."""
        carried = {"as_of": self.asked_as_of, "size": self.size, **more}
        told = {name: value for name, value in carried.items() if value not in (None, "")}
        return f"?{urlencode(told)}" if told else ""

    def without_size(self, says: str) -> Controls:
        """The same, on the whole log, saying why."""
        return replace(self, size=None, size_error=says)


def controls_of(asked: QueryDict, today: date) -> Controls:
    """What the address asks for, with a sentence for each value that is not understood."""
    as_of, as_of_error = _day(asked.get("as_of", ""))
    size, size_error = _size(asked.get("size", ""))
    return Controls(
        today=today,
        as_of=as_of or today,
        size=size,
        asked_as_of=as_of,
        as_of_error=as_of_error,
        size_error=size_error,
    )


def _day(text: str) -> tuple[date | None, str]:
    text = normalize("NFKC", text).strip()
    if not text:
        return None, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        says = f"“{text[:40]}”不是日期；请写成 2026-03-31 的样子。下面按今天显示。"
        return None, says
    if not FIRST <= day <= LAST:
        return None, f"{day} 超出可查的范围；请取 {FIRST} 至 {LAST} 之间的一天。下面按今天显示。"
    return day, ""


def _size(text: str) -> tuple[int | None, str]:
    text = normalize("NFKC", text).strip()
    if not text:
        return None, ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return None, f"“{text[:40]}”不是条数；请写 0 或正整数。下面按全部记录显示。"
    return int(text), ""
