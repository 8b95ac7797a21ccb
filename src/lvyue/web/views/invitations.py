"""邀请: an administrator invites, and whoever holds the link makes their own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lvyue import clock
from lvyue.accounts import queries, veil
from lvyue.accounts.actions import invitations
from lvyue.accounts.actions.invitations import NewInvitation, Offer
from lvyue.accounts.choices import ContractRole, SignInWay
from lvyue.accounts.queries import Account, Invitation
from lvyue.contracts.queries import contracts
from lvyue.notices.actions import security
from lvyue.web import exports
from lvyue.web.doors import account_of, administrators_only
from lvyue.web.drafts import initial
from lvyue.web.entering import arrive
from lvyue.web.views.people import (
    DepartmentField,
    EndField,
    OrganisationField,
    department_of,
    end_of_day,
    take,
)
from lvyue.web.views.second_step import NewPasswordForm

#: So many appointments one invitation offers on the form; more are made afterwards.
OFFERS = 3


class InvitationForm(forms.Form):
    """邀请."""

    name = forms.CharField(label="姓名", max_length=80)
    organisation = OrganisationField()
    department = DepartmentField()
    mail = forms.EmailField(
        label="电子邮箱",
        required=False,
        max_length=254,
        help_text="配置了邮件服务器就把链接寄到这里；没有就由您把链接交给本人。",
    )
    ends_on = EndField(help_text="临时人员请填，用到这一天为止；不填是没有到期日。")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.demonstration = dict(contracts().values_list("pk", "demonstration"))
        titles = [("", "（没有）"), *contracts().values_list("pk", "title")]
        for number in range(1, OFFERS + 1):
            self.fields[f"contract_{number}"] = forms.ChoiceField(
                label=f"任职 {number}：合同", choices=titles, required=False
            )
            self.fields[f"role_{number}"] = forms.ChoiceField(
                label=f"任职 {number}：角色",
                choices=[("", "（没有）"), *ContractRole.choices],
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for number in range(1, OFFERS + 1):
            contract, role = given.get(f"contract_{number}"), given.get(f"role_{number}")
            if bool(contract) != bool(role):
                missing = f"role_{number}" if contract else f"contract_{number}"
                self.add_error(missing, "合同和角色要一起选，或都不选。")
        return given

    @property
    def offers(self) -> list[Offer]:
        """What the form offers, each contract with whether it belongs to the demonstration."""
        given = self.cleaned_data
        pairs = [
            (given[f"contract_{number}"], given[f"role_{number}"])
            for number in range(1, OFFERS + 1)
            if given[f"contract_{number}"]
        ]
        return [
            Offer(contract, ContractRole(role), self.demonstration[contract])
            for contract, role in dict.fromkeys(pairs)
        ]


class AcceptForm(NewPasswordForm):
    """接受邀请: a name to sign in with and a password, both one's own choice."""

    username = forms.CharField(
        label="登录名",
        max_length=80,
        help_text="小写字母、数字、点、连字符或下划线；定了就不能改。",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    field_order = ("username", "password", "again")


@require_http_methods(["GET", "POST"])
@administrators_only
@never_cache
def all_invitations(request: HttpRequest) -> HttpResponse:
    """邀请: all of them, and a new one. The answer itself shows the link, this once."""
    if form := exports.wanted(request):
        return exports.answer(_sheet(), form)
    by = account_of(request)
    asked = InvitationForm(request.POST or None, initial=initial(request))
    made: list[NewInvitation] = []
    if request.method == "POST" and take(
        asked,
        lambda given: made.append(
            invitations.invite(
                given["name"],
                by=by,
                organisation=queries.organisation(given["organisation"]),
                department=department_of(given["department"]),
                mail=given["mail"],
                offers=asked.offers,
                ends_at=end_of_day(given["ends_on"]),
            )
        ),
    ):
        return _invited(request, made[0], by)
    return _page(request, asked, status=422 if asked.is_bound else 200)


def _invited(request: HttpRequest, new: NewInvitation, by: Account) -> HttpResponse:
    link = request.build_absolute_uri(reverse("web:invitation", args=[new.secret]))
    told: dict[str, Any] = {"new": new.invitation}
    if security.mail_invitation(new, link, by=by):
        told["mailed"] = veil.mail(new.invitation.mail)
    else:
        told["link"] = link
    return _page(request, InvitationForm(), status=201, **told)


def _page(request: HttpRequest, form: InvitationForm, status: int, **more: Any) -> HttpResponse:
    now = clock.now()
    rows = [
        {
            "row": one,
            "mail": veil.mail(one.mail) if one.mail else "",
            "state": _state(one),
            "open": not queries.why_closed(one, now),
        }
        for one in queries.invitations()[:200]
    ]
    told = {"form": form, "rows": rows, **more}
    return render(request, "web/invitations.html", told, status=status)


def _state(one: Invitation) -> str:
    if one.accepted_at is not None and one.account is not None:
        return f"已接受：{one.account.username}"
    if one.revoked_at is not None:
        return "已撤回"
    return "已过期" if one.expires_at <= clock.now() else "等待接受"


def _sheet() -> exports.Sheet:
    return exports.Sheet(
        name="邀请",
        columns=("姓名", "单位", "电子邮箱", "任职", "邀请人", "建立时间", "失效时间", "状态"),
        rows=[
            (
                one.name,
                one.organisation.name if one.organisation else "",
                veil.mail(one.mail) if one.mail else "",
                offers_in_words(one),
                one.invited_by,
                one.created_at,
                one.expires_at,
                _state(one),
            )
            for one in queries.invitations()[:20_000]
        ],
        note=f"邀请，{clock.now():%Y-%m-%d %H:%M}",
    )


def offers_in_words(one: Invitation) -> str:
    return "、".join(f"{it['contract']} {ContractRole(it['role']).label}" for it in one.offers)


@require_POST
@administrators_only
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """撤回邀请."""
    found = queries.invitation(invitation_id)
    if found is None:
        raise Http404("没有这个邀请。")
    invitations.revoke(found, by=account_of(request))
    messages.success(request, f"给{found.name}的邀请已撤回，链接不能再用。")
    return redirect("web:invitations")


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """接受邀请: whoever holds the link. One that is used, taken back or too old says so, whoever asks."""
    found = queries.invitation_by(secret)
    why = queries.why_closed(found, clock.now())
    if found is None or why:
        return render(request, "web/invitation_closed.html", {"why": why}, status=410)
    form = AcceptForm(request.POST or None)
    made: list[Account] = []
    if request.method == "POST" and take(
        form,
        lambda given: made.append(invitations.accept(secret, given["username"], given["password"])),
    ):
        messages.success(request, format_html("账号 {} 已建立，欢迎。", made[0].username))
        return arrive(request, made[0], SignInWay.PASSWORD)
    told = {"form": form, "invitation": found, "offers": offers_in_words(found)}
    return render(request, "web/invitation.html", told, status=422 if form.is_bound else 200)
