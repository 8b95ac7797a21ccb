"""检索: one box over everything that somebody may see, grouped by what it is; and a page of one kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lvyue.contracts.queries import titles_of
from lvyue.search import queries
from lvyue.search.actions import catch_up
from lvyue.search.choices import ENGLISH, EntryKind
from lvyue.search.queries import Asked, Hit
from lvyue.search.words import QUERY_LIMIT
from lvyue.web import exports
from lvyue.web.doors import account_of

#: So many feeds are brought in while somebody waits; the rest comes in the background.
WHILE_WAITING = 20


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """检索: what was recorded a moment ago is found too."""
    asked, errors = asked_of(request.GET)
    account = account_of(request)
    titles = titles_of(queries.visible_to(account))
    late = catch_up(titles, WHILE_WAITING) if asked.typed else frozenset()
    found = queries.find(account, asked)
    hits = [
        (hit, address_of(hit), titles[hit.contract_id])
        for group in found.groups
        for hit in group.hits
    ]
    if form := exports.wanted(request):
        return exports.answer(_sheet(asked, hits), form)
    told = {
        "asked": asked,
        "found": found,
        "errors": errors,
        "groups": [
            (group, ENGLISH[group.kind], [one for one in hits if one[0].kind is group.kind])
            for group in found.groups
        ],
        "kinds": EntryKind,
        "titles": titles,
        "late": len(late),
        "limit": QUERY_LIMIT,
        "kept": _kept(asked),
        "older": _kept(asked, kind=asked.kind, after=found.next)
        if found.next and asked.kind
        else "",
    }
    return render(request, "web/search.html", told)


def asked_of(given: QueryDict) -> tuple[Asked, list[str]]:
    """What the address asks for, and a sentence for each value that is not understood."""
    errors = list[str]()
    kind = given.get("kind", "")
    if kind and kind not in EntryKind.values:
        errors.append(f"没有“{kind[:40]}”这一类，已显示全部种类。")
    asked = Asked(
        typed=given.get("q", "").strip()[:QUERY_LIMIT],
        kind=EntryKind(kind) if kind in EntryKind.values else None,
        contract_id=given.get("contract", "")[:80],
        first=_day(given.get("first", ""), errors),
        last=_day(given.get("last", ""), errors),
        after=given.get("after", "")[:40],
    )
    return asked, errors


def _day(text: str, errors: list[str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors.append(f"“{text[:40]}”不是日期，请写成 2026-03-31 的样子。")
        return None


def _kept(asked: Asked, **more: str | None) -> str:
    told = {
        "q": asked.typed,
        "contract": asked.contract_id,
        "first": asked.first.isoformat() if asked.first else "",
        "last": asked.last.isoformat() if asked.last else "",
        **more,
    }
    return f"?{urlencode({name: value for name, value in told.items() if value})}"


# ── where a thing stands ─────────────────────────────────────────────────────────────────────────────────────────


def _on_contract(name: str) -> Callable[[Hit], str]:
    return lambda hit: reverse(f"web:{name}", args=[hit.contract_id])


def _by_key(name: str) -> Callable[[Hit], str]:
    return lambda hit: reverse(f"web:{name}", args=[hit.contract_id, hit.key])


def _clause(hit: Hit) -> str:
    """A row of a table stands under the clause that holds the table."""
    return f"{reverse('web:contract', args=[hit.contract_id])}#{hit.key.partition('|')[0]}"


#: The page on which a thing of each kind stands: every kind has one.
PAGES: dict[EntryKind, Callable[[Hit], str]] = {
    EntryKind.CONTRACT: _on_contract("contract"),
    EntryKind.CLAUSE: _clause,
    EntryKind.TERM: _by_key("term"),
    EntryKind.DOUBT: lambda hit: f"{_on_contract('doubts')(hit)}#doubt-{hit.key}",
    EntryKind.PARAMETER: lambda hit: f"{_on_contract('parameters')(hit)}#parameter-{hit.key}",
    EntryKind.FACT: _by_key("fact"),
    EntryKind.FILE: _by_key("evidence-file"),
    EntryKind.AMENDMENT: _by_key("amendment"),
    EntryKind.STATEMENT: _by_key("issued-statement"),
    EntryKind.LETTER: _by_key("letter"),
    EntryKind.ALERT: _by_key("alert"),
    EntryKind.TICKET: _by_key("ticket"),
    EntryKind.ARTICLE: _by_key("article"),
}


def address_of(hit: Hit) -> str:
    return PAGES[hit.kind](hit)


def _sheet(asked: Asked, hits: list[tuple[Hit, str, str]]) -> exports.Sheet:
    rows = (
        (
            hit.kind.label,
            hit.named,
            "".join(text for text, _ in hit.excerpt),
            title,
            hit.contract_id,
            hit.key,
            hit.day,
        )
        for hit, _, title in hits
    )
    columns = ("种类", "标题", "所在", "合同", "合同编号", "编号", "日期")
    return exports.Sheet("检索", columns, rows, f"检索“{asked.typed}”")
