"""登录与安全: where one is signed in, one's second step, and how one is reached. Adding a factor takes a browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue import clock
from lvyue.accounts import queries
from lvyue.accounts.actions import contacts, logins, passkeys, second_factor
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.devices import in_words
from lvyue.accounts.origin import address_of
from lvyue.accounts.queries import Account, Login
from lvyue.api.asked import Refusing, RowNumber, says
from lvyue.api.gate import caller
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.notices.actions import security

router = Router(tags=["本人 Me"])

Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Kind = Annotated[str, Path(pattern="^(mail|phone)$", description="mail 或 phone")]


@dataclass(frozen=True, slots=True)
class LoginView:
    """登录: one open session, in words; the device is what the browser says of itself."""

    id: int
    device: str
    address: str
    how: str
    since: datetime
    seen_at: datetime


def login_view(one: Login) -> LoginView:
    return LoginView(one.pk, in_words(one.device), one.address, one.how, one.since, one.seen_at)


LOGINS = Listing.of(LoginView, "id")


@router.get("/me/logins", response=says(page(LoginView)), summary="我的登录")
@LOGINS.described
def my_logins(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """本人在哪些设备上登录着，最近使用的在前。令牌不是登录，见 `/me/tokens`。"""
    found = queries.logins_of(caller(request), clock.now())
    return LOGINS.among(request, asked, [login_view(one) for one in found])


@router.delete("/me/logins/{login_id}", response=says(None, 204), summary="结束一个登录")
def end_login(request: HttpRequest, login_id: RowNumber) -> HttpResponse:
    """那里要重新登录。"""
    me = caller(request)
    found = queries.login_of(me, login_id)
    if found is None:
        raise Http404("您没有这个登录。")
    logins.end(found, by=me)
    return HttpResponse(status=204)


@router.delete("/me/logins", response=says(None, 204), summary="结束全部登录")
def end_logins(request: HttpRequest) -> HttpResponse:
    """浏览器里的登录全部结束；令牌照旧。"""
    me = caller(request)
    logins.end_all(me, by=me)
    return HttpResponse(status=204)


@dataclass(frozen=True, slots=True)
class FactorView:
    """两步验证: one kind; an app has the id ``app``, a passkey its number."""

    id: str
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class FactorsView:
    """两步验证: what one has, whether one must, and how many recovery codes are left."""

    must: bool
    codes_left: int
    factors: tuple[FactorView, ...]


@router.get("/me/factors", response=says(shape(FactorsView)), summary="我的两步验证")
def factors(request: HttpRequest) -> HttpResponse:
    """加验证器和通行密钥须在网页上：要扫码，或要浏览器和设备对话。"""
    me = caller(request)
    found = queries.factors_of(me)
    app = found.authenticator
    views = [
        *([FactorView("app", "app", "验证器", app.created_at, app.last_used_at)] if app else []),
        *(
            FactorView(str(one.pk), "passkey", one.name, one.created_at, one.last_used_at)
            for one in found.passkeys
        ),
    ]
    return answer(FactorsView(queries.must_take_second_step(me), found.codes_left, tuple(views)))


class ProofOfSelf(Refusing):
    """再确认本人: the digits of the app, or a recovery code."""

    code: Code


FactorId = Annotated[str, Path(pattern=r"^(app|[1-9][0-9]{0,17})$", description="app，或编号")]


@router.post("/me/factors/{factor_id}/remove", response=says(None, 204), summary="去掉两步验证")
def remove_factor(request: HttpRequest, factor_id: FactorId, body: ProofOfSelf) -> HttpResponse:
    """要带现在的动态验证码或一个恢复码：只有令牌不够。最后一种，必须两步验证的人去不掉。"""
    me = caller(request)
    found = queries.factors_of(me)
    passkey = None if factor_id == "app" else queries.passkey_of(me, int(factor_id))
    if (found.authenticator if factor_id == "app" else passkey) is None:
        raise Http404("您没有这种两步验证。")
    second_factor.show(me, body.code, address=address_of(request))
    if passkey is None:
        second_factor.remove_authenticator(me, by=me)
    else:
        passkeys.remove(passkey, by=me)
    return HttpResponse(status=204)


@dataclass(frozen=True, slots=True)
class WayView:
    """联系方式: veiled, also for the person themselves."""

    kind: str
    value: str
    verified_at: datetime | None


def ways_of(account: Account) -> list[WayView]:
    return [
        WayView(one.kind, contacts.masked(one), one.verified_at)
        for one in queries.contact_ways_of(account)
    ]


WAYS = Listing.of(WayView, "kind")


@router.get("/me/contact-ways", response=says(page(WayView)), summary="我的联系方式")
@WAYS.described
def ways(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """遮盖显示。"""
    return WAYS.among(request, asked, ways_of(caller(request)))


class NewWay(Refusing):
    """填写联系方式."""

    value: Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]


@router.put("/me/contact-ways/{kind}", response=says(page(WayView)), summary="填写联系方式")
def set_way(request: HttpRequest, kind: Kind, body: NewWay) -> HttpResponse:
    """验证之后才会用来通知。"""
    me = caller(request)
    contacts.set_way(me, ContactKind(kind), body.value, by=me)
    return listed(ways_of(me))


@router.delete("/me/contact-ways/{kind}", response=says(None, 204), summary="去掉联系方式")
def remove_way(request: HttpRequest, kind: Kind) -> HttpResponse:
    """没有就是已经去掉。"""
    me = caller(request)
    contacts.remove_way(me, ContactKind(kind), by=me)
    return HttpResponse(status=204)


@router.post("/me/contact-ways/{kind}/code", response=says(None, 204), summary="发验证码")
def send_code(request: HttpRequest, kind: Kind) -> HttpResponse:
    """发到填写的那个地址，一分钟内不重发。"""
    security.send_code(caller(request), ContactKind(kind))
    return HttpResponse(status=204)


@router.post("/me/contact-ways/{kind}/verify", response=says(page(WayView)), summary="验证联系方式")
def verify_way(request: HttpRequest, kind: Kind, body: ProofOfSelf) -> HttpResponse:
    """带收到的验证码。"""
    me = caller(request)
    contacts.verify(me, ContactKind(kind), body.code)
    return listed(ways_of(me))
