"""事先同意: software that may stop the system, bulk messages, third parties: asked, answered by the buyer, begun, ended."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.allowances import ASSESSMENTS, Asked, Matter
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.helpdesk.actions import consents as actions
from lvyue.helpdesk.queries import consents as queries
from lvyue.helpdesk.queries.consents import PriorConsent
from lvyue.web import exports
from lvyue.web.acting import acted, day_in, day_of_form
from lvyue.web.doors import door
from lvyue.web.views.ticket import attached
from lvyue.web.views.tickets import told_of

#: So many stand on the page, and in a file.
AT_ONCE, IN_A_FILE = 100, 20_000


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.SEE)
def consents(request: HttpRequest, seat: Seat) -> HttpResponse:
    """事先同意: everything for which leave was asked; and the form that asks."""
    if request.method != "POST":
        if form := exports.wanted(request):
            return exports.answer(_sheet(seat.contract_id), form)
        return _page(request, seat)
    return acted(
        request,
        lambda: _ask(request, seat),
        "已登记。须甲方同意的，得到书面同意之前不能开始。",
        reverse("web:consents", args=[seat.contract_id]),
        partial(_page, request, seat),
    )


def _page(request: HttpRequest, seat: Seat, refused: tuple[Doubt, ...] = ()) -> HttpResponse:
    today = clock.today()
    rows = [*queries.consents(seat.contract_id)[: AT_ONCE + 1]]
    told: dict[str, Any] = told_of(
        request,
        seat,
        rows=rows[:AT_ONCE],
        more=len(rows) > AT_ONCE,
        at_once=AT_ONCE,
        asking=may(seat, Right.TICKET_WORK),
        answering=may(seat, Right.TICKET_APPROVE),
        matters=[(one.value, one.zh) for one in Matter],
        works=ASSESSMENTS,
        startable=("free", "consented"),
        refused=refused,
        typed=request.POST if refused else {"begins": today.isoformat(), "ends": today.isoformat()},
    )
    return render(request, "web/consents.html", told, status=409 if refused else 200)


def _ask(request: HttpRequest, seat: Seat) -> PriorConsent:
    given = request.POST
    matter = given.get("matter", "")
    if matter not in {one.value for one in Matter}:
        known = "、".join(one.zh for one in Matter)
        raise Refused([malformed("事项", f"没有“{matter[:40]}”。", f"可选：{known}。")])
    asked = Asked(
        Matter(matter),
        day_of_form(request, "begins", "开始日"),
        day_of_form(request, "ends", "结束日"),
        bool(given.get("stops")),
        bool(given.get("trial")),
        given.get("work", "")[:40],
        bool(given.get("in_bid")),
        day_in(request, "qualified_until", "资质到期日"),
        bool(given.get("buyer_pays")),
    )
    return actions.ask_consent(
        seat.contract_id,
        asked,
        name=given.get("name", ""),
        purpose=given.get("purpose", ""),
        licence=given.get("licence", ""),
        files=attached(request, seat),
        by=seat,
    )


def _sheet(contract_id: str) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 事先同意",
        columns=(
            *("事项", "名称", "用途", "开始日", "结束日", "状态", "裁断", "条款"),
            *("申请人", "申请时间", "同意文书", "答复", "答复时间", "实际开始", "实际结束"),
        ),
        rows=[
            (
                one.get_matter_display(),
                one.name,
                one.purpose,
                one.begins,
                one.ends,
                one.get_state_display(),
                one.why,
                "、".join(one.clauses),
                one.asked_name,
                one.asked_at,
                one.paper,
                one.answer,
                one.answered_at,
                one.started_at,
                one.ended_at,
            )
            for one in queries.consents(contract_id)[:IN_A_FILE]
        ],
        note=f"合同 {contract_id} 的事先同意，{clock.now():%Y-%m-%d %H:%M}",
    )


#: What may be done with one, and what is said after it.
ACTS = {
    "answer": "已答复，申请人看得到。",
    "start": "已记下开始。",
    "end": "已记下结束。",
}


@require_POST
@door(Right.SEE)
def consent_act(request: HttpRequest, seat: Seat, consent_id: int, act: str) -> HttpResponse:
    """同意或不同意、开始、结束."""
    if act not in ACTS or queries.consent(seat.contract_id, consent_id) is None:
        raise Http404("没有这件事先同意。")

    def done() -> None:
        given = request.POST
        match act:
            case "answer":
                actions.answer_consent(
                    seat.contract_id,
                    consent_id,
                    agree=given.get("agree") == "1",
                    paper=given.get("paper", ""),
                    said=given.get("said", ""),
                    by=seat,
                )
            case "start":
                actions.start_consented(seat.contract_id, consent_id, by=seat)
            case _:
                actions.end_consented(seat.contract_id, consent_id, by=seat)

    here = reverse("web:consents", args=[seat.contract_id])
    return acted(request, done, ACTS[act], here, partial(_page, request, seat))
