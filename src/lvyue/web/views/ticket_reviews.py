"""重大故障复盘: which are due, by which rule; the form beside the timeline of the ticket; and what was decided."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions import reviewing as actions
from lvyue.helpdesk.actions.reviewing import Improvement, ReviewText
from lvyue.helpdesk.queries import reviews as queries
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.queue import length, workers
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.web import exports
from lvyue.web.acting import acted, day_in
from lvyue.web.doors import account_of, door
from lvyue.web.views.ticket import seen, ticket_of
from lvyue.web.views.tickets import told_of

#: So many of each stand on the page, and in a file; and so many rows of improvements the form has.
AT_ONCE, IN_A_FILE, ROWS = 100, 20_000, 5


@require_safe
@door(Right.SEE)
def ticket_reviews(request: HttpRequest, seat: Seat) -> HttpResponse:
    """复盘: those that are due, and those that were held."""
    department = department_of(account_of(request))
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat, department), form)
    told = told_of(
        request,
        seat,
        due=queries.due(seat, department)[:AT_ONCE],
        held=queries.held(seat, department)[:AT_ONCE],
        rule=queries.REVIEW_RULE,
        at_once=AT_ONCE,
        working=may(seat, Right.TICKET_WORK),
    )
    return render(request, "web/ticket_reviews.html", told)


def _sheet(seat: Seat, department: str) -> exports.Sheet:
    return exports.Sheet(
        name=f"{seat.contract_id} 重大故障复盘",
        columns=(
            "工单",
            "标题",
            "复盘时间",
            "根因",
            "做什么",
            "负责人",
            "哪天之前",
            "改进工单",
            "状态",
        ),
        rows=[
            (
                one.ticket.name,
                one.ticket.title,
                one.written_at,
                one.cause,
                act.what,
                act.owner_name,
                act.due,
                act.ticket.name,
                act.ticket.state_zh,
            )
            for one in queries.held(seat, department)[:IN_A_FILE]
            for act in one.actions.all()
        ],
        note=f"合同 {seat.contract_id} 的重大故障复盘和改进措施，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.SEE)
def ticket_review(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """一张工单的复盘: its timeline, and the form or what was written."""
    if request.method != "POST":
        return _page(request, seat, number)
    found = ticket_of(request, seat, number)

    def act() -> None:
        given = request.POST
        told = ReviewText(*(given.get(name, "") for name in ("present", "cause", "badly", "well")))
        actions.write_review(
            seat.contract_id, number, told, _improvements(request), by=seat, seen=seen(request)
        )

    here = reverse("web:ticket-review", args=[seat.contract_id, number])
    says = f"{found.name}：已复盘，改进措施各开了一张工单。"
    return acted(request, act, says, here, partial(_page, request, seat, number))


def _improvements(request: HttpRequest) -> list[Improvement]:
    """The rows of the form in which something was written."""
    given = request.POST
    found = []
    for at in range(ROWS):
        what, due = given.get(f"what-{at}", ""), day_in(request, f"due-{at}", "哪天之前")
        if what.strip() or due is not None:
            kind, owner = given.get(f"kind-{at}", ""), given.get(f"owner-{at}", "")
            found.append(Improvement(what, kind, owner[:150], due, given.get(f"place-{at}", "")))
    return found


def _page(
    request: HttpRequest, seat: Seat, number: int, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    found = ticket_of(request, seat, number)
    review = queries.review_of(found)
    typed: dict[str, Any] = request.POST.dict() if refused else {}
    names = ("what", "kind", "owner", "due", "place")
    entries = queries.timeline(found, seat, events_of(found))
    told = told_of(
        request,
        seat,
        ticket=found,
        here="review",
        review=review,
        entries=[
            (one, length(timedelta(seconds=one.after)) if one.after else "") for one in entries
        ],
        needed=queries.needs_review(found),
        ready=queries.is_due(found),
        rule=queries.REVIEW_RULE,
        working=may(seat, Right.TICKET_WORK),
        workers=workers(seat.contract_id),
        kinds=[(one, TICKET_KINDS[one].zh) for one in actions.KINDS],
        rows=[(at, {name: typed.get(f"{name}-{at}", "") for name in names}) for at in range(ROWS)],
        refused=refused,
        typed=typed,
    )
    return render(request, "web/ticket_review.html", told, status=409 if refused else 200)
