"""What is done to the index. Nobody does it by hand: it follows what stands in the other rooms.

There is no audit entry for it: nothing that anybody answers for changes.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.db import transaction

from lvyue import clock
from lvyue.search import postings
from lvyue.search.feeds import Feed, Row, feeds
from lvyue.search.models import IndexEntry, IndexProgress
from lvyue.search.postings import Posting
from lvyue.search.words import EDITION, LENGTH_LIMIT

log = logging.getLogger(__name__)

#: So many entries are entered at a time.
AT_ONCE = 2000

#: The longest title, as the column has it.
TITLE = 300

T = TypeVar("T")


def catch_up(contract_ids: Collection[str], limit: int | None = None) -> frozenset[str]:
    """跟上: bring in what came since, of so many contracts at most. The contracts that are still behind."""
    done, left = 0, set[str]()
    for contract_id, feed, mark in behind(contract_ids):
        if limit is not None and done >= limit:
            left.add(contract_id)
            continue
        done += 1
        if not _tried(contract_id, feed, mark):
            left.add(contract_id)
    return frozenset(left)


def behind(contract_ids: Collection[str]) -> list[tuple[str, Feed, str]]:
    """Of which contracts a feed has more than the index, with the mark up to which it is there. Few reads, however many contracts."""
    found = list[tuple[str, Feed, str]]()
    for feed in feeds():
        kept = {
            one.contract_id: (one.mark, one.edition)
            for one in IndexProgress.objects.filter(feed=feed.name)
        }
        for contract_id, mark in feed.marks(contract_ids).items():
            there, edition = kept.get(contract_id, ("", EDITION))
            if edition != EDITION:
                found.append((contract_id, feed, ""))
            elif there != mark:
                found.append((contract_id, feed, there))
    return found


def _tried(contract_id: str, feed: Feed, mark: str) -> bool:
    """Whether it could be brought in. A reason that nobody foresaw is told to the operator; nothing else depends on it."""
    try:
        while (reached := _bring(contract_id, feed, mark)) is not None:
            mark = reached
    except Exception:
        log.exception("合同 %s 的%s没有编入索引", contract_id, feed.zh)
        return False
    return True


def _bring(contract_id: str, feed: Feed, seen: str) -> str | None:
    """One piece of one feed of one contract: the mark that was reached, or None where nothing is left.

    What there is to say is read before the transaction begins: nobody waits for it but the one who searches. Two who do
    the same at once take turns, and the second goes on from where the first has come.
    """
    news = feed.since(contract_id, seen)
    rows = list(news.rows)
    with transaction.atomic():
        progress, _ = IndexProgress.objects.select_for_update().get_or_create(
            contract_id=contract_id,
            feed=feed.name,
            defaults={"mark": "", "edition": EDITION, "at": clock.now()},
        )
        if progress.edition == EDITION and progress.mark != seen:
            return progress.mark
        if news.whole or progress.edition != EDITION:
            _forget(contract_id, feed)
        for some in _in_turn(rows, AT_ONCE):
            enter(contract_id, some)
        progress.mark, progress.edition, progress.at = news.mark, EDITION, clock.now()
        progress.save(update_fields=["mark", "edition", "at"])
    return None if news.mark == seen or news.last else news.mark


def enter(contract_id: str, rows: Collection[Row]) -> None:
    """编入: rows under their keys; those that are there already are replaced."""
    keys = {(one.kind.value, one.key): one for one in rows}
    there = IndexEntry.objects.filter(contract_id=contract_id, key__in={key for _, key in keys})
    _remove([one for one in there if (one.kind, one.key) in keys])
    entries = IndexEntry.objects.bulk_create(
        IndexEntry(
            contract_id=contract_id,
            kind=one.kind,
            key=one.key,
            title=one.title[:TITLE],
            text=one.text[:LENGTH_LIMIT],
            day=one.day,
            whose=one.whose,
            person=one.person,
            department=one.department,
        )
        for one in keys.values()
    )
    postings.add(map(_posting, entries))


def _forget(contract_id: str, feed: Feed) -> None:
    there = IndexEntry.objects.filter(contract_id=contract_id, kind__in=feed.kinds).order_by("id")
    while some := list(there[:AT_ONCE]):
        _remove(some)


def _remove(entries: Collection[IndexEntry]) -> None:
    postings.take_out(map(_posting, entries))
    IndexEntry.objects.filter(pk__in=[one.pk for one in entries]).delete()


def _posting(entry: IndexEntry) -> Posting:
    owners = tuple(one for one in (entry.person, entry.department) if one)
    return Posting(entry.pk, entry.contract_id, entry.kind, entry.title, entry.text, owners)


def _in_turn(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


@transaction.atomic
def empty() -> None:
    """清空: for a rebuild. What follows brings everything in again."""
    postings.clear()
    IndexEntry.objects.all().delete()
    IndexProgress.objects.all().delete()
