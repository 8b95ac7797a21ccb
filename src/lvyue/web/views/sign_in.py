"""登录与退出: the front door, for people with a password and for the made-up people of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.choices import ContractRole, SignInWay
from lvyue.accounts.demonstration import PASSWORD
from lvyue.accounts.origin import address_of
from lvyue.accounts.queries import Account
from lvyue.contracts.queries import contracts
from lvyue.web.doors import tell_what_became_of_it, to_sign_in
from lvyue.web.drafts import form_address
from lvyue.web.entering import arrive, end
from lvyue.web.views.providers import farewell_of, signed_out


class SignInForm(AuthenticationForm):
    """登录: after too many wrong passwords nobody may try for a while, whether there is such a name or not."""

    def clean_username(self) -> str:
        return normalize("NFKC", self.cleaned_data["username"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        address = address_of(self.request)
        if until := queries.locked_until(username, address, clock.now()):
            raise _locked(until)
        try:
            return super().clean()
        except ValidationError:
            if until := actions.sign_in_failed(username, address=address):
                raise _locked(until) from None
            raise

    def get_invalid_login_error(self) -> ValidationError:
        says = "登录名或密码不对。请核对输入法和大小写；账号停用后也不能登录。"
        return ValidationError(says, code="invalid_login")


def _locked(until: datetime) -> ValidationError:
    at = f"{until.astimezone(clock.SHANGHAI):%H:%M}"
    says = f"密码错得太多，{at} 之前不能再试。忘记密码请联系系统管理员重设。"
    return ValidationError(says, code="locked")


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    """登录: Django's own view; whoever is signed in already is sent on."""

    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password was right; what else is owed, `entering` knows."""
        return arrive(
            self.request, form.get_user(), SignInWay.PASSWORD, self.request.POST.get("next", "")
        )

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        demonstration = {
            "benches": benches(),
            "password": PASSWORD,
            "providers": queries.providers_at_the_door(),
        }
        return super().get_context_data(**more) | demonstration


@dataclass(frozen=True, slots=True)
class Bench:
    """演示人员: who of the demonstration is what on one contract, for the sign-in page."""

    title: str
    people: tuple[tuple[str, Account], ...]


def benches() -> tuple[Bench, ...]:
    """Everybody of the demonstration by contract; those of many contracts and of none at the end."""
    people = queries.demonstration_people()
    if not people:
        return ()
    titles = dict(contracts().values_list("id", "title"))
    everywhere = [
        one for one in people if queries.held_by(one) and len(queries.held_by(one)) == len(titles)
    ]
    found = [
        Bench(
            title,
            tuple(
                (ContractRole(held.role).label, one)
                for role in ContractRole
                for one in people
                if one not in everywhere
                for held in queries.held_by(one)
                if held.contract_id == contract_id and held.role == role
            ),
        )
        for contract_id, title in titles.items()
    ]
    rest = [(ContractRole(queries.held_by(one)[0].role).label, one) for one in everywhere]
    rest += [("系统管理员", one) for one in people if one.is_administrator]
    found = [bench for bench in found if bench.people]
    # In the order in which the people were put down, which is the order of their numbers.
    found.sort(key=lambda bench: max(one.pk for _, one in bench.people))
    return (*found, Bench("全部合同、系统管理", tuple(rest))) if rest else tuple(found)


@login_not_required
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """演示登录: one click for the made-up people, whose password stands beside it; for nobody else."""
    account = queries.demonstration_account(request.POST.get("username", ""))
    if account is None:
        messages.error(request, "只有启用的演示账号可以一键登录；其他人请输入密码。")
        return redirect("web:sign-in")
    return arrive(request, account, SignInWay.CLICK, request.POST.get("next", ""))


class SignOut(LogoutView):
    """退出: only by a POST, so that no link signs anybody out."""

    next_page = "web:sign-in"

    def post(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        end(request)
        farewell = farewell_of(request)
        answer = super().post(request, *args, **more)
        return answer if farewell is None else signed_out(request, farewell)


def stale(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001  Django hands it over
    """过期的表单: a form that was opened before somebody signed in again. Nothing was done, and nothing is lost."""
    if not request.COOKIES:
        return render(request, "web/no_cookies.html", status=403)
    at = form_address(request)
    if at.partition("?")[0] == resolve_url("web:sign-in"):
        messages.warning(request, "登录页放得太久，已经过期。请再登录一次。")
        return redirect(at)
    tell_what_became_of_it(request, "这一页已经过期（可能在别的窗口重新登录过），")
    return redirect(at) if request.user.is_authenticated else to_sign_in(request, at)
