"""习惯: what every list and every write of the interface can do: filters, cursors, tags, and doing things once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from lvyue.accounts.actions import create_account, register_organisation
from lvyue.accounts.actions.answering import forget_answers
from lvyue.accounts.models import IdempotentAnswer, Organisation
from lvyue.accounts.queries import audit_trail
from lvyue.api.routes import people
from tests.api.conftest import HERE, Caller, Calls, told
from tests.api.rounds import named

PEOPLE, UNITS = "/api/v1/accounts", "/api/v1/organisations"


@pytest.fixture
def administrator(calls: Calls) -> Caller:
    """Somebody who keeps accounts, of which there are a few."""
    found = calls("administrator")
    for n in range(6):
        create_account(f"p{n}", f"某人{n}", "a-long-test-password", by="测试")
    return found


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content.decode()
    return [one["username"] for one in told(answer)["results"]]


def wrong(answer: Any) -> dict[str, dict[str, str]]:
    assert answer.status_code == 422, answer.content.decode()
    return {one["where"]: one for one in told(answer)["doubts"]}


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_is_narrowed_by_every_kind_of_column(administrator: Caller) -> None:
    def asked(**more: str) -> list[str]:
        return names(administrator.get(PEOPLE, more))

    assert asked(username="p3") == ["p3"]
    assert asked(username__in="p1,p4") == ["p1", "p4"]
    assert asked(name__contains="某人5") == ["p5"]
    assert asked(administrator="true") == ["administrator-1"]
    assert asked(organisation__isnull="true", username__contains="p0") == ["p0"]
    assert asked(created_at__lt="2020-01-01") == []
    assert len(asked(created_at__gte="2020-01-01T00:00:00+08:00")) == 7
    assert asked(username="😀") == []
    assert asked(username="x" * 5000) == []


def test_what_is_not_understood_is_told_with_what_there_is(administrator: Caller) -> None:
    found = wrong(
        administrator.get(
            PEOPLE,
            {
                "colour": "red",
                "name__regex": "(a+)+$",
                "administrator": "maybe",
                "created_at__gt": "2026-03-03T09:00:00",
                "username__in": ",",
                "ordering": "password",
            },
        )
    )

    assert set(found) == {
        "查询参数 colour",
        "查询参数 name__regex",
        "查询参数 administrator",
        "查询参数 created_at__gt",
        "查询参数 username__in",
        "查询参数 ordering",
    }
    assert "name__contains" in found["查询参数 colour"]["mend"]
    assert "created_at" in found["查询参数 ordering"]["mend"]


def test_columns_that_nobody_declared_lead_nowhere(administrator: Caller) -> None:
    for name in ("password", "password__contains", "tokens__digest", "organisation__name"):
        assert wrong(administrator.get(PEOPLE, {name: "x"})), name


def test_only_some_fields_are_answered(administrator: Caller) -> None:
    found = told(administrator.get(PEOPLE, {"fields": "username,active", "username": "p1"}))

    assert found["results"] == [{"username": "p1", "active": True}]
    assert wrong(administrator.get(PEOPLE, {"fields": "username,password"}))


def test_pages_neither_repeat_nor_leave_out_where_rows_come_in_between(
    administrator: Caller,
) -> None:
    asked = {"limit": "2", "ordering": "-username"}
    first = told(administrator.get(PEOPLE, asked))
    create_account("p9", "后来的", "a-long-test-password", by="测试")  # before the place
    seen = [one["username"] for one in first["results"]]
    while first["next"]:
        first = told(administrator.get(PEOPLE, {**asked, "after": first["next"]}))
        seen += [one["username"] for one in first["results"]]

    assert seen == ["p5", "p4", "p3", "p2", "p1", "p0", "administrator-1"]


def test_rows_that_are_alike_are_told_apart_by_the_key(administrator: Caller) -> None:
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        asked = {"ordering": "active", "limit": "3", "after": after}
        page = told(administrator.get(PEOPLE, asked))
        seen += [one["username"] for one in page["results"]]
        after = page["next"]

    assert sorted(seen) == seen
    assert len(seen) == 7


def test_a_cursor_is_signed_and_belongs_to_its_order(administrator: Caller) -> None:
    cursor = told(administrator.get(PEOPLE, {"limit": "2"}))["next"]

    assert administrator.get(PEOPLE, {"after": cursor}).status_code == 200
    for forged in (cursor[:-2] + "AA", "p3", "😀", "x" * 1999):
        assert administrator.get(PEOPLE, {"after": forged}).status_code == 409
    other = administrator.get(PEOPLE, {"after": cursor, "ordering": "-username"})
    assert other.status_code == 409


@pytest.mark.usefixtures("registered")
def test_the_trail_is_asked_by_request_and_by_place(calls: Calls) -> None:
    buyer = calls("buyer")
    number = "audit-habits-01"
    made = buyer.get(f"{HERE}/audit", {"limit": "1"}, X_Request_ID=number)
    assert made["X-Request-ID"] == number
    drafted = buyer.client.post(
        f"{HERE}/audit-packs",
        json.dumps({"year": 2020}),
        content_type="application/json",
        headers=buyer.headers | {"X-Request-ID": number},
    )
    assert drafted.status_code == 201, drafted.content.decode()

    found = told(buyer.get(f"{HERE}/audit", {"request_id": number}))["results"]
    assert [(one["act"], one["via"]) for one in found] == [("制作年度留痕包", "接口")]
    assert told(buyer.get(f"{HERE}/audit", {"via": "page"}))["results"] == []


# ── lists that are at hand ───────────────────────────────────────────────────────────────────────────────────────


def results(answer: Any, name: str) -> list[Any]:
    assert answer.status_code == 200, answer.content.decode()
    return [one[name] for one in told(answer)["results"]]


def test_rows_at_hand_are_asked_for_like_rows_of_a_table(administrator: Caller) -> None:
    def asked(**more: str) -> list[str]:
        return results(administrator.get("/api/v1/schedules", more), "name")

    everything = asked()
    first, second = everything[:2]
    assert len(everything) > 3
    assert asked(name=first) == [first]
    assert set(asked(name__in=f"{first},{second}")) == {first, second}
    assert set(asked(name__contains="JOBS.")) == {
        one for one in everything if one.startswith("jobs.")
    }
    assert asked(last_due__isnull="true") == everything
    assert asked(last_due__gte="2020-01-01") == asked(last_state="queued") == []
    assert asked(ordering="-name") == sorted(everything, reverse=True)


def test_rows_at_hand_come_page_by_page_and_whole_unless_asked(administrator: Caller) -> None:
    whole = results(administrator.get("/api/v1/kinds"), "kind")
    assert len(whole) > 50

    for asked in ({"limit": "37"}, {"limit": "37", "ordering": "-zh"}):
        seen = list[str]()
        after: str | None = ""
        while after is not None:
            page = told(administrator.get("/api/v1/kinds", {**asked, "after": after}))
            seen += [one["kind"] for one in page["results"]]
            after = page["next"]
        assert sorted(seen) == sorted(whole)
        assert (seen == whole) is ("ordering" not in asked)


def test_a_place_among_rows_at_hand_is_signed_and_belongs_to_its_order(
    administrator: Caller,
) -> None:
    cursor = told(administrator.get("/api/v1/kinds", {"limit": "2"}))["next"]

    for more in (
        {"after": cursor[:-2] + "AA"},
        {"after": "ticket.opened"},
        {"after": cursor, "ordering": "kind"},
        {"after": cursor, "kind": "ticket.opened"},  # that row is not among these
    ):
        assert administrator.get("/api/v1/kinds", more).status_code == 409, more


#: Every list that is at hand, and a column of it that does not exist or is not shown plainly.
AT_HAND = {
    "/api/v1/kinds": "line",
    "/api/v1/marks": "colour",
    "/api/v1/schedules": "handler",
    "/api/v1/workers": "password",
    "/api/v1/channels": "sealed",
    "/api/v1/identity-providers": "settings",
    "/api/v1/service-accounts": "account__password",
    "/api/v1/invitations": "digest",
    "/api/v1/accounts/p1/logins": "session",
    "/api/v1/me/tokens": "digest",
    "/api/v1/me/feeds": "digest",
    "/api/v1/me/logins": "session",
    "/api/v1/me/identities": "account__password",
    "/api/v1/me/contact-ways": "address",
}

AT_HAND_HERE = {
    "/amendments": "payload",
    "/contacts": "phone",
    "/liaisons": "mail",
    "/prompts": "legs",
    "/releases": "body",
    "/webhooks": "secret",
    "/alert-sources": "digest",
}


@pytest.mark.usefixtures("registered")
def test_every_list_at_hand_tells_what_it_does_not_know(
    administrator: Caller, calls: Calls
) -> None:
    asked = [(administrator, path, name) for path, name in AT_HAND.items()]
    asked += [(calls("buyer"), f"{HERE}{path}", name) for path, name in AT_HAND_HERE.items()]

    for caller, path, name in asked:
        assert caller.get(path).status_code == 200, path
        found = wrong(caller.get(path, {name: "x", "ordering": "colour"}))
        assert set(found) == {f"查询参数 {name}", "查询参数 ordering"}, path
        assert "ordering" in found[f"查询参数 {name}"]["mend"], path


@pytest.mark.usefixtures("registered")
def test_amendments_are_asked_for_by_what_is_shown_of_them(calls: Calls) -> None:
    buyer = calls("buyer")
    for title, day in (("终止确认", "2026-10-31"), ("补签", "2026-11-30")):
        body = {"kind": "together", "title": title, "reason": "核对", "paper": "测试-1"}
        body |= {"effective": day, "payload": {"kind": "service.ended", "subject": ""}}  # type: ignore[dict-item]
        assert buyer.send(f"{HERE}/amendments", body).status_code == 201

    def asked(**more: str) -> list[int]:
        return results(buyer.get(f"{HERE}/amendments", more), "number")

    assert asked() == [2, 1]
    assert asked(state="drafted", ordering="number") == [1, 2]
    assert asked(state__in="proposed,in_force") == []
    assert asked(effective__lt="2026-11-01") == asked(title__contains="终止") == [1]
    assert asked(number__gt="1") == [2]
    assert asked(release__isnull="true") == [2, 1]
    assert wrong(buyer.get(f"{HERE}/amendments", {"state": "forged"}))
    assert told(buyer.get(f"{HERE}/amendments", {"fields": "number,title", "number": "1"}))[
        "results"
    ] == [{"number": 1, "title": "终止确认"}]


# ── what one has already ─────────────────────────────────────────────────────────────────────────────────────────


def test_who_has_an_answer_already_gets_only_its_tag(administrator: Caller) -> None:
    first = administrator.get(UNITS)
    tag = first["ETag"]

    again = administrator.get(UNITS, If_None_Match=f'"other", {tag}')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert again["X-Request-ID"]
    register_organisation("new-unit", "新单位", by="测试")
    changed = administrator.get(UNITS, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed["ETag"] != tag


@pytest.mark.usefixtures("registered")
def test_who_read_something_else_changes_nothing(calls: Calls) -> None:
    buyer = calls("buyer")
    words = {"title": "服务终止确认", "reason": "双方核对完毕", "paper": "测试-1"}
    more = {"effective": "2026-10-31", "payload": {"kind": "service.ended", "subject": ""}}
    assert (
        buyer.send(f"{HERE}/amendments", {"kind": "together", **words, **more}).status_code == 201
    )
    at = f"{HERE}/amendments/1"
    tag = buyer.get(at)["ETag"]

    def edit(match: str, version: int, title: str) -> Any:
        headers = buyer.headers | {"If-Match": match}
        body = json.dumps({**words, **more, "title": title, "version": version})
        return buyer.client.put(at, body, content_type="application/json", headers=headers)

    assert edit('"something-else"', 1, "改一改").status_code == 412
    assert edit(f"W/{tag}", 1, "改一改").status_code == 412  # a weak tag never matches
    assert edit(tag, 1, "改一改").status_code == 200
    assert edit(tag, 2, "再改").status_code == 412
    assert edit("*", 2, "再改").status_code == 200


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def unit(caller: Caller, name: str, key: str, id_: str = "unit-1") -> Any:
    return caller.send(UNITS, {"id": id_, "name": name}, key=key)


def test_the_same_request_is_done_once_and_answered_the_same(administrator: Caller) -> None:
    first = unit(administrator, "某单位", "key-00000001")
    acts = audit_trail().count()
    again = unit(administrator, "某单位", "key-00000001")

    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert audit_trail().count() == acts


def test_a_key_that_was_used_for_something_else_is_refused(administrator: Caller) -> None:
    unit(administrator, "某单位", "key-00000001")
    other = unit(administrator, "别的名称", "key-00000001")

    assert other.status_code == 422
    assert told(other)["type"].endswith("#problem-another-request")
    assert Organisation.objects.get(pk="unit-1").name == "某单位"


def test_what_was_refused_keeps_no_answer_and_the_key_is_free(administrator: Caller) -> None:
    assert unit(administrator, "某单位", "key-00000001", "不行").status_code == 409
    assert not IdempotentAnswer.objects.exists()
    assert unit(administrator, "某单位", "key-00000001").status_code == 201


def test_what_breaks_leaves_neither_act_nor_answer(
    administrator: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(people, "OrganisationView", broken)
        assert unit(administrator, "某单位", "key-00000001").status_code == 500

    assert not Organisation.objects.filter(pk="unit-1").exists()
    assert not IdempotentAnswer.objects.exists()
    assert unit(administrator, "某单位", "key-00000001").status_code == 201


def test_keys_of_others_are_others(administrator: Caller) -> None:
    other = create_account(
        "second", "另一位", "a-long-test-password", by="测试", administrator=True
    )
    assert unit(administrator, "某单位", "key-00000001").status_code == 201
    assert unit(Caller(other), "别的", "key-00000001", "unit-2").status_code == 201


def test_whoever_may_not_learns_nothing_by_the_key_of_somebody_else(
    administrator: Caller, calls: Calls
) -> None:
    unit(administrator, "某单位", "key-00000001")

    assert unit(calls("nobody"), "某单位", "key-00000001").status_code == 401
    assert unit(calls("stranger"), "某单位", "key-00000001").status_code == 403


@pytest.mark.parametrize(
    "key", ["short", "x" * 65, "with blank1", "-leading-1", "钥匙钥匙钥匙钥匙"]
)
def test_a_key_that_is_none_is_told(administrator: Caller, key: str) -> None:
    assert wrong(unit(administrator, "某单位", key))


def test_after_a_day_a_key_is_free(administrator: Caller) -> None:
    unit(administrator, "某单位", "key-00000001")
    IdempotentAnswer.objects.update(expires_at=IdempotentAnswer.objects.get().at)

    assert forget_answers() == 1
    assert unit(administrator, "改了名", "key-00000001").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_waits_and_nothing_is_done_twice(calls: Calls) -> None:
    caller = calls("administrator")

    def make(_: int) -> Any:
        try:
            return unit(caller, "某单位", "key-00000001")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as together:
        answers = list(together.map(make, range(4)))

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert audit_trail().filter(act="organisation.registered").count() == 1


@pytest.mark.usefixtures("registered")
def test_a_file_counts_by_what_is_in_it_and_not_by_how_it_is_wrapped(calls: Calls) -> None:
    buyer = calls("buyer")
    buyer.headers["Idempotency-Key"] = "file-00000001"

    first = buyer.upload(f"{HERE}/files", named(b"%PDF-1.4 one", "a.pdf"))
    again = buyer.upload(f"{HERE}/files", named(b"%PDF-1.4 one", "a.pdf"))
    other = buyer.upload(f"{HERE}/files", named(b"%PDF-1.4 two", "a.pdf"))

    assert first.status_code in (200, 201), first.content
    assert again["Idempotent-Replayed"] == "true"
    assert other.status_code == 422
