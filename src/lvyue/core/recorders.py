"""登记人: which side may put which kind of fact on record.

What a party does or decides, that party records; a receipt may be recorded by whoever holds the signed slip; what only
both can make true (a parameter, a settled doubt) is nobody's to record alone. "A provider must not be able to confirm
client facts" (SYS-02).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from lvyue.core.facts import KINDS
from lvyue.core.terms import Party


class Recorder(StrEnum):
    """登记人: by name, or by whose duty the fact is about."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    EITHER = "either"
    DEBTOR = "debtor"
    CREDITOR = "creditor"
    TOGETHER = "together"


_BUYER = """
    contract.effective invoice.refused treasury.released payment.made setoff.demanded
    assessment.graded acceptance.held acceptance.passed acceptance.failed acceptance.answered
    review.held review.passed warranty.defect letter.answered instruction.approved hazard.notified
    staff.replacement_demanded staff.absent carriers.demanded indicator.judged survey.closed
    system.disconnected ticket.paused ticket.objected ticket.withdrawn reach.tested
"""
_SUPPLIER = """
    request.replied ticket.answered ticket.restored ticket.merged ticket.took_in incident.reported leak.reported demand.notified
    scan.completed penetration.reported drill.held backup.completed restore.verified staff.announced
    staff.stationed staff.replaced duty_log.filed inspection.done repair.counted archive.completed
    maintenance.completed plan.issued resource.provided carriers.returned demand.received
    monitoring.covered refund.made
"""
_TOGETHER = "service.ended handover.completed parameter.agreed doubt.settled payment.excused"
_DEBTOR = "duty.performed duty.attested right.exercised"  # a right is its holder's
_CREDITOR = """
    duty.breached term.waived term.excused term.suspended term.resumed damages.claimed damages.chosen
"""
_EITHER = """
    contract.rescinded contract.terminated expiry.notified renewal.confirmed default.notified
    default.cured termination.notified dispute.raised litigation.filed service.stopped account.changed
    account.notified contact.changed contact.notified invoice.received
    acceptance.submitted results.delivered event.occurred
    ticket.opened ticket.closed ticket.resumed request.received letter.received instruction.received notice.sent
    incident.known leak.known hazard.rectified staff.counted training.held report.delivered
    deliverable.submitted outage.recorded measure.taken force_majeure.began force_majeure.notified
    force_majeure.proved force_majeure.ended fact.corrected fact.withdrawn
"""

RECORDERS: Mapping[str, Recorder] = {
    name: recorder
    for recorder, names in (
        (Recorder.BUYER, _BUYER),
        (Recorder.SUPPLIER, _SUPPLIER),
        (Recorder.TOGETHER, _TOGETHER),
        (Recorder.DEBTOR, _DEBTOR),
        (Recorder.CREDITOR, _CREDITOR),
        (Recorder.EITHER, _EITHER),
    )
    for name in names.split()
}
if RECORDERS.keys() != KINDS.keys():
    raise ValueError(f"登记人没有说全：{sorted(RECORDERS.keys() ^ KINDS.keys())}")

#: Fields that only both sides together can fill in: with one of these a fact is proposed and signed.
AGREED: Mapping[str, frozenset[str]] = {"assessment.graded": frozenset({"agreed_percent"})}

#: What one side receives from the other. Who received it records it; anybody else brings the signed slip along, and where
#: the notice may have gone either way (None) everybody does.
SLIPS: Mapping[str, Party | None] = {
    "invoice.received": Party.BUYER,
    "acceptance.submitted": Party.BUYER,
    "results.delivered": Party.BUYER,
    "letter.received": Party.BUYER,
    "hazard.rectified": Party.BUYER,
    "contract.rescinded": None,
    "contract.terminated": None,
    "termination.notified": None,
    "default.notified": None,
    "default.cured": None,
}

#: Papers, money and people: what binds a supplier is recorded by its manager, not by an engineer. What must be told at once, a
#: sudden event or a demand of an authority, is told by whoever is there.
FORMAL = frozenset(
    [
        "contract.rescinded",
        "contract.terminated",
        "expiry.notified",
        "renewal.confirmed",
        "default.notified",
        "default.cured",
        "termination.notified",
        "dispute.raised",
        "litigation.filed",
        "service.stopped",
        "account.changed",
        "account.notified",
        "contact.changed",
        "contact.notified",
        "invoice.received",
        "refund.made",
        "damages.claimed",
        "damages.chosen",
        "acceptance.submitted",
        "results.delivered",
        "term.waived",
        "term.suspended",
        "term.resumed",
        "term.excused",
        "right.exercised",
        "letter.received",
        "force_majeure.began",
        "force_majeure.notified",
        "force_majeure.proved",
        "force_majeure.ended",
        "staff.announced",
        "staff.replaced",
        "carriers.returned",
        "plan.issued",
        "deliverable.submitted",
        "duty.attested",
        "leak.reported",
    ]
)

#: What the using department sees with its own eyes; its instructions go through the buyer (S0 7.2.20).
DEPARTMENT = frozenset(
    [
        "ticket.opened",
        "ticket.closed",
        "ticket.objected",
        "ticket.withdrawn",
        "request.received",
        "training.held",
        "outage.recorded",
        "incident.known",
        "reach.tested",
    ]
)


def recorder_of(kind: str) -> Recorder:
    """Who records facts of a kind; ``KeyError`` where there is no such kind."""
    return RECORDERS[kind]
