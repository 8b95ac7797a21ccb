"""Reads: the statement of a contract on a day, and the frozen views that pages show.

A statement follows from release, log prefix, calendar and day alone, so it is kept in memory by just these. The memo
may be emptied at any time; a test reckons cold and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, cast

from django.conf import settings
from django.db.models import OuterRef, Subquery

from lvyue.contracts.models import Release as Row
from lvyue.contracts.queries import contracts, latest_release, releases
from lvyue.core.calendar import Calendar, OutsideCalendar, StillPaused
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact
from lvyue.core.release import Release
from lvyue.core.statement import Statement, state
from lvyue.evidence.merkle import EMPTY_ROOT
from lvyue.evidence.queries import checkpoints, logs, prefix
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load_text
from lvyue.obligations.card import BrokenCard, ContractCard, card_of
from lvyue.obligations.marks import Count, Mark, added
from lvyue.obligations.memo import Memo
from lvyue.obligations.reason import TermReason, reason_of
from lvyue.obligations.screen import ContractScreen, screen_of
from lvyue.obligations.sheet import SettlementSheet, sheet_of


def calendar() -> Calendar:
    """The calendar that pages reckon with: the shipped notices and the operator's own files."""
    return default_calendar(None, settings.CALENDARS)


class UnknownContract(LookupError):
    """登记簿里没有: the register does not know the contract."""


#: So many contracts stand on one page of the list.
PAGE = 20


class Basis(NamedTuple):
    """依据: all that a statement follows from."""

    release: str
    size: int
    root: str
    calendar: str
    as_of: date


_statements: Memo[Basis, Statement] = Memo(64)
_releases: Memo[str, Release] = Memo(64)
_cards: Memo[tuple[Basis, bool], ContractCard] = Memo(2048)
_screens: Memo[tuple[Basis, bool, Mark | None], ContractScreen] = Memo(32)


def forget() -> None:
    """Empty every memo; nothing but time is lost."""
    for memo in (_statements, _releases, _cards, _screens):
        memo.clear()


@dataclass(frozen=True, slots=True)
class ContractPage:
    """合同列表的一页; ``after`` is where the next one begins, None on the last. ``soon`` falls due within a week."""

    cards: tuple[ContractCard | BrokenCard, ...]
    after: str | None
    counts: tuple[Count, ...]
    soon: int


#: What falls due within so many days is soon.
SOON = 7


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────


def statement_of(contract_id: str, as_of: date, size: int | None = None) -> Statement:
    """The statement of a contract at the end of a day, on the first ``size`` facts of its log, or on all.

    ``UnknownContract`` if the register does not know the contract. ``Refused`` says what else stands in the way: a
    release that cannot be read, a log that is not what it was, a size that the log does not have.
    """
    return _statement(_registered(contract_id), as_of, size)


def _registered(contract_id: str) -> Row:
    row = latest_release(contract_id)
    if row is None:
        raise UnknownContract(contract_id)
    return row


def _statement(row: Row, as_of: date, size: int | None) -> Statement:
    contract_id: str = row.contract_id
    found = None
    end = _end_of(contract_id, size)
    if end is None:  # no checkpoint tells the root of this size, so the facts themselves must
        found = prefix(contract_id, size)
        end = (found.size, found.root)
    upto, root = end

    def reckon() -> Statement:
        release = _releases.get(row.digest, lambda: _read(contract_id, row.body))
        facts = found.facts if found else prefix(contract_id, upto).facts if upto else []
        return _state(release, facts, as_of, upto, root)

    return _statements.get(Basis(row.digest, upto, root, calendar().digest, as_of), reckon)


def _basis_of(statement: Statement) -> Basis:
    evaluation = statement.evaluation
    return Basis(
        evaluation.release.digest,
        evaluation.book.size,
        statement.root,
        evaluation.calendar.digest,
        evaluation.as_of,
    )


def _end_of(contract_id: str, size: int | None) -> tuple[int, str] | None:
    """Size and root of a prefix where a checkpoint tells them; a contract without a log has an empty one."""
    found = checkpoints(contract_id)
    last = (found if size is None else found.filter(size=size)).last()
    if last is not None:
        return last.size, last.root
    if not found.exists() and size in (None, 0):
        return 0, EMPTY_ROOT.hex()
    return None


def _read(contract_id: str, body: str) -> Release:
    try:
        return load_text(body)
    except json.JSONDecodeError as error:
        says = f"登记的合同版本不是有效的 JSON：{error}。"
        raise Refused([malformed(f"合同 {contract_id}", says, "请重新登记这份合同。")]) from error


def _state(release: Release, facts: Sequence[Fact], as_of: date, size: int, root: str) -> Statement:
    with _reckoning(release.id):
        return state(release, facts, calendar(), as_of, size=size, root=root)


@contextmanager
def _reckoning(contract_id: str) -> Iterator[None]:
    """What no calendar can count is refused with words, wherever in a view it comes to light."""
    try:
        yield
    except (OutsideCalendar, StillPaused) as error:
        mend = "请补充那一年的日历，或更正事实的日期。"
        raise Refused([malformed(f"合同 {contract_id}", str(error), mend)]) from error


def log_size(contract_id: str) -> int:
    """How many facts the log of a contract holds now."""
    last = checkpoints(contract_id).last()
    return 0 if last is None else last.size


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def contract_page(as_of: date, after: str = "") -> ContractPage:
    """One page of the register, by id. Three reads when every card is in memory, and a few more for each that is not."""
    rows = list(contracts().filter(pk__gt=after)[: PAGE + 1])
    shown = rows[:PAGE]
    ids = [row.pk for row in shown]
    digests = {
        release.contract_id: release.digest
        for release in releases().filter(contract_id__in=ids).defer("body")
    }
    newest = checkpoints(cast("str", OuterRef("pk"))).order_by("-size")
    ends = {
        log.pk: (log.size, log.root)
        for log in logs()
        .filter(pk__in=ids)
        .annotate(
            size=Subquery(newest.values("size")[:1]), root=Subquery(newest.values("root")[:1])
        )
    }
    notices = calendar().digest
    cards: list[ContractCard | BrokenCard] = []
    for row in shown:
        size, root = ends.get(row.pk, (0, EMPTY_ROOT.hex()))
        if row.pk not in digests:
            doubt = malformed(f"合同 {row.pk}", "还没有登记合同版本。", "请先登记一份合同版本。")
            cards.append(BrokenCard(row.pk, row.title, row.demonstration, (doubt,)))
            continue
        basis = Basis(digests[row.pk], size, root, notices, as_of)
        cards.append(_card(row.pk, row.title, basis, demonstration=row.demonstration))
    good = [card for card in cards if isinstance(card, ContractCard)]
    return ContractPage(
        cards=tuple(cards),
        after=ids[-1] if len(rows) > PAGE else None,
        counts=added(card.counts for card in good),
        soon=sum(coming.left <= SOON for card in good for coming in card.coming),
    )


def _card(
    contract_id: str, title: str, basis: Basis, *, demonstration: bool
) -> ContractCard | BrokenCard:
    try:
        with _reckoning(contract_id):
            return _cards.get(
                (basis, demonstration),
                lambda: card_of(
                    statement_of(contract_id, basis.as_of), demonstration=demonstration
                ),
            )
    except Refused as refused:
        return BrokenCard(contract_id, title, demonstration, refused.doubts)


def contract_screen(
    contract_id: str, as_of: date, size: int | None = None, only: Mark | None = None
) -> ContractScreen:
    """The paper with its margin."""
    row = _registered(contract_id)
    statement = _statement(row, as_of, size)
    shown = row.contract.demonstration
    with _reckoning(contract_id):
        return _screens.get(
            (_basis_of(statement), shown, only),
            lambda: screen_of(statement, demonstration=shown, only=only),
        )


def term_reason(
    contract_id: str, term_id: str, as_of: date, size: int | None = None
) -> TermReason | None:
    """Why the findings of a term are what they are; None if the contract has no such term."""
    row = _registered(contract_id)
    statement = _statement(row, as_of, size)
    with _reckoning(contract_id):
        return reason_of(statement, term_id, demonstration=row.contract.demonstration)


def settlement_sheet(contract_id: str, as_of: date, size: int | None = None) -> SettlementSheet:
    """The settlement, with every ladder."""
    row = _registered(contract_id)
    statement = _statement(row, as_of, size)
    with _reckoning(contract_id):
        return sheet_of(statement, demonstration=row.contract.demonstration)
