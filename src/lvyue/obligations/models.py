"""The rows of lists: a disposable copy of what evaluating says. Throwing all of them away loses nothing but time.

They exist because a list of a thousand contracts cannot judge a thousand contracts. What they were reckoned from stands
beside them, and a row whose basis is no longer the contract's own is never shown as true: see ``queries.behind``.
"""

from __future__ import annotations

from django.db import models


class Snapshot(models.Model):
    """快照: how one contract stood on one day: what lists filter, sort and add up, and the whole card as JSON."""

    contract_id = models.SlugField("合同编号", primary_key=True, max_length=80)

    sequence = models.PositiveIntegerField("合同版本序号")
    release = models.CharField("合同版本散列", max_length=64)
    size = models.PositiveBigIntegerField("日志条数")
    root = models.CharField("日志根", max_length=64)
    calendar = models.CharField("日历散列", max_length=64)
    as_of = models.DateField("截至")
    computed_at = models.DateTimeField("计算时间")

    title = models.CharField("名称", max_length=300)
    sought = models.TextField("可查找的文字")
    demonstration = models.BooleanField("演示")
    start = models.DateField("期限起", null=True)
    end = models.DateField("期限止", null=True)
    next_due = models.DateField("下一到期日", null=True)

    price_fen = models.BigIntegerField("合同价款（分）")
    paid_fen = models.BigIntegerField("已付（分）")
    payable_fen = models.BigIntegerField("应付（分），空为无法判定", null=True)
    at_stake_fen = models.BigIntegerField("待条件成就（分）")
    undecidable_fen = models.BigIntegerField("无法判定（分）")
    unknown = models.PositiveIntegerField("金额未知的期数")

    missed = models.PositiveIntegerField("未履行")
    late = models.PositiveIntegerField("迟延履行")
    not_decidable = models.PositiveIntegerField("无法判定")
    suspended = models.PositiveIntegerField("中止")
    excused = models.PositiveIntegerField("免责")
    waived = models.PositiveIntegerField("书面豁免")
    attested_only = models.PositiveIntegerField("仅声明")
    right = models.PositiveIntegerField("权利成立")
    met = models.PositiveIntegerField("已履行")
    not_due = models.PositiveIntegerField("未到期")
    not_triggered = models.PositiveIntegerField("未触发")

    card = models.JSONField("合同卡", null=True)
    broken = models.JSONField("读不出的原因", default=list)
    stuck = models.JSONField("无法判定的期次", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "快照"
        ordering = ["contract_id"]
        indexes = [
            models.Index(fields=["next_due", "contract_id"], name="snapshot_next_due"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.as_of} {self.size}"


class Obligation(models.Model):
    """义务: one term falling due once and not yet done, as lists show it. Overdue or not follows from the day one asks."""

    contract_id = models.SlugField("合同编号", max_length=80)
    title = models.CharField("合同名称", max_length=300)
    term = models.CharField("约定", max_length=200)
    occurrence = models.CharField("哪一次", max_length=300, blank=True)
    clause = models.CharField("条款", max_length=300)
    says = models.TextField("内容")
    debtor = models.CharField("义务人", max_length=20)
    verdict = models.CharField("结论", max_length=20)

    due = models.DateField("到期日")
    until = models.DateTimeField("最迟时刻")
    strict = models.DateField("严格日期")
    opens = models.DateField("窗口起", null=True)
    unit = models.CharField("时钟", max_length=20)
    provisional = models.BooleanField("暂定")
    fen = models.BigIntegerField("金额（分）", null=True)

    kind = models.CharField("办结的事实种类", max_length=80, blank=True)
    subject = models.CharField("办结的事实对象", max_length=200, blank=True)
    for_buyer = models.BooleanField("甲方项目负责人可登记")
    for_department = models.BooleanField("使用部门可登记")
    for_manager = models.BooleanField("乙方项目经理可登记")
    for_engineer = models.BooleanField("乙方工程师可登记")

    leads = models.BooleanField("代表同一约定的各次")
    others = models.PositiveIntegerField("另有几次", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "义务"
        ordering = ["due", "id"]
        indexes = [
            models.Index(fields=["contract_id", "due"], name="obligation_contract"),
            # In order of time, and all that counting a column asks for without looking at the rows.
            models.Index(
                fields=["until", "id", "leads", "verdict", "contract_id"], name="obligation_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.term} {self.occurrence} {self.due}"
