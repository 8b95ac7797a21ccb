"""联系与送达: who is reached where, what one side writes to the other, and the proof that it arrived."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.notices.letter_choices import (
    CONTACT_KINDS,
    HAPPENINGS,
    WAYS,
    LetterKind,
    LetterState,
    Origin,
    PromptChannel,
    Side,
)

#: A day or a moment, as its ISO text; beside it stands the day, to be sorted and asked for.
AT_LENGTH = 40


class Contact(models.Model):
    """合同联系方式: one way to reach one side of a contract. Rows are replaced and ended, never edited.

    The other side is held to it from ``known_on``, or from the day on which ``letter``, which told of it, was served.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    side = models.CharField("一方", max_length=10, choices=Side)
    kind = models.CharField("种类", max_length=10, choices=CONTACT_KINDS)
    value = models.CharField("号码或地址", max_length=200)
    person = models.CharField("收件人", max_length=80, blank=True)
    origin = models.CharField("来源", max_length=10, choices=Origin)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    known_on = models.DateField("对方知悉日", null=True, blank=True)
    letter = models.ForeignKey(
        "notices.Letter",
        verbose_name="变更通知",
        on_delete=models.PROTECT,
        related_name="told_contacts",
        null=True,
        blank=True,
    )
    paper = models.CharField("依据文书", max_length=200, blank=True)
    evidence = models.CharField("文书的散列", max_length=64, blank=True)
    replaces = models.ForeignKey(
        "self",
        verbose_name="取代",
        on_delete=models.PROTECT,
        related_name="successors",
        null=True,
        blank=True,
    )
    entered_by = models.CharField("登记人", max_length=150)
    entered_at = models.DateTimeField("登记时间")
    confirmed_by = models.CharField("确认人", max_length=150, blank=True)
    confirmed_name = models.CharField("确认人姓名", max_length=80, blank=True)
    confirmed_on = models.DateField("对方确认日", null=True, blank=True)
    ended_by = models.CharField("停用人", max_length=150, blank=True)
    ended_reason = models.CharField("停用理由", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "合同联系方式"
        ordering = ["contract", "side", "kind", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="contact_of_a_side"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="contact_ends_after_it_began",
            ),
            models.UniqueConstraint(fields=["replaces"], name="contact_replaced_once"),
        ]
        indexes = [models.Index(fields=["contract", "side", "kind"], name="contact_register")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.get_side_display()}{self.get_kind_display()} {self.pk}"


class Liaison(models.Model):
    """联络人: the person who speaks for one side from day to day, since when, with which powers. One at a time."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    side = models.CharField("一方", max_length=10, choices=Side)
    name = models.CharField("姓名", max_length=80)
    powers = models.CharField("权限", max_length=500, blank=True)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    told_on = models.DateField("书面告知对方之日", null=True, blank=True)
    paper = models.CharField("依据文书", max_length=200, blank=True)
    named_by = models.CharField("登记人", max_length=150)
    named_at = models.DateTimeField("登记时间")
    ended_by = models.CharField("更换登记人", max_length=150, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "联络人"
        ordering = ["contract", "side", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="liaison_of_a_side"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="liaison_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["contract", "side"],
                condition=Q(until__isnull=True),
                name="liaison_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.get_side_display()}联络人 {self.pk}"


class Letter(models.Model):
    """函件: a formal notice of one side to the other about a contract. What was issued is not written again."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveIntegerField("号")
    side = models.CharField("发出方", max_length=10, choices=Side)
    kind = models.CharField("种类", max_length=20, choices=LetterKind)
    state = models.CharField(
        "状态", max_length=20, choices=LetterState, default=LetterState.DRAFTED
    )
    version = models.PositiveIntegerField("稿次", default=1)
    paper = models.CharField("文号", max_length=200, blank=True)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("正文", blank=True)
    subject = models.CharField("关于什么", max_length=200, blank=True)
    term = models.CharField("同意不按其履行的约定", max_length=80, blank=True)
    answers = models.ForeignKey(
        "self",
        verbose_name="答复的函件",
        on_delete=models.PROTECT,
        related_name="answered_by",
        null=True,
        blank=True,
    )
    drafted_by = models.CharField("起草人", max_length=150)
    drafted_name = models.CharField("起草人姓名", max_length=80)
    drafted_at = models.DateTimeField("起草时间")
    issued_by = models.CharField("签发人", max_length=150, blank=True)
    issued_name = models.CharField("签发人姓名", max_length=80, blank=True)
    issued_at = models.DateTimeField("签发时间", null=True, blank=True)
    dated = models.DateField("落款日", null=True, blank=True)
    served_on = models.DateField("送达日", null=True, blank=True)
    fact = models.CharField("事实编号", max_length=200, blank=True)
    closed_reason = models.TextField("撤回理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "函件"
        ordering = ["contract", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="letter_number_once"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="letter_of_a_side"),
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="letter_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LetterState.values), name="letter_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="served") | Q(served_on__isnull=False),
                name="letter_served_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"

    @property
    def name(self) -> str:
        """函件第3号, as it is cited where it has no number of its own."""
        return f"函件第{self.number}号"


class LetterFile(models.Model):
    """函件附件: a file of the vault that goes with a letter."""

    letter = models.ForeignKey(
        Letter, verbose_name="函件", on_delete=models.PROTECT, related_name="files"
    )
    sha256 = models.CharField("散列", max_length=64)
    name = models.CharField("文件名", max_length=255)

    class Meta:
        verbose_name = verbose_name_plural = "函件附件"
        ordering = ["letter", "id"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "sha256"], name="letter_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Dispatch(models.Model):
    """送出: one try to bring a letter to the other side, by which way, when, to which of their contacts."""

    letter = models.ForeignKey(
        Letter, verbose_name="函件", on_delete=models.PROTECT, related_name="dispatches"
    )
    order = models.PositiveIntegerField("次序")
    way = models.CharField("方式", max_length=10, choices=WAYS)
    contact = models.ForeignKey(
        Contact,
        verbose_name="送往",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    at = models.CharField("时间", max_length=AT_LENGTH)
    day = models.DateField("日期")
    tracking = models.CharField("单号", max_length=80, blank=True)
    only_informs = models.CharField("只供知悉的原因", max_length=500, blank=True)
    recorded_by = models.CharField("登记人", max_length=150)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "送出"
        ordering = ["letter", "order"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "order"], name="dispatch_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.order} {self.get_way_display()}"


class Receipt(models.Model):
    """回执: what became of a dispatch, when, and the file that proves it. A correction is another row that names this one."""

    dispatch = models.ForeignKey(
        Dispatch, verbose_name="送出", on_delete=models.PROTECT, related_name="receipts"
    )
    happening = models.CharField("种类", max_length=20, choices=HAPPENINGS)
    at = models.CharField("时间", max_length=AT_LENGTH)
    day = models.DateField("日期")
    signed_by = models.CharField("签收人", max_length=80, blank=True)
    evidence = models.CharField("凭证的散列", max_length=64, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    corrects = models.OneToOneField(
        "self",
        verbose_name="更正的回执",
        on_delete=models.PROTECT,
        related_name="corrected_by",
        null=True,
        blank=True,
    )
    void = models.BooleanField("撤销原回执", default=False)
    recorded_by = models.CharField("登记人", max_length=150)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "回执"
        ordering = ["dispatch", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(void=False) | Q(corrects__isnull=False),
                name="receipt_voids_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispatch_id} {self.get_happening_display()} {self.at}"


class PromptNotice(models.Model):
    """限时通知: one notice that must reach several persons by several channels within a time after an event."""

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveIntegerField("号")
    term_id = models.SlugField("约定", max_length=80)
    subject = models.CharField("关于什么", max_length=200)
    event_at = models.DateTimeField("事件时刻")
    due_at = models.DateTimeField("到期时刻")
    text = models.TextField("通知内容")
    side = models.CharField("通知的一方", max_length=10, choices=Side)
    opened_by = models.CharField("登记人", max_length=150)
    opened_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "限时通知"
        ordering = ["contract", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="prompt_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} 限时通知第{self.number}号"


class PromptLeg(models.Model):
    """限时通知的一路: to one contact by one channel: sent, delivered or failed, each with its time and proof."""

    notice = models.ForeignKey(
        PromptNotice, verbose_name="限时通知", on_delete=models.PROTECT, related_name="legs"
    )
    channel = models.CharField("渠道", max_length=10, choices=PromptChannel)
    contact = models.ForeignKey(
        Contact, verbose_name="送往", on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField("发出时刻")
    delivered_at = models.DateTimeField("到达时刻", null=True, blank=True)
    failed = models.CharField("没有到达的原因", max_length=500, blank=True)
    evidence = models.CharField("回执的散列", max_length=64, blank=True)
    leg_id = models.BigIntegerField("送信", null=True, blank=True)
    recorded_by = models.CharField("登记人", max_length=150)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "限时通知的一路"
        ordering = ["notice", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=PromptChannel.values), name="prompt_known_channel"
            ),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(delivered_at__gte=F("sent_at")),
                name="prompt_delivered_after_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.get_channel_display()} {self.contact_id}"
