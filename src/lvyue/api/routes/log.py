"""日志与版本: what proves that nothing was changed afterwards: leaves, checkpoints, consistency, releases."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.api.asked import After, ContractId, Digest, Refusing, Size, says
from lvyue.api.gate import enter
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.contracts.queries import chain
from lvyue.evidence import queries as evidence
from lvyue.evidence.queries import Consistency
from lvyue.library.changes import Difference as Change
from lvyue.library.changes import difference

router = Router(tags=["日志与版本 Log"])


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """检查点: the size and root of the log after one import."""

    size: int
    root: str
    count: int
    source: str
    recorded_at: datetime
    recorded_by: str


@router.get(
    "/contracts/{slug:contract_id}/checkpoints",
    response=says(page(CheckpointView)),
    summary="检查点",
)
def checkpoints(request: HttpRequest, contract_id: ContractId, asked: Query[After]) -> HttpResponse:
    """最近的在前；各自留存一份，日后可以证明日志没有被改写。"""
    seat = enter(request, contract_id)
    found = evidence.checkpoints(seat.contract_id).order_by("-size")
    if (before := asked.index) is not None:
        found = found.filter(size__lt=before)
    rows = [*found[: asked.limit + 1]]
    shown = rows[: asked.limit]
    return listed(
        [
            CheckpointView(
                one.size, one.root, one.count, one.source, one.recorded_at, one.recorded_by
            )
            for one in shown
        ],
        shown[-1].size if len(rows) > asked.limit else None,
    )


@dataclass(frozen=True, slots=True)
class LeafView:
    """日志条目: one leaf, the exact bytes as text."""

    index: int
    raw: str
    leaf_hash: str
    recorded_at: datetime


@router.get("/contracts/{slug:contract_id}/log", response=says(page(LeafView)), summary="日志条目")
def log(request: HttpRequest, contract_id: ContractId, asked: Query[After]) -> HttpResponse:
    """从头开始的叶子原文，足以重算每一个根。"""
    seat = enter(request, contract_id)
    begin = asked.index or 0
    found = evidence.entries(seat.contract_id).filter(index__gte=begin)
    rows = [*found[: asked.limit + 1]]
    shown = rows[: asked.limit]
    return listed(
        [
            LeafView(
                one.index, bytes(one.raw).decode(errors="replace"), one.leaf_hash, one.recorded_at
            )
            for one in shown
        ],
        shown[-1].index + 1 if len(rows) > asked.limit else None,
    )


class AskedConsistency(Refusing):
    """从哪一段到哪一段."""

    m: Size = Field(description="较短的一段的条数")
    n: Size | None = Field(None, description="较长的一段的条数，缺省为全部")


@router.get(
    "/contracts/{slug:contract_id}/consistency",
    response=says(shape(Consistency)),
    summary="一致性证明",
)
def consistency(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedConsistency]
) -> HttpResponse:
    """前 n 条以前 m 条原样开头的证明 (RFC 6962)。"""
    seat = enter(request, contract_id)
    return answer(evidence.consistency(seat.contract_id, asked.m, asked.n))


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """合同版本: ``effective_from`` null: from the beginning."""

    sequence: int
    digest: str
    effective_from: date | None
    loaded_at: datetime
    loaded_by: str


RELEASES = Listing.of(ReleaseView, "sequence")


@router.get(
    "/contracts/{slug:contract_id}/releases", response=says(page(ReleaseView)), summary="合同版本"
)
@RELEASES.described
def releases(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """按生效次序；第一个从头有效。"""
    seat = enter(request, contract_id)
    return RELEASES.among(
        request,
        asked,
        [
            ReleaseView(row.sequence, row.digest, row.effective_from, row.loaded_at, row.loaded_by)
            for row in chain(seat.contract_id)
        ],
    )


@router.get(
    "/contracts/{slug:contract_id}/releases/{digest}",
    response=says(dict[str, Any]),
    summary="一个合同版本的全文",
)
def release(request: HttpRequest, contract_id: ContractId, digest: Digest) -> HttpResponse:
    """登记时的原文；它的 SHA-256 就是 digest。"""
    seat = enter(request, contract_id)
    row = next((one for one in chain(seat.contract_id) if one.digest == digest), None)
    if row is None:
        raise Http404(f"没有登记过版本 {digest[:12]}…。")
    told = HttpResponse(row.body.encode(), content_type="application/json")
    told["ETag"] = f'"{digest}"'
    return told


class AskedSince(Refusing):
    """从哪一版."""

    since: Digest = Field(description="与它比较的版本")


@router.get(
    "/contracts/{slug:contract_id}/releases/{digest}/changes",
    response=says(page(Change)),
    summary="两个版本的差异",
)
def changes(
    request: HttpRequest, contract_id: ContractId, digest: Digest, asked: Query[AskedSince]
) -> HttpResponse:
    """用文字说明从 since 到 digest 改了什么。"""
    seat = enter(request, contract_id)
    rows = {row.digest: row for row in chain(seat.contract_id)}
    for one in (digest, asked.since):
        if one not in rows:
            raise Http404(f"没有登记过版本 {one[:12]}…。")
    older, newer = (json.loads(rows[one].body) for one in (asked.since, digest))
    return listed(difference(older, newer))
