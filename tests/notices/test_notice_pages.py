"""页面与接口: who opens what, what is shown once, and what is kept of what somebody typed."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from lvyue.accounts.actions import create_token
from lvyue.accounts.models import Account
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.clock import SHANGHAI
from lvyue.contracts.actions import register_release
from lvyue.library.loader import load, text_of
from lvyue.notices.actions import tell
from lvyue.notices.actions.configuring import subscribe
from lvyue.notices.choices import LegState, Topic
from lvyue.notices.models import Channel, Leg, Message, NoticeSettings
from tests.conftest import Person
from tests.notices.told import BY, S0, S1, mail_channel, sms_channel

NOON = datetime(2026, 9, 14, 12, 10, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _loopback_is_listed(settings: Any) -> None:
    settings.PRIVATE_TARGETS = ["127.0.0.1"]


def as_(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def tell_one(person: Account, key: str = "k") -> Message:
    (message,) = tell(
        [person],
        topic=Topic.REMINDER,
        subject="付款快到期 <b>",
        body="条款 5.2",
        address=f"/contracts/{S0}/",
        contract_id=S0,
        key=key,
        by=BY,
    )
    return message


def test_the_inbox_calls_contracts_by_their_titles_and_lists_only_ones_own(person: Person) -> None:
    """Who has no role on a contract any more is not told its title, neither in the list nor in the filter."""
    register_release(S0, "第一份的标题", text_of(S0), load(S0).digest, by=BY, demonstration=False)
    buyer = person("buyer", S0)
    tell_one(buyer)

    page = as_(buyer).get("/inbox/").content.decode()
    buyer.appointments.all().delete()
    after = as_(buyer).get("/inbox/").content.decode()

    assert f'<option value="{S0}">第一份的标题</option>' in " ".join(page.split()).replace(
        " >", ">"
    )
    assert f'<a href="/contracts/{S0}/">第一份的标题</a>' in page
    assert "第一份的标题" not in after
    assert S0 not in after


def test_opening_a_message_is_reading_it_and_the_bar_counts_what_is_new(person: Person) -> None:
    buyer = person("buyer", S0)
    message = tell_one(buyer)
    client = as_(buyer)
    bar = client.get("/inbox/").content.decode()
    assert "收件箱 <b>1" in bar
    assert "付款快到期 &lt;b&gt;" in bar

    shown = client.get(f"/inbox/{message.pk}/")

    assert f'href="/contracts/{S0}/"' in shown.content.decode()
    assert "收件箱 <b>" not in client.get("/inbox/").content.decode()
    client.post(f"/inbox/{message.pk}/unread/")
    assert "收件箱 <b>1" in client.get("/inbox/").content.decode()
    client.post("/inbox/read-all/")
    assert not Message.objects.filter(read_at=None).exists()


def test_the_messages_of_others_are_not_there(person: Person) -> None:
    message = tell_one(person("buyer", S0))
    other = as_(person("supplier_manager", S0))

    assert other.get(f"/inbox/{message.pk}/").status_code == 404
    assert other.post(f"/inbox/{message.pk}/unread/").status_code == 404
    assert "付款" not in other.get("/inbox/").content.decode()
    assert b"\xe4\xbb\x98" not in other.get("/inbox/?format=csv").content
    message.refresh_from_db()
    assert message.read_at is None


@pytest.mark.parametrize(
    "query", ["topic=x", "before=abc", "before=9" + "9" * 30, "contract=%00", "unread=1"]
)
def test_an_address_that_is_not_understood_narrows_nothing(query: str, person: Person) -> None:
    buyer = person("buyer", S0)
    tell_one(buyer)

    assert as_(buyer).get(f"/inbox/?{query}").status_code in (200, 400)


def test_settings_are_saved_and_what_was_typed_wrongly_stays(person: Person) -> None:
    buyer = person("buyer", S0)
    client = as_(buyer)

    wrong = client.post("/inbox/settings/", {"quiet_from": "22:00", "reminder": ["mail", "sms"]})
    assert wrong.status_code == 422
    assert "免打扰只写了一头" in wrong.content.decode()
    assert re.search(r'name="quiet_from" value="22:00"', wrong.content.decode())
    right = client.post("/inbox/settings/", {"digest_at": "17:00", "reminder": ["mail"]})

    assert right.status_code == 302
    row = NoticeSettings.objects.get(account=buyer)
    assert row.ways["reminder"] == ["mail"]
    assert row.ways["system"] == []
    assert f"{row.digest_at:%H:%M}" == "17:00"
    assert not row.urgent_wakes


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_channels_are_for_administrators(person: Person) -> None:
    channel = mail_channel()
    buyer = as_(person("buyer", S0))

    for path in ("", "new/mail/", f"{channel.pk}/", "subscribe/"):
        assert buyer.get(f"/channels/{path}").status_code == 403
    for path in ("try/", "off/", "secret/"):
        assert buyer.post(f"/channels/{channel.pk}/{path}").status_code == 403
    assert Client().get("/channels/").status_code == 302


def test_an_administrator_sets_up_a_channel_and_never_sees_its_secret_again(
    person: Person,
) -> None:
    client = as_(person("administrator"))
    given = {"name": "短信", "url": "nonsense", "template": '{"a": "{phone}"}', "form": "json"}
    given |= {"ok_path": "code", "ok_value": "0", "per_minute": "10", "secret": "very-private"}

    wrong = client.post("/channels/new/sms/", given)
    assert wrong.status_code == 422
    assert "不是完整的网址" in wrong.content.decode()
    assert "nonsense" in wrong.content.decode()
    right = client.post("/channels/new/sms/", {**given, "url": "http://127.0.0.1:9/send"})

    assert right.status_code == 302
    page = client.get(right["Location"]).content.decode()
    assert "very-private" not in page
    assert "/hooks/sms/" in page
    tried = client.post(f"{right['Location']}try/", {"target": "13800000000"}, follow=True)
    assert "试发没有成功" in tried.content.decode()
    assert Leg.objects.get().state == LegState.FAILED
    assert "138****0000" in tried.content.decode()
    assert "13800000000" not in tried.content.decode()
    token = create_token_of(Account.objects.get(is_administrator=True))
    told = Client().get("/api/v1/channels", headers={"Authorization": f"Bearer {token}"})
    assert "very-private" not in told.content.decode()
    assert told.json()["results"][0]["name"] == "短信"


def create_token_of(account: Account) -> str:
    return create_token(account, "测试", 1, by=account).secret


def test_nothing_is_found_where_there_is_none(person: Person) -> None:
    client = as_(person("administrator"))
    sms = sms_channel("http://127.0.0.1:9")

    for path in ("new/webhook/", "new/pigeon/", "999999/", f"{sms.pk}/legs/1/"):
        assert client.get(f"/channels/{path}").status_code == 404
    assert client.post(f"/channels/{sms.pk}/legs/1/again/").status_code == 404


# ── subscriptions ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def webhook(person: Person) -> tuple[Channel, Seat]:
    """The buyer's, with one leg that failed."""
    text = text_of(S0)
    digest = hashlib.sha256(text.encode()).hexdigest()
    register_release(S0, load(S0).title, text, digest, by=BY, demonstration=False)
    seat = seat_of(person("buyer", S0), S0)
    made = subscribe("工单系统", "http://127.0.0.1:9/", ["fact.recorded"], by=seat)
    Leg.objects.create(
        channel=made.channel,
        subject="fact.recorded",
        body="{}",
        key="k",
        state=LegState.FAILED,
        created_at=NOON,
        next_at=NOON,
        due_at=NOON,
    )
    return made.channel, seat


@pytest.mark.parametrize(
    ("role", "whole", "one"),
    [
        ("buyer", 200, 200),
        ("supplier_manager", 200, 404),
        ("engineer", 403, 403),
        ("auditor", 403, 403),
    ],
)
def test_each_side_opens_its_own_subscriptions(
    role: str, whole: int, one: int, webhook: tuple[Channel, Seat], person: Person
) -> None:
    channel, _ = webhook
    leg = Leg.objects.get()
    client = as_(person(role, S0))
    at = f"/contracts/{S0}/webhooks/"

    assert client.get(at).status_code == whole
    assert client.get(f"{at}new/").status_code == whole
    assert client.get(f"{at}{channel.pk}/").status_code == one
    assert client.get(f"{at}{channel.pk}/legs/{leg.pk}/").status_code == one
    wanted = 302 if one == 200 else one
    assert client.post(f"{at}{channel.pk}/legs/{leg.pk}/again/").status_code == wanted
    assert client.post(f"{at}{channel.pk}/try/").status_code == wanted


def test_whoever_is_not_on_the_contract_finds_no_subscriptions(
    webhook: tuple[Channel, Seat], person: Person
) -> None:
    channel, _ = webhook
    for client in (as_(person("buyer", S1, "another-contract")), as_(person("administrator"))):
        assert client.get(f"/contracts/{S0}/webhooks/").status_code == 404
        assert client.get(f"/contracts/{S0}/webhooks/{channel.pk}/").status_code == 404
        assert client.post(f"/contracts/{S0}/webhooks/{channel.pk}/secret/").status_code == 404
    assert (
        as_(Account.objects.get(is_administrator=True)).get(f"/channels/{channel.pk}/").status_code
        == 404
    )


def test_the_secret_of_a_subscription_is_shown_once(
    webhook: tuple[Channel, Seat], person: Person
) -> None:
    channel, _ = webhook
    client = as_(person("buyer", S0))
    given = {"name": "另一个", "url": "https://itsm.example/", "events": ["fact.recorded"]}

    made = client.post(f"/contracts/{S0}/webhooks/new/", given)
    exchanged = client.post(f"/contracts/{S0}/webhooks/{channel.pk}/secret/")
    later = client.get(f"/contracts/{S0}/webhooks/{channel.pk}/")

    assert [one.status_code for one in (made, exchanged)] == [201, 201]
    secrets = [re.search(r"lvyue_hook_[\w-]+", one.content.decode()) for one in (made, exchanged)]
    assert all(secrets)
    assert "lvyue_hook_" not in later.content.decode()
    assert "no-store" in exchanged["Cache-Control"]
    taken = client.post(f"/contracts/{S0}/webhooks/new/", given)
    assert taken.status_code == 422
    assert "已有名为" in taken.content.decode()


def test_a_program_of_one_side_sees_what_its_page_shows(
    webhook: tuple[Channel, Seat], person: Person
) -> None:
    channel, _ = webhook
    at = f"/api/v1/contracts/{S0}/webhooks"
    buyer, supplier = (
        {"Authorization": f"Bearer {create_token_of(person(role, S0))}"}
        for role in ("buyer", "supplier_manager")
    )
    client = Client()

    (own,) = client.get(at, headers=buyer).json()["results"]
    assert (own["id"], own["failed"], own["events"]) == (channel.pk, 1, ["fact.recorded"])
    assert client.get(at, headers=supplier).json()["results"] == []
    assert client.get(f"{at}/{channel.pk}", headers=supplier).status_code == 404
    (leg,) = client.get(f"{at}/{channel.pk}/legs?state=failed", headers=buyer).json()["results"]
    again = f"{at}/{channel.pk}/legs/{leg['id']}/again"
    assert client.post(again, headers=supplier).status_code == 404
    assert client.post(again, headers=buyer).status_code == 204
    tried = client.post(f"{at}/{channel.pk}/try", headers=buyer).json()
    assert tried["sent"] is False
    assert "连不上" in tried["says"]
    asked = {"events": ["gossip"]}
    told = client.put(
        f"{at}/{channel.pk}/events", asked, content_type="application/json", headers=buyer
    )
    assert told.status_code == 409
