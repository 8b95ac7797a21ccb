"""限速: how fast a channel may speak, what becomes of what is too much, and that what was written of it stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from lvyue.accounts.actions import register_organisation
from lvyue.clock import SHANGHAI
from lvyue.notices.actions import send, tell
from lvyue.notices.actions.configuring import set_up, switch
from lvyue.notices.actions.delivering import LEASE, deliver
from lvyue.notices.actions.watching import sweep
from lvyue.notices.choices import ChannelKind, LegState, Topic
from lvyue.notices.models import Channel, Delivery, Leg
from tests.conftest import Person
from tests.notices import vendors
from tests.notices.told import BY, S0, legs_in_words, mail_channel
from tests.notices.vendors import serving

NOON = datetime(2026, 9, 14, 12, 10, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _loopback_is_listed(settings: Any) -> None:
    settings.PRIVATE_TARGETS = ["127.0.0.1"]


def posts(channel: Channel, count: int, *, alone: bool = False, first: int = 0) -> None:
    now = datetime.now(SHANGHAI)  # noqa: TID251  the moment to which the test has travelled
    Leg.objects.bulk_create(
        Leg(
            channel=channel,
            subject=f"第 {number} 条",
            key=f"{channel.pk}:{number}",
            alone=alone,
            by=BY,
            created_at=now,
            next_at=now,
            due_at=now,
        )
        for number in range(first, first + count)
    )


def wecom(server: vendors.Server) -> Channel:
    ours = register_organisation("ours", "甲方", by=BY)
    return set_up(ChannelKind.WECOM, "群", {"base": server.url}, "key", by=BY, organisation=ours)


@pytest.mark.django_db
def test_what_fits_is_posted_one_by_one_and_what_does_not_becomes_one_digest() -> None:
    """企业微信：每分钟 20 条。"""
    with time_machine.travel(NOON, tick=False) as now, serving(vendors.wecom("key")) as server:
        channel = wecom(server)
        posts(channel, 15)
        deliver(channel.pk)
        assert len(server.asked) == 15

        posts(channel, 30, first=15)
        deliver(channel.pk)
        now.shift(timedelta(seconds=30))
        deliver(channel.pk)

    assert len(server.asked) == 16
    text = server.asked[-1].json["text"]["content"]
    assert text.startswith("【履约】30 条通知")
    assert "30. 第 44 条" in text
    assert LegState.WAITING not in {state for _, state in legs_in_words(channel)}


@pytest.mark.django_db
def test_what_must_stand_alone_waits_for_its_turn_and_nothing_is_lost() -> None:
    with time_machine.travel(NOON, tick=False) as now, serving(vendors.wecom("key")) as server:
        channel = wecom(server)
        posts(channel, 50, alone=True)
        seen = []
        for _ in range(3):
            deliver(channel.pk)
            seen.append(len(server.asked))
            now.shift(timedelta(seconds=61))

    assert seen == [20, 40, 50]
    said = [one.json["text"]["content"] for one in server.asked]
    assert said == [f"第 {number} 条" for number in range(50)]


@pytest.mark.django_db
def test_a_vendor_that_asks_for_a_rest_gets_it() -> None:
    """钉钉：130101 之后停十分钟。"""
    with (
        time_machine.travel(NOON, tick=False) as now,
        serving(lambda _: (200, {"errcode": 130101, "errmsg": "send too fast"})) as server,
    ):
        ours = register_organisation("ours", "甲方", by=BY)
        given = {"base": server.url, "signed": "no", "keyword": "履约"}
        channel = set_up(ChannelKind.DINGTALK, "群", given, "t", by=BY, organisation=ours)
        posts(channel, 3, alone=True)
        deliver(channel.pk)
        now.shift(timedelta(minutes=9))
        deliver(channel.pk)
        assert len(server.asked) == 1
        server.answer = lambda _: (200, {"errcode": 0})

        now.shift(timedelta(minutes=2))
        deliver(channel.pk)

    assert {state for _, state in legs_in_words(channel)} == {LegState.SENT}


@pytest.mark.django_db
def test_one_worker_at_a_time_sends_and_another_follows_one_that_was_killed() -> None:
    with time_machine.travel(NOON, tick=False) as now, serving(vendors.wecom("key")) as server:
        channel = wecom(server)
        posts(channel, 1)
        Channel.objects.update(busy_until=NOON + LEASE)  # another is at it, and dies
        assert deliver(channel.pk) == 0

        now.shift(LEASE)
        assert sweep() == 1
        assert deliver(channel.pk) == 1

    assert len(server.asked) == 1


@pytest.mark.django_db
def test_what_waits_in_a_closed_channel_leaves_once_it_is_open() -> None:
    with serving(vendors.wecom("key")) as server:
        channel = wecom(server)
        switch(channel, on=False, by=BY, reason="检修")
        posts(channel, 2, alone=True)
        assert deliver(channel.pk) == 0
        assert sweep() == 0

        switch(channel, on=True, by=BY, reason="修好了")
        assert deliver(channel.pk) == 2


def test_telling_many_people_costs_no_more_reads_for_each_but_its_own_row(
    person: Person, django_assert_max_num_queries: Any
) -> None:
    mail_channel()
    people = [person("buyer", S0), person("engineer", S0), person("auditor", S0)]

    with django_assert_max_num_queries(40):
        tell(people, topic=Topic.SYSTEM, subject="停机", body="", key="k", by=BY)


@pytest.mark.django_db
def test_the_same_letter_asked_for_twice_is_one() -> None:
    mail_channel()

    first, second = (
        send(ChannelKind.MAIL, "a@office.example", "通知", "", key="k", contract_id="", by=BY)
        for _ in range(2)
    )

    assert first.pk == second.pk


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_what_was_written_of_a_delivery_stays(act: str) -> None:
    with serving(vendors.wecom("key")) as server:
        channel = wecom(server)
        posts(channel, 1)
        deliver(channel.pk)
    sql = {
        "update": "UPDATE notices_delivery SET says = 'x'",
        "delete": "DELETE FROM notices_delivery",
    }[act]

    with pytest.raises(DatabaseError, match="只增不改：notices_delivery"), transaction.atomic():
        connection.cursor().execute(sql)

    assert Delivery.objects.count() == 1
