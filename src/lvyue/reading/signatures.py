"""签署与生效: on which day each side signed, and from which day the contract holds by its own rule.

Dates stand behind their label, on the line below it, alone under a name, or in two columns read line by line. A date that was begun
and not filled in is blank, and no other date takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from lvyue.core.terms import Party
from lvyue.reading.found import Found, State
from lvyue.reading.outline import NodeKind
from lvyue.reading.passages import Passage, Passages, sentences, spaced
from lvyue.reading.quantities import Day, days

_BUYER = "甲方|采购人|采购单位|委托方|委托人|买方|需方|发包人|发包方|采购方"
_SUPPLIER = "乙方|供应商|受托方|受托人|卖方|供方|承包人|承包方|中标人|服务方|服务商"
_GAP = r"[ \t\u3000]{0,6}"
_SIDES = re.compile(
    rf"(?<![^\s；;，,。、*|（(])(?:(?P<buyer>{'|'.join(map(spaced, _BUYER.split('|')))})"
    rf"|(?P<supplier>{'|'.join(map(spaced, _SUPPLIER.split('|')))}))"
    rf"{_GAP}(?:[（(][^（()）]{{0,20}}[）)]{_GAP}){{0,2}}(?:[：:]|$|(?=\s{{2,}})|(?=(?:签[订署字约章]|盖章)?(?:日期|时间)))"
)
_DATED = re.compile(
    rf"(?<![^\s；;，,。、*|（()）甲乙方])(?:{'|'.join(map(spaced, ['签订日期', '签署日期', '签约日期', '签字日期', '签章日期', '盖章日期', '合同签订日期', '合同签署日期', '签订时间', '签署时间', '签约时间', '合同签订时间', '日期', '时间']))})"
    rf"{_GAP}[：:]"
)
_SHARED_LABEL = re.compile(r"合同签[订署]|签[订约署]")
_SIGNS = re.compile(r"盖\s*章|签\s*章|公\s*章|签\s*字|签\s*署|印\s*章|日\s*期|签约|签名")
_SIGNED_ON = re.compile(r"于\s*$")
_SIGNS_THIS = re.compile("(?:签订|签署|订立)本(?:合同|协议)|本(?:合同|协议)[^，。；]{0,8}于")
_SIGNING = re.compile(r"[^。；]{0,40}?(?:签订|签署|订立)")

#: 本合同……后生效, with what has to happen before it
_HOLDS = re.compile(
    r"(?:(?<=[，,：:、\s）)])|^)(?:本政府采购|本采购|本服务)?(?P<subject>本合同书?|本协议书?|合同|协议|本合同及其附件)"
    r"(?P<rule>(?:(?![，,](?:本)?(?:合同|协议)(?:自|经|于|由|在|从))[^。；;]){0,120}?)(?:后|之日起?|即|时|起|日)(?:正式|立即|即)?生效"
)
_NOT_ITS_OWN = re.compile(
    r"(?:义务|变更|修改|补充|条款|附件|解除|终止|通知|补充协议|中止)[^，,。；;]{0,20}$"
)
_BY_SIGNING = re.compile(
    r"签字|签章|盖章|公章|签订|签署|盖合同章|合同专用章|加盖|数字证书|电子签|印章|签约"
)
#: what the signatures alone do not settle
_BY_ELSE = re.compile(r"保证金|备案|批准|审批|审核|付款|预付|公证|登记|核准|鉴证|到账|财政")


def signed(passages: Passages) -> Mapping[Party, Found[date]]:
    """The day on which each side signed."""
    marks = list(_marks(_foot(passages)))
    out = dict(_assigned(marks))
    if not any(out.values()):
        for party, found in _from_head(passages):
            if not out.get(party):
                out[party] = found
    return {side: out.get(side, Found(State.ABSENT)) for side in (Party.BUYER, Party.SUPPLIER)}


def effective(passages: Passages, signatures: Mapping[Party, Found[date]]) -> Found[date]:
    """The day from which the contract holds, with the clause that says so; blank where the rule asks for more than signatures."""
    for passage, start, rule, end in _rules(passages):
        span = passage.span(start, end)
        raw = passage.text[start:end]
        named = days(raw)
        if named:
            state = State.FOUND if named[0].day else State.BLANK
            return Found(state, named[0].day, raw, span, passage.clause)
        known = [f.value for f in signatures.values() if f.value]
        if _BY_ELSE.search(rule) or len(known) < len(signatures):
            return Found(State.BLANK, None, raw, span, passage.clause)
        return Found(State.FOUND, max(known), raw, span, passage.clause)
    return Found(State.ABSENT)


def _rules(passages: Passages) -> Iterator[tuple[Passage, int, str, int]]:
    """Sentences that say from when the contract holds: those that speak of signing first, later ones first."""
    met: list[tuple[bool, int, Passage, int, str, int]] = []
    for position, passage in enumerate(passages.main):
        if "生效" not in passage.text or (passage.node and not passage.node.binding):
            continue
        for begin, text in sentences(passage.text):
            found = _HOLDS.search(text)
            if found and not _NOT_ITS_OWN.search(text[: found.start()]) and not _other(found):
                signs = bool(_BY_SIGNING.search(found["rule"]) or days(found["rule"]))
                met.append(
                    (
                        signs,
                        position,
                        passage,
                        begin + found.start(),
                        found["rule"],
                        begin + found.end(),
                    )
                )
    if not met:
        met = list(_bare_rules(passages))
    best = sorted((m for m in met if m[0]), key=lambda m: -m[1]) or [
        m for m in met if _BY_ELSE.search(m[4])
    ]
    for _, _, passage, start, rule, end in best:
        yield passage, start, rule, end


def _bare_rules(
    passages: Passages,
) -> Iterator[tuple[bool, int, Passage, int, str, int]]:
    """双方签字之日起生效: a rule that does not say of what stands for the contract, in the contract itself."""
    for position, passage in enumerate(passages.main):
        for begin, text in sentences(passage.text):
            found = _BARE.search(text)
            if found and not re.search("义务|变更|修改|补充|附件|通知", text[: found.end()]):
                yield True, position, passage, begin + found.start(), found[0], begin + found.end()


_BARE = re.compile(
    r"(?:双方|自|经)[^。；，]{0,30}?(?:签字|盖章|签署|签订)[^。；，]{0,12}?(?:后|之日起?|起)(?:即|正式)?生效"
)


def _other(found: re.Match[str]) -> bool:
    """Whether something else than the contract takes effect: 本合同第八条义务自……起生效, 合同变更经……后生效."""
    return bool(
        re.match(
            r"(?:的|项下|约定|规定|中|第)[^，,自经由于]{0,20}(?:义务|变更|修改|条款)", found["rule"]
        )
        or re.match(r"(?:的)?(?:变更|修改|补充|解除|附件)", found["rule"])
        or re.search(r"补充协议|变更|修改", found["rule"])
    )


# ── the foot ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _foot(passages: Passages) -> Sequence[Passage]:
    """From the last naming of the buyer that is followed by signs of signing to the end of the contract."""
    main = passages.main
    starts = [
        i for i, p in enumerate(main) if (m := _SIDES.search(p.text)) and m["buyer"] and _short(p)
    ]
    for start in reversed(starts):
        tail = main[start:]
        near = tail[:24]
        if any(_SIGNS.search(p.text) or _only_day(p) for p in near) and any(
            m["supplier"] for p in near for m in _SIDES.finditer(p.text)
        ):
            return _without_clauses(tail)
    return ()


def _short(passage: Passage) -> bool:
    return len(passage.text) < 200  # noqa: PLR2004 - two columns set in one line are shorter


def _without_clauses(tail: Sequence[Passage]) -> Sequence[Passage]:
    """A head at the top of the paper is no foot: what follows it up to the first clause is all there is."""
    for index, passage in enumerate(tail):
        if index and passage.node and passage.node.kind is NodeKind.NUMBERED and passage.opens:
            return tail[:index]
    return tail


def _only_day(passage: Passage) -> bool:
    found = days(passage.text)
    return len(found) > 0 and sum(len(d.raw) for d in found) > 0.6 * len(passage.text)


# ── dates and sides of a foot ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Date:
    """A date of the foot, which a later line may still fill in; ``shared`` where its label speaks of the contract."""

    found: Found[date]
    shared: bool
    open: bool


def _marks(foot: Iterable[Passage]) -> list[Party | _Date]:
    """Sides and dates in the order in which they stand; a date without a label fills the first label without a date."""
    out: list[Party | _Date] = []
    for passage in foot:
        if not _short(passage):
            continue
        for token in _tokens(passage):
            if isinstance(token, Day):
                waiting = next((m for m in out if isinstance(m, _Date) and m.open), None)
                if waiting is None:
                    out.append(_Date(_found(token, passage), shared=False, open=False))
                else:
                    waiting.found, waiting.open = _found(token, passage), False
            else:
                out.append(token)
    return out


def _tokens(passage: Passage) -> Iterator[Party | _Date | Day]:
    text = passage.text
    met: list[tuple[int, Party | _Date | Day]] = [
        (m.start(), Party.BUYER if m["buyer"] else Party.SUPPLIER) for m in _SIDES.finditer(text)
    ]
    met.extend((day.at.start, day) for day in days(text))
    labels = list(_DATED.finditer(text))
    for label, following in zip_longest(labels, labels[1:]):
        stop = following.start() if following else len(text)
        if not text[label.end() : stop].strip(" _＿。./年月日0123456789-\t\u3000"):
            shared = bool(_SHARED_LABEL.search(re.sub(r"\s", "", label[0])))
            met.append((label.start(), _Date(_blank(passage, label), shared=shared, open=True)))
    yield from (token for _, token in sorted(met, key=lambda pair: pair[0]))


def _found(day: Day, passage: Passage) -> Found[date]:
    span = passage.span(day.at.start, day.at.end)
    state = State.FOUND if day.day else State.BLANK
    return Found(state, day.day, day.raw, span, passage.clause)


def _blank(passage: Passage, label: re.Match[str]) -> Found[date]:
    return Found(
        State.BLANK, None, label[0], passage.span(label.start(), label.end()), passage.clause
    )


def _assigned(marks: Iterable[Party | _Date]) -> Iterator[tuple[Party, Found[date]]]:
    """A date belongs to the side above it; after both sides the k-th date to the k-th of them, and a lone one to both."""
    sides: list[Party] = []
    dates: list[_Date] = []
    for mark in marks:
        if isinstance(mark, _Date):
            dates.append(mark)
            continue
        if dates:
            yield from _paired(sides, dates)
            sides, dates = [], []
        sides.append(mark)
    yield from _paired(sides, dates)


def _paired(sides: Sequence[Party], dates: Sequence[_Date]) -> Iterator[tuple[Party, Found[date]]]:
    several = tuple(dict.fromkeys(sides))
    if len(dates) == 1 and dates[0].found:
        yield from ((side, dates[0].found) for side in several)
    elif len(several) == 1 and dates:
        yield several[0], next((d.found for d in dates if d.found), dates[0].found)
    else:
        yield from ((side, one.found) for side, one in zip(several, dates, strict=False))


def _from_head(passages: Passages) -> Iterator[tuple[Party, Found[date]]]:
    """签订日期 of the cover, or 于某日签订本合同 wherever it stands: both sides on one day."""
    clauses = False
    for passage in passages.main:
        clauses = clauses or bool(passage.node and passage.node.kind is NodeKind.NUMBERED)
        if clauses and not _SIGNS_THIS.search(passage.text):
            continue
        for mark in _marks([passage]):
            if isinstance(mark, _Date) and (mark.found or mark.open):
                yield Party.BUYER, mark.found
                yield Party.SUPPLIER, mark.found
        for day in days(passage.text):
            if _SIGNED_ON.search(passage.text[: day.at.start]) and _SIGNING.match(
                passage.text[day.at.end :]
            ):
                yield Party.BUYER, _found(day, passage)
                yield Party.SUPPLIER, _found(day, passage)
