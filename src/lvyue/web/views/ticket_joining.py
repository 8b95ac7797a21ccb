"""合并、拆分与复信: one call by two channels becomes one ticket, one ticket about two things becomes two; and what is written back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.helpdesk.actions.merging import Part, merge_tickets, split_ticket
from lvyue.helpdesk.actions.opening import TITLE
from lvyue.helpdesk.actions.replying import reply_by_mail
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.channels import twins
from lvyue.helpdesk.queries.rules import openable
from lvyue.helpdesk.queries.tickets import Ticket
from lvyue.helpdesk.queries.tickets import ticket as ticket_for
from lvyue.web.acting import acted, number_in
from lvyue.web.doors import account_of, door
from lvyue.web.views.ticket import attached, seen, ticket_of
from lvyue.web.views.tickets import told_of


@require_safe
@door(Right.SEE)
def ticket_joining(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """合并、拆分与复信: with the tickets that may be about the same."""
    return _page(request, seat, number)


def _page(
    request: HttpRequest, seat: Seat, number: int, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    found = ticket_of(request, seat, number)
    working = may(seat, Right.TICKET_WORK)
    told = told_of(
        request,
        seat,
        ticket=found,
        here="joining",
        twins=twins(seat, found, department_of(account_of(request))) if working else (),
        merged=found.merged.order_by("number"),
        children=found.children.order_by("number"),
        kinds=[(one.name, one.zh) for one in openable(seat) if not _asks_more(one.fields)],
        working=working,
        title_limit=TITLE,
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/ticket_joining.html", told, status=409 if refused else 200)


def _asks_more(fields: tuple[object, ...]) -> bool:
    """Whether a kind must have more than a title; such a part is opened on its own form."""
    return any(getattr(one, "required", False) for one in fields)


def _done(
    request: HttpRequest, seat: Seat, number: int, act: Callable[[Ticket], object], says: str
) -> HttpResponse:
    found = ticket_of(request, seat, number)
    here = reverse("web:ticket-joining", args=[seat.contract_id, number])
    again = partial(_page, request, seat, number)
    return acted(request, lambda: act(found), f"{found.name}：{says}", here, again)


@require_POST
@door(Right.TICKET_WORK)
def ticket_merge(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """并入: another ticket ends as merged into this one, which is kept."""

    def act(found: Ticket) -> None:
        other = number_in(request, "lose")
        mine = department_of(account_of(request))
        if other is None or ticket_for(seat, other, mine) is None:
            raise Refused([malformed("并进来的工单", "没有这张工单。", "请填单号，例如 GZ-0012。")])
        merge_tickets(
            seat.contract_id, found.number, other, reason=request.POST.get("said", ""), by=seat
        )

    return _done(request, seat, number, act, "已并入。从两张中先受理的时间起算，经过和附件都在。")


@require_POST
@door(Right.TICKET_WORK)
def ticket_split(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """拆出: a further ticket for a part of this one."""

    def act(found: Ticket) -> None:
        given = request.POST
        kind, title, body = (given.get(name, "") for name in ("kind", "title", "body"))
        part = Part(kind, title, body, evidence=attached(request, seat))
        split_ticket(seat.contract_id, found.number, part, reason=given.get("said", ""), by=seat)

    return _done(request, seat, number, act, "已拆出一张，照原单的受理时间起算。")


@require_POST
@door(Right.TICKET_WORK)
def ticket_letter(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """复信: to whoever wrote last; the first one is the answer by a person."""

    def act(found: Ticket) -> None:
        try:
            reply_by_mail(
                seat.contract_id,
                found.number,
                request.POST.get("text", ""),
                by=seat,
                seen=seen(request),
            )
        except Ticket.DoesNotExist as error:
            raise Http404("没有这张工单。") from error

    return _done(request, seat, number, act, "复信已交寄。")
