"""补建: tickets and duty logs of which the contract's record already tells get their rows; nothing is put on record again.

Whoever brings a log from elsewhere has the facts and not the tickets. A rebuilt ticket keeps the name under which the record knows
it, and whatever happens to it from now on goes on record under that name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Seat
from lvyue.core.book import Book
from lvyue.core.calendar import SHANGHAI, moment_of
from lvyue.core.doubts import Refused
from lvyue.core.facts import Fact
from lvyue.core.rosters import Roster, body_of, roster_of
from lvyue.core.tickets import OPEN, TICKET_KINDS, TicketKind
from lvyue.evidence.queries import facts_from
from lvyue.helpdesk.actions.opening import NewTicket, chosen_for, fields_of, ticket_row
from lvyue.helpdesk.actions.writing import Entry, bring_up, event_row
from lvyue.helpdesk.models import DutyLog, DutyRoster, Ticket, TicketEvent, TicketNumber
from lvyue.helpdesk.queries.governing import faces_of

#: Of which kind a ticket is that a fact begins; `ticket.opened` says it itself.
_BEGINS = {
    "letter.received": "reply",
    "hazard.notified": "hazard",
    "incident.known": "sudden",
    "demand.received": "demand",
}

#: Which step a later fact about the same subject tells of.
_STEPS = {
    "ticket.answered": "answer",
    "ticket.restored": "restore",
    "ticket.closed": "close",
    "letter.answered": "answer",
    "hazard.rectified": "pass",
    "incident.reported": "tell",
    "demand.notified": "tell",
}

#: A fact with a day and no hour is told of at the beginning of office hours.
_MORNING = time(9)


@dataclass(frozen=True, slots=True)
class Cast:
    """角色: who reports, who works, and who of a using department reports by the portal, where the record names nobody."""

    reporter: Seat
    worker: Seat
    user: Seat

    def reports(self, values: Mapping[str, str]) -> Seat:
        """Who brought a ticket with these values."""
        return self.user if values.get("channel") == "portal" else self.reporter


#: What a ticket is called and where it is, by its kind, the name under which the record knows it, and how many were before.
Dress = Callable[[TicketKind, str, int], NewTicket]


@transaction.atomic
def rebuild_tickets(contract_id: str, cast: Cast, dress: Dress, *, by: str) -> int:
    """补建工单: one for every subject of the record that was opened and has no ticket. How many there were.

    A happening is taken to have been written down when it happened: the record bears it out.
    """
    TicketNumber.objects.get_or_create(pk=contract_id)
    last = TicketNumber.objects.select_for_update().get(pk=contract_id)
    known = set(Ticket.objects.filter(contract_id=contract_id).values_list("on_record", flat=True))
    told = [one for one in _told(contract_id) if one[1].subject not in known]
    made = []
    for place, (kind, opening, later) in enumerate(told):
        last.last += 1
        new = dress(kind, str(opening.subject), place)
        made.append(_rebuilt(contract_id, last.last, new, opening, later, cast))
    if not made:
        return 0
    last.save(update_fields=["last"])
    Ticket.objects.bulk_create([ticket for ticket, _ in made])
    for ticket, events in made:
        for event in events:
            event.ticket = ticket
    TicketEvent.objects.bulk_create([event for _, events in made for event in events])
    after = {"tickets": len(made)}
    audit("ticket.rebuilt", by=by, contract_id=contract_id, about=contract_id, after=after)
    return len(made)


def _told(contract_id: str) -> Iterator[tuple[TicketKind, Fact, list[Fact]]]:
    """What the record tells of tickets that the desk did not put there itself, in the order in which they were opened."""
    book = Book.of(facts_from(contract_id, 0), clock.today(), 0)
    later: dict[str, list[Fact]] = {}
    for kind in _STEPS:
        for fact in book.by_kind.get(kind, ()):
            later.setdefault(str(fact.subject), []).append(fact)
    openings = [
        fact
        for kind in ("ticket.opened", *_BEGINS)
        for fact in book.by_kind.get(kind, ())
        if fact.subject and not fact.id.startswith("t-")
    ]
    for fact in sorted(openings, key=_moment):
        name = str(fact.data["class"]) if fact.kind == "ticket.opened" else _BEGINS[fact.kind]
        if name in TICKET_KINDS:
            found = sorted(later.get(str(fact.subject), []), key=_moment)
            yield TICKET_KINDS[name], fact, found


def _rebuilt(
    contract_id: str, number: int, new: NewTicket, opening: Fact, later: Sequence[Fact], cast: Cast
) -> tuple[Ticket, list[TicketEvent]]:
    kind = TICKET_KINDS[new.kind]
    values, _ = fields_of(kind, new.values)
    at = _moment(opening)
    reporter = cast.reports(values)
    chosen = chosen_for(contract_id, kind, number, values, new, by=reporter)
    ticket = ticket_row(contract_id, number, values, new, chosen, by=reporter, now=at)
    ticket.opened_at, ticket.on_record = at, str(opening.subject)
    ticket.assignee, ticket.assignee_name = cast.worker.username, cast.worker.name
    events = [_event(ticket, OPEN, opening, reporter)]
    bring_up(ticket, events[0], "", ())
    for fact in later:
        name = _step(fact)
        step = next((one for one in kind.life.steps if one.name == name), None)
        if step is None and name != "auto_answer":
            continue
        by = reporter if name in ("pass", "confirm") else cast.worker
        events.append(_event(ticket, name, fact, by))
        bring_up(ticket, events[-1], step.to if step is not None else "", ())
    faces = faces_of(ticket, [one.happening for one in events], clock.now())
    changed = ticket.changed_at
    bring_up(ticket, events[-1], "", faces)
    ticket.changed_at = changed
    ticket.told = ticket.events  # what is on record long since is news to nobody
    return ticket, events


def _event(ticket: Ticket, name: str, fact: Fact, by: Seat) -> TicketEvent:
    at = _moment(fact)
    data = {key: str(fact.data[key]) for key in ("paper", "form") if fact.data.get(key)}
    entry = Entry(name, at, "", data, fact.evidence, automatic=name == "auto_answer", proved=True)
    event = event_row(ticket, entry, by=by, now=at)
    event.facts = [fact.id]
    return event


def _step(fact: Fact) -> str:
    if fact.kind == "ticket.answered" and fact.data.get("automatic"):
        return "auto_answer"
    if fact.kind == "demand.notified" and fact.data.get("form") == "written":
        return "write"
    return _STEPS[fact.kind]


def _moment(fact: Fact) -> datetime:
    if isinstance(fact.at, datetime):
        return moment_of(fact.at)
    return datetime.combine(fact.at, _MORNING, SHANGHAI)


@transaction.atomic
def rebuild_duty_logs(contract_id: str, text: str, writer: Seat, *, by: str) -> int:
    """补建值守日志: one for every day of which the record says that it was filed. How many there were.

    The record says when a log was filed and not what stood in it: ``text`` says so in its place.
    """
    book = Book.of(facts_from(contract_id, 0), clock.today(), 0)
    there = set(DutyLog.objects.filter(contract_id=contract_id).values_list("day", flat=True))
    rows = {}
    for fact in book.by_kind.get("duty_log.filed", ()):
        filed = _moment(fact)
        day = datetime.fromisoformat(str(fact.data.get("for") or fact.day.isoformat())).date()
        if day in there or day in rows or fact.id.startswith("t-"):
            continue
        rows[day] = DutyLog(
            contract_id=contract_id,
            day=day,
            text=text,
            late=max(fact.day - day, timedelta()).days,
            filed_at=filed,
            by=writer.username,
            by_name=writer.name,
            evidence=[*fact.evidence],
            fact=fact.id,
        )
    if rows:
        DutyLog.objects.bulk_create(rows.values())
        after = {"days": len(rows)}
        audit("duty_log.rebuilt", by=by, contract_id=contract_id, about=contract_id, after=after)
    return len(rows)


@transaction.atomic
def rebuild_roster(
    contract_id: str, begins: date, body: Mapping[str, Any], reason: str, *, by: Seat
) -> bool:
    """补建值班表: the one that was kept elsewhere when the desk began, as if it had been made on the morning of its first day.

    False, and nothing is done, where there is any roster already: what stood yesterday is never changed. ``Refused`` for a
    body that cannot be read. The people are those whom the caller knows to work there.
    """
    if DutyRoster.objects.filter(contract_id=contract_id).exists():
        return False
    roster = roster_of(begins, body)
    if not isinstance(roster, Roster):
        raise Refused(roster)
    DutyRoster.objects.create(
        contract_id=contract_id,
        version=1,
        begins=begins,
        body=body_of(roster),
        reason=reason,
        made_at=datetime.combine(begins, time(), SHANGHAI),
        made_by=by.username,
    )
    after = {"version": 1, "begins": begins.isoformat()}
    audit("roster.rebuilt", by=by, contract_id=contract_id, about="1", after=after)
    return True
