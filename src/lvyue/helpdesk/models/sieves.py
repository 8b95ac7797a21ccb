"""存好的筛选: how somebody likes to look at the queue of a contract, under a name of their own."""

from __future__ import annotations

from django.db import models

#: How wide the columns are.
NAME, QUERY = 40, 500


class SavedSieve(models.Model):
    """存好的筛选: a view of the queue with its filters and order, of one person on one contract. Nobody else sees it."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    username = models.CharField("登录名", max_length=150)
    name = models.CharField("名称", max_length=NAME)
    query = models.CharField("筛选", max_length=QUERY)
    saved_at = models.DateTimeField("存下时间")

    class Meta:
        verbose_name = verbose_name_plural = "存好的筛选"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "username", "name"], name="saved_sieve_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.username} {self.name}"
