"""账号的身份: departments, invitations, ends, logins, second steps and leaving, for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts import queries
from lvyue.accounts.actions import (
    departments,
    invitations,
    leaving,
    logins,
    second_factor,
    standing,
)
from lvyue.accounts.actions.invitations import Offer
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.queries import Account, Department, Holdings, Invitation, Organisation
from lvyue.accounts.veil import mail as veiled_mail
from lvyue.api.asked import Name, Refusing, RowNumber, Username, Why, Word, plausible, says
from lvyue.api.gate import administrator
from lvyue.api.habits import Listing, Short
from lvyue.api.routes.security import LOGINS, LoginView, login_view
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.notices.actions import security

router = Router(tags=["人员与留痕 People"])


def _one(username: str) -> Account:
    found = queries.account(username)
    if found is None:
        raise Http404(f"没有登录名为“{username}”的账号。")
    return found


def _end(last: date | None) -> datetime | None:
    """The moment after the last day."""
    day = plausible(last)
    if day is None:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI)
    return midnight + timedelta(days=1)


# ── departments ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """部门, with how many accounts belong to it."""

    id: int
    name: str
    people: int


def _organisation(organisation_id: str) -> Organisation:
    found = queries.organisation(organisation_id)
    if found is None:
        raise Http404(f"没有编号为“{organisation_id}”的单位。")
    return found


def _departments(organisation: Organisation) -> HttpResponse:
    found = queries.departments_of(organisation)
    return listed([DepartmentView(one.pk, one.name, vars(one)["people"]) for one in found])


@router.get(
    "/organisations/{slug:organisation}/departments",
    response=says(page(DepartmentView)),
    summary="单位的部门",
)
def of_organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """按名称。"""
    administrator(request)
    return _departments(_organisation(organisation))


class NewDepartment(Refusing):
    """登记部门: with the number of one that is there, its name is corrected."""

    name: Name
    id: int | None = Field(None, ge=1, le=9_223_372_036_854_775_807)


@router.post(
    "/organisations/{slug:organisation}/departments",
    response=says(page(DepartmentView)),
    summary="登记部门",
)
def new_department(request: HttpRequest, organisation: str, body: NewDepartment) -> HttpResponse:
    """新的一个，或更正已有编号的名称；同名就是同一个。"""
    by, found = administrator(request), _organisation(organisation)
    known = None if body.id is None else _department(found, body.id)
    departments.register_department(found, body.name, by=by, known=known)
    return _departments(found)


def _department(organisation: Organisation | None, department_id: int | None) -> Department | None:
    if department_id is None:
        return None
    found = queries.department(department_id)
    if found is None or found.organisation != organisation:
        raise Http404("这个单位没有这个部门。")
    return found


class Move(Refusing):
    """换部门."""

    department: int | None = Field(None, ge=1, le=9_223_372_036_854_775_807)


@router.post("/accounts/{username}/move", response=says(None, 204), summary="换部门")
def move(request: HttpRequest, username: Username, body: Move) -> HttpResponse:
    """本单位的一个部门；null 是没有部门。"""
    by, account = administrator(request), _one(username)
    departments.move(account, _department(account.organisation, body.department), by=by)
    return HttpResponse(status=204)


# ── an account ───────────────────────────────────────────────────────────────────────────────────────────────────


class End(Why):
    """到期日: the last day on which it works; null is none."""

    last: date | None = None
    temporary: bool = False


@router.post("/accounts/{username}/end", response=says(None, 204), summary="规定到期日")
def end(request: HttpRequest, username: Username, body: End) -> HttpResponse:
    """临时账号必须有到期日。"""
    by = administrator(request)
    standing.set_end(
        _one(username), _end(body.last), by=by, reason=body.reason, temporary=body.temporary
    )
    return HttpResponse(status=204)


@router.get("/accounts/{username}/logins", response=says(page(LoginView)), summary="一个人的登录")
@LOGINS.described
def logins_of(request: HttpRequest, username: Username, asked: Query[Short]) -> HttpResponse:
    """在哪些设备上登录着。"""
    administrator(request)
    found = queries.logins_of(_one(username), clock.now())
    return LOGINS.among(request, asked, [login_view(one) for one in found])


@router.delete("/accounts/{username}/logins", response=says(None, 204), summary="结束一个人的登录")
def end_logins(request: HttpRequest, username: Username) -> HttpResponse:
    """全部结束。"""
    by = administrator(request)
    logins.end_all(_one(username), by=by)
    return HttpResponse(status=204)


@router.post("/accounts/{username}/unlock", response=says(None, 204), summary="解除登录暂停")
def unlock(request: HttpRequest, username: Username) -> HttpResponse:
    """本人会收到通知。"""
    security.unlock(_one(username), by=administrator(request))
    return HttpResponse(status=204)


@router.post(
    "/accounts/{username}/reset-second-factor", response=says(None, 204), summary="重设两步验证"
)
def reset_second_factor(request: HttpRequest, username: Username, body: Why) -> HttpResponse:
    """验证器、通行密钥和恢复码都作废，登录都结束；本人会收到通知。"""
    by = administrator(request)
    security.reset_second_factor(_one(username), by=by, reason=body.reason)
    return HttpResponse(status=204)


@router.post(
    "/accounts/{username}/unmake-administrator",
    response=says(None, 204),
    summary="不再是系统管理员",
)
def unmake_administrator(request: HttpRequest, username: Username, body: Why) -> HttpResponse:
    """设为系统管理员须登录网页：要再确认本人。"""
    by = administrator(request)
    standing.unmake_administrator(_one(username), by=by, reason=body.reason)
    return HttpResponse(status=204)


class Roles(Refusing):
    """必须两步验证的角色."""

    roles: list[ContractRole]


@router.get("/second-step-roles", response=says(Roles), summary="哪些角色必须两步验证")
def second_step_roles(request: HttpRequest) -> HttpResponse:
    """系统管理员总是必须，不在此列。"""
    administrator(request)
    return _roles()


@router.put("/second-step-roles", response=says(Roles), summary="规定哪些角色必须两步验证")
def set_second_step_roles(request: HttpRequest, body: Roles) -> HttpResponse:
    """有这些角色的人下次登录时必须加两步验证。"""
    second_factor.require_of(body.roles, by=administrator(request))
    return _roles()


def _roles() -> HttpResponse:
    known = queries.second_step_roles()
    return answer({"roles": [one.value for one in ContractRole if one in known]})


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LeavingView:
    """离任之前: what would be closed, and who else bears the name."""

    closes: Holdings
    namesakes: tuple[str, ...]


@router.get(
    "/accounts/{username}/leave", response=says(shape(LeavingView)), summary="离任会关闭什么"
)
def leaving_of(request: HttpRequest, username: Username) -> HttpResponse:
    """同一单位同名的启用账号要一并说明。"""
    administrator(request)
    account = _one(username)
    same = tuple(one.username for one in queries.namesakes_of(account))
    return answer(LeavingView(queries.holdings_of(account), same))


class Leave(Why):
    """离任."""

    also: list[Word] = Field([], max_length=20, description="也是本人的账号，一并关闭")
    others: list[Word] = Field([], max_length=20, description="同名的另一个人，不动")


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """离任收据."""

    id: int
    username: str
    at: datetime
    reason: str
    closed: Holdings


@router.post("/accounts/{username}/leave", response=says(page(ReceiptView)), summary="办理离任")
def leave(request: HttpRequest, username: Username, body: Leave) -> HttpResponse:
    """停用账号，结束任职、登录、令牌、两步验证和发出的邀请，一次办完。"""
    by, account = administrator(request), _one(username)
    receipts = leaving.leave(
        account,
        by=by,
        reason=body.reason,
        also=[_one(name) for name in body.also],
        others=[_one(name) for name in body.others],
    )
    return listed(
        [
            ReceiptView(one.pk, one.account.username, one.at, one.reason, Holdings.of(one.closed))
            for one in receipts
        ]
    )


# ── invitations ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OfferView:
    """任职."""

    contract: str
    role: ContractRole


@dataclass(frozen=True, slots=True)
class InvitationView:
    """邀请: without its link, which is told once."""

    id: int
    name: str
    organisation: str | None
    department: str | None
    mail: str
    offers: tuple[OfferView, ...]
    invited_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    accepted_at: datetime | None
    account: str | None


def _invitation(one: Invitation) -> InvitationView:
    return InvitationView(
        id=one.pk,
        name=one.name,
        organisation=one.organisation_id,
        department=one.department.name if one.department else None,
        mail=veiled_mail(one.mail) if one.mail else "",
        offers=tuple(OfferView(it["contract"], ContractRole(it["role"])) for it in one.offers),
        invited_by=one.invited_by,
        created_at=one.created_at,
        expires_at=one.expires_at,
        revoked_at=one.revoked_at,
        accepted_at=one.accepted_at,
        account=one.account.username if one.account else None,
    )


INVITATIONS = Listing.of(InvitationView, "id")


@router.get("/invitations", response=says(page(InvitationView)), summary="邀请")
@INVITATIONS.described
def all_invitations(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """最近的 200 个。"""
    administrator(request)
    return INVITATIONS.among(
        request, asked, [_invitation(one) for one in queries.invitations()[:200]]
    )


class Offered(Refusing):
    """任职."""

    contract: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,80}$")]
    role: ContractRole


class Invite(Refusing):
    """邀请."""

    name: Name
    organisation: str | None = Field(None, max_length=80)
    department: int | None = Field(None, ge=1, le=9_223_372_036_854_775_807)
    mail: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$")] = ""
    offers: list[Offered] = Field([], max_length=20)
    last: date | None = Field(None, description="账号用到哪一天；null 是没有到期日")


@dataclass(frozen=True, slots=True)
class InvitedView:
    """新邀请: with the link, this once; null where it went by mail."""

    invitation: InvitationView
    link: str | None


@router.post("/invitations", response=says(shape(InvitedView), 201), summary="邀请一个人")
def invite(request: HttpRequest, body: Invite) -> HttpResponse:
    """本人打开链接，自己定登录名和密码。"""
    by = administrator(request)
    organisation = None if body.organisation is None else _organisation(body.organisation)
    new = invitations.invite(
        body.name,
        by=by,
        organisation=organisation,
        department=_department(organisation, body.department),
        mail=body.mail,
        offers=[_offer(one) for one in body.offers],
        ends_at=_end(body.last),
    )
    link = request.build_absolute_uri(reverse("web:invitation", args=[new.secret]))
    mailed = security.mail_invitation(new, link, by=by)
    return answer(InvitedView(_invitation(new.invitation), None if mailed else link), 201)


def _offer(one: Offered) -> Offer:
    known = contracts().filter(pk=one.contract).first()
    if known is None:
        says_ = f"登记簿里没有编号为“{one.contract}”的合同。"
        raise Refused([malformed("合同", says_, "请核对编号。")])
    return Offer(known.pk, one.role, known.demonstration)


@router.post(
    "/invitations/{invitation_id}/revoke", response=says(shape(InvitationView)), summary="撤回邀请"
)
def revoke_invitation(request: HttpRequest, invitation_id: RowNumber) -> HttpResponse:
    """链接不能再用。"""
    by = administrator(request)
    found = queries.invitation(invitation_id)
    if found is None:
        raise Http404("没有这个邀请。")
    invitations.revoke(found, by=by)
    again = queries.invitation(invitation_id)
    return answer(_invitation(again or found))
