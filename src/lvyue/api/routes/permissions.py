"""谁能看到、为什么不能: who sees a thing of a contract and by which rule, and why somebody is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from lvyue.accounts import queries as accounts
from lvyue.accounts.actions.revealing import reveal_contacts
from lvyue.accounts.permissions import Right
from lvyue.api.asked import ContractId, Refusing, Username, Why, says
from lvyue.api.gate import enter
from lvyue.api.problems import Problem, trouble
from lvyue.api.shapes import answer, shape
from lvyue.confidentiality.reach import Explained, Reach, Thing, ThingKind, explained, reach_of
from lvyue.core.doubts import malformed
from lvyue.core.facts import KINDS
from lvyue.settlements import refusals
from lvyue.settlements.queries import issued_statement

router = Router(tags=["权限 Permissions"])


class AskedThing(Refusing):
    """哪一样东西."""

    of: ThingKind = Field(ThingKind.CONTRACT, description="种类")
    id: str = Field("", max_length=200, pattern=r"^[^\x00]*$", description="编号；合同本身不用填")


@router.get("/contracts/{slug:contract_id}/who", response=says(shape(Reach)), summary="谁能看到")
def who(request: HttpRequest, contract_id: ContractId, asked: Query[AskedThing]) -> HttpResponse:
    """合同上每个人看不看得到这样东西、按哪条规则；看不到的东西和没有的东西一样是 404。"""
    seat = enter(request, contract_id)
    there = asked.of is not ThingKind.STATEMENT or (
        asked.id.isascii()
        and asked.id.isdecimal()
        and len(asked.id) < 9  # noqa: PLR2004  more than there are
        and issued_statement(seat.contract_id, int(asked.id)) is not None
    )
    reach = reach_of(seat, Thing(asked.of, asked.id)) if there else None
    if reach is None:
        raise Http404("这份合同没有这样东西。")
    return answer(reach)


#: As the interface names them: ``see``, ``record``, …
_RIGHTS = tuple(right.name.lower() for right in Right)


class AskedRuling(Refusing):
    """谁、做什么."""

    right: str = Field(
        "",
        description="做什么：" + "、".join(_RIGHTS) + "；问对某样东西办一步时不写",
        pattern=f"^({'|'.join(_RIGHTS)})?$",
    )
    person: str = Field("", max_length=80, pattern=r"^[^\x00]*$", description="登录名；空为本人")
    kind: str = Field(
        "", max_length=80, pattern=r"^[a-z_.]*$", description="哪种事实，只在 right=record 时"
    )
    of: ThingKind | None = Field(
        None, description="对哪种东西办一步：" + "、".join(one.value for one in refusals.KINDS)
    )
    id: str = Field("", max_length=20, pattern=r"^[0-9]*$", description="它的编号")
    step: str = Field("", max_length=40, pattern=r"^[a-z_]*$", description="生命周期表里的哪一步")


@router.get(
    "/contracts/{slug:contract_id}/why", response=says(shape(Explained)), summary="为什么不能"
)
def why(request: HttpRequest, contract_id: ContractId, asked: Query[AskedRuling]) -> HttpResponse:
    """对这份合同上的一个人的裁定，试过的每一条规则、结果和依据；写明 of、id、step 的，也看那样东西现在的状态。"""
    asking = seat = enter(request, contract_id)
    to = seat.username
    if bool(asked.right) is bool(asked.of):
        says_ = "要写明 right，或写明 of、id 和 step，二者之一。"
        raise Problem("invalid", says_, [trouble(malformed("查询参数 right", says_, ""))])
    if asked.person and asked.person != seat.username:
        held = accounts.appointments(seat.contract_id).filter(account__username=asked.person)
        one = held.first()
        if one is None:
            raise Http404(f"这份合同上没有登录名为“{asked.person}”的人。")
        seat = accounts.seat_of(one.account, seat.contract_id)
    if asked.kind and asked.kind not in KINDS:
        raise Http404(f"没有“{asked.kind}”这种事实。")
    if asked.of is not None:
        act = refusals.act_on(seat, Thing(asked.of, asked.id), asked.step, seen_by=asking)
        if act is None:
            raise Http404("这份合同没有这样东西，或它没有这一步。")
        return answer(explained(seat, act.right, to=to, act=act))
    right = Right[asked.right.upper()]
    return answer(explained(seat, right, asked.kind if right is Right.RECORD else "", to=to))


@dataclass(frozen=True, slots=True)
class Revealed:
    """联系方式: in full, this once."""

    username: str
    fields: Mapping[str, str]


@router.post(
    "/contracts/{slug:contract_id}/people/{username}/contacts",
    response=says(shape(Revealed)),
    summary="查看联系方式",
)
def reveal(
    request: HttpRequest, contract_id: ContractId, username: Username, given: Why
) -> HttpResponse:
    """同一合同上一个人的联系方式；理由写入留痕。平时各处都是星号。"""
    seat = enter(request, contract_id, Right.REVEAL)
    fields = reveal_contacts(username, given.reason, by=seat)
    if fields is None:
        raise Http404(f"这份合同上没有登录名为“{username}”的人。")
    return answer(Revealed(username, fields), Cache_Control="no-store")
