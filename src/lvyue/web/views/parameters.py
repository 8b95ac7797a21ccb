"""参数: every number that the paper leaves open, what both have agreed since, and what nobody has agreed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.obligations.desk import ParameterRow, ParameterSheet, open_amendments, sheet_of
from lvyue.obligations.queries import statement_of
from lvyue.obligations.wording import cite
from lvyue.settlements.queries import is_demonstration
from lvyue.web.controls import Controls
from lvyue.web.doors import door
from lvyue.web.exports import Cell, Sheet
from lvyue.web.views.contracts import page_of

_WANTED = {"agreed": True, "open": False}


@require_safe
@door(Right.SEE)
def parameters(request: HttpRequest, seat: Seat) -> HttpResponse:
    """参数表: the values in force on a day, over time, with their papers."""
    wanted = request.GET.get("state", "")

    def sheet(controls: Controls) -> ParameterSheet:
        statement = statement_of(seat.contract_id, controls.as_of, controls.size)
        rows = open_amendments(seat.contract_id, seat)
        return sheet_of(statement, rows, agreed=_WANTED.get(wanted))

    def beside(found: ParameterSheet, controls: Controls) -> dict[str, Any]:  # noqa: ARG001  as asked
        return {
            "shown": wanted if wanted in _WANTED else "",
            "proposing": may(seat, Right.PROPOSE),
            "title": found.title,
            "demonstration": is_demonstration(seat.contract_id),
        }

    return page_of(
        request, seat, "web/parameters.html", "sheet", sheet, beside=beside, table=_exported
    )


_HEADS = (
    "编号",
    "内容",
    "条款",
    "单位",
    "由谁提出",
    "依据",
    "用在",
    "现行数值",
    "自",
    "文书",
    "以前的数值",
    "提案",
)


def _exported(sheet: ParameterSheet) -> Sheet:
    note = f"{sheet.title}：已商定 {sheet.agreed} 项，未商定 {sheet.open} 项（只计时，不判违约）"
    return Sheet("参数表", _HEADS, [_line(row) for row in sheet.rows], note)


def _line(row: ParameterRow) -> tuple[Cell, ...]:
    now = row.now
    return (
        row.id,
        row.says,
        "、".join(cite(ref) for _, ref in row.clauses),
        row.unit,
        row.owner,
        row.source,
        "\n".join(says for _, says in row.terms),
        now.value if now is not None else "未商定",
        now.since if now is not None else None,
        now.paper if now is not None else "",
        "\n".join(f"{one.since} 起 {one.value}（{one.paper}）" for one in row.values[:-1]),
        "\n".join(f"补充协议第{each.number}号，{each.waits}" for each in row.pending),
    )
