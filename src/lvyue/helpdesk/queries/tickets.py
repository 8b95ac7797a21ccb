"""Tickets as people ask for them: one with its history, a queue, a search."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.tickets import Happening
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.rules import visible

__all__ = [
    "Ticket",
    "events_of",
    "history_of",
    "restored_by",
    "ticket",
    "tickets",
    "waiting",
]


def events_of(ticket: Ticket) -> QuerySet[TicketEvent]:
    """Everything that happened to a ticket, in the order in which it was written down."""
    return TicketEvent.objects.filter(ticket=ticket).order_by("index")


def history_of(ticket: Ticket) -> tuple[Happening, ...]:
    """The history as the core reads it."""
    return tuple(event.happening for event in events_of(ticket))


def tickets(seat: Seat, department: str = "") -> QuerySet[Ticket]:
    """The tickets of the seat's contract that this person may see, newest first."""
    return Ticket.objects.filter(visible(seat, department)).order_by("-opened_at", "-id")


def ticket(seat: Seat, number: int, department: str = "") -> Ticket | None:
    """One ticket by its number, or None where there is none that this person may see."""
    return tickets(seat, department).filter(number=number).first()


def is_paused(history: Sequence[TicketEvent]) -> bool:
    """Whether an accepted pause is running."""
    paused = [one.name for one in history if one.name in ("pause", "resume", "restore")]
    return bool(paused) and paused[-1] == "pause"


def restored_by(history: Sequence[TicketEvent]) -> str:
    """Who brought about what now waits to be confirmed; empty where nobody has."""
    done = [one.by for one in history if one.name in ("restore", "submit")]
    return done[-1] if done else ""


def waiting(history: Sequence[TicketEvent]) -> TicketEvent | None:
    """The application for a pause that nobody has answered yet."""
    asked: TicketEvent | None = None
    for one in history:
        if one.name == "pause_asked":
            asked = one
        elif one.name in ("pause", "pause_refused", "restore", "close"):
            asked = None
    return asked
