"""门: who calls, and what they are on a contract. Every endpoint enters through here, which asks `accounts.permissions` and nobody else.

A program brings a token, a page its session. Who holds no role on a contract is told that there is no such contract;
who may see it but not do this is told why, and who may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from ninja.security import APIKeyCookie, HttpBearer

from lvyue.accounts.actions import use_token
from lvyue.accounts.choices import Scope
from lvyue.accounts.origin import address_of
from lvyue.accounts.permissions import Right, Seat, may, may_administer
from lvyue.accounts.queries import Account, seat_of
from lvyue.accounts.scopes import withheld
from lvyue.api.problems import Problem, not_allowed

_SAFE = ("GET", "HEAD", "OPTIONS")

#: What a token needs to send something here, before anybody asks for a right; anywhere else it needs ``Scope.MANAGE``,
#: so that an endpoint that forgets to ask is not open to a token that may only read.
_SENDING: Mapping[re.Pattern[str], Scope] = {
    re.compile(r"/contracts/[^/]+/(facts|files|rehearsal)(/|$)"): Scope.RECORD,
    re.compile(r"/contracts/[^/]+/desk/(incoming|faxes|calls|tickets)(/|$)"): Scope.RECORD,
    re.compile(r"/contracts/[^/]+/imports(/|$)"): Scope.IMPORT,
    re.compile(r"/contracts/[^/]+/(what-if|papers/contest)$"): Scope.READ,  # these keep nothing
    re.compile(r"/me/tokens/\d+(/rotation)?$"): Scope.READ,  # to give itself up, or a new secret
}


class Token(HttpBearer):
    """令牌: ``Authorization: Bearer lvyue_…``. Whoever brings one is nobody else, whatever session the browser has."""

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        account = use_token(token.strip(), address=address_of(request))
        if account is None:
            return None
        if reason := withheld(account.scopes, _needed(request)):
            raise Problem("not-allowed", reason)
        return account


def _needed(request: HttpRequest) -> Scope:
    if request.method in _SAFE:
        return Scope.READ
    found = (scope for where, scope in _SENDING.items() if where.search(request.path))
    return next(found, Scope.MANAGE)


class Session(APIKeyCookie):
    """会话: whoever is signed in on the pages; what changes something must bring the token against forgery as well."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Account | None:
        if "Authorization" in request.headers:
            return None
        if not request.user.is_authenticated:
            return None
        if request.method not in _SAFE and _forged(request):
            raise Problem("forgery")
        return request.user

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:  # pragma: no cover
        """The base asks for one; `__call__` needs none."""
        raise NotImplementedError


class _Check(CsrfViewMiddleware):
    """Django's own check, which here answers why instead of rendering a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:  # noqa: ARG002
        return reason


def _forged(request: HttpRequest) -> bool:
    check = _Check(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _: HttpResponse(), (), {}) is not None


def caller(request: HttpRequest) -> Account:
    """Who calls."""
    return cast("Account", request.auth)  # type: ignore[attr-defined]


def enter(request: HttpRequest, contract_id: str, right: Right = Right.SEE) -> Seat:
    """The seat of who calls on a contract, if they may do this there."""
    seat = seat_of(caller(request), contract_id)
    if not may(seat, Right.SEE):
        raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。")
    ruling = may(seat, right)
    if not ruling:
        raise not_allowed(ruling)
    return seat


def administrator(request: HttpRequest) -> Account:
    """Who calls, if they keep organisations, accounts and appointments."""
    account = caller(request)
    ruling = may_administer(administrator=account.is_administrator)
    if not ruling:
        raise not_allowed(ruling)
    return account
