"""通报结论的变化: whoever subscribed hears which verdicts are others than at the last refresh, once.

Two refreshes that find the same tell nothing, and the first of a contract has nothing to compare with.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from lvyue.core.findings import Finding
from lvyue.core.obligation import Verdict
from lvyue.notices.actions.subscribers import post_events
from lvyue.notices.choices import Event
from lvyue.obligations.models import LastVerdicts, Snapshot

#: ``{term: {occurrence: verdict}}``, as JSON holds it.
Verdicts = Mapping[str, Mapping[str, str]]

#: An occurrence that comes or goes like this says nothing that anybody waits for.
_QUIET = frozenset({Verdict.NOT_DUE.value, Verdict.NOT_TRIGGERED.value})


def announce(snapshot: Snapshot, findings: Sequence[Finding], now: datetime) -> int:
    """通报. Inside the transaction that writes the snapshot, under the lock of its contract. How many changes were found."""
    verdicts: dict[str, dict[str, str]] = defaultdict(dict)
    for one in findings:
        verdicts[str(one.term)][one.occurrence] = one.verdict.value
    last = LastVerdicts.objects.filter(pk=snapshot.contract_id).first()
    if last is not None and last.verdicts == verdicts:
        return 0
    LastVerdicts.objects.update_or_create(
        pk=snapshot.contract_id,
        defaults={"verdicts": verdicts, "as_of": snapshot.as_of, "changed_at": now},
    )
    if last is None:
        return 0
    clauses = {str(one.term): str(one.clause) for one in findings}
    told = {
        _key(snapshot, term, occurrence, now): {
            "term": term,
            "occurrence": occurrence or None,
            "clause": clauses.get(term),
            "before": before,
            "after": after,
            "as_of": snapshot.as_of.isoformat(),
            "address": f"/api/v1/contracts/{quote(snapshot.contract_id)}/terms/{quote(term)}",
        }
        for term, occurrence, before, after in changes(last.verdicts, verdicts)
    }
    contract_id = snapshot.contract_id
    post_events(Event.FINDING_CHANGED, told, contract_id=contract_id, at=now)
    return len(told)


def changes(old: Verdicts, new: Verdicts) -> Iterator[tuple[str, str, str | None, str | None]]:
    """变化: term, occurrence, the verdict before and the one after; None where there was or is no such occurrence."""
    for term in dict.fromkeys([*new, *old]):
        was, now = old.get(term, {}), new.get(term, {})
        for occurrence in dict.fromkeys([*now, *was]):
            before, after = was.get(occurrence), now.get(occurrence)
            appears = before is None and after in _QUIET
            goes = after is None and before in _QUIET
            if before != after and not appears and not goes:
                yield term, occurrence, before, after


def _key(snapshot: Snapshot, term: str, occurrence: str, now: datetime) -> str:
    """One change of one occurrence, by all that it follows from; of any length as one that fits."""
    basis = (snapshot.contract_id, term, occurrence, snapshot.sequence, snapshot.size, now)
    return f"finding:{hashlib.sha256(repr(basis).encode()).hexdigest()[:40]}"
