"""报告: a reading as the documented JSON of ``lvyue read --json``.

Keys are never renamed or taken away; new ones may join. Money is whole fen, a percentage is a decimal as text, a day is ISO,
what the paper does not say is null. Personal data is starred out wherever the paper is quoted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from lvyue.core.clause import MAIN, ClauseRef
from lvyue.core.doubts import Severity
from lvyue.core.money import Money, Rate, Rounding
from lvyue.core.release import Role
from lvyue.core.terms import Party
from lvyue.reading.consideration import Damage, Instalment, Interest, ReadGrade
from lvyue.reading.duties import Candidate
from lvyue.reading.found import Found
from lvyue.reading.identity import Identity, ReadParty, ReadPeriod
from lvyue.reading.linter import PaperDoubt
from lvyue.reading.outline import Node
from lvyue.reading.paragraphs import Paragraph, Span
from lvyue.reading.quantities import Bound, Frequency, TimeWord
from lvyue.reading.reading import Reading
from lvyue.reading.references import Reference
from lvyue.reading.tables import ReadTable
from lvyue.reading.veil import Veil

#: how many characters of a clause its head shows
HEAD = 12

Json = dict[str, Any]


def as_json(reading: Reading, timings: Mapping[str, float] | None = None) -> Json:
    """Everything that was read, for files and interfaces; ``timings`` are seconds by stage, from whoever measured."""
    report = _Report(reading, Veil(reading.paper, reading.personal))
    veil = report.veil
    identity, consideration = reading.identity, reading.consideration
    return {
        "source": report.source(),
        "identity": report.identity(),
        "parties": report.parties(),
        "price": report.price(),
        "period": _period(identity.period),
        "payment": veiled([report.instalment(one) for one in consideration.instalments], veil),
        "grades": [_grade(one) for one in consideration.grades],
        "grades_state": consideration.grades_state.value,
        "damages": veiled([report.damage(one) for one in consideration.damages], veil),
        "interest": veiled([report.interest(one) for one in consideration.interest], veil),
        "parts": veiled(report.parts(), veil),
        "clauses": [report.clause(node) for node in reading.paper.outline.nodes],
        "tables": [report.table(table) for _, table in sorted(reading.paper.tables.items())],
        "terms": veiled([report.term(one) for one in reading.candidates], veil),
        "references": veiled([report.reference(one) for one in reading.references], veil),
        "doubts": veiled([report.doubt(one) for one in reading.doubts], veil),
        "documents": veiled(report.documents(), veil),
        "fields": veiled(report.fields(), veil),
        "anomalies": veiled(report.anomalies(), veil),
        "repairs": report.repairs(),
        "personal": report.personal(),
        "notes": veiled(report.notes(), veil),
        "timings": {stage: round(seconds, 6) for stage, seconds in (timings or {}).items()},
    }


def doubts_as_json(reading: Reading) -> Json:
    """Only what a person must settle, as ``lvyue lint --json``."""
    report = _Report(reading, Veil(reading.paper, reading.personal))
    counts = Counter(one.severity.value for one in reading.doubts)
    return {
        "source": report.source(),
        "counts": {severity.value: counts.get(severity.value, 0) for severity in Severity},
        "doubts": veiled([report.doubt(one) for one in reading.doubts], report.veil),
    }


def veiled(value: Any, veil: Veil) -> Any:
    """Every text inside without personal values: readers copy words out of the paper into what they say."""
    if isinstance(value, str):
        return veil.told(value)
    if isinstance(value, list):
        return [veiled(one, veil) for one in value]
    if isinstance(value, dict):
        return {key: veiled(one, veil) for key, one in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class _Report:
    """报告: what every part of it needs: the reading, and the veil over personal data."""

    reading: Reading
    veil: Veil

    # ── the file and who ─────────────────────────────────────────────────────────────────────────────────────────

    def source(self) -> Json:
        source = self.reading.paper.text.source
        return {
            "name": source.name,
            "sha256": source.sha256,
            "kind": source.kind.value,
            "pages": len(source.pages) or None,
            "characters": source.characters,
        }

    def identity(self) -> Json:
        who = self.reading.identity
        days = {party: found.value for party, found in who.signed.items() if found}
        return {
            "title": self.read(who.title),
            "contract_no": self.read(who.contract_no),
            "other_numbers": [self.read(one) for one in who.other_numbers],
            "project_no": self.read(who.project_no),
            "signed_on": _day(last_signature(who)),
            "signed": {party.value: _day(days.get(party)) for party in Party if party in days},
            "effective_on": _day(who.effective.value if who.effective else None),
            "places": self.read(who.places),
            "copies": who.copies.value if who.copies else None,
            "bond": {"state": who.bond.state.value, "raw": self.read(who.bond)},
        }

    def parties(self) -> list[Json]:
        return [
            {
                "role": party.role.value,
                "name": self.read(party.name),
                "aliases": list(party.aliases),
                "place": self.place(party.name.span),
            }
            for party in sorted(self.reading.identity.parties, key=_signs_first)
        ]

    def read(self, found: Found[str]) -> str | None:
        """A text that was found; its own words where the reader tidied nothing, so that the veil can be drawn."""
        if not found or found.value is None:
            return None
        if found.span is not None and self.reading.paper.words(found.span) == found.value:
            return self.veil.words(found.span)
        return found.value

    # ── money ────────────────────────────────────────────────────────────────────────────────────────────────────

    def price(self) -> Json:
        price = self.reading.identity.price
        tax = {
            "percent": percent(price.tax_rate.value if price.tax_rate else None),
            "net_fen": _fen(price.net.value if price.net else None),
        }
        return {
            "fen": _fen(price.figures.value if price.figures else None),
            "words": price.words.value if price.words else None,
            "words_fen": _fen(price.words_money),
            "tax": tax if any(value is not None for value in tax.values()) else None,
            "state": price.figures.state.value,
            "place": self.place(price.figures.span or price.words.span),
        }

    def instalment(self, one: Instalment) -> Json:
        return {
            "n": one.number,
            "percent": percent(one.rate),
            "fen": _fen(one.figures if one.figures is not None else one.words),
            "words_fen": _fen(one.words),
            "reckoned_fen": _fen(self.reckoned(one)),
            "remainder": one.remainder,
            "within": one.within.value if one.within else None,
            "unit": _unit(one.within),
            "limit": _limit(one.within),
            "conditions": [
                {"raw": condition.raw, "event": condition.event or None}
                for condition in one.conditions
            ],
            "invoice": one.invoice,
            "invoice_kind": one.invoice_kind or None,
            "clause": str(one.clause),
            "place": self.place(one.span),
        }

    def reckoned(self, one: Instalment) -> Money | None:
        """The percentage of the price, only where it comes to a whole fen."""
        price = self.reading.identity.price.figures.value
        if price is None or one.rate is None or (price.fen * one.rate).denominator != 1:
            return None
        return price.at(Rate(one.rate), Rounding.EXACT)

    def damage(self, one: Damage) -> Json:
        return {
            "clause": str(one.clause),
            "debtor": one.debtor.value,
            "breach": one.breach,
            "percent": percent(one.rate),
            "base": one.base.value if one.base else None,
            "base_raw": one.base_raw or None,
            "floor_fen": _fen(one.floor),
            "cap": one.cap or None,
            "loss": one.loss.value,
            "alternatives": list(one.alternatives),
            "amount_in": one.amount_in or None,
            "points_to": str(one.points_to) if one.points_to else None,
            "rescission": one.rescission,
            "quote": self.veil.words(one.span),
            "place": self.place(one.span),
        }

    def interest(self, one: Interest) -> Json:
        return {
            "clause": str(one.clause),
            "debtor": one.debtor.value,
            "daily_percent": percent(one.daily),
            "grace": _limit(one.grace),
            "cap_percent": percent(one.cap),
            "place": self.place(one.span),
        }

    # ── clauses, tables, terms ───────────────────────────────────────────────────────────────────────────────────

    def parts(self) -> list[Json]:
        return [
            {
                "name": part.name,
                "title": part.title,
                "kind": part.kind.value,
                "aliases": list(part.aliases),
            }
            for part in self.reading.paper.outline.parts
        ]

    def clause(self, node: Node) -> Json:
        return {
            "part": node.ref.document,
            "path": path_of(node.ref),
            "ref": str(node.ref),
            "kind": node.kind.value,
            "label": node.label,
            "level": node.level,
            "binding": node.binding,
            "head": self.head(node),
            "place": self.place(self.whole(node)),
        }

    def head(self, node: Node) -> str:
        """The first characters after the number, without what is personal."""
        span = self.whole(node)
        if span is None:
            return node.text.strip()[:HEAD]
        return self.veil.words(span).strip()[:HEAD]

    def whole(self, node: Node) -> Span | None:
        """The first paragraph of a node from after its number on; None where it has no words of its own."""
        for position, element in enumerate(node.elements):
            found = self.reading.paper.text.elements[element]
            if isinstance(found, Paragraph):
                return Span(element, node.begins if position == 0 else 0, len(found.text))
        return Span(node.elements[0], 0, 0) if node.elements else None

    def table(self, table: ReadTable) -> Json:
        return {
            "id": table.id,
            "clause": str(table.clause) if table.clause else None,
            "title": table.title,
            "columns": list(table.columns),
            "rows": [
                {
                    "row": row.number,
                    "group": row.group or None,
                    "total": row.total,
                    "cells": [
                        self.veil.cell(table.element, i, j, cell.text)
                        for j, cell in enumerate(row.cells)
                    ],
                }
                for i, row in enumerate(table.rows)
            ],
            "place": self.place(Span(table.element, 0, 0)),
        }

    def term(self, one: Candidate) -> Json:
        return {
            "kind": one.kind.value,
            "clause": str(one.clause),
            "debtor": one.debtor.value,
            "act": one.act,
            "trigger": one.trigger or None,
            "event": one.event or None,
            "done": one.done or None,
            "limit": _limit(one.limit),
            "frequency": _frequency(one.frequency),
            "bound": _bound(one.bound),
            "count": one.count,
            "item": one.item or None,
            "unless": one.unless or None,
            "survives": one.survives,
            "certainty": one.certainty.value,
            "quote": self.veil.words(one.spans[0]) if one.spans else "",
            "place": self.place(one.spans[0] if one.spans else None),
        }

    def reference(self, one: Reference) -> Json:
        return {
            "raw": one.raw,
            "clause": str(one.source),
            "target": str(one.target) if one.target else None,
            "missing": one.missing or None,
            "says": one.says or None,
            "place": self.place(one.span),
        }

    # ── what a person looks at ───────────────────────────────────────────────────────────────────────────────────

    def doubt(self, one: PaperDoubt) -> Json:
        return {
            "rule": one.rule,
            "kind": one.kind.value,
            "severity": one.severity.value,
            "clauses": [str(clause) for clause in one.clauses],
            "places": [place for span in one.spans if (place := self.place(span)) is not None],
            "what": one.says,
            "safe": one.safe,
            "mend": one.mend,
            "owner": one.owner.value,
            "needs": list(one.needs),
            "blocks": list(one.blocks),
        }

    def documents(self) -> list[Json]:
        return [
            {
                "name": one.name,
                "kind": one.kind,
                "rank": one.rank,
                "here": one.here,
                "aliases": list(one.aliases),
                "place": self.place(one.span),
            }
            for one in self.reading.identity.documents
        ]

    def fields(self) -> list[Json]:
        return [
            {
                "label": field.label,
                "value": field.value or None,
                "choices": [
                    {"choice": choice, "ticked": ticked} for choice, ticked in field.choices
                ],
                "place": self.place(Span(field.element, 0, 0)),
            }
            for field in self.reading.paper.outline.fields
        ]

    def anomalies(self) -> list[Json]:
        nodes = self.reading.paper.outline.nodes
        return [
            {
                "kind": one.kind.value,
                "clause": str(nodes[one.node].ref),
                "says": one.says,
                "place": self.place(self.whole(nodes[one.node])),
            }
            for one in self.reading.paper.outline.anomalies
        ]

    def repairs(self) -> list[Json]:
        return [
            {"kind": one.kind.value, "places": [dict(place.as_json()) for place in one.places]}
            for one in self.reading.paper.text.repairs
        ]

    def personal(self) -> list[Json]:
        """Kinds and places, never values."""
        return [
            {"kind": one.kind.value, "of": one.of, "place": self.place(one.span)}
            for one in self.reading.personal
        ]

    def notes(self) -> list[Json]:
        return [
            {"kind": one.kind.value, "says": one.says, "place": dict(one.place.as_json())}
            for one in self.reading.paper.text.source.notes
        ]

    def place(self, span: Span | None) -> Json | None:
        """The first place of a span; an empty span stands where its element begins."""
        return place_of(self.reading, span)


# ── values that more than one face shows ─────────────────────────────────────────────────────────────────────────


def place_of(reading: Reading, span: Span | None) -> Json | None:
    """Where a span begins in the file; an empty one where its element begins."""
    if span is None:
        return None
    if span.start >= span.end and span.cell is None:
        element = reading.paper.text.elements[span.element]
        if isinstance(element, Paragraph) and element.text:
            span = Span(span.element, 0, len(element.text))
    found = next(iter(reading.paper.places(span)), None)
    return None if found is None else dict(found.as_json())


def last_signature(who: Identity) -> date | None:
    """The day of the last signature, which is when a contract came about; None while one of them is open."""
    days = [found.value for found in who.signed.values() if found and found.value]
    return max(days) if days and len(days) == len(who.signed) else None


def percent(rate: Fraction | None) -> str | None:
    """``70``, ``0.03``; a rate without a finite decimal stays a fraction, ``1/3`` of the whole."""
    return None if rate is None else str(Rate(rate)).removesuffix("%")


def path_of(ref: ClauseRef) -> str:
    """The reference without its document: 7.2.8(1), 第四章/一/1."""
    return str(ref).removeprefix(ref.document).lstrip(" /") if ref.document != MAIN else _main(ref)


def _main(ref: ClauseRef) -> str:
    return str(ref).removeprefix(f"{MAIN} ") if ref.segments else ""


def _signs_first(party: ReadParty) -> int:
    order = (Role.BUYER, Role.SUPPLIER)
    return order.index(party.role) if party.role in order else len(order)


def _period(period: ReadPeriod) -> Json:
    return {
        "start": _day(period.start.value if period.start else None),
        "end": _day(period.end.value if period.end else None),
        "raw": period.raw or None,
        "state": period.end.state.value if not period.end else period.start.state.value,
        "start_rule": period.start_rule or None,
        "end_rule": period.end_rule or None,
        "alternatives": [day.isoformat() for day in period.alternatives],
    }


def _grade(grade: ReadGrade) -> Json:
    return {"name": grade.name, "percent": percent(grade.rate), "exact": grade.exact}


def _limit(limit: TimeWord | None) -> Json | None:
    if limit is None:
        return None
    return {
        "n": limit.value,
        "unit": _unit(limit),
        "direction": limit.direction.value,
        "word": limit.word or None,
        "at_least": limit.at_least,
        "mode": limit.mode or None,
        "raw": limit.raw,
    }


def _unit(limit: TimeWord | None) -> str | None:
    """One of the units of ``lvyue deadline``."""
    return limit.unit.value if limit and limit.unit else None


def _frequency(frequency: Frequency | None) -> Json | None:
    if frequency is None:
        return None
    return {
        "every": frequency.every.value if frequency.every else None,
        "times": frequency.times,
        "at_least": frequency.at_least,
        "unlimited": frequency.unlimited,
        "word": frequency.word or None,
        "raw": frequency.raw,
    }


def _bound(bound: Bound | None) -> Json | None:
    if bound is None:
        return None
    return {
        "operator": bound.operator,
        "value": _decimal(bound.value),
        "unit": bound.unit,
        "around_the_clock": bound.around_the_clock,
        "raw": bound.raw,
    }


def _decimal(value: Fraction | None) -> str | None:
    """A number as text: ``99.9``, ``5``."""
    return None if value is None else percent(value / 100)


def _fen(money: Money | None) -> int | None:
    return None if money is None else money.fen


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
