"""我的账号: one's own password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lvyue.accounts import actions, queries
from lvyue.accounts.origin import address_of
from lvyue.web.doors import account_of
from lvyue.web.entering import login_of
from lvyue.web.views.people import take


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
        help_text="至少 12 个字符，不要只用数字，不要像登录名或姓名，也不要用最近五次用过的。",
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


@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """我的账号."""
    return _page(request)


def _page(request: HttpRequest, bound: forms.Form | None = None) -> HttpResponse:
    me = account_of(request)
    password = OwnPasswordForm(auto_id="password_%s")
    told: dict[str, Any] = {
        "seats": queries.seats_of(me).values(),
        "password": bound if isinstance(bound, OwnPasswordForm) else password,
    }
    status = 422 if bound is not None else 200
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
            keep=login_of(request),
        )
        update_session_auth_hash(request, changed)

    if not take(form, act):
        return _page(request, form)
    messages.success(request, "密码已修改；您在别处的登录都已退出。")
    return redirect("web:account")
