"""日历订阅: one's own feeds, and the address under which a calendar program reads one, without a session and with nothing but its secret."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lvyue import clock
from lvyue.accounts.queries import contracts_of
from lvyue.contracts.queries import contracts
from lvyue.obligations import feeds as files
from lvyue.obligations import queries
from lvyue.obligations.actions import feeding
from lvyue.obligations.actions.feeding import NewFeed
from lvyue.web.doors import account_of
from lvyue.web.drafts import initial
from lvyue.web.views.people import take


class FeedForm(forms.Form):
    """建立日历订阅."""

    name = forms.CharField(
        label="用途", max_length=80, help_text="哪个程序用它，例如：手机日历、办公室 Outlook。"
    )
    contract_id = forms.ChoiceField(label="合同", required=False)
    alarm = forms.TypedChoiceField(
        label="日历程序里的提醒",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "不带"),
            ("15", "提前 15 分钟"),
            ("60", "提前 1 小时"),
            ("1440", "提前 1 天"),
            ("4320", "提前 3 天"),
        ],
        help_text="按日的期限从当天零点起算。平台自己的提醒不受影响。",
    )

    def __init__(self, mine: tuple[str, ...], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        titles = contracts().filter(pk__in=mine).values_list("pk", "title")
        self.fields["contract_id"].choices = [("", "我的全部合同"), *titles]  # type: ignore[attr-defined]


@require_safe
@never_cache
def feeds(request: HttpRequest) -> HttpResponse:
    """我的日历订阅."""
    return _page(request)


def _page(
    request: HttpRequest, bound: FeedForm | None = None, new: NewFeed | None = None
) -> HttpResponse:
    me = account_of(request)
    address = ""
    if new is not None:
        address = request.build_absolute_uri(reverse("web:feed-file", args=[new.secret]))
    told = {
        "feeds": queries.feeds().filter(account=me),
        "form": bound or FeedForm(contracts_of(me), initial=initial(request)),
        "new": new,
        "address": address,
    }
    status = 422 if bound is not None else 201 if new is not None else 200
    return render(request, "web/feeds.html", told, status=status)


@require_POST
@never_cache
def new_feed(request: HttpRequest) -> HttpResponse:
    """建立日历订阅: the answer itself shows the address, this once."""
    me = account_of(request)
    form = FeedForm(contracts_of(me), request.POST)
    made: list[NewFeed] = []
    if not take(
        form,
        lambda given: made.append(
            feeding.open_feed(
                given["name"], by=me, contract_id=given["contract_id"], alarm=given["alarm"]
            )
        ),
    ):
        return _page(request, form)
    return _page(request, new=made[0])


@require_POST
def revoke_feed(request: HttpRequest, feed_id: int) -> HttpResponse:
    """吊销日历订阅: only one's own; anybody else's is not there."""
    found = feeding.revoke_feed(feed_id, by=account_of(request))
    if found is None:
        raise Http404("您没有这个订阅。")
    messages.success(request, f"订阅“{found.name}”已吊销，它的地址不再有内容。")
    return redirect("web:feeds")


@login_not_required
@require_safe
def feed_file(request: HttpRequest, secret: str) -> HttpResponse:
    """日历文件: what is behind an address. Expired, revoked and never given are all the same: not there."""
    found = feeding.read_feed(secret, clock.now())
    if found is None:
        raise Http404("没有这个地址。")
    tag = f'"{found.etag}"'
    answer: HttpResponse
    if tag in [
        one.strip().removeprefix("W/")
        for one in request.headers.get("If-None-Match", "").split(",")
    ]:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(found.data, content_type=files.MEDIA)
        answer["Content-Disposition"] = 'inline; filename="lvyue.ics"'
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
