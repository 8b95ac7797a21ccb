"""Logins: where somebody is signed in, its end, the same account at two addresses (ACS-03), and accounts that end."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import (
    create_account,
    create_token,
    end_expired,
    sign_in_failed,
    switch_on,
)
from lvyue.accounts.actions.logins import end_all
from lvyue.accounts.actions.standing import set_end
from lvyue.accounts.devices import in_words
from lvyue.accounts.models import Account, Login
from lvyue.accounts.queries import (
    FAILURES_OF_BOTH,
    account_by_token,
    audit_trail,
    locked_until,
    logins_of,
)
from lvyue.core.doubts import Refused
from lvyue.notices.actions.security import unlock
from lvyue.notices.models import Message
from tests.conftest import Person

GOOD = "a-long-test-password"
OFFICE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


def browser(account: Account, *, agent: str = OFFICE, address: str = "10.0.0.1") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.post("/sign-in/", {"username": account.username, "password": GOOD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == HTTPStatus.OK


def told(account: Account) -> list[str]:
    return list(
        Message.objects.filter(account=account).order_by("id").values_list("subject", flat=True)
    )


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (OFFICE, "Chrome，Windows"),
        (PHONE, "Chrome，安卓"),
        (f"{OFFICE} Edg/140.0", "Edge，Windows"),
        ("", "不认得的设备"),
        ("😀" * 5000, "不认得的设备"),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: str) -> None:
    assert in_words(agent) == words


def test_one_sees_where_one_is_signed_in_and_ends_one(person: Person) -> None:
    buyer = person("buyer", "first")
    office, phone = browser(buyer), browser(buyer, agent=PHONE)
    page = office.get("/account/security/").content.decode()
    assert "Chrome，安卓" in page
    assert page.count("就是这里") == 1
    other = logins_of(buyer, clock.now()).get(device=PHONE)

    office.post(f"/account/security/logins/{other.pk}/end/")

    assert is_in(office)
    assert not is_in(phone)
    assert audit_trail().filter(act="login.ended", about=buyer.username).count() == 1


def test_what_was_posted_at_an_ended_login_is_kept_and_the_person_signs_in_again(
    person: Person,
) -> None:
    buyer = person("buyer", "first")
    client = browser(buyer)
    client.get("/account/")
    end_all(buyer, by="测试")

    answer = client.post("/account/contact/mail/", {"value": "b@example.cn"})

    assert answer.headers["Location"].startswith("/sign-in/")
    assert "已经保留" in client.get("/sign-in/").content.decode()


def test_all_others_end_and_the_present_one_stays(person: Person) -> None:
    buyer = person("buyer", "first")
    office, phone = browser(buyer), browser(buyer, agent=PHONE)

    office.post("/account/security/logins/end-others/")

    assert is_in(office)
    assert not is_in(phone)


def test_a_login_of_somebody_else_is_not_there(person: Person) -> None:
    buyer, engineer = person("buyer", "first"), person("engineer", "first")
    mine, theirs = browser(buyer), browser(engineer)
    number = Login.objects.get(account=engineer).pk

    assert mine.post(f"/account/security/logins/{number}/end/").status_code == HTTPStatus.NOT_FOUND
    headers = {"Authorization": f"Bearer {create_token(buyer, '程序', 30, by=buyer).secret}"}
    answer = Client().delete(f"/api/v1/me/logins/{number}", headers=headers)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert is_in(theirs)
    with pytest.raises(Refused, match="不是系统管理员"):
        end_all(engineer, by=buyer)


def test_a_device_that_was_never_here_is_told_and_a_known_one_is_not(person: Person) -> None:
    buyer = person("buyer", "first")
    browser(buyer)
    assert told(buyer) == []

    browser(buyer)
    assert told(buyer) == []
    browser(buyer, agent=PHONE)

    assert told(buyer) == ["您的账号在新设备上登录"]


# ── one person one account ───────────────────────────────────────────────────────────────────────────────────────


def test_one_account_at_two_addresses_at_once_is_told_once_and_stops_nobody(
    person: Person, administrator: Account
) -> None:
    """ACS-03: given one account from two terminals at once, when seen, then alert."""
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        office, elsewhere = browser(buyer), browser(buyer, address="172.16.0.9")
        for _ in range(3):
            journey.shift(timedelta(minutes=2))
            assert is_in(office)
            assert is_in(elsewhere)

    assert "您的账号同时从两个地址使用" in told(buyer)
    assert len([one for one in told(administrator) if "两个地址" in one]) == 1
    seen = audit_trail().get(act="sign_in.two_places")
    assert seen.after == {"addresses": "10.0.0.1、172.16.0.9"}


def test_two_addresses_an_hour_apart_are_nobodys_business(person: Person) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        office, home = browser(buyer), browser(buyer, address="172.16.0.9")
        for client in (office, home, office):
            journey.shift(timedelta(hours=1))
            assert is_in(client)

    assert not audit_trail().filter(act="sign_in.two_places").exists()


def test_a_quick_page_writes_nothing(person: Person) -> None:
    client = browser(person("buyer", "first"))
    client.get("/account/")
    before = Login.objects.get().seen_at

    client.get("/account/")

    assert Login.objects.get().seen_at == before


# ── temporary accounts ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_temporary_account_must_have_an_end(administrator: Account, person: Person) -> None:
    """ACS-03, bad input: temporary account without end."""
    with pytest.raises(Refused, match="没有写到期日"):
        create_account("temp", "临时", GOOD, by=administrator, temporary=True)
    with pytest.raises(Refused, match="没有写到期日"):
        set_end(person("engineer"), None, by=administrator, reason="驻场", temporary=True)
    past = clock.now() - timedelta(seconds=1)
    with pytest.raises(Refused, match="已经过去"):
        create_account("temp", "临时", GOOD, by=administrator, ends_at=past)


def test_an_account_that_ended_is_nobody_at_that_moment(
    administrator: Account, person: Person
) -> None:
    engineer = person("engineer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        secret = create_token(engineer, "程序", 30, by=engineer).secret
        client = browser(engineer)
        end = clock.now() + timedelta(hours=1)
        set_end(engineer, end, by=administrator, reason="驻场到今天", temporary=True)
        assert is_in(client)
        journey.shift(timedelta(hours=1))

        assert not is_in(client)
        assert account_by_token(secret) is None
        assert not is_in(browser(engineer))
        assert (end_expired(), end_expired()) == (1, 0)
        with pytest.raises(Refused, match="已经到期"):
            switch_on(engineer, by=administrator, reason="回来")

    engineer.refresh_from_db()
    assert not engineer.is_active


def test_the_last_administrator_gets_no_end(administrator: Account) -> None:
    with pytest.raises(Refused, match="最后一位"):
        set_end(
            administrator,
            clock.now() + timedelta(days=1),
            by="命令行",
            reason="试试",
            temporary=False,
        )


# ── lock-out ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_administrator_unlocks_and_the_person_is_told(
    administrator: Account, person: Person
) -> None:
    buyer = person("buyer", "first")
    for _ in range(FAILURES_OF_BOTH):
        sign_in_failed(buyer.username, address="10.0.0.1")
    assert locked_until(buyer.username, "10.0.0.1", clock.now())

    with pytest.raises(Refused, match="不是系统管理员"):
        unlock(buyer, by=person("engineer"))
    assert unlock(buyer, by=administrator)
    assert not unlock(buyer, by=administrator)

    assert locked_until(buyer.username, "10.0.0.1", clock.now()) is None
    assert told(buyer) == ["您的登录暂停已解除"]
