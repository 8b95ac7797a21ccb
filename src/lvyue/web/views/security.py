"""登录与安全: one's own second step, open logins, and the ways to be reached.

What would let a stranger at an open browser stay for good (another factor, one fewer) asks for a proof of the last ten
minutes. Nobody else's factors, logins or ways are here: a forged number is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts import actions, queries, veil
from lvyue.accounts.actions import contacts, logins, passkeys, second_factor
from lvyue.accounts.choices import ContactKind, SignInWay
from lvyue.accounts.devices import in_words
from lvyue.accounts.origin import address_of
from lvyue.accounts.queries import Account, Login
from lvyue.core.doubts import Refused
from lvyue.notices.actions import security as security_notices
from lvyue.web.doors import account_of
from lvyue.web.drafts import initial
from lvyue.web.entering import (
    ask_again,
    forget_secret,
    inside,
    is_fresh,
    login_of,
    prove,
    shown,
)
from lvyue.web.views.people import take
from lvyue.web.views.second_step import (
    CodeForm,
    PasskeyForm,
    SentCodeForm,
    add_app,
    add_passkey,
    app_picture,
    options,
    refused_in_json,
    show_codes,
)

P = ParamSpec("P")


class WayForm(forms.Form):
    """联系方式."""

    value = forms.CharField(max_length=254)

    def __init__(self, kind: ContactKind, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["value"]
        field.label = kind.label
        mail = kind is ContactKind.MAIL
        field.widget.input_type = "email" if mail else "tel"
        field.widget.attrs["autocomplete"] = "email" if mail else "tel"


def freshly(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """``@freshly``: whoever did not show lately that it is still them is asked to."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **more: P.kwargs) -> HttpResponse:
        return view(request, *args, **more) if is_fresh(request) else ask_again(request)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", guarded)


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """登录与安全."""
    return _page(request)


def _page(request: HttpRequest, **bound: forms.Form) -> HttpResponse:
    me = account_of(request)
    fresh = is_fresh(request) and not me.demonstration
    factors = queries.factors_of(me)
    told: dict[str, Any] = {
        "factors": factors,
        "must": queries.must_take_second_step(me),
        "fresh": fresh,
        "logins": _rows(queries.logins_of(me, clock.now()), login_of(request)),
        "ways": [_way(request, me, kind, bound) for kind in ContactKind],
        "code": bound.get("code", CodeForm(auto_id="code_%s")),
        "passkey": bound.get("passkey", PasskeyForm(auto_id="passkey_%s")),
    }
    if fresh and factors.authenticator is None:
        told |= app_picture(request, me)
    return render(request, "web/security.html", told, status=422 if bound else 200)


def _rows(found: Any, this: Login | None) -> list[dict[str, Any]]:
    return [
        {"row": one, "device": in_words(one.device), "how": SignInWay(one.how).label,
         "this": one == this}
        for one in found
    ]  # fmt: skip


def _way(
    request: HttpRequest, me: Account, kind: ContactKind, bound: dict[str, forms.Form]
) -> dict[str, Any]:
    known = {one.kind: one for one in queries.contact_ways_of(me)}.get(kind.value)
    fresh = WayForm(kind, auto_id=f"{kind.value}_%s", initial=initial(request))
    veiled = veil.mail if kind is ContactKind.MAIL else veil.phone
    return {
        "kind": kind,
        "known": known,
        "veiled": veiled(known.value) if known else "",
        "form": bound.get(kind.value, fresh),
        "code": bound.get(f"{kind.value}-code", SentCodeForm(auto_id=f"{kind.value}_code_%s")),
    }


def _back(request: HttpRequest, says: str) -> HttpResponse:
    messages.success(request, says)
    return redirect("web:security")


# ── the second step ──────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@never_cache
@freshly
def add_authenticator(request: HttpRequest) -> HttpResponse:
    """加验证器: whoever shows a code of it has it."""
    form = CodeForm(request.POST, auto_id="code_%s")
    codes: list[tuple[str, ...]] = []
    if not take(form, lambda given: codes.append(add_app(request, account_of(request), given))):
        return _page(request, code=form)
    forget_secret(request)
    messages.success(request, "验证器已加上，下次登录起要输它的动态验证码。")
    return _codes_or_back(request, codes[0])


def _codes_or_back(request: HttpRequest, codes: tuple[str, ...]) -> HttpResponse:
    if codes:
        return show_codes(request, codes, "/account/security/")
    return redirect("web:security")


@require_POST
@freshly
def remove_authenticator(request: HttpRequest) -> HttpResponse:
    """去掉验证器."""
    me = account_of(request)
    return _removed(
        request, lambda: second_factor.remove_authenticator(me, by=me), "验证器已去掉。"
    )


def _removed(request: HttpRequest, act: Callable[[], None], says: str) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        for doubt in refused.doubts:
            messages.error(request, f"{doubt.says}{doubt.mend}")
        return redirect("web:security")
    return _back(request, says)


@require_POST
@never_cache
@freshly
def make_codes(request: HttpRequest) -> HttpResponse:
    """重出恢复码."""
    me = account_of(request)
    try:
        codes = second_factor.make_recovery_codes(me, by=me)
    except Refused as refused:
        messages.error(request, "".join(f"{one.says}{one.mend}" for one in refused.doubts))
        return redirect("web:security")
    return show_codes(request, codes, "/account/security/")


@require_POST
@never_cache
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask a device that becomes a passkey."""
    me = account_of(request)
    if not is_fresh(request):
        return refused_in_json("请先确认是您本人，再加通行密钥。")
    return options(request, me, passkeys.begin_adding)


@require_POST
@never_cache
@freshly
def new_passkey(request: HttpRequest) -> HttpResponse:
    """加通行密钥."""
    form = PasskeyForm(request.POST, auto_id="passkey_%s")
    codes: list[tuple[str, ...]] = []
    if not take(form, lambda given: codes.append(add_passkey(request, account_of(request), given))):
        return _page(request, passkey=form)
    messages.success(request, f"通行密钥“{form.cleaned_data['name']}”已加上。")
    return _codes_or_back(request, codes[0])


@require_POST
@freshly
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """去掉通行密钥: only one's own; anybody else's is not there."""
    me = account_of(request)
    found = queries.passkey_of(me, passkey_id)
    if found is None:
        raise Http404("您没有这个通行密钥。")
    return _removed(
        request, lambda: passkeys.remove(found, by=me), f"通行密钥“{found.name}”已去掉。"
    )


# ── logins ───────────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
def end_login(request: HttpRequest, login_id: int) -> HttpResponse:
    """结束一个登录: only one's own; anybody else's is not there."""
    me = account_of(request)
    found = queries.login_of(me, login_id)
    if found is None:
        raise Http404("您没有这个登录。")
    logins.end(found, by=me)
    return _back(request, "已结束这个登录，那里要重新登录。")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """结束其他登录: the present one stays."""
    me = account_of(request)
    number = logins.end_all(me, by=me, but=login_of(request))
    return _back(request, f"已结束其他 {number} 个登录。")


# ── ways to be reached ───────────────────────────────────────────────────────────────────────────────────────────


def _kind(kind: str) -> ContactKind:
    if kind not in ContactKind.values:
        raise Http404("没有这种联系方式。")
    return ContactKind(kind)


@require_POST
def set_way(request: HttpRequest, kind: str) -> HttpResponse:
    """填写联系方式."""
    one, me = _kind(kind), account_of(request)
    form = WayForm(one, request.POST, auto_id=f"{kind}_%s")
    if not take(form, lambda given: contacts.set_way(me, one, given["value"], by=me)):
        return _page(request, **{kind: form})
    return _back(request, f"{one.label}已保存；验证之后才会用来通知您。")


@require_POST
def send_code(request: HttpRequest, kind: str) -> HttpResponse:
    """发验证码."""
    one, me = _kind(kind), account_of(request)
    return _removed(
        request, lambda: security_notices.send_code(me, one), "验证码已发出，10 分钟内有效。"
    )


@require_POST
def verify_way(request: HttpRequest, kind: str) -> HttpResponse:
    """验证联系方式."""
    one, me = _kind(kind), account_of(request)
    form = SentCodeForm(request.POST, auto_id=f"{kind}_code_%s")
    if not take(form, lambda given: contacts.verify(me, one, given["secret_code"])):
        return _page(request, **{f"{kind}-code": form})
    return _back(request, f"{one.label}已验证。")


@require_POST
def remove_way(request: HttpRequest, kind: str) -> HttpResponse:
    """去掉联系方式."""
    one, me = _kind(kind), account_of(request)
    contacts.remove_way(me, one, by=me)
    return _back(request, f"{one.label}已去掉。")


# ── who is at the keyboard now ───────────────────────────────────────────────────────────────────────────────────


class ConfirmForm(forms.Form):
    """再确认本人: by the password, where there is no second step."""

    password = forms.CharField(
        label="密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


@require_http_methods(["GET", "POST"])
@never_cache
def confirm(request: HttpRequest) -> HttpResponse:
    """再确认本人: with the second step where there is one, else with the password."""
    me = account_of(request)
    factors = queries.factors_of(me)
    to = inside(request, request.POST.get("next") or request.GET.get("next", ""), "web:security")
    form: forms.Form = CodeForm() if factors else ConfirmForm(request.POST or None)
    told: dict[str, Any] = {"factors": factors, "to": to}
    if request.method == "POST":
        try:
            if factors:
                shown(request, me)
            else:
                given = request.POST.get("password", "")
                actions.check_own_password(me, given, address=address_of(request))
        except Refused as refused:
            told["doubts"] = refused.doubts
        else:
            prove(request)
            return redirect(to)
    status = 422 if "doubts" in told else 200
    return render(request, "web/confirm.html", told | {"form": form}, status=status)


@require_POST
@never_cache
def confirm_options(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask a passkey of the person who is signed in."""
    return options(request, account_of(request), passkeys.begin_proving)
