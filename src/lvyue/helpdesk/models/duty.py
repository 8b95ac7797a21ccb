"""值守: rosters that hold from a day on, swaps, hand-overs, calls that test whether somebody answers, and the daily log."""

from __future__ import annotations

from django.db import models

from lvyue.helpdesk.choices import Side
from lvyue.helpdesk.models.tickets import Ticket


class DutyRoster(models.Model):
    """值班表: one version of who is on duty, from a day on, until a newer one takes its place. Only ever appended.

    ``body`` is a ``core.rosters.Roster`` as JSON. A shift is governed by the newest version that was there before it began, so
    that no version reaches into the past.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField("版本")
    begins = models.DateField("施行日")
    body = models.JSONField("内容")
    reason = models.CharField("为什么改", max_length=300, blank=True)
    made_at = models.DateTimeField("建立时间")
    made_by = models.CharField("建立人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "值班表"
        ordering = ["contract", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "version"], name="roster_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} v{self.version} {self.begins}"


class SwapState(models.TextChoices):
    """换班的状态: asked for by one, agreed to by the other, or not."""

    ASKED = "asked", "待对方同意"
    AGREED = "agreed", "已同意，生效"
    REFUSED = "refused", "对方不同意"
    WITHDRAWN = "withdrawn", "已撤回"


class DutySwap(models.Model):
    """换班: one turn that goes from one person to another; it holds once both have said so, before the shift begins."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    day = models.DateField("日期")
    shift = models.CharField("班次", max_length=40)
    giver = models.CharField("让班人", max_length=150)
    taker = models.CharField("接班人", max_length=150)
    reason = models.CharField("事由", max_length=300)
    state = models.CharField("状态", max_length=10, choices=SwapState)
    asked_at = models.DateTimeField("申请时间")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answer = models.CharField("答复", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "换班"
        ordering = ["-day", "-id"]
        indexes = [models.Index(fields=["contract", "day"], name="swap_by_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.shift} {self.giver} → {self.taker}"


class DutyHandover(models.Model):
    """交接班: what whoever leaves tells whoever comes: what is open, what to look after; and that it was taken over."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField("交班时间")
    shift = models.CharField("交出的班次", max_length=40)
    giver = models.CharField("交班人", max_length=150)
    giver_name = models.CharField("交班人姓名", max_length=80)
    notes = models.TextField("交接内容")
    tickets = models.JSONField("未了的工单", default=list)
    taken_at = models.DateTimeField("接班时间", null=True, blank=True)
    taker = models.CharField("接班人", max_length=150, blank=True)
    taker_name = models.CharField("接班人姓名", max_length=80, blank=True)
    remark = models.TextField("接班人意见", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "交接班"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.at:%Y-%m-%d %H:%M}"


class CallOutcome(models.TextChoices):
    """接通与否: what became of a call. A voice mail is no answer."""

    ANSWERED = "answered", "本人接听"
    MISSED = "missed", "无人接听"
    VOICEMAIL = "voicemail", "语音信箱"
    WRONG = "wrong", "不是值守的人"
    BUSY = "busy", "占线或关机"


class ReachTest(models.Model):
    """值守抽测: one call to whoever is on duty: who called, which number, who should have answered, and whether they did.

    ``counts``: only a call of the buyer's side proves anything. ``on_duty`` is who stood on the roster at that moment. Only
    ever appended.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField("拨打时间")
    number = models.CharField("号码", max_length=40)
    post = models.CharField("岗位", max_length=80)
    shift = models.CharField("班次", max_length=40, blank=True)
    on_duty = models.JSONField("应接听的人", default=list)
    outcome = models.CharField("结果", max_length=10, choices=CallOutcome)
    seconds = models.PositiveIntegerField("响铃秒数", null=True, blank=True)
    said = models.TextField("说明", blank=True)
    evidence = models.JSONField("凭据", default=list, blank=True)
    ticket = models.ForeignKey(
        Ticket,
        verbose_name="工单",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    side = models.CharField("哪一方拨打", max_length=10, choices=Side)
    by = models.CharField("拨打人", max_length=150)
    by_name = models.CharField("拨打人姓名", max_length=80)
    recorded_at = models.DateTimeField("登记时间")
    counts = models.BooleanField("算数")

    class Meta:
        verbose_name = verbose_name_plural = "值守抽测"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["contract", "-at"], name="reach_by_time")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.at:%Y-%m-%d %H:%M} {self.outcome}"


class DutyLog(models.Model):
    """值守日志: what happened on one day, by a person on the roster of that day; one for each day. Only ever appended.

    ``late`` is how many days after the day it was filed. ``repeats``: the text was that of the day before, and whoever filed it
    said that it was meant so. ``fact`` is its id on the contract's record.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    day = models.DateField("所记日期")
    text = models.TextField("内容")
    late = models.PositiveIntegerField("迟记天数", default=0)
    repeats = models.BooleanField("与前一天相同", default=False)
    filed_at = models.DateTimeField("登记时间")
    by = models.CharField("登记人", max_length=150)
    by_name = models.CharField("登记人姓名", max_length=80)
    evidence = models.JSONField("凭据", default=list, blank=True)
    fact = models.CharField("事实编号", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "值守日志"
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "day"], name="duty_log_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.day}"
