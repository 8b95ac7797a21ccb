"""消息与送信: what people are told, by which roads it leaves, and what came of each try."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lvyue.notices.choices import OPEN, ChannelKind, LegState, Outcome, Topic


class Message(models.Model):
    """消息: one thing that one person is told. It stands in their inbox, whatever else leaves the product."""

    account = models.ForeignKey(
        "accounts.Account", verbose_name="收件人", on_delete=models.PROTECT, related_name="messages"
    )
    topic = models.CharField("话题", max_length=30, choices=Topic)
    subject = models.CharField("标题", max_length=200)
    body = models.TextField("正文", blank=True)
    address = models.CharField("页面", max_length=500, blank=True)
    contract_id = models.CharField("合同编号", max_length=80, blank=True)
    key = models.CharField("业务键", max_length=200)
    urgent = models.BooleanField("紧急", default=False)
    by = models.CharField("发出人", max_length=150)
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="message_told_once"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="message_inbox"),
            models.Index(
                fields=["account"], condition=Q(read_at__isnull=True), name="message_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.account_id} {self.subject}"


class Channel(models.Model):
    """通道: a road out of the product: where it leads, by which settings, with which sealed secret, and whether it is open.

    A robot or a subscription belongs to an organisation or a contract and hears of nothing else.
    """

    kind = models.CharField("种类", max_length=20, choices=ChannelKind)
    name = models.CharField("名称", max_length=80)
    settings = models.JSONField("设置", default=dict)
    secret = models.TextField("密钥（已密封）", blank=True)
    former_secret = models.TextField("原密钥（已密封）", blank=True)
    former_until = models.DateTimeField("原密钥有效至", null=True, blank=True)
    organisation = models.ForeignKey(
        "accounts.Organisation",
        verbose_name="单位",
        on_delete=models.PROTECT,
        related_name="channels",
        null=True,
        blank=True,
    )
    contract_id = models.CharField("合同编号", max_length=80, blank=True)
    side = models.CharField("一方", max_length=20, blank=True)
    events = models.JSONField("订阅的事件", default=list)
    owner = models.ForeignKey(
        "accounts.Account",
        verbose_name="订阅人",
        on_delete=models.PROTECT,
        related_name="subscriptions",
        null=True,
        blank=True,
    )
    enabled = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间")
    busy_until = models.DateTimeField("占用至", null=True, blank=True)
    down_since = models.DateTimeField("不通自", null=True, blank=True)
    down_tries = models.IntegerField("不通次数", default=0)
    paused_until = models.DateTimeField("暂停至", null=True, blank=True)
    says = models.CharField("最近的说法", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通道"
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "contract_id", "side"], name="channel_named_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ChannelKind.values), name="channel_known_kind"
            ),
        ]
        indexes = [models.Index(fields=["contract_id"], name="channel_contract")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class Leg(models.Model):
    """送信: one thing on its way through one channel to one address, and how far it has come.

    ``thread`` is what a letter needs that answers another one: which one it answers, where answers go, who wrote it.
    """

    message = models.ForeignKey(
        Message,
        verbose_name="消息",
        on_delete=models.PROTECT,
        related_name="legs",
        null=True,
        blank=True,
    )
    channel = models.ForeignKey(
        Channel, verbose_name="通道", on_delete=models.PROTECT, related_name="legs"
    )
    target = models.CharField("地址", max_length=320, blank=True)
    subject = models.CharField("标题", max_length=200)
    body = models.TextField("正文", blank=True)
    sealed = models.TextField("寄出时填入的内容（已密封）", blank=True)
    contract_id = models.CharField("合同编号", max_length=80, blank=True)
    key = models.CharField("业务键", max_length=300, unique=True)
    urgent = models.BooleanField("紧急", default=False)
    digest = models.BooleanField("进入汇总", default=False)
    alone = models.BooleanField("不并入汇总", default=False)
    by = models.CharField("发出人", max_length=150)
    state = models.CharField("状态", max_length=20, choices=LegState, default=LegState.WAITING)
    attempts = models.IntegerField("次数", default=0)
    created_at = models.DateTimeField("建立时间")
    next_at = models.DateTimeField("下次")
    due_at = models.DateTimeField("应发时间")
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)
    provider_id = models.CharField("对方编号", max_length=200, blank=True)
    thread = models.JSONField("往来", default=dict, blank=True)
    why = models.CharField("说明", max_length=500, blank=True)
    merged_into = models.ForeignKey(
        "self",
        verbose_name="并入",
        on_delete=models.PROTECT,
        related_name="merged",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "送信"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LegState.values), name="leg_known_state"),
        ]
        indexes = [
            models.Index(
                fields=["channel", "next_at"], condition=Q(state__in=OPEN), name="leg_open"
            ),
            models.Index(fields=["channel", "provider_id"], name="leg_provider"),
            models.Index(fields=["contract_id", "-id"], name="leg_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.get_state_display()}"


class Delivery(models.Model):
    """送信记录: one try of a leg, or what was heard of it afterwards. The database refuses to change a row."""

    leg = models.ForeignKey(
        Leg, verbose_name="送信", on_delete=models.PROTECT, related_name="deliveries"
    )
    channel = models.ForeignKey(
        Channel, verbose_name="通道", on_delete=models.PROTECT, related_name="deliveries"
    )
    at = models.DateTimeField("时间")
    outcome = models.CharField("结果", max_length=20, choices=Outcome)
    says = models.CharField("说明", max_length=500, blank=True)
    extract = models.TextField("往来摘要", blank=True)
    by = models.CharField("谁", max_length=150, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "送信记录"
        ordering = ["-id"]
        indexes = [models.Index(fields=["channel", "-at"], name="delivery_channel")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_outcome_display()}"


class NoticeSettings(models.Model):
    """通知设置: by which channels a person wants to be told what, and when they want their peace."""

    account = models.OneToOneField(
        "accounts.Account",
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="notice_settings",
    )
    ways = models.JSONField("各话题的通道", default=dict)
    quiet_from = models.TimeField("免打扰从", null=True, blank=True)
    quiet_to = models.TimeField("免打扰到", null=True, blank=True)
    working_days_only = models.BooleanField("只在工作日", default=False)
    digest_at = models.TimeField("每日汇总时间", null=True, blank=True)
    urgent_wakes = models.BooleanField("紧急的不受免打扰限制", default=True)
    changed_at = models.DateTimeField("更改时间")

    class Meta:
        verbose_name = verbose_name_plural = "通知设置"

    def __str__(self) -> str:
        return str(self.account_id)


class EventCursor(models.Model):
    """事件游标: up to which entry of the audit trail subscribers have been told."""

    name = models.CharField("名称", max_length=40, primary_key=True)
    entry = models.BigIntegerField("已读到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "事件游标"

    def __str__(self) -> str:
        return f"{self.name} {self.entry}"
