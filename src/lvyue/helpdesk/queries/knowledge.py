"""知识库 as people ask for it: what they may see, what fits a ticket, and who may write and review.

An article stays in its contract: what was found out in one office's systems is that office's business (security-support-2026
7.2.17), so nothing goes along when the same firm works elsewhere. In its contract it belongs to the side that wrote it; the
other side sees it once it is published and shared. Using departments see what is published.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.core.terms import Party
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.models import Article, ArticleVersion
from lvyue.helpdesk.models.knowledge import ArticleState, VersionState


def may_write(seat: Seat) -> Ruling:
    """Whether somebody may write articles of their side: whoever works on tickets, and the buyer's lead for the buyer."""
    return may(seat, Right.TICKET_APPROVE if seat.side is Party.BUYER else Right.TICKET_WORK)


def is_own(seat: Seat, article: Article) -> bool:
    """Whether an article is of somebody's side and theirs to work on."""
    return not seat.only_uses and any(side.value == article.side for side in seat.sides)


def _visible(seat: Seat) -> Q:
    if not seat.roles:
        return Q(pk__in=())
    sides = [side.value for side in seat.sides]
    published = Q(state=ArticleState.PUBLISHED)
    if seat.only_uses:
        return Q(contract_id=seat.contract_id) & published & (Q(shared=True) | Q(side__in=sides))
    return Q(contract_id=seat.contract_id) & (Q(side__in=sides) | published & Q(shared=True))


def articles(seat: Seat, *, state: str = "", kind: str = "", sought: str = "") -> QuerySet[Article]:
    """The articles that somebody may see, the newest change first. ``sought`` are words all of which must stand there."""
    found = Article.objects.filter(_visible(seat)).order_by("-changed_at", "-id")
    if state in ArticleState.values:
        found = found.filter(state=state)
    elif state == VersionState.WAITING:
        waiting = ArticleVersion.objects.filter(state=VersionState.WAITING).values("article_id")
        own = [] if seat.only_uses else [side.value for side in seat.sides]
        found = found.filter(pk__in=waiting, side__in=own)
    if kind in TICKET_KINDS:
        found = found.filter(words__contains=_marked(kind))
    for word in sought.split()[:5]:
        found = found.filter(words__icontains=word)
    return found


def _marked(kind: str) -> str:
    return f"〔{kind}〕"


def words_of(title: str, texts: Sequence[str], kinds: Sequence[str]) -> str:
    """What an article is found by: its words, and the kinds that it fits in brackets."""
    return "\n".join([title, *texts, *(_marked(kind) for kind in kinds)])


def article(seat: Seat, article_id: int) -> Article | None:
    """One article that somebody may see, or None."""
    return Article.objects.filter(_visible(seat), pk=article_id).first()


def versions(seat: Seat, found: Article) -> list[ArticleVersion]:
    """The versions that somebody may see, the newest first: those of one's own side all, of the other the published one."""
    rows = ArticleVersion.objects.filter(article=found).order_by("-number")
    if not is_own(seat, found):
        rows = rows.filter(number=found.current)
    return list(rows)


def shown(found: Article, rows: Sequence[ArticleVersion]) -> ArticleVersion | None:
    """The version that an article is read in: the published one, else the latest that one sees."""
    return next((one for one in rows if one.number == found.current), rows[0] if rows else None)


def waiting_of(rows: Sequence[ArticleVersion]) -> ArticleVersion | None:
    """The version that waits for a review, None where none does."""
    return next((one for one in rows if one.state == VersionState.WAITING), None)


__all__ = [
    "Article",
    "ArticleState",
    "ArticleVersion",
    "VersionState",
    "article",
    "articles",
    "is_own",
    "may_write",
    "shown",
    "versions",
    "waiting_of",
    "words_of",
]
