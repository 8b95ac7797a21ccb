"""合同版本: the chain of releases of a contract, and what any two of them say otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.contracts.queries import Release, chain
from lvyue.library.changes import Difference, difference
from lvyue.web.controls import controls_of
from lvyue.web.doors import door
from lvyue.web.exports import Sheet, answer, wanted


@require_safe
@door(Right.SEE)
def releases(request: HttpRequest, seat: Seat) -> HttpResponse:
    """合同版本: in the order in which they take effect; ``from`` and ``to`` choose the two that are compared."""
    rows = chain(seat.contract_id)
    if not rows:
        raise Http404(f"登记簿里没有编号为“{seat.contract_id}”的合同。")
    older = _chosen(rows, request.GET.get("from", ""), rows[max(len(rows) - 2, 0)])
    newer = _chosen(rows, request.GET.get("to", ""), rows[-1])
    changes = difference(json.loads(older.body), json.loads(newer.body))
    if form := wanted(request):
        return answer(_sheet(older, newer, changes), form)
    contract = rows[0].contract
    told = {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "seat": seat,
        "title": contract.title,
        "demonstration": contract.demonstration,
        "rows": rows,
        "older": older,
        "newer": newer,
        "changes": changes,
        "today": clock.today(),
    }
    return render(request, "web/releases.html", told)


def _chosen(rows: Sequence[Release], asked: str, other: Release) -> Release:
    """The release of a sequence number; what is not understood is not asked for."""
    return next((row for row in rows if str(row.sequence) == asked), other)


def _sheet(older: Release, newer: Release, changes: Sequence[Difference]) -> Sheet:
    note = f"第 {older.sequence} 版（{older.digest}）与第 {newer.sequence} 版（{newer.digest}）"
    return Sheet(
        f"版本差异 {older.sequence}-{newer.sequence}",
        ("变更", "何处", "原来", "现在"),
        [(one.what, one.where, one.before, one.after) for one in changes],
        note,
    )
