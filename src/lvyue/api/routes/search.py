"""检索: what the search page finds, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.api.asked import Refusing, plausible, says
from lvyue.api.gate import caller
from lvyue.api.shapes import answer, shape
from lvyue.search import queries
from lvyue.search.actions import catch_up
from lvyue.search.choices import EntryKind
from lvyue.search.queries import COUNTED, Asked, Hit

router = Router(tags=["检索 Search"])

#: So many feeds are brought in while somebody waits.
WHILE_WAITING = 20


class AskedWords(Refusing):
    """所查."""

    q: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = Field(
        description="要找的词；空格隔开的都要有，减号后的都不要，引号里的连在一起"
    )
    kind: EntryKind | None = Field(None, description="只要一种；给出后可翻页")
    contract: Annotated[str, Field(max_length=80, pattern=r"^[-a-zA-Z0-9_]*$")] = Field(
        "", description="只在一份合同里找"
    )
    first: date | None = Field(None, description="从哪一天（含）")
    last: date | None = Field(None, description="到哪一天（含）")
    after: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = Field(
        "", description="上一页的 next，须同时给出 kind"
    )


@dataclass(frozen=True, slots=True)
class FoundHit:
    """找到的一条: kind and key name it on its contract."""

    kind: str
    key: str
    contract_id: str
    title: str
    excerpt: str
    day: date | None


@dataclass(frozen=True, slots=True)
class FoundKind:
    """一类: ``number`` of 1001 means more than a thousand."""

    kind: str
    number: int
    results: tuple[FoundHit, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """检索结果: by kind; ``next`` only where one kind was asked for. ``indexing`` contracts are still being brought in."""

    groups: tuple[FoundKind, ...]
    next: str
    indexing: int


@router.get("/search", response=says(shape(SearchResult)), summary="检索")
def search(request: HttpRequest, asked: Query[AskedWords]) -> HttpResponse:
    """只在本人有任职的合同里找。不指定 kind 时每类只给前几条，number 是总数（超过 1000 的记为 1001）。"""
    account = caller(request)
    late = catch_up(queries.visible_to(account), WHILE_WAITING)
    found = queries.find(
        account,
        Asked(
            asked.q,
            asked.kind,
            asked.contract,
            plausible(asked.first),
            plausible(asked.last),
            asked.after,
        ),
    )
    groups = tuple(
        FoundKind(group.kind.value, min(group.number, COUNTED + 1), tuple(map(_hit, group.hits)))
        for group in found.groups
    )
    return answer(SearchResult(groups, found.next, len(late)))


def _hit(hit: Hit) -> FoundHit:
    excerpt = "".join(text for text, _ in hit.excerpt)
    return FoundHit(hit.kind.value, hit.key, hit.contract_id, hit.named, excerpt, hit.day)
