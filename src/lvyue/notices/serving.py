"""送达权限: who may move a letter on, and why not. Pages, interface and actions ask here, and only here.

Which step leads where is the table ``LETTER`` of the core. Here is what hangs on persons: a letter is its own side's until
it is sent; a department writes, and the buyer's lead signs and sends.
"""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.accounts.permissions import YES, Right, Ruling, Seat, may, may_instruct, no
from lvyue.core.lifecycles import LETTER, Step
from lvyue.core.terms import Party
from lvyue.notices.letter_choices import UNSENT, WEIGHTS, LetterKind, LetterState, Side
from lvyue.notices.queries.letters import Letter

#: What a person does with a letter; every other step follows from receipts.
STEPS = ("issue", "dispatch", "withdraw")


@dataclass(frozen=True, slots=True)
class OpenStep:
    """可走的一步: a step of the table that a person may ask for, with the ruling."""

    step: Step
    ruling: Ruling


def side_of(seat: Seat) -> Side | Ruling:
    """The side for which a person writes; a ruling that says why there is none."""
    if seat.side is None:
        return no("one_side", f"您是{seat.zh}，不代表任何一方或同时代表双方，不能办理函件。")
    return Side(seat.side.value)


def may_see(row: Letter, seat: Seat) -> bool:
    """Until it is sent a letter is its own side's; whoever sees the contract sees what was sent."""
    return row.state not in UNSENT or row.side in {side.value for side in seat.sides}


def may_write(seat: Seat, kind: LetterKind) -> Ruling:
    """Whether a person may draft a letter of a kind."""
    ruling = may(seat, Right.WRITE)
    if not ruling:
        return ruling
    side = side_of(seat)
    if isinstance(side, Ruling):
        return side
    if side not in WEIGHTS[kind].sides:
        who = "、".join(one.label for one in Side if one in WEIGHTS[kind].sides)
        return no("proposer", f"“{kind.label}”只能由{who}发出；您是{seat.zh}。")
    return YES


def may_edit(row: Letter, seat: Seat) -> Ruling:
    """Whether a person may change the words: only of a draft of their own side."""
    if row.state != LetterState.DRAFTED:
        says = (
            f"{row.name}的状态是“{row.get_state_display()}”，签发之后不再改动；要更正请另发一封。"
        )
        return no("state", says)
    ruling = may(seat, Right.WRITE)
    return ruling if not ruling else _own(row, seat)


def may_take(row: Letter, name: str, seat: Seat) -> Ruling:
    """Whether a person may issue, send or withdraw a letter now."""
    if name not in {step.name for step in _leading_on(row)}:
        says = f"{row.name}的状态是“{row.get_state_display()}”，不能这样做。"
        return no("state", says)
    ruling = _own(row, seat)
    if not ruling:
        return ruling
    if name == "withdraw" and row.state == LetterState.DRAFTED and seat.username == row.drafted_by:
        return may(seat, Right.WRITE)
    instruct = may_instruct(seat)
    if row.side == Side.BUYER and Party.BUYER in seat.sides and not instruct:
        return instruct
    return may(seat, Right.SERVE)


def may_record(row: Letter, seat: Seat) -> Ruling:
    """Whether a person may record what became of a dispatch: the sender by the slip, the receiver by their own word."""
    if row.state in UNSENT:
        return no("state", f"{row.name}还没有送出，没有回执可记。")
    ruling = may(seat, Right.SERVE)
    if not ruling:
        return ruling
    side = side_of(seat)
    return side if isinstance(side, Ruling) else YES


def open_steps(row: Letter, seat: Seat) -> tuple[OpenStep, ...]:
    """The steps that lead on and that people take, in the order of the table."""
    return tuple(
        OpenStep(step, may_take(row, step.name, seat))
        for step in _leading_on(row)
        if step.name in STEPS
    )


def _leading_on(row: Letter) -> tuple[Step, ...]:
    """The steps from here; while one try is under way another may be made, which leads nowhere new."""
    again = tuple(step for step in LETTER.steps if step.name == "dispatch")
    more = again if row.state == LetterState.DISPATCHED else ()
    return (*LETTER.open_steps(row.state), *more)


def _own(row: Letter, seat: Seat) -> Ruling:
    own = Side(row.side)
    if own.value not in {side.value for side in seat.sides}:
        return no("proposer", f"{row.name}由{own.label}发出，由{own.label}办理；您是{seat.zh}。")
    if seat.side is None:
        return no("one_side", "您同时代表双方，不能办理。请由各方的人分别办理。")
    return YES
