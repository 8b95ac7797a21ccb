"""留痕: the one way in which anything is written into the audit trail, and how the trail is sealed.

An entry is written inside the transaction of its act, with an empty place in the chain. When the transaction has been
committed, the empty places are filled under the lock of the head, in a transaction of their own that takes no other
lock. So acts never wait for each other's entries, nothing can deadlock on the head however many acts one transaction
holds, and the chain has no gaps although transactions that are rolled back take numbers of entries with them. What a
killed process leaves unsealed the next act seals, or the nightly job.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, transaction

from lvyue import clock
from lvyue.accounts import chain, origin, syslog
from lvyue.accounts.models import Account, AuditEntry, AuditHead, AuditLink
from lvyue.accounts.permissions import Seat

log = logging.getLogger(__name__)

#: So many entries are sealed in one transaction, so that nobody waits long behind many.
AT_ONCE = 2000


def audit(
    act: str,
    *,
    by: Seat | Account | str,
    contract_id: str = "",
    about: str = "",
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """留痕: one entry. Call it inside the transaction of the act, so that neither stands without the other."""
    who, name, roles = whose(by)
    came = origin.here()
    with transaction.atomic(savepoint=False):
        entry = AuditEntry.objects.create(
            at=clock.now(),
            who=who,
            name=name,
            roles=roles,
            contract_id=contract_id,
            act=act,
            about=about,
            before=before,
            after=after,
            reason=reason,
            address=came.address,
            request_id=came.request_id,
            via=came.via,
        )
        AuditLink.objects.create(entry=entry)
        _seal_afterwards()
    return entry


def whose(by: Seat | Account | str) -> tuple[str, str, str]:
    """Who acts, under which name, and as what."""
    if isinstance(by, Seat):
        return by.username, by.name, by.zh
    if isinstance(by, Account):
        return by.username, by.name, "系统管理员" if by.is_administrator else ""
    return by, "", ""


def _seal_afterwards() -> None:
    """Once after the transaction, however many entries it holds."""
    if not any(waiting is _seal_or_say for _, waiting, *_ in connection.run_on_commit):
        transaction.on_commit(_seal_or_say, robust=True)


def _seal_or_say() -> None:
    """The act stands whether its entry could be sealed now or not."""
    try:
        seal()
    except DatabaseError:
        log.warning("留痕暂时没有封链，下一次留痕或夜间任务会补上。", exc_info=True)


def seal() -> int:
    """封链: give every committed entry without a place the next one. How many there were."""
    sealed = 0
    while some := _seal_some():
        sealed += some
        if some < AT_ONCE:
            break
    return sealed


@transaction.atomic
def _seal_some() -> int:
    head, _ = AuditHead.objects.select_for_update().get_or_create(
        pk=1, defaults={"digest": chain.NOTHING}
    )
    waiting = AuditLink.objects.filter(sequence__isnull=True).order_by("entry_id")
    links = list(waiting.values_list("entry_id", flat=True)[:AT_ONCE])
    rows = {
        row["id"]: row
        for row in AuditEntry.objects.filter(pk__in=links).values("id", "at", *chain.FIELDS)
    }
    filled, told = [], []
    for entry_id in links:
        head.sequence += 1
        record = chain.record_of(head.sequence, head.digest, rows[entry_id])
        head.digest = chain.digest_of(record)
        told.append(record | {"digest": head.digest})
        filled.append(AuditLink(entry_id=entry_id, sequence=head.sequence, digest=head.digest))
    if filled:
        AuditLink.objects.bulk_update(filled, ["sequence", "digest"], batch_size=200)
        head.save(update_fields=["sequence", "digest"])
        transaction.on_commit(partial(syslog.forward, told), robust=True)
    return len(filled)
