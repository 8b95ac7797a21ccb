"""传送: a source as one JSON text and back, exactly. It crosses from the reading process and is what a database keeps."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from lvyue.reading.source import (
    Block,
    Box,
    Cell,
    Grid,
    Line,
    NoteKind,
    PageSize,
    Place,
    Source,
    SourceKind,
    SourceNote,
)

Raw: TypeAlias = dict[str, Any]

#: goes up when what is written changes in a way that an older text cannot be read any more
VERSION = 1


def to_json(source: Source) -> str:
    """One line of JSON; what has its usual value is left out."""
    return json.dumps(as_raw(source), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Source:
    """The source that ``to_json`` wrote. ``ValueError`` if it is of another version."""
    return from_raw(json.loads(text))


def as_raw(source: Source) -> Raw:
    """The same as plain data."""
    return {
        "version": VERSION,
        "name": source.name,
        "sha256": source.sha256,
        "kind": source.kind.value,
        "pages": [[page.width, page.height] for page in source.pages],
        "blocks": [_block(block) for block in source.blocks],
        "notes": [[note.kind.value, _place(note.place), note.says] for note in source.notes],
    }


def from_raw(raw: Raw) -> Source:
    """The source that ``as_raw`` wrote."""
    if raw.get("version") != VERSION:
        raise ValueError(f"读入结果的版本是 {raw.get('version')}，这里只认 {VERSION}，请重新读入。")
    return Source(
        name=raw["name"],
        sha256=raw["sha256"],
        kind=SourceKind(raw["kind"]),
        blocks=tuple(_read_block(block) for block in raw["blocks"]),
        pages=tuple(PageSize(width, height) for width, height in raw["pages"]),
        notes=tuple(
            SourceNote(NoteKind(kind), _read_place(place), says)
            for kind, place, says in raw["notes"]
        ),
    )


def _place(place: Place) -> Raw:
    out: Raw = {}
    if place.line is not None:
        out["line"] = place.line
    if place.column is not None:
        out["column"] = place.column
    if place.page is not None:
        out["page"] = place.page
    if place.box is not None:
        out["box"] = place.box
    if place.block is not None:
        out["block"] = place.block
    return out


def _read_place(raw: Raw) -> Place:
    return Place(
        raw.get("line"), raw.get("column"), raw.get("page"), _read_box(raw), raw.get("block")
    )


def _read_box(raw: Raw) -> Box | None:
    if "box" not in raw:
        return None
    left, top, right, bottom = raw["box"]
    return left, top, right, bottom


def _block(block: Block) -> Raw:
    if isinstance(block, Grid):
        out: Raw = {
            "cells": [_cell(cell) for cell in block.cells],
            "size": [block.rows, block.columns],
            "place": _place(block.place),
        }
        if block.goes_on:
            out["goes_on"] = True
        return out
    out = {"text": block.text, "place": _place(block.place)}
    if block.edges:
        out["edges"] = block.edges
    if block.scores:
        out["scores"] = block.scores
    if block.indented is not None:
        out["indented"] = block.indented
    if block.full is not None:
        out["full"] = block.full
    if block.numbered:
        out["numbered"] = block.numbered
    if block.outside:
        out["outside"] = True
    return out


def _read_block(raw: Raw) -> Block:
    if "cells" in raw:
        rows, columns = raw["size"]
        return Grid(
            cells=tuple(_read_cell(cell) for cell in raw["cells"]),
            rows=rows,
            columns=columns,
            place=_read_place(raw["place"]),
            goes_on=raw.get("goes_on", False),
        )
    return Line(
        text=raw["text"],
        place=_read_place(raw["place"]),
        edges=tuple(raw.get("edges", ())),
        scores=tuple(raw.get("scores", ())),
        indented=raw.get("indented"),
        full=raw.get("full"),
        numbered=raw.get("numbered", 0),
        outside=raw.get("outside", False),
    )


def _cell(cell: Cell) -> Raw:
    out: Raw = {"text": cell.text, "place": _place(cell.place), "at": [cell.row, cell.column]}
    if (cell.rows, cell.columns) != (1, 1):
        out["spans"] = [cell.rows, cell.columns]
    if cell.scores:
        out["scores"] = cell.scores
    return out


def _read_cell(raw: Raw) -> Cell:
    row, column = raw["at"]
    rows, columns = raw.get("spans", (1, 1))
    return Cell(
        text=raw["text"],
        place=_read_place(raw["place"]),
        row=row,
        column=column,
        rows=rows,
        columns=columns,
        scores=tuple(raw.get("scores", ())),
    )
