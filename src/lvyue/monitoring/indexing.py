"""编入索引: what monitoring systems said, by its name, summary and labels.

An alert keeps the words with which it began, and deliveries about one contract take turns: so the feed only grows, and
its mark is the last row. Whether the alert is over stands on its page, not in the index. What looks like a telephone, a
mail address or a labelled name is starred before (SYS-01).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lvyue.core.calendar import day_of
from lvyue.monitoring.queries import Alert, alerts_after, last_alerts
from lvyue.reading.personal import starred
from lvyue.search.choices import EntryKind
from lvyue.search.feeds import Feed, News, Row

#: So many alerts are brought in at a time: others write between two pieces.
_PIECE = 500


def _marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    return {pk: str(last) for pk, last in last_alerts(contract_ids).items()}


def _alerts(contract_id: str, mark: str) -> News:
    begin = int(mark or 0)
    rows = alerts_after(contract_id, begin, _PIECE)
    end = rows[-1].pk if rows else begin
    return News(map(_row, rows), str(end), whole=False, last=len(rows) < _PIECE)


def _row(one: Alert) -> Row:
    told = " ".join(f"{name}={value}" for name, value in one.labels.items())
    noted = "\n".join(str(value) for value in one.annotations.values())
    return Row(
        EntryKind.ALERT,
        str(one.pk),
        starred(one.name),
        starred(f"{one.severity} {one.summary} {one.source.name}\n{told}\n{noted}"),
        day_of(one.starts_at),
    )


FEEDS = (Feed("alerts", "告警", frozenset({EntryKind.ALERT}), _marks, _alerts),)
