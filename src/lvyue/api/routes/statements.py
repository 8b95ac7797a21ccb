"""结算、履约情况表与推演: what is owed and why, statements with their addresses, and what would be if."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts.permissions import Right
from lvyue.api.asked import (
    After,
    ContractId,
    Moment,
    Name,
    Note,
    Refusing,
    Size,
    StatementNumber,
    Why,
    plausible,
    says,
)
from lvyue.api.documents import DifferenceDocument, StatementDocument
from lvyue.api.gate import enter
from lvyue.api.routes.facts import FactDraft, draft_of
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.core.doubts import Refused, malformed
from lvyue.core.facts import Fact, FactId
from lvyue.core.money import Money
from lvyue.obligations.difference import difference_of
from lvyue.obligations.queries import statement_of, suppose
from lvyue.settlements import actions, queries
from lvyue.settlements.choices import StatementAct, StatementState
from lvyue.settlements.queries import Address, Since
from lvyue.settlements.sheet import SettlementSheet
from lvyue.settlements.signing import hindrance

#: A digest, or as much of its beginning as tells it from others.
Short = Annotated[str, Field(pattern="^[0-9a-f]{8,64}$")]

router = Router(tags=["结算 Settlement"])


@router.get(
    "/contracts/{slug:contract_id}/settlement",
    response=says(shape(SettlementSheet)),
    summary="结算",
)
def settlement(request: HttpRequest, contract_id: ContractId, asked: Query[Moment]) -> HttpResponse:
    """从合同价款到现在应付，每一分都有算式；违约金和赔偿另列，不混在应付里。"""
    seat = enter(request, contract_id)
    return answer(queries.settlement_sheet(seat.contract_id, asked.on, asked.size))


# ── statements at an address ─────────────────────────────────────────────────────────────────────────────────────


class AskedStatement(Moment):
    """一份履约情况表的地址."""

    release: Short | None = Field(None, description="登记簿停在这个合同版本时；散列的前 8 位以上")
    calendar: Short | None = Field(None, description="用这个日历版本")

    @property
    def address(self) -> Address:
        return Address(self.on, self.size, self.release or "", self.calendar or "")


@router.get(
    "/contracts/{slug:contract_id}/statement",
    response={**says(StatementDocument), 304: None},
    summary="履约情况表",
)
def statement(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedStatement]
) -> HttpResponse:
    """同样的版本、日志前段、日历和日期，永远得到同样的字节；ETag 就是它的散列。"""
    seat = enter(request, contract_id)
    told = queries.statement_at(seat.contract_id, asked.address).as_json()
    etag = f'"{told["hash"]}"'
    found = get_conditional_response(request, etag=etag, response=answer(told, ETag=etag))
    return found if isinstance(found, HttpResponse) else answer(told, ETag=etag)


class AskedDifference(Refusing):
    """从哪里到哪里."""

    from_: str = Field(
        alias="from",
        pattern=r"^[-0-9a-f@]{10,160}$",
        description="前一个地址：日期@条数@版本@日历，后面的可以省略",
        examples=["2026-06-30"],
    )
    to: str = Field(
        pattern=r"^[-0-9a-f@]{10,160}$", description="后一个地址", examples=["2026-09-30"]
    )


@router.get(
    "/contracts/{slug:contract_id}/difference", response=says(DifferenceDocument), summary="差异"
)
def difference(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedDifference]
) -> HttpResponse:
    """同一合同任意两个地址之间，结论和金额的变化，以及引起变化的事实。"""
    seat = enter(request, contract_id)
    found = queries.compared(seat.contract_id, _address(asked.from_), _address(asked.to))
    return answer(found.as_json())


def _address(text: str) -> Address:
    """An address as an address bar carries it."""
    day, size, release, calendar = [*text.split("@"), "", "", ""][:4]
    try:
        as_of = plausible(date.fromisoformat(day))
        known = int(size) if size else None
    except ValueError:
        as_of, known = None, None
    digests = all(re.fullmatch(r"([0-9a-f]{8,64})?", one) for one in (release, calendar))
    if as_of is None or not digests or text.count("@") > 3 or len(size) > 9:  # noqa: PLR2004  four parts, nine digits
        says_ = f"“{text[:40]}”不是地址。"
        raise Refused([malformed("查询参数", says_, "请写成 2026-09-30@46 的样子。")])
    return Address(as_of, known, release, calendar)


# ── issued statements ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class IssuedView:
    """结算书: a statement that somebody signed for; sums in fen."""

    number: int
    as_of: date
    size: int
    root: str
    release: str
    calendar: str
    hash: str
    paid: Money
    payable: Money | None
    state: StatementState
    restates: int | None
    note: str
    issued_by: str
    issued_for: str
    issued_at: datetime


def _issued(row: queries.IssuedStatement) -> IssuedView:
    return IssuedView(
        number=row.number,
        as_of=row.as_of,
        size=row.size,
        root=row.root,
        release=row.release,
        calendar=row.calendar,
        hash=row.hash,
        paid=Money(row.paid_fen),
        payable=None if row.payable_fen is None else Money(row.payable_fen),
        state=StatementState(row.state),
        restates=None if row.restates is None else row.restates.number,
        note=row.note,
        issued_by=row.issued_by,
        issued_for=row.issued_for,
        issued_at=row.issued_at,
    )


@dataclass(frozen=True, slots=True)
class StepView:
    """结算书经过."""

    act: StatementAct
    by: str
    name: str
    side: str
    at: datetime
    reason: str
    fact: str


@dataclass(frozen=True, slots=True)
class IssuedWhole:
    """打开的结算书: reckoned again from its address; ``says`` is loud where it is not the same any more.

    ``may`` names each act with why the caller cannot take it, empty where they can.
    """

    statement: IssuedView
    whole: bool
    says: str
    since: Since
    steps: tuple[StepView, ...]
    restated_by: int | None
    may: dict[str, str]


@router.get(
    "/contracts/{slug:contract_id}/statements", response=says(page(IssuedView)), summary="结算书"
)
def statements(request: HttpRequest, contract_id: ContractId, asked: Query[After]) -> HttpResponse:
    """出具过的结算书，最近的在前。"""
    seat = enter(request, contract_id)
    found = queries.issued(seat.contract_id)
    if (before := asked.index) is not None:
        found = found.filter(number__lt=before)
    rows = [*found[: asked.limit + 1]]
    shown = rows[: asked.limit]
    return listed(
        [_issued(row) for row in shown], shown[-1].number if len(rows) > asked.limit else None
    )


class Issue(Refusing):
    """出具."""

    as_of: date = Field(description="截至哪一天，不能在将来", examples=["2026-09-30"])
    size: Size | None = Field(None, description="只用前多少条事实")
    note: Note = Field("", description="附注")


@router.post(
    "/contracts/{slug:contract_id}/statements",
    response=says(shape(IssuedView), 201),
    summary="出具结算书",
)
def issue(request: HttpRequest, contract_id: ContractId, body: Issue) -> HttpResponse:
    """代表本方出具；对方可以确认或提出异议。"""
    seat = enter(request, contract_id, Right.ISSUE)
    day = plausible(body.as_of) or clock.today()
    row = actions.issue(day, by=seat, size=body.size, note=body.note)
    at = f"/api/v1/contracts/{seat.contract_id}/statements/{row.number}"
    return answer(_issued(row), 201, Location=at)


def _row(contract_id: str, number: int) -> queries.IssuedStatement:
    row = queries.issued_statement(contract_id, number)
    if row is None:
        raise Http404(f"没有第 {number} 号结算书。")
    return row


@router.get(
    "/contracts/{slug:contract_id}/statements/{number}",
    response=says(shape(IssuedWhole)),
    summary="一份结算书",
)
def issued(request: HttpRequest, contract_id: ContractId, number: StatementNumber) -> HttpResponse:
    """按它的地址重新计算并核对散列；此后新来的事实、版本和日历也在内。"""
    seat = enter(request, contract_id)
    found = queries.opened(_row(seat.contract_id, number))
    acts = (
        found.signing.confirming,
        StatementAct.DISPUTE,
        StatementAct.RESTATE,
        StatementAct.WITHDRAW,
    )
    return answer(
        IssuedWhole(
            statement=_issued(found.row),
            whole=found.again.is_whole,
            says=found.again.says,
            since=found.since,
            steps=tuple(
                StepView(
                    StatementAct(one.act), one.by, one.name, one.side, one.at, one.reason, one.fact
                )
                for one in found.steps
            ),
            restated_by=None if found.restated_by is None else found.restated_by.number,
            may={
                _ENDPOINT.get(act, act.value): hindrance(found.signing, act, seat) for act in acts
            },
        )
    )


#: The endpoint of an act, where it is not called the same.
_ENDPOINT = {StatementAct.COUNTERSIGN: "confirm"}


@router.get(
    "/contracts/{slug:contract_id}/statements/{number}/difference",
    response=says(DifferenceDocument),
    summary="此后的差异",
)
def since(request: HttpRequest, contract_id: ContractId, number: StatementNumber) -> HttpResponse:
    """从这份结算书到同一天按现在所知的结论：重述会改变什么。"""
    seat = enter(request, contract_id)
    row = _row(seat.contract_id, number)
    found = queries.difference_since(row)
    if found is None:
        says_ = "按它的地址已经算不出来，不能比较。"
        raise Refused([malformed(f"结算书第{number}号", says_, "请联系系统管理员核对日志。")])
    changed, _ = found
    return answer(changed.as_json())


@router.post(
    "/contracts/{slug:contract_id}/statements/{number}/confirm",
    response=says(shape(IssuedView)),
    summary="确认结算书",
)
def confirm(request: HttpRequest, contract_id: ContractId, number: StatementNumber) -> HttpResponse:
    """代表一方确认；双方都确认之后不再改变。"""
    seat = enter(request, contract_id, Right.SIGN)
    _row(seat.contract_id, number)
    return answer(_issued(actions.confirm(number, by=seat)))


@router.post(
    "/contracts/{slug:contract_id}/statements/{number}/dispute",
    response=says(shape(IssuedView)),
    summary="对结算书提出异议",
)
def dispute(
    request: HttpRequest, contract_id: ContractId, number: StatementNumber, body: Why
) -> HttpResponse:
    """异议同时作为事实登记在日志里。"""
    seat = enter(request, contract_id, Right.SIGN)
    _row(seat.contract_id, number)
    return answer(_issued(actions.dispute(number, body.reason, by=seat)))


class Restate(Refusing):
    """重述."""

    as_of: date | None = Field(None, description="截至哪一天，缺省为原来的日子")
    size: Size | None = None
    note: Note = ""


@router.post(
    "/contracts/{slug:contract_id}/statements/{number}/restate",
    response=says(shape(IssuedView), 201),
    summary="重述结算书",
)
def restate(
    request: HttpRequest, contract_id: ContractId, number: StatementNumber, body: Restate
) -> HttpResponse:
    """按现在所知另出一份，指回原来的一份。"""
    seat = enter(request, contract_id, Right.ISSUE)
    _row(seat.contract_id, number)
    row = actions.restate(
        number, by=seat, as_of=plausible(body.as_of), size=body.size, note=body.note
    )
    at = f"/api/v1/contracts/{seat.contract_id}/statements/{row.number}"
    return answer(_issued(row), 201, Location=at)


@router.post(
    "/contracts/{slug:contract_id}/statements/{number}/withdraw",
    response=says(shape(IssuedView)),
    summary="撤回结算书",
)
def withdraw(
    request: HttpRequest, contract_id: ContractId, number: StatementNumber, body: Why
) -> HttpResponse:
    """出具的一方在对方确认之前可以撤回。"""
    seat = enter(request, contract_id, Right.ISSUE)
    _row(seat.contract_id, number)
    return answer(_issued(actions.withdraw(number, body.reason, by=seat)))


# ── what if ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Supposition(Refusing):
    """推演: facts more, facts fewer, on some day. An agreed parameter is a fact of kind ``parameter.agreed``."""

    as_of: date | None = Field(None, description="截至哪一天，缺省为今天")
    then: date | None = Field(None, description="假设换到哪一天，缺省为同一天")
    size: Size | None = Field(None, description="以日志的前多少条为底，缺省为全部")
    facts: list[FactDraft] = Field(
        default_factory=list, max_length=20, description="假设发生的事实"
    )
    without: list[Name] = Field(
        default_factory=list, max_length=50, description="假设没有的事实的编号"
    )


@router.post(
    "/contracts/{slug:contract_id}/what-if", response=says(DifferenceDocument), summary="推演"
)
def what_if(request: HttpRequest, contract_id: ContractId, body: Supposition) -> HttpResponse:
    """什么也不保存：只回答结论和金额会有什么不同。"""
    seat = enter(request, contract_id, Right.WHAT_IF)
    day = plausible(body.as_of) or clock.today()
    before = statement_of(seat.contract_id, day, body.size)
    after = suppose(
        seat.contract_id,
        plausible(body.then) or day,
        size=body.size,
        facts=[_supposed(place, one) for place, one in enumerate(body.facts, start=1)],
        without=frozenset(FactId(one) for one in body.without),
    )
    return answer(difference_of(before, after).as_json())


def _supposed(place: int, body: FactDraft) -> Fact:
    read = draft_of(body, FactId(f"supposed-{place}")).read()
    if not isinstance(read, Fact):
        raise Refused(read)
    return read
