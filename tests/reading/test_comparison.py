"""对比: clauses are found again by what they say; words and values that differ are told, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.reading.alignment import fingerprint
from lvyue.reading.comparison import Change, Comparison, ValueChange, as_json, compare
from lvyue.reading.wording import RunKind, runs
from tests.library.test_releases import papers_at_hand
from tests.reading.lanjiang import CONTRACT, reading
from tests.reading.test_linter import paper

ITEM = "2. 乙方每月巡检 2 次，巡检之后 3 个工作日内提交巡检记录。\n"
NEW_ITEM = "2. 乙方应当为甲方保管两份配置备份，分别放在不同的楼里。\n"


def compared(*changes: tuple[str, str]) -> Comparison:
    return compare(reading(), reading(CONTRACT, *changes))


def refs(found: Comparison, *changes: Change) -> list[tuple[str, str]]:
    return [
        (str(one.before.ref) if one.before else "", str(one.after.ref) if one.after else "")
        for one in found.of(*changes)
    ]


def value(found: Comparison, what: str) -> ValueChange:
    return next(one for one in found.values if one.what == what)


def test_a_contract_is_the_same_as_itself() -> None:
    found = compared()

    assert {change for change, number in found.count().items() if number} == {Change.SAME}
    assert found.values == ()


def test_a_new_item_moves_those_after_it_and_changes_none_of_them() -> None:
    found = compared(
        (ITEM + "\n3. 设备", NEW_ITEM + "\n" + ITEM.replace("2. ", "3. ", 1) + "\n4. 设备")
    )

    assert refs(found, Change.NEW) == [("", "第一条/2")]
    assert refs(found, Change.MOVED) == [("第一条/2", "第一条/3"), ("第一条/3", "第一条/4")]
    assert refs(found, Change.CHANGED, Change.MOVED_CHANGED, Change.LOST) == []
    assert value(found, "下级条款数").before == "3"
    assert value(found, "下级条款数").after == "4"


def test_a_lost_item_is_told_where_it_stood() -> None:
    found = compared((ITEM + "\n3. 设备", "2. 设备"))

    lost = [i for i, one in enumerate(found.clauses) if one.change is Change.LOST]

    assert refs(found, Change.LOST) == [("第一条/2", "")]
    before = found.clauses[lost[0] - 1].before
    assert before is not None
    assert str(before.ref) == "第一条/1"


def test_a_changed_sentence_shows_what_was_kept_removed_and_added() -> None:
    found = compared(("4 小时内修复", "6 小时内修复"))

    (changed,) = found.of(Change.CHANGED)
    told = [(run.kind, run.text) for run in changed.runs if run.kind is not RunKind.KEPT]
    assert told == [(RunKind.REMOVED, "4"), (RunKind.ADDED, "6")]
    assert changed.template, "the same template, filled in differently"
    times = value(found, "时限或频次")
    assert (times.before, times.after) == ("4 小时", "6 小时")
    assert str(times.clause_after) == "第一条/3"


VALUES: tuple[tuple[str, str, str, str, str], ...] = (
    ("合同价款", "¥600,000.00", "¥700,000.00", "¥600,000.00元（大写：陆拾万元整）", "¥700,000.00元（大写：柒拾万元整）"),
    ("税率", "6%", "9%", "税率6%", "税率9%"),
    ("期限止", "2026-12-31", "2027-01-31", "至2026年12月31日", "至2027年1月31日"),
    ("第 1 期付款期限", "10 个工作日", "5 个工作日", "等额发票后10个工作日内，甲方支付合同价款的60%", "等额发票后5个工作日内，甲方支付合同价款的60%"),
    ("第 1 期比例", "60%", "50%", "合同价款的60%", "合同价款的50%"),
    ("迟付违约金", "每日 0.03%，上限 10%", "每日 0.05%，上限 10%", "万分之三", "万分之五"),
    ("违约责任比例", "20%", "10%", "合同价款的20%", "合同价款的10%"),
    ("违约责任下限", "", "¥20,000.00", "按合同价款的20%向甲方支付违约金。", "按合同价款的20%向甲方支付违约金，违约金不足2万元的，按照2万元支付。"),
    ("时限或频次", "每月2 次", "每月4 次", "巡检 2 次", "巡检 4 次"),
    ("表“费用清单”行数", "3", "2", "\n3\t消防主机\tFH-9\t台\t2\t60000\t120000", ""),
    ("表“费用清单”机房空调 数量", "4", "6", "AC-50\t台\t4", "AC-50\t台\t6"),
)  # fmt: skip


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[0])
def test_a_value_that_differs_is_told_with_both_sides(
    case: tuple[str, str, str, str, str],
) -> None:
    what, before, after, was, becomes = case

    found = value(compared((was, becomes)), what)

    assert (found.before, found.after) == (before, after)


def test_bracket_styles_and_blanks_are_no_difference() -> None:
    found = compared(("（大写：陆拾万元整）", "(大写:陆拾万元整)"), ("巡检 2 次", "巡检2次"))

    assert refs(found, Change.CHANGED, Change.MOVED_CHANGED, Change.NEW, Change.LOST) == []


def test_a_fingerprint_forgets_figures_and_blanks_and_nothing_else() -> None:
    one = fingerprint("合同金额为人民币 12,000.50 元，自2026年1月1日起。")

    assert one == fingerprint("合同金额为人民币 _____ 元,自 2025 年 12 月 31 日起.")
    assert one != fingerprint("合同金额为人民币 12,000.50 元，到2026年1月1日止。")
    assert fingerprint("2026") == ""


@given(
    st.text("甲乙方在3日内支付款，。", max_size=40), st.text("甲乙方在5日内支付款，。", max_size=40)
)
def test_runs_give_both_texts_back(before: str, after: str) -> None:
    found = runs(before, after)

    kept_and = {
        kind: "".join(run.text for run in found if run.kind in (RunKind.KEPT, kind))
        for kind in (RunKind.REMOVED, RunKind.ADDED)
    }
    assert kept_and[RunKind.REMOVED] == before
    assert kept_and[RunKind.ADDED] == after


def test_the_json_has_the_documented_keys() -> None:
    old, new = reading(), reading(CONTRACT, ("4 小时内修复", "6 小时内修复"))

    answer = as_json(compare(old, new), old, new)

    assert set(answer) == {"before", "after", "counts", "clauses", "values"}
    changed = next(one for one in answer["clauses"] if one["change"] == "changed")
    assert changed["after"]["clause"] == "第一条/3"
    assert changed["after"]["place"]["line"] == 35
    assert answer["counts"]["changed"] == 1


def test_personal_data_is_starred_in_both_contracts() -> None:
    old = reading(
        CONTRACT, ("2. 本合同自", "2. 乙方联系人赵一，电话：13900000000。\n\n3. 本合同自")
    )
    new = reading()

    answer = str(as_json(compare(old, new), old, new))

    assert "赵一" not in answer
    assert "13900000000" not in answer
    assert "＊" in answer


@papers_at_hand
def test_two_real_contracts_of_one_template_differ_where_people_saw_it() -> None:
    """The confidentiality agreements: two new items, a lost floor; the integrity agreements: 7 items against 8."""
    old, young = paper("security-support-2026"), paper("digital-operations-2026")
    began = time.perf_counter()
    found = compare(old, young)
    seconds = time.perf_counter() - began

    new = [after for _, after in refs(found, Change.NEW)]
    assert [ref for ref in new if ref.startswith("保密协议 2.2")] == [
        "保密协议 2.2(8)",
        "保密协议 2.2(10)",
    ]
    assert ("保密协议 2.2(8)", "保密协议 2.2(9)") in refs(found, Change.MOVED)
    floors = {str(one.clause_before) for one in found.values if one.what == "违约责任下限"}
    assert {"保密协议 7.1(3)", "廉洁协议 二.4(2)", "main 11.5"} <= floors
    lists = {
        str(one.clause_before): (one.before, one.after)
        for one in found.values
        if one.what == "下级条款数"
    }
    assert lists["廉洁协议 二.1"] == ("7", "8")
    assert lists["保密协议 2.2"] == ("17", "19")
    assert seconds < 1
