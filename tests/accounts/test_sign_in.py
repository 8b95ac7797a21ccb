"""The front door: passwords, the made-up people, too many tries, sessions that end, and who is out at once."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from lvyue import clock
from lvyue.accounts.actions import Hashed, create_account, set_password, switch_off
from lvyue.accounts.models import Account, SignInFailure
from lvyue.accounts.queries import FAILURES_OF_ADDRESS, FAILURES_OF_BOTH, LOCK, audit_trail
from tests.accounts.conftest import BrowserOf
from tests.conftest import Person

GOOD = "a-long-test-password"


def try_password(
    client: Client, username: str, password: str, *, address: str = "10.0.0.1", next_: str = ""
) -> str:
    """What the page says; nothing where one was let in."""
    answer = client.post(
        "/sign-in/",
        {"username": username, "password": password, "next": next_},
        REMOTE_ADDR=address,
    )
    if answer.status_code == HTTPStatus.FOUND:
        return ""
    return answer.content.decode()


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == HTTPStatus.OK


def test_a_password_lets_in_and_the_audit_trail_says_from_where(
    client: Client, person: Person
) -> None:
    person("buyer", "first")

    assert try_password(client, "ＢＵＹＥＲ-1 ", GOOD) == ""

    assert signed_in(client)
    entry = audit_trail().get(act="signed_in")
    assert entry.who == "buyer-1"
    assert entry.after == {"address": "10.0.0.1", "way": "密码", "device": "不认得的设备"}


@pytest.mark.parametrize(
    ("username", "password"), [("buyer-1", "wrong"), ("nobody", GOOD), ("buyer-1", "")]
)
def test_a_wrong_password_and_a_wrong_name_are_told_alike(
    client: Client, person: Person, username: str, password: str
) -> None:
    person("buyer", "first")

    says = try_password(client, username, password)

    assert ("登录名或密码不对" in says) == bool(password)
    assert not signed_in(client)


def test_after_too_many_wrong_passwords_even_the_right_one_waits(
    client: Client, person: Person
) -> None:
    person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        for _ in range(FAILURES_OF_BOTH - 1):
            assert "登录名或密码不对" in try_password(client, "buyer-1", "wrong")
        assert "密码错得太多" in try_password(client, "buyer-1", "wrong")

        assert "之前不能再试" in try_password(client, "buyer-1", GOOD)
        assert try_password(Client(), "buyer-1", GOOD, address="10.0.0.2") == ""
        journey.shift(LOCK)
        assert try_password(client, "buyer-1", GOOD) == ""

    locked = audit_trail().filter(act="sign_in.locked").get()
    assert (locked.about, locked.after) == ("buyer-1", {"address": "10.0.0.1"})


def test_one_address_does_not_try_one_name_after_the_other(client: Client, person: Person) -> None:
    person("buyer", "first")
    now = clock.now()
    SignInFailure.objects.bulk_create(
        SignInFailure(username=f"name-{n}", address="10.0.0.1", at=now)
        for n in range(FAILURES_OF_ADDRESS)
    )

    assert "密码错得太多" in try_password(client, "buyer-1", GOOD)
    assert try_password(client, "buyer-1", GOOD, address="10.0.0.2") == ""


def test_a_name_that_does_not_exist_is_closed_just_the_same(client: Client, db: None) -> None:  # noqa: ARG001  failures are in the database
    says = [try_password(client, "nobody", "wrong") for _ in range(FAILURES_OF_BOTH)]

    assert "密码错得太多" in says[-1]


def test_who_is_let_in_begins_anew_and_a_new_password_opens(
    client: Client, person: Person, administrator: Account
) -> None:
    buyer = person("buyer", "first")
    for _ in range(FAILURES_OF_BOTH - 1):
        try_password(client, "buyer-1", "wrong")
    assert try_password(client, "buyer-1", GOOD) == ""
    for _ in range(FAILURES_OF_BOTH):
        try_password(Client(), "buyer-1", "wrong")

    set_password(buyer, "another-long-password", by=administrator)

    assert try_password(Client(), "buyer-1", "another-long-password") == ""


def test_old_failures_are_thrown_away(client: Client, db: None) -> None:  # noqa: ARG001  failures are in the database
    SignInFailure.objects.create(username="x", address="y", at=clock.now() - LOCK)

    try_password(client, "nobody", "wrong")

    assert [one.username for one in SignInFailure.objects.all()] == ["nobody"]


def test_behind_a_proxy_the_address_is_what_the_proxy_saw(
    client: Client,
    settings: Settings,
    db: None,  # noqa: ARG001  failures are in the database
) -> None:
    """Whatever a visitor writes into the header himself stands before it."""
    post = {"username": "nobody", "password": "wrong"}

    client.post("/sign-in/", post, headers={"X-Forwarded-For": "1.1.1.1"})
    settings.BEHIND_PROXY = True
    client.post("/sign-in/", post, headers={"X-Forwarded-For": "1.1.1.1, 10.9.9.9"})

    found = SignInFailure.objects.order_by("id").values_list("address", flat=True)
    assert list(found) == ["127.0.0.1", "10.9.9.9"]


def test_one_is_led_to_where_one_wanted_and_never_out_of_the_house(
    client: Client, person: Person
) -> None:
    person("buyer", "first")

    asked = client.get("/account/?x=1")
    assert asked.headers["Location"] == "/sign-in/?next=/account/%3Fx%3D1"
    answer = client.post(
        asked.headers["Location"],
        {"username": "buyer-1", "password": GOOD, "next": "https://elsewhere.example/"},
    )

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/contracts/", "/contracts/first/", "/account/", "/people/"])
@pytest.mark.django_db
def test_nobody_sees_a_page_without_signing_in(client: Client, path: str) -> None:
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == HTTPStatus.FOUND
        assert answer.headers["Location"].startswith("/sign-in/?next=")


@pytest.mark.django_db
def test_with_htmx_the_whole_page_goes_to_the_door(client: Client) -> None:
    answer = client.get("/account/", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/sign-in/?next=/account/"


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_signing_out_takes_a_post_and_ends_the_session(
    person: Person, browser_of: BrowserOf
) -> None:
    client = browser_of(person("buyer", "first"))

    assert client.get("/sign-out/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert signed_in(client)
    client.post("/sign-out/")

    assert not signed_in(client)
    assert not Session.objects.exists()
    assert audit_trail().filter(act="signed_out", about="buyer-1").exists()


def test_who_is_switched_off_is_out_at_once(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")
    client = browser_of(buyer)
    assert signed_in(client)

    switch_off(buyer, by=administrator, reason="离职")

    assert not signed_in(client)
    assert "登录名或密码不对" in try_password(client, "buyer-1", GOOD)


def test_a_new_password_ends_every_open_session(
    person: Person, administrator: Account, browser_of: BrowserOf
) -> None:
    buyer = person("buyer", "first")
    client = browser_of(buyer)

    set_password(buyer, "another-long-password", by=administrator)

    assert not signed_in(client)


def test_a_session_lasts_eight_hours_from_the_last_page(
    person: Person, browser_of: BrowserOf
) -> None:
    with time_machine.travel(clock.now(), tick=False) as journey:
        client = browser_of(person("buyer", "first"))
        for _ in range(3):
            journey.shift(timedelta(hours=7))
            assert signed_in(client)

        journey.shift(timedelta(hours=8, seconds=1))
        assert not signed_in(client)


def test_pages_of_one_person_are_kept_by_no_cache(person: Person, browser_of: BrowserOf) -> None:
    answer = browser_of(person("buyer", "first")).get("/contracts/")

    assert "private" in answer.headers["Cache-Control"]


# ── the demonstration ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def demo(db: None) -> Account:  # noqa: ARG001  people are in the database
    return create_account("demo-one", "演示人", Hashed("!"), by="测试", demonstration=True)


def test_a_made_up_person_is_entered_by_one_click(client: Client, demo: Account) -> None:
    page = client.get("/sign-in/?next=/account/").content.decode()
    assert "lvyue-demo" not in page  # she is nothing on any contract, so there is nobody to show

    answer = client.post("/sign-in/as/", {"username": demo.username, "next": "/account/"})

    assert answer.headers["Location"] == "/account/"
    assert signed_in(client)


def test_nobody_real_is_entered_by_a_click(client: Client, person: Person, demo: Account) -> None:
    person("buyer", "first")
    Account.objects.filter(pk=demo.pk).update(is_active=False)

    for username in ("buyer-1", "demo-one", "nobody", ""):
        answer = client.post("/sign-in/as/", {"username": username}, follow=True)
        assert "只有启用的演示账号可以一键登录" in answer.content.decode()
        assert not signed_in(client)


def test_a_click_leads_out_of_no_house_and_takes_a_post(client: Client, demo: Account) -> None:
    assert client.get("/sign-in/as/").status_code == HTTPStatus.METHOD_NOT_ALLOWED

    answer = client.post(
        "/sign-in/as/", {"username": demo.username, "next": "//elsewhere.example/"}
    )

    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
def test_without_a_demonstration_the_page_tells_of_none(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()

    assert "lvyue-demo" not in page
    assert "演示人员" not in page
