"""What was posted after the session had ended, or from a stale form, is kept for whoever posted it, and for nobody else."""

from __future__ import annotations

import re
from http import HTTPStatus

import pyotp
import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import create_account
from lvyue.accounts.actions.second_factor import (
    add_authenticator,
    make_recovery_codes,
    new_secret,
)
from lvyue.accounts.models import Account
from lvyue.accounts.queries import account
from lvyue.web.drafts import BYTES, KEPT
from tests.accounts.conftest import BrowserOf

FORM, SECOND = "/people/new-account/", "/sign-in/second-step/"
GIVEN = {"username": "zhao", "name": "赵 😀 一", "password": "一个够长的测试用的密码吧"}


def post(client: Client, given: dict[str, str], path: str = FORM, form: str = FORM) -> str:
    """Post from a form's page; where one is sent then."""
    answer = client.post(path, given, headers={"Referer": f"http://testserver{form}"})
    assert answer.status_code == HTTPStatus.FOUND
    return str(answer.headers["Location"])


def end_the_session(client: Client) -> None:
    """On the server: the browser still has its cookie."""
    client.get("/account/")
    Session.objects.all().delete()


def sign_in(client: Client, who: Account, at: str) -> str:
    """Through the pages, as an administrator does it in two steps; where one is sent then."""
    password = "a-long-test-password"  # noqa: S105  of tests
    code = make_recovery_codes(who, by=who)[0]
    client.get(at)
    answer = client.post(at, {"username": who.username, "password": password, **_next(at)})
    assert answer.headers["Location"] == SECOND, answer.content.decode()
    answer = client.post(SECOND, {"secret_code": code})
    assert answer.status_code == HTTPStatus.FOUND, answer.content.decode()
    return str(answer.headers["Location"])


def _next(at: str) -> dict[str, str]:
    return {"next": at.partition("next=")[2]}


def with_an_app(who: Account) -> Account:
    """Administrators owe a second step."""
    secret = new_secret()
    add_authenticator(who, secret, pyotp.TOTP(secret).at(clock.now()), by=who)
    return who


@pytest.fixture
def client(administrator: Account, browser_of: BrowserOf) -> Client:
    """A browser with a form open and the session gone."""
    client = browser_of(with_an_app(administrator))
    end_the_session(client)
    return client


def test_the_form_opens_again_with_what_was_typed(client: Client, administrator: Account) -> None:
    at = post(client, GIVEN)
    assert at == f"/sign-in/?next={FORM}"
    assert "没有生效，但已经保留" in client.get(at).content.decode()

    page = client.get(sign_in(client, administrator, at)).content.decode()

    assert 'value="zhao"' in page
    assert 'value="赵 😀 一"' in page
    assert "填回了您上次提交而没有生效的内容" in page
    assert account("zhao") is None


def test_it_is_handed_over_once(client: Client, administrator: Account) -> None:
    sign_in(client, administrator, post(client, GIVEN))

    assert "zhao" in client.get(FORM).content.decode()
    again = client.get(FORM).content.decode()

    assert "zhao" not in again
    assert "填回" not in again


def test_no_secret_is_kept(client: Client) -> None:
    post(
        client, {**GIVEN, "csrfmiddlewaretoken": "x" * 64, "old_password": "旧的", "api_token": "t"}
    )

    (draft,) = client.session[KEPT]
    assert set(draft["fields"]) == {"username", "name"}


def test_no_file_is_kept(client: Client) -> None:
    client.post(FORM, {"name": "赵一", "paper": SimpleUploadedFile("纸.txt", b"text")})

    (draft,) = client.session[KEPT]
    assert set(draft["fields"]) == {"name"}


def test_what_is_too_long_is_left_out_and_that_is_told(
    client: Client, administrator: Account
) -> None:
    at = post(client, {"username": "zhao", "name": "字" * (BYTES // 3)})

    (draft,) = client.session[KEPT]
    assert (set(draft["fields"]), draft["left_out"]) == ({"username"}, ["name"])
    page = client.get(sign_in(client, administrator, at)).content.decode()
    assert "太长的部分没有保留，请重新填写" in page


def test_somebody_else_at_the_same_browser_does_not_see_it(
    client: Client, administrator: Account
) -> None:
    other = with_an_app(
        create_account(
            "other-admin", "另一位", "a-long-test-password", by="测试", administrator=True
        )
    )
    at = post(client, GIVEN)

    page = client.get(sign_in(client, other, at)).content.decode()

    assert "zhao" not in page
    assert "填回" not in page
    assert client.session[KEPT] == []
    client.post("/sign-out/")
    page = client.get(sign_in(client, administrator, at)).content.decode()
    assert "zhao" not in page  # a sign-out empties the session


def test_a_browser_that_nobody_ever_signed_in_at_keeps_nothing(db: None) -> None:  # noqa: ARG001  sessions are in the database
    """Otherwise anybody could fill the table of sessions."""
    client = Client()

    at = post(client, GIVEN)

    assert at == f"/sign-in/?next={FORM}"
    assert KEPT not in client.session
    assert "没有生效，请再做一次" in client.get(at).content.decode()


def test_a_forged_person_keeps_nothing(administrator: Account) -> None:
    client = Client()
    client.cookies["lvyue_person"] = f"{administrator.pk}:forged"

    post(client, GIVEN)

    assert KEPT not in client.session


def test_at_most_five_forms_are_kept_and_the_last_of_each(client: Client) -> None:
    for n in range(7):
        post(client, {"name": f"{n}"}, form=f"/people/accounts/a{n}/")
    post(client, {"name": "新的"}, form="/people/accounts/a6/")

    kept = [(draft["at"], draft["fields"]["name"]) for draft in client.session[KEPT]]
    assert len(kept) == 5
    assert kept[-1] == ("/people/accounts/a6/", ["新的"])


def test_the_page_of_the_form_opens_even_where_only_a_post_is_taken(
    client: Client, administrator: Account
) -> None:
    """Several forms on one page: each gets its own back."""
    page = f"/people/accounts/{administrator.username}/"
    at = post(client, {"name": "改过的名字"}, f"{page}rename/", page)
    assert at == f"/sign-in/?next={page}"

    answer = client.get(sign_in(client, administrator, at))

    assert answer.status_code == HTTPStatus.OK
    assert 'value="改过的名字"' in answer.content.decode()


@pytest.mark.parametrize("referer", ["https://elsewhere.example/x/", "", "nonsense"])
def test_no_page_of_another_house_is_opened(client: Client, referer: str) -> None:
    answer = client.post(FORM, GIVEN, headers={"Referer": referer})

    assert answer.headers["Location"] == f"/sign-in/?next={FORM}"


def test_with_htmx_it_is_kept_as_well(client: Client) -> None:
    answer = client.post(
        "/people/accounts/x/rename/",
        {"name": "改过的名字"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/people/accounts/x/"},
    )

    assert answer.headers["HX-Redirect"] == "/sign-in/?next=/people/accounts/x/"
    assert client.session[KEPT][0]["at"] == "/people/accounts/x/"


# ── a stale form ─────────────────────────────────────────────────────────────────────────────────────────────────


def token_of(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_stale_form_of_somebody_signed_in_is_filled_again(
    administrator: Account, browser_of: BrowserOf
) -> None:
    """Signed in again in another window: the token of the first is of no use any more."""
    client = browser_of(administrator, enforce_csrf_checks=True)
    old = token_of(client.get(FORM).content.decode())
    del client.cookies["csrftoken"]
    fresh = token_of(client.get(FORM).content.decode())

    at = post(client, {**GIVEN, "csrfmiddlewaretoken": old})
    page = client.get(at).content.decode()

    assert at == FORM
    assert old != fresh
    assert account("zhao") is None
    assert 'value="zhao"' in page
    assert "这一页已经过期" in page


def test_a_stale_form_of_nobody_goes_to_the_door(client: Client) -> None:
    client.handler.enforce_csrf_checks = True

    at = post(client, {**GIVEN, "csrfmiddlewaretoken": "x" * 64})

    assert at == f"/sign-in/?next={FORM}"
    assert client.session[KEPT][0]["fields"]["username"] == ["zhao"]


@pytest.mark.django_db
def test_a_stale_sign_in_page_opens_again() -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/?next=/account/")

    at = post(client, {"username": "zhao"}, "/sign-in/", "/sign-in/?next=/account/")

    assert at == "/sign-in/?next=/account/"
    assert "请再登录一次" in client.get(at).content.decode()


@pytest.mark.django_db
def test_a_browser_without_cookies_is_told_so() -> None:
    answer = Client(enforce_csrf_checks=True).post(FORM, GIVEN)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "允许本站的 Cookie" in answer.content.decode()
    assert not list(get_messages(answer.wsgi_request))


def test_the_session_of_a_visitor_goes_on_under_a_new_key(
    client: Client, administrator: Account
) -> None:
    """What stands in it is kept, and nobody who planted the old key has it."""
    at = post(client, GIVEN)
    before = client.session.session_key

    sign_in(client, administrator, at)

    assert client.session.session_key != before
    assert client.session[KEPT]
