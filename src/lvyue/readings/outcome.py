"""结果: the release that comes of a review, or what stands in its way; exactly what both sides confirm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lvyue.core.doubts import Doubt, DoubtId, Refused
from lvyue.core.release import ContractDoubt, Release
from lvyue.core.terms import Term
from lvyue.library.loader import digest_of, structure
from lvyue.reading.draft import draft, obstacles
from lvyue.reading.paragraphs import Paragraph, Span
from lvyue.reading.reading import Reading
from lvyue.reading.tables import ReadTable
from lvyue.reading.veil import Veil
from lvyue.readings.review import Review


@dataclass(frozen=True)
class Outcome:
    """结果: the raw document and the release of it; or, where ``release`` is None, everything that stands in the way."""

    raw: Mapping[str, Any]
    release: Release | None
    doubts: tuple[Doubt, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of(self.raw) if self.release is not None else ""

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.release.terms if self.release is not None else ()

    @property
    def open_doubts(self) -> tuple[ContractDoubt, ...]:
        """What stays open and goes into the contract as a doubt."""
        return tuple(self.release.doubts) if self.release is not None else ()


def outcome_of(review: Review, contract_id: str) -> Outcome:
    """What the reading after all decisions comes to under a short name."""
    stands = tuple(_general(one) for one in obstacles(review.running))
    if stands:
        return Outcome({}, None, stands)
    try:
        raw = draft(review.running, contract_id)
        return Outcome(raw, structure(raw))
    except Refused as refused:
        return Outcome({}, None, refused.doubts)


def _general(one: Any) -> Doubt:
    """A doubt of the paper as one of the general kind."""
    if isinstance(one, Doubt):
        return one
    return Doubt(
        id=DoubtId(f"paper:{one.rule}"),
        kind=one.kind,
        severity=one.severity,
        places=tuple(map(str, one.clauses)) or ("原文",),
        says=one.says,
        mend=one.mend,
        safe=one.safe,
        owner=one.owner.zh,
        needs=one.needs,
    )


def paper_text_of(reading: Reading) -> dict[str, list[str]]:
    """The words of the paper under their clauses, without the printed numbers, personal data starred out."""
    veil = Veil(reading.paper, reading.personal)
    text, tables = reading.paper.text, reading.paper.tables
    found: dict[str, list[str]] = {}
    for node in reading.paper.outline.nodes:
        words = []
        for place, element in enumerate(node.elements):
            there = text.elements[element]
            if isinstance(there, Paragraph):
                shown = veiled(veil, element, there.text)
                words.append(shown[node.begins if place == 0 else 0 :].strip())
            elif element in tables:
                words += _rows(veil, tables[element])
        found[str(node.ref)] = [one for one in words if one]
    return {clause: words for clause, words in found.items() if words}


def veiled(veil: Veil, element: int, text: str) -> str:
    return veil.words(Span(element, 0, len(text)))


def _rows(veil: Veil, table: ReadTable) -> list[str]:
    lines = ["｜".join(table.columns)] if table.columns else []
    for number, row in enumerate(table.rows):
        cells = (
            veil.cell(table.element, number, column, cell.text)
            for column, cell in enumerate(row.cells)
        )
        lines.append("｜".join(cells))
    return lines


def suggested_id(reading: Reading | None, draft_id: int) -> str:
    """A short name to begin with: the contract's own number where it has letters and figures, else the number of the draft."""
    number = reading.identity.contract_no.value if reading is not None else None
    plain = re.sub(r"[^a-z0-9]+", "-", (number or "").lower()).strip("-")
    return plain[:60] if len(plain) >= 3 else f"contract-{draft_id}"  # noqa: PLR2004
