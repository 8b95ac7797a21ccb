"""复盘: what is learnt from a major fault, written once; each thing that it calls for becomes a ticket with an owner and a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.opening import NewTicket, open_ticket
from lvyue.helpdesk.actions.stepping import make_mark
from lvyue.helpdesk.actions.writing import Entry, hold, require, write
from lvyue.helpdesk.models import MajorReview, ReviewAction, Ticket
from lvyue.helpdesk.models.tickets import SHORT
from lvyue.helpdesk.queries.reviews import is_due
from lvyue.notices.texts import many_lines, one_line

#: As what a thing that a review calls for is carried out.
KINDS = ("problem", "change", "work_order")

#: The longest text, in characters, and the most things that one review calls for.
LONGEST, MOST = 20_000, 20


@dataclass(frozen=True, slots=True)
class Improvement:
    """改进措施: what is to be done, as which kind of ticket, by whom, before which day; where, for a work order."""

    what: str
    kind: str
    owner: str
    due: date | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ReviewText:
    """复盘的内容: who was present, the root cause, what went well and what went badly."""

    present: str
    cause: str
    badly: str
    well: str = ""


@transaction.atomic
def write_review(
    contract_id: str,
    number: int,
    told: ReviewText,
    improvements: Sequence[Improvement],
    *,
    by: Seat,
    seen: int | None = None,
) -> MajorReview:
    """写复盘: of a ticket that is over, once. ``Refused`` with everything that is wrong; ``Overtaken``; ``Ticket.DoesNotExist``."""
    ticket = hold(contract_id, number, seen)
    require(may(by, Right.TICKET_WORK), ticket.name)
    doubts = [*_wrong(ticket, told, improvements)]
    if doubts:
        raise Refused(doubts)
    said = f"根因：{one_line(told.cause)[:500]}"
    event = write(ticket, Entry("review", said=said, data={"actions": len(improvements)}), by=by)
    row = MajorReview.objects.create(
        ticket=ticket,
        event=event.index,
        present=one_line(told.present)[:SHORT],
        cause=many_lines(told.cause, LONGEST),
        well=many_lines(told.well, LONGEST),
        badly=many_lines(told.badly, LONGEST),
        written_at=clock.now(),
        written_by=by.username,
        written_name=by.name,
    )
    for one in improvements:
        if one.due is not None:  # refused above where it has no day
            _carry_out(row, ticket, one, one.due, by)
    return row


def _carry_out(row: MajorReview, ticket: Ticket, one: Improvement, due: date, by: Seat) -> None:
    """The ticket of an improvement, below the one that was reviewed, in its owner's hands, with its day."""
    values = {"place": one_line(one.place) or ticket.place} if one.kind == "work_order" else {}
    new = NewTicket(
        one.kind,
        one.what,
        values=values,
        parent=ticket.number,
        because=f"{ticket.name} 复盘的改进措施",
    )
    made = open_ticket(ticket.contract_id, new, by=by)
    make_mark(ticket.contract_id, made.number, Entry("assign", data={"to": one.owner}), by=by)
    plan = Entry("plan", said=f"{due} 之前办完（{ticket.name} 复盘）")
    make_mark(ticket.contract_id, made.number, plan, by=by)
    made.refresh_from_db()
    ReviewAction.objects.create(
        review=row,
        what=made.title,
        owner=made.assignee,
        owner_name=made.assignee_name,
        due=due,
        ticket=made,
    )


def _wrong(ticket: Ticket, told: ReviewText, improvements: Sequence[Improvement]) -> list[Doubt]:
    doubts = []
    if not is_due(ticket):
        says = f"{ticket.name} 现在是“{ticket.state_zh}”。"
        doubts.append(malformed(ticket.name, says, "恢复或办完之后再复盘。"))
    if MajorReview.objects.filter(ticket=ticket).exists():
        mend = "要补充的，在工单里记一笔，或另开工单。"
        doubts.append(malformed(ticket.name, "已经复盘过。", mend))
    for place, text, mend in (
        ("参加人", told.present, "请写双方参加的人。"),
        ("根因", told.cause, "请写到为什么会发生；没有查明的，如实写，并列一张“问题”接着查。"),
        ("做得不好的", told.badly, "请写哪里慢了、漏了、误判了；没有的写“没有”和理由。"),
    ):
        if not text.strip():
            doubts.append(malformed(place, "没有写。", mend))
        elif len(text) > LONGEST:
            says = f"有 {len(text)} 个字，最多 {LONGEST} 个。"
            doubts.append(malformed(place, says, "请把长的内容存成附件。"))
    if not improvements:
        mend = "至少列一条：做什么、谁负责、哪天之前。"
        doubts.append(malformed("改进措施", "没有写。", mend))
    elif len(improvements) > MOST:
        says = f"有 {len(improvements)} 条，最多 {MOST} 条。"
        doubts.append(malformed("改进措施", says, "请合并。"))
    for at, one in enumerate(improvements, 1):
        doubts += _wrong_improvement(ticket, one, f"改进措施第 {at} 条")
    return doubts


def _wrong_improvement(ticket: Ticket, one: Improvement, place: str) -> list[Doubt]:
    doubts = []
    if not one_line(one.what):
        doubts.append(malformed(place, "没有写做什么。", "请用一句话写清楚。"))
    if one.kind not in KINDS:
        known = "、".join(TICKET_KINDS[kind].zh for kind in KINDS)
        says = f"不能作为“{one.kind[:20]}”办理。"
        doubts.append(malformed(place, says, f"可选：{known}。"))
    if not one.owner:
        doubts.append(malformed(place, "没有负责人。", "请从经办人里选。"))
    if one.due is None:
        doubts.append(malformed(place, "没有日期。", "请写哪天之前办完。"))
    elif one.due < day_of(clock.now()):
        doubts.append(malformed(place, f"{one.due} 已经过去。", "请写还没有到的一天。"))
    if one.kind == "work_order" and not (one.place.strip() or ticket.place):
        doubts.append(malformed(place, "派工单没有地点。", "请写去哪里。"))
    return doubts
