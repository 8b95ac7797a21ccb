"""工单: the queue, one ticket with its clocks and why, opening, steps, marks, assigning, pauses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import seats_of
from lvyue.api.asked import (
    ContractId,
    Digest,
    Name,
    Note,
    Refusing,
    RowNumber,
    Text,
    Word,
    plausible,
    says,
)
from lvyue.api.gate import caller, enter
from lvyue.api.habits import Column, Kind, Listed, Listing, tag_of
from lvyue.api.problems import Problem
from lvyue.api.shapes import answer, page, shape
from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import PAUSE_REASONS
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.pausing import answer_pause, ask_pause
from lvyue.helpdesk.actions.sieves import drop_sieve, keep_sieve
from lvyue.helpdesk.actions.stepping import StepTaken, for_own_side, make_mark, take_step
from lvyue.helpdesk.actions.writing import Entry, Overtaken
from lvyue.helpdesk.queries import sieves as saved
from lvyue.helpdesk.queries import tickets as queries
from lvyue.helpdesk.queries.card import (
    REOPENING,
    PauseAsked,
    TicketClock,
    TicketGround,
    TicketHappening,
    TicketStep,
    card_of,
    department_of,
)
from lvyue.helpdesk.queries.prevention import Prevention, preventions
from lvyue.helpdesk.queries.queue import QueueRow, reported_by, row_of, rows_of, workers
from lvyue.helpdesk.queries.repairs import Repairs, shown_repairs
from lvyue.helpdesk.queries.rules import may_open
from lvyue.helpdesk.queries.statistics import TicketStatistics, statistics
from lvyue.helpdesk.queries.tickets import Ticket
from lvyue.obligations.marks import Mark

router = Router(tags=["工单 Tickets"])

TicketNo = Annotated[int, Path(ge=1, le=2_147_483_647, description="工单号，例如 GZ-0012 的 12")]

#: Later than every end: where a ticket without one stands in the order.
NEVER = datetime(2999, 12, 31, tzinfo=SHANGHAI)


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TicketRow:
    """工单: one line of the queue. ``mark`` is null where it is over and where no clock has a number; ``left`` is the time left in words.

    ``over`` says that some clock of it ended unkept, also where the ticket is over.
    """

    number: int
    name: str
    kind: str
    kind_zh: str
    state: str
    state_zh: str
    title: str
    system: str
    place: str
    device: str
    channel: str
    level: str
    reporter_name: str
    department: str
    assignee: str
    assignee_name: str
    round: int
    opened_at: datetime
    changed_at: datetime
    done_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None
    due_clock: str
    due_zh: str
    mark: Mark | None
    over: bool
    left: str
    events: int


@dataclass(frozen=True, slots=True)
class TicketWhole:
    """一张工单: with its clocks, its history as far as the caller may see it, and what the caller may do.

    ``events`` is how many happenings it has: the number that If-Match takes. ``hidden`` are notes of the other side.
    """

    row: TicketRow
    events: int
    body: str
    values: dict[str, str]
    reporter: str
    reporter_side: str
    caller: str
    caller_contact: str
    parent: int | None
    merged_into: int | None
    ground: TicketGround
    clocks: tuple[TicketClock, ...]
    history: tuple[TicketHappening, ...]
    hidden: int
    steps: tuple[TicketStep, ...]
    pause_asked: PauseAsked | None
    reopening: str


_SAME = frozenset(one.name for one in fields(TicketRow)) - {
    *("kind_zh", "due_zh", "mark", "left"),
}


def _row(found: QueueRow) -> TicketRow:
    one = found.ticket
    told: dict[str, Any] = {name: getattr(one, name) for name in _SAME}
    return TicketRow(
        **told, kind_zh=one.the_kind.zh, due_zh=found.clock, mark=found.mark, left=found.left
    )


def _whole(seat: Seat, ticket: Ticket, status: int = 200) -> HttpResponse:
    now = clock.now()
    card = card_of(ticket, seat, now)
    told = TicketWhole(
        _row(row_of(ticket, now)),
        ticket.events,
        ticket.body,
        ticket.values,
        ticket.reporter,
        ticket.reporter_side,
        ticket.caller,
        card.caller_contact,
        ticket.parent.number if ticket.parent is not None else None,
        ticket.merged_into.number if ticket.merged_into is not None else None,
        card.ground,
        card.clocks,
        card.history,
        card.hidden,
        card.steps,
        card.asked,
        REOPENING,
    )
    response = answer(told, status)
    response["ETag"] = f'"{ticket.events}-{tag_of(response)[1:]}'
    if status == 201:  # noqa: PLR2004  made
        response["Location"] = f"/api/v1/contracts/{seat.contract_id}/tickets/{ticket.number}"
    return response


def _there(
    request: HttpRequest, contract_id: str, number: int, right: Right = Right.SEE
) -> tuple[Seat, Ticket]:
    """The seat and the ticket, if there is one that the caller may see; else what is said of one that nobody has."""
    seat = enter(request, contract_id, right)
    found = queries.ticket(seat, number, department_of(caller(request)))
    if found is None:
        raise Http404(f"没有第 {number} 号工单。")
    return seat, found


def _again(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """The ticket after something was done; who may not see it any more is told only that it was done."""
    found = queries.ticket(seat, number, department_of(caller(request)))
    return HttpResponse(status=204) if found is None else _whole(seat, found)


_SEEN = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]+)?"')


def _seen(request: HttpRequest) -> int | None:
    """How many happenings the caller had read, as If-Match says it: ``"7"``, or the whole ETag. None where nothing is said."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    found = _SEEN.fullmatch(given)
    if found is None:
        raise Problem("changed", 'If-Match 要写读到的 ETag，或经过条数，例如 "7"。')
    return int(found[1])


def _overtaken(error: Overtaken) -> Problem:
    return Problem(
        "changed", f"{error} 现在有 {error.ticket.events} 条经过；请重新读取，核对之后再发。"
    )


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

LISTING = Listing(
    columns=(
        Column("number", Kind.NUMBER, "号"),
        Column("kind", Kind.WORD, "种类", choices=tuple(TICKET_KINDS)),
        Column("state", Kind.TEXT, "状态"),
        Column("title", Kind.TEXT, "标题"),
        Column("system", Kind.TEXT, "系统"),
        Column("place", Kind.TEXT, "地点"),
        Column("device", Kind.TEXT, "设备"),
        Column("channel", Kind.TEXT, "渠道"),
        Column("level", Kind.TEXT, "级别"),
        Column("department", Kind.TEXT, "部门"),
        Column("reporter", Kind.TEXT, "报单人登录名"),
        Column("assignee", Kind.TEXT, "经办人登录名；空的是没人经办"),
        Column("opened_at", Kind.MOMENT, "受理时间"),
        Column("changed_at", Kind.MOMENT, "最近变动"),
        Column("next_due", Kind.MOMENT, "最近期限；没有的排在最后"),
        Column("done_at", Kind.MOMENT, "办结时间", blank=True),
        Column("ended_at", Kind.MOMENT, "了结时间", blank=True),
        Column("due_at", Kind.MOMENT, "最近期限", blank=True),
        Column("over", Kind.FLAG, "有超时"),
    ),
    order=("-opened_at",),
    key="number",
)


@LISTING.described
@router.get(
    "/contracts/{slug:contract_id}/tickets", response=says(page(TicketRow)), summary="工单队列"
)
def tickets(request: HttpRequest, contract_id: ContractId, asked: Query[Listed]) -> HttpResponse:
    """未了结的：`ended_at__isnull=true`；按期限：`ordering=next_due`；没人经办的：`assignee=`。使用部门只看到本部门的。"""
    seat = enter(request, contract_id)
    found = queries.tickets(seat, department_of(caller(request)))
    rows = found.annotate(next_due=Coalesce("due_at", NEVER))
    view = rows_of(contract_id, clock.now())
    return LISTING.answer(request, asked, rows, lambda one: _row(view(one)))


@router.get(
    "/contracts/{slug:contract_id}/tickets/{number}",
    response=says(shape(TicketWhole)),
    summary="一张工单",
)
def ticket(request: HttpRequest, contract_id: ContractId, number: TicketNo) -> HttpResponse:
    """时钟连同为什么是这个期限：计时、暂停、不计的时段，扣除暂停和不扣暂停的期限，条款，是否暂定。没有数字的只计时，不判违约。"""
    seat, found = _there(request, contract_id, number)
    return _whole(seat, found)


@dataclass(frozen=True, slots=True)
class TicketField:
    """栏目."""

    name: str
    zh: str
    type: str
    required: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketKindRow:
    """工单种类: its fields, and whether the caller may open one here."""

    name: str
    zh: str
    en: str
    prefix: str
    says: str
    fields: tuple[TicketField, ...]
    states: dict[str, str]
    allowed: bool
    reason: str


@router.get(
    "/contracts/{slug:contract_id}/ticket-kinds",
    response=says(page(TicketKindRow)),
    summary="工单种类",
)
def kinds(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """每一种有哪些栏目、您能不能开；不能开的写着谁可以。"""
    seat = enter(request, contract_id)
    told = []
    for kind in TICKET_KINDS.values():
        ruling = may_open(seat, kind)
        told.append(
            TicketKindRow(
                kind.name,
                kind.zh,
                kind.en,
                kind.prefix,
                kind.says,
                tuple(
                    TicketField(one.name, one.zh, one.type.value, one.required, one.choices)
                    for one in kind.fields
                ),
                dict(kind.life.states),
                ruling.allowed,
                ruling.reason,
            )
        )
    return answer({"results": told, "next": None})


@dataclass(frozen=True, slots=True)
class TicketWorker:
    """可以经办的人."""

    username: str
    name: str


@router.get(
    "/contracts/{slug:contract_id}/ticket-workers",
    response=says(page(TicketWorker)),
    summary="可以经办工单的人",
)
def assignable(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """乙方在这份合同上的经办人员。"""
    enter(request, contract_id, Right.TICKET_WORK)
    return answer({"results": [TicketWorker(*one) for one in workers(contract_id)], "next": None})


@dataclass(frozen=True, slots=True)
class MyTicket:
    """我报的工单."""

    contract: str
    ticket: TicketRow


@router.get("/me/tickets", response=says(page(MyTicket)), summary="我报的工单")
def mine(request: HttpRequest) -> HttpResponse:
    """最近的 50 张，不论哪份合同；已经没有任职的合同不在其中。"""
    me = caller(request)
    found = reported_by(seats_of(me), me.username, clock.now())
    told = [MyTicket(one.ticket.contract_id, _row(one)) for one in found]
    return answer({"results": told, "next": None})


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """存好的筛选: ``query`` as the queue page has it in its address."""

    id: int
    name: str
    query: str


@router.get(
    "/contracts/{slug:contract_id}/ticket-filters",
    response=says(page(TicketFilter)),
    summary="我存的工单筛选",
)
def filters(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """只有自己的。"""
    seat = enter(request, contract_id)
    told = [TicketFilter(one.pk, one.name, one.query) for one in saved.sieves(seat)]
    return answer({"results": told, "next": None})


class NewTicketFilter(Refusing):
    """存筛选."""

    name: Word
    asked: Mapping[Word, Note] = Field(
        description="view、kind、state、system、place、assignee、q、order"
    )


@router.post(
    "/contracts/{slug:contract_id}/ticket-filters",
    response=says(shape(TicketFilter), 201),
    summary="存下筛选",
)
def keep_filter(
    request: HttpRequest, contract_id: ContractId, given: NewTicketFilter
) -> HttpResponse:
    """同名的换成新的。"""
    row = keep_sieve(given.name, given.asked, by=enter(request, contract_id))
    return answer(TicketFilter(row.pk, row.name, row.query), 201)


@router.delete(
    "/contracts/{slug:contract_id}/ticket-filters/{filter_id}",
    response=says(None, 204),
    summary="删掉筛选",
)
def drop_filter(
    request: HttpRequest, contract_id: ContractId, filter_id: RowNumber
) -> HttpResponse:
    """只能删自己的。"""
    seat = enter(request, contract_id)
    found = saved.sieve(seat, filter_id)
    if found is None:
        raise Http404("您没有存过这个筛选。")
    drop_sieve(found.pk, by=seat)
    return HttpResponse(status=204)


@router.get(
    "/contracts/{slug:contract_id}/ticket-prevention",
    response=says(page(Prevention)),
    summary="潜在缺陷防范清单",
)
def prevention(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """发现的潜在缺陷，双方商定的防范措施，落实和确认到哪一步；没有确认的在前，最多 1000 条。"""
    seat = enter(request, contract_id)
    found = preventions(seat, department_of(caller(request)))
    return answer({"results": found, "next": None})


class AskedStatistics(Refusing):
    """哪一段."""

    first: date | None = Field(None, description="受理从哪天，缺省为 90 天前")
    last: date | None = Field(None, description="到哪天（含当日），缺省为今天")


@router.get(
    "/contracts/{slug:contract_id}/ticket-statistics",
    response=says(shape(TicketStatistics)),
    summary="工单统计",
)
def figures(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedStatistics]
) -> HttpResponse:
    """准时与否是合同评定的结论，和履约情况表相同；没有数字的只计时，不在准时率里。使用部门只统计本部门的。"""
    seat = enter(request, contract_id)
    last = plausible(asked.last) or clock.today()
    first = plausible(asked.first) or last - timedelta(days=89)
    first, last = min(first, last), max(first, last)
    mine = department_of(caller(request))
    return answer(statistics(seat, mine, first, last, clock.now()))


class AskedRepairs(Refusing):
    """哪个月."""

    on: date | None = Field(None, description="这个月里的任何一天，缺省为今天")


@router.get(
    "/contracts/{slug:contract_id}/ticket-repairs",
    response=says(shape(Repairs)),
    summary="故障设备维修统计",
)
def repairs(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedRepairs]
) -> HttpResponse:
    """写明设备的故障，到月底修好几台、哪几台没有修好；没有写设备的在 `nameless`，用 `marks` 的 device 写明之后就计入。

    过完的月自动记入日志（repair.counted），前提是合同要这样评定；一年之内写明设备的，当夜重新统计。
    """
    seat = enter(request, contract_id)
    mine = department_of(caller(request))
    return answer(shown_repairs(seat, mine, plausible(asked.on) or clock.today()))


# ── doing ────────────────────────────────────────────────────────────────────────────────────────────────────────


class TicketOpened(Refusing):
    """报单."""

    kind: Word = Field(
        description="种类：" + "、".join(f"{k.name} {k.zh}" for k in TICKET_KINDS.values())
    )
    title: Name = Field(description="一句话说明是什么事")
    body: Text = Field("", max_length=100_000)
    values: Mapping[Word, Note] = Field(default_factory=dict, description="这个种类的栏目")
    at: datetime | None = Field(None, description="什么时候的事，缺省为现在；不能是将来")
    level: Annotated[str, Field(max_length=20)] = ""
    caller: Annotated[str, Field(max_length=80)] = Field("", description="谁打来的，不是登记的人时")
    caller_contact: Annotated[str, Field(max_length=200)] = ""
    department: Annotated[str, Field(max_length=200)] = Field(
        "", description="哪个部门的；使用部门只能报本部门的，不用填"
    )
    evidence: list[Digest] = Field(default_factory=list, max_length=50, description="附件的散列")
    parent: int | None = Field(None, ge=1, le=2_147_483_647, description="上级工单号")


@router.post(
    "/contracts/{slug:contract_id}/tickets",
    response=says(shape(TicketWhole), 201),
    summary="报单",
)
def create(request: HttpRequest, contract_id: ContractId, given: TicketOpened) -> HttpResponse:
    """编号、适用的约定和它们的时钟随即定下；附件先用 `POST …/files` 存入。带 Idempotency-Key 重发不会报两次。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    mine = department_of(caller(request))
    new = NewTicket(
        given.kind,
        given.title,
        given.body,
        given.values,
        at=given.at,
        level=given.level,
        caller=given.caller,
        caller_contact=given.caller_contact,
        department=mine if seat.only_uses else given.department or mine,
        evidence=tuple(given.evidence),
        parent=given.parent,
    )
    return _whole(seat, open_ticket(contract_id, new, by=seat), 201)


class TicketStepTaken(Refusing):
    """走一步."""

    step: Word
    at: datetime | None = Field(None, description="什么时候的事，缺省为现在")
    said: Text = Field("", max_length=100_000)
    papers: Mapping[Name, Note] = Field(
        default_factory=dict, description="这一步要的文书，按 `steps.needs` 的名称"
    )
    data: Mapping[Word, Word] = Field(default_factory=dict, description="例如报告方式 form")
    evidence: list[Digest] = Field(default_factory=list, max_length=50)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/steps",
    response=says(shape(TicketWhole), 200, 412),
    summary="走一步",
)
def step(
    request: HttpRequest, contract_id: ContractId, number: TicketNo, given: TicketStepTaken
) -> HttpResponse:
    """能走哪些步、要什么，见 `steps`。带 If-Match（读到的 ETag，或经过条数）：别人先动了就是 412。"""
    seat, _ = _there(request, contract_id, number)
    taken = StepTaken(
        given.step, given.at, given.said, given.papers, given.data, tuple(given.evidence)
    )
    try:
        take_step(contract_id, number, taken, by=seat, seen=_seen(request))
    except Overtaken as error:
        raise _overtaken(error) from None
    return _again(request, seat, number)


class TicketMarked(Refusing):
    """记一笔."""

    mark: Word = Field(
        description="事项：note 记录、arrive 到达现场、test 修后测试、device 写明设备（data.device）、remind 催办……"
    )
    at: datetime | None = None
    said: Text = Field("", max_length=1_000_000)
    data: Mapping[Word, Word] = Field(default_factory=dict)
    evidence: list[Digest] = Field(default_factory=list, max_length=50)
    own_side: bool = Field(default=False, description="只给本方看")


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/marks",
    response=says(shape(TicketWhole), 200, 412),
    summary="记一笔",
)
def mark(
    request: HttpRequest, contract_id: ContractId, number: TicketNo, given: TicketMarked
) -> HttpResponse:
    """不改变状态的事：到场、测试、通话、写明设备、记录、催办、评价。"""
    seat, _ = _there(request, contract_id, number, Right.TICKET_OPEN)
    entry = Entry(given.mark, given.at, given.said, given.data, tuple(given.evidence))
    if given.own_side:
        entry = for_own_side(entry, seat)
    return _marked(request, seat, number, entry)


class TicketAssigned(Refusing):
    """指派."""

    to: Word = Field(description="经办人的登录名，见 `ticket-workers`")
    said: Text = Field("", max_length=5_000)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/assignee",
    response=says(shape(TicketWhole), 200, 412),
    summary="指派",
)
def assign(
    request: HttpRequest, contract_id: ContractId, number: TicketNo, given: TicketAssigned
) -> HttpResponse:
    """只能指派给在这份合同上处理工单的人。"""
    seat, _ = _there(request, contract_id, number, Right.TICKET_WORK)
    return _marked(request, seat, number, Entry("assign", said=given.said, data={"to": given.to}))


def _marked(request: HttpRequest, seat: Seat, number: int, entry: Entry) -> HttpResponse:
    try:
        make_mark(seat.contract_id, number, entry, by=seat, seen=_seen(request))
    except Overtaken as error:
        raise _overtaken(error) from None
    return _again(request, seat, number)


class PauseApplied(Refusing):
    """申请挂起."""

    cause: Word = Field(description="事由：" + "、".join(PAUSE_REASONS))
    said: Text = Field(max_length=100_000, description="等什么，为什么不是乙方原因")
    clock: Word = Field("", description="只停这一个时钟；空的是全部")
    evidence: list[Digest] = Field(default_factory=list, max_length=50)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/pause",
    response=says(shape(TicketWhole), 200, 412),
    summary="申请挂起",
)
def pause(
    request: HttpRequest, contract_id: ContractId, number: TicketNo, given: PauseApplied
) -> HttpResponse:
    """甲方同意之前，时钟照走。"""
    seat, _ = _there(request, contract_id, number, Right.TICKET_WORK)
    try:
        ask_pause(
            contract_id,
            number,
            cause=given.cause,
            said=given.said,
            clock_name=given.clock,
            evidence=tuple(given.evidence),
            by=seat,
            seen=_seen(request),
        )
    except Overtaken as error:
        raise _overtaken(error) from None
    return _again(request, seat, number)


class PauseAnswered(Refusing):
    """答复挂起申请."""

    agree: bool
    said: Text = Field("", max_length=100_000, description="不同意要写理由")
    since: datetime | None = Field(None, description="同意从何时起，缺省为申请之时")


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/pause/answer",
    response=says(shape(TicketWhole), 200, 412),
    summary="答复挂起申请",
)
def pause_answer(
    request: HttpRequest, contract_id: ContractId, number: TicketNo, given: PauseAnswered
) -> HttpResponse:
    """由甲方项目负责人办理。同意的，从申请之时（或写明的更晚时刻）起不计。"""
    seat, _ = _there(request, contract_id, number, Right.TICKET_APPROVE)
    try:
        answer_pause(
            contract_id,
            number,
            agree=given.agree,
            said=given.said,
            since=given.since,
            by=seat,
            seen=_seen(request),
        )
    except Overtaken as error:
        raise _overtaken(error) from None
    return _again(request, seat, number)
