"""Canonical clause numbers, the tree, and the dialects in which papers refer to themselves."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.core.clause import (
    AmbiguousClause,
    BadClause,
    Clause,
    ClauseNotFound,
    ClauseRef,
    ClauseTree,
    UnresolvedClause,
    clause_number,
)

CANONICAL = [
    "main",
    "main 14",
    "main 5.2①",
    "main 5.2a",
    "main 5.2.1a",
    "main 7.2.8(1)",
    "main 13¶1",
    "main 2.1(3)",
    "main ¶1",
    "保密协议",
    "保密协议 7.1(3)",
    "保密协议 2.2(3)(a)",
    "保密协议 2.2(3)¶1",
    "廉洁协议 一",
    "廉洁协议 二.4(2)",
    "廉洁协议 使用说明.一",
    "履约验收方案 一",
    "封面",
    "使用说明/一",
    "序言",
    "第四章/一/1",
    "第五章/二/¶1",
    "第一条/一/(三)/2/(7)/¶1",
    "第一条/二/(二)/¶1 (T3 row 12)",
    "第三章/¶1 (T1 row 8)",
    "签署页",
    "附件",
    "附件/三/¶1",
    "附件1/一/3/3.3/•1",
    "附件2/当事人",
    "附件2/五/(一)/4",
    "附件2/¶1",
    "一/1",
]


def tree(*texts: str, aliases: dict[str, str] | None = None) -> ClauseTree:
    """A tree of these clauses with all that is around them."""
    refs: dict[ClauseRef, None] = {}
    for text in texts:
        chain = [ClauseRef.parse(text)]
        while chain[-1].parent is not None:
            chain.append(chain[-1].parent)
        refs |= dict.fromkeys(reversed(chain))
    return ClauseTree((Clause(ref, ref.segments[-1], "") for ref in refs), aliases)


DECIMAL = tree(
    "main 2.2", "main 2.1(3)", "main 5.2①", "main 5.2②", "main 7.2.2", "main 7.2.8(1)", "main 7.2.15", "main 8.3",
    "main 13¶1", "保密协议 1", "保密协议 2.1", "保密协议 2.2(3)¶1", "保密协议 2.2(3)(a)", "保密协议 7.1(3)", "廉洁协议 二.4(2)",
    aliases={"附件1": "保密协议"},
)  # fmt: skip
CHAPTERS = tree(
    "使用说明/一", "第一章/一", "第四章/一/1", "第四章/一/¶1", "第五章/一/¶1", "第五章/二/¶1", "第六章/二/(一)/1", "第六章/二/(二)/1",
    "第八章/一/¶1", "第九章/¶1/(2)", "签署页", "附件1/一/1/¶1", "附件1/一/3/3.3/•1", "附件1/三", "附件1/五/2/(1)/¶1", "附件2/五/(一)/4",
    "附件2/五/(二)/1",
    aliases={"安全保密协议": "附件2"},
)  # fmt: skip
ARTICLES = tree(
    "封面", "第一条/¶1", "第一条/一/(三)/2/(7)/¶1", "第一条/二/(二)/¶1", "第五条/一/1", "第五条/一/8", "第五条/二/10", "第八条/10",
    "附件/三/¶1", "附件/二/(三)/2",
)  # fmt: skip
ANNEX_THREE = tree("main 1.1", "附件3/二/2.4")


# ------------------------------------------------------------------------------------------- references


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_numbers_read_back(text: str) -> None:
    """条款号读出写回一字不差"""
    assert str(ClauseRef.parse(text)) == text


SEGMENTS = st.one_of(
    st.integers(1, 40).map(str),
    st.integers(1, 40).map("({})".format),
    st.sampled_from("①②③④⑤ab"),
    st.sampled_from(["一", "二", "十二", "(一)", "(a)", "(iv)", "签署页", "3.3"]),
    st.integers(1, 9).map("¶{}".format),
    st.integers(1, 9).map("•{}".format),
)


@given(
    st.sampled_from(["附件", "附件1", "附件12"]),
    st.lists(SEGMENTS, max_size=6),
    st.none() | st.just((3, 12)),
)
def test_any_path_of_an_annex_reads_back(
    document: str, segments: list[str], row: tuple[int, int] | None
) -> None:
    """任意层级都读得回来"""
    ref = ClauseRef(document, tuple(segments), row)

    assert ClauseRef.parse(str(ref)) == ref


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "不能为空"),
        (" main 1", "前后不能有空白"),
        ("5.2", "应写作「main 5.2」"),
        ("main/5", "应写作「main 5」"),
        ("main 签署页", "应写作「签署页」"),
        ("附件1 三", "应写作「附件1/三」"),
        ("信息保护协议/三", "应写作「信息保护协议 三」"),
        ("main 7.2.8((1)", "从「((1)」起"),
        ("main 7.2.8（1）", "从「（1）」起"),
        ("main 5..2", "从「..2」起"),
        ("main 5.(1)", "从「.(1)」起"),
        ("main 0", "「0」不是条款编号"),
        ("第四章//1", "「」不是条款编号"),
        ("第四章/<b>", "「<b>」不是条款编号"),
        ("第一章 一", "文件名「第一章」不可用"),
        ("doc 1", "文件名「doc」不可用"),
    ],
)
def test_other_spellings_are_refused_with_the_right_one(text: str, words: str) -> None:
    """写法不规范时给出规范写法"""
    with pytest.raises(BadClause, match=re.escape(words)):
        ClauseRef.parse(text)


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        ("main 7.2.8(1)", "main 7.2.8"),
        ("main 5.2①", "main 5.2"),
        ("main 13¶1", "main 13"),
        ("main 13", None),
        ("保密协议 2.2(3)(a)", "保密协议 2.2(3)"),
        ("附件1/一/3/3.3/•1", "附件1/一/3/3.3"),
        ("附件1/一", None),
        ("第三章/¶1 (T1 row 8)", "第三章/¶1"),
    ],
)
def test_every_clause_knows_what_is_around_it(text: str, parent: str | None) -> None:
    """条款的上级"""
    assert ClauseRef.parse(text).parent == (ClauseRef.parse(parent) if parent else None)


def test_a_reference_knows_its_place() -> None:
    """文件、层级、行、包含关系"""
    row = ClauseRef.parse("第三章/¶1 (T1 row 8)")
    chapter = ClauseRef.parse("第三章")

    assert (row.document, row.depth, row.row) == ("main", 2, (1, 8))
    assert row.clause == chapter.child("¶1")
    assert row.is_within(chapter)
    assert row.is_within(row)
    assert not chapter.is_within(row)
    assert ClauseRef.parse("附件1/一").is_within(ClauseRef("附件1"))
    assert not ClauseRef.parse("main 5.21").is_within(ClauseRef.parse("main 5.2"))
    assert len({row, ClauseRef.parse(str(row))}) == 1


def test_references_sort_as_the_numbers_do() -> None:
    """7.2.2 在 7.2.15 之前，正文在附件之前"""
    in_order = [
        "main 2.1(3)",
        "main 7.2.2",
        "main 7.2.8(1)",
        "main 7.2.15",
        "main 13",
        "main 13¶1",
        "附件/三",
        "附件2/五/(一)/4",
        "附件2/五/(二)",
        "附件10/一",
    ]
    chapters = ["封面", "使用说明/一", "第一章/二", "第一章/十", "第二章/¶1", "第二章/一", "第三章/¶1", "第三章/¶1 (T1 row 2)",
                "第三章/¶1 (T1 row 10)", "第十一章/一", "签署页"]  # fmt: skip

    for texts in (in_order, chapters):
        assert [str(ref) for ref in sorted(map(ClauseRef.parse, reversed(texts)))] == texts


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("七", 7), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("二〇", 20), ("一〇五", 105),
     ("一百", 100), ("一百零五", 105), ("一百一十", 110), ("一百一十五", 115), ("九百九十九", 999)],
)  # fmt: skip
def test_numerals_up_to_999(text: str, number: int) -> None:
    """条款编号的中文数字"""
    assert clause_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "百", "一百五", "十十", "一百零十", "一千", "1000", "二十零一", "x"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """不成数字的编号"""
    with pytest.raises(ValueError, match="999 以内的编号"):
        clause_number(text)


# ------------------------------------------------------------------------------------------- the tree


def test_a_tree_keeps_the_paper_order() -> None:
    """条款树按纸面次序"""
    paper = tree("第四章/一/1", "第四章/一/2", "第四章/一/¶1", "签署页", "附件1/一")
    refs = [clause.ref for clause in paper]
    row = ClauseRef.parse("第四章/一/2 (T1 row 3)")

    assert [str(clause.ref) for clause in paper.children(ClauseRef.parse("第四章/一"))] == [
        "第四章/一/1", "第四章/一/2", "第四章/一/¶1",
    ]  # fmt: skip
    assert [str(clause.ref) for clause in paper.roots] == ["第四章", "签署页", "附件1/一"]
    assert paper.documents == ("main", "附件1")
    assert paper.in_paper_order(reversed([*refs, row])) == [*refs[:4], row, *refs[4:]]
    assert paper.depth(refs[2]) == 3
    assert len(paper) == 7
    assert row in paper
    assert paper[row].ref == row.parent
    assert ClauseRef.parse("第五章") not in paper
    assert "第四章" not in paper
    with pytest.raises(KeyError, match="没有条款「第五章」"):
        paper.children(ClauseRef.parse("第五章"))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["第四章", "第四章"], "「第四章」出现两次"),
        (["第四章/一"], "上级「第四章」不在它之前"),
        (["第四章/一", "第四章"], "上级「第四章」不在它之前"),
        (["第四章", "第四章 (T1 row 1)"], "不能有表格行"),
    ],
)
def test_a_tree_hangs_together(texts: list[str], words: str) -> None:
    """没有重复，没有缺上级"""
    with pytest.raises(BadClause, match=re.escape(words)):
        ClauseTree(Clause(ClauseRef.parse(text), None, "") for text in texts)


def test_an_alias_names_a_document_that_is_there() -> None:
    """别名指向的文件要存在"""
    with pytest.raises(BadClause, match="没有这份文件"):
        tree("第四章", aliases={"保密协议": "附件2"})


# ------------------------------------------------------------------------------------------- dialects


@pytest.mark.parametrize(
    ("paper", "written", "within", "means"),
    [
        (DECIMAL, "第二条第2.2款第（3）项", "保密协议 2.1", "保密协议 2.2(3)"),
        (DECIMAL, "第二条第 2.2. 款第（3）项", "保密协议 2.1", "保密协议 2.2(3)"),
        (DECIMAL, "第七条 7.2.15 款", None, "main 7.2.15"),
        (DECIMAL, "第 2.2 款", None, "main 2.2"),
        (DECIMAL, "本合同第 2.2 款", "保密协议 1", "main 2.2"),
        (DECIMAL, "7.1(3)", "保密协议 2.1", "保密协议 7.1(3)"),
        (DECIMAL, "5.2 ①", None, "main 5.2①"),
        (DECIMAL, "5.2(1)", None, "main 5.2①"),
        (DECIMAL, "７．２．８（１）", None, "main 7.2.8(1)"),
        (DECIMAL, "第七条", None, "main 7"),
        (DECIMAL, "第十三条第1段", None, "main 13¶1"),
        (DECIMAL, "保密协议第七条7.1款第(3)项", None, "保密协议 7.1(3)"),
        (DECIMAL, "《保密协议》7.1（3）", None, "保密协议 7.1(3)"),
        (DECIMAL, "双方签署的《保密协议》第七条", None, "保密协议 7"),
        (DECIMAL, "附件 1 第 2.1 款", None, "保密协议 2.1"),
        (DECIMAL, "本协议第一条", "保密协议 2.1", "保密协议 1"),
        (DECIMAL, "第(3)项(a)", "保密协议 2.2(3)¶1", "保密协议 2.2(3)(a)"),
        (DECIMAL, "廉洁协议第二条第4款第2项", None, "廉洁协议 二.4(2)"),
        (DECIMAL, "廉洁协议", None, "廉洁协议"),
        (DECIMAL, "main 7.2.15", "保密协议 1", "main 7.2.15"),
        (CHAPTERS, "第五章第 1 条", None, "第五章/一"),
        (CHAPTERS, "第八章第1条", None, "第八章/一"),
        (CHAPTERS, "第1条", "第五章/二/¶1", "第五章/一"),
        (CHAPTERS, "第五章", "第八章/一", "第五章"),
        (CHAPTERS, "第四章一1", None, "第四章/一/1"),
        (CHAPTERS, "第四章 一 第1段", None, "第四章/一/¶1"),
        (CHAPTERS, "第九章(2)", None, "第九章/¶1/(2)"),
        (CHAPTERS, "附件1 三", None, "附件1/三"),
        (CHAPTERS, "附件一 三", "第五章/一", "附件1/三"),
        (CHAPTERS, "附件1 3.3", None, "附件1/一/3/3.3"),
        (CHAPTERS, "附件1 一 3.3", None, "附件1/一/3/3.3"),
        (CHAPTERS, "安全保密协议五（一）4", None, "附件2/五/(一)/4"),
        (CHAPTERS, "附件2 (二)1", None, "附件2/五/(二)/1"),
        (CHAPTERS, "本合同第八章第 1 条", "附件2/五", "第八章/一"),
        (CHAPTERS, "签署页", None, "签署页"),
        (ARTICLES, "第1条第一部分（三）2(7)", None, "第一条/一/(三)/2/(7)"),
        (ARTICLES, "第一条一（三）2（7）", None, "第一条/一/(三)/2/(7)"),
        (ARTICLES, "第八条", "第五条/一/1", "第八条"),
        (ARTICLES, "8", "第五条/一/1", "第五条/一/8"),
        (ARTICLES, "第五条第二款第10项", None, "第五条/二/10"),
        (ARTICLES, "附件三", None, "附件/三"),
        (ARTICLES, "第一条/二/(二)/¶1 (T3 row 12)", None, "第一条/二/(二)/¶1 (T3 row 12)"),
        (ANNEX_THREE, "附件三 2.4 条", None, "附件3/二/2.4"),
    ],
)
def test_dialects_lead_to_one_clause(
    paper: ClauseTree, written: str, within: str | None, means: str
) -> None:
    """合同里指自己条款的各种说法"""
    here = ClauseRef.parse(within) if within else None

    assert str(paper.resolve(written, here)) == means


@pytest.mark.parametrize(
    ("paper", "written", "within", "words"),
    [
        (DECIMAL, "第14条", None, "正文里没有「第14条」"),
        (DECIMAL, "第十五条", "保密协议 2.1", "《保密协议》里没有"),
        (DECIMAL, "9.9", None, "没有「9.9」"),
        (DECIMAL, "2.15", None, "编号相近的有 main 7.2.15"),
        (DECIMAL, "第三款", None, "没有「第三款」"),
        (DECIMAL, "附件2", None, "合同没有「附件2」。现有文件：正文、《保密协议》"),
        (CHAPTERS, "第五条", None, "没有「第五条」"),
        (CHAPTERS, "附件3", None, "现有文件：正文、《附件1》、《附件2》"),
        (ARTICLES, "第十五条", "第五条/一/1", "没有「第十五条」"),
        (ARTICLES, "第一条（三）2", None, "编号相近的有 第一条/一/(三)/2"),
    ],
)
def test_a_clause_that_is_not_there_is_not_invented(
    paper: ClauseTree, written: str, within: str | None, words: str
) -> None:
    """引用的条款不存在"""
    with pytest.raises(ClauseNotFound, match=re.escape(words)):
        paper.resolve(written, ClauseRef.parse(within) if within else None)


def test_a_reference_to_two_clauses_names_both() -> None:
    """引用不唯一时列出全部可能"""
    paper = tree("附件2/五/(一)", "附件2/六/(一)", "附件2/七/2/(一)")

    with pytest.raises(AmbiguousClause, match="无法确定") as refused:
        paper.resolve("附件2 (一)")

    assert [str(ref) for ref in refused.value.candidates] == [
        "附件2/五/(一)",
        "附件2/六/(一)",
        "附件2/七/2/(一)",
    ]
    assert isinstance(refused.value, UnresolvedClause)
    assert isinstance(refused.value, LookupError)


@pytest.mark.parametrize("text", ["关于付款", "hello", "第条", "5.2 付款方式"])
def test_what_is_no_reference_is_said_to_be_none(text: str) -> None:
    """不是引用的文字"""
    with pytest.raises(BadClause, match="请"):
        DECIMAL.resolve(text)


def test_kinds_of_numerals_decide_only_where_nothing_else_does() -> None:
    """同一上级下既有 1 又有 (1),按写法区分；写法不同则不猜"""
    paper = tree("第一条/1", "第一条/(1)")

    assert str(paper.resolve("第一条(1)")) == "第一条/(1)"
    assert str(paper.resolve("第一条1")) == "第一条/1"
    with pytest.raises(AmbiguousClause, match=r"第一条/1、第一条/\(1\)"):
        paper.resolve("第一条①")


@given(st.sampled_from([DECIMAL, CHAPTERS, ARTICLES]), st.data())
def test_every_clause_answers_to_its_own_name(paper: ClauseTree, data: st.DataObject) -> None:
    """每一条都能用自己的条款号找到，从哪里引用都一样"""
    clauses = [clause.ref for clause in paper]
    ref, here = data.draw(st.sampled_from(clauses)), data.draw(st.none() | st.sampled_from(clauses))

    assert paper.resolve(str(ref), here) == ref
