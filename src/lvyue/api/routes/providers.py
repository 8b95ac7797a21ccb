"""身份来源: the houses that know who somebody is, for administrators; and one's own identities there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue.accounts import queries
from lvyue.accounts.actions import identities as acts
from lvyue.accounts.actions import providers as keeping
from lvyue.accounts.choices import Newcomers, ProviderKind
from lvyue.accounts.providers.known import Step
from lvyue.accounts.queries import Identity, IdentityProvider
from lvyue.api.asked import Name, Refusing, RowNumber, Text, Why, says
from lvyue.api.gate import administrator, caller
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import answer, listed, page, shape
from lvyue.core.doubts import Refused, malformed

router = Router(tags=["身份来源 Identity providers"])

ProviderId = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]{1,40}$", description="身份来源的编号")]


@dataclass(frozen=True, slots=True)
class ProviderView:
    """身份来源: without its secret; ``secret`` says whether there is one."""

    id: str
    kind: ProviderKind
    name: str
    active: bool
    newcomers: Newcomers
    second_step: bool
    settings: dict[str, Any]
    secret: bool
    synchronised_at: datetime | None
    synchronised: str


def _told(one: IdentityProvider) -> ProviderView:
    return ProviderView(
        id=one.pk,
        kind=ProviderKind(one.kind),
        name=one.name,
        active=one.is_active,
        newcomers=Newcomers(one.newcomers),
        second_step=one.second_step,
        settings=one.settings,
        secret=bool(one.secret),
        synchronised_at=one.synchronised_at,
        synchronised=one.synchronised,
    )


def _one(provider_id: str) -> IdentityProvider:
    found = queries.provider(provider_id)
    if found is None:
        raise Http404(f"没有编号为“{provider_id}”的身份来源。")
    return found


PROVIDERS = Listing.of(ProviderView, "id")


@router.get("/identity-providers", response=says(page(ProviderView)), summary="身份来源")
@PROVIDERS.described
def providers(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """全部身份来源，不含口令。"""
    administrator(request)
    return PROVIDERS.among(request, asked, [_told(one) for one in queries.providers()])


@router.get(
    "/identity-providers/{provider_id}", response=says(shape(ProviderView)), summary="一个身份来源"
)
def provider(request: HttpRequest, provider_id: ProviderId) -> HttpResponse:
    """它的设置，不含口令。"""
    administrator(request)
    return answer(_told(_one(provider_id)))


class Keep(Refusing):
    """设置身份来源."""

    kind: ProviderKind
    name: Name
    settings: dict[str, str | int] = Field(description="各种类自己的设置，名称与读出时相同")
    secret: Annotated[Text, Field(max_length=1000)] = Field(
        "", description="口令；空为保留原来的。封存保存，以后读不出来"
    )
    newcomers: Newcomers = Newcomers.REFUSE
    second_step: bool = Field(default=False, description="对方登录时已要求第二步")


@router.put(
    "/identity-providers/{provider_id}", response=says(shape(ProviderView)), summary="设置身份来源"
)
def keep(request: HttpRequest, provider_id: ProviderId, body: Keep) -> HttpResponse:
    """新的一个，还没有启用；或更改已有的。改了对方的地址要重新给出口令。"""
    by = administrator(request)
    made = keeping.keep_provider(
        provider_id,
        body.kind,
        body.name,
        body.settings,
        by=by,
        secret=body.secret,
        newcomers=body.newcomers,
        second_step=body.second_step,
    )
    return answer(_told(made))


@router.post("/identity-providers/{provider_id}/check", response=says(page(Step)), summary="试连")
def check(request: HttpRequest, provider_id: ProviderId) -> HttpResponse:
    """现在连一次，逐步说明结果；不改变什么。"""
    by = administrator(request)
    return listed([*keeping.check_provider(_one(provider_id), by=by)])


@router.post(
    "/identity-providers/{provider_id}/switch-on",
    response=says(shape(ProviderView)),
    summary="启用身份来源",
)
def switch_on(request: HttpRequest, provider_id: ProviderId, body: Why) -> HttpResponse:
    """至少要有一位有本地密码的系统管理员。"""
    by = administrator(request)
    keeping.switch_provider_on(_one(provider_id), by=by, reason=body.reason)
    return answer(_told(_one(provider_id)))


@router.post(
    "/identity-providers/{provider_id}/switch-off",
    response=says(shape(ProviderView)),
    summary="停用身份来源",
)
def switch_off(request: HttpRequest, provider_id: ProviderId, body: Why) -> HttpResponse:
    """不能再凭它登录；已登录的不退出。"""
    by = administrator(request)
    keeping.switch_provider_off(_one(provider_id), by=by, reason=body.reason)
    return answer(_told(_one(provider_id)))


@router.post(
    "/identity-providers/{provider_id}/synchronisation",
    response=says(shape(ProviderView)),
    summary="核对停用",
)
def synchronise(request: HttpRequest, provider_id: ProviderId) -> HttpResponse:
    """目录里停用的人，这里也停用。每天夜里也会做。"""
    by = administrator(request)
    keeping.synchronise(_one(provider_id), by=by)
    return answer(_told(_one(provider_id)))


# ── identities ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class IdentityView:
    """外部身份: somebody as a provider knows them; without an account they wait, unless they were refused."""

    id: int
    provider: str
    subject: str
    username: str
    name: str
    account: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    refused_at: datetime | None


def _identity(one: Identity) -> IdentityView:
    return IdentityView(
        id=one.pk,
        provider=one.provider_id,
        subject=one.subject,
        username=one.username,
        name=one.name,
        account=one.account.username if one.account is not None else None,
        first_seen_at=one.first_seen_at,
        last_seen_at=one.last_seen_at,
        refused_at=one.refused_at,
    )


IDENTITIES = Listing.of(IdentityView, "id")


@router.get(
    "/identity-providers/{provider_id}/identities",
    response=says(page(IdentityView)),
    summary="外部身份",
)
@IDENTITIES.described
def identities(request: HttpRequest, provider_id: ProviderId, asked: Query[Short]) -> HttpResponse:
    """这个来源送来过的人，等待批准的在前，最多一千人。"""
    administrator(request)
    return IDENTITIES.among(
        request, asked, [_identity(one) for one in queries.identities(_one(provider_id))[:1000]]
    )


class Decision(Refusing):
    """一项决定: ``link`` asks for ``account``, ``admit`` for ``account`` and ``name``, the others for ``reason``."""

    what: Annotated[str, Field(pattern="^(link|admit|refuse|unlink)$")]
    account: Annotated[Text, Field(max_length=80)] = Field("", description="登录名")
    name: Annotated[Text, Field(max_length=200)] = Field("", description="新账号的姓名")
    organisation: str | None = Field(None, max_length=80, description="新账号的单位编号")
    reason: Annotated[Text, Field(max_length=5000)] = Field("", description="理由")


@router.post(
    "/identity-providers/{provider_id}/identities/{identity_id}/decisions",
    response=says(shape(IdentityView)),
    summary="连接、批准、不接受、解除",
)
def decide(
    request: HttpRequest, provider_id: ProviderId, identity_id: RowNumber, body: Decision
) -> HttpResponse:
    """任职总是另行任命。"""
    by = administrator(request)
    one = queries.identities(_one(provider_id)).filter(pk=identity_id).first()
    if one is None:
        raise Http404("没有这个外部身份。")
    match body.what:
        case "link":
            account = queries.account(body.account)
            if account is None:
                says_ = f"没有登录名为“{body.account}”的账号。"
                raise Refused([malformed("登录名", says_, "请核对。")])
            acts.link(one, account, by=by)
        case "admit":
            belongs = queries.organisation(body.organisation) if body.organisation else None
            acts.admit(one, body.account, body.name, by=by, organisation=belongs)
        case "refuse":
            acts.refuse_identity(one, by=by, reason=body.reason)
        case _:
            acts.unlink(one, by=by, reason=body.reason)
    return answer(_identity(queries.identities(_one(provider_id)).get(pk=identity_id)))


@router.get("/me/identities", response=says(page(IdentityView)), summary="我的外部身份")
@IDENTITIES.described
def own(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """连接要登录网页：要在对方那里证明身份。"""
    found = queries.identities_of(caller(request)).select_related("account")
    return IDENTITIES.among(request, asked, [_identity(one) for one in found])


@router.delete("/me/identities/{identity_id}", response=says(None, 204), summary="解除我的外部身份")
def disconnect(request: HttpRequest, identity_id: RowNumber) -> HttpResponse:
    """没有本地密码的人不能解除自己的：否则再也进不来。"""
    account = caller(request)
    one = queries.identities_of(account).filter(pk=identity_id).first()
    if one is None:
        raise Http404("您没有这个外部身份。")
    acts.unlink(one, by=account, reason="本人解除")
    return HttpResponse(status=204)
