"""The rows of alerts: who may send them, what was sent, byte for byte, and what was understood of it."""

from __future__ import annotations

from django.db import models

from lvyue.monitoring.choices import AlertStatus, SourceKind


class AlertSource(models.Model):
    """告警来源: a system that sends alerts about one contract, by a secret of its own that opens nothing else.

    ``mapping`` says where a generic source keeps what; ``networks`` are the addresses from which it may call, or any.
    """

    contract_id = models.SlugField("合同编号", max_length=80)
    kind = models.CharField("种类", max_length=20, choices=SourceKind)
    name = models.CharField("名称", max_length=80)
    digest = models.CharField("散列", max_length=64, unique=True)
    mapping = models.JSONField("对照表", default=dict)
    networks = models.JSONField("来源地址", default=list)
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=150)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    used_at = models.DateTimeField("最近一次", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "告警来源"
        ordering = ["contract_id", "id"]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"


class AlertDelivery(models.Model):
    """告警投递: one body as it came. The same body again is counted and not stored again; a bad one is kept with the reason."""

    source = models.ForeignKey(
        AlertSource, verbose_name="来源", on_delete=models.PROTECT, related_name="deliveries"
    )
    sha256 = models.CharField("散列", max_length=64)
    body = models.BinaryField("原文")
    address = models.CharField("来源地址", max_length=64, blank=True)
    first_at = models.DateTimeField("首次收到")
    last_at = models.DateTimeField("最近收到")
    times = models.PositiveIntegerField("收到次数", default=1)
    accepted = models.BooleanField("读懂了")
    reason = models.TextField("没有读懂的原因", blank=True)
    alerts = models.PositiveIntegerField("告警条数", default=0)
    truncated = models.PositiveIntegerField("对方省略的条数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "告警投递"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "sha256"], name="alert_delivery_once"),
        ]

    def __str__(self) -> str:
        return f"{self.first_at:%Y-%m-%d %H:%M} {self.source_id} {self.sha256[:12]}"


class Alert(models.Model):
    """告警: what a source said was wrong, once for each time it began. Once resolved it stays so; the next time is another row."""

    source = models.ForeignKey(
        AlertSource, verbose_name="来源", on_delete=models.PROTECT, related_name="alerts"
    )
    contract_id = models.SlugField("合同编号", max_length=80)
    fingerprint = models.CharField("指纹", max_length=128)
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("恢复", null=True, blank=True)
    status = models.CharField("状态", max_length=20, choices=AlertStatus)
    name = models.CharField("名称", max_length=300)
    severity = models.CharField("级别", max_length=80, blank=True)
    summary = models.TextField("说明", blank=True)
    labels = models.JSONField("标签", default=dict)
    annotations = models.JSONField("注解", default=dict)
    delivery = models.ForeignKey(
        AlertDelivery, verbose_name="首次投递", on_delete=models.PROTECT, related_name="first_of"
    )
    first_at = models.DateTimeField("首次收到")
    last_at = models.DateTimeField("最近收到")
    times = models.PositiveIntegerField("收到次数", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "告警"
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint", "starts_at"], name="alert_began_once"
            ),
        ]
        indexes = [
            models.Index(fields=["contract_id", "-starts_at", "-id"], name="alert_contract"),
            models.Index(fields=["contract_id", "-id"], name="alert_arrival"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.name} {self.status}"
