"""The rows of the help desk, one module for each noun."""

from __future__ import annotations

from lvyue.helpdesk.models.tickets import Ticket, TicketEvent, TicketNumber

__all__ = ["Ticket", "TicketEvent", "TicketNumber"]
