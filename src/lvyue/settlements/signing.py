"""签署: who may do what to an issued statement in which state, asked by the pages before and by the actions at the act."""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.accounts.duties import may_speak_for_one
from lvyue.accounts.permissions import STEPS, YES, Ruling, Seat, may, no
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Severity
from lvyue.core.lifecycles import STATEMENT
from lvyue.core.terms import Party
from lvyue.settlements.choices import StatementAct, StatementState

#: What must be attached to an act; the act itself brings it.
_PAPERS = {
    StatementAct.CONFIRM: ("签署",),
    StatementAct.COUNTERSIGN: ("签署",),
    StatementAct.DISPUTE: ("理由",),
    StatementAct.RESTATE: ("重述的结算书",),
    StatementAct.WITHDRAW: (),
}


@dataclass(frozen=True, slots=True)
class Signing:
    """签署情况: how far an issued statement has come; ``restated_by`` is the number of what replaces it, if anything.

    ``confirmed`` are the sides that have given their word, ``confirmed_by`` the people who gave it.
    """

    number: int
    state: str
    issued_for: Party
    confirmed: frozenset[Party]
    confirmed_by: frozenset[str]
    restated_by: int | None

    @property
    def confirming(self) -> StatementAct:
        """What the next confirmation is: the first, or the other side's."""
        return StatementAct.COUNTERSIGN if self.confirmed else StatementAct.CONFIRM

    def take(self, act: StatementAct, side: Party, who: str) -> str | Doubt:
        """The state after an act of ``who`` for a side, or what stands against it and what to do instead."""
        says, mend = self._hindrance(act, side, who)
        if says:
            return refusal(self.name, says, mend)
        if act is StatementAct.RESTATE and self.state == "restated":
            return self.state  # its restatement was taken back: it may have another
        role = "issuer" if act is StatementAct.WITHDRAW else side.value
        return STATEMENT.take(self.state, act.value, role=role, papers=_PAPERS[act])

    def gives_way_at_once(self, side: Party) -> bool:
        """Whether a restatement by this side takes its place now; if not it stands until both have confirmed that one.

        Nobody takes back the other side's word: neither what it issued, unless that was disputed, nor what it confirmed.
        """
        match self.state:
            case StatementState.DISPUTED:
                return True
            case StatementState.ISSUED | StatementState.CONFIRMED_BY_ONE:
                return side is self.issued_for and not self.confirmed - {side}
            case _:
                return False

    def has_spoken_for_another(self, seat: Seat) -> bool:
        """Whether this person has confirmed, and not for the side for which they sit here now."""
        return seat.username in self.confirmed_by and seat.side not in self.confirmed

    @property
    def name(self) -> str:
        return f"结算书第{self.number}号"

    def _hindrance(self, act: StatementAct, side: Party, who: str) -> tuple[str, str]:
        match act:
            case StatementAct.CONFIRM | StatementAct.COUNTERSIGN if side in self.confirmed:
                return f"{side.zh}已经确认过，不必再确认。", "请等候对方确认。"
            case StatementAct.CONFIRM | StatementAct.COUNTERSIGN if who in self.confirmed_by:
                says = "您已经代表另一方确认过，一个人不能代表双方确认。"
                return says, f"请由{side.zh}的另一位办理。"
            case StatementAct.DISPUTE if side is self.issued_for:
                return "这份结算书是贵方出具的，不能对它提出异议。", "请撤回，或另行重述。"
            case StatementAct.DISPUTE if side in self.confirmed:
                return f"{side.zh}已经确认，不能再提出异议。", "请另行重述。"
            case StatementAct.WITHDRAW if side is not self.issued_for:
                return "只有出具的一方可以撤回。", "请提出异议，或另行重述。"
            case StatementAct.WITHDRAW if self.confirmed - {side}:
                return "对方已经确认，不能撤回。", "有错请另行重述。"
            case StatementAct.RESTATE if self.restated_by is not None:
                says = f"已经由第 {self.restated_by} 号重述。"
                return says, f"请查看第 {self.restated_by} 号。"
            case _:
                return "", ""


def hindrance(signing: Signing, act: StatementAct, seat: Seat) -> str:
    """Why a person cannot do this now; empty if they can."""
    return may_take(signing, act, seat).reason


def may_take(signing: Signing, act: StatementAct, seat: Seat) -> Ruling:
    """Whether a person may do this now, and by which rule not."""
    ruling = may(seat, STEPS[STATEMENT.name][act.value].right)
    if not ruling:
        return ruling
    if seat.side is None:
        return may_speak_for_one(seat, "签署")
    after = signing.take(act, seat.side, seat.username)
    if not isinstance(after, Doubt):
        return YES
    rule = "two_people" if signing.has_spoken_for_another(seat) else "state"
    return no(rule, str(after))


def refusal(place: str, says: str, mend: str) -> Doubt:
    """What is not allowed, why, and what to do instead."""
    return Doubt(
        id=DoubtId(f"refused:{place}"),
        kind=DoubtKind.REFUSED,
        severity=Severity.BLOCK,
        places=(place,),
        says=says,
        mend=mend,
    )
