"""词表：两种库各有自己的结构，找到的要一样；合同、种类和标题的记号谁也冒写不了。"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.accounts.models import Account
from lvyue.search import postings, queries
from lvyue.search.actions import enter
from lvyue.search.choices import EntryKind, Whose
from lvyue.search.feeds import Row
from lvyue.search.queries import Asked
from lvyue.search.words import question_of, words_of
from tests.conftest import Person


@given(st.text(max_size=200))
def test_no_text_gives_a_word_that_begins_with_a_sign(text: str) -> None:
    assert not [word for word in words_of(text) if word[0] in "-._/@:+"]
    for phrase in question_of(text).all:
        assert phrase.words[0][0] not in "-._/@:+"


def fact(key: str, title: str, text: str = "", **more: object) -> Row:
    return Row(EntryKind.FACT, key, title, text, **more)  # type: ignore[arg-type]  # a test names what it says


def keys(account: Account, typed: str, **more: object) -> list[str]:
    found = queries.find(account, Asked(typed, kind=EntryKind.FACT, **more))  # type: ignore[arg-type]
    return [hit.key for group in found.groups for hit in group.hits]


@pytest.mark.django_db
@pytest.mark.parametrize("named", [0, 100], ids=["asked of the row", "among the words"])
@pytest.mark.parametrize(
    ("mine", "others"),
    [("first", "second"), ("ours", "ours_two"), ("ours", "two_ours"), ("a_b", "a-b"), ("A", "a")],
)
def test_nothing_of_another_contract_is_found_whatever_is_written_there(
    person: Person, monkeypatch: pytest.MonkeyPatch, named: int, mine: str, others: str
) -> None:
    """REG-10: 别的合同里写着本合同的记号，也找不到；编号相近的合同也不混"""
    monkeypatch.setattr(queries, "NAMED", named)
    somebody = person("buyer", mine)
    signs = f"c:{mine} @c:{mine} k:fact @k:fact :测试 @13:0"
    enter(mine, [fact("1", "测试 工单")])
    enter(others, [fact("2", f"测试 {signs}"), fact("3", "记录", f"测试 {signs}")])

    assert keys(somebody, "测试") == ["1"]
    assert queries.find(somebody, Asked("测试")).number == 1


@pytest.mark.django_db
def test_what_bears_the_words_in_its_name_comes_first(person: Person) -> None:
    somebody = person("buyer", "first")
    enter(
        "first",
        [
            fact("1", "核心交换机 重启", "机房"),
            fact("2", "机房 温度", "重启"),
            fact("3", "巡检", "机房 交换机 重启"),
            fact("4", "重启 交换机"),
        ],
    )

    assert keys(somebody, "重启") == ["4", "1", "3", "2"]
    assert keys(somebody, "交换机 重启") == ["4", "1", "3"]
    assert keys(somebody, "重启 -机房") == ["4"]
    assert keys(somebody, "重") == ["4", "1", "3", "2"]
    assert keys(somebody, "重启机") == []  # no word goes on from the title into the text


@pytest.mark.django_db
def test_many_stretches_tell_the_same_as_one(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """翻页不重不漏，不论一段有多长；总数也一样"""
    monkeypatch.setattr(postings, "_BITS", (1, 2, 3))
    monkeypatch.setattr(queries, "AT_ONCE", 4)
    somebody = person("buyer", "first", "second")
    for number in range(40):
        title = "空调告警" if number % 7 == 0 else "记录"
        row = fact(str(number), title, "空调" if number % 3 else "", day=date(2026, 3, 2))
        enter("first" if number % 2 else "third", [row])

    seen, after = list[str](), ""
    while True:
        found = queries.find(somebody, Asked("空调", kind=EntryKind.FACT, after=after))
        seen += [hit.key for group in found.groups for hit in group.hits]
        if not (after := found.next):
            break
    mine = list(range(39, 0, -2))
    titled = [str(number) for number in mine if number % 7 == 0]
    rest = [str(number) for number in mine if number % 7 and number % 3]
    assert seen == titled + rest
    assert queries.find(somebody, Asked("空调")).number == len(titled + rest)
    assert keys(somebody, "空调", first=date(2026, 3, 3)) == []


@pytest.mark.django_db
def test_what_is_of_one_side_is_found_by_that_side(person: Person) -> None:
    enter(
        "first",
        [
            fact("1", "底稿", whose=Whose.BUYER),
            fact("2", "底稿"),
            fact("3", "底稿", whose=Whose.SUPPLIER),
        ],
    )

    assert keys(person("buyer", "first"), "底稿") == ["2", "1"]
    assert keys(person("engineer", "first"), "底稿") == ["3", "2"]
    assert keys(person("auditor", "first"), "底稿") == ["2"]
