"""告知工单的经过: whoever can take the next step, whoever it is assigned to and whoever brought it hear what happened.

The happenings are their own outbox: ``Ticket.told`` says up to which of them people have been told, in the same transaction as
the messages. Killed at any point, a run neither forgets nor repeats, and whoever writes on a ticket waits for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db import transaction
from django.db.models import F

from lvyue import clock
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import DESK, Right, Seat
from lvyue.accounts.queries import Account, appointments
from lvyue.core.calendar import moment_of
from lvyue.core.tickets import NEEDS_A_REASON, OPEN
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.duty import on_duty
from lvyue.helpdesk.queries.rules import shown_to
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.notices.actions.telling import tell
from lvyue.notices.choices import Topic

#: So many tickets are told of in one run.
BATCH = 200

#: Steps that may always be taken: that they can be is no reason to call anybody.
_AT_ANY_TIME = frozenset({"pause", "resume", "merge", "withdraw", "reopen"})

#: What is told to whoever it falls to, beside the steps of a life.
_FOR_ASSIGNEE = frozenset({"pause", "pause_refused", "level", "contest", "accept_cause", "remind"})
_FOR_ASSIGNEE |= {"remote_allowed", "remote_denied", "assign", "split", "take_in"}
_FOR_BUYER = frozenset({"pause_asked", "remote_asked", "extra", "claim_loss"})
_FOR_LEAD = frozenset({"remind", "contest", "accept_loss", "contest_loss"})

#: Of these the other side hears as soon as they are written down, whoever takes the next step (S0 7.2.3, 7.2.11).
_KNOWN_AT_ONCE = frozenset({"sudden", "defect"})

#: These are called out of the quiet hours when they begin.
URGENT = frozenset({"incident", "sudden", "demand"})


def spread() -> int:
    """告知: everything that happened on tickets since people were last told. How many tickets were told of."""
    waiting = (
        Ticket.objects.filter(told__lt=F("events")).order_by("id").values_list("pk", flat=True)
    )
    return sum(_spread_one(pk) for pk in waiting[:BATCH])


@transaction.atomic
def _spread_one(pk: int) -> bool:
    ticket = Ticket.objects.select_for_update().get(pk=pk)
    news = [*ticket.history.filter(index__gte=ticket.told).order_by("index")]
    team = Team(ticket)
    for event in news:
        _tell(ticket, event, team)
    Ticket.objects.filter(pk=pk).update(told=ticket.events)
    return bool(news)


@dataclass(frozen=True)
class Team:
    """班子: who is there to be told of one ticket, by what they are on its contract."""

    ticket: Ticket

    @cached_property
    def held(self) -> list[tuple[Account, ContractRole]]:
        found = appointments(self.ticket.contract_id)
        return [(one.account, ContractRole(one.role)) for one in found]

    def with_right(self, right: Right) -> list[Account]:
        return [person for person, role in self.held if role in right.roles]

    def named(self, *usernames: str) -> list[Account]:
        """Those of them who still are on the contract."""
        return [person for person, _ in self.held if person.username in usernames]

    def group(self, role: str) -> list[Account]:
        """Whom the life of a ticket means by a role: for engineers whoever has it, else whoever is on duty now."""
        if role == "user":
            return self.named(self.ticket.reporter)
        if role != "engineer":
            return self.with_right(DESK[role])
        if self.ticket.assignee:
            return self.named(self.ticket.assignee)
        there = self.named(*on_duty(self.ticket.contract_id, clock.now()).people)
        return there or self.with_right(DESK[role])

    def may_know(self, person: Account, event: TicketEvent) -> bool:
        """Whether they see the ticket and what was said: notes of one side, and what the buyer has not approved yet."""
        if person.pk not in self._seats:
            self._seats[person.pk] = self._seat_that_sees(person)
        seat = self._seats[person.pk]
        return seat is not None and shown_to(seat, event)

    @cached_property
    def _seats(self) -> dict[int, Seat | None]:
        """Everybody who was asked about so far: their seat, None for those who may not see the ticket."""
        return {}

    def _seat_that_sees(self, person: Account) -> Seat | None:
        """By the rule of the pages, in one read."""
        roles = frozenset(role for one, role in self.held if one.pk == person.pk)
        seat = Seat(person.username, person.name, self.ticket.contract_id, roles)
        found = tickets(seat, department_of(person) if seat.only_uses else "").order_by()
        return seat if found.filter(pk=self.ticket.pk).exists() else None


def _tell(ticket: Ticket, event: TicketEvent, team: Team) -> None:
    people = {
        person.pk: person
        for person in _concerned(ticket, event, team)
        if person.username != event.by and team.may_know(person, event)
    }
    if not people:
        return
    word = ticket.the_kind.step_zh(event.name)
    if event.name == OPEN:
        word = f"新的{ticket.the_kind.zh}"
    due = f"最近期限 {moment_of(ticket.due_at):%Y-%m-%d %H:%M}" if ticket.due_at else ""
    who = f"{event.by_name}：" if event.by_name else ""
    tell(
        [*people.values()],
        topic=Topic.TICKET,
        subject=f"{ticket.name} {word}：{ticket.title}",
        body="\n".join(part for part in (f"{who}{event.said or word}", due) if part),
        address=f"/contracts/{ticket.contract_id}/tickets/{ticket.number}/",
        contract_id=ticket.contract_id,
        key=f"ticket:{ticket.pk}:{event.index}",
        urgent=event.name == OPEN and ticket.kind in URGENT,
        by=event.by or event.by_name,
    )


def _concerned(ticket: Ticket, event: TicketEvent, team: Team) -> Iterator[Account]:
    """Whom one happening concerns, the actor and those who may not know among them."""
    life = ticket.life
    step = next((one for one in life.steps if one.name == event.name), None)
    if event.name == OPEN or step is not None:
        yield from team.named(ticket.reporter)
        yield from _next(ticket, event, step.to if step else life.first, team)
    if event.name == OPEN and ticket.kind in _KNOWN_AT_ONCE:
        yield from team.group("buyer")
    if event.name in _FOR_ASSIGNEE:
        yield from team.named(ticket.assignee)
    if event.name in _FOR_BUYER:
        yield from team.group("buyer")
    if event.name in _FOR_LEAD or (
        event.name == "rate" and event.data.get("score") in NEEDS_A_REASON
    ):
        yield from team.group("supplier")
    if event.name == "attribute":
        yield from (*team.group("buyer"), *team.group("supplier"))
    if event.name == "message":
        yield from team.named(ticket.reporter)
        yield from team.group("engineer") if event.by == ticket.reporter or not event.by else ()


def _next(ticket: Ticket, event: TicketEvent, state: str, team: Team) -> Iterable[Account]:
    """Whoever can take the next step, unless the actor is one of them: then it is known there."""
    roles = {
        role
        for one in ticket.life.open_steps(state)
        if one.name not in _AT_ANY_TIME
        for role in one.by
    }
    for role in sorted(roles):
        found = team.group(role)
        if event.by not in {one.username for one in found}:
            yield from found
