"""The pages, the interface and the commands of letters: the same acts, the same refusals, and nobody sees another's draft."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from time_machine import travel

from lvyue.accounts.models import Account
from lvyue.cli.main import main
from lvyue.contracts.models import Contract
from lvyue.core.calendar import SHANGHAI
from lvyue.core.service import ContactMeans
from lvyue.evidence.queries import entries
from lvyue.library.calendar_files import default_calendar
from lvyue.notices.actions.prompting import NewPrompt, open_prompt, send_prompt
from lvyue.notices.choices import ChannelKind as Road
from lvyue.notices.choices import LegState
from lvyue.notices.models import Channel, Leg
from lvyue.notices.queries.letters import letter
from lvyue.obligations.actions.serving import follow_prompts
from tests.notices.cast import S0, S4, Sit, contact_of, issued, sent

AT = f"/contracts/{S0}/letters/"

Browse = Callable[[str], Client]


@pytest.fixture
def browse(sit: Sit) -> Browse:
    def signed_in(role: str) -> Client:
        seat = sit(role, S0)
        client = Client()
        client.force_login(Account.objects.get(username=seat.username))
        return client

    return signed_in


def test_a_letter_goes_from_the_form_to_the_fact(browse: Browse) -> None:
    """从起草到送达，全在页面上：起草、签发、送出、附签收单登记回执，日志里有了事实。"""
    buyer = browse("buyer")
    words = {"title": "整改通知书", "body": "请整改。", "subject": "测试隐患"}
    made = buyer.post(f"{AT}new/?kind=rectification", words)
    assert made.status_code == 302
    assert made["Location"] == f"{AT}1/"
    assert buyer.post(f"{AT}1/issue/", {"version": 1, "dated": "2026-03-02"}).status_code == 302
    assert buyer.post(f"{AT}1/dispatch/", {"way": "hand", "at": "2026-03-02"}).status_code == 302
    assert buyer.get(f"{AT}1/").content.decode().count("等回执") == 1  # the state says it already

    slip = SimpleUploadedFile("签收单.jpg", b"\xff\xd8 a slip")
    told = {"order": 1, "happening": "signed", "at": "2026-03-02", "signed_by": "某人"}
    done = buyer.post(f"{AT}1/receipt/", told | {"proof": slip}, follow=True)

    page = done.content.decode()
    assert "已送达" in page
    assert "当日送达（15.3）" in page
    row = letter(S0, 1)
    assert row is not None
    assert entries(S0).get(fact_id=row.fact).kind == "hazard.notified"
    listed = buyer.get(f"{AT}?format=xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(listed))).active
    assert "整改通知书" in [str(cell.value) for row_ in sheet.rows for cell in row_]  # type: ignore[union-attr]  # it has a sheet
    assert "签收人" in buyer.get(f"{AT}1/print/").content.decode()


def test_what_is_refused_stays_in_the_form_with_the_reason(browse: Browse, sit: Sit) -> None:
    """没有凭证：页面说明在哪里、怎样改，填过的还在。"""
    seat, buyer = sit("buyer", S0), browse("buyer")
    row = issued(seat)
    sent(seat, row)

    told = {"order": 1, "happening": "signed", "at": "2026-03-04", "signed_by": "填过的人"}
    page = buyer.post(f"{AT}{row.number}/receipt/", told)

    assert page.status_code == 409
    text = page.content.decode()
    assert "要有凭证" in text
    assert "填过的人" in text
    assert "2026-03-04" in text
    wrong = buyer.post(f"{AT}{row.number}/dispatch/", {"way": "post", "at": "2026-03-02"})
    assert "没有登记的不能用邮寄送达" in wrong.content.decode()


def test_a_draft_of_the_other_side_is_nowhere(browse: Browse, sit: Sit) -> None:
    """REG-10、OBL-06：对方的草稿在页面、导出、接口和命令里都不存在，回答与没有的一样。"""
    row = issued(sit("buyer", S0), title="不给对方看的标题")
    supplier = browse("supplier_manager")
    api = f"/api/v1/contracts/{S0}/letters"

    for address in (f"{AT}{row.number}/", f"{AT}{row.number}/print/", f"{api}/{row.number}"):
        assert supplier.get(address).status_code == 404
        assert supplier.get(address.replace(f"/{row.number}", "/77")).status_code == 404
    for address in (AT, f"{AT}?format=csv", api):
        assert "不给对方看的标题" not in b"".join(supplier.get(address)).decode("utf-8-sig")
    assert supplier.post(f"{AT}{row.number}/issue/", {"version": 1}).status_code == 404
    shown = CliRunner().invoke(main, ["letters", "show", S0, str(row.number)])
    assert (shown.exit_code, "没有函件第" in shown.stderr) == (2, True)


def test_the_interface_does_what_the_pages_do(browse: Browse) -> None:
    """接口：起草、签发、送出；别人先改了是 409；说“不”时逐条写明。"""
    buyer = browse("buyer")
    api = f"/api/v1/contracts/{S0}/letters"

    def post(address: str, body: object) -> tuple[int, dict[str, object]]:
        csrf = {"HTTP_X_CSRFTOKEN": buyer.cookies["csrftoken"].value}
        told = buyer.post(address, json.dumps(body), content_type="application/json", **csrf)  # type: ignore[arg-type]  # headers by name
        return told.status_code, json.loads(told.content)

    buyer.get(AT)
    buyer.get(f"{AT}new/?kind=general")
    status, made = post(api, {"kind": "general", "title": "函", "body": "正文"})
    assert status == 201
    assert made["service"]["state"] == "waiting"  # type: ignore[index]  # JSON
    assert post(f"{api}/1/issue", {"version": 7})[0] == 409
    assert post(f"{api}/1/issue", {"version": 1, "dated": "2026-03-02"})[0] == 200
    status, told = post(f"{api}/1/dispatches", {"way": "email", "at": "2026-03-02"})
    assert status == 409
    assert told["doubts"][0]["where"] == "送往"  # type: ignore[index]  # JSON
    status, told = post(f"{api}/1/dispatches", {"way": "chat", "at": "2026-03-02"})
    assert status == 201
    assert "只供知悉" in told["dispatches"][0]["only_informs"]  # type: ignore[index]  # JSON


def test_the_register_page_shows_a_value_once_and_never_caches_it(browse: Browse, sit: Sit) -> None:
    """SYS-01：看全文要理由，只这一次，不缓存；工程师看不了。"""
    row = contact_of(
        sit("supplier_manager", S0), ContactMeans.MOBILE, "13900000001", date(2026, 2, 9)
    )
    buyer, at = browse("buyer"), f"/contracts/{S0}/contacts/"

    assert "13900000001" not in buyer.get(at).content.decode()
    assert "13900000001" not in b"".join(buyer.get(f"{at}?format=csv")).decode("utf-8-sig")
    once = buyer.post(f"{at}{row.pk}/reveal/", {"reason": "寄送整改通知书"})
    assert "13900000001" in once.content.decode()
    assert "no-store" in once["Cache-Control"]
    assert browse("engineer").post(f"{at}{row.pk}/reveal/", {"reason": "看"}).status_code == 403
    assert buyer.post(f"{at}999999/reveal/", {"reason": "看"}).status_code == 404


def test_what_the_channels_report_becomes_a_fact_without_anybody_at_the_page(sit: Sit) -> None:
    """N1：从系统发出的两路，网关回报到达之后，由定时作业记入日志，各一条，不重复。"""
    supplier, buyer = sit("supplier_manager", S4), sit("buyer", S4)
    contact_of(buyer, ContactMeans.EMAIL, "lead@example.cn", person="负责人")
    contact_of(buyer, ContactMeans.MOBILE, "13900000002", person="负责人")
    Contract.objects.filter(pk=S4).update(demonstration=False)
    at = datetime(2025, 9, 1, 10, 0, tzinfo=SHANGHAI)
    with travel(at + timedelta(minutes=5), tick=False):
        for kind in (Road.MAIL, Road.SMS):
            Channel.objects.create(kind=kind, name=str(kind.label), created_at=at)
        new = NewPrompt("notice-disconnection", "测试断网-09", at, "已断网。")
        row = open_prompt(new, default_calendar(), by=supplier)
        assert len(send_prompt(row.number, by=supplier)) == 2
        assert send_prompt(row.number, by=supplier) == []  # sent once, however often it is pressed
        assert follow_prompts() == 0
    for minutes, leg in enumerate(Leg.objects.order_by("pk"), start=10):
        arrived = at + timedelta(minutes=minutes)
        Leg.objects.filter(pk=leg.pk).update(
            state=LegState.DELIVERED, sent_at=arrived, delivered_at=arrived
        )

    with travel(at + timedelta(minutes=30), tick=False):
        assert (follow_prompts(), follow_prompts()) == (2, 0)

    kept = entries(S4).filter(kind="notice.sent", subject="测试断网-09").order_by("index")
    assert [one.at for one in kept] == ["2025-09-01T10:10:00+08:00", "2025-09-01T10:11:00+08:00"]
