"""办理: what every act on a draft begins and ends with: who may, on a row that is held, with a trace left behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import Account
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed
from lvyue.core.lifecycles import CONTRACT_DRAFT
from lvyue.readings.choices import DECIDERS, SPEAKERS, DraftState, Side
from lvyue.readings.models import Draft
from lvyue.readings.queries import seat_on, side_of

#: The longest reason that anybody is asked to read.
REASON_LIMIT = 5_000


class Hidden(Refused):
    """看不到: for who asks there is no such draft, whether there is one or not."""


def hold(draft_id: int, by: Account) -> tuple[Draft, Seat]:
    """The draft, held until the end of the transaction, and the seat of who acts. ``Hidden`` for who is nothing there."""
    draft = Draft.objects.select_for_update().filter(pk=draft_id).first()
    seat = seat_on(by, draft) if draft is not None else None
    if draft is None or seat is None:
        says = f"没有第 {draft_id} 号合同草稿。"
        raise Hidden([malformed("合同草稿", says, "请核对编号，或请草稿的成员邀请您。")])
    return draft, seat


def deciding(draft: Draft, seat: Seat) -> Side:
    """The side for which somebody decides. ``Refused`` for who may only look, and once nothing can change any more."""
    return _of(draft, seat, DECIDERS, "核对")


def speaking(draft: Draft, seat: Seat) -> Side:
    """The side for which somebody speaks: proposes, confirms, sends back, invites."""
    return _of(draft, seat, SPEAKERS, "代表一方办理")


def may_speak(seat: Seat) -> bool:
    return bool(seat.roles & SPEAKERS)


def may_decide(seat: Seat) -> bool:
    return bool(seat.roles & DECIDERS)


def _of(draft: Draft, seat: Seat, able: frozenset[Any], what: str) -> Side:
    refuse_final(draft)
    side = side_of(seat)
    if side is None or not seat.roles & able:
        who = "、".join(role.label for role in type(next(iter(able))) if role in able)
        raise refused(draft, f"您是{seat.zh}，不能{what}；可以由{who}办理。")
    return side


def refuse_final(draft: Draft) -> None:
    if draft.state in (DraftState.IN_FORCE, DraftState.WITHDRAWN):
        state = draft.get_state_display()
        raise refused(draft, f"这份草稿{state}，不再改动。", "要改已生效的合同，请起草补充协议。")


def take(draft: Draft, step: str, side: Side, *papers: str) -> DraftState:
    """The state after a step of the lifecycle. ``Refused`` with what stands against it."""
    after = CONTRACT_DRAFT.take(draft.state, step, role=side.value, papers=papers)
    if isinstance(after, Doubt):
        raise Refused([after])
    return DraftState(after)


def touched(draft: Draft, side: Side, times: int = 1) -> None:
    """Something in the draft has changed: what was proposed was another text, and is proposed no longer."""
    draft.version += times
    fields = ["version"]
    if draft.state == DraftState.PROPOSED:
        draft.state = take(draft, "revise", side)
        fields += unsigned(draft)
    draft.save(update_fields=fields)


def unsigned(draft: Draft) -> list[str]:
    """The signatures taken off; the columns to save."""
    draft.proposed_side, draft.proposed_version, draft.release = "", None, ""
    draft.buyer_by = draft.buyer_name = draft.supplier_by = draft.supplier_name = ""
    draft.buyer_at = draft.supplier_at = None
    return ["state", "release", "proposed_side", "proposed_version", *SIGNATURES]


SIGNATURES = (
    *("buyer_by", "buyer_name", "buyer_at"),
    *("supplier_by", "supplier_name", "supplier_at"),
)


def reason_of(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refused([malformed("理由", "没有写理由。", "请写明理由，它会留在记录里。")])
    if len(reason) > REASON_LIMIT:
        says = f"有 {len(reason)} 个字，最多 {REASON_LIMIT} 个。"
        raise Refused([malformed("理由", says, "请写短一些，细节另附文书。")])
    return reason


def trace(
    draft: Draft,
    act: str,
    *,
    by: Seat,
    about: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One entry of the audit trail, under the draft's own name."""
    audit(
        f"draft.{act}",
        by=by,
        contract_id=draft.trail,
        about=about[:200] or draft.name,
        before=before,
        after=after,
        reason=reason,
    )


def refused(draft: Draft, says: str, mend: str = "") -> Refused:
    return Refused(
        [
            Doubt(
                id=DoubtId(f"refused:draft:{draft.pk}"),
                kind=DoubtKind.REFUSED,
                severity=Severity.BLOCK,
                places=(draft.name,),
                says=says,
                mend=mend,
            )
        ]
    )
