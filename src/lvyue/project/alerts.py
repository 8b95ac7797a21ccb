"""告警成单: what monitoring heard goes to the help desk, by the rules of each contract. Only here both rooms are known."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django_tasks import task

from lvyue import clock
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.alerting import AlertTold, take_alert, wants
from lvyue.helpdesk.queries.channels import DeskChannel, alert_channels, already_in
from lvyue.monitoring.choices import AlertStatus, SourceKind
from lvyue.monitoring.queries import Alert, AlertFilter, alerts

log = logging.getLogger(__name__)

#: Looked at again and again, so that a night without a worker loses nothing.
BACK = timedelta(days=3)

#: So many are looked at together.
AT_ONCE = 200


@task()
def open_tickets_of_alerts() -> int:
    """把告警开成工单: how many tickets were opened or told. Done twice, nothing is there twice."""
    done = 0
    now = clock.now()
    for channel in alert_channels():
        since = max(channel.set_at, now - BACK)
        found = alerts(channel.contract_id, AlertFilter()).filter(last_at__gte=since)
        rows = found.select_related("source", "delivery").order_by("id").iterator(AT_ONCE)
        while some := list(islice(rows, AT_ONCE)):
            asked = [one for one in some if wants(channel, one.source_id, one.severity)]
            done += _take(channel, [told for alert in asked for told in _told(alert)])
    return done


def _take(channel: DeskChannel, some: list[AlertTold]) -> int:
    done = 0
    known = already_in(channel, [one.key for one in some])
    for told in some:
        if told.key in known:
            continue
        try:
            done += take_alert(channel, told) is not None
        except Refused as refused:  # one that no ticket can hold stops none behind it
            log.warning("%s 开不成工单：%s", told.key, refused.doubts[0].says)
    return done


def _told(alert: Alert) -> Iterator[AlertTold]:
    group = _group(alert)
    facts: dict[str, Any] = {
        "group": group,
        "name": alert.name,
        "text": alert.summary or alert.name,
        "severity": alert.severity,
        "source": alert.source.name,
    }
    yield AlertTold(f"alert:{alert.pk}:firing", at=alert.first_at, **facts)
    if alert.status == AlertStatus.RESOLVED:
        yield AlertTold(f"alert:{alert.pk}:resolved", at=alert.last_at, resolved=True, **facts)


def _group(alert: Alert) -> str:
    """What belongs together: Alertmanager's own group; of other sources, alerts of one name."""
    key = alert.name
    if alert.source.kind == SourceKind.ALERTMANAGER:
        try:
            key = str(json.loads(bytes(alert.delivery.body)).get("groupKey") or key)
        except (ValueError, AttributeError, RecursionError):
            key = alert.name
    return f"{alert.source_id}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
