"""The channels of the desk by the interface and the terminal: the same acts, rights and answers as anywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client, override_settings

from lvyue.accounts.actions import create_token
from lvyue.accounts.queries import account
from lvyue.cli.main import main
from lvyue.helpdesk.actions.channels import set_up_channel
from lvyue.helpdesk.actions.fetching import take_letter
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import Incoming, Ticket
from lvyue.jobs.schedule import Every
from lvyue.project.schedules import SCHEDULES
from tests.helpdesk.conftest import LEASE, TakeSeat, at
from tests.helpdesk.test_mail import DESK, letter
from tests.helpdesk.test_tickets import incident

Now = Callable[[str], None]

HERE = f"/api/v1/contracts/{LEASE}"


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path, PRIVATE_TARGETS=["127.0.0.1"]):
        yield


class Caller:
    """Somebody who uses the interface by a token of their own."""

    def __init__(self, username: str) -> None:
        person = account(username)
        assert person is not None
        self.secret = create_token(person, "测试", 30, by=person).secret

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        told = Client().generic(
            method,
            f"{HERE}{path}" if path.startswith("/") else f"{HERE}/desk/{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )
        return told.status_code, json.loads(told.content)


def mailbox(seat: TakeSeat, port: int = 1) -> Any:
    settings = {"host": "127.0.0.1", "port": str(port), "security": "none", "username": "desk"}
    return set_up_channel(DeskKind.MAIL, "邮箱", DESK, settings, "secret", by=seat("buyer"))


def test_the_interface_does_what_the_desk_does(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    buyer, engineer = (Caller(seat(one).username) for one in ("buyer", "engineer"))
    channel = mailbox(seat)
    told = buyer("POST", "channels", {"kind": "phone", "name": "热线", "address": "010-12345678"})
    assert told[0] == 201
    line = told[1]["id"]
    assert buyer("PUT", f"channels/{line}", {"name": "热线", "address": "010-12345679"})[0] == 200
    assert engineer("POST", "channels", {"kind": "qr", "name": "码"})[0] == 403
    names = [one["name"] for one in engineer("GET", "channels")[1]["results"]]
    assert names == ["邮箱", "热线"]
    assert "secret" not in json.dumps(engineer("GET", "channels")[1])

    for number in range(3):
        take_letter(
            channel, letter(subject=f"第 {number}", sender="x@y.example"), at("2026-03-02 09:59:00")
        )
    rows = engineer("GET", "incoming?state=waiting&limit=2")[1]
    assert [one["subject"] for one in rows["results"]] == ["第 2", "第 1"]
    assert len(engineer("GET", f"incoming?after={rows['next']}")[1]["results"]) == 1
    auditor = Caller(seat("auditor").username)
    assert auditor("GET", "incoming")[1]["results"] == []
    assert auditor("GET", "calls")[1]["results"] == []

    first, second, third = Incoming.objects.order_by("id").values_list("pk", flat=True)
    assert engineer("GET", f"incoming/{first}")[1]["text"].strip() == "打印机坏了"
    status, made = engineer("POST", f"incoming/{first}/ticket", {"kind": "incident"})
    assert status == 201
    assert engineer("POST", f"incoming/{second}/join", {"ticket": made["number"]})[0] == 200
    assert engineer("POST", f"incoming/{third}/ignore", {"reason": "广告"})[1]["state"] == "ignored"
    assert engineer("POST", f"incoming/{first}/ignore", {"reason": "广告"})[0] == 409

    call = {
        "number": "13911112222",
        "caller": "某人",
        "channel": line,
        "new": {"kind": "incident", "title": "数据库卡住"},
        "operation": "重启",
    }
    status, told_call = engineer("POST", "calls", call)
    assert status == 201
    assert "1391111" not in told_call["number"]
    stuck = Ticket.objects.get(title="数据库卡住").number
    proof = {"whom": "某人", "method": "present", "passed": True, "note": "看了证件"}
    assert engineer("POST", f"/tickets/{stuck}/identity-checks", proof)[0] == 201
    missed = {"number": "13911113333", "began_at": "2026-03-02T02:10:00+08:00"}
    assert engineer("POST", "calls/missed", missed)[0] == 201
    (gap,) = auditor("GET", "gaps")[1]["results"]
    assert gap["since"] == "2026-03-02T02:10:00+08:00"
    assert engineer("GET", "callers?q=某人")[1]["results"] == []

    one, other = incident(seat("buyer")), incident(seat("buyer"))
    twins = engineer("GET", f"tickets/{one.number}/twins")[1]["results"]
    assert [row["ticket"]["name"] for row in twins] == [other.name]
    body = {"lose": other.number, "reason": "同一件事"}
    assert buyer("POST", f"tickets/{one.number}/merge", body)[0] == 403
    assert engineer("POST", f"tickets/{one.number}/merge", body)[0] == 200
    part = {"kind": "incident", "title": "另一件", "reason": "两件事"}
    assert engineer("POST", f"tickets/{one.number}/split", part)[0] == 201
    assert engineer("POST", f"tickets/{one.number}/letters", {"text": "好"})[0] == 409
    assert Ticket.objects.get(pk=one.pk).state == "opened"


def test_the_terminal_fetches_and_shows_gaps(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    engineer = seat("engineer")
    runner = CliRunner()
    assert "还没有启用" in runner.invoke(main, ["desk", "fetch"]).output
    channel = mailbox(seat)
    take_letter(channel, letter(sender="x@y.example"), at("2026-03-02 09:59:00"))

    told = runner.invoke(main, ["desk", "fetch", "--json"])
    assert told.exit_code == 1
    assert "连不上" in json.loads(told.output)[0]["says"]
    told = runner.invoke(main, ["desk", "gaps", LEASE, "--as", engineer.username])
    assert told.output.startswith("2026-03-02 09:59 至今  邮箱")


def test_the_desk_is_fetched_every_minute() -> None:
    every_minute = {one.task for one in SCHEDULES if one.when == Every(1)}
    assert every_minute >= {
        "lvyue.helpdesk.tasks.fetch_mail",
        "lvyue.project.alerts.open_tickets_of_alerts",
    }
