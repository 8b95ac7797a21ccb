"""导入表: a file of facts, JSON lines, CSV or xlsx, row by row: what each row would record, or all that is wrong with it.

A table has the columns ``id``, ``kind``, ``at``, ``subject`` and ``data.<field>``; each row becomes the same line that a
form or a JSON file would give. An empty cell is an absent field.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.facts import KINDS, Fact, Field, FieldType, parse_at
from lvyue.core.money import Money, UnreadableMoney
from lvyue.evidence.actions import LineState, preview_facts
from lvyue.evidence.lines import BOM
from lvyue.evidence.queries import Upload
from lvyue.evidence.vault import Condition, condition_of, path_of
from lvyue.intake.tabular import (
    TROUBLE,
    Column,
    ColumnKind,
    TableForm,
    guarded,
    records_of,
    unguarded,
    workbook,
)
from lvyue.obligations.drafting import Asked, Wrong, read_at, read_integer, shortened, tidied
from lvyue.obligations.reason import FactView, fact_view
from lvyue.obligations.rehearsal import Misgiving

_TOP = ("id", "kind", "at", "subject")

#: A misgiving about several rows names so many of them.
NAMED = 5

Rulings = Callable[[Sequence[Fact]], Sequence[str]]
Qualms = Callable[[Sequence[Fact]], Sequence[tuple[Misgiving, ...]]]


@dataclass(frozen=True, slots=True)
class Row:
    """导入行: its number in the file as a spreadsheet counts it, what it would record, and what stands against it."""

    number: int
    state: LineState
    view: FactView | None
    doubts: tuple[Doubt, ...]
    written: str
    misgivings: tuple[Misgiving, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """导入表: every row; ``lines`` are what importing appends, ``head`` the first line of a CSV, empty for JSON lines."""

    name: str
    rows: tuple[Row, ...]
    lines: tuple[bytes, ...]
    head: str

    def count(self, state: LineState) -> int:
        return sum(row.state is state for row in self.rows)

    @property
    def new(self) -> int:
        return self.count(LineState.NEW)

    @property
    def ignored(self) -> int:
        return self.count(LineState.IGNORED)

    @property
    def bad(self) -> int:
        return self.count(LineState.BAD)

    @property
    def misgivings(self) -> tuple[Misgiving, ...]:
        """What a person has to say is meant so: one for all rows with the same trouble, under a key for just these rows."""
        found: dict[str, list[tuple[int, str]]] = {}
        for row in self.rows:
            for one in row.misgivings:
                if one.must:
                    found.setdefault(one.key.split("-")[0], []).append((row.number, one.says))
        return tuple(_together(key, told) for key, told in found.items())

    def unanswered(self, accepted: Collection[str]) -> tuple[Misgiving, ...]:
        """Misgivings that somebody still has to answer."""
        return tuple(one for one in self.misgivings if one.key not in accepted)

    def refuse_if_bad(self) -> None:
        """Raise everything that is wrong, or nothing: a file is imported whole or not at all."""
        doubts = [doubt for row in self.rows for doubt in row.doubts]
        if doubts:
            raise Refused(doubts)

    def failed(self) -> bytes:
        """The failed rows as a file to mend and bring again; a CSV names the trouble in a last column."""
        bad = [row for row in self.rows if row.state is LineState.BAD]
        if not self.head:
            return "".join(f"{row.written}\n" for row in bad).encode()
        head = next(csv.reader([self.head]))
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([*head, *([] if TROUBLE in head else [TROUBLE])])
        at = head.index(TROUBLE) if TROUBLE in head else len(head)
        for row in bad:
            cells = [*next(csv.reader([row.written])), *([""] * len(head))][: len(head)]
            cells[at : at + 1] = ["；".join(doubt.says for doubt in row.doubts)]
            writer.writerow([guarded(cell) for cell in cells])
        return BOM + out.getvalue().encode()


def _together(key: str, told: Sequence[tuple[int, str]]) -> Misgiving:
    seal = hashlib.sha256(repr(told).encode()).hexdigest()[:12]
    (number, says), more = told[0], len(told) > 1
    rows = "、".join(str(at) for at, _ in told[:NAMED]) + (" 等" if len(told) > NAMED else "")
    which = f"第 {rows} 行，共 {len(told)} 行；如第 {number} 行：" if more else f"第 {number} 行："
    return Misgiving(f"{key}-{seal}", f"{which}{says}")


def table_of(contract_id: str, upload: Upload, rulings: Rulings, qualms: Qualms) -> Table:
    """Read an upload against the log as it is now. ``qualms`` are asked once nothing stands against any row."""
    raw = _bytes_of(upload)
    if upload.name.lower().endswith((".csv", ".xlsx")):
        head, lines, wrong, written = _csv_lines(raw, upload.name)
    else:
        parts = raw.split(b"\n")
        head, lines, wrong = "", [part + b"\n" for part in parts], {}
        written = {
            at: part.decode(errors="replace").strip("\r\ufeff") for at, part in enumerate(parts, 1)
        }
    preview = preview_facts(contract_id, lines, source=upload.name)
    facts = [line.fact for line in preview.lines if line.fact is not None]
    refused = dict(zip((fact.id for fact in facts), rulings(facts), strict=True))
    rows = [
        Row(number, LineState.BAD, None, tuple(doubts), written[number])
        for number, doubts in wrong.items()
    ]
    for line in preview.lines:
        doubts, state, text = line.doubts, line.state, written.get(line.number, "")
        if line.fact is not None and (reason := refused[line.fact.id]):
            doubts, state = (_refused(upload.name, line.number, reason),), LineState.BAD
        view = fact_view(line.fact) if line.fact is not None else None
        rows.append(Row(line.number, state, view, doubts, text))
    rows.sort(key=_number)
    if not rows:
        raise Refused([malformed(upload.name, "没有一行事实。", "请核对文件，或从模板开始。")])
    if facts and not any(row.doubts for row in rows):
        told = iter(qualms(facts))
        rows = [
            replace(row, misgivings=next(told)) if row.state is LineState.NEW else row
            for row in rows
        ]
    return Table(upload.name, tuple(rows), tuple(lines), head)


def _number(row: Row) -> int:
    return row.number


def _refused(name: str, number: int, reason: str) -> Doubt:
    return malformed(f"{name} 第 {number} 行 字段 kind", reason)


def _bytes_of(upload: Upload) -> bytes:
    if condition_of(upload.sha256) is not Condition.WHOLE:
        says = "上传的文件在文件库里不见了，或内容变了。"
        raise Refused([malformed(upload.name, says, "请重新上传，并告诉系统管理员。")])
    return path_of(upload.sha256).read_bytes()


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csv_lines(
    raw: bytes, name: str
) -> tuple[str, list[bytes], dict[int, list[Doubt]], dict[int, str]]:
    """Head, lines at the place of their rows (blank where a row cannot be a line), troubles and rows as written."""
    records = records_of(raw, name)
    head = [tidied(cell) for cell in records[0]] if records else []
    _refuse_bad_head(head, name)
    lines, wrong, written = [b"\n"], dict[int, list[Doubt]](), dict[int, str]()
    for number, cells in enumerate(records[1:], start=2):
        written[number] = _one_line(cells)
        if not any(cell.strip() for cell in cells):
            lines.append(b"\n")
            continue
        place = f"{name} 第 {number} 行"
        row, doubts = _row(head, cells, place)
        if doubts:
            wrong[number] = doubts
        lines.append(b"\n" if doubts else json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return _one_line(head), lines, wrong, written


def _one_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cell.replace("\n", " ") for cell in cells])
    return out.getvalue()


def _refuse_bad_head(head: Sequence[str], name: str) -> None:
    place = f"{name} 第 1 行"
    fields = {spec.name for kind in KINDS.values() for spec in kind.fields}
    known = {*_TOP, *(f"data.{one}" for one in fields), "evidence", TROUBLE}
    doubts = [
        malformed(f"{place} 列 {one}", "没有这一列。", "请从模板开始。")
        for one in ("id", "kind", "at")
        if one not in head
    ]
    for one in head:
        if one and one not in known:
            mend = "列名应是 id、kind、at、subject 或 data.字段名。"
            doubts.append(malformed(f"{place} 列 {one}", "不认识这一列。", mend))
        elif one and head.count(one) > 1:
            doubts.append(malformed(f"{place} 列 {one}", "这一列出现了两次。", "请只保留一列。"))
    if doubts:
        raise Refused(doubts)


def _row(
    head: Sequence[str], cells: Sequence[str], place: str
) -> tuple[Mapping[str, Any], list[Doubt]]:
    """A row as the object of its line, with what cannot be one cell by cell."""
    doubts: list[Doubt] = []
    if any(cell.strip() for cell in cells[len(head) :]):
        doubts.append(malformed(place, "比表头多出几格。", "有逗号的文字请用双引号括起来。"))
    given = {
        name: unguarded(cell)
        for name, cell in zip(head, cells, strict=False)
        if name and cell.strip()
    }
    kind = KINDS.get(given.get("kind", "").strip())
    specs = {spec.name: spec for spec in kind.fields} if kind is not None else {}
    row: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for name, cell in given.items():
        if name == TROUBLE:
            continue
        found = _cell(name, cell, specs)
        if isinstance(found, Wrong):
            doubts.append(malformed(f"{place} 列 {name}", found.says))
        elif name.startswith("data."):
            data[name.removeprefix("data.")] = found
        else:
            row[name] = found
    return {**row, "data": data}, doubts


def _cell(name: str, cell: str, specs: Mapping[str, Field]) -> Any:
    if name == "at":
        return _when(cell)
    if name == "evidence":
        return cell.split()
    if not name.startswith("data."):
        return cell.strip()
    spec = specs.get(name.removeprefix("data."))
    return cell if spec is None else _value(spec, cell)


def _when(cell: str) -> str | Wrong:
    """A day or a moment; a file has nobody to ask, so the year must be there."""
    exact = parse_at(tidied(cell))
    at = exact if not isinstance(exact, str) else read_at(cell, _NOBODY_KNOWS)
    match at:
        case Wrong():
            return at
        case Asked():
            return Wrong(f"“{shortened(cell.strip())}”没有写年份；请写成 2026-03-01。")
        case _:
            return at.isoformat()


#: No day answers for a year that is not written: the reading only finds out that it is missing.
_NOBODY_KNOWS = date(2000, 1, 1)


def _value(spec: Field, cell: str) -> Any:
    plain = tidied(cell)
    match spec.type:
        case FieldType.TEXT:
            return cell
        case FieldType.INTEGER:
            return read_integer(plain)
        case FieldType.FEN:
            return _fen(plain)
        case FieldType.DECIMAL:
            return plain
        case FieldType.BOOLEAN:
            known = {"true": True, "是": True, "1": True, "false": False, "否": False, "0": False}
            return known.get(plain.lower(), Wrong(f"“{shortened(plain)}”不是“是”或“否”。"))
        case FieldType.DAY | FieldType.MOMENT | FieldType.AT:
            return _when(cell)


def _fen(plain: str) -> int | Wrong:
    """A bare whole number is fen, as the name of the column says; with its unit written it may be yuan."""
    if plain.isascii() and plain.isdecimal():
        return read_integer(plain)
    if any(unit in plain for unit in "元圆¥"):
        try:
            return Money.parse(plain).fen
        except UnreadableMoney as error:
            return Wrong(str(error))
    return Wrong(f"“{shortened(plain)}”不是整数分；请写 129920000，或带单位写 1,299,200.00元。")


# ── templates to begin with ──────────────────────────────────────────────────────────────────────────────────────

#: What the templates show: one of each of three kinds, invented.
_EXAMPLES: tuple[Mapping[str, Any], ...] = (
    {
        "id": "示例-001",
        "kind": "ticket.opened",
        "at": "2026-03-02T09:30:00+08:00",
        "subject": "工单-示例",
        "data": {"class": "incident"},
    },
    {
        "id": "示例-002",
        "kind": "ticket.restored",
        "at": "2026-03-02T10:10:00+08:00",
        "subject": "工单-示例",
        "data": {},
    },
    {
        "id": "示例-003",
        "kind": "inspection.done",
        "at": "2026-03-06",
        "data": {"cycle": "weekly"},
    },
)


def template(form: str) -> bytes:
    """A file to begin with: ``xlsx`` or ``csv`` for a spreadsheet, ``jsonl`` for a program."""
    if form == "jsonl":
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in _EXAMPLES).encode()
    names = sorted({name for row in _EXAMPLES for name in row["data"]})
    if form == "xlsx":
        return _workbook([*_TOP, *(f"data.{name}" for name in names)])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_TOP, *(f"data.{name}" for name in names)])
    for row in _EXAMPLES:
        writer.writerow(
            [*(row.get(name, "") for name in _TOP), *(row["data"].get(name, "") for name in names)]
        )
    return BOM + out.getvalue().encode()


def _workbook(heads: Sequence[str]) -> bytes:
    """The examples in a spreadsheet that offers the kinds of fact, with their Chinese names on a hidden sheet."""
    kinds = tuple((kind.zh, name) for name, kind in KINDS.items())
    columns = tuple(
        Column(head, head, ColumnKind.CHOICE if head == "kind" else ColumnKind.TEXT,
               choices=kinds if head == "kind" else ())
        for head in heads
    )  # fmt: skip
    rows = [
        [
            str(
                row["data"].get(head.removeprefix("data."), "")
                if head not in _TOP
                else row.get(head, "")
            )
            for head in heads
        ]
        for row in _EXAMPLES
    ]
    return workbook(TableForm("事实", columns), heads, rows)


def telling(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows to look at first: the bad ones; else those that should give pause before the others."""
    if bad := [row for row in rows if row.doubts]:
        return bad
    return sorted(rows, key=_untroubled)


def _untroubled(row: Row) -> bool:
    return not row.misgivings


def problems(row: Row) -> Iterator[tuple[str, str]]:
    """Column and trouble of a row, for a table."""
    for doubt in row.doubts:
        place = doubt.places[0]
        for sign in (" 列 ", " 字段 "):
            if sign in place:
                yield place.rsplit(sign, maxsplit=1)[1], f"{doubt.says}{doubt.mend}"
                break
        else:
            yield "", f"{doubt.says}{doubt.mend}"
