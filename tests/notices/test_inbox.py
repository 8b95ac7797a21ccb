"""收件箱: who is told what, once, and what they no longer see when the contract is no longer theirs."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest
import time_machine

from lvyue.accounts.actions import dismiss
from lvyue.accounts.models import Account, Appointment, AuditEntry, ContactWay
from lvyue.clock import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.notices.actions import tell
from lvyue.notices.actions.reading import Choice, choose, read, read_all, unread
from lvyue.notices.choices import LegState, Topic
from lvyue.notices.models import Leg, Message
from lvyue.notices.queries.inbox import VEIL, InboxFilter, inbox, message_of, unread_of
from tests.conftest import Person
from tests.notices.told import BY, S0, S1, mail_channel, reachable

FRIDAY_NIGHT = datetime(2026, 9, 18, 23, 30, tzinfo=SHANGHAI)


def tell_of(person: Account, key: str = "k", **more: Any) -> list[Message]:
    asked: dict[str, Any] = {
        "topic": Topic.REMINDER,
        "subject": "付款快到期",
        "body": "",
        "by": BY,
        **more,
    }
    return tell([person], key=key, **asked)


def test_telling_twice_tells_once(person: Person) -> None:
    buyer = person("buyer", S0)

    first, again = tell_of(buyer), tell_of(buyer, subject="换了一种说法")

    assert [one.pk for one in again] == [one.pk for one in first]
    assert [one.subject for one in inbox(buyer, InboxFilter()).rows] == ["付款快到期"]


def test_a_subject_is_one_line_and_nobody_who_has_left_is_told(person: Person) -> None:
    buyer, gone = person("buyer", S0), person("auditor", S0)
    gone.is_active = False

    told = tell(
        [buyer, buyer, gone],
        topic=Topic.SYSTEM,
        subject="第一行\r\nBcc: 某人\x00" + "长" * 500,
        body="一\r\n二\x07",
        key="k",
        by=BY,
    )

    assert [one.account_id for one in told] == [buyer.pk]
    assert told[0].subject.startswith("第一行 Bcc: 某人 长")
    assert len(told[0].subject) == 200
    assert told[0].body == "一\n二"


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/", "//elsewhere.example", "contracts"]
)
def test_a_message_leads_to_a_page_of_the_product_and_nowhere_else(
    address: str, person: Person
) -> None:
    with pytest.raises(ValueError, match="no path"):
        tell_of(person("buyer", S0), address=address)


def test_nobody_reads_or_marks_the_messages_of_others(person: Person) -> None:
    buyer, other = person("buyer", S0), person("supplier_manager", S0)
    (message,) = tell_of(buyer)

    assert message_of(other, message.pk) is None
    assert inbox(other, InboxFilter()).rows == ()
    with pytest.raises(Refused):
        read(message, by=other)
    assert unread_of(buyer) == 1


def test_reading_counts_from_the_first_time(person: Person) -> None:
    buyer = person("buyer", S0)
    (message,) = tell_of(buyer)
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        read(message, by=buyer)

    read(message, by=buyer)

    assert message_of(buyer, message.pk).read_at == FRIDAY_NIGHT  # type: ignore[union-attr]  # it is there
    assert unread_of(buyer) == 0
    unread(message, by=buyer)
    assert unread_of(buyer) == 1
    assert read_all(by=buyer) == 1


def test_whoever_left_a_contract_sees_that_there_was_something_and_not_what(person: Person) -> None:
    """一个供应商的人离开合同之后，合同里的事不再给他看。"""
    manager = person("supplier_manager", S0)
    tell_of(manager, contract_id=S0, address=f"/contracts/{S0}/", body="金额 1 元")
    dismiss(Appointment.objects.get(account=manager), by=BY, reason="调离")

    (row,) = inbox(manager, InboxFilter()).rows

    assert (row.subject, row.body, row.address, row.contract) == (VEIL, "", "", "")
    assert row.veiled


def test_the_inbox_is_filtered_and_turned_over_page_by_page(person: Person) -> None:
    buyer = person("buyer", S0, S1)
    for number in range(5):
        contract = (S0, S1)[number % 2]
        tell_of(buyer, key=str(number), subject=f"第 {number} 条", contract_id=contract)
    tell_of(buyer, key="s", topic=Topic.SECURITY, subject="登录")

    first = inbox(buyer, InboxFilter(contract_id=S0), at_once=2)
    second = inbox(buyer, InboxFilter(contract_id=S0, before=first.before), at_once=2)

    assert [one.subject for one in (*first.rows, *second.rows)] == ["第 4 条", "第 2 条", "第 0 条"]
    assert second.before is None
    (only,) = inbox(buyer, InboxFilter(topic="security")).rows
    assert only.subject == "登录"


# ── how people want to be told ───────────────────────────────────────────────────────────────────────────────────


def test_only_what_a_person_has_shown_to_be_theirs_is_used(person: Person) -> None:
    mail_channel()
    buyer = person("buyer", S0)
    ContactWay.objects.create(account=buyer, kind="mail", value="claimed@office.example")

    tell_of(buyer)

    assert not Leg.objects.exists()


def test_people_of_the_demonstration_are_told_in_the_product_alone(person: Person) -> None:
    mail_channel()
    buyer = reachable(person("buyer", S0), mail="buyer@office.example")
    buyer.demonstration = True
    buyer.save()

    tell_of(buyer, urgent=True)

    assert unread_of(buyer) == 1
    assert not Leg.objects.exists()


@pytest.mark.parametrize(
    ("choice", "urgent", "leaves"),
    [
        (Choice(), False, "2026-09-19 07:00"),
        (Choice(), True, "2026-09-18 23:30"),
        (Choice(urgent_wakes=False), True, "2026-09-19 07:00"),
        # 周六 19 日休息，周日 20 日是中秋前的调休上班日
        (Choice(working_days_only=True), False, "2026-09-20 07:00"),
        (Choice(digest_at=time(17)), False, "2026-09-19 17:00"),
        (Choice(digest_at=time(17), working_days_only=True), False, "2026-09-20 17:00"),
        (Choice(quiet_from=None, quiet_to=None), False, "2026-09-18 23:30"),
        (Choice(quiet_from=time(12), quiet_to=time(13)), False, "2026-09-18 23:30"),
    ],
)
def test_what_can_wait_waits_for_the_hours_that_a_person_chose(
    choice: Choice, *, urgent: bool, leaves: str, person: Person
) -> None:
    mail_channel()
    buyer = reachable(person("buyer", S0), mail="buyer@office.example")
    choose(choice, by=buyer)

    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        tell_of(buyer, urgent=urgent)

    leg = Leg.objects.get()
    assert f"{leg.next_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == leaves
    held = leg.next_at > FRIDAY_NIGHT
    assert leg.state == (LegState.HELD if held else LegState.WAITING)


def test_a_person_chooses_by_topic(person: Person) -> None:
    mail_channel()
    buyer = reachable(person("buyer", S0), mail="buyer@office.example")

    choose(Choice(ways={"reminder": [], "job": ["mail"]}), by=buyer)
    tell_of(buyer, key="1")
    tell_of(buyer, key="2", topic=Topic.JOB, subject="导出好了")

    assert [one.subject for one in Leg.objects.all()] == ["导出好了"]
    assert AuditEntry.objects.filter(act="notice_settings.changed", who=buyer.username).exists()


@pytest.mark.parametrize(
    ("choice", "place"),
    [
        (Choice(ways={"gossip": ["mail"]}), "话题"),
        (Choice(ways={"reminder": ["webhook"]}), "通道"),
        (Choice(quiet_from=time(22), quiet_to=None), "免打扰"),
    ],
)
def test_what_cannot_be_chosen_is_refused(choice: Choice, place: str, person: Person) -> None:
    with pytest.raises(Refused) as refused:
        choose(choice, by=person("buyer", S0))

    assert [doubt.places for doubt in refused.value.doubts] == [(place,)]
