"""One request for every endpoint of the interface, and who may make it: the sweep and the fuzzing both begin here."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right
from lvyue.contracts.queries import chain
from lvyue.core.facts import KINDS
from lvyue.evidence.queries import entries
from tests.api.conftest import HERE, SECURITY, Calls, told

#: Who is tried: every role on the contract, somebody of another contract, an administrator, nobody.
CALLERS = (*ContractRole.values, "stranger", "administrator", "nobody")

#: Asked of anybody who is signed in, and only of administrators.
ANYBODY, ADMINISTRATOR = "anybody", "administrator"

Asks = Right | str


@dataclass(frozen=True, slots=True)
class Request:
    """请求: of one endpoint, as whoever may make it would; ``status`` is what they get."""

    asks: Asks
    path: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    body: Any = None
    file: bytes = b""
    status: int = 200
    key: str = ""
    #: Of those who have the right, only this role is let to its own; the others find nothing.
    whose: str = ""

    def expected(self, who: str) -> int:
        """What a caller gets, by the table of rights and by nothing else."""
        if who == "nobody":
            return 401
        if self.asks == ANYBODY:
            return self.status
        if self.asks == ADMINISTRATOR:
            return self.status if who == "administrator" else 403
        assert isinstance(self.asks, Right)
        if who in ("stranger", "administrator"):
            return 404
        if ContractRole(who) not in self.asks.roles:
            return 403
        return self.status if self.whose in ("", who) else 404


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to ask about: set up once by the people who may."""

    fact: str
    term: str
    release: str
    file: str
    upload: int
    misgivings: tuple[str, ...]
    token: int
    appointment: int
    username: str


TICKET = {
    "kind": "ticket.opened",
    "at": "2026-03-02T09:00:00+08:00",
    "subject": "测试工单-1",
    "data": {"class": "incident"},
}


def ground(calls: Calls) -> Ground:
    """A file, an upload, an issued statement number 1, an amendment number 1, and the names of what is there."""
    buyer = calls("buyer")
    kept = told(buyer.upload(f"{HERE}/files", named(b"%PDF-1.4 test", "sheet.pdf")))
    line = json.dumps({"id": "up-1", **TICKET, "subject": "随文件来的工单"}).encode()
    upload = told(buyer.upload(f"{HERE}/imports", named(line, "facts.jsonl")))
    assert buyer.send(f"{HERE}/statements", {"as_of": "2026-03-31"}).status_code == 201
    drafted = buyer.send(f"{HERE}/amendments", AMENDMENT)
    assert drafted.status_code == 201, drafted.content
    proposed = buyer.send(f"{HERE}/amendments/1/propose", {"version": 1})
    assert proposed.status_code == 200, proposed.content.decode()
    release = chain(SECURITY)[-1]
    return Ground(
        fact=entries(SECURITY)[0].fact_id,
        term=json.loads(release.body)["terms"][0]["id"],
        release=release.digest,
        file=kept["sha256"],
        upload=upload["upload"],
        misgivings=tuple(one["key"] for one in upload["misgivings"]),
        token=told(buyer.get("/api/v1/me/tokens"))["results"][0]["id"],
        appointment=1,
        username="engineer-1",
    )


AMENDMENT = {
    "kind": "together",
    "title": "服务终止确认",
    "reason": "双方核对完毕",
    "paper": "测试-1",
    "effective": "2026-10-31",
    "payload": {"kind": "service.ended", "subject": ""},
}


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def requests(at: Ground) -> dict[str, Request]:
    """By operation; a test says which one is missing."""
    see, number, upload = Right.SEE, {"number": 1}, {"number": at.upload}
    term, fact = {"term_id": at.term}, {"fact_id": at.fact}
    person = {"username": at.username}
    reason, paper = {"reason": "试一试"}, {"draft_id": 999_999}
    draft = {**TICKET, "accepted": ["unheard", "old", "before", "idle", "future"]}
    return {
        "me_me": Request(ANYBODY),
        "me_tokens": Request(ANYBODY),
        "me_revoke": Request(ANYBODY, {"token_id": 999_999}, status=404),
        "work_today": Request(ANYBODY),
        "work_calendar": Request(ANYBODY, query={"month": "2026-03"}),
        "work_contracts": Request(ANYBODY),
        "work_cards": Request(ANYBODY, query={"as_of": "2026-03-31"}),
        "work_contract": Request(see),
        "work_terms": Request(see),
        "work_term": Request(see, term),
        "work_proofs": Request(see, term),
        "work_findings": Request(see),
        "work_due_calendar": Request(see, query={"month": "2026-03"}),
        "facts_facts": Request(see),
        "facts_fact": Request(see, fact),
        "facts_inclusion": Request(see, fact),
        "facts_rehearsal": Request(Right.RECORD, body=draft),
        "facts_record": Request(Right.RECORD, body=draft, status=201, key="sweep-0001"),
        "facts_correct": Request(
            Right.RECORD,
            {"fact_id": "none"},
            body={"at": "2026-03-02", **reason},
            status=404,
            key="sweep-0002",
        ),
        "facts_withdraw": Request(
            Right.RECORD, {"fact_id": "none"}, body=reason, status=404, key="sweep-0003"
        ),
        "facts_kinds": Request(ANYBODY),
        "facts_contract_kinds": Request(see),
        "facts_offers": Request(see, {"kind": next(iter(KINDS))}),
        "facts_attach": Request(Right.RECORD, file=b"%PDF-1.4 another", status=201),
        "facts_file": Request(see, {"sha256": at.file}),
        "facts_bring": Request(Right.IMPORT, file=b"{}\n", status=201),
        "facts_import_preview": Request(Right.IMPORT, upload, whose="buyer"),
        "facts_import_failed": Request(Right.IMPORT, upload, whose="buyer"),
        "facts_commit": Request(
            Right.IMPORT, upload, body={"accepted": [*at.misgivings]}, whose="buyer"
        ),
        "statements_settlement": Request(see),
        "statements_statement": Request(see, query={"as_of": "2026-03-31"}),
        "statements_difference": Request(see, query={"from": "2026-03-31", "to": "2026-06-30"}),
        "statements_statements": Request(see),
        "statements_issue": Request(Right.ISSUE, body={"as_of": "2026-02-28"}, status=201),
        "statements_issued": Request(see, number),
        "statements_since": Request(see, number),
        "statements_confirm": Request(Right.SIGN, number),
        "statements_dispute": Request(Right.SIGN, {"number": 99}, body=reason, status=404),
        "statements_restate": Request(  # refused to both: nothing has changed since
            Right.ISSUE, number, body={"as_of": "2026-03-31"}, status=409
        ),
        "statements_withdraw": Request(Right.ISSUE, {"number": 99}, body=reason, status=404),
        "statements_what_if": Request(Right.WHAT_IF, body={"as_of": "2026-03-31"}),
        "desk_doubts": Request(see),
        "desk_parameters": Request(see),
        "papers_papers": Request(see),
        "papers_ruled": Request(
            see,
            body={
                "claims": [
                    {"paper": "main", "says": "2 人"},
                    {"paper": "补充协议", "says": "3 人", "both": True},
                ]
            },
        ),
        "amendments_amendments": Request(see),
        "amendments_whole": Request(see, number),
        "amendments_alterable": Request(see, query={"term": at.term}),
        "amendments_draft": Request(Right.PROPOSE, body=AMENDMENT, status=201),
        "amendments_edit": Request(Right.PROPOSE, {"number": 99}, body={"version": 1}, status=404),
        "amendments_rebase": Request(
            Right.PROPOSE, {"number": 99}, body={"version": 1}, status=404
        ),
        "amendments_propose": Request(
            Right.PROPOSE, {"number": 99}, body={"version": 1}, status=404
        ),
        "amendments_sign": Request(Right.SIGN, number, body={"version": 1}),
        "amendments_refuse": Request(Right.SIGN, {"number": 99}, body=reason, status=404),
        "amendments_withdraw": Request(Right.PROPOSE, {"number": 99}, status=404),
        "log_checkpoints": Request(see),
        "log_log": Request(see),
        "log_consistency": Request(see, query={"m": 1}),
        "log_releases": Request(see),
        "log_release": Request(see, {"digest": at.release}),
        "log_changes": Request(see, {"digest": at.release}, query={"since": at.release}),
        "people_contract_people": Request(see),
        "people_contract_audit": Request(Right.AUDIT),
        "people_audit": Request(ADMINISTRATOR),
        "people_accounts": Request(ADMINISTRATOR),
        "people_new_account": Request(
            ADMINISTRATOR,
            body={"username": "newcomer", "name": "新来的", "password": "a-long-password-7"},
            status=201,
        ),
        "people_account": Request(ADMINISTRATOR, person),
        "people_rename": Request(ADMINISTRATOR, person, body={"name": "改名后"}),
        "people_password": Request(
            ADMINISTRATOR, person, body={"password": "another-long-password-7"}, status=204
        ),
        "people_switch_off": Request(ADMINISTRATOR, person, body=reason),
        "people_switch_on": Request(ADMINISTRATOR, person, body=reason),
        "people_appoint": Request(
            ADMINISTRATOR, person, body={"contract": SECURITY, "role": "engineer"}, status=201
        ),
        "people_dismiss": Request(
            ADMINISTRATOR, {**person, "appointment_id": 999_999}, body=reason, status=404
        ),
        "people_organisations": Request(ADMINISTRATOR),
        "people_new_organisation": Request(
            ADMINISTRATOR, body={"id": "data-centre", "name": "某数据中心"}, status=201
        ),
        "tools_deadline_of": Request(
            ANYBODY, query={"start": "2026-02-09", "within": 10, "unit": "working-days"}
        ),
        "tools_marks": Request(ANYBODY),
        # Of a draft nobody is told who is not on it; tests/readings has those who are.
        "readings_readings": Request(ANYBODY),
        "readings_begin": Request(ANYBODY, status=422),
        "readings_draft": Request(ANYBODY, paper, status=404),
        "readings_join": Request(ANYBODY, paper, file=b"x", status=404),
        "readings_member": Request(
            ANYBODY, paper, body={"username": "x", "role": "buyer"}, status=404
        ),
        "readings_items": Request(ANYBODY, paper, status=404),
        "readings_decide": Request(
            ANYBODY,
            {**paper, "item_id": "i0123456789"},
            body={"act": "accept", "stamp": 0},
            status=404,
        ),
        "readings_add": Request(
            ANYBODY, paper, body={"kind": "term", "clause": "main 1", "values": {}}, status=404
        ),
        "readings_decisions": Request(ANYBODY, paper, status=404),
        "readings_step": Request(
            ANYBODY, paper, body={"step": "propose", "version": 1}, status=404
        ),
    }
