"""What a contract is: its name, numbers, parties, price, period, signatures and papers, in grammars of many cities."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from lvyue.core.money import Money
from lvyue.core.release import Role
from lvyue.core.terms import Party
from lvyue.library import loader
from lvyue.reading.found import Found, State
from lvyue.reading.identity import Identity, identify
from lvyue.reading.outline import outline
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import mend
from lvyue.reading.tables import read_tables
from tests.reading import mutations
from tests.reading.samples import SAMPLES, seed, seeds, source_of

papers_at_hand = pytest.mark.skipif(seeds() is None, reason="the original papers are not here")


def paper(text: str) -> Paper:
    mended = mend(source_of(text))
    tree = outline(mended)
    return Paper(mended, read_tables(mended, tree), tree)


def read(text: str) -> Identity:
    return identify(paper(text.strip("\n")))


def names(identity: Identity, role: Role) -> list[str | None]:
    return [party.name.value for party in identity.parties if party.role is role]


def ranked(identity: Identity) -> list[tuple[int | None, str, bool]]:
    return [(d.rank, d.kind, d.here) for d in identity.documents]


THREE_INSTALMENTS = """
临江市数据资源局政务网络运行维护项目
服务合同
合同编号：LJSJ-2026-0031
项目编号：LJZC-2026-118
采购人（甲方）：临江市数据资源局
供应商（乙方）：临江云栈信息技术有限公司
签订日期：2026年3月5日
一、合同金额
本合同含税总金额为人民币¥2,685,000.00元（大写：贰佰陆拾捌万伍仟元整），增值税税率为6%，不含税金额为¥2,533,018.87元。
二、服务期限
服务期限为12个月，自2026年4月1日起至2027年3月31日止。
三、付款方式
（一）合同签订后10个工作日内支付合同总价的40%，即人民币1,074,000.00元；
（二）服务期满并经终验合格后付清剩余60%。
四、其他
1. 本合同自双方法定代表人签字并加盖公章之日起生效。
2. 本合同一式陆份，双方各执叁份。
甲方（盖章）：临江市数据资源局
乙方（盖章）：临江云栈信息技术有限公司
"""


def test_a_heading_over_two_lines_gives_the_title_and_labels_give_the_rest() -> None:
    found = read(THREE_INSTALMENTS)

    assert found.title.value == "临江市数据资源局政务网络运行维护项目"
    assert found.heading.value == "临江市数据资源局政务网络运行维护项目 服务合同"
    assert (found.contract_no.value, found.project_no.value) == ("LJSJ-2026-0031", "LJZC-2026-118")
    assert names(found, Role.BUYER) == ["临江市数据资源局"]
    assert names(found, Role.SUPPLIER) == ["临江云栈信息技术有限公司"]
    assert found.copies.value == 6


def test_price_tax_and_net_stand_in_one_sentence() -> None:
    price = read(THREE_INSTALMENTS).price

    assert price.figures.value == Money.yuan("2685000.00")
    assert price.words.value == "贰佰陆拾捌万伍仟元整"
    assert price.words_money == price.figures.value
    assert price.tax_rate.value == Fraction(6, 100)
    assert price.net.value == Money.yuan("2533018.87")


def test_one_date_of_signing_on_the_cover_is_that_of_both_sides() -> None:
    found = read(THREE_INSTALMENTS)

    assert {side: day.value for side, day in found.signed.items()} == {
        Party.BUYER: date(2026, 3, 5),
        Party.SUPPLIER: date(2026, 3, 5),
    }
    assert found.effective.value == date(2026, 3, 5)
    assert str(found.effective.clause) == "四/1"


def test_every_value_stands_on_its_own_words() -> None:
    """What a person is shown beside a value is the place it was read from."""
    at = paper(THREE_INSTALMENTS.strip("\n"))
    found = identify(at)

    spans: list[tuple[Found[object], str]] = [
        (found.contract_no, "LJSJ-2026-0031"),  # type: ignore[list-item]
        (found.price.figures, "¥2,685,000.00元"),  # type: ignore[list-item]
        (found.price.tax_rate, "6%"),  # type: ignore[list-item]
        (found.period.end, "2027年3月31日"),  # type: ignore[list-item]
    ]

    for value, words in spans:
        assert value.span is not None
        assert at.words(value.span) == words


TWO_COLUMNS = """
石桥镇政务大厅信息系统运维服务项目
政府采购合同书
甲方：石桥镇人民政府        乙方：石桥鹭信软件有限公司
地址：石桥镇云顶路842号        地址：软件园二期20号
邮编：361000        邮编：361008
第一条 合同金额
￥768,000.00 （大写：人民币柒拾陆万捌仟元整）。
第二条 合同期限
自2026年1月1日起，至2026年12月31日止。
甲方（盖章）：                乙方（盖章）：
法定代表人：                  法定代表人：
签订日期：2025年12月20日      签订日期：2025年12月22日
"""


def test_two_columns_read_line_by_line_give_each_side_its_own() -> None:
    found = read(TWO_COLUMNS)
    addresses = [party.address.value for party in found.parties if party.address]

    assert addresses == ["石桥镇云顶路842号", "软件园二期20号"]
    assert [day.value for day in found.signed.values()] == [date(2025, 12, 20), date(2025, 12, 22)]
    assert found.title.value == "石桥镇政务大厅信息系统运维服务项目"


def test_columns_one_below_the_other_are_paired_by_their_order() -> None:
    found = read(
        """
运维服务合同书
合同各方：
甲方：临江市信息中心
乙方：临江软件有限公司
法定代表人：某某
地址：长街 1 号
地址：短巷 2 号
一、合同金额：合同金额为人民币 **100000** 元整（大写**壹拾万元整**）。
甲方（盖章）：
乙方（盖章）：
日期：2026年02月09日
日期：

2026年02月11日
"""
    )

    assert [p.address.value for p in found.parties if p.address] == ["长街 1 号", "短巷 2 号"]
    assert [d.value for d in found.signed.values()] == [date(2026, 2, 9), date(2026, 2, 11)]
    assert found.price.words_money == Money.yuan("100000")


def test_bare_dates_after_both_seals_go_to_the_sides_in_their_order() -> None:
    found = read(
        """
甲方：临江市信息中心
乙方：临江软件有限公司
一、服务期限：自合同签订日起至 2026 年 12 月 31 日。
二、本合同经双方盖章后生效。
签约各方：
甲方（盖章）：
乙方（盖章）：
2026年01月16日
2026年01月20日
"""
    )

    assert [d.value for d in found.signed.values()] == [date(2026, 1, 16), date(2026, 1, 20)]
    assert found.effective.value == date(2026, 1, 20)
    assert (found.period.start.value, found.period.end.value) == (
        date(2026, 1, 20),
        date(2026, 12, 31),
    )
    assert found.period.start_rule == "自合同签订日起"


def test_an_incomplete_date_is_blank_and_nothing_takes_its_place() -> None:
    found = read(
        """
石桥镇应急平台运维项目合同
甲方：石桥镇人民政府
乙方：石桥渝数科技有限公司
第一条 运维期限：自合同签订之日起24个月。
第二条 本合同自签订之日起生效。
甲方：石桥镇人民政府
日期：2026年 月 日
乙方：石桥渝数科技有限公司
日期：
"""
    )

    assert [day.state for day in found.signed.values()] == [State.BLANK, State.BLANK]
    assert (found.effective.state, found.effective.value) == (State.BLANK, None)
    assert (found.period.start.state, found.period.end.state) == (State.BLANK, State.BLANK)
    assert (found.period.start_rule, found.period.end_rule) == ("自合同签订之日起", "24个月")


def test_a_rule_that_asks_for_more_than_signatures_gives_no_day() -> None:
    found = read(
        """
石桥镇教育云平台维护合同
甲方：石桥镇教育局
乙方：石桥海河信息有限公司
一、本合同经双方签字、加盖公章并经财政部门备案后生效。
甲方：石桥镇教育局（公章）
2026年8月20日
乙方：石桥海河信息有限公司（公章）
2026年8月25日
"""
    )

    assert [d.value for d in found.signed.values()] == [date(2026, 8, 20), date(2026, 8, 25)]
    assert found.effective.state is State.BLANK
    assert "备案" in found.effective.raw


def test_a_form_that_was_never_filled_in_is_blank_and_not_absent() -> None:
    found = read(
        """
临江市图书馆设备维保合同书
合同编号：____________
甲方：临江市图书馆
乙方：临江甬信服务有限公司
一、合同价格：人民币_______元（大写：_______）。
二、服务期限：________。
三、履约保证金：无
四、本合同一式____份。
"""
    )

    assert found.contract_no.state is State.BLANK
    assert found.price.figures.state is State.BLANK
    assert found.price.words_money is None
    assert (found.period.start.state, found.period.end.state) == (State.BLANK, State.BLANK)
    assert found.bond.state is State.NONE
    assert found.copies.state is State.BLANK
    assert found.project_no.state is State.ABSENT
    assert found.effective.state is State.ABSENT


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("：。", State.BLANK),
        ("：____", State.BLANK),
        ("：＿＿＿＿。", State.BLANK),
        ("：【    】", State.BLANK),
        ("：无", State.NONE),
        ("：/", State.NONE),
        ("： _/_ 。", State.NONE),
        ("：不收取", State.NONE),
        ("：合同金额的5%", State.FOUND),
    ],
)
def test_blank_none_and_something_are_three_things(written: str, state: State) -> None:
    found = read(f"运维服务合同\n甲方：临江市信息中心\n一、履约保证金{written}\n二、其他")

    assert found.bond.state is state


def test_a_front_sheet_in_a_table_is_read_as_labels() -> None:
    found = read(
        """
政务外网运维服务合同
合同专用条款前附表
序号\t条款名称\t内容
1\t合同编号\tQD-2026-009
2\t甲方\t临江市政务服务中心
3\t乙方\t临江海数科技有限公司
4\t合同金额\t人民币1,860,000.00元（大写：壹佰捌拾陆万元整）
5\t服务期限\t2026年3月1日至2027年2月28日
6\t履约保证金\t合同金额的5%
7\t服务地点\t临江市市北区
第一条 附则
合同文件包括：本合同、中标通知书、投标文件、招标文件，上述文件如有冲突，以排列在前的为准。
"""
    )

    assert found.contract_no.value == "QD-2026-009"
    assert names(found, Role.SUPPLIER) == ["临江海数科技有限公司"]
    assert found.price.figures.value == found.price.words_money == Money.yuan("1860000")
    assert (found.period.start.value, found.period.end.value) == (
        date(2026, 3, 1),
        date(2027, 2, 28),
    )
    assert found.bond.value == "合同金额的5%"
    assert found.places.value == "临江市市北区"
    assert ranked(found) == [
        (1, "main", True),
        (2, "award_notice", False),
        (3, "bid", False),
        (4, "tender", False),
    ]


def test_a_price_may_be_the_total_of_a_table_in_ten_thousands() -> None:
    found = read(
        """
临江市登记中心系统运维合同
甲方：临江市登记中心
乙方：临江姑苏软件有限公司
一、服务内容与价格
序号\t服务内容\t数量\t单价（万元）\t总价（万元）
1\t驻场运维\t2\t15\t30
2\t系统升级\t1\t12.5\t12.5
合计\t\t\t\t42.5
二、合同期自签字之日起至2026年12月31日止。
三、甲乙双方于2026年2月10日在临江签订本合同，双方签字后生效。
"""
    )

    assert found.price.figures.value == Money.yuan("425000")
    assert [d.value for d in found.signed.values()] == [date(2026, 2, 10), date(2026, 2, 10)]
    assert found.period.start.value == date(2026, 2, 10)


@pytest.mark.parametrize(
    ("sentence", "price", "words"),
    [
        ("合同总价为 96 万元（大写：人民币玖拾陆万元整），税率 13 %。", "960000", "960000"),
        ("合同金额：人民币壹佰贰拾万元整（小写：¥1200000.00元）", "1200000", "1200000"),
        ("本合同总价款为叁佰壹拾万零伍佰元整（¥3,100,500.00）。", "3100500", "3100500"),
        ("服务费总计人民币1，350，000元（大写壹佰叁拾伍万元整）。", "1350000", "1350000"),
        ("合同价款为人民币1,000,000.00元（大写：壹佰壹拾万元整）。", "1000000", "1100000"),
    ],
)
def test_figures_and_words_are_both_kept_even_where_they_differ(
    sentence: str, price: str, words: str
) -> None:
    found = read(
        f"某平台运维合同\n甲方：临江市信息中心\n一、价款\n{sentence}\n二、付款\n签订后支付合同总价的30%，即100.00元。"
    )

    assert found.price.figures.value == Money.yuan(price)
    assert found.price.words_money == Money.yuan(words)


def test_words_that_are_no_amount_are_kept_and_come_to_nothing() -> None:
    found = read(
        "某平台运维合同\n一、合同金额\n合同金额为人民币52000元（大写：伍万贰元仟整）。\n二、其他"
    )

    assert found.price.words.value == "伍万贰元仟整"
    assert found.price.words_money is None


@pytest.mark.parametrize(
    ("sentence", "start", "end", "other"),
    [
        ("服务期限为一年，自2026年5月1日起计算。", "2026-05-01", "2027-04-30", "2027-05-01"),
        ("运维期限：自合同签订之日起一年。", "2026-06-28", "2027-06-28", "2027-06-27"),
        ("服务期：自合同签订之日起365个日历日。", "2026-06-28", "2027-06-28", "2027-06-27"),
        ("服务期：自合同生效之日起 12 个月。", "2026-06-28", "2027-06-28", "2027-06-27"),
        ("维护期：2026.7.1-2027.6.30", "2026-07-01", "2027-06-30", None),
        ("服务期间：2026-02-01 至 2027-01-31", "2026-02-01", "2027-01-31", None),
        ("租赁期限为2026年2月1日—2027年1月31日。", "2026-02-01", "2027-01-31", None),
        (
            "本项目服务期三年，合同一年一签，本合同期限为2026年1月1日至2026年12月31日。",
            "2026-01-01",
            "2026-12-31",
            None,
        ),
        (
            "服务期三年，自2025年9月1日至2028年8月31日，本合同为第二年度合同，服务期限为2026年9月1日至2027年8月31日。",
            "2026-09-01",
            "2027-08-31",
            None,
        ),
        ("首年运维期限自签订之日起一年：。", "2026-06-28", "2027-06-28", "2027-06-27"),
        ("服务期限：自验收合格之日起24个月。", None, None, None),
        ("服务期限：自　　年　月　日起至　　年　月　日止。", None, None, None),
    ],
)
def test_periods_in_many_grammars(
    sentence: str, start: str | None, end: str | None, other: str | None
) -> None:
    """Both sides signed, the later on 28 June 2026."""
    found = read(
        f"某平台运维合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n一、服务期\n{sentence}\n"
        "二、本合同经双方签署后生效。\n甲方签署日期：2026年6月25日\n乙方签署日期：2026年6月28日"
    )

    def said(day: date | None) -> str | None:
        return day.isoformat() if day else None

    assert (said(found.period.start.value), said(found.period.end.value)) == (start, end)
    assert [said(day) for day in found.period.alternatives] == ([other] if other else [])
    if start is None:
        assert found.period.start.state is State.BLANK


def test_a_warranty_is_no_period_of_service() -> None:
    found = read(
        "某平台运维合同\n一、质量保证\n质量保证期为3个月，自2026年5月1日起计算。\n二、其他"
    )

    assert found.period.start.state is State.ABSENT


def test_a_consortium_a_supervisor_and_an_agency_are_parties_of_their_own() -> None:
    found = read(
        """
石桥镇应急指挥平台运维项目合同
甲方：石桥镇应急管理局
乙方（联合体牵头人）：石桥渝数科技有限公司
乙方（联合体成员）：石桥长江通信有限公司
丙方（监理单位）：石桥监信咨询有限公司
项目使用单位：石桥镇应急指挥中心
采购代理机构：石桥招采服务有限公司
第一条 合同总金额为￥4,200,000元（肆佰贰拾万元整）。
"""
    )

    assert names(found, Role.SUPPLIER) == ["石桥渝数科技有限公司", "石桥长江通信有限公司"]
    assert [p.member for p in found.parties if p.role is Role.SUPPLIER] == [1, 2]
    assert names(found, Role.SUPERVISOR) == ["石桥监信咨询有限公司"]
    assert names(found, Role.USING_DEPARTMENT) == ["石桥镇应急指挥中心"]
    assert names(found, Role.AGENCY) == ["石桥招采服务有限公司"]


def test_parties_may_be_named_in_a_sentence_with_their_aliases() -> None:
    found = read(
        """
委托运维协议书
本协议由临江市交通支队（以下简称“甲方”）与临江秦云信息有限公司（以下简称“乙方”）于二〇二六年四月十八日签订。
第一条 服务费用总计人民币伍拾捌万元（¥580,000）。
第二条 临江市交通支队（以下简称“市支队”或“支队”）负责协调。
第三条 本协议自双方签字盖章之日起生效。
"""
    )

    assert names(found, Role.BUYER) == ["临江市交通支队"]
    assert names(found, Role.SUPPLIER) == ["临江秦云信息有限公司"]
    assert found.parties[0].aliases == ("市支队", "支队")
    assert found.effective.value == date(2026, 4, 18)


def test_bodies_named_in_passing_have_their_roles() -> None:
    found = read(
        """
甲方：临江市信息中心
乙方：临江软件有限公司
一、说明
甲方受本项目牵头单位临江市国有资产监督管理委员会委托建设，并交付项目使用单位临江市机关局使用；牵头单位和使用单位提供的信息应予保密。
"""
    )

    assert names(found, Role.LEAD) == ["临江市国有资产监督管理委员会"]
    assert names(found, Role.USING_DEPARTMENT) == ["临江市机关局"]


def test_the_fullest_name_is_taken_and_a_cut_one_is_not() -> None:
    found = read(
        """
甲方：临江市国资监委
乙方：临江软件有限公司
一、服务
甲方（盖章）：临江市国家资产监管委员会
乙方（盖章）：临江软件有限公司
2026年1月20日
"""
    )

    assert names(found, Role.BUYER) == ["临江市国家资产监管委员会"]


def test_a_stamped_number_with_blanks_stands_beside_an_empty_printed_one() -> None:
    found = read(
        """
合同号 ABCDE 202506162
合同编号：
临江市云资源租用项目 政府采购合同
项目名称：临江市云资源租用项目
项目编号：0686-25ZZ0000000Z
"""
    )

    assert found.contract_no.value == "ABCDE 202506162"
    assert [n.state for n in found.other_numbers] == [State.BLANK]
    assert found.title.value == found.project.value == "临江市云资源租用项目"


def test_a_template_is_no_title_and_a_project_in_a_sentence_is_no_heading() -> None:
    found = read(
        """
使用说明
本《参考文本》供有关单位参照使用。
第一章 说明
一、甲、乙双方经过协商，就甲方委托乙方提供“临江市会议系统维护”项目运维服务事宜签订本合同。
第二章 服务
一、服务内容见附件。
"""
    )

    assert found.title.state is State.ABSENT
    assert found.project.value == "临江市会议系统维护"
    assert found.contract_no.state is State.ABSENT


def test_documents_in_a_list_rank_by_their_place_where_the_paper_says_so() -> None:
    found = read(
        """
运维服务合同
一、合同文件
下列文件构成本合同的组成部分，并按以下优先顺序解释：
（1）补充协议；
（2）本合同及其附件；
（3）中标通知书；
（4）投标文件；
（5）招标文件中的采购需求。
二、其他
双方签署《保密协议》作为本合同的附件。
"""
    )

    assert ranked(found) == [
        (1, "supplement", False),
        (2, "main", True),
        (2, "annex", False),
        (3, "award_notice", False),
        (4, "bid", False),
        (5, "requirements", False),
    ]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            "补充协议与本合同不一致的，以补充协议为准。本合同附件与本合同具有同等法律效力。",
            {"supplement": 1, "main": 2, "annex": 2},
        ),
        (
            "附件与本合同具有同等效力。如附件与本合同的条款不一致，以本合同条款为准。",
            {"main": 1, "annex": 2},
        ),
        ("本合同附件与合同具有同等效力。", {"main": 1, "annex": 1}),
        ("双方友好合作。", {"main": None, "annex": None}),
    ],
)
def test_ranks_from_single_sentences(rules: str, expected: dict[str, int | None]) -> None:
    found = read(
        f"运维服务合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n第一条 其他\n{rules}\n第二条 保密\n双方签署《保密协议》作为本合同的附件。"
    )

    assert {d.kind: d.rank for d in found.documents if d.kind in expected} == expected


@pytest.mark.parametrize(
    "hostile", ["甲方：" * 9000, "（以下简称" * 9000, " " * 200_000 + "签订日期："]
)
def test_a_text_that_repeats_itself_is_read_in_linear_time(hostile: str) -> None:
    found = read("运维服务合同\n甲方：临江市信息中心\n" + hostile)

    assert found.price.figures.state is State.ABSENT


# ── the five papers ──────────────────────────────────────────────────────────────────────────────────────────────


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
def test_the_papers_give_what_people_read_in_them(name: str) -> None:
    release = loader.load(name)

    found = read(seed(name))

    assert found.contract_no.value == release.number
    assert {(p.role, p.name.value) for p in found.parties} == {
        (party.role, party.name) for party in release.parties
    }
    assert found.price.figures.value == found.price.words_money == release.price
    assert found.price.words.value == release.price_words
    assert found.price.figures.clause == release.price_clause
    assert found.price.tax_rate.value == (release.tax.rate.value if release.tax else None)
    assert found.price.net.value == (release.tax.net if release.tax else None)
    assert {side.value: day.value for side, day in found.signed.items()} == dict(release.signed)
    assert (found.effective.value, found.effective.clause) == (
        release.effective,
        release.effective_clause,
    )
    assert (found.period.start.value, found.period.end.value) == (
        release.period.start,
        release.period.end,
    )
    assert found.period.end.clause == release.period.clause
    if found.title:
        assert found.title.value == release.title
    else:
        assert found.project.value == release.title


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
def test_the_papers_rank_their_papers_as_people_did(name: str) -> None:
    release = loader.load(name)
    kinds = {"award": "award_notice"}

    found = {(d.kind, d.rank, d.here) for d in read(seed(name)).documents}

    assert found == {
        (kinds.get(d.kind, d.kind), d.rank, d.here) for d in release.documents if d.kind != "rules"
    }


@papers_at_hand
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("how", sorted(set(mutations.SAME_TREE) - {"other figures"}))
def test_other_hands_typed_the_same_contract(name: str, how: str) -> None:
    plain, typed = read(seed(name)), read(mutations.SAME_TREE[how](seed(name)))

    assert typed.price.figures.value == plain.price.figures.value
    assert typed.price.words_money == plain.price.words_money
    assert typed.period.end.value == plain.period.end.value
    assert [d.value for d in typed.signed.values()] == [d.value for d in plain.signed.values()]
    assert [(p.role, p.name.value) for p in typed.parties] == [
        (p.role, p.name.value) for p in plain.parties
    ]
