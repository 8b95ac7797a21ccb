"""The rows of statements that somebody signed for. The database refuses to change what they say: see migration 0002."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from lvyue.core.money import Money
from lvyue.settlements.choices import Side, StatementAct, StatementState


class IssuedStatement(models.Model):
    """结算书: a statement that a party has issued: its address, its hash, and how far its signing has come.

    The address (day, log size and root, the release that was the newest then, calendar) gives the statement again at any
    time, and ``hash`` proves that it is the same. The two sums repeat it, for lists. Only ``state`` may ever change.
    """

    contract_id = models.SlugField("合同编号", max_length=80, db_index=False)
    number = models.PositiveIntegerField("号")
    as_of = models.DateField("截至")
    size = models.PositiveBigIntegerField("日志条数")
    root = models.CharField("日志根", max_length=64)
    release = models.CharField("合同版本", max_length=64)
    calendar = models.CharField("日历", max_length=64)
    hash = models.CharField("散列", max_length=64)
    paid_fen = models.BigIntegerField("已付（分）")
    payable_fen = models.BigIntegerField("应付（分）", null=True)
    state = models.CharField(
        "状态", max_length=20, choices=StatementState, default=StatementState.ISSUED
    )
    restates = models.ForeignKey(
        "self",
        verbose_name="重述",
        on_delete=models.PROTECT,
        related_name="restatements",
        null=True,
        blank=True,
    )
    note = models.TextField("附注", blank=True)
    issued_by = models.CharField("出具人", max_length=150)
    issued_for = models.CharField("出具方", max_length=10, choices=Side)
    issued_at = models.DateTimeField("出具时间")

    class Meta:
        verbose_name = verbose_name_plural = "结算书"
        ordering = ["contract_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract_id", "number"], name="statement_number_once"),
            models.UniqueConstraint(
                fields=["restates"],
                condition=~Q(state="withdrawn"),
                name="statement_restated_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=StatementState.values), name="statement_known_state"
            ),
            models.CheckConstraint(
                condition=Q(issued_for__in=Side.values), name="statement_for_a_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} 结算书第 {self.number} 号（{self.get_state_display()}）"

    @property
    def paid(self) -> Money:
        return Money(self.paid_fen)

    @property
    def payable(self) -> Money | None:
        return None if self.payable_fen is None else Money(self.payable_fen)


class StatementStep(models.Model):
    """结算书经过: one act on an issued statement: who, for which side, when, why. Rows are only ever added."""

    statement = models.ForeignKey(
        IssuedStatement, verbose_name="结算书", on_delete=models.PROTECT, related_name="steps"
    )
    act = models.CharField("动作", max_length=20, choices=StatementAct)
    by = models.CharField("办理人", max_length=150)
    name = models.CharField("姓名", max_length=80)
    side = models.CharField("代表", max_length=10, choices=Side)
    at = models.DateTimeField("时间")
    reason = models.TextField("理由", blank=True)
    fact = models.CharField("事实编号", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "结算书经过"
        ordering = ["statement", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "by"],
                condition=Q(act__in=(StatementAct.CONFIRM, StatementAct.COUNTERSIGN)),
                name="statement_confirmed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(act__in=StatementAct.values), name="statement_step_known_act"
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="statement_step_for_a_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.get_act_display()} {self.by}"
