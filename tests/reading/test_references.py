"""References lead to the clause that the paper means, or say why they lead nowhere; statutes lead out of the contract."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.reading.outline import outline
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import mend
from lvyue.reading.references import Reference, refer
from lvyue.reading.tables import read_tables
from tests.growth import quickest
from tests.reading.samples import seed, seeds, source_of

ARTICLES = """第一条 范围

一、乙方按附件1的要求提供服务，详见设备清单。

二、{here}

第二条 付款

1. 甲方按期付款。

2. 违约的按约定处理。

第三条 责任

（一）乙方承担修复责任。

（二）乙方承担赔偿责任。

设备清单

序号\t名称\t数量
1\t交换机\t2
2\t路由器\t3

附件1 运维要求

一、乙方按月巡检。

二、{there}
"""
DECIMALS = """一、总则

1.1 本合同文件齐备。

1.2 服务期一年。

二、价款

2.1 价款固定。

2.2 {here}

2.2.1 首款七成。

（1）发票合规。

（2）资料齐全。

三、人员

3.1 现场要求。

3.1.1 乙方派人驻场。
"""


def paper(text: str) -> Paper:
    mended = mend(source_of(text))
    tree = outline(mended)
    return Paper(mended, read_tables(mended, tree), tree)


def led(text: str) -> list[tuple[str, str, str]]:
    """Source, words and target of each reference that leads somewhere or names a missing paper."""
    return [
        (str(one.source), one.raw, str(one.target) if one.target else f"?{one.missing}")
        for one in refer(paper(text))
    ]


def here(words: str, *, form: str = ARTICLES) -> list[Reference]:
    """The references of one sentence, put into a contract."""
    whole = paper(form.format(here=words, there="其他要求另行商定。"))
    spoken = [whole.paragraph(element) for element in range(len(whole.text.elements))]
    (at,) = [i for i, paragraph in enumerate(spoken) if paragraph and words in paragraph.text]
    return [one for one in refer(whole) if one.span.element == at]


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        ("按照第二条第 1 项执行。", ["第二条/1"]),
        ("按本合同第三条第（二）项处理。", ["第三条/(二)"]),
        ("按本合同第三条(一)款处理。", ["第三条/(一)"]),
        ("违反第二条和第三条的，承担责任。", ["第二条", "第三条"]),
        ("适用第二条至第三条。", ["第二条", "第三条"]),
        ("违反前款的，承担责任。", ["第一条/一"]),
        ("本条第一款的服务应当达标。", ["第一条/一"]),
        ("服务要求见附件 1。", ["附件1"]),
        ("服务要求见附件一第一条。", ["附件1/一"]),
        ("依照《运维要求》第一条执行。", ["附件1/一"]),
        ("数量如设备清单所列。", ["第三条/¶1"]),
    ],
)
def test_a_reference_in_any_dialect_leads_to_its_clause(words: str, targets: list[str]) -> None:
    found = here(words)

    assert [str(one.target) for one in found] == targets
    assert all(not one.says and not one.missing for one in found)
    assert all(str(one.source) == "第一条/二" for one in found)


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        ("违反本合同第三条 3.1.1 款约定的，扣款。", ["main 3.1.1"]),
        ("价款见第 2.1 款。", ["main 2.1"]),
        ("本条 2.1 款和 2.2 款同时适用。", ["main 2.1", "main 2.2"]),
        ("按第二条第 2.2.1. 款第（2）项提供资料。", ["main 2.2.1(2)"]),
        ("按照1.2执行。", ["main 1.2"]),
        ("上述第 2.1. 款不受影响。", ["main 2.1"]),
        ("第一条所述文件优先。", ["main 1"]),
        ("按第２．１款执行。", ["main 2.1"]),
    ],
)
def test_a_decimal_paper_is_referred_to_by_units_it_does_not_print(
    words: str, targets: list[str]
) -> None:
    assert [str(one.target) for one in here(words, form=DECIMALS)] == targets


@pytest.mark.parametrize(
    "words",
    [
        "依据《中华人民共和国民法典》第五百七十七条承担责任。",
        "依据《中华人民共和国招标投标法》第十条、第十二条办理。",
        "应当符合《信息系统运维服务规范（试行）》。",
        "提交《月度巡检记录表》和《故障处理报告》。",
        "带宽为2.5 G，版本为1.2.3。",
        "第三方不承担责任，每10款设备抽检。",
        "双方签署本合同，附件与合同有同等效力。",
        "参与人员应当签署书面《保密承诺书》。",
    ],
)
def test_what_leads_out_of_the_contract_is_no_reference(words: str) -> None:
    assert here(words) == []


def test_a_paper_outside_the_file_is_missing_and_not_unresolved() -> None:
    found = here("违反招标文件和采购需求的，按《廉政责任书》和附件3处理。")

    assert [one.missing for one in found] == ["招标文件", "采购需求", "廉政责任书", "附件3"]
    assert all(one.target is None and not one.says for one in found)


def test_the_annex_speaks_of_the_main_contract_and_of_itself() -> None:
    text = ARTICLES.format(here="其他。", there="按主合同第三条（二）款和本附件第一条执行。")

    assert [row for row in led(text) if row[0].startswith("附件1")] == [
        ("附件1/二", "主合同第三条（二）款", "第三条/(二)"),
        ("附件1/二", "本附件第一条", "附件1/一"),
    ]


def test_a_clause_that_does_not_exist_is_told_with_what_is_near() -> None:
    (found,) = here("按照第九条第2款执行。")

    assert (found.target, found.missing) == (None, "")
    assert "第九条第2款" in found.says


def test_an_ambiguous_reference_is_told_and_not_guessed() -> None:
    text = "第一条 甲\n\n一、付款。\n\n（1）首款。\n\n二、验收。\n\n（1）初验。\n\n第二条 乙\n\n按照本合同第（1）项执行。\n"

    (found,) = refer(paper(text))

    assert found.target is None
    assert "第一条/一/(1)" in found.says
    assert "第一条/二/(1)" in found.says


def test_the_clause_before_the_first_one_is_told() -> None:
    text = ARTICLES.replace(
        "一、乙方按附件1的要求提供服务，详见设备清单。", "一、违反前款的，整改。"
    )

    found = [
        one
        for one in refer(paper(text.format(here="无。", there="无。")))
        if one.raw.startswith("前款")
    ]

    assert [one.target for one in found] == [None]
    assert found[0].says


def test_clauses_that_only_lead_to_each_other_are_told() -> None:
    text = "一、违约\n\n1.1 按第 2.1 款处理。\n\n二、赔偿\n\n2.1 按第 3.1 款处理。\n\n三、其他\n\n3.1 按第 1.1 款处理。\n\n3.2 按第 1.1 款处理。\n"

    told = {str(one.source): bool(one.says) for one in refer(paper(text))}

    assert told == {"main 1.1": True, "main 2.1": True, "main 3.1": True, "main 3.2": False}


def test_a_table_below_is_found_and_its_own_clause_is_no_circle() -> None:
    text = "一、资源\n\n资源数量如下表所示。\n\n序号\t名称\t数量\n1\t主机\t3\n\n二、其他\n\n价格见下表。\n"

    shown, nothing = refer(paper(text))

    assert (str(shown.target), shown.says) == ("main 1¶1", "") or str(shown.target).startswith("一")
    assert not shown.says
    assert nothing.target is None
    assert nothing.says


def test_a_reference_in_a_cell_stands_in_that_cell() -> None:
    text = "第一条 目标\n\n一、保密。\n\n二、指标\n\n序号\t指标\t依据\n1\t可用率\t见第一条第一款\n"

    (found,) = refer(paper(text))

    assert (str(found.target), found.span.cell) == ("第一条/一", (0, 2))


def test_instructions_of_the_template_refer_to_nothing() -> None:
    text = "使用说明\n\n一、按照第九条填写。\n\n某某合同\n\n第一条 范围\n\n按第二条执行。\n\n第二条 付款\n\n按月付款。\n"

    assert [str(one.source) for one in refer(paper(text))] == ["第一条/¶1"]


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["第{0}条第（{1}）项", "第 {0} 条第 ({1}) 项", "本合同第{0}条（{1}）款"]))  # fmt: skip
def test_any_clause_is_found_by_its_numbers(article: int, item: int, dialect: str) -> None:
    text = "\n\n".join(
        [
            f"第{'一二三四五六七八九'[i]}条 标题"
            + "".join(f"\n\n（{'一二三四五六七八九'[j]}）内容。" for j in range(9))
            for i in range(9)
        ]
        + [
            f"第十条 其他\n\n按照{dialect.format('一二三四五六七八九'[article - 1], '一二三四五六七八九'[item - 1])}执行。"
        ]
    )

    (found,) = refer(paper(text))

    assert found.target is not None
    assert found.target.segments == (
        f"第{'一二三四五六七八九'[article - 1]}条",
        f"({'一二三四五六七八九'[item - 1]})",
    )


@pytest.mark.parametrize(
    "unit", ["第", "第一条", "（1）", "《", "1.1款", "见", "附件1", "本合同", "前款"]
)
def test_no_pattern_is_quadratic(unit: str) -> None:
    short, long = (
        partial(refer, paper(f"一、甲\n\n1.1 乙。\n\n二、丙\n\n{unit * (size // len(unit))}\n"))
        for size in (3_000, 24_000)
    )
    allowed = max(1.0, quickest(short) * 30)

    assert quickest(long, enough=allowed) < allowed


# ── against the papers ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(seeds() is None, reason="the original papers are not here")
@pytest.mark.parametrize(
    ("release", "count", "some"),
    [
        ("security-support-2026", 17, {"main 11.5": "main 7.2.15", "main 5.1": "main 2.2", "保密协议 2.4": "保密协议 2.2(3)"}),
        ("digital-operations-2026", 15, {"main 5.1": "main 2.2", "保密协议 2.2(1)": "保密协议 2.3"}),
        ("government-cloud-2026", 2, {"main 5.1": "main 2.2"}),
        ("video-conference-2022", 9, {"第七章/二": "第五章/一", "第八章/五": "第八章/一", "附件1/一/3/3.1/¶1": "附件1/六/¶1"}),
        ("cloud-lease-2025", 5, {"第九条/4": "第八条"}),
    ],
)  # fmt: skip
def test_the_references_of_the_papers_lead_where_people_found_them_to(
    release: str, count: int, some: dict[str, str]
) -> None:
    found = refer(paper(seed(release)))

    pairs = {(str(one.source), str(one.target)) for one in found if one.target is not None}
    assert len(pairs) == count
    assert set(some.items()) <= pairs
    assert [one for one in found if one.target is None and not one.missing] == []


@pytest.mark.skipif(seeds() is None, reason="the original papers are not here")
def test_annexes_that_were_not_attached_are_missing() -> None:
    found = refer(paper(seed("government-cloud-2026")))

    assert {(str(one.source), one.missing) for one in found if "协议" in one.missing} == {
        ("main 8.1.2", "保密协议"),
        ("main 8.2.1", "廉洁协议"),
    }
