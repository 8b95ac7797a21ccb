"""远程作业: asked for on a ticket, allowed by whoever the system belongs to, opened once, written down, ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import names_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.helpdesk.actions import remote as actions
from lvyue.helpdesk.actions.verifying import IDENTITY_METHODS, Identity
from lvyue.helpdesk.queries import remote as queries
from lvyue.helpdesk.queries.callers import proving_contacts
from lvyue.helpdesk.queries.channels import asked_on
from lvyue.helpdesk.queries.queue import workers
from lvyue.helpdesk.queries.remote import RemoteAttempt, RemotePermission
from lvyue.helpdesk.queries.tickets import ticket as ticket_for
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.web import exports
from lvyue.web.acting import acted, moment_in, must, number_in
from lvyue.web.doors import door
from lvyue.web.views.ticket import attached, ticket_of
from lvyue.web.views.tickets import told_of

#: So many permissions and refused sessions stand on the page, and in a file.
AT_ONCE, IN_A_FILE = 100, 20_000


# ── on a contract ────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def remote(request: HttpRequest, seat: Seat) -> HttpResponse:
    """远程作业: who may log in where until when, who was kept out, and whose each system is."""
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat), form)
    return _remote(request, seat)


def _remote(request: HttpRequest, seat: Seat, refused: tuple[Doubt, ...] = ()) -> HttpResponse:
    rows = [*queries.permissions(seat)[: AT_ONCE + 1]]
    mine = tickets(seat, queries.department_of(seat.username)).order_by()
    shown = mine.filter(pk__in=[one.ticket_id for one in rows])
    told = told_of(
        request,
        seat,
        rows=rows[:AT_ONCE],
        more=len(rows) > AT_ONCE,
        theirs=set(shown.values_list("pk", flat=True)),
        attempts=queries.attempts(seat)[:AT_ONCE],
        owners=sorted(queries.owners(seat.contract_id).items()),
        owning=may(seat, Right.TICKET_APPROVE),
        at_once=AT_ONCE,
        refused=refused,
        typed=request.POST,
    )
    return render(request, "web/remote.html", told, status=409 if refused else 200)


def _sheet(seat: Seat) -> exports.Sheet:
    return exports.Sheet(
        name=f"{seat.contract_id} 远程作业",
        columns=(
            *("工单", "作业人", "系统", "作业范围", "可用起", "到期", "状态"),
            *("许可人", "答复", "开始", "结束", "到期结束", "核对了谁", "核对办法", "结果"),
        ),
        rows=[
            (
                one.ticket.name,
                one.person_name,
                one.system,
                one.scope,
                one.begins,
                one.expires,
                one.get_state_display(),
                one.answered_name,
                one.answer,
                one.opened_at,
                one.ended_at,
                "是" if one.expired else "",
                str(one.identity.get("whom", "")),
                IDENTITY_METHODS.get(one.identity.get("method", ""), ""),
                one.result,
            )
            for one in queries.permissions(seat)[:IN_A_FILE]
        ],
        note=f"合同 {seat.contract_id} 的远程许可，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_POST
@door(Right.TICKET_APPROVE)
def set_system_owner(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记系统归属: an empty department gives a system back to the buyer alone."""
    system, department = request.POST.get("system", ""), request.POST.get("department", "")
    whose = f"归{department}" if department.strip() else "只归甲方"
    return acted(
        request,
        lambda: actions.set_owner(seat.contract_id, system, department, by=seat),
        f"已登记：“{system[:40]}”{whose[:60]}。",
        reverse("web:remote", args=[seat.contract_id]),
        partial(_remote, request, seat),
    )


@require_POST
@door(Right.TICKET_APPROVE)
def remote_breach(request: HttpRequest, seat: Seat, attempt_id: int) -> HttpResponse:
    """认定违反: by the buyer alone."""

    def act() -> None:
        try:
            actions.record_breach(
                seat.contract_id, attempt_id, said=request.POST.get("said", ""), by=seat
            )
        except RemoteAttempt.DoesNotExist as error:
            raise Http404("没有这次记录。") from error

    return acted(
        request,
        act,
        "已认定违反，并登记为事实。",
        reverse("web:remote", args=[seat.contract_id]),
        partial(_remote, request, seat),
    )


# ── one permission ───────────────────────────────────────────────────────────────────────────────────────────────


def _permission(seat: Seat, permission_id: int) -> RemotePermission:
    """One that this person may see; of others is said what is said of none."""
    found = queries.permission(seat, permission_id)
    if found is None:
        raise Http404("没有这个许可。")
    return found


@require_safe
@door(Right.SEE)
def remote_permission(request: HttpRequest, seat: Seat, permission_id: int) -> HttpResponse:
    """一个远程许可: for whom, for what, until when, and what was done with it."""
    return _page(request, seat, permission_id)


def _page(
    request: HttpRequest, seat: Seat, permission_id: int, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    one = _permission(seat, permission_id)
    mine = one.person == seat.username and bool(may(seat, Right.TICKET_WORK))
    waits = one.state in ("asked", "allowed", "opened")
    ticket = ticket_for(seat, one.ticket.number, queries.department_of(seat.username))
    told = told_of(
        request,
        seat,
        one=one,
        ticket=ticket,
        asked_by=names_of([one.asked_by]).get(one.asked_by, one.asked_by),
        answering=queries.may_consent(seat, one.system) if waits else None,
        mine=mine,
        proofs=IDENTITY_METHODS,
        proving=proving_contacts(seat.contract_id, asked_on(one.ticket, None)) if mine else (),
        commands=one.commands.all(),
        running=one.state == "opened" and one.expires > clock.now(),
        afterwards=one.expired and not one.result,
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/remote_permission.html", told, status=409 if refused else 200)


def _answer(request: HttpRequest, seat: Seat, one: RemotePermission) -> None:
    agree = request.POST.get("agree") == "1"
    actions.answer_remote(
        seat.contract_id, one.pk, agree=agree, said=request.POST.get("said", ""), by=seat
    )


def _revoke(request: HttpRequest, seat: Seat, one: RemotePermission) -> None:
    actions.revoke_remote(seat.contract_id, one.pk, said=request.POST.get("said", ""), by=seat)


def _open(request: HttpRequest, seat: Seat, one: RemotePermission) -> None:
    given = request.POST
    identity = Identity(
        given.get("whom", ""),
        given.get("method", ""),
        given.get("passed") == "1",
        given.get("operation", ""),
        given.get("note", ""),
        number_in(request, "contact"),
        given.get("username", "")[:150],
    )
    actions.open_session(seat.contract_id, one.ticket.number, one.system, identity, by=seat)


def _commands(request: HttpRequest, seat: Seat, one: RemotePermission) -> None:
    at = moment_in(request, "at", "时间") or clock.now()
    lines = [line for line in request.POST.get("commands", "").splitlines() if line.strip()]
    actions.log_commands(seat.contract_id, one.pk, [(at, line) for line in lines], by=seat)


def _end(request: HttpRequest, seat: Seat, one: RemotePermission) -> None:
    files = attached(request, seat)
    actions.end_session(
        seat.contract_id, one.pk, result=request.POST.get("result", ""), recording=files, by=seat
    )


Act = Callable[[HttpRequest, Seat, RemotePermission], None]

#: What may be done with a permission: what does it, which right it takes, what is said after it.
ACTS: dict[str, tuple[Act, Right, str]] = {
    "answer": (_answer, Right.TICKET_CONFIRM, "已答复，作业人在工单里看得到。"),
    "revoke": (_revoke, Right.TICKET_CONFIRM, "已收回许可；正在进行的作业即时结束。"),
    "open": (_open, Right.TICKET_WORK, "已开始远程作业；到期自动结束。"),
    "commands": (_commands, Right.TICKET_WORK, "已记下命令。"),
    "end": (_end, Right.TICKET_WORK, "已结束远程作业。"),
}


@require_POST
@door(Right.SEE)
def remote_act(request: HttpRequest, seat: Seat, permission_id: int, act: str) -> HttpResponse:
    """许可、收回、开始、记命令、结束."""
    one = _permission(seat, permission_id)
    if act not in ACTS:
        raise Http404(f"没有“{act}”这件事。")
    do, right, says = ACTS[act]

    def done() -> None:
        ruling = may(seat, right)
        if not ruling:
            raise Refused([malformed("远程作业", ruling.reason)])
        do(request, seat, one)

    return acted(
        request,
        done,
        says,
        reverse("web:remote-permission", args=[seat.contract_id, permission_id]),
        partial(_page, request, seat, permission_id),
    )


# ── on a ticket ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.SEE)
def ticket_remote(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """申请远程许可: one person, one system, one thing, a few hours."""
    found = ticket_of(request, seat, number)

    def again(refused: tuple[Doubt, ...] = ()) -> HttpResponse:
        told: dict[str, Any] = told_of(
            request,
            seat,
            ticket=found,
            here="remote",
            rows=queries.permissions_of(found),
            asking=may(seat, Right.TICKET_WORK),
            workers=workers(seat.contract_id),
            refused=refused,
            typed=request.POST if refused else {"person": seat.username, "system": found.system},
        )
        return render(request, "web/ticket_remote.html", told, status=409 if refused else 200)

    if request.method != "POST":
        return again()

    def ask() -> None:
        given = request.POST
        wanted = actions.RemoteRequest(
            given.get("person", "")[:150],
            given.get("system", ""),
            given.get("scope", ""),
            must(request, "begins", "可用起"),
            must(request, "expires", "到期"),
        )
        actions.ask_remote(seat.contract_id, number, wanted, by=seat)

    here = reverse("web:ticket-remote", args=[seat.contract_id, number])
    return acted(request, ask, f"{found.name}：已申请。得到许可之前不能开始。", here, again)
