"""告警: what monitoring systems said about a contract, and who may send."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.accounts.permissions import Right, Seat, may
from lvyue.monitoring import actions, queries
from lvyue.monitoring.actions import NewSource
from lvyue.monitoring.choices import AlertStatus, SourceKind
from lvyue.monitoring.payloads import DEFAULT_MAPPING
from lvyue.monitoring.queries import AlertFilter
from lvyue.web import exports
from lvyue.web.acting import number_in
from lvyue.web.controls import controls_of
from lvyue.web.doors import door
from lvyue.web.drafts import initial
from lvyue.web.views.people import take, title_of


class SourceForm(forms.Form):
    """设置告警来源."""

    name = forms.CharField(
        label="名称", max_length=80, help_text="哪个监控系统，例如：机房 Prometheus。"
    )
    kind = forms.ChoiceField(label="种类", choices=SourceKind.choices)
    networks = forms.CharField(
        label="来源地址",
        required=False,
        max_length=1000,
        help_text="只准这些地址或网段发来，空格分开，例如 10.0.0.5 10.1.0.0/16；不填则不限。",
    )
    mapping = forms.CharField(
        label="对照表",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text="只用于其他系统：每行一项，左边是我们的名称，右边是对方 JSON 里的路径。",
    )

    def words(self) -> dict[str, str]:
        """The mapping as it was typed: a name and a path on each line."""
        lines = (
            line.partition("=")
            for line in self.cleaned_data["mapping"].splitlines()
            if line.strip()
        )
        return {name.strip(): path.strip() for name, _, path in lines}


_USUAL = "\n".join(f"{name} = {path}" for name, path in DEFAULT_MAPPING.items())


@require_safe
@door(Right.SEE)
def alerts(request: HttpRequest, seat: Seat) -> HttpResponse:
    """告警: those heard of last first, by a filter."""
    asked = _asked(request)
    if form := exports.wanted(request):
        return exports.answer(_sheet(seat, asked), form)
    told = {
        **_head(request, seat),
        "page": queries.alert_page(seat.contract_id, asked),
        "asked": asked,
        "statuses": AlertStatus.choices,
        "severities": queries.severities(seat.contract_id),
        "unread": queries.unread(seat.contract_id)[:10],
        "may_set": bool(may(seat, Right.ALERTS)),
    }
    return render(request, "web/alerts.html", told)


def _head(request: HttpRequest, seat: Seat) -> dict[str, Any]:
    return {
        "controls": controls_of(request.GET, clock.today()),
        "contract_id": seat.contract_id,
        **title_of(seat.contract_id),
        "seat": seat,
    }


def _asked(request: HttpRequest) -> AlertFilter:
    return AlertFilter(
        status=request.GET.get("status", "")[:20],
        severity=request.GET.get("severity", "")[:80],
        sought=request.GET.get("q", "").strip()[:80],
        before=number_in(request, "before"),
    )


def _sheet(seat: Seat, asked: AlertFilter) -> exports.Sheet:
    found = queries.alerts(seat.contract_id, asked)[: queries.IN_A_FILE]
    return exports.Sheet(
        name=f"{seat.contract_id} 告警",
        columns=(
            "开始",
            "恢复",
            "状态",
            "级别",
            "名称",
            "说明",
            "来源",
            "收到次数",
            "首次收到",
            "最近收到",
            "指纹",
        ),
        rows=(
            (
                *(one.starts_at, one.ends_at, one.get_status_display(), one.severity),
                *(one.name, one.summary, one.source.name, one.times),
                *(one.first_at, one.last_at, one.fingerprint),
            )
            for one in found.iterator(chunk_size=2000)
        ),
        note=f"合同 {seat.contract_id} 的告警，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_safe
@door(Right.SEE)
def alert(request: HttpRequest, seat: Seat, alert_id: int) -> HttpResponse:
    """一条告警: with its labels and the body of its first delivery."""
    one = queries.alert(seat.contract_id, alert_id)
    if one is None:
        raise Http404("没有这条告警。")
    raw = bytes(one.delivery.body).decode("utf-8", "replace")
    return render(request, "web/alert.html", {**_head(request, seat), "one": one, "raw": raw})


@require_safe
@door(Right.EXPORT)
def alert_body(request: HttpRequest, seat: Seat, delivery_id: int) -> HttpResponse:  # noqa: ARG001  views take it
    """原文: byte for byte as it came, as a file that nothing opens by itself."""
    found = queries.delivery(seat.contract_id, delivery_id)
    if found is None:
        raise Http404("没有这份投递。")
    response = HttpResponse(bytes(found.body), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="alert-{found.sha256[:12]}.json"'
    return response


@require_http_methods(["GET", "POST"])
@never_cache
@door(Right.ALERTS)
def alert_sources(request: HttpRequest, seat: Seat) -> HttpResponse:
    """告警来源: who may send. The answer to a new one shows its secret, this once."""
    made: list[NewSource] = []
    form = SourceForm(request.POST or None, initial={"mapping": _USUAL, **initial(request)})
    if request.method == "POST" and take(
        form,
        lambda given: made.append(
            actions.open_source(
                seat,
                given["name"],
                SourceKind(given["kind"]),
                by=seat,
                mapping=form.words() if given["kind"] == SourceKind.GENERIC else None,
                networks=given["networks"].replace(",", " ").replace("，", " ").split(),
            )
        ),
    ):
        form = SourceForm(initial={"mapping": _USUAL})
    new = made[0] if made else None
    told = {
        **_head(request, seat),
        "form": form,
        "sources": queries.sources(seat.contract_id),
        "new": new,
        "address": request.build_absolute_uri(f"/api/v1/alerts/{new.source.kind}") if new else "",
    }
    status = 201 if new else 422 if form.is_bound else 200
    return render(request, "web/alert_sources.html", told, status=status)


@require_POST
@door(Right.ALERTS)
def close_alert_source(request: HttpRequest, seat: Seat, source_id: int) -> HttpResponse:
    """停用告警来源: only of this contract."""
    found = actions.close_source(seat, source_id, by=seat)
    if found is None:
        raise Http404("没有这个来源。")
    messages.success(request, f"来源“{found.name}”已停用，它的密钥不能再送告警。")
    return redirect("web:alert-sources", seat.contract_id)
