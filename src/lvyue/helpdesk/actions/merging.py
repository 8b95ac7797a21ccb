"""合并与拆分: two tickets about one thing become one, and one ticket about two things becomes two; no time and no paper is lost.

The ticket that is kept counts from the earlier of the two openings. The one that is not ends as merged: what was too late by
then stays too late, so nobody mends a breach by merging; what still ran runs on under the ticket that is kept, which is why
only a ticket is kept on which the same terms run. A part that is split off was told when the whole was told, and is answered
if the whole was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused, malformed
from lvyue.core.tickets import OPEN, moments_of, rounds
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import Ticket
from lvyue.helpdesk.queries.governing import Face, faces_of
from lvyue.helpdesk.queries.rules import may_take
from lvyue.helpdesk.queries.tickets import events_of, history_of, is_paused


@transaction.atomic
def merge_tickets(contract_id: str, keep: int, lose: int, *, reason: str, by: Seat) -> Ticket:
    """并入他单: ``lose`` ends as merged into ``keep``, which is answered. Both keep their history; files go along.

    An answer that the other ticket got counts for the kept one unless its own answer is already too late.
    ``Ticket.DoesNotExist`` and ``Refused``.
    """
    if keep == lose:
        raise Refused([malformed("留下的工单", "两张是同一张工单。", "请填另一张工单的号。")])
    if not reason.strip():
        raise Refused(
            [
                malformed(
                    "理由", "没有写。", "请写明为什么是同一件事，例如同一人电话之后又发了邮件。"
                )
            ]
        )
    first, second = sorted(
        (keep, lose)
    )  # always in one order, so that two mergers cannot wait for each other
    held = {number: hold(contract_id, number) for number in (first, second)}
    kept, lost = held[keep], held[lose]
    require(may_take(lost, "merge", by), lost.name)
    if kept.is_over:
        says = f"{kept.name} 已经{kept.state_zh}，不能再并入别的工单。"
        raise Refused([malformed("留下的工单", says, "请留下还没有了结的一张，或重新打开它。")])
    now = clock.now()
    past = {one.pk: history_of(one) for one in (kept, lost)}
    faces = {one.pk: faces_of(one, past[one.pk], now) for one in (kept, lost)}
    _refuse_lost_terms(kept, lost, faces[kept.pk], faces[lost.pk])
    since = [moments_of(rounds(past[one.pk])[-1])[OPEN] for one in (kept, lost)]
    data: dict[str, Any] = {"other": lost.subject_of(lost.round), "since": min(since).isoformat()}
    answered = moments_of(rounds(past[lost.pk])[-1]).get("answer")
    if answered is not None and not _answered_too_late(faces[kept.pk]):
        data["answered"] = answered.isoformat()
    files = _files_of(lost)
    ended: dict[str, Any] = {"into": kept.name, "papers": {"留下的工单": kept.name}}
    if is_paused([*events_of(lost)]):
        ended["resumes"] = True
    lost.merged_into = kept
    write(lost, Entry("merge", said=reason, data=ended), by=by, state="merged", past=past[lost.pk])
    taken = Entry("take_in", said=reason, data=data, evidence=files)
    write(kept, taken, by=by, past=past[kept.pk])
    return kept


def _refuse_lost_terms(
    kept: Ticket, lost: Ticket, of_kept: Sequence[Face], of_lost: Sequence[Face]
) -> None:
    """What the contract still waits for on the one must be waited for on the other."""
    held = {one.reading.rule.term for one in of_kept if one.round == kept.round}
    running = [
        one.reading.rule
        for one in of_lost
        if one.round == lost.round and one.reading.stopped is None and one.reading.rule.term
    ]
    if lacking := [rule.zh for rule in running if rule.term not in held]:
        says = f"{kept.name} 上没有 {lost.name} 还在计的：{'、'.join(lacking)}。"
        mend = f"请反过来留下 {lost.name}；两边都有对方没有的，请各自办理，互相注明。"
        raise Refused([malformed("留下的工单", says, mend)])


def _answered_too_late(faces: Sequence[Face]) -> bool:
    newest = max((one.round for one in faces), default=1)
    return any(one.reading.is_over for one in faces if one.round == newest)


def _files_of(ticket: Ticket) -> tuple[str, ...]:
    found = (sha for event in events_of(ticket) for sha in event.evidence)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Part:
    """拆出的一件: what of a ticket is another thing: its kind, its words, its fields, and the files that go along."""

    kind: str
    title: str
    body: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@transaction.atomic
def split_ticket(contract_id: str, number: int, part: Part, *, reason: str, by: Seat) -> Ticket:
    """拆出: a further ticket for a part of one, opened when the whole was; answered if the whole was, and at that moment."""
    ticket = hold(contract_id, number)
    require(may(by, Right.TICKET_WORK), ticket.name)
    if not reason.strip():
        raise Refused([malformed("理由", "没有写。", "请写明拆出的是哪一部分，为什么是另一件事。")])
    if ticket.is_over:
        says = f"{ticket.name} 已经{ticket.state_zh}，不能再拆。"
        raise Refused([malformed(ticket.name, says, "请另开一张工单，写明与它的关系。")])
    history = history_of(ticket)
    times = moments_of(rounds(history)[-1])
    values = dict(part.values)
    if ticket.channel:
        values.setdefault("channel", ticket.channel)
    new = NewTicket(
        part.kind,
        part.title,
        part.body,
        values,
        at=times[OPEN],
        level=ticket.level,
        caller=ticket.caller,
        caller_contact=ticket.caller_contact,
        department=ticket.department,
        evidence=part.evidence,
        parent=ticket.number,
        because=f"从 {ticket.name} 拆出",
        reporter=ticket.reporter,
        reporter_name=ticket.reporter_name,
        reporter_side=ticket.reporter_side,
        told={"split_from": ticket.name},
        proved=True,
    )
    made = open_ticket(contract_id, new, by=by)
    if (answered := times.get("answer")) is not None:
        _answer_too(made, answered, ticket, by)
    note = Entry("split", said=reason, data={"into": made.name}, evidence=part.evidence)
    write(ticket, note, by=by, past=history)
    return made


def _answer_too(made: Ticket, answered: datetime, whole: Ticket, by: Seat) -> None:
    step = next((one for one in made.life.open_steps(made.state) if one.name == "answer"), None)
    if step is None:
        return
    data = {"split_from": whole.name}
    said = f"{whole.name} 已由人响应"
    write(made, Entry("answer", answered, said, data, proved=True), by=by, state=step.to)
