"""办事: a form that does one thing. It is done and said, or the page is shown again with what stood in the way.

What forms bring as moments, days and sums is read here, and refused in the words of whoever typed it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lvyue import clock
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.money import Money
from lvyue.helpdesk.actions.writing import Overtaken

#: How the page is shown again.
Again = Callable[[tuple[Doubt, ...]], HttpResponse]


def acted(
    request: HttpRequest, act: Callable[[], object], says: str, to: str, again: Again
) -> HttpResponse:
    """Do it, say so and go to an address; or show the page again with the reason."""
    try:
        act()
    except Refused as error:
        return again(error.doubts)
    except Overtaken as error:
        mend = "下面已经是现在的样子；看过之后再办。"
        return again(
            (malformed(error.ticket.name, "您打开这一页之后，别人又记了新的经过。", mend),)
        )
    messages.success(request, says)
    return redirect(to)


def moment_in(request: HttpRequest, name: str, zh: str) -> datetime | None:
    """A moment by the clocks of Shanghai; None where nothing stands there. ``Refused`` for what is none."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        says = f"“{text[:40]}”不是日期和时刻。"
        raise Refused([malformed(zh, says, "请写成 2026-03-02T10:30 的样子。")]) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=clock.SHANGHAI)


def must(request: HttpRequest, name: str, zh: str) -> datetime:
    """A moment that must be there."""
    found = moment_in(request, name, zh)
    if found is None:
        raise Refused([malformed(zh, "没有填。", "请写明日期和时刻。")])
    return found


def day_in(request: HttpRequest, name: str, zh: str) -> date | None:
    """A day; None where nothing stands there. ``Refused`` for what is none."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        says = f"“{text[:40]}”不是日期。"
        raise Refused([malformed(zh, says, "请写成 2026-03-31 的样子。")]) from None


def day_of_form(request: HttpRequest, name: str, zh: str) -> date:
    """A day that must be there."""
    found = day_in(request, name, zh)
    if found is None:
        raise Refused([malformed(zh, "没有填。", "请选一天。")])
    return found


def fen_in(request: HttpRequest, name: str, zh: str) -> int | None:
    """A sum that was typed in yuan, in whole fen; None where nothing stands there. ``Refused`` for what is none."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        return Money.parse(text).fen
    except ValueError:
        says = f"“{text[:40]}”不是金额。"
        raise Refused([malformed(zh, says, "请用元写，最多两位小数，例如 1200.50。")]) from None


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number that the address or a form gives, as it is cited: 12, or GZ-0012. None where none stands there."""
    given = request.POST if request.method == "POST" else request.GET
    return number_of(given.get(name, "").strip().rpartition("-")[2])


def number_of(text: str | None, digits: int = 18) -> int | None:
    """A whole number that somebody wrote, none above so many digits; None for anything else. A database counts to eighteen."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= digits):
        return None
    return int(text)
