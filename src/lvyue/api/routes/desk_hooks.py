"""服务台来件: posted by programs and vendors to a channel of the desk, proved by the vendor's own signature and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from lvyue import clock
from lvyue.api.asked import RowNumber, says
from lvyue.api.problems import Problem
from lvyue.api.shapes import answer, shape
from lvyue.helpdesk.actions.hearing import HEARD, Heard, Replayed, hear
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.queries.channels import listening
from lvyue.helpdesk.vendors import Challenge, Posted, Unproved

router = Router(tags=["服务台来件 Desk hooks"])

_UNPROVED = "没有这个渠道，或签名、密钥、时间不对。"

#: What vendors want to hear: they send again what is answered otherwise.
_OK = {DeskKind.WECHAT: ("success", "text/plain"), DeskKind.DINGTALK: ("{}", "application/json")}
_OK[DeskKind.FEISHU] = _OK[DeskKind.DINGTALK]

_SIGNED: dict[str, Any] = {"security": [{"DeskSignature": []}]}

_BODY: dict[str, Any] = {
    **_SIGNED,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "description": "按渠道种类的格式"}}
        },
    },
}


def _heard(request: HttpRequest, channel_id: int) -> HttpResponse:
    posted = Posted(
        request.body,
        {name.lower(): one for name, one in request.headers.items()},
        request.GET.dict(),
        clock.now(),
        request.content_type or "",
    )
    channel = listening(channel_id, *HEARD)
    if channel is None:
        raise Problem("sign-in", _UNPROVED)
    try:
        told = hear(channel, posted)
    except Unproved:
        raise Problem("sign-in", _UNPROVED) from None
    except Replayed:
        raise Problem("refused", "这个签名已经用过：同一件事再送一次，请重新签名。") from None
    if isinstance(told, Challenge):
        return HttpResponse(told.answer, content_type=told.media)
    if channel.kind in _OK:
        words, media = _OK[DeskKind(channel.kind)]
        return HttpResponse(words, content_type=media)
    return answer(told, 202)


@router.post(
    "/desk/hooks/{channel_id}",
    auth=None,
    response=says(shape(Heard), 202, 413),
    summary="收程序来件",
    openapi_extra=_BODY,
)
def receive(request: HttpRequest, channel_id: RowNumber) -> HttpResponse:
    """本系统格式的按 `Lvyue-Timestamp`、`Lvyue-Signature` 核对（前后 5 分钟，一个签名只用一次）；企业微信、钉钉、飞书、短信按各家的办法。"""
    return _heard(request, channel_id)


@dataclass(frozen=True, slots=True)
class Echo:
    """回声: 企业微信 tries the address with a word that it wants back in the clear."""

    echo: str


@router.get(
    "/desk/hooks/{channel_id}",
    auth=None,
    response=says(shape(Echo)),
    summary="企业微信验证回调地址",
    openapi_extra=_SIGNED,
)
def verify(request: HttpRequest, channel_id: RowNumber) -> HttpResponse:
    """按企业微信的约定解密 `echostr`，原样以纯文本回答。"""
    channel = listening(channel_id, DeskKind.WECHAT)
    if channel is None or "echostr" not in request.GET:
        raise Problem("sign-in", _UNPROVED)
    return _heard(request, channel_id)
