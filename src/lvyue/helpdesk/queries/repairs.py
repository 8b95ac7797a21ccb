"""故障设备维修统计: of the devices that failed in a month, how many were repaired by its end, and which were not (F3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef

from lvyue.accounts.permissions import Seat
from lvyue.core.calendar import SHANGHAI, day_of
from lvyue.core.terms import Ratio, Threshold
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.rules import visible
from lvyue.obligations.ground import case_of

#: What a contract asks about that wants this counted.
FACT = "repair.counted"

#: Tickets that turned out to be about nothing of their own.
_NONE_OF_THEIRS = ("merged", "withdrawn")

#: So many faults without a device are named.
NAMELESS = 100


@dataclass(frozen=True, slots=True)
class OpenRepair:
    """没有修好的: by the end of the month."""

    number: int
    name: str
    device: str
    title: str


@dataclass(frozen=True, slots=True)
class Repairs:
    """一个月的维修: devices that failed in it, by tickets of faults that name one.

    ``unnamed`` says how many faults name no device and are not counted, ``nameless`` the first hundred of them: a repair is
    that of a device, and whoever works on such a ticket may still say which one.
    """

    month: date
    faulty: int
    repaired: int
    unnamed: int
    open: tuple[OpenRepair, ...]
    nameless: tuple[OpenRepair, ...] = ()

    @property
    def subject(self) -> str:
        """As the record names the month."""
        return f"{self.month:%Y-%m} 故障设备"


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def counts_repairs(contract_id: str, day: date) -> bool:
    """Whether the contract, as it stands on a day, measures repairs against faults."""
    terms = case_of(contract_id, day).release.terms
    measures = (one.measure for one in terms if isinstance(one, Threshold))
    return any(isinstance(one, Ratio) and one.event.kind == FACT for one in measures)


def repairs_of(contract_id: str, month: date) -> Repairs:
    """The repairs of a calendar month, as they stood at its end or stand now. A repair that the user sent back is none.

    Two reads.
    """
    month = month.replace(day=1)
    begins = datetime.combine(month, time(), SHANGHAI)
    ends = datetime.combine(month_after(month), time(), SHANGHAI)
    rows = Ticket.objects.filter(
        contract_id=contract_id, kind="incident", opened_at__gte=begins, opened_at__lt=ends
    )
    shown = rows.only("number", "kind", "device", "title", "contract_id")
    faults = [*shown.exclude(state__in=_NONE_OF_THEIRS).order_by("opened_at", "id")]
    named = [one for one in faults if one.device]
    done = _repaired([one.pk for one in named], ends)
    waiting = tuple(_told(one) for one in named if one.pk not in done)
    nameless = [one for one in faults if not one.device]
    told = tuple(_told(one) for one in nameless[:NAMELESS])
    return Repairs(month, len(named), len(named) - len(waiting), len(nameless), waiting, told)


def named_later(contract_id: str, since: date) -> set[date]:
    """The months, by their first days, of whose faults a device was named or put right after they were opened. One read."""
    begins = datetime.combine(since, time(), SHANGHAI)
    rows = Ticket.objects.filter(contract_id=contract_id, kind="incident", opened_at__gte=begins)
    named = rows.exclude(device="").filter(
        Exists(TicketEvent.objects.filter(ticket=OuterRef("pk"), name="device"))
    )
    months = named.order_by().values_list("opened_at", flat=True)
    return {day_of(at).replace(day=1) for at in months}


def _told(one: Ticket) -> OpenRepair:
    return OpenRepair(one.number, one.name, one.device, one.title)


def shown_repairs(seat: Seat, department: str, month: date) -> Repairs:
    """The repairs of a month as somebody may see them: the counts, and of the tickets those that are theirs to see. Three reads."""
    found = repairs_of(seat.contract_id, month)
    named = [one.number for one in (*found.open, *found.nameless)]
    mine = Ticket.objects.filter(visible(seat, department), number__in=named)
    numbers = set(mine.values_list("number", flat=True))
    return replace(
        found,
        open=tuple(one for one in found.open if one.number in numbers),
        nameless=tuple(one for one in found.nameless if one.number in numbers),
    )


def _repaired(tickets: list[int], by: datetime) -> set[int]:
    steps = TicketEvent.objects.filter(ticket__in=tickets, name__in=("restore", "reopen"))
    done = dict[int, bool]()
    for event in steps.order_by("ticket", "index"):
        if event.counts_at < by:
            done[event.ticket_id] = event.name == "restore"
    return {pk for pk, repaired in done.items() if repaired}
