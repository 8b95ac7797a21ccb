"""更新快照: the rows of lists are reckoned anew. They are a copy: whatever goes wrong here, no answer is lost or wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from lvyue import clock
from lvyue.accounts.choices import ContractRole
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.findings import Finding
from lvyue.core.instalments import PaymentState
from lvyue.core.money import Money
from lvyue.core.statement import Statement
from lvyue.obligations.actions.announcing import announce
from lvyue.obligations.actions.keeping import keep
from lvyue.obligations.agenda import Turn, agenda_of
from lvyue.obligations.card import ContractCard, card_of, open_most
from lvyue.obligations.entries import Entries, entries_of
from lvyue.obligations.marks import MARKS
from lvyue.obligations.models import Obligation, Snapshot
from lvyue.obligations.packing import packed, packed_doubts
from lvyue.obligations.queries import (
    UnknownContract,
    behind,
    calendar,
    forget,
    snapshots,
    standing,
    statement_of,
)

log = logging.getLogger(__name__)

#: What is told of a contract before anybody has registered its text.
_NO_RELEASE = ("还没有登记合同版本。", "请先登记一份合同版本。")


def refresh(contract_id: str) -> None:
    """更新快照: judge a contract as of today and put its rows in the place of the old ones, all or none.

    Two may do so at once: what was reckoned from a shorter log or an older release never replaces what was reckoned from more.
    """
    snapshot, obligations, told = _reckoned(_present(contract_id))
    with transaction.atomic():
        contracts().select_for_update().get(pk=contract_id)  # two take turns from here on
        kept = snapshots().filter(pk=contract_id).first()
        if kept is not None and _knows_more(kept, snapshot):
            return
        snapshot.save(force_update=kept is not None, force_insert=kept is None)
        Obligation.objects.filter(contract_id=contract_id).delete()
        _insert(obligations)
        if told is not None:
            now = clock.now()
            keep(snapshot, told.entries, now)
            announce(snapshot, told.findings, now)


def refreshed(among: QuerySet[Any] | None = None) -> Iterator[str]:
    """逐份更新: the stale ones as they are done, first those whose basis has changed, then those of another day."""
    return (contract_id for contract_id in _stale(among) if _tried(contract_id))


def refresh_stale(limit: int | None = None, *, among: QuerySet[Any] | None = None) -> int:
    """更新过期快照: so many at most. How many were done."""
    return sum(1 for _ in islice(refreshed(among), limit))


def catch_up(among: QuerySet[Any], limit: int) -> frozenset[str]:
    """补齐快照: before a page is shown, those whose basis has changed, so many at most. The ids of those that are still behind."""
    changed = [*behind(standing().filter(pk__in=among), clock.today()).values_list("pk", flat=True)]
    done = {contract_id for contract_id in changed[:limit] if _tried(contract_id)}
    return frozenset(changed) - done


def _tried(contract_id: str) -> bool:
    """Whether it could be refreshed. A reason that nobody foresaw is told to the operator, and the rows stay behind."""
    try:
        refresh(contract_id)
    except Exception:
        log.exception("合同 %s 的快照没有更新", contract_id)
        return False
    return True


def refresh_all() -> int:
    """全部更新: every contract of the register, whether it needs it or not."""
    ids = [*contracts().values_list("pk", flat=True)]
    for contract_id in ids:
        refresh(contract_id)
    return len(ids)


def check(contract_id: str) -> tuple[str, ...]:
    """核对快照: what the kept rows say otherwise than judging anew, from nothing. Empty is the good answer; changes nothing."""
    kept = snapshots().filter(pk=contract_id).first()
    if kept is None:
        return ("没有快照",)
    if behind(standing().filter(pk=contract_id), clock.today()).exists():
        return ("依据已变，待更新",)
    forget()
    snapshot, obligations, _ = _reckoned(_present(contract_id), on=kept.as_of)
    wrong = [
        str(field.verbose_name)
        for field in Snapshot._meta.concrete_fields  # noqa: SLF001  Django's documented door
        if field.name != "computed_at" and _value(kept, field.name) != _value(snapshot, field.name)
    ]
    there = Obligation.objects.filter(contract_id=contract_id)
    if [*map(_told, there.order_by("id"))] != [*map(_told, obligations)]:
        wrong.append("到期的义务")
    return tuple(wrong)


def _stale(among: QuerySet[Any] | None) -> Iterator[str]:
    found = standing() if among is None else standing().filter(pk__in=among)
    changed = [*behind(found, clock.today()).values_list("pk", flat=True)]
    yield from changed
    aged = snapshots().exclude(as_of=clock.today())
    if among is not None:
        aged = aged.filter(pk__in=among)
    yield from [pk for pk in aged.values_list("pk", flat=True) if pk not in {*changed}]


def _present(contract_id: str) -> Any:
    row = standing().filter(pk=contract_id).first()
    if row is None:
        raise UnknownContract(contract_id)
    return row


def _knows_more(kept: Snapshot, new: Snapshot) -> bool:
    """Whether the kept rows rest on all that the new ones do and on more."""
    there = (kept.sequence, kept.size, kept.as_of.toordinal())
    here = (new.sequence, new.size, new.as_of.toordinal())
    return there != here and all(old >= young for old, young in zip(there, here, strict=True))


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Told:
    """What reminders and subscribers follow from."""

    entries: Entries
    findings: Sequence[Finding]


def _reckoned(row: Any, on: date | None = None) -> tuple[Snapshot, list[Obligation], _Told | None]:
    """The rows of a contract, and what people and programs are told of it: None where nothing can be said, so that nobody is told that anything has gone. The statement is judged after the register was read, so it can only know more than it says."""
    today = on or clock.today()
    snapshot = Snapshot(
        contract_id=row.pk,
        sequence=row.sequence,
        release=row.digest,
        size=row.size,
        root=row.root,
        calendar=calendar().digest,
        as_of=today,
        computed_at=clock.now(),
        title=row.title,
        sought=f"{row.title} {row.pk}",
        demonstration=row.demonstration,
        price_fen=0,
        paid_fen=0,
        at_stake_fen=0,
        undecidable_fen=0,
        unknown=0,
        **{mark.key: 0 for mark in MARKS},
    )
    if not row.digest:
        return _broken(snapshot, (malformed(f"合同 {row.pk}", *_NO_RELEASE),)), [], None
    try:
        statement = statement_of(row.pk, today)
        card = card_of(statement, demonstration=row.demonstration)
        turns = agenda_of(statement)
        told = _Told(entries_of(statement), statement.evaluation.findings)
    except Refused as refused:
        return _broken(snapshot, refused.doubts), [], None
    obligations = [_row(row, card, turn) for turn in turns]
    return _filled(snapshot, statement, card), obligations, told


def _broken(snapshot: Snapshot, doubts: tuple[Doubt, ...]) -> Snapshot:
    snapshot.broken = packed_doubts(doubts)
    return snapshot


def _filled(snapshot: Snapshot, statement: Statement, card: ContractCard) -> Snapshot:
    purse = card.purse
    snapshot.size, snapshot.root = statement.evaluation.book.size, statement.root
    snapshot.title = card.title
    told = (card.title, card.id, card.number or "", *(side.name for side in card.sides))
    snapshot.sought = " ".join(told)
    snapshot.start, snapshot.end = card.term.start, card.term.end
    snapshot.next_due = min((coming.due for coming in card.coming), default=None)
    snapshot.price_fen, snapshot.paid_fen = purse.price.fen, purse.paid.fen
    snapshot.payable_fen = None if purse.payable is None else purse.payable.fen
    snapshot.at_stake_fen, snapshot.undecidable_fen = purse.at_stake.fen, purse.undecidable.fen
    snapshot.unknown = purse.unknown
    for count in card.counts:
        setattr(snapshot, count.mark.key, count.number)
    snapshot.card = packed(card)
    snapshot.stuck = _stuck(statement)
    return snapshot


def _stuck(statement: Statement) -> list[dict[str, Any]]:
    """The instalments that no rule decides: what each could come to at most, and why it stops."""
    return [
        {
            "instalment": one.term.instalment,
            "term": one.term.id,
            "clause": str(one.term.clauses[0]),
            "says": one.term.says,
            "because": one.because,
            "most_fen": _fen(open_most(one)),
        }
        for one in statement.settlement.instalments
        if one.state is PaymentState.NOT_DECIDABLE
    ]


def _row(row: Any, card: ContractCard, turn: Turn) -> Obligation:
    return Obligation(
        contract_id=row.pk,
        title=card.title,
        term=turn.term,
        occurrence=turn.occurrence,
        clause=turn.clause,
        says=turn.says,
        debtor=turn.debtor.value,
        verdict=turn.verdict.value,
        due=turn.due,
        until=turn.until,
        strict=turn.strict,
        opens=turn.opens,
        unit=turn.clock.value,
        provisional=turn.provisional,
        fen=_fen(turn.money),
        kind=turn.kind,
        subject=turn.subject,
        for_buyer=ContractRole.BUYER in turn.roles,
        for_department=ContractRole.USING_DEPARTMENT in turn.roles,
        for_manager=ContractRole.SUPPLIER_MANAGER in turn.roles,
        for_engineer=ContractRole.ENGINEER in turn.roles,
        leads=turn.leads,
        others=turn.others,
    )


def _fen(money: Money | None) -> int | None:
    return None if money is None else money.fen


_COLUMNS = [field for field in Obligation._meta.concrete_fields if not field.primary_key]  # noqa: SLF001  Django's documented door
_INSERT = (
    f"INSERT INTO {Obligation._meta.db_table} "  # noqa: SLF001, S608  names of our own columns
    f"({', '.join(str(field.column) for field in _COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
)


def _insert(obligations: list[Obligation]) -> None:
    """bulk_create would do, but takes ten times as long, and a night has a thousand contracts."""
    rows = [tuple(map(_adapted, _told(one))) for one in obligations]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, rows)


def _adapted(value: Any) -> Any:
    """A day or a moment as this database takes it; all else is taken as it is."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _value(row: Snapshot | Obligation, name: str) -> Any:
    return getattr(row, name)


def _told(row: Obligation) -> tuple[Any, ...]:
    return tuple(_value(row, field.name) for field in _COLUMNS)
