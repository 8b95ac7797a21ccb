"""Reads: the statement of a contract on a day, and the frozen views that pages show.

A statement follows from release, log prefix, calendar and day alone, so it is kept in memory by just these. The memo
may be emptied at any time; a test reckons cold and compares.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from lvyue.contracts.choices import AmendmentState
from lvyue.contracts.models import Amendment
from lvyue.contracts.models import Contract as Entered
from lvyue.contracts.models import Release as Row
from lvyue.contracts.queries import (
    calendar_by_digest,
    chain,
    chains,
    contracts,
    in_force,
    paper_text,
    releases,
    versions,
)
from lvyue.core.calendar import Calendar, OutsideCalendar, StillPaused
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact, FactId
from lvyue.core.release import Release
from lvyue.core.statement import Statement, state
from lvyue.core.versions import Chain
from lvyue.evidence.merkle import EMPTY_ROOT
from lvyue.evidence.queries import checkpoints, logs, prefix
from lvyue.library.calendar_files import default_calendar
from lvyue.library.loader import load_text, structure
from lvyue.obligations.card import BrokenCard, ContractCard, card_of
from lvyue.obligations.marks import Count, added
from lvyue.obligations.memo import Memo
from lvyue.obligations.models import (
    DueEntry,
    Feed,
    Obligation,
    ReminderPause,
    ReminderPolicy,
    ReminderSent,
    Snapshot,
)
from lvyue.obligations.reason import TermReason, reason_of
from lvyue.obligations.screen import SOON, ContractScreen, Filter, Imprint, narrowed, screen_of
from lvyue.obligations.suppose import SUPPOSED, scratch


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
_calendars: Memo[str, Calendar] = Memo(8)
_cards: Memo[tuple[Basis, bool], ContractCard] = Memo(2048)
_screens: Memo[tuple[Basis, bool, str], ContractScreen] = Memo(32)


def forget() -> None:
    """Empty every memo; nothing but time is lost."""
    for memo in (_statements, _releases, _calendars, _cards, _screens):
        memo.clear()


@dataclass(frozen=True, slots=True)
class ContractPage:
    """合同列表的一页; ``after`` is where the next one begins, None on the last. ``soon`` falls due within a week."""

    cards: tuple[ContractCard | BrokenCard, ...]
    after: str | None
    counts: tuple[Count, ...]
    soon: int


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────


def statement_of(
    contract_id: str,
    as_of: date,
    size: int | None = None,
    *,
    release: str | None = None,
    calendar_digest: str | None = None,
) -> Statement:
    """The statement of a contract at the end of a day, on the first ``size`` facts of its log, or on all.

    The releases in force up to that day are used. ``release``: as the register stood when the release of that digest was
    the newest. ``calendar_digest``: with that calendar and not today's. So an address can be followed after later
    supplements and notices.

    ``UnknownContract`` if the register does not know the contract. ``Refused`` says what else stands in the way: a
    release or calendar that is not there or cannot be read, a log that is not what it was, a size that the log does
    not have.
    """
    return _statement(_registered(contract_id, release), as_of, size, calendar_digest)


def _registered(contract_id: str, release: str | None = None) -> list[Row]:
    """The chain of a contract, never empty."""
    rows = chain(contract_id, release)
    if rows:
        return rows
    if release is None or not chain(contract_id):
        raise UnknownContract(contract_id)
    says = f"没有登记过版本 {release[:12]}…。"
    raise Refused([malformed(f"合同 {contract_id}", says, "请核对地址中的合同版本。")])


def _statement(
    rows: Sequence[Row], as_of: date, size: int | None, calendar_digest: str | None = None
) -> Statement:
    contract_id: str = rows[0].contract_id
    used = in_force(rows, as_of)
    notices = _calendar(calendar_digest)
    found = None
    end = _end_of(contract_id, size)
    if end is None:  # no checkpoint tells the root of this size, so the facts themselves must
        found = prefix(contract_id, size)
        end = (found.size, found.root)
    upto, root = end

    def reckon() -> Statement:
        contract = _contract(used)
        facts = found.facts if found else prefix(contract_id, upto).facts if upto else []
        with reckoning(contract_id):
            return state(contract, facts, notices, as_of, size=upto, root=root)

    return _statements.get(Basis(_named(used), upto, root, notices.digest, as_of), reckon)


def _named(used: Sequence[Row]) -> str:
    """The releases in force as one text: a digest, and for each later one its digest and its day."""
    first, *later = used
    return "+".join([first.digest, *(f"{row.digest}@{row.effective_from}" for row in later)])


def _contract(rows: Sequence[Row]) -> Chain:
    """The chain of these rows, each release read once."""
    contract_id: str = rows[0].contract_id
    versions = tuple(
        (_releases.get(row.digest, partial(_read, contract_id, row.body)), row.effective_from)
        for row in rows
    )
    try:
        return Chain(versions)
    except ValueError as error:
        raise Refused(
            [malformed(f"合同 {contract_id}", f"{error}", "请核对登记的版本。")]
        ) from error


def release_in(row: Row) -> Release:
    """The release of a row of the register, read once; the body is asked for only when it is not known yet."""
    return _releases.get(row.digest, lambda: _read(row.contract_id, row.body))


def _calendar(digest: str | None) -> Calendar:
    today = calendar()
    if digest in (None, today.digest):
        return today
    return _calendars.get(str(digest), lambda: _old_calendar(str(digest)))


def _old_calendar(digest: str) -> Calendar:
    found = calendar_by_digest(digest)
    if found is None:
        says = "没有登记过这个日历版本。"
        raise Refused([malformed(f"日历 {digest[:12]}…", says, "请核对地址中的日历版本。")])
    return found


def _basis_of(statement: Statement) -> Basis:
    evaluation = statement.evaluation
    first, *later = evaluation.versions
    named = [first.release.digest, *(f"{one.release.digest}@{one.since}" for one in later)]
    return Basis(
        "+".join(named),
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


@contextmanager
def reckoning(contract_id: str) -> Iterator[None]:
    """What no calendar can count is refused with words, wherever in a view it comes to light."""
    try:
        yield
    except (OutsideCalendar, StillPaused) as error:
        mend = "请补充那一年的日历，或更正事实的日期。"
        raise Refused([malformed(f"合同 {contract_id}", str(error), mend)]) from error


def suppose(
    contract_id: str,
    as_of: date,
    *,
    size: int | None = None,
    facts: Sequence[Fact] = (),
    without: Collection[FactId] = (),
    raw: Mapping[str, Any] | None = None,
    from_day: date | None = None,
) -> Statement:
    """推演: the statement there would be with some facts more, some fewer, and ``raw`` as the next release from a day.

    Supposing nothing gives the statement itself. Nothing is saved, not even in memory, and the root of the log says
    that there is none. ``Refused`` where a fact or the release cannot be supposed.
    """
    rows = _registered(contract_id)
    given = _statement(rows, as_of, size)
    if not facts and not without and raw is None:
        return given
    upto = given.evaluation.book.size
    recorded = prefix(contract_id, upto).facts if upto else []
    supposed = scratch(recorded, facts, without)
    contract = _contract(in_force(rows, as_of))
    if raw is not None:
        before = [
            one for one in contract.versions if (one[1] or date.min) <= (from_day or date.min)
        ]
        contract = Chain((*(before or contract.versions[:1]), (structure(raw), from_day)))
    with reckoning(contract_id):
        return state(contract, supposed, calendar(), as_of, size=len(supposed), root=SUPPOSED)


def log_size(contract_id: str) -> int:
    """How many facts the log of a contract holds now."""
    return end_of(contract_id)[0]


def end_of(contract_id: str) -> tuple[int, str]:
    """How many facts the log of a contract holds now, and their root. One read."""
    last = checkpoints(contract_id).last()
    return (0, EMPTY_ROOT.hex()) if last is None else (last.size, last.root)


def judged_by(contract_id: str, as_of: date) -> tuple[str, Chain, Calendar]:
    """What a statement on a day is judged by besides the log: the releases in force, under one name for all of them, and
    today's calendar. One read where they are known already; ``UnknownContract`` and ``Refused`` as ``statement_of``.
    """
    rows = versions(contract_id)
    if not rows:
        raise UnknownContract(contract_id)
    used = in_force(rows, as_of)
    return _named(used), _contract(used), _calendar(None)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def contract_page(
    as_of: date, after: str = "", *, among: Collection[str] | QuerySet[Any] | None = None
) -> ContractPage:
    """One page of the register, by id; only those ``among``, where that is given. Three reads when every card is in memory, and a few more for each that is not."""
    found = contracts() if among is None else contracts().filter(pk__in=among)
    rows = list(found.filter(pk__gt=after)[: PAGE + 1])
    shown = rows[:PAGE]
    ids = [row.pk for row in shown]
    registered = chains(ids)
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
        if row.pk not in registered:
            doubt = malformed(f"合同 {row.pk}", "还没有登记合同版本。", "请先登记一份合同版本。")
            cards.append(BrokenCard(row.pk, row.title, row.demonstration, (doubt,)))
            continue
        basis = Basis(_named(in_force(registered[row.pk], as_of)), size, root, notices, as_of)
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
        with reckoning(contract_id):
            return _cards.get(
                (basis, demonstration),
                lambda: card_of(
                    statement_of(contract_id, basis.as_of), demonstration=demonstration
                ),
            )
    except Refused as refused:
        return BrokenCard(contract_id, title, demonstration, refused.doubts)


def contract_screen(
    contract_id: str, as_of: date, size: int | None = None, only: Filter | None = None
) -> ContractScreen:
    """The paper with its margin; ``only`` keeps the notes that a filter wants."""
    rows = _registered(contract_id)
    statement = _statement(rows, as_of, size)
    shown, paper = rows[0].contract.demonstration, paper_text(contract_id)

    def draw() -> ContractScreen:
        return screen_of(
            statement,
            demonstration=shown,
            imprint=Imprint(paper.name, paper.sha256, paper.ours) if paper else None,
            paragraphs=paper.paragraphs if paper else None,
        )

    with reckoning(contract_id):
        key = (_basis_of(statement), shown, paper.sha256 if paper else "")
        return narrowed(_screens.get(key, draw), only or Filter())


def term_reason(
    contract_id: str, term_id: str, as_of: date, size: int | None = None
) -> TermReason | None:
    """Why the findings of a term are what they are; None if the contract has no such term."""
    rows = _registered(contract_id)
    statement = _statement(rows, as_of, size)
    paper = paper_text(contract_id)
    with reckoning(contract_id):
        return reason_of(
            statement,
            term_id,
            demonstration=rows[0].contract.demonstration,
            paragraphs=paper.paragraphs if paper else None,
        )


def snapshots() -> QuerySet[Snapshot]:
    """The kept cards, by contract. Whoever shows one asks `behind` first."""
    return Snapshot.objects.order_by("contract_id")


def open_obligations() -> QuerySet[Obligation]:
    """The kept occurrences that are not yet done, nearest first."""
    return Obligation.objects.order_by("due", "id")


def standing() -> QuerySet[Entered]:
    """Every contract with what its findings follow from now: ``sequence`` and ``digest`` of its newest release, ``size`` and ``root`` of its log."""
    pk = cast("str", OuterRef("pk"))
    release = releases().filter(contract_id=pk).order_by("-sequence")
    end = checkpoints(pk).order_by("-size")
    return contracts().annotate(
        sequence=Coalesce(Subquery(release.values("sequence")[:1]), 0),
        digest=Coalesce(Subquery(release.values("digest")[:1]), Value("")),
        size=Coalesce(Subquery(end.values("size")[:1]), 0),
        root=Coalesce(Subquery(end.values("root")[:1]), Value(EMPTY_ROOT.hex())),
    )


def behind(found: QuerySet[Entered], today: date) -> QuerySet[Entered]:
    """Of contracts with their `standing` those whose kept rows follow from something else: another log or calendar, another release, one that has come into force since, or nothing yet."""
    since = releases().filter(
        contract_id=OuterRef("contract_id"),
        effective_from__gt=OuterRef("as_of"),
        effective_from__lte=today,
    )
    true = Snapshot.objects.filter(
        ~Exists(since),
        contract_id=OuterRef("pk"),
        release=OuterRef("digest"),
        size=OuterRef("size"),
        root=OuterRef("root"),
        calendar=calendar().digest,
    )
    return found.exclude(Exists(true))


def unsigned() -> QuerySet[Amendment]:
    """The amendments that wait for a signature, the oldest proposal first."""
    waiting = (AmendmentState.PROPOSED, AmendmentState.CONFIRMED_BY_ONE)
    return Amendment.objects.filter(state__in=waiting).order_by("proposed_at", "pk")


# ── reminders and calendars ──────────────────────────────────────────────────────────────────────────────────────


def due_entries() -> QuerySet[DueEntry]:
    """What reminders and calendars know of, nearest first."""
    return DueEntry.objects.order_by("until", "id")


def reminder_policies(contract_id: str) -> QuerySet[ReminderPolicy]:
    """The parameters of both sides of a contract, where a side has set any."""
    return ReminderPolicy.objects.filter(contract_id=contract_id).select_related("second")


def reminders_sent(contract_id: str) -> QuerySet[ReminderSent]:
    """What was told on a contract, the latest first."""
    found = ReminderSent.objects.filter(entry__contract_id=contract_id)
    return found.select_related("entry").order_by("-id")


def reminder_pauses(contract_id: str) -> QuerySet[ReminderPause]:
    """Who does not want to be reminded of what, and has not ended it."""
    return ReminderPause.objects.filter(contract_id=contract_id, ended_at__isnull=True)


def feeds() -> QuerySet[Feed]:
    """Every calendar feed that there ever was, the newest first."""
    return Feed.objects.select_related("account").order_by("-id")
