"""The rows of the index. They are a copy of what other rooms hold: thrown away and built anew, nothing is lost."""

from __future__ import annotations

from django.db import models

from lvyue.search.choices import EntryKind, Whose


class IndexEntry(models.Model):
    """索引条目: one thing that can be found: what it is, whose contract it belongs to, its words. The words are also
    in a structure of the database's own (see `postings`), under the same number."""

    contract_id = models.SlugField("合同编号", max_length=80, db_index=False)
    kind = models.CharField("种类", max_length=20, choices=EntryKind)
    key = models.CharField("编号", max_length=250)
    title = models.CharField("标题", max_length=300)
    text = models.TextField("文字", blank=True)
    day = models.DateField("日期", null=True, blank=True)
    whose = models.CharField("谁可见", max_length=10, choices=Whose, blank=True, default="")
    person = models.CharField("谁的", max_length=150, blank=True, default="")
    department = models.CharField("哪个部门的", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "索引条目"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["contract_id", "kind", "key"], name="index_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.kind} {self.key}"


class IndexProgress(models.Model):
    """索引进度: how far a feed has brought one contract into the index. ``mark`` is the feed's own word for it."""

    contract_id = models.SlugField("合同编号", max_length=80, db_index=False)
    feed = models.CharField("来源", max_length=40)
    mark = models.CharField("位置", max_length=200)
    edition = models.PositiveIntegerField("分词版本")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "索引进度"
        ordering = ["contract_id", "feed"]
        constraints = [
            models.UniqueConstraint(fields=["contract_id", "feed"], name="index_progress_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.feed} {self.mark}"
