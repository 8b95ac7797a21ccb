"""今日: the first page after signing in: what is overdue, what is due, whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.obligations.actions.refreshing import catch_up
from lvyue.obligations.today import (
    Band,
    Item,
    Today,
    Whose,
    any_demonstration,
    every_item,
    held,
    today_of,
)
from lvyue.obligations.wording import cite
from lvyue.web.doors import account_of
from lvyue.web.exports import Cell, Sheet, answer, wanted

#: So many contracts are judged anew, at most, while somebody waits for this page.
WHILE_WAITING = 5

#: Longer than anything that stands in the register.
LONGEST = 100


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """今日: three columns of one list; ``whose`` filters, ``q`` seeks contracts, ``show`` opens one column."""
    account, now = account_of(request), clock.now()
    asked = request.GET
    whose, only = _whose(asked.get("whose", "")), _band(asked.get("show", ""))
    sought = asked.get("q", "").strip()[:LONGEST]
    pending = catch_up(held(account), WHILE_WAITING)
    if form := wanted(request):
        items = every_item(account, now, whose=whose, sought=sought, only=only, pending=pending)
        note = f"截至 {now:%Y-%m-%d %H:%M}，{whose.zh}{f'，“{sought}”' if sought else ''}"
        return answer(Sheet("今日待办", _HEADS, _lines(items), note), form)
    page = today_of(
        account,
        now,
        whose=whose,
        sought=sought,
        only=only,
        after=asked.get("after", ""),
        pending=pending,
    )
    context = {
        "page": page,
        "whose": [*Whose],
        "only": only,
        "kept": _kept(page, only),
        "demonstration": any_demonstration(account),
    }
    return render(request, "web/today.html", context)


def _whose(text: str) -> Whose:
    return Whose(text) if text in [*Whose] else Whose.ALL


def _band(text: str) -> Band | None:
    return Band(text) if text in [*Band] else None


def _kept(page: Today, only: Band | None) -> dict[str, str]:
    """What a link to another filter of the same page carries on."""
    kept = {"whose": page.whose.value, "q": page.sought, "show": only.value if only else ""}
    return {name: value for name, value in kept.items() if value}


_HEADS = (
    "状态",
    "事项",
    "哪一次",
    "条款",
    "合同",
    "合同编号",
    "该谁办",
    "到期日",
    "到期时刻",
    "严格日期",
    "暂定",
    "金额（元）",
    "剩余",
    "另有未履行的次数",
    "待更新",
)


def _lines(items: Iterator[Item]) -> Iterator[tuple[Cell, ...]]:
    for one in items:
        yield (
            one.band.zh,
            one.says,
            one.occurrence,
            cite(one.clause),
            one.title,
            one.contract,
            one.debtor,
            one.due,
            one.at,
            one.rolled or one.due,
            "是" if one.provisional else "",
            one.money,
            one.left,
            one.others or None,
            "是" if one.pending else "",
        )
