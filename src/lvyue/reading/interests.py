"""逾期违约金: daily rates on what is late, of either side, with their grace and their cap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.terms import Party
from lvyue.reading.paragraphs import Span
from lvyue.reading.passages import Passage, Passages
from lvyue.reading.payers import BUYER, EITHER, SUPPLIER, debtor
from lvyue.reading.quantities import (
    Direction,
    Percent,
    TimeWord,
    lengths,
    percents,
    time_words,
)

_LATE = re.compile(
    r"逾期|迟延|延迟|延期|拖延|拖欠|滞纳金|未按(?:时|期|约)|不能按(?:时|期)|未能按(?:时|期)|每(?:日|天|延|迟|晚)|按日"
)
_LATE_PAYING = re.compile(r"付款|支付|款项|服务费|价款")

_TAIL_BASE = re.compile(
    r"(?:按照?|以|为|相当于|等额于|支付|扣除|扣减|承担|赔偿|根据|向[甲乙]方支付|罚|计收|处以|金额为)*(?P<base>[^，。；：“”]{2,60}?)(?:的|之)?\s*(?:比例)?\s*$"
)


@dataclass(frozen=True, slots=True)
class Interest:
    """逾期违约金: daily rate, grace, cap as a share of what is late. ``base_raw`` is what the paper takes the rate of."""

    clause: ClauseRef
    debtor: Party
    daily: Fraction
    grace: TimeWord | None
    cap: Fraction | None
    span: Span
    base_raw: str = ""


def interests(passages: Passages) -> tuple[Interest, ...]:
    """Every daily rate on what is late, of either side."""
    out: list[Interest] = []
    for passage in passages.binding:
        text = passage.text
        if not _LATE.search(text):
            continue
        shares = percents(text)
        out.extend(_interest(passage, s, shares) for s in shares if s.per and not s.upper)
    return tuple(out)


def _interest(passage: Passage, share: Percent, shares: Sequence[Percent]) -> Interest:
    text = passage.text
    begin = max(text.rfind(c, 0, share.at.start) for c in "。；;") + 1
    stop = min((e for c in "；;" if (e := text.find(c, share.at.end)) >= 0), default=len(text))
    sentence, before = text[begin:stop], text[begin : share.at.start]
    words = [
        w for w in time_words(before) if w.value is not None and w.direction is not Direction.BEFORE
    ] or list(_graces(before))
    cap = next(
        (
            p
            for p in shares
            if p.upper and not p.per and p.at.start > share.at.end and p.at.start < stop
        ),
        None,
    )
    return Interest(
        passage.clause or ClauseRef(MAIN),
        _late_debtor(sentence, before, passage.text),
        share.rate,
        words[-1] if words else None,
        cap.rate if cap else None,
        passage.span(begin, stop),
        base_raw(before),
    )


def _graces(before: str) -> Iterator[TimeWord]:
    """逾期超过 30 日的: a length that only opens the interest, read as a time after the due day."""
    for one in lengths(before):
        near = before[: one.at.start]
        if one.unit is not None and re.search(
            r"(?<!每)(?:逾期|超过|满|超出)[^，。；每]{0,8}$", near
        ):
            yield TimeWord(one.at, one.raw, one.value, one.unit, Direction.AFTER)


def _late_debtor(sentence: str, before: str, whole: str) -> Party:
    """Who is late: the party that the sentence begins with; where it names none, who pays money if money is late."""
    lead = re.search(rf"(?P<buyer>{BUYER})|(?P<supplier>{SUPPLIER})", re.split(r"[，,]", before)[0])
    if lead:
        return Party.BUYER if lead["buyer"] else Party.SUPPLIER
    if re.search(rf"向{SUPPLIER}", sentence):
        return Party.BUYER
    if re.search(rf"向{BUYER}", sentence):
        return Party.SUPPLIER
    if EITHER.search(sentence):
        return Party.BOTH
    if re.search(r"付款|支付(?:服务费|合同款|价款|款项)", sentence.split("的", maxsplit=1)[0]):
        return Party.BUYER
    return debtor(whole)


def base_raw(before: str) -> str:
    """The words right before a share: 本项目合同金额, 运维服务费总额; what stands in brackets is left out."""
    plain = re.sub(r"[（(][^（()）]{0,60}[）)]", "", before)
    found = _TAIL_BASE.search(plain[-70:])
    if not found:
        return ""
    words = re.split(
        r"(?:按照?|以|相当于|等额于|扣除|扣减|支付(?!金额|价款|款项|的|总额)|向[甲乙]方)",
        found["base"],
    )[-1]
    return re.sub(
        r"^(?:还应|应当|应(?!付|收|支)|须|需|的|之|把|将){1,3}|[的之]$",
        "",
        re.sub(r"\s+", "", words),
    )
