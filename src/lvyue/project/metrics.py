"""度量: what a monitoring system asks us, in the text format of Prometheus; and who may ask.

Labels are bounded: the name of the route and never the address, the method if it is one, the status. Each process counts
its own requests; what is read from the database is the same whichever process answers.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from lvyue.accounts import queries as accounts
from lvyue.accounts import syslog
from lvyue.jobs import queries as jobs
from lvyue.notices.queries.waiting import legs_waiting

REGISTRY = CollectorRegistry(auto_describe=True)

REQUESTS = Counter(
    "lvyue_requests",
    "Requests answered, by route, method and status.",
    ("route", "method", "status"),
    registry=REGISTRY,
)
DURATION = Histogram(
    "lvyue_request_duration_seconds",
    "How long answers took, by route and method.",
    ("route", "method"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def measured(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that counts every answer and how long it took."""

    def answer(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = get_response(request)
        method = request.method if request.method in _METHODS else "other"
        route = _route(request)
        REQUESTS.labels(route, method, str(response.status_code)).inc()
        DURATION.labels(route, method).observe(time.perf_counter() - begun)
        return response

    return answer


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name or "unnamed" if match is not None else "none"


class _Rows(Collector):
    """What the rows say at the moment they are asked."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        sizes = GaugeMetricFamily("lvyue_jobs", "Jobs, by state.", labels=("state",))
        for state, number in jobs.counts().items():
            sizes.add_metric((state.value,), number)
        yield sizes
        waiting = GaugeMetricFamily(
            "lvyue_notices_waiting", "Legs of notices not sent yet.", labels=("channel",)
        )
        for channel, number in legs_waiting().items():
            waiting.add_metric((channel,), number)
        yield waiting
        yield GaugeMetricFamily(
            "lvyue_audit_entries", "Entries of the sealed audit trail.", accounts.head().sequence
        )
        yield GaugeMetricFamily(
            "lvyue_audit_unsealed", "Entries that wait to be sealed.", accounts.unsealed()
        )
        if (told := syslog.standing()) is not None:
            copied = GaugeMetricFamily(
                "lvyue_audit_syslog",
                "Entries that this process copied to syslog, by what became of them.",
                labels=("outcome",),
            )
            for outcome, number in told.items():
                copied.add_metric((outcome,), number)
            yield copied
        yield GaugeMetricFamily("lvyue_database_bytes", "Size of the database.", database_bytes())


REGISTRY.register(_Rows())


def database_bytes() -> int:
    """How large the database is."""
    asked = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return int(cursor.fetchone()[0])


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """度量: for who brings the token; without one set, for the machine itself only. For others there is no such page."""
    if not (trusted(request) if settings.HEALTH_TOKEN else from_here(request)):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def trusted(request: HttpRequest) -> bool:
    """Whether who asks brings the token that the administrator set."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.HEALTH_TOKEN or ""
    return (
        bool(wanted)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(given.strip().encode(), wanted.encode())
    )


def from_here(request: HttpRequest) -> bool:
    """Whether a program on this very machine asks, and not a proxy on it for somebody else."""
    if settings.BEHIND_PROXY or any(
        name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP")
    ):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
