"""The bridge from what happened to tickets to the contract's record: one happening, the facts that its kind calls for."""

from __future__ import annotations

from collections.abc import Iterator

from lvyue.core.calendar import moment_of
from lvyue.core.facts import FactId
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.governing import values_of
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.obligations.drafting import Draft


def fact_id(ticket: Ticket, event_index: int, place: int) -> FactId:
    """The id of a fact of a ticket: the same happening always has the same, so nothing is on record twice."""
    return FactId(f"t-{ticket.number}-{event_index}-{place}")


def drafts_of(ticket: Ticket, event: TicketEvent) -> list[Draft]:
    """The facts that a happening puts on record, at the moment that counts, under the name of the ticket's round."""
    return [*_emitted(ticket, event), *_pauses(ticket, event)]


def _emitted(ticket: Ticket, event: TicketEvent) -> Iterator[Draft]:
    values = values_of(ticket) | {name: str(value) for name, value in event.data.items()}
    step = "open" if event.data.get("round") == "new" else event.name
    kind = TICKET_KINDS[ticket.kind]
    for place, one in enumerate(kind.emitted(step, values)):
        data: dict[str, str | bool] = dict(one.data)
        data |= {name: values[name] for name in one.copied if values.get(name)}
        yield _draft(ticket, event, place, one.fact, data)


def _pauses(ticket: Ticket, event: TicketEvent) -> Iterator[Draft]:
    """An accepted pause stops the contract's clock from the moment that was asked for; a restoration ends it."""
    clock = event.data.get("clock", "")
    about: dict[str, str | bool] = {"term": clock} if clock else {}
    if event.name == "pause":
        more: dict[str, str | bool] = {"reason": event.data["cause"]}
        if event.said:
            more["said"] = event.said
        yield _draft(ticket, event, 7, "ticket.paused", about | more)
    elif event.name == "resume" or event.data.get("resumes"):
        yield _draft(ticket, event, 8, "ticket.resumed", about)


def _draft(
    ticket: Ticket, event: TicketEvent, place: int, kind: str, data: dict[str, str | bool]
) -> Draft:
    return Draft(
        fact_id(ticket, event.index, place),
        kind,
        moment_of(event.counts_at if event.name != "pause" else event.at),
        ticket.subject_of(ticket.round),
        data,
        tuple(event.evidence),
    )
