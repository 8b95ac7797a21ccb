"""The interface: the same way from a paper to a contract that runs, under the same rules as the pages."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lvyue.accounts.actions import create_token
from lvyue.accounts.choices import ContractRole
from lvyue.contracts.queries import contracts
from lvyue.readings.actions import bringing, jobs
from tests.readings.conftest import PAPER, PHONE, Begin, People, quickly

Api = Callable[..., tuple[int, Any]]


@pytest.fixture
def api(people: People) -> Api:
    """`api("anna", "GET", "/readings")`: status and body."""
    secrets: dict[str, str] = {}

    def ask(
        who: str, method: str, at: str, body: Any = None, match: str = "", **asked: str
    ) -> tuple[int, Any]:
        if who not in secrets:
            secrets[who] = create_token(people(who), "测试程序", 1, by=people(who)).secret
        headers = {"Authorization": f"Bearer {secrets[who]}"}
        headers |= {"If-Match": match} if match else {}
        client, address = Client(raise_request_exception=False), f"/api/v1{at}"
        if method == "GET":
            answer = client.get(address, asked, headers=headers)
        elif isinstance(body, io.BytesIO):
            answer = client.post(address, {"file": body}, headers=headers)
        elif method == "HEAD":
            answer = client.get(address, headers=headers)
            return answer.status_code, answer["ETag"]
        else:
            answer = client.post(
                address, json.dumps(body), content_type="application/json", headers=headers
            )
        return answer.status_code, json.loads(answer.content)

    return ask


def named(text: str) -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = "合同.txt"
    return file


def test_from_a_paper_to_a_contract_that_runs(api: Api, people: People) -> None:
    people("bert")
    status, draft = api("anna", "POST", "/readings?side=buyer", named(PAPER))
    assert (status, draft["papers"][0]["state"]) == (201, "queued")
    at = f"/readings/{draft['id']}"
    jobs.read_waiting(quickly)

    _, draft = api("anna", "GET", at)
    assert draft["papers"][0]["state"] == "done"
    assert draft["to_decide"] > 20
    _, found = api("anna", "GET", f"{at}/items", tab="facts", limit="200")
    (price,) = [one for one in found["results"] if one["kind"] == "price"]
    assert price["says"] == "¥480,000.00"
    assert price["places"][0]["line"] > 1
    decision = {"act": "correct", "stamp": price["stamp"], "values": {"figures": "480000.00"}}
    status, after = api("anna", "POST", f"{at}/items/{price['id']}/decisions", decision)
    assert (status, after["mark"]) == (201, "corrected")
    status, _ = api(
        "anna", "POST", f"{at}/members", {"username": "bert", "role": "supplier_manager"}
    )
    assert status == 201
    _, draft = api("anna", "GET", at)
    status, draft = api(
        "anna", "POST", f"{at}/steps", {"step": "propose", "version": draft["version"]}
    )
    assert (status, draft["state"]) == (200, "proposed")
    own = {"step": "confirm", "version": draft["version"]}
    status, problem = api("anna", "POST", f"{at}/steps", own)
    assert status == 409
    assert "不能自己确认" in problem["doubts"][0]["what"]

    status, done = api("bert", "POST", f"{at}/steps", own)

    assert (status, done["state"]) == (200, "in_force")
    assert contracts().filter(pk=done["contract"]).exists()
    _, trail = api("bert", "GET", f"{at}/decisions")
    assert [one["act"] for one in trail["results"]] == ["correct"]


def test_what_somebody_has_not_seen_they_do_not_decide_on(api: Api, begin: Begin) -> None:
    at = f"/readings/{begin().pk}"
    _, found = api("anna", "GET", f"{at}/items", tab="terms")
    one = found["results"][0]
    decision = {"act": "accept", "stamp": 0}
    assert api("anna", "POST", f"{at}/items/{one['id']}/decisions", decision)[0] == 201

    status, problem = api("bert", "POST", f"{at}/items/{one['id']}/decisions", decision)

    assert status == 409
    assert "已经核对过" in problem["doubts"][0]["what"]


def test_who_read_another_draft_than_there_is_now_changes_nothing(
    api: Api, begin: Begin, people: People
) -> None:
    at = f"/readings/{begin().pk}"
    _, tag = api("anna", "HEAD", at)
    _, found = api("anna", "GET", f"{at}/items", tab="terms")
    first, second = (one["id"] for one in found["results"][:2])
    accept = {"act": "accept", "stamp": 0}

    status, _ = api("anna", "POST", f"{at}/items/{first}/decisions", accept, tag)
    assert status == 201

    _, draft = api("bert", "GET", at)
    people("carl")
    stale = [
        (f"{at}/items/{second}/decisions", accept),
        (f"{at}/items", {"kind": "term", "clause": "1.1", "values": {}}),
        (f"{at}/papers", named(PAPER)),
        (f"{at}/members", {"username": "carl", "role": "engineer"}),
        (f"{at}/steps", {"step": "propose", "version": draft["version"]}),
    ]
    for address, body in stale:
        for match in (tag, '"something-else"', f"W/{tag}"):
            if isinstance(body, io.BytesIO):
                body.seek(0)
            status, problem = api("bert", "POST", address, body, match)
            assert status == 412, (address, problem)
            assert problem["type"].endswith("#problem-changed")
    assert api("bert", "GET", at)[1] == draft

    _, now = api("bert", "HEAD", at)
    assert api("bert", "POST", f"{at}/items/{second}/decisions", accept, now)[0] == 201


def test_who_is_not_on_a_draft_learns_nothing_by_its_tag(api: Api, begin: Begin) -> None:
    at = f"/readings/{begin().pk}"
    _, tag = api("anna", "HEAD", at)

    for match in (tag, '"something-else"', "*"):
        assert (
            api("carl", "POST", f"{at}/steps", {"step": "propose", "version": 1}, match)[0] == 404
        )


def test_stars_for_who_may_not_read_what_is_personal(
    api: Api, begin: Begin, people: People
) -> None:
    draft = begin()
    bringing.invite(draft.pk, people("carl").username, ContractRole.ENGINEER, by=people("bert"))

    _, told = api("carl", "GET", f"/readings/{draft.pk}/items", limit="200")

    assert PHONE not in json.dumps(told, ensure_ascii=False)
    assert len(told["results"]) > 20


def test_every_page_of_the_items_and_no_item_twice(api: Api, begin: Begin) -> None:
    at = f"/readings/{begin().pk}/items"
    seen: list[str] = []
    after = ""
    while True:
        _, told = api("anna", "GET", at, after=after, limit="10")
        seen += [one["id"] for one in told["results"]]
        if told["next"] is None:
            break
        after = told["next"]

    assert len(seen) == len(set(seen)) > 20


def test_what_was_missed_is_added(api: Api, begin: Begin) -> None:
    at = f"/readings/{begin().pk}/items"
    values = {"kind": "duty", "debtor": "supplier", "act": "每日备份"}

    status, item = api("anna", "POST", at, {"kind": "term", "clause": "main 1.1", "values": values})

    assert (status, item["mark"], item["says"]) == (201, "added", "每日备份")
    wrong = {"kind": "term", "clause": "main 77", "values": values}
    assert api("anna", "POST", at, wrong)[0] == 409
