"""人员与留痕: who is what on a contract, who did what, and, for administrators, organisations, accounts and appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue.accounts import actions, permissions, queries
from lvyue.accounts.choices import ContractRole, Via
from lvyue.accounts.permissions import Recording, Right
from lvyue.accounts.queries import Account, Appointment, AuditFilter, AuditRow, Organisation
from lvyue.api.asked import (
    ContractId,
    Name,
    Refusing,
    Username,
    Why,
    Word,
    plausible,
    says,
)
from lvyue.api.gate import administrator, enter
from lvyue.api.habits import Column, Kind, Listed, Listing
from lvyue.api.shapes import answer, page, shape
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed

router = Router(tags=["人员与留痕 People"])


# ── on one contract ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Seated:
    """任职: who is what on a contract now."""

    username: str
    name: str
    organisation: str | None
    role: ContractRole
    side: str | None
    since: datetime
    appointed_by: str


@dataclass(frozen=True, slots=True)
class RightHere:
    """权限: who has a right, and whether the caller does."""

    right: str
    zh: str
    roles: tuple[str, ...]
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ContractPeople:
    """一份合同的人员, the rights of each role, and which kinds of fact the caller may record."""

    people: tuple[Seated, ...]
    rights: tuple[RightHere, ...]
    recordings: tuple[Recording, ...]


def _seated(one: Appointment) -> Seated:
    role = ContractRole(one.role)
    belongs = one.account.organisation
    return Seated(
        username=one.account.username,
        name=one.account.name,
        organisation=belongs.name if belongs else None,
        role=role,
        side=role.side,
        since=one.since,
        appointed_by=one.appointed_by,
    )


@router.get(
    "/contracts/{slug:contract_id}/people",
    response=says(shape(ContractPeople)),
    summary="合同的人员与权限",
)
def contract_people(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """双方和审计各是谁，各能做什么，您为什么能或不能。"""
    seat = enter(request, contract_id)
    return answer(
        ContractPeople(
            people=tuple(_seated(one) for one in queries.appointments(seat.contract_id)),
            rights=tuple(
                RightHere(
                    right.name.lower(),
                    right.zh,
                    tuple(role.value for role in ContractRole if role in right.roles),
                    ruling.allowed,
                    ruling.reason,
                )
                for right, ruling in permissions.rulings(seat)
            ),
            recordings=permissions.recordings(seat),
        )
    )


AUDIT = Listing(
    columns=(
        Column("id", Kind.NUMBER, "编号"),
        Column("at", Kind.MOMENT, "时间"),
        Column("act", Kind.TEXT, "动作，例如 fact.recorded"),
        Column("contract_id", Kind.TEXT, "合同编号"),
        Column("about", Kind.TEXT, "对象"),
        Column("reason", Kind.TEXT, "理由"),
        Column("address", Kind.TEXT, "来源地址"),
        Column("request_id", Kind.TEXT, "请求编号"),
        Column("via", Kind.WORD, "途径", choices=tuple(Via.values)),
        Column("sequence", Kind.NUMBER, "链上序号", path="link__sequence", blank=True),
    ),
    order=("-id",),
    key="id",
    more=("who", "first", "last"),
)


class AskedAudit(Listed):
    """哪些留痕."""

    who: Word = Field("", description="登录名或姓名")
    first: date | None = Field(None, description="从哪一天")
    last: date | None = Field(None, description="到哪一天")

    @property
    def filter(self) -> AuditFilter:
        return AuditFilter(
            who=self.who.strip(), first=plausible(self.first), last=plausible(self.last)
        )


@router.get(
    "/contracts/{slug:contract_id}/audit", response=says(page(AuditRow)), summary="合同的留痕"
)
@AUDIT.described
def contract_audit(
    request: HttpRequest, contract_id: ContractId, asked: Query[AskedAudit]
) -> HttpResponse:
    """谁在什么时候做了什么、为什么，最近的在前。"""
    seat = enter(request, contract_id, Right.AUDIT)
    return _trail(request, queries.audit_trail(seat.contract_id), asked)


@router.get("/audit", response=says(page(AuditRow)), summary="系统管理的留痕")
@AUDIT.described
def audit(request: HttpRequest, asked: Query[AskedAudit]) -> HttpResponse:
    """只有系统管理员可看；不含合同里的内容。"""
    administrator(request)
    return _trail(request, queries.administration_trail(), asked)


def _trail(
    request: HttpRequest, trail: QuerySet[queries.AuditEntry], asked: AskedAudit
) -> HttpResponse:
    found = queries.filtered_trail(trail, asked.filter)
    return AUDIT.answer(request, asked, found, queries.audit_row)


# ── for administrators ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Held:
    """任职."""

    id: int
    contract: str
    role: ContractRole
    since: datetime
    until: datetime | None
    appointed_by: str


@dataclass(frozen=True, slots=True)
class Person:
    """账号: one person with what they are, and on one person's own page also what they were."""

    username: str
    name: str
    organisation: str | None
    department: str | None
    active: bool
    administrator: bool
    demonstration: bool
    temporary: bool
    ends_at: datetime | None
    created_at: datetime
    appointments: tuple[Held, ...]


def _held(one: Appointment) -> Held:
    return Held(
        one.pk, one.contract_id, ContractRole(one.role), one.since, one.until, one.appointed_by
    )


def _person(one: Account, held: list[Appointment]) -> Person:
    return Person(
        username=one.username,
        name=one.name,
        organisation=one.organisation_id,
        department=one.department.name if one.department else None,
        active=one.is_active,
        administrator=one.is_administrator,
        demonstration=one.demonstration,
        temporary=one.temporary,
        ends_at=one.ends_at,
        created_at=one.created_at,
        appointments=tuple(_held(appointment) for appointment in held),
    )


def _one(username: str) -> Account:
    found = queries.account(username)
    if found is None:
        raise Http404(f"没有登录名为“{username}”的账号。")
    return found


def _whole(username: str) -> HttpResponse:
    account = _one(username)
    return answer(_person(account, list(queries.appointments_of(account))))


PEOPLE = Listing(
    columns=(
        Column("username", Kind.TEXT, "登录名"),
        Column("name", Kind.TEXT, "姓名"),
        Column("organisation", Kind.TEXT, "单位编号", path="organisation_id", blank=True),
        Column("active", Kind.FLAG, "启用", path="is_active"),
        Column("administrator", Kind.FLAG, "系统管理员", path="is_administrator"),
        Column("demonstration", Kind.FLAG, "演示"),
        Column("created_at", Kind.MOMENT, "建立时间"),
    ),
    order=("username",),
    key="username",
    more=("q",),
)


class AskedPeople(Listed):
    """哪些人."""

    q: Word = Field("", description="登录名、姓名或单位里的字")


@router.get("/accounts", response=says(page(Person)), summary="账号")
@PEOPLE.described
def accounts(request: HttpRequest, asked: Query[AskedPeople]) -> HttpResponse:
    """全部账号及其任职，按登录名。"""
    administrator(request)
    found = queries.people_sought(asked.q.strip())
    return PEOPLE.answer(request, asked, found, lambda one: _person(one, queries.held_by(one)))


class NewAccount(Refusing):
    """建立账号."""

    username: Annotated[
        str, Field(min_length=1, max_length=80, description="登录名，建好之后不能改")
    ]
    name: Name
    password: Annotated[str, Field(min_length=12, max_length=128, description="初始密码")]
    organisation: str | None = Field(None, max_length=80, description="单位编号")
    administrator: bool = Field(
        default=False, description="系统管理员；只能在网页上设立：要再确认本人"
    )


def _belongs(organisation: str | None) -> Organisation | None:
    if organisation is None:
        return None
    found = queries.organisation(organisation)
    if found is None:
        says_ = f"没有编号为“{organisation}”的单位。"
        raise Refused([malformed("单位", says_, "请先登记单位。")])
    return found


@router.post("/accounts", response=says(shape(Person), 201), summary="建立账号")
def new_account(request: HttpRequest, body: NewAccount) -> HttpResponse:
    """只有系统管理员可以。本人首次登录时必须换掉密码；想让本人自己设，用 `POST /invitations`。"""
    by = administrator(request)
    if body.administrator:
        says_ = "系统管理员只能在网页上设立：要先再确认本人。"
        raise Refused([malformed("系统管理员", says_, "请登录网页，在“单位和人员”里办理。")])
    made = actions.create_account(
        body.username,
        body.name,
        body.password,
        by=by,
        organisation=_belongs(body.organisation),
    )
    return answer(_person(made, []), 201, Location=f"/api/v1/accounts/{made.username}")


@router.get("/accounts/{username}", response=says(shape(Person)), summary="一个账号")
def account(request: HttpRequest, username: Username) -> HttpResponse:
    """连同从前的任职。"""
    administrator(request)
    return _whole(username)


class Rename(Refusing):
    """更改姓名或单位."""

    name: Name
    organisation: str | None = Field(None, max_length=80)
    reason: Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$")] = Field(
        "", description="改姓名要写"
    )
    same_person: bool = Field(default=False, description="姓名和单位一起变时：仍是同一个人")


@router.post("/accounts/{username}/rename", response=says(shape(Person)), summary="更改姓名或单位")
def rename(request: HttpRequest, username: Username, body: Rename) -> HttpResponse:
    """登录名不变。"""
    by = administrator(request)
    actions.rename_account(
        _one(username),
        body.name,
        _belongs(body.organisation),
        by=by,
        reason=body.reason,
        same_person=body.same_person,
    )
    return _whole(username)


class NewPassword(Refusing):
    """重设密码."""

    password: Annotated[str, Field(min_length=12, max_length=128)]


@router.post("/accounts/{username}/password", response=says(None, 204), summary="重设密码")
def password(request: HttpRequest, username: Username, body: NewPassword) -> HttpResponse:
    """这个人在各处的登录都会退出，令牌都会吊销。"""
    by = administrator(request)
    actions.set_password(_one(username), body.password, by=by)
    return HttpResponse(status=204)


@router.post("/accounts/{username}/switch-off", response=says(shape(Person)), summary="停用账号")
def switch_off(request: HttpRequest, username: Username, body: Why) -> HttpResponse:
    """会话和令牌立即失效，做过的事照旧保留。"""
    by = administrator(request)
    actions.switch_off(_one(username), by=by, reason=body.reason)
    return _whole(username)


@router.post("/accounts/{username}/switch-on", response=says(shape(Person)), summary="启用账号")
def switch_on(request: HttpRequest, username: Username, body: Why) -> HttpResponse:
    """重新启用。"""
    by = administrator(request)
    actions.switch_on(_one(username), by=by, reason=body.reason)
    return _whole(username)


class Appoint(Refusing):
    """任命."""

    contract: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,80}$")]
    role: ContractRole


@router.post("/accounts/{username}/appointments", response=says(shape(Person), 201), summary="任命")
def appoint(request: HttpRequest, username: Username, body: Appoint) -> HttpResponse:
    """同一人不能代表双方；再次任命同一角色不改变什么。"""
    by = administrator(request)
    account = _one(username)
    known = contracts().filter(pk=body.contract).first()
    if known is None:
        says_ = f"登记簿里没有编号为“{body.contract}”的合同。"
        raise Refused([malformed("合同", says_, "请核对编号。")])
    actions.appoint(
        account,
        body.contract,
        body.role,
        by=by,
        demonstration=known.demonstration,
    )
    told = _whole(username)
    told.status_code = 201
    return told


AppointmentId = Annotated[int, Path(ge=1, le=9_223_372_036_854_775_807, description="任职的 id")]


@router.post(
    "/accounts/{username}/appointments/{appointment_id}/dismiss",
    response=says(shape(Person)),
    summary="解除任职",
)
def dismiss(
    request: HttpRequest, username: Username, appointment_id: AppointmentId, body: Why
) -> HttpResponse:
    """此前办理的事照旧有效。"""
    by = administrator(request)
    held = queries.appointment(_one(username), appointment_id)
    if held is None:
        raise Http404("没有这项任职。")
    actions.dismiss(held, by=by, reason=body.reason)
    return _whole(username)


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """单位, with how many accounts belong to it."""

    id: str
    name: str
    people: int


ORGANISATIONS = Listing(
    columns=(
        Column("id", Kind.TEXT, "编号"),
        Column("name", Kind.TEXT, "名称"),
        Column("people", Kind.NUMBER, "账号数"),
    ),
    order=("id",),
    key="id",
)


@router.get("/organisations", response=says(page(OrganisationView)), summary="单位")
@ORGANISATIONS.described
def organisations(request: HttpRequest, asked: Query[Listed]) -> HttpResponse:
    """全部单位。"""
    administrator(request)
    return ORGANISATIONS.answer(
        request,
        asked,
        queries.organisations_with_numbers(),
        lambda one: OrganisationView(one.pk, one.name, vars(one)["people"]),
    )


class NewOrganisation(Refusing):
    """登记单位."""

    id: Annotated[str, Field(min_length=1, max_length=80, description="编号，建好之后不能改")]
    name: Name


@router.post("/organisations", response=says(shape(OrganisationView), 201), summary="登记单位")
def new_organisation(request: HttpRequest, body: NewOrganisation) -> HttpResponse:
    """新的一个，或更正已有编号的名称。"""
    by = administrator(request)
    made = actions.register_organisation(body.id, body.name, by=by)
    found = queries.organisations_with_numbers().get(pk=made.pk)
    return answer(OrganisationView(found.pk, found.name, vars(found)["people"]), 201)
