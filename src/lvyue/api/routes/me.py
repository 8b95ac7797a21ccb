"""本人: who calls, and what they may do where."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from lvyue.accounts import queries
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.api.asked import says
from lvyue.api.gate import caller
from lvyue.api.shapes import Shape, answer

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
