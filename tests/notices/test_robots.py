"""群机器人: signed as the vendors check it, as much as they allow, and never a word that was meant for one person."""

from __future__ import annotations

import base64
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from lvyue.accounts.actions import register_organisation
from lvyue.clock import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.notices.actions import tell
from lvyue.notices.actions.configuring import set_up, try_out
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.channels import dingtalk, feishu
from lvyue.notices.channels.road import Down, Parcel, Permanent, Result, Sent, Setup, Temporary
from lvyue.notices.channels.robots import text_of
from lvyue.notices.channels.table import CHANNELS
from lvyue.notices.choices import ChannelKind, LegState, Topic
from lvyue.notices.models import Channel, Leg
from tests.conftest import Person
from tests.notices import vendors
from tests.notices.told import BY, S0, S1, legs_in_words

WRONG = "some" + "thing-else"

NOON = datetime(2026, 9, 14, 12, 10, tzinfo=SHANGHAI)

SECRETS = {
    ChannelKind.WECOM: "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    ChannelKind.DINGTALK: "0f1e2d3c,SECsecret",
    ChannelKind.FEISHU: "hook-1234,feishu-secret",
}

VENDORS = {
    ChannelKind.WECOM: vendors.wecom("693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"),
    ChannelKind.DINGTALK: vendors.dingtalk("0f1e2d3c", "SECsecret"),
    ChannelKind.FEISHU: vendors.feishu("hook-1234", "feishu-secret"),
}

ROBOTS = tuple(SECRETS)


@pytest.fixture(autouse=True)
def _loopback_is_listed(settings: Any) -> None:
    settings.PRIVATE_TARGETS = ["127.0.0.1"]
    settings.ADDRESS = "https://lvyue.office.example"


def say(kind: ChannelKind, url: str, *, at: datetime | None = None, **more: str) -> Result:
    parcel = Parcel("1", "", "付款提醒", more.pop("body", ""), at or datetime.now(SHANGHAI))  # noqa: TID251  the vendors compare with the real time
    secret = more.pop("secret", SECRETS[kind])
    return CHANNELS[kind].send(parcel, Setup({"base": url, **more}, secret))


@pytest.mark.parametrize("kind", ROBOTS)
def test_each_vendor_takes_what_we_sign(kind: ChannelKind) -> None:
    with vendors.serving(VENDORS[kind]) as server:
        assert isinstance(say(kind, server.url), Sent)

    assert "付款提醒" in server.asked[0].body.decode()


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_wrong_secret_rests_the_channel_and_is_written_nowhere(kind: ChannelKind) -> None:
    with vendors.serving(VENDORS[kind]) as server:
        result = say(kind, server.url, secret=f"0f1e2d3c,{WRONG}")

    assert isinstance(result, Down)
    assert WRONG not in result.extract


@pytest.mark.parametrize("kind", [ChannelKind.DINGTALK, ChannelKind.FEISHU])
def test_a_clock_that_is_more_than_an_hour_wrong_is_found_out(kind: ChannelKind) -> None:
    now = datetime.now(SHANGHAI)  # noqa: TID251  the vendors compare with the real time
    with vendors.serving(VENDORS[kind]) as server:
        assert isinstance(say(kind, server.url, at=now - timedelta(hours=2)), Down)


def test_the_signatures_are_those_of_the_vendors_own_examples() -> None:
    """钉钉：密钥签“毫秒\\n密钥”；飞书：以“秒\\n密钥”为钥，签空串。The values are computed with openssl."""
    assert dingtalk.signature(1577808000000, "SEC1") == _openssl("SEC1", b"1577808000000\nSEC1")
    assert feishu.signature(1577808000, "s1") == _openssl("1577808000\ns1", b"")


def _openssl(key: str, words: bytes) -> str:
    asked = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt"]
    hexkey = f"hexkey:{key.encode().hex()}"
    told = subprocess.run([*asked, hexkey, "-binary"], input=words, capture_output=True, check=True)
    return base64.b64encode(told.stdout).decode()


@pytest.mark.parametrize(
    ("kind", "told", "expected", "after"),
    [
        (ChannelKind.DINGTALK, {"errcode": 130101, "errmsg": "send too fast"}, Down, 10),
        (ChannelKind.FEISHU, {"code": 11232, "msg": "frequency limited"}, Down, 1),
        (ChannelKind.WECOM, {"errcode": 45009, "errmsg": "freq out of limit"}, Down, 1),
        (ChannelKind.WECOM, {"errcode": 93000, "errmsg": "invalid url"}, Down, None),
        (ChannelKind.FEISHU, {"code": 19002, "msg": "params error"}, Permanent, None),
        (ChannelKind.WECOM, {"errcode": -1, "errmsg": "system busy"}, Temporary, None),
        (ChannelKind.WECOM, "<html>proxy</html>", Temporary, None),
        (ChannelKind.WECOM, {"errcode": True}, Temporary, None),
        (ChannelKind.WECOM, "[" * 5000, Temporary, None),
    ],
)
def test_what_a_vendor_answers_is_told_apart(
    kind: ChannelKind, told: Any, expected: type, after: int | None
) -> None:
    with vendors.serving(lambda _: (200, told)) as server:
        result = say(kind, server.url)

    assert isinstance(result, expected)
    assert getattr(result, "after", None) == (timedelta(minutes=after) if after else None)


def test_a_text_is_cut_between_characters_and_its_address_stays_whole() -> None:
    parcel = Parcel(
        "1", "", "标题", "长🔧" * 2000, NOON, "https://lvyue.office.example/contracts/a/"
    )

    text = text_of(parcel, 2048)

    assert len(text.encode()) <= 2048
    assert text.endswith("…\nhttps://lvyue.office.example/contracts/a/")
    with vendors.serving(VENDORS[ChannelKind.WECOM]) as server:
        assert isinstance(say(ChannelKind.WECOM, server.url, body="长" * 5000), Sent)


@pytest.mark.parametrize(("minute", "waits"), [(0, True), (30, True), (1, False), (59, False)])
def test_feishu_is_left_alone_at_round_times(minute: int, *, waits: bool) -> None:
    at = NOON.replace(hour=10, minute=minute, second=5)

    later = CHANNELS[ChannelKind.FEISHU].not_before(at, 7)

    assert (later > at) is waits
    assert later - at < timedelta(minutes=4)


# ── who hears what ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_robot_belongs_to_somebody() -> None:
    with pytest.raises(Refused) as refused:
        set_up(ChannelKind.FEISHU, "群", {}, "hook", by=BY)

    assert [doubt.places for doubt in refused.value.doubts] == [("单位或合同",)]


def test_a_group_hears_the_topic_and_no_word_that_was_written_for_one_person(
    person: Person,
) -> None:
    """群里只说合同和话题：没有个人信息，也没有别的供应商的事。"""
    ours = register_organisation("ours", "甲方", by=BY)
    theirs = register_organisation("theirs", "别的供应商", by=BY)
    buyer = person("buyer", S0)
    buyer.organisation = ours
    buyer.save()
    with (
        vendors.serving(VENDORS[ChannelKind.FEISHU]) as server,
        time_machine.travel(NOON, tick=False),
    ):
        given = {"base": server.url}
        secret = SECRETS[ChannelKind.FEISHU]
        group = set_up(ChannelKind.FEISHU, "群", given, secret, by=BY, organisation=ours)
        others = set_up(ChannelKind.FEISHU, "别人", given, secret, by=BY, organisation=theirs)
        for topic, contract in ((Topic.REMINDER, S0), (Topic.SECURITY, ""), (Topic.REMINDER, "")):
            tell(
                [buyer],
                topic=topic,
                subject="张三 13800000000 的付款",
                body="金额 1 元",
                key=f"{topic}{contract}",
                contract_id=contract,
                by=BY,
            )
        deliver(group.pk)
        deliver(others.pk)

    (request,) = server.asked
    text = request.json["content"]["text"]
    assert text == (
        f"【履约】合同 {S0} 有一条到期提醒，请登录查看。\n"
        f"https://lvyue.office.example/contracts/{S0}/"
    )


def test_the_group_of_a_contract_hears_only_what_was_written_for_it(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lvyue.notices.actions.configuring._refuse_loose_robot", lambda *_: None)
    buyer = person("buyer", S0, S1)
    channel = set_up(ChannelKind.WECOM, "群", {}, "key", by=BY, contract_id=S0)
    for key, contract, group in (
        ("1", S0, ""),
        ("2", S0, "本周五验收。"),
        ("3", S1, "别的合同的事。"),
    ):
        tell(
            [buyer],
            topic=Topic.REMINDER,
            subject="只给甲方的话",
            body="",
            key=key,
            contract_id=contract,
            group=group,
            by=BY,
        )

    assert [subject for subject, _ in legs_in_words(channel)] == ["【履约】本周五验收。"]


@pytest.mark.django_db
def test_trying_out_says_what_the_other_end_said() -> None:
    ours = register_organisation("ours", "甲方", by=BY)
    with vendors.serving(VENDORS[ChannelKind.WECOM]) as server:
        given = {"base": server.url}
        good = set_up(
            ChannelKind.WECOM,
            "好",
            given,
            SECRETS[ChannelKind.WECOM],
            by=BY,
            organisation=ours,
        )
        bad = set_up(ChannelKind.WECOM, "坏", given, "other", by=BY, organisation=ours)

        assert isinstance(try_out(good, "", by=BY), Sent)
        result = try_out(bad, "", by=BY)

    assert isinstance(result, Down)
    assert "key 不对" in result.says
    assert Channel.objects.get(pk=bad.pk).down_since is not None
    assert {one.state for one in Leg.objects.filter(channel=good)} == {LegState.SENT}
