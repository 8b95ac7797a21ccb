"""Attributions and loss files as people ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from lvyue.accounts.permissions import Seat
from lvyue.core.tickets import CAUSES, LOSSES
from lvyue.helpdesk.models import LossFile, Ticket, TicketEvent
from lvyue.helpdesk.queries.remote import department_of
from lvyue.helpdesk.queries.tickets import tickets


def claim_waiting(history: Sequence[TicketEvent]) -> TicketEvent | None:
    """The attribution that the other side has not answered yet."""
    asked: TicketEvent | None = None
    for one in history:
        if one.name == "attribute":
            asked = one
        elif one.name in ("contest", "accept_cause"):
            asked = None
    return asked


@dataclass(frozen=True, slots=True)
class Attribution:
    """归责: one claim with its answer. ``begins`` and ``ends`` bound the time that it took, None where it is about none."""

    event: TicketEvent
    cause: str
    begins: datetime | None
    ends: datetime | None
    answer: TicketEvent | None

    @property
    def cause_zh(self) -> str:
        return CAUSES.get(self.cause, self.cause)

    @property
    def state_zh(self) -> str:
        if self.answer is None:
            return "待对方答复"
        return "已认可" if self.answer.name == "accept_cause" else "有异议"


def attributions(history: Iterable[TicketEvent]) -> tuple[Attribution, ...]:
    """Every attribution of a ticket in the order in which they were claimed, each with its answer."""
    events = list(history)
    answers = {
        one.data.get("asked"): one for one in events if one.name in ("contest", "accept_cause")
    }
    return tuple(
        Attribution(
            one,
            str(one.data.get("cause", "")),
            _moment(one, "begins"),
            _moment(one, "ends"),
            answers.get(one.index),
        )
        for one in events
        if one.name == "attribute"
    )


@dataclass(frozen=True, slots=True)
class LossClaim:
    """损失主张: what the supplier claims from the buyer on a ticket, with the answer. ``amount_fen`` in fen."""

    event: TicketEvent
    nature: str
    amount_fen: int
    clauses: tuple[str, ...]
    answer: TicketEvent | None

    @property
    def nature_zh(self) -> str:
        return LOSSES.get(self.nature, self.nature)

    @property
    def state_zh(self) -> str:
        if self.answer is None:
            return "待甲方答复"
        return "甲方已认可" if self.answer.name == "accept_loss" else "甲方有异议"


def loss_claims(history: Iterable[TicketEvent]) -> tuple[LossClaim, ...]:
    """Every loss that was claimed from the buyer on a ticket, in order, each with its answer."""
    events = list(history)
    answers = {
        one.data.get("asked"): one for one in events if one.name in ("accept_loss", "contest_loss")
    }
    return tuple(
        LossClaim(
            one,
            str(one.data.get("nature", "")),
            int(one.data.get("amount_fen", 0)),
            tuple(one.data.get("clauses", ())),
            answers.get(one.index),
        )
        for one in events
        if one.name == "claim_loss"
    )


def _moment(event: TicketEvent, name: str) -> datetime | None:
    text = event.data.get(name)
    return datetime.fromisoformat(text) if text else None


def loss_files(ticket: Ticket) -> QuerySet[LossFile]:
    """The loss files of a ticket with their papers, newest first."""
    return LossFile.objects.filter(ticket=ticket).prefetch_related("papers").order_by("-id")


def loss_files_of(seat: Seat) -> QuerySet[LossFile]:
    """The loss files of the tickets that somebody may see, with tickets and papers, newest first."""
    theirs = tickets(seat, department_of(seat.username)).order_by()
    found = LossFile.objects.filter(ticket__in=theirs)
    return found.select_related("ticket").prefetch_related("papers").order_by("-id")


__all__ = [
    "Attribution",
    "LossClaim",
    "LossFile",
    "attributions",
    "claim_waiting",
    "loss_claims",
    "loss_files",
    "loss_files_of",
]
