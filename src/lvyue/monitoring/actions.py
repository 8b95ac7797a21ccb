"""告警: open and close a source, and take what it sends. A delivery that comes twice, late or out of order does no harm."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category

from django.db import IntegrityError, transaction
from django.db.models import F

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.monitoring.choices import AlertStatus, SourceKind
from lvyue.monitoring.models import Alert, AlertDelivery, AlertSource
from lvyue.monitoring.payloads import (
    DEFAULT_MAPPING,
    LARGEST,
    Heard,
    Read,
    alertmanager,
    generic,
    parse,
)
from lvyue.monitoring.queries import digest_of

#: What the secret of every source begins with, so that one that leaks is recognised.
PREFIX = "lvyue_alert_"

#: A contract has so many sources at most.
MOST = 50

_NAME, _PATH, _NETWORKS = 80, 200, 20


@dataclass(frozen=True, slots=True)
class NewSource:
    """新来源: the row, and the secret that nobody can read again."""

    source: AlertSource
    secret: str


@dataclass(frozen=True, slots=True)
class Received:
    """收到: how many alerts were new, how many were known, how many were over now; ``again``: the very same body was here before."""

    fresh: int = 0
    known: int = 0
    resolved: int = 0
    again: bool = False


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def open_source(
    seat: Seat,
    name: str,
    kind: SourceKind,
    *,
    by: Seat,
    mapping: Mapping[str, str] | None = None,
    networks: Sequence[str] = (),
) -> NewSource:
    """设置告警来源: a secret of its own, which can send alerts about this one contract and do nothing else."""
    ruling = may(seat, Right.ALERTS)
    if not ruling:
        raise Refused([malformed("告警来源", ruling.reason)])
    name = "".join(one for one in name if category(one) not in ("Cc", "Cs")).strip()
    doubts: list[Doubt] = []
    if not 0 < len(name) <= _NAME:
        doubts.append(malformed("名称", f"{len(name)} 个字。", f"请写 1 至 {_NAME} 个字。"))
    told = _networks(networks, doubts)
    where = _mapping(mapping or {}, doubts) if kind is SourceKind.GENERIC else {}
    here = AlertSource.objects.filter(contract_id=seat.contract_id, revoked_at__isnull=True)
    if here.count() >= MOST:
        doubts.append(malformed("告警来源", f"已有 {MOST} 个。", "请先停用不用的。"))
    if doubts:
        raise Refused(doubts)
    secret = PREFIX + secrets.token_urlsafe(32)
    made = AlertSource.objects.create(
        contract_id=seat.contract_id,
        kind=kind.value,
        name=name,
        digest=digest_of(secret),
        mapping=where,
        networks=told,
        created_at=clock.now(),
        created_by=by.username,
    )
    after = {"id": made.pk, "name": name, "kind": kind.value, "networks": told}
    audit("alert_source.opened", by=by, contract_id=seat.contract_id, about=name, after=after)
    return NewSource(made, secret)


def _networks(given: Sequence[str], doubts: list[Doubt]) -> list[str]:
    found: list[str] = []
    if len(given) > _NETWORKS:
        doubts.append(malformed("来源地址", f"多于 {_NETWORKS} 个。", "请写网段。"))
        return found
    for one in given:
        try:
            found.append(str(ipaddress.ip_network(one.strip(), strict=False)))
        except ValueError:
            mend = "请写成 10.0.0.5 或 10.0.0.0/24 的样子。"
            doubts.append(malformed("来源地址", f"“{one[:60]}”不是地址或网段。", mend))
    return found


def _mapping(given: Mapping[str, str], doubts: list[Doubt]) -> dict[str, str]:
    for name, path in given.items():
        if name not in DEFAULT_MAPPING:
            known = "、".join(DEFAULT_MAPPING)
            doubts.append(malformed("对照表", f"没有“{name[:40]}”这一项。", f"可写：{known}。"))
        elif len(path) > _PATH or "\0" in path:
            doubts.append(malformed(f"对照表 {name}", "太长，或含有零字符。"))
    return {**DEFAULT_MAPPING, **{name: path.strip() for name, path in given.items()}}


@transaction.atomic
def close_source(seat: Seat, source_id: int, *, by: Seat) -> AlertSource | None:
    """停用告警来源: its secret is dead at once; what it sent stays. None where the contract has no such source."""
    ruling = may(seat, Right.ALERTS)
    if not ruling:
        raise Refused([malformed("告警来源", ruling.reason)])
    rows = AlertSource.objects.select_for_update().filter(
        pk=source_id, contract_id=seat.contract_id
    )
    row = rows.first()
    if row is None or row.revoked_at is not None:
        return row
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    audit("alert_source.closed", by=by, contract_id=seat.contract_id, about=row.name)
    return row


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────


def receive(source: AlertSource, body: bytes, *, address: str = "") -> Received:
    """收告警: all of a body or nothing of it. One that cannot be read is kept with the reason, and refused."""
    now = clock.now()
    AlertSource.objects.filter(pk=source.pk).update(used_at=now)
    try:
        found = parse(body)
        if source.kind == SourceKind.ALERTMANAGER:
            read = alertmanager(found)
        else:
            read = generic(found, source.mapping)
    except Refused as refused:
        _keep_unread(source, body, address, refused, now)
        raise
    try:
        return _taken(source, body, address, read, now)
    except IntegrityError:  # the same came twice at once: the second time it is known
        return _taken(source, body, address, read, now)


def _keep_unread(
    source: AlertSource, body: bytes, address: str, refused: Refused, now: datetime
) -> None:
    reason = "\n".join(f"{one.places[0]}：{one.says}{one.mend}" for one in refused.doubts[:20])
    kept = body[:LARGEST]
    sha256 = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        _, fresh = AlertDelivery.objects.get_or_create(
            source=source,
            sha256=sha256,
            defaults={
                "body": kept,
                "address": address[:64],
                "first_at": now,
                "last_at": now,
                "accepted": False,
                "reason": reason[:5000],
            },
        )
        if not fresh:
            _again(source, sha256, now)


def _again(source: AlertSource, sha256: str, now: datetime) -> None:
    same = AlertDelivery.objects.filter(source=source, sha256=sha256)
    same.update(times=F("times") + 1, last_at=now)


@transaction.atomic
def _taken(source: AlertSource, body: bytes, address: str, read: Read, now: datetime) -> Received:
    sha256 = hashlib.sha256(body).hexdigest()
    _take_turns(source.contract_id)
    delivery, first = AlertDelivery.objects.get_or_create(
        source=source,
        sha256=sha256,
        defaults={
            "body": body,
            "address": address[:64],
            "first_at": now,
            "last_at": now,
            "accepted": True,
            "alerts": len(read.alerts),
            "truncated": read.truncated,
        },
    )
    if not first:
        _again(source, sha256, now)
    fresh = known = resolved = 0
    for heard in read.alerts:
        new, over = _heard(source, delivery, heard, now)
        fresh += new
        known += not new
        resolved += over
    return Received(fresh, known, resolved, again=not first)


def _take_turns(contract_id: str) -> None:
    """Deliveries about one contract come one after the other, whoever sends: a row that bears a later number was also
    there later, so that whoever reads up to the last row has missed none."""
    sources = AlertSource.objects.filter(contract_id=contract_id).order_by("id")
    sources.select_for_update().first()


def _heard(
    source: AlertSource, delivery: AlertDelivery, heard: Heard, now: datetime
) -> tuple[bool, bool]:
    """Whether an alert is new, and whether this told that it is over. What is over stays so, whatever comes late."""
    row, fresh = Alert.objects.get_or_create(
        source=source,
        fingerprint=heard.fingerprint,
        starts_at=heard.starts_at,
        defaults={
            "contract_id": source.contract_id,
            "ends_at": heard.ends_at,
            "status": heard.status.value,
            "name": heard.name,
            "severity": heard.severity,
            "summary": heard.summary,
            "labels": dict(heard.labels),
            "annotations": dict(heard.annotations),
            "delivery": delivery,
            "first_at": now,
            "last_at": now,
        },
    )
    if fresh:
        return True, heard.status is AlertStatus.RESOLVED
    over = heard.status is AlertStatus.RESOLVED and row.status == AlertStatus.FIRING
    row.times, row.last_at = row.times + 1, now
    if over:
        row.status, row.ends_at = heard.status.value, heard.ends_at or now
    row.save(update_fields=["times", "last_at", "status", "ends_at"])
    return False, over
