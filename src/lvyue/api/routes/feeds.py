"""日历订阅: one's own feeds, and the due dates of a contract as a calendar file."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router

from lvyue import clock
from lvyue.api.asked import ContractId, RowNumber, says
from lvyue.api.gate import caller, enter
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import Shape, page
from lvyue.obligations import queries
from lvyue.obligations.actions import feeding
from lvyue.obligations.feeds import MEDIA, calendar_of

router = Router(tags=["提醒与日历 Reminders"])


class MyFeed(Shape):
    """日历订阅: without its address, which nobody can read again."""

    id: int
    name: str
    contract: str | None
    alarm_minutes: int | None
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


FEEDS = Listing.of(MyFeed, "id")


@router.get("/me/feeds", response=says(page(MyFeed)), summary="我的日历订阅")
@FEEDS.described
def feeds(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """新订阅只能登录网页后建立：令牌不能生出别的凭据。程序直接读 `calendar.ics`。"""
    return FEEDS.among(
        request,
        asked,
        [
            {
                "id": one.pk,
                "name": one.name,
                "contract": one.contract_id or None,
                "alarm_minutes": one.alarm_minutes,
                "created_at": one.created_at,
                "used_at": one.used_at,
                "revoked_at": one.revoked_at,
            }
            for one in queries.feeds().filter(account=caller(request))
        ],
    )


@router.delete("/me/feeds/{feed_id}", response=says(None, 204), summary="吊销日历订阅")
def revoke(request: HttpRequest, feed_id: RowNumber) -> HttpResponse:
    """吊销本人的一个订阅；它的地址立即没有内容。"""
    if feeding.revoke_feed(feed_id, by=caller(request)) is None:
        raise Http404("您没有这个订阅。")
    return HttpResponse(status=204)


def _file(request: HttpRequest, contract_id: str = "") -> HttpResponse:
    found = calendar_of(caller(request), clock.now(), contract_id=contract_id)
    if found is None:
        raise Http404(f"登记簿里没有编号为“{contract_id}”的合同。")
    told = HttpResponse(found.data, content_type=MEDIA)
    told["ETag"] = f'"{found.etag}"'
    return told


_ICS = {"responses": {200: {"content": {MEDIA: {"schema": {"type": "string"}}}}}}


@router.get(
    "/calendar.ics",
    response=says(None),
    summary="我的到期日，日历文件",
    openapi_extra=_ICS,
)
def calendar(request: HttpRequest) -> HttpResponse:
    """全部合同的到期日（RFC 5545）。暂定的为 TENTATIVE，撤销的为 CANCELLED。"""
    return _file(request)


@router.get(
    "/contracts/{slug:contract_id}/calendar.ics",
    response=says(None),
    summary="一份合同的到期日，日历文件",
    openapi_extra=_ICS,
)
def contract_calendar(request: HttpRequest, contract_id: ContractId) -> HttpResponse:
    """一份合同的到期日（RFC 5545）。"""
    seat = enter(request, contract_id)
    return _file(request, seat.contract_id)
