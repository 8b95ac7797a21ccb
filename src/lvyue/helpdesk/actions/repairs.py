"""维修统计: when a month has closed, how many devices failed in it and how many were repaired goes on record (F3)."""

from __future__ import annotations

import json
from datetime import date, timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.core.calendar import day_of
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import FactId
from lvyue.evidence import queries as evidence
from lvyue.helpdesk.models import TicketNumber
from lvyue.helpdesk.queries.repairs import (
    FACT,
    Repairs,
    counts_repairs,
    month_after,
    named_later,
    repairs_of,
)
from lvyue.obligations.actions.recording import note_facts, withdrawal_of
from lvyue.obligations.drafting import Draft

#: Who is written down as having counted.
COUNTER = "维修统计"

#: So many months that were counted already are looked at again, for devices that were named afterwards.
BACK = 12


def count_repairs() -> int:
    """统计维修: the month that closed last, of every contract with tickets that measures it. How many counts went on record.

    Months that were counted in the year before are counted again, and put right where a device was named since. A job calls
    this every night; run twice, nothing is there twice.
    """
    last = day_of(clock.now()).replace(day=1) - timedelta(days=1)
    known = TicketNumber.objects.order_by("contract_id").values_list("contract_id", flat=True)
    return sum(
        count_month(contract_id, month)
        for contract_id in known
        for month in _to_count(contract_id, last)
        if counts_repairs(contract_id, month)
    )


def _to_count(contract_id: str, last: date) -> list[date]:
    """The last days of the months to be counted: of the year before those on record and those of which a device was named
    afterwards, and the one that closed last."""
    earlier, named = [], named_later(contract_id, last - timedelta(days=31 * (BACK + 1)))
    month = last
    for _ in range(BACK):
        month = month.replace(day=1) - timedelta(days=1)
        on_record = evidence.entry(contract_id, _fact_id(month)) is not None
        if on_record or month.replace(day=1) in named:
            earlier.append(month)
    return [*reversed(earlier), last]


def _fact_id(month: date, number: int = 1) -> FactId:
    """The id of the count of a month; counts that put an earlier one right have numbers from 2."""
    return FactId(f"t-repairs-{month:%Y-%m}" + (f"-{number}" if number > 1 else ""))


def count_month(contract_id: str, month: date) -> bool:
    """统计一个月: a fact ``repair.counted`` dated on the last day. False where nothing failed or it is on record already.

    What was counted otherwise before is withdrawn in the log, with the reason, and counted anew. ``Refused`` for a month that
    has not closed. The tickets that were open are named in the audit trail.
    """
    after_it = month_after(month.replace(day=1))
    if after_it > day_of(clock.now()):
        says = f"{month:%Y-%m} 还没有过完。"
        raise Refused([malformed("月份", says, "一个月过完之后统计。")])
    found = repairs_of(
        contract_id, month
    )  # before anything is held: a busy month has thousands of tickets
    with transaction.atomic():
        return _put_on_record(contract_id, month, found)


def _put_on_record(contract_id: str, month: date, found: Repairs) -> bool:
    data = {"repaired": found.repaired, "faulty": found.faulty}
    number, told = _counted(contract_id, month)
    fact = _fact_id(month, number)
    stands = bool(told) and evidence.stands(contract_id, fact)
    if told and not stands and evidence.entry(contract_id, _taken_back(fact)) is not None:
        told = {}  # no person took it back, nothing was left to count
    if data == told or not (found.faulty or stands):
        return False
    drafts = []
    if stands:
        reason = f"{found.subject}：统计之后有工单写明或改动，重新统计"
        on = day_of(clock.now())
        own = evidence.free_id(contract_id, _taken_back(fact))
        drafts.append(withdrawal_of(fact, reason=reason, on=on, identity=own))
    if found.faulty:
        last = month_after(month.replace(day=1)) - timedelta(days=1)
        drafts.append(Draft(_fact_id(month, number + 1), FACT, last, found.subject, data))
    note_facts(contract_id, drafts, by=COUNTER)
    after = data | {"open": [one.name for one in found.open]}
    audit("repairs.counted", by=COUNTER, contract_id=contract_id, about=found.subject, after=after)
    return True


def _counted(contract_id: str, month: date) -> tuple[int, dict[str, int]]:
    """The number of the latest count of a month, and what it says; 0 and nothing where there is none."""
    number, data = 0, dict[str, int]()
    while (row := evidence.entry(contract_id, _fact_id(month, number + 1))) is not None:
        number += 1
        data = json.loads(bytes(row.raw))["data"]
    return number, data


def _taken_back(fact: FactId) -> FactId:
    """The id under which this count takes back an earlier one; what a person takes back has another."""
    return FactId(f"{fact}-withdrawn")
