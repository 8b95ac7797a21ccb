"""读出的等级: from the grade of an assessment to the share that is paid, exact or as an upper limit. No grade is ever made up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lvyue.core.clause import ClauseRef
from lvyue.reading.found import State
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Passage, Passages
from lvyue.reading.quantities import At, Percent, percents
from lvyue.reading.tables import ReadTable

_ASSESSED = re.compile(r"考核|评价|评定|评分|得分|等级|等次|评级|满意度")
_PAID = re.compile(r"支付|付款|结算|价款|服务费|合同(?:总)?(?:金额|价|额|款)|费用|尾款|扣")
_NAME = re.compile(
    r"(?P<name>不合格|基本合格|不达标|不称职|优秀|优良|优|良好|良|中等|一般|合格|称职|达标|较差|差|[A-E]\+?级|[A-E](?=等|档|[（(：:的为])|[一二三四五特甲乙丙丁][级等档](?!保|考核))"
    r"|(?P<band>(?:\d{2,3}(?:\.\d)?\s*分?\s*(?:[（(]不?含[^（()）]{0,6}[）)])?\s*(?:[-－—~～至到]|≤|<)\s*\d{2,3}(?:\.\d)?\s*分?\s*(?:[（(]不?含[^（()）]{0,6}[）)])?(?:之间)?|(?:低于|不足|不低于|高于|≥|>)\s*\d{2,3}\s*分|\d{2,3}\s*分?\s*(?:[（(]不?含[^（()）]{0,6}[）)])?\s*(?:及)?\s*(?:以上|以下)))"
)
_LIMITED = re.compile(r"上限|不超过|不高于|最高|至多|最多|封顶|以内")
_TAKEN_OFF = re.compile(r"(?:扣除|扣减|核减|扣|减少|降低)[^，,；;。%]{0,16}$")
_OPEN = re.compile(
    r"(?:考核|评价)[^。；]{0,40}?(?:(?:方式|比例|标准|办法)[^。；：]{0,12}(?:确认|支付|结算|确定|计算|执行)?|[^。；：]{0,6}(?:支付|结算|确认|确定))\s*[：:]\s*(?:[_＿\s/]{2,60}|(?=[。；]|$))"
)
_IN_WORDS = re.compile(
    r"(?:以上|以下|\d分|[优良中差秀好等格级])[）)]?(?:的|者|时)?(?:[为属][^，,。；;]{1,8})?[，,]\s?"
    r"(?P<share>(?P<all>(?:[甲乙]方|采购人)?(?:全额|足额)(?:支付|付款|结算))|不予(?:支付|付款|结算)|不支付|不付款)"
)
_LEAST = 2


@dataclass(frozen=True, slots=True)
class ReadGrade:
    """等级: name, percentage, and whether it is exact or an upper limit."""

    name: str
    rate: Fraction
    exact: bool
    span: Span


def grades(passages: Passages) -> tuple[tuple[ReadGrade, ...], State, ClauseRef | None]:
    """The grades, whether the paper gives, leaves open or has none, and the clause."""
    for element, table in passages.main_tables():
        if found := tuple(_in_table(element, table)):
            return found, State.FOUND, table.clause
    for group in _groups(passages):
        met = [grade for passage in group for grade in _in_text(passage)]
        if len({grade.name for grade in met}) >= _LEAST:
            clause = next(p.clause for p in group if any(_in_text(p)))
            return tuple(met), State.FOUND, clause
    for passage in passages.main:
        if _OPEN.search(passage.text) and not (passage.node and not passage.node.binding):
            return (), State.BLANK, passage.clause
    return (), State.ABSENT, None


def _groups(passages: Passages) -> Iterator[Sequence[Passage]]:
    """Each paragraph that speaks of paying by grade, alone, and then with what stands below it and beside it."""
    likely = [
        p
        for p in passages.main
        if ("%" in p.text or "％" in p.text or "分之" in p.text) and _NAME.search(p.text)
    ]
    for passage in likely:
        if _ASSESSED.search(passage.text) and _PAID.search(passage.text):
            yield [passage]
    by_parent: dict[object, list[Passage]] = {}
    for passage in likely:
        if passage.node is not None:
            by_parent.setdefault(passage.node.parent, []).append(passage)
    for beside in by_parent.values():
        around = passages.heading_of(beside[0].node) + "".join(p.text for p in beside)
        if len(beside) > 1 and _ASSESSED.search(around) and _PAID.search(around):
            yield beside


def _in_text(passage: Passage) -> Iterator[ReadGrade]:
    """A grade and the first share behind it; two grades before one share both have it only where 和 or 、 joins them."""
    text = passage.text
    shares = [p for p in percents(text) if not p.per and p.rate <= 1]
    if shares:
        shares = sorted((*shares, *_in_words(text)), key=lambda share: share.at.start)
    last = 0
    for share in shares:
        stop = max(text.rfind(sign, last, share.at.start) for sign in "；;。")
        names = list(_NAME.finditer(text, max(last, stop + 1), share.at.start))
        if not names:
            continue
        name = names[-1] if not re.search(r"\d分|分", names[0][0]) or len(names) == 1 else names[0]
        last = share.at.end
        tail = text[share.at.end : share.at.end + 8]
        between = text[name.end() : share.at.start]
        if re.search(r"[。；;]", between) or len(between) > 60:  # noqa: PLR2004 - another matter
            continue
        yield _grade(
            _called(name, text), share, between, tail, passage.span(name.start(), share.at.end)
        )


def _in_words(text: str) -> Iterator[Percent]:
    """全额支付 and 不予支付 behind a grade are shares as well."""
    for found in _IN_WORDS.finditer(text):
        at = At(found.start("share"), found.end("share"))
        yield Percent(at, found["share"], Fraction(1 if found["all"] else 0))


def _called(name: re.Match[str], text: str) -> str:
    word = re.sub(r"\s+", "", name[0])
    if re.fullmatch("[A-E]", word):
        return word + (
            text[name.end()] if text[name.end() : name.end() + 1] in ("等", "档") else ""
        )
    return word


def _grade(name: str, share: Percent, between: str, tail: str, span: Span) -> ReadGrade:
    rate = 1 - share.rate if _TAKEN_OFF.search(between) else share.rate
    limited = share.upper or bool(
        _LIMITED.search(between[-8:]) or re.match(r"\s*(?:为|作为)?(?:上限|以内|封顶)", tail)
    )
    return ReadGrade(name, rate, not limited, span)


def _in_table(element: int, table: ReadTable) -> Iterator[ReadGrade]:
    """A table with a column of grades and one of shares."""
    named = table.column("等级", "等次", "考核结果", "得分", "分数", "评价结果", "档次")
    shared = table.column("比例", "支付", "付款", "系数", "结算")
    if named is None or shared is None or named == shared:
        return
    rows = []
    for index, row in enumerate(table.rows):
        share = next((p for p in percents(row.cells[shared].text) if not p.per), None)
        name = row.cells[named].text.strip()
        if share and name:
            text = row.cells[shared].text
            span = Span(element, share.at.start, share.at.end, (index, shared))
            rows.append(_grade(name, share, text[: share.at.start], text[share.at.end :], span))
    if len(rows) >= _LEAST:
        yield from rows
