"""年度留痕包: asked for by somebody; a small year is packed while they wait, a large one as a job."""

from __future__ import annotations

from django.conf import settings

from lvyue.accounts.actions.yearly import ask_pack, make_pack
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import (
    Account,
    AuditPack,
    administration_trail,
    audit_trail,
    entries_in_year,
)
from lvyue.accounts.tasks import make_pack as make_pack_later
from lvyue.jobs.actions import enqueue

#: So many entries are packed while somebody waits: a second or two.
WHILE_WAITING = 1000


def yearly_pack(contract_id: str, year: int, *, by: Seat | Account) -> AuditPack:
    """The pack of a contract, or of the administration; ready, failed with the reason, or waiting for its job."""
    pack = ask_pack(contract_id, year, by=by)
    trail = audit_trail(contract_id) if contract_id else administration_trail()
    if entries_in_year(trail, year) > WHILE_WAITING:
        enqueue(make_pack_later, key=f"{pack.pk}", pack_id=pack.pk)
        return pack
    return make_pack(pack.pk, settings.FONTS)
