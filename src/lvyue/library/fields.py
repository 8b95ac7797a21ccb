"""可改的字段: what a supplement may change of a term, a parameter or the contract itself, how a value is read and shown.

A page builds its form from ``fields_of``; ``changes`` reads what came back with the same table. Values are those of the raw
document: text, whole numbers, lists; never a date or a sum that is not text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, assert_never

from lvyue.core.calendar import Span
from lvyue.core.doubts import Refused, malformed
from lvyue.core.findings import zh_leg
from lvyue.core.money import Money, Rate
from lvyue.core.terms import Anchor, Base, Cycle, LossRule, Operator, Party, TermKind
from lvyue.library.loader import PARAMETER_MARK, Raw, event


class ValueKind(StrEnum):
    """值的种类: how a form asks for a value and how it is read."""

    TEXT = "text"
    SPAN = "span"
    INTEGER = "integer"
    NUMBER = "number"
    RATE = "rate"
    MONEY = "money"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    EVENT = "event"
    EVENTS = "events"
    INTEGERS = "integers"
    GRADES = "grades"

    @property
    def zh(self) -> str:
        """What to write, for the help beside a field."""
        return _HOW[self]


_HOW = {
    ValueKind.TEXT: "文字",
    ValueKind.SPAN: "期间，如 30 calendar-days 或 10个工作日",
    ValueKind.INTEGER: "整数",
    ValueKind.NUMBER: "数，如 96 或 1/3",
    ValueKind.RATE: "比例，如 50% 或 0.03%",
    ValueKind.MONEY: "金额，如 559000.00 元",
    ValueKind.DATE: "日期，如 2022-11-01",
    ValueKind.YES_NO: "是或否",
    ValueKind.CHOICE: "任选一个",
    ValueKind.EVENT: "一种事实，如 report.delivered[report=monthly]",
    ValueKind.EVENTS: "若干种事实",
    ValueKind.INTEGERS: "若干整数",
    ValueKind.GRADES: "等级、比例、是否照付",
}


@dataclass(frozen=True, slots=True)
class Field:
    """字段: its dotted name in the raw document and its Chinese name; ``blank``: it may be null, or a list empty."""

    name: str
    zh: str
    kind: ValueKind
    blank: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    value: Any = None

    @property
    def shown(self) -> str:
        """The present value as people read it."""
        return show(self, self.value)


_T = ValueKind
_PARTIES = tuple((party.value, party.zh) for party in Party)
_CYCLES = tuple((cycle.value, cycle.zh) for cycle in Cycle)
_OPERATORS = tuple((sign.value, sign.value) for sign in Operator)
_ANCHORS = ((Anchor.PERIOD_START.value, "服务期开始"), (Anchor.PERIOD_END.value, "服务期届满"))
_BASES = ((Base.PRICE.value, "合同价款"), (Base.PAID.value, "已付款项"))
_LOSSES = tuple(
    zip(
        (rule.value for rule in LossRule),
        ("不提损失", "违约金与损失并计", "不足时补足", "超过部分另计", "只赔超过部分", "只赔损失"),
        strict=True,
    )
)

_EVERY = (
    Field("says", "内容", _T.TEXT),
    Field("en", "英文", _T.TEXT),
    Field("debtor", "义务人", _T.CHOICE, choices=_PARTIES),
    Field("survives", "合同结束后仍有效", _T.YES_NO),
)
_WITHIN = Field("within", "时限", _T.SPAN, blank=True)
_TIMES = Field("times", "次数", _T.INTEGER, blank=True)

#: What may be changed of a term of each kind, besides what every term has. Its id, kind, clauses and doubts are not
#: values: a term of another kind is another term, and clauses and doubts follow from the supplement itself.
TERM_FIELDS: Mapping[str, tuple[Field, ...]] = {
    TermKind.DEADLINE_AFTER_EVENT: (
        _WITHIN,
        Field("triggers", "起算事件", _T.EVENTS),
        Field("done", "完成事件", _T.EVENTS, blank=True),
        Field("any_of", "任一完成即可", _T.YES_NO),
        Field("deems", "逾期视为", _T.EVENT, blank=True),
        Field("until", "终止事件", _T.EVENT, blank=True),
    ),
    TermKind.DEADLINE_BEFORE_DATE: (
        _WITHIN,
        Field("anchor", "在何日之前", _T.EVENT),
        Field("done", "完成事件", _T.EVENTS),
        Field("window", "不得早于窗口", _T.YES_NO),
    ),
    TermKind.RECURRING: (
        Field("every", "周期", _T.CHOICE, choices=_CYCLES),
        _TIMES,
        Field("done", "完成事件", _T.EVENT),
    ),
    TermKind.THRESHOLD: (
        Field("bound", "指标值", _T.NUMBER, blank=True),
        Field("operator", "比较", _T.CHOICE, choices=_OPERATORS),
        Field("unit", "单位", _T.TEXT, blank=True),
    ),
    TermKind.DELIVERABLE: (
        Field("name", "名称", _T.TEXT),
        Field("times", "份数", _T.INTEGER),
        Field("by", "最迟", _T.CHOICE, blank=True, choices=_ANCHORS),
        Field("after", "起算事件", _T.EVENT, blank=True),
        _WITHIN,
    ),
    TermKind.PROHIBITION: (Field("breach", "违反的事实", _T.EVENT, blank=True),),
    TermKind.STAFFING: (
        Field("post", "岗位", _T.TEXT),
        Field("count", "人数", _T.INTEGER, blank=True),
        Field("years", "年限", _T.INTEGER, blank=True),
    ),
    TermKind.ENTITLEMENT: (
        Field("quantity", "数量", _T.INTEGER, blank=True),
        Field("unit", "单位", _T.TEXT),
        Field("unit_price", "单价", _T.MONEY, blank=True),
    ),
    TermKind.PERMISSION: (
        Field("opens", "成就的事实", _T.EVENT, blank=True),
        Field("at_least", "至少次数", _T.INTEGER),
        Field("set_off", "可以抵扣", _T.YES_NO),
    ),
    TermKind.PAYMENT: (
        Field("within", "付款期限", _T.SPAN, blank=True),
        Field("amount.share", "付款比例", _T.RATE),
        Field("amount.stated", "写明的金额", _T.MONEY, blank=True),
        Field("conditions", "付款条件", _T.EVENTS),
        Field("invoice", "以等额发票为条件", _T.YES_NO),
    ),
    TermKind.LATE_INTEREST: (
        Field("grace", "宽限期", _T.SPAN),
        Field("daily", "日费率", _T.RATE),
        Field("cap", "累计上限", _T.RATE, blank=True),
        Field("instalments", "适用期次", _T.INTEGERS),
    ),
    TermKind.PENALTY: (
        Field("rate", "违约金比例", _T.RATE, blank=True),
        Field("base", "基数", _T.CHOICE, choices=_BASES),
        Field("floor", "下限", _T.MONEY, blank=True),
        Field("cap", "封顶", _T.RATE, blank=True),
        Field("loss", "损失", _T.CHOICE, choices=_LOSSES),
    ),
    TermKind.GRADE_CAP: (Field("grades", "等级表", _T.GRADES, blank=True),),
    TermKind.DUTY: (
        Field("promptly", "原文的时间词", _T.TEXT, blank=True),
        Field("trigger", "起算事件", _T.EVENT, blank=True),
        Field("done", "完成事件", _T.EVENT, blank=True),
        Field("until", "终止事件", _T.EVENT, blank=True),
    ),
}

CONTRACT_FIELDS = (
    Field("title", "名称", _T.TEXT),
    Field("number", "编号", _T.TEXT, blank=True),
    Field("price", "合同价款", _T.MONEY),
    Field("price_words", "价款大写", _T.TEXT),
    Field("tax.net", "不含税金额", _T.MONEY),
    Field("period.start", "服务期开始", _T.DATE, blank=True),
    Field("period.end", "服务期届满", _T.DATE, blank=True),
    Field("effective", "生效日", _T.DATE, blank=True),
)

PARAMETER_FIELDS = (
    Field("says", "内容", _T.TEXT),
    Field("unit", "单位", _T.TEXT),
    Field("owner", "由谁提出", _T.CHOICE, choices=_PARTIES),
    Field("source", "依据什么文件", _T.TEXT),
)

#: Defaults that a raw term may leave out, so that a form shows what holds.
_LEFT_OUT: Mapping[str, Any] = {
    "survives": False,
    "any_of": False,
    "window": False,
    "set_off": False,
    "at_least": 1,
    "times": 1,
    "operator": Operator.AT_LEAST.value,
    "base": Base.PRICE.value,
    "loss": LossRule.NONE.value,
}


def fields_of(raw: Raw, term_id: str) -> tuple[Field, ...]:
    """What may be changed of a term, each field with its present value. ``Refused`` if there is no such term."""
    term = next((one for one in raw["terms"] if one["id"] == term_id), None)
    if term is None:
        says = f"没有编号为“{term_id}”的约定。"
        raise Refused([malformed(f"约定 {term_id}", says, "请核对编号。")])
    return tuple(_filled(field, term) for field in term_fields(term["kind"]) if _has(term, field))


def term_fields(kind: str) -> tuple[Field, ...]:
    """Every field that may be changed of a term of a kind."""
    return (*_EVERY, *TERM_FIELDS[kind])


def contract_fields(raw: Raw) -> tuple[Field, ...]:
    """What may be changed of the contract itself, each field with its present value."""
    return tuple(_filled(field, raw) for field in CONTRACT_FIELDS if _has(raw, field))


def parameter_fields(raw: Raw, parameter: str) -> tuple[Field, ...]:
    """What may be changed of a parameter; empty if there is none of that id."""
    found = next((one for one in raw["parameters"] if one["id"] == parameter), None)
    return () if found is None else tuple(_filled(field, found) for field in PARAMETER_FIELDS)


def _filled(field: Field, holder: Raw) -> Field:
    value = value_at(holder, field.name)
    if field.name not in holder:
        value = _LEFT_OUT.get(field.name, value)
    return Field(field.name, field.zh, field.kind, field.blank, field.choices, value)


def _has(holder: Raw, field: Field) -> bool:
    """A part of something that is not there cannot be changed: a tail has no share, a contract without tax no net."""
    first, dot, _ = field.name.partition(".")
    if first == "amount":
        return isinstance(holder.get(first), dict) and "share" in holder[first]
    return not dot or isinstance(holder.get(first), dict)


def value_at(holder: Raw, name: str) -> Any:
    """The value under a dotted name; None where nothing is."""
    value: Any = holder
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def put_at(holder: Raw, name: str, value: Any) -> None:
    """Write a value under a dotted name."""
    *path, last = name.split(".")
    for part in path:
        holder = holder[part]
    holder[last] = value


# ── reading what a person wrote ──────────────────────────────────────────────────────────────────────────────────


def read(field: Field, value: Any) -> Any:
    """The value as the raw document writes it. ``ValueError`` says in Chinese what is wrong."""
    if value is None or (isinstance(value, str) and not value.strip()):
        if field.blank:
            return [] if field.kind in _LISTS else None
        raise ValueError(f"“{field.zh}”不能留空。")
    return _READERS[field.kind](value, field)


def _plain(value: Any) -> str:
    """Text with full-width digits and signs made half-width, as hands on a Chinese keyboard write them."""
    if not isinstance(value, str):
        raise ValueError(f"应写成文字，写的是 {value!r}。")  # noqa: TRY004  one kind of error for whoever reads a form
    return unicodedata.normalize("NFKC", value).strip()


def _text(value: Any, _: Field) -> str:
    if not isinstance(value, str):
        raise ValueError(f"应写成文字，写的是 {value!r}。")  # noqa: TRY004  as above
    return value.strip()


def _span(value: Any, _: Field) -> str:
    plain = _plain(value)
    if plain.startswith(PARAMETER_MARK):
        return plain
    span = Span.parse(plain)
    return f"{span.count} {span.unit.value}"


def _integer(value: Any, field: Field) -> int:
    if isinstance(value, str) and _plain(value).isdecimal():
        return int(_plain(value))
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"“{field.zh}”应为不小于零的整数，写的是 {value!r}。")
    return value


def _number(value: Any, field: Field) -> str:
    plain = _plain(str(value) if isinstance(value, int) else value).rstrip("% ")
    if plain.startswith(PARAMETER_MARK):
        return plain
    try:
        Fraction(plain)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"“{field.zh}”应为数，如 96 或 1/3，写的是“{value}”。") from error
    return plain


def _rate(value: Any, _: Field) -> str:
    return str(Rate.parse(_plain(value)))


def _money(value: Any, _: Field) -> str:
    money = Money.parse(_plain(value))
    if money < Money.ZERO:
        raise ValueError(f"金额不能小于零，写的是 {money}。")
    return f"{money.fen // 100}.{money.fen % 100:02d} 元"


def _date(value: Any, field: Field) -> str:
    try:
        return date.fromisoformat(_plain(value)).isoformat()
    except ValueError as error:
        raise ValueError(f"“{field.zh}”应为日期，如 2022-11-01，写的是“{value}”。") from error


def _yes_no(value: Any, field: Field) -> bool:
    if isinstance(value, bool):
        return value
    known = {"是": True, "true": True, "否": False, "false": False}
    if _plain(value) not in known:
        raise ValueError(f"“{field.zh}”应为是或否，写的是“{value}”。")
    return known[_plain(value)]


def _choice(value: Any, field: Field) -> str:
    names = {name for one in field.choices for name in one}
    plain = _plain(value)
    if plain not in names:
        raise ValueError(
            f"“{field.zh}”没有“{value}”，可选：{'、'.join(zh for _, zh in field.choices)}。"
        )
    return next(name for name, zh in field.choices if plain in (name, zh))


def _event(value: Any, _: Field) -> str:
    plain = _plain(value)
    if plain in set(Anchor):
        return plain
    return str(event(plain))


def _listed(value: Any, field: Field) -> Sequence[Any]:
    if not isinstance(value, list) or not (value or field.blank):
        raise ValueError(f"“{field.zh}”应为列表，至少一项。")
    return value


_LISTS = (ValueKind.EVENTS, ValueKind.INTEGERS, ValueKind.GRADES)


def _events(value: Any, field: Field) -> list[str]:
    return [_event(one, field) for one in _listed(value, field)]


def _integers(value: Any, field: Field) -> list[int]:
    return [_integer(one, field) for one in _listed(value, field)]


def _grades(value: Any, field: Field) -> list[Raw]:
    out = []
    for one in _listed(value, field):
        if not isinstance(one, dict) or one.keys() != {"name", "rate", "exact"}:
            raise ValueError(f"“{field.zh}”的每一级应写明 name、rate、exact。")
        exact = _yes_no(one["exact"], field)
        out.append(
            {"name": _text(one["name"], field), "rate": _rate(one["rate"], field), "exact": exact}
        )
    return out


_READERS: Mapping[ValueKind, Callable[[Any, Field], Any]] = {
    ValueKind.TEXT: _text,
    ValueKind.SPAN: _span,
    ValueKind.INTEGER: _integer,
    ValueKind.NUMBER: _number,
    ValueKind.RATE: _rate,
    ValueKind.MONEY: _money,
    ValueKind.DATE: _date,
    ValueKind.YES_NO: _yes_no,
    ValueKind.CHOICE: _choice,
    ValueKind.EVENT: _event,
    ValueKind.EVENTS: _events,
    ValueKind.INTEGERS: _integers,
    ValueKind.GRADES: _grades,
}


# ── showing a value ──────────────────────────────────────────────────────────────────────────────────────────────


def show(field: Field, value: Any) -> str:
    """A raw value as people read it."""
    if value is None:
        return "没有写明"
    match field.kind:
        case ValueKind.SPAN | ValueKind.NUMBER if str(value).startswith(PARAMETER_MARK):
            return f"待商定的参数（{str(value).removeprefix(PARAMETER_MARK)}）"
        case ValueKind.SPAN:
            return Span.parse(value).chinese
        case ValueKind.MONEY:
            return str(Money.parse(value))
        case ValueKind.YES_NO:
            return "是" if value else "否"
        case ValueKind.CHOICE:
            return dict(field.choices).get(value, str(value))
        case ValueKind.EVENT:
            return _event_zh(value)
        case ValueKind.EVENTS:
            return "、".join(map(_event_zh, value)) or "没有"
        case ValueKind.INTEGERS:
            return "、".join(map(str, value))
        case ValueKind.GRADES:
            return "；".join(
                f"{one['name']}{'按' if one['exact'] else '不超过'} {one['rate']}" for one in value
            ) or "没有"  # fmt: skip
        case ValueKind.TEXT | ValueKind.INTEGER | ValueKind.NUMBER | ValueKind.RATE:
            return str(value)
        case ValueKind.DATE:
            return str(value)
        case _:
            assert_never(field.kind)


def _event_zh(text: str) -> str:
    anchors = dict(_ANCHORS)
    return anchors[text] if text in anchors else zh_leg(event(text))


__all__ = [
    "CONTRACT_FIELDS",
    "PARAMETER_FIELDS",
    "TERM_FIELDS",
    "Field",
    "ValueKind",
    "contract_fields",
    "fields_of",
    "parameter_fields",
    "put_at",
    "read",
    "show",
    "term_fields",
    "value_at",
]
