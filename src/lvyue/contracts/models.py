"""The rows of the register. What a release says is in its body; how it is understood is in the core."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.contracts.choices import AmendmentKind, AmendmentState, Side


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


class PaperText(models.Model):
    """合同文本: the words of a contract's papers, paragraph by paragraph under the clause they belong to. The latest one is shown."""

    contract = models.ForeignKey(
        Contract, verbose_name="合同", on_delete=models.PROTECT, related_name="texts"
    )
    name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("散列", max_length=64)
    paragraphs = models.JSONField("段落")
    ours = models.BooleanField("由我们编写", default=False)
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.CharField("登记人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "合同文本"
        ordering = ["contract", "id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "sha256"], name="paper_text_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"


class CalendarRelease(models.Model):
    """日历版本: the notices a statement was reckoned with, so that its address still leads to it after the next notice."""

    digest = models.CharField("散列", primary_key=True, max_length=64)
    body = models.TextField("正文")
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.CharField("登记人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "日历版本"
        ordering = ["registered_at", "digest"]
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="calendar_digest_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class Amendment(models.Model):
    """补充协议: what one side proposes and both must sign before it changes anything.

    ``payload`` says what it changes, by kind. ``version`` counts the edits, so that nobody signs or edits what somebody
    else has changed meanwhile. Once it is in force, refused or withdrawn the database holds it as it is: see migration
    0005. A correction is another amendment.
    """

    contract = models.ForeignKey(
        Contract, verbose_name="合同", on_delete=models.PROTECT, related_name="amendments"
    )
    number = models.PositiveIntegerField("号")
    kind = models.CharField("种类", max_length=10, choices=AmendmentKind)
    state = models.CharField(
        "状态", max_length=20, choices=AmendmentState, default=AmendmentState.DRAFTED
    )
    version = models.PositiveIntegerField("改动次数", default=1)
    title = models.CharField("名称", max_length=200, blank=True)
    reason = models.TextField("理由", blank=True)
    paper = models.CharField("文书编号", max_length=200, blank=True)
    effective = models.DateField("生效日", null=True, blank=True)
    payload = models.JSONField("变更内容", default=dict)
    side = models.CharField("提出方", max_length=10, choices=Side)
    drafted_by = models.CharField("起草人", max_length=150)
    drafted_at = models.DateTimeField("起草时间")
    proposed_by = models.CharField("提出人", max_length=150, blank=True)
    proposed_at = models.DateTimeField("提出时间", null=True, blank=True)
    buyer_by = models.CharField("甲方签署人", max_length=150, blank=True)
    buyer_name = models.CharField("甲方签署人姓名", max_length=80, blank=True)
    buyer_at = models.DateTimeField("甲方签署时间", null=True, blank=True)
    supplier_by = models.CharField("乙方签署人", max_length=150, blank=True)
    supplier_name = models.CharField("乙方签署人姓名", max_length=80, blank=True)
    supplier_at = models.DateTimeField("乙方签署时间", null=True, blank=True)
    closed_reason = models.TextField("不同意的理由", blank=True)
    fact = models.CharField("事实编号", max_length=200, blank=True)
    release = models.ForeignKey(
        Release,
        verbose_name="合同版本",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "补充协议"
        ordering = ["contract", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="amendment_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=AmendmentKind.values), name="amendment_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=AmendmentState.values), name="amendment_known_state"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="amendment_of_a_side"),
            # Both sides, two people, a day, and what came of it: nothing less is in force.
            models.CheckConstraint(
                condition=~Q(state="in_force")
                | (
                    Q(buyer_at__isnull=False, supplier_at__isnull=False, effective__isnull=False)
                    & ~Q(buyer_by="")
                    & ~Q(supplier_by="")
                    & ~Q(buyer_by=F("supplier_by"))
                    & (~Q(fact="") | Q(release__isnull=False))
                ),
                name="amendment_signed_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"

    @property
    def name(self) -> str:
        """补充协议第3号, as it is cited."""
        return f"补充协议第{self.number}号"

    @property
    def signed(self) -> frozenset[str]:
        """The sides that have signed."""
        signatures = ((Side.BUYER, self.buyer_at), (Side.SUPPLIER, self.supplier_at))
        return frozenset(side.value for side, at in signatures if at is not None)
