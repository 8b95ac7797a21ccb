"""One request for every endpoint of the interface, and who may make it: the sweep and the fuzzing both begin here."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lvyue import clock
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Right
from lvyue.accounts.queries import audit_trail
from lvyue.contracts.queries import chain
from lvyue.core.facts import KINDS
from lvyue.evidence.queries import entries
from tests.api.conftest import HERE, SECURITY, Calls, told


def _alike() -> tuple[str, ...]:
    """One role of those that hold the very same rights on the same side: what they are answered is the same."""
    first: dict[tuple[frozenset[Right], object], str] = {}
    for role in ContractRole:
        rights = frozenset(right for right in Right if role in right.roles)
        first.setdefault((rights, role.side), role.value)
    return tuple(first.values())


#: Who is tried: every role on the contract that is like no other, somebody of another contract, an administrator, nobody.
CALLERS = (*_alike(), "stranger", "administrator", "nobody")

#: Asked of anybody who is signed in, and only of administrators.
ANYBODY, ADMINISTRATOR = "anybody", "administrator"

#: Asked of systems that send alerts, under secrets of their own: no person gets in.
SOURCE = "source"

Asks = Right | str


#: A table of contacts of which nothing can be imported: a number of seven digits.
SHEET = "种类,号码或地址,来源,起\r\n座机,8700000,合同所列,2026-03-02\r\n".encode()


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
        if who == "nobody" or self.asks == SOURCE:
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
    entry: int


TICKET = {
    "kind": "ticket.opened",
    "at": "2026-03-02T09:00:00+08:00",
    "subject": "测试工单-1",
    "data": {"class": "incident"},
}


def _knowledge() -> dict[str, Request]:
    """What is known, and what is like it."""
    opens, nothing = Right.TICKET_OPEN, {"article_id": 999_999}
    text = {"title": "打印机卡纸", "symptom": "灯闪", "steps": ["开盖", "取纸"]}
    return {
        "knowledge_articles": Request(Right.SEE),
        "knowledge_article": Request(Right.SEE, nothing, status=404),
        "knowledge_write": Request(opens, body={**text, "kinds": ["none"]}, status=409),
        "knowledge_revise": Request(
            opens, nothing, body={**text, "seen": 1, "why": "补一步"}, status=404
        ),
        "knowledge_review": Request(opens, nothing, body={"version": 1, "agree": True}, status=404),
        "knowledge_share": Request(opens, nothing, body={"shared": True}, status=404),
        "knowledge_retire": Request(opens, nothing, body={"reason": "过时"}, status=404),
        "knowledge_follow": Request(Right.TICKET_WORK, nothing, body={"ticket": 1}, status=404),
        "knowledge_reviews": Request(Right.SEE),
        "knowledge_write_review": Request(
            Right.TICKET_WORK,
            {"number": 99},
            body={
                "present": "双方",
                "cause": "老化",
                "badly": "发现晚",
                "actions": [
                    {
                        "what": "更换",
                        "kind": "change",
                        "owner": "engineer",
                        "due": clock.today().isoformat(),
                    }
                ],
            },
            status=404,
        ),
        "knowledge_find_similar": Request(opens, query={"q": "打印机卡纸"}),
    }


def _desk() -> dict[str, Request]:
    """What comes to the help desk, and what is made of it."""
    work, see, lead = Right.TICKET_WORK, Right.SEE, Right.DESK_CHANNELS
    reason = {"reason": "测试"}
    nothing, ticket = {"incoming_id": 99}, {"number": 99}
    return {
        "desk_channels_desk_channels": Request(see),
        "desk_channels_set_up": Request(
            lead,
            body={"kind": "phone", "name": "热线", "address": "010-12345678"},
            status=201,
            key="sweep-desk-1",
        ),
        "desk_channels_change": Request(
            lead, {"channel_id": 999}, body={"name": "热线"}, status=404
        ),
        "desk_channels_switch": Request(
            lead, {"channel_id": 999}, body={"on": False, **reason}, status=404
        ),
        "desk_channels_try_out": Request(lead, {"channel_id": 999}, status=404),
        "desk_channels_incoming": Request(see),
        "desk_channels_one_incoming": Request(see, nothing, status=404),
        "desk_channels_open_incoming": Request(work, nothing, body={"kind": "request"}, status=404),
        "desk_channels_join_incoming": Request(work, nothing, body={"ticket": 1}, status=404),
        "desk_channels_ignore_incoming": Request(work, nothing, body=reason, status=404),
        "desk_channels_note_fax": Request(
            work,
            body={
                "channel": 999,
                "received_at": "2026-03-02T02:10:00+08:00",
                "evidence": "0" * 64,
            },
            status=404,
        ),
        "desk_channels_calls": Request(see),
        "desk_channels_take_call": Request(work, body={"caller": "某人"}, status=201),
        "desk_channels_note_missed": Request(
            work, body={"began_at": "2026-03-02T02:10:00+08:00"}, status=201
        ),
        "desk_channels_callers": Request(work, query={"q": "张三"}),
        "desk_channels_gaps": Request(see),
        "desk_channels_twins": Request(work, ticket, status=404),
        "desk_channels_merge": Request(work, ticket, body={"lose": 98, **reason}, status=404),
        "desk_channels_split": Request(
            work, ticket, body={"kind": "incident", "title": "另一件", **reason}, status=404
        ),
        "desk_channels_reply": Request(work, ticket, body={"text": "好"}, status=404),
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
        entry=audit_trail(SECURITY)[0].pk,
    )


_STEPS = {"before": "1个工作日", "after": "2个工作日", "on_day": True}
POLICY = {
    "hours": {"before": "一半", "after": "1小时"},
    "long": _STEPS,
    "short": _STEPS,
    "day": _STEPS,
    "hour": 9,
}

AMENDMENT = {
    "kind": "together",
    "title": "服务终止确认",
    "reason": "双方核对完毕",
    "paper": "测试-1",
    "effective": "2026-10-31",
    "payload": {"kind": "service.ended", "subject": ""},
}


IDENTITY = {"whom": "某联系人", "method": "present", "passed": True, "operation": "重启"}

MAIL_CHANNEL = {
    "kind": "mail",
    "name": "办公室邮件",
    "settings": {"host": "127.0.0.1", "security": "none", "sender": "lvyue@office.example"},
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
    no_job = {"job_id": "00000000-0000-4000-8000-000000000000"}
    channel = {"channel_id": 999_999}
    reason, paper = {"reason": "试一试看"}, {"draft_id": 999_999}
    draft = {**TICKET, "accepted": ["unheard", "old", "before", "idle", "future"]}
    return {
        "me_me": Request(ANYBODY),
        "tokens_tokens": Request(ANYBODY),
        "tokens_rotate": Request(ANYBODY, {"token_id": 999_999}, status=404),
        "tokens_revoke": Request(ANYBODY, {"token_id": 999_999}, status=404),
        "tokens_services": Request(ADMINISTRATOR),
        "tokens_new_service": Request(
            ADMINISTRATOR,
            body={
                "username": "ticket-import",
                "name": "工单导入",
                "purpose": "每日导入工单",
                "owner": at.username,
                "until": "2099-12-31",
            },
            status=201,
        ),
        "tokens_hand_over": Request(
            ADMINISTRATOR, person, body={"owner": at.username, **reason}, status=404
        ),
        "providers_own": Request(ANYBODY),
        "providers_disconnect": Request(ANYBODY, {"identity_id": 999_999}, status=404),
        "providers_providers": Request(ADMINISTRATOR),
        "providers_keep": Request(
            ADMINISTRATOR,
            {"provider_id": "office-sso"},
            body={
                "kind": "oidc",
                "name": "统一身份认证",
                "settings": {"issuer": "https://sso.example.gov", "client_id": "lvyue"},
            },
        ),
        "providers_provider": Request(ADMINISTRATOR, {"provider_id": "none"}, status=404),
        "providers_check": Request(ADMINISTRATOR, {"provider_id": "none"}, status=404),
        "providers_switch_on": Request(
            ADMINISTRATOR, {"provider_id": "none"}, body=reason, status=404
        ),
        "providers_switch_off": Request(
            ADMINISTRATOR, {"provider_id": "none"}, body=reason, status=404
        ),
        "providers_synchronise": Request(ADMINISTRATOR, {"provider_id": "none"}, status=404),
        "providers_identities": Request(ADMINISTRATOR, {"provider_id": "none"}, status=404),
        "providers_decide": Request(
            ADMINISTRATOR,
            {"provider_id": "none", "identity_id": 999_999},
            body={"what": "refuse", **reason},
            status=404,
        ),
        "work_today": Request(ANYBODY),
        "work_calendar": Request(ANYBODY, query={"month": "2026-03"}),
        "work_contracts": Request(ANYBODY),
        "work_cards": Request(ANYBODY, query={"as_of": "2026-03-31"}),
        "work_contract": Request(see),
        "permissions_who": Request(see, query={"of": "term", "id": at.term}),
        "permissions_why": Request(see, query={"right": "sign"}),
        "permissions_reveal": Request(Right.REVEAL, person, body=reason),
        "disclosures_disclosures": Request(see),
        "disclosures_disclosure": Request(see, {"number": 99}, status=404),
        "disclosures_apply": Request(
            Right.DISCLOSE,
            body={
                "recipient": "某测评中心",
                "purpose": "三级等保复测",
                "files": [at.file],
                "until": clock.today().isoformat(),
            },
            status=201,
        ),
        "disclosures_consent": Request(
            Right.CONSENT,
            {"number": 99},
            body={"paper": "函 1 号", "day": "2026-03-02"},
            status=404,
        ),
        "disclosures_refuse": Request(Right.CONSENT, {"number": 99}, body=reason, status=404),
        "disclosures_withdraw": Request(Right.DISCLOSE, {"number": 99}, body=reason, status=404),
        "disclosures_revoke": Request(Right.CONSENT, {"number": 99}, body=reason, status=404),
        "disclosures_link": Request(Right.DISCLOSE, {"number": 99}, body={"most": 1}, status=404),
        "disclosures_contact": Request(Right.REVEAL, {"number": 99}, body=reason, status=404),
        "work_terms": Request(see),
        "work_term": Request(see, term),
        "work_proofs": Request(see, term),
        "work_findings": Request(see),
        "work_due_calendar": Request(see, query={"month": "2026-03"}),
        "reminders_reminders": Request(see),
        "reminders_set_policy": Request(Right.REMIND, body=POLICY),
        "reminders_pause": Request(see, body=reason, status=201),
        "reminders_resume": Request(see, {"pause_id": 99}, status=404),
        "feeds_feeds": Request(ANYBODY),
        "feeds_revoke": Request(ANYBODY, {"feed_id": 99}, status=404),
        "feeds_calendar": Request(ANYBODY),
        "feeds_contract_calendar": Request(see),
        "duty_rosters": Request(see),
        "duty_new_roster": Request(
            Right.ROSTER, body={"begins": "2099-01-01", "body": {}, "reason": "换"}, status=409
        ),
        "duty_preview": Request(
            Right.ROSTER, body={"begins": "2026-03-02", "body": {"shifts": []}}
        ),
        "duty_layout": Request(
            Right.ROSTER,
            body={"pattern": "office", "begins": "2026-03-02", "groups": [["zhang"]]},
        ),
        "duty_days": Request(see, query={"first": "2026-03-01", "last": "2026-03-31"}),
        "duty_now": Request(see),
        "duty_hours": Request(Right.EXPORT, query={"first": "2026-03-01", "last": "2026-03-31"}),
        "duty_swaps": Request(see),
        "duty_ask_swap": Request(
            Right.TICKET_WORK,
            body={"day": "2026-03-02", "shift": "白班", "taker": at.username, **reason},
            status=409,
        ),
        "duty_answer_swap": Request(
            Right.TICKET_WORK, {"swap_id": 99}, body={"agree": True}, status=404
        ),
        "duty_withdraw_swap": Request(Right.TICKET_WORK, {"swap_id": 99}, status=404),
        "duty_absent": Request(
            Right.ROSTER,
            body={"day": "2026-03-02", "shift": "白班", "person": at.username, **reason},
            status=409,
        ),
        "duty_handovers": Request(see),
        "duty_hand_over": Request(Right.TICKET_WORK, body={"text": "无"}, status=409),
        "duty_take_over": Request(
            Right.TICKET_WORK, {"handover_id": 99}, body={"text": ""}, status=404
        ),
        "duty_calls": Request(see),
        "duty_call": Request(
            Right.REACH,
            body={"number": "000-0000", "post": "值守电话", "outcome": "answered"},
            status=201,
        ),
        "duty_logs": Request(see),
        "duty_file_log": Request(
            Right.TICKET_WORK, body={"day": "2026-03-02", "text": "一切正常。"}, status=409
        ),
        "remote_permissions": Request(see),
        "remote_attempts": Request(see),
        "remote_ask": Request(
            Right.TICKET_WORK,
            {"number": 99},
            body={
                "person": at.username,
                "system": "门户",
                "scope": "看日志",
                "begins": "2026-03-02T10:00:00+08:00",
                "expires": "2026-03-02T12:00:00+08:00",
            },
            status=404,
        ),
        "remote_allow": Request(
            Right.TICKET_CONFIRM, {"permission_id": 99}, body={"agree": True}, status=404
        ),
        "remote_revoke": Request(
            Right.TICKET_CONFIRM, {"permission_id": 99}, body=reason, status=404
        ),
        "remote_start": Request(
            Right.TICKET_WORK,
            {"number": 99},
            body={**IDENTITY, "system": "门户"},
            status=404,
        ),
        "remote_identify": Request(Right.TICKET_WORK, {"number": 99}, body=IDENTITY, status=404),
        "remote_commands": Request(
            Right.TICKET_WORK,
            {"permission_id": 99},
            body={"commands": [{"at": "2026-03-02T10:00:00+08:00", "text": "ls"}]},
            status=404,
        ),
        "remote_end": Request(
            Right.TICKET_WORK, {"permission_id": 99}, body={"result": "好了"}, status=404
        ),
        "remote_breach": Request(Right.TICKET_APPROVE, {"attempt_id": 99}, body=reason, status=404),
        "remote_owners": Request(see),
        "remote_set_owner": Request(
            Right.TICKET_APPROVE, body={"system": "门户", "department": "某处"}, status=201
        ),
        "consents_consents": Request(see),
        "consents_ask": Request(
            Right.TICKET_WORK,
            body={
                "matter": "tool",
                "name": "抓包工具",
                "purpose": "排障",
                "licence": "GPL",
                "begins": clock.today().isoformat(),
                "ends": clock.today().isoformat(),
            },
            status=201,
        ),
        "consents_consent": Request(
            Right.TICKET_APPROVE, {"consent_id": 99}, body={"agree": True}, status=404
        ),
        "consents_start": Request(Right.TICKET_WORK, {"consent_id": 99}, status=404),
        "consents_end": Request(Right.TICKET_WORK, {"consent_id": 99}, status=404),
        "consents_parts": Request(see),
        "consents_fit": Request(
            Right.TICKET_WORK,
            {"number": 99},
            body={"device": "交换机", "name": "电源", "serial": "SN1", "condition": "new"},
            status=404,
        ),
        "consents_extra": Request(
            Right.TICKET_WORK, {"number": 99}, body={"what": "多接一个系统"}, status=404
        ),
        **_knowledge(),
        "consents_lists_of_steps": Request(see, {"number": 99}, status=404),
        "consents_lay_steps": Request(
            Right.TICKET_WORK, {"number": 99}, body={"steps": ["重启"]}, status=404
        ),
        "consents_tick_step": Request(
            Right.TICKET_WORK, {"number": 99, "index": 1}, body={"place": 0}, status=404
        ),
        "consents_causes": Request(see, {"number": 99}, status=404),
        "consents_claim": Request(
            Right.TICKET_OPEN, {"number": 99}, body={"cause": "power", "said": "停电"}, status=404
        ),
        "consents_answer_claim": Request(
            Right.TICKET_OPEN, {"number": 99}, body={"agree": True}, status=404
        ),
        "consents_losses": Request(Right.TICKET_OPEN),
        "consents_loss_claims": Request(see, {"number": 99}, status=404),
        "consents_claim_loss": Request(
            Right.TICKET_LEAD,
            {"number": 99},
            body={"nature": "direct", "amount_fen": 1, "said": "没有按期答复"},
            status=404,
        ),
        "consents_answer_loss": Request(
            Right.TICKET_APPROVE, {"number": 99, "index": 1}, body={"agree": True}, status=404
        ),
        "consents_loss_paper": Request(
            Right.TICKET_APPROVE,
            {"file_id": 99},
            body={"need": "损失凭证", "sha256": at.file},
            status=404,
        ),
        "alerts_alertmanager": Request(SOURCE, body={}),
        "alerts_generic": Request(SOURCE, body={}),
        **_desk(),
        "desk_hooks_receive": Request(SOURCE, {"channel_id": 99}, body={}),
        "desk_hooks_verify": Request(SOURCE, {"channel_id": 99}),
        "alerts_alerts": Request(see),
        "alerts_alert": Request(see, {"alert_id": 99}, status=404),
        "alerts_sources": Request(Right.ALERTS),
        "alerts_close": Request(Right.ALERTS, {"source_id": 99}, status=404),
        "search_search": Request(ANYBODY, query={"q": "整改"}),
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
        "tickets_tickets": Request(see),
        "tickets_ticket": Request(see, {"number": 99}, status=404),
        "tickets_kinds": Request(see),
        "tickets_mine": Request(ANYBODY),
        "tickets_filters": Request(see),
        "tickets_keep_filter": Request(
            see, body={"name": "故障", "asked": {"kind": "incident"}}, status=201
        ),
        "tickets_drop_filter": Request(see, {"filter_id": 999_999}, status=404),
        "tickets_figures": Request(see),
        "tickets_prevention": Request(see),
        "tickets_repairs": Request(see),
        "tickets_assignable": Request(Right.TICKET_WORK),
        "tickets_create": Request(
            Right.TICKET_OPEN, body={"kind": "incident", "title": "登录不上"}, status=201
        ),
        "tickets_step": Request(see, {"number": 99}, body={"step": "answer"}, status=404),
        "tickets_mark": Request(
            Right.TICKET_OPEN, {"number": 99}, body={"mark": "note", "said": "x"}, status=404
        ),
        "tickets_assign": Request(
            Right.TICKET_WORK, {"number": 99}, body={"to": "engineer-1"}, status=404
        ),
        "tickets_pause": Request(
            Right.TICKET_WORK, {"number": 99}, body={"cause": "power", "said": "x"}, status=404
        ),
        "tickets_pause_answer": Request(
            Right.TICKET_APPROVE, {"number": 99}, body={"agree": True}, status=404
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
        "notices_letters": Request(see),
        "notices_whole": Request(see, {"number": 99}, status=404),
        "notices_draft": Request(Right.WRITE, body={"kind": "general", "title": "函"}, status=201),
        "notices_rewrite": Request(
            Right.WRITE, {"number": 99}, body={"version": 1, "title": "函"}, status=404
        ),
        "notices_issue": Request(Right.SERVE, {"number": 99}, body={"version": 1}, status=404),
        "notices_withdraw": Request(Right.WRITE, {"number": 99}, body=reason, status=404),
        "notices_dispatch": Request(
            Right.SERVE, {"number": 99}, body={"way": "hand", "at": "2026-03-02"}, status=404
        ),
        "notices_receipt": Request(
            Right.SERVE,
            {"number": 99},
            body={"dispatch": 1, "happening": "signed", "at": "2026-03-02"},
            status=404,
        ),
        "notices_contacts": Request(see),
        "notices_enter_contact": Request(  # refused to both: seven digits
            Right.SERVE,
            body={"kind": "phone", "value": "8700000", "since": "2026-03-02"},
            status=409,
        ),
        "notices_confirm": Request(Right.SERVE, {"contact_id": 999_999}, status=404),
        "notices_end": Request(Right.SERVE, {"contact_id": 999_999}, body=reason, status=404),
        "notices_reveal": Request(Right.REVEAL, {"contact_id": 999_999}, body=reason, status=404),
        "notices_liaisons": Request(see),
        "notices_name": Request(  # refused to both: it lies ahead
            Right.SERVE, body={"name": "某人", "since": "2099-01-01"}, status=409
        ),
        "notices_prompt_list": Request(see),
        "notices_one_prompt": Request(see, {"number": 99}, status=404),
        "notices_start_prompt": Request(  # refused to all: this contract asks for no such notice
            Right.RECORD,
            body={
                "term": "none",
                "subject": "断网",
                "event_at": "2026-03-02T10:00:00+08:00",
                "text": "已断网",
            },
            status=409,
        ),
        "notices_leg": Request(
            Right.RECORD,
            {"number": 99},
            body={"channel": "mail", "contact": 1, "sent_at": "2026-03-02T10:00:00+08:00"},
            status=404,
        ),
        "notices_send": Request(Right.RECORD, {"number": 99}, status=404),
        "log_checkpoints": Request(see),
        "log_log": Request(see),
        "log_consistency": Request(see, query={"m": 1}),
        "log_releases": Request(see),
        "log_release": Request(see, {"digest": at.release}),
        "log_changes": Request(see, {"digest": at.release}, query={"since": at.release}),
        "people_contract_people": Request(see),
        "people_contract_audit": Request(Right.AUDIT),
        "people_audit": Request(ADMINISTRATOR),
        "trail_entry": Request(ADMINISTRATOR, {"entry_id": 1}),
        "trail_contract_entry": Request(Right.AUDIT, {"entry_id": at.entry}),
        "trail_person_standing": Request(ADMINISTRATOR, person, query={"first": "2026-03-03"}),
        "trail_standing_on": Request(
            ADMINISTRATOR, query={"contract": SECURITY, "first": "2026-03-03"}
        ),
        "trail_contract_standing": Request(Right.AUDIT, query={"first": "2026-03-03"}),
        "trail_packs": Request(ADMINISTRATOR),
        "trail_new_pack": Request(ADMINISTRATOR, body={"year": 2020}, status=201),
        "trail_pack_file": Request(ADMINISTRATOR, {"pack_id": 999_999}, status=404),
        "trail_contract_packs": Request(Right.AUDIT),
        "trail_new_contract_pack": Request(Right.AUDIT, body={"year": 2020}, status=201),
        "trail_contract_pack_file": Request(Right.AUDIT, {"pack_id": 999_999}, status=404),
        "trail_chain": Request(ADMINISTRATOR),
        "people_accounts": Request(ADMINISTRATOR),
        "people_new_account": Request(
            ADMINISTRATOR,
            body={"username": "newcomer", "name": "新来的", "password": "a-long-password-7"},
            status=201,
        ),
        "people_account": Request(ADMINISTRATOR, person),
        "people_rename": Request(ADMINISTRATOR, person, body={"name": "改名后", **reason}),
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
        "imports_bring": Request(
            ADMINISTRATOR, {"kind": "organisations"}, file=b"id,name\r\nnew-one,x\r\n"
        ),
        "imports_import_template": Request(ADMINISTRATOR, {"kind": "people"}),
        "imports_bring_contacts": Request(Right.SERVE, file=SHEET),
        "imports_contacts_failed": Request(Right.SERVE, file=SHEET),
        "imports_contacts_template": Request(Right.SERVE),
        "jobs_jobs": Request(ADMINISTRATOR),
        "jobs_job": Request(ADMINISTRATOR, no_job, status=404),
        "jobs_retry": Request(ADMINISTRATOR, no_job, body=reason, status=404),
        "jobs_drop": Request(ADMINISTRATOR, no_job, body=reason, status=404),
        "jobs_schedules": Request(ADMINISTRATOR),
        "jobs_run": Request(ADMINISTRATOR, {"name": "jobs.prune"}, body=reason),
        "jobs_workers": Request(ADMINISTRATOR),
        "security_my_logins": Request(ANYBODY),
        "security_end_login": Request(ANYBODY, {"login_id": 999_999}, status=404),
        "security_end_logins": Request(ANYBODY, status=204),
        "security_factors": Request(ANYBODY),
        "security_remove_factor": Request(
            ANYBODY, {"factor_id": "app"}, body={"code": "000000"}, status=404
        ),
        "security_ways": Request(ANYBODY),
        "security_set_way": Request(ANYBODY, {"kind": "phone"}, body={"value": "13800001234"}),
        "security_remove_way": Request(ANYBODY, {"kind": "phone"}, status=204),
        "security_send_code": Request(ANYBODY, {"kind": "mail"}, status=409),
        "security_verify_way": Request(
            ANYBODY, {"kind": "mail"}, body={"code": "000000"}, status=409
        ),
        "standing_of_organisation": Request(ADMINISTRATOR, {"organisation": "none"}, status=404),
        "standing_new_department": Request(
            ADMINISTRATOR, {"organisation": "none"}, body={"name": "信息处"}, status=404
        ),
        "standing_move": Request(ADMINISTRATOR, person, body={"department": None}, status=204),
        "standing_end": Request(
            ADMINISTRATOR,
            person,
            body={"last": "2099-12-31", "temporary": True, **reason},
            status=204,
        ),
        "standing_logins_of": Request(ADMINISTRATOR, person),
        "standing_end_logins": Request(ADMINISTRATOR, person, status=204),
        "standing_unlock": Request(ADMINISTRATOR, person, status=204),
        "standing_reset_second_factor": Request(ADMINISTRATOR, person, body=reason, status=204),
        "standing_unmake_administrator": Request(ADMINISTRATOR, person, body=reason, status=204),
        "standing_second_step_roles": Request(ADMINISTRATOR),
        "standing_set_second_step_roles": Request(ADMINISTRATOR, body={"roles": ["buyer"]}),
        "standing_leaving_of": Request(ADMINISTRATOR, person),
        "standing_leave": Request(ADMINISTRATOR, person, body=reason),
        "standing_all_invitations": Request(ADMINISTRATOR),
        "standing_invite": Request(ADMINISTRATOR, body={"name": "受邀人"}, status=201),
        "standing_revoke_invitation": Request(
            ADMINISTRATOR, {"invitation_id": 999_999}, status=404
        ),
        "people_organisations": Request(ADMINISTRATOR),
        "people_new_organisation": Request(
            ADMINISTRATOR, body={"id": "data-centre", "name": "某数据中心"}, status=201
        ),
        "tools_deadline_of": Request(
            ANYBODY, query={"start": "2026-02-09", "within": 10, "unit": "working-days"}
        ),
        "tools_marks": Request(ANYBODY),
        "inbox_messages": Request(ANYBODY),
        "inbox_message": Request(ANYBODY, {"message_id": 999_999}, status=404),
        "inbox_read": Request(ANYBODY, {"message_id": 999_999}, status=404),
        "inbox_unread": Request(ANYBODY, {"message_id": 999_999}, status=404),
        "inbox_read_all": Request(ANYBODY),
        "inbox_notice_settings": Request(ANYBODY),
        "inbox_choose": Request(ANYBODY, body={"ways": {"reminder": ["mail"]}}),
        "channels_channels": Request(ADMINISTRATOR),
        "channels_new_channel": Request(ADMINISTRATOR, body=MAIL_CHANNEL, status=201),
        "channels_channel": Request(ADMINISTRATOR, channel, status=404),
        "channels_change": Request(
            ADMINISTRATOR, channel, body={"name": "邮件", "settings": {}}, status=404
        ),
        "channels_try_channel": Request(ADMINISTRATOR, channel, body={"target": ""}, status=404),
        "channels_switch": Request(
            ADMINISTRATOR, channel, body={"on": False, **reason}, status=404
        ),
        "channels_legs": Request(ADMINISTRATOR, channel, status=404),
        "channels_leg": Request(ADMINISTRATOR, {**channel, "leg_id": 999_999}, status=404),
        "channels_again": Request(ADMINISTRATOR, {**channel, "leg_id": 999_999}, status=404),
        # A subscription is seen by its own side alone; tests/notices has those who see one.
        "channels_webhooks": Request(Right.SUBSCRIBE),
        "channels_webhook": Request(Right.SUBSCRIBE, channel, status=404),
        "channels_try_webhook": Request(Right.SUBSCRIBE, channel, status=404),
        "channels_choose_events": Request(
            Right.SUBSCRIBE, channel, body={"events": ["fact.recorded"]}, status=404
        ),
        "channels_switch_webhook": Request(
            Right.SUBSCRIBE, channel, body={"on": False, **reason}, status=404
        ),
        "channels_webhook_legs": Request(Right.SUBSCRIBE, channel, status=404),
        "channels_webhook_leg": Request(
            Right.SUBSCRIBE, {**channel, "leg_id": 999_999}, status=404
        ),
        "channels_webhook_again": Request(
            Right.SUBSCRIBE, {**channel, "leg_id": 999_999}, status=404
        ),
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
