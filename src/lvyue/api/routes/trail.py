"""留痕的其余: one entry, who was allowed what, packs of a year, and the chain. The lists stand with the people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts import queries, standing
from lvyue.accounts.choices import PackState
from lvyue.accounts.permissions import Right
from lvyue.accounts.queries import AuditPack, AuditRow
from lvyue.api.asked import ContractId, Refusing, RowNumber, Username, a_file, plausible, says
from lvyue.api.gate import administrator, enter
from lvyue.api.habits import Column, Kind, Listed, Listing
from lvyue.api.shapes import answer, page, shape
from lvyue.evidence.yearly import yearly_pack

router = Router(tags=["人员与留痕 People"])

EntryId = Annotated[int, Path(ge=1, le=9_223_372_036_854_775_807, description="留痕的 id")]


# ── one entry ────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/audit/{int:entry_id}", response=says(shape(AuditRow)), summary="一条系统管理的留痕")
def entry(request: HttpRequest, entry_id: EntryId) -> HttpResponse:
    """嵌套的内容逐项展开。"""
    administrator(request)
    return _entry(queries.administration_trail(), entry_id)


@router.get(
    "/contracts/{slug:contract_id}/audit/{int:entry_id}",
    response=says(shape(AuditRow)),
    summary="一条合同的留痕",
)
def contract_entry(
    request: HttpRequest, contract_id: ContractId, entry_id: EntryId
) -> HttpResponse:
    """嵌套的内容逐项展开。"""
    seat = enter(request, contract_id, Right.AUDIT)
    return _entry(queries.audit_trail(seat.contract_id), entry_id)


def _entry(trail: QuerySet[queries.AuditEntry], entry_id: int) -> HttpResponse:
    found = queries.audit_entry(trail, entry_id)
    if found is None:
        raise Http404("没有这一条留痕。")
    return answer(found)


# ── who was allowed what ─────────────────────────────────────────────────────────────────────────────────────────


class AskedDays(Refusing):
    """哪一天，或哪段时间."""

    first: date | None = Field(None, description="哪一天，缺省为今天", examples=["2026-03-03"])
    last: date | None = Field(None, description="到哪一天，缺省就是那一天")

    @property
    def within(self) -> standing.Period:
        first = plausible(self.first) or plausible(self.last) or clock.today()
        return standing.period(first, plausible(self.last))


@router.get(
    "/accounts/{username}/standing",
    response=says(shape(standing.PersonStanding)),
    summary="当时的权限：一个人",
)
def person_standing(
    request: HttpRequest, username: Username, asked: Query[AskedDays]
) -> HttpResponse:
    """这段时间账号能不能用、是不是系统管理员、在每份合同上逐项能做什么、有哪些令牌。"""
    administrator(request)
    found = queries.account(username)
    if found is None:
        raise Http404(f"没有登录名为“{username}”的账号。")
    return answer(standing.person_standing(found, asked.within))


class AskedContractDays(AskedDays):
    """哪份合同，哪一天."""

    contract: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="合同编号")]


@router.get(
    "/audit/standing",
    response=says(shape(standing.ContractStanding)),
    summary="当时的权限：系统管理员查一份合同",
)
def standing_on(request: HttpRequest, asked: Query[AskedContractDays]) -> HttpResponse:
    """谁在这份合同上是什么，由谁任命。任职由系统管理员负责；合同里的内容不在其中。"""
    administrator(request)
    return answer(standing.contract_standing(asked.contract, asked.within))


@router.get(
    "/contracts/{slug:contract_id}/standing",
    response=says(shape(standing.ContractStanding)),
    summary="当时的权限：合同上的人",
)
def contract_standing(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedDays]
) -> HttpResponse:
    """谁在这份合同上是什么，由谁任命，账号有没有停用过。"""
    seat = enter(request, contract_id, Right.AUDIT)
    return answer(standing.contract_standing(seat.contract_id, asked.within))


# ── packs of a year ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Pack:
    """年度留痕包, without its contents."""

    id: int
    year: int
    state: PackState
    asked_by: str
    asked_at: datetime
    made_at: datetime | None
    entries: int
    head_sequence: int
    head_digest: str
    sha256: str
    trouble: str


def _pack(one: AuditPack) -> Pack:
    return Pack(
        id=one.pk,
        year=one.year,
        state=PackState(one.state),
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        made_at=one.made_at,
        entries=one.entries,
        head_sequence=one.head_sequence,
        head_digest=one.head_digest,
        sha256=one.sha256,
        trouble=one.trouble,
    )


PACKS = Listing(
    columns=(
        Column("id", Kind.NUMBER, "编号"),
        Column("year", Kind.NUMBER, "年份"),
        Column("state", Kind.WORD, "状态", choices=tuple(PackState.values)),
        Column("asked_at", Kind.MOMENT, "何时要的"),
    ),
    order=("-id",),
    key="id",
)


class NewPack(Refusing):
    """哪一年."""

    year: int = Field(ge=2000, le=2999, description="年份", examples=[2026])


@router.get("/audit/packs", response=says(page(Pack)), summary="系统管理的年度留痕包")
@PACKS.described
def packs(request: HttpRequest, asked: Query[Listed]) -> HttpResponse:
    """state 为 ready 的可以下载。"""
    administrator(request)
    return PACKS.answer(request, asked, queries.packs(), _pack)


@router.post("/audit/packs", response=says(shape(Pack), 201), summary="做系统管理的年度留痕包")
def new_pack(request: HttpRequest, body: NewPack) -> HttpResponse:
    """条数多时在后台制作，state 先是 waiting。"""
    by = administrator(request)
    return answer(_pack(yearly_pack("", body.year, by=by)), 201)


@router.get(
    "/audit/packs/{int:pack_id}/file",
    response=says(None),
    summary="下载年度留痕包",
    openapi_extra=a_file("application/zip"),
)
def pack_file(request: HttpRequest, pack_id: RowNumber) -> HttpResponse:
    """zip：xlsx、PDF、带散列的 JSON 行、核对程序、SHA256SUMS。"""
    administrator(request)
    return _file("", pack_id)


@router.get(
    "/contracts/{slug:contract_id}/audit-packs",
    response=says(page(Pack)),
    summary="合同的年度留痕包",
)
@PACKS.described
def contract_packs(
    request: HttpRequest, contract_id: ContractId, asked: Query[Listed]
) -> HttpResponse:
    """state 为 ready 的可以下载。"""
    seat = enter(request, contract_id, Right.AUDIT)
    return PACKS.answer(request, asked, queries.packs(seat.contract_id), _pack)


@router.post(
    "/contracts/{slug:contract_id}/audit-packs",
    response=says(shape(Pack), 201),
    summary="做合同的年度留痕包",
)
def new_contract_pack(request: HttpRequest, contract_id: ContractId, body: NewPack) -> HttpResponse:
    """条数多时在后台制作，state 先是 waiting。"""
    seat = enter(request, contract_id, Right.AUDIT)
    return answer(_pack(yearly_pack(seat.contract_id, body.year, by=seat)), 201)


@router.get(
    "/contracts/{slug:contract_id}/audit-packs/{int:pack_id}/file",
    response=says(None),
    summary="下载合同的年度留痕包",
    openapi_extra=a_file("application/zip"),
)
def contract_pack_file(
    request: HttpRequest, contract_id: ContractId, pack_id: RowNumber
) -> HttpResponse:
    """zip：xlsx、PDF、带散列的 JSON 行、核对程序、SHA256SUMS。"""
    seat = enter(request, contract_id, Right.AUDIT)
    return _file(seat.contract_id, pack_id)


def _file(contract_id: str, pack_id: int) -> HttpResponse:
    found = queries.pack(contract_id, pack_id)
    if found is None or found.state != PackState.READY:
        raise Http404("没有这个留痕包，或还没有做好。")
    name = quote(f"{found.year}年留痕 {contract_id or '系统管理'}.zip")
    told = HttpResponse(bytes(found.content), content_type="application/zip")
    told["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return told


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Chain:
    """留痕链: how long it is, the digest that stands for all of it, and what waits to be sealed."""

    sequence: int
    digest: str
    unsealed: int


@router.get("/audit/chain", response=says(shape(Chain)), summary="留痕链")
def chain(request: HttpRequest) -> HttpResponse:
    """把 digest 抄在别处，以后就能证明留痕没有被改写。核对整条链用命令 lvyue audit verify。"""
    administrator(request)
    head = queries.head()
    return answer(Chain(head.sequence, head.digest, queries.unsealed()))
