"""The bridge from what happened to tickets to the contract's record: one happening, the facts that its kind calls for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from lvyue.core.calendar import day_of, moment_of
from lvyue.core.facts import TEXT_LIMIT, FactId
from lvyue.core.terms import Duty, Event, Permission
from lvyue.core.tickets import CAUSE_EVENTS, EXCUSES, TICKET_KINDS, told_by, waits_for
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.governing import values_of
from lvyue.obligations.drafting import Draft
from lvyue.obligations.ground import case_of


def fact_id(ticket: Ticket, event_index: int, place: int) -> FactId:
    """The id of a fact of a ticket: the same happening always has the same, so nothing is on record twice."""
    return FactId(f"t-{ticket.number}-{event_index}-{place}")


def drafts_of(ticket: Ticket, event: TicketEvent) -> list[Draft]:
    """The facts that a happening puts on record, at the moment that counts, under the name of the ticket's round."""
    return [
        *_emitted(ticket, event),
        *_pauses(ticket, event),
        *_excused(ticket, event),
        *_performed(ticket, event),
        *_taken_over(ticket, event),
    ]


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
            more["said"] = event.said[:TEXT_LIMIT]
        if event.data.get("paper"):
            more["paper"] = event.data["paper"]
        yield _draft(ticket, event, 7, "ticket.paused", about | more)
    elif event.name == "resume" or event.data.get("resumes"):
        yield _draft(ticket, event, 8, "ticket.resumed", about)


def _excused(ticket: Ticket, event: TicketEvent) -> Iterator[Draft]:
    """An accepted cause takes its time out of the clock, and opens what the contract lets follow from it (OBL-03)."""
    cause = event.data.get("cause", "")
    if event.name != "accept_cause" or cause not in EXCUSES:
        return
    clock = event.data.get("clock", "")
    begins, ends = event.data["begins"], event.data["ends"]
    data: dict[str, str | bool] = {"reason": cause, "until": ends}
    if clock:
        data["term"] = clock
    if event.said:
        data["said"] = event.said[:TEXT_LIMIT]
    at = moment_of(datetime.fromisoformat(begins))
    paused = _draft(ticket, event, 7, "ticket.paused", data)
    yield replace(paused, at=at)
    for place, name in enumerate(_waited(ticket, cause)):
        yield _draft(ticket, event, 10 + place, "event.occurred", {"event": name})


def _waited(ticket: Ticket, cause: str) -> list[str]:
    """Under which names the contract waits for such a cause, in the order of its terms."""
    terms = case_of(ticket.contract_id, day_of(ticket.opened_at)).release.terms
    named = [
        str(dict(term.opens.where).get("event"))
        for term in terms
        if isinstance(term, Permission) and term.opens and term.opens.kind == "event.occurred"
    ]
    return [*dict.fromkeys(name for name in named if name in CAUSE_EVENTS[cause])]


def _performed(ticket: Ticket, event: TicketEvent) -> Iterator[Draft]:
    """A step that fulfils a duty of its own, such as telling the buyer of somebody else's order (S0 7.2.20)."""
    kind = TICKET_KINDS[ticket.kind]
    if event.name not in {one.step for one in kind.fulfils}:
        return
    values = values_of(ticket)
    place = 20
    for term in case_of(ticket.contract_id, day_of(ticket.opened_at)).release.terms:
        if not isinstance(term, Duty) or not isinstance(term.trigger, Event):
            continue
        if not isinstance(term.done, Event) or not waits_for(kind, term.trigger, values):
            continue
        told = {name: str(value) for name, value in term.done.where}
        if term.done.kind == "notice.sent":
            told["channel"] = next(iter(told_by(event.data.get("papers", {}))), "hand")
        elif term.done.kind != "duty.performed" or told != {"term": term.id}:
            continue
        if event.name in waits_for(kind, term.done, values):
            yield _draft(ticket, event, place, term.done.kind, dict(told))
            place += 1


def _taken_over(ticket: Ticket, event: TicketEvent) -> Iterator[Draft]:
    """The answer that a ticket got before it was merged into this one, at its own moment."""
    answered = event.data.get("answered") if event.name == "take_in" else None
    if answered:
        kind = TICKET_KINDS[ticket.kind]
        for place, one in enumerate(kind.emitted("answer", values_of(ticket)), 10):
            draft = _draft(ticket, event, place, one.fact, dict(one.data))
            yield replace(draft, at=moment_of(datetime.fromisoformat(answered)))


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
