"""到期日历: a month of one contract, or of all that a person has a part in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.core.doubts import Refused
from lvyue.obligations.actions.refreshing import catch_up
from lvyue.obligations.due_calendar import Due, Month, all_month, contract_month
from lvyue.obligations.queries import UnknownContract, log_size, statement_of
from lvyue.obligations.today import any_demonstration, held
from lvyue.obligations.wording import cite
from lvyue.settlements.queries import is_demonstration
from lvyue.web.controls import FIRST, LAST, controls_of
from lvyue.web.doors import account_of, door
from lvyue.web.exports import Cell, Sheet, answer, wanted
from lvyue.web.views.today import WHILE_WAITING


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """日历: what is open on all contracts of whoever is signed in."""
    controls = controls_of(request.GET, clock.today())
    account = account_of(request)
    pending = catch_up(held(account), WHILE_WAITING)
    first, chosen, error = _asked(request, controls.today)
    month = all_month(account, first, controls.today, chosen)
    told = {
        "month_error": error,
        "pending": len(pending),
        "demonstration": any_demonstration(account),
    }
    return _page(request, month, told)


@require_safe
@door(Right.SEE)
def contract_calendar(request: HttpRequest, seat: Seat) -> HttpResponse:
    """到期日历: every dated occurrence of one contract, as of a day and a log size."""
    controls = controls_of(request.GET, clock.today())
    contract_id = seat.contract_id
    try:
        known = log_size(contract_id)
        if controls.size is not None and controls.size > known:
            says = f"日志有 {known} 条，不能取前 {controls.size} 条；请取 0 到 {known}。下面按全部记录显示。"
            controls = controls.without_size(says)
        statement = statement_of(contract_id, controls.as_of, controls.size)
    except UnknownContract as error:
        raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。") from error
    except Refused as refused:
        told = {"controls": controls, "contract_id": contract_id, "doubts": refused.doubts}
        return render(request, "web/refused.html", told, status=409)
    first, chosen, wrong = _asked(request, controls.as_of)
    month = contract_month(statement, first, controls.today, chosen)
    context = {
        "controls": controls,
        "contract_id": contract_id,
        "seat": seat,
        "known": known,
        "title": statement.evaluation.release.title,
        "demonstration": is_demonstration(contract_id),
        "month_error": wrong,
    }
    return _page(request, month, context)


def _page(request: HttpRequest, month: Month, context: dict[str, object]) -> HttpResponse:
    if form := wanted(request):
        note = f"{month.chosen or f'{month.first:%Y-%m}'}，今天是 {clock.today()}"
        return answer(Sheet(f"到期日历 {month.first:%Y-%m}", _HEADS, _lines(month), note), form)
    return render(request, "web/due_calendar.html", {"month": month, **context})


def _asked(request: HttpRequest, as_of: date) -> tuple[date, date | None, str]:
    """The month and the day that the address names, with a sentence where it names none that there is."""
    text, chosen = request.GET.get("month", "").strip(), request.GET.get("day", "").strip()
    try:
        day = date.fromisoformat(chosen) if chosen else None
        first = date.fromisoformat(f"{text}-01") if text else (day or as_of).replace(day=1)
        if not FIRST <= first <= LAST.replace(day=1):
            return as_of.replace(day=1), None, f"只能看 {FIRST:%Y-%m} 至 {LAST:%Y-%m} 之间的月份。"
    except ValueError:
        says = f"“{(text or chosen)[:20]}”不是月份；请写成 2026-03 的样子。下面是本月。"
        return as_of.replace(day=1), None, says
    return first, day, ""


_HEADS = (
    "到期日",
    "时刻",
    "严格日期",
    "暂定",
    "状态",
    "事项",
    "哪一次",
    "条款",
    "合同",
    "合同编号",
    "该谁办",
    "金额（元）",
)


def _lines(month: Month) -> Iterator[tuple[Cell, ...]]:
    yield from map(_line, month.listed)


def _line(one: Due) -> tuple[Cell, ...]:
    return (
        one.due,
        one.at,
        one.strict or one.due,
        "是" if one.provisional else "",
        one.mark.word,
        one.says,
        one.occurrence,
        cite(one.clause),
        one.title,
        one.contract,
        one.debtor,
        one.money,
    )
