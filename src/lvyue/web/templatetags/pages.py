"""How money, days, marks and addresses are written on every page: each in this one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lvyue.core.calendar import SHANGHAI, DayKind, OutsideCalendar
from lvyue.core.doubts import Severity
from lvyue.core.money import Money
from lvyue.core.words import LIMIT, in_words
from lvyue.obligations.marks import MARKS, Mark
from lvyue.obligations.queries import calendar
from lvyue.obligations.wording import cite as cited

register = template.Library()

_WEEKDAYS = "一二三四五六日"
_TOLD = (DayKind.MAKE_UP, DayKind.HOLIDAY, DayKind.SHIFTED)


@register.filter
def money(amount: Money | None) -> SafeString:
    """¥1,166,107.80, with the amount in words for who points at it; what is not known is said, never nought."""
    if amount is None:
        return format_html('<span class="money unknown">{}</span>', "？无法判定")
    words = in_words(amount) if abs(amount) < LIMIT else ""
    return format_html(
        '<data class="money" value="{}" title="{}">{}</data>',
        amount.fen,
        f"人民币{words}",
        str(amount).replace("-", "−"),
    )


@register.filter
def day(at: date | datetime | None) -> SafeString | str:
    """2026-02-28 周六（调休上班）, and the time of day where there is one."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI) if isinstance(at, datetime) else None
    on = local.date() if local is not None else at
    text = f"周{_WEEKDAYS[on.weekday()]}{_kind_of(on)}"
    clock = f" {local:%H:%M}" if local is not None else ""
    return format_html(
        '<time datetime="{}">{}{}</time> <span class="weekday">{}</span>',
        at.isoformat(),
        on.isoformat(),
        clock,
        text,
    )


def _kind_of(on: date) -> str:
    try:
        kind = calendar().kind(on)
    except OutsideCalendar:
        return ""
    return f"（{kind.chinese}）" if kind in _TOLD else ""


@register.filter
def short_day(at: date | None) -> SafeString | str:
    """Only the date, for dense places."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), at.isoformat())


@register.filter
def mark(shown: Mark) -> SafeString:
    """✗ 未履行: symbol, word and colour of a state, together."""
    return format_html(
        '<span class="mark is-{}"><span class="symbol" aria-hidden="true">{}</span>{}</span>',
        shown.key,
        shown.symbol,
        shown.word,
    )


@register.filter
def symbol(shown: Mark) -> SafeString:
    """The symbol alone for narrow places; the word stays for who listens."""
    return format_html(
        '<span class="mark is-{}" title="{}"><span class="symbol" aria-hidden="true">{}</span>'
        '<span class="unseen">{} </span></span>',
        shown.key,
        shown.word,
        shown.symbol,
        shown.word,
    )


@register.filter
def severity(shown: Severity) -> SafeString:
    """阻断, 待确认, 提示."""
    return format_html('<span class="severity is-{}">{}</span>', shown.value, shown.zh)


@register.filter
def percent(permille: int) -> str:
    """Thousandths as a length for SVG."""
    return f"{permille // 10}.{permille % 10}%"


@register.filter
def cite(text: str) -> str:
    """A reference without the name of the main document."""
    return cited(text)


@register.filter
def anchor(text: str) -> str:
    """The place of a clause in the contract page; empty for what is no clause."""
    return f"c-{text.replace(' ', '_')}"


@register.filter
def short_hash(text: str) -> str:
    return text[:12]


@register.simple_tag
def marks() -> tuple[Mark, ...]:
    """All marks, for the legend."""
    return MARKS


@register.simple_tag(takes_context=True)
def to(context: Mapping[str, Any], name: str, *args: str, **more: str) -> str:
    """The address of a page that keeps the day and the log size of this one."""
    controls = context.get("controls")
    query = controls.query(**more) if controls is not None else ""
    return _path(get_script_prefix(), name, *args) + query


@lru_cache(maxsize=4096)
def _path(prefix: str, name: str, *args: str) -> str:
    """An address without its query. A contract page has hundreds; ``prefix`` is where the site is mounted."""
    del prefix
    return reverse(f"web:{name}", args=args)
