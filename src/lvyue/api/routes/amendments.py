"""补充协议: what one side proposes and both must sign before it changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts.permissions import Right, Ruling, Seat
from lvyue.accounts.queries import AuditRow
from lvyue.api.asked import (
    AmendmentNumber,
    ContractId,
    Note,
    Number,
    Refusing,
    Text,
    Why,
    plausible,
    says,
)
from lvyue.api.documents import DifferenceDocument
from lvyue.api.gate import enter
from lvyue.api.habits import Listing, Short, unless_changed
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.contracts.actions import AmendmentText
from lvyue.contracts.choices import AmendmentKind, AmendmentState
from lvyue.contracts.queries import Amendment, amendment
from lvyue.contracts.signing import may_see
from lvyue.core.doubts import Doubt
from lvyue.library.changes import Difference as Change
from lvyue.library.changes import contract_fields, fields_of, parameter_fields
from lvyue.obligations.actions import amending
from lvyue.obligations.ground import ground_of
from lvyue.obligations.supplement import (
    AmendmentRow,
    Outdated,
    Signature,
    amendment_rows,
    amendment_sheet,
)

router = Router(tags=["补充协议 Amendments"])


@dataclass(frozen=True, slots=True)
class StepHere:
    """可走的一步, and whether the caller may take it."""

    step: str
    zh: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AmendmentWhole:
    """补充协议: all of it, what it changes in words, and, as ``effect``, in findings and fen on a day.

    ``problems`` stand in the way of proposing and signing. ``version`` counts the edits: whoever edits, proposes or signs
    names the one that they have read.
    """

    number: int
    kind: AmendmentKind
    state: AmendmentState
    version: int
    title: str
    reason: str
    paper: str
    effective: date | None
    payload: dict[str, Any]
    side: str
    drafted_by: str
    drafted_at: datetime
    proposed_by: str
    proposed_at: datetime | None
    signatures: tuple[Signature, ...]
    closed_reason: str
    fact: str
    release: int | None
    listed: tuple[str, ...]
    changes: tuple[Change, ...]
    problems: tuple[Doubt, ...]
    outdated: Outdated | None
    steps: tuple[StepHere, ...]
    editing: Ruling
    waits: str
    history: tuple[AuditRow, ...]
    as_of: date
    effect: DifferenceDocument | None
    unreckoned: tuple[Doubt, ...]
    backwards: int


@dataclass(frozen=True, slots=True)
class Alterable:
    """可变更的字段: what it is called in a release, in Chinese, how its value is written, and what it says now."""

    field: str
    zh: str
    writes: str
    blank: bool
    now: str


def _whole(row: Amendment, seat: Seat, as_of: date) -> dict[str, Any]:
    sheet = amendment_sheet(row, seat, as_of, clock.today())
    return {
        **_written(row),
        "signatures": sheet.signatures,
        "listed": sheet.listed,
        "changes": sheet.changes,
        "problems": sheet.problems,
        "outdated": sheet.outdated,
        "steps": [
            StepHere(one.step.name, one.step.zh, one.ruling.allowed, one.ruling.reason)
            for one in sheet.steps
        ],
        "editing": sheet.editing,
        "waits": sheet.waits,
        "history": sheet.history,
        "as_of": sheet.as_of,
        "effect": None if sheet.effect is None else sheet.effect.as_json(),
        "unreckoned": sheet.unreckoned,
        "backwards": sheet.backwards,
    }


def _written(row: Amendment) -> dict[str, Any]:
    names = ("number", "kind", "state", "version", "title", "reason", "paper", "effective")
    more = ("payload", "side", "drafted_by", "drafted_at", "proposed_by", "proposed_at")
    told = {name: getattr(row, name) for name in (*names, *more, "closed_reason", "fact")}
    return {**told, "release": row.release.sequence if row.release is not None else None}


def _row(seat: Seat, number: int) -> Amendment:
    """An amendment that the caller may see; the draft of the other side is not there."""
    row = amendment(seat.contract_id, number)
    if row is None or not may_see(row, seat):
        raise Http404(f"没有补充协议第{number}号。")
    return row


def _read(request: HttpRequest, seat: Seat, number: int) -> None:
    """That the caller may see the amendment, and has read it as it is now if If-Match says what was read."""
    _row(seat, number)
    unless_changed(request, lambda: _told(seat, number))


def _told(seat: Seat, number: int, status: int = 200) -> HttpResponse:
    at = f"/api/v1/contracts/{seat.contract_id}/amendments/{number}"
    told = _whole(_row(seat, number), seat, clock.today())
    return answer(told, status, Location=at) if status == 201 else answer(told, status)  # noqa: PLR2004  made


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────


#: The columns of a list of amendments.
AMENDMENTS = Listing.of(AmendmentRow, "number", words={"state": AmendmentState.values})


@router.get(
    "/contracts/{slug:contract_id}/amendments",
    response=says(page(AmendmentRow)),
    summary="补充协议",
)
@AMENDMENTS.described
def amendments(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """最近的在前；waits 说轮到谁，mine 说是不是轮到您。对方的草稿看不到。"""
    seat = enter(request, contract_id)
    return AMENDMENTS.among(request, asked, amendment_rows(seat.contract_id, seat, ""))


class AskedDay(Refusing):
    """哪一天."""

    as_of: date | None = Field(None, description="按哪一天看影响，缺省为今天")


@router.get(
    "/contracts/{slug:contract_id}/amendments/{number}",
    response=says(shape(AmendmentWhole)),
    summary="一份补充协议",
)
def whole(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber, asked: Query[AskedDay]
) -> HttpResponse:
    """文字、变更、双方签署、经过，以及某一天结论和金额会有什么不同。"""
    seat = enter(request, contract_id)
    row = _row(seat, number)
    return answer(_whole(row, seat, plausible(asked.as_of) or clock.today()))


class AskedTarget(Refusing):
    """改什么."""

    term: str | None = Field(None, pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="约定编号")
    parameter: str | None = Field(None, pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="参数编号")


@router.get(
    "/contracts/{slug:contract_id}/alterable",
    response=says(page(Alterable)),
    summary="可变更的字段",
)
def alterable(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedTarget]
) -> HttpResponse:
    """一条约定、一个参数或合同本身的字段及现值，写进 payload.alterations 的 field 和 value。"""
    seat = enter(request, contract_id)
    ground = ground_of(seat.contract_id)
    raw = dict(ground.raw)
    if asked.term is not None:
        if asked.term not in {one.id for one in ground.release.terms}:
            raise Http404(f"合同 {contract_id} 没有编号为“{asked.term}”的约定。")
        found = fields_of(raw, asked.term)
    elif asked.parameter is not None:
        if asked.parameter not in {one.id for one in ground.release.parameters}:
            raise Http404(f"合同 {contract_id} 没有编号为“{asked.parameter}”的参数。")
        found = parameter_fields(raw, asked.parameter)
    else:
        found = contract_fields(raw)
    return listed([Alterable(one.name, one.zh, one.kind.zh, one.blank, one.shown) for one in found])


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Words(Refusing):
    """补充协议的文字; what is missing is told before it is proposed."""

    title: Text = Field("", max_length=400, description="名称")
    reason: Note = Field("", description="理由")
    paper: Text = Field("", max_length=400, description="双方签署的文书编号")
    effective: date | None = Field(None, description="从哪一天起生效")
    payload: dict[str, Any] = Field(
        default_factory=dict,
        description="变更内容，按种类：parameter {parameter, value}；doubt {doubt, reading}；"
        "together {kind, subject}；terms {alterations: [{op, …}]}",
        examples=[{"parameter": "some-parameter", "value": "97"}],
    )

    @property
    def text(self) -> AmendmentText:
        day = plausible(self.effective)
        return AmendmentText(self.title, self.reason, self.paper, day, self.payload)


class NewAmendment(Words):
    """起草."""

    kind: AmendmentKind = Field(description="种类")


@router.post(
    "/contracts/{slug:contract_id}/amendments",
    response=says(shape(AmendmentWhole), 201),
    summary="起草补充协议",
)
def draft(request: HttpRequest, contract_id: ContractId, body: NewAmendment) -> HttpResponse:
    """草稿只有本方看得到，对谁都没有约束。"""
    seat = enter(request, contract_id, Right.PROPOSE)
    row = amending.draft(body.kind, body.text, by=seat)
    return _told(seat, row.number, 201)


class Edited(Words):
    """改动; ``version`` is the one that was read."""

    version: Number


@router.put(
    "/contracts/{slug:contract_id}/amendments/{number}",
    response=says(shape(AmendmentWhole)),
    summary="改动补充协议",
)
def edit(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber, body: Edited
) -> HttpResponse:
    """双方都签署之前可以改；已有的签署随之作废。别人先改了，得到 409，并附上现在的一稿。"""
    seat = enter(request, contract_id, Right.PROPOSE)
    _read(request, seat, number)
    amending.edit(number, body.version, body.text, by=seat)
    return _told(seat, number)


class Read(Refusing):
    """看过的一稿."""

    version: Number = Field(description="看过的是第几稿")


class Propose(Read):
    """提出."""

    sign_too: bool = Field(default=False, description="同时代表本方签署")


@router.post(
    "/contracts/{slug:contract_id}/amendments/{number}/rebase",
    response=says(shape(AmendmentWhole)),
    summary="改以新版本为底",
)
def rebase(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber, body: Read
) -> HttpResponse:
    """起草之后合同有了新版本的，同样的变更改在新版本上，再看一遍。"""
    seat = enter(request, contract_id, Right.PROPOSE)
    _read(request, seat, number)
    amending.rebase(number, body.version, by=seat)
    return _told(seat, number)


@router.post(
    "/contracts/{slug:contract_id}/amendments/{number}/propose",
    response=says(shape(AmendmentWhole)),
    summary="提出补充协议",
)
def propose(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber, body: Propose
) -> HttpResponse:
    """从此对方看得到；sign_too 就是本方的第一个签署。"""
    seat = enter(request, contract_id, Right.PROPOSE)
    _read(request, seat, number)
    amending.propose(number, body.version, by=seat, sign_too=body.sign_too)
    return _told(seat, number)


@router.post(
    "/contracts/{slug:contract_id}/amendments/{number}/sign",
    response=says(shape(AmendmentWhole)),
    summary="签署补充协议",
)
def sign(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber, body: Read
) -> HttpResponse:
    """一方签署没有任何效力；双方都签署，才登记事实或开启新的版本，此后不能再改。"""
    seat = enter(request, contract_id, Right.SIGN)
    _read(request, seat, number)
    amending.sign(number, body.version, by=seat)
    return _told(seat, number)


@router.post(
    "/contracts/{slug:contract_id}/amendments/{number}/refuse",
    response=says(shape(AmendmentWhole)),
    summary="不同意补充协议",
)
def refuse(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber, body: Why
) -> HttpResponse:
    """由对方表示，写明理由。"""
    seat = enter(request, contract_id, Right.SIGN)
    _read(request, seat, number)
    amending.refuse(number, body.reason, by=seat)
    return _told(seat, number)


@router.post(
    "/contracts/{slug:contract_id}/amendments/{number}/withdraw",
    response=says(shape(AmendmentWhole)),
    summary="撤回补充协议",
)
def withdraw(
    request: HttpRequest, contract_id: ContractId, number: AmendmentNumber
) -> HttpResponse:
    """由提出的一方，在双方都签署之前。"""
    seat = enter(request, contract_id, Right.PROPOSE)
    _read(request, seat, number)
    amending.withdraw(number, by=seat)
    return _told(seat, number)
