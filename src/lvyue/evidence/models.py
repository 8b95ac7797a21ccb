"""The rows of the log. The database itself refuses to change them: see migration 0002."""

from __future__ import annotations

from django.db import models


class Log(models.Model):
    """履约日志: the append-only log of one contract, under the contract's short name."""

    id = models.SlugField("合同编号", primary_key=True, max_length=80)
    created_at = models.DateTimeField("设立时间")

    class Meta:
        verbose_name = verbose_name_plural = "履约日志"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id


class Checkpoint(models.Model):
    """检查点: the size and the root of a log after one import, who imported what, and what it takes to append."""

    log = models.ForeignKey(
        Log,
        verbose_name="日志",
        on_delete=models.PROTECT,
        related_name="checkpoints",
        db_index=False,  # the constraint below begins with it
    )
    size = models.PositiveBigIntegerField("条数")
    root = models.CharField("根", max_length=64)
    frontier = models.BinaryField("前沿")
    count = models.PositiveBigIntegerField("新增条数")
    source = models.CharField("来源文件", max_length=255, blank=True)
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.CharField("登记人", max_length=150)

    class Meta:
        verbose_name = verbose_name_plural = "检查点"
        ordering = ["log", "size"]
        constraints = [
            models.UniqueConstraint(fields=["log", "size"], name="checkpoint_size_once"),
        ]

    def __str__(self) -> str:
        return f"{self.log_id} {self.size} {self.root[:12]}"


class Entry(models.Model):
    """日志条目: one fact as the exact bytes that arrived. All other columns repeat them, to find and to list by."""

    log = models.ForeignKey(
        Log,
        verbose_name="日志",
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,  # both constraints below begin with it
    )
    index = models.PositiveBigIntegerField("序号")
    raw = models.BinaryField("原文")
    leaf_hash = models.CharField("叶散列", max_length=64)
    fact_id = models.CharField("事实编号", max_length=200)
    kind = models.CharField("种类", max_length=80)
    subject = models.CharField("对象", max_length=200, null=True)  # noqa: DJ001  some facts have none
    at = models.CharField("发生时间", max_length=48)
    day = models.DateField("发生日期")
    recorded_at = models.DateTimeField("登记时间")
    checkpoint = models.ForeignKey(
        Checkpoint,
        verbose_name="检查点",
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,  # the entries of a checkpoint are a range of indexes
    )

    class Meta:
        verbose_name = verbose_name_plural = "日志条目"
        ordering = ["log", "index"]
        constraints = [
            models.UniqueConstraint(fields=["log", "index"], name="entry_index_once"),
            models.UniqueConstraint(fields=["log", "fact_id"], name="entry_fact_once"),
        ]
        indexes = [
            models.Index(fields=["log", "kind", "index"], name="entry_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.log_id} {self.index} {self.fact_id}"


class File(models.Model):
    """文件: one file that proves something in one log, named by its bytes. The bytes themselves are in the vault."""

    log = models.ForeignKey(
        Log,
        verbose_name="日志",
        on_delete=models.PROTECT,
        related_name="files",
        db_index=False,  # the constraint below begins with it
    )
    sha256 = models.CharField("散列", max_length=64)
    size = models.PositiveBigIntegerField("字节数")
    media_type = models.CharField("类型", max_length=100)
    name = models.CharField("文件名", max_length=255)
    uploaded_by = models.CharField("上传人", max_length=150)
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering = ["log", "id"]
        constraints = [
            models.UniqueConstraint(fields=["log", "sha256"], name="file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.log_id} {self.sha256[:12]} {self.name}"


class Upload(models.Model):
    """上传: a facts file as it arrived, kept so that looking at it and importing it need no second upload."""

    log = models.ForeignKey(
        Log, verbose_name="日志", on_delete=models.PROTECT, related_name="uploads"
    )
    sha256 = models.CharField("散列", max_length=64)
    size = models.PositiveBigIntegerField("字节数")
    name = models.CharField("文件名", max_length=255)
    uploaded_by = models.CharField("上传人", max_length=150)
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "上传"
        ordering = ["log", "id"]

    def __str__(self) -> str:
        return f"{self.log_id} {self.name}"
