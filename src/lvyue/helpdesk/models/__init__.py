"""The rows of the help desk, one module for each noun."""

from __future__ import annotations

from lvyue.helpdesk.models.sieves import SavedSieve
from lvyue.helpdesk.models.tickets import Ticket, TicketEvent, TicketNumber

__all__ = ["SavedSieve", "Ticket", "TicketEvent", "TicketNumber"]
