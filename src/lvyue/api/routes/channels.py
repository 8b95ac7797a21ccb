"""通知通道与事件订阅: the roads out of the product for administrators, and the subscriptions of one's own side of a contract.

Secrets go in and never come out. What the system makes itself, the secret of a subscription, is shown on a page once and
nowhere else: an answer of the interface might be kept by what stands between.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from lvyue.accounts.permissions import Right, Seat
from lvyue.accounts.queries import Account, organisation
from lvyue.api.asked import After, ContractId, Name, Reason, Refusing, Text, Word, says
from lvyue.api.gate import administrator, enter
from lvyue.api.habits import Listing, Short
from lvyue.api.shapes import Shape, answer, listed, page, shape
from lvyue.core.doubts import Refused, malformed
from lvyue.notices.actions import configuring
from lvyue.notices.channels.road import Result, Sent
from lvyue.notices.choices import ChannelKind, LegState
from lvyue.notices.queries import channels as queries
from lvyue.notices.queries.channels import Channel, DeliveryRow, LegRow

router = Router(tags=["通知通道 Channels"])

ChannelId = Annotated[int, Path(ge=1, le=9_223_372_036_854_775_807, description="通道的 id")]
LegId = Annotated[int, Path(ge=1, le=9_223_372_036_854_775_807, description="送信的 id")]

_STATES = "、".join(f"{value} {word}" for value, word in LegState.choices)


class ChannelView(Shape):
    """通道, without its secrets."""

    id: int
    kind: str
    name: str
    settings: dict[str, str]
    organisation: str | None
    contract: str | None
    events: list[str]
    owner: str | None
    enabled: bool
    down_since: datetime | None
    says: str
    waiting: int
    failed: int


def _view(one: Channel) -> dict[str, object]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "name": one.name,
        "settings": one.settings,
        "organisation": one.organisation_id,
        "contract": one.contract_id or None,
        "events": one.events,
        "owner": one.owner.username if one.owner else None,
        "enabled": one.enabled,
        "down_since": one.down_since,
        "says": one.says,
        "waiting": vars(one)["waiting"],
        "failed": vars(one)["failed"],
    }


class Trial(Refusing):
    """试发: where to, for mail and text messages."""

    target: Word = Field("", description="邮件地址或手机号；群机器人和订阅留空")


class TrialResult(Shape):
    """试发的结果: what the other end said."""

    sent: bool
    says: str
    extract: str


class Switch(Refusing):
    """启用或停用."""

    on: bool
    reason: Reason


class AskedLegs(After):
    """哪些送信."""

    state: Word = Field("", description=f"状态：{_STATES}")


class OneLeg(Shape):
    """一次送信, with every try."""

    leg: shape(LegRow)  # type: ignore[valid-type]  # made while running
    deliveries: list[shape(DeliveryRow)]  # type: ignore[valid-type]


# ── for administrators ───────────────────────────────────────────────────────────────────────────────────────────


class NewChannel(Refusing):
    """配置通道: which settings a kind asks for stands on its page."""

    kind: ChannelKind
    name: Name
    settings: dict[Word, Text]
    secret: Text = ""
    organisation: Word = ""
    contract: Word = ""


class ChangedChannel(Refusing):
    """更改通道: an empty secret leaves the one that there is."""

    name: Name
    settings: dict[Word, Text]
    secret: Text = ""


CHANNELS = Listing.of(ChannelView, "id")


@router.get("/channels", response=says(page(ChannelView)), summary="通知通道")
@CHANNELS.described
def channels(request: HttpRequest, asked: Query[Short]) -> HttpResponse:
    """管理员配置的全部通道；各方的订阅不在其中。"""
    administrator(request)
    return CHANNELS.among(request, asked, [_view(one) for one in queries.channels()])


@router.post("/channels", response=says(ChannelView, 201), summary="配置通知通道")
def new_channel(request: HttpRequest, body: NewChannel) -> HttpResponse:
    """邮件、短信或群机器人。密钥封存，不再显示。"""
    by = administrator(request)
    belongs = organisation(body.organisation) if body.organisation else None
    if body.organisation and belongs is None:
        says_ = f"没有编号为“{body.organisation}”的单位。"
        raise Refused([malformed("单位", says_, "请先登记单位。")])
    made = configuring.set_up(
        body.kind,
        body.name,
        body.settings,
        body.secret,
        by=by,
        organisation=belongs,
        contract_id=body.contract,
    )
    return answer(_view(_found(made.pk)), 201, Location=f"/api/v1/channels/{made.pk}")


@router.get("/channels/{int:channel_id}", response=says(ChannelView), summary="一个通知通道")
def channel(request: HttpRequest, channel_id: ChannelId) -> HttpResponse:
    """不含密钥。"""
    administrator(request)
    return answer(_view(_found(channel_id)))


@router.put("/channels/{int:channel_id}", response=says(ChannelView), summary="更改通知通道")
def change(request: HttpRequest, channel_id: ChannelId, body: ChangedChannel) -> HttpResponse:
    """不通的通道改好之后马上再试。"""
    by = administrator(request)
    configuring.change(_found(channel_id), body.name, body.settings, body.secret, by=by)
    return answer(_view(_found(channel_id)))


@router.post("/channels/{int:channel_id}/try", response=says(TrialResult), summary="试发")
def try_channel(request: HttpRequest, channel_id: ChannelId, body: Trial) -> HttpResponse:
    """马上发一条，回答对方怎样说。"""
    by = administrator(request)
    return _tried(_found(channel_id), body, by)


@router.post(
    "/channels/{int:channel_id}/switch", response=says(ChannelView), summary="启用或停用通道"
)
def switch(request: HttpRequest, channel_id: ChannelId, body: Switch) -> HttpResponse:
    """停用后在等的继续等。"""
    by = administrator(request)
    configuring.switch(_found(channel_id), on=body.on, by=by, reason=body.reason)
    return answer(_view(_found(channel_id)))


@router.get("/channels/{int:channel_id}/legs", response=says(page(LegRow)), summary="通道的送信")
def legs(request: HttpRequest, channel_id: ChannelId, asked: Query[AskedLegs]) -> HttpResponse:
    """最近的在前；地址只显示一部分，内容不显示。"""
    administrator(request)
    return _legs(_found(channel_id), asked)


@router.get(
    "/channels/{int:channel_id}/legs/{int:leg_id}", response=says(OneLeg), summary="一次送信"
)
def leg(request: HttpRequest, channel_id: ChannelId, leg_id: LegId) -> HttpResponse:
    """连同每一次尝试。"""
    administrator(request)
    return _leg(_found(channel_id), leg_id)


@router.post(
    "/channels/{int:channel_id}/legs/{int:leg_id}/again", response=says(None, 204), summary="重发"
)
def again(request: HttpRequest, channel_id: ChannelId, leg_id: LegId) -> HttpResponse:
    """编号不变，收信方认得出是同一条。"""
    by = administrator(request)
    return _again(_found(channel_id), leg_id, by)


def _found(channel_id: int) -> Channel:
    found = queries.channel(channel_id)
    if found is None:
        raise Http404("没有这个通道。")
    return found


# ── for the managers of a contract ───────────────────────────────────────────────────────────────────────────────


@router.get(
    "/contracts/{slug:contract_id}/webhooks", response=says(page(ChannelView)), summary="事件订阅"
)
@CHANNELS.described
def webhooks(request: HttpRequest, contract_id: ContractId, asked: Query[Short]) -> HttpResponse:
    """本方的订阅。新的订阅和新的密钥须登录网页办理：密钥只显示一次。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    return CHANNELS.among(request, asked, [_view(one) for one in queries.subscriptions(seat)])


@router.get(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}",
    response=says(ChannelView),
    summary="一个订阅",
)
def webhook(request: HttpRequest, contract_id: ContractId, channel_id: ChannelId) -> HttpResponse:
    """不含密钥。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    return answer(_view(_of_side(seat, channel_id)))


@router.post(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}/try",
    response=says(TrialResult),
    summary="试推",
)
def try_webhook(
    request: HttpRequest, contract_id: ContractId, channel_id: ChannelId
) -> HttpResponse:
    """马上推送一个 `test` 事件，回答对方怎样说。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    return _tried(_of_side(seat, channel_id), Trial(target=""), seat)


class Events(Refusing):
    """订阅的事件."""

    events: list[Word] = Field(min_length=1, description="事件的名称")


@router.put(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}/events",
    response=says(ChannelView),
    summary="更改订阅的事件",
)
def choose_events(
    request: HttpRequest, contract_id: ContractId, channel_id: ChannelId, body: Events
) -> HttpResponse:
    """从现在起。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    configuring.choose_events(_of_side(seat, channel_id), body.events, by=seat)
    return answer(_view(_of_side(seat, channel_id)))


@router.post(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}/switch",
    response=says(ChannelView),
    summary="启用或停用订阅",
)
def switch_webhook(
    request: HttpRequest, contract_id: ContractId, channel_id: ChannelId, body: Switch
) -> HttpResponse:
    """谁启用，订阅就由谁负责。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    configuring.switch(_of_side(seat, channel_id), on=body.on, by=seat, reason=body.reason)
    return answer(_view(_of_side(seat, channel_id)))


@router.get(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}/legs",
    response=says(page(LegRow)),
    summary="订阅的推送",
)
def webhook_legs(
    request: HttpRequest, contract_id: ContractId, channel_id: ChannelId, asked: Query[AskedLegs]
) -> HttpResponse:
    """最近的在前。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    return _legs(_of_side(seat, channel_id), asked)


@router.get(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}/legs/{int:leg_id}",
    response=says(OneLeg),
    summary="一次推送",
)
def webhook_leg(
    request: HttpRequest, contract_id: ContractId, channel_id: ChannelId, leg_id: LegId
) -> HttpResponse:
    """连同每一次尝试。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    return _leg(_of_side(seat, channel_id), leg_id)


@router.post(
    "/contracts/{slug:contract_id}/webhooks/{int:channel_id}/legs/{int:leg_id}/again",
    response=says(None, 204),
    summary="重推",
)
def webhook_again(
    request: HttpRequest, contract_id: ContractId, channel_id: ChannelId, leg_id: LegId
) -> HttpResponse:
    """编号不变。"""
    seat = enter(request, contract_id, Right.SUBSCRIBE)
    return _again(_of_side(seat, channel_id), leg_id, seat)


def _of_side(seat: Seat, channel_id: int) -> Channel:
    found = queries.subscription(seat, channel_id)
    if found is None:
        raise Http404("没有这个订阅。")
    return found


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tried(found: Channel, body: Trial, by: Account | Seat) -> HttpResponse:
    result: Result = configuring.try_out(found, body.target, by=by)
    told = "" if isinstance(result, Sent) else result.says
    return answer({"sent": isinstance(result, Sent), "says": told, "extract": result.extract})


def _legs(found: Channel, asked: AskedLegs) -> HttpResponse:
    if asked.state and asked.state not in LegState.values:
        says_ = f"没有“{asked.state}”这种状态。"
        raise Refused([malformed("查询参数 state", says_, f"可用：{_STATES}。")])
    rows = queries.legs(found, state=asked.state, before=asked.index, at_once=asked.limit)
    return listed(rows.rows, rows.before)


def _leg(found: Channel, leg_id: int) -> HttpResponse:
    one = queries.leg(found, leg_id)
    if one is None:
        raise Http404("没有这次送信。")
    return answer({"leg": queries.row_of(one), "deliveries": queries.deliveries(one)})


def _again(found: Channel, leg_id: int, by: Account | Seat) -> HttpResponse:
    one = queries.leg(found, leg_id)
    if one is None:
        raise Http404("没有这次送信。")
    configuring.send_again(one, by=by)
    return HttpResponse(status=204)
