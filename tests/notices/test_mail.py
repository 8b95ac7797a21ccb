"""邮件: over a real server, encrypted, refused, down for a day; and what comes back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine

from lvyue.accounts.actions import dismiss
from lvyue.accounts.models import Account, Appointment
from lvyue.clock import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.notices.actions import send, tell
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.actions.reading import Choice, choose
from lvyue.notices.actions.reporting import Inbound, take_letter
from lvyue.notices.actions.watching import sweep
from lvyue.notices.channels.mail import Mail
from lvyue.notices.choices import ChannelKind, LegState, Outcome, Topic
from lvyue.notices.models import Channel, Delivery, Leg, Message
from lvyue.notices.queries.inbox import unread_of
from tests.conftest import Person
from tests.notices.post_office import Office, certificate, post_office
from tests.notices.told import BY, S0, fresh, legs_in_words, mail_channel, reachable

#: What the server of the tests takes.
WORD = "ge" + "heim"

NOON = datetime(2026, 9, 14, 12, 0, tzinfo=SHANGHAI)


def letter_to(target: str = "a@office.example", key: str = "k", subject: str = "整改通知") -> Leg:
    return send(
        ChannelKind.MAIL, target, subject, "请于三日内答复。", key=key, contract_id="", by=BY
    )


@pytest.mark.django_db
def test_a_letter_goes_over_starttls_with_a_password_and_says_that_a_machine_wrote_it() -> None:
    with post_office(starttls=True, password=WORD) as office:
        channel = mail_channel(
            office.port,
            security="starttls",
            username="lvyue",
            secret=WORD,
            authority=certificate()[0],
            sender_name="履约，平台",
        )
        leg = letter_to(subject="关于“整改”的通知 🔧")

        assert deliver(channel.pk) == 1

    (letter,) = office.letters
    assert office.encrypted == [True]
    assert office.envelopes == [("lvyue@office.example", ("a@office.example",))]
    assert letter["Subject"] == "关于“整改”的通知 🔧"
    assert letter["From"].addresses[0].display_name == "履约，平台"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert "请于三日内答复。" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    assert fresh(leg).state == LegState.SENT
    assert leg.provider_id == letter["Message-ID"]
    assert WORD not in Channel.objects.get().secret


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"authority": ""}, "证书不可信"),
        ({"secret": "wrong"}, "不接受用户名或密码"),
    ],
)
def test_a_server_that_cannot_be_trusted_or_does_not_know_us_gets_nothing(
    more: dict[str, str], says: str
) -> None:
    with post_office(starttls=True, password=WORD) as office:
        given = {"secret": WORD, "authority": certificate()[0], **more}
        channel = mail_channel(office.port, security="starttls", username="lvyue", **given)
        leg = letter_to()

        deliver(channel.pk)

    assert office.letters == []
    assert fresh(leg).state == LegState.WAITING
    assert says in Channel.objects.get().says
    assert not any(WORD in one.extract for one in Delivery.objects.all())


@pytest.mark.django_db
def test_a_password_never_goes_over_an_open_line() -> None:
    with pytest.raises(Refused) as refused:
        mail_channel(username="lvyue", secret=WORD)

    assert [doubt.places for doubt in refused.value.doubts] == [("加密",)]


@pytest.mark.django_db
def test_an_address_that_does_not_exist_is_given_up_and_the_others_go_on() -> None:
    with post_office() as office:
        office.to = {"gone@office.example": "550 no such user", "full@office.example": "452 full"}
        channel = mail_channel(office.port)
        gone, full, fine = (
            letter_to(f"{name}@office.example") for name in ("gone", "full", "fine")
        )

        deliver(channel.pk)

    assert [fresh(one).state for one in (gone, full, fine)] == [
        LegState.FAILED,
        LegState.WAITING,
        LegState.SENT,
    ]
    assert "550" in gone.why


@pytest.mark.django_db
def test_a_server_that_is_down_for_a_day_costs_nothing_and_the_order_is_kept() -> None:
    """通道中断一整天：什么也不丢，恢复之后按原来的顺序发出。"""
    with time_machine.travel(NOON, tick=False) as now, post_office() as office:
        channel = mail_channel(1)
        for number in range(3):
            letter_to(key=str(number), subject=f"第 {number} 封")
        for _ in range(24 * 4):
            deliver(channel.pk)
            now.shift(timedelta(minutes=15))
        assert {state for _, state in legs_in_words(channel)} == {LegState.WAITING}
        Channel.objects.update(settings={**channel.settings, "port": str(office.port)})

        now.shift(timedelta(hours=1))
        sweep()
        deliver(channel.pk)

    assert [one["Subject"] for one in office.letters] == ["第 0 封", "第 1 封", "第 2 封"]
    assert Channel.objects.get().down_since is None


@pytest.mark.django_db
def test_administrators_hear_once_of_a_channel_that_is_long_down(person: Person) -> None:
    administrator = person("administrator")
    with time_machine.travel(NOON, tick=False) as now:
        channel = mail_channel(1)
        letter_to()
        deliver(channel.pk)
        sweep()
        assert unread_of(administrator) == 0

        now.shift(timedelta(hours=2))
        sweep()
        sweep()

    (message,) = Message.objects.filter(account=administrator)
    assert "不通" in message.subject
    assert message.address == f"/channels/{channel.pk}/"


@pytest.mark.django_db
def test_a_letter_that_fails_for_now_is_tried_ever_later_and_given_up_after_three_days() -> None:
    with time_machine.travel(NOON, tick=False) as now, post_office() as office:
        office.data = "451 try again later"
        channel = mail_channel(office.port)
        leg = letter_to()
        waits = []
        while fresh(leg).state == LegState.WAITING:
            waits.append(deliver(channel.pk))
            now.move_to(max(fresh(leg).next_at, NOON))

        spent = leg.next_at - NOON

    assert leg.state == LegState.FAILED
    assert timedelta(hours=68) <= spent <= timedelta(hours=76)
    assert len(waits) < 30


@pytest.mark.django_db
def test_behind_a_letter_that_is_to_be_tried_again_nothing_goes_to_the_same_address() -> None:
    with time_machine.travel(NOON, tick=False) as now, post_office() as office:
        channel = mail_channel(office.port)
        office.data = "451 not now"
        letter_to(key="1", subject="先")
        deliver(channel.pk)
        office.data = ""
        letter_to(key="2", subject="后")
        letter_to("b@office.example", key="3", subject="别人")

        deliver(channel.pk)
        assert [one["Subject"] for one in office.letters] == ["别人"]
        now.shift(timedelta(minutes=2))
        deliver(channel.pk)

    assert [one["Subject"] for one in office.letters] == ["别人", "先", "后"]


@pytest.mark.django_db
def test_a_letter_sent_again_after_a_power_cut_bears_the_same_id() -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        leg = letter_to()
        deliver(channel.pk)
        Leg.objects.update(state=LegState.WAITING, sent_at=None)  # what the power cut left

        deliver(channel.pk)

    first, second = (one["Message-ID"] for one in office.letters)
    assert first == second
    assert fresh(leg).attempts == 2


def test_the_daily_digest_is_one_letter_with_everything(person: Person) -> None:
    buyer = reachable(person("buyer", S0), mail="buyer@office.example")
    choose(Choice(digest_at=time(17)), by=buyer)
    with time_machine.travel(NOON, tick=False) as now, post_office() as office:
        channel = mail_channel(office.port)
        for number in range(3):
            _tell(buyer, f"第 {number} 件", contract_id=S0)
        deliver(channel.pk)
        assert office.letters == []

        now.move_to(NOON.replace(hour=17))
        deliver(channel.pk)

    (letter,) = office.letters
    assert letter["Subject"] == "【履约】3 条通知"
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    assert [text.index(f"第 {number} 件") for number in range(3)] == sorted(
        text.index(f"第 {number} 件") for number in range(3)
    )
    assert {state for _, state in legs_in_words(channel)} == {LegState.MERGED, LegState.SENT}


def test_what_waits_for_somebody_who_left_the_contract_never_leaves(person: Person) -> None:
    manager = reachable(person("supplier_manager", S0), mail="manager@firm.example")
    with post_office() as office:
        channel = mail_channel(office.port)
        _tell(manager, "价格", contract_id=S0, urgent=True)
        dismiss(Appointment.objects.get(account=manager), by=BY, reason="调离")

        deliver(channel.pk)

    assert office.letters == []
    (leg,) = Leg.objects.all()
    assert leg.state == LegState.FAILED
    assert Delivery.objects.get().outcome == Outcome.WITHHELD


def _tell(person: Account, subject: str, **more: Any) -> None:
    asked: dict[str, Any] = {
        "topic": Topic.REMINDER,
        "subject": subject,
        "body": "",
        "key": subject,
        "by": BY,
    }
    tell([person], **{**asked, **more})


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target",
    [
        "",
        "nobody",
        "a@b",
        "a@office.example, b@office.example",
        "a@office.example\r\nBcc: b@office.example",
        "张三 <a@office.example>",
        "a@office.example\n",
        "a" * 300 + "@office.example",
    ],
)
def test_an_address_is_one_plain_address(target: str) -> None:
    doubts = Mail().check_target(target)

    assert [doubt.places for doubt in doubts] == [("邮件地址",)]


@pytest.mark.django_db
def test_sending_where_there_is_no_channel_says_who_could_set_one_up() -> None:
    with pytest.raises(Refused, match="还没有启用的邮件通道"):
        letter_to()


# ── what comes back ──────────────────────────────────────────────────────────────────────────────────────────────


def sent(office: Office) -> tuple[Leg, EmailMessage]:
    channel = mail_channel(office.port)
    leg = letter_to()
    deliver(channel.pk)
    return leg, office.letters[-1]


def report_on(letter: EmailMessage, action: str) -> bytes:
    """As mail servers write it (RFC 3464)."""
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: lvyue@office.example\r\n"
        "Subject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; a@office.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {letter['Message-ID']}\r\nSubject: x\r\n\r\n--x--\r\n"
    ).encode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "what", "state"),
    [
        ("failed", Inbound.BOUNCED, LegState.FAILED),
        ("delivered", Inbound.DELIVERED, LegState.DELIVERED),
        ("delayed", Inbound.DELAYED, LegState.SENT),
    ],
)
def test_a_delivery_report_marks_the_letter_of_which_it_speaks(
    action: str, what: Inbound, state: LegState
) -> None:
    with post_office() as office:
        leg, letter = sent(office)

    taken = take_letter(report_on(letter, action))

    assert (taken.what, taken.legs) == (what, (leg.pk,))
    assert fresh(leg).state == state
    assert (leg.delivered_at is not None) == (action == "delivered")


@pytest.mark.django_db
def test_a_bounce_after_a_delivery_takes_nothing_back_and_twice_is_once() -> None:
    with post_office() as office:
        leg, letter = sent(office)
    take_letter(report_on(letter, "delivered"))
    at = fresh(leg).delivered_at

    take_letter(report_on(letter, "failed"))
    take_letter(report_on(letter, "delivered"))

    assert (fresh(leg).state, leg.delivered_at) == (LegState.DELIVERED, at)
    assert Delivery.objects.filter(outcome=Outcome.DELIVERED).count() == 1


@pytest.mark.django_db
def test_our_own_letter_that_comes_back_is_known_and_nothing_is_ever_answered() -> None:
    with post_office() as office:
        leg, letter = sent(office)
        vacation = b"From: a@office.example\r\nAuto-Submitted: auto-replied\r\n\r\nback on Monday"

        loop = take_letter(bytes(letter))
        automatic = take_letter(vacation)
        ordinary = take_letter("From: a@office.example\r\n\r\n收到".encode())
        nonsense = take_letter(b"\xff\xfe\x00" * 1000)
        deliver(Channel.objects.get().pk)

    assert [one.what for one in (loop, automatic, ordinary, nonsense)] == [
        Inbound.LOOP,
        Inbound.AUTOMATIC,
        Inbound.ORDINARY,
        Inbound.ORDINARY,
    ]
    assert fresh(leg).state == LegState.FAILED
    assert len(office.letters) == 1
