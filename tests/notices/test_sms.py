"""短信: gateways that differ, numbers that are none, and reports of what arrived."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from lvyue.clock import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.notices.actions import send
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.channels.sms import Sms, mobile
from lvyue.notices.choices import ChannelKind, LegState
from lvyue.notices.models import Channel, Delivery, Leg
from lvyue.notices.queries.channels import hook_secret
from tests.notices.told import BY, fresh, sms_channel
from tests.notices.vendors import serving

NOON = datetime(2026, 9, 14, 12, 10, tzinfo=SHANGHAI)

OK = {"code": 0, "data": {"msgid": "m-1"}}


@pytest.fixture(autouse=True)
def _loopback_is_listed(settings: Any) -> None:
    settings.PRIVATE_TARGETS = ["127.0.0.0/8"]


def text_to(target: str = "13800000000", key: str = "k", body: str = "一小时内通知") -> Leg:
    return send(ChannelKind.SMS, target, "通知", body, key=key, contract_id="", by=BY)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("１３８００００００００", None),
        ("02012345678", None),
        ("12345678901", None),
        ("138000000001", None),
    ],
)
def test_a_mobile_number_has_eleven_digits(written: str, digits: str | None) -> None:
    assert mobile(written) == digits


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("020-12345678", "固定电话"),
        ("010 12345678", "固定电话"),
        ("1234567", "固定电话"),
        ("4001234567", "固定电话"),
        ("13800", "不是手机号"),
        ("", "不是手机号"),
        ("a@office.example", "不是手机号"),
    ],
)
def test_a_number_that_takes_no_text_messages_is_refused_with_the_reason(
    target: str, says: str
) -> None:
    """固定电话收不到短信：一小时通知不能只凭它算发出。"""
    (doubt,) = Sms().check_target(target)

    assert says in doubt.says


@pytest.mark.django_db
def test_what_is_sent_stays_inside_its_place_in_the_template() -> None:
    nasty = '"}, "to": "13900000000" {secret} {phone} 🔧'
    with serving(lambda _: (200, OK)) as server:
        channel = sms_channel(server.url)
        leg = text_to(body=nasty)
        deliver(channel.pk)

    (asked,) = server.asked
    assert asked.json == {"to": "13800000000", "text": nasty, "auth": {"key": "sms-secret"}}
    assert fresh(leg).provider_id == "m-1"
    assert leg.state == LegState.SENT


@pytest.mark.django_db
def test_a_gateway_that_takes_forms_and_answers_in_words() -> None:
    with serving(lambda _: (200, "OK:42")) as server:
        channel = sms_channel(
            server.url,
            form="form",
            template="mobile={phone}\ncontent={text}",
            ok_path="",
            ok_value="",
            ok_pattern="^OK:",
            sign="【某单位】",
            header="Authorization: Bearer {secret}",
        )
        leg = text_to(body="a&b=c 内容")
        deliver(channel.pk)

    (asked,) = server.asked
    assert asked.body == (
        b"mobile=13800000000&content=%E3%80%90%E6%9F%90%E5%8D%95%E4%BD%8D%E3%80%91a%26b%3Dc"
        b"+%E5%86%85%E5%AE%B9"
    )
    assert asked.headers["Authorization"] == "Bearer sms-secret"
    assert fresh(leg).state == LegState.SENT


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "told", "state", "down"),
    [
        (200, {"code": 7, "msg": "余额不足"}, LegState.WAITING, False),
        (200, {"code": 9, "msg": "号码错误"}, LegState.FAILED, False),
        (200, "not json", LegState.WAITING, False),
        (500, {"code": 0}, LegState.WAITING, True),
        (403, {"code": 0}, LegState.WAITING, True),
    ],
)
def test_success_is_what_the_gateway_calls_so(
    status: int, told: Any, state: LegState, *, down: bool
) -> None:
    with serving(lambda _: (status, told)) as server:
        channel = sms_channel(server.url, refused_pattern="号码错误")
        leg = text_to()
        deliver(channel.pk)

    assert fresh(leg).state == state
    assert (Channel.objects.get().down_since is not None) is down
    assert not any("sms-secret" in one.extract for one in Delivery.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"template": "{not json"}, "内容模板"),
        ({"ok_path": "", "ok_value": ""}, "成功的位置"),
        ({"ok_pattern": "("}, "成功的样式"),
        ({"header": "no colon"}, "请求头"),
        ({"url": "gopher://sms.example/"}, "网关地址"),
        ({"per_minute": "0"}, "每分钟最多"),
        ({"form": "xml"}, "提交格式"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_their_name(
    more: dict[str, str], place: str
) -> None:
    with pytest.raises(Refused) as refused:
        sms_channel("http://127.0.0.1", **more)

    assert (place,) in [doubt.places for doubt in refused.value.doubts]


# ── reports ──────────────────────────────────────────────────────────────────────────────────────────────────────


def sent() -> tuple[Channel, Leg]:
    with serving(lambda _: (200, OK)) as server:
        channel = sms_channel(server.url)
        with time_machine.travel(NOON, tick=False):
            leg = text_to()
            deliver(channel.pk)
    return channel, fresh(leg)


def call_back(channel: Channel, told: Any, secret: str = "") -> int:
    address = f"/hooks/sms/{channel.pk}/{secret or hook_secret(channel.pk)}/"
    answer = Client(enforce_csrf_checks=True).post(
        address, json.dumps(told), content_type="application/json"
    )
    return answer.status_code


@pytest.mark.django_db
def test_a_report_makes_delivered_a_fact_with_its_time() -> None:
    channel, leg = sent()
    assert (leg.state, leg.delivered_at) == (LegState.SENT, None)

    with time_machine.travel(NOON + timedelta(minutes=3), tick=False):
        status = call_back(channel, {"msgid": "m-1", "mobile": "13800000000", "status": "DELIVRD"})

    assert status == 204
    assert fresh(leg).state == LegState.DELIVERED
    assert leg.delivered_at == NOON + timedelta(minutes=3)


@pytest.mark.django_db
def test_a_report_of_failure_says_why_and_never_undoes_a_delivery() -> None:
    channel, leg = sent()
    call_back(channel, {"msgid": "m-1", "status": "UNDELIV"})
    assert (fresh(leg).state, leg.why) == (LegState.FAILED, "对方回执：UNDELIV")

    call_back(channel, {"msgid": "m-1", "status": "DELIVRD"})
    call_back(channel, {"msgid": "m-1", "status": "UNDELIV"})

    assert fresh(leg).state == LegState.DELIVERED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"msgid": "other", "status": "DELIVRD"},
        {"msgid": "m-1", "mobile": "13900000000", "status": "DELIVRD"},
        {"msgid": {"a": 1}, "status": []},
        [],
        [[[["m-1"]]]],
        "m-1",
        None,
    ],
)
def test_a_report_of_nothing_that_we_sent_does_no_harm(told: Any) -> None:
    channel, leg = sent()

    assert call_back(channel, told) == 204
    assert fresh(leg).state == LegState.SENT


@pytest.mark.django_db
def test_who_does_not_know_the_address_finds_nothing() -> None:
    channel, leg = sent()
    told = {"msgid": "m-1", "status": "DELIVRD"}

    assert call_back(channel, told, "0" * 40) == 404
    assert call_back(Channel(pk=channel.pk + 1), told) == 404
    assert Client().get(f"/hooks/sms/{channel.pk}/{hook_secret(channel.pk)}/").status_code == 405
    assert fresh(leg).state == LegState.SENT
