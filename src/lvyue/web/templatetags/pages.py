"""How money, days, marks and addresses are written on every page: each in this one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lvyue.core.calendar import SHANGHAI, DayKind, OutsideCalendar
from lvyue.core.clause import MAIN
from lvyue.core.doubts import Severity
from lvyue.core.money import Money
from lvyue.core.words import LIMIT, in_words
from lvyue.notices.queries.inbox import unread_of
from lvyue.obligations.marks import MARKS, Mark
from lvyue.obligations.queries import calendar
from lvyue.obligations.reason import Suggestion
from lvyue.obligations.screen import Stamp
from lvyue.obligations.wording import cite as cited
from lvyue.web.icons import ICONS
from lvyue.web.qr import qr

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
@lru_cache(maxsize=64)
def mark(shown: Mark) -> SafeString:
    """✗ 未履行: symbol, word and colour of a state, together."""
    return format_html(
        '<span class="mark is-{}"><span class="symbol" aria-hidden="true">{}</span>{}</span>',
        shown.key,
        shown.symbol,
        shown.word,
    )


@register.filter
@lru_cache(maxsize=64)
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
def cited_within(text: str) -> str:
    """A sentence of the core, which cites in full, without the name of the main document: （main 15.3） is （15.3）."""
    return re.sub(rf"(?<![\w-]){MAIN} (?=\S)", "", text)


@register.filter
def anchor(text: str) -> str:
    """The place of a clause in the contract page; empty for what is no clause."""
    return f"c-{text.replace(' ', '_')}"


@register.filter
def short_hash(text: str) -> str:
    return text[:12]


@register.filter
def named(names: Mapping[str, str], username: str) -> str:
    """What somebody is called; the username where nobody says."""
    return names.get(username, username)


@register.filter
def clock(minutes: int) -> str:
    """Minutes as hours and minutes, of a day or of work: 08:30."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


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


#: The pages of a contract, in the order in which people need them; those not built yet are left out.
_TABS = (
    ("contract", "合同"),
    ("tickets", "工单"),
    ("facts", "事实"),
    ("due-calendar", "日历"),
    ("reminders", "提醒"),
    ("settlement", "结算"),
    ("statement", "履约情况表"),
    ("doubts", "疑义"),
    ("parameters", "参数"),
    ("papers", "文件"),
    ("amendments", "补充协议"),
    ("letters", "函件"),
    ("contacts", "联系方式"),
    ("what-if", "推演"),
    ("disclosures", "对外提供"),
    ("alerts", "告警"),
    ("contract-people", "人员"),
)

#: What a page that has no tab of its own is part of, by how its address goes on after the contract's.
_UNDER = {
    "desk/": "tickets",
    "duty/": "tickets",
    "prompts/": "letters",
    "who/": "contract-people",
    "why/": "contract-people",
    "audit/": "contract-people",
    "webhooks/": "contract-people",
    "remote/": "tickets",
    "consents/": "tickets",
    "knowledge/": "tickets",
}


@register.simple_tag(takes_context=True)
def unread(context: Mapping[str, Any]) -> int:
    """How many messages whoever is signed in has not read. One read, of a small index."""
    user = context.get("user")
    return unread_of(user) if user is not None and user.is_authenticated else 0


@register.simple_tag(takes_context=True)
def contract_tabs(context: Mapping[str, Any], contract_id: str) -> list[dict[str, Any]]:
    """The tabs of a contract: word, address (which keeps day and log size), and whether it is the page that is open."""
    controls, request = context.get("controls"), context.get("request")
    query = controls.query() if controls is not None else ""
    at = request.path if request is not None else ""
    beyond = at.removeprefix(_path(get_script_prefix(), "contract", contract_id))
    under = next((tab for page, tab in _UNDER.items() if beyond.startswith(page)), "")
    found = []
    for name, word in _TABS:
        try:
            path = _path(get_script_prefix(), name, contract_id)
        except NoReverseMatch:
            continue
        here = name == under or at == path or (name != "contract" and at.startswith(path))
        found.append({"word": word, "address": path + query, "here": here})
    return found


@register.simple_tag(takes_context=True)
def record_page(context: Mapping[str, Any], contract_id: str, fact: Suggestion) -> str:
    """The form of a fact, begun."""
    begun = {"kind": fact.kind, "subject": fact.subject, **dict(fact.data)}
    return way(context, contract_id, "facts/new/", **begun)


@register.simple_tag(takes_context=True)
def suppose_page(context: Mapping[str, Any], contract_id: str, fact: Suggestion) -> str:
    """推演 with this fact supposed, or its form where something is still to be filled in."""
    begun = {"kind": fact.kind, "subject": fact.subject, "at": fact.at}
    begun |= {f"data.{name}": value for name, value in fact.data}
    return way(context, contract_id, "what-if/", **begun)


@register.simple_tag(takes_context=True)
def way(context: Mapping[str, Any], contract_id: str, page: str, **more: str) -> str:
    """The address of a page of a contract by its path, such as ``facts/new/``; empty where there is no such page."""
    controls = context.get("controls")
    prefix = get_script_prefix()
    path = _path(prefix, "contract", contract_id) + page
    if not _is_page(f"/{path.removeprefix(prefix)}"):
        return ""
    return path + (controls.query(**more) if controls is not None else "")


@lru_cache(maxsize=4096)
def _is_page(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


@register.simple_tag
@lru_cache(maxsize=64)
def icon(name: str) -> SafeString:
    """A line drawing beside a word; it says nothing to who listens, the word does."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_tag(takes_context=True)
def cited_page(context: Mapping[str, Any], stamp: Stamp) -> dict[str, Any]:
    """Where exactly this page is found again, on this day and on this much of the log, and the same as a QR code."""
    request = context["request"]
    query = f"?as_of={stamp.as_of.isoformat()}&size={stamp.size}"
    address = request.build_absolute_uri(request.path + query)
    return {"address": address, "qr": qr(address)}


@register.simple_tag(takes_context=True)
def filtered(context: Mapping[str, Any], **more: str) -> str:
    """The address of this very page with another filter; one that is empty is left out."""
    asked = context["request"].GET.copy()
    for name, value in more.items():
        asked.pop(name, None)
        if value:
            asked[name] = value
    return f"?{asked.urlencode()}"


@register.simple_tag(takes_context=True)
def with_format(context: Mapping[str, Any], form: str) -> str:
    """The address of this very page as a file."""
    asked = context["request"].GET.copy()
    asked["format"] = form
    return f"?{asked.urlencode()}"


@lru_cache(maxsize=4096)
def _path(prefix: str, name: str, *args: str) -> str:
    """An address without its query. A contract page has hundreds; ``prefix`` is where the site is mounted."""
    del prefix
    return reverse(f"web:{name}", args=args)
