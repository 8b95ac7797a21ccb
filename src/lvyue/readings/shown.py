"""所见: what was read in words, as pages, files and the interface show it, personal data starred out where it must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lvyue.accounts.permissions import Seat
from lvyue.obligations.wording import cite
from lvyue.reading.duties import Certainty
from lvyue.reading.linter import PaperDoubt
from lvyue.reading.tables import ReadTable
from lvyue.readings.choices import SPEAKERS
from lvyue.readings.original import Stars
from lvyue.readings.review import Mark, Review, Row, stamp_of

CERTAINTY_ZH = {
    Certainty.SURE: "有把握",
    Certainty.LIKELY: "较有把握",
    Certainty.GUESS: "猜测",
}

STATE_ZH = {"found": "", "blank": "空白", "none": "写明没有", "absent": "原文没有这一项"}


# ── a row as it is shown ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Shown:
    """所见: a row in words, personal data starred out where it must be."""

    row: Row
    id: str
    stage: str
    title: str
    clause: str
    values: tuple[tuple[str, str], ...]
    raw: str
    certainty: str
    state: str
    changed: tuple[tuple[str, str, str], ...]
    doubt: PaperDoubt | None
    table: ReadTable | None
    editable: bool
    rejectable: bool
    term: bool
    stamp: int
    leads: bool
    reason: str = ""

    @property
    def mark(self) -> Mark:
        return self.row.mark

    @property
    def decided(self) -> bool:
        return self.row.mark is not Mark.OPEN


def shown(row: Row, stars: Stars) -> Shown:
    item, stage = row.item, row.item.stage
    thing = item.thing
    doubt = thing if isinstance(thing, PaperDoubt) else None
    return Shown(
        row=row,
        id=item.id,
        stage=stage.zh,
        title=stars(title_of(row)),
        clause=cite(str(item.clause)) if item.clause is not None else "",
        values=tuple(
            (field.zh, stars(field.shown(item.values.get(field.name, ""))))
            for field in stage.fields
            if field.name not in _IN_TITLE.get(stage.name, ("value",))
            and item.values.get(field.name, "")
        ),
        raw=stars(item.raw) if doubt is None else "",
        certainty=CERTAINTY_ZH[item.certainty] if item.certainty else "",
        state=STATE_ZH[item.state.value] if item.state else "",
        changed=tuple((what, stars(old), stars(new)) for what, old, new in row.changed),
        doubt=_starred(doubt, stars) if doubt is not None else None,
        table=_starred_table(thing, stars) if isinstance(thing, ReadTable) else None,
        editable=bool(stage.fields),
        rejectable=stage.rejectable,
        term=stage.name == "term",
        stamp=stamp_of(row),
        leads=bool(item.spans),
        reason=stars(row.taken.reason) if row.taken is not None else "",
    )


def _starred(doubt: PaperDoubt, stars: Stars) -> PaperDoubt:
    return replace(
        doubt,
        says=stars(doubt.says),
        safe=stars(doubt.safe),
        mend=stars(doubt.mend),
        needs=tuple(stars(need) for need in doubt.needs),
    )


def _starred_table(table: ReadTable, stars: Stars) -> ReadTable:
    rows = tuple(
        replace(
            row,
            group=stars(row.group),
            cells=tuple(replace(cell, text=stars(cell.text)) for cell in row.cells),
        )
        for row in table.rows
    )
    columns = tuple(stars(column) for column in table.columns)
    return replace(table, title=stars(table.title), columns=columns, rows=rows)


#: What the title of a row says already.
_IN_TITLE: Mapping[str, tuple[str, ...]] = {
    "term": ("act", "kind", "debtor"),
    "party": ("name", "role"),
    "document": ("name",),
    "instalment": ("number",),
    "grade": ("name",),
    "damage": ("breach",),
    "table": ("title", "rows"),
    "price": ("figures",),
}


def title_of(row: Row) -> str:
    item, values = row.item, row.item.values
    match item.stage.name:
        case "term":
            return values["act"]
        case "party" | "document" | "grade":
            return values["name"]
        case "instalment":
            return f"第 {values['number']} 期"
        case "damage":
            return values["breach"]
        case "table":
            return values["title"] or "（没有表名）"
        case "price":
            return item.stage.fields[0].shown(values["figures"])
        case "anomaly" | "doubt":
            return item.raw
        case "interest":
            return f"每日 {values['daily']}%"
        case _:
            return item.stage.fields[0].shown(values.get("value", ""))


def stars_for(review: Review, seat: Seat) -> Stars:
    """What is personal is read by who speaks for a side, and by nobody else."""
    open_ = bool(seat.roles & SPEAKERS)
    return Stars(review.reading.paper, review.reading.personal, open_=open_)
