"""损失案卷: what a claim for loss needs, gathered from the moment at which a cause was put down to the supplier."""

from __future__ import annotations

from django.db import models

from lvyue.helpdesk.models.tickets import Ticket


class LossFile(models.Model):
    """损失案卷: opened when both sides put a damage down to the supplier. It claims nothing: claiming is the buyer's decision.

    ``event`` is the number of the happening that accepted the cause; ``clauses`` are those under which loss may be claimed and
    ``needs`` the papers that they ask for.
    """

    ticket = models.ForeignKey(
        Ticket, verbose_name="工单", on_delete=models.PROTECT, related_name="losses"
    )
    event = models.PositiveIntegerField("依据的经过")
    clauses = models.JSONField("条款", default=list)
    needs = models.JSONField("需要的材料", default=list)
    opened_at = models.DateTimeField("立卷时间")
    opened_by = models.CharField("立卷人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "损失案卷"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "event"], name="loss_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.event}"


class LossPaper(models.Model):
    """损失材料: one file put into a loss file, with which of its needs it meets, and the loss that it proves, in fen."""

    file = models.ForeignKey(
        LossFile, verbose_name="案卷", on_delete=models.PROTECT, related_name="papers"
    )
    need = models.CharField("材料", max_length=200)
    sha256 = models.CharField("散列", max_length=64)
    amount_fen = models.PositiveBigIntegerField("所证明的损失（分）", null=True, blank=True)
    said = models.TextField("说明", blank=True)
    added_at = models.DateTimeField("登记时间")
    added_by = models.CharField("登记人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "损失材料"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.file_id} {self.need}"
