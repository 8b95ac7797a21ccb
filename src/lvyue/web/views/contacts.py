"""联系方式: where each side of a contract is reached, who speaks for it, and the notices that must arrive within the hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from unicodedata import normalize

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import parse_at
from lvyue.core.service import ContactMeans
from lvyue.notices.actions.contacts import (
    NewContact,
    confirm_contact,
    end_contact,
    name_liaison,
    reveal_contact,
)
from lvyue.notices.actions.prompting import NewLeg, NewPrompt, open_prompt, send_prompt
from lvyue.notices.letter_choices import CONTACT_KINDS, Origin, PromptChannel, Side
from lvyue.notices.queries.contacts import (
    ContactRow,
    contact,
    contact_rows,
    liaison_rows,
    release_of,
    rules_of,
)
from lvyue.notices.queries.prompts import KIND_OF, prompt, prompt_terms, prompts, sheet_of
from lvyue.obligations.actions.serving import follow_prompt, record_leg, register_contact
from lvyue.obligations.queries import calendar
from lvyue.web.acting import number_of
from lvyue.web.doors import door
from lvyue.web.drafts import initial
from lvyue.web.exports import Sheet, answer, wanted
from lvyue.web.views.amendments import Day, told_of
from lvyue.web.views.letters import UNPROCESSABLE, kept


class ContactForm(forms.Form):
    """登记联系方式."""

    replaces = forms.CharField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label="种类", choices=CONTACT_KINDS)
    value = forms.CharField(label="号码或地址", max_length=200)
    person = forms.CharField(
        label="收件人",
        max_length=80,
        required=False,
        help_text="限时通知按收件人核对各路是否送到。",
    )
    origin = forms.ChoiceField(
        label="来源",
        choices=Origin.choices,
        help_text="合同所列的，双方签字时就知道；别的，对方收到书面告知才算知悉。",
    )
    since = Day("起", "从哪天起使用；变更的，写变更之日。")
    known_on = Day(
        "对方知悉日", "对方签收书面告知之日，要附签收单；还没有告知就不填，另发变更通知。"
    )
    paper = forms.CharField(label="依据文书", max_length=200, required=False)
    proof = forms.FileField(label="签收单", required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["known_on"].required = False


class LiaisonForm(forms.Form):
    """指定或更换联络人."""

    replaces = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label="姓名", max_length=80)
    since = Day("起", "从哪天起任联络人。")
    told_on = Day("书面告知对方之日", "更换联络人要先书面通知；第一次指定不用填。")
    powers = forms.CharField(
        label="权限", max_length=500, required=False, help_text="例如：日常联络、签收文书。"
    )
    paper = forms.CharField(label="依据文书", max_length=200, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["told_on"].required = False


# ── the register ─────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.SEE)
def contacts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """联系方式: both sides' register, veiled, with what counts today and why; the liaisons; both as history."""
    rows = contact_rows(seat.contract_id, clock.today(), calendar())
    if form := wanted(request):
        return answer(_sheet(rows), form)
    return _page(request, seat)


def _sheet(rows: tuple[ContactRow, ...]) -> Sheet:
    heads = (
        *("一方", "种类", "号码或地址（遮盖）", "收件人", "来源", "起", "止", "对方知悉日"),
        *("对方确认日", "今天有效", "说明", "应告知", "迟（天）", "严格计迟（天）"),
    )
    lines = [
        (
            *(one.side_zh, one.kind_zh, one.value, one.person, one.origin_zh),
            *(one.since, one.until, one.known_on, one.confirmed_on),
            *("是" if one.counts else "否", one.because, one.tell_by),
            *(one.days_late or None, one.strict_days_late or None),
        )
        for one in rows
    ]
    return Sheet(
        "合同联系方式", heads, lines, "号码和姓名已遮盖；要看全文，请在页面上逐项说明理由。"
    )


def _page(
    request: HttpRequest,
    seat: Seat,
    doubts: tuple[Doubt, ...] = (),
    form: ContactForm | None = None,
    liaison: LiaisonForm | None = None,
    revealed: tuple[int, str] | None = None,
) -> HttpResponse:
    today = clock.today()
    rows = contact_rows(seat.contract_id, today, calendar())
    liaisons = liaison_rows(seat.contract_id, today)
    own = seat.side.value if seat.side is not None else ""
    serving = may(seat, Right.SERVE)
    sides = [
        (
            side.label,
            side.value,
            [one for one in rows if one.side == side],
            [one for one in liaisons if one.side == side],
        )
        for side in Side
    ]
    replaces = request.GET.get("replaces", "")
    old = contact(seat.contract_id, number_of(replaces) or 0)
    begun: dict[str, Any] = dict(initial(request)) or {
        "since": today,
        "replaces": old.pk if old is not None else "",
        "kind": old.kind if old is not None else ContactMeans.ADDRESS.value,
        "origin": Origin.TOLD if old is not None else Origin.CONTRACT,
        "person": old.person if old is not None and old.side == own else "",
    }
    current = next((one for one in liaisons if one.side == own and one.until is None), None)
    told = {
        "sides": sides,
        "own": own,
        "serving": serving,
        "revealing": may(seat, Right.REVEAL),
        "rules": rules_of(seat.contract_id, today),
        "doubts": doubts,
        "revealed": revealed,
        "replacing": old,
        "form": form or ContactForm(initial=begun, auto_id="contact_%s"),
        "liaison_form": liaison
        or LiaisonForm(
            initial={"since": today, "replaces": current.id if current else ""},
            auto_id="liaison_%s",
        ),
        "current": current,
        "today": today,
    }
    bad = doubts or (form is not None and form.errors) or (liaison is not None and liaison.errors)
    status = UNPROCESSABLE if bad else 200
    return render(request, "web/contacts.html", told | told_of(request, seat), status=status)


@require_POST
@door(Right.SERVE)
def new_contact(request: HttpRequest, seat: Seat) -> HttpResponse:
    """登记, or replace one."""
    form = ContactForm(request.POST, request.FILES, auto_id="contact_%s")
    if not form.is_valid():
        return _page(request, seat, form=form)
    given = form.cleaned_data

    def act() -> object:
        new = NewContact(
            side=Side(seat.side.value) if seat.side is not None else Side.BUYER,
            kind=ContactMeans(given["kind"]),
            value=given["value"],
            since=given["since"],
            person=given["person"],
            origin=Origin(given["origin"]),
            known_on=given["known_on"],
            paper=given["paper"],
            evidence=kept(seat, given["proof"]),
            replaces=number_of(given["replaces"]),
        )
        return register_contact(new, by=seat)

    return _act(request, seat, act, "已登记。", form=form)


@require_POST
@door(Right.SERVE)
def confirm(request: HttpRequest, seat: Seat, contact_id: int) -> HttpResponse:
    """确认对方的联系方式."""
    _found(seat, contact_id)
    return _act(request, seat, lambda: confirm_contact(contact_id, by=seat), "已确认。")


@require_POST
@door(Right.SERVE)
def end(request: HttpRequest, seat: Seat, contact_id: int) -> HttpResponse:
    """停用本方的联系方式."""
    _found(seat, contact_id)
    reason = request.POST.get("reason", "")
    return _act(
        request,
        seat,
        lambda: end_contact(contact_id, on=clock.today(), reason=reason, by=seat),
        "已停用；此前的记录都在。",
    )


@require_POST
@door(Right.REVEAL)
def reveal(request: HttpRequest, seat: Seat, contact_id: int) -> HttpResponse:
    """查看全文: shown once on this page, and on no other."""
    _found(seat, contact_id)
    try:
        value = reveal_contact(contact_id, request.POST.get("reason", ""), by=seat)
    except Refused as refused:
        return _page(request, seat, refused.doubts)
    response = _page(request, seat, revealed=(contact_id, value))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@door(Right.SERVE)
def new_liaison(request: HttpRequest, seat: Seat) -> HttpResponse:
    """指定或更换联络人."""
    form = LiaisonForm(request.POST, auto_id="liaison_%s")
    if not form.is_valid():
        return _page(request, seat, liaison=form)
    given = form.cleaned_data

    def act() -> object:
        return name_liaison(
            given["name"],
            given["since"],
            by=seat,
            powers=given["powers"],
            paper=given["paper"],
            told_on=given["told_on"],
            replaces=number_of(given["replaces"]),
        )

    return _act(request, seat, act, "已登记联络人。", liaison=form)


def _act(
    request: HttpRequest,
    seat: Seat,
    act: Callable[[], object],
    says: str,
    *,
    form: ContactForm | None = None,
    liaison: LiaisonForm | None = None,
) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return _page(request, seat, refused.doubts, form, liaison)
    messages.success(request, says)
    return redirect("web:contacts", seat.contract_id)


def _found(seat: Seat, contact_id: int) -> None:
    if contact(seat.contract_id, contact_id) is None:
        raise Http404("没有这项联系方式。")


# ── prompt notices ───────────────────────────────────────────────────────────────────────────────────────────────


class Moment(forms.CharField):
    """A moment by the clocks of Beijing, as a browser's field or a hand writes it."""

    def __init__(self, label: str, help_text: str = "北京时间。", *, required: bool = True) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})
        super().__init__(label=label, help_text=help_text, widget=widget, required=required)

    def clean(self, value: Any) -> datetime | None:
        text = normalize("NFKC", super().clean(value)).strip().replace(" ", "T")
        if not text:
            return None
        at = parse_at(text if "+" in text or text.endswith("Z") else f"{text}+08:00")
        if not isinstance(at, datetime):
            raise forms.ValidationError("不是时刻；请写成 2026-03-02T10:30 的样子。")
        return at.astimezone(SHANGHAI)


class PromptForm(forms.Form):
    """开始限时通知."""

    term = forms.ChoiceField(label="约定")
    subject = forms.CharField(
        label="关于什么", max_length=200, help_text="与事件登记时的“对象”相同，才对得上同一件事。"
    )
    event_at = Moment("事件时刻", "从这一刻起计时，北京时间。")
    text = forms.CharField(
        label="通知内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, terms: Any, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["term"].choices = [(one.id, one.says) for one in terms]  # type: ignore[attr-defined]  # a field of choices


class LegForm(forms.Form):
    """登记一路."""

    contact = forms.ChoiceField(label="送往")
    sent_at = Moment("发出时刻")
    delivered_at = Moment("到达时刻", "按回执；没有到达就不填。", required=False)
    failed = forms.CharField(label="没有到达的原因", max_length=500, required=False)
    proof = forms.FileField(
        label="回执", required=False, help_text="邮件回执，或短信网关的状态报告。"
    )

    def __init__(self, people: Any, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["contact"].choices = people  # type: ignore[attr-defined]  # a field of choices


@require_http_methods(["GET", "POST"])
@door(Right.SEE)
def prompt_list(request: HttpRequest, seat: Seat) -> HttpResponse:
    """限时通知: all of a contract, and a new one where the contract asks for such."""
    now = clock.now()
    terms = prompt_terms(release_of(seat.contract_id, clock.today()))
    own = tuple(one for one in terms if seat.side is one.side.party)
    sheets = [sheet_of(one, now) for one in prompts(seat.contract_id)]
    if form := wanted(request):
        heads = ("号", "关于什么", "事件时刻", "到期", "结论", "说明")
        lines = [
            (one.number, one.subject, one.event_at, one.due_at, _WORDS[one.verdict], one.because)
            for one in sheets
        ]
        return answer(Sheet("限时通知", heads, lines), form)
    opening = PromptForm(own, request.POST or None, initial=initial(request))
    doubts: tuple[Doubt, ...] = ()
    if request.method == "POST" and opening.is_valid():
        given = opening.cleaned_data
        new = NewPrompt(given["term"], given["subject"], given["event_at"], given["text"])
        try:
            row = open_prompt(new, calendar(), by=seat)
        except Refused as refused:
            doubts = refused.doubts
        else:
            messages.success(request, "已开始计时；请立即按每一路送到每一个人。")
            return redirect("web:prompt", seat.contract_id, row.number)
    told = {
        "sheets": [(one, _WORDS[one.verdict]) for one in sheets],
        "terms": terms,
        "own_terms": own if may(seat, Right.RECORD) else (),
        "form": opening,
        "doubts": doubts,
    }
    status = UNPROCESSABLE if opening.is_bound else 200
    return render(request, "web/prompts.html", told | told_of(request, seat), status=status)


#: The verdict in words, with the mark that stands beside it.
_WORDS = {"met": "✓ 按时送达", "late": "⚠ 迟送", "missed": "✗ 未送达", "waiting": "· 计时中"}


@require_http_methods(["GET", "POST"])
@door(Right.SEE)
def prompt_page(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    """限时通知: both legs, to whom, when; what is missing, how long there is; record a leg or send it from here."""
    row = prompt(seat.contract_id, number)
    if row is None:
        raise Http404(f"没有限时通知第{number}号。")
    sheet = sheet_of(row, clock.now())
    channels = {kind: channel for channel, kind in KIND_OF.items()}
    people = [
        (one.id, f"{channels[one.kind].label}：{one.person or one.side_zh} {one.value}")
        for one in contact_rows(
            seat.contract_id, row.event_at.astimezone(SHANGHAI).date(), calendar()
        )
        if one.side == Side(row.side).other and one.kind in channels and one.counts
    ]
    form = LegForm(people, request.POST or None, request.FILES or None)
    doubts: tuple[Doubt, ...] = ()
    if request.method == "POST":
        try:
            done = _prompt_act(request, seat, number, form)
        except Refused as refused:
            doubts = refused.doubts
        else:
            if done:
                messages.success(request, done)
                return redirect("web:prompt", seat.contract_id, number)
    acting = may(seat, Right.RECORD) and seat.side is Side(row.side).party
    told = {
        "sheet": sheet,
        "word": _WORDS[sheet.verdict],
        "form": form if acting and people else None,
        "acting": acting,
        "doubts": doubts,
        "states": [(PromptChannel(one.channel).label, one) for one in sheet.states],
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "web/prompt.html", told | told_of(request, seat), status=status)


def _prompt_act(request: HttpRequest, seat: Seat, number: int, form: LegForm) -> str:
    """What was done, in words; empty where the form must be mended first."""
    if "send" in request.POST:
        made = send_prompt(number, by=seat)
        row = prompt(seat.contract_id, number)
        if row is not None:
            follow_prompt(row, by=seat)
        return f"已发出 {len(made)} 路；到达与否以通道的回报为准。"
    if not form.is_valid():
        return ""
    given = form.cleaned_data
    target = contact(seat.contract_id, number_of(given["contact"]) or 0)
    kinds = {kind: channel for channel, kind in KIND_OF.items()}
    if target is None or target.kind not in kinds:
        raise Http404("没有这项联系方式。")
    new = NewLeg(
        channel=kinds[target.kind],
        contact=target.pk,
        sent_at=given["sent_at"],
        delivered_at=given["delivered_at"],
        failed=given["failed"],
        evidence=kept(seat, given["proof"]),
    )
    record_leg(number, new, by=seat)
    return "已登记。"
