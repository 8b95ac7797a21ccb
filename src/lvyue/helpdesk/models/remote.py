"""远程作业: who may log in from afar, to what, for what, until when; and what became of each attempt."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.helpdesk.models.tickets import SHORT, Ticket


class SystemOwner(models.Model):
    """系统归属: which department's a system is. The newest row of a system counts; without one it is the buyer's alone."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    system = models.CharField("系统", max_length=SHORT)
    department = models.CharField("部门", max_length=SHORT)
    set_at = models.DateTimeField("登记时间")
    set_by = models.CharField("登记人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "系统归属"
        ordering = ["contract", "system", "-id"]

    def __str__(self) -> str:
        return f"{self.system} {self.department}"


class RemoteState(models.TextChoices):
    """远程许可的状态: asked for, allowed, used, or over."""

    ASKED = "asked", "待许可"
    ALLOWED = "allowed", "已许可，未使用"
    REFUSED = "refused", "不许可"
    OPENED = "opened", "作业中"
    ENDED = "ended", "已结束"
    REVOKED = "revoked", "已收回"


class RemotePermission(models.Model):
    """远程许可: one person, one system, one purpose, until one moment, for one session, allowed by somebody of the system's side."""

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="remote"
    )
    person = models.CharField("作业人", max_length=150)
    person_name = models.CharField("作业人姓名", max_length=80)
    system = models.CharField("系统", max_length=SHORT)
    scope = models.TextField("作业范围")
    begins = models.DateTimeField("可用起")
    expires = models.DateTimeField("到期")
    state = models.CharField("状态", max_length=10, choices=RemoteState)
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.CharField("申请人", max_length=150)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.CharField("许可人", max_length=150, blank=True)
    answered_name = models.CharField("许可人姓名", max_length=80, blank=True)
    answer = models.TextField("答复", blank=True)
    identity = models.JSONField("身份核对", default=dict, blank=True)
    opened_at = models.DateTimeField("开始", null=True, blank=True)
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    expired = models.BooleanField("到期结束", default=False)
    result = models.TextField("结果", blank=True)
    recording = models.JSONField("录像与命令文件", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "远程许可"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires__gt=F("begins")), name="remote_expires_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["state", "expires"], name="remote_by_expiry")]

    def __str__(self) -> str:
        return f"{self.person} {self.system} {self.expires:%Y-%m-%d %H:%M}"


class RemoteCommand(models.Model):
    """远程命令: one command as it was run in a session, with when. Only ever appended."""

    permission = models.ForeignKey(
        RemotePermission, verbose_name="许可", on_delete=models.PROTECT, related_name="commands"
    )
    at = models.DateTimeField("时间")
    text = models.TextField("命令")
    by = models.CharField("作业人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "远程命令"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class RemoteAttempt(models.Model):
    """被拒的远程登录: that somebody wanted to begin a session and was kept out, and why. Only ever appended."""

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="remote_attempts"
    )
    person = models.CharField("作业人", max_length=150)
    person_name = models.CharField("作业人姓名", max_length=80)
    system = models.CharField("系统", max_length=SHORT)
    at = models.DateTimeField("时间")
    why = models.TextField("为什么拒绝")

    class Meta:
        verbose_name = verbose_name_plural = "被拒的远程登录"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.person} {self.system} {self.at:%Y-%m-%d %H:%M}"
