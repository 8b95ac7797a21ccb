"""Prior consents and fitted parts as people ask for them."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.allowances import Judged, extra_work
from lvyue.helpdesk.models import FittedPart, PriorConsent, Ticket
from lvyue.helpdesk.models.parts import PartCondition
from lvyue.helpdesk.queries.remote import department_of
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.obligations.ground import case_of


def consents(contract_id: str) -> QuerySet[PriorConsent]:
    """Everything for which leave was asked on a contract, newest first."""
    return PriorConsent.objects.filter(contract_id=contract_id).order_by("-id")


def consent(contract_id: str, consent_id: int) -> PriorConsent | None:
    """One of a contract by its number."""
    return consents(contract_id).filter(pk=consent_id).first()


def parts_of(ticket: Ticket) -> QuerySet[FittedPart]:
    """The parts fitted on a ticket, newest first."""
    return FittedPart.objects.filter(ticket=ticket).order_by("-id")


def parts(seat: Seat) -> QuerySet[FittedPart]:
    """The parts fitted on the tickets that somebody may see, newest first."""
    theirs = tickets(seat, department_of(seat.username)).order_by()
    found = FittedPart.objects.filter(ticket__in=theirs)
    return found.select_related("ticket").order_by("-id")


def extra_work_on(contract_id: str, on: date) -> Judged:
    """Whether a contract lets added work be billed on a day, and by which clauses."""
    return extra_work(case_of(contract_id, on).release)


__all__ = [
    "FittedPart",
    "PartCondition",
    "PriorConsent",
    "consent",
    "consents",
    "extra_work_on",
    "parts",
    "parts_of",
]
