"""请求编号: every answer has one, and so have the page of an error, the log and the audit trail."""

from __future__ import annotations

import logging
import re
from typing import Any, cast

import pytest
from django.conf import settings as configured
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from lvyue.accounts.actions import create_account
from lvyue.accounts.models import AuditEntry
from lvyue.project.requests import Numbered
from lvyue.project.urls import urlpatterns as addresses

MADE = re.compile(r"[0-9a-f]{16}")


def test_one_is_made_and_no_two_are_alike(client: Client) -> None:
    first, second = (client.get("/no-such-page")["X-Request-ID"] for _ in range(2))

    assert MADE.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("given", ["proxy-1.a_b", "A" * 64, "12345678"])
def test_one_that_is_given_is_kept(client: Client, given: str) -> None:
    assert client.get("/no-such-page", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given",
    ["short", "A" * 65, "with blank", "x\r\nSet-Cookie: a=b", "<script>alert", "编号编号编号编号"],
)
def test_one_that_is_none_is_replaced(client: Client, given: str) -> None:
    assert MADE.fullmatch(
        client.get("/no-such-page", headers={"X-Request-ID": given})["X-Request-ID"]
    )


@pytest.mark.django_db
def test_pages_of_errors_and_problems_bear_it(client: Client) -> None:
    client.force_login(create_account("somebody", "某人", "a-long-test-password", by="测试"))
    for address in ("/no/such/page", "/audit/", "/today?x=%00", "/sign-in/as/"):
        answer = client.get(address, headers={"X-Request-ID": "request-0001"})
        assert answer.status_code >= 400, address
        assert answer["X-Request-ID"] == "request-0001"
        if answer.status_code != 405:
            assert "request-0001" in answer.content.decode(), address

    problem = client.get("/api/v1/nothing", headers={"X-Request-ID": "request-0002"})
    assert problem.json()["request_id"] == "request-0002"


def broken(_: HttpRequest) -> HttpResponse:
    raise RuntimeError


urlpatterns = [*addresses, path("broken", broken)]
handler500 = "lvyue.project.requests.failed"


@pytest.mark.django_db
def test_what_breaks_says_under_which_number_the_log_has_it() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(create_account("somebody", "某人", "a-long-test-password", by="测试"))
    with override_settings(ROOT_URLCONF=__name__):
        answer = client.get("/broken", headers={"X-Request-ID": "request-0003"})

    assert answer.status_code == 500
    assert "request-0003" in answer.content.decode()


def test_lines_of_the_log_bear_it_and_a_dash_where_there_is_none() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "m", (), None)

    assert Numbered().filter(record)
    assert vars(record)["request_id"] == "-"
    line = cast("Any", configured.LOGGING)["formatters"]["line"]["format"]
    assert "{request_id}" in line


@pytest.mark.django_db
def test_what_is_done_bears_address_door_and_number(client: Client) -> None:
    create_account("somebody", "某人", "a-long-test-password", by="测试")
    client.post(
        "/sign-in/",
        {"username": "somebody", "password": "a-long-test-password"},
        headers={"X-Request-ID": "request-0004"},
        REMOTE_ADDR="192.0.2.8",
    )

    made, entry = (
        AuditEntry.objects.get(act="account.created"),
        AuditEntry.objects.order_by("id").last(),
    )
    assert (made.via, made.address, made.request_id) == ("command", "", "")
    assert entry is not None
    assert (entry.act, entry.via, entry.address, entry.request_id) == (
        *("signed_in", "page", "192.0.2.8"),
        "request-0004",
    )
