"""条款变更: what a supplement changes, as data, applied to the raw document of a release; and two releases compared.

The result is a whole new release in which the supplement is a document of its own, with one clause for each alteration,
and every changed term cites that clause behind its home clause. Nothing that ``structure`` would refuse leaves this module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias, assert_never

from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.money import Money, Rate, Rounding
from lvyue.core.words import in_words
from lvyue.library.difference import Difference, difference
from lvyue.library.fields import (
    Field,
    ValueKind,
    contract_fields,
    fields_of,
    parameter_fields,
    put_at,
    read,
    show,
    value_at,
)
from lvyue.library.loader import Raw, structure, upcast

# ── alterations ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SetTerm:
    """改约定: another value for one field of a term."""

    term: str
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class RemoveTerm:
    """删约定: from the supplement's day on the term is no longer owed."""

    term: str


@dataclass(frozen=True, slots=True)
class AddTerm:
    """增约定: a whole new term as the raw document writes it; without clauses its home is the supplement."""

    body: Raw


@dataclass(frozen=True, slots=True)
class SetContract:
    """改合同: another price, period, effective day, title or number."""

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class CloseDoubt:
    """了结疑义: the supplement says what the paper left open; what the doubt stopped is free."""

    doubt: str


@dataclass(frozen=True, slots=True)
class SetParameter:
    """改参数: another owner, source or wording of what is still to be agreed."""

    parameter: str
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class AddClause:
    """增条款: a clause that says something without computing anything, in our own words."""

    heading: str


Alteration: TypeAlias = (
    SetTerm | RemoveTerm | AddTerm | SetContract | CloseDoubt | SetParameter | AddClause
)

_OPERATIONS: Mapping[str, type[Alteration]] = {
    "set_term": SetTerm,
    "remove_term": RemoveTerm,
    "add_term": AddTerm,
    "set_contract": SetContract,
    "close_doubt": CloseDoubt,
    "set_parameter": SetParameter,
    "add_clause": AddClause,
}


@dataclass(frozen=True, slots=True)
class Supplement:
    """补充协议的内容: its title, its number (may be empty), the day it takes effect, and what it changes."""

    title: str
    paper: str
    effective: date
    alterations: tuple[Alteration, ...]


def alteration_of(data: Mapping[str, Any]) -> Alteration | Doubt:
    """An alteration from plain data such as ``{"op": "set_term", "term": …, "field": …, "value": …}``."""
    kind = _OPERATIONS.get(str(data.get("op")))
    if kind is None:
        says = f"没有“{data.get('op')}”这种变更。"
        return malformed("变更 op", says, f"可用的有：{'、'.join(_OPERATIONS)}。")
    given = {name: value for name, value in data.items() if name != "op"}
    wanted = kind.__dataclass_fields__.keys()
    if given.keys() != wanted:
        says = f"字段应为 {'、'.join(wanted)}，写的是 {'、'.join(map(str, given)) or '（没有）'}。"
        return malformed(f"变更 {data['op']}", says, "请补齐或删去多余的字段。")
    whole = given.get("body", {})
    names = [one for name, one in given.items() if name not in ("body", "value")]
    if not isinstance(whole, dict) or not all(isinstance(name, str) for name in names):
        return malformed(f"变更 {data['op']}", "编号和字段名应为文字。", "请核对。")
    return kind(**given)


def as_data(alteration: Alteration) -> dict[str, Any]:
    """An alteration as plain data, to be kept as JSON."""
    op = next(name for name, kind in _OPERATIONS.items() if kind is type(alteration))
    names = alteration.__dataclass_fields__
    return {"op": op, **{name: getattr(alteration, name) for name in names}}


# ── applying a supplement ────────────────────────────────────────────────────────────────────────────────────────


def amended(raw: Mapping[str, Any], supplement: Supplement) -> Raw | list[Doubt]:
    """The raw document of the next release, or every doubt that stands in the way. ``raw`` itself is not touched."""
    old = upcast(raw)
    draft = _Draft(deepcopy(old), supplement)
    doubts = [*_improper(old, supplement), *_twice(supplement.alterations), *draft.apply()]
    if doubts:
        return doubts
    try:
        structure(draft.raw)
    except Refused as refused:
        return list(refused.doubts)
    return draft.raw


_DOCUMENT = re.compile(r"补充协议([1-9][0-9]*)")


def supplements_of(raw: Mapping[str, Any]) -> list[Raw]:
    """The documents that supplements have added, in order."""
    return [one for one in raw["documents"] if _DOCUMENT.fullmatch(one["id"])]


def _improper(raw: Raw, supplement: Supplement) -> Iterator[Doubt]:
    """What is wrong with the paper as such, whatever it changes."""
    effective, place = supplement.effective, f"补充协议“{supplement.title}”"
    if not supplement.title.strip():
        yield malformed("补充协议 名称", "没有名称。", "请写明补充协议的名称。")
    if not supplement.alterations:
        yield malformed(place, "没有变更任何内容。", "请至少写一项变更。")
    days = [raw.get("effective"), *raw["signed"].values()]
    first = max((date.fromisoformat(day) for day in days if day), default=None)
    if first is not None and effective < first:
        says = f"生效日 {effective} 早于合同本身的签订或生效日 {first}。"
        yield malformed(place, says, "补充协议不能早于合同，请核对日期。")
    for earlier in supplements_of(raw):
        since = earlier.get("effective")
        if since and effective < date.fromisoformat(since):
            says = f"生效日 {effective} 早于已有的“{earlier['title']}”的生效日 {since}。"
            mend = "后一份以前一份为基础，请改生效日，或先处理前一份。"
            yield malformed(place, says, mend)
        if supplement.paper and supplement.paper in earlier.get("aliases", []):
            says = f"文号“{supplement.paper}”已由“{earlier['title']}”使用。"
            yield malformed(place, says, "请核对是否重复登记。")


def _target(alteration: Alteration) -> tuple[str, ...]:
    """What an alteration is about: two of one supplement may not be about the same."""
    match alteration:
        case SetTerm(term=term, field=name):
            return "约定", term, name
        case RemoveTerm(term=term):
            return "约定", term
        case AddTerm(body=body):
            return "约定", str(body.get("id"))
        case SetContract(field=name):
            return "合同", name
        case CloseDoubt(doubt=doubt):
            return "疑义", doubt
        case SetParameter(parameter=parameter, field=name):
            return "参数", parameter, name
        case AddClause(heading=heading):
            return "条款", heading
        case _:
            assert_never(alteration)


def _twice(alterations: Sequence[Alteration]) -> Iterator[Doubt]:
    counts = Counter(map(_target, alterations))
    for target, count in counts.items():
        if count > 1:
            says = f"同一处在这份补充协议里变更了 {count} 次。"
            yield malformed(" ".join(target), says, "只能留一次，请删去其余的。")
    whole = {_target(one) for one in alterations if isinstance(one, RemoveTerm | AddTerm)}
    for target in counts:
        if target[:2] in whole and target not in whole:
            says = "这条约定整条增删，又单独改它的字段。"
            yield malformed(" ".join(target), says, "请只留一种。")


@dataclass(slots=True)
class _Draft:
    """草案: the raw document on its way to the next release."""

    raw: Raw
    supplement: Supplement
    document: str = ""
    clauses: list[list[str | None]] = field(default_factory=list)

    def apply(self) -> list[Doubt]:
        """Apply every alteration; what could not be applied is answered."""
        self.document = f"补充协议{len(supplements_of(self.raw)) + 1}"
        doubts: list[Doubt] = []
        for alteration in self.supplement.alterations:
            doubt = self._one(alteration)
            if doubt is not None:
                doubts.append(doubt)
        self._follow_price()
        self.raw["documents"].append(self._paper())
        self.raw["clauses"] += self.clauses
        return doubts

    def _paper(self) -> Raw:
        """The supplement as a document: above the main contract where the paper ranks its documents."""
        documents = self.raw["documents"]
        ranks = {one["id"]: one["rank"] for one in documents}
        of_its_kind = [one["rank"] for one in documents if one["kind"] == "supplement"]
        rank = next((one for one in of_its_kind if one is not None), None)
        main = ranks.get("main")
        if rank is None and main is not None:
            rank = main - 1
        paper = {
            "id": self.document,
            "title": self.supplement.title.strip(),
            "kind": "supplement",
            "rank": rank,
            "here": True,
            "effective": self.supplement.effective.isoformat(),
        }
        return paper | ({"aliases": [self.supplement.paper]} if self.supplement.paper else {})

    def _clause(self, heading: str) -> str:
        """The next clause of the supplement; its canonical number."""
        ref = f"{self.document} {len(self.clauses) + 1}"
        self.clauses.append([ref, None, heading])
        return ref

    def _one(self, alteration: Alteration) -> Doubt | None:
        match alteration:
            case SetTerm():
                return self._set_term(alteration)
            case RemoveTerm(term=term):
                return self._remove_term(term)
            case AddTerm(body=body):
                return self._add_term(body)
            case SetContract():
                return self._set_contract(alteration)
            case CloseDoubt(doubt=doubt):
                return self._close_doubt(doubt)
            case SetParameter():
                return self._set_parameter(alteration)
            case AddClause(heading=heading):
                if not heading.strip():
                    return malformed("条款", "没有内容。", "请用自己的话写明这一条。")
                self._clause(heading.strip())
                return None
            case _:
                assert_never(alteration)

    # ── terms ────────────────────────────────────────────────────────────────────────────────────────────────

    def _found(self, section: str, name: str) -> Raw | None:
        return next((one for one in self.raw[section] if one["id"] == name), None)

    def _set_term(self, one: SetTerm) -> Doubt | None:
        place = f"约定 {one.term}"
        term = self._found("terms", one.term)
        if term is None:
            return _nothing(place, "约定", self.raw["terms"])
        fields = fields_of(self.raw, one.term)
        return self._changed_that_day(term) or self._set(
            place, term, fields, one.field, one.value, self._cite(term)
        )

    def _changed_that_day(self, term: Raw) -> Doubt | None:
        """Another supplement of the same day changed this term already: only the parties can say which holds."""
        day = self.supplement.effective.isoformat()
        cited = {str(ref).split(" ")[0] for ref in term["clauses"]}
        for one in supplements_of(self.raw):
            if one["id"] in cited - {self.document} and one.get("effective") == day:
                says = f"“{one['title']}”在同一天（{day}）也改了这条约定。"
                mend = "请双方书面确认以哪一份为准，合为一份再登记。"
                return malformed(f"约定 {term['id']}", says, mend)
        return None

    def _remove_term(self, name: str) -> Doubt | None:
        term = self._found("terms", name)
        if term is None:
            return _nothing(f"约定 {name}", "约定", self.raw["terms"])
        rival = self._changed_that_day(term)
        if rival is not None:
            return rival
        self.raw["terms"].remove(term)
        for doubt in self.raw["doubts"]:
            doubt["blocks"] = [one for one in doubt.get("blocks", []) if one != name]
        for parameter in self.raw["parameters"]:
            parameter["terms"] = [one for one in parameter.get("terms", []) if one != name]
        self._clause(f"删去：{term['says']}")
        return None

    def _add_term(self, body: Raw) -> Doubt | None:
        name = body.get("id")
        if not isinstance(name, str) or not name:
            return malformed("约定", "新增的约定没有编号。", "请写明 id。")
        if not isinstance(body.get("clauses", []), list):
            return malformed(f"约定 {name}", "clauses 应为列表。", "请写成 [条款, …]，或不写。")
        if self._found("terms", name) is not None:
            return malformed(f"约定 {name}", "已有同一编号的约定。", "请换一个编号，或改为修改。")
        ref = self._clause(f"增加：{body.get('says', name)}")
        self.raw["terms"].append({**deepcopy(body), "clauses": [*body.get("clauses", []), ref]})
        return None

    # ── the contract, its doubts and parameters ──────────────────────────────────────────────────────────────

    def _set_contract(self, one: SetContract) -> Doubt | None:
        def cite(ref: str) -> None:
            first = one.field.partition(".")[0]
            home = {"price": "price_clause", "effective": "effective_clause"}.get(first)
            if home is not None:
                self.raw[home] = ref
            elif first in ("period", "tax"):
                self.raw[first]["clause"] = ref

        fields = contract_fields(self.raw)
        return self._set("合同", self.raw, fields, one.field, one.value, cite)

    def _close_doubt(self, name: str) -> Doubt | None:
        doubt = self._found("doubts", name)
        if doubt is None:
            return _nothing(f"疑义 {name}", "疑义", self.raw["doubts"])
        self.raw["doubts"].remove(doubt)
        ref = self._clause(f"了结疑义：{doubt['says']}")
        for term in self.raw["terms"]:
            if name in term.get("doubts", []):
                term["doubts"] = [one for one in term["doubts"] if one != name]
                if term["id"] in doubt.get("blocks", []):
                    self._cite(term)(ref)
        period = self.raw["period"]
        period["doubts"] = [one for one in period.get("doubts", []) if one != name]
        return None

    def _set_parameter(self, one: SetParameter) -> Doubt | None:
        place = f"参数 {one.parameter}"
        parameter = self._found("parameters", one.parameter)
        if parameter is None:
            return _nothing(place, "参数", self.raw["parameters"])
        fields = parameter_fields(self.raw, one.parameter)
        return self._set(place, parameter, fields, one.field, one.value, self._cite(parameter))

    def _follow_price(self) -> None:
        """Another price takes its words along, and figures that the old paper printed for shares no longer stand."""
        told = {one.field for one in self.supplement.alterations if isinstance(one, SetContract)}
        if "price" not in told:
            return
        price = Money.parse(self.raw["price"])
        if "price_words" not in told:
            self.raw["price_words"] = in_words(price)
        own = {
            one.term
            for one in self.supplement.alterations
            if isinstance(one, SetTerm) and one.field == "amount.stated"
        }
        for term in self.raw["terms"]:
            amount = term.get("amount")
            stated = amount.get("stated") if isinstance(amount, dict) else None
            if stated is None or term["id"] in own:
                continue
            if price.at(Rate.parse(amount["share"]), Rounding.HALF_UP) != Money.parse(stated):
                del amount["stated"]

    # ── one field ────────────────────────────────────────────────────────────────────────────────────────────

    def _set(
        self,
        place: str,
        holder: Raw,
        fields: Sequence[Field],
        name: str,
        value: Any,
        cite: Callable[[str], None],
    ) -> Doubt | None:
        known = next((one for one in fields if one.name == name), None)
        if known is None:
            listed = "、".join(f"{one.name}（{one.zh}）" for one in fields)
            return malformed(f"{place} {name}", "没有这个字段，或不能改。", f"可改的有：{listed}。")
        try:
            new = read(known, value)
        except ValueError as error:
            return malformed(f"{place} {known.zh}", str(error), f"请写成：{known.kind.zh}。")
        if _same(known, new):
            says = f"与现行内容相同：{known.shown}。"
            return malformed(f"{place} {known.zh}", says, "没有变化的不必写，请删去这一项。")
        put_at(holder, name, new)
        cite(self._clause(f"{known.zh}改为{show(known, new)}"))
        return None

    def _cite(self, holder: Raw) -> Callable[[str], None]:
        """The home clause stays first."""

        def cite(ref: str) -> None:
            holder["clauses"] = [*holder["clauses"], ref]

        return cite


def _same(known: Field, new: Any) -> bool:
    try:
        return bool(read(known, known.value) == new)
    except ValueError:  # it could not have been written today; any value is another
        return False


def _nothing(place: str, what: str, known: Sequence[Raw]) -> Doubt:
    wanted = place.rpartition(" ")[2]
    near = [one["id"] for one in known if wanted[:4] and one["id"].startswith(wanted[:4])]
    hint = f"相近的有：{'、'.join(near[:5])}。" if near else "请核对编号。"
    return malformed(place, f"没有编号为“{wanted}”的{what}。", hint)


__all__ = [
    "AddClause",
    "AddTerm",
    "Alteration",
    "CloseDoubt",
    "Difference",
    "Field",
    "RemoveTerm",
    "SetContract",
    "SetParameter",
    "SetTerm",
    "Supplement",
    "ValueKind",
    "alteration_of",
    "amended",
    "as_data",
    "contract_fields",
    "difference",
    "fields_of",
    "parameter_fields",
    "supplements_of",
    "value_at",
]
