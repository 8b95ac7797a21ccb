"""Every endpoint with everybody: who may gets in, who may not is told so, and the document says every status there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import jsonschema
import pytest
from django.db import transaction
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions import appoint, create_token, dismiss
from lvyue.accounts.actions.programs import create_service_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account, AuditEntry
from lvyue.accounts.queries import appointments
from lvyue.contracts.queries import chain
from lvyue.evidence.queries import entries
from tests.api.conftest import LEASE, SECURITY, Caller, Calls, told
from tests.api.rounds import CALLERS, SOURCE, Request, ground, named, requests


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


def said(answer: Any) -> Any:
    """What an answer says, to be held against its schema: JSON, or the text of a file such as a calendar."""
    return (
        told(answer)
        if "json" in answer["Content-Type"]
        else answer.content.decode(errors="replace")
    )


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
            errors = [*jsonschema.Draft202012Validator(whole).iter_errors(said(answer))]
            assert not errors, (name, errors[0].message, [*errors[0].absolute_path])


#: Scopes of the token of a program, and what each lets it change; tests/api/test_token_scopes.py has them by the gate.
SMALL = {
    "read": frozenset({"statements_what_if", "papers_ruled", "tokens_rotate", "tokens_revoke"}),
    "record": frozenset(
        {
            *("statements_what_if", "papers_ruled", "tokens_rotate", "tokens_revoke"),
            *("facts_rehearsal", "facts_record", "facts_correct", "facts_withdraw", "facts_attach"),
        }
    ),
}


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("scope", SMALL)
def test_a_program_of_small_scope_does_never_more_than_who_answers_for_it(
    calls: Calls, document: Mapping[str, Any], scope: str
) -> None:
    """The owner is on two contracts, the program on one of them; it looks, and changes nothing outside its scope."""
    owner = calls("buyer")
    assert owner.account is not None
    appoint(owner.account, LEASE, ContractRole.BUYER, by="测试")
    program = program_of(owner.account, scope)
    known = requests(ground(calls))
    wrong, refused = [], 0
    for name, method, address, _ in endpoints(document):
        one = known[name]
        theirs, ours = ask(owner, method, address, one), ask(program, method, address, one)
        if ours.status_code < HTTPStatus.BAD_REQUEST <= theirs.status_code:
            wrong.append((name, "more than its owner", theirs.status_code, ours.status_code))
        if method != "GET" and name not in SMALL[scope] and one.asks != SOURCE:
            refused += 1
            if ours.status_code not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                wrong.append((name, "outside its scope", theirs.status_code, ours.status_code))
        if "{contract_id}" in address:
            elsewhere = replace(one, path={**(one.path or {}), "contract_id": LEASE})
            told_there = ask(program, method, address, elsewhere)
            if told_there.status_code not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                wrong.append((name, "where it is nobody", 0, told_there.status_code))
            if told_there.status_code == HTTPStatus.FORBIDDEN and "令牌没有" not in said_in(
                told_there
            ):
                wrong.append((name, "learns of the other contract", 0, told_there.status_code))

    assert not wrong, "\n".join(map(str, wrong))
    assert refused > 60
    listed = said_in(program.get("/api/v1/contracts"))
    assert SECURITY in listed
    assert LEASE not in listed


@pytest.mark.usefixtures("registered")
def test_a_program_goes_where_its_owner_goes(calls: Calls, document: Mapping[str, Any]) -> None:
    """Whoever answers for it is dismissed: from then on the contract is not there for the program either."""
    owner = calls("buyer")
    assert owner.account is not None
    program = program_of(owner.account, "read")
    known = requests(ground(calls))
    (held,) = appointments(SECURITY).filter(account=owner.account)
    dismiss(held, by="测试", reason="换人")

    for name, method, address, _ in endpoints(document):
        if method == "GET" and "{contract_id}" in address:
            answer = ask(program, method, address, known[name])
            assert answer.status_code == HTTPStatus.NOT_FOUND, name


def program_of(owner: Account, scope: str) -> Caller:
    """A service account of this owner on the security contract, by a token that may only do this."""
    made = create_service_account(
        *("small-program", "小程序", "每日读取"),
        by="测试",
        owner=owner,
        ends_at=clock.now() + timedelta(days=30),
    )
    appoint(made.account, SECURITY, ContractRole.BUYER, by="测试")
    found = Caller(None)
    secret = create_token(made.account, "小程序", 7, by=owner, scopes=[scope]).secret
    found.headers["Authorization"] = f"Bearer {secret}"
    return found


def said_in(answer: Any) -> str:
    return "" if answer.streaming else str(answer.content.decode(errors="replace"))


@pytest.mark.usefixtures("registered")
def test_looking_changes_nothing(calls: Calls, document: Mapping[str, Any]) -> None:
    buyer = calls("buyer")
    known = requests(ground(calls))
    before = AuditEntry.objects.count()

    for name, method, address, _ in endpoints(document):
        if method == "GET":
            read(buyer.get(place(address, known[name]), known[name].query))

    assert AuditEntry.objects.count() == before


def plain(answer: Any, *words: str) -> str:
    """What an answer says, without the ids that were asked for."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = re.sub(r"\b[0-9a-f]{16}\b", "", body.decode(errors="replace"))  # numbers of requests
    for word in words:
        text = text.replace(word, "").replace(word[:12], "")  # some say only how it begins
    return text


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
def test_another_contracts_ids_say_no_more_than_ids_that_nobody_has(
    calls: Calls, document: Mapping[str, Any]
) -> None:
    """REG-10：把每个编号换成别家的，回答和没有这个编号时一字不差。"""
    at = ground(calls)
    known = requests(at)
    stranger, wrong = calls("stranger"), []
    for name, method, address, _ in endpoints(document):
        one = known[name]
        if "{contract_id}" not in address:
            continue
        told_apart = []
        for contract_id in (SECURITY, "no-such-contract"):
            path = re.sub(r"{contract_id}", contract_id, address)
            with transaction.atomic():
                at_ = place(path, one)
                if method == "GET":
                    answer = stranger.get(at_, one.query)
                elif one.file:
                    answer = stranger.upload(at_, named(one.file, "sweep.jsonl"))
                else:
                    answer = stranger.send(at_, one.body, method=method, key=one.key)
                transaction.set_rollback(True)
            told_apart.append((answer.status_code, plain(answer, contract_id)))
        if told_apart[0] != told_apart[1] or told_apart[0][0] != 404:
            wrong.append((name, *told_apart))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("address", "foreign", "nobodys"),
    [
        ("facts/{}", "fact", "no-such-fact"),
        ("facts/{}/inclusion", "fact", "no-such-fact"),
        ("files/{}", "file", "e" * 64),
        ("releases/{}", "release", "e" * 64),
        ("who?of=file&id={}", "file", "e" * 64),
        ("who?of=fact&id={}", "fact", "no-such-fact"),
        ("facts?term={}", "term", "no-such-term"),
        ("people/{}/contacts", "username", "no-such-person"),
        ("why?right=sign&person={}", "username", "no-such-person"),
    ],
)
def test_an_id_of_another_contract_inside_ones_own(
    calls: Calls, address: str, foreign: str, nobodys: str
) -> None:
    """自己合同的地址里放别家的事实、文件、版本和人：和没有一样。"""
    at, stranger = ground(calls), calls("stranger")
    theirs = {one.fact_id for one in entries(LEASE)}
    fact = next(one.fact_id for one in entries(SECURITY) if one.fact_id not in theirs)
    terms = {one["id"] for one in json.loads(chain(LEASE)[-1].body)["terms"]}
    own = json.loads(chain(SECURITY)[-1].body)["terms"]
    term = next(one["id"] for one in own if one["id"] not in terms)
    asked = {"fact": fact, "term": term}.get(foreign) or str(getattr(at, foreign))

    def answered(word: str) -> tuple[int, str]:
        path = f"/api/v1/contracts/{LEASE}/{address.format(word)}"
        if address.endswith("contacts"):
            answer = stranger.send(path, {"reason": "夜间故障要找人"})
        else:
            answer = stranger.get(path)
        return answer.status_code, plain(answer, word)

    assert answered(asked) == answered(nobodys)
