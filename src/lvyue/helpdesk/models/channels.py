"""渠道、来件、去件与通话: by what matters come to the desk, what came, what was written back, and who spoke with whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.helpdesk.choices import CallDirection, DeskKind, IncomingState, Proof
from lvyue.helpdesk.models.tickets import Ticket


class DeskChannel(models.Model):
    """渠道: one way by which matters of a contract come to the desk: a mailbox, a number, a robot, a program.

    ``address`` is what users are told: a mail address, a telephone number. ``secret`` is sealed. ``progress`` is how far a
    mailbox has been read; ``says`` why it could not be read the last time, since ``down_since``.
    """

    contract = models.ForeignKey(
        "contracts.Contract",
        verbose_name="合同",
        on_delete=models.PROTECT,
        related_name="desk_channels",
    )
    kind = models.CharField("种类", max_length=10, choices=DeskKind)
    name = models.CharField("名称", max_length=80)
    address = models.CharField("号码或地址", max_length=254, blank=True)
    settings = models.JSONField("设置", default=dict, blank=True)
    secret = models.TextField("密钥（封存）", blank=True)
    active = models.BooleanField("启用", default=True)
    set_by = models.CharField("设置人", max_length=150)
    set_at = models.DateTimeField("设置时间")
    changed_at = models.DateTimeField("更改时间")
    progress = models.JSONField("读到哪里", default=dict, blank=True)
    checked_at = models.DateTimeField("最近读取", null=True, blank=True)
    down_since = models.DateTimeField("不通自", null=True, blank=True)
    says = models.CharField("不通的原因", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "渠道"
        ordering = ["contract", "kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "name"], name="desk_channel_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=DeskKind.values), name="desk_channel_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"


class Incoming(models.Model):
    """来件: one thing that came in by a channel, once for its own number there, and what became of it.

    ``received_at`` is the moment of the machine that took it, ``recorded_at`` ours. ``sender`` is as it was written,
    ``address`` the plain address or number in it; ``person`` is the account it belongs to, where it is known. ``raw`` is the
    thing itself byte for byte, ``files`` what was attached, both by their hashes in the contract's file vault.
    """

    channel = models.ForeignKey(
        DeskChannel, verbose_name="渠道", on_delete=models.PROTECT, related_name="incoming"
    )
    outer_id = models.CharField("对方编号", max_length=300)
    thread = models.CharField("会话", max_length=300, blank=True)
    sender = models.CharField("发件人原文", max_length=500, blank=True)
    address = models.CharField("地址或号码", max_length=254, blank=True)
    person = models.CharField("发件人账号", max_length=150, blank=True)
    subject = models.CharField("标题", max_length=500, blank=True)
    text = models.TextField("内容", blank=True)
    received_at = models.DateTimeField("收到时间")
    recorded_at = models.DateTimeField("登记时间")
    raw = models.CharField("原件的散列", max_length=64, blank=True)
    files = models.JSONField("附件", default=list, blank=True)
    warnings = models.JSONField("提示", default=list, blank=True)
    state = models.CharField("状态", max_length=10, choices=IncomingState)
    reason = models.CharField("原因", max_length=500, blank=True)
    ticket = models.ForeignKey(
        Ticket,
        verbose_name="工单",
        on_delete=models.PROTECT,
        related_name="incoming",
        null=True,
        blank=True,
    )
    settled_by = models.CharField("处理人", max_length=150, blank=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "来件"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "outer_id"], name="incoming_once"),
            models.CheckConstraint(
                condition=Q(state__in=IncomingState.values), name="incoming_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ticket", "merged"]) | Q(ticket__isnull=False),
                name="incoming_taken_into_a_ticket",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "thread"], name="incoming_thread"),
            models.Index(fields=["channel", "address", "received_at"], name="incoming_sender"),
            models.Index(
                fields=["received_at"], condition=Q(state="waiting"), name="incoming_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.outer_id}"


class Outgoing(models.Model):
    """去件: a letter that the desk wrote about a ticket, under the number by which an answer to it is known.

    ``leg`` is its way through the channel of the platform, where it says whether it arrived.
    """

    channel = models.ForeignKey(
        DeskChannel, verbose_name="渠道", on_delete=models.PROTECT, related_name="outgoing"
    )
    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="outgoing"
    )
    message_id = models.CharField("邮件编号", max_length=300, unique=True)
    leg = models.BigIntegerField("送信")
    address = models.CharField("寄往", max_length=254)
    automatic = models.BooleanField("自动", default=False)
    at = models.DateTimeField("时间")
    by = models.CharField("谁", max_length=150, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "去件"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.message_id


class Call(models.Model):
    """通话记录: one call: from which number, when it rang, when somebody answered, who. ``answered_at`` None: nobody did.

    ``operation`` is what the caller wanted done to a system; until ``verified_at`` nobody does it unless ``listed`` says that the
    number was one of the contract's (cloud-lease-2025 第五条二 8). ``test`` is a call that only tried whether somebody answers.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="calls"
    )
    channel = models.ForeignKey(
        DeskChannel,
        verbose_name="渠道",
        on_delete=models.PROTECT,
        related_name="calls",
        null=True,
        blank=True,
    )
    outer_id = models.CharField("交换机编号", max_length=200, blank=True)
    direction = models.CharField(
        "方向", max_length=5, choices=CallDirection, default=CallDirection.IN
    )
    number = models.CharField("号码", max_length=40, blank=True)
    caller = models.CharField("来电人", max_length=80, blank=True)
    listed = models.BooleanField("合同登记的号码", default=False)
    contact_id = models.BigIntegerField("合同联系方式", null=True, blank=True)
    began_at = models.DateTimeField("振铃")
    answered_at = models.DateTimeField("接听", null=True, blank=True)
    ended_at = models.DateTimeField("挂断", null=True, blank=True)
    answered_by = models.CharField("接听人", max_length=150, blank=True)
    answered_name = models.CharField("接听人姓名", max_length=80, blank=True)
    test = models.BooleanField("拨测", default=False)
    note = models.TextField("记录", blank=True)
    ticket = models.ForeignKey(
        Ticket,
        verbose_name="工单",
        on_delete=models.PROTECT,
        related_name="calls",
        null=True,
        blank=True,
    )
    operation = models.CharField("要求的操作", max_length=200, blank=True)
    verified_at = models.DateTimeField("核实时间", null=True, blank=True)
    verified_by = models.CharField("核实人", max_length=150, blank=True)
    verified_how = models.CharField("核实办法", max_length=10, choices=Proof, blank=True)
    verified_note = models.CharField("核实记录", max_length=500, blank=True)
    recorded_by = models.CharField("登记人", max_length=150)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "通话记录"
        ordering = ["-began_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("began_at")),
                name="call_answered_after_it_rang",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="call_ended_after_it_rang",
            ),
            models.UniqueConstraint(
                fields=["contract", "outer_id"], condition=~Q(outer_id=""), name="call_once"
            ),
        ]
        indexes = [models.Index(fields=["contract", "-began_at", "-id"], name="call_by_beginning")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.began_at:%Y-%m-%d %H:%M}"
