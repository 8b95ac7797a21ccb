"""留痕: the one way in which anything is written into the audit trail, and how the trail is sealed.

An entry is written inside the transaction of its act. Where the database has one writer at a time (SQLite) the act has the head
of the chain to itself anyhow: the entry takes its place at once, and a rollback gives it back.

Where many write at once (PostgreSQL) it is written with an empty place in the chain. When the transaction has been committed, the
empty places are filled under the lock of the head, in a transaction of their own that takes no other lock. So acts never wait for each other's entries, nothing can deadlock on the head however many acts one transaction
holds, and the chain has no gaps although transactions that are rolled back take numbers of entries with them. What a
killed process leaves unsealed the next act seals, or the nightly job.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, transaction

from lvyue import clock
from lvyue.accounts import chain, origin, syslog
from lvyue.accounts.models import Account, AuditEntry, AuditHead, AuditLink
from lvyue.accounts.permissions import Seat
from lvyue.rows import put_in

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
        entry = AuditEntry(
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
        put_in(entry)
        if connection.features.has_select_for_update:
            put_in(AuditLink(entry=entry))
            _seal_afterwards()
        else:
            _seal_at_once(entry)
    return entry


def whose(by: Seat | Account | str) -> tuple[str, str, str]:
    """Who acts, under which name, and as what."""
    if isinstance(by, Seat):
        return by.username, by.name, by.zh
    if isinstance(by, Account):
        return by.username, by.name, "系统管理员" if by.is_administrator else ""
    return by, "", ""


def _seal_at_once(entry: AuditEntry) -> None:
    """By the only writer there is. The digest is over what will be read back: JSON knows neither tuples nor numbers as keys."""
    last, digest = _head()
    row = vars(entry) | {name: _as_read(getattr(entry, name)) for name in ("before", "after")}
    record = chain.record_of(last + 1, digest, row)
    digest = chain.digest_of(record)
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [entry.pk, record["sequence"], digest])
        cursor.execute(_GROW, [record["sequence"], digest])
    transaction.on_commit(partial(syslog.forward, [record | {"digest": digest}]), robust=True)


_LINK = "INSERT INTO accounts_auditlink (entry_id, sequence, digest) VALUES (%s, %s, %s)"


def _as_read(value: Any) -> Any:
    return None if value is None else json.loads(json.dumps(value))


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


_WAITING = (
    "SELECT entry.* FROM accounts_auditlink link JOIN accounts_auditentry entry ON entry.id = link.entry_id "
    "WHERE link.sequence IS NULL ORDER BY link.entry_id LIMIT %s"
)
#: One statement for many places; working out one ``UPDATE`` for all of them costs more than it saves.
_FILL = "UPDATE accounts_auditlink SET sequence = %s, digest = %s WHERE entry_id = %s"


_GROW = "UPDATE accounts_audithead SET sequence = %s, digest = %s WHERE id = 1"


def _head() -> tuple[int, str]:
    """The last place of the chain and its digest, held until the commit."""
    here = transaction.get_connection()
    statement = "SELECT sequence, digest FROM accounts_audithead WHERE id = 1"
    if here.features.has_select_for_update:
        statement += " FOR UPDATE"
    with here.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchone()
        if found is None:
            AuditHead.objects.get_or_create(pk=1, defaults={"digest": chain.NOTHING})
            cursor.execute(statement)
            found = cursor.fetchone()
    return found[0], found[1]


@transaction.atomic
def _seal_some() -> int:
    last, digest = _head()
    filled, told = [], []
    for entry in AuditEntry.objects.raw(_WAITING, [AT_ONCE]):
        last += 1
        record = chain.record_of(last, digest, vars(entry))
        digest = chain.digest_of(record)
        told.append(record | {"digest": digest})
        filled.append((last, digest, entry.pk))
    if filled:
        with connection.cursor() as cursor:
            cursor.executemany(_FILL, filled)
            cursor.execute(_GROW, [last, digest])
        transaction.on_commit(partial(syslog.forward, told), robust=True)
    return len(filled)
