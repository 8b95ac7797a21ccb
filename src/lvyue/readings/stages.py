"""可核对的种类: each kind of thing that reading finds: its fields, how it is told in them, and how they make it again.

One row per kind in ``STAGES``. What the fields do not hold (the place in the paper, the words it was read from, what a
time word is triggered by) stays as it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from lvyue.core.calendar import Unit
from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import KINDS, kind_zh
from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.release import Role
from lvyue.core.terms import Base, Cycle, LossRule, Party, TermKind
from lvyue.core.words import from_words
from lvyue.obligations.wording import KIND_ZH
from lvyue.reading.consideration import Condition, Damage, Instalment, Interest, ReadGrade
from lvyue.reading.duties import Candidate, Certainty
from lvyue.reading.found import Found, State
from lvyue.reading.identity import ReadDocument, ReadParty, ReadPrice
from lvyue.reading.paragraphs import Span
from lvyue.reading.quantities import At, Bound, Direction, Frequency, TimeWord
from lvyue.reading.tables import ReadTable
from lvyue.readings.inputs import Field, Input, decimal_of, percent_of, text_of

Values = Mapping[str, Any]

NOWHERE = At(0, 0)


class Tab(StrEnum):
    """栏目: the parts of the review."""

    FACTS = "facts"
    MONEY = "money"
    CLAUSES = "clauses"
    TABLES = "tables"
    TERMS = "terms"
    DOUBTS = "doubts"

    @property
    def zh(self) -> str:
        return _TAB_ZH[self.value]


_TAB_ZH = {
    "facts": "要素",
    "money": "付款与考核",
    "clauses": "条款",
    "tables": "表格",
    "terms": "约定",
    "doubts": "疑义",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """种类: its fields, what a thing of it says in them, and the thing again from values. Without fields it is only accepted or not."""

    name: str
    tab: Tab
    zh: str
    fields: tuple[Field, ...] = ()
    told: Callable[[Any], dict[str, str]] = lambda _: {}
    remade: Callable[[Any, Values], Any] = lambda thing, _: thing
    rejectable: bool = True


def _choices(of: type[StrEnum], zh: Callable[[Any], str]) -> tuple[tuple[str, str], ...]:
    return tuple((one.value, zh(one)) for one in of)


PARTIES = _choices(Party, lambda one: one.zh)
UNITS = _choices(Unit, lambda one: one.chinese.removeprefix("个"))
CYCLES = _choices(Cycle, lambda one: one.zh)
DIRECTIONS = (("after", "之后"), ("before", "之前"), ("within_last", "届满前最后一段"))
KINDS_OF_TERM = tuple((kind.value, KIND_ZH[kind]) for kind in TermKind)
_OPERATORS = ((">=", "不低于"), ("<=", "不高于"), (">", "高于"), ("<", "低于"), ("==", "等于"))
_ROLES = (
    ("buyer", "甲方"),
    ("supplier", "乙方"),
    ("using_department", "使用部门"),
    ("lead", "牵头单位"),
    ("agency", "采购代理机构"),
    ("supervisor", "监理"),
    ("other", "其他"),
)
_BASES = (("price", "合同金额"), ("paid", "已付金额"))
_LOSS = (
    ("none", "未提损失"),
    ("added", "违约金之外另赔损失"),
    ("topped_up", "取违约金与损失的较高者"),
    ("excess", "超出部分另按他条"),
    ("beyond", "只赔他条不能弥补的"),
    ("alone", "只赔损失"),
)
_DEBTOR = Field("debtor", "义务人", Input.CHOICE, PARTIES, required=True)


# ── 要素 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _found(name: str, zh: str, kind: Input = Input.TEXT) -> Stage:
    """A single value that stands in the paper or does not."""

    def told(one: Found[Any]) -> dict[str, str]:
        value = one.value
        return {"value": percent_of(value) if isinstance(value, Fraction) else text_of(value)}

    return Stage(name, Tab.FACTS, zh, (Field("value", zh, kind),), told, _refound)


def _refound(one: Found[Any], values: Values) -> Found[Any]:
    value = values["value"]
    if value is None:
        return replace(one, state=State.BLANK, value=None)
    return replace(one, state=State.FOUND, value=value)


def _price_told(one: ReadPrice) -> dict[str, str]:
    return {"figures": text_of(one.figures.value), "words": text_of(one.words.value)}


def _price_remade(one: ReadPrice, values: Values) -> ReadPrice:
    words: str | None = values["words"]
    return replace(
        one,
        figures=_refound(one.figures, {"value": values["figures"]}),
        words=_refound(one.words, {"value": words}),
        words_money=_spoken(words) if words else None,
    )


def _spoken(words: str) -> Money:
    try:
        return from_words(words)
    except UnreadableMoney as error:
        raise Refused([malformed("大写金额", str(error))]) from error


def _party_told(one: ReadParty) -> dict[str, str]:
    return {
        "role": one.role.value,
        "name": text_of(one.name.value),
        "aliases": "、".join(one.aliases),
    }


def _party_remade(one: ReadParty, values: Values) -> ReadParty:
    aliases = tuple(name for name in (values["aliases"] or "").split("、") if name)
    return replace(
        one,
        role=Role(values["role"]),
        name=_refound(one.name, {"value": values["name"]}),
        aliases=aliases,
    )


def _document_told(one: ReadDocument) -> dict[str, str]:
    return {"name": one.name, "rank": text_of(one.rank), "here": text_of(one.here)}


def _document_remade(one: ReadDocument, values: Values) -> ReadDocument:
    return replace(one, name=values["name"], rank=values["rank"], here=values["here"])


# ── 付款与考核 ────────────────────────────────────────────────────────────────────────────────────────────────────

_WITHIN = (Field("within", "时限", Input.NUMBER), Field("unit", "时限单位", Input.CHOICE, UNITS))


def _within_told(one: TimeWord | None) -> dict[str, str]:
    return {
        "within": text_of(one.value if one else None),
        "unit": text_of(one.unit if one else None),
    }


def _within(old: TimeWord | None, values: Values) -> TimeWord | None:
    value, unit = values["within"], values["unit"]
    if value is None and unit is None:
        return old if old is not None and old.word else None
    if value is None or unit is None:
        raise Refused([malformed("时限", "数和单位要一起写。", "请补全，或两栏都清空。")])
    if old is None:
        return TimeWord(NOWHERE, "", value, Unit(unit), Direction.AFTER)
    return replace(old, value=value, unit=Unit(unit), word="")


def _instalment_told(one: Instalment) -> dict[str, str]:
    return {
        "number": str(one.number),
        "rate": percent_of(one.rate),
        "remainder": text_of(one.remainder),
        "figures": text_of(one.figures),
        **_within_told(one.within),
        "invoice": text_of(one.invoice),
        "conditions": "\n".join(
            f"{each.raw} = {kind_zh(each.event)}" if each.event else each.raw
            for each in one.conditions
        ),
    }


def _instalment_remade(one: Instalment, values: Values) -> Instalment:
    if values["rate"] is None and not values["remainder"]:
        raise Refused([malformed("比例", "没有比例，也不是余款。", "请填比例，或勾选“余款”。")])
    return replace(
        one,
        number=values["number"],
        rate=values["rate"],
        remainder=values["remainder"],
        figures=values["figures"],
        within=_within(one.within, values),
        invoice=values["invoice"],
        conditions=_conditions(one, values["conditions"] or ""),
    )


#: People write a kind of fact by its Chinese name; its code is understood, too.
_KIND_NAMED = {kind.zh: name for name, kind in KINDS.items()}


def _conditions(one: Instalment, text: str) -> tuple[Condition, ...]:
    there = {each.raw: each.span for each in one.conditions}
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        raw, _, event = (part.strip() for part in line.rpartition("="))
        if not raw:
            raw, event = event, ""
        kind = _KIND_NAMED.get(event, event)
        if kind and kind not in KINDS:
            says = f"“{event}”不是事实的种类。"
            mend = "请写成“合同签订生效 = 合同生效”的样子；不知道种类的只写短语。"
            raise Refused([malformed("付款条件", says, mend)])
        found.append(Condition(raw, kind, there.get(raw, one.span)))
    return tuple(found)


def _grade_told(one: ReadGrade) -> dict[str, str]:
    return {"name": one.name, "rate": percent_of(one.rate), "exact": text_of(one.exact)}


def _grade_remade(one: ReadGrade, values: Values) -> ReadGrade:
    return replace(one, name=values["name"], rate=values["rate"], exact=values["exact"])


def _interest_told(one: Interest) -> dict[str, str]:
    return {
        "debtor": one.debtor.value,
        "daily": percent_of(one.daily),
        **_within_told(one.grace),
        "cap": percent_of(one.cap),
    }


def _interest_remade(one: Interest, values: Values) -> Interest:
    return replace(
        one,
        debtor=Party(values["debtor"]),
        daily=values["daily"],
        grace=_within(one.grace, values),
        cap=values["cap"],
    )


def _damage_told(one: Damage) -> dict[str, str]:
    return {
        "debtor": one.debtor.value,
        "breach": one.breach,
        "rate": percent_of(one.rate),
        "base": text_of(one.base),
        "floor": text_of(one.floor),
        "cap": one.cap,
        "loss": one.loss.value,
        "amount_in": one.amount_in,
        "rescission": text_of(one.rescission),
    }


def _damage_remade(one: Damage, values: Values) -> Damage:
    return replace(
        one,
        debtor=Party(values["debtor"]),
        breach=values["breach"],
        rate=values["rate"],
        base=Base(values["base"]) if values["base"] else None,
        floor=values["floor"],
        cap=values["cap"] or "",
        loss=LossRule(values["loss"]),
        amount_in=values["amount_in"] or "",
        rescission=values["rescission"],
    )


# ── 约定 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _term_told(one: Candidate) -> dict[str, str]:
    limit, often, bound = one.limit, one.frequency, one.bound
    return {
        "kind": one.kind.value,
        "debtor": one.debtor.value,
        "act": one.act,
        "trigger": one.trigger,
        **_within_told(limit),
        "direction": text_of(limit.direction if limit else None),
        "vague": limit.word if limit else "",
        "every": text_of(often.every if often else None),
        "times": text_of(often.times if often else None),
        "operator": bound.operator if bound else "",
        "bound": decimal_of(bound.value if bound else None),
        "bound_unit": bound.unit if bound else "",
        "count": text_of(one.count),
        "item": one.item,
        "unless": one.unless,
        "survives": text_of(one.survives),
    }


def _term_remade(one: Candidate, values: Values) -> Candidate:
    return replace(
        one,
        kind=TermKind(values["kind"]),
        debtor=Party(values["debtor"]),
        act=values["act"],
        trigger=values["trigger"] or "",
        limit=_limit(one.limit, values),
        frequency=_frequency(one.frequency, values),
        bound=_bound(one.bound, values),
        count=values["count"],
        item=values["item"] or "",
        unless=values["unless"] or "",
        survives=values["survives"],
        certainty=Certainty.SURE,
    )


def _limit(old: TimeWord | None, values: Values) -> TimeWord | None:
    limit = _within(None if values["within"] is None else old, values)
    direction = Direction(values["direction"]) if values["direction"] else Direction.AFTER
    if limit is not None:
        return replace(limit, direction=direction)
    word = values["vague"]
    if not word:
        return None
    base = old or TimeWord(NOWHERE, word, None, None, direction)
    return replace(base, value=None, unit=None, word=word, direction=direction)


def _frequency(old: Frequency | None, values: Values) -> Frequency | None:
    every, times = values["every"], values["times"]
    if every is None and times is None:
        return old if old is not None and (old.word or old.unlimited) else None
    base = old or Frequency(NOWHERE, "", None, None)
    return replace(base, every=Cycle(every) if every else None, times=times)


def _bound(old: Bound | None, values: Values) -> Bound | None:
    value, operator = values["bound"], values["operator"]
    if value is None:
        return old if old is not None and old.value is None and operator else None
    base = old or Bound(NOWHERE, "", ">=", None, "")
    return replace(
        base, value=value, operator=operator or base.operator, unit=values["bound_unit"] or ""
    )


_TERM_FIELDS = (
    Field("kind", "种类", Input.CHOICE, KINDS_OF_TERM, required=True),
    Field("debtor", "义务人（权利则为权利人）", Input.CHOICE, PARTIES, required=True),
    Field("act", "做什么", Input.LONG, required=True),
    Field("trigger", "从何时起算"),
    *_WITHIN,
    Field("direction", "之前或之后", Input.CHOICE, DIRECTIONS),
    Field("vague", "只有词没有数（立即、及时）"),
    Field("every", "周期", Input.CHOICE, CYCLES),
    Field("times", "每周期次数", Input.NUMBER),
    Field("operator", "指标比较", Input.CHOICE, _OPERATORS),
    Field("bound", "指标值", Input.DECIMAL),
    Field("bound_unit", "指标单位"),
    Field("count", "数量或人数", Input.NUMBER),
    Field("item", "什么东西"),
    Field("unless", "例外"),
    Field("survives", "合同结束后仍有效", Input.FLAG),
)


# ── 表格 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _table_told(one: ReadTable) -> dict[str, str]:
    rows = "\n".join("\t".join(cell.text for cell in row.cells) for row in one.rows)
    return {"title": one.title, "rows": rows}


def _table_remade(one: ReadTable, values: Values) -> ReadTable:
    lines = (values["rows"] or "").splitlines()
    if len(lines) != len(one.rows):
        says = f"原表有 {len(one.rows)} 行，这里有 {len(lines)} 行。"
        raise Refused([malformed("各行", says, "请一行对一行地改；空行也留着。")])
    rows = []
    for number, (row, line) in enumerate(zip(one.rows, lines, strict=True), start=1):
        texts = line.split("\t")
        if len(texts) != len(row.cells):
            says = f"第 {number} 行有 {len(texts)} 格，原表是 {len(row.cells)} 格。"
            raise Refused([malformed("各行", says, "各格之间用制表符分开。")])
        cells = tuple(
            replace(cell, text=text.strip()) for cell, text in zip(row.cells, texts, strict=True)
        )
        rows.append(replace(row, cells=cells))
    return replace(one, title=values["title"] or "", rows=tuple(rows))


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────

_ALL = (
    _found("title", "合同名称"),
    _found("contract_no", "合同编号"),
    _found("project_no", "项目编号"),
    Stage(
        "party",
        Tab.FACTS,
        "当事人",
        (
            Field("role", "角色", Input.CHOICE, _ROLES, required=True),
            Field("name", "名称", required=True),
            Field("aliases", "别称（用顿号分开）"),
        ),
        _party_told,
        _party_remade,
    ),
    _found("signed_buyer", "甲方签署日期", Input.DAY),
    _found("signed_supplier", "乙方签署日期", Input.DAY),
    _found("effective", "生效日期", Input.DAY),
    Stage(
        "price",
        Tab.FACTS,
        "合同价款",
        (Field("figures", "小写金额（元）", Input.MONEY), Field("words", "大写金额")),
        _price_told,
        _price_remade,
    ),
    _found("tax", "税率", Input.PERCENT),
    _found("net", "不含税金额", Input.MONEY),
    _found("start", "服务期起", Input.DAY),
    _found("end", "服务期止（含当日）", Input.DAY),
    _found("places", "服务地点"),
    _found("copies", "份数", Input.NUMBER),
    _found("bond", "履约保证金"),
    Stage(
        "document",
        Tab.FACTS,
        "合同文件",
        (
            Field("name", "文件名称", required=True),
            Field("rank", "解释顺序（1 最优先）", Input.NUMBER),
            Field("here", "正文在手", Input.FLAG),
        ),
        _document_told,
        _document_remade,
    ),
    Stage(
        "instalment",
        Tab.MONEY,
        "付款",
        (
            Field("number", "第几期", Input.NUMBER, required=True),
            Field("rate", "占合同金额的比例（%）", Input.PERCENT),
            Field("remainder", "余款", Input.FLAG),
            Field("figures", "纸面写出的金额（元）", Input.MONEY),
            *_WITHIN,
            Field("invoice", "以发票为条件", Input.FLAG),
            Field(
                "conditions",
                "付款条件",
                Input.LONG,
                help="每行一个条件；知道是哪种事实的，在等号后写种类，如“合同签订生效 = 合同生效”。",
            ),
        ),
        _instalment_told,
        _instalment_remade,
    ),
    Stage(
        "grade",
        Tab.MONEY,
        "考核等级",
        (
            Field("name", "等级", required=True),
            Field("rate", "付款比例（%）", Input.PERCENT, required=True),
            Field("exact", "就付这个比例（不勾选为上限）", Input.FLAG),
        ),
        _grade_told,
        _grade_remade,
    ),
    Stage(
        "interest",
        Tab.MONEY,
        "逾期违约金",
        (
            _DEBTOR,
            Field("daily", "每日比例（%）", Input.PERCENT, required=True),
            Field("within", "宽限", Input.NUMBER),
            Field("unit", "宽限单位", Input.CHOICE, UNITS),
            Field("cap", "上限（占逾期部分的 %）", Input.PERCENT),
        ),
        _interest_told,
        _interest_remade,
    ),
    Stage(
        "damage",
        Tab.MONEY,
        "违约责任",
        (
            _DEBTOR,
            Field("breach", "什么违约", Input.LONG, required=True),
            Field("rate", "比例（%）", Input.PERCENT),
            Field("base", "基数", Input.CHOICE, _BASES),
            Field("floor", "最低（元）", Input.MONEY),
            Field("cap", "上限"),
            Field("loss", "损失怎么算", Input.CHOICE, _LOSS, required=True),
            Field("amount_in", "数额在哪份文件里"),
            Field("rescission", "可以解除合同", Input.FLAG),
        ),
        _damage_told,
        _damage_remade,
    ),
    Stage("anomaly", Tab.CLAUSES, "编号异常"),
    Stage(
        "table",
        Tab.TABLES,
        "表格",
        (
            Field("title", "表名"),
            Field("rows", "各行", Input.LONG, help="一行是表的一行，各格之间用制表符分开。"),
        ),
        _table_told,
        _table_remade,
        rejectable=False,
    ),
    Stage("term", Tab.TERMS, "约定", _TERM_FIELDS, _term_told, _term_remade),
    Stage("doubt", Tab.DOUBTS, "疑义"),
)

STAGES: Mapping[str, Stage] = {stage.name: stage for stage in _ALL}

#: What a person may add that the reader has not found.
ADDABLE = ("term", "instalment", "grade", "interest", "damage")


def begun(stage: str, clause: ClauseRef, span: Span) -> Any:
    """A thing of a kind before anybody has filled it in."""
    match stage:
        case "term":
            return Candidate(TermKind.DUTY, clause, Party.SUPPLIER, "", (span,), Certainty.SURE)
        case "instalment":
            return Instalment(
                1,
                clause,
                None,
                None,
                None,
                (),
                invoice=False,
                invoice_kind="",
                within=None,
                span=span,
            )
        case "grade":
            return ReadGrade("", Fraction(1), exact=False, span=span)
        case "interest":
            return Interest(clause, Party.BUYER, Fraction(0), None, None, span)
        case "damage":
            return Damage(
                clause,
                Party.SUPPLIER,
                "",
                None,
                None,
                "",
                None,
                "",
                LossRule.NONE,
                (),
                "",
                None,
                rescission=False,
                span=span,
            )
        case _:
            known = "、".join(STAGES[name].zh for name in ADDABLE)
            raise Refused([malformed("种类", f"“{stage[:40]}”不能补加。", f"可以补加：{known}。")])


__all__ = ["ADDABLE", "STAGES", "Stage", "Tab", "Values", "begun"]
