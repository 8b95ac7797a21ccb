"""工单: the queue of a contract in its views, acts on many at once, the board, the month and the places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.stepping import make_mark
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.queries import queue as queries
from lvyue.helpdesk.queries import tickets as rows
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.queue import ORDERS, VIEWS, QueueRow, Sieve
from lvyue.helpdesk.rules import openable
from lvyue.web import exports
from lvyue.web.controls import controls_of
from lvyue.web.doors import account_of, door
from lvyue.web.views.people import title_of

_LONGEST = 80


def told_of(request: HttpRequest, seat: Seat, **more: Any) -> dict[str, Any]:
    """What every page of tickets tells its template."""
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        "seat": seat,
        **title_of(seat.contract_id),
        **more,
    }


# ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def tickets(request: HttpRequest, seat: Seat) -> HttpResponse:
    """工单队列: what is to be done, soonest end first, unless somebody asks for something else."""
    now, department = clock.now(), department_of(account_of(request))
    sieve = sieve_of(request, seat)
    if form := exports.wanted(request):
        page = queries.queue(seat, department, sieve, now, at_once=queries.IN_A_FILE)
        return exports.answer(_sheet(seat.contract_id, page.rows), form)
    page = queries.queue(seat, department, sieve, now)
    counted = queries.numbers(seat, department, now)
    shown = [(one, *VIEWS[one], counted.get(one)) for one in VIEWS]
    working = may(seat, Right.TICKET_WORK)
    told = told_of(
        request,
        seat,
        page=page,
        sieve=sieve,
        views=shown if working else [one for one in shown if one[0] not in ("mine", "unassigned")],
        kinds=[(one.name, one.zh) for one in TICKET_KINDS.values()],
        orders=ORDERS,
        systems=queries.choices_in(seat, department, "system"),
        places=queries.choices_in(seat, department, "place"),
        narrowed=any((sieve.kind, sieve.system, sieve.place, sieve.assignee, sieve.sought)),
        opening=bool(openable(seat)),
        working=working,
        workers=queries.workers(seat.contract_id) if working else (),
        most=queries.IN_BULK,
    )
    return render(request, "web/tickets.html", told)


def sieve_of(request: HttpRequest, seat: Seat) -> Sieve:
    """What the address asks for. What is not understood sifts nothing."""
    given = request.GET
    view, order, kind = given.get("view", ""), given.get("order", ""), given.get("kind", "")
    first = "reported" if not may(seat, Right.TICKET_WORK) and not _sees_all(seat) else "open"
    return Sieve(
        view=view if view in VIEWS else first,
        kind=kind if kind in TICKET_KINDS else "",
        state=given.get("state", "")[:20],
        system=given.get("system", "")[:_LONGEST],
        place=given.get("place", "")[:_LONGEST],
        assignee=given.get("assignee", "")[:_LONGEST],
        sought=" ".join(given.get("q", "").replace("\0", "").split())[:_LONGEST],
        order=order if order in ORDERS else "due",
        after=given.get("after", "")[:40],
    )


def _sees_all(seat: Seat) -> bool:
    """Whether the tickets of others are this person's business."""
    return bool(may(seat, Right.TICKET_APPROVE)) or not may(seat, Right.TICKET_OPEN)


def _sheet(contract_id: str, found: Iterable[QueueRow]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 工单",
        columns=(
            *("号", "种类", "状态", "标题", "系统", "地点", "设备", "报单人", "部门", "经办人"),
            *("受理", "最近期限", "哪个时钟", "期限状况", "办结", "了结"),
        ),
        rows=[
            (
                one.ticket.name,
                one.ticket.the_kind.zh,
                one.ticket.state_zh,
                one.ticket.title,
                one.ticket.system,
                one.ticket.place,
                one.ticket.device,
                one.ticket.reporter_name,
                one.ticket.department,
                one.ticket.assignee_name,
                one.ticket.opened_at,
                one.ticket.due_at,
                one.clock,
                one.mark.word if one.mark is not None else "",
                one.ticket.done_at,
                one.ticket.ended_at,
            )
            for one in found
        ],
        note=f"合同 {contract_id} 的工单，{clock.now():%Y-%m-%d %H:%M}",
    )


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@door(Right.TICKET_WORK)
def tickets_bulk(request: HttpRequest, seat: Seat) -> HttpResponse:
    """成批办理: one act on every ticket that is ticked; each is done or refused for itself, and both are told."""
    back = _back(request, seat)
    numbers = _ticked(request)
    if not numbers:
        messages.warning(request, "没有勾选工单。请先勾选，再选要办的事。")
        return redirect(back)
    entry = _entry(request)
    if entry is None:
        messages.warning(request, "没有选要办什么：选一个经办人，或写一条记录。")
        return redirect(back)
    department = department_of(account_of(request))
    done, refused = [], []
    for number in numbers[: queries.IN_BULK]:
        ticket = rows.ticket(seat, number, department)
        if ticket is None:
            continue
        try:
            make_mark(seat.contract_id, number, entry, by=seat)
            done.append(ticket.name)
        except Refused as error:
            refused.append(f"{ticket.name}：{'；'.join(one.says for one in error.doubts)}")
    if done:
        what = "指派" if entry.name == "assign" else "记下"
        messages.success(request, f"{what}了 {len(done)} 张：{'、'.join(done[:20])}。")
    for says in refused[:20]:
        messages.error(request, says)
    return redirect(back)


def _ticked(request: HttpRequest) -> list[int]:
    given = [one for one in request.POST.getlist("number") if one.isascii() and one.isdecimal()]
    return [int(one) for one in dict.fromkeys(given) if len(one) < 10]  # noqa: PLR2004  no number is longer


def _entry(request: HttpRequest) -> Entry | None:
    said, to = request.POST.get("said", ""), request.POST.get("to", "")
    if to:
        return Entry("assign", said=said, data={"to": to[:150]})
    return Entry("note", said=said) if said.strip() else None


def _back(request: HttpRequest, seat: Seat) -> str:
    """The queue as it was sifted."""
    asked = request.POST.get("back", "")
    home = reverse("web:tickets", args=[seat.contract_id])
    there = asked.startswith(home) and url_has_allowed_host_and_scheme(asked, None)
    return asked if there else home
