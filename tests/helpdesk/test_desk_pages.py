"""服务台页面: channels, what came in, calls and what nobody answered, as people see them and in how many reads."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lvyue.helpdesk.actions.calling import note_missed_call
from lvyue.helpdesk.actions.channels import set_up_channel
from lvyue.helpdesk.actions.taking import Arrival, take_in
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import Call, DeskChannel, Incoming, Ticket
from tests.helpdesk.conftest import CLOUD, LEASE, Browse, TakeSeat, at, text
from tests.helpdesk.test_calls import NUMBER, contact
from tests.helpdesk.test_pages import incident

Now = Callable[[str], None]
DESK = f"/contracts/{LEASE}/desk/"


@pytest.fixture(autouse=True)
def _files_elsewhere(tmp_path: Any, settings: Any) -> None:
    settings.HOME = tmp_path


@pytest.fixture
def line(seat: TakeSeat, now: Now) -> DeskChannel:
    now("2026-03-02 02:00:00")
    return set_up_channel(DeskKind.FAX, "值班传真", "010-12345679", by=seat("buyer"))


def arrived(
    channel: DeskChannel, number: str = "1", body: str = "三楼断网", **more: Any
) -> Incoming:
    told: dict[str, Any] = {"warnings": (), **more}
    arrival = Arrival(
        *(number, "某人", "13900000000", "断网", body, at("2026-03-02 02:10:00")), **told
    )
    row = take_in(channel, arrival)
    assert row is not None
    return row


# ── channels ──


def test_a_lead_sets_up_a_channel_and_its_secret_never_comes_back(
    browse: Browse,
    now: Now,
) -> None:
    now("2026-03-02 10:00:00")
    lead = browse("buyer")
    told = {"name": "办公室信箱", "address": "desk@office.example", "host": "imap.office.example"}
    told |= {"username": "desk", "secret": "not-a-real-secret", "port": "993", "security": "tls"}

    made = lead.post(f"{DESK}channels/new/mail/", told, follow=True)

    assert "已设置邮件渠道" in text(made)
    assert "not-a-real-secret" not in text(made)
    channel = DeskChannel.objects.get()
    changed = lead.post(f"{DESK}channels/{channel.pk}/", told | {"secret": "", "name": "新名称"})
    assert changed.status_code == 302
    assert DeskChannel.objects.get().secret == channel.secret
    assert "新名称" in text(browse("engineer").get(f"{DESK}channels/"))


def test_what_is_wrong_with_a_channel_stands_beside_its_field(browse: Browse, now: Now) -> None:
    now("2026-03-02 10:00:00")
    answer = browse("supplier_manager").post(
        f"{DESK}channels/new/phone/", {"name": "热线", "address": "12"}
    )

    assert answer.status_code == 422
    assert 'class="error"' in text(answer)
    assert not DeskChannel.objects.exists()


def test_a_channel_is_switched_off_with_a_reason_and_tried_only_where_there_is_something_to_read(
    browse: Browse,
    line: DeskChannel,
) -> None:
    lead, here = browse("buyer"), f"{DESK}channels/{line.pk}/"

    assert "没有填写理由" in text(lead.post(f"{here}off/", {}, follow=True))
    assert "没有可以自动试的" in text(lead.post(f"{here}try/", follow=True))
    assert "已停用" in text(lead.post(f"{here}off/", {"reason": "停机检修"}, follow=True))
    assert f"/api/v1/desk/hooks/{line.pk}" in text(lead.get(here))
    assert browse("engineer").get(here).status_code == 403
    assert browse("supplier_manager", CLOUD).get(here).status_code in (403, 404)


# ── what came in ──


def test_f1_a_fax_at_ten_past_two_is_unanswered_from_then_until_it_has_a_ticket(
    browse: Browse,
    line: DeskChannel,
    now: Now,
) -> None:
    """Given a fax at 02:10, when no ticket was opened, then the channel shows unanswered from 02:10."""
    now("2026-03-02 02:30:00")
    engineer = browse("engineer")
    scan = SimpleUploadedFile("传真.pdf", b"%PDF-1.4 scan", "application/pdf")
    told = {"channel": line.pk, "received_at": "2026-03-02T02:10", "file": scan}
    noted = engineer.post(f"{DESK}fax/", told, follow=True)
    assert "等人处理" in text(noted)

    for who in ("engineer", "buyer", "using_department"):
        assert "自 02:10 起无人应答" in text(browse(who).get(f"{DESK}gaps/"))
    row = Incoming.objects.get()
    made = engineer.post(f"{DESK}incoming/{row.pk}/ticket/", {"kind": "incident", "title": "断网"})
    assert made.status_code == 302
    assert Ticket.objects.get().opened_at == at("2026-03-02 02:10:00")
    assert "无人应答的来电和来件" in text(engineer.get(f"{DESK}gaps/"))
    again = engineer.post(f"{DESK}incoming/{row.pk}/ignore/", {"reason": "广告"})
    assert again.status_code == 409
    assert "已经在" in text(again)


def test_a_fax_of_tomorrow_is_refused(browse: Browse, line: DeskChannel, now: Now) -> None:
    now("2026-03-02 02:30:00")
    scan = SimpleUploadedFile("传真.pdf", b"%PDF-1.4 scan", "application/pdf")
    told = {"channel": line.pk, "received_at": "2026-03-03T02:10", "file": scan}

    answer = browse("engineer").post(f"{DESK}fax/", told)

    assert answer.status_code == 422
    assert "还没有到" in text(answer)
    assert not Incoming.objects.exists()


def test_what_came_in_joins_a_ticket_or_is_ignored_with_a_reason(
    browse: Browse,
    seat: TakeSeat,
    line: DeskChannel,
    now: Now,
) -> None:
    now("2026-03-02 09:00:00")
    engineer, there = browse("engineer"), incident(seat)
    first, second = arrived(line, "1"), arrived(line, "2", "广告")

    joined = engineer.post(f"{DESK}incoming/{first.pk}/join/", {"ticket": there.number})
    assert joined.headers["Location"].endswith(f"/tickets/{there.number}/")
    assert engineer.post(f"{DESK}incoming/{second.pk}/join/", {"ticket": 999}).status_code == 404
    no_reason = engineer.post(f"{DESK}incoming/{second.pk}/ignore/", {"reason": " "})
    assert "请写明为什么不处理" in text(no_reason)
    engineer.post(f"{DESK}incoming/{second.pk}/ignore/", {"reason": "广告"})
    assert "没有等人处理的来件" in text(engineer.get(f"{DESK}incoming/"))
    assert "广告" in text(engineer.get(f"{DESK}incoming/?state=ignored"))
    assert engineer.post(f"{DESK}incoming/{second.pk}/eat/").status_code == 404


def test_files_that_were_not_kept_say_why_and_ten_thousand_lines_are_folded(
    browse: Browse,
    line: DeskChannel,
) -> None:
    body = "\n".join(f"第 {number} 行 😀" for number in range(10_000))
    row = arrived(line, body=body, warnings=("附件“病毒.exe”没有收下：是可执行文件。",))

    page = text(browse("engineer").get(f"{DESK}incoming/{row.pk}/"))

    assert "没有收下：是可执行文件" in page
    assert "其余 9960 行" in page
    assert page.index("第 39 行") < page.index("<details") or "第 9999 行" in page


def test_who_neither_works_here_nor_leads_sees_nothing_of_what_came_in(
    browse: Browse,
    line: DeskChannel,
) -> None:
    row = arrived(line)
    clerk = browse("using_department")

    assert "断网" not in text(clerk.get(f"{DESK}incoming/?state=all"))
    assert clerk.get(f"{DESK}incoming/{row.pk}/").status_code == 404
    assert clerk.post(f"{DESK}incoming/{row.pk}/ticket/").status_code == 403
    buyer = browse("buyer")
    assert "断网" in text(buyer.get(f"{DESK}incoming/"))
    assert "开成工单" not in text(buyer.get(f"{DESK}incoming/{row.pk}/"))
    assert browse("engineer", CLOUD).get(f"{DESK}incoming/{row.pk}/").status_code == 404


def test_the_lists_are_read_in_a_number_of_reads_that_does_not_grow(
    browse: Browse,
    seat: TakeSeat,
    line: DeskChannel,
    now: Now,
) -> None:
    now("2026-03-02 09:00:00")
    engineer = browse("engineer")
    counts: dict[str, list[int]] = {}
    for more in (1, 12):
        for number in range(more):
            arrived(line, f"{more}-{number}")
            moment = at("2026-03-02 02:10:00")
            note_missed_call(LEASE, number="13800000009", began_at=moment, by=seat("engineer"))
        for page in ("incoming/", "calls/", "gaps/", "channels/"):
            engineer.get(f"{DESK}{page}")
            with CaptureQueriesContext(connection) as read:
                assert engineer.get(f"{DESK}{page}").status_code == 200
            counts.setdefault(page, []).append(len(read))

    assert all(few == many for few, many in counts.values()), counts
    assert max(many for _, many in counts.values()) <= 20, counts


# ── calls ──


def test_a_caller_is_found_while_typing_and_the_call_is_a_ticket(
    browse: Browse,
    seat: TakeSeat,
    now: Now,
) -> None:
    listed = contact(seat)
    now("2026-03-02 10:00:00")
    engineer = browse("engineer")

    found = text(engineer.get(f"{DESK}callers/", {"number": NUMBER[-4:]}))
    assert f'value="contact:{listed}"' in found
    assert NUMBER not in found
    assert "名单里没有这个人" in text(engineer.get(f"{DESK}callers/", {"caller": "赵无此人"}))
    told = {"number": NUMBER, "ref": f"contact:{listed}", "title": "登录不上", "kind": "incident"}
    taken = engineer.post(f"{DESK}calls/new/", told, follow=True)
    assert "您接听即为由人响应" in text(taken)
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.channel, ticket.caller) == ("answered", "phone", "李四")
    for who in ("buyer", "using_department"):
        assert browse(who).get(f"{DESK}callers/", {"number": "0001"}).status_code == 403
        assert browse(who).get(f"{DESK}calls/new/").status_code == 403


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"ref": "contact:999999", "title": "事"}, "请重新选"),
        ({"ticket": "999"}, "没有这张工单"),
        ({"operation": "重启"}, "没有工单"),
        ({"title": "事", "began_at": "2026-03-03T10:00"}, "还没有到"),
    ],
)
def test_a_call_that_cannot_be_says_why_and_loses_nothing(
    browse: Browse,
    now: Now,
    told: dict[str, str],
    says: str,
) -> None:
    now("2026-03-02 10:00:00")
    answer = browse("engineer").post(f"{DESK}calls/new/", {**told, "note": "说了很多"})

    assert answer.status_code == 422
    assert says in text(answer)
    assert "说了很多" in text(answer)
    assert not Call.objects.exists()


def test_a_missed_call_is_a_gap_until_somebody_called_back(
    browse: Browse,
    now: Now,
) -> None:
    now("2026-02-18 03:30:00")
    engineer = browse("engineer")
    told = {"number": "13800000009", "began_at": "2026-02-18T03:00"}

    engineer.post(f"{DESK}calls/missed/", told)

    assert "没有人接" in text(engineer.get(f"{DESK}calls/?view=missed"))
    assert "自 03:00 起无人应答" in text(engineer.get(f"{DESK}gaps/"))
    now("2026-02-18 03:40:00")
    engineer.post(f"{DESK}calls/new/", {"number": "13800000009"})
    assert "自 03:00 起无人应答" not in text(engineer.get(f"{DESK}gaps/"))
    bad = engineer.post(f"{DESK}calls/missed/", {"began_at": "昨夜"}, follow=True)
    assert "请写成" in text(bad)
    assert browse("buyer").post(f"{DESK}calls/missed/", told).status_code == 403


def test_every_list_leaves_as_a_file_without_a_whole_number(
    browse: Browse,
    seat: TakeSeat,
    line: DeskChannel,
    now: Now,
) -> None:
    now("2026-03-02 09:00:00")
    arrived(line)
    note_missed_call(
        LEASE, number="13800000009", began_at=at("2026-03-02 03:00:00"), by=seat("engineer")
    )
    engineer: Client = browse("engineer")
    for page, rows in (("channels", 1), ("incoming", 1), ("calls", 1), ("gaps", 2)):
        answer = engineer.get(f"{DESK}{page}/?format=xlsx")
        sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
        assert sheet is not None
        assert sheet.max_row == rows + 2, page
        csv = engineer.get(f"{DESK}{page}/?format=csv").content.decode("utf-8-sig")
        assert len(csv.splitlines()) == rows + 1
        assert "13800000009" not in csv
