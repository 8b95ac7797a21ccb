"""对比: two readings clause by clause: what moved, what changed and how, what is new and lost, and which values differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lvyue.core.clause import ClauseRef
from lvyue.core.money import Rate
from lvyue.core.terms import Party
from lvyue.reading.alignment import Unit, align, units_of
from lvyue.reading.consideration import Damage, Instalment
from lvyue.reading.found import Found
from lvyue.reading.quantities import Frequency, TimeWord
from lvyue.reading.reading import Reading
from lvyue.reading.report import last_signature, place_of
from lvyue.reading.tables import ReadTable
from lvyue.reading.wording import Run, RunKind, runs


class Change(StrEnum):
    """条款变动: the same, the same at another number, changed, changed and at another number, new, lost."""

    SAME = "same"
    MOVED = "moved"
    CHANGED = "changed"
    MOVED_CHANGED = "moved_changed"
    NEW = "new"
    LOST = "lost"

    @property
    def zh(self) -> str:
        return {
            "same": "相同",
            "moved": "移动",
            "changed": "改动",
            "moved_changed": "移动并改动",
            "new": "新增",
            "lost": "删去",
        }[self.value]


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """条款对比: a clause of either contract or of both, how alike they are, and the runs where the words differ.

    ``template``: the same wording once figures and blanks are left out, so both filled in one template.
    """

    change: Change
    before: Unit | None
    after: Unit | None
    likeness: float
    runs: tuple[Run, ...] = ()
    template: bool = False


@dataclass(frozen=True, slots=True)
class ValueChange:
    """数值变动: what differs, as printed for a person, and the clauses it stands in; an empty text is not there."""

    what: str
    before: str
    after: str
    clause_before: ClauseRef | None = None
    clause_after: ClauseRef | None = None


@dataclass(frozen=True)
class Comparison:
    """对比: clauses in the order of the second contract with the lost ones where they stood, and the values."""

    clauses: tuple[ClauseChange, ...]
    values: tuple[ValueChange, ...]

    def count(self) -> Mapping[Change, int]:
        counted = Counter(one.change for one in self.clauses)
        return {change: counted.get(change, 0) for change in Change}

    def of(self, *changes: Change) -> tuple[ClauseChange, ...]:
        return tuple(one for one in self.clauses if one.change in changes)


def compare(before: Reading, after: Reading) -> Comparison:
    """对比: two contracts, or two versions of one; clauses are found again by what they say."""
    old, new = units_of(before), units_of(after)
    pairs = align(old, new)
    mates = {old[pair.before].ref: new[pair.after].ref for pair in pairs}
    clauses = [_changed(old[pair.before], new[pair.after], pair.likeness) for pair in pairs]
    in_order = _in_order(clauses, old, new)
    return Comparison(in_order, tuple(_values(before, after, mates, in_order)))


def _changed(old: Unit, new: Unit, likeness: float) -> ClauseChange:
    same_words, same_number = old.plain == new.plain, old.ref == new.ref
    if same_words:
        change = Change.SAME if same_number else Change.MOVED
        return ClauseChange(change, old, new, 1.0, template=True)
    change = Change.CHANGED if same_number else Change.MOVED_CHANGED
    template = bool(old.fingerprint) and old.fingerprint == new.fingerprint
    return ClauseChange(change, old, new, likeness, runs(old.text, new.text), template)


def _in_order(
    paired: list[ClauseChange], old: tuple[Unit, ...], new: tuple[Unit, ...]
) -> tuple[ClauseChange, ...]:
    """In the order of the second; a lost clause follows the one before it in the first."""
    by_new = {one.after.ref: one for one in paired if one.after}
    kept = {one.before.ref for one in paired if one.before}
    lost: dict[ClauseRef | None, list[ClauseChange]] = {}
    last: ClauseRef | None = None
    for unit in old:
        if unit.ref in kept:
            last = unit.ref
        else:
            lost.setdefault(last, []).append(
                ClauseChange(Change.LOST, unit, None, 0.0, (Run(RunKind.REMOVED, unit.text),))
            )
    ordered = list(lost.get(None, ()))
    for unit in new:
        one = by_new.get(unit.ref)
        if one is None:
            ordered.append(
                ClauseChange(Change.NEW, None, unit, 0.0, (Run(RunKind.ADDED, unit.text),))
            )
            continue
        ordered.append(one)
        if one.before:
            ordered.extend(lost.get(one.before.ref, ()))
    return tuple(ordered)


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _values(
    before: Reading,
    after: Reading,
    mates: Mapping[ClauseRef, ClauseRef],
    clauses: tuple[ClauseChange, ...],
) -> Iterator[ValueChange]:
    yield from _identity(before, after)
    yield from _instalments(before, after)
    yield from _grades(before, after)
    yield from _interest(before, after)
    yield from _damages(before, after, mates)
    yield from _times(before, after, mates)
    yield from _lengths(clauses)
    yield from _tables(before, after, mates)


def _differs(
    what: str,
    old: str,
    new: str,
    clause_before: ClauseRef | None = None,
    clause_after: ClauseRef | None = None,
) -> Iterator[ValueChange]:
    if old != new:
        yield ValueChange(what, old, new, clause_before, clause_after)


def _shown(found: Found[Any]) -> str:
    return str(found.value) if found and found.value is not None else ""


_IDENTITY: tuple[tuple[str, Callable[[Reading], Found[Any]]], ...] = (
    ("合同名称", lambda one: one.identity.title),
    ("合同编号", lambda one: one.identity.contract_no),
    ("项目编号", lambda one: one.identity.project_no),
    ("合同价款", lambda one: one.identity.price.figures),
    ("不含税金额", lambda one: one.identity.price.net),
    ("期限起", lambda one: one.identity.period.start),
    ("期限止", lambda one: one.identity.period.end),
    ("服务地点", lambda one: one.identity.places),
    ("份数", lambda one: one.identity.copies),
    ("履约保证金", lambda one: one.identity.bond),
)


def _identity(before: Reading, after: Reading) -> Iterator[ValueChange]:
    for what, read in _IDENTITY:
        old, new = read(before), read(after)
        yield from _differs(what, _shown(old), _shown(new), old.clause, new.clause)
    taxes = [one.identity.price.tax_rate for one in (before, after)]
    shown = [str(Rate(one.value)) if one and one.value is not None else "" for one in taxes]
    yield from _differs("税率", shown[0], shown[1], taxes[0].clause, taxes[1].clause)
    days = [last_signature(one.identity) for one in (before, after)]
    signed = [str(day) if day else "" for day in days]
    yield from _differs("最后签署日", signed[0], signed[1])
    names = [
        {party.role.value: _shown(party.name) for party in one.identity.parties}
        for one in (before, after)
    ]
    for role, zh in (("buyer", Party.BUYER.zh), ("supplier", Party.SUPPLIER.zh)):
        yield from _differs(zh, names[0].get(role, ""), names[1].get(role, ""))


def _instalments(before: Reading, after: Reading) -> Iterator[ValueChange]:
    old = {one.number: one for one in before.consideration.instalments}
    new = {one.number: one for one in after.consideration.instalments}
    for number in sorted(old.keys() | new.keys()):
        a, b = old.get(number), new.get(number)
        where = (a.clause if a else None, b.clause if b else None)
        for what, show in _INSTALMENT:
            yield from _differs(
                f"第 {number} 期{what}", show(a) if a else "", show(b) if b else "", *where
            )


_INSTALMENT: tuple[tuple[str, Callable[[Instalment], str]], ...] = (
    ("比例", lambda one: str(Rate(one.rate)) if one.rate is not None else "余款"),
    ("金额", lambda one: str(one.figures) if one.figures is not None else ""),
    ("付款期限", lambda one: _time(one.within) if one.within else ""),
    ("条件数", lambda one: str(len(one.conditions))),
)


def _grades(before: Reading, after: Reading) -> Iterator[ValueChange]:
    old = {one.name: one for one in before.consideration.grades}
    new = {one.name: one for one in after.consideration.grades}
    where = (before.consideration.grades_clause, after.consideration.grades_clause)
    for name in [*old, *(name for name in new if name not in old)]:
        shown = [
            f"{Rate(one.rate)}{'' if one.exact else ' 上限'}" if one else ""
            for one in (old.get(name), new.get(name))
        ]
        yield from _differs(f"等级“{name}”", shown[0], shown[1], *where)


def _interest(before: Reading, after: Reading) -> Iterator[ValueChange]:
    a = next(iter(before.consideration.interest), None)
    b = next(iter(after.consideration.interest), None)
    shown = [
        (f"每日 {Rate(one.daily)}" + (f"，上限 {Rate(one.cap)}" if one.cap is not None else ""))
        if one
        else ""
        for one in (a, b)
    ]
    yield from _differs(
        "迟付违约金", shown[0], shown[1], a.clause if a else None, b.clause if b else None
    )


def _damages(
    before: Reading, after: Reading, mates: Mapping[ClauseRef, ClauseRef]
) -> Iterator[ValueChange]:
    """Rates, floors and caps of clauses that belong together; what stands in one contract alone is told too."""
    new: dict[ClauseRef, list[Damage]] = {}
    for one in after.consideration.damages:
        new.setdefault(one.clause, []).append(one)
    for old in before.consideration.damages:
        there = mates.get(old.clause)
        mate = new[there].pop(0) if there is not None and new.get(there) else None
        for what, show in _DAMAGE:
            yield from _differs(
                f"违约责任{what}",
                show(old),
                show(mate) if mate else "",
                old.clause,
                mate.clause if mate else there,
            )
    for rest in new.values():
        for one in rest:
            for what, show in _DAMAGE:
                yield from _differs(f"违约责任{what}", "", show(one), None, one.clause)


_DAMAGE: tuple[tuple[str, Callable[[Damage], str]], ...] = (
    ("比例", lambda one: str(Rate(one.rate)) if one.rate is not None else ""),
    ("下限", lambda one: str(one.floor) if one.floor is not None else ""),
    ("上限", lambda one: one.cap),
    ("基数", lambda one: one.base_raw),
)


def _times(
    before: Reading, after: Reading, mates: Mapping[ClauseRef, ClauseRef]
) -> Iterator[ValueChange]:
    """Limits and frequencies of clauses that belong together."""
    old, new = _times_by_clause(before), _times_by_clause(after)
    for ref, other in mates.items():
        a, b = old.get(ref, Counter()), new.get(other, Counter())
        gone, come = sorted((a - b).elements()), sorted((b - a).elements())
        if gone or come:
            yield ValueChange("时限或频次", "、".join(gone), "、".join(come), ref, other)


def _times_by_clause(reading: Reading) -> dict[ClauseRef, Counter[str]]:
    found: dict[ClauseRef, Counter[str]] = {}
    for one in reading.candidates:
        times = found.setdefault(one.clause, Counter())
        if one.limit is not None and one.limit.value is not None:
            times[_time(one.limit)] += 1
        if one.frequency is not None and (one.frequency.times or one.frequency.every):
            times[_often(one.frequency)] += 1
    return found


def _time(limit: TimeWord) -> str:
    if limit.value is None or limit.unit is None:
        return limit.word or limit.raw
    return f"{limit.value} {limit.unit.chinese}"


def _often(frequency: Frequency) -> str:
    every = frequency.every.zh if frequency.every else ""
    return f"{every}{frequency.times} 次" if frequency.times else every


def _lengths(clauses: tuple[ClauseChange, ...]) -> Iterator[ValueChange]:
    """Lists that grew or shrank: 7 items against 8."""
    for one in clauses:
        if one.before and one.after and one.before.children != one.after.children:
            yield ValueChange(
                "下级条款数",
                str(one.before.children),
                str(one.after.children),
                one.before.ref,
                one.after.ref,
            )


def _tables(
    before: Reading, after: Reading, mates: Mapping[ClauseRef, ClauseRef]
) -> Iterator[ValueChange]:
    """Rows of the tables that have the same columns, or the same title."""
    rest = list(after.paper.tables.values())
    for old in before.paper.tables.values():
        mate = next((one for one in rest if _same_table(old, one, mates)), None)
        if mate is not None:
            rest.remove(mate)
        yield from _differs(
            f"表“{old.title or old.id}”行数",
            str(len(old.rows)),
            str(len(mate.rows)) if mate else "",
            old.clause,
            mate.clause if mate else None,
        )
        if mate is not None:
            yield from _rows(old, mate)
    for one in rest:
        yield ValueChange(
            f"表“{one.title or one.id}”行数", "", str(len(one.rows)), None, one.clause
        )


def _same_table(old: ReadTable, new: ReadTable, mates: Mapping[ClauseRef, ClauseRef]) -> bool:
    return old.columns == new.columns or (
        old.clause is not None and old.title == new.title and mates.get(old.clause) == new.clause
    )


def _rows(old: ReadTable, new: ReadTable) -> Iterator[ValueChange]:
    """Rows with the same words and other figures, found by their first cell that is no number."""
    after = {_key(row.cells): [cell.text for cell in row.cells] for row in new.rows}
    for row in old.rows:
        mate = after.get(_key(row.cells))
        if mate is None:
            continue
        for column, cell, other in zip(old.columns, row.cells, mate, strict=False):
            yield from _differs(
                f"表“{old.title or old.id}”{_key(row.cells)} {column}",
                cell.text,
                other,
                old.clause,
                new.clause,
            )


def _key(cells: Any) -> str:
    return next(
        (cell.text for cell in cells if any("一" <= char <= "鿿" for char in cell.text)), ""
    )


# ── for files and interfaces ─────────────────────────────────────────────────────────────────────────────────────


def as_json(comparison: Comparison, before: Reading, after: Reading) -> dict[str, Any]:
    """The same as ``lvyue compare --json``."""
    return {
        "before": before.paper.text.source.name,
        "after": after.paper.text.source.name,
        "counts": {change.value: number for change, number in comparison.count().items()},
        "clauses": [
            {
                "change": one.change.value,
                "before": _side(one.before, before),
                "after": _side(one.after, after),
                "likeness": f"{one.likeness:.3f}",
                "template": one.template,
                "runs": [{"kind": run.kind.value, "text": run.text} for run in one.runs],
            }
            for one in comparison.clauses
        ],
        "values": [
            {
                "what": one.what,
                "before": one.before or None,
                "after": one.after or None,
                "clause_before": str(one.clause_before) if one.clause_before else None,
                "clause_after": str(one.clause_after) if one.clause_after else None,
            }
            for one in comparison.values
        ],
    }


def _side(unit: Unit | None, reading: Reading) -> dict[str, Any] | None:
    if unit is None:
        return None
    return {
        "clause": str(unit.ref),
        "label": unit.label,
        "fingerprint": unit.fingerprint,
        "place": place_of(reading, unit.span),
    }
