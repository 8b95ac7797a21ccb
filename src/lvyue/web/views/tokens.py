"""令牌: the secrets by which one's own programs act, and those of the service accounts that one answers for."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.actions import NewToken, programs
from lvyue.accounts.choices import Scope
from lvyue.accounts.queries import Account, ServiceAccount, Token
from lvyue.web import exports
from lvyue.web.doors import account_of, administrators_only
from lvyue.web.drafts import initial
from lvyue.web.views.people import OrganisationField, take


class TokenForm(forms.Form):
    """建立令牌."""

    name = forms.CharField(
        label="用途", max_length=80, help_text="哪个程序用它，例如：工单系统每日导入。"
    )
    scopes = forms.MultipleChoiceField(
        label="权限",
        choices=Scope.choices,
        initial=[Scope.READ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="够用就好。查看总是包含在内；批量导入包含登记事实。不会超过账号本身的权限。",
    )
    addresses = forms.CharField(
        label="来源地址",
        max_length=1000,
        required=False,
        help_text="只从这些地址或网段接受，用空格隔开，例如 10.0.8.15 10.0.9.0/24。不填则不限制。",
    )
    days = forms.IntegerField(
        label="有效期",
        min_value=1,
        max_value=actions.TOKEN_DAYS,
        initial=90,
        help_text=f"天数，最多 {actions.TOKEN_DAYS} 天。失效前 14 天会提醒。",
    )


class RotateForm(forms.Form):
    """更换令牌."""

    days = forms.IntegerField(
        label="新的有效期", min_value=1, max_value=actions.TOKEN_DAYS, initial=90
    )


@require_http_methods(["GET", "POST"])
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """我的令牌: the answer to a new one itself shows the secret, this once; it stands in no session and no address."""
    me = account_of(request)
    return _tokens_of(request, me, None)


@require_http_methods(["GET", "POST"])
@never_cache
def service_tokens(request: HttpRequest, username: str) -> HttpResponse:
    """服务账号的令牌: only for whoever answers for it; for anybody else it is not there."""
    service = _service_in_care(request, username)
    return _tokens_of(request, service.account, service)


def _service_in_care(request: HttpRequest, username: str) -> ServiceAccount:
    found = queries.services_of(account_of(request)).filter(account__username=username).first()
    if found is None:
        raise Http404("您没有负责这个服务账号。")
    return found


def _tokens_of(
    request: HttpRequest, account: Account, service: ServiceAccount | None
) -> HttpResponse:
    if form := exports.wanted(request):
        return exports.answer(_sheet(account), form)
    if request.method != "POST":
        return _page(request, account, service)
    me, bound, made = account_of(request), TokenForm(request.POST, auto_id="token_%s"), _Made()
    if not take(
        bound,
        lambda given: made.keep(
            actions.create_token(
                account,
                given["name"],
                given["days"],
                by=me,
                scopes=given["scopes"],
                addresses=given["addresses"],
            )
        ),
    ):
        return _page(request, account, service, bound)
    return _page(request, account, service, made=made)


class _Made:
    """What an action made inside `take`, and in which words the page tells it."""

    def __init__(self, word: str = "已建立") -> None:
        self.new: NewToken | None = None
        self.word = word

    def keep(self, new: NewToken) -> None:
        self.new = new


def _page(
    request: HttpRequest,
    account: Account,
    service: ServiceAccount | None,
    bound: forms.Form | None = None,
    made: _Made | None = None,
) -> HttpResponse:
    me = account_of(request)
    fresh = TokenForm(initial=initial(request) or None, auto_id="token_%s")
    told: dict[str, Any] = {
        "whose": account,
        "service": service,
        "services": () if service is not None else queries.services_of(me),
        "tokens": [
            (one, "、".join(Scope(scope).label for scope in one.scopes))
            for one in queries.tokens_of(account)
        ],
        "now": clock.now(),
        "token": bound if isinstance(bound, TokenForm) else fresh,
        "rotate": bound if isinstance(bound, RotateForm) else None,
        "days": actions.TOKEN_DAYS,
        "new": made.new if made is not None else None,
        "word": made.word if made is not None else "",
    }
    status = 422 if bound is not None else 201 if told["new"] is not None else 200
    return render(request, "web/tokens.html", told, status=status)


def _sheet(account: Account) -> exports.Sheet:
    return exports.Sheet(
        name="令牌",
        columns=(
            "用途",
            "权限",
            "来源地址",
            "建立",
            "失效",
            "吊销",
            "最近使用",
            "最近来自",
            "拒绝过的地址",
        ),
        rows=[
            (
                one.name,
                "、".join(Scope(scope).label for scope in one.scopes),
                " ".join(one.addresses),
                one.created_at,
                one.expires_at,
                one.revoked_at,
                one.last_used_at,
                one.last_used_from,
                one.refused_from,
            )
            for one in queries.tokens_of(account)
        ],
        note=f"{account.name}的令牌，{clock.now():%Y-%m-%d %H:%M}",
    )


def _token(request: HttpRequest, token_id: int) -> Token:
    found = queries.token_in_care(account_of(request), token_id)
    if found is None:
        raise Http404("您没有这个令牌。")
    return found


@require_POST
@never_cache
def rotate_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """更换令牌: a new secret, shown once; the old one works for a day more."""
    me, token = account_of(request), _token(request, token_id)
    service = queries.service_of(token.account)
    bound, made = RotateForm(request.POST), _Made("已更换，原来的还能用 24 小时")
    if not take(
        bound, lambda given: made.keep(actions.rotate_token(token, by=me, days=given["days"]))
    ):
        return _page(request, token.account, service, bound)
    return _page(request, token.account, service, made=made)


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """吊销令牌: one's own, or of a program that one answers for; any other is not there."""
    me, token = account_of(request), _token(request, token_id)
    actions.revoke_token(token, by=me)
    messages.success(request, f"令牌“{token.name}”已吊销，用它的程序不能再登录。")
    if token.account_id == me.pk:
        return redirect("web:tokens")
    return redirect("web:service-tokens", token.account.username)


# ── service accounts, for administrators ─────────────────────────────────────────────────────────────────────────


class OwnerField(forms.CharField):
    """A person by the name they sign in with."""

    def __init__(self) -> None:
        super().__init__(
            label="负责人",
            max_length=80,
            help_text="登录名。负责人为它建立令牌；它在合同上的角色不能超过负责人。",
        )

    def clean(self, value: Any) -> Account:
        found = queries.account(super().clean(value).strip().lower())
        if found is None:
            raise forms.ValidationError("没有这个登录名。请在“单位和人员”里核对。")
        return found


class ServiceForm(forms.Form):
    """建立服务账号."""

    username = forms.CharField(
        label="登录名",
        max_length=80,
        help_text="小写字母、数字、点、连字符或下划线，例如 ticket-import。",
    )
    name = forms.CharField(label="名称", max_length=80)
    purpose = forms.CharField(
        label="用途", max_length=programs.PURPOSE, help_text="哪个程序，做什么。"
    )
    owner = OwnerField()
    organisation = OrganisationField()
    until = forms.DateField(
        label="用到哪一天",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="到这一天结束时自动停用；到期前可以在账号页延长。",
    )


class HandOverForm(forms.Form):
    """更换负责人."""

    owner = OwnerField()
    reason = forms.CharField(label="理由", max_length=actions.REASON)


@require_http_methods(["GET", "POST"])
@administrators_only
def services(request: HttpRequest) -> HttpResponse:
    """服务账号: all of them, and a new one."""
    if form := exports.wanted(request):
        return exports.answer(_services_sheet(), form)
    by = account_of(request)
    bound = ServiceForm(request.POST or None, initial=initial(request))

    def act(given: dict[str, Any]) -> None:
        programs.create_service_account(
            given["username"],
            given["name"],
            given["purpose"],
            by=by,
            owner=given["owner"],
            ends_at=datetime.combine(given["until"], time(23, 59, 59), clock.SHANGHAI),
            organisation=queries.organisation(given["organisation"]),
        )

    if request.method == "POST" and take(bound, act):
        messages.success(request, "已建立。请任命它的角色；令牌由负责人在“我的令牌”里建立。")
        return redirect("web:person", actions.plain_username(bound.cleaned_data["username"]))
    told = {"services": queries.services(), "form": bound}
    return render(request, "web/services.html", told, status=422 if bound.is_bound else 200)


def _services_sheet() -> exports.Sheet:
    return exports.Sheet(
        name="服务账号",
        columns=("登录名", "名称", "用途", "负责人", "到期", "状态"),
        rows=[
            (
                one.account.username,
                one.account.name,
                one.purpose,
                one.owner.username,
                one.account.ends_at,
                "启用" if one.account.is_active else "停用",
            )
            for one in queries.services()
        ],
        note=f"服务账号，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_http_methods(["GET", "POST"])
@administrators_only
def hand_over(request: HttpRequest, username: str) -> HttpResponse:
    """更换负责人."""
    service = queries.services().filter(account__username=username).first()
    if service is None:
        raise Http404("没有这个服务账号。")
    bound = HandOverForm(request.POST or None, initial=initial(request))

    def act(given: dict[str, Any]) -> None:
        programs.hand_over_service(
            service, given["owner"], by=account_of(request), reason=given["reason"]
        )

    if request.method == "POST" and take(bound, act):
        messages.success(request, "已更换负责人；它的令牌都已吊销，请新的负责人另建。")
        return redirect("web:services")
    told = {"form": bound, "title": f"更换{service.account.name}的负责人", "en": "New owner"}
    return render(request, "web/people_form.html", told, status=422 if bound.is_bound else 200)
