"""What people type and paste into a form, and what is made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lvyue.core.calendar import SHANGHAI
from lvyue.core.facts import KINDS, LINE_LIMIT, TEXT_LIMIT, Fact
from lvyue.core.money import Money
from lvyue.obligations.drafting import (
    Asked,
    Draft,
    Reading,
    Wrong,
    draft_of,
    read_at,
    read_form,
    read_money,
    tidied,
    typed_of,
)
from tests.strategies import facts

TODAY = date(2026, 11, 21)
SECOND = Money.yuan("1299200")


def form(kind: str, expected: Sequence[Money], /, **typed: str) -> Reading:
    """A form as it is sent: ``data_paper`` is the input ``data.paper``, ``data_paper_means`` the answer to a question."""
    named = {
        name.replace("data_", "data.").replace("_means", ".means"): value
        for name, value in typed.items()
    }
    return read_form(KINDS[kind], named, "f-1", today=TODAY, expected=expected)


def drafted(kind: str, /, **typed: str) -> Draft:
    read = form(kind, (), **typed)
    assert read.draft is not None, read
    return read.draft


# ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "２０２６年３月１日",
        "２０２６－３－１",
        "20260301",
        "2026\u00a0年\u00a03\u00a0月\u00a01\u00a0日",
        "\u200b2026-03-01\ufeff",
        "“2026-03-01”",
        "2026-03-01\r\n",
        "\t2026-03-01 ",
        "2026-03-01 周日",
    ],
)
def test_a_day_is_read_however_a_word_processor_dressed_it(typed: str) -> None:
    assert read_at(typed, TODAY) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("typed", "hour", "minute"),
    [
        ("2026-03-01 10:30", 10, 30),
        ("2026年3月1日10时30分", 10, 30),
        ("2026/3/1 ９：０５", 9, 5),
        ("2026-03-01 下午3点", 15, 0),
        ("2026-03-01T02:30:00Z", 10, 30),
        ("2026-03-01 02:30+00:00", 10, 30),
    ],
)
def test_a_moment_is_by_the_clocks_of_beijing_unless_it_says_otherwise(
    typed: str, hour: int, minute: int
) -> None:
    assert read_at(typed, TODAY) == datetime(2026, 3, 1, hour, minute, tzinfo=SHANGHAI)


def test_a_day_without_its_year_is_asked_and_never_guessed() -> None:
    asked = read_at("３月１日", TODAY)

    assert isinstance(asked, Asked)
    assert [one.value for one in asked.choices] == ["2026-03-01", "2025-03-01", "2027-03-01"]
    assert read_at("３月１日", TODAY, "2025-03-01") == date(2025, 3, 1)
    assert isinstance(
        read_at("３月１日", TODAY, "1999-03-01"), Asked
    )  # an answer to nothing we asked


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("昨天", "看不懂日期“昨天”"),
        ("26/3/1", "看不懂日期“26/3/1”"),
        ("2026-02-30", "日历上没有“2026-02-30”这一天"),
        ("2月30日", "日历上没有“2月30日”这一天"),
        ("2026-03-01 25:00", "没有“25:00”这样的时刻"),
        ("1026-03-01", "年份 1026 不在"),
    ],
)
def test_a_day_that_is_none_is_told_with_its_remedy(typed: str, says: str) -> None:
    found = read_at(typed, TODAY)

    assert isinstance(found, Wrong)
    assert says in found.says


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "1299200",
        "1,299,200.00",
        "１，２９９，２００．００",
        "¥1,299,200",
        "￥1299200",
        "129.92万元",
        "１２９．９２ 万元",
        "人民币 1299200 元整",
        "壹佰贰拾玖万玖仟贰佰元整",
        "\u200b1,299,200.00\u00a0元\r\n",
    ],
)
def test_an_amount_is_read_with_any_unit_that_is_written(typed: str) -> None:
    assert read_money(typed, [SECOND]) == SECOND


@pytest.mark.parametrize(
    ("typed", "unit"), [("129.92", "万元"), ("129920000", "分"), ("130", "万元")]
)
def test_a_bare_number_that_the_contract_awaits_in_another_unit_is_asked(
    typed: str, unit: str
) -> None:
    asked = read_money(typed, [SECOND])

    assert isinstance(asked, Asked)
    assert [unit in one.label for one in asked.choices] == [False, True]
    assert all("人民币" in one.label and "元" in one.label for one in asked.choices)
    for one in asked.choices:
        assert read_money(typed, [SECOND], one.value) == Money(int(one.value))


def test_the_amounts_asked_about_are_in_words() -> None:
    asked = read_money("129.92", [SECOND])

    assert isinstance(asked, Asked)
    assert [one.label for one in asked.choices] == [
        "按元读：¥129.92 人民币壹佰贰拾玖元玖角贰分",
        "按万元读：¥1,299,200.00 人民币壹佰贰拾玖万玖仟贰佰元整",
    ]


def test_a_number_that_would_split_a_fen_may_be_myriads() -> None:
    asked = read_money("48.256", [Money.yuan(482_560)])

    assert isinstance(asked, Asked)
    (choice,) = asked.choices
    assert read_money("48.256", [Money.yuan(482_560)], choice.value) == Money.yuan(482_560)
    assert isinstance(read_money("48.256", [SECOND]), Wrong)


def test_an_answer_that_was_not_offered_is_no_answer() -> None:
    assert isinstance(read_money("129.92", [SECOND], "1"), Asked)


def test_a_bare_number_is_yuan_where_the_contract_awaits_nothing_like_it() -> None:
    assert read_money("129.92", []) == Money.yuan("129.92")
    assert read_money("5", [SECOND]) == Money.yuan(5)
    assert read_money("129.92元", [SECOND]) == Money.yuan("129.92")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("12.345", "不足一分"),
        ("1 299 200", "数字中间有空格"),
        ("129.92万", "分不清单位"),
        ("1,29,9200", "千分位"),
        ("70%", "这是比例"),
        ("壹佰仟元", "「仟」前面没有数字"),
        ("很多", "读不成金额"),
    ],
)
def test_an_amount_that_is_none_is_told_with_its_remedy(typed: str, says: str) -> None:
    found = read_money(typed, [SECOND])

    assert isinstance(found, Wrong)
    assert says in found.says


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_text_stays_as_it_was_typed() -> None:
    pasted = "“甲方”称：\u00a0第１条\u200b不适用👩\u200d🔧\r\n\t另见附件。"

    draft = drafted("fact.withdrawn", at="2026-03-01", data_fact="f", data_reason=pasted)

    assert draft.data["reason"] == pasted.replace("\r\n", "\n")
    fact = draft.read()
    assert isinstance(fact, Fact)
    assert fact.data["reason"] == draft.data["reason"]


@pytest.mark.parametrize("one", ["\0", "\a", "\x1b", "\x7f", "\x85"])
def test_a_control_character_is_refused_with_its_place(one: str) -> None:
    read = form("fact.withdrawn", (), at="2026-03-01", data_fact="f", data_reason=f"重复{one}登记")

    assert "第 3 个字符是看不见的控制字符" in read.errors["data.reason"]


def test_five_thousand_characters_are_accepted_and_one_more_is_told() -> None:
    longest = (
        "长" * (TEXT_LIMIT - 1) + "\r\n"
    )  # a line end that the browser sends as two counts once
    draft = drafted("fact.withdrawn", at="2026-03-01", data_fact="f", data_reason=longest)
    assert len(draft.data["reason"]) == TEXT_LIMIT

    read = form("fact.withdrawn", (), at="2026-03-01", data_fact="f", data_reason=longest + "长")

    assert read.errors == {"data.reason": "“理由”有 5001 字，上限是 5000 字。"}


def test_the_longest_text_of_emoji_still_fits_a_leaf() -> None:
    draft = drafted("fact.withdrawn", at="2026-03-01", data_fact="f", data_reason="👷" * TEXT_LIMIT)
    assert len(draft.line) < LINE_LIMIT


# ── whole forms ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_becomes_the_line_that_a_facts_file_would_have() -> None:
    draft = drafted(
        "payment.made",
        at="2026年3月1日",
        subject=" 付款-1 ",
        data_instalment="１",
        data_amount_fen="129.92万元",
        data_paper="凭证〔2026〕１号",
    )

    assert json.loads(draft.line) == {
        "id": "f-1",
        "kind": "payment.made",
        "at": "2026-03-01",
        "subject": "付款-1",
        "data": {"instalment": 1, "amount_fen": SECOND.fen, "paper": "凭证〔2026〕１号"},
    }


def test_everything_that_is_wrong_is_told_at_once() -> None:
    read = form("payment.made", (), at="昨天", data_instalment="第一期")

    assert read.draft is None
    assert read.errors.keys() == {"at", "data.instalment", "data.amount_fen"}
    assert read.errors["data.amount_fen"] == "缺少“付款金额（元）”。"
    lacking = form("payment.made", (), at="2026-03-01", data_instalment="1")
    assert lacking.errors == {"data.amount_fen": "缺少“付款金额（元）”。"}


def test_a_question_waits_for_its_answer() -> None:
    typed = {"at": "2026-03-01", "data_instalment": "1", "data_amount_fen": "129.92"}

    assert form("payment.made", [SECOND], **typed).questions.keys() == {"data.amount_fen"}

    answered = form("payment.made", [SECOND], **typed, data_amount_fen_means=str(SECOND.fen))
    assert answered.draft is not None
    assert answered.draft.data["amount_fen"] == SECOND.fen


@pytest.mark.parametrize(
    ("kind", "typed", "name", "says"),
    [
        ("inspection.done", {"data_cycle": "每周"}, "data.cycle", "只接受"),
        (
            "scan.completed",
            {"data_scanned": "12台", "data_in_scope": "12"},
            "data.scanned",
            "不是整数",
        ),
        ("measure.taken", {"data_indicator": "x", "data_value": "99.95%"}, "data.value", "百分号"),
        ("outage.recorded", {"data_scope": "x", "data_until": "2026-03-02"}, "data.until", "时刻"),
        (
            "outage.recorded",
            {"data_scope": "x", "data_until": "2026-02-01 9:00"},
            "data.until",
            "早于开始",
        ),
        ("ticket.answered", {"data_automatic": "也许"}, "data.automatic", "不是“是”或“否”"),
        ("ticket.restored", {"subject": "甲\n乙"}, "subject", "换行"),
        ("ticket.restored", {"subject": "长" * 201}, "subject", "1–200 字"),
    ],
)
def test_a_field_is_wrong_in_its_place(
    kind: str, typed: dict[str, str], name: str, says: str
) -> None:
    read = form(kind, (), at="2026-03-01 10:00", **typed)

    assert says in read.errors[name]


@given(facts("security-support-2026", [*KINDS]))
def test_a_fact_typed_as_it_stands_is_the_same_fact(fact: Fact) -> None:
    """更正与另记都从已有的事实填起：填回去须是同一件事。"""
    known = draft_of(fact, "f-1").read()
    assume(isinstance(known, Fact))
    assert isinstance(known, Fact)

    read = read_form(KINDS[fact.kind], typed_of(known), known.id, today=TODAY)

    assert read.draft is not None, read
    again = read.draft.read()
    assert isinstance(again, Fact)
    assert (again.kind, again.order, again.subject) == (known.kind, known.order, known.subject)
    assert again.data.keys() == known.data.keys()


@given(st.text(max_size=40))
def test_whatever_is_typed_is_understood_asked_about_or_told(text: str) -> None:
    assert isinstance(read_at(text, TODAY), date | Asked | Wrong)
    assert isinstance(read_money(text, [SECOND]), Money | Asked | Wrong)
    assert tidied(tidied(text)) == tidied(text)


def test_an_amount_below_nothing_is_told_in_the_unit_of_the_form() -> None:
    read = form("payment.made", (), at="2026-11-20", data_instalment="2", data_amount_fen="-5元")

    assert read.errors == {"data.amount_fen": "“付款金额”不能小于 0.00 元，写的是 -5.00 元。"}


@pytest.mark.parametrize("edge", ["\ufeff", "\u200b", "\u200b \ufeff", "\u2060\n"])
def test_what_nobody_can_see_at_the_ends_of_a_name_is_not_part_of_it(edge: str) -> None:
    """两个看上去一样的编号必须是同一个编号。"""
    typed = {"at": "2026-11-20", "data_paper": f"{edge}整改01{edge}"}
    read = drafted("hazard.rectified", subject=f"{edge}隐患 01{edge}", **typed)

    assert read.subject == "隐患 01"
    assert read.data["paper"] == "整改01"
    assert drafted("hazard.rectified", subject=edge, **typed).subject is None
