"""编入索引: tickets and articles, by what people said of them.

Tickets change, so the feed follows the moment of their last change. Numbers are given one after the other until the commit,
so no new ticket is missed; a change that was committed late is brought in with the next one, which looks back a while. What
looks like a telephone, a mail address or a labelled name is starred before (SYS-01); who told of it is not in the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery

from lvyue.core.calendar import day_of
from lvyue.helpdesk.choices import Audience, Side
from lvyue.helpdesk.models import Article, Ticket, TicketEvent, TicketNumber
from lvyue.helpdesk.models.knowledge import ArticleState
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
    """The last number and the last change of each contract: one read by its index for each."""
    newest = Ticket.objects.filter(contract_id=OuterRef("pk")).order_by("-changed_at")
    rows = TicketNumber.objects.filter(pk__in=contract_ids, last__gt=0)
    found = rows.annotate(changed=Subquery(newest.values("changed_at")[:1]))
    return {
        row.pk: f"{row.last}|{row.changed.isoformat()}|0"
        for row in found
        if row.changed is not None
    }


def _tickets(contract_id: str, mark: str) -> News:
    last, changed, begin = (mark or "0||0").split("|")
    ends = _marks([contract_id]).get(contract_id, mark)
    rows = Ticket.objects.filter(contract_id=contract_id).order_by("changed_at", "id")
    if changed:
        since = datetime.fromisoformat(changed)
        # a piece goes on behind its last ticket; what was brought up to date looks back from there
        behind = Q(changed_at__gt=since) | Q(changed_at=since, id__gt=int(begin))
        rows = rows.filter(behind if begin != "0" else Q(changed_at__gte=since - _BACK))
    some = list(rows[:_PIECE])
    if len(some) < _PIECE:
        return News(_told(some), ends, whole=False)
    reached = f"{last}|{some[-1].changed_at.isoformat()}|{some[-1].pk}"
    return News(_told(some), reached, whole=False, last=False)


def _told(tickets: list[Ticket]) -> Iterator[Row]:
    """What was said to both sides goes along; notes of one side are that side's own, and not in the index."""
    said: dict[int, list[str]] = {}
    approved: set[int] = set()
    events = TicketEvent.objects.filter(ticket__in=tickets).order_by("ticket", "index")
    for ticket_id, name, words, audience in events.values_list(
        "ticket_id", "name", "said", "audience"
    ):
        if audience == Audience.BOTH and words:
            said.setdefault(ticket_id, []).append(words[:_SAID])
        if name == "approve":
            approved.add(ticket_id)
    for one in tickets:
        yield _row(one, said.get(one.pk, []), unsent=one.pk not in approved)


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


def _article_marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    rows = Article.objects.filter(contract_id__in=contract_ids).order_by(
        "contract_id", "changed_at"
    )
    found = rows.values_list("contract_id", "changed_at", "newest")
    marks: dict[str, str] = {}
    counted: dict[str, int] = {}
    for contract_id, changed, newest in found:
        counted[contract_id] = counted.get(contract_id, 0) + newest
        marks[contract_id] = f"{counted[contract_id]}|{changed.isoformat()}"
    return marks


def _articles(contract_id: str, mark: str) -> News:
    """All that is published: there are few of them, and one that is retired must leave."""
    ends = _article_marks([contract_id]).get(contract_id, mark)
    rows = Article.objects.filter(contract_id=contract_id, state=ArticleState.PUBLISHED)
    return News(map(_article, rows.order_by("id").iterator()), ends)


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
    Feed("articles", "知识", frozenset({EntryKind.ARTICLE}), _article_marks, _articles),
)
