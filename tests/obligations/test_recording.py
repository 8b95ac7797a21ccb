"""Putting facts on record: who may, once only, nobody overtaken in silence, and nothing half done."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import audit_trail, seat_of
from lvyue.contracts.actions import register_release
from lvyue.core.doubts import Refused
from lvyue.core.facts import FactId
from lvyue.evidence import queries as evidence
from lvyue.evidence.actions import FILE_LIMIT, LineState, import_facts, open_log
from lvyue.evidence.vault import Condition, condition_of, path_of
from lvyue.library.loader import text_of
from lvyue.obligations.actions import recording
from lvyue.obligations.actions.recording import (
    AnotherFact,
    Denied,
    Overtaken,
    attach_file,
    bring_facts,
    correct_fact,
    import_upload,
    preview_upload,
    record_fact,
    withdraw_fact,
)
from lvyue.obligations.drafting import Draft
from lvyue.obligations.logbook import Fates, fact_sheet
from lvyue.obligations.queries import snapshots, statement_of
from lvyue.obligations.rehearsal import rehearse
from tests.conftest import Person

CONTRACT = "security-support-2026"
OTHER = "cloud-lease-2025"
TODAY = date(2026, 11, 21)
BEGUN = 12  # so many facts of the demonstration stand in the log when a test begins

Sit = Callable[[str], Seat]


@pytest.fixture(autouse=True)
def _a_day_and_a_vault_of_its_own(tmp_path: Path) -> Iterator[None]:
    with time_machine.travel("2026-11-21T10:00:00+08:00"), override_settings(HOME=tmp_path):
        yield


def begin(contract_id: str = CONTRACT) -> None:
    """One contract with the first facts of its demonstration."""
    body = text_of(contract_id)
    digest = hashlib.sha256(body.encode()).hexdigest()
    register_release(contract_id, "示例合同", body, digest, by="测试", demonstration=True)
    open_log(contract_id, by="测试")
    file = resources.files("lvyue.library") / "demonstration" / f"{contract_id}.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)[:BEGUN]
    import_facts(contract_id, lines, by="演示载入", source="演示.jsonl")


@pytest.fixture
def contract(db: None) -> str:  # noqa: ARG001  the register is in the database
    begin()
    return CONTRACT


@pytest.fixture
def sit(contract: str, person: Person) -> Sit:
    """`sit("buyer")`: somebody who is just this on the contract."""
    return lambda role: seat_of(person(role, contract), contract)


def draft(kind: str, identity: str = "f-1", at: str = "2026-11-20", **more: Any) -> Draft:
    subject = more.pop("subject", None)
    files = tuple(more.pop("evidence", ()))
    return Draft(FactId(identity), kind, date.fromisoformat(at), subject, more, files)


def restored(identity: str = "f-1", subject: str = "工单-7", **more: Any) -> Draft:
    return draft("ticket.restored", identity, subject=subject, **more)


def size() -> int:
    return evidence.checkpoint_at(CONTRACT).size


# ── one fact ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_is_on_record_with_who_and_when_and_leaves_its_trace(
    contract: str, sit: Sit
) -> None:
    done = record_fact(contract, restored(), by=sit("engineer"), seen_size=BEGUN)

    row = evidence.entry(contract, "f-1")
    assert row is not None
    assert bytes(row.raw) == restored().line
    assert (done.size, done.already, done.fact.index) == (BEGUN + 1, False, BEGUN)
    assert row.checkpoint.recorded_by == "engineer-1"
    assert row.checkpoint.count == 1
    trace = audit_trail(contract)[0]
    assert (trace.act, trace.about, trace.who, trace.roles) == (
        "fact.recorded",
        "f-1",
        "engineer-1",
        "乙方工程师",
    )
    assert evidence.verify_log(contract) == []


def test_lists_follow_once_the_fact_is_safe(
    contract: str, sit: Sit, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        record_fact(contract, restored(), by=sit("engineer"))

    assert snapshots().get(pk=contract).size == BEGUN + 1


def test_a_fact_stays_on_record_though_the_lists_cannot_follow(
    contract: str,
    sit: Sit,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_contract: str) -> None:
        raise RuntimeError("the lists are broken")

    monkeypatch.setattr(recording, "refresh", broken)
    with django_capture_on_commit_callbacks(execute=True):
        record_fact(contract, restored(), by=sit("engineer"))

    assert evidence.entry(contract, "f-1") is not None


@pytest.mark.parametrize(
    ("role", "draft_", "says"),
    [
        ("auditor", restored(), "您是审计，不能登记事实"),
        ("buyer", restored(), "这件事应由乙方登记"),
        (
            "supplier_manager",
            draft("payment.made", instalment=2, amount_fen=48_256_000),
            "这件事应由甲方登记",
        ),
        ("engineer", draft("acceptance.submitted"), "应由乙方项目经理登记"),
        ("using_department", draft("payment.made", instalment=2, amount_fen=1), "使用部门"),
        (
            "buyer",
            draft("parameter.agreed", parameter="p", value="4 hours", paper="x"),
            "由双方签署",
        ),
        ("buyer", draft("duty.performed", term="access-review"), "这件事应由乙方登记"),
        ("supplier_manager", draft("duty.breached", term="access-review"), "这件事应由甲方登记"),
    ],
)
def test_who_must_not_record_is_told_why_and_nothing_is_on_record(
    contract: str, sit: Sit, role: str, draft_: Draft, says: str
) -> None:
    with pytest.raises(Denied, match=says) as caught:
        record_fact(contract, draft_, by=sit(role))

    assert not caught.value.ruling
    assert size() == BEGUN
    assert not audit_trail(contract).filter(act="fact.recorded").exists()


def test_somebody_of_another_contract_records_nothing_here(contract: str, person: Person) -> None:
    stranger = seat_of(person("engineer", OTHER), contract)

    with pytest.raises(Denied, match="没有任职"):
        record_fact(contract, restored(), by=stranger)


def test_what_is_no_fact_is_refused_field_by_field(contract: str, sit: Sit) -> None:
    with pytest.raises(Refused, match="缺少“周期”"):
        record_fact(contract, draft("inspection.done"), by=sit("engineer"))

    assert size() == BEGUN


# ── once only ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_form_sent_twice_is_one_fact(contract: str, sit: Sit) -> None:
    by = sit("engineer")
    record_fact(contract, restored(), by=by, seen_size=BEGUN)

    again = record_fact(contract, restored(), by=by, seen_size=BEGUN)

    assert again.already
    assert again.fact.index == BEGUN
    assert size() == BEGUN + 1
    assert audit_trail(contract).filter(act="fact.recorded").count() == 1


def test_the_same_form_with_another_content_is_refused_and_names_both(
    contract: str, sit: Sit
) -> None:
    by = sit("engineer")
    record_fact(contract, restored(), by=by)

    with pytest.raises(AnotherFact) as caught:
        record_fact(contract, restored(at="2026-11-19"), by=by)

    assert (caught.value.there.day, caught.value.draft.at) == (
        date(2026, 11, 20),
        date(2026, 11, 19),
    )
    assert size() == BEGUN + 1


def test_an_id_of_another_contract_is_free_here(contract: str, person: Person) -> None:
    """事实编号在一份日志内唯一：别的合同的编号既不泄露，也不相撞。"""
    begin(OTHER)
    theirs = seat_of(person("engineer", OTHER), OTHER)
    record_fact(OTHER, restored(), by=theirs)
    ours = seat_of(person("engineer", contract), contract)

    assert not record_fact(contract, restored(), by=ours).already


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_second_of_two_sees_what_the_first_recorded(contract: str, sit: Sit) -> None:
    record_fact(contract, restored("f-1"), by=sit("engineer"), seen_size=BEGUN)

    with pytest.raises(Overtaken) as caught:
        record_fact(contract, restored("f-2"), by=sit("supplier_manager"), seen_size=BEGUN)

    assert [one.id for one in caught.value.others] == ["f-1"]
    knowing = caught.value.size
    assert not record_fact(
        contract, restored("f-2"), by=sit("supplier_manager"), seen_size=knowing
    ).already


def test_other_news_holds_nobody_up(contract: str, sit: Sit) -> None:
    by = sit("engineer")
    record_fact(contract, restored("f-1", "工单-7"), by=by, seen_size=BEGUN)

    assert (
        record_fact(contract, restored("f-2", "工单-8"), by=by, seen_size=BEGUN).size == BEGUN + 2
    )


def test_two_instalments_are_two_things_though_neither_has_a_subject(
    contract: str, sit: Sit
) -> None:
    by = sit("buyer")
    for number in (1, 2):
        paid = draft("treasury.released", f"f-{number}", instalment=number)
        record_fact(contract, paid, by=by, seen_size=BEGUN)

    assert size() == BEGUN + 2


def test_two_corrections_of_one_fact_are_one_thing(contract: str, sit: Sit) -> None:
    by = sit("engineer")
    record_fact(contract, restored(), by=by)
    correct_fact(
        contract, "f-1", at=date(2026, 11, 19), reason="抄错", by=by, on=TODAY, seen_size=BEGUN + 1
    )

    with pytest.raises(Overtaken):
        withdraw_fact(contract, "f-1", reason="重复", by=by, on=TODAY, seen_size=BEGUN + 1)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_moment_get_one_fact_and_one_question(person: Person) -> None:
    begin()
    seats = [seat_of(person(role, CONTRACT), CONTRACT) for role in ("engineer", "supplier_manager")]
    gate, answers = threading.Barrier(2), list[str]()

    def record(number: int) -> None:
        try:
            gate.wait(10)
            record_fact(CONTRACT, restored(f"f-{number}"), by=seats[number], seen_size=BEGUN)
            answers.append("recorded")
        except Overtaken:
            answers.append("overtaken")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=record, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(answers) == ["overtaken", "recorded"]
    assert size() == BEGUN + 1
    assert evidence.verify_log(CONTRACT) == []


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_fact_even_at_the_same_moment(person: Person) -> None:
    begin()
    seat = seat_of(person("engineer", CONTRACT), CONTRACT)
    gate, answers = threading.Barrier(2), list[bool]()

    def click() -> None:
        try:
            gate.wait(10)
            answers.append(record_fact(CONTRACT, restored(), by=seat, seen_size=BEGUN).already)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(answers) == [False, True]
    assert size() == BEGUN + 1


# ── corrections ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_of_a_correction_is_a_chain_and_the_last_counts(
    contract: str, sit: Sit
) -> None:
    by = sit("engineer")
    record_fact(contract, restored(), by=by)
    first = correct_fact(
        contract, "f-1", at=date(2026, 11, 19), reason="抄错", by=by, on=TODAY, identity="c-1"
    )
    correct_fact(
        contract,
        first.fact.id,
        at=date(2026, 11, 18),
        reason="又抄错",
        by=by,
        on=TODAY,
        identity="c-2",
    )

    sheet = fact_sheet(contract, "c-1", by, TODAY)

    assert sheet is not None
    assert [link.line.view.id for link in sheet.chain] == ["f-1", "c-1", "c-2"]
    assert [link.line.fate.word for link in sheet.chain] == ["已更正", "已被取代", ""]
    assert (sheet.root, sheet.chain[0].line.fate.at) == ("f-1", "2026-11-18")
    stands = statement_of(contract, TODAY).evaluation.book.by_kind["ticket.restored"]
    assert [fact.day for fact in stands if fact.id == "f-1"] == [date(2026, 11, 18)]


def test_undoing_is_withdrawing_and_a_withdrawn_correction_is_undone(
    contract: str, sit: Sit
) -> None:
    by = sit("engineer")
    record_fact(contract, restored(), by=by)
    correct_fact(
        contract, "f-1", at=date(2026, 11, 19), reason="抄错", by=by, on=TODAY, identity="c"
    )
    withdraw_fact(contract, "c", reason="原来没错", by=by, on=TODAY)

    fates = Fates(evidence.corrections(contract))
    fact, correction = evidence.facts_named(contract, ["f-1", "c"])

    assert (fates.of(fact).word, fates.of(correction).word) == ("", "已撤回")
    stands = statement_of(contract, TODAY).evaluation.book.by_kind["ticket.restored"]
    assert [one.day for one in stands if one.id == "f-1"] == [date(2026, 11, 20)]


def test_withdrawing_needs_a_reason(contract: str, sit: Sit) -> None:
    by = sit("engineer")
    record_fact(contract, restored(), by=by)

    with pytest.raises(Refused, match="“理由”应是文字，不能为空"):
        withdraw_fact(contract, "f-1", reason=" ", by=by, on=TODAY)


def test_only_the_side_that_recorded_a_fact_takes_it_back(contract: str, sit: Sit) -> None:
    opened = draft("ticket.opened", subject="工单-9", **{"class": "incident"})
    record_fact(contract, opened, by=sit("using_department"))

    for role in ("engineer", "supplier_manager"):  # who might have recorded it themselves
        with pytest.raises(Denied, match=r"由甲方登记，只有甲方可以撤回。您可以提出异议"):
            withdraw_fact(contract, "f-1", reason="不对", by=sit(role), on=TODAY)

    assert (
        withdraw_fact(contract, "f-1", reason="误报", by=sit("buyer"), on=TODAY).size == BEGUN + 2
    )


def test_an_engineer_takes_back_no_paper_of_the_manager(contract: str, sit: Sit) -> None:
    record_fact(contract, draft("staff.announced"), by=sit("supplier_manager"))

    with pytest.raises(Denied, match="应由乙方项目经理登记"):
        withdraw_fact(contract, "f-1", reason="不对", by=sit("engineer"), on=TODAY)


def test_what_nobody_recorded_goes_by_its_kind(contract: str, sit: Sit) -> None:
    """载入的事实没有登记方：谁能登记这种事实，谁能更正。"""
    loaded = next(
        fact for fact in evidence.prefix(contract).facts if fact.kind == "contract.effective"
    )

    with pytest.raises(Denied, match="这件事应由甲方登记"):
        withdraw_fact(contract, loaded.id, reason="不对", by=sit("supplier_manager"), on=TODAY)

    done = withdraw_fact(contract, loaded.id, reason="重复", by=sit("buyer"), on=TODAY)
    assert done.size == BEGUN + 1


def test_what_both_signed_nobody_takes_back_alone(contract: str, sit: Sit) -> None:
    both = draft("parameter.agreed", parameter="p", value="4 hours", paper="x").line
    import_facts(contract, [both], by="演示载入", source="")

    with pytest.raises(Denied, match="由双方签署"):
        withdraw_fact(contract, "f-1", reason="不对", by=sit("buyer"), on=TODAY)


@pytest.mark.parametrize("of", ["nobody", "demo-002"])
def test_a_fact_of_another_log_cannot_be_corrected_from_here(
    contract: str, person: Person, of: str
) -> None:
    begin(OTHER)
    here = seat_of(person("buyer", contract), contract)
    named = evidence.facts_named(contract, [of])

    if named:
        assert named[0].id == of  # the same id, but our own fact
        return
    with pytest.raises(Refused, match="日志里没有编号为“nobody”的事实"):
        withdraw_fact(contract, of, reason="不对", by=here, on=TODAY)


# ── misgivings ───────────────────────────────────────────────────────────────────────────────────────────────────


def misgivings(draft_: Draft, seen: int | None = None) -> dict[str, bool]:
    found = rehearse(CONTRACT, draft_, TODAY, seen).misgivings
    return {one.key: one.must for one in found}


@pytest.mark.parametrize(
    ("draft_", "key"),
    [
        (restored(at="2026-12-01"), "future"),
        (restored(at="2026-03-01"), "old"),
        (restored(at="2026-02-01"), "before"),
        (draft("payment.made", instalment=9, amount_fen=1), "stray"),
        (draft("duty.performed", term="no-such-term"), "stray"),
        (draft("maintenance.completed"), "unheard"),
    ],
)
def test_what_may_be_wrong_is_asked_before_it_is_on_record(
    contract: str, draft_: Draft, key: str
) -> None:
    assert misgivings(draft_)[key], contract


def test_a_likely_double_is_asked_about(contract: str, sit: Sit) -> None:
    record_fact(contract, restored("f-1"), by=sit("engineer"))

    assert misgivings(restored("f-2"))["twin"]
    assert "twin" not in misgivings(restored("f-2", "工单-8"))
    assert "twin" not in misgivings(restored("f-2", at="2026-11-19"))


def test_a_subject_that_differs_only_in_its_spelling_is_asked_about(
    contract: str, sit: Sit
) -> None:
    record_fact(contract, restored("f-1", "工单-7"), by=sit("engineer"))

    assert misgivings(restored("f-2", "工单－７"))["spelling"]
    assert "spelling" not in misgivings(restored("f-2", "工单-7"))


def test_what_others_recorded_meanwhile_is_asked_about_and_news_told(
    contract: str, sit: Sit
) -> None:
    record_fact(contract, restored("f-1"), by=sit("engineer"))

    rehearsal = rehearse(contract, restored("f-2"), TODAY, BEGUN)

    assert [one.id for one in rehearsal.others] == ["f-1"]
    assert rehearsal.unanswered(frozenset({"twin"}))[0].key == f"others-{BEGUN + 1}"
    assert rehearse(contract, restored("f-2", "工单-8"), TODAY, BEGUN).news == 1


def test_a_deadline_in_a_year_without_notice_is_provisional(contract: str) -> None:
    late = draft("hazard.notified", at="2026-12-28", subject="隐患-99")

    found = rehearse(contract, late, date(2026, 12, 29)).misgivings

    assert "provisional" in {one.key for one in found}


def test_the_rehearsal_says_what_moves_and_saves_nothing(contract: str) -> None:
    invoice = draft("payment.made", at="2026-03-20", instalment=1, amount_fen=100)

    rehearsal = rehearse(contract, invoice, TODAY)

    assert rehearsal.difference is not None
    assert not rehearsal.difference.is_empty
    assert size() == BEGUN


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_proves_a_fact_by_its_bytes(contract: str, sit: Sit) -> None:
    by = sit("engineer")
    file = attach_file(contract, r"C:\照片\机房.png", [b"\x89PNG\r\n\x1a\n", b"..."], by=by)
    proved = draft("inspection.done", cycle="weekly", evidence=[file.sha256])

    record_fact(contract, proved, by=by)

    assert (file.name, file.media_type, file.size) == ("机房.png", "image/png", 11)
    sheet = fact_sheet(contract, "f-1", by, TODAY)
    assert sheet is not None
    assert [(one.name, one.condition) for one in sheet.files] == [("机房.png", Condition.WHOLE)]
    assert json.loads(sheet.raw)["evidence"] == [file.sha256]


def test_the_same_file_for_two_inspections_is_asked_about(contract: str, sit: Sit) -> None:
    """OBL-05：同一个文件证明两次巡检"""
    by = sit("engineer")
    file = attach_file(contract, "机房.png", [b"..."], by=by)
    one = draft("inspection.done", cycle="weekly", evidence=[file.sha256])
    record_fact(contract, one, by=by)

    twice = replace(one, id=FactId("f-2"), at=date(2026, 11, 13))
    other = draft("maintenance.completed", "f-3", evidence=[file.sha256])

    key = f"file-{file.sha256[:12]}"
    assert misgivings(twice)[key]
    assert not misgivings(other)[key]
    record_fact(contract, twice, by=by)
    sheet = fact_sheet(contract, "f-2", by, TODAY)
    assert sheet is not None
    assert sheet.files[0].others == ("f-1",)


def test_a_file_that_was_changed_or_lost_is_told(contract: str, sit: Sit) -> None:
    file = attach_file(contract, "机房.png", [b"..."], by=sit("engineer"))

    path_of(file.sha256).write_bytes(b"another")
    assert condition_of(file.sha256) is Condition.CHANGED
    path_of(file.sha256).unlink()
    assert condition_of(file.sha256) is Condition.MISSING
    attach_file(contract, "机房.png", [b"..."], by=sit("engineer"))
    assert condition_of(file.sha256) is Condition.WHOLE


def test_a_file_of_another_contract_proves_nothing_here(contract: str, person: Person) -> None:
    begin(OTHER)
    file = attach_file(OTHER, "机房.png", [b"..."], by=seat_of(person("engineer", OTHER), OTHER))
    here = seat_of(person("supplier_manager", contract), contract)

    with pytest.raises(Refused, match="还没有上传到这份合同"):
        record_fact(contract, restored(evidence=[file.sha256]), by=here)

    assert evidence.files(contract, [file.sha256]) == []


def test_an_empty_file_and_one_too_large_are_told_and_leave_nothing(
    contract: str, sit: Sit, tmp_path: Path
) -> None:
    by, chunk = sit("engineer"), bytes(1 << 20)

    with pytest.raises(Refused, match="是空文件"):
        attach_file(contract, "空.png", [], by=by)
    with pytest.raises(Refused, match="超过 50 MB"):
        attach_file(contract, "大.png", [chunk] * (FILE_LIMIT // len(chunk) + 1), by=by)

    assert [path for path in (tmp_path / "files").rglob("*") if ".arriving" in path.name] == []


def test_an_auditor_brings_no_file(contract: str, sit: Sit) -> None:
    with pytest.raises(Denied):
        attach_file(contract, "机房.png", [b"..."], by=sit("auditor"))


@pytest.mark.django_db(transaction=True)
def test_a_file_that_nobody_came_to_name_is_harmless(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """文件已写下、登记还没有提交就断了：日志里什么也没有，再来一次即可。"""
    begin()
    by = seat_of(person("engineer", CONTRACT), CONTRACT)

    def dies(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recording, "audit", dies)
        with pytest.raises(KeyboardInterrupt):
            attach_file(CONTRACT, "机房.png", [b"..."], by=by)
        with pytest.raises(KeyboardInterrupt):
            record_fact(CONTRACT, restored(), by=by)
    digest = hashlib.sha256(b"...").hexdigest()
    assert condition_of(digest) is Condition.WHOLE
    assert evidence.files(CONTRACT, [digest]) == []
    assert size() == BEGUN

    file = attach_file(CONTRACT, "机房.png", [b"..."], by=by)
    assert record_fact(CONTRACT, restored(evidence=[file.sha256]), by=by).size == BEGUN + 1
    assert evidence.verify_log(CONTRACT) == []


# ── by file ──────────────────────────────────────────────────────────────────────────────────────────────────────


def jsonl(*drafts: Draft) -> bytes:
    return b"".join(one.line + b"\n" for one in drafts)


def test_a_file_is_imported_whole_and_once(contract: str, sit: Sit) -> None:
    by = sit("supplier_manager")
    kept = bring_facts(contract, "工单.jsonl", [jsonl(restored("a"), restored("b"))], by=by)

    twin = [one.key for one in preview_upload(contract, kept, by=by).misgivings]
    first = import_upload(contract, kept, by=by, accepted=twin)
    second = import_upload(contract, kept, by=by)

    assert (first.added, second.added, second.ignored) == (2, 0, 2)
    assert evidence.checkpoint_at(contract).source == "工单.jsonl"
    acts = list(audit_trail(contract).values_list("act", flat=True))
    assert acts.count("facts.imported") == 1
    assert "facts.uploaded" in acts


def test_every_row_is_asked_about_its_right(contract: str, sit: Sit) -> None:
    """甲乙双方的事混在一个文件里：对方的事不能代为登记，整个文件都不导入。"""
    by = sit("supplier_manager")
    paid = draft("payment.made", "p", instalment=2, amount_fen=1)
    kept = bring_facts(contract, "混.jsonl", [jsonl(restored("a"), paid)], by=by)

    table = preview_upload(contract, kept, by=by)

    assert [row.state for row in table.rows] == [LineState.NEW, LineState.BAD]
    assert "应由甲方登记" in str(table.rows[1].doubts[0])
    with pytest.raises(Refused, match="应由甲方登记"):
        import_upload(contract, kept, by=by)
    assert size() == BEGUN
    assert table.failed() == paid.line + b"\n"


def test_an_import_may_withdraw_what_it_brought_itself(contract: str, sit: Sit) -> None:
    by = sit("supplier_manager")
    gone = draft("fact.withdrawn", "w", fact="a", reason="重复")
    theirs = draft("fact.withdrawn", "x", fact="demo-001", reason="重复")
    kept = bring_facts(contract, "工单.jsonl", [jsonl(restored("a"), gone, theirs)], by=by)

    states = [row.state for row in preview_upload(contract, kept, by=by).rows]

    assert states == [LineState.NEW, LineState.NEW, LineState.BAD]


HEAD = "id,kind,at,subject,data.class,data.instalment,data.amount_fen\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_becomes_the_lines_that_a_form_would_give(
    contract: str, sit: Sit, encoding: str
) -> None:
    text = HEAD + "甲-1,ticket.opened,２０２６年３月１日 9:30,工单-甲,incident,,\r\n\r\n"
    by = sit("supplier_manager")
    kept = bring_facts(contract, "工单.CSV", [text.encode(encoding)], by=by)

    old = [one.key for one in preview_upload(contract, kept, by=by).misgivings]
    import_upload(contract, kept, by=by, accepted=old)

    row = evidence.entry(contract, "甲-1")
    assert row is not None
    assert json.loads(bytes(row.raw)) == {
        "id": "甲-1",
        "kind": "ticket.opened",
        "at": "2026-03-01T09:30:00+08:00",
        "subject": "工单-甲",
        "data": {"class": "incident"},
    }


def test_money_in_a_file_is_fen_unless_its_unit_is_written(contract: str, sit: Sit) -> None:
    rows = [
        "a,payment.made,2026-11-20,,,2,48256000",
        'b,payment.made,2026-11-20,,,2,"482,560.00元"',
        "c,payment.made,2026-11-20,,,2,482560.00",
    ]
    by = sit("buyer")
    kept = bring_facts(contract, "付款.csv", [(HEAD + "\r\n".join(rows)).encode()], by=by)

    table = preview_upload(contract, kept, by=by)

    fields = [dict(row.view.fields)["付款金额"] for row in table.rows if row.view is not None]
    assert fields == ["¥482,560.00", "¥482,560.00"]
    bad = table.rows[2]
    assert bad.number == 4
    assert "第 4 行 列 data.amount_fen" in bad.doubts[0].places[0]
    assert "不是整数分" in bad.doubts[0].says


def test_failed_rows_come_back_as_a_file_that_can_be_mended_and_brought_again(
    contract: str, sit: Sit
) -> None:
    by = sit("supplier_manager")
    rows = ["a,ticket.opened,昨天,=工单,incident,,", "b,ticket.opened,2026-11-20,工单-2,incident,,"]
    kept = bring_facts(contract, "工单.csv", [(HEAD + "\n".join(rows)).encode()], by=by)

    failed = preview_upload(contract, kept, by=by).failed()

    text = failed.decode("utf-8-sig")
    assert text.splitlines()[0].endswith(",问题")
    assert "看不懂日期“昨天”" in text
    assert "'=工单" in text  # no spreadsheet runs it
    mended = bring_facts(
        contract, "改.csv", [failed.replace("昨天".encode(), b"2026-11-20", 1)], by=by
    )
    assert import_upload(contract, mended, by=by).added == 1
    row = evidence.entry(contract, "a")
    assert row is not None
    assert row.subject == "=工单"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("空.jsonl", b"\n\n", "没有一行事实"),
        ("表.csv", "编号,种类\r\n1,2\r\n".encode(), "没有这一列"),
        ("表.csv", b"id,kind,at,id\r\n", "出现了两次"),
        ("表.csv", b"\xff\xfe\x00\x01", "既不是 UTF-8 也不是 GB18030"),
        ("表.csv", b"id,kind,at\r\n\0", "不是 CSV 文本"),
        ("表.csv", b'id,kind,at\r\n"a', "读不成 CSV"),
        ("表.csv", b"id,kind,at\r\n", "没有一行事实"),
    ],
)
def test_a_file_that_is_none_is_told_with_its_remedy(
    contract: str, sit: Sit, name: str, content: bytes, says: str
) -> None:
    by = sit("buyer")
    kept = bring_facts(contract, name, [content], by=by)

    with pytest.raises(Refused, match=says):
        preview_upload(contract, kept, by=by)


@pytest.mark.parametrize("role", ["engineer", "using_department", "auditor"])
def test_only_the_two_who_answer_for_a_side_bring_files(contract: str, sit: Sit, role: str) -> None:
    with pytest.raises(Denied, match="不能批量导入事实"):
        bring_facts(contract, "工单.jsonl", [jsonl(restored())], by=sit(role))


def test_an_upload_that_was_damaged_is_not_imported(contract: str, sit: Sit) -> None:
    by = sit("supplier_manager")
    kept = bring_facts(contract, "工单.jsonl", [jsonl(restored())], by=by)
    path_of(kept.sha256).write_bytes(jsonl(restored("other")))

    with pytest.raises(Refused, match="内容变了"):
        import_upload(contract, kept, by=by)
