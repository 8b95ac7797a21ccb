"""服务台渠道: what comes in by them, calls, what nobody answered, and what is made of it: taking, merging, splitting, writing back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import AwareDatetime, Field

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.api.asked import (
    After,
    ContractId,
    Digest,
    Name,
    Note,
    Number,
    Reason,
    Refusing,
    RowNumber,
    Text,
    Word,
    says,
)
from lvyue.api.gate import enter
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.helpdesk.actions import calling, channels, merging, replying, taking, trying
from lvyue.helpdesk.actions.calling import NewCall
from lvyue.helpdesk.actions.fetching import Fetched
from lvyue.helpdesk.actions.merging import Part
from lvyue.helpdesk.actions.opening import NewTicket
from lvyue.helpdesk.choices import CallDirection, DeskKind, IncomingState
from lvyue.helpdesk.queries import channels as queries
from lvyue.helpdesk.queries.callers import Caller, find_callers
from lvyue.helpdesk.queries.channels import Call, DeskChannel, Gap, Incoming, Ticket
from lvyue.helpdesk.queries.tickets import ticket as ticket_of
from lvyue.helpdesk.samples import hook_of
from lvyue.notices.queries.channels import masked
from lvyue.notices.veiling import veiled

router = Router(tags=["服务台渠道 Desk channels"])

TicketNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="工单号")]

_ROOT = "/contracts/{slug:contract_id}/desk"


@contextmanager
def _there(what: str) -> Iterator[None]:
    try:
        yield
    except ObjectDoesNotExist:
        raise Http404(f"没有这个{what}。") from None


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """渠道: as everybody on the contract may see it; ``says`` why a mailbox cannot be read."""

    id: int
    kind: str
    name: str
    address: str
    active: bool
    set_at: datetime
    checked_at: datetime | None
    down_since: datetime | None
    says: str


def _channel(one: DeskChannel) -> ChannelRow:
    return ChannelRow(
        one.pk,
        one.kind,
        one.name,
        one.address,
        one.active,
        one.set_at,
        one.checked_at,
        one.down_since,
        one.says,
    )


class ChangedDeskChannel(Refusing):
    """更改渠道: an empty secret leaves the one that there is."""

    name: Name
    address: Word = ""
    settings: dict[Word, Text] = Field(default_factory=dict)
    secret: Text = ""


class NewDeskChannel(ChangedDeskChannel):
    """设置渠道."""

    kind: DeskKind


class DeskSwitch(Refusing):
    """启用或停用."""

    on: bool
    reason: Reason


@router.get(f"{_ROOT}/channels", response=says(page(ChannelRow)), summary="服务台渠道")
def desk_channels(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """用户可以从哪里找到服务台；不含设置和密钥。"""
    seat = enter(request, contract_id)
    return listed([_channel(one) for one in queries.channels(seat.contract_id)])


@router.post(f"{_ROOT}/channels", response=says(shape(ChannelRow), 201), summary="设置服务台渠道")
def set_up(request: HttpRequest, contract_id: ContractId, body: NewDeskChannel) -> HttpResponse:
    """密钥封存，不再显示。信箱里原有的信不收。"""
    seat = enter(request, contract_id, Right.DESK_CHANNELS)
    made = channels.set_up_channel(
        body.kind, body.name, body.address, body.settings, body.secret, by=seat
    )
    return answer(_channel(made), 201)


@router.put(
    f"{_ROOT}/channels/{{channel_id}}", response=says(shape(ChannelRow)), summary="更改服务台渠道"
)
def change(
    request: HttpRequest, contract_id: ContractId, channel_id: RowNumber, body: ChangedDeskChannel
) -> HttpResponse:
    """密钥留空的不变。"""
    seat = enter(request, contract_id, Right.DESK_CHANNELS)
    with _there("渠道"):
        made = channels.change_channel(
            channel_id, body.name, body.address, body.settings, body.secret, by=seat
        )
    return answer(_channel(made))


@router.post(
    f"{_ROOT}/channels/{{channel_id}}/switch",
    response=says(shape(ChannelRow)),
    summary="启用或停用服务台渠道",
)
def switch(
    request: HttpRequest, contract_id: ContractId, channel_id: RowNumber, body: DeskSwitch
) -> HttpResponse:
    """写明理由。"""
    seat = enter(request, contract_id, Right.DESK_CHANNELS)
    with _there("渠道"):
        made = channels.switch_channel(channel_id, on=body.on, reason=body.reason, by=seat)
    return answer(_channel(made))


@dataclass(frozen=True, slots=True)
class TrialRead:
    """读出来的一项: of a sample."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TriedChannel:
    """试通的结果: whether it held, and in ``says`` what came of it; for a mailbox how many letters were new, known and older.

    ``read`` is what was read of a sample, ``how`` says how to prove the other half, and ``request`` is a signed request for it,
    good for five minutes and once.
    """

    ok: bool
    says: str
    fresh: int
    known: int
    older: int
    read: tuple[TrialRead, ...]
    how: str
    request: str


@router.post(
    f"{_ROOT}/channels/{{channel_id}}/trial",
    response=says(shape(TriedChannel)),
    summary="试通一个渠道",
)
def try_out(request: HttpRequest, contract_id: ContractId, channel_id: RowNumber) -> HttpResponse:
    """信箱现在就收；由对方送来的，签名一条样例走完收件的全程，不开工单；告警规则说会开成什么。没有可试的说明怎样核对。"""
    seat = enter(request, contract_id, Right.DESK_CHANNELS)
    with _there("渠道"):
        told = trying.try_channel(channel_id, by=seat)
    home = settings.ADDRESS or request.build_absolute_uri("/").rstrip("/")
    mail = told.fetched or Fetched()
    return answer(
        TriedChannel(
            *(told.ok, told.says, mail.fresh, mail.known, mail.older),
            tuple(TrialRead(*one) for one in told.read),
            told.how,
            told.sample.command(hook_of(home, channel_id)) if told.sample is not None else "",
        )
    )


# ── what came in ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """来件: who wrote from where, what it became, and why."""

    id: int
    channel: str
    kind: str
    sender: str
    address: str
    subject: str
    received_at: datetime
    recorded_at: datetime
    state: str
    reason: str
    ticket: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncomingDetail:
    """一个来件: with its text, and its files by their hashes; ``raw`` is the thing itself."""

    row: IncomingRow
    text: str
    raw: str
    files: tuple[dict[str, str], ...]


def _incoming(one: Incoming) -> IncomingRow:
    return IncomingRow(
        one.pk,
        one.channel.name,
        one.channel.kind,
        one.sender,
        one.address,
        one.subject,
        one.received_at,
        one.recorded_at,
        one.state,
        one.reason,
        one.ticket.name if one.ticket is not None else "",
        tuple(one.warnings),
    )


class AskedIncoming(After):
    """哪些来件."""

    state: IncomingState | None = Field(None, description="状态")


@router.get(f"{_ROOT}/incoming", response=says(page(IncomingRow)), summary="来件")
def incoming(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedIncoming]
) -> HttpResponse:
    """最近的在前；给处理工单的人和甲方负责人看，别人看到的是空的。"""
    seat = enter(request, contract_id)
    state = asked.state.value if asked.state else ""
    found = [*queries.incoming(seat, state=state, before=asked.index)[: asked.limit + 1]]
    more = found[asked.limit - 1].pk if len(found) > asked.limit else None
    return listed([_incoming(one) for one in found[: asked.limit]], more)


@router.get(
    f"{_ROOT}/incoming/{{incoming_id}}", response=says(shape(IncomingDetail)), summary="一个来件"
)
def one_incoming(
    request: HttpRequest, contract_id: ContractId, incoming_id: RowNumber
) -> HttpResponse:
    """连同内容和附件的散列。"""
    seat = enter(request, contract_id)
    one = queries.incoming(seat).filter(pk=incoming_id).first()
    if one is None:
        raise Http404("没有这个来件。")
    return answer(IncomingDetail(_incoming(one), one.text, one.raw, tuple(one.files)))


@dataclass(frozen=True, slots=True)
class TicketMade:
    """工单: its number, name and state."""

    number: int
    name: str
    state: str
    opened_at: datetime


def _made(one: Ticket) -> TicketMade:
    return TicketMade(one.number, one.name, one.state, one.opened_at)


class TakenUp(Refusing):
    """开成哪种工单."""

    kind: Word
    title: Annotated[Text, Field(max_length=200)] = ""


class Joined(Refusing):
    """并入哪张工单."""

    ticket: Number


@router.post(
    f"{_ROOT}/incoming/{{incoming_id}}/ticket",
    response=says(shape(TicketMade), 201),
    summary="来件开成工单",
)
def open_incoming(
    request: HttpRequest, contract_id: ContractId, incoming_id: RowNumber, body: TakenUp
) -> HttpResponse:
    """时钟从收到时起算。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("来件"):
        ticket = taking.open_incoming(seat.contract_id, incoming_id, body.kind, body.title, by=seat)
    return answer(_made(ticket), 201)


@router.post(
    f"{_ROOT}/incoming/{{incoming_id}}/join",
    response=says(shape(TicketMade)),
    summary="来件并入工单",
)
def join_incoming(
    request: HttpRequest, contract_id: ContractId, incoming_id: RowNumber, body: Joined
) -> HttpResponse:
    """成为工单里的一条消息。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("来件或工单"):
        ticket = taking.join_incoming(seat.contract_id, incoming_id, body.ticket, by=seat)
    return answer(_made(ticket))


class WhyNot(Refusing):
    """为什么不处理."""

    reason: Reason


@router.post(
    f"{_ROOT}/incoming/{{incoming_id}}/ignore",
    response=says(shape(IncomingRow)),
    summary="不处理来件",
)
def ignore_incoming(
    request: HttpRequest, contract_id: ContractId, incoming_id: RowNumber, body: WhyNot
) -> HttpResponse:
    """写明理由；仍可查看。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("来件"):
        row = taking.ignore_incoming(seat.contract_id, incoming_id, reason=body.reason, by=seat)
    return answer(_incoming(row))


class NewFax(Refusing):
    """传真: which line, from where, when it was printed, and its scan."""

    channel: Number
    number: Word = ""
    received_at: AwareDatetime
    evidence: Digest
    text: Note = ""


@router.post(f"{_ROOT}/faxes", response=says(shape(IncomingRow), 201), summary="登记传真")
def note_fax(request: HttpRequest, contract_id: ContractId, body: NewFax) -> HttpResponse:
    """扫描件先存为附件；登记后等开工单。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("传真渠道"):
        row = taking.note_fax(
            seat.contract_id,
            body.channel,
            number=body.number,
            received_at=body.received_at,
            evidence=body.evidence,
            text=body.text,
            by=seat,
        )
    return answer(_incoming(row), 201)


# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CallRow:
    """通话: the number veiled; ``answered_at`` null: nobody answered."""

    id: int
    direction: str
    number: str
    caller: str
    listed: bool
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    answered_by: str
    test: bool
    note: str
    operation: str
    verified_at: datetime | None
    verified_how: str
    ticket: str


def _call(one: Call) -> CallRow:
    return CallRow(
        one.pk,
        one.direction,
        veiled("phone", one.number),
        one.caller,
        one.listed,
        one.began_at,
        one.answered_at,
        one.ended_at,
        one.answered_name,
        one.test,
        one.note,
        one.operation,
        one.verified_at,
        one.verified_how,
        one.ticket.name if one.ticket is not None else "",
    )


class NewDeskTicket(Refusing):
    """由通话新开的工单."""

    kind: Word
    title: Name
    body: Note = ""
    values: dict[Word, Word] = Field(default_factory=dict)


class NewDeskCall(Refusing):
    """通话; ``ticket`` or ``new``, or neither."""

    number: Word = ""
    caller: Word = ""
    ref: Word = Field("", description="来电人，照抄 callers 给出的 ref")
    direction: CallDirection = CallDirection.IN
    began_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    channel: Number | None = None
    note: Note = ""
    ticket: Number | None = None
    new: NewDeskTicket | None = None
    operation: Word = Field("", description="来电要求对系统做的操作，例如重启")
    test: bool = Field(False, description="拨测")  # noqa: FBT003  a field, not an argument
    evidence: list[Digest] = Field(default_factory=list, max_length=20)


class MissedCall(Refusing):
    """未接来电."""

    number: Word = ""
    began_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    channel: Number | None = None
    test: bool = False


@router.get(f"{_ROOT}/calls", response=says(page(CallRow)), summary="通话记录")
def calls(request: HttpRequest, contract_id: ContractId, asked: Query[After]) -> HttpResponse:
    """最近登记的在前；给处理工单的人和甲方负责人看，别人看到的是空的。"""
    seat = enter(request, contract_id)
    rows = queries.calls_for(seat).order_by("-id")
    if asked.index is not None:
        rows = rows.filter(pk__lt=asked.index)
    found = [*rows[: asked.limit + 1]]
    more = found[asked.limit - 1].pk if len(found) > asked.limit else None
    return listed([_call(one) for one in found[: asked.limit]], more)


@router.post(f"{_ROOT}/calls", response=says(shape(CallRow), 201), summary="登记通话")
def take_call(request: HttpRequest, contract_id: ContractId, body: NewDeskCall) -> HttpResponse:
    """由接听的人登记；新开的工单从振铃起算，接听即为由人响应。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    told = body.model_dump(exclude={"new", "evidence"})
    new = None if body.new is None else NewTicket(**body.new.model_dump())
    with _there("工单或电话渠道"):
        call = NewCall(**told, new=new, evidence=tuple(body.evidence))
        row = calling.take_call(seat.contract_id, call, by=seat)
    return answer(_call(row), 201)


@router.post(f"{_ROOT}/calls/missed", response=says(shape(CallRow), 201), summary="登记未接来电")
def note_missed(request: HttpRequest, contract_id: ContractId, body: MissedCall) -> HttpResponse:
    """语音信箱不算接听。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("电话渠道"):
        row = calling.note_missed_call(seat.contract_id, **body.model_dump(), by=seat)
    return answer(_call(row), 201)


class AskedCallers(Refusing):
    """找谁."""

    q: Word = Field(description="姓名、部门或号码末几位，至少两个字")


@router.get(f"{_ROOT}/callers", response=says(page(Caller)), summary="边输入边找来电人")
def callers(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedCallers]
) -> HttpResponse:
    """这份合同的人员和联系方式；号码遮盖。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    return listed([*find_callers(seat, asked.q, clock.today())])


class AskedGaps(Refusing):
    """哪一段时间; by default the last thirty days."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.get(f"{_ROOT}/gaps", response=says(page(Gap)), summary="无人应答")
def gaps(request: HttpRequest, contract_id: ContractId, asked: Query[AskedGaps]) -> HttpResponse:
    """没有人接的来电，和还没有人开工单的来件；双方都看得到。"""
    seat = enter(request, contract_id)
    until = asked.until or clock.now()
    since = asked.since or until - timedelta(days=30)
    return listed([*queries.gaps(seat.contract_id, since, until)])


# ── one matter, two matters, and writing back ────────────────────────────────────────────────────────────────────


class Merged(Refusing):
    """把哪张工单并进来."""

    lose: Number
    reason: Reason


class SplitOff(Refusing):
    """拆出什么."""

    kind: Word
    title: Name
    body: Note = ""
    values: dict[Word, Word] = Field(default_factory=dict)
    evidence: list[Digest] = Field(default_factory=list, max_length=20)
    reason: Reason


class Letter(Refusing):
    """复信."""

    text: Annotated[Text, Field(min_length=1, max_length=20_000)]


@dataclass(frozen=True, slots=True)
class LetterSent:
    """去件: the address veiled."""

    message_id: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TwinRow:
    """可能重复的工单."""

    ticket: TicketMade
    title: str
    because: tuple[str, ...]


@router.get(
    f"{_ROOT}/tickets/{{number}}/twins", response=says(page(TwinRow)), summary="可能是同一件事"
)
def twins(request: HttpRequest, contract_id: ContractId, number: TicketNumber) -> HttpResponse:
    """同一报单人、联系方式、设备或系统，前后四小时之内；只提示，由人决定。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    found = queries.twins(seat, _ticket(seat, number))
    return listed([TwinRow(_made(one.ticket), one.ticket.title, one.because) for one in found])


@router.post(
    f"{_ROOT}/tickets/{{number}}/merge", response=says(shape(TicketMade)), summary="合并工单"
)
def merge(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: Merged
) -> HttpResponse:
    """留下地址里的一张，从两张中先受理的时间起算。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("工单"):
        kept = merging.merge_tickets(
            seat.contract_id, number, body.lose, reason=body.reason, by=seat
        )
    return answer(_made(kept))


@router.post(
    f"{_ROOT}/tickets/{{number}}/split", response=says(shape(TicketMade), 201), summary="拆分工单"
)
def split(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: SplitOff
) -> HttpResponse:
    """拆出的一张照原单的受理时间起算。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    told: dict[str, Any] = body.model_dump(exclude={"reason", "evidence"})
    with _there("工单"):
        part = Part(**told, evidence=tuple(body.evidence))
        made = merging.split_ticket(seat.contract_id, number, part, reason=body.reason, by=seat)
    return answer(_made(made), 201)


@router.post(
    f"{_ROOT}/tickets/{{number}}/letters", response=says(shape(LetterSent), 201), summary="复信"
)
def reply(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: Letter
) -> HttpResponse:
    """寄给最后来信的人；第一封就是由人响应。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    with _there("工单"):
        sent = replying.reply_by_mail(seat.contract_id, number, body.text, by=seat)
    return answer(LetterSent(sent.message_id, masked(sent.address), sent.at), 201)


def _ticket(seat: Seat, number: int) -> Ticket:
    found = ticket_of(seat, number)
    if found is None:
        raise Http404("没有这张工单。")
    return found
