"""事件订阅: what programs are told, signed, once, in order, and by whom it may be asked for."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit, dismiss, switch_off
from lvyue.accounts.actions.trail import seal
from lvyue.accounts.models import Account, Appointment
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.clock import SHANGHAI
from lvyue.core.doubts import Refused
from lvyue.notices.actions import configuring, tell
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.actions.emitting import EVENTS, emit
from lvyue.notices.channels.road import Sent
from lvyue.notices.choices import TOLD_AT_ONCE, Event, LegState, Topic
from lvyue.notices.models import Channel, EventCursor, Leg, Message
from lvyue.notices.queries.channels import channels, subscription, subscriptions
from tests.conftest import Person
from tests.notices.told import BY, S0, S1, fresh, legs_in_words
from tests.notices.vendors import Request, serving

NOON = datetime(2026, 9, 14, 12, 10, tzinfo=SHANGHAI)

EVERYTHING = ("fact.recorded", "statement.issued")


@pytest.fixture(autouse=True)
def _loopback_is_listed(settings: Any) -> None:
    settings.PRIVATE_TARGETS = ["127.0.0.1"]


@pytest.fixture
def seats(person: Person) -> tuple[Seat, Seat]:
    """A manager of each side."""
    return (
        seat_of(person("buyer", S0), S0),
        seat_of(person("supplier_manager", S0), S0),
    )


def something_happens(act: str = "fact.recorded", contract: str = S0, about: str = "f-1") -> None:
    audit(act, by=BY, contract_id=contract, about=about, after={"amount": "金额 1 元"})
    seal()


def checks(request: Request, secret: str) -> bool:
    """What docs/webhooks.md tells a receiver to do, word for word."""
    text = (Path(__file__).parents[2] / "docs/webhooks.md").read_text("utf-8")
    sample = re.search(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert sample
    receiver: dict[str, Any] = {}
    exec(sample[1], receiver)  # noqa: S102  our own document
    now = clock.now().timestamp()
    return bool(receiver["is_genuine"](secret, request.headers, request.body, now))


def test_a_subscriber_hears_what_happened_signed_and_without_what_it_holds(
    seats: tuple[Seat, Seat], settings: Any
) -> None:
    settings.ADDRESS = "https://lvyue.office.example"
    with serving(lambda _: (200, "ok")) as server:
        made = configuring.subscribe("工单系统", server.url, EVERYTHING, by=seats[0])
        something_happens(about="f/1 张三")
        something_happens("signed_in", contract="")
        something_happens(contract=S1)

        emit()
        deliver(made.channel.pk)

    (request,) = server.asked
    assert checks(request, made.secret)
    assert request.headers["Lvyue-Event"] == "fact.recorded"
    told = request.json
    assert set(told) == {"event", "sequence", "at", "contract", "address"}
    assert told["address"] == (
        f"https://lvyue.office.example/api/v1/contracts/{S0}/facts/f%2F1%20%E5%BC%A0%E4%B8%89"
    )
    assert "金额" not in request.body.decode()


def test_what_was_rolled_back_or_was_before_is_told_to_nobody(seats: tuple[Seat, Seat]) -> None:
    something_happens(about="before")
    made = configuring.subscribe("工单系统", "https://itsm.example/", EVERYTHING, by=seats[0])
    something_happens(about="after")

    emit()
    emit()

    (leg,) = Leg.objects.filter(channel=made.channel)
    assert json.loads(leg.body)["address"].endswith("/facts/after")


def test_who_is_killed_goes_on_where_the_cursor_stands(
    seats: tuple[Seat, Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = configuring.subscribe("工单系统", "https://itsm.example/", EVERYTHING, by=seats[0])
    for number in range(5):
        something_happens(about=str(number))
    monkeypatch.setattr("lvyue.notices.actions.emitting.AT_ONCE", 2)
    monkeypatch.setattr("lvyue.notices.actions.emitting.wake", _dies_once())
    with pytest.raises(KeyboardInterrupt):
        emit()

    emit()

    found = [json.loads(leg.body)["address"][-1] for leg in Leg.objects.order_by("id")]
    assert found == ["0", "1", "2", "3", "4"]
    assert made.channel.pk


def _dies_once() -> Callable[..., None]:
    left = [1]

    def wake(channels: Iterable[int]) -> None:
        list(channels)
        if left.pop() if left else 0:
            raise KeyboardInterrupt

    return wake


def test_a_receiver_that_is_down_for_a_day_hears_everything_in_order(
    seats: tuple[Seat, Seat],
) -> None:
    with time_machine.travel(NOON, tick=False) as now, serving(lambda _: (503, "")) as server:
        made = configuring.subscribe("工单系统", server.url, EVERYTHING, by=seats[0])
        for number in range(3):
            something_happens(about=str(number))
        emit()
        for _ in range(24):
            deliver(made.channel.pk)
            now.shift(timedelta(hours=1))
        ids = {one.headers["Lvyue-Id"] for one in server.asked}
        tries = len(server.asked)
        assert len(ids) == 1  # nothing behind the first
        assert tries < 20

        server.answer = lambda _: (200, "")
        now.shift(timedelta(hours=5))
        deliver(made.channel.pk)

    got = [one.json["address"][-1] for one in server.asked[tries:]]
    assert got == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (204, LegState.SENT),
        (302, LegState.WAITING),
        (404, LegState.WAITING),
        (410, LegState.FAILED),
        (500, LegState.WAITING),
    ],
)
def test_what_a_receiver_answers_decides(
    status: int, state: LegState, seats: tuple[Seat, Seat]
) -> None:
    with serving(lambda _: (status, "")) as server:
        made = configuring.subscribe("工单系统", server.url, EVERYTHING, by=seats[0])
        something_happens()
        emit()
        deliver(made.channel.pk)

    assert legs_in_words(made.channel) == [("fact.recorded", state)]
    assert len(server.asked) == 1


def test_both_secrets_hold_for_a_day_after_an_exchange(seats: tuple[Seat, Seat]) -> None:
    with time_machine.travel(NOON, tick=False) as now, serving(lambda _: (200, "")) as server:
        made = configuring.subscribe("工单系统", server.url, EVERYTHING, by=seats[0])
        secret = configuring.exchange_secret(made.channel, by=seats[0])
        assert isinstance(configuring.try_out(made.channel, "", by=seats[0]), Sent)
        now.shift(timedelta(hours=25))
        configuring.try_out(made.channel, "", by=seats[0])

    during, after = server.asked
    with time_machine.travel(NOON, tick=False) as now:
        assert [checks(during, one) for one in (made.secret, secret)] == [True, True]
        now.shift(timedelta(hours=25))
        assert [checks(after, one) for one in (made.secret, secret)] == [False, True]


def test_an_old_request_is_not_taken_and_cannot_be_passed_off_as_new(
    seats: tuple[Seat, Seat],
) -> None:
    """The time is signed: who changes it breaks the signature."""
    with time_machine.travel(NOON, tick=False) as now, serving(lambda _: (200, "")) as server:
        made = configuring.subscribe("工单系统", server.url, EVERYTHING, by=seats[0])
        configuring.try_out(made.channel, "", by=seats[0])
        (request,) = server.asked
        assert checks(request, made.secret)

        now.shift(timedelta(minutes=6))
        assert not checks(request, made.secret)
        request.headers["Lvyue-Timestamp"] = str(int(clock.now().timestamp()))
        assert not checks(request, made.secret)


def test_sending_again_bears_the_same_id(seats: tuple[Seat, Seat]) -> None:
    with serving(lambda _: (410, "")) as server:
        made = configuring.subscribe("工单系统", server.url, EVERYTHING, by=seats[0])
        something_happens()
        emit()
        deliver(made.channel.pk)
        server.answer = lambda _: (200, "")
        leg = Leg.objects.get()

        configuring.send_again(leg, by=seats[0])
        deliver(made.channel.pk)

    first, second = (one.headers["Lvyue-Id"] for one in server.asked)
    assert first == second
    assert fresh(leg).state == LegState.SENT


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────


def message_to(*people: Account, contract: str = S0, key: str = "k") -> list[Message]:
    return tell(
        people,
        topic=Topic.REMINDER,
        subject="首期款还剩 3 个工作日",
        body="只有本人能看的话。",
        contract_id=contract,
        key=key,
        by=BY,
    )


def test_whoever_subscribed_hears_of_their_own_messages_on_that_contract_and_of_no_others(
    person: Person, settings: Any
) -> None:
    settings.ADDRESS = "https://lvyue.office.example"
    owner, colleague = person("buyer", S0), person("buyer", S0, S1)
    with serving(lambda _: (200, "")) as server:
        made = configuring.subscribe("x", server.url, ["message"], by=seat_of(owner, S0))
        configuring.subscribe("y", server.url, EVERYTHING, by=seat_of(owner, S0))
        message_to(colleague)
        message_to(owner, contract=S1, key="elsewhere")
        message_to(owner, contract="", key="nowhere")
        (message,) = message_to(owner)
        message_to(owner)  # the same again

        deliver(made.channel.pk)

    (request,) = server.asked
    assert checks(request, made.secret)
    told = request.json
    at = told.pop("at")
    assert datetime.fromisoformat(at).tzinfo is not None
    assert told == {
        "event": "message",
        "contract": S0,
        "message": message.pk,
        "topic": "reminder",
        "urgent": False,
        "address": f"https://lvyue.office.example/api/v1/me/messages/{message.pk}",
    }
    assert legs_in_words(made.channel) == [("message", LegState.SENT)]


def test_what_was_told_in_an_act_that_failed_is_told_to_no_program(person: Person) -> None:
    owner = person("buyer", S0)
    configuring.subscribe("x", "https://itsm.example/", ["message"], by=seat_of(owner, S0))

    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        message_to(owner)
        raise ZeroDivisionError

    assert not Leg.objects.exists()


def test_an_administrator_hears_of_messages_that_are_of_no_contract(person: Person) -> None:
    administrator = person("administrator")
    configuring.subscribe("x", "https://iam.example/", ["message"], by=administrator)

    message_to(administrator, contract=S0, key="a")
    message_to(administrator, contract="", key="b")

    (leg,) = Leg.objects.all()
    assert json.loads(leg.body)["contract"] is None


def test_a_subscription_whose_owner_has_left_hears_of_no_message(person: Person) -> None:
    owner = person("buyer", S0)
    configuring.subscribe("x", "https://itsm.example/", ["message"], by=seat_of(owner, S0))
    dismiss(Appointment.objects.get(account=owner), by=BY, reason="调离")
    Leg.objects.all().delete()

    message_to(owner)

    assert not Leg.objects.exists()
    assert not Channel.objects.get().enabled


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_side_sees_its_own_and_administrators_none_of_them(
    seats: tuple[Seat, Seat], person: Person
) -> None:
    buyer, supplier = seats
    made = configuring.subscribe("工单系统", "https://itsm.example/", EVERYTHING, by=buyer)
    configuring.subscribe("工单系统", "https://firm.example/", EVERYTHING, by=supplier)

    assert [one.pk for one in subscriptions(buyer)] == [made.channel.pk]
    assert subscription(supplier, made.channel.pk) is None
    assert list(channels()) == []
    for by in (supplier, person("administrator")):
        with pytest.raises(Refused):
            configuring.exchange_secret(made.channel, by=by)
    leg = Leg.objects.create(
        channel=made.channel, key="k", created_at=NOON, next_at=NOON, due_at=NOON, state="failed"
    )
    with pytest.raises(Refused):
        configuring.send_again(leg, by=supplier)


@pytest.mark.parametrize("role", ["engineer", "using_department", "auditor"])
def test_only_managers_subscribe(role: str, person: Person) -> None:
    seat = seat_of(person(role, S0), S0)

    with pytest.raises(Refused):
        configuring.subscribe("x", "https://itsm.example/", EVERYTHING, by=seat)


def test_people_of_the_demonstration_subscribe_to_nothing(person: Person) -> None:
    buyer = person("buyer", S0)
    buyer.demonstration = True
    buyer.save()

    with pytest.raises(Refused, match="演示"):
        configuring.subscribe("x", "https://itsm.example/", EVERYTHING, by=seat_of(buyer, S0))


@pytest.mark.parametrize("leaves", ["the contract", "altogether"])
def test_a_subscription_stops_when_its_owner_goes_and_a_colleague_takes_it_over(
    leaves: str, seats: tuple[Seat, Seat], person: Person
) -> None:
    made = configuring.subscribe("工单系统", "https://itsm.example/", EVERYTHING, by=seats[0])
    owner = Account.objects.get(username=seats[0].username)
    if leaves == "the contract":
        dismiss(Appointment.objects.get(account=owner), by=BY, reason="调离")
    else:
        switch_off(owner, by=BY, reason="离职")
    something_happens()
    seal()
    emit()
    assert not Leg.objects.exists()
    channel = Channel.objects.get()
    assert not channel.enabled
    assert owner.username in channel.says

    colleague = person("buyer", S0, S1)
    configuring.switch(channel, on=True, by=seat_of(colleague, S0), reason="接手")
    something_happens(about="later")
    emit()

    assert Leg.objects.count() == 1
    assert Channel.objects.get().owner == colleague
    assert made.channel.pk == channel.pk


def test_administrators_hear_of_the_platform_and_not_of_contracts(person: Person) -> None:
    administrator = person("administrator")
    with pytest.raises(Refused):
        configuring.subscribe("x", "https://iam.example/", ["fact.recorded"], by=administrator)
    configuring.subscribe("x", "https://iam.example/", ["account.created"], by=administrator)

    person("buyer", S0)
    seal()
    something_happens()
    emit()

    assert [leg.subject for leg in Leg.objects.all()] == ["account.created"]


# ── where it may lead ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://0.0.0.0:9/",
        "http://2130706433:9/",
    ],
)
def test_a_subscription_reaches_no_address_of_the_house_that_is_not_listed(
    url: str, seats: tuple[Seat, Seat], settings: Any
) -> None:
    settings.PRIVATE_TARGETS = []
    made = configuring.subscribe("x", url, EVERYTHING, by=seats[0])

    result = configuring.try_out(made.channel, "", by=seats[0])

    assert "LVYUE_PRIVATE_TARGETS" in getattr(result, "says", "")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "itsm.example",
        "ftp://itsm.example/",
        "gopher://itsm.example/",
        "https://user:secret@itsm.example/",
        "http://[/",
        "https://itsm.example:99999/",
        "https://itsm.example/\r\nX: y",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(url: str, seats: tuple[Seat, Seat]) -> None:
    with pytest.raises(Refused) as refused:
        configuring.subscribe("x", url, EVERYTHING, by=seats[0])

    assert [doubt.places for doubt in refused.value.doubts] == [("接收地址",)]


def test_nothing_is_redirected(seats: tuple[Seat, Seat]) -> None:
    """Who redirects us would lead us into the house."""
    with serving(lambda _: (200, "")) as inside, serving(lambda _: (307, inside.url)) as outside:
        made = configuring.subscribe("x", outside.url, EVERYTHING, by=seats[0])
        configuring.try_out(made.channel, "", by=seats[0])

    assert inside.asked == []


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_event_comes_from_an_act() -> None:
    assert {event for event, _ in EVENTS.values()} == set(Event) - {Event.TEST} - TOLD_AT_ONCE


@pytest.mark.django_db
def test_without_subscribers_nobody_goes_along_the_trail() -> None:
    something_happens()

    assert emit() == 0
    assert not EventCursor.objects.exists()
