"""通知通道: the roads out of the product, kept by administrators; and the subscriptions of programs, each side its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import Account, organisation, organisations
from lvyue.core.doubts import Refused
from lvyue.notices.actions import configuring
from lvyue.notices.actions.reporting import take_reports
from lvyue.notices.channels.road import Down, Field, Permanent, Result, Sent, Temporary
from lvyue.notices.channels.table import CHANNELS
from lvyue.notices.choices import ChannelKind, Event, LegState, events_for
from lvyue.notices.queries import channels as queries
from lvyue.notices.queries.channels import Channel, LegPage
from lvyue.web import exports
from lvyue.web.acting import number_in
from lvyue.web.controls import controls_of
from lvyue.web.doors import account_of, administrators_only, door
from lvyue.web.drafts import initial
from lvyue.web.views.people import title_of

#: A report of a gateway is small.
_MOST = 256 * 1024

# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


class ChannelForm(forms.Form):
    """通道: the fields that its kind asks for."""

    def __init__(self, kind: ChannelKind, *args: Any, known: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        road = CHANNELS[kind]
        self.kind = kind
        self.fields["name"] = forms.CharField(
            label="名称", max_length=configuring.NAME, help_text="便于认出，例如：办公室邮件"
        )
        if kind.robot and not known:
            self.fields["organisation"] = forms.ChoiceField(
                label="单位",
                required=False,
                help_text="群里只会出现这个单位的人收到的合同通知；没有个人信息。",
                choices=[("", "（没有）"), *((one.pk, one.name) for one in organisations())],
            )
            self.fields["contract_id"] = forms.CharField(
                label="合同编号", required=False, max_length=80, help_text="只报这一份合同时填写"
            )
        for one in road.fields:
            self.fields[one.name] = _field(one)
        if road.secret is not None and kind is not ChannelKind.WEBHOOK:
            self.fields["secret"] = forms.CharField(
                label=road.secret.zh,
                required=road.secret.required and not known,
                strip=True,
                max_length=2000,
                help_text=road.secret.help + ("。留空则不变；已保存的不再显示" if known else ""),
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
            )


def _field(one: Field) -> forms.Field:
    if one.choices:
        return forms.ChoiceField(
            label=one.zh, help_text=one.help, choices=one.choices, initial=one.default
        )
    widget = forms.Textarea(attrs={"rows": 4}) if one.long else forms.TextInput()
    return forms.CharField(
        label=one.zh,
        help_text=one.help,
        required=one.required,
        initial=one.default,
        max_length=configuring.SETTING,
        widget=widget,
    )


class SubscriptionForm(forms.Form):
    """订阅事件."""

    name = forms.CharField(label="名称", max_length=configuring.NAME)
    url = forms.CharField(label="接收地址", max_length=2000, help_text="以 https:// 开头")
    events = forms.MultipleChoiceField(label="事件", widget=forms.CheckboxSelectMultiple)
    authority = forms.CharField(
        label="自有证书",
        required=False,
        max_length=configuring.SETTING,
        help_text="接收方用自建证书时，粘贴颁发机构的 PEM 文本",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, contract_id: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["events"].choices = [  # type: ignore[attr-defined]  # it has choices
            (one, f"{Event(one).label}（{one}）") for one in events_for(contract_id)
        ]


#: Which field a refusal speaks of, where it is not one of the kind's own.
_PLACES = {"名称": "name", "单位或合同": "organisation", "合同": "contract_id", "事件": "events"}


def _take(form: forms.Form, act: Callable[[dict[str, Any]], Any], kind: ChannelKind) -> bool:
    """Call the action with what the form holds; what is refused stands beside its field."""
    if not form.is_valid():
        return False
    places = _PLACES | {one.zh: one.name for one in CHANNELS[kind].fields}
    try:
        act(form.cleaned_data)
    except Refused as refused:
        for doubt in refused.doubts:
            field = places.get(doubt.places[0], "")
            says = f"{doubt.says}{doubt.mend}"
            if field in form.fields:
                form.add_error(field, says)
            else:
                form.add_error(None, f"{doubt.places[0]}：{says}")
        return False
    return True


# ── for administrators ───────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@administrators_only
def channels(request: HttpRequest) -> HttpResponse:
    """通知通道."""
    found = list(queries.channels())
    if form := exports.wanted(request):
        return exports.answer(_channel_sheet(found), form)
    kinds = [kind for kind in ChannelKind if kind is not ChannelKind.WEBHOOK]
    told = {"channels": found, "kinds": kinds, "address": settings.ADDRESS}
    return render(request, "web/channels.html", told)


def _channel_sheet(found: list[Channel]) -> exports.Sheet:
    return exports.Sheet(
        name="通知通道",
        columns=("种类", "名称", "单位", "合同", "启用", "不通自", "说明", "在等", "失败"),
        rows=[
            (
                one.get_kind_display(),
                one.name,
                one.organisation.name if one.organisation else "",
                one.contract_id,
                "是" if one.enabled else "否",
                one.down_since,
                one.says,
                vars(one)["waiting"],
                vars(one)["failed"],
            )
            for one in found
        ],
        note=f"通知通道，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_http_methods(["GET", "POST"])
@administrators_only
def new_channel(request: HttpRequest, kind: str) -> HttpResponse:
    """配置通道: mail, text messages, or the robot of a group."""
    if kind not in ChannelKind.values or kind == ChannelKind.WEBHOOK:
        raise Http404("没有这种通道。")
    of = ChannelKind(kind)
    by = account_of(request)
    form = ChannelForm(of, request.POST or None, initial=initial(request))
    made: list[Channel] = []

    def act(given: dict[str, Any]) -> None:
        belongs = organisation(given["organisation"]) if given.get("organisation") else None
        made.append(
            configuring.set_up(
                of,
                given["name"],
                _kept(given, of),
                given.get("secret", ""),
                by=by,
                organisation=belongs,
                contract_id=given.get("contract_id", "").strip(),
            )
        )

    if request.method == "POST" and _take(form, act, of):
        messages.success(request, f"已配置{of.label}“{made[0].name}”。请试发一条，看看通不通。")
        return redirect("web:channel", made[0].pk)
    told = {"form": form, "title": f"配置{of.label}", "en": "New channel"}
    return render(request, "web/channel_form.html", told, status=422 if form.is_bound else 200)


def _kept(given: dict[str, Any], kind: ChannelKind) -> dict[str, str]:
    return {one.name: given.get(one.name, "") for one in CHANNELS[kind].fields}


@require_http_methods(["GET", "POST"])
@administrators_only
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """一个通道: its settings, what went through it, and what can be done with it."""
    found = _found(channel_id)
    kind = ChannelKind(found.kind)
    by = account_of(request)
    if request.method == "POST":
        form = ChannelForm(kind, request.POST, known=True)
        if _take(
            form,
            lambda given: configuring.change(
                found, given["name"], _kept(given, kind), given.get("secret", ""), by=by
            ),
            kind,
        ):
            messages.success(request, "设置已保存。")
            return redirect("web:channel", channel_id)
        return _channel_page(request, found, form, 422)
    if file := exports.wanted(request):
        return exports.answer(
            _leg_sheet(found, queries.legs(found, at_once=queries.IN_A_FILE)), file
        )
    now = {"name": found.name, **found.settings}
    return _channel_page(
        request, found, ChannelForm(kind, initial=initial(request) or now, known=True)
    )


def _found(channel_id: int) -> Channel:
    found = queries.channel(channel_id)
    if found is None:
        raise Http404("没有这个通道。")
    return found


def _channel_page(
    request: HttpRequest, found: Channel, form: forms.Form, status: int = 200
) -> HttpResponse:
    kind = ChannelKind(found.kind)
    hook = ""
    if kind is ChannelKind.SMS:
        path = reverse("web:sms-reports", args=[found.pk, queries.hook_secret(found.pk)])
        hook = f"{settings.ADDRESS or request.build_absolute_uri('/').rstrip('/')}{path}"
    told = {"form": form, "kind": kind, "hook": hook, **_of(request, found)}
    return render(request, "web/channel.html", told, status=status)


def _of(request: HttpRequest, found: Channel) -> dict[str, Any]:
    """What every page of a channel shows: how it stands, and what went through it."""
    state = request.GET.get("state", "")
    state = state if state in LegState.values else ""
    page = queries.legs(found, state=state, before=number_in(request, "before"))
    kept = {"state": state} if state else {}
    older = f"?{urlencode(kept | {'before': page.before})}" if page.before else ""
    return {
        "channel": found,
        "page": page,
        "states": LegState.choices,
        "state": state,
        "older": older,
        "personal": ChannelKind(found.kind).personal,
    }


def _leg_sheet(found: Channel, page: LegPage) -> exports.Sheet:
    return exports.Sheet(
        name=f"{found.name} 送信",
        columns=("编号", "建立", "收信地址", "状态", "次数", "发送", "送达", "对方编号", "说明"),
        rows=[
            (
                one.id,
                one.created_at,
                one.target or one.event,
                one.state.label,
                one.attempts,
                one.sent_at,
                one.delivered_at,
                one.provider_id,
                one.why,
            )
            for one in page.rows
        ],
        note=f"{found}，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_POST
@administrators_only
def try_channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """试发."""
    return _tried(
        request, _found(channel_id), account_of(request), reverse("web:channel", args=[channel_id])
    )


def _tried(request: HttpRequest, found: Channel, by: Account | Seat, back: str) -> HttpResponse:
    try:
        result = configuring.try_out(found, request.POST.get("target", "")[:320], by=by)
    except Refused as refused:
        messages.error(request, str(refused.doubts[0].says + refused.doubts[0].mend))
        return redirect(back)
    (messages.success if isinstance(result, Sent) else messages.error)(request, _in_words(result))
    return redirect(back)


def _in_words(result: Result) -> str:
    match result:
        case Sent():
            return "试发成功：对方已收下。"
        case Down() | Temporary() | Permanent():
            return f"试发没有成功：{result.says}{result.extract}"


@require_POST
@administrators_only
def switch_channel(request: HttpRequest, channel_id: int, *, on: bool) -> HttpResponse:
    """启用或停用."""
    return _switched(
        request,
        _found(channel_id),
        account_of(request),
        reverse("web:channel", args=[channel_id]),
        on=on,
    )


def _switched(
    request: HttpRequest, found: Channel, by: Account | Seat, back: str, *, on: bool
) -> HttpResponse:
    try:
        configuring.switch(found, on=on, by=by, reason=request.POST.get("reason", ""))
    except Refused as refused:
        messages.error(request, f"{refused.doubts[0].says}{refused.doubts[0].mend}")
    else:
        messages.success(request, "已启用。" if on else "已停用；在等的继续等，重新启用后发出。")
    return redirect(back)


@require_safe
@administrators_only
def leg(request: HttpRequest, channel_id: int, leg_id: int) -> HttpResponse:
    """一次送信: every try, and what was answered."""
    return _leg_page(request, _found(channel_id), leg_id, {})


def _leg_page(
    request: HttpRequest, found: Channel, leg_id: int, told: dict[str, Any]
) -> HttpResponse:
    one = queries.leg(found, leg_id)
    if one is None:
        raise Http404("没有这次送信。")
    told = {
        "channel": found,
        "row": queries.row_of(one),
        "deliveries": queries.deliveries(one),
        "body": one.body if found.kind == ChannelKind.WEBHOOK else "",
        **told,
    }
    return render(request, "web/leg.html", told)


@require_POST
@administrators_only
def send_again(request: HttpRequest, channel_id: int, leg_id: int) -> HttpResponse:
    """重发."""
    back = reverse("web:leg", args=[channel_id, leg_id])
    return _again(request, _found(channel_id), leg_id, account_of(request), back)


def _again(
    request: HttpRequest, found: Channel, leg_id: int, by: Account | Seat, back: str
) -> HttpResponse:
    one = queries.leg(found, leg_id)
    if one is None:
        raise Http404("没有这次送信。")
    try:
        configuring.send_again(one, by=by)
    except Refused as refused:
        messages.error(request, f"{refused.doubts[0].says}{refused.doubts[0].mend}")
    else:
        messages.success(request, "已排队重发。")
    return redirect(back)


@require_http_methods(["GET", "POST"])
@administrators_only
@never_cache
def new_platform_subscription(request: HttpRequest) -> HttpResponse:
    """订阅平台事件."""
    return _subscribing(request, account_of(request), "", {})


@require_POST
@administrators_only
@never_cache
def exchange_platform_secret(request: HttpRequest, channel_id: int) -> HttpResponse:
    """更换平台订阅的密钥."""
    found = _found(channel_id)
    return _exchanged(
        request, found, account_of(request), reverse("web:channel", args=[channel_id])
    )


# ── for the managers of a contract ───────────────────────────────────────────────────────────────────────────────


def _head(seat: Seat) -> dict[str, Any]:
    return {
        "seat": seat,
        "contract_id": seat.contract_id,
        **title_of(seat.contract_id),
    }


@require_safe
@door(Right.SUBSCRIBE)
def webhooks(request: HttpRequest, seat: Seat) -> HttpResponse:
    """事件订阅: those of one's own side."""
    found = list(queries.subscriptions(seat))
    if form := exports.wanted(request):
        return exports.answer(_channel_sheet(found), form)
    controls = controls_of(request.GET, clock.today())
    told = {"channels": found, "controls": controls, **_head(seat)}
    return render(request, "web/webhooks.html", told)


@require_http_methods(["GET", "POST"])
@door(Right.SUBSCRIBE)
@never_cache
def new_webhook(request: HttpRequest, seat: Seat) -> HttpResponse:
    """订阅事件."""
    return _subscribing(request, seat, seat.contract_id, _head(seat))


def _subscribing(
    request: HttpRequest, by: Account | Seat, contract_id: str, told: dict[str, Any]
) -> HttpResponse:
    form = SubscriptionForm(contract_id, request.POST or None, initial=initial(request))
    made: list[configuring.NewSubscription] = []
    if request.method == "POST" and _take(
        form,
        lambda given: made.append(
            configuring.subscribe(
                given["name"], given["url"], given["events"], authority=given["authority"], by=by
            )
        ),
        ChannelKind.WEBHOOK,
    ):
        shown = {**told, "channel": made[0].channel, "secret": made[0].secret}
        return render(request, "web/webhook_secret.html", shown, status=201)
    told = {**told, "form": form, "title": "订阅事件", "en": "New subscription"}
    return render(request, "web/channel_form.html", told, status=422 if form.is_bound else 200)


def _of_side(seat: Seat, channel_id: int) -> Channel:
    found = queries.subscription(seat, channel_id)
    if found is None:
        raise Http404("没有这个订阅。")
    return found


@require_safe
@door(Right.SUBSCRIBE)
def webhook(request: HttpRequest, seat: Seat, channel_id: int) -> HttpResponse:
    """一个订阅: what went through it."""
    found = _of_side(seat, channel_id)
    if file := exports.wanted(request):
        return exports.answer(
            _leg_sheet(found, queries.legs(found, at_once=queries.IN_A_FILE)), file
        )
    events = [Event(one) for one in found.events]
    told = {"events": events, "now": clock.now(), **_of(request, found), **_head(seat)}
    return render(request, "web/webhook.html", told)


@require_POST
@door(Right.SUBSCRIBE)
def try_webhook(request: HttpRequest, seat: Seat, channel_id: int) -> HttpResponse:
    """试发."""
    return _tried(request, _of_side(seat, channel_id), seat, _at(seat, channel_id))


@require_POST
@door(Right.SUBSCRIBE)
def switch_webhook(request: HttpRequest, seat: Seat, channel_id: int, *, on: bool) -> HttpResponse:
    """启用或停用; whoever switches it on answers for it."""
    return _switched(request, _of_side(seat, channel_id), seat, _at(seat, channel_id), on=on)


@require_POST
@door(Right.SUBSCRIBE)
@never_cache
def exchange_secret(request: HttpRequest, seat: Seat, channel_id: int) -> HttpResponse:
    """更换密钥: the answer itself shows the new one, this once."""
    found = _of_side(seat, channel_id)
    return _exchanged(request, found, seat, _at(seat, channel_id), _head(seat))


def _exchanged(
    request: HttpRequest,
    found: Channel,
    by: Account | Seat,
    back: str,
    head: dict[str, Any] | None = None,
) -> HttpResponse:
    try:
        secret = configuring.exchange_secret(found, by=by)
    except Refused as refused:
        messages.error(request, f"{refused.doubts[0].says}{refused.doubts[0].mend}")
        return redirect(back)
    told = {**(head or {}), "channel": found, "secret": secret, "exchanged": True}
    return render(request, "web/webhook_secret.html", told, status=201)


@require_safe
@door(Right.SUBSCRIBE)
def webhook_leg(request: HttpRequest, seat: Seat, channel_id: int, leg_id: int) -> HttpResponse:
    """一次推送: every try, and what was answered."""
    return _leg_page(request, _of_side(seat, channel_id), leg_id, _head(seat))


@require_POST
@door(Right.SUBSCRIBE)
def webhook_again(request: HttpRequest, seat: Seat, channel_id: int, leg_id: int) -> HttpResponse:
    """重发."""
    back = reverse("web:webhook-leg", args=[seat.contract_id, channel_id, leg_id])
    return _again(request, _of_side(seat, channel_id), leg_id, seat, back)


def _at(seat: Seat, channel_id: int) -> str:
    return reverse("web:webhook", args=[seat.contract_id, channel_id])


# ── for gateways ─────────────────────────────────────────────────────────────────────────────────────────────────


@csrf_exempt
@login_not_required
@require_http_methods(["POST"])
def sms_reports(request: HttpRequest, channel_id: int, secret: str) -> HttpResponse:
    """短信回执: whoever knows the address may tell what arrived, and learns nothing. Nobody else finds anything here."""
    found = queries.channel(channel_id)
    whole = constant_time_compare(secret, queries.hook_secret(channel_id))
    if found is None or found.kind != ChannelKind.SMS or not whole:
        return HttpResponse(status=404)
    body = request.read(_MOST + 1)
    if len(body) > _MOST:
        return HttpResponse(json.dumps({"error": "too large"}), status=413)
    take_reports(found, body, request.headers.get("Content-Type", ""))
    return HttpResponse(status=204)
