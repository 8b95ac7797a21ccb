"""Words that the rows of this room may hold."""

from __future__ import annotations

from django.db.models import TextChoices


class Topic(TextChoices):
    """话题: what a message is about. People choose by topic through which channels they are told."""

    REMINDER = "reminder", "到期提醒"
    ESCALATION = "escalation", "逾期升级"
    TICKET = "ticket", "工单"
    SERVICE = "service", "函件送达"
    INVITATION = "invitation", "邀请"
    SECURITY = "security", "账号安全"
    JOB = "job", "后台作业"
    DISCLOSURE = "disclosure", "信息披露"
    ALERT = "alert", "监测告警"
    SYSTEM = "system", "系统"


class ChannelKind(TextChoices):
    """通道种类: by which road something leaves the product."""

    MAIL = "mail", "邮件"
    SMS = "sms", "短信"
    WECOM = "wecom", "企业微信群机器人"
    DINGTALK = "dingtalk", "钉钉群机器人"
    FEISHU = "feishu", "飞书群机器人"
    WEBHOOK = "webhook", "事件订阅"

    @property
    def personal(self) -> bool:
        """Whether it reaches one person at an address of theirs."""
        return self in (ChannelKind.MAIL, ChannelKind.SMS)

    @property
    def robot(self) -> bool:
        """Whether a whole group reads what it says."""
        return self in (ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU)


class LegState(TextChoices):
    """送信状态."""

    WAITING = "waiting", "待发送"
    HELD = "held", "延后"
    SENT = "sent", "已发送"
    DELIVERED = "delivered", "已送达"
    FAILED = "failed", "失败"
    MERGED = "merged", "已并入汇总"

    @property
    def open(self) -> bool:
        """Whether it has yet to leave."""
        return self in (LegState.WAITING, LegState.HELD)


OPEN = (LegState.WAITING, LegState.HELD)


class Outcome(TextChoices):
    """结果: what came of one try, and what was heard of it afterwards."""

    SENT = "sent", "已交给对方服务器"
    TEMPORARY = "temporary", "暂时失败，会再试"
    DOWN = "down", "通道不通，会再试"
    PERMANENT = "permanent", "失败，不再试"
    DELIVERED = "delivered", "对方回执：已送达"
    BOUNCED = "bounced", "被退回"
    MERGED = "merged", "并入汇总"
    AGAIN = "again", "有人要求重发"
    WITHHELD = "withheld", "收信人已无权看，不发"


class Event(TextChoices):
    """事件: what programs may subscribe to. Both sides of a contract may know of each of them."""

    FACT_RECORDED = "fact.recorded", "登记了事实"
    FACTS_IMPORTED = "facts.imported", "批量导入了事实"
    AMENDMENT_PROPOSED = "amendment.proposed", "提出了补充协议"
    AMENDMENT_SIGNED = "amendment.signed", "签署了补充协议"
    AMENDMENT_REFUSED = "amendment.refused", "不同意补充协议"
    STATEMENT_ISSUED = "statement.issued", "出具了结算书"
    STATEMENT_CHANGED = "statement.changed", "结算书的状态变了"
    LETTER_RECEIPT = "letter.receipt", "函件有了回执"
    APPOINTED = "appointed", "任命"
    DISMISSED = "dismissed", "解除任职"
    FINDING_CHANGED = "finding.changed", "结论变了"
    MESSAGE = "message", "您有一条消息"
    ACCOUNT_CREATED = "account.created", "建立账号"
    ACCOUNT_SWITCHED_OFF = "account.switched_off", "停用账号"
    TEST = "test", "试发"


#: What happens on the platform and on no contract: for administrators.
PLATFORM_EVENTS = frozenset({Event.ACCOUNT_CREATED, Event.ACCOUNT_SWITCHED_OFF})


#: What is told where it happens, since no act of the audit trail says it.
TOLD_AT_ONCE = frozenset({Event.FINDING_CHANGED, Event.MESSAGE})


def events_for(contract_id: str) -> tuple[str, ...]:
    """What may be subscribed to: on a contract, or on the platform. One's own messages are of both."""
    of_platform = not contract_id
    return tuple(
        one.value
        for one in Event
        if one is Event.MESSAGE
        or (one is not Event.TEST and (one in PLATFORM_EVENTS) is of_platform)
    )
