"""报单: how somebody without any training brings something to the desk: one form, one photo, and what happens next."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lvyue import clock
from lvyue.accounts.actions.answering import keep_answer, take_key
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.accounts.queries import seats_of
from lvyue.contracts.queries import contracts
from lvyue.core.doubts import Doubt, Refused
from lvyue.core.facts import Field, FieldType
from lvyue.core.tickets import TicketKind
from lvyue.helpdesk.actions.opening import BODY, SHORT, TITLE, NewTicket, open_ticket
from lvyue.helpdesk.queries.card import department_of
from lvyue.helpdesk.queries.queue import reported_by
from lvyue.helpdesk.queries.rules import openable
from lvyue.web.doors import account_of, door
from lvyue.web.drafts import initial
from lvyue.web.qr import qr
from lvyue.web.views.knowledge import alike_of
from lvyue.web.views.ticket import attached
from lvyue.web.views.tickets import told_of

#: The kinds in the words of people who know none: what is the matter with you?
PLAIN = {
    "incident": ("坏了、用不了", "Something is broken"),
    "request": ("要开通、调整或查一件事", "I need something done"),
    "question": ("想问怎么用", "How do I …?"),
    "complaint": ("对服务不满意", "I am not satisfied"),
}

#: Filled in by the page itself, never by people.
_OURS = frozenset({"channel"})

#: What a code on a device fills in.
_FROM_CODE = ("device", "system", "place")


class ReportForm(forms.Form):
    """报单: one question first; everything else may be left out."""

    title = forms.CharField(
        label="什么事？用一句话说",
        max_length=TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="例如：三楼会议室的终端连不上网。",
    )
    body = forms.CharField(
        label="说得细一点",
        required=False,
        max_length=BODY,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="什么时候开始的，屏幕上写着什么，急不急。",
    )
    file = forms.FileField(
        label="照片或截图",
        required=False,
        help_text="手机上可以直接拍。存为这份合同的证明文件，双方都能看。",
    )

    def __init__(self, kind: TicketKind, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind = kind
        self.fields["file"].widget.attrs |= {"multiple": True}  # every one is read by `attached`
        for spec in kind.fields:
            if spec.name not in _OURS:
                self.fields[f"v-{spec.name}"] = _field(spec)

    @property
    def values(self) -> dict[str, str]:
        """The fields of the kind that were filled in."""
        given = {
            one.name: self.cleaned_data.get(f"v-{one.name}")
            for one in self.kind.fields
            if one.name not in _OURS
        }
        return {name: _text(value) for name, value in given.items() if value}


def _text(value: Any) -> str:
    if value is True:
        return "true"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _field(spec: Field) -> forms.Field:
    match spec.type:
        case FieldType.BOOLEAN:
            return forms.BooleanField(label=spec.zh, required=False)
        case FieldType.MOMENT:
            return forms.DateTimeField(
                label=spec.zh,
                required=spec.required,
                widget=forms.DateTimeInput(
                    attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
                ),
            )
        case _:
            return forms.CharField(
                label=spec.zh,
                required=spec.required,
                max_length=SHORT,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )


@require_http_methods(["GET", "POST"])
@door(Right.TICKET_OPEN)
def new_ticket(request: HttpRequest, seat: Seat) -> HttpResponse:
    """报单: the form of a kind; what was wrong stands beside its field and nothing is lost."""
    kinds = openable(seat)
    asked = request.GET.get("kind", "")
    kind = next((one for one in kinds if one.name == asked), kinds[0])
    found = None
    if request.method == "POST" and request.POST.get("find"):
        # without a script: look for what is alike, open nothing, lose nothing
        form = ReportForm(kind, initial=request.POST.dict())
        typed = f"{request.POST.get('title', '')} {request.POST.get('body', '')}"
        found = alike_of(request, seat, typed)
    elif request.method == "POST":
        form = ReportForm(kind, request.POST, request.FILES)
        address = _opened(request, form, seat)
        if address:
            return redirect(address)
    else:
        begun: dict[str, Any] = {
            f"v-{name}": request.GET[name][:SHORT] for name in _FROM_CODE if name in request.GET
        }
        form = ReportForm(kind, initial=begun | dict(initial(request)))
    carried = {name: request.GET[name] for name in (*_FROM_CODE, "via") if request.GET.get(name)}
    told = told_of(
        request,
        seat,
        form=form,
        kind=kind,
        plain=[
            (one.name, *PLAIN[one.name], urlencode(carried | {"kind": one.name}))
            for one in kinds
            if one.name in PLAIN
        ],
        others=[
            (one.name, one.zh, one.says, urlencode(carried | {"kind": one.name}))
            for one in kinds
            if one.name not in PLAIN
        ],
        device=request.GET.get("device", ""),
        plain_names=PLAIN,
        similar=found,
        asked=found is not None,
    )
    return render(request, "web/ticket_form.html", told, status=422 if form.is_bound else 200)


def _opened(request: HttpRequest, form: ReportForm, seat: Seat) -> str:
    """The address of the ticket that was opened; empty where it could not be.

    The same form sent twice, because an answer was lost on the way, opens one ticket: its draft has a number of its own.
    """
    if not form.is_valid():
        return ""
    draft = request.POST.get("draft", "")
    known = re.fullmatch(r"[0-9a-f]{32}", draft)
    try:
        with transaction.atomic():
            if known is None:
                return _address(_open(request, form, seat), seat, "")
            row, new = take_key(account_of(request), f"report-{draft}", seat.contract_id)
            if not new and row.headers.get("Location"):
                return str(row.headers["Location"])
            address = _address(_open(request, form, seat), seat, draft)
            keep_answer(row, 302, {"Location": address}, "")
            return address
    except Refused as refused:
        tell(form, refused.doubts)
        return ""


def _open(request: HttpRequest, form: ReportForm, seat: Seat) -> int:
    account = account_of(request)
    values = form.values
    if any(one.name == "channel" for one in form.kind.fields):
        values["channel"] = "qr" if request.GET.get("via") == "qr" else "portal"
    new = NewTicket(
        form.kind.name,
        form.cleaned_data["title"],
        form.cleaned_data["body"],
        values,
        department=department_of(account),
        evidence=attached(request, seat),
    )
    opened = open_ticket(seat.contract_id, new, by=seat)
    messages.success(request, f"已受理，单号 {opened.name}。下面看得到到了哪一步。")
    return opened.number


def _address(number: int, seat: Seat, draft: str) -> str:
    there = reverse("web:ticket", args=[seat.contract_id, number])
    return f"{there}?{urlencode({'draft': draft})}" if draft else there


def tell(form: ReportForm, doubts: tuple[Doubt, ...]) -> None:
    """Each doubt beside its field, or above the form."""
    names = {"标题": "title", "内容": "body", "附件": "file"}
    names |= {one.zh: f"v-{one.name}" for one in form.kind.fields}
    for doubt in doubts:
        place = doubt.places[0] if doubt.places else ""
        field = names.get(place)
        says = f"{doubt.says}{doubt.mend}"
        form.add_error(
            field if field in form.fields else None, says if field else f"{place}：{says}"
        )


# ── what I brought ───────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """报单: on which contract, and how far everything is that somebody brought before."""
    account = account_of(request)
    seats = seats_of(account)
    able = [one for one, seat in seats.items() if may(seat, Right.TICKET_OPEN)]
    titles = dict(contracts().filter(pk__in=[*seats]).values_list("pk", "title"))
    told = {
        "able": [(one, titles.get(one, one)) for one in able],
        "titles": titles,
        "mine": reported_by(seats, account.username, clock.now()),
    }
    return render(request, "web/report.html", told)


# ── the code on a device ─────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@door(Right.TICKET_OPEN)
def device_code(request: HttpRequest, seat: Seat) -> HttpResponse:
    """设备码: a code to put on a device; who reads it signs in and finds the form begun. It opens nothing by itself."""
    given = {name: request.GET.get(name, "").strip()[:SHORT] for name in _FROM_CODE}
    address = ""
    if given["device"]:
        query = {name: value for name, value in given.items() if value} | {"via": "qr"}
        path = reverse("web:new-ticket", args=[seat.contract_id])
        address = request.build_absolute_uri(f"{path}?{urlencode(query)}")
    told = told_of(request, seat, given=given, address=address, code=qr(address) if address else "")
    return render(request, "web/device_code.html", told)
