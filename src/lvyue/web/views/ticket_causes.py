"""归责: whose act or what event a fault is put down to, the other side's answer, and the loss file that may follow."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.money import Money
from lvyue.core.terms import Party
from lvyue.core.tickets import CAUSES, LOSSES
from lvyue.helpdesk.actions import attributing, claiming
from lvyue.helpdesk.actions.attributing import CauseClaim
from lvyue.helpdesk.actions.claiming import LossDemand
from lvyue.helpdesk.queries import attributions as queries
from lvyue.helpdesk.queries.attributions import LossFile
from lvyue.helpdesk.queries.card import card_of
from lvyue.helpdesk.queries.rules import shown_to
from lvyue.helpdesk.queries.tickets import events_of
from lvyue.web.acting import acted, fen_in, moment_in
from lvyue.web.doors import door
from lvyue.web.views.ticket import attached, ticket_of
from lvyue.web.views.tickets import told_of


def _page(
    request: HttpRequest, seat: Seat, number: int, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    found = ticket_of(request, seat, number)
    card = card_of(found, seat, clock.now())
    history = [one for one in events_of(found) if shown_to(seat, one)]
    claims = queries.attributions(history)
    waiting = next((one for one in claims if one.answer is None), None)
    right = Right.TICKET_APPROVE if seat.side is Party.BUYER else Right.TICKET_WORK
    theirs = waiting is not None and waiting.event.side == Party.BUYER.value
    losses = [
        (one, _sum(one), {p.need for p in one.papers.all()}) for one in queries.loss_files(found)
    ]
    told = told_of(
        request,
        seat,
        ticket=found,
        here="causes",
        claims=claims,
        waiting=waiting,
        answering=may(seat, Right.TICKET_LEAD if theirs else Right.TICKET_APPROVE),
        claiming=may(seat, right),
        causes=CAUSES,
        clocks=[one for one in card.running if one.limit],
        losses=losses,
        filing=may(seat, Right.TICKET_APPROVE),
        demands=[(one, Money(one.amount_fen)) for one in queries.loss_claims(history)],
        demanding=may(seat, Right.TICKET_LEAD),
        natures=LOSSES,
        scope=claiming.buyers_loss(found),
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/ticket_causes.html", told, status=409 if refused else 200)


def _sum(file: LossFile) -> Money:
    """What the papers of a loss file prove in all."""
    return Money.total(Money(one.amount_fen) for one in file.papers.all() if one.amount_fen)


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.SEE)
def ticket_causes(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """归责: every claim with its answer; and the form that claims."""
    if request.method != "POST":
        return _page(request, seat, number)
    found = ticket_of(request, seat, number)

    def act() -> None:
        given = request.POST
        claim = CauseClaim(
            given.get("cause", ""),
            given.get("said", ""),
            moment_in(request, "begins", "开始"),
            moment_in(request, "ends", "结束"),
            given.get("clock", "")[:80],
            attached(request, seat),
        )
        attributing.claim_cause(seat.contract_id, number, claim, by=seat)

    here = reverse("web:ticket-causes", args=[seat.contract_id, number])
    says = f"{found.name}：已提出归责。"
    return acted(request, act, says, here, partial(_page, request, seat, number))


@require_POST
@door(Right.TICKET_OPEN)
def ticket_cause_answer(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """认可归责或提出异议: by the other side."""
    found = ticket_of(request, seat, number)
    agree, said = request.POST.get("agree") == "1", request.POST.get("said", "")
    says = "已认可，这段时间从时钟里扣除。" if agree else "已提出异议，时钟照走。"
    return acted(
        request,
        lambda: attributing.answer_cause(seat.contract_id, number, agree=agree, said=said, by=seat),
        f"{found.name}：{says}",
        reverse("web:ticket-causes", args=[seat.contract_id, number]),
        partial(_page, request, seat, number),
    )


@require_POST
@door(Right.TICKET_LEAD)
def ticket_loss_claim(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """主张甲方赔偿损失: by whoever speaks for the supplier."""
    found = ticket_of(request, seat, number)

    def act() -> None:
        given = request.POST
        amount = fen_in(request, "loss_amount", "金额") or 0
        files = attached(request, seat)
        demand = LossDemand(given.get("nature", ""), amount, given.get("loss_said", ""), files)
        claiming.claim_loss(seat.contract_id, number, demand, by=seat)

    here = reverse("web:ticket-causes", args=[seat.contract_id, number])
    says = f"{found.name}：已提出损失主张，等甲方答复。"
    return acted(request, act, says, here, partial(_page, request, seat, number))


@require_POST
@door(Right.TICKET_APPROVE)
def ticket_loss_answer(request: HttpRequest, seat: Seat, number: int, index: int) -> HttpResponse:
    """答复损失主张: by the buyer's lead."""
    found = ticket_of(request, seat, number)
    agree, said = request.POST.get("agree") == "1", request.POST.get("said", "")
    says = "已认可损失主张；怎样付由双方结算。" if agree else "已写明异议。"
    return acted(
        request,
        lambda: claiming.answer_loss(
            seat.contract_id, number, index, agree=agree, said=said, by=seat
        ),
        f"{found.name}：{says}",
        reverse("web:ticket-causes", args=[seat.contract_id, number]),
        partial(_page, request, seat, number),
    )


@require_POST
@door(Right.TICKET_APPROVE)
def ticket_loss_paper(request: HttpRequest, seat: Seat, number: int, file_id: int) -> HttpResponse:
    """归入损失材料: one paper for one need, with the loss that it proves."""
    found = ticket_of(request, seat, number)
    if not any(one.pk == file_id for one in queries.loss_files(found)):
        raise Http404("这张工单没有这个案卷。")

    def act() -> None:
        amount = fen_in(request, "amount", "金额")
        files = attached(request, seat)
        if len(files) != 1:
            says = f"附了 {len(files)} 个文件。"
            raise Refused([malformed("凭据", says, "一次归入一个文件。")])
        attributing.add_loss_paper(
            seat.contract_id,
            file_id,
            need=request.POST.get("need", ""),
            sha256=files[0],
            amount_fen=amount,
            said=request.POST.get("said", ""),
            by=seat,
        )

    here = reverse("web:ticket-causes", args=[seat.contract_id, number])
    says = f"{found.name}：已归入损失材料。"
    return acted(request, act, says, here, partial(_page, request, seat, number))
