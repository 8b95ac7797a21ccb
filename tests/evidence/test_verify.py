"""What is read from a log, what is proved about it, and that nothing can be changed in it unnoticed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from lvyue.core.doubts import Doubt, DoubtKind, Refused, Severity
from lvyue.evidence.actions import import_facts, open_log
from lvyue.evidence.merkle import (
    EMPTY_ROOT,
    InvalidProof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from lvyue.evidence.models import Checkpoint, Entry
from lvyue.evidence.queries import (
    DOUBTS_LIMIT,
    checkpoint_at,
    checkpoints,
    consistency,
    entries,
    entry,
    inclusion,
    prefix,
    verify_log,
)
from tests.evidence.cast import line, tickets
from tests.evidence.guards import guards_down


@pytest.fixture
def filled(contract: str) -> str:
    """Nine entries under three checkpoints: 4, 7 and 9."""
    for size, name in ((4, "一月"), (7, "二月"), (9, "三月")):
        import_facts(contract, tickets(size), by="王工", source=f"{name}.jsonl")
    return contract


LEAVES = [leaf_hash(fact.rstrip(b"\n")) for fact in tickets(9)]


def said(doubts: list[Doubt]) -> list[str]:
    return [f"{doubt.places[0]}: {doubt.says}" for doubt in doubts]


def found(contract: str) -> list[str]:
    """What verification says, without the name of the log."""
    return [
        says.removeprefix(f"合同 {contract} 的履约日志 ") for says in said(verify_log(contract))
    ]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [None, 0, 1, 4, 5, 9])
def test_a_prefix_is_its_facts_in_order_and_the_root_over_just_these(
    filled: str, size: int | None
) -> None:
    facts, upto, digest = prefix(filled, size)

    assert upto == (9 if size is None else size)
    assert [(fact.index, fact.id) for fact in facts] == [(at, f"t-{at:06}") for at in range(upto)]
    assert digest == root(LEAVES[:upto]).hex()


def test_a_prefix_once_taken_stays_what_it_was(filled: str) -> None:
    """What did we know then: the log as it was at a size, whatever came after."""
    before = prefix(filled, 7)

    import_facts(filled, [line("late")], by="王工", source="四月.jsonl")

    assert prefix(filled, 7) == before
    assert prefix(filled).size == 10


@pytest.mark.parametrize("size", [-1, 10])
def test_a_prefix_longer_than_the_log_is_refused(filled: str, size: int) -> None:
    with pytest.raises(Refused, match=rf"日志有 9 条，不能取前 {size} 条。 请取 0 到 9。"):
        prefix(filled, size)


def test_nothing_is_derived_from_a_log_that_was_changed(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=2).update(raw=line("t-000002").rstrip(b"\n"))

    with pytest.raises(
        Refused, match="前 9 条与检查点不符，不能据此计算。 请运行 lvyue log verify"
    ):
        prefix(filled)


def test_a_checkpoint_is_found_by_its_size_and_only_there(filled: str) -> None:
    assert checkpoint_at(filled, 7).source == "二月.jsonl"
    with pytest.raises(Refused, match="条数为 8 时没有检查点。"):
        checkpoint_at(filled, 8)


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────


def test_every_fact_is_proved_in_every_prefix_that_holds_it(filled: str) -> None:
    for size in range(1, 10):
        for index in range(size):
            shown = inclusion(filled, f"t-{index:06}", size)
            assert (shown.index, shown.size, shown.root) == (index, size, root(LEAVES[:size]))
            verify_inclusion(LEAVES[index], index, size, shown.proof, shown.root)
            with pytest.raises(InvalidProof):
                verify_inclusion(leaf_hash(b"{}"), index, size, shown.proof, shown.root)


def test_every_prefix_is_proved_to_begin_the_log(filled: str) -> None:
    for m in range(10):
        shown = consistency(filled, m)
        assert (shown.m, shown.n, shown.new_root) == (m, 9, root(LEAVES))
        assert shown.old_root == (root(LEAVES[:m]) if m else EMPTY_ROOT)
        verify_consistency(m, 9, shown.proof, shown.old_root, shown.new_root)


def test_what_is_not_in_the_prefix_is_not_proved(filled: str) -> None:
    for fact_id, size in (("t-000007", 7), ("t-999999", None)):
        with pytest.raises(Refused, match=f"条里没有编号为“{fact_id}”的事实"):
            inclusion(filled, fact_id, size)
    with pytest.raises(Refused, match="前 7 条不可能是前 4 条的开头"):
        consistency(filled, 7, 4)


def test_a_proof_over_changed_hashes_is_refused(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=2).update(leaf_hash="0" * 64)

    with pytest.raises(Refused, match="与检查点不符"):
        inclusion(filled, "t-000001")


# ── verification ─────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_nobody_touched_raises_no_doubt(filled: str) -> None:
    assert verify_log(filled) == []


@pytest.mark.django_db
def test_a_log_that_was_never_opened_is_a_doubt() -> None:
    assert said(verify_log("nobody")) == ["合同 nobody 的履约日志 开头: 没有空日志的检查点。"]


def test_a_changed_leaf_shows_in_its_hash_and_in_every_root_from_there_on(filled: str) -> None:
    leaf = bytes(entries(filled).get(index=5).raw).replace("工单-5".encode(), "工单-6".encode())
    with guards_down():
        entries(filled).filter(index=5).update(raw=leaf)

    told = found(filled)

    assert [says.split("是")[0] for says in told] == [
        "序号 5: 原文的散列",
        "序号 5: 列表中的对象",
        "检查点 7: 按原文算出的根",
        "检查点 9: 按原文算出的根",
    ]


def test_a_leaf_changed_together_with_its_hash_shows_in_the_roots(filled: str) -> None:
    leaf = bytes(entries(filled).get(index=5).raw) + b" "
    with guards_down():
        entries(filled).filter(index=5).update(raw=leaf, leaf_hash=leaf_hash(leaf).hex())

    assert [says.split(":")[0] for says in found(filled)] == ["检查点 7", "检查点 9"]


def test_an_entry_taken_out_shows_as_a_gap(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=2).delete()

    assert found(filled) == [
        "序号 3: 应是序号 2：中间缺了条目，或序号被改过。",
        "检查点 4: 应有 4 条，实有 3 条。",
        "检查点 7: 应有 7 条，实有 6 条。",
        "检查点 9: 应有 9 条，实有 8 条。",
    ]


def test_the_last_entry_taken_out_is_missed(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=8).delete()

    assert found(filled) == ["检查点 9: 应有 9 条，实有 8 条。"]


def test_the_last_entry_taken_out_with_its_checkpoint_is_not_seen_from_inside(filled: str) -> None:
    """The limit of any log that only its operator keeps: see docs/algorithms/evidence-log.md."""
    with guards_down():
        entries(filled).filter(index__gte=7).delete()
        checkpoints(filled).filter(size=9).delete()

    assert verify_log(filled) == []


def test_two_entries_that_changed_places_are_noticed(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=0).update(index=100)
        entries(filled).filter(index=1).update(index=0)
        entries(filled).filter(index=100).update(index=1)

    assert found(filled)[0].startswith("检查点 4: 按原文算出的根是")


def test_an_entry_that_no_import_brought_is_noticed(filled: str) -> None:
    smuggled = Entry.objects.get(index=8)
    smuggled.pk, smuggled.index, smuggled.fact_id = None, 9, "smuggled"
    smuggled.save(force_insert=True)

    assert found(filled) == ["序号 9: 没有检查点包含这一条：它不是导入来的。"]


@pytest.mark.parametrize(
    ("column", "name"),
    [("fact_id", "编号"), ("kind", "种类"), ("subject", "对象"), ("at", "时间")],
)
def test_a_column_that_says_other_than_its_leaf_is_noticed(
    filled: str, column: str, name: str
) -> None:
    with guards_down():
        entries(filled).filter(index=3).update(**{column: Concat(F(column), Value("x"))})

    (told,) = found(filled)

    assert told.startswith(f"序号 3: 列表中的{name}是“")


def test_a_day_and_a_recorded_time_of_its_own_are_noticed(filled: str) -> None:
    row = entries(filled).get(index=3)
    with guards_down():
        entries(filled).filter(index=3).update(
            day=row.day + timedelta(days=1), recorded_at=row.recorded_at + timedelta(days=1)
        )

    assert found(filled) == [
        "序号 3: 登记时间与所属检查点的不同。",
        "序号 3: 列表中的日期是“2026-02-05”，原文里是“2026-02-04”。",
    ]


def test_a_leaf_that_cannot_be_read_and_an_id_that_comes_twice_are_noticed(filled: str) -> None:
    first = bytes(entries(filled).get(index=0).raw)
    with guards_down():
        entries(filled).filter(index=3).update(raw=b"{")
        entries(filled).filter(index=4).update(raw=first)

    told = found(filled)

    assert told[1].startswith("序号 3: 不是有效的 JSON")
    assert "序号 4: 事实编号“t-000000”与序号 0 重复。" in told


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"root": "0" * 64}, "检查点 7: 按原文算出的根是"),
        ({"frontier": b"\0" * 8}, "检查点 7: 登记的前沿与按原文算出的不同。"),
        ({"count": 4}, "检查点 7: 登记的新增条数是 4，与前一个检查点对不上。"),
    ],
)
def test_a_changed_checkpoint_is_noticed(
    filled: str, changes: dict[str, object], says: str
) -> None:
    with guards_down():
        checkpoints(filled).filter(size=7).update(**changes)

    (told,) = found(filled)

    assert told.startswith(says)


def test_a_checkpoint_from_before_the_one_before_is_noticed(filled: str) -> None:
    long_ago = checkpoint_at(filled, 4).recorded_at - timedelta(days=1)
    with guards_down():
        checkpoints(filled).filter(size=7).update(recorded_at=long_ago)
        entries(filled).filter(checkpoint__size=7).update(recorded_at=long_ago)

    assert found(filled) == ["检查点 7: 登记时间早于前一个检查点。"]


def test_an_entry_under_another_checkpoint_is_noticed(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=3).update(checkpoint=checkpoint_at(filled, 7))

    assert found(filled) == ["序号 3: 不属于条数为 4 的检查点。"]


def test_a_doubt_about_a_log_blocks_and_says_what_to_do(filled: str) -> None:
    with guards_down():
        Checkpoint.objects.filter(size=9).update(count=0)

    (doubt,) = verify_log(filled)

    assert (doubt.kind, doubt.severity) == (DoubtKind.MISMATCH, Severity.BLOCK)
    assert doubt.mend == "请保留现场，与双方各自留存的检查点和备份比对；日志不会自动修补。"


def test_a_log_in_ruins_is_told_to_the_first_thousand_doubts(contract: str) -> None:
    import_facts(contract, tickets(DOUBTS_LIMIT + 9), by="王工", source="二月.jsonl")
    with guards_down():
        entries(contract).update(kind="x")

    assert len(verify_log(contract)) == DOUBTS_LIMIT


def test_opening_a_log_again_repairs_nothing(filled: str) -> None:
    with guards_down():
        entries(filled).filter(index=2).delete()

    open_log(filled, by="王工")

    assert entry(filled, "t-000002") is None
    assert verify_log(filled) != []
