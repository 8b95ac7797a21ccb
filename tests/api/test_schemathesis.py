"""The interface against its own description: what the document allows is taken, what it forbids is refused, nothing breaks.

Every endpoint is asked with generated data as a buyer, good data and bad, through the whole WSGI application. Whatever
an example did is undone after it, so that each begins from the same contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.api.conftest import SECURITY, Calls
from tests.api.rounds import Ground, ground, requests

#: So many generated requests of each kind for each endpoint.
EXAMPLES = 8

#: What the law reads once more, beyond what a schema can say: fields of a kind of fact, days of the calendar, files, and
#: where one parameter or three others are to be given.
READ_AGAIN = {
    "permissions_why",
    *("facts_record", "facts_rehearsal", "facts_correct", "statements_what_if"),
    *("facts_bring", "facts_attach", "readings_begin", "readings_join", "tools_deadline_of"),
}

#: Answers a file piece by piece, which this way of calling leaves open; the sweep asks for it.
LEFT_OUT = "facts_file"

CHECKED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


@contextmanager
def one_connection() -> Iterator[None]:
    """The application closes its connection after every request; in a test it is the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> Iterator[Any]:
    described: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.definition.raw["operationId"] != LEFT_OUT:
            yield operation


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_generated_requests_find_nothing(
    calls: Calls, mode: GenerationMode, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ground(calls)
    headers = calls("buyer").headers
    asked, found = 0, []
    with one_connection():
        for operation in operations():
            if mode is GenerationMode.POSITIVE or _may_be_wrong(operation):
                try:
                    asked += _asked(operation, mode, at, headers)
                except (FailureGroup, Failure) as failure:
                    found.append(f"{operation.label}: {failure}")

    with capsys.disabled():
        print(f"\n{asked} generated requests, {mode.value}")  # noqa: T201  the count is asked for
    assert not found, "\n\n".join(found)


def _asked(operation: Any, mode: GenerationMode, at: Ground, headers: dict[str, str]) -> int:
    """Ask one endpoint with generated data; how often."""
    name = operation.definition.raw["operationId"]
    asking = [*CHECKED]
    if mode is GenerationMode.POSITIVE and name not in READ_AGAIN:
        asking.append(taken)
    asked = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=_known(name, at)))
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=asking)
            transaction.set_rollback(True)

    ask()
    return asked


def taken(ctx: Any, response: Any, case: Any) -> bool | None:
    """Good data is taken; 412 is the answer to the tag of another version, as 409 is to its number.

    Which ``fields`` rows have is described with the answer and not with the question, so a name of none may be asked for.
    """
    if response.status_code == 412 and "If-Match" in case.headers:
        return None
    if response.status_code == 422 and "查询参数 fields" in response.text:
        return None
    return checks.positive_data_acceptance(ctx, response, case)


def _known(name: str, at: Ground) -> dict[str, Any]:
    """The places in the address that lead to something: else nearly every answer would be that there is no such thing."""
    return {"contract_id": SECURITY, **(requests(at)[name].path or {})}


def _may_be_wrong(operation: Any) -> bool:
    """Whether a request can be wrong elsewhere than in its address."""
    return bool(operation.query or operation.body or operation.headers)
