"""Reads of alerts: by contract, and who sends under a secret."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from lvyue.monitoring.choices import AlertStatus
from lvyue.monitoring.models import Alert, AlertDelivery, AlertSource

#: So many alerts stand on a page, and so many leave in one file.
AT_ONCE, IN_A_FILE = 50, 20_000


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """告警筛选: from which source, in which state, of which severity, with which words; below which row."""

    source: int | None = None
    status: str = ""
    severity: str = ""
    sought: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """告警页: some alerts, those heard of last first. ``before`` leads to those behind."""

    rows: tuple[Alert, ...]
    before: int | None


def sources(contract_id: str) -> QuerySet[AlertSource]:
    """Who sends alerts about a contract, and who did."""
    return AlertSource.objects.filter(contract_id=contract_id).order_by("id")


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def source_by_secret(secret: str, address: str = "") -> AlertSource | None:
    """Who sends: nobody under a secret that was closed, or from an address that the source does not have."""
    row = AlertSource.objects.filter(digest=digest_of(secret), revoked_at__isnull=True).first()
    if row is None or not row.networks:
        return row
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return None
    return row if any(here in ipaddress.ip_network(one) for one in row.networks) else None


def alerts(contract_id: str, asked: AlertFilter) -> QuerySet[Alert]:
    """The alerts of a contract that a filter lets through, the latest first."""
    found = Alert.objects.filter(contract_id=contract_id).select_related("source")
    if asked.source is not None:
        found = found.filter(source_id=asked.source)
    if asked.status in AlertStatus.values:
        found = found.filter(status=asked.status)
    if asked.severity:
        found = found.filter(severity=asked.severity)
    for word in asked.sought.split()[:5]:
        found = found.filter(Q(name__icontains=word) | Q(summary__icontains=word))
    if asked.before is not None:
        found = found.filter(pk__lt=asked.before)
    return found.order_by("-id")


def alert_page(contract_id: str, asked: AlertFilter, *, at_once: int = AT_ONCE) -> AlertPage:
    """One page. One read."""
    some = [*alerts(contract_id, asked)[: at_once + 1]]
    more = len(some) > at_once
    return AlertPage(tuple(some[:at_once]), some[at_once - 1].pk if more else None)


def alert(contract_id: str, alert_id: int) -> Alert | None:
    """One alert of just this contract."""
    found = Alert.objects.filter(contract_id=contract_id, pk=alert_id)
    return found.select_related("source", "delivery").first()


def last_alerts(contract_ids: Collection[str]) -> dict[str, int]:
    """The last row that came about each of contracts; none of those about which none came. One read, a step for each."""
    last = Alert.objects.filter(contract_id=OuterRef("contract_id")).order_by("-id")
    found = AlertSource.objects.filter(contract_id__in=contract_ids).order_by()
    told = found.values("contract_id").distinct().annotate(last=Subquery(last.values("id")[:1]))
    return {one["contract_id"]: one["last"] for one in told if one["last"] is not None}


def alerts_after(contract_id: str, alert_id: int, limit: int) -> list[Alert]:
    """So many alerts of a contract that came after one, in the order in which they came."""
    found = Alert.objects.filter(contract_id=contract_id, pk__gt=alert_id)
    return [*found.select_related("source").order_by("id")[:limit]]


def severities(contract_id: str) -> tuple[str, ...]:
    """The words that the sources of a contract use, for the filter."""
    found = Alert.objects.filter(contract_id=contract_id).exclude(severity="").order_by("severity")
    return tuple(found.values_list("severity", flat=True).distinct()[:50])


def unread(contract_id: str) -> QuerySet[AlertDelivery]:
    """The bodies that could not be read, the latest first."""
    found = AlertDelivery.objects.filter(source__contract_id=contract_id, accepted=False)
    return found.select_related("source").defer("body").order_by("-id")


def delivery(contract_id: str, delivery_id: int) -> AlertDelivery | None:
    """One body of just this contract."""
    found = AlertDelivery.objects.filter(source__contract_id=contract_id, pk=delivery_id)
    return found.select_related("source").first()


__all__ = [
    "Alert",  # the types of what pages show, for those who may not open the tables
    "AlertDelivery",
    "AlertFilter",
    "AlertPage",
    "AlertSource",
    "alert",
    "alert_page",
    "alerts",
    "alerts_after",
    "delivery",
    "digest_of",
    "last_alerts",
    "severities",
    "source_by_secret",
    "sources",
    "unread",
]
