"""作业: what is done in the background, for administrators: what waits, runs and failed, what is due next, and who works.

What a job is about is shown to nobody: neither its arguments nor its key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from lvyue import clock
from lvyue.accounts.actions import REASON
from lvyue.core.doubts import Refused
from lvyue.jobs import queries
from lvyue.jobs.actions import deciding
from lvyue.jobs.choices import JobState
from lvyue.jobs.queries import JobView, Planned
from lvyue.web import exports
from lvyue.web.doors import account_of, administrators_only

_WORD = 80

#: What the address says where also those are wanted that have ended well.
ALL = "all"


class ReasonForm(forms.Form):
    """理由: which the audit trail keeps."""

    reason = forms.CharField(
        label="理由", max_length=REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


@require_safe
@administrators_only
def jobs(request: HttpRequest) -> HttpResponse:
    """作业: the queue, the schedules and who works."""
    asked, word = request.GET.get("state", ""), request.GET.get("q", "").strip()[:_WORD]
    state, ended = _state(asked), asked == ALL or bool(word)
    now = clock.now()
    if form := exports.wanted(request):
        if request.GET.get("list") == "schedules":
            return exports.answer(_schedules_sheet(queries.planned(now)), form)
        found = queries.jobs(state, word, ended=ended, at_once=queries.IN_A_FILE)
        return exports.answer(_jobs_sheet(found.jobs), form)
    before = request.GET.get("before", "")[:100]
    page = queries.jobs(state, word, ended=ended, before=before)
    counts = queries.counts()
    told = {
        "page": page,
        "state": state,
        "all": asked == ALL,
        "word": word,
        "states": [(one, counts[one]) for one in JobState],
        "older": _older(asked, word, page.before),
        "planned": queries.planned(now),
        "workers": queries.workers(now),
        "idle": not queries.workers(now).exists(),
        "schedules_query": urlencode({"list": "schedules"}),
    }
    return render(request, "web/jobs.html", told)


def _state(text: str) -> JobState | None:
    return JobState(text) if text in JobState.values else None


def _older(state: str, word: str, before: str) -> str:
    if not before:
        return ""
    asked = {"state": state[:20], "q": word, "before": before}
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """一项作业: how it stands, with what can be done about it."""
    found = queries.job(job_id)
    if found is None:
        raise Http404("没有这项作业，或者它早已办完。")
    acts: dict[str, tuple[Callable[..., None], str]] = {
        "retry": (deciding.retry, "已放回队列，马上再试。"),
        "drop": (deciding.drop, "已放弃。"),
    }
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act, said = acts.get(request.POST.get("act", ""), acts["retry"])
        try:
            act(job_id, by=account_of(request), reason=form.cleaned_data["reason"])
        except Refused as refused:
            _tell(form, refused)
        else:
            messages.success(request, said)
            return redirect("web:job", job_id)
    told = {"job": found, "form": form}
    return render(request, "web/job.html", told, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def schedule(request: HttpRequest, name: str) -> HttpResponse:
    """一项计划: its next run, and the one that does not wait for it."""
    found = next((one for one in queries.planned(clock.now()) if one.schedule.name == name), None)
    if found is None:
        raise Http404("没有这项计划。")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            queued = deciding.run_schedule(
                name, by=account_of(request), reason=form.cleaned_data["reason"]
            )
        except Refused as refused:
            _tell(form, refused)
        else:
            messages.success(request, "已排队。" if queued else "它已经在排队，不必再排。")
            return redirect("web:jobs")
    told = {"one": found, "form": form}
    return render(request, "web/schedule.html", told, status=422 if form.errors else 200)


def _tell(form: forms.Form, refused: Refused) -> None:
    for doubt in refused.doubts:
        place = "reason" if doubt.places == ("理由",) else None
        form.add_error(place, f"{doubt.says}{doubt.mend}")


def _jobs_sheet(found: tuple[JobView, ...]) -> exports.Sheet:
    columns = (
        *("编号", "作业", "队列", "状态", "排队时间", "应执行", "开始", "结束"),
        *("第几次", "最多几次", "做到", "共", "出了什么错", "错在何处"),
    )
    rows = [
        (
            *(str(one.id), one.title, one.queue, one.state.label, one.queued_at, one.due_at),
            *(one.started_at, one.ended_at, one.attempt, one.attempts, one.done, one.of),
            *(one.trouble, one.place),
        )
        for one in found
    ]
    return exports.Sheet("作业", columns, rows)


def _schedules_sheet(found: list[Planned]) -> exports.Sheet:
    columns = ("计划", "名称", "什么时候", "上次应执行", "上次结果", "上次作业", "下次")
    rows: list[tuple[Any, ...]] = [
        (
            *(one.schedule.name, one.schedule.zh, one.schedule.says, one.last_due),
            one.last_state.label if one.last_state else None,
            one.job.label if one.job else None,
            one.next_due,
        )
        for one in found
    ]
    return exports.Sheet("计划", columns, rows)
