"""编入索引: the statements that were issued, by their number, day and note."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256

from lvyue.reading.personal import starred
from lvyue.search.choices import EntryKind
from lvyue.search.feeds import Feed, News, Row
from lvyue.settlements import queries


def _marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    """An issued statement never changes but in its state."""
    steps: dict[str, list[str]] = {}
    rows = queries.states_of(contract_ids)
    for contract_id, number, state in rows:
        steps.setdefault(contract_id, []).append(f"{number}{state}")
    return {pk: sha256(",".join(sorted(one)).encode()).hexdigest() for pk, one in steps.items()}


def _statements(contract_id: str, mark: str) -> News:  # noqa: ARG001  all of them anew
    now = _marks([contract_id]).get(contract_id, "")
    rows = (
        Row(
            EntryKind.STATEMENT,
            str(one.number),
            f"结算书第 {one.number} 号 截至 {one.as_of}",
            starred(
                f"{one.get_state_display()} 已付 {one.paid} 应付 {one.payable or '无法判定'} {one.hash[:12]}\n{one.note}"
            ),
            one.as_of,
        )
        for one in queries.issued(contract_id)
    )
    return News(rows, now)


FEEDS = (Feed("statements", "结算书", frozenset({EntryKind.STATEMENT}), _marks, _statements),)
