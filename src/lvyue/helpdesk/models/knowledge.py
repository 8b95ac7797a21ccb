"""知识库: what somebody found out once, so that nobody has to find it out again; every version is kept."""

from __future__ import annotations

from django.db import models

from lvyue.helpdesk.choices import Side
from lvyue.helpdesk.models.tickets import SHORT, TITLE


class ArticleState(models.TextChoices):
    """知识条目的状态: never published, published, or no longer to be followed."""

    WRITTEN = "written", "未发布"
    PUBLISHED = "published", "已发布"
    RETIRED = "retired", "已停用"


class VersionState(models.TextChoices):
    """知识版本的状态: waiting for somebody else than its author, published, sent back, or overtaken by a later one."""

    WAITING = "waiting", "待审核"
    PUBLISHED = "published", "已发布"
    RETURNED = "returned", "已退回"
    REPLACED = "replaced", "已被替换"


class Article(models.Model):
    """知识条目: one thing that is known, of one side of one contract; the other side sees it when it is shared and published.

    ``current`` is the number of the published version, 0 while there is none, ``newest`` that of the latest. Title, system,
    kinds and words repeat the version that is shown in lists: the published one, else the latest.
    """

    contract = models.ForeignKey(
        "contracts.Contract", verbose_name="合同", on_delete=models.PROTECT, related_name="+"
    )
    side = models.CharField("哪一方的", max_length=10, choices=Side)
    state = models.CharField("状态", max_length=10, choices=ArticleState)
    shared = models.BooleanField("双方可看", default=False)
    current = models.PositiveIntegerField("发布的版本", default=0)
    newest = models.PositiveIntegerField("最新的版本", default=0)
    title = models.CharField("标题", max_length=TITLE)
    system = models.CharField("系统", max_length=SHORT, blank=True)
    kinds = models.JSONField("适用的工单种类", default=list)
    words = models.TextField("全文", blank=True)
    changed_at = models.DateTimeField("最近变动")
    retired_because = models.TextField("停用理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "知识条目"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contract", "-changed_at"], name="article_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.title}"

    @property
    def name(self) -> str:
        """ZS-0012, as it is cited."""
        return f"ZS-{self.pk:04d}"


class ArticleVersion(models.Model):
    """知识版本: an article as it was written once: symptom, cause, steps, tests afterwards. Its words never change."""

    article = models.ForeignKey(
        Article, verbose_name="条目", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField("版本")
    title = models.CharField("标题", max_length=TITLE)
    symptom = models.TextField("现象")
    cause = models.TextField("原因", blank=True)
    steps = models.JSONField("步骤", default=list)
    tests = models.JSONField("办完的测试", default=list)
    kinds = models.JSONField("适用的工单种类", default=list)
    system = models.CharField("系统", max_length=SHORT, blank=True)
    why = models.CharField("改了什么", max_length=SHORT, blank=True)
    author = models.CharField("作者", max_length=150)
    author_name = models.CharField("作者姓名", max_length=80)
    written_at = models.DateTimeField("写成时间")
    state = models.CharField("状态", max_length=10, choices=VersionState)
    reviewer = models.CharField("审核人", max_length=150, blank=True)
    reviewer_name = models.CharField("审核人姓名", max_length=80, blank=True)
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    review = models.TextField("审核意见", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "知识版本"
        ordering = ["article", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="article_version_once"),
            models.CheckConstraint(
                condition=models.Q(reviewer="") | ~models.Q(reviewer=models.F("author")),
                name="article_reviewed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} v{self.number}"
