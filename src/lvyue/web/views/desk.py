"""服务台: by what matters come in, what came and waits for a person, calls, and what nobody has answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.doubts import Refused
from lvyue.core.service import ContactMeans
from lvyue.helpdesk.actions import calling, taking, trying
from lvyue.helpdesk.actions import channels as actions
from lvyue.helpdesk.actions.calling import NewCall
from lvyue.helpdesk.actions.opening import BODY, TITLE, NewTicket
from lvyue.helpdesk.choices import CallDirection, DeskKind, IncomingState
from lvyue.helpdesk.queries import channels as queries
from lvyue.helpdesk.queries.callers import find_callers
from lvyue.helpdesk.queries.channels import Call, DeskChannel, Gap, Incoming
from lvyue.helpdesk.queries.rules import openable
from lvyue.helpdesk.roads import FIELDS, OPENABLE, SECRETS
from lvyue.helpdesk.samples import hook_of
from lvyue.notices.channels.road import Field
from lvyue.notices.veiling import veiled
from lvyue.web import exports
from lvyue.web.acting import number_in
from lvyue.web.doors import door
from lvyue.web.drafts import initial
from lvyue.web.views.ticket import attached
from lvyue.web.views.tickets import told_of

#: So many rows stand on one page, so many leave in one file.
AT_ONCE, IN_A_FILE = 50, 20_000

#: A text of more lines is folded after so many.
FOLDED = 40

#: So many days back unanswered calls are looked for.
BACK = (1, 7, 30, 90)

_LONGEST_SETTING = 20_000

#: Kinds to which programs send what comes in, at an address of their own.
_HOOKED = frozenset(
    {
        *(DeskKind.SMS, DeskKind.WECHAT, DeskKind.DINGTALK, DeskKind.FEISHU),
        *(DeskKind.WEBHOOK, DeskKind.PHONE, DeskKind.FAX),
    }
)


def tell(form: forms.Form, refused: Refused, names: Mapping[str, str]) -> None:
    """Each doubt beside the field that ``names`` gives for its place, or above the form."""
    for doubt in refused.doubts:
        place = doubt.places[0] if doubt.places else ""
        field = names.get(place, "")
        says = f"{doubt.says}{doubt.mend}"
        known = field in form.fields
        form.add_error(field if known else None, says if known else f"{place}：{says}")


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────


class DeskChannelForm(forms.Form):
    """渠道: its name, what users are told, and what its kind asks for."""

    def __init__(self, kind: DeskKind, *args: Any, known: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind = kind
        self.fields["name"] = forms.CharField(
            label="名称", max_length=actions.NAME, help_text="用户认得出的，例如：服务热线"
        )
        self.fields["address"] = forms.CharField(
            label="号码或地址",
            required=False,
            max_length=254,
            help_text="告诉用户打到、发到哪里；电话、传真、邮件必填",
        )
        for one in FIELDS[kind]:
            self.fields[one.name] = _field(one)
        if (secret := SECRETS.get(kind)) is not None:
            kept = "。留空则不变；已保存的不再显示" if known else ""
            self.fields["secret"] = forms.CharField(
                label=secret.zh,
                required=secret.required and not known,
                max_length=2000,
                help_text=f"{secret.help}{kept}",
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
            )

    @property
    def settings(self) -> dict[str, str]:
        """What the kind asks for, as it was filled in."""
        return {one.name: self.cleaned_data.get(one.name, "") for one in FIELDS[self.kind]}

    @property
    def names(self) -> dict[str, str]:
        """Which field a refusal speaks of."""
        found = {"名称": "name", "号码或地址": "address", "密钥": "secret"}
        found |= {one.zh: "address" for one in ContactMeans}
        found |= {one.zh: one.name for one in FIELDS[self.kind]}
        secret = SECRETS.get(self.kind)
        return found | ({secret.zh: "secret"} if secret is not None else {})


def _field(one: Field) -> forms.Field:
    if one.choices:
        return forms.ChoiceField(
            label=one.zh,
            help_text=one.help,
            choices=one.choices,
            initial=one.default,
            required=False,
        )
    return forms.CharField(
        label=one.zh,
        help_text=one.help,
        required=one.required,
        initial=one.default,
        max_length=_LONGEST_SETTING,
        widget=forms.Textarea(attrs={"rows": 3}) if one.long else forms.TextInput(),
    )


@require_safe
@door(Right.SEE)
def desk_channels(request: HttpRequest, seat: Seat) -> HttpResponse:
    """服务台渠道: where the desk can be reached, and which of these ways is down."""
    found = [*queries.channels(seat.contract_id)]
    if form := exports.wanted(request):
        return exports.answer(_channel_sheet(seat.contract_id, found), form)
    kinds = [(one.value, one.label) for one in DeskKind]
    setting = bool(may(seat, Right.DESK_CHANNELS))
    told = told_of(request, seat, found=found, kinds=kinds, setting=setting)
    return render(request, "web/desk_channels.html", told)


def _channel_sheet(contract_id: str, found: Iterable[DeskChannel]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 服务台渠道",
        columns=("种类", "名称", "号码或地址", "启用", "设置时间", "最近读取", "不通自", "原因"),
        rows=[
            (
                *(one.get_kind_display(), one.name, one.address, "是" if one.active else "否"),
                *(one.set_at, one.checked_at, one.down_since, one.says),
            )
            for one in found
        ],
        note=f"合同 {contract_id} 的服务台渠道，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_http_methods(["GET", "POST"])
@door(Right.DESK_CHANNELS)
def new_desk_channel(request: HttpRequest, seat: Seat, kind: str) -> HttpResponse:
    """设置渠道."""
    if kind not in DeskKind.values:
        raise Http404("没有这种渠道。")
    of = DeskKind(kind)
    form = DeskChannelForm(of, request.POST or None, initial=initial(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.set_up_channel(
                of,
                given["name"],
                given["address"],
                form.settings,
                given.get("secret", ""),
                by=seat,
            )
        except Refused as refused:
            tell(form, refused, form.names)
        else:
            messages.success(request, f"已设置{of.label}渠道“{made.name}”。")
            return redirect("web:desk-channel", seat.contract_id, made.pk)
    told = told_of(request, seat, form=form, kind=of)
    return render(request, "web/desk_channel_form.html", told, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@door(Right.DESK_CHANNELS)
def desk_channel(request: HttpRequest, seat: Seat, channel_id: int) -> HttpResponse:
    """一个渠道: its settings, the address to which programs send, and what came by it last."""
    found = _channel(seat, channel_id)
    kind = DeskKind(found.kind)
    if request.method == "POST":
        form = DeskChannelForm(kind, request.POST, known=True)
        if form.is_valid():
            given = form.cleaned_data
            try:
                actions.change_channel(
                    channel_id,
                    given["name"],
                    given["address"],
                    form.settings,
                    given.get("secret", ""),
                    by=seat,
                )
            except Refused as refused:
                tell(form, refused, form.names)
            else:
                messages.success(request, "设置已保存。")
                return redirect("web:desk-channel", seat.contract_id, channel_id)
    else:
        form = _unbound(request, found)
    return _channel_page(request, seat, found, form)


def _channel_page(
    request: HttpRequest,
    seat: Seat,
    found: DeskChannel,
    form: DeskChannelForm,
    trial: trying.Trial | None = None,
) -> HttpResponse:
    """The page of a channel, with what came of trying it."""
    kind = DeskKind(found.kind)
    home = settings.ADDRESS or request.build_absolute_uri("/").rstrip("/")
    hook = hook_of(home, found.pk) if kind in _HOOKED else ""
    told = told_of(
        request,
        seat,
        form=form,
        kind=kind,
        channel=found,
        hook=hook,
        latest=queries.incoming(seat).filter(channel=found)[:10],
        can_try=trying.can_try(found),
        how=trying.HOW[kind],
        trial=trial,
        command=trial.sample.command(hook) if trial is not None and trial.sample else "",
    )
    return render(request, "web/desk_channel.html", told, status=422 if form.is_bound else 200)


def _unbound(request: HttpRequest, found: DeskChannel) -> DeskChannelForm:
    now = {**found.settings, "name": found.name, "address": found.address}
    return DeskChannelForm(DeskKind(found.kind), initial=initial(request) or now, known=True)


def _channel(seat: Seat, channel_id: int) -> DeskChannel:
    found = queries.channel(seat.contract_id, channel_id)
    if found is None:
        raise Http404("没有这个渠道。")
    return found


@require_POST
@door(Right.DESK_CHANNELS)
def switch_desk_channel(
    request: HttpRequest, seat: Seat, channel_id: int, *, on: bool
) -> HttpResponse:
    """启用或停用: with the reason."""
    found = _channel(seat, channel_id)
    try:
        actions.switch_channel(channel_id, on=on, reason=request.POST.get("reason", ""), by=seat)
    except Refused as refused:
        for doubt in refused.doubts:
            messages.error(request, f"{doubt.says}{doubt.mend}")
    else:
        messages.success(request, f"已{'启用' if on else '停用'}“{found.name}”。")
    return redirect("web:desk-channel", seat.contract_id, channel_id)


@require_POST
@door(Right.DESK_CHANNELS)
def try_desk_channel(request: HttpRequest, seat: Seat, channel_id: int) -> HttpResponse:
    """试通: reads a mailbox, sends a sample the whole way, or asks a rule; the page says what came of it."""
    found = _channel(seat, channel_id)
    try:
        trial = trying.try_channel(channel_id, by=seat)
    except Refused as refused:
        messages.error(request, f"{refused.doubts[0].says}{refused.doubts[0].mend}")
        return redirect("web:desk-channel", seat.contract_id, channel_id)
    found.refresh_from_db()
    return _channel_page(request, seat, found, _unbound(request, found), trial)


# ── what came in ─────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def incoming_list(request: HttpRequest, seat: Seat) -> HttpResponse:
    """来件: what waits for a person first, then everything else that came."""
    asked = request.GET.get("state", IncomingState.WAITING.value)
    state = asked if asked in IncomingState.values else ""
    rows = queries.incoming(seat, state=state, before=number_in(request, "before"))
    if form := exports.wanted(request):
        return exports.answer(_incoming_sheet(seat.contract_id, rows[:IN_A_FILE]), form)
    found = [*rows[: AT_ONCE + 1]]
    told = told_of(
        request,
        seat,
        rows=found[:AT_ONCE],
        before=found[AT_ONCE - 1].pk if len(found) > AT_ONCE else None,
        state=state,
        states=IncomingState.choices,
        working=bool(may(seat, Right.TICKET_WORK)),
        seeing=bool(may(seat, Right.TICKET_WORK) or may(seat, Right.TICKET_APPROVE)),
    )
    return render(request, "web/incoming.html", told)


def _incoming_sheet(contract_id: str, found: Iterable[Incoming]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 来件",
        columns=("收到", "渠道", "发件人", "地址", "标题", "状态", "原因", "工单", "提示"),
        rows=[
            (
                *(one.received_at, one.channel.name, one.sender, one.address, one.subject),
                *(one.get_state_display(), one.reason),
                one.ticket.name if one.ticket is not None else "",
                "；".join(one.warnings),
            )
            for one in found
        ],
        note=f"合同 {contract_id} 的来件，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_safe
@door(Right.SEE)
def incoming_item(request: HttpRequest, seat: Seat, incoming_id: int) -> HttpResponse:
    """一个来件: its words, its files, those that were not kept and why, and what is made of it."""
    return _item(request, seat, incoming_id)


def _item(
    request: HttpRequest, seat: Seat, incoming_id: int, refused: Refused | None = None
) -> HttpResponse:
    one = queries.incoming(seat).filter(pk=incoming_id).first()
    if one is None:
        raise Http404("没有这个来件。")
    lines = one.text.splitlines()
    told = told_of(
        request,
        seat,
        one=one,
        shown="\n".join(lines[:FOLDED]),
        folded="\n".join(lines[FOLDED:]),
        more=max(len(lines) - FOLDED, 0),
        working=bool(may(seat, Right.TICKET_WORK)),
        settled=one.ticket is not None,
        kinds=_kinds(seat),
        first=one.channel.settings.get("kind") or "request",
        title_of_ticket=(one.subject or (lines[0] if lines else ""))[:TITLE],
        refused=refused.doubts if refused is not None else (),
    )
    return render(
        request, "web/incoming_item.html", told, status=409 if refused is not None else 200
    )


def _kinds(seat: Seat) -> list[tuple[str, str]]:
    """The kinds that this person may open of what came by a channel."""
    able = {one.name for one in openable(seat)}
    return [(name, zh) for name, zh in OPENABLE if name in able]


@require_POST
@door(Right.TICKET_WORK)
def incoming_act(request: HttpRequest, seat: Seat, incoming_id: int, name: str) -> HttpResponse:
    """来件开成工单, 并入工单 or 不处理."""
    given, contract_id = request.POST, seat.contract_id
    try:
        match name:
            case "ticket":
                kind, title = given.get("kind", ""), given.get("title", "")[:TITLE]
                made = taking.open_incoming(contract_id, incoming_id, kind, title, by=seat)
                messages.success(request, f"已开成 {made.name}，时钟从收到时起算。")
                return redirect("web:ticket", contract_id, made.number)
            case "join":
                number = number_in(request, "ticket") or 0
                kept = taking.join_incoming(contract_id, incoming_id, number, by=seat)
                messages.success(request, f"已并入 {kept.name}。")
                return redirect("web:ticket", contract_id, kept.number)
            case "ignore":
                reason = given.get("reason", "")
                taking.ignore_incoming(contract_id, incoming_id, reason=reason, by=seat)
                messages.success(request, "已写明不处理；在“不处理”里还看得到。")
                return redirect("web:incoming", contract_id)
            case _:
                raise Http404(f"来件没有“{name}”这一步。")
    except Refused as refused:
        return _item(request, seat, incoming_id, refused)
    except ObjectDoesNotExist:
        raise Http404("没有这个来件或工单。") from None


class FaxForm(forms.Form):
    """传真: which line, from where, when it was printed, and its scan."""

    channel = forms.ChoiceField(label="哪一台")
    number = forms.CharField(label="对方号码", required=False, max_length=40)
    received_at = forms.DateTimeField(
        label="收到时间",
        help_text="传真机打印在页眉上的时间；时钟从这时起算。",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    text = forms.CharField(
        label="写的什么", required=False, max_length=BODY, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(label="扫描件")


@require_http_methods(["GET", "POST"])
@door(Right.TICKET_WORK)
def new_fax(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记传真."""
    lines = queries.channels(seat.contract_id).filter(kind=DeskKind.FAX, active=True)
    form = FaxForm(request.POST or None, request.FILES or None)
    form.fields["channel"].choices = [(str(one.pk), f"{one.name} {one.address}") for one in lines]  # type: ignore[attr-defined]  # it has choices
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = taking.note_fax(
                seat.contract_id,
                int(given["channel"]),
                number=given["number"],
                received_at=given["received_at"],
                evidence=attached(request, seat)[0],
                text=given["text"],
                by=seat,
            )
        except Refused as refused:
            tell(form, refused, {"收到时间": "received_at", "扫描件": "file", "附件": "file"})
        else:
            messages.success(request, "已登记。请开成工单：开之前，渠道上显示自收到时起无人应答。")
            return redirect("web:incoming-item", seat.contract_id, row.pk)
    told = told_of(request, seat, form=form, lines=lines)
    return render(request, "web/fax_form.html", told, status=422 if form.is_bound else 200)


# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def calls(request: HttpRequest, seat: Seat) -> HttpResponse:
    """通话: who called, who answered; those that nobody answered stand out."""
    rows = queries.calls_for(seat).order_by("-id")
    if (before := number_in(request, "before")) is not None:
        rows = rows.filter(pk__lt=before)
    missed = request.GET.get("view") == "missed"
    if missed:
        rows = rows.filter(direction=CallDirection.IN, answered_at__isnull=True)
    if form := exports.wanted(request):
        return exports.answer(_call_sheet(seat.contract_id, rows[:IN_A_FILE]), form)
    found = [*rows[: AT_ONCE + 1]]
    told = told_of(
        request,
        seat,
        rows=[(one, veiled("phone", one.number)) for one in found[:AT_ONCE]],
        before=found[AT_ONCE - 1].pk if len(found) > AT_ONCE else None,
        missed=missed,
        working=bool(may(seat, Right.TICKET_WORK)),
        seeing=bool(may(seat, Right.TICKET_WORK) or may(seat, Right.TICKET_APPROVE)),
        lines=_lines(seat),
    )
    return render(request, "web/calls.html", told)


def _lines(seat: Seat) -> list[tuple[int, str]]:
    held = queries.channels(seat.contract_id).filter(kind=DeskKind.PHONE, active=True)
    return [(one.pk, f"{one.name} {one.address}") for one in held]


def _call_sheet(contract_id: str, found: Iterable[Call]) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 通话",
        columns=(
            *("振铃", "接听", "挂断", "方向", "号码", "来电人", "合同登记的号码", "接听人"),
            *("拨测", "要求的操作", "核实", "工单", "记录"),
        ),
        rows=[
            (
                *(one.began_at, one.answered_at, one.ended_at, one.get_direction_display()),
                *(veiled("phone", one.number), one.caller, "是" if one.listed else "否"),
                *(one.answered_name, "是" if one.test else "", one.operation),
                one.get_verified_how_display(),
                one.ticket.name if one.ticket is not None else "",
                one.note,
            )
            for one in found
        ],
        note=f"合同 {contract_id} 的通话，{clock.now():%Y-%m-%d %H:%M}",
    )


class CallForm(forms.Form):
    """来电: who, about what, in one screen and without a mouse."""

    number = forms.CharField(label="号码", required=False, max_length=40)
    caller = forms.CharField(label="来电人", required=False, max_length=80)
    ref = forms.CharField(required=False, max_length=160)
    title = forms.CharField(label="什么事", required=False, max_length=TITLE)
    kind = forms.ChoiceField(label="种类", required=False)
    ticket = forms.IntegerField(
        label="已有的工单号", required=False, min_value=1, max_value=2_147_483_647
    )
    operation = forms.CharField(label="要求对系统做的操作", required=False, max_length=200)
    began_at = forms.DateTimeField(label="几时振铃", required=False)
    channel = forms.ChoiceField(label="打到哪个号码", required=False)
    note = forms.CharField(label="说了什么", required=False, max_length=BODY)
    test = forms.BooleanField(label="拨测", required=False)

    def __init__(self, seat: Seat, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = _kinds(seat)  # type: ignore[attr-defined]  # it has choices
        lines = [(str(pk), name) for pk, name in _lines(seat)]
        self.fields["channel"].choices = [("", "（没有写）"), *lines]  # type: ignore[attr-defined]  # it has choices

    @property
    def call(self) -> NewCall:
        """The call as it was filled in: with a new ticket where a matter was named and no ticket."""
        given = self.cleaned_data
        new = None
        if given["ticket"] is None and given["title"]:
            new = NewTicket(given["kind"] or "incident", given["title"], given["note"])
        return NewCall(
            given["number"],
            given["caller"],
            given["ref"],
            began_at=given["began_at"],
            channel=int(given["channel"]) if given["channel"] else None,
            note=given["note"],
            ticket=given["ticket"],
            new=new,
            operation=given["operation"],
            test=given["test"],
        )


_CALL_PLACES = {
    "来电人": "ref",
    "振铃": "began_at",
    "标题": "title",
    "种类": "kind",
    "工单": "ticket",
    "要求的操作": "operation",
}


@require_http_methods(["GET", "POST"])
@door(Right.TICKET_WORK)
def new_call(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记来电: whoever sends the form is whoever answered, now."""
    form = CallForm(seat, request.POST or None, initial={**request.GET.dict(), "kind": "incident"})
    if request.method == "POST" and form.is_valid():
        try:
            row = calling.take_call(seat.contract_id, form.call, by=seat)
        except Refused as refused:
            tell(form, refused, _CALL_PLACES)
        except ObjectDoesNotExist:
            form.add_error("ticket", "这份合同没有这张工单或这个电话渠道。请核对。")
        else:
            if row.ticket is None:
                messages.success(request, "已登记这次通话，没有工单。")
                return redirect("web:calls", seat.contract_id)
            messages.success(request, f"已登记在 {row.ticket.name}，您接听即为由人响应。")
            return redirect("web:ticket", seat.contract_id, row.ticket.number)
    typed = request.GET.get("caller") or request.GET.get("number") or ""
    found = find_callers(seat, typed, clock.today()) if typed else ()
    told = told_of(request, seat, form=form, found=found, typed=typed)
    return render(request, "web/call_form.html", told, status=422 if form.is_bound else 200)


@require_safe
@door(Right.TICKET_WORK)
def callers(request: HttpRequest, seat: Seat) -> HttpResponse:
    """找来电人: those who fit what is being typed, as choices of the form."""
    typed = request.GET.get("caller") or request.GET.get("number") or ""
    found = find_callers(seat, typed, clock.today())
    told = {"found": found, "typed": typed, "contract_id": seat.contract_id}
    return render(request, "web/parts/callers.html", told)


class MissedForm(forms.Form):
    """未接来电."""

    number = forms.CharField(required=False, max_length=40)
    began_at = forms.DateTimeField()
    channel = forms.CharField(required=False)
    test = forms.BooleanField(required=False)


@require_POST
@door(Right.TICKET_WORK)
def missed_call(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记未接来电: a voice box answers nobody."""
    form = MissedForm(request.POST)
    if not form.is_valid():
        messages.error(request, "几时振铃：请写成 2026-03-02T02:10 的样子。")
        return redirect("web:calls", seat.contract_id)
    try:
        calling.note_missed_call(
            seat.contract_id,
            number=form.cleaned_data["number"],
            began_at=form.cleaned_data["began_at"],
            channel=number_in(request, "channel"),
            test=form.cleaned_data["test"],
            by=seat,
        )
    except Refused as refused:
        for doubt in refused.doubts:
            messages.error(request, f"{doubt.places[0]}：{doubt.says}{doubt.mend}")
    except ObjectDoesNotExist:
        raise Http404("没有这个电话渠道。") from None
    else:
        messages.success(request, "已登记。在回电接通之前，它是无人应答的一段。")
    return redirect("web:calls", seat.contract_id)


# ── what nobody answered ─────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def desk_gaps(request: HttpRequest, seat: Seat) -> HttpResponse:
    """无人应答: for both sides to see: since when somebody who called or wrote has been waiting."""
    asked = number_in(request, "days")
    days = asked if asked in BACK else 30
    now = clock.now()
    found = queries.gaps(seat.contract_id, now - timedelta(days=days), now)
    if form := exports.wanted(request):
        return exports.answer(_gap_sheet(seat.contract_id, found, now), form)
    told = told_of(
        request,
        seat,
        gaps=found,
        days=days,
        back=BACK,
        seeing=bool(may(seat, Right.TICKET_WORK) or may(seat, Right.TICKET_APPROVE)),
        still=sum(one.until is None for one in found),
    )
    return render(request, "web/desk_gaps.html", told)


def _gap_sheet(contract_id: str, found: Iterable[Gap], now: datetime) -> exports.Sheet:
    return exports.Sheet(
        name=f"{contract_id} 无人应答",
        columns=("渠道", "种类", "自", "至", "拨测"),
        rows=[
            (
                *(one.channel, str(DeskKind(one.kind).label), one.since, one.until),
                "是" if one.test else "",
            )
            for one in found
        ],
        note=f"合同 {contract_id} 无人应答的来电和来件，{now:%Y-%m-%d %H:%M}",
    )
