"""期限更新: what a queue is sorted by follows the contract: a number that was agreed, a doubt that was settled, a new calendar.

A clock is read from its happenings whenever it is looked at. ``Ticket.due_at`` only repeats the next end, so that a queue can be
sorted; when what the ends follow from has changed, it is read anew for every open ticket of the contract.
"""

from __future__ import annotations

from django.db import transaction

from lvyue import clock
from lvyue.helpdesk.models import Ticket, TicketNumber
from lvyue.helpdesk.queries.governing import faces_of, next_due
from lvyue.helpdesk.queries.tickets import history_of
from lvyue.obligations.ground import bases_of


def keep_dues() -> int:
    """更新期限: of every open ticket whose contract has changed since. How many tickets end at another time now."""
    rows = {row.contract_id: row for row in TicketNumber.objects.all()}
    bases = bases_of([*rows])
    changed = 0
    for contract_id, basis in bases.items():
        if rows[contract_id].basis != basis:
            changed += sum(_keep_one(pk) for pk in _open(contract_id))
            TicketNumber.objects.filter(pk=contract_id).update(basis=basis)
    return changed


def _open(contract_id: str) -> list[int]:
    found = Ticket.objects.filter(contract_id=contract_id, ended_at__isnull=True)
    return [*found.order_by("id").values_list("pk", flat=True)]


@transaction.atomic
def _keep_one(pk: int) -> bool:
    ticket = Ticket.objects.select_for_update().get(pk=pk)
    if ticket.ended_at is not None:
        return False
    before = ticket.due_at, ticket.due_clock, ticket.over
    now = next_due(faces_of(ticket, history_of(ticket), clock.now()))
    ticket.due_at, ticket.due_clock, ticket.over = now
    ticket.save(update_fields=["due_at", "due_clock", "over"])
    return now != before
