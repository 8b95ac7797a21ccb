"""今日: what is overdue, what is due today and in the next seven working days, over all contracts of one person.

Which column a row stands in follows from its last moment and the present one, asked of the database, so that dates are
true even when a night went by without anything being reckoned anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.queries import Account
from lvyue.core.calendar import SHANGHAI, Calendar, OutsideCalendar
from lvyue.core.money import Money
from lvyue.core.obligation import Verdict
from lvyue.core.terms import Party
from lvyue.obligations.agenda import Clock, end_of
from lvyue.obligations.queries import calendar, open_obligations, snapshots, unsigned

#: So many rows stand in a column before the rest is only counted, and so many on a page of one column.
SHOWN = 12
PAGE = 50

#: So many working days lie ahead on the page.
AHEAD = 7

#: So many contracts whose money is stuck are shown.
STUCK = 5

#: So many amendments that wait for a signature are shown; who signs them sees the next.
TO_SIGN = 10

#: So many rows come from the database at a time.
AT_ONCE = 2000

#: From so many hours on days are told as well.
_LONG = 72

_PLACE = "%Y%m%d%H%M%S%f"

_TURN = (Verdict.NOT_DUE.value, Verdict.MISSED.value)
_BUYERS = (ContractRole.BUYER, ContractRole.USING_DEPARTMENT)
_SUPPLIERS = (ContractRole.SUPPLIER_MANAGER, ContractRole.ENGINEER)
_FLAGS = {
    ContractRole.BUYER: "for_buyer",
    ContractRole.USING_DEPARTMENT: "for_department",
    ContractRole.SUPPLIER_MANAGER: "for_manager",
    ContractRole.ENGINEER: "for_engineer",
}


class Whose(StrEnum):
    """该谁办: the filter of the page, by the value in its address."""

    ALL = "all"
    MINE = "mine"
    OURS = "ours"
    THEIRS = "theirs"

    @property
    def zh(self) -> str:
        return {"all": "全部", "mine": "该我办", "ours": "本方", "theirs": "对方"}[self.value]


class Band(StrEnum):
    """栏: where a row stands by its last moment."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"

    @property
    def zh(self) -> str:
        return {"overdue": "逾期", "today": "今天", "soon": f"此后 {AHEAD} 个工作日"}[self.value]

    @property
    def en(self) -> str:
        return {"overdue": "Overdue", "today": "Today", "soon": f"Next {AHEAD} working days"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Item:
    """一项: what, which clause, whose turn, how long; ``asked`` is the query of the form that records it, empty where this person may not.

    ``rolled`` is the strict date where the law moved it on; ``others`` counts more missed rounds; ``pending`` says that the
    contract knows more than this row.
    """

    id: int
    band: Band
    contract: str
    title: str
    term: str
    says: str
    occurrence: str
    clause: str
    debtor: str
    due: date
    at: datetime | None
    rolled: date | None
    provisional: bool
    money: Money | None
    left: str
    asked: str
    others: int
    pending: bool


@dataclass(frozen=True, slots=True)
class Column:
    """一栏: its first rows, how many there are, and where the next page begins (None where this is all)."""

    band: Band
    items: tuple[Item, ...]
    number: int
    after: str | None

    @property
    def more(self) -> int:
        return self.number - len(self.items)


@dataclass(frozen=True, slots=True)
class StuckInstalment:
    """卡住的一期: an instalment that no rule decides, at most so much."""

    instalment: int
    term: str
    clause: str
    because: str
    most: Money | None


@dataclass(frozen=True, slots=True)
class StuckMoney:
    """卡住的钱: a contract of which a part of the price cannot be decided."""

    contract: str
    title: str
    instalments: tuple[StuckInstalment, ...]


@dataclass(frozen=True, slots=True)
class ToSign:
    """待签署: an amendment that this person may sign for a side that has not signed yet."""

    contract: str
    number: int
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Today:
    """今日: ``to_sign`` waits for this very person; ``contracts`` are all that the person has a part in; ``pending`` of them know more than is shown, ``aged`` were reckoned on another day."""

    now: datetime
    until: date
    whose: Whose
    sought: str
    columns: tuple[Column, ...]
    to_sign: tuple[ToSign, ...]
    stuck: tuple[StuckMoney, ...]
    stuck_number: int
    contracts: int
    pending: int
    aged: int


def held(account: Account, *roles: ContractRole) -> QuerySet[Any]:
    """The ids of the contracts on which a person holds a role (of these) now, to be asked for inside another question."""
    found = account.appointments.filter(until__isnull=True)
    return (found.filter(role__in=roles) if roles else found).values("contract_id")


def any_demonstration(account: Account) -> bool:
    """Whether any contract of a person holds records that were invented to be shown."""
    return snapshots().filter(pk__in=held(account), demonstration=True).exists()


def sought_among(account: Account, sought: str) -> QuerySet[Any]:
    """The ids of a person's contracts whose title, number or parties say all that is sought."""
    found = snapshots().filter(pk__in=held(account))
    for word in sought.split():
        found = found.filter(sought__icontains=word)
    return found.values("pk")


def today_of(
    account: Account,
    now: datetime,
    *,
    whose: Whose = Whose.ALL,
    sought: str = "",
    only: Band | None = None,
    after: str = "",
    pending: Collection[str] = (),
) -> Today:
    """The page of one person: all columns, or a page of one. So many reads, however many contracts."""
    reading = _Reading(now, calendar(), pending)
    mine = held(account)
    rows = _rows(account, whose, sought)
    bands = reading.bands()
    numbers = rows.filter(until__lte=end_of(reading.last)).aggregate(
        **{band.value: Count("pk", filter=where) for band, where in bands.items()}
    )
    found = {
        band: reading.rows(band, rows.filter(where), paged=bool(only), after=after)
        for band, where in bands.items()
        if only in (None, band)
    }
    reading.flags = _flags(account, {row.contract_id for some in found.values() for row in some})
    columns = [
        reading.column(band, some, numbers[band.value], paged=bool(only))
        for band, some in found.items()
    ]
    about = snapshots().filter(pk__in=mine)
    is_stuck = Q(unknown__gt=0) | Q(undecidable_fen__gt=0)
    told = about.aggregate(
        aged=Count("pk", filter=~Q(as_of=reading.today)),
        stuck=Count("pk", filter=is_stuck),
    )
    stuck = about.filter(is_stuck).order_by("-undecidable_fen", "pk")[:STUCK] if not only else ()
    return Today(
        now=now,
        until=reading.last,
        whose=whose,
        sought=sought,
        columns=tuple(columns),
        to_sign=_to_sign(account) if not only else (),
        stuck=tuple(_stuck(one) for one in stuck),
        stuck_number=told["stuck"],
        contracts=mine.distinct().count(),
        pending=len(pending),
        aged=told["aged"],
    )


def every_item(
    account: Account,
    now: datetime,
    *,
    whose: Whose = Whose.ALL,
    sought: str = "",
    only: Band | None = None,
    pending: Collection[str] = (),
) -> Iterator[Item]:
    """Every row that the page counts, in the order of its columns, for a file."""
    reading = _Reading(now, calendar(), pending)
    reading.flags = _flags(account)
    rows = _rows(account, whose, sought)
    for band, where in reading.bands().items():
        if only in (None, band):
            for row in _sorted(band, rows.filter(where)).iterator(chunk_size=AT_ONCE):
                yield reading.item(row, band)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(account: Account, whose: Whose, sought: str) -> QuerySet[Any]:
    rows = open_obligations().filter(leads=True, verdict__in=_TURN, contract_id__in=held(account))
    match whose:
        case Whose.MINE:
            rows = rows.filter(_recordable(account))
        case Whose.OURS:
            rows = rows.filter(_side(account, _BUYERS, _SUPPLIERS))
        case Whose.THEIRS:
            rows = rows.filter(_side(account, _SUPPLIERS, _BUYERS))
        case Whose.ALL:
            pass
    if sought:
        rows = rows.filter(contract_id__in=sought_among(account, sought))
    return rows


def _recordable(account: Account) -> Q:
    """What a person's own roles may put on record; `accounts.permissions` said so when the row was written."""
    found = Q(pk__in=())
    for role, flag in _FLAGS.items():
        found |= Q(**{flag: True}, contract_id__in=held(account, role))
    return found


def _side(
    account: Account, buyers: tuple[ContractRole, ...], suppliers: tuple[ContractRole, ...]
) -> Q:
    """What these roles of a person say of the buyer's turns and those of the supplier's; what both owe is everybody's."""
    buyer, supplier, both = (party.value for party in (Party.BUYER, Party.SUPPLIER, Party.BOTH))
    anybody = held(account, *buyers, *suppliers)
    return (
        Q(debtor=buyer, contract_id__in=held(account, *buyers))
        | Q(debtor=supplier, contract_id__in=held(account, *suppliers))
        | Q(debtor=both, contract_id__in=anybody)
    )


def _sorted(band: Band, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Nearest first; of what is overdue the latest first, because it can still be mended."""
    return rows.order_by("-until", "-id") if band is Band.OVERDUE else rows.order_by("until", "id")


def _flags(account: Account, among: Collection[str] | None = None) -> Mapping[str, frozenset[str]]:
    """Which columns of a row say that this person may record it, by contract: one read for all rows of a page."""
    found = account.appointments.filter(until__isnull=True, role__in=_FLAGS)
    if among is not None:
        found = found.filter(contract_id__in=among)
    flags: dict[str, set[str]] = {}
    for contract_id, role in found.values_list("contract_id", "role"):
        flags.setdefault(contract_id, set()).add(_FLAGS[ContractRole(role)])
    return {contract_id: frozenset(names) for contract_id, names in flags.items()}


class _Reading:
    """One person's look at the rows at one moment; ``flags`` say what the person may record."""

    def __init__(self, now: datetime, days: Calendar, pending: Collection[str]) -> None:
        self.now, self.days, self.pending = now, days, pending
        self.today = now.astimezone(SHANGHAI).date()
        self.last = days.add_working_days(self.today, AHEAD)
        self.flags: Mapping[str, frozenset[str]] = {}

    def bands(self) -> dict[Band, Q]:
        midnight = end_of(self.today)
        return {
            Band.OVERDUE: Q(until__lt=self.now),
            Band.TODAY: Q(until__gte=self.now, until__lte=midnight),
            Band.SOON: Q(until__gt=midnight, until__lte=end_of(self.last)),
        }

    def rows(self, band: Band, rows: QuerySet[Any], *, paged: bool, after: str) -> list[Any]:
        """The rows of a column or of a page of it, and one more where there are more."""
        found = _sorted(band, rows)
        if paged and (place := _place(after)) is not None:
            found = found.filter(_beyond(band, *place))
        return [*found[: (PAGE if paged else SHOWN) + 1]]

    def column(self, band: Band, rows: Sequence[Any], number: int, *, paged: bool) -> Column:
        limit = PAGE if paged else SHOWN
        last = rows[limit - 1] if len(rows) > limit else None
        return Column(
            band=band,
            items=tuple(self.item(row, band) for row in rows[:limit]),
            number=number,
            after=None if last is None else _named(last.until, last.id),
        )

    def item(self, row: Any, band: Band) -> Item:
        asked = {"kind": row.kind, "term": row.term, "subject": row.subject}
        may = any(getattr(row, flag) for flag in self.flags.get(row.contract_id, ()))
        return Item(
            id=row.id,
            band=band,
            contract=row.contract_id,
            title=row.title,
            term=row.term,
            says=row.says,
            occurrence=row.occurrence,
            clause=row.clause,
            debtor=Party(row.debtor).zh,
            due=row.due,
            at=row.until.astimezone(SHANGHAI) if row.unit == Clock.HOURS else None,
            rolled=row.strict if row.strict != row.due else None,
            provisional=row.provisional,
            money=None if row.fen is None else Money(row.fen),
            left=time_left(row.due, row.until, Clock(row.unit), self.now, self.days),
            asked=urlencode({name: value for name, value in asked.items() if value}) if may else "",
            others=row.others,
            pending=row.contract_id in self.pending,
        )


def _beyond(band: Band, moment: datetime, row: int) -> Q:
    if band is Band.OVERDUE:
        return Q(until__lt=moment) | Q(until=moment, id__lt=row)
    return Q(until__gt=moment) | Q(until=moment, id__gt=row)


def _named(until: datetime, row: int) -> str:
    """The place of a row as an address carries it."""
    return f"{until.astimezone(UTC):{_PLACE}}-{row}"


def _place(after: str) -> tuple[datetime, int] | None:
    """The place that an address names, or None: a forged one begins at the beginning."""
    moment, _, row = after.partition("-")
    try:
        return datetime.strptime(moment, _PLACE).replace(tzinfo=UTC), int(row[:18])
    except ValueError:
        return None


def _to_sign(account: Account) -> tuple[ToSign, ...]:
    buyer, manager = ContractRole.BUYER, ContractRole.SUPPLIER_MANAGER
    mine = Q(buyer_at=None, contract_id__in=held(account, buyer)) | Q(
        supplier_at=None, contract_id__in=held(account, manager)
    )
    rows = unsigned().filter(mine).select_related("contract")[:TO_SIGN]
    return tuple(ToSign(row.contract_id, row.number, row.name, row.contract.title) for row in rows)


def _stuck(row: Any) -> StuckMoney:
    return StuckMoney(
        contract=row.pk,
        title=row.title,
        instalments=tuple(
            StuckInstalment(
                instalment=one["instalment"],
                term=one["term"],
                clause=one["clause"],
                because=one["because"],
                most=None if one["most_fen"] is None else Money(one["most_fen"]),
            )
            for one in row.stuck
        ),
    )


# ── the clock that matters ───────────────────────────────────────────────────────────────────────────────────────


def time_left(due: date, until: datetime, unit: Clock, now: datetime, days: Calendar) -> str:
    """What is left, or by how much it is over, as the contract counts it: hours by the minute, working days by the calendar."""
    today = now.astimezone(SHANGHAI).date()
    if unit is Clock.HOURS:
        return _by_the_minute(until - now)
    if due == today:
        return "今天 24 时止"
    if unit is Clock.WORKING_DAYS:
        try:
            number = days.working_days_between(*sorted((today, due)))
        except OutsideCalendar:
            number = None  # before the first table nobody can count working days
        if number is not None:
            return f"{'还有' if due > today else '已过'} {number} 个工作日"
    return f"{'还有' if due > today else '已过'} {abs((due - today).days)} 天"


def _by_the_minute(left: timedelta) -> str:
    minutes = abs(left) // timedelta(minutes=1)
    hours, minutes = divmod(minutes, 60)
    word = "还有" if left >= timedelta(0) else "已过"
    if hours >= _LONG:
        return f"{word} {hours // 24} 天 {hours % 24} 小时"
    return f"{word} {hours} 小时 {minutes} 分" if hours else f"{word} {minutes} 分"
