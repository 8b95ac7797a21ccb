"""函件和告警也找得到：没有送出的函件只有本方找得到，别的乙方什么也找不到。"""

from __future__ import annotations

import json

import pytest
from django.test import Client

from lvyue.accounts.models import Account
from lvyue.accounts.queries import seat_of
from lvyue.contracts.queries import contracts
from lvyue.core.service import Way
from lvyue.monitoring.actions import open_source, receive
from lvyue.monitoring.choices import SourceKind
from lvyue.monitoring.models import Alert, AlertSource
from lvyue.notices.actions.letters import (
    LetterText,
    draft_letter,
    issue_letter,
    rewrite_letter,
    withdraw_letter,
)
from lvyue.notices.letter_choices import LetterKind
from lvyue.search import queries
from lvyue.search.actions import behind, catch_up
from lvyue.search.choices import EntryKind
from lvyue.search.feeds import feeds
from lvyue.search.queries import Asked
from lvyue.web.views.search import PAGES, address_of
from tests.conftest import Person
from tests.notices.cast import S0, S4, Sit, came_back, issued, sent

pytestmark = pytest.mark.django_db


def keys(account: Account, typed: str, kind: EntryKind) -> list[str]:
    """What somebody finds of a kind, after the index has followed."""
    assert not catch_up(contracts().values_list("pk", flat=True))
    found = queries.find(account, Asked(typed))
    return [hit.key for group in found.groups if group.kind is kind for hit in group.hits]


def letters(account: Account, typed: str) -> list[str]:
    return keys(account, typed, EntryKind.LETTER)


def test_every_kind_is_brought_in_by_one_feed_and_has_a_page() -> None:
    fed = [kind for feed in feeds() for kind in feed.kinds]

    assert sorted(fed) == sorted(EntryKind)
    assert set(PAGES) == set(EntryKind)


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_found_by_the_other_side_once_it_was_sent(sit: Sit, person: Person) -> None:
    """REG-10：拟稿、签发未送出、撤回的，只有本方找得到"""
    lead = sit("buyer", S0)
    buyer, supplier = person("buyer", S0), person("supplier_manager", S0)
    text = LetterText("机柜温度整改", "请一周内更换风扇。", paper="测函〔2026〕7号")
    row = draft_letter(LetterKind.RECTIFICATION, text, by=lead)

    assert (letters(buyer, "风扇"), letters(supplier, "风扇")) == (["1"], [])
    row = issue_letter(row.number, row.version, by=lead)
    assert (letters(buyer, "机柜温度"), letters(supplier, "机柜温度")) == (["1"], [])
    sent(lead, row, Way.HAND, row.dated.isoformat() if row.dated else "")
    assert (letters(buyer, "2026〕7"), letters(supplier, "机柜温度")) == (["1"], ["1"])


def test_what_was_withdrawn_never_shows_to_the_other_side(sit: Sit, person: Person) -> None:
    manager = sit("supplier_manager", S0)
    row = draft_letter(LetterKind.REQUEST, LetterText("请求确认停机窗口", "请答复。"), by=manager)
    withdraw_letter(row.number, "写错了", by=manager)

    assert letters(person("supplier_manager", S0), "停机窗口") == ["1"]
    assert letters(person("buyer", S0), "停机窗口") == []


def test_a_supplier_finds_nothing_of_another_suppliers_letters(sit: Sit, person: Person) -> None:
    """REG-10：同一甲方的两个乙方互相看不见"""
    lead = sit("buyer", S0)
    sit("buyer", S4)
    sent(lead, issued(lead, title="测试整改要求"))
    stranger = person("engineer", S4)

    assert letters(person("supplier_manager", S0), "整改要求") == ["1"]
    assert letters(stranger, "整改要求") == []
    assert queries.find(stranger, Asked("整改要求", contract_id=S0)).groups == ()


def test_the_index_follows_each_step_of_a_letter(sit: Sit, person: Person) -> None:
    lead = sit("buyer", S0)
    buyer = person("buyer", S0)
    row = draft_letter(LetterKind.GENERAL, LetterText("测试函件", "初稿提到空调。"), by=lead)
    assert letters(buyer, "空调") == ["1"]

    row = rewrite_letter(row.number, row.version, LetterText("测试函件", "改稿提到消防。"), by=lead)
    assert (letters(buyer, "空调"), letters(buyer, "消防")) == ([], ["1"])

    row = issue_letter(row.number, row.version, by=lead)
    sent(lead, row, Way.HAND, row.dated.isoformat() if row.dated else "")
    assert letters(buyer, "消防 -送达") == ["1"]
    served = came_back(lead, row, at=row.dated.isoformat() if row.dated else "").letter
    assert letters(buyer, f"送达 {served.served_on}") == ["1"]
    assert behind([S0]) == []


def test_personal_data_in_a_letter_is_not_indexed(sit: Sit, person: Person) -> None:
    """SYS-01"""
    text = LetterText("联络函", "有事请打 13812345678，或写信到 zhang@example.cn。")
    draft_letter(LetterKind.GENERAL, text, by=sit("buyer", S0))
    buyer = person("buyer", S0)

    assert letters(buyer, "有事请打") == ["1"]
    assert (letters(buyer, "13812345678"), letters(buyer, "zhang@example.cn")) == ([], [])


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def told(source: AlertSource, *names: str, status: str = "firing") -> None:
    """What Alertmanager sends of alerts that began at one time."""
    alerts = [
        {
            "status": status,
            "labels": {"alertname": name, "severity": "critical", "instance": "db-1:9100"},
            "annotations": {"summary": f"{name} 五分钟没有应答"},
            "startsAt": "2026-03-02T20:40:12Z",
            "endsAt": "2026-03-02T21:00:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
            "fingerprint": f"f-{name}",
        }
        for name in names
    ]
    body = {"version": "4", "status": status, "alerts": alerts, "truncatedAlerts": 0}
    receive(source, json.dumps(body).encode())


@pytest.fixture
def source(sit: Sit, person: Person) -> AlertSource:
    sit("buyer", S0)
    sit("buyer", S4)
    seat = seat_of(person("supplier_manager", S0), S0)
    return open_source(seat, "机房 Prometheus", SourceKind.ALERTMANAGER, by=seat).source


def test_an_alert_is_found_by_name_label_and_summary(person: Person, source: AlertSource) -> None:
    told(source, "磁盘将满", "HostDown")
    full, down = (str(Alert.objects.get(name=name).pk) for name in ("磁盘将满", "HostDown"))
    buyer = person("buyer", S0)

    assert keys(buyer, "磁盘", EntryKind.ALERT) == [full]
    assert keys(buyer, "hostdown 应答", EntryKind.ALERT) == [down]
    assert sorted(keys(buyer, "db-1:9100", EntryKind.ALERT)) == sorted([full, down])
    (hit,) = queries.find(buyer, Asked("磁盘", kind=EntryKind.ALERT)).groups[0].hits
    assert hit.day is not None
    assert hit.day.isoformat() == "2026-03-03"  # the day in Beijing, not in Greenwich


def test_another_supplier_finds_no_alert(person: Person, source: AlertSource) -> None:
    """REG-10"""
    told(source, "磁盘将满")

    assert keys(person("engineer", S4), "磁盘", EntryKind.ALERT) == []
    assert keys(person("buyer", S0), "磁盘", EntryKind.ALERT) != []


def test_the_index_takes_only_what_is_new(
    person: Person, source: AlertSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alert that is told again, or is over, costs nothing; many come in pieces."""
    monkeypatch.setattr("lvyue.monitoring.indexing._PIECE", 2)
    buyer = person("buyer", S0)
    told(source, *(f"探针 {number} 号" for number in range(5)))
    assert [one.name for _, one, _ in behind([S0])].count("alerts") == 1
    assert len(keys(buyer, "探针", EntryKind.ALERT)) == 5

    told(source, "探针 3 号", status="resolved")
    assert behind([S0]) == []
    told(source, "探针 7 号")
    assert len(queries.find(buyer, Asked("探针", kind=EntryKind.ALERT)).groups[0].hits) == 5
    catch_up([S0])
    assert queries.find(buyer, Asked("探针", kind=EntryKind.ALERT)).number == 6


def test_the_page_of_what_was_found_opens(sit: Sit, person: Person, source: AlertSource) -> None:
    lead = sit("buyer", S0)
    sent(lead, issued(lead, title="磁盘扩容通知"))
    told(source, "磁盘将满")
    buyer = person("buyer", S0)
    catch_up([S0])
    hits = [hit for group in queries.find(buyer, Asked("磁盘")).groups for hit in group.hits]
    mine, other = Client(), Client()
    mine.force_login(buyer)
    other.force_login(person("engineer", S4))

    assert {hit.kind for hit in hits} >= {EntryKind.LETTER, EntryKind.ALERT}
    for hit in hits:
        assert mine.get(address_of(hit)).status_code == 200, hit
        assert other.get(address_of(hit)).status_code == 404, hit
