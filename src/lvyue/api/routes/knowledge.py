"""知识库 and 相似的: articles with their versions, writing, reviewing, sharing, retiring, following; and what is like a text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.accounts.permissions import Right, Seat
from lvyue.api.asked import (
    ContractId,
    Name,
    Note,
    Number,
    Reason,
    Refusing,
    RowNumber,
    Word,
    plausible,
    says,
)
from lvyue.api.gate import caller, enter
from lvyue.api.routes.remote import TicketNumber, seen
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.helpdesk.actions import knowledge as actions
from lvyue.helpdesk.actions import reviewing
from lvyue.helpdesk.actions.knowledge import ArticleText
from lvyue.helpdesk.actions.reviewing import Improvement, ReviewText
from lvyue.helpdesk.queries import knowledge as queries
from lvyue.helpdesk.queries import reviews as majors
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.knowledge import Article, ArticleVersion
from lvyue.helpdesk.queries.reviews import MajorReview
from lvyue.helpdesk.queries.similar import LONGEST, similar
from lvyue.search.actions import catch_up

router = Router(tags=["知识库 Knowledge"])

#: So many articles at a time.
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """知识条目: ``current`` is the published version, 0 where there is none; ``newest`` the latest."""

    id: int
    name: str
    title: str
    state: str
    side: str
    shared: bool
    system: str
    kinds: list[str]
    current: int
    newest: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ArticleVersionRow:
    """知识版本."""

    number: int
    state: str
    title: str
    symptom: str
    cause: str
    steps: list[str]
    tests: list[str]
    kinds: list[str]
    system: str
    why: str
    author_name: str
    written_at: datetime
    reviewer_name: str
    reviewed_at: datetime | None
    review: str


@dataclass(frozen=True, slots=True)
class ArticleWhole:
    """一条知识: with the versions that the caller may see, the newest first."""

    row: ArticleRow
    versions: tuple[ArticleVersionRow, ...]


def _row(one: Article) -> ArticleRow:
    return ArticleRow(
        *(one.pk, one.name, one.title, one.state, one.side, one.shared, one.system),
        *(one.kinds, one.current, one.newest, one.changed_at),
    )


def _version(one: ArticleVersion) -> ArticleVersionRow:
    return ArticleVersionRow(
        *(one.number, one.state, one.title, one.symptom, one.cause, one.steps, one.tests),
        *(one.kinds, one.system, one.why, one.author_name, one.written_at),
        *(one.reviewer_name, one.reviewed_at, one.review),
    )


def _there(seat: Seat, article_id: int) -> Article:
    found = queries.article(seat, article_id)
    if found is None:
        raise Http404("知识库里没有这一条。")
    return found


def _whole(seat: Seat, article_id: int, status: int = 200) -> HttpResponse:
    found = _there(seat, article_id)
    rows = tuple(_version(one) for one in queries.versions(seat, found))
    return answer(ArticleWhole(_row(found), rows), status)


class AskedArticles(Refusing):
    """找哪些."""

    q: Annotated[str, Field(max_length=80)] = Field("", description="都要有的字词")
    state: Annotated[str, Field(max_length=20)] = Field(
        "", description="written、published、retired，或 waiting（本方等审核的）"
    )
    kind: Annotated[str, Field(max_length=20)] = Field("", description="适用的工单种类")


@router.get(
    "/contracts/{slug:contract_id}/articles", response=says(page(ArticleRow)), summary="知识库"
)
def articles(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedArticles]
) -> HttpResponse:
    """最近变动的 200 条。本方的都看得到，对方的只看得到已发布而且双方可看的。"""
    seat = enter(request, contract_id)
    found = queries.articles(
        seat, state=asked.state, kind=asked.kind, sought=asked.q.replace("\0", "")
    )
    return listed([_row(one) for one in found[:AT_ONCE]])


@router.get(
    "/contracts/{slug:contract_id}/articles/{article_id}",
    response=says(shape(ArticleWhole)),
    summary="一条知识",
)
def article(request: HttpRequest, contract_id: ContractId, article_id: RowNumber) -> HttpResponse:
    """本方的给出每一版，对方的只有发布的一版。"""
    return _whole(enter(request, contract_id), article_id)


class NewArticle(Refusing):
    """写知识."""

    title: Name
    symptom: Reason
    cause: Note = ""
    steps: list[Note] = Field(min_length=1, max_length=100)
    tests: list[Note] = Field(default_factory=list, max_length=100)
    kinds: list[Word] = Field(default_factory=list, max_length=20)
    system: Word = ""

    def text(self, why: str = "") -> ArticleText:
        return ArticleText(
            *(self.title, self.symptom, self.cause, self.steps, self.tests, self.kinds),
            *(self.system, why),
        )


class Revision(NewArticle):
    """改知识."""

    seen: Number = Field(description="改之前读到的最新版本号")
    why: Name = Field(description="改了什么，为什么")


@router.post(
    "/contracts/{slug:contract_id}/articles",
    response=says(shape(ArticleWhole), 201),
    summary="写知识",
)
def write(request: HttpRequest, contract_id: ContractId, body: NewArticle) -> HttpResponse:
    """写好就送审；由本方另一位审核之后发布。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    made = actions.write_article(seat.contract_id, body.text(), by=seat)
    return _whole(seat, made.pk, 201)


@router.post(
    "/contracts/{slug:contract_id}/articles/{article_id}/versions",
    response=says(shape(ArticleWhole), 201),
    summary="改知识",
)
def revise(
    request: HttpRequest, contract_id: ContractId, article_id: RowNumber, body: Revision
) -> HttpResponse:
    """新的一版；审核之前，发布的一版照旧有效。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    found = _there(seat, article_id)
    actions.revise_article(seat.contract_id, found.pk, body.text(body.why), seen=body.seen, by=seat)
    return _whole(seat, found.pk, 201)


class Review(Refusing):
    """审核."""

    version: Number
    agree: bool
    said: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/articles/{article_id}/review",
    response=says(shape(ArticleWhole)),
    summary="审核知识",
)
def review(
    request: HttpRequest, contract_id: ContractId, article_id: RowNumber, body: Review
) -> HttpResponse:
    """作者不能审核自己写的。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    found = _there(seat, article_id)
    actions.review_article(
        seat.contract_id, found.pk, body.version, agree=body.agree, said=body.said, by=seat
    )
    return _whole(seat, found.pk)


class Sharing(Refusing):
    """谁可看."""

    shared: bool


@router.post(
    "/contracts/{slug:contract_id}/articles/{article_id}/sharing",
    response=says(shape(ArticleWhole)),
    summary="给对方看或收回",
)
def share(
    request: HttpRequest, contract_id: ContractId, article_id: RowNumber, body: Sharing
) -> HttpResponse:
    """由所属一方的负责人办理。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    found = _there(seat, article_id)
    actions.share_article(seat.contract_id, found.pk, shared=body.shared, by=seat)
    return _whole(seat, found.pk)


class Retired(Refusing):
    """为什么停用."""

    reason: Reason


@router.post(
    "/contracts/{slug:contract_id}/articles/{article_id}/retirement",
    response=says(shape(ArticleWhole)),
    summary="停用知识",
)
def retire(
    request: HttpRequest, contract_id: ContractId, article_id: RowNumber, body: Retired
) -> HttpResponse:
    """还可以查看，不再推荐。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    found = _there(seat, article_id)
    actions.retire_article(seat.contract_id, found.pk, said=body.reason, by=seat)
    return _whole(seat, found.pk)


class Followed(Refusing):
    """照哪张工单办."""

    ticket: Number


@dataclass(frozen=True, slots=True)
class FollowedOn:
    """已列出步骤: ``index`` names the list when a step is ticked."""

    ticket: int
    index: int


@router.post(
    "/contracts/{slug:contract_id}/articles/{article_id}/follow",
    response=says(shape(FollowedOn), 201),
    summary="照此办理",
)
def follow(
    request: HttpRequest, contract_id: ContractId, article_id: RowNumber, body: Followed
) -> HttpResponse:
    """把它的步骤和测试列到工单上。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    found = _there(seat, article_id)
    event = actions.follow_article(seat.contract_id, seen(seat, body.ticket), found.pk, by=seat)
    return answer(FollowedOn(body.ticket, event.index), 201)


# ── what is alike ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SimilarTicketRow:
    """相似的工单: ``likeness`` in thousandths; ``solved`` is what was said of the cause or the restoration."""

    number: int
    name: str
    title: str
    state: str
    likeness: int
    solved: str


@dataclass(frozen=True, slots=True)
class SimilarArticleRow:
    """相似的知识."""

    id: int
    name: str
    title: str
    likeness: int


@dataclass(frozen=True, slots=True)
class SimilarFound:
    """相似的: the most alike first."""

    tickets: tuple[SimilarTicketRow, ...]
    articles: tuple[SimilarArticleRow, ...]


class AskedSimilar(Refusing):
    """像什么."""

    q: Annotated[str, Field(min_length=1, max_length=LONGEST)] = Field(description="几句话")
    besides: int | None = Field(None, ge=1, le=2_147_483_647, description="不算这张工单")


@router.get(
    "/contracts/{slug:contract_id}/similar-tickets",
    response=says(shape(SimilarFound)),
    summary="相似的工单和知识",
)
def find_similar(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedSimilar]
) -> HttpResponse:
    """各最多 5 条；只在调用者看得到的里面找。"""
    seat = enter(request, contract_id, Right.TICKET_OPEN)
    catch_up([seat.contract_id])
    found = similar(caller(request), seat, asked.q.replace("\0", ""), asked.besides)
    tickets = tuple(
        SimilarTicketRow(
            *(one.ticket.number, one.ticket.name, one.ticket.title, one.ticket.state),
            *(one.likeness, one.solved),
        )
        for one in found.tickets
    )
    articles_found = tuple(
        SimilarArticleRow(one.article.pk, one.article.name, one.article.title, one.likeness)
        for one in found.articles
    )
    return answer(SimilarFound(tickets, articles_found))


# ── reviews of major faults ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ImprovementRow:
    """改进措施: what a review calls for, and the ticket under which it is done."""

    what: str
    owner: str
    due: date
    ticket: int
    state: str


@dataclass(frozen=True, slots=True)
class MajorReviewRow:
    """重大故障复盘."""

    ticket: int
    name: str
    title: str
    present: str
    cause: str
    well: str
    badly: str
    written_at: datetime
    written_name: str
    actions: tuple[ImprovementRow, ...]


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """待复盘: a ticket of which a review is to be held."""

    ticket: int
    name: str
    title: str
    level: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class MajorReviews:
    """复盘: the rule, those that are due, and the newest 200 that were held."""

    rule: str
    due: tuple[ReviewDue, ...]
    held: tuple[MajorReviewRow, ...]


def _review(one: MajorReview) -> MajorReviewRow:
    return MajorReviewRow(
        *(one.ticket.number, one.ticket.name, one.ticket.title, one.present, one.cause),
        *(one.well, one.badly, one.written_at, one.written_name),
        tuple(
            ImprovementRow(act.what, act.owner, act.due, act.ticket.number, act.ticket.state)
            for act in one.actions.all()
        ),
    )


@router.get(
    "/contracts/{slug:contract_id}/ticket-reviews",
    response=says(shape(MajorReviews)),
    summary="重大故障复盘",
)
def reviews(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """哪些工单要复盘、按什么规则；合同没有写期限，只提醒。"""
    seat = enter(request, contract_id)
    mine = department_of(caller(request))
    waiting = tuple(
        ReviewDue(one.number, one.name, one.title, one.level, one.done_at)
        for one in majors.due(seat, mine)[:AT_ONCE]
    )
    held = tuple(_review(one) for one in majors.held(seat, mine)[:AT_ONCE])
    return answer(MajorReviews(majors.REVIEW_RULE, waiting, held))


class NewImprovement(Refusing):
    """改进措施."""

    what: Name
    kind: Word = Field(description="problem、change 或 work_order")
    owner: Name = Field(description="经办人的登录名，见 `ticket-workers`")
    due: date
    place: Annotated[str, Field(max_length=200)] = Field("", description="派工单去哪里")


class NewReview(Refusing):
    """写复盘."""

    present: Name
    cause: Reason
    badly: Reason
    well: Note = ""
    actions: list[NewImprovement] = Field(min_length=1, max_length=20)


@router.post(
    "/contracts/{slug:contract_id}/tickets/{number}/review",
    response=says(shape(MajorReviewRow), 201),
    summary="写复盘",
)
def write_review(
    request: HttpRequest, contract_id: ContractId, number: TicketNumber, body: NewReview
) -> HttpResponse:
    """办完之后写一次；每条改进措施开一张工单，交给负责人。"""
    seat = enter(request, contract_id, Right.TICKET_WORK)
    told = ReviewText(body.present, body.cause, body.badly, body.well)
    some = [
        Improvement(one.what, one.kind, one.owner, plausible(one.due), one.place)
        for one in body.actions
    ]
    row = reviewing.write_review(seat.contract_id, seen(seat, number), told, some, by=seat)
    return answer(_review(row), 201)
