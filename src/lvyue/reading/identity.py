"""合同身份: title, numbers, parties and their roles, price, tax, period, signatures, the papers and their order.

Each of these is read in a module of its own; here they are put together. What is not there is blank, none or absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lvyue.core.numerals import numeral
from lvyue.core.terms import Party
from lvyue.reading.documents import ReadDocument, documents
from lvyue.reading.found import Found, State
from lvyue.reading.headings import heading
from lvyue.reading.paper import Paper
from lvyue.reading.parties import ReadParty, parties
from lvyue.reading.passages import Labels, Passages, state_of
from lvyue.reading.periods import ReadPeriod, period
from lvyue.reading.plain import plain
from lvyue.reading.prices import ReadPrice, price
from lvyue.reading.signatures import effective, signed

__all__ = ["Identity", "ReadDocument", "ReadParty", "ReadPeriod", "ReadPrice", "identify"]

_PLACES = Labels(
    {
        "place": [
            "服务地点",
            "履行地点",
            "履约地点",
            "合同履行地点",
            "运维地点",
            "运维服务地点",
            "实施地点",
            "项目地点",
            "项目实施地点",
            "服务地址",
            "服务场所",
            "交付地点",
            "工作地点",
        ]
    }
)
_PLACE_SENTENCE = re.compile(
    r"(?:履行|服务|运维|实施|项目)地点(?:和方式)?(?:为|在|是|位于)\s*(?P<value>[^，。；;]{2,60})"
)
_BOND = Labels({"bond": ["履约保证金", "履约担保", "合同履约保证金", "履约保函", "履约保证金金额"]})
_BOND_SENTENCE = re.compile(r"履约(?:保证金|担保|保函)[^。；;]{0,80}")
_NO_BOND = re.compile(
    r"(?:不|免|无需|无须|未)[^，。；]{0,6}(?:收取|收|缴纳|提交|提供|交纳|设)[^，。；]{0,6}履约(?:保证金|担保)|履约(?:保证金|担保)[：:，,]?\s*(?:本项目)?(?:不收取|不收|免收|免缴|无需|无须|不要求|不需要|不适用)"
)
_COPIES = re.compile(
    r"一\s*式\s*[（(]?\s*(?P<count>\d{1,2}|[一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾]{1,3})\s*[）)]?\s*份|壹式\s*(?P<formal>\d{1,2}|[一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾]{1,3})\s*份"
    r"|[一壹]\s*式\s*(?P<blank>[_＿\s]{1,12})\s*份"
)
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")


@dataclass(frozen=True, slots=True)
class Identity:
    """合同身份: what is not there is blank, none or absent, and never invented.

    ``title`` names this contract; ``heading`` is what the first page prints over it, ``project`` the project it serves.
    """

    title: Found[str]
    contract_no: Found[str]
    other_numbers: tuple[Found[str], ...]
    project_no: Found[str]
    parties: tuple[ReadParty, ...]
    signed: Mapping[Party, Found[date]]
    effective: Found[date]
    price: ReadPrice
    period: ReadPeriod
    documents: tuple[ReadDocument, ...]
    places: Found[str]
    copies: Found[int]
    bond: Found[str]
    heading: Found[str] = field(default_factory=lambda: Found(State.ABSENT))
    project: Found[str] = field(default_factory=lambda: Found(State.ABSENT))


def identify(paper: Paper) -> Identity:
    """Who, what, how much, from when until when: what stands on the sheet that is pinned to a contract."""
    passages = Passages(paper)
    head = heading(passages)
    signatures = signed(passages)
    holds = effective(passages, signatures)
    return Identity(
        title=head.title,
        contract_no=head.contract_no,
        other_numbers=head.other_numbers,
        project_no=head.project_no,
        parties=parties(passages),
        signed=signatures,
        effective=holds,
        price=price(passages),
        period=period(passages, signatures, holds),
        documents=documents(passages),
        places=_places(passages),
        copies=_copies(passages),
        bond=_bond(passages),
        heading=head.heading,
        project=head.project,
    )


def _labelled(passages: Passages, labels: Labels) -> list[Found[str]]:
    """What stands behind one of these labels, or below it where the label is a heading."""
    out: list[Found[str]] = []
    main = passages.main
    for position, passage in enumerate(main):
        for entry in labels.fields(passage):
            value = re.split(r"[。；;]", entry.value)[0].strip()
            state = state_of(value)
            known = value if state is State.FOUND else None
            out.append(Found(state, known, entry.value, entry.span, passage.clause))
        if labels.label_of(passage.text) and position + 1 < len(main):
            below = main[position + 1]
            if below.node and passage.node and below.node.ref.is_within(passage.node.ref):
                value = re.split(r"[。；;]", below.text)[0].strip()
                state = state_of(value)
                known = value if state is State.FOUND else None
                out.append(Found(state, known, below.text, below.span(0, len(value)), below.clause))
    for element, table in passages.main_tables():
        for entry in labels.in_table(element, table, passages.paper.node_at(element)):
            known = entry.value if entry.state is State.FOUND else None
            out.append(Found(entry.state, known, entry.value, entry.span, entry.passage.clause))
    return out


def _best(met: list[Found[str]]) -> Found[str]:
    """Something before none, none before blank: a form may ask twice and be answered once."""
    order = (State.FOUND, State.NONE, State.BLANK)
    return min(met, key=lambda found: order.index(found.state), default=Found(State.ABSENT))


def _places(passages: Passages) -> Found[str]:
    met = _labelled(passages, _PLACES)
    if any(met):
        return _best(met)
    for passage in passages.main:
        if found := _PLACE_SENTENCE.search(passage.text):
            value = found["value"].strip()
            span = passage.span(found.start("value"), found.start("value") + len(value))
            return Found(State.FOUND, value, found[0], span, passage.clause)
    return _best(met)


def _bond(passages: Passages) -> Found[str]:
    met = _labelled(passages, _BOND)
    if any(met):
        return _best(met)
    for passage in passages.main:
        if found := _NO_BOND.search(passage.text):
            return Found(State.NONE, None, found[0], passage.span(*found.span()), passage.clause)
        found = _BOND_SENTENCE.search(passage.text)
        if found and re.search(r"\d|元|%|缴纳|提交|提供", found[0]):
            span = passage.span(*found.span())
            return Found(State.FOUND, found[0].strip(), found[0], span, passage.clause)
    return _best(met)


def _copies(passages: Passages) -> Found[int]:
    for passage in reversed(passages.main):
        if found := _COPIES.search(passage.text):
            span, count = passage.span(*found.span()), found["count"] or found["formal"]
            if count is None:
                return Found(State.BLANK, None, found[0], span, passage.clause)
            try:
                number = numeral(plain(count).text.translate(_FORMAL))
            except ValueError:  # 一式十十份
                continue
            return Found(State.FOUND, number, found[0], span, passage.clause)
    return Found(State.ABSENT)
