"""核对: what was read, thing by thing, with what people have decided of each; and the reading that comes of it.

A thing has a key made of what it is and where it stands, so that reading the same papers again finds the same things. A
decision holds for what its maker saw: where another reading finds something else under the key, the thing is undecided
again. Nothing here touches the database.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from lvyue.core.clause import BadClause, ClauseRef
from lvyue.core.doubts import Refused, malformed
from lvyue.core.terms import Party
from lvyue.reading import linter
from lvyue.reading.duties import Candidate, Certainty
from lvyue.reading.found import Found, State
from lvyue.reading.identity import Identity
from lvyue.reading.paper import Paper
from lvyue.reading.paragraphs import Paragraph, Span
from lvyue.reading.reading import Reading
from lvyue.readings.choices import Act
from lvyue.readings.inputs import values_of
from lvyue.readings.stages import STAGES, Stage, Tab, begun


@dataclass(frozen=True, slots=True)
class Item:
    """读出项: one thing that was read: its key, kind, the thing itself, what it says field by field, and where it stands."""

    key: str
    stage: Stage
    thing: Any
    clause: ClauseRef | None
    values: Mapping[str, str]
    spans: tuple[Span, ...]
    certainty: Certainty | None = None
    state: State | None = None
    raw: str = ""

    @property
    def id(self) -> str:
        """Its short name in addresses and on pages."""
        return id_of(self.key)

    @property
    def seen(self) -> str:
        """The hash of what a person sees of it."""
        told = json.dumps(dict(self.values), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2s(f"{self.raw}\n{told}".encode(), digest_size=8).hexdigest()

    @property
    def debtor(self) -> Party | None:
        found = self.values.get("debtor")
        return Party(found) if found else None


@dataclass(frozen=True, slots=True)
class Taken:
    """已作的决定: one row of the decisions, as a value."""

    number: int
    key: str
    act: Act
    seen: str
    before: Any
    after: Any
    reason: str
    batch: str
    by: str
    name: str
    side: str
    at: datetime


class Mark(StrEnum):
    """核对状态."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    SPLIT = "split"
    PART = "part"
    MERGED = "merged"
    ABSORBED = "absorbed"
    ADDED = "added"

    @property
    def zh(self) -> str:
        return _MARK_ZH[self.value]


_MARK_ZH = {
    "open": "未核对",
    "accepted": "已接受",
    "corrected": "已改正",
    "rejected": "不要",
    "split": "已拆分",
    "part": "拆分所得",
    "merged": "已合并",
    "absorbed": "并入别项",
    "added": "补加",
}

#: Nothing of these goes into the contract.
_OUT = (Mark.REJECTED, Mark.SPLIT, Mark.ABSORBED)


@dataclass(frozen=True, slots=True)
class Row:
    """核对行: a thing as it is after the decisions, what was read, what was decided and by whom. ``stale``: of another reading."""

    item: Item
    read: Item | None
    mark: Mark
    taken: Taken | None = None
    stale: Taken | None = None

    @property
    def runs(self) -> bool:
        """Whether it goes into the contract as things stand: a guess that nobody has looked at does not."""
        if self.mark in _OUT:
            return False
        return self.mark is not Mark.OPEN or self.item.certainty is not Certainty.GUESS

    @property
    def is_open(self) -> bool:
        return self.mark is Mark.OPEN

    @property
    def is_guess(self) -> bool:
        return self.is_open and self.item.certainty is Certainty.GUESS

    @property
    def changed(self) -> tuple[tuple[str, str, str], ...]:
        """What was corrected: field, before, after."""
        if self.read is None or self.mark not in (Mark.CORRECTED, Mark.MERGED):
            return ()
        return changes_of(self.item.stage, self.read.values, self.item.values)


@dataclass(frozen=True)
class Review:
    """核对结果: every row, and the reading that comes of the decisions."""

    reading: Reading
    rows: tuple[Row, ...]
    running: Reading

    @cached_property
    def by_id(self) -> dict[str, Row]:
        return {row.item.id: row for row in self.rows}

    def tab(self, tab: Tab) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.item.stage.tab is tab)

    @property
    def to_decide(self) -> int:
        """How many things there are to decide on."""
        return sum(row.mark is not Mark.ABSORBED for row in self.rows)

    @property
    def decided(self) -> int:
        return sum(row.mark not in (Mark.ABSORBED, Mark.OPEN) for row in self.rows)

    @property
    def guesses(self) -> tuple[Row, ...]:
        """What the reader only guesses and nobody has looked at: left out unless somebody does."""
        return tuple(row for row in self.rows if row.is_guess)


def id_of(key: str) -> str:
    return f"i{hashlib.blake2s(key.encode(), digest_size=5).hexdigest()}"


def stamp_of(row: Row) -> int:
    """What a form carries of a row, so that nobody decides on what they have not seen."""
    return row.taken.number if row.taken is not None else 0


def changes_of(
    stage: Stage, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[tuple[str, str, str], ...]:
    """Field by field, in words, what differs."""
    return tuple(
        (field.zh, field.shown(before.get(field.name, "")), field.shown(after.get(field.name, "")))
        for field in stage.fields
        if before.get(field.name, "") != after.get(field.name, "")
    )


# ── what was read ────────────────────────────────────────────────────────────────────────────────────────────────


class _Keys:
    """Keys that count up where two things of a kind stand in one place."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def __call__(self, stage: str, where: object) -> str:
        key = f"{stage}:{where}"
        self._met[key] += 1
        return f"{key}:{self._met[key]}"


def items_of(reading: Reading) -> tuple[Item, ...]:
    """Everything that a person can decide on but the doubts, in the order of the review."""
    keys, paper = _Keys(), reading.paper
    return (
        *_identity_items(reading.identity, keys),
        *_money_items(reading, keys),
        *_anomaly_items(reading, keys),
        *_table_items(paper, keys),
        *_term_items(reading, keys),
    )


def singles(identity: Identity) -> Iterator[tuple[str, Found[Any]]]:
    """The single values of an identity with the names of their kinds."""
    yield "title", identity.title
    yield "contract_no", identity.contract_no
    yield "project_no", identity.project_no
    yield "signed_buyer", identity.signed.get(Party.BUYER, Found(State.ABSENT))
    yield "signed_supplier", identity.signed.get(Party.SUPPLIER, Found(State.ABSENT))
    yield "effective", identity.effective
    yield "tax", identity.price.tax_rate
    yield "net", identity.price.net
    yield "start", identity.period.start
    yield "end", identity.period.end
    yield "places", identity.places
    yield "copies", identity.copies
    yield "bond", identity.bond


def _identity_items(identity: Identity, keys: _Keys) -> Iterator[Item]:
    for name, found in singles(identity):
        yield _single(name, found, keys)
    for party in identity.parties:
        stage, span = STAGES["party"], party.name.span
        yield Item(
            keys("party", party.role.value), stage, party, party.name.clause, stage.told(party),
            (span,) if span else (), state=party.name.state, raw=party.name.raw,
        )  # fmt: skip
    price, stage = identity.price, STAGES["price"]
    spans = tuple(span for span in (price.figures.span, price.words.span) if span)
    yield Item(
        "price::1", stage, price, price.figures.clause, stage.told(price), spans,
        state=price.figures.state, raw=price.figures.raw,
    )  # fmt: skip
    for document in identity.documents:
        stage = STAGES["document"]
        yield Item(
            keys("document", document.name), stage, document, None, stage.told(document),
            (document.span,) if document.span else (),
        )  # fmt: skip


def _single(name: str, found: Found[Any], keys: _Keys) -> Item:
    stage, spans = STAGES[name], (found.span,) if found.span else ()
    told = stage.told(found)
    return Item(
        keys(name, ""), stage, found, found.clause, told, spans, state=found.state, raw=found.raw
    )


def _money_items(reading: Reading, keys: _Keys) -> Iterator[Item]:
    paid = reading.consideration
    for one in paid.instalments:
        yield _thing("instalment", one.number, one, one.clause, (one.span,), keys)
    for grade in paid.grades:
        yield _thing("grade", grade.name, grade, paid.grades_clause, (grade.span,), keys)
    for interest in paid.interest:
        yield _thing("interest", interest.clause, interest, interest.clause, (interest.span,), keys)
    for damage in paid.damages:
        yield _thing("damage", damage.clause, damage, damage.clause, (damage.span,), keys)


def _thing(
    name: str,
    where: object,
    thing: Any,
    clause: ClauseRef | None,
    spans: tuple[Span, ...],
    keys: _Keys,
    certainty: Certainty | None = None,
) -> Item:
    stage = STAGES[name]
    return Item(
        keys(name, where), stage, thing, clause, stage.told(thing), spans, certainty=certainty
    )


def _anomaly_items(reading: Reading, keys: _Keys) -> Iterator[Item]:
    outline = reading.paper.outline
    for one in outline.anomalies:
        node = outline.nodes[one.node] if 0 <= one.node < len(outline.nodes) else None
        spans = (_whole(reading.paper, node.elements[0]),) if node and node.elements else ()
        clause = node.ref if node else None
        yield Item(
            keys("anomaly", f"{one.kind.value}:{clause}"), STAGES["anomaly"], one, clause, {}, spans,
            raw=one.says,
        )  # fmt: skip


def _table_items(paper: Paper, keys: _Keys) -> Iterator[Item]:
    for element, table in sorted(paper.tables.items()):
        where = f"{table.clause}:{table.title}"
        yield _thing("table", where, table, table.clause, (Span(element, 0, 0),), keys)


def _term_items(reading: Reading, keys: _Keys) -> Iterator[Item]:
    for one in reading.candidates:
        yield _thing("term", one.clause, one, one.clause, one.spans, keys, one.certainty)


def _doubt_items(doubts: Iterable[linter.PaperDoubt]) -> Iterator[Item]:
    keys = _Keys()
    for one in doubts:
        where = f"{one.rule}:{'+'.join(map(str, one.clauses[:3]))}"
        clause = one.clauses[0] if one.clauses else None
        yield Item(keys("doubt", where), STAGES["doubt"], one, clause, {}, one.spans, raw=one.says)


def _whole(paper: Paper, element: int) -> Span:
    found = paper.text.elements[element]
    return Span(element, 0, len(found.text) if isinstance(found, Paragraph) else 0)


# ── what was decided ─────────────────────────────────────────────────────────────────────────────────────────────


def review_of(reading: Reading, decisions: Sequence[Taken]) -> Review:
    """Every thing with what has been decided of it last, and the reading that comes of all."""
    last, additions = _last(decisions)
    found = tuple(_decided(items_of(reading), last))
    rows = _absorbed(found + tuple(_added(reading.paper, additions, last)))
    running = _rebuilt(reading, rows)
    changed = any(row.mark not in (Mark.OPEN, Mark.ACCEPTED) for row in rows)
    doubts = _linted(running, rows) if changed else reading.doubts
    doubtful = tuple(_decided(_doubt_items(doubts), last))
    stay = tuple(row.item.thing for row in doubtful if row.runs)
    return Review(reading, (*rows, *doubtful), replace(running, doubts=stay))


def _last(decisions: Sequence[Taken]) -> tuple[dict[str, Taken], dict[str, Taken]]:
    """What was said last of each thing, and what was added; an undoing takes back one of them."""
    last: dict[str, Taken] = {}
    additions: dict[str, Taken] = {}
    for taken in decisions:
        match taken.act:
            case Act.ADD:
                additions[taken.key] = taken
            case Act.UNDO if taken.key in last:
                del last[taken.key]
            case Act.UNDO:
                additions.pop(taken.key, None)
            case _:
                last[taken.key] = taken
    return last, additions


def _decided(items: Iterable[Item], last: Mapping[str, Taken]) -> Iterator[Row]:
    for item in items:
        yield from _row(item, last, Mark.OPEN)


def _absorbed(rows: Sequence[Row]) -> tuple[Row, ...]:
    """What went into another runs no longer, whether it was read, split off or added, and so does what it came from."""
    into = {
        key: row.taken
        for row in rows
        if row.mark is Mark.MERGED and row.taken is not None
        for key in row.taken.after["with"]
    }
    return tuple(
        replace(row, mark=Mark.ABSORBED, taken=into[row.item.key])
        if row.item.key in into and row.mark is not Mark.SPLIT
        else row
        for row in rows
    )


_PLAIN = {Act.ACCEPT: Mark.ACCEPTED, Act.REJECT: Mark.REJECTED}


def _row(item: Item, last: Mapping[str, Taken], otherwise: Mark) -> Iterator[Row]:
    taken = last.get(item.key)
    if taken is None or taken.seen != item.seen:
        yield Row(item, item, otherwise, stale=taken)
        return
    match taken.act:
        case Act.ACCEPT | Act.REJECT:
            yield Row(item, item, _PLAIN[taken.act], taken)
        case Act.CORRECT:
            yield Row(corrected(item, taken.after), item, Mark.CORRECTED, taken)
        case Act.MERGE:
            act = {**item.values, "act": str(taken.after["act"])}
            yield Row(corrected(item, act), item, Mark.MERGED, taken)
        case Act.SPLIT:
            yield Row(item, item, Mark.SPLIT, taken)
            for part in parts_of(item, taken.after["acts"]):
                yield from _row(part, last, Mark.PART)
        case _:  # an addition stands under a key of its own, and an undoing is not last
            yield Row(item, item, otherwise, stale=taken)


def corrected(item: Item, given: Mapping[str, str]) -> Item:
    """The same thing with other values. ``Refused`` where they cannot be read."""
    values = values_of(item.stage.fields, given)
    thing = item.stage.remade(item.thing, values)
    certainty = Certainty.SURE if item.certainty is not None else None
    return replace(item, thing=thing, values=item.stage.told(thing), certainty=certainty)


def parts_of(item: Item, acts: Sequence[str]) -> tuple[Item, ...]:
    """The terms into which one is split, each with its own act."""
    return tuple(
        replace(corrected(item, {**item.values, "act": act}), key=f"{item.key}/{number}")
        for number, act in enumerate(acts, start=1)
    )


def _added(
    paper: Paper, additions: Mapping[str, Taken], last: Mapping[str, Taken]
) -> Iterator[Row]:
    for key, taken in additions.items():
        for row in _row(addition(paper, key, taken.after), last, Mark.ADDED):
            yield replace(row, taken=taken) if row.mark is Mark.ADDED else row


def addition(paper: Paper, key: str, given: Mapping[str, Any]) -> Item:
    """A thing that a person adds: kind, clause, and the fields of its kind. ``Refused`` with what is wrong."""
    name, text = str(given.get("stage", "")), str(given.get("clause", ""))
    try:
        node = paper.node_by_ref[ClauseRef.parse(text)]
    except (BadClause, KeyError) as error:
        says = f"原文里没有“{text[:80]}”这一条。"
        raise Refused([malformed("条款", says, "请从条款中选一条。")]) from error
    span = _whole(paper, node.elements[0]) if node.elements else Span(0, 0, 0)
    thing = begun(name, node.ref, span)
    stage = STAGES[name]
    values = given.get("values", {})
    remade = stage.remade(thing, values_of(stage.fields, values))
    certainty = Certainty.SURE if name == "term" else None
    return Item(key, stage, remade, node.ref, stage.told(remade), (span,), certainty)


# ── the reading that comes of it ─────────────────────────────────────────────────────────────────────────────────


def _rebuilt(reading: Reading, rows: Sequence[Row]) -> Reading:
    things: dict[str, list[Any]] = {}
    gone: set[str] = set()
    for row in rows:
        if row.runs:
            things.setdefault(row.item.stage.name, []).append(row.item.thing)
        else:
            gone.add(row.item.stage.name)
    paid = reading.consideration
    consideration = replace(
        paid,
        instalments=tuple(sorted(things.get("instalment", ()), key=lambda one: one.number)),
        grades=tuple(things.get("grade", ())),
        grades_state=State.FOUND if things.get("grade") else paid.grades_state,
        grades_clause=paid.grades_clause or _clause_of(rows, "grade"),
        interest=tuple(things.get("interest", ())),
        damages=tuple(things.get("damage", ())),
    )
    tables = {table.element: table for table in things.get("table", ())}
    return replace(
        reading,
        paper=replace(reading.paper, tables={**reading.paper.tables, **tables}),
        identity=_identity(reading.identity, things),
        consideration=consideration,
        candidates=tuple(things.get("term", ())),
    )


def _clause_of(rows: Sequence[Row], stage: str) -> ClauseRef | None:
    return next(
        (row.item.clause for row in rows if row.item.stage.name == stage and row.runs), None
    )


def _identity(identity: Identity, things: Mapping[str, list[Any]]) -> Identity:
    """What was rejected is not in the paper: its place is blank."""

    def one(name: str, old: Found[Any]) -> Found[Any]:
        found: list[Found[Any]] = things.get(name, [])
        return found[0] if found else replace(old, state=State.BLANK, value=None)

    now = {name: one(name, old) for name, old in singles(identity)}
    read = things.get("price", [])
    price = (
        read[0]
        if read
        else replace(identity.price, figures=one("price", identity.price.figures), words_money=None)
    )
    signed = {
        party: found
        for party, found in (
            (Party.BUYER, now["signed_buyer"]),
            (Party.SUPPLIER, now["signed_supplier"]),
        )
        if party in identity.signed or found.state is State.FOUND
    }
    return replace(
        identity,
        title=now["title"],
        contract_no=now["contract_no"],
        project_no=now["project_no"],
        parties=tuple(things.get("party", ())),
        signed=signed,
        effective=now["effective"],
        price=replace(price, tax_rate=now["tax"], net=now["net"]),
        period=replace(identity.period, start=now["start"], end=now["end"]),
        documents=tuple(things.get("document", ())),
        places=now["places"],
        copies=now["copies"],
        bond=now["bond"],
    )


def _linted(running: Reading, rows: Sequence[Row]) -> tuple[linter.PaperDoubt, ...]:
    """The doubts of what is left, guesses included: what nobody has looked at may still be in the paper."""
    kept = tuple(
        row.item.thing
        for row in rows
        if isinstance(row.item.thing, Candidate) and row.mark not in _OUT
    )
    return linter.lint(
        running.paper, running.references, running.identity, running.consideration, kept
    )
