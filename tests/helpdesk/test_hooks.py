"""程序来件: each vendor's own signature is asked for, nothing is taken twice, and alerts become one ticket for a group."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.test import Client, override_settings

from lvyue import clock
from lvyue.core.obligation import Verdict
from lvyue.core.service import ContactMeans
from lvyue.helpdesk.actions.channels import set_up_channel
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import Call, DeskChannel, Incoming, Ticket, TicketEvent
from lvyue.helpdesk.queries.channels import gaps
from lvyue.monitoring.actions import open_source, receive
from lvyue.monitoring.choices import SourceKind
from lvyue.notices.actions.contacts import NewContact, enter_contact
from lvyue.notices.channels import dingtalk, webhook
from lvyue.notices.letter_choices import Side
from lvyue.project.alerts import open_tickets_of_alerts
from tests.helpdesk.conftest import LEASE, TakeSeat, at
from tests.helpdesk.test_tickets import verdicts

Now = Callable[[str], None]

SECRET = "a-secret-of-24-characters"  # noqa: S105  of tests
NUMBER = "13800000001"


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path):
        yield


def channel(
    by: TakeSeat, what: DeskKind, secret: str = SECRET, address: str = "", **settings: str
) -> DeskChannel:
    return set_up_channel(what, f"{what.label}来件", address, settings, secret, by=by("buyer"))


def known(seat: TakeSeat, means: ContactMeans = ContactMeans.MOBILE, value: str = NUMBER) -> None:
    since = at("2026-02-01 00:00:00").date()
    enter_contact(NewContact(Side.BUYER, means, value, since, person="李四"), by=seat("buyer"))


def post(
    to: DeskChannel, body: bytes, headers: Mapping[str, str] | None = None, query: str = ""
) -> tuple[int, Any]:
    """What a program hears: status and body."""
    answer = Client().post(
        f"/api/v1/desk/hooks/{to.pk}{query}",
        body,
        content_type="application/json",
        headers=dict(headers or {}),
    )
    told = answer.content.decode()
    return answer.status_code, json.loads(told) if told[:1] in ("{", "[") else told


def signed(body: bytes, seconds: int | None = None, secret: str = SECRET) -> dict[str, str]:
    seconds = int(clock.now().timestamp()) if seconds is None else seconds
    return {
        "Lvyue-Timestamp": str(seconds),
        "Lvyue-Signature": webhook.signature(seconds, body, secret),
    }


def told(**fields: Any) -> bytes:
    return json.dumps({"id": "m-1", "text": "登录不上", "address": NUMBER, **fields}).encode()


def test_a_signed_message_becomes_a_ticket_once(seat: TakeSeat, now: Now) -> None:
    known(seat)
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.WEBHOOK, kind="incident")
    file = {"name": "截图.png", "content_base64": base64.b64encode(b"\x89PNG x").decode()}
    body = told(subject="登录不上", files=[file])
    head = signed(body)

    status, answer = post(hook, body, head)
    ticket = Ticket.objects.get()
    assert (status, answer["ticket"], answer["again"]) == (202, ticket.name, False)
    assert (ticket.kind, ticket.title, ticket.caller) == ("incident", "登录不上", "李四")
    assert Incoming.objects.get().files[0]["name"] == "截图.png"

    assert post(hook, body, head)[0] == 409  # the very same request again is a replay
    now("2026-03-02 10:00:10")
    status, answer = post(hook, body, signed(body))  # signed afresh it is known and does nothing
    assert (status, answer["again"]) == (202, True)
    assert Ticket.objects.count() == 1


def test_whoever_proves_nothing_is_told_nothing(seat: TakeSeat, now: Now) -> None:
    """签名错、时间超出前后 5 分钟、停用的、不存在的渠道，回答都一样。"""
    known(seat)
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.WEBHOOK)
    body = told()
    here = int(clock.now().timestamp())
    wrong = [
        {},
        signed(body, secret="another-secret-altogether"),  # noqa: S106  of tests
        signed(told(id="m-2")),
        signed(body, here - 301),
        signed(body, here + 301),
        {"Lvyue-Timestamp": "soon", "Lvyue-Signature": "v1=0"},
        {"Lvyue-Timestamp": str(here), "Lvyue-Signature": "中".encode().decode("latin-1")},
    ]
    answers = [post(hook, body, one) for one in wrong]
    nowhere = DeskChannel(pk=99_999)
    answers.append(post(nowhere, body, signed(body)))
    DeskChannel.objects.update(active=False)
    answers.append(post(hook, body, signed(body)))

    assert {status for status, _ in answers} == {401}
    assert len({answer["detail"] for _, answer in answers}) == 1
    assert not Incoming.objects.exists()
    DeskChannel.objects.update(active=True)
    assert post(hook, body, signed(body, here - 299))[0] == 202


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"id": "1"}', b'{"text": "x"}', told(files=[{}])])
def test_what_cannot_be_read_is_refused_with_the_reason(
    seat: TakeSeat, now: Now, body: bytes
) -> None:
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.WEBHOOK)

    status, answer = post(hook, body, signed(body))
    assert status in (409, 422)
    assert answer["doubts"]


def test_a_text_message_waits_or_becomes_a_ticket(seat: TakeSeat, now: Now) -> None:
    known(seat)
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.SMS, id="data.msgid", sender="data.mobile", text="data.content")

    def sent(number: str, words: str) -> Any:
        data = {"data": {"msgid": words, "mobile": number, "content": words}}
        return post(hook, json.dumps(data).encode(), {"Authorization": f"Bearer {SECRET}"})[1]

    assert sent("+86" + NUMBER, "开通账号")["state"] == "ticket"
    assert Ticket.objects.get().channel == "sms"
    assert sent("13900000009", "开通账号 2")["state"] == "waiting"
    assert post(hook, b"{}", {"Authorization": "Bearer wrong"})[0] == 401
    assert post(hook, b"{}", query=f"?key={SECRET}")[0] in (409, 422)


def sealed_for_wechat(words: str, key: str, corp: str) -> str:
    raw = base64.b64decode(key + "=")
    body = b"0123456789abcdef" + struct.pack(">I", len(words.encode())) + words.encode()
    body += corp.encode()
    left = 32 - len(body) % 32
    body += bytes([left]) * left
    writer = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(writer.update(body) + writer.finalize()).decode()


def test_wechat_proves_itself_with_its_own_signature(seat: TakeSeat, now: Now) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    key = (
        base64.b64encode(bytes(range(32))).decode().rstrip("=").replace("+", "A").replace("/", "B")
    )
    people = json.dumps({"LiSi": buyer.username})
    hook = channel(seat, DeskKind.WECHAT, key, people=people, corp_id="ww1", token="tok")  # noqa: S106

    def query(sealed: str, stamp: str) -> dict[str, str]:
        parts = "".join(sorted(["tok", stamp, "n", sealed]))
        sign = hashlib.sha1(parts.encode()).hexdigest()  # noqa: S324  the vendor's
        return {"msg_signature": sign, "timestamp": stamp, "nonce": "n"}

    stamp = str(int(clock.now().timestamp()))
    trial = sealed_for_wechat("echo", key, "ww1")
    url = f"/api/v1/desk/hooks/{hook.pk}"
    answer = Client().get(url, {**query(trial, stamp), "echostr": trial})
    assert (answer.status_code, answer.content) == (200, b"echo")
    assert Client().get(url, {**query(trial, stamp), "echostr": "x"}).status_code == 401

    inner = (
        "<xml><FromUserName><![CDATA[LiSi]]></FromUserName><CreateTime>1</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[打印机 <坏> 了]]></Content><MsgId>7</MsgId></xml>"
    )
    sealed = sealed_for_wechat(inner, key, "ww1")
    body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"

    def sent(asked: dict[str, str], words: str = body) -> Any:
        address = f"{url}?" + "&".join(f"{name}={one}" for name, one in asked.items())
        return Client().post(address, words, content_type="text/xml")

    assert sent(query(sealed, stamp)).status_code == 200
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.channel, ticket.reporter) == (
        "打印机 <坏> 了",
        "wechat",
        buyer.username,
    )
    assert sent(query(sealed, stamp)).status_code == 409
    assert sent(query(sealed, str(int(stamp) - 400))).status_code == 401
    strange = sealed_for_wechat(inner, key, "ww2")
    other = f"<xml><Encrypt>{strange}</Encrypt></xml>"
    assert sent(query(strange, stamp), other).status_code == 401


def test_dingtalk_signs_the_time_and_one_signature_serves_once(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.DINGTALK)
    moment = int(clock.now().timestamp() * 1000)

    def sent(words: str, stamp: int = moment, secret: str = SECRET) -> int:
        body = {
            "msgtype": "text",
            "text": {"content": f" {words}"},
            "msgId": words,
            "senderStaffId": "s1",
            "senderNick": "王五",
            "createAt": stamp,
        }
        head = {"timestamp": str(stamp), "sign": dingtalk.signature(stamp, secret)}
        return post(hook, json.dumps(body).encode(), head)[0]

    assert sent("网络不通") == 200
    row = Incoming.objects.get()
    assert (row.state, row.text, row.sender) == ("waiting", "网络不通", "王五（s1）")
    assert (
        sent("别的话") == 409
    )  # the words are not signed: the same signature under others is refused
    assert sent("又一条", moment + 1) == 200
    assert sent("旧的", moment - 301_000) == 401
    assert sent("假的", moment + 2, "wrong") == 401


def test_feishu_opens_and_proves_an_event(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.FEISHU, token="tok")  # noqa: S106  of tests

    def sealed(event: Mapping[str, Any]) -> bytes:
        key = hashlib.sha256(SECRET.encode()).digest()
        body = json.dumps(event).encode()
        left = 16 - len(body) % 16
        writer = Cipher(algorithms.AES(key), modes.CBC(b"i" * 16)).encryptor()
        raw = b"i" * 16 + writer.update(body + bytes([left]) * left) + writer.finalize()
        return json.dumps({"encrypt": base64.b64encode(raw).decode()}).encode()

    def head(body: bytes, secret: str = SECRET) -> dict[str, str]:
        stamp = str(int(clock.now().timestamp()))
        sign = hashlib.sha256((stamp + "n" + secret).encode() + body).hexdigest()
        return {
            "X-Lark-Request-Timestamp": stamp,
            "X-Lark-Request-Nonce": "n",
            "X-Lark-Signature": sign,
        }

    trial = sealed({"type": "url_verification", "challenge": "c-1", "token": "tok"})
    assert post(hook, trial) == (200, {"challenge": "c-1"})
    assert (
        post(hook, sealed({"type": "url_verification", "challenge": "c", "token": "no"}))[0] == 401
    )

    event = {
        "header": {"event_type": "im.message.receive_v1", "token": "tok", "event_id": "e1"},
        "event": {
            "sender": {"sender_id": {"open_id": "ou_1"}},
            "message": {
                "message_id": "om_1",
                "message_type": "text",
                "chat_id": "oc_1",
                "content": json.dumps({"text": "邮箱登录不上"}),
            },
        },
    }
    body = sealed(event)
    assert post(hook, body, head(body))[0] == 200
    assert Incoming.objects.get().text == "邮箱登录不上"
    assert post(hook, body, head(body))[0] == 409
    assert post(hook, body, head(body, "wrong"))[0] == 401
    assert post(hook, json.dumps(event).encode())[0] == 401  # in the clear it proves nothing


def test_the_exchange_tells_of_calls_that_nobody_took(seat: TakeSeat, now: Now) -> None:
    """F1：无人接听的来电看得见。"""
    now("2026-03-02 10:00:00")
    hook = channel(seat, DeskKind.PHONE, address="010-12345678")
    body = json.dumps(
        {"id": "c-9", "number": NUMBER, "began_at": "2026-03-02T02:10:00+08:00"}
    ).encode()
    assert post(hook, body, signed(body)) == (
        202,
        {"id": Call.objects.get().pk, "state": "missed", "ticket": "", "again": False},
    )
    (gap,) = gaps(LEASE, at("2026-03-02 00:00:00"), clock.now())
    assert gap.since == at("2026-03-02 02:10:00")
    bad = json.dumps({"id": "c-9", "began_at": "2026-03-02"}).encode()
    assert post(hook, bad, signed(bad))[0] in (409, 422)


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def firing(instance: str, state: str = "firing", severity: str = "critical") -> bytes:
    labels = {"alertname": "HostDown", "severity": severity, "instance": instance}
    over = state == "resolved"
    return json.dumps(
        {
            "version": "4",
            "groupKey": '{}:{alertname="HostDown"}',
            "truncatedAlerts": 0,
            "status": state,
            "receiver": "lvyue",
            "groupLabels": {},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example",
            "alerts": [
                {
                    "status": state,
                    "labels": labels,
                    "annotations": {"summary": f"{instance} 没有应答"},
                    "startsAt": "2026-03-02T01:59:00Z",
                    "endsAt": "2026-03-02T02:30:00Z" if over else "0001-01-01T00:00:00Z",
                    "generatorURL": "",
                    "fingerprint": hashlib.sha256((instance + severity).encode()).hexdigest()[:16],
                }
            ],
        }
    ).encode()


def test_a_group_of_alerts_is_one_ticket_that_no_machine_closes(seat: TakeSeat, now: Now) -> None:
    now("2026-03-02 09:59:00")
    lead = seat("supplier_manager")
    source = open_source(lead, "机房", SourceKind.ALERTMANAGER, by=lead).source
    set_up_channel(DeskKind.ALERT, "严重告警", "", {"severities": "critical"}, by=lead)
    now("2026-03-02 10:00:00")
    receive(source, firing("db-1"))
    receive(source, firing("db-2", severity="info"))
    now("2026-03-02 10:03:00")
    assert (open_tickets_of_alerts.func(), open_tickets_of_alerts.func()) == (1, 0)

    ticket = Ticket.objects.get()
    assert (ticket.kind, ticket.channel, ticket.title) == ("incident", "alert", "告警：HostDown")
    assert ticket.opened_at == at(
        "2026-03-02 10:00:00"
    )  # when we heard of it, not when the job ran

    receive(source, firing("db-3"))
    receive(source, firing("db-1", "resolved"))
    assert open_tickets_of_alerts.func() == 2
    ticket.refresh_from_db()
    assert Ticket.objects.count() == 1
    assert ticket.state == "opened"
    notes = [one.said for one in TicketEvent.objects.filter(ticket=ticket, name="note")]
    assert [one.partition("：")[0] for one in notes] == [
        "监测说已恢复；是否恢复由人核实",
        "同组又有告警",
    ]
    now("2026-03-02 10:10:00")
    assert verdicts(LEASE, "kpi-9", ticket.name) == [Verdict.MISSED]  # no machine has answered it
