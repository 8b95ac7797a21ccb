"""Money and rates: whole fen, exact fractions, one named rounding."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.money import Money, Rate, Rounding, SplitsFen, UnreadableMoney

AMOUNTS = st.integers(-(10**15), 10**15).map(Money)
RATES = st.fractions(-3, 3, max_denominator=10**6).map(Rate)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,977,800 元", 197780000),
        ("１２", 1200),
        ("１，９７７，８００元", 197780000),
        ("185.6万元", 185600000),
        ("0.5亿元", 5000000000),
        ("¥ 3,667,005.66", 366700566),
        ("￥3,667,005.66", 366700566),
        ("人民币 1856000 元整", 185600000),
        ("-¥5.00", -500),
        ("¥-5", -500),
        ("2091800圆", 209180000),
        ("0.01 元", 1),
    ],
)
def test_an_amount_in_figures_is_read_to_the_fen(written: str, fen: int) -> None:
    """金额按原件数字读到分"""
    assert Money.parse(written) == Money(fen)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "空白不是零"),
        ("1,97,800 元", "千分位"),
        ("1,977,80", "千分位"),
        ("1 977 800", "空格"),
        ("185.6万", "没有写元"),
        ("70%", "这是比例"),
        ("1.2.3元", "两个小数点"),
        (".5元", "小数点前后"),
        ("0.005元", "不足一分"),
        ("壹佰元整", "大写金额"),
        ("约一百", "请写成"),
        ("5元6元", "请写成"),
    ],
)
def test_an_amount_that_could_be_two_is_refused(written: str, words: str) -> None:
    """分不清的金额不猜"""
    with pytest.raises(UnreadableMoney, match=words):
        Money.parse(written)


@given(AMOUNTS)
def test_a_printed_amount_reads_back(amount: Money) -> None:
    """打印的金额读回来还是它"""
    assert Money.parse(str(amount)) == amount


def test_amounts_print_with_thousands_and_fen() -> None:
    """金额带千分位和两位小数"""
    assert str(Money.yuan("1166107.8")) == "¥1,166,107.80"
    assert str(Money(-500)) == "-¥5.00"
    assert str(Money.ZERO) == "¥0.00"


@pytest.mark.parametrize("amount", [1.5, True, "100", None])
def test_only_whole_fen_are_money(amount: object) -> None:
    """金额以整数分记"""
    with pytest.raises(TypeError, match="整数分"):
        Money(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["1,200", "1e3", "", "1.005"])
def test_yuan_takes_plain_decimals_only(amount: str) -> None:
    """元只收普通小数"""
    with pytest.raises(UnreadableMoney):
        Money.yuan(amount)


def test_money_does_not_mix_with_numbers() -> None:
    """金额不与裸数相加"""
    with pytest.raises(TypeError):
        Money(1) + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(100) * 0.5  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(100) < 5  # type: ignore[operator] # noqa: B015


def test_money_is_reckoned_as_on_paper() -> None:
    """加减乘和比较"""
    fee = Money.yuan("1200.50")

    assert fee + fee - fee == fee
    assert 3 * fee == fee * 3 == Money(360150)
    assert -fee < Money.ZERO < fee
    assert abs(-fee) == fee
    assert not Money.ZERO
    assert Money.total([fee, fee]) == Money.yuan(2401)
    assert Money.total([]) == Money.ZERO
    assert Money.yuan(30).ratio_to(Money.yuan(100)) == Rate.percent(30)
    with pytest.raises(ZeroDivisionError, match="基数为零"):
        fee.ratio_to(Money.ZERO)


@pytest.mark.parametrize(
    ("price", "percent", "part"),
    [
        ("1856000", "70", "1299200"),
        ("1977800", "97", "1918466"),
        ("1977800", "95", "1878910"),
        ("3887026", "30", "1166107.80"),
        ("1118000", "20", "223600"),
    ],
)
def test_the_golden_shares_of_the_five_prices(price: str, percent: str, part: str) -> None:
    """按合同金额的比例"""
    assert Money.yuan(price).at(Rate.percent(percent), Rounding.EXACT) == Money.yuan(part)


def test_tax_is_added_on_the_exact_fraction() -> None:
    """不含税价加百分之六的税"""
    net = Money.yuan("3667005.66")

    assert net.at(Rate.percent(106), Rounding.HALF_UP) == Money.yuan("3887026.00")


@pytest.mark.parametrize(
    ("fen", "half_up", "half_even", "down", "up"),
    [
        (1, 1, 0, 0, 1),
        (3, 2, 2, 1, 2),
        (5, 3, 2, 2, 3),
        (-1, -1, 0, 0, -1),
        (-3, -2, -2, -1, -2),
        (4, 2, 2, 2, 2),
    ],
)
def test_half_a_fen_goes_where_its_rounding_says(
    fen: int, half_up: int, half_even: int, down: int, up: int
) -> None:
    """半分的去向由舍入方法决定，正负对称"""
    half = Rate.percent(50)
    methods = (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.DOWN, Rounding.UP)

    assert [Money(fen).at(half, method).fen for method in methods] == [half_up, half_even, down, up]


def test_an_exact_amount_may_leave_nothing_over() -> None:
    """约定不许有余而有余，要报错"""
    with pytest.raises(SplitsFen, match="写明舍入方法"):
        Money(1).at(Rate.percent(50), Rounding.EXACT)


@given(AMOUNTS, RATES, st.sampled_from([m for m in Rounding if m is not Rounding.EXACT]))
def test_rounding_moves_less_than_a_fen(amount: Money, rate: Rate, method: Rounding) -> None:
    """舍入误差不到一分"""
    exact = amount.fen * rate.value

    assert abs(amount.at(rate, method).fen - exact) < 1
    assert (-amount).at(rate, method) == -amount.at(rate, method)


@given(AMOUNTS, st.integers(1, 60))
def test_equal_parts_lose_no_fen(amount: Money, parts: int) -> None:
    """分期不丢一分"""
    shares = amount.split(parts)

    assert Money.total(shares) == amount
    assert max(shares) - min(shares) <= Money(1)
    assert list(map(abs, shares)) == sorted(map(abs, shares), reverse=True)


@given(AMOUNTS, st.lists(st.integers(0, 100), min_size=1, max_size=9).filter(sum))
def test_shares_lose_no_fen(amount: Money, weights: list[int]) -> None:
    """按比例分不丢一分，每份误差不到一分"""
    rates = [Rate(Fraction(weight, sum(weights))) for weight in weights]

    shares = amount.shares(rates)

    assert Money.total(shares) == amount
    assert all(
        abs(share.fen - amount.fen * rate.value) < 1
        for share, rate in zip(shares, rates, strict=True)
    )


def test_the_left_over_fen_goes_to_whoever_lost_most() -> None:
    """最大余数法"""
    assert Money(100).split(3) == (Money(34), Money(33), Money(33))
    assert Money(10).shares([Rate.percent(33), Rate.percent(67)]) == (Money(3), Money(7))
    with pytest.raises(ValueError, match="合计 100%，现合计 90%"):
        Money(10).shares([Rate.percent(70), Rate.percent(20)])
    with pytest.raises(ValueError, match="份数至少为 1"):
        Money(10).split(0)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("70 %", Fraction(7, 10)),
        ("70％", Fraction(7, 10)),
        ("0.03%", Fraction(3, 10000)),
        ("万分之三", Fraction(3, 10000)),
        ("千分之五", Fraction(5, 1000)),
        ("5‰", Fraction(5, 1000)),
        ("百分之三十", Fraction(3, 10)),
        ("百分之十", Fraction(1, 10)),
        ("百分之二十五", Fraction(1, 4)),
        ("百分之一百二十", Fraction(12, 10)),
        ("百分之零点五", Fraction(5, 1000)),
        ("百分之5", Fraction(5, 100)),
        ("3/10", Fraction(3, 10)),
    ],
)
def test_rates_are_read_exactly(written: str, value: Fraction) -> None:
    """比例的各种写法"""
    assert Rate.parse(written) == Rate(value)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("0.7", "分不清"),
        ("70", "分不清"),
        ("百分之", "不是比例"),
        ("百分之三三", "不成数字"),
        ("百分之三点", "小数部分"),
        ("1/0", "分母是零"),
        ("", "不是比例"),
        ("1.2.3%", "十进制"),
    ],
)
def test_a_bare_number_is_no_rate(written: str, words: str) -> None:
    """只写数字不是比例"""
    with pytest.raises(UnreadableMoney, match=words):
        Rate.parse(written)


@given(RATES)
def test_a_printed_rate_reads_back(rate: Rate) -> None:
    """打印的比例读回来还是它"""
    assert Rate.parse(str(rate)) == rate


def test_rates_print_as_percent_where_they_can() -> None:
    """能写成百分数的写百分数"""
    printed = [
        str(Rate.percent(70)),
        str(Rate.parse("万分之三")),
        str(Rate(Fraction(1, 3))),
        str(Rate.percent("-2.5")),
    ]

    assert printed == ["70%", "0.03%", "1/3", "-2.5%"]


def test_rates_are_reckoned_exactly() -> None:
    """比例的加减乘"""
    daily = Rate.parse("0.03%")

    assert daily * 10 == 10 * daily == Rate.percent("0.3")
    assert Rate.ONE - Rate.percent(70) == Rate.percent(30) == Rate.percent(10) + Rate.percent(20)
    assert Rate.percent(50) * Rate.percent(50) == Rate.percent(25)
    assert -daily < Rate.ZERO
    assert not Rate.ZERO
    with pytest.raises(TypeError, match=r"Rate\.percent"):
        Rate(0.7)  # type: ignore[arg-type]
