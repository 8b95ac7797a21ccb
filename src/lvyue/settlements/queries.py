"""Reads: the settlement of a contract on a day, its statement of performance, and the statements that were issued."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from lvyue.accounts.queries import names_of
from lvyue.contracts.queries import contracts, latest_release, releases
from lvyue.core.doubts import Refused
from lvyue.core.statement import Statement
from lvyue.core.terms import Party
from lvyue.evidence.queries import checkpoints
from lvyue.obligations.difference import Difference, difference_of
from lvyue.obligations.queries import (
    UnknownContract,
    calendar,
    log_size,
    reckoning,
    statement_of,
)
from lvyue.settlements.choices import Side, StatementAct, StatementState
from lvyue.settlements.models import IssuedStatement, StatementStep
from lvyue.settlements.paper import StatementPaper, paper_of
from lvyue.settlements.sheet import SettlementSheet, sheet_of
from lvyue.settlements.signing import Signing

#: So many of the latest checkpoints are offered to choose from.
POINTS = 200

_CONFIRMING = (StatementAct.CONFIRM, StatementAct.COUNTERSIGN)


class Address(NamedTuple):
    """地址: all that a statement follows from; what is left out is the whole log, the chain and the calendar of today."""

    as_of: date
    size: int | None = None
    release: str = ""
    calendar: str = ""

    def __str__(self) -> str:
        """As it stands in the address of a comparison: ``2026-11-21@46@<release>@<calendar>``."""
        parts = [
            self.as_of.isoformat(),
            "" if self.size is None else str(self.size),
            self.release,
            self.calendar,
        ]
        return "@".join(parts).rstrip("@")


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """当时所知: a size that the log once had: since when, by whom, from what source."""

    size: int
    count: int
    at: datetime
    who: str
    source: str


@dataclass(frozen=True, slots=True)
class Again:
    """重算: an issued statement reckoned from its address; ``says`` what is wrong, or nothing."""

    statement: Statement | None
    says: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.says


@dataclass(frozen=True, slots=True)
class Since:
    """此后: what has come since a statement was reckoned."""

    facts: int
    release: bool
    calendar: bool

    @property
    def is_any(self) -> bool:
        return bool(self.facts or self.release or self.calendar)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """确认: whether a side has given its word on an issued statement: who, and when; ``at`` is None where it has not."""

    side: str
    name: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Latest:
    """最近出具的: an issued statement with how both sides stand to it."""

    row: IssuedStatement
    confirmations: tuple[Confirmation, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """打开的结算书: the row, its paper reckoned again, what was done on it, and what has come since."""

    row: IssuedStatement
    issued_by: str
    again: Again
    paper: StatementPaper | None
    steps: tuple[StatementStep, ...]
    since: Since
    restated_by: IssuedStatement | None
    signing: Signing


# ── sheets and papers ────────────────────────────────────────────────────────────────────────────────────────────


def settlement_sheet(contract_id: str, as_of: date, size: int | None = None) -> SettlementSheet:
    """The settlement, with every ladder."""
    statement = statement_of(contract_id, as_of, size)
    with reckoning(contract_id):
        return sheet_of(statement, demonstration=is_demonstration(contract_id))


def title_of(contract_id: str) -> str:
    """What a contract is called."""
    return contracts().filter(pk=contract_id).values_list("title", flat=True).first() or contract_id


def is_demonstration(contract_id: str) -> bool:
    """Whether the records of a contract are invented to be shown."""
    return contracts().filter(pk=contract_id, demonstration=True).exists()


def statement_at(contract_id: str, address: Address) -> Statement:
    """The statement at an address; digests may be cut short as long as they mean one thing."""
    return statement_of(
        contract_id,
        address.as_of,
        address.size,
        release=_whole_release(contract_id, address.release) or None,
        calendar_digest=_whole_calendar(address.calendar) or None,
    )


def _whole_release(contract_id: str, begins: str) -> str:
    found = releases().filter(contract_id=contract_id, digest__startswith=begins)
    known = list(found.values_list("digest", flat=True)) if begins else []
    return known[0] if len(known) == 1 else begins


def _whole_calendar(begins: str) -> str:
    today = calendar().digest
    return today if begins and today.startswith(begins) else begins


def newest_release(contract_id: str) -> str:
    """The release that was registered last: with it an address names the register as it stands."""
    row = latest_release(contract_id)
    if row is None:
        raise UnknownContract(contract_id)
    return row.digest


def statement_paper(contract_id: str, address: Address) -> StatementPaper:
    """履约情况表: the statement at an address, for people and for paper."""
    return _paper(statement_at(contract_id, address))


def whole_address(contract_id: str, address: Address) -> Address:
    """The same address with nothing left to the day on which it is opened."""
    return Address(
        address.as_of,
        log_size(contract_id) if address.size is None else address.size,
        _whole_release(contract_id, address.release) or newest_release(contract_id),
        _whole_calendar(address.calendar) or calendar().digest,
    )


def _paper(statement: Statement) -> StatementPaper:
    contract_id = statement.evaluation.release.id
    size = statement.evaluation.book.size
    point = checkpoints(contract_id).filter(size__gte=size).first()
    with reckoning(contract_id):
        return paper_of(
            statement,
            demonstration=is_demonstration(contract_id),
            known_at=None if point is None else point.recorded_at,
        )


def known_points(contract_id: str) -> tuple[KnownPoint, ...]:
    """The latest checkpoints of a log, newest first, with the names of those who recorded; two reads."""
    found = list(checkpoints(contract_id).order_by("-size")[:POINTS])
    names = names_of({point.recorded_by for point in found})
    return tuple(
        KnownPoint(
            point.size,
            point.count,
            point.recorded_at,
            names.get(point.recorded_by, point.recorded_by),
            point.source,
        )
        for point in found
    )


def compared(contract_id: str, before: Address, after: Address) -> Difference:
    """What differs between two addresses of one contract."""
    return difference_of(statement_at(contract_id, before), statement_at(contract_id, after))


# ── issued statements ────────────────────────────────────────────────────────────────────────────────────────────


def issued(contract_id: str) -> QuerySet[IssuedStatement]:
    """The issued statements of a contract, newest first."""
    found = IssuedStatement.objects.filter(contract_id=contract_id)
    return found.select_related("restates").order_by("-number")


def states_of(contract_ids: Collection[str]) -> list[tuple[str, int, str]]:
    """Contract, number and state of every issued statement. One read."""
    found = IssuedStatement.objects.filter(contract_id__in=contract_ids).order_by("pk")
    return list(found.values_list("contract_id", "number", "state"))


def latest_issued(contract_id: str, number: int = 3) -> tuple[Latest, ...]:
    """The newest issued statements with the word of both sides. Two reads, or one where there are none."""
    rows = issued(contract_id).prefetch_related("steps")[:number]
    return tuple(Latest(row, tuple(_confirmation(row, side) for side in Side)) for row in rows)


def _confirmation(row: IssuedStatement, side: Side) -> Confirmation:
    for step in row.steps.all():
        if step.side == side and step.act in _CONFIRMING:
            return Confirmation(side.label, step.name, step.at)
    return Confirmation(side.label)


def issued_statement(contract_id: str, number: int) -> IssuedStatement | None:
    """One issued statement, or None where there is none of this number."""
    return issued(contract_id).filter(number=number).first()


def address_of(row: IssuedStatement) -> Address:
    return Address(row.as_of, row.size, row.release, row.calendar)


def reckoned_again(row: IssuedStatement) -> Again:
    """核对: the statement from its address; it must come to the very hash under which it was issued."""
    try:
        statement = statement_at(row.contract_id, address_of(row))
    except Refused as refused:
        doubts = "；".join(doubt.says for doubt in refused.doubts)
        return Again(None, f"按它的地址已经算不出来：{doubts}")
    found = statement.as_json()["hash"]
    if found == row.hash and statement.root == row.root:
        return Again(statement)
    says = f"按它的地址重算，散列是 {found}，与出具时的 {row.hash} 不同：依据被改动过。"
    return Again(statement, says)


def opened(row: IssuedStatement) -> Opened:
    """An issued statement as its page shows it."""
    again = reckoned_again(row)
    return Opened(
        row=row,
        issued_by=names_of({row.issued_by}).get(row.issued_by, row.issued_by),
        again=again,
        paper=None if again.statement is None else _paper(again.statement),
        steps=tuple(row.steps.order_by("id")),
        since=since(row, again),
        restated_by=restatement_of(row),
        signing=signing_of(row),
    )


def since(row: IssuedStatement, again: Again) -> Since:
    """What has come since: facts, another chain of releases in force on its day, another calendar."""
    now = statement_of(row.contract_id, row.as_of)
    return Since(
        facts=log_size(row.contract_id) - row.size,
        release=again.statement is None or _chain(now) != _chain(again.statement),
        calendar=calendar().digest != row.calendar,
    )


def _chain(statement: Statement) -> list[tuple[str, date | None]]:
    return [(one.release.digest, one.since) for one in statement.evaluation.versions]


def signing_of(row: IssuedStatement) -> Signing:
    """How far its signing has come. Two reads."""
    given = list(row.steps.filter(act__in=_CONFIRMING).values_list("side", "by"))
    live = restatement_of(row)
    return Signing(
        number=row.number,
        state=row.state,
        issued_for=Party(row.issued_for),
        confirmed=frozenset(Party(side) for side, _ in given),
        confirmed_by=frozenset(who for _, who in given),
        restated_by=None if live is None else live.number,
    )


def restatement_of(row: IssuedStatement) -> IssuedStatement | None:
    """What replaces or is to replace a statement; one that was taken back does not count."""
    return row.restatements.exclude(state=StatementState.WITHDRAWN).first()


def difference_since(row: IssuedStatement) -> tuple[Difference, Since] | None:
    """The restatement that there would be, and what calls for it; None where the statement cannot be reckoned any more."""
    again = reckoned_again(row)
    if again.statement is None:
        return None
    now = statement_of(row.contract_id, row.as_of)
    return difference_of(again.statement, now), since(row, again)


__all__ = [
    "Address",
    "Again",
    "Confirmation",
    "IssuedStatement",  # the type of a row, for those who may not open the table
    "KnownPoint",
    "Latest",
    "Opened",
    "Since",
    "address_of",
    "compared",
    "difference_since",
    "is_demonstration",
    "issued",
    "issued_statement",
    "known_points",
    "latest_issued",
    "newest_release",
    "opened",
    "reckoned_again",
    "restatement_of",
    "settlement_sheet",
    "signing_of",
    "since",
    "statement_at",
    "statement_paper",
    "title_of",
    "whole_address",
]
