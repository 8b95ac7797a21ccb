"""解决: the steps of a ticket to be ticked off, the parts that were fitted, and what was done beyond the scope."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt
from lvyue.core.tickets import FAULT_CAUSES
from lvyue.helpdesk.actions.checking import lay_checklist, tick
from lvyue.helpdesk.actions.fitting import NewPart, fit_part, note_extra_work
from lvyue.helpdesk.queries.checklists import checklists
from lvyue.helpdesk.queries.consents import PartCondition, extra_work_on, parts_of
from lvyue.helpdesk.queries.rules import shown_to
from lvyue.helpdesk.queries.tickets import Ticket, events_of
from lvyue.web.acting import acted, fen_in, number_in
from lvyue.web.doors import door
from lvyue.web.views.knowledge import alike_of
from lvyue.web.views.ticket import attached, ticket_of
from lvyue.web.views.tickets import told_of


@require_safe
@door(Right.SEE)
def ticket_solving(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """解决: how far the steps are, the cause, the test, the parts."""
    return _page(request, seat, number)


def _page(
    request: HttpRequest, seat: Seat, number: int, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    found = ticket_of(request, seat, number)
    history = [one for one in events_of(found) if shown_to(seat, one)]
    causes = [one for one in history if one.name == "diagnose"]
    told = told_of(
        request,
        seat,
        ticket=found,
        here="solving",
        lists=checklists(history),
        causes=[(one, FAULT_CAUSES.get(str(one.data.get("cause", "")), "")) for one in causes],
        tests=[one for one in history if one.name in ("test", "restore")],
        extras=[one for one in history if one.name == "extra"],
        parts=parts_of(found),
        conditions=PartCondition.choices,
        ruling=extra_work_on(seat.contract_id, clock.today()),
        working=may(seat, Right.TICKET_WORK),
        similar=alike_of(request, seat, f"{found.title} {found.body}", found.number),
        following=found.number if may(seat, Right.TICKET_WORK) else None,
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/ticket_solving.html", told, status=409 if refused else 200)


def _done(
    request: HttpRequest, seat: Seat, number: int, act: Callable[[Ticket], object], says: str
) -> HttpResponse:
    found = ticket_of(request, seat, number)
    here = reverse("web:ticket-solving", args=[seat.contract_id, number])
    again = partial(_page, request, seat, number)
    return acted(request, lambda: act(found), f"{found.name}：{says}", here, again)


@require_POST
@door(Right.TICKET_WORK)
def ticket_checklist(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """列出步骤: one's own list, a step on each line."""

    def act(found: Ticket) -> None:
        title, lines = request.POST.get("title", ""), request.POST.get("steps", "").splitlines()
        lay_checklist(seat.contract_id, found.number, title, lines, by=seat)

    return _done(request, seat, number, act, "已列出步骤。")


@require_POST
@door(Right.TICKET_WORK)
def ticket_tick(request: HttpRequest, seat: Seat, number: int, index: int) -> HttpResponse:
    """勾选一步, or take the tick back."""

    def act(found: Ticket) -> None:
        place = number_in(request, "place")
        done = request.POST.get("done") != "0"
        at = -1 if place is None else place
        tick(seat.contract_id, found.number, index, at, done=done, by=seat)

    return _done(request, seat, number, act, "已记下。")


@require_POST
@door(Right.TICKET_WORK)
def ticket_part(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """更换部件: with a serial number that nobody has seen before (SD-12)."""

    def act(found: Ticket) -> None:
        names = ("device", "name", "serial", "condition", "model", "removed_serial")
        words = [request.POST.get(name, "") for name in names]
        device, name, serial, condition, model, removed = words
        files = attached(request, seat)
        part = NewPart(device, name, serial, condition, model, removed, files)
        fit_part(seat.contract_id, found.number, part, by=seat)

    return _done(request, seat, number, act, "已记下更换的部件。")


@require_POST
@door(Right.TICKET_WORK)
def ticket_extra(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """记新增工作: free, or for a fee that an amendment in force allows (SD-09)."""

    def act(found: Ticket) -> None:
        fee = fen_in(request, "fee", "费用")
        note_extra_work(
            seat.contract_id,
            found.number,
            request.POST.get("what", ""),
            fee_fen=fee or 0,
            amendment_number=number_in(request, "amendment"),
            by=seat,
        )

    return _done(request, seat, number, act, "已记下新增工作。")
