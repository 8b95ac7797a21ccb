"""What a sample contract prints, format by format the same: titles, numbered paragraphs, tables, forms and page breaks.

The clauses, their printed numbers and their tables come from the release; the sentences from library.samples; heads, covers
and signature pages from matter.yaml beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from lvyue.core.clause import Clause, ClauseRef
from lvyue.core.release import Release, Table
from lvyue.library.loader import load
from lvyue.library.samples import sample

MATTER = Path(__file__).parent / "matter.yaml"

#: what every page, or the first line of a format without pages, says
BANNER = "演示样本：文字由履约项目自拟，人名、地址、电话和账号均为虚构，不是任何真实合同的文本"


@dataclass(frozen=True, slots=True)
class Title:
    """标题: a line in the middle; ``large`` for the name of a paper."""

    text: str
    large: bool = True


@dataclass(frozen=True, slots=True)
class Paragraph:
    """段落: its number as printed (with the mark after it, empty for none), its words, and how deep it stands.

    ``document`` and ``path`` tell a format that counts by itself what to count.
    """

    number: str
    text: str
    depth: int = 0
    document: str = ""
    path: tuple[str, ...] = ()
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """单元格: its words and how many columns and rows it spans."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """表: rows of cells; a cell that spans rows is missing in the rows below. ``heads`` rows repeat on each page."""

    rows: tuple[tuple[Cell, ...], ...]
    columns: int
    heads: int = 0
    title: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class PageBreak:
    """换页."""


Item: TypeAlias = Title | Paragraph | Grid | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """样本文件: the release it belongs to, what it is about, and its items in order."""

    release: str
    says: str
    items: tuple[Item, ...]


def paper(release_id: str, *, cut: bool) -> Paper:
    """The sample paper of a release. ``cut`` keeps the sentences that the sample cuts where a page ended."""
    matter = yaml.safe_load(MATTER.read_text("utf-8"))[release_id]
    items = tuple(_Writer(load(release_id), matter, cut=cut).items())
    return Paper(release_id, matter["says"], items)


class _Writer:
    """Lays out one release."""

    def __init__(self, release: Release, matter: Mapping[str, Any], *, cut: bool) -> None:
        self.release = release
        self.matter = matter
        self.sample = sample(release.id)
        self.cut = cut
        self.tables: dict[ClauseRef, list[Table]] = {}
        for table in release.tables:
            self.tables.setdefault(table.clause, []).append(table)

    def items(self) -> Iterator[Item]:
        whole = self.matter.get("whole", [])
        for clause in self.release.clauses:
            yield from self._around("before", clause.ref)
            if clause.ref.document not in whole:
                yield from self._clause(clause)
                for table in self.tables.get(clause.ref, []):
                    matter = self.matter.get("tables", {}).get(table.id, {})
                    if "elsewhere" not in matter:
                        yield grid(table, matter)
            yield from self._around("after", clause.ref)

    def _around(self, side: str, ref: ClauseRef) -> Iterator[Item]:
        for item in self.matter.get(side, {}).get(str(ref), []):
            yield _item(item)

    def _clause(self, clause: Clause) -> Iterator[Item]:
        kept = [text for text in self.sample.paragraphs[clause.ref] if self._kept(text)]
        texts = [
            self.matter.get("replace", {}).get(text, text)
            for text in (kept if self.cut else _joined(kept))
        ]
        ref = clause.ref
        if not ref.segments and texts:  # an annex: its number and its name are one title
            yield Title(" ".join(filter(None, [clause.printed, *texts])))
            return
        number = printed_number(clause)
        for place, text in enumerate(texts):
            if place == 0:
                heading = len(text) <= 14 and text[-1] not in "。；：）" and bool(number)  # noqa: PLR2004
                depth = len(ref.segments)
                yield Paragraph(number, text, depth, ref.document, ref.segments, heading)
            else:
                yield Paragraph("", text, len(ref.segments))

    def _kept(self, text: str) -> bool:
        return not any(
            text == start if start.isdigit() else text.startswith(start)
            for start in self.matter.get("leave_out", [])
        )


def _item(raw: Any) -> Item:
    match raw:
        case str():
            return Paragraph("", raw)
        case {"title": str(text)}:
            return Title(text)
        case {"heading": str(text)}:
            return Title(text, large=False)
        case {"page": True}:
            return PageBreak()
        case {"table": rows}:
            return Grid(tuple(tuple(Cell(str(c)) for c in row) for row in rows), len(rows[0]))
        case {"form": rows}:
            return _form(rows)
        case _:
            raise ValueError(f"matter.yaml: {raw!r}")


def _form(rows: Sequence[Sequence[str]]) -> Grid:
    """A form: the last cell of a short row spans what is left."""
    columns = max(len(row) for row in rows)
    return Grid(
        tuple(
            (*(Cell(text) for text in row[:-1]), Cell(row[-1], columns - len(row) + 1))
            for row in rows
        ),
        columns,
    )


# ------------------------------------------------------------------------------------------ numbers

_DECIMAL = re.compile(r"[0-9]+")
_CLOSED = "、.．)）"


def printed_number(clause: Clause) -> str:
    """The number as it stands on paper, with the mark and the blank after it."""
    if clause.printed is not None:
        return _dressed(clause.printed)
    segments = clause.ref.segments
    last = segments[-1]
    if last[0] in "¶•" or (re.fullmatch("[一-鿿]{2,}", last) and not last.startswith("第")):
        return ""
    if last.startswith("第"):
        return last + " "
    if last.startswith("("):
        return last + " " if last.isascii() else f"（{last[1:-1]}）"
    if not _DECIMAL.fullmatch(last):
        return last + "、"
    path = [s for s in segments if _DECIMAL.fullmatch(s)]
    if path == list(segments):  # decimals: 7.2.15, in an agreement annexed 2.2.
        return ".".join(path) + (" " if clause.ref.document == "main" else ". ")
    return last + ". "


def _dressed(printed: str) -> str:
    """A number that the release gives as printed: 一、 第一章 ① a. - 备注 鉴于 1、."""
    printed = printed.removeprefix("鉴于 ")
    if printed.endswith(("、", "）")) or printed in "①②③④⑤":
        return printed
    if printed[0] == "第" or printed[-1] in ".)-•":
        return printed + " "
    return printed + "："


# ------------------------------------------------------------------------------------------- repairs

_CLOSING = "。；：？！）】”》…，、,;:"


def _joined(texts: Sequence[str]) -> list[str]:
    """Without the cuts that a page made in the sample: a format with pages of its own makes its own."""
    out: list[str] = []
    for text in texts:
        if out and len(out[-1]) >= 12 and out[-1][-1] not in _CLOSING and len(texts) > 1:  # noqa: PLR2004
            out[-1] += text
        else:
            out.append(text)
    return out


# -------------------------------------------------------------------------------------------- tables


def grid(table: Table, matter: Mapping[str, Any]) -> Grid:
    """A table of the release as printed: two-row heads, rows that name a group, merged columns, totals."""
    width = len(table.columns) + ("column" in matter)
    head = _head(table, matter)
    rows = list(_rows(table, matter, width))
    empty = tuple(Cell("") for _ in range(width))
    return Grid((*head, *(rows or [empty])), width, len(head), table.title, table.id)


def _head(table: Table, matter: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    columns = [*([matter["column"]] if "column" in matter else []), *table.columns]
    if "head" not in matter:
        return [tuple(Cell(text) for text in columns)]
    first = [Cell(text, span, 2 if span == 1 else 1) for text, span in matter["head"]]
    wide = [span > 1 for _, span in matter["head"] for _ in range(span)]
    second = [Cell(text) for text, under in zip(columns, wide, strict=True) if under]
    return [tuple(first), tuple(second)]


def _rows(table: Table, matter: Mapping[str, Any], width: int) -> Iterator[tuple[Cell, ...]]:
    group: str | None = None
    for row in table.rows:
        fresh, group = row.group != group, row.group
        if fresh and matter.get("groups"):
            yield (Cell(group or "", width),)
        cells = [Cell(text) for text in row.cells]
        if "total" in matter and group == "合计":
            span = matter["spans"]
            cells = [Cell(matter["total"], span), *_merged(cells[span:])]
        if "column" in matter and fresh:
            tall = sum(other.group == group for other in table.rows)
            cells.insert(0, Cell(group or "", 1, tall))
        yield tuple(cells)


def _merged(cells: Sequence[Cell]) -> list[Cell]:
    """The words of a total run over the empty cells after them."""
    out: list[Cell] = []
    for cell in cells:
        if not cell.text and out and not re.fullmatch(r"[\d.,]*", out[-1].text):
            out[-1] = Cell(out[-1].text, out[-1].columns + 1)
        else:
            out.append(cell)
    return out
