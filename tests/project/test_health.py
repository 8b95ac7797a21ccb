"""健康与度量: what a load balancer and a monitoring system may ask, and what nobody else learns (SYS-03)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from prometheus_client.parser import text_string_to_metric_families

from lvyue import clock
from lvyue.accounts.actions import create_account
from lvyue.accounts.models import AuditEntry, AuditLink
from lvyue.jobs.models import Worker
from lvyue.project import health

TOKEN = "a-token-of-the-tests"  # noqa: S105  of tests
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def working(db: None) -> None:  # noqa: ARG001  workers are rows
    now = clock.now()
    Worker.objects.create(id="w", host="h", process=1, queues="", since=now, beat_at=now)


# ── health ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("working")
def test_all_is_well_in_one_word(client: Client) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == "no-store"
    assert client.post("/health").status_code == 405


@pytest.mark.usefixtures("working")
def test_each_check_is_for_the_token_and_for_administrators(client: Client, settings: Any) -> None:
    settings.HEALTH_TOKEN = TOKEN
    for wrong in ("", "Bearer", "Bearer x", f"Basic {TOKEN}", "Bearer 令牌"):
        assert "checks" not in client.get("/health", headers={"Authorization": wrong}).json()

    checks = {"database": "ok", "migrations": "ok", "worker": "ok", "audit": "ok"}
    assert client.get("/health", headers=WITH_TOKEN).json()["checks"] == checks

    for username, administrator in (("keeper", True), ("somebody", False)):
        account = create_account(
            username, "某人", "a-long-test-password", by="测试", administrator=administrator
        )
        client.force_login(account)
        assert ("checks" in client.get("/health").json()) is administrator


@pytest.mark.django_db
def test_without_a_worker_it_says_so_to_who_may_know(client: Client, settings: Any) -> None:
    settings.HEALTH_TOKEN = TOKEN

    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing"})
    assert "后台" in client.get("/health", headers=WITH_TOKEN).json()["checks"]["worker"]


@pytest.mark.usefixtures("working")
def test_an_entry_that_nobody_sealed_is_told(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HEALTH_TOKEN = TOKEN
    entry = AuditEntry.objects.create(at=clock.now(), who="某人", act="signed_in")
    AuditLink.objects.create(entry=entry)  # as a process leaves it that is killed before it seals
    assert client.get("/health").status_code == 200  # it may still be sealed

    monkeypatch.setattr(health, "SEALED_WITHIN", -health.SEALED_WITHIN)
    assert "封链" in client.get("/health", headers=WITH_TOKEN).json()["checks"]["audit"]


@pytest.mark.usefixtures("working")
def test_a_database_that_does_not_answer_is_503_and_no_page_of_errors(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> str:
        raise DatabaseError

    monkeypatch.setitem(health.CHECKS, "database", away)

    assert (client.get("/health").status_code, client.get("/health").json()) == (
        503,
        {"status": "failing"},
    )


# ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────


def samples(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    text = client.get("/metrics", headers=headers).content.decode()
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@pytest.mark.django_db
def test_answers_are_counted_by_route_and_never_by_address(client: Client) -> None:
    before = samples(client)
    client.get("/sign-in/")
    for n in range(3):
        client.get(f"/no/such/page/{n}")
        client.generic("BREW", "/sign-in/")
    after = samples(client)

    def more(*labels: str) -> float:
        key = ("lvyue_requests_total", *labels)
        return after.get(key, 0) - before.get(key, 0)

    assert more("GET", "web:sign-in", "200") == 1
    assert more("GET", "none", "404") == 3
    assert more("other", "web:sign-in", "405") == 3
    assert not [key for key in after if "/no/such/page" in str(key)]
    assert after[("lvyue_database_bytes",)] > 10_000
    assert ("lvyue_jobs", "waiting") in after
    assert after[("lvyue_audit_entries",)] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "header", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("192.0.2.9", "", 404),
        ("", "", 404),
        ("127.0.0.1", "X-Forwarded-For", 404),  # a proxy on the machine asks for somebody else
        ("127.0.0.1", "Forwarded", 404),
    ],
)
def test_without_a_token_only_the_machine_itself_may_ask(
    client: Client, address: str, header: str, status: int
) -> None:
    headers = {header: "192.0.2.9"} if header else {}

    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_with_a_token_nobody_asks_without_it(client: Client, settings: Any) -> None:
    settings.HEALTH_TOKEN = TOKEN

    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404
    assert client.get("/metrics", headers=WITH_TOKEN, REMOTE_ADDR="192.0.2.9").status_code == 200


# ── nothing else answers ─────────────────────────────────────────────────────────────────────────────────────────

#: What answers without a sign-in: the door, health, what explains the interface, and what proves itself by a secret of its own.
OPEN = frozenset(
    {
        *("health", "metrics", "web:sign-in", "web:sign-out", "web:enter"),
        *("api:openapi", "api:reference"),
        *(
            f"web:manual{one}"
            for one in ("", "-en", "-whole", "-whole-en", "-chapter", "-chapter-en")
        ),
    }
)


def routes(patterns: Any = None, prefix: str = "", at: str = "/") -> Iterator[tuple[str, str, Any]]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = at + str(one.pattern).removeprefix("^").removesuffix("$")
        if isinstance(one, URLResolver):
            name = f"{prefix}{one.namespace}:" if one.namespace else prefix
            yield from routes(one.url_patterns, name, path)
        elif isinstance(one, URLPattern):
            yield f"{prefix}{one.name}", path, one.callback


def test_without_a_sign_in_no_page_answers() -> None:
    """Nothing is open by having been forgotten: no debug page, no admin, no browsable list."""
    found = {
        name: getattr(view, "login_required", True)
        for name, path, view in routes()
        if not path.startswith("/api/")
    }
    unguarded = {name for name, guarded in found.items() if not guarded}

    assert len(found) > 80
    assert unguarded - OPEN == set(PROVED) & unguarded
    assert not [path for _, path, _ in routes() if path.startswith("/admin") or "__debug__" in path]


#: Open by a secret in the address or in the request, which their own tests try without it.
PROVED = frozenset(
    {
        *("web:enrol", "web:first-password", "web:second-step", "web:second-step-options"),
        *("web:provider-back", "web:provider-sign-in"),
        *("web:invitation", "web:given", "web:feed-file", "web:sms-reports"),
    }
)


@pytest.mark.django_db
def test_the_interface_lets_nobody_in_without_a_token() -> None:
    client = Client(raise_request_exception=False)
    document = client.get("/api/v1/openapi.json").json()

    for address, item in document["paths"].items():
        path = address.replace("{channel_id}", "1").replace("{", "").replace("}", "")
        for method in item:
            assert client.generic(method.upper(), path).status_code in (401, 404, 405), path
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/admin/", "/debug/", "/__debug__/", "/static/", "/media/", "/.git/config", "/silk/"]
)
def test_usual_back_doors_are_not_there(client: Client, path: str) -> None:
    assert client.get(path).status_code in (302, 404)
    assert b"Traceback" not in client.get(path, follow=True).content
