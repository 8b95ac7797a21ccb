"""Names, phones, mails, accounts and identity numbers are set apart; organisations, papers and sums are left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.money import Money
from lvyue.core.release import Role
from lvyue.reading.found import Found, State
from lvyue.reading.identity import Identity, ReadParty, ReadPeriod, ReadPrice
from lvyue.reading.outline import outline
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Span, mend
from lvyue.reading.personal import Personal, PersonalKind, personal_data
from lvyue.reading.tables import read_tables
from lvyue.reading.veil import STAR, Veil
from tests.growth import quickest
from tests.reading.samples import seed, seeds, source_of

NAME, PHONE, MAIL, ACCOUNT, IDENTITY = PersonalKind


def masked(whole: Paper, found: Iterable[Personal], span: Span) -> str:
    return Veil(whole, found).words(span)


def nothing(*names: str) -> Identity:
    """An identity that knows no more than the names of its parties."""
    absent: Found[str] = Found(State.ABSENT)
    no_day: Found[date] = Found(State.ABSENT)
    no_money: Found[Money] = Found(State.ABSENT)
    parties = tuple(ReadParty(Role.SUPPLIER, Found(State.FOUND, name)) for name in names)
    price = ReadPrice(no_money, absent, None, Found(State.ABSENT), no_money)
    return Identity(
        absent, absent, (), absent, parties, {}, no_day, price, ReadPeriod(no_day, no_day, ""),
        (), absent, Found(State.ABSENT), absent,
    )  # fmt: skip


def paper(text: str) -> Paper:
    mended = mend(source_of(text))
    tree = outline(mended)
    return Paper(mended, read_tables(mended, tree), tree)


def told(text: str, *parties: str) -> list[tuple[PersonalKind, str, str]]:
    """Kind, whose, and the words themselves."""
    whole = paper(text)
    return [
        (one.kind, one.of, whole.words(one.span)) for one in personal_data(whole, nothing(*parties))
    ]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("联系人：欧阳某明", NAME, "欧阳某明"),
        ("指定联系人: 赵某 电话:", NAME, "赵某"),
        ("法定代表人或授权代表：（签字） *钱某某*", NAME, "钱某某"),
        ("供应商法人姓名、性别：孙某某、男", NAME, "孙某某"),
        ("项目负责人李某某，负责现场", NAME, "李某某"),
        ("联系人：周 某", NAME, "周 某"),
        ("姓名：阿不都·某某某", NAME, "阿不都·某某某"),
        ("甲方的联络员为：吴某某", NAME, "吴某某"),
        ("由郑某某女士现场签收", NAME, "郑某某"),
        ("电话：13800000000", PHONE, "13800000000"),
        ("遇有故障请拨 138-0000-0000 报修", PHONE, "138-0000-0000"),
        ("值班 +86 138 0000 0000", PHONE, "+86 138 0000 0000"),
        ("传真： 010-80000000 转 8001", PHONE, "010-80000000 转 8001"),
        ("电话：010-8000000", PHONE, "010-8000000"),
        ("电话：80000000", PHONE, "80000000"),
        ("办公室（021）60000000", PHONE, "（021）60000000"),
        ("电子邮箱: someone@example.org.cn", MAIL, "someone@example.org.cn"),
        ("报告发至 13800000000@example.com 。", MAIL, "13800000000@example.com"),
        ("银行账号：6200 0000 0000 0000 000", ACCOUNT, "6200 0000 0000 0000 000"),
        ("账　号：110000000000000000001", ACCOUNT, "110000000000000000001"),
        ("身份证号：11010119000101001X", IDENTITY, "11010119000101001X"),
    ],
)  # fmt: skip
def test_what_belongs_to_a_person_is_found_once_and_whole(
    text: str, kind: PersonalKind, value: str
) -> None:
    ((found, _, words),) = told(f"一、约定\n\n{text}\n")

    assert (found, words) == (kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "甲方：某某市信息中心",
        "联系人：某某科技有限公司",
        "项目编号：0600-25110809",
        "合同编号 13800000000",
        "合同金额 13800000000元",
        "统一社会信用代码：91310000132200234X",
        "执行 GB/T 22239-2019 和 GB/T 28827.1-2012",
        "邮政编码：200072",
        "负责人应当在3日内答复",
        "项目经理：待定",
        "法定代表人（签章）：",
        "乙方代表人的义务：保密、廉洁",
        "联系人变更，应当通知",
        "联系人信息，另行提供",
        "负责人同意，方可实施",
        "授权代表签字，并加盖公章",
        "日期：2027年01月05日",
        "带宽 100-200 Mbps，地址 10.0.0.1",
        "1,118,000.00 元",
        "服务地点：某某路 5 号 3 层",
    ],
)
def test_what_belongs_to_no_person_is_left(text: str) -> None:
    assert told(f"一、约定\n\n{text}\n") == []


def test_the_name_of_a_party_is_never_a_person() -> None:
    assert told("一、约定\n\n联系人：金某丰\n", "金某丰") == []


def test_it_is_told_whose_it_is() -> None:
    text = "甲方：某某市信息中心\n\n联系人：赵某某\n\n电话：80000001\n\n乙方：某某科技有限公司\n\n联系人：钱某某\n"

    assert [(kind, whose) for kind, whose, _ in told(text)] == [
        (NAME, "甲方联系人"),
        (PHONE, "甲方电话"),
        (NAME, "乙方联系人"),
    ]


def test_of_two_columns_read_line_by_line_nobody_is_guessed() -> None:
    text = "甲方：某某市信息中心\n\n乙方：某某科技有限公司\n\n联系人：赵某某\n\n联系人：钱某某\n"

    assert [whose for _, whose, _ in told(text)] == ["联系人", "联系人"]


TABLE = """二、联系方式

\t甲方\t乙方
法定代表人\t赵某某\t钱某
联系人\t孙某\t待定
电话\t010-8000000\t80000000
电子邮件\tone@example.org\t13800000000@example.com
邮编\t100000\t

三、人员

序号\t姓名\t岗位\t手机
1\t李某某\t值守\t13800000001
2\t某公司\t巡检\t无
"""


def test_cells_are_read_by_the_label_beside_and_the_head_above_them() -> None:
    assert told(TABLE) == [
        (NAME, "甲方法定代表人", "赵某某"),
        (NAME, "乙方法定代表人", "钱某"),
        (NAME, "甲方联系人", "孙某"),
        (PHONE, "甲方电话", "010-8000000"),
        (PHONE, "乙方电话", "80000000"),
        (MAIL, "甲方电子邮箱", "one@example.org"),
        (MAIL, "乙方电子邮箱", "13800000000@example.com"),
        (NAME, "姓名", "李某某"),
        (PHONE, "手机", "13800000001"),
    ]


def test_a_name_below_its_label_is_found() -> None:
    text = "三、签署\n\n甲方：\n\n法定代表人/负责人\n\n或授权代表：\n\n赵某\n\n签署日期： 2027年1月5日\n"

    assert [(kind, words) for kind, _, words in told(text)] == [(NAME, "赵某")]


def test_the_same_name_and_number_are_found_wherever_else_they_stand() -> None:
    text = "一、约定\n\n联系人：赵某某，电话 13800000000。\n\n1. 工单由赵某某受理。\n\n2. 短信发至13800000000号。\n\n3. 赵某不在此列。\n"

    assert [words for _, _, words in told(text)] == [
        "赵某某",
        "13800000000",
        "赵某某",
        "13800000000",
    ]


def test_a_masked_quote_has_no_trace_and_keeps_its_places() -> None:
    whole = paper("一、约定\n\n联系人：赵某某，电话 13800000000，地址 东路1号。\n\n" + TABLE)
    found = personal_data(whole, nothing())

    for element in range(len(whole.text.elements)):
        if (paragraph := whole.paragraph(element)) is not None:
            quote = masked(whole, found, Span(element, 0, len(paragraph.text)))
            assert len(quote) == len(paragraph.text)
            assert not re.search("13800000000|赵某某", quote)
    spans = [one.span for one in found]
    assert all(set(masked(whole, found, span)) == {STAR} for span in spans)
    first = spans[0]
    part = masked(whole, found, Span(first.element, first.start - 2, first.start + 1))
    assert part.endswith(STAR)
    assert part[:-1] == whole.words(Span(first.element, first.start - 2, first.start))


LABELS = st.sampled_from(["联系人：", "甲方联系人： ", "授权代表（签字）：", "负责人:"])
GIVEN = st.text(st.sampled_from("赵钱孙李周吴郑王"), min_size=1, max_size=1).flatmap(
    lambda family: st.text(st.sampled_from("某甲乙丙丁戊"), min_size=1, max_size=2).map(lambda rest: family + rest)
)  # fmt: skip
MOBILE = st.integers(13000000000, 19999999999).map(str).filter(lambda one: one[1] in "3456789")


@given(LABELS, GIVEN, MOBILE, st.sampled_from(["，电话：", " 手机: ", "；联系电话 "]))
def test_any_person_beside_a_label_is_blanked(
    label: str, name: str, phone: str, joint: str
) -> None:
    whole = paper(f"一、约定\n\n{label}{name}{joint}{phone}。\n")

    found = personal_data(whole, nothing())

    assert [(one.kind, whole.words(one.span)) for one in found] == [(NAME, name), (PHONE, phone)]


@pytest.mark.parametrize(
    "unit", ["0", "a", "a.", "@", "联系人", "联系人：", "赵", "（", "0-", "13800000000", "·"]
)
def test_no_pattern_is_quadratic(unit: str) -> None:
    short, long = (
        partial(personal_data, paper(f"一、甲\n\n{unit * (size // len(unit))}\n"), nothing())
        for size in (10_000, 80_000)
    )
    allowed = max(0.5, quickest(short) * 30)

    assert quickest(long, enough=allowed) < allowed


# ── against the papers ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(seeds() is None, reason="the original papers are not here")
@pytest.mark.parametrize(
    ("release", "names", "phones", "mails", "accounts"),
    [
        ("security-support-2026", 7, 2, 0, 1),
        ("digital-operations-2026", 7, 4, 0, 1),
        ("government-cloud-2026", 3, 2, 0, 1),
        ("video-conference-2022", 11, 4, 2, 1),
        ("cloud-lease-2025", 4, 4, 2, 0),
    ],
)
def test_the_persons_of_the_papers_are_set_apart(
    release: str, names: int, phones: int, mails: int, accounts: int
) -> None:
    whole = paper(seed(release))
    found = personal_data(whole, nothing())

    assert [sum(one.kind is kind for one in found) for kind in (NAME, PHONE, MAIL, ACCOUNT)] == [
        names,
        phones,
        mails,
        accounts,
    ]


@pytest.mark.skipif(seeds() is None, reason="the original papers are not here")
@pytest.mark.parametrize(
    "release", ["security-support-2026", "video-conference-2022", "cloud-lease-2025"]
)
def test_no_mail_and_no_mobile_of_a_paper_shows_through(release: str) -> None:
    whole = paper(seed(release))
    found = personal_data(whole, nothing())

    for element, cell, words in _everywhere(whole, found):
        assert not re.search(r"@[a-z]|(?<![0-9])1[3-9][0-9]{9}(?![0-9])", words), (element, cell)


def _everywhere(
    whole: Paper, found: tuple[Personal, ...]
) -> list[tuple[int, tuple[int, int] | None, str]]:
    """Every paragraph and cell, masked."""
    spans = [
        Span(element, 0, len(paragraph.text))
        for element in range(len(whole.text.elements))
        if (paragraph := whole.paragraph(element)) is not None
    ] + [
        Span(element, 0, len(cell.text), (number, column))
        for element, table in whole.tables.items()
        for number, row in enumerate(table.rows)
        for column, cell in enumerate(row.cells)
    ]
    return [(span.element, span.cell, masked(whole, found, span)) for span in spans]
