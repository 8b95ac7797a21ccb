"""合同版本草案: a reading as the raw document of a release. A person confirms, changes or strikes out what it proposes.

Nothing is filled in where the paper is silent: a blank period is null with its doubt, an unpriced instalment is no payment.
What stands in the way of any release at all, such as a price that nobody can read, is told by ``obstacles``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from lvyue.core.clause import ClauseRef
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity
from lvyue.core.money import Money, Rate, Rounding
from lvyue.core.release import Role
from lvyue.core.terms import Party, TermKind
from lvyue.core.words import in_words
from lvyue.reading.identity import ReadPrice
from lvyue.reading.linter import PaperDoubt
from lvyue.reading.outline import Node, NodeKind, PartKind
from lvyue.reading.proposed_terms import Desk, Ids, Raw, fen, percent, terms
from lvyue.reading.reading import Reading
from lvyue.reading.tables import ReadTable
from lvyue.reading.veil import STAR

FORMAT = 1


def draft(reading: Reading, contract_id: str) -> Raw:
    """The raw document. Where ``obstacles`` names something, that field is null and no release can be made of it."""
    writer = _Writer(reading)
    return writer.document(contract_id)


def obstacles(reading: Reading) -> tuple[Doubt, ...]:
    """What must be read or entered by hand before the paper can be a release: price, parties, clauses."""
    identity = reading.identity
    out: list[Doubt] = []
    if _price(identity.price) is None:
        out.append(_obstacle("price", "读不出合同价款。", "请对照原文填写合同价款的数字与大写。"))
    for role, zh in ((Role.BUYER, "甲方"), (Role.SUPPLIER, "乙方")):
        if not any(p.role is role and p.name for p in identity.parties):
            out.append(_obstacle(role.value, f"读不出{zh}是谁。", f"请填写{zh}单位的全称。"))
    if not any(node.kind is NodeKind.NUMBERED for node in reading.paper.outline.nodes):
        out.append(
            _obstacle(
                "clauses",
                "没有读到任何带编号的条款。",
                "请确认文件是合同正文，或换一份清晰的文件。",
            )
        )
    return tuple(out)


def _obstacle(what: str, says: str, mend: str) -> Doubt:
    return Doubt(
        id=DoubtId(f"unread-{what}"), kind=DoubtKind.BLANK, severity=Severity.BLOCK,
        places=("原文",), says=says, mend=mend,
    )  # fmt: skip


def _price(price: ReadPrice) -> Money | None:
    """The figures; where there are none, what the words come to. Which of two that differ holds is the linter's doubt."""
    return price.figures.value if price.figures else price.words_money


# ── texts without personal data ──────────────────────────────────────────────────────────────────────────────────

#: what no release may carry, whoever wrote it and wherever it stands
_PRIVATE = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|[\w.]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){1,4}|(?<![\dA-Za-z])\d{14,21}(?!\d)"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class _Mask:
    """遮盖: personal data in any words that were taken from the paper, by value, since those words have no place any more."""

    def __init__(self, reading: Reading) -> None:
        values = {reading.paper.words(one.span).strip() for one in reading.personal}
        known = sorted((v for v in values if len(v) > 1), key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        plain = _CONTROL.sub(" ", text)
        if self._values is not None:
            plain = self._values.sub(STAR * 2, plain)
        return _PRIVATE.sub(STAR * 2, plain)


# ── the document ─────────────────────────────────────────────────────────────────────────────────────────────────


class _Writer:
    """草案: writes the parts of the document in the order in which they need each other."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.identity = reading.identity
        self.mask = _Mask(reading)
        self.nodes = list(_tree(reading.paper.outline.nodes))
        self.about_period: list[str] = []
        self.refs = {ref for ref, _ in self.nodes}
        self.first = self.nodes[0][0] if self.nodes else ClauseRef("main", ("1",))
        self.tables = [t for t in reading.paper.tables.values() if self._home(t) is not None]
        self.rows = {
            f"{self._home(t)} ({t.id} row {row['row']})"
            for t in self.tables
            for row in _table_rows(t, self.mask)
        }

    def document(self, contract_id: str) -> Raw:
        identity = self.identity
        price = _price(identity.price)
        desk = Desk(
            self.reading.consideration,
            Ids(list(dict.fromkeys(ref.document for ref, _ in self.nodes))),
            price,
            self.mask,
            self.known,
        )
        proposed = terms(self.reading.candidates, desk)
        doubts = self._doubts(proposed, desk)
        return {
            "format": FORMAT,
            "id": contract_id,
            "title": self.mask(identity.title.value or "未读出名称的合同"),
            "number": self.mask(identity.contract_no.value) if identity.contract_no.value else None,
            "parties": self._parties(),
            "price": None if price is None else fen(price),
            "price_clause": str(self.known(identity.price.figures.clause)),
            "price_words": None if price is None else in_words(price),
            **self._tax(price),
            "signed": {
                party.value: found.value.isoformat()
                for party, found in identity.signed.items()
                if found.value is not None
            },
            "effective": identity.effective.value.isoformat() if identity.effective.value else None,
            "effective_clause": str(self.known(identity.effective.clause)),
            "period": self._period(),
            "documents": self._documents(),
            "precedence": self._precedence(),
            "parameters": desk.parameters,
            "doubts": doubts,
            "clauses": [self._clause(ref, node) for ref, node in self.nodes]
            or [[str(self.first), None, "全文"]],
            "tables": [self._table(table) for table in self.tables],
            "terms": proposed,
        }

    def known(self, ref: ClauseRef | None) -> ClauseRef:
        """The same clause where the tree has it, else the nearest one around it; a row only where its table has it."""
        if ref is not None and ref.row is not None and str(ref) in self.rows:
            return ref
        at = ref.clause if ref is not None else None
        while at is not None and at not in self.refs:
            at = at.parent
        return at or self.first

    def _home(self, table: ReadTable) -> ClauseRef | None:
        clause = table.clause
        if clause is None:
            node = self.reading.paper.node_at(table.element)
            clause = node.ref if node else None
        return clause if clause in self.refs else None

    # ── parties, tax, period ──

    def _parties(self) -> list[Raw]:
        return [
            {"role": party.role.value, "name": self.mask(party.name.value)}
            for party in self.identity.parties
            if party.name.value
        ]

    def _tax(self, price: Money | None) -> Raw:
        """Rate and net as printed, where they come to the price; the linter tells where they do not."""
        rate, net = self.identity.price.tax_rate, self.identity.price.net
        if price is None or rate.value is None or net.value is None:
            return {}
        share = percent(rate.value)
        if share is None or net.value.at(Rate(1 + rate.value), Rounding.HALF_UP) != price:
            return {}
        clause = self.known(net.clause or rate.clause or self.identity.price.figures.clause)
        return {"tax": {"rate": share, "net": fen(net.value), "clause": str(clause)}}

    def _period(self) -> Raw:
        period = self.identity.period
        start, end = period.start.value, period.end.value
        if start is not None and end is not None and end < start:
            start = end = None
        return {
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            "clause": str(self.known(period.start.clause or period.end.clause)),
            "doubts": list(self.about_period),
        }

    # ── papers ──

    def _documents(self) -> list[Raw]:
        parts = {part.name: part for part in self.reading.paper.outline.parts if part.kind in (PartKind.MAIN, PartKind.ANNEX, PartKind.FORM)}  # fmt: skip
        out: list[Raw] = []
        told = list(self.identity.documents)
        for name in dict.fromkeys(ref.document for ref, _ in self.nodes):
            part = parts.get(name)
            names = {name, *(part.aliases if part else ()), part.title if part else name}
            match = next(
                (d for d in told if _is_main(d.kind, name) or {d.name, *d.aliases} & names), None
            )
            if match is not None:
                told.remove(match)
            aliases = {*(part.aliases if part else ()), *(match.aliases if match else ())} - {name}
            out.append(
                {
                    "id": name,
                    "title": self.mask((part.title if part else "") or name),
                    "kind": "main" if name == "main" else "annex",
                    "rank": match.rank if match else None,
                    "here": True,
                    "aliases": sorted(self.mask(a) for a in aliases if a.strip()),
                }
            )
        for number, one in enumerate(told, start=1):
            out.append(
                {
                    "id": f"{_SLUG.sub('-', one.kind) or 'paper'}-{number}",
                    "title": self.mask(one.name) or "未写名称的文件",
                    "kind": one.kind or "other",
                    "rank": one.rank,
                    "here": False,
                }
            )
        return out

    def _precedence(self) -> Raw:
        """The clause that ranks the papers, and whether among equals the later wins."""
        ranked = [d for d in self.identity.documents if d.rank is not None and d.span is not None]
        node = (
            self.reading.paper.node_at(ranked[0].span.element)
            if ranked and ranked[0].span
            else None
        )
        if node is None:
            return {"clause": None, "later_wins": False, "special": []}
        home = self.known(node.ref.parent or node.ref)
        words = "".join(n.text for n in self.reading.paper.outline.nodes if n.ref.is_within(home))
        return {
            "clause": str(home),
            "later_wins": _LATER.search(words) is not None,
            "special": [],
        }

    # ── clauses and tables ──

    def _clause(self, ref: ClauseRef, node: Node | None) -> list[str | None]:
        label = node.label.strip() if node else ""
        return [str(ref), self.mask(label) or None, self._heading(ref, node)]

    def _heading(self, ref: ClauseRef, node: Node | None) -> str:
        """The first words of a clause, up to its first mark; a clause without words is called by its number."""
        if node is None:
            return ref.segments[-1] if ref.segments else ref.document
        words = re.sub(r"\s+", "", self.mask(node.text))
        head = next((w for w in _MARKS.split(words) if len(w) > 1), "")
        return (head[:_LONGEST_HEADING] or node.label or ref.segments[-1]).strip() or "（空）"

    def _table(self, table: ReadTable) -> Raw:
        title = re.sub(r"\s+", "", self.mask(table.title))
        return {
            "id": table.id,
            "clause": str(self._home(table)),
            "title": title or "未写名称的表",
            "columns": [
                self.mask(c).strip() or f"第{n}列" for n, c in enumerate(table.columns, start=1)
            ],
            "rows": _table_rows(table, self.mask),
        }

    # ── doubts ──

    def _doubts(self, proposed: Sequence[Raw], desk: Desk) -> list[Raw]:
        """The doubts of the paper, each with the terms it blocks; those terms list it."""
        by_id = {raw["id"]: raw for raw in proposed}
        taken: dict[str, int] = {}
        out: list[Raw] = []
        for paper_doubt in self.reading.doubts:
            name = _unique(_SLUG.sub("-", paper_doubt.rule.lower()).strip("-") or "doubt", taken)
            blocked = sorted(
                {
                    term
                    for block in paper_doubt.blocks
                    for term in self._blocked(block, paper_doubt, proposed)
                }
            )
            out.append(self._doubt(name, paper_doubt, blocked))
            if "period" in paper_doubt.blocks:
                self.about_period.append(name)
            for term in blocked:
                by_id[term].setdefault("doubts", []).append(name)
        for term, clause, says in desk.open:
            name = _unique("instalment-open", taken)
            out.append(_open(name, term, str(self.known(clause)), says))
            by_id[term].setdefault("doubts", []).append(name)
        return out

    def _doubt(self, name: str, one: PaperDoubt, blocked: Sequence[str]) -> Raw:
        cited = dict.fromkeys(str(self.known(ref)) for ref in one.clauses)
        return {
            "id": name,
            "kind": one.kind.value,
            "severity": one.severity.value,
            "clauses": list(cited) or [str(self.first)],
            "says": self.mask(one.says) or "须由人核对",
            "safe": self.mask(one.safe) or "在确认前不据此计算",
            "mend": self.mask(one.mend) or "请双方书面确认",
            "owner": one.owner.value,
            "needs": [self.mask(need) for need in one.needs if need.strip()],
            "blocks": list(blocked),
        }

    def _blocked(self, block: str, doubt: PaperDoubt, proposed: Sequence[Raw]) -> Iterator[str]:
        """The terms that a word of the linter means; a word without a clause means those of the doubt's own clauses."""
        word, _, rest = block.partition(":")
        test = _BLOCKS.get(word)
        if test is None:
            return
        places = {rest} if rest else {str(self.known(ref)) for ref in doubt.clauses}
        for raw in proposed:
            if test(raw, places if rest or word in _LOCAL else frozenset()):
                yield raw["id"]


_Test = Callable[[Raw, AbstractSet[str]], bool]
#: words that mean the clauses of the doubt where they name none
_LOCAL = frozenset({"damages", "penalty", "interest", "indicator"})


def _is_instalment(raw: Raw, places: AbstractSet[str]) -> bool:
    return (
        raw["kind"] == TermKind.PAYMENT.value
        and raw["debtor"] == Party.BUYER.value
        and (not places or str(raw["instalment"]) in places)
    )


def _is_tail(raw: Raw, _places: AbstractSet[str]) -> bool:
    return raw["kind"] == TermKind.GRADE_CAP.value or (
        raw["kind"] == TermKind.PAYMENT.value
        and isinstance(raw["amount"], dict)
        and "remainder" in raw["amount"]
    )


def _is_dated(raw: Raw, _places: AbstractSet[str]) -> bool:
    """Terms that a blank period leaves without a day."""
    days = ("period.start", "period.end")
    return any(raw.get(key) in days for key in ("anchor", "by", "after")) or any(
        one in days for one in raw.get("triggers", ())
    )


def _is_at(*kinds: TermKind) -> _Test:
    names = {kind.value for kind in kinds}
    return lambda raw, places: raw["kind"] in names and (not places or raw["clauses"][0] in places)


def _is_row(raw: Raw, places: AbstractSet[str]) -> bool:
    return raw["kind"] == TermKind.THRESHOLD.value and any(
        raw["clauses"][0] == place or raw["clauses"][0].endswith(f"({place})") for place in places
    )


#: what the linter's words mean among the terms
_BLOCKS: Mapping[str, _Test] = {
    "price": _is_instalment,
    "period": _is_dated,
    "grades": _is_tail,
    "instalment": _is_instalment,
    "damages": _is_at(TermKind.PENALTY),
    "penalty": _is_at(TermKind.PENALTY),
    "interest": _is_at(TermKind.LATE_INTEREST),
    "indicator": _is_row,
}


def _open(name: str, term: str, clause: str, says: str) -> Raw:
    return {
        "id": name,
        "kind": DoubtKind.BLANK.value,
        "severity": Severity.BLOCK.value,
        "clauses": [clause],
        "says": says,
        "safe": "不据此计算应付金额",
        "mend": "请双方书面确认比例或金额",
        "owner": Party.BOTH.value,
        "needs": ["补充协议或双方确认书"],
        "blocks": [term],
    }


# ── small rules ──────────────────────────────────────────────────────────────────────────────────────────────────

_SLUG = re.compile(r"[^a-z0-9]+")
_MARKS = re.compile(r"[。；;，,：:、！？!?（）()]")
_LONGEST_HEADING = 16
_LATER = re.compile(
    r"(?:时间|日期|签署|签订)[^。；]{0,6}(?:在后|较后|较晚|后)的?[^。；]{0,6}(?:为准|优先)|后签[^。；]{0,8}(?:为准|优先)"
)


def _is_main(kind: str, name: str) -> bool:
    return name == "main" and kind in ("main", "contract")


def _unique(stem: str, taken: dict[str, int]) -> str:
    taken[stem] = taken.get(stem, 0) + 1
    return stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"


def _tree(nodes: Iterable[Node]) -> Iterator[tuple[ClauseRef, Node | None]]:
    """Each clause once, parents before children; a parent that has no paragraph of its own is put in without one."""
    seen: set[ClauseRef] = set()
    for node in nodes:
        ref = node.ref.clause
        if not ref.segments or ref in seen:
            continue
        missing: list[ClauseRef] = []
        above = ref.parent
        while above is not None and above not in seen:
            missing.append(above)
            above = above.parent
        for one in reversed(missing):
            seen.add(one)
            yield one, None
        seen.add(ref)
        yield ref, node


def _table_rows(table: ReadTable, mask: Callable[[str], str]) -> list[Raw]:
    """Rows with numbers that are unique within their group, as many cells as columns."""
    out: list[Raw] = []
    taken: dict[tuple[str, str], int] = {}
    for place, row in enumerate(table.rows, start=1):
        number = row.number.strip().rstrip(".．、") or str(place)
        key = (row.group, number)
        taken[key] = taken.get(key, 0) + 1
        if taken[key] > 1:
            number = f"{number}-{taken[key]}"
        cells = [mask(cell.text).strip() for cell in row.cells[: len(table.columns)]]
        cells += [""] * (len(table.columns) - len(cells))
        out.append({"row": number, "group": mask(row.group).strip() or None, "cells": cells})
    return out


__all__: Any = ["draft", "obstacles"]
