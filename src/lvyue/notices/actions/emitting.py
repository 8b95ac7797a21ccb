"""推送事件: what happened, for the programs that subscribed to it.

Everything that changes anything is audited, in the transaction of the act. So nothing is emitted where things happen:
a job goes along the audit trail from where it stopped, and writes a leg for each subscriber. What was rolled back was never
in the trail, a job that is killed goes on where its cursor stands, and whoever writes a new action need not think of
subscribers. It goes by the places in the chain and not by the ids of entries: those are given out before the commit, and
a slow transaction would come in behind the cursor; places are given out after it, without gaps.

What is sent names the event, the contract and an address of the interface, where the receiver asks with its own token and
its own rights. There is nothing in it of people or of what a contract holds.

What no act of the trail says, a finding that changed and a message, is told where it happens: see ``subscribers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from django.db import transaction

from lvyue.accounts.models import AuditEntry, AuditLink
from lvyue.notices.actions.queueing import wake
from lvyue.notices.actions.subscribers import legs_of, standing
from lvyue.notices.choices import Event
from lvyue.notices.models import Channel, EventCursor, Leg
from lvyue.notices.queries.channels import AUDIT

#: So many entries are looked at in one transaction.
AT_ONCE = 1000

_CONTRACT = "/api/v1/contracts/{contract}"

#: Which act of the audit trail is which event, and where to ask what came of it. What is not here is nobody's business.
EVENTS: Mapping[str, tuple[Event, str]] = {
    "fact.recorded": (Event.FACT_RECORDED, _CONTRACT + "/facts/{about}"),
    "facts.imported": (Event.FACTS_IMPORTED, _CONTRACT + "/facts"),
    "amendment.proposed": (Event.AMENDMENT_PROPOSED, _CONTRACT + "/amendments"),
    "amendment.signed": (Event.AMENDMENT_SIGNED, _CONTRACT + "/amendments"),
    "amendment.refused": (Event.AMENDMENT_REFUSED, _CONTRACT + "/amendments"),
    "statement.issued": (Event.STATEMENT_ISSUED, _CONTRACT + "/statements"),
    "statement.confirm": (Event.STATEMENT_CHANGED, _CONTRACT + "/statements"),
    "statement.countersign": (Event.STATEMENT_CHANGED, _CONTRACT + "/statements"),
    "statement.dispute": (Event.STATEMENT_CHANGED, _CONTRACT + "/statements"),
    "statement.restate": (Event.STATEMENT_CHANGED, _CONTRACT + "/statements"),
    "statement.withdraw": (Event.STATEMENT_CHANGED, _CONTRACT + "/statements"),
    "letter.receipt": (Event.LETTER_RECEIPT, _CONTRACT + "/letters"),
    "letter.receipt_corrected": (Event.LETTER_RECEIPT, _CONTRACT + "/letters"),
    "appointed": (Event.APPOINTED, _CONTRACT + "/people"),
    "dismissed": (Event.DISMISSED, _CONTRACT + "/people"),
    "account.created": (Event.ACCOUNT_CREATED, "/api/v1/accounts"),
    "account.switched_off": (Event.ACCOUNT_SWITCHED_OFF, "/api/v1/accounts"),
}


def emit() -> int:
    """推送到最新. How many legs were written."""
    written = 0
    while (some := _emit_some()) is not None:
        written += some
    return written


@transaction.atomic
def _emit_some() -> int | None:
    """The next entries of the trail; None where there are none."""
    cursor = EventCursor.objects.select_for_update().filter(name=AUDIT).first()
    if cursor is None:  # nobody ever subscribed
        return None
    links = list(
        AuditLink.objects.filter(sequence__gt=cursor.entry)
        .select_related("entry")
        .order_by("sequence")[:AT_ONCE]
    )
    if not links:
        return None
    subscribers = standing()
    legs = [leg for link in links for leg in _legs(link, subscribers)]
    Leg.objects.bulk_create(legs, ignore_conflicts=True)
    cursor.entry = links[-1].sequence or cursor.entry
    cursor.save(update_fields=["entry"])
    wake(leg.channel_id for leg in legs)
    return len(legs)


def _legs(link: AuditLink, subscribers: list[Channel]) -> list[Leg]:
    entry: AuditEntry = link.entry
    event, path = EVENTS.get(entry.act, (None, ""))
    if event is None:
        return []
    fit = [
        one
        for one in subscribers
        if event.value in one.events
        and one.contract_id == (entry.contract_id if one.contract_id else "")
        and one.created_at <= entry.at
    ]
    told = _told(link, path)
    return legs_of(fit, event, told, contract_id=entry.contract_id, key=str(entry.pk))


def _told(link: AuditLink, path: str) -> dict[str, object]:
    entry: AuditEntry = link.entry
    where = path.format(contract=quote(entry.contract_id), about=quote(entry.about, safe=""))
    return {
        "sequence": link.sequence,
        "at": entry.at,
        "contract": entry.contract_id or None,
        "address": where,
    }
