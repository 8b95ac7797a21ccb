"""对照: two releases of one contract side by side, in words for a person to read before both sides confirm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lvyue.core.doubts import DoubtKind, Severity
from lvyue.core.terms import Party
from lvyue.library.fields import (
    CONTRACT_FIELDS,
    PARAMETER_FIELDS,
    Field,
    ValueKind,
    show,
    term_fields,
    value_at,
)
from lvyue.library.loader import Raw, upcast


@dataclass(frozen=True, slots=True)
class Difference:
    """差异: what was done (增加, 删去, 修改), where, and how it read before and after."""

    what: str
    where: str
    before: str
    after: str


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Everything in which two raw documents differ, in the order in which people read a contract."""
    before, after = upcast(old), upcast(new)
    return tuple(_differences(before, after))


def _differences(old: Raw, new: Raw) -> Iterator[Difference]:
    yield from _fields("合同", old, new, CONTRACT_FIELDS)
    for name, zh in _REST.items():
        if old.get(name) != new.get(name):
            yield Difference("修改", f"合同 {zh}", _plain(old.get(name)), _plain(new.get(name)))
    yield from _listed("文件", old["documents"], new["documents"], "title", _DOCUMENT)
    yield from _clauses(old, new)
    yield from _terms(old, new)
    yield from _listed("疑义", old["doubts"], new["doubts"], "says", _DOUBT)
    yield from _listed("参数", old["parameters"], new["parameters"], "says", PARAMETER_FIELDS)
    yield from _listed("表格", old["tables"], new["tables"], "title", _TABLE)


_REST = {
    "parties": "当事人",
    "signed": "签订日期",
    "precedence": "文件次序",
    "price_clause": "价款条款",
    "effective_clause": "生效条款",
}

_SEVERITIES = tuple((one.value, one.zh) for one in Severity)
_KINDS = tuple((one.value, one.zh) for one in DoubtKind)
_PARTIES = tuple((one.value, one.zh) for one in Party)
_T = ValueKind.TEXT

_DOCUMENT = (
    Field("title", "名称", _T),
    Field("rank", "次序", _T),
    Field("here", "文本在手", ValueKind.YES_NO),
    Field("effective", "生效日", _T),
)
_DOUBT = (
    Field("kind", "种类", ValueKind.CHOICE, choices=_KINDS),
    Field("severity", "严重程度", ValueKind.CHOICE, choices=_SEVERITIES),
    Field("says", "内容", _T),
    Field("safe", "暂按", _T),
    Field("mend", "怎样解决", _T),
    Field("owner", "由谁解决", ValueKind.CHOICE, choices=_PARTIES),
    Field("needs", "需要的文件", _T),
    Field("blocks", "阻断的约定", _T),
)
_TABLE = (Field("columns", "列", _T), Field("rows", "行", _T))


def _fields(where: str, old: Raw, new: Raw, fields: Sequence[Field]) -> Iterator[Difference]:
    for field in fields:
        before, after = value_at(old, field.name), value_at(new, field.name)
        if before != after:
            place = f"{where} {field.zh}"
            yield Difference("修改", place, _shown(field, before), _shown(field, after))


def _shown(field: Field, value: Any) -> str:
    return _plain(value) if field.kind is _T else show(field, value)


def _plain(value: Any) -> str:
    """A value without a reader of its own: names and texts in the order in which they stand."""
    if value is None:
        return "没有写明"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "，".join(_plain(one) for one in value.values())
    if isinstance(value, list):
        return "、".join(_plain(one) for one in value) or "没有"
    return str(value)


def _listed(
    what: str, old: Sequence[Raw], new: Sequence[Raw], says: str, fields: Sequence[Field]
) -> Iterator[Difference]:
    before, after = {one["id"]: one for one in old}, {one["id"]: one for one in new}
    for name in [*before, *(name for name in after if name not in before)]:
        where = f"{what} {name}"
        if name not in after:
            yield Difference("删去", where, str(before[name][says]), "")
        elif name not in before:
            yield Difference("增加", where, "", str(after[name][says]))
        else:
            yield from _fields(where, before[name], after[name], fields)
            if before[name].get("clauses") != after[name].get("clauses"):
                yield _citing(where, before[name], after[name])


def _clauses(old: Raw, new: Raw) -> Iterator[Difference]:
    before, after = ({row[0]: str(row[2]) for row in one["clauses"]} for one in (old, new))
    for ref in [*before, *(ref for ref in after if ref not in before)]:
        was, now = before.get(ref), after.get(ref)
        if was != now:
            what = "增加" if was is None else "删去" if now is None else "修改"
            yield Difference(what, f"条款 {ref}", was or "", now or "")


def _terms(old: Raw, new: Raw) -> Iterator[Difference]:
    before, after = ({one["id"]: one for one in raw["terms"]} for raw in (old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if now is None and was is not None:
            yield Difference("删去", _place(was), str(was["says"]), "")
        elif was is None and now is not None:
            yield Difference("增加", _place(now), "", str(now["says"]))
        elif was is not None and now is not None and was != now:
            yield from _term(was, now)


def _place(term: Raw) -> str:
    return f"约定 {term['id']}（{term['clauses'][0]}）"


def _term(old: Raw, new: Raw) -> Iterator[Difference]:
    where = _place(new)
    if old["kind"] != new["kind"]:
        yield Difference("修改", f"{where} 种类", str(old["says"]), str(new["says"]))
        return
    known = term_fields(new["kind"])
    yield from _fields(where, old, new, known)
    named = {field.name for field in known} | {"clauses", "id", "kind"}
    for name in [*old, *(name for name in new if name not in old)]:
        was, now = (_besides(one.get(name), name, named) for one in (old, new))
        if name not in named and was != now:
            zh = _OTHER.get(name, name)
            yield Difference("修改", f"{where} {zh}", _plain(was), _plain(now))
    if old["clauses"] != new["clauses"]:
        yield _citing(where, old, new)


def _besides(value: Any, name: str, named: set[str]) -> Any:
    """A value without the parts that have fields of their own."""
    if not isinstance(value, Mapping):
        return value
    return {key: one for key, one in value.items() if f"{name}.{key}" not in named} or None


#: Fields of terms that no supplement sets by itself.
_OTHER = {
    "doubts": "疑义",
    "slot": "事项",
    "measure": "怎样度量",
    "amount": "金额怎样算",
    "full": "怎样算完整",
    "within": "时限",
    "amount_in": "数额所在文件",
    "points_to": "所指条款",
    "rivals": "并存条款",
    "excess": "超过部分的条款",
    "first": "先议事项",
    "needs": "须具备的步骤",
    "item": "名称",
    "instalment": "期次",
}


def _citing(where: str, old: Raw, new: Raw) -> Difference:
    before, after = (_plain(one.get("clauses", [])) for one in (old, new))
    return Difference("修改", f"{where} 依据条款", before, after)


__all__ = ["Difference", "difference"]
