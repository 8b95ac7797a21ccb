"""澜江: a contract of a city that does not exist, in our own words, with nothing to find in it; tests break one thing at a time."""

from __future__ import annotations

import hashlib

from lvyue.reading.reading import Reading, read
from lvyue.reading.source import Line, Place, Source, SourceKind

CONTRACT = """\
澜江市档案馆 2026 年机房运行维护服务合同

合同编号：LJDA-2026-018

项目编号：LJZC2026-0451

甲方：澜江市档案馆

地址：澜江市书院路8号

电话：0000-70000001

传真：0000-70000002

乙方：澜江云帆信息技术有限公司

地址：澜江市江滨大道66号

电话：0000-70000003

传真：0000-70000004

开户银行：澜江银行书院支行

账号：6200000000000000001

甲乙双方经协商，就机房运行维护订立本合同。

第一条 服务内容

1. 乙方负责甲方机房设备的运行维护，设备见第八条的清单。

2. 乙方每月巡检 2 次，巡检之后 3 个工作日内提交巡检记录。

3. 设备发生故障的，乙方接到甲方报修后 30 分钟内响应，4 小时内修复。

第二条 服务期限

服务期限自2026年3月1日起至2026年12月31日止。

第三条 合同价款

合同价款为人民币¥600,000.00元（大写：陆拾万元整），税率6%，不含税金额¥566,037.74元。

第四条 付款

1. 本合同生效且收到乙方的等额发票后10个工作日内，甲方支付合同价款的60%，即¥360,000.00元（大写：叁拾陆万元整）。

2. 乙方通过验收且收到乙方的等额发票后10个工作日内，甲方支付合同价款的40%，即¥240,000.00元（大写：贰拾肆万元整）。

3. 甲方逾期付款的，每逾期一日按逾期金额的万分之三向乙方支付违约金，累计不超过逾期金额的10%。

第五条 验收

服务期满后15个工作日内，甲方组织验收，并在验收后5个工作日内出具书面结论。

第六条 违约责任

1. 乙方未按期修复的，每次按合同价款的1%向甲方支付违约金。

2. 乙方违反保密约定的，按合同价款的20%向甲方支付违约金。

第七条 争议解决

双方协商不成的，向甲方所在地人民法院提起诉讼。文书以书面送达，对方签收之日视为送达。

第八条 清单

表 费用清单

序号\t名称\t规格型号\t单位\t数量\t单价\t总价
1\t机房空调\tAC-50\t台\t4\t60000\t240000
2\t不间断电源\tUPS-80\t台\t3\t80000\t240000
3\t消防主机\tFH-9\t台\t2\t60000\t120000

表 考核指标

序号\t指标名称\t指标值\t单位\t权重\t计算方法
1\t巡检完成率\t100\t%\t60\t已完成次数除以应完成次数
2\t按时修复率\t95\t%\t40\t按时修复次数除以报修次数

第九条 其他

1. 本合同一式肆份，双方各执贰份。

2. 本合同自双方签字之日起生效。

（以下无正文）

甲方：澜江市档案馆

签署日期：2026年2月20日

乙方：澜江云帆信息技术有限公司

签署日期：2026年2月20日
"""


def source(text: str, name: str = "合同.txt") -> Source:
    """The lines of a text, as intake hands them over."""
    lines = tuple(Line(line, Place(line=i)) for i, line in enumerate(text.split("\n"), 1))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Source(name, digest, SourceKind.TEXT, lines)


def reading(text: str = CONTRACT, *changes: tuple[str, str]) -> Reading:
    """The reading of a text after some words were exchanged; each must be there."""
    for before, after in changes:
        assert before in text, f"the contract does not say {before}"
        text = text.replace(before, after)
    return read(source(text))
