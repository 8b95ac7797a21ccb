"""Words that the rows of this room may hold, mirrored from the core's tables of tickets."""

from __future__ import annotations

from django.db.models import TextChoices

from lvyue.core.tickets import TICKET_KINDS, Source


class SourceKind(TextChoices):
    """来历: how the moment of a happening is known."""

    TYPED = Source.TYPED.value, Source.TYPED.zh
    MACHINE = Source.MACHINE.value, Source.MACHINE.zh


class Audience(TextChoices):
    """谁能看: whether a happening is for both sides or for one's own."""

    BOTH = "both", "双方"
    BUYER = "buyer", "仅甲方"
    SUPPLIER = "supplier", "仅乙方"


class Side(TextChoices):
    """一方: on whose side somebody acted; a program is on none."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"
    SYSTEM = "system", "系统"


KINDS = [(kind.name, kind.zh) for kind in TICKET_KINDS.values()]

STATES = sorted(
    {(name, zh) for kind in TICKET_KINDS.values() for name, zh in kind.life.states.items()}
)


class DeskKind(TextChoices):
    """渠道种类: by what a matter comes to the desk."""

    MAIL = "mail", "邮件"
    SMS = "sms", "短信"
    WECHAT = "wechat", "企业微信"
    DINGTALK = "dingtalk", "钉钉"
    FEISHU = "feishu", "飞书"
    PORTAL = "portal", "网页"
    PHONE = "phone", "电话"
    QR = "qr", "扫码"
    ALERT = "alert", "告警"
    WEBHOOK = "webhook", "其他程序"
    FAX = "fax", "传真"


class IncomingState(TextChoices):
    """来件状态: what became of something that came in."""

    WAITING = "waiting", "等人处理"
    TICKET = "ticket", "已开工单"
    MERGED = "merged", "已并入工单"
    IGNORED = "ignored", "不处理"
    BOUNCE = "bounce", "退信"
    LOOP = "loop", "自动回复或循环"


class CallDirection(TextChoices):
    """通话方向."""

    IN = "in", "来电"
    OUT = "out", "去电"


class Proof(TextChoices):
    """核实办法: how it was made sure who asked. What somebody knows is no proof of who they are."""

    CALLBACK = "callback", "回拨合同登记的号码"
    MAIL = "mail", "发到合同登记的邮箱并得到答复"
    PRESENT = "present", "当面核验证件"
    ACCOUNT = "account", "本人登录平台确认"
    VIDEO = "video", "视频见面"
    WRITTEN = "written", "书面委托"
