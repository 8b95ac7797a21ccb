"""重大故障复盘: what is learnt from a major fault, and what is to be done so that it does not come again."""

from __future__ import annotations

from django.db import models

from lvyue.helpdesk.models.tickets import SHORT, Ticket


class MajorReview(models.Model):
    """重大故障复盘: one for a ticket, written when it was over. Its timeline is the history of the ticket, and stands there."""

    ticket = models.OneToOneField(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="review"
    )
    event = models.PositiveIntegerField("经过")
    present = models.CharField("参加人", max_length=SHORT)
    cause = models.TextField("根因")
    well = models.TextField("做得好的", blank=True)
    badly = models.TextField("做得不好的")
    written_at = models.DateTimeField("复盘时间")
    written_by = models.CharField("记录人", max_length=150)
    written_name = models.CharField("记录人姓名", max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = "重大故障复盘"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.ticket_id}"


class ReviewAction(models.Model):
    """改进措施: one thing that a review calls for, with its owner, its day and the ticket under which it is done."""

    review = models.ForeignKey(
        MajorReview, verbose_name="复盘", on_delete=models.PROTECT, related_name="actions"
    )
    what = models.CharField("做什么", max_length=SHORT)
    owner = models.CharField("负责人", max_length=150)
    owner_name = models.CharField("负责人姓名", max_length=80)
    due = models.DateField("哪天之前")
    ticket = models.OneToOneField(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="improves"
    )

    class Meta:
        verbose_name = verbose_name_plural = "改进措施"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.what
