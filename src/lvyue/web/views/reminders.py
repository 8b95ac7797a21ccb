"""提醒: the ladder of a contract: whom of one's own side it reaches when, what was told and read, and the parameters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import account
from lvyue.core.doubts import Refused
from lvyue.core.reminding import Policy, Rhythm
from lvyue.obligations.actions import reminding
from lvyue.obligations.ladder import (
    SENT,
    PolicyShown,
    ReminderLadder,
    previewed,
    reminders_of,
    second_choices,
    sent_of,
)
from lvyue.obligations.reminders import OffsetsInWords, policy_from_words
from lvyue.web import exports
from lvyue.web.controls import controls_of
from lvyue.web.doors import account_of, door
from lvyue.web.drafts import initial
from lvyue.web.views.people import title_of

#: The most that leaves in one file.
_IN_A_FILE = 20_000


class PolicyForm(forms.Form):
    """本方的提醒参数: for each length of clock how long before and how long after."""

    hour = forms.IntegerField(
        label="几点提醒",
        min_value=0,
        max_value=23,
        help_text="0 至 23；按小时、分钟计的时限昼夜都提醒。",
    )
    working_days_only = forms.BooleanField(
        label="只在工作日提醒",
        required=False,
        help_text="遇休息日，提前到此前的工作日；逾期的顺延到此后的工作日。",
    )
    second = forms.ChoiceField(
        label="升级的第二人",
        required=False,
        help_text="逾期之后还没有办结时告诉谁。不选则为本方第二位负责人。",
    )

    def __init__(self, seat: Seat, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        people = [(one.username, one.name) for one in second_choices(seat)]
        self.fields["second"].choices = [("", "（没有指定）"), *people]  # type: ignore[attr-defined]
        for rhythm in Rhythm:
            hint = "例如：一半、15分钟" if rhythm is Rhythm.HOURS else "例如：3个工作日、1个工作日"
            self.fields[f"{rhythm}_before"] = forms.CharField(
                label=f"{rhythm.zh}：提前", required=False, max_length=300, help_text=hint
            )
            self.fields[f"{rhythm}_after"] = forms.CharField(
                label=f"{rhythm.zh}：逾期多久升级", required=False, max_length=300
            )
            if rhythm is not Rhythm.HOURS:
                self.fields[f"{rhythm}_on_day"] = forms.BooleanField(
                    label=f"{rhythm.zh}：最后一天也提醒", required=False
                )

    def policy(self) -> Policy | None:
        """What was typed; None with errors on the form where it is not understood."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        words = {
            rhythm: OffsetsInWords(
                given[f"{rhythm}_before"],
                given[f"{rhythm}_after"],
                given.get(f"{rhythm}_on_day", True),
            )
            for rhythm in Rhythm
        }
        try:
            return policy_from_words(
                words, given["hour"], working_days_only=given["working_days_only"]
            )
        except Refused as refused:
            names = {f"{one.zh}：提前": f"{one}_before" for one in Rhythm}
            names |= {f"{one.zh}：升级": f"{one}_after" for one in Rhythm}
            for doubt in refused.doubts:
                field = names.get(doubt.places[0], "hour")
                self.add_error(field, f"{doubt.says}{doubt.mend}")
            return None


class PauseForm(forms.Form):
    """停止提醒本人."""

    term = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    until = forms.DateField(
        label="到哪一天",
        required=False,
        help_text="含当日；不填为一直。",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        label="理由", max_length=2000, help_text="会留在留痕里，例如：由同事负责。"
    )


def _as_typed(policy: PolicyShown) -> dict[str, object]:
    told: dict[str, object] = {
        "hour": policy.hour,
        "working_days_only": policy.working_days_only,
        "second": policy.second,
    }
    for key, _, words in policy.offsets:
        told |= {
            f"{key}_before": words.before,
            f"{key}_after": words.after,
            f"{key}_on_day": words.on_day,
        }
    return told


@require_safe
@door(Right.SEE)
def reminders(request: HttpRequest, seat: Seat) -> HttpResponse:
    """提醒: what is to come for one's own side, and what was told."""
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat), form)
    return _page(request, seat)


def _page(
    request: HttpRequest,
    seat: Seat,
    *,
    form: PolicyForm | None = None,
    pause_form: PauseForm | None = None,
    preview: tuple[ReminderLadder, ...] = (),
) -> HttpResponse:
    me = account_of(request)
    term = request.GET.get("term", "")[:200]
    shown = reminders_of(seat, me, clock.now(), term=term)
    if form is None and shown.policy is not None and shown.may_set:
        form = PolicyForm(seat, initial=_as_typed(shown.policy) | initial(request))
    told = {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        **title_of(seat.contract_id),
        "seat": seat,
        "page": shown,
        "term": term,
        "form": form,
        "pause_form": pause_form or PauseForm(initial={"term": term}, auto_id="pause_%s"),
        "preview": preview,
        "sent_limit": SENT,
    }
    wrong = any(one is not None and one.errors for one in (form, pause_form))
    return render(request, "web/reminders.html", told, status=422 if wrong else 200)


@require_POST
@door(Right.REMIND)
def set_reminders(request: HttpRequest, seat: Seat) -> HttpResponse:
    """设定提醒: ``preview`` shows what would come of it and keeps nothing."""
    form = PolicyForm(seat, request.POST)
    policy = form.policy()
    if policy is None:
        return _page(request, seat, form=form)
    if "preview" in request.POST:
        return _page(request, seat, form=form, preview=previewed(seat, policy, clock.now()))
    second = form.cleaned_data["second"]
    try:
        reminding.set_policy(
            seat, policy, account(second) if second else None, by=account_of(request)
        )
    except Refused as refused:
        for doubt in refused.doubts:
            form.add_error("second", f"{doubt.says}{doubt.mend}")
        return _page(request, seat, form=form)
    messages.success(request, "已设定本方的提醒，从现在起按新的算。")
    return redirect("web:reminders", seat.contract_id)


@require_POST
@door(Right.SEE)
def pause_reminders(request: HttpRequest, seat: Seat) -> HttpResponse:
    """停止提醒本人."""
    form = PauseForm(request.POST, auto_id="pause_%s")
    if not form.is_valid():
        return _page(request, seat, pause_form=form)
    given = form.cleaned_data
    until = None
    if given["until"] is not None:
        until = datetime.combine(given["until"], time.max, clock.SHANGHAI)
    try:
        reminding.pause(seat, given["term"], until, given["reason"], by=account_of(request))
    except Refused as refused:
        fields = {"理由": "reason", "到何时": "until"}
        for doubt in refused.doubts:
            form.add_error(fields.get(doubt.places[0]), f"{doubt.says}{doubt.mend}")
        return _page(request, seat, pause_form=form)
    messages.success(request, "不再提醒您；逾期的照样告知。")
    return redirect("web:reminders", seat.contract_id)


@require_POST
@door(Right.SEE)
def resume_reminders(request: HttpRequest, seat: Seat, pause_id: int) -> HttpResponse:
    """恢复提醒本人: only one's own; anybody else's is not there."""
    if not reminding.resume(seat, pause_id, by=account_of(request)):
        raise Http404("您没有停过这项提醒。")
    messages.success(request, "已恢复提醒。")
    return redirect("web:reminders", seat.contract_id)


def _sheet(seat: Seat) -> exports.Sheet:
    return exports.Sheet(
        name=f"{seat.contract_id} 已发提醒",
        columns=(
            *("发出", "应发", "哪一方", "阶段", "事项", "哪一次", "到期日"),
            *("标题", "收件人", "阅读", "其他通道"),
        ),
        rows=_lines(seat),
        note=f"合同 {seat.contract_id} 已发提醒，{clock.now():%Y-%m-%d %H:%M}",
    )


def _lines(seat: Seat) -> Iterator[tuple[exports.Cell, ...]]:
    for one in sent_of(seat, at_once=_IN_A_FILE):
        head = (one.sent_at, one.planned_at, one.side, one.stage, one.says, one.occurrence, one.due)
        if not one.people:
            yield (*head, one.subject, "（没有人可以提醒）", None, "")
        for person in one.people:
            yield (*head, one.subject, person.name, person.read_at, "；".join(person.ways))
