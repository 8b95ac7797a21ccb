"""邮件渠道: real letters in a real mailbox become tickets, join them or wait; and answers leave by a real mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import override_settings

from lvyue.accounts.permissions import Seat
from lvyue.contracts.models import Contract
from lvyue.core.doubts import Refused
from lvyue.core.obligation import Verdict
from lvyue.core.service import ContactMeans
from lvyue.evidence.queries import files
from lvyue.helpdesk.actions.channels import change_channel, set_up_channel, switch_channel
from lvyue.helpdesk.actions.fetching import _take_one, fetch, take_letter
from lvyue.helpdesk.actions.replying import reply_by_mail
from lvyue.helpdesk.actions.stepping import StepTaken, take_step
from lvyue.helpdesk.actions.taking import ignore_incoming, join_incoming, open_incoming
from lvyue.helpdesk.choices import DeskKind, IncomingState
from lvyue.helpdesk.mailbox import Arrived, Mailbox
from lvyue.helpdesk.models import DeskChannel, Incoming, Outgoing, Ticket, TicketEvent
from lvyue.notices.actions.configuring import set_up
from lvyue.notices.actions.contacts import NewContact, enter_contact
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.choices import ChannelKind
from lvyue.notices.letter_choices import Side
from lvyue.notices.models import Channel
from tests.helpdesk.conftest import CLOUD, TakeSeat, at
from tests.helpdesk.mailboxes import PASSWORD, Box, dovecot
from tests.helpdesk.test_tickets import faces, verdicts
from tests.notices.post_office import Office, certificate, post_office

Now = Callable[[str], None]

KNOWN = "zhang@b.example"
DESK = "desk@lvyue.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Box]:
    with dovecot() as box:
        yield box


@pytest.fixture
def box(server: Box, request: pytest.FixtureRequest) -> Box:
    """A mailbox of its own for every test."""
    return replace(server, user=request.node.name.replace("[", "-").replace("]", "")[:60])


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path, PRIVATE_TARGETS=["127.0.0.1"]):
        yield


@pytest.fixture
def office() -> Iterator[Office]:
    with post_office() as found:
        yield found


def mailbox(box: Box, by: Seat, **more: str) -> DeskChannel:
    """The desk's mailbox, and one contact of the buyer from which letters are known."""
    settings = {
        "host": "127.0.0.1",
        "port": str(box.plain),
        "security": "none",
        "username": box.user,
    }
    return set_up_channel(DeskKind.MAIL, "服务台邮箱", DESK, {**settings, **more}, PASSWORD, by=by)


def known(by: Seat) -> None:
    since = at("2026-01-05 00:00:00").date()
    enter_contact(NewContact(Side.BUYER, ContactMeans.EMAIL, KNOWN, since, person="张三"), by=by)


def letter(
    text: str = "打印机坏了", subject: str = "报修", sender: str = f"张三 <{KNOWN}>", **headers: str
) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, DESK, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def roads(office: Office) -> Channel:
    """The mail channel of the platform, and contracts that are not of the demonstration."""
    Contract.objects.update(demonstration=False)
    settings = {"host": "127.0.0.1", "port": str(office.port), "security": "none"}
    return set_up(
        ChannelKind.MAIL, "单位邮箱", {**settings, "sender": "out@lvyue.example"}, "", by="测试"
    )


def test_a_letter_becomes_a_ticket_that_counts_from_its_arrival(
    box: Box, seat: TakeSeat, now: Now
) -> None:
    """SD-03：周五 2026-02-13 收到的书面申请，2026-02-25 以前答复为按时；从邮件服务器收到时起算，不从取信时起算。"""
    now("2026-02-13 09:00:00")
    known(seat("buyer", CLOUD))
    channel = mailbox(box, seat("supplier_manager", CLOUD))
    raw = letter(Message_ID="<one@b.example>")
    box.put(raw, at("2026-02-13 15:00:00"))
    now("2026-02-14 09:00:00")
    assert (fetch(channel).fresh, fetch(channel).fresh) == (1, 0)

    ticket = Ticket.objects.get()
    row = Incoming.objects.get()
    assert ticket.opened_at == at("2026-02-13 15:00:00")
    assert (ticket.kind, ticket.channel, ticket.title) == ("request", "mail", "报修")
    assert (ticket.caller, ticket.caller_contact, ticket.reporter_side) == ("张三", KNOWN, "buyer")
    assert (row.state, row.ticket, row.outer_id) == ("ticket", ticket, "one@b.example")
    assert row.recorded_at == at("2026-02-14 09:00:00")
    assert files(CLOUD, [row.raw])[0].size == len(raw)
    assert [b"Seen" in one for one in box.flags()] == [True]

    now("2026-02-25 17:00:00")
    take_step(CLOUD, ticket.number, StepTaken("answer"), by=seat("engineer", CLOUD))
    assert verdicts(CLOUD, "written-request-reply", ticket.name) == [Verdict.MET]


def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_there_twice(
    box: Box, seat: TakeSeat, now: Now
) -> None:
    now("2026-02-13 09:00:00")
    known(seat("buyer", CLOUD))
    channel = mailbox(box, seat("supplier_manager", CLOUD))
    for number in range(4):
        box.put(
            letter(subject=f"第 {number}", Message_ID=f"<{number}@b.example>"),
            at("2026-02-13 10:00:00"),
        )
    now("2026-02-13 11:00:00")
    with (
        patch.object(Mailbox, "settle", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        fetch(channel)  # after the letter was kept, before it was marked
    with (
        patch("lvyue.helpdesk.actions.fetching._note", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        fetch(channel)  # before it was kept
    assert Ticket.objects.count() == 1

    assert fetch(channel).fresh == 3
    assert [*Ticket.objects.order_by("id").values_list("title", flat=True)] == [
        f"第 {number}" for number in range(4)
    ]
    DeskChannel.objects.update(progress={})  # a mailbox that was restored numbers its letters anew
    assert (fetch(channel).fresh, Ticket.objects.count()) == (0, 4)


def test_letters_are_moved_and_never_deleted_and_the_channel_says_why_it_is_down(
    box: Box, seat: TakeSeat, now: Now
) -> None:
    now("2026-02-13 09:00:00")
    known(seat("buyer", CLOUD))
    lead = seat("supplier_manager", CLOUD)
    authority, _ = certificate()
    tls = {"port": str(box.secure), "security": "tls", "authority": authority}
    channel = mailbox(box, lead, done="已读 & 归档", **tls)
    box.put(letter("旧信"), at("2026-01-01 10:00:00"))
    box.put(letter("新信"), at("2026-02-13 10:00:00"))
    now("2026-02-13 11:00:00")
    broken = fetch(channel)
    assert "移不到" in broken.says
    channel.refresh_from_db()
    assert channel.down_since == at("2026-02-13 11:00:00")

    box.make('"&XfKL+w- &- &X1JoYw-"')
    box.put(letter("又一封"), at("2026-02-13 10:30:00"))
    found = fetch(channel)
    mended = DeskChannel.objects.get()
    assert (found.says, mended.says, mended.down_since) == ("", "", None)
    assert [one.text for one in Incoming.objects.all()] == ["又一封", "新信"]  # the old is not ours
    assert len(box.flags('"&XfKL+w- &- &X1JoYw-"')) == 1
    assert [b"Seen" in one for one in box.flags()] == [False, True]

    change_channel(channel.pk, channel.name, DESK, channel.settings, "another password", by=lead)
    assert "用户名或密码" in fetch(DeskChannel.objects.get()).says
    with override_settings(PRIVATE_TARGETS=[]):
        assert "内部地址" in fetch(channel).says


def test_whom_we_do_not_know_waits_for_a_person(seat: TakeSeat, now: Now) -> None:
    """F1 错误输入：发件人不对的邮件。不猜是谁，等人处理，时间仍从收到时算。"""
    now("2026-02-13 10:00:00")
    engineer = seat("engineer", CLOUD)
    channel = mailbox(Box(1, 1, None), seat("buyer", CLOUD))  # type: ignore[arg-type]  # nobody reads it here
    arrived = at("2026-02-13 10:00:00")
    rows = [
        take_letter(
            channel, letter(sender="局长 <boss@elsewhere.example>", subject=f"n{n}"), arrived
        )
        for n in range(3)
    ]
    assert {one.state for one in rows if one} == {IncomingState.WAITING}
    assert not Ticket.objects.exists()
    assert all("不认识" in one.reason for one in rows if one)

    now("2026-02-13 12:00:00")
    first, second, third = (one.pk for one in rows if one)
    with pytest.raises(Refused, match="处理工单"):
        open_incoming(CLOUD, first, "request", by=seat("buyer", CLOUD))
    ticket = open_incoming(CLOUD, first, "request", by=engineer)
    assert ticket.opened_at == arrived
    assert join_incoming(CLOUD, second, ticket.number, by=engineer).pk == ticket.pk
    with pytest.raises(Refused, match="理由"):
        ignore_incoming(CLOUD, third, reason="", by=engineer)
    ignore_incoming(CLOUD, third, reason="广告", by=engineer)
    with pytest.raises(Refused, match="已经在"):
        open_incoming(CLOUD, first, "request", by=engineer)
    with pytest.raises(Incoming.DoesNotExist):
        open_incoming(CLOUD, 9_999, "request", by=engineer)


def test_a_conversation_stays_on_one_ticket_and_the_first_letter_of_a_person_answers(
    office: Office, seat: TakeSeat, now: Now
) -> None:
    """SD-03、V3 错误输入：自动确认不算答复；由人发出的第一封才算。"""
    now("2026-02-13 10:00:00")
    known(seat("buyer", CLOUD))
    road = roads(office)
    lead = seat("supplier_manager", CLOUD)
    channel = mailbox(Box(1, 1, None), lead, acknowledge="yes")  # type: ignore[arg-type]
    take_letter(channel, letter(Message_ID="<one@b.example>"), at("2026-02-13 10:00:00"))
    ticket = Ticket.objects.get()
    deliver(road.pk)
    receipt = office.letters[0]
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["In-Reply-To"] == "<one@b.example>"
    assert receipt["Reply-To"] == DESK
    assert ticket.name in receipt["Subject"]
    assert [one.name for one in TicketEvent.objects.filter(ticket=ticket)] == [
        "open",
        "auto_answer",
    ]
    assert faces(ticket)["written-request-reply"].reading.stopped is None

    now("2026-02-13 10:30:00")
    reply_by_mail(CLOUD, ticket.number, "明天上门", by=seat("engineer", CLOUD))
    deliver(road.pk)
    answer = office.letters[1]
    assert answer["Auto-Submitted"] is None
    assert answer["In-Reply-To"] == "<one@b.example>"
    assert answer["Message-ID"] == f"<{Outgoing.objects.get(automatic=False).message_id}>"
    assert faces(ticket)["written-request-reply"].reading.stopped == at("2026-02-13 10:30:00")

    back = letter(
        "好的\n\n在 2026年2月13日，服务台 写道：\n> 明天上门",
        "Re: 报修",
        In_Reply_To=str(answer["Message-ID"]),
        Message_ID="<two@b.example>",
    )
    now("2026-02-13 11:00:00")
    row = take_letter(channel, back, at("2026-02-13 11:00:00"))
    assert row is not None
    assert (row.state, row.ticket) == ("merged", ticket)
    said = TicketEvent.objects.filter(ticket=ticket).last()
    assert said is not None
    assert (said.name, said.said, said.side) == ("message", "好的", "buyer")

    stranger = letter("我也是", f"Re: {ticket.name}", sender="x@elsewhere.example")
    row = take_letter(channel, stranger, at("2026-02-13 11:00:00"))
    assert row is not None
    assert row.state == "waiting"
    assert ticket.name in row.reason

    reply_by_mail(CLOUD, ticket.number, "已修好", by=seat("engineer", CLOUD))
    with pytest.raises(Refused, match="处理工单"):
        reply_by_mail(CLOUD, ticket.number, "甲方不在此复信", by=seat("buyer", CLOUD))
    assert [one.name for one in TicketEvent.objects.filter(ticket=ticket)].count("answer") == 1


def test_loops_bounces_and_floods_make_no_tickets(office: Office, seat: TakeSeat, now: Now) -> None:
    now("2026-02-13 10:00:00")
    known(seat("buyer", CLOUD))
    road = roads(office)
    engineer = seat("engineer", CLOUD)
    channel = mailbox(
        Box(1, 1, None),  # type: ignore[arg-type]
        seat("supplier_manager", CLOUD),
        acknowledge="yes",
        most_per_hour="5",
    )
    moment = at("2026-02-13 10:00:00")
    for raw, state in (
        (letter("我在休假", Auto_Submitted="auto-replied"), "loop"),
        (letter("own", sender=DESK), "loop"),
        (letter("own", X_Lvyue_Loop="out@lvyue.example"), "loop"),
        (letter("退", Return_Path="<>"), "bounce"),
        (letter("报警", Auto_Submitted="auto-generated"), "waiting"),
    ):
        row = take_letter(channel, raw, moment)
        assert row is not None
        assert row.state == state
    assert not Ticket.objects.exists()
    assert not Outgoing.objects.exists()

    later = moment + timedelta(hours=2)
    now("2026-02-13 12:00:00")
    made = [take_letter(channel, letter(subject=f"第 {n} 封"), later) for n in range(8)]
    assert [one.state for one in made if one] == ["ticket"] * 5 + ["loop"] * 3
    assert Outgoing.objects.filter(automatic=True).count() == 5

    ticket = Ticket.objects.order_by("id")[0]
    sent = reply_by_mail(CLOUD, ticket.number, "收到", by=engineer)
    deliver(road.pk)
    report = (
        f"From: MAILER-DAEMON@b.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; b.example\r\n\r\n"
        f"Final-Recipient: rfc822; {KNOWN}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{sent.message_id}>\r\n\r\n--b--\r\n"
    )
    row = take_letter(channel, report.encode(), later)
    assert row is not None
    assert row.state == "bounce"
    said = TicketEvent.objects.filter(ticket=ticket, name="note").last()
    assert said is not None
    assert "退信" in said.said


def test_hostile_letters_are_kept_and_do_no_harm(seat: TakeSeat, now: Now) -> None:
    """一万行的信、表情、冒名、同号异文、可执行附件：都留存，不出错。"""
    now("2026-02-13 10:00:00")
    known(seat("buyer", CLOUD))
    channel = mailbox(Box(1, 1, None), seat("buyer", CLOUD))  # type: ignore[arg-type]
    moment = at("2026-02-13 10:00:00")
    long = "\n".join(f"第 {n} 行，打印机坏了 🙂" for n in range(10_000))
    row = take_letter(channel, letter(long, "长信 🙂", Message_ID="<long@b.example>"), moment)
    assert row is not None
    ticket = Ticket.objects.get()
    assert row.text.count("\n") == 9_999
    assert ticket.body.endswith("（全文见来件原件）")

    other = take_letter(channel, letter("别的事", Message_ID="<long@b.example>"), moment)
    assert other is not None  # whoever reuses a number hides nothing
    assert other.outer_id.startswith("long@b.example#")
    assert take_letter(channel, letter("别的事", Message_ID="<long@b.example>"), moment) is None

    made = EmailMessage(policy=SMTP)
    made["From"] = "Pаypal 张三 <evil@b.example>"
    made["Subject"] = "x" * 600
    made.set_content("见附件")
    made.add_attachment(
        b"MZ\x90", maintype="application", subtype="x-dosexec", filename="../../etc/发票.exe"
    )
    made.add_attachment(b"", maintype="text", subtype="plain", filename="空.txt")
    row = take_letter(channel, made.as_bytes(), moment)
    assert row is not None
    assert row.state == "waiting"
    assert any("混用" in one for one in row.warnings)
    kept = files(CLOUD, [row.files[0]["sha256"]])[0]
    assert kept.name == "发票.exe"

    with patch("lvyue.helpdesk.actions.fetching.read_letter", side_effect=RuntimeError("boom")):
        assert _take_one(channel, Arrived(9, moment, letter("坏信"), 10), 1) == "fresh"
    row = Incoming.objects.order_by("-id")[0]
    assert (row.state, row.subject) == ("waiting", "读不了的来信")


def test_channels_are_set_up_by_a_lead_and_secrets_never_come_out(seat: TakeSeat, now: Now) -> None:
    """F1 错误输入：渠道号码空白或不合格。"""
    now("2026-02-13 10:00:00")
    lead, engineer = seat("supplier_manager", CLOUD), seat("engineer", CLOUD)
    with pytest.raises(Refused, match="设置服务台渠道"):
        set_up_channel(DeskKind.PHONE, "热线", "010-12345678", by=engineer)
    for kind, address in (
        (DeskKind.PHONE, ""),
        (DeskKind.PHONE, "12x"),
        (DeskKind.FAX, "传真"),
        (DeskKind.MAIL, "desk"),
    ):
        with pytest.raises(Refused):
            set_up_channel(kind, "热线", address, by=lead)
    with pytest.raises(Refused, match="IMAP 服务器"):
        set_up_channel(DeskKind.MAIL, "邮箱", DESK, {}, PASSWORD, by=lead)
    with pytest.raises(Refused, match="没有这一栏"):
        set_up_channel(DeskKind.PHONE, "热线", "010-12345678", {"host": "x"}, by=lead)
    made = set_up_channel(DeskKind.PHONE, "热线", "010-12345678", by=lead)
    with pytest.raises(Refused, match="已有名为"):
        set_up_channel(DeskKind.PHONE, "热线", "010-12345678", by=lead)
    with pytest.raises(Refused, match="理由"):
        switch_channel(made.pk, on=False, reason="", by=lead)
    assert not switch_channel(made.pk, on=False, reason="换号", by=lead).active
    hook = set_up_channel(DeskKind.WEBHOOK, "门户", "", {}, "a-secret-of-24-characters", by=lead)
    assert "a-secret" not in hook.secret
    with pytest.raises(DeskChannel.DoesNotExist):
        switch_channel(hook.pk, on=False, reason="别的合同", by=seat("buyer"))
