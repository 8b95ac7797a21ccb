"""写下经过: the one way in which anything is added to a ticket: an event, its facts, the state, the next end, the audit entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Ruling, Seat
from lvyue.core.calendar import moment_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.tickets import Happening, Source, refused_time
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.choices import Audience, Side
from lvyue.helpdesk.facts import drafts_of
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.governing import Face, Governing, faces_of, next_due
from lvyue.helpdesk.queries.rules import side_of
from lvyue.helpdesk.queries.tickets import history_of
from lvyue.jobs.actions import enqueue
from lvyue.notices.texts import many_lines
from lvyue.obligations.actions.recording import note_facts
from lvyue.rows import put_in

#: The longest note, in characters; a mail of ten thousand lines fits.
LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Machine:
    """程序: what acts without a person: a mailbox, a webhook, a schedule. Its name stands in the record."""

    name: str
    side: Side = Side.SYSTEM


By = Seat | Machine


@dataclass(frozen=True, slots=True)
class Entry:
    """待写的经过: what happened, when, what was said, what bears it out. ``at`` None: now."""

    name: str
    at: datetime | None = None
    said: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    automatic: bool = False
    source: Source = Source.TYPED
    audience: Audience = Audience.BOTH
    proved: bool = False


class Overtaken(Exception):
    """被抢先: since somebody looked at the ticket something has happened to it. ``ticket`` is as it is now."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"{ticket.name} 在您查看之后有了新的经过。")
        self.ticket = ticket


def hold(contract_id: str, number: int, seen: int | None = None) -> Ticket:
    """占住工单: until the commit nobody else changes it. ``seen`` is how many happenings somebody had looked at.

    Raises ``Ticket.DoesNotExist`` and ``Overtaken``.
    """
    ticket = Ticket.objects.select_for_update().get(contract_id=contract_id, number=number)
    if seen is not None and ticket.events != seen:
        raise Overtaken(ticket)
    return ticket


def require(ruling: Ruling, place: str) -> None:
    """Raise ``Refused`` with the reason unless somebody may."""
    if not ruling:
        raise Refused([malformed(place, ruling.reason)])


def who(by: By) -> tuple[str, str, Side]:
    """The username, the name and the side of whoever acts."""
    if isinstance(by, Machine):
        return "", by.name, by.side
    return by.username, by.name, side_of(by)


@transaction.atomic(savepoint=False)
def write(
    ticket: Ticket,
    entry: Entry,
    *,
    by: By,
    state: str = "",
    past: Sequence[Happening] | None = None,
    chosen: Governing | None = None,
) -> TicketEvent:
    """Add one happening to a ticket that is held, or that is new. ``Refused`` where its time or its files cannot be.

    ``past`` is the history and ``chosen`` the clocks of the first round where they are known already; the caller has asked
    whether the person may.
    """
    now = clock.now()
    past = history_of(ticket) if past is None else past
    at = moment_of(entry.at or now)
    said = many_lines(entry.said, LONGEST + 1)
    doubts = [*_wrong(ticket, entry, at, now, said, past)]
    if doubts:
        raise Refused(doubts)
    event = event_row(ticket, entry, by=by, now=now)
    drafts = drafts_of(ticket, event)
    event.facts = [draft.id for draft in drafts]
    before = ticket.state
    faces = faces_of(ticket, [*past, event.happening], now, first=chosen)
    bring_up(ticket, event, state, faces)
    _keep(ticket)
    event.ticket = ticket
    put_in(event)
    note_facts(ticket.contract_id, drafts, by=by.name if isinstance(by, Machine) else by)
    audit(
        f"ticket.{entry.name}",
        by=by.name if isinstance(by, Machine) else by,
        contract_id=ticket.contract_id,
        about=ticket.name,
        before={"state": before} if state and before != state else None,
        after={"at": event.at.isoformat(), "state": ticket.state, "facts": event.facts},
        reason=said[:500],
    )
    enqueue("lvyue.helpdesk.tasks.spread", key="spread")
    return event


def event_row(ticket: Ticket, entry: Entry, *, by: By, now: datetime) -> TicketEvent:
    """The row of the next happening of a ticket, before what it puts on record is known; nothing is written."""
    username, name, side = who(by)
    return TicketEvent(
        ticket=ticket,
        index=ticket.events,
        name=entry.name,
        at=min(moment_of(entry.at or now), now),
        recorded_at=now,
        by=username,
        by_name=name,
        side=side,
        automatic=entry.automatic,
        source=entry.source.value,
        proved=entry.proved or bool(entry.evidence),
        audience=entry.audience,
        said=many_lines(entry.said, LONGEST + 1),
        data=dict(entry.data),
        evidence=[*dict.fromkeys(entry.evidence)],
    )


def _wrong(
    ticket: Ticket,
    entry: Entry,
    at: datetime,
    now: datetime,
    said: str,
    past: Sequence[Happening],
) -> list[Doubt]:
    doubts = []
    if (wrong := refused_time(at, now, past, entry.name)) is not None:
        doubts.append(wrong)
    if len(said) > LONGEST:
        says = f"说明有 {len(said)} 个字，最多 {LONGEST} 个。"
        doubts.append(malformed("说明", says, "请把长的内容存成附件。"))
    if not entry.evidence:
        return doubts
    known = {one.sha256 for one in evidence.files(ticket.contract_id, entry.evidence)}
    for sha in entry.evidence:
        if sha not in known:
            says = f"这份合同没有散列为 {sha[:12]}… 的文件。"
            doubts.append(malformed("凭据", says, "请先把文件存为附件。"))
    return doubts


def bring_up(
    ticket: Ticket,
    event: TicketEvent,
    state: str,
    faces: Sequence[Face],
) -> None:
    """The columns that repeat what the history says."""
    ticket.events = event.index + 1
    ticket.state = state or ticket.state
    ticket.changed_at = event.recorded_at
    if event.name == "restore":
        ticket.done_at = event.counts_at
    elif event.name == "reopen":
        ticket.done_at = None
    ticket.ended_at = event.recorded_at if ticket.is_over else None
    ticket.due_at, ticket.due_clock, ticket.over = next_due(faces)
    if ticket.is_over:
        ticket.due_at, ticket.due_clock = None, ""


def _keep(ticket: Ticket) -> None:
    """A new ticket goes in whole; of one that is there the columns that happenings change."""
    if ticket._state.adding:  # noqa: SLF001  Django's own name for a row that is not there yet
        put_in(ticket)
        return
    ticket.save(
        update_fields=[
            *("events", "state", "changed_at", "done_at", "ended_at", "due_at", "due_clock"),
            *("over", "round", "level", "assignee", "assignee_name", "parent", "merged_into"),
            *("title", "values", "system", "place", "device", "department"),
        ]
    )
