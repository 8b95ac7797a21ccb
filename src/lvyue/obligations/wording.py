"""措辞: the names that people read for clauses, kinds of terms and events, and what a term asks for in one table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from lvyue.core.calendar import Span
from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.facts import KINDS, WORDS
from lvyue.core.release import Release
from lvyue.core.terms import (
    AllPaid,
    Amount,
    Anchor,
    Availability,
    DeadlineAfterEvent,
    DeadlineBeforeDate,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    GradeCap,
    Judgement,
    LateInterest,
    LossRule,
    Measure,
    ParameterId,
    Payment,
    Penalty,
    Permission,
    Prohibition,
    Ratio,
    Reading,
    Recurring,
    Remainder,
    Share,
    Staffing,
    Tally,
    Term,
    TermKind,
    Threshold,
    Within,
)

KIND_ZH = {
    TermKind.DEADLINE_AFTER_EVENT: "事后期限",
    TermKind.DEADLINE_BEFORE_DATE: "事前期限",
    TermKind.RECURRING: "定期义务",
    TermKind.THRESHOLD: "指标",
    TermKind.DELIVERABLE: "交付物",
    TermKind.PROHIBITION: "禁止",
    TermKind.STAFFING: "人员配备",
    TermKind.ENTITLEMENT: "应得数量",
    TermKind.PERMISSION: "权利",
    TermKind.PAYMENT: "付款",
    TermKind.LATE_INTEREST: "逾期违约金",
    TermKind.PENALTY: "违约责任",
    TermKind.GRADE_CAP: "考核等级",
    TermKind.DUTY: "义务",
}

Line = tuple[str, str]

#: Field names of thresholds are those of facts; the people's words for them are theirs too.
_FIELD_ZH = {field.name: field.zh for kind in KINDS.values() for field in kind.fields}

_OPEN = "合同没有写明"


def anchor_of(ref: ClauseRef) -> str:
    """The place of a clause in a page: an id that an address can name."""
    return "c-" + str(ref).replace(" ", "_")


def label_of(ref: ClauseRef, printed: str | None = None) -> str:
    """The number of a clause beside its heading: of a chapter as printed, else the whole decimal or the last number."""
    if ref.row is not None:
        return f"表 {ref.row[0]} 第 {ref.row[1]} 行"
    if printed is not None and ref.depth <= 1:
        return printed.rstrip("、.．")
    _, _, decimal = str(ref).partition(" ")
    if decimal:
        return _plain(decimal)
    last = ref.segments[-1] if ref.segments else ref.document
    return _plain(last)


def _plain(text: str) -> str:
    """¶1 and •2 as people say them."""
    return re.sub(r"([¶•])([0-9]+)", _nth, text)


def _nth(found: re.Match[str]) -> str:
    return f"第{found[2]}{'段' if found[1] == '¶' else '点'}"


def cite(text: str) -> str:
    """A canonical reference as people read it: without the name of the main document, paragraphs in words."""
    plain = re.sub(r" \(T([0-9]+) row ([0-9]+)\)", r" 表\1第\2行", text)
    return _plain(plain.removeprefix(f"{MAIN} "))


def instalment_zh(number: int) -> str:
    """第二期; what is paid back has no number."""
    ordinals = "一二三四五六七八九十"
    if not number:
        return "返还"
    return f"第{ordinals[number - 1] if number <= len(ordinals) else number}期"


def event_zh(event: Event | Anchor | str) -> str:
    """An event in words, such as 通知送达（sms）. Ids of the contract's own events stay as they are."""
    if isinstance(event, Anchor):
        return "服务期限届满" if event is Anchor.PERIOD_END else "服务期限开始"
    kind, where = (event.kind, event.where) if isinstance(event, Event) else event_parts(event)
    name = KINDS[kind].zh if kind in KINDS else kind
    detail = "、".join(_value(key, value) for key, value in where)
    return name + (f"（{detail}）" if detail else "")


def _value(key: str, value: str | int | bool) -> str:  # noqa: FBT001  a value of a fact
    if isinstance(value, bool):
        return f"{'' if value else '非'}{_FIELD_ZH.get(key, key)}"
    if key == "instalment":
        return f"第{value}期"
    return WORDS.get(str(value), str(value))


def event_parts(text: str) -> tuple[str, tuple[tuple[str, str | int | bool], ...]]:
    """Kind and conditions of an event that is written as text: ``invoice.received[instalment=2]``."""
    kind, _, rest = text.partition("[")
    pairs = (pair.partition("=") for pair in rest.rstrip("]").split(",") if pair)
    return kind, tuple(
        (name, value == "true" if value in ("true", "false") else value) for name, _, value in pairs
    )


def number_zh(value: Fraction) -> str:
    """A bound as the contract has it: whole, or a decimal where it has an end, else a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    thousandths = value * 10**6
    if thousandths.denominator == 1:
        return f"{float(value):.6f}".rstrip("0").rstrip(".")
    return str(value)


def asks(term: Term, release: Release, agreed: Mapping[ParameterId, str]) -> tuple[Line, ...]:
    """约定的读法: how the platform understands a term, as label and value, so that a person can check it.

    ``agreed`` tells the parameters that both sides have agreed, in words.
    """
    return tuple((label, value) for label, value in _asks(term, _Open(release, agreed)) if value)


@dataclass(frozen=True, slots=True)
class _Open:
    """留空的数: how a number that the paper leaves open is told: as agreed, else as what is still to be agreed."""

    release: Release
    agreed: Mapping[ParameterId, str]

    def told(self, parameter: ParameterId) -> str:
        if parameter in self.agreed:
            return self.agreed[parameter]
        known = self.release.parameter_by_id.get(parameter)
        return f"待商定：{known.says}" if known is not None else f"待商定：{parameter}"


def _asks(term: Term, left: _Open) -> Iterator[Line]:
    match term:
        case DeadlineAfterEvent():
            yield "起算", "，且".join(event_zh(event) for event in term.triggers)
            yield "完成", _any(term.done) if term.any_of else _all(term.done)
            yield "时限", _within(term.within, left)
            yield "到期不答复", f"视为{event_zh(term.deems)}" if term.deems else ""
        case DeadlineBeforeDate():
            yield "截至", event_zh(term.anchor)
            yield "完成", _all(term.done)
            yield "提前", _within(term.within, left)
            yield "只在窗口内有效", "是" if term.window else ""
        case Recurring():
            yield "周期", f"{term.every.zh} {term.times} 次" if term.times else f"{_OPEN}次数"
            yield "完成", event_zh(term.done)
            if term.full is not None:
                part, whole = (_FIELD_ZH.get(name, name) for name in term.full)
                yield "算作一次", f"{part}等于{whole}"
        case Threshold():
            yield "测量", _measure(term.measure)
            yield "指标", _bound(term, left)
        case Deliverable():
            yield "交付物", f"{term.name} {term.times} 份"
            yield "时间", _deliverable_when(term, left)
        case Prohibition():
            yield "违反的记录", event_zh(term.breach) if term.breach else "登记“违反”"
            yield "没有记录时", "不判违反，也不算已履行：沉默不等于证明遵守"
        case Staffing():
            yield "岗位", term.post
            yield "人数", f"{term.count} 人" if term.count is not None else _OPEN
            yield "经验", f"{term.years} 年以上" if term.years else ""
        case Entitlement():
            yield "项目", term.item
            yield "数量", f"{term.quantity} {term.unit}" if term.quantity is not None else _OPEN
            yield "单价", str(term.unit_price) if term.unit_price is not None else _OPEN
        case Permission():
            yield "权利人", term.debtor.zh
            yield "条件", _opens(term)
        case Payment():
            yield "金额", _amount(term.amount)
            yield "条件", "，且".join(event_zh(event) for event in term.conditions)
            yield "发票", "须收到等额发票" if term.invoice else ""
            yield "期限", _within(term.within, left)
        case LateInterest():
            yield "适用", "、".join(f"第{number}期" for number in term.instalments)
            yield "宽限", term.grace.chinese
            yield "日率", str(term.daily)
            yield "上限", f"迟付金额的 {term.cap}" if term.cap is not None else _OPEN
        case Penalty():
            yield from _penalty(term)
        case GradeCap():
            yield (
                "等级",
                "、".join(f"{g.name} {'' if g.exact else '至多 '}{g.rate}" for g in term.grades)
                or _OPEN,
            )
        case Duty():
            yield "起因", event_zh(term.trigger) if term.trigger else ""
            yield "完成", event_zh(term.done) if term.done else "登记“履行”或“声明”"
            yield "措辞", f"“{term.promptly}”，没有数字" if term.promptly else ""
            yield "时限", _within(term.within, left) if term.within else ""
        case _:
            assert_never(term)


def _any(events: Sequence[Event]) -> str:
    return "，或".join(event_zh(event) for event in events)


def _all(events: Sequence[Event]) -> str:
    return "，并".join(event_zh(event) for event in events)


def _within(within: Within, left: _Open) -> str:
    match within:
        case Span():
            return within.chinese
        case None:
            return _OPEN
        case _:
            return left.told(within)


def _bound(term: Threshold, left: _Open) -> str:
    signs = {">=": "≥", "<=": "≤", "==": "="}
    sign = signs.get(term.operator.value, term.operator.value)
    match term.bound:
        case None:
            return f"{_OPEN}数值"
        case Fraction():
            return f"{sign} {number_zh(term.bound)}{term.unit}"
        case _:
            return f"{sign} {left.told(term.bound)}"


def _measure(measure: Measure) -> str:
    match measure:
        case Reading():
            return f"{event_zh(measure.event)}的{_FIELD_ZH.get(measure.field, measure.field)}"
        case Ratio():
            part, whole = (_FIELD_ZH.get(name, name) for name in (measure.part, measure.whole))
            return f"{event_zh(measure.event)}：{part} ÷ {whole}"
        case Availability():
            return f"1 − {event_zh(measure.event)}的并集 ÷ 服务期限"
        case Tally():
            return f"{event_zh(measure.event)}的次数"
        case Judgement():
            return f"{event_zh(measure.event)}：由人评定，须有文书"
        case _:
            assert_never(measure)


def _deliverable_when(term: Deliverable, left: _Open) -> str:
    if term.by is not None:
        return f"{event_zh(term.by)}之前"
    if term.after is not None:
        return f"{event_zh(term.after)}之后 {_within(term.within, left)}"
    return f"{_OPEN}时间"


def _opens(term: Permission) -> str:
    if term.opens is None:
        return "没有条件，随时可以行使"
    times = f" {term.at_least} 次以上" if term.at_least > 1 else ""
    return f"{event_zh(term.opens)}{times}"


def _amount(amount: Amount) -> str:
    match amount:
        case Share():
            return f"合同价款的 {amount.rate}"
        case Remainder():
            return "按考核等级确定的总价，减去前几期"
        case AllPaid():
            return "已付款项全部返还"
        case _:
            assert_never(amount)


_LOSS_ZH = {
    LossRule.NONE: "",
    LossRule.ADDED: "违约金之外另赔损失",
    LossRule.TOPPED_UP: "违约金不足以弥补损失的，补足",
    LossRule.EXCESS: "损失超过违约金的部分另计",
    LossRule.BEYOND: "只计别处违约金没有弥补的损失",
    LossRule.ALONE: "只赔损失，没有约定违约金",
}


def _penalty(term: Penalty) -> Iterator[Line]:
    heads = {"gain": "违约所得", "loss": "所受损失"}
    yield "先商定", "、".join(heads.get(head, head) for head in term.first)
    base = "已付款项" if term.base.value == "paid" else "合同价款"
    yield "违约金", f"{base}的 {term.rate}" if term.rate is not None else ""
    yield "数额所在", term.amount_in or ""
    yield "下限", str(term.floor) if term.floor is not None else ""
    yield "上限", f"合同价款的 {term.cap}" if term.cap is not None else ""
    yield "损失", _LOSS_ZH[term.loss]
    yield "并存的条款", "、".join(cite(str(ref)) for ref in term.rivals)
    yield "须先证明", "；".join(term.needs)
