"""下一步提醒: beside a term stands when whom of one's own side is told by which road and why, and what was told last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from lvyue import clock
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.accounts.queries import seat_of
from lvyue.core.calendar import Span, Unit
from lvyue.core.reminding import Offsets, Policy, Rhythm
from lvyue.obligations.actions.reminding import pause, remind, set_policy
from lvyue.obligations.coming import TermReminders, reminders_beside
from tests.conftest import Person
from tests.notices.told import mail_channel, reachable
from tests.obligations.test_reminders import PAY, SECURITY, Cast, at, colleague, paying  # noqa: F401  the fixture

PAGE = f"/contracts/{SECURITY}/terms/{PAY}/"
API = f"/api/v1/contracts/{SECURITY}/terms/{PAY}"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(at("2026-02-09 15:00"), tick=False):
        yield


def beside(account: Account) -> TermReminders:
    return reminders_beside(seat_of(account, SECURITY), PAY, clock.now())


def as_(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def test_the_next_step_says_when_whom_how_and_why(paying: Cast) -> None:  # noqa: F811
    """OBL-10: 三个工作日之前提醒甲方；2026-02-28 是调休上班的星期六，所以是 2 月 25 日 9 时。"""
    mail_channel()
    reachable(paying.buyer, mail="pay@office.example")

    (step,) = beside(paying.buyer).next

    assert step.at == at("2026-02-25 09:00")
    assert (step.side, step.stage) == ("甲方", "到期之前")
    assert {one.name: one.roads for one in step.people}[paying.buyer.name] == ("站内消息", "邮件")
    assert "提前 3个工作日" in step.rule
    assert "没有设定过" in step.rule
    assert beside(paying.buyer).sent == ()


def test_the_road_is_the_one_that_leads_there_now(paying: Cast) -> None:  # noqa: F811
    reachable(paying.buyer, mail="pay@office.example")

    (step,) = beside(paying.buyer).next  # there is no mail server

    assert all(one.roads == ("站内消息",) for one in step.people)


def test_the_rule_is_that_of_ones_own_side(paying: Cast) -> None:  # noqa: F811
    policy = Policy(offsets={Rhythm.LONG: Offsets((Span(5, Unit.WORKING_DAYS),))}, hour=8)
    set_policy(seat_of(paying.buyer, SECURITY), policy, None, by=paying.buyer)

    (step,) = beside(paying.buyer).next

    assert step.at.astimezone(clock.SHANGHAI).hour == 8
    assert "提前 5个工作日" in step.rule
    assert "没有设定过" not in step.rule


def test_who_asked_for_silence_is_not_among_those_who_will_be_told(paying: Cast) -> None:  # noqa: F811
    seat = seat_of(paying.department, SECURITY)
    before = {one.name for one in beside(paying.buyer).next[0].people}
    pause(seat, PAY, None, "由同事办理", by=paying.department)
    pause(seat_of(paying.buyer, SECURITY), PAY, None, "由同事办理", by=paying.buyer)

    after = {one.name for one in beside(paying.buyer).next[0].people}

    assert paying.buyer.name in before
    assert paying.buyer.name not in after


def test_each_side_sees_its_own_and_an_auditor_both(paying: Cast) -> None:  # noqa: F811
    ours, theirs = beside(paying.buyer), beside(paying.manager)

    assert [one.side for one in ours.next] == ["甲方"]
    assert [(one.side, one.stage) for one in theirs.next] == [("乙方", "逾期")]
    assert [one.side for one in beside(paying.auditor).next] == ["甲方", "乙方"]


def test_what_was_told_stands_below_with_its_receipt(paying: Cast) -> None:  # noqa: F811
    with time_machine.travel(at("2026-02-26 09:00"), tick=False):
        remind()
        ours, theirs = beside(paying.buyer), beside(paying.manager)
        page = as_(paying.buyer).get(PAGE).content.decode()
        other = as_(paying.manager).get(PAGE).content.decode()

    (sent,) = ours.sent
    assert paying.buyer.name in {one.name for one in sent.people}
    assert theirs.sent == ()
    assert "最近告知的" in page
    assert "站内已送达，未读" in page
    assert "最近告知的" not in other
    assert paying.buyer.name not in other.partition("its-reminders")[2]


def test_the_page_and_the_interface_say_the_same(paying: Cast) -> None:  # noqa: F811
    client = as_(paying.buyer)

    page, told = client.get(PAGE).content.decode(), answered(client)

    assert "下一步提醒" in page
    (step,) = told["reminders"]["next"]
    assert step["at"].startswith("2026-02-25T09:00")
    assert step["rule"] in page
    assert told["term"] == PAY


@pytest.mark.usefixtures("paying")
def test_nobody_else_learns_of_it(person: Person) -> None:
    elsewhere = colleague("stranger", ContractRole.BUYER, "cloud-lease-2025")
    for stranger in (elsewhere, person("administrator")):
        assert as_(stranger).get(PAGE).status_code == 404
        assert as_(stranger).get(API).status_code == 404


def test_what_does_not_run_has_an_empty_place_that_says_so(paying: Cast) -> None:  # noqa: F811
    page = as_(paying.buyer).get(f"/contracts/{SECURITY}/terms/second-payment/")

    assert "没有等待的提醒" in page.content.decode()


def answered(client: Client) -> dict[str, Any]:
    answer = client.get(API)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told
