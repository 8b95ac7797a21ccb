"""The pages: each reads its address, asks one query, and renders. They decide nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.core.doubts import Refused
from lvyue.obligations import queries
from lvyue.obligations.marks import BY_KEY
from lvyue.obligations.reason import TermReason
from lvyue.obligations.screen import ContractScreen
from lvyue.obligations.sheet import SettlementSheet
from lvyue.web.controls import Controls, controls_of

T = TypeVar("T")


@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """合同: every contract on a card."""
    controls = controls_of(request.GET, clock.today())
    page = queries.contract_page(controls.as_of, after=_slug(request.GET.get("after", "")))
    return render(request, "web/contracts.html", {"controls": controls, "page": page})


@require_safe
def contract(request: HttpRequest, contract_id: str) -> HttpResponse:
    """合同页: the contract with its living margin; ``mark`` keeps the notes of one state."""
    only = BY_KEY.get(request.GET.get("mark", ""))

    def screen(controls: Controls) -> ContractScreen:
        return queries.contract_screen(contract_id, controls.as_of, controls.size, only)

    return _page(request, contract_id, "web/contract.html", "screen", screen)


@require_safe
def term(request: HttpRequest, contract_id: str, term_id: str) -> HttpResponse:
    """为什么: one term, and the proof of each of its findings."""

    def reason(controls: Controls) -> TermReason:
        found = queries.term_reason(contract_id, term_id, controls.as_of, controls.size)
        if found is None:
            raise Http404(f"合同 {contract_id} 没有编号为“{term_id}”的约定。")
        return found

    return _page(request, contract_id, "web/term.html", "reason", reason)


@require_safe
def settlement(request: HttpRequest, contract_id: str) -> HttpResponse:
    """结算: every amount with its ladder."""

    def sheet(controls: Controls) -> SettlementSheet:
        return queries.settlement_sheet(contract_id, controls.as_of, controls.size)

    return _page(request, contract_id, "web/settlement.html", "sheet", sheet)


def _slug(text: str) -> str:
    """An id as the register writes them, or none: nothing else reaches the database."""
    return text if re.fullmatch(r"[\w-]{1,80}", text) else ""


def _page(
    request: HttpRequest,
    contract_id: str,
    template: str,
    name: str,
    read: Callable[[Controls], T],
) -> HttpResponse:
    """A page of one contract. A log size that the log does not have falls back to all of it, and the page says so."""
    controls = controls_of(request.GET, clock.today())
    try:
        known = queries.log_size(contract_id)
        if controls.size is not None and controls.size > known:
            says = f"日志有 {known} 条，不能取前 {controls.size} 条；请取 0 到 {known}。下面按全部记录显示。"
            controls = controls.without_size(says)
        view = read(controls)
    except queries.UnknownContract as error:
        raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。") from error
    except Refused as refused:
        told = {"controls": controls, "contract_id": contract_id, "doubts": refused.doubts}
        return render(request, "web/refused.html", told, status=409)
    context = {"controls": controls, "contract_id": contract_id, "known": known, name: view}
    return render(request, template, context)
