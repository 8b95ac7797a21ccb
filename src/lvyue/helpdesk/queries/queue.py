"""工单队列: the tickets of a contract as people stand in front of them: mine, nobody's, late ones; sifted, in order, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import appointments
from lvyue.core.obligation import Verdict
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.obligations.logbook import release_of
from lvyue.obligations.marks import BY_VERDICT, LATE, MISSED, NOT_DUE, Mark

#: So many tickets stand on one page, so many leave in one file, so many are acted on at once.
AT_ONCE, IN_A_FILE, IN_BULK = 50, 20_000, 100

#: The views of the queue: what each shows, in words, and in English.
VIEWS = {
    "open": ("未了结", "Open"),
    "mine": ("我经办的", "Mine"),
    "unassigned": ("没人经办", "Unassigned"),
    "over": ("超时的", "Overdue"),
    "reported": ("我报的", "Reported by me"),
    "all": ("全部", "All"),
}
ORDERS = {"due": "按期限", "new": "最近受理", "changed": "最近变动"}

_NUMBER = re.compile(r"(?:(?P<letters>[A-Za-z]{2})(?P<dash>-)?)?0*(?P<number>[1-9]\d{0,8})")
_PREFIXES = frozenset(kind.prefix for kind in TICKET_KINDS.values())
#: Where words are looked for, as two indexes hold it.
_SEARCHED = (("title", "system", "place"), ("reporter_name", "device"))
#: So many tickets with a word are read by their numbers; where there are more, the next page of them is never far.
RARE = 1_000


@dataclass(frozen=True, slots=True)
class Sieve:
    """筛子: which tickets, in which order, from behind which place on."""

    view: str = "open"
    kind: str = ""
    state: str = ""
    system: str = ""
    place: str = ""
    assignee: str = ""
    sought: str = ""
    order: str = "due"
    after: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """队列一行: a ticket as the queue shows it, with the mark and the words of its next end."""

    ticket: Ticket
    mark: Mark | None
    left: str
    clock: str


@dataclass(frozen=True, slots=True)
class QueuePage:
    """队列一页: its rows, and where the next page begins; empty on the last."""

    rows: tuple[QueueRow, ...]
    after: str = ""


def sifted(seat: Seat, department: str, sieve: Sieve, now: datetime) -> QuerySet[Ticket]:
    """Every ticket that this person may see and that the sieve lets through, in no order. One read more where one is cited, two where words are sought."""
    found = tickets(seat, department).filter(_in_view(seat, sieve.view, now))
    columns = ("kind", "state", "system", "place", "assignee")
    asked = {name: text for name in columns if (text := getattr(sieve, name))}
    found = found.filter(**asked)
    cited = _cited(sieve.sought)
    if cited is not None and found.filter(cited).exists():
        return found.filter(cited)
    if not sieve.sought.strip():
        return found
    return found.filter(_rare(seat.contract_id, sieve.sought), _sought(sieve.sought))


def _in_view(seat: Seat, view: str, now: datetime) -> Q:
    is_open = Q(ended_at__isnull=True)
    match view:
        case "mine":
            return is_open & Q(assignee=seat.username)
        case "unassigned":
            return is_open & Q(assignee="")
        case "over":
            return is_open & (Q(over=True) | Q(due_at__lt=now))
        case "reported":
            return Q(reporter=seat.username)
        case "all":
            return Q()
        case _:
            return is_open


def _sought(text: str) -> Q:
    """A number, or words of the title, the place, the system or the device.

    A word without letters that have two cases, as all of Chinese, is looked for as it is: then the database knows how rare
    it is, and need not turn every text into capitals first.
    """
    found = Q()
    for word in text.split()[:5]:
        found &= _holding(word, [*_SEARCHED[0], *_SEARCHED[1]])
    if number := _NUMBER.fullmatch(text.strip()):
        found |= Q(number=int(number["number"]))
    return found


def _holding(word: str, columns: Sequence[str]) -> Q:
    look = "contains" if word.upper() == word.lower() else "icontains"
    return Q(*((f"{column}__{look}", word) for column in columns), _connector=Q.OR)


def _rare(contract_id: str, text: str) -> Q:
    """Where few tickets hold the longest of the words, just these: the rows of all others need not be fetched to be left out.

    Two reads, of what indexes hold.
    """
    word = max(text.split()[:5], key=len, default="")
    mine = Ticket.objects.filter(contract_id=contract_id).order_by()
    found = set[int]()
    for columns in _SEARCHED:
        found.update(mine.filter(_holding(word, columns)).values_list("pk", flat=True)[: RARE + 1])
        if len(found) > RARE:
            return Q()
    number = _NUMBER.fullmatch(text.strip())
    return Q(pk__in=found) | Q(number=int(number["number"])) if number else Q(pk__in=found)


def _cited(text: str) -> Q | None:
    """The ticket that somebody cites as it is cited everywhere, GZ-0012; None where the text is something else."""
    number = _NUMBER.fullmatch(text.strip())
    if number is None or not number["dash"] or number["letters"].upper() not in _PREFIXES:
        return None
    return Q(number=int(number["number"]))


def queue(
    seat: Seat,
    department: str,
    sieve: Sieve,
    now: datetime,
    *,
    at_once: int = AT_ONCE,
    within: Q | None = None,
) -> QueuePage:
    """One page of the queue. One read, and one of the contract where a row has a clock of a term."""
    shown = sifted(seat, department, sieve, now)
    found = _behind(_ordered(shown.filter(within or Q()), sieve.order), sieve)
    some = list(found[: at_once + 1])
    after = _place_of(some[at_once - 1], sieve.order) if len(some) > at_once else ""
    words = _Clocks(seat.contract_id)
    return QueuePage(tuple(_row(one, words, now) for one in some[:at_once]), after)


def row_of(ticket: Ticket, now: datetime) -> QueueRow:
    """One ticket as the queue shows it."""
    return _row(ticket, _Clocks(ticket.contract_id), now)


def rows_of(contract_id: str, now: datetime) -> Callable[[Ticket], QueueRow]:
    """How tickets of a contract are shown at a moment; the contract is read once for all of them."""
    words = _Clocks(contract_id)
    return lambda ticket: _row(ticket, words, now)


def _row(ticket: Ticket, words: _Clocks, now: datetime) -> QueueRow:
    return QueueRow(ticket, mark_of(ticket, now), left_of(ticket.due_at, now), words.of(ticket))


def mark_of(ticket: Ticket, now: datetime) -> Mark | None:
    """How an open ticket stands in its clocks: missed where one still runs beyond its end, late where all that ended unkept
    have stopped since. None where it is over, and where none of its clocks has an end before it: each says it for itself.
    """
    if ticket.ended_at is not None:
        return None
    if ticket.due_at is not None and ticket.due_at < now:
        return MISSED
    if ticket.over:
        return LATE
    if ticket.state == "paused":
        return BY_VERDICT[Verdict.SUSPENDED]
    return NOT_DUE if ticket.due_at is not None else None


def left_of(due: datetime | None, now: datetime) -> str:
    """``还有 3 小时 12 分`` or ``已超 5 分``; empty without a due moment."""
    if due is None:
        return ""
    return f"还有 {length(due - now)}" if due >= now else f"已超 {length(now - due)}"


def length(span: timedelta) -> str:
    """A length of time in words, its two largest parts: ``2 天 3 小时``."""
    seconds = int(span.total_seconds())
    parts = (
        (seconds // 86400, "天"),
        (seconds // 3600 % 24, "小时"),
        (seconds // 60 % 60, "分"),
        (seconds % 60, "秒"),
    )
    first = next((at for at, (number, _) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {zh}" for number, zh in parts[first : first + 2] if number) or "0 秒"


class _Clocks:
    """What people call the clocks of a contract; its release is read when the first is asked for."""

    def __init__(self, contract_id: str) -> None:
        self._contract_id = contract_id
        self._terms: dict[str, str] | None = None

    def of(self, ticket: Ticket) -> str:
        if not ticket.due_clock:
            return ""
        if self._terms is None:
            self._terms = {term.id: term.says for term in release_of(self._contract_id).terms}
        measures = {one.name: one.zh for one in TICKET_KINDS[ticket.kind].measures}
        return self._terms.get(ticket.due_clock) or measures.get(ticket.due_clock, ticket.due_clock)


# ── order and place ──────────────────────────────────────────────────────────────────────────────────────────────

_COLUMN = {"new": "opened_at", "changed": "changed_at"}


def _ordered(found: QuerySet[Ticket], order: str) -> QuerySet[Ticket]:
    if column := _COLUMN.get(order):
        return found.order_by(f"-{column}", "-id")
    return found.order_by(F("due_at").asc(nulls_last=True), "id")


def _place_of(row: Ticket, order: str) -> str:
    at = getattr(row, _COLUMN.get(order, "due_at"))
    return f"{int(at.timestamp() * 1_000_000) if at is not None else ''}.{row.pk}"


def _behind(found: QuerySet[Ticket], sieve: Sieve) -> QuerySet[Ticket]:
    """From behind a place on. A place that no page gave out is the beginning."""
    place = re.fullmatch(r"(\d{0,17})\.(\d{1,18})", sieve.after)
    if place is None:
        return found
    at = _EPOCH + timedelta(microseconds=int(place[1])) if place[1] else None
    pk = int(place[2])
    if column := _COLUMN.get(sieve.order):
        if at is None:
            return found
        return found.filter(Q(**{f"{column}__lt": at}) | Q(**{column: at, "id__lt": pk}))
    if at is None:
        return found.filter(due_at__isnull=True, id__gt=pk)
    return found.filter(Q(due_at__gt=at) | Q(due_at=at, id__gt=pk) | Q(due_at__isnull=True))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# ── around the queue ─────────────────────────────────────────────────────────────────────────────────────────────


def numbers(seat: Seat, department: str, now: datetime) -> dict[str, int]:
    """How many tickets stand in each view of open tickets. One read."""
    shown = tickets(seat, department).order_by().filter(ended_at__isnull=True)
    views = ("open", "mine", "unassigned", "over")
    return shown.aggregate(**{one: Count("pk", filter=_in_view(seat, one, now)) for one in views})


def choices_in(seat: Seat, department: str, column: str) -> list[str]:
    """What stands in a column of open tickets: the systems or places that a filter offers, at most a hundred."""
    found = tickets(seat, department).order_by(column).filter(ended_at__isnull=True)
    return list(found.exclude(**{column: ""}).values_list(column, flat=True).distinct()[:100])


def workers(contract_id: str) -> list[tuple[str, str]]:
    """Who can be given tickets of a contract: username and name. One read."""
    held = appointments(contract_id).filter(role__in=Right.TICKET_WORK.roles)
    found = held.filter(account__is_active=True)
    return [*dict.fromkeys(found.values_list("account__username", "account__name"))]


def reported_by(
    seats: Mapping[str, Seat], username: str, now: datetime, *, at_once: int = AT_ONCE
) -> tuple[QueueRow, ...]:
    """What somebody brought to the desk on the contracts where they hold a role now, the newest first.

    One read, and one of each contract that has a clock of a term among them.
    """
    mine = Ticket.objects.filter(reporter=username, contract_id__in=[*seats])
    words = {one: _Clocks(one) for one in seats}
    found = mine.order_by("-id")[:at_once]
    return tuple(_row(one, words[one.contract_id], now) for one in found)
