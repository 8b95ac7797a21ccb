"""对外提供要写明给谁、为什么、哪几个文件：敞着口的话一句也不收（保密协议 2.2(1)，CFD-04）。"""

from __future__ import annotations

import pytest

from lvyue.confidentiality.basis import bases_of, told
from lvyue.confidentiality.wording import nobody_in_particular, open_ended
from lvyue.core.terms import Party
from lvyue.library.loader import load

OPEN = [
    "全部资料",
    "提供项目的所有文件",
    "与本项目有关的资料",
    "一切与运维相关的技术文档",
    "扫描报告、资产清单等资料",
    "扫描报告等",
    "包括但不限于扫描报告",
    "后续另行补充",
    "all documents of the project",
    "any relevant data",
    "reports, etc.",
    "全 部 资 料".replace(" ", ""),
    "所有的数据",
]

CLOSED = [
    "三级等保复测，核对上一季度的漏洞扫描结果",
    "向审计机构说明第二期付款的依据",
    "等级保护测评",
    "用于二级等保测评的现场核查",
    "故障原因分析：数据库 A 节点 3 月 2 日宕机",
]


@pytest.mark.parametrize("text", OPEN)
def test_an_open_end_is_named(text: str) -> None:
    assert open_ended(text)


@pytest.mark.parametrize("text", CLOSED)
def test_a_closed_purpose_passes(text: str) -> None:
    assert not open_ended(text)


@pytest.mark.parametrize(
    "text", ["各有关单位", "相关单位", "社会公众", "待定", "某公司等单位", "任何人"]
)
def test_nobody_in_particular_is_no_recipient(text: str) -> None:
    assert nobody_in_particular(text)


@pytest.mark.parametrize("text", ["某市网络安全测评中心", "等保测评有限公司", "市审计局电子数据处"])
def test_somebody_who_is_named_is(text: str) -> None:
    assert not nobody_in_particular(text)


@pytest.mark.parametrize(
    ("contract_id", "clause"),
    [
        ("security-support-2026", "保密协议 2.2(1)"),
        ("digital-operations-2026", "7.2.17"),
        ("government-cloud-2026", "7.2.17"),
        ("video-conference-2022", "第八章"),
        ("cloud-lease-2025", "第八条"),
    ],
)
def test_every_contract_says_itself_why_consent_is_needed(contract_id: str, clause: str) -> None:
    found = bases_of(load(contract_id), Party.SUPPLIER)

    assert any(clause in one.clauses for one in found), found


def test_where_the_contract_is_silent_the_house_says_that_it_is_its_own_rule() -> None:
    assert "本系统规定" in told(())
