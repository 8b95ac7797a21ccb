"""身份来源: signing in by another house that knows who somebody is, connecting one's own account with it, and keeping such houses.

A browser that is sent out takes a state along, which stands in its session once: what comes back without it, a second
time, after ten minutes, or at another provider is not looked at. Addresses come out of the settings, never out of a request.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from unicodedata import normalize
from urllib.parse import urlencode, urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts import actions, queries
from lvyue.accounts.actions import identities, providers
from lvyue.accounts.choices import Newcomers, ProviderKind, SignInWay
from lvyue.accounts.origin import address_of
from lvyue.accounts.providers import cas, oidc
from lvyue.accounts.providers.known import Known, NotRecognised, Step, Unreachable
from lvyue.accounts.providers.ldap import FILTERS, SUBJECTS, USERNAMES
from lvyue.accounts.queries import Account, Identity, IdentityProvider
from lvyue.accounts.sealing import seal
from lvyue.core.doubts import Refused, malformed
from lvyue.web import exports
from lvyue.web.doors import account_of, administrators_only
from lvyue.web.drafts import initial
from lvyue.web.entering import Through, arrive, ask_again, is_fresh
from lvyue.web.views.people import OrganisationField, take

log = logging.getLogger(__name__)

#: How long somebody may take at the provider, and how many windows of one browser may be there at once.
PATIENCE, WINDOWS = timedelta(minutes=10), 5

#: Under which words it stands in the session: who is on the way out, and as whom somebody may connect their account.
_ATTEMPTS, _OFFERED = "provider-attempts", "provider-offered"

_WHICH = "web:provider-sign-in"


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


class DirectoryForm(forms.Form):
    """用目录的密码登录."""

    username = forms.CharField(
        label="登录名",
        max_length=150,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label="密码",
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """去登录: a directory asks for its password here; any other provider asks for it at home."""
    provider = _at_the_door(provider_id)
    if provider.kind == ProviderKind.LDAP:
        return _directory(request, provider)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    if (home := _at_home(request)) is not None:
        return redirect(home)
    to = request.GET.get("next", "")[:2000]
    try:
        return redirect(_set_out(request, provider, to, None))
    except (Unreachable, NotRecognised, Refused) as error:
        return _sorry(request, provider, error, to)


def _at_the_door(provider_id: str) -> IdentityProvider:
    found = queries.provider(provider_id)
    if found is None or not found.is_active:
        raise Http404("没有这个登录方式，或它已停用。")
    return found


def _at_home(request: HttpRequest) -> str | None:
    """The same page under the address of the settings, since the session must be where people come back to; once."""
    asked = request.GET.copy()
    if request.get_host() == urlsplit(settings.ADDRESS).netloc or "home" in asked:
        return None
    asked["home"] = "1"
    return f"{settings.ADDRESS}{request.path}?{asked.urlencode()}"


def _set_out(request: HttpRequest, provider: IdentityProvider, to: str, own: Account | None) -> str:
    """Where the browser goes; what must come back with it stays in its session."""
    kept: dict[str, Any] = {
        "provider": provider.pk,
        "at": clock.now().isoformat(),
        "to": to,
        "own": own.pk if own is not None else None,
    }
    if provider.kind == ProviderKind.CAS:
        state, address = provider.pk, providers.house_of_cas(provider).begin()
    else:
        attempt = providers.house_of_openid(provider).begin()
        state, address = attempt.state, attempt.address
        kept["attempt"] = asdict(attempt)
    others: dict[str, Any] = request.session.get(_ATTEMPTS, {})
    others.pop(state, None)
    request.session[_ATTEMPTS] = dict([*others.items(), (state, kept)][-WINDOWS:])
    return address


@csrf_exempt  # a CAS server posts here that somebody signed out; nobody signs in by a POST
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """回来: the provider sends somebody back, or, by CAS, takes a ticket back."""
    provider = _at_the_door(provider_id)
    if provider.kind == ProviderKind.LDAP:
        raise Http404("目录不会把人送回来。")
    if request.method == "POST":
        return _taken_back(request, provider)
    kept = _attempt(request, provider)
    if kept is None:
        messages.error(request, "这次登录用过了、过期了，或不是从这里开始的。请再登录一次。")
        return redirect("web:sign-in")
    try:
        known, through = _vouched(request, provider, kept)
        if kept["own"] is not None:
            return _offer(request, provider, known, kept["own"])
        account = identities.recognise(provider, known)
    except (Unreachable, NotRecognised, Refused) as error:
        return _sorry(request, provider, error, kept["to"])
    return arrive(request, account, SignInWay.PROVIDER, kept["to"], through=through)


def _attempt(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any] | None:
    """What this browser set out with, once."""
    state = provider.pk if provider.kind == ProviderKind.CAS else request.GET.get("state", "")
    attempts: dict[str, Any] = request.session.get(_ATTEMPTS, {})
    kept: dict[str, Any] | None = attempts.pop(state, None)
    if kept is None or kept["provider"] != provider.pk:
        return None
    request.session[_ATTEMPTS] = attempts
    request.session.save()  # now, so that a second request at the same moment finds nothing
    since = datetime.fromisoformat(kept["at"])
    return kept if clock.now() - since <= PATIENCE else None


def _vouched(
    request: HttpRequest, provider: IdentityProvider, kept: dict[str, Any]
) -> tuple[Known, Through]:
    if provider.kind == ProviderKind.CAS:
        ticket = request.GET.get("ticket", "")
        known = providers.house_of_cas(provider).finish(ticket)
        return known, Through(provider.pk, second=provider.second_step, ticket=cas.digest(ticket))
    house = providers.house_of_openid(provider)
    if error := request.GET.get("error"):
        says = f"对方没有让您登录（{error[:60]}）。"
        raise NotRecognised(says, "请重新登录，或联系身份来源的管理员。")
    issuer = request.GET.get("iss")  # RFC 9207, where the provider tells it
    if issuer is not None and not constant_time_compare(issuer, house.settings.issuer):
        raise NotRecognised("回来的不是您去的那个身份来源。", "请重新登录。")
    code, attempt = request.GET.get("code", ""), oidc.Attempt(**kept["attempt"])
    if not 0 < len(code) <= 4000:  # noqa: PLR2004  longer than any that a provider gives
        raise NotRecognised("没有带回登录的凭据。", "请重新登录。")
    found = house.finish(code, attempt, clock.now())
    after = f"{settings.ADDRESS}{reverse('web:sign-in')}"
    leave = oidc.leaving(found.leave, found.id_token, house.settings.client_id, after)
    return found.known, Through(provider.pk, second=provider.second_step, leave=seal(leave))


def _taken_back(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    """CAS 的单点退出. The answer is the same whether there was such a ticket."""
    if provider.kind != ProviderKind.CAS:
        return HttpResponseNotAllowed(["GET"])
    ticket = cas.taken_back(str(request.POST.get("logoutRequest", "")))
    if ticket is not None:
        identities.take_ticket_back(provider, ticket)
    return HttpResponse(status=204)


def _sorry(
    request: HttpRequest,
    provider: IdentityProvider,
    error: Unreachable | NotRecognised | Refused,
    to: str,
) -> HttpResponse:
    """Back to the sign-in page, where whoever has a password here still gets in."""
    log.warning("身份来源 %s：%s", provider.pk, _says(error))
    messages.error(request, f"{provider.name}：{_says(error)}")
    if isinstance(error, Unreachable):
        messages.info(request, "有本地密码的人（包括系统管理员）仍可以在这里登录。")
    query = f"?{urlencode({'next': to})}" if to else ""
    return redirect(f"{reverse('web:sign-in')}{query}")


def _says(error: Unreachable | NotRecognised | Refused) -> str:
    if isinstance(error, Refused):
        return "".join(f"{one.says}{one.mend}" for one in error.doubts)
    return f"{error.says}{error.mend}"


def _directory(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    form = DirectoryForm(request.POST or None)
    to = (request.POST.get("next") or request.GET.get("next", ""))[:2000]
    found: list[Account] = []
    if request.method == "POST":
        _prove(
            request,
            provider,
            form,
            lambda known: found.append(identities.recognise(provider, known)),
        )
    if found:
        through = Through(provider.pk, second=provider.second_step)
        return arrive(request, found[0], SignInWay.PROVIDER, to, through=through)
    told = {"provider": provider, "form": form, "next": to}
    status = 422 if form.is_bound else 200
    return render(request, "web/directory.html", told, status=status)


def _prove(request: HttpRequest, provider: IdentityProvider, form: forms.Form, act: Any) -> None:
    """Ask the directory; what is wrong stands in the form. Wrong passwords count as they do at the front door."""
    if not form.is_valid():
        return
    username = normalize("NFKC", form.cleaned_data["username"]).strip()
    counted, address = f"{provider.pk}/{username.lower()}"[:80], address_of(request)
    if until := queries.locked_until(counted, address, clock.now()):
        at = f"{until.astimezone(clock.SHANGHAI):%H:%M}"
        form.add_error(None, f"密码错得太多，{at} 之前不能再试。")
        return
    try:
        known = providers.house_of_directory(provider).recognise(
            username, form.cleaned_data["password"]
        )
        act(known)
    except NotRecognised as error:
        actions.sign_in_failed(counted, address=address)
        form.add_error(None, _says(error))
    except (Unreachable, Refused) as error:
        log.warning("身份来源 %s：%s", provider.pk, _says(error))
        form.add_error(None, _says(error))


# ── signing out ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Farewell:
    """去对方那里也退出: the name of the provider, and where."""

    name: str
    address: str


def farewell_of(request: HttpRequest) -> Farewell | None:
    """Where somebody may sign out as well who came through a provider; asked before the session is emptied."""
    through = Through.of(request)
    provider = queries.provider(through.provider) if through is not None else None
    if through is None or provider is None:
        return None
    address = through.farewell
    if not address and provider.kind == ProviderKind.CAS:
        try:
            address = providers.house_of_cas(provider).leave()
        except (Refused, Unreachable):
            return None
    return Farewell(provider.name, address) if address else None


def signed_out(request: HttpRequest, farewell: Farewell) -> HttpResponse:
    """已退出: out here; the provider still knows them, and a click there is theirs to make."""
    return render(request, "web/signed_out.html", {"farewell": farewell})


# ── one's own identities ─────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@never_cache
def own_identities(request: HttpRequest) -> HttpResponse:
    """外部身份: as whom other houses know me, and how to connect another."""
    me = account_of(request)
    mine = list(queries.identities_of(me))
    connected = {one.provider_id for one in mine}
    told = {
        "identities": mine,
        "open": [one for one in queries.providers_at_the_door() if one.pk not in connected],
        "only": not me.has_usable_password(),
    }
    return render(request, "web/identities.html", told)


@require_http_methods(["GET", "POST"])
@never_cache
def connect(request: HttpRequest, provider_id: str) -> HttpResponse:
    """连接: the person is signed in here, has just shown that it is them, and the provider vouches for them."""
    provider = _at_the_door(provider_id)
    if not is_fresh(request):
        return ask_again(request)
    if provider.kind == ProviderKind.LDAP:
        return _connect_directory(request, provider)
    offered = _offered(request, provider)
    if request.method == "POST" and offered is not None:
        try:
            identities.link_own(provider, offered, by=account_of(request))
        except Refused as refused:
            messages.error(request, _says(refused))
        else:
            messages.success(request, f"已连接{provider.name}，以后可以用它登录。")
        request.session.pop(_OFFERED, None)
        return redirect("web:identities")
    return render(request, "web/connect.html", {"provider": provider, "offered": offered})


@require_safe
@never_cache
def set_out(request: HttpRequest, provider_id: str) -> HttpResponse:
    """去对方那里登录, in order to connect."""
    provider = _at_the_door(provider_id)
    if not is_fresh(request):
        return ask_again(request)
    if (home := _at_home(request)) is not None:
        return redirect(home)
    try:
        return redirect(_set_out(request, provider, "", account_of(request)))
    except (Unreachable, Refused) as error:
        messages.error(request, f"{provider.name}：{_says(error)}")
        return redirect("web:identities")


def _offer(
    request: HttpRequest, provider: IdentityProvider, known: Known, own: int
) -> HttpResponse:
    """Back with a proof for who was signed in when they set out; they confirm it themselves."""
    if not request.user.is_authenticated or request.user.pk != own:
        messages.error(request, "出发时登录的不是现在这个账号。请重新连接。")
        return redirect("web:sign-in")
    at = clock.now().isoformat()
    request.session[_OFFERED] = {"provider": provider.pk, "own": own, "at": at, **asdict(known)}
    return redirect("web:connect", provider.pk)


def _offered(request: HttpRequest, provider: IdentityProvider) -> Known | None:
    kept: dict[str, Any] = request.session.get(_OFFERED) or {}
    if kept.get("provider") != provider.pk or kept.get("own") != request.user.pk:
        return None
    if clock.now() - datetime.fromisoformat(kept["at"]) > PATIENCE:
        return None
    return Known(kept["subject"], kept["username"], kept["name"])


def _connect_directory(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    form, done = DirectoryForm(request.POST or None), list[Identity]()
    if request.method == "POST":
        _prove(
            request,
            provider,
            form,
            lambda known: done.append(identities.link_own(provider, known, by=account_of(request))),
        )
    if done:
        messages.success(request, f"已连接{provider.name}，以后可以用它登录。")
        return redirect("web:identities")
    told = {"provider": provider, "form": form, "connecting": True}
    return render(request, "web/directory.html", told, status=422 if form.is_bound else 200)


@require_POST
def disconnect(request: HttpRequest, identity_id: int) -> HttpResponse:
    """解除自己的."""
    me = account_of(request)
    mine = queries.identities_of(me).filter(pk=identity_id).first()
    if mine is None:
        raise Http404("您没有这个外部身份。")
    try:
        identities.unlink(mine, by=me, reason="本人解除")
    except Refused as refused:
        messages.error(request, _says(refused))
    else:
        messages.success(request, f"已解除{mine.provider.name}，不能再用它登录这个账号。")
    return redirect("web:identities")


# ── keeping providers, for administrators ────────────────────────────────────────────────────────────────────────


class ProviderForm(forms.Form):
    """身份来源: what all kinds have in common; the rest stands in the form of its kind."""

    provider_id = forms.CharField(
        label="编号",
        max_length=40,
        help_text="小写字母、数字和连字符，例如 office-sso；建好之后不能改，因为它在回来的地址里。",
    )
    name = forms.CharField(
        label="名称", max_length=80, help_text="登录页上显示的，例如：统一身份认证。"
    )
    newcomers = forms.ChoiceField(
        label="不认识的人",
        choices=Newcomers.choices,
        help_text="对方认得、这里没有账号的人。等批准的人列在这一页下面；任职总是另行任命。",
    )
    second_step = forms.BooleanField(
        label="已含两步验证",
        required=False,
        help_text="对方登录时已要求第二步的才勾选；勾选后这里不再要求两步验证。",
    )

    def given(self) -> dict[str, Any]:
        """The settings of the kind, by their names."""
        common = {*ProviderForm.base_fields, "secret"}
        return {name: one for name, one in self.cleaned_data.items() if name not in common}


def _authority() -> forms.CharField:
    return forms.CharField(
        label="CA 证书",
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="对方的证书由内部机构签发时，贴上那个机构的 PEM 证书。证书总是要核对的。",
    )


def _secret(label: str, says: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        max_length=1000,
        help_text=says,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class OidcForm(ProviderForm):
    """OpenID Connect."""

    issuer = forms.CharField(
        label="签发者地址",
        max_length=400,
        help_text="对方自称的 issuer，照抄，例如 https://sso.example.gov。",
    )
    client_id = forms.CharField(label="客户端编号", max_length=400)
    secret = _secret("客户端口令", "封存保存，以后看不到；不填则保留原来的。")
    scopes = forms.CharField(label="范围", max_length=400, initial="openid profile")
    username = forms.CharField(
        label="登录名的字段",
        max_length=80,
        initial="preferred_username",
        help_text="只给人看，不用来认人。",
    )
    name_claim = forms.CharField(label="姓名的字段", max_length=80, initial="name")
    authority = _authority()


class LdapForm(ProviderForm):
    """LDAP 或活动目录."""

    directory = forms.ChoiceField(
        label="目录的种类", choices=[("openldap", "OpenLDAP 或类似的"), ("ad", "活动目录 AD")]
    )
    host = forms.CharField(label="服务器", max_length=253)
    port = forms.IntegerField(
        label="端口",
        required=False,
        min_value=1,
        max_value=65_535,
        help_text="不填则为 636 或 389。",
    )
    security = forms.ChoiceField(
        label="加密", choices=[("ldaps", "LDAPS"), ("starttls", "StartTLS")]
    )
    certificate = forms.CharField(
        label="证书上的名字", required=False, max_length=253, help_text="与服务器名字不同时填写。"
    )
    authority = _authority()
    base = forms.CharField(
        label="查找的起点", max_length=400, help_text="例如 ou=people,dc=example,dc=gov。"
    )
    bind = forms.CharField(
        label="查找用的账号",
        max_length=400,
        help_text="只要能查找，例如 cn=lvyue,ou=services,dc=example,dc=gov。",
    )
    secret = _secret("它的口令", "封存保存，以后看不到；不填则保留原来的。")
    filter = forms.CharField(
        label="查找条件",
        required=False,
        max_length=1000,
        help_text=f"不填则为 {FILTERS['openldap']}；活动目录为 {FILTERS['ad']}。",
    )
    subject = forms.CharField(
        label="编号的属性",
        required=False,
        max_length=80,
        help_text=f"永不改变、不会再给别人的；不填则为 {SUBJECTS['openldap']}，活动目录为 {SUBJECTS['ad']}。",
    )
    username = forms.CharField(
        label="登录名的属性",
        required=False,
        max_length=80,
        help_text=f"不填则为 {USERNAMES['openldap']}，活动目录为 {USERNAMES['ad']}。",
    )
    name_claim = forms.CharField(label="姓名的属性", required=False, max_length=80, initial="cn")


class CasForm(ProviderForm):
    """CAS."""

    address = forms.CharField(
        label="CAS 地址", max_length=400, help_text="例如 https://cas.example.gov/cas/。"
    )
    version = forms.ChoiceField(label="版本", choices=[("3", "CAS 3"), ("2", "CAS 2")])
    name_claim = forms.CharField(label="姓名的字段", max_length=80, initial="cn")
    authority = _authority()


_FORMS: dict[str, type[ProviderForm]] = {
    ProviderKind.OIDC: OidcForm,
    ProviderKind.LDAP: LdapForm,
    ProviderKind.CAS: CasForm,
}

#: Which field a refusal speaks of, where its label does not say it.
_PLACES = {"口令": "secret", "编号": "provider_id"}


class ReasonForm(forms.Form):
    """理由."""

    reason = forms.CharField(label="理由", max_length=actions.REASON, help_text="会留在留痕里。")


class LinkForm(forms.Form):
    """连接到已有的账号."""

    username = forms.CharField(label="登录名", max_length=80)


class AdmitForm(forms.Form):
    """建立账号."""

    username = forms.CharField(label="登录名", max_length=80, help_text="建好之后不能改。")
    name = forms.CharField(label="姓名", max_length=80)
    organisation = OrganisationField()


@require_safe
@administrators_only
def all_providers(request: HttpRequest) -> HttpResponse:
    """身份来源: all of them, and who waits."""
    found = list(queries.providers())
    if form := exports.wanted(request):
        return exports.answer(_sheet(found), form)
    told = {
        "providers": found,
        "waiting": queries.waiting_identities()[:50],
        "kinds": ProviderKind.choices,
        "address": settings.ADDRESS,
        "local": queries.local_administrators().count(),
    }
    return render(request, "web/providers.html", told)


def _sheet(found: list[IdentityProvider]) -> exports.Sheet:
    return exports.Sheet(
        name="身份来源",
        columns=(
            "编号",
            "名称",
            "种类",
            "状态",
            "不认识的人",
            "已含两步验证",
            "最近核对",
            "核对结果",
        ),
        rows=[
            (
                one.pk,
                one.name,
                one.get_kind_display(),
                "启用" if one.is_active else "停用",
                one.get_newcomers_display(),
                "是" if one.second_step else "",
                one.synchronised_at,
                one.synchronised,
            )
            for one in found
        ],
        note=f"身份来源，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_http_methods(["GET", "POST"])
@administrators_only
def new_provider(request: HttpRequest, kind: str) -> HttpResponse:
    """设置新的身份来源."""
    if kind not in _FORMS:
        raise Http404("没有这种身份来源。")
    form = _FORMS[kind](request.POST or None, initial=initial(request) or None)
    if request.method == "POST" and _keep(request, form, kind):
        messages.success(request, "已保存，还没有启用。请先试连。")
        return redirect("web:provider", form.cleaned_data["provider_id"])
    told = {"form": form, "kind": ProviderKind(kind)}
    return render(request, "web/provider_form.html", told, status=422 if form.is_bound else 200)


def _keep(request: HttpRequest, form: ProviderForm, kind: str) -> bool:
    def act(given: dict[str, Any]) -> None:
        plain = form.given()
        plain["name"] = plain.pop("name_claim")
        providers.keep_provider(
            given["provider_id"],
            kind,
            given["name"],
            plain,
            by=account_of(request),
            secret=given.get("secret", ""),
            newcomers=given["newcomers"],
            second_step=given["second_step"],
        )

    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except Refused as refused:
        places = {one.label: name for name, one in form.fields.items()} | _PLACES
        for doubt in refused.doubts:
            field = places.get(doubt.places[0])
            says = f"{doubt.says}{doubt.mend}"
            form.add_error(
                field if field in form.fields else None,
                says if field in form.fields else f"{doubt.places[0]}：{says}",
            )
        return False
    return True


@require_http_methods(["GET", "POST"])
@administrators_only
def provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """一个身份来源: its settings, whether it answers, and whom it sent."""
    row = _provider(provider_id)
    kind = _FORMS[row.kind]
    if request.method == "POST":
        form = kind({**request.POST.dict(), "provider_id": row.pk})
        if not _keep(request, form, row.kind):
            return _provider_page(request, row, form=form)
        messages.success(request, "已保存。请再试连一次。")
        return redirect("web:provider", row.pk)
    return _provider_page(request, row)


def _provider(provider_id: str) -> IdentityProvider:
    found = queries.provider(provider_id)
    if found is None:
        raise Http404("没有这个身份来源。")
    return found


def _provider_page(
    request: HttpRequest,
    row: IdentityProvider,
    *,
    form: ProviderForm | None = None,
    bound: forms.Form | None = None,
    steps: tuple[Step, ...] = (),
    about: int | None = None,
) -> HttpResponse:
    stored = {
        **row.settings,
        "name_claim": row.settings.get("name", ""),
        "provider_id": row.pk,
        "name": row.name,
        "newcomers": row.newcomers,
        "second_step": row.second_step,
    }
    kept = form or _FORMS[row.kind](initial=stored | initial(request))
    kept.fields["provider_id"].widget = forms.HiddenInput()
    switch = bound if isinstance(bound, ReasonForm) and about is None else None
    told = {
        "provider": row,
        "form": kept,
        "steps": steps,
        "switch": switch or ReasonForm(auto_id="switch_%s"),
        "back": providers.back_to(row) if settings.ADDRESS else "",
        "identities": [
            (one, *_deciding(one, bound if one.pk == about else None))
            for one in queries.identities(row)[:200]
        ],
    }
    refused = bound is not None or (form is not None and form.is_bound)
    return render(request, "web/provider.html", told, status=422 if refused else 200)


def _deciding(one: Identity, bound: forms.Form | None) -> tuple[LinkForm, AdmitForm, ReasonForm]:
    """What an administrator may do about an identity; ``bound`` is the one that was refused."""
    given = {"username": one.username.lower(), "name": one.name}
    link = LinkForm(initial=given, auto_id=f"link_{one.pk}_%s")
    admit = AdmitForm(initial=given, auto_id=f"admit_{one.pk}_%s")
    reason = ReasonForm(auto_id=f"reason_{one.pk}_%s")
    return (
        bound if isinstance(bound, LinkForm) else link,
        bound if isinstance(bound, AdmitForm) else admit,
        bound if isinstance(bound, ReasonForm) else reason,
    )


@require_POST
@administrators_only
def check(request: HttpRequest, provider_id: str) -> HttpResponse:
    """试连."""
    row = _provider(provider_id)
    return _provider_page(request, row, steps=providers.check_provider(row, by=account_of(request)))


@require_POST
@administrators_only
def switch(request: HttpRequest, provider_id: str, *, on: bool) -> HttpResponse:
    """启用或停用."""
    row, form = _provider(provider_id), ReasonForm(request.POST, auto_id="switch_%s")
    act = providers.switch_provider_on if on else providers.switch_provider_off
    if not take(form, lambda given: act(row, by=account_of(request), reason=given["reason"])):
        return _provider_page(request, row, bound=form)
    messages.success(request, f"已{'启用' if on else '停用'}{row.name}。")
    return redirect("web:provider", row.pk)


@require_POST
@administrators_only
def synchronise(request: HttpRequest, provider_id: str) -> HttpResponse:
    """核对停用, now and not at night."""
    row = _provider(provider_id)
    says = providers.synchronise(row, by=account_of(request))
    messages.info(request, says or "只有启用的 LDAP 目录才能核对。")
    return redirect("web:provider", row.pk)


@require_POST
@administrators_only
def decide(request: HttpRequest, provider_id: str, identity_id: int, what: str) -> HttpResponse:
    """连接、建立账号、不接受、解除."""
    row = _provider(provider_id)
    one = queries.identities(row).filter(pk=identity_id).first()
    if one is None or what not in _DECISIONS:
        raise Http404("没有这个外部身份。")
    kind, prefix, says = _DECISIONS[what]
    form = kind(request.POST, auto_id=f"{prefix}_{one.pk}_%s")
    by = account_of(request)
    if not take(form, lambda given: _decide(one, what, given, by)):
        return _provider_page(request, row, bound=form, about=one.pk)
    messages.success(request, says)
    return redirect("web:provider", row.pk)


_DECISIONS: dict[str, tuple[type[forms.Form], str, str]] = {
    "link": (LinkForm, "link", "已连接。"),
    "admit": (AdmitForm, "admit", "已建立账号并连接。请为这个人任命合同上的角色。"),
    "refuse": (ReasonForm, "reason", "已记下不接受。"),
    "unlink": (ReasonForm, "reason", "已解除。"),
}


def _decide(one: Identity, what: str, given: dict[str, Any], by: Account) -> None:
    match what:
        case "link":
            identities.link(one, _known_account(given["username"]), by=by)
        case "admit":
            identities.admit(
                one,
                given["username"],
                given["name"],
                by=by,
                organisation=queries.organisation(given["organisation"]),
            )
        case "refuse":
            identities.refuse_identity(one, by=by, reason=given["reason"])
        case _:
            identities.unlink(one, by=by, reason=given["reason"])


def _known_account(username: str) -> Account:
    found = queries.account(username.strip().lower())
    if found is None:
        says = f"没有登录名为“{username[:40]}”的账号。"
        raise Refused([malformed("登录名", says, "请在“单位和人员”里核对。")])
    return found
