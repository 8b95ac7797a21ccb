"""事先同意: what the supplier asks leave for before it does it: a tool, a bulk message, a third party."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.core.allowances import Matter

MATTERS = [(one.value, one.zh) for one in Matter]


class ConsentState(models.TextChoices):
    """同意的状态: free from the start, or asked for, and what the buyer said."""

    FREE = "free", "登记即可"
    ASKED = "asked", "待甲方同意"
    CONSENTED = "consented", "甲方已同意"
    REFUSED = "refused", "甲方不同意"
    STARTED = "started", "已开始"
    ENDED = "ended", "已结束"


class PriorConsent(models.Model):
    """事先同意: one thing that the supplier wants to use, send or hand to somebody, and the buyer's answer before it begins.

    ``matter`` is the kind, ``name`` the software, the message job or the body, ``details`` what the judgement looked at, and
    ``clauses`` on what it rests. ``begins`` and ``ends`` are days, both included.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    matter = models.CharField("事项", max_length=20, choices=MATTERS)
    name = models.CharField("名称", max_length=200)
    purpose = models.TextField("用途")
    details = models.JSONField("细节", default=dict)
    begins = models.DateField("开始日")
    ends = models.DateField("结束日")
    state = models.CharField("状态", max_length=10, choices=ConsentState)
    why = models.CharField("依据", max_length=300)
    clauses = models.JSONField("条款", default=list)
    evidence = models.JSONField("凭据", default=list, blank=True)
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.CharField("申请人", max_length=150)
    asked_name = models.CharField("申请人姓名", max_length=80)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.CharField("答复人", max_length=150, blank=True)
    paper = models.CharField("同意文书", max_length=200, blank=True)
    answer = models.TextField("答复", blank=True)
    started_at = models.DateTimeField("实际开始", null=True, blank=True)
    ended_at = models.DateTimeField("实际结束", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "事先同意"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gte=F("begins")), name="consent_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "matter", "-id"], name="consent_by_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"
