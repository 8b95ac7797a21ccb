"""告警: sent in by a monitoring system under a secret that can do nothing else, and read by the people of the contract."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.security import HttpBearer
from pydantic import Field

from lvyue.accounts.origin import address_of
from lvyue.accounts.permissions import Right
from lvyue.api.asked import After, ContractId, RowNumber, Word, says
from lvyue.api.gate import enter
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import Shape, answer, listed, page, shape
from lvyue.monitoring import actions, queries
from lvyue.monitoring.actions import Received
from lvyue.monitoring.choices import AlertStatus, SourceKind
from lvyue.monitoring.queries import Alert, AlertFilter, AlertSource

router = Router(tags=["告警 Alerts"])


class AlertSecret(HttpBearer):
    """告警来源的密钥: it sends alerts about one contract, from its own addresses, and opens nothing else."""

    def authenticate(self, request: HttpRequest, token: str) -> AlertSource | None:
        return queries.source_by_secret(token.strip(), address_of(request))


def _received(request: HttpRequest, kind: SourceKind) -> HttpResponse:
    source = cast("AlertSource", request.auth)  # type: ignore[attr-defined]  # ninja puts it there
    if source.kind != kind:
        raise Http404(f"这个密钥属于另一种来源：{source.get_kind_display()}。")
    told = actions.receive(source, request.body, address=address_of(request))
    return answer(told, 202)


def _body(about: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "description": about}}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/alerts/alertmanager",
    auth=AlertSecret(),
    response=says(shape(Received), 202, 413),
    summary="收 Alertmanager 的告警",
    openapi_extra=_body("Alertmanager webhook 第 4 版"),
)
def alertmanager(request: HttpRequest) -> HttpResponse:
    """整份收下或整份拒绝；重复的只计数。读不懂的也留存，并写明原因。最多 1 MB。"""
    return _received(request, SourceKind.ALERTMANAGER)


@router.post(
    "/alerts/generic",
    auth=AlertSecret(),
    response=says(shape(Received), 202, 413),
    summary="收其他系统的告警",
    openapi_extra=_body("按这个来源的对照表读"),
)
def generic(request: HttpRequest) -> HttpResponse:
    """字段在哪里由来源的对照表说。"""
    return _received(request, SourceKind.GENERIC)


# ── what was sent ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AlertRow:
    """告警: what a source said was wrong, from when until when; ``times`` it was told."""

    id: int
    source: str
    fingerprint: str
    status: str
    name: str
    severity: str
    summary: str
    starts_at: datetime
    ends_at: datetime | None
    first_at: datetime
    last_at: datetime
    times: int
    labels: dict[str, str]
    annotations: dict[str, str]


def _row(one: Alert) -> AlertRow:
    return AlertRow(
        id=one.pk,
        source=one.source.name,
        fingerprint=one.fingerprint,
        status=one.status,
        name=one.name,
        severity=one.severity,
        summary=one.summary,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        first_at=one.first_at,
        last_at=one.last_at,
        times=one.times,
        labels=one.labels,
        annotations=one.annotations,
    )


class AskedAlerts(After):
    """哪些告警."""

    status: AlertStatus | None = Field(None, description="firing 或 resolved")
    severity: Word = Field("", description="级别")
    q: Word = Field("", description="名称或说明里的字")
    source: Annotated[int, Field(ge=1, le=9_223_372_036_854_775_807)] | None = Field(
        None, description="来源编号"
    )


@router.get(
    "/contracts/{slug:contract_id}/alerts", response=says(page(AlertRow)), summary="合同的告警"
)
def alerts(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedAlerts]
) -> HttpResponse:
    """最近收到的在前。"""
    seat = enter(request, contract_id)
    found = queries.alert_page(
        seat.contract_id,
        AlertFilter(
            source=asked.source,
            status=asked.status.value if asked.status else "",
            severity=asked.severity.strip(),
            sought=asked.q.strip(),
            before=asked.index,
        ),
        at_once=asked.limit,
    )
    return listed([_row(one) for one in found.rows], found.before)


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """一条告警，连同首次投递的原文（Base64）."""

    alert: AlertRow
    raw_base64: str
    sha256: str


@router.get(
    "/contracts/{slug:contract_id}/alerts/{alert_id}",
    response=says(shape(AlertDetail)),
    summary="一条告警和它的原文",
)
def alert(request: HttpRequest, contract_id: ContractId, alert_id: RowNumber) -> HttpResponse:
    """原文逐字节保存。"""
    seat = enter(request, contract_id)
    one = queries.alert(seat.contract_id, alert_id)
    if one is None:
        raise Http404("没有这条告警。")
    raw = base64.b64encode(bytes(one.delivery.body)).decode()
    return answer(AlertDetail(_row(one), raw, one.delivery.sha256))


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Source(Shape):
    """告警来源: without its secret, which nobody can read again."""

    id: int
    name: str
    kind: str
    networks: list[str]
    mapping: dict[str, str]
    created_at: datetime
    created_by: str
    used_at: datetime | None
    revoked_at: datetime | None


def _source(one: AlertSource) -> dict[str, Any]:
    names = (
        "name",
        "kind",
        "networks",
        "mapping",
        "created_at",
        "created_by",
        "used_at",
        "revoked_at",
    )
    return {"id": one.pk, **{name: getattr(one, name) for name in names}}


def _sources(found: Iterable[AlertSource]) -> list[dict[str, Any]]:
    return [_source(one) for one in found]


SOURCES = Listing.of(Source, "id")


@router.get(
    "/contracts/{slug:contract_id}/alert-sources",
    response=says(page(Source)),
    summary="告警来源",
)
@SOURCES.described
def sources(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """新来源只能登录网页后设置：令牌不能生出别的凭据。"""
    seat = enter(request, contract_id, Right.ALERTS)
    return SOURCES.among(request, asked, _sources(queries.sources(seat.contract_id)))


@router.delete(
    "/contracts/{slug:contract_id}/alert-sources/{source_id}",
    response=says(None, 204),
    summary="停用告警来源",
)
def close(request: HttpRequest, contract_id: ContractId, source_id: RowNumber) -> HttpResponse:
    """密钥立即失效；已收的告警照旧保留。"""
    seat = enter(request, contract_id, Right.ALERTS)
    if actions.close_source(seat, source_id, by=seat) is None:
        raise Http404("没有这个来源。")
    return HttpResponse(status=204)
