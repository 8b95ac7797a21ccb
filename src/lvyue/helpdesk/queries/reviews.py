"""重大故障复盘 as people ask for it: which tickets need one, by which rule, and what was decided in those that were held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.tickets import ALWAYS_REVIEWED, MAJOR_LEVELS, REVIEW_RULE, TICKET_KINDS
from lvyue.helpdesk.models import MajorReview, Ticket, TicketEvent
from lvyue.helpdesk.queries.rules import shown_to
from lvyue.helpdesk.queries.tickets import tickets

#: What a timeline leaves out: it is about what was done, not about what was said.
_LEFT_OUT = frozenset({"note", "message", "remind", "auto_answer", "check", "rate"})

_MAJOR = Q(level__in=MAJOR_LEVELS) | Q(kind__in=ALWAYS_REVIEWED)
_OVER = Q(done_at__isnull=False) | Q(ended_at__isnull=False)


def needs_review(ticket: Ticket) -> bool:
    """Whether a ticket is one of which a review is held once it is over (``core.tickets.REVIEW_RULE``)."""
    merged = ticket.state in ("merged", "withdrawn")
    return not merged and (ticket.kind in ALWAYS_REVIEWED or ticket.level in MAJOR_LEVELS)


def is_due(ticket: Ticket) -> bool:
    """Whether it is over, so that its review can be held. It can be held of any ticket, also where the rule asks for none."""
    return ticket.done_at is not None or ticket.ended_at is not None


def due(seat: Seat, department: str = "") -> QuerySet[Ticket]:
    """The tickets of which a review is to be held and has not been, the longest waiting first."""
    found = tickets(seat, department).filter(_MAJOR & _OVER, review__isnull=True)
    return found.exclude(state__in=("merged", "withdrawn")).order_by("done_at", "id")


def held(seat: Seat, department: str = "") -> QuerySet[MajorReview]:
    """The reviews that were held on the tickets that somebody may see, the newest first, with what each calls for."""
    theirs = tickets(seat, department).order_by()
    found = MajorReview.objects.filter(ticket__in=theirs).select_related("ticket")
    return found.prefetch_related("actions__ticket").order_by("-id")


def review_of(ticket: Ticket) -> MajorReview | None:
    """The review of a ticket with what it calls for; None where none was held."""
    found = MajorReview.objects.filter(ticket=ticket)
    return found.prefetch_related("actions__ticket").first()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """时间线: one thing that happened, when it counts as having happened, and how long after the one before it, in seconds."""

    at: datetime
    zh: str
    by: str
    said: str
    after: int


def timeline(
    ticket: Ticket, seat: Seat, history: Iterable[TicketEvent]
) -> tuple[TimelineEntry, ...]:
    """What happened to a ticket in the order of its moments, as far as somebody may see it."""
    shown = [one for one in history if one.name not in _LEFT_OUT and shown_to(seat, one)]
    shown.sort(key=lambda one: (one.counts_at, one.index))
    kind, before, found = TICKET_KINDS[ticket.kind], None, []
    for one in shown:
        after = int((one.counts_at - before).total_seconds()) if before is not None else 0
        before = one.counts_at
        zh = kind.step_zh(one.name)
        found.append(TimelineEntry(one.counts_at, zh, one.by_name, one.said[:300], after))
    return tuple(found)


__all__ = [
    "REVIEW_RULE",
    "MajorReview",
    "TimelineEntry",
    "due",
    "held",
    "is_due",
    "needs_review",
    "review_of",
    "timeline",
]
