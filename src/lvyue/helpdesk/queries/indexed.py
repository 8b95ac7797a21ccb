"""What the index of words reads of tickets and articles: a piece after a mark, and how far each contract is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum

from lvyue.helpdesk.choices import Audience
from lvyue.helpdesk.models import Article, Ticket, TicketEvent, TicketNumber
from lvyue.helpdesk.models.knowledge import ArticleState


def last_changes(contract_ids: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """The last number and the last change of each contract with tickets: one look into an index for each."""
    newest = Ticket.objects.filter(contract_id=OuterRef("pk")).order_by("-changed_at")
    rows = TicketNumber.objects.filter(pk__in=contract_ids, last__gt=0)
    found = rows.annotate(changed=Subquery(newest.values("changed_at")[:1]))
    return {row.pk: (row.last, row.changed) for row in found if row.changed is not None}


def changed_after(
    contract_id: str, since: datetime | None, behind: int, back: timedelta, limit: int
) -> list[Ticket]:
    """So many tickets in the order of their last change, from behind a place on; with ``behind`` 0 from ``back`` before it."""
    rows = Ticket.objects.filter(contract_id=contract_id).order_by("changed_at", "id")
    if since is not None and behind:
        rows = rows.filter(Q(changed_at__gt=since) | Q(changed_at=since, id__gt=behind))
    elif since is not None:
        rows = rows.filter(changed_at__gte=since - back)
    return list(rows[:limit])


def said_to_both(found: Iterable[Ticket]) -> tuple[dict[int, list[str]], frozenset[int]]:
    """What was said on tickets to both sides, by the row of the ticket; and which of them were approved."""
    said: dict[int, list[str]] = {}
    approved = set()
    events = TicketEvent.objects.filter(ticket__in=[*found]).order_by("ticket", "index")
    columns = ("ticket_id", "name", "said", "audience")
    for ticket_id, name, words, audience in events.values_list(*columns):
        if audience == Audience.BOTH and words:
            said.setdefault(ticket_id, []).append(words)
        if name == "approve":
            approved.add(ticket_id)
    return said, frozenset(approved)


def article_changes(contract_ids: Collection[str]) -> dict[str, str]:
    """A word for how the articles of each contract stand: it is another as soon as one was written, published or retired."""
    rows = Article.objects.filter(contract_id__in=contract_ids).order_by()
    found = rows.values_list("contract_id").annotate(Sum("newest"), Max("changed_at"))
    return {pk: f"{newest}|{changed.isoformat()}" for pk, newest, changed in found}


def published_articles(contract_id: str) -> QuerySet[Article]:
    """What is published on a contract, of both sides."""
    found = Article.objects.filter(contract_id=contract_id, state=ArticleState.PUBLISHED)
    return found.order_by("id")


__all__ = [
    "Article",
    "Ticket",
    "article_changes",
    "changed_after",
    "last_changes",
    "published_articles",
    "said_to_both",
]
