"""The rows of the register. What a release says is in its body; how it is understood is in the core."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Contract(models.Model):
    """合同登记: one contract that is being performed, under the short name by which everything refers to it."""

    id = models.SlugField("编号", primary_key=True, max_length=80)
    title = models.CharField("名称", max_length=300)
    demonstration = models.BooleanField("演示", default=False)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "合同登记"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class Release(models.Model):
    """合同版本: the contract as it was understood at one time: the exact text, its hash, its place in the sequence."""

    contract = models.ForeignKey(
        Contract, verbose_name="合同", on_delete=models.PROTECT, related_name="releases"
    )
    sequence = models.PositiveIntegerField("序号")
    digest = models.CharField("散列", max_length=64)
    body = models.TextField("正文")
    effective_from = models.DateField("生效日期", null=True, blank=True)
    loaded_at = models.DateTimeField("载入时间")
    loaded_by = models.CharField("载入人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "合同版本"
        ordering = ["contract", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "sequence"], name="release_sequence_once"),
            models.UniqueConstraint(fields=["contract", "digest"], name="release_digest_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="release_sequence_from_one"),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="release_digest_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} 第{self.sequence}版 {self.digest[:12]}"
