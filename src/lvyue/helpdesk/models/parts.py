"""备件: the parts that were fitted, each with a serial number that is seen once."""

from __future__ import annotations

from django.db import models

from lvyue.helpdesk.models.tickets import SHORT, Ticket


class PartCondition(models.TextChoices):
    """新旧: what a part is when it is fitted."""

    NEW = "new", "全新"
    USED = "used", "用过"
    REFURBISHED = "refurbished", "翻新"


class FittedPart(models.Model):
    """更换的部件: one part by its serial number, fitted on a ticket. The number is compared as ``serial_key``, whatever the hyphens.

    Only ever appended; no serial number is seen twice, on this contract or on another.
    """

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="parts"
    )
    event = models.PositiveIntegerField("经过")
    device = models.CharField("设备", max_length=SHORT)
    name = models.CharField("部件", max_length=SHORT)
    model = models.CharField("型号", max_length=SHORT, blank=True)
    serial = models.CharField("序列号", max_length=SHORT)
    serial_key = models.CharField("序列号（比对）", max_length=SHORT, unique=True)
    removed_serial = models.CharField("换下的序列号", max_length=SHORT, blank=True)
    condition = models.CharField("新旧", max_length=12, choices=PartCondition)
    fitted_at = models.DateTimeField("更换时间")
    fitted_by = models.CharField("更换人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "更换的部件"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.serial}"
