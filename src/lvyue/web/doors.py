"""门: every page of a contract is entered through one of these, which asks `accounts.permissions` and nobody else.

Before all of them stands the front door: nobody sees any page without signing in, and what somebody posted after the
session had ended is kept for them. Who holds no role on a contract is told that there is no such contract: not even its existence leaks. Who may see it but
not do this is told why, and who may.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from lvyue.accounts.permissions import (
    RULES,
    Right,
    Ruling,
    Seat,
    Tried,
    may,
    may_administer,
    tried,
)
from lvyue.accounts.queries import Account, seat_of
from lvyue.core.doubts import Refused
from lvyue.web import drafts
from lvyue.web.exports import wanted

P = ParamSpec("P")


def account_of(request: HttpRequest) -> Account:
    """Who is signed in. Only for views that ask for a sign-in, which all do unless they say otherwise."""
    return cast("Account", request.user)


def door(
    right: Right,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Seat, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, str, P], HttpResponse],
]:
    """``@door(Right.SEE)``: the view gets the seat of who asks on the contract that the address names.

    What stands in the way and is caught nowhere else is told on a page of its own, 409, and not as an error of ours.
    """

    def guard(
        view: Callable[Concatenate[HttpRequest, Seat, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
        @wraps(view)
        def guarded(
            request: HttpRequest, contract_id: str, *args: P.args, **more: P.kwargs
        ) -> HttpResponse:
            seat = seat_of(account_of(request), contract_id)
            if not may(seat, Right.SEE):
                raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。")
            for asked in (right, Right.EXPORT) if wanted(request) else (right,):
                ruling = may(seat, asked)
                if not ruling:
                    return refusal(request, seat, ruling, tried(seat, asked))
            try:
                return view(request, seat, *args, **more)
            except Refused as refused:  # what no view has an answer of its own for, such as a release that cannot be read
                told = {"contract_id": contract_id, "doubts": refused.doubts}
                return render(request, "web/refused.html", told, status=HTTPStatus.CONFLICT)

        guarded.asks = right  # type: ignore[attr-defined]  # the sweep reads what each page asks for
        return cast("Callable[Concatenate[HttpRequest, str, P], HttpResponse]", guarded)

    return guard


def refusal(
    request: HttpRequest, seat: Seat, ruling: Ruling, rules: tuple[Tried, ...] = ()
) -> HttpResponse:
    """403 with the reason, who may do it instead, and which rule of which clause said so."""
    told = {
        "ruling": ruling,
        "rule": RULES.get(ruling.rule),
        "tried": rules,
        "contract_id": seat.contract_id,
        "seat": seat,
    }
    return render(request, "web/not_allowed.html", told, status=403)


def administrators_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The pages that keep organisations, accounts and appointments. They show nothing that a contract holds."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **more: P.kwargs) -> HttpResponse:
        ruling = may_administer(administrator=account_of(request).is_administrator)
        if not ruling:
            told = {"ruling": ruling, "rule": RULES.get(ruling.rule)}
            return render(request, "web/not_allowed.html", told, status=403)
        return view(request, *args, **more)

    guarded.asks = "administrator"  # type: ignore[attr-defined]  # the sweep reads what each page asks for
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", guarded)


# ── the front door ───────────────────────────────────────────────────────────────────────────────────────────────


class SignInRequired(LoginRequiredMiddleware):
    """登录之后: every view asks for a sign-in unless it says otherwise. What was posted meanwhile is kept."""

    def handle_no_permission(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],  # noqa: ARG002  Django hands it over
    ) -> HttpResponseRedirect:
        at = request.get_full_path()
        if request.method == "POST":
            at = drafts.form_address(request)
            tell_what_became_of_it(request, "登录已经过期，")
        return to_sign_in(request, at)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Pages of who is signed in are that person's alone: no cache between us may keep them."""
        user = getattr(request, "_cached_user", None)  # who was not asked for is not looked up now
        if user is not None and user.is_authenticated:
            drafts.remember_person(request, response)
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def tell_what_became_of_it(request: HttpRequest, why: str) -> None:
    """Keep what was posted, and say whether it was kept."""
    if drafts.keep(request):
        messages.warning(request, f"{why}刚才提交的内容没有生效，但已经保留，会填回原来的表单。")
    else:
        messages.warning(request, f"{why}刚才的操作没有生效，请再做一次。")


def to_sign_in(request: HttpRequest, at: str) -> HttpResponseRedirect:
    """To the sign-in page, and from there to where somebody wanted to go; with htmx the whole page goes, not a part."""
    answer = redirect_to_login(at, reverse("web:sign-in"))
    if request.htmx:  # type: ignore[attr-defined]  # its middleware puts it there
        return cast("HttpResponseRedirect", HttpResponseClientRedirect(answer.url))
    return answer


def posts_only(
    respond: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """只能提交的地址: whoever opens one (a bookmark, a reload after signing in) is told so, and not with a blank page."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        bare = isinstance(response, HttpResponseNotAllowed) and not response.content
        if not bare or request.path.startswith("/api/"):
            return response
        told = render(
            request, "web/posts_only.html", {"contract": _contract_in(request)}, status=405
        )
        told["Allow"] = response["Allow"]
        return told

    return answered


def _contract_in(request: HttpRequest) -> str:
    """The contract that the address names, if it names one."""
    match = request.resolver_match
    return str(match.kwargs.get("contract_id", "")) if match else ""
