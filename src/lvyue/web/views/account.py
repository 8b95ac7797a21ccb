"""我的账号: one's own password, and the tokens by which one's own programs sign in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.actions import NewToken
from lvyue.web.doors import account_of
from lvyue.web.drafts import initial
from lvyue.web.views.people import take
from lvyue.web.views.sign_in import address_of


class OwnPasswordForm(forms.Form):
    """修改密码."""

    old = forms.CharField(
        label="原密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label="新密码",
        strip=False,
        help_text="至少 8 个字符，不要只用数字。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    tokens = forms.BooleanField(
        label="同时吊销我的全部令牌",
        required=False,
        initial=True,
        help_text="怀疑密码泄露时应当吊销；用令牌的程序要换新的。",
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise ValidationError("两次输入的新密码不一样。请重新输入。")
        return again


class TokenForm(forms.Form):
    """建立令牌."""

    name = forms.CharField(
        label="用途", max_length=80, help_text="哪个程序用它，例如：工单系统每日导入。"
    )
    days = forms.IntegerField(
        label="有效期",
        min_value=1,
        max_value=actions.TOKEN_DAYS,
        initial=90,
        help_text=f"天数，最多 {actions.TOKEN_DAYS} 天。",
    )


@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """我的账号."""
    return _page(request)


def _page(
    request: HttpRequest, bound: forms.Form | None = None, new: NewToken | None = None
) -> HttpResponse:
    me = account_of(request)
    password = OwnPasswordForm(auto_id="password_%s")
    token = TokenForm(initial=initial(request), auto_id="token_%s")
    told: dict[str, Any] = {
        "seats": queries.seats_of(me).values(),
        "tokens": queries.tokens_of(me),
        "now": clock.now(),
        "password": bound if isinstance(bound, OwnPasswordForm) else password,
        "token": bound if isinstance(bound, TokenForm) else token,
        "new": new,
    }
    status = 422 if bound is not None else 201 if new is not None else 200
    return render(request, "web/account.html", told, status=status)


@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """修改密码: the session that asks stays, every other one ends."""
    form = OwnPasswordForm(request.POST, auto_id="password_%s")

    def act(given: dict[str, Any]) -> None:
        changed = actions.change_password(
            account_of(request),
            given["old"],
            given["password"],
            address=address_of(request),
            tokens=given["tokens"],
        )
        update_session_auth_hash(request, changed)

    if not take(form, act):
        return _page(request, form)
    messages.success(request, "密码已修改；您在别处的登录都已退出。")
    return redirect("web:account")


@require_POST
@never_cache
def create_token(request: HttpRequest) -> HttpResponse:
    """建立令牌: the answer itself shows the secret, this once; it stands in no session and no address."""
    me = account_of(request)
    form = TokenForm(request.POST, auto_id="token_%s")
    made: list[NewToken] = []
    if not take(
        form,
        lambda given: made.append(actions.create_token(me, given["name"], given["days"], by=me)),
    ):
        return _page(request, form)
    return _page(request, new=made[0])


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """吊销令牌: only one's own; anybody else's is not there."""
    me = account_of(request)
    token = queries.token_of(me, token_id)
    if token is None:
        raise Http404("您没有这个令牌。")
    actions.revoke_token(token, by=me)
    messages.success(request, f"令牌“{token.name}”已吊销，用它的程序不能再登录。")
    return redirect("web:account")
