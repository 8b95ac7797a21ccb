"""Every endpoint with everybody: who may gets in, who may not is told so, and the document says every status there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
from django.db import transaction
from django.test import Client

from lvyue.accounts.models import AuditEntry
from tests.api.conftest import SECURITY, Caller, Calls, told
from tests.api.rounds import CALLERS, Request, ground, named, requests


def endpoints(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    for address, item in document["paths"].items():
        for method, operation in item.items():
            yield operation["operationId"], method.upper(), address, operation


@pytest.fixture
def document(client: Client) -> Any:
    return client.get("/api/v1/openapi.json").json()


def place(address: str, one: Request) -> str:
    path = {"contract_id": SECURITY, **(one.path or {})}
    return re.sub(r"{(\w+)}", lambda found: str(path[found[1]]), address)


def ask(caller: Caller, method: str, address: str, one: Request) -> Any:
    """Make a request as a caller; whatever it did is undone."""
    at = place(address, one)
    with transaction.atomic():
        if method == "GET":
            answer = caller.get(at, one.query)
        elif one.file:
            answer = caller.upload(at, named(one.file, "sweep.jsonl"))
        else:
            answer = caller.send(at, one.body, method=method, key=one.key)
        transaction.set_rollback(True)
    return read(answer)


def read(answer: Any) -> Any:
    """A file that is answered piece by piece is read to its end, which closes it."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
def test_every_endpoint_answers_everybody_as_the_table_of_rights_says(
    calls: Calls, document: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    callers = {who: calls(who) for who in CALLERS}
    at = ground(calls)
    known = requests(at)
    asked, wrong = 0, []
    for name, method, address, operation in endpoints(document):
        for who in CALLERS:
            answer = ask(callers[who], method, address, known[name])
            asked += 1
            if answer.status_code != known[name].expected(who):
                body = b"" if answer.streaming else answer.content[:200]
                wrong.append((name, who, answer.status_code, body.decode(errors="replace")))
            assert str(answer.status_code) in operation["responses"]

    with capsys.disabled():
        print(f"\n{asked} requests: {asked // len(CALLERS)} endpoints × {len(CALLERS)} callers")  # noqa: T201  the count is asked for
    assert not wrong, "\n".join(map(str, wrong))
    assert set(known) == {name for name, *_ in endpoints(document)}


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
def test_what_endpoints_answer_is_what_the_document_says(
    calls: Calls, document: Mapping[str, Any]
) -> None:
    callers = [calls("buyer"), calls("administrator")]
    known = requests(ground(calls))
    for name, method, address, operation in endpoints(document):
        for caller in callers:
            answer = ask(caller, method, address, known[name])
            if answer.streaming or not answer.content:
                continue
            one = operation["responses"][str(answer.status_code)]
            schema = one["content"][answer["Content-Type"]]["schema"]
            whole = {**schema, "components": document["components"]}
            errors = [*jsonschema.Draft202012Validator(whole).iter_errors(told(answer))]
            assert not errors, (name, errors[0].message, [*errors[0].absolute_path])


@pytest.mark.usefixtures("registered")
def test_looking_changes_nothing(calls: Calls, document: Mapping[str, Any]) -> None:
    buyer = calls("buyer")
    known = requests(ground(calls))
    before = AuditEntry.objects.count()

    for name, method, address, _ in endpoints(document):
        if method == "GET":
            read(buyer.get(place(address, known[name]), known[name].query))

    assert AuditEntry.objects.count() == before
