"""Reads of drafts: whose they are, how far their papers have come, and what was read of them.

Reading is quick and pure, so it is done again rather than stored, and remembered by the hashes of the papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Max, Q, QuerySet

from lvyue.accounts.choices import ContractRole
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import Account, names_of, seats_of
from lvyue.intake import wire
from lvyue.reading.reading import Reading, read
from lvyue.reading.source import Source
from lvyue.readings.binding import Bound, bind
from lvyue.readings.choices import SETTLED, Act, DraftState, PaperState, Side
from lvyue.readings.models import Decision, Draft, DraftMember, DraftPaper
from lvyue.readings.review import Review, Taken, review_of

#: So many drafts stand on one page, and so many leave in one file.
DRAFTS_AT_ONCE = 50
DRAFTS_IN_A_FILE = 5_000

#: As many reviews are remembered as are looked at at once.
REVIEWS_KEPT = 8


# ── whose ────────────────────────────────────────────────────────────────────────────────────────────────────────


def drafts_of(account: Account) -> QuerySet[Draft]:
    """The drafts that a person may see, newest first, with how many papers are there and how many are read."""
    mine = DraftMember.objects.filter(username=account.username, until__isnull=True)
    found = Draft.objects.filter(pk__in=mine.values("draft_id")).order_by("-id")
    return found.annotate(
        paper_count=Count("papers"),
        read_count=Count("papers", filter=Q(papers__state=PaperState.DONE)),
        stuck_count=Count("papers", filter=Q(papers__state=PaperState.FAILED)),
    )


def seat_on(account: Account, draft: Draft) -> Seat | None:
    """What a person is on a draft; None for who is nothing there, and must not even learn that it exists."""
    held = DraftMember.objects.filter(draft=draft, username=account.username, until__isnull=True)
    member = held.first()
    if member is None:
        return None
    role = ContractRole(member.role)
    return Seat(
        account.username,
        account.name,
        draft.trail,
        frozenset({role}),
        scopes=account.scopes,
    )


def draft_of(account: Account, draft_id: int) -> tuple[Draft, Seat] | None:
    """A draft with the seat of who asks; None for everybody else. Two reads."""
    draft = Draft.objects.filter(pk=draft_id).first()
    seat = seat_on(account, draft) if draft is not None else None
    return (draft, seat) if draft is not None and seat is not None else None


@dataclass(frozen=True, slots=True)
class Member:
    """成员: who, as what, on which side, since when."""

    username: str
    name: str
    role: ContractRole
    since: datetime
    invited_by: str


def members_of(draft: Draft) -> tuple[Member, ...]:
    """Who is on a draft now. Two reads."""
    held = list(DraftMember.objects.filter(draft=draft, until__isnull=True).order_by("id"))
    names = names_of(one.username for one in held)
    return tuple(
        Member(
            one.username,
            names.get(one.username, one.username),
            ContractRole(one.role),
            one.since,
            one.invited_by,
        )
        for one in held
    )


def side_of(seat: Seat) -> Side | None:
    """For which side a seat acts."""
    return Side(seat.side.value) if seat.side is not None else None


def is_only_an_auditor(account: Account) -> bool:
    """Whether somebody audits and does nothing else anywhere."""
    roles = frozenset(role for seat in seats_of(account).values() for role in seat.roles)
    return roles == {ContractRole.AUDITOR}


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def papers_of(draft: Draft) -> list[DraftPaper]:
    """The papers of a draft in their order, without what was read of them."""
    return list(draft.papers.defer("source").order_by("order"))


def paper_of(draft: Draft, order: int) -> DraftPaper | None:
    return draft.papers.defer("source").filter(order=order).first()


def all_settled(papers: Iterable[DraftPaper]) -> bool:
    """Whether nothing of them is still being read."""
    return all(paper.state in SETTLED for paper in papers)


def source_of(paper: DraftPaper) -> Source | None:
    """What was read of a paper; None as long as nothing was."""
    return _source(paper.pk, paper.sha256, paper.read_at) if paper.read_at is not None else None


@lru_cache(maxsize=16)
def _source(paper_id: int, sha256: str, read_at: datetime) -> Source:
    del sha256, read_at  # what tells two readings of one paper apart
    return wire.from_json(DraftPaper.objects.values_list("source", flat=True).get(pk=paper_id))


# ── what was read ────────────────────────────────────────────────────────────────────────────────────────────────


def bound_of(papers: Sequence[DraftPaper]) -> Bound | None:
    """The papers that could be read, as one; None where none could."""
    known = tuple((one.pk, one.sha256, one.read_at) for one in papers if one.read_at is not None)
    return _bound(known) if known else None


@lru_cache(maxsize=16)
def _bound(known: tuple[tuple[int, str, datetime], ...]) -> Bound:
    return bind([_source(*one) for one in known])


@lru_cache(maxsize=8)
def _reading(known: tuple[tuple[int, str, datetime], ...]) -> Reading:
    return read(_bound(known).source)


def reading_of(papers: Sequence[DraftPaper]) -> Reading | None:
    """What was read of the papers of a draft; None where none could be read."""
    known = tuple((one.pk, one.sha256, one.read_at) for one in papers if one.read_at is not None)
    return _reading(known) if known else None


def decisions_of(draft: Draft) -> tuple[Taken, ...]:
    """Everything that was decided on a draft, in order. One read."""
    return tuple(
        Taken(
            number=one.pk,
            key=one.key,
            act=Act(one.act),
            seen=one.seen,
            before=one.before,
            after=one.after,
            reason=one.reason,
            batch=one.batch,
            by=one.by,
            name=one.name,
            side=one.side,
            at=one.at,
        )
        for one in Decision.objects.filter(draft=draft).order_by("id")
    )


_reviews: dict[tuple[int, int, int], tuple[Reading, Review]] = {}


def review_for(draft: Draft, papers: Sequence[DraftPaper]) -> Review | None:
    """What was read with what was decided of it, as of now. One read, or two."""
    reading = reading_of(papers)
    if reading is None:
        return None
    last = Decision.objects.filter(draft=draft).aggregate(last=Max("id"))["last"] or 0
    key = (draft.pk, last, id(reading))
    known = _reviews.get(key)
    if known is not None and known[0] is reading:
        return known[1]
    review = review_of(reading, decisions_of(draft))
    for old in [*_reviews][: 1 - REVIEWS_KEPT]:
        _reviews.pop(old, None)
    _reviews[key] = (reading, review)
    return review


def forget() -> None:
    """忘记: everything that was remembered, for tests and measurements."""
    for kept in (_source, _bound, _reading):
        kept.cache_clear()
    _reviews.clear()


__all__ = [
    "Draft",
    "DraftMember",
    "DraftPaper",
    "DraftState",
    "Member",
    "all_settled",
    "bound_of",
    "decisions_of",
    "draft_of",
    "drafts_of",
    "forget",
    "is_only_an_auditor",
    "members_of",
    "paper_of",
    "papers_of",
    "reading_of",
    "review_for",
    "seat_on",
    "side_of",
    "source_of",
]
