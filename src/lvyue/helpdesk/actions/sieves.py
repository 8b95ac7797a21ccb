"""存筛选: keeping a view of the queue under a name, and letting it go."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused, malformed
from lvyue.helpdesk.actions.writing import require
from lvyue.helpdesk.models import SavedSieve
from lvyue.helpdesk.models.sieves import NAME, QUERY
from lvyue.helpdesk.queries.queue import ORDERS, VIEWS
from lvyue.notices.texts import one_line

#: So many one person keeps on one contract.
MOST = 30

#: What a queue can be sifted by.
KNOWN = ("view", "kind", "state", "system", "place", "assignee", "q", "order")


@transaction.atomic
def keep_sieve(name: str, asked: Mapping[str, str], *, by: Seat) -> SavedSieve:
    """存下筛选: under a name; the same name again keeps the new one. ``Refused`` for what sifts nothing, and for too many."""
    require(may(by, Right.SEE), "筛选")
    name = one_line(name)
    if not name or len(name) > NAME:
        says = "没有写名称。" if not name else f"名称有 {len(name)} 个字，最多 {NAME} 个。"
        raise Refused([malformed("名称", says, "请写一个短的名称，例如“三楼的故障”。")])
    query = urlencode(_sifting(asked))
    if not query or len(query) > QUERY:
        says = "这个筛选什么也没有选。" if not query else "筛选的条件太长。"
        raise Refused([malformed("筛选", says, "请先选种类、系统、地点、经办人或次序。")])
    mine = SavedSieve.objects.filter(contract_id=by.contract_id, username=by.username)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        says = f"已经存了 {MOST} 个。"
        raise Refused([malformed("筛选", says, "请先删掉不用的。")])
    row, _ = SavedSieve.objects.update_or_create(
        contract_id=by.contract_id,
        username=by.username,
        name=name,
        defaults={"query": query, "saved_at": clock.now()},
    )
    after = {"name": name, "query": query}
    audit("sieve.kept", by=by, contract_id=by.contract_id, about=name, after=after)
    return row


def _sifting(asked: Mapping[str, str]) -> dict[str, str]:
    """What of it sifts, in one order; a view or an order that there is none of is left out."""
    found = {name: one_line(asked.get(name, "")) for name in KNOWN}
    tables: dict[str, frozenset[str]] = {"view": frozenset(VIEWS), "order": frozenset(ORDERS)}
    return {name: text for name, text in found.items() if text and text in tables.get(name, {text})}


@transaction.atomic
def drop_sieve(sieve_id: int, *, by: Seat) -> None:
    """删掉筛选: one's own. ``SavedSieve.DoesNotExist`` for anybody else's."""
    mine = SavedSieve.objects.filter(contract_id=by.contract_id, username=by.username)
    row = mine.select_for_update().get(pk=sieve_id)
    before = {"name": row.name, "query": row.query}
    row.delete()
    audit("sieve.dropped", by=by, contract_id=by.contract_id, about=row.name, before=before)
