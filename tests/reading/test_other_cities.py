"""Contracts of cities that nobody here has seen, in our own words, and what must come out of them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from lvyue.core.calendar import Unit
from lvyue.core.money import Money
from lvyue.core.terms import Cycle, LossRule, Party, TermKind
from lvyue.reading.candidates import Candidate
from lvyue.reading.found import State
from lvyue.reading.reading import Reading, read
from lvyue.reading.report import as_json
from tests.reading.samples import source_of

HOSPITAL = """\
云泽县人民医院网络运行维护服务合同

合同编号：YZRY-2026-77

委托方（甲方）：云泽县人民医院
受托方（乙方）：云泽迅联网络科技有限公司

1 服务内容
1.1 乙方负责甲方院内网络设备的日常维护。
1.1.1 交换机每月巡检一次。
1.2 乙方应于每月5日前提交上月运维月报。
1.3 出现故障时，乙方应在15分钟内响应，2小时内到达现场，8小时内恢复。
2 服务期限
2.1 服务期为两年零三个月，自二〇二六年三月一日起至二〇二八年五月三十一日止。
3 合同金额
3.1 合同总价为人民币86.4万元（大写：捌拾陆万肆仟元整），含税，税率为6 %。
4 付款方式
4.1 合同签订后30日内，甲方向乙方支付合同总价的30%，即人民币259200元。
4.2 服务满一年并经甲方考核合格后60日内，甲方支付合同总价的40%，即人民币345600元。
4.3 服务期满并经甲方验收合格后30日内，甲方支付剩余30%，即人民币259200元。
5 违约责任
5.1 乙方每逾期一日，应按合同总价的千分之一向甲方支付违约金，违约金累计不超过合同总价的10%。
5.2 甲方逾期付款的，按全国银行间同业拆借中心公布的一年期贷款市场报价利率（LPR）支付逾期利息。
6 合同解除
6.1 任何一方可提前30天书面通知对方解除本合同。

甲方（盖章）：云泽县人民医院
日期：2026年2月20日
乙方（盖章）：云泽迅联网络科技有限公司
日期：2026年2月21日
"""

CLOUD = """\
云资源租用合同

合同编号：HL-CLOUD-2026-003
买方：鹤岭市大数据管理局
卖方：鹤岭云基数据服务有限公司

第一条 租用内容
买方向卖方租用云资源，清单如下：

| 序号 | 资源名称 | 规格 | 数量 | 单价（元/月） |
|------|----------|------|------|------|
| 1 | 云主机 | 8核16G | 12 | 800 |
| 2 | 对象存储 | 1TB | 20 | 150 |
| 3 | 公网带宽 | 100M | 1 | 5000 |

第二条 合同价款
合同总价为人民币壹佰贰拾万元整（¥1,200,000.00）。

第三条 租用期限
租用期为12个月，自2026年4月1日起算。

第四条 付款
合同价款分三期支付：
（一）合同生效后10个工作日内，支付合同总价的50%，即60万元；
（二）系统上线验收合格后15个工作日内，支付合同总价的45%，即54万元；
（三）剩余5%作为质保金，即6万元，质保期满且无质量问题后30日内一次性支付。

第五条 违约责任
月度可用性低于99.9%的，每降低0.1个百分点，扣减当月服务费的2%。
卖方逾期交付的，每逾期一日按合同总价的0.5‰支付违约金，违约金总额不超过合同总价的5%。

买方：鹤岭市大数据管理局（公章）
签订日期：2026.3.25
卖方：鹤岭云基数据服务有限公司（公章）
签订日期：2026.3.25
"""

STREET = """\
柳湾街道社区视频监控维护协议

甲方：柳湾街道办事处
乙方：安望智能系统有限公司
丙方：柳湾物业服务有限公司

一、维护范围
甲方辖区内监控点位共计320路，由乙方负责维护。
二、维护期限
本协议期限自2026年1月1日至2026年12月31日，为期一年。
三、费用及支付
（一）维护费总额为人民币叁拾陆万元整（小写：360,000.00元）。
（二）甲方按月支付维护费，每月30000元，于次月15日前支付。
四、乙方义务
（一）每周巡查全部点位不少于1次，每少一次扣减500元。
（二）点位在线率应不低于98%，每低1个百分点扣减当月维护费的3%。
（三）接到报修后1小时内到达现场，24小时内修复。
五、协议解除
乙方连续三个月考核不合格的，甲方有权解除协议。

甲方（章）              乙方（章）              丙方（章）
代表：                  代表：                  代表：
2025年12月28日
"""

SECURITY = """\
南浦市交通运输局信息安全服务合同

合同编号：NPJT-2026-5

甲方：南浦市交通运输局
乙方：磐盾安全技术有限公司

一、项目概况
1、乙方为甲方提供信息安全服务。
2、服务期：自合同签订之日起一年。
二、合同价款
1、合同总价（含税）为：人民币500,000.00元（大写：伍拾伍万元整），增值税税率6%。
2、付款方式：
（1）首付款：合同签订后15个工作日内，甲方支付合同总价的60%，计300,000.00元；
（2）尾款：项目终验通过后15个工作日内，甲方支付合同总价的30%，计200,000.00元。
三、服务考核
考核得分95分及以上为优秀，全额支付；85-94分为良好，支付95%；70-84分为合格，支付90%；70分以下为不合格，支付70%。
四、违约责任
1、乙方未按时提交报告的，每次扣除违约金     元。
2、乙方擅自更换项目经理的，应支付违约金2万元/人次。

甲方（盖章）：南浦市交通运输局
日期：2026年3月2日
乙方（盖章）：磐盾安全技术有限公司
日期：2026年3月5日
"""

PLAIN = """\
设备维护协议

委托人：白沙湾海事处
受托人：白沙湾航电技术有限公司

经双方友好协商，达成如下协议：

委托人委托受托人维护雷达站3座，维护期限自2026年1月1日至2026年12月31日。维护费用共计人民币玖万陆仟元整（96000元），每季度支付一次，每次24000元，于每季度末月25日前支付。

受托人应当在接到故障通知后4小时内到达现场。受托人未按时到达的，每次扣减费用500元。

本协议一式两份，双方各执一份。

委托人：                     受托人：
2025年12月30日
"""

ORDER = """\
采购订单

订单编号：PO-2026-0098
日期：2026年5月6日
采购单位：清渠县教育局
供货单位：清渠启航电脑服务部

品名	规格	数量	单价(元)	金额(元)
打印机维修	台次	20	150.00	3000.00
电脑保养	台次	100	80.00	8000.00
合计				11000.00

总金额（大写）：壹万壹仟元整
交货时间：2026年6月30日前
付款方式：验收合格并收到发票后15日内一次性付清。

采购单位（盖章）：
供货单位（盖章）：
"""

LIBRARY = """\
北川市图书馆机房维保合同

甲方：北川市图书馆
乙方：北川恒维科技有限公司

第一章　总则
第一条　乙方为甲方机房提供维保服务，服务期自２０２６年０１月０１日至２０２６年１２月３１日。
第二条　合同总价为人民币１２８，０００．００元（大写：壹拾贰万捌仟元整）。
第二章　付款
第三条　本合同签订后１０个工作日内，甲方向乙方支付合同总价的７０％，即￥８９，６００．００元。
第四条　服务期满验收合格后１５个工作日内，甲方向乙方支付合同总价的３０％，即￥３８，４００．００元。
第三章　服务要求
第五条　乙方应当做到：
（１）每月巡检２次；
（２）故障响应时间不超过３０分钟。
第六条　本合同一式６份。

甲方：北川市图书馆　　　　乙方：北川恒维科技有限公司
２０２５年１２月２０日　　　　２０２５年１２月２１日
"""

AGREEMENT = """\
海晏区应急指挥平台运行维护项目合同书

甲 方：海晏区应急管理局
乙 方：海晏通捷通信工程有限公司
签订时间：二〇二六年四月三日

第一部分 合同协议书
1. 合同金额
合同金额为人民币（大写）壹佰零捌万伍仟元整（￥1085000.00），税率6%。
2. 服务期限
自2026年5月1日起，至2027年4月30日止。
3. 付款
3.1 预付款：合同签订生效后7个工作日内支付合同金额的40%（￥434000.00）。
3.2 进度款：2026年11月30日前支付合同金额的30%（￥325500.00）。
3.3 尾款：服务期满，经验收合格后7个工作日内支付合同金额的30%（￥325500.00）。
第二部分 合同条款
1. 乙方的权利和义务
1.1 乙方应对关键数据每日增量备份，备份数据保存不少于180天。
2. 违约责任
2.1 甲方无正当理由逾期付款的，每逾期一天，按同期LPR向乙方支付逾期付款违约金。

甲方（公章）：海晏区应急管理局
乙方（公章）：海晏通捷通信工程有限公司
"""

BODY = """\
第一条 服务内容
乙方负责甲方办公自动化系统的运行维护，包括系统监控、故障处理、数据备份和用户支持，并对甲方指定的人员每年开展不少于两次的操作培训，每次不少于半天。
第二条 合同金额与支付
2.1 合同金额为人民币贰拾肆万元整（¥240,000.00元），为固定总价，除本合同另有约定外，甲方不再向乙方支付任何其他费用。
2.2 合同签订之日起二十个工作日内，甲方向乙方支付合同金额的百分之四十，即人民币96,000.00元。
2.3 服务期满且经甲方验收合格之日起二十个工作日内，甲方向乙方支付合同金额的百分之六十，即人民币144,000.00元。
第三条 不可抗力
因不可抗力不能履行合同的一方，应在不可抗力发生后三日内书面通知对方，并在十五日内提供有关机构出具的证明。"""


def reading(text: str) -> Reading:
    return read(source_of(text))


def paths(found: Reading) -> list[str]:
    return [str(node.ref) for node in found.paper.outline.nodes if node.binding]


def says(found: Reading, severity: str = "") -> list[str]:
    told = as_json(found, {})["doubts"]
    assert isinstance(told, list)
    return [one["what"] for one in told if severity in ("", one["severity"])]


def shares(found: Reading) -> list[Fraction | None]:
    return [one.rate for one in found.consideration.instalments]


def limits(found: Reading, clause: str) -> list[tuple[Party, int | None, Unit | None]]:
    return [
        (one.debtor, one.limit.value, one.limit.unit)
        for one in found.candidates
        if str(one.clause).removeprefix("main ") == clause and one.limit is not None
    ]


def of(found: Reading, clause: str, kind: TermKind) -> list[Candidate]:
    return [one for one in found.candidates if str(one.clause) == clause and one.kind is kind]


def test_a_hospital_of_decimals_without_chapters() -> None:
    found = reading(HOSPITAL)

    assert found.identity.price.figures.value == Money.parse("864000")
    assert (found.identity.period.start.value, found.identity.period.end.value) == (
        date(2026, 3, 1),
        date(2028, 5, 31),
    )
    assert "main 1.1.1" in paths(found)
    assert shares(found) == [Fraction(3, 10), Fraction(2, 5), Fraction(3, 10)]
    second = found.consideration.instalments[1]
    assert [one.raw for one in second.conditions] == ["服务满一年", "经甲方考核合格"]
    assert second.within is not None
    assert (second.within.value, second.within.unit) == (60, Unit.CALENDAR_DAYS)
    assert limits(found, "1.3") == [
        (Party.SUPPLIER, 15, Unit.MINUTES),
        (Party.SUPPLIER, 2, Unit.HOURS),
        (Party.SUPPLIER, 8, Unit.HOURS),
    ]


def test_interest_at_a_published_rate_is_agreed_and_has_no_figure() -> None:
    for text, clause in ((HOSPITAL, "main 5.2"), (AGREEMENT, "第二部分/2/2.1")):
        found = reading(text)
        late = [one for one in found.consideration.damages if str(one.clause) == clause]

        assert [(one.debtor, one.rate, one.loss) for one in late] == [
            (Party.BUYER, None, LossRule.NONE)
        ]
        assert late[0].amount_in
        assert any("公布处查" in one for one in says(found, "confirm"))


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("两年零三个月", date(2028, 5, 31)),
        ("2年3个月", date(2028, 5, 31)),
        ("二年", date(2028, 2, 29)),
        ("１８个月", date(2027, 8, 31)),
        ("贰拾肆个月", date(2028, 2, 29)),
    ],
)
def test_a_period_of_years_and_months(said: str, last: date) -> None:
    found = reading(
        f"机房维护合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n第一条 服务期限\n服务期为{said}，自2026年3月1日起算。\n第二条 其他\n无。"
    )

    assert found.identity.period.end.value == last


def test_a_length_that_is_no_number_ends_no_reading() -> None:
    found = reading(
        "机房维护合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n第一条 服务期限\n服务期为十十个月，自2026年3月1日起算。\n第二条 其他\n一式十十份。每月巡检20000次，巡检２次。"
    )

    assert found.identity.period.end.state is State.BLANK
    assert found.identity.copies.state is State.ABSENT


def test_rows_between_strokes_are_a_table() -> None:
    found = reading(CLOUD)
    (table,) = found.paper.tables.values()

    assert table.columns == ("序号", "资源名称", "规格", "数量", "单价（元/月）")
    assert [[cell.text for cell in row.cells][1:4] for row in table.rows] == [
        ["云主机", "8核16G", "12"],
        ["对象存储", "1TB", "20"],
        ["公网带宽", "100M", "1"],
    ]
    assert str(table.clause) == "第一条/¶1"
    assert [one.count for one in found.candidates if one.kind is TermKind.ENTITLEMENT] == [
        12,
        20,
        1,
    ]
    assert not any("换页" in one for one in says(found))


def test_a_line_with_one_stroke_is_no_table() -> None:
    found = reading(CLOUD.replace("合同价款分三期支付：", "合同价款分三期支付，| 见下：|"))

    assert len(found.paper.tables) == 1


def test_a_lease_in_three_instalments_with_money_held_back() -> None:
    found = reading(CLOUD)

    assert shares(found) == [Fraction(1, 2), Fraction(9, 20), Fraction(1, 20)]
    assert [one.figures for one in found.consideration.instalments] == [
        Money.parse("600000"),
        Money.parse("540000"),
        Money.parse("60000"),
    ]
    (late,) = found.consideration.interest
    assert (late.debtor, late.daily, late.cap) == (
        Party.SUPPLIER,
        Fraction(1, 2000),
        Fraction(1, 20),
    )


def test_a_share_of_the_month_is_no_share_of_the_price() -> None:
    for text in (CLOUD, STREET):
        (monthly,) = [one for one in reading(text).consideration.damages if one.rate is not None]

        assert monthly.base_raw.startswith("当月")
        assert monthly.base is None


def test_three_parties_who_sign_side_by_side() -> None:
    found = reading(STREET)

    assert [one.role.value for one in found.identity.parties] == ["buyer", "supplier", "other"]
    assert paths(found)[-2:] == ["五/¶1", "签署页"]
    assert found.identity.period.start.value == date(2026, 1, 1)
    assert found.identity.period.end.value == date(2026, 12, 31)
    assert len(found.consideration.instalments) == 12
    assert {one.every for one in found.consideration.instalments} == {Cycle.MONTH}
    assert not any("无关的日期" in one for one in says(found))
    assert not any("没有付款天数" in one for one in says(found))


def test_words_that_contradict_the_figures_and_parts_that_do_not_add_up() -> None:
    found = reading(SECURITY)

    assert found.identity.price.words_money == Money.parse("550000")
    assert shares(found) == [Fraction(3, 5), Fraction(3, 10)]
    blocked = says(found, "block")
    assert any("与大写不一致" in one for one in blocked)
    assert any("合计 90%" in one for one in blocked)
    assert any("30% 是 ¥150,000.00" in one for one in blocked)


def test_grades_by_scores_are_no_instalments() -> None:
    found = reading(SECURITY)

    assert [(one.name, one.rate) for one in found.consideration.grades] == [
        ("95分及以上", Fraction(1)),
        ("85-94分", Fraction(19, 20)),
        ("70-84分", Fraction(9, 10)),
        ("70分以下", Fraction(7, 10)),
    ]
    assert not any("等级只到" in one for one in says(found))


def test_a_lowest_grade_that_is_paid_nothing() -> None:
    found = reading(SECURITY.replace("70分以下为不合格，支付70%。", "70分以下的，不予支付。"))

    assert [one.rate for one in found.consideration.grades][-1] == 0


def test_a_gap_before_the_sum_is_blank() -> None:
    found = reading(SECURITY)
    first = next(one for one in found.consideration.damages if str(one.clause) == "四/1")

    assert (first.amount, first.loss) == (None, LossRule.NONE)
    assert any("违约的金额" in one for one in says(found, "block"))


def test_a_paper_that_numbers_nothing_binds_all_the_same() -> None:
    found = reading(PLAIN)

    assert paths(found) == ["main ¶1", "main ¶2", "main ¶3", "签署页"]
    assert limits(found, "¶2") == [(Party.SUPPLIER, 4, Unit.HOURS)]
    assert not any("与大写不一致" in one for one in says(found))  # 3 座 is no sum
    assert not any("没有付款天数" in one for one in says(found))  # 25日前 is a day


def test_a_purchase_order_on_one_page() -> None:
    found = reading(ORDER)

    assert found.identity.contract_no.value == "PO-2026-0098"
    assert [one.name.value for one in found.identity.parties] == [
        "清渠县教育局",
        "清渠启航电脑服务部",
    ]
    (table,) = found.paper.tables.values()
    assert [row.total for row in table.rows] == [False, False, True]
    (only,) = found.consideration.instalments
    assert only.rate == 1
    assert only.invoice
    assert only.within is not None
    assert (only.within.value, only.within.unit) == (15, Unit.CALENDAR_DAYS)


def test_everything_in_full_width_figures() -> None:
    found = reading(LIBRARY)

    assert found.identity.price.figures.value == Money.parse("128000")
    assert found.identity.copies.value == 6
    assert found.identity.period.end.value == date(2026, 12, 31)
    assert [one.raw for one in found.consideration.instalments[0].conditions] == ["本合同签订"]
    assert not any("与大写不一致" in one for one in says(found))
    assert not any("维保的期间" in one for one in says(found))
    assert limits(found, "第三章/第五条/(2)") == [(Party.SUPPLIER, 30, Unit.MINUTES)]


def test_a_period_on_the_line_below_its_heading_and_a_day_to_pay_by() -> None:
    found = reading(AGREEMENT)

    assert found.identity.period.start.value == date(2026, 5, 1)
    assert found.identity.period.end.value == date(2027, 4, 30)
    assert shares(found) == [Fraction(2, 5), Fraction(3, 10), Fraction(3, 10)]
    assert not any("付款天数" in one for one in says(found))
    assert of(found, "第二部分/1/1.1", TermKind.RECURRING)


@pytest.mark.parametrize("width", [24, 30, 35, 41])
def test_a_text_copied_out_of_pages(width: int) -> None:
    head = "石桥市自然资源局办公系统运维合同\n\n合同编号：SQZR-2026-12\n\n甲方：石桥市自然资源局\n\n乙方：石桥明远信息科技有限公司\n\n"
    lines: list[str] = []
    for number, line in enumerate(
        words[at : at + width] for words in BODY.split("\n") for at in range(0, len(words), width)
    ):
        lines += [line] if number % 9 else ["", f"- {number // 9 + 1} -", "", line]
    whole, found = reading(head + BODY + "\n"), reading(head + "\n".join(lines) + "\n")

    assert paths(found) == paths(whole)
    assert [node.text for node in found.paper.outline.nodes] == [
        node.text for node in whole.paper.outline.nodes
    ]
    assert shares(found) == [Fraction(2, 5), Fraction(3, 5)]
    assert not any("与大写不一致" in one for one in says(found))


def acts(sentence: str) -> list[Candidate]:
    found = reading(
        f"机房维护合同\n甲方：临江市信息中心\n乙方：临江软件有限公司\n第一条 服务\n1. {sentence}\n2. 乙方应当按时巡检。\n第二条 其他\n无。\n"
    )
    return [one for one in found.candidates if str(one.clause) == "第一条/1"]


def test_three_clocks_in_one_list() -> None:
    found = acts("一级故障15分钟内响应、2小时内到达现场、8小时内恢复。")

    assert [(one.limit.value, one.limit.unit) for one in found if one.limit is not None] == [
        (15, Unit.MINUTES),
        (2, Unit.HOURS),
        (8, Unit.HOURS),
    ]


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("甲方应当在收到乙方的验收申请后7个工作日内组织验收，逾期未组织的视为验收合格。", 7),
        ("甲方应在收到月报后3个工作日内审核完毕。", 3),
        ("甲方应在收到清单后5个工作日内核对。", 5),
    ],
)
def test_the_days_that_the_buyer_has(sentence: str, days: int) -> None:
    (only,) = acts(sentence)

    assert (only.kind, only.debtor) == (TermKind.DEADLINE_AFTER_EVENT, Party.BUYER)
    assert only.limit is not None
    assert (only.limit.value, only.limit.unit) == (days, Unit.WORKING_DAYS)


def test_a_framework_agreement_that_calls_its_period_validity() -> None:
    found = reading(
        "东屿市信息系统运维框架协议\n采购人：东屿市行政审批局\n供应商：东屿卓远软件股份有限公司\n"
        "第一条 本协议为三年期框架协议，有效期自2026年7月1日起至2029年6月30日止。\n第二条 供应商应当按照订单提供服务。\n"
    )

    assert found.identity.period.start.value == date(2026, 7, 1)
    assert found.identity.period.end.value == date(2029, 6, 30)
