"""谁可以: who sees a ticket, who may open one, and who may take which step; always with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import DESK, STEPS, YES, Right, Ruling, Seat, may, no
from lvyue.core.lifecycles import Step
from lvyue.core.terms import Party
from lvyue.core.tickets import TICKET_KINDS, TicketKind
from lvyue.helpdesk.choices import Audience, Side
from lvyue.helpdesk.models import Ticket, TicketEvent

#: Who opens a kind, by the words of the table of kinds.
_OPENERS = {
    "user": frozenset({ContractRole.USING_DEPARTMENT, ContractRole.BUYER}),
    "buyer": frozenset({ContractRole.BUYER}),
    "supplier": frozenset({ContractRole.SUPPLIER_MANAGER}),
    "engineer": DESK["engineer"].roles,
    "anybody": Right.TICKET_OPEN.roles,
}


def visible(seat: Seat, department: str) -> Q:
    """The condition under which tickets of the seat's contract are somebody's to see.

    A using department sees its own. The supplier does not see an instruction that a department wrote down before the buyer
    approved it (security-support-2026 7.2.20).
    """
    mine = Q(contract_id=seat.contract_id)
    if not seat.roles:
        return Q(pk__in=())
    if seat.only_uses:
        own = Q(reporter=seat.username)
        return mine & (own | Q(department=department) if department else own)
    if seat.side is Party.SUPPLIER:
        # What a department took back before the buyer had approved it was never the supplier's to see.
        approved = TicketEvent.objects.filter(ticket=OuterRef("pk"), name="approve")
        unsent = Q(~Exists(approved), kind="instruction", reporter_side=Side.BUYER)
        return mine & ~unsent
    return mine


def shown_to(seat: Seat, event: TicketEvent) -> bool:
    """Whether a happening is for this person: notes of one side are that side's own."""
    if event.audience == Audience.BOTH:
        return True
    return any(side.value == event.audience for side in seat.sides)


def may_open(seat: Seat, kind: TicketKind) -> Ruling:
    """Whether somebody may open a ticket of a kind."""
    ruling = may(seat, Right.TICKET_OPEN)
    if not ruling:
        return ruling
    allowed = frozenset().union(*(_OPENERS[one] for one in kind.opens))
    if seat.roles & allowed:
        return YES
    able = "、".join(role.label for role in ContractRole if role in allowed)
    return no("role", f"您是{seat.zh}，不能开“{kind.zh}”；可以由{able}办理。")


def openable(seat: Seat) -> tuple[TicketKind, ...]:
    """The kinds that somebody may open, in the order of the table."""
    return tuple(kind for kind in TICKET_KINDS.values() if may_open(seat, kind))


@dataclass(frozen=True, slots=True)
class Choice:
    """可走的步骤: a step that leads on from the state of a ticket, and whether this person may take it."""

    step: Step
    ruling: Ruling


def role_of(seat: Seat, step: Step) -> str:
    """The role of the lifecycle as which somebody may take a step; empty for none."""
    return next((role for role in step.by if may(seat, DESK[role])), "")


def may_take(ticket: Ticket, name: str, seat: Seat, restored_by: str = "") -> Ruling:
    """Whether somebody may take a step now: the right, the state, and who must be somebody else.

    ``restored_by`` is who did what is now to be confirmed.
    """
    life = ticket.life
    step = next((one for one in life.steps if one.name == name), None)
    if step is None:
        return no("state", f"“{ticket.the_kind.zh}”没有“{name}”这一步。")
    taking = STEPS[life.name][name]
    ruling = may(seat, taking.right)
    if not ruling:
        return ruling
    if ticket.state not in step.froms:
        possible = "、".join(one.zh for one in life.open_steps(ticket.state)) or "没有后续步骤"
        return no(
            "state", f"{ticket.name} 现在是“{ticket.state_zh}”，不能“{step.zh}”。可以：{possible}。"
        )
    if "apart" in taking.rules and restored_by and restored_by == seat.username:
        return no("apart", f"“{step.zh}”不能由办理的人自己作出，请由另一位办理。")
    return YES


def choices(ticket: Ticket, seat: Seat, restored_by: str = "") -> Iterator[Choice]:
    """Every step that leads on from here with what this person is told who asks for it."""
    for step in ticket.life.open_steps(ticket.state):
        yield Choice(step, may_take(ticket, step.name, seat, restored_by))


def side_of(seat: Seat) -> Side:
    """The side on which somebody acts on the desk."""
    return Side.BUYER if seat.side is Party.BUYER else Side.SUPPLIER
