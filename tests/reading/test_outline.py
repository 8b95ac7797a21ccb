"""The tree of a paper: depth from the numbers before, annexes for themselves, closing words with their list, oddities told."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.clause import Clause, ClauseRef, ClauseTree
from lvyue.library import loader
from lvyue.reading.markers import Style, markers
from lvyue.reading.outline import (
    AnomalyKind,
    Node,
    NodeKind,
    Outline,
    Part,
    PartKind,
    outline,
)
from lvyue.reading.paragraphs import Paragraph, Text, mend
from tests.reading.samples import SAMPLES, docx_of, full_text, pdf_of, refs, seed, source_of


def read(text: str) -> Outline:
    return outline(mend(source_of(text)))


def tree(text: str) -> list[str]:
    return [str(node.ref) for node in read(text).nodes]


def node(found: Outline, ref: str) -> Node:
    return next(one for one in found.nodes if str(one.ref) == ref)


def told(found: Outline) -> list[tuple[AnomalyKind, str]]:
    return [(one.kind, str(found.nodes[one.node].ref)) for one in found.anomalies]


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "style", "numbers", "rest"),
    [
        ("第三章 合同价款", Style.CHAPTER, (3,), "合同价款"),
        ("第 十二 条  期限", Style.ARTICLE, (12,), "期限"),
        ("第3条：期限", Style.ARTICLE, (3,), "期限"),
        ("第一部分 协议书", Style.DIVISION, (1,), "协议书"),
        ("十一、违约责任", Style.HAN, (11,), "违约责任"),
        ("（二）审核方式", Style.HAN_BRACKET, (2,), "审核方式"),
        ("(二)审核方式", Style.HAN_BRACKET, (2,), "审核方式"),
        ("㈢ 方式", Style.HAN_BRACKET, (3,), "方式"),
        ("4.1.2 采购需求", Style.DECIMAL, (4, 1, 2), "采购需求"),
        ("1.1. 本协议", Style.DECIMAL, (1, 1), "本协议"),
        ("3.1、服务范围", Style.DECIMAL, (3, 1), "服务范围"),
        ("２．１ 项目地点", Style.DECIMAL, (2, 1), "项目地点"),
        ("2.1 日常巡检", Style.DECIMAL, (2, 1), "日常巡检"),
        ("2.3 次要要求", Style.DECIMAL, (2, 3), "次要要求"),
        ("3、甲方", Style.COMMA, (3,), "甲方"),
        ("3．甲方", Style.POINT, (3,), "甲方"),
        ("10. 乙方", Style.POINT, (10,), "乙方"),
        ("(2)不可抗力", Style.BRACKET, (2,), "不可抗力"),
        ("⑵ 不可抗力", Style.BRACKET, (2,), "不可抗力"),
        ("2) 远程支持", Style.HALF_BRACKET, (2,), "远程支持"),
        ("a. 首期", Style.LETTER, (1,), "首期"),
        ("（b）单位", Style.LETTER_BRACKET, (2,), "单位"),
        ("②尾款", Style.CIRCLE, (2,), "尾款"),
        ("● 巡检表", Style.BULLET, (0,), "巡检表"),
        ("- 巡检表", Style.BULLET, (0,), "巡检表"),
        ("1 总则", Style.PLAIN, (1,), "总则"),
    ],
)
def test_a_number_is_read_in_any_dress(
    text: str, style: Style, numbers: tuple[int, ...], rest: str
) -> None:
    found = markers(text)

    assert found[0].style is style
    assert found[0].numbers == numbers
    assert text[found[0].length :] == rest


@pytest.mark.parametrize(
    "text",
    [
        "第三条款的约定",
        "第五条规定的义务",
        "第二条、第三条的约定",
        "99.9%以上",
        "2.5 万元",
        "2022.4.7",
        "2.2 款约定的",
        "10月15日",
        "3 个月内",
        "5 年经验",
        "一旦发生",
        "一。服务质量",
        "二、三级系统",
        "IT 服务",
        "《办法》",
        "7*24 小时",
        "-5 度",
    ],
)
def test_words_that_begin_like_a_number_are_words(text: str) -> None:
    assert markers(text) == ()


def test_a_letter_that_may_be_a_roman_number_is_both() -> None:
    assert [one.style for one in markers("(i) 甲")] == [Style.LETTER_BRACKET, Style.ROMAN]


# ── depth ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_dress_stands_at_another_depth_in_another_place() -> None:
    text = "第一条 内容\n一、要求\n（一）基础\n1. 资源\n(1) 主机\n第二条 保密\n1. 范围\n2. 期限"

    assert tree(text) == [
        "第一条", "第一条/一", "第一条/一/(一)", "第一条/一/(一)/1", "第一条/一/(一)/1/(1)",
        "第二条", "第二条/1", "第二条/2",
    ]  # fmt: skip


def test_decimals_stand_under_the_heading_whose_number_they_begin_with() -> None:
    text = (
        "一、定义\n1.1 合同\n1.1.1 正文\n二、价款\n2.1 总价\n2.2 付款\n(1) 首期\n(2) 尾款\n①甲\n②乙"
    )

    assert tree(text) == [
        "main 1", "main 1.1", "main 1.1.1", "main 2", "main 2.1", "main 2.2",
        "main 2.2(1)", "main 2.2(2)", "main 2.2(2)①", "main 2.2(2)②",
    ]  # fmt: skip


def test_articles_count_on_through_the_chapters() -> None:
    text = "第一章 总则\n第一条 目的\n第二条 定义\n第二章 服务\n第三条 范围\n第四条 期限"
    found = read(text)

    assert [str(one.ref) for one in found.nodes][-2:] == ["第二章/第三条", "第二章/第四条"]
    assert found.anomalies == ()


def test_a_list_starts_again_under_every_heading() -> None:
    text = "第一章 甲\n一、子\n二、丑\n第二章 乙\n一、寅\n1. 卯\n二、辰\n1. 巳"

    assert tree(text)[-5:] == ["第二章", "第二章/一", "第二章/一/1", "第二章/二", "第二章/二/1"]


def test_a_date_or_a_reference_at_the_start_of_a_line_is_no_clause() -> None:
    text = (
        "十、责任\n损失包括但不限于：\n10月15日\n10.1 费用；\n10.2 利息。\n十一、期限\n11.1 一年。"
    )

    assert tree(text) == ["main 10", "main 10.1", "main 10.2", "main 11", "main 11.1"]


# ── what is odd ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "kind", "ref"),
    [
        ("一、甲\n二、乙\n四、丙\n五、丁", AnomalyKind.GAP, "四"),
        ("一、甲\n1. 子\n1. 丑\n二、乙\n三、丙", AnomalyKind.REPEAT, "一/¶1"),
        ("七、甲\n7.1 子\n8、乙\n8.1 丑\n九、丙\n9.1 寅", AnomalyKind.DRIFT, "main 8"),
        ("一、甲\n二、乙\n(3) 丙\n(4) 丁\n三、戊", AnomalyKind.START, "二/(3)"),
    ],
)
def test_an_odd_number_is_told_and_keeps_its_place(text: str, kind: AnomalyKind, ref: str) -> None:
    assert (kind, ref) in told(read(text))


def test_an_orderly_paper_has_nothing_odd() -> None:
    assert told(read("一、甲\n1. 子\n2. 丑\n二、乙\n（一）寅\n（二）卯")) == []


def test_bullets_that_were_numbers_are_numbers_again() -> None:
    """1.1: the first three of twelve lost their numbers in a conversion."""
    found = read(
        "第一条 定义\n1.1 包括：\n- 甲；\n- 乙；\n- 丙；\n(4) 丁；\n(5) 戊。\n第二条 义务\n2.1 己。"
    )

    assert [str(one.ref) for one in found.nodes][2:7] == [f"main 1.1({n})" for n in range(1, 6)]
    assert node(found, "main 1.1(2)").label == "-"
    assert told(found) == [(AnomalyKind.DRIFT, "main 1.1(4)")]


def test_the_same_number_twice_leaves_two_clauses() -> None:
    found = read("第一条 甲\n1. 子\n2. 丑\n2. 寅\n3. 卯")

    assert len({one.ref for one in found.nodes}) == len(found.nodes) == 5


# ── paragraphs without a number ────────────────────────────────────────────────────────────────────────────────────

_CLOSING = "第四章 付款\n一、方式\n1. 首期五成。\n2. 尾款五成。\n每次付款之前应当出具发票。\n二、账户\n账户另行通知。"


def test_closing_words_belong_to_the_clause_around_the_list() -> None:
    assert tree(_CLOSING) == [
        "第四章", "第四章/一", "第四章/一/1", "第四章/一/2", "第四章/一/¶1", "第四章/二", "第四章/二/¶1",
    ]  # fmt: skip


def test_words_after_an_earlier_item_belong_to_that_item() -> None:
    text = "第八章 保密\n一、乙方应当保密。\n违反的，支付违约金。\n二、另签协议。\n三、接受检查。"

    assert tree(text)[1:3] == ["第八章/一", "第八章/一/¶1"]


def test_in_a_contract_of_decimals_a_heading_and_its_paragraph_are_one_clause() -> None:
    text = "一、文件\n1.1 甲；\n1.2 乙。\n次序在先者为准。\n二、转让\n不得转让。\n三、终止\n破产的可以终止。\n调整的协商修改。"

    assert tree(text) == [
        "main 1",
        "main 1.1",
        "main 1.2",
        "main 1¶1",
        "main 2",
        "main 3",
        "main 3¶1",
        "main 3¶2",
    ]


def test_a_number_alone_on_its_line_takes_its_title_from_the_next() -> None:
    found = read("第一章\n总则\n第一条 目的\n第二章\n服务\n第二条 范围")

    assert node(found, "第二章").text == "服务"
    assert node(found, "第二章").elements == (3, 4)


def test_a_table_stands_with_the_words_before_it() -> None:
    found = read("第一条 内容\n一、清单\n清单见下表。\n序号\t名称\n1\t甲\n2\t乙\n二、期限")

    assert str(found.nodes[found.at[3]].ref) == "第一条/一/¶1"


def test_a_block_of_fields_is_one_paragraph() -> None:
    text = "第十三条 通知\n1. 书面送达。\n2. 变更通知。\n甲方：\n地址：某路\n电话：1\n乙方：\n地址：某街\n第十四条 其他\n1. 签字生效。"

    assert tree(text)[3] == "第十三条/¶1"
    assert len(node(read(text), "第十三条/¶1").elements) == 5


# ── parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_MAIN = "第一条 内容\n1. 乙方服务。\n2. 甲方付款。\n第二条 期限\n1. 一年。\n"
_SIGNED = "（以下无正文）\n甲方（盖章）：\n日期：\n乙方（盖章）：\n日期：\n"
_DECIMALS = "一、内容\n1.1 乙方服务。\n1.2 甲方付款。\n二、期限\n2.1 一年。\n"


@pytest.mark.parametrize(
    ("annex", "name", "alias"),
    [
        (
            "附件 1：\n安全保密协议\n甲方：某局\n乙方：某公司\n一、要求\n1. 保密。\n",
            "附件1",
            "安全保密协议",
        ),
        ("附件2 安全保密协议\n甲方：某局\n一、要求\n1. 保密。\n", "附件2", "安全保密协议"),
        ("附件一、服务清单\n序号\t名称\n1\t甲\n", "附件一", "服务清单"),
        ("信息保护协议\n甲方：某局\n乙方：某公司\n一、权利\n1. 监督。\n", "信息保护协议", ""),
    ],
)
def test_an_annex_is_a_part_with_or_without_its_label(annex: str, name: str, alias: str) -> None:
    parts = read(_MAIN + _SIGNED + annex).parts

    assert [(one.name, one.kind) for one in parts] == [
        ("main", PartKind.MAIN),
        (name, PartKind.ANNEX),
    ]
    assert parts[1].aliases == ((alias,) if alias else ())


def test_a_contract_of_decimals_names_its_annexes_by_title() -> None:
    found = read(_DECIMALS + _SIGNED + "附件 1:\n保密协议\n甲方：某局\n第一条 定义\n1.1 信息。\n")

    assert [str(one.ref) for one in found.nodes][-2:] == ["保密协议 1", "保密协议 1.1"]
    assert found.parts[1].aliases == ("附件1",)


def test_a_list_of_annexes_before_the_signatures_begins_none_of_them() -> None:
    text = (
        _MAIN
        + "附件一：服务清单\n附件二：保密协议\n"
        + _SIGNED
        + "附件二：保密协议\n一、甲\n二、乙\n"
    )
    found = read(text)

    assert [one.name for one in found.parts] == ["main", "附件二"]
    assert "签署页" in tree(text)


def test_an_annex_announced_without_a_number_keeps_that_name() -> None:
    found = read(_MAIN + "附件: 信息保护协议\n" + _SIGNED + "信息保护协议\n甲方：某局\n一、甲\n")

    assert found.parts[1].name == "附件"
    assert found.parts[1].aliases == ("信息保护协议",)


def test_a_cover_that_repeats_the_title_is_one_annex_and_its_notes_bind_nobody() -> None:
    notes = "使用说明\n一、本文本供参考。\n二、空格应当填写。\n"
    annex = (
        "附件 1:\n保密协议\n某某中心\n2026 年 2 月\n"
        + notes
        + "保密协议\n甲方：某局\n第一条 定义\n1.1 信息。\n"
    )
    found = read(_DECIMALS + _SIGNED + annex)

    assert [(one.name, one.kind) for one in found.parts] == [
        ("main", PartKind.MAIN),
        ("使用说明", PartKind.PREFACE),
        ("保密协议", PartKind.ANNEX),
    ]
    assert not any("空格" in one.text for one in found.nodes)
    assert (AnomalyKind.TEMPLATE_LEFT, "保密协议 1") in told(found)


def test_notes_before_a_contract_of_chapters_are_kept_and_do_not_bind() -> None:
    found = read(
        "使用说明\n供双方参照。\n一、选择条款。\n二、保持完整。\n第一章 说明\n一、缘起。\n二、文件。"
    )

    notes = [one for one in found.nodes if one.ref.segments[0] == "使用说明"]
    assert [str(one.ref) for one in notes] == [
        "使用说明",
        "使用说明/¶1",
        "使用说明/一",
        "使用说明/二",
    ]
    assert not any(one.binding for one in notes)
    assert found.parts[0].kind is PartKind.PREFACE


def test_a_table_of_contents_is_no_clause() -> None:
    contents = "目 录\n第一条 内容 ……… 1\n第二条 期限 ……… 3\n"

    assert tree(contents + _MAIN) == ["目录", *tree(_MAIN)]


def test_a_table_of_contents_without_pages_ends_where_it_repeats() -> None:
    assert tree("目录\n第一条 内容\n第二条 期限\n" + _MAIN) == ["目录", *tree(_MAIN)]


def test_cover_preamble_and_signatures_are_places() -> None:
    cover = "某项目政府采购合同\n合同编号：1\n甲方：某局\n乙方：某公司\n"
    preamble = (
        "根据有关法律法规，甲乙双方经友好协商，就某项目的服务事宜订立本合同，以资共同遵守。\n"
    )
    found = read(cover + preamble + _MAIN + _SIGNED)

    assert [str(one.ref) for one in found.nodes][:2] == ["封面", "序言"]
    assert found.nodes[-1].kind is NodeKind.BACK
    assert not found.nodes[0].binding


def test_numbered_recitals_of_a_contract_of_decimals_are_paragraphs() -> None:
    annex = "廉洁协议\n甲方：某局\n鉴于：\n1、双方合作；\n2、甲方采购。\n为此订立本协议。\n一、规范\n双方自律。\n二、义务\n1、不得送礼。\n2、不得受礼。\n"
    found = read(_DECIMALS + _SIGNED + annex)

    assert [str(one.ref) for one in found.nodes][-6:] == [
        "廉洁协议 ¶1", "廉洁协议 ¶2", "廉洁协议 一", "廉洁协议 二", "廉洁协议 二.1", "廉洁协议 二.2",
    ]  # fmt: skip
    assert node(found, "廉洁协议 ¶2").label == "鉴于 2、"


# ── forms ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_BOX = '<input type="checkbox"/>'
_FORM = (
    "附件：验收方案\n验收方案\n"
    "一、组织\t\t\t\n"
    f"方式\t{_BOX} 自行组织/ {_BOX} 委托第三方\t\t\n"
    "主体\t某某中心\t\t\n"
    "二、内容\t\t\t\n"
    "是否抽查\t□ 是 ☑ 否\t抽查比例\t\n"
    "序号\t环节\t内容\t标准\n"
    "1\t初验\t文档\t齐全\n"
    "\n备注：签订时约定。\n"
)


def test_a_form_gives_its_fields_and_a_box_nobody_ticked_is_no_answer() -> None:
    found = read(_DECIMALS + _SIGNED + _FORM)

    assert found.parts[-1].kind is PartKind.FORM
    assert [(one.label, one.value, one.choices) for one in found.fields] == [
        ("方式", "", (("自行组织", False), ("委托第三方", False))),
        ("主体", "某某中心", ()),
        ("是否抽查", "否", (("是", False), ("否", True))),
        ("抽查比例", "", ()),
    ]
    assert [str(one.ref) for one in found.nodes][-7:] == [
        "验收方案 一", "验收方案 一¶1", "验收方案 一¶2", "验收方案 二", "验收方案 二¶1", "验收方案 二¶2", "验收方案 二¶3",
    ]  # fmt: skip
    assert found.nodes[-1].label == "备注"


def test_the_same_form_as_a_table_of_a_docx() -> None:
    text = _DECIMALS + _SIGNED + _FORM

    assert outline(mend(docx_of(text))).fields == read(text).fields


def test_a_broken_box_is_told() -> None:
    broken = _FORM.replace(f"{_BOX} 委托第三方", '<input type="checkbox" 委托第三方')
    found = read(_DECIMALS + _SIGNED + broken)

    assert AnomalyKind.BROKEN_BOX in [one.kind for one in found.anomalies]


# ── whole contracts ────────────────────────────────────────────────────────────────────────────────────────────────

#: 10¶1 of this release is the sentence that leads into its list; the release beside it folds the same sentence into 10.
_LEADS_IN = {"government-cloud-2026": ["main 10¶1"]}
#: clauses of levels one, two, … as people counted them, ¶ left out
_COUNTS = {
    ("security-support-2026", "main"): (16, 52, 55, 2),
    ("security-support-2026", "保密协议"): (11, 19, 41),
    ("security-support-2026", "廉洁协议"): (3, 4, 9),
    ("digital-operations-2026", "main"): (15, 43, 48, 2),
    ("digital-operations-2026", "保密协议"): (11, 19, 43),
    ("digital-operations-2026", "廉洁协议"): (3, 4, 10),
    ("government-cloud-2026", "main"): (15, 43, 51, 4),
}


def differences(found: Outline, release_id: str) -> tuple[list[str], list[str]]:
    """What a release has and a reading has not, and the other way round."""
    ours, theirs = Counter(str(one.ref) for one in found.nodes), Counter(refs(release_id))
    return sorted((theirs - ours).elements()), sorted((ours - theirs).elements())


@pytest.mark.parametrize("release_id", SAMPLES)
@pytest.mark.parametrize("as_file", [source_of, docx_of, pdf_of])
def test_a_sample_has_the_clauses_of_its_release(release_id: str, as_file) -> None:  # type: ignore[no-untyped-def]
    found = outline(mend(as_file(full_text(release_id))))

    assert differences(found, release_id) == (_LEADS_IN.get(release_id, []), [])


@pytest.mark.usefixtures("papers_at_hand")
@pytest.mark.parametrize("release_id", SAMPLES)
@pytest.mark.parametrize("as_file", [source_of, docx_of, pdf_of])
def test_a_paper_has_the_clauses_of_its_release(release_id: str, as_file) -> None:  # type: ignore[no-untyped-def]
    found = outline(mend(as_file(seed(release_id))))
    common = [str(one.ref) for one in found.nodes]

    assert differences(found, release_id) == (_LEADS_IN.get(release_id, []), [])
    assert common == [ref for ref in refs(release_id) if ref in common]


@pytest.mark.usefixtures("papers_at_hand")
@pytest.mark.parametrize(("release_id", "document"), _COUNTS)
def test_a_paper_has_as_many_clauses_a_level_as_people_counted(
    release_id: str, document: str
) -> None:
    nodes = outline(mend(source_of(seed(release_id)))).nodes
    levels = Counter(
        one.level
        for one in nodes
        if one.ref.document == document
        and one.kind in (NodeKind.NUMBERED, NodeKind.BULLET)
        and not one.ref.segments[-1].startswith("¶")
    )

    counted = _COUNTS[release_id, document]
    # People counted （a） and （b） inside a sentence with the sentence.
    assert tuple(levels[level] for level in sorted(levels))[: len(counted)] == counted


@pytest.mark.usefixtures("papers_at_hand")
def test_the_papers_of_chapters_have_as_many_clauses_a_part_as_people_counted() -> None:
    counts = []
    for release_id in ("video-conference-2022", "cloud-lease-2025"):
        found = outline(mend(source_of(seed(release_id))))
        first = [
            next(i for i, p in enumerate(found.parts) if _stands_in(p, one)) for one in found.nodes
        ]
        counts.append([first.count(i) for i in range(len(found.parts))])

    assert counts == [[6, 89, 53, 40], [147, 34]]


def _stands_in(part: Part, one: Node) -> bool:
    return part.first <= one.elements[0] <= part.last


@pytest.mark.usefixtures("papers_at_hand")
def test_what_is_odd_in_the_papers_is_told_and_nothing_else() -> None:
    odd = [told(outline(mend(source_of(seed(release_id))))) for release_id in SAMPLES]

    assert odd == [
        [(AnomalyKind.TEMPLATE_LEFT, "保密协议 1"), (AnomalyKind.TEMPLATE_LEFT, "廉洁协议 一")],
        [(AnomalyKind.DRIFT, "保密协议 1.1(4)")],
        [(AnomalyKind.DRIFT, "main 8")],
        [(AnomalyKind.TEMPLATE_LEFT, "使用说明")],
        [],
    ]


@pytest.mark.usefixtures("papers_at_hand")
def test_the_acceptance_form_has_thirteen_fields_and_eight_are_ticked_or_not() -> None:
    found = outline(mend(source_of(seed("digital-operations-2026"))))

    assert len(found.fields) == 13
    assert sum(bool(one.choices) for one in found.fields) == 8
    assert not any(ticked for one in found.fields for _, ticked in one.choices)


# ── what always holds ──────────────────────────────────────────────────────────────────────────────────────────────


def check(text: Text, found: Outline) -> None:
    """Every reference once and readable back, parents before children, every element at one node at most."""
    ClauseTree([Clause(one.ref, one.label or None, one.text) for one in found.nodes])
    for index, one in enumerate(found.nodes):
        assert ClauseRef.parse(str(one.ref)) == one.ref
        assert one.level == one.ref.depth
        if one.parent is not None:
            assert one.parent < index
            assert found.nodes[one.parent].ref == one.ref.parent or one.ref.parent is None
        if one.elements:
            first = text.elements[one.elements[0]]
            if isinstance(first, Paragraph) and one.kind is NodeKind.NUMBERED and one.text:
                assert first.text[one.begins :] in (one.text, "")
                assert first.text[: one.begins].startswith(one.label) or "鉴于" in one.label
    places = [at for one in found.nodes for at in one.elements]
    assert len(places) == len(set(places))
    assert all(at in found.nodes[i].elements for at, i in found.at.items())
    if found.parts:
        assert {at for p in found.parts for at in range(p.first, p.last + 1)} == set(
            range(len(text.elements))
        )


@pytest.mark.parametrize("release_id", SAMPLES)
def test_the_tree_of_a_sample_hangs_together(release_id: str) -> None:
    text = mend(source_of(full_text(release_id)))

    check(text, outline(text))


LINES = st.sampled_from(
    [
        "第一章 总则", "第二章 服务", "第一条 目的", "第二条", "一、甲", "二、乙", "三、丙", "（一）子", "（二）丑", "1. 寅", "2. 卯。",
        "1、辰", "1.1 巳", "1.2 午。", "2.1 未", "1.1.1 申", "(1) 酉", "(2) 戌", "①亥", "②甲", "a. 乙", "(i) 丙", "- 丁", "● 戊",
        "乙方应当做好维护工作。", "包括：", "附件1", "附件2：保密协议", "附件", "保密协议", "甲方：某局", "乙方（盖章）：", "（以下无正文）", "使用说明", "目录",
        "第一章 总则 1", "鉴于：", "序号\t名称", "1\t甲", "一、组织\t\t\t", "方式\t□ 是 □ 否\t\t", "备注：无", "12", "", "1 总则", "地址：", "运维服务合同",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=40))
def test_whatever_the_lines_the_tree_hangs_together(lines: list[str]) -> None:
    text = mend(source_of("\n".join(lines)))

    check(text, outline(text))


def test_a_release_can_be_built_on_the_tree() -> None:
    """Names of documents and numbers are those that a release accepts."""
    found = read(full_text("video-conference-2022"))
    ours = {one.ref for one in found.nodes}

    assert {clause.ref for clause in loader.load("video-conference-2022").clauses} <= ours
