"""Facts enter a log all or none, once, in the order of their file, under one checkpoint."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from lvyue import clock
from lvyue.clock import SHANGHAI
from lvyue.contracts.actions import register_release
from lvyue.core.doubts import DoubtKind, Refused
from lvyue.evidence.actions import (
    ImportResult,
    LineState,
    import_facts,
    open_log,
    preview_facts,
)
from lvyue.evidence.files import read_facts
from lvyue.evidence.merkle import EMPTY_ROOT, leaf_hash
from lvyue.evidence.models import Checkpoint, Entry, Log
from lvyue.evidence.queries import checkpoint_at, checkpoints, entries, entry, logs, verify_log
from tests.evidence.cast import correction, line, opened, tickets, withdrawal


def imported(contract: str, content: list[bytes], source: str = "二月.jsonl") -> ImportResult:
    return import_facts(contract, content, by="王工", source=source)


def refusal(contract: str, content: list[bytes]) -> list[str]:
    """What is said of lines that must be refused, after a look that nothing of them came in."""
    before = checkpoint_at(contract).size
    with pytest.raises(Refused) as caught:
        imported(contract, content)
    assert checkpoint_at(contract).size == entries(contract).count() == before
    return [str(doubt) for doubt in caught.value.doubts]


def root_of(content: list[bytes]) -> str:
    return read_facts(BytesIO(b"".join(content))).root


# ── opening ──────────────────────────────────────────────────────────────────────────────────────


def test_a_new_log_is_empty_and_says_so(contract: str) -> None:
    checkpoint = checkpoint_at(contract)

    assert (checkpoint.size, checkpoint.root, checkpoint.count) == (0, EMPTY_ROOT.hex(), 0)
    assert checkpoint.recorded_by == "王工"
    assert verify_log(contract) == []


def test_a_log_that_is_opened_again_is_the_log_that_is_there(contract: str) -> None:
    imported(contract, tickets(1))

    again = open_log(contract, by="李工")

    assert [log.pk for log in logs()] == [again.pk]
    assert checkpoint_at(contract).size == 1


@pytest.mark.django_db
def test_only_a_contract_in_the_register_has_a_log() -> None:
    with pytest.raises(Refused, match="登记簿里没有这份合同。 请核对编号，或先登记这份合同。"):
        open_log("nobody", by="王工")

    assert not Log.objects.exists()


@pytest.mark.django_db
def test_without_a_log_nothing_is_imported_and_the_file_is_not_even_read() -> None:
    lines = iter(tickets(1))

    for act in (
        lambda: import_facts("nobody", lines, by="王工", source="x"),
        lambda: preview_facts("nobody", lines, source="x"),
    ):
        with pytest.raises(
            Refused, match="日志还没有设立。 请核对合同编号，或先为这份合同设立日志。"
        ):
            act()

    assert len([*lines]) == 1


# ── importing ────────────────────────────────────────────────────────────────────────────────────


def test_a_file_becomes_the_log_that_it_is_by_itself(contract: str) -> None:
    content = tickets(7)

    result = imported(contract, content)

    assert result == ImportResult(added=7, ignored=0, size=7, root=root_of(content))
    assert [bytes(row.raw) + b"\n" for row in entries(contract)] == content
    assert verify_log(contract) == []


def test_an_open_file_is_as_good_as_a_list(contract: str) -> None:
    content = tickets(3)

    result = import_facts(contract, BytesIO(b"".join(content)), by="王工", source="二月.jsonl")

    assert result.root == root_of(content)


def test_an_entry_repeats_its_leaf_for_listing(contract: str) -> None:
    imported(contract, [line("t-1"), *tickets(1)])
    plain, ticket = entries(contract)

    assert (plain.index, plain.kind, plain.subject, plain.at) == (
        0,
        "ticket.restored",
        None,
        "2026-02-09",
    )
    assert (ticket.index, ticket.fact_id, ticket.subject) == (1, "t-000000", "工单-0")
    assert (ticket.at, ticket.day) == ("2026-02-01T00:00:00+08:00", date(2026, 2, 1))
    assert ticket.leaf_hash == leaf_hash(bytes(ticket.raw)).hex()
    assert entry(contract, "t-000000") == ticket
    assert entry(contract, "t-000001") is None


def test_the_day_of_an_entry_is_the_day_in_shanghai(contract: str) -> None:
    imported(contract, [line("t-1", at="2026-02-08T20:00:00+00:00")])

    assert entries(contract).get().day == date(2026, 2, 9)


def test_each_import_leaves_one_checkpoint_with_its_source(contract: str) -> None:
    first, second = tickets(3), tickets(2, begin=3)

    imported(contract, first, "二月.jsonl")
    imported(contract, second, "三月.jsonl")

    assert [
        (one.size, one.count, one.source, one.recorded_by) for one in checkpoints(contract)
    ] == [
        (0, 0, "", "王工"),
        (3, 3, "二月.jsonl", "王工"),
        (5, 2, "三月.jsonl", "王工"),
    ]
    assert checkpoint_at(contract, 3).root == root_of(first)
    assert checkpoint_at(contract).root == root_of(first + second)
    assert [row.checkpoint.size for row in entries(contract)] == [3, 3, 3, 5, 5]


def test_the_same_file_again_adds_nothing_not_even_a_checkpoint(contract: str) -> None:
    first = imported(contract, tickets(5))

    again = imported(contract, tickets(5))

    assert again == ImportResult(added=0, ignored=5, size=5, root=first.root)
    assert checkpoints(contract).count() == 2


def test_a_longer_file_adds_only_what_is_new(contract: str) -> None:
    imported(contract, tickets(5))

    again = imported(contract, [*tickets(8), *tickets(2)])

    assert again == ImportResult(added=3, ignored=7, size=8, root=root_of(tickets(8)))


@pytest.mark.django_db
@given(st.lists(st.lists(st.integers(0, 20), max_size=12), max_size=5))
def test_in_how_many_files_facts_arrive_does_not_matter(files: list[list[int]]) -> None:
    pool = tickets(21)
    with transaction.atomic():
        contract = opened()
        for order in files:
            result = imported(contract, [pool[at] for at in order])
            assert result.added + result.ignored == len(order)
        assert checkpoint_at(contract).root == root_of(
            [pool[at] for order in files for at in order]
        )
        assert verify_log(contract) == []
        transaction.set_rollback(True)


def test_logs_of_two_contracts_do_not_meet(contract: str) -> None:
    register_release("cloud-2025", "云租用", "{}", "1" * 64, by="装载程序", demonstration=True)
    open_log("cloud-2025", by="王工")

    imported(contract, tickets(3))
    other = imported("cloud-2025", tickets(2))

    assert (other.added, other.size) == (2, 2)
    assert verify_log(contract) == verify_log("cloud-2025") == []


def test_more_than_one_batch_of_entries(contract: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lvyue.evidence.actions.ENTRIES_AT_ONCE", 4)
    monkeypatch.setattr("lvyue.evidence.actions.IDS_AT_ONCE", 3)

    imported(contract, tickets(10))
    result = imported(contract, tickets(23))

    assert (result.added, result.ignored, result.root) == (13, 10, root_of(tickets(23)))
    assert verify_log(contract) == []


# ── refusing ─────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_line_keeps_the_whole_file_out(contract: str) -> None:
    assert refusal(contract, [*tickets(3), b"{\n", line("t-9", at="九日")]) == [
        (
            "二月.jsonl 第 4 行: 不是有效的 JSON：Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)。 每行写一个 JSON 对象，用 UTF-8 编码。"
        ),
        (
            "二月.jsonl 第 5 行 字段 at: “九日”不是有效的日期或时刻；"
            "请写成 2026-02-09 或 2026-02-09T10:30:00+08:00。"
        ),
    ]


def test_another_content_under_an_id_of_the_log_is_refused(contract: str) -> None:
    imported(contract, [line("t-1", subject="机房一")])

    (found,) = refusal(contract, [line("t-2"), line("t-1", subject="机房二")])

    assert found.startswith("二月.jsonl 第 2 行: 编号“t-1”在日志中已经有了，内容却不同。")
    assert "机房一" in found
    assert "机房二" in found
    assert "请用新的编号写一行 fact.corrected" in found


def test_what_is_wrong_with_lines_and_with_the_log_is_told_together_in_order(contract: str) -> None:
    imported(contract, [line("t-1", subject="机房一")])

    with pytest.raises(Refused) as caught:
        imported(contract, [line("t-1"), b"{\n", withdrawal("c-1", "t-9")])

    assert [(doubt.kind, doubt.places[0]) for doubt in caught.value.doubts] == [
        (DoubtKind.REFUSED, "二月.jsonl 第 1 行"),
        (DoubtKind.MALFORMED, "二月.jsonl 第 2 行"),
        (DoubtKind.REFUSED, "二月.jsonl 第 3 行 字段 data.fact"),
    ]


def test_a_correction_may_name_a_fact_of_the_log_or_of_the_file(contract: str) -> None:
    imported(contract, [line("t-1")])

    result = imported(
        contract,
        [correction("c-1", "t-1", "2026-02-10"), line("t-2"), withdrawal("c-2", "t-2")],
    )

    assert result.added == 3
    assert imported(contract, [withdrawal("c-2", "t-2")]).ignored == 1


def test_a_correction_of_nothing_is_refused_with_the_way_out(contract: str) -> None:
    assert refusal(contract, [correction("c-1", "t-1", "2026-02-10")]) == [
        (
            "二月.jsonl 第 1 行 字段 data.fact: 要更正的事实“t-1”不在日志里，也不在本文件这一行之前。 "
            "请核对编号；如果它写在后面，请把它移到这一行之前；如果还没有登记，就不需要更正。"
        )
    ]


def test_a_fault_in_the_middle_leaves_nothing(
    contract: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lvyue.evidence.actions.ENTRIES_AT_ONCE", 2)
    made = 0

    def breaking(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal made
        made += many
        if many and made == 3:
            raise OSError("the disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(breaking), pytest.raises(OSError, match="disk is full"):
        imported(contract, tickets(9))

    assert (Entry.objects.count(), checkpoint_at(contract).size) == (0, 0)
    assert verify_log(contract) == []


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


def test_recorded_time_never_goes_back(contract: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when somebody sets the clock back between two imports."""
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    imported(contract, tickets(1))
    monkeypatch.setattr(clock, "now", lambda: datetime(2020, 1, 1, tzinfo=SHANGHAI))

    imported(contract, tickets(2))

    assert checkpoint_at(contract, 2).recorded_at == later
    assert entries(contract).get(index=1).recorded_at == later
    assert verify_log(contract) == []


# ── preview ──────────────────────────────────────────────────────────────────────────────────────


def test_a_preview_says_of_each_line_what_importing_would_do_and_does_nothing(
    contract: str,
) -> None:
    imported(contract, [line("t-1"), line("t-2")])

    found = preview_facts(
        contract,
        [
            line("t-1"),
            b"\n",
            line("t-3"),
            line("t-3"),
            line("t-2", subject="机房"),
            b"{\n",
            withdrawal("c-1", "t-9"),
            withdrawal("c-2", "t-3"),
        ],
        source="三月.jsonl",
    )

    assert [(row.number, row.state.zh, row.fact and row.fact.id) for row in found.lines] == [
        (1, "已有，忽略", None),
        (3, "新增", "t-3"),
        (4, "已有，忽略", None),
        (5, "有误", None),
        (6, "有误", None),
        (7, "有误", None),
        (8, "新增", "c-2"),
    ]
    assert [len(row.doubts) for row in found.lines] == [0, 0, 0, 1, 1, 1, 0]
    assert [found.count(state) for state in LineState] == [2, 2, 3]
    assert found.size == checkpoint_at(contract).size == 2


# ── two at once ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_importers_at_once_leave_neither_gap_nor_duplicate() -> None:
    """Each brings facts of its own and facts that the others bring too, in many small files."""
    contract = opened()
    importers, files, shared = 4, 6, tickets(20)
    together, faults, results = Barrier(importers), list[Exception](), list[ImportResult]()

    def work(number: int) -> None:
        try:
            together.wait(timeout=10)
            for file in range(files):
                own = tickets(5, begin=1000 * (number + 1) + 5 * file)
                results.append(imported(contract, [*own, *shared]))
        except Exception as fault:  # noqa: BLE001  a thread's fault is the test's
            faults.append(fault)
        finally:
            connection.close()

    workers = [Thread(target=work, args=(number,)) for number in range(importers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    size = importers * files * 5 + len(shared)
    assert faults == []
    assert verify_log(contract) == []
    assert list(entries(contract).values_list("index", flat=True)) == list(range(size))
    assert sum(result.added for result in results) == size
    assert sorted({result.size for result in results}) == [
        one.size for one in Checkpoint.objects.exclude(size=0).order_by("size")
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_open_the_same_log_at_once_get_one() -> None:
    register_release("hall-2025", "大厅运维", "{}", "0" * 64, by="装载程序", demonstration=True)
    together, faults = Barrier(2), list[Exception]()

    def work() -> None:
        try:
            together.wait(timeout=10)
            open_log("hall-2025", by="王工")
        except Exception as fault:  # noqa: BLE001  a thread's fault is the test's
            faults.append(fault)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert faults == []
    assert (Log.objects.count(), Checkpoint.objects.count()) == (1, 1)
