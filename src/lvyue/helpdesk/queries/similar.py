"""相似的: past tickets and articles that are like what somebody is just telling, of those that they may see.

Found by the index of words, so it costs the same at a hundred tickets and at a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import Account
from lvyue.helpdesk.choices import Audience
from lvyue.helpdesk.models import Article, Ticket, TicketEvent
from lvyue.helpdesk.queries import knowledge
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.tickets import tickets
from lvyue.search.choices import EntryKind
from lvyue.search.queries import alike, owner_of

#: So many characters of what was typed are looked at, and so few are enough to look.
LONGEST, SHORTEST = 500, 2

#: So many of each are shown.
SHOWN = 5


@dataclass(frozen=True, slots=True)
class SimilarTicket:
    """相似的工单: with what was done about it, if it is over."""

    ticket: Ticket
    likeness: int
    solved: str


@dataclass(frozen=True, slots=True)
class SimilarArticle:
    """相似的知识."""

    article: Article
    likeness: int


@dataclass(frozen=True, slots=True)
class Similar:
    """相似的: tickets and articles, the most alike first; ``likeness`` in thousandths."""

    tickets: tuple[SimilarTicket, ...] = ()
    articles: tuple[SimilarArticle, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tickets or self.articles)


def similar(account: Account, seat: Seat, typed: str, besides: int | None = None) -> Similar:
    """What is like a text on the seat's contract. ``besides`` is the number of a ticket that is not meant, such as itself.

    What the index names is asked for once more: nobody sees here what they would not see on its own page.
    """
    told = " ".join(typed.split())[:LONGEST]
    if len(told) < SHORTEST:
        return Similar()
    owner = owner_of(account)
    found = alike(owner, seat, told, EntryKind.TICKET, SHOWN + 1)
    likeness = {int(one.key): one.likeness for one in found if int(one.key) != besides}
    rows = tickets(seat, department_of(account)).order_by().filter(number__in=likeness)
    near = sorted(rows, key=lambda one: (-likeness[one.number], -one.pk))[:SHOWN]
    words = _solved(near)
    known = alike(owner, seat, told, EntryKind.ARTICLE, SHOWN)
    weights = {int(one.key): one.likeness for one in known}
    articles = knowledge.articles(seat, state="published").filter(pk__in=weights)
    return Similar(
        tuple(SimilarTicket(one, likeness[one.number], words.get(one.pk, "")) for one in near),
        tuple(
            SimilarArticle(one, weights[one.pk])
            for one in sorted(articles, key=lambda one: (-weights[one.pk], -one.pk))
        ),
    )


def _solved(found: list[Ticket]) -> dict[int, str]:
    """How each was solved, in the words with which the cause or the restoration was written down for both sides."""
    events = TicketEvent.objects.filter(
        ticket__in=found, name__in=("diagnose", "restore"), audience=Audience.BOTH
    ).exclude(said="")
    return {one.ticket_id: one.said[:200] for one in events.order_by("ticket", "index")}


__all__ = ["LONGEST", "SHORTEST", "Similar", "SimilarArticle", "SimilarTicket", "similar"]
