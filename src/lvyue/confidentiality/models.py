"""The rows of the disclosure desk: what is to leave, with whose consent, by which links, and what was taken when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lvyue.confidentiality.choices import DisclosureState, Side


class Disclosure(models.Model):
    """对外提供: one request to give just these files to just this third party, and what the buyer said to it.

    Nothing leaves without ``consent_by``, who is not the applicant; the database holds that as well.
    """

    contract = models.ForeignKey(
        "contracts.Contract",
        verbose_name="合同",
        on_delete=models.PROTECT,
        related_name="disclosures",
    )
    number = models.PositiveIntegerField("号")
    state = models.CharField(
        "状态", max_length=20, choices=DisclosureState, default=DisclosureState.APPLIED
    )
    recipient = models.CharField("接收方", max_length=200)
    contact = models.CharField("接收方联系方式", max_length=200, blank=True)
    purpose = models.TextField("用途")
    until = models.DateField("期限")
    basis = models.CharField("依据", max_length=500)
    side = models.CharField("申请方", max_length=10, choices=Side)
    applied_by = models.CharField("申请人", max_length=150)
    applied_name = models.CharField("申请人姓名", max_length=80)
    applied_at = models.DateTimeField("申请时间")
    paper = models.CharField("同意文书编号", max_length=200, blank=True)
    paper_day = models.DateField("同意文书日期", null=True, blank=True)
    paper_sha256 = models.CharField("同意文书散列", max_length=64, blank=True)
    consent_by = models.CharField("同意人", max_length=150, blank=True)
    consent_name = models.CharField("同意人姓名", max_length=80, blank=True)
    consent_at = models.DateTimeField("同意时间", null=True, blank=True)
    closed_reason = models.TextField("不同意、撤回或收回的理由", blank=True)
    closed_by = models.CharField("办理人", max_length=150, blank=True)
    closed_at = models.DateTimeField("了结时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "对外提供"
        ordering = ["contract", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="disclosure_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=DisclosureState.values), name="disclosure_known_state"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="disclosure_of_a_side"),
            models.CheckConstraint(
                condition=~Q(state__in=("consented", "given", "revoked"))
                | (
                    Q(consent_at__isnull=False)
                    & ~Q(consent_by="")
                    & ~Q(paper="")
                    & ~Q(consent_by=F("applied_by"))
                ),
                name="disclosure_with_consent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.name}"

    @property
    def name(self) -> str:
        """对外提供第3号, as it is cited."""
        return f"对外提供第{self.number}号"


class DisclosedFile(models.Model):
    """提供的文件: one file of a request, by its bytes; it had this name and size when somebody asked for it."""

    disclosure = models.ForeignKey(
        Disclosure, verbose_name="对外提供", on_delete=models.PROTECT, related_name="files"
    )
    sha256 = models.CharField("散列", max_length=64)
    name = models.CharField("文件名", max_length=255)
    size = models.PositiveBigIntegerField("字节数")

    class Meta:
        verbose_name = verbose_name_plural = "提供的文件"
        ordering = ["disclosure", "id"]
        constraints = [
            models.UniqueConstraint(fields=["disclosure", "sha256"], name="disclosed_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.name}"


class DisclosureLink(models.Model):
    """提供链接: by which the third party takes the files, so many times, until a moment. Only the hash of its secret is kept."""

    disclosure = models.ForeignKey(
        Disclosure, verbose_name="对外提供", on_delete=models.PROTECT, related_name="links"
    )
    digest = models.CharField("散列", max_length=64, unique=True)
    made_by = models.CharField("建立人", max_length=150)
    made_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间")
    most = models.PositiveSmallIntegerField("最多次数", default=1)
    used = models.PositiveSmallIntegerField("已用次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "提供链接"
        ordering = ["disclosure", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used__lte=F("most")), name="disclosure_link_not_overused"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.used}/{self.most}"


class Handover(models.Model):
    """提供记录: that the files of a request were taken by a link, when and from where."""

    link = models.ForeignKey(
        DisclosureLink, verbose_name="提供链接", on_delete=models.PROTECT, related_name="handovers"
    )
    at = models.DateTimeField("时间")
    address = models.CharField("来源地址", max_length=64)
    agent = models.CharField("所用程序", max_length=200, blank=True)
    sha256 = models.CharField("整包散列", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "提供记录"
        ordering = ["link", "id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.address}"
