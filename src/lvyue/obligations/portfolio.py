"""合同一览: the contracts of one person, sorted and filtered, with what they come to together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count as Number
from django.db.models import F, Q, QuerySet, Sum

from lvyue.accounts.queries import Account
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.obligations.card import BrokenCard, ContractCard, Stage, term_of
from lvyue.obligations.marks import MARKS, Count
from lvyue.obligations.packing import unpacked, unpacked_doubts
from lvyue.obligations.queries import PAGE, open_obligations, snapshots
from lvyue.obligations.screen import SOON
from lvyue.obligations.today import held


class Sort(StrEnum):
    """排序: by the value in the address."""

    ID = "id"
    NEXT = "next"
    MISSED = "missed"
    UNDECIDABLE = "undecidable"
    PRICE = "price"
    END = "end"

    @property
    def zh(self) -> str:
        return {
            "id": "编号",
            "next": "最近到期",
            "missed": "未履行最多",
            "undecidable": "无法判定最多",
            "price": "合同价款",
            "end": "期限届满",
        }[self.value]


#: The column of each order, and whether the greatest comes first. What has no value comes last.
_ORDERS: Mapping[Sort, tuple[str, bool]] = {
    Sort.NEXT: ("next_due", False),
    Sort.MISSED: ("missed", True),
    Sort.UNDECIDABLE: ("not_decidable", True),
    Sort.PRICE: ("price_fen", True),
    Sort.END: ("end", False),
}


class Has(StrEnum):
    """只看: contracts that have something of this."""

    MISSED = "missed"
    UNDECIDABLE = "undecidable"
    DEMONSTRATION = "demonstration"
    REAL = "real"

    @property
    def zh(self) -> str:
        return {
            "missed": "有未履行",
            "undecidable": "有无法判定",
            "demonstration": "演示",
            "real": "真实合同",
        }[self.value]


_HAS = {
    Has.MISSED: Q(missed__gt=0),
    Has.UNDECIDABLE: Q(not_decidable__gt=0) | Q(unknown__gt=0),
    Has.DEMONSTRATION: Q(demonstration=True),
    Has.REAL: Q(demonstration=False),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """所问: what the address of the page asks for."""

    sort: Sort = Sort.ID
    stage: Stage | None = None
    has: Has | None = None
    sought: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """合计: of every contract that is asked for, not only of the page. ``undecided`` contracts have a payable sum that nobody can tell."""

    contracts: int
    counts: tuple[Count, ...]
    soon: int
    price: Money
    paid: Money
    payable: Money
    undecided: int
    at_stake: Money
    undecidable: Money
    unknown: int


@dataclass(frozen=True, slots=True)
class Shown:
    """一份: a card, and whether it is what the contract says now: ``pending`` is behind its log, ``on`` is an earlier day."""

    card: ContractCard | BrokenCard
    pending: bool
    on: date | None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """合同一览的一页; ``mine`` are all contracts of the person, whatever is asked for."""

    asked: Asked
    shown: tuple[Shown, ...]
    after: str | None
    totals: Totals
    mine: int


def portfolio_of(
    account: Account,
    today: date,
    asked: Asked,
    *,
    after: str = "",
    limit: int | None = PAGE,
    pending: Collection[str] = (),
) -> Portfolio:
    """A page of a person's contracts as of today, with the totals of all that are asked for. Four reads, however many contracts."""
    mine = snapshots().filter(pk__in=held(account))
    found = mine.filter(_asked(asked, today))
    page = _ordered(found, asked.sort)
    if after:
        page = page.filter(_beyond(asked.sort, after))
    rows = [*(page if limit is None else page[: limit + 1])]
    more = limit is not None and len(rows) > limit
    shown = rows[:limit] if limit is not None else rows
    return Portfolio(
        asked=asked,
        shown=tuple(_shown(row, today, pending) for row in shown),
        after=_place(asked.sort, shown[-1]) if more else None,
        totals=_totals(found, today),
        mine=mine.count(),
    )


def _asked(asked: Asked, today: date) -> Q:
    wanted = Q()
    for word in asked.sought.split():
        wanted &= Q(sought__icontains=word)
    if asked.has is not None:
        wanted &= _HAS[asked.has]
    match asked.stage:
        case Stage.UNDATED:
            wanted &= Q(start=None) | Q(end=None)
        case Stage.BEFORE:
            wanted &= Q(start__gt=today)
        case Stage.RUNNING:
            wanted &= Q(start__lte=today, end__gte=today)
        case Stage.OVER:
            wanted &= Q(end__lt=today)
        case None:
            pass
    return wanted


# ── order and place ──────────────────────────────────────────────────────────────────────────────────────────────


def _ordered(found: QuerySet[Any], sort: Sort) -> QuerySet[Any]:
    if sort not in _ORDERS:
        return found.order_by("contract_id")
    column, greatest_first = _ORDERS[sort]
    by = F(column)
    first = by.desc(nulls_last=True) if greatest_first else by.asc(nulls_last=True)
    return found.order_by(first, "contract_id")


def _place(sort: Sort, row: Any) -> str:
    """Where the next page begins, as an address carries it: the value that is sorted by, and the contract."""
    if sort not in _ORDERS:
        return str(row.pk)
    value = getattr(row, _ORDERS[sort][0])
    return f"{'' if value is None else value}~{row.pk}"


def _beyond(sort: Sort, after: str) -> Q:
    """The rows after a place. A forged one begins at the beginning."""
    if sort not in _ORDERS:
        return Q(contract_id__gt=after)
    column, greatest_first = _ORDERS[sort]
    told, _, contract_id = after.partition("~")
    try:
        value = _value(column, told)
    except ValueError:
        return Q()
    if value is None:
        return Q(**{column: None}, contract_id__gt=contract_id)
    further = "lt" if greatest_first else "gt"
    return (
        Q(**{f"{column}__{further}": value})
        | Q(**{column: value}, contract_id__gt=contract_id)
        | Q(**{column: None})
    )


def _value(column: str, told: str) -> date | int | None:
    if not told:
        return None
    return date.fromisoformat(told) if column in ("next_due", "end") else int(told[:18])


# ── cards and totals ─────────────────────────────────────────────────────────────────────────────────────────────


def _shown(row: Any, today: date, pending: Collection[str]) -> Shown:
    on = row.as_of if row.as_of != today else None
    if row.card is None:
        broken = BrokenCard(row.pk, row.title, row.demonstration, unpacked_doubts(row.broken))
        return Shown(broken, row.pk in pending, on)
    card = unpacked(row.card)
    return Shown(card if on is None else _dated(card, row, today), row.pk in pending, on)


def _dated(card: ContractCard, row: Any, today: date) -> ContractCard:
    """A card of an earlier day with the dates of this one: where the term stands, and how many days are left."""
    return replace(
        card,
        term=term_of(row, today),
        coming=tuple(
            replace(one, left=(one.due - today).days) for one in card.coming if one.due >= today
        ),
    )


def _totals(found: QuerySet[Any], today: date) -> Totals:
    sums = found.order_by().aggregate(
        contracts=Number("pk"),
        undecided=Number("pk", filter=Q(payable_fen=None)),
        **{f"sum_{name}": Sum(name) for name in (*_MONEY, "unknown", *_MARK_COLUMNS)},
    )
    soon = open_obligations().filter(
        contract_id__in=found.order_by().values("pk"),
        verdict=Verdict.NOT_DUE.value,
        due__gte=today,
        due__lte=today + timedelta(days=SOON),
    )
    money = {name: Money(int(sums[f"sum_{name}"] or 0)) for name in _MONEY}
    return Totals(
        contracts=sums["contracts"],
        counts=_counts({name: int(sums[f"sum_{name}"] or 0) for name in _MARK_COLUMNS}),
        soon=soon.count(),
        price=money["price_fen"],
        paid=money["paid_fen"],
        payable=money["payable_fen"],
        undecided=sums["undecided"],
        at_stake=money["at_stake_fen"],
        undecidable=money["undecidable_fen"],
        unknown=int(sums["sum_unknown"] or 0),
    )


_MONEY: Sequence[str] = ("price_fen", "paid_fen", "payable_fen", "at_stake_fen", "undecidable_fen")
_MARK_COLUMNS: Sequence[str] = tuple(mark.key for mark in MARKS)


def _counts(numbers: Mapping[str, int]) -> tuple[Count, ...]:
    return tuple(Count(mark, numbers[mark.key]) for mark in MARKS if numbers[mark.key])
