"""本人: who calls, what they may do where, and the tokens of their programs."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.api.asked import RowNumber, says
from lvyue.api.gate import caller
from lvyue.api.shapes import Shape, answer, listed, page

router = Router(tags=["本人 Me"])


class MySeat(Shape):
    """席位: what one is on a contract, and what one may do there; ``refused`` says why not."""

    contract: str
    roles: list[str]
    side: str | None
    may: list[str] = Field(
        description="可做的事：" + "、".join(f"{one.name.lower()} {one.zh}" for one in Right)
    )
    refused: dict[str, str]


class Me(Shape):
    """本人."""

    username: str
    name: str
    organisation: str | None
    administrator: bool
    demonstration: bool
    seats: list[MySeat]


class MyToken(Shape):
    """令牌: without its secret, which nobody can read again."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    live: bool


@router.get("/me", response=says(Me), summary="我是谁，在哪些合同中是什么")
def me(request: HttpRequest) -> HttpResponse:
    """本人的账号、任职和权限。"""
    account = caller(request)
    return answer(
        {
            "username": account.username,
            "name": account.name,
            "organisation": account.organisation.name if account.organisation else None,
            "administrator": account.is_administrator,
            "demonstration": account.demonstration,
            "seats": [_seat(seat) for seat in queries.seats_of(account).values()],
        }
    )


def _seat(seat: Seat) -> dict[str, object]:
    rulings = {right.name.lower(): may(seat, right) for right in Right}
    return {
        "contract": seat.contract_id,
        "roles": sorted(role.value for role in seat.roles),
        "side": seat.side,
        "may": [name for name, ruling in rulings.items() if ruling],
        "refused": {name: ruling.reason for name, ruling in rulings.items() if not ruling},
    }


@router.get("/me/tokens", response=says(page(MyToken)), summary="我的令牌")
def tokens(request: HttpRequest) -> HttpResponse:
    """本人的令牌。新令牌只能登录网页后在“我的账号”建立：令牌不能生出令牌。"""
    now = clock.now()
    found = [
        {
            "id": one.pk,
            "name": one.name,
            "created_at": one.created_at,
            "expires_at": one.expires_at,
            "revoked_at": one.revoked_at,
            "live": one.revoked_at is None and one.expires_at > now,
        }
        for one in queries.tokens_of(caller(request))
    ]
    return listed(found)


@router.delete("/me/tokens/{token_id}", response=says(None, 204), summary="吊销令牌")
def revoke(request: HttpRequest, token_id: RowNumber) -> HttpResponse:
    """吊销本人的一个令牌；也可以是正在用的这一个。"""
    account = caller(request)
    token = queries.token_of(account, token_id)
    if token is None:
        raise Http404("您没有这个令牌。")
    actions.revoke_token(token, by=account)
    return HttpResponse(status=204)
