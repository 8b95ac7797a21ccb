"""The second step: six digits, recovery codes, who must have one, and that whoever owes it is nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus

import pyotp
import pytest
import time_machine
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import (
    Hashed,
    choose_password,
    create_account,
    create_token,
    set_password,
)
from lvyue.accounts.actions.second_factor import (
    add_authenticator,
    code_fits,
    make_recovery_codes,
    new_secret,
    recovery_code_fits,
    remove_authenticator,
    require_of,
    reset,
)
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account, Authenticator, FormerPassword, RecoveryCode
from lvyue.accounts.queries import FAILURES_OF_BOTH, audit_trail, factors_of, must_take_second_step
from lvyue.core.doubts import Refused
from tests.conftest import Person

GOOD = "a-long-test-password"


def enrolled(account: Account) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """An app and ten codes on paper. The code that was shown to add it is used up."""
    secret = new_secret()
    app = pyotp.TOTP(secret)
    codes = add_authenticator(account, secret, app.at(clock.now()), by=account)
    return app, codes


def next_code(app: pyotp.TOTP, steps: int = 1) -> str:
    """What the app shows so many steps of thirty seconds later."""
    return app.at(clock.now() + timedelta(seconds=30 * steps))


def password(client: Client, username: str, word: str = GOOD) -> str:
    answer = client.post("/sign-in/", {"username": username, "password": word, "next": "/account/"})
    return answer.headers.get("Location", "")


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == HTTPStatus.OK


# ── six digits ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("skew", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_telephone_may_be_one_step_off(person: Person, skew: int, fits: bool) -> None:
    """RFC 6238: one step of thirty seconds to either side."""
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        app, _ = enrolled(buyer)
        journey.shift(timedelta(minutes=5))

        assert code_fits(buyer, next_code(app, skew)) is fits


def test_a_code_is_used_once_and_no_earlier_one_after_it(person: Person) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        app, _ = enrolled(buyer)
        assert not code_fits(buyer, next_code(app, 0))
        journey.shift(timedelta(minutes=5))

        late, now = next_code(app, 1), next_code(app, 0)
        assert code_fits(buyer, f" {late[:3]} {late[3:]} ")
        assert not code_fits(buyer, late)
        assert not code_fits(buyer, now)


@pytest.mark.parametrize("code", ["", "abc", "1" * 5000, "😀", "\x07", "００００００"])
def test_whatever_is_no_code_is_refused_and_nothing_breaks(person: Person, code: str) -> None:
    buyer = person("buyer", "first")
    enrolled(buyer)

    assert not code_fits(buyer, code)
    assert not recovery_code_fits(buyer, code)


def test_the_database_alone_does_not_tell_the_secret(person: Person) -> None:
    buyer = person("buyer", "first")
    app, codes = enrolled(buyer)

    assert app.secret not in Authenticator.objects.get().sealed
    digests = RecoveryCode.objects.values_list("digest", flat=True)
    assert not {code.replace("-", "") for code in codes} & set(digests)


def test_only_who_shows_a_code_has_the_app_and_only_for_themselves(person: Person) -> None:
    buyer, other = person("buyer", "first"), person("engineer", "first")

    with pytest.raises(Refused, match="验证码不对"):
        add_authenticator(buyer, new_secret(), "000000", by=buyer)
    secret = new_secret()
    with pytest.raises(Refused, match="只能由本人"):
        add_authenticator(buyer, secret, pyotp.TOTP(secret).at(clock.now()), by=other)

    assert not factors_of(buyer)


# ── recovery codes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_ten_codes_on_paper_let_in_once_each_however_they_are_typed(person: Person) -> None:
    buyer = person("buyer", "first")
    _, codes = enrolled(buyer)

    assert len(set(codes)) == 10
    assert recovery_code_fits(buyer, codes[0].lower().replace("-", " "))
    assert not recovery_code_fits(buyer, codes[0])
    assert factors_of(buyer).codes_left == 9

    fresh = make_recovery_codes(buyer, by=buyer)
    assert not recovery_code_fits(buyer, codes[1])
    assert recovery_code_fits(buyer, fresh[0])


def test_who_has_nothing_to_recover_gets_no_codes(person: Person) -> None:
    buyer = person("buyer", "first")

    with pytest.raises(Refused, match="还没有两步验证"):
        make_recovery_codes(buyer, by=buyer)


# ── the front door ───────────────────────────────────────────────────────────────────────────────────────────────


def test_who_owes_the_second_step_is_nobody_for_pages_and_interface(
    client: Client, person: Person
) -> None:
    buyer = person("buyer", "first")
    enrolled(buyer)

    assert password(client, buyer.username) == "/sign-in/second-step/"

    assert not is_in(client)
    for path in ("/api/v1/me", "/api/v1/me/factors", "/api/v1/contracts"):
        assert client.get(path).status_code == HTTPStatus.UNAUTHORIZED
    assert not audit_trail().filter(act="signed_in").exists()


def test_the_app_lets_in_and_leads_to_where_one_wanted(client: Client, person: Person) -> None:
    buyer = person("buyer", "first")
    app, _ = enrolled(buyer)
    password(client, buyer.username)

    answer = client.post("/sign-in/second-step/", {"secret_code": next_code(app)})

    assert answer.headers["Location"] == "/account/"
    assert is_in(client)
    signed_in = audit_trail().get(act="signed_in")
    assert signed_in.after is not None
    assert signed_in.after["way"] == "密码加动态验证码"


def test_a_recovery_code_lets_in_and_the_trail_says_how_many_are_left(
    client: Client, person: Person
) -> None:
    buyer = person("buyer", "first")
    _, codes = enrolled(buyer)
    password(client, buyer.username)

    client.post("/sign-in/second-step/", {"secret_code": codes[3]})

    assert is_in(client)
    assert audit_trail().get(act="recovery_code.used").after == {"left": 9}


def test_wrong_codes_close_the_door_like_wrong_passwords(client: Client, person: Person) -> None:
    buyer = person("buyer", "first")
    app, _ = enrolled(buyer)
    password(client, buyer.username)

    said = [
        client.post("/sign-in/second-step/", {"secret_code": "000000"}).content.decode()
        for _ in range(FAILURES_OF_BOTH)
    ]

    assert "验证码不对" in said[0]
    assert "密码错得太多" in said[-1]
    answer = client.post("/sign-in/second-step/", {"secret_code": next_code(app)})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not is_in(client)


def test_the_second_step_waits_ten_minutes_and_no_longer(client: Client, person: Person) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        app, _ = enrolled(buyer)
        password(client, buyer.username)
        journey.shift(timedelta(minutes=11))

        answer = client.post("/sign-in/second-step/", {"secret_code": next_code(app, 0)})

        assert answer.headers["Location"] == "/sign-in/"
        assert not is_in(client)
        password(client, buyer.username)
        client.post("/sign-in/second-step/", {"secret_code": next_code(app, 0)})
        assert is_in(client)


def test_a_password_that_was_changed_meanwhile_ends_the_way_in(
    client: Client, person: Person, administrator: Account
) -> None:
    buyer = person("buyer", "first")
    app, _ = enrolled(buyer)
    password(client, buyer.username)
    set_password(buyer, "another-long-password", by=administrator)

    client.post("/sign-in/second-step/", {"secret_code": next_code(app)})

    assert not is_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["second-step", "password", "enrol"])
def test_no_stage_is_entered_without_a_password(client: Client, path: str) -> None:
    for answer in (client.get(f"/sign-in/{path}/"), client.post(f"/sign-in/{path}/", {"x": "1"})):
        assert answer.headers["Location"] == "/sign-in/"
    assert client.post("/sign-in/passkey/").status_code == HTTPStatus.CONFLICT


def test_the_second_step_takes_no_forged_post(person: Person) -> None:
    buyer = person("buyer", "first")
    enrolled(buyer)
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/sign-in/second-step/", {"secret_code": "000000"})

    assert answer.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.FOUND)
    assert not is_in(client)


# ── who must ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_administrator_adds_one_before_anything_else(
    client: Client, administrator: Account
) -> None:
    assert password(client, administrator.username) == "/sign-in/enrol/"
    assert not is_in(client)
    page = client.get("/sign-in/enrol/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret is not None
    app = pyotp.TOTP(secret[1].replace(" ", ""))

    wrong = client.post("/sign-in/enrol/", {"secret_code": "000000"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not is_in(client)
    answer = client.post("/sign-in/enrol/", {"secret_code": app.at(clock.now())})

    assert answer.status_code == HTTPStatus.CREATED
    assert len(re.findall(r"<code>(\w{4}-){3}\w{4}</code>", answer.content.decode())) == 10
    assert is_in(client)
    assert app.secret not in client.get("/account/security/").content.decode()


def test_the_people_of_the_demonstration_need_none(client: Client, db: None) -> None:  # noqa: ARG001  people are in the database
    demo = create_account(
        "demo", "演示管理员", Hashed("!"), by="测试", administrator=True, demonstration=True
    )

    assert not must_take_second_step(demo)
    client.post("/sign-in/as/", {"username": "demo", "next": "/account/security/"})
    assert "演示账号大家共用，不设两步验证" in client.get("/account/security/").content.decode()
    secret = new_secret()
    with pytest.raises(Refused, match="演示账号"):
        add_authenticator(demo, secret, pyotp.TOTP(secret).at(clock.now()), by=demo)


def test_a_rule_asks_it_of_whoever_holds_the_role(
    client: Client, person: Person, administrator: Account
) -> None:
    buyer, engineer = person("buyer", "first"), person("engineer", "first")

    require_of([ContractRole.BUYER], by=administrator)

    assert must_take_second_step(buyer)
    assert not must_take_second_step(engineer)
    assert password(client, buyer.username) == "/sign-in/enrol/"
    with pytest.raises(Refused, match="不是系统管理员"):
        require_of([], by=buyer)


def test_the_last_one_stays_with_whoever_must_have_one(
    person: Person, administrator: Account
) -> None:
    buyer = person("buyer", "first")
    enrolled(buyer)
    enrolled(administrator)

    remove_authenticator(buyer, by=buyer)
    with pytest.raises(Refused, match="最后一种"):
        remove_authenticator(administrator, by=administrator)

    assert not factors_of(buyer)
    assert factors_of(buyer).codes_left == 0
    assert factors_of(administrator)


def test_a_reset_needs_another_administrator_and_ends_everything(
    client: Client, person: Person, administrator: Account
) -> None:
    buyer = person("buyer", "first")
    app, codes = enrolled(buyer)
    password(client, buyer.username)
    client.post("/sign-in/second-step/", {"secret_code": next_code(app)})

    with pytest.raises(Refused, match="不能重设自己"):
        reset(administrator, by=administrator, reason="丢了手机")
    with pytest.raises(Refused, match="没有填写理由"):
        reset(buyer, by=administrator, reason=" ")
    reset(buyer, by=administrator, reason="丢了手机")

    assert not is_in(client)
    assert not recovery_code_fits(buyer, codes[0])
    assert audit_trail().get(act="second_factor.reset").reason == "丢了手机"


# ── passwords ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_password_that_somebody_else_knows_is_replaced_first(
    client: Client, administrator: Account
) -> None:
    zhao = create_account("zhao", "赵一", GOOD, by=administrator)

    assert password(client, "zhao") == "/sign-in/password/"
    assert not is_in(client)
    same = client.post("/sign-in/password/", {"password": GOOD, "again": GOOD})
    assert "最近 5 次用过" in same.content.decode()
    own = "只有我自己知道的一句话"
    own += "2026"
    answer = client.post("/sign-in/password/", {"password": own, "again": own})

    assert answer.headers["Location"] == "/account/"
    assert is_in(client)
    zhao.refresh_from_db()
    with pytest.raises(Refused, match="已经自己设过"):
        choose_password(zhao, "yet-another-password")


def test_none_of_the_last_five_passwords_is_taken_again(person: Person) -> None:
    buyer = person("buyer", "first")
    words = [f"a-rather-long-word-{n}" for n in range(6)]
    for word in words:
        set_password(buyer, word, by="测试")

    with pytest.raises(Refused, match="最近 5 次"):
        set_password(buyer, words[1], by="测试")
    set_password(buyer, words[0], by="测试")

    assert FormerPassword.objects.filter(account=buyer).count() <= 5


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("short-word1", "太短"),
        ("password1234", "太常见"),
        ("123456789012", "只有数字"),
        ("buyer-1-buyer", "太像"),
    ],
)
def test_a_weak_password_is_refused_in_words(person: Person, word: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        set_password(person("buyer", "first"), word, by="测试")


# ── is it still you ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_browser_that_was_left_open_adds_and_removes_nothing(
    client: Client, person: Person
) -> None:
    buyer = person("buyer", "first")
    with time_machine.travel(clock.now(), tick=False) as journey:
        password(client, buyer.username)
        journey.shift(timedelta(minutes=11))

        for path in ("app/", "app/remove/", "codes/", "passkeys/"):
            answer = client.post(f"/account/security/{path}", {"secret_code": "1"})
            assert answer.headers["Location"].startswith("/account/confirm/?next=")
        refused = client.post("/account/security/passkeys/ask/")
        assert refused.status_code == HTTPStatus.CONFLICT

        wrong = client.post("/account/confirm/", {"password": "wrong"})
        assert "密码不对" in wrong.content.decode()
        right = client.post("/account/confirm/", {"password": GOOD, "next": "//elsewhere.example/"})
        assert right.headers["Location"] == "/account/security/"
        assert "加验证器应用" in client.get("/account/security/").content.decode()


def test_making_an_administrator_asks_first(
    client: Client, person: Person, administrator: Account
) -> None:
    app, _ = enrolled(administrator)
    engineer = person("engineer")
    page = f"/people/accounts/{engineer.username}/administrator/"
    with time_machine.travel(clock.now(), tick=False) as journey:
        journey.shift(timedelta(minutes=1))
        password(client, administrator.username)
        client.post("/sign-in/second-step/", {"secret_code": next_code(app, 0)})
        journey.shift(timedelta(minutes=11))

        asked = client.post(page, {"reason": "接管"})
        assert asked.headers["Location"].startswith("/account/confirm/")
        client.post("/account/confirm/", {"secret_code": next_code(app, 0)})
        client.post(page, {"reason": "接管"})

    engineer.refresh_from_db()
    assert engineer.is_administrator


# ── the interface ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_alone_removes_no_factor(client: Client, person: Person) -> None:
    buyer = person("buyer", "first")
    app, codes = enrolled(buyer)
    headers = {"Authorization": f"Bearer {create_token(buyer, '程序', 30, by=buyer).secret}"}

    def remove(code: str, factor: str = "app") -> int:
        return client.post(
            f"/api/v1/me/factors/{factor}/remove",
            {"code": code},
            content_type="application/json",
            headers=headers,
        ).status_code

    told = client.get("/api/v1/me/factors", headers=headers).json()
    assert [one["id"] for one in told["factors"]] == ["app"]
    assert app.secret not in str(told)
    assert remove("000000") in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert remove(codes[0], "999") == HTTPStatus.NOT_FOUND
    assert factors_of(buyer)

    assert remove(codes[0]) == HTTPStatus.NO_CONTENT
    assert not factors_of(buyer)
