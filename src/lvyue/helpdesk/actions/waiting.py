"""等函复: when the buyer has not answered in time what the supplier asked in a letter, whatever waits for the answer stands still.

What waits is what the ticket says itself: the ticket under which the letter was opened, and the tickets that were opened under the
letter. Nobody has to ask for it and nobody to agree: the signed letter and the calendar prove it (OBL-03, OBL-04; government-cloud-2026
7.1.10, 7.1.11). The answer sets it going again; where the contract has no number for the answer, nothing ever stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from lvyue import clock
from lvyue.core.facts import WORDS
from lvyue.core.obligation import Verdict
from lvyue.core.terms import Party
from lvyue.core.tickets import Source
from lvyue.helpdesk.actions.writing import Entry, Machine, hold, write
from lvyue.helpdesk.models import Ticket, TicketEvent
from lvyue.helpdesk.queries.governing import faces_of
from lvyue.helpdesk.queries.tickets import events_of, is_paused

#: What acts here, as the record names it.
MACHINE = Machine("逾期未答复，自动停表")

#: Under which reason of ``core.facts.PAUSE_REASONS`` it stands.
CAUSE = "late_reply"


def stop_for_letters() -> int:
    """逾期停表: stop what waits for letters that are unanswered and late now. How many tickets were stopped.

    A letter stops a ticket once: who goes on working without the answer is not stopped again. One that stands still for another
    reason is stopped when that has ended.
    """
    late = Ticket.objects.filter(
        kind="reply", ended_at__isnull=True, state="received", due_at__lt=clock.now()
    )
    waits = Q(children__ended_at__isnull=True) | Q(parent__ended_at__isnull=True)
    found = late.filter(waits).distinct().order_by("id").values_list("contract_id", "number")
    return sum(_stop(contract_id, number) for contract_id, number in found)


@transaction.atomic
def _stop(contract_id: str, number: int) -> int:
    letter = hold(contract_id, number)
    history = list(events_of(letter))
    ended = _ended(letter, history)
    if ended is None:
        return 0
    return sum(_pause(one.number, letter, history, ended) for one in _waiting_for(letter))


def _ended(letter: Ticket, history: Sequence[TicketEvent]) -> datetime | None:
    """The first moment after the time for the answer; None while it is not over, or has no number that can be decided."""
    faces = faces_of(letter, [one.happening for one in history], clock.now())
    missed = [
        end
        for one in faces
        if one.reading.verdict is Verdict.MISSED
        and one.reading.rule.debtor is Party.BUYER
        and (end := one.reading.due_moment) is not None
    ]
    return min(missed) + timedelta(microseconds=1) if missed else None


def _waiting_for(letter: Ticket) -> Iterator[Ticket]:
    waits = Q(parent=letter) | (Q(pk=letter.parent_id) if letter.parent_id else Q(pk__in=()))
    yield from (
        Ticket.objects.filter(waits, ended_at__isnull=True).exclude(kind="reply").order_by("id")
    )


def _pause(number: int, letter: Ticket, of_letter: Sequence[TicketEvent], ended: datetime) -> int:
    ticket = hold(letter.contract_id, number)
    history = list(events_of(ticket))
    known = any(one.name == "pause" and one.data.get("letter") == letter.name for one in history)
    if known or is_paused(history) or ticket.is_over or ticket.done_at is not None:
        return 0
    went_on = [one.counts_at for one in history if one.name == "resume"]
    data = {
        "cause": CAUSE,
        "reason": WORDS[CAUSE],
        "clock": "",
        "letter": letter.name,
        "paper": str(letter.values.get("paper", "")),
    }
    entry = Entry(
        "pause",
        max([ended, history[0].counts_at, *went_on]),
        f"甲方没有在期限内书面答复 {letter.name}（{letter.values.get('paper', '')}）。",
        data,
        tuple(of_letter[0].evidence),
        source=Source.MACHINE,
        proved=True,
    )
    step = next((s for s in ticket.life.open_steps(ticket.state) if s.name == "pause"), None)
    past = [one.happening for one in history]
    write(ticket, entry, by=MACHINE, state=step.to if step is not None else "", past=past)
    return 1


def go_on_after(letter: Ticket, answer: TicketEvent) -> int:
    """恢复计时: what stood still for a letter goes on from its answer, or from when it was taken back. How many did."""
    return sum(_resume(one.number, letter, answer) for one in _waiting_for(letter))


def _resume(number: int, letter: Ticket, answer: TicketEvent) -> int:
    ticket = hold(letter.contract_id, number)
    history = list(events_of(ticket))
    stopped = [one for one in history if one.name == "pause"]
    if not is_paused(history) or stopped[-1].data.get("letter") != letter.name:
        return 0
    entry = Entry(
        "resume",
        max(answer.counts_at, stopped[-1].at),
        f"{letter.name} 已{letter.the_kind.step_zh(answer.name)}。",
        {"letter": letter.name},
        source=Source.MACHINE,
        proved=True,
    )
    step = next((s for s in ticket.life.open_steps(ticket.state) if s.name == "resume"), None)
    past = [one.happening for one in history]
    write(ticket, entry, by=MACHINE, state=step.to if step is not None else "", past=past)
    return 1
