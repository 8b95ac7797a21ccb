"""日历订阅: an address of one's own for a calendar program; what stands in the file, and who gets it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from lvyue.accounts.actions import dismiss, switch_off
from lvyue.accounts.models import AuditEntry
from lvyue.accounts.queries import Account, appointments_of
from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.obligations.actions.feeding import MOST, open_feed, read_feed, revoke_feed
from lvyue.obligations.agenda import end_of
from lvyue.obligations.choices import EntryState
from lvyue.obligations.models import DueEntry, Feed
from tests.conftest import Person

SECURITY = "security-support-2026"
CLOUD = "cloud-lease-2025"
NOW = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
LONG = "合同生效且收到等额发票后 10 个工作日内，付合同总价款的 70%，逾期另计，" * 4


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def entry(contract_id: str = SECURITY, term: str = "first-payment", **more: object) -> DueEntry:
    """An entry, as keeping would have written it."""
    due = date(2026, 3, 13)
    told = {
        "contract_id": contract_id,
        "title": "安全保障服务",
        "about": "due",
        "term": term,
        "occurrence": "",
        "clause": "main 5.2①",
        "says": "付首期款",
        "debtor": "buyer",
        "verdict": Verdict.NOT_DUE.value,
        "state": EntryState.OPEN.value,
        "due": due,
        "until": end_of(due),
        "unit": "working_days",
        "provisional": False,
        "for_buyer": True,
        "for_department": False,
        "for_manager": False,
        "for_engineer": False,
        "leads": True,
        "created_at": NOW,
        "changed_at": NOW,
        "next_at": NOW,
        "release_sequence": 1,
        "calendar": "",
        "size": 0,
    }
    return DueEntry.objects.create(**(told | more))


def fetched(secret: str, **headers: str) -> tuple[int, bytes]:
    """What a calendar program gets, without a session."""
    answer = Client().get(f"/calendar/feeds/{secret}.ics", headers=headers)
    return answer.status_code, answer.content


def events(secret: str) -> dict[str, Any]:
    status, data = fetched(secret)
    assert status == 200
    found = Calendar.from_ical(data)
    return {str(one["summary"]): one for one in found.walk("VEVENT")}


@pytest.fixture
def buyer(person: Person) -> Account:
    return person("buyer", SECURITY)


# ── what stands in it ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_day_is_a_day_and_a_moment_stands_in_the_time_of_shanghai(buyer: Account) -> None:
    entry()
    at = datetime(2026, 3, 3, 0, 30, tzinfo=SHANGHAI)
    entry(term="one-hour", says="1 小时内通知", unit="hours", due=at.date(), until=at)
    secret = open_feed("手机", by=buyer).secret

    found = events(secret)

    day, hour = found["付首期款（安全保障服务）"], found["1 小时内通知（安全保障服务）"]
    assert (day["dtstart"].dt, day["dtend"].dt) == (date(2026, 3, 13), date(2026, 3, 14))
    assert hour["dtend"].dt == at
    assert hour["dtend"].params["TZID"] == "Asia/Shanghai"
    assert day["status"] == "CONFIRMED"


def test_a_tentative_date_and_one_that_has_gone_say_so(buyer: Account) -> None:
    """暂定的标 TENTATIVE；撤销的标 CANCELLED，不是悄悄消失。"""
    entry(term="a", says="暂定的", provisional=True)
    entry(term="b", says="撤销的", state=EntryState.CANCELLED)
    entry(term="c", says="办完的", state=EntryState.DONE)
    entry(term="d", says="中止的", verdict=Verdict.SUSPENDED.value)

    found = events(open_feed("手机", by=buyer).secret)

    assert {name.partition("（")[0]: str(one["status"]) for name, one in found.items()} == {
        "暂定 暂定的": "TENTATIVE",
        "已取消 撤销的": "CANCELLED",
        "✓ 办完的": "CONFIRMED",
        "中止的": "TENTATIVE",
    }


def test_a_date_that_moves_is_the_same_event_with_a_higher_sequence(buyer: Account) -> None:
    row = entry()
    secret = open_feed("手机", by=buyer, alarm=1440).secret
    (before,) = events(secret).values()

    later = NOW + timedelta(days=1)
    row.was, row.because = row.until, "合同第 2 版生效"
    row.due, row.until, row.sequence, row.changed_at = (
        date(2026, 3, 20),
        end_of(date(2026, 3, 20)),
        1,
        later,
    )
    row.save()
    (after,) = events(secret).values()

    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["last-modified"].dt > before["last-modified"].dt
    assert "原定 2026-03-13，因为合同第 2 版生效改期。" in after["description"]
    assert [one["trigger"].dt for one in after.walk("VALARM")] == [timedelta(days=-1)]


def test_long_chinese_lines_are_folded_between_characters(buyer: Account) -> None:
    entry(says=LONG)

    _, data = fetched(open_feed("手机", by=buyer).secret)

    lines = data.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert "".join(line.decode() for line in lines).count("�") == 0
    (found,) = Calendar.from_ical(data).walk("VEVENT")  # a second reading of the same bytes
    assert str(found["description"]).startswith(LONG)


def test_who_has_the_file_is_not_sent_it_again(buyer: Account) -> None:
    row = entry()
    secret = open_feed("手机", by=buyer).secret
    tag = Client().get(f"/calendar/feeds/{secret}.ics").headers["ETag"]

    assert fetched(secret, if_none_match=tag) == (304, b"")
    row.says = "改了"
    row.save()
    assert fetched(secret, if_none_match=tag)[0] == 200


def test_no_name_of_a_person_stands_in_it(buyer: Account) -> None:
    entry()

    _, data = fetched(open_feed("手机", by=buyer).secret)

    assert buyer.name not in data.decode()
    assert buyer.username not in data.decode()


def test_a_calendar_program_opens_it(buyer: Account, tmp_path: Path) -> None:
    """另一个实现：calcurse 读入订阅的文件，在那一天列出这件事。"""
    program = shutil.which("calcurse")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("calcurse is not here; tools/install_test_tools.sh installs it")
        pytest.skip("no calcurse: as root, tools/install_test_tools.sh")
    entry(says=LONG)
    at = datetime(2026, 3, 13, 15, 30, tzinfo=SHANGHAI)
    entry(term="one-hour", says="1 小时内通知", unit="hours", due=at.date(), until=at)
    _, data = fetched(open_feed("手机", by=buyer).secret)
    file = tmp_path / "feed.ics"
    file.write_bytes(data)
    there = {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TZ": "Asia/Shanghai",
        "PATH": os.environ["PATH"],
    }

    def ask(*words: str) -> str:
        command = [program, "-D", str(tmp_path / "calcurse"), *words]
        ran = subprocess.run(
            command, capture_output=True, text=True, env=there, timeout=20, check=True
        )
        return ran.stdout

    ask("-i", str(file))
    listed = ask("-Q", "--from", "03/13/2026", "--days", "1")

    assert f"{LONG}（安全保障服务）" in listed
    assert "15:15 -> 15:30" in listed
    assert "1 小时内通知" in listed


# ── who gets it ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_sees_their_own_contracts_and_nobody_elses(person: Person) -> None:
    """供应商之间互不可见：同一时刻，各自的订阅里只有各自的合同。"""
    here, there = person("supplier_manager", SECURITY), person("engineer", CLOUD)
    entry(says="这边的")
    entry(CLOUD, says="那边的")

    assert [*events(open_feed("手机", by=here).secret)] == ["这边的（安全保障服务）"]
    assert [*events(open_feed("手机", by=there).secret)] == ["那边的（安全保障服务）"]
    with pytest.raises(Refused, match="没有编号"):
        open_feed("别人的", by=here, contract_id=CLOUD)


def test_a_revoked_a_forged_and_somebody_elses_address_are_not_there(
    buyer: Account, person: Person
) -> None:
    stranger = person("engineer", CLOUD)
    made = open_feed("手机", by=buyer)

    assert revoke_feed(made.feed.pk, by=stranger) is None
    assert fetched(made.secret)[0] == 200
    revoke_feed(made.feed.pk, by=buyer)

    assert fetched(made.secret)[0] == 404
    for forged in ("x", made.secret[:-1], made.feed.digest, "🙂", "a" * 5000):
        assert fetched(forged)[0] == 404
    assert {one.act for one in AuditEntry.objects.filter(act__startswith="feed.")} == {
        "feed.created",
        "feed.revoked",
    }


def test_an_address_ends_with_the_appointment_and_with_the_account(
    buyer: Account, person: Person
) -> None:
    """离任即止：每次读取都重新判断，不看建立时的权限。"""
    entry()
    one = open_feed("手机", by=buyer, contract_id=SECURITY).secret
    every = open_feed("电脑", by=buyer).secret
    other = person("supplier_manager", SECURITY)
    theirs = open_feed("手机", by=other).secret

    held = appointments_of(buyer).get()
    dismiss(held, by="测试", reason="调离")
    switch_off(other, by="测试", reason="离职")

    assert fetched(one)[0] == 404
    assert events(every) == {}
    assert fetched(theirs)[0] == 404


def test_only_the_hash_is_kept_and_not_too_many(buyer: Account) -> None:
    secrets = [open_feed(f"第 {number} 个", by=buyer).secret for number in range(MOST)]

    assert not Feed.objects.filter(digest__in=secrets).exists()
    assert read_feed(secrets[0], NOW) is not None
    with pytest.raises(Refused, match="已有"):
        open_feed("再一个", by=buyer)


@pytest.mark.parametrize(
    ("name", "alarm"),
    [("", None), ("字" * 5000, None), ("\x00", None), ("手机", -1), ("手机", 10**9)],
)
def test_a_feed_without_a_name_or_sense_is_refused(
    buyer: Account, name: str, alarm: int | None
) -> None:
    with pytest.raises(Refused):
        open_feed(name, by=buyer, alarm=alarm)
