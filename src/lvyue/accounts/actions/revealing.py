"""查看个人信息: what is starred everywhere is shown once to who has the right and says why. The audit trail keeps both."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from lvyue.accounts.actions.trail import audit
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.models import Appointment, ContactWay
from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.core.doubts import Doubt, DoubtId, DoubtKind, Refused, Severity, malformed

#: The shortest reason that says anything, and the longest that anybody reads.
SHORTEST, LONGEST = 4, 5000


class Unrevealed(Refused):
    """不能查看: with the ruling, so that a face can say which rule it was."""

    def __init__(self, ruling: Ruling) -> None:
        doubt = Doubt(
            id=DoubtId("refused:personal"),
            kind=DoubtKind.REFUSED,
            severity=Severity.BLOCK,
            places=("个人信息",),
            says=ruling.reason,
            mend="",
        )
        super().__init__([doubt])
        self.ruling = ruling


@transaction.atomic
def reveal(about: str, fields: Mapping[str, str], reason: str, *, by: Seat) -> Mapping[str, str]:
    """查看: the fields of one object as they are, for who may, with the reason on record: which object, which fields, never what."""
    ruling = may(by, Right.REVEAL)
    if not ruling:
        raise Unrevealed(ruling)
    reason = reason.strip()
    if len(reason) < SHORTEST:
        mend = f"请写明为什么要看，至少 {SHORTEST} 个字；它会留在留痕里。"
        raise Refused([malformed("理由", "没有写清理由。", mend)])
    if len(reason) > LONGEST:
        says = f"理由有 {len(reason)} 个字，最多 {LONGEST} 个。"
        raise Refused([malformed("理由", says, "请写短一些。")])
    after = {"field": "、".join(fields)}
    audit(
        "personal.revealed",
        by=by,
        contract_id=by.contract_id,
        about=about[:200],
        after=after,
        reason=reason,
    )
    return dict(fields)


def reveal_contacts(username: str, reason: str, *, by: Seat) -> Mapping[str, str] | None:
    """联系方式: of somebody who is on the same contract now; None where there is nobody such."""
    held = Appointment.objects.filter(
        contract_id=by.contract_id, account__username=username, until__isnull=True
    )
    if not by.roles or not held.exists():
        return None
    ways = ContactWay.objects.filter(account__username=username).order_by("kind")
    fields = {ContactKind(one.kind).label: one.value for one in ways}
    return reveal(username, fields, reason, by=by)
