"""工单接口: what a program sees of tickets and does to them, and what it must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from django.test import Client

from lvyue.accounts.actions import create_token, register_organisation
from lvyue.accounts.actions.departments import register_department
from lvyue.accounts.models import Account
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.models import Ticket
from tests.conftest import Person
from tests.helpdesk.conftest import CLOUD, LEASE, TakeSeat

Now = Callable[[str], None]
AT = f"/api/v1/contracts/{LEASE}/tickets"


class Program:
    """A program with somebody's token."""

    def __init__(self, account: Account) -> None:
        secret = create_token(account, "测试程序", 30, by=account).secret
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = Client(raise_request_exception=False)

    def get(self, address: str, asked: Mapping[str, Any] | None = None) -> Any:
        return self.client.get(address, asked or {}, headers=self.headers)

    def send(self, address: str, body: Any, **headers: str) -> Any:
        more = {name.replace("_", "-"): one for name, one in headers.items()}
        return self.client.post(
            address,
            json.dumps(body),
            content_type="application/json",
            headers=self.headers | more,
        )


Programs = Callable[..., Program]


@pytest.fixture
def program(person: Person, contracts: None) -> Programs:  # noqa: ARG001  roles are on contracts
    return cache(lambda role, contract_id=LEASE: Program(person(role, contract_id)))


def test_a_ticket_is_opened_answered_and_shown_with_its_clocks(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    opened = program("buyer").send(AT, {"kind": "incident", "title": "登录不上"})
    assert opened.status_code == 201, opened.content.decode()
    at = opened["Location"]
    now("2026-03-02 10:05:01")
    answered = program("engineer").send(f"{at}/steps", {"step": "answer"})

    told = answered.json()
    response = next(one for one in told["clocks"] if one["name"] == "kpi-9")
    assert (response["mark"], response["due"]) == ("late", "2026-03-02T10:05:00+08:00")
    assert response["clauses"]
    assert [one["part"] for one in response["stretches"]] == ["counted", "over"]
    assert told["events"] == 2
    steps = {one["name"]: one for one in told["steps"]}
    assert steps["restore"]["allowed"]
    assert steps["restore"]["needs"] == ["修后测试"]
    assert told["row"]["assignee"] == "engineer-1"


def test_who_may_not_is_told_who_may(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    at = program("buyer").send(AT, {"kind": "incident", "title": "登录不上"})["Location"]

    told = program("buyer").get(at).json()
    steps = {one["name"]: one for one in told["steps"]}
    assert not steps["answer"]["allowed"]
    assert "处理工单" in steps["answer"]["reason"]
    refused = program("buyer").send(f"{at}/steps", {"step": "answer"})
    assert refused.status_code == 409
    assert program("auditor").send(AT, {"kind": "incident", "title": "x"}).status_code == 403


def test_who_read_an_older_ticket_changes_nothing(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    engineer = program("engineer")
    opened = program("buyer").send(AT, {"kind": "incident", "title": "登录不上"})
    at, tag = opened["Location"], opened["ETag"]
    note = {"mark": "note", "said": "已查看"}
    assert engineer.send(f"{at}/marks", note, If_Match=tag).status_code == 200

    late = engineer.send(f"{at}/steps", {"step": "answer"}, If_Match=tag)
    assert late.status_code == 412
    assert late.json()["type"].endswith("changed")
    assert Ticket.objects.get().state == "opened"
    assert engineer.send(f"{at}/steps", {"step": "answer"}, If_Match='"2"').status_code == 200
    nonsense = engineer.send(f"{at}/steps", {"step": "work"}, If_Match='"abc"')
    assert nonsense.status_code == 412


def test_sent_twice_opened_once(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    buyer, body = program("buyer"), {"kind": "incident", "title": "登录不上"}

    first = buyer.send(AT, body, Idempotency_Key="portal-0001")
    again = buyer.send(AT, body, Idempotency_Key="portal-0001")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert Ticket.objects.count() == 1


def test_a_pause_is_asked_for_and_agreed(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    engineer, buyer = program("engineer"), program("buyer")
    at = buyer.send(AT, {"kind": "incident", "title": "登录不上"})["Location"]
    engineer.send(f"{at}/steps", {"step": "answer"})
    now("2026-03-02 10:10:00")
    asked = engineer.send(f"{at}/pause", {"cause": "power", "said": "机房停电检修"})
    assert asked.json()["pause_asked"]["reason"] == "停电"
    assert engineer.send(f"{at}/pause/answer", {"agree": True}).status_code == 403
    now("2026-03-02 10:20:00")
    agreed = buyer.send(f"{at}/pause/answer", {"agree": True})

    told = agreed.json()
    assert told["row"]["state"] == "paused"
    assert told["pause_asked"] is None
    clock = next(one for one in told["clocks"] if one["name"] == "fault-handling")
    assert clock["paused"] == 600
    assert clock["stretches"][-1]["because"]


def test_the_queue_is_sifted_ordered_and_turned_page_by_page(
    program: Programs, seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    for number in range(5):
        open_ticket(LEASE, NewTicket("incident", f"第 {number} 件"), by=seat("buyer"))
    open_ticket(LEASE, NewTicket("question", "怎么用"), by=seat("buyer"))
    take_step(LEASE, 2, StepTaken("answer"), by=seat("engineer"))
    buyer = program("buyer")

    first = buyer.get(AT, {"kind": "incident", "limit": 2, "ordering": "number"}).json()
    assert [one["number"] for one in first["results"]] == [1, 2]
    asked = {"kind": "incident", "limit": 9, "ordering": "number", "after": first["next"]}
    assert [one["number"] for one in buyer.get(AT, asked).json()["results"]] == [3, 4, 5]
    mine = buyer.get(AT, {"assignee": "engineer-1"}).json()["results"]
    assert [one["number"] for one in mine] == [2]
    assert buyer.get(AT, {"title__contains": "第 3"}).json()["results"][0]["name"] == "GZ-0004"
    assert buyer.get(AT, {"nonsense": "1"}).status_code == 422
    soonest = buyer.get(AT, {"ordering": "next_due", "limit": 1}).json()["results"][0]
    assert soonest["due_at"] is not None
    assert soonest["due_zh"]


def test_a_ticket_of_another_contract_is_no_ticket(
    program: Programs, seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    open_ticket(CLOUD, NewTicket("incident", "别家的"), by=seat("buyer", CLOUD))
    stranger = program("supplier_manager")

    there = stranger.get(f"/api/v1/contracts/{CLOUD}/tickets/1")
    nowhere = stranger.get("/api/v1/contracts/no-such-contract/tickets/1")
    assert there.status_code == nowhere.status_code == 404
    same = ("type", "title", "status", "doubts")
    assert [there.json()[one] for one in same] == [nowhere.json()[one] for one in same]
    assert "别家的" not in stranger.get(AT).content.decode()
    unknown = stranger.get(f"{AT}/1").json()["detail"]
    assert unknown == "没有第 1 号工单。"


def test_a_using_department_sees_its_own_tickets_and_no_others(
    person: Person, seat: TakeSeat, now: Now
) -> None:
    now("2026-03-02 10:00:00")
    seat("buyer")
    clerk = Program(person("using_department", LEASE))
    mine = clerk.send(AT, {"kind": "incident", "title": "我的", "department": "别的处"})
    assert mine.status_code == 201, mine.content.decode()
    assert mine.json()["row"]["department"] == ""
    open_ticket(LEASE, NewTicket("incident", "别人的"), by=seat("buyer"))

    assert [one["title"] for one in clerk.get(AT).json()["results"]] == ["我的"]
    theirs, nobodys = clerk.get(f"{AT}/2"), clerk.get(f"{AT}/99")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["detail"].replace("2", "") == nobodys.json()["detail"].replace("99", "")
    for act, body in (("steps", {"step": "withdraw"}), ("marks", {"mark": "note", "said": "看"})):
        assert clerk.send(f"{AT}/2/{act}", body).status_code == 404


def test_a_note_of_one_side_is_not_for_the_other(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    buyer, engineer = program("buyer"), program("engineer")
    at = buyer.send(AT, {"kind": "incident", "title": "登录不上"})["Location"]
    note = {"mark": "note", "said": "先别告诉甲方", "own_side": True}
    assert engineer.send(f"{at}/marks", note).json()["history"][-1]["said"] == "先别告诉甲方"

    told = buyer.get(at)
    assert "先别告诉甲方" not in told.content.decode()
    assert told.json()["hidden"] == 1


def test_a_callers_number_is_for_whoever_calls_back(program: Programs, now: Now) -> None:
    now("2026-03-02 10:00:00")
    body = {"kind": "incident", "title": "x", "caller": "来电人", "caller_contact": "555-0100"}
    at = program("engineer").send(AT, body)["Location"]

    assert program("engineer").get(at).json()["caller_contact"] == "555-0100"
    assert "555-0100" not in program("auditor").get(at).content.decode()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"kind": "nothing", "title": "x"}, "种类"),
        ({"kind": "incident", "title": "   "}, "标题"),
        ({"kind": "incident", "title": "x", "values": {"colour": "红"}}, "colour"),
        ({"kind": "incident", "title": "x", "at": "2026-03-03T10:00:00+08:00"}, "发生时间"),
        ({"kind": "incident", "title": "x", "parent": 99}, "上级工单"),
        ({"kind": "incident", "title": "x", "evidence": ["0" * 64]}, "凭据"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    program: Programs, now: Now, body: Any, where: str
) -> None:
    now("2026-03-02 10:00:00")
    refused = program("buyer").send(AT, body)

    assert refused.status_code == 409, refused.content.decode()
    assert any(where in one["where"] for one in refused.json()["doubts"])
    assert not Ticket.objects.exists()


def test_a_department_shares_its_tickets(person: Person, seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    seat("buyer")
    office = register_organisation("an-office", "某办公室", by="测试")
    affairs = register_department(office, "信息处", by="测试")
    clerk, colleague = person("using_department", LEASE), person("using_department", LEASE, CLOUD)
    for one in (clerk, colleague):
        Account.objects.filter(pk=one.pk).update(organisation=office, department=affairs)
        one.refresh_from_db()
    made = Program(clerk).send(AT, {"kind": "incident", "title": "打印不出"})

    assert made.json()["row"]["department"] == "信息处"
    seen = Program(colleague).get(AT).json()["results"]
    assert [one["title"] for one in seen] == ["打印不出"]
