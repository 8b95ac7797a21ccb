"""The frame of the interface: who gets in, how it says no, how it describes itself."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import Client

from lvyue.accounts.actions import create_token, revoke_token
from lvyue.api.asked import Refusing
from lvyue.api.problems import KINDS, MEDIA
from lvyue.api.shapes import Shape
from tests.api.conftest import HERE, Calls, told
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("registered")


def test_without_a_token_nobody_gets_in_and_no_page_answers(calls: Calls) -> None:
    answer = calls("nobody").get("/api/v1/me")

    assert answer.status_code == 401
    assert answer["Content-Type"] == MEDIA
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert told(answer)["title"] == KINDS["sign-in"][1]


def test_a_revoked_token_and_a_wrong_one_are_nobody(person: Person) -> None:
    account = person("buyer", "security-support-2026")
    made = create_token(account, "旧程序", 1, by=account)
    with_token = {"Authorization": f"Bearer {made.secret}"}

    assert Client().get("/api/v1/me", headers=with_token).status_code == 200
    revoke_token(made.token, by=account)
    assert Client().get("/api/v1/me", headers=with_token).status_code == 401
    assert Client().get("/api/v1/me", headers={"Authorization": "Basic eA=="}).status_code == 401


def test_a_wrong_token_does_not_fall_back_to_the_session(person: Person) -> None:
    client = Client()
    client.force_login(person("buyer", "security-support-2026"))

    assert client.get("/api/v1/me").status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_session_may_look_and_changes_nothing_without_the_token_against_forgery(
    person: Person,
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("buyer", "security-support-2026"))
    body = {"as_of": "2026-09-30"}

    forged = client.post(f"{HERE}/what-if", body, content_type="application/json")
    assert forged.status_code == 403
    assert told(forged)["type"].endswith("#problem-forgery")

    client.get("/account/")
    token = client.cookies["csrftoken"].value
    meant = client.post(
        f"{HERE}/what-if", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert meant.status_code == 200


def test_who_holds_no_role_learns_nothing_not_even_that_the_contract_is_there(
    calls: Calls,
) -> None:
    stranger = calls("stranger")

    there, not_there = stranger.get(HERE), stranger.get("/api/v1/contracts/no-such-contract")

    assert there.status_code == not_there.status_code == 404
    assert told(there) == {
        **told(not_there),
        "detail": told(there)["detail"],
        "request_id": told(there)["request_id"],
    }
    assert [one["card"]["id"] for one in told(stranger.get("/api/v1/contracts"))["results"]] == [
        "cloud-lease-2025"
    ]


def test_who_may_see_but_not_do_is_told_why_and_who_may(calls: Calls) -> None:
    answer = calls("auditor").send(f"{HERE}/statements", {"as_of": "2026-01-01"})

    assert answer.status_code == 403
    assert "审计" in told(answer)["detail"]
    assert "甲方项目负责人" in told(answer)["detail"]


def test_every_no_is_a_problem_in_its_own_media_type(calls: Calls) -> None:
    caller = calls("buyer")
    for address, method, status, kind in (
        ("/api/v1/nothing/here", "GET", 404, "not-found"),
        ("/api/v1/", "GET", 404, "not-found"),
        ("/api/v1/me", "POST", 405, "method"),
        (f"{HERE}/terms?limit=0", "GET", 422, "invalid"),
        (f"{HERE}?as_of=yesterday", "GET", 422, "invalid"),
        (f"{HERE}?as_of=1066-10-14", "GET", 409, "refused"),
        (f"{HERE}?size=999999", "GET", 409, "refused"),
        (f"{HERE}/terms?after=x", "GET", 409, "refused"),
        (f"{HERE}/statements/99", "GET", 404, "not-found"),
    ):
        answer = caller.get(address) if method == "GET" else caller.send(address, {})

        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == MEDIA
        assert told(answer)["type"].endswith(f"#problem-{kind}")
        assert set(told(answer)) >= {"type", "title", "status", "detail", "doubts"}
        assert answer.headers.get("Allow", "GET") == "GET"


def test_what_is_no_json_is_told_so(calls: Calls) -> None:
    caller = calls("buyer")
    for body in (
        b"{",
        b"\xff",
        b'{"facts": NaN}',
        b'{"without": ["\\u0000"]}',
        b'["\\ud800"]',
        b"[" * 9000,
    ):
        answer = caller.client.post(
            f"{HERE}/what-if", body, content_type="application/json", headers=caller.headers
        )

        assert answer.status_code == 400
        assert told(answer)["type"].endswith("#problem-unreadable")


def test_wrong_fields_are_all_told_at_once(calls: Calls) -> None:
    answer = calls("buyer").send(f"{HERE}/statements", {"as_of": "soon", "size": -1, "more": 1})

    assert answer.status_code == 422
    places = {one["where"]: one for one in told(answer)["doubts"]}
    assert set(places) == {"请求体 as_of", "请求体 size", "请求体 more"}
    assert "2026-03-31" in places["请求体 as_of"]["what"]


def test_no_answer_is_kept_by_what_stands_between(calls: Calls) -> None:
    answer = calls("buyer").get("/api/v1/me")

    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


#: What programs send, each under a secret or a signature that opens nothing else.
OF_PROGRAMS = {
    "alerts_alertmanager": "AlertSecret",
    "alerts_generic": "AlertSecret",
    "desk_hooks_receive": "DeskSignature",
    "desk_hooks_verify": "DeskSignature",
}


def test_the_description_is_there_without_a_token_and_names_every_problem(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()

    schemes = document["components"]["securitySchemes"]
    assert document["openapi"].startswith("3.1")
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert operation["description"]
            named = [scheme for one in operation["security"] for scheme in one]
            program = OF_PROGRAMS.get(operation["operationId"])
            assert named == ([program] if program else ["Token", "Session"])
            assert {*named} <= {*schemes}
            for status, one in operation["responses"].items():
                if int(status) >= 400:
                    assert list(one["content"]) == [MEDIA]


def test_no_two_shapes_have_one_name(client: Client) -> None:
    """The document keeps one schema for a name: of two, an endpoint would be described by the other's."""
    client.get("/api/v1/openapi.json")  # with every endpoint come its shapes

    found = [*Shape.__subclasses__(), *Refusing.__subclasses__()]
    for one in found:
        found += one.__subclasses__()  # grows while it is walked: those below follow

    names = Counter(one.__name__ for one in {*found} if one.__module__.startswith("lvyue."))

    assert names["ContractCard"] == names["NewAccount"] == 1  # both kinds were walked
    assert not {name: times for name, times in names.items() if times > 1}
    words = {
        name
        for one in {*found}
        if one.__module__.startswith("lvyue.")
        for name, told in one.model_json_schema().get("$defs", {}).items()
        if "enum" in told
    }
    assert words
    assert sorted(words & {*names}) == []


def test_the_reference_page_shows_every_endpoint_under_the_strict_policy(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()

    answer = client.get("/api/v1/docs")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "style=" not in page
    assert "onclick" not in page
    for address, item in document["paths"].items():
        for method in item:
            assert f"<code>{method.upper()} {address}</code>" in page
    for name in KINDS:
        assert f'id="problem-{name}"' in page
