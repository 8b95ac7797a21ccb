"""疑义: what the paper leaves open or contradicts, what stops because of it, and the way to close it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Severity
from lvyue.core.terms import Party
from lvyue.obligations.desk import (
    DeskDoubt,
    DeskFilter,
    DoubtsDesk,
    DoubtState,
    desk_of,
    open_amendments,
)
from lvyue.obligations.queries import statement_of
from lvyue.obligations.wording import cite
from lvyue.settlements.queries import is_demonstration
from lvyue.web.controls import Controls
from lvyue.web.doors import door
from lvyue.web.exports import Cell, Sheet
from lvyue.web.views.contracts import page_of

#: So much of what somebody looks for is read.
WORDS_LIMIT = 100


@require_safe
@door(Right.SEE)
def doubts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """疑义台: blocking first, with what each stops and who can close it with which paper."""
    only = _filter(request.GET)

    def desk(controls: Controls) -> DoubtsDesk:
        statement = statement_of(seat.contract_id, controls.as_of, controls.size)
        return desk_of(statement, open_amendments(seat.contract_id, seat), only)

    def beside(found: DoubtsDesk, controls: Controls) -> dict[str, Any]:  # noqa: ARG001  as asked
        return {
            "only": only,
            "states": tuple(DoubtState),
            "owners": (Party.BUYER, Party.SUPPLIER),
            "proposing": may(seat, Right.PROPOSE),
            "title": found.title,
            "demonstration": is_demonstration(seat.contract_id),
        }

    return page_of(request, seat, "web/doubts.html", "desk", desk, beside=beside, table=_sheet)


def _filter(asked: QueryDict) -> DeskFilter:
    """What the address keeps of the desk; what it does not understand it does not ask for."""
    severity, state, owner = (asked.get(name, "") for name in ("severity", "state", "owner"))
    return DeskFilter(
        severity=Severity(severity) if severity in set(Severity) else None,
        state=DoubtState(state) if state in set(DoubtState) else None,
        owner=Party(owner) if owner in (Party.BUYER, Party.SUPPLIER) else None,
        words=asked.get("q", "").strip()[:WORDS_LIMIT],
    )


_HEADS = (
    "编号",
    "严重程度",
    "种类",
    "内容",
    "条款",
    "未决之前",
    "如何解决",
    "由谁解决",
    "需要的文件",
    "停住的约定",
    "停住的金额（元，至多）",
    "状态",
    "提案",
)


def _sheet(desk: DoubtsDesk) -> Sheet:
    note = f"{desk.title}：未决 {desk.open} 项，已解决 {desk.settled} 项"
    return Sheet("疑义", _HEADS, [_line(one) for one in desk.doubts], note)


def _line(one: DeskDoubt) -> tuple[Cell, ...]:
    view = one.view
    settled = f"{view.settled_on} 凭 {view.settled_by}" if view.settled_on else "未决"
    return (
        view.id,
        view.severity.zh,
        view.kind,
        view.says,
        "、".join(cite(ref) for _, ref in view.places),
        view.safe,
        view.mend,
        view.owner,
        "、".join(view.needs),
        "\n".join(stopped.says for stopped in one.stopped),
        "\n".join(_most(money.instalment, money.most) for money in one.money),
        settled,
        "\n".join(f"补充协议第{each.number}号，{each.waits}" for each in one.pending),
    )


def _most(instalment: int, most: object) -> str:
    return f"第{instalment}期 {most if most is not None else '金额未知'}"
