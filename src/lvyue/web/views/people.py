"""人员: who belongs where and may do what. An administrator keeps it; on a contract everybody on it may look it up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts import actions, permissions, queries, veil
from lvyue.accounts.actions import contacts, departments, logins, second_factor, standing
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.devices import in_words
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import Account, Appointment, Department, Organisation
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Refused, malformed
from lvyue.core.terms import Party
from lvyue.notices.actions import security
from lvyue.reading.personal import PersonalKind
from lvyue.web import exports
from lvyue.web.acting import number_in
from lvyue.web.controls import LAST, controls_of
from lvyue.web.doors import account_of, administrators_only, door
from lvyue.web.drafts import initial
from lvyue.web.entering import ask_again, is_fresh

# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


class OrganisationField(forms.ChoiceField):
    """One of the organisations, or none."""

    def __init__(self) -> None:
        super().__init__(label="单位", required=False, choices=_organisation_choices)


def _organisation_choices() -> list[tuple[str, str]]:
    return [("", "（没有）"), *((one.pk, one.name) for one in queries.organisations())]


class DepartmentField(forms.ChoiceField):
    """One of the departments, under its organisation, or none."""

    def __init__(self) -> None:
        super().__init__(
            label="部门",
            required=False,
            choices=_department_choices,
            help_text="须是所选单位的部门。",
        )


def _department_choices() -> list[tuple[str, Any]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in queries.departments():
        found.setdefault(one.organisation.name, []).append((str(one.pk), one.name))
    return [("", "（没有）"), *found.items()]


def department_of(chosen: str) -> Department | None:
    return queries.department(int(chosen)) if chosen else None


class EndField(forms.DateField):
    """到期日: the last day on which an account works."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label="到期日",
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}),
            **more,
        )


def end_of_day(day: date | None) -> datetime | None:
    """The moment after the last of a day."""
    if day is None:
        return None
    if day.year > LAST.year:
        raise Refused([malformed("到期日", f"{day} 太远。", f"请写 {LAST} 以前的一天。")])
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=clock.SHANGHAI)


class OrganisationForm(forms.Form):
    """单位: an office or a firm."""

    organisation_id = forms.CharField(
        label="编号",
        max_length=80,
        help_text="小写字母、数字和连字符，例如 data-centre；建好之后不能改。已有的编号会更正名称。",
    )
    name = forms.CharField(label="名称", max_length=200)


class AccountForm(forms.Form):
    """账号: a new one."""

    username = forms.CharField(
        label="登录名",
        max_length=80,
        help_text="小写字母、数字、点、连字符或下划线；建好之后不能改，因为日志和留痕按它认人。",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    name = forms.CharField(label="姓名", max_length=80)
    organisation = OrganisationField()
    department = DepartmentField()
    password = forms.CharField(
        label="初始密码",
        strip=False,
        help_text="至少 12 个字符，不要只用数字。本人首次登录时必须换掉；不想知道别人的密码，请改用邀请。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    administrator = forms.BooleanField(
        label="系统管理员",
        required=False,
        help_text="管理单位、账号和任职，不因此看到任何合同；首次登录时必须加两步验证。",
    )
    temporary = forms.BooleanField(
        label="临时账号", required=False, help_text="临时账号必须写到期日。"
    )
    ends_on = EndField(help_text="用到这一天为止，之后自动停用。")


class RenameForm(forms.Form):
    """姓名与单位."""

    name = forms.CharField(label="姓名", max_length=80)
    organisation = OrganisationField()
    reason = forms.CharField(
        label="理由",
        required=False,
        max_length=actions.REASON,
        help_text="改姓名要写，例如：婚后改姓、原来写错。",
    )
    same_person = forms.BooleanField(
        label="仍是同一个人",
        required=False,
        help_text="姓名和单位一起变时要勾选。账号不能转给别人。",
    )


class MoveForm(forms.Form):
    """换部门."""

    department = DepartmentField()


class EndForm(forms.Form):
    """到期日."""

    ends_on = EndField(help_text="用到这一天为止；不填是没有到期日。")
    temporary = forms.BooleanField(label="临时账号", required=False)
    reason = forms.CharField(label="理由", max_length=actions.REASON)


class ReasonForm(forms.Form):
    """理由."""

    reason = forms.CharField(label="理由", max_length=actions.REASON)


class ResetForm(ReasonForm):
    """重设两步验证."""


class AdministratorForm(ReasonForm):
    """设为或取消系统管理员."""


class SecondStepRolesForm(forms.Form):
    """必须两步验证的角色."""

    roles = forms.MultipleChoiceField(
        label="角色",
        required=False,
        choices=ContractRole.choices,
        widget=forms.CheckboxSelectMultiple,
    )


class PasswordForm(forms.Form):
    """重设密码."""

    password = forms.CharField(
        label="新密码",
        strip=False,
        help_text="至少 12 个字符，不要只用数字。登录都会退出，令牌都会吊销；本人下次登录时必须换掉。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class SwitchForm(forms.Form):
    """停用或启用."""

    reason = forms.CharField(
        label="理由", max_length=actions.REASON, help_text="会留在留痕里，例如：调离。"
    )


class AppointForm(forms.Form):
    """任命: a role on one contract."""

    contract_id = forms.ChoiceField(label="合同")
    role = forms.ChoiceField(label="角色", choices=ContractRole.choices)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.demonstration = dict(contracts().values_list("pk", "demonstration"))
        titles = contracts().values_list("pk", "title")
        self.fields["contract_id"].choices = list(titles)  # type: ignore[attr-defined]


class DismissForm(forms.Form):
    """解除任职."""

    appointment = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="理由", max_length=actions.REASON)


#: Which field a refusal speaks of.
_FIELDS = {
    "登录名": "username",
    "姓名": "name",
    "单位名称": "name",
    "单位编号": "organisation_id",
    "密码": "password",
    "原密码": "old",
    "用途": "name",
    "有效期": "days",
    "权限": "scopes",
    "来源地址": "addresses",
    "负责人": "owner",
    "程序的用途": "purpose",
    "理由": "reason",
    "动态验证码": "secret_code",
    "验证码": "secret_code",
    "通行密钥": "secret_answer",
    "名称": "name",
    "部门": "department",
    "部门名称": "name",
    "到期日": "ends_on",
    "同一人": "same_person",
    "电子邮箱": "value",
    "手机号码": "value",
}


def take(form: forms.Form, act: Callable[[dict[str, Any]], Any]) -> bool:
    """Call the action with what the form holds; what is refused becomes the form's own errors, and nothing is lost."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except Refused as refused:
        for doubt in refused.doubts:
            place, says = doubt.places[0], f"{doubt.says}{doubt.mend}"
            field = _FIELDS.get(place)
            if field in form.fields:
                form.add_error(field, says)
            else:
                form.add_error(None, f"{place}：{says}")
        return False
    return True


# ── people, for administrators ───────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def people(request: HttpRequest) -> HttpResponse:
    """单位和人员: everybody, by sign-in name."""
    sought = request.GET.get("q", "").strip()[:80]
    if form := exports.wanted(request):
        everybody = queries.people(sought, at_once=exports_limit())
        return exports.answer(_people_sheet(everybody.people), form)
    page = queries.people(sought, after=request.GET.get("after", "")[:80])
    told = {
        "page": page,
        "sought": sought,
        "organisations": queries.organisations_with_numbers(),
        "roles": SecondStepRolesForm(
            initial={"roles": [one.value for one in queries.second_step_roles()]},
            auto_id="roles_%s",
        ),
    }
    return render(request, "web/people.html", told)


def exports_limit() -> int:
    """The most people that leave in one file: more than any office has."""
    return 20_000


def _people_sheet(everybody: tuple[Account, ...]) -> exports.Sheet:
    return exports.Sheet(
        name="人员",
        columns=("登录名", "姓名", "单位", "状态", "系统管理员", "任职", "建立时间"),
        rows=[
            (
                one.username,
                one.name,
                one.organisation.name if one.organisation else "",
                "启用" if one.is_active else "停用",
                "是" if one.is_administrator else "",
                "\n".join(
                    f"{held.contract_id} {held.get_role_display()}" for held in queries.held_by(one)
                ),
                one.created_at,
            )
            for one in everybody
        ],
        note=f"单位和人员，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_http_methods(["GET", "POST"])
@administrators_only
def new_organisation(request: HttpRequest) -> HttpResponse:
    """登记单位: a new one, or a corrected name."""
    by = account_of(request)
    form = OrganisationForm(request.POST or None, initial=_begun(request))
    if request.method == "POST" and take(
        form,
        lambda given: actions.register_organisation(given["organisation_id"], given["name"], by=by),
    ):
        messages.success(request, f"已登记单位：{form.cleaned_data['name']}。")
        return redirect("web:people")
    told = {"form": form, "title": "登记单位", "en": "Organisation"}
    return _form_page(request, told, form)


@require_http_methods(["GET", "POST"])
@administrators_only
def new_account(request: HttpRequest) -> HttpResponse:
    """建立账号."""
    by = account_of(request)
    form = AccountForm(request.POST or None, initial=_begun(request))
    if request.method == "POST" and "administrator" in request.POST and not is_fresh(request):
        return ask_again(request)
    if request.method == "POST" and take(
        form,
        lambda given: actions.create_account(
            given["username"],
            given["name"],
            given["password"],
            by=by,
            organisation=_organisation(given["organisation"]),
            department=department_of(given["department"]),
            administrator=given["administrator"],
            temporary=given["temporary"],
            ends_at=end_of_day(given["ends_on"]),
        ),
    ):
        username = actions.plain_username(form.cleaned_data["username"])
        messages.success(request, f"已建立账号 {username}。请为这个人任命合同上的角色。")
        return redirect("web:person", username)
    told = {"form": form, "title": "建立账号", "en": "New account"}
    return _form_page(request, told, form)


def _begun(request: HttpRequest) -> dict[str, str]:
    """What was typed before the session ended, or what the address names."""
    return initial(request) or {name: str(value) for name, value in request.GET.items()}


def _form_page(request: HttpRequest, told: dict[str, Any], form: forms.Form) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "web/people_form.html", told, status=status)


def _organisation(organisation_id: str) -> Organisation | None:
    return queries.organisation(organisation_id) if organisation_id else None


# ── one person ───────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def person(request: HttpRequest, username: str) -> HttpResponse:
    """账号: one person, what is known of them, and what may be done."""
    return _person_page(request, _account(username))


def _account(username: str) -> Account:
    found = queries.account(username)
    if found is None:
        raise Http404(f"没有登录名为“{username}”的账号。")
    return found


def _person_page(
    request: HttpRequest, account: Account, bound: forms.Form | None = None
) -> HttpResponse:
    """The page with all its forms; ``bound`` is the one that was refused, with its errors."""
    named = {"name": account.name, "organisation": account.organisation_id or ""}
    switch = "switch-off" if account.is_active else "switch-on"

    def begun(name: str) -> dict[str, str]:
        return initial(request, to=reverse(f"web:{name}", args=[account.username]))

    ends = account.ends_at and (account.ends_at - timedelta(seconds=1)).astimezone(clock.SHANGHAI)
    fresh: dict[str, forms.Form] = {
        "move": MoveForm(initial={"department": account.department_id or ""}, auto_id="move_%s"),
        "ends": EndForm(
            initial={"ends_on": ends and ends.date(), "temporary": account.temporary}
            | begun("account-end"),
            auto_id="ends_%s",
        ),
        "reset": ResetForm(initial=begun("reset-second-factor"), auto_id="reset_%s"),
        "administrator": AdministratorForm(
            initial=begun("make-administrator") | begun("unmake-administrator"),
            auto_id="administrator_%s",
        ),
        "rename": RenameForm(initial=named | begun("rename"), auto_id="rename_%s"),
        "password": PasswordForm(auto_id="password_%s"),
        "switch": SwitchForm(initial=begun(switch), auto_id="switch_%s"),
        "appoint": AppointForm(initial=begun("appoint"), auto_id="appoint_%s"),
    }
    dismissal = begun("dismiss")
    for name, form in fresh.items():
        if type(bound) is type(form):
            fresh[name] = bound
    held = [
        (one, _dismissal(one, bound, dismissal) if one.until is None else None)
        for one in queries.appointments_of(account)
    ]
    now = clock.now()
    told = {
        "person": account,
        "bound": None if bound is None or type(bound) in map(type, fresh.values()) else bound,
        "held": held,
        "titles": _titles(),
        "factors": queries.factors_of(account),
        "must": queries.must_take_second_step(account),
        "logins": [
            {"device": in_words(one.device), "row": one} for one in queries.logins_of(account, now)
        ],
        "failures": queries.failures_of(account.username, now),
        "ways": [
            {"zh": one.get_kind_display(), "veiled": contacts.masked(one), "row": one}
            for one in queries.contact_ways_of(account)
        ],
        "departures": queries.departures_of(account),
        **fresh,
    }
    return render(request, "web/person.html", told, status=200 if bound is None else 422)


def _dismissal(
    appointment: Appointment, bound: forms.Form | None, begun: dict[str, str]
) -> DismissForm:
    mine = str(appointment.pk)
    if isinstance(bound, DismissForm) and bound.data.get("appointment") == mine:
        return bound
    asked = {"appointment": mine} | (begun if begun.get("appointment") == mine else {})
    return DismissForm(initial=asked, auto_id=f"dismiss_{appointment.pk}_%s")


def _titles() -> dict[str, str]:
    return dict(contracts().values_list("pk", "title"))


def _done(
    request: HttpRequest,
    account: Account,
    form: forms.Form,
    act: Callable[[dict[str, Any]], Any],
    says: str,
) -> HttpResponse:
    """One act on one person: back to the page with a sentence, or the same page with what is wrong beside the field."""
    if not take(form, act):
        return _person_page(request, account, form)
    messages.success(request, says)
    return redirect("web:person", account.username)


@require_POST
@administrators_only
def rename(request: HttpRequest, username: str) -> HttpResponse:
    """更改姓名或单位."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        RenameForm(request.POST, auto_id="rename_%s"),
        lambda given: actions.rename_account(
            account,
            given["name"],
            _organisation(given["organisation"]),
            by=by,
            reason=given["reason"],
            same_person=given["same_person"],
        ),
        "已更改。",
    )


@require_POST
@administrators_only
def move(request: HttpRequest, username: str) -> HttpResponse:
    """换部门."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        MoveForm(request.POST, auto_id="move_%s"),
        lambda given: departments.move(account, department_of(given["department"]), by=by),
        "已更改部门。",
    )


@require_POST
@administrators_only
def account_end(request: HttpRequest, username: str) -> HttpResponse:
    """规定到期日."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        EndForm(request.POST, auto_id="ends_%s"),
        lambda given: standing.set_end(
            account,
            end_of_day(given["ends_on"]),
            by=by,
            reason=given["reason"],
            temporary=given["temporary"],
        ),
        "已规定到期日。",
    )


@require_POST
@administrators_only
def unlock(request: HttpRequest, username: str) -> HttpResponse:
    """解除登录暂停."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        forms.Form(request.POST),
        lambda _: security.unlock(account, by=by),
        f"{account.name}可以再登录了，已通知本人。",
    )


@require_POST
@administrators_only
def end_logins(request: HttpRequest, username: str) -> HttpResponse:
    """结束一个人的全部登录."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        forms.Form(request.POST),
        lambda _: logins.end_all(account, by=by),
        f"{account.name}的登录都已结束。",
    )


@require_POST
@administrators_only
def reset_second_factor(request: HttpRequest, username: str) -> HttpResponse:
    """重设两步验证."""
    account, by = _account(username), account_of(request)
    if not is_fresh(request):
        return ask_again(request)
    return _done(
        request,
        account,
        ResetForm(request.POST, auto_id="reset_%s"),
        lambda given: security.reset_second_factor(account, by=by, reason=given["reason"]),
        f"{account.name}的两步验证已重设，已通知本人。",
    )


@require_POST
@administrators_only
def make_administrator(request: HttpRequest, username: str) -> HttpResponse:
    """设为系统管理员."""
    account, by = _account(username), account_of(request)
    if not is_fresh(request):
        return ask_again(request)
    return _done(
        request,
        account,
        AdministratorForm(request.POST, auto_id="administrator_%s"),
        lambda given: standing.make_administrator(account, by=by, reason=given["reason"]),
        f"{account.name}已是系统管理员；下次登录时必须加两步验证。",
    )


@require_POST
@administrators_only
def unmake_administrator(request: HttpRequest, username: str) -> HttpResponse:
    """不再是系统管理员."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        AdministratorForm(request.POST, auto_id="administrator_%s"),
        lambda given: standing.unmake_administrator(account, by=by, reason=given["reason"]),
        f"{account.name}不再是系统管理员。",
    )


@require_POST
@administrators_only
def second_step_roles(request: HttpRequest) -> HttpResponse:
    """规定哪些角色必须两步验证."""
    by = account_of(request)
    form = SecondStepRolesForm(request.POST, auto_id="roles_%s")
    if take(
        form,
        lambda given: second_factor.require_of(
            [ContractRole(one) for one in given["roles"]], by=by
        ),
    ):
        messages.success(request, "已规定；有这些角色的人下次登录时必须加两步验证。")
    else:
        for errors in form.errors.values():
            messages.error(request, "".join(map(str, errors)))
    return redirect("web:people")


@require_POST
@administrators_only
def password(request: HttpRequest, username: str) -> HttpResponse:
    """重设密码."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        PasswordForm(request.POST, auto_id="password_%s"),
        lambda given: actions.set_password(account, given["password"], by=by),
        f"已为{account.name}重设密码；原来的登录都已退出，令牌都已吊销。",
    )


@require_POST
@administrators_only
def switch_off(request: HttpRequest, username: str) -> HttpResponse:
    """停用账号."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        SwitchForm(request.POST, auto_id="switch_%s"),
        lambda given: actions.switch_off(account, by=by, reason=given["reason"]),
        f"已停用{account.name}的账号：登录和令牌立即失效，做过的事照旧保留。",
    )


@require_POST
@administrators_only
def switch_on(request: HttpRequest, username: str) -> HttpResponse:
    """启用账号."""
    account, by = _account(username), account_of(request)
    return _done(
        request,
        account,
        SwitchForm(request.POST, auto_id="switch_%s"),
        lambda given: actions.switch_on(account, by=by, reason=given["reason"]),
        f"已启用{account.name}的账号。",
    )


@require_POST
@administrators_only
def appoint(request: HttpRequest, username: str) -> HttpResponse:
    """任命."""
    account, by = _account(username), account_of(request)
    form = AppointForm(request.POST, auto_id="appoint_%s")
    return _done(
        request,
        account,
        form,
        lambda given: actions.appoint(
            account,
            given["contract_id"],
            ContractRole(given["role"]),
            by=by,
            demonstration=form.demonstration[given["contract_id"]],
        ),
        f"已任命{account.name}。",
    )


@require_POST
@administrators_only
def dismiss(request: HttpRequest, username: str) -> HttpResponse:
    """解除任职."""
    account, by = _account(username), account_of(request)
    asked = number_in(request, "appointment")
    held = queries.appointment(account, asked) if asked is not None else None
    if held is None:
        raise Http404(f"{account.name}没有这项任职。")
    return _done(
        request,
        account,
        DismissForm(request.POST, auto_id=f"dismiss_{held.pk}_%s"),
        lambda given: actions.dismiss(held, by=by, reason=given["reason"]),
        f"已解除{account.name}的任职；此前办理的事照旧有效。",
    )


# ── the people of a contract ─────────────────────────────────────────────────────────────────────────────────────

_SIDES: tuple[tuple[Party | None, str, str], ...] = (
    (Party.BUYER, "甲方", "Buyer"),
    (Party.SUPPLIER, "乙方", "Supplier"),
    (None, "审计和监督", "Auditors and supervisors"),
)


@require_safe
@door(Right.SEE)
def contract_people(request: HttpRequest, seat: Seat) -> HttpResponse:
    """人员: who is who on both sides of a contract, what each role may do, and why somebody was refused."""
    held = list(queries.appointments(seat.contract_id))
    if form := exports.wanted(request):
        return exports.answer(_contract_people_sheet(seat.contract_id, held), form)
    ways = queries.contact_ways_on(seat.contract_id)
    sides = [
        (
            word,
            en,
            [
                (
                    one,
                    [
                        (way.get_kind_display(), _masked(way))
                        for way in ways.get(one.account_id, [])
                    ],
                )
                for one in held
                if ContractRole(one.role).side is side
            ],
        )
        for side, word, en in _SIDES
    ]
    told = {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        **title_of(seat.contract_id),
        "seat": seat,
        "sides": sides,
        "rights": [
            (
                right,
                "、".join(role.label for role in ContractRole if role in right.roles),
                ruling,
            )
            for right, ruling in permissions.rulings(seat)
        ],
        "revealing": permissions.may(seat, Right.REVEAL),
        "recordings": permissions.recordings(seat),
        "audit": reverse("web:contract-audit", args=[seat.contract_id])
        if permissions.may(seat, Right.AUDIT)
        else "",
    }
    return render(request, "web/contract_people.html", told)


def _masked(way: queries.ContactWay) -> str:
    return veil.masked(PersonalKind(way.kind), way.value)


def title_of(contract_id: str) -> dict[str, object]:
    """What the head of a page of a contract says of it, from the register alone. One read."""
    found = contracts().filter(pk=contract_id).values("title", "demonstration").first()
    return {"title": contract_id, "demonstration": False} | (found or {})


def _contract_people_sheet(contract_id: str, held: list[Appointment]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 人员",
        columns=("角色", "姓名", "登录名", "单位", "任命时间", "任命人"),
        rows=[
            (
                one.get_role_display(),
                one.account.name,
                one.account.username,
                one.account.organisation.name if one.account.organisation else "",
                one.since,
                one.appointed_by,
            )
            for one in held
        ],
        note=f"合同 {contract_id} 的人员，{clock.now():%Y-%m-%d %H:%M}",
    )
