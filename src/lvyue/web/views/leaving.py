"""离任: what is open of a person, the one act that closes it, and the receipt; and the departments that people belong to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lvyue.accounts import actions, queries
from lvyue.accounts.actions import departments, leaving
from lvyue.accounts.queries import Account, Organisation
from lvyue.web.doors import account_of, administrators_only
from lvyue.web.drafts import initial
from lvyue.web.views.people import take

#: What is decided of another account under the same name.
ALSO, OTHER = "also", "other"


class LeaveForm(forms.Form):
    """离任: the reason, and for each account of the same name whether it is the same person's."""

    reason = forms.CharField(
        label="理由", max_length=4900, help_text="会留在留痕和收据里，例如：合同到期离场、调离。"
    )

    def __init__(self, namesakes: tuple[Account, ...], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for one in namesakes:
            self.fields[f"account-{one.username}"] = forms.ChoiceField(
                label=f"同名账号 {one.username}",
                choices=[("", "请选择"), (ALSO, "也是他的，一并关闭"), (OTHER, "是另一个人，不动")],
                help_text="离任要关闭本人的全部账号，有一个开着就办不了。",
            )

    def decided(self, namesakes: tuple[Account, ...], as_: str) -> list[Account]:
        return [one for one in namesakes if self.cleaned_data.get(f"account-{one.username}") == as_]


@require_http_methods(["GET", "POST"])
@administrators_only
def leave(request: HttpRequest, username: str) -> HttpResponse:
    """离任: the page shows first what will be closed."""
    account, by = _account(username), account_of(request)
    same = queries.namesakes_of(account)
    form = LeaveForm(same, request.POST or None, initial=initial(request))
    if request.method == "POST" and take(
        form,
        lambda given: leaving.leave(
            account,
            by=by,
            reason=given["reason"],
            also=form.decided(same, ALSO),
            others=form.decided(same, OTHER),
        ),
    ):
        messages.success(request, f"{account.name}的离任已办好，收据在本页下方。")
        return redirect("web:person", account.username)
    closes = [{"person": one, "held": queries.holdings_of(one)} for one in (account, *same)]
    told = {"form": form, "person": account, "closes": closes, "most": actions.REASON}
    return render(request, "web/leave.html", told, status=422 if form.is_bound else 200)


def _account(username: str) -> Account:
    found = queries.account(username)
    if found is None:
        raise Http404(f"没有登录名为“{username}”的账号。")
    return found


class DepartmentForm(forms.Form):
    """部门."""

    name = forms.CharField(label="名称", max_length=200)
    known = forms.IntegerField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@administrators_only
def organisation(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """单位: its departments, and a new or corrected one."""
    found = queries.organisation(organisation_id)
    if found is None:
        raise Http404(f"没有编号为“{organisation_id}”的单位。")
    by = account_of(request)
    form = DepartmentForm(request.POST or None, initial=initial(request), auto_id="new_%s")
    if request.method == "POST" and take(
        form,
        lambda given: departments.register_department(
            found, given["name"], by=by, known=_known(found, given["known"])
        ),
    ):
        messages.success(request, f"已登记部门：{form.cleaned_data['name']}。")
        return redirect("web:organisation", found.pk)
    rows = [
        (one, DepartmentForm(initial={"name": one.name, "known": one.pk}, auto_id=f"d{one.pk}_%s"))
        for one in queries.departments_of(found)
    ]
    told = {"organisation": found, "rows": rows, "form": form}
    return render(request, "web/organisation.html", told, status=422 if form.is_bound else 200)


def _known(organisation: Organisation, department_id: int | None) -> Any:
    """A department of just this organisation."""
    if department_id is None:
        return None
    found = queries.departments_of(organisation).filter(pk=department_id).first()
    if found is None:
        raise Http404("这个单位没有这个部门。")
    return found
