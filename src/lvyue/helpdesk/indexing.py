"""编入索引: tickets and articles, by what people said of them.

Tickets change, so the feed follows the moment of their last change. Numbers are given one after the other until the commit,
so no new ticket is missed; a change that was committed late is brought in with the next one, which looks back a while. What
looks like a telephone, a mail address or a labelled name is starred before (SYS-01); who told of it is not in the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from lvyue.core.calendar import day_of
from lvyue.helpdesk.choices import Side
from lvyue.helpdesk.queries import indexed
from lvyue.helpdesk.queries.indexed import Article, Ticket
from lvyue.reading.personal import starred
from lvyue.search.choices import EntryKind, Whose
from lvyue.search.feeds import Feed, News, Row
from lvyue.search.words import LENGTH_LIMIT

#: So many tickets are brought in at a time: others write between two pieces.
_PIECE = 300

#: So far is looked back for what was committed later than its moment.
_BACK = timedelta(minutes=10)

#: So many characters of one happening are indexed.
_SAID = 2000


# ── tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    found = indexed.last_changes(contract_ids)
    return {pk: f"{last}|{changed.isoformat()}|0" for pk, (last, changed) in found.items()}


def _tickets(contract_id: str, mark: str) -> News:
    last, changed, begin = (mark or "0||0").split("|")
    ends = _marks([contract_id]).get(contract_id, mark)
    since = datetime.fromisoformat(changed) if changed else None
    some = indexed.changed_after(contract_id, since, int(begin), _BACK, _PIECE)
    if len(some) < _PIECE:
        return News(_told(some), ends, whole=False)
    reached = f"{last}|{some[-1].changed_at.isoformat()}|{some[-1].pk}"
    return News(_told(some), reached, whole=False, last=False)


def _told(tickets: list[Ticket]) -> Iterator[Row]:
    """What was said to both sides goes along; notes of one side are that side's own, and not in the index."""
    said, approved = indexed.said_to_both(tickets)
    for one in tickets:
        words = [text[:_SAID] for text in said.get(one.pk, [])]
        yield _row(one, words, unsent=one.pk not in approved)


def _row(one: Ticket, said: list[str], *, unsent: bool) -> Row:
    kept = one.kind == "instruction" and one.reporter_side == Side.BUYER and unsent
    where = f"{one.the_kind.zh} {one.system} {one.place} {one.device}"
    return Row(
        EntryKind.TICKET,
        str(one.number),
        starred(f"{one.name} {one.title}"),
        starred("\n".join((where, one.body, *said))[:LENGTH_LIMIT]),
        day_of(one.opened_at),
        Whose.OWN_BUYER if kept else Whose.OWN,
        one.reporter,
        one.department,
    )


# ── articles ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _articles(contract_id: str, mark: str) -> News:
    """All that is published: there are few of them, and one that is retired must leave."""
    ends = indexed.article_changes([contract_id]).get(contract_id, mark)
    return News(map(_article, indexed.published_articles(contract_id).iterator()), ends)


def _article(one: Article) -> Row:
    return Row(
        EntryKind.ARTICLE,
        str(one.pk),
        starred(f"{one.name} {one.title}"),
        starred(one.words[:LENGTH_LIMIT]),
        day_of(one.changed_at),
        Whose.ALL if one.shared else Whose(one.side),
    )


FEEDS = (
    Feed("tickets", "工单", frozenset({EntryKind.TICKET}), _marks, _tickets),
    Feed("articles", "知识", frozenset({EntryKind.ARTICLE}), indexed.article_changes, _articles),
)
