"""登录的第二步: what a right password still owes: a code or a passkey, a password of one's own, a factor to begin with.

Whoever stands here is not signed in. Each page belongs to one stage, and leads on where that stage is not the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import segno
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lvyue.accounts import actions, queries
from lvyue.accounts.actions import passkeys, second_factor
from lvyue.accounts.choices import SignInWay
from lvyue.accounts.queries import Account
from lvyue.core.doubts import Refused
from lvyue.web.entering import (
    Entering,
    Stage,
    admit,
    entering,
    forget_secret,
    go_on,
    go_on_as,
    keep_challenge,
    passed,
    secret_of,
    shown,
    site_of,
    take_challenge,
    too_late,
)
from lvyue.web.views.people import take

P = ParamSpec("P")


class CodeForm(forms.Form):
    """动态验证码: no draft of it is ever kept, hence the name of the field."""

    secret_code = forms.CharField(
        label="动态验证码",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class SentCodeForm(CodeForm):
    """收到的验证码."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["secret_code"].label = "收到的验证码"


class NewPasswordForm(forms.Form):
    """自己设密码."""

    password = forms.CharField(
        label="新密码",
        strip=False,
        help_text="至少 12 个字符，不要只用数字，不要像登录名或姓名。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise ValidationError("两次输入的新密码不一样。请重新输入。")
        return again


class PasskeyForm(forms.Form):
    """加通行密钥: what the browser answered, under a name by which its owner knows the device."""

    name = forms.CharField(label="名称", max_length=80, help_text="例如：办公电脑、我的手机。")
    secret_answer = forms.CharField(widget=forms.HiddenInput, required=False)


def stage(
    wanted: Stage,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Entering, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """``@stage(Stage.ENROL)``: the view gets who is on the way in, if this is what they owe next."""

    def guard(
        view: Callable[Concatenate[HttpRequest, Entering, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @login_not_required
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **more: P.kwargs) -> HttpResponse:
            found = entering(request)
            if found is None:
                return too_late(request)
            if found.stage is not wanted:
                return go_on(request)
            return view(request, found, *args, **more)

        return guarded  # type: ignore[return-value]  # login_not_required gives back what it was given

    return guard


@require_http_methods(["GET", "POST"])
@stage(Stage.SECOND_STEP)
def second_step(request: HttpRequest, found: Entering) -> HttpResponse:
    """第二步: the digits of the app, a recovery code, or a passkey."""
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        try:
            return passed(request, found, shown(request, found.account))
        except Refused as refused:
            form = CodeForm()
            told = {"doubts": refused.doubts}
            return _second_step(request, found, form, told, 422)
    return _second_step(request, found, form, {}, 200)


def _second_step(
    request: HttpRequest, found: Entering, form: CodeForm, told: dict[str, Any], status: int
) -> HttpResponse:
    form.fields["secret_code"].widget.attrs["autofocus"] = True
    told |= {"form": form, "person": found.account, "factors": queries.factors_of(found.account)}
    return render(request, "web/second_step.html", told, status=status)


@require_POST
@login_not_required
@never_cache
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask a passkey, for whoever is on the way in: to show one, or to add the first."""
    found = entering(request)
    if found is None or found.stage not in (Stage.SECOND_STEP, Stage.ENROL):
        return refused_in_json("登录已经过期，请重新登录。")
    if found.stage is Stage.SECOND_STEP:
        return options(request, found.account, passkeys.begin_proving)
    return options(request, found.account, passkeys.begin_adding)


def options(
    request: HttpRequest,
    account: Account,
    begin: Callable[[Account, passkeys.Site], passkeys.Ceremony],
) -> HttpResponse:
    """The question for the browser; its challenge waits in the session."""
    try:
        asked = begin(account, site_of(request))
    except Refused as refused:
        return refused_in_json("".join(f"{one.says}{one.mend}" for one in refused.doubts))
    keep_challenge(request, asked.challenge)
    return HttpResponse(asked.options, content_type="application/json")


def refused_in_json(says: str) -> HttpResponse:
    """Plain text, which the script puts beside the button."""
    return HttpResponse(says, content_type="text/plain; charset=utf-8", status=409)


@require_http_methods(["GET", "POST"])
@stage(Stage.PASSWORD)
def first_password(request: HttpRequest, found: Entering) -> HttpResponse:
    """首次登录改密码: somebody else knows the present one."""
    form = NewPasswordForm(request.POST or None)
    changed: list[Account] = []
    if request.method == "POST" and take(
        form,
        lambda given: changed.append(actions.choose_password(found.account, given["password"])),
    ):
        return go_on_as(request, found, changed[0])
    told = {"form": form, "person": found.account}
    return render(request, "web/first_password.html", told, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@stage(Stage.ENROL)
def enrol(request: HttpRequest, found: Entering) -> HttpResponse:
    """必须两步验证: the first factor, before anything else."""
    code, passkey = CodeForm(), PasskeyForm(initial={"name": "我的设备"})
    if request.method == "POST":
        codes: list[tuple[str, ...]] = []
        if "secret_answer" in request.POST:
            passkey, how = PasskeyForm(request.POST), SignInWay.PASSKEY
            done = take(
                passkey, lambda given: codes.append(add_passkey(request, found.account, given))
            )
        else:
            code, how = CodeForm(request.POST), SignInWay.TOTP
            done = take(code, lambda given: codes.append(add_app(request, found.account, given)))
        if done:
            forget_secret(request)
            admit(request, found.account, found.how.then(how))
            return show_codes(request, codes[0], found.to)
    told = {
        "form": code,
        "passkey": passkey,
        "person": found.account,
        **app_picture(request, found.account),
    }
    status = 422 if code.is_bound or passkey.is_bound else 200
    return render(request, "web/enrol.html", told, status=status)


def add_app(request: HttpRequest, account: Account, given: dict[str, Any]) -> tuple[str, ...]:
    return second_factor.add_authenticator(
        account, secret_of(request), given["secret_code"], by=account
    )


def add_passkey(request: HttpRequest, account: Account, given: dict[str, Any]) -> tuple[str, ...]:
    return passkeys.add(
        account,
        given["name"],
        given["secret_answer"],
        take_challenge(request),
        site_of(request),
        by=account,
    )


def show_codes(request: HttpRequest, codes: tuple[str, ...], to: str) -> HttpResponse:
    """恢复码: this once; the answer itself shows them, and they stand in no session and no address."""
    return render(request, "web/recovery_codes.html", {"codes": codes, "to": to}, status=201)


def app_picture(request: HttpRequest, account: Account) -> dict[str, Any]:
    """The square for the app, and the same as letters for whoever types."""
    secret = secret_of(request)
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"square": _square(second_factor.provisioning(account, secret)), "spaced": spaced}


def _square(address: str) -> SafeString:
    """Not `web.qr.qr`, which remembers what it drew: a secret is remembered nowhere."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        omitsize=True, border=2, svgclass="qr-code", lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308  segno draws paths only; the text of the address does not stand in it
