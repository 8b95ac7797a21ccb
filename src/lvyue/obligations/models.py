"""The rows of lists: a disposable copy of what evaluating says. Throwing all of them away loses nothing but time.

They exist because a list of a thousand contracts cannot judge a thousand contracts. What they were reckoned from stands
beside them, and a row whose basis is no longer the contract's own is never shown as true: see ``queries.behind``.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lvyue.obligations.choices import About, EntryState


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


# ── reminders and calendars: not disposable, what was told stays told ────────────────────────────────────────────────


class DueEntry(models.Model):
    """到期条目: what reminders and calendars know of one occurrence: its date, the one before and why, who is told next and when.

    Rows stay when it is done or has gone. ``moves`` counts how often its date moved, ``sequence`` every revision that a
    calendar must notice; ``next_at`` is the moment at which somebody must look whom to tell.
    """

    contract_id = models.SlugField("合同编号", max_length=80)
    title = models.CharField("合同名称", max_length=300)
    about = models.CharField("关于", max_length=20, choices=About)
    term = models.CharField("约定", max_length=200)
    occurrence = models.CharField("哪一次", max_length=300, blank=True)
    clause = models.CharField("条款", max_length=300, blank=True)
    says = models.TextField("内容")
    debtor = models.CharField("义务人", max_length=20)
    verdict = models.CharField("结论", max_length=20)
    state = models.CharField("状态", max_length=20, choices=EntryState)

    due = models.DateField("到期日")
    until = models.DateTimeField("最迟时刻")
    began = models.DateTimeField("起算时刻", null=True)
    unit = models.CharField("时钟", max_length=20)
    provisional = models.BooleanField("暂定")
    doubt = models.TextField("疑义", blank=True)
    for_buyer = models.BooleanField("甲方项目负责人可登记")
    for_department = models.BooleanField("使用部门可登记")
    for_manager = models.BooleanField("乙方项目经理可登记")
    for_engineer = models.BooleanField("乙方工程师可登记")
    leads = models.BooleanField("代表同一约定的各次")

    sequence = models.PositiveIntegerField("修订次数", default=0)
    moves = models.PositiveIntegerField("改期次数", default=0)
    was = models.DateTimeField("原最迟时刻", null=True)
    because = models.CharField("改期原因", max_length=300, blank=True)
    created_at = models.DateTimeField("建立时间")
    changed_at = models.DateTimeField("修订时间")
    next_at = models.DateTimeField("下一步提醒", null=True)

    release_sequence = models.PositiveIntegerField("合同版本序号")
    calendar = models.CharField("日历散列", max_length=64)
    size = models.PositiveBigIntegerField("日志条数")

    class Meta:
        verbose_name = verbose_name_plural = "到期条目"
        ordering = ["until", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract_id", "term", "occurrence"], name="due_entry_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                condition=Q(next_at__isnull=False),
                name="due_entry_next",
            ),
            models.Index(fields=["contract_id", "until"], name="due_entry_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.term} {self.occurrence} {self.due}"


class LastVerdicts(models.Model):
    """上次结论: the verdict of each occurrence of each term when a contract was last refreshed, so that a change is told once.

    ``verdicts`` is ``{term: {occurrence: verdict}}``. Thrown away, it is written anew by the next refresh, which then has
    nothing to compare with and tells of nothing.
    """

    contract_id = models.SlugField("合同编号", primary_key=True, max_length=80)
    verdicts = models.JSONField("结论")
    as_of = models.DateField("截至")
    changed_at = models.DateTimeField("变动时间")

    class Meta:
        verbose_name = verbose_name_plural = "上次结论"

    def __str__(self) -> str:
        return f"{self.contract_id} {self.as_of}"


class ReminderPolicy(models.Model):
    """提醒参数: when one side of a contract has its own people told, and who is its second person."""

    contract_id = models.SlugField("合同编号", max_length=80)
    side = models.CharField("哪一方", max_length=20)
    policy = models.JSONField("参数")
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="第二人",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    changed_at = models.DateTimeField("更改时间")
    changed_by = models.CharField("更改人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "提醒参数"
        constraints = [
            models.UniqueConstraint(fields=["contract_id", "side"], name="reminder_policy_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.side}"


class ReminderSent(models.Model):
    """已发提醒: one step that one side was told, once; to whom, and under which key their messages stand."""

    entry = models.ForeignKey(
        DueEntry, verbose_name="到期条目", on_delete=models.PROTECT, related_name="sent"
    )
    side = models.CharField("哪一方", max_length=20)
    step = models.CharField("步骤", max_length=60)
    moves = models.PositiveIntegerField("改期次数")
    stage = models.CharField("阶段", max_length=20)
    planned_at = models.DateTimeField("应发时间")
    sent_at = models.DateTimeField("发出时间")
    due = models.DateField("当时的到期日")
    people = models.JSONField("收件人")
    subject = models.CharField("标题", max_length=200)
    key = models.CharField("业务键", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "已发提醒"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "side", "step", "moves"], name="reminder_told_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d %H:%M} {self.side} {self.step} {self.entry_id}"


class ReminderPause(models.Model):
    """停止提醒: that a person does not want to be reminded of a term, or of a whole contract, until when, and why."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="reminder_pauses",
    )
    contract_id = models.SlugField("合同编号", max_length=80)
    term = models.CharField("约定", max_length=200, blank=True)
    until = models.DateTimeField("止", null=True, blank=True)
    reason = models.TextField("理由")
    created_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("恢复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "停止提醒"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "contract_id", "term"],
                condition=Q(ended_at__isnull=True),
                name="reminder_pause_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.contract_id} {self.term}"


class Feed(models.Model):
    """日历订阅: an address under which a calendar program reads due dates as one person may see them. Only its hash is kept."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="feeds",
    )
    contract_id = models.CharField("合同编号", max_length=80, blank=True)
    name = models.CharField("用途", max_length=80)
    digest = models.CharField("散列", max_length=64, unique=True)
    alarm_minutes = models.PositiveIntegerField("提前提醒（分钟）", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)
    used_at = models.DateTimeField("最近一次读取", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历订阅"
        ordering = ["account", "id"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}"
