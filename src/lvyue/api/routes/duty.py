"""值守: rosters, who is there now, swaps, hand-overs, test calls, daily logs and hours for pay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AwareDatetime, Field

from lvyue import clock
from lvyue.accounts.permissions import Right
from lvyue.api.asked import (
    ContractId,
    Digest,
    Name,
    Note,
    Number,
    Refusing,
    RowNumber,
    Word,
    plausible,
    says,
)
from lvyue.api.gate import enter
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.core.doubts import Refused, malformed
from lvyue.core.rosters import Gap, Turn
from lvyue.helpdesk.actions import duty as actions
from lvyue.helpdesk.queries import duty as queries
from lvyue.helpdesk.queries.duty import (
    CallOutcome,
    DutyHandover,
    DutyLog,
    DutyRoster,
    DutySwap,
    ReachTest,
)

router = Router(tags=["值守 Duty"])

#: The longest stretch of days that is told at once.
LONGEST = 366


class Days(Refusing):
    """从哪天到哪天，含首尾，最多 366 天；不填是今天起 31 天."""

    first: date | None = Field(None, description="第一天")
    last: date | None = Field(None, description="最后一天")

    @property
    def both(self) -> tuple[date, date]:
        """Both ends, ``Refused`` where they are no stretch of days."""
        first = plausible(self.first) or clock.today()
        last = plausible(self.last) or first + timedelta(days=30)
        if not first <= last <= first + timedelta(days=LONGEST):
            says = f"{first} 至 {last} 不是 1 至 {LONGEST} 天。"
            raise Refused([malformed("起止日期", says, "请缩短，或核对先后。")])
        return first, last


# ── rosters ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RosterRow:
    """值班表的一个版本: from a day on; ``body`` are its shifts, substitutes and levels."""

    version: int
    begins: date
    reason: str
    made_at: datetime
    made_by: str
    body: dict[str, Any]


def _roster(row: DutyRoster) -> RosterRow:
    return RosterRow(row.version, row.begins, row.reason, row.made_at, row.made_by, row.body)


class NewRoster(Refusing):
    """新版本的值班表."""

    begins: date
    body: dict[str, Any] = Field(description="cover、shifts、substitutes、levels，见手册")
    reason: str = Field("", max_length=300, description="换了值班表要写明原因")


@router.get(
    "/contracts/{slug:contract_id}/duty/rosters",
    response=says(page(RosterRow)),
    summary="值班表的各个版本",
)
def rosters(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """新的在前。"""
    seat = enter(request, contract_id)
    return listed([_roster(one) for one in queries.rosters(seat.contract_id)])


@router.post(
    "/contracts/{slug:contract_id}/duty/rosters",
    response=says(shape(RosterRow), 201),
    summary="排班",
)
def new_roster(request: HttpRequest, contract_id: ContractId, body: NewRoster) -> HttpResponse:
    """从某天起用新的版本；已经开始的班不变。一个人同一时段只能在一处值班。"""
    seat = enter(request, contract_id, Right.ROSTER)
    begins = plausible(body.begins) or body.begins
    row = actions.make_roster(seat.contract_id, begins, body.body, reason=body.reason, by=seat)
    return answer(_roster(row), 201)


@dataclass(frozen=True, slots=True)
class TurnView:
    """当班: one shift of one day with its people by username; ``heads`` is how many have to be there at once."""

    day: date
    shift: str
    shift_class: str
    begins: datetime
    ends: datetime
    people: tuple[str, ...]
    planned: tuple[str, ...]
    heads: int


@dataclass(frozen=True, slots=True)
class GapView:
    """空档: somebody has to be there and nobody is, or fewer than have to be."""

    begins: datetime
    ends: datetime
    because: str


@dataclass(frozen=True, slots=True)
class RosterSeen:
    """值班表预览: turns and gaps of the first 28 days, everything for which it would be refused, and posts short of the contract."""

    turns: tuple[TurnView, ...]
    gaps: tuple[GapView, ...]
    doubts: tuple[str, ...]
    short: tuple[str, ...]


class NewPattern(Refusing):
    """按轮换排出班次."""

    pattern: Word = Field(description="、".join(actions.PATTERNS))
    begins: date
    groups: list[list[Name]] = Field(min_length=1, max_length=60, description="一组一组轮")
    turn: int = Field(1, ge=1, le=31, description="几天一轮")


@dataclass(frozen=True, slots=True)
class RosterBody:
    """班次: as ``body`` of a new roster takes them."""

    body: dict[str, Any]


@router.post(
    "/contracts/{slug:contract_id}/duty/rosters/preview",
    response=says(shape(RosterSeen)),
    summary="预览值班表",
)
def preview(request: HttpRequest, contract_id: ContractId, body: NewRoster) -> HttpResponse:
    """照这样排，四周里谁值班、哪里是空档、会因为什么被拒；什么也不写。"""
    seat = enter(request, contract_id, Right.ROSTER)
    begins = plausible(body.begins) or body.begins
    last = begins + timedelta(days=27)
    seen = actions.preview_roster(seat.contract_id, begins, body.body, last=last, by=seat)
    turns = tuple(_turn(one) for one in seen.turns)
    told = RosterSeen(turns, _gaps(seen.gaps), tuple(str(one) for one in seen.doubts), seen.short)
    return answer(told)


@router.post(
    "/contracts/{slug:contract_id}/duty/rosters/layout",
    response=says(shape(RosterBody)),
    summary="按轮换排出班次",
)
def layout(request: HttpRequest, contract_id: ContractId, body: NewPattern) -> HttpResponse:
    """三班倒、两班倒或工作时间班；什么也不写。"""
    enter(request, contract_id, Right.ROSTER)
    begins = plausible(body.begins) or body.begins
    return answer(RosterBody(actions.lay_out(body.pattern, begins, body.groups, turn=body.turn)))


@dataclass(frozen=True, slots=True)
class DutyDayView:
    """值班的一天: turns, gaps, missed calls, and how the log of the day stands."""

    day: date
    kind: str
    turns: tuple[TurnView, ...]
    gaps: tuple[GapView, ...]
    missed_calls: int
    log: str


def _turn(one: Turn) -> TurnView:
    kind = one.shift.shift_class.value
    return TurnView(
        *(one.day, one.shift.name, kind, one.begins, one.ends),
        *(one.people, one.planned, one.shift.heads),
    )


def _gaps(found: Iterable[Gap]) -> tuple[GapView, ...]:
    return tuple(GapView(one.begins, one.ends, one.because) for one in found)


@router.get(
    "/contracts/{slug:contract_id}/duty/days",
    response=says(page(DutyDayView)),
    summary="逐日的值班、空档、未接通的抽测和日志",
)
def days(request: HttpRequest, contract_id: ContractId, asked: Query[Days]) -> HttpResponse:
    """换班之间的空档也算。"""
    seat = enter(request, contract_id)
    first, last = asked.both
    found = queries.duty_days(seat.contract_id, first, last, clock.today())
    return listed(
        [
            DutyDayView(
                one.day,
                one.kind.value,
                tuple(_turn(turn) for turn in one.turns),
                _gaps(one.gaps),
                len(one.missed),
                one.log_state,
            )
            for one in found
        ]
    )


@dataclass(frozen=True, slots=True)
class LevelView:
    """升级: so many minutes later these people."""

    after: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NowView:
    """现在谁值班."""

    at: datetime
    turns: tuple[TurnView, ...]
    people: tuple[str, ...]
    substitutes: tuple[str, ...]
    levels: tuple[LevelView, ...]


@router.get(
    "/contracts/{slug:contract_id}/duty/now", response=says(shape(NowView)), summary="现在谁值班"
)
def now(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """没有人时 people 是空的：指派和升级按这个办。"""
    seat = enter(request, contract_id)
    there = queries.on_duty(seat.contract_id, clock.now())
    levels = tuple(LevelView(*one) for one in there.levels)
    turns = tuple(_turn(one) for one in there.turns)
    return answer(NowView(there.at, turns, there.people, there.substitutes, levels))


@dataclass(frozen=True, slots=True)
class HoursRow:
    """工时: minutes of one person by class of shift and kind of day."""

    person: str
    shift_class: str
    kind: str
    minutes: int


@router.get(
    "/contracts/{slug:contract_id}/duty/hours", response=says(page(HoursRow)), summary="值班工时"
)
def hours(request: HttpRequest, contract_id: ContractId, asked: Query[Days]) -> HttpResponse:
    """按人、班别、日子性质；跨午夜的班按午夜分开。"""
    seat = enter(request, contract_id, Right.EXPORT)
    found = queries.pay_hours(seat.contract_id, *asked.both)
    return listed(
        [HoursRow(one.person, one.shift_class.value, one.kind.value, one.minutes) for one in found]
    )


# ── swaps ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SwapRow:
    """换班: an empty ``taker`` is an absence without a substitute."""

    id: int
    day: date
    shift: str
    giver: str
    taker: str
    reason: str
    state: str
    asked_at: datetime
    answered_at: datetime | None
    answer: str


def _swap(row: DutySwap) -> SwapRow:
    return SwapRow(
        *(row.pk, row.day, row.shift, row.giver, row.taker, row.reason, row.state),
        *(row.asked_at, row.answered_at, row.answer),
    )


class NewSwap(Refusing):
    """申请换班."""

    day: date
    shift: str = Field(max_length=40)
    taker: Name
    reason: Note


class DutyAbsence(Refusing):
    """登记缺勤."""

    day: date
    shift: str = Field(max_length=40)
    person: Name
    substitute: str = Field("", max_length=150)
    reason: Note


class YesOrNo(Refusing):
    """答复."""

    agree: bool
    said: Note = ""


@router.get(
    "/contracts/{slug:contract_id}/duty/swaps", response=says(page(SwapRow)), summary="换班和缺勤"
)
def swaps(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """最近 200 条。"""
    seat = enter(request, contract_id)
    return listed([_swap(one) for one in queries.swaps(seat.contract_id)[:200]])


@router.post(
    "/contracts/{slug:contract_id}/duty/swaps",
    response=says(shape(SwapRow), 201),
    summary="申请换班",
)
def ask_swap(request: HttpRequest, contract_id: ContractId, body: NewSwap) -> HttpResponse:
    """自己的班换给别人；对方同意才生效。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    day = plausible(body.day) or body.day
    row = actions.ask_swap(
        seat.contract_id, day, body.shift, taker=body.taker, reason=body.reason, by=seat
    )
    return answer(_swap(row), 201)


@router.post(
    "/contracts/{slug:contract_id}/duty/swaps/{swap_id}/answer",
    response=says(shape(SwapRow)),
    summary="答复换班",
)
def answer_swap(
    request: HttpRequest, contract_id: ContractId, swap_id: RowNumber, body: YesOrNo
) -> HttpResponse:
    """只有被请的人能答复。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    try:
        row = actions.answer_swap(
            seat.contract_id, swap_id, agree=body.agree, said=body.said, by=seat
        )
    except DutySwap.DoesNotExist as error:
        raise Http404("没有等您答复的这个换班。") from error
    return answer(_swap(row))


@router.delete(
    "/contracts/{slug:contract_id}/duty/swaps/{swap_id}",
    response=says(None, 204),
    summary="撤回换班",
)
def withdraw_swap(
    request: HttpRequest, contract_id: ContractId, swap_id: RowNumber
) -> HttpResponse:
    """对方答复之前可以撤回。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    try:
        actions.withdraw_swap(seat.contract_id, swap_id, by=seat)
    except DutySwap.DoesNotExist as error:
        raise Http404("没有您申请的这个换班。") from error
    return HttpResponse(status=204)


@router.post(
    "/contracts/{slug:contract_id}/duty/absences",
    response=says(shape(SwapRow), 201),
    summary="登记缺勤",
)
def absent(request: HttpRequest, contract_id: ContractId, body: DutyAbsence) -> HttpResponse:
    """没有替班人的，成为空档。"""
    seat = enter(request, contract_id, Right.ROSTER)
    row = actions.mark_absent(
        seat.contract_id,
        plausible(body.day) or body.day,
        body.shift,
        person=body.person,
        substitute=body.substitute,
        reason=body.reason,
        by=seat,
    )
    return answer(_swap(row), 201)


# ── hand-overs ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """交接班."""

    id: int
    at: datetime
    shift: str
    giver: str
    notes: str
    tickets: list[str]
    taken_at: datetime | None
    taker: str
    remark: str


def _handover(row: DutyHandover) -> HandoverRow:
    return HandoverRow(
        *(row.pk, row.at, row.shift, row.giver_name, row.notes, row.tickets),
        *(row.taken_at, row.taker_name, row.remark),
    )


class Notes(Refusing):
    """写的话."""

    text: str = Field(max_length=20_000, pattern=r"^[^\x00]*$")


@router.get(
    "/contracts/{slug:contract_id}/duty/handovers",
    response=says(page(HandoverRow)),
    summary="交接班记录",
)
def handovers(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """最近 100 条。"""
    seat = enter(request, contract_id)
    return listed([_handover(one) for one in queries.handovers(seat.contract_id)[:100]])


@router.post(
    "/contracts/{slug:contract_id}/duty/handovers",
    response=says(shape(HandoverRow), 201),
    summary="交班",
)
def hand_over(request: HttpRequest, contract_id: ContractId, body: Notes) -> HttpResponse:
    """由当班的人写；未了的工单自动列上。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    return answer(_handover(actions.hand_over(seat.contract_id, body.text, by=seat)), 201)


@router.post(
    "/contracts/{slug:contract_id}/duty/handovers/{handover_id}/take",
    response=says(shape(HandoverRow)),
    summary="接班",
)
def take_over(
    request: HttpRequest, contract_id: ContractId, handover_id: RowNumber, body: Notes
) -> HttpResponse:
    """由另一个人接；可以写意见。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    try:
        row = actions.take_over(seat.contract_id, handover_id, remark=body.text, by=seat)
    except DutyHandover.DoesNotExist as error:
        raise Http404("没有这次交班。") from error
    return answer(_handover(row))


# ── calls and logs ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReachCallRow:
    """值守抽测: the number is shown by its last digits alone."""

    id: int
    at: datetime
    number: str
    post: str
    shift: str
    on_duty: list[str]
    outcome: str
    seconds: int | None
    said: str
    ticket: int | None
    by: str
    counts: bool


def _call(row: ReachTest) -> ReachCallRow:
    return ReachCallRow(
        *(row.pk, row.at, queries.masked(row.number), row.post, row.shift, row.on_duty),
        *(row.outcome, row.seconds, row.said),
        row.ticket.number if row.ticket else None,
        *(row.by_name, row.counts),
    )


class NewCall(Refusing):
    """一次抽测."""

    number: str = Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")
    post: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")
    outcome: CallOutcome
    at: AwareDatetime | None = None
    seconds: int | None = Field(None, ge=0, le=86_400)
    said: Note = ""
    ticket: Number | None = None
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


@router.get(
    "/contracts/{slug:contract_id}/duty/calls",
    response=says(page(ReachCallRow)),
    summary="值守抽测",
)
def calls(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """最近 200 次；乙方自己的抽测 counts 是 false。"""
    seat = enter(request, contract_id)
    return listed([_call(one) for one in queries.reach_tests(seat.contract_id)[:200]])


@router.post(
    "/contracts/{slug:contract_id}/duty/calls",
    response=says(shape(ReachCallRow), 201),
    summary="登记一次抽测",
)
def call(request: HttpRequest, contract_id: ContractId, body: NewCall) -> HttpResponse:
    """语音信箱不算接通。"""
    seat = enter(request, contract_id, Right.REACH)
    told = actions.ReachCall(
        body.number,
        body.post,
        body.outcome.value,
        body.at,
        body.seconds,
        body.said,
        tuple(body.evidence),
        body.ticket,
    )
    return answer(_call(actions.call_duty(seat.contract_id, told, by=seat)), 201)


@dataclass(frozen=True, slots=True)
class LogRow:
    """值守日志: ``late`` is by how many days."""

    day: date
    text: str
    late: int
    repeats: bool
    filed_at: datetime
    by: str
    fact: str


def _log(row: DutyLog) -> LogRow:
    return LogRow(row.day, row.text, row.late, row.repeats, row.filed_at, row.by_name, row.fact)


class NewLog(Notes):
    """一天的日志."""

    day: date
    repeats: bool = Field(default=False, description="与前一天一字不差，确认是这样")
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


@router.get(
    "/contracts/{slug:contract_id}/duty/logs", response=says(page(LogRow)), summary="值守日志"
)
def logs(request: HttpRequest, contract_id: ContractId, asked: Query[Days]) -> HttpResponse:
    """缺的日子看 duty/days。"""
    seat = enter(request, contract_id)
    return listed([_log(one) for one in queries.duty_logs(seat.contract_id, *asked.both)])


@router.post(
    "/contracts/{slug:contract_id}/duty/logs",
    response=says(shape(LogRow), 201),
    summary="记值守日志",
)
def file_log(request: HttpRequest, contract_id: ContractId, body: NewLog) -> HttpResponse:
    """一天一份，由当天值班的人记；迟了几天就是迟了几天。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    row = actions.file_duty_log(
        seat.contract_id,
        plausible(body.day) or body.day,
        body.text,
        evidence_files=body.evidence,
        repeats=body.repeats,
        by=seat,
    )
    return answer(_log(row), 201)
