"""维修统计: when a month has closed, how many devices failed in it and how many were repaired goes on record (F3)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import FactId
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.models import TicketNumber
from lvyue.helpdesk.queries.repairs import FACT, counts_repairs, month_after, repairs_of
from lvyue.obligations.actions.recording import note_facts
from lvyue.obligations.drafting import Draft

#: Who is written down as having counted.
COUNTER = "维修统计"


def count_repairs() -> int:
    """统计维修: the month that closed last, of every contract with tickets that measures it. How many counts went on record.

    A job calls this every night; run twice, nothing is there twice.
    """
    last = day_of(clock.now()).replace(day=1) - timedelta(days=1)
    known = TicketNumber.objects.order_by("contract_id").values_list("contract_id", flat=True)
    return sum(
        count_month(contract_id, last) for contract_id in known if counts_repairs(contract_id, last)
    )


@transaction.atomic
def count_month(contract_id: str, month: date) -> bool:
    """统计一个月: a fact ``repair.counted`` dated on the last day. False where nothing failed or it is on record already.

    ``Refused`` for a month that has not closed. The tickets that were open are named in the audit trail.
    """
    after_it = month_after(month.replace(day=1))
    if after_it > day_of(clock.now()):
        says = f"{month:%Y-%m} 还没有过完。"
        raise Refused([malformed("月份", says, "一个月过完之后统计。")])
    fact = FactId(f"t-repairs-{month:%Y-%m}")
    if evidence.entry(contract_id, fact) is not None:
        return False
    found = repairs_of(contract_id, month)
    if not found.faulty:
        return False
    data = {"repaired": found.repaired, "faulty": found.faulty}
    last = after_it - timedelta(days=1)
    note_facts(contract_id, [Draft(fact, FACT, last, found.subject, data)], by=COUNTER)
    after = data | {"open": [one.name for one in found.open]}
    audit("repairs.counted", by=COUNTER, contract_id=contract_id, about=found.subject, after=after)
    return True
