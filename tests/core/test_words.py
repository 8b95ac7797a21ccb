"""Amounts in words, against tables of the rules for bills and a second writer that works another way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.words import LIMIT, from_words, in_words

AMOUNTS = st.one_of(
    st.integers(0, 10**15),
    # amounts full of noughts, where the rules bite
    st.lists(st.sampled_from("000015"), min_size=1, max_size=16).map("".join).map(int),
)


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("1856000", "壹佰捌拾伍万陆仟元整"),
        ("1977800", "壹佰玖拾柒万柒仟捌佰元整"),
        ("2091800", "贰佰零玖万壹仟捌佰元整"),
        ("1166107.80", "壹佰壹拾陆万陆仟壹佰零柒元捌角整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.55", "伍角伍分"),
        ("10", "壹拾元整"),
        ("100000", "壹拾万元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100005000", "壹亿零伍仟元整"),
        ("100500000", "壹亿零伍拾万元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000000005000", "壹万亿零伍仟元整"),
        ("-5.50", "负伍元伍角整"),
    ],
)
def test_words_follow_the_rules_for_bills(yuan: str, words: str) -> None:
    """票据大写规则：元角后写整，分后不写，中间的零写一个"""
    assert in_words(Money.yuan(yuan)) == words
    assert from_words(words) == Money.yuan(yuan)


@given(AMOUNTS)
def test_words_read_back_and_agree_with_a_second_writer(fen: int) -> None:
    """大写读回来还是原金额，两种写法一致"""
    words = in_words(Money(fen))

    assert words == slowly_in_words(fen)
    assert from_words(words) == Money(fen)
    assert from_words("负" + words) == Money(-fen) if fen else True


@pytest.mark.parametrize(
    ("written", "yuan"),
    [
        ("人民币 贰佰零玖万 壹仟捌佰圆正", "2091800"),
        ("(大写)壹佰元整", "100"),
        ("人民币（大写）：壹佰元整", "100"),
        ("壹佰元", "100"),
        ("一百五十元", "150"),
        ("十五元整", "15"),
        ("两万三千元", "23000"),
        ("贰佰〇玖元整", "209"),
        ("壹仟陆佰捌拾元零叁角贰分", "1680.32"),
        ("壹拾万零柒仟元零伍角叁分", "107000.53"),
    ],
)
def test_other_accepted_spellings_come_back_canonical(written: str, yuan: str) -> None:
    """圆、正、空格、可写可不写的零都收"""
    assert from_words(written) == Money.yuan(yuan)
    assert from_words(in_words(from_words(written))) == Money.yuan(yuan)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("壹佰佰元", "第3个字「佰」前面没有数字"),
        ("壹佰伍仟元", "第4个字「仟」的位次不对"),
        ("壹贰佰元", "第2个字「贰」前面已有数字「壹」"),
        ("拾元整", "第1个字「拾」前面没有数字"),
        ("万元整", "第1个字「万」"),
        ("壹万贰万元", "第4个字「万」重复"),
        ("壹亿贰亿元", "第4个字「亿」重复"),
        ("壹佰五十元", "混用「壹」与「五」"),
        ("壹仟伍元整", "应写作 壹仟零伍元整；从第3个字起不同"),
        ("壹佰零零伍元整", "应写作 壹佰零伍元整"),
        ("壹分整", "应写作 壹分"),
        ("壹佰", "没有写元"),
        ("壹佰元伍元", "第4个字起的「伍元」读不成角分"),
        ("壹佰美元", "第3个字「美」不是大写数字"),
        ("元整", "应写作 零元整"),
        ("  ", "空白不是零"),
    ],
)
def test_malformed_words_are_refused_with_the_place(written: str, words: str) -> None:
    """写错的大写指出错在第几个字"""
    with pytest.raises(UnreadableMoney, match=re.escape(words)):
        from_words(written)


def test_amounts_beyond_the_scale_are_refused() -> None:
    """超出万亿级的金额不写"""
    assert from_words(in_words(LIMIT - Money(1))) == LIMIT - Money(1)
    with pytest.raises(UnreadableMoney, match="超出大写金额的范围"):
        in_words(LIMIT)


def slowly_in_words(fen: int) -> str:
    """Write every digit with its unit, then strike out noughts until nothing changes."""
    digits = f"{fen:03d}"
    units = [
        "分",
        "角",
        "元",
        "拾",
        "佰",
        "仟",
        "万",
        "拾",
        "佰",
        "仟",
        "亿",
        "拾",
        "佰",
        "仟",
        "万",
        "拾",
        "佰",
        "仟",
    ]
    names = "零壹贰叁肆伍陆柒捌玖"
    words = "".join(
        names[int(digit)] + unit
        for digit, unit in zip(digits, reversed(units[: len(digits)]), strict=True)
    )
    yuan, _, cents = words.partition("元")
    yuan = re.sub("零[拾佰仟]", "零", yuan)
    yuan = re.sub("零+", "零", yuan)
    yuan = re.sub("零([万亿])", r"\1", yuan)
    # a myriad of nothing is not said, but the nought that stood for it is
    yuan = re.sub("亿万", "亿零", yuan)
    yuan = re.sub("万亿(?!零|$)", "万亿零", yuan)
    yuan = re.sub("零+", "零", yuan).strip("零")
    cents = re.sub("零角零分", "整", cents)
    cents = re.sub("零分", "整", cents)
    cents = cents.replace("零角", "零" if yuan else "")
    if not yuan:
        return cents if cents != "整" else "零元整"
    return yuan + "元" + cents
