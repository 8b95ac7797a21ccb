"""合同一览: a person's contracts as cards or as a table, with what they come to together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.obligations.actions.refreshing import catch_up
from lvyue.obligations.card import BrokenCard, Stage
from lvyue.obligations.portfolio import Asked, Has, Portfolio, Shown, Sort, portfolio_of
from lvyue.obligations.queries import PAGE, contract_page
from lvyue.obligations.today import held
from lvyue.web.controls import Controls, controls_of
from lvyue.web.doors import account_of
from lvyue.web.exports import Cell, Sheet, answer, wanted

#: Longer than anything that stands in the register.
LONGEST = 100


@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """合同: as of today from what is kept; as of another day each card of the page is judged now."""
    controls = controls_of(request.GET, clock.today())
    if controls.as_of != controls.today:
        return _on_a_day(request, controls)
    account = account_of(request)
    asked, view = _asked(request), _view(request)
    pending = catch_up(held(account), PAGE)
    form = wanted(request)
    page = portfolio_of(
        account,
        controls.today,
        asked,
        after="" if form else request.GET.get("after", "")[:LONGEST],
        limit=None if form else PAGE,
        pending=pending,
    )
    if form:
        return answer(Sheet("合同一览", _HEADS, _lines(page), _note(controls)), form)
    context = {
        "controls": controls,
        "page": page,
        "view": view,
        "sorts": [*Sort],
        "stages": [*Stage],
        "haves": [*Has],
        "pending": len(pending),
        "demonstration": any(one.card.demonstration for one in page.shown),
    }
    return render(request, "web/contracts.html", context)


def _on_a_day(request: HttpRequest, controls: Controls) -> HttpResponse:
    """Twenty contracts by id as they stood on a day; totals of these twenty, and the page says so."""
    after = request.GET.get("after", "")
    page = contract_page(
        controls.as_of,
        after=after if re.fullmatch(r"[\w-]{1,80}", after) else "",
        among=held(account_of(request)),
    )
    shown = any(card.demonstration for card in page.cards)
    context = {"controls": controls, "page": page, "demonstration": shown}
    return render(request, "web/contracts_on_a_day.html", context)


def _asked(request: HttpRequest) -> Asked:
    told = request.GET
    sort, stage, has = told.get("sort", ""), told.get("stage", ""), told.get("has", "")
    return Asked(
        sort=Sort(sort) if sort in [*Sort] else Sort.ID,
        stage=Stage(stage) if stage in [*Stage] else None,
        has=Has(has) if has in [*Has] else None,
        sought=told.get("q", "").strip()[:LONGEST],
    )


def _view(request: HttpRequest) -> str:
    return "table" if request.GET.get("view", "") == "table" else "cards"


def _note(controls: Controls) -> str:
    return f"截至 {controls.today}"


_HEADS = (
    "编号",
    "名称",
    "合同编号",
    "甲方",
    "乙方",
    "演示",
    "阶段",
    "期限起",
    "期限止",
    "下一到期日",
    "未履行",
    "迟延履行",
    "无法判定",
    "已履行",
    "合同价款（元）",
    "已付（元）",
    "应付（元）",
    "待条件成就（元）",
    "无法判定（元）",
    "金额未知的期数",
    "说明",
)


def _lines(page: Portfolio) -> Iterator[tuple[Cell, ...]]:
    yield from map(_line, page.shown)


def _line(shown: Shown) -> tuple[Cell, ...]:
    card = shown.card
    told = "待更新" if shown.pending else f"按 {shown.on} 计算" if shown.on else ""
    if isinstance(card, BrokenCard):
        demonstration = "是" if card.demonstration else ""
        empty = (None,) * (len(_HEADS) - 7)
        return (card.id, card.title, None, None, None, demonstration, *empty, "现在无法计算")
    names = {side.role: side.name for side in card.sides}
    numbers = {count.mark.key: count.number for count in card.counts}
    purse = card.purse
    return (
        card.id,
        card.title,
        card.number,
        names.get("甲方"),
        names.get("乙方"),
        "是" if card.demonstration else "",
        card.term.stage.zh,
        card.term.start,
        card.term.end,
        card.coming[0].due if card.coming else None,
        *(numbers.get(key, 0) for key in ("missed", "late", "not_decidable", "met")),
        purse.price,
        purse.paid,
        purse.payable if purse.payable is not None else "无法判定",
        purse.at_stake,
        purse.undecidable,
        purse.unknown,
        told,
    )
