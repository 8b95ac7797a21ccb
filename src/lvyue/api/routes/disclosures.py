"""对外提供: the disclosure desk: ask, consent, refuse, take back, make a link for the third party."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.veil import masked
from lvyue.api.asked import (
    After,
    ContractId,
    Digest,
    Name,
    Reason,
    Refusing,
    Text,
    plausible,
    says,
)
from lvyue.api.gate import enter
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.confidentiality import actions, queries
from lvyue.confidentiality.choices import DisclosureState
from lvyue.confidentiality.queries import Disclosure
from lvyue.reading.personal import PersonalKind

router = Router(tags=["对外提供 Disclosures"])

DisclosureNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="对外提供号")]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """提供的文件."""

    sha256: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class StepOpen:
    """可走的一步."""

    name: str
    zh: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Taking:
    """提供记录: when, from where, and the hash of what was taken."""

    at: datetime
    address: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """对外提供: one line of the register; the contact of the recipient is starred."""

    number: int
    state: DisclosureState
    recipient: str
    contact: str
    purpose: str
    until: date
    basis: str
    side: str
    applied_by: str
    applied_at: datetime
    paper: str
    paper_day: date | None
    consent_by: str
    consent_at: datetime | None
    closed_reason: str


@dataclass(frozen=True, slots=True)
class DisclosureWhole:
    """一份对外提供: with its files, what was taken, and what may be done."""

    row: DisclosureRow
    files: tuple[GivenFile, ...]
    taken: tuple[Taking, ...]
    steps: tuple[StepOpen, ...]


def _row_of(row: Disclosure) -> DisclosureRow:
    same = (
        *("number", "recipient", "purpose", "until", "basis", "side", "applied_by", "applied_at"),
        *("paper", "paper_day", "consent_by", "consent_at", "closed_reason"),
    )
    told: dict[str, Any] = {name: getattr(row, name) for name in same}
    contact = masked(PersonalKind.IDENTITY, row.contact)
    return DisclosureRow(state=DisclosureState(row.state), contact=contact, **told)


def _whole(seat: Seat, number: int, status: int = 200) -> HttpResponse:
    row = queries.disclosure(seat.contract_id, number)
    if row is None:
        raise Http404(f"没有第 {number} 号对外提供。")
    told = DisclosureWhole(
        _row_of(row),
        tuple(GivenFile(one.sha256, one.name, one.size) for one in queries.files_of(row)),
        tuple(Taking(one.at, one.address, one.sha256) for one in queries.handovers_of(row)),
        tuple(
            StepOpen(one.step.name, one.step.zh, one.ruling.allowed, one.ruling.reason)
            for one in queries.open_steps(row, seat)
        ),
    )
    at = f"/api/v1/contracts/{seat.contract_id}/disclosures/{number}"
    return answer(told, status, Location=at) if status == 201 else answer(told, status)  # noqa: PLR2004  made


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────


class AskedDisclosures(After):
    """哪些对外提供."""

    state: DisclosureState | None = Field(None, description="只看这种状态")


@router.get(
    "/contracts/{slug:contract_id}/disclosures",
    response=says(page(DisclosureRow)),
    summary="对外提供登记",
)
def disclosures(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedDisclosures]
) -> HttpResponse:
    """最近的在前。接收方的联系方式是星号。"""
    seat = enter(request, contract_id)
    found = queries.disclosures(seat.contract_id)
    if asked.state is not None:
        found = found.filter(state=asked.state)
    if asked.index is not None:
        found = found.filter(number__lt=asked.index)
    rows = list(found[: asked.limit + 1])
    more = rows[asked.limit - 1].number if len(rows) > asked.limit else None
    return listed([_row_of(row) for row in rows[: asked.limit]], more)


@router.get(
    "/contracts/{slug:contract_id}/disclosures/{number}",
    response=says(shape(DisclosureWhole)),
    summary="一份对外提供",
)
def disclosure(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber
) -> HttpResponse:
    """申请、甲方的意见、文件、取走的记录，以及您现在能办什么。"""
    return _whole(enter(request, contract_id), number)


# ── doing ────────────────────────────────────────────────────────────────────────────────────────────────────────


class NewDisclosure(Refusing):
    """申请: to whom, for what, exactly which files, until when."""

    recipient: Name = Field(description="一个确定的接收方，全名")
    contact: Text = Field("", max_length=200, description="接收方联系方式；别人看到的是星号")
    purpose: Reason = Field(description="用途；“全部资料”“等资料”不收")
    files: list[Digest] = Field(
        min_length=1, max_length=actions.MOST_FILES, description="文件的散列"
    )
    until: date = Field(description="到哪一天为止")


@router.post(
    "/contracts/{slug:contract_id}/disclosures",
    response=says(shape(DisclosureWhole), 201),
    summary="申请对外提供",
)
def apply(request: HttpRequest, contract_id: ContractId, given: NewDisclosure) -> HttpResponse:
    """每次写明接收方、用途、文件和期限；等甲方项目负责人或甲方的同意人书面同意。"""
    seat = enter(request, contract_id, Right.DISCLOSE)
    until = plausible(given.until) or given.until
    application = actions.Application(
        given.recipient, given.purpose, tuple(given.files), until, given.contact
    )
    return _whole(seat, actions.apply(application, by=seat).number, 201)


class Consented(Refusing):
    """书面同意."""

    paper: Name = Field(description="同意书的文号")
    day: date = Field(description="同意书的日期，不能晚于今天")
    sha256: Digest | None = Field(None, description="同意书文件的散列，先作为证明文件上传")


@router.post(
    "/contracts/{slug:contract_id}/disclosures/{number}/consent",
    response=says(shape(DisclosureWhole)),
    summary="书面同意",
)
def consent(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber, given: Consented
) -> HttpResponse:
    """由甲方项目负责人或甲方的同意人办理，不能是申请人自己；只同意申请里写的那几个文件。"""
    seat = _there(request, contract_id, number, Right.CONSENT)
    paper = actions.Consent(given.paper, plausible(given.day) or given.day, given.sha256 or "")
    actions.consent(number, paper, by=seat)
    return _whole(seat, number)


class WhyClosed(Refusing):
    """理由."""

    reason: Reason


@router.post(
    "/contracts/{slug:contract_id}/disclosures/{number}/refuse",
    response=says(shape(DisclosureWhole)),
    summary="不同意",
)
def refuse(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber, given: WhyClosed
) -> HttpResponse:
    """由甲方项目负责人或甲方的同意人办理，写明理由。"""
    return _close(request, contract_id, number, given, actions.refuse, Right.CONSENT)


@router.post(
    "/contracts/{slug:contract_id}/disclosures/{number}/withdraw",
    response=says(shape(DisclosureWhole)),
    summary="撤回申请",
)
def withdraw(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber, given: WhyClosed
) -> HttpResponse:
    """由申请的一方办理，写明理由。"""
    return _close(request, contract_id, number, given, actions.withdraw, Right.DISCLOSE)


@router.post(
    "/contracts/{slug:contract_id}/disclosures/{number}/revoke",
    response=says(shape(DisclosureWhole)),
    summary="收回同意",
)
def revoke(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber, given: WhyClosed
) -> HttpResponse:
    """由甲方项目负责人或甲方的同意人办理；所有链接立即失效，取走的仍在记录里。"""
    return _close(request, contract_id, number, given, actions.revoke, Right.CONSENT)


@dataclass(frozen=True, slots=True)
class LinkMade:
    """新链接: the address, answered this once."""

    address: str
    expires_at: datetime
    most: int


class NewLink(Refusing):
    """链接."""

    most: int = Field(1, ge=1, le=actions.MOST_TIMES, description="最多取几次")


@router.post(
    "/contracts/{slug:contract_id}/disclosures/{number}/links",
    response=says(shape(LinkMade), 201),
    summary="为接收方建立下载链接",
)
def link(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber, given: NewLink
) -> HttpResponse:
    """同意之后才能建立；地址只回答这一次，按次数和日子失效。"""
    seat = _there(request, contract_id, number, Right.DISCLOSE)
    made = actions.make_link(number, most=given.most, by=seat)
    address = request.build_absolute_uri(f"/given/{made.secret}/")
    told = LinkMade(address, made.link.expires_at, made.link.most)
    return answer(told, 201, Cache_Control="no-store")


@dataclass(frozen=True, slots=True)
class RecipientContact:
    """接收方联系方式: in full, this once."""

    contact: str


@router.post(
    "/contracts/{slug:contract_id}/disclosures/{number}/contact",
    response=says(shape(RecipientContact)),
    summary="查看接收方联系方式",
)
def contact(
    request: HttpRequest, contract_id: ContractId, number: DisclosureNumber, given: WhyClosed
) -> HttpResponse:
    """理由写入留痕。"""
    seat = _there(request, contract_id, number, Right.REVEAL)
    found = actions.reveal_contact(number, given.reason, by=seat)
    return answer(RecipientContact(found or ""), Cache_Control="no-store")


def _there(request: HttpRequest, contract_id: str, number: int, right: Right) -> Seat:
    """The seat of who may, on a contract that has this request."""
    seat = enter(request, contract_id, right)
    if queries.disclosure(seat.contract_id, number) is None:
        raise Http404(f"没有第 {number} 号对外提供。")
    return seat


def _close(
    request: HttpRequest,
    contract_id: str,
    number: int,
    given: WhyClosed,
    act: Callable[..., Disclosure],
    right: Right,
) -> HttpResponse:
    seat = _there(request, contract_id, number, right)
    act(number, given.reason, by=seat)
    return _whole(seat, number)
