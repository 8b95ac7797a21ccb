"""收件箱: what one has been told, and how one wants to be told."""

from __future__ import annotations

from datetime import time

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from lvyue.api.asked import After, Query, Refusing, RowNumber, Word, says
from lvyue.api.gate import caller
from lvyue.api.shapes import Shape, answer, listed, page, shape
from lvyue.core.doubts import Refused, malformed
from lvyue.notices.actions import reading
from lvyue.notices.actions.reading import Choice
from lvyue.notices.choices import ChannelKind, Topic
from lvyue.notices.queries import inbox as queries
from lvyue.notices.queries.inbox import InboxFilter, InboxRow, Message, Way
from lvyue.notices.queries.settings import Wishes, reach_of, wishes

router = Router(tags=["收件箱 Inbox"])

_TOPICS = "、".join(f"{value} {word}" for value, word in Topic.choices)


class AskedMessages(After):
    """哪些消息."""

    topic: Word = Field("", description=f"话题：{_TOPICS}")
    contract: Word = Field("", description="合同编号")
    unread: bool = Field(default=False, description="只看未读")


@router.get("/me/messages", response=says(page(InboxRow)), summary="我的消息")
def messages(request: HttpRequest, asked: Query[AskedMessages]) -> HttpResponse:
    """最近的在前。已离开的合同，消息只留标记（`veiled`）。查看不等于读过：读过用 `read`。"""
    if asked.topic and asked.topic not in Topic.values:
        says_ = f"没有“{asked.topic}”这个话题。"
        raise Refused([malformed("查询参数 topic", says_, f"可用：{_TOPICS}。")])
    wanted = InboxFilter(asked.topic, asked.contract, asked.unread, asked.index)
    found = queries.inbox(caller(request), wanted, at_once=asked.limit)
    return listed(found.rows, found.before)


class OneMessage(Shape):
    """一条消息, with what left the product for it."""

    message: shape(InboxRow)  # type: ignore[valid-type]  # made while running
    ways: list[shape(Way)]  # type: ignore[valid-type]


@router.get("/me/messages/{int:message_id}", response=says(OneMessage), summary="一条消息")
def message(request: HttpRequest, message_id: RowNumber) -> HttpResponse:
    """连同它从哪些通道发出、到了哪一步。"""
    found = _mine(request, message_id)
    row = queries.seen(caller(request), found)
    return answer({"message": row, "ways": queries.ways_of(found)})


@router.post("/me/messages/{int:message_id}/read", response=says(None, 204), summary="标为已读")
def read(request: HttpRequest, message_id: RowNumber) -> HttpResponse:
    """第一次的时间算数。"""
    reading.read(_mine(request, message_id), by=caller(request))
    return HttpResponse(status=204)


@router.post("/me/messages/{int:message_id}/unread", response=says(None, 204), summary="标为未读")
def unread(request: HttpRequest, message_id: RowNumber) -> HttpResponse:
    """又算新的。"""
    reading.unread(_mine(request, message_id), by=caller(request))
    return HttpResponse(status=204)


class ReadAll(Shape):
    """条数."""

    count: int


@router.post("/me/messages/read-all", response=says(ReadAll), summary="全部标为已读")
def read_all(request: HttpRequest) -> HttpResponse:
    """回答刚才有多少条未读。"""
    return answer({"count": reading.read_all(by=caller(request))})


def _mine(request: HttpRequest, message_id: int) -> Message:
    found = queries.message_of(caller(request), message_id)
    if found is None:
        raise Http404("您没有这条消息。")
    return found


# ── how one wants to be told ─────────────────────────────────────────────────────────────────────────────────────


class MyNoticeSettings(Shape):
    """通知设置: by topic the channels that are used for what is urgent, and the hours of peace."""

    ways: dict[str, list[str]]
    quiet_from: str | None
    quiet_to: str | None
    working_days_only: bool
    digest_at: str | None
    urgent_wakes: bool
    reachable: list[str] = Field(description="已验证、可以发送的通道")


class NewNoticeSettings(Refusing):
    """通知设置: all of it; a topic that is left out is told as if nobody had chosen."""

    ways: dict[Word, list[Word]] = Field(
        default_factory=dict, description=f"按话题的通道：mail、sms。话题：{_TOPICS}"
    )
    quiet_from: time | None = Field(None, description="免打扰从，例如 22:00")
    quiet_to: time | None = None
    working_days_only: bool = False
    digest_at: time | None = Field(None, description="每日汇总时间")
    urgent_wakes: bool = True


@router.get("/me/notice-settings", response=says(MyNoticeSettings), summary="我的通知设置")
def notice_settings(request: HttpRequest) -> HttpResponse:
    """没有改过的，是缺省的样子。"""
    return _settings(request)


@router.put("/me/notice-settings", response=says(MyNoticeSettings), summary="更改通知设置")
def choose(request: HttpRequest, body: NewNoticeSettings) -> HttpResponse:
    """从下一条消息起生效。"""
    choice = Choice(
        body.ways,
        _plain(body.quiet_from),
        _plain(body.quiet_to),
        body.working_days_only,
        _plain(body.digest_at),
        body.urgent_wakes,
    )
    reading.choose(choice, by=caller(request))
    return _settings(request)


def _plain(hour: time | None) -> time | None:
    """By the clocks of Shanghai, to the minute."""
    return None if hour is None else time(hour.hour, hour.minute)


def _settings(request: HttpRequest) -> HttpResponse:
    me = caller(request)
    now: Wishes = wishes(me)
    hours = (now.peace.quiet_from, now.peace.quiet_to, now.peace.digest_at)
    quiet_from, quiet_to, digest_at = (one and f"{one:%H:%M}" for one in hours)
    ways = {topic.value: [way.value for way in now.ways(topic, urgent=True)] for topic in Topic}
    reach = {} if me.demonstration else reach_of([me])[me.pk]
    return answer(
        {
            "ways": ways,
            "quiet_from": quiet_from,
            "quiet_to": quiet_to,
            "working_days_only": now.peace.working_days_only,
            "digest_at": digest_at,
            "urgent_wakes": now.urgent_wakes,
            "reachable": [kind.value for kind in ChannelKind if kind in reach],
        }
    )
