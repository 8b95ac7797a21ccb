"""Within one hour by mail AND SMS: one notice with two legs, and the clock runs from the event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from time_machine import travel

from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.service import ContactMeans
from lvyue.evidence.actions import import_facts
from lvyue.evidence.queries import entries
from lvyue.library.calendar_files import default_calendar
from lvyue.notices.actions.contacts import end_contact
from lvyue.notices.actions.prompting import NewLeg, NewPrompt, open_prompt, send_prompt
from lvyue.notices.letter_choices import PromptChannel
from lvyue.notices.queries.contacts import Contact, release_of
from lvyue.notices.queries.prompts import PromptNotice, prompt, prompt_terms, sheet_of
from lvyue.obligations.actions.serving import record_leg
from lvyue.obligations.queries import statement_of
from tests.notices.cast import S0, S4, Sit, contact_of, slip

AT = datetime(2025, 9, 1, 10, 0, tzinfo=SHANGHAI)
MAIL, SMS = PromptChannel.MAIL, PromptChannel.SMS


@pytest.fixture(autouse=True)
def _an_hour_and_a_half_later() -> Iterator[None]:
    with travel("2025-09-01T11:30:00+08:00", tick=False):
        yield


def stopped(sit: Sit, subject: str = "测试断网-01") -> PromptNotice:
    """The network was cut at ten; the supplier begins the notice."""
    supplier = sit("supplier_manager", S4)
    line = {
        "id": f"event-{subject}",
        "kind": "system.disconnected",
        "at": AT.isoformat(),
        "subject": subject,
        "data": {},
    }
    import_facts(S4, [json.dumps(line).encode()], by="测试", source="测试.jsonl")
    new = NewPrompt("notice-disconnection", subject, AT, "系统已断网，原因是感染病毒。")
    return open_prompt(new, default_calendar(), by=supplier)


def people(sit: Sit) -> dict[tuple[PromptChannel, str], Contact]:
    """The client's desk and the person in charge, each with a mailbox and a mobile number."""
    buyer = sit("buyer", S4)
    return {
        (MAIL, "值班室"): contact_of(buyer, ContactMeans.EMAIL, "desk@example.cn", person="值班室"),
        (SMS, "值班室"): contact_of(buyer, ContactMeans.MOBILE, "13900000001", person="值班室"),
        (MAIL, "负责人"): contact_of(buyer, ContactMeans.EMAIL, "lead@example.cn", person="负责人"),
        (SMS, "负责人"): contact_of(buyer, ContactMeans.MOBILE, "13900000002", person="负责人"),
    }


def arrived(sit: Sit, row: PromptNotice, to: Contact, channel: PromptChannel, minutes: int) -> None:
    supplier = sit("supplier_manager", S4)
    at = AT + timedelta(minutes=minutes)
    leg = NewLeg(channel, to.pk, at, at, evidence=slip(supplier, f"{to.pk}".encode()))
    record_leg(row.number, leg, by=supplier)


def judged(row: PromptNotice) -> tuple[Verdict, str]:
    (found,) = [
        one
        for one in statement_of(S4, date(2025, 9, 1)).evaluation.findings
        if one.term == "notice-disconnection" and one.occurrence == row.subject
    ]
    return found.verdict, found.because


def state(row: PromptNotice) -> str:
    fresh = prompt(S4, row.number)
    assert fresh is not None
    return sheet_of(fresh, AT + timedelta(minutes=90)).verdict


def test_mail_at_twenty_minutes_and_no_sms_after_an_hour_is_missed(sit: Sit) -> None:
    """N1，S4 第五条/一/1：只有邮件，满一小时，未送达。"""
    to, row = people(sit), stopped(sit)
    arrived(sit, row, to[MAIL, "值班室"], MAIL, 20)
    arrived(sit, row, to[MAIL, "负责人"], MAIL, 20)

    assert row.due_at == AT + timedelta(hours=1)
    assert state(row) == "missed"
    verdict, because = judged(row)
    assert verdict is Verdict.MISSED
    assert "短信" in because


def test_both_legs_to_both_persons_within_the_hour_is_met(sit: Sit) -> None:
    to, row = people(sit), stopped(sit)
    for minutes, ((channel, _), contact) in enumerate(to.items(), start=50):
        arrived(sit, row, contact, channel, minutes)

    assert (state(row), judged(row)[0]) == ("met", Verdict.MET)
    kept = entries(S4).filter(fact_id__startswith=f"f-prompt-{row.pk}-")
    assert sorted(kept.values_list("fact_id", flat=True)) == [
        f"f-prompt-{row.pk}-mail",
        f"f-prompt-{row.pk}-sms",
    ]


def test_the_second_leg_after_the_hour_is_late_not_missed(sit: Sit) -> None:
    to, row = people(sit), stopped(sit)
    for (channel, person), contact in to.items():
        late = (channel, person) == (SMS, "负责人")
        arrived(sit, row, contact, channel, 61 if late else 10)

    assert (state(row), judged(row)[0]) == ("late", Verdict.LATE)


def test_one_person_without_it_leaves_the_channel_open_and_says_who(sit: Sit) -> None:
    """N1 bad input：短信没有送到负责人（空号）。"""
    to, row = people(sit), stopped(sit)
    arrived(sit, row, to[SMS, "值班室"], SMS, 5)
    supplier = sit("supplier_manager", S4)
    failed = NewLeg(SMS, to[SMS, "负责人"].pk, AT + timedelta(minutes=5), failed="空号")
    record_leg(row.number, failed, by=supplier)

    fresh = prompt(S4, row.number)
    assert fresh is not None
    sms = next(one for one in sheet_of(fresh, AT).states if one.channel == "sms")
    assert (sms.complete, sms.lacking) == (None, ("负＊＊：空号",))
    assert not entries(S4).filter(fact_id=f"f-prompt-{row.pk}-sms").exists()


def test_an_own_list_a_landline_and_a_former_number_are_not_the_register(sit: Sit) -> None:
    """N1 bad input：发到自己的名单、座机、已停用的号码。"""
    to, row = people(sit), stopped(sit)
    supplier, buyer = sit("supplier_manager", S4), sit("buyer", S4)
    own = contact_of(supplier, ContactMeans.MOBILE, "13900000009")
    landline = contact_of(buyer, ContactMeans.PHONE, "010-87000000")
    end_contact(to[SMS, "值班室"].pk, on=date(2025, 8, 31), reason="离职", by=buyer)

    for contact, says in (
        (own, "不是甲方登记的"),
        (landline, "座机收不到短信"),
        (to[SMS, "值班室"], "已停用"),
    ):
        with pytest.raises(Refused, match=says):
            record_leg(row.number, NewLeg(SMS, contact.pk, AT), by=supplier)


def test_times_are_moments_with_a_zone_and_in_order(sit: Sit) -> None:
    """N1 bad input：时区；先到后发；还没有发生；没有回执。"""
    to, row = people(sit), stopped(sit)
    supplier, mobile = sit("supplier_manager", S4), to[SMS, "负责人"].pk
    proof = slip(supplier)
    utc = datetime.fromisoformat("2025-09-01T02:20:00+00:00")  # ten twenty in Beijing

    for sent, delivered, evidence, says in (
        (AT - timedelta(minutes=1), None, "", "早于事件"),
        (AT + timedelta(minutes=9), AT + timedelta(minutes=8), proof, "早于发出"),
        (AT + timedelta(hours=9), None, "", "还没有到"),
        (AT, AT, "", "要有回执"),
    ):
        with pytest.raises(Refused, match=says):
            record_leg(row.number, NewLeg(SMS, mobile, sent, delivered, "", evidence), by=supplier)
    record_leg(row.number, NewLeg(SMS, mobile, utc, utc, "", proof), by=supplier)
    fresh = prompt(S4, row.number)
    assert fresh is not None
    assert fresh.legs.get().delivered_at == AT + timedelta(minutes=20)


def test_only_the_side_that_must_tell_begins_and_only_where_the_contract_asks(sit: Sit) -> None:
    supplier, buyer = sit("supplier_manager", S4), sit("buyer", S4)
    new = NewPrompt("notice-disconnection", "断网", AT, "已断网")

    with pytest.raises(Refused, match="由乙方发出"):
        open_prompt(new, default_calendar(), by=buyer)
    with pytest.raises(Refused, match="没有约定"):
        open_prompt(new, default_calendar(), by=sit("supplier_manager", S0))
    row = open_prompt(new, default_calendar(), by=supplier)
    assert open_prompt(new, default_calendar(), by=supplier) == row  # a double click
    assert prompt(S0, row.number) is None
    assert [one.id for one in prompt_terms(release_of(S4, date(2025, 9, 1)))] == [
        *("notice-disconnection", "notice-refusal", "notice-stop"),
    ]


def test_sending_from_here_needs_everybody_on_every_channel_and_no_demonstration(sit: Sit) -> None:
    supplier, row = sit("supplier_manager", S4), stopped(sit)
    with pytest.raises(Refused, match="没有登记有效的邮箱和手机"):
        send_prompt(row.number, by=supplier)
    contact_of(sit("buyer", S4), ContactMeans.EMAIL, "lead@example.cn", person="负责人")
    with pytest.raises(Refused, match="负＊＊没有短信的联系方式"):
        send_prompt(row.number, by=supplier)
    contact_of(sit("buyer", S4), ContactMeans.MOBILE, "13900000002", person="负责人")
    with pytest.raises(Refused, match="演示合同，不向外发送"):
        send_prompt(row.number, by=supplier)
    assert row.legs.count() == 0
