"""签署: who may move an amendment on, and why not. Buttons, interface and actions ask here, and only here.

Which step leads where is the table ``SUPPLEMENT`` of the core. Here is what hangs on persons: what one side proposes only
that side alters or takes back, the other side refuses it, and the two signatures are of two sides and two people.
"""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.accounts.duties import may_sign_too, may_speak_for_one
from lvyue.accounts.permissions import STEPS, YES, Ruling, Seat, may, may_see_draft, no
from lvyue.contracts.choices import FINAL, AmendmentState
from lvyue.contracts.queries import Amendment
from lvyue.core.lifecycles import SUPPLEMENT, Step
from lvyue.core.terms import Party

#: What only the side does that proposes, and what only the other one does.
_OURS, _THEIRS = frozenset({"propose", "withdraw", "revise"}), frozenset({"refuse"})

_SIGNING = frozenset({"confirm", "countersign"})


@dataclass(frozen=True, slots=True)
class OpenStep:
    """可走的一步: a step of the table that leads on from here, and whether this person may take it, with the reason."""

    step: Step
    ruling: Ruling

    @property
    def is_signing(self) -> bool:
        return self.step.name in _SIGNING


def may_see(row: Amendment, seat: Seat) -> bool:
    """A draft is its own side's alone until it is proposed; whoever sees the contract sees everything else."""
    drafted = row.state == AmendmentState.DRAFTED
    return may_see_draft(seat, Party(row.side), drafted=drafted).allowed


def open_steps(row: Amendment, seat: Seat) -> tuple[OpenStep, ...]:
    """The steps that lead on, in the order of the table. A change of the text is no button: see ``may_edit``."""
    return tuple(
        OpenStep(step, may_take(row, step.name, seat))
        for step in SUPPLEMENT.open_steps(row.state)
        if step.name != "revise"
    )


def may_edit(row: Amendment, seat: Seat) -> Ruling:
    """Whether this person may change the text now."""
    if row.state in FINAL:
        says = f"{row.name}已经了结（{row.get_state_display()}），不能再改；要改请另立一份。"
        return no("state", says)
    return may_take(row, "revise", seat)


def may_take(row: Amendment, name: str, seat: Seat) -> Ruling:
    """Whether this person may take a step, wherever the table lets it lead."""
    ruling = may(seat, STEPS[SUPPLEMENT.name][name].right)
    if not ruling:
        return ruling
    if name != "revise" and name not in {step.name for step in SUPPLEMENT.open_steps(row.state)}:
        return no("state", f"{row.name}的状态是“{row.get_state_display()}”，不能这样做。")
    if seat.side is None:
        return may_speak_for_one(seat)
    own = Party(row.side)
    if name in _OURS and seat.side is not own:
        says = f"这份补充协议由{own.zh}提出，应由{own.zh}办理；您是{seat.zh}。"
        return no("proposer", says)
    if name in _THEIRS and seat.side is own:
        return no("proposer", "这是本方提出的，不能由本方表示不同意；不要了请撤回。")
    return _may_sign(row, seat, seat.side) if name in _SIGNING else YES


def _may_sign(row: Amendment, seat: Seat, side: Party) -> Ruling:
    if side.value in row.signed:
        return no("state", f"{side.zh}已经签署，等{_other(side).zh}签署。")
    signed = {Party.BUYER: row.buyer_by, Party.SUPPLIER: row.supplier_by}
    return may_sign_too(seat, side, signed)


def waits_for(row: Amendment) -> str:
    """Whose turn it is, in words; empty where nobody's."""
    match row.state:
        case AmendmentState.DRAFTED:
            return f"等{Party(row.side).zh}提出"
        case AmendmentState.PROPOSED:
            return "等双方签署"
        case AmendmentState.CONFIRMED_BY_ONE:
            missing = [side.zh for side in _SIDES if side.value not in row.signed]
            return f"等{'、'.join(missing)}签署"
        case _:
            return ""


_SIDES = (Party.BUYER, Party.SUPPLIER)


def _other(side: Party) -> Party:
    return Party.SUPPLIER if side is Party.BUYER else Party.BUYER
