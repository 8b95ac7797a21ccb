"""告警收进来: Alertmanager 的 webhook 和按对照表读的 JSON；重复、乱序、读不懂的，都不出错也不丢。"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import seat_of
from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.monitoring.actions import NewSource, close_source, open_source
from lvyue.monitoring.choices import SourceKind
from lvyue.monitoring.models import Alert, AlertDelivery, AlertSource
from lvyue.monitoring.payloads import LARGEST
from lvyue.monitoring.queries import alert, delivery, source_by_secret
from tests.conftest import Person

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
NOW = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)

#: As Alertmanager 0.27 sends it; names and addresses are ours.
FIRING: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}:{alertname="HostDown"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "lvyue",
    "groupLabels": {"alertname": "HostDown"},
    "commonLabels": {"alertname": "HostDown", "severity": "critical"},
    "commonAnnotations": {},
    "externalURL": "http://alertmanager.example:9093",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "HostDown", "severity": "critical", "instance": "db-1:9100"},
            "annotations": {"summary": "db-1 五分钟没有应答"},
            "startsAt": "2026-03-02T01:40:12.345678912Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph",
            "fingerprint": "b5d4045c3f466fa9",
        }
    ],
}


def resolved() -> dict[str, Any]:
    told = copy.deepcopy(FIRING)
    told["status"] = told["alerts"][0]["status"] = "resolved"
    told["alerts"][0]["endsAt"] = "2026-03-02T01:55:00Z"
    return told


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def source(person: Person) -> NewSource:
    seat = seat_of(person("supplier_manager", SECURITY), SECURITY)
    return open_source(seat, "机房 Prometheus", SourceKind.ALERTMANAGER, by=seat)


def sent(
    secret: str, body: Any, *, kind: str = "alertmanager", address: str = "10.0.0.5"
) -> tuple[int, Any]:
    """What a monitoring system hears: status and JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Client(REMOTE_ADDR=address).post(
        f"/api/v1/alerts/{kind}",
        data,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    return answer.status_code, answer.json() if answer.content else None


# ── Alertmanager ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_alert_fires_once_and_is_over_once(source: NewSource) -> None:
    """同一指纹、同一开始时间是同一条：重复的只计数，恢复的改状态，结束时间 0001-01-01 表示还没有。"""
    assert sent(source.secret, FIRING) == (
        202,
        {"fresh": 1, "known": 0, "resolved": 0, "again": False},
    )
    row = Alert.objects.get()
    assert (row.status, row.ends_at, row.name, row.severity) == (
        "firing",
        None,
        "HostDown",
        "critical",
    )
    assert row.starts_at == datetime(2026, 3, 2, 1, 40, 12, 345678, UTC)

    assert sent(source.secret, FIRING)[1]["again"] is True
    assert sent(source.secret, resolved())[1]["resolved"] == 1

    row.refresh_from_db()
    assert (row.status, row.ends_at, row.times) == (
        "resolved",
        datetime(2026, 3, 2, 1, 55, tzinfo=UTC),
        3,
    )
    assert sorted(AlertDelivery.objects.values_list("times", flat=True)) == [1, 2]


def test_what_comes_late_does_not_open_again_what_is_over(source: NewSource) -> None:
    """乱序：恢复先到、告警后到，仍是已恢复；下一次开始是另一条。"""
    sent(source.secret, resolved())
    sent(source.secret, FIRING)
    assert [one.status for one in Alert.objects.all()] == ["resolved"]

    again = copy.deepcopy(FIRING)
    again["alerts"][0]["startsAt"] = "2026-03-02T02:10:00Z"
    sent(source.secret, again)

    assert sorted(Alert.objects.values_list("status", flat=True)) == ["firing", "resolved"]


def test_what_the_sender_left_out_is_on_record(source: NewSource) -> None:
    sent(source.secret, {**FIRING, "truncatedAlerts": 7})

    assert AlertDelivery.objects.get().truncated == 7


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 5000, "JSON"),
        (b'{"version": "4", "alerts": [NaN]}', "JSON"),
        ({**FIRING, "version": "3"}, "第 4 版"),
        ({**FIRING, "alerts": {}}, "列表"),
        ({**FIRING, "alerts": [{**FIRING["alerts"][0], "startsAt": "昨天"}]}, "不是时刻"),
        (
            {**FIRING, "alerts": [{**FIRING["alerts"][0], "startsAt": "0001-01-01T00:00:00Z"}]},
            "年之间",
        ),
        ({**FIRING, "alerts": [{**FIRING["alerts"][0], "status": "🙂"}]}, "firing"),
        ({**FIRING, "alerts": [{**FIRING["alerts"][0], "labels": {"a": {"b": 1}}}]}, "文字"),
        ({**FIRING, "receiver": "\x00"}, "零字符"),
    ],
)
def test_a_body_that_cannot_be_read_is_kept_with_the_reason(
    source: NewSource, body: Any, says: str
) -> None:
    """读不懂的整份拒绝、原样留存、写明原因；再发一次只计数。"""
    status, problem = sent(source.secret, body)
    sent(source.secret, body)

    kept = AlertDelivery.objects.get()
    assert status == 409
    assert says in json.dumps(problem, ensure_ascii=False)
    assert says in kept.reason
    assert (kept.accepted, kept.times) == (False, 2)
    assert bytes(kept.body) == (body if isinstance(body, bytes) else json.dumps(body).encode())
    assert not Alert.objects.exists()


def test_a_body_beyond_all_measure_is_refused_and_not_kept_whole(source: NewSource) -> None:
    status, _ = sent(source.secret, b" " * (LARGEST + 1))

    assert status in (409, 413)
    assert all(len(one.body) <= LARGEST for one in AlertDelivery.objects.all())


def test_long_and_odd_words_are_cut_and_the_body_is_kept_whole(source: NewSource) -> None:
    odd = copy.deepcopy(FIRING)
    odd["alerts"][0]["labels"]["alertname"] = "告警🙂" * 5000
    odd["alerts"][0]["fingerprint"] = "f" * 5000

    assert sent(source.secret, odd)[0] == 202
    assert len(Alert.objects.get().name) == 300
    assert json.loads(bytes(AlertDelivery.objects.get().body)) == odd


# ── any other JSON ───────────────────────────────────────────────────────────────────────────────────────────────


def test_another_system_is_read_by_its_mapping(person: Person) -> None:
    """其他监控按对照表读：字段路径、恢复的词、没有时区的按北京时间、毫秒也认。"""
    seat = seat_of(person("buyer", SECURITY), SECURITY)
    mapping = {
        "list": "data.events",
        "fingerprint": "event.id",
        "name": "event.title",
        "severity": "level",
        "status": "state",
        "starts_at": "time",
        "ends_at": "recovered",
        "summary": "text",
    }
    made = open_source(seat, "旧网管", SourceKind.GENERIC, by=seat, mapping=mapping)
    body = {
        "data": {
            "events": [
                {
                    "event": {"id": 7, "title": "链路中断"},
                    "level": 3,
                    "state": "告警",
                    "time": "2026-03-02 09:00:00",
                },
                {
                    "event": {"id": 8, "title": "温度高"},
                    "state": "恢复",
                    "time": 1772413200000,
                    "recovered": 1772416800,
                },
            ]
        }
    }

    assert sent(made.secret, body, kind="generic")[1] == {
        "fresh": 2,
        "known": 0,
        "resolved": 1,
        "again": False,
    }

    link, heat = Alert.objects.order_by("name")[1], Alert.objects.order_by("name")[0]
    assert (heat.name, heat.status, link.name, link.severity) == (
        "温度高",
        "resolved",
        "链路中断",
        "3",
    )
    assert link.starts_at == datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    assert heat.ends_at == datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
    status, problem = sent(made.secret, {"data": {"events": [{"level": 1}]}}, kind="generic")
    assert status == 409
    assert {one["where"] for one in problem["doubts"]} == {
        "第 1 条 event.title",
        "第 1 条 event.id",
        "第 1 条 time",
    }


# ── who may send, and who may see ────────────────────────────────────────────────────────────────────────────────


def test_a_secret_sends_and_opens_nothing_else(source: NewSource, person: Person) -> None:
    """告警令牌只能送告警：不能读合同，也不能送到另一种接口；账号令牌也不能送告警。"""
    headers = {"Authorization": f"Bearer {source.secret}"}

    assert Client().get("/api/v1/me", headers=headers).status_code == 401
    assert sent(source.secret, FIRING, kind="generic")[0] == 404
    assert sent("lvyue_alert_forged", FIRING)[0] == 401
    browser = Client()
    browser.force_login(person("supplier_manager", SECURITY))
    assert (
        browser.post(
            "/api/v1/alerts/alertmanager", b"{}", content_type="application/json"
        ).status_code
        == 401
    )


def test_a_secret_works_from_its_addresses_only(person: Person) -> None:
    seat = seat_of(person("buyer", SECURITY), SECURITY)
    made = open_source(seat, "机房", SourceKind.ALERTMANAGER, by=seat, networks=["10.1.0.0/16"])

    assert source_by_secret(made.secret, "10.1.2.3") == made.source
    for address in ("10.2.0.1", "", "unix:", "::1"):
        assert source_by_secret(made.secret, address) is None
    with pytest.raises(Refused, match="不是地址"):
        open_source(seat, "机房", SourceKind.ALERTMANAGER, by=seat, networks=["10.1.0.0/99"])


def test_a_closed_source_is_dead_and_what_it_sent_stays(source: NewSource, person: Person) -> None:
    sent(source.secret, FIRING)
    seat = seat_of(person("buyer", SECURITY), SECURITY)
    elsewhere = seat_of(person("buyer", CLOUD), CLOUD)

    assert close_source(elsewhere, source.source.pk, by=elsewhere) is None
    close_source(seat, source.source.pk, by=seat)

    assert sent(source.secret, FIRING)[0] == 401
    assert Alert.objects.count() == 1
    assert not AlertSource.objects.filter(digest=source.secret).exists()
    acts = AuditEntry.objects.filter(act__startswith="alert_source").values_list("act", flat=True)
    assert sorted(acts) == ["alert_source.closed", "alert_source.opened"]


def test_the_alerts_of_one_contract_are_not_those_of_another(source: NewSource) -> None:
    sent(source.secret, FIRING)
    row = Alert.objects.get()

    assert alert(SECURITY, row.pk) is not None
    assert alert(CLOUD, row.pk) is None
    assert delivery(CLOUD, row.delivery_id) is None


def test_who_does_not_lead_a_side_opens_no_source(person: Person) -> None:
    for role in ("engineer", "auditor", "using_department"):
        seat = seat_of(person(role, SECURITY), SECURITY)
        with pytest.raises(Refused):
            open_source(seat, "我的", SourceKind.GENERIC, by=seat)
