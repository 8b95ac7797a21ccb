"""令牌: one's own and those of the programs that one answers for; and, for administrators, service accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.actions import NewToken, programs
from lvyue.accounts.choices import Scope
from lvyue.accounts.queries import Account, ServiceAccount, Token
from lvyue.api.asked import Name, Reason, Refusing, RowNumber, Username, plausible, says
from lvyue.api.gate import administrator, caller
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import answer, page, shape
from lvyue.core.doubts import Refused, malformed

router = Router(tags=["令牌与服务账号 Tokens"])


@dataclass(frozen=True, slots=True)
class TokenView:
    """令牌: without its secret, which nobody can read again."""

    id: int
    username: str
    name: str
    scopes: tuple[Scope, ...]
    addresses: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    live: bool
    last_used_at: datetime | None
    last_used_from: str
    refused_at: datetime | None
    refused_from: str
    old_until: datetime | None


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """新令牌: the secret, answered this once."""

    token: str
    expires_at: datetime
    old_until: datetime | None


def _told(one: Token, now: datetime) -> TokenView:
    return TokenView(
        id=one.pk,
        username=one.account.username,
        name=one.name,
        scopes=tuple(Scope(scope) for scope in one.scopes),
        addresses=tuple(one.addresses),
        created_at=one.created_at,
        expires_at=one.expires_at,
        revoked_at=one.revoked_at,
        live=one.revoked_at is None and one.expires_at > now,
        last_used_at=one.last_used_at,
        last_used_from=one.last_used_from,
        refused_at=one.refused_at,
        refused_from=one.refused_from,
        old_until=one.old_until,
    )


TOKENS = Listing.of(TokenView, "id")


@router.get("/me/tokens", response=says(page(TokenView)), summary="我的令牌")
@TOKENS.described
def tokens(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """本人的令牌，和本人负责的服务账号的令牌。新令牌只能登录网页后建立：令牌不能生出令牌。"""
    now = clock.now()
    return TOKENS.among(
        request, asked, [_told(one, now) for one in queries.tokens_in_care(caller(request))]
    )


@router.post(
    "/me/tokens/{token_id}/rotation",
    response=says(shape(TokenSecret), 201),
    summary="更换令牌",
)
def rotate(request: HttpRequest, token_id: RowNumber) -> HttpResponse:
    """得到新的令牌，原来的还能用 24 小时。权限、来源地址和失效时间都不变；要延期请登录网页。"""
    account = caller(request)
    made: NewToken = actions.rotate_token(_token(account, token_id), by=account)
    row = made.token
    return answer(TokenSecret(made.secret, row.expires_at, row.old_until), 201)


@router.delete("/me/tokens/{token_id}", response=says(None, 204), summary="吊销令牌")
def revoke(request: HttpRequest, token_id: RowNumber) -> HttpResponse:
    """吊销本人的、或本人负责的服务账号的一个令牌；也可以是正在用的这一个。"""
    account = caller(request)
    actions.revoke_token(_token(account, token_id), by=account)
    return HttpResponse(status=204)


def _token(account: Account, token_id: int) -> Token:
    found = queries.token_in_care(account, token_id)
    if found is None:
        raise Http404("您没有这个令牌。")
    return found


# ── service accounts ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ProgramView:
    """服务账号."""

    username: str
    name: str
    purpose: str
    owner: str
    ends_at: datetime | None
    active: bool


def _service(one: ServiceAccount) -> ProgramView:
    return ProgramView(
        one.account.username,
        one.account.name,
        one.purpose,
        one.owner.username,
        one.account.ends_at,
        one.account.is_active,
    )


SERVICES = Listing.of(ProgramView, "username")


@router.get("/service-accounts", response=says(page(ProgramView)), summary="服务账号")
@SERVICES.described
def services(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """全部服务账号。只有系统管理员可看；自己负责的在 /me/tokens。"""
    administrator(request)
    return SERVICES.among(request, asked, [_service(one) for one in queries.services()])


class NewService(Refusing):
    """建立服务账号."""

    username: Annotated[str, Field(min_length=1, max_length=80, description="登录名")]
    name: Name
    purpose: Name
    owner: Annotated[str, Field(min_length=1, max_length=80, description="负责人的登录名")]
    until: date = Field(description="用到哪一天，含当日")
    organisation: str | None = Field(
        None, max_length=80, description="单位编号；缺省为负责人的单位"
    )


@router.post("/service-accounts", response=says(shape(ProgramView), 201), summary="建立服务账号")
def new_service(request: HttpRequest, body: NewService) -> HttpResponse:
    """没有密码，不能登录网页。令牌由负责人登录网页建立。"""
    by = administrator(request)
    made = programs.create_service_account(
        body.username,
        body.name,
        body.purpose,
        by=by,
        owner=_person(body.owner),
        ends_at=datetime.combine(
            plausible(body.until) or body.until, time(23, 59, 59), clock.SHANGHAI
        ),
        organisation=queries.organisation(body.organisation) if body.organisation else None,
    )
    return answer(_service(made), 201, Location=f"/api/v1/accounts/{made.account.username}")


class NewOwner(Refusing):
    """更换负责人."""

    owner: Annotated[str, Field(min_length=1, max_length=80, description="负责人的登录名")]
    reason: Reason


@router.post(
    "/service-accounts/{username}/owner", response=says(shape(ProgramView)), summary="更换负责人"
)
def hand_over(request: HttpRequest, username: Username, body: NewOwner) -> HttpResponse:
    """它的令牌都会吊销，由新的负责人另建。"""
    by = administrator(request)
    found = queries.services().filter(account__username=username).first()
    if found is None:
        raise Http404(f"没有登录名为“{username}”的服务账号。")
    programs.hand_over_service(found, _person(body.owner), by=by, reason=body.reason)
    return answer(_service(queries.services().get(pk=found.pk)))


def _person(username: str) -> Account:
    found = queries.account(username)
    if found is None:
        says_ = f"没有登录名为“{username}”的账号。"
        raise Refused([malformed("负责人", says_, "请核对登录名。")])
    return found
