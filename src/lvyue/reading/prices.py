"""读出的价款: the price in figures and in words, the tax rate, and the sum without tax, wherever the paper prints them.

Several sums of a paper look like its price. Each sentence with a sum is weighed by the words around it; the heaviest wins, the
first of equals. Instalments, deposits, unit prices and budgets are lighter than nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.words import from_words
from lvyue.reading.found import Found, State
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Passage, Passages, sentences
from lvyue.reading.quantities import Sum, percents, sums
from lvyue.reading.tables import ReadTable

#: what a price is called, with how surely it is the price
_CALLED: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(words))
    for weight, words in (
        (
            9,
            "合同(?:含税)?总?(?:金额|价款|价|费用|额)|中标(?:总?金额|总?价)|成交(?:总?金额|总?价)|(?:签约)?合同价(?!格)|含税总?价|合同总额",
        ),
        (
            7,
            (
                "总?价款|项目(?:总?金额|总?价|总?费用|经费)|(?:服务|运维|维护|维保|租赁|租用|技术服务|运维服务|运行维护)(?:总)?(?:费用?|价款|报酬)(?:总?额)?|"
                "总金额|总费用|费用(?:总额|共计|合计|总计)|总价|采购金额|报酬总额|委托费用"
            ),
        ),
        (3, "共计|合计|总计"),
    )
)
_HEADED = re.compile(r"合同(?:价|金额|总价)|价款|服务费|费用|金额|报酬|价格")
_NOT_PRICE: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(words))
    for weight, words in (
        (
            20,
            "保证金|违约金|赔偿|罚款|扣款|扣除|保函|不足|押金|定金|低于|高于|注册资本|限额以|超过",
        ),
        (
            12,
            "单价|每(?:人|台|套|个|月|年|次|季)|小计|其中|预算|最高限价|控制价|税额|不含税|增值税额|免税",
        ),
        (
            10,
            "首付款|预付款|进度款|尾款|余款|剩余|第[一二三四五六七八九十\\d]+[期笔次]|支付(?:至|到)?[^，,。；]{0,12}%|分期|首期|首笔",
        ),
    )
)
#: 支付总金额的 70%，即: what follows is a part
_SHARE_OF_IT = re.compile(
    r"[%％‰][^。；]{0,8}?(?:即|计|共计|为|[：:（(，,])[^。；\d]{0,12}$|百分之[^。；\d]{1,24}$"
)
_WORDS_SHAPE = re.compile(r"[零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿貳參陸\s元圆圓角分整正]{4,60}")
_FORMAL = re.compile(r"[壹贰叁肆伍陆柒捌玖拾佰仟貳參陸]")
_NET = re.compile(r"不含(?:增值)?税|(?:税前|除税)(?:金额|价)|净(?:价|额)")
_TAX = re.compile(r"(?:增值税)?税率|增值税|税点|征收率")
_MAY_BE_SUM = re.compile("[元圆圓¥￥]|[壹贰叁肆伍陆柒捌玖拾佰仟]{3}")
_NEAR = 40
_BLANK_PRICE = re.compile(
    r"(?:合同|中标|成交|服务费|总)[^。；]{0,20}?(?:金额|总?价款?|费用?)[^。；_＿]{0,24}?(?:¥|￥|人民币|：|:|为)[\s]{0,6}(?:[_＿\s]{2,40}(?:万?元|$|[（(])|万?元(?=[（(])|[（(]大写[：:]?[\s_＿]*[）)])"
)
_TOTAL_COLUMN = re.compile(r"(?:总价|合价|金额|合计|小计|费用|价格|报价)")
_PLAIN_NUMBER = re.compile(
    r"[¥￥]?\s{0,9}(\d{1,3}(?:[,，]\d{3}){1,6}(?:\.\d+)?|\d+(?:\.\d+)?)\s{0,9}(万?元)?"
)


@dataclass(frozen=True, slots=True)
class ReadPrice:
    """读出的价款: figures, words, and what the words come to; both must agree."""

    figures: Found[Money]
    words: Found[str]
    words_money: Money | None
    tax_rate: Found[Fraction]
    net: Found[Money]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A sum that may be the price, how much speaks for it, and the sentence it stands in."""

    weight: int
    sum: Sum
    passage: Passage
    begin: int
    sentence: str


def price(passages: Passages) -> ReadPrice:
    """The price of the contract; blank where there is a place for it with nothing in it."""
    offers = list(_offers(passages))
    best = max(offers, key=lambda offer: offer.weight, default=None)
    blank = _blank(passages)
    total = _from_tables(passages) if best is None or best.weight < _SURE else None
    if best is not None and (best.weight >= _SURE or (total is None and best.weight > 0)):
        return _read(best, passages)
    if total is not None:
        figures, words = total
        return _with_tax(figures, words, None, passages)
    absent: Found[Money] = Found(State.ABSENT)
    figures = absent if blank is None else blank
    words_state: Found[str] = Found(figures.state, None, "", figures.span, figures.clause)
    return _with_tax(figures, words_state, None, passages)


_SURE = 6


def _offers(passages: Passages) -> Iterator[_Offer]:
    for passage in passages.main:
        if not _MAY_BE_SUM.search(passage.text):
            continue
        heading = passages.heading_of(passage.node)
        for begin, sentence in sentences(passage.text):
            for one in sums(sentence):
                if not one.in_words or not _figures_near(one, sentence):
                    weight = _weight(one, sentence, heading)
                    yield _Offer(weight, one, passage, begin, sentence)


def _figures_near(words: Sum, sentence: str) -> bool:
    """Whether words stand beside figures, and are read with them."""
    return any(
        abs(one.at.start - words.at.end) < _NEAR or abs(one.at.end - words.at.start) < _NEAR
        for one in sums(sentence)
        if not one.in_words
    )


def _weight(one: Sum, sentence: str, heading: str) -> int:
    before = sentence[: one.at.start][-60:]
    near = re.split(r"[，,、]", before)[-1] if "，" in before[:-2] else before
    weight = max((w for w, words in _CALLED if words.search(before)), default=0)
    if _HEADED.search(heading):
        weight += 2
    weight -= max((w for w, words in _NOT_PRICE if words.search(near)), default=0)
    if re.search("违约|赔偿|保证金", heading):
        weight -= 12
    if one.unit.endswith(("/月", "/年", "/次", "/人", "/台", "/季")) or "/" in one.unit:
        weight -= 12
    if _SHARE_OF_IT.search(before):
        weight -= 14
    after = sentence[one.at.end :][:24]
    if re.match(r"\s*(?:的?(?:\d+|百分之)|以上|以下|以内)", after) and "%" in after:
        weight -= 6
    if re.search("大写", after + before[-12:]):
        weight += 2
    return weight


# ── what stands beside the sum ───────────────────────────────────────────────────────────────────────────────────


def _read(best: _Offer, passages: Passages) -> ReadPrice:
    span = best.passage.span(best.begin + best.sum.at.start, best.begin + best.sum.at.end)
    clause = best.passage.clause
    if best.sum.in_words:
        words = Found(State.FOUND, _tight(best.sum.raw), best.sum.raw, span, clause)
        return _with_tax(Found(State.ABSENT), words, best, passages, best.sum.money)
    figures = Found(State.FOUND, best.sum.money, best.sum.raw, span, clause)
    words = _words_beside(best)
    if words.state is State.ABSENT:
        words = _words_below(best, passages)
    return _with_tax(figures, words, best, passages)


def _words_beside(best: _Offer) -> Found[str]:
    """The words nearest to the figures, even where they are no amount; blank where the place for them is empty."""
    text, offset = best.passage.text, best.begin
    start, end = offset + best.sum.at.start, offset + best.sum.at.end
    shapes = [
        found
        for found in _WORDS_SHAPE.finditer(text, max(0, start - 60), min(len(text), end + 80))
        if _FORMAL.search(found[0]) and len(_tight(found[0])) > 2  # noqa: PLR2004 - 壹元 is shortest
    ]
    nearest = min(shapes, key=lambda f: _distance(f, start, end), default=None)
    if nearest:
        raw = nearest[0].strip()
        at = nearest.start() + nearest[0].find(raw)
        span = best.passage.span(at, at + len(raw))
        return Found(State.FOUND, _tight(raw), raw, span, best.passage.clause)
    if blank := re.compile(r"大写[：:为]?\s*[）)]?[\s_＿]{0,40}(?=[）)。，,元圆])").search(
        text, end, end + 60
    ):
        span = best.passage.span(blank.start(), blank.end())
        return Found(State.BLANK, None, blank[0], span, best.passage.clause)
    return Found(State.ABSENT)


def _words_below(best: _Offer, passages: Passages) -> Found[str]:
    """The words on the line below the figures, where that line says that it is them."""
    main = passages.main
    below = main[main.index(best.passage) + 1 :][:1]
    if below and (label := re.match(r"[（(]?(?:人民币)?[（(]?大写", below[0].text)):
        found = _WORDS_SHAPE.search(below[0].text, label.end())
        if found and _FORMAL.search(found[0]):
            raw = found[0].strip()
            at = found.start() + found[0].find(raw)
            span = below[0].span(at, at + len(raw))
            return Found(State.FOUND, _tight(raw), raw, span, below[0].clause)
    return Found(State.ABSENT)


def _distance(found: re.Match[str], start: int, end: int) -> int:
    return start - found.end() if found.end() <= start else found.start() - end


def _tight(raw: str) -> str:
    return re.sub(r"\s+", "", raw).removeprefix("人民币")


def _with_tax(
    figures: Found[Money],
    words: Found[str],
    best: _Offer | None,
    passages: Passages,
    words_money: Money | None = None,
) -> ReadPrice:
    if words.value and words_money is None:
        try:
            words_money = from_words(words.value)
        except UnreadableMoney:
            words_money = None
    near = _around(best, passages)
    return ReadPrice(figures, words, words_money, _tax_rate(near), _net(near))


def _around(best: _Offer | None, passages: Passages) -> Sequence[Passage]:
    """The paragraph of the price, then those beside it in its clause, then the rest of the contract."""
    if best is None:
        return passages.main
    node = best.passage.node
    parent = node.ref.parent if node and node.ref.depth > 1 else None
    beside = [
        p
        for p in passages.main
        if p is not best.passage
        and p.node
        and (p.node is node or (parent is not None and p.node.ref.parent == parent))
    ]
    near = {best.passage.element, *(p.element for p in beside)}
    return [best.passage, *beside, *(p for p in passages.main if p.element not in near)]


def _tax_rate(near: Sequence[Passage]) -> Found[Fraction]:
    for passage in near:
        if "税" not in passage.text:
            continue
        found = percents(passage.text)
        for label in _TAX.finditer(passage.text):
            after = next((p for p in found if 0 <= p.at.start - label.end() <= 14), None)  # noqa: PLR2004 - 税率为增值税
            if after and not re.search(
                "[。；;]|合同|支付|金额的", passage.text[label.end() : after.at.start]
            ):
                span = passage.span(after.at.start, after.at.end)
                return Found(State.FOUND, after.rate, after.raw, span, passage.clause)
            before = next((p for p in found if 0 <= label.start() - p.at.end <= 3), None)  # noqa: PLR2004 - 6%增值税
            if before and not re.search("支付|合同", passage.text[: before.at.start][-6:]):
                span = passage.span(before.at.start, before.at.end)
                if label[0] != "增值税" or not re.match(
                    "普通|专用|发票", passage.text[label.end() :]
                ):
                    return Found(State.FOUND, before.rate, before.raw, span, passage.clause)
            if blank := re.compile(r"税率\s*[：:为]?\s*[_＿]+\s*%?").match(
                passage.text, label.start()
            ):
                span = passage.span(blank.start(), blank.end())
                return Found(State.BLANK, None, blank[0], span, passage.clause)
    return Found(State.ABSENT)


def _net(near: Sequence[Passage]) -> Found[Money]:
    for passage in near:
        if "税" not in passage.text:
            continue
        for label in _NET.finditer(passage.text):
            tail = passage.text[label.end() : label.end() + _NEAR]
            one = next((s for s in sums(tail) if not s.in_words), None)
            if one and not re.search("[。；;]", tail[: one.at.start]):
                at = label.end() + one.at.start
                span = passage.span(at, label.end() + one.at.end)
                return Found(State.FOUND, one.money, one.raw, span, passage.clause)
    return Found(State.ABSENT)


# ── blanks and tables ────────────────────────────────────────────────────────────────────────────────────────────


def _blank(passages: Passages) -> Found[Money] | None:
    for passage in passages.main:
        if found := _BLANK_PRICE.search(passage.text):
            span = passage.span(found.start(), found.end())
            return Found(State.BLANK, None, found[0], span, passage.clause)
    return None


def _from_tables(passages: Passages) -> tuple[Found[Money], Found[str]] | None:
    """The price as a labelled cell or as the total of a table of prices."""
    labelled: tuple[Found[Money], Found[str]] | None = None
    totals: list[tuple[Found[Money], Found[str]]] = []
    for element, table in passages.main_tables():
        for index, row in enumerate(table.rows):
            texts = [cell.text for cell in row.cells]
            is_label = any(_is_label(text) for text in texts[:-1])
            if not is_label and not (
                row.total or any(t in ("合计", "总计", "总价") for t in map(_squeezed, texts))
            ):
                continue
            found = _money_of(element, table, index, texts)
            if found and is_label:
                labelled = labelled or found
            elif found and any(_TOTAL_COLUMN.search(c) for c in table.columns):
                totals.append(found)
    return labelled or (totals[0] if totals else None)


def _is_label(text: str) -> bool:
    head = re.sub(r"\s|[：:（(].*", "", text)
    return any(weight >= _SURE and words.fullmatch(head) for weight, words in _CALLED)


def _squeezed(text: str) -> str:
    return re.sub(r"\s|[：:]", "", text)


def _money_of(
    element: int, table: ReadTable, index: int, texts: Sequence[str]
) -> tuple[Found[Money], Found[str]] | None:
    """The last sum of a row; a bare number takes its unit from the head of its column."""
    figures: Found[Money] | None = None
    words: Found[str] = Found(State.ABSENT)
    for column in range(len(texts)):
        text, cell = texts[column], (index, column)
        if one := next((s for s in sums(text) if s.in_words), None):
            span = Span(element, one.at.start, one.at.end, cell)
            words = Found(State.FOUND, _tight(one.raw), one.raw, span, table.clause)
        if one := next((s for s in sums(text) if not s.in_words), None):
            span = Span(element, one.at.start, one.at.end, cell)
            figures = Found(State.FOUND, one.money, one.raw, span, table.clause)
        elif (plain := _PLAIN_NUMBER.fullmatch(text.strip())) and column:
            head = table.columns[column] if column < len(table.columns) else ""
            if not _TOTAL_COLUMN.search(head + texts[0]):
                continue
            unit = "万元" if "万元" in head + texts[0] else "元"
            try:
                money = Money.parse(plain[1].replace("，", ",") + unit)
            except UnreadableMoney:
                continue
            span = Span(element, 0, len(text), cell)
            figures = Found(State.FOUND, money, text, span, table.clause)
    return (figures, words) if figures else None
