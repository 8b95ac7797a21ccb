"""通道一览: every kind of channel there is, by its kind. A new one is a class beside these and a row here."""

from __future__ import annotations

from collections.abc import Mapping

from lvyue.notices.channels.dingtalk import DingTalk
from lvyue.notices.channels.feishu import Feishu
from lvyue.notices.channels.mail import Mail
from lvyue.notices.channels.road import Road
from lvyue.notices.channels.sms import Sms
from lvyue.notices.channels.webhook import Webhook
from lvyue.notices.channels.wecom import WeCom
from lvyue.notices.choices import ChannelKind

CHANNELS: Mapping[ChannelKind, Road] = {
    road.kind: road for road in (Mail(), Sms(), WeCom(), DingTalk(), Feishu(), Webhook())
}
