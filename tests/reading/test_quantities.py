"""Money, shares, days, time words, frequencies and bounds are read in every dialect, and what is no number stays a word."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.calendar import Unit
from lvyue.core.clause import ClauseRef
from lvyue.core.money import Money
from lvyue.core.terms import Cycle
from lvyue.core.words import in_words
from lvyue.reading.outline import outline
from lvyue.reading.paragraphs import mend
from lvyue.reading.quantities import (
    Bound,
    Direction,
    Frequency,
    TimeWord,
    bounds,
    days,
    frequencies,
    lengths,
    percents,
    sums,
    time_words,
    unreadable_sums,
)
from tests.growth import quickest
from tests.reading.samples import seed, seeds, source_of

# ── money ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "fen", "unit"),
    [
        ("总价 2,345,600.00 元", 234560000, "元"),
        ("总价２３４５６００元整", 234560000, "元"),
        ("限额 500 万元", 500000000, "万元"),
        ("限额185.6万元人民币", 185600000, "万元"),
        ("不含税 ¥ 2,212,830.19", 221283019, ""),
        ("违约金,5万元", 5000000, "万元"),
        ("1，234，500圆", 123450000, "元"),
        ("3百万元", 300000000, "百万元"),
        ("人均2000元/人天", 200000, "元/人天"),
        ("退回-¥5.00", -500, ""),
        ("（大写：贰佰叁拾肆万伍仟陆佰元整）", 234560000, "元"),
        ("贰拾叁 元伍角整", 2350, "元"),
        ("壹萬零伍圓正", 1000500, "元"),
        ("罚三千五百元", 350000, "元"),
        ("十五万元以内", 15000000, "万元"),
        ("伍角整", 50, ""),
    ],
)
def test_a_sum_is_read_to_the_fen_with_its_unit(text: str, fen: int, unit: str) -> None:
    (found,) = sums(text)

    assert found.money == Money(fen)
    if not found.in_words:
        assert found.unit == unit
    assert text[found.at.start : found.at.end] == found.raw


@pytest.mark.parametrize(
    "text",
    ["二元结构", "一元化管理", "元旦值守3天", "2026年度", "第三条", "数量 12 台", "8号楼2层"],
)
def test_what_is_no_money_gives_no_sum(text: str) -> None:
    assert sums(text) == ()
    assert unreadable_sums(text) == ()


@pytest.mark.parametrize(
    "text",
    ["1 234 500 元", "12,34元", "叁佰万整", "壹佰元叁分伍角整", "叁肆元", "1.234元"],
)
def test_a_sum_that_cannot_be_read_is_told_and_not_dropped(text: str) -> None:
    (found,) = unreadable_sums(text)

    assert sums(text) == ()
    assert found.says
    assert text[found.at.start : found.at.end] == found.raw


def test_a_range_gives_both_ends_the_same_unit() -> None:
    low, high = sums("预算300-500万元")

    assert (low.money, high.money) == (Money.yuan(3000000), Money.yuan(5000000))


FEN = st.integers(1, 10**13)


@given(FEN, st.sampled_from(["{:,}", "{}"]), st.sampled_from(["元", " 元", "元整", "圆"]))
def test_figures_of_any_size_are_read_back(fen: int, style: str, unit: str) -> None:
    yuan, rest = divmod(fen, 100)
    written = f"{style.format(yuan)}.{rest:02d}{unit}"

    (found,) = sums(f"合同价款为{written}，分期支付。")

    assert found.money == Money(fen)


@given(FEN, st.sampled_from([("元", "元"), ("元", "圆"), ("元", " 元")]))
def test_words_of_any_size_are_read_back(fen: int, dialect: tuple[str, str]) -> None:
    written = in_words(Money(fen)).replace(*dialect)

    (found,) = sums(f"（大写人民币：{written}）")

    assert found.money == Money(fen)
    assert found.in_words


# ── shares ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "rate", "per", "upper"),
    [
        ("支付合同价款的 65 %", "13/20", "", False),
        ("按合同价款 96%为上限支付", "24/25", "", True),
        ("付至百分之三十", "3/10", "", False),
        ("万分之四/日", "1/2500", "日", False),
        ("每逾期一日，按未付部分的千分之二支付", "1/500", "日", False),
        ("每延迟一个工作日，按合同价款的0.05%支付", "1/2000", "日", False),
        ("按日万分之五计息", "1/2000", "日", False),
        ("违约金为日万分之三", "3/10000", "日", False),
        ("累计不超过合同价款的２０％", "1/5", "", True),
        ("超过合同价款15%的", "3/20", "", False),
        ("不低于99.95%", "1999/2000", "", False),
        ("完成三成五的", "7/20", "", False),
        ("达到三分之二的", "2/3", "", False),
        ("百分之零点五", "1/200", "", False),
        ("2026年6月30日30%", "3/10", "", False),
        ("上限为 10%", "1/10", "", True),
        ("8‰", "1/125", "", False),
    ],
)
def test_a_share_knows_its_rate_whether_it_is_daily_and_whether_it_is_a_limit(
    text: str, rate: str, per: str, *, upper: bool
) -> None:
    (found,) = percents(text)

    assert (found.rate, found.per, found.upper) == (Fraction(rate), per, upper)
    assert text[found.at.start : found.at.end] == found.raw


def test_a_limit_governs_one_share_only() -> None:
    found = percents("优秀的付100%，良好的以97%为上限，一般的付90%，且每日万分之一，最高不超过5%")

    assert [one.upper for one in found] == [False, True, False, False, True]
    assert [one.per for one in found] == ["", "", "", "日", ""]


@given(st.integers(1, 99), st.sampled_from(["{}%", "{}％", "{} %", "百分之{}"]))
def test_any_share_in_any_dress_is_read_back(number: int, dress: str) -> None:
    (found,) = percents(f"乙方支付{dress.format(number)}的违约金。")

    assert found.rate == Fraction(number, 100)


@pytest.mark.parametrize("text", ["验收完成后", "提高3个百分点", "组成员", "一成不变的要求"])
def test_what_is_no_share_gives_none(text: str) -> None:
    assert percents(text) == ()


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "2027年03月09日",
        "2027 年 3 月 9 日",
        "2027.3.9",
        "2027/03/09",
        "2027-3-9",
        "二〇二七年三月九日",
        "二零二七年三月九号",
        "２０２７年３月９日",
    ],
)
def test_a_day_is_read_in_every_spelling(text: str) -> None:
    (found,) = days(f"至{text}止")

    assert found.day == date(2027, 3, 9)
    assert found.raw == text


@pytest.mark.parametrize(
    ("text", "year", "month"),
    [
        ("2027 年 月", 2027, None),
        ("签订日期： 年 月 日", None, None),
        ("20__年__月__日", None, None),
        ("2027年3月", 2027, 3),
        ("2027年__月__日", 2027, None),
    ],
)
def test_a_day_that_was_begun_and_not_filled_in_is_blank(
    text: str, year: int | None, month: int | None
) -> None:
    (found,) = days(text)

    assert (found.day, found.year, found.month, found.impossible) == (None, year, month, False)


def test_a_day_that_no_calendar_has_is_not_a_blank() -> None:
    (found,) = days("2027年2月30日")

    assert found.day is None
    assert found.impossible


@pytest.mark.parametrize("text", ["10月15日", "7.2.15 款", "GB/T 22239-2019", "2027年度", "v1.2.3"])
def test_what_is_no_day_gives_none(text: str) -> None:
    assert days(text) == ()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("自2027年1月1日至12月31日", date(2027, 12, 31)),
        ("2027 年 3 月 1 日起至次年 2 月 28 日止", date(2028, 2, 28)),
        ("2027年12月1日至3月1日", None),
    ],
)
def test_the_end_of_a_span_takes_the_year_of_its_beginning(text: str, ends: date | None) -> None:
    first, last = days(text)

    assert first.day is not None
    assert last.day == ends
    assert text[last.at.start : last.at.end] == last.raw


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.integers(0, 3))
def test_any_day_is_read_back(day: date, style: int) -> None:
    written = (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year} 年 {day.month:02d} 月 {day.day:02d} 日",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month:02d}/{day.day:02d}",
    )[style]

    (found,) = days(f"服务期至 {written} 。")

    assert found.day == day


# ── time words ─────────────────────────────────────────────────────────────────────────────────────────────────────

W, C, H, M = Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.HOURS, Unit.MONTHS
AFTER, BEFORE, LAST = Direction.AFTER, Direction.BEFORE, Direction.WITHIN_LAST


def only(text: str) -> TimeWord:
    """The one limit with a number."""
    (found,) = [word for word in time_words(text) if word.value is not None]
    return found


@pytest.mark.parametrize(
    ("text", "value", "unit", "direction", "trigger"),
    [
        ("乙方应在接到书面要求后十日内答复", 10, C, AFTER, "接到书面要求"),
        ("三个工作日", 3, W, AFTER, ""),
        ("应于15个工作日内完成", 15, W, AFTER, ""),
        ("15日内提交", 15, C, AFTER, ""),
        ("须在一周内整改", 1, Unit.WEEKS, AFTER, ""),
        ("应在进场前至少一周告知", 1, Unit.WEEKS, BEFORE, "进场"),
        ("每次付款前５个工作日内开票", 5, W, LAST, "每次付款"),
        ("本合同服务期届满前 15 个工作日内", 15, W, LAST, "本合同服务期届满"),
        ("服务期满前 30 日确认", 30, C, BEFORE, "服务期满"),
        ("每季度结束后15日内提交", 15, C, AFTER, "每季度结束"),
        ("①本合同签订且甲方收到发票后的 10 个工作日内", 10, W, AFTER, "本合同签订且甲方收到发票"),
        ("自双方签章之日起3个月内", 3, M, AFTER, "双方签章"),
        ("从逾期支付 15 个工作日起", 15, W, AFTER, "逾期支付"),
        ("只能在发出通知 6 个月之后", 6, M, AFTER, "发出通知"),
        ("应于合同到期30日前通知", 30, C, BEFORE, "合同到期"),
        ("应至少在合同到期日前 10 天通知", 10, C, BEFORE, "合同到期日"),
        ("提前5天告知", 5, C, BEFORE, ""),
        ("验收合格后，10个工作日内支付", 10, W, AFTER, "验收合格"),
        ("接到书面通知 5 天内", 5, C, AFTER, "接到书面通知"),
        ("24小时内到场", 24, H, AFTER, ""),
        ("30分钟内响应", 30, Unit.MINUTES, AFTER, ""),
        ("响应时间不超过2小时", 2, H, AFTER, ""),
        ("一个半小时内", 90, Unit.MINUTES, AFTER, ""),
        ("0.5小时内", 30, Unit.MINUTES, AFTER, ""),
        ("半年内", 6, M, AFTER, ""),
        ("一年半内", 18, M, AFTER, ""),
        ("两年", 2, Unit.YEARS, AFTER, ""),
        ("一个季度内", 3, M, AFTER, ""),
        ("5-7个工作日", 7, W, AFTER, ""),
        ("二十个自然日内", 20, C, AFTER, ""),
        ("收到(含电子件,传真)材料后2日内", 2, C, AFTER, "收到(含电子件,传真)材料"),
    ],
)
def test_a_limit_has_its_number_unit_direction_and_trigger(
    text: str, value: int, unit: Unit, direction: Direction, trigger: str
) -> None:
    found = only(text)

    assert (found.value, found.unit, found.direction) == (value, unit, direction)
    assert found.trigger == trigger
    assert text[found.at.start : found.at.end] == found.raw


def test_the_smaller_number_of_a_span_is_kept_and_the_larger_one_counts() -> None:
    assert (only("5-7个工作日").lower, only("五到七日内").lower) == (5, 5)


def test_at_least_so_long_before_is_no_limit_after() -> None:
    """至少一周 before entry was once read as a week after it."""
    found = only("应在入场前至少一周以书面方式提出")

    assert found.at_least
    assert found.direction is BEFORE
    assert found.mode == "书面"


def test_two_steps_of_one_duty_share_the_moment_and_differ_in_mode() -> None:
    first, second = time_words("（在收到主管部门要求后1小时内口头、4小时内书面）报告")

    assert (first.value, first.mode) == (1, "口头")
    assert (second.value, second.mode) == (4, "书面")
    assert first.trigger == second.trigger == "收到主管部门要求"


def test_the_next_duty_of_another_party_does_not_share_the_moment() -> None:
    _, second = time_words("甲方收到发票后10日内付款，乙方应在15日内到场")

    assert second.trigger == ""


def test_several_modes_are_told() -> None:
    assert only("在 1 小时之内以邮件及短信方式告知").mode == "邮件 短信"


@pytest.mark.parametrize(
    "text",
    [
        "立即",
        "及时",
        "尽快",
        "定期",
        "实时",
        "随时",
        "不定期",
        "第一时间",
        "合理期限内",
        "本月底前",
    ],
)
def test_a_vague_word_stays_a_word(text: str) -> None:
    (found,) = time_words(f"乙方应{text}处理")

    assert found.word == text
    assert found.value is None
    assert found.unit is None


@pytest.mark.parametrize(
    "text",
    [
        "7×24小时服务",
        "7 * 24 小时电话支持",
        "每月5日前",
        "2027年3月9日前",
        "2027年内",
        "具备5年以上经验",
        "质保期为3个月",
        "第3日",
        "上半年内容",
        "10月15日",
        "30日内容",
    ],
)
def test_what_limits_nothing_is_no_time_word(text: str) -> None:
    assert time_words(text) == ()


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("质量保证期为 3 个月", 3, M),
        ("具备5年以上经验", 5, Unit.YEARS),
        ("运维期限为一年半", 18, M),
        ("9月", 9, M),
        ("1年", 1, Unit.YEARS),
        ("半天", None, None),
    ],
)
def test_a_length_is_read_whether_or_not_it_limits(
    text: str, value: int | None, unit: Unit | None
) -> None:
    (found,) = lengths(text)

    assert (found.value, found.unit) == (value, unit)


def test_a_month_of_the_calendar_is_no_length() -> None:
    assert lengths("于9月提交") == ()


HAN = list("零一二三四五六七八九十") + [f"十{one}" for one in "一二三四五六七八九"] + ["二十"]
WRITTEN = {
    W: ("个工作日", "工作日", " 个 工作日"),
    C: ("日", "天", "个自然日", "个日历日"),
    H: ("小时", "个小时", " 小时"),
    M: ("个月", " 个月"),
    Unit.WEEKS: ("周", "个星期"),
    Unit.MINUTES: ("分钟",),
}


@given(
    st.integers(1, 20),
    st.sampled_from([(unit, name) for unit, names in WRITTEN.items() for name in names]),
    st.sampled_from([str, HAN.__getitem__, lambda n: str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９"))]),
    st.sampled_from([("收到通知后", "内", AFTER), ("自签订之日起", "之内", AFTER), ("届满前", "内", LAST), ("进场前", "", BEFORE)]),
)  # fmt: skip
def test_any_limit_in_any_dress_is_read_back(number, unit, figures, frame) -> None:  # type: ignore[no-untyped-def]
    lead, tail, direction = frame

    found = only(f"乙方应在{lead}{figures(number)}{unit[1]}{tail}答复甲方。")

    assert (found.value, found.unit, found.direction) == (number, unit[0], direction)
    assert found.trigger in ("收到通知", "签订", "届满", "进场")


DOCS = Path(__file__).parents[2] / "docs/algorithms/reading-values.md"


def test_what_the_manual_says_is_what_is_read() -> None:
    table = DOCS.read_text("utf-8").partition("<!-- time words -->")[2].partition("\n## ")[0]
    printed = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("| ")
    ]

    assert len(printed) > 5
    for text, value, unit, direction, trigger in printed[1:]:
        found = only(text)
        assert found.unit is not None
        assert [str(found.value), found.unit.value, found.direction.value, found.trigger] == [
            value,
            unit,
            direction,
            trigger,
        ]


# ── how often, how much ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "every", "times", "at_least"),
    [
        ("不少于2次", None, 2, True),
        ("每年组织演练不少于两次", Cycle.YEAR, 2, True),
        ("1次/月", Cycle.MONTH, 1, False),
        ("4次/合同周期", Cycle.PERIOD, 4, False),
        ("每季度", Cycle.QUARTER, None, False),
        ("每半年一次", Cycle.YEAR, 2, False),
        ("一年三次", Cycle.YEAR, 3, False),
        ("每三个月一次", Cycle.QUARTER, 1, False),
        ("每两个月至少1次", Cycle.YEAR, 6, True),
        ("每工作日巡检一次", Cycle.DAY, 1, False),
        ("至少２次／年", Cycle.YEAR, 2, True),
        ("逐月汇总", Cycle.MONTH, None, False),
        ("开展一次演练", None, 1, False),
        ("至少一次以上", None, 1, True),
    ],
)
def test_how_often_is_read(
    text: str, every: Cycle | None, times: int | None, *, at_least: bool
) -> None:
    (found,) = frequencies(text)

    assert (found.every, found.times, found.at_least) == (every, times, at_least)
    assert text[found.at.start : found.at.end] == found.raw


def test_a_number_far_behind_its_cycle_belongs_to_it() -> None:
    (found,) = frequencies(
        "服务商每年要面向各单位的管理员和开发人员开展安全方面的专题培训工作不少于三次。"
    )

    assert (found.every, found.times, found.at_least) == (Cycle.YEAR, 3, True)
    assert found.raw == "每年"


@pytest.mark.parametrize(
    "text",
    [
        "累计发生5次以上的",
        "第一次",
        "一次性验收",
        "每逾期一日按万分之三",
        "每日按0.05%支付",
        "按日万分之五",
        "每次付款前",
    ],
)
def test_what_is_no_frequency_gives_none(text: str) -> None:
    assert frequencies(text) == ()


@pytest.mark.parametrize("word", ["定期", "不定期", "按需"])
def test_a_frequency_without_a_number_keeps_its_word(word: str) -> None:
    assert frequencies(f"{word}巡检") == (
        Frequency(frequencies(f"{word}巡检")[0].at, word, None, None, word=word),
    )


def test_without_limit_is_not_without_number() -> None:
    (found,) = frequencies("不限次数")

    assert found.unlimited
    assert found.times is None


@pytest.mark.parametrize(
    ("text", "operator", "value", "unit"),
    [
        ("≥92%", ">=", "92", "%"),
        ("可用率不低于99.9％", ">=", "99.9", "%"),
        ("≤5 分钟", "<=", "5", "分钟"),
        ("不少于2名", ">=", "2", "名"),
        ("具备5年以上", ">=", "5", "年"),
        ("超过180天", ">", "180", "天"),
        ("不足 5 万元", "<", "5", "万元"),
        ("主频不低于2.4GHz", ">=", "2.4", "GHz"),
        ("至少三人", ">=", "3", "人"),
        ("不少于 1,200 小时", ">=", "1200", "小时"),
        ("95分以上", ">=", "95", "分"),
    ],
)
def test_a_bound_has_operator_value_and_unit(
    text: str, operator: str, value: str, unit: str
) -> None:
    (found,) = bounds(text)

    assert (found.operator, found.value, found.unit) == (operator, Fraction(value), unit)


@pytest.mark.parametrize(
    "text", ["7×24小时", "7*24", "7 X 24 小时", "24×7", "24小时值守", "二十四小时不间断", "全天候"]
)
def test_round_the_clock_is_one_thing_and_not_two_numbers(text: str) -> None:
    (found,) = bounds(text)

    assert isinstance(found, Bound)
    assert found.around_the_clock
    assert found.value is None


# ── what must hold of any text ─────────────────────────────────────────────────────────────────────────────────────

READERS = (sums, unreadable_sums, percents, days, time_words, lengths, frequencies, bounds)
INK = st.text(
    st.sampled_from("0123456789零一二十百千万元角整壹贰年月日周天时内前后每次不少于%％‰¥，。、（）()/.-~ 　收到应在自起分之成个工作小"),
    max_size=60,
)  # fmt: skip


@given(INK)
def test_whatever_is_found_stands_where_it_is_said_to_stand(text: str) -> None:
    for reader in READERS:
        found = reader(text)
        for one in found:
            assert 0 <= one.at.start < one.at.end <= len(text)
            assert text[one.at.start : one.at.end] == one.raw
        assert [one.at.start for one in found] == sorted(one.at.start for one in found)


@given(INK)
def test_blanks_between_figures_and_characters_change_nothing(text: str) -> None:
    tight = "".join(text.split())
    loose = "".join(f" {char}" if not char.isascii() else char for char in tight)

    for reader in (percents, time_words, frequencies, bounds, sums):
        assert [what(one) for one in reader(tight)] == [what(one) for one in reader(loose)]


def what(one: object) -> list[object]:
    """All of a find but where it stands and how it was spelt there."""
    names = getattr(one, "__slots__", ())
    return [getattr(one, name) for name in names if name not in ("at", "raw")]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize(
    "unit", ["0", "十", "壹", " ", "(", "内", "每", "次", "，", "1-", "不超过", "百分之", "_", "0,", "20", "在", "书面或"]
)  # fmt: skip
def test_no_pattern_is_quadratic(reader, unit: str) -> None:  # type: ignore[no-untyped-def]
    """Eight times as much of a hostile text costs about eight times as long, never sixty-four times."""
    short = quickest(partial(reader, unit * (20_000 // len(unit))))
    allowed = max(0.3, short * 30)

    assert quickest(partial(reader, unit * (160_000 // len(unit))), enough=allowed) < allowed


# ── against the papers ───────────────────────────────────────────────────────────────────────────────────────────

#: READ-14: release, clause, the limits in it as value, unit and direction, vague words
CLAUSES: tuple[tuple[str, str, list[tuple[int, Unit, Direction]], list[str]], ...] = (
    ("security-support-2026", "main 7.2.16", [(10, W, AFTER)], []),
    ("security-support-2026", "main 12.3", [(15, C, AFTER)], ["尽快", "合理的时间内"]),
    ("security-support-2026", "main 7.2.15", [(1, Unit.WEEKS, AFTER)], ["及时"]),
    ("security-support-2026", "保密协议 2.3", [(1, H, AFTER), (4, H, AFTER)], ["立刻"]),
    ("digital-operations-2026", "main 7.1.10", [(15, W, AFTER)], []),
    ("government-cloud-2026", "main 2.1(3)", [(3, W, AFTER)], []),
    ("government-cloud-2026", "main 11.3", [(15, C, AFTER)], ["尽快", "合理的时间内"]),
)


@pytest.mark.skipif(seeds() is None, reason="the original papers are not here")
@pytest.mark.parametrize(("release", "clause", "limits", "words"), CLAUSES)
def test_the_limits_of_the_papers_are_those_that_people_read(
    release: str, clause: str, limits: list[tuple[int, Unit, Direction]], words: list[str]
) -> None:
    text = mend(source_of(seed(release)))
    tree = outline(text)
    ref = ClauseRef.parse(clause)
    found = [
        word
        for node in tree.nodes
        if node.ref.is_within(ref)
        for element in node.elements
        for word in time_words(getattr(text.elements[element], "text", ""))
    ]

    assert [(one.value, one.unit, one.direction) for one in found if one.value] == limits
    assert [one.word for one in found if one.word] == words
