"""结算: from the price to what is payable, every fen with its ladder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.core.doubts import Refused
from lvyue.settlements import queries
from lvyue.settlements.sheet import SettlementSheet
from lvyue.web.controls import Controls, controls_of
from lvyue.web.doors import door
from lvyue.web.exports import Cell, Sheet, answer, wanted
from lvyue.web.views.contracts import page_of
from lvyue.web.views.statements import why_not_issue


@require_safe
@door(Right.SEE)
def settlement(request: HttpRequest, seat: Seat) -> HttpResponse:
    """结算: every amount with its ladder."""

    def sheet(controls: Controls) -> SettlementSheet:
        return queries.settlement_sheet(seat.contract_id, controls.as_of, controls.size)

    def beside(_: SettlementSheet, controls: Controls) -> dict[str, Any]:
        return {
            "latest": queries.latest_issued(seat.contract_id),
            "why_not_issue": why_not_issue(seat, controls),
        }

    if form := wanted(request):
        try:
            return answer(_exported(sheet(controls_of(request.GET, clock.today()))), form)
        except Refused:
            pass  # the page itself says what stands in the way
    return page_of(request, seat, "web/settlement.html", "sheet", sheet, beside=beside)


def _exported(sheet: SettlementSheet) -> Sheet:
    stamp = sheet.stamp
    note = (
        f"{sheet.card.title}　截至 {stamp.as_of}　日志前 {stamp.size} 条　散列 {sheet.hash}"
        f"{'　演示数据' if sheet.card.demonstration else ''}"
    )
    columns = ("类别", "项目", "条款", "状态", "到期", "金额", "已付", "未付", "说明")
    return Sheet(f"{sheet.card.title} 结算 {stamp.as_of}", columns, _rows(sheet), note)


def _rows(sheet: SettlementSheet) -> Iterator[tuple[Cell, ...]]:
    """The waterfall, the instalments behind it, and what stands beside it; each amount once in its own place."""
    for fall in sheet.waterfall.falls:
        money = -fall.money if fall.takes and fall.money is not None else fall.money
        yield ("从价款到应付", fall.name, "", fall.texture.word, None, money, None, None, fall.note)
    for one in (*sheet.instalments, *sheet.refunds):
        told = (one.name, one.clause, one.state_zh, one.due, one.amount, one.paid, one.unpaid)
        yield ("各期", *told, one.because)
    for late in sheet.interest:
        says = f"自 {late.start} 起 {late.days} 天"
        yield ("逾期违约金", late.name, late.clause, "", None, late.money, None, None, says)
    for claim in sheet.claims:
        needs = f"还缺：{'、'.join(claim.needs)}" if claim.needs else ""
        yield ("主张", claim.says, claim.clause, "", None, claim.money, None, None, needs)
