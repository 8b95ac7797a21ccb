"""远程作业: asked for, allowed, opened once, ended; and whose each system is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import AwareDatetime, Field

from lvyue.accounts.permissions import Right, Seat
from lvyue.api.asked import (
    ContractId,
    Digest,
    Name,
    Note,
    Number,
    Reason,
    Refusing,
    RowNumber,
    Word,
    says,
)
from lvyue.api.gate import enter
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.helpdesk.actions import remote as actions
from lvyue.helpdesk.actions.verifying import Identity, verify_identity
from lvyue.helpdesk.choices import Proof
from lvyue.helpdesk.queries import remote as queries
from lvyue.helpdesk.queries.remote import RemoteAttempt, RemotePermission
from lvyue.helpdesk.queries.tickets import ticket as ticket_for

router = Router(tags=["远程作业 Remote work"])

TicketNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="工单号")]


def seen(seat: Seat, number: int) -> int:
    """The number of a ticket that this person may see; 404 for any other."""
    if ticket_for(seat, number, queries.department_of(seat.username)) is None:
        raise Http404(f"没有 {number} 号工单。")
    return number


def _seen(seat: Seat, permission_id: int) -> int:
    """The number of a permission that this person may see; 404 for any other."""
    if queries.permission(seat, permission_id) is None:
        raise Http404("没有这个许可。")
    return permission_id


@dataclass(frozen=True, slots=True)
class RemoteRow:
    """远程许可: one person, one system, one purpose, until one moment."""

    id: int
    ticket: int
    person: str
    system: str
    scope: str
    begins: datetime
    expires: datetime
    state: str
    allowed_by: str
    answer: str
    opened_at: datetime | None
    ended_at: datetime | None
    expired: bool
    result: str
    recording: list[str]


def _row(one: RemotePermission) -> RemoteRow:
    return RemoteRow(
        *(one.pk, one.ticket.number, one.person, one.system, one.scope, one.begins, one.expires),
        *(one.state, one.answered_name, one.answer, one.opened_at, one.ended_at, one.expired),
        *(one.result, one.recording),
    )


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """被拒的远程登录."""

    id: int
    ticket: int
    person: str
    system: str
    at: datetime
    why: str


def _attempt(one: RemoteAttempt) -> AttemptRow:
    return AttemptRow(one.pk, one.ticket.number, one.person, one.system, one.at, one.why)


@router.get(
    "/contracts/{slug:contract_id}/remote", response=says(page(RemoteRow)), summary="远程许可"
)
def permissions(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """最近 200 个。"""
    seat = enter(request, contract_id)
    return listed([_row(one) for one in queries.permissions(seat)[:200]])


@router.get(
    "/contracts/{slug:contract_id}/remote/attempts",
    response=says(page(AttemptRow)),
    summary="被拒的远程登录",
)
def attempts(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """最近 200 次；没有许可的都在这里。"""
    seat = enter(request, contract_id)
    return listed([_attempt(one) for one in queries.attempts(seat)[:200]])


class NewRemote(Refusing):
    """远程申请."""

    person: Name
    system: Name
    scope: Reason
    begins: AwareDatetime
    expires: AwareDatetime


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/remote",
    response=says(shape(RemoteRow), 201),
    summary="申请远程许可",
)
def ask(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: NewRemote
) -> HttpResponse:
    """一个人、一个系统、一件事、几个小时；没有长期有效的许可。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    wanted = actions.RemoteRequest(body.person, body.system, body.scope, body.begins, body.expires)
    row = actions.ask_remote(seat.contract_id, seen(seat, number), wanted, by=seat)
    return answer(_row(row), 201)


class Answer(Refusing):
    """答复."""

    agree: bool
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/remote/{permission_id}/answer",
    response=says(shape(RemoteRow)),
    summary="许可或不许可",
)
def allow(
    request: HttpRequest, contract_id: ContractId, permission_id: RowNumber, body: Answer
) -> HttpResponse:
    """由甲方项目负责人，或系统所属部门的人。"""
    seat = enter(request, contract_id, Right.TICKET_CONFIRM)
    row = actions.answer_remote(
        seat.contract_id, _seen(seat, permission_id), agree=body.agree, said=body.said, by=seat
    )
    return answer(_row(row))


class Said(Refusing):
    """理由."""

    reason: Reason


@router.post(
    "/contracts/{slug:contract_id}/remote/{permission_id}/revocation",
    response=says(shape(RemoteRow)),
    summary="收回许可",
)
def revoke(
    request: HttpRequest, contract_id: ContractId, permission_id: RowNumber, body: Said
) -> HttpResponse:
    """作业中的立即结束。"""
    seat = enter(request, contract_id, Right.TICKET_CONFIRM)
    row = actions.revoke_remote(
        seat.contract_id, _seen(seat, permission_id), said=body.reason, by=seat
    )
    return answer(_row(row))


class IdentityCheck(Refusing):
    """身份核对; ``contact`` is the contact of the contract that was called back or written to, ``username`` who confirmed."""

    whom: Name
    method: Proof
    passed: bool
    operation: Word = ""
    note: Note = ""
    contact: Number | None = None
    username: Word = ""

    @property
    def identity(self) -> Identity:
        return Identity(**self.model_dump(include={one.name for one in fields(Identity)}))


class IdentityOnTicket(IdentityCheck):
    """在工单上核实身份."""

    call: Number | None = Field(None, description="哪一次通话；不填是最早等着核实的那一次")


class Opening(IdentityCheck):
    """开始远程作业."""

    system: Name


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/remote/sessions",
    response=says(shape(RemoteRow), 201),
    summary="开始远程作业",
)
def start(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: Opening
) -> HttpResponse:
    """没有有效的许可就拒绝，并记录在案。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    found = seen(seat, number)
    row = actions.open_session(seat.contract_id, found, body.system, body.identity, by=seat)
    return answer(_row(row), 201)


@dataclass(frozen=True, slots=True)
class Checked:
    """身份核对已记下: on which ticket."""

    ticket: int
    passed: bool


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/identity-checks",
    response=says(shape(Checked), 201),
    summary="核实身份",
)
def identify(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: IdentityOnTicket
) -> HttpResponse:
    """重启等操作之前先核实是谁要求的：回拨、发信要用事前合同就登记的联系方式，知道内情不算；没有通过的也记下。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    found = seen(seat, number)
    try:
        verify_identity(seat.contract_id, found, body.identity, call=body.call, by=seat)
    except ObjectDoesNotExist as error:
        raise Http404("这张工单没有这次通话。") from error
    return answer(Checked(number, body.passed), 201)


class Command(Refusing):
    """一条命令."""

    at: AwareDatetime
    text: str = Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")


class Commands(Refusing):
    """作业中的命令."""

    commands: list[Command] = Field(min_length=1, max_length=500)


@dataclass(frozen=True, slots=True)
class Written:
    """记下了几条."""

    commands: int


@router.post(
    "/contracts/{slug:contract_id}/remote/{permission_id}/commands",
    response=says(shape(Written), 201),
    summary="记下命令",
)
def commands(
    request: HttpRequest, contract_id: ContractId, permission_id: RowNumber, body: Commands
) -> HttpResponse:
    """由作业的人在作业期间记；到期之后不再收。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    told = [(one.at, one.text) for one in body.commands]
    count = actions.log_commands(seat.contract_id, _seen(seat, permission_id), told, by=seat)
    return answer(Written(count), 201)


class Ending(Refusing):
    """结束远程作业."""

    result: Reason
    recording: list[Digest] = Field(default_factory=list, max_length=20)


@router.post(
    "/contracts/{slug:contract_id}/remote/{permission_id}/end",
    response=says(shape(RemoteRow)),
    summary="结束远程作业",
)
def end(
    request: HttpRequest, contract_id: ContractId, permission_id: RowNumber, body: Ending
) -> HttpResponse:
    """写明结果，附录像或命令文件。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    row = actions.end_session(
        seat.contract_id,
        _seen(seat, permission_id),
        result=body.result,
        recording=tuple(body.recording),
        by=seat,
    )
    return answer(_row(row))


@router.post(
    "/contracts/{slug:contract_id}/remote/attempts/{attempt_id}/breach",
    response=says(shape(AttemptRow)),
    summary="认定违反",
)
def breach(
    request: HttpRequest, contract_id: ContractId, attempt_id: RowNumber, body: Said
) -> HttpResponse:
    """只有甲方能认定；合同没有这条约定的不能。"""
    seat = enter(request, contract_id, Right.TICKET_APPROVE)
    try:
        row = actions.record_breach(seat.contract_id, attempt_id, said=body.reason, by=seat)
    except RemoteAttempt.DoesNotExist as error:
        raise Http404("没有这次记录。") from error
    return answer(_attempt(row))


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """系统归属."""

    system: str
    department: str


@router.get(
    "/contracts/{slug:contract_id}/system-owners",
    response=says(page(OwnerRow)),
    summary="系统归哪个部门",
)
def owners(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """没有列上的系统，只有甲方项目负责人能许可远程作业。"""
    seat = enter(request, contract_id)
    return listed([OwnerRow(*one) for one in sorted(queries.owners(seat.contract_id).items())])


class NewSystemOwner(Refusing):
    """登记系统归属."""

    system: Name
    department: str = Field(max_length=200, pattern=r"^[^\x00]*$")


@router.post(
    "/contracts/{slug:contract_id}/system-owners",
    response=says(shape(OwnerRow), 201),
    summary="登记系统归属",
)
def set_owner(request: HttpRequest, contract_id: ContractId, body: NewSystemOwner) -> HttpResponse:
    """部门为空，就是收回给甲方。"""
    seat = enter(request, contract_id, Right.TICKET_APPROVE)
    row = actions.set_owner(seat.contract_id, body.system, body.department, by=seat)
    return answer(OwnerRow(row.system, row.department), 201)
