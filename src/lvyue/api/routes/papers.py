"""合同文件: the papers of a contract in their order, and which of them holds where they say otherwise."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.api.asked import ContractId, Moment, Name, Refusing, Word, says
from lvyue.api.gate import enter
from lvyue.api.shapes import answer, shape
from lvyue.core.precedence import Direction
from lvyue.obligations.papers import (
    Claim,
    ContestView,
    PaperList,
    contest,
    list_of,
    view_of,
)
from lvyue.obligations.queries import statement_of

router = Router(tags=["合同文件 Papers"])

_Says = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]


@router.get(
    "/contracts/{slug:contract_id}/papers", response=says(shape(PaperList)), summary="合同文件"
)
def papers(request: HttpRequest, contract_id: ContractId, asked: Query[Moment]) -> HttpResponse:
    """按合同约定的次序；rank 空为合同没有排它。here 说文本在不在手。"""
    seat = enter(request, contract_id)
    return answer(list_of(statement_of(seat.contract_id, asked.on, asked.size).evaluation.release))


class ClaimBody(Refusing):
    """一份文件的规定."""

    paper: Name = Field(description="文件的编号、名称或别名")
    says: _Says = Field(description="它怎么规定", examples=["30 分钟"])
    where: Word = Field("", description="何处")
    signed: date | None = Field(None, description="签署日")
    both: bool = Field(default=False, description="双方都签署或确认了")


class ContestBody(Refusing):
    """哪几份文件说法不一."""

    claims: list[ClaimBody] = Field(min_length=2, max_length=20)
    subject: Word = Field("", description="事项；空为一般事项")
    stricter: Direction | None = Field(None, description="哪个方向为严；不声明就不猜")


@router.post(
    "/contracts/{slug:contract_id}/papers/contest",
    response=says(shape(ContestView)),
    summary="文件说法不一，听谁的",
)
def ruled(request: HttpRequest, contract_id: ContractId, body: ContestBody) -> HttpResponse:
    """什么也不保存。未列明的文件和只有一方确认的纪要不采用；规则不能决定的写在 doubt 里，不代为选择。"""
    seat = enter(request, contract_id)
    release = statement_of(seat.contract_id, Moment(as_of=None, size=None).on).evaluation.release
    claims = [
        Claim(one.paper, one.says, one.where, one.signed, both=one.both) for one in body.claims
    ]
    return answer(view_of(contest(release, claims, subject=body.subject, stricter=body.stricter)))
