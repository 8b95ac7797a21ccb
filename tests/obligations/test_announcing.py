"""结论的变化: programs that subscribed to a contract hear which verdict became another one, once, and of no other contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from lvyue.accounts.actions import dismiss
from lvyue.accounts.models import Account, Appointment
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import seat_of
from lvyue.library import loader
from lvyue.notices.actions.configuring import NewSubscription, subscribe
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.models import Channel, Delivery, Leg
from lvyue.obligations.actions.announcing import changes
from lvyue.obligations.actions.refreshing import refresh
from lvyue.obligations.models import LastVerdicts
from tests.conftest import Person
from tests.notices.vendors import serving
from tests.obligations.test_reminders import CLOUD, PAY, SECURITY, at, happened, registered

EVENT = "finding.changed"


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at("2026-02-09 15:00"), tick=False) as travelling:
        yield travelling


@pytest.fixture
def seat(person: Person) -> Seat:
    registered(SECURITY)
    registered(CLOUD)
    return seat_of(person("buyer", SECURITY), SECURITY)


def subscribed(seat: Seat, url: str = "https://itsm.example/") -> NewSubscription:
    return subscribe("工单系统", url, [EVENT], by=seat)


def invoiced(contract_id: str = SECURITY) -> None:
    """The first payment falls due ten working days from here: 28 February 2026."""
    happened(contract_id, "contract.effective", "2026-02-09", paper="测试-合同")
    share = loader.load(contract_id).price.fen * 7 // 10
    happened(contract_id, "invoice.received", "2026-02-09", instalment=1, amount_fen=share)


def told() -> list[dict[str, Any]]:
    return [json.loads(leg.body) for leg in Leg.objects.filter(subject=EVENT).order_by("id")]


def of(term: str) -> list[tuple[str | None, str | None]]:
    return [(one["before"], one["after"]) for one in told() if one["term"] == term]


def test_a_payment_that_falls_due_and_is_missed_is_told_each_time_once(
    seat: Seat, now: time_machine.Traveller
) -> None:
    subscribed(seat)
    refresh(SECURITY)
    assert told() == []  # nothing to compare with

    invoiced()
    refresh(SECURITY)
    first = of(PAY)
    refresh(SECURITY)
    assert of(PAY) == first

    now.move_to(at("2026-03-02 09:00"))
    for _ in range(3):
        refresh(SECURITY)

    assert of(PAY)[len(first) :] == [("not_due", "missed")]
    last = next(one for one in told() if one["after"] == "missed" and one["term"] == PAY)
    assert set(last) == {
        *("event", "at", "contract", "term", "occurrence", "clause", "before", "after"),
        *("as_of", "address"),
    }
    assert (last["event"], last["contract"], last["as_of"]) == (EVENT, SECURITY, "2026-03-02")
    assert last["address"].endswith(f"/api/v1/contracts/{SECURITY}/terms/{PAY}")
    assert last["clause"]


def test_a_subscriber_hears_of_its_own_contract_and_what_was_sent_is_logged(
    seat: Seat, settings: Any
) -> None:
    settings.PRIVATE_TARGETS = ["127.0.0.1"]
    with serving(lambda _: (200, "ok")) as server:
        made = subscribed(seat, server.url)
        for contract_id in (SECURITY, CLOUD):
            refresh(contract_id)
            invoiced(contract_id)
            refresh(contract_id)
        deliver(made.channel.pk)

    heard = [request.json for request in server.asked]
    assert heard
    assert {one["contract"] for one in heard} == {SECURITY}
    assert Delivery.objects.filter(channel=made.channel, outcome="sent").count() == len(heard)
    assert all(request.headers["Lvyue-Signature"].startswith("v1=") for request in server.asked)


def test_who_has_left_the_contract_hears_nothing_more(seat: Seat) -> None:
    subscribed(seat)
    refresh(SECURITY)
    invoiced()
    owner = Account.objects.get(username=seat.username)
    dismiss(Appointment.objects.get(account=owner), by="测试", reason="调离")

    refresh(SECURITY)

    assert told() == []
    assert not Channel.objects.get().enabled


def test_who_subscribes_later_hears_only_of_what_changes_then(seat: Seat) -> None:
    refresh(SECURITY)
    invoiced()
    refresh(SECURITY)
    subscribed(seat)

    refresh(SECURITY)

    assert told() == []


def test_a_refresh_that_fails_tells_nothing(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribed(seat)
    refresh(SECURITY)
    before = LastVerdicts.objects.get(pk=SECURITY).verdicts
    invoiced()
    monkeypatch.setattr("lvyue.notices.actions.subscribers.wake", _dies)

    with pytest.raises(ZeroDivisionError):
        refresh(SECURITY)

    assert told() == []
    assert LastVerdicts.objects.get(pk=SECURITY).verdicts == before


def _dies(channels: Any) -> None:
    list(channels)
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"t": {"": "not_due"}}, {"t": {"": "met"}}, [("t", "", "not_due", "met")]),
        ({"t": {"": "met"}}, {"t": {"": "met"}}, []),
        ({"t": {"": "not_triggered"}}, {"t": {"a": "not_due"}}, []),
        ({"t": {}}, {"t": {"a": "missed"}}, [("t", "a", None, "missed")]),
        ({"t": {"a": "missed"}}, {}, [("t", "a", "missed", None)]),
        ({}, {"t": {"a": "not_due"}}, []),
    ],
)
def test_what_comes_or_goes_quietly_is_no_change(old: Any, new: Any, found: Any) -> None:
    assert [*changes(old, new)] == found
