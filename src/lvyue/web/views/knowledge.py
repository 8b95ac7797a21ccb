"""知识库: what somebody found out once: read, written, reviewed by somebody else, shared, retired, followed on a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.terms import Party
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions import knowledge as actions
from lvyue.helpdesk.actions.knowledge import ArticleText
from lvyue.helpdesk.queries import knowledge as queries
from lvyue.helpdesk.queries.knowledge import Article, ArticleState, VersionState
from lvyue.helpdesk.queries.similar import Similar, similar
from lvyue.search.actions import catch_up
from lvyue.web import exports
from lvyue.web.acting import acted, number_in
from lvyue.web.doors import account_of, door
from lvyue.web.views.ticket import ticket_of
from lvyue.web.views.tickets import told_of

#: So many articles stand on a page, and in a file.
AT_ONCE, IN_A_FILE = 50, 20_000

#: The states by which the list is sifted.
STATES = (*ArticleState.choices, (VersionState.WAITING.value, VersionState.WAITING.label))


@require_safe
@door(Right.SEE)
def knowledge(request: HttpRequest, seat: Seat) -> HttpResponse:
    """知识库: every article that somebody may see, found by its words."""
    given = request.GET
    sought = " ".join(given.get("q", "").replace("\0", "").split())[:80]
    state, kind = given.get("state", ""), given.get("kind", "")
    kind = kind if kind in TICKET_KINDS else ""
    found = queries.articles(seat, state=state, kind=kind, sought=sought)
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat, list(found[:IN_A_FILE])), form)
    rows = [*found[: AT_ONCE + 1]]
    told = told_of(
        request,
        seat,
        rows=rows[:AT_ONCE],
        more=len(rows) > AT_ONCE,
        at_once=AT_ONCE,
        sought=sought,
        state=state,
        kind=kind,
        narrowed=bool(sought or state or kind),
        states=STATES,
        kinds=[(one.name, one.zh) for one in TICKET_KINDS.values()],
        writing=queries.may_write(seat),
    )
    return render(request, "web/knowledge.html", told)


def _sheet(seat: Seat, rows: list[Article]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{seat.contract_id} 知识库",
        columns=("号", "标题", "状态", "哪一方的", "双方可看", "系统", "适用", "版本", "最近变动"),
        rows=[
            (
                one.name,
                one.title,
                one.get_state_display(),
                one.get_side_display(),
                "是" if one.shared else "",
                one.system,
                "、".join(TICKET_KINDS[kind].zh for kind in one.kinds if kind in TICKET_KINDS),
                one.current,
                one.changed_at,
            )
            for one in rows
        ],
        note=f"合同 {seat.contract_id} 的知识库，{clock.now():%Y-%m-%d %H:%M}",
    )


def _article(seat: Seat, article_id: int) -> Article:
    """One that this person may see; of others is said what is said of none."""
    found = queries.article(seat, article_id)
    if found is None:
        raise Http404("知识库里没有这一条。")
    return found


@require_safe
@door(Right.SEE)
def article(request: HttpRequest, seat: Seat, article_id: int) -> HttpResponse:
    """一条知识, in the version that is published, or in an earlier one."""
    return _page(request, seat, article_id)


def _page(
    request: HttpRequest, seat: Seat, article_id: int, refused: tuple[Doubt, ...] = ()
) -> HttpResponse:
    found = _article(seat, article_id)
    rows = queries.versions(seat, found)
    asked = request.GET.get("version", "")
    version = next((one for one in rows if str(one.number) == asked), None)
    version = version or queries.shown(found, rows)
    own = queries.is_own(seat, found)
    waiting = queries.waiting_of(rows) if own else None
    lead = Right.TICKET_APPROVE if seat.side is Party.BUYER else Right.TICKET_LEAD
    told = told_of(
        request,
        seat,
        article=found,
        version=version,
        versions=rows,
        own=own,
        waiting=waiting,
        reviewing=waiting is not None and waiting.author != seat.username,
        writing=own and bool(queries.may_write(seat)),
        leading=own and bool(may(seat, lead)),
        following=may(seat, Right.TICKET_WORK) and found.state == ArticleState.PUBLISHED,
        fits=[TICKET_KINDS[one].zh for one in version.kinds if one in TICKET_KINDS]
        if version
        else [],
        refused=refused,
        typed=request.POST if refused else {},
    )
    return render(request, "web/article.html", told, status=409 if refused else 200)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(request: HttpRequest) -> ArticleText:
    given = request.POST
    return ArticleText(
        given.get("title", ""),
        given.get("symptom", ""),
        given.get("cause", ""),
        given.get("steps", "").splitlines(),
        given.get("tests", "").splitlines(),
        given.getlist("kinds"),
        given.get("system", ""),
        given.get("why", ""),
    )


def _form(
    request: HttpRequest,
    seat: Seat,
    found: Article | None,
    begun: Mapping[str, Any],
    refused: tuple[Doubt, ...] = (),
) -> HttpResponse:
    told = told_of(
        request,
        seat,
        article=found,
        kinds=[(one.name, one.zh) for one in TICKET_KINDS.values()],
        chosen=request.POST.getlist("kinds") if refused else begun.get("kinds", ()),
        refused=refused,
        typed=request.POST if refused else begun,
    )
    return render(request, "web/article_form.html", told, status=409 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.TICKET_OPEN)
def new_article(request: HttpRequest, seat: Seat) -> HttpResponse:
    """写知识: from nothing, or from a ticket that was solved."""
    if request.method != "POST":
        return _form(request, seat, None, _from_ticket(request, seat))
    try:
        made = actions.write_article(seat.contract_id, _text(request), by=seat)
    except Refused as error:
        return _form(request, seat, None, {}, error.doubts)
    return redirect("web:article", seat.contract_id, made.pk)


def _from_ticket(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    """What a ticket gives to begin with."""
    number = number_in(request, "ticket")
    if number is None:
        return {}
    found = ticket_of(request, seat, number)
    return {
        "title": found.title,
        "symptom": found.body or found.title,
        "system": found.system,
        "kinds": [found.kind],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@door(Right.TICKET_OPEN)
def edit_article(request: HttpRequest, seat: Seat, article_id: int) -> HttpResponse:
    """改知识: a further version; the published one stays until somebody else has reviewed it."""
    found = _article(seat, article_id)
    rows = queries.versions(seat, found)
    begun: dict[str, Any] = {"seen": found.newest}
    if rows:
        newest = rows[0]
        begun |= {name: getattr(newest, name) for name in ("title", "symptom", "cause", "system")}
        begun |= {"steps": "\n".join(newest.steps), "tests": "\n".join(newest.tests)}
        begun["kinds"] = newest.kinds
    if request.method != "POST":
        return _form(request, seat, found, begun)
    seen = number_in(request, "seen")
    try:
        actions.revise_article(
            seat.contract_id, found.pk, _text(request), seen=-1 if seen is None else seen, by=seat
        )
    except Refused as error:
        return _form(request, seat, found, {}, error.doubts)
    return redirect("web:article", seat.contract_id, found.pk)


#: What may be done with an article, and what is said after it.
ACTS = {
    "review": "已审核。",
    "share": "已改谁可看。",
    "retire": "已停用，不再推荐；还可以查看。",
}


@require_POST
@door(Right.TICKET_OPEN)
def article_act(request: HttpRequest, seat: Seat, article_id: int, act: str) -> HttpResponse:
    """审核、给对方看、停用."""
    found = _article(seat, article_id)
    if act not in ACTS:
        raise Http404(f"没有“{act}”这件事。")
    given = request.POST
    said = given.get("said", "")

    def done() -> None:
        match act:
            case "review":
                number = number_in(request, "version")
                agree = given.get("agree") == "1"
                actions.review_article(
                    seat.contract_id, found.pk, number or 0, agree=agree, said=said, by=seat
                )
            case "share":
                shared = given.get("shared") == "1"
                actions.share_article(seat.contract_id, found.pk, shared=shared, by=seat)
            case _:
                actions.retire_article(seat.contract_id, found.pk, said=said, by=seat)

    to = reverse("web:article", args=[seat.contract_id, found.pk])
    return acted(request, done, ACTS[act], to, partial(_page, request, seat, found.pk))


@require_POST
@door(Right.TICKET_WORK)
def article_follow(request: HttpRequest, seat: Seat, article_id: int) -> HttpResponse:
    """照此办理: its steps and tests become a list on a ticket."""
    found = _article(seat, article_id)
    number = number_in(request, "ticket")
    ticket = ticket_of(request, seat, number or 0)
    return acted(
        request,
        lambda: actions.follow_article(seat.contract_id, ticket.number, found.pk, by=seat),
        f"{ticket.name}：已照 {found.name} 列出步骤。",
        reverse("web:ticket-solving", args=[seat.contract_id, ticket.number]),
        partial(_page, request, seat, found.pk),
    )


# ── what is alike ────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.TICKET_OPEN)
def similar_tickets(request: HttpRequest, seat: Seat) -> HttpResponse:
    """相似的工单和知识, as a piece of a page: asked for while somebody types."""
    besides = number_in(request, "besides")
    return render(
        request,
        "web/parts/similar.html",
        {
            "contract_id": seat.contract_id,
            "similar": alike_of(request, seat, request.GET.get("q", ""), besides),
            "asked": True,
            "following": besides if may(seat, Right.TICKET_WORK) else None,
        },
    )


def alike_of(request: HttpRequest, seat: Seat, typed: str, besides: int | None = None) -> Similar:
    """What is like a text, after the index has caught up on this contract."""
    catch_up([seat.contract_id])
    return similar(account_of(request), seat, typed.replace("\0", ""), besides)
