"""提醒与告警的页面: what a side sees of its own and not of the other, what was typed stays, and the command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
import time_machine
from click.testing import CliRunner
from django.test import Client

from lvyue.accounts.queries import Account, seat_of
from lvyue.cli.main import main
from lvyue.contracts.actions import register_release
from lvyue.library.loader import text_of
from lvyue.monitoring.actions import open_source, receive
from lvyue.monitoring.choices import SourceKind
from lvyue.obligations.actions.reminding import remind
from lvyue.obligations.models import ReminderPolicy
from tests.conftest import Person
from tests.obligations.test_feeds import NOW, SECURITY, entry
from tests.obligations.test_reminders import at

PAGE = f"/contracts/{SECURITY}/reminders/"
ALERTS = f"/contracts/{SECURITY}/alerts/"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def as_(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def shown(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def typed(**more: str) -> dict[str, str]:
    """The form as it stands, with what somebody changed."""
    told = {"hour": "9", "working_days_only": "on", "second": ""}
    for rhythm in ("hours", "long", "short", "day"):
        told |= {f"{rhythm}_before": "", f"{rhythm}_after": "", f"{rhythm}_on_day": "on"}
    return told | more


def test_each_side_sees_its_own_ladder_and_receipts(person: Person) -> None:
    """互不信任的双方：甲方看到甲方何时被提醒、谁读了；乙方只看到逾期时自己会被告知；审计两边都看到。"""
    buyer, manager = person("buyer", SECURITY), person("supplier_manager", SECURITY)
    auditor = person("auditor", SECURITY)
    entry()
    with time_machine.travel(at("2026-03-10 09:00"), tick=False):
        remind()
        ours, theirs, all_of_it = (shown(as_(one)) for one in (buyer, manager, auditor))

    assert "还有 3 个工作日到期：付首期款" in ours
    assert "站内已送达，未读" in ours
    assert "还有 3 个工作日到期" not in theirs
    assert "对方负责人" in theirs
    assert "<td>到期之前</td>" in ours
    assert "<td>到期之前</td>" not in theirs
    assert "还有 3 个工作日到期" in all_of_it
    assert "提醒参数" not in all_of_it


def test_what_was_typed_stays_and_a_trial_keeps_nothing(person: Person) -> None:
    client = as_(person("buyer", SECURITY))
    entry()

    wrong = client.post(f"{PAGE}set/", typed(long_before="三天", hour="25"))
    trial = client.post(f"{PAGE}set/", typed(long_before="5个工作日", preview="1"))

    assert wrong.status_code == 422
    assert 'value="三天"' in wrong.content.decode()
    assert "2026-03-06" in trial.content.decode()
    assert not ReminderPolicy.objects.exists()
    assert client.post(f"{PAGE}set/", typed(long_before="5个工作日")).status_code == 302
    assert ReminderPolicy.objects.get().side == "buyer"


def test_who_may_not_is_told_and_who_is_a_stranger_finds_nothing(person: Person) -> None:
    engineer, stranger = person("engineer", SECURITY), person("buyer", "cloud-lease-2025")

    assert as_(engineer).post(f"{PAGE}set/", typed()).status_code == 403
    assert as_(engineer).get(f"{ALERTS}sources/").status_code == 403
    for address in (PAGE, ALERTS, f"{ALERTS}sources/", f"{ALERTS}1/", f"{ALERTS}bodies/1/"):
        assert as_(stranger).get(address).status_code == 404
    assert as_(stranger).post(f"{PAGE}pause/", {"reason": "x"}).status_code == 404


def test_a_feed_is_made_on_the_page_and_its_address_shown_once(person: Person) -> None:
    client = as_(person("buyer", SECURITY))
    entry()

    made = client.post("/calendar/feeds/new/", {"name": "手机", "contract_id": "", "alarm": "1440"})

    assert made.status_code == 201
    address = made.context["address"]
    assert address in made.content.decode()
    assert Client().get(address).status_code == 200
    assert address not in shown(client, "/calendar/feeds/")
    forged = client.post(
        "/calendar/feeds/new/", {"name": "别家", "contract_id": "cloud-lease-2025"}
    )
    assert forged.status_code == 422


def test_alerts_are_listed_with_their_bodies_and_leave_as_files(person: Person) -> None:
    """告警的文字来自外面：页面上不成为标记，原文只作为附件下载。"""
    buyer = person("buyer", SECURITY)
    seat = seat_of(buyer, SECURITY)
    client = as_(buyer)
    told = client.post(
        f"{ALERTS}sources/", {"name": "网管", "kind": "generic", "mapping": "name = title"}
    )
    assert told.status_code == 201
    source = open_source(
        seat, "机房", SourceKind.GENERIC, by=seat, mapping={"name": "title"}
    ).source
    body = {"id": 1, "title": "<script>1</script>", "starts_at": "2026-03-02T09:00:00"}
    receive(source, json.dumps(body).encode())

    page = shown(client, ALERTS)
    raw = client.get(f"{ALERTS}bodies/{source.deliveries.get().pk}/")

    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "<script>1</script>" not in page
    assert raw.content == json.dumps(body).encode()
    assert raw["Content-Disposition"].startswith("attachment")
    assert client.get(f"{ALERTS}?format=csv").content.startswith(b"\xef\xbb\xbf")
    assert shown(client, f"{ALERTS}?q=没有&before=forged&status=🙂").count("没有这样的告警") == 1


def test_the_command_says_who_would_be_told_and_lists_the_receipts(person: Person) -> None:
    """S0 首付款的提醒链，带回执打印出来。"""
    person("buyer", SECURITY)
    entry()
    run = CliRunner()

    said = run.invoke(main, ["remind", "--dry-run", "--as-of", "2026-03-10T09:00:00+08:00"])
    refused = run.invoke(main, ["remind", "--as-of", "2026-03-10T09:00:00+08:00"])
    for moment in ("03-10 09:00", "03-13 09:00", "03-16 09:00", "03-18 09:00"):
        with time_machine.travel(at(f"2026-{moment}"), tick=False):
            remind()
    body = text_of(SECURITY)
    digest = hashlib.sha256(body.encode()).hexdigest()
    register_release(SECURITY, "试", body, digest, by="测试", demonstration=False)
    told = run.invoke(main, ["remind", "--receipts", SECURITY])

    assert "还有 3 个工作日到期：付首期款  → buyer-1" in said.output
    assert refused.exit_code == 2
    stages = [line.split("  ")[2] for line in told.output.splitlines() if not line.startswith(" ")]
    assert stages == ["到期之前", "最后一天", "逾期", "逾期", "升级"]
    assert "buyer-1  站内已送达，未读" in told.output
