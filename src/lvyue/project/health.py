"""健康: whether the platform can do its work: for a load balancer a word, for who keeps it each check."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from lvyue import clock
from lvyue.accounts import queries as accounts
from lvyue.accounts.permissions import may_administer
from lvyue.jobs import queries as jobs
from lvyue.project.metrics import trusted

log = logging.getLogger(__name__)

#: An entry of the audit trail that is not sealed after so long was forgotten.
SEALED_WITHIN = timedelta(minutes=10)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"还有 {len(missing)} 个数据库迁移没有执行。" if missing else ""


def _worker() -> str:
    return "" if jobs.workers(clock.now()).exists() else "没有活着的后台工作进程。"


def _audit() -> str:
    oldest = accounts.oldest_unsealed()
    late = oldest is not None and oldest < clock.now() - SEALED_WITHIN
    return f"有留痕自 {oldest:%Y-%m-%d %H:%M} 起没有封链。" if late else ""


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "worker": _worker,
    "audit": _audit,
}


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """健康: 200 or 503; each check by name only for the token and for administrators."""
    found = {name: _tried(name, check) for name, check in CHECKS.items()}
    well = not any(found.values())
    told: dict[str, object] = {"status": "ok" if well else "failing"}
    if trusted(request) or (not found["database"] and _administers(request)):
        told["checks"] = {name: says or "ok" for name, says in found.items()}
    answer = JsonResponse(told, status=200 if well else 503)
    answer["Cache-Control"] = "no-store"
    return answer


def _tried(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except DatabaseError:
        log.exception("健康检查 %s", name)
        return "数据库没有应答。"


def _administers(request: HttpRequest) -> bool:
    user = request.user
    return user.is_authenticated and bool(
        may_administer(administrator=user.is_administrator and user.is_active)
    )
