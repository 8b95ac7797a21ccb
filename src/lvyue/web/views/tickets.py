"""工单: the queue of a contract in its views, acts on many at once, the board, the month and the places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused
from lvyue.core.tickets import SCORES, TICKET_KINDS
from lvyue.helpdesk.actions.sieves import KNOWN, drop_sieve, keep_sieve
from lvyue.helpdesk.actions.stepping import make_mark
from lvyue.helpdesk.actions.writing import Entry
from lvyue.helpdesk.queries import overview
from lvyue.helpdesk.queries import queue as queries
from lvyue.helpdesk.queries import sieves as saved
from lvyue.helpdesk.queries import tickets as rows
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.duty import has_roster, on_duty
from lvyue.helpdesk.queries.prevention import Prevention, preventions
from lvyue.helpdesk.queries.queue import ORDERS, VIEWS, QueueRow, Sieve
from lvyue.helpdesk.queries.repairs import counts_repairs, shown_repairs
from lvyue.helpdesk.queries.reviews import due
from lvyue.helpdesk.queries.rules import may_open, openable
from lvyue.helpdesk.queries.statistics import AGES, Figure, TicketStatistics, behind, statistics
from lvyue.web import exports
from lvyue.web.acting import number_of
from lvyue.web.controls import FIRST, LAST, controls_of
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
    sieve, figure = sieve_of(request, seat), figure_of(request)
    within = behind(seat, department, figure, now) if figure else None
    if form := exports.wanted(request):
        page = queries.queue(seat, department, sieve, now, at_once=queries.IN_A_FILE, within=within)
        return exports.answer(_sheet(seat.contract_id, page.rows), form)
    page = queries.queue(seat, department, sieve, now, within=within)
    counted = queries.numbers(seat, department, now)
    current = urlencode({name: one for name in KNOWN if (one := request.GET.get(name, "").strip())})
    shown = [(one, *VIEWS[one], counted.get(one)) for one in VIEWS]
    working = may(seat, Right.TICKET_WORK)
    told = told_of(
        request,
        seat,
        page=page,
        now_on=on_duty(seat.contract_id, now) if has_roster(seat.contract_id) else None,
        sieve=sieve,
        views=shown if working else [one for one in shown if one[0] not in ("mine", "unassigned")],
        kinds=[(one.name, one.zh) for one in TICKET_KINDS.values()],
        orders=ORDERS,
        systems=queries.choices_in(seat, department, "system"),
        places=queries.choices_in(seat, department, "place"),
        figure=bool(figure),
        saved=saved.sieves(seat),
        keeping=not figure and bool(current),
        current=current,
        narrowed=bool(figure)
        or any((sieve.kind, sieve.system, sieve.place, sieve.assignee, sieve.sought)),
        opening=bool(openable(seat)),
        working=working,
        workers=queries.workers(seat.contract_id) if working else (),
        reviews_due=due(seat, department).count() if working else 0,
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


def figure_of(request: HttpRequest) -> Figure:
    """The figure of the statistics from which somebody came; none where the address is not understood."""
    given = request.GET
    age = given.get("age", "")
    return Figure(
        _day(given.get("first", "")),
        _day(given.get("last", "")),
        given.get("term", "")[:_LONGEST],
        given.get("verdict", "")[:20],
        again=bool(given.get("again")),
        done=bool(given.get("done")),
        age=int(age) if age in {str(begins) for begins, _ in AGES} else None,
        cause=given.get("cause", "")[:20],
        score=given.get("score", "")[:2],
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


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
                _standing(one),
                one.ticket.done_at,
                one.ticket.ended_at,
            )
            for one in found
        ],
        note=f"合同 {contract_id} 的工单，{clock.now():%Y-%m-%d %H:%M}",
    )


def _standing(one: QueueRow) -> str:
    """How a ticket stands, as the page says it: what is over has no mark, and whether a clock of it ended unkept all the same."""
    if one.mark is not None:
        return one.mark.word
    return "有期限超时" if one.ticket.over else ""


# ── kept filters ─────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@door(Right.SEE)
def save_sieve(request: HttpRequest, seat: Seat) -> HttpResponse:
    """存为我的筛选."""
    query = request.POST.get("query", "")[:2000]
    asked = QueryDict(query)
    try:
        row = keep_sieve(
            request.POST.get("name", ""),
            {name: str(asked[name]) for name in KNOWN if name in asked},
            by=seat,
        )
    except Refused as error:
        for doubt in error.doubts:
            messages.error(request, str(doubt))
        return redirect("web:tickets", seat.contract_id)
    messages.success(request, f"已存下“{row.name}”。")
    return redirect(f"{reverse('web:tickets', args=[seat.contract_id])}?{row.query}")


@require_POST
@door(Right.SEE)
def drop_a_sieve(request: HttpRequest, seat: Seat, sieve_id: int) -> HttpResponse:
    """删掉筛选: one's own; of anybody else's is said what is said of none."""
    found = saved.sieve(seat, sieve_id)
    if found is None:
        raise Http404("您没有存过这个筛选。")
    drop_sieve(found.pk, by=seat)
    messages.success(request, f"已删掉“{found.name}”。")
    return redirect("web:tickets", seat.contract_id)


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def ticket_board(request: HttpRequest, seat: Seat) -> HttpResponse:
    """看板: the open tickets by state."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in TICKET_KINDS else ""
    columns = overview.board(seat, department_of(account_of(request)), clock.now(), kind)
    kinds = [(one.name, one.zh) for one in TICKET_KINDS.values()]
    told = told_of(request, seat, columns=columns, kind=kind, kinds=kinds)
    return render(request, "web/ticket_board.html", told)


@require_safe
@door(Right.SEE)
def ticket_calendar(request: HttpRequest, seat: Seat) -> HttpResponse:
    """工单月历: the open tickets on the days on which they are due."""
    asked = _day(f"{request.GET.get('month', '')}-01") or clock.today()
    first = asked.replace(day=1)
    found = overview.month(seat, department_of(account_of(request)), first, clock.now())
    return render(request, "web/ticket_calendar.html", told_of(request, seat, month=found))


@require_safe
@door(Right.SEE)
def ticket_places(request: HttpRequest, seat: Seat) -> HttpResponse:
    """按地点: the open tickets where they are."""
    found = overview.places(seat, department_of(account_of(request)), clock.now())
    return render(request, "web/ticket_places.html", told_of(request, seat, places=found))


@require_safe
@door(Right.SEE)
def ticket_prevention(request: HttpRequest, seat: Seat) -> HttpResponse:
    """防范清单: the latent defects with what both sides do about each."""
    found = preventions(seat, department_of(account_of(request)))
    if form := exports.wanted(request):
        return exports.answer(_prevention_sheet(seat.contract_id, found), form)
    opening = may_open(seat, TICKET_KINDS["defect"])
    told = told_of(request, seat, rows=found, opening=opening)
    return render(request, "web/ticket_prevention.html", told)


def _prevention_sheet(contract_id: str, found: Iterable[Prevention]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 潜在缺陷防范清单",
        columns=(
            *("号", "潜在缺陷", "在哪里", "状态", "发现", "联系甲方", "防范措施", "甲方配合"),
            *("落实", "落实证明", "甲方确认"),
        ),
        rows=[
            (
                *(one.name, one.title, one.where, one.state_zh, one.found_at, one.told_at),
                *(one.measure, one.buyers_part, one.done_at, one.proof, one.confirmed_at),
            )
            for one in found
        ],
        note=f"合同 {contract_id} 的潜在缺陷防范清单，{clock.now():%Y-%m-%d %H:%M}",
    )


#: So many days the statistics look back where nobody says otherwise.
_BACK = 90


@require_safe
@door(Right.SEE)
def ticket_statistics(request: HttpRequest, seat: Seat) -> HttpResponse:
    """工单统计: every figure leads to its tickets."""
    today = clock.today()
    last = _day(request.GET.get("last", "")) or today
    first = _day(request.GET.get("first", "")) or last - timedelta(days=_BACK - 1)
    first, last = min(first, last), max(first, last)
    department = department_of(account_of(request))
    found = statistics(seat, department, first, last, clock.now())
    if form := exports.wanted(request):
        return exports.answer(_figures(seat.contract_id, found), form)
    most = max((one.number for one in found.ages), default=0)
    told = told_of(
        request,
        seat,
        found=found,
        span=urlencode({"view": "all", "first": first, "last": last}),
        scores=[(score, SCORES.get(score, score), one) for score, one in found.scores.items()],
        repairs=shown_repairs(seat, department, last)
        if counts_repairs(seat.contract_id, last)
        else None,
        naming=bool(may(seat, Right.TICKET_WORK)),
        ages=[(one, one.number * 1000 // most if most else 0) for one in found.ages],
    )
    return render(request, "web/ticket_statistics.html", told)


def _figures(contract_id: str, found: TicketStatistics) -> exports.Sheet:
    rows: list[tuple[exports.Cell, ...]] = [
        ("总数", "受理", found.opened),
        ("总数", "办结", found.finished),
        ("总数", "退回或重新打开", found.again),
    ]
    for term in found.terms:
        clauses = "、".join(str(one) for one in term.clauses)
        name = f"{term.says}（{clauses}）"
        rows += [("按条款", f"{name} {one.mark.word}", one.number) for one in term.counts]
    for one in found.people:
        rows += [
            ("按人", f"{one.name} 未了结", one.open),
            ("按人", f"{one.name} 超时", one.over),
            ("按人", f"{one.name} 办结", one.done),
        ]
    rows += [("按原因", one.zh, one.number) for one in found.causes]
    rows += [("评价", SCORES.get(score, score), number) for score, number in found.scores.items()]
    for kind in found.kinds:
        rows += [
            ("按种类", f"{kind.zh} 受理", kind.number),
            ("按种类", f"{kind.zh} 办结", kind.done),
        ]
    for age in found.ages:
        below = f"不到 {age.below} 天" if age.below is not None else "以上"
        rows.append(("积压", f"{age.from_days} 天{below}", age.number))
    return exports.Sheet(
        name=f"{contract_id} 工单统计",
        columns=("哪一项", "什么", "数"),
        rows=rows,
        note=f"合同 {contract_id}，{found.first} 至 {found.last} 受理的工单，{clock.now():%Y-%m-%d %H:%M}",
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
    given = (number_of(one) for one in dict.fromkeys(request.POST.getlist("number")))
    return [one for one in given if one is not None]


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
