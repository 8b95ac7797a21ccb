"""疑义与参数: what is blocked by what, the numbers that the contract leaves open, and what is under way to close both."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.api.asked import ContractId, Moment, Word, says
from lvyue.api.gate import enter
from lvyue.api.shapes import answer, shape
from lvyue.core.doubts import Severity
from lvyue.core.terms import Party
from lvyue.obligations.desk import (
    DeskFilter,
    DoubtsDesk,
    DoubtState,
    ParameterSheet,
    desk_of,
    open_amendments,
    sheet_of,
)
from lvyue.obligations.queries import statement_of

router = Router(tags=["疑义与参数 Desk"])


class AskedDoubts(Moment):
    """哪些疑义."""

    severity: Severity | None = Field(None, description="只看这种严重程度")
    state: DoubtState | None = Field(None, description="只看这种状态")
    owner: Party | None = Field(None, description="只看由这一方解决的")
    q: Word = Field("", description="疑义里的字")

    @property
    def filter(self) -> DeskFilter:
        return DeskFilter(
            severity=self.severity,
            state=self.state,
            owner=self.owner,
            words=self.q.strip(),
        )


@router.get(
    "/contracts/{slug:contract_id}/doubts", response=says(shape(DoubtsDesk)), summary="疑义"
)
def doubts(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedDoubts]
) -> HttpResponse:
    """阻断的在前；每条写明所在条款、稳妥读法、由谁凭哪些文件解决、停住了哪些约定和金额、是否已有提案。"""
    seat = enter(request, contract_id)
    statement = statement_of(seat.contract_id, asked.on, asked.size)
    rows = open_amendments(seat.contract_id, seat)
    return answer(desk_of(statement, rows, asked.filter))


class AskedParameters(Moment):
    """哪些参数."""

    agreed: bool | None = Field(None, description="只看已商定的，或未商定的")


@router.get(
    "/contracts/{slug:contract_id}/parameters", response=says(shape(ParameterSheet)), summary="参数"
)
def parameters(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedParameters]
) -> HttpResponse:
    """合同没有写定的数字；双方商定之前只计时，不判违约。"""
    seat = enter(request, contract_id)
    statement = statement_of(seat.contract_id, asked.on, asked.size)
    rows = open_amendments(seat.contract_id, seat)
    return answer(sheet_of(statement, rows, agreed=asked.agreed))
