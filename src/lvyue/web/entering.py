"""进门: from the right password to being signed in. Whoever still owes something is nobody, for pages and interface alike.

What is owed stands in the session of a visitor who is not signed in, for ten minutes: a second step, a password of one's
own, a second factor for whoever must have one. `arrive` is the one way in, whichever way somebody proved who they are;
`admit` is at its end and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.actions import identities, logins, passkeys, second_factor
from lvyue.accounts.actions.passkeys import Site
from lvyue.accounts.choices import SignInWay
from lvyue.accounts.origin import address_of
from lvyue.accounts.queries import Account, Login
from lvyue.accounts.sealing import unseal
from lvyue.core.doubts import Refused, malformed
from lvyue.notices.actions import security
from lvyue.web import drafts

BACKEND = "lvyue.accounts.backends.Passwords"

#: So long somebody may take from the password to the end, and so long a proof counts as fresh.
PATIENCE, FRESH = timedelta(minutes=10), timedelta(minutes=10)

#: Under which words it stands in the session.
_PENDING, _LOGIN, _PROVED = "entering", "login", "proved"
_THROUGH = "through"
_CHALLENGE, _SECRET = "passkey-challenge", "authenticator"


class Stage(Enum):
    """还差什么: in the order in which it is asked for."""

    SECOND_STEP = "web:second-step"
    PASSWORD = "web:first-password"  # noqa: S105  the name of a page
    ENROL = "web:enrol"


@dataclass(frozen=True, slots=True)
class Entering:
    """正在进门: who showed a right password a moment ago, and where they want to go."""

    account: Account
    how: SignInWay
    second: bool
    to: str

    @property
    def stage(self) -> Stage | None:
        """What is asked for next; None where nothing is owed."""
        factors = queries.factors_of(self.account)
        if factors and not self.second:
            return Stage.SECOND_STEP
        if self.account.password_handed_over and not self.how.vouched:
            return Stage.PASSWORD
        if not factors and not self.second and queries.must_take_second_step(self.account):
            return Stage.ENROL
        return None


@dataclass(frozen=True, slots=True)
class Through:
    """经由: by which provider somebody came, whether the second step was taken there, and how it hears of the end."""

    provider: str
    second: bool = False
    #: The hash of the ticket by which the provider may end the login.
    ticket: str = ""
    #: Where to go to be forgotten there as well; sealed, for it holds what the provider said of the person.
    leave: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Through | None:
        kept: dict[str, Any] | None = request.session.get(_THROUGH)
        return cls(**kept) if kept else None

    @property
    def farewell(self) -> str:
        try:
            return unseal(self.leave)
        except Refused:  # the key was changed since
            return ""


def arrive(
    request: HttpRequest,
    account: Account,
    how: SignInWay,
    to: str = "",
    *,
    through: Through | None = None,
) -> HttpResponse:
    """到门口: who it is has been proved in the first way. In, or to the first thing that is owed."""
    if request.user.is_authenticated:
        if (before := login_of(request)) is not None:
            logins.close(before)
        logout(request)
    request.session.pop(_PENDING, None)  # an earlier try, perhaps too long ago
    _keep(
        request,
        Entering(
            account,
            how,
            second=through is not None and through.second,
            to=inside(request, to, settings.LOGIN_REDIRECT_URL),
        ),
    )
    request.session[_THROUGH] = asdict(through) if through is not None else None
    return go_on(request)


def go_on(request: HttpRequest) -> HttpResponse:
    """接着走: to what is owed next, or in."""
    found = entering(request)
    if found is None:
        return too_late(request)
    if found.stage is not None:
        return redirect(found.stage.value)
    admit(request, found.account, found.how)
    return redirect(found.to)


def passed(request: HttpRequest, found: Entering, how: SignInWay) -> HttpResponse:
    """第二步通过."""
    _keep(request, Entering(found.account, found.how.then(how), second=True, to=found.to))
    return go_on(request)


def go_on_as(request: HttpRequest, found: Entering, account: Account) -> HttpResponse:
    """换了密码: the same person with a new password."""
    _keep(request, Entering(account, found.how, second=found.second, to=found.to))
    return go_on(request)


def too_late(request: HttpRequest) -> HttpResponse:
    """等得太久: back to the beginning."""
    messages.warning(request, "登录没有完成，或者等得太久。请再登录一次。")
    return redirect("web:sign-in")


def entering(request: HttpRequest) -> Entering | None:
    """Who is on the way in; nobody after too long, after a new password elsewhere, or once switched off."""
    kept: dict[str, Any] = request.session.get(_PENDING) or {}
    since = _moment(kept.get("at"))
    if since is None or clock.now() - since > PATIENCE:
        return None
    account = queries.accounts().filter(pk=kept["account"], is_active=True).first()
    if account is None or (account.ends_at is not None and account.ends_at <= clock.now()):
        return None
    if not constant_time_compare(kept["stamp"], account.get_session_auth_hash()):
        return None
    return Entering(account, SignInWay(kept["how"]), kept["second"], kept["to"])


def _keep(request: HttpRequest, found: Entering) -> None:
    known: dict[str, Any] = request.session.get(_PENDING) or {}
    same = known.get("account") == found.account.pk
    request.session[_PENDING] = {
        "account": found.account.pk,
        "stamp": found.account.get_session_auth_hash(),
        "how": found.how.value,
        "second": found.second,
        "to": found.to,
        "at": known["at"] if same else clock.now().isoformat(),
    }
    if not same:
        request.session.cycle_key()


def admit(request: HttpRequest, account: Account, how: SignInWay) -> None:
    """放行: from here on somebody is signed in, and this session is one of their logins."""
    known = drafts.last_person(request) == str(account.pk)
    request.session.pop(_PENDING, None)
    login(request, account, backend=BACKEND)
    begun = logins.begin(
        account,
        how,
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
        known=known,
    )
    request.session[_LOGIN] = begun.login.pk
    through = Through.of(request)
    if through is not None and through.ticket:
        identities.keep_ticket(through.provider, through.ticket, begun.login)
    prove(request)
    drafts.forget_those_of_others(request)
    if begun.new_device:
        security.new_device(begun.login)


# ── who is at the keyboard now ───────────────────────────────────────────────────────────────────────────────────


def prove(request: HttpRequest) -> None:
    """本人刚刚确认过."""
    request.session[_PROVED] = clock.now().isoformat()


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person showed within ten minutes that it is still them: a cookie that was left open is not enough."""
    at = _moment(request.session.get(_PROVED))
    return at is not None and clock.now() - at <= FRESH


def ask_again(request: HttpRequest) -> HttpResponse:
    """再确认本人: what was posted is kept for the form."""
    if request.method == "POST" and drafts.keep(request):
        messages.info(request, "先确认是您本人；刚才填的内容会填回原来的表单。")
    back = drafts.form_address(request) if request.method == "POST" else request.get_full_path()
    return redirect(f"{resolve_url('web:confirm')}?{urlencode({'next': back})}")


def login_of(request: HttpRequest) -> Login | None:
    """The login that this very session is."""
    found = request.session.get(_LOGIN)
    return (
        queries.login_of(request.user, found) if found and request.user.is_authenticated else None
    )


def inside(request: HttpRequest, to: str, otherwise: str) -> str:
    """``to``, if it is a path of ours."""
    safe = bool(to) and url_has_allowed_host_and_scheme(
        to, {request.get_host()}, request.is_secure()
    )
    return to if safe else resolve_url(otherwise)


# ── passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def site_of(request: HttpRequest) -> Site:
    """The name that keys are bound to: one that the settings name, so that a forged ``Host`` gets no keys.

    Django refuses names that are not in ``LVYUE_ALLOWED_HOSTS``; where that lets through everything, no name is ours.
    """
    try:
        host = request.get_host()
    except DisallowedHost:
        host = ""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if "*" in settings.ALLOWED_HOSTS or not host:
        says = "没有规定本系统的域名，不能用通行密钥。"
        raise Refused([malformed("通行密钥", says, "请系统管理员设置 LVYUE_ALLOWED_HOSTS。")])
    if name.replace(".", "").isdigit() or name.startswith("["):
        says = f"通行密钥只能用在域名上，{name} 是 IP 地址。"
        raise Refused([malformed("通行密钥", says, "请用域名打开本页，或改用验证器。")])
    return Site(name, f"{request.scheme}://{host}")


def keep_challenge(request: HttpRequest, challenge: str) -> None:
    request.session[_CHALLENGE] = {"is": challenge, "at": clock.now().isoformat()}


def take_challenge(request: HttpRequest) -> str:
    """The challenge that was given out, once: whoever answers a second time answers nothing."""
    kept: dict[str, str] = request.session.pop(_CHALLENGE, None) or {}
    at = _moment(kept.get("at"))
    return kept["is"] if at is not None and clock.now() - at <= PATIENCE else ""


def shown(request: HttpRequest, account: Account) -> SignInWay:
    """What somebody posted as their second step: the answer of a passkey, or a code. `Refused` where it does not fit."""
    address = address_of(request)
    if answer := request.POST.get("secret_answer", ""):
        challenge = take_challenge(request)
        passkeys.show(account, answer, challenge, site_of(request), address=address)
        return SignInWay.PASSKEY
    return second_factor.show(account, request.POST.get("secret_code", "")[:100], address=address)


def secret_of(request: HttpRequest) -> str:
    """The secret of an app that is being added: the same one until it is, so that a reload spoils nothing."""
    found: str = request.session.setdefault(_SECRET, second_factor.new_secret())
    return found


def forget_secret(request: HttpRequest) -> None:
    request.session.pop(_SECRET, None)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


# ── with every request ───────────────────────────────────────────────────────────────────────────────────────────


def still_open(
    respond: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """登录还在吗: a middleware. A login that was ended elsewhere is signed out here; where it is used from is kept."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            _look(request)
        return respond(request)

    return answered


def _look(request: HttpRequest) -> None:
    login_id = request.session.get(_LOGIN)
    if login_id is None or not request.user.is_authenticated:
        return
    account = request.user
    seen = logins.seen(account, login_id, address=address_of(request))
    if seen.login is None:
        logout(request)
        request._cached_user = request.user  # type: ignore[attr-defined]  # noqa: SLF001  Django's own memory of it
    elif seen.two_places is not None:
        security.two_places(account, seen.two_places)


def end(request: HttpRequest) -> None:
    """退出: the login of this session ends with it."""
    found = login_of(request)
    if found is not None:
        logins.close(found)
    if isinstance(request.user, Account):
        actions.signed_out(request.user)
