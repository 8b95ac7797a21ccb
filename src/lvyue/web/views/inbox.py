"""收件箱: what one has been told, and how one wants to be told."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lvyue import clock
from lvyue.contracts.queries import titles_of
from lvyue.core.doubts import Refused
from lvyue.notices.actions import reading
from lvyue.notices.actions.reading import Choice
from lvyue.notices.choices import ChannelKind, Topic
from lvyue.notices.queries import inbox as queries
from lvyue.notices.queries.inbox import InboxFilter, InboxRow, Message
from lvyue.notices.queries.settings import reach_of, wishes
from lvyue.web import exports
from lvyue.web.acting import number_in
from lvyue.web.doors import account_of
from lvyue.web.drafts import initial

#: The channels that a person may choose.
PERSONAL = tuple(kind for kind in ChannelKind if kind.personal)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """收件箱: the latest first."""
    me, asked = account_of(request), _asked(request)
    if form := exports.wanted(request):
        page = queries.inbox(me, asked, at_once=queries.IN_A_FILE)
        return exports.answer(_sheet(page.rows), form)
    page = queries.inbox(me, asked)
    kept = {
        "topic": asked.topic,
        "contract": asked.contract_id,
        "unread": "1" if asked.unread else "",
    }
    kept = {name: value for name, value in kept.items() if value}
    mine = queries.contracts_in(me)
    titles = titles_of({*mine, *(row.contract for row in page.rows)})
    told = {
        "page": page,
        "rows": [(row, titles.get(row.contract, row.contract)) for row in page.rows],
        "asked": asked,
        "topics": Topic.choices,
        "contracts": [(one, titles.get(one, one)) for one in mine],
        "unread": queries.unread_of(me),
        "narrowed": bool(kept),
        "older": f"?{urlencode(kept | {'before': page.before})}" if page.before else "",
    }
    return render(request, "web/inbox.html", told)


def _asked(request: HttpRequest) -> InboxFilter:
    """What is not understood narrows nothing."""
    given = request.GET
    topic = given.get("topic", "")
    return InboxFilter(
        topic=topic if topic in Topic.values else "",
        contract_id=given.get("contract", "")[:80],
        unread=bool(given.get("unread")),
        before=number_in(request, "before"),
    )


def _sheet(rows: tuple[InboxRow, ...]) -> exports.Sheet:
    return exports.Sheet(
        name="收件箱",
        columns=("时间", "话题", "紧急", "合同", "标题", "正文", "阅读时间"),
        rows=[
            (
                one.at,
                one.topic.label,
                "是" if one.urgent else "",
                one.contract,
                one.subject,
                one.body,
                one.read_at,
            )
            for one in rows
        ],
        note=f"收件箱，{clock.now():%Y-%m-%d %H:%M}",
    )


@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """一条消息: seeing it is reading it."""
    found = _mine(request, message_id)
    me = account_of(request)
    reading.read(found, by=me)
    told = {"row": queries.seen(me, found), "ways": queries.ways_of(found), "by": found.by}
    return render(request, "web/message.html", told)


@require_POST
def mark_unread(request: HttpRequest, message_id: int) -> HttpResponse:
    """标为未读."""
    reading.unread(_mine(request, message_id), by=account_of(request))
    messages.success(request, "已标为未读。")
    return redirect("web:inbox")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """全部标为已读."""
    count = reading.read_all(by=account_of(request))
    messages.success(request, f"{count} 条消息已标为已读。")
    return redirect("web:inbox")


def _mine(request: HttpRequest, message_id: int) -> Message:
    found = queries.message_of(account_of(request), message_id)
    if found is None:
        raise Http404("您没有这条消息。")
    return found


# ── how one wants to be told ─────────────────────────────────────────────────────────────────────────────────────


class ChoiceForm(forms.Form):
    """我的通知设置: a box for each topic and channel, and the hours of peace."""

    quiet_from = forms.TimeField(
        label="免打扰从",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_to = forms.TimeField(
        label="免打扰到",
        required=False,
        help_text="两头都留空就没有免打扰时段。",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    urgent_wakes = forms.BooleanField(label="紧急的不受免打扰限制", required=False)
    working_days_only = forms.BooleanField(
        label="只在工作日发",
        required=False,
        help_text="按国务院放假安排，调休上班的周末算工作日。紧急的不受限制。",
    )
    digest_at = forms.TimeField(
        label="每日汇总时间",
        required=False,
        help_text="填写后，不紧急的邮件每天在这时合成一封。",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for topic in Topic:
            self.fields[topic.value] = forms.MultipleChoiceField(
                label=topic.label,
                required=False,
                choices=[(kind.value, kind.label) for kind in PERSONAL],
                widget=forms.CheckboxSelectMultiple,
            )

    def topics(self) -> list[tuple[forms.BoundField, list[Any]]]:
        return [(self[topic.value], list(self[topic.value])) for topic in Topic]

    def hours(self) -> list[forms.BoundField]:
        names = ("quiet_from", "quiet_to", "urgent_wakes", "working_days_only", "digest_at")
        return [self[name] for name in names]

    def choice(self) -> Choice:
        given = self.cleaned_data
        return Choice(
            ways={topic.value: given[topic.value] for topic in Topic},
            quiet_from=given["quiet_from"],
            quiet_to=given["quiet_to"],
            working_days_only=given["working_days_only"],
            digest_at=given["digest_at"],
            urgent_wakes=given["urgent_wakes"],
        )


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """我的通知设置."""
    me = account_of(request)
    if request.method == "POST":
        form = ChoiceForm(request.POST)
        if form.is_valid() and _chosen(form, request):
            messages.success(request, "通知设置已保存，从下一条消息起生效。")
            return redirect("web:notice-settings")
        return _settings_page(request, form, 422)
    now = wishes(me)
    chosen = {
        "quiet_from": now.peace.quiet_from,
        "quiet_to": now.peace.quiet_to,
        "working_days_only": now.peace.working_days_only,
        "digest_at": now.peace.digest_at,
        "urgent_wakes": now.urgent_wakes,
        **{topic.value: list(now.ways(topic, urgent=True)) for topic in Topic},
    }
    return _settings_page(request, ChoiceForm(initial=initial(request) or chosen))


def _chosen(form: ChoiceForm, request: HttpRequest) -> bool:
    try:
        reading.choose(form.choice(), by=account_of(request))
    except Refused as refused:
        for doubt in refused.doubts:
            form.add_error(None, f"{doubt.places[0]}：{doubt.says}{doubt.mend}")
        return False
    return True


def _settings_page(request: HttpRequest, form: ChoiceForm, status: int = 200) -> HttpResponse:
    me = account_of(request)
    reach = reach_of([me])[me.pk] if not me.demonstration else {}
    told = {
        "form": form,
        "kinds": PERSONAL,
        "reach": [(kind.label, kind in reach) for kind in PERSONAL],
    }
    return render(request, "web/notice_settings.html", told, status=status)
