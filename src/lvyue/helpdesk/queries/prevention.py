"""防范清单: the latent defects of a contract with what both sides agreed to do about each (S0 7.2.11, S1 and S2 7.2.12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from lvyue.accounts.permissions import Seat
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.tickets import tickets

#: So many stand on one list; a contract that has more has another trouble.
AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Prevention:
    """防范事项: one defect, what is done against it by whom, and how far that is. Moments are None until they have happened."""

    number: int
    name: str
    title: str
    where: str
    state: str
    state_zh: str
    found_at: datetime
    told_at: datetime | None
    measure: str
    buyers_part: str
    done_at: datetime | None
    proof: str
    confirmed_at: datetime | None


def preventions(seat: Seat, department: str = "") -> tuple[Prevention, ...]:
    """Every latent defect that this person may see, open ones first, each group by when it was found. Two reads."""
    steps = TicketEvent.objects.filter(name__in=("tell", "agree", "restore", "confirm", "reopen"))
    found = tickets(seat, department).filter(kind="defect")
    rows = found.prefetch_related(Prefetch("history", steps.order_by("index"), to_attr="taken"))
    listed = [_prevention(row, row.taken) for row in rows[:AT_MOST]]
    return tuple(sorted(listed, key=lambda one: (one.confirmed_at is not None, one.found_at)))


def _prevention(ticket: Ticket, taken: list[TicketEvent]) -> Prevention:
    last = {one.name: one for one in taken}
    papers = {name: one.data.get("papers", {}) for name, one in last.items()}
    done = last.get("restore")
    if done is not None and "reopen" in last and last["reopen"].index > done.index:
        done = None
    agreed = papers.get("agree", {})
    return Prevention(
        number=ticket.number,
        name=ticket.name,
        title=ticket.title,
        where=" ".join(part for part in (ticket.system, ticket.place, ticket.device) if part),
        state=ticket.state,
        state_zh=ticket.state_zh,
        found_at=ticket.opened_at,
        told_at=last["tell"].counts_at if "tell" in last else None,
        measure=agreed.get("防范措施", ""),
        buyers_part=agreed.get("甲方配合", ""),
        done_at=done.counts_at if done is not None else None,
        proof=papers["restore"].get("落实证明", "") if done is not None else "",
        confirmed_at=last["confirm"].counts_at if "confirm" in last else None,
    )
